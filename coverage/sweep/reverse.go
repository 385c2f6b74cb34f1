package sweep

import (
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"math"
	"slices"

	"github.com/covgap/covgap/coverage/propagation"
	"github.com/covgap/covgap/coverage/store"
	"github.com/covgap/covgap/geo/geodesy"
	"github.com/paulmach/orb"
)

// Mast is a place where antennas may stand.
type Mast struct {
	Position orb.Point
	GroundM  float64   // above sea level
	HeightsM []float64 // of antennas above ground, tried each; 0 < height
}

// MastKey identifies a mast: a digest of its position, ground and heights.
type MastKey [16]byte

// Key gives the key of a mast.
func (m *Mast) Key() (k MastKey) {
	h := sha256.New()
	writeFloats(h, m.Position[0], m.Position[1], m.GroundM)
	writeFloats(h, m.HeightsM...)
	copy(k[:], h.Sum(nil))
	return k
}

// Reached is an antenna from which a receiver is reached, or a mast from which it
// cannot be known.
type Reached struct {
	Mast, Height, Frequency int     // indexes, the second into Mast.HeightsM
	LossDB                  float64 // basic transmission loss; NaN for a mast without value, with only Mast and NoTerrain set
	AzimuthDeg              float64 // at the mast toward the receiver, clockwise from true north
	ElevationDeg            float64 // at the mast, as in [Block]
	NoTerrain               bool    // there is no value since the path crosses missing terrain
}

// Band is a frequency of a reverse sweep.
type Band struct {
	FrequencyMHz float64
	MaxLossDB    float64 // antennas behind more of it do not reach
}

// Reverser sweeps the wrong way round: from one receiver to every mast that might
// serve it, so that a province of places costs no more than its receivers. It is
// safe for concurrent use.
//
// Antennas with their heights and the path swap their ends, which a
// [propagation.Reciprocal] model does not notice. Rays set out from the receiver as
// those of [Compute] do from a mast; one pass gives all heights and frequencies. A mast
// takes the loss of the sample nearest to it, its antenna at its own height above
// the sea, the free-space part corrected to the true distance. Masts within 64
// samples or nearer than the model's minimum distance get a profile of their own.
//
// So does every mast when Params.Exact, or when the model is no reciprocal
// [propagation.RayModel] under the link: as obviously right as [Pather.Path], and
// slower by the number of masts on a ray.
type Reverser struct {
	params    Params
	bands     []Band
	masts     []Mast
	cartesian []geodesy.Cartesian
	exactM    float64 // nearer masts get a profile of their own
	ground    ground
	digest    [sha256.Size]byte // of the parameters
}

// NewReverser prepares reverse sweeps under p within p.RadiusM; p.Resolution is not
// read. The error wraps ErrParams, or ErrTransmitter for a mast that is none.
func NewReverser(p Params, masts []Mast, bands []Band) (*Reverser, error) {
	if err := p.Validate(); err != nil {
		return nil, err
	}
	if len(bands) == 0 {
		return nil, fmt.Errorf("%w: a reverse sweep without a frequency", ErrParams)
	}
	p.Resolution = 0
	r := &Reverser{params: p, bands: bands, masts: masts, cartesian: make([]geodesy.Cartesian, len(masts)), ground: newGround(&p)}
	h := sha256.New()
	writeText(h, "covgap reverse sweep")
	p.write(h)
	h.Sum(r.digest[:0])
	for i := range masts {
		m := &masts[i]
		for _, heightM := range m.HeightsM {
			for _, b := range bands {
				tx := Transmitter{m.Position, heightM, b.FrequencyMHz}
				if err := tx.validate(); err != nil {
					return nil, err
				}
			}
		}
		r.cartesian[i] = geodesy.ToCartesian(m.Position)
	}

	r.exactM = math.Inf(1)
	reciprocal, ok := p.Model.(propagation.Reciprocal)
	if _, ray := p.Model.(propagation.RayModel); ray && ok && reciprocal.Reciprocal(p.Link) && !p.Exact {
		r.exactM = max(p.Model.Validity().MinDistanceKm*1000, exactSamples*p.Terrain.SpacingM())
	}
	return r, nil
}

