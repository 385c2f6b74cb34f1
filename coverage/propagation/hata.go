package propagation

import (
	"fmt"
	"math"
)

// Hata is Okumura–Hata: M. Hata, "Empirical formula for propagation loss in land
// mobile radio services", IEEE Trans. Veh. Technol. VT-29 (1980) 317–325. It is the
// median over locations; clutter of the profile is not read, for the area says it.
//
// The base station is the transmitter. Its height is the effective one, above the
// mean level of the terrain towards the receiver (ITU-R P.1546-6, annex 5, §3, which
// holds Okumura's definition):
//
//	over 0.2·d to d on a path shorter than 15 km,
//	over 3 to 15 km on any other.
//
// The mobile's height is that above its own ground. Neither is ever above sea level.
// Outside its range, effective heights included, the model refuses: on a slope that
// looks down into a valley the effective height soon passes 200 m.
//
// The formula knows no lower bound, and in open country from a high mast falls below
// free-space loss. The result is then free-space loss, with the warning
// "free-space"; P.1546-6, annex 5, §2, bounds its field strengths in the same way.
type Hata struct {
	Area HataArea
}

// HataArea is the kind of surroundings of the mobile.
type HataArea uint8

// The areas. The zero HataArea is a small or medium city.
const (
	HataCity      HataArea = iota // small or medium city, "hata"
	HataLargeCity                 // buildings higher than 15 m on average, "hata-large"
	HataSuburban                  // "hata-suburban"
	HataQuasiOpen                 // between suburban and open, "hata-quasi-open"
	HataOpen                      // no obstacle within 300 to 400 m ahead, "hata-open"
)

var _ RayModel = Hata{}

var hataNames = [...]string{"hata", "hata-large", "hata-suburban", "hata-quasi-open", "hata-open"}

// Name gives "hata", and for the other areas "hata-large", "hata-suburban",
// "hata-quasi-open" and "hata-open". It panics for an area that is none of them.
func (m Hata) Name() string { return hataNames[m.Area] }

// Validity gives the range of Hata's formula, which is also the range of Loss.
func (m Hata) Validity() Validity {
	v := okumuraValidity
	v.Source = "Hata, IEEE Trans. VT-29 (1980)"
	v.MinFrequencyMHz, v.MaxFrequencyMHz = 150, 1500
	return v
}

// Loss gives the median loss. The error wraps ErrLink outside the range.
func (m Hata) Loss(p *Profile, l Link) (Result, error) { return okumuraLoss(m, p, l) }

// NewRay prepares a ray of median losses.
func (m Hata) NewRay(tx Tx, frequenciesMHz []float64) Ray {
	return newOkumuraRay(m, tx, frequenciesMHz)
}

func (m Hata) fixedDB(frequencyMHz float64) float64 {
	f := math.Log10(frequencyMHz)
	urban := 69.55 + 26.16*f // Hata, urban
	switch m.Area {
	case HataSuburban:
		g := math.Log10(frequencyMHz / 28)
		return urban - 2*g*g - 5.4 // Hata, suburban
	case HataQuasiOpen:
		return urban - 4.78*f*f + 18.33*f - 35.94 // GSM 03.30 (ETR 364), annex B, 1.3
	case HataOpen:
		return urban - 4.78*f*f + 18.33*f - 40.94 // Hata, open
	}
	return urban
}

func (m Hata) mobileDB(frequencyMHz, rxHeightM float64) float64 {
	if m.Area != HataLargeCity {
		return mediumCityDB(frequencyMHz, rxHeightM)
	}
	// Hata fits one correction up to 200 MHz and the other from 400 MHz. Between them
	// the nearer is taken (Rappaport, Wireless Communications, 4.10.3).
	if frequencyMHz < 300 {
		g := math.Log10(1.54 * rxHeightM)
		return 8.29*g*g - 1.1
	}
	g := math.Log10(11.75 * rxHeightM)
	return 3.2*g*g - 4.97
}

// mediumCityDB is Hata's correction a(hm) for the mobile's height in a small or
// medium city.
func mediumCityDB(frequencyMHz, rxHeightM float64) float64 {
	f := math.Log10(frequencyMHz)
	return (1.1*f-0.7)*rxHeightM - (1.56*f - 0.8)
}

// okumura is a model of Okumura–Hata's form:
//
//	L = fixed − 13.82 log hb − a(hm) + (44.9 − 6.55 log hb) log d
type okumura interface {
	Model
	fixedDB(frequencyMHz float64) float64
	mobileDB(frequencyMHz, rxHeightM float64) float64 // a(hm)
}

