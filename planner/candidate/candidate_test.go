package candidate

import (
	"context"
	"errors"
	"math"
	"slices"
	"testing"

	"github.com/covgap/covgap/coverage/criterion"
	"github.com/covgap/covgap/coverage/propagation"
	"github.com/covgap/covgap/coverage/store"
	"github.com/covgap/covgap/coverage/sweep"
	"github.com/covgap/covgap/data"
	"github.com/covgap/covgap/geo/geodesy"
	"github.com/covgap/covgap/geo/hexgrid"
	"github.com/covgap/covgap/geo/terrain"
	"github.com/covgap/covgap/planner/template"
	"github.com/google/go-cmp/cmp"
	"github.com/paulmach/orb"
	"pgregory.net/rapid"
)

var origin = orb.Point{106.0, 22.5}

// ground makes 0.2° by 0.2° of terrain at three arc-seconds around the origin.
func ground(height func(p orb.Point) float64) *terrain.Grid {
	const step, n = 3.0 / 3600, 240
	g := &terrain.Grid{West: origin[0] - n/2*step, North: origin[1] + n/2*step, StepLon: step, StepLat: step, Width: n + 1, Height: n + 1, Surface: terrain.DTM}
	for j := range g.Height {
		for i := range g.Width {
			g.HeightsM = append(g.HeightsM, float32(height(orb.Point{g.West + float64(i)*step, g.North - float64(j)*step})))
		}
	}
	return g
}

func hills(p orb.Point) float64 {
	return 500 + 300*math.Sin((p[0]-origin[0])*700)*math.Cos((p[1]-origin[1])*600)
}

func flat(orb.Point) float64 { return 100 }

// around gives receivers in the hexes within a radius of p.
func around(tb rapid.TB, village int, p orb.Point, radiusM float64) []Receiver {
	tb.Helper()
	cells, err := hexgrid.Within(p, radiusM, 10)
	if err != nil {
		tb.Fatal(err)
	}
	var out []Receiver
	for _, c := range cells {
		out = append(out, Receiver{Village: village, Position: c.Center(), Priority: 1})
	}
	return out
}

// input asks for masts of the default template on hexes of resolution 8 within 3 km.
func input(tb rapid.TB, g *terrain.Grid, receivers []Receiver, options ...Option) Input {
	tb.Helper()
	in := Input{
		Params:    sweep.Params{Model: propagation.P1812{}, Terrain: g, RxHeightM: 1.5, RadiusM: 3000},
		Criterion: criterion.Default(), Receivers: receivers,
	}
	if len(options) == 0 {
		t := template.Default()
		options = []Option{{Template: &t}}
	}
	places, _, err := (&Ground{Terrain: g, Receivers: receivers, RadiusM: in.Params.RadiusM}).Hexes(8)
	if err != nil {
		tb.Fatal(err)
	}
	for i := range places {
		places[i].Options = options
	}
	in.Places = places
	return in
}

// sectors gives what a candidate puts up.
func sectors(in *Input, c *Candidate) []data.Sector {
	o := in.Places[c.Place].Options[c.Option]
	if o.Template == nil {
		return o.Sectors
	}
	t := *o.Template
	t.ElectricalTiltDeg = c.ElectricalTiltDeg
	return t.Build("x", in.Places[c.Place].At, c.AzimuthsDeg).Sectors
}

// judged gives the receivers that a candidate serves by the exact path.
func judged(tb testing.TB, in *Input, c *Candidate) []int32 {
	tb.Helper()
	j, err := NewJudge(in.Params, &in.Criterion, in.Antennas)
	if err != nil {
		tb.Fatal(err)
	}
	at := make([]orb.Point, len(in.Receivers))
	for i, r := range in.Receivers {
		at[i] = r.Position
	}
	served := make([]bool, len(at))
	if err := j.Serves(in.Places[c.Place].At, sectors(in, c), at, served); err != nil {
		tb.Fatal(err)
	}
	var out []int32
	for i, ok := range served {
		if ok {
			out = append(out, int32(i))
		}
	}
	return out
}

