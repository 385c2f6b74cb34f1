package sweep

import (
	"math"

	"github.com/covgap/covgap/coverage"
)

// effectiveRadiusM is 4/3 of the Earth's mean radius of 6,371 km, ITU-R P.310-10,
// definition A12 with ITU-R P.526-16, 1: the bending of rays in a standard
// atmosphere.
const effectiveRadiusM = 6371e3 * 4 / 3

// horizon carries the radio horizon of an antenna along a path: the steepest
// direction, as the tangent of the elevation, to any terrain passed so far.
type horizon struct {
	antennaM float64 // above sea level
	slope    float64
}

func (h *horizon) reset(antennaM float64) { *h = horizon{antennaM: antennaM, slope: math.Inf(-1)} }

// slopeTo gives the tangent of the elevation of a point heightM above sea level.
func (h *horizon) slopeTo(distanceM, heightM float64) float64 {
	return (heightM-h.antennaM)/distanceM - distanceM/(2*effectiveRadiusM)
}

// bend is how far the Earth falls away over a distance, as a tangent.
func bend(distanceM float64) float64 { return distanceM * (1 / (2 * effectiveRadiusM)) }

// passAll is pass for many samples, which have heights; bend is [bend] of their
// distances.
func (h *horizon) passAll(perM, bend, terrainM []float64) {
	perM, bend = perM[:len(terrainM)], bend[:len(terrainM)]
	antennaM, slope := h.antennaM, h.slope
	for i, m := range terrainM {
		if s := (m-antennaM)*perM[i] - bend[i]; s > slope {
			slope = s
		}
	}
	h.slope = slope
}

// pass takes account of the terrain at a sample; perM is 1/distanceM.
func (h *horizon) pass(distanceM, perM, terrainM float64) {
	if slope := (terrainM-h.antennaM)*perM - bend(distanceM); slope > h.slope {
		h.slope = slope
	}
}

// toward gives the elevation in degrees in which the path to a receiver leaves the
// antenna, and whether they see each other over the terrain passed so far, which
// must not yet include the receiver's own sample.
func (h *horizon) toward(distanceM, receiverM float64) (elevationDeg float64, lineOfSight bool) {
	s := h.slopeTo(distanceM, receiverM)
	lineOfSight = s >= h.slope
	return coverage.Atan(max(s, h.slope)) * 180 / math.Pi, lineOfSight
}
