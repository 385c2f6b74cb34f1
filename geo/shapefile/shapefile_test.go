package shapefile

import (
	"archive/zip"
	"bytes"
	"context"
	"encoding/binary"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/covgap/covgap/geo"
	"github.com/covgap/covgap/geo/internal/geotest"
	"github.com/covgap/covgap/geo/reference"
	"github.com/google/go-cmp/cmp"
	"github.com/paulmach/orb"
)

// Villages as GeoJSON, for GDAL to turn into a shapefile: codes, Vietnamese names, a
// hole, two parts, nothing.
const villages = `{"type":"FeatureCollection","features":[
{"type":"Feature","properties":{"code":"01273","name":"Nà Lừa","households":48,"level":-104.5,"seen":"2025-08-31"},"geometry":{"type":"Polygon","coordinates":[[[106,22],[106.4,22],[106.4,22.4],[106,22.4],[106,22]],[[106.1,22.1],[106.1,22.2],[106.2,22.2],[106.2,22.1],[106.1,22.1]]]}},
{"type":"Feature","properties":{"code":"04","name":"Thôn Đồng Mu","households":null,"level":null,"seen":null},"geometry":{"type":"MultiPolygon","coordinates":[[[[107,22],[107.1,22],[107.1,22.1],[107,22.1],[107,22]]],[[[107.5,22],[107.6,22],[107.6,22.1],[107.5,22.1],[107.5,22]]]]}},
{"type":"Feature","properties":{"code":"05","name":"Không có chỗ","households":1,"level":0,"seen":"2022-06-30"},"geometry":null}]}`

func convert(t testing.TB, args ...string) string {
	t.Helper()
	if _, err := exec.LookPath("ogr2ogr"); err != nil {
		reference.Missing(t, "gdal", "ogr2ogr")
	}
	dir := t.TempDir()
	in, out := filepath.Join(dir, "in.geojson"), filepath.Join(dir, "villages.shp")
	if err := os.WriteFile(in, []byte(villages), 0o600); err != nil {
		t.Fatal(err)
	}
	if b, err := exec.Command("ogr2ogr", append(args, out, in)...).CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, b)
	}
	return out
}

func collect(t testing.TB, name, layer string) (*File, []geo.Feature, []error) {
	t.Helper()
	f, err := Open(name, layer, "")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = f.Close() }()
	features, errs := geotest.Collect(f.Rows(context.Background()))
	return f, features, errs
}

func TestReadWhatGDALWrites(t *testing.T) {
	name := convert(t, "-lco", "ENCODING=UTF-8")
	f, got, errs := collect(t, name, "")
	if f.CRS != "EPSG:4326" || errs != nil {
		t.Errorf("CRS %q, errors %v", f.CRS, errs)
	}
	if d := cmp.Diff([]string{"code", "name", "households", "level", "seen"}, f.Columns); d != "" {
		t.Error(d)
	}
	if d := cmp.Diff(orb.Polygon{
		{{106, 22}, {106.4, 22}, {106.4, 22.4}, {106, 22.4}, {106, 22}},
		{{106.1, 22.1}, {106.1, 22.2}, {106.2, 22.2}, {106.2, 22.1}, {106.1, 22.1}},
	}, got[0].Geometry); d != "" {
		t.Error(d)
	}
	if m, ok := got[1].Geometry.(orb.MultiPolygon); !ok || len(m) != 2 || m[0][0].Orientation() != orb.CCW {
		t.Errorf("second geometry %v", got[1].Geometry)
	}
	if got[2].Geometry != nil {
		t.Errorf("third geometry %v", got[2].Geometry)
	}
	var values []string
	for _, r := range got {
		for _, v := range r.Fields {
			values = append(values, v.Value)
		}
	}
	if d := cmp.Diff([]string{"01273", "Nà Lừa", "48", "-104.500000000000000", "2025-08-31", "04", "Thôn Đồng Mu", "", "", "",
		"05", "Không có chỗ", "1", "0.000000000000000", "2022-06-30"}, values); d != "" {
		t.Error(d)
	}
}

