package crs

import (
	"bufio"
	"bytes"
	"encoding/csv"
	"errors"
	"fmt"
	"math"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"github.com/covgap/covgap/geo"
	"github.com/covgap/covgap/geo/geodesy"
	"github.com/covgap/covgap/geo/reference"
	"github.com/paulmach/orb"
	"pgregory.net/rapid"
)

func Example() {
	vn, err := Lookup("EPSG:9210")
	if err != nil {
		panic(err)
	}
	x, y, err := vn.FromWGS84(orb.Point{106.26, 22.67})
	if err != nil {
		panic(err)
	}
	fmt.Printf("%s: %.2f %.2f\n", vn.Name(), x, y)
	_, err = vn.ToWGS84(y, x)
	fmt.Println(err)
	_, err = Lookup("105-45")
	fmt.Println(err)
	// Output:
	// VN-2000 / TM-3 105-45: 552212.01 2507940.14
	// x 2507940.141, y 552212.0111; expected a position in the area of VN-2000 / TM-3 105-45 (EPSG:9210): longitude 101 to 118, latitude 6 to 24.5 (x and y look swapped: --swap-xy)
	// "105-45" is not a coordinate reference system known here; expected EPSG:4326, 3857, 32601 to 32660 or 32701 to 32760 (UTM); 4756, 5896 to 5899, 9205 to 9218 (VN-2000 TM-3), 3405 or 3406 (VN-2000 UTM); or 2056 (LV95) (did you mean EPSG:9210, VN-2000 / TM-3 105-45?)
}

func mustLookup(tb testing.TB, code string) System {
	tb.Helper()
	s, err := Lookup(code)
	if err != nil {
		tb.Fatal(err)
	}
	return s
}

// projFigures were computed with PROJ 9.1.1 (Debian proj-bin 9.1.1-1+b1, EPSG
// register v10.076):
//
//	printf 'LAT LON\n' | cs2cs -f %.4f EPSG:4326 EPSG:CODE
var projFigures = []struct {
	code, name string
	p          orb.Point
	x, y       float64
}{
	{"EPSG:9210", "VN-2000 / TM-3 105-45", orb.Point{106.26, 22.67}, 552212.0111, 2507940.1414},
	{"EPSG:9210", "VN-2000 / TM-3 105-45", orb.Point{103.2, 20.9}, 234465.4638, 2313990.5416},
	{"EPSG:9205", "VN-2000 / TM-3 103-00", orb.Point{103.2, 20.9}, 520609.5709, 2311892.6933},
	{"EPSG:9218", "VN-2000 / TM-3 108-30", orb.Point{108.2, 14.5}, 467469.4983, 1603640.9963},
	{"EPSG:5896", "VN-2000 / TM-3 zone 481", orb.Point{103.2, 20.9}, 624644.7882, 2312344.9594},
	{"EPSG:5899", "VN-2000 / TM-3 107-45", orb.Point{108.2, 14.5}, 548308.8512, 1603666.8550},
	{"EPSG:3405", "VN-2000 / UTM zone 48N", orb.Point{106.26, 22.67}, 629249.3791, 2507645.4847},
	{"EPSG:3406", "VN-2000 / UTM zone 49N", orb.Point{108.2, 14.5}, 197991.6203, 1604988.4733},
	{"EPSG:32648", "WGS 84 / UTM zone 48N", orb.Point{106.26, 22.67}, 629445.8671, 2507538.2619},
	{"EPSG:32648", "WGS 84 / UTM zone 48N", orb.Point{107.9, 10.8}, 817145.5684, 1195370.3792},
	{"EPSG:32734", "WGS 84 / UTM zone 34S", orb.Point{18.4, -33.9}, 259583.2217, 6245888.0454},
	{"EPSG:3857", "WGS 84 / Pseudo-Mercator", orb.Point{106.26, 22.67}, 11828809.0917, 2592159.2039},
	{"EPSG:3857", "WGS 84 / Pseudo-Mercator", orb.Point{-179, 80}, -19926188.8520, 15538711.0963},
	{"EPSG:2056", "CH1903+ / LV95", orb.Point{8.027221, 46.80884}, 2644924.9795, 1184355.0347},
	{"EPSG:2056", "CH1903+ / LV95", orb.Point{6.15, 46.2}, 2500532.7549, 1117323.3523},
	{"EPSG:2056", "CH1903+ / LV95", orb.Point{9.8, 46.8}, 2780239.7623, 1185916.3396},
}

