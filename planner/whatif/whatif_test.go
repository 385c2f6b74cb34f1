package whatif

import (
	"context"
	"errors"
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/covgap/covgap/coverage"
	"github.com/covgap/covgap/coverage/criterion"
	"github.com/covgap/covgap/coverage/merge"
	"github.com/covgap/covgap/coverage/propagation"
	"github.com/covgap/covgap/coverage/store"
	"github.com/covgap/covgap/coverage/sweep"
	"github.com/covgap/covgap/data"
	"github.com/covgap/covgap/data/habitat"
	"github.com/covgap/covgap/geo/geodesy"
	"github.com/covgap/covgap/geo/hexgrid"
	"github.com/covgap/covgap/geo/terrain"
	"github.com/covgap/covgap/planner"
	"github.com/covgap/covgap/planner/template"
	"github.com/google/go-cmp/cmp"
	"github.com/paulmach/orb"
	"pgregory.net/rapid"
)

var origin = orb.Point{106.0, 22.5}

func place(eastM, northM float64) orb.Point {
	return geodesy.Destination(geodesy.Destination(origin, 0, northM), 90, eastM)
}

// hills is a terrain so many kilometres wide at three arc-seconds.
func hills(widthKm float64) *terrain.Grid {
	const step = 3.0 / 3600
	n := int(widthKm / 0.0926)
	g := &terrain.Grid{West: origin[0] - float64(n)/2*step, North: origin[1] + float64(n)/2*step, StepLon: step, StepLat: step, Width: n + 1, Height: n + 1, Surface: terrain.DTM}
	for j := range g.Height {
		for i := range g.Width {
			e, s := float64(i)*85.6, float64(j)*92.6
			g.HeightsM = append(g.HeightsM, float32(400+150*math.Sin(e/1100)*math.Cos(s/900)+80*math.Sin((e+2*s)/2300)))
		}
	}
	return g
}

// network makes sites of three sectors within a square.
func network(rnd *rand.Rand, n int, widthM float64) []data.Site {
	var sites []data.Site
	for i := range n {
		id := fmt.Sprintf("T%04d", i)
		s := data.Site{ID: id, Position: place((rnd.Float64()-0.5)*widthM, (rnd.Float64()-0.5)*widthM)}
		for k, azimuth := range []float64{0, 120, 240} {
			s.Sectors = append(s.Sectors, data.Sector{
				ID: fmt.Sprintf("%s/%d", id, k), SiteID: id, Operator: []string{"Viettel", "VinaPhone"}[i%2], Technology: data.LTE, FrequencyMHz: 1842.5, BandwidthMHz: 10,
				AntennaHeightM: 30, AzimuthDeg: azimuth, ElectricalTiltDeg: 3, BeamwidthHDeg: 65, BeamwidthVDeg: 10, GainDBi: 17, Ports: 2,
				PowerDBm: 43, LossesDB: 3, EIRPDBm: 57, Status: data.StatusOnAir,
			})
		}
		sites = append(sites, s)
	}
	return sites
}

// villages makes settlements within a square.
func villages(tb testing.TB, rnd *rand.Rand, n int, widthM float64, resolution int) []criterion.Place {
	tb.Helper()
	var places []criterion.Place
	for i := range n {
		at := place((rnd.Float64()-0.5)*widthM, (rnd.Float64()-0.5)*widthM)
		cells, err := hexgrid.Within(at, 600, resolution)
		if err != nil {
			tb.Fatal(err)
		}
		p := criterion.Place{Village: &data.Village{ID: fmt.Sprintf("V%03d", i), Geometry: at, RadiusM: 600, Population: 100}}
		for _, c := range cells {
			p.Hexes = append(p.Hexes, habitat.WeightedHex{Cell: c, Weight: 1 + rnd.Float64()})
		}
		if p.Center, err = habitat.Center(p.Village, p.Hexes); err != nil {
			tb.Fatal(err)
		}
		places = append(places, p)
	}
	return places
}

// judge computes everything about a network.
func judge(tb rapid.TB, t Today, sites []data.Site) Today {
	tb.Helper()
	var err error
	t.Sites = sites
	if t.Layers, err = merge.Layers(context.Background(), t.Grid, sites, t.Source, t.Merge); err != nil {
		tb.Fatal(err)
	}
	t.Hexes = t.Criterion.Hexes(t.Layers, t.Grid.Len())
	if t.Verdicts, err = t.Criterion.Villages(t.Places, t.Grid, t.Hexes); err != nil {
		tb.Fatal(err)
	}
	return t
}

// today makes a network with its coverage.
func today(tb testing.TB, sites []data.Site, places []criterion.Place, g *terrain.Grid, radiusM float64, resolution int) Today {
	tb.Helper()
	model, err := propagation.Lookup("p1812")
	if err != nil {
		tb.Fatal(err)
	}
	st, err := store.Open(tb.TempDir(), 0)
	if err != nil {
		tb.Fatal(err)
	}
	s, err := sweep.NewSweeper(sweep.Params{Model: model, Terrain: g, RxHeightM: 1.5, RadiusM: radiusM, Resolution: resolution}, st)
	if err != nil {
		tb.Fatal(err)
	}
	var cells []hexgrid.Cell
	for i := range places {
		cells = append(cells, cellsOf(&places[i])...)
	}
	grid, err := merge.NewGrid(cells)
	if err != nil {
		tb.Fatal(err)
	}
	c := criterion.Default()
	return judge(tb, Today{Criterion: c, Grid: grid, Places: places, Source: s, Merge: merge.Options{Receiver: c.Receiver(), Workers: 2}, RadiusM: radiusM}, sites)
}

