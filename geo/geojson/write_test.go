package geojson

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"math"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/covgap/covgap/geo"
	"github.com/covgap/covgap/geo/reference"
	"github.com/google/go-cmp/cmp"
	"github.com/paulmach/orb"
	"pgregory.net/rapid"
)

type row struct {
	geometry orb.Geometry
	values   []any
}

func write(tb testing.TB, o Options, rows ...row) (string, error) {
	tb.Helper()
	var b bytes.Buffer
	w, err := NewWriter(&b, o)
	if err != nil {
		tb.Fatal(err)
	}
	for _, r := range rows {
		if err := w.Write(r.geometry, r.values...); err != nil {
			return "", err
		}
	}
	err = w.Close()
	return b.String(), err
}

func Example() {
	w, err := NewWriter(os.Stdout, Options{Columns: []Column{
		{Name: "id", Type: String}, {Name: "people", Type: Integer}, {Name: "signal_dbm", Type: Number, Decimals: 1},
	}})
	if err != nil {
		panic(err)
	}
	if err := w.Write(orb.Point{106.25, 22.66}, "01273", 1200, -95.0); err != nil {
		panic(err)
	}
	if err := w.Write(orb.Point{106.1234567, 22.5}, "01279", 800, math.NaN()); err != nil {
		panic(err)
	}
	if err := w.Close(); err != nil {
		panic(err)
	}
	// Output:
	// {"type":"FeatureCollection","features":[
	// {"type":"Feature","properties":{"id":"01273","people":1200,"signal_dbm":-95.0},"geometry":{"type":"Point","coordinates":[106.25,22.66]}},
	// {"type":"Feature","properties":{"id":"01279","people":800,"signal_dbm":null},"geometry":{"type":"Point","coordinates":[106.123457,22.5]}}
	// ],"bbox":[106.123457,22.5,106.25,22.66]}
}

func ExampleRead() {
	in := `{"type":"FeatureCollection","features":[
{"type":"Feature","properties":{"code":"01273"},"geometry":{"type":"Point","coordinates":[106.25,22.66]}},
{"type":"Feature","properties":{"code":"01279"},"geometry":{"type":"Point","coordinates":["106.1",22.5]}}]}`
	for f, err := range Read(context.Background(), strings.NewReader(in), "villages.geojson") {
		if err != nil {
			fmt.Println(err)
			continue
		}
		code, _ := f.Field("code")
		fmt.Println(code.Value, f.Geometry)
	}
	// Output:
	// 01273 [106.25 22.66]
	// villages.geojson:3:91: geometry.coordinates: "106.1"; expected a number
}

func TestWriteValues(t *testing.T) {
	day := time.Date(2025, 8, 31, 23, 0, 0, 0, time.UTC)
	for _, tt := range []struct {
		column Column
		value  any
		want   string // "" for an error
	}{
		{Column{Type: String}, "Nà \"Lừa\"\\\n\t\r\x01", `"Nà \"Lừa\"\\\n\t\r\u0001"`},
		{Column{Type: String}, "", `""`},
		{Column{Type: String}, nil, `null`},
		{Column{Type: String}, "\xff", ""},
		{Column{Type: String}, 1, ""},
		{Column{Type: Integer}, 42, `42`},
		{Column{Type: Integer}, int64(math.MinInt64), `-9223372036854775808`},
		{Column{Type: Integer}, 1.0, ""},
		{Column{Type: Number}, 1e21, `1000000000000000000000.0`},
		{Column{Type: Number}, 0.1, `0.1`},
		{Column{Type: Number, Decimals: 2}, 2.0, `2.0`},
		{Column{Type: Number, Decimals: 2}, -1.255, `-1.25`}, // the float64 lies below -1.255
		{Column{Type: Number, Decimals: 2}, -0.001, `0.0`},
		{Column{Type: Number, Decimals: 3}, 1.5, `1.5`},
		{Column{Type: Number}, math.NaN(), `null`},
		{Column{Type: Number}, math.Inf(-1), `null`},
		{Column{Type: Number}, 1, ""},
		{Column{Type: Boolean}, false, `false`},
		{Column{Type: Boolean}, "no", ""},
		{Column{Type: Date}, day, `"2025-08-31"`},
		{Column{Type: Date}, "2025-08-31", `"2025-08-31"`},
		{Column{Type: Date}, "", `null`},
		{Column{Type: Date}, "31/08/2025", ""},
	} {
		got, err := appendValue(nil, tt.column, tt.value)
		if tt.want == "" {
			if !errors.Is(err, ErrSchema) {
				t.Errorf("%v as %v: %s, %v, want ErrSchema", tt.value, tt.column, got, err)
			}
		} else if err != nil || string(got) != tt.want {
			t.Errorf("%v as %v: %s, %v, want %s", tt.value, tt.column, got, err, tt.want)
		}
	}
}

