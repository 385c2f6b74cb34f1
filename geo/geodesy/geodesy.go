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
