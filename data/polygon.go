package data

import (
	"fmt"
	"math"

	"github.com/covgap/covgap/geo"
	"github.com/paulmach/orb"
	"github.com/paulmach/orb/planar"
	"github.com/peterstace/simplefeatures/geom"
	"github.com/tidwall/rtree"
)

// leastAreaM2 is the area under which a polygon is taken for a line or point: no
// settlement is smaller than a house.
const leastAreaM2 = 1.0

// polygons gives the parts of a polygon or multipolygon, nil for other geometry.
func polygons(g orb.Geometry) orb.MultiPolygon {
	switch g := g.(type) {
	case orb.Polygon:
		return orb.MultiPolygon{g}
	case orb.MultiPolygon:
		return g
	}
	return nil
}

// outline reads the polygons of a row: positions converted, checked for validity
// and area.
func (r *row) outline(mp orb.MultiPolygon) orb.MultiPolygon {
	out := make(orb.MultiPolygon, 0, len(mp))
	first := true
	for _, p := range mp {
		if len(p) == 0 {
			continue
		}
		q := make(orb.Polygon, len(p))
		for i, ring := range p {
			q[i] = make(orb.Ring, len(ring))
			for j, pt := range ring {
				var e *geo.InputError
				if first { // one look a row at where it lies, the others only have to convert
					q[i][j], e = r.rd.locator.locate(pt)
					first = false
				} else {
					q[i][j], e = r.rd.locator.vertex(pt)
				}
				if e != nil {
					r.fail("geometry", geo.Field{}, e)
					return nil
				}
			}
		}
		out = append(out, q)
	}
	if len(out) == 0 {
		r.fail("geometry", geo.Field{}, &geo.InputError{Found: "an empty polygon", Expected: "a polygon", Err: ErrGeometry})
		return nil
	}
	if e := invalid(out); e != nil {
		r.fail("geometry", geo.Field{}, e)
		return nil
	}
	return out
}

// area reads the geometry of a row that must be an area.
func (r *row) area() orb.MultiPolygon {
	switch g := r.f.Geometry.(type) {
	case orb.Polygon, orb.MultiPolygon:
		return r.outline(polygons(g))
	case nil:
		r.fail("geometry", geo.Field{}, &geo.InputError{
			Found: "no geometry", Expected: "a polygon", Hint: "a table holds no outlines: save the layer as GeoJSON", Err: ErrGeometry,
		})
	default:
		r.fail("geometry", geo.Field{}, &geo.InputError{Found: "a " + g.GeoJSONType(), Expected: "a polygon", Err: ErrGeometry})
	}
	return nil
}

// invalid says what is wrong with polygons, nil for nothing.
func invalid(mp orb.MultiPolygon) *geo.InputError {
	err := toGeom(mp).Validate()
	if err != nil {
		if p, ok := crossing(mp); ok {
			return &geo.InputError{
				Found:    fmt.Sprintf("a polygon whose outline crosses itself at %.6f, %.6f", p[0], p[1]),
				Expected: "a valid polygon", Hint: "repair it, in QGIS with Fix geometries", Err: ErrGeometry,
			}
		}
	}
	for _, p := range mp {
		if area := flatAreaM2(p[0]); area < leastAreaM2 {
			return &geo.InputError{
				Found: fmt.Sprintf("a polygon of %.2g m² at %s", area, pairText(p[0][0])), Expected: "an area", Err: ErrGeometry,
			}
		}
	}
	if err != nil {
		return &geo.InputError{
			Found: err.Error(), Expected: "a valid polygon", Hint: "repair it, in QGIS with Fix geometries", Err: ErrGeometry,
		}
	}
	return nil
}

// flatAreaM2 is the area of a ring in the plane of longitude and latitude. On the
// ellipsoid a line that runs along a parallel and back in other steps has an area.
func flatAreaM2(r orb.Ring) float64 {
	const metresPerDegree = 111195 // of a great circle on the mean sphere
	return math.Abs(planar.Area(r)) * metresPerDegree * metresPerDegree * math.Cos(r[0][1]*math.Pi/180)
}

func toGeom(mp orb.MultiPolygon) geom.MultiPolygon {
	parts := make([]geom.Polygon, len(mp))
	for i, p := range mp {
		rings := make([]geom.LineString, len(p))
		for j, r := range p {
			xy := make([]float64, 0, 2*len(r))
			for _, pt := range r {
				xy = append(xy, pt[0], pt[1])
			}
			rings[j] = geom.NewLineString(geom.NewSequence(xy, geom.DimXY))
		}
		parts[i] = geom.NewPolygon(rings)
	}
	return geom.NewMultiPolygon(parts)
}