func TestWriteGeometries(t *testing.T) {
	clockwise := orb.Ring{{0, 0}, {0, 2}, {2, 2}, {2, 0}, {0, 0}}
	hole := orb.Ring{{0.5, 0.5}, {1, 0.5}, {1, 1}, {0.5, 0.5}} // counter-clockwise, wrong for a hole
	const polygon = `[[[0,0],[2,0],[2,2],[0,2],[0,0]],[[0.5,0.5],[1,1],[1,0.5],[0.5,0.5]]]`
	for _, tt := range []struct {
		name     string
		geometry orb.Geometry
		multi    bool
		want     string // "" for an error
	}{
		{"rings rewound", orb.Polygon{clockwise, hole}, false, `"Polygon","coordinates":` + polygon},
		{"promoted", orb.Polygon{clockwise, hole}, true, `"MultiPolygon","coordinates":[` + polygon + `]`},
		{"multi", orb.MultiPolygon{{clockwise, hole}}, false, `"MultiPolygon","coordinates":[` + polygon + `]`},
		{"open ring", orb.Ring{{0, 0}, {1, 0}, {1, 1}}, false, `"Polygon","coordinates":[[[0,0],[1,0],[1,1],[0,0]]]`},
		{"point", orb.Point{-0.0000001, -89.9999995}, false, `"Point","coordinates":[0,-90]`},
		{"small", orb.Point{-0.05, 1.000001}, true, `"MultiPoint","coordinates":[[-0.05,1.000001]]`},
		{"line", orb.LineString{{1, 2}, {3, 4}}, true, `"MultiLineString","coordinates":[[[1,2],[3,4]]]`},
		{"none", nil, false, ""},
		{"bound", orb.Bound{}, false, ""},
		{"collection", orb.Collection{orb.Point{1, 2}}, false, ""},
		{"empty", orb.MultiPolygon{}, false, ""},
		{"empty polygon", orb.Polygon{}, false, ""},
		{"short ring", orb.Polygon{{{0, 0}, {1, 1}, {0, 0}}}, false, ""},
		{"projected", orb.Point{500000, 2500000}, false, ""},
		{"NaN", orb.Point{math.NaN(), 0}, false, ""},
	} {
		t.Run(tt.name, func(t *testing.T) {
			var before orb.Geometry
			if tt.geometry != nil {
				before = orb.Clone(tt.geometry)
			}
			got, err := write(t, Options{Multi: tt.multi, Lines: true}, row{tt.geometry, nil})
			if tt.want == "" {
				if !errors.Is(err, ErrGeometry) {
					t.Fatalf("%s, %v, want ErrGeometry", got, err)
				}
				return
			}
			want := `{"type":"Feature","properties":{},"geometry":{"type":` + tt.want + "}}\n"
			if err != nil || got != want {
				t.Errorf("%v\n got %s\nwant %s", err, got, want)
			}
			if !orb.Equal(before, tt.geometry) {
				t.Errorf("the caller's geometry was changed to %v", tt.geometry)
			}
		})
	}
	if _, err := write(t, Options{}, row{orb.Point{1, 2}, nil}, row{orb.MultiPoint{{1, 2}}, nil}); !errors.Is(err, ErrGeometry) {
		t.Errorf("two geometry types in one file: %v, want ErrGeometry", err)
	}
}

