package propagation

import (
	"fmt"
	"math"

	"github.com/paulmach/orb"
)

// P1812 is the path-specific method of ITU-R P.1812-8 (09/2025): line of sight
// with multipath and focusing, delta-Bullington diffraction, tropospheric scatter,
// ducting and layer reflection, combined for a percentage of time, with location
// variability. Section and equation numbers in this file are that edition's.
//
// Building entry loss (§4.8) is not part of it.
type P1812 struct{}

var _ RayModel = P1812{}

// Name gives "p1812".
func (P1812) Name() string { return "p1812" }

// Validity gives the recommended range of ITU-R P.1812-8.
func (P1812) Validity() Validity {
	return Validity{
		Source:          "ITU-R P.1812-8 (09/2025)",
		MinFrequencyMHz: 30, MaxFrequencyMHz: 6000,
		MinDistanceKm: 0.25, MaxDistanceKm: 3000,
		MinTxHeightM: 1, MaxTxHeightM: 3000,
		MinRxHeightM: 1, MaxRxHeightM: 3000,
		MinTimePercent: 1, MaxTimePercent: 50,
		MinLocationPct: 1, MaxLocationPct: 99,
		Zones: true,
		Notes: "path profile with representative clutter heights; building entry loss is separate",
	}
}

// Loss gives the basic transmission loss not exceeded for the link's percentage of
// time and of locations. Its mathematics ends at 50 % of time and needs a share of
// locations strictly between 0 and 100 %.
func (m P1812) Loss(p *Profile, l Link) (Result, error) {
	if err := p.check(); err != nil {
		return Result{}, err
	}
	if err := l.check(); err != nil {
		return Result{}, err
	}
	l = l.defaulted()
	c, err := newConditions1812(l)
	if err != nil {
		return Result{}, err
	}
	s := takeSurvey(p, l.TxHeightM, l.RxHeightM, c.medianRadiusM)
	g := c.analyse(p, l, s)
	v := c.combine(&g, p.DistanceM, l.Explain)
	res := Result{LossDB: v.lb, Warnings: rangeWarnings(m, l, s.lengthM)}
	if l.Explain {
		res.Intermediates = v.quantities(&c, &g)
	}
	return res, nil
}

// FieldStrengthDBuV is the field strength in dB(µV/m) for 1 kW effective radiated
// power that goes with a basic transmission loss, ITU-R P.1812-8 §4.10.
func FieldStrengthDBuV(lossDB, frequencyMHz float64) float64 {
	return 199.36 + 20*math.Log10(frequencyMHz/1000) - lossDB // (70)
}

// conditions1812 is a link without its path and heights.
type conditions1812 struct {
	frequencyGHz    float64
	wave            wave // its share of sea is the path's
	timePercent     float64
	locationPercent float64
	resolutionM     float64
	n0              float64
	medianRadiusM   float64 // a_e
	betaRadiusM     float64 // a_β
}

// defaultDeltaN is the lapse rate of the zero Climate, N-units/km.
const defaultDeltaN = 45

