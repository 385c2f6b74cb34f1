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
	index      []int32     // of the cell that stands for each
	at         []orb.Point // centres, in worlds
	reach      float64     // from a centre to a corner at most, in worlds
	bins       bins
}

// NewHexagons makes a layer of cells of one resolution in ascending order, as H3 sorts
// them, so that the children of a cell stand together. Of the children cells[lo:hi] of
// a shown parent, typical says which is shown in its place. Properties gives what a
// tile says of cell i; its values are text, numbers and booleans.
func NewHexagons(name string, cells []hexgrid.Cell, typical func(lo, hi int) int, properties func(i int) geojson.Properties) *Hexagons {
	h := &Hexagons{name: name, properties: properties}
	if len(cells) == 0 {
		return h
	}
	finest := cells[0].Resolution()
	for resolution := min(coarsest, finest); resolution < min(finest, coarsest+3); resolution++ {
		var parents []hexgrid.Cell
		var index []int32
		for lo := 0; lo < len(cells); {
			parent, hi := cells[lo].Parent(resolution), lo+1
			for hi < len(cells) && cells[hi].Parent(resolution) == parent {
				hi++
			}
			parents, index = append(parents, parent), append(index, int32(typical(lo, hi)))
			lo = hi
		}
		h.levels = append(h.levels, newHexLevel(parents, index))
	}
	if finest <= coarsest+3 {
		index := make([]int32, len(cells))
		for i := range index {
			index[i] = int32(i)
		}
		h.levels = append(h.levels, newHexLevel(slices.Clone(cells), index))
	}
	return h
}

func newHexLevel(cells []hexgrid.Cell, index []int32) hexLevel {
	l := hexLevel{resolution: cells[0].Resolution(), cells: cells, index: index, at: make([]orb.Point, len(cells))}
	mostLat := 0.0
	for i, c := range cells {
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
		out.Features = append(out.Features, feature(orb.Polygon{ring}, h.properties(int(l.index[i]))))
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
