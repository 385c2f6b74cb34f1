package geodesy

import (
	"encoding/json"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"testing"

	"github.com/covgap/covgap/geo/reference"
	"github.com/paulmach/orb"
	"pgregory.net/rapid"
)

func Example() {
	caoBang, haNoi := orb.Point{106.26, 22.67}, orb.Point{105.85, 21.03}
	distanceM, azimuthDeg := Inverse(caoBang, haNoi)
	fmt.Printf("%.0f m at %.2f°\n", distanceM, azimuthDeg)
	half := Destination(caoBang, azimuthDeg, distanceM/2)
	fmt.Printf("half way at %.4f, %.4f\n", half.Lon(), half.Lat())
	// Output:
	// 186474 m at 193.21°
	// half way at 106.0538, 21.8502
}

func ExampleLine() {
	line := NewLine(orb.Point{106.26, 22.67}, orb.Point{106.36, 22.77})
	for d := 0.0; d <= line.LengthM; d += 5000 {
		p := line.At(d)
		fmt.Printf("%5.0f m  %.6f %.6f\n", d, p.Lon(), p.Lat())
	}
	// Output:
	//     0 m  106.260000 22.670000
	//  5000 m  106.293085 22.703108
	// 10000 m  106.326185 22.736209
	// 15000 m  106.359302 22.769302
}

// geodTest holds rows of GeodTest.dat, the test set for geodesics that C. F. F.
// Karney computed in high-precision arithmetic (doi:10.5281/zenodo.32156;
// https://geographiclib.sourceforge.io/C++/doc/geodesic.html#testgeod). Longitude
// of the first point is 0.
var geodTest = []struct {
	name                        string
	lat1, azi1, lat2, lon2, s12 float64
}{
	{"random", 36.530042355041, 176.125875162171, -48.164270779097768864, 5.762344694676510456, 9398502.0434687},
	{"random", 28.149226945471, 62.304093156403, 32.014281405870639763, 86.678685905047216772, 8125880.1298703},
	{"over high latitude", 50.936172211442, 3.142915292264, 78.966384891263396303, 167.357398986746628656, 5564793.9939781},
	{"nearly antipodal", 8.226828747671, 111.1269645725, -8.516119211674269, 178.68897958262922, 19886305.6710041},
	{"from the pole", 89.997817345644, 2.624783190362, 39.575446357285395, 177.375133897726, 5619818.6599569},
	{"short", 19.707097385334, 20.996796804557, 19.707739582810257, 0.000260256428101053, 76.1478894},
	{"short", 23.104245923137, 108.788775202534, 23.103520430280492, 0.002305237470119087, 249.4508219},
	{"short", 24.18940122271, 113.737408507569, 24.188424127455853607, 0.002422166947283588, 268.843807},
}

func TestGeodTest(t *testing.T) {
	for _, tc := range geodTest {
		t.Run(tc.name, func(t *testing.T) {
			a, b := orb.Point{0, tc.lat1}, orb.Point{tc.lon2, tc.lat2}
			distanceM, azimuthDeg := Inverse(a, b)
			// Distances are printed to 0.1 µm, and the algorithms are good to 15 nm.
			if d := math.Abs(distanceM - tc.s12); d > 1.2e-7 {
				t.Errorf("distance %.9f, want %.7f", distanceM, tc.s12)
			}
			if d := Distance(a, b); d != distanceM {
				t.Errorf("Distance %v differs from Inverse %v", d, distanceM)
			}
			// The azimuth is as uncertain as 0.1 µm across the shorter of the line
			// and a quarter turn of the earth; nearly antipodal points magnify it.
			tolDeg := 1e-7 / min(distanceM, 6e6) * 180 / math.Pi
			if tc.name == "nearly antipodal" {
				tolDeg *= 100
			}
			if d := math.Abs(azimuthDeg - tc.azi1); d > tolDeg {
				t.Errorf("azimuth %.13f, want %.12f ± %.2g", azimuthDeg, tc.azi1, tolDeg)
			}
			// 1e-12 degrees of latitude are 0.1 µm; azi1 is printed to as much.
			got := Destination(a, tc.azi1, tc.s12)
			if d := Distance(got, b); d > 2.5e-7 {
				t.Errorf("destination %v is %.2g m from %v", got, d, b)
			}
		})
	}
}