func newConditions1812(l Link) (conditions1812, error) {
	deltaN := l.Climate.DeltaN
	if deltaN == 0 {
		deltaN = defaultDeltaN
	}
	radiusM, err := l.Climate.medianRadiusM(deltaN)
	if err != nil {
		return conditions1812{}, err
	}
	// The negated forms also refuse NaN.
	switch {
	case !(l.TimePercent > 0 && l.TimePercent <= 50):
		return conditions1812{}, fmt.Errorf("%w: time percentage %g; P.1812 is defined up to 50", ErrLink, l.TimePercent)
	case !(l.LocationPercent > 0 && l.LocationPercent < 100):
		return conditions1812{}, fmt.Errorf("%w: location percentage %g", ErrLink, l.LocationPercent)
	case !(l.ResolutionM > 0 && l.ResolutionM <= maxDistanceM):
		return conditions1812{}, fmt.Errorf("%w: resolution %g m", ErrLink, l.ResolutionM)
	case !(math.Abs(l.Climate.N0) <= 1e6):
		return conditions1812{}, fmt.Errorf("%w: N0 %g N-units", ErrLink, l.Climate.N0)
	case !(l.Climate.TxCoastKm >= 0 && l.Climate.RxCoastKm >= 0):
		return conditions1812{}, fmt.Errorf("%w: distances to the coast %g and %g km", ErrLink, l.Climate.TxCoastKm, l.Climate.RxCoastKm)
	}
	for _, end := range [2]orb.Point{l.Tx, l.Rx} {
		if !(math.Abs(end[0]) <= 360 && math.Abs(end[1]) <= 90) {
			return conditions1812{}, fmt.Errorf("%w: position %g, %g", ErrLink, end[0], end[1])
		}
	}
	return conditions1812{
		frequencyGHz:    l.FrequencyMHz / 1000,
		wave:            newWave(l.FrequencyMHz, 299.8/l.FrequencyMHz, l.Polarization, 0), // λ = 0.2998/f, §4.3.1
		timePercent:     l.TimePercent,
		locationPercent: l.LocationPercent,
		resolutionM:     l.ResolutionM,
		n0:              l.Climate.N0,
		medianRadiusM:   radiusM,
		betaRadiusM:     earthRadiusM * 3, // (7b)
	}, nil
}

// path1812 is all that the method reads from a path: the extremes over its
// samples, and what the path analysis of Attachment 1 makes of them. The losses
// are pure functions of it.
type path1812 struct {
	terminals
	txHeightM, rxHeightM  float64 // antennas above ground
	groundTxM, groundRxM  float64
	nuMedian, nuBeta      float64 // ν·√λ for both Earth radii; β only when p < 50 %
	thetaT, thetaR, theta float64 // horizon angles and path angular distance, mrad
	dltKm, dlrKm          float64 // distances to the horizons
	hstM, hsrM            float64 // smooth-Earth surface at the ends, as fitted
	hstnM, hsrnM          float64 // not above the ground, for ducting
	hstdM, hsrdM          float64 // for diffraction
	hteM, hreM            float64 // effective heights for ducting
	hmM                   float64 // terrain roughness
	climate1812
	latitudeDeg      float64 // of the path's centre
	rxClutterM       float64 // representative clutter height at the receiver
	clutterBesideTxM float64 // of the samples next to the terminals, for Explain
	clutterBesideRxM float64
}

// analyse is the path profile analysis, Attachment 1.
func (c *conditions1812) analyse(p *Profile, l Link, s survey) path1812 {
	last := len(p.DistanceM) - 1
	g := path1812{
		terminals: s.terminals,
		txHeightM: l.TxHeightM, rxHeightM: l.RxHeightM,
		groundTxM: p.TerrainM[0], groundRxM: p.TerrainM[last],
		nuMedian:    s.surface.nu(s.terminals, c.medianRadiusM),
		latitudeDeg: centreLatitudeDeg(l.Tx, l.Rx, s.lengthM),
	}
	if c.timePercent < 50 || l.Explain {
		g.nuBeta = surfaceView(p, s.terminals, c.betaRadiusM).nu(s.terminals, c.betaRadiusM)
	}
	zones := p.sections()
	g.climate1812 = zones.climate(s.lengthM, l.Climate)
	if p.ClutterM != nil {
		g.rxClutterM = p.ClutterM[last]
		if last > 1 {
			g.clutterBesideTxM, g.clutterBesideRxM = p.ClutterM[1], p.ClutterM[last-1]
		}
	}
	txSample, rxSample := g.horizons(p, s.bare, c.medianRadiusM)
	g.hstM, g.hsrM = s.fit.ends(s.lengthM)                                          // (85), (86)
	g.hstdM, g.hsrdM = s.ridge.smoothEnds(g.hstM, g.hsrM, g.groundTxM, g.groundRxM) // (87) to (89)
	g.overTerrain()
	g.hmM = g.roughness(p.DistanceM, p.TerrainM, txSample, rxSample)
	return g
}

