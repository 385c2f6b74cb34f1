// Package antenna gives the gain of antennas in every direction, parametric ones
// and those of pattern files ([ReadMSI]).
//
// A [Pattern] is an antenna in its own frame. A [Mount] is a pattern on a mast:
// it turns directions of the world into that frame. Electrical tilt shapes the
// beam and belongs to the pattern; mechanical tilt turns the whole antenna and
// belongs to the mount. So neither is ever applied twice.
package antenna

import (
	"errors"
	"fmt"
	"math"

	"github.com/covgap/covgap/coverage"
	"github.com/covgap/covgap/geo/geodesy"
)

// ErrPattern says that a pattern's figures describe no antenna.
var ErrPattern = errors.New("antenna: invalid pattern")

// Pattern is the gain of an antenna in its own frame. Implementations are safe
// for concurrent use.
type Pattern interface {
	// GainDBi gives the gain toward a direction: degrees clockwise from the
	// antenna's axis seen from above, any turn of the circle, and degrees above the
	// plane at right angles to its vertical axis, -90 to 90. Electrical tilt is
	// part of it.
	GainDBi(azimuthDeg, elevationDeg float64) float64
	// PeakDBi gives the largest gain in any direction.
	PeakDBi() float64
}

// Parametric is the sector antenna of 3GPP TR 36.814 V9.2.0, table A.2.1.1-2,
// whose form TR 38.901, table 7.3-1, keeps with other constants.
type Parametric struct {
	PeakGainDBi       float64
	BeamwidthHDeg     float64 // half-power width φ3dB; the table has 70
	BeamwidthVDeg     float64 // half-power width θ3dB; the table has 10
	ElectricalTiltDeg float64 // positive down; the same in every azimuth, the back lobe included
	FrontToBackDB     float64 // A_m; 0 stands for the table's 25
	SideLobeDB        float64 // SLA_v; 0 stands for the table's 20
}

var _ Pattern = Parametric{}

// Constants of TR 36.814, table A.2.1.1-2.
const (
	tableFrontToBackDB = 25 // A_m
	tableSideLobeDB    = 20 // SLA_v
)

// Validate gives an error wrapping ErrPattern unless both beamwidths lie in
// (0, 360] and the attenuations are not negative.
func (p Parametric) Validate() error {
	// The negated forms also refuse NaN.
	switch {
	case !(math.Abs(p.PeakGainDBi) < math.Inf(1)):
		return fmt.Errorf("%w: gain %g dBi", ErrPattern, p.PeakGainDBi)
	case !(p.BeamwidthHDeg > 0 && p.BeamwidthHDeg <= 360):
		return fmt.Errorf("%w: horizontal beamwidth %g degrees; expected above 0, at most 360", ErrPattern, p.BeamwidthHDeg)
	case !(p.BeamwidthVDeg > 0 && p.BeamwidthVDeg <= 360):
		return fmt.Errorf("%w: vertical beamwidth %g degrees; expected above 0, at most 360", ErrPattern, p.BeamwidthVDeg)
	case !(math.Abs(p.ElectricalTiltDeg) <= 90):
		return fmt.Errorf("%w: electrical tilt %g degrees; expected -90 to 90", ErrPattern, p.ElectricalTiltDeg)
	case !(p.FrontToBackDB >= 0) || !(p.SideLobeDB >= 0):
		return fmt.Errorf("%w: front-to-back ratio %g dB, side lobe %g dB; expected 0 or more", ErrPattern, p.FrontToBackDB, p.SideLobeDB)
	}
	return nil
}

// PeakDBi gives the gain on the axis of the beam.
func (p Parametric) PeakDBi() float64 { return p.PeakGainDBi }

// GainDBi gives the gain of TR 36.814, table A.2.1.1-2. The table's angle θ is
// measured downwards, elevation upwards.
func (p Parametric) GainDBi(azimuthDeg, elevationDeg float64) float64 {
	am, sla := p.FrontToBackDB, p.SideLobeDB
	if am == 0 {
		am = tableFrontToBackDB
	}
	if sla == 0 {
		sla = tableSideLobeDB
	}
	if azimuthDeg < -180 || azimuthDeg > 180 {
		azimuthDeg = math.Remainder(azimuthDeg, 360)
	}
	h := azimuthDeg / p.BeamwidthHDeg
	ah := -min(12*h*h, am) // A_H(φ) = -min[12(φ/φ3dB)², A_m]
	av := vertical(elevationDeg, p.ElectricalTiltDeg, p.BeamwidthVDeg, sla)
	return p.PeakGainDBi - min(-(ah+av), am) // A(φ,θ) = -min{-[A_H(φ)+A_V(θ)], A_m}
}

