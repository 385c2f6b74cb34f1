package evaluate

import (
	"errors"
	"fmt"
	"math"
	"math/rand/v2"
	"testing"

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
	"github.com/covgap/covgap/planner/cost"
	"github.com/covgap/covgap/planner/template"
	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"github.com/paulmach/orb"
)

var origin = orb.Point{106, 22.5}

// flatInput is five masts on a plain, 7 km apart from south to north, each with a
// village about it that no other serves: at 1800 MHz the level of the template's kind
// falls below -82 dBm RSRP within 6 km.
func flatInput(t *testing.T, workers int) Input {
	t.Helper()
	const step, n = 3.0 / 3600, 480
	g := &terrain.Grid{West: origin[0] - n/2*step, North: origin[1] + n/2*step, StepLon: step, StepLat: step, Width: n + 1, Height: n + 1, Surface: terrain.DTM}
	for range g.Width * g.Height {
		g.HeightsM = append(g.HeightsM, 100)
	}
	model, err := propagation.Lookup("p1812")
	if err != nil {
		t.Fatal(err)
	}
	crit := criterion.Default()
	crit.Thresholds = map[data.Technology]criterion.Threshold{data.LTE: {ServedDBm: -82, NoSignalDBm: -95}}
	params := sweep.Params{Model: model, Terrain: g, RxHeightM: crit.ReceiverHeightM, RadiusM: 6000, Resolution: 9}
	tpl := template.Default()
	var sites []data.Site
	var places []criterion.Place
	for i := range 5 {
		at := geodesy.Destination(origin, 0, float64(i-2)*7000)
		s := data.Site{ID: fmt.Sprint("s", i), Position: at}
		for _, azimuth := range []float64{0, 120, 240} {
			x := tpl.Sector(azimuth)
			x.SiteID, x.Operator = s.ID, "A"
			s.Sectors = append(s.Sectors, x)
		}
		sites = append(sites, s)
		village := &data.Village{ID: fmt.Sprint("v", i), Geometry: at, RadiusM: 900, Population: float64(100 * (i + 1)), GridPower: data.Yes}
		p := criterion.Place{Village: village}
		cells, err := hexgrid.Within(at, 900, params.Resolution)
		if err != nil {
			t.Fatal(err)
		}
		for _, c := range cells {
			p.Hexes = append(p.Hexes, habitat.WeightedHex{Cell: c, Weight: 1})
		}
		p.Center = cells[0]
		places = append(places, p)
	}
	sweeper, err := sweep.NewSweeper(params, nil)
	if err != nil {
		t.Fatal(err)
	}
	receptions, err := crit.Receptions(t.Context(), places, sites, sweeper, merge.Options{Receiver: crit.Receiver(), Workers: workers}, 3)
	if err != nil {
		t.Fatal(err)
	}
	return Input{
		Planner: planner.Input{
			Params: params, Criterion: crit, Templates: []template.Site{tpl}, Costs: cost.Default(), CandidateResolution: 8, Workers: workers,
		},
		Sites: sites, Receptions: receptions, Hide: 2, Trials: 2, Seed: 1,
	}
}