// horizons sets the horizon angles and distances, which know no clutter, and gives
// the samples of both horizons.
func (g *path1812) horizons(p *Profile, bare view, radiusM float64) (txSample, rxSample int) {
	// A slope in the folded plane is the tangent of an elevation angle at the
	// transmitter; at the receiver the plane itself is tilted by d/a.
	if bare.lineOfSight(g.terminals, radiusM) {
		// The horizon is the other end, its distance that of the largest ν.
		g.thetaT = 1000 * math.Atan(g.directSlope(radiusM))                        // (76) to (78)
		g.thetaR = 1000 * math.Atan((g.txM-g.rxM)/g.lengthM-g.lengthM/(2*radiusM)) // (79) to (81)
		txSample, rxSample = bare.clearanceSample, bare.clearanceSample
	} else {
		g.thetaT = 1000 * math.Atan(bare.txSlope)                   // (76) to (78)
		g.thetaR = 1000 * math.Atan(bare.rxSlope-g.lengthM/radiusM) // (79) to (81)
		txSample, rxSample = bare.txSample, bare.rxSample
	}
	g.dltKm = p.DistanceM[txSample] / 1000                 // (78)
	g.dlrKm = (g.lengthM - p.DistanceM[rxSample]) / 1000   // (81a)
	g.theta = 1000*g.lengthM/radiusM + g.thetaT + g.thetaR // (82)
	return txSample, rxSample
}

// overTerrain sets the smooth surface not above the ground and the effective
// heights over it.
func (g *path1812) overTerrain() {
	g.hstnM, g.hsrnM = min(g.hstM, g.groundTxM), min(g.hsrM, g.groundRxM) // (90a), (90b)
	g.hteM, g.hreM = g.txM-g.hstnM, g.rxM-g.hsrnM                         // (92a), (92b)
}

// roughness is the terrain roughness h_m: the greatest height of the terrain above
// the smooth surface between the horizons.
func (g *path1812) roughness(distanceM, terrainM []float64, txSample, rxSample int) float64 {
	slope := (g.hsrnM - g.hstnM) / g.lengthM // (91)
	hm := negInf
	for i := txSample; i <= rxSample; i++ {
		hm = max(hm, terrainM[i]-(g.hstnM+slope*distanceM[i])) // (93)
	}
	return max(hm, 0)
}

// centreLatitudeDeg is the latitude of the path's centre: the point half the path's
// length from the transmitter along the great circle, on the sphere; φ in (4).
func centreLatitudeDeg(tx, rx orb.Point, lengthM float64) float64 {
	return latitudeTowardDeg(tx, cosAzimuth(tx, rx), lengthM/2)
}

// cosAzimuth is the cosine of the azimuth at a to b, on the sphere.
func cosAzimuth(a, b orb.Point) float64 {
	const rad = math.Pi / 180
	sinA, cosA := math.Sincos(a.Lat() * rad)
	sinB, cosB := math.Sincos(b.Lat() * rad)
	dLon := (b.Lon() - a.Lon()) * rad
	north := cosA*sinB - sinA*cosB*math.Cos(dLon)
	east := cosB * math.Sin(dLon)
	if across := math.Hypot(north, east); across > 0 {
		north /= across
	}
	return north
}

// latitudeTowardDeg is the latitude of the point at a distance from a, on the sphere.
func latitudeTowardDeg(a orb.Point, cosAzimuth, distanceM float64) float64 {
	const rad = math.Pi / 180
	sinA, cosA := math.Sincos(a.Lat() * rad)
	sinD, cosD := math.Sincos(distanceM / earthRadiusM)
	return math.Asin(min(max(sinA*cosD+cosA*sinD*cosAzimuth, -1), 1)) / rad
}

// values1812 is every loss of the method, named as in the recommendation.
type values1812 struct {
	beta0                 float64
	lbfs, lb0p, lb0b      float64
	d50, dBeta            diffraction
	fi, fj, fk            float64
	ldp, lbd50, lbd       float64
	lminb0p, lba, lminbap float64
	lbda, lbam, lbs, lbc  float64
	sigmaLoc, lb          float64
}