func anywhere(maxLatDeg float64) *rapid.Generator[orb.Point] {
	return rapid.Custom(func(t *rapid.T) orb.Point {
		return orb.Point{
			rapid.Float64Range(-180, 180).Draw(t, "lon"),
			rapid.Float64Range(-maxLatDeg, maxLatDeg).Draw(t, "lat"),
		}
	})
}

func TestInverseUndoesDestination(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		a := anywhere(90).Draw(t, "a")
		azimuthDeg := rapid.Float64Range(0, 359.999).Draw(t, "azimuth")
		lengthM := rapid.Float64Range(1, 1.9e7).Draw(t, "length")
		b := Destination(a, azimuthDeg, lengthM)
		distanceM, back := Inverse(a, b)
		// 15 nm each way, and positions in degrees resolve 3 nm.
		if math.Abs(distanceM-lengthM) > 5e-8 {
			t.Fatalf("%.9f m out, %.9f back", lengthM, distanceM)
		}
		if again := Destination(a, back, distanceM); Distance(again, b) > 1e-7 {
			t.Fatalf("destination %v, again %v", b, again)
		}
		if back < 0 || back >= 360 {
			t.Fatalf("azimuth %v outside [0, 360)", back)
		}
	})
}

func TestDistanceIsSymmetric(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		a, b := anywhere(90).Draw(t, "a"), anywhere(90).Draw(t, "b")
		if d, e := Distance(a, b), Distance(b, a); math.Abs(d-e) > 3e-8 { // twice 15 nm
			t.Fatalf("%v there, %v back", d, e)
		}
	})
}

func TestNormalizeAzimuth(t *testing.T) {
	for _, tc := range []struct{ in, want float64 }{
		{0, 0}, {360, 0}, {-90, 270}, {725, 5}, {-360, 0}, {-1e-15, 0}, {359.5, 359.5},
	} {
		if got := NormalizeAzimuth(tc.in); got != tc.want {
			t.Errorf("NormalizeAzimuth(%v) = %v, want %v", tc.in, got, tc.want)
		}
	}
}

// deviationM is the greatest distance between points of the line and of the true
// geodesic at the same length.
func deviationM(start orb.Point, l Line) float64 {
	var worst float64
	for i := range 101 {
		d := l.LengthM * float64(i) / 100
		worst = max(worst, Distance(l.At(d), Destination(start, l.AzimuthDeg, d)))
	}
	return worst
}

func TestLineStaysOnTheGeodesic(t *testing.T) {
	for _, tc := range []struct{ lengthM, toleranceM float64 }{ // as the doc comment states
		{100_000, 2e-4},
		{400_000, 0.2},
	} {
		rapid.Check(t, func(t *rapid.T) {
			start := anywhere(70).Draw(t, "start")
			azimuthDeg := rapid.Float64Range(0, 359.999).Draw(t, "azimuth")
			lengthM := rapid.Float64Range(0, tc.lengthM).Draw(t, "length")
			end := Destination(start, azimuthDeg, lengthM)
			if math.Abs(end[1]) > 70 {
				t.Skip("ends beyond latitude 70")
			}
			for _, l := range []Line{NewRay(start, azimuthDeg, lengthM), NewLine(start, end)} {
				if d := deviationM(start, l); d > tc.toleranceM {
					t.Fatalf("%.2g m off the geodesic, want at most %g", d, tc.toleranceM)
				}
				if p := l.At(l.LengthM); Distance(p, end) > 1e-7 {
					t.Fatalf("ends at %v, want %v", p, end)
				}
			}
		})
	}
}

func TestLineWithoutLength(t *testing.T) {
	p := orb.Point{106, 22}
	l := NewLine(p, p)
	if got := l.At(0); l.LengthM != 0 || got != p {
		t.Errorf("a line from %v to itself is %v m long and starts at %v", p, l.LengthM, got)
	}
}

func TestLineAcrossTheAntimeridian(t *testing.T) {
	l := NewLine(orb.Point{179.9, 10}, orb.Point{-179.9, 10})
	for _, d := range []float64{0, l.LengthM / 3, l.LengthM / 2, l.LengthM} {
		p := l.At(d)
		if math.Abs(p[0]) < 179.89 || math.Abs(p[0]) > 180 {
			t.Errorf("at %v m: %v", d, p)
		}
	}
}

