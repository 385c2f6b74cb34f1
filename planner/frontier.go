package planner

import (
	"context"
	"slices"

	"github.com/covgap/covgap/planner/solver"
)

// FrontierPoint is the best that a smaller budget, or fewer actions, would come to.
type FrontierPoint struct {
	Budget  float64 `yaml:"budget,omitempty" json:"budget,omitempty"` // in the currency; with goals eliminate and budget
	Count   int     `yaml:"count,omitempty" json:"count,omitempty"`   // actions; with goal count
	Value   float64 `yaml:"value" json:"value"`                       // in people, households or villages, as the plan counts them
	Bound   float64 `yaml:"bound" json:"bound"`                       // no choice has more
	Actions int     `yaml:"actions" json:"actions"`
	Cost    float64 `yaml:"cost" json:"cost"`
	// Nested is what the plan's own build order has reached by then: who builds it one
	// by one gives up Value less Nested on the way.
	Nested float64 `yaml:"nested" json:"nested"`
	// Choice is what is built; the costs are those of each connected by itself.
	Choice []AlternativeAction `yaml:"choice,omitempty" json:"choice,omitempty"`
}

// frontierPoints is how many limits are tried, evenly spaced up to the plan's own.
const frontierPoints = 10

// frontier adds the best for smaller limits, of the same candidates, each connected by
// itself. What they claim beyond the plan is not judged by the exact path again.
func (s *scheme) frontier(ctx context.Context, p *Plan, chosen []int32) error {
	if s.in.OnlyKept || len(chosen) == 0 {
		return nil
	}
	instance, err := s.instance(false)
	if err != nil {
		return err
	}
	problem := solver.Problem{Goal: solver.Budget, Effort: s.in.Objective.Effort}
	var most int64
	switch s.in.Objective.Goal {
	case Count:
		problem.Goal, most = solver.Count, int64(s.in.Objective.Count)
	default:
		for _, i := range chosen {
			most += s.offers[i].charged
		}
	}
	var limits []int64
	for k := int64(1); k <= frontierPoints; k++ {
		// Rounded up, so that the last is the plan's own.
		limits = append(limits, (most*k+frontierPoints-1)/frontierPoints)
	}
	limits = slices.Compact(limits)
	points, err := solver.Frontier(ctx, instance, problem, limits)
	if err != nil {
		return err
	}
	for _, x := range points {
		f := FrontierPoint{
			Value: s.d.amount(x.Value), Bound: s.d.amount(x.Bound), Cost: p.Currency.Amount(x.Cost),
			Actions: len(slices.DeleteFunc(x.Columns, func(j int) bool { return j >= len(s.found) })),
		}
		if problem.Goal == solver.Count {
			f.Count = int(x.Limit)
		} else {
			f.Budget = p.Currency.Amount(x.Limit)
		}
		s.d.reset()
		for _, j := range x.Columns {
			if j < len(s.found) {
				a, _ := s.alternative(int32(j), p.Currency)
				f.Choice = append(f.Choice, a)
			}
		}
		s.d.reset()
		var spent int64
		for k, i := range chosen {
			spent += s.offers[i].charged
			if problem.Goal == solver.Budget && spent > x.Limit || problem.Goal == solver.Count && int64(k+1) > x.Limit {
				break
			}
			f.Nested += s.d.amount(s.d.worth(s.serves(i)))
		}
		f.Nested = round(f.Nested)
		p.Frontier = append(p.Frontier, f)
	}
	return nil
}
