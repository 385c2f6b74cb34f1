package data

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"iter"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/covgap/covgap/geo"
	"github.com/covgap/covgap/geo/csvtable"
	"github.com/covgap/covgap/geo/geojson"
)

// Errors of files and their rows. Each arrives inside a [*geo.InputError].
var (
	ErrFormat      = errors.New("data: unknown file format")
	ErrEmpty       = errors.New("data: no rows")
	ErrColumn      = errors.New("data: missing column")
	ErrCoordinates = errors.New("data: coordinates are not longitude and latitude")
	ErrRows        = errors.New("data: no row can be used")
	ErrGeometry    = errors.New("data: unusable geometry") // of a row
)

// Stream is an open file of features.
type Stream struct {
	File    string
	Columns []string // header of a table; of GeoJSON the properties of its first features, in order of appearance

	// CommaFree says that numbers may be written with a decimal comma: the file is
	// a table whose delimiter is another character.
	CommaFree bool

	// Rows gives the features once. After an error that [Refused] recognises the
	// stream goes on; any other is the last.
	Rows iter.Seq2[geo.Feature, error]

	table bool
	close func() error
}

// Close closes the file.
func (s *Stream) Close() error { return s.close() }

// Refused says whether an error of a stream concerns one row alone, and the stream
// goes on.
func Refused(err error) bool {
	return errors.Is(err, csvtable.ErrRow) || errors.Is(err, geojson.ErrFeature)
}

const (
	formats     = "CSV (.csv, .tsv, .txt), GeoJSON (.geojson, .json) or newline-delimited GeoJSON (.geojsonl)"
	sniffBytes  = 4096
	peekedCount = 1000 // features of a GeoJSON file whose properties make its columns
)

// binaries are formats that are recognised to be told apart, with the way out.
var binaries = []struct{ magic, name, hint string }{
	{"PK\x03\x04", "a zip archive or spreadsheet (.xlsx, .kmz, .zip)", "save the sheet as CSV UTF-8, or unpack the archive"},
	{"\xd0\xcf\x11\xe0", "an Excel 97 workbook (.xls)", "save the sheet as CSV UTF-8"},
	{"SQLite format 3\x00", "a GeoPackage or SQLite database", "export the layer: ogr2ogr -f GeoJSON out.geojson in.gpkg"},
	{"\x00\x00\x27\x0a", "a shapefile", "convert it: ogr2ogr -f GeoJSON -t_srs EPSG:4326 out.geojson in.shp"},
	{"<?xml", "XML, such as KML", "convert it: ogr2ogr -f GeoJSON out.geojson in.kml"},
	{"<kml", "KML", "convert it: ogr2ogr -f GeoJSON out.geojson in.kml"},
	{"PAR1", "a Parquet file", "convert it: ogr2ogr -f GeoJSON out.geojson in.parquet"},
	{"\x1f\x8b", "a gzip archive", "unpack it"},
	{"%PDF", "a PDF document", "a table in a document has to be typed or exported to CSV"},
}

// Open opens a table or GeoJSON file, recognised by its content and, where that
// leaves a choice, its name. The error is a [*geo.InputError] when the file is
// there and cannot be read.
func Open(ctx context.Context, path string) (*Stream, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, fmt.Errorf("data: %w", err)
	}
	s, err := open(ctx, f, filepath.ToSlash(path))
	if err != nil {
		_ = f.Close() // opened for reading only
		return nil, err
	}
	closeRows := s.close
	s.close = func() error {
		if closeRows != nil {
			_ = closeRows()
		}
		return f.Close()
	}
	return s, nil
}

func open(ctx context.Context, r io.Reader, file string) (*Stream, error) {
	br := bufio.NewReaderSize(r, sniffBytes)
	head, err := br.Peek(sniffBytes)
	if err != nil && !errors.Is(err, io.EOF) {
		return nil, fmt.Errorf("data: reading %s: %w", file, err)
	}
	fail := func(found, hint string, cause error) error {
		return &geo.InputError{Pos: geo.Position{File: file}, Found: found, Expected: formats, Hint: hint, Err: cause}
	}
	text := bytes.TrimLeft(bytes.TrimPrefix(head, []byte("\xef\xbb\xbf")), " \t\r\n")
	if len(text) == 0 && err != nil {
		return nil, fail("an empty file", "", ErrEmpty)
	}
	for _, b := range binaries {
		if bytes.HasPrefix(text, []byte(b.magic)) {
			return nil, fail(b.name, b.hint, ErrFormat)
		}
	}
	ext := strings.ToLower(filepath.Ext(file))
	isJSON := slices.Contains([]string{".geojson", ".json", ".geojsonl", ".geojsons", ".ndjson", ".jsonl"}, ext)
	isTable := slices.Contains([]string{".csv", ".tsv", ".tab", ".txt"}, ext)
	utf16 := bytes.HasPrefix(head, []byte("\xff\xfe")) || bytes.HasPrefix(head, []byte("\xfe\xff")) // both readers say so better
	switch {
	case len(text) > 0 && (text[0] == '{' || text[0] == '\x1e') || isJSON:
		return openGeoJSON(ctx, br, file)
	case !isTable && !utf16 && bytes.IndexByte(head, 0) >= 0:
		return nil, fail("binary data", "", ErrFormat)
	case !isTable && !bytes.ContainsAny(firstLine(text), ",;\t|"):
		return nil, fail("text without columns", "", ErrFormat)
	}
	t, err := csvtable.Read(ctx, br, file)
	if err != nil {
		return nil, err
	}
	return &Stream{File: file, Columns: t.Columns, CommaFree: t.CommaFree, Rows: t.Rows, table: true, close: func() error { return nil }}, nil
}

func firstLine(b []byte) []byte {
	if i := bytes.IndexAny(b, "\r\n"); i >= 0 {
		return b[:i]
	}
	return b
}

// openGeoJSON reads the first features ahead, to know the columns.
func openGeoJSON(ctx context.Context, r io.Reader, file string) (*Stream, error) {
	type item struct {
		feature geo.Feature
		err     error
	}
	next, stop := iter.Pull2(geojson.Read(ctx, r, file))
	var ahead []item
	var columns []string
	seen := map[string]bool{}
	for len(ahead) < peekedCount {
		f, err, ok := next()
		if !ok {
			break
		}
		ahead = append(ahead, item{f, err})
		for _, fd := range f.Fields {
			if !seen[fd.Name] {
				seen[fd.Name] = true
				columns = append(columns, fd.Name)
			}
		}
	}
	rows := func(yield func(geo.Feature, error) bool) {
		for _, it := range ahead {
			if !yield(it.feature, it.err) {
				return
			}
		}
		ahead = nil
		for {
			f, err, ok := next()
			if !ok || !yield(f, err) {
				return
			}
		}
	}
	return &Stream{File: file, Columns: columns, Rows: rows, close: func() error { stop(); return nil }}, nil
}
