// Package template says what a new build consists of: structure, antennas, carrier
// and power, and the needs that the cost table prices.
package template

import (
	"errors"
	"fmt"
	"math"
	"reflect"
	"slices"
	"strings"

	"github.com/covgap/covgap/coverage/linkbudget"
	"github.com/covgap/covgap/data"
	"github.com/covgap/covgap/geo"
	"github.com/covgap/covgap/planner/cost"
	"github.com/paulmach/orb"
)

// ErrTemplate says that a template is incomplete or contradicts itself.
var ErrTemplate = errors.New("template: invalid template")

// Site is a new mast with one carrier.
type Site struct {
	Name             string          `yaml:"name" json:"name"`
	StructureHeightM float64         `yaml:"structure_height_m" json:"structure_height_m"`
	AntennaHeightM   float64         `yaml:"antenna_height_m" json:"antenna_height_m"`     // above ground, within the structure
	Operator         string          `yaml:"operator,omitempty" json:"operator,omitempty"` // "" is a mast that every operator shares
	Technology       data.Technology `yaml:"technology" json:"technology"`
	FrequencyMHz     float64         `yaml:"frequency_mhz" json:"frequency_mhz"`
	BandwidthMHz     float64         `yaml:"bandwidth_mhz" json:"bandwidth_mhz"`
	// AzimuthsDeg are the sectors' directions. Empty asks for Sectors directions
	// to be chosen for each place.
	AzimuthsDeg       []float64 `yaml:"azimuths_deg,omitempty" json:"azimuths_deg,omitempty"`
	Sectors           int       `yaml:"sectors" json:"sectors"`                         // 1 to 6
	MechanicalTiltDeg float64   `yaml:"mechanical_tilt_deg" json:"mechanical_tilt_deg"` // positive down
	ElectricalTiltDeg float64   `yaml:"electrical_tilt_deg" json:"electrical_tilt_deg"` // positive down
	// ElectricalTiltsDeg are the electrical tilts to choose from for each place. Empty
	// keeps ElectricalTiltDeg; a file that states that alone keeps it too.
	ElectricalTiltsDeg []float64 `yaml:"electrical_tilts_deg,omitempty" json:"electrical_tilts_deg,omitempty"`
	BeamwidthHDeg      float64   `yaml:"beamwidth_h_deg" json:"beamwidth_h_deg"`
	BeamwidthVDeg      float64   `yaml:"beamwidth_v_deg" json:"beamwidth_v_deg"`
	GainDBi            float64   `yaml:"gain_dbi" json:"gain_dbi"`
	PowerDBm           float64   `yaml:"power_dbm" json:"power_dbm"` // conducted, per antenna port
	Ports              int       `yaml:"ports" json:"ports"`
	LossesDB           float64   `yaml:"losses_db" json:"losses_db"` // feeder and connectors
}

// Default gives a shared 30 m mast with three sectors of LTE 1800, whose
// directions are chosen for each place. Antenna, power and
// losses are those that the reader of sites takes for a macro site (ITU-R M.2292:
// 30 m, 65°, 3°, 3 dB; 20 W a port; LTE band 3 at 10 MHz).
func Default() Site {
	return Site{
		Name:               "macro-30m-lte1800",
		StructureHeightM:   30,
		AntennaHeightM:     30,
		Technology:         data.LTE,
		FrequencyMHz:       1842.5,
		BandwidthMHz:       10,
		Sectors:            3,
		ElectricalTiltDeg:  3,
		ElectricalTiltsDeg: []float64{0, 2, 4, 6, 8, 10},
		BeamwidthHDeg:      65,
		BeamwidthVDeg:      10,
		GainDBi:            17,
		PowerDBm:           43,
		Ports:              2,
		LossesDB:           3,
	}
}

