package data_test

import (
	"archive/zip"
	"bytes"
	"context"
	"database/sql"
	"encoding/binary"
	"errors"
	"io"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"

	"github.com/covgap/covgap/data"
	"github.com/covgap/covgap/geo"
	"github.com/covgap/covgap/geo/flatgeobuf"
	"github.com/covgap/covgap/geo/geojson"
	"github.com/covgap/covgap/geo/kml"
	"github.com/covgap/covgap/geo/shapefile"
	"github.com/covgap/covgap/geo/table"
	"github.com/covgap/covgap/geo/xlsx"
)

// mostAllocated is what reading a hostile file may allocate in all, whatever it claims:
// the largest record that the readers take (64 MiB) while it grows, and some more.
const mostAllocated = 192 << 20

// drain opens a file, reads it to its end, and gives what was allocated on the way and
// its first error.
func drain(path string) (uint64, error) {
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	var first error
	stream, err := data.Open(context.Background(), path, data.Source{})
	if err == nil {
		for _, err := range stream.Rows {
			if err != nil && first == nil {
				first = err
			}
		}
		err = stream.Close()
	}
	if first == nil {
		first = err
	}
	runtime.ReadMemStats(&after)
	return after.TotalAlloc - before.TotalAlloc, first
}

// written gives hamlets in a format.
func written(t testing.TB, begin func(io.Writer) (table.Writer, error), finish func() error) []byte {
	t.Helper()
	var b bytes.Buffer
	w, err := begin(&b)
	if err != nil {
		t.Fatal(err)
	}
	for range 200 { // so that half of the file holds some whole records
		for _, h := range hamlets {
			if err := w.Write(h.outline, h.id, h.name, h.households); err != nil {
				t.Fatal(err)
			}
		}
	}
	if err := errors.Join(w.Close(), finish()); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

var hamletLayer = table.Layer{Name: "hamlets", Columns: []table.Column{{Name: "id"}, {Name: "name"}, {Name: "households", Type: table.Integer}}}

// wholeFiles gives the same hamlets in every format that is read, by file name.
func wholeFiles(t *testing.T) map[string][]byte {
	t.Helper()
	nothing := func() error { return nil }
	out := map[string][]byte{
		"a.geojson": written(t, func(w io.Writer) (table.Writer, error) {
			return geojson.NewWriter(w, geojson.Options{Columns: hamletLayer.Columns})
		}, nothing),
		"a.fgb": written(t, func(w io.Writer) (table.Writer, error) {
			return flatgeobuf.NewWriter(w, flatgeobuf.Options{Layer: hamletLayer})
		}, nothing),
		"a.zip": written(t, func(w io.Writer) (table.Writer, error) {
			return shapefile.NewWriter(w, shapefile.Options{Layer: hamletLayer})
		}, nothing),
	}
	var document *kml.Document
	out["a.kml"] = written(t, func(w io.Writer) (_ table.Writer, err error) {
		if document, err = kml.NewDocument(w, kml.Options{}); err != nil {
			return nil, err
		}
		return document.Layer(kml.Layer{Layer: hamletLayer})
	}, func() error { return document.Close() })
	out["a.kmz"] = written(t, func(w io.Writer) (_ table.Writer, err error) {
		if document, err = kml.NewArchive(w, kml.Options{}); err != nil {
			return nil, err
		}
		return document.Layer(kml.Layer{Layer: hamletLayer})
	}, func() error { return document.Close() })
	book, err := xlsx.NewBook()
	if err != nil {
		t.Fatal(err)
	}
	var b bytes.Buffer
	sheet, err := book.Sheet(hamletLayer)
	if err != nil {
		t.Fatal(err)
	}
	err = errors.Join(sheet.Write(nil, "01273", "Nà Lừa", 48), sheet.Close())
	if _, e := book.WriteTo(&b); err != nil || e != nil {
		t.Fatal(err, e)
	}
	out["a.xlsx"] = b.Bytes()
	path := filepath.Join(t.TempDir(), "a.gpkg")
	writeGeoPackage(t, path)
	if out["a.gpkg"], err = os.ReadFile(path); err != nil {
		t.Fatal(err)
	}
	return out
}

// A file that stops half-way is an error in every format, and never taken for whole.
func TestTruncatedFiles(t *testing.T) {
	dir := t.TempDir()
	for name, whole := range wholeFiles(t) {
		path := filepath.Join(dir, name)
		for _, part := range []int{len(whole), len(whole) - 1, len(whole) / 2, len(whole) / 5, 20} {
			if err := os.WriteFile(path, whole[:part], 0o600); err != nil {
				t.Fatal(err)
			}
			allocated, err := drain(path)
			// The last byte of text and of a database page says nothing.
			spare := part == len(whole)-1 && (name == "a.geojson" || name == "a.kml" || name == "a.gpkg")
			if (err == nil) != (part == len(whole)) && !spare {
				t.Errorf("%s, %d of %d bytes: error %v", name, part, len(whole), err)
			}
			if allocated > mostAllocated {
				t.Errorf("%s, %d of %d bytes: %d MB allocated", name, part, len(whole), allocated>>20)
			}
			var in *geo.InputError
			if err != nil && !errors.As(err, &in) {
				t.Errorf("%s, %d of %d bytes: an error without a place: %v", name, part, len(whole), err)
			}
		}
	}
}

// archive makes a zip archive of entries, which a function writes.
func archive(t testing.TB, entries ...any) []byte {
	t.Helper()
	var b bytes.Buffer
	z := zip.NewWriter(&b)
	for i := 0; i < len(entries); i += 2 {
		w, err := z.Create(entries[i].(string))
		if err != nil {
			t.Fatal(err)
		}
		switch body := entries[i+1].(type) {
		case string:
			_, err = io.WriteString(w, body)
		case []byte:
			_, err = w.Write(body)
		case int: // so many zeros
			_, err = io.CopyN(w, zeros{}, int64(body))
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

type zeros struct{}

func (zeros) Read(b []byte) (int, error) {
	clear(b)
	return len(b), nil
}

// shapeOf is a .shp file whose one record claims so many bytes.
func shapeOf(claimed uint32) []byte {
	b := make([]byte, 100)
	binary.BigEndian.PutUint32(b, 9994)
	b = binary.BigEndian.AppendUint32(b, 1)
	return binary.BigEndian.AppendUint32(b, claimed/2)
}

// emptyTable is a .dbf file of one column and no end of records.
func emptyTable() []byte {
	d := make([]byte, 65)
	binary.LittleEndian.PutUint32(d[4:], 1<<31)
	binary.LittleEndian.PutUint16(d[8:], 65)
	binary.LittleEndian.PutUint16(d[10:], 6)
	copy(d[32:], "name")
	d[43], d[48], d[64] = 'C', 5, '\r'
	return append(d, " a    "...)
}

// Bombs, counts that nothing bears out, endless nesting: an error, and memory that what
// is read bounds, not what is claimed.
func TestHostileFiles(t *testing.T) {
	const bomb = 20 << 20 // bytes, packed into 20 kB
	deep := strings.Repeat("[", 1_000_000)
	files := map[string][]byte{
		"bomb.xlsx":            archive(t, "xl/workbook.xml", "<workbook/>", "xl/styles.xml", bomb),
		"bomb.kmz":             archive(t, "doc.kml", bomb),
		"text.kml":             []byte("<kml><Document><name>" + strings.Repeat("Nà Lừa ", 4<<20) + "</name>"),
		"bomb.zip":             archive(t, "a.shp", bomb, "a.dbf", emptyTable()),
		"record.zip":           archive(t, "a.shp", append(shapeOf(1<<31-8), make([]byte, 1000)...), "a.dbf", emptyTable()),
		"table.zip":            archive(t, "a.shp", shapeOf(1<<20), "a.dbf", bomb),
		"prj.zip":              archive(t, "a.shp", shapeOf(8), "a.dbf", emptyTable(), "a.prj", bomb),
		"laughs.kml":           []byte(`<?xml version="1.0"?><!DOCTYPE kml [<!ENTITY a "ha"><!ENTITY b "&a;&a;&a;&a;">]><kml><Placemark><name>&b;</name></Placemark></kml>`),
		"elements.kml":         []byte("<kml>" + strings.Repeat("<a>", 100_000)),
		"deep.geojson":         []byte(`{"type":"FeatureCollection","features":[{"type":"Feature","properties":null,"geometry":{"type":"Polygon","coordinates":` + deep),
		"deep-properties.json": []byte(`{"type":"Feature","geometry":null,"properties":{"a":` + strings.Repeat(`{"a":`, 1_000_000)),
		"deep-foreign.json":    []byte(`{"a":` + deep),
		"quote.csv":            []byte("site_id,longitude,latitude\n\"" + strings.Repeat("a,", 10<<20)),
		"wide.csv":             []byte(strings.Repeat("a,", 10<<20)),
		"header.osm.pbf":       append(binary.BigEndian.AppendUint32(nil, 1<<31-1), "OSMHeader"...),
		"header.fgb":           binary.LittleEndian.AppendUint32([]byte(flatgeobuf.Magic+"\x00"), 1<<31-1),
	}
	dir := t.TempDir()
	for name, b := range files {
		path := filepath.Join(dir, name)
		if err := os.WriteFile(path, b, 0o600); err != nil {
			t.Fatal(err)
		}
		allocated, err := drain(path)
		var in *geo.InputError
		if !errors.As(err, &in) {
			t.Errorf("%s: error %v", name, err)
		}
		if allocated > mostAllocated {
			t.Errorf("%s: %d MB allocated: %v", name, allocated>>20, err)
		}
	}
}

// A geometry in a GeoPackage that claims two billion positions is that record's error.
func TestGeoPackageClaims(t *testing.T) {
	for name, blob := range map[string]string{
		"positions":   "47500001e6100000" + "0102000000ffffff7f",
		"rings":       "47500001e6100000" + "0103000000ffffff7f",
		"polygons":    "47500001e6100000" + "0106000000ffffff7f",
		"collections": "47500001e6100000" + strings.Repeat("010700000001000000", 50),
		"envelope":    "4750000fe6100000",
	} {
		path := filepath.Join(t.TempDir(), "a.gpkg")
		writeGeoPackage(t, path)
		db, err := sql.Open("sqlite", path)
		if err != nil {
			t.Fatal(err)
		}
		// The triggers of the R-tree want functions that only a GIS has.
		for _, statement := range []string{
			"DROP TRIGGER IF EXISTS rtree_hamlets_geom_update1", "DROP TRIGGER IF EXISTS rtree_hamlets_geom_update2",
			"DROP TRIGGER IF EXISTS rtree_hamlets_geom_update3", "DROP TRIGGER IF EXISTS rtree_hamlets_geom_update4",
			"DROP TRIGGER IF EXISTS rtree_hamlets_geom_update6", "DROP TRIGGER IF EXISTS rtree_hamlets_geom_update7",
			"UPDATE hamlets SET geom = x'" + blob + "' WHERE fid = 2",
		} {
			if _, err := db.Exec(statement); err != nil {
				t.Fatalf("%s: %v", statement, err)
			}
		}
		if err := db.Close(); err != nil {
			t.Fatal(err)
		}
		allocated, err := drain(path)
		if !data.Refused(err) || allocated > mostAllocated {
			t.Errorf("%s: %v, %d MB allocated", name, err, allocated>>20)
		}
		v, report, err := data.ReadVillages(context.Background(), []string{path}, data.Options{})
		if err != nil || len(v) != 2 || report.Rejected != 1 {
			t.Errorf("%s: %d villages, %v", name, len(v), err)
		}
	}
}

// Names in an archive that point out of it are read inside it or not at all: nothing is
// ever unpacked beside it.
func TestArchivePaths(t *testing.T) {
	var whole []byte
	for name, b := range wholeFiles(t) {
		if name == "a.zip" {
			whole = b
		}
	}
	z, err := zip.NewReader(bytes.NewReader(whole), int64(len(whole)))
	if err != nil {
		t.Fatal(err)
	}
	var entries []any
	for _, f := range z.File {
		r, err := f.Open()
		if err != nil {
			t.Fatal(err)
		}
		body, err := io.ReadAll(r)
		if err != nil {
			t.Fatal(err)
		}
		entries = append(entries, "../../evil"+filepath.Ext(f.Name), body)
	}
	root := t.TempDir()
	dir := filepath.Join(root, "a", "b")
	if err := os.MkdirAll(dir, 0o700); err != nil {
		t.Fatal(err)
	}
	for name, b := range map[string][]byte{
		"shape.zip": archive(t, entries...),
		"doc.kmz":   archive(t, "../../evil.kml", "<kml><Placemark><name>a</name></Placemark></kml>"),
		"book.xlsx": archive(t, "xl/workbook.xml", "<workbook/>", "../../evil.xml", "a"),
	} {
		path := filepath.Join(dir, name)
		if err := os.WriteFile(path, b, 0o600); err != nil {
			t.Fatal(err)
		}
		_, err := drain(path)
		var in *geo.InputError
		if err != nil && !errors.As(err, &in) {
			t.Errorf("%s: %v", name, err)
		}
	}
	found, err := filepath.Glob(filepath.Join(root, "*"))
	if err != nil || len(found) != 1 {
		t.Errorf("beside the archives' folder: %v, %v", found, err)
	}
}
