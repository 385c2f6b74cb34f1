package propagation

import (
	"math"

	"github.com/covgap/covgap/coverage"
)

// P526 is free-space loss (P.525-5) plus the diffraction loss of the
// delta-Bullington method for a general terrestrial path, ITU-R P.526-16 §4.5.2.
//
// The recommendation knows no clutter: as in P.1812, clutter heights are added to
// the terrain between the ends, and the smooth surface is fitted to the bare
// terrain. The ground is average land (ε_r 22, σ 0.003 S/m), and sea water for the
// share of the profile that is sea. The effective Earth radius is 4/3 of the
// Earth's unless the climate's DeltaN says otherwise.
type P526 struct{}

var _ RayModel = P526{}

// Name gives "p526".
func (P526) Name() string { return "p526" }

// Validity gives the range of ITU-R P.526-16 §3.2, which bounds frequency alone.
func (P526) Validity() Validity {
	return Validity{
		Source:          "ITU-R P.526-16 (11/2025)",
		MinFrequencyMHz: 10,
		Zones:           true,
		Notes:           "delta-Bullington diffraction over free space; no troposcatter, no ducting, median refraction",
	}
}

// Loss gives free-space loss plus diffraction loss.
func (m P526) Loss(p *Profile, l Link) (Result, error) {
	if err := p.check(); err != nil {
		return Result{}, err
	}
	if err := l.check(); err != nil {
		return Result{}, err
	}
	radiusM, err := l.Climate.radius526M()
	if err != nil {
		return Result{}, err
	}
	last := len(p.TerrainM) - 1
	s := takeSurvey(p, l.TxHeightM, l.RxHeightM, radiusM)
	hstM, hsrM := s.fit.ends(s.lengthM)
	hstdM, hsrdM := s.ridge.smoothEnds(hstM, hsrM, p.TerrainM[0], p.TerrainM[last])
	zones := p.sections()
	w := newWave(l.FrequencyMHz, wavelengthM(l.FrequencyMHz), l.Polarization, zones.seaShare(s.lengthM))
	nu := s.surface.nu(s.terminals, radiusM)
	diffraction := w.deltaBullington(nu, p.DistanceM, s.txM-hstdM, s.rxM-hsrdM, radiusM, l.Explain)
	freeDB := freeSpaceDB(freeSpaceAt1MDB(l.FrequencyMHz), slantM2(s.lengthM, s.txM, s.rxM))
	res := Result{LossDB: freeDB + diffraction.lossDB, Warnings: rangeWarnings(m, l, s.lengthM)}
	if l.Explain {
		res.Intermediates = []Quantity{
			{"d", s.lengthM / 1000, "km", "§4.5.1"},
			{"ae", radiusM / 1000, "km", "§4.5.1"},
			{"hts", s.txM, "m", "§4.5.1"},
			{"hrs", s.rxM, "m", "§4.5.1"},
			{"hst", hstM, "m", "§4.5.2"},
			{"hsr", hsrM, "m", "§4.5.2"},
			{"hstd", hstdM, "m", "§4.5.2"},
			{"hsrd", hsrdM, "m", "§4.5.2"},
			{"Lba", diffraction.actualDB, "dB", "§4.5.2"},
			{"Lbs", diffraction.smoothDB, "dB", "§4.5.2"},
			{"Ldsph", diffraction.sphericalDB, "dB", "§3.2"},
			{"L", diffraction.lossDB, "dB", "§4.5.2"},
			{"Lbf", freeDB, "dB", "P.525 (3)"},
			{"Lb", res.LossDB, "dB", "P.525 (3) + P.526 §4.5.2"},
		}
		if last > 1 { // without samples between the ends there is no edge
			res.Intermediates = append(res.Intermediates, Quantity{"nu", nu / w.rootWavelength, "", "§4.5.1"})
		}
	}
	return res, nil
}

// earthRadiusM is the Earth's radius in all ITU-R P-series effective radii.
const earthRadiusM = 6371e3

// radius526M is the effective Earth radius for P.526.
func (c Climate) radius526M() (float64, error) {
	if c.DeltaN == 0 {
		return earthRadiusM * 4 / 3, nil
	}
	return c.medianRadiusM(c.DeltaN)
}