func TestAreaM2(t *testing.T) {
	square := func(west, south, size float64) orb.Ring {
		return orb.Bound{Min: orb.Point{west, south}, Max: orb.Point{west + size, south + size}}.ToRing()
	}
	cw := square(106, 22, 1)
	cw.Reverse()
	one := AreaM2(square(106, 22, 1))
	hole := AreaM2(square(106.2, 22.2, 0.1))
	// The example of geod_polygonarea in GeographicLib's geodesic.h, a rough outline
	// of Antarctica: 13376856682207.4 m².
	antarctica := orb.Ring{
		{-74, -72.9}, {-102, -71.9}, {-102, -74.9}, {-131, -74.3}, {-163, -77.5}, {163, -77.4}, {172, -71.7},
		{140, -65.9}, {113, -65.7}, {88, -66.6}, {59, -66.9}, {25, -69.8}, {-4, -70}, {-14, -71}, {-33, -77.3},
		{-46, -77.9}, {-61, -74.7},
	}
	for name, tc := range map[string]struct {
		g    orb.Geometry
		want float64
	}{
		"Antarctica":            {antarctica, 13376856682207.4},
		"clockwise":             {cw, one},
		"without last point":    {square(106, 22, 1)[:4], one},
		"a bound":               {square(106, 22, 1).Bound(), one},
		"hole":                  {orb.Polygon{square(106, 22, 1), square(106.2, 22.2, 0.1)}, one - hole},
		"two polygons":          {orb.MultiPolygon{{square(106, 22, 1)}, {square(110, 22, 1)}}, 2 * one},
		"over the antimeridian": {orb.Ring{{179.5, 22}, {-179.5, 22}, {-179.5, 23}, {179.5, 23}}, one},
		"a point":               {orb.Point{106, 22}, 0},
		"no ring":               {orb.Polygon{}, 0},
		"nothing":               {nil, 0},
	} {
		if got := AreaM2(tc.g); math.Abs(got-tc.want) > 1 { // GeographicLib: 0.1 m² an edge
			t.Errorf("%s: %.1f m², want %.1f", name, got, tc.want)
		}
	}
}

func TestAreaOfTheCommunesOfCaoBang(t *testing.T) {
	dir := reference.Dir(t, "realcase/cao_bang")
	b, err := os.ReadFile(filepath.Join(dir, "communes_2025_cao_bang.geojson"))
	if err != nil {
		t.Fatal(err)
	}
	var fc struct {
		Features []struct {
			Properties struct {
				Name    string
				AreaKm2 float64
			}
			Geometry struct{ Coordinates orb.MultiPolygon }
		}
	}
	if err := json.Unmarshal(b, &fc); err != nil {
		t.Fatal(err)
	}
	var sumKm2, declaredKm2 float64
	for _, f := range fc.Features {
		km2 := AreaM2(f.Geometry.Coordinates) / 1e6
		sumKm2 += km2
		declaredKm2 += f.Properties.AreaKm2
		// The file's figures come from the land register, not from its outlines,
		// and differ by up to 3.6 %.
		if d := math.Abs(km2/f.Properties.AreaKm2 - 1); d > 0.04 {
			t.Errorf("%s: %.2f km², the file says %.2f", f.Properties.Name, km2, f.Properties.AreaKm2)
		}
	}
	if math.Abs(sumKm2/declaredKm2-1) > 0.005 {
		t.Errorf("the communes have %.1f km², the file says %.1f", sumKm2, declaredKm2)
	}
}

func BenchmarkLineAt(b *testing.B) {
	l := NewLine(orb.Point{106.26, 22.67}, orb.Point{106.56, 22.87})
	step := l.LengthM / 1000
	var sum float64
	i := 0
	for b.Loop() {
		sum += l.At(float64(i) * step)[1]
		if i++; i > 1000 {
			i = 0
		}
	}
	_ = sum
}

func BenchmarkNewLine(b *testing.B) {
	p, q := orb.Point{106.26, 22.67}, orb.Point{106.56, 22.87}
	for b.Loop() {
		NewLine(p, q)
	}
}
