package propagation

import "math"

var (
	posInf = math.Inf(1)
	negInf = math.Inf(-1)
)

// What the diffraction models read from a path is a handful of extremes over its
// samples. This file takes them from a whole profile in one pass; a ray carries
// them from step to step. All lengths are metres, all slopes metres per metre:
// where the recommendations, in kilometres and metres, have 500·Ce·x(d−x) and
// 0.002·d, metres give x(d−x)/2a and 2·d.
//
// The Earth's curvature is folded into the heights: y = h − x²/2a, with x the
// distance from the transmitter and a the effective Earth radius. Straight lines
// in that plane are rays over the curved Earth, so the recommendations' slopes
// become plain slopes there: S_tim = tx slope + d/2a, S_rim = rx slope − d/2a and
// S_tr = (y_r−h_ts)/d + d/2a, and the terms d/2a cancel wherever two of them meet.

// terminals are the two antennas of a path.
type terminals struct {
	lengthM float64
	txM     float64 // antenna above sea level
	rxM     float64
}

// view is what a line of samples hides between two antennas, over one effective
// Earth radius.
type view struct {
	// txSlope is the largest slope from the transmitter to a sample, rxSlope from
	// the receiver back to a sample, both in the folded plane; -Inf without samples.
	txSlope, rxSlope float64
	// clearance is the smallest c²/(x(d−x)) with c the height of the direct ray over
	// the sample: the sample with the largest diffraction parameter when none
	// reaches into the ray. +Inf without samples.
	clearance float64
	// The samples at which these were found, 0 without samples.
	txSample, rxSample, clearanceSample int
}

func emptyView() view { return view{txSlope: negInf, rxSlope: negInf, clearance: posInf} }

// directSlope is the slope of the direct ray in the folded plane.
func (t terminals) directSlope(radiusM float64) float64 {
	return (t.rxM-t.txM)/t.lengthM - t.lengthM/(2*radiusM)
}

// lineOfSight says whether no sample reaches the direct ray.
func (v view) lineOfSight(t terminals, radiusM float64) bool {
	return v.txSlope < t.directSlope(radiusM)
}

// nu is the diffraction parameter of the Bullington point, or in line of sight the
// largest of any sample, times the square root of the wavelength: the part that
// does not depend on the frequency. -Inf without samples.
//
// Beyond the horizon the recommendations find the Bullington point at
// d_b = d·(S_rim+S_tr)/(S_tim+S_rim) and then
// ν_b = (S_tim−S_tr)·d_b·√(2d/(λ·d_b(d−d_b))). Since d_b/(d−d_b) is
// (S_rim+S_tr)/(S_tim−S_tr), that is √(2d·(S_tim−S_tr)(S_rim+S_tr)/λ), which stays
// finite for a ray that grazes all samples.
func (v view) nu(t terminals, radiusM float64) float64 {
	direct := t.directSlope(radiusM)
	if above := v.txSlope - direct; above >= 0 {
		return math.Sqrt(2 * t.lengthM * above * max(v.rxSlope+direct, 0))
	}
	return -math.Sqrt(2 * t.lengthM * v.clearance)
}

// survey is all that the diffraction models and the path analysis of ITU-R P.1812
// read from the samples of a path.
type survey struct {
	terminals
	surface view // terrain with clutter
	bare    view // terrain alone
	fit     smoothFit
	ridge   ridge
}

// smoothFit carries the sums of the least-squares smooth-Earth surface.
type smoothFit struct{ v1, v2 float64 }

// add adds the interval from sample (x0, h0) to (x1, h1).
func (s *smoothFit) add(x0, h0, x1, h1 float64) {
	s.v1 += (x1 - x0) * (h1 + h0)                     // P.1812 (83)
	s.v2 += (x1 - x0) * (h1*(2*x1+x0) + h0*(x1+2*x0)) // P.1812 (84)
}

// extend takes in samples of a ray from a given one on, but not its last, and gives
// their terrain in a folded plane: both in one pass. A path with a sample that has no
// height is marked.
func (s *smoothFit) extend(path *track, first int, ys []float64, fold float64) {
	squares, hs := path.Spacing.squareM2[first:][:len(ys)], path.TerrainM[first:][:len(ys)]
	fit1M, fit2M2 := path.Spacing.fit1M[first:][:len(ys)], path.Spacing.fit2M2[first:][:len(ys)]
	v1, v2 := s.v1, s.v2 // in registers
	for i := range ys {
		h := hs[i]
		if !validHeight(h) {
			path.missing = true
		}
		v1 += h * fit1M[i]
		v2 += h * fit2M2[i]
		ys[i] = h - squares[i]*fold
	}
	s.v1, s.v2 = v1, v2
}

// begin takes in the first sample of a ray, once the second is known.
func (s *smoothFit) begin(path *track) {
	h := path.TerrainM[0]
	s.v1, s.v2 = h*path.Spacing.fit1M[0], h*path.Spacing.fit2M2[0]
}

