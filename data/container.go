package data

import (
	"archive/zip"
	"bytes"
	"context"
	"fmt"
	"os"
	"path"
	"path/filepath"
	"strings"

	"github.com/covgap/covgap/geo"
	"github.com/covgap/covgap/geo/flatgeobuf"
	"github.com/covgap/covgap/geo/gpkg"
	"github.com/covgap/covgap/geo/kml"
	"github.com/covgap/covgap/geo/osmpbf"
	"github.com/covgap/covgap/geo/shapefile"
	"github.com/covgap/covgap/geo/xlsx"
)

// opener opens a file that is more than text. It is given the file, open at its
// start, and its path, since some formats are several files.
type opener func(ctx context.Context, f *os.File, path string, from Source) (*Stream, error)

// container tells the format of a file from its first bytes; nil when it is text, or
// nothing known.
func container(path string, head []byte) opener {
	text := bytes.TrimLeft(bytes.TrimPrefix(head, []byte("\xef\xbb\xbf")), " \t\r\n")
	switch {
	case bytes.HasPrefix(head, []byte("SQLite format 3\x00")):
		return openGeoPackage
	case bytes.HasPrefix(head, []byte("PK\x03\x04")):
		return openArchive
	case bytes.HasPrefix(head, []byte("\x00\x00\x27\x0a")):
		return openShapefile
	case bytes.HasPrefix(head, []byte(flatgeobuf.Magic)):
		return openFlatGeobuf
	case bytes.HasPrefix(text, []byte("<")) && kml.IsKML(text):
		return openKML
	case bytes.Contains(head[:min(len(head), 32)], []byte("OSMHeader")), strings.HasSuffix(strings.ToLower(path), ".osm.pbf"):
		return openExtract
	}
	return nil
}

func openGeoPackage(ctx context.Context, _ *os.File, path string, from Source) (*Stream, error) {
	t, err := gpkg.Open(ctx, path, from.Layer)
	if err != nil {
		return nil, err
	}
	return &Stream{File: filepath.ToSlash(path), Format: "GeoPackage", Layer: t.Layer, CRS: t.CRS, Columns: t.Columns, Rows: t.Rows(ctx), close: t.Close}, nil
}

func openShapefile(ctx context.Context, _ *os.File, path string, from Source) (*Stream, error) {
	if ext := strings.ToLower(filepath.Ext(path)); ext != ".shp" && ext != ".zip" {
		return nil, &geo.InputError{Pos: geo.Position{File: filepath.ToSlash(path)}, Found: "the index of a shapefile", Expected: formats,
			Hint: "name the .shp file", Err: ErrFormat}
	}
	f, err := shapefile.Open(path, from.Layer, from.Encoding)
	if err != nil {
		return nil, err
	}
	s := &Stream{File: filepath.ToSlash(path), Format: "shapefile", CRS: f.CRS, Columns: f.Columns, Rows: f.Rows(ctx), cutNames: true, close: f.Close}
	if f.Guessed != "" {
		s.Remarks = append(s.Remarks, fmt.Sprintf("the texts are not UTF-8 and no .cpg file says what they are: read as %s; another encoding is named with --encoding (inputs: encoding in covgap.yaml)", f.Guessed))
	}
	return s, nil
}

func openFlatGeobuf(ctx context.Context, f *os.File, path string, _ Source) (*Stream, error) {
	t, err := flatgeobuf.Open(f, filepath.ToSlash(path))
	if err != nil {
		return nil, err
	}
	return &Stream{File: filepath.ToSlash(path), Format: "FlatGeobuf", Layer: t.Layer, CRS: t.CRS, Columns: t.Columns, Rows: t.Rows(ctx), close: noClose}, nil
}

// noClose is for formats that hold nothing beside the file.
func noClose() error { return nil }

func openKML(ctx context.Context, f *os.File, path string, _ Source) (*Stream, error) {
	file := filepath.ToSlash(path)
	s := peek(file, "KML", kml.Read(ctx, f, file))
	s.CRS = "EPSG:4326"
	return s, nil
}

