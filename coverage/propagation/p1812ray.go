package propagation

import (
	"math"

	"github.com/covgap/covgap/coverage"
	"github.com/covgap/covgap/geo/geodesy"
)

// NewRay prepares a ray that carries all that P.1812 reads from a path from step to
// step: running maxima for what the transmitter sees, convex hulls for what a
// receiver sees, running sums for the smooth surface. It gives what Loss gives for
// the path so far, up to rounding and to negligibleDB.
//
// A step only keeps its sample: the state catches up when a loss is asked for, at
// tens of nanoseconds a sample. A loss then reads the hulls, by bisection, and of
// the formulas those that can change it: most receivers stand where the spherical
// Earth, ducting or troposcatter provably add nothing.
func (P1812) NewRay(tx Tx, frequenciesMHz []float64) Ray {
	link := tx.Link.defaulted()
	link.Tx, link.Rx, link.TxHeightM, link.RxHeightM = tx.Position, tx.Position, tx.HeightM, 0
	r := &ray1812{
		tx:    tx,
		bands: make([]band1812, len(frequenciesMHz)),
		path:  track{clearingM: tx.ClearingM},
	}
	for i, f := range frequenciesMHz {
		link.FrequencyMHz = f
		c, err := newConditions1812(link)
		if err == nil {
			err = link.check()
		}
		if err != nil {
			r.bands[i].invalid = true
			continue
		}
		r.bands[i] = newBand1812(c)
		r.rootWavelength = max(r.rootWavelength, c.wave.rootWavelength)
		r.earth = c // what is read from it is the same at all frequencies
	}
	if r.earth.locationPercent != 50 {
		r.locations = inverseNormal(r.earth.locationPercent / 100)
	}
	r.median.fold = 1 / (2 * r.earth.medianRadiusM)
	r.surface = skyline{fold: r.median.fold, cluttered: true}
	r.beta = skyline{fold: 1 / (2 * r.earth.betaRadiusM), cluttered: true}
	r.Reset(0)
	return r
}

// negligibleDB is how far the loss by troposcatter must lie above the other for
// their sum by powers, P.1812 (63), to leave it out: it would take off 2.2e-8 dB.
const negligibleDB = 40

type ray1812 struct {
	tx             Tx
	earth          conditions1812
	bands          []band1812
	rootWavelength float64 // of the lowest frequency
	locations      float64 // I(p_L), 0 at 50 %

	azimuthDeg float64
	cosAzimuth float64 // as centreLatitudeDeg sees it, NaN until it is needed

	path    track
	fit     smoothFit
	median  skyline // terrain of samples 1 to last-1 over a_e
	flat    skyline // the same without curvature, as far as it was needed
	surface skyline // terrain and clutter of the settled samples; when there is clutter
	beta    skyline // the same over a_β; below 50 % of time

	kept []kept1812

	ranges []range1812 // by the number of the sample; kept from ray to ray

	climate climate1812 // of the path to the last sample
}

// kept1812 is what Return restores. The samples themselves are still there.
type kept1812 struct {
	path                        progress
	fit                         smoothFit
	median, flat, surface, beta skyline
}

// band1812 is what depends on the frequency alone.
type band1812 struct {
	conditions1812
	invalid   bool
	freeDB    float64 // (8) at 1 km
	scatterDB float64 // (44) at 1 km and θ = 0
	ductDB    float64 // (47) at 1 km in all to the horizons, without site shielding
	gammaD    float64 // (51)
	sigmaDB   float64 // (66)
}

func newBand1812(c conditions1812) band1812 {
	// Formulas give their constant parts at 1 km and angle 0, where everything else
	// in them is zero.
	return band1812{
		conditions1812: c,
		freeDB:         92.4 + 20*math.Log10(c.frequencyGHz),
		scatterDB:      c.troposcatterDB(1, 0),
		ductDB:         102.45 + 20*math.Log10(c.frequencyGHz) + c.ductFrequencyDB(),
		gammaD:         c.ductAttenuation(),
		sigmaDB:        groundSigmaDB(c.frequencyGHz, c.resolutionM),
	}
}

// range1812 is what depends on the distance alone, of a path inland throughout.
type range1812 struct {
	lengthM   float64 // 0 until it is computed
	km        float64
	perM      float64 // 1/lengthM
	rootKm    float64
	log20DB   float64 // 20 log of the km
	earthMrad float64 // angle at the centre of the effective Earth
	fk        float64 // (58)
	focusing  float64 // (9a), (9b) in line of sight, where d_lt + d_lr is the distance
	tau       float64 // (3)
	lnMu1     float64 // (2); NaN until it is needed where zones decide over it
	// leastTimeDB is a bound below what the time percentage adds to the loss by
	// ducting, A(p) of (53).
	leastTimeDB  float64
	leastAtSeaDB float64 // the same, whatever the zones
}

