package cause

import (
	"errors"
	"math"
	"slices"
	"testing"

	"github.com/covgap/covgap/coverage/antenna"
	"github.com/covgap/covgap/coverage/criterion"
	"github.com/covgap/covgap/coverage/linkbudget"
	"github.com/covgap/covgap/coverage/propagation"
	"github.com/covgap/covgap/coverage/sweep"
	"github.com/covgap/covgap/data"
	"github.com/covgap/covgap/data/habitat"
	"github.com/covgap/covgap/geo/geodesy"
	"github.com/covgap/covgap/geo/hexgrid"
	"github.com/covgap/covgap/geo/terrain"
	"github.com/google/go-cmp/cmp"
	"github.com/paulmach/orb"
	"pgregory.net/rapid"
)

// origin is the middle of the made terrain.
var origin = orb.Point{106.0, 22.5}

// stepM is about the spacing of its samples: one arc-second.
const (
	stepDeg = 1.0 / 3600
	stepM   = 31.0
)

// place gives the point so many metres east and north of the origin.
func place(eastM, northM float64) orb.Point {
	return geodesy.Destination(geodesy.Destination(origin, 0, northM), 90, eastM)
}

// ground makes a terrain 24 km wide whose height depends on the metres east and north
// of the origin.
func ground(height func(eastM, northM float64) float64) *terrain.Grid {
	const n = 800
	g := &terrain.Grid{West: origin[0] - n/2*stepDeg, North: origin[1] + n/2*stepDeg, StepLon: stepDeg, StepLat: stepDeg, Width: n + 1, Height: n + 1, Surface: terrain.DTM}
	perLat := geodesy.Distance(origin, orb.Point{origin[0], origin[1] + stepDeg})
	perLon := geodesy.Distance(origin, orb.Point{origin[0] + stepDeg, origin[1]})
	for j := range g.Height {
		for i := range g.Width {
			g.HeightsM = append(g.HeightsM, float32(height(float64(i-n/2)*perLon, float64(n/2-j)*perLat)))
		}
	}
	return g
}

func flat(_, _ float64) float64 { return 100 }

// ridgeAt is a ridge of that height from north to south, 300 m wide at its foot.
func ridgeAt(eastM, heightM float64) func(e, n float64) float64 {
	return func(e, _ float64) float64 { return 100 + max(0, heightM*(1-math.Abs(e-eastM)/150)) }
}

// mast is a site of one LTE sector at 1800 MHz whose level in front, over flat
// ground, stays above what is required beyond 6 km.
func mast(id string, at orb.Point, azimuthDeg float64) data.Site {
	return data.Site{ID: id, Position: at, Sectors: []data.Sector{{
		ID: id + "/1", SiteID: id, Operator: "Viettel", Technology: data.LTE, FrequencyMHz: 1842.5, BandwidthMHz: 10, AntennaHeightM: 30,
		AzimuthDeg: azimuthDeg, BeamwidthHDeg: 65, BeamwidthVDeg: 10, GainDBi: 17, Ports: 2, PowerDBm: 43, LossesDB: 3, EIRPDBm: 57, Status: data.StatusOnAir,
	}}}
}

func changed(s data.Site, change func(*data.Sector)) data.Site {
	s.Sectors = slices.Clone(s.Sectors)
	change(&s.Sectors[0])
	return s
}

func input(tb rapid.TB, g *terrain.Grid, sites ...data.Site) Input {
	tb.Helper()
	model, err := propagation.Lookup("p1812")
	if err != nil {
		tb.Fatal(err)
	}
	return Input{
		Params:    sweep.Params{Model: model, Terrain: g, RxHeightM: 1.5, RadiusM: 10000, Resolution: 10},
		Criterion: criterion.Default(), Sites: sites,
	}
}

func probe(tb rapid.TB, in Input) *Probe {
	tb.Helper()
	f, err := New(in)
	if err != nil {
		tb.Fatal(err)
	}
	return f.Probe()
}

