package geojson

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/iotest"

	"github.com/covgap/covgap/geo"
	"github.com/covgap/covgap/geo/reference"
	"github.com/google/go-cmp/cmp"
	"github.com/paulmach/orb"
	"pgregory.net/rapid"
)

// all reads everything, errors in their places.
func all(tb testing.TB, r io.Reader, window int) (features []geo.Feature, errs []error) {
	tb.Helper()
	d := newDecoder(context.Background(), r, "f", func(f geo.Feature, err error) bool {
		if err != nil {
			errs = append(errs, err)
		} else {
			features = append(features, f)
		}
		return true
	})
	d.window = window
	d.run()
	return features, errs
}

const (
	point   = `{"type":"Point","coordinates":[106.25,22.66]}`
	village = `{"type":"Feature","geometry":` + point + `,"properties":{"code":"01273"}}`
)

func TestReadForms(t *testing.T) {
	crs := `"crs":{"type":"name","properties":{"name":"urn:ogc:def:crs:OGC:1.3:CRS84"}}`
	for _, tt := range []struct {
		name, in string
		features int
		fields   int // of each
	}{
		{"collection", `{"type":"FeatureCollection","features":[` + village + "," + village + `]}`, 2, 1},
		{"type last", `{"features":[` + village + `],"type":"FeatureCollection"}`, 1, 1},
		{"foreign members", `{"name":{"a":["]}"]},` + crs + `,"type":"FeatureCollection","bbox":[1,2,3,4],"features":[ ` + village + ` ],"x":null}`, 1, 1},
		{"empty collection", `{"type":"FeatureCollection","features":[ ]}`, 0, 0},
		{"one feature", village, 1, 1},
		{"type of the feature last", `{"properties":{"a":1},"geometry":` + point + `,"id":7,"type":"Feature"}`, 1, 1},
		{"geometry", " " + point + "\n", 1, 0},
		{"lines", village + "\n" + village + "\r\n\n" + village, 3, 1},
		{"text sequence", "\x1e" + village + "\n\x1e" + village + "\n", 2, 1},
		{"byte order mark", "\ufeff" + village, 1, 1},
	} {
		t.Run(tt.name, func(t *testing.T) {
			for _, window := range []int{1, windowBytes} {
				features, errs := all(t, iotest.HalfReader(strings.NewReader(tt.in)), window)
				if len(errs) > 0 {
					t.Fatal(errs)
				}
				if len(features) != tt.features {
					t.Fatalf("%d features, want %d", len(features), tt.features)
				}
				for _, f := range features {
					if f.Geometry == nil || !orb.Equal(f.Geometry, orb.Point{106.25, 22.66}) || len(f.Fields) != tt.fields {
						t.Errorf("read %+v", f)
					}
				}
			}
		})
	}
}

func TestReadGeometries(t *testing.T) {
	ring := orb.Ring{{0, 0}, {1, 0}, {1, 1}, {0, 0}}
	for _, tt := range []struct {
		in   string
		want orb.Geometry
	}{
		{`{"type":"Point","coordinates":[-1.5e1,2.25,300]}`, orb.Point{-15, 2.25}},
		{`{"coordinates":[ [1 , 2] ,[3,4]],"type":"MultiPoint"}`, orb.MultiPoint{{1, 2}, {3, 4}}},
		{`{"type":"LineString","coordinates":[[1,2],[3,4]]}`, orb.LineString{{1, 2}, {3, 4}}},
		{`{"type":"MultiLineString","coordinates":[[[1,2],[3,4]],[[5,6],[7,8]]]}`, orb.MultiLineString{{{1, 2}, {3, 4}}, {{5, 6}, {7, 8}}}},
		{`{"type":"Polygon","coordinates":[[[0,0],[1,0],[1,1],[0,0]]]}`, orb.Polygon{ring}},
		{`{"type":"Polygon","coordinates":[[[0,0],[1,0],[1,1]]]}`, orb.Polygon{ring}}, // left open
		{`{"coordinates":[[[[0,0],[1,0],[1,1],[0,0]]]],"bbox":[0,0,1,1],"type":"MultiPolygon"}`, orb.MultiPolygon{{ring}}},
	} {
		features, errs := all(t, strings.NewReader(tt.in), windowBytes)
		if len(errs) > 0 || len(features) != 1 || !orb.Equal(features[0].Geometry, tt.want) {
			t.Errorf("%s: %v %v, want %v", tt.in, features, errs, tt.want)
		}
	}
	features, errs := all(t, strings.NewReader(`{"type":"Feature","geometry":null,"properties":null}`), windowBytes)
	if len(errs) > 0 || len(features) != 1 || features[0].Geometry != nil || features[0].Fields != nil {
		t.Errorf("null geometry: %v %v", features, errs)
	}
}

