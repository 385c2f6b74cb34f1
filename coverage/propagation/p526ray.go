package propagation

import "math"

// NewRay prepares a ray that carries the delta-Bullington method from step to
// step: running maxima for what the transmitter sees, convex hulls for what a
// receiver sees, prefix sums for the smooth surface. It gives what Loss gives for
// the path so far, up to rounding.
func (P526) NewRay(tx Tx, frequenciesMHz []float64) Ray {
	radiusM, err := tx.Link.Climate.radius526M()
	r := &ray526{
		txHeightM: tx.HeightM,
		clearingM: tx.ClearingM,
		radiusM:   radiusM,
		fold:      1 / (2 * radiusM),
		invalid:   err != nil,
		at1MDB:    make([]float64, len(frequenciesMHz)),
		waves:     make([]wave, len(frequenciesMHz)),
	}
	for i, f := range frequenciesMHz {
		r.at1MDB[i] = freeSpaceAt1MDB(f)
		r.waves[i] = newWave(f, wavelengthM(f), tx.Link.Polarization, 0)
		r.rootWavelength = max(r.rootWavelength, r.waves[i].rootWavelength)
	}
	r.Reset(0)
	return r
}

type ray526 struct {
	txHeightM      float64
	clearingM      float64
	radiusM, fold  float64
	invalid        bool // a climate without an Earth radius
	at1MDB         []float64
	waves          []wave
	rootWavelength float64 // of the lowest frequency

	missing   bool
	distanceM []float64 // every sample
	terrainM  []float64
	surfaceM  []float64 // terrain with clutter, folded
	groundTxM float64
	txM       float64
	fit       smoothFit
	bare      hull    // terrain of samples 1 to last-1, not folded
	flatSlope float64 // largest slope from the transmitter to one of them
	surface   hull    // surface of samples 1 to settled-1, folded
	txSlope   float64 // largest slope from the transmitter to one of them
	settled   int     // first sample that may lie in the receiver's clearing
}

func (r *ray526) Reset(float64) {
	r.missing = false
	r.distanceM, r.terrainM, r.surfaceM = r.distanceM[:0], r.terrainM[:0], r.surfaceM[:0]
	r.fit = smoothFit{}
	r.bare.reset()
	r.surface.reset()
	r.flatSlope, r.txSlope, r.settled = negInf, negInf, 1
}

func (r *ray526) Step(distanceM, terrainM, clutterM float64) {
	if math.IsNaN(terrainM) || math.IsNaN(clutterM) {
		r.missing = true
	}
	n := len(r.distanceM)
	r.distanceM = append(r.distanceM, distanceM)
	r.terrainM = append(r.terrainM, terrainM)
	r.surfaceM = append(r.surfaceM, terrainM+clutterM-distanceM*distanceM*r.fold)
	if r.missing {
		return
	}
	if n == 0 {
		r.groundTxM, r.txM = terrainM, terrainM+r.txHeightM
		return
	}
	r.fit.add(r.distanceM[n-1], r.terrainM[n-1], distanceM, terrainM)
	if n > 1 { // the sample before is no longer the receiver's
		x, h := r.distanceM[n-1], r.terrainM[n-1]
		r.bare.push(x, h, n-1)
		r.flatSlope = max(r.flatSlope, (h-r.txM)/x)
	}
	for r.settled < n && distanceM-r.distanceM[r.settled] > r.clearingM {
		i := r.settled
		x, y := r.distanceM[i], r.surfaceM[i]
		r.surface.push(x, y, i)
		r.txSlope = max(r.txSlope, (y-r.txM)/x)
		r.settled++
	}
}

func (r *ray526) Loss(rxHeightsM, dst []float64) {
	n := len(r.distanceM)
	if n < 2 || r.missing || r.invalid {
		for i := range dst[:len(r.waves)*len(rxHeightsM)] {
			dst[i] = math.NaN()
		}
		return
	}
	lengthM, groundRxM := r.distanceM[n-1], r.terrainM[n-1]
	hstM, hsrM := r.fit.ends(lengthM)
	for h, rxHeightM := range rxHeightsM {
		t := terminals{lengthM, r.txM, groundRxM + rxHeightM}
		hstdM, hsrdM := r.ridgeBefore(t).smoothEnds(hstM, hsrM, r.groundTxM, groundRxM)
		nu := r.viewFor(t).nu(t, r.radiusM)
		slant2 := slantM2(lengthM, t.txM, t.rxM)
		for f, w := range r.waves {
			diffraction := w.deltaBullington(nu, r.distanceM, t.txM-hstdM, t.rxM-hsrdM, r.radiusM, false)
			dst[f*len(rxHeightsM)+h] = freeSpaceDB(r.at1MDB[f], slant2) + diffraction.lossDB
		}
	}
}

// ridgeBefore is the highest obstruction before a receiver. Its height and its
// angle from the receiver are only looked for when something reaches above the
// straight line.
func (r *ray526) ridgeBefore(t terminals) ridge {
	flat := (t.rxM - t.txM) / t.lengthM
	if r.flatSlope <= flat {
		return ridge{heightM: 0}
	}
	return ridge{
		heightM: r.bare.highest(flat) - t.txM,
		txSlope: r.flatSlope - flat,
		rxSlope: r.bare.steepest(t.lengthM, t.rxM) + flat,
	}
}

// viewFor is what a receiver sees over terrain and clutter; within its clearing
// the samples count without clutter.
func (r *ray526) viewFor(t terminals) view {
	foldedRx := t.rxM - t.lengthM*t.lengthM*r.fold
	direct := t.directSlope(r.radiusM)
	v := view{txSlope: r.txSlope, rxSlope: negInf, clearance: posInf}
	for i := r.settled; i < len(r.distanceM)-1; i++ {
		x := r.distanceM[i]
		v.see(i, r.terrainM[i]-x*x*r.fold, t.txM, foldedRx, x, direct, 1/x, 1/(t.lengthM-x))
	}
	if v.lineOfSight(t, r.radiusM) {
		v.clearance = min(v.clearance, r.clearance(t, direct, v.clearance))
	} else {
		v.rxSlope = max(v.rxSlope, r.surface.steepest(t.lengthM, foldedRx))
	}
	return v
}

// clearance finds the smallest c²/(x(d−x)) of the settled samples, or something
// not below known or the value at which the knife edge gives no loss any more. All
// samples lie under the hull, so a hull segment bounds the clearance of those
// beneath it from below, and most segments need no look at their samples.
func (r *ray526) clearance(t terminals, direct, known float64) float64 {
	d := t.lengthM
	// ν = −√(2d·clearance/λ) ≤ −0.78 gives no loss; 0.79 keeps clear of the step.
	noLoss := 0.79 * r.rootWavelength
	best := min(known, noLoss*noLoss/(2*d))
	v := r.surface.vertices
	for i := range v {
		c := t.txM + direct*v[i].x - v[i].y
		best = min(best, c*c/(v[i].x*(d-v[i].x)))
	}
	for i := 1; i < len(v); i++ {
		a, b := &v[i-1], &v[i]
		if b.sample == a.sample+1 {
			continue
		}
		c := max(min(t.txM+direct*a.x-a.y, t.txM+direct*b.x-b.y), 0)
		middle := min(max(d/2, a.x), b.x)
		if c*c >= best*middle*(d-middle) {
			continue
		}
		for k := a.sample + 1; k < b.sample; k++ {
			x := r.distanceM[k]
			c := t.txM + direct*x - r.surfaceM[k]
			best = min(best, c*c/(x*(d-x)))
		}
	}
	return best
}