func TestAgainstFiguresOfPROJ(t *testing.T) {
	for _, tc := range projFigures {
		s := mustLookup(t, tc.code)
		if s.Name() != tc.name || s.Code() != tc.code {
			t.Errorf("%s is %s, %s", tc.code, s.Code(), s.Name())
		}
		x, y, err := s.FromWGS84(tc.p)
		if err != nil {
			t.Fatal(err)
		}
		// The figures have four decimals: half of the last, and PROJ's own 0.1 µm.
		if math.Abs(x-tc.x) > 6e-5 || math.Abs(y-tc.y) > 6e-5 {
			t.Errorf("%s of %v: %.5f, %.5f, PROJ gives %.4f, %.4f", tc.code, tc.p, x, y, tc.x, tc.y)
		}
	}
	// printf '22.67 106.26\n' | cs2cs -f %.10f EPSG:4326 EPSG:4756
	lon, lat, err := mustLookup(t, "EPSG:4756").FromWGS84(orb.Point{106.26, 22.67})
	if err != nil || math.Abs(lon-106.2580966135) > 1e-10 || math.Abs(lat-22.6709834299) > 1e-10 {
		t.Errorf("VN-2000 of 106.26, 22.67: %.10f, %.10f, %v", lon, lat, err)
	}
}

func TestDatumShiftIsThere(t *testing.T) {
	// The same figures read without the shift from VN-2000 to WGS 84 would lie
	// about 220 m away: the difference of EPSG:3405 and EPSG:32648, alike but for
	// the datum.
	p := orb.Point{106.26, 22.67}
	x, y, err := mustLookup(t, "EPSG:3405").FromWGS84(p)
	if err != nil {
		t.Fatal(err)
	}
	q, err := mustLookup(t, "EPSG:32648").ToWGS84(x, y)
	if err != nil {
		t.Fatal(err)
	}
	if d := geodesy.Distance(p, q); d < 210 || d > 235 {
		t.Errorf("VN-2000 lies %.1f m from WGS 84, want about 220", d)
	}
	for _, code := range codes() {
		s, _ := system(code)
		if strings.HasPrefix(s.name, "VN-2000") != (s.datum == &vn2000) {
			t.Errorf("%s, %s: wrong datum", s.Code(), s.name)
		}
	}
}

func TestSwissFormulasAtBern(t *testing.T) {
	// The origin of the projection, by its definition.
	x, y := lv95{}.forward(bernLon/degree, bernLat/degree)
	if math.Abs(x-2_600_000) > 1e-8 || math.Abs(y-1_200_000) > 1e-8 {
		t.Errorf("Bern is at %v, %v", x, y)
	}
}

func TestRoundTrip(t *testing.T) {
	all := codes()
	rapid.Check(t, func(t *rapid.T) {
		s, _ := system(rapid.SampledFrom(all).Draw(t, "code"))
		in := s.area.Pad(-0.01) // the datum shift of 0.002° stays inside
		p := orb.Point{
			rapid.Float64Range(in.Min[0], in.Max[0]).Draw(t, "lon"),
			rapid.Float64Range(in.Min[1], in.Max[1]).Draw(t, "lat"),
		}
		x, y, err := s.FromWGS84(p)
		if err != nil {
			t.Fatal(err)
		}
		back, err := s.ToWGS84(x, y)
		if err != nil {
			t.Fatal(err)
		}
		// Projections return to 10 nm, positions in degrees resolve 3. A change of datum drops the height, at most
		// 120 m between the ellipsoids, which tilts by the shift: 220 m / 6378 km
		// for VN-2000, 650 m for LV95.
		tolM := 2e-8
		if s.datum != nil {
			tolM = 120 * 650 / 6_378_000.0
		}
		if d := geodesy.Distance(p, back); d > tolM {
			t.Fatalf("%s: %v comes back as %v, %.2g m away", s.Code(), p, back, d)
		}
	})
}

func TestTransverseMercatorFarFromItsMeridian(t *testing.T) {
	// Karney 2011, eq 35 to 36: nanometres within 3,900 km. 30° of longitude at
	// the equator are 3,340 km.
	m := utm(48, 0)
	rapid.Check(t, func(t *rapid.T) {
		lon, lat := rapid.Float64Range(75, 135).Draw(t, "lon"), rapid.Float64Range(-89, 89).Draw(t, "lat")
		x, y := m.forward(lon, lat)
		lon2, lat2 := m.inverse(x, y)
		if d := geodesy.Distance(orb.Point{lon, lat}, orb.Point{lon2, lat2}); d > 2e-8 {
			t.Fatalf("%v, %v comes back %.2g m away", lon, lat, d)
		}
	})
}

