package crs

import "math"

// datum relates a geodetic datum to WGS 84 by seven parameters between geocentric
// coordinates, in the coordinate frame convention (EPSG method 1032).
type datum struct {
	a, f       float64 // ellipsoid: semi-major axis in metres, flattening
	dx, dy, dz float64 // translation, metres
	rx, ry, rz float64 // rotation, radians
	ds         float64 // scale difference, as a ratio
}

const arcSecond = degree / 3600

var (
	// vn2000 is EPSG:6960, VN-2000 to WGS 84 (2), stated accuracy 1 m.
	vn2000 = datum{
		a: wgs84A, f: wgs84F,
		dx: -191.90441429, dy: -39.30318279, dz: -111.45032835,
		rx: -0.00928836 * arcSecond, ry: 0.01975479 * arcSecond, rz: -0.00427372 * arcSecond,
		ds: 0.252906278e-6,
	}
	// ch1903plus is EPSG:1676, CH1903+ to WGS 84 (1), stated accuracy 1 m.
	ch1903plus = datum{a: besselA, f: besselF, dx: 674.374, dy: 15.056, dz: 405.346}
)

func (d *datum) toWGS84(lonDeg, latDeg float64) (lon, lat float64) {
	x, y, z := geocentric(lonDeg, latDeg, d.a, d.f)
	s := 1 + d.ds
	return geodeticOf(
		d.dx+s*(x+d.rz*y-d.ry*z),
		d.dy+s*(-d.rz*x+y+d.rx*z),
		d.dz+s*(d.ry*x-d.rx*y+z),
		wgs84A, wgs84F)
}

func (d *datum) fromWGS84(lonDeg, latDeg float64) (lon, lat float64) {
	x, y, z := geocentric(lonDeg, latDeg, wgs84A, wgs84F)
	s := 1 + d.ds
	x, y, z = (x-d.dx)/s, (y-d.dy)/s, (z-d.dz)/s
	// The transpose undoes so small a rotation: what is left is its square, 1e-13.
	return geodeticOf(
		x-d.rz*y+d.ry*z,
		d.rz*x+y-d.rx*z,
		-d.ry*x+d.rx*y+z,
		d.a, d.f)
}

// geocentric gives the coordinates of a point on the ellipsoid in metres: x
// towards longitude 0 on the equator, z towards the north pole.
func geocentric(lonDeg, latDeg, a, f float64) (x, y, z float64) {
	e2 := f * (2 - f)
	sinLat, cosLat := math.Sincos(latDeg * degree)
	sinLon, cosLon := math.Sincos(lonDeg * degree)
	nu := a / math.Sqrt(1-e2*sinLat*sinLat) // radius of curvature in the prime vertical
	return nu * cosLat * cosLon, nu * cosLat * sinLon, nu * (1 - e2) * sinLat
}

// geodeticOf gives longitude and latitude in degrees of a geocentric point by
// Bowring's formula ("Transformation from spatial to geographical coordinates",
// Survey Review 23, 1976). Within a kilometre of the ellipsoid one step is exact to
// float64.
func geodeticOf(x, y, z, a, f float64) (lonDeg, latDeg float64) {
	e2 := f * (2 - f)
	p := math.Hypot(x, y)
	sinBeta, cosBeta := math.Sincos(math.Atan2(z, (1-f)*p)) // reduced latitude
	lat := math.Atan2(
		z+e2/(1-e2)*(1-f)*a*sinBeta*sinBeta*sinBeta,
		p-e2*a*cosBeta*cosBeta*cosBeta)
	return math.Atan2(y, x) / degree, lat / degree
}
