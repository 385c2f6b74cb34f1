// Package linkbudget turns path loss into the level a phone measures, in the
// quantity of each technology: RxLev of the BCCH carrier (GSM), RSCP of the CPICH
// (UMTS), RSRP of one resource element (LTE), SS-RSRP (NR).
package linkbudget

import (
	"errors"
	"fmt"
	"math"

	"github.com/covgap/covgap/coverage/antenna"
	"github.com/covgap/covgap/data"
)

// Errors of this package.
var (
	ErrTechnology = errors.New("linkbudget: unknown technology")
	ErrBandwidth  = errors.New("linkbudget: no such channel bandwidth")
	ErrPattern    = errors.New("linkbudget: antenna file not loaded")
)

// Quantity gives the name of what a technology's signal level is: RxLev, RSCP,
// RSRP or SS-RSRP, and "" for an unknown technology.
func Quantity(t data.Technology) string {
	switch t {
	case data.GSM:
		return "RxLev"
	case data.UMTS:
		return "RSCP"
	case data.LTE:
		return "RSRP"
	case data.NR:
		return "SS-RSRP"
	}
	return ""
}

// Receiver is the phone's end of a link.
type Receiver struct {
	HeightM    float64 // antenna above ground
	GainDBi    float64
	BodyLossDB float64
}

// PilotShareDB is how far the UMTS pilot (CPICH) lies below the total power of its
// carrier: 10 %, the CPICH_Ec/Ior of -10 dB in 3GPP TS 25.101, annex C.3.
const PilotShareDB = 10

// EIRPDBm gives the radiated power of the whole carrier from one antenna port,
// toward the peak of its antenna.
func EIRPDBm(powerDBm, gainDBi, lossesDB float64) float64 { return powerDBm + gainDBi - lossesDB }

// ReferenceShareDB gives how far the signal that a phone measures lies below the
// power of the whole carrier, in dB: one resource element of an LTE or NR carrier
// (power spread evenly over all subcarriers, no reference boost), the pilot of
// UMTS, nothing for GSM. The NR subcarrier spacing is that of
// [SubcarrierSpacingKHz].
//
// The error wraps ErrTechnology, or ErrBandwidth when the technology has no such
// channel.
func ReferenceShareDB(t data.Technology, frequencyMHz, bandwidthMHz float64) (float64, error) {
	switch t {
	case data.GSM:
		return 0, nil
	case data.UMTS:
		return PilotShareDB, nil
	case data.LTE:
		n, err := ResourceBlocksLTE(bandwidthMHz)
		if err != nil {
			return 0, err
		}
		return 10 * math.Log10(float64(subcarriersPerBlock*n)), nil
	case data.NR:
		n, err := ResourceBlocksNR(bandwidthMHz, SubcarrierSpacingKHz(frequencyMHz, bandwidthMHz))
		if err != nil {
			return 0, err
		}
		return 10 * math.Log10(float64(subcarriersPerBlock*n)), nil
	}
	return 0, fmt.Errorf("%w: %q; expected GSM, UMTS, LTE or NR", ErrTechnology, t)
}

// Pattern gives the antenna of a sector: the file it names, looked up in files,
// else the parametric pattern of its columns. The error wraps ErrPattern when the
// file is not among files, or antenna.ErrPattern when the columns describe no
// antenna.
func Pattern(s *data.Sector, files map[string]antenna.Pattern) (antenna.Pattern, error) {
	if s.AntennaFile != "" {
		p, ok := files[s.AntennaFile]
		if !ok {
			return nil, fmt.Errorf("%w: %q of sector %q", ErrPattern, s.AntennaFile, s.ID)
		}
		return p, nil
	}
	if s.Omni {
		p := antenna.Omni{PeakGainDBi: s.GainDBi, BeamwidthVDeg: s.BeamwidthVDeg, ElectricalTiltDeg: s.ElectricalTiltDeg}
		if err := p.Validate(); err != nil {
			return nil, fmt.Errorf("sector %q: %w", s.ID, err)
		}
		return p, nil
	}
	p := antenna.Parametric{
		PeakGainDBi:       s.GainDBi,
		BeamwidthHDeg:     s.BeamwidthHDeg,
		BeamwidthVDeg:     s.BeamwidthVDeg,
		ElectricalTiltDeg: s.ElectricalTiltDeg,
	}
	if err := p.Validate(); err != nil {
		return nil, fmt.Errorf("sector %q: %w", s.ID, err)
	}
	return p, nil
}

// Budget is everything of a link but its path: what a sector sends in every
// direction and what a receiver makes of it. It is immutable and safe for
// concurrent use.
type Budget struct {
	mount antenna.Mount
	// peakDBm is the level at the receiver over a path without loss, in the
	// direction of the antenna's peak.
	peakDBm float64
	gainDBi float64 // the peak of the pattern
}

// New prepares the budget of a sector that uses pattern p, as [Pattern] gives it.
//
// The sector's EIRPDBm is the total-carrier EIRP of one port toward the peak of
// its antenna; 0 stands for not given, and power, gain and losses are used. The
// pattern's own peak only normalises it, so the level does not depend on whether
// gain was written in the row or in the file. The mechanical tilt of an
// omnidirectional sector has no direction and is not used.
//
// The error wraps ErrTechnology or ErrBandwidth.
func New(s *data.Sector, p antenna.Pattern, rx Receiver) (*Budget, error) {
	shareDB, err := ReferenceShareDB(s.Technology, s.FrequencyMHz, s.BandwidthMHz)
	if err != nil {
		return nil, fmt.Errorf("sector %q: %w", s.ID, err)
	}
	eirpDBm := s.EIRPDBm
	if eirpDBm == 0 {
		eirpDBm = EIRPDBm(s.PowerDBm, s.GainDBi, s.LossesDB)
	}
	azimuthDeg, tiltDeg := s.AzimuthDeg, s.MechanicalTiltDeg
	if s.Omni {
		azimuthDeg, tiltDeg = 0, 0
	}
	b := &Budget{
		mount:   antenna.NewMount(p, azimuthDeg, tiltDeg),
		peakDBm: eirpDBm - shareDB - rx.BodyLossDB + rx.GainDBi,
		gainDBi: p.PeakDBi(),
	}
	return b, nil
}

// SignalDBm gives the level at a receiver behind lossDB of basic transmission
// loss, in the direction (degrees clockwise from true north, degrees above the
// horizontal) in which the path leaves the mast. A loss of NaN gives NaN.
func (b *Budget) SignalDBm(lossDB, azimuthDeg, elevationDeg float64) float64 {
	d := antenna.NewDirection(azimuthDeg, elevationDeg)
	return b.SignalToward(lossDB, &d)
}

// SignalToward is SignalDBm for a direction that several sectors of a mast share: see
// [antenna.Mount.Toward].
func (b *Budget) SignalToward(lossDB float64, d *antenna.Direction) float64 {
	return b.peakDBm - lossDB + b.mount.Toward(d) - b.gainDBi
}

// PeakSignalDBm gives the level at a receiver behind lossDB of basic transmission
// loss, were the peak of the antenna to point at it.
func (b *Budget) PeakSignalDBm(lossDB float64) float64 { return b.peakDBm - lossDB }

// MaxLossDB gives the largest basic transmission loss over which the level reaches
// levelDBm in the direction of the antenna's peak.
func (b *Budget) MaxLossDB(levelDBm float64) float64 { return b.peakDBm - levelDBm }
