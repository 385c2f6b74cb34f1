package flatgeobuf

import (
	"encoding/binary"
	"errors"
	"fmt"
	"math"

	"github.com/covgap/covgap/geo"
	"github.com/paulmach/orb"
)

var errShort = errors.New("a table that points outside its bytes")

// maxNesting bounds geometries in geometries.
const maxNesting = 8

// flat reads one FlatBuffer and believes nothing it says: a reference or count that
// its bytes do not bear out sets bad, and gives zero.
type flat struct {
	b   []byte
	bad bool

	// What tables may still be read, and positions: tables that several references
	// share would otherwise multiply without end.
	tables, positions int
}

func newFlat(b []byte) *flat {
	return &flat{b: b, tables: len(b)/8 + 1, positions: len(b) / 16}
}

// bytes gives n bytes at a place.
func (f *flat) bytes(at, n int) []byte {
	if at < 0 || n < 0 || at > len(f.b)-n {
		f.bad = true
		return make([]byte, 8)[:min(n, 8)]
	}
	return f.b[at : at+n]
}

func (f *flat) uint16(at int) int    { return int(binary.LittleEndian.Uint16(f.bytes(at, 2))) }
func (f *flat) uint32(at int) uint32 { return binary.LittleEndian.Uint32(f.bytes(at, 4)) }

// follow gives the place that a reference points to.
func (f *flat) follow(at int) int {
	to := at + int(f.uint32(at))
	if to <= at || to > len(f.b)-4 {
		f.bad = true
		return 0
	}
	return to
}

// field gives the place of a field of a table, 0 when it is not there.
func (f *flat) field(table, slot int) int {
	vtable := table - int(int32(f.uint32(table)))
	size := f.uint16(vtable)
	if f.bad || 4+2*slot+2 > size {
		return 0
	}
	offset := f.uint16(vtable + 4 + 2*slot)
	if offset == 0 {
		return 0
	}
	return table + offset
}

// table gives the table that a field refers to, 0 when it is not there.
func (f *flat) table(table, slot int) int {
	at := f.field(table, slot)
	if at == 0 {
		return 0
	}
	if f.tables--; f.tables < 0 {
		f.bad = true
		return 0
	}
	return f.follow(at)
}

// vector gives the place of the first element of a vector and their count.
func (f *flat) vector(table, slot, size int) (first, count int) {
	at := f.field(table, slot)
	if at == 0 {
		return 0, 0
	}
	at = f.follow(at)
	n := int64(f.uint32(at))
	if f.bad || n*int64(size) > int64(len(f.b)-at-4) {
		f.bad = true
		return 0, 0
	}
	return at + 4, int(n)
}

func (f *flat) text(table, slot int) string {
	first, count := f.vector(table, slot, 1)
	return string(f.bytes(first, count))
}

func (f *flat) uint8(table, slot int) int {
	if at := f.field(table, slot); at != 0 {
		return int(f.bytes(at, 1)[0])
	}
	return 0
}

// column is a column of the header or of a feature.
type column struct {
	name string
	kind int
}

// columns reads a vector of columns; nil when there is none.
func (f *flat) columns(table, slot int) []column {
	first, count := f.vector(table, slot, 4)
	out := make([]column, 0, count)
	for i := range count {
		if f.tables--; f.tables < 0 {
			f.bad = true
		}
		c := f.follow(first + 4*i)
		if f.bad {
			return nil
		}
		out = append(out, column{name: f.text(c, columnName), kind: f.uint8(c, columnType)})
	}
	return out
}

// geometry reads a geometry; kind is the file's, which holds where the geometry names
// none. An empty geometry is nil.
func (f *flat) geometry(table, kind, depth int) (orb.Geometry, error) {
	if depth > maxNesting {
		return nil, errors.New("geometries nested too deep")
	}
	if k := f.uint8(table, geometryType); k != anyGeometry {
		kind = k
	}
	if kind == multiPolygon || kind == collection {
		return f.parts(table, kind, depth)
	}
	points, err := f.points(table)
	if err != nil || len(points) == 0 {
		return nil, err
	}
	switch kind {
	case point:
		if len(points) > 1 {
			return nil, fmt.Errorf("a point of %d positions", len(points))
		}
		return points[0], nil
	case multiPoint:
		return orb.MultiPoint(points), nil
	case lineString:
		return orb.LineString(points), nil
	case multiLineString:
		lines, err := f.split(table, points)
		return orb.MultiLineString(lines), err
	case polygon:
		rings, err := f.split(table, points)
		out := make(orb.Polygon, len(rings))
		for i, r := range rings {
			if len(r) < 4 || r[0] != r[len(r)-1] {
				return nil, fmt.Errorf("a ring of %d positions that is not closed", len(r))
			}
			out[i] = orb.Ring(r)
		}
		return out, err
	}
	return nil, fmt.Errorf("geometry type %d", kind)
}

// points reads the coordinates of a geometry.
func (f *flat) points(table int) ([]orb.Point, error) {
	first, count := f.vector(table, geometryXY, 8)
	if count%2 != 0 {
		return nil, fmt.Errorf("%d coordinates", count)
	}
	if f.positions -= count / 2; f.bad || f.positions < 0 {
		return nil, errShort
	}
	out := make([]orb.Point, count/2)
	for i := range out {
		out[i] = orb.Point{f.double(first + 16*i), f.double(first + 16*i + 8)}
		if math.IsNaN(out[i][0]-out[i][0]) || math.IsNaN(out[i][1]-out[i][1]) { // infinities too
			return nil, fmt.Errorf("position %v", out[i])
		}
	}
	return out, nil
}

func (f *flat) double(at int) float64 {
	return math.Float64frombits(binary.LittleEndian.Uint64(f.bytes(at, 8)))
}

// split cuts positions where the ends say; without any they are one part.
func (f *flat) split(table int, points []orb.Point) ([]orb.LineString, error) {
	first, count := f.vector(table, geometryEnds, 4)
	if f.bad {
		return nil, errShort
	}
	if count == 0 {
		return []orb.LineString{points}, nil
	}
	out := make([]orb.LineString, count)
	start := uint32(0)
	for i := range out {
		end := f.uint32(first + 4*i)
		if end < start+2 || int64(end) > int64(len(points)) {
			return nil, fmt.Errorf("a part of positions %d to %d", start, end)
		}
		out[i] = points[start:end:end]
		start = end
	}
	if int(start) != len(points) {
		return nil, fmt.Errorf("%d positions after the last part", len(points)-int(start))
	}
	return out, nil
}

// parts reads the members of a multipolygon, or of a collection of one kind, which
// becomes the multi geometry of it.
func (f *flat) parts(table, kind, depth int) (orb.Geometry, error) {
	first, count := f.vector(table, geometryParts, 4)
	if f.tables -= count; f.bad || f.tables < 0 {
		return nil, errShort
	}
	member := anyGeometry
	if kind == multiPolygon {
		member = polygon
	}
	members := make([]orb.Geometry, count)
	for i := range count {
		part := f.follow(first + 4*i)
		if f.bad {
			return nil, errShort
		}
		var err error
		if members[i], err = f.geometry(part, member, depth+1); err != nil {
			return nil, err
		}
	}
	if g, ok := geo.Multi(members); ok {
		return g, nil
	}
	return nil, errors.New("a collection of points, lines and polygons together")
}
