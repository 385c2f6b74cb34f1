package propagation

import "math"

// itmCurve is the shape of a quantity over the effective distance,
// (c_1 + c_2/(1+((d−x_2)/x_3)²))·(d/x_1)²/(1+(d/x_1)²): Alg §5.
type itmCurve struct{ c1, c2, x1, x2, x3 float64 }

func (c itmCurve) at(dM float64) float64 {
	far := (dM - c.x2) / c.x3
	near := dM / c.x1
	near *= near
	return (c.c1 + c.c2/(1+far*far)) * near / (1 + near)
}

// itmClimate holds the constants of one radio climate, Alg §5.
type itmClimate struct {
	median      itmCurve // V_med, dB
	below       itmCurve // σ_T− , dB
	above       itmCurve // σ_T+ , dB
	ductShare   float64  // C_D
	ductDeviate float64  // z_D
	belowGain   [3]float64
	aboveGain   [3]float64
}

// itmClimates is indexed by the climate's number less one.
var itmClimates = [7]itmClimate{
	{ // equatorial
		median:    itmCurve{-9.67, 12.7, 144.9e3, 190.3e3, 133.8e3},
		below:     itmCurve{2.13, 159.5, 762.2e3, 123.6e3, 94.5e3},
		above:     itmCurve{2.11, 102.3, 636.9e3, 134.8e3, 95.6e3},
		ductShare: 1.224, ductDeviate: 1.282,
		belowGain: [3]float64{1, 0, 0}, aboveGain: [3]float64{1, 0, 0},
	},
	{ // continental subtropical
		median:    itmCurve{-0.62, 9.19, 228.9e3, 205.2e3, 143.6e3},
		below:     itmCurve{2.66, 7.67, 100.4e3, 172.5e3, 136.4e3},
		above:     itmCurve{6.87, 15.53, 138.7e3, 143.7e3, 98.6e3},
		ductShare: 0.801, ductDeviate: 2.161,
		belowGain: [3]float64{1, 0, 0}, aboveGain: [3]float64{0.93, 0.31, 2.00},
	},
	{ // maritime subtropical
		median:    itmCurve{1.26, 15.5, 262.6e3, 185.2e3, 99.8e3},
		below:     itmCurve{6.11, 6.65, 138.2e3, 242.2e3, 178.6e3},
		above:     itmCurve{10.08, 9.60, 165.3e3, 225.7e3, 129.7e3},
		ductShare: 1.380, ductDeviate: 1.282,
		belowGain: [3]float64{1, 0, 0}, aboveGain: [3]float64{1, 0, 0},
	},
	{ // desert
		median:    itmCurve{-9.21, 9.05, 84.1e3, 101.1e3, 98.6e3},
		below:     itmCurve{1.98, 13.11, 139.1e3, 132.7e3, 193.5e3},
		above:     itmCurve{3.68, 159.3, 464.4e3, 93.1e3, 94.2e3},
		ductShare: 1.000, ductDeviate: 20,
		belowGain: [3]float64{1, 0, 0}, aboveGain: [3]float64{0.93, 0.19, 1.79},
	},
	{ // continental temperate
		median:    itmCurve{-0.62, 9.19, 228.9e3, 205.2e3, 143.6e3},
		below:     itmCurve{2.68, 7.16, 93.7e3, 186.8e3, 133.5e3},
		above:     itmCurve{4.75, 8.12, 93.2e3, 135.9e3, 113.4e3},
		ductShare: 1.224, ductDeviate: 1.282,
		belowGain: [3]float64{0.92, 0.25, 1.77}, aboveGain: [3]float64{0.93, 0.31, 2.00},
	},
	{ // maritime temperate over land
		median:    itmCurve{-0.39, 2.86, 141.7e3, 315.9e3, 167.4e3},
		below:     itmCurve{6.86, 10.38, 187.8e3, 169.6e3, 108.9e3},
		above:     itmCurve{8.58, 13.97, 216.0e3, 152.0e3, 122.7e3},
		ductShare: 1.518, ductDeviate: 1.282,
		belowGain: [3]float64{1, 0, 0}, aboveGain: [3]float64{1, 0, 0},
	},
	{ // maritime temperate over sea
		median:    itmCurve{3.15, 857.9, 2222e3, 164.8e3, 116.3e3},
		below:     itmCurve{8.51, 169.8, 609.8e3, 119.9e3, 106.6e3},
		above:     itmCurve{8.43, 8.19, 136.2e3, 188.5e3, 122.9e3},
		ductShare: 1.518, ductDeviate: 1.282,
		belowGain: [3]float64{1, 0, 0}, aboveGain: [3]float64{1, 0, 0},
	},
}

