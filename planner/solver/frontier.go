package solver

import (
	"context"
	"errors"
	"fmt"
	"slices"
)

// Point is the best that one limit allows.
type Point struct {
	Limit  int64 // columns (Count) or minor units (Budget)
	Value  int64
	Bound  int64 // no choice within Limit has more
	Gap    float64
	Proven bool
	Cost   int64 // minor units, of this choice; another may reach Value for less
	// Columns is the choice, ascending. It need not hold those of smaller limits.
	Columns []int
	// Nested is the value of as much of the build order of the last point as fits
	// Limit: what is served on the way by who builds that plan one by one. Value less
	// Nested is the price of the nested list.
	Nested int64
}

// Frontier gives the best value for each of limits, which ascend: numbers of columns
// when p.Goal is [Count], budgets when it is [Budget]. p.Effort is for each. The
// limit in p does not count.
//
// Errors are those of [Solve]; a limit that contradicts the side constraints is left
// out.
func Frontier(ctx context.Context, in *Instance, p Problem, limits []int64) ([]Point, error) {
	if p.Goal != Budget && p.Goal != Count {
		return nil, fmt.Errorf("%w: a frontier needs budget or count, not %v", ErrProblem, p.Goal)
	}
	last := int64(-1)
	for _, l := range limits {
		if l <= last || p.Goal == Count && l > maxRead {
			return nil, fmt.Errorf("%w: limit %d after %d; limits must ascend from 0", ErrProblem, l, last)
		}
		last = l
	}
	if len(limits) == 0 {
		return nil, nil
	}
	limited := func(limit int64) Problem {
		q := p
		q.Budget, q.Count = limit, int(limit)
		return q
	}
	// What the greatest limit leaves out as dominated, every other may: the reduction
	// does not look at the limit otherwise.
	reduced := *in
	widest, err := newEngine(ctx, in, limited(last))
	if err != nil {
		return nil, err
	}
	widest.begin()
	if widest.newModel() == nil {
		return nil, fmt.Errorf("%w at the widest limit", ErrContradiction)
	}
	reduced.Columns = slices.Clone(in.Columns)
	for j, f := range widest.fix {
		if f == MustNot {
			reduced.Columns[j].Fix = MustNot
		}
	}

	var out []Point
	var before []int // the choice of the limit before, which is one of this limit too
	for _, limit := range limits {
		e, err := newEngine(ctx, &reduced, limited(limit))
		if errors.Is(err, ErrContradiction) {
			continue
		} else if err != nil {
			return nil, err
		}
		if len(out) > 0 {
			e.offer(before)
		}
		switch err := e.run(ctx); {
		case errors.Is(err, ErrContradiction), errors.Is(err, ErrNotFound):
			continue
		case err != nil:
			return nil, err
		}
		before = e.choice
		res := e.result(e.choice)
		point := Point{Limit: limit, Value: res.Value, Bound: res.Bound, Gap: res.Gap, Proven: res.Proven, Cost: res.Cost, Columns: e.set.with(e.choice)}
		slices.Sort(point.Columns)
		out = append(out, point)
	}
	if len(out) == 0 {
		return nil, nil
	}
	// What more money cannot reach, less cannot.
	for k := len(out) - 2; k >= 0; k-- {
		if a, b := &out[k], &out[k+1]; a.Bound > b.Bound {
			a.Bound = b.Bound
			a.Proven, a.Gap = a.Value == a.Bound, gap(a.Value, a.Bound)
		}
	}
	steps := buildOrder(in, p.Goal, out[len(out)-1].Columns)
	for k := range out {
		var taken int64
		for _, s := range steps {
			if taken += sizeOf(in, p.Goal, int32(s.Column)); taken > out[k].Limit {
				break
			}
			out[k].Nested = s.Total
		}
	}
	return out, nil
}
