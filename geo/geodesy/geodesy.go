// Package geodesy measures on the WGS 84 ellipsoid.
//
// It wraps Karney's algorithms ("Algorithms for geodesics", J. Geodesy 87, 2013,
// doi:10.1007/s00190-012-0578-z), whose error is below 15 nanometres.
package geodesy

import (
	"math"

	"github.com/paulmach/orb"
	"github.com/tidwall/geodesic"
)

// Distance gives the length in metres of the geodesic from a to b.
func Distance(a, b orb.Point) (distanceM float64) {
	geodesic.WGS84.Inverse(a.Lat(), a.Lon(), b.Lat(), b.Lon(), &distanceM, nil, nil)
	return distanceM
}

// Inverse gives the length in metres of the geodesic from a to b and its
// azimuth at a, in degrees clockwise from true north within [0, 360).
func Inverse(a, b orb.Point) (distanceM, azimuthDeg float64) {
	geodesic.WGS84.Inverse(a.Lat(), a.Lon(), b.Lat(), b.Lon(), &distanceM, &azimuthDeg, nil)
	return distanceM, NormalizeAzimuth(azimuthDeg)
}

// Destination gives the point reached from p along a geodesic that leaves with
// azimuthDeg (degrees clockwise from true north) after distanceM metres.
func Destination(p orb.Point, azimuthDeg, distanceM float64) orb.Point {
	var lat, lon float64
	geodesic.WGS84.Direct(p.Lat(), p.Lon(), azimuthDeg, distanceM, &lat, &lon, nil)
	return orb.Point{lon, lat}
}

// NormalizeAzimuth brings an angle in degrees into [0, 360).
func NormalizeAzimuth(deg float64) float64 {
	deg = math.Mod(deg, 360)
	if deg < 0 {
		deg += 360
	}
	if deg >= 360 { // -1e-15 + 360 rounds to 360
		return 0
	}
	return deg
}

// AreaM2 gives the area in square metres of a ring, polygon, multipolygon or
// bound on the ellipsoid, with geodesics between its corners; holes are
// subtracted, and the direction of rings does not matter. Any other geometry has
// none: 0. Rings are taken for smaller than a hemisphere; one that crosses itself
// gives the difference of its loops.
func AreaM2(g orb.Geometry) float64 {
	switch g := g.(type) {
	case orb.Ring:
		return ringAreaM2(g)
	case orb.Bound:
		return ringAreaM2(g.ToRing())
	case orb.Polygon:
		var sum float64
		for i, r := range g {
			if i == 0 {
				sum = ringAreaM2(r)
			} else {
				sum -= ringAreaM2(r)
			}
		}
		return sum
	case orb.MultiPolygon:
		var sum float64
		for _, p := range g {
			sum += AreaM2(p)
		}
		return sum
	}
	return 0
}

func ringAreaM2(r orb.Ring) (areaM2 float64) {
	p := geodesic.WGS84.PolygonInit(false)
	for i, q := range r {
		if i > 0 && q == r[0] && i == len(r)-1 {
			break // the library closes the ring itself
		}
		p.AddPoint(q.Lat(), q.Lon())
	}
	const clockwise, signed = false, true
	p.Compute(clockwise, signed, &areaM2, nil)
	return math.Abs(areaM2)
}