// at gives what depends on the distance of the last sample.
func (r *ray1812) at(last int) *range1812 {
	for last >= len(r.ranges) {
		r.ranges = append(r.ranges, range1812{})
	}
	s := &r.ranges[last]
	if lengthM := r.path.Spacing.distanceM[last]; s.lengthM != lengthM {
		km := lengthM / 1000
		tau := inlandTau(km)
		*s = range1812{
			lengthM: lengthM, km: km, perM: 1 / lengthM, rootKm: math.Sqrt(km),
			log20DB:   20 * math.Log10(km),
			earthMrad: 1000 * lengthM / r.earth.medianRadiusM,
			fk:        distanceWeight(km),
			focusing:  focusingDB(km),
			tau:       tau,
			lnMu1:     math.Log(mu1(km, tau)),
		}
		s.leastTimeDB = r.leastTimeDB(s, s.lnMu1)
		s.leastAtSeaDB = r.leastTimeDB(s, 0) // µ₁ is 1 at most, and β₀ rises with it
	}
	return s
}

// leastTimeDB is A(p) of (53) at the largest β that a path of that length can have: no
// roughness, no correction for geometry, and its centre as far toward the equator as
// it can lie. A(p) rises as β falls on paths of up to 50 km. Beyond, only its last
// term is known to be positive, and to be 12 or more where β is not above p.
func (r *ray1812) leastTimeDB(s *range1812, lnMu1 float64) float64 {
	const risesUpToKm = 50
	p := r.earth.timePercent
	latitudeDeg := max(math.Abs(r.tx.Position.Lat())-s.lengthM/2/earthRadiusM*180/math.Pi, 0)
	beta := beta0(latitudeDeg, lnMu1)
	if s.km <= risesUpToKm {
		return ductingTimeDB(p, beta, s.km)
	}
	db := -12 + min((1.2+3.7e-3*s.km)*math.Log10(p/beta), 0)
	if p >= beta {
		db += 12
	}
	return db
}

func (r *ray1812) Reset(azimuthDeg float64) {
	r.azimuthDeg, r.cosAzimuth = azimuthDeg, math.NaN()
	r.path.reset()
	r.fit = smoothFit{}
	r.flat.reset()
	r.median.reset()
	r.surface.reset()
	r.beta.reset()
}

func (r *ray1812) Step(distanceM, terrainM, clutterM float64) {
	r.path.add(distanceM, terrainM, clutterM)
}

// Enter makes a ZonedRay of the ray.
func (r *ray1812) Enter(zone Zone) { r.path.enter(zone) }

// Lay makes a LaidRay of the ray.
func (r *ray1812) Lay(s Samples) { r.path.Samples = s }

// Advance makes a LaidRay of the ray.
func (r *ray1812) Advance(last int) { r.path.advance(last) }

// Keep makes a LaidRay of the ray.
func (r *ray1812) Keep(place int) {
	for place >= len(r.kept) {
		r.kept = append(r.kept, kept1812{})
	}
	k := &r.kept[place]
	k.path, k.fit = r.path.progress, r.fit
	k.flat.follow(&r.flat)
	k.median.follow(&r.median)
	k.surface.follow(&r.surface)
	k.beta.follow(&r.beta)
}

// Return makes a LaidRay of the ray.
func (r *ray1812) Return(place int, azimuthDeg float64) {
	k := &r.kept[place]
	r.azimuthDeg, r.cosAzimuth = azimuthDeg, math.NaN()
	r.path.progress, r.fit = k.path, k.fit
	r.flat.follow(&k.flat)
	r.median.follow(&k.median)
	r.surface.follow(&k.surface)
	r.beta.follow(&k.beta)
}

func (r *ray1812) Loss(rxHeightsM, dst []float64) {
	p := &r.path
	last := p.samples - 1
	if last >= 1 {
		r.extend(last)
	}
	if last < 1 || p.missing || !validHeight(p.TerrainM[last]) || r.rootWavelength == 0 || p.Spacing.distanceM[last] > maxDistanceM {
		for i := range dst[:len(r.bands)*len(rxHeightsM)] {
			dst[i] = math.NaN()
		}
		return
	}
	s := r.at(last)
	r.climate = p.zones.climate(s.lengthM, r.tx.Link.Climate)
	if p.zones.mixed {
		here := *s
		here.lnMu1, here.leastTimeDB = math.NaN(), s.leastAtSeaDB
		s = &here
	}
	for h, rxHeightM := range rxHeightsM {
		var g sight1812
		valid := rxHeightM >= 0 && rxHeightM <= maxHeightM
		if valid {
			r.look(&g, terminals{s.lengthM, p.TerrainM[0] + r.tx.HeightM, p.TerrainM[last] + rxHeightM})
		}
		for f := range r.bands {
			lossDB := math.NaN()
			if b := &r.bands[f]; valid && !b.invalid {
				lossDB = r.lossDB(b, s, &g, rxHeightM, p.clutterAt(last))
			}
			dst[f*len(rxHeightsM)+h] = lossDB
		}
	}
}

