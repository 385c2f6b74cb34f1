package sweep

import (
	"bytes"
	"cmp"
	"context"
	"errors"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"github.com/covgap/covgap/coverage"
	"github.com/covgap/covgap/coverage/propagation"
	"github.com/covgap/covgap/coverage/store"
	"github.com/covgap/covgap/coverage/zone"
	"github.com/covgap/covgap/data"
	"github.com/covgap/covgap/geo/geodesy"
	"github.com/covgap/covgap/geo/hexgrid"
	"github.com/covgap/covgap/geo/terrain"
	"github.com/google/go-cmp/cmp/cmpopts"
	"github.com/paulmach/orb"

	gocmp "github.com/google/go-cmp/cmp"
)

// mast stands in Cao Bang, at the middle of the synthetic terrains.
var mast = orb.Point{106.25, 22.66}

// arcSecond is the step of 30 m terrain, in degrees.
const arcSecond = 1.0 / 3600

// landscape makes a terrain around the mast: its height in metres as a function of
// the distance east and north of the mast in metres.
func landscape(stepDeg, reachM float64, heightM func(eastM, northM float64) float64) *terrain.Grid {
	cos := math.Cos(mast[1] * math.Pi / 180)
	n := int(reachM/(stepDeg*110e3*cos)) + 2
	g := &terrain.Grid{
		West: mast[0] - float64(n)*stepDeg, North: mast[1] + float64(n)*stepDeg,
		StepLon: stepDeg, StepLat: stepDeg, Width: 2*n + 1, Height: 2*n + 1,
	}
	for j := range g.Height {
		for i := range g.Width {
			east, north := float64(i-n)*stepDeg*111320*cos, float64(n-j)*stepDeg*110750
			g.HeightsM = append(g.HeightsM, float32(heightM(east, north)))
		}
	}
	return g
}

// woods covers half of the terrain with trees of 15 m in plots of some 200 m, which begin
// and end between samples.
func woods(g *terrain.Grid) *terrain.Grid {
	c := *g
	c.HeightsM = make([]float32, len(g.HeightsM))
	for k := range c.HeightsM {
		i, j := float64(k%g.Width), float64(k/g.Width)
		if math.Sin(i/3.1)+math.Cos(j/2.7) > 0 {
			c.HeightsM[k] = 15
		}
	}
	return &c
}

func flat(_, _ float64) float64 { return 200 }

// hills are ridges of 300 m about 2 km apart with smaller ones across, on slopes of
// up to 35°.
func hills(east, north float64) float64 {
	return 500 + 150*math.Sin(east/350)*math.Cos(north/310) + 90*math.Sin((east+2*north)/700) + 8*math.Sin(east/75+north/60)
}

// shoreM is how far east of the mast the sea begins.
func shoreM(north float64) float64 { return 2500 + 900*math.Sin(north/800) + 60*math.Sin(north/90) }

// coast is the hills behind a plain of some 600 m by a sea of bays and headlands.
func coast(east, north float64) float64 {
	toSeaM := shoreM(north) - east
	if toSeaM <= 0 {
		return 0
	}
	return 2 + toSeaM/100 + hills(east, north)*min(1, max(0, toSeaM-600)/2000)
}

// coastZones are the zones of a landscape of that coast.
func coastZones(g *terrain.Grid) *zone.Map {
	perLon, perLat := 111320*math.Cos(mast[1]*math.Pi/180), 110750.0
	b := g.Bound()
	sea := orb.Ring{{b.Max[0] + 0.1, b.Max[1] + 0.1}}
	for north := (b.Max[1] - mast[1] + 0.1) * perLat; north > (b.Min[1]-mast[1]-0.1)*perLat; north -= 20 {
		sea = append(sea, orb.Point{mast[0] + shoreM(north)/perLon, mast[1] + north/perLat})
	}
	sea = append(sea, orb.Point{b.Max[0] + 0.1, b.Min[1] - 0.1}, sea[0])
	return zone.New(g, []orb.MultiPolygon{{{sea}}})
}

func params(m propagation.Model, g *terrain.Grid, radiusM float64, resolution int) Params {
	return Params{Model: m, Terrain: g, RxHeightM: 1.5, RadiusM: radiusM, Resolution: resolution}
}

var tx1800 = Transmitter{Position: mast, HeightM: 30, FrequencyMHz: 1800}

// hex is one value of a result, found by its cell.
type hex struct {
	distanceM, azimuthDeg float64 // of its centre
	loss                  coverage.CentiDB
	elevationDeg          float64
	storedAzimuthDeg      float64
}

func hexes(t testing.TB, r *Result) map[hexgrid.Cell]hex {
	t.Helper()
	all := map[hexgrid.Cell]hex{}
	for i := range r.Blocks {
		b := &r.Blocks[i]
		for _, c := range b.Parent.Children(r.Resolution) {
			k := c.ChildPosition(b.Parent.Resolution())
			h := hex{loss: b.LossCentiDB[k], elevationDeg: b.ElevationDeg(k), storedAzimuthDeg: b.AzimuthDeg(k)}
			h.distanceM, h.azimuthDeg = geodesy.Inverse(mast, c.Center())
			all[c] = h
		}
	}
	return all
}

