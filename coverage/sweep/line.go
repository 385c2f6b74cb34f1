package sweep

import (
	"math"

	"github.com/covgap/covgap/geo/geodesy"
	"github.com/paulmach/orb"
)

// line gives positions at even steps along a geodesic. Between knots one
// kilometre apart longitude and latitude are interpolated: the arc leaves the chord
// by L²·tan(latitude)/8R, 8 mm at 22° and 34 mm at 60°, a thousandth of a terrain
// sample.
type line struct {
	origin     orb.Point
	azimuthDeg float64
	stepM      float64
	perKnot    int // steps between knots
	knot       int // the stretch that from and to bound, -1 for none
	from, to   orb.Point
}

const knotM = 1000

func (l *line) reset(origin orb.Point, azimuthDeg, stepM float64) {
	*l = line{
		origin: origin, azimuthDeg: azimuthDeg, stepM: stepM,
		perKnot: max(1, int(knotM/stepM)),
		knot:    -1,
		to:      origin,
	}
}

// at gives the position after i steps. It is fast when i rises.
func (l *line) at(i int) orb.Point {
	k := i / l.perKnot
	if k != l.knot {
		if k == l.knot+1 {
			l.from = l.to
		} else {
			l.from = l.position(k)
		}
		l.to = l.position(k + 1)
		// Across the antimeridian longitudes stay continuous.
		l.to[0] += 360 * math.Round((l.from[0]-l.to[0])/360)
		l.knot = k
	}
	t := float64(i-k*l.perKnot) / float64(l.perKnot)
	return orb.Point{l.from[0] + (l.to[0]-l.from[0])*t, l.from[1] + (l.to[1]-l.from[1])*t}
}

func (l *line) position(knot int) orb.Point {
	if knot == 0 {
		return l.origin
	}
	return geodesy.Destination(l.origin, l.azimuthDeg, float64(knot*l.perKnot)*l.stepM)
}
