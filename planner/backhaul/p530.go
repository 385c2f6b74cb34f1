package backhaul

import (
	"math"

	"github.com/covgap/covgap/coverage/propagation"
)

// This file holds what a screening takes of ITU-R P.530-17 (12/2017): the clearance
// of a path without diversity (§2.2.2.1), the fading of clear air by the method for
// initial planning (§2.3.1) and that of rain (§2.4.1).

// medianK is the effective Earth radius factor of P.530-17 §2.2.2.1, step 1, in the
// absence of data.
const medianK = 4.0 / 3

// leastK lists the k_e that is exceeded for 99.9 % of the worst month, Fig. 2 of
// P.530-17 §2.2, for a continental temperate climate, by the length of the path.
// The figure is a curve without numbers: these are good to about 0.05. On hops up
// to 20 km the clearance at k = 4/3 asks for more than that at any of these.
var leastK = []struct{ km, k float64 }{{10, 0.45}, {20, 0.60}, {30, 0.69}, {50, 0.80}, {100, 0.91}, {200, 1.00}}

// minimumK is k_e of a path, between the listed lengths on their logarithm, beyond
// them that of the last.
func minimumK(lengthM float64) float64 {
	km := lengthM / 1000
	if km <= leastK[0].km {
		return leastK[0].k
	}
	for i := 1; i < len(leastK); i++ {
		a, b := leastK[i-1], leastK[i]
		if km <= b.km {
			return a.k + (b.k-a.k)*math.Log(km/a.km)/math.Log(b.km/a.km)
		}
	}
	return leastK[len(leastK)-1].k
}

// tropicalLengthM is the length beyond which P.530-17 §2.2.2.1, step 3, asks for
// more in a tropical climate.
const tropicalLengthM = 30e3

// Clearances at k_e in radii of the first Fresnel zone, P.530-17 §2.2.2.1, step 3.
const (
	isolatedF1 = 0.0 // one isolated obstacle: grazing
	extendedF1 = 0.3 // an obstacle that extends along the path
	tropicalF1 = 0.6 // tropical climate, beyond 30 km
)

// isolatedShare is how much of a path an obstacle may take to be isolated. P.530
// gives no number; this is a convention of this program.
const isolatedShare = 0.02

// RainFadeDB is the attenuation by rain that is exceeded for percent of an average
// year, 0.001 to 1, from the rain rate in mm/h that is exceeded for 0.01 % of it:
// P.530-17 §2.4.1, for up to 100 GHz and 60 km.
func RainFadeDB(frequencyGHz float64, pol propagation.Polarization, rain001MMh, lengthM, percent float64) float64 {
	_, alpha := rainCoefficients(frequencyGHz, pol)
	d := lengthM / 1000
	r := effectiveShare(d, frequencyGHz, alpha, rain001MMh)
	a001 := RainDBPerKm(frequencyGHz, pol, rain001MMh) * d * r // P.530-17 (33)
	c0 := 0.12                                                 // P.530-17 §2.4.1, step 5
	if frequencyGHz >= 10 {
		c0 += 0.4 * math.Log10(math.Pow(frequencyGHz/10, 0.8))
	}
	c1 := math.Pow(0.07, c0) * math.Pow(0.12, 1-c0)                    // likewise
	c2 := 0.855*c0 + 0.546*(1-c0)                                      // likewise
	c3 := 0.139*c0 + 0.043*(1-c0)                                      // likewise
	return a001 * c1 * math.Pow(percent, -(c2+c3*math.Log10(percent))) // P.530-17 (34)
}

// effectiveShare is the distance factor r, by which rain does not fall on the whole
// path at once, P.530-17 (32). The recommendation allows no more than 2.5.
func effectiveShare(lengthKm, frequencyGHz, alpha, rain001MMh float64) float64 {
	const most = 2.5
	below := 0.477*math.Pow(lengthKm, 0.633)*math.Pow(rain001MMh, 0.073*alpha)*math.Pow(frequencyGHz, 0.123) - 10.579*(1-math.Exp(-0.024*lengthKm))
	if !(below > 1/most) {
		return most
	}
	return 1 / below
}

// MultipathFadeDB is the fade in clear air that is exceeded for percent of the
// average worst month, by the method for initial planning of P.530-17 §2.3.1. lowM
// and highM are the antennas above sea level; gradient is dN1, the refractivity
// gradient in the lowest 65 m not exceeded for 1 % of an average year, N-units/km.
// It is 0 when the method gives no deep fade for so much of the time.
func MultipathFadeDB(frequencyGHz, gradient, lengthM, lowM, highM, percent float64) float64 {
	if lowM > highM {
		lowM, highM = highM, lowM
	}
	d := lengthM / 1000
	k := math.Pow(10, -4.6-0.0027*gradient)                                                                                 // §2.3.1, step 1, initial planning
	inclination := (highM - lowM) / d                                                                                       // mrad, step 2
	p0 := k * math.Pow(d, 3.1) * math.Pow(1+inclination, -1.29) * math.Pow(frequencyGHz, 0.8) * math.Pow(10, -0.00089*lowM) // step 3, initial planning, at A = 0
	if !(p0 > percent) {
		return 0
	}
	return 10 * math.Log10(p0/percent)
}
