package planner

import (
	"context"
	"math"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// Each plan of a survey is the one that is made from the start, whatever was planned
// before it: also after a plan that corrected claims.
func TestSurveyPlansAsMake(t *testing.T) {
	ridges := func(e, n float64) float64 { return 200 + 150*math.Sin(e/900)*math.Cos(n/1100) }
	in := input(t, ground(ridges),
		settlement(t, "a", place(-3000, 500), 700, 400),
		settlement(t, "b", place(2500, -800), 500, 150),
		settlement(t, "c", place(300, 3600), 600, 90),
	)
	survey, err := NewSurvey(t.Context(), in)
	if err != nil {
		t.Fatal(err)
	}
	first, err := survey.Plan(t.Context(), in.Objective, Constraints{})
	if err != nil {
		t.Fatal(err)
	}
	if len(first.Actions) < 2 {
		t.Fatalf("%d actions: nothing to choose between", len(first.Actions))
	}
	// Places are named by their hex: the first one is taken away.
	placed, err := NewSurvey(t.Context(), in)
	if err != nil {
		t.Fatal(err)
	}
	without := placeID(&placed.found[Villages].scheme.places[placed.found[Villages].scheme.found[0].Place])
	for _, x := range []struct {
		objective   Objective
		constraints Constraints
	}{
		{Objective{Goal: Eliminate}, Constraints{}},
		{Objective{Goal: Budget, Budget: first.Cost * 0.6}, Constraints{}},
		{Objective{Goal: Count, Count: 1, Measure: Villages}, Constraints{}},
		{Objective{Goal: Eliminate}, Constraints{MustNot: []string{without}}},
		{Objective{Goal: Eliminate}, Constraints{Must: []string{without}}},
		{Objective{Goal: Count, Count: 2, Measure: Households}, Constraints{}},
		{Objective{Goal: Eliminate}, Constraints{}},
	} {
		got, err := survey.Plan(t.Context(), x.objective, x.constraints)
		if err != nil {
			t.Fatalf("%+v: %v", x, err)
		}
		in.Objective, in.Constraints = x.objective, x.constraints
		want, err := Make(context.Background(), in)
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%+v (-make +survey)\n%s", x, diff)
		}
		draft, err := survey.Draft(t.Context(), x.objective, x.constraints)
		if err != nil {
			t.Fatal(err)
		}
		want.Frontier, want.Alternatives = nil, nil
		if diff := cmp.Diff(want, draft); diff != "" {
			t.Errorf("%+v (-make +draft)\n%s", x, diff)
		}
	}
}
