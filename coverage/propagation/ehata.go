package propagation

import (
	"errors"
	"fmt"
	"math"
)

// EHata is the extended Hata model of NTIA: Drocella, Richards, Sole, Najmy, Lundy
// and McKenna, "3.5 GHz Exclusion Zone Analyses and Methodology", NTIA Technical
// Report TR-15-517 (2015, reissued 2016). It carries Okumura's curves to 3 GHz and
// 100 km and corrects them for the terrain of the path. It is the median over time
// and locations; clutter of the profile is not read, for the area says it.
//
// The base station is the transmitter. Both heights are effective ones, above the
// mean terrain from 3 to 15 km towards the other end, with a transition from the
// antennas' own heights at 3 km of path length to the mean at 15 km; they are held
// within 30 to 200 m and 1 to 10 m, with a warning. Nothing is ever above sea level.
//
// The formulas have the report's form. The coefficients come from
//
//	A(f,1), A(f,100), n_h    a fit to the losses that WInnForum publishes for the
//	                         model, with as many digits as they need
//	suburban                 the report, rounded to two decimals: within 0.09 dB, and
//	                         0.04 dB off the one pair of losses that shows it
//	open                     Hata (1980); the published losses agree
//	rolling hilly terrain    NTIA; those of the fine correction are quoted in
//	                         NTIA/ehata issue 7, and the published losses hold both
//	general slope, sea       Okumura's curves at their marked distances, read off the
//	                         published losses
//
// Two corrections exist as drawn curves, Okumura's for an isolated mountain and for
// paths partly over water, which the few published losses with them do not
// determine. A path that would need one is refused: see [ErrIsolatedRidge] and
// [ErrMixedPath].
//
// The model counts samples: at 3, 10 and 15 km, at the deciles of the terrain and at
// 5 km, where the slope sets in, the loss has steps.
type EHata struct {
	Area EHataArea
}

// EHataArea is the kind of surroundings of the mobile.
type EHataArea uint8

// The areas. The zero EHataArea is urban.
const (
	EHataUrban    EHataArea = iota // "ehata"
	EHataSuburban                  // "ehata-suburban"
	EHataOpen                      // "ehata-open"
)

// Errors of the extended Hata model for paths that it has no correction for. They
// come with ErrLink.
var (
	// ErrIsolatedRidge: the same sample is the horizon of both antennas, over an Earth
	// of true radius.
	ErrIsolatedRidge = errors.New("extended Hata has no correction for an isolated ridge")
	// ErrMixedPath: some samples are sea and others are not. Sea is what the zones say,
	// or without zones terrain at exactly 0 m, as the published cases have it.
	ErrMixedPath = errors.New("extended Hata has no correction for a path partly over sea")
)

var _ Model = EHata{}

var ehataNames = [...]string{"ehata", "ehata-suburban", "ehata-open"}

// Name gives "ehata", and for the other areas "ehata-suburban" and "ehata-open". It
// panics for an area that is none of them.
func (m EHata) Name() string { return ehataNames[m.Area] }

// What Okumura's curves cover. Between it and Validity there is a number with a
// warning.
const (
	ehataLeastMHz = 1500
	ehataMostMHz  = 3000
	ehataLeastKm  = 1
	ehataMostKm   = 100
)

// The effective heights that the curves cover.
const (
	ehataLeastTxM = 30
	ehataMostTxM  = 200
	ehataLeastRxM = 1
	ehataMostRxM  = 10
)

// Validity gives what the published losses cover, which is also the range of Loss.
func (m EHata) Validity() Validity {
	return Validity{
		Source:          "NTIA TR-15-517, extended Hata",
		MinFrequencyMHz: 1000, MaxFrequencyMHz: 4000,
		MinDistanceKm: 0.4, MaxDistanceKm: 540,
		EffectiveHeights: true, Zones: true,
		Notes: "median; warns outside 1500–3000 MHz and 1–100 km; effective heights held within 30–200 and 1–10 m; " +
			"refuses isolated ridges and paths partly over sea",
	}
}

// ehataTerrain is what the model reads from a path.
type ehataTerrain struct {
	txM, rxM    float64 // effective heights, not yet held within their range
	undulationM float64 // Δh of the 10 km before the mobile
	position    float64 // of the mobile: −1 on the hills to 1 in the valleys
	slopeMrad   float64 // general slope θ; 0 on paths shorter than 5 km
	allSea      bool
}