func openExtract(ctx context.Context, f *os.File, path string, from Source) (*Stream, error) {
	selection := osmpbf.Places
	switch from.Kind {
	case Roads:
		selection = osmpbf.Roads
	case PowerLines:
		selection = osmpbf.Power
	case Villages, "":
	default:
		return nil, &geo.InputError{Pos: geo.Position{File: filepath.ToSlash(path)}, Found: fmt.Sprintf("an OpenStreetMap extract for %s", from.Kind),
			Expected: "it for villages, roads or power_lines", Err: ErrFormat}
	}
	file := filepath.ToSlash(path)
	s := peek(file, "OpenStreetMap", osmpbf.Read(ctx, f, file, selection))
	s.CRS = "EPSG:4326"
	return s, nil
}

// openArchive opens what a zip archive is: a workbook, a KMZ, or shapefiles.
func openArchive(ctx context.Context, f *os.File, name string, from Source) (*Stream, error) {
	file := filepath.ToSlash(name)
	info, err := f.Stat()
	if err != nil {
		return nil, fmt.Errorf("data: %w", err)
	}
	archive, err := zip.NewReader(f, info.Size())
	if err != nil {
		return nil, &geo.InputError{Pos: geo.Position{File: file}, Found: "a broken archive: " + err.Error(), Expected: formats,
			Hint: "a download that stopped half-way looks like this", Err: ErrFormat}
	}
	var holdsKML, holdsShapes bool
	for _, e := range archive.File {
		switch ext := strings.ToLower(path.Ext(e.Name)); {
		case e.Name == "xl/workbook.xml":
			return openWorkbook(ctx, name, from)
		case ext == ".kml":
			holdsKML = true
		case ext == ".shp":
			holdsShapes = true
		}
	}
	switch {
	case holdsShapes:
		return openShapefile(ctx, f, name, from)
	case holdsKML:
		s := peek(file, "KMZ", kml.ReadKMZ(ctx, f, info.Size(), file))
		s.CRS = "EPSG:4326"
		return s, nil
	}
	return nil, &geo.InputError{Pos: geo.Position{File: file}, Found: "a zip archive without workbook, shapefile or KML", Expected: formats, Hint: "unpack it", Err: ErrFormat}
}

func openWorkbook(ctx context.Context, path string, from Source) (*Stream, error) {
	t, err := xlsx.Open(path, xlsx.Options{Sheet: from.Layer, HeaderRow: from.HeaderRow, Kinds: from.Kinds, Choose: headersOf(from.Kind, from.Mapping).choose, Accept: from.accept()})
	if err != nil {
		return nil, err
	}
	return &Stream{chosen: from.Layer == "" && t.Sheets > 1, layers: t.Sheets, File: filepath.ToSlash(path), Format: "Excel workbook", Layer: t.Sheet, Columns: t.Columns, HeaderRow: t.Header, CommaFree: true, Rows: t.Rows(ctx), table: true, close: t.Close}, nil
}

// Sheets lists the visible sheets of a workbook. Errors are those of [Open].
func Sheets(ctx context.Context, path string) ([]xlsx.SheetInfo, error) {
	return xlsx.Sheets(ctx, path, headersOf("", nil).choose)
}

// accept says which of several sheets can be meant: those that have the columns without
// which the kind cannot be read, its id among them.
func (s *Source) accept() func(columns []string) bool {
	if s.Accept != nil || s.Kind == "" {
		return s.Accept
	}
	schema, err := SchemaOf(string(s.Kind))
	if err != nil {
		return nil
	}
	m := s.Mapping
	if m == nil {
		m = &Mapping{}
	}
	return func(columns []string) bool {
		b, err := bind(&Stream{Columns: columns}, &schema, m)
		if err != nil { // it lacks a column that the mapping names
			return false
		}
		for i := range schema.Columns {
			c := &schema.Columns[i]
			position := s.Kind == Villages && (c.Name == "longitude" || c.Name == "latitude")
			if (c.Required || position) && !b.has(c.Name) {
				return false
			}
		}
		return true
	}
}
