package propagation

import (
	"errors"
	"math"
	"path/filepath"
	"slices"
	"testing"

	"pgregory.net/rapid"

	"github.com/covgap/covgap/geo/reference"
)

// categories2108 are in the order of Table 3, which numbers them from 1.
var categories2108 = []ClutterCategory{WaterClutter, OpenClutter, SuburbanClutter,
	UrbanClutter, ForestClutter, DenseUrbanClutter}

// The 48 cases of NTIA. Where its code says an error ours must be one, and a loss
// must be its loss to the decimal it is printed with.
func TestPublishedClutterLoss(t *testing.T) {
	dir := reference.Dir(t, "validation/p2108_ntia")
	files := []struct {
		name  string
		cases int
		loss  func(v []float64) (float64, error)
	}{
		{"HeightGainTerminalCorrectionModelTestData.csv", 23, func(v []float64) (float64, error) {
			return TerminalClutterLossDB(v[0]*1000, v[1], v[3], v[2], categories2108[int(v[4])-1])
		}},
		{"TerrestrialStatisticalModelTestData.csv", 12, func(v []float64) (float64, error) {
			return TerrestrialClutterLossDB(v[0]*1000, v[1], v[2])
		}},
		{"AeronauticalStatisticalModelTestData.csv", 13, func(v []float64) (float64, error) {
			return SlantClutterLossDB(v[0]*1000, v[1], v[2])
		}},
	}
	for _, file := range files {
		rows := readCSV(t, filepath.Join(dir, file.name))[1:]
		if len(rows) != file.cases {
			t.Errorf("%s: %d cases, want %d", file.name, len(rows), file.cases)
		}
		for _, row := range rows {
			var v []float64
			for _, s := range row {
				v = append(v, number(t, s))
			}
			inputs, code, want := v[:len(v)-2], v[len(v)-2], v[len(v)-1]
			got, err := file.loss(inputs)
			switch {
			case code != 0 && !errors.Is(err, ErrLink):
				t.Errorf("%s, %v: %g dB, %v, want ErrLink (code %g)", file.name, inputs, got, err, code)
			case code == 0 && (err != nil || !(math.Abs(got-want) <= 0.05+1e-9)):
				t.Errorf("%s, %v: %.4f dB, %v, want %g", file.name, inputs, got, err, want)
			}
		}
	}
}

// Some of those figures, and the defaults of §3.1.
func TestClutterLossFigures(t *testing.T) {
	terminal := func(mhz, hM, rM, wM float64, c ClutterCategory) float64 {
		l, err := TerminalClutterLossDB(mhz, hM, rM, wM, c)
		if err != nil {
			t.Fatal(err)
		}
		return l
	}
	terrestrial := func(mhz, km, percent float64) float64 {
		l, err := TerrestrialClutterLossDB(mhz, km, percent)
		if err != nil {
			t.Fatal(err)
		}
		return l
	}
	slant := func(mhz, deg, percent float64) float64 {
		l, err := SlantClutterLossDB(mhz, deg, percent)
		if err != nil {
			t.Fatal(err)
		}
		return l
	}
	for _, tt := range []struct {
		name      string
		got, want float64
	}{
		{"rural", terminal(1500, 2, OpenClutter.TerminalHeightM(), DefaultStreetWidthM, OpenClutter), 16},
		{"suburban", terminal(1500, 2, SuburbanClutter.TerminalHeightM(), DefaultStreetWidthM, SuburbanClutter), 20.5},
		{"forest", terminal(1500, 2, ForestClutter.TerminalHeightM(), DefaultStreetWidthM, ForestClutter), 24.5},
		{"dense urban", terminal(1500, 2, DenseUrbanClutter.TerminalHeightM(), DefaultStreetWidthM, DenseUrbanClutter), 27.1},
		{"above the clutter", terminal(1700, 30, 9.8, 24.5, SuburbanClutter), 0},
		{"terrestrial, 250 m", terrestrial(500, 0.25, 50), 17.4},
		{"terrestrial, beyond 2 km", terrestrial(26600, 15.8, 45), 32.5},
		{"terrestrial, 0.1 %", terrestrial(3500, 1, 0.1), 16.8},
		{"slant", slant(30000, 2, 99), 87.3},
		{"from the zenith", slant(15000, 90, 50), 0},
	} {
		if !(math.Abs(tt.got-tt.want) <= 0.05+1e-9) { // printed with one decimal
			t.Errorf("%s: %.4f dB, want %g", tt.name, tt.got, tt.want)
		}
	}
}