// Loss gives the median loss. The error wraps ErrLink outside the range, and
// ErrIsolatedRidge or ErrMixedPath with it where a correction is missing.
func (m EHata) Loss(p *Profile, l Link) (Result, error) {
	if err := p.check(); err != nil {
		return Result{}, err
	}
	if err := l.check(); err != nil {
		return Result{}, err
	}
	v := m.Validity()
	dKm := p.LengthM() / 1000
	// Heights are held within their range, so none is refused.
	if !v.holds(l.FrequencyMHz, dKm, 0, 0) {
		return Result{}, v.refusal(l.FrequencyMHz, dKm, 0, 0)
	}
	t, err := ehataSurvey(p, l.TxHeightM, l.RxHeightM)
	if err != nil {
		return Result{}, err
	}

	txM := min(max(t.txM, ehataLeastTxM), ehataMostTxM)
	rxM := min(max(t.rxM, ehataLeastRxM), ehataMostRxM)
	median := newEHataMedian(l.FrequencyMHz, txM)
	areaDB := m.areaDB(l.FrequencyMHz)
	urbanDB := median.lossDB(dKm) + mobileGainDB(3) - mobileGainDB(rxM)
	hillsDB := rollingHillyDB(t.undulationM)
	fineDB := t.position * fineHillyDB(t.undulationM)
	slopeDB := generalSlopeDB(t.slopeMrad, dKm)
	var seaDB float64
	if t.allSea {
		seaDB = okumuraAt(dKm, [3]float64{-11, -11, -15})
	}
	lossDB := urbanDB - areaDB + hillsDB + fineDB + slopeDB + seaDB

	last := len(p.TerrainM) - 1
	freeDB := freeSpaceDB(freeSpaceAt1MDB(l.FrequencyMHz),
		slantM2(p.LengthM(), p.TerrainM[0]+l.TxHeightM, p.TerrainM[last]+l.RxHeightM))
	res := Result{LossDB: max(lossDB, freeDB), Warnings: m.warnings(&t, l.FrequencyMHz, dKm)}
	if lossDB < freeDB {
		res.Warnings = append(res.Warnings, Warning{m.Name() + "-free-space",
			fmt.Sprintf("%s gives %.1f dB, less than free space; free-space loss taken", v.Source, lossDB)})
	}
	if l.Explain {
		res.Intermediates = []Quantity{
			{"d", dKm, "km", "profile"},
			{"hbe", txM, "m", "effective height"},
			{"hme", rxM, "m", "effective height"},
			{"A(f,1)", median.at1DB, "dB", "median"},
			{"A(f,100)", median.at100DB, "dB", "median"},
			{"nl", median.nearExponent, "", "median"},
			{"nh", median.farExponent, "", "median"},
			{"dbp", median.breakKm, "km", "median"},
			{"Lurban", urbanDB, "dB", "median"},
			{"Karea", areaDB, "dB", "area"},
			{"deltah", t.undulationM, "m", "rolling hilly terrain"},
			{"Krh", hillsDB, "dB", "rolling hilly terrain"},
			{"Khf", fineDB, "dB", "rolling hilly terrain, fine"},
			{"thetam", t.slopeMrad, "mrad", "general slope"},
			{"Ksp", slopeDB, "dB", "general slope"},
			{"Ksea", seaDB, "dB", "mixed path"},
			{"Lbf", freeDB, "dB", "P.525 (3)"},
		}
	}
	return res, nil
}

// warnings says what lies outside Okumura's curves.
func (m EHata) warnings(t *ehataTerrain, frequencyMHz, dKm float64) []Warning {
	var out []Warning
	check := func(code, format string, value, least, most float64) {
		if value < least || value > most {
			out = append(out, Warning{m.Name() + "-" + code, fmt.Sprintf(format, value, least, most)})
		}
	}
	check("frequency", "frequency %.6g MHz is outside the %g to %g MHz of Okumura's curves", frequencyMHz, ehataLeastMHz, ehataMostMHz)
	check("distance", "distance %.6g km is outside the %g to %g km of Okumura's curves", dKm, ehataLeastKm, ehataMostKm)
	check("tx-height", "effective transmitter height %.4g m is held within %g to %g m", t.txM, ehataLeastTxM, ehataMostTxM)
	check("rx-height", "effective receiver height %.4g m is held within %g to %g m", t.rxM, ehataLeastRxM, ehataMostRxM)
	return out
}

// ehataMedian is the median loss in an urban area over quasi-smooth terrain as a
// function of distance: two lines over log d that meet at the break point.
type ehataMedian struct {
	freeAt1KmDB               float64
	heightDB                  float64
	at1DB, at100DB            float64 // attenuation above free space at 1 and 100 km from 200 m
	nearExponent, farExponent float64 // n_l and n_h, over free space's 2
	breakKm                   float64
}

