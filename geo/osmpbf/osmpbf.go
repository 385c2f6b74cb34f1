// Package osmpbf reads what a plan needs from OpenStreetMap extracts in the PBF
// format: settlements, roads and power lines, as points and lines with their tags.
// Format: https://wiki.openstreetmap.org/wiki/PBF_Format. Data: ODbL 1.0.
package osmpbf

import (
	"bufio"
	"bytes"
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"iter"
	"math"
	"slices"
	"strconv"

	"github.com/covgap/covgap/geo"
	"github.com/klauspost/compress/zlib"
	"github.com/klauspost/compress/zstd"
	"github.com/paulmach/orb"
	"github.com/paulmach/protoscan"
)

// Errors of reading. Each arrives inside a [*geo.InputError].
var (
	ErrFormat  = errors.New("osmpbf: not a readable OSM PBF file")
	ErrFeature = errors.New("osmpbf: unusable feature") // of one feature; reading goes on
)

// Limits of the format: a block header has at most 64 KiB, a block 32 MiB.
const (
	maxHeaderBytes = 64 << 10
	maxBlockBytes  = 32 << 20
)

// Limits of this reader, so that a small file cannot take much memory. Blocks as they
// are published are packed two to twenty times and have some ten thousand strings.
const (
	maxPacking = 100 // times that a block may grow, beyond spareBytes
	spareBytes = 64 << 10
	maxStrings = 1 << 20 // of a block
)

// Selection says which nodes and ways are wanted: those that have the tag, with one
// of the values where there are any.
type Selection struct {
	Key    string
	Values []string
	Nodes  bool // as points
	Ways   bool // as lines; a way that is an area by its tag area=yes is left out
}

// What plans ask for.
var (
	Places = Selection{Key: "place", Nodes: true}
	Roads  = Selection{Key: "highway", Ways: true}
	// Power are lines alone: towers and substations stand on them.
	Power = Selection{Key: "power", Values: []string{"line", "minor_line"}, Ways: true}
)

// Read gives the selected nodes, then the selected ways, in file order. Each has the
// fields osm_id and osm_type before its tags. A way that an extract cuts off keeps the
// nodes that are there; with fewer than two it gives an error that wraps ErrFeature,
// and reading goes on. Any other error is the last; it wraps ErrFormat, or is that of
// r or ctx.
func Read(ctx context.Context, r io.ReadSeeker, file string, s Selection) iter.Seq2[geo.Feature, error] {
	return func(yield func(geo.Feature, error) bool) {
		d := &decoder{file: file, selection: s, yield: yield}
		if err := d.read(ctx, r); err != nil && !errors.Is(err, errStopped) {
			yield(geo.Feature{}, err)
		}
	}
}

var errStopped = errors.New("osmpbf: stopped")

type decoder struct {
	file      string
	selection Selection
	yield     func(geo.Feature, error) bool
	features  int

	collecting bool        // the first pass, that of the ways' nodes
	nodes      []int64     // wanted by ways, ascending
	points     []orb.Point // of nodes; NaN until seen

	block      int // 1-based
	plain      []byte
	zlib       io.ReadCloser
	zstd       *zstd.Decoder
	strings    [][]byte
	scale      float64 // degrees a unit
	lat0, lon0 float64

	ids, lats, lons, refs []int64
	keys, values          []uint32
	packed                []int32
}

// fail says where the file is broken.
func (d *decoder) fail(found string, cause error) error {
	err := ErrFormat
	if cause != nil {
		err = fmt.Errorf("%w: %w", ErrFormat, cause)
		found += ": " + cause.Error()
	}
	if d.block > 0 {
		found = fmt.Sprintf("block %d: %s", d.block, found)
	}
	return &geo.InputError{Pos: geo.Position{File: d.file}, Found: found, Expected: "an OpenStreetMap extract (.osm.pbf)",
		Hint: "a download that stopped half-way looks like this", Err: err}
}

