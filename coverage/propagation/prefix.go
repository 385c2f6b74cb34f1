package propagation

import (
	"math"

	"github.com/covgap/covgap/geo/geodesy"
)

// Prefix gives a RayModel for any model: one that is a RayModel itself as it is,
// any other by computing the loss of the whole path anew at each step. The cost
// of a ray then grows with the square of its length.
func Prefix(m Model) RayModel {
	if rm, ok := m.(RayModel); ok {
		return rm
	}
	return prefixModel{m}
}

type prefixModel struct{ Model }

func (m prefixModel) NewRay(tx Tx, frequenciesMHz []float64) Ray {
	r := &prefixRay{model: m.Model, tx: tx, frequenciesMHz: append([]float64(nil), frequenciesMHz...)}
	r.link = tx.Link
	r.link.Tx, r.link.TxHeightM, r.link.Explain = tx.Position, tx.HeightM, false
	return r
}

type prefixRay struct {
	model          Model
	tx             Tx
	link           Link
	frequenciesMHz []float64
	azimuthDeg     float64
	path           Profile
	clutterM       []float64 // as given, before the receiver's clearing
	zones          []Zone    // memory of the path's
	zoned          bool      // whether it has them
	zone           Zone      // of the samples to come
}

func (r *prefixRay) Reset(azimuthDeg float64) {
	r.azimuthDeg = azimuthDeg
	r.path.DistanceM = r.path.DistanceM[:0]
	r.path.TerrainM = r.path.TerrainM[:0]
	r.path.ClutterM = r.path.ClutterM[:0]
	r.clutterM = r.clutterM[:0]
	r.zones, r.zoned, r.zone = r.zones[:0], false, Inland
}

// Enter makes a ZonedRay of the ray.
func (r *prefixRay) Enter(zone Zone) { r.zoned, r.zone = true, zone }

func (r *prefixRay) Step(distanceM, terrainM, clutterM float64) {
	r.path.DistanceM = append(r.path.DistanceM, distanceM)
	r.path.TerrainM = append(r.path.TerrainM, terrainM)
	r.clutterM = append(r.clutterM, clutterM)
	r.zones = append(r.zones, r.zone)
}

func (r *prefixRay) Loss(rxHeightsM, dst []float64) {
	r.path.ClutterM = append(r.path.ClutterM[:0], r.clutterM...)
	r.path.ClearReceiver(r.tx.ClearingM)
	if r.path.Zone = nil; r.zoned {
		r.path.Zone = r.zones
	}
	if len(r.path.DistanceM) > 0 {
		r.link.Rx = geodesy.Destination(r.tx.Position, r.azimuthDeg, r.path.LengthM())
	}
	for f, mhz := range r.frequenciesMHz {
		for h, rxM := range rxHeightsM {
			r.link.FrequencyMHz, r.link.RxHeightM = mhz, rxM
			loss := math.NaN()
			if res, err := r.model.Loss(&r.path, r.link); err == nil {
				loss = res.LossDB
			}
			dst[f*len(rxHeightsM)+h] = loss
		}
	}
}