func newEHataMedian(frequencyMHz, txM float64) ehataMedian {
	f, h := math.Log10(frequencyMHz), math.Log10(txM)
	s := ehataMedian{
		freeAt1KmDB:  32.45 + 20*f,
		heightDB:     13.82 * (math.Log10(200) - h),      // Hata, urban
		at1DB:        30.6788 - 16.8126*f + 4.4493*f*f,   // fitted to 26 published losses
		at100DB:      120.7717 - 52.7107*f + 10.9184*f*f, // fitted with n_h to 16
		nearExponent: 0.1 * (44.9 - 6.55*h - 20),         // Hata, urban
		farExponent:  -3.4983 + 6.5485*h - 1.3466*h*h,    // fitted
	}
	s.breakKm = math.Pow(10, (2*s.farExponent+0.1*(s.at1DB-s.at100DB))/(s.farExponent-s.nearExponent))
	return s
}

// lossDB is the median to a mobile at 3 m, whose height gain is 0 there.
func (s *ehataMedian) lossDB(dKm float64) float64 {
	d := math.Log10(dKm)
	free := s.freeAt1KmDB + 20*d + s.heightDB
	if dKm < s.breakKm {
		return free + s.at1DB + 10*s.nearExponent*d
	}
	return free + s.at100DB + 10*s.farExponent*(d-2)
}

// mobileGainDB is Hata's a(hm) for a large city from 400 MHz.
func mobileGainDB(rxM float64) float64 {
	return Hata{Area: HataLargeCity}.mobileDB(1500, rxM)
}

// areaDB is what the loss is less than in an urban area.
func (m EHata) areaDB(frequencyMHz float64) float64 {
	f := math.Log10(frequencyMHz)
	switch m.Area {
	case EHataSuburban:
		return 54.19 - 33.30*f + 6.25*f*f // TR-15-517
	case EHataOpen:
		return 4.78*f*f - 18.33*f + 40.94 // Hata, open
	}
	return 0
}

// rollingHillyDB is the median correction for hills of undulation Δh in m.
func rollingHillyDB(undulationM float64) float64 {
	if undulationM < 15 {
		return 0
	}
	x := math.Log10(undulationM)
	return 1.507213 - 8.458676*x + 6.102538*x*x
}

// fineHillyDB is what the loss differs by at the top and at the bottom of the hills.
func fineHillyDB(undulationM float64) float64 {
	if undulationM < 10 {
		return 0
	}
	x := math.Log10(undulationM)
	return -11.728795 + 15.544272*x - 1.8154766*x*x
}

// generalSlopeDB is the correction for terrain that rises by slopeMrad from the
// mobile towards the base station.
func generalSlopeDB(slopeMrad, dKm float64) float64 {
	if slopeMrad < 0 {
		return slopeMrad * okumuraAt(dKm, [3]float64{0.125, 0.35, 0.6})
	}
	return slopeMrad * okumuraAt(dKm, [3]float64{0.25, 0.8, 0.8})
}

// okumuraAt is a value that Okumura's curves give at 10, 30 and 60 km: straight in
// between, constant beyond.
func okumuraAt(dKm float64, at [3]float64) float64 {
	switch {
	case dKm <= 10:
		return at[0]
	case dKm < 30:
		return at[0] + (at[1]-at[0])*(dKm-10)/20
	case dKm < 60:
		return at[1] + (at[2]-at[1])*(dKm-30)/30
	}
	return at[2]
}

// ehataSurvey reads a checked profile of at least 400 m. The model counts samples at
// even steps, as ITM does.
func ehataSurvey(p *Profile, txHeightM, rxHeightM float64) (ehataTerrain, error) {
	path, buffer := itmEven(p)
	defer itmRelease(buffer)
	var t ehataTerrain
	if i := path.singleHorizon(txHeightM, rxHeightM); i > 0 {
		return t, fmt.Errorf("%w: %w: the ground %.4g km from the transmitter and %.4g km from the receiver is the horizon of both",
			ErrLink, ErrIsolatedRidge, float64(i)*path.stepM/1000, (path.length-float64(i)*path.stepM)/1000)
	}
	seaSamples := p.seaSamples()
	if seaSamples > 0 && seaSamples < len(p.TerrainM) {
		return t, fmt.Errorf("%w: %w: %d of %d samples are sea",
			ErrLink, ErrMixedPath, seaSamples, len(p.TerrainM))
	}
	t.allSea = seaSamples > 0

	scratch := itmBuffers.Get().(*[]float64)
	defer itmRelease(scratch)
	fromRx := (*scratch)[:0] // the path from the mobile on, then room to sort in
	for i := path.intervals(); i >= 0; i-- {
		fromRx = append(fromRx, path.z[i])
	}
	near := fromRx[:min(int(10e3/path.stepM), path.intervals())+1]
	fromRx = append(fromRx, near...)
	*scratch = fromRx
	window := fromRx[len(path.z):]
	fromRx = fromRx[:len(path.z)]

	t.txM = txHeightM + path.z[0] - meanBeyond3KmM(path.z, path.stepM, path.length)
	t.rxM = rxHeightM + fromRx[0] - meanBeyond3KmM(fromRx, path.stepM, path.length)
	t.undulate(window, fromRx[0], path.length)
	t.slopeMrad = generalSlopeMrad(fromRx, path.stepM, path.length)
	return t, nil
}

