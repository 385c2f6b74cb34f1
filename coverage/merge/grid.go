package merge

import (
	"cmp"
	"errors"
	"fmt"
	"slices"

	"github.com/covgap/covgap/coverage/sweep"
	"github.com/covgap/covgap/geo/geodesy"
	"github.com/covgap/covgap/geo/hexgrid"
	"github.com/paulmach/orb"
)

// ErrCells says that cells do not make a grid.
var ErrCells = errors.New("merge: invalid cells")

// Grid is the hexes on which layers are computed. Values of a layer stand in the
// order of its cells. It is immutable and safe for concurrent use.
type Grid struct {
	resolution int
	cells      []hexgrid.Cell // in order of their index
	child      []uint16       // the position of each in its block
	blocks     []span         // in order of their parents
}

// span is the cells of one block: cells[from:to].
type span struct {
	parent   hexgrid.Cell
	from, to int
}

// NewGrid makes a grid of cells in any order, each once. The error wraps ErrCells
// when there is none, when one is no cell of H3 or when their resolutions differ.
func NewGrid(cells []hexgrid.Cell) (*Grid, error) {
	if len(cells) == 0 {
		return nil, fmt.Errorf("%w: there are none", ErrCells)
	}
	sorted := slices.Clone(cells)
	slices.Sort(sorted)
	sorted = slices.Compact(sorted)
	for _, c := range sorted {
		if !c.Valid() {
			return nil, fmt.Errorf("%w: %x is not an H3 index", ErrCells, uint64(c))
		}
	}
	// The resolution stands in front of the other bits: the order shows both ends.
	lo, hi := sorted[0].Resolution(), sorted[len(sorted)-1].Resolution()
	if lo != hi {
		return nil, fmt.Errorf("%w: resolutions %d and %d", ErrCells, lo, hi)
	}
	g := &Grid{resolution: lo, cells: sorted, child: make([]uint16, len(sorted))}
	// Cells of one parent follow each other, and so do its children: one walk.
	for i := 0; i < len(sorted); {
		s := span{parent: sorted[i].Parent(sweep.ParentResolution(lo)), from: i}
		for pos, c := range s.parent.Children(lo) {
			if i < len(sorted) && sorted[i] == c {
				g.child[i] = uint16(pos)
				i++
			}
		}
		s.to = i
		g.blocks = append(g.blocks, s)
	}
	return g, nil
}

// Resolution is the H3 resolution of the cells.
func (g *Grid) Resolution() int { return g.resolution }

// Cells gives the cells in order of their index. The caller must not change them.
func (g *Grid) Cells() []hexgrid.Cell { return g.cells }

// Len is the number of cells.
func (g *Grid) Len() int { return len(g.cells) }

// Index gives the place of a cell among the grid's, and whether it is one of them.
func (g *Grid) Index(c hexgrid.Cell) (int, bool) { return slices.BinarySearch(g.cells, c) }

// span gives the cells of the block of a parent, and whether there are any.
func (g *Grid) span(parent hexgrid.Cell) (span, bool) {
	i, ok := g.blockOf(parent)
	if !ok {
		return span{}, false
	}
	return g.blocks[i], true
}

// blockOf gives the place among the blocks of that of a parent, and whether there is
// one.
func (g *Grid) blockOf(parent hexgrid.Cell) (int, bool) {
	return slices.BinarySearchFunc(g.blocks, parent, func(s span, parent hexgrid.Cell) int { return cmp.Compare(s.parent, parent) })
}

// block gives the block that holds the cell at a place in the grid.
func (g *Grid) block(place int) span {
	i, _ := slices.BinarySearchFunc(g.blocks, place, func(s span, place int) int { return cmp.Compare(s.to, place+1) })
	return g.blocks[i]
}

// Near gives the places in the grid, rising, of all cells within radiusM of one of the
// points, and of others in the same blocks.
func (g *Grid) Near(points []orb.Point, radiusM float64) []int {
	var places []int
	for _, b := range g.blocks {
		center := b.parent.Center()
		// A block reaches to its corners, and its cells a little beyond.
		reachM := 0.0
		for _, corner := range b.parent.Boundary() {
			reachM = max(reachM, 1.2*geodesy.Distance(center, corner))
		}
		near := slices.ContainsFunc(points, func(p orb.Point) bool { return geodesy.Distance(p, center) <= radiusM+reachM })
		for i := b.from; near && i < b.to; i++ {
			places = append(places, i)
		}
	}
	return places
}
