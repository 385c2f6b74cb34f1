// Package shapefile reads and writes ESRI shapefiles (ESRI Shapefile Technical Description,
// July 1998; dBASE III tables), loose or in a zip archive, with the coordinate
// system of the .prj file and the encoding of the .cpg file.
//
// It reads record by record and believes no count that the file's length does not
// bear out, so its memory is bounded by what is there.
package shapefile

import (
	"archive/zip"
	"bufio"
	"context"
	"encoding/binary"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"iter"
	"math"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/covgap/covgap/geo"
	"github.com/covgap/covgap/geo/charset"
	"github.com/covgap/covgap/geo/crs"
	"github.com/paulmach/orb"
	"github.com/paulmach/orb/planar"
	"golang.org/x/text/transform"
)

// Errors of reading. Each arrives inside a [*geo.InputError].
var (
	ErrFormat  = errors.New("shapefile: not readable")
	ErrFeature = errors.New("shapefile: unusable record") // of one record; reading goes on
	ErrSeveral = errors.New("shapefile: several in one archive")
)

// maxRecordBytes bounds one record, whatever its header says: 4 million positions.
const maxRecordBytes = 64 << 20

// File is an open shapefile.
type File struct {
	Columns []string // as the .csv file that a [Writer] puts beside the table has them, else as the table
	CRS     string   // such as "EPSG:9210"; "" when there is no .prj file
	Guessed string   // the encoding of texts that are not UTF-8, where the .cpg file names no other; else ""

	file     string
	shp, dbf fs.File
	records  int // in the table
	header   int
	size     int // of a table record
	fields   []field
	decoder  transform.Transformer // nil for UTF-8
	archive  io.Closer
}

type field struct {
	name string
	kind byte
	from int
	size int
}

// Open opens a .shp file with its .dbf, .prj and .cpg beside it, or a .zip archive
// with one shapefile, or several of which layer names one (file name without
// extension). encoding, as [charset.Lookup] takes it, is that of the texts; "" takes
// that of the .cpg file. The error is a [*geo.InputError] when the files are there and cannot be
// read; an unknown coordinate system is one too.
func Open(name, layer, encoding string) (*File, error) {
	file := filepath.ToSlash(name)
	if !strings.EqualFold(filepath.Ext(name), ".zip") {
		dir, base := filepath.Split(name)
		return open(os.DirFS(filepath.Clean(dir+".")), base, file, encoding, nil)
	}
	archive, err := zip.OpenReader(name)
	if err != nil {
		if errors.Is(err, fs.ErrNotExist) {
			return nil, fmt.Errorf("shapefile: %w", err)
		}
		return nil, fault(file, "a broken archive", err)
	}
	found := slices.DeleteFunc(members(&archive.Reader), func(name string) bool { return layer != "" && !strings.EqualFold(layerOf(name), layer) })
	if len(found) != 1 {
		_ = archive.Close()
		e := &geo.InputError{Pos: geo.Position{File: file}, Found: fmt.Sprintf("%d shapefiles: %s", len(found), strings.Join(found, ", ")),
			Expected: "one", Hint: "name one: --layer NAME", Err: ErrSeveral}
		if len(found) == 0 {
			e.Found, e.Expected, e.Hint, e.Err = "no shapefile in the archive", "a .shp with its .dbf", "", ErrFormat
			if layer != "" {
				e.Found = fmt.Sprintf("no shapefile %q in the archive", layer)
			}
		}
		return nil, e
	}
	f, err := open(archive, found[0], file+"/"+found[0], encoding, archive)
	if err != nil {
		_ = archive.Close()
	}
	return f, err
}

// members gives the shapefiles of an archive, in order.
func members(archive *zip.Reader) []string {
	var found []string
	for _, f := range archive.File {
		if strings.EqualFold(path.Ext(f.Name), ".shp") && !strings.HasPrefix(f.Name, "__MACOSX/") {
			found = append(found, f.Name)
		}
	}
	slices.Sort(found)
	return found
}

// layerOf is the name of a shapefile without folder and extension.
func layerOf(name string) string { return strings.TrimSuffix(path.Base(name), path.Ext(name)) }

// LayerRows is a shapefile of an archive and the number of its records.
type LayerRows struct {
	Name string
	Rows int
}