func TestWriteSchemaFaults(t *testing.T) {
	for _, columns := range [][]Column{{{Name: ""}}, {{Name: "a"}, {Name: "a"}}, {{Name: "a", Type: 9}}} {
		if _, err := NewWriter(&bytes.Buffer{}, Options{Columns: columns}); !errors.Is(err, ErrSchema) {
			t.Errorf("columns %v: %v, want ErrSchema", columns, err)
		}
	}
	if _, err := write(t, Options{Columns: []Column{{Name: "a"}}}, row{orb.Point{}, nil}); !errors.Is(err, ErrSchema) {
		t.Errorf("no value for a column: %v, want ErrSchema", err)
	}
}

func TestWriteOrder(t *testing.T) {
	columns := []Column{{Name: "n", Type: Integer}, {Name: "a", Type: Number}, {Name: "b", Type: String}}
	order := func(o Options, rows ...row) (out string) {
		o.Columns = columns
		text, err := write(t, o, rows...)
		if err != nil {
			t.Fatal(err)
		}
		for f, err := range Read(context.Background(), strings.NewReader(text), "f") {
			if err != nil {
				t.Fatal(err)
			}
			n, _ := f.Field("n")
			out += n.Value
		}
		return out
	}
	p := orb.Point{1, 2}
	none, some, full := []any{1, nil, nil}, []any{2, nil, "x"}, []any{3, 1.5, "x"}
	other, last := []any{4, 2.5, nil}, []any{5, 0.5, "y"}
	for _, tt := range []struct {
		options Options
		rows    []row
		want    string
	}{
		{Options{}, []row{{p, none}, {p, some}, {p, full}, {p, other}, {p, last}}, "31245"},
		{Options{}, []row{{p, full}, {p, none}, {p, last}}, "315"},
		{Options{}, []row{{p, none}, {p, some}, {p, other}}, "214"}, // none complete
		{Options{Lines: true}, []row{{p, none}, {p, full}}, "31"},
		{Options{KeepOrder: true}, []row{{p, none}, {p, full}}, "13"},
		{Options{}, nil, ""},
	} {
		if got := order(tt.options, tt.rows...); got != tt.want {
			t.Errorf("%d rows come in the order %s, want %s", len(tt.rows), got, tt.want)
		}
	}
	// More than are held back: the lead is the earliest of the most complete.
	var many []row
	for range maxHeldFeatures {
		many = append(many, row{p, none})
	}
	many[7].values = some
	many = append(many, row{p, full})
	if got := order(Options{}, many...); got[:2] != "21" || got[len(got)-1] != '3' || len(got) != len(many) {
		t.Errorf("order of many begins %s and ends %s", got[:2], got[len(got)-1:])
	}
}

func TestWriteFailingWriter(t *testing.T) {
	f, err := os.Open(os.DevNull) // not open for writing
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = f.Close() }()
	w, err := NewWriter(f, Options{})
	if err != nil {
		t.Fatal(err)
	}
	if err := w.Write(orb.Point{}); err != nil {
		t.Fatal(err)
	}
	if w.Close() == nil {
		t.Error("no error from a file that cannot be written")
	}
}

// drawPolygon draws a star-shaped polygon in micro-degrees, in either direction,
// with a hole now and then.
func drawPolygon(t *rapid.T) orb.Polygon {
	cx, cy := rapid.IntRange(-170e6, 170e6).Draw(t, "x"), rapid.IntRange(-80e6, 80e6).Draw(t, "y")
	ring := func(radius float64) (r orb.Ring) {
		n := rapid.IntRange(3, 12).Draw(t, "corners")
		for k := range n {
			sin, cos := math.Sincos(2 * math.Pi * float64(k) / float64(n))
			r = append(r, orb.Point{math.Round(float64(cx)+radius*cos) / 1e6, math.Round(float64(cy)+radius*sin) / 1e6})
		}
		r = append(r, r[0])
		if rapid.Bool().Draw(t, "reversed") {
			r.Reverse()
		}
		return r
	}
	p := orb.Polygon{ring(5000)}
	if rapid.Bool().Draw(t, "hole") {
		p = append(p, ring(1000))
	}
	return p
}