// marginDB is the best margin at a point in the world of in, computed anew.
func marginDB(tb rapid.TB, in Input, at orb.Point) float64 {
	tb.Helper()
	pather, err := sweep.NewPather(in.Params)
	if err != nil {
		tb.Fatal(err)
	}
	best := math.Inf(-1)
	for i := range in.Sites {
		for k := range in.Sites[i].Sectors {
			s := &in.Sites[i].Sectors[k]
			if in.Criterion.Operators == criterion.Named && s.Operator != in.Criterion.Operator {
				continue
			}
			pattern, err := linkbudget.Pattern(s, nil)
			if err != nil {
				tb.Fatal(err)
			}
			budget, err := linkbudget.New(s, pattern, in.Criterion.Receiver())
			if err != nil {
				tb.Fatal(err)
			}
			if path, err := pather.Path(sweep.Of(&in.Sites[i], s), at); err == nil {
				best = max(best, budget.SignalDBm(path.LossDB, path.AzimuthDeg, path.ElevationDeg)-in.Criterion.RequiredDBm(s.Technology, s.FrequencyMHz))
			}
		}
	}
	return best
}

// Each cause is found where it alone is at work, and the world without it serves.
func TestCauses(t *testing.T) {
	front := mast("T1", origin, 90)
	at := place(6000, 0)
	trees := ground(func(e, _ float64) float64 {
		if 2000 < e && e < 5000 {
			return 30
		}
		return 0
	})
	for _, c := range []struct {
		name string
		in   Input
		at   orb.Point
		want Cause
		gone func(*Input) // takes the cause away
	}{
		{
			"another technology", input(t, ground(flat), changed(front, func(s *data.Sector) {
				s.Technology, s.FrequencyMHz, s.BandwidthMHz, s.Operator = data.GSM, 947.5, 0.2, "VinaPhone"
			})), at, Technology,
			func(in *Input) {
				in.Sites[0] = changed(in.Sites[0], func(s *data.Sector) { s.Technology, s.BandwidthMHz = data.LTE, 10 })
			},
		},
		{
			"another operator", func() Input {
				in := input(t, ground(flat), front)
				in.Criterion.Operators, in.Criterion.Operator = criterion.Named, "VinaPhone"
				return in
			}(), at, Operator,
			func(in *Input) { in.Sites[0] = changed(front, func(s *data.Sector) { s.Operator = "VinaPhone" }) },
		},
		{
			"the beam", input(t, ground(flat), changed(front, func(s *data.Sector) { s.AzimuthDeg = 270 })), at, Beam,
			func(in *Input) { in.Sites[0] = front },
		},
		{
			"a ridge", input(t, ground(ridgeAt(3000, 120)), front), at, BehindTerrain,
			func(in *Input) { in.Params.Terrain = ground(flat) },
		},
		{
			"trees", func() Input {
				in := input(t, ground(flat), front)
				in.Params.Clutter, in.Params.ReceiverClearingM = trees, 100
				return in
			}(), at, BehindTrees,
			func(in *Input) { in.Params.Clutter = nil },
		},
		{
			"power", input(t, ground(flat), changed(front, func(s *data.Sector) { s.EIRPDBm -= 23 })), at, Power,
			func(in *Input) { in.Sites[0] = changed(in.Sites[0], func(s *data.Sector) { s.EIRPDBm += PowerStepDB }) },
		},
		{
			"the distance", input(t, ground(flat), changed(front, func(s *data.Sector) { s.EIRPDBm -= 23 })), place(9500, 0), OutOfRange,
			func(in *Input) { in.Sites = append(in.Sites, mast("T2", place(5000, 0), 90)) },
		},
	} {
		h := probe(t, c.in).Hex(c.at, false, "")
		if h.Cause != c.want {
			t.Errorf("%s: cause %q, want %q; %+v", c.name, h.Cause, c.want, h.Counterfactuals)
			continue
		}
		if h.EdgeDB != 0 {
			t.Errorf("%s: the exact path serves, by %g dB", c.name, h.EdgeDB)
		}
		for i, f := range h.Counterfactuals {
			if f.Serves != (f.MarginDB >= 0) || i > 0 && slices.Index(All(), f.Cause) <= slices.Index(All(), h.Counterfactuals[i-1].Cause) {
				t.Errorf("%s: counterfactual %d %s %g dB serves %v", c.name, i, f.Cause, f.MarginDB, f.Serves)
			}
		}
		without := c.in
		without.Sites = slices.Clone(c.in.Sites)
		c.gone(&without)
		if before, after := marginDB(t, c.in, c.at), marginDB(t, without, c.at); before >= 0 && c.want != Technology || after < 0 {
			t.Errorf("%s: %.2f dB with it, %.2f dB without it", c.name, before, after)
		}
	}
}