// Layers lists the shapefiles of an archive. Its error is that of [Open].
func Layers(name string) (out []LayerRows, err error) {
	archive, err := zip.OpenReader(name)
	if err != nil {
		return nil, fault(filepath.ToSlash(name), "a broken archive", err)
	}
	defer func() { err = errors.Join(err, archive.Close()) }()
	for _, member := range members(&archive.Reader) {
		f, err := open(archive, member, filepath.ToSlash(name)+"/"+member, "", nil)
		if err != nil {
			return nil, err
		}
		out = append(out, LayerRows{layerOf(member), f.records})
		if err := f.Close(); err != nil {
			return nil, err
		}
	}
	return out, nil
}

func fault(file, found string, err error) error {
	return &geo.InputError{Pos: geo.Position{File: file}, Found: found, Expected: "a shapefile (.shp with .dbf)", Err: fmt.Errorf("%w: %w", ErrFormat, err)}
}

// sibling opens the file of the same name with another extension, in any case.
func sibling(fsys fs.FS, base, ext string) (fs.File, error) {
	stem := strings.TrimSuffix(base, path.Ext(base))
	var err error
	for _, e := range []string{ext, strings.ToUpper(ext)} {
		var f fs.File
		if f, err = fsys.Open(stem + e); err == nil {
			return f, nil
		}
	}
	return nil, err
}

// small reads a whole side file; "" when there is none.
func small(fsys fs.FS, base, ext string) string {
	f, err := sibling(fsys, base, ext)
	if err != nil {
		return ""
	}
	defer func() { _ = f.Close() }()
	b, err := io.ReadAll(io.LimitReader(f, 64<<10))
	if err != nil {
		return ""
	}
	return string(b)
}

func open(fsys fs.FS, base, file, encoding string, archive io.Closer) (_ *File, err error) {
	f := &File{file: file, archive: archive}
	if f.shp, err = fsys.Open(base); errors.Is(err, fs.ErrNotExist) {
		return nil, fmt.Errorf("shapefile: %w", err)
	} else if err != nil {
		return nil, fault(file, "a .shp file that cannot be opened", err)
	}
	f.dbf, err = sibling(fsys, base, ".dbf")
	if err != nil {
		_ = f.shp.Close()
		return nil, fault(file, "no .dbf file beside it", err)
	}
	defer func() {
		if err != nil {
			_ = f.shp.Close()
			_ = f.dbf.Close()
		}
	}()
	if wkt := small(fsys, base, ".prj"); strings.TrimSpace(wkt) != "" {
		system, err := crs.FromWKT(wkt)
		if err != nil {
			var in *geo.InputError
			if errors.As(err, &in) {
				in.Pos.File = strings.TrimSuffix(file, path.Ext(file)) + ".prj"
				in.Hint = "reproject it: ogr2ogr -t_srs EPSG:4326 out.shp in.shp"
			}
			return nil, err
		}
		f.CRS = system.Code()
	}
	if err := f.table(); err != nil {
		return nil, err
	}
	f.rename(small(fsys, base, ".csv"))
	if encoding == "" {
		encoding = strings.TrimSpace(strings.TrimPrefix(small(fsys, base, ".cpg"), "\ufeff"))
	}
	if encoding == "" {
		encoding = "UTF-8" // unless the texts are none
	}
	e, err := charset.Lookup(encoding)
	if err != nil {
		return nil, &geo.InputError{Pos: geo.Position{File: strings.TrimSuffix(file, path.Ext(file)) + ".cpg"},
			Found: fmt.Sprintf("encoding %q", encoding), Expected: "UTF-8, windows-1258, windows-1252, TCVN3 or another name of the IANA register",
			Hint: "name the encoding that the table is in: --encoding windows-1258", Err: ErrFormat}
	}
	if e == nil {
		return f, f.guess(fsys, base)
	}
	f.decoder = charset.NewDecoder(e)
	return f, nil
}

