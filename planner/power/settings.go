package power

import (
	"errors"
	"fmt"
	"math"
	"slices"

	"github.com/covgap/covgap/geo"
	"github.com/covgap/covgap/planner/template"
)

// ErrSettings says that settings contradict themselves.
var ErrSettings = errors.New("power: invalid settings")

// Kind is a way to supply a mast with electricity.
type Kind string

// The kinds, in the order in which equals are preferred.
const (
	Grid     Kind = "grid"      // a new line from the nearest one that stands
	GridYear Kind = "grid_year" // from the nearest village that gets the grid in a stated year
	Solar    Kind = "solar"     // panels and battery alone, for the worst month
	Hybrid   Kind = "hybrid"    // panels and battery for the mean month, a diesel generator for the rest
)

var kinds = []Kind{Grid, GridYear, Solar, Hybrid}

// Settings say how supplies are sized.
type Settings struct {
	Kinds []Kind `yaml:"kinds,flow" json:"kinds"` // that may be offered

	LoadW        float64 `yaml:"load_w,omitempty" json:"load_w,omitempty"` // mean load of a site; 0 takes it from the template
	TrafficShare float64 `yaml:"traffic_share" json:"traffic_share"`       // mean of the radios' power over the day, 0 to 1
	OtherLoadW   float64 `yaml:"other_load_w" json:"other_load_w"`         // router, baseband, backhaul

	GridDetour   float64 `yaml:"grid_detour" json:"grid_detour"`                           // length of a line over the straight distance, 1 or more
	MaxGridKm    float64 `yaml:"max_grid_km" json:"max_grid_km"`                           // of new line
	GridWaitYear int     `yaml:"grid_wait_year,omitempty" json:"grid_wait_year,omitempty"` // a site may wait for the grid until then; 0 does not wait

	// Irradiation is the mean daily irradiation on the horizontal of each month from
	// January, kWh/m². Empty takes it from Sunshine and the latitude.
	Irradiation []float64 `yaml:"irradiation_kwh_m2_day,flow,omitempty" json:"irradiation_kwh_m2_day,omitempty"`
	Sunshine    []float64 `yaml:"sunshine_share,flow" json:"sunshine_share"` // of the possible hours, each month from January, 0 to 1
	SunFactor   float64   `yaml:"sun_factor" json:"sun_factor"`              // on what FAO-56 makes of Sunshine, for haze

	SystemLoss         float64 `yaml:"system_loss" json:"system_loss"`                   // of panels, cables and controller, 0 to below 1
	BatteryEfficiency  float64 `yaml:"battery_efficiency" json:"battery_efficiency"`     // what comes out of what goes in
	DepthOfDischarge   float64 `yaml:"depth_of_discharge" json:"depth_of_discharge"`     // share of a battery that is used
	AutonomyDays       float64 `yaml:"autonomy_days" json:"autonomy_days"`               // without sun, of solar
	HybridAutonomyDays float64 `yaml:"hybrid_autonomy_days" json:"hybrid_autonomy_days"` // between two runs of the generator
	MaxPanelW          float64 `yaml:"max_panel_w" json:"max_panel_w"`                   // what fits at a mast
	GeneratorShare     float64 `yaml:"generator_share" json:"generator_share"`           // generator's power over the load
	FuelEfficiency     float64 `yaml:"fuel_efficiency" json:"fuel_efficiency"`           // electricity out of diesel
}

