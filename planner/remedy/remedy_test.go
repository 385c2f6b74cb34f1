package remedy

import (
	"context"
	"math"
	"slices"
	"testing"

	"github.com/covgap/covgap/coverage/cause"
	"github.com/covgap/covgap/coverage/criterion"
	"github.com/covgap/covgap/coverage/merge"
	"github.com/covgap/covgap/coverage/propagation"
	"github.com/covgap/covgap/coverage/sweep"
	"github.com/covgap/covgap/data"
	"github.com/covgap/covgap/data/habitat"
	"github.com/covgap/covgap/geo/geodesy"
	"github.com/covgap/covgap/geo/hexgrid"
	"github.com/covgap/covgap/geo/terrain"
	"github.com/covgap/covgap/planner"
	"github.com/covgap/covgap/planner/repeater"
	"github.com/covgap/covgap/planner/template"
	"github.com/covgap/covgap/planner/whatif"
	"github.com/paulmach/orb"
)

const resolution = 9

var origin = orb.Point{106.0, 22.5}

func place(eastM, northM float64) orb.Point {
	return geodesy.Destination(geodesy.Destination(origin, 0, northM), 90, eastM)
}

// ridge is flat ground with a ridge from north to south, 300 m wide at its foot.
func ridge(eastM, heightM float64) *terrain.Grid {
	const stepDeg, n = 1.0 / 3600, 600
	g := &terrain.Grid{West: origin[0] - n/2*stepDeg, North: origin[1] + n/2*stepDeg, StepLon: stepDeg, StepLat: stepDeg, Width: n + 1, Height: n + 1, Surface: terrain.DTM}
	perLon := geodesy.Distance(origin, orb.Point{origin[0] + stepDeg, origin[1]})
	for range g.Height {
		for i := range g.Width {
			east := float64(i-n/2) * perLon
			g.HeightsM = append(g.HeightsM, float32(100+max(0, heightM*(1-math.Abs(east-eastM)/150))))
		}
	}
	return g
}

func mast(change func(*data.Sector)) data.Site {
	s := data.Sector{
		ID: "T1/1", SiteID: "T1", Operator: "Viettel", Technology: data.LTE, FrequencyMHz: 1842.5, BandwidthMHz: 10, AntennaHeightM: 30,
		AzimuthDeg: 90, BeamwidthHDeg: 65, BeamwidthVDeg: 10, GainDBi: 17, Ports: 2, PowerDBm: 43, LossesDB: 3, EIRPDBm: 57, Status: data.StatusOnAir,
	}
	if change != nil {
		change(&s)
	}
	return data.Site{ID: "T1", Position: origin, StructureHeightM: 35, Sectors: []data.Sector{s}}
}

// counted leaves the sectors of LTE.
func counted(network []data.Site) []data.Site {
	var out []data.Site
	for _, s := range network {
		s.Sectors = slices.DeleteFunc(slices.Clone(s.Sectors), func(c data.Sector) bool { return c.Technology != data.LTE })
		if len(s.Sectors) > 0 {
			out = append(out, s)
		}
	}
	return out
}

// world is a village of 400 m around a place 6 km east of a mast.
type world struct {
	today whatif.Today
	input Input
}

