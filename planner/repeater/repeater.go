// Package repeater says what a repeater can do at a place: whether it hears its
// donor well enough, how much it may amplify without howling, and what it radiates.
// It has no backhaul and brings no capacity: it lends that of its donor.
package repeater

import (
	"errors"
	"fmt"

	"github.com/covgap/covgap/coverage/linkbudget"
	"github.com/covgap/covgap/data"
	"github.com/covgap/covgap/geo"
	"github.com/covgap/covgap/planner/cost"
)

// ErrSettings says that settings contradict themselves.
var ErrSettings = errors.New("repeater: invalid settings")

// Settings say what a repeater is.
type Settings struct {
	MinDonorDBm    float64 `yaml:"min_donor_dbm" json:"min_donor_dbm"`       // of the donor in its technology's own quantity, between isotropic antennas
	DonorGainDBi   float64 `yaml:"donor_gain_dbi" json:"donor_gain_dbi"`     // of the antenna toward the donor
	ServiceGainDBi float64 `yaml:"service_gain_dbi" json:"service_gain_dbi"` // of the antenna toward the village
	LossesDB       float64 `yaml:"losses_db" json:"losses_db"`               // of feeders on each side
	MaxGainDB      float64 `yaml:"max_gain_db" json:"max_gain_db"`           // of the amplifier
	IsolationDB    float64 `yaml:"isolation_db" json:"isolation_db"`         // between its two antennas, feeders included
	MarginDB       float64 `yaml:"margin_db" json:"margin_db"`               // by which the gain stays below the isolation
	RatedDBm       float64 `yaml:"rated_dbm" json:"rated_dbm"`               // most that it puts out for a carrier
	StructureM     float64 `yaml:"structure_height_m" json:"structure_height_m"`
	LoadW          float64 `yaml:"load_w" json:"load_w"`
}

// Default gives a repeater as sold for one carrier: 90 dB of gain, 5 W, on a mast of
// 15 m. Its antennas hang 10 m above each other and back to back, which isolates
// them by about 28 + 40·log(distance over wavelength) dB: 99 at 1.8 GHz, 87 at 900
// MHz. 95 dB is what it takes to use 80 dB of the gain.
func Default() Settings {
	return Settings{
		MinDonorDBm: -90, DonorGainDBi: 20, ServiceGainDBi: 15, LossesDB: 2,
		MaxGainDB: 90, IsolationDB: 95, MarginDB: 15, RatedDBm: 37, StructureM: 15, LoadW: 200,
	}
}

// Validate gives a [*geo.InputError] that wraps ErrSettings and names the first
// field that is wrong.
func (s *Settings) Validate() error {
	for _, f := range []struct {
		field    string
		value    float64
		least    float64
		most     float64
		expected string
	}{
		{"min_donor_dbm", s.MinDonorDBm, -140, 0, "-140 to 0 dBm"},
		{"donor_gain_dbi", s.DonorGainDBi, 0, 40, "0 to 40 dBi"},
		{"service_gain_dbi", s.ServiceGainDBi, 0, 40, "0 to 40 dBi"},
		{"losses_db", s.LossesDB, 0, 30, "0 to 30 dB"},
		{"max_gain_db", s.MaxGainDB, 0, 120, "0 to 120 dB"},
		{"isolation_db", s.IsolationDB, 0, 150, "0 to 150 dB"},
		{"margin_db", s.MarginDB, 0, 60, "0 to 60 dB"},
		{"rated_dbm", s.RatedDBm, -20, 50, "-20 to 50 dBm"},
		{"structure_height_m", s.StructureM, 1, 300, "1 to 300 m"},
		{"load_w", s.LoadW, 0, 1e5, "0 to 100,000 W"},
	} {
		if !(f.value >= f.least && f.value <= f.most) { // also NaN
			return &geo.InputError{Field: f.field, Found: fmt.Sprint(f.value), Expected: f.expected, Err: ErrSettings}
		}
	}
	return nil
}

