// Package geojson reads and writes GeoJSON (RFC 7946) as streams of features, and
// checks files against the rules that covgap's own outputs keep.
//
// [Read] takes what users bring, in any of the forms found in practice, and says
// line, column and feature number of everything it cannot take. [Writer] writes
// one strict form. [Check] reads a file back and lists where it departs from it.
package geojson

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"iter"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/covgap/covgap/geo"
)

// Limits of [Read]. They bound the memory and the stack that a damaged file can
// ask for.
const (
	MaxDepth        = 64        // nested objects and arrays; a MultiPolygon in a collection needs 8
	MaxFeatureBytes = 256 << 20 // JSON text of one feature or foreign member: over 10 million vertices
)

// Errors of reading. Each arrives inside a [*geo.InputError].
var (
	// ErrSyntax: the text is not JSON, or it ends too early (then
	// io.ErrUnexpectedEOF is in the chain as well). The stream ends here.
	ErrSyntax = errors.New("geojson: not well-formed JSON")
	// ErrFormat: JSON, but no GeoJSON. The stream ends here.
	ErrFormat = errors.New("geojson: not GeoJSON")
	// ErrLimit: beyond [MaxDepth] or [MaxFeatureBytes]. The stream ends here.
	ErrLimit = errors.New("geojson: beyond the limits of this reader")
	// ErrFeature: this feature cannot be used. The stream goes on with the next.
	ErrFeature = errors.New("geojson: unusable feature")
)

// CRSError says that a file declares coordinates other than WGS 84 longitude and
// latitude in the crs member of GeoJSON's 2008 edition. A caller that was told
// the reference system (--in-crs) compares Code and may read on: the stream goes
// on after this error and no feature is lost.
type CRSError struct {
	Code string // "EPSG:9210", or the declaration as written when it names no known authority
}

// Error names the declared system.
func (e *CRSError) Error() string { return "geojson: coordinates are in " + e.Code }

// Read gives the features of r one by one. It takes a FeatureCollection with its
// members in any order, a single Feature, a bare geometry, newline-delimited
// features and text sequences (RFC 8142). A byte order mark is passed over. Memory
// is that of the largest feature.
//
// Geometry is nil where the file says null. Rings left open are closed; third
// coordinates are dropped; the range of coordinates is not judged, since they may
// be projected. Fields are the properties in file order: text decoded, numbers
// as written, objects and arrays as their JSON text.
//
// Every error is a [*geo.InputError], except that a cancelled ctx gives ctx's
// error. After an error that is [ErrFeature] or a [*CRSError] the stream goes on;
// any other is the last. Feature numbers count from 1 over all features,
// unusable ones included.
func Read(ctx context.Context, r io.Reader, file string) iter.Seq2[geo.Feature, error] {
	return func(yield func(geo.Feature, error) bool) {
		newDecoder(ctx, r, file, yield).run()
	}
}

// windowBytes is the size of the reading window; it grows to hold one feature.
const windowBytes = 256 << 10

// place is an offset into a byte slice with its line and column, counted from 1.
type place struct{ off, line, column int }

// advance moves on to offset off of b.
func (p *place) advance(b []byte, off int) {
	seg := b[p.off:off]
	if n := bytes.Count(seg, []byte{'\n'}); n > 0 {
		p.line += n
		p.column = 1
		seg = seg[bytes.LastIndexByte(seg, '\n')+1:]
	}
	p.column += utf8.RuneCount(seg)
	p.off = off
}

// decoder cuts a stream into features. The texts of features lie in one piece in
// its window, where parser takes them apart.
type decoder struct {
	ctx   context.Context
	r     io.Reader
	file  string
	yield func(geo.Feature, error) bool

	buf  []byte // window; buf[pos:] is unread
	pos  int
	keep int // start of bytes to hold although read, -1 when none
	eof  bool
	rerr error // error of r other than io.EOF
	at   place // some place at or before pos, or keep when that is set

	parser parser
	window int // size of buf to start with
	limit  int // on the text of one value

	feature int    // features so far
	crs     string // last declaration reported

	// Set by Check, which wants to see what Read is tolerant about.
	note   func(rule Rule, off int, message string)        // off in the parser's text
	member func(name string, raw []byte, pos geo.Position) // members of a collection
}

func newDecoder(ctx context.Context, r io.Reader, file string, yield func(geo.Feature, error) bool) *decoder {
	return &decoder{
		ctx: ctx, r: r, file: file, yield: yield,
		keep: -1, at: place{line: 1, column: 1}, window: windowBytes, limit: MaxFeatureBytes,
	}
}

