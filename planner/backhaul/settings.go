package backhaul

import (
	"errors"
	"fmt"
	"math"
	"slices"

	"github.com/covgap/covgap/coverage/propagation"
	"github.com/covgap/covgap/geo"
	"github.com/covgap/covgap/planner/cost"
)

// ErrSettings says that settings contradict themselves.
var ErrSettings = errors.New("backhaul: invalid settings")

// Kind is a way to connect a site.
type Kind string

// The kinds.
const (
	Fibre     Kind = "fibre"
	Microwave Kind = "microwave"
	Satellite Kind = "satellite" // only where neither of the others is possible
)

var kinds = []Kind{Fibre, Microwave, Satellite}

// Clearance is how free of obstacles a microwave hop must be.
type Clearance string

// The clearances, in radii F1 of the first Fresnel zone.
const (
	// P530 is ITU-R P.530-17 §2.2.2.1 without diversity: 1.0 F1 at k = 4/3 and, at
	// the least k of the path, 0.3 F1, or grazing over one isolated obstacle, or 0.6
	// F1 beyond 30 km in a tropical climate.
	P530 Clearance = "p530"
	// Median06 is 0.6 F1 at k = 4/3 and nothing else: what free-space loss asks for
	// in a median atmosphere.
	Median06 Clearance = "0.6F1"
)

// Climate is what P.530 tells apart.
type Climate string

// The climates.
const (
	Temperate Climate = "temperate"
	Tropical  Climate = "tropical"
)

// Class is a modulation with what it carries.
type Class struct {
	Name         string  `yaml:"name" json:"name"`
	Mbps         float64 `yaml:"mbps" json:"mbps"`
	ThresholdDBm float64 `yaml:"threshold_dbm" json:"threshold_dbm"` // received level it needs
}

// Settings say what a connection must be and what is taken for it.
type Settings struct {
	Kinds []Kind `yaml:"kinds,flow" json:"kinds"` // that may be offered

	FibreDetour float64 `yaml:"fibre_detour" json:"fibre_detour"` // length laid over the straight distance, 1 or more
	MaxFibreKm  float64 `yaml:"max_fibre_km" json:"max_fibre_km"` // laid for one site

	FrequencyGHz   float64   `yaml:"frequency_ghz" json:"frequency_ghz"`
	Horizontal     bool      `yaml:"horizontal,omitempty" json:"horizontal,omitempty"` // polarisation; vertical otherwise, which rain attenuates less
	Clearance      Clearance `yaml:"clearance" json:"clearance"`                       // p530 or 0.6F1
	Climate        Climate   `yaml:"climate" json:"climate"`                           // temperate or tropical
	BelowTopM      float64   `yaml:"below_top_m" json:"below_top_m"`                   // of the structure hangs the dish
	TxPowerDBm     float64   `yaml:"tx_power_dbm" json:"tx_power_dbm"`
	AntennaGainDBi float64   `yaml:"antenna_gain_dbi" json:"antenna_gain_dbi"` // of each end
	LossesDB       float64   `yaml:"losses_db" json:"losses_db"`               // of both ends together
	Classes        []Class   `yaml:"classes" json:"classes"`                   // from the slowest

	AvailabilityPercent float64 `yaml:"availability_percent" json:"availability_percent"`   // of the time, rain and clear air each
	RainMMh             float64 `yaml:"rain_001_mm_h" json:"rain_001_mm_h"`                 // rate exceeded for 0.01 % of the year
	Gradient            float64 `yaml:"refractivity_gradient" json:"refractivity_gradient"` // dN1 of P.530, N-units/km, not exceeded for 1 % of the year

	SiteMbps     float64 `yaml:"site_mbps" json:"site_mbps"`         // what a new site needs
	ExistingMbps float64 `yaml:"existing_mbps" json:"existing_mbps"` // what an existing site can pass on
	MaxHopKm     float64 `yaml:"max_hop_km" json:"max_hop_km"`
	MaxHops      int     `yaml:"max_hops" json:"max_hops"`             // from a new site to one that is connected
	RelayHeightM float64 `yaml:"relay_height_m" json:"relay_height_m"` // structure of a mast that only relays
	RelayLoadW   float64 `yaml:"relay_load_w" json:"relay_load_w"`
}

// Default gives settings for the north of Vietnam. docs/power-backhaul.md says
// where each value comes from.
func Default() Settings {
	return Settings{
		Kinds:       slices.Clone(kinds),
		FibreDetour: 1.2, MaxFibreKm: 20,
		FrequencyGHz: 7.5, Clearance: P530, Climate: Tropical, BelowTopM: 2,
		TxPowerDBm: 25, AntennaGainDBi: 37, LossesDB: 2,
		// A channel of 28 MHz with a noise figure of 5 dB has -94.5 dBm of noise;
		// coded radios ask for 7.5, 14.5, 20.5 and 27.5 dB over it.
		Classes: []Class{
			{"4QAM", 40, -87}, {"16QAM", 85, -80}, {"64QAM", 135, -74}, {"256QAM", 185, -67},
		},
		AvailabilityPercent: 99.99, RainMMh: 95, Gradient: -300,
		SiteMbps: 100, ExistingMbps: 400, MaxHopKm: 30, MaxHops: 3, RelayHeightM: 15, RelayLoadW: 100,
	}
}