// With a profile for every pair, the receivers that a candidate serves are those that
// its sectors, built and judged one path at a time, serve: templates aimed for the
// place, with several heights and frequencies, and sectors in given directions.
func TestServesIsWhatTheSiteServes(t *testing.T) {
	receivers := append(around(t, 0, geodesy.Destination(origin, 60, 1500), 500), around(t, 3, geodesy.Destination(origin, 200, 2000), 400)...)
	low, high := template.Default(), template.Default()
	high.AntennaHeightM, high.StructureHeightM, high.FrequencyMHz, high.Sectors = 45, 45, 806, 1
	mast := template.Default()
	standing := mast.Build("s", origin, []float64{10, 200}).Sectors
	standing[1].AntennaHeightM = 12
	in := input(t, ground(hills), receivers, Option{Template: &low}, Option{Template: &high}, Option{Sectors: standing})
	in.Params.Exact = true
	found, counts, err := Find(context.Background(), in)
	if err != nil {
		t.Fatal(err)
	}
	if counts.Candidates != len(found) || counts.Options != 3*len(in.Places) || counts.Candidates < 10 || counts.Candidates >= counts.Options {
		t.Fatalf("a terrain too easy or too hard to tell anything: %+v", counts)
	}
	of := map[int]int{}
	partial := 0
	for i := range found {
		c := &found[i]
		want := judged(t, &in, c)
		// Losses are kept to hundredths of a decibel, directions of a degree: some
		// receivers at the threshold may differ.
		if n := differ(want, c.Serves); n > 1 {
			t.Fatalf("candidate %d, option %d (-site +candidate):\n%s", c.Place, c.Option, cmp.Diff(want, c.Serves))
		}
		if len(want) < len(receivers) {
			partial++
		}
		of[c.Option]++
	}
	if partial == 0 || len(of) != 3 {
		t.Errorf("%d candidates serve somebody and not everybody, options %v", partial, of)
	}
	if !slices.IsSortedFunc(found, func(a, b Candidate) int { return 2*(a.Place-b.Place) + (a.Option - b.Option) }) {
		t.Error("candidates are not in order of their place and option")
	}
}

// differ counts what only one of two rising lists holds.
func differ(a, b []int32) (n int) {
	for _, x := range a {
		if _, ok := slices.BinarySearch(b, x); !ok {
			n++
		}
	}
	for _, x := range b {
		if _, ok := slices.BinarySearch(a, x); !ok {
			n++
		}
	}
	return n
}

// ofPair gives the loss that a ray finds from a candidate's antenna to a receiver, and the
// least that exact paths find which run beside the pair: half a terrain sample at either
// end, the antennas at their own heights above the sea.
func ofPair(t *testing.T, in *Input, c *Candidate, receiver orb.Point) (rayDB, besideDB float64) {
	t.Helper()
	place, s := &in.Places[c.Place], sectors(in, c)[0]
	r, err := sweep.NewReverser(in.Params,
		[]sweep.Mast{{Position: place.At, GroundM: place.GroundM, HeightsM: []float64{s.AntennaHeightM}}},
		[]sweep.Band{{FrequencyMHz: s.FrequencyMHz, MaxLossDB: math.Inf(1)}})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := r.To(context.Background(), receiver, nil, func(x sweep.Reached) { rayDB = x.LossDB }); err != nil {
		t.Fatal(err)
	}
	g := in.Params.Terrain
	_, azimuthDeg := geodesy.Inverse(receiver, place.At)
	besideDB = math.Inf(1)
	for from := -4.0; from <= 4; from++ {
		p := in.Params
		at := geodesy.Destination(receiver, azimuthDeg+90, from/8*g.SpacingM())
		if p.RxHeightM += g.At(receiver) - g.At(at); p.RxHeightM < 1 {
			continue // under the ground of a slope
		}
		pather, err := sweep.NewPather(p)
		if err != nil {
			t.Fatal(err)
		}
		for to := -4.0; to <= 4; to++ {
			mast := geodesy.Destination(place.At, azimuthDeg+90, to/8*g.SpacingM())
			path, err := pather.Path(sweep.Transmitter{Position: mast, HeightM: s.AntennaHeightM + place.GroundM - g.At(mast), FrequencyMHz: s.FrequencyMHz}, at)
			if err != nil {
				t.Fatal(err)
			}
			besideDB = min(besideDB, path.LossDB)
		}
	}
	return rayDB, besideDB
}

