package solver

import (
	"context"
	"errors"
	"math/rand/v2"
	"path/filepath"
	"slices"
	"testing"

	"github.com/covgap/covgap/geo/reference"
)

// Every point of a frontier is the optimum of its limit, and no nested list beats it.
func TestFrontierAgainstEnumeration(t *testing.T) {
	rng := rand.New(rand.NewPCG(21, 22))
	for k := range 60 {
		in := randomInstance(rng, k%2 == 0, k%4 == 1)
		if k%3 == 0 {
			addSides(rng, in, 1+rng.IntN(31))
		}
		for _, p := range []Problem{{Goal: Count, Effort: 10}, {Goal: Budget, Effort: 10}} {
			limits := []int64{0, 1, 2, 4}
			if p.Goal == Budget {
				limits = []int64{0, 10, 25, 60}
			}
			points, err := Frontier(context.Background(), in, p, limits)
			if errors.Is(err, ErrContradiction) {
				continue
			} else if err != nil {
				t.Fatal(err)
			}
			at := map[int64]Point{}
			for _, point := range points {
				at[point.Limit] = point
			}
			for _, limit := range limits {
				q := p
				q.Budget, q.Count = limit, int(limit)
				optimum, _, found := enumerate(t, in, q)
				point, ok := at[limit]
				if ok != found {
					t.Fatalf("instance %d, %v %d: possible %v, given %v", k, p.Goal, limit, found, ok)
				}
				if !found {
					continue
				}
				o := evaluate(in, point.Columns)
				if point.Value != optimum || !point.Proven || o.value != optimum || o.cost != point.Cost || breaks(in, point.Columns) != "" {
					t.Errorf("instance %d, %v %d: %+v, optimum %d", k, p.Goal, limit, point, optimum)
				}
				// What is built of a list need not hold what must be built in the end.
				must := slices.ContainsFunc(in.Columns, func(c Column) bool { return c.Fix == Must })
				if !must && point.Nested > point.Value {
					t.Errorf("instance %d, %v %d: the nested list has %d, the best %d", k, p.Goal, limit, point.Nested, point.Value)
				}
			}
			if n := len(points); n > 0 && points[n-1].Nested != points[n-1].Value {
				t.Errorf("instance %d: the whole list has %d of %d", k, points[n-1].Nested, points[n-1].Value)
			}
		}
	}
}

func TestFrontierRefuses(t *testing.T) {
	in := &Instance{}
	for _, c := range []struct {
		p      Problem
		limits []int64
	}{
		{Problem{Goal: Eliminate}, []int64{1}},
		{Problem{Goal: Count}, []int64{2, 1}},
		{Problem{Goal: Budget}, []int64{-1}},
	} {
		if _, err := Frontier(context.Background(), in, c.p, c.limits); !errors.Is(err, ErrProblem) {
			t.Errorf("%+v: %v", c, err)
		}
	}
}

// Alternatives are the best of what differs enough, by enumeration.
func TestAlternativesAgainstEnumeration(t *testing.T) {
	rng := rand.New(rand.NewPCG(31, 32))
	given := 0
	for k := range 60 {
		in := randomInstance(rng, k%2 == 0, k%4 == 1)
		for _, p := range []Problem{{Goal: Eliminate, Effort: 10}, {Goal: Count, Count: 3, Effort: 10}, {Goal: Budget, Budget: 40, Effort: 10}} {
			best, err := Solve(context.Background(), in, p)
			if err != nil {
				t.Fatal(err)
			}
			const differ, share = 1, 0.25
			others, err := Alternatives(context.Background(), in, p, best, 3, differ, share)
			if err != nil {
				t.Fatal(err)
			}
			seen := [][]int{columnsOf(best)}
			for _, o := range others {
				given++
				columns := columnsOf(o)
				for _, s := range seen {
					if missing(s, columns) < differ {
						t.Errorf("instance %d, %v: %v is too near to %v", k, p.Goal, columns, s)
					}
				}
				optimum, found := bestApart(t, in, p, seen, differ)
				if !found || o.Value != optimum || !o.Proven {
					t.Errorf("instance %d, %v: value %d, proven %v; the best that differs has %d", k, p.Goal, o.Value, o.Proven, optimum)
				}
				seen = append(seen, columns)
			}
			if len(others) < 3 {
				optimum, found := bestApart(t, in, p, seen, differ)
				worse := optimum - best.Value
				if p.Goal != Eliminate {
					worse = -worse
				}
				if found && float64(worse) <= share*float64(best.Value) {
					t.Errorf("instance %d, %v: %d of value %d was not given", k, p.Goal, len(others)+1, optimum)
				}
			}
		}
	}
	if given < 100 {
		t.Errorf("only %d alternatives were looked at", given)
	}
}