// Validate gives a [*geo.InputError] that wraps ErrSettings and names the first
// field that is wrong.
func (s *Settings) Validate() error {
	wrong := func(field, found, expected string) error {
		return &geo.InputError{Field: field, Found: found, Expected: expected, Err: ErrSettings}
	}
	for i, k := range s.Kinds {
		if !slices.Contains(kinds, k) {
			return wrong(fmt.Sprintf("kinds[%d]", i), fmt.Sprintf("%q", k), "fibre, microwave or satellite")
		}
	}
	if s.Clearance != P530 && s.Clearance != Median06 {
		return wrong("clearance", fmt.Sprintf("%q", s.Clearance), "p530 or 0.6F1")
	}
	if s.Climate != Temperate && s.Climate != Tropical {
		return wrong("climate", fmt.Sprintf("%q", s.Climate), "temperate or tropical")
	}
	for _, f := range []struct {
		field    string
		value    float64
		ok       bool // false for NaN
		expected string
	}{
		{"fibre_detour", s.FibreDetour, s.FibreDetour >= 1 && s.FibreDetour <= 5, "1 to 5"},
		{"max_fibre_km", s.MaxFibreKm, s.MaxFibreKm >= 0 && s.MaxFibreKm <= 1000, "0 to 1000 km"},
		{"frequency_ghz", s.FrequencyGHz, s.FrequencyGHz >= 2 && s.FrequencyGHz <= 90, "2 to 90 GHz"},
		{"below_top_m", s.BelowTopM, s.BelowTopM >= 0 && s.BelowTopM <= 100, "0 to 100 m"},
		{"tx_power_dbm", s.TxPowerDBm, s.TxPowerDBm >= -20 && s.TxPowerDBm <= 50, "-20 to 50 dBm"},
		{"antenna_gain_dbi", s.AntennaGainDBi, s.AntennaGainDBi >= 0 && s.AntennaGainDBi <= 60, "0 to 60 dBi"},
		{"losses_db", s.LossesDB, s.LossesDB >= 0 && s.LossesDB <= 50, "0 to 50 dB"},
		{"availability_percent", s.AvailabilityPercent, s.AvailabilityPercent >= 99 && s.AvailabilityPercent <= 99.999, "99 to 99.999 %, the range of P.530"},
		{"rain_001_mm_h", s.RainMMh, s.RainMMh >= 0 && s.RainMMh <= 300, "0 to 300 mm/h"},
		{"refractivity_gradient", s.Gradient, s.Gradient >= -2000 && s.Gradient <= 0, "-2000 to 0 N-units/km"},
		{"site_mbps", s.SiteMbps, s.SiteMbps > 0 && s.SiteMbps <= 1e6, "above 0, at most 1,000,000 Mbit/s"},
		{"existing_mbps", s.ExistingMbps, s.ExistingMbps >= 0 && s.ExistingMbps <= 1e6, "0 to 1,000,000 Mbit/s"},
		{"max_hop_km", s.MaxHopKm, s.MaxHopKm > 0 && s.MaxHopKm <= 60, "above 0, at most 60 km, the range of P.530's rain"},
		{"max_hops", float64(s.MaxHops), s.MaxHops >= 1 && s.MaxHops <= 20, "1 to 20"},
		{"relay_height_m", s.RelayHeightM, s.RelayHeightM > 0 && s.RelayHeightM <= 300, "above 0, at most 300 m"},
		{"relay_load_w", s.RelayLoadW, s.RelayLoadW >= 0 && s.RelayLoadW <= 1e5, "0 to 100,000 W"},
	} {
		if !f.ok {
			return wrong(f.field, fmt.Sprint(f.value), f.expected)
		}
	}
	if len(s.Classes) == 0 {
		return wrong("classes", "none", "at least one modulation")
	}
	for i, c := range s.Classes {
		field := fmt.Sprintf("classes[%d]", i)
		switch {
		case c.Name == "":
			return wrong(field+".name", "none", "a name that plans carry")
		case !(c.Mbps > 0) || math.IsInf(c.Mbps, 0) || i > 0 && c.Mbps <= s.Classes[i-1].Mbps:
			return wrong(field+".mbps", fmt.Sprint(c.Mbps), "more than the class before it")
		case !(c.ThresholdDBm >= -130 && c.ThresholdDBm <= 0) || i > 0 && c.ThresholdDBm <= s.Classes[i-1].ThresholdDBm:
			return wrong(field+".threshold_dbm", fmt.Sprint(c.ThresholdDBm), "-130 to 0 dBm, more than the class before it")
		}
	}
	return nil
}

func (s *Settings) polarization() propagation.Polarization {
	if s.Horizontal {
		return propagation.Horizontal
	}
	return propagation.Vertical
}

// AntennaHeightM is the height of a dish on a structure of so many metres.
func (s *Settings) AntennaHeightM(structureHeightM float64) float64 {
	return max(structureHeightM-s.BelowTopM, structureHeightM/2)
}

// RelayNeeds lists what a mast that only relays takes, with what its supply takes
// (see package power). Its links are priced apart.
func (s *Settings) RelayNeeds(supply []cost.Need) []cost.Need {
	return append([]cost.Need{
		{Item: cost.Survey, Quantity: 1},
		{Item: cost.Tower, Quantity: s.RelayHeightM, SizeM: s.RelayHeightM},
		{Item: cost.CivilWorks, Quantity: 1},
		{Item: cost.Transport, Quantity: 1},
		{Item: cost.Installation, Quantity: 1},
		{Item: cost.Rental, Quantity: 1},
	}, supply...)
}
