package geojson

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
	"math"
	"strconv"

	"github.com/covgap/covgap/geo/table"
	"github.com/paulmach/orb"
)

// Errors of writing.
var (
	// ErrSchema: columns that clash, or a value that is not of its column's type.
	ErrSchema = table.ErrSchema
	// ErrGeometry: a geometry that RFC 7946 has no form for, that is empty or not
	// in longitude and latitude, or of another type than those before it.
	ErrGeometry = errors.New("geojson: geometry cannot be written")
)

// Column is one property of every feature. A Number is always written with a decimal
// point, a missing value as null.
type Column = table.Column

// The types of properties.
const (
	String  = table.String
	Integer = table.Integer
	Number  = table.Number
	Boolean = table.Boolean
	Date    = table.Date
)

// Options of a [Writer].
type Options struct {
	Columns []Column // in file order

	// Lines writes newline-delimited features (.geojsonl) in place of a
	// FeatureCollection. There is no bbox then.
	Lines bool

	// Multi writes points, lines and polygons as their Multi forms, so that both
	// can stand in one file.
	Multi bool

	// KeepOrder leaves the features in the order written, for ranked lists.
	// Otherwise the first feature that misses no value is moved to the front.
	KeepOrder bool
}

// Writer writes features as RFC 7946 GeoJSON: one feature a line, longitude and
// latitude with up to 6 decimals (0.1 m), counter-clockwise outer rings and
// clockwise holes, one geometry type, a bbox, and every property in every feature
// in the order of the columns.
//
// A reader has nothing but the values to tell a property's type from. GDAL, and
// with it QGIS, looks at all features: there it is enough that a Number always
// has its decimal point, that text is quoted, and that a missing value is null.
// Others, ArcGIS among them, look at the first feature alone. So, unless KeepOrder
// asks for the order written, features are held back (at most 10,000 or 16 MiB of
// them) until one has a value in every column, and that one comes first; failing
// that, the one with the fewest nulls, the earliest of equals. Values are never
// made up: a column without any is null throughout, which GDAL takes for text.
type Writer struct {
	w       *bufio.Writer
	options Options
	keys    []string // `"name":`

	kind                     string // geometry type of the file
	features                 int    // written or held
	lines                    int    // written
	west, south, east, north int64  // micro-degrees

	line []byte
	ring []vertex

	held   []byte // features before the first line, one after the other
	ends   []int  // in held
	lead   int    // index of the held feature with the fewest nulls
	fewest int
	err    error // the first; nothing is written after it
}

// Bounds of what a Writer holds back.
const (
	maxHeldFeatures = 10_000
	maxHeldBytes    = 16 << 20
)

// vertex is a position in micro-degrees, as it stands in the file.
type vertex struct{ x, y int64 }

// NewWriter gives a Writer onto w. Call Close when all features are written.
func NewWriter(w io.Writer, options Options) (*Writer, error) {
	if err := table.Validate(options.Columns); err != nil {
		return nil, fmt.Errorf("geojson: %w", err)
	}
	out := &Writer{w: bufio.NewWriterSize(w, 64<<10), options: options,
		west: math.MaxInt64, south: math.MaxInt64, east: math.MinInt64, north: math.MinInt64}
	for _, c := range options.Columns {
		out.keys = append(out.keys, string(append(appendText(nil, c.Name), ':')))
	}
	return out, nil
}

// Write adds a feature with a value for each column; see [table.Type] for what they may
// be. The geometry is an orb point, line string, polygon (or ring), or a multi
// form of these; it is not changed. Errors are [ErrGeometry], [ErrSchema] or those of the
// underlying writer; the file is of no use after one.
func (w *Writer) Write(g orb.Geometry, values ...any) error {
	if w.err != nil {
		return w.err
	}
	if err := w.write(g, values); err != nil {
		w.err = fmt.Errorf("geojson: feature %d: %w", w.features+1, err)
	}
	return w.err
}

func (w *Writer) write(g orb.Geometry, values []any) error {
	if len(values) != len(w.options.Columns) {
		return fmt.Errorf("%w: %d values for %d columns", ErrSchema, len(values), len(w.options.Columns))
	}
	w.line = append(w.line[:0], `{"type":"Feature","properties":{`...)
	nulls := 0
	for i, v := range values {
		if i > 0 {
			w.line = append(w.line, ',')
		}
		w.line = append(w.line, w.keys[i]...)
		before := len(w.line)
		var err error
		if w.line, err = appendValue(w.line, w.options.Columns[i], v); err != nil {
			return err
		}
		if string(w.line[before:]) == "null" {
			nulls++
		}
	}
	w.line = append(w.line, `},"geometry":{"type":"`...)
	if err := w.geometry(g); err != nil {
		return err
	}
	w.line = append(w.line, "}}"...)
	w.features++
	if w.options.KeepOrder || w.lines > 0 || nulls == 0 && len(w.ends) == 0 {
		return w.put(w.line)
	}
	if len(w.ends) == 0 || nulls < w.fewest {
		w.lead, w.fewest = len(w.ends), nulls
	}
	w.held = append(w.held, w.line...)
	w.ends = append(w.ends, len(w.held))
	if nulls == 0 || len(w.ends) >= maxHeldFeatures || len(w.held) >= maxHeldBytes {
		return w.release()
	}
	return nil
}