// upTo gives the sums with the last sample of a ray, when all before it are taken in.
func (s smoothFit) upTo(path *track, last int) smoothFit {
	first, second := path.Spacing.lastWeights(last)
	h := path.TerrainM[last]
	return smoothFit{s.v1 + h*first, s.v2 + h*second}
}

// ends gives the surface's height at both ends of the path.
func (s smoothFit) ends(lengthM float64) (hstM, hsrM float64) {
	hstM = (2*s.v1*lengthM - s.v2) / (lengthM * lengthM) // P.1812 (85)
	hsrM = (s.v2 - s.v1*lengthM) / (lengthM * lengthM)   // P.1812 (86)
	return hstM, hsrM
}

// ridge is the highest obstruction above the straight line between the antennas
// (without Earth curvature), and the largest elevation angles above it.
type ridge struct {
	heightM          float64 // h_obs
	txSlope, rxSlope float64 // α_obt, α_obr
}

// smoothEnds gives the smooth surface's heights at the ends for diffraction: the
// fit, lowered under the obstructions, and never above the ground.
func (r ridge) smoothEnds(hstM, hsrM, groundTxM, groundRxM float64) (hstdM, hsrdM float64) {
	hstdM, hsrdM = hstM, hsrM // P.1812 (88a), (88b)
	if r.heightM > 0 {
		// P.1812 (88c) to (88f). Where the ridge stands above the line, both angles
		// are positive.
		hstdM -= r.heightM * r.txSlope / (r.txSlope + r.rxSlope)
		hsrdM -= r.heightM * r.rxSlope / (r.txSlope + r.rxSlope)
	}
	return min(hstdM, groundTxM), min(hsrdM, groundRxM) // P.1812 (89)
}

// takeSurvey reads a checked profile in one pass.
func takeSurvey(p *Profile, txHeightM, rxHeightM, radiusM float64) survey {
	xs, hs := p.DistanceM, p.TerrainM
	last := len(xs) - 1
	hs = hs[:len(xs)]
	s := survey{
		terminals: terminals{xs[last], hs[0] + txHeightM, hs[last] + rxHeightM},
		surface:   emptyView(),
		bare:      emptyView(),
		ridge:     ridge{negInf, negInf, negInf},
	}
	d, tx, rx := s.lengthM, s.txM, s.rxM
	fold := 1 / (2 * radiusM)
	direct := s.directSlope(radiusM)
	flat := (rx - tx) / d
	foldedRx := rx - d*d*fold
	for i := 1; i < last; i++ {
		x, h := xs[i], hs[i]
		s.fit.add(xs[i-1], hs[i-1], x, h)
		perX, perR := 1/x, 1/(d-x)

		if above := h - tx - flat*x; above > s.ridge.heightM { // H_i, P.1812 (87d)
			s.ridge.heightM = above
		}
		s.ridge.txSlope = max(s.ridge.txSlope, (h-tx)*perX)
		s.ridge.rxSlope = max(s.ridge.rxSlope, (h-rx)*perR)

		y := h - x*x*fold
		s.bare.see(i, y, tx, foldedRx, x, direct, perX, perR)
		if p.ClutterM != nil {
			s.surface.see(i, y+p.ClutterM[i], tx, foldedRx, x, direct, perX, perR)
		}
	}
	s.fit.add(xs[last-1], hs[last-1], xs[last], hs[last])
	s.ridge.txSlope -= flat // (h−tx)/x − flat is H_i/x
	s.ridge.rxSlope += flat // (h−rx)/(d−x) + flat is H_i/(d−x)
	if p.ClutterM == nil {
		s.surface = s.bare
	}
	return s
}

// surfaceView is the view over terrain and clutter with another Earth radius.
func surfaceView(p *Profile, t terminals, radiusM float64) view {
	v := emptyView()
	last := len(p.DistanceM) - 1
	fold := 1 / (2 * radiusM)
	direct := t.directSlope(radiusM)
	foldedRx := t.rxM - t.lengthM*t.lengthM*fold
	for i := 1; i < last; i++ {
		x := p.DistanceM[i]
		y := p.TerrainM[i] - x*x*fold
		if p.ClutterM != nil {
			y += p.ClutterM[i]
		}
		v.see(i, y, t.txM, foldedRx, x, direct, 1/x, 1/(t.lengthM-x))
	}
	return v
}

// see takes one sample of folded height y at distance x into the view.
func (v *view) see(sample int, y, tx, foldedRx, x, direct, perX, perR float64) {
	if slope := (y - tx) * perX; slope > v.txSlope {
		v.txSlope, v.txSample = slope, sample
	}
	if slope := (y - foldedRx) * perR; slope > v.rxSlope {
		v.rxSlope, v.rxSample = slope, sample
	}
	c := tx + direct*x - y
	if q := c * c * perX * perR; q < v.clearance {
		v.clearance, v.clearanceSample = q, sample
	}
}