// okumuraValidity is the part of the range that all of the form share.
var okumuraValidity = Validity{
	MinDistanceKm: 1, MaxDistanceKm: 20,
	MinTxHeightM: 30, MaxTxHeightM: 200,
	MinRxHeightM: 1, MaxRxHeightM: 10,
	EffectiveHeights: true,
	Notes:            "median; refuses outside its range; transmitter height above the mean terrain towards the receiver",
}

func okumuraDB(fixedDB, mobileDB, effectiveM, dKm float64) float64 {
	hb := math.Log10(effectiveM)
	return fixedDB - 13.82*hb - mobileDB + (44.9-6.55*hb)*math.Log10(dKm)
}

func okumuraLoss(m okumura, p *Profile, l Link) (Result, error) {
	if err := p.check(); err != nil {
		return Result{}, err
	}
	if err := l.check(); err != nil {
		return Result{}, err
	}
	last := len(p.TerrainM) - 1
	lengthM := p.LengthM()
	txM, rxM := p.TerrainM[0]+l.TxHeightM, p.TerrainM[last]+l.RxHeightM
	effectiveM := p.effectiveTxHeightM(l.TxHeightM)
	v := m.Validity()
	if !v.holds(l.FrequencyMHz, lengthM/1000, effectiveM, l.RxHeightM) {
		return Result{}, v.refusal(l.FrequencyMHz, lengthM/1000, effectiveM, l.RxHeightM)
	}
	fixedDB, mobileDB := m.fixedDB(l.FrequencyMHz), m.mobileDB(l.FrequencyMHz, l.RxHeightM)
	medianDB := okumuraDB(fixedDB, mobileDB, effectiveM, lengthM/1000)
	freeDB := freeSpaceDB(freeSpaceAt1MDB(l.FrequencyMHz), slantM2(lengthM, txM, rxM))
	res := Result{LossDB: max(medianDB, freeDB)}
	if medianDB < freeDB {
		res.Warnings = append(res.Warnings, Warning{m.Name() + "-free-space",
			fmt.Sprintf("%s gives %.1f dB, less than free space; free-space loss taken", v.Source, medianDB)})
	}
	if l.Explain {
		res.Intermediates = []Quantity{
			{"d", lengthM / 1000, "km", "P.1546 annex 5 §3"},
			{"hb", effectiveM, "m", "P.1546 annex 5 §3"},
			{"hm", l.RxHeightM, "m", v.Source},
			{"a(hm)", mobileDB, "dB", v.Source},
			{"Lmedian", medianDB, "dB", v.Source},
			{"Lbf", freeDB, "dB", "P.525 (3)"},
		}
	}
	return res, nil
}

// holds says whether a link lies in a range that the model refuses to leave.
func (v *Validity) holds(frequencyMHz, dKm, effectiveM, rxHeightM float64) bool {
	return v.MinFrequencyMHz <= frequencyMHz && frequencyMHz <= v.MaxFrequencyMHz &&
		v.MinDistanceKm <= dKm && dKm <= v.MaxDistanceKm &&
		v.MinTxHeightM <= effectiveM && effectiveM <= v.MaxTxHeightM &&
		v.MinRxHeightM <= rxHeightM && rxHeightM <= v.MaxRxHeightM
}

// refusal is the error for a link that v does not hold.
func (v *Validity) refusal(frequencyMHz, dKm, effectiveM, rxHeightM float64) error {
	for _, q := range [...]struct {
		what               string
		value, least, most float64
		unit               string
	}{
		{"frequency", frequencyMHz, v.MinFrequencyMHz, v.MaxFrequencyMHz, "MHz"},
		{"distance", dKm, v.MinDistanceKm, v.MaxDistanceKm, "km"},
		{"receiver height", rxHeightM, v.MinRxHeightM, v.MaxRxHeightM, "m"},
	} {
		if q.value < q.least || q.value > q.most {
			return fmt.Errorf("%w: %s %.6g %s is outside the %g to %g %s of %s",
				ErrLink, q.what, q.value, q.unit, q.least, q.most, q.unit, v.Source)
		}
	}
	return fmt.Errorf("%w: effective transmitter height %.4g m, above the mean terrain towards the receiver, is outside the %g to %g m of %s",
		ErrLink, effectiveM, v.MinTxHeightM, v.MaxTxHeightM, v.Source)
}

