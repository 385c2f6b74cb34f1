// Package habitat spreads a village over the hexes in which its people live. A
// village's polygon often takes in the mountain above it, and a signal on the
// ridge serves nobody.
package habitat

import (
	"cmp"
	"errors"
	"fmt"
	"math"
	"slices"

	"github.com/covgap/covgap/data"
	"github.com/covgap/covgap/geo/geodesy"
	"github.com/covgap/covgap/geo/hexgrid"
	"github.com/covgap/covgap/geo/terrain"
	"github.com/paulmach/orb"
)

// Rule says how the habitable hexes of a village were chosen.
type Rule string

// The rules, in the order in which they are tried.
const (
	// People: where the population map has people, and as many as it has.
	People Rule = "people"
	// BuiltUp: where the land cover is built up, and as much as it is.
	BuiltUp Rule = "built_up"
	// GentleAndLow: slope at most [MaxSlopeDeg] in the lower half of the village's relief.
	GentleAndLow Rule = "gentle_and_low"
	// All: every hex, because nothing is known of them or none is gentle and low.
	All Rule = "all"
)

// MaxSlopeDeg is the steepest ground that people are taken to live on where neither
// people nor built-up land are known. It is a convention of this program.
const MaxSlopeDeg = 15.0

// ErrGeometry is the cause when a village has no polygon and no point with a radius.
var ErrGeometry = errors.New("habitat: village without polygon or radius")

// WeightedHex is a hex with its share of a village's weight.
type WeightedHex struct {
	Cell   hexgrid.Cell
	Weight float64 // people, or square metres: see [data.Village.Weight]
}

// Land is what is known of where people live. The zero Land knows nothing.
type Land struct {
	People  map[hexgrid.Cell]float64 // of hexes, of the resolution asked for
	BuiltUp map[hexgrid.Cell]float64 // share of hexes, or any measure of how much of each is built up
	Terrain *terrain.Grid
}

// Spread gives the habitable hexes of v in order of their index, with their shares of
// v's weight, which sum to it within rounding. By the rules [People] and [BuiltUp] a
// hex has a share as the map has people or buildings in it, by the others all have the
// same. Heights and slopes are taken at the hexes' centres; a hex where Terrain knows
// none is habitable only under [All].
//
// A village smaller than a hex has the hexes it overlaps, or the one that holds its
// point. The error is [ErrGeometry], or hexgrid's about geometry and resolution.
func (l *Land) Spread(v *data.Village, resolution int) ([]WeightedHex, Rule, error) {
	cells, err := cover(v, resolution)
	if err != nil {
		return nil, "", fmt.Errorf("habitat: village %s: %w", v.ID, err)
	}
	weight, _ := v.Weight()
	for _, m := range []struct {
		rule Rule
		at   map[hexgrid.Cell]float64
	}{{People, l.People}, {BuiltUp, l.BuiltUp}} {
		if hexes := proportional(cells, m.at, weight); hexes != nil {
			return hexes, m.rule, nil
		}
	}
	rule := All
	if l.Terrain != nil {
		if kept := gentleAndLow(cells, l.Terrain); len(kept) > 0 {
			cells, rule = kept, GentleAndLow
		}
	}
	out := make([]WeightedHex, len(cells))
	for i, c := range cells {
		out[i] = WeightedHex{Cell: c, Weight: weight / float64(len(cells))}
	}
	return out, rule, nil
}

// PeopleOf gives the people that the map has in the hexes of a village, 0 without a
// map and for a village without geometry.
func (l *Land) PeopleOf(v *data.Village, resolution int) float64 {
	cells, err := cover(v, resolution)
	if err != nil {
		return 0
	}
	var sum float64
	for _, c := range cells {
		sum += l.People[c]
	}
	return sum
}

// proportional gives the cells in which there is something, weighted by it; nil when
// there is nothing in any.
func proportional(cells []hexgrid.Cell, at map[hexgrid.Cell]float64, weight float64) []WeightedHex {
	var hexes []WeightedHex
	var sum float64
	for _, c := range cells {
		if n := at[c]; n > 0 {
			hexes = append(hexes, WeightedHex{Cell: c, Weight: n})
			sum += n
		}
	}
	for i := range hexes {
		hexes[i].Weight *= weight / sum
	}
	return hexes
}

// cover gives the hexes of a village, habitable or not.
func cover(v *data.Village, resolution int) ([]hexgrid.Cell, error) {
	switch g := v.Geometry.(type) {
	case orb.Polygon, orb.MultiPolygon:
		return hexgrid.Fill(g, resolution)
	case orb.Point:
		if v.RadiusM <= 0 {
			return nil, ErrGeometry
		}
		cells, err := hexgrid.Within(g, v.RadiusM, resolution)
		if err != nil || len(cells) > 0 {
			return cells, err
		}
		c, err := hexgrid.At(g, resolution)
		return []hexgrid.Cell{c}, err
	}
	return nil, ErrGeometry
}

// gentleAndLow keeps the hexes whose ground is at most MaxSlopeDeg steep and no
// higher than halfway between the lowest and the highest centre.
func gentleAndLow(cells []hexgrid.Cell, grid *terrain.Grid) []hexgrid.Cell {
	heights := make([]float64, len(cells))
	low, high := math.Inf(1), math.Inf(-1)
	for i, c := range cells {
		heights[i] = grid.At(c.Center())
		if !math.IsNaN(heights[i]) {
			low, high = min(low, heights[i]), max(high, heights[i])
		}
	}
	var kept []hexgrid.Cell
	for i, c := range cells {
		// Comparisons with NaN are false.
		if heights[i] <= (low+high)/2 && grid.SlopeDeg(c.Center()) <= MaxSlopeDeg {
			kept = append(kept, c)
		}
	}
	return kept
}

// Center gives the hex that stands for a village under the rule of the centre
// point: the one that holds the stated centre, else the heaviest of hexes; of
// equals the one nearest to their weighted centre, then the lowest index. It panics
// when there are no hexes.
func Center(v *data.Village, hexes []WeightedHex) (hexgrid.Cell, error) {
	if v.Center != nil {
		c, err := hexgrid.At(*v.Center, hexes[0].Cell.Resolution())
		if err != nil {
			return 0, fmt.Errorf("habitat: centre of village %s: %w", v.ID, err)
		}
		return c, nil
	}
	middle := weightedCentre(hexes)
	distanceM := func(h WeightedHex) float64 { return geodesy.Distance(h.Cell.Center(), middle) }
	best := slices.MinFunc(hexes, func(a, b WeightedHex) int {
		if c := cmp.Compare(b.Weight, a.Weight); c != 0 {
			return c
		}
		return cmp.Or(cmp.Compare(distanceM(a), distanceM(b)), cmp.Compare(a.Cell, b.Cell))
	})
	return best.Cell, nil
}

// weightedCentre averages the centres on the plane, relative to the first so that
// the antimeridian does not matter.
func weightedCentre(hexes []WeightedHex) orb.Point {
	first := hexes[0].Cell.Center()
	var x, y, sum float64
	for _, h := range hexes {
		p := h.Cell.Center()
		x += h.Weight * math.Remainder(p[0]-first[0], 360)
		y += h.Weight * (p[1] - first[1])
		sum += h.Weight
	}
	if sum == 0 {
		return first
	}
	return orb.Point{math.Remainder(first[0]+x/sum, 360), first[1] + y/sum}
}