func TestLookupForms(t *testing.T) {
	for form, want := range map[string]string{
		"EPSG:9210":                     "EPSG:9210",
		"epsg:9210":                     "EPSG:9210",
		"9210\n":                        "EPSG:9210",
		"urn:ogc:def:crs:EPSG::32648":   "EPSG:32648",
		"urn:ogc:def:crs:OGC:1.3:CRS84": "EPSG:4326",
		"OGC:CRS84":                     "EPSG:4326",
		"http://www.opengis.net/def/crs/EPSG/0/3857": "EPSG:3857",
	} {
		s, err := Lookup(form)
		if err != nil || s.Code() != want {
			t.Errorf("Lookup(%q) = %s, %v; want %s", form, s.Code(), err, want)
		}
	}
	if !mustLookup(t, "EPSG:4756").Geographic() || mustLookup(t, "EPSG:9210").Geographic() {
		t.Error("VN-2000 is geographic, its TM-3 zones are not")
	}
}

func TestLookupUnknown(t *testing.T) {
	for code, hint := range map[string]string{
		"EPSG:9120":             "did you mean EPSG:9210, VN-2000 / TM-3 105-45?",
		"EPSG:9219":             "did you mean EPSG:9209, VN-2000 / TM-3 105-30?",
		"EPSG:3262":             "did you mean EPSG:32602, WGS 84 / UTM zone 2N?",
		"EPSG:432":              "did you mean EPSG:4326, WGS 84?",
		"EPSG:32661":            "did you mean EPSG:32616, WGS 84 / UTM zone 16N?",
		"EPSG:32600":            "did you mean EPSG:32601, WGS 84 / UTM zone 1N?",
		"VN-2000":               "did you mean EPSG:4756, VN-2000?",
		"vn2000 / tm3 105-45":   "did you mean EPSG:9210, VN-2000 / TM-3 105-45?",
		"105-45":                "did you mean EPSG:9210, VN-2000 / TM-3 105-45?",
		"LV95":                  "did you mean EPSG:2056, CH1903+ / LV95?",
		"WGS84":                 "did you mean EPSG:4326, WGS 84?",
		"EPSG:27700":            "",
		"":                      "give the number of the system in the EPSG register",
		"British National Grid": "give the number of the system in the EPSG register",
	} {
		_, err := Lookup(code)
		var ie *geo.InputError
		if !errors.Is(err, ErrUnknown) || !errors.As(err, &ie) {
			t.Errorf("Lookup(%q): %v, want an InputError around ErrUnknown", code, err)
			continue
		}
		if ie.Hint != hint {
			t.Errorf("Lookup(%q): hint %q, want %q", code, ie.Hint, hint)
		}
		if !strings.Contains(ie.Error(), "9205 to 9218") {
			t.Errorf("Lookup(%q): %v does not name what there is", code, ie)
		}
	}
}

func TestOutsideTheArea(t *testing.T) {
	for _, tc := range []struct {
		code string
		x, y float64
		hint string
	}{
		{"EPSG:9210", 2507940, 552212, "swapped"},
		{"EPSG:9210", 106.26, 22.67, "EPSG:4326"},
		{"EPSG:9210", 552212, 7_507_940, "zone"},
		{"EPSG:9210", math.NaN(), 0, ""},
		{"EPSG:9210", math.Inf(1), 2507940, ""},
		{"EPSG:32648", 629445, 12_507_538, "zone"},
		{"EPSG:32648", 1e9, 1e9, "zone"},
		{"EPSG:4326", 552212, 2507940, "EPSG:9210"},
		{"EPSG:4326", 22.67, 106.26, "swapped"},
		{"EPSG:4756", 10, 22, ""},
		{"EPSG:2056", 1184355, 2644924, "swapped"},
		{"EPSG:2056", -2e7, 0, "zone"},
		{"EPSG:3857", 1e10, 0, "zone"},
	} {
		p, err := mustLookup(t, tc.code).ToWGS84(tc.x, tc.y)
		var ie *geo.InputError
		if !errors.Is(err, ErrOutside) || !errors.As(err, &ie) {
			t.Errorf("%s of %v, %v = %v, %v; want an InputError around ErrOutside", tc.code, tc.x, tc.y, p, err)
			continue
		}
		if !strings.Contains(ie.Hint, tc.hint) {
			t.Errorf("%s of %v, %v: hint %q, want it to speak of %s", tc.code, tc.x, tc.y, ie.Hint, tc.hint)
		}
	}
	for _, tc := range []struct {
		code string
		p    orb.Point
	}{
		{"EPSG:9210", orb.Point{22.67, 106.26}},
		{"EPSG:9210", orb.Point{8.5, 46.8}},
		{"EPSG:9210", orb.Point{math.NaN(), 22}},
		{"EPSG:32648", orb.Point{120, 22}},
		{"EPSG:32648", orb.Point{106, -1}},
		{"EPSG:32748", orb.Point{106, 1}},
		{"EPSG:3857", orb.Point{106, 89}},
		{"EPSG:2056", orb.Point{106, 22}},
		{"EPSG:4326", orb.Point{0, math.Inf(-1)}},
	} {
		if x, y, err := mustLookup(t, tc.code).FromWGS84(tc.p); !errors.Is(err, ErrOutside) {
			t.Errorf("%s of %v = %v, %v, %v; want ErrOutside", tc.code, tc.p, x, y, err)
		}
	}
}

