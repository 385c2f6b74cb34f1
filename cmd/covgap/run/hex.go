package run

import "github.com/covgap/covgap/geo/hexgrid"

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
