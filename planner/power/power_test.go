package power

import (
	"errors"
	"fmt"
	"math"
	"strings"
	"testing"

	"github.com/covgap/covgap/data"
	"github.com/covgap/covgap/geo"
	"github.com/covgap/covgap/planner/cost"
	"github.com/covgap/covgap/planner/template"
	"github.com/goccy/go-yaml"
	"github.com/google/go-cmp/cmp"
	"github.com/paulmach/orb"
	"pgregory.net/rapid"
)

// Examples 8, 9 and 10 of FAO-56, printed with three digits.
func TestFAO56(t *testing.T) {
	for _, c := range []struct {
		name                    string
		latitudeDeg, day        float64
		raMJ, hours             float64
		sunshineHours, wantRsMJ float64
	}{
		{"examples 8 and 9: 20°S, 3 September", -20, 246, 32.2, 11.7, 0, 0},
		{"example 10: Rio de Janeiro, 22°54'S, 15 May, 7.1 h of sun", -22.9, 135, 25.1, 10.9, 7.1, 14.5},
	} {
		ra, hours := extraterrestrial(c.latitudeDeg, c.day)
		if math.Abs(ra-c.raMJ) > 0.06 || math.Abs(hours-c.hours) > 0.06 { // half a printed digit, and the rounding on the way
			t.Errorf("%s: %.3f MJ/m², %.3f h, want %.1f and %.1f", c.name, ra, hours, c.raMJ, c.hours)
		}
		if rs := (angstromA + angstromB*c.sunshineHours/hours) * ra; c.wantRsMJ > 0 && math.Abs(rs-c.wantRsMJ) > 0.06 {
			t.Errorf("%s: %.3f MJ/m² on the ground, want %.1f", c.name, rs, c.wantRsMJ)
		}
	}
	if ra, hours := extraterrestrial(80, 355); ra != 0 || hours != 0 {
		t.Errorf("polar night: %g MJ/m², %g h", ra, hours)
	}
}

// What is printed for the north of Vietnam: 12 MJ/m² a day and 4 h of sunshine
// (Nguyen The Bao, "Feasibility of solar hot water systems in Vietnam", for Láng,
// 21°N), in whole numbers.
func TestDefaultSunOfTheNorthOfVietnam(t *testing.T) {
	s := Default()
	var mj, hours float64
	for m, v := range s.months(21.02) {
		mj += v * joulesPerKWh * daysOfMonth[m] / 365
		_, possible := extraterrestrial(21.02, middleDay(m))
		hours += s.Sunshine[m] * possible * daysOfMonth[m] / 365
	}
	if math.Abs(mj-12) > 0.5 || math.Abs(hours-4) > 0.5 {
		t.Errorf("%.1f MJ/m² a day, %.1f h of sunshine", mj, hours)
	}
}

var caoBang = orb.Point{106.25, 22.67}

// options gives those of a load of 500 W.
func options(t testing.TB, s Settings, n *Network) map[Kind]Option {
	t.Helper()
	table := cost.Default()
	list, err := s.Options(caoBang, 500, n, &table)
	if err != nil {
		t.Fatal(err)
	}
	out := map[Kind]Option{}
	for _, o := range list {
		out[o.Kind] = o
	}
	return out
}

// A load of 500 W with 2.5 kWh/m² in the worst month and 4 in the mean: by hand.
func TestSizes(t *testing.T) {
	s := Default()
	s.Irradiation = []float64{2.5, 4, 4, 4, 4, 4, 4, 5.5, 4, 4, 4, 4}
	o := options(t, s, NewNetwork(nil, nil))
	// 500 W · 24 h / 0.9 = 13.33 kWh a day; over 2.5 h · 0.86: 6.2 kW, sold in steps of 0.1.
	solar := o[Solar]
	if solar.PanelW != 6300 || solar.BatteryWh != 45_000 || solar.WorstMonth != 1 || solar.Refused != "" {
		t.Errorf("solar: %+v", solar)
	}
	// Over 4 h: 3.9 kW; one day of battery is 15 kWh; twice the load is 1 kW of generator.
	// January lacks 13.33 − 3.9·2.5·0.86 = 4.95 kWh a day, the months at 4 nothing.
	hybrid := o[Hybrid]
	want := 31 * (500*24/0.9 - 3900*2.5*0.86) / 1000 / (9.94 * 0.28)
	if hybrid.PanelW != 3900 || hybrid.BatteryWh != 15_000 || hybrid.GeneratorW != 1000 || math.Abs(hybrid.FuelLitresAYear-want) > 1e-9 {
		t.Errorf("hybrid: %+v, want %g litres", hybrid, want)
	}
	s.MaxPanelW = 6200
	if o := options(t, s, NewNetwork(nil, nil))[Solar]; o.Refused != "6.3 kW of panels, more than 6.2" || o.Needs != nil {
		t.Errorf("%+v", o)
	}
	s.Irradiation[0] = 0
	if o := options(t, s, NewNetwork(nil, nil))[Solar]; o.Refused != "no sun in month 1" {
		t.Errorf("%+v", o)
	}
}

