package geodesy

import (
	"math"

	"github.com/paulmach/orb"
)

// Pad widens a bound by at least so many metres on every side, and by little more:
// for a whole province, not for a continent. It ends at the poles and at the
// antimeridian.
func Pad(b orb.Bound, m float64) orb.Bound {
	const polarDeg = 89                                      // nearer to a pole a degree of longitude has hardly a length
	latDeg := m / Distance(orb.Point{0, 0}, orb.Point{0, 1}) // a degree is shortest at the equator
	poleward := min(max(math.Abs(b.Min.Lat()), math.Abs(b.Max.Lat()))+latDeg, polarDeg)
	lonDeg := m / Distance(orb.Point{0, poleward}, orb.Point{1, poleward})
	return orb.Bound{
		Min: orb.Point{max(b.Min.Lon()-lonDeg, -180), max(b.Min.Lat()-latDeg, -90)},
		Max: orb.Point{min(b.Max.Lon()+lonDeg, 180), min(b.Max.Lat()+latDeg, 90)},
	}
}