// Along rays, what is served by a wide margin is served by the exact path but for a few
// behind a steep edge, and little else differs.
func TestRaysServeAlmostTheSame(t *testing.T) {
	receivers := append(around(t, 0, geodesy.Destination(origin, 60, 1500), 500), around(t, 3, geodesy.Destination(origin, 200, 2000), 400)...)
	in := input(t, ground(hills), receivers)
	in.Params.RadiusM = 9000
	in.Places = input(t, in.Params.Terrain, receivers).Places
	found, _, err := Find(context.Background(), in)
	if err != nil {
		t.Fatal(err)
	}
	wrong, all, surely, misjudged := 0, 0, 0, 0
	for i := range found {
		want := judged(t, &in, &found[i])
		wrong += differ(want, found[i].Serves)
		all += len(want)
		for k, r := range found[i].Serves {
			if found[i].Close[k] {
				continue
			}
			surely++
			if _, ok := slices.BinarySearch(want, r); !ok {
				misjudged++
				if rayDB, besideDB := ofPair(t, &in, &found[i], receivers[r].Position); besideDB > rayDB {
					t.Errorf("candidate %d, receiver %d: %.1f dB along a ray, no less than %.1f dB along paths beside it", found[i].Place, r, rayDB, besideDB)
				}
			}
		}
	}
	if all == 0 || surely == 0 || surely == all || wrong*50 > all {
		t.Errorf("%d of %d pairs differ, %d by a wide margin", wrong, all, surely)
	}
	// Measured: 3 of 1,085, and 1 of 1,082 were every ray on its own. Rays run up to half
	// a sample of 93 m beside the pair, where they come together also at its middle, and
	// these hills are up to 63 degrees steep: exact paths no further aside find 113 to
	// 151 dB where the three rays find 126 to 130 dB and the pairs' own paths 142 to
	// 145 dB. A plan judges what it takes by the exact path. 1 in 200 leaves room for two
	// such pairs more.
	if misjudged*200 > surely {
		t.Errorf("of %d pairs served by a margin of 6 dB %d are not by the exact path", surely, misjudged)
	}
}

func TestSectorsPointAtTheVillage(t *testing.T) {
	for _, azimuth := range []float64{0, 45, 90, 185, 300} {
		village := around(t, 0, geodesy.Destination(origin, azimuth, 2500), 250)
		in := input(t, ground(flat), village)
		site := template.Default()
		in.Places = []Place{{ID: "here", At: origin, GroundM: 100, Options: []Option{{Template: &site}}}}
		found, _, err := Find(context.Background(), in)
		if err != nil || len(found) != 1 {
			t.Fatal(found, err)
		}
		chosen := found[0].AzimuthsDeg
		nearest := 360.0
		for i, a := range chosen {
			nearest = min(nearest, separation(a, azimuth))
			for _, b := range chosen[:i] {
				if separation(a, b) < 60 { // 180° / 3 sectors, less than the 65° beam
					t.Errorf("sectors at %v", chosen)
				}
			}
		}
		// The hexes are a little off the village's centre, so one step either way.
		if nearest > AzimuthStepDeg {
			t.Errorf("village at %v°, sectors at %v", azimuth, chosen)
		}
	}
}