// extend brings the state up to the last sample.
func (r *ray1812) extend(last int) {
	p, txM := &r.path, r.path.TerrainM[0]+r.tx.HeightM
	if r.median.next == 1 {
		r.fit.begin(p)
	}
	r.median.extend(last, p, txM, &r.fit)
	if p.cluttered || r.earth.timePercent < 50 {
		p.settle()
	}
	if p.cluttered {
		r.surface.extend(p.settled, p, txM, nil)
	}
	if r.earth.timePercent < 50 {
		r.beta.extend(p.settled, p, txM, nil)
	}
}

// sight1812 is what one receiver sees, at any frequency.
type sight1812 struct {
	terminals
	riseDB           float64 // what the slant of the path adds to the free-space loss
	clear            bool    // no terrain reaches the direct ray
	txSlope, rxSlope float64 // tangents of the horizon angles
	txSample         int     // of the horizons; of both the same when clear, and found when known
	rxSample         int
	horizonsKnown    bool
	hstM, hsrM       float64 // smooth-Earth surface at the ends, as fitted
	hstdM, hsrdM     float64 // for diffraction, when ridgeKnown
	ridgeKnown       bool
	nuMedian, nuBeta float64 // ν·√λ
}

// look fills g for a receiver at the last sample.
func (r *ray1812) look(g *sight1812, t terminals) {
	p, radiusM := &r.path, r.earth.medianRadiusM
	d := t.lengthM
	g.terminals = t
	rise := (t.txM - t.rxM) / d
	g.riseDB = riseDB(rise * rise)
	g.hstM, g.hsrM = r.fit.upTo(p, p.samples-1).ends(d)
	if direct := t.directSlope(radiusM); r.median.txSlope < direct {
		g.clear = true
		g.txSlope = direct                          // (76) to (78)
		g.rxSlope = (t.txM-t.rxM)/d - d/(2*radiusM) // (79) to (81)
	} else {
		var slope float64
		slope, g.rxSample = r.median.steepest(d, t.rxM-d*d*r.median.fold)
		g.txSlope, g.txSample = r.median.txSlope, r.median.txSample // (76) to (78)
		g.rxSlope = slope - d/radiusM                               // (79) to (81)
		g.horizonsKnown = true
		if !p.cluttered {
			g.nuMedian = math.Sqrt(2 * d * (g.txSlope - direct) * max(slope+direct, 0))
		}
	}
	switch {
	case p.cluttered:
		g.nuMedian = r.surface.nu(t, p, radiusM, r.rootWavelength)
	case g.clear:
		g.nuMedian = r.median.nu(t, p, radiusM, r.rootWavelength)
	}
	if r.earth.timePercent < 50 {
		g.nuBeta = r.beta.nu(t, p, r.earth.betaRadiusM, r.rootWavelength)
	}
}

// horizons finds the samples of the horizons in line of sight: that of the largest ν.
func (r *ray1812) horizons(g *sight1812) {
	if !g.horizonsKnown {
		_, i := r.median.nearest(g.terminals, &r.path, g.directSlope(r.earth.medianRadiusM), posInf)
		g.txSample, g.rxSample, g.horizonsKnown = i, i, true
	}
}

// riseDB is 10 log(1+q).
func riseDB(q float64) float64 {
	if q > 0.02 {
		return tenPerLn10 * math.Log1p(q)
	}
	// The series of ln(1+q); what is left out is below 1e-12 dB.
	return tenPerLn10 * q * (1 - q*(1.0/2-q*(1.0/3-q*(1.0/4-q*(1.0/5-q*(1.0/6))))))
}