func (d *decoder) read(ctx context.Context, r io.ReadSeeker) error {
	if d.selection.Ways {
		d.collecting = true
		if err := d.pass(ctx, r); err != nil {
			return err
		}
		d.collecting = false
		slices.Sort(d.nodes)
		d.nodes = slices.Compact(d.nodes)
		d.points = make([]orb.Point, len(d.nodes))
		for i := range d.points {
			d.points[i] = orb.Point{math.NaN(), math.NaN()}
		}
		if _, err := r.Seek(0, io.SeekStart); err != nil {
			return fmt.Errorf("osmpbf: %w", err)
		}
	}
	return d.pass(ctx, r)
}

// pass reads the whole file once.
func (d *decoder) pass(ctx context.Context, r io.Reader) error {
	br := bufio.NewReaderSize(r, 256<<10)
	d.block = 0
	for {
		if err := ctx.Err(); err != nil {
			return err
		}
		var size [4]byte
		if _, err := io.ReadFull(br, size[:]); errors.Is(err, io.EOF) {
			if d.block == 0 {
				return d.fail("an empty file", nil)
			}
			return nil
		} else if err != nil {
			return d.fail("a cut length", err)
		}
		d.block++
		kind, body, err := d.blob(br, binary.BigEndian.Uint32(size[:]))
		if err != nil {
			return err
		}
		switch kind {
		case "OSMHeader":
			err = d.header(body)
		case "OSMData":
			if d.block == 1 {
				return d.fail("data before the header", nil)
			}
			err = d.primitives(body)
		default: // the format says to pass over what one does not know
			if d.block == 1 {
				return d.fail(fmt.Sprintf("a first block of type %q", kind), nil)
			}
		}
		if err != nil {
			return err
		}
	}
}

// scan calls field at each field of a message. What it does not read, it skips.
func scan(body []byte, field func(*protoscan.Message) error) error {
	m := protoscan.New(body)
	for m.Next() {
		if err := field(m); err != nil {
			return err
		}
	}
	return m.Err()
}

// blob reads a block's header of the given size, and its content.
func (d *decoder) blob(r io.Reader, headerBytes uint32) (kind string, body []byte, err error) {
	if headerBytes > maxHeaderBytes {
		return "", nil, d.fail(fmt.Sprintf("a block header of %d bytes", headerBytes), nil)
	}
	head, err := d.take(r, int(headerBytes))
	if err != nil {
		return "", nil, err
	}
	size := int32(-1)
	m := protoscan.New(head)
	for m.Next() {
		switch m.FieldNumber() {
		case 1:
			kind, err = m.String()
		case 3:
			size, err = m.Int32()
		default:
			m.Skip()
		}
		if err != nil {
			return "", nil, d.fail("a broken block header", err)
		}
	}
	if m.Err() != nil || size < 0 || size > maxBlockBytes {
		return "", nil, d.fail("a broken block header", m.Err())
	}
	data, err := d.take(r, int(size))
	if err != nil {
		return "", nil, err
	}
	body, err = d.inflate(data)
	return kind, body, err
}

// take reads n bytes without trusting n: memory grows with what is there.
func (d *decoder) take(r io.Reader, n int) ([]byte, error) {
	var b bytes.Buffer
	if _, err := io.CopyN(&b, r, int64(n)); err != nil {
		return nil, d.fail("a cut block", err)
	}
	return b.Bytes(), nil
}