// vertical is A_V(θ) = -min[12((θ-θetilt)/θ3dB)², SLA_v] of TR 36.814, table
// A.2.1.1-2, with θ = -elevation.
func vertical(elevationDeg, tiltDeg, beamwidthDeg, sideLobeDB float64) float64 {
	v := (elevationDeg + tiltDeg) / beamwidthDeg
	return -min(12*v*v, sideLobeDB)
}

// prepared is a Parametric with its divisions done.
type prepared struct {
	Parametric
	perDeg2H, perDeg2V        float64 // 12/θ3dB²
	frontToBackDB, sideLobeDB float64
}

func (p Parametric) prepared() *prepared {
	q := &prepared{
		Parametric: p, frontToBackDB: p.FrontToBackDB, sideLobeDB: p.SideLobeDB,
		perDeg2H: 12 / (p.BeamwidthHDeg * p.BeamwidthHDeg),
		perDeg2V: 12 / (p.BeamwidthVDeg * p.BeamwidthVDeg),
	}
	if q.frontToBackDB == 0 {
		q.frontToBackDB = tableFrontToBackDB
	}
	if q.sideLobeDB == 0 {
		q.sideLobeDB = tableSideLobeDB
	}
	return q
}

// GainDBi is that of Parametric, up to rounding, for azimuths of -180 to 180 degrees.
func (p *prepared) GainDBi(azimuthDeg, elevationDeg float64) float64 {
	below := elevationDeg + p.ElectricalTiltDeg
	ah := min(azimuthDeg*azimuthDeg*p.perDeg2H, p.frontToBackDB)
	av := min(below*below*p.perDeg2V, p.sideLobeDB)
	return p.PeakGainDBi - min(ah+av, p.frontToBackDB)
}

// Omni is an antenna with the same gain in every azimuth: the vertical half of
// TR 36.814, table A.2.1.1-2, alone.
type Omni struct {
	PeakGainDBi       float64
	BeamwidthVDeg     float64 // half-power width θ3dB; 0 stands for the same gain at every elevation
	ElectricalTiltDeg float64 // positive down
}

var _ Pattern = Omni{}

// Validate gives an error wrapping ErrPattern unless the beamwidth lies in
// [0, 360].
func (p Omni) Validate() error {
	// The negated forms also refuse NaN.
	switch {
	case !(math.Abs(p.PeakGainDBi) < math.Inf(1)):
		return fmt.Errorf("%w: gain %g dBi", ErrPattern, p.PeakGainDBi)
	case !(p.BeamwidthVDeg >= 0 && p.BeamwidthVDeg <= 360):
		return fmt.Errorf("%w: vertical beamwidth %g degrees; expected 0 to 360", ErrPattern, p.BeamwidthVDeg)
	case !(math.Abs(p.ElectricalTiltDeg) <= 90):
		return fmt.Errorf("%w: electrical tilt %g degrees; expected -90 to 90", ErrPattern, p.ElectricalTiltDeg)
	}
	return nil
}

// PeakDBi gives the gain on the cone of the beam.
func (p Omni) PeakDBi() float64 { return p.PeakGainDBi }

// GainDBi gives the gain at an elevation; the azimuth is not read.
func (p Omni) GainDBi(_, elevationDeg float64) float64 {
	if p.BeamwidthVDeg == 0 {
		return p.PeakGainDBi
	}
	return p.PeakGainDBi + vertical(elevationDeg, p.ElectricalTiltDeg, p.BeamwidthVDeg, tableSideLobeDB)
}

// Mount is an antenna on a mast.
type Mount struct {
	pattern    Pattern
	azimuthDeg float64
	tilted     bool
	sin, cos   float64 // of the mechanical tilt

	sinAzimuth, cosAzimuth float64
}

// NewMount points the axis of a pattern to azimuthDeg, clockwise from true north,
// and turns the antenna mechanicalTiltDeg downwards about its horizontal axis.
func NewMount(p Pattern, azimuthDeg, mechanicalTiltDeg float64) Mount {
	azimuthDeg = geodesy.NormalizeAzimuth(azimuthDeg)
	sin, cos := math.Sincos(mechanicalTiltDeg * math.Pi / 180)
	sinAzimuth, cosAzimuth := math.Sincos(azimuthDeg * math.Pi / 180)
	if parametric, ok := p.(Parametric); ok {
		p = parametric.prepared()
	}
	return Mount{
		pattern: p, azimuthDeg: azimuthDeg, tilted: mechanicalTiltDeg != 0,
		sin: sin, cos: cos, sinAzimuth: sinAzimuth, cosAzimuth: cosAzimuth,
	}
}

