package backhaul

import (
	"fmt"
	"math"

	"github.com/covgap/covgap/coverage/propagation"
)

// gaussian is a term a·exp(−((log f − b)/c)²) of ITU-R P.838-3.
type gaussian struct{ a, b, c float64 }

// regression is a sum of terms and a line m·log f + c.
type regression struct {
	terms []gaussian
	m, c  float64
}

func (r *regression) at(logF float64) float64 {
	sum := r.m*logF + r.c
	for _, t := range r.terms {
		x := (logF - t.b) / t.c
		sum += t.a * math.Exp(-x*x)
	}
	return sum
}

// The coefficients of ITU-R P.838-3 (03/2005), Tables 1 to 4.
var (
	kHorizontal = regression{[]gaussian{
		{-5.33980, -0.10008, 1.13098}, {-0.35351, 1.26970, 0.45400}, {-0.23789, 0.86036, 0.15354}, {-0.94158, 0.64552, 0.16817},
	}, -0.18961, 0.71147} // Table 1
	kVertical = regression{[]gaussian{
		{-3.80595, 0.56934, 0.81061}, {-3.44965, -0.22911, 0.51059}, {-0.39902, 0.73042, 0.11899}, {0.50167, 1.07319, 0.27195},
	}, -0.16398, 0.63297} // Table 2
	alphaHorizontal = regression{[]gaussian{
		{-0.14318, 1.82442, -0.55187}, {0.29591, 0.77564, 0.19822}, {0.32177, 0.63773, 0.13164}, {-5.37610, -0.96230, 1.47828}, {16.1721, -3.29980, 3.43990},
	}, 0.67849, -1.95537} // Table 3
	alphaVertical = regression{[]gaussian{
		{-0.07771, 2.33840, -0.76284}, {0.56727, 0.95545, 0.54039}, {-0.20238, 1.14520, 0.26809}, {-48.2991, 0.791669, 0.116226}, {48.5833, 0.791459, 0.116479},
	}, -0.053739, 0.83433} // Table 4
)

// rainCoefficients gives k and α of ITU-R P.838-3 for a horizontal path, 1 to
// 1000 GHz.
func rainCoefficients(frequencyGHz float64, pol propagation.Polarization) (k, alpha float64) {
	logF := math.Log10(frequencyGHz)
	if pol == propagation.Horizontal {
		return math.Pow(10, kHorizontal.at(logF)), alphaHorizontal.at(logF) // P.838-3 (2), (3)
	}
	return math.Pow(10, kVertical.at(logF)), alphaVertical.at(logF) // P.838-3 (2), (3)
}

// RainDBPerKm is the specific attenuation γ_R of rain of so many millimetres an
// hour on a horizontal path, ITU-R P.838-3 (1). It panics outside 1 to 1000 GHz.
func RainDBPerKm(frequencyGHz float64, pol propagation.Polarization, rainMMh float64) float64 {
	if !(frequencyGHz >= 1 && frequencyGHz <= 1000) {
		panic(fmt.Sprintf("backhaul: P.838 at %g GHz; it holds from 1 to 1000", frequencyGHz))
	}
	k, alpha := rainCoefficients(frequencyGHz, pol)
	return k * math.Pow(rainMMh, alpha) // P.838-3 (1)
}