func (d *decoder) inflate(data []byte) ([]byte, error) {
	var packed []byte
	var codec int
	size := int32(-1)
	if err := scan(data, func(m *protoscan.Message) (err error) {
		switch n := m.FieldNumber(); n {
		case 2:
			size, err = m.Int32()
		case 1, 3, 4, 5, 6, 7:
			codec = n
			packed, err = m.MessageData()
		default:
			m.Skip()
		}
		return err
	}); err != nil {
		return nil, d.fail("a broken block", err)
	}
	if codec == 1 {
		return packed, nil
	}
	if size < 0 || size > maxBlockBytes {
		return nil, d.fail(fmt.Sprintf("a block of %d bytes", size), nil)
	}
	if int(size) > spareBytes+maxPacking*len(packed) {
		return nil, d.fail(fmt.Sprintf("a block of %d bytes packed into %d", size, len(packed)), nil)
	}
	var from io.Reader
	var err error
	switch codec {
	case 3:
		if d.zlib == nil {
			d.zlib, err = zlib.NewReader(bytes.NewReader(packed))
		} else {
			err = d.zlib.(zlib.Resetter).Reset(bytes.NewReader(packed), nil)
		}
		from = d.zlib
	case 7:
		if d.zstd == nil {
			d.zstd, err = zstd.NewReader(bytes.NewReader(packed), zstd.WithDecoderConcurrency(1), zstd.WithDecoderMaxMemory(2*maxBlockBytes))
		} else {
			err = d.zstd.Reset(bytes.NewReader(packed))
		}
		from = d.zstd
	default:
		return nil, d.fail(fmt.Sprintf("compression %d", codec), nil)
	}
	if err != nil {
		return nil, d.fail("a broken block", err)
	}
	b := bytes.NewBuffer(d.plain[:0])
	_, err = io.CopyN(b, from, int64(size))
	d.plain = b.Bytes()
	if err != nil {
		return nil, d.fail("a cut block", err)
	}
	return d.plain, nil
}

// header refuses a file that needs abilities beyond this reader's.
func (d *decoder) header(body []byte) error {
	m := protoscan.New(body)
	for m.Next() {
		if m.FieldNumber() != 4 { // required_features
			m.Skip()
			continue
		}
		feature, err := m.String()
		if err != nil {
			return d.fail("a broken header", err)
		}
		switch feature {
		case "OsmSchema-V0.6", "DenseNodes", "LocationsOnWays":
		default:
			return d.fail(fmt.Sprintf("a file that requires %q", feature), nil)
		}
	}
	if err := m.Err(); err != nil {
		return d.fail("a broken header", err)
	}
	return nil
}

// primitives reads a PrimitiveBlock.
func (d *decoder) primitives(body []byte) error {
	d.strings = d.strings[:0]
	granularity, latOffset, lonOffset := int32(100), int64(0), int64(0)
	var groups [][]byte
	if err := scan(body, func(m *protoscan.Message) (err error) {
		switch m.FieldNumber() {
		case 1:
			var table []byte
			if table, err = m.MessageData(); err == nil {
				err = d.stringTable(table)
			}
		case 2:
			var g []byte
			g, err = m.MessageData()
			groups = append(groups, g)
		case 17:
			granularity, err = m.Int32()
		case 19:
			latOffset, err = m.Int64()
		case 20:
			lonOffset, err = m.Int64()
		default:
			m.Skip()
		}
		return err
	}); err != nil {
		return d.fail("broken data", err)
	}
	d.scale = 1e-9 * float64(granularity) // offsets are in nanodegrees
	d.lat0, d.lon0 = 1e-9*float64(latOffset), 1e-9*float64(lonOffset)
	for _, g := range groups {
		if err := d.group(g); err != nil {
			return err
		}
	}
	return nil
}

var errStrings = fmt.Errorf("more than %d strings", maxStrings)

func (d *decoder) stringTable(body []byte) error {
	m := protoscan.New(body)
	for m.Next() {
		if m.FieldNumber() != 1 {
			m.Skip()
			continue
		}
		s, err := m.MessageData()
		if err != nil {
			return err
		}
		if len(d.strings) == maxStrings {
			return errStrings
		}
		d.strings = append(d.strings, s)
	}
	return m.Err()
}