func TestReadFields(t *testing.T) {
	in := "\ufeff{\"type\":\"Feature\",\"id\":\"v\\u0031\",\n \"properties\":{\"mã\":\"01273\", \"bfs\":782,\n\t\"x\":-1.50e+3,\"ok\":true,\"no\":null,\"tags\": [1, {\"a\":2}],\"n\\n\":\"\\ud83d\\ude00\\ud800\"},\"geometry\":null}"
	features, errs := all(t, strings.NewReader(in), 1)
	if len(errs) > 0 {
		t.Fatal(errs)
	}
	want := []geo.Feature{{
		ID:  "v1",
		Pos: geo.Position{File: "f", Line: 1, Column: 1, Feature: 1},
		Fields: []geo.Field{
			{Name: "mã", Value: "01273", Kind: geo.Text, Line: 2, Column: 21},
			{Name: "bfs", Value: "782", Kind: geo.Number, Line: 2, Column: 36},
			{Name: "x", Value: "-1.50e+3", Kind: geo.Number, Line: 3, Column: 6},
			{Name: "ok", Value: "true", Kind: geo.Bool, Line: 3, Column: 20},
			{Name: "no", Kind: geo.Null, Line: 3, Column: 30},
			{Name: "tags", Value: `[1, {"a":2}]`, Kind: geo.Structured, Line: 3, Column: 43},
			{Name: "n\n", Value: "😀\ufffd", Kind: geo.Text, Line: 3, Column: 62},
		},
	}}
	if diff := cmp.Diff(want, features); diff != "" {
		t.Error(diff)
	}
}

