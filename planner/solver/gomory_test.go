package solver

import (
	"context"
	"math/rand/v2"
	"testing"
)

// TestRowsAgainstEnumeration checks that every row the root adds, of whichever kind,
// is kept by every choice that it leaves possible.
func TestRowsAgainstEnumeration(t *testing.T) {
	rng := rand.New(rand.NewPCG(21, 22))
	added := map[Goal]int{}
	for k := range 600 {
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
			f := newSearch(m)
			if k%4 > 0 { // with columns settled by the value of a choice, or without
				f.greedy(m.worth())
			}
			r := newTree(m, f, nil, nil)
			if err := r.root(context.Background(), 1_000_000); err != nil {
				t.Fatal(err)
			}
			for i := range r.q.linear.rows {
				if !r.q.linear.rows[i].fixed {
					added[p.Goal]++
				}
			}
			if row := brokenRow(r, rng); row >= 0 {
				t.Fatalf("instance %d, %v: a choice breaks row %d: %+v\n%+v", k, p.Goal, row, r.q.linear.rows[row], in)
			}
		}
	}
	for _, g := range []Goal{Eliminate, Budget, Count} {
		// Not a promise of the method: as many as it takes for the test to mean something.
		if added[g] < 100 {
			t.Errorf("%v: only %d rows to check", g, added[g])
		}
	}
}

// sparseInstance draws columns of two to four rows, so that linear programs take
// columns in part. plain gives each row its own village.
func sparseInstance(rng *rand.Rand, plain bool) *Instance {
	in := &Instance{}
	n := 5 + rng.IntN(7)
	for r := range n {
		v := r
		if !plain {
			v = r / 4
		}
		if v == len(in.Villages) {
			in.Villages = append(in.Villages, Village{Value: rng.Int64N(10)})
		}
		w := 1 + rng.Int64N(9)
		in.Rows = append(in.Rows, Row{Village: int32(v), Weight: w, Value: 1 + rng.Int64N(9)})
		in.Villages[v].Need += w
	}
	if !plain {
		for v := range in.Villages {
			in.Villages[v].Need = (in.Villages[v].Need*int64(3+rng.IntN(7)) + 9) / 10
		}
	}
	for range 6 + rng.IntN(7) {
		c := Column{Cost: 10 + rng.Int64N(5)}
		for r := range n {
			if rng.IntN(n) < 3 {
				c.Rows = append(c.Rows, int32(r))
			}
		}
		in.Columns = append(in.Columns, c)
	}
	return in
}

// brokenRow gives a row of the program that a choice within the bounds of the root
// breaks, -1 for none. Rows and villages that a choice serves count as served or not.
func brokenRow(r *tree, rng *rand.Rand) int {
	m, q := r.m, r.q
	point := make([]int64, q.linear.n)
	for set := range uint32(1) << len(m.rowsOf) {
		s := newState(m, m.worth())
		within := true
		for j := range m.rowsOf {
			point[j] = int64(set >> j & 1)
			within = within && float64(point[j]) >= r.lo[j] && float64(point[j]) <= r.hi[j]
			if point[j] == 1 {
				s.add(int32(j))
			}
		}
		switch {
		case !within,
			m.goal == Eliminate && s.unmet > 0,
			m.goal != Eliminate && s.size > m.limit,
			s.tally != nil && !s.tally.keeps(s.list):
			continue
		}
		for try := range 3 {
			claim := func(possible bool) int64 {
				if possible && (try == 0 || rng.IntN(2) == 0) {
					return 1
				}
				return 0
			}
			for row, v := range q.rowVar {
				if v < 0 {
					continue
				}
				point[v] = claim(s.cover[row] > 0)
				if q.surplus[row] {
					point[v] = min(max(0, int64(s.cover[row])-1)+claim(true), int64(q.linear.hi[v]))
				}
				if m.goal == Eliminate { // a row of a wide group
					point[v] = min(1, int64(s.cover[row]))
				}
			}
			for g, v := range q.groupVar {
				if v >= 0 {
					point[v] = claim(s.rest(int32(g)) == 0)
				}
			}
			for i, row := range q.linear.rows {
				var sum int64
				for k, j := range row.at {
					sum += row.value[k] * point[j]
				}
				if sum < row.b {
					return i
				}
			}
		}
	}
	return -1
}