// release writes what is held, the most complete feature first.
func (w *Writer) release() error {
	feature := func(i int) []byte {
		start := 0
		if i > 0 {
			start = w.ends[i-1]
		}
		return w.held[start:w.ends[i]]
	}
	if len(w.ends) > 0 {
		if err := w.put(feature(w.lead)); err != nil {
			return err
		}
	}
	for i := range w.ends {
		if i != w.lead {
			if err := w.put(feature(i)); err != nil {
				return err
			}
		}
	}
	w.held, w.ends = nil, nil
	return nil
}

// put writes one feature as a line.
func (w *Writer) put(feature []byte) error {
	switch {
	case w.options.Lines:
	case w.lines == 0:
		w.head()
	default:
		_ = w.w.WriteByte(',') // bufio keeps the error for the last call
		_ = w.w.WriteByte('\n')
	}
	w.lines++
	_, err := w.w.Write(feature)
	if w.options.Lines {
		err = w.w.WriteByte('\n')
	}
	return err
}

func (w *Writer) head() {
	_, _ = w.w.WriteString(`{"type":"FeatureCollection","features":[` + "\n")
}

// Close writes what is left. It does not close the underlying writer.
func (w *Writer) Close() error {
	if w.err != nil {
		return w.err
	}
	if w.err = w.close(); w.err != nil {
		w.err = fmt.Errorf("geojson: %w", w.err)
		return w.err
	}
	w.err = errors.New("geojson: write after Close")
	return nil
}

func (w *Writer) close() error {
	if err := w.release(); err != nil {
		return err
	}
	if !w.options.Lines {
		tail := []byte("\n]}\n")
		if w.lines == 0 {
			w.head()
			tail = []byte("]}\n")
		} else {
			tail = append(tail[:2], `,"bbox":[`...)
			for i, v := range []int64{w.west, w.south, w.east, w.north} {
				if i > 0 {
					tail = append(tail, ',')
				}
				tail = appendDegrees(tail, v)
			}
			tail = append(tail, "]}\n"...)
		}
		_, _ = w.w.Write(tail)
	}
	return w.w.Flush()
}

// appendValue appends v as its column has it.
func appendValue(dst []byte, c Column, v any) ([]byte, error) {
	v, err := c.Value(v)
	if err != nil {
		return dst, err
	}
	switch v := v.(type) {
	case string:
		return appendText(dst, v), nil
	case int64:
		return strconv.AppendInt(dst, v, 10), nil
	case float64:
		return appendNumber(dst, v), nil
	case bool:
		return strconv.AppendBool(dst, v), nil
	}
	return append(dst, "null"...), nil
}

// appendNumber appends x with its decimal point and without an exponent.
func appendNumber(dst []byte, x float64) []byte {
	start := len(dst)
	dst = strconv.AppendFloat(dst, x, 'f', -1, 64) // the shortest form that reads back as x
	if bytes.IndexByte(dst[start:], '.') < 0 {
		dst = append(dst, ".0"...)
	}
	return dst
}

// appendDegrees appends micro-degrees as degrees without trailing zeros.
func appendDegrees(dst []byte, micro int64) []byte {
	if micro < 0 {
		dst = append(dst, '-')
		micro = -micro
	}
	dst = strconv.AppendInt(dst, micro/1e6, 10)
	fraction := micro % 1e6
	if fraction == 0 {
		return dst
	}
	dst = append(dst, '.')
	for unit := int64(1e5); fraction > 0; unit /= 10 {
		dst = append(dst, byte('0'+fraction/unit))
		fraction %= unit
	}
	return dst
}

// appendText appends s as a JSON string. Only what must be is escaped.
func appendText(dst []byte, s string) []byte {
	const hex = "0123456789abcdef"
	dst = append(dst, '"')
	start := 0
	for i := 0; i < len(s); i++ {
		c := s[i]
		if c >= ' ' && c != '"' && c != '\\' {
			continue
		}
		dst = append(dst, s[start:i]...)
		start = i + 1
		switch c {
		case '"', '\\':
			dst = append(dst, '\\', c)
		case '\n':
			dst = append(dst, '\\', 'n')
		case '\r':
			dst = append(dst, '\\', 'r')
		case '\t':
			dst = append(dst, '\\', 't')
		default:
			dst = append(dst, '\\', 'u', '0', '0', hex[c>>4], hex[c&15])
		}
	}
	return append(append(dst, s[start:]...), '"')
}