// Default gives settings for the north of Vietnam. docs/power-backhaul.md says
// where each value comes from.
func Default() Settings {
	return Settings{
		Kinds:        slices.Clone(kinds),
		TrafficShare: 0.3, OtherLoadW: 150,
		GridDetour: 1.2, MaxGridKm: 15,
		// The share of possible sunshine at Hanoi, 4.1 h a day over the year. For the
		// north of Vietnam 4 h and 12 MJ/m² a day are printed (Nguyen The Bao,
		// "Feasibility of solar hot water systems in Vietnam", station Láng), of which
		// FAO-56 makes 14.2: the factor brings them together.
		Sunshine:   []float64{0.20, 0.15, 0.12, 0.23, 0.43, 0.42, 0.44, 0.41, 0.44, 0.42, 0.40, 0.34},
		SunFactor:  0.85,
		SystemLoss: 0.14, BatteryEfficiency: 0.9, DepthOfDischarge: 0.8,
		AutonomyDays: 3, HybridAutonomyDays: 1, MaxPanelW: 20_000,
		GeneratorShare: 2, FuelEfficiency: 0.28,
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
			return wrong(fmt.Sprintf("kinds[%d]", i), fmt.Sprintf("%q", k), "grid, grid_year, solar or hybrid")
		}
	}
	for _, f := range []struct {
		field    string
		value    float64
		ok       bool // false for NaN
		expected string
	}{
		{"load_w", s.LoadW, s.LoadW >= 0 && s.LoadW <= 1e5, "0 to 100,000 W"},
		{"traffic_share", s.TrafficShare, s.TrafficShare >= 0 && s.TrafficShare <= 1, "a share of 0 to 1"},
		{"other_load_w", s.OtherLoadW, s.OtherLoadW >= 0 && s.OtherLoadW <= 1e5, "0 to 100,000 W"},
		{"grid_detour", s.GridDetour, s.GridDetour >= 1 && s.GridDetour <= 5, "1 to 5"},
		{"max_grid_km", s.MaxGridKm, s.MaxGridKm >= 0 && s.MaxGridKm <= 1000, "0 to 1000 km"},
		{"sun_factor", s.SunFactor, s.SunFactor > 0 && s.SunFactor <= 1.5, "above 0, at most 1.5"},
		{"system_loss", s.SystemLoss, s.SystemLoss >= 0 && s.SystemLoss < 1, "a share of 0 to below 1"},
		{"battery_efficiency", s.BatteryEfficiency, s.BatteryEfficiency > 0 && s.BatteryEfficiency <= 1, "a share above 0, at most 1"},
		{"depth_of_discharge", s.DepthOfDischarge, s.DepthOfDischarge > 0 && s.DepthOfDischarge <= 1, "a share above 0, at most 1"},
		{"autonomy_days", s.AutonomyDays, s.AutonomyDays > 0 && s.AutonomyDays <= 30, "above 0, at most 30 days"},
		{"hybrid_autonomy_days", s.HybridAutonomyDays, s.HybridAutonomyDays > 0 && s.HybridAutonomyDays <= 30, "above 0, at most 30 days"},
		{"max_panel_w", s.MaxPanelW, s.MaxPanelW >= 0 && s.MaxPanelW <= 1e6, "0 to 1,000,000 W"},
		{"generator_share", s.GeneratorShare, s.GeneratorShare >= 1 && s.GeneratorShare <= 20, "1 to 20 times the load"},
		{"fuel_efficiency", s.FuelEfficiency, s.FuelEfficiency > 0 && s.FuelEfficiency <= 1, "a share above 0, at most 1"},
	} {
		if !f.ok {
			return wrong(f.field, fmt.Sprint(f.value), f.expected)
		}
	}
	if s.GridWaitYear != 0 && (s.GridWaitYear < 1900 || s.GridWaitYear > 2200) {
		return wrong("grid_wait_year", fmt.Sprint(s.GridWaitYear), "a year, or 0 not to wait")
	}
	months := func(field string, values []float64, most float64, unit string) error {
		if len(values) != 12 {
			return wrong(field, fmt.Sprintf("%d values", len(values)), "12, one for each month from January")
		}
		for i, v := range values {
			if !(v >= 0 && v <= most) {
				return wrong(fmt.Sprintf("%s[%d]", field, i), fmt.Sprint(v), fmt.Sprintf("0 to %g%s", most, unit))
			}
		}
		return nil
	}
	if len(s.Irradiation) > 0 {
		if err := months("irradiation_kwh_m2_day", s.Irradiation, 13, " kWh/m² a day"); err != nil { // more than at any latitude above the atmosphere
			return err
		}
	}
	return months("sunshine_share", s.Sunshine, 1, "")
}

// The power model of a remote radio: at no load and per watt of radio power, for
// each of its chains. G. Auer et al., "How much energy is needed to run a wireless
// network?", IEEE Wireless Communications 18(5), 2011, Table 2, remote radio head.
const (
	idleW       = 84.0
	perRadioW   = 2.8
	milliwattsW = 1000
)

// SiteLoadW is the mean load of a site of the template in watts. The model behind
// it knows radios of a few chains, not panels of 32 and 64: for those state LoadW.
func (s *Settings) SiteLoadW(t *template.Site) float64 {
	if s.LoadW > 0 {
		return s.LoadW
	}
	radioW := math.Pow(10, t.PowerDBm/10) / milliwattsW
	chains := float64(t.Sectors * t.Ports)
	return chains*(idleW+perRadioW*radioW*s.TrafficShare) + s.OtherLoadW
}

// months gives the irradiation of each month at a latitude, kWh/m² a day.
func (s *Settings) months(latitudeDeg float64) [12]float64 {
	var m [12]float64
	if len(s.Irradiation) > 0 {
		copy(m[:], s.Irradiation)
		return m
	}
	copy(m[:], s.Sunshine)
	m = monthsKWh(latitudeDeg, m)
	for i := range m {
		m[i] *= s.SunFactor
	}
	return m
}
