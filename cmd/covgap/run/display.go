package run

import (
	"cmp"
	"slices"

	"github.com/covgap/covgap/data"
)

// DisplayHexes is the most hexes that coverage.geojson shows: beyond it, GeoJSON
// is painful in every tool.
const DisplayHexes = 100_000

// shown gives the hexes that coverage.geojson shows, grouping the grid once for all
// outputs: those of the grid, or of the finest coarser resolution with at most
// DisplayHexes.
func (c *Coverage) shown() (hexes []Shown, resolution int) {
	if c.hexesShown == nil {
		c.resolutionShown = c.Grid.Resolution()
		if c.Grid.Len() > DisplayHexes {
			c.resolutionShown--
		}
		for c.hexesShown = c.At(c.resolutionShown); len(c.hexesShown) > DisplayHexes; c.hexesShown = c.At(c.resolutionShown) {
			c.resolutionShown--
		}
	}
	return c.hexesShown, c.resolutionShown
}

// Typical picks the hex that stands for the grid's hexes lo to hi-1, which share a
// parent: of the class that most of them have (of equals the worse), the one with the
// median level.
func (c *Coverage) Typical(lo, hi int) int {
	byClass := map[data.Class][]int{}
	for i := lo; i < hi; i++ {
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