// combine computes the losses of a path, §4.
func (c *conditions1812) combine(g *path1812, distanceM []float64, explain bool) values1812 {
	var v values1812
	p, dKm := c.timePercent, g.lengthM/1000
	tau := inlandTau(g.dlmKm)
	v.beta0 = beta0(g.latitudeDeg, math.Log(mu1(g.dtmKm, tau)))

	// §4.2, line of sight.
	slantKm := math.Sqrt(slantM2(g.lengthM, g.txM, g.rxM)) / 1000
	v.lbfs = 92.4 + 20*math.Log10(c.frequencyGHz) + 20*math.Log10(slantKm) // (8)
	focusing := focusingDB(g.dltKm + g.dlrKm)                              // (9a), (9b)
	v.lb0p = v.lbfs + focusing*math.Log10(p/50)                            // (10)
	v.lb0b = v.lbfs + focusing*math.Log10(v.beta0/50)                      // (11)

	// §4.3, diffraction.
	w := c.wave
	w.seaShare = g.omega
	htcM, hrcM := g.txM-g.hstdM, g.rxM-g.hsrdM // (37a), (37b)
	v.d50 = w.deltaBullington(g.nuMedian, distanceM, htcM, hrcM, c.medianRadiusM, explain)
	v.ldp = v.d50.lossDB
	if p < 50 || explain {
		v.dBeta = w.deltaBullington(g.nuBeta, distanceM, htcM, hrcM, c.betaRadiusM, explain)
	}
	if p < 50 {
		v.fi = 1 // (40)
		if p > v.beta0 {
			v.fi = inverseNormal(p/100) / inverseNormal(v.beta0/100)
		}
		v.ldp += v.fi * (v.dBeta.lossDB - v.d50.lossDB) // (41)
	}
	v.lbd50 = v.lbfs + v.d50.lossDB // (42)
	v.lbd = v.lb0p + v.ldp          // (43)

	v.lbs = c.troposcatterDB(dKm, g.theta)
	v.lba = c.ductingDB(g, v.beta0, tau)

	// §4.6, combination.
	v.fj = angleWeight(g.theta)
	v.fk = distanceWeight(dKm)
	if p < v.beta0 { // (59)
		v.lminb0p = v.lb0p + (1-g.omega)*v.ldp
	} else {
		v.lminb0p = v.lbd50 + (v.lb0b+(1-g.omega)*v.ldp-v.lbd50)*v.fi
	}
	v.lminbap = softMaxDB(v.lba, v.lb0p) // (60)
	v.lbda = v.lbd                       // (61)
	if v.lminbap <= v.lbd {
		v.lbda = v.lminbap + (v.lbd-v.lminbap)*v.fk
	}
	v.lbam = v.lbda + (v.lminb0p-v.lbda)*v.fj // (62)
	v.lbc = sumOfPowersDB(v.lbs, v.lbam)      // (63)

	// §4.7 and §4.9, locations.
	v.sigmaLoc = LocationSigmaDB(c.frequencyGHz*1000, g.rxHeightM, g.rxClutterM, c.resolutionM)
	v.lb = max(v.lb0p, v.lbc)
	if c.locationPercent != 50 {
		v.lb = max(v.lb0p, v.lbc-inverseNormal(c.locationPercent/100)*v.sigmaLoc) // (69)
	}
	return v
}

// focusingDB is the part of (9a) and (9b) before the logarithm, for the sum of the
// distances to the horizons.
func focusingDB(horizonsKm float64) float64 { return 2.6 * (1 - math.Exp(-0.1*horizonsKm)) }

// angleWeight is F_j for the path angular distance in mrad.
func angleWeight(theta float64) float64 {
	return 1 - 0.5*(1+math.Tanh(3*0.8*(theta-0.3)/0.3)) // (57)
}

// distanceWeight is F_k.
func distanceWeight(dKm float64) float64 {
	return 1 - 0.5*(1+math.Tanh(3*0.5*(dKm-20)/20)) // (58)
}

// softMaxDB is 2.5·ln(exp(a/2.5) + exp(b/2.5)), the larger kept out of the
// exponentials, which would overflow.
func softMaxDB(a, b float64) float64 {
	const eta = 2.5
	return max(a, b) + eta*math.Log1p(math.Exp(-math.Abs(a-b)/eta)) // (60)
}