// Each fault is met with its place, and what is well-formed around it is read.
func TestReadFaults(t *testing.T) {
	geometry := func(s string) string { return `{"type":"Feature","properties":{},"geometry":` + s + `}` }
	for _, tt := range []struct {
		name, in string
		cause    error
		want     string // the error's text begins so
		goesOn   bool   // a good feature follows it
	}{
		{"text as coordinate", geometry(`{"type":"Point","coordinates":["106",22]}`), ErrFeature, `f:2:77: geometry.coordinates: "106"; expected a number`, true},
		{"null as coordinate", geometry(`{"type":"Point","coordinates":[106,null]}`), ErrFeature, `f:2:81: geometry.coordinates: null; expected a number`, true},
		{"infinite", geometry(`{"type":"Point","coordinates":[1e999,22]}`), ErrFeature, `f:2:77: geometry.coordinates: 1e999; expected a number within`, true},
		{"NaN as coordinate", geometry(`{"type":"Point","coordinates":[NaN,22]}`), ErrFeature, `f:2:77: geometry.coordinates: NaN; expected a number`, true},
		{"-Infinity as property", `{"type":"Feature","properties":{"a":-Infinity}}`, ErrFeature, `f:2:37: a: -Infinity; expected a number or null`, true},
		{"one number", geometry(`{"type":"Point","coordinates":[106]}`), ErrFeature, `f:2:76: geometry.coordinates: one number`, true},
		{"empty point", geometry(`{"type":"Point","coordinates":[]}`), ErrFeature, `f:2:76: geometry.coordinates: empty`, true},
		{"empty polygon", geometry(`{"type":"Polygon","coordinates":[ ]}`), ErrFeature, `f:2:78: geometry.coordinates: empty`, true},
		{"empty ring", geometry(`{"type":"Polygon","coordinates":[[]]}`), ErrFeature, `f:2:79: geometry.coordinates: empty`, true},
		{"short ring", geometry(`{"type":"Polygon","coordinates":[[[0,0],[1,1],[0,0]]]}`), ErrFeature, `f:2:79: geometry.coordinates: a ring of 3 positions; expected at least 4`, true},
		{"short line", geometry(`{"type":"LineString","coordinates":[[0,0]]}`), ErrFeature, `f:2:81: geometry.coordinates: 1 position;`, true},
		{"wrong level", geometry(`{"type":"Polygon","coordinates":[[0,0],[1,1]]}`), ErrFeature, `f:2:80: geometry.coordinates: 0; expected a position`, true},
		{"object as coordinates", geometry(`{"coordinates":{"x":1},"type":"Point"}`), ErrFeature, `f:2:61: geometry.coordinates: an object;`, true},
		{"no coordinates", geometry(`{"type":"Point"}`), ErrFeature, `f:2:46: geometry.coordinates: missing`, true},
		{"no geometry type", geometry(`{"coordinates":[1,2]}`), ErrFeature, `f:2:46: geometry.type: missing`, true},
		{"unknown geometry", geometry(`{"type":"Circle","coordinates":[1,2]}`), ErrFeature, `f:2:54: geometry.type: "Circle"; expected Point`, true},
		{"geometry collection", geometry(`{"type":"GeometryCollection","geometries":[]}`), ErrFeature, `f:2:54: geometry.type: GeometryCollection; expected one geometry`, true},
		{"text as geometry", geometry(`"POINT(1 2)"`), ErrFeature, `f:2:46: geometry: "POINT(1 2)"`, true},
		{"number as feature", `12`, ErrFeature, `f:2:1: 12; expected a Feature object`, true},
		{"feature without type", `{"properties":{}}`, ErrFeature, `f:2:1: type: missing`, true},
		{"Esri JSON", `{"attributes":{"a":1},"geometry":{"type":"Point","coordinates":[1,2]}}`, ErrFeature, `f:2:1: type: missing; expected "type":"Feature" (this is Esri JSON`, true},
		{"property twice", `{"type":"Feature","properties":{"a":1,"b":2,"a":3}}`, ErrFeature, `f:2:49: a: a second time`, true},
		{"geometry twice", `{"type":"Feature","geometry":null,"geometry":null}`, ErrFeature, `f:2:46: geometry: a second time`, true},
		{"properties as text", `{"type":"Feature","properties":"a"}`, ErrFeature, `f:2:32: properties: "a"`, true},
		{"id as object", `{"type":"Feature","id":{}}`, ErrFeature, `f:2:24: id: an object`, true},
		{"bad feature and bad JSON", `{"type":"Feature","id":{},"a":tru}`, ErrSyntax, `f:2:31: 't'; expected a value`, false},
		{"comma missing", `{"type":"Feature" "id":1}`, ErrSyntax, `f:2:19: '"'; expected ',' or '}'`, false},
		{"comma too many", `{"type":"Feature",}`, ErrSyntax, `f:2:19: '}'; expected a member name`, false},
		{"single quotes", `{'type':"Feature"}`, ErrSyntax, `f:2:2: '\''; expected a member name`, false},
		{"leading zero", `{"type":"Feature","properties":{"a":01273}}`, ErrSyntax, `f:2:38: a: '1'; expected no further digit`, false},
		{"line break in text", "{\"type\":\"Feature\",\"properties\":{\"a\":\"x\ny\"}}", ErrSyntax, `f:2:39: a: '\n'; expected '"'`, false},
		{"unknown escape", `{"type":"Feature","properties":{"a":"\x"}}`, ErrSyntax, `f:2:39: a: 'x'; expected an escape`, false},
		{"Latin-1", "{\"type\":\"Feature\",\"properties\":{\"tên\":\"Z\xfcrich\"}}", ErrSyntax, `f:2:41: tên: byte 0xfc; expected UTF-8 text (save the file as UTF-8)`, false},
		{"mixed brackets", `{"type":"Feature","properties":{"a":[1}}`, ErrSyntax, `f:2:39: a: '}'; expected ',' or ']'`, false},
		{"nested too deep", `{"type":"Feature","properties":{"a":` + strings.Repeat("[", MaxDepth) + strings.Repeat("]", MaxDepth) + `}}`, ErrLimit, `f:2:99: a: more than 64 nested`, false},
	} {
		t.Run(tt.name, func(t *testing.T) {
			in := `{"type":"FeatureCollection","features":[` + village + ",\n" + tt.in + ",\n" + village + "]}"
			for _, window := range []int{1, windowBytes} {
				features, errs := all(t, strings.NewReader(in), window)
				if len(errs) != 1 || !errors.Is(errs[0], tt.cause) || !strings.HasPrefix(errs[0].Error(), tt.want) {
					t.Fatalf("errors %q, want one %q", errs, tt.want)
				}
				var input *geo.InputError
				if !errors.As(errs[0], &input) || input.Pos.Feature != 2 && errors.Is(errs[0], ErrFeature) {
					t.Errorf("position %+v, want feature 2", input.Pos)
				}
				want := 1
				if tt.goesOn {
					want = 2
				}
				if len(features) != want {
					t.Fatalf("%d features, want %d", len(features), want)
				}
				if tt.goesOn && features[1].Pos != (geo.Position{File: "f", Line: 3, Column: 1, Feature: 3}) {
					t.Errorf("the next feature is at %+v", features[1].Pos)
				}
			}
		})
	}
}