func TestGrid(t *testing.T) {
	at := func(id string, lon float64, grid data.Presence, year int) data.Village {
		return data.Village{ID: id, Geometry: orb.Point{lon, caoBang[1]}, RadiusM: 100, GridPower: grid, GridPowerYear: year}
	}
	s := Default()
	s.GridWaitYear = 2027
	line := orb.LineString{{106.25, 22.70}, {106.30, 22.70}} // 3.3 km north of the mast
	for _, c := range []struct {
		name     string
		lines    []orb.LineString
		villages []data.Village
		now      Option
		later    Option
	}{
		{
			name: "nothing is known",
			now:  Option{Refused: "no power line and no village with grid power is known"}, later: Option{Refused: "no village states a year in which it gets grid power"},
		},
		{
			name: "a line", lines: []orb.LineString{line},
			now: Option{From: "power line", LineKm: 3.99}, later: Option{Refused: "no village states a year in which it gets grid power"},
		},
		{
			name: "the village at the mast gets the grid in time, the next has it", lines: []orb.LineString{line},
			villages: []data.Village{at("A", 106.25, data.No, 2026), at("B", 106.26, data.Yes, 0), at("C", 106.251, data.No, 0)},
			now:      Option{From: "village B", LineKm: 1.23}, later: Option{From: "village A", Year: 2026},
		},
		{
			name:     "too late",
			villages: []data.Village{at("A", 106.25, data.No, 2028), at("B", 106.26, data.Unknown, 0)},
			now:      Option{From: "village B", LineKm: 1.23, Assumed: true}, later: Option{From: "village A", Year: 2028, Refused: "the grid comes in 2028, after 2027"},
		},
		{
			name:     "too late, and another further on in time",
			villages: []data.Village{at("A", 106.25, data.No, 2028), at("B", 106.26, data.No, 2027), at("C", 106.28, data.No, 2026)},
			now:      Option{Refused: "no power line and no village with grid power is known"}, later: Option{From: "village B", LineKm: 1.23, Year: 2027},
		},
		{
			name:     "too far",
			villages: []data.Village{at("A", 106.50, data.Yes, 0)},
			now:      Option{From: "village A", LineKm: 30.83, Refused: "30.8 km of new line from village A, more than 15"}, later: Option{Refused: "no village states a year in which it gets grid power"},
		},
	} {
		got := options(t, s, NewNetwork(c.lines, c.villages))
		for kind, want := range map[Kind]Option{Grid: c.now, GridYear: c.later} {
			o := got[kind]
			o.LineKm = math.Round(o.LineKm*100) / 100
			if (o.Refused == "") != (len(o.Needs) > 0) && kind == Grid || o.From != want.From || o.LineKm != want.LineKm || o.Year != want.Year || o.Assumed != want.Assumed || o.Refused != want.Refused {
				t.Errorf("%s, %s: %+v\nwant %+v", c.name, kind, o, want)
			}
		}
	}
}

func TestGridAtTheMastNeedsNoLine(t *testing.T) {
	s := Default()
	o := options(t, s, NewNetwork([]orb.LineString{{{106.2505, 22.6}, {106.2505, 22.7}}}, nil))[Grid] // 51 m east
	want := []cost.Need{{Item: cost.GridPower, Quantity: 1}, {Item: cost.Electricity, Quantity: 500 * 8.766}}
	if diff := cmp.Diff(want, o.Needs); diff != "" || o.LineKm != 0 {
		t.Errorf("%g km, -want +got:\n%s", o.LineKm, diff)
	}
}

func TestChoose(t *testing.T) {
	quote := func(life int64) cost.Quote { return cost.Quote{LifetimeMinor: life} }
	o, err := Choose([]Option{
		{Kind: Grid, Refused: "far", Quote: quote(1)}, {Kind: GridYear, Quote: quote(5)}, {Kind: Solar, Quote: quote(4)}, {Kind: Hybrid, Quote: quote(4)},
	})
	if err != nil || o.Kind != Solar {
		t.Errorf("%+v, %v", o, err)
	}
	_, err = Choose([]Option{{Kind: Grid, Refused: "far"}, {Kind: Solar, Refused: "dark"}})
	if !errors.Is(err, ErrNone) || !strings.Contains(err.Error(), "grid: far; solar: dark") {
		t.Error(err)
	}
	if _, err = Choose(nil); !errors.Is(err, ErrNone) {
		t.Error(err)
	}
}

func TestOptionsWantsARow(t *testing.T) {
	table := cost.Default().With([]cost.Row{})
	table.Rows = table.Rows[:3]
	s := Default()
	if _, err := s.Options(caoBang, 500, NewNetwork(nil, nil), &table); !errors.Is(err, cost.ErrNoRow) {
		t.Error(err)
	}
}

func TestSiteLoad(t *testing.T) {
	s := Default()
	site := template.Default()
	// Three sectors of two chains of 20 W at 30 %: 6 · (84 + 2.8·20·0.3) + 150 W.
	if w := s.SiteLoadW(&site); math.Abs(w-754.8) > 0.5 { // 43 dBm are 19.95 W
		t.Errorf("%g W", w)
	}
	if s.LoadW = 300; s.SiteLoadW(&site) != 300 {
		t.Error("a stated load is not taken")
	}
}

