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