func TestReadFileFaults(t *testing.T) {
	for _, tt := range []struct {
		name, in string
		cause    error
		want     string
	}{
		{"empty", "", ErrFormat, "f:1:1: an empty file"},
		{"blank", " \n", ErrFormat, "f:2:1: an empty file"},
		{"truncated collection", `{"type":"FeatureCollection","features":[` + village, io.ErrUnexpectedEOF, "f:1:146: the file ends inside a value"},
		{"truncated feature", `{"type":"FeatureCollection","features":[` + village[:60], io.ErrUnexpectedEOF, "f:1:101: the file ends inside a value"},
		{"truncated word", `{"type":"FeatureCollection","features":nul`, io.ErrUnexpectedEOF, "f:1:43: the file ends inside a value"},
		{"array", "[" + village + "]", ErrFormat, "f:1:1: an array"},
		{"number", "12", ErrFormat, "f:1:1: 12; expected a GeoJSON object"},
		{"not JSON", "<kml/>", ErrSyntax, "f:1:1: '<'; expected a value"},
		{"TopoJSON", `{"type":"Topology","objects":{}}`, ErrFormat, "f:1:9: type: TopoJSON;"},
		{"other type", `{"type":"Features","features":[]}`, ErrFormat, `f:1:9: type: "Features"; expected`},
		{"no type", `{"features":[]}`, ErrFormat, `f:1:1: an object without "type"`},
		{"no features", `{"type":"FeatureCollection"}`, ErrFormat, `f:1:1: a FeatureCollection without "features"`},
		{"features is no array", `{"features":{}}`, ErrFormat, `f:1:13: features: an object`},
		{"text after the end", `{"type":"FeatureCollection","features":[]}]`, ErrSyntax, `f:1:43: ']'; expected a value`},
		{"UTF-16", "\xff\xfe{\x00", ErrSyntax, "f:1:1: UTF-16 text; expected UTF-8"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			_, errs := all(t, strings.NewReader(tt.in), 1)
			if len(errs) != 1 || !errors.Is(errs[0], tt.cause) || !strings.HasPrefix(errs[0].Error(), tt.want) {
				t.Fatalf("errors %q, want one %q", errs, tt.want)
			}
		})
	}
}

