package table

import (
	"errors"
	"fmt"

	"github.com/paulmach/orb"
)

// ErrGeometry says that a geometry is empty, not in longitude and latitude, or not of
// the type that a file has.
var ErrGeometry = errors.New("table: geometry cannot be written")

// Normalise gives a geometry as files have it: a ring as a polygon, rings closed,
// outer ones counter-clockwise and holes clockwise (RFC 7946, section 3.1.6), in its
// Multi form when multi asks for it. g is not changed; what needs no change is shared
// with it. The error, for a geometry that is missing, empty, of fewer positions than
// its type takes, beyond longitude and latitude or a collection, wraps [ErrGeometry].
func Normalise(g orb.Geometry, multi bool) (orb.Geometry, error) {
	switch g := g.(type) {
	case orb.Point:
		if multi {
			return orb.MultiPoint{g}, positions(orb.MultiPoint{g}, 1)
		}
		return g, positions([]orb.Point{g}, 1)
	case orb.MultiPoint:
		return g, positions(g, 1)
	case orb.LineString:
		if multi {
			return orb.MultiLineString{g}, positions(g, 2)
		}
		return g, positions(g, 2)
	case orb.MultiLineString:
		for _, l := range g {
			if err := positions(l, 2); err != nil {
				return nil, err
			}
		}
		return g, parts(len(g))
	case orb.Ring:
		return Normalise(orb.Polygon{g}, multi)
	case orb.Polygon:
		p, err := polygon(g)
		if multi {
			return orb.MultiPolygon{p}, err
		}
		return p, err
	case orb.MultiPolygon:
		out := make(orb.MultiPolygon, len(g))
		for i := range g {
			var err error
			if out[i], err = polygon(g[i]); err != nil {
				return nil, err
			}
		}
		return out, parts(len(g))
	case nil:
		return nil, fmt.Errorf("%w: there is none", ErrGeometry)
	}
	return nil, fmt.Errorf("%w: %s", ErrGeometry, g.GeoJSONType())
}

func parts(n int) error {
	if n == 0 {
		return fmt.Errorf("%w: empty", ErrGeometry)
	}
	return nil
}

func positions(points []orb.Point, least int) error {
	if len(points) < least {
		return fmt.Errorf("%w: %d positions where at least %d are needed", ErrGeometry, len(points), least)
	}
	for _, p := range points {
		if !(p[0] >= -180 && p[0] <= 180 && p[1] >= -90 && p[1] <= 90) { // so that NaN fails too
			return fmt.Errorf("%w: %v, %v is no longitude and latitude", ErrGeometry, p[0], p[1])
		}
	}
	return nil
}

func polygon(p orb.Polygon) (orb.Polygon, error) {
	if err := parts(len(p)); err != nil {
		return nil, err
	}
	out := make(orb.Polygon, len(p))
	for i, r := range p {
		if n := len(r); n > 0 && r[0] != r[n-1] {
			r = append(r[:n:n], r[0])
		}
		if err := positions(r, 4); err != nil {
			return nil, err
		}
		if o := r.Orientation(); i == 0 && o == orb.CW || i > 0 && o == orb.CCW {
			r = r.Clone()
			r.Reverse()
		}
		out[i] = r
	}
	return out, nil
}