// The ridge is named where it stands, as high as it is.
func TestRidge(t *testing.T) {
	for _, eastM := range []float64{1500, 3000, 4700} {
		g := ground(ridgeAt(eastM, 120))
		h := probe(t, input(t, g, mast("T1", origin, 90))).Hex(place(6000, 0), false, "")
		l := h.Evidence()
		if h.Cause != BehindTerrain || l == nil || l.Ridge == nil || l.LineOfSight {
			t.Fatalf("ridge at %g m: cause %q, %+v", eastM, h.Cause, l)
		}
		r := l.Ridge
		if d := geodesy.Distance(r.At, place(eastM, 0)); d > stepM || math.Abs(r.FromMastM-eastM) > stepM {
			t.Errorf("ridge at %g m: found %.0f m away, %.0f m from the mast", eastM, d, r.FromMastM)
		}
		// The crest lies between samples: within half a step of it, at a slope of 120/150.
		if r.GroundM > 220 || r.GroundM < 220-stepM/2*120.0/150 || r.ClutterM != 0 || r.TopM() != r.GroundM {
			t.Errorf("ridge at %g m: top %.1f + %.1f m, want 220", eastM, r.GroundM, r.ClutterM)
		}
		// The line falls from 130 m to 101.5 m over 6 km, a chord over the Earth's bulge.
		line := 130 - 28.5*r.FromMastM/6000 - r.FromMastM*(6000-r.FromMastM)/(2*4.0/3*6371e3)
		if math.Abs(r.AboveLineM-(r.GroundM-line)) > 0.05 { // the distance is 6,000 m to centimetres
			t.Errorf("ridge at %g m: %.2f m above the line, want %.2f", eastM, r.AboveLineM, r.GroundM-line)
		}
		if r.FresnelShare() != 1 { // radii of 12 to 16 m under 90 m of rock
			t.Errorf("ridge at %g m takes %.2f of the zone", eastM, r.FresnelShare())
		}
	}
	// On the line half of the zone is left, a radius below it all of it.
	for above, want := range map[float64]float64{-10: 0, -20: 0, 0: 0.5, 5: 0.75, 10: 1, 100: 1} {
		if r := (Ridge{AboveLineM: above, FresnelM: 10}); r.FresnelShare() != want {
			t.Errorf("%g m above the line: %g, want %g", above, r.FresnelShare(), want)
		}
	}
}

// A mast that the radius leaves out is named when it would be the strongest.
func TestBeyondRadius(t *testing.T) {
	in := input(t, ground(flat), mast("far", origin, 90), mast("weak", place(5500, 500), 0))
	in.Params.RadiusM = 5000
	in.Sites[1].Sectors[0].EIRPDBm = 0
	h := probe(t, in).Hex(place(6000, 0), false, "")
	if h.BeyondRadius == nil || h.BeyondRadius.Site.ID != "far" || h.BeyondRadius.MarginDB() < 0 || h.Cause == "" {
		t.Errorf("cause %q, beyond the radius %+v", h.Cause, h.BeyondRadius)
	}
	in.Params.RadiusM = 8000
	if h = probe(t, in).Hex(place(6000, 0), true, ""); h.BeyondRadius != nil || h.Cause != "" || len(h.Links) != 2 || h.Links[0].Site.ID != "far" {
		t.Errorf("within the radius: cause %q, beyond it %+v, links %+v", h.Cause, h.BeyondRadius, h.Links)
	}
	// The map says no where the path says yes: the cause is what would lift it over the
	// edge.
	if h = probe(t, in).Hex(place(6000, 0), false, ""); h.Cause == "" || h.Cause == OutOfRange || !(h.EdgeDB > h.Links[0].MarginDB()) {
		t.Errorf("on the edge: cause %q, %g dB, margin %g dB", h.Cause, h.EdgeDB, h.Links[0].MarginDB())
	}
}

