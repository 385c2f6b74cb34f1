package propagation

import "math"

// COST231 is COST 231-Hata, the extension of Okumura–Hata to 2 GHz: COST Action 231
// final report (EUR 18957, 1999), chapter 4.4.1. It is the median over locations.
// What [Hata] says of heights, of its range and of free space holds for it too;
// open country is outside what it was made for.
type COST231 struct {
	Metropolitan bool // a metropolitan centre, 3 dB more than medium cities and suburbs
}

var _ RayModel = COST231{}

// Name gives "cost231", for a metropolitan centre "cost231-metropolitan".
func (m COST231) Name() string {
	if m.Metropolitan {
		return "cost231-metropolitan"
	}
	return "cost231"
}

// Validity gives the range the report states, which is also the range of Loss.
func (m COST231) Validity() Validity {
	v := okumuraValidity
	v.Source = "COST 231 final report (1999), 4.4.1"
	v.MinFrequencyMHz, v.MaxFrequencyMHz = 1500, 2000
	return v
}

// Loss gives the median loss. The error wraps ErrLink outside the range.
func (m COST231) Loss(p *Profile, l Link) (Result, error) { return okumuraLoss(m, p, l) }

// NewRay prepares a ray of median losses.
func (m COST231) NewRay(tx Tx, frequenciesMHz []float64) Ray {
	return newOkumuraRay(m, tx, frequenciesMHz)
}

func (m COST231) fixedDB(frequencyMHz float64) float64 {
	fixed := 46.3 + 33.9*math.Log10(frequencyMHz) // COST 231 (4.4.3)
	if m.Metropolitan {
		fixed += 3 // C_m, COST 231 (4.4.4)
	}
	return fixed
}

func (m COST231) mobileDB(frequencyMHz, rxHeightM float64) float64 {
	return mediumCityDB(frequencyMHz, rxHeightM) // COST 231 (4.4.2)
}
