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
	"math"
	"slices"

	"github.com/covgap/covgap/geo/geodesy"
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
	ErrGeometry   = errors.New("hexgrid: not a polygon that can be filled")
	ErrRadius     = errors.New("hexgrid: radius is not a number of metres of zero or more")
	ErrTooMany    = errors.New("hexgrid: more than 268,435,456 cells")
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
	if !onEarth(p) {
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
	if err != nil || c == 0 { // H3 takes 0 for its first base cell
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
// their index. It panics when resolution is coarser than c or not H3's, or when c
// is invalid.
func (c Cell) Children(resolution int) []Cell {
	if !c.Valid() || resolution < c.Resolution() || resolution > MaxResolution {
		panic(fmt.Sprintf("hexgrid: children %d of %x", resolution, uint64(c)))
	}
	return appendChildren(make([]Cell, 0, c.childCount(resolution)), c, resolution)
}

// childCount is the number of cells of the finer resolution that belong to c.
func (c Cell) childCount(resolution int) int {
	n := 1 // 7^k, k resolutions down
	for range resolution - c.Resolution() {
		n *= 7
	}
	if c.pentagon() {
		return 1 + 5*(n-1)/6
	}
	return n
}

func (c Cell) pentagon() bool { return h3.Cell(c).IsPentagon() }

// The layout of an index (https://h3geo.org/docs/core-library/h3Indexing/): bits
// 52 to 55 hold the resolution, and three bits for each resolution from 1 (bits 42
// to 44) to 15 (bits 0 to 2) say which of the seven children the cell lies in.
const (
	resolutionShift = 52
	digitBits       = 3
	digitMask       = 7
	firstSkipped    = 1 // the child a pentagon lacks
)

// appendChildren appends the descendants of c at the resolution to dst in order
// of their index, by counting through the digits: without a call of H3 for each.
func appendChildren(dst []Cell, c Cell, resolution int) []Cell {
	return appendDigits(dst, c, c.Resolution(), resolution, c.pentagon())
}

func appendDigits(dst []Cell, c Cell, from, to int, pentagon bool) []Cell {
	if from == to {
		return append(dst, c)
	}
	from++
	shift := digitBits * (MaxResolution - from)
	base := c&^(0xF<<resolutionShift|digitMask<<shift) | Cell(from)<<resolutionShift
	for digit := range Cell(7) {
		if pentagon && digit == firstSkipped {
			continue
		}
		dst = appendDigits(dst, base|digit<<shift, from, to, pentagon && digit == 0)
	}
	return dst
}

// Centers gives the centre of each cell, in the order of cells. It panics on an
// invalid cell.
func Centers(cells []Cell) []orb.Point {
	ps := make([]orb.Point, len(cells))
	for i, c := range cells {
		ps[i] = c.Center()
	}
	return ps
}

// Boundary gives the outline of the cell as RFC 7946 wants a ring: closed and
// counter-clockwise, six corners, or more where an edge crosses the icosahedron.
// Longitudes are continuous: a cell across the antimeridian reaches beyond 180 or
// -180, to be cut by whoever writes it to a file. The outline of the two cells
// that hold a pole is not a ring of the plane. It panics on an invalid cell.
func (c Cell) Boundary() orb.Ring {
	b, err := h3.CellToBoundary(h3.Cell(c))
	if err != nil || c == 0 {
		panic(fmt.Sprintf("hexgrid: outline of %x: %v", uint64(c), err))
	}
	r := make(orb.Ring, 0, len(b)+1)
	for i, ll := range b {
		lon := ll.Lng
		if i > 0 {
			lon = near(lon, r[i-1][0])
		}
		r = append(r, orb.Point{lon, ll.Lat})
	}
	return append(r, r[0])
}

// near gives the longitude equal to lon modulo 360 that lies within 180 of ref.
func near(lon, ref float64) float64 {
	if d := lon - ref; d > 180 || d < -180 {
		return lon - 360*math.Round(d/360)
	}
	return lon
}

// Disk gives the cells at most k steps from c, c included, in order of their
// index. It panics when k is negative or c is invalid.
func (c Cell) Disk(k int) []Cell {
	if k < 0 {
		panic(fmt.Sprintf("hexgrid: disk of %d steps", k))
	}
	cs, err := h3.GridDisk(h3.Cell(c), k)
	if err != nil {
		panic(fmt.Sprintf("hexgrid: disk %d of %x: %v", k, uint64(c), err))
	}
	out := fromH3(cs)
	slices.Sort(out)
	return out
}

// AreaM2 gives the area of the cell on the WGS 84 ellipsoid in square metres.
// H3's own figure is for a sphere and differs by up to 0.5 %. It panics on an
// invalid cell.
func (c Cell) AreaM2() float64 { return geodesy.AreaM2(c.Boundary()) }

// EdgeM gives the average edge length of the cells of a resolution in metres: 76
// at resolution 10. It panics on a resolution that is not H3's.
func EdgeM(resolution int) float64 {
	m, err := h3.HexagonEdgeLengthAvgM(resolution)
	if err != nil {
		panic(fmt.Sprintf("hexgrid: edge of resolution %d: %v", resolution, err))
	}
	return m
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
