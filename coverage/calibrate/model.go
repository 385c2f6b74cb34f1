package calibrate

import (
	"fmt"
	"math"

	"github.com/covgap/covgap/coverage/propagation"
	"github.com/covgap/covgap/coverage/sight"
)

// Apply gives the model with the calibration in it. It takes the other's place
// everywhere: path losses of sweeps, exact paths and plans are all corrected alike.
//
// It is not separable from them: whether a path has line of sight, and how much of its
// loss is diffraction, is known only where the terrain is. So its losses are stored
// under keys of their own, by the source of its validity, which holds a digest of the
// parameters. Its name is the model's.
//
// The error wraps ErrModel when the calibration was fitted to another model or edition.
func (c *Calibration) Apply(m propagation.Model) (propagation.Model, error) {
	if m.Name() != c.Model || m.Validity().Source != c.ModelSource {
		return nil, fmt.Errorf("%w: %s (%s), not %s (%s)", ErrModel, c.Model, c.ModelSource, m.Name(), m.Validity().Source)
	}
	return &model{inner: m, ray: propagation.Prefix(m), calibration: c}, nil
}

// model is a calibrated model.
type model struct {
	inner       propagation.Model
	ray         propagation.RayModel
	calibration *Calibration
}

var (
	_ propagation.RayModel   = (*model)(nil)
	_ propagation.Reciprocal = (*model)(nil)
)

// Name is the inner model's.
func (m *model) Name() string { return m.inner.Name() }

// Validity is the inner model's, with the calibration in its source.
func (m *model) Validity() propagation.Validity {
	v := m.inner.Validity()
	v.Source = fmt.Sprintf("%s, calibrated by %s v%d (%s)", v.Source, m.calibration.Name, m.calibration.Version, m.calibration.digest())
	return v
}

// Reciprocal is what the inner model says: line of sight, distance and loss, which
// decide the correction, are the same both ways.
func (m *model) Reciprocal(l propagation.Link) bool {
	r, ok := m.inner.(propagation.Reciprocal)
	return ok && r.Reciprocal(l)
}

// Loss gives the corrected loss of a path.
func (m *model) Loss(p *propagation.Profile, l propagation.Link) (propagation.Result, error) {
	res, err := m.inner.Loss(p, l)
	if err != nil {
		return res, err
	}
	last := len(p.DistanceM) - 1
	h := newHorizon(p.TerrainM[0] + l.TxHeightM)
	for i := 1; i < last; i++ {
		h.pass(p.DistanceM[i], p.TerrainM[i])
	}
	correction := m.correctionDB(l.FrequencyMHz, res.LossDB, &h, p.DistanceM[last], p.TerrainM[last]+l.RxHeightM)
	if l.Explain {
		res.Intermediates = append(res.Intermediates,
			propagation.Quantity{Name: "L" + m.Name(), Value: res.LossDB, Unit: "dB", Equation: m.inner.Validity().Source},
			propagation.Quantity{Name: "Lcal", Value: correction, Unit: "dB", Equation: "calibration " + m.calibration.Name})
	}
	res.LossDB += correction
	return res, nil
}

// correctionDB gives what is added to a loss, 0 for a band without parameters.
func (m *model) correctionDB(frequencyMHz, lossDB float64, h *horizon, distanceM, receiverM float64) float64 {
	class := NLOS
	if h.sees(distanceM, receiverM) {
		class = LOS
	}
	p := m.calibration.of(class, frequencyMHz)
	if p == nil {
		return 0
	}
	excess := 0.0
	if p.DiffractionFactor != 1 {
		excess = excessDB(lossDB, frequencyMHz, math.Hypot(distanceM, receiverM-h.antennaM))
	}
	return p.CorrectionDB(distanceM, excess)
}

// horizon is the steepest direction from an antenna to any terrain passed so far, as
// the tangent of its elevation.
type horizon struct {
	antennaM float64 // above sea level
	slope    float64
}

func newHorizon(antennaM float64) horizon { return horizon{antennaM, math.Inf(-1)} }

// slopeTo gives the tangent of the elevation of a point above sea level.
func (h *horizon) slopeTo(distanceM, heightM float64) float64 {
	return (heightM-h.antennaM)/distanceM - distanceM/(2*sight.EarthRadiusM)
}