// A mast high above the village looks down on it.
func TestTiltFollowsTheGround(t *testing.T) {
	cliff := ground(func(p orb.Point) float64 { return 100 + 400*max(0, 1-geodesy.Distance(p, origin)/600) })
	village := around(t, 0, geodesy.Destination(origin, 90, 2300), 250)
	in := input(t, cliff, village)
	for _, tt := range []struct {
		tilts []float64
		want  float64
	}{
		{template.Default().ElectricalTiltsDeg, 10}, // 10.5° down to the village
		{[]float64{5, 6}, 6},
		{nil, 3}, // the template's own
	} {
		site := template.Default()
		site.ElectricalTiltsDeg = tt.tilts
		in.Places = []Place{{ID: "here", At: origin, GroundM: 500, Options: []Option{{Template: &site}}}}
		found, _, err := Find(context.Background(), in)
		if err != nil || len(found) != 1 {
			t.Fatal(found, err)
		}
		if found[0].ElectricalTiltDeg != tt.want {
			t.Errorf("of %v the tilt %v° was chosen, expected %v°", tt.tilts, found[0].ElectricalTiltDeg, tt.want)
		}
	}
}

func TestFixedAzimuthsAreKept(t *testing.T) {
	site := template.Default()
	site.AzimuthsDeg = []float64{250, 15, 130}
	in := input(t, ground(flat), around(t, 0, origin, 300), Option{Template: &site})
	found, _, err := Find(context.Background(), in)
	if err != nil || len(found) == 0 {
		t.Fatalf("%d candidates, %v", len(found), err)
	}
	for _, c := range found {
		if diff := cmp.Diff([]float64{15, 130, 250}, c.AzimuthsDeg); diff != "" {
			t.Fatal(diff)
		}
	}
}

func TestAimFitsAnyNumberOfSectors(t *testing.T) {
	receivers := append(around(t, 0, geodesy.Destination(origin, 33, 1800), 300), around(t, 1, geodesy.Destination(origin, 71, 2200), 300)...)
	level := ground(flat)
	rapid.Check(t, func(rt *rapid.T) {
		site := template.Default()
		site.Sectors = rapid.IntRange(1, 6).Draw(rt, "sectors")
		site.BeamwidthHDeg = rapid.Float64Range(5, 360).Draw(rt, "beamwidth")
		in := input(rt, level, receivers)
		in.Places = []Place{{At: origin, GroundM: 100, Options: []Option{{Template: &site}}}}
		found, _, err := Find(context.Background(), in)
		if err != nil {
			rt.Fatal(err)
		}
		if len(found) > 0 && len(slices.Compact(found[0].AzimuthsDeg)) != site.Sectors {
			rt.Fatalf("%d sectors at %v", site.Sectors, found[0].AzimuthsDeg)
		}
	})
}

func TestMissingTerrainIsCounted(t *testing.T) {
	// No height east of the origin: no mast there, no path from there.
	half := ground(func(p orb.Point) float64 {
		if p[0] > origin[0] {
			return math.NaN()
		}
		return 100
	})
	receivers := append(around(t, 0, geodesy.Destination(origin, 270, 1500), 250), around(t, 1, geodesy.Destination(origin, 90, 1500), 250)...)
	places, tally, err := (&Ground{Terrain: half, Receivers: receivers, RadiusM: 3000}).Hexes(8)
	if err != nil {
		t.Fatal(err)
	}
	if tally.Rejected[NoTerrain] == 0 || tally.Kept != len(places) || tally.Tried != tally.Kept+tally.Rejected[NoTerrain]+tally.Rejected[OutOfReach] {
		t.Errorf("%+v, %d places", tally, len(places))
	}
	in := input(t, half, receivers)
	found, counts, err := Find(context.Background(), in)
	if err != nil {
		t.Fatal(err)
	}
	if len(found) == 0 || counts.PairNoTerrain == 0 {
		t.Errorf("%d candidates, %+v", len(found), counts)
	}
	for _, c := range found {
		for _, r := range c.Serves {
			if receivers[r].Village == 1 {
				t.Fatal("served over missing terrain")
			}
		}
	}
}

