package planner

import (
	"context"
	"math"
	"slices"
	"testing"

	"github.com/covgap/covgap/data/yamlfile"
)

// hills make what sixteen hexes of a village say of the rest wrong.
func hills(eastM, northM float64) float64 {
	return 300 + 120*math.Sin(eastM/700)*math.Cos(northM/500) + 60*math.Sin(eastM/230+northM/310)
}

// A fix stands when it is typed into the plan as it is written: with it the village is
// met. So do the choices of the frontier, and what replaces an action keeps its villages.
func TestFixesStand(t *testing.T) {
	in := input(t, ground(hills), settlement(t, "one", place(-3000, 0), 1500, 400), settlement(t, "two", place(3000, 1500), 1500, 300), settlement(t, "three", place(0, -5000), 1200, 200))
	in.Objective = Objective{Goal: Count, Count: 1}
	in.CandidateResolution = 7
	rounds := 0
	in.Chosen = func(w Work) { rounds = max(rounds, w.Round) }
	p, err := Make(context.Background(), in)
	if err != nil {
		t.Fatal(err)
	}
	if rounds != p.Candidates.Rounds {
		t.Errorf("told of %d rounds, made %d", rounds, p.Candidates.Rounds)
	}
	// as gives the actions that b reads as.
	as := func(list []AlternativeAction) []Action {
		t.Helper()
		doc, err := yamlfile.Marshal(struct {
			Version int                 `yaml:"version"`
			Actions []AlternativeAction `yaml:"actions"`
		}{Version, list})
		if err != nil {
			t.Fatal(err)
		}
		q, err := FromYAML(doc, "fix.yaml", in.Templates...)
		if err != nil {
			t.Fatalf("%v\n%s", err, doc)
		}
		return q.Actions
	}
	kept := func(actions []Action) *Plan {
		t.Helper()
		in := in
		in.Kept, in.OnlyKept, in.Objective = actions, true, Objective{Goal: Eliminate}
		q, err := Make(context.Background(), in)
		if err != nil {
			t.Fatal(err)
		}
		return q
	}
	fixed := 0
	for _, l := range p.LeftOut {
		if len(l.Fix) == 0 {
			continue
		}
		fixed++
		if l.FixUnconfirmed {
			t.Errorf("village %s: the fix is not confirmed", l.Village)
		}
		q := kept(append(slices.Clone(p.Actions), as(l.Fix)...))
		if slices.ContainsFunc(q.LeftOut, func(o LeftOut) bool { return o.Village == l.Village }) {
			t.Errorf("village %s is not met with its fix: %+v", l.Village, q.LeftOut)
		}
		// Satellites connect each by itself, so that the sum is exact.
		if math.Abs(q.Cost-l.EntersAt) > 0.01 {
			t.Errorf("village %s: with its fix the plan costs %v, said %v", l.Village, q.Cost, l.EntersAt)
		}
	}
	if fixed == 0 {
		t.Error("nothing to fix")
	}
	if n := len(p.Frontier); n == 0 {
		t.Error("no frontier")
	} else if q := kept(as(p.Frontier[n-1].Choice)); len(q.Actions) != 1 {
		t.Errorf("the choice of the frontier comes to %d actions", len(q.Actions))
	}
}

// What fixes claim is judged, and their connections are priced.
func TestMendsAreJudged(t *testing.T) {
	in := input(t, ground(hills), settlement(t, "one", place(-3000, 0), 1500, 400), settlement(t, "two", place(3000, 1500), 1500, 300))
	in.CandidateResolution = 7
	v, err := NewSurvey(context.Background(), in)
	if err != nil {
		t.Fatal(err)
	}
	s := v.found[Villages].scheme
	fixes, err := s.fixes(context.Background(), nil)
	if err != nil {
		t.Fatal(err)
	}
	if len(s.exact) == 0 {
		t.Error("nothing was judged")
	}
	for village, m := range fixes {
		if !m.found || !m.confirmed {
			t.Errorf("village %d: found %v, confirmed %v", village, m.found, m.confirmed)
		}
		for _, i := range m.fix {
			if !s.offers[i].looked {
				t.Errorf("the connection of candidate %d is not priced", i)
			}
		}
	}
}