// fill reads more into the window, discarding what is read. It is false at the
// end of the stream.
func (d *decoder) fill() bool {
	if d.eof {
		return false
	}
	from := d.pos
	if d.keep >= 0 {
		from = d.keep
	}
	if from > 0 {
		if d.at.off < from {
			d.at.advance(d.buf, from)
		}
		n := copy(d.buf, d.buf[from:])
		d.buf = d.buf[:n]
		d.pos -= from
		d.at.off -= from
		if d.keep >= 0 {
			d.keep = 0
		}
	}
	if len(d.buf) == cap(d.buf) {
		d.buf = slices.Grow(d.buf, max(d.window, len(d.buf)))
	}
	n, err := io.ReadFull(d.r, d.buf[len(d.buf):cap(d.buf)])
	d.buf = d.buf[:len(d.buf)+n]
	if err != nil {
		d.eof = true
		if !errors.Is(err, io.EOF) && !errors.Is(err, io.ErrUnexpectedEOF) {
			d.rerr = err
		}
	}
	return n > 0
}

// next skips white space and gives the byte it stops at; false at the end.
func (d *decoder) next() (byte, bool) {
	for {
		for d.pos < len(d.buf) {
			if c := d.buf[d.pos]; !isSpace(c) {
				return c, true
			}
			d.pos++
		}
		if !d.fill() {
			return 0, false
		}
	}
}

// capture gives the text of the value at pos in one piece and stays before it.
// When the value is cut short by the end of the stream, it reports that.
func (d *decoder) capture() ([]byte, bool) {
	for {
		if n := extent(d.buf[d.pos:], d.eof && d.rerr == nil); n >= 0 {
			return d.buf[d.pos : d.pos+n], true
		}
		if len(d.buf)-d.pos > d.limit {
			limit := fmt.Sprintf("%d MiB", d.limit>>20)
			d.fail(d.pos, &fault{cause: ErrLimit, found: "a value of more than " + limit, expected: "features of at most " + limit})
			return nil, false
		}
		if d.eof {
			d.broken(d.buf[d.pos:])
			return nil, false
		}
		d.fill()
	}
}

// position gives the place of buf[off], which is not before d.at.
func (d *decoder) position(off int) geo.Position {
	p := d.at
	p.advance(d.buf, off)
	return geo.Position{File: d.file, Line: p.line, Column: p.column}
}

// fail yields a fault whose offset counts from buf[base]. It is always false, for
// use in a return.
func (d *decoder) fail(base int, f *fault) bool {
	d.yield(geo.Feature{}, d.inputError(base, f, 0))
	return false
}

// broken yields the syntax error that must be in b, the text at pos.
func (d *decoder) broken(b []byte) bool {
	if d.rerr != nil {
		return d.fail(len(d.buf), &fault{cause: d.rerr, found: "cannot read on: " + d.rerr.Error()})
	}
	p := parser{b: b}
	f := p.skip(0)
	if f == nil {
		f = p.truncated()
	}
	return d.fail(d.pos, f)
}

func (d *decoder) inputError(base int, f *fault, feature int) *geo.InputError {
	pos := d.position(base + f.off)
	pos.Feature = feature
	return &geo.InputError{Pos: pos, Field: f.field, Found: f.found, Expected: f.expected, Hint: f.hint, Err: f.cause}
}

func (d *decoder) run() {
	d.fill()
	switch {
	case bytes.HasPrefix(d.buf, []byte("\xef\xbb\xbf")):
		d.pos = 3
		d.at.off = 3
	case bytes.HasPrefix(d.buf, []byte("\xff\xfe")), bytes.HasPrefix(d.buf, []byte("\xfe\xff")):
		d.fail(0, &fault{cause: ErrSyntax, found: "UTF-16 text", expected: "UTF-8", hint: "save the file as UTF-8"})
		return
	}
	for texts := 0; ; texts++ {
		c, ok := d.next()
		for ok && c == recordSeparator {
			d.pos++
			c, ok = d.next()
		}
		if !ok {
			if d.rerr != nil {
				d.broken(nil)
			} else if texts == 0 {
				d.fail(d.pos, &fault{cause: ErrFormat, found: "an empty file", expected: "GeoJSON"})
			}
			return
		}
		if !d.text(c) {
			return
		}
	}
}

// recordSeparator starts each text of a sequence, RFC 8142 section 2.
const recordSeparator = 0x1e