func TestReadCRS(t *testing.T) {
	for _, tt := range []struct{ crs, code string }{
		{`null`, ""},
		{`{"type":"name","properties":{"name":"urn:ogc:def:crs:OGC:1.3:CRS84"}}`, ""},
		{`{"type":"name","properties":{"name":"EPSG:4326"}}`, ""},
		{`{"type":"name","properties":{"name":"urn:ogc:def:crs:EPSG::9210"}}`, "EPSG:9210"},
		{`{"type":"name","properties":{"name":"http://www.opengis.net/def/crs/EPSG/0/3405"}}`, "EPSG:3405"},
		{`{"type":"EPSG","properties":{"code":2056}}`, "EPSG:2056"},
		{`{"type":"link","properties":{"href":"http://example.org/my.prj"}}`, "http://example.org/my.prj"},
	} {
		for _, in := range []string{
			`{"type":"FeatureCollection","crs":` + tt.crs + `,"features":[` + village + "," + village + `]}`,
			`{"type":"FeatureCollection","features":[` + village + "," + village + `],"crs":` + tt.crs + `}`,
			`{"type":"Point","crs":` + tt.crs + `,"coordinates":[1,2]}{"type":"Point","crs":` + tt.crs + `,"coordinates":[1,2]}`,
		} {
			features, errs := all(t, strings.NewReader(in), windowBytes)
			if len(features) != 2 {
				t.Errorf("%s: %d features, want 2: %v", in, len(features), errs)
			}
			if tt.code == "" {
				if len(errs) > 0 {
					t.Errorf("%s: %v", in, errs)
				}
				continue
			}
			var crs *CRSError
			if len(errs) != 1 || !errors.As(errs[0], &crs) || crs.Code != tt.code || !strings.Contains(errs[0].Error(), "--in-crs") {
				t.Errorf("%s: errors %v, want one of %s", in, errs, tt.code)
			}
		}
	}
}

func TestReadStops(t *testing.T) {
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	n := 0
	for _, err := range Read(ctx, strings.NewReader(strings.Repeat(village, 3)), "f") {
		if n++; n == 2 {
			if !errors.Is(err, context.Canceled) {
				t.Errorf("error %v, want context.Canceled", err)
			}
		}
		cancel()
	}
	if n != 2 {
		t.Errorf("%d turns, want a feature and the error", n)
	}
	for _, err := range Read(context.Background(), strings.NewReader(strings.Repeat(village, 3)), "f") {
		if err != nil {
			t.Error(err)
		}
		break // must not be called again
	}
	_, errs := all(t, io.MultiReader(strings.NewReader(village[:50]), iotest.ErrReader(os.ErrPermission)), 1)
	if len(errs) != 1 || !errors.Is(errs[0], os.ErrPermission) {
		t.Errorf("errors %v, want that of the reader", errs)
	}
}

// A text that never closes is given up at the limit.
func TestReadLimit(t *testing.T) {
	var errs []error
	d := newDecoder(context.Background(), strings.NewReader(`{"type":"Feature","a":"`+strings.Repeat("x", 10<<20)), "f", func(_ geo.Feature, err error) bool {
		errs = append(errs, err)
		return true
	})
	d.limit = 1 << 20
	d.run()
	if len(errs) != 1 || !errors.Is(errs[0], ErrLimit) {
		t.Errorf("errors %v, want ErrLimit", errs)
	}
	if cap(d.buf) > 4<<20 {
		t.Errorf("the window grew to %d bytes at a limit of 1 MiB", cap(d.buf))
	}
}

