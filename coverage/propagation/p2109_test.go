package propagation

import (
	"errors"
	"math"
	"path/filepath"
	"testing"

	"pgregory.net/rapid"

	"github.com/covgap/covgap/geo/reference"
)

// The 31,250 cases of crc-covlib: 25 frequencies, 25 probabilities, 25 elevations,
// both building types. Frequency and probability are printed with nine decimals,
// which leaves 1e-8 dB.
func TestPublishedBuildingEntryLoss(t *testing.T) {
	dir := reference.Dir(t, "validation/p2109_crc")
	worst, rows := 0.0, readCSV(t, filepath.Join(dir, "validation.csv"))[1:]
	for _, row := range rows {
		building := TraditionalBuilding
		if row[2] == "2" {
			building = EfficientBuilding
		}
		got, err := BuildingEntryLossDB(number(t, row[0])*1000, number(t, row[1])/100, number(t, row[3]), building)
		if err != nil {
			t.Fatal(err)
		}
		worst = max(worst, math.Abs(got-number(t, row[4])))
	}
	t.Logf("%d cases within %.2g dB", len(rows), worst)
	if worst > 1e-7 || len(rows) != 31250 {
		t.Errorf("%d cases, worst difference %g dB", len(rows), worst)
	}
}

// At 1 GHz, horizontally, the medians are 10 log(10^1.264 + 10^0.91 + 10^−0.3) =
// 10 log(18.3654 + 8.1283 + 0.5012) = 14.3128 and 10 log(10^2.819 + 10^2.78 + 10^−0.3)
// = 10 log(659.174 + 602.560 + 0.501) = 31.0114. The other figures are crc-covlib
// 4.6.2's.
func TestBuildingEntryFigures(t *testing.T) {
	for _, tt := range []struct {
		mhz, probability, elevationDeg float64
		building                       BuildingType
		wantDB, toleranceDB            float64
	}{
		{1000, 0.5, 0, TraditionalBuilding, 14.3128, 5e-5},
		{1000, 0.5, 0, EfficientBuilding, 31.0114, 5e-5},
		{80, 1e-8, -90, TraditionalBuilding, -2.5408058452142495, 1e-9},
		{80, 1e-8, -82.5, TraditionalBuilding, -2.6690104473264098, 1e-9},
	} {
		got, err := BuildingEntryLossDB(tt.mhz, tt.probability, tt.elevationDeg, tt.building)
		if err != nil || !(math.Abs(got-tt.wantDB) <= tt.toleranceDB) {
			t.Errorf("%g MHz, %g, %g°, %s: %.10g dB, %v, want %.10g", tt.mhz, tt.probability, tt.elevationDeg, tt.building, got, err, tt.wantDB)
		}
	}
}

func TestBuildingEntryErrors(t *testing.T) {
	for _, tt := range []struct {
		name                           string
		mhz, probability, elevationDeg float64
		building                       BuildingType
	}{
		{"79 MHz", 79, 0.5, 0, TraditionalBuilding},
		{"101 GHz", 101e3, 0.5, 0, TraditionalBuilding},
		{"never", 900, 0, 0, TraditionalBuilding},
		{"always", 900, 1, 0, TraditionalBuilding},
		{"a percentage", 900, 50, 0, TraditionalBuilding},
		{"beyond the zenith", 900, 0.5, 91, TraditionalBuilding},
		{"no elevation", 900, 0.5, math.NaN(), TraditionalBuilding},
		{"another building", 900, 0.5, 0, "bamboo"},
	} {
		if got, err := BuildingEntryLossDB(tt.mhz, tt.probability, tt.elevationDeg, tt.building); !errors.Is(err, ErrLink) {
			t.Errorf("%s: %g dB, %v, want ErrLink", tt.name, got, err)
		}
		if tt.probability != 0.5 {
			continue
		}
		if _, _, err := BuildingEntryLoss(tt.mhz, tt.elevationDeg, tt.building); !errors.Is(err, ErrLink) {
			t.Errorf("%s: median and spread: %v, want ErrLink", tt.name, err)
		}
	}
}

// The loss grows with the probability, is the same from above and from below, and
// the normal distribution of BuildingEntryLoss meets it at 50 and 90 %, and within
// 1 dB from 50 to 95 %.
func TestBuildingEntryProperties(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		building := rapid.SampledFrom([]BuildingType{TraditionalBuilding, EfficientBuilding}).Draw(t, "building")
		mhz := min(max(math.Pow(10, rapid.Float64Range(math.Log10(80), 5).Draw(t, "log MHz")), 80), 100e3)
		elevation := rapid.Float64Range(0, 90).Draw(t, "elevation, °")
		loss := func(probability, elevationDeg float64) float64 {
			l, err := BuildingEntryLossDB(mhz, probability, elevationDeg, building)
			if err != nil {
				t.Fatal(err)
			}
			return l
		}
		p := rapid.Float64Range(0.001, 0.998).Draw(t, "probability")
		if a, b := loss(p, elevation), loss(p+0.001, elevation); a >= b {
			t.Errorf("%g dB at %g, %g dB at %g", a, p, b, p+0.001)
		}
		if a, b := loss(p, elevation), loss(p, -elevation); a != b {
			t.Errorf("%g dB from above, %g dB from below", a, b)
		}
		median, sigma, err := BuildingEntryLoss(mhz, elevation, building)
		if err != nil {
			t.Fatal(err)
		}
		z := map[float64]float64{0.5: 0, 0.75: 0.6744898, 0.9: 1.2815516, 0.95: 1.6448536} // normal quantiles
		for probability, quantile := range z {
			tolerance := 1.0
			if probability == 0.5 || probability == 0.9 {
				tolerance = 1e-6
			}
			if got, want := median+quantile*sigma, loss(probability, elevation); math.Abs(got-want) > tolerance {
				t.Errorf("%g: %.4f dB with σ %.3f dB, P.2109 %.4f dB", probability, got, sigma, want)
			}
		}
	})
}
