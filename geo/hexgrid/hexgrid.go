// Package hexgrid is the grid of hexagons on which coverage is computed: Uber's
// H3 (https://h3geo.org), behind types of its own. It is the only importer of
// h3-go, and so the only package that needs a C compiler.
//
// H3's hierarchy is approximate: a child's centre can lie a little outside its
// parent's outline.
package hexgrid

import (
	"errors"
	"fmt"

	"github.com/paulmach/orb"
	"github.com/uber/h3-go/v4"
)

// MaxResolution is the finest resolution of H3.
const MaxResolution = 15

// Errors of this package.
var (
	ErrResolution = errors.New("hexgrid: resolution outside 0 to 15")
	ErrPosition   = errors.New("hexgrid: position outside longitude -180 to 180, latitude -90 to 90")
	ErrIndex      = errors.New("hexgrid: not an H3 index")
)

// Cell is an H3 index. The zero Cell is none.
type Cell uint64

// Parse reads the 15-digit hexadecimal form of an index, such as "8a2a1072b59ffff".
func Parse(s string) (Cell, error) {
	c := Cell(h3.IndexFromString(s))
	if !c.Valid() {
		return 0, fmt.Errorf("%w: %q", ErrIndex, s)
	}
	return c, nil
}

// String gives the hexadecimal form, as it stands in files.
func (c Cell) String() string { return h3.IndexToString(uint64(c)) }

// Valid says whether c is an index of H3.
func (c Cell) Valid() bool { return h3.Cell(c).IsValid() }

// Resolution is the resolution of c, 0 to 15.
func (c Cell) Resolution() int { return h3.Cell(c).Resolution() }

// At gives the cell that holds p.
func At(p orb.Point, resolution int) (Cell, error) {
	if resolution < 0 || resolution > MaxResolution {
		return 0, fmt.Errorf("%w: %d", ErrResolution, resolution)
	}
	// The negated form also refuses NaN.
	if !(p.Lat() >= -90 && p.Lat() <= 90 && p.Lon() >= -180 && p.Lon() <= 180) {
		return 0, fmt.Errorf("%w: %v, %v", ErrPosition, p.Lon(), p.Lat())
	}
	c, err := h3.LatLngToCell(h3.NewLatLng(p.Lat(), p.Lon()), resolution)
	if err != nil {
		return 0, fmt.Errorf("hexgrid: cell at %v, %v: %w", p.Lon(), p.Lat(), err)
	}
	return Cell(c), nil
}

// Center gives the centre of the cell. It panics on an invalid cell.
func (c Cell) Center() orb.Point {
	ll, err := h3.CellToLatLng(h3.Cell(c))
	if err != nil {
		panic(fmt.Sprintf("hexgrid: centre of %x: %v", uint64(c), err))
	}
	return orb.Point{ll.Lng, ll.Lat}
}

// Parent gives the cell of the coarser resolution that c belongs to. It panics
// when resolution is finer than c or c is invalid.
func (c Cell) Parent(resolution int) Cell {
	p, err := h3.Cell(c).Parent(resolution)
	if err != nil {
		panic(fmt.Sprintf("hexgrid: parent %d of %x: %v", resolution, uint64(c), err))
	}
	return Cell(p)
}

// ChildPosition gives the 0-based position of c among the children of its
// parent at parentResolution, the order of [Cell.Children].
func (c Cell) ChildPosition(parentResolution int) int {
	pos, err := h3.CellToChildPos(h3.Cell(c), parentResolution)
	if err != nil {
		panic(fmt.Sprintf("hexgrid: child position of %x in %d: %v", uint64(c), parentResolution, err))
	}
	return pos
}

// Children gives the cells of the finer resolution that belong to c, in order of
// their index. It panics when resolution is coarser than c.
func (c Cell) Children(resolution int) []Cell {
	cs, err := h3.Cell(c).Children(resolution)
	if err != nil {
		panic(fmt.Sprintf("hexgrid: children %d of %x: %v", resolution, uint64(c), err))
	}
	return fromH3(cs)
}

func fromH3(cs []h3.Cell) []Cell {
	out := make([]Cell, 0, len(cs))
	for _, c := range cs {
		if c != 0 {
			out = append(out, Cell(c))
		}
	}
	return out
}