func (d *decoder) group(body []byte) error {
	m := protoscan.New(body)
	for m.Next() {
		n := m.FieldNumber()
		nodes := n == 1 || n == 2
		if n > 3 || nodes && d.collecting || n == 3 && !d.selection.Ways || n < 1 {
			m.Skip()
			continue
		}
		data, err := m.MessageData()
		if err == nil {
			switch n {
			case 1:
				err = d.node(data)
			case 2:
				err = d.dense(data)
			case 3:
				err = d.way(data)
			}
		}
		if errors.Is(err, errStopped) {
			return err
		} else if err != nil {
			return d.fail("broken data", err)
		}
	}
	if err := m.Err(); err != nil {
		return d.fail("broken data", err)
	}
	return nil
}

var errTag = errors.New("a tag outside the string table")

// tags gives the fields of an element, or nil when it is not selected. pairs are
// indexes of keys and values, in turn.
func (d *decoder) tags(kind string, id int64, pairs iter.Seq2[uint32, uint32]) ([]geo.Field, error) {
	var fields []geo.Field
	wanted := false
	for k, v := range pairs {
		if int(k) >= len(d.strings) || int(v) >= len(d.strings) {
			return nil, errTag
		}
		key, value := string(d.strings[k]), string(d.strings[v])
		if key == d.selection.Key && (len(d.selection.Values) == 0 || slices.Contains(d.selection.Values, value)) {
			wanted = true
		}
		if fields == nil {
			fields = append(fields,
				geo.Field{Name: "osm_id", Value: strconv.FormatInt(id, 10), Kind: geo.Text}, // a code, not a quantity
				geo.Field{Name: "osm_type", Value: kind, Kind: geo.Text})
		}
		fields = append(fields, geo.Field{Name: key, Value: value, Kind: geo.Text})
	}
	if !wanted {
		return nil, nil
	}
	return fields, nil
}

func (d *decoder) emit(kind string, id int64, g orb.Geometry, fields []geo.Field, err error) error {
	d.features++
	pos := geo.Position{File: d.file, Feature: d.features}
	if err != nil {
		err = &geo.InputError{Pos: pos, Found: fmt.Sprintf("%s %d: %v", kind, id, err), Expected: "a position within ±180°, ±90° for each node", Err: ErrFeature}
	}
	if !d.yield(geo.Feature{ID: kind + "/" + strconv.FormatInt(id, 10), Geometry: g, Fields: fields, Pos: pos}, err) {
		return errStopped
	}
	return nil
}

// position gives a node's place, rounded to the seven decimals of OpenStreetMap.
func (d *decoder) position(lat, lon int64) orb.Point {
	round := func(v float64) float64 { return math.Round(v*1e7) / 1e7 }
	return orb.Point{round(d.lon0 + d.scale*float64(lon)), round(d.lat0 + d.scale*float64(lat))}
}

func valid(p orb.Point) bool { return math.Abs(p[0]) <= 180 && math.Abs(p[1]) <= 90 }

func (d *decoder) keep(id int64, p orb.Point) {
	if i, ok := slices.BinarySearch(d.nodes, id); ok {
		d.points[i] = p
	}
}

// node reads a single Node.
func (d *decoder) node(body []byte) error {
	var id, lat, lon int64
	d.keys, d.values = d.keys[:0], d.values[:0]
	if err := scan(body, func(m *protoscan.Message) (err error) {
		switch m.FieldNumber() {
		case 1:
			id, err = m.Sint64()
		case 2:
			d.keys, err = m.RepeatedUint32(d.keys)
		case 3:
			d.values, err = m.RepeatedUint32(d.values)
		case 8:
			lat, err = m.Sint64()
		case 9:
			lon, err = m.Sint64()
		default:
			m.Skip()
		}
		return err
	}); err != nil {
		return err
	}
	p := d.position(lat, lon)
	d.keep(id, p)
	if !d.selection.Nodes {
		return nil
	}
	return d.point(id, p, d.pairs)
}

var errCounts = errors.New("numbers of keys, values and positions that differ")

