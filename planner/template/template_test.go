package template

import (
	"errors"
	"fmt"
	"math"
	"testing"

	"github.com/covgap/covgap/data"
	"github.com/covgap/covgap/geo"
	"github.com/covgap/covgap/planner/cost"
	"github.com/goccy/go-yaml"
	"github.com/google/go-cmp/cmp"
	"github.com/paulmach/orb"
)

func TestDefaultIsValidAndPriced(t *testing.T) {
	s := Default()
	if err := s.Validate(); err != nil {
		t.Fatal(err)
	}
	table := cost.Default()
	if _, err := table.Price(s.BaseNeeds()); err != nil {
		t.Error(err)
	}
}

func TestNeedsFollowTheTemplate(t *testing.T) {
	s := Default()
	s.StructureHeightM, s.Sectors = 42, 2
	got := map[cost.Item]float64{}
	for _, n := range s.BaseNeeds() {
		got[n.Item] += n.Quantity
	}
	want := map[cost.Item]float64{
		cost.Survey: 1, cost.Tower: 42, cost.CivilWorks: 1, cost.Transport: 1, cost.Installation: 1,
		cost.SectorAntenna: 2, cost.RemoteRadio: 2, cost.Baseband: 1, cost.Router: 1,
		cost.Rental: 1,
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
}

func TestValidateNamesTheField(t *testing.T) {
	for _, c := range []struct {
		field  string
		change func(*Site)
	}{
		{"name", func(s *Site) { s.Name = "" }},
		{"structure_height_m", func(s *Site) { s.StructureHeightM = math.NaN() }},
		{"antenna_height_m", func(s *Site) { s.AntennaHeightM = s.StructureHeightM + 1 }},
		{"frequency_mhz", func(s *Site) { s.FrequencyMHz = 1.8 }},
		{"technology", func(s *Site) { s.Technology = "LTE-M" }},
		{"bandwidth_mhz", func(s *Site) { s.BandwidthMHz = 7 }},
		{"sectors", func(s *Site) { s.Sectors = 0 }},
		{"azimuths_deg", func(s *Site) { s.AzimuthsDeg = []float64{0, 120} }},
		{"azimuths_deg", func(s *Site) { s.AzimuthsDeg = []float64{0, 120, 360} }},
		{"ports", func(s *Site) { s.Ports = 0 }},
		{"electrical_tilts_deg", func(s *Site) { s.ElectricalTiltsDeg = []float64{2, 31} }},
		{"losses_db", func(s *Site) { s.LossesDB = -1 }},
	} {
		s := Default()
		c.change(&s)
		err := s.Validate()
		var ie *geo.InputError
		if !errors.Is(err, ErrTemplate) || !errors.As(err, &ie) || ie.Field != c.field {
			t.Errorf("%s: %v", c.field, err)
		}
	}
}

func TestYAMLKeepsDefaults(t *testing.T) {
	var s Site
	if err := yaml.UnmarshalWithOptions([]byte("name: low\nfrequency_mhz: 947.5\n"), &s, yaml.Strict()); err != nil {
		t.Fatal(err)
	}
	want := Default()
	want.Name, want.FrequencyMHz = "low", 947.5
	if diff := cmp.Diff(want, s); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
	if err := yaml.UnmarshalWithOptions([]byte("name: low\nfrequency: 947.5\n"), &s, yaml.Strict()); err == nil {
		t.Error("an unknown key was accepted")
	}
}

func ExampleSite_Build() {
	s := Default()
	site := s.Build("NEW-001", orb.Point{106.1, 22.6}, []float64{20, 140, 260})
	for _, sector := range site.Sectors {
		fmt.Println(sector.ID, sector.Technology == data.LTE, sector.AzimuthDeg, "°", sector.EIRPDBm, "dBm")
	}
	// Output:
	// NEW-001-1 true 20 ° 57 dBm
	// NEW-001-2 true 140 ° 57 dBm
	// NEW-001-3 true 260 ° 57 dBm
}

func TestDifference(t *testing.T) {
	a := Default()
	for _, c := range []struct {
		change      func(*Site)
		key, of, is string
	}{
		{func(*Site) {}, "", "", ""},
		{func(b *Site) { b.AzimuthsDeg = []float64{} }, "", "", ""},
		{func(b *Site) { b.GainDBi, b.LossesDB = 15, 4 }, "gain_dbi", "17", "15"},
		{func(b *Site) { b.ElectricalTiltsDeg = []float64{3} }, "electrical_tilts_deg", "[0 2 4 6 8 10]", "[3]"},
	} {
		b := Default()
		c.change(&b)
		if key, of, is := Difference(&a, &b); key != c.key || of != c.of || is != c.is {
			t.Errorf("%q, %q and %q; want %+v", key, of, is, c)
		}
	}
}