// wound is p as it has to stand in a file.
func wound(p orb.Polygon) orb.Polygon {
	p = p.Clone()
	for i := range p {
		if (p[i].Orientation() == orb.CCW) != (i == 0) {
			p[i].Reverse()
		}
	}
	return p
}

// What is written reads back the same, and Check has nothing to say about it.
func TestWriteRead(t *testing.T) {
	columns := []Column{{Name: "tên", Type: String}, {Name: "n", Type: Integer}, {Name: "x", Type: Number}, {Name: "ok", Type: Boolean}, {Name: "d", Type: Date}}
	rapid.Check(t, func(t *rapid.T) {
		o := Options{Columns: columns, Lines: rapid.Bool().Draw(t, "lines"), Multi: rapid.Bool().Draw(t, "multi")}
		var b bytes.Buffer
		w, err := NewWriter(&b, o)
		if err != nil {
			t.Fatal(err)
		}
		var want []geo.Feature
		for i := range rapid.IntRange(0, 5).Draw(t, "features") {
			name := rapid.String().Draw(t, "name")
			n, x := rapid.Int().Draw(t, "n"), rapid.Float64().Draw(t, "x")
			ok := rapid.Bool().Draw(t, "ok")
			p := drawPolygon(t)
			fields := []geo.Field{
				{Name: "tên", Value: name, Kind: geo.Text}, {Name: "n", Value: fmt.Sprint(n), Kind: geo.Number},
				{Name: "x", Value: string(appendNumber(nil, x+0)), Kind: geo.Number},
				{Name: "ok", Value: fmt.Sprint(ok), Kind: geo.Bool}, {Name: "d", Value: "2025-08-31", Kind: geo.Text},
			}
			values := []any{name, n, x, ok, "2025-08-31"}
			if i > 0 && rapid.Bool().Draw(t, "missing") {
				k := rapid.IntRange(0, len(values)-1).Draw(t, "which")
				values[k] = nil
				fields[k].Value, fields[k].Kind = "", geo.Null
			}
			if err := w.Write(p, values...); err != nil {
				t.Fatal(err)
			}
			feature := geo.Feature{Geometry: wound(p), Fields: fields}
			if o.Multi {
				feature.Geometry = orb.MultiPolygon{wound(p)}
			}
			want = append(want, feature)
		}
		if err := w.Close(); err != nil {
			t.Fatal(err)
		}
		if o.Lines && b.Len() == 0 {
			return // an empty file of lines is no GeoJSON text
		}
		if violations := Check(bytes.NewReader(b.Bytes())); len(violations) > 0 {
			t.Fatalf("%v in\n%s", violations, b.String())
		}
		var got []geo.Feature
		for f, err := range Read(context.Background(), &b, "f") {
			if err != nil {
				t.Fatal(err)
			}
			f.Pos = geo.Position{}
			for i := range f.Fields {
				f.Fields[i].Line, f.Fields[i].Column = 0, 0
			}
			got = append(got, f)
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Fatal(diff)
		}
	})
}