func fromGeom(g geom.Geometry) orb.MultiPolygon {
	var parts []geom.Polygon
	switch g.Type() {
	case geom.TypePolygon:
		parts = []geom.Polygon{g.MustAsPolygon()}
	case geom.TypeMultiPolygon:
		mp := g.MustAsMultiPolygon()
		for i := range mp.NumPolygons() {
			parts = append(parts, mp.PolygonN(i))
		}
	}
	out := make(orb.MultiPolygon, 0, len(parts))
	for _, p := range parts {
		var q orb.Polygon
		for _, ring := range p.DumpRings() {
			seq := ring.Coordinates()
			r := make(orb.Ring, seq.Length())
			for i := range r {
				xy := seq.GetXY(i)
				r[i] = orb.Point{xy.X, xy.Y}
			}
			q = append(q, r)
		}
		out = append(out, q)
	}
	return out
}

// merge unites the parts of one area. The parts of a valid union stay as they are
// where the overlay fails.
func merge(a, b orb.MultiPolygon) orb.MultiPolygon {
	u, err := geom.Union(toGeom(a).AsGeometry(), toGeom(b).AsGeometry())
	if err == nil {
		if mp := fromGeom(u); len(mp) > 0 {
			return mp
		}
	}
	return append(append(orb.MultiPolygon{}, a...), b...)
}

// crossing finds the first place, along the outline, where two edges cross or
// overlap that are not neighbours.
func crossing(mp orb.MultiPolygon) (orb.Point, bool) {
	type edge struct {
		a, b       orb.Point
		ring       int
		at, length int
	}
	var edges []edge
	rings := 0
	for _, p := range mp {
		for _, r := range p {
			start := len(edges)
			for i := 1; i < len(r); i++ {
				if r[i] != r[i-1] {
					edges = append(edges, edge{a: r[i-1], b: r[i], ring: rings, at: len(edges) - start})
				}
			}
			for i := start; i < len(edges); i++ {
				edges[i].length = len(edges) - start
			}
			rings++
		}
	}
	var tree rtree.RTreeG[int]
	for i, e := range edges {
		lo := orb.Point{math.Min(e.a[0], e.b[0]), math.Min(e.a[1], e.b[1])}
		hi := orb.Point{math.Max(e.a[0], e.b[0]), math.Max(e.a[1], e.b[1])}
		var at orb.Point
		found := false
		tree.Search(lo, hi, func(_, _ [2]float64, j int) bool {
			f := edges[j]
			if e.ring == f.ring {
				if gap := e.at - f.at; gap == 1 || gap == e.length-1 {
					return true
				}
			}
			at, found = intersection(e.a, e.b, f.a, f.b)
			return !found
		})
		if found {
			return at, true
		}
		tree.Insert(lo, hi, i)
	}
	return orb.Point{}, false
}

// intersection gives the point that the segments ab and cd share. Two rings may
// touch in a point, so common end points do not count.
func intersection(a, b, c, d orb.Point) (orb.Point, bool) {
	if a == c || a == d || b == c || b == d {
		return orb.Point{}, false
	}
	cross := func(o, p, q orb.Point) float64 { return (p[0]-o[0])*(q[1]-o[1]) - (p[1]-o[1])*(q[0]-o[0]) }
	d1, d2 := cross(c, d, a), cross(c, d, b)
	d3, d4 := cross(a, b, c), cross(a, b, d)
	if (d1 > 0) == (d2 > 0) && d1 != 0 && d2 != 0 || (d3 > 0) == (d4 > 0) && d3 != 0 && d4 != 0 || d1 == d2 {
		return orb.Point{}, false
	}
	t := d1 / (d1 - d2)
	return orb.Point{a[0] + t*(b[0]-a[0]), a[1] + t*(b[1]-a[1])}, true
}

// vertex converts a further coordinate pair of a row whose first was located.
func (l *locator) vertex(raw orb.Point) (orb.Point, *geo.InputError) {
	p, err := l.convert(raw)
	if err == nil && isLonLat(p) {
		return p, nil
	}
	e := &geo.InputError{Found: pairText(raw), Expected: "longitude -180 to 180, latitude -90 to 90", Err: ErrCoordinates}
	if err != nil {
		e.Expected, e.Hint = "a coordinate of "+l.code, err.Error()
	}
	return p, e
}
