package hexgrid

import (
	"fmt"
	"math"
	"slices"

	"github.com/covgap/covgap/geo/geodesy"
	"github.com/paulmach/orb"
	"github.com/uber/h3-go/v4"
)

// maxCells bounds the answer of [Fill] and [Within]: 2 GiB of cells. Cao Bang at
// resolution 12 is 22 million.
const maxCells = 1 << 28

// Fill gives the cells of the resolution whose centre lies inside the polygon or
// multipolygon, in order of their index, each once. A geometry too small or too
// narrow to hold any centre gives the cells that it overlaps instead, so that a
// village smaller than a hexagon is never lost.
//
// Edges are straight in longitude and latitude, as in RFC 7946, holes are
// respected, the direction of rings does not matter, and of two polygons with a
// common edge exactly one gets a centre that lies on it. An edge that spans more
// than 180° of longitude is taken the short way round, across the antimeridian.
//
// The error is ErrGeometry for another type of geometry, an empty one, or a ring
// around a pole; ErrPosition for a coordinate that is not a longitude and
// latitude; ErrResolution; or ErrTooMany.
func Fill(g orb.Geometry, resolution int) ([]Cell, error) {
	var mp orb.MultiPolygon
	switch g := g.(type) {
	case orb.Polygon:
		mp = orb.MultiPolygon{g}
	case orb.MultiPolygon:
		mp = g
	case nil:
		return nil, fmt.Errorf("%w: none given", ErrGeometry)
	default:
		return nil, fmt.Errorf("%w: %s", ErrGeometry, g.GeoJSONType())
	}
	if resolution < 0 || resolution > MaxResolution {
		return nil, fmt.Errorf("%w: %d", ErrResolution, resolution)
	}
	if len(mp) == 0 {
		return nil, fmt.Errorf("%w: it is empty", ErrGeometry)
	}
	var cells []Cell
	for _, p := range mp {
		o, err := newOutline(p)
		if err != nil {
			return nil, err
		}
		if cells, err = descend(cells, o, o.middle, o.radiusM, resolution); err != nil {
			return nil, err
		}
	}
	if len(cells) == 0 {
		for _, p := range mp {
			var err error
			if cells, err = appendOverlapping(cells, p, resolution); err != nil {
				return nil, err
			}
		}
	}
	slices.Sort(cells) // one polygon comes in order, several need not
	return slices.Compact(cells), nil
}

// Within gives the cells of the resolution whose centre lies within radiusM
// metres of p along the geodesic, in order of their index: none when the radius
// is small and no centre is near; [At] always gives one.
//
// The error is ErrPosition, ErrRadius, ErrResolution or ErrTooMany.
func Within(p orb.Point, radiusM float64, resolution int) ([]Cell, error) {
	if resolution < 0 || resolution > MaxResolution {
		return nil, fmt.Errorf("%w: %d", ErrResolution, resolution)
	}
	if !onEarth(p) {
		return nil, fmt.Errorf("%w: %v, %v", ErrPosition, p.Lon(), p.Lat())
	}
	if !(radiusM >= 0) { // also NaN
		return nil, fmt.Errorf("%w: %v", ErrRadius, radiusM)
	}
	return descend(nil, disc{center: p, radiusM: radiusM}, p, radiusM, resolution)
}

// relation of a region to all points within some distance of a position.
type relation uint8

const (
	apart relation = iota // none of them is in the region
	inside
	mixed // some may be
)

// region is a set of positions. With reachM = 0 the relation is never mixed.
type region interface {
	relation(p orb.Point, reachM float64) relation
}

// descend appends the cells of the resolution whose centre lies in r, a region
// within radiusM metres of the position middle. It starts from cells about as
// large as the region and follows their children, so that the work grows with the
// length of the region's border and not with its area.
func descend(dst []Cell, r region, middle orb.Point, radiusM float64, resolution int) ([]Cell, error) {
	starts, err := cover(middle, radiusM, resolution)
	if err != nil {
		return nil, err
	}
	for _, c := range starts {
		if dst, err = visit(dst, r, c, c.Resolution(), resolution); err != nil {
			return nil, err
		}
	}
	return dst, nil
}

func visit(dst []Cell, r region, c Cell, at, resolution int) ([]Cell, error) {
	var reachM float64
	if at < resolution {
		reachM = descendantsReach * EdgeM(at)
	}
	switch r.relation(c.Center(), reachM) {
	case apart:
		return dst, nil
	case inside:
		n := c.childCount(resolution)
		if len(dst)+n > maxCells {
			return nil, ErrTooMany
		}
		return appendChildren(slices.Grow(dst, n), c, resolution), nil
	}
	var children [7]Cell
	var err error
	for _, child := range appendChildren(children[:0], c, at+1) {
		if dst, err = visit(dst, r, child, at+1, resolution); err != nil {
			return nil, err
		}
	}
	return dst, nil
}