// Places are refused with a reason, and every refusal is told.
func TestLimits(t *testing.T) {
	square := func(eastM, northM, halfM float64) orb.Polygon {
		c := geodesy.Destination(geodesy.Destination(origin, 90, eastM), 0, northM)
		ring := orb.Ring{}
		for _, d := range [][2]float64{{-1, -1}, {1, -1}, {1, 1}, {-1, 1}, {-1, -1}} {
			ring = append(ring, geodesy.Destination(geodesy.Destination(c, 90, d[0]*halfM), 0, d[1]*halfM))
		}
		return orb.Polygon{ring}
	}
	steepEast := ground(func(p orb.Point) float64 { return 100 + 0.5*max(0, (p[0]-origin[0])*102900) }) // 27° east of the origin
	receivers := around(t, 0, origin, 300)
	for _, tt := range []struct {
		reason Reason
		limits Limits
		ok     func(orb.Point) bool
	}{
		{OutsideArea, Limits{Area: square(0, 0, 1500)}, func(p orb.Point) bool { return geodesy.Distance(p, origin) < 1500*math.Sqrt2+10 }},
		{AtBorder, Limits{Area: square(0, 0, 2500), BorderM: 1200}, func(p orb.Point) bool { return geodesy.Distance(p, origin) < 1300*math.Sqrt2+10 }},
		{Excluded, Limits{Exclusions: []Zone{{"park", square(0, 1000, 900)}, {"airport", orb.MultiPolygon{square(0, -1500, 500)}}}}, func(p orb.Point) bool {
			d := geodesy.Distance(p, geodesy.Destination(origin, 0, 1000))
			return d > 850
		}},
		{OnWater, Limits{OnWater: func(p orb.Point) bool { return p[0] > origin[0]+0.002 }}, func(p orb.Point) bool { return p[0] <= origin[0]+0.002 }},
		{TooSteep, Limits{MaxSlope: 15}, func(p orb.Point) bool { return p[0] < origin[0]+0.001 }},
		{FarFromRoad, Limits{RoadM: func(p orb.Point) float64 { return geodesy.Distance(p, origin) }, MaxRoadM: 1000}, func(p orb.Point) bool { return geodesy.Distance(p, origin) <= 1000 }},
	} {
		t.Run(string(tt.reason), func(t *testing.T) {
			var told []Rejection
			g := Ground{Terrain: steepEast, Receivers: receivers, RadiusM: 3000, Limits: tt.limits, Note: func(r Rejection) { told = append(told, r) }}
			places, tally, err := g.Hexes(9)
			if err != nil {
				t.Fatal(err)
			}
			if tally.Rejected[tt.reason] == 0 || tally.Kept == 0 || tally.Kept != len(places) || len(told) != tally.Tried-tally.Kept {
				t.Fatalf("%+v, %d places, %d refusals told", tally, len(places), len(told))
			}
			for _, p := range places {
				if !tt.ok(p.At) {
					t.Errorf("%v was kept", p.At)
				}
			}
			// The user's own points are held to the same limits.
			points := []Point{{"far", geodesy.Destination(origin, 0, 20000)}}
			for _, r := range told {
				if r.Reason == tt.reason {
					points = append(points, Point{"no", r.At})
					break
				}
			}
			points = append(points, Point{"yes", places[0].At})
			kept, _, err := g.Points(points)
			if err != nil || len(kept) != 1 || kept[0].ID != "yes" {
				t.Errorf("points kept: %+v, %v", kept, err)
			}
		})
	}
}

func TestSitesNearby(t *testing.T) {
	sites := []data.Site{
		{ID: "near", Position: geodesy.Destination(origin, 45, 2000)},
		{ID: "far", Position: geodesy.Destination(origin, 45, 8000)},
		{ID: "off the map", Position: geodesy.Destination(origin, 0, 2900)},
	}
	g := ground(func(p orb.Point) float64 {
		if geodesy.Distance(p, sites[2].Position) < 300 {
			return math.NaN()
		}
		return 100
	})
	places, tally := (&Ground{Terrain: g, Receivers: around(t, 0, origin, 200), RadiusM: 3000}).Sites(sites)
	if len(places) != 1 || places[0].ID != "near" || tally.Tried != 2 || tally.Rejected[NoTerrain] != 1 {
		t.Errorf("%+v, %+v", places, tally)
	}
}

