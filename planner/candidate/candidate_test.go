package candidate

import (
	"cmp"
	"context"
	"errors"
	"math"
	"slices"
	"testing"

	"github.com/covgap/covgap/coverage/criterion"
	"github.com/covgap/covgap/coverage/linkbudget"
	"github.com/covgap/covgap/coverage/propagation"
	"github.com/covgap/covgap/coverage/sweep"
	"github.com/covgap/covgap/data"
	"github.com/covgap/covgap/geo/geodesy"
	"github.com/covgap/covgap/geo/hexgrid"
	"github.com/covgap/covgap/geo/terrain"
	"github.com/covgap/covgap/planner/template"
	gocmp "github.com/google/go-cmp/cmp"
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

func input(tb rapid.TB, g *terrain.Grid, receivers []Receiver) Input {
	tb.Helper()
	model, err := propagation.Lookup("p1812")
	if err != nil {
		tb.Fatal(err)
	}
	return Input{
		Params:    sweep.Params{Model: model, Terrain: g, RxHeightM: 1.5, RadiusM: 3000, Resolution: 10},
		Criterion: criterion.Default(), Template: template.Default(), Receivers: receivers,
	}
}

// The receivers that a candidate serves are those that its sectors, built and
// judged one path at a time, serve.
func TestServesIsWhatTheSiteServes(t *testing.T) {
	hills := ground(func(p orb.Point) float64 {
		return 500 + 300*math.Sin((p[0]-origin[0])*700)*math.Cos((p[1]-origin[1])*600)
	})
	receivers := append(around(t, 0, geodesy.Destination(origin, 60, 1500), 500), around(t, 3, geodesy.Destination(origin, 200, 2000), 400)...)
	in := input(t, hills, receivers)
	found, counts, err := Find(context.Background(), in)
	if err != nil {
		t.Fatal(err)
	}
	if len(found) == 0 || counts.ServesNobody+counts.OutOfReach == 0 {
		t.Fatalf("a terrain too easy or too hard to tell anything: %+v", counts)
	}
	pather, err := sweep.NewPather(in.Params)
	if err != nil {
		t.Fatal(err)
	}
	partial := 0
	for _, c := range found {
		site := in.Template.Build("x", c.At, c.AzimuthsDeg)
		var serves []int32
		for i, r := range receivers {
			if geodesy.Distance(c.At, r.Position) > in.Params.RadiusM {
				continue
			}
			for k := range site.Sectors {
				s := &site.Sectors[k]
				pattern, err := linkbudget.Pattern(s, nil)
				if err != nil {
					t.Fatal(err)
				}
				budget, err := linkbudget.New(s, pattern, in.Criterion.Receiver())
				if err != nil {
					t.Fatal(err)
				}
				path, err := pather.Path(sweep.Of(&site, s), r.Position)
				if err != nil {
					t.Fatal(err)
				}
				if in.Criterion.Class(s.Technology, s.FrequencyMHz, budget.SignalDBm(path.LossDB, path.AzimuthDeg, path.ElevationDeg)) == data.Served {
					serves = append(serves, int32(i))
					break
				}
			}
		}
		if diff := gocmp.Diff(serves, c.Serves); diff != "" {
			t.Fatalf("candidate %v (-site +candidate):\n%s", c.Hex, diff)
		}
		if len(serves) < len(receivers) {
			partial++
		}
		if _, m, _ := hills.HighestIn(c.Hex.Boundary()); m != c.GroundM {
			t.Errorf("candidate %v stands at %v m, the highest ground is %v", c.Hex, c.GroundM, m)
		}
	}
	if partial == 0 {
		t.Error("every candidate serves everybody")
	}
	if !slices.IsSortedFunc(found, func(a, b Candidate) int { return cmp.Compare(a.Hex, b.Hex) }) {
		t.Error("candidates are not in order of their hex")
	}
}

func TestSectorsPointAtTheVillage(t *testing.T) {
	flat := ground(func(orb.Point) float64 { return 100 })
	for _, azimuth := range []float64{0, 45, 90, 185, 300} {
		village := around(t, 0, geodesy.Destination(origin, azimuth, 2500), 250)
		in := input(t, flat, village)
		e, err := newEvaluation(&in, group(village), in.Criterion.RequiredDBm(data.LTE, in.Template.FrequencyMHz))
		if err != nil {
			t.Fatal(err)
		}
		var n Counts
		e.look(origin, &n)
		chosen := e.aim()
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

func TestFixedAzimuthsAreKept(t *testing.T) {
	in := input(t, ground(func(orb.Point) float64 { return 100 }), around(t, 0, origin, 300))
	in.Template.AzimuthsDeg = []float64{250, 15, 130}
	found, _, err := Find(context.Background(), in)
	if err != nil || len(found) == 0 {
		t.Fatalf("%d candidates, %v", len(found), err)
	}
	for _, c := range found {
		if diff := gocmp.Diff([]float64{15, 130, 250}, c.AzimuthsDeg); diff != "" {
			t.Fatal(diff)
		}
	}
}

func TestAimFitsAnyNumberOfSectors(t *testing.T) {
	flat := ground(func(orb.Point) float64 { return 100 })
	receivers := append(around(t, 0, geodesy.Destination(origin, 33, 1800), 300), around(t, 1, geodesy.Destination(origin, 71, 2200), 300)...)
	rapid.Check(t, func(rt *rapid.T) {
		in := input(rt, flat, receivers)
		in.Template.Sectors = rapid.IntRange(1, 6).Draw(rt, "sectors")
		in.Template.BeamwidthHDeg = rapid.Float64Range(5, 360).Draw(rt, "beamwidth")
		e, err := newEvaluation(&in, group(receivers), in.Criterion.RequiredDBm(data.LTE, in.Template.FrequencyMHz))
		if err != nil {
			rt.Fatal(err)
		}
		var n Counts
		e.look(origin, &n)
		chosen := e.aim()
		if len(slices.Compact(chosen)) != in.Template.Sectors {
			rt.Fatalf("%d sectors at %v", in.Template.Sectors, chosen)
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
	found, counts, err := Find(context.Background(), input(t, half, receivers))
	if err != nil {
		t.Fatal(err)
	}
	if counts.NoTerrain == 0 || counts.PathNoTerrain == 0 || len(found) == 0 {
		t.Errorf("%+v", counts)
	}
	for _, c := range found {
		for _, r := range c.Serves {
			if receivers[r].Village == 1 {
				t.Fatalf("candidate %v serves a receiver without terrain", c.Hex)
			}
		}
	}
}

func TestFindRefuses(t *testing.T) {
	flat := ground(func(orb.Point) float64 { return 100 })
	for name, c := range map[string]struct {
		change func(*Input)
		want   error
	}{
		"no radius":        {func(in *Input) { in.Params.RadiusM = 0 }, ErrInput},
		"unsorted":         {func(in *Input) { in.Receivers[0].Village = 5 }, ErrInput},
		"no position":      {func(in *Input) { in.Receivers[0].Position = orb.Point{500, 0} }, ErrInput},
		"no terrain":       {func(in *Input) { in.Params.Terrain = nil }, sweep.ErrParams},
		"invalid template": {func(in *Input) { in.Template.Sectors = 0 }, template.ErrTemplate},
		"not counted":      {func(in *Input) { in.Template.Technology, in.Template.BandwidthMHz = data.GSM, 0.2 }, ErrInput},
		"area of points":   {func(in *Input) { in.Area = orb.MultiPoint{origin} }, ErrInput},
	} {
		in := input(t, flat, around(t, 0, origin, 200))
		c.change(&in)
		if _, _, err := Find(context.Background(), in); !errors.Is(err, c.want) {
			t.Errorf("%s: %v, expected %v", name, err, c.want)
		}
	}
}
