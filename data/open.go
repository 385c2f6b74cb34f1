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
	"github.com/covgap/covgap/geo/charset"
	"github.com/covgap/covgap/geo/csvtable"
	"github.com/covgap/covgap/geo/flatgeobuf"
	"github.com/covgap/covgap/geo/geojson"
	"github.com/covgap/covgap/geo/gpkg"
	"github.com/covgap/covgap/geo/kml"
	"github.com/covgap/covgap/geo/osmpbf"
	"github.com/covgap/covgap/geo/shapefile"
	"golang.org/x/text/encoding/unicode"
	"golang.org/x/text/transform"
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

// Source says which part of a file is wanted. The zero Source is its only one.
type Source struct {
	Layer     string // of a GeoPackage or a zip archive of shapefiles, or the sheet of a workbook
	HeaderRow int    // of a workbook, or line of a text table, from 1; 0 looks for it
	Encoding  string // of a text table or a shapefile's table, as [charset.Lookup] takes it; "" is UTF-8, or what the file declares

	Kinds bool // of a workbook: tell numbers, dates and booleans from text, which takes longer

	// Kind is what is taken from an OpenStreetMap extract: settlements, [Roads] or
	// [PowerLines]; and it says, with Mapping, which headers a table may have below its
	// title.
	Kind    Kind
	Mapping *Mapping

	// Accept says which sheet of several can be meant, by its columns. Without it one
	// that has what Kind needs; without either none.
	Accept func(columns []string) bool
}

// Stream is an open file of features.
type Stream struct {
	File    string
	Format  string   // such as "GeoPackage"
	Layer   string   // of a file that has several
	CRS     string   // the coordinate system that the file declares, such as "EPSG:9210"; "" when it declares none
	Columns []string // header of a table; of GeoJSON the properties of its first features, in order of appearance

	HeaderRow int      // of a table: the row in which its header begins, from 1
	Remarks   []string // what was guessed about the whole file

	// CommaFree says that numbers may be written with a decimal comma: the file is
	// a table whose delimiter is another character.
	CommaFree bool

	// Rows gives the features once. After an error that [Refused] recognises the
	// stream goes on; any other is the last.
	Rows iter.Seq2[geo.Feature, error]

	table    bool
	chosen   bool // the layer is one of several of which none was named
	layers   int  // of the file, where chosen
	cutNames bool // names of columns are cut: a shapefile's to ten bytes
	close    func() error
}

// Close closes the file.
func (s *Stream) Close() error { return s.close() }

var refusals = []error{csvtable.ErrRow, geojson.ErrFeature, flatgeobuf.ErrFeature, shapefile.ErrFeature, gpkg.ErrFeature, kml.ErrFeature, osmpbf.ErrFeature}

// Refused says whether an error of a stream concerns one row alone, and the stream
// goes on.
func Refused(err error) bool {
	return slices.ContainsFunc(refusals, func(r error) bool { return errors.Is(err, r) })
}

const (
	// Formats names what [Open] reads, broken into lines for a terminal.
	Formats = "CSV (.csv, .tsv, .txt), Excel (.xlsx), GeoJSON (.geojson,\n.geojsonl), GeoPackage (.gpkg), FlatGeobuf (.fgb), a shapefile (.shp, .zip), KML\n" +
		"(.kml, .kmz) or an OpenStreetMap extract (.osm.pbf)"

	sniffBytes  = 4096
	peekedCount = 1000 // features of a GeoJSON file whose properties make its columns
)

var formats = strings.ReplaceAll(Formats, "\n", " ")

// binaries are formats that are recognised to be told apart, with the way out.
var binaries = []struct{ magic, name, hint string }{
	{"\xd0\xcf\x11\xe0", "an Excel 97 workbook (.xls)", "save it as .xlsx"},
	{"<", "XML that is not KML", "convert it: ogr2ogr -f GeoJSON out.geojson in.gml"},
	{"PAR1", "a Parquet file", "convert it: ogr2ogr -f GeoJSON out.geojson in.parquet"},
	{"\x1f\x8b", "a gzip archive", "unpack it"},
	{"%PDF", "a PDF document", "a table in a document has to be typed or exported to CSV"},
}