// text reads one top-level value that starts with c. It is false when the stream
// is at its end or the caller has had enough.
func (d *decoder) text(c byte) bool {
	if err := d.ctx.Err(); err != nil {
		d.yield(geo.Feature{}, err)
		return false
	}
	switch c {
	case '{':
		return d.object()
	case '[':
		return d.fail(d.pos, &fault{cause: ErrFormat, found: "an array", expected: `an object with "type":"FeatureCollection"`})
	}
	b, ok := d.capture()
	if !ok {
		return false
	}
	p := parser{b: b}
	if f := p.document(); f != nil {
		return d.fail(d.pos, f)
	}
	return d.fail(d.pos, &fault{cause: ErrFormat, found: describe(b), expected: "a GeoJSON object"})
}

// object reads a top-level object. Until a member tells what it is, its bytes are
// kept, so that a Feature or geometry can be taken apart as a whole.
func (d *decoder) object() bool {
	start := d.position(d.pos)
	d.keep = d.pos
	d.pos++
	var typed, streamed bool
	for first := true; ; first = false {
		c, ok := d.next()
		if ok && c == '}' && first {
			break
		}
		if !first {
			if ok && c == '}' {
				break
			}
			if !ok || c != ',' {
				return d.unexpected(ok, "',' or '}'")
			}
			d.pos++
			c, ok = d.next()
		}
		if !ok || c != '"' {
			return d.unexpected(ok, "a member name in double quotes")
		}
		name, ok := d.name()
		if !ok {
			return false
		}
		if c, ok = d.next(); !ok || c != ':' {
			return d.unexpected(ok, "':'")
		}
		d.pos++
		if c, ok = d.next(); !ok {
			return d.unexpected(ok, "a value")
		}
		if name == "features" && c == '[' {
			if streamed {
				return d.fail(d.pos, &fault{cause: ErrFormat, found: `a second member "features"`, expected: "one"})
			}
			streamed = true
			d.keep = -1
			if !d.features() {
				return false
			}
			continue
		}
		b, ok := d.capture()
		if !ok {
			return false
		}
		p := parser{b: b}
		if f := p.document(); f != nil {
			return d.fail(d.pos, f)
		}
		switch name {
		case "type":
			kind := plain(b)
			switch {
			case kind == "FeatureCollection" && !typed:
				typed = true
				d.keep = -1
			case !typed && !streamed && (kind == "Feature" || isGeometryType(kind)):
				d.pos, d.keep = d.keep, -1
				return d.whole(kind)
			default:
				return d.fail(d.pos, wrongType(b, kind))
			}
		case "features":
			return d.fail(d.pos, &fault{cause: ErrFormat, field: "features", found: describe(b), expected: "an array of features"})
		case "crs":
			if !d.declared(b, d.pos) {
				return false
			}
		}
		if d.member != nil {
			d.member(name, b, d.position(d.pos))
		}
		d.pos += len(b)
	}
	d.keep = -1
	d.pos++
	if typed && streamed {
		return true
	}
	e := &geo.InputError{Pos: start, Err: ErrFormat, Found: `an object without "type"`, Expected: `"type":"FeatureCollection", "Feature" or a geometry`}
	if typed {
		e.Found, e.Expected = `a FeatureCollection without "features"`, `"features":[…]`
	}
	d.yield(geo.Feature{}, e)
	return false
}

// name reads a member's name at pos.
func (d *decoder) name() (string, bool) {
	b, ok := d.capture()
	if !ok {
		return "", false
	}
	p := parser{b: b}
	s, f := p.text()
	if f != nil {
		return "", d.fail(d.pos, f)
	}
	d.pos += len(b)
	return s, true
}

// unexpected yields the syntax error at pos.
func (d *decoder) unexpected(more bool, expected string) bool {
	if !more && d.rerr != nil {
		return d.broken(nil)
	}
	for len(d.buf)-d.pos < utf8.UTFMax && d.fill() { // the whole character, for the message
	}
	p := parser{b: d.buf[d.pos:]}
	return d.fail(d.pos, p.unexpected(expected))
}

// wrongType is the fault of a top-level "type" b that is no GeoJSON.
func wrongType(b []byte, kind string) *fault {
	f := &fault{cause: ErrFormat, field: "type", found: describe(b), expected: `"FeatureCollection", "Feature" or a geometry`}
	if kind == "Topology" {
		f.found, f.hint = "TopoJSON", "convert it: ogr2ogr -f GeoJSON out.geojson in.json"
	}
	return f
}

// features streams the array of a collection, pos at its bracket.
func (d *decoder) features() bool {
	d.pos++
	for first := true; ; first = false {
		c, ok := d.next()
		if ok && c == ']' {
			break
		}
		if !first {
			if !ok || c != ',' {
				return d.unexpected(ok, "',' or ']'")
			}
			d.pos++
			c, ok = d.next()
		}
		if !ok || c == ']' || c == '}' || c == ',' {
			return d.unexpected(ok, "a feature")
		}
		if err := d.ctx.Err(); err != nil {
			d.yield(geo.Feature{}, err)
			return false
		}
		if !d.whole("Feature") {
			return false
		}
	}
	d.pos++
	return true
}