// On a plain where each mast serves its village alone, all that is known is found: the
// people lost, the same people served from the same places, and a plan that serves
// them as well.
func TestRun(t *testing.T) {
	in := flatInput(t, 1)
	got, err := Run(t.Context(), in)
	if err != nil {
		t.Fatal(err)
	}
	if len(got.Rural) != 5 || got.Unit != data.People {
		t.Fatalf("rural %v in %s", got.Rural, got.Unit)
	}
	for _, trial := range got.Trials {
		var people float64
		for _, h := range trial.Hidden {
			people += in.Receptions[h].Village.Population
		}
		if math.Abs(trial.PeopleLost-people) > 1e-6 {
			t.Errorf("trial %d: %v people lost, want %v", trial.Number, trial.PeopleLost, people)
		}
		for _, km := range trial.FloorKm {
			// The highest ground of a hex of resolution 8 on a plain is any point of it,
			// and a hex is 1.1 km wide.
			if !(km >= 0 && km < 1.1) {
				t.Errorf("trial %d: floor %v km", trial.Number, km)
			}
		}
		for _, o := range trial.Outcomes {
			for k, km := range o.DistanceKm {
				if o.Method == Hidden && km != 0 || o.Method == Plan && km < trial.FloorKm[k] {
					t.Errorf("trial %d, %s: %v km from site %d", trial.Number, o.Method, km, trial.Hidden[k])
				}
				// Settled places lie within 0.9 km of the mast, and the highest ground of
				// their hexes no further from them than a hex is wide.
				if o.Method == Furthest && k == 0 && km > 0.9+1.1 && nearestKm(o.Places[0], positions(in, trial.Hidden)) > 0.9+1.1 {
					t.Errorf("trial %d: the settled place is %v km from its mast", trial.Number, km)
				}
			}
			// Sectors are aimed at 16 hexes of a village of 24: a hex of each may be missed.
			if (o.Method == Plan || o.Method == Hidden) && o.PeopleNew < 0.95*people {
				t.Errorf("trial %d, %s: %v served of %v", trial.Number, o.Method, o.PeopleNew, people)
			}
			if len(o.Places) > in.Hide || o.PeopleNew > people+1e-2 {
				t.Errorf("trial %d, %s: %d places for %v people", trial.Number, o.Method, len(o.Places), o.PeopleNew)
			}
		}
	}
	again, err := Run(t.Context(), flatInput(t, 3))
	if err != nil {
		t.Fatal(err)
	}
	if d := cmp.Diff(got, again); d != "" {
		t.Errorf("with three workers (-one +three):\n%s", d)
	}
	scores := got.Scores(1)
	if len(scores) != 4 || scores[0].Served.Mean < 0.95 || scores[0].CloserKm.Mean != 0 {
		t.Errorf("scores %+v", scores)
	}
}

func positions(in Input, sites []int) (out []orb.Point) {
	for _, i := range sites {
		out = append(out, in.Sites[i].Position)
	}
	return out
}

func TestTooFewToHide(t *testing.T) {
	in := flatInput(t, 0)
	for _, hide := range []int{0, 6} {
		in.Hide = hide
		if _, err := Run(t.Context(), in); !errors.Is(err, ErrInput) {
			t.Errorf("hide %d: %v", hide, err)
		}
	}
}

// A village that keeps its signal is not lost, nor are its hexes that had none.
func TestLostLeavesOutWhatNobodyServed(t *testing.T) {
	in := flatInput(t, 0)
	e := &evaluation{in: &in, result: &Result{}}
	if l := e.lost(nil); len(l.villages) != 0 || l.people != 0 {
		t.Errorf("nothing hidden loses %+v", l)
	}
	in.Planner.Criterion.Rule = criterion.People
	l := e.lost([]int{2})
	if len(l.villages) != 1 || l.villages[0].Village.ID != "v2" || len(l.hexes) != len(l.villages[0].Hexes) {
		t.Errorf("hiding s2 loses %d hexes of %d villages", len(l.hexes), len(l.villages))
	}
}

func TestBootstrap(t *testing.T) {
	same := Bootstrap([]float64{3, 3, math.Inf(1), 3, math.NaN()}, 1)
	if want := (Interval{3, 3, 3, 3}); same != want {
		t.Errorf("of equal values %+v, want %+v", same, want)
	}
	if none := Bootstrap(nil, 1); none.Trials != 0 || !math.IsNaN(none.Mean) || !math.IsNaN(none.Low) {
		t.Errorf("of none %+v", none)
	}
	// Of many normal values the interval is mean ± 1.96 standard errors.
	rnd := rand.New(rand.NewPCG(1, 2))
	values := make([]float64, 400)
	var sum, sum2 float64
	for i := range values {
		values[i] = 10 + 2*rnd.NormFloat64()
		sum += values[i]
		sum2 += values[i] * values[i]
	}
	mean := sum / 400
	se := math.Sqrt((sum2/400 - mean*mean) / 400)
	got := Bootstrap(values, 1)
	want := Interval{mean, mean - 1.96*se, mean + 1.96*se, 400}
	// 10,000 resamples know their 2.5 % points to about 0.03 standard errors; the
	// values are not quite normal in the sample: a tenth of one.
	if d := cmp.Diff(want, got, cmpopts.EquateApprox(0, 0.1*se)); d != "" {
		t.Errorf("interval (-normal +bootstrap):\n%s", d)
	}
}