// Open opens a file of any format it knows, recognised by its content and, where that
// leaves a choice, its name. The error is a [*geo.InputError] when the file is there
// and cannot be read.
func Open(ctx context.Context, path string, from Source) (*Stream, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, fmt.Errorf("data: %w", err)
	}
	head := make([]byte, sniffBytes)
	n, err := io.ReadFull(f, head)
	if err == nil || errors.Is(err, io.ErrUnexpectedEOF) || errors.Is(err, io.EOF) {
		_, err = f.Seek(0, io.SeekStart)
	}
	if err != nil {
		_ = f.Close() // opened for reading only
		return nil, fmt.Errorf("data: reading %s: %w", path, err)
	}
	var s *Stream
	if openIt := container(path, head[:n]); openIt != nil {
		s, err = openIt(ctx, f, path, from)
	} else {
		s, err = open(ctx, f, filepath.ToSlash(path), from)
	}
	if err != nil {
		_ = f.Close()
		return nil, err
	}
	closeRows := s.close
	s.close = func() error { return errors.Join(closeRows(), f.Close()) }
	return s, nil
}

func open(ctx context.Context, r io.Reader, file string, from Source) (*Stream, error) {
	if from.Encoding != "" {
		e, err := charset.Lookup(from.Encoding)
		if err != nil {
			return nil, &geo.InputError{Pos: geo.Position{File: file}, Found: err.Error(), Err: err}
		}
		if e != nil {
			r = transform.NewReader(r, charset.NewDecoder(e))
		}
	}
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
	if bytes.HasPrefix(head, []byte("\xff\xfe")) || bytes.HasPrefix(head, []byte("\xfe\xff")) { // UTF-16, as Excel saves "Unicode text"
		decoder := unicode.UTF16(unicode.LittleEndian, unicode.ExpectBOM).NewDecoder()
		from.Encoding = ""
		return open(ctx, transform.NewReader(br, decoder), file, from)
	}
	switch {
	case len(text) > 0 && (text[0] == '{' || text[0] == '\x1e') || isJSON:
		return openGeoJSON(ctx, br, file)
	case !isTable && bytes.IndexByte(head, 0) >= 0:
		return nil, fail("binary data", "", ErrFormat)
	case !isTable && !bytes.ContainsAny(text, ",;\t|"):
		return nil, fail("text without columns", "", ErrFormat)
	}
	bare := headless(firstLine(text))
	r = br
	if bare {
		r = withHeader(br)
	}
	header := csvtable.Header{Line: from.HeaderRow, Choose: headersOf(from.Kind, from.Mapping).choose}
	if bare {
		header = csvtable.Header{}
	}
	t, err := csvtable.ReadBelow(ctx, r, file, header)
	if err != nil {
		return nil, err
	}
	s := &Stream{File: file, Format: "table", Columns: t.Columns, HeaderRow: t.HeaderRow, CommaFree: t.CommaFree, Rows: t.Rows, table: true, close: noClose}
	if bare {
		s.Rows = lifted(s.Rows)
	}
	if isOpenCellID(s.Columns) {
		s.Format = "OpenCelliD"
	}
	return s, nil
}

func firstLine(b []byte) []byte {
	if i := bytes.IndexAny(b, "\r\n"); i >= 0 {
		return b[:i]
	}
	return b
}

func openGeoJSON(ctx context.Context, r io.Reader, file string) (*Stream, error) {
	return peek(file, "GeoJSON", geojson.Read(ctx, r, file)), nil
}

// peek reads the first features ahead, to know the columns of a format that does not
// list them.
func peek(file, format string, features iter.Seq2[geo.Feature, error]) *Stream {
	type item struct {
		feature geo.Feature
		err     error
	}
	next, stop := iter.Pull2(features)
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
	return &Stream{File: file, Format: format, Columns: columns, Rows: rows, close: func() error { stop(); return nil }}
}