// whole takes the value at pos apart as a Feature or a geometry.
func (d *decoder) whole(kind string) bool {
	d.feature++
	b, ok := d.capture()
	if !ok {
		return false
	}
	if d.at.off < d.pos {
		d.at.advance(d.buf, d.pos)
	}
	p := &d.parser
	p.reset(b, d.at.line, d.at.column)
	p.note = d.note
	var feature geo.Feature
	var f *fault
	if kind == "Feature" {
		f = p.feature(&feature)
	} else {
		feature.Geometry, f = p.geometry()
	}
	if f == nil {
		f = p.end()
	}
	if f != nil && errors.Is(f.cause, ErrFeature) {
		p.i = 0
		if syntax := p.document(); syntax != nil {
			f = syntax
		}
	}
	feature.Pos = geo.Position{File: d.file, Line: d.at.line, Column: d.at.column, Feature: d.feature}
	if p.crs != nil && !d.declared(p.crs, d.pos+p.crsOff) {
		return false
	}
	if f != nil {
		if !d.yield(geo.Feature{}, d.inputError(d.pos, f, d.feature)) || !errors.Is(f.cause, ErrFeature) {
			return false
		}
	} else if !d.yield(feature, nil) {
		return false
	}
	d.pos += len(b)
	return true
}

// declared yields an error when crs, the member at buf[off], is not WGS 84. It
// is false when the caller has had enough.
func (d *decoder) declared(crs []byte, off int) bool {
	code := crsCode(crs)
	switch code {
	case "", "OGC:CRS84", "OGC:CRS84H", "EPSG:4326", "EPSG:4979":
		return true
	case d.crs:
		return true // one report for a file whose every geometry repeats it
	}
	d.crs = code
	hint := "read it with --in-crs " + code
	if !strings.HasPrefix(code, "EPSG:") {
		hint = "say which it is with --in-crs EPSG:…"
	}
	return d.yield(geo.Feature{}, &geo.InputError{
		Pos: d.position(off), Field: "crs", Found: "coordinates in " + code,
		Expected: "WGS 84 longitude and latitude", Hint: hint, Err: &CRSError{Code: code},
	})
}

// crsCode gives the code of a crs member: "" for null. See section 3 of the
// GeoJSON specification of 2008, which RFC 7946 replaced.
func crsCode(raw []byte) string {
	var v any
	if err := json.Unmarshal(raw, &v); err != nil || v == nil {
		return ""
	}
	name, _ := v.(string)
	if o, ok := v.(map[string]any); ok {
		properties, _ := o["properties"].(map[string]any)
		for _, key := range []string{"name", "href", "code"} {
			if x, ok := properties[key]; ok {
				name = fmt.Sprint(x)
				if key == "code" {
					name = "EPSG:" + name
				}
				break
			}
		}
	}
	if name == "" {
		return string(raw)
	}
	upper := strings.ToUpper(name)
	parts := strings.FieldsFunc(upper, func(r rune) bool { return r == ':' || r == '/' || r == '#' })
	if len(parts) > 1 {
		for _, authority := range []string{"EPSG", "OGC"} {
			if slices.Contains(parts, authority) {
				return authority + ":" + strings.TrimSuffix(parts[len(parts)-1], ".XML")
			}
		}
	}
	return name
}

// extent gives the length of the JSON value at the start of b, or -1 when b ends
// before it does. It only follows strings and brackets; what else is wrong is
// left for parser to find, and so are the control characters and depths at which
// it stops early.
func extent(b []byte, eof bool) int {
	depth := 0
	for i := 0; i < len(b); i++ {
		switch b[i] {
		case '{', '[':
			if depth++; depth > MaxDepth {
				return i + 1
			}
		case '}', ']':
			if depth--; depth <= 0 {
				return i + 1
			}
		case '"':
			i++
			for i < len(b) && b[i] != '"' {
				if b[i] < ' ' {
					return i + 1
				}
				if b[i] == '\\' {
					i++
				}
				i++
			}
			if i >= len(b) {
				return -1
			}
			if depth == 0 {
				return i + 1
			}
		default:
			if depth == 0 {
				for ; i < len(b); i++ {
					if isSpace(b[i]) || strings.IndexByte(`,:{}[]"`, b[i]) >= 0 {
						return i
					}
				}
				if eof {
					return i
				}
			}
		}
	}
	return -1
}

func isSpace(c byte) bool { return c == ' ' || c == '\n' || c == '\r' || c == '\t' }
