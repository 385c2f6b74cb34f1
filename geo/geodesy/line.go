package geodesy

import (
	"math"

	"github.com/paulmach/orb"
)

// Line is a geodesic prepared for many points along it, such as the samples of a
// terrain profile: [Line.At] takes a few nanoseconds where [Destination] takes
// most of a microsecond.
//
// It interpolates longitude and latitude with polynomials of the fourth degree
// through five points of the true geodesic. Between latitudes -70 and 70 it stays
// within 0.2 mm of the geodesic on lines of up to 100 km, and within 20 cm on
// lines of up to 400 km. Longitude is no smooth function near a pole: Line is not
// for lines that reach beyond latitude 80.
type Line struct {
	LengthM    float64
	AzimuthDeg float64 // at the start, clockwise from true north within [0, 360)
	perHalf    float64 // 2/LengthM, 0 for a line without length
	lon, lat   quartic
}

// NewLine gives the shortest geodesic from a to b.
func NewLine(a, b orb.Point) Line {
	distanceM, azimuthDeg := Inverse(a, b)
	return newLine(a, b, azimuthDeg, distanceM)
}

// NewRay gives the geodesic of lengthM metres that leaves p with azimuthDeg,
// degrees clockwise from true north.
func NewRay(p orb.Point, azimuthDeg, lengthM float64) Line {
	return newLine(p, Destination(p, azimuthDeg, lengthM), NormalizeAzimuth(azimuthDeg), lengthM)
}

func newLine(a, b orb.Point, azimuthDeg, lengthM float64) Line {
	// Chebyshev's points of the second kind: the ends are among them.
	nodes := [5]orb.Point{
		a,
		Destination(a, azimuthDeg, lengthM*(1-math.Sqrt2/2)/2),
		Destination(a, azimuthDeg, lengthM/2),
		Destination(a, azimuthDeg, lengthM*(1+math.Sqrt2/2)/2),
		b,
	}
	var lon, lat [5]float64
	for i, q := range nodes {
		lon[i], lat[i] = a[0]+math.Remainder(q[0]-a[0], 360), q[1]
	}
	l := Line{LengthM: lengthM, AzimuthDeg: azimuthDeg, lon: interpolate(lon), lat: interpolate(lat)}
	if lengthM > 0 {
		l.perHalf = 2 / lengthM
	}
	return l
}

// At gives the point at distanceM metres from the start, 0 to LengthM. Beyond the
// ends it extrapolates and loses the accuracy stated for [Line].
func (l *Line) At(distanceM float64) orb.Point {
	t := distanceM*l.perHalf - 1
	lon := l.lon.at(t)
	if lon > 180 {
		lon -= 360
	} else if lon < -180 {
		lon += 360
	}
	return orb.Point{lon, l.lat.at(t)}
}

// quartic is a polynomial c0 + c1·t + … + c4·t⁴.
type quartic [5]float64

// interpolate gives the polynomial with the values f at t = -1, -√½, 0, √½ and 1.
// Its even and odd parts are two small systems of equations.
func interpolate(f [5]float64) quartic {
	const h = math.Sqrt2 / 2
	even1 := (f[4]+f[0])/2 - f[2] // c2 + c4
	even2 := (f[3]+f[1])/2 - f[2] // c2/2 + c4/4
	odd1 := (f[4] - f[0]) / 2     // c1 + c3
	odd2 := (f[3] - f[1]) / 2 / h // c1 + c3/2
	return quartic{f[2], 2*odd2 - odd1, 4*even2 - even1, 2 * (odd1 - odd2), 2*even1 - 4*even2}
}

func (c *quartic) at(t float64) float64 {
	return c[0] + t*(c[1]+t*(c[2]+t*(c[3]+t*c[4])))
}
