package flatgeobuf

import (
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"math"

	"github.com/covgap/covgap/geo/internal/spool"
	"github.com/covgap/covgap/geo/table"
	"github.com/paulmach/orb"
)

// Options of a [Writer].
type Options struct {
	table.Layer

	// Multi writes points, lines and polygons as their Multi forms, so that both can
	// stand in one file.
	Multi bool
}

// Writer writes a layer with its index. Features stand in the file along a Hilbert
// curve, not in the order written: where order counts, a column has to say it. They
// wait in a temporary file until Close; memory is 60 bytes a feature.
type Writer struct {
	w       io.Writer
	options Options
	kind    string // geometry type of the file
	spool   *spool.File
	items   []item
	bound   orb.Bound
	buffer  buffer
	values  []any
	err     error // the first; nothing is written after it
}

var _ table.Writer = (*Writer)(nil)

var columnTypes = map[table.Type]uint64{
	table.String: typeString, table.Integer: typeLong, table.Number: typeDouble, table.Boolean: typeBool, table.Date: typeDateTime,
}

// NewWriter gives a Writer onto w. Call Close, after an error too: it removes the
// temporary file.
func NewWriter(w io.Writer, options Options) (*Writer, error) {
	if err := options.Validate(); err != nil {
		return nil, fmt.Errorf("flatgeobuf: %w", err)
	}
	if len(options.Columns) > math.MaxUint16 {
		return nil, fmt.Errorf("flatgeobuf: %w: %d columns", table.ErrSchema, len(options.Columns))
	}
	s, err := spool.New()
	if err != nil {
		return nil, fmt.Errorf("flatgeobuf: %w", err)
	}
	return &Writer{w: w, options: options, spool: s, bound: orb.Bound{
		Min: orb.Point{math.Inf(1), math.Inf(1)}, Max: orb.Point{math.Inf(-1), math.Inf(-1)},
	}}, nil
}

// Write adds a feature; see [table.Writer]. All have geometries of one type. Errors
// wrap table.ErrGeometry or table.ErrSchema, or are of the temporary file.
func (w *Writer) Write(g orb.Geometry, values ...any) error {
	if w.err != nil {
		return w.err
	}
	if err := w.write(g, values); err != nil {
		w.err = fmt.Errorf("flatgeobuf: feature %d: %w", len(w.items)+1, err)
	}
	return w.err
}

func (w *Writer) write(g orb.Geometry, values []any) error {
	g, err := table.Normalise(g, w.options.Multi)
	if err != nil {
		return err
	}
	if w.kind == "" {
		w.kind = g.GeoJSONType()
	} else if kind := g.GeoJSONType(); kind != w.kind {
		return fmt.Errorf("%w: %s in a file of %s", table.ErrGeometry, kind, w.kind)
	}
	if w.values, err = table.Values(w.values[:0], w.options.Columns, values); err != nil {
		return err
	}
	b := &w.buffer
	b.begin()
	b.table(root, slot{featureGeometry, 4, 0}, slot{featureProperties, 4, 0})
	properties := b.at[featureProperties]
	b.geometry(b.at[featureGeometry], g)
	b.vector(properties, 0, 1)
	start := len(b.b)
	for i, v := range w.values {
		if v != nil {
			b.b = binary.LittleEndian.AppendUint16(b.b, uint16(i))
			b.property(v)
		}
	}
	binary.LittleEndian.PutUint32(b.b[start-4:], uint32(len(b.b)-start))
	bytes := b.finish()
	bound := g.Bound()
	w.items = append(w.items, item{bound: bound, offset: w.spool.Size(), size: int64(len(bytes))})
	w.bound = w.bound.Union(bound)
	_, err = w.spool.Write(bytes)
	return err
}

// property writes a value as [table.Column.Value] gives it.
func (w *buffer) property(v any) {
	switch v := v.(type) {
	case string:
		w.b = binary.LittleEndian.AppendUint32(w.b, uint32(len(v)))
		w.b = append(w.b, v...)
	case int64:
		w.b = binary.LittleEndian.AppendUint64(w.b, uint64(v))
	case float64:
		w.double(v)
	case bool:
		w.b = append(w.b, 0)
		if v {
			w.b[len(w.b)-1] = 1
		}
	}
}

var geometryTypes = map[string]uint64{
	"Point": point, "LineString": lineString, "Polygon": polygon,
	"MultiPoint": multiPoint, "MultiLineString": multiLineString, "MultiPolygon": multiPolygon,
}