func compute1(t testing.TB, p Params, tx Transmitter) *Result {
	t.Helper()
	r, err := Compute(context.Background(), p, tx)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// TestFreeSpaceDisc: over flat ground free space is a disc of exactly the radius,
// and every value is the formula's.
func TestFreeSpaceDisc(t *testing.T) {
	const radiusM = 4000
	g := landscape(arcSecond, radiusM+500, flat)
	for _, exact := range []bool{false, true} {
		p := params(propagation.P525{}, g, radiusM, 10)
		p.Exact = exact
		r := compute1(t, p, tx1800)
		inside := 0
		for c, h := range hexes(t, r) {
			if got, want := h.loss != coverage.NoValue, h.distanceM <= radiusM; got != want {
				t.Fatalf("exact %v: hex %v at %.1f m has a value: %v", exact, c, h.distanceM, got)
			}
			if h.loss == coverage.NoValue {
				continue
			}
			inside++
			// ITU-R P.525-5 (4): 32.4 + 20 log f + 20 log d, over the slant distance, with
			// the 32.4 to more digits.
			slantM := math.Hypot(h.distanceM, 30-1.5)
			want := 32.4478 + 20*math.Log10(1800) + 20*math.Log10(slantM/1000)
			// Stored to 0.01 dB, and the constant above is rounded.
			if d := h.loss.DB() - want; math.Abs(d) > 0.0051 {
				t.Errorf("exact %v: hex %v at %.1f m: %v dB, want %.3f", exact, c, h.distanceM, h.loss.DB(), want)
			}
			if d := math.Abs(math.Remainder(h.storedAzimuthDeg-h.azimuthDeg, 360)); d > 0.00501 {
				t.Errorf("azimuth %v, want %.3f", h.storedAzimuthDeg, h.azimuthDeg)
			}
			// Elevation over a flat earth's surface, dipping by d/2a; at 4 km by 0.013°.
			wantDeg := math.Atan2(1.5-30, h.distanceM) * 180 / math.Pi
			if d := math.Abs(h.elevationDeg - wantDeg); d > 0.02 && exact {
				t.Errorf("elevation at %.1f m: %v°, want %.3f°", h.distanceM, h.elevationDeg, wantDeg)
			}
		}
		cells, err := hexgrid.Within(mast, radiusM, 10)
		if err != nil {
			t.Fatal(err)
		}
		want := Counts{Hexes: len(cells)}
		if r.Counts != want || inside != len(cells) {
			t.Errorf("exact %v: counts %+v and %d values, want %+v", exact, r.Counts, inside, want)
		}
		// 7⁻¹⁰ of resolution 0: 15,048 m² on average, less than 20 % more or less here.
		if area := float64(inside) * 15048; math.Abs(area/(math.Pi*radiusM*radiusM)-1) > 0.2 {
			t.Errorf("%d hexes of about 15,048 m² do not make a disc of 4 km", inside)
		}
	}
}

// TestSightDisc: a level from a link budget is reached exactly inside the distance
// at which free space uses it up.
func TestSightDisc(t *testing.T) {
	// 110 dB at 1800 MHz: 10^((110 - 32.4478 - 65.1055)/20) = 4.191 km.
	const reachM, radiusM = 4191, 6000
	r := compute1(t, params(propagation.P525{}, landscape(3*arcSecond, radiusM+500, flat), radiusM, 9), tx1800)
	for c, h := range hexes(t, r) {
		// A metre of rounding: 0.005 dB are 2.4 m at that distance.
		if math.Abs(h.distanceM-reachM) > 4 && h.loss != coverage.NoValue && (h.loss <= 11000) != (h.distanceM < reachM) {
			t.Errorf("hex %v at %.0f m: %v dB", c, h.distanceM, h.loss.DB())
		}
	}
}

// shadow is free space with 40 dB more wherever the straight line between the
// antennas, over a flat Earth, passes below the terrain. It knows no rays.
type shadow struct{}

func (shadow) Name() string                   { return "shadow" }
func (shadow) Validity() propagation.Validity { return propagation.Validity{Source: "test"} }
func (shadow) Loss(p *propagation.Profile, l propagation.Link) (propagation.Result, error) {
	res, err := propagation.P525{}.Loss(p, l)
	if err != nil {
		return res, err
	}
	last := len(p.TerrainM) - 1
	a, b := p.TerrainM[0]+l.TxHeightM, p.TerrainM[last]+l.RxHeightM
	for i := 1; i < last; i++ {
		if p.TerrainM[i] > a+(b-a)*p.DistanceM[i]/p.LengthM() {
			res.LossDB += 40
			break
		}
	}
	return res, nil
}

// TestRidgeShades: one wall east of the mast shades what lies behind it, and
// nothing else; the elevation of the shaded leads to its crest.
func TestRidgeShades(t *testing.T) {
	const (
		wallM, crestM, halfLengthM = 2000.0, 500.0, 1000.0
		groundM                    = 200.0
		radiusM                    = 5000.0
		sampleM                    = 31.0
	)
	g := landscape(arcSecond, radiusM+500, func(east, north float64) float64 {
		if math.Abs(east-wallM) < 1.5*sampleM && math.Abs(north) < halfLengthM {
			return crestM
		}
		return groundM
	})
	free := hexes(t, compute1(t, params(propagation.P525{}, g, radiusM, 9), tx1800))
	for _, exact := range []bool{false, true} {
		p := params(shadow{}, g, radiusM, 9)
		p.Exact = exact
		r := compute1(t, p, tx1800)
		shaded := 0
		for c, h := range hexes(t, r) {
			if h.loss == coverage.NoValue {
				continue
			}
			sin, cos := math.Sincos(h.azimuthDeg * math.Pi / 180)
			east, north := h.distanceM*sin, h.distanceM*cos
			atWall := math.Inf(1) // north of the mast where the path meets the wall
			if east > 0 {
				atWall = north * wallM / east
			}
			// The wall has slopes one sample wide: leave its outline out.
			margin := 3 * sampleM * max(1, h.distanceM/wallM)
			if math.Abs(math.Abs(atWall)-halfLengthM) < margin || math.Abs(east-wallM) < margin {
				continue
			}
			behind := east > wallM && math.Abs(atWall) < halfLengthM
			if got := h.loss-free[c].loss > 1000; got != behind {
				t.Errorf("exact %v: hex %v, %.0f m east, %.0f m north: shaded %v, want %v", exact, c, east, north, got, behind)
			}
			want := math.Atan2(1.5-30, h.distanceM) * 180 / math.Pi
			if behind {
				shaded++
				// The crest's nearer edge, up to 1.5 samples before the middle and sloping.
				want = math.Atan2(crestM-groundM-30, wallM/math.Abs(sin)) * 180 / math.Pi
			}
			if math.Abs(h.elevationDeg-want) > 0.3 && h.distanceM > 500 {
				t.Errorf("exact %v: hex %v: elevation %.2f°, want %.2f°", exact, c, h.elevationDeg, want)
			}
		}
		if shaded < 40 {
			t.Errorf("exact %v: %d hexes lie behind the wall; the test sees too few", exact, shaded)
		}
	}
}

// TestRaysAgainstExact holds the rays against one profile for each hex, over steep
// hills. The bounds for 30 m terrain are the project's figures for real terrain.
func TestRaysAgainstExact(t *testing.T) {
	for _, tt := range []struct {
		name                string
		model               string
		stepDeg             float64
		radiusM             float64
		wooded              bool
		coastAt             float64 // percentage of time over a coast; 0 for the hills at 50 %
		biasDB, sdDB, p99DB float64
	}{
		// Sample and centre are up to 22 m apart at 30 m. Measured: bias 0.00, sd 0.61,
		// p99 2.9 dB.
		{"30 m", "p526", arcSecond, 5000, false, 0, 0.1, 0.85, 3.5},
		// Measured: bias 0.00, sd 0.60, p99 2.5 dB.
		{"30 m", "p1812", arcSecond, 6000, false, 0, 0.1, 0.85, 3.5},
		// Measured: bias 0.00, sd 0.73, p99 2.4 dB.
		{"30 m, wooded,", "p1812", arcSecond, 6000, true, 0, 0.1, 0.85, 3.5},
		// Measured: bias -0.01, sd 0.70, p99 3.2 dB.
		{"30 m, coast,", "p1812", arcSecond, 6000, false, 50, 0.1, 0.85, 3.5},
		// Measured: bias -0.01, sd 0.72, p99 3.0 dB.
		{"30 m, coast at 10 %,", "p1812", arcSecond, 6000, false, 10, 0.1, 0.85, 3.5},
		// Measured: bias 0.00, sd 0.62, p99 2.2 dB. At 10 % it is 0.85 dB with 2.0: where trees
		// stand before a mast that looks out to sea, F_j of P.1812 (57) takes off up to 25 dB
		// within half a milliradian of the horizon.
		{"30 m, wooded coast,", "p1812", arcSecond, 9000, true, 50, 0.1, 0.85, 3.5},
		// Measured: bias -0.01, sd 0.65, p99 2.6 dB: 64 samples are 6 of the 8 km.
		{"90 m", "p526", 3 * arcSecond, 8000, false, 0, 0.1, 1.5, 6},
	} {
		t.Run(tt.name+" "+tt.model, func(t *testing.T) {
			m, err := propagation.Lookup(tt.model)
			if err != nil {
				t.Fatal(err)
			}
			land := hills
			if tt.coastAt > 0 {
				land = coast
			}
			p := params(m, landscape(tt.stepDeg, tt.radiusM+500, land), tt.radiusM, 10)
			if tt.coastAt > 0 {
				p.Zones, p.Link.TimePercent = coastZones(p.Terrain), tt.coastAt
			}
			if tt.wooded {
				p.Clutter, p.ReceiverClearingM = woods(p.Terrain), DefaultReceiverClearingM
				for k := range p.Clutter.HeightsM {
					if p.Zones != nil && p.Zones.Of(k) == propagation.Sea {
						p.Clutter.HeightsM[k] = 0
					}
				}
			}
			rays := hexes(t, compute1(t, p, tx1800))
			p.Exact = true
			exact := hexes(t, compute1(t, p, tx1800))
			var diffs []float64
			for c, e := range exact {
				if (e.loss == coverage.NoValue) != (rays[c].loss == coverage.NoValue) {
					t.Fatalf("hex %v at %.0f m: only one way gives a value", c, e.distanceM)
				}
				if e.loss != coverage.NoValue {
					diffs = append(diffs, rays[c].loss.DB()-e.loss.DB())
				}
			}
			bias, sd, p99 := spread(diffs)
			t.Logf("%d hexes: bias %+.3f dB, sd %.3f dB, p99 %.2f dB", len(diffs), bias, sd, p99)
			if math.Abs(bias) > tt.biasDB || sd > tt.sdDB || p99 > tt.p99DB {
				t.Errorf("want |bias| ≤ %g, sd ≤ %g, p99 ≤ %g dB", tt.biasDB, tt.sdDB, tt.p99DB)
			}
		})
	}
}

// spread gives the mean, the standard deviation and the 99th percentile of the
// absolute values.
func spread(v []float64) (mean, sd, p99 float64) {
	slices.Sort(v) // the sums must not depend on the order of a map
	for _, x := range v {
		mean += x
	}
	mean /= float64(len(v))
	for _, x := range v {
		sd += (x - mean) * (x - mean)
	}
	sd = math.Sqrt(sd / float64(len(v)))
	slices.SortFunc(v, func(a, b float64) int { return cmp.Compare(math.Abs(a), math.Abs(b)) })
	return mean, sd, math.Abs(v[len(v)*99/100])
}

// TestRaysAreOnTheExactPath: a receiver that stands on the sample of a ray that is all
// its own gets the exact path's loss to rounding.
func TestRaysAreOnTheExactPath(t *testing.T) {
	m, err := propagation.Lookup("p526")
	if err != nil {
		t.Fatal(err)
	}
	const radiusM = 4000
	p := params(m, landscape(arcSecond, radiusM+500, hills), radiusM, 10)
	pather, err := NewPather(p)
	if err != nil {
		t.Fatal(err)
	}
	spacingM := p.Terrain.SpacingM()
	alone := newFan(p, 0)
	n := alone.rays
	for ray := int32(4); ray < n; ray += 98 {
		for step := int32(20); float64(step)*spacingM < radiusM; step += 17 {
			azimuthDeg, distanceM := float64(ray)*360/float64(n), float64(step)*spacingM
			at := geodesy.Destination(mast, azimuthDeg, distanceM)
			res := &Result{Blocks: []Block{newBlock(0, make([]uint16, 1))}}
			fronts := newFronts(p, []Transmitter{tx1800})
			fronts[0].fan, fronts[0].kept = alone, nil
			if err := rays(context.Background(), fronts, []*Result{res}, []target{{distanceM: distanceM, azimuthDeg: azimuthDeg}}); err != nil {
				t.Fatal(err)
			}
			path, err := pather.Path(tx1800, at)
			if err != nil {
				t.Fatal(err)
			}
			// The incremental form may differ by 3e-3 dB on hilltops, and values are
			// stored to 0.01 dB.
			if d := res.Blocks[0].LossCentiDB[0].DB() - path.LossDB; math.Abs(d) > 0.005+3e-3 {
				t.Errorf("azimuth %.1f°, %.0f m: ray %v dB, path %.4f dB", azimuthDeg, distanceM, res.Blocks[0].LossCentiDB[0].DB(), path.LossDB)
			}
			if d := res.Blocks[0].ElevationDeg(0) - path.ElevationDeg; math.Abs(d) > 0.0051 {
				t.Errorf("azimuth %.1f°, %.0f m: ray %v°, path %.4f°", azimuthDeg, distanceM, res.Blocks[0].ElevationDeg(0), path.ElevationDeg)
			}
		}
	}
}

// TestClutterShades: over flat ground a belt of trees about the mast costs receivers
// beyond it what the exact path says, and one within the clearing of either end nothing.
func TestClutterShades(t *testing.T) {
	const (
		radiusM        = 4000.0
		beltM, widthM  = 1500.0, 200.0
		treesM, mastsM = 20.0, 15.0
	)
	g := landscape(arcSecond, radiusM+500, flat)
	tx := Transmitter{Position: mast, HeightM: mastsM, FrequencyMHz: 1800}
	p := params(propagation.P1812{}, g, radiusM, 10)
	bare := map[bool]map[hexgrid.Cell]hex{}
	for _, p.Exact = range []bool{false, true} {
		bare[p.Exact] = hexes(t, compute1(t, p, tx))
	}
	p.Clutter = landscape(arcSecond, radiusM+500, func(east, north float64) float64 {
		if math.Abs(math.Hypot(east, north)-beltM) < widthM/2 {
			return treesM
		}
		return math.NaN() // no clutter, like 0
	})
	for _, tt := range []struct {
		name                               string
		exact                              bool
		receiverClearingM, mastsClearingM  float64
		shadeFromM, shadeToM, noneElsewise float64 // where receivers stand in the shade of the belt
	}{
		{"rays", false, 100, 0, beltM + widthM/2 + 150, radiusM, beltM - widthM/2 - 50},
		{"exact", true, 100, 0, beltM + widthM/2 + 150, radiusM, beltM - widthM/2 - 50},
		{"all cleared about the receiver", false, radiusM, 0, 0, 0, radiusM},
		{"all cleared about the mast", false, 0, beltM + widthM, 0, 0, radiusM},
		{"all cleared about the mast, exact", true, 0, beltM + widthM, 0, 0, radiusM},
	} {
		p.Exact, p.ReceiverClearingM, p.TransmitterClearingM = tt.exact, tt.receiverClearingM, tt.mastsClearingM
		shaded := 0
		for c, h := range hexes(t, compute1(t, p, tx)) {
			if h.loss == coverage.NoValue {
				continue
			}
			more := (h.loss - bare[tt.exact][c].loss).DB()
			switch {
			case h.distanceM < tt.noneElsewise && more != 0:
				t.Errorf("%s: hex %v at %.0f m loses %.2f dB to no trees", tt.name, c, h.distanceM, more)
			case h.distanceM > tt.shadeFromM && h.distanceM < tt.shadeToM:
				shaded++
				// The belt reaches 5 m above the line of sight and more: 6 dB or more by a
				// knife edge that touches the line, P.1812 (12).
				if more < 6 {
					t.Errorf("%s: hex %v at %.0f m behind the belt loses %.2f dB to it", tt.name, c, h.distanceM, more)
				}
			}
		}
		if tt.shadeToM > 0 && shaded < 1000 {
			t.Errorf("%s: %d hexes lie behind the belt; the test sees too few", tt.name, shaded)
		}
	}
}

// TestRayDistance: no hex centre lies further from its sample than half a terrain
// sample across and half along.
func TestRayDistance(t *testing.T) {
	p := params(propagation.P525{}, landscape(3*arcSecond, 9000, flat), 8000, 9)
	_, targets, err := around(p, []Transmitter{tx1800}, &centers{})
	if err != nil {
		t.Fatal(err)
	}
	f := newFan(p, sharings)
	targets = f.assign(p.Terrain.SpacingM(), targets)
	halfM := p.Terrain.SpacingM() / 2
	for _, target := range targets {
		off := math.Remainder(target.azimuthDeg-f.azimuthDeg(target.ray, f.level(target.step)), 360)
		if across := target.distanceM * math.Abs(off) * math.Pi / 180; across > halfM+1e-6 {
			t.Errorf("centre at %.0f m: %.2f m from its ray, want at most %.2f", target.distanceM, across, halfM)
		}
		if along := math.Abs(target.distanceM - float64(target.step)*2*halfM); along > halfM+1e-6 && target.distanceM > halfM {
			t.Errorf("centre at %.0f m: %.2f m along from its sample, want at most %.2f", target.distanceM, along, halfM)
		}
	}
}

// TestSharedBeginnings: what a target gets does not depend on the other targets, also
// where its ray shares its beginning with one that has none.
func TestSharedBeginnings(t *testing.T) {
	p := params(propagation.P1812{}, landscape(arcSecond, 6500, coast), 6000, 10)
	p.Zones, p.Link.TimePercent = coastZones(p.Terrain), 10
	all, targets, err := around(p, []Transmitter{tx1800}, &centers{})
	if err != nil {
		t.Fatal(err)
	}
	if err := rays(context.Background(), newFronts(p, []Transmitter{tx1800}), all, slices.Clone(targets)); err != nil {
		t.Fatal(err)
	}
	for i := 0; i < len(targets); i += 131 {
		alone, _, err := around(p, []Transmitter{tx1800}, &centers{})
		if err != nil {
			t.Fatal(err)
		}
		if err := rays(context.Background(), newFronts(p, []Transmitter{tx1800}), alone, targets[i:i+1]); err != nil {
			t.Fatal(err)
		}
		b, k := targets[i].block, targets[i].child
		if got, want := alone[0].Blocks[b].LossCentiDB[k], all[0].Blocks[b].LossCentiDB[k]; got != want {
			t.Errorf("hex at %.0f m, %.1f°: %v dB alone, %v dB among all", targets[i].distanceM, targets[i].azimuthDeg, got.DB(), want.DB())
		}
	}
}

// TestTogether: transmitters at one position that are swept in one pass give the same
// bits as each alone, over terrain with holes and with clutter.
func TestTogether(t *testing.T) {
	const radiusM = 4000
	g := landscape(arcSecond, radiusM+500, hills)
	for k := range g.HeightsM {
		if i, j := k%g.Width-g.Width/2, k/g.Width-g.Height/2; i > 60 && i < 70 && j > -30 && j < 0 {
			g.HeightsM[k] = float32(math.NaN())
		}
	}
	var txs []Transmitter
	for _, heightM := range []float64{30, 45, 12} {
		for _, mhz := range []float64{900, 1800, 2600} {
			txs = append(txs, Transmitter{Position: mast, HeightM: heightM, FrequencyMHz: mhz})
		}
	}
	txs = append(txs[1:], txs[0]) // heights do not follow each other
	for _, m := range []propagation.Model{propagation.P1812{}, propagation.P525{}, shadow{}} {
		for i, clutter := range []*terrain.Grid{nil, woods(g), nil} {
			p := params(m, g, radiusM, 9)
			p.Clutter, p.ReceiverClearingM = clutter, DefaultReceiverClearingM
			if i == 2 {
				p.Zones, p.Link.TimePercent = coastZones(g), 10
			}
			together, err := compute(context.Background(), p, txs, &centers{})
			if err != nil {
				t.Fatal(err)
			}
			for i, tx := range txs {
				if got, want := together[i], compute1(t, p, tx); !bytes.Equal(got.Encode(), want.Encode()) {
					t.Errorf("%s, clutter %v, coast %v: %v m and %v MHz differ: %+v together, %+v alone",
						m.Name(), clutter != nil, p.Zones != nil, tx.HeightM, tx.FrequencyMHz, got.Counts, want.Counts)
				}
			}
		}
	}
}

// TestNearHexes: hexes near the mast get what a path of their own gives.
func TestNearHexes(t *testing.T) {
	const radiusM = 1900 // 64 samples are 1,976 m
	p := params(propagation.P1812{}, landscape(arcSecond, radiusM+500, hills), radiusM, 10)
	p.Clutter, p.ReceiverClearingM = woods(p.Terrain), DefaultReceiverClearingM
	r := compute1(t, p, tx1800)
	p.Exact = true
	exact := compute1(t, p, tx1800)
	compared := 0
	for i := range r.Blocks {
		a, b := &r.Blocks[i], &exact.Blocks[i]
		for k := range a.LossCentiDB {
			// Stored to 0.01 dB and 0.01°; a millimetre across changes neither by as much.
			if d := a.LossCentiDB[k] - b.LossCentiDB[k]; d < -1 || d > 1 {
				t.Errorf("%v dB, the exact path %v dB", a.LossCentiDB[k].DB(), b.LossCentiDB[k].DB())
			}
			if d := a.ElevationCentiDeg[k] - b.ElevationCentiDeg[k]; d < -1 || d > 1 {
				t.Errorf("elevation %v°, of the exact path %v°", a.ElevationDeg(k), b.ElevationDeg(k))
			}
			if a.LossCentiDB[k] != coverage.NoValue {
				compared++
			}
		}
	}
	if r.Counts != exact.Counts || compared != r.Counts.Hexes {
		t.Errorf("counts %+v, exact %+v, %d values", r.Counts, exact.Counts, compared)
	}
}

func TestMissingTerrain(t *testing.T) {
	const radiusM, holeM = 4000, 1500
	g := landscape(arcSecond, radiusM+500, func(east, north float64) float64 {
		if east > holeM && east < holeM+200 && math.Abs(north) < 500 {
			return math.NaN()
		}
		return 200
	})
	for _, exact := range []bool{false, true} {
		p := params(propagation.P525{}, g, radiusM, 9)
		p.Exact = exact
		r := compute1(t, p, tx1800)
		without := 0
		for c, h := range hexes(t, r) {
			if h.distanceM > radiusM {
				continue
			}
			sin, cos := math.Sincos(h.azimuthDeg * math.Pi / 180)
			east, north := h.distanceM*sin, h.distanceM*cos
			if h.loss == coverage.NoValue {
				without++
			}
			if margin := 100 * max(1, h.distanceM/holeM); math.Abs(math.Abs(north*holeM/east)-500) < margin || math.Abs(east-holeM) < margin {
				continue
			}
			crosses := east > holeM && math.Abs(north*holeM/east) < 500
			if (h.loss == coverage.NoValue) != crosses {
				t.Errorf("exact %v: hex %v, %.0f m east, %.0f m north: %v dB", exact, c, east, north, h.loss.DB())
			}
		}
		if without == 0 || r.Counts.NoTerrain != without || r.Counts.NoLoss != 0 {
			t.Errorf("exact %v: %d hexes without value, counted %+v", exact, without, r.Counts)
		}
	}
}

func TestMastWithoutTerrain(t *testing.T) {
	tx := tx1800
	tx.Position = orb.Point{10, 50}
	for _, exact := range []bool{false, true} {
		p := params(propagation.P525{}, landscape(3*arcSecond, 2000, flat), 1000, 9)
		p.Exact = exact
		r := compute1(t, p, tx)
		if r.Counts.Hexes == 0 || r.Counts.NoTerrain != r.Counts.Hexes {
			t.Errorf("exact %v: counts %+v, want all without terrain", exact, r.Counts)
		}
	}
}

// limited is free space with a stated range of 0.5 to 2 km.
type limited struct{ propagation.P525 }

func (limited) Name() string { return "limited" }
func (limited) Validity() propagation.Validity {
	return propagation.Validity{Source: "test", MinDistanceKm: 0.5, MaxDistanceKm: 2}
}
func (l limited) Loss(p *propagation.Profile, link propagation.Link) (propagation.Result, error) {
	res, err := l.P525.Loss(p, link)
	res.Warnings = append(res.Warnings, propagation.Warning{Code: "limited-always", Message: "a test"})
	return res, err
}

func TestNearAndBeyond(t *testing.T) {
	for _, exact := range []bool{false, true} {
		p := params(limited{}, landscape(arcSecond, 4000, flat), 3000, 10)
		p.Exact = exact
		r := compute1(t, p, tx1800)
		var want Counts
		near := map[hexgrid.Cell]bool{}
		for c, h := range hexes(t, r) {
			switch {
			case h.distanceM > 3000:
				continue
			case h.distanceM < 500:
				want.Near++
				near[c] = true
			case h.distanceM > 2000:
				want.NoLoss++
			}
			want.Hexes++
			if got := h.loss != coverage.NoValue; got != (h.distanceM <= 2000) {
				t.Errorf("exact %v: value at %.0f m: %v", exact, h.distanceM, got)
			}
		}
		if r.Counts != want || want.Near == 0 {
			t.Errorf("exact %v: counts %+v, want %+v", exact, r.Counts, want)
		}
		for _, b := range r.Blocks {
			children := b.Parent.Children(10)
			if !slices.IsSorted(b.Near) {
				t.Errorf("near hexes out of order: %v", b.Near)
			}
			for _, k := range b.Near {
				if !near[children[k]] {
					t.Errorf("hex %v is marked near", children[k])
				}
				delete(near, children[k])
			}
		}
		if len(near) > 0 {
			t.Errorf("exact %v: %d near hexes are not marked", exact, len(near))
		}
		if len(r.Warnings) != 1 || r.Warnings[0].Code != "limited-always" {
			t.Errorf("warnings %v", r.Warnings)
		}
	}
}

func TestPath(t *testing.T) {
	g := landscape(arcSecond, 5000, hills)
	pather, err := NewPather(params(propagation.P525{}, g, 1, 0))
	if err != nil {
		t.Fatal(err)
	}
	rx := geodesy.Destination(mast, 77, 3210)
	path, err := pather.Path(tx1800, rx)
	if err != nil {
		t.Fatal(err)
	}
	want := Path{DistanceM: 3210, AzimuthDeg: 77}
	opts := gocmp.Options{
		cmpopts.EquateApprox(0, 1e-6), // geodesy there and back
		cmpopts.IgnoreFields(Path{}, "LossDB", "ElevationDeg", "LineOfSight"),
	}
	if d := gocmp.Diff(want, path, opts); d != "" {
		t.Errorf("path (-want +got):\n%s", d)
	}
	pr := pather.Profile()
	// 3,210 m at 30.87 m make 104 steps.
	if n := len(pr.DistanceM); n != 105 || pr.DistanceM[n-1] != path.DistanceM {
		t.Errorf("profile of %d samples to %g m, want 105 to %g", n, pr.DistanceM[n-1], path.DistanceM)
	}
	if got, want := pr.TerrainM[104], g.At(rx); math.Abs(got-want) > 1e-3 {
		t.Errorf("the profile ends at %g m, the terrain there is %g m", got, want)
	}
	if path, err := pather.Path(tx1800, mast); err != nil || path.DistanceM != minPathM {
		t.Errorf("a receiver at the mast: %+v, %v", path, err)
	}
	if _, err := pather.Path(tx1800, orb.Point{107, 22}); !errors.Is(err, ErrTerrain) {
		t.Errorf("out of the terrain: %v, want %v", err, ErrTerrain)
	}
	far, err := NewPather(params(limited{}, g, 1, 0))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := far.Path(tx1800, rx); !errors.Is(err, ErrRange) {
		t.Errorf("beyond the model: %v, want %v", err, ErrRange)
	}
}

func TestPathDoesNotAllocate(t *testing.T) {
	pather, err := NewPather(params(propagation.P525{}, landscape(arcSecond, 5000, hills), 1, 0))
	if err != nil {
		t.Fatal(err)
	}
	rx := geodesy.Destination(mast, 77, 3210)
	if n := testing.AllocsPerRun(20, func() {
		if _, err := pather.Path(tx1800, rx); err != nil {
			t.Error(err)
		}
	}); n != 0 {
		t.Errorf("%g allocations a path, want none", n)
	}
}

func TestInvalid(t *testing.T) {
	good := params(propagation.P525{}, landscape(3*arcSecond, 2000, flat), 1000, 9)
	for name, edit := range map[string]func(*Params){
		"model":      func(p *Params) { p.Model = nil },
		"terrain":    func(p *Params) { p.Terrain = nil },
		"receiver":   func(p *Params) { p.RxHeightM = 0 },
		"radius":     func(p *Params) { p.RadiusM = math.NaN() },
		"wide":       func(p *Params) { p.RadiusM = 1e6 },
		"resolution": func(p *Params) { p.Resolution = 16 },
		"clutter": func(p *Params) {
			p.Clutter = woods(p.Terrain)
			p.Clutter.West += p.Clutter.StepLon / 2
		},
		"zones": func(p *Params) {
			q := *p.Terrain
			q.West += q.StepLon / 2
			p.Zones = zone.New(&q, nil)
		},
		"clearing":                    func(p *Params) { p.ReceiverClearingM = -1 },
		"clearing of the transmitter": func(p *Params) { p.TransmitterClearingM = math.NaN() },
	} {
		p := good
		edit(&p)
		if _, err := Compute(context.Background(), p, tx1800); !errors.Is(err, ErrParams) {
			t.Errorf("%s: %v, want %v", name, err, ErrParams)
		}
		if _, err := NewSweeper(p, nil); !errors.Is(err, ErrParams) {
			t.Errorf("%s: %v, want %v", name, err, ErrParams)
		}
		if _, err := NewPather(p); !errors.Is(err, ErrParams) {
			t.Errorf("%s: %v, want %v", name, err, ErrParams)
		}
	}
	for name, edit := range map[string]func(*Transmitter){
		"position":  func(tx *Transmitter) { tx.Position[1] = 100 },
		"height":    func(tx *Transmitter) { tx.HeightM = 0 },
		"frequency": func(tx *Transmitter) { tx.FrequencyMHz = math.NaN() },
	} {
		tx := tx1800
		edit(&tx)
		if _, err := Compute(context.Background(), good, tx); !errors.Is(err, ErrTransmitter) {
			t.Errorf("%s: %v, want %v", name, err, ErrTransmitter)
		}
	}
}

func TestTransmitters(t *testing.T) {
	sites := []data.Site{
		{ID: "a", Position: orb.Point{106, 22}, Sectors: []data.Sector{
			{AntennaHeightM: 30, FrequencyMHz: 1800}, {AntennaHeightM: 30, FrequencyMHz: 1800}, {AntennaHeightM: 30, FrequencyMHz: 900}}},
		{ID: "b", Position: orb.Point{106, 23}, Sectors: []data.Sector{{AntennaHeightM: 30, FrequencyMHz: 1800}}},
		{ID: "c", Position: orb.Point{106, 22}, Sectors: []data.Sector{{AntennaHeightM: 30, FrequencyMHz: 900}, {AntennaHeightM: 45, FrequencyMHz: 900}}},
	}
	want := []Transmitter{
		{orb.Point{106, 22}, 30, 1800}, {orb.Point{106, 22}, 30, 900},
		{orb.Point{106, 23}, 30, 1800}, {orb.Point{106, 22}, 45, 900},
	}
	if d := gocmp.Diff(want, Transmitters(sites)); d != "" {
		t.Errorf("transmitters (-want +got):\n%s", d)
	}
}

// around the mast stand six transmitters for the tests of many.
func six() []Transmitter {
	var txs []Transmitter
	for i := range 6 {
		txs = append(txs, Transmitter{
			Position:     geodesy.Destination(mast, float64(60*i), 1500),
			HeightM:      20 + float64(5*i),
			FrequencyMHz: []float64{900, 1800, 2600}[i%3],
		})
	}
	return txs
}

func sweeper(t testing.TB, p Params, dir string, capBytes int64) *Sweeper {
	t.Helper()
	st, err := store.Open(dir, capBytes)
	if err != nil {
		t.Fatal(err)
	}
	s, err := NewSweeper(p, st)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func encodeAll(t testing.TB, s *Sweeper, txs []Transmitter) [][]byte {
	t.Helper()
	var all [][]byte
	for _, tx := range txs {
		r, err := s.Sweep(context.Background(), tx)
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, r.Encode())
	}
	return all
}

// TestAll: the same bytes for any number of workers, cold, warm, with a store too
// small to hold anything, and with none.
func TestAll(t *testing.T) {
	m, err := propagation.Lookup("p526")
	if err != nil {
		t.Fatal(err)
	}
	p := params(m, landscape(3*arcSecond, 6000, hills), 3000, 9)
	txs := six()
	none, err := NewSweeper(p, nil)
	if err != nil {
		t.Fatal(err)
	}
	want := encodeAll(t, none, txs)
	wantSum, err := none.All(context.Background(), txs, 1, nil)
	if err != nil {
		t.Fatal(err)
	}
	for _, tt := range []struct {
		workers  int
		capBytes int64
	}{{1, 0}, {2, 0}, {7, 0}, {0, 0}, {3, 1}} {
		t.Run(fmt.Sprintf("%d workers, %d bytes", tt.workers, tt.capBytes), func(t *testing.T) {
			dir := t.TempDir()
			for _, warm := range []bool{false, true} {
				s := sweeper(t, p, dir, tt.capBytes)
				var last Progress
				calls := 0
				sum, err := s.All(context.Background(), txs, tt.workers, func(p Progress) {
					calls++
					if p.Done != calls || p.Total != len(txs) {
						t.Errorf("call %d says %+v", calls, p)
					}
					last = p
				})
				if err != nil {
					t.Fatal(err)
				}
				if d := gocmp.Diff(wantSum, sum); d != "" {
					t.Errorf("summary (-want +got):\n%s", d)
				}
				wantLast := Progress{Done: 6, Total: 6, Hexes: sum.Counts.Hexes}
				if warm && tt.capBytes == 0 {
					wantLast = Progress{Done: 6, Total: 6, Stored: 6}
				}
				if last != wantLast {
					t.Errorf("warm %v: progress ends with %+v, want %+v", warm, last, wantLast)
				}
				for i, got := range encodeAll(t, s, txs) {
					if !bytes.Equal(got, want[i]) {
						t.Errorf("warm %v: transmitter %d differs", warm, i)
					}
				}
			}
		})
	}
}

// TestResume: a cancelled run ends with the context's error and keeps what it
// finished.
func TestResume(t *testing.T) {
	p := params(propagation.P525{}, landscape(3*arcSecond, 6000, hills), 3000, 9)
	s := sweeper(t, p, t.TempDir(), 0)
	ctx, cancel := context.WithCancel(context.Background())
	_, err := s.All(ctx, six(), 1, func(p Progress) {
		if p.Done == 3 {
			cancel()
		}
	})
	if !errors.Is(err, context.Canceled) {
		t.Fatalf("error %v, want %v", err, context.Canceled)
	}
	var last Progress
	if _, err := s.All(context.Background(), six(), 1, func(p Progress) { last = p }); err != nil {
		t.Fatal(err)
	}
	if last.Stored != 3 {
		t.Errorf("%d found in the store, want the 3 finished before", last.Stored)
	}
	if _, err := Compute(ctx, p, tx1800); !errors.Is(err, context.Canceled) {
		t.Errorf("compute with a cancelled context: %v", err)
	}
}

// TestDamagedStore: whatever happens to the files, the numbers stay.
func TestDamagedStore(t *testing.T) {
	p := params(propagation.P525{}, landscape(3*arcSecond, 6000, hills), 3000, 9)
	dir := t.TempDir()
	txs := six()
	want := encodeAll(t, sweeper(t, p, dir, 0), txs)
	files, err := filepath.Glob(filepath.Join(dir, "*", "*"))
	if err != nil || len(files) != len(txs) {
		t.Fatalf("%d files, %v", len(files), err)
	}
	for i, f := range files {
		b, err := os.ReadFile(f)
		if err != nil {
			t.Fatal(err)
		}
		switch i % 3 {
		case 0:
			b[len(b)/2] ^= 0x10
		case 1:
			b = b[:len(b)/2]
		case 2:
			b = nil
		}
		if err := os.WriteFile(f, b, 0o666); err != nil {
			t.Fatal(err)
		}
	}
	s := sweeper(t, p, dir, 0)
	// An entry whose file is sound but holds something else.
	if err := s.store.Put(s.Key(txs[0]), []byte("an older layout")); err != nil {
		t.Fatal(err)
	}
	for i, got := range encodeAll(t, s, txs) {
		if !bytes.Equal(got, want[i]) {
			t.Errorf("transmitter %d differs", i)
		}
	}
}

func TestKey(t *testing.T) {
	base := params(propagation.P525{}, landscape(3*arcSecond, 20000, hills), 3000, 9)
	key := func(p Params, tx Transmitter) store.Key {
		t.Helper()
		s, err := NewSweeper(p, nil)
		if err != nil {
			t.Fatal(err)
		}
		return s.Key(tx)
	}
	seen := map[store.Key]string{key(base, tx1800): "base"}
	again := base
	again.Terrain = edited(base.Terrain, 0)
	again.Terrain.HeightsM = slices.Clone(base.Terrain.HeightsM)
	if key(again, tx1800) != key(base, tx1800) {
		t.Fatal("the same content gives another key")
	}
	differs := func(name string, k store.Key) {
		t.Helper()
		if other, ok := seen[k]; ok {
			t.Errorf("%s has the key of %s", name, other)
		}
		seen[k] = name
	}
	for name, edit := range map[string]func(*Params){
		"model":         func(p *Params) { p.Model = shadow{} },
		"source":        func(p *Params) { p.Model = resourced{} },
		"receiver":      func(p *Params) { p.RxHeightM = 10 },
		"radius":        func(p *Params) { p.RadiusM = 3001 },
		"resolution":    func(p *Params) { p.Resolution = 8 },
		"exact":         func(p *Params) { p.Exact = true },
		"polarisation":  func(p *Params) { p.Link.Polarization = propagation.Horizontal },
		"time":          func(p *Params) { p.Link.TimePercent = 10 },
		"locations":     func(p *Params) { p.Link.LocationPercent = 10 },
		"climate":       func(p *Params) { p.Link.Climate.DeltaN = 60 },
		"refractivity":  func(p *Params) { p.Link.Climate.N0 = 350 },
		"ITM climate":   func(p *Params) { p.Link.ITM.Climate = propagation.Desert },
		"height nearby": func(p *Params) { p.Terrain = edited(p.Terrain, 2000) },
		"clutter":       func(p *Params) { p.Clutter = woods(p.Terrain) },
		"tree nearby":   func(p *Params) { p.Clutter = edited(woods(p.Terrain), 2000) },
		"zones":         func(p *Params) { p.Zones = zone.New(p.Terrain, nil) },
		"coast":         func(p *Params) { p.Zones = coastZones(p.Terrain) },
		"clearing": func(p *Params) {
			p.Clutter, p.ReceiverClearingM = woods(p.Terrain), DefaultReceiverClearingM
		},
		"clearing of the transmitter": func(p *Params) {
			p.Clutter, p.TransmitterClearingM = woods(p.Terrain), DefaultReceiverClearingM
		},
	} {
		p := base
		edit(&p)
		differs(name, key(p, tx1800))
	}
	for name, edit := range map[string]func(*Transmitter){
		"position":  func(tx *Transmitter) { tx.Position[0] += 1e-6 },
		"height":    func(tx *Transmitter) { tx.HeightM++ },
		"frequency": func(tx *Transmitter) { tx.FrequencyMHz++ },
	} {
		tx := tx1800
		edit(&tx)
		differs(name, key(base, tx))
	}
	// 128 samples of 93 m are 12 km: a height 18 km away lies in another tile than
	// any within 3 km.
	p := base
	p.Terrain = edited(p.Terrain, 18000)
	if key(p, tx1800) != key(base, tx1800) {
		t.Error("a height out of reach changes the key")
	}
	p.Clutter = woods(base.Terrain)
	q := p
	q.Clutter = edited(p.Clutter, 18000)
	if key(p, tx1800) != key(q, tx1800) {
		t.Error("a tree out of reach changes the key")
	}
	p, q = base, base
	pond := func(distanceM float64) *zone.Map {
		at := geodesy.Destination(mast, 45, distanceM)
		return zone.New(base.Terrain, []orb.MultiPolygon{{{orb.Bound{Min: at, Max: at}.Pad(0.001).ToRing()}}})
	}
	// Everything is too high to be a coast.
	if p.Zones, q.Zones = pond(18000), zone.New(base.Terrain, nil); key(p, tx1800) != key(q, tx1800) {
		t.Error("a sea out of reach changes the key")
	}
	p.Zones = pond(2000)
	differs("a sea nearby", key(p, tx1800))
	// Without clutter there is nothing to clear.
	p = base
	p.ReceiverClearingM = DefaultReceiverClearingM
	if key(p, tx1800) != key(base, tx1800) {
		t.Error("a clearing without clutter changes the key")
	}
}

type resourced struct{ propagation.P525 }

func (resourced) Validity() propagation.Validity {
	return propagation.Validity{Source: "a later edition"}
}

// edited is the terrain with one height changed, so far north-east of the mast.
func edited(g *terrain.Grid, distanceM float64) *terrain.Grid {
	e := *g
	e.HeightsM = slices.Clone(g.HeightsM)
	at := geodesy.Destination(mast, 45, distanceM)
	i, j := int((at[0]-g.West)/g.StepLon), int((g.North-at[1])/g.StepLat)
	e.HeightsM[j*g.Width+i]++
	return &e
}

// TestZonesAreTheSame: around an island in the sea zones change what rays find, paths of
// their own near the mast among them, by as much as what exact paths find.
func TestZonesAreTheSame(t *testing.T) {
	const radiusM = 25000
	g := landscape(3*arcSecond, radiusM+500, func(east, north float64) float64 { return max(0, 4-math.Hypot(east, north)/100) })
	sea := orb.Polygon{orb.Bound{Min: mast, Max: mast}.Pad(1).ToRing(), orb.Bound{Min: mast, Max: mast}.Pad(0.003).ToRing()}
	tx := Transmitter{Position: mast, HeightM: 10, FrequencyMHz: 450}
	for _, tt := range []struct {
		model       propagation.Model
		timePercent float64
	}{{propagation.P1812{}, 10}, {propagation.P526{}, 50}} {
		t.Run(tt.model.Name(), func(t *testing.T) {
			losses := func(zones *zone.Map, exact bool) map[hexgrid.Cell]hex {
				p := params(tt.model, g, radiusM, 8)
				p.Link.TimePercent, p.Zones, p.Exact = tt.timePercent, zones, exact
				return hexes(t, compute1(t, p, tx))
			}
			zones := zone.New(g, []orb.MultiPolygon{{sea}})
			rays, exact := losses(zones, false), losses(zones, true)
			raysInland, exactInland := losses(nil, false), losses(nil, true)
			far := 0
			for c, e := range exact {
				if e.loss == coverage.NoValue {
					continue
				}
				byRay, byPath := rays[c].loss.DB()-raysInland[c].loss.DB(), e.loss.DB()-exactInland[c].loss.DB()
				// Each of the four is stored to 0.01 dB. 46 m more or less change what the sea makes
				// by up to 3 % where ducts begin to fail, at 24 km; seen: 0.53 of 18 dB.
				if math.Abs(byRay-byPath) > 0.03+0.05*math.Abs(byPath) {
					t.Errorf("hex at %.0f m: the sea makes %.2f dB along a ray, %.2f dB by the exact path", e.distanceM, byRay, byPath)
				}
				if math.Abs(byPath) > 0.035 {
					far++
				}
			}
			if t.Logf("zones matter to %d of %d hexes", far, len(exact)); far < len(exact)/20 {
				t.Error("too few to tell anything")
			}
		})
	}
}