func TestCheck(t *testing.T) {
	feature := func(properties, geometry string) string {
		return `{"type":"Feature","properties":` + properties + `,"geometry":` + geometry + `}`
	}
	collection := func(bbox string, features ...string) string {
		return `{"type":"FeatureCollection","features":[` + strings.Join(features, ",\n") + `]` + bbox + `}`
	}
	const box = `,"bbox":[1,2,1,2]`
	at := `{"type":"Point","coordinates":[1,2]}`
	polygon := func(rings string) string { return `{"type":"Polygon","coordinates":[` + rings + `]}` }
	const square, within = `[[0,0],[4,0],[4,4],[0,4],[0,0]]`, `[[1,1],[1,2],[2,2],[1,1]]`
	for _, tt := range []struct {
		name, in string
		want     string
	}{
		{"good", collection(box, feature(`{"a":1}`, at), feature(`{"a":null}`, at)), ""},
		{"good hole", collection(`,"bbox":[0,0,4,4]`, feature(`{}`, polygon(square+","+within))), ""},
		{"good lines", feature(`{"a":1}`, at) + "\n" + feature(`{"a":2}`, at), ""},
		{"good and empty", collection(""), ""},
		{"NaN", collection(box, feature(`{"a":NaN}`, at), feature(`{"a":1}`, at)), ":1:77: readable: a: NaN; expected a number or null (JSON has no such value: write null)"},
		{"not UTF-8", collection(box, feature("{\"a\":\"\xff\"}", at)), ":1:78: readable: a: byte 0xff; expected UTF-8 text (save the file as UTF-8)"},
		{"other crs", collection(box+`,"crs":{"type":"name","properties":{"name":"EPSG:9210"}}`, feature(`{}`, at)), ":1:148: readable: crs: coordinates in EPSG:9210; expected WGS 84 longitude and latitude (read it with --in-crs EPSG:9210)"},
		{"no geometry", collection("", feature(`{}`, "null")) + " ", ":1:41: geometry: null|: bbox: missing"},
		{"open", collection(`,"bbox":[0,0,4,4]`, feature(`{}`, polygon(`[[0,0],[4,0],[4,4],[0,4]]`))), ":1:119: ring-closed: first and last position of a ring differ"},
		{"clockwise", collection(`,"bbox":[1,1,2,2]`, feature(`{}`, polygon(within))), ":1:41: ring-order: an outer ring runs clockwise"},
		{"hole", collection(`,"bbox":[0,0,4,4]`, feature(`{}`, polygon(square+","+square))), ":1:41: ring-order: a hole runs counter-clockwise"},
		{"range", collection(`,"bbox":[100,2,200,2]`, feature(`{}`, `{"type":"LineString","coordinates":[[100,2],[200,2]]}`)), ":1:41: lon-lat: coordinates from [100 2] to [200 2]"},
		{"no bbox", collection("", feature(`{}`, at)), ": bbox: missing"},
		{"wrong bbox", collection(`,"bbox":[1,2,1,3]`, feature(`{}`, at)), ":1:132: bbox: is [1 2 1 3], the coordinates span [1 2 1 2]"},
		{"short bbox", collection(`,"bbox":[1,2]`, feature(`{}`, at)), ":1:132: bbox: not an array of 4 numbers: west, south, east, north"},
		{"third coordinate", collection(box, feature(`{}`, `{"type":"Point","coordinates":[1,2,3]}`)), ":1:121: position-2d: a third coordinate"},
		{"two collections", collection(box, feature(`{}`, at)) + "\n" + collection(box, feature(`{}`, at)), ":2:9: collection: a second FeatureCollection"},
		{"decimals", collection(`,"bbox":[1.0000001,2,1.0000001,2]`, feature(`{}`, `{"type":"Point","coordinates":[1.0000001,2]}`)), ":1:41: decimals: a coordinate with more than 6 decimals"},
		{"two geometry types", collection(box, feature(`{}`, at), feature(`{}`, `{"type":"MultiPoint","coordinates":[[1,2]]}`)), ":2:1: one-geometry-type: MultiPoint after Point"},
		{"property missing", collection(box, feature(`{"a":1}`, at), feature(`{}`, at)), ":2:1: same-properties: 0 properties, the first feature has 1"},
		{"property order", collection(box, feature(`{"a":1,"b":2}`, at), feature(`{"b":2,"a":1}`, at)), ":2:37: same-properties: b where the first feature has a"},
		{"two types", collection(box, feature(`{"a":1.0}`, at), feature(`{"a":1}`, at)), ":2:37: one-type: a is an integer here, a number with decimals before"},
		{"null first", collection(box, feature(`{"a":null}`, at), feature(`{"a":true}`, at)), ":1:77: first-complete: a is null, but a boolean in feature 2"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			var got []string
			for _, v := range Check(strings.NewReader(tt.in)) {
				got = append(got, v.String())
			}
			if s := strings.Join(got, "|"); s != tt.want {
				t.Errorf("\n got %s\nwant %s", s, tt.want)
			}
		})
	}
	var many []string
	for range 2 * MaxViolations {
		many = append(many, feature(`{}`, "null"))
	}
	if n := len(Check(strings.NewReader(strings.Join(many, "\n")))); n != MaxViolations {
		t.Errorf("%d violations of one rule, want %d", n, MaxViolations)
	}
}

