package shapefile

import (
	"archive/zip"
	"bufio"
	"encoding/binary"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"math"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"github.com/covgap/covgap/geo/internal/spool"
	"github.com/covgap/covgap/geo/table"
	"github.com/paulmach/orb"
	"golang.org/x/text/unicode/norm"
)

// Limits of the format.
const (
	maxNameBytes   = 10      // of a column
	maxTextBytes   = 254     // of a value
	maxRecordSize  = 1 << 16 // of the table
	maxNumberBytes = 24
	maxWords       = math.MaxInt32 // a file's size in 16-bit words
)

// Options of a [Writer].
type Options struct {
	table.Layer
	Modified time.Time // of the entries of the archive
}

// Writer writes a zip archive of one shapefile: .shp, .shx, .dbf, .prj (WGS 84) and
// .cpg (UTF-8), and with them a .csv that says which column each short name stands
// for. Texts of more than 254 bytes are cut at a letter, see [Writer.Cut]. Records wait
// in temporary files until Close, since widths and sizes stand in front.
type Writer struct {
	w       io.Writer
	options Options
	columns []dbfColumn
	kind    uint32 // of shapes; null until one is there
	shapes  *spool.File
	index   *spool.File
	values  *spool.File
	bound   orb.Bound
	rows    int
	cut     int
	record  []any
	buffer  []byte
	err     error // the first; nothing is written after it
}

var _ table.Writer = (*Writer)(nil)

// dbfColumn is a column of the table; width and decimals grow with the values.
type dbfColumn struct {
	name            string
	kind            byte
	width, decimals int
}

var dbfKinds = map[table.Type]dbfColumn{
	table.String: {kind: 'C', width: 1}, table.Integer: {kind: 'N', width: 1}, table.Number: {kind: 'N', width: 3, decimals: 1}, // a point tells it from an Integer
	table.Boolean: {kind: 'L', width: 1}, table.Date: {kind: 'D', width: 8},
}

// FieldNames gives the names that columns have in a shapefile: ten letters, digits and
// underscores at most, each another.
func FieldNames(columns []table.Column) []string {
	out := make([]string, len(columns))
	taken := map[string]bool{}
	for i, c := range columns {
		name := strings.Map(func(r rune) rune {
			if r == '_' || r >= '0' && r <= '9' || r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' {
				return r
			}
			return -1
		}, plainLetters(c.Name))
		if name == "" {
			name = "column"
		}
		short := name[:min(len(name), maxNameBytes)]
		for n := 1; taken[strings.ToLower(short)]; n++ {
			end := strconv.Itoa(n)
			short = name[:min(len(name), maxNameBytes-len(end))] + end
		}
		taken[strings.ToLower(short)] = true
		out[i] = short
	}
	return out
}

// plainLetters leaves out accents.
func plainLetters(s string) string {
	return strings.Map(func(r rune) rune {
		switch {
		case r == 'đ':
			return 'd'
		case r == 'Đ':
			return 'D'
		case unicode.Is(unicode.Mn, r):
			return -1
		}
		return r
	}, norm.NFD.String(s))
}

// NewWriter gives a Writer onto w. Call Close, after an error too: it removes the
// temporary files.
func NewWriter(w io.Writer, options Options) (*Writer, error) {
	if err := options.Validate(); err != nil {
		return nil, fmt.Errorf("shapefile: %w", err)
	}
	out := &Writer{w: w, options: options, bound: orb.Bound{
		Min: orb.Point{math.Inf(1), math.Inf(1)}, Max: orb.Point{math.Inf(-1), math.Inf(-1)},
	}}
	for i, name := range FieldNames(options.Columns) {
		c := dbfKinds[options.Columns[i].Type]
		c.name = name
		out.columns = append(out.columns, c)
	}
	for _, s := range []**spool.File{&out.shapes, &out.index, &out.values} {
		var err error
		if *s, err = spool.New(); err != nil {
			return nil, errors.Join(fmt.Errorf("shapefile: %w", err), out.remove())
		}
	}
	return out, nil
}

// Cut is the number of texts that were too long for the format.
func (w *Writer) Cut() int { return w.cut }

// Write adds a record; see [table.Writer]. The geometry may be nil. All others are of
// one type, single and multi together. Errors wrap table.ErrGeometry or
// table.ErrSchema, or are of the temporary files.
func (w *Writer) Write(g orb.Geometry, values ...any) error {
	if w.err != nil {
		return w.err
	}
	w.rows++
	if err := w.write(g, values); err != nil {
		w.err = fmt.Errorf("shapefile: record %d: %w", w.rows, err)
	}
	return w.err
}