// geometry writes the table of a geometry that the reference at ref points to.
func (w *buffer) geometry(ref int, g orb.Geometry) {
	kind := slot{geometryType, 1, geometryTypes[g.GeoJSONType()]}
	switch g := g.(type) {
	case orb.Point:
		w.coordinates(ref, kind, g[:])
	case orb.MultiPoint:
		w.coordinates(ref, kind, nil, g)
	case orb.LineString:
		w.coordinates(ref, kind, nil, g)
	case orb.MultiLineString:
		parts := make([][]orb.Point, len(g))
		for i := range g {
			parts[i] = g[i]
		}
		w.coordinates(ref, kind, nil, parts...)
	case orb.Polygon:
		parts := make([][]orb.Point, len(g))
		for i := range g {
			parts[i] = g[i]
		}
		w.coordinates(ref, kind, nil, parts...)
	case orb.MultiPolygon:
		w.table(ref, slot{geometryParts, 4, 0}, kind)
		first := w.references(w.at[geometryParts], len(g))
		for i, p := range g {
			w.geometry(first+4*i, p)
		}
	}
}

// coordinates writes a geometry of one position, or of parts: the ends of the parts
// stand beside the coordinates where there are several.
func (w *buffer) coordinates(ref int, kind slot, position []float64, parts ...[]orb.Point) {
	slots := []slot{{geometryXY, 4, 0}, kind}
	if len(parts) > 1 {
		slots = []slot{{geometryXY, 4, 0}, {geometryEnds, 4, 0}, kind}
	}
	w.table(ref, slots...)
	xy, ends := w.at[geometryXY], w.at[geometryEnds]
	total := 0
	for _, p := range parts {
		total += len(p)
	}
	w.vector(xy, 2*total+len(position), 8)
	for _, v := range position {
		w.double(v)
	}
	for _, part := range parts {
		for _, p := range part {
			w.double(p[0])
			w.double(p[1])
		}
	}
	if len(parts) > 1 {
		w.vector(ends, len(parts), 4)
		end := 0
		for _, part := range parts {
			end += len(part)
			w.b = binary.LittleEndian.AppendUint32(w.b, uint32(end))
		}
	}
}

// Close writes the file and removes the temporary one. It does not close the
// underlying writer.
func (w *Writer) Close() error {
	if w.spool == nil {
		return w.err
	}
	if w.err == nil {
		if err := w.close(); err != nil {
			w.err = fmt.Errorf("flatgeobuf: %w", err)
		}
	}
	err := w.spool.Close()
	w.spool = nil
	if w.err != nil {
		return w.err
	}
	w.err = errors.New("flatgeobuf: write after Close")
	if err != nil {
		return fmt.Errorf("flatgeobuf: %w", err)
	}
	return nil
}

func (w *Writer) close() error {
	if err := w.spool.Flush(); err != nil {
		return err
	}
	order(w.items, w.bound)
	if _, err := io.WriteString(w.w, Magic+"\x00"); err != nil {
		return err
	}
	if _, err := w.w.Write(w.header()); err != nil {
		return err
	}
	if len(w.items) > 0 {
		if _, err := w.w.Write(index(w.items)); err != nil {
			return err
		}
	}
	var one []byte
	for _, it := range w.items {
		one = append(one[:0], make([]byte, it.size)...)
		if err := w.spool.ReadAt(one, it.offset); err != nil {
			return err
		}
		if _, err := w.w.Write(one); err != nil {
			return err
		}
	}
	return nil
}

// header gives the table of header.fbs. The order of longitude and latitude is that of
// OGC:CRS84, by the name of EPSG:4326, as GDAL writes and reads it.
func (w *Writer) header() []byte {
	o := &w.options
	b := &w.buffer
	b.begin()
	nodeSize := uint64(defaultNodeSize)
	if len(w.items) == 0 {
		nodeSize = 0
	}
	b.table(root,
		slot{headerCount, 8, uint64(len(w.items))}, slot{headerName, 4, 0}, slot{headerEnvelope, 4, 0},
		slot{headerColumns, 4, 0}, slot{headerCRS, 4, 0}, slot{headerTitle, 4, 0}, slot{headerAbout, 4, 0},
		slot{headerNodeSize, 2, nodeSize}, slot{headerType, 1, geometryTypes[w.kind]})
	at := b.at
	b.text(at[headerName], o.Name)
	b.text(at[headerTitle], o.Title)
	b.text(at[headerAbout], o.About)
	if len(w.items) > 0 {
		b.vector(at[headerEnvelope], 4, 8)
		for _, v := range [...]float64{w.bound.Min[0], w.bound.Min[1], w.bound.Max[0], w.bound.Max[1]} {
			b.double(v)
		}
	} else {
		b.vector(at[headerEnvelope], 0, 8)
	}
	b.table(at[headerCRS], slot{crsOrganisation, 4, 0}, slot{crsCode, 4, 4326}, slot{crsName, 4, 0})
	organisation, name := b.at[crsOrganisation], b.at[crsName]
	b.text(organisation, "EPSG")
	b.text(name, "WGS 84")
	first := b.references(at[headerColumns], len(o.Columns))
	for i, c := range o.Columns {
		b.table(first+4*i, slot{columnName, 4, 0}, slot{columnTitle, 4, 0}, slot{columnType, 1, columnTypes[c.Type]})
		name, title := b.at[columnName], b.at[columnTitle]
		b.text(name, c.Name)
		b.text(title, c.Label)
	}
	return b.finish()
}