// Numbers are those of strconv: the short cut for short decimals is exact.
func TestReadNumbers(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		text := rapid.StringMatching(`-?(0|[1-9][0-9]{0,18})(\.[0-9]{1,20})?([eE][+-]?[0-9]{1,2})?`).Draw(t, "number")
		var want float64
		if err := json.Unmarshal([]byte(text), &want); err != nil {
			t.Fatal(err)
		}
		p := parser{b: []byte(text)}
		if got, f := p.float(); f != nil || got != want {
			t.Fatalf("%s reads %v %v, want %v", text, got, f, want)
		}
	})
}

// anyJSON draws a JSON document of some depth.
func anyJSON(depth int) *rapid.Generator[any] {
	leaf := rapid.OneOf(
		rapid.String().AsAny(), rapid.Float64Range(-1e9, 1e9).AsAny(), rapid.Int().AsAny(), rapid.Bool().AsAny(), rapid.Just[any](nil))
	if depth == 0 {
		return leaf
	}
	return rapid.OneOf(leaf, rapid.SliceOfN(anyJSON(depth-1), 0, 3).AsAny(), rapid.MapOfN(rapid.String(), anyJSON(depth-1), 0, 3).AsAny())
}

// On random properties, encoding/json finds the same names and values.
func TestReadAgainstEncodingJSON(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		properties := rapid.MapOfN(rapid.String(), anyJSON(2), 0, 6).Draw(t, "properties")
		text, err := json.Marshal(map[string]any{"type": "Feature", "geometry": nil, "properties": properties})
		if err != nil {
			t.Fatal(err)
		}
		if rapid.Bool().Draw(t, "indented") {
			var b bytes.Buffer
			if err := json.Indent(&b, text, "", "\t"); err != nil {
				t.Fatal(err)
			}
			text = b.Bytes()
		}
		var want struct{ Properties map[string]json.RawMessage }
		if err := json.Unmarshal(text, &want); err != nil {
			t.Fatal(err)
		}
		n := 0
		for f, err := range Read(context.Background(), bytes.NewReader(text), "f") {
			if err != nil {
				t.Fatalf("%v in %s", err, text)
			}
			n++
			if len(f.Fields) != len(want.Properties) {
				t.Fatalf("%d fields, want %d", len(f.Fields), len(want.Properties))
			}
			for _, field := range f.Fields {
				raw := string(want.Properties[field.Name])
				value := raw
				switch raw[0] {
				case 'n':
					value = ""
				case '"':
					if err := json.Unmarshal([]byte(raw), &value); err != nil {
						t.Fatal(err)
					}
				}
				if field.Value != value {
					t.Fatalf("%q is %q, want %q", field.Name, field.Value, value)
				}
				line := strings.Split(string(text), "\n")[field.Line-1]
				if at := string([]rune(line)[field.Column-1:]); at[0] != raw[0] {
					t.Fatalf("%q at %d:%d points at %q, want %q", field.Name, field.Line, field.Column, at, raw)
				}
			}
		}
		if n != 1 {
			t.Fatalf("%d features", n)
		}
	})
}

// What encoding/json refuses is refused, and the other way round.
func FuzzRead(f *testing.F) {
	for _, s := range []string{
		village, `{"type":"FeatureCollection","features":[` + village + `,{"type":"Feature","properties":{"a":NaN}}],"crs":null}`,
		"\x1e" + village + "\n" + point, `{"type":"MultiPolygon","coordinates":[[[[0,0],[1,0],[1,1],[0,0]]]]}`,
		`{"coordinates":[1e400,"\ud800"],"type":"Point"`, "\ufeff[", `{"type":"Feature","a":[[[[[[`, `{"":0A00`,
	} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		features, errs := all(t, bytes.NewReader(b), 1)
		again, errsAgain := all(t, bytes.NewReader(b), windowBytes)
		if diff := cmp.Diff(features, again); diff != "" {
			t.Errorf("the window's size changes the features: %s", diff)
		}
		if fmt.Sprint(errs) != fmt.Sprint(errsAgain) {
			t.Errorf("the window's size changes the errors: %v, %v", errs, errsAgain)
		}
		for _, err := range errs {
			var input *geo.InputError
			if !errors.As(err, &input) || input.Pos.Line < 1 || input.Pos.Column < 1 {
				t.Errorf("error without a place: %#v", err)
			}
		}
		if len(errs) == 0 && len(features) == 1 && !bytes.HasPrefix(b, []byte("\ufeff")) && !bytes.ContainsAny(b, "\x1e") &&
			!bytes.Contains(b, []byte("NaN")) && !bytes.Contains(b, []byte("nan")) && !bytes.Contains(b, []byte("nf")) && !json.Valid(b) {
			t.Errorf("encoding/json refuses %q", b)
		}
		Check(bytes.NewReader(b))
	})
}