func TestProjectedAndOtherEncoding(t *testing.T) {
	f, got, _ := collect(t, convert(t, "-t_srs", "EPSG:9210", "-lco", "ENCODING=ISO-8859-1"), "")
	if f.CRS != "EPSG:9210" {
		t.Errorf("CRS %q", f.CRS)
	}
	if p := got[0].Geometry.Bound().Min; p[0] < 500_000 || p[0] > 550_000 || p[1] < 2_400_000 || p[1] > 2_450_000 {
		t.Errorf("corner %v is not in metres of the zone", p)
	}
	if v, _ := got[2].Field("name"); !strings.HasPrefix(v.Value, "Không") { // GDAL replaces what Latin-1 has not
		t.Errorf("name %q", v.Value)
	}
}

func TestZip(t *testing.T) {
	name := convert(t)
	archive := filepath.Join(t.TempDir(), "v.zip")
	var b bytes.Buffer
	w := zip.NewWriter(&b)
	for _, ext := range []string{".shp", ".dbf", ".shx", ".prj"} {
		body, err := os.ReadFile(strings.TrimSuffix(name, ".shp") + ext)
		if err != nil {
			t.Fatal(err)
		}
		for _, dir := range []string{"a/", "__MACOSX/a/._"} {
			e, err := w.Create(dir + "Villages" + strings.ToUpper(ext))
			if err != nil {
				t.Fatal(err)
			}
			if _, err := e.Write(body); err != nil {
				t.Fatal(err)
			}
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(archive, b.Bytes(), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, got, errs := collect(t, archive, "villages"); len(got) != 3 || errs != nil {
		t.Errorf("%d records, %v", len(got), errs)
	}
	if _, err := Open(archive, "roads", ""); !errors.Is(err, ErrFormat) {
		t.Errorf("another layer: %v", err)
	}
}

// made builds a shapefile of one polygon by hand.
func made(shp func([]byte) []byte, dbf func([]byte) []byte) fstest.MapFS {
	body := binary.LittleEndian.AppendUint32(nil, polygon)
	body = append(body, make([]byte, 32)...)
	body = binary.LittleEndian.AppendUint32(body, 1)
	body = binary.LittleEndian.AppendUint32(body, 4)
	body = binary.LittleEndian.AppendUint32(body, 0)
	for _, v := range []uint64{0, 0, 0x3ff0000000000000, 0x3ff0000000000000, 0x3ff0000000000000, 0, 0, 0} {
		body = binary.LittleEndian.AppendUint64(body, v)
	}
	s := make([]byte, 100)
	binary.BigEndian.PutUint32(s, 9994)
	s = binary.BigEndian.AppendUint32(s, 1)
	s = binary.BigEndian.AppendUint32(s, uint32(len(body)/2))
	s = append(s, body...)
	d := make([]byte, 65)
	binary.LittleEndian.PutUint32(d[4:], 1)
	binary.LittleEndian.PutUint16(d[8:], 65)
	binary.LittleEndian.PutUint16(d[10:], 6)
	copy(d[32:], "name")
	d[43], d[48], d[64] = 'C', 5, '\r'
	d = append(d, " N\xc3\xa0  "...)
	return fstest.MapFS{"v.shp": {Data: shp(s)}, "v.dbf": {Data: dbf(d)}}
}

func same(b []byte) []byte { return b }

func rows(fsys fstest.MapFS) (n int, last error) {
	f, err := open(fsys, "v.shp", "v.shp", "", nil)
	if err != nil {
		return 0, err
	}
	defer func() { _ = f.Close() }()
	for _, err := range f.Rows(context.Background()) {
		if err != nil {
			last = err
			continue
		}
		n++
	}
	return n, last
}

func TestBrokenFiles(t *testing.T) {
	if n, err := rows(made(same, same)); n != 1 || err != nil {
		t.Fatalf("the whole file: %d records, %v", n, err)
	}
	put := func(at int, v uint32) func([]byte) []byte {
		return func(b []byte) []byte { binary.LittleEndian.PutUint32(b[at:], v); return b }
	}
	for _, c := range []struct {
		name     string
		shp, dbf func([]byte) []byte
		want     error
	}{
		{"empty", func([]byte) []byte { return nil }, same, ErrFormat},
		{"empty table", same, func([]byte) []byte { return nil }, ErrFormat},
		{"cut", func(b []byte) []byte { return b[:150] }, same, ErrFormat},
		{"cut table", same, func(b []byte) []byte { return b[:67] }, ErrFormat},
		{"other magic", func(b []byte) []byte { b[0] = 1; return b }, same, ErrFormat},
		{"two billion bytes", func(b []byte) []byte { binary.BigEndian.PutUint32(b[104:], 1<<30); return b }, same, ErrFormat},
		{"two billion parts", put(108+36, 1<<31-1), same, ErrFeature},
		{"two billion positions", put(108+40, 1<<31-1), same, ErrFeature},
		{"part outside", put(108+44, 100), same, ErrFeature},
		{"type 99", put(108, 99), same, ErrFeature},
		{"no table record", same, put(4, 0), ErrFormat},
		{"column outside", same, func(b []byte) []byte { b[48] = 200; return b }, ErrFormat},
	} {
		if n, err := rows(made(c.shp, c.dbf)); n != 0 || !errors.Is(err, c.want) {
			t.Errorf("%s: %d records, %v", c.name, n, err)
		}
	}
	fsys := made(same, same)
	fsys["v.cpg"] = &fstest.MapFile{Data: []byte("KLINGON")}
	if _, err := rows(fsys); !errors.Is(err, ErrFormat) {
		t.Errorf("unknown encoding: %v", err)
	}
	delete(fsys, "v.dbf")
	if _, err := rows(fsys); !errors.Is(err, ErrFormat) {
		t.Errorf("no table: %v", err)
	}
}

// "Thục" in Windows-1258 and TCVN3, with and without a .cpg file that says so; GDAL
// writes CP1258 into it.
func TestEncoding(t *testing.T) {
	for _, c := range []struct{ text, cpg, named, want, guessed string }{
		{"Thu\xf2c", "", "", "Thục", "windows-1258"},
		{"Thu\xf2c", "UTF-8", "", "Thục", "windows-1258"},
		{"Thu\xf2c", "CP1258", "", "Thục", ""},
		{"Thu\xf2c", "cp-1258", "", "Thục", ""},
		{"Thu\xf2c", "ANSI 1258", "", "Thục", ""},
		{"Thu\xf2c", "CP1252", "windows-1258", "Thục", ""},
		{"Th\xf4c ", "TCVN3", "", "Thục", ""},
		{"Th\xf4c ", "", "tcvn3", "Thục", ""},
		{"Z\xfcri ", "", "", "Züri", "windows-1252"},
		{"Z\xfcri ", "1252", "", "Züri", ""},
		{"abc\xe1\xbb", "", "", "abc", ""}, // UTF-8, cut in a letter
	} {
		fsys := made(same, func(b []byte) []byte { return append(b[:66], c.text...) })
		if c.cpg != "" {
			fsys["v.cpg"] = &fstest.MapFile{Data: []byte(c.cpg)}
		}
		f, err := open(fsys, "v.shp", "v.shp", c.named, nil)
		if err != nil {
			t.Errorf("%q, %s: %v", c.text, c.cpg, err)
			continue
		}
		features, _ := geotest.Collect(f.Rows(context.Background()))
		if got := features[0].Fields[0].Value; got != c.want || f.Guessed != c.guessed {
			t.Errorf("%q, .cpg %q, named %q: %q, guessed %q", c.text, c.cpg, c.named, got, f.Guessed)
		}
	}
}

func FuzzRows(f *testing.F) {
	whole := made(same, same)
	f.Add(whole["v.shp"].Data, whole["v.dbf"].Data)
	f.Fuzz(func(_ *testing.T, shp, dbf []byte) {
		_, _ = rows(fstest.MapFS{"v.shp": {Data: shp}, "v.dbf": {Data: dbf}})
	})
}
