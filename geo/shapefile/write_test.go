package shapefile

import (
	"archive/zip"
	"bytes"
	"errors"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/covgap/covgap/geo/internal/geotest"
	"github.com/covgap/covgap/geo/reference"
	"github.com/covgap/covgap/geo/table"
	"github.com/google/go-cmp/cmp"
	"github.com/paulmach/orb"
)

var written = Options{Modified: time.Date(1980, 1, 1, 0, 0, 0, 0, time.UTC), Layer: table.Layer{Name: "villages", Columns: []table.Column{
	{Name: "code"}, {Name: "name"}, {Name: "households", Type: table.Integer}, {Name: "antenna_height_m", Type: table.Number, Decimals: 1},
	{Name: "antenna_height_asl_m", Type: table.Number}, {Name: "grid", Type: table.Boolean}, {Name: "seen", Type: table.Date},
}}}

var hole = orb.Ring{{106.125, 22.125}, {106.25, 22.25}, {106.25, 22.125}, {106.125, 22.125}}

func writeZip(t testing.TB) (path string, cut int) {
	t.Helper()
	var b bytes.Buffer
	w, err := NewWriter(&b, written)
	if err != nil {
		t.Fatal(err)
	}
	for _, r := range [][]any{
		{geotest.Square(105, 22, 0.5), "01273", "Nà Lừa", 48, 42.55, 1042.123456789, true, "2025-08-31"},
		{orb.MultiPolygon{append(geotest.Square(106, 22, 0.5), hole), geotest.Square(107, 22, 0.5)}, "04", strings.Repeat("ỷ", 100), nil, nil, nil, false, nil},
		{nil, "05", nil, -1, 0.0, 1e300, nil, nil},
	} {
		g, _ := r[0].(orb.Geometry)
		if err := w.Write(g, r[1:]...); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	path = filepath.Join(t.TempDir(), "v.zip")
	if err := os.WriteFile(path, b.Bytes(), 0o600); err != nil {
		t.Fatal(err)
	}
	return path, w.Cut()
}

func TestRoundTrip(t *testing.T) {
	path, cut := writeZip(t)
	f, got, errs := collect(t, path, "")
	if f.CRS != "EPSG:4326" || errs != nil || cut != 1 {
		t.Errorf("CRS %q, %v, %d texts cut", f.CRS, errs, cut)
	}
	if d := cmp.Diff([]string{"code", "name", "households", "antenna_height_m", "antenna_height_asl_m", "grid", "seen"}, f.Columns); d != "" {
		t.Error(d)
	}
	type record struct {
		Geometry orb.Geometry
		Values   []string
	}
	var records []record
	for _, r := range got {
		one := record{Geometry: r.Geometry}
		for _, v := range r.Fields {
			one.Values = append(one.Values, v.Value)
		}
		records = append(records, one)
	}
	if d := cmp.Diff([]record{
		{geotest.Square(105, 22, 0.5), []string{"01273", "Nà Lừa", "48", "42.5", "1042.123456789", "true", "2025-08-31"}}, // a tie goes to the even digit
		{orb.MultiPolygon{append(geotest.Square(106, 22, 0.5), hole), geotest.Square(107, 22, 0.5)}, []string{"04", strings.Repeat("ỷ", 84), "", "", "", "false", ""}},
		{nil, []string{"05", "", "-1", "0", "1e+300", "", ""}},
	}, records); d != "" {
		t.Error(d)
	}
}

func TestGDALReadsWhatIsWritten(t *testing.T) {
	if _, err := exec.LookPath("ogrinfo"); err != nil {
		reference.Missing(t, "gdal", "ogrinfo")
	}
	path, _ := writeZip(t)
	out, err := exec.Command("ogrinfo", "-al", "/vsizip/"+path).CombinedOutput()
	if err != nil || bytes.Contains(out, []byte("Warning")) || bytes.Contains(out, []byte("ERROR")) {
		t.Fatalf("ogrinfo: %v\n%s", err, out)
	}
	for _, want := range []string{
		"Layer name: villages", "Geometry: Polygon", "Feature Count: 3", "Extent: (105.000000, 22.000000) - (107.500000, 22.500000)", `ID["EPSG",4326]`,
		"code: String", "households: Integer", "antenna_he: Real", "seen: Date",
		"  code (String) = 01273\n", "  name (String) = Nà Lừa\n", "  antenna_h1 (Real) = 1042.123456789\n", "  households (Integer) = (null)\n",
		"MULTIPOLYGON (((106 22,106.0 22.5", "(106.125 22.125,106.25 22.125,106.25 22.25,106.125 22.125)",
	} {
		if !strings.Contains(string(out), want) {
			t.Errorf("ogrinfo does not say %q in\n%s", want, out)
		}
	}
}

// The short names stand beside the long ones in the archive.
func TestNames(t *testing.T) {
	path, _ := writeZip(t)
	z, err := zip.OpenReader(path)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = z.Close() }()
	f, err := z.Open("villages.csv")
	if err != nil {
		t.Fatal(err)
	}
	b, err := io.ReadAll(f)
	if err != nil || !bytes.Contains(b, []byte("antenna_h1,antenna_height_asl_m,\n")) {
		t.Errorf("%v\n%s", err, b)
	}
	if d := cmp.Diff([]string{"Do_cao", "column", "column1", "a123456789", "A123456781"},
		FieldNames([]table.Column{{Name: "Độ_cao"}, {Name: "%"}, {Name: "€"}, {Name: "a1234567890"}, {Name: "A1234567891"}})); d != "" {
		t.Error(d)
	}
}