func TestFindRefuses(t *testing.T) {
	level := ground(flat)
	receivers := around(t, 0, origin, 200)
	for name, c := range map[string]struct {
		change func(*Input)
		want   error
	}{
		"radius 0":         {func(in *Input) { in.Params.RadiusM = 0 }, ErrInput},
		"no terrain":       {func(in *Input) { in.Params.Terrain = nil }, sweep.ErrParams},
		"villages mixed":   {func(in *Input) { in.Receivers[0].Village = 7 }, ErrInput},
		"bad template":     {func(in *Input) { in.Places[0].Options = []Option{{Template: &template.Site{}}} }, template.ErrTemplate},
		"nothing asked of": {func(in *Input) { delete(in.Criterion.Thresholds, data.LTE) }, ErrInput},
		"sector that sends nothing known": {func(in *Input) {
			mast := template.Default()
			s := mast.Build("x", origin, []float64{0}).Sectors
			s[0].AntennaFile = "missing.msi"
			in.Places[0].Options = []Option{{Sectors: s}}
		}, ErrInput},
	} {
		in := input(t, level, slices.Clone(receivers))
		c.change(&in)
		if _, _, err := Find(context.Background(), in); !errors.Is(err, c.want) {
			t.Errorf("%s: %v; expected %v", name, err, c.want)
		}
	}
	if _, _, err := (&Ground{Terrain: level, Receivers: receivers, RadiusM: 3000, Limits: Limits{Area: orb.LineString{}}}).Hexes(8); !errors.Is(err, ErrInput) {
		t.Errorf("an area without inside: %v", err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	if _, _, err := Find(ctx, input(t, level, receivers)); !errors.Is(err, context.Canceled) {
		t.Errorf("cancelled: %v", err)
	}
}

// A second search takes from the store what the first put there, as far as it is still
// true, sweeps the rest, and finds what one without a store does.
func TestStored(t *testing.T) {
	receivers := append(around(t, 0, geodesy.Destination(origin, 60, 1500), 300), around(t, 1, geodesy.Destination(origin, 200, 2000), 300)...)
	g := ground(hills)
	st, err := store.Open(t.TempDir(), 0)
	if err != nil {
		t.Fatal(err)
	}
	point := func(name string, bearingDeg, distanceM float64, options []Option) Place {
		at := geodesy.Destination(origin, bearingDeg, distanceM)
		return Place{ID: name, At: at, GroundM: g.At(at), Options: options}
	}
	whole := 0 // pairs
	for _, c := range []struct {
		name   string
		change func(*Input)
		least  float64 // and most, of the pairs that are swept
		most   float64
	}{
		{"an empty store", func(*Input) {}, 1, 1},
		{"the same", func(in *Input) { in.Workers = 3; in.Params.Resolution = 7 }, 0, 0},
		{"another priority", func(in *Input) { in.Receivers = slices.Clone(in.Receivers); in.Receivers[0].Priority = 9 }, 0, 0},
		{"a place less", func(in *Input) { in.Places = slices.Delete(in.Places, 3, 4) }, 0, 0},
		{"the same again", func(*Input) {}, 0, 0},
		{"a place more", func(in *Input) { in.Places = append(in.Places, point("mine", 20, 700, in.Places[0].Options)) }, 1e-3, 0.1},
		{"moved 300 m", func(in *Input) { in.Places = append(in.Places, point("mine", 20, 1000, in.Places[0].Options)) }, 1e-3, 0.1},
		{"and back", func(in *Input) { in.Places = append(in.Places, point("mine", 20, 700, in.Places[0].Options)) }, 0, 0},
		{"another under another name there", func(in *Input) {
			in.Places = append(in.Places, point("mine", 20, 700, in.Places[0].Options), point("yours", 20, 700, in.Places[0].Options))
		}, 0, 0},
		{"none of the hexes", func(in *Input) {
			in.Places = []Place{point("mine", 20, 700, in.Places[0].Options), point("far", 20, 60_000, in.Places[0].Options)}
		}, 0, 0},
		{"those without the points", func(*Input) {}, 0, 0},
		{"antennas of less power", func(in *Input) { options(in, func(t *template.Site) { t.PowerDBm -= 6 }) }, 0, 0},
		{"antennas of more power", func(in *Input) { options(in, func(t *template.Site) { t.PowerDBm += 6 }) }, 1, 1},
		{"the first antennas", func(*Input) {}, 0, 0},
		{"antennas at another height", func(in *Input) { options(in, func(t *template.Site) { t.AntennaHeightM-- }) }, 1, 1},
		{"at the first height", func(*Input) {}, 0, 0},
		{"another frequency", func(in *Input) { options(in, func(t *template.Site) { t.FrequencyMHz = 806 }) }, 1, 1},
		{"another receiver", func(in *Input) { in.Params.RxHeightM = 2 }, 1, 1},
	} {
		in := input(t, g, receivers)
		c.change(&in)
		want, wantCounts, err := Find(context.Background(), in)
		if err != nil {
			t.Fatal(err)
		}
		if whole == 0 {
			whole = wantCounts.Pairs
		}
		in.Store = st
		var last Progress
		in.Progress = func(p Progress) { last = p }
		got, counts, err := Find(context.Background(), in)
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(want, got); diff != "" || counts != wantCounts {
			t.Errorf("%s: %+v, without a store %+v:\n%s", c.name, counts, wantCounts, diff)
		}
		if share := float64(last.Swept) / float64(whole); share < c.least || share > c.most {
			t.Errorf("%s: swept %.4f of the pairs, want %g to %g", c.name, share, c.least, c.most)
		}
		if (last.Swept == 0) != (last.Stored == len(receivers)) {
			t.Errorf("%s: %d pairs swept, %d of %d receivers from the store", c.name, last.Swept, last.Stored, len(receivers))
		}
	}
}

// options changes the template of all places.
func options(in *Input, change func(*template.Site)) {
	t := *in.Places[0].Options[0].Template
	change(&t)
	for i := range in.Places {
		in.Places[i].Options = []Option{{Template: &t}}
	}
}

// A place beyond the terrain counts as such whether or not the store knows of it.
func TestStoredWithoutTerrain(t *testing.T) {
	receivers := around(t, 0, geodesy.Destination(origin, 60, 1500), 200)
	g := ground(hills)
	for k := range g.HeightsM {
		if k%g.Width > g.Width*6/10 {
			g.HeightsM[k] = float32(math.NaN())
		}
	}
	st, err := store.Open(t.TempDir(), 0)
	if err != nil {
		t.Fatal(err)
	}
	var first Counts
	for run := range 2 {
		in := input(t, g, receivers)
		for i := range in.Places { // as though their own ground were known
			in.Places[i].At = geodesy.Destination(in.Places[i].At, 90, 1500)
		}
		in.Store = st
		_, counts, err := Find(context.Background(), in)
		if err != nil {
			t.Fatal(err)
		}
		if run == 0 {
			first = counts
		}
		if counts != first || counts.PairNoTerrain == 0 {
			t.Errorf("run %d: %+v, first %+v", run, counts, first)
		}
	}
}

func FuzzDecode(f *testing.F) {
	f.Add(encode(store.Key{1}, []hit{{place: 3, height: 1, band: 2, loss: 12000, azimuth: 300, elevation: -5}}))
	f.Add(newRoster([]sweep.Band{{FrequencyMHz: 806, MaxLossDB: 150}}, []sweep.MastKey{{1}, {2}}).encode())
	f.Add([]byte{})
	f.Fuzz(func(t *testing.T, b []byte) {
		if of, hits, ok := decode(b); ok && !slices.Equal(encode(of, hits), b) {
			t.Error("hits are not what they were")
		}
		if r, ok := decodeRoster(store.Key{}, b); ok && !slices.Equal(r.encode(), b) {
			t.Error("a roster is not what it was")
		}
	})
}