func TestClutterLossErrors(t *testing.T) {
	for name, loss := range map[string]func() (float64, error){
		"category nobody knows":    func() (float64, error) { return TerminalClutterLossDB(900, 2, 10, 27, "village") },
		"height not a number":      func() (float64, error) { return TerminalClutterLossDB(900, math.NaN(), 10, 27, UrbanClutter) },
		"endless street":           func() (float64, error) { return TerminalClutterLossDB(900, 2, 10, math.Inf(1), UrbanClutter) },
		"endless path":             func() (float64, error) { return TerrestrialClutterLossDB(900, math.Inf(1), 50) },
		"a share of locations NaN": func() (float64, error) { return TerrestrialClutterLossDB(900, 1, math.NaN()) },
		"elevation not a number":   func() (float64, error) { return SlantClutterLossDB(20e3, math.NaN(), 50) },
	} {
		if got, err := loss(); !errors.Is(err, ErrLink) {
			t.Errorf("%s: %g dB, %v, want ErrLink", name, got, err)
		}
	}
}

// The higher the terminal, the less it loses, and never less than nothing.
// Statistical losses grow with the percentage.
func TestClutterLossProperties(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		must := func(loss float64, err error) float64 {
			if err != nil {
				t.Fatal(err)
			}
			return loss
		}
		s := rapid.SampledFrom(categories2108).Draw(t, "category")
		mhz := rapid.Float64Range(30, 3000).Draw(t, "MHz")
		heights := rapid.SliceOfN(rapid.Float64Range(0.5, 40), 2, 2).Draw(t, "heights, m")
		slices.Sort(heights)
		clutterM := rapid.Float64Range(1, 30).Draw(t, "clutter, m")
		low := must(TerminalClutterLossDB(mhz, heights[0], clutterM, DefaultStreetWidthM, s))
		high := must(TerminalClutterLossDB(mhz, heights[1], clutterM, DefaultStreetWidthM, s))
		if high > low || high < 0 {
			t.Errorf("%g dB at %g m, %g dB at %g m", low, heights[0], high, heights[1])
		}
		percents := rapid.SliceOfN(rapid.Float64Range(0.01, 99.99), 2, 2).Draw(t, "percentages")
		slices.Sort(percents)
		km := rapid.Float64Range(0.25, 50).Draw(t, "km")
		elevation := rapid.Float64Range(0, 90).Draw(t, "elevation, °")
		for name, loss := range map[string]func(percent float64) float64{
			"terrestrial": func(p float64) float64 { return must(TerrestrialClutterLossDB(500+20*mhz, km, p)) },
			"slant":       func(p float64) float64 { return must(SlantClutterLossDB(10e3+20*mhz, elevation, p)) },
		} {
			if a, b := loss(percents[0]), loss(percents[1]); a > b {
				t.Errorf("%s: %g dB at %g %%, %g dB at %g %%", name, a, percents[0], b, percents[1])
			}
		}
		if near, far := must(TerrestrialClutterLossDB(500+20*mhz, 2, 50)), must(TerrestrialClutterLossDB(500+20*mhz, 2+km, 50)); near != far {
			t.Errorf("%g dB at 2 km, %g dB beyond", near, far)
		}
	})
}

// FuzzStatisticalLoss gives any figures to the losses of P.2108 and P.2109: a
// number or ErrLink, never NaN.
func FuzzStatisticalLoss(f *testing.F) {
	f.Add(1500.0, 2.0, 10.0, 27.0, 2)
	f.Add(30.0, 5e-324, 1e5, 5e-324, 5)
	f.Add(67e3, 0.25, 99.999999999, 90.0, 1)
	f.Add(100e3, 90.0, 1e-300, 0.0, 0)
	f.Add(80.0, -90.0, 0.5, 1.0, 3)
	f.Fuzz(func(t *testing.T, mhz, a, b, c float64, n int) {
		category := append(categories2108, "unknown")[uint(n)%7]
		for name, loss := range map[string]func() (float64, error){
			"terminal":    func() (float64, error) { return TerminalClutterLossDB(mhz, a, b, c, category) },
			"terrestrial": func() (float64, error) { return TerrestrialClutterLossDB(mhz, a, b) },
			"slant":       func() (float64, error) { return SlantClutterLossDB(mhz, a, b) },
			"entry":       func() (float64, error) { return BuildingEntryLossDB(mhz, b, a, TraditionalBuilding) },
		} {
			switch got, err := loss(); {
			case err != nil && !errors.Is(err, ErrLink):
				t.Errorf("%s: error of an unknown kind: %v", name, err)
			case err == nil && (math.IsNaN(got) || math.IsInf(got, 0)):
				t.Errorf("%s(%g MHz, %g, %g, %g, %s) = %g dB", name, mhz, a, b, c, category, got)
			}
		}
	})
}