// With each operator to serve, the cause is that of the one that does not.
func TestEachOperator(t *testing.T) {
	other := changed(mast("T2", origin, 270), func(s *data.Sector) { s.Operator = "VinaPhone" })
	in := input(t, ground(flat), mast("T1", origin, 90), other)
	in.Criterion.Operators = criterion.Each
	if h := probe(t, in).Hex(place(6000, 0), false, "VinaPhone"); h.Cause != Operator || h.Operator != "VinaPhone" || h.Evidence().Site.ID != "T1" || len(h.Links) != 1 {
		t.Errorf("cause %q of %q, links %+v", h.Cause, h.Operator, h.Links)
	}
	in.Sites[1] = changed(other, func(s *data.Sector) { s.Technology, s.FrequencyMHz, s.BandwidthMHz = data.GSM, 947.5, 0.2 })
	if h := probe(t, in).Hex(place(-6000, 0), false, ""); h.Cause != Technology || h.Operator != "VinaPhone" {
		t.Errorf("no layer decides: cause %q of %q", h.Cause, h.Operator)
	}
}

// Whatever a counterfactual says that could be built is true when it is built.
func TestCounterfactualsAreTrue(t *testing.T) {
	g := ground(func(e, n float64) float64 { return 300 + 120*math.Sin(e/900)*math.Cos(n/1100) + 60*math.Sin((e+n)/400) })
	rapid.Check(t, func(rt *rapid.T) {
		in := input(rt, g)
		in.Params.RadiusM = 20000
		if rapid.Bool().Draw(rt, "named") {
			in.Criterion.Operators, in.Criterion.Operator = criterion.Named, "Viettel"
		}
		for i := range rapid.IntRange(1, 4).Draw(rt, "sites") {
			s := mast(string(rune('A'+i)), place(rapid.Float64Range(-8000, 8000).Draw(rt, "east"), rapid.Float64Range(-8000, 8000).Draw(rt, "north")), rapid.Float64Range(0, 359).Draw(rt, "azimuth"))
			c := &s.Sectors[0]
			c.Operator = rapid.SampledFrom([]string{"Viettel", "VinaPhone"}).Draw(rt, "operator")
			c.ElectricalTiltDeg = rapid.Float64Range(0, 8).Draw(rt, "tilt")
			if rapid.Bool().Draw(rt, "GSM") {
				c.Technology, c.FrequencyMHz, c.BandwidthMHz = data.GSM, 947.5, 0.2
			}
			in.Sites = append(in.Sites, s)
		}
		at := place(rapid.Float64Range(-9000, 9000).Draw(rt, "to east"), rapid.Float64Range(-9000, 9000).Draw(rt, "to north"))
		if marginDB(rt, in, at) >= 0 {
			rt.Skip("served")
		}
		h := probe(rt, in).Hex(at, false, "")
		for _, c := range h.Counterfactuals {
			world := in
			world.Sites = slices.Clone(in.Sites)
			for i := range world.Sites {
				if world.Sites[i].ID != c.Link.Site.ID {
					continue
				}
				world.Sites[i] = changed(world.Sites[i], func(s *data.Sector) {
					switch c.Cause {
					case Technology:
						s.Technology, s.BandwidthMHz = c.Technology, bandwidthMHz[c.Technology]
					case Operator:
						s.Operator = "Viettel"
					case Power:
						s.EIRPDBm += PowerStepDB
					case Beam:
						pather, err := sweep.NewPather(in.Params)
						if err != nil {
							rt.Fatal(err)
						}
						path, err := pather.Path(sweep.Of(&world.Sites[i], s), at)
						if err != nil {
							rt.Fatal(err)
						}
						s.AzimuthDeg, s.ElectricalTiltDeg = path.AzimuthDeg, -path.ElevationDeg
					}
				})
			}
			if c.Cause == BehindTerrain || c.Cause == BehindTrees {
				continue // another world altogether: TestCauses
			}
			// The other sectors may do as well; the claim is that this one does so much.
			if got := marginDB(rt, world, at); got < c.MarginDB-1e-9 || c.Serves && got < 0 {
				rt.Fatalf("%s of %s gives %.6f dB, claimed %.6f", c.Cause, c.Link.Site.ID, got, c.MarginDB)
			}
		}
	})
}

func village(tb testing.TB, id string, at orb.Point, radiusM float64) criterion.Place {
	tb.Helper()
	cells, err := hexgrid.Within(at, radiusM, 10)
	if err != nil {
		tb.Fatal(err)
	}
	p := criterion.Place{Village: &data.Village{ID: id, Geometry: at, RadiusM: radiusM}}
	for _, c := range cells {
		p.Hexes = append(p.Hexes, habitat.WeightedHex{Cell: c, Weight: 1})
	}
	if p.Center, err = habitat.Center(p.Village, p.Hexes); err != nil {
		tb.Fatal(err)
	}
	return p
}