// TestAgainstPROJ compares every system with the cs2cs of the machine at random
// positions.
func TestAgainstPROJ(t *testing.T) {
	if _, err := exec.LookPath("cs2cs"); err != nil {
		reference.Missing(t, "proj", err.Error())
	}
	r := rand.New(rand.NewPCG(9210, 6960))
	for _, code := range codes() {
		if zone := code % 100; code > codeUTMNorth && zone%9 != 3 && zone != 48 {
			continue // eight zones of each hemisphere will do
		}
		s, _ := system(code)
		area := s.area.Pad(-0.01)
		if s.datum == &vn2000 {
			// In the Mekong delta PROJ prefers EPSG:5681, parameters of 2 blocks.
			area = orb.Bound{Min: orb.Point{102.2, 11.5}, Max: orb.Point{109.4, 23.3}}
		}
		if code == codeLV95 {
			area = orb.Bound{Min: orb.Point{6, 45.9}, Max: orb.Point{10.4, 47.7}}
		}
		var ps []orb.Point
		var in strings.Builder
		for range 20 {
			p := orb.Point{
				area.Min[0] + r.Float64()*(area.Max[0]-area.Min[0]),
				area.Min[1] + r.Float64()*(area.Max[1]-area.Min[1]),
			}
			ps = append(ps, p)
			fmt.Fprintf(&in, "%.12f %.12f\n", p.Lat(), p.Lon())
		}
		cmd := exec.Command("cs2cs", "-f", "%.11f", "EPSG:4326", s.Code())
		cmd.Stdin = strings.NewReader(in.String())
		out, err := cmd.Output()
		if err != nil {
			t.Fatalf("cs2cs to %s: %v", s.Code(), err)
		}
		lines := bufio.NewScanner(strings.NewReader(string(out)))
		for _, p := range ps {
			if !lines.Scan() {
				t.Fatalf("%s: cs2cs gives too few lines", s.Code())
			}
			f := strings.Fields(lines.Text())
			wantX, errX := strconv.ParseFloat(f[0], 64)
			wantY, errY := strconv.ParseFloat(f[1], 64)
			if errX != nil || errY != nil {
				t.Fatalf("%s: cs2cs gives %q for %v", s.Code(), lines.Text(), p)
			}
			tol := 1e-4 // metres, as the package states
			if s.Geographic() {
				wantX, wantY = wantY, wantX // in the register's order, latitude first
				tol = 1e-9
			}
			x, y, err := s.FromWGS84(p)
			if err != nil {
				t.Fatal(err)
			}
			if math.Abs(x-wantX) > tol || math.Abs(y-wantY) > tol {
				t.Errorf("%s of %v: %.6f, %.6f, PROJ gives %.6f, %.6f", s.Code(), p, x, y, wantX, wantY)
			}
		}
	}
}

func TestSitesOfTheSwissRegister(t *testing.T) {
	dir := reference.Dir(t, "realcase/swiss_uri")
	b, err := os.ReadFile(filepath.Join(dir, "sites_bakom_2018.csv"))
	if err != nil {
		t.Fatal(err)
	}
	rows, err := csv.NewReader(bytes.NewReader(b)).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	s := mustLookup(t, "EPSG:2056")
	var worst float64
	for _, row := range rows[1:] {
		var v [4]float64 // lon, lat, E, N
		for i := range v {
			if v[i], err = strconv.ParseFloat(row[i+1], 64); err != nil {
				t.Fatal(err)
			}
		}
		p, err := s.ToWGS84(v[2], v[3])
		if err != nil {
			t.Fatalf("%s: %v", row[0], err)
		}
		worst = max(worst, geodesy.Distance(p, orb.Point{v[0], v[1]}))
	}
	// Eastings are whole metres, the datum is good to 1 m.
	if worst > 2 || len(rows) < 500 {
		t.Errorf("%d sites, up to %.2f m apart", len(rows)-1, worst)
	}
}

func FuzzLookup(f *testing.F) {
	for _, s := range []string{"EPSG:9210", "urn:ogc:def:crs:OGC:1.3:CRS84", "vn-2000 105-45", "EPSG:-1", "99999999999999999999"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, code string) {
		s, err := Lookup(code)
		if (err == nil) == (s.name == "") || err != nil && !errors.Is(err, ErrUnknown) {
			t.Errorf("Lookup(%q) = %+v, %v", code, s, err)
		}
	})
}

func BenchmarkToWGS84(b *testing.B) {
	s := mustLookup(b, "EPSG:9210")
	for b.Loop() {
		if _, err := s.ToWGS84(552212, 2507940); err != nil {
			b.Fatal(err)
		}
	}
}