// sumOfPowersDB is the loss of two ways together: -5·log(10^(-0.2a) + 10^(-0.2b)).
func sumOfPowersDB(a, b float64) float64 {
	const perDB = 0.2 * math.Ln10
	return min(a, b) - tenPerLn10/2*math.Log1p(math.Exp(-perDB*math.Abs(a-b))) // (63)
}

// inlandTau is τ for the longest continuous inland section.
func inlandTau(dlmKm float64) float64 {
	return 1 - math.Exp(-4.12e-4*math.Pow(dlmKm, 2.41)) // (3)
}

// mu1 is µ₁ for the longest continuous land section.
func mu1(dtmKm, tau float64) float64 {
	mu := math.Pow(math.Pow(10, -dtmKm/(16-6.6*tau))+math.Pow(10, -5*(0.496+0.354*tau)), 0.2) // (2)
	return min(mu, 1)
}

// beta0 is the percentage of time for which refractivity lapse rates above
// 100 N-units/km can be expected in the lowest 100 m of the atmosphere, §3.6. It
// takes the natural logarithm of µ₁.
func beta0(latitudeDeg, lnMu1 float64) float64 {
	latitude := math.Abs(latitudeDeg)
	if latitude <= 70 {
		lnMu4 := (-0.935 + 0.0176*latitude) * lnMu1                       // (4)
		return math.Exp((-0.015*latitude+1.67)*math.Ln10 + lnMu1 + lnMu4) // (5)
	}
	return 4.17 * math.Exp(1.3*lnMu1)
}

// troposcatterDB is the basic transmission loss by tropospheric scatter, §4.4.
func (c *conditions1812) troposcatterDB(dKm, theta float64) float64 {
	f := c.frequencyGHz
	logHalf := math.Log10(f / 2)
	lf := 25*math.Log10(f) - 2.5*logHalf*logHalf // (45)
	return 190.1 + lf + 20*math.Log10(dKm) + 0.573*theta - 0.15*c.n0 -
		10.125*math.Pow(math.Log10(50/c.timePercent), 0.7) // (44)
}

// ductingDB is the basic transmission loss by ducting and layer reflection, §4.5.
func (c *conditions1812) ductingDB(g *path1812, beta0, tau float64) float64 {
	f, dKm, radiusKm := c.frequencyGHz, g.lengthM/1000, c.medianRadiusM/1000
	cbrtF := c.wave.cbrtFrequency
	ast := siteShieldingDB(g.thetaT-0.1*g.dltKm, g.dltKm, f, cbrtF)
	asr := siteShieldingDB(g.thetaR-0.1*g.dlrKm, g.dlrKm, f, cbrtF)
	act := seaDuctCouplingDB(g.omega, g.dctKm, g.dltKm, g.txM)
	acr := seaDuctCouplingDB(g.omega, g.dcrKm, g.dlrKm, g.rxM)
	af := 102.45 + 20*math.Log10(f*(g.dltKm+g.dlrKm)) + c.ductFrequencyDB() + ast + asr + act + acr // (47)

	theta := 1000*dKm/radiusKm + min(g.thetaT, 0.1*g.dltKm) + min(g.thetaR, 0.1*g.dlrKm) // (52), (52a)
	alpha := max(-0.6-3.5e-9*math.Pow(dKm, 3.1)*tau, -3.4)                               // (55a)
	root := math.Sqrt(g.hteM) + math.Sqrt(g.hreM)
	mu2 := min(math.Pow(500*dKm*dKm/(radiusKm*root*root), alpha), 1) // (55)
	mu3 := 1.0                                                       // (56)
	if g.hmM > 10 {
		mu3 = math.Exp(-4.6e-5 * (g.hmM - 10) * (43 + 6*min(dKm-g.dltKm-g.dlrKm, 40)))
	}
	// The product can underflow on paths far rougher than any on Earth.
	beta := max(beta0*mu2*mu3, 1e-300)                                              // (54)
	return af + c.ductAttenuation()*theta + ductingTimeDB(c.timePercent, beta, dKm) // (46), (50)
}

