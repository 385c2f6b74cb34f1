package sweep

import (
	"math"
	"slices"

	"github.com/covgap/covgap/coverage/propagation"
	"github.com/covgap/covgap/geo/geodesy"
	"github.com/covgap/covgap/geo/terrain"
	"github.com/paulmach/orb"
)

// Path is one path from a transmitter to a receiver, computed on its own profile.
type Path struct {
	DistanceM    float64
	AzimuthDeg   float64 // at the transmitter, clockwise from true north
	ElevationDeg float64 // at the transmitter, as in [Block]
	LossDB       float64 // basic transmission loss
	LineOfSight  bool
	Near         bool // nearer than the model's minimum distance
	Warnings     []propagation.Warning
}

// Pather computes single paths the exact way, each on a profile of its own,
// sampled at the spacing of the terrain. It reuses its memory: one Pather for each
// goroutine. It allocates nothing itself once it has seen its longest path.
type Pather struct {
	params  Params
	model   *propagation.NearModel
	terrain terrain.Profile
	profile propagation.Profile
}

// NewPather prepares paths over the terrain and with the model of p. The radius
// and resolution are not read. The error wraps ErrParams.
func NewPather(p Params) (*Pather, error) {
	if err := p.Validate(); err != nil {
		return nil, err
	}
	return newPather(p), nil
}

func newPather(p Params) *Pather { return &Pather{params: p, model: near(p.Model)} }

// near gives the model with its values near the mast joined to free space and
// diffraction, as every map has them.
func near(m propagation.Model) *propagation.NearModel {
	if n, ok := m.(*propagation.NearModel); ok {
		return n
	}
	return propagation.Near(m)
}

// Profile gives the profile of the last path. It is valid until the next.
func (p *Pather) Profile() *propagation.Profile { return &p.profile }

// minPathM is the length given to a shorter path: a hex whose centre is the mast.
const minPathM = 1

// Path computes the path from tx to a receiver at rx. It gives ErrTerrain when the
// path crosses missing terrain, ErrRange when it is longer than the model's
// maximum, and the model's own error when its mathematics gives no number; the
// geometry of the path stands in the result as far as it is known.
func (p *Pather) Path(tx Transmitter, rx orb.Point) (Path, error) {
	distanceM, azimuthDeg := geodesy.Inverse(tx.Position, rx)
	return p.along(tx, rx, distanceM, azimuthDeg)
}

// along is Path where distance and azimuth are already known.
func (p *Pather) along(tx Transmitter, rx orb.Point, distanceM, azimuthDeg float64) (Path, error) {
	if distanceM < minPathM {
		distanceM, rx = minPathM, geodesy.Destination(tx.Position, azimuthDeg, minPathM)
	}
	path := Path{DistanceM: distanceM, AzimuthDeg: azimuthDeg, ElevationDeg: math.NaN(), LossDB: math.NaN()}
	if beyond(p.params.Model, distanceM) {
		return path, ErrRange
	}
	complete := p.params.Terrain.Profile(tx.Position, rx, &p.terrain)
	pr := &p.profile
	pr.DistanceM, pr.TerrainM = p.terrain.DistanceM, p.terrain.HeightM
	if !complete {
		return path, ErrTerrain
	}
	pr.ClutterM = p.params.clutter(&p.terrain.Line, p.terrain.StepM, 0, len(pr.DistanceM), pr.ClutterM)
	pr.ClearReceiver(p.params.ReceiverClearingM)
	if p.params.Zones != nil {
		pr.Zone = slices.Grow(pr.Zone[:0], len(pr.DistanceM))[:len(pr.DistanceM)]
		p.params.Zones.Along(&p.terrain.Line, p.terrain.StepM, 0, pr.Zone)
	}
	last := len(pr.DistanceM) - 1
	var h horizon
	h.reset(pr.TerrainM[0] + tx.HeightM)
	for i := 1; i < last; i++ {
		h.pass(pr.DistanceM[i], 1/pr.DistanceM[i], pr.TerrainM[i])
	}
	path.ElevationDeg, path.LineOfSight = h.toward(distanceM, pr.TerrainM[last]+p.params.RxHeightM)

	l := p.params.Link
	l.FrequencyMHz, l.TxHeightM, l.RxHeightM = tx.FrequencyMHz, tx.HeightM, p.params.RxHeightM
	l.Tx, l.Rx, l.Explain = tx.Position, rx, false
	res, err := p.model.Loss(pr, l)
	if err != nil {
		return path, err
	}
	path.LossDB, path.Near, path.Warnings = res.LossDB, res.Near, res.Warnings
	return path, nil
}

// clutter gives the clutter of n samples on a line from first·stepM on, in the memory
// of buf: nil when there is none anywhere.
func (p *Params) clutter(line *geodesy.Line, stepM float64, first, n int, buf []float64) []float64 {
	if p.Clutter == nil {
		return nil
	}
	buf = slices.Grow(buf[:0], n)[:n]
	p.Clutter.NearestAlong(line, stepM, first, buf)
	for i := 0; i < n && float64(first+i)*stepM <= p.TransmitterClearingM; i++ {
		buf[i] = 0
	}
	return buf
}

// beyond says whether a model states a maximum distance and this is more.
func beyond(m propagation.Model, distanceM float64) bool {
	maxKm := m.Validity().MaxDistanceKm
	return maxKm > 0 && distanceM > maxKm*1000
}
