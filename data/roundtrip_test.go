package data_test

import (
	"cmp"
	"context"
	"fmt"
	"io"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"testing"

	"github.com/covgap/covgap/data"
	"github.com/covgap/covgap/geo"
	"github.com/covgap/covgap/geo/csvtable"
	"github.com/covgap/covgap/geo/flatgeobuf"
	"github.com/covgap/covgap/geo/geojson"
	"github.com/covgap/covgap/geo/gpkg"
	"github.com/covgap/covgap/geo/kml"
	"github.com/covgap/covgap/geo/shapefile"
	"github.com/covgap/covgap/geo/table"
	"github.com/covgap/covgap/geo/xlsx"
	gocmp "github.com/google/go-cmp/cmp"
	"github.com/paulmach/orb"
	"pgregory.net/rapid"
)

var tripColumns = []table.Column{
	{Name: "nr", Type: table.Integer}, {Name: "code"}, {Name: "name"}, {Name: "count", Type: table.Integer},
	{Name: "level", Type: table.Number}, {Name: "grid", Type: table.Boolean}, {Name: "seen", Type: table.Date},
}

// formats writes a layer in every format that is read as well.
var formats = map[string]func(t *rapid.T, path string, kind gpkg.GeometryType) (w table.Writer, finish func() error){
	"a.geojson": func(t *rapid.T, path string, _ gpkg.GeometryType) (table.Writer, func() error) {
		return toFile(t, path, func(f io.Writer) (table.Writer, error) {
			return geojson.NewWriter(f, geojson.Options{Columns: tripColumns, Multi: true})
		})
	},
	"a.geojsonl": func(t *rapid.T, path string, _ gpkg.GeometryType) (table.Writer, func() error) {
		return toFile(t, path, func(f io.Writer) (table.Writer, error) {
			return geojson.NewWriter(f, geojson.Options{Columns: tripColumns, Multi: true, Lines: true})
		})
	},
	"a.fgb": func(t *rapid.T, path string, _ gpkg.GeometryType) (table.Writer, func() error) {
		return toFile(t, path, func(f io.Writer) (table.Writer, error) {
			return flatgeobuf.NewWriter(f, flatgeobuf.Options{Layer: table.Layer{Name: "a", Columns: tripColumns}, Multi: true})
		})
	},
	"a.zip": func(t *rapid.T, path string, _ gpkg.GeometryType) (table.Writer, func() error) {
		return toFile(t, path, func(f io.Writer) (table.Writer, error) {
			return shapefile.NewWriter(f, shapefile.Options{Layer: table.Layer{Name: "a", Columns: tripColumns}})
		})
	},
	"a.gpkg": func(t *rapid.T, path string, kind gpkg.GeometryType) (table.Writer, func() error) {
		f, err := gpkg.Create(path, gpkg.Options{})
		if err != nil {
			t.Fatal(err)
		}
		w, err := f.Layer(gpkg.Layer{Geometry: kind, Layer: table.Layer{Name: "a", Columns: tripColumns}})
		if err != nil {
			t.Fatal(err)
		}
		return w, f.Close
	},
	"a.kmz": func(t *rapid.T, path string, _ gpkg.GeometryType) (table.Writer, func() error) {
		var document *kml.Document
		w, finish := toFile(t, path, func(f io.Writer) (_ table.Writer, err error) {
			if document, err = kml.NewArchive(f, kml.Options{}); err != nil {
				return nil, err
			}
			return document.Layer(kml.Layer{NameColumn: "name", FolderColumn: "code", Layer: table.Layer{Name: "a", Columns: tripColumns}})
		})
		return w, func() error { return cmp.Or(document.Close(), finish()) }
	},
}

func toFile(t *rapid.T, path string, open func(io.Writer) (table.Writer, error)) (table.Writer, func() error) {
	f, err := os.Create(path)
	if err != nil {
		t.Fatal(err)
	}
	w, err := open(f)
	if err != nil {
		t.Fatal(err)
	}
	return w, f.Close
}