// UnmarshalYAML reads a template over the default: what a file leaves out keeps
// its default.
func (s *Site) UnmarshalYAML(unmarshal func(any) error) error {
	type plain Site // without this method
	p := plain(Default())
	chosen := p.ElectricalTiltsDeg
	p.ElectricalTiltDeg, p.ElectricalTiltsDeg = math.Inf(1), nil
	if err := unmarshal(&p); err != nil {
		return err
	}
	if math.IsInf(p.ElectricalTiltDeg, 1) {
		p.ElectricalTiltDeg = Default().ElectricalTiltDeg
		if p.ElectricalTiltsDeg == nil {
			p.ElectricalTiltsDeg = chosen
		}
	}
	*s = Site(p)
	return nil
}

// Tilts gives the electrical tilts to choose from: the template's own first.
func (s *Site) Tilts() []float64 {
	tilts := []float64{s.ElectricalTiltDeg}
	for _, t := range s.ElectricalTiltsDeg {
		if !slices.Contains(tilts, t) {
			tilts = append(tilts, t)
		}
	}
	return tilts
}

// Validate gives a [*geo.InputError] that wraps ErrTemplate and names the first
// field that is wrong.
func (s *Site) Validate() error {
	wrong := func(field, found, expected string) error {
		return &geo.InputError{Field: field, Found: found, Expected: expected, Err: ErrTemplate}
	}
	if s.Name == "" {
		return wrong("name", "none", "a name that plans carry")
	}
	for _, f := range []struct {
		field    string
		value    float64
		ok       bool // false for NaN
		expected string
	}{
		{"structure_height_m", s.StructureHeightM, s.StructureHeightM > 0 && s.StructureHeightM <= 300, "metres above ground, above 0, at most 300"},
		{"antenna_height_m", s.AntennaHeightM, s.AntennaHeightM > 0 && s.AntennaHeightM <= s.StructureHeightM, fmt.Sprintf("metres above ground, above 0, within the structure (%g)", s.StructureHeightM)},
		{"frequency_mhz", s.FrequencyMHz, s.FrequencyMHz >= 30 && s.FrequencyMHz <= 100_000, "30 to 100,000 MHz"},
		{"mechanical_tilt_deg", s.MechanicalTiltDeg, math.Abs(s.MechanicalTiltDeg) <= 30, "-30 to 30 degrees, positive down"},
		{"electrical_tilt_deg", s.ElectricalTiltDeg, math.Abs(s.ElectricalTiltDeg) <= 30, "-30 to 30 degrees, positive down"},
		{"beamwidth_h_deg", s.BeamwidthHDeg, s.BeamwidthHDeg > 0 && s.BeamwidthHDeg <= 360, "above 0, at most 360 degrees"},
		{"beamwidth_v_deg", s.BeamwidthVDeg, s.BeamwidthVDeg > 0 && s.BeamwidthVDeg <= 360, "above 0, at most 360 degrees"},
		{"gain_dbi", s.GainDBi, s.GainDBi >= -10 && s.GainDBi <= 40, "-10 to 40 dBi"},
		{"power_dbm", s.PowerDBm, s.PowerDBm >= -20 && s.PowerDBm <= 60, "-20 to 60 dBm a port"},
		{"losses_db", s.LossesDB, s.LossesDB >= 0 && s.LossesDB <= 30, "0 to 30 dB"},
	} {
		if !f.ok {
			return wrong(f.field, fmt.Sprint(f.value), f.expected)
		}
	}
	if linkbudget.Quantity(s.Technology) == "" {
		return wrong("technology", fmt.Sprintf("%q", s.Technology), "GSM, UMTS, LTE or NR")
	}
	if _, err := linkbudget.ReferenceShareDB(s.Technology, s.FrequencyMHz, s.BandwidthMHz); err != nil {
		return &geo.InputError{Field: "bandwidth_mhz", Found: fmt.Sprint(s.BandwidthMHz), Expected: "a channel bandwidth of " + string(s.Technology), Hint: err.Error(), Err: ErrTemplate}
	}
	if s.Ports < 1 || s.Ports > 64 {
		return wrong("ports", fmt.Sprint(s.Ports), "1 to 64")
	}
	if s.Sectors < 1 || s.Sectors > 6 {
		return wrong("sectors", fmt.Sprint(s.Sectors), "1 to 6")
	}
	if n := len(s.AzimuthsDeg); n > 0 && n != s.Sectors {
		return wrong("azimuths_deg", fmt.Sprintf("%d directions", n), fmt.Sprintf("one for each of %d sectors, or none, to have them chosen", s.Sectors))
	}
	for _, a := range s.AzimuthsDeg {
		if !(a >= 0 && a < 360) {
			return wrong("azimuths_deg", fmt.Sprint(a), "0 to below 360 degrees from true north")
		}
	}
	for _, t := range s.ElectricalTiltsDeg {
		if !(math.Abs(t) <= 30) {
			return wrong("electrical_tilts_deg", fmt.Sprint(t), "-30 to 30 degrees, positive down")
		}
	}
	return nil
}