// table reads the header of the .dbf file.
func (f *File) table() error {
	var head [32]byte
	if _, err := io.ReadFull(f.dbf, head[:]); err != nil {
		return fault(f.file, "a cut .dbf file", err)
	}
	f.records = int(binary.LittleEndian.Uint32(head[4:]))
	f.header, f.size = int(binary.LittleEndian.Uint16(head[8:])), int(binary.LittleEndian.Uint16(head[10:]))
	if f.header < 33 || f.size < 1 {
		return fault(f.file, "a .dbf file with a broken header", errors.New("sizes"))
	}
	rest := make([]byte, f.header-32)
	if _, err := io.ReadFull(f.dbf, rest); err != nil {
		return fault(f.file, "a cut .dbf file", err)
	}
	from := 1 // after the mark of deleted records
	for len(rest) >= 32 && rest[0] != '\r' {
		name, _, _ := strings.Cut(string(rest[:11]), "\x00")
		size := int(rest[16])
		if from+size > f.size {
			return fault(f.file, fmt.Sprintf("a .dbf column %q beyond its record", name), errors.New("sizes"))
		}
		f.fields = append(f.fields, field{name: name, kind: rest[11], from: from, size: size})
		from += size
		rest = rest[32:]
	}
	f.Columns = make([]string, len(f.fields))
	for i := range f.fields {
		f.Columns[i] = f.fields[i].name
	}
	return nil
}

// namesHeader begins the .csv file that says which column each short name stands for.
var namesHeader = []string{"field", "column", "label"}

// rename gives columns the names that they had before the table cut them, where names
// is the list of a [Writer]. Any other .csv file is none of the shapefile's.
func (f *File) rename(names string) {
	rows, err := csv.NewReader(strings.NewReader(names)).ReadAll()
	if err != nil || len(rows) == 0 || !slices.Equal(rows[0], namesHeader) {
		return
	}
	long, taken := map[string]string{}, map[string]bool{}
	for _, r := range rows[1:] {
		if r[1] == "" || long[r[0]] != "" || taken[r[1]] {
			return
		}
		long[r[0]], taken[r[1]] = r[1], true
	}
	if slices.ContainsFunc(f.Columns, func(c string) bool { return long[c] == "" }) {
		return // columns were added since
	}
	for i, c := range f.Columns {
		f.Columns[i], f.fields[i].name = long[c], long[c]
	}
}

// guess looks through the texts of a table that should be UTF-8. Where they are not
// they are Windows-1258 if any has tones of Vietnamese, else Windows-1252.
func (f *File) guess(fsys fs.FS, base string) error {
	dbf, err := sibling(fsys, base, ".dbf")
	if err != nil {
		return fault(f.file, "no .dbf file beside it", err)
	}
	defer func() { _ = dbf.Close() }()
	r := bufio.NewReaderSize(dbf, 64<<10)
	if _, err := r.Discard(f.header); err != nil {
		return nil // which reading the rows reports
	}
	record := make([]byte, f.size)
	for range f.records {
		if _, err := io.ReadFull(r, record); err != nil {
			break
		}
		for _, c := range f.fields {
			raw := record[c.from : c.from+c.size]
			if c.kind != 'C' || isUTF8(strings.Trim(string(raw), " \x00")) {
				continue
			}
			f.Guessed = charset.Windows1252
			if charset.IsVietnamese1258(raw) {
				f.Guessed = charset.Windows1258
				break
			}
		}
		if f.Guessed == charset.Windows1258 {
			break
		}
	}
	if f.Guessed == "" {
		return nil
	}
	e, err := charset.Lookup(f.Guessed)
	if err != nil {
		return err
	}
	f.decoder = charset.NewDecoder(e)
	return nil
}

// isUTF8 says whether a text is UTF-8, if one cut in the middle of a letter.
func isUTF8(s string) bool {
	for cut := 0; cut < utf8.UTFMax && cut <= len(s); cut++ {
		if utf8.ValidString(s[:len(s)-cut]) {
			return cut == 0 || cut < len(s) && utf8.RuneStart(s[len(s)-cut]) && !utf8.FullRuneInString(s[len(s)-cut:])
		}
	}
	return false
}

// Close closes the files.
func (f *File) Close() error {
	err := errors.Join(f.shp.Close(), f.dbf.Close())
	if f.archive != nil {
		err = errors.Join(err, f.archive.Close())
	}
	return err
}