// ductingTimeDB is A(p), what the percentages of time p and β add.
func ductingTimeDB(p, beta, dKm float64) float64 {
	logBeta := math.Log10(beta)
	gamma := 1.076 / math.Pow(2.0058-logBeta, 1.012) *
		math.Exp(-(9.51-4.8*logBeta+0.198*logBeta*logBeta)*1e-6*math.Pow(dKm, 1.13)) // (53a)
	return -12 + (1.2+3.7e-3*dKm)*math.Log10(p/beta) + 12*math.Pow(p/beta, gamma) // (53)
}

// ductFrequencyDB is A_lf.
func (c *conditions1812) ductFrequencyDB() float64 {
	f := c.frequencyGHz
	if f < 0.5 {
		return 45.375 - 137*f + 92.5*f*f // (47a)
	}
	return 0
}

// ductAttenuation is γ_d in dB/mrad.
func (c *conditions1812) ductAttenuation() float64 {
	return 5e-5 * c.medianRadiusM / 1000 * c.wave.cbrtFrequency // (51)
}

// siteShieldingDB is the diffraction loss of one end's horizon, in excess of
// 0.1 mrad/km (48a).
func siteShieldingDB(excess, horizonKm, f, cbrtF float64) float64 {
	if excess <= 0 {
		return 0
	}
	return 20*math.Log10(1+0.361*excess*math.Sqrt(f*horizonKm)) + 0.264*excess*cbrtF // (48)
}

// From which share of sea on ducts over it count, and how much they take off at most at
// each end, (49).
const (
	leastOmega        = 0.75
	mostSeaCouplingDB = 6
)

// seaDuctCouplingDB is the correction for coupling of one end into ducts over the sea.
func seaDuctCouplingDB(omega, coastKm, horizonKm, antennaM float64) float64 {
	if omega < leastOmega || coastKm > horizonKm || coastKm > 5 {
		return 0
	}
	return -3 * math.Exp(-0.25*coastKm*coastKm) * (1 + math.Tanh(0.07*(50-antennaM))) // (49)
}

// LocationSigmaDB is the standard deviation of location variability in dB outdoors,
// ITU-R P.1812-8 §4.7, for a receiver heightM above ground among clutter of
// representative height clutterM, over a square area resolutionM wide.
func LocationSigmaDB(frequencyMHz, heightM, clutterM, resolutionM float64) float64 {
	return groundSigmaDB(frequencyMHz/1000, resolutionM) * clutterShare(heightM, clutterM) // (67)
}

// clutterShare says how far a receiver stands among its clutter: 1 at its height or
// below, 0 from 10 m above it.
func clutterShare(heightM, clutterM float64) float64 {
	return min(max(1-(heightM-clutterM)/10, 0), 1)
}

// groundSigmaDB is the standard deviation of a receiver not above its clutter.
func groundSigmaDB(frequencyGHz, resolutionM float64) float64 {
	return (0.024*frequencyGHz + 0.52) * math.Pow(resolutionM, 0.28) // (66)
}

// inverseNormal is the inverse complementary cumulative normal distribution in the
// recommendation's approximation, for x from 0.000001 to 0.999999, and constant
// beyond.
func inverseNormal(x float64) float64 {
	if x > 0.5 {
		return -inverseNormal(1 - x)
	}
	t := math.Sqrt(-2 * math.Log(max(x, 0.000001)))
	return t - ((0.010328*t+0.802853)*t+2.515516698)/
		(((0.001308*t+0.189269)*t+1.432788)*t+1)
}