func newWorld(t *testing.T, g *terrain.Grid, site data.Site) *world {
	t.Helper()
	model, err := propagation.Lookup("p1812")
	if err != nil {
		t.Fatal(err)
	}
	params := sweep.Params{Model: model, Terrain: g, RxHeightM: 1.5, RadiusM: 7500, Resolution: resolution}
	s, err := sweep.NewSweeper(params, nil)
	if err != nil {
		t.Fatal(err)
	}
	cells, err := hexgrid.Within(place(6000, 0), 500, resolution)
	if err != nil {
		t.Fatal(err)
	}
	p := criterion.Place{Village: &data.Village{ID: "v", Population: 100}, Center: cells[0]}
	for _, c := range cells {
		p.Hexes = append(p.Hexes, habitat.WeightedHex{Cell: c, Weight: 1})
	}
	grid, err := merge.NewGrid(cells)
	if err != nil {
		t.Fatal(err)
	}
	crit := criterion.Default()
	crit.Thresholds = map[data.Technology]criterion.Threshold{data.LTE: crit.Thresholds[data.LTE]}
	network := []data.Site{site}
	w := &world{today: whatif.Today{
		Criterion: crit, Grid: grid, Places: []criterion.Place{p}, Source: s, Merge: merge.Options{Receiver: crit.Receiver()}, RadiusM: params.RadiusM,
	}}
	w.today = w.judge(t, network)
	base, err := whatif.New(w.today)
	if err != nil {
		t.Fatal(err)
	}
	in := cause.Input{Params: params, Criterion: crit, Sites: network}
	f, err := cause.New(in)
	if err != nil {
		t.Fatal(err)
	}
	village, err := f.Probe().Village(p, crit.Rule, func(c hexgrid.Cell) (data.Class, string, bool) {
		i, ok := grid.Index(c)
		return w.today.Hexes.Class[i], "Viettel", ok
	})
	if err != nil {
		t.Fatal(err)
	}
	w.input = Input{
		Base: base, Network: network, Counted: counted, Cause: in,
		Templates: []template.Site{template.Default()}, Repeater: repeater.Default(), Village: village,
	}
	return w
}

// judge computes everything about a network, from the start.
func (w *world) judge(t *testing.T, network []data.Site) whatif.Today {
	t.Helper()
	now := w.today
	var err error
	now.Sites = counted(network)
	if now.Layers, err = merge.Layers(context.Background(), now.Grid, now.Sites, now.Source, now.Merge); err != nil {
		t.Fatal(err)
	}
	now.Hexes = now.Criterion.Hexes(now.Layers, now.Grid.Len())
	if now.Verdicts, err = now.Criterion.Villages(now.Places, now.Grid, now.Hexes); err != nil {
		t.Fatal(err)
	}
	return now
}

// done is the village's verdict when an action is done.
func (w *world) done(t *testing.T, a planner.Action) criterion.Verdict {
	t.Helper()
	after, err := planner.Apply(w.input.Network, []planner.Action{a}, w.input.Templates)
	if err != nil {
		t.Fatal(err)
	}
	return w.judge(t, after).Verdicts[0]
}

func (w *world) find(t *testing.T) []Remedy {
	t.Helper()
	found, err := Find(t.Context(), w.input)
	if err != nil {
		t.Fatal(err)
	}
	return found
}

func of(found []Remedy, kind planner.ActionKind) *Remedy {
	for i := range found {
		if found[i].Action.Kind == kind {
			return &found[i]
		}
	}
	return nil
}