// tripGeometry draws a geometry whose coordinates have six decimals at most: the digits
// of GeoJSON and KML. Polygons are apart from one another, with or without a hole.
func tripGeometry(t *rapid.T, kind gpkg.GeometryType) orb.Geometry {
	degree := func(label string, from int) float64 {
		return float64(from*64+rapid.IntRange(0, 63).Draw(t, label)) / 64
	}
	switch kind {
	case gpkg.MultiPoint:
		return orb.MultiPoint{{degree("x", 105), degree("y", 22)}}
	case gpkg.MultiLineString:
		return orb.MultiLineString{{{degree("x", 105), degree("y", 22)}, {degree("x", 106), degree("y", 22)}, {degree("x", 106), degree("y", 23)}}}
	}
	var out orb.MultiPolygon
	for i := range rapid.IntRange(1, 3).Draw(t, "polygons") {
		x, y, s := degree("x", 100+3*i), degree("y", 20), 1.5
		p := orb.Polygon{{{x, y}, {x + s, y}, {x + s, y + s}, {x, y + s}, {x, y}}}
		if rapid.Bool().Draw(t, "hole") {
			p = append(p, orb.Ring{{x + 0.5, y + 0.5}, {x + 0.5, y + 0.75}, {x + 0.75, y + 0.75}, {x + 0.5, y + 0.5}})
		}
		out = append(out, p)
	}
	return out
}

// tables writes records in the formats that have no geometry: their places are columns.
var tables = map[string]func(t *rapid.T, path string) (w table.Writer, finish func() error){
	"a.csv": func(t *rapid.T, path string) (table.Writer, func() error) {
		return toFile(t, path, func(f io.Writer) (table.Writer, error) {
			return csvtable.NewTable(f, placeColumns, csvtable.Options{BOM: true})
		})
	},
	"a.xlsx": func(t *rapid.T, path string) (table.Writer, func() error) {
		book, err := xlsx.NewBook()
		if err != nil {
			t.Fatal(err)
		}
		w, err := book.Sheet(table.Layer{Name: "a", Columns: placeColumns})
		if err != nil {
			t.Fatal(err)
		}
		return w, func() error {
			f, err := os.Create(path)
			if err != nil {
				return err
			}
			_, err = book.WriteTo(f)
			return cmp.Or(err, f.Close())
		}
	},
}

var placeColumns = slices.Concat(tripColumns, []table.Column{{Name: "longitude", Type: table.Number, Decimals: 6}, {Name: "latitude", Type: table.Number, Decimals: 6}})

// Tables come back with the text of each value: numbers and codes, Vietnamese names with
// separators and quotation marks in them, yes and no.
func TestTablesRoundTrip(t *testing.T) {
	dir := t.TempDir()
	rapid.Check(t, func(t *rapid.T) {
		name := rapid.StringMatching(`[A-ZĐ][a-zàáạảãâăêôơưđỳỷỹ<&"',;|]{1,12}( [a-zếệộỗ]{1,6}){0,2}[a-z0-9]`)
		var rows [][]any
		for i := range rapid.IntRange(1, 5).Draw(t, "records") {
			rows = append(rows, []any{
				i + 1, rapid.StringMatching(`0[0-9]{1,4}`).Draw(t, "code"), name.Draw(t, "name"), rapid.IntRange(-1e6, 1e6).Draw(t, "count"),
				float64(rapid.IntRange(-2000, 2000).Draw(t, "level")) / 16, rapid.Bool().Draw(t, "grid"), "2025-08-31",
				105 + float64(rapid.IntRange(0, 1e6).Draw(t, "x"))/1e6, 22 + float64(rapid.IntRange(0, 1e6).Draw(t, "y"))/1e6,
			})
		}
		for file, begin := range tables {
			path := filepath.Join(dir, file)
			_ = os.Remove(path) // of the check before
			w, finish := begin(t, path)
			for _, row := range rows {
				if err := w.Write(nil, row...); err != nil {
					t.Fatalf("%s: %v", file, err)
				}
			}
			if err := cmp.Or(w.Close(), finish()); err != nil {
				t.Fatalf("%s: %v", file, err)
			}
			stream, err := data.Open(context.Background(), path, data.Source{})
			if err != nil {
				t.Fatal(err)
			}
			n := 0
			for f, err := range stream.Rows {
				if err != nil {
					t.Fatalf("%s: %v", file, err)
				}
				for k, c := range placeColumns {
					fd, _ := f.Field(c.Name)
					same := fd.Value == fmt.Sprint(rows[n][k])
					switch c.Type {
					case table.Boolean: // yes in CSV; a workbook has 1 for TRUE
						same = slices.Contains([]string{"yes", "true", "1"}, fd.Value) == rows[n][k].(bool)
					case table.Integer, table.Number:
						v, err := strconv.ParseFloat(fd.Value, 64)
						same = err == nil && math.Abs(v-asFloat(rows[n][k])) < 1e-9 // nothing but the last bit of a sixth decimal
					}
					if !same {
						t.Errorf("%s: %s of row %d is %q, want %v", file, c.Name, n+1, fd.Value, rows[n][k])
					}
				}
				n++
			}
			if err := stream.Close(); err != nil || n != len(rows) {
				t.Errorf("%s: %d rows, want %d, %v", file, n, len(rows), err)
			}
		}
	})
}

