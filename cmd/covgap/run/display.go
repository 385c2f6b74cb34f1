package run

import (
	"cmp"
	"slices"

	"github.com/covgap/covgap/data"
	"github.com/covgap/covgap/geo/hexgrid"
)

// DisplayHexes is the most hexes that coverage.geojson shows: beyond it, GeoJSON
// is painful in every tool.
const DisplayHexes = 100_000

// displayed is a hex as it is shown, and the place in the grid whose values stand
// for it.
type displayed struct {
	cell  hexgrid.Cell
	index int
}

// shown gives what display does, grouping the grid once for all outputs.
func (c *Coverage) shown() (hexes []displayed, resolution int) {
	if c.hexesShown == nil {
		c.hexesShown, c.resolutionShown = c.display()
	}
	return c.hexesShown, c.resolutionShown
}

// display gives the hexes to show, in order of their index: those of the grid, or
// of the finest coarser resolution with at most DisplayHexes. A parent is shown
// with the values of one of its hexes: of the class most of them have (of equals
// the worse), the one with the median level.
func (c *Coverage) display() (hexes []displayed, resolution int) {
	resolution = c.Grid.Resolution()
	cells := c.Grid.Cells()
	if len(cells) <= DisplayHexes {
		hexes = make([]displayed, len(cells))
		for i, cell := range cells {
			hexes[i] = displayed{cell, i}
		}
		return hexes, resolution
	}
	var groups map[hexgrid.Cell][]int
	for len(groups) == 0 || len(groups) > DisplayHexes {
		resolution--
		groups = map[hexgrid.Cell][]int{}
		for i, cell := range cells {
			p := cell.Parent(resolution)
			groups[p] = append(groups[p], i)
		}
	}
	for parent, members := range groups {
		hexes = append(hexes, displayed{parent, c.typical(members)})
	}
	slices.SortFunc(hexes, func(a, b displayed) int { return cmp.Compare(a.cell, b.cell) })
	return hexes, resolution
}

// typical picks the member that stands for a group of the grid's hexes.
func (c *Coverage) typical(members []int) int {
	byClass := map[data.Class][]int{}
	for _, i := range members {
		byClass[c.Hexes.Class[i]] = append(byClass[c.Hexes.Class[i]], i)
	}
	var most []int
	for _, class := range []data.Class{data.None, data.Weak, data.Served} {
		if len(byClass[class]) > len(most) {
			most = byClass[class]
		}
	}
	slices.SortFunc(most, func(a, b int) int {
		return cmp.Or(cmp.Compare(c.levelDBm(a), c.levelDBm(b)), cmp.Compare(a, b))
	})
	return most[len(most)/2]
}
