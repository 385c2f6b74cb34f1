package gpkg

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/covgap/covgap/geo/internal/geotest"
	"github.com/covgap/covgap/geo/reference"
	"github.com/covgap/covgap/geo/table"
	"github.com/paulmach/orb"
)

var villages = Layer{
	Layer: table.Layer{
		Name: "villages", Title: "Thôn/xóm", About: "Made for a test.",
		Columns: []table.Column{
			{Name: "code", Label: "Mã"}, {Name: "name"},
			{Name: "households", Type: table.Integer}, {Name: "level", Type: table.Number, Decimals: 1, Label: "Mức thu"},
			{Name: "grid", Type: table.Boolean}, {Name: "seen", Type: table.Date},
		},
	},
	Geometry: MultiPolygon,
	Styles:   []Style{{Name: "class", QML: "<qgis/>"}, {Name: "level", QML: "<qgis/>", SLD: "<sld/>"}},
}

func write(t testing.TB, path string) {
	t.Helper()
	f, err := Create(path, Options{Changed: time.Date(1980, 1, 1, 0, 0, 0, 0, time.UTC), Metadata: `{"a":1}`, MetadataMIME: "application/json"})
	if err != nil {
		t.Fatal(err)
	}
	w, err := f.Layer(villages)
	if err != nil {
		t.Fatal(err)
	}
	for _, r := range []struct {
		g      orb.Geometry
		values []any
	}{
		{geotest.Square(105, 22, 0.1), []any{"01273", "Nà Lừa", 48, -104.26, true, "2025-08-31"}},
		{orb.MultiPolygon{geotest.Square(106, 22, 0.1), geotest.Square(106.5, 22.5, 0.1)}, []any{"04", nil, nil, nil, false, nil}},
		{nil, []any{"05", "no place", 1, 0.0, nil, ""}},
	} {
		if err := w.Write(r.g, r.values...); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	w, err = f.Layer(Layer{Layer: table.Layer{Name: "sites", Columns: []table.Column{{Name: "id"}}}, Geometry: Point})
	if err != nil {
		t.Fatal(err)
	}
	if err := errors.Join(w.Write(orb.Point{105.5, 22.25}, "A-1"), w.Close()); err != nil {
		t.Fatal(err)
	}
	w, err = f.Layer(Layer{Layer: table.Layer{Name: "counts", Columns: []table.Column{{Name: "n", Type: table.Integer}}}})
	if err != nil {
		t.Fatal(err)
	}
	if err := errors.Join(w.Write(nil, 7), w.Close(), f.Close()); err != nil {
		t.Fatal(err)
	}
}

func TestSameBytes(t *testing.T) {
	a, b := filepath.Join(t.TempDir(), "a.gpkg"), filepath.Join(t.TempDir(), "b.gpkg")
	write(t, a)
	write(t, b)
	ab, err := os.ReadFile(a)
	if err != nil {
		t.Fatal(err)
	}
	bb, err := os.ReadFile(b)
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(ab, bb) {
		t.Error("two files of the same records differ")
	}
}

func TestGDALReadsIt(t *testing.T) {
	if _, err := exec.LookPath("ogrinfo"); err != nil {
		reference.Missing(t, "gdal", "ogrinfo")
	}
	path := filepath.Join(t.TempDir(), "a.gpkg")
	write(t, path)
	out, err := exec.Command("ogrinfo", "-al", path).CombinedOutput()
	if err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	if bytes.Contains(out, []byte("Warning")) || bytes.Contains(out, []byte("ERROR")) {
		t.Errorf("ogrinfo says: %s", out)
	}
	for _, want := range []string{
		"code: String (0.0)", "name: String (0.0)\n", "households: Integer64 (0.0)\n",
		"level: Real (0.0)", "grid: Integer(Boolean) (0.0)\n", "seen: Date (0.0)\n",
		"  code (String) = 01273\n", "  name (String) = Nà Lừa\n", "  households (Integer64) = 48\n", "  level (Real) = -104.3\n",
		"  grid (Integer(Boolean)) = 1\n", "  seen (Date) = 2025/08/31\n",
		"IDENTIFIER=Thôn/xóm", "GPKG_METADATA_ITEM_1={\"a\":1}", "Extent: (105.000000, 22.000000) - (106.600000, 22.600000)",
	} {
		if !strings.Contains(string(out), want) {
			t.Errorf("ogrinfo does not say %q", want)
		}
	}
	if out, err := exec.Command("/usr/bin/python3", "-m", "osgeo_utils.samples.validate_gpkg", path).CombinedOutput(); err != nil {
		t.Errorf("validate_gpkg: %v\n%s", err, out)
	}
	// The R-tree answers a spatial query.
	out, err = exec.Command("ogrinfo", "-so", "-spat", "106.45", "22.4", "107", "23", path, "villages").CombinedOutput()
	if err != nil || !bytes.Contains(out, []byte("Feature Count: 1")) {
		t.Errorf("%v\n%s", err, out)
	}
	// Editing by another program keeps the R-tree true.
	if out, err := exec.Command("ogrinfo", path, "-dialect", "SQLite", "-sql", "DELETE FROM villages WHERE code = '04'").CombinedOutput(); err != nil {
		t.Errorf("%v\n%s", err, out)
	}
}

func TestWrongUse(t *testing.T) {
	for name, use := range map[string]func(f *File) error{
		"reserved layer": func(f *File) error {
			_, err := f.Layer(Layer{Layer: table.Layer{Name: "gpkg_contents"}})
			return err
		},
		"reserved column": func(f *File) error {
			_, err := f.Layer(Layer{Layer: table.Layer{Name: "a", Columns: []table.Column{{Name: "FID"}}}})
			return err
		},
		"layer in a layer": func(f *File) error {
			if _, err := f.Layer(Layer{Layer: table.Layer{Name: "a"}}); err != nil {
				return nil
			}
			_, err := f.Layer(Layer{Layer: table.Layer{Name: "b"}})
			return err
		},
		"other geometry": func(f *File) error {
			w, err := f.Layer(Layer{Layer: table.Layer{Name: "a"}, Geometry: Point})
			if err != nil {
				return nil
			}
			return w.Write(geotest.Square(0, 0, 1))
		},
		"metres": func(f *File) error {
			w, err := f.Layer(Layer{Layer: table.Layer{Name: "a"}, Geometry: Point})
			if err != nil {
				return nil
			}
			return w.Write(orb.Point{500000, 2500000})
		},
		"empty polygon": func(f *File) error {
			w, err := f.Layer(Layer{Layer: table.Layer{Name: "a"}, Geometry: Polygon})
			if err != nil {
				return nil
			}
			return w.Write(orb.Polygon{})
		},
		"too few values": func(f *File) error {
			w, err := f.Layer(Layer{Layer: table.Layer{Name: "a", Columns: []table.Column{{Name: "x"}}}})
			if err != nil {
				return nil
			}
			return w.Write(nil)
		},
	} {
		f, err := Create(filepath.Join(t.TempDir(), "a.gpkg"), Options{})
		if err != nil {
			t.Fatal(err)
		}
		if err := use(f); err == nil {
			t.Errorf("%s: no error", name)
		}
		_ = f.Close() // says the same error again, or that a layer is open
	}
}

// A million hexagons, as a province at full resolution has them:
//
//	go test -run - -bench Million -benchtime 1x ./geo/gpkg
func BenchmarkMillionHexes(b *testing.B) {
	layer := Layer{
		Layer: table.Layer{Name: "coverage", Columns: []table.Column{
			{Name: "hex_id"}, {Name: "quantity"}, {Name: "signal_dbm", Type: table.Number, Decimals: 1}, {Name: "class"},
			{Name: "operator"}, {Name: "technology"}, {Name: "best_sector"}, {Name: "servers", Type: table.Integer},
		}},
		Geometry: Polygon,
	}
	for b.Loop() {
		path := filepath.Join(b.TempDir(), "a.gpkg")
		f, err := Create(path, Options{})
		if err != nil {
			b.Fatal(err)
		}
		w, err := f.Layer(layer)
		if err != nil {
			b.Fatal(err)
		}
		for i := range 1_000_000 {
			x, y := 105+0.001*float64(i%1000), 22+0.001*float64(i/1000)
			hex := orb.Polygon{{{x, y}, {x + .0004, y - .0002}, {x + .0008, y}, {x + .0008, y + .0005}, {x + .0004, y + .0007}, {x, y + .0005}, {x, y}}}
			if err := w.Write(hex, fmt.Sprintf("8a41%011x", i), "RSRP", -90-float64(i%400)/10, "weak", "Viettel", "LTE", "CB-0042-1", i%7); err != nil {
				b.Fatal(err)
			}
		}
		if err := errors.Join(w.Close(), f.Close()); err != nil {
			b.Fatal(err)
		}
		info, err := os.Stat(path)
		if err != nil {
			b.Fatal(err)
		}
		b.ReportMetric(float64(info.Size())/1e6, "MB")
	}
}
