package run

import (
	"math"

	"github.com/covgap/covgap/data"
	"github.com/covgap/covgap/geo/hexgrid"
)

// Hex is what a map shows of one hex of the grid.
type Hex struct {
	Cell  hexgrid.Cell
	Class data.Class
	// SignalDBm is the level of the layer that decides, NaN when none reaches the hex;
	// then the members below are zero.
	SignalDBm      float64
	Layer          int // in Coverage.Layers, -1 for none
	Operator       string
	Technology     data.Technology
	FrequencyMHz   float64
	SiteID         string
	SectorID       string
	Servers        int // sectors at or above the floor
	Near           bool
	AzimuthAssumed bool // the input does not say where the sector points
}

// Hex gives hex i of Coverage.Grid.
func (r *Run) Hex(i int) Hex {
	c := r.Coverage
	h := Hex{Cell: c.Grid.Cells()[i], Class: c.Hexes.Class[i], SignalDBm: math.NaN(), Layer: -1}
	if s, ok := r.server(i); ok {
		h.SignalDBm, h.Layer, h.Operator, h.Technology, h.FrequencyMHz = s.levelDBm, int(c.Hexes.Layer[i]), s.operator, s.technology, s.frequencyMHz
		h.SiteID, h.SectorID, h.Servers, h.Near, h.AzimuthAssumed = s.siteID, s.sectorID, s.servers, s.near, s.azimuthAssumed
	}
	return h
}

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
