package geoparquet

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"testing"

	"github.com/covgap/covgap/geo/internal/geotest"
	"github.com/covgap/covgap/geo/reference"
	"github.com/covgap/covgap/geo/table"
	"github.com/google/go-cmp/cmp"
	"github.com/paulmach/orb"
)

var villages = Options{Layer: table.Layer{Name: "villages", Columns: []table.Column{
	{Name: "name"}, {Name: "code"}, {Name: "households", Type: table.Integer},
	{Name: "level", Type: table.Number, Decimals: 1}, {Name: "grid", Type: table.Boolean}, {Name: "seen", Type: table.Date},
}}}

func encode(t testing.TB) []byte {
	t.Helper()
	var b bytes.Buffer
	w, err := NewWriter(&b, villages)
	if err != nil {
		t.Fatal(err)
	}
	for _, r := range [][]any{
		{geotest.Square(105, 22, 0.5), "Nà Lừa", "01273", 48, -104.26, true, "2025-08-31"},
		{orb.MultiPolygon{append(geotest.Square(106, 22, 0.5), orb.Ring{{106.125, 22.125}, {106.25, 22.25}, {106.25, 22.125}, {106.125, 22.125}}), geotest.Square(107, 22.5, 0.5)},
			nil, "04", nil, nil, false, nil},
		{nil, "không có chỗ", "05", 1, 0.0, nil, "1969-12-31"},
	} {
		g, _ := r[0].(orb.Geometry)
		if err := w.Write(g, r[1:]...); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func TestSameBytes(t *testing.T) {
	if !bytes.Equal(encode(t), encode(t)) {
		t.Error("two files of the same records differ")
	}
}

// hyparquet, which shares nothing with our writer, reads types, values, geometries and
// metadata.
func TestHyparquetReadsIt(t *testing.T) {
	path := filepath.Join(t.TempDir(), "villages.parquet")
	if err := os.WriteFile(path, encode(t), 0o600); err != nil {
		t.Fatal(err)
	}
	out, err := exec.Command("node", filepath.Join(reference.NPM(t), "read-parquet.mjs"), path).CombinedOutput()
	if err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	var got, want any
	if err := json.Unmarshal(out, &got); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	const text = `{
"columns": [
 {"name": "name", "type": "BYTE_ARRAY", "logical": "STRING"}, {"name": "code", "type": "BYTE_ARRAY", "logical": "STRING"},
 {"name": "households", "type": "INT64", "logical": "INTEGER"}, {"name": "level", "type": "DOUBLE"}, {"name": "grid", "type": "BOOLEAN"},
 {"name": "seen", "type": "INT32", "logical": "DATE"}, {"name": "geometry", "type": "BYTE_ARRAY", "logical": "GEOMETRY"}, {"name": "bbox"}],
"codecs": ["ZSTD"], "count": 3,
"geo": {"version": "1.1.0", "primary_column": "geometry", "columns": {"geometry": {
 "encoding": "WKB", "geometry_types": ["MultiPolygon", "Polygon"], "orientation": "counterclockwise", "bbox": [105, 22, 107.5, 23],
 "covering": {"bbox": {"xmin": ["bbox", "xmin"], "ymin": ["bbox", "ymin"], "xmax": ["bbox", "xmax"], "ymax": ["bbox", "ymax"]}}}}},
"rows": [
 {"name": "Nà Lừa", "code": "01273", "households": 48, "level": -104.3, "grid": true, "seen": "2025-08-31T00:00:00.000Z",
  "geometry": {"type": "Polygon", "coordinates": [[[105, 22], [105.5, 22], [105.5, 22.5], [105, 22.5], [105, 22]]]},
  "bbox": {"xmin": 105, "ymin": 22, "xmax": 105.5, "ymax": 22.5}},
 {"code": "04", "grid": false, "name": null, "households": null, "level": null, "seen": null,
  "geometry": {"type": "MultiPolygon", "coordinates": [[[[106, 22], [106.5, 22], [106.5, 22.5], [106, 22.5], [106, 22]],
   [[106.125, 22.125], [106.25, 22.25], [106.25, 22.125], [106.125, 22.125]]], [[[107, 22.5], [107.5, 22.5], [107.5, 23], [107, 23], [107, 22.5]]]]},
  "bbox": {"xmin": 106, "ymin": 22, "xmax": 107.5, "ymax": 23}},
 {"name": "không có chỗ", "code": "05", "households": 1, "level": 0, "grid": null, "seen": "1969-12-31T00:00:00.000Z", "geometry": null}]}`
	if err := json.Unmarshal([]byte(text), &want); err != nil {
		t.Fatal(err)
	}
	if d := cmp.Diff(want, got); d != "" {
		t.Error(d)
	}
}

func TestWrongUse(t *testing.T) {
	for name, c := range map[string]struct {
		column table.Column
		g      orb.Geometry
		values []any
		want   error
	}{
		"reserved column": {table.Column{Name: "BBox"}, nil, nil, table.ErrSchema},
		"too few values":  {table.Column{Name: "x"}, orb.Point{1, 2}, nil, table.ErrSchema},
		"wrong type":      {table.Column{Name: "x"}, orb.Point{1, 2}, []any{5}, table.ErrSchema},
		"metres":          {table.Column{Name: "x"}, orb.Point{500_000, 2e6}, []any{"a"}, table.ErrGeometry},
	} {
		w, err := NewWriter(io.Discard, Options{Layer: table.Layer{Name: "a", Columns: []table.Column{c.column}}})
		if err == nil {
			err = w.Write(c.g, c.values...)
		}
		if !errors.Is(err, c.want) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// A million hexagons, as a province at full resolution has them:
//
//	go test -run - -bench Million -benchtime 1x ./geo/geoparquet
func BenchmarkMillionHexes(b *testing.B) {
	options := Options{Layer: table.Layer{Name: "coverage", Columns: []table.Column{
		{Name: "hex_id"}, {Name: "signal_dbm", Type: table.Number, Decimals: 1}, {Name: "class"}, {Name: "servers", Type: table.Integer},
	}}}
	for b.Loop() {
		var size counter
		w, err := NewWriter(&size, options)
		if err != nil {
			b.Fatal(err)
		}
		for i := range 1_000_000 {
			x, y := 105+0.001*float64(i%1000), 22+0.001*float64(i/1000)
			hex := orb.Polygon{{{x, y}, {x + .0004, y - .0002}, {x + .0008, y}, {x + .0008, y + .0005}, {x + .0004, y + .0007}, {x, y + .0005}, {x, y}}}
			if err := w.Write(hex, fmt.Sprintf("8a41%011x", i), -90-float64(i%400)/10, "weak", i%7); err != nil {
				b.Fatal(err)
			}
		}
		if err := w.Close(); err != nil {
			b.Fatal(err)
		}
		b.ReportMetric(float64(size)/1e6, "MB")
	}
}

type counter int

func (c *counter) Write(b []byte) (int, error) {
	*c += counter(len(b))
	return len(b), nil
}