func (h *horizon) pass(distanceM, terrainM float64) {
	h.slope = max(h.slope, h.slopeTo(distanceM, terrainM))
}

// sees says whether a receiver is in line of sight over the terrain passed, which
// must not include the receiver's own sample.
func (h *horizon) sees(distanceM, receiverM float64) bool {
	return h.slopeTo(distanceM, receiverM) >= h.slope
}

// NewRay prepares a ray of corrected losses, laid out where the inner model's can be.
func (m *model) NewRay(tx propagation.Tx, frequenciesMHz []float64) propagation.Ray {
	r := &ray{model: m, inner: m.ray.NewRay(tx, frequenciesMHz), frequenciesMHz: frequenciesMHz, txHeightM: tx.HeightM}
	r.Reset(0)
	if laid, ok := r.inner.(propagation.LaidRay); ok {
		return &laidRay{ray: r, laid: laid}
	}
	return r
}

// ray carries the horizon beside the inner ray.
type ray struct {
	model          *model
	inner          propagation.Ray
	frequenciesMHz []float64
	txHeightM      float64

	way
}

// way is what a ray carries of its path.
type way struct {
	started           bool
	horizon           horizon // without the last sample
	lastM, lastGround float64 // distance and terrain of the last sample
}

// Reset is that of [propagation.Ray].
func (r *ray) Reset(azimuthDeg float64) {
	r.inner.Reset(azimuthDeg)
	r.started = false
}

// Step is that of [propagation.Ray].
func (r *ray) Step(distanceM, terrainM, clutterM float64) {
	r.inner.Step(distanceM, terrainM, clutterM)
	r.pass(distanceM, terrainM)
}

// Enter is that of [propagation.ZonedRay]; a model without zones does not hear of it.
func (r *ray) Enter(zone propagation.Zone) {
	if zoned, ok := r.inner.(propagation.ZonedRay); ok {
		zoned.Enter(zone)
	}
}

// pass takes the horizon over the last sample and makes this one the last.
func (r *ray) pass(distanceM, terrainM float64) {
	switch {
	case !r.started:
		r.started, r.horizon = true, newHorizon(terrainM+r.txHeightM)
	case r.lastM > 0:
		r.horizon.pass(r.lastM, r.lastGround)
	}
	r.lastM, r.lastGround = distanceM, terrainM
}

// Loss is that of [propagation.Ray].
func (r *ray) Loss(rxHeightsM, dst []float64) {
	r.inner.Loss(rxHeightsM, dst)
	if r.lastM == 0 {
		return
	}
	for f, mhz := range r.frequenciesMHz {
		for k, rxM := range rxHeightsM {
			loss := &dst[f*len(rxHeightsM)+k]
			*loss += r.model.correctionDB(mhz, *loss, &r.horizon, r.lastM, r.lastGround+rxM)
		}
	}
}

// laidRay is a ray whose inner ray's samples can be laid out.
type laidRay struct {
	*ray
	laid    propagation.LaidRay
	samples propagation.Samples
	passed  int // of the samples
	kept    []keptWay
}

// keptWay is what Return restores.
type keptWay struct {
	way
	passed int
}

// Reset is that of [propagation.Ray].
func (r *laidRay) Reset(azimuthDeg float64) {
	r.ray.Reset(azimuthDeg)
	r.passed = 0
}

// Lay is that of [propagation.LaidRay].
func (r *laidRay) Lay(s propagation.Samples) {
	r.laid.Lay(s)
	r.samples = s
}

// Advance is that of [propagation.LaidRay].
func (r *laidRay) Advance(last int) {
	r.laid.Advance(last)
	for ; r.passed <= last; r.passed++ {
		r.pass(r.samples.Spacing.DistanceM(r.passed), r.samples.TerrainM[r.passed])
	}
}

// Keep is that of [propagation.LaidRay].
func (r *laidRay) Keep(place int) {
	r.laid.Keep(place)
	for place >= len(r.kept) {
		r.kept = append(r.kept, keptWay{})
	}
	r.kept[place] = keptWay{r.way, r.passed}
}

// Return is that of [propagation.LaidRay].
func (r *laidRay) Return(place int, azimuthDeg float64) {
	r.laid.Return(place, azimuthDeg)
	r.way, r.passed = r.kept[place].way, r.kept[place].passed
}
