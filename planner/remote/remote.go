// Package remote says whether sectors can hang at a place on the baseband of a site
// elsewhere: radios on a mast of their own, joined to their parent by fibre or a
// fronthaul link. The parent stays, and the sectors are its own: same operator,
// same technology, its capacity.
package remote

import (
	"errors"
	"fmt"

	"github.com/covgap/covgap/data"
	"github.com/covgap/covgap/geo"
	"github.com/covgap/covgap/geo/geodesy"
	"github.com/covgap/covgap/planner/backhaul"
	"github.com/covgap/covgap/planner/cost"
	"github.com/paulmach/orb"
)

// ErrSettings says that settings contradict themselves.
var ErrSettings = errors.New("remote: invalid settings")

// Settings say how far a radio can hang from its baseband, and on what.
type Settings struct {
	MaxFibreKm  float64 `yaml:"max_fibre_km" json:"max_fibre_km"` // of fibre, by the delay that the baseband stands
	FibreDetour float64 `yaml:"fibre_detour" json:"fibre_detour"` // length laid over the straight distance

	// A fronthaul link carries samples of the carrier, far more than what users send.
	// The other settings of the link are those of the backhaul.
	FronthaulMbps         float64 `yaml:"fronthaul_mbps" json:"fronthaul_mbps"`
	FronthaulGHz          float64 `yaml:"fronthaul_ghz" json:"fronthaul_ghz"`
	FronthaulGainDBi      float64 `yaml:"fronthaul_gain_dbi" json:"fronthaul_gain_dbi"` // of each end
	FronthaulTxDBm        float64 `yaml:"fronthaul_tx_dbm" json:"fronthaul_tx_dbm"`
	FronthaulThresholdDBm float64 `yaml:"fronthaul_threshold_dbm" json:"fronthaul_threshold_dbm"`
	MaxFronthaulKm        float64 `yaml:"max_fronthaul_km" json:"max_fronthaul_km"`
}

// MaxFibreKm is the longest fibre between a baseband and its radio: 100 µs of delay
// at 5 µs/km, what the answer within 3 ms of LTE's HARQ leaves.
const MaxFibreKm = 20

// delayUsPerKm is the delay of light in fibre of refractive index 1.468.
const delayUsPerKm = 4.9

// Default gives fibre of 20 km at most, and a link in the band of 80 GHz with dishes
// of 0.6 m that carries CPRI option 3 (a carrier of 20 MHz on two antennas, 2.4576
// Gbit/s).
func Default() Settings {
	return Settings{
		MaxFibreKm: MaxFibreKm, FibreDetour: 1.2,
		FronthaulMbps: 2457.6, FronthaulGHz: 80, FronthaulGainDBi: 50, FronthaulTxDBm: 15, FronthaulThresholdDBm: -62, MaxFronthaulKm: 3,
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
		{"max_fibre_km", s.MaxFibreKm, 0, MaxFibreKm, "0 to 20 km"},
		{"fibre_detour", s.FibreDetour, 1, 5, "1 to 5"},
		{"fronthaul_mbps", s.FronthaulMbps, 1, 1e6, "1 to 1,000,000 Mbit/s"},
		{"fronthaul_ghz", s.FronthaulGHz, 2, 90, "2 to 90 GHz"},
		{"fronthaul_gain_dbi", s.FronthaulGainDBi, 0, 60, "0 to 60 dBi"},
		{"fronthaul_tx_dbm", s.FronthaulTxDBm, -20, 50, "-20 to 50 dBm"},
		{"fronthaul_threshold_dbm", s.FronthaulThresholdDBm, -130, 0, "-130 to 0 dBm"},
		{"max_fronthaul_km", s.MaxFronthaulKm, 0, 20, "0 to 20 km"},
	} {
		if !(f.value >= f.least && f.value <= f.most) { // also NaN
			return &geo.InputError{Field: f.field, Found: fmt.Sprint(f.value), Expected: f.expected, Err: ErrSettings}
		}
	}
	return nil
}

