package data_test

import (
	"bytes"
	"context"
	"encoding/binary"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
	"unicode/utf16"

	"github.com/covgap/covgap/data"
	"github.com/covgap/covgap/geo/geodesy"
	"github.com/covgap/covgap/geo/gpkg"
	"github.com/covgap/covgap/geo/reference"
	"github.com/covgap/covgap/geo/table"
	"github.com/covgap/covgap/geo/xlsx"
	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"github.com/paulmach/orb"
)

// hamlets are the same three villages in every format.
var hamlets = []struct {
	id, name   string
	households int
	outline    orb.Polygon
}{
	{"01273-01", "Nà Lừa", 48, orb.Polygon{{{106.2, 22.6}, {106.21, 22.6}, {106.21, 22.61}, {106.2, 22.61}, {106.2, 22.6}}}},
	{"01273-02", "Đồng Mu", 12, orb.Polygon{{{106.3, 22.6}, {106.31, 22.6}, {106.31, 22.61}, {106.3, 22.6}}}},
	{"04", "Lũng Ỷ", 7, orb.Polygon{{{106.4, 22.7}, {106.42, 22.7}, {106.42, 22.72}, {106.4, 22.7}}}},
}

func writeGeoPackage(t *testing.T, path string) {
	t.Helper()
	f, err := gpkg.Create(path, gpkg.Options{})
	if err != nil {
		t.Fatal(err)
	}
	w, err := f.Layer(gpkg.Layer{Geometry: gpkg.Polygon, Layer: table.Layer{Name: "hamlets", Columns: []table.Column{{Name: "id"}, {Name: "name"}, {Name: "households", Type: table.Integer}}}})
	if err != nil {
		t.Fatal(err)
	}
	for _, h := range hamlets {
		err = errors.Join(err, w.Write(h.outline, h.id, h.name, h.households))
	}
	if err := errors.Join(err, w.Close(), f.Close()); err != nil {
		t.Fatal(err)
	}
}

// The same villages come out of every format, whatever coordinate system it declares.
func TestVillagesOfEveryFormat(t *testing.T) {
	if _, err := exec.LookPath("ogr2ogr"); err != nil {
		reference.Missing(t, "gdal", "ogr2ogr")
	}
	dir := t.TempDir()
	origin := filepath.Join(dir, "hamlets.gpkg")
	writeGeoPackage(t, origin)
	want, _, err := data.ReadVillages(context.Background(), []string{origin}, data.Options{})
	if err != nil {
		t.Fatal(err)
	}
	if len(want) != 3 || want[0].ID != "01273-01" || want[2].ID != "04" || want[0].Name != "Nà Lừa" || want[1].Households != 12 {
		t.Fatalf("GeoPackage: %+v", want)
	}
	for _, c := range []struct {
		file    string
		options []string
		exact   bool // the same bits; else within a hundredth of a metre
	}{
		{"a.gpkg", []string{"-t_srs", "EPSG:9210"}, false},
		{"a.shp", []string{"-lco", "ENCODING=UTF-8"}, true},
		{"b.shp", []string{"-t_srs", "EPSG:9210", "-lco", "ENCODING=UTF-8"}, false},
		{"c.shp", []string{"-t_srs", "EPSG:32648", "-lco", "ENCODING=UTF-8"}, false},
		{"a.fgb", []string{"-lco", "SPATIAL_INDEX=NO"}, true},
		{"b.fgb", []string{"-t_srs", "EPSG:9210", "-lco", "SPATIAL_INDEX=NO"}, false},
		{"a.geojson", nil, true},
		{"a.kml", nil, true},
		{"a.geojsons", []string{"-f", "GeoJSONSeq", "-lco", "RS=YES"}, true},
	} {
		path := filepath.Join(dir, c.file)
		if b, err := exec.Command("ogr2ogr", append(c.options, path, origin)...).CombinedOutput(); err != nil {
			t.Fatalf("%s: %v\n%s", c.file, err, b)
		}
		got, report, err := data.ReadVillages(context.Background(), []string{path}, data.Options{Mapping: data.Mapping{}})
		if err != nil || len(report.Rejects) > 0 {
			t.Errorf("%s: %v, %v", c.file, err, report)
			continue
		}
		compare := cmp.Options{cmpopts.IgnoreFields(data.Village{}, "Pos", "Geometry")}
		if d := cmp.Diff(want, got, compare); d != "" {
			t.Errorf("%s: %s", c.file, d)
		}
		for i := range got {
			a, ok := want[i].Geometry.(orb.Polygon)
			b, ok2 := got[i].Geometry.(orb.Polygon)
			if m, isMulti := got[i].Geometry.(orb.MultiPolygon); isMulti && len(m) == 1 {
				b, ok2 = m[0], true
			}
			if !ok || !ok2 || len(a[0]) != len(b[0]) {
				t.Errorf("%s: village %d is %v", c.file, i, got[i].Geometry)
				continue
			}
			for k := range a[0] {
				limitM := 0.01
				if c.exact {
					limitM = 1e-6 // what the digits of the text formats leave
				}
				nearest := limitM + 1
				for _, p := range b[0] { // the ring may begin elsewhere
					nearest = min(nearest, geodesy.Distance(a[0][k], p))
				}
				if nearest > limitM {
					t.Errorf("%s: a corner of village %d is %g m off", c.file, i, nearest)
				}
			}
		}
	}
}

