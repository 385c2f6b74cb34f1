package planner

import (
	"cmp"
	"slices"
)

// assign pays costs, in order, out of funds of which payers names as bits those that may
// pay for each: parts[i][f] is what fund f pays for cost i. What earlier costs have stays
// paid in full when money for a later one is found by paying them from elsewhere, so all
// are paid in full whenever that is possible at all.
func assign(costs []int64, payers []uint, funds []int64) (parts [][]int64) {
	order := fewestFirst(payers, len(funds))
	left := append([]int64(nil), funds...)
	parts = make([][]int64, len(costs))
	for i, due := range costs {
		parts[i] = make([]int64, len(funds))
		for due > 0 {
			path, most := augment(i, parts, payers, left, order)
			if path == nil {
				break
			}
			paid := min(due, most)
			due -= paid
			for _, p := range path {
				parts[p.cost][p.fund] += paid
				if p.from >= 0 {
					parts[p.cost][p.from] -= paid
				}
			}
			left[path[0].fund] -= paid
		}
	}
	return parts
}

// fewestFirst orders funds by how many costs they may pay for: what others cannot use goes
// first.
func fewestFirst(payers []uint, funds int) []int {
	order, uses := make([]int, funds), make([]int, funds)
	for f := range order {
		order[f] = f
		for _, set := range payers {
			uses[f] += int(set >> f & 1)
		}
	}
	slices.SortStableFunc(order, func(a, b int) int { return cmp.Compare(uses[a], uses[b]) })
	return order
}

// move pays a part of a cost from a fund, in place of another; from -1 in place of none.
type move struct{ cost, fund, from int }

// augment looks for the shortest chain of moves by which money that is left comes to a
// cost: the first of them, from the fund that has it. It gives how much the chain carries.
func augment(cost int, parts [][]int64, payers []uint, left []int64, order []int) (path []move, most int64) {
	by := make([]move, len(left)) // how a fund's money would be freed or used
	seen := make([]bool, len(left))
	var queue []int
	reach := func(f int, m move) {
		if !seen[f] {
			seen[f], by[f] = true, m
			queue = append(queue, f)
		}
	}
	for _, f := range order {
		if payers[cost]>>f&1 == 1 {
			reach(f, move{cost, f, -1})
		}
	}
	for len(queue) > 0 {
		f := queue[0]
		queue = queue[1:]
		if left[f] > 0 {
			most = left[f]
			for {
				m := by[f]
				path = append(path, m)
				if m.from < 0 {
					return path, most
				}
				most = min(most, parts[m.cost][m.from])
				f = m.from
			}
		}
		// Whoever this fund pays for could be paid from another.
		for i := range parts[:cost] {
			if parts[i][f] == 0 {
				continue
			}
			for _, g := range order {
				if payers[i]>>g&1 == 1 {
					reach(g, move{i, g, f})
				}
			}
		}
	}
	return nil, 0
}
