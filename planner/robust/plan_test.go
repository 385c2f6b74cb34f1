package robust

import (
	"testing"

	"github.com/covgap/covgap/data"
	"github.com/covgap/covgap/geo/geodesy"
	"github.com/covgap/covgap/planner"
	"github.com/covgap/covgap/planner/candidate"
	"github.com/covgap/covgap/planner/cost"
	"github.com/covgap/covgap/planner/template"
	"github.com/google/go-cmp/cmp"
	"github.com/paulmach/orb"
)

// planOf plans for the gaps of a plain, from the points alone or from every hex.
func planOf(t *testing.T, p *plain, points []orb.Point, s Spread, workers int, more ...template.Site) (PlanInput, *PlanResult) {
	t.Helper()
	in := planner.Input{
		Params: p.params, Criterion: p.crit, Sites: p.sites, Templates: append([]template.Site{template.Default()}, more...), Costs: cost.Default(),
		Objective: planner.Objective{Goal: planner.Eliminate}, CandidateResolution: 8, OnlyPoints: points != nil, Workers: workers,
	}
	in.Params.RadiusM = 5000
	for i, at := range points {
		in.Points = append(in.Points, candidate.Point{ID: string(rune('a' + i)), Position: at})
	}
	for i := range p.places {
		if p.verdicts[i].Gap() {
			v := planner.Village{Place: p.places[i]}
			for k := range p.places[i].Hexes {
				v.Served = append(v.Served, p.receptions[i].Class(k, make([]float64, len(p.receptions[i].Sites))) == data.Served)
			}
			in.Villages = append(in.Villages, v)
		}
	}
	made, rivals, err := planner.MakeWithRivals(t.Context(), in, RivalsPerVillage)
	if err != nil {
		t.Fatal(err)
	}
	study := PlanInput{
		Plan: made, Rivals: rivals, Targets: in.Villages, Receptions: p.receptions, Certain: p.villages(t, s, workers),
		Criterion: p.crit, Params: in.Params, Spread: s, Solves: 40, Seed: 1, Workers: workers,
	}
	out, err := Plan(t.Context(), study)
	if err != nil {
		t.Fatal(err)
	}
	return study, out
}

// Where nothing is in doubt the plan is the same each time, and nothing is worth
// measuring.
func TestPlanWithoutDoubt(t *testing.T) {
	p := newPlain(t, 8)
	in, out := planOf(t, p, nil, Spread{}, 2)
	if len(out.Actions) == 0 || len(in.Plan.Actions) != len(out.Actions) {
		t.Fatalf("%d frequencies of %d actions", len(out.Actions), len(in.Plan.Actions))
	}
	for i, f := range out.Actions {
		if f != (Frequency{1, 1}) {
			t.Errorf("action %d: %+v", i, f)
		}
	}
	if out.Solves != 40 || out.CostLow != out.CostHigh || out.CostLow != in.Plan.Cost {
		t.Errorf("%d plans of %v to %v; the plan costs %v", out.Solves, out.CostLow, out.CostHigh, in.Plan.Cost)
	}
	if len(out.Measurements) != 0 {
		t.Errorf("worth measuring: %+v", out.Measurements)
	}
}

// A mast that is the only way to serve villages that surely need one is in every plan,
// whatever costs are.
func TestOnlyWayIsAlwaysChosen(t *testing.T) {
	p := newPlain(t, 8)
	last := p.places[len(p.places)-1].Village
	in, out := planOf(t, p, []orb.Point{last.Point()}, Spread{SigmaDB: 1, CostShare: 0.3}, 2)
	if len(in.Plan.Actions) != 1 || out.Actions[0] != (Frequency{1, 1}) {
		t.Errorf("%d actions, %+v", len(in.Plan.Actions), out.Actions)
	}
}

// Two places that do as well share the draws when costs are off, and are near each
// other.
func TestEqualPlacesShare(t *testing.T) {
	p := newPlain(t, 8)
	last := p.places[len(p.places)-1].Village.Point()
	near := geodesy.Destination(last, 90, 300)
	in, out := planOf(t, p, []orb.Point{last, near}, Spread{CostShare: 0.3}, 2)
	if len(in.Plan.Actions) != 1 {
		t.Fatalf("%d actions", len(in.Plan.Actions))
	}
	// One in two of 40, with four standard errors of 0.08.
	if f := out.Actions[0]; f.Near != 1 || f.Itself < 0.18 || f.Itself > 0.82 {
		t.Errorf("%+v", f)
	}
}

// A place that turns out not to be heard in a village is not mended by a higher mast there.
func TestLinkIsOfThePlace(t *testing.T) {
	p := newPlain(t, 8)
	last := p.places[len(p.places)-1].Village.Point()
	higher := template.Default()
	higher.Name, higher.StructureHeightM, higher.AntennaHeightM = "higher", 45, 45
	in, out := planOf(t, p, []orb.Point{geodesy.Destination(last, 90, 4000)}, DefaultSpread(), 2, higher)
	if len(in.Plan.Actions) != 1 || len(in.Rivals.List) < 2 {
		t.Fatalf("%d actions, %d rivals", len(in.Plan.Actions), len(in.Rivals.List))
	}
	for _, m := range out.Measurements {
		if m.Kind == Link && m.Change > in.Plan.Actions[0].Cost {
			t.Errorf("%v would change, where the mast costs %v and nothing can come in its place", m.Change, in.Plan.Actions[0].Cost)
		}
	}
}

// With doubt, what is measured first is worth most, and the result is that of any
// number of workers.
func TestMeasurements(t *testing.T) {
	p := newPlain(t, 8)
	in, out := planOf(t, p, nil, DefaultSpread(), 1)
	if len(out.Measurements) == 0 {
		t.Fatal("nothing is worth measuring")
	}
	kinds := map[MeasurementKind]int{}
	for i, m := range out.Measurements {
		kinds[m.Kind]++
		if i > 0 && m.Value() > out.Measurements[i-1].Value() {
			t.Errorf("measurement %d is worth %v, the one before %v", i, m.Value(), out.Measurements[i-1].Value())
		}
		gap := p.verdicts[m.Village].Gap()
		if !(m.Probability > 0 && m.Probability <= 1) || m.Change <= 0 || gap != (m.Kind != Served) || m.Estimated != (m.Kind == Served) {
			t.Errorf("measurement %d of a village that is a gap %v: %+v", i, gap, m)
		}
		if m.Kind == Target && m.Probability != 1-in.Certain[m.Village].WeakProbability {
			t.Errorf("measurement %d: %+v of a village weak with %v", i, m, in.Certain[m.Village].WeakProbability)
		}
	}
	if len(kinds) < 2 {
		t.Errorf("kinds %v", kinds)
	}
	if _, again := planOf(t, p, nil, DefaultSpread(), 3); cmp.Diff(out, again) != "" {
		t.Errorf("with three workers (-one +three):\n%s", cmp.Diff(out, again))
	}
}