func (w *Writer) write(g orb.Geometry, values []any) (err error) {
	if w.record, err = table.Values(w.record[:0], w.options.Columns, values); err != nil {
		return err
	}
	body := binary.LittleEndian.AppendUint32(w.buffer[:0], null)
	if g != nil {
		if g, err = table.Normalise(g, false); err != nil {
			return err
		}
		kind := shapeTypes[g.GeoJSONType()]
		if w.kind == null {
			w.kind = kind
		}
		if kind != w.kind {
			return fmt.Errorf("%w: %s in a file of shapes of type %d", table.ErrGeometry, g.GeoJSONType(), w.kind)
		}
		w.bound = w.bound.Union(g.Bound())
		body = appendShape(body[:0], kind, g)
	}
	w.buffer = body
	// The numbers of the headers are big-endian, those of the shapes little-endian.
	place := make([]byte, 0, 8)
	place = binary.BigEndian.AppendUint32(place, uint32((headBytes+w.shapes.Size())/2))
	place = binary.BigEndian.AppendUint32(place, uint32(len(body)/2))
	head := binary.BigEndian.AppendUint32(nil, uint32(w.rows))
	head = binary.BigEndian.AppendUint32(head, uint32(len(body)/2))
	for _, p := range []struct {
		to *spool.File
		b  []byte
	}{{w.index, place}, {w.shapes, head}, {w.shapes, body}, {w.values, w.texts()}} {
		if _, err := p.to.Write(p.b); err != nil {
			return err
		}
	}
	if (headBytes+w.shapes.Size())/2 > maxWords {
		return fmt.Errorf("%w: shapes of more than 4 GB", table.ErrGeometry)
	}
	return nil
}

// texts gives the values of the record as the table has them, each behind its length,
// and widens the columns.
func (w *Writer) texts() []byte {
	var out []byte
	for i, v := range w.record {
		c := &w.columns[i]
		text := ""
		switch v := v.(type) {
		case string:
			if text = v; c.kind == 'D' {
				text = strings.ReplaceAll(v, "-", "")
			}
			if len(text) > maxTextBytes {
				w.cut++
				end := maxTextBytes
				for !utf8.RuneStart(text[end]) {
					end--
				}
				text = text[:end]
			}
		case int64:
			text = strconv.FormatInt(v, 10)
		case float64:
			text = strconv.FormatFloat(v, 'f', -1, 64)
			if len(text) > maxNumberBytes {
				text = strconv.FormatFloat(v, 'e', -1, 64)
			} else if _, fraction, ok := strings.Cut(text, "."); ok {
				c.decimals = max(c.decimals, len(fraction))
			}
		case bool:
			if text = "F"; v {
				text = "T"
			}
		}
		c.width = max(c.width, len(text))
		out = append(binary.AppendUvarint(out, uint64(len(text))), text...)
	}
	return out
}

var shapeTypes = map[string]uint32{
	"Point": point, "MultiPoint": multipoint, "LineString": polyline, "MultiLineString": polyline, "Polygon": polygon, "MultiPolygon": polygon,
}

func appendShape(b []byte, kind uint32, g orb.Geometry) []byte {
	b = binary.LittleEndian.AppendUint32(b, kind)
	double := func(values ...float64) {
		for _, v := range values {
			b = binary.LittleEndian.AppendUint64(b, math.Float64bits(v))
		}
	}
	if p, ok := g.(orb.Point); ok {
		double(p[0], p[1])
		return b
	}
	bound := g.Bound()
	double(bound.Min[0], bound.Min[1], bound.Max[0], bound.Max[1])
	var parts [][]orb.Point
	rings := func(p orb.Polygon) {
		for _, r := range p {
			r = r.Clone()
			r.Reverse() // outer rings run clockwise here
			parts = append(parts, r)
		}
	}
	switch g := g.(type) {
	case orb.MultiPoint:
		b = binary.LittleEndian.AppendUint32(b, uint32(len(g)))
		for _, p := range g {
			double(p[0], p[1])
		}
		return b
	case orb.LineString:
		parts = append(parts, g)
	case orb.MultiLineString:
		for _, l := range g {
			parts = append(parts, l)
		}
	case orb.Polygon:
		rings(g)
	case orb.MultiPolygon:
		for _, p := range g {
			rings(p)
		}
	}
	total := 0
	for _, p := range parts {
		total += len(p)
	}
	b = binary.LittleEndian.AppendUint32(b, uint32(len(parts)))
	b = binary.LittleEndian.AppendUint32(b, uint32(total))
	start := 0
	for _, p := range parts {
		b = binary.LittleEndian.AppendUint32(b, uint32(start))
		start += len(p)
	}
	for _, part := range parts {
		for _, p := range part {
			double(p[0], p[1])
		}
	}
	return b
}

// remove removes the temporary files.
func (w *Writer) remove() error {
	var errs []error
	for _, s := range []*spool.File{w.shapes, w.index, w.values} {
		if s != nil {
			errs = append(errs, s.Close())
		}
	}
	w.shapes, w.index, w.values = nil, nil, nil
	return errors.Join(errs...)
}

// Close writes the archive and removes the temporary files. It does not close the
// underlying writer.
func (w *Writer) Close() error {
	if w.shapes == nil {
		return w.err
	}
	if w.err == nil {
		if err := w.close(); err != nil {
			w.err = fmt.Errorf("shapefile: %w", err)
		}
	}
	err := w.remove()
	if w.err != nil {
		return w.err
	}
	w.err = errors.New("shapefile: write after Close")
	if err != nil {
		return fmt.Errorf("shapefile: %w", err)
	}
	return nil
}

