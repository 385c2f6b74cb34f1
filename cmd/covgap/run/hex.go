package run

import (
	"sync"

	"github.com/covgap/covgap/cmd/covgap/output"
	"github.com/covgap/covgap/geo/hexgrid"
	"github.com/paulmach/orb"
)

// Shown is a hex of the grid, or a parent of some, and the place in the grid whose
// values stand for it.
type Shown struct {
	Cell  hexgrid.Cell
	Index int
}

// At gives the grid at a resolution, its own or a coarser one, in order of the cells.
// A parent is shown with the values of one of its hexes, see [Coverage.Typical].
func (c *Coverage) At(resolution int) []Shown {
	cells := c.Grid.Cells()
	var out []Shown
	// Cells of one parent follow each other in the order of the index.
	for from := 0; from < len(cells); {
		parent, to := cells[from], from+1
		if resolution < c.Grid.Resolution() {
			parent = cells[from].Parent(resolution)
			for to < len(cells) && cells[to].Parent(resolution) == parent {
				to++
			}
		}
		out = append(out, Shown{parent, from})
		if to > from+1 {
			out[len(out)-1].Index = c.Typical(from, to)
		}
		from = to
	}
	return out
}

// keepOutlines computes the outlines of the grid's hexes once for all outputs, on so
// many workers; they take some 140 bytes a hex. Of a grid larger than
// output.FullGridHexes, which few outputs show whole, it keeps none.
func (c *Coverage) keepOutlines(workers int) {
	cells := c.Grid.Cells()
	if c.outlines != nil || len(cells) > output.FullGridHexes {
		return
	}
	outlines := make([]orb.Ring, len(cells))
	var work sync.WaitGroup
	for w := range workers {
		work.Go(func() {
			for i := w * len(cells) / workers; i < (w+1)*len(cells)/workers; i++ {
				outlines[i] = cells[i].Boundary()
			}
		})
	}
	work.Wait()
	c.outlines = outlines
}

// outline gives the outline of a hex.
func (c *Coverage) outline(h Shown) orb.Ring {
	if c.outlines != nil && h.Cell == c.Grid.Cells()[h.Index] {
		return c.outlines[h.Index]
	}
	return h.Cell.Boundary()
}