func columnsOf(res *Result) []int {
	var out []int
	for _, s := range res.Selected {
		out = append(out, s.Column)
	}
	slices.Sort(out)
	return out
}

// missing counts the members of a that b has not.
func missing(a, b []int) int {
	n := 0
	for _, j := range a {
		if !slices.Contains(b, j) {
			n++
		}
	}
	return n
}

// bestApart is enumerate over what lacks differ columns of each of seen.
func bestApart(tb testing.TB, in *Instance, p Problem, seen [][]int, differ int) (int64, bool) {
	tb.Helper()
	reach := evaluate(in, allowed(tb, in)).met
	var best int64
	found := false
	for set := range uint32(1) << len(in.Columns) {
		var choice []int
		for j := range in.Columns {
			if set>>j&1 == 1 {
				choice = append(choice, j)
			}
		}
		if breaks(in, choice) != "" || slices.ContainsFunc(seen, func(s []int) bool { return missing(s, choice) < differ }) {
			continue
		}
		o := evaluate(in, choice)
		value := o.value
		switch {
		case p.Goal == Eliminate && !slices.Equal(o.met, reach), p.Goal == Budget && o.cost > p.Budget, p.Goal == Count && len(choice) > p.Count:
			continue
		case p.Goal == Eliminate:
			value = -o.cost
		}
		if !found || value > best {
			found, best = true, value
		}
	}
	if p.Goal == Eliminate {
		best = -best
	}
	return best, found
}

// A replacement is the optimum of the instance without the column.
func TestReplacementsAgainstEnumeration(t *testing.T) {
	rng := rand.New(rand.NewPCG(41, 42))
	for k := range 60 {
		in := randomInstance(rng, k%2 == 0, k%4 == 1)
		if k%3 == 0 {
			addSides(rng, in, 1+rng.IntN(31))
		}
		for _, p := range []Problem{{Goal: Eliminate, Effort: 10}, {Goal: Count, Count: 3, Effort: 10}} {
			res, err := Solve(context.Background(), in, p)
			if errors.Is(err, ErrContradiction) {
				continue
			} else if err != nil {
				t.Fatal(err)
			}
			list, err := Replacements(context.Background(), in, p, res)
			if err != nil {
				t.Fatal(err)
			}
			for _, r := range list {
				other := *in
				other.Columns = slices.Clone(in.Columns)
				other.Columns[r.Column].Fix = MustNot
				optimum, _, found := enumerate(t, &other, p)
				if found && p.Goal == Eliminate {
					found = len(evaluateUnmet(t, &other)) == len(res.Unmeetable)
				}
				if r.Possible != found || found && (r.Value != optimum || !r.Proven || r.Loss < 0) {
					t.Errorf("instance %d, %v: %+v; possible %v, optimum %d", k, p.Goal, r, found, optimum)
				}
			}
		}
	}
}

// evaluateUnmet lists the villages that the allowed columns do not meet together.
func evaluateUnmet(tb testing.TB, in *Instance) []int {
	tb.Helper()
	var out []int
	for v, ok := range evaluate(in, allowed(tb, in)).met {
		if !ok {
			out = append(out, v)
		}
	}
	return out
}

// The frontier of instance a is proven from 1 column to 60, and passes through its
// certified optimum for 15.
func TestCertifiedFrontier(t *testing.T) {
	in := readInstance(t, filepath.Join(reference.Dir(t, "instances"), "inst_a.txt"))
	limits := make([]int64, 60)
	for i := range limits {
		limits[i] = int64(i + 1)
	}
	points, err := Frontier(context.Background(), in, Problem{Goal: Count}, limits)
	if err != nil {
		t.Fatal(err)
	}
	for _, p := range points {
		if !p.Proven {
			t.Errorf("%d columns: value %d, bound %d", p.Limit, p.Value, p.Bound)
		}
	}
	if points[14].Value != 15757 {
		t.Errorf("15 columns: %d", points[14].Value)
	}
}