// prj is WGS 84 as Esri writes it.
const prj = `GEOGCS["GCS_WGS_1984",DATUM["D_WGS_1984",SPHEROID["WGS_1984",6378137.0,298.257223563]],PRIMEM["Greenwich",0.0],UNIT["Degree",0.0174532925199433]]`

func (w *Writer) close() error {
	z := zip.NewWriter(w.w)
	entry := func(ext string) (io.Writer, error) {
		return z.CreateHeader(&zip.FileHeader{Name: w.options.Name + ext, Method: zip.Deflate, Modified: w.options.Modified})
	}
	for _, part := range []struct {
		ext  string
		body *spool.File
	}{{".shp", w.shapes}, {".shx", w.index}} {
		out, err := entry(part.ext)
		if err != nil {
			return err
		}
		if _, err := out.Write(w.head(part.body.Size())); err != nil {
			return err
		}
		if err := errors.Join(part.body.Flush(), part.body.CopyTo(out, 0, part.body.Size())); err != nil {
			return err
		}
	}
	out, err := entry(".dbf")
	if err != nil {
		return err
	}
	if err := w.table(out); err != nil {
		return err
	}
	for _, part := range []struct{ ext, text string }{{".prj", prj}, {".cpg", "UTF-8"}} {
		out, err := entry(part.ext)
		if err != nil {
			return err
		}
		if _, err := io.WriteString(out, part.text); err != nil {
			return err
		}
	}
	if out, err = entry(".csv"); err != nil {
		return err
	}
	names := csv.NewWriter(out)
	_ = names.Write(namesHeader) // the writer keeps the error
	for i, c := range w.options.Columns {
		_ = names.Write([]string{w.columns[i].name, c.Name, c.Label})
	}
	if names.Flush(); names.Error() != nil {
		return names.Error()
	}
	return z.Close()
}

// headBytes is the size of the head of .shp and .shx files.
const headBytes = 100

// head gives it for a file of so many bytes behind it.
func (w *Writer) head(size int64) []byte {
	b := make([]byte, 28, headBytes)
	binary.BigEndian.PutUint32(b, 9994)
	binary.BigEndian.PutUint32(b[24:], uint32((headBytes+size)/2))
	b = binary.LittleEndian.AppendUint32(b, 1000)
	b = binary.LittleEndian.AppendUint32(b, w.kind)
	bound := w.bound
	if bound.Min[0] > bound.Max[0] {
		bound = orb.Bound{}
	}
	for _, v := range [...]float64{bound.Min[0], bound.Min[1], bound.Max[0], bound.Max[1], 0, 0, 0, 0} {
		b = binary.LittleEndian.AppendUint64(b, math.Float64bits(v))
	}
	return b
}

// table writes the .dbf file (dBASE III, https://www.clicketyclick.dk/databases/xbase/format/dbf.html).
func (w *Writer) table(to io.Writer) error {
	columns := w.columns
	if len(columns) == 0 { // a table has at least one
		columns = []dbfColumn{{name: "fid", kind: 'N', width: 1}}
	}
	size := 1
	for i := range columns {
		size += columns[i].width
	}
	if size >= maxRecordSize {
		return fmt.Errorf("%w: records of %d bytes, where %d are the most", table.ErrSchema, size, maxRecordSize-1)
	}
	out := bufio.NewWriterSize(to, 64<<10)
	head := make([]byte, 32)
	head[0] = 3
	day := w.options.Modified
	head[1], head[2], head[3] = byte(max(day.Year()-1900, 0)), byte(day.Month()), byte(day.Day())
	binary.LittleEndian.PutUint32(head[4:], uint32(w.rows))
	binary.LittleEndian.PutUint16(head[8:], uint16(33+32*len(columns)))
	binary.LittleEndian.PutUint16(head[10:], uint16(size))
	for _, c := range columns {
		field := make([]byte, 32)
		copy(field, c.name)
		field[11], field[16], field[17] = c.kind, byte(c.width), byte(c.decimals)
		head = append(head, field...)
	}
	_, _ = out.Write(append(head, '\r')) // bufio keeps the error for Flush
	if err := w.values.Flush(); err != nil {
		return err
	}
	in := bufio.NewReaderSize(w.values.Reader(), 64<<10)
	record := make([]byte, size)
	var text [maxTextBytes]byte
	for range w.rows {
		record = append(record[:0], ' ')
		for i := range columns {
			value := text[:0]
			if len(w.columns) > 0 {
				n, err := binary.ReadUvarint(in)
				if err != nil {
					return err
				}
				value = text[:n]
				if _, err := io.ReadFull(in, value); err != nil {
					return err
				}
			}
			record = columns[i].append(record, value)
		}
		_, _ = out.Write(record)
	}
	_ = out.WriteByte(0x1a)
	return out.Flush()
}

// append appends a value, numbers to the right.
func (c *dbfColumn) append(b, value []byte) []byte {
	pad := c.width - len(value)
	if c.kind != 'N' {
		b = append(b, value...)
		return append(b, slices.Repeat([]byte{' '}, pad)...)
	}
	return append(append(b, slices.Repeat([]byte{' '}, pad)...), value...)
}