// wave is a frequency and polarisation with what follows from them for
// diffraction.
type wave struct {
	rootWavelength float64 // √λ, λ in metres
	cbrtFrequency  float64 // ∛f, f in GHz
	landK, seaK    float64 // K·∛a of the ground, a in km
	seaShare       float64 // share of the path over sea, 0 to 1
}

func newWave(frequencyMHz, wavelengthM float64, pol Polarization, seaShare float64) wave {
	f := frequencyMHz / 1000
	surfaceK := func(permittivity, conductivity float64) float64 {
		loss18 := 18 * conductivity / f
		k := 0.036 / math.Cbrt(f) / math.Sqrt(math.Hypot(permittivity-1, loss18)) // K_H, P.1812 (29a)
		if pol == Vertical {
			k *= math.Hypot(permittivity, loss18) // K_V, P.1812 (29b)
		}
		return k
	}
	return wave{
		rootWavelength: math.Sqrt(wavelengthM),
		cbrtFrequency:  math.Cbrt(f),
		landK:          surfaceK(landPermittivity, landConductivity),
		seaK:           surfaceK(seaPermittivity, seaConductivity),
		seaShare:       seaShare,
	}
}

// 10·log10(x) and 20·log10(x) as multiples of the natural logarithm, which is the
// quicker one.
const (
	tenPerLn10    = 10 / math.Ln10
	twentyPerLn10 = 20 / math.Ln10
)

// KnifeEdgeDB is the diffraction loss in dB of a single knife edge with the
// diffraction parameter nu, J(ν) of ITU-R P.526-16 §4.1 and P.1812-8 (12). It is
// zero at and below -0.78, where the approximation ends with a step of 0.004 dB.
func KnifeEdgeDB(nu float64) float64 {
	if nu <= -0.78 {
		return 0
	}
	t := nu - 0.1
	return 6.9 + twentyPerLn10*coverage.Log(math.Sqrt(t*t+1)+t)
}

// bullingtonDB is the Bullington loss for ν·√λ.
func (w *wave) bullingtonDB(nu, lengthM float64) float64 {
	uc := KnifeEdgeDB(nu / w.rootWavelength) // L_uc, P.1812 (16), (20)
	if uc == 0 {
		return 0
	}
	const perSixth = -tenPerLn10 / 6                                          // e^(−L/6) as a power in dB
	return uc + (1-coverage.MilliwattsOf(uc*perSixth))*(10+0.02*lengthM/1000) // P.526 §4.5.1, P.1812 (21)
}

// diffraction is a delta-Bullington loss with its parts.
type diffraction struct {
	lossDB      float64
	actualDB    float64 // Bullington loss over the path's own profile
	smoothDB    float64 // Bullington loss over the smooth surface; NaN when it was not needed
	sphericalDB float64 // spherical-Earth loss over the smooth surface
}

// deltaBullington is the complete method of P.526 §4.5.2 and P.1812 §4.3.4. nu is
// ν·√λ of the profile; txM and rxM are the antennas above the smooth surface.
// When the spherical-Earth loss is zero, that over the smooth surface changes
// nothing and is only computed for explain.
func (w *wave) deltaBullington(nu float64, distanceM []float64, txM, rxM, radiusM float64, explain bool) diffraction {
	lengthM := distanceM[len(distanceM)-1]
	d := diffraction{
		actualDB:    w.bullingtonDB(nu, lengthM),
		smoothDB:    math.NaN(),
		sphericalDB: w.sphericalEarthDB(lengthM/1000, txM, rxM, radiusM/1000),
	}
	d.lossDB = d.actualDB
	if d.sphericalDB > 0 || explain {
		d.smoothDB = w.bullingtonDB(smoothNu(distanceM, txM, rxM, radiusM), lengthM)
		d.lossDB += max(d.sphericalDB-d.smoothDB, 0) // P.1812 (39)
	}
	return d
}

