package answer

import (
	"errors"
	"fmt"
	"math"
	"testing"

	"github.com/covgap/covgap/geo/crs"
	"github.com/paulmach/orb"
)

// caoBang is about the province.
var caoBang = orb.Bound{Min: orb.Point{105.27, 22.36}, Max: orb.Point{106.84, 23.12}}

func TestReadCoordinates(t *testing.T) {
	const lat, lon = 22.654167, 106.258333 // 22°39'15"N 106°15'30"E
	for _, text := range []string{
		"22.654167, 106.258333", "106.258333,22.654167", "22.654167 106.258333", "22,654167; 106,258333", "22,654167 106,258333",
		"22.654167N 106.258333E", "N22.654167 E106.258333", "E 106.258333, N 22.654167", "(22.654167, 106.258333)",
		"22°39'15\"N 106°15'30\"E", "22° 39' 15\" 106° 15' 30\"", "106°15′30″E, 22°39′15″N", "22 39 15 N 106 15 30 E", "22 39 15 106 15 30",
		"22°39'15''B 106°15'30''Đ", "22 độ 39 phút 15 giây Bắc, 106 độ 15 phút 30 giây Đông", "22°39.25'N 106°15'30\"E", "+22.654167 +106.258333",
	} {
		got, err := ReadCoordinates(text, caoBang, "EPSG:9210")
		if err != nil || len(got) != 1 || math.Abs(got[0].Latitude-lat) > 1e-6 || math.Abs(got[0].Longitude-lon) > 1e-6 || !got[0].Inside {
			t.Errorf("%q: %+v, %v", text, got, err)
		}
	}
}

// Metres are those of the zone that puts the place into the area; EPSG:9210 is that of
// Cao Bang. To a metre: they are written without decimals.
func TestReadVN2000(t *testing.T) {
	at := orb.Point{106.258333, 22.654167}
	system, err := crs.Lookup("EPSG:9210")
	if err != nil {
		t.Fatal(err)
	}
	e, n, err := system.FromWGS84(at)
	if err != nil {
		t.Fatal(err)
	}
	for _, text := range []string{
		fmt.Sprintf("X=%.0f Y=%.0f", n, e), fmt.Sprintf("Y: %.0f, X: %.0f", e, n), fmt.Sprintf("%.0f %.0f", n, e), fmt.Sprintf("%.1f, %.1f EPSG:9210", e, n),
		fmt.Sprintf("N %.0f E %.0f epsg:9210", n, e),
	} {
		got, err := ReadCoordinates(text, caoBang, "EPSG:9210")
		if err != nil {
			t.Errorf("%q: %v", text, err)
			continue
		}
		if r := got[0]; r.CRS != "EPSG:9210" || math.Abs(r.Latitude-at[1]) > 1e-5 || math.Abs(r.Longitude-at[0]) > 1e-5 || !r.Inside {
			t.Errorf("%q: %+v", text, got)
		}
	}
}

// What the page and the report print can be pasted: decimal commas, thousands set apart,
// blanks that do not break.
func TestReadWhatIsPrinted(t *testing.T) {
	system, err := crs.Lookup("EPSG:9210")
	if err != nil {
		t.Fatal(err)
	}
	metres, err := system.ToWGS84(461461, 2519529)
	if err != nil {
		t.Fatal(err)
	}
	degrees := orb.Point{105.7, 22.6}
	for text, want := range map[string]orb.Point{
		"22,60000, 105,70000": degrees, "22,60000,105,70000": degrees, "22,60000 105,70000": degrees, "22,60000; 105,70000": degrees, "22.60000, 105.70000": degrees,
		"X\u00a02.519.529 Y\u00a0461.461": metres, "N\u00a02,519,529 E\u00a0461,461": metres, "2.519.529 461.461": metres, "461.461, 2.519.529": metres,
		"X=2.519.529,0; Y=461.461,0": metres, "2,519,529.0 461,461.0 EPSG:9210": metres,
	} {
		got, err := ReadCoordinates(text, caoBang, "EPSG:9210")
		if err != nil {
			t.Errorf("%q: %v", text, err)
			continue
		}
		// A millionth of a degree is what a reading keeps.
		if r := got[0]; math.Abs(r.Latitude-want[1]) > 1e-6 || math.Abs(r.Longitude-want[0]) > 1e-6 || !r.Inside {
			t.Errorf("%q: %+v, want %v", text, got, want)
		}
	}
}

func TestReadCoordinatesElsewhere(t *testing.T) {
	got, err := ReadCoordinates("10.5, 20.25", caoBang, "EPSG:9210")
	if err != nil || len(got) != 2 || got[0].Inside || got[0].Latitude != 10.5 || got[1].Latitude != 20.25 {
		t.Errorf("both orders, latitude first: %+v, %v", got, err)
	}
	got, err = ReadCoordinates("33°52'S 151°12'E", caoBang, "EPSG:9210")
	if err != nil || len(got) != 1 || math.Abs(got[0].Latitude+33.866667) > 1e-6 {
		t.Errorf("Sydney: %+v, %v", got, err)
	}
}

func TestReadCoordinatesRefuses(t *testing.T) {
	for _, text := range []string{
		"", "22.65", "Khuổi Đeng", "22.65,106.25,7", "22.65N 106.25S", "91, 200", "22°70'N 106°E", "22.5°30'N 106°E", "NaN, NaN", "1e400 2", "X=1 Y=2",
		"22.65, 106.25 EPSG:9210 x", "2506789 552345 EPSG:2056", "°°°", "'22 \"106", "22.65 106.25; drop",
	} {
		_, err := ReadCoordinates(text, caoBang, "EPSG:9210")
		var question *QuestionError
		if !errors.As(err, &question) {
			t.Errorf("%q: %v", text, err)
		}
	}
}

func FuzzReadCoordinates(f *testing.F) {
	for _, text := range []string{"22.65, 106.25", "22°39'15\"N 106°15'30\"E", "X=2506789 Y=552345 EPSG:9210", "22,65 106,25", "22,65, 106,25", "X 2.506.789 Y 552.345", "2,506,789.5 552,345.5", "°", "+-1 'E"} {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		got, err := ReadCoordinates(text, caoBang, "EPSG:9210")
		if err == nil && len(got) == 0 {
			t.Fatal("no reading and no error")
		}
		for _, r := range got {
			if !(math.Abs(r.Longitude) <= 180 && math.Abs(r.Latitude) <= 90) {
				t.Fatalf("%q reads as %+v", text, r)
			}
		}
	})
}
