package terrain

import (
	"math"
	"slices"

	"github.com/paulmach/orb"
)

// HighestIn gives the place and height in metres above sea level of the highest
// sample inside ring, a closed ring of longitudes and latitudes; samples on its
// edge may count as in or out. Among equals the northernmost counts, then the
// westernmost. Where no sample lies inside, as in a ring smaller than the spacing,
// it gives the mean of the ring's corners. ok is false when no height is known there.
func (g *Grid) HighestIn(ring orb.Ring) (p orb.Point, heightM float64, ok bool) {
	if len(ring) == 0 {
		return orb.Point{}, 0, false
	}
	bound := ring.Bound()
	first := max(0, int(math.Ceil((g.North-bound.Max[1])/g.StepLat)))
	last := min(g.Height-1, int(math.Floor((g.North-bound.Min[1])/g.StepLat)))
	inside := false
	best := math.Inf(-1)
	var crossings []float64
	for j := first; j <= last; j++ {
		lat := g.North - float64(j)*g.StepLat
		crossings = crossings[:0]
		for k := range ring {
			a, b := ring[k], ring[(k+1)%len(ring)]
			if (a[1] > lat) != (b[1] > lat) { // each corner belongs to one of its edges
				crossings = append(crossings, a[0]+(b[0]-a[0])*(lat-a[1])/(b[1]-a[1]))
			}
		}
		slices.Sort(crossings)
		for k := 0; k+1 < len(crossings); k += 2 {
			west := max(0, int(math.Ceil((crossings[k]-g.West)/g.StepLon)))
			east := min(g.Width-1, int(math.Floor((crossings[k+1]-g.West)/g.StepLon)))
			for i := west; i <= east; i++ {
				inside = true
				if h := float64(g.HeightsM[j*g.Width+i]); h > best {
					best, p, ok = h, orb.Point{g.West + float64(i)*g.StepLon, lat}, true
				}
			}
		}
	}
	if inside {
		if !ok {
			best = 0
		}
		return p, best, ok
	}
	p = center(ring)
	if heightM = g.At(p); math.IsNaN(heightM) {
		return orb.Point{}, 0, false
	}
	return p, heightM, true
}

// center is the mean of the corners of a closed ring.
func center(ring orb.Ring) orb.Point {
	corners := ring
	if len(ring) > 1 && ring[0] == ring[len(ring)-1] {
		corners = ring[1:]
	}
	var c orb.Point
	for _, q := range corners {
		c[0] += q[0] / float64(len(corners))
		c[1] += q[1] / float64(len(corners))
	}
	return c
}

// SlopeDeg gives the slope of the ground in degrees from the horizontal at the
// sample nearest to p, from its eight neighbours by Horn's method (B.K.P. Horn,
// "Hill shading and the reflectance map", Proc. IEEE 69(1), 1981, p. 19,
// doi:10.1109/PROC.1981.11918). It is NaN where one of them is missing.
func (g *Grid) SlopeDeg(p orb.Point) float64 {
	x := math.Round((p[0] - g.West) / g.StepLon)
	y := math.Round((g.North - p[1]) / g.StepLat)
	if !(x >= 1 && y >= 1 && x <= float64(g.Width-2) && y <= float64(g.Height-2)) {
		return math.NaN()
	}
	k := int(y)*g.Width + int(x)
	h := func(rows, columns int) float64 { return float64(g.HeightsM[k+rows*g.Width+columns]) }
	lonM, latM := metresPerDegree(g.North - y*g.StepLat)
	east := (h(-1, 1) + 2*h(0, 1) + h(1, 1) - h(-1, -1) - 2*h(0, -1) - h(1, -1)) / (8 * g.StepLon * lonM)
	north := (h(-1, -1) + 2*h(-1, 0) + h(-1, 1) - h(1, -1) - 2*h(1, 0) - h(1, 1)) / (8 * g.StepLat * latM)
	return math.Atan(math.Hypot(east, north)) * 180 / math.Pi
}

// metresPerDegree gives the length of one degree of longitude and of latitude at a
// latitude, from the radii of curvature of the WGS 84 ellipsoid.
func metresPerDegree(latDeg float64) (lonM, latM float64) {
	const (
		a  = 6378137.0        // metres, WGS 84
		e2 = 6.69437999014e-3 // first eccentricity squared, WGS 84
	)
	sin, cos := math.Sincos(latDeg * math.Pi / 180)
	w2 := 1 - e2*sin*sin
	n := a / math.Sqrt(w2) // prime vertical
	m := n * (1 - e2) / w2 // meridian
	return n * cos * math.Pi / 180, m * math.Pi / 180
}