// lossDB is combine for a ray.
func (r *ray1812) lossDB(b *band1812, s *range1812, g *sight1812, rxHeightM, rxClutterM float64) float64 {
	p := b.timePercent
	free := b.freeDB + s.log20DB + g.riseDB // (8)
	lb0p := free
	ldp := r.diffractionDB(b, s, g, g.nuMedian, b.medianRadiusM)
	// (59) at 50 % of time, where F_i is 0: β₀ is below 47 % everywhere.
	lminb0p := free + ldp
	beta0 := math.NaN()
	if p < 50 {
		lbd50 := lminb0p
		beta0 = r.beta0(s)
		focusing := s.focusing
		if !g.clear {
			focusing = focusingDB(r.horizonsKm(g))
		}
		lb0p += focusing * math.Log10(p/50) // (10)
		fi := 1.0                           // (40)
		if p > beta0 {
			fi = inverseNormal(p/100) / inverseNormal(beta0/100)
		}
		ldp += fi * (r.diffractionDB(b, s, g, g.nuBeta, b.betaRadiusM) - ldp) // (41)
		land := 1 - r.climate.omega
		if p < beta0 { // (59)
			lminb0p = lb0p + land*ldp
		} else {
			lb0b := free + focusing*math.Log10(beta0/50) // (11)
			lminb0p = lbd50 + (lb0b+land*ldp-lbd50)*fi
		}
	}
	lbd := lb0p + ldp // (43)

	tx, rx := leastMrad(g.txSlope), leastMrad(g.rxSlope)
	lbda := lbd // (61)
	if r.ductingMayWin(b, s, g, tx, rx, lbd) {
		lba := r.ductingDB(b, s, g, beta0)
		if lminbap := softMaxDB(lba, lb0p); lminbap <= lbd { // (60)
			lbda = lminbap + (lbd-lminbap)*s.fk
		}
	}
	lbam := lbda
	if lbda != lminb0p && s.earthMrad+tx+rx < 3 { // from 3 mrad F_j is below 1e-18
		lbam += (lminb0p - lbda) * angleWeight(g.thetaMrad(s)) // (62)
	}
	lbc := lbam
	if scatter := b.scatterDB + s.log20DB; scatter+0.573*(s.earthMrad+tx+rx) < lbam+negligibleDB {
		lbc = sumOfPowersDB(scatter+0.573*g.thetaMrad(s), lbam) // (63)
	}
	if r.locations != 0 {
		lbc -= r.locations * b.sigmaDB * clutterShare(rxHeightM, rxClutterM) // (69)
	}
	return max(lb0p, lbc)
}

// thetaMrad is the path angular distance (82).
func (g *sight1812) thetaMrad(s *range1812) float64 {
	return s.earthMrad + 1000*coverage.Atan(g.txSlope) + 1000*coverage.Atan(g.rxSlope)
}

// leastMrad is an angle in mrad not above that of a slope.
func leastMrad(slope float64) float64 {
	if slope <= 0 {
		return 1000 * slope
	}
	return 1000 * (slope - slope*slope*slope/3)
}

// diffractionDB is the delta-Bullington loss over one Earth radius. Over the
// spherical Earth there is no loss where the ray clears hreq everywhere. At x = d·u
// the clearance is
//
//	htc(1−u) + hrc·u − (500d²/a)u(1−u) ≥ 2√(htc·hrc·u(1−u)) − (250d²/a)√(u(1−u))
//
// and (25) is 17.456√(λd)·√(u(1−u)), so htc·hrc > (8.728√(λd) + 125d²/a)² is enough.
func (r *ray1812) diffractionDB(b *band1812, s *range1812, g *sight1812, nu, radiusM float64) float64 {
	w := b.wave
	w.seaShare = r.climate.omega
	lossDB := w.bullingtonDB(nu, s.lengthM)
	need := 8.728*w.rootWavelength*s.rootKm + 125*s.km*(s.lengthM/radiusM)
	need *= need * (1 + 1e-9) // leaves room for rounding
	groundTxM, groundRxM := r.path.TerrainM[0], r.path.TerrainM[r.path.samples-1]
	// A ridge only lowers the smooth surface.
	if (g.txM-min(g.hstM, groundTxM))*(g.rxM-min(g.hsrM, groundRxM)) > need {
		return lossDB
	}
	if !g.ridgeKnown {
		r.flat.extendAlong(&r.median, &r.path, g.txM)
		g.hstdM, g.hsrdM = r.flat.ridge(g.terminals).smoothEnds(g.hstM, g.hsrM, groundTxM, groundRxM)
		g.ridgeKnown = true
	}
	htcM, hrcM := g.txM-g.hstdM, g.rxM-g.hsrdM // (37a), (37b)
	if htcM*hrcM > need {
		return lossDB
	}
	return lossDB + w.overSmoothEarthDB(r.path.Spacing.distanceM[:r.path.samples], htcM, hrcM, radiusM)
}