// quantities lists every intermediate value in the order of the method.
func (v *values1812) quantities(c *conditions1812, g *path1812) []Quantity {
	return []Quantity{
		{"f", c.frequencyGHz, "GHz", "Table 1"},
		{"p", c.timePercent, "%", "Table 1"},
		{"pL", c.locationPercent, "%", "Table 1"},
		{"htg", g.txHeightM, "m", "Table 1"},
		{"hrg", g.rxHeightM, "m", "Table 1"},
		{"N0", c.n0, "N", "§3.5"},
		{"dct", g.dctKm, "km", "§3.4"},
		{"dcr", g.dcrKm, "km", "§3.4"},
		{"R2", g.clutterBesideTxM, "m", "§3.2"},
		{"Rn-1", g.clutterBesideRxM, "m", "§3.2"},
		{"d", g.lengthM / 1000, "km", "Table 5"},
		{"dlt", g.dltKm, "km", "(78)"},
		{"dlr", g.dlrKm, "km", "(81a)"},
		{"th_t", g.thetaT, "mrad", "(76-78)"},
		{"th_r", g.thetaR, "mrad", "(79-81)"},
		{"th", g.theta, "mrad", "(82)"},
		{"hts", g.txM, "m", "Table 5"},
		{"hrs", g.rxM, "m", "Table 5"},
		{"w", g.omega, "", "Table 5"},
		{"dtm", g.dtmKm, "km", "§3.6"},
		{"dlm", g.dlmKm, "km", "§3.6"},
		{"phi", g.latitudeDeg, "°", "(4)"},
		{"b0", v.beta0, "%", "(5)"},
		{"ae", c.medianRadiusM / 1000, "km", "(7a)"},
		{"abeta", c.betaRadiusM / 1000, "km", "(7b)"},
		{"hst", g.hstM, "m", "(85)"},
		{"hsr", g.hsrM, "m", "(86)"},
		{"hst", g.hstnM, "m", "(90a)"},
		{"hsr", g.hsrnM, "m", "(90b)"},
		{"hstd", g.hstdM, "m", "(89)"},
		{"hsrd", g.hsrdM, "m", "(89)"},
		{"htc", g.txM - g.hstdM, "m", "(37a)"},
		{"hrc", g.rxM - g.hsrdM, "m", "(37b)"},
		{"hte", g.hteM, "m", "(92a)"},
		{"hre", g.hreM, "m", "(92b)"},
		{"hm", g.hmM, "m", "(93)"},
		{"Fi", v.fi, "", "(40)"},
		{"Fj", v.fj, "", "(57)"},
		{"Fk", v.fk, "", "(58)"},
		{"Lbfs", v.lbfs, "dB", "(8)"},
		{"Lb0p", v.lb0p, "dB", "(10)"},
		{"Lb0b", v.lb0b, "dB", "(11)"},
		{"Lbulla50", v.d50.actualDB, "dB", "(21)"},
		{"Lbulls50", v.d50.smoothDB, "dB", "(21)"},
		{"Ldsph50", v.d50.sphericalDB, "dB", "(27)"},
		{"Ld50", v.d50.lossDB, "dB", "(39)"},
		{"Lbullab", v.dBeta.actualDB, "dB", "(21)"},
		{"Lbullsb", v.dBeta.smoothDB, "dB", "(21)"},
		{"Ldsphb", v.dBeta.sphericalDB, "dB", "(27)"},
		{"Ldb", v.dBeta.lossDB, "dB", "(39)"},
		{"Ldp", v.ldp, "dB", "(41)"},
		{"Lbd50", v.lbd50, "dB", "(42)"},
		{"Lbd", v.lbd, "dB", "(43)"},
		{"Lminb0p", v.lminb0p, "dB", "(59)"},
		{"Lba", v.lba, "dB", "(46)"},
		{"Lminbap", v.lminbap, "dB", "(60)"},
		{"Lbda", v.lbda, "dB", "(61)"},
		{"Lbam", v.lbam, "dB", "(62)"},
		{"Lbs", v.lbs, "dB", "(44)"},
		{"Lbc", v.lbc, "dB", "(63)"},
		{"sigmaL", v.sigmaLoc, "dB", "(67)"},
		{"Lb", v.lb, "dB", "(69)"},
		{"Ep", FieldStrengthDBuV(v.lb, c.frequencyGHz*1000), "dBµV/m", "(70)"},
	}
}

// Reciprocal makes P1812 a [Reciprocal]: it is one at half the locations, the
// variability of which belongs to the receiver alone. What the percentage of time
// changes is symmetric, as long as the distances to the coast are read from the
// path.
func (P1812) Reciprocal(l Link) bool {
	l = l.defaulted()
	return l.LocationPercent == 50 && l.Climate.TxCoastKm == l.Climate.RxCoastKm
}
