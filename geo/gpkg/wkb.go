package gpkg

import (
	"encoding/binary"
	"errors"
	"fmt"
	"math"

	"github.com/covgap/covgap/geo"
	"github.com/paulmach/orb"
)

var errShort = errors.New("a geometry shorter than its counts")

// maxNesting bounds collections in collections.
const maxNesting = 8

// decode reads a geometry as section 2.1.3 of the standard has it. Heights and
// measures are dropped; an empty geometry is nil.
func decode(b []byte) (orb.Geometry, error) {
	if len(b) < 8 || b[0] != 'G' || b[1] != 'P' {
		return nil, errors.New("a geometry without the letters GP")
	}
	envelope, ok := map[byte]int{0: 0, 1: 32, 2: 48, 3: 48, 4: 64}[b[3]>>1&7]
	if !ok || len(b) < 8+envelope {
		return nil, errShort
	}
	if empty := b[3]&(1<<4) != 0; empty {
		return nil, nil
	}
	d := wkbDecoder{b: b[8+envelope:]}
	return d.geometry(0)
}

// wkbDecoder reads well-known binary in its ISO and its extended form.
type wkbDecoder struct {
	b     []byte
	order binary.ByteOrder
	size  int // of a position
}

func (d *wkbDecoder) uint32() (uint32, error) {
	if len(d.b) < 4 {
		return 0, errShort
	}
	v := d.order.Uint32(d.b)
	d.b = d.b[4:]
	return v, nil
}

// header reads byte order and type.
func (d *wkbDecoder) header() (uint32, error) {
	if len(d.b) < 5 {
		return 0, errShort
	}
	d.order = binary.BigEndian
	if d.b[0] == 1 {
		d.order = binary.LittleEndian
	}
	d.b = d.b[1:]
	kind, err := d.uint32()
	if err != nil {
		return 0, err
	}
	const z, m, srid = 1 << 31, 1 << 30, 1 << 29 // extended form
	d.size = 16
	if kind&z != 0 {
		d.size += 8
	}
	if kind&m != 0 {
		d.size += 8
	}
	if kind&srid != 0 {
		if len(d.b) < 4 {
			return 0, errShort
		}
		d.b = d.b[4:]
	}
	kind &^= z | m | srid
	switch kind / 1000 { // ISO form
	case 1, 2:
		d.size += 8
	case 3:
		d.size += 16
	}
	return kind % 1000, nil
}

// count reads a number of things of at least so many bytes each.
func (d *wkbDecoder) count(size int) (int, error) {
	n, err := d.uint32()
	if err == nil && uint64(n)*uint64(size) > uint64(len(d.b)) {
		err = errShort
	}
	return int(n), err
}

func (d *wkbDecoder) point() (orb.Point, error) {
	if len(d.b) < d.size {
		return orb.Point{}, errShort
	}
	p := orb.Point{math.Float64frombits(d.order.Uint64(d.b)), math.Float64frombits(d.order.Uint64(d.b[8:]))}
	d.b = d.b[d.size:]
	return p, nil
}

func (d *wkbDecoder) points() ([]orb.Point, error) {
	n, err := d.count(d.size)
	if err != nil {
		return nil, err
	}
	out := make([]orb.Point, n)
	for i := range out {
		if out[i], err = d.point(); err != nil {
			return nil, err
		}
		if math.IsNaN(out[i][0]-out[i][0]) || math.IsNaN(out[i][1]-out[i][1]) { // infinities too
			return nil, fmt.Errorf("position %v", out[i])
		}
	}
	return out, nil
}

func (d *wkbDecoder) polygon() (orb.Polygon, error) {
	n, err := d.count(4)
	if err != nil {
		return nil, err
	}
	out := make(orb.Polygon, n)
	for i := range out {
		ring, err := d.points()
		if err != nil {
			return nil, err
		}
		if len(ring) < 4 || ring[0] != ring[len(ring)-1] {
			return nil, fmt.Errorf("a ring of %d positions that is not closed", len(ring))
		}
		out[i] = ring
	}
	return out, nil
}

// geometry reads one; depth counts the collections around it.
func (d *wkbDecoder) geometry(depth int) (orb.Geometry, error) {
	if depth > maxNesting {
		return nil, errors.New("collections nested too deep")
	}
	kind, err := d.header()
	if err != nil {
		return nil, err
	}
	switch kind {
	case 1:
		p, err := d.point()
		if err != nil || math.IsNaN(p[0]-p[0]) || math.IsNaN(p[1]-p[1]) { // NaN stands for an empty point
			return nil, err
		}
		return p, nil
	case 2:
		points, err := d.points()
		if err != nil || len(points) == 0 {
			return nil, err
		}
		return orb.LineString(points), nil
	case 3:
		polygon, err := d.polygon()
		if err != nil || len(polygon) == 0 {
			return nil, err
		}
		return polygon, nil
	case 4, 5, 6, 7:
		return d.collection(kind, depth)
	}
	return nil, fmt.Errorf("geometry type %d", kind)
}

// collection reads the members of a multi geometry; a collection of one kind becomes
// the multi geometry of it.
func (d *wkbDecoder) collection(kind uint32, depth int) (orb.Geometry, error) {
	n, err := d.count(5)
	if err != nil || n == 0 {
		return nil, err
	}
	members := make([]orb.Geometry, n)
	for i := range members {
		if members[i], err = d.geometry(depth + 1); err != nil {
			return nil, err
		}
	}
	if g, ok := geo.Multi(members); ok {
		return g, nil
	}
	return nil, fmt.Errorf("a collection (type %d) of points, lines and polygons together", kind)
}