// GDAL finds the types that the schema names.
func TestWriteTypesInGDAL(t *testing.T) {
	if _, err := exec.LookPath("ogrinfo"); err != nil {
		reference.Missing(t, "gdal", "ogrinfo is not installed")
	}
	columns := []Column{
		{Name: "code", Type: String}, {Name: "people", Type: Integer}, {Name: "area", Type: Integer},
		{Name: "signal_dbm", Type: Number, Decimals: 1}, {Name: "grid", Type: Boolean}, {Name: "declared", Type: Date},
	}
	square := orb.Polygon{{{106, 22}, {106, 23}, {107, 23}, {107, 22}, {106, 22}}}
	rows := []row{
		{square, []any{"01273", nil, 1 << 40, nil, nil, nil}},
		{square, []any{"04", 12, 7, -95.0, true, "2025-08-31"}},
		{orb.MultiPolygon{square}, []any{nil, 13, nil, -100.0, nil, nil}},
	}
	for _, o := range []Options{{Multi: true}, {Multi: true, KeepOrder: true}, {Multi: true, Lines: true}} {
		o.Columns = columns
		text, err := write(t, o, rows...)
		if err != nil {
			t.Fatal(err)
		}
		name := "types.geojson"
		if o.Lines {
			name = "types.geojsonl"
		}
		file := filepath.Join(t.TempDir(), name)
		if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		out, err := exec.Command("ogrinfo", "-al", file).CombinedOutput()
		if err != nil {
			t.Fatalf("ogrinfo: %v\n%s", err, out)
		}
		for _, want := range []string{
			"Geometry: Multi Polygon", "Feature Count: 3", "Extent: (106.000000, 22.000000) - (107.000000, 23.000000)",
			"code: String (0.0)", "people: Integer (0.0)", "area: Integer64 (0.0)", "signal_dbm: Real (0.0)",
			"grid: Integer(Boolean) (1.0)", "declared: Date (0.0)", "code (String) = 01273", "signal_dbm (Real) = -95",
		} {
			if !strings.Contains(string(out), want) {
				t.Errorf("ogrinfo of %+v does not say %q:\n%s", o, want, out)
			}
		}
		if strings.Contains(string(out), "Warning") {
			t.Errorf("ogrinfo warns:\n%s", out)
		}
	}
}

func BenchmarkWrite(b *testing.B) {
	columns := []Column{{Name: "hex_id", Type: String}, {Name: "signal_dbm", Type: Number, Decimals: 1}, {Name: "class", Type: String}, {Name: "servers", Type: Integer}, {Name: "near", Type: Boolean}}
	ring := orb.Ring{{106.2, 22.6}, {106.201, 22.6}, {106.2015, 22.601}, {106.201, 22.602}, {106.2, 22.602}, {106.1995, 22.601}, {106.2, 22.6}}
	var size countWriter
	w, err := NewWriter(&size, Options{Columns: columns})
	if err != nil {
		b.Fatal(err)
	}
	b.ReportAllocs()
	for b.Loop() {
		if err := w.Write(ring, "8a411acb2c4ffff", -95.5, "served", 3, false); err != nil {
			b.Fatal(err)
		}
	}
	b.SetBytes(int64(size) / int64(b.N))
}

type countWriter int

func (c *countWriter) Write(b []byte) (int, error) {
	*c += countWriter(len(b))
	return len(b), nil
}