// overSmoothEarthDB is what the smooth Earth adds to the Bullington loss of the
// path's own profile.
func (w *wave) overSmoothEarthDB(distanceM []float64, txM, rxM, radiusM float64) float64 {
	lengthM := distanceM[len(distanceM)-1]
	spherical := w.sphericalEarthDB(lengthM/1000, txM, rxM, radiusM/1000)
	if spherical <= 0 {
		return 0
	}
	smooth := w.bullingtonDB(smoothNu(distanceM, txM, rxM, radiusM), lengthM)
	return max(spherical-smooth, 0) // P.1812 (39)
}

// sphericalEarthDB is the diffraction loss over a smooth spherical Earth for any
// distance, P.526 §3.2 and P.1812 §4.3.2. Heights are above the surface.
func (w *wave) sphericalEarthDB(dKm, txM, rxM, radiusKm float64) float64 {
	los := math.Sqrt(2*radiusKm) * (math.Sqrt(0.001*txM) + math.Sqrt(0.001*rxM)) // P.1812 (22)
	if dKm >= los {
		return w.firstTermDB(dKm, txM, rxM, radiusKm)
	}
	// The smallest clearance between the curved Earth and the ray. The recommendation
	// writes cos(π/3 + arccos(x)/3), which is sin(arcsin(x)/3) without its
	// cancellation on short paths.
	c := (txM - rxM) / (txM + rxM)                  // P.1812 (24d)
	m := 250 * dKm * dKm / (radiusKm * (txM + rxM)) // P.1812 (24e)
	x := min(max(1.5*c*math.Sqrt(3*m/((m+1)*(m+1)*(m+1))), -1), 1)
	b := 2 * math.Sqrt((m+1)/(3*m)) * math.Sin(math.Asin(x)/3)               // P.1812 (24c)
	d1 := dKm / 2 * (1 + b)                                                  // P.1812 (24a)
	d2 := dKm - d1                                                           // P.1812 (24b)
	hse := ((txM-500*d1*d1/radiusKm)*d2 + (rxM-500*d2*d2/radiusKm)*d1) / dKm // P.1812 (23)
	hreq := 17.456 * math.Sqrt(max(d1*d2/dKm, 0)) * w.rootWavelength         // P.1812 (25)
	if hse > hreq {
		return 0
	}
	// Of an antenna on the surface both are zero, and the loss is whole. In line of
	// sight the clearance is negative only by rounding.
	var clear float64
	if hse > 0 {
		clear = hse / hreq
	}
	root := math.Sqrt(txM) + math.Sqrt(rxM)
	marginalKm := 500 * (dKm / root) * (dKm / root) // P.1812 (26)
	loss := w.firstTermDB(dKm, txM, rxM, marginalKm)
	if loss <= 0 {
		return 0
	}
	return (1 - clear) * loss // P.1812 (27)
}

// The electrical constants of the ground, P.1812 §4.3.3.
const (
	landPermittivity, landConductivity = 22, 0.003 // S/m
	seaPermittivity, seaConductivity   = 80, 5     // S/m
)

// firstTermDB is the first term of the residue series for diffraction over a
// spherical Earth, P.526 §3.1.1.2 and P.1812 §4.3.3, weighted by the share of sea.
func (w *wave) firstTermDB(dKm, txM, rxM, radiusKm float64) float64 {
	cbrtRadius := math.Cbrt(radiusKm)
	switch w.seaShare {
	case 0:
		return w.firstTermOverDB(dKm, txM, rxM, cbrtRadius, w.landK/cbrtRadius)
	case 1:
		return w.firstTermOverDB(dKm, txM, rxM, cbrtRadius, w.seaK/cbrtRadius)
	}
	return w.seaShare*w.firstTermOverDB(dKm, txM, rxM, cbrtRadius, w.seaK/cbrtRadius) +
		(1-w.seaShare)*w.firstTermOverDB(dKm, txM, rxM, cbrtRadius, w.landK/cbrtRadius) // P.1812 (28)
}