func asFloat(v any) float64 {
	if n, ok := v.(int); ok {
		return float64(n)
	}
	return v.(float64)
}

// tripRecord is a record as it is compared: values as text, numbers as numbers.
type tripRecord struct {
	Geometry orb.Geometry
	Values   map[string]any // those that are not missing
}

// Every vector format that is written and read gives the same records: Vietnamese
// names, codes with zeros in front, missing values, multipolygons with holes.
func TestFormatsRoundTrip(t *testing.T) {
	dir := t.TempDir()
	rapid.Check(t, func(t *rapid.T) {
		kind := rapid.SampledFrom([]gpkg.GeometryType{gpkg.MultiPoint, gpkg.MultiLineString, gpkg.MultiPolygon}).Draw(t, "kind")
		name := rapid.StringMatching(`[A-ZĐ][a-zàáạảãâăêôơưđỳỷỹ<&"',;|]{1,12}( [a-zếệộỗ]{1,6}){0,2}[a-z0-9]`)
		maybe := func(v any) any {
			if rapid.Bool().Draw(t, "missing") {
				return nil
			}
			return v
		}
		var want []tripRecord
		var rows [][]any
		for i := range rapid.IntRange(1, 5).Draw(t, "records") {
			row := []any{
				i + 1, rapid.StringMatching(`0[0-9]{1,4}`).Draw(t, "code"), maybe(name.Draw(t, "name")), maybe(rapid.IntRange(-1e6, 1e6).Draw(t, "count")),
				maybe(float64(rapid.IntRange(-2000, 2000).Draw(t, "level")) / 16), maybe(rapid.Bool().Draw(t, "grid")),
				maybe(rapid.StringMatching(`20[0-2][0-9]-0[13-9]-[12][0-9]`).Draw(t, "seen")),
			}
			r := tripRecord{Geometry: tripGeometry(t, kind), Values: map[string]any{}}
			for k, v := range row {
				switch v := v.(type) {
				case int:
					r.Values[tripColumns[k].Name] = float64(v)
				case bool:
					r.Values[tripColumns[k].Name] = strconv.FormatBool(v)
				case nil:
				default:
					r.Values[tripColumns[k].Name] = v
				}
			}
			want, rows = append(want, r), append(rows, row)
		}
		for file, begin := range formats {
			path := filepath.Join(dir, file)
			_ = os.Remove(path) // of the check before
			w, finish := begin(t, path, kind)
			for i, row := range rows {
				if err := w.Write(want[i].Geometry, row...); err != nil {
					t.Fatalf("%s: %v", file, err)
				}
			}
			if err := w.Close(); err != nil {
				t.Fatalf("%s: %v", file, err)
			}
			if err := finish(); err != nil {
				t.Fatalf("%s: %v", file, err)
			}
			if d := gocmp.Diff(want, readTrip(t, path)); d != "" {
				t.Errorf("%s: %s", file, d)
			}
		}
	})
}

func readTrip(t *rapid.T, path string) []tripRecord {
	stream, err := data.Open(context.Background(), path, data.Source{})
	if err != nil {
		t.Fatal(err)
	}
	var out []tripRecord
	for f, err := range stream.Rows {
		if err != nil {
			t.Fatalf("%s: %v", path, err)
		}
		g, ok := geo.Multi([]orb.Geometry{f.Geometry}) // one format has no multi form of one
		if !ok {
			t.Fatalf("%s: %v", path, f.Geometry)
		}
		r := tripRecord{Geometry: g, Values: map[string]any{}}
		for _, c := range tripColumns {
			fd, _ := f.Field(c.Name)
			// A KML placemark has a name even where the record has none: an empty one.
			if fd.Kind == geo.Null || fd.Value == "" && c.Name == "name" {
				continue
			}
			r.Values[c.Name] = fd.Value
			if c.Type == table.Integer || c.Type == table.Number {
				v, err := strconv.ParseFloat(fd.Value, 64)
				if err != nil || fd.Kind != geo.Number {
					t.Errorf("%s: %s is %q of kind %d", path, c.Name, fd.Value, fd.Kind)
				}
				r.Values[c.Name] = v
			}
		}
		out = append(out, r)
	}
	if err := stream.Close(); err != nil {
		t.Fatal(err)
	}
	// FlatGeobuf stands along a curve, KML by folder.
	slices.SortFunc(out, func(a, b tripRecord) int { return cmp.Compare(a.Values["nr"].(float64), b.Values["nr"].(float64)) })
	return out
}
