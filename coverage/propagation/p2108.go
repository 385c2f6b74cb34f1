package propagation

import (
	"fmt"
	"math"

	"gonum.org/v1/gonum/mathext"
)

// Clutter loss by ITU-R P.2108-1, for terminals among clutter that no profile
// shows. None of it may be added where clutter stands in the profile, and the
// statistical models hold in urban and suburban surroundings alone.

// TerminalHeightM is the representative clutter height R in metres that P.2108-1
// §3.1 gives where nothing is known of the place, 0 for a category it does not
// know. It is not that of a profile, see [ClutterCategory.ProfileHeightM].
func (c ClutterCategory) TerminalHeightM() float64 {
	switch c {
	case WaterClutter, OpenClutter, SuburbanClutter:
		return 10
	case UrbanClutter, ForestClutter:
		return 15
	case DenseUrbanClutter:
		return 20
	}
	return 0
}

// DefaultStreetWidthM is the street width w_s in metres that P.2108-1 §3.1 gives
// where nothing is known of the place.
const DefaultStreetWidthM = 27.0

// TerminalClutterLossDB is the median loss A_h in dB that a terminal heightM above
// ground has among clutter clutterM high, over that of a terminal at the clutter's
// height, ITU-R P.2108-1 §3.1: the loss of the path itself is to be computed from
// there. It is zero for a terminal above the clutter. Frequencies are 30 to 3,000
// MHz, heights and the street's width streetM above zero, all in metres. It can be
// applied at either end. The error wraps ErrLink.
func TerminalClutterLossDB(frequencyMHz, heightM, clutterM, streetM float64, category ClutterCategory) (float64, error) {
	// The negated forms also refuse NaN and infinity.
	switch {
	case !(frequencyMHz >= 30 && frequencyMHz <= 3000):
		return 0, fmt.Errorf("%w: frequency %g MHz; P.2108 §3.1 holds for 30 to 3000 MHz", ErrLink, frequencyMHz)
	case !(heightM > 0 && heightM <= maxHeightM):
		return 0, fmt.Errorf("%w: terminal height %g m; it must be above 0", ErrLink, heightM)
	case !(streetM > 0 && streetM <= maxDistanceM):
		return 0, fmt.Errorf("%w: street width %g m; it must be above 0", ErrLink, streetM)
	case !(clutterM > 0 && clutterM <= maxHeightM):
		return 0, fmt.Errorf("%w: clutter height %g m; it must be above 0", ErrLink, clutterM)
	case category.TerminalHeightM() == 0:
		return 0, fmt.Errorf("%w: clutter category %q; P.2108 §3.1 does not know it", ErrLink, string(category))
	case heightM >= clutterM:
		return 0, nil
	}
	f := frequencyMHz / 1000
	if category == WaterClutter || category == OpenClutter {
		kh2 := 21.8 + 6.2*math.Log10(f)                                 // K_h2
		return -kh2 * (math.Log10(heightM) - math.Log10(clutterM)), nil // §3.1 (2b)
	}
	below := clutterM - heightM                            // h_dif
	angleDeg := math.Atan(below/streetM) * 180 / math.Pi   // θ_clut
	nu := 0.342 * math.Sqrt(f) * math.Sqrt(below*angleDeg) // ν, K_ν
	return KnifeEdgeDB(nu) - 6.03, nil                     // §3.1 (2a)
}

// TerrestrialClutterLossDB is the clutter loss in dB not exceeded at this
// percentage of locations (above 0, below 100), for one terminal below the clutter
// of a town or suburb, ITU-R P.2108-1 §3.2. The frequency is 500 to 67,000 MHz, the
// path 0.25 km at least; for a loss at both of its ends, 1 km. Beyond 2 km the loss
// grows no more. The error wraps ErrLink.
func TerrestrialClutterLossDB(frequencyMHz, distanceKm, locationPercent float64) (float64, error) {
	// The negated forms also refuse NaN and infinity.
	switch {
	case !(frequencyMHz >= 500 && frequencyMHz <= 67e3):
		return 0, fmt.Errorf("%w: frequency %g MHz; P.2108 §3.2 holds for 500 to 67000 MHz", ErrLink, frequencyMHz)
	case !(distanceKm >= 0.25 && distanceKm <= maxDistanceM/1000):
		return 0, fmt.Errorf("%w: distance %g km; P.2108 §3.2 holds from 0.25 km", ErrLink, distanceKm)
	case !(locationPercent/100 > 0 && locationPercent/100 < 1):
		return 0, fmt.Errorf("%w: location percentage %g; it must be above 0 and below 100", ErrLink, locationPercent)
	}
	z := mathext.NormalQuantile(locationPercent / 100) // −Q⁻¹(p/100)
	return min(terrestrialClutterDB(frequencyMHz/1000, distanceKm, z),
		terrestrialClutterDB(frequencyMHz/1000, 2, z)), nil // §3.2, last paragraph
}

// terrestrialClutterDB is the loss at the standard normal quantile z.
func terrestrialClutterDB(fGHz, dKm, z float64) float64 {
	const sigmaL, sigmaS = 4, 6                                                       // σ_l, σ_s, §3.2
	ll := -2 * math.Log10(math.Pow(10, -5*math.Log10(fGHz)-12.5)+math.Pow(10, -16.5)) // L_l, §3.2
	ls := 32.98 + 23.9*math.Log10(dKm) + 3*math.Log10(fGHz)                           // L_s, §3.2
	l, s := math.Pow(10, -0.2*ll), math.Pow(10, -0.2*ls)
	sigma := math.Sqrt((sigmaL*sigmaL*l + sigmaS*sigmaS*s) / (l + s)) // σ_cb, §3.2
	return -5*math.Log10(l+s) + sigma*z                               // L_ctt, §3.2
}

// SlantClutterLossDB is the clutter loss in dB not exceeded at this percentage of
// locations (above 0, below 100), for a terminal below the clutter of a town or
// suburb and another in the air or in space, seen elevationDeg (0 to 90) above the
// horizon, ITU-R P.2108-1 §3.3. The frequency is 10,000 to 100,000 MHz. The error
// wraps ErrLink.
func SlantClutterLossDB(frequencyMHz, elevationDeg, locationPercent float64) (float64, error) {
	// The negated forms also refuse NaN.
	switch {
	case !(frequencyMHz >= 10e3 && frequencyMHz <= 100e3):
		return 0, fmt.Errorf("%w: frequency %g MHz; P.2108 §3.3 holds for 10000 to 100000 MHz", ErrLink, frequencyMHz)
	case !(elevationDeg >= 0 && elevationDeg <= 90):
		return 0, fmt.Errorf("%w: elevation %g°; it must be 0° to 90°", ErrLink, elevationDeg)
	case !(locationPercent/100 > 0 && locationPercent/100 < 1):
		return 0, fmt.Errorf("%w: location percentage %g; it must be above 0 and below 100", ErrLink, locationPercent)
	}
	const a1 = 0.05
	k1 := 93 * math.Pow(frequencyMHz/1000, 0.175)              // K_1, §3.3
	angle := a1*(1-elevationDeg/90) + math.Pi*elevationDeg/180 // A_1·(1−θ/90) + πθ/180
	base := -k1 * math.Log1p(-locationPercent/100) / math.Tan(angle)
	z := mathext.NormalQuantile(locationPercent / 100)               // −Q⁻¹(p/100)
	return math.Pow(base, 0.5*(90-elevationDeg)/90) - 1 + 0.6*z, nil // L_ces, §3.3
}
