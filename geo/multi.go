package geo

import "github.com/paulmach/orb"

// Multi gives geometries as one multi geometry: nil when there are none but nil. It is
// false when they are of several kinds, points, lines and polygons counting as one with
// their multi forms.
func Multi(parts []orb.Geometry) (orb.Geometry, bool) {
	var points orb.MultiPoint
	var lines orb.MultiLineString
	var polygons orb.MultiPolygon
	for _, g := range parts {
		switch g := g.(type) {
		case orb.Point:
			points = append(points, g)
		case orb.LineString:
			lines = append(lines, g)
		case orb.Polygon:
			polygons = append(polygons, g)
		case orb.MultiPoint:
			points = append(points, g...)
		case orb.MultiLineString:
			lines = append(lines, g...)
		case orb.MultiPolygon:
			polygons = append(polygons, g...)
		}
	}
	switch some := [...]bool{len(points) > 0, len(lines) > 0, len(polygons) > 0}; some {
	case [...]bool{true, false, false}:
		return points, true
	case [...]bool{false, true, false}:
		return lines, true
	case [...]bool{false, false, true}:
		return polygons, true
	case [...]bool{false, false, false}:
		return nil, true
	}
	return nil, false
}