// descendantsReach times the average edge of a cell's resolution is further than
// the centre of any of its descendants lies from its own. With edge e, a child's
// centre is at √3·e/√7 and each further resolution adds 1/√7 of that: 1.05·e in
// all, and 1.09·e where H3's projection makes cells larger than the average.
const descendantsReach = 1.25

// cover gives cells, in order, of one resolution not finer than the given one,
// among which are the ancestors of every cell whose centre lies within radiusM of
// middle.
//
// Cells four steps from another are at least 6 edges away, 4.19 average edges near
// a pentagon, where they are smallest. A position is at most 1.11 from the centre
// of its cell, the ancestor of another at most 1.09 from that: 1.9 are left, and a
// margin.
func cover(middle orb.Point, radiusM float64, resolution int) ([]Cell, error) {
	for at := resolution; at >= 0; at-- {
		if radiusM > 1.9*EdgeM(at) {
			continue
		}
		c, err := At(middle, at)
		if err != nil {
			return nil, err
		}
		return c.Disk(3), nil
	}
	cs, err := h3.Res0Cells()
	if err != nil {
		return nil, fmt.Errorf("hexgrid: base cells: %w", err)
	}
	return fromH3(cs), nil
}

// disc is the region within a distance of a position.
type disc struct {
	center  orb.Point
	radiusM float64
}

func (d disc) relation(p orb.Point, reachM float64) relation {
	distM := geodesy.Distance(d.center, p)
	switch {
	case distM+reachM <= d.radiusM:
		return inside
	case distM-reachM > d.radiusM:
		return apart
	}
	return mixed
}

// outline is the region inside a polygon. Its edges are sorted into bands of
// latitude, so that a position is tested against the few edges beside it.
type outline struct {
	edges   []edge
	bands   [][]int32 // per band, the edges that touch it
	south   float64
	bandDeg float64
	bound   orb.Bound // in continuous longitude
	middle  orb.Point
	radiusM float64 // from middle to beyond every point of the outline
}

// edge of an outline, from its southern end to its northern. The fixed order
// makes the edge that two polygons have in common the same numbers in both.
type edge struct{ lon0, lat0, lon1, lat1 float64 }

func newOutline(p orb.Polygon) (*outline, error) {
	if len(p) == 0 || len(p[0]) == 0 {
		return nil, fmt.Errorf("%w: a polygon has no ring", ErrGeometry)
	}
	o := &outline{bound: orb.Bound{Min: orb.Point{math.Inf(1), math.Inf(1)}, Max: orb.Point{math.Inf(-1), math.Inf(-1)}}}
	var climbDeg float64 // sum of the edges' extent in latitude
	for _, ring := range p {
		if len(ring) == 0 {
			continue
		}
		for _, q := range ring {
			if !onEarth(q) {
				return nil, fmt.Errorf("%w: %v, %v", ErrPosition, q.Lon(), q.Lat())
			}
		}
		// Every ring starts beside the first point of the outer one, a hole
		// included, and goes on continuously.
		first := orb.Point{near(ring[0][0], p[0][0][0]), ring[0][1]}
		a := first
		for i := 1; i <= len(ring); i++ {
			b := ring[i%len(ring)] // the last step closes a ring that is not closed
			b[0] = near(b[0], a[0])
			o.bound = o.bound.Extend(a)
			climbDeg += math.Abs(b[1] - a[1])
			switch {
			case a[1] < b[1]:
				o.edges = append(o.edges, edge{a[0], a[1], b[0], b[1]})
			case a[1] > b[1]:
				o.edges = append(o.edges, edge{b[0], b[1], a[0], a[1]})
			case a[0] != b[0]: // level: crossed by no parallel, but part of the border
				o.edges = append(o.edges, edge{a[0], a[1], b[0], b[1]})
			}
			a = b
		}
		if math.Abs(a[0]-first[0]) > 180 {
			return nil, fmt.Errorf("%w: a ring goes around a pole", ErrGeometry)
		}
	}
	o.middle = orb.Point{math.Remainder((o.bound.Min[0]+o.bound.Max[0])/2, 360), (o.bound.Min[1] + o.bound.Max[1]) / 2}
	if o.bound.Max[0]-o.bound.Min[0] > 90 {
		o.radiusM = math.Inf(1) // no simple bound on the distance; cover falls back on the whole earth
	} else {
		// The furthest point of a box less than 180° wide is one of its corners,
		// or on a parallel side that bends towards the equator: 1 % covers that.
		for _, q := range (orb.Polygon{o.bound.ToRing()})[0] {
			q[0] = math.Remainder(q[0], 360)
			o.radiusM = max(o.radiusM, 1.01*geodesy.Distance(o.middle, q))
		}
	}
	o.index(climbDeg)
	return o, nil
}

// index sorts the edges into bands, as many as keep the sum of the bands' sizes
// within five times the number of edges.
func (o *outline) index(climbDeg float64) {
	o.south = o.bound.Min[1]
	heightDeg := o.bound.Max[1] - o.south
	n := 1
	if heightDeg > 0 {
		n = max(1, int(4*float64(len(o.edges))*heightDeg/climbDeg))
		n = min(n, len(o.edges))
	}
	o.bandDeg = heightDeg / float64(n)
	o.bands = make([][]int32, n)
	for i, e := range o.edges {
		for b := o.band(e.lat0); b <= o.band(e.lat1); b++ {
			o.bands[b] = append(o.bands[b], int32(i))
		}
	}
}