// EIRPDBm is the total-carrier EIRP of one port.
func (s *Site) EIRPDBm() float64 { return linkbudget.EIRPDBm(s.PowerDBm, s.GainDBi, s.LossesDB) }

// BaseNeeds lists what a site of this template takes at any place: structure,
// equipment and rental, without access, power and backhaul, which depend on where
// it stands.
func (s *Site) BaseNeeds() []cost.Need {
	sectors, technology := float64(s.Sectors), string(s.Technology)
	return []cost.Need{
		{Item: cost.Survey, Quantity: 1},
		{Item: cost.Tower, Quantity: s.StructureHeightM, SizeM: s.StructureHeightM},
		{Item: cost.CivilWorks, Quantity: 1},
		{Item: cost.Transport, Quantity: 1},
		{Item: cost.Installation, Quantity: 1},
		{Item: cost.SectorAntenna, Quantity: sectors, Variant: technology},
		{Item: cost.RemoteRadio, Quantity: sectors, Variant: technology},
		{Item: cost.Baseband, Quantity: 1, Variant: technology},
		{Item: cost.Router, Quantity: 1},
		{Item: cost.Rental, Quantity: 1},
	}
}

// Sector gives a sector of the template in one direction.
func (s *Site) Sector(azimuthDeg float64) data.Sector {
	return data.Sector{
		Operator:          s.Operator,
		Technology:        s.Technology,
		FrequencyMHz:      s.FrequencyMHz,
		BandwidthMHz:      s.BandwidthMHz,
		AntennaHeightM:    s.AntennaHeightM,
		AzimuthDeg:        azimuthDeg,
		MechanicalTiltDeg: s.MechanicalTiltDeg,
		ElectricalTiltDeg: s.ElectricalTiltDeg,
		BeamwidthHDeg:     s.BeamwidthHDeg,
		BeamwidthVDeg:     s.BeamwidthVDeg,
		GainDBi:           s.GainDBi,
		Ports:             s.Ports,
		PowerDBm:          s.PowerDBm,
		LossesDB:          s.LossesDB,
		EIRPDBm:           s.EIRPDBm(),
		Status:            data.StatusPlanned,
	}
}

// Build gives a site of the template at a place, with a sector in each direction,
// as the reader of sites would: its sectors are named after it.
func (s *Site) Build(id string, at orb.Point, azimuthsDeg []float64) data.Site {
	site := data.Site{ID: id, Name: id, Position: at, StructureHeightM: s.StructureHeightM, Rows: 1}
	for i, a := range azimuthsDeg {
		sector := s.Sector(a)
		sector.ID, sector.SiteID = fmt.Sprintf("%s-%d", id, i+1), id
		site.Sectors = append(site.Sectors, sector)
	}
	return site
}

// Difference gives the key of the first field, as plan files have them, in which two templates differ, and
// what each has there; "" when they are alike.
func Difference(a, b *Site) (key, ofA, ofB string) {
	va, vb := reflect.ValueOf(a).Elem(), reflect.ValueOf(b).Elem()
	for i := range va.NumField() {
		fa, fb := va.Field(i), vb.Field(i)
		if fa.Kind() == reflect.Slice && fa.Len() == 0 && fb.Len() == 0 || reflect.DeepEqual(fa.Interface(), fb.Interface()) {
			continue
		}
		key, _, _ = strings.Cut(va.Type().Field(i).Tag.Get("yaml"), ",")
		return key, fmt.Sprint(fa.Interface()), fmt.Sprint(fb.Interface())
	}
	return "", "", ""
}