// Points, lines and tables without columns come back too.
func TestOtherShapes(t *testing.T) {
	for _, g := range []orb.Geometry{
		orb.Point{106.25, 22.5}, orb.MultiPoint{{106, 22}, {107, 23}}, orb.LineString{{106, 22}, {107, 23}},
		orb.MultiLineString{{{106, 22}, {107, 23}}, {{106, 23}, {107, 22}, {108, 22}}},
	} {
		var b bytes.Buffer
		w, err := NewWriter(&b, Options{Layer: table.Layer{Name: "a"}})
		if err != nil {
			t.Fatal(err)
		}
		if err := errors.Join(w.Write(g), w.Close()); err != nil {
			t.Fatal(err)
		}
		path := filepath.Join(t.TempDir(), "a.zip")
		if err := os.WriteFile(path, b.Bytes(), 0o600); err != nil {
			t.Fatal(err)
		}
		_, got, errs := collect(t, path, "")
		if len(got) != 1 || errs != nil || !orb.Equal(got[0].Geometry, g) {
			t.Errorf("%v became %v, %v", g, got, errs)
		}
	}
}

func TestWrongUse(t *testing.T) {
	for name, c := range map[string]struct {
		g      orb.Geometry
		values []any
		want   error
	}{
		"too few values": {orb.Point{1, 2}, nil, table.ErrSchema},
		"other shape":    {geotest.Square(1, 22, 1), []any{"a"}, table.ErrGeometry},
		"metres":         {orb.Point{500_000, 2e6}, []any{"a"}, table.ErrGeometry},
	} {
		w, err := NewWriter(io.Discard, Options{Layer: table.Layer{Name: "a", Columns: []table.Column{{Name: "x"}}}})
		if err != nil {
			t.Fatal(err)
		}
		if err := w.Write(orb.Point{1, 2}, "a"); err != nil {
			t.Fatal(err)
		}
		if err := w.Write(c.g, c.values...); !errors.Is(err, c.want) {
			t.Errorf("%s: %v", name, err)
		}
		if err := w.Close(); !errors.Is(err, c.want) {
			t.Errorf("%s, Close: %v", name, err)
		}
	}
}
