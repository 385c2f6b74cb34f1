package flatgeobuf

import (
	"bytes"
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"math"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/covgap/covgap/geo"
	"github.com/covgap/covgap/geo/internal/geotest"
	"github.com/covgap/covgap/geo/reference"
	"github.com/covgap/covgap/geo/table"
	"github.com/google/go-cmp/cmp"
	"github.com/paulmach/orb"
)

var villages = Options{Multi: true, Layer: table.Layer{
	Name: "villages", Title: "Thôn/xóm", About: "Made for a test.",
	Columns: []table.Column{
		{Name: "code", Label: "Mã"}, {Name: "name"}, {Name: "households", Type: table.Integer},
		{Name: "level", Type: table.Number, Decimals: 1}, {Name: "grid", Type: table.Boolean}, {Name: "seen", Type: table.Date},
	},
}}

func encode(t testing.TB, options Options, records ...[]any) []byte {
	t.Helper()
	var b bytes.Buffer
	w, err := NewWriter(&b, options)
	if err != nil {
		t.Fatal(err)
	}
	for _, r := range records {
		if err := w.Write(r[0].(orb.Geometry), r[1:]...); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

var records = [][]any{
	{geotest.Square(105, 22, 0.1), "01273", "Nà Lừa", 48, -104.26, true, "2025-08-31"},
	{orb.MultiPolygon{append(geotest.Square(106, 22, 0.4), orb.Ring{{106.1, 22.1}, {106.2, 22.1}, {106.2, 22.2}, {106.1, 22.1}}), geotest.Square(106.5, 22.5, 0.1)},
		"04", nil, nil, nil, false, nil},
}

func read(t testing.TB, b []byte) (*Table, []geo.Feature, []error) {
	t.Helper()
	l, err := Open(bytes.NewReader(b), "v.fgb")
	if err != nil {
		t.Fatal(err)
	}
	out, errs := geotest.Collect(l.Rows(context.Background()))
	return l, out, errs
}

func TestRoundTrip(t *testing.T) {
	l, got, errs := read(t, encode(t, villages, records...))
	if l.Layer != "villages" || l.CRS != "EPSG:4326" || errs != nil {
		t.Errorf("layer %q, CRS %q, %v", l.Layer, l.CRS, errs)
	}
	slices.SortFunc(got, func(a, b geo.Feature) int { return -strings.Compare(a.Fields[0].Value, b.Fields[0].Value) })
	hole := orb.Ring{{106.1, 22.1}, {106.2, 22.2}, {106.2, 22.1}, {106.1, 22.1}} // clockwise
	want := []geo.Feature{
		{Geometry: orb.MultiPolygon{append(geotest.Square(106, 22, 0.4), hole), geotest.Square(106.5, 22.5, 0.1)}, Fields: []geo.Field{
			{Name: "code", Value: "04", Kind: geo.Text}, {Name: "name"}, {Name: "households"}, {Name: "level"}, {Name: "grid", Value: "false", Kind: geo.Bool}, {Name: "seen"}}},
		{Geometry: orb.MultiPolygon{geotest.Square(105, 22, 0.1)}, Fields: []geo.Field{
			{Name: "code", Value: "01273", Kind: geo.Text}, {Name: "name", Value: "Nà Lừa", Kind: geo.Text}, {Name: "households", Value: "48", Kind: geo.Number},
			{Name: "level", Value: "-104.3", Kind: geo.Number}, {Name: "grid", Value: "true", Kind: geo.Bool}, {Name: "seen", Value: "2025-08-31", Kind: geo.Text}}},
	}
	for i := range got {
		got[i].Pos = geo.Position{}
	}
	if d := cmp.Diff(want, got); d != "" {
		t.Error(d)
	}
	if l, got, errs := read(t, encode(t, villages)); len(got) != 0 || errs != nil || len(l.Columns) != 6 {
		t.Errorf("a layer without features: %v %v %v", l.Columns, got, errs)
	}
}

// Every geometry type comes back as it was.
func TestGeometries(t *testing.T) {
	for _, g := range []orb.Geometry{
		orb.Point{106.25, 22.7},
		orb.MultiPoint{{106, 22}, {106.1, 22.1}},
		orb.LineString{{106, 22}, {106.1, 22.1}, {106.2, 22}},
		orb.MultiLineString{{{106, 22}, {106.1, 22.1}}, {{107, 22}, {107.1, 22.1}, {107, 23}}},
		geotest.Square(106, 22, 1),
		orb.MultiPolygon{geotest.Square(106, 22, 1), geotest.Square(108, 22, 1)},
	} {
		_, got, errs := read(t, encode(t, Options{Layer: table.Layer{Name: "a"}}, []any{g}))
		if errs != nil || len(got) != 1 || !orb.Equal(got[0].Geometry, g) {
			t.Errorf("%v became %v, %v", g, got, errs)
		}
	}
}

// The levels of a tree of 16 children a node: 300 leaves have 19 parents, these 2, and
// these the root.
func TestLevels(t *testing.T) {
	if d := cmp.Diff([]uint64{1, 2, 19, 300}, levels(300, 16)); d != "" {
		t.Error(d)
	}
	if d := cmp.Diff([]uint64{1, 1}, levels(1, 16)); d != "" {
		t.Error(d)
	}
}

func TestGDALReadsIt(t *testing.T) {
	if _, err := exec.LookPath("ogrinfo"); err != nil {
		reference.Missing(t, "gdal", "ogrinfo")
	}
	path := filepath.Join(t.TempDir(), "villages.fgb")
	grid := slices.Clone(records)
	for i := range 1000 {
		grid = append(grid, []any{geotest.Square(105+0.01*float64(i%40), 20+0.01*float64(i/40), 0.005), fmt.Sprintf("%05d", i), "Bản", i, 0.5, true, nil})
	}
	if err := os.WriteFile(path, encode(t, villages, grid...), 0o600); err != nil {
		t.Fatal(err)
	}
	info := func(args ...string) string {
		out, err := exec.Command("ogrinfo", append(args, path, "villages")...).CombinedOutput()
		if err != nil || bytes.Contains(out, []byte("Warning")) || bytes.Contains(out, []byte("ERROR")) {
			t.Fatalf("ogrinfo: %v\n%s", err, out)
		}
		return string(out)
	}
	all := info("-oo", "VERIFY_BUFFERS=YES")
	for _, want := range []string{
		"Geometry: Multi Polygon", "Feature Count: 1002", "Extent: (105.000000, 20.000000) - (106.600000, 22.600000)", `ID["EPSG",4326]`,
		"code: String (0.0)", "households: Integer64 (0.0)", "level: Real (0.0)", "grid: Integer(Boolean) (0.0)", "seen: DateTime (0.0)",
		"  code (String) = 01273\n", "  name (String) = Nà Lừa\n", "  level (Real) = -104.3\n", "  seen (DateTime) = 2025/08/31",
	} {
		if !strings.Contains(all, want) {
			t.Errorf("ogrinfo does not say %q", want)
		}
	}
	// The index answers what a filter over all features does.
	if out := info("-so", "-spat", "105.1001", "20.0001", "105.1349", "20.0349"); !strings.Contains(out, "Feature Count: 16") {
		t.Errorf("a spatial filter: %s", out)
	}
}

func TestReadWhatGDALWrites(t *testing.T) {
	if _, err := exec.LookPath("ogr2ogr"); err != nil {
		reference.Missing(t, "gdal", "ogr2ogr")
	}
	dir := t.TempDir()
	in := filepath.Join(dir, "in.geojson")
	const text = `{"type":"FeatureCollection","features":[
{"type":"Feature","properties":{"code":"01273","name":"Nà Lừa","n":48,"x":-1.5,"ok":true,"list":{"a":1}},"geometry":{"type":"MultiPolygon","coordinates":[[[[106,22,5],[106.4,22,5],[106.4,22.4,5],[106,22,5]]],[[[107,22,5],[107.4,22,5],[107.4,22.4,5],[107,22,5]]]]}},
{"type":"Feature","properties":{"code":"04","name":null,"n":null,"x":null,"ok":false,"list":null},"geometry":{"type":"MultiPolygon","coordinates":[[[[106,23,5],[106.4,23,5],[106.4,23.4,5],[106,23,5]]]]}}]}`
	if err := os.WriteFile(in, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, index := range []string{"YES", "NO"} {
		out := filepath.Join(dir, index+".fgb")
		if b, err := exec.Command("ogr2ogr", "-t_srs", "EPSG:9210", "-lco", "SPATIAL_INDEX="+index, out, in).CombinedOutput(); err != nil {
			t.Fatalf("%v\n%s", err, b)
		}
		b, err := os.ReadFile(out)
		if err != nil {
			t.Fatal(err)
		}
		l, got, errs := read(t, b)
		if l.CRS != "EPSG:9210" || len(got) != 2 || errs != nil {
			t.Fatalf("index %s: CRS %q, %d features, %v", index, l.CRS, len(got), errs)
		}
		i := slices.IndexFunc(got, func(f geo.Feature) bool { return f.Fields[0].Value == "01273" })
		if m, ok := got[i].Geometry.(orb.MultiPolygon); !ok || len(m) != 2 || m[0][0][0][0] < 520_000 || m[0][0][0][0] > 530_000 {
			t.Errorf("index %s: geometry %v", index, got[i].Geometry)
		}
		if d := cmp.Diff([]geo.Field{
			{Name: "code", Value: "01273", Kind: geo.Text}, {Name: "name", Value: "Nà Lừa", Kind: geo.Text}, {Name: "n", Value: "48", Kind: geo.Number},
			{Name: "x", Value: "-1.5", Kind: geo.Number}, {Name: "ok", Value: "true", Kind: geo.Bool}, {Name: "list", Value: `{ "a": 1 }`, Kind: geo.Text},
		}, got[i].Fields); d != "" {
			t.Errorf("index %s: %s", index, d)
		}
	}
}

func TestBrokenFiles(t *testing.T) {
	whole := encode(t, villages, records...)
	headerSize := int(binary.LittleEndian.Uint32(whole[8:]))
	index := 8 + 4 + headerSize
	features := index + 3*nodeBytes
	change := func(at int, v ...byte) []byte {
		b := slices.Clone(whole)
		copy(b[at:], v)
		return b
	}
	huge := []byte{0xff, 0xff, 0xff, 0x7f}
	for _, c := range []struct {
		name string
		b    []byte
	}{
		{"empty", nil}, {"magic only", whole[:8]}, {"other version", change(3, 2)}, {"two billion bytes of header", change(8, huge...)},
		{"cut header", whole[:40]}, {"cut index", whole[:index+10]}, {"root outside", change(12, huge...)},
	} {
		if _, err := Open(bytes.NewReader(c.b), "v.fgb"); !errors.Is(err, ErrFormat) {
			t.Errorf("%s: %v", c.name, err)
		}
	}
	for _, c := range []struct {
		name string
		b    []byte
		want error
	}{
		{"cut feature", whole[:len(whole)-10], ErrFormat},
		{"two billion bytes", change(features, huge...), ErrFormat},
		{"feature's root outside", change(features+4, huge...), ErrFeature},
	} {
		_, _, errs := read(t, c.b)
		if len(errs) != 1 || !errors.Is(errs[0], c.want) {
			t.Errorf("%s: %v", c.name, errs)
		}
	}
	// A count of features that no file holds.
	f := newFlat(whole[12:index])
	h := f.follow(0)
	at := 12 + f.field(h, headerCount)
	for _, count := range []uint64{2_000_000_000, math.MaxUint64} {
		b := slices.Clone(whole)
		binary.LittleEndian.PutUint64(b[at:], count)
		if _, err := Open(bytes.NewReader(b), "v.fgb"); !errors.Is(err, ErrFormat) {
			t.Errorf("%d features: %v", count, err)
		}
	}
}

// A multipolygon whose million members are one table is refused before its positions
// are read a million times.
func TestSharedParts(t *testing.T) {
	var b buffer
	b.begin()
	b.table(root, slot{featureGeometry, 4, 0})
	b.table(b.at[featureGeometry], slot{geometryParts, 4, 0}, slot{geometryType, 1, multiPolygon})
	first := b.references(b.at[geometryParts], 1000)
	start := len(b.b)
	b.geometry(first, geotest.Square(1, 1, 1))
	shared := binary.LittleEndian.Uint32(b.b[first:]) + uint32(first)
	for i := range 1000 {
		binary.LittleEndian.PutUint32(b.b[first+4*i:], shared-uint32(first+4*i))
	}
	f := newFlat(b.finish()[4:])
	g := f.table(f.follow(0), featureGeometry)
	if g == 0 || start == 0 {
		t.Fatal("no geometry")
	}
	if _, err := f.geometry(g, anyGeometry, 0); !errors.Is(err, errShort) {
		t.Errorf("got %v", err)
	}
}

func TestWrongUse(t *testing.T) {
	for name, c := range map[string]struct {
		g      orb.Geometry
		values []any
		want   error
	}{
		"too few values": {orb.Point{1, 2}, nil, table.ErrSchema},
		"wrong type":     {orb.Point{1, 2}, []any{5}, table.ErrSchema},
		"metres":         {orb.Point{500_000, 2e6}, []any{"a"}, table.ErrGeometry},
		"nothing":        {nil, []any{"a"}, table.ErrGeometry},
		"other type":     {geotest.Square(1, 1, 1), []any{"a"}, table.ErrGeometry},
	} {
		w, err := NewWriter(&bytes.Buffer{}, Options{Layer: table.Layer{Name: "a", Columns: []table.Column{{Name: "x"}}}})
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

func FuzzRead(f *testing.F) {
	f.Add(encode(f, villages, records...))
	f.Add(encode(f, Options{Layer: table.Layer{Name: "a"}}, []any{orb.Point{1, 2}}))
	f.Fuzz(func(t *testing.T, b []byte) {
		l, err := Open(bytes.NewReader(b), "")
		if err != nil {
			return
		}
		geotest.Drain(t, l.Rows(context.Background()))
	})
}