// band gives the number of the band of a latitude, the nearest for one outside.
func (o *outline) band(lat float64) int {
	if o.bandDeg == 0 || lat <= o.south {
		return 0
	}
	return min(int((lat-o.south)/o.bandDeg), len(o.bands)-1)
}

// relation compares the outline with the box around the points within reachM of p.
func (o *outline) relation(p orb.Point, reachM float64) relation {
	p[0] = near(p[0], (o.bound.Min[0]+o.bound.Max[0])/2)
	if reachM > 0 {
		box := capBound(p, reachM)
		if box.Max[1] < o.bound.Min[1] || box.Min[1] > o.bound.Max[1] {
			return apart
		}
		if box.Max[0] < o.bound.Min[0] || box.Min[0] > o.bound.Max[0] {
			// The box may reach the outline from the other side of the earth.
			if box.Max[0]-360 < o.bound.Min[0] && box.Min[0]+360 > o.bound.Max[0] {
				return apart
			}
			return mixed
		}
		if box.Max[0]-box.Min[0] > 180 || o.touches(box) {
			return mixed
		}
	}
	if o.contains(p) {
		return inside
	}
	return apart
}

// touches says whether the bounds of some edge meet the box.
func (o *outline) touches(box orb.Bound) bool {
	for b := o.band(box.Min[1]); b <= o.band(box.Max[1]); b++ {
		for _, i := range o.bands[b] {
			e := &o.edges[i]
			if e.lat0 <= box.Max[1] && e.lat1 >= box.Min[1] &&
				min(e.lon0, e.lon1) <= box.Max[0] && max(e.lon0, e.lon1) >= box.Min[0] {
				return true
			}
		}
	}
	return false
}

// contains counts the edges east of p: inside when odd. An edge owns its southern
// end and not its northern, so that a corner counts once.
func (o *outline) contains(p orb.Point) bool {
	if p[1] < o.bound.Min[1] || p[1] > o.bound.Max[1] {
		return false
	}
	odd := false
	for _, i := range o.bands[o.band(p[1])] {
		e := &o.edges[i]
		if e.lat0 <= p[1] && p[1] < e.lat1 &&
			p[0] < e.lon0+(p[1]-e.lat0)/(e.lat1-e.lat0)*(e.lon1-e.lon0) {
			odd = !odd
		}
	}
	return odd
}

// meanRadiusM is the mean radius of WGS 84. The half percent by which the
// ellipsoid departs from it lies within the margin of descendantsReach.
const meanRadiusM = 6371008.8

// capBound is the bound of the points within reachM of p, in longitudes
// continuous around p. Around a pole it is all longitudes.
func capBound(p orb.Point, reachM float64) orb.Bound {
	reach := reachM / meanRadiusM
	dLat := reach * 180 / math.Pi
	b := orb.Bound{Min: orb.Point{p[0] - 180, p[1] - dLat}, Max: orb.Point{p[0] + 180, p[1] + dLat}}
	if b.Min[1] > -90 && b.Max[1] < 90 {
		dLon := math.Asin(math.Sin(reach)/math.Cos(p[1]*math.Pi/180)) * 180 / math.Pi
		b.Min[0], b.Max[0] = p[0]-dLon, p[0]+dLon
	}
	return b
}

// appendOverlapping appends the cells that the polygon has any point in common
// with.
func appendOverlapping(dst []Cell, p orb.Polygon, resolution int) ([]Cell, error) {
	// The cells under the corners of the ring stand for a polygon without area,
	// a village drawn as one repeated point.
	for _, q := range p[0] {
		c, err := At(q, resolution)
		if err != nil {
			return nil, err
		}
		dst = append(dst, c)
	}
	cs, err := h3.PolygonToCellsExperimental(toH3(p), resolution, h3.ContainmentOverlapping)
	if err != nil {
		return nil, fmt.Errorf("hexgrid: cells under a small polygon: %w", err)
	}
	return append(dst, fromH3(cs)...), nil
}

func toH3(p orb.Polygon) h3.GeoPolygon {
	loop := func(r orb.Ring) h3.GeoLoop {
		l := make(h3.GeoLoop, len(r))
		for i, q := range r {
			l[i] = h3.NewLatLng(q.Lat(), q.Lon())
		}
		return l
	}
	g := h3.GeoPolygon{GeoLoop: loop(p[0])}
	for _, r := range p[1:] {
		g.Holes = append(g.Holes, loop(r))
	}
	return g
}

// onEarth says whether p is a longitude and latitude. The comparisons are false
// for NaN.
func onEarth(p orb.Point) bool {
	return p.Lat() >= -90 && p.Lat() <= 90 && p.Lon() >= -180 && p.Lon() <= 180
}
