// Package geoparquet writes GeoParquet 1.1 (https://geoparquet.org/releases/v1.1.0):
// columns of values beside geometries in well-known binary, for notebooks, DuckDB,
// GDAL and QGIS.
package geoparquet

import (
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"math"
	"slices"
	"strings"
	"time"

	"github.com/covgap/covgap/geo/table"
	"github.com/parquet-go/parquet-go"
	"github.com/parquet-go/parquet-go/compress/zstd"
	"github.com/paulmach/orb"
	"github.com/paulmach/orb/encoding/wkb"
)

// Columns that every file has beside its own.
const (
	geometryColumn = "geometry"
	boundColumn    = "bbox" // the covering: bounds of single records, by which readers skip
)

// rowsPerGroup is how much is written, and skipped, at a time. It bounds the memory.
const rowsPerGroup = 50_000

// Options of a [Writer].
type Options struct {
	table.Layer

	// Multi writes points, lines and polygons as their Multi forms. Without it a file
	// may hold both, and says so.
	Multi bool
}

// Writer writes a layer in the order of its records, in longitude and latitude
// (OGC:CRS84, the format's default).
type Writer struct {
	w       *parquet.GenericWriter[any]
	options Options
	kinds   map[string]bool // geometry types so far
	bound   orb.Bound
	rows    int
	values  []any
	row     [1]parquet.Row
	err     error // the first; nothing is written after it
}

var _ table.Writer = (*Writer)(nil)

// ordered is a group whose fields stand as written, where parquet.Group sorts them.
type ordered struct {
	parquet.Group
	names []string
}

func (o ordered) Fields() []parquet.Field {
	fields := o.Group.Fields()
	slices.SortFunc(fields, func(a, b parquet.Field) int {
		return slices.Index(o.names, a.Name()) - slices.Index(o.names, b.Name())
	})
	return fields
}

func (o *ordered) add(name string, n parquet.Node) {
	o.Group[name] = n
	o.names = append(o.names, name)
}

var types = map[table.Type]parquet.Node{
	table.String: parquet.String(), table.Integer: parquet.Int(64), table.Number: parquet.Leaf(parquet.DoubleType),
	table.Boolean: parquet.Leaf(parquet.BooleanType), table.Date: parquet.Date(),
}

// NewWriter gives a Writer onto w. Call Close when all records are written.
func NewWriter(w io.Writer, options Options) (*Writer, error) {
	if err := options.Validate(); err != nil {
		return nil, fmt.Errorf("geoparquet: %w", err)
	}
	root := ordered{Group: parquet.Group{}}
	for _, c := range options.Columns {
		if name := strings.ToLower(c.Name); name == geometryColumn || name == boundColumn {
			return nil, fmt.Errorf("geoparquet: %w: column %q is reserved", table.ErrSchema, c.Name)
		}
		root.add(c.Name, parquet.Optional(types[c.Type]))
	}
	root.add(geometryColumn, parquet.Optional(parquet.Leaf(parquet.ByteArrayType)))
	bound := ordered{Group: parquet.Group{}}
	for _, name := range sides {
		bound.add(name, parquet.Leaf(parquet.DoubleType))
	}
	root.add(boundColumn, parquet.Optional(bound))
	out := &Writer{options: options, kinds: map[string]bool{}, bound: orb.Bound{
		Min: orb.Point{math.Inf(1), math.Inf(1)}, Max: orb.Point{math.Inf(-1), math.Inf(-1)},
	}}
	out.w = parquet.NewGenericWriter[any](w, parquet.NewSchema(options.Name, root),
		parquet.Compression(&zstd.Codec{}), parquet.MaxRowsPerRowGroup(rowsPerGroup), parquet.CreatedBy("covgap", "1", "geoparquet"),
		// Bounds of geometries as bytes would serve nobody.
		parquet.SkipPageBounds(geometryColumn))
	return out, nil
}

// sides are the fields of the covering (section "bbox covering encoding").
var sides = [...]string{"xmin", "ymin", "xmax", "ymax"}

