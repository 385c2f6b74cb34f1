// Package calibrate fits a propagation model to drive tests.
//
// [Find] finds the sector of every measurement and the path to it; [Fit] corrects
// the model's loss L over a path of length d by
//
//	L' = L + offset + slope·log10(d/d₀) + (factor - 1)·max(0, L - L_fs)
//
// with L_fs the free-space loss, for paths with and without line of sight and for
// each band apart. The factor is that of the loss beyond free space, which for
// P.1812 and P.526 is diffraction. Levels that were not received are censored: they
// say that the loss was at least so much.
//
// Error is only ever reported on routes or sites that the fit had not seen; with too
// few of them [Report.HeldOut] is nil. A [Calibration] is what is kept: [Calibration.Apply]
// makes a propagation model of it that stands in for the one it corrects everywhere,
// in sweeps, exact paths and plans.
package calibrate

import (
	"errors"
	"math"

	"github.com/covgap/covgap/coverage/propagation"
)

// Errors of this package.
var (
	ErrCalibration = errors.New("calibrate: invalid calibration")
	ErrModel       = errors.New("calibrate: the calibration is of another model")
	ErrTooFew      = errors.New("calibrate: too few measurements can be used")
	ErrNoMatch     = errors.New("calibrate: no measurement has a sector")
)

// Class says whether the ends of a path see each other over the terrain, on an
// Earth of 4/3 of its radius. Clutter is left out: it changes with the receiver.
type Class string

// The classes.
const (
	LOS  Class = "los"
	NLOS Class = "nlos"
)

// Band is a range of frequencies that share parameters.
type Band struct {
	MinMHz float64 `yaml:"min_mhz" json:"min_mhz"` // included
	MaxMHz float64 `yaml:"max_mhz" json:"max_mhz"` // not included
}

// bands part the frequencies of mobile networks where the gaps between them are
// widest: 700 to 960, 1427 to 2170, 2300 to 2690, 3300 MHz and above.
var bands = []Band{{30, 1200}, {1200, 2250}, {2250, 3000}, {3000, 100_000}}

// BandOf gives the band of a frequency.
func BandOf(frequencyMHz float64) Band {
	for _, b := range bands[:len(bands)-1] {
		if frequencyMHz < b.MaxMHz {
			return b
		}
	}
	return bands[len(bands)-1]
}

// Has says whether the band holds a frequency.
func (b Band) Has(frequencyMHz float64) bool {
	return frequencyMHz >= b.MinMHz && frequencyMHz < b.MaxMHz
}

// Observation is a measurement turned into a loss, beside the model's.
type Observation struct {
	Route, Site string // what the error is held out by
	Class       Class
	// FrequencyMHz of the sector.
	FrequencyMHz float64
	DistanceM    float64
	// MeasuredDB is the loss that the level says: what the link budget sends in this
	// direction less the level. When Censored the loss was at least that much.
	MeasuredDB float64
	Censored   bool
	ModelDB    float64 // the model's loss
	ExcessDB   float64 // of it beyond free space, 0 or more
}

// Parameters correct the losses of one class and band. Distance and excess loss are
// taken at the nearest end of the range they were fitted in: beyond, a slope or a
// factor is not known.
type Parameters struct {
	Class Class `yaml:"class" json:"class"`
	Band  `yaml:",inline"`

	OffsetDB          float64 `yaml:"offset_db" json:"offset_db"`                               // at ReferenceKm
	SlopeDBPerDecade  float64 `yaml:"slope_db_per_decade" json:"slope_db_per_decade"`           // of distance
	DiffractionFactor float64 `yaml:"diffraction_factor" json:"diffraction_factor"`             // of the loss beyond free space
	ReferenceKm       float64 `yaml:"reference_km" json:"reference_km"`                         // d₀
	MinDistanceKm     float64 `yaml:"min_distance_km" json:"min_distance_km"`                   // of the measurements
	MaxDistanceKm     float64 `yaml:"max_distance_km" json:"max_distance_km"`                   //
	MaxExcessDB       float64 `yaml:"max_excess_db" json:"max_excess_db"`                       // beyond free space, of the measurements
	Rows              int     `yaml:"rows" json:"rows"`                                         // fitted to
	Groups            int     `yaml:"groups" json:"groups"`                                     // routes or sites among them
	HeldOutSDDB       float64 `yaml:"held_out_sd_db,omitempty" json:"held_out_sd_db,omitempty"` // 0 when it is not known
}

// CorrectionDB gives what is added to a model's loss.
func (p *Parameters) CorrectionDB(distanceM, excessDB float64) float64 {
	km := min(max(distanceM/1000, p.MinDistanceKm), p.MaxDistanceKm)
	return p.OffsetDB + p.SlopeDBPerDecade*math.Log10(km/p.ReferenceKm) + (p.DiffractionFactor-1)*min(max(excessDB, 0), p.MaxExcessDB)
}

// excessDB is the loss beyond free space.
func excessDB(lossDB, frequencyMHz, slantM float64) float64 {
	return max(0, lossDB-propagation.FreeSpaceDB(frequencyMHz, slantM))
}