// Key gives the key of a receiver in a store: a digest of the receiver, the parameters
// and the content of terrain, clutter and zones within the radius. What reaches it depends on
// the masts and the bands as well, each mast by itself.
func (r *Reverser) Key(receiver orb.Point) store.Key {
	h := sha256.New()
	h.Write(r.digest[:])
	writeFloats(h, receiver[0], receiver[1])
	r.ground.write(h, discBound(receiver, r.params.RadiusM))
	var k store.Key
	h.Sum(k[:0])
	return k
}

// Within counts the masts within the radius of a receiver.
func (r *Reverser) Within(receiver orb.Point) (n int) {
	local := geodesy.NewLocal(receiver)
	for i := range r.cartesian {
		if r.within(&local, i) {
			n++
		}
	}
	return n
}

// within says whether a mast with antennas is no further from the local place than the
// radius. A straight line is shorter than the way over the ground, by 1e-5 of it at 100 km.
func (r *Reverser) within(local *geodesy.Local, mast int) bool {
	c, limit2 := &r.cartesian[mast], r.params.RadiusM*r.params.RadiusM
	switch m2 := local.Chord2M2(c); {
	case len(r.masts[mast].HeightsM) == 0 || m2 > limit2:
		return false
	case m2 < 0.999*limit2:
		return true
	}
	distanceM, _ := local.Inverse(c)
	return distanceM <= r.params.RadiusM
}

// To gives each antenna that reaches a receiver to found, always in the same order, and
// counts masts: Counts.Hexes those within the radius. It asks only the masts that are
// wanted, nil for all; what is found of one does not depend on which others are. The
// error is that of ctx.
func (r *Reverser) To(ctx context.Context, receiver orb.Point, wanted func(mast int) bool, found func(Reached)) (Counts, error) {
	var n Counts
	local := geodesy.NewLocal(receiver)
	var far []target
	pather := newPather(r.params)
	for i := range r.cartesian {
		if wanted != nil && !wanted(i) || !r.within(&local, i) {
			continue
		}
		distanceM, azimuthDeg := local.Inverse(&r.cartesian[i])
		n.Hexes++
		if distanceM >= r.exactM {
			far = append(far, target{distanceM: distanceM, azimuthDeg: azimuthDeg, child: int32(i)})
			continue
		}
		if n.Hexes%64 == 0 && ctx.Err() != nil {
			return n, ctx.Err()
		}
		n.add(r.exact(pather, i, receiver, found))
	}
	if len(far) == 0 {
		return n, ctx.Err()
	}
	s := r.sweeping(receiver)
	far = s.assign(s.spacingM, far)
	for len(far) > 0 {
		if err := ctx.Err(); err != nil {
			return n, err
		}
		var here []target
		here, far = ofOneRay(far)
		n.add(r.along(s, pather, receiver, here, found))
	}
	return n, nil
}

// exact tries the antennas of a mast on a profile of their own, the right way round.
func (r *Reverser) exact(p *Pather, mast int, receiver orb.Point, found func(Reached)) (n Counts) {
	m := &r.masts[mast]
	for h, heightM := range m.HeightsM {
		for b, band := range r.bands {
			path, err := p.Path(Transmitter{m.Position, heightM, band.FrequencyMHz}, receiver)
			switch {
			case errors.Is(err, ErrTerrain):
				found(Reached{Mast: mast, LossDB: math.NaN(), NoTerrain: true})
				return Counts{NoTerrain: 1}
			case err != nil || math.IsNaN(path.LossDB):
				n.NoLoss = 1
			case path.LossDB <= band.MaxLossDB:
				found(Reached{mast, h, b, path.LossDB, path.AzimuthDeg, path.ElevationDeg, false})
			}
			if path.Near {
				n.Near = 1
			}
		}
	}
	if n.NoLoss > 0 {
		found(Reached{Mast: mast, LossDB: math.NaN()})
	}
	return n
}

// sweeping prepares the rays from a receiver.
func (r *Reverser) sweeping(receiver orb.Point) *sweeping {
	frequenciesMHz := make([]float64, len(r.bands))
	for i, b := range r.bands {
		frequenciesMHz[i] = b.FrequencyMHz
	}
	p := r.params
	p.ReceiverClearingM, p.TransmitterClearingM = p.TransmitterClearingM, p.ReceiverClearingM
	return newSweeping(p, Transmitter{Position: receiver, HeightM: r.params.RxHeightM}, frequenciesMHz, reverseSharings)
}