func TestSitesFromWorkbook(t *testing.T) {
	b, err := xlsx.NewBook()
	if err != nil {
		t.Fatal(err)
	}
	w, err := b.Sheet(table.Layer{Name: "tram", Columns: []table.Column{
		{Name: "ma_tram", Label: "Mã trạm"}, {Name: "kinh_do", Label: "Kinh độ", Type: table.Number}, {Name: "vi_do", Label: "Vĩ độ", Type: table.Number},
		{Name: "cao", Label: "Độ cao anten", Type: table.Number}, {Name: "ngay", Label: "on_air_date", Type: table.Date},
	}})
	if err != nil {
		t.Fatal(err)
	}
	var out bytes.Buffer
	err = errors.Join(w.Write(nil, "0042", 106.2573, 22.6657, 42.0, "2021-05-01"), w.Close())
	if _, e := b.WriteTo(&out); err != nil || e != nil {
		t.Fatal(err, e)
	}
	path := filepath.Join(t.TempDir(), "trạm.xlsx")
	if err := os.WriteFile(path, out.Bytes(), 0o600); err != nil {
		t.Fatal(err)
	}
	got, _, err := data.ReadSites(context.Background(), []string{path}, data.Options{})
	if err != nil {
		t.Fatal(err)
	}
	s := got[0]
	if s.ID != "0042" || s.Position != (orb.Point{106.2573, 22.6657}) || s.Sectors[0].AntennaHeightM != 42 || s.Sectors[0].OnAirDate != "2021-05-01" || s.Pos.Line != 2 {
		t.Errorf("%+v", s)
	}
	if _, _, err := data.ReadSites(context.Background(), []string{path}, data.Options{Layer: "Sheet9"}); !errors.Is(err, xlsx.ErrSheet) {
		t.Errorf("another sheet: %v", err)
	}
}

func TestUTF16(t *testing.T) {
	file := []byte{0xff, 0xfe}
	for _, u := range utf16.Encode([]rune("site_id\tlongitude\tlatitude\tname\r\nA\t106,25\t22,6\tNà Lừa\r\n")) {
		file = binary.LittleEndian.AppendUint16(file, u)
	}
	got, _ := sites(t, string(file), data.Options{})
	if got[0].Name != "Nà Lừa" || got[0].Position != (orb.Point{106.25, 22.6}) {
		t.Errorf("%+v", got[0])
	}
}

// OpenStreetMap's settlements become villages, its roads and power lines lines.
func TestAndorra(t *testing.T) {
	path := filepath.Join(reference.Dir(t, "realcase/andorra"), "andorra-2013-05-28.osm.pbf")
	v, report, err := data.ReadVillages(context.Background(), []string{path}, data.Options{})
	if err != nil || len(v) != 68 {
		t.Errorf("%d villages, %v, %v", len(v), err, report.Rejects)
	}
	for kind, want := range map[data.Kind]int{data.Roads: 1614, data.PowerLines: 11} {
		lines, _, err := data.ReadLines(context.Background(), kind, []string{path}, data.Options{})
		if err != nil || len(lines) != want {
			t.Errorf("%d %s, want %d, %v", len(lines), kind, want, err)
		}
	}
	if _, _, err := data.ReadSites(context.Background(), []string{path}, data.Options{}); !errors.Is(err, data.ErrFormat) {
		t.Errorf("sites of an extract: %v", err)
	}
}
