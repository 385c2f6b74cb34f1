package antenna

import (
	"math"
	"slices"
)

// Cuts is an antenna known in two planes, as manufacturers measure it: a horizontal
// cut through its beam and a vertical cut through its axis. Between them it is
// interpolated by the horizontal projection interpolation of F. Gil, A. R. Claro,
// J. M. Ferreira, C. Pardelinha and L. M. Correia, "A 3D interpolation method for
// base-station-antenna radiation patterns", IEEE Antennas and Propagation Magazine
// 43 (2), 2001:
//
//	G(φ,θ) = GH(φ) − [(π−|φ|)/π·(GH(0) − GV(θ)) + |φ|/π·(GH(π) − GV(π−θ))]
//
// It has the vertical cut in front and behind, the horizontal cut along the beam's
// cone, and keeps a beam that an electrical tilt lowers all round lowered all round,
// where adding both attenuations would count the front of the vertical cut behind.
type Cuts struct {
	gainDBi    float64 // at an attenuation of 0
	horizontal cut
	vertical   cut // positive down
	peakDBi    float64
	frontDB    float64 // attenuation of the horizontal cut at 0 degrees
	backDB     float64 // and at 180
}

var _ Pattern = (*Cuts)(nil)

// newCuts joins two cuts of an antenna.
func newCuts(gainDBi float64, horizontal, vertical cut) Cuts {
	return Cuts{
		gainDBi: gainDBi, horizontal: horizontal, vertical: vertical,
		peakDBi: gainDBi - min(slices.Min(horizontal.attenuationDB), slices.Min(vertical.attenuationDB)),
		frontDB: horizontal.at(0), backDB: horizontal.at(180),
	}
}

// PeakDBi gives the largest gain of the two cuts. No direction between them has more.
func (c *Cuts) PeakDBi() float64 { return c.peakDBi }

// GainDBi gives the interpolated gain.
func (c *Cuts) GainDBi(azimuthDeg, elevationDeg float64) float64 {
	if azimuthDeg < -180 || azimuthDeg > 180 {
		azimuthDeg = math.Remainder(azimuthDeg, 360)
	}
	back := math.Abs(azimuthDeg) / 180
	front := c.vertical.at(-elevationDeg) - c.frontDB    // GH(0) − GV(θ), as attenuations
	behind := c.vertical.at(180+elevationDeg) - c.backDB // GH(π) − GV(π−θ)
	return min(c.gainDBi-c.horizontal.at(azimuthDeg)-(1-back)*front-back*behind, c.peakDBi)
}

// BeamwidthHDeg gives the half-power width of the horizontal cut, 360 for an
// antenna without a beam in it.
func (c *Cuts) BeamwidthHDeg() float64 { return c.horizontal.widthDeg() }

// BeamwidthVDeg gives the half-power width of the vertical cut about its beam.
func (c *Cuts) BeamwidthVDeg() float64 { return c.vertical.widthDeg() }

// TiltDeg gives how far the beam of the vertical cut points below the plane of the
// antenna: the electrical tilt that the pattern holds. It is 0 for an antenna
// without a beam in it.
func (c *Cuts) TiltDeg() float64 {
	lo, hi := c.vertical.beamDeg()
	if hi-lo >= 180 {
		return 0
	}
	return math.Remainder((lo+hi)/2, 360)
}

// Omni says whether the horizontal cut stays within half power.
func (c *Cuts) Omni() bool { return c.BeamwidthHDeg() >= 360 }

// cut is the attenuation of an antenna around a circle, in equal steps from 0
// degrees.
type cut struct {
	attenuationDB []float64
	perDeg        float64 // steps in a degree
}

// at interpolates the attenuation in decibels at an angle, any turn of the circle.
func (c cut) at(deg float64) float64 {
	n := len(c.attenuationDB)
	x := deg * c.perDeg
	f := math.Floor(x)
	i := int(f) % n
	if i < 0 {
		i += n
	}
	k := i + 1
	if k == n {
		k = 0
	}
	t := x - f
	return c.attenuationDB[i]*(1-t) + c.attenuationDB[k]*t
}

// halfPowerDB bounds a beam.
const halfPowerDB = 3

// beamDeg gives the angles, rising, between which the attenuation stays within half
// power of the least; of several least ones the first after -90 degrees counts, so
// that a beam in front goes before a back lobe. An antenna without a beam gives a
// full turn.
func (c cut) beamDeg() (lo, hi float64) {
	n := len(c.attenuationDB)
	first := -n / 4
	least := first
	for i := first; i < first+n; i++ {
		if c.attenuationDB[mod(i, n)] < c.attenuationDB[mod(least, n)] {
			least = i
		}
	}
	edge := func(step int) float64 {
		floor := c.attenuationDB[mod(least, n)] + halfPowerDB
		for k := 1; k < n; k++ {
			a, b := c.attenuationDB[mod(least+step*(k-1), n)], c.attenuationDB[mod(least+step*k, n)]
			if b > floor {
				return float64(k-1) + (floor-a)/(b-a)
			}
		}
		return float64(n)
	}
	up, down := edge(1), edge(-1)
	if up >= float64(n) {
		return -180, 180
	}
	return (float64(least) - down) / c.perDeg, (float64(least) + up) / c.perDeg
}

func (c cut) widthDeg() float64 {
	lo, hi := c.beamDeg()
	return hi - lo
}

func mod(i, n int) int { return (i%n + n) % n }