// beta0 is β₀ at the latitude of the path's centre. It fills in what of s depends on
// the zones.
func (r *ray1812) beta0(s *range1812) float64 {
	if math.IsNaN(s.lnMu1) {
		s.tau = inlandTau(r.climate.dlmKm)
		s.lnMu1 = math.Log(mu1(r.climate.dtmKm, s.tau))
	}
	if math.IsNaN(r.cosAzimuth) {
		// The azimuth as the sphere has it: that of a point some way along the ray.
		const someWayM = 10e3
		r.cosAzimuth = cosAzimuth(r.tx.Position, geodesy.Destination(r.tx.Position, r.azimuthDeg, someWayM))
	}
	return beta0(latitudeTowardDeg(r.tx.Position, r.cosAzimuth, s.lengthM/2), s.lnMu1)
}

// horizonsKm is the sum of the distances to the horizons.
func (r *ray1812) horizonsKm(g *sight1812) float64 {
	return (r.path.Spacing.distanceM[g.txSample] + (g.lengthM - r.path.Spacing.distanceM[g.rxSample])) / 1000
}

// ductingMayWin says whether a bound below the loss by ducting lies below lbd. It
// takes what the time percentage and ducts over the sea add at their least, and
// logarithms by log2Floor; tx and rx are bounds below the horizon angles in mrad. All
// else is (46) to (52a).
func (r *ray1812) ductingMayWin(b *band1812, s *range1812, g *sight1812, tx, rx, lbd float64) bool {
	const shieldingPerMrad = 0.264 // (48), times the cube root of the frequency
	least := b.ductDB + s.leastTimeDB
	if r.climate.omega >= leastOmega {
		least -= 2 * mostSeaCouplingDB
	}
	if g.clear {
		// Without the horizons' places: d_lt + d_lr is d. What (52a) cuts off an angle
		// above 0 takes off γ_d for each mrad and brings the site shielding; at most the
		// whole angle is cut off, which is not above its tangent.
		perMrad := max(b.gammaD-shieldingPerMrad*b.wave.cbrtFrequency, 0)
		cut := 1000 * (max(g.txSlope, 0) + max(g.rxSlope, 0))
		if least+s.log20DB+b.gammaD*(s.earthMrad+tx+rx)-perMrad*cut >= lbd {
			return false
		}
		r.horizons(g)
	}
	dltKm := r.path.Spacing.distanceM[g.txSample] / 1000
	dlrKm := (s.lengthM - r.path.Spacing.distanceM[g.rxSample]) / 1000
	db := least + b.gammaD*(s.earthMrad+min(tx, 0.1*dltKm)+min(rx, 0.1*dlrKm))
	factor := dltKm + dlrKm
	if excess := tx - 0.1*dltKm; excess > 0 {
		factor *= 1 + 0.361*excess*math.Sqrt(b.frequencyGHz*dltKm)
		db += shieldingPerMrad * excess * b.wave.cbrtFrequency
	}
	if excess := rx - 0.1*dlrKm; excess > 0 {
		factor *= 1 + 0.361*excess*math.Sqrt(b.frequencyGHz*dlrKm)
		db += shieldingPerMrad * excess * b.wave.cbrtFrequency
	}
	return db+twentyPerLn10*math.Ln2*log2Floor(factor) < lbd
}

// log2Floor is at most 0.087 below the binary logarithm of a positive normal x: its
// exponent and, for the logarithm of its mantissa, the mantissa less 1.
func log2Floor(x float64) float64 {
	return float64(int64(math.Float64bits(x))-1023<<52) * (1.0 / (1 << 52))
}

// ductingDB is the basic transmission loss by ducting and layer reflection.
func (r *ray1812) ductingDB(b *band1812, s *range1812, g *sight1812, beta0 float64) float64 {
	if math.IsNaN(beta0) {
		beta0 = r.beta0(s)
	}
	r.horizons(g)
	p := path1812{
		terminals:   g.terminals,
		groundTxM:   r.path.TerrainM[0],
		groundRxM:   r.path.TerrainM[r.path.samples-1],
		thetaT:      1000 * math.Atan(g.txSlope),
		thetaR:      1000 * math.Atan(g.rxSlope),
		dltKm:       r.path.Spacing.distanceM[g.txSample] / 1000,
		dlrKm:       (g.lengthM - r.path.Spacing.distanceM[g.rxSample]) / 1000,
		hstM:        g.hstM,
		hsrM:        g.hsrM,
		climate1812: r.climate,
	}
	p.overTerrain()
	p.hmM = p.roughness(r.path.Spacing.distanceM, r.path.TerrainM, g.txSample, g.rxSample)
	return b.ductingDB(&p, beta0, s.tau)
}