// along follows one ray past its masts, which are in order of their steps.
func (r *Reverser) along(s *sweeping, p *Pather, receiver orb.Point, masts []target, found func(Reached)) (n Counts) {
	s.begin(masts[0].ray, int(masts[len(masts)-1].step))
	f := &s.front
	for i := range masts {
		t := &masts[i]
		step, mast := int(t.step), int(t.child)
		if !s.pass(step) {
			for _, t := range masts[i:] {
				n.NoTerrain++
				found(Reached{Mast: int(t.child), LossDB: math.NaN(), NoTerrain: true})
			}
			return n
		}
		m := &r.masts[mast]
		// The antenna stays at its height above the sea where the sample's ground is
		// another than the mast's.
		s.rxHeightsM = s.rxHeightsM[:0]
		for _, heightM := range m.HeightsM {
			s.rxHeightsM = append(s.rxHeightsM, m.GroundM+heightM-s.samples.TerrainM[step])
		}
		if slices.Min(s.rxHeightsM) < leastRxHeightM || t.distanceM > s.maxM {
			n.add(r.exact(p, mast, receiver, found)) // beyond the maximum it says so
			continue
		}
		for len(s.lossDB) < len(r.bands)*len(s.rxHeightsM) {
			s.lossDB = append(s.lossDB, 0)
		}
		s.ray.Loss(s.rxHeightsM, s.lossDB)
		distanceM := s.distanceM[step]
		azimuthDeg, lost := math.NaN(), 0
		for h, heightM := range m.HeightsM {
			antennaM := m.GroundM + heightM
			rise2 := (antennaM - f.horizon.antennaM) * (antennaM - f.horizon.antennaM)
			nearerDB := nearerDB(t.distanceM, distanceM, rise2)
			elevationDeg := math.NaN()
			for b := range r.bands {
				lossDB := s.lossDB[b*len(m.HeightsM)+h] + nearerDB
				switch {
				case math.IsNaN(lossDB):
					lost = 1
					continue
				case lossDB > r.bands[b].MaxLossDB:
					continue
				}
				if math.IsNaN(azimuthDeg) {
					azimuthDeg = backAzimuthDeg(receiver, m.Position, t.azimuthDeg)
				}
				if math.IsNaN(elevationDeg) {
					elevationDeg = s.backElevationDeg(step, antennaM)
				}
				found(Reached{mast, h, b, lossDB, azimuthDeg, elevationDeg, false})
			}
		}
		if n.NoLoss += lost; lost > 0 {
			found(Reached{Mast: mast, LossDB: math.NaN()})
		}
	}
	return n
}

// leastRxHeightM is how far above the ground of the sample an antenna must be for the
// sample to stand for the mast's own place.
const leastRxHeightM = 1

// backAzimuthDeg is the azimuth at b of the geodesic that leaves a toward b with
// azimuthDeg, the other way along. The convergence of the meridians is that of the
// sphere, a ten-thousandth of a degree off at 50 km:
//
//	tan(γ/2) = tan(Δλ/2)·sin((φa+φb)/2)/cos((φb−φa)/2)
func backAzimuthDeg(a, b orb.Point, azimuthDeg float64) float64 {
	const rad = math.Pi / 180
	half := math.Remainder(b[0]-a[0], 360) * rad / 2
	convergenceDeg := 2 / rad * math.Atan(math.Tan(half)*math.Sin((a[1]+b[1])/2*rad)/math.Cos((b[1]-a[1])/2*rad))
	return geodesy.NormalizeAzimuth(azimuthDeg + 180 + convergenceDeg)
}

// backElevationDeg is the elevation, as in [Block], at which the path leaves an antenna at
// the sample of a step for the start of the ray.
func (s *sweeping) backElevationDeg(step int, antennaM float64) float64 {
	var h horizon
	h.reset(antennaM)
	distanceM := s.distanceM[step]
	for i := 1; i < step; i++ {
		h.pass(distanceM-s.distanceM[i], 1/(distanceM-s.distanceM[i]), s.samples.TerrainM[i])
	}
	elevationDeg, _ := h.toward(distanceM, s.front.horizon.antennaM)
	return elevationDeg
}