// A larger load and a longer line never cost less, a darker year never either.
func TestCostsGrow(t *testing.T) {
	table := cost.Default()
	rapid.Check(t, func(t *rapid.T) {
		s := Default()
		s.MaxPanelW, s.MaxGridKm = 1e6, 1000
		east := rapid.Float64Range(0, 0.5).Draw(t, "east")
		further := rapid.Float64Range(east, 0.6).Draw(t, "further")
		load := rapid.Float64Range(10, 2000).Draw(t, "load")
		more := rapid.Float64Range(load, 3000).Draw(t, "more")
		s.Irradiation = make([]float64, 12)
		for m := range s.Irradiation {
			s.Irradiation[m] = rapid.Float64Range(0.5, 7).Draw(t, "sun")
		}
		price := func(loadW, degEast float64) map[Kind]Option {
			n := NewNetwork([]orb.LineString{{{caoBang[0] + degEast, caoBang[1]}}}, nil)
			list, err := s.Options(caoBang, loadW, n, &table)
			if err != nil {
				t.Fatal(err)
			}
			out := map[Kind]Option{}
			for _, o := range list {
				out[o.Kind] = o
			}
			return out
		}
		a, b, c := price(load, east), price(more, east), price(load, further)
		for _, k := range []Kind{Grid, Solar, Hybrid} {
			if a[k].Quote.CapexMinor < 0 || b[k].Quote.LifetimeMinor < a[k].Quote.LifetimeMinor {
				t.Fatalf("%s: %g W %+v, %g W %+v", k, load, a[k], more, b[k])
			}
		}
		if c[Grid].Quote.LifetimeMinor < a[Grid].Quote.LifetimeMinor {
			t.Fatalf("further %+v, near %+v", c[Grid], a[Grid])
		}
		s.Irradiation[rapid.IntRange(0, 11).Draw(t, "month")] /= 2
		if d := price(load, east)[Solar]; d.PanelW < a[Solar].PanelW {
			t.Fatalf("darker %+v, brighter %+v", d, a[Solar])
		}
	})
}

func TestSettings(t *testing.T) {
	d := Default()
	if err := d.Validate(); err != nil {
		t.Fatal(err)
	}
	b, err := yaml.Marshal(d)
	if err != nil {
		t.Fatal(err)
	}
	var again Settings
	if err := yaml.UnmarshalWithOptions(b, &again, yaml.Strict()); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(d, again); diff != "" {
		t.Errorf("-written +read:\n%s", diff)
	}
	for _, c := range []struct {
		field  string
		change func(*Settings)
	}{
		{"kinds[0]", func(s *Settings) { s.Kinds[0] = "wind" }},
		{"load_w", func(s *Settings) { s.LoadW = -1 }},
		{"traffic_share", func(s *Settings) { s.TrafficShare = 30 }},
		{"grid_detour", func(s *Settings) { s.GridDetour = 0.9 }},
		{"max_grid_km", func(s *Settings) { s.MaxGridKm = math.NaN() }},
		{"grid_wait_year", func(s *Settings) { s.GridWaitYear = 27 }},
		{"irradiation_kwh_m2_day", func(s *Settings) { s.Irradiation = []float64{3} }},
		{"sunshine_share", func(s *Settings) { s.Sunshine = nil }},
		{"sunshine_share[3]", func(s *Settings) { s.Sunshine[3] = 1.5 }},
		{"system_loss", func(s *Settings) { s.SystemLoss = 1 }},
		{"battery_efficiency", func(s *Settings) { s.BatteryEfficiency = 0 }},
		{"depth_of_discharge", func(s *Settings) { s.DepthOfDischarge = 80 }},
		{"autonomy_days", func(s *Settings) { s.AutonomyDays = 0 }},
		{"fuel_efficiency", func(s *Settings) { s.FuelEfficiency = 0 }},
		{"generator_share", func(s *Settings) { s.GeneratorShare = 0.5 }},
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
	table := cost.Default()
	list, err := s.Options(caoBang, 600, NewNetwork([]orb.LineString{{{106.20, 22.6}, {106.20, 22.7}}}, nil), &table)
	if err != nil {
		fmt.Println(err)
		return
	}
	for _, o := range list {
		switch {
		case o.Refused != "":
			fmt.Printf("%s: %s\n", o.Kind, o.Refused)
		case o.PanelW > 0:
			fmt.Printf("%s: %.1f kW of panels, %.1f kWh of battery\n", o.Kind, o.PanelW/1000, o.BatteryWh/1000)
		default:
			fmt.Printf("%s: %.1f km of line from the %s\n", o.Kind, o.LineKm, o.From)
		}
	}
	// Output:
	// grid: 6.2 km of line from the power line
	// grid_year: no village states a year in which it gets grid power
	// solar: 8.9 kW of panels, 54.0 kWh of battery
	// hybrid: 5.7 kW of panels, 18.0 kWh of battery
}
