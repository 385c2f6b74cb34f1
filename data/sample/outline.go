package sample

import (
	"github.com/paulmach/orb"
)

// A partition is drawn as labels on a raster and traced to polygons that share
// their borders. Labels are kept free of pinches — corners where a label meets
// only itself across the diagonal — so that every ring is simple.

// outside labels a cell that belongs to nothing.
const outside = -1

// label gives the label of cell (i, j), outside beyond the raster.
func (r raster) label(labels []int32, i, j int) int32 {
	if i < 0 || j < 0 || i >= r.w || j >= r.h {
		return outside
	}
	return labels[j*r.w+i]
}

// pinches calls fix for every corner where two diagonal cells a, d carry the same
// label and the other two, b and c, another; it says whether there was any.
func (r raster) pinches(labels []int32, fix func(a, d, b, c int)) bool {
	found := false
	for j := range r.h - 1 {
		for i := range r.w - 1 {
			k := j*r.w + i
			nw, ne, sw, se := labels[k], labels[k+1], labels[k+r.w], labels[k+r.w+1]
			if nw == se && ne != nw && sw != nw {
				found = true
				fix(k, k+r.w+1, k+1, k+r.w)
			} else if ne == sw && nw != ne && se != ne {
				found = true
				fix(k+1, k+r.w, k, k+r.w+1)
			}
		}
	}
	return found
}

// parts numbers the connected parts (over edges) of equal label and gives their
// sizes in cells.
func (r raster) parts(labels []int32) (part []int32, size []int) {
	part = make([]int32, len(labels))
	for k := range part {
		part[k] = -1
	}
	var queue []int32
	for k := range labels {
		if part[k] >= 0 {
			continue
		}
		id := int32(len(size))
		part[k] = id
		queue = append(queue[:0], int32(k))
		for n := 0; n < len(queue); n++ {
			c := int(queue[n])
			r.edges(c, func(to int) {
				if part[to] < 0 && labels[to] == labels[k] {
					part[to] = id
					queue = append(queue, int32(to))
				}
			})
		}
		size = append(size, len(queue))
	}
	return part, size
}

// edges calls f for the cells that share an edge with cell k.
func (r raster) edges(k int, f func(to int)) {
	i, j := k%r.w, k/r.w
	if i+1 < r.w {
		f(k + 1)
	}
	if j+1 < r.h {
		f(k + r.w)
	}
	if i > 0 {
		f(k - 1)
	}
	if j > 0 {
		f(k - r.w)
	}
}

// border is a line between two faces of a partition, from one junction to the next
// or closed. In its direction, left lies to the left and right to the right.
type border struct {
	from, to    int // corners of the raster; equal for a closed border without junction
	left, right int32
	line        []orb.Point // in cells, x east and y south of the raster's corner
}

// traced is a partition's borders.
type traced struct {
	raster
	borders []border
}

// Borders run through the middles of cell edges instead of along them, then are
// smoothed. No point moves further than slackCells: segments that do not share a
// point are at least half a cell apart before, so they cannot meet.
const (
	slackCells   = 0.24
	smoothPasses = 4
)

// trace draws the borders of a partition.
func (r raster) trace(labels []int32) *traced {
	t := &traced{raster: r}
	w := r.w + 1 // corners in a row
	// Directions at a corner: east, south, west, north; the cells right and left
	// of each, relative to the corner's south-east cell.
	steps := [4][2]int{{1, 0}, {0, 1}, {-1, 0}, {0, -1}}
	rightOf := [4][2]int{{0, 0}, {-1, 0}, {-1, -1}, {0, -1}}
	leftOf := [4][2]int{{0, -1}, {0, 0}, {-1, 0}, {-1, -1}}
	sides := func(corner, d int) (left, right int32) {
		i, j := corner%w, corner/w
		return r.label(labels, i+leftOf[d][0], j+leftOf[d][1]), r.label(labels, i+rightOf[d][0], j+rightOf[d][1])
	}
	degree := func(corner int) (n int) {
		for d := range 4 {
			if a, b := sides(corner, d); a != b {
				n++
			}
		}
		return n
	}
	drawn := make([]uint8, w*(r.h+1)) // bit d: the edge that leaves in direction d
	walk := func(corner, d int) {
		b := border{from: corner}
		b.left, b.right = sides(corner, d)
		closed := degree(corner) == 2
		if !closed {
			b.line = append(b.line, orb.Point{float64(corner % w), float64(corner / w)})
		}
		at := corner
		for {
			drawn[at] |= 1 << d
			b.line = append(b.line, orb.Point{
				float64(at%w) + float64(steps[d][0])/2, float64(at/w) + float64(steps[d][1])/2,
			})
			at += steps[d][1]*w + steps[d][0]
			drawn[at] |= 1 << ((d + 2) % 4)
			if at == corner || degree(at) != 2 {
				break
			}
			for turn := range 4 {
				if turn == (d+2)%4 {
					continue
				}
				if x, y := sides(at, turn); x != y {
					d = turn
					break
				}
			}
		}
		b.to = at
		if closed {
			b.line = append(b.line, b.line[0])
		} else {
			b.line = append(b.line, orb.Point{float64(at % w), float64(at / w)})
		}
		b.line = straightened(smoothed(b.line, closed))
		t.borders = append(t.borders, b)
	}
	for _, junctions := range []bool{true, false} {
		for corner := range drawn {
			if n := degree(corner); n == 0 || (n != 2) != junctions {
				continue
			}
			for d := range 4 {
				if a, b := sides(corner, d); a != b && drawn[corner]&(1<<d) == 0 {
					walk(corner, d)
				}
			}
		}
	}
	return t
}