// Whatever is claimed happens when the action is done; the remedy that fits the cause
// is among those found.
func TestRemediesAreTrue(t *testing.T) {
	for _, c := range []struct {
		name  string
		world *world
		cause cause.Cause
		want  []planner.ActionKind // that bring the village to its criterion
		not   []planner.ActionKind
	}{
		{"behind a low ridge near the mast", newWorld(t, ridge(1000, 45), mast(func(s *data.Sector) { s.EIRPDBm -= 15 })), cause.BehindTerrain,
			[]planner.ActionKind{planner.Raise, planner.NewSite}, []planner.ActionKind{planner.ReAim}},
		{"behind a high ridge", newWorld(t, ridge(3000, 300), mast(nil)), cause.BehindTerrain,
			[]planner.ActionKind{planner.NewSite, planner.Repeater}, []planner.ActionKind{planner.Raise, planner.ReAim, planner.RePower}},
		{"beside the beam", newWorld(t, ridge(0, 0), mast(func(s *data.Sector) { s.AzimuthDeg = 270 })), cause.Beam,
			[]planner.ActionKind{planner.ReAim}, []planner.ActionKind{planner.AddSector, planner.AddBand}},
		{"weak", newWorld(t, ridge(0, 0), mast(func(s *data.Sector) { s.EIRPDBm -= 23 })), cause.Power,
			[]planner.ActionKind{planner.RePower}, []planner.ActionKind{planner.ReAim}},
		{"GSM alone", newWorld(t, ridge(0, 0), mast(func(s *data.Sector) { s.Technology, s.FrequencyMHz, s.BandwidthMHz = data.GSM, 947.5, 0.2 })), cause.Technology,
			[]planner.ActionKind{planner.AddSector}, nil},
		{"far", newWorld(t, ridge(0, 0), mast(func(s *data.Sector) { s.EIRPDBm -= 40 })), cause.OutOfRange,
			[]planner.ActionKind{planner.NewSite}, []planner.ActionKind{planner.RePower, planner.Raise}},
	} {
		if got := c.world.input.Village.Cause; got != c.cause {
			t.Errorf("%s: cause %q, want %q", c.name, got, c.cause)
			continue
		}
		found := c.world.find(t)
		last := true
		for _, r := range found {
			if after := c.world.done(t, r.Action); after != r.After || r.Meets != (after.Class == data.Served) {
				t.Errorf("%s: %s is claimed to give %+v and gives %+v", c.name, r.Action.Kind, r.After, after)
			}
			if r.Before != c.world.today.Verdicts[0] || r.PeopleGained < 100*(r.After.ServedShare-r.Before.ServedShare)-1e-9 {
				t.Errorf("%s: %s: before %+v, %g people", c.name, r.Action.Kind, r.Before, r.PeopleGained)
			}
			if r.Meets && !(r.MarginDB > -1) { // a ray and its own path differ by less here
				t.Errorf("%s: %s leaves %.1f dB", c.name, r.Action.Kind, r.MarginDB)
			}
			if r.Meets && !last {
				t.Errorf("%s: %s stands behind one that is not enough", c.name, r.Action.Kind)
			}
			last = r.Meets
		}
		for _, kind := range c.want {
			if r := of(found, kind); r == nil || !r.Meets {
				t.Errorf("%s: %s is not found to be enough: %+v", c.name, kind, r)
			}
		}
		for _, kind := range c.not {
			if r := of(found, kind); r != nil && r.Meets {
				t.Errorf("%s: %s is found to be enough: %+v", c.name, kind, r)
			}
		}
	}
}

// A mast is raised by as much as it takes: a metre less does not do.
func TestRaiseIsTheLeast(t *testing.T) {
	w := newWorld(t, ridge(1000, 45), mast(func(s *data.Sector) { s.EIRPDBm -= 15 }))
	r := of(w.find(t), planner.Raise)
	if r == nil || !r.Meets {
		t.Fatalf("%+v", r)
	}
	if v := w.done(t, r.Action); v.Class != data.Served {
		t.Errorf("%g m: %+v", r.Action.AntennaHeightM, v)
	}
	if r.Action.StructureHeightM != r.Action.AntennaHeightM || r.Action.AntennaHeightM <= 35 {
		t.Errorf("%g m on a structure of %g m", r.Action.AntennaHeightM, r.Action.StructureHeightM)
	}
	if !(r.GainDB > 0 && r.MarginDB >= -1) {
		t.Errorf("margin %g dB, %g dB more", r.MarginDB, r.GainDB)
	}
	less := r.Action
	less.AntennaHeightM--
	if v := w.done(t, less); v.Class == data.Served {
		t.Errorf("%g m: %+v", less.AntennaHeightM, v)
	}
}

// The same of power.
func TestPowerIsTheLeast(t *testing.T) {
	w := newWorld(t, ridge(0, 0), mast(func(s *data.Sector) { s.EIRPDBm -= 23 }))
	r := of(w.find(t), planner.RePower)
	if r == nil || !r.Meets {
		t.Fatalf("%+v", r)
	}
	less := r.Action
	less.EIRPDBm--
	if v := w.done(t, less); v.Class == data.Served || w.done(t, r.Action).Class != data.Served {
		t.Errorf("%g dBm does, %g dBm: %+v", r.Action.EIRPDBm, less.EIRPDBm, v)
	}
}

func TestServedNeedsNothing(t *testing.T) {
	w := newWorld(t, ridge(0, 0), mast(nil))
	if w.input.Village.Cause != "" || len(w.find(t)) != 0 {
		t.Errorf("cause %q, remedies %+v", w.input.Village.Cause, w.find(t))
	}
}