// averagedM is the part of a path over which P.1546-6 averages the terrain for the
// effective height of the transmitter.
func averagedM(lengthM float64) (fromM, toM float64) {
	if lengthM < 15e3 {
		return 0.2 * lengthM, lengthM // P.1546 annex 5 §3.1
	}
	return 3e3, 15e3 // P.1546 annex 5 §3.2
}

// effectiveTxHeightM is the transmitter's height above the mean terrain towards the
// receiver, with the terrain straight between samples.
func (p *Profile) effectiveTxHeightM(txHeightM float64) float64 {
	fromM, toM := averagedM(p.LengthM())
	var area float64 // above the transmitter's ground, m²
	for i := 1; i < len(p.DistanceM) && p.DistanceM[i-1] < toM; i++ {
		x0, x1 := p.DistanceM[i-1], p.DistanceM[i]
		if x1 <= fromM {
			continue
		}
		h0, h1 := p.TerrainM[i-1]-p.TerrainM[0], p.TerrainM[i]-p.TerrainM[0]
		slope := (h1 - h0) / (x1 - x0)
		a, b := max(x0, fromM), min(x1, toM)
		area += (b - a) * (h0 + slope*((a+b)/2-x0))
	}
	return txHeightM - area/(toM-fromM)
}

func newOkumuraRay(m okumura, tx Tx, frequenciesMHz []float64) Ray {
	r := &okumuraRay{
		model:          m,
		validity:       m.Validity(),
		txHeightM:      tx.HeightM,
		frequenciesMHz: append([]float64(nil), frequenciesMHz...),
		fixedDB:        make([]float64, len(frequenciesMHz)),
		at1MDB:         make([]float64, len(frequenciesMHz)),
	}
	for i, mhz := range frequenciesMHz {
		r.fixedDB[i], r.at1MDB[i] = m.fixedDB(mhz), freeSpaceAt1MDB(mhz)
	}
	return r
}

// okumuraRay carries the terrain's area from the transmitter on, so that the mean
// over any part of the path is a difference.
type okumuraRay struct {
	model          okumura
	validity       Validity
	txHeightM      float64
	frequenciesMHz []float64
	fixedDB        []float64 // for each frequency
	at1MDB         []float64
	distanceM      []float64
	heightM        []float64 // above the transmitter's ground
	area           []float64 // under heightM from the transmitter to each sample, m²
	groundM        float64   // of the transmitter, above sea level
	missing        bool
}

func (r *okumuraRay) Reset(float64) {
	r.distanceM, r.heightM, r.area, r.missing = r.distanceM[:0], r.heightM[:0], r.area[:0], false
}

func (r *okumuraRay) Step(distanceM, terrainM, _ float64) {
	if math.IsNaN(terrainM) {
		r.missing = true
	}
	n := len(r.distanceM)
	var h, area float64
	if n == 0 {
		r.groundM = terrainM
	} else {
		h = terrainM - r.groundM
		area = r.area[n-1] + (distanceM-r.distanceM[n-1])*(r.heightM[n-1]+h)/2
	}
	r.distanceM = append(r.distanceM, distanceM)
	r.heightM = append(r.heightM, h)
	r.area = append(r.area, area)
}

// areaTo is the area under the terrain from the transmitter to xM.
func (r *okumuraRay) areaTo(xM float64) float64 {
	i := max(firstAtLeast(r.distanceM, xM), 1)
	x0, h0 := r.distanceM[i-1], r.heightM[i-1]
	slope := (r.heightM[i] - h0) / (r.distanceM[i] - x0)
	return r.area[i-1] + (xM-x0)*(h0+slope*(xM-x0)/2)
}

func (r *okumuraRay) Loss(rxHeightsM, dst []float64) {
	last := len(r.distanceM) - 1
	var lengthM, effectiveM float64
	known := last > 0 && !r.missing
	if known {
		lengthM = r.distanceM[last]
		fromM, toM := averagedM(lengthM)
		effectiveM = r.txHeightM - (r.areaTo(toM)-r.areaTo(fromM))/(toM-fromM)
	}
	for f, mhz := range r.frequenciesMHz {
		for h, rxM := range rxHeightsM {
			loss := math.NaN()
			if known && r.validity.holds(mhz, lengthM/1000, effectiveM, rxM) {
				medianDB := okumuraDB(r.fixedDB[f], r.model.mobileDB(mhz, rxM), effectiveM, lengthM/1000)
				loss = max(medianDB, freeSpaceDB(r.at1MDB[f], slantM2(lengthM, r.txHeightM, r.heightM[last]+rxM)))
			}
			dst[f*len(rxHeightsM)+h] = loss
		}
	}
}