// Rows gives the records once, in file order; deleted ones are passed over. Positions
// are those of the file, in its coordinate system; heights and measures are dropped.
// Rings are grouped into polygons, outer rings counter-clockwise. An error that wraps
// ErrFeature concerns one record, and reading goes on; any other is the last.
func (f *File) Rows(ctx context.Context) iter.Seq2[geo.Feature, error] {
	return func(yield func(geo.Feature, error) bool) {
		shp, dbf := bufio.NewReaderSize(f.shp, 256<<10), bufio.NewReaderSize(f.dbf, 64<<10)
		var head [100]byte
		if _, err := io.ReadFull(shp, head[:]); err != nil || binary.BigEndian.Uint32(head[:]) != 9994 {
			yield(geo.Feature{}, fault(f.file, "a .shp file with a broken header", errors.Join(err, errors.New("not 9994"))))
			return
		}
		record := make([]byte, f.size)
		for n := 1; ; n++ {
			if n%1024 == 0 && ctx.Err() != nil {
				yield(geo.Feature{}, ctx.Err())
				return
			}
			pos := geo.Position{File: f.file, Feature: n}
			body, err := shape(shp)
			if errors.Is(err, io.EOF) {
				return
			}
			if err == nil && n <= f.records {
				_, err = io.ReadFull(dbf, record)
			} else if err == nil {
				err = fmt.Errorf("the table has %d records", f.records)
			}
			if err != nil {
				yield(geo.Feature{}, &geo.InputError{Pos: pos, Found: "a cut file: " + err.Error(), Expected: "a shape and a table record",
					Hint: "copy .shp and .dbf again", Err: fmt.Errorf("%w: %w", ErrFormat, err)})
				return
			}
			if record[0] == '*' {
				continue
			}
			feature := geo.Feature{Pos: pos, Fields: f.values(record, n)}
			feature.Geometry, err = geometry(body)
			if err != nil {
				err = &geo.InputError{Pos: pos, Found: err.Error(), Expected: "points, lines or polygons", Err: ErrFeature}
			}
			if !yield(feature, err) {
				return
			}
		}
	}
}

// shape reads the content of the next record.
func shape(r io.Reader) ([]byte, error) {
	var head [8]byte
	if _, err := io.ReadFull(r, head[:]); err != nil {
		return nil, err // io.EOF between records
	}
	size := 2 * int64(binary.BigEndian.Uint32(head[4:])) // in 16-bit words
	if size < 4 || size > maxRecordBytes {
		return nil, fmt.Errorf("a shape of %d bytes", size)
	}
	body, err := io.ReadAll(io.LimitReader(r, size)) // grows with what is there
	if err == nil && int64(len(body)) < size {
		err = io.ErrUnexpectedEOF
	}
	return body, err
}

// values reads a table record.
func (f *File) values(record []byte, n int) []geo.Field {
	out := make([]geo.Field, len(f.fields))
	for i, c := range f.fields {
		raw := record[c.from : c.from+c.size]
		v := geo.Field{Name: c.name, Line: n, Column: i + 1}
		text := strings.Trim(string(raw), " \x00")
		switch {
		case text == "" || strings.Trim(text, "*") == "" && c.kind != 'C', c.kind == 'D' && text == "00000000": // nothing
		case c.kind == 'N' || c.kind == 'F':
			v.Value, v.Kind = text, geo.Number
		case c.kind == 'L':
			switch text {
			case "T", "t", "Y", "y":
				v.Value, v.Kind = "true", geo.Bool
			case "F", "f", "N", "n":
				v.Value, v.Kind = "false", geo.Bool
			}
		case c.kind == 'D' && len(text) == 8:
			v.Value, v.Kind = text[:4]+"-"+text[4:6]+"-"+text[6:], geo.Text
		default:
			v.Value, v.Kind = f.text(text), geo.Text
		}
		out[i] = v
	}
	return out
}

func (f *File) text(s string) string {
	if f.decoder != nil {
		if out, _, err := transform.String(f.decoder, s); err == nil {
			return out
		}
	}
	if utf8.ValidString(s) {
		return s
	}
	// A field cut in the middle of a letter is UTF-8 all the same.
	for cut := 1; cut < utf8.UTFMax && cut < len(s); cut++ {
		if whole := s[:len(s)-cut]; utf8.ValidString(whole) {
			return whole
		}
	}
	return strings.ToValidUTF8(s, "\ufffd")
}

// Types of shapes, without the tens that stand for heights and measures.
const (
	null       = 0
	point      = 1
	polyline   = 3
	polygon    = 5
	multipoint = 8
)

var errShort = errors.New("a shape shorter than its counts")