// Fronthaul gives the settings with which a fronthaul link is screened, from those
// of the backhaul.
func (s *Settings) Fronthaul(b backhaul.Settings) backhaul.Settings {
	b.FrequencyGHz, b.AntennaGainDBi, b.TxPowerDBm = s.FronthaulGHz, s.FronthaulGainDBi, s.FronthaulTxDBm
	b.Classes = []backhaul.Class{{Name: "fronthaul", Mbps: s.FronthaulMbps, ThresholdDBm: s.FronthaulThresholdDBm}}
	b.MaxHopKm = max(s.MaxFronthaulKm, 0.001)
	return b
}

// Kind is what joins a radio to its baseband.
type Kind string

// The kinds.
const (
	Fibre     Kind = "fibre"
	Fronthaul Kind = "fronthaul"
)

// Option is one way to join a radio to its parent.
type Option struct {
	Kind    Kind
	Refused string // why it cannot be had, "" when it can
	Km      float64
	DelayUs float64      // over the fibre or through the air
	Hop     backhaul.Hop // of a fronthaul link, seen from the radio
	Needs   []cost.Need
	Quote   cost.Quote // of Needs
}

// Parent is a site with a baseband.
type Parent struct {
	backhaul.End
	Sectors []data.Sector // whose operators and technologies the baseband serves
}

// Options gives fibre and fronthaul, refused ones included, for radios of an
// operator ("" is any) and technology at a place, on the baseband of a parent. link
// are the settings that [Settings.Fronthaul] gives. The error is that of
// cost.Table.Price.
func (s *Settings) Options(at backhaul.End, operator string, technology data.Technology, p *Parent, link *backhaul.Settings, land *backhaul.Land, costs *cost.Table) ([]Option, error) {
	out := []Option{{Kind: Fibre}, {Kind: Fronthaul}}
	if !serves(p.Sectors, operator, technology) {
		for i := range out {
			out[i].Refused = fmt.Sprintf("the parent has no %s of operator %q", technology, operator)
			if operator == "" {
				out[i].Refused = fmt.Sprintf("the parent has no %s", technology)
			}
		}
		return out, nil
	}
	fibre, fronthaul := &out[0], &out[1]
	fibre.Km = fibreKm(at.At, p.At, s.FibreDetour)
	fibre.DelayUs = fibre.Km * delayUsPerKm
	if fibre.Km > s.MaxFibreKm {
		fibre.Refused = fmt.Sprintf("%.1f km of fibre, more than %g", fibre.Km, s.MaxFibreKm)
	} else {
		fibre.Needs = []cost.Need{{Item: cost.Fibre, Quantity: fibre.Km}}
	}
	fronthaul.Hop = link.Screen(land, at, p.End)
	fronthaul.Km = fronthaul.Hop.LengthM / 1000
	const speedOfLightKmPerUs = 0.299792458
	fronthaul.DelayUs = fronthaul.Km / speedOfLightKmPerUs
	if fronthaul.Refused = fronthaul.Hop.Refused; fronthaul.Refused == "" {
		fronthaul.Needs = []cost.Need{{Item: cost.Microwave, Quantity: 1, Variant: string(Fronthaul), SizeM: fronthaul.Hop.LengthM}}
	}
	for i := range out {
		if out[i].Refused != "" {
			continue
		}
		var err error
		if out[i].Quote, err = costs.Price(out[i].Needs); err != nil {
			return nil, fmt.Errorf("remote %s: %w", out[i].Kind, err)
		}
	}
	return out, nil
}

func fibreKm(a, b orb.Point, detour float64) float64 { return geodesy.Distance(a, b) * detour / 1000 }

func serves(sectors []data.Sector, operator string, technology data.Technology) bool {
	for i := range sectors {
		if sectors[i].Technology == technology && (operator == "" || sectors[i].Operator == operator) {
			return true
		}
	}
	return false
}
