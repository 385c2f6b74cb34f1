package planner

import (
	"testing"
)

// The sentence about the bound names all that was fixed, and nothing when nothing was.
func TestMeaningNamesConditions(t *testing.T) {
	two := []string{"a", "b"}
	for _, c := range []struct {
		name string
		plan Plan
		want string
	}{
		{"nothing fixed", Plan{Objective: Objective{Goal: Eliminate}, Proven: true},
			"No choice is cheaper: with the 7 candidates that serve somebody, these templates, these costs and the computed coverage, every plan that serves the same villages costs at least 900 USD, and this one costs that."},
		{"a fund and an action", Plan{Objective: Objective{Goal: Eliminate}, Proven: true, Actions: []Action{{Kept: true}, {}}, Constraints: Constraints{Funds: make([]Fund, 2)}},
			"Under these conditions no choice is cheaper: with the 7 candidates that serve somebody, these templates, these costs and the computed coverage, every plan that keeps the action that was given, is paid by the funds and serves the same villages costs at least 900 USD, and this one costs that."},
		{"places, not proven", Plan{Objective: Objective{Goal: Eliminate}, Constraints: Constraints{Must: two, MustNot: two[:1]}},
			"With the 7 candidates that serve somebody, these templates, these costs and the computed coverage, every plan that builds at the 2 places of must, builds nothing at the place of must_not and serves the same villages costs at least 900 USD; this one costs 1,000, so at most 10.00 % of it could be saved by a better choice. Other places, templates or costs are outside this statement."},
		{"spacing and years, most", Plan{Objective: Objective{Goal: Count}, Proven: true, WeightUnit: "people", Constraints: Constraints{SpacingM: 1500, Years: make([]YearBudget, 3)}},
			"Under these conditions no choice serves more: with the 7 candidates that serve somebody, these templates, these costs and the computed coverage, no plan that leaves 1500 m between new masts, stays within the budgets of the years and stays within the limit reaches more than 900 people, and this one does."},
	} {
		p := c.plan
		p.Value, p.Bound, p.Gap, p.Currency, p.Candidates.Candidates = 1000, new(900.0), new(0.1), "USD", 7
		if got := p.meaning(); got != c.want {
			t.Errorf("%s:\n got %s\nwant %s", c.name, got, c.want)
		}
	}
}