// geometry appends the rest of a geometry after `{"type":"`, without its brace.
func (w *Writer) geometry(g orb.Geometry) error {
	if g == nil {
		return fmt.Errorf("%w: there is none", ErrGeometry)
	}
	if r, ok := g.(orb.Ring); ok {
		g = orb.Polygon{r}
	}
	kind := g.GeoJSONType()
	multi := w.options.Multi && (kind == "Point" || kind == "LineString" || kind == "Polygon")
	if multi {
		kind = "Multi" + kind
	}
	if w.kind == "" {
		w.kind = kind
	} else if kind != w.kind {
		return fmt.Errorf("%w: %s in a file of %s", ErrGeometry, kind, w.kind)
	}
	w.line = append(w.line, kind...)
	w.line = append(w.line, `","coordinates":`...)
	if multi {
		w.line = append(w.line, '[')
	}
	var err error
	switch g := g.(type) {
	case orb.Point:
		err = w.point(g)
	case orb.MultiPoint:
		err = w.points(g, 1)
	case orb.LineString:
		err = w.points(g, 2)
	case orb.MultiLineString:
		err = each(w, g, func(l orb.LineString) error { return w.points(l, 2) })
	case orb.Polygon:
		err = w.polygon(g)
	case orb.MultiPolygon:
		err = each(w, g, w.polygon)
	default:
		err = fmt.Errorf("%w: %T", ErrGeometry, g)
	}
	if multi {
		w.line = append(w.line, ']')
	}
	return err
}

// each appends an array of parts.
func each[T any](w *Writer, parts []T, part func(T) error) error {
	if len(parts) == 0 {
		return fmt.Errorf("%w: empty", ErrGeometry)
	}
	for i, p := range parts {
		w.line = append(w.line, "[,"[min(i, 1)])
		if err := part(p); err != nil {
			return err
		}
	}
	w.line = append(w.line, ']')
	return nil
}

func (w *Writer) point(p orb.Point) error {
	v, err := quantize(p)
	if err != nil {
		return err
	}
	w.vertex(v)
	return nil
}

func (w *Writer) points(points []orb.Point, least int) error {
	if len(points) < least {
		return fmt.Errorf("%w: %d positions where at least %d are needed", ErrGeometry, len(points), least)
	}
	return each(w, points, w.point)
}

// polygon appends rings: the outer one counter-clockwise, holes clockwise (RFC
// 7946 section 3.1.6), whatever their order in p.
func (w *Writer) polygon(p orb.Polygon) error {
	outer := true
	return each(w, p, func(r orb.Ring) error {
		w.ring = w.ring[:0]
		for _, pt := range r {
			v, err := quantize(pt)
			if err != nil {
				return err
			}
			w.ring = append(w.ring, v)
		}
		if n := len(w.ring); n > 0 && r[0] != r[n-1] {
			w.ring = append(w.ring, w.ring[0])
		}
		n := len(w.ring)
		if n < 4 {
			return fmt.Errorf("%w: a ring of %d positions", ErrGeometry, n)
		}
		area := doubleArea(w.ring)
		backwards := outer && area < 0 || !outer && area > 0
		outer = false
		for i := range w.ring {
			w.line = append(w.line, "[,"[min(i, 1)])
			if backwards {
				w.vertex(w.ring[n-1-i])
			} else {
				w.vertex(w.ring[i])
			}
		}
		w.line = append(w.line, ']')
		return nil
	})
}

func (w *Writer) vertex(v vertex) {
	w.west, w.east = min(w.west, v.x), max(w.east, v.x)
	w.south, w.north = min(w.south, v.y), max(w.north, v.y)
	w.line = append(w.line, '[')
	w.line = appendDegrees(w.line, v.x)
	w.line = append(w.line, ',')
	w.line = appendDegrees(w.line, v.y)
	w.line = append(w.line, ']')
}

// quantize rounds a position to micro-degrees.
func quantize(p orb.Point) (vertex, error) {
	if !inRange(p) {
		return vertex{}, fmt.Errorf("%w: %v, %v is no longitude and latitude", ErrGeometry, p[0], p[1])
	}
	return vertex{int64(math.Round(p[0] * 1e6)), int64(math.Round(p[1] * 1e6))}, nil
}

// inRange says whether p can be a longitude and latitude; NaN cannot.
func inRange(p orb.Point) bool {
	return p[0] >= -180 && p[0] <= 180 && p[1] >= -90 && p[1] <= 90
}

// doubleArea is twice the signed area of a closed ring, positive when it runs
// counter-clockwise, in square micro-degrees. Taken from the first vertex, the
// products of a village stay exact in float64.
func doubleArea(r []vertex) float64 {
	var sum float64
	for i := 1; i < len(r); i++ {
		ax, ay := float64(r[i-1].x-r[0].x), float64(r[i-1].y-r[0].y)
		bx, by := float64(r[i].x-r[0].x), float64(r[i].y-r[0].y)
		sum += ax*by - bx*ay
	}
	return sum
}