func TestVillages(t *testing.T) {
	in := input(t, ground(ridgeAt(3000, 120)), mast("T1", origin, 90))
	places := []criterion.Place{village(t, "behind", place(6000, 0), 500), village(t, "west", place(-6000, 0), 400), village(t, "served", place(1500, 0), 300), village(t, "left out", place(6500, 0), 300)}
	class := func(c hexgrid.Cell) (data.Class, string, bool) {
		if marginDB(t, in, c.Center()) >= 0 {
			return data.Served, "Viettel", true
		}
		return data.Weak, "Viettel", true
	}
	f, err := New(in)
	if err != nil {
		t.Fatal(err)
	}
	wanted := func(i int) bool { return i != 3 }
	var one []Village
	for _, workers := range []int{1, 3} {
		var calls int
		got, err := f.Villages(t.Context(), places, wanted, class, workers, nil)
		if err != nil {
			t.Fatal(err)
		}
		for i, want := range []Cause{BehindTerrain, Beam, "", ""} {
			if got[i].Cause != want {
				t.Errorf("%s: cause %q, want %q", places[i].Village.ID, got[i].Cause, want)
			}
			calls += len(got[i].Hexes)
			if want == "" {
				continue
			}
			typical := got[i].Hexes[got[i].Typical]
			if typical.Cause != want || !(got[i].Share > 0.5 && got[i].Share <= 1) || len(got[i].Hexes) != MaxHexes {
				t.Errorf("%s: typical hex %q, share %g, %d hexes", places[i].Village.ID, typical.Cause, got[i].Share, len(got[i].Hexes))
			}
		}
		if one == nil {
			one = got
		} else if d := cmp.Diff(one, got, cmp.AllowUnexported(), cmp.Comparer(func(a, b *data.Site) bool { return a == b }), cmp.Comparer(func(a, b *data.Sector) bool { return a == b })); d != "" {
			t.Errorf("%d workers (-one +many):\n%s", workers, d)
		}
	}
	// By the rule of the centre the village is its centre.
	v, err := f.Probe().Village(places[0], criterion.Centre, class)
	if err != nil || len(v.Hexes) != 1 || v.Hexes[0].Cell != places[0].Center || v.Cause != BehindTerrain || v.Share != 1 {
		t.Errorf("centre: %+v, %v", v, err)
	}
	if _, err = f.Probe().Village(places[0], criterion.People, func(hexgrid.Cell) (data.Class, string, bool) { return "", "", false }); !errors.Is(err, criterion.ErrOutside) {
		t.Errorf("outside the grid: %v", err)
	}
}

// Hexes judged stand for their weight: a heavy one for more than its number.
func TestRepresentatives(t *testing.T) {
	var all []Judged
	for i := range 80 {
		all = append(all, Judged{Cell: hexgrid.Cell(i), Weight: 1})
	}
	all[7].Weight = 81
	got := representatives(all, 160)
	var sum float64
	for _, h := range got {
		sum += h.Weight
		if h.Cell == 7 && h.Weight != 80 {
			t.Errorf("the heavy hex stands for %g of 160", h.Weight)
		}
	}
	if sum != 160 || len(got) != 9 {
		t.Errorf("%d hexes stand for %g of 160: %+v", len(got), sum, got)
	}
}

func TestNewRefuses(t *testing.T) {
	in := input(t, ground(flat), mast("T1", origin, 90))
	in.Params.RadiusM = 0
	if _, err := New(in); !errors.Is(err, sweep.ErrParams) {
		t.Errorf("no radius: %v", err)
	}
	in = input(t, in.Params.Terrain, changed(mast("T1", origin, 90), func(s *data.Sector) { s.AntennaFile = "a.msi" }))
	if _, err := New(in); !errors.Is(err, linkbudget.ErrPattern) {
		t.Errorf("no antenna file: %v", err)
	}
	in.Antennas = map[string]antenna.Pattern{"a.msi": antenna.Omni{}}
	if _, err := New(in); err != nil {
		t.Errorf("antenna file: %v", err)
	}
}