func TestReadCommunes(t *testing.T) {
	file := filepath.Join(reference.Dir(t, "realcase/cao_bang"), "communes_2025_cao_bang.geojson")
	b, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	features, errs := all(t, bytes.NewReader(b), 1)
	if len(errs) > 0 || len(features) != 56 {
		t.Fatalf("%d features, want the province's 56 communes: %v", len(features), errs)
	}
	code, _ := features[0].Field("code")
	name, _ := features[0].Field("name")
	area, _ := features[0].Field("areaKm2")
	if code.Value != "01273" || code.Kind != geo.Text || name.Value != "Thục Phán" || area.Value != "55.44" {
		t.Errorf("first commune is %v, %v, %v", code, name, area)
	}
	var want struct {
		Features []struct {
			Geometry struct{ Coordinates orb.MultiPolygon }
		}
	}
	if err := json.Unmarshal(b, &want); err != nil {
		t.Fatal(err)
	}
	for i, f := range features {
		if !orb.Equal(f.Geometry, want.Features[i].Geometry.Coordinates) {
			t.Errorf("geometry of %v differs from that encoding/json reads", f.Pos)
		}
	}
}

func TestReadReferenceFiles(t *testing.T) {
	dir := reference.Dir(t, "realcase")
	for name, want := range map[string]int{ // counted with: ogrinfo -so -al
		"swiss_uri/municipalities.geojson":      37,
		"swiss_uri/plz_areas.geojson":           74,
		"andorra/roads.geojson":                 1614,
		"cao_bang/communes_pre2025_199.geojson": 199,
		"cao_bang/province_cao_bang.geojson":    1,
	} {
		b, err := os.ReadFile(filepath.Join(dir, name))
		if err != nil {
			t.Fatal(err)
		}
		if features, errs := all(t, bytes.NewReader(b), windowBytes); len(errs) > 0 || len(features) != want {
			t.Errorf("%s: %d features, want %d: %v", name, len(features), want, errs)
		}
	}
}

// villages is a collection of n polygons with properties, as a province's list.
func villages(n int) []byte {
	var b bytes.Buffer
	b.WriteString(`{"type":"FeatureCollection","features":[`)
	for i := range n {
		if i > 0 {
			b.WriteString(",\n")
		}
		x := 105.3 + float64(i%1000)/1000
		fmt.Fprintf(&b, `{"type":"Feature","properties":{"code":"%05d","name":"Xóm Nà Lừa %d","population":%d,"grid_power":%t,"date":null},"geometry":{"type":"Polygon","coordinates":[[`, i, i, i%900, i%3 > 0)
		for k := range 9 {
			fmt.Fprintf(&b, "[%.6f,%.6f],", x+float64(k)/1e4, 22.5+float64(k*k)/1e5)
		}
		fmt.Fprintf(&b, "[%.6f,22.500000]]]}}", x)
	}
	b.WriteString("]}")
	return b.Bytes()
}

func BenchmarkRead(b *testing.B) {
	in := villages(10_000)
	b.SetBytes(int64(len(in)))
	b.ReportAllocs()
	for b.Loop() {
		for _, err := range Read(context.Background(), bytes.NewReader(in), "f") {
			if err != nil {
				b.Fatal(err)
			}
		}
	}
}
