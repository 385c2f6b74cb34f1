package planner

import (
	"testing"

	"pgregory.net/rapid"
)

// Whatever the caps on every set of funds allow can be paid, the first first.
func TestAssign(t *testing.T) {
	// x may be paid by either fund, y by the first alone, z1 and z2 by the second alone.
	parts := assign([]int64{10, 10, 1, 1}, []uint{3, 1, 2, 2}, []int64{10, 12})
	for i, want := range [][2]int64{{0, 10}, {10, 0}, {0, 1}, {0, 1}} {
		if parts[i][0] != want[0] || parts[i][1] != want[1] {
			t.Errorf("cost %d: %v, expected %v", i, parts[i], want)
		}
	}
	rapid.Check(t, func(rt *rapid.T) {
		funds := rapid.SliceOfN(rapid.Int64Range(0, 12), 1, 4).Draw(rt, "funds")
		n := rapid.IntRange(1, 6).Draw(rt, "n")
		costs, payers := make([]int64, n), make([]uint, n)
		for i := range costs {
			costs[i] = rapid.Int64Range(0, 9).Draw(rt, "cost")
			payers[i] = uint(rapid.IntRange(0, 1<<len(funds)-1).Draw(rt, "payers"))
		}
		parts := assign(costs, payers, funds)
		spent := make([]int64, len(funds))
		// By Hall's condition the first k costs, as far as each is paid, and the next in
		// full, can be paid when no set of funds is asked for more than it has.
		paid := make([]int64, n)
		for i := range costs {
			most := int64(0)
			for due := costs[i]; due > 0 && most == 0; due-- {
				ok := true
				for set := range 1 << len(funds) {
					var holds, asked int64
					for f := range funds {
						if set>>f&1 == 1 {
							holds += funds[f]
						}
					}
					for k := range i + 1 {
						c := paid[k]
						if k == i {
							c = due
						}
						if int(payers[k])&^set == 0 {
							asked += c
						}
					}
					ok = ok && asked <= holds
				}
				if ok {
					most = due
				}
			}
			paid[i] = most
			var got int64
			for f, part := range parts[i] {
				if part < 0 || part > 0 && payers[i]>>f&1 == 0 {
					rt.Fatalf("fund %d pays %d of cost %d", f, part, i)
				}
				got += part
				spent[f] += part
			}
			if got != most {
				rt.Fatalf("cost %d of %v, paid by %b of %v: %d is paid, %d could be", i, costs, payers, funds, got, most)
			}
		}
		for f := range funds {
			if spent[f] > funds[f] {
				rt.Fatalf("fund %d pays %d of %d", f, spent[f], funds[f])
			}
		}
	})
}
