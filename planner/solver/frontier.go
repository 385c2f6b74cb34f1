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

// Alternatives gives up to k further results that are nearly as good as best, a result
// of p on in: each at most share worse in value, and each without at least differ of
// the columns of best and of every alternative before it. p.Effort is for each. The
// bound of an alternative holds for what differs that much.
//
// Errors are those of [Solve].
func Alternatives(ctx context.Context, in *Instance, p Problem, best *Result, k, differ int, share float64) ([]*Result, error) {
	if k < 0 || differ < 1 || share < 0 {
		return nil, fmt.Errorf("%w: %d alternatives, %d columns apart, %g worse", ErrProblem, k, differ, share)
	}
	var out []*Result
	var limits []amounts
	last := best
	for len(out) < k {
		l := amounts{limit: int64(len(last.Selected) - differ)}
		if l.limit < 0 {
			return out, nil
		}
		for _, s := range last.Selected {
			l.columns, l.amount = append(l.columns, int32(s.Column)), append(l.amount, 1)
		}
		limits = append(limits, l)
		e, err := newEngine(ctx, in, p)
		if err != nil {
			return nil, err
		}
		e.limits = limits
		switch err := e.run(ctx); {
		case errors.Is(err, ErrContradiction), errors.Is(err, ErrNotFound):
			return out, nil
		case err != nil:
			return nil, err
		}
		last = e.result(e.choice)
		worse := last.Value - best.Value
		if p.Goal != Eliminate {
			worse = -worse
		}
		if float64(worse) > share*float64(best.Value) {
			return out, nil
		}
		out = append(out, last)
	}
	return out, nil
}

// Replacement says what a chosen column is worth: what the best choice without it
// comes to.
type Replacement struct {
	Column int
	// Possible is false when nothing without the column keeps the constraints or,
	// with Eliminate, meets every village that can be met; then only Column is set.
	Possible bool
	Value    int64 // as in Result, without the column
	Bound    int64 // as in Result
	Proven   bool
	// Loss is by how much Value is worse than that of the result: cost more, or value
	// less; 0 or more when that result is proven.
	Loss int64
}

// Replacements forbids each column that res, a result of p on in, chose, one after the
// other, and solves again. p.Effort is for each. Columns that must be chosen are left
// out.
//
// Errors are those of [Solve].
func Replacements(ctx context.Context, in *Instance, p Problem, res *Result) ([]Replacement, error) {
	without := *in
	without.Columns = slices.Clone(in.Columns)
	var chosen []int
	for _, s := range res.Selected {
		chosen = append(chosen, s.Column)
	}
	var out []Replacement
	for _, j := range chosen {
		if in.Columns[j].Fix == Must {
			continue
		}
		without.Columns[j].Fix = MustNot
		r := Replacement{Column: j}
		e, err := newEngine(ctx, &without, p)
		if err == nil && p.Goal == Eliminate && len(e.set.unmeetable()) > len(res.Unmeetable) {
			err = ErrContradiction
		}
		if err == nil {
			err = e.run(ctx)
		}
		without.Columns[j].Fix = in.Columns[j].Fix
		switch {
		case errors.Is(err, ErrContradiction), errors.Is(err, ErrNotFound):
			out = append(out, r)
			continue
		case err != nil:
			return nil, err
		}
		other := e.result(e.choice)
		r.Possible, r.Value, r.Bound, r.Proven = true, other.Value, other.Bound, other.Proven
		r.Loss = other.Value - res.Value
		if p.Goal != Eliminate {
			r.Loss = -r.Loss
		}
		out = append(out, r)
	}
	return out, nil
}