// singleHorizon is the sample between the ends that both antennas have as their
// horizon over an Earth of true radius, 0 when there is none.
func (p *itmPath) singleHorizon(txHeightM, rxHeightM float64) int {
	tx, rx := itmTerminal{heightM: txHeightM}, itmTerminal{heightM: rxHeightM}
	p.horizons(&tx, &rx, 1/earthRadiusM)
	fromTx, fromRx := math.Round(tx.horizonM/p.stepM), math.Round(rx.horizonM/p.stepM)
	if fromTx+fromRx == float64(p.intervals()) {
		return int(fromTx)
	}
	return 0
}

// seaSamples counts the samples at sea.
func (p *Profile) seaSamples() int {
	n := 0
	for i, h := range p.TerrainM {
		if p.Zone == nil && h == 0 || p.Zone != nil && p.Zone[i] == Sea {
			n++
		}
	}
	return n
}

// meanBeyond3KmM is the level that an antenna on z[0] is effective above: its own
// ground on paths of up to 3 km, the mean from 3 to 15 km on paths of 15 km or more,
// and a straight transition between the two.
func meanBeyond3KmM(z []float64, stepM, lengthM float64) float64 {
	if lengthM < 3e3 {
		return z[0]
	}
	last := len(z) - 1
	from, to := min(int(3e3/stepM), last), min(int(15e3/stepM), last)
	var sum float64
	for _, h := range z[from : to+1] {
		sum += h
	}
	mean := sum / float64(to-from+1)
	return z[0] + (mean-z[0])*min((lengthM-3e3)/12e3, 1)
}

// undulate takes Δh and the mobile's place on the hills from the terrain of the
// 10 km before it, which it reorders.
func (t *ehataTerrain) undulate(window []float64, groundM, lengthM float64) {
	exceededBy := func(share float64) float64 {
		// The counts are those of the published losses; 1e-9 keeps 0.9·10 at 9.
		k := max(int(float64(len(window))*share+1e-9)-1, 0)
		return selectKth(window, len(window)-1-k)
	}
	high, middle, low := exceededBy(0.1), exceededBy(0.5), exceededBy(0.9)
	t.undulationM = high - low
	if lengthM < 10e3 {
		// To the Δh of 10 km, by the growth of ITM's Δh with distance: Alg (3.9).
		t.undulationM *= (1 - 0.8*math.Exp(-0.2)) / (1 - 0.8*math.Exp(-lengthM/50e3))
	}
	switch {
	case lengthM < 5e3: // too short to tell: the worse place
		t.position = 1
	case groundM >= high:
		t.position = -1
	case groundM >= middle:
		t.position = -(groundM - middle) / (high - middle)
	case groundM >= low:
		t.position = (middle - groundM) / (middle - low)
	default:
		t.position = 1
	}
}

// generalSlopeMrad is the slope of lines fitted to the terrain from the mobile z[0]
// to 5, 6, … 10 km: the steepest where all rise or all fall, else the first.
func generalSlopeMrad(z []float64, stepM, lengthM float64) float64 {
	var first float64
	least, most := posInf, negInf
	for km := 5; km <= 10 && float64(km)*1000 <= lengthM; km++ {
		k := int(float64(km) * 1000 / stepM)
		if k < 1 {
			continue
		}
		atFirst, atLast := fitLine(z[:k+1], 0, k)
		slope := (atLast - atFirst) / float64(km) // over whole steps, stated for whole km
		if math.IsInf(least, 1) {
			first = slope
		}
		least, most = min(least, slope), max(most, slope)
	}
	switch {
	case math.IsInf(least, 1):
		return 0
	case least >= 0:
		return most
	case most <= 0:
		return least
	}
	return first
}