// smoothed evens a line out within slackCells. The ends of an open line stay.
func smoothed(line []orb.Point, closed bool) []orb.Point {
	n := len(line)
	out, next := append([]orb.Point(nil), line...), make([]orb.Point, n)
	for range smoothPasses {
		copy(next, out)
		for k := range n {
			a, b := k-1, k+1
			if k == 0 || k == n-1 {
				if !closed {
					continue
				}
				a, b = n-2, 1
			}
			for c := range 2 {
				v := (out[a][c] + 2*out[k][c] + out[b][c]) / 4
				// Half the slack's square in each direction keeps within its circle.
				const limit = slackCells * 0.7071
				next[k][c] = min(max(v, line[k][c]-limit), line[k][c]+limit)
			}
		}
		out, next = next, out
	}
	return out
}

// polygons gives the outline of every group of labels; group gives a label's
// group, or outside. Outer rings run counter-clockwise, holes clockwise.
func (t *traced) polygons(groups int, group func(label int32) int32) []orb.MultiPolygon {
	type piece struct {
		*border
		reversed bool
	}
	pieces := make([][]piece, groups)
	for k := range t.borders {
		b := &t.borders[k]
		left, right := group(b.left), group(b.right)
		if left == right {
			continue
		}
		if left != outside {
			pieces[left] = append(pieces[left], piece{b, false})
		}
		if right != outside {
			pieces[right] = append(pieces[right], piece{b, true})
		}
	}
	out := make([]orb.MultiPolygon, groups)
	for g, own := range pieces {
		start := make(map[int]int, len(own)) // corner → piece that leaves it
		for k, p := range own {
			if p.reversed {
				start[p.to] = k
			} else {
				start[p.from] = k
			}
		}
		used := make([]bool, len(own))
		var outer, holes []orb.Ring
		for k := range own {
			var ring orb.Ring
			for !used[k] {
				used[k] = true
				p := own[k]
				line := p.line
				n := len(line)
				for i := range n {
					pt := line[i]
					if p.reversed {
						pt = line[n-1-i]
					}
					if i > 0 || len(ring) == 0 {
						ring = append(ring, t.place(pt))
					}
				}
				end := p.to
				if p.reversed {
					end = p.from
				}
				k = start[end]
			}
			if ring == nil {
				continue
			}
			if ring.Orientation() == orb.CCW {
				outer = append(outer, ring)
			} else {
				holes = append(holes, ring)
			}
		}
		for _, o := range outer {
			out[g] = append(out[g], orb.Polygon{o})
		}
		// Groups are connected, so the holes are all the one polygon's.
		if len(out[g]) > 0 {
			out[g][0] = append(out[g][0], holes...)
		}
	}
	return out
}

// place turns cells into degrees, rounded to the 6 decimals that are written, so
// that what is checked here is what a reader sees.
func (t *traced) place(p orb.Point) orb.Point {
	half := float64(t.stepSec) / 2
	return rounded(orb.Point{
		(float64(t.westSec) - half + p[0]*float64(t.stepSec)) / 3600,
		(float64(t.northSec) + half - p[1]*float64(t.stepSec)) / 3600,
	})
}

// straightened leaves out the points on a straight line between their neighbours.
// Coordinates in cells are small dyadic fractions: the test is exact.
func straightened(line []orb.Point) []orb.Point {
	out := line[:1:1]
	for k := 1; k < len(line)-1; k++ {
		a, b, c := out[len(out)-1], line[k], line[k+1]
		if (b[0]-a[0])*(c[1]-a[1]) != (b[1]-a[1])*(c[0]-a[0]) {
			out = append(out, b)
		}
	}
	return append(out, line[len(line)-1])
}