// pairs are the tags in d.keys and d.values.
func (d *decoder) pairs(yield func(k, v uint32) bool) {
	for i := range min(len(d.keys), len(d.values)) {
		if !yield(d.keys[i], d.values[i]) {
			return
		}
	}
}

func (d *decoder) point(id int64, p orb.Point, pairs iter.Seq2[uint32, uint32]) error {
	fields, err := d.tags("node", id, pairs)
	if err != nil || fields == nil {
		return err
	}
	if !valid(p) {
		return d.emit("node", id, nil, fields, fmt.Errorf("position %v", p))
	}
	return d.emit("node", id, p, fields, nil)
}

// dense reads DenseNodes: differences, and tags as one list with a zero after each
// node's.
func (d *decoder) dense(body []byte) error {
	d.ids, d.lats, d.lons, d.packed = d.ids[:0], d.lats[:0], d.lons[:0], d.packed[:0]
	if err := scan(body, func(m *protoscan.Message) (err error) {
		switch m.FieldNumber() {
		case 1:
			d.ids, err = m.RepeatedSint64(d.ids)
		case 8:
			d.lats, err = m.RepeatedSint64(d.lats)
		case 9:
			d.lons, err = m.RepeatedSint64(d.lons)
		case 10:
			d.packed, err = m.RepeatedInt32(d.packed)
		default:
			m.Skip()
		}
		return err
	}); err != nil {
		return err
	}
	if len(d.lats) != len(d.ids) || len(d.lons) != len(d.ids) {
		return errCounts
	}
	var id, lat, lon int64
	rest := d.packed
	for i := range d.ids {
		id, lat, lon = id+d.ids[i], lat+d.lats[i], lon+d.lons[i]
		p := d.position(lat, lon)
		d.keep(id, p)
		d.keys, d.values = d.keys[:0], d.values[:0]
		for len(rest) > 0 && rest[0] != 0 {
			if len(rest) < 2 {
				return errCounts
			}
			d.keys, d.values = append(d.keys, uint32(rest[0])), append(d.values, uint32(rest[1]))
			rest = rest[2:]
		}
		if len(rest) > 0 {
			rest = rest[1:]
		}
		if d.selection.Nodes && len(d.keys) > 0 {
			if err := d.point(id, p, d.pairs); err != nil {
				return err
			}
		}
	}
	return nil
}

func isArea(f geo.Field) bool { return f.Name == "area" && f.Value == "yes" }

func (d *decoder) way(body []byte) error {
	var id int64
	d.keys, d.values, d.refs = d.keys[:0], d.values[:0], d.refs[:0]
	if err := scan(body, func(m *protoscan.Message) (err error) {
		switch m.FieldNumber() {
		case 1:
			id, err = m.Int64()
		case 2:
			d.keys, err = m.RepeatedUint32(d.keys)
		case 3:
			d.values, err = m.RepeatedUint32(d.values)
		case 8:
			d.refs, err = m.RepeatedSint64(d.refs)
		default:
			m.Skip()
		}
		return err
	}); err != nil {
		return err
	}
	if len(d.keys) != len(d.values) {
		return errCounts
	}
	fields, err := d.tags("way", id, d.pairs)
	if err != nil || fields == nil || slices.ContainsFunc(fields, isArea) {
		return err
	}
	var ref int64
	line := make(orb.LineString, 0, len(d.refs))
	for _, delta := range d.refs {
		ref += delta
		if d.collecting {
			d.nodes = append(d.nodes, ref)
			continue
		}
		if i, ok := slices.BinarySearch(d.nodes, ref); ok && valid(d.points[i]) {
			line = append(line, d.points[i])
		}
	}
	switch {
	case d.collecting:
		return nil
	case len(line) < 2:
		return d.emit("way", id, nil, fields, fmt.Errorf("%d of its %d nodes are in the file before it", len(line), len(d.refs)))
	}
	return d.emit("way", id, line, fields, nil)
}
