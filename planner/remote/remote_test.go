package remote

import (
	"errors"
	"fmt"
	"math"
	"strings"
	"testing"

	"github.com/covgap/covgap/data"
	"github.com/covgap/covgap/geo"
	"github.com/covgap/covgap/geo/geodesy"
	"github.com/covgap/covgap/geo/terrain"
	"github.com/covgap/covgap/planner/backhaul"
	"github.com/covgap/covgap/planner/cost"
	"github.com/paulmach/orb"
)

// flat is a square of half a degree at sea level.
func flat() *backhaul.Land {
	const n = 601
	return &backhaul.Land{Terrain: &terrain.Grid{West: 106, North: 23, StepLon: 1.0 / 1200, StepLat: 1.0 / 1200, Width: n, Height: n, HeightsM: make([]float32, n*n)}}
}

func options(t *testing.T, s Settings, distanceM, antennaM float64, operator string, technology data.Technology) (fibre, fronthaul Option) {
	t.Helper()
	parent := Parent{
		End:     backhaul.End{At: orb.Point{106.2, 22.75}, AntennaM: antennaM},
		Sectors: []data.Sector{{Operator: "Viettel", Technology: data.LTE}, {Operator: "VNPT", Technology: data.GSM}},
	}
	at := backhaul.End{At: geodesy.Destination(parent.At, 70, distanceM), AntennaM: antennaM}
	link := s.Fronthaul(backhaul.Default())
	table := cost.Default()
	list, err := s.Options(at, operator, technology, &parent, &link, flat(), &table)
	if err != nil || len(list) != 2 {
		t.Fatal(list, err)
	}
	return list[0], list[1]
}

func TestOptions(t *testing.T) {
	for _, c := range []struct {
		name             string
		distanceM        float64
		antennaM         float64
		fibre, fronthaul string // refusals
	}{
		{"near", 800, 30, "", ""},
		{"too far for a link", 4000, 30, "", "4.0 km, more than 3"},
		{"the end of the fibre", 16_660, 30, "", "16.7 km, more than 3"}, // 19.99 km with the detour
		{"beyond it", 16_670, 30, "20.0 km of fibre, more than 20", "16.7 km, more than 3"},
		{"no clearance", 2500, 1, "", "clearance of 0."},
	} {
		fibre, fronthaul := options(t, Default(), c.distanceM, c.antennaM, "Viettel", data.LTE)
		if fibre.Refused != c.fibre || !strings.HasPrefix(fronthaul.Refused, c.fronthaul) || (fronthaul.Refused == "") != (c.fronthaul == "") {
			t.Errorf("%s: %q, %q", c.name, fibre.Refused, fronthaul.Refused)
		}
		for _, o := range []Option{fibre, fronthaul} {
			if (o.Refused == "") != (o.Quote.CapexMinor > 0) {
				t.Errorf("%s, %s: %q, quote %+v", c.name, o.Kind, o.Refused, o.Quote)
			}
		}
		if want := c.distanceM * 1.2 / 1000; math.Abs(fibre.Km-want) > 1e-6 || math.Abs(fibre.DelayUs-4.9*want) > 1e-4 { // geodesics close to 15 nm
			t.Errorf("%s: %g km, %g µs", c.name, fibre.Km, fibre.DelayUs)
		}
	}
}

func TestTheBasebandMustBeThere(t *testing.T) {
	for _, c := range []struct {
		operator   string
		technology data.Technology
		want       string
	}{
		{"Viettel", data.LTE, ""},
		{"", data.GSM, ""},
		{"VNPT", data.LTE, `the parent has no LTE of operator "VNPT"`},
		{"", data.NR, "the parent has no NR"},
	} {
		fibre, fronthaul := options(t, Default(), 1000, 30, c.operator, c.technology)
		if fibre.Refused != c.want || fronthaul.Refused != c.want {
			t.Errorf("%s %s: %q, %q", c.operator, c.technology, fibre.Refused, fronthaul.Refused)
		}
	}
}

// 80 GHz in heavy rain: a link of 3 km does not stand what one of 500 m does.
func TestRainShortensFronthaul(t *testing.T) {
	s := Default()
	s.FronthaulThresholdDBm = -55
	if _, o := options(t, s, 500, 30, "", data.LTE); o.Refused != "" {
		t.Errorf("500 m: %s", o.Refused)
	}
	if _, o := options(t, s, 2900, 60, "", data.LTE); !strings.Contains(o.Refused, "by rain") {
		t.Errorf("2.9 km: %q, %+v", o.Refused, o.Hop)
	}
}

func TestSettings(t *testing.T) {
	d := Default()
	if err := d.Validate(); err != nil {
		t.Fatal(err)
	}
	link := d.Fronthaul(backhaul.Default())
	if err := link.Validate(); err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		field  string
		change func(*Settings)
	}{
		{"max_fibre_km", func(s *Settings) { s.MaxFibreKm = 20.1 }},
		{"fibre_detour", func(s *Settings) { s.FibreDetour = math.NaN() }},
		{"fronthaul_ghz", func(s *Settings) { s.FronthaulGHz = 0.8 }},
		{"max_fronthaul_km", func(s *Settings) { s.MaxFronthaulKm = 21 }},
	} {
		s := Default()
		c.change(&s)
		err := s.Validate()
		var ie *geo.InputError
		if !errors.Is(err, ErrSettings) || !errors.As(err, &ie) || ie.Field != c.field {
			t.Errorf("%s: %v", c.field, err)
		}
	}
}

func ExampleSettings_Options() {
	s := Default()
	link := s.Fronthaul(backhaul.Default())
	table := cost.Default()
	parent := Parent{End: backhaul.End{At: orb.Point{106.2, 22.75}, AntennaM: 30}, Sectors: []data.Sector{{Technology: data.LTE}}}
	list, err := s.Options(backhaul.End{At: orb.Point{106.25, 22.75}, AntennaM: 15}, "", data.LTE, &parent, &link, flat(), &table)
	if err != nil {
		fmt.Println(err)
		return
	}
	for _, o := range list {
		if o.Refused != "" {
			fmt.Printf("%s refused: %s\n", o.Kind, o.Refused)
			continue
		}
		fmt.Printf("%s: %.1f km\n", o.Kind, o.Km)
	}
	// Output:
	// fibre: 6.2 km
	// fronthaul refused: 5.1 km, more than 3
}