// firstTermOverDB takes the cube root of the radius in km and K of the ground.
func (w *wave) firstTermOverDB(dKm, txM, rxM, cbrtRadius, k float64) float64 {
	k2 := k * k
	beta := (1 + 1.6*k2 + 0.67*k2*k2) / (1 + 4.5*k2 + 1.53*k2*k2)                     // P.1812 (30)
	x := 21.88 * beta * w.cbrtFrequency / (cbrtRadius * cbrtRadius) * dKm             // P.1812 (31)
	betaPerM := beta * 0.9575 * beta * w.cbrtFrequency * w.cbrtFrequency / cbrtRadius // P.1812 (32), (35)
	lnX := math.Log(x)
	var fx float64
	if x >= 1.6 { // P.1812 (33)
		fx = 11 + tenPerLn10*lnX - 17.6*x
	} else {
		fx = -twentyPerLn10*lnX - 5.6488*math.Exp(1.425*lnX)
	}
	txDB, txFactor := heightGain(betaPerM*txM, k)
	rxDB, rxFactor := heightGain(betaPerM*rxM, k)
	return -fx - txDB - rxDB - twentyPerLn10*math.Log(txFactor*rxFactor) // P.1812 (36)
}

// heightGain is G(Y) with B = βY, P.1812 (34), (35), not below 2 + 20·log10(K): the
// sum of a part in dB and 20·log10 of a factor.
func heightGain(b, k float64) (db, factor float64) {
	floor := 1.2589254117941673 * k // 10^(2/20)
	if b > 2 {
		return max(17.6*math.Sqrt(b-1.1)-tenPerLn10/2*math.Log(b-1.1)-8, twentyPerLn10*math.Log(floor)), 1
	}
	return 0, max(b+0.1*b*b*b, floor)
}

// smoothNu is ν·√λ over a smooth Earth sampled where the path was sampled:
// the profile with all heights zero and the antennas txM and rxM above it. Each
// extreme lies beside a known distance, so that only neighbours are looked at.
func smoothNu(distanceM []float64, txM, rxM, radiusM float64) float64 {
	last := len(distanceM) - 1
	if last < 2 {
		return negInf
	}
	inner := distanceM[1:last]
	lengthM := distanceM[last]
	t := terminals{lengthM, txM, rxM}
	v := emptyView()
	fold := 1 / (2 * radiusM)
	foldedRx := rxM - lengthM*lengthM*fold
	// The slope −x/2a − h/x from the transmitter is steepest at x = √(2ah); from the
	// receiver the same holds for d−x.
	i := firstAtLeast(inner, math.Sqrt(2*radiusM*txM))
	for _, x := range inner[max(i-1, 0):min(i+1, len(inner))] {
		v.txSlope = max(v.txSlope, (-x*x*fold-txM)/x)
	}
	i = firstAtLeast(inner, lengthM-math.Sqrt(2*radiusM*rxM))
	for _, x := range inner[max(i-1, 0):min(i+1, len(inner))] {
		v.rxSlope = max(v.rxSlope, (-x*x*fold-foldedRx)/(lengthM-x))
	}
	if v.lineOfSight(t, radiusM) {
		direct := t.directSlope(radiusM)
		at := func(i int) float64 {
			x := inner[i]
			c := txM + direct*x + x*x*fold
			return c * c / (x * (lengthM - x))
		}
		// With x = d·sin²φ the parameter is (d/2a)·sin 2φ/2 − (h_t·cot φ + h_r·tan φ)/d
		// up to a factor: concave in φ, so one minimum of the clearance.
		lo, hi := 0, len(inner)-1
		for lo < hi {
			mid := (lo + hi) / 2
			if at(mid+1) < at(mid) {
				lo = mid + 1
			} else {
				hi = mid
			}
		}
		v.clearance = at(lo)
	}
	return v.nu(t, radiusM)
}

// firstAtLeast is the index of the first element not below x, len(xs) when none is.
func firstAtLeast(xs []float64, x float64) int {
	lo, hi := 0, len(xs)
	for lo < hi {
		if mid := (lo + hi) / 2; xs[mid] < x {
			lo = mid + 1
		} else {
			hi = mid
		}
	}
	return lo
}

// Reciprocal makes P526 a [Reciprocal], whatever the link.
func (P526) Reciprocal(Link) bool { return true }