// geometry reads the content of a record.
func geometry(b []byte) (orb.Geometry, error) {
	code := binary.LittleEndian.Uint32(b)
	kind := code % 10
	if code > 28 {
		return nil, fmt.Errorf("shape type %d", code)
	}
	switch b = b[4:]; kind {
	case null:
		return nil, nil
	case point:
		if len(b) < 16 {
			return nil, errShort
		}
		return checked(positions(b, 1))
	case multipoint:
		if len(b) < 36 {
			return nil, errShort
		}
		n := binary.LittleEndian.Uint32(b[32:])
		if b = b[36:]; uint64(n)*16 > uint64(len(b)) {
			return nil, errShort
		}
		points, err := checkedAll(positions(b, int(n)))
		return orb.MultiPoint(points), err
	case polyline, polygon:
		parts, err := parts(b)
		if err != nil {
			return nil, err
		}
		if kind == polygon {
			return nest(parts)
		}
		lines := make(orb.MultiLineString, len(parts))
		for i := range parts {
			lines[i] = orb.LineString(parts[i])
		}
		if len(lines) == 1 {
			return lines[0], nil
		}
		return lines, nil
	}
	return nil, fmt.Errorf("shape type %d", code)
}

func positions(b []byte, n int) []orb.Point {
	out := make([]orb.Point, n)
	for i := range out {
		out[i] = orb.Point{
			math.Float64frombits(binary.LittleEndian.Uint64(b[16*i:])),
			math.Float64frombits(binary.LittleEndian.Uint64(b[16*i+8:])),
		}
	}
	return out
}

func checked(p []orb.Point) (orb.Geometry, error) {
	p, err := checkedAll(p)
	if err != nil {
		return nil, err
	}
	return p[0], nil
}

func checkedAll(ps []orb.Point) ([]orb.Point, error) {
	for _, p := range ps {
		if math.IsNaN(p[0]-p[0]) || math.IsNaN(p[1]-p[1]) { // infinities too
			return nil, fmt.Errorf("position %v", p)
		}
	}
	return ps, nil
}

// parts reads the parts of a polyline or polygon.
func parts(b []byte) ([][]orb.Point, error) {
	if len(b) < 40 {
		return nil, errShort
	}
	count, total := binary.LittleEndian.Uint32(b[32:]), binary.LittleEndian.Uint32(b[36:])
	if b = b[40:]; 4*uint64(count)+16*uint64(total) > uint64(len(b)) {
		return nil, errShort
	}
	all, err := checkedAll(positions(b[4*count:], int(total)))
	if err != nil {
		return nil, err
	}
	out := make([][]orb.Point, count)
	for i := range out {
		from, to := binary.LittleEndian.Uint32(b[4*i:]), total
		if i+1 < len(out) {
			to = binary.LittleEndian.Uint32(b[4*i+4:])
		}
		if from > to || to > total || to-from < 2 {
			return nil, fmt.Errorf("part %d of positions %d to %d", i+1, from, to)
		}
		out[i] = all[from:to]
	}
	return out, nil
}

// nest groups rings into polygons: an outer ring runs clockwise in this format, a hole
// the other way, and lies in the smallest outer ring around it. A hole that lies in
// none becomes a polygon of its own, as files with turned rings mean it.
func nest(parts [][]orb.Point) (orb.Geometry, error) {
	type outer struct {
		polygon orb.Polygon
		bound   orb.Bound
		area    float64
	}
	var outers []outer
	var holes []orb.Ring
	add := func(r orb.Ring) {
		outers = append(outers, outer{polygon: orb.Polygon{r}, bound: r.Bound(), area: math.Abs(planar.Area(r))})
	}
	for _, p := range parts {
		r := orb.Ring(slices.Clone(p))
		if r[0] != r[len(r)-1] {
			r = append(r, r[0])
		}
		if len(r) < 4 {
			return nil, fmt.Errorf("a ring of %d positions", len(r))
		}
		if r.Orientation() == orb.CW {
			r.Reverse()
			add(r)
		} else {
			r.Reverse() // holes run clockwise in GeoJSON
			holes = append(holes, r)
		}
	}
	whole := len(outers)
	for _, h := range holes {
		best := -1
		for i := range outers[:whole] {
			o := &outers[i]
			if o.bound.Contains(h[0]) && planar.RingContains(o.polygon[0], h[0]) && (best < 0 || o.area < outers[best].area) {
				best = i
			}
		}
		if best >= 0 {
			outers[best].polygon = append(outers[best].polygon, h)
			continue
		}
		h.Reverse()
		add(h)
	}
	if len(outers) == 0 {
		return nil, nil
	}
	if len(outers) == 1 {
		return outers[0].polygon, nil
	}
	out := make(orb.MultiPolygon, len(outers))
	for i := range outers {
		out[i] = outers[i].polygon
	}
	return out, nil
}
