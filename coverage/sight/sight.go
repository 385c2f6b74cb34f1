// Package sight says what stands between two antennas: the straight ray over the
// curved Earth, the first Fresnel zone around it, and the ridge that reaches
// furthest into it.
//
// It describes a path, it does not give a loss: that is coverage/propagation.
package sight

import (
	"math"

	"github.com/covgap/covgap/coverage/propagation"
)

// EarthRadiusM is the effective Earth radius for median refraction: k = 4/3 of
// 6371 km.
const EarthRadiusM = 4.0 / 3 * 6371e3

// Sample is one sample of a path with what passes over it.
type Sample struct {
	DistanceM  float64 // from the transmitter
	GroundM    float64 // terrain above sea level
	SurfaceM   float64 // terrain with clutter; the terrain alone at both ends
	BulgeM     float64 // the Earth's curvature: sea level above the chord between the ends
	RayM       float64 // the straight ray between the antennas, above the chord
	FresnelM   float64 // radius of the first Fresnel zone, 0 at both ends
	ClearanceM float64 // of the ray over the surface; negative where it is blocked
}

// View is a path as its antennas see it.
type View struct {
	Samples []Sample

	// Worst is the sample between the ends that reaches furthest into the first
	// Fresnel zone, in radii of the zone: the one with the largest diffraction
	// parameter ν. It is 0 on a path without samples between its ends.
	Worst int

	txM, rxM float64 // antennas above sea level
	lambdaM  float64
}

func (v *View) lengthM() float64 { return v.Samples[len(v.Samples)-1].DistanceM }

// RayM is the height of the straight ray at a distance from the transmitter, metres
// above the chord between the ends.
func (v *View) RayM(distanceM float64) float64 {
	return v.txM + (v.rxM-v.txM)*distanceM/v.lengthM()
}

// FresnelM is the radius of the first Fresnel zone at a distance from the
// transmitter, in metres.
func (v *View) FresnelM(distanceM float64) float64 {
	return math.Sqrt(v.lambdaM * distanceM * (v.lengthM() - distanceM) / v.lengthM()) // P.526 (2), n = 1
}

// Between describes the path p between antennas at the link's heights and frequency.
// Only these are read from l. The error wraps [propagation.ErrProfile] or
// [propagation.ErrLink] when p or l is none.
func Between(p *propagation.Profile, l propagation.Link) (*View, error) {
	// Free space asks of a path and a link exactly what every model does.
	if _, err := (propagation.P525{}).Loss(p, l); err != nil {
		return nil, err
	}
	const speedOfLight = 299792458.0 // m/s
	last := len(p.DistanceM) - 1
	v := &View{
		Samples: make([]Sample, last+1),
		txM:     p.TerrainM[0] + l.TxHeightM,
		rxM:     p.TerrainM[last] + l.RxHeightM,
		lambdaM: speedOfLight / (l.FrequencyMHz * 1e6),
	}
	v.Samples[last].DistanceM = p.LengthM()
	worst := math.Inf(1)
	for i, x := range p.DistanceM {
		s := &v.Samples[i]
		*s = Sample{
			DistanceM: x,
			GroundM:   p.TerrainM[i],
			SurfaceM:  p.TerrainM[i],
			BulgeM:    x * (p.LengthM() - x) / (2 * EarthRadiusM), // 500·Ce·d_i(d−d_i) of P.1812 (15), in metres
			RayM:      v.RayM(x),
			FresnelM:  v.FresnelM(x),
		}
		between := 0 < i && i < last
		if p.ClutterM != nil && between {
			s.SurfaceM += p.ClutterM[i]
		}
		s.ClearanceM = s.RayM - s.SurfaceM - s.BulgeM
		if between && s.ClearanceM/s.FresnelM < worst {
			worst, v.Worst = s.ClearanceM/s.FresnelM, i
		}
	}
	return v, nil
}

// Clear says whether there is line of sight: no sample reaches the ray.
func (v *View) Clear() bool { return v.Worst == 0 || v.Samples[v.Worst].ClearanceM > 0 }

// FresnelClearance is the clearance at the worst sample in radii of the first
// Fresnel zone: at 0.6 and more diffraction hardly matters, below 0 the path is
// blocked. It is +Inf on a path without samples between its ends.
func (v *View) FresnelClearance() float64 {
	if v.Worst == 0 {
		return math.Inf(1)
	}
	s := &v.Samples[v.Worst]
	return s.ClearanceM / s.FresnelM
}

// Nu is the diffraction parameter ν of the worst sample as a knife edge, the ν_max of
// ITU-R P.1812-8 (15): -√2 times [View.FresnelClearance].
func (v *View) Nu() float64 { return -math.Sqrt2 * v.FresnelClearance() }
