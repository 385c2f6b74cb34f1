package solver

import (
	"math"
	"math/rand/v2"
	"testing"
)

// TestBeginAtPrices checks that a linear program has the same optimum whatever prices it
// begins at, and that a row which leaves takes its entries with it.
func TestBeginAtPrices(t *testing.T) {
	rng := rand.New(rand.NewPCG(41, 42))
	began := map[Goal]int{}
	for k := range 400 {
		in := sparseInstance(rng, k%2 == 0)
		if k%3 == 0 {
			addSides(rng, in, 1+rng.IntN(31))
		}
		for _, p := range []Problem{{}, {Goal: Budget, Budget: 20 + rng.Int64N(80)}, {Goal: Count, Count: 1 + rng.IntN(4)}} {
			set, err := settle(in, p)
			if err != nil {
				continue
			}
			m := newModel(set, p, nil)
			if len(m.rowsOf) == 0 || m.sides != nil && m.broken {
				continue
			}
			solved := func(paid []float64) *tree {
				r := newTree(m, newSearch(m), nil, paid)
				r.begin(m.visits + 1_000_000)
				return r
			}
			plain := solved(nil)
			if !plain.solved {
				continue // what the side constraints leave open contradicts itself
			}
			paid := make([]float64, len(m.group))
			for r := range paid {
				paid[r] = float64(m.value[r]) * rng.Float64()
				if p.Goal == Eliminate {
					paid[r] = 20 * rng.Float64()
				}
			}
			r := solved(paid)
			if !r.solved {
				t.Fatalf("instance %d, %v: no optimum from prices: %+v", k, p.Goal, in)
			}
			if n := len(r.q.priced(paid)); n > 0 && r.q.linear.n == plain.q.linear.n+n {
				began[p.Goal]++
			}
			// primalTolerance, on both sides, in costs of at most 1 each.
			within := 2e-7 * float64(len(m.rowsOf)+len(m.group))
			want, got := plain.q.linear.objective(), r.q.linear.objective()
			if math.Abs(got-want) > within {
				t.Fatalf("instance %d, %v: optimum %v from prices, %v without: %+v", k, p.Goal, got, want, in)
			}
			r.purge()
			r.optimise(m.visits + 1_000_000)
			if got := r.q.linear.objective(); math.Abs(got-want) > within {
				t.Fatalf("instance %d, %v: optimum %v without the rows that do not matter, %v with them: %+v", k, p.Goal, got, want, in)
			}
		}
	}
	for _, g := range []Goal{Eliminate, Budget, Count} {
		// Not a promise of the method: as many as it takes for the test to mean something.
		if began[g] < 100 {
			t.Errorf("%v: only %d programs began at prices", g, began[g])
		}
	}
}