// A what-if gives what computing the other network from the start gives.
func TestTryIsARun(t *testing.T) {
	rnd := rand.New(rand.NewPCG(5, 5))
	base := today(t, network(rnd, 6, 8000), villages(t, rnd, 12, 9000, 9), hills(20), 5000, 9)
	low := template.Default()
	low.Name, low.FrequencyMHz = "low", 763
	rapid.Check(t, func(rt *rapid.T) {
		now := base
		now.Criterion.Operators = rapid.SampledFrom([]criterion.Operators{criterion.Any, criterion.Each}).Draw(rt, "operators")
		now.Criterion.Rule = rapid.SampledFrom([]criterion.Rule{criterion.People, criterion.Centre}).Draw(rt, "rule")
		now.Hexes = now.Criterion.Hexes(now.Layers, now.Grid.Len())
		var err error
		if now.Verdicts, err = now.Criterion.Villages(now.Places, now.Grid, now.Hexes); err != nil {
			rt.Fatal(err)
		}
		site := func() string { return fmt.Sprintf("T%04d", rapid.IntRange(0, 5).Draw(rt, "site")) }
		var actions []planner.Action
		for n := range rapid.IntRange(1, 3).Draw(rt, "actions") {
			switch rapid.IntRange(0, 4).Draw(rt, "kind") {
			case 0:
				actions = append(actions, planner.Action{Kind: planner.Remove, SectorID: site() + "/1"})
			case 1:
				actions = append(actions, planner.Action{Kind: planner.Raise, SiteID: site(), AntennaHeightM: float64(40 + 10*n)})
			case 2:
				actions = append(actions, planner.Action{Kind: planner.ReAim, SectorID: site() + "/0", AzimuthsDeg: []float64{float64(60 * n)}})
			case 3:
				actions = append(actions, planner.Action{Kind: planner.AddBand, SiteID: site(), Template: "low"})
			default:
				actions = append(actions, planner.Action{Kind: planner.NewSite, SiteID: fmt.Sprint("N", n), Template: "low", Longitude: 106.01, Latitude: 22.5 + 0.01*float64(n)})
			}
		}
		sites, err := planner.Apply(now.Sites, actions, []template.Site{low})
		if errors.Is(err, planner.ErrPlan) {
			rt.Skip("one sector twice")
		}
		b, err := New(now)
		if err != nil {
			rt.Fatal(err)
		}
		d, err := b.Try(context.Background(), sites)
		if err != nil {
			rt.Fatal(err)
		}
		full := judge(rt, now, sites)
		var want Difference
		for i := range now.Verdicts {
			if now.Verdicts[i] != full.Verdicts[i] {
				want.Villages = append(want.Villages, Village{Place: i, Before: now.Verdicts[i], After: full.Verdicts[i]})
			}
		}
		_, want.Before = criterion.Communes(now.Places, now.Verdicts)
		_, want.After = criterion.Communes(now.Places, full.Verdicts)
		if diff := cmp.Diff(&want, d); diff != "" {
			rt.Fatalf("%v (-run +what-if):\n%s", actions, diff)
		}
		looked, hexes, err := b.Look(context.Background(), sites)
		if err != nil {
			rt.Fatal(err)
		}
		if diff := cmp.Diff(d, looked); diff != "" {
			rt.Fatalf("%v (-try +look):\n%s", actions, diff)
		}
		if diff := cmp.Diff(differences(&now, &full), hexes); diff != "" {
			rt.Fatalf("%v: hexes (-run +what-if):\n%s", actions, diff)
		}
	})
}

// differences compares every hex of two runs on one grid.
func differences(was, now *Today) (out []Hex) {
	level := func(t *Today, k int) coverage.CentiDB {
		if n := t.Hexes.Layer[k]; n >= 0 {
			return t.Layers[n].BestCentiDB[k]
		}
		return coverage.NoValue
	}
	for k := range was.Grid.Len() {
		h := Hex{k, was.Hexes.Class[k], now.Hexes.Class[k], level(was, k), level(now, k)}
		if h.Before != h.After || h.BeforeCentiDB != h.AfterCentiDB {
			out = append(out, h)
		}
	}
	return out
}

func TestNewRefuses(t *testing.T) {
	rnd := rand.New(rand.NewPCG(5, 5))
	base := today(t, network(rnd, 1, 1000), villages(t, rnd, 2, 5000, 9), hills(8), 2000, 9)
	base.Places = slices.Clone(base.Places)
	base.Places[1].Hexes = villages(t, rnd, 1, 90000, 9)[0].Hexes
	if _, err := New(base); !errors.Is(err, criterion.ErrOutside) {
		t.Errorf("a village outside the grid: %v", err)
	}
}

// BenchmarkTry measures a what-if of one site among 120 with the store warm: sectors
// turned, and the site gone, in a district with the density of Cao Bang.
func BenchmarkTry(b *testing.B) {
	rnd := rand.New(rand.NewPCG(6, 6))
	const widthM = 25000
	t := today(b, network(rnd, 120, widthM), villages(b, rnd, 250, widthM, 10), hills(66), 20000, 10)
	base, err := New(t)
	if err != nil {
		b.Fatal(err)
	}
	for name, action := range map[string]planner.Action{
		"re-aim": {Kind: planner.ReAim, SectorID: "T0050/1", AzimuthsDeg: []float64{70}},
		"remove": {Kind: planner.Remove, SiteID: "T0050"},
	} {
		sites, err := planner.Apply(t.Sites, []planner.Action{action}, nil)
		if err != nil {
			b.Fatal(err)
		}
		b.Run(name, func(b *testing.B) {
			for b.Loop() {
				if _, err := base.Try(b.Context(), sites); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
