package propagation

import "math"

// NewRay prepares a ray that carries the delta-Bullington method from step to
// step: running maxima for what the transmitter sees, convex hulls for what a
// receiver sees, running sums for the smooth surface. It gives what Loss gives for
// the path so far, up to rounding.
func (P526) NewRay(tx Tx, frequenciesMHz []float64) Ray {
	radiusM, err := tx.Link.Climate.radius526M()
	r := &ray526{
		txHeightM: tx.HeightM,
		radiusM:   radiusM,
		invalid:   err != nil,
		at1MDB:    make([]float64, len(frequenciesMHz)),
		waves:     make([]wave, len(frequenciesMHz)),
		path:      track{clearingM: tx.ClearingM},
		surface:   skyline{fold: 1 / (2 * radiusM), cluttered: true},
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
	radiusM        float64
	invalid        bool // a climate without an Earth radius
	at1MDB         []float64
	waves          []wave
	rootWavelength float64 // of the lowest frequency

	path    track
	fit     smoothFit
	flat    skyline // terrain of samples 1 to last-1, without curvature
	surface skyline // terrain and clutter of the settled samples

	kept struct { // what Return restores; the samples themselves are still there
		path          progress
		fit           smoothFit
		flat, surface skyline
	}
}

func (r *ray526) Reset(float64) {
	r.path.reset()
	r.fit = smoothFit{}
	r.flat.reset()
	r.surface.reset()
}

func (r *ray526) Step(distanceM, terrainM, clutterM float64) {
	r.path.add(distanceM, terrainM, clutterM)
}

// Steps makes a BatchRay of the ray.
func (r *ray526) Steps(distanceM, terrainM, clutterM []float64) {
	r.path.addAll(distanceM, terrainM, clutterM)
}

// Keep makes a BatchRay of the ray.
func (r *ray526) Keep() {
	r.kept.path, r.kept.fit = r.path.progress, r.fit
	r.kept.flat.follow(&r.flat)
	r.kept.surface.follow(&r.surface)
}

// Return makes a BatchRay of the ray.
func (r *ray526) Return(float64) {
	r.path.progress, r.fit = r.kept.path, r.kept.fit
	r.flat.follow(&r.kept.flat)
	r.surface.follow(&r.kept.surface)
}

func (r *ray526) Loss(rxHeightsM, dst []float64) {
	p := &r.path
	last := p.samples - 1
	if last < 1 || p.missing || r.invalid {
		for i := range dst[:len(r.waves)*len(rxHeightsM)] {
			dst[i] = math.NaN()
		}
		return
	}
	groundTxM, groundRxM := p.terrainM[0], p.terrainM[last]
	txM, lengthM := groundTxM+r.txHeightM, p.distanceM[last]
	p.settle()
	r.fit.extend(p)
	r.flat.extend(last, p, txM)
	r.surface.extend(p.settled, p, txM)
	hstM, hsrM := r.fit.ends(lengthM)
	for h, rxHeightM := range rxHeightsM {
		t := terminals{lengthM, txM, groundRxM + rxHeightM}
		hstdM, hsrdM := r.flat.ridge(t).smoothEnds(hstM, hsrM, groundTxM, groundRxM)
		nu := r.surface.nu(t, p, r.radiusM, r.rootWavelength)
		slant2 := slantM2(lengthM, t.txM, t.rxM)
		for f := range r.waves {
			diffraction := r.waves[f].deltaBullington(nu, p.distanceM[:last+1], t.txM-hstdM, t.rxM-hsrdM, r.radiusM, false)
			dst[f*len(rxHeightsM)+h] = freeSpaceDB(r.at1MDB[f], slant2) + diffraction.lossDB
		}
	}
}
