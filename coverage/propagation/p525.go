package propagation

import (
	"fmt"
	"math"
)

// P525 is free-space loss between the two antennas, ITU-R P.525-5. The distance
// is the straight line between them, heights included; the terrain in between is
// not looked at, but must be there.
type P525 struct{}

var _ RayModel = P525{}

// Name gives "p525".
func (P525) Name() string { return "p525" }

// Validity gives the range of ITU-R P.525-5, which states none.
func (P525) Validity() Validity {
	return Validity{
		Source: "ITU-R P.525-5",
		Notes:  "free space: no terrain, no ground, far field",
	}
}

// Loss gives the free-space loss. It warns when the antennas are less than a
// wavelength apart.
func (P525) Loss(p *Profile, l Link) (Result, error) {
	if err := p.check(); err != nil {
		return Result{}, err
	}
	if err := l.check(); err != nil {
		return Result{}, err
	}
	last := len(p.TerrainM) - 1
	d2 := slantM2(p.LengthM(), p.TerrainM[0]+l.TxHeightM, p.TerrainM[last]+l.RxHeightM)
	res := Result{LossDB: freeSpaceDB(freeSpaceAt1MDB(l.FrequencyMHz), d2)}
	lambdaM := wavelengthM(l.FrequencyMHz)
	if d2 < lambdaM*lambdaM {
		res.Warnings = append(res.Warnings, Warning{"p525-distance",
			fmt.Sprintf("antennas %.3g m apart, less than a wavelength (%.3g m): free-space loss has no meaning", math.Sqrt(d2), lambdaM)})
	}
	if l.Explain {
		res.Intermediates = []Quantity{
			{"d", math.Sqrt(d2) / 1000, "km", "(3)"},
			{"lambda", lambdaM, "m", "(3)"},
			{"Lbf", res.LossDB, "dB", "(3)"},
		}
	}
	return res, nil
}

// NewRay prepares a ray of free-space losses.
func (P525) NewRay(tx Tx, frequenciesMHz []float64) Ray {
	r := &ray525{txHeightM: tx.HeightM, at1MDB: make([]float64, len(frequenciesMHz))}
	for i, f := range frequenciesMHz {
		r.at1MDB[i] = freeSpaceAt1MDB(f)
	}
	r.Reset(0)
	return r
}

type ray525 struct {
	txHeightM float64
	at1MDB    []float64 // for each frequency
	started   bool
	missing   bool
	txM       float64 // antenna above sea level
	distanceM float64
	terrainM  float64
}

func (r *ray525) Reset(float64) { r.started, r.missing = false, false }

func (r *ray525) Step(distanceM, terrainM, _ float64) {
	if !r.started {
		r.started, r.txM = true, terrainM+r.txHeightM
	}
	if math.IsNaN(terrainM) {
		r.missing = true
	}
	r.distanceM, r.terrainM = distanceM, terrainM
}

func (r *ray525) Loss(rxHeightsM, dst []float64) {
	for h, rxM := range rxHeightsM {
		d2 := slantM2(r.distanceM, r.txM, r.terrainM+rxM)
		for f, at1M := range r.at1MDB {
			loss := math.NaN()
			if r.distanceM > 0 && !r.missing {
				loss = freeSpaceDB(at1M, d2)
			}
			dst[f*len(rxHeightsM)+h] = loss
		}
	}
}

// FreeSpaceDB is the free-space loss between two antennas distanceM apart in a
// straight line, ITU-R P.525-5 (3).
func FreeSpaceDB(frequencyMHz, distanceM float64) float64 {
	return freeSpaceDB(freeSpaceAt1MDB(frequencyMHz), distanceM*distanceM)
}

const speedOfLight = 299792458.0 // m/s

func wavelengthM(frequencyMHz float64) float64 { return speedOfLight / (frequencyMHz * 1e6) }

// slantM2 is the square of the straight distance between two antennas, in m².
func slantM2(distanceM, txM, rxM float64) float64 {
	return distanceM*distanceM + (txM-rxM)*(txM-rxM)
}

// freeSpaceAt1MDB is the free-space loss over one metre: the part of P.525-5
// eq. (3) that does not depend on the distance.
func freeSpaceAt1MDB(frequencyMHz float64) float64 {
	return 20 * math.Log10(4*math.Pi/wavelengthM(frequencyMHz))
}

// freeSpaceDB is P.525-5 eq. (3), L = 20 log(4πd/λ), from the loss over one metre
// and the square of the distance in m².
func freeSpaceDB(at1MDB, distanceM2 float64) float64 {
	return at1MDB + 10*math.Log10(distanceM2)
}

// Reciprocal makes P525 a [Reciprocal], whatever the link.
func (P525) Reciprocal(Link) bool { return true }