// Write adds a record; see [table.Writer]. The geometry may be nil. Errors wrap
// table.ErrGeometry or table.ErrSchema, or are those of the underlying writer.
func (w *Writer) Write(g orb.Geometry, values ...any) error {
	if w.err != nil {
		return w.err
	}
	w.rows++
	if err := w.write(g, values); err != nil {
		w.err = fmt.Errorf("geoparquet: record %d: %w", w.rows, err)
	}
	return w.err
}

func (w *Writer) write(g orb.Geometry, values []any) (err error) {
	if w.values, err = table.Values(w.values[:0], w.options.Columns, values); err != nil {
		return err
	}
	row := w.row[0][:0]
	for i, v := range w.values {
		p, err := value(w.options.Columns[i].Type, v)
		if err != nil {
			return err
		}
		row = append(row, level(p, len(row)))
	}
	if g == nil {
		for range 1 + len(sides) {
			row = append(row, level(parquet.NullValue(), len(row)))
		}
	} else {
		if g, err = table.Normalise(g, w.options.Multi); err != nil {
			return err
		}
		body, err := wkb.Marshal(g, binary.LittleEndian)
		if err != nil {
			return err
		}
		w.kinds[g.GeoJSONType()] = true
		b := g.Bound()
		w.bound = w.bound.Union(b)
		row = append(row, level(parquet.ByteArrayValue(body), len(row)))
		for _, v := range [...]float64{b.Min[0], b.Min[1], b.Max[0], b.Max[1]} {
			row = append(row, level(parquet.DoubleValue(v), len(row)))
		}
	}
	w.row[0] = row
	_, err = w.w.WriteRows(w.row[:])
	return err
}

// level gives a value its place: all columns are optional at one level.
func level(v parquet.Value, column int) parquet.Value {
	if v.IsNull() {
		return v.Level(0, 0, column)
	}
	return v.Level(0, 1, column)
}

// value gives a value as [table.Column.Value] has it.
func value(t table.Type, v any) (parquet.Value, error) {
	switch v := v.(type) {
	case string:
		if t == table.Date {
			day, err := time.Parse(time.DateOnly, v)
			return parquet.Int32Value(int32(day.Unix() / (24 * 60 * 60))), err
		}
		return parquet.ByteArrayValue([]byte(v)), nil
	case int64:
		return parquet.Int64Value(v), nil
	case float64:
		return parquet.DoubleValue(v), nil
	case bool:
		return parquet.BooleanValue(v), nil
	}
	return parquet.NullValue(), nil
}

// metadata is the value of the key "geo" (section "File metadata").
type metadata struct {
	Version string            `json:"version"`
	Primary string            `json:"primary_column"`
	Columns map[string]column `json:"columns"`
}

type column struct {
	Encoding    string      `json:"encoding"`
	Types       []string    `json:"geometry_types"`
	Orientation string      `json:"orientation"`
	Bound       *[4]float64 `json:"bbox,omitempty"`
	Covering    struct {
		Bound map[string][2]string `json:"bbox"`
	} `json:"covering"`
}

// Close writes what is left. It does not close the underlying writer.
func (w *Writer) Close() error {
	if w.err != nil {
		return w.err
	}
	if err := w.close(); err != nil {
		w.err = fmt.Errorf("geoparquet: %w", err)
		return w.err
	}
	w.err = errors.New("geoparquet: write after Close")
	return nil
}

func (w *Writer) close() error {
	c := column{Encoding: "WKB", Types: slices.Sorted(maps.Keys(w.kinds)), Orientation: "counterclockwise"}
	if c.Types == nil {
		c.Types = []string{}
	}
	if w.bound.Min[0] <= w.bound.Max[0] {
		c.Bound = &[4]float64{w.bound.Min[0], w.bound.Min[1], w.bound.Max[0], w.bound.Max[1]}
	}
	c.Covering.Bound = map[string][2]string{}
	for _, side := range sides {
		c.Covering.Bound[side] = [2]string{boundColumn, side}
	}
	text, err := json.Marshal(metadata{Version: "1.1.0", Primary: geometryColumn, Columns: map[string]column{geometryColumn: c}})
	if err != nil {
		return err
	}
	w.w.SetKeyValueMetadata("geo", string(text))
	return w.w.Close()
}
