package vectortile

import (
	"math"
	"slices"

	"github.com/covgap/covgap/geo/hexgrid"
	"github.com/paulmach/orb"
	"github.com/paulmach/orb/encoding/mvt"
	"github.com/paulmach/orb/geojson"
	"github.com/paulmach/orb/maptile"
)

// Hexagons is a layer of H3 cells. A tile shows them, or their parents, so large that
// a map has some ten thousand at a time: resolution 7 up to zoom 7, 8 up to 9, 9 at
// 10, and 10 above, but never finer than the cells.
type Hexagons struct {
	name       string
	properties func(i int) geojson.Properties
	levels     []hexLevel // from the coarsest
	shown      [][]int32  // of each level: the cell whose properties stand for each of its cells
}

// coarsest is the resolution of the smallest zooms.
const coarsest = 7

// aroundM is the equator's length, WGS 84.
const aroundM = 2 * math.Pi * 6_378_137

// longestEdge bounds the distance from a cell's centre to a corner by the mean edge:
// H3's cells differ in size by a factor of two, hence in length by 1.4.
const longestEdge = 1.5

// hexLevel is the cells of one resolution.
type hexLevel struct {
	resolution int
	cells      []hexgrid.Cell
	start      []int32     // where the children of each begin, and the end
	at         []orb.Point // centres, in worlds
	reach      float64     // from a centre to a corner at most, in worlds
	bins       bins
}

// NewHexagons makes a layer of cells of one resolution, in ascending order:
// so the children of a cell stand together. Of the cells lo to hi-1, which share a
// parent, typical says whose properties the parent is shown with. Properties gives
// what a tile says of cell i; its values are text, numbers and booleans.
func NewHexagons(name string, cells []hexgrid.Cell, typical func(lo, hi int) int, properties func(i int) geojson.Properties) *Hexagons {
	h := &Hexagons{name: name}
	if len(cells) > 0 {
		finest := cells[0].Resolution()
		for resolution := min(coarsest, finest); resolution <= min(finest, coarsest+3); resolution++ {
			h.levels = append(h.levels, newHexLevel(cells, resolution))
		}
	}
	return h.With(typical, properties)
}

// With gives a layer of the same cells that says something else of them.
func (h *Hexagons) With(typical func(lo, hi int) int, properties func(i int) geojson.Properties) *Hexagons {
	out := &Hexagons{name: h.name, properties: properties, levels: h.levels}
	for n := range h.levels {
		l := &h.levels[n]
		shown := make([]int32, len(l.cells))
		for i := range shown {
			lo, hi := int(l.start[i]), int(l.start[i+1])
			if shown[i] = int32(lo); hi-lo > 1 {
				shown[i] = int32(typical(lo, hi))
			}
		}
		out.shown = append(out.shown, shown)
	}
	return out
}

// newHexLevel groups cells by their parents of a resolution.
func newHexLevel(cells []hexgrid.Cell, resolution int) hexLevel {
	l := hexLevel{resolution: resolution}
	for i, c := range cells {
		if p := c.Parent(resolution); i == 0 || p != l.cells[len(l.cells)-1] {
			l.cells, l.start = append(l.cells, p), append(l.start, int32(i))
		}
	}
	l.start = append(l.start, int32(len(cells)))
	l.at = make([]orb.Point, len(l.cells))
	mostLat := 0.0
	for i, c := range l.cells {
		p := c.Center()
		l.at[i] = world(p)
		mostLat = max(mostLat, math.Abs(p.Lat()))
	}
	// Mercator draws a length larger the nearer it is to a pole.
	l.reach = longestEdge * hexgrid.EdgeM(l.resolution) / (aroundM * math.Cos(mostLat*math.Pi/180))
	l.bins = newBins(l.at)
	return l
}

// resolutionAt is the resolution that suits a zoom.
func resolutionAt(z maptile.Zoom) int {
	switch {
	case z <= 7:
		return coarsest
	case z <= 9:
		return coarsest + 1
	case z == 10:
		return coarsest + 2
	}
	return coarsest + 3
}

func (h *Hexagons) tile(t maptile.Tile, coarser int) (*mvt.Layer, bool) {
	out := newLayer(h.name)
	if len(h.levels) == 0 {
		return out, false
	}
	n := len(h.levels) - 1
	for n > 0 && h.levels[n].resolution > resolutionAt(t.Z) {
		n--
	}
	n = max(0, n-coarser)
	l, w := &h.levels[n], windowOf(t)
	box := w.bound().Pad(l.reach)
	l.bins.visit(box, func(i int32) {
		if !box.Contains(l.at[i]) {
			return
		}
		boundary := l.cells[i].Boundary()
		ring := make(orb.Ring, len(boundary))
		for k, p := range boundary {
			ring[k] = w.place(world(p))
		}
		// A tile's y axis points down: counter-clockwise on the globe is clockwise
		// in it, as the specification has outer rings.
		out.Features = append(out.Features, feature(orb.Polygon{ring}, h.properties(int(h.shown[n][i]))))
	})
	return out, n > 0
}

// binZoom is the zoom whose tiles are the bins: 10 km at the equator.
const binZoom = 12

// bins sorts points by tile, so that those of a tile are found.
type bins struct {
	keys  []uint64 // row and column of the bins that hold something, ascending
	start []int32  // where each begins in order, and the end
	order []int32
}

func newBins(at []orb.Point) bins {
	type entry struct {
		key uint64
		i   int32
	}
	entries := make([]entry, len(at))
	for i, p := range at {
		entries[i] = entry{binKey(binOf(p[0]), binOf(p[1])), int32(i)}
	}
	slices.SortFunc(entries, func(a, b entry) int {
		if a.key != b.key {
			if a.key < b.key {
				return -1
			}
			return 1
		}
		return int(a.i - b.i)
	})
	b := bins{order: make([]int32, len(at))}
	for n, e := range entries {
		if n == 0 || e.key != entries[n-1].key {
			b.keys, b.start = append(b.keys, e.key), append(b.start, int32(n))
		}
		b.order[n] = e.i
	}
	b.start = append(b.start, int32(len(at)))
	return b
}

func binOf(v float64) uint32 { return uint32(min(max(v, 0), 1-1e-12) * (1 << binZoom)) }

func binKey(column, row uint32) uint64 { return uint64(row)<<32 | uint64(column) }

// visit gives the points of all bins that a box touches, in order of bins.
func (b *bins) visit(box orb.Bound, do func(i int32)) {
	left, right := binOf(box.Min[0]), binOf(box.Max[0])
	for row := binOf(box.Min[1]); row <= binOf(box.Max[1]); row++ {
		n, _ := slices.BinarySearch(b.keys, binKey(left, row))
		for ; n < len(b.keys) && b.keys[n] <= binKey(right, row); n++ {
			for _, i := range b.order[b.start[n]:b.start[n+1]] {
				do(i)
			}
		}
	}
}
