package linkbudget

import (
	"errors"
	"fmt"
	"math"

	"github.com/covgap/covgap/coverage"
	"github.com/covgap/covgap/data"
	"github.com/covgap/covgap/geo"
)

// ErrDownlink says that the figures of a [Downlink] cannot be.
var ErrDownlink = errors.New("linkbudget: invalid downlink")

// Downlink says how the quality of a signal and the rate over it are estimated.
type Downlink struct {
	// Load is the share of its resources, of its power in UMTS, that every sector has
	// in use: 0 (nobody interferes) to 1.
	Load float64 `yaml:"load" json:"load"`
	// NoiseFigureDB is that of the phone.
	NoiseFigureDB float64 `yaml:"noise_figure_db" json:"noise_figure_db"`
	// TDDShare is the share of the time that goes downlink where both ways share a
	// frequency.
	TDDShare float64 `yaml:"tdd_downlink_share" json:"tdd_downlink_share"`
}

// DefaultDownlink gives the figures of a project that states none: half load (ITU-R
// M.2292, average base-station activity), a noise figure of 9 dB (3GPP TR 36.942,
// table 4.8), and three of four slots downlink, the usual TDD frame DDDSU counted
// without its special slot.
func DefaultDownlink() Downlink {
	return Downlink{Load: 0.5, NoiseFigureDB: 9, TDDShare: 0.75}
}

// Validate gives a [*geo.InputError] that wraps ErrDownlink and names the first field
// that is wrong.
func (d *Downlink) Validate() error {
	for _, f := range []struct {
		field    string
		value    float64
		ok       bool // false for NaN
		expected string
	}{
		{"load", d.Load, d.Load >= 0 && d.Load <= 1, "a share of 0 to 1"},
		{"noise_figure_db", d.NoiseFigureDB, d.NoiseFigureDB >= 0 && d.NoiseFigureDB <= 30, "0 to 30 dB"},
		{"tdd_downlink_share", d.TDDShare, d.TDDShare > 0 && d.TDDShare <= 1, "a share above 0, at most 1"},
	} {
		if !f.ok {
			return &geo.InputError{Field: f.field, Found: fmt.Sprint(f.value), Expected: f.expected, Err: ErrDownlink}
		}
	}
	return nil
}

// thermalDBmPerHz is kT at 290 K.
const thermalDBmPerHz = -173.975

// NoiseDBm gives the noise of a phone in the bandwidth of what it measures: one
// subcarrier of LTE and NR, the 3.84 MHz of UMTS, the 200 kHz of GSM. NR's
// subcarrier spacing is that of [SubcarrierSpacingKHz]. It is NaN for an unknown
// technology.
func (d *Downlink) NoiseDBm(t data.Technology, frequencyMHz, bandwidthMHz float64) float64 {
	return thermalDBmPerHz + 10*math.Log10(measuredHz(t, frequencyMHz, bandwidthMHz)) + d.NoiseFigureDB
}

func measuredHz(t data.Technology, frequencyMHz, bandwidthMHz float64) float64 {
	switch t {
	case data.GSM:
		return 200e3
	case data.UMTS:
		return 3.84e6 // the chip rate, TS 25.101
	case data.LTE:
		return 15e3
	case data.NR:
		return 1000 * float64(SubcarrierSpacingKHz(frequencyMHz, bandwidthMHz))
	}
	return math.NaN()
}

// SINRDB gives the quality of the strongest of a carrier's signals, whose level is
// signalDBm, where the others together bring othersMW milliwatts of the same
// quantity.
//
//	LTE, NR  SINR of a resource element: S / (Load·others + N)
//	UMTS     Ec/Io of the pilot: every sector, its own too, sends Load times its power
//
// GSM gives NaN: its sectors share a carrier by a frequency plan that no input
// holds.
func (d *Downlink) SINRDB(t data.Technology, frequencyMHz, bandwidthMHz, signalDBm, othersMW float64) float64 {
	noiseMW := coverage.MilliwattsOf(d.NoiseDBm(t, frequencyMHz, bandwidthMHz))
	signalMW := coverage.MilliwattsOf(signalDBm)
	switch t {
	case data.LTE, data.NR:
		return 10 * math.Log10(signalMW/(d.Load*othersMW+noiseMW))
	case data.UMTS:
		const carrierOverPilot = 10 // PilotShareDB
		return 10 * math.Log10(signalMW/(d.Load*carrierOverPilot*(signalMW+othersMW)+noiseMW))
	}
	return math.NaN()
}

// Constants of 3GPP TR 36.942, annex A.2, downlink of the baseline E-UTRA: one
// stream to a phone with two antennas, typical urban fading at 10 km/h.
const (
	shannonShare = 0.6 // α
	leastSINRDB  = -10 // SNIR_MIN
	mostBpsPerHz = 4.4 // Thr_MAX, reached at 22 dB
)

// SpectralEfficiency gives the throughput in bit/s/Hz of 3GPP TR 36.942, annex A.1:
//
//	0                   below SNIR_MIN
//	α·log2(1 + SNIR)    from there
//	Thr_MAX             at most
func SpectralEfficiency(sinrDB float64) float64 {
	if !(sinrDB >= leastSINRDB) { // also NaN
		return 0
	}
	return math.Min(shannonShare*math.Log2(1+math.Pow(10, sinrDB/10)), mostBpsPerHz)
}

// RateMbps gives the downlink rate of a phone that has the whole LTE or NR carrier
// for itself, over one stream: [SpectralEfficiency] over the resource blocks, times
// TDDShare in an unpaired band. It is NaN for other technologies, a channel that
// does not exist and a SINR that is none.
func (d *Downlink) RateMbps(t data.Technology, frequencyMHz, bandwidthMHz, sinrDB float64) float64 {
	var blocks int
	var err error
	switch t {
	case data.LTE:
		blocks, err = ResourceBlocksLTE(bandwidthMHz)
	case data.NR:
		blocks, err = ResourceBlocksNR(bandwidthMHz, SubcarrierSpacingKHz(frequencyMHz, bandwidthMHz))
	default:
		return math.NaN()
	}
	if err != nil || math.IsNaN(sinrDB) {
		return math.NaN()
	}
	hz := float64(blocks*subcarriersPerBlock) * measuredHz(t, frequencyMHz, bandwidthMHz)
	if data.TDD(t, frequencyMHz) {
		hz *= d.TDDShare
	}
	return hz * SpectralEfficiency(sinrDB) / 1e6
}
