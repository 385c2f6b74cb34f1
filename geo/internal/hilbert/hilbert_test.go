package hilbert

import "testing"

// Along the curve each step goes to a neighbour, and no cell comes twice.
func TestDistance(t *testing.T) {
	for order := range uint(6) {
		side := 1 << order
		cells := map[uint64][2]int{}
		for x := range side {
			for y := range side {
				cells[Distance(order, uint32(x), uint32(y))] = [2]int{x, y}
			}
		}
		if len(cells) != side*side || cells[0] != [2]int{} {
			t.Fatalf("order %d: %d distances for %d cells, from %v", order, len(cells), side*side, cells[0])
		}
		for d := 1; d < side*side; d++ {
			a, b := cells[uint64(d-1)], cells[uint64(d)]
			if dx, dy := a[0]-b[0], a[1]-b[1]; dx*dx+dy*dy != 1 {
				t.Errorf("order %d: from %v to %v", order, a, b)
			}
		}
	}
}
