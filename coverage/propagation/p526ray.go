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
		r.waves[i] = newWave(f, wavelengthM(f), tx.Link.Polarization, 0) // the share of sea is the path's
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

	kept []kept526
}

// kept526 is what Return restores. The samples themselves are still there.
type kept526 struct {
	path          progress
	fit           smoothFit
	flat, surface skyline
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

// Enter makes a ZonedRay of the ray.
func (r *ray526) Enter(zone Zone) { r.path.enter(zone) }

// Lay makes a LaidRay of the ray.
func (r *ray526) Lay(s Samples) { r.path.Samples = s }

// Advance makes a LaidRay of the ray.
func (r *ray526) Advance(last int) { r.path.advance(last) }

// Keep makes a LaidRay of the ray.
func (r *ray526) Keep(place int) {
	for place >= len(r.kept) {
		r.kept = append(r.kept, kept526{})
	}
	k := &r.kept[place]
	k.path, k.fit = r.path.progress, r.fit
	k.flat.follow(&r.flat)
	k.surface.follow(&r.surface)
}

// Return makes a LaidRay of the ray.
func (r *ray526) Return(place int, _ float64) {
	k := &r.kept[place]
	r.path.progress, r.fit = k.path, k.fit
	r.flat.follow(&k.flat)
	r.surface.follow(&k.surface)
}

func (r *ray526) Loss(rxHeightsM, dst []float64) {
	p := &r.path
	last := p.samples - 1
	if last >= 1 {
		r.extend(last)
	}
	if last < 1 || p.missing || !validHeight(p.TerrainM[last]) || r.invalid {
		for i := range dst[:len(r.waves)*len(rxHeightsM)] {
			dst[i] = math.NaN()
		}
		return
	}
	groundTxM, groundRxM := p.TerrainM[0], p.TerrainM[last]
	txM, lengthM := groundTxM+r.txHeightM, p.Spacing.distanceM[last]
	hstM, hsrM := r.fit.upTo(p, last).ends(lengthM)
	seaShare := p.zones.seaShare(lengthM)
	for h, rxHeightM := range rxHeightsM {
		t := terminals{lengthM, txM, groundRxM + rxHeightM}
		hstdM, hsrdM := r.flat.ridge(t).smoothEnds(hstM, hsrM, groundTxM, groundRxM)
		nu := r.surface.nu(t, p, r.radiusM, r.rootWavelength)
		slant2 := slantM2(lengthM, t.txM, t.rxM)
		for f := range r.waves {
			w := &r.waves[f]
			w.seaShare = seaShare
			diffraction := w.deltaBullington(nu, p.Spacing.distanceM[:last+1], t.txM-hstdM, t.rxM-hsrdM, r.radiusM, false)
			dst[f*len(rxHeightsM)+h] = freeSpaceDB(r.at1MDB[f], slant2) + diffraction.lossDB
		}
	}
}

// extend brings the state up to the last sample.
func (r *ray526) extend(last int) {
	p, txM := &r.path, r.path.TerrainM[0]+r.txHeightM
	if r.flat.next == 1 {
		r.fit.begin(p)
	}
	r.flat.extend(last, p, txM, &r.fit)
	p.settle()
	r.surface.extend(p.settled, p, txM, nil)
}