// Carrier is what a repeater repeats, and what a plan wants at its place.
type Carrier struct {
	Operator     string
	Technology   data.Technology
	FrequencyMHz float64
	BandwidthMHz float64
}

// Limit is what keeps a repeater from radiating more.
type Limit string

// The limits.
const (
	ByGain      Limit = "gain"      // of the amplifier
	ByIsolation Limit = "isolation" // of its antennas
	ByPower     Limit = "power"     // that it is rated for
)

// Result is a repeater at a place.
type Result struct {
	Refused   string  // why it cannot stand there, "" when it can
	InputDBm  float64 // the donor's carrier at the amplifier
	GainDB    float64
	OutputDBm float64 // of the carrier
	EIRPDBm   float64 // of the carrier, toward the peak of the service antenna
	LimitedBy Limit
}

// Judge says what a repeater of the settings makes of a donor that arrives with
// donorDBm, in the quantity of its technology (RSRP, SS-RSRP, RSCP, RxLev) between
// isotropic antennas at the height of the mast. wanted is the carrier to be served:
// a repeater has no other than its donor's. The error wraps
// linkbudget.ErrTechnology or linkbudget.ErrBandwidth.
func (s *Settings) Judge(donor Carrier, donorDBm float64, wanted Carrier) (Result, error) {
	share, err := linkbudget.ReferenceShareDB(donor.Technology, donor.FrequencyMHz, donor.BandwidthMHz)
	if err != nil {
		return Result{}, fmt.Errorf("repeater: donor: %w", err)
	}
	quantity := linkbudget.Quantity(donor.Technology)
	switch {
	case wanted.Operator != "" && donor.Operator != wanted.Operator:
		return Result{Refused: fmt.Sprintf("the donor is operator %q's, wanted is %q", donor.Operator, wanted.Operator)}, nil
	case donor.Technology != wanted.Technology || donor.FrequencyMHz != wanted.FrequencyMHz:
		return Result{Refused: fmt.Sprintf("the donor is %s at %g MHz, wanted is %s at %g MHz", donor.Technology, donor.FrequencyMHz, wanted.Technology, wanted.FrequencyMHz)}, nil
	case !(donorDBm >= s.MinDonorDBm): // also NaN
		return Result{Refused: fmt.Sprintf("the donor's %s is %.1f dBm, less than %g", quantity, donorDBm, s.MinDonorDBm)}, nil
	}
	r := Result{InputDBm: donorDBm + share + s.DonorGainDBi - s.LossesDB}
	r.GainDB, r.LimitedBy = s.MaxGainDB, ByGain
	if stable := s.IsolationDB - s.MarginDB; stable < r.GainDB {
		r.GainDB, r.LimitedBy = stable, ByIsolation
	}
	if most := s.RatedDBm - r.InputDBm; most < r.GainDB {
		r.GainDB, r.LimitedBy = most, ByPower
	}
	if r.GainDB <= 0 {
		r.Refused = fmt.Sprintf("no gain is left: %.0f dB of isolation less %g", s.IsolationDB, s.MarginDB)
		if r.LimitedBy == ByPower {
			r.Refused = fmt.Sprintf("the donor arrives with %.1f dBm, more than the repeater puts out", r.InputDBm)
		}
		return r, nil
	}
	r.OutputDBm = r.InputDBm + r.GainDB
	r.EIRPDBm = linkbudget.EIRPDBm(r.OutputDBm, s.ServiceGainDBi, s.LossesDB)
	return r, nil
}

// Needs lists what a repeater takes, with what its supply takes (see package
// power). It needs no backhaul.
func (s *Settings) Needs(supply []cost.Need) []cost.Need {
	return append([]cost.Need{
		{Item: cost.Survey, Quantity: 1},
		{Item: cost.Tower, Quantity: s.StructureM, SizeM: s.StructureM},
		{Item: cost.CivilWorks, Quantity: 1},
		{Item: cost.Transport, Quantity: 1},
		{Item: cost.Installation, Quantity: 1},
		{Item: cost.Repeater, Quantity: 1},
		{Item: cost.Rental, Quantity: 1},
	}, supply...)
}