// itmGain is g(f), the dependence of the variability on q = ln(0.133·k).
func itmGain(c [3]float64, q float64) float64 { return c[0] + c[1]/(c[2]*q*c[2]*q+1) }

// itmDeviates are the standard normal deviates asked for: positive is a loss
// exceeded less often.
type itmDeviates struct{ time, location, situation float64 }

// variableDB adds variability to the reference attenuation, Alg §5: the
// attenuation over free space not exceeded in the asked share of time, locations
// and situations.
func (l *itmLink) variableDB(aRefDB, dM float64, v ITMVariability, climate *itmClimate, z itmDeviates) float64 {
	// The effective distance counts from where scatter begins.
	dexM := math.Sqrt(18e6*l.tx.effectiveM) + math.Sqrt(18e6*l.rx.effectiveM) +
		math.Cbrt(575.7e12/l.wavenumber)
	deM := 130e3 + dM - dexM
	if dM < dexM {
		deM = 130e3 * dM / dexM
	}

	var situation float64
	if !v.NoSituation {
		situation = 5 + 3*math.Exp(-deM/100e3)
	}
	var location float64
	if !v.NoLocation {
		q := l.irregularityAtM(dM) * l.wavenumber
		location = 10 * q / (q + 13)
	}

	switch v.Mode {
	case SingleMessageMode:
		z.time, z.location = z.situation, z.situation
	case AccidentalMode:
		z.location = z.situation
	case MobileMode:
		z.location = z.time
	}

	q := math.Log(0.133 * l.wavenumber)
	var time float64
	if z.time < 0 {
		time = climate.below.at(deM) * itmGain(climate.belowGain, q)
	} else {
		time = climate.above.at(deM) * itmGain(climate.aboveGain, q)
		if z.time > climate.ductDeviate {
			duct := time * climate.ductShare
			time = duct + (time-duct)*climate.ductDeviate/z.time
		}
	}

	const timeWeight, locationWeight = 7.8, 24
	zc2 := z.situation * z.situation
	spread := situation*situation +
		time*time*z.time*z.time/(timeWeight+zc2) +
		location*location*z.location*z.location/(locationWeight+zc2)
	var deviation, sigma float64
	switch v.Mode {
	case SingleMessageMode:
		sigma = math.Sqrt(time*time + location*location + spread)
	case AccidentalMode:
		deviation = time * z.time
		sigma = math.Sqrt(location*location + spread)
	case MobileMode:
		deviation = math.Sqrt(time*time+location*location) * z.time
		sigma = math.Sqrt(spread)
	default:
		deviation = time*z.time + location*z.location
		sigma = math.Sqrt(spread)
	}
	a := aRefDB - climate.median.at(deM) - deviation - sigma*z.situation
	if a < 0 {
		a *= (29 - a) / (29 - 10*a)
	}
	return a
}

// itmDeviate is the standard normal deviate exceeded with probability q, by the
// approximation of Abramowitz and Stegun, 26.2.23.
func itmDeviate(q float64) float64 {
	x := 0.5 - q
	t := math.Sqrt(-2 * math.Log(max(0.5-math.Abs(x), 1e-6)))
	z := t - ((0.010328*t+0.802853)*t+2.515516698)/(((0.001308*t+0.189269)*t+1.432788)*t+1)
	if x < 0 {
		return -z
	}
	return z
}
