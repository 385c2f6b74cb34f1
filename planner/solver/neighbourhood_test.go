package solver

import (
	"context"
	"math/rand/v2"
	"runtime"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// discs draws an instance of rows in the plane and columns that serve those near them,
// too large to be solved at once.
func discs(rng *rand.Rand, rows, columns int) *Instance {
	type point struct{ x, y float64 }
	in := &Instance{}
	var places []point
	for r := range rows {
		places = append(places, point{rng.Float64(), rng.Float64()})
		w := 1 + rng.Int64N(50)
		in.Rows = append(in.Rows, Row{Village: int32(r), Weight: w, Value: w})
		in.Villages = append(in.Villages, Village{Need: w})
	}
	for range columns {
		at, c := point{rng.Float64(), rng.Float64()}, Column{Cost: 100 + rng.Int64N(30)}
		for r, p := range places {
			if dx, dy := p.x-at.x, p.y-at.y; dx*dx+dy*dy < 0.004 {
				c.Rows = append(c.Rows, int32(r))
			}
		}
		in.Columns = append(in.Columns, c)
	}
	return in
}

func TestSolveIsTheSameForAnyNumberOfWorkers(t *testing.T) {
	in := discs(rand.New(rand.NewPCG(31, 32)), 1200, 700)
	for _, p := range []Problem{
		{Effort: 12},
		{Goal: Budget, Budget: 4000, Effort: 12},
		{Goal: Count, Count: 60, Effort: 12},
	} {
		var first *Result
		for _, workers := range []int{1, 2, 5} {
			before := runtime.GOMAXPROCS(workers)
			res, err := Solve(context.Background(), in, p)
			runtime.GOMAXPROCS(before)
			if err != nil {
				t.Fatal(err)
			}
			if res.Proven {
				t.Fatalf("%v: proven, so that nothing was left to the neighbourhoods", p.Goal)
			}
			checkResult(t, in, p, res)
			if first == nil {
				first = res
			} else if diff := cmp.Diff(first, res); diff != "" {
				t.Errorf("%v (-one worker +%d workers):\n%s", p.Goal, workers, diff)
			}
		}
	}
}

// TestBeside checks that local search beside the linear program takes nothing from either,
// whatever the number of workers: large models alone come to it in [Solve].
func TestBeside(t *testing.T) {
	in := discs(rand.New(rand.NewPCG(31, 32)), 1200, 700)
	ctx := context.Background()
	for _, p := range []Problem{{Effort: 12}, {Goal: Count, Count: 60, Effort: 12}} {
		type outcome struct {
			Best        []int32
			Cost, Value int64
			Base        int64
		}
		var first *outcome
		for _, workers := range []int{1, 2, 5} {
			before := runtime.GOMAXPROCS(workers)
			e, err := newEngine(ctx, in, p)
			if err != nil {
				t.Fatal(err)
			}
			e.begin()
			m := e.newModel()
			tree := newTree(m, e.newSearch(m, true), nil, nil)
			cost, value := tree.f.bestCost, tree.f.bestValue
			tree.begin(m.visits + 20_000_000)
			base := tree.base
			err = e.beside(ctx, tree, 2_000_000, 10, func() error { return tree.tighten(ctx, m.visits+6_000_000) })
			runtime.GOMAXPROCS(before)
			if err != nil {
				t.Fatal(err)
			}
			f := tree.f
			if f.bestCost >= cost && f.bestValue <= value || tree.base <= base {
				t.Errorf("%v: cost %d, value %d and bound %d are no better than %d, %d and %d", p.Goal, f.bestCost, f.bestValue, tree.base, cost, value, base)
			}
			o := &outcome{f.best, f.bestCost, f.bestValue, tree.base}
			if first == nil {
				first = o
			} else if diff := cmp.Diff(first, o); diff != "" {
				t.Errorf("%v (-one worker +%d workers):\n%s", p.Goal, workers, diff)
			}
		}
	}
}