// Direction is a direction of the world. It keeps what the antennas of a mast share to
// look along it, so that several are asked for less than the sum.
type Direction struct {
	azimuthDeg, elevationDeg float64
	x, y, z                  float64 // the unit vector, to the north, to the east and up
	known                    bool    // the vector
}

// NewDirection gives the direction of an azimuth in degrees clockwise from true north
// and an elevation in degrees above the horizontal, -90 to 90.
func NewDirection(azimuthDeg, elevationDeg float64) Direction {
	if !(azimuthDeg >= 0 && azimuthDeg < 360) {
		azimuthDeg = geodesy.NormalizeAzimuth(azimuthDeg)
	}
	return Direction{azimuthDeg: azimuthDeg, elevationDeg: elevationDeg}
}

// vector computes the unit vector, which antennas without mechanical tilt do not need.
func (d *Direction) vector() {
	sa, ca := sincosDeg(d.azimuthDeg)
	se, ce := sincosDeg(d.elevationDeg)
	d.x, d.y, d.z, d.known = ce*ca, ce*sa, se, true
}

// sincosDeg gives sine and cosine of an angle in degrees, within 4e-16, in a third of
// the time of math.Sincos up to 360 degrees either way: those of whole degrees, from a
// table, turned by the rest, of whose series what is left out is below 1e-18.
func sincosDeg(deg float64) (sin, cos float64) {
	whole := math.Floor(deg + 0.5)
	if !(whole >= -360 && whole <= 360) {
		return math.Sincos(deg * (math.Pi / 180))
	}
	r := (deg - whole) * (math.Pi / 180)
	q := r * r
	sr := r * (1 - q*(1.0/6-q*(1.0/120)))
	cr := 1 - q*(1.0/2-q*(1.0/24-q*(1.0/720)))
	t := &wholeDegrees[int(whole)+360]
	return t.sin*cr + t.cos*sr, t.cos*cr - t.sin*sr
}

// wholeDegrees are the sines and cosines of -360 to 360 degrees.
var wholeDegrees = func() (v [721]struct{ sin, cos float64 }) {
	for i := range v {
		v[i].sin, v[i].cos = math.Sincos(float64(i-360) * (math.Pi / 180))
	}
	return v
}()

// GainDBi gives the gain toward a direction of the world: azimuth in degrees
// clockwise from true north, elevation in degrees above the horizontal, -90 to 90.
func (m *Mount) GainDBi(azimuthDeg, elevationDeg float64) float64 {
	d := NewDirection(azimuthDeg, elevationDeg)
	return m.Toward(&d)
}

// Toward is GainDBi for a direction that several antennas of a mast share. It leaves in
// d what the next can use: d is of one goroutine at a time.
func (m *Mount) Toward(d *Direction) float64 {
	az := d.azimuthDeg - m.azimuthDeg
	if az > 180 {
		az -= 360
	} else if az < -180 {
		az += 360
	}
	if !m.tilted {
		return m.pattern.GainDBi(az, d.elevationDeg)
	}
	if !d.known {
		d.vector()
	}
	// The direction as a vector: x along the axis of the antenna before the tilt,
	// y to its right, z up; then turned about y, as in TR 38.901, 7.1.3.
	x, y, z := d.x*m.cosAzimuth+d.y*m.sinAzimuth, d.y*m.cosAzimuth-d.x*m.sinAzimuth, d.z
	tiltedX, tiltedZ := x*m.cos-z*m.sin, x*m.sin+z*m.cos
	// The tilt turns the azimuth by the angle between (x, y) and (tiltedX, y).
	if scalar := x*tiltedX + y*y; scalar > 0 {
		az += coverage.Atan(y*(x-tiltedX)/scalar) * (180 / math.Pi)
	} else {
		az = math.Atan2(y, tiltedX) * (180 / math.Pi)
	}
	return m.pattern.GainDBi(az, elevation(tiltedX, y, tiltedZ)*(180/math.Pi))
}

// elevation is the angle of a unit vector above the plane of x and y.
func elevation(x, y, z float64) float64 {
	if q := z * z; q < 0.01 {
		// The series of arcsin; what is left out is below 2e-15. Most directions end here.
		return z * (1 + q*(1.0/6+q*(3.0/40+q*(15.0/336+q*(105.0/3456+q*(945.0/42240))))))
	}
	// The length in the plane instead of asin(z), which loses digits near ±90°.
	return math.Atan2(z, math.Hypot(x, y))
}
