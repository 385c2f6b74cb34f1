package planner

import (
	"cmp"
	"context"
	"errors"
	"slices"

	"github.com/covgap/covgap/planner/solver"
	"golang.org/x/sync/errgroup"
)

// FrontierPoint is the best that a smaller budget, or fewer actions, would come to.
type FrontierPoint struct {
	Budget  float64 `yaml:"budget,omitempty" json:"budget,omitempty"` // in the currency; with goals eliminate and budget
	Count   int     `yaml:"count,omitempty" json:"count,omitempty"`   // actions; with goal count
	Value   float64 `yaml:"value" json:"value"`                       // in people, households or villages, as the plan counts them
	Bound   float64 `yaml:"bound" json:"bound"`                       // no choice has more, whatever its sites share
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

// frontier is the points on their way, in parts that are found apart: each of the limits
// that follow those of the part before.
type frontier struct {
	goal  solver.Goal
	parts [2][]solver.Point
	// least are those at the least costs, whose bounds hold for sites that share relays
	// as well; nil where no connection costs more by itself.
	least []solver.Point
}

// startFrontier begins to look for the best for smaller limits, of the same candidates,
// each connected by itself. What they claim beyond the plan is not judged by the exact
// path again.
func (s *scheme) startFrontier(ctx context.Context, tasks *errgroup.Group, f *frontier, chosen []int32) error {
	if s.in.OnlyKept || s.draft || len(chosen) == 0 {
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
	f.goal = problem.Goal
	var limits []int64
	for k := int64(1); k <= frontierPoints; k++ {
		// Rounded up, so that the last is the plan's own.
		limits = append(limits, (most*k+frontierPoints-1)/frontierPoints)
	}
	limits = slices.Compact(limits)
	for k := range f.parts {
		part := limits[k*len(limits)/len(f.parts) : (k+1)*len(limits)/len(f.parts)]
		tasks.Go(func() (err error) {
			f.parts[k], err = solver.Frontier(ctx, instance, problem, part)
			if errors.Is(err, solver.ErrContradiction) {
				err = nil // all limits of the part are less than what must be built
			}
			return err
		})
	}
	if f.goal != solver.Budget || !s.bounded() {
		return nil
	}
	least, err := s.instance(true)
	if err != nil {
		return err
	}
	easier := problem // the parts under way read problem
	easier.Effort = max(1, cmp.Or(problem.Effort, solver.DefaultEffort)/4)
	tasks.Go(func() (err error) {
		f.least, err = solver.Frontier(ctx, least, easier, limits)
		if errors.Is(err, solver.ErrContradiction) {
			err = nil
		}
		return err
	})
	return nil
}

// finishFrontier adds the points to the plan.
func (s *scheme) finishFrontier(p *Plan, f *frontier, chosen []int32) {
	points := slices.Concat(f.parts[:]...)
	for k := 1; k < len(points); k++ {
		if a, b := &points[k-1], &points[k]; b.Value < a.Value { // what less money reaches, more does
			b.Value, b.Cost, b.Columns = a.Value, a.Cost, a.Columns
		}
	}
	for k := range points {
		for _, x := range f.least {
			if x.Limit == points[k].Limit {
				points[k].Bound = max(points[k].Bound, x.Bound)
			}
		}
	}
	for k := len(points) - 2; k >= 0; k-- { // and what more cannot reach, less cannot
		points[k].Bound = min(points[k].Bound, points[k+1].Bound)
	}
	for _, x := range points {
		point := FrontierPoint{
			Value: s.d.amount(x.Value), Bound: s.d.amount(x.Bound), Cost: p.Currency.Amount(x.Cost),
			Actions: len(slices.DeleteFunc(slices.Clone(x.Columns), func(j int) bool { return j >= len(s.found) })),
		}
		if f.goal == solver.Count {
			point.Count = int(x.Limit)
		} else {
			point.Budget = p.Currency.Amount(x.Limit)
		}
		s.d.reset()
		for _, j := range x.Columns {
			if j < len(s.found) {
				a, _ := s.alternative(int32(j))
				point.Choice = append(point.Choice, a)
			}
		}
		s.d.reset()
		var spent int64
		for k, i := range chosen {
			spent += s.offers[i].charged
			if f.goal == solver.Budget && spent > x.Limit || f.goal == solver.Count && int64(k+1) > x.Limit {
				break
			}
			point.Nested += s.d.amount(s.d.worth(s.serves(i)))
		}
		point.Nested = round(point.Nested)
		p.Frontier = append(p.Frontier, point)
	}
}
