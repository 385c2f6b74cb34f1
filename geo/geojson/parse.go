package geojson

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"math"
	"slices"
	"strconv"
	"unicode/utf16"
	"unicode/utf8"

	"github.com/covgap/covgap/geo"
	"github.com/paulmach/orb"
)

// fault is what is wrong at offset off of a parser's text.
type fault struct {
	off                          int
	field, found, expected, hint string
	cause                        error
}

// parser takes the text of one JSON value apart. It keeps scratch space and
// property names from one feature to the next.
type parser struct {
	b []byte
	i int

	start place                                    // line and column of b[0]
	at    place                                    // advances over the values of properties
	note  func(rule Rule, off int, message string) // nil outside Check

	crs    []byte // crs member of this feature, nil when none
	crsOff int

	points  []orb.Point
	unquote []byte

	names []string       // interned property names
	index map[string]int // into names
	order []int          // names of the previous feature, in order
	seen  []int          // by name: the last feature that had it
	round int            // counts features, for seen
}

// maxNames bounds the interned names, against files that never repeat one.
const maxNames = 10_000

func (p *parser) reset(b []byte, line, column int) {
	p.b, p.i = b, 0
	p.start = place{line: line, column: column}
	p.at = p.start
	p.crs = nil
	p.round++
	if p.index == nil || len(p.names) > maxNames {
		p.index = make(map[string]int)
		p.names, p.order, p.seen = nil, nil, nil
	}
}

// position gives the place of b[off].
func (p *parser) position(off int) geo.Position {
	if off < p.at.off {
		p.at = p.start
	}
	p.at.advance(p.b, off)
	return geo.Position{Line: p.at.line, Column: p.at.column}
}

// space skips white space and gives the next byte, 0 at the end.
func (p *parser) space() byte {
	for p.i < len(p.b) {
		if c := p.b[p.i]; !isSpace(c) {
			return c
		}
		p.i++
	}
	return 0
}

func (p *parser) truncated() *fault {
	return &fault{off: len(p.b), found: "the file ends inside a value", expected: "the rest of it",
		hint: "the file is truncated", cause: fmt.Errorf("%w: %w", ErrSyntax, io.ErrUnexpectedEOF)}
}

// unexpected is the syntax error at the parser's place.
func (p *parser) unexpected(expected string) *fault {
	if p.i >= len(p.b) {
		return p.truncated()
	}
	r, size := utf8.DecodeRune(p.b[p.i:])
	found := strconv.QuoteRune(r)
	if r == utf8.RuneError && size <= 1 {
		found = fmt.Sprintf("byte 0x%02x", p.b[p.i])
	}
	return &fault{off: p.i, found: found, expected: expected, cause: ErrSyntax}
}

// unusable is a fault of this feature alone.
func unusable(off int, field, found, expected string) *fault {
	return &fault{off: off, field: field, found: found, expected: expected, cause: ErrFeature}
}

// document checks that b is one JSON value and nothing else.
func (p *parser) document() *fault {
	if f := p.skip(0); f != nil {
		return f
	}
	return p.end()
}

func (p *parser) end() *fault {
	if p.space(); p.i < len(p.b) {
		return p.unexpected("the end of the value")
	}
	return nil
}

// skip passes over one value, checking its grammar (RFC 8259).
func (p *parser) skip(depth int) *fault {
	switch p.space() {
	case '{':
		return p.object(depth, func([]byte) *fault { return p.skip(depth + 1) })
	case '[':
		return p.array(depth, func() *fault { return p.skip(depth + 1) })
	case '"':
		_, _, f := p.quoted()
		return f
	default:
		f := p.scalar()
		if f != nil && errors.Is(f.cause, ErrFeature) {
			return nil // not a finite number: passed over here, refused where it is wanted
		}
		return f
	}
}

// scalar passes over a number, true, false or null.
func (p *parser) scalar() *fault {
	if c := p.space(); c == '-' || c >= '0' && c <= '9' {
		_, f := p.float()
		return f
	}
	return p.word()
}

// object reads an object, calling member with each raw name; member reads the
// value.
func (p *parser) object(depth int, member func(name []byte) *fault) *fault {
	if depth >= MaxDepth {
		return p.tooDeep()
	}
	p.i++
	if p.space() == '}' {
		p.i++
		return nil
	}
	for {
		if p.space() != '"' {
			return p.unexpected("a member name in double quotes")
		}
		name, escaped, f := p.quoted()
		if f != nil {
			return f
		}
		if escaped {
			name = bytes.Clone(p.unescape(name))
		}
		if p.space() != ':' {
			return p.unexpected("':'")
		}
		p.i++
		p.space()
		if f := member(name); f != nil {
			return f
		}
		switch p.space() {
		case ',':
			p.i++
		case '}':
			p.i++
			return nil
		default:
			return p.unexpected("',' or '}'")
		}
	}
}

// array reads an array, calling element before each; element reads it.
func (p *parser) array(depth int, element func() *fault) *fault {
	if depth >= MaxDepth {
		return p.tooDeep()
	}
	p.i++
	if p.space() == ']' {
		p.i++
		return nil
	}
	for {
		p.space()
		if f := element(); f != nil {
			return f
		}
		switch p.space() {
		case ',':
			p.i++
		case ']':
			p.i++
			return nil
		default:
			return p.unexpected("',' or ']'")
		}
	}
}

func (p *parser) tooDeep() *fault {
	return &fault{off: p.i, found: fmt.Sprintf("more than %d nested objects and arrays", MaxDepth), expected: "GeoJSON", cause: ErrLimit}
}

// quoted passes over a string, giving what is between its quotes and whether
// that contains escapes.
func (p *parser) quoted() (raw []byte, escaped bool, f *fault) {
	b := p.b
	start := p.i + 1
	ascii := true
	for i := start; i < len(b); i++ {
		switch c := b[i]; {
		case c == '"':
			raw = b[start:i]
			if !ascii && !utf8.Valid(raw) {
				p.i = start + invalidUTF8(raw)
				f := p.unexpected("UTF-8 text")
				f.hint = "save the file as UTF-8"
				return nil, false, f
			}
			p.i = i + 1
			return raw, escaped, nil
		case c == '\\':
			escaped = true
			i++
			if f := p.escape(i); f != nil {
				return nil, false, f
			}
		case c < ' ':
			p.i = i
			return nil, false, p.unexpected(`'"' to end the text`)
		case c >= utf8.RuneSelf:
			ascii = false
		}
	}
	p.i = len(b)
	return nil, false, p.truncated()
}

// escape checks the character after a backslash.
func (p *parser) escape(i int) *fault {
	if i >= len(p.b) {
		p.i = len(p.b)
		return p.truncated()
	}
	switch p.b[i] {
	case '"', '\\', '/', 'b', 'f', 'n', 'r', 't':
		return nil
	case 'u':
		for k := i + 1; k < i+5; k++ {
			if k >= len(p.b) || hexDigit(p.b[k]) < 0 {
				p.i = k
				return p.unexpected("four hexadecimal digits")
			}
		}
		return nil
	}
	p.i = i
	return p.unexpected(`an escape: \" \\ \/ \b \f \n \r \t or \u`)
}

// invalidUTF8 is the offset of the first byte that is not UTF-8.
func invalidUTF8(b []byte) int {
	for i := 0; i < len(b); {
		r, size := utf8.DecodeRune(b[i:])
		if r == utf8.RuneError && size == 1 {
			return i
		}
		i += size
	}
	return len(b)
}

func hexDigit(c byte) int {
	switch {
	case c >= '0' && c <= '9':
		return int(c - '0')
	case c >= 'a' && c <= 'f':
		return int(c-'a') + 10
	case c >= 'A' && c <= 'F':
		return int(c-'A') + 10
	}
	return -1
}

// unescape decodes what quoted gave; the result lies in scratch space. Half a
// surrogate pair is no character and gives U+FFFD.
func (p *parser) unescape(raw []byte) []byte {
	out := p.unquote[:0]
	for i := 0; i < len(raw); i++ {
		c := raw[i]
		if c != '\\' {
			out = append(out, c)
			continue
		}
		i++
		switch raw[i] {
		case 'b':
			out = append(out, '\b')
		case 'f':
			out = append(out, '\f')
		case 'n':
			out = append(out, '\n')
		case 'r':
			out = append(out, '\r')
		case 't':
			out = append(out, '\t')
		case 'u':
			r := hex4(raw[i+1:])
			i += 4
			if utf16.IsSurrogate(r) && i+6 < len(raw) && raw[i+1] == '\\' && raw[i+2] == 'u' {
				if pair := utf16.DecodeRune(r, hex4(raw[i+3:])); pair != utf8.RuneError {
					r = pair
					i += 6
				}
			}
			out = utf8.AppendRune(out, r) // U+FFFD for a surrogate
		default:
			out = append(out, raw[i])
		}
	}
	p.unquote = out
	return out
}

func hex4(b []byte) rune {
	return rune(hexDigit(b[0])<<12 | hexDigit(b[1])<<8 | hexDigit(b[2])<<4 | hexDigit(b[3]))
}

// text reads a string.
func (p *parser) text() (string, *fault) {
	raw, escaped, f := p.quoted()
	if f != nil {
		return "", f
	}
	if escaped {
		raw = p.unescape(raw)
	}
	return string(raw), nil
}

// plain gives the string that the value b is, "" when it is none.
func plain(b []byte) string {
	if b[0] != '"' {
		return ""
	}
	p := parser{b: b}
	s, _ := p.text() // its grammar has been checked
	return s
}

// float reads a number. Magnitudes beyond float64 give an infinity.
func (p *parser) float() (float64, *fault) {
	b, start, i := p.b, p.i, p.i
	if i < len(b) && b[i] == '-' {
		i++
	}
	if i >= len(b) || b[i]-'0' > 9 {
		if bytes.HasPrefix(b[i:], []byte("Infinity")) {
			return 0, p.notFinite("-Infinity")
		}
		p.i = i
		return 0, p.unexpected("a digit")
	}
	var mantissa uint64
	digits, exponent := 0, 0
	if b[i] == '0' {
		i++
		if i < len(b) && b[i]-'0' <= 9 {
			p.i = i
			return 0, p.unexpected("no further digit after a leading 0")
		}
	} else {
		for ; i < len(b) && b[i]-'0' <= 9; i++ {
			mantissa = mantissa*10 + uint64(b[i]-'0')
			digits++
		}
	}
	if i < len(b) && b[i] == '.' {
		i++
		if i >= len(b) || b[i]-'0' > 9 {
			p.i = i
			return 0, p.unexpected("a digit after the decimal point")
		}
		for ; i < len(b) && b[i]-'0' <= 9; i++ {
			mantissa = mantissa*10 + uint64(b[i]-'0')
			digits++
			exponent++
		}
	}
	exact := true
	if i < len(b) && b[i]|0x20 == 'e' {
		exact = false
		i++
		if i < len(b) && (b[i] == '+' || b[i] == '-') {
			i++
		}
		if i >= len(b) || b[i]-'0' > 9 {
			p.i = i
			return 0, p.unexpected("a digit in the exponent")
		}
		for i < len(b) && b[i]-'0' <= 9 {
			i++
		}
	}
	p.i = i
	// Up to 15 digits and 10^22 are exact in float64, so that one division
	// rounds correctly (Clinger 1990, "How to read floating point numbers
	// accurately").
	if exact && digits <= 15 && exponent < len(pow10) {
		x := float64(mantissa) / pow10[exponent]
		if b[start] == '-' {
			x = -x
		}
		return x, nil
	}
	x, err := strconv.ParseFloat(string(b[start:i]), 64)
	if err != nil && !math.IsInf(x, 0) {
		p.i = start
		return 0, p.unexpected("a number")
	}
	return x, nil
}

var pow10 = [...]float64{1e0, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9, 1e10, 1e11,
	1e12, 1e13, 1e14, 1e15, 1e16, 1e17, 1e18, 1e19, 1e20, 1e21, 1e22}

// word passes over true, false or null.
func (p *parser) word() *fault {
	for _, w := range []string{"null", "true", "false"} {
		if bytes.HasPrefix(p.b[p.i:], []byte(w)) {
			p.i += len(w)
			return nil
		}
		if rest := p.b[p.i:]; len(rest) > 0 && bytes.HasPrefix([]byte(w), rest) {
			p.i = len(p.b)
			return p.truncated()
		}
	}
	for _, w := range []string{"NaN", "nan", "Infinity", "inf"} {
		if bytes.HasPrefix(p.b[p.i:], []byte(w)) {
			return p.notFinite(w)
		}
	}
	return p.unexpected("a value")
}

// notFinite passes over a word that Python and others write for a number JSON
// does not have. It breaks the grammar, yet only this feature is lost for it.
func (p *parser) notFinite(word string) *fault {
	f := unusable(p.i, "", word, "a number or null")
	f.hint = "JSON has no such value: write null"
	p.i += len(word)
	return f
}

// describe names a value for an error message.
func describe(b []byte) string {
	if len(b) == 0 {
		return "nothing"
	}
	switch b[0] {
	case '{':
		return "an object"
	case '[':
		if len(bytes.TrimSpace(b[1:])) == 1 {
			return "an empty array"
		}
		return "an array"
	}
	const most = 40
	if utf8.RuneCount(b) > most {
		r := []rune(string(b))
		return string(r[:most]) + "…"
	}
	return string(b)
}

// value gives the text of the value at the parser's place and passes over it.
func (p *parser) value(depth int) ([]byte, *fault) {
	start := p.i
	if f := p.skip(depth); f != nil {
		return nil, f
	}
	return p.b[start:p.i], nil
}

// feature reads a Feature object.
func (p *parser) feature(out *geo.Feature) *fault {
	if p.space() != '{' {
		raw, f := p.value(0)
		if f != nil {
			return f
		}
		return unusable(0, "", describe(raw), "a Feature object")
	}
	var typed, esri bool
	var had [3]bool // geometry, properties, id
	once := func(k int, name string) *fault {
		if had[k] {
			return unusable(p.i, name, "a second time", "one "+name)
		}
		had[k] = true
		return nil
	}
	f := p.object(0, func(name []byte) *fault {
		start := p.i
		switch string(name) {
		case "type":
			raw, f := p.value(1)
			if f != nil {
				return f
			}
			kind := plain(raw)
			if kind != "Feature" {
				return unusable(start, "type", describe(raw), `"Feature"`)
			}
			typed = true
		case "geometry":
			if f := once(0, "geometry"); f != nil {
				return f
			}
			if p.space() == 'n' {
				return p.word()
			}
			g, f := p.geometry()
			out.Geometry = g
			return f
		case "properties":
			if f := once(1, "properties"); f != nil {
				return f
			}
			fields, f := p.properties()
			out.Fields = fields
			return f
		case "id":
			if f := once(2, "id"); f != nil {
				return f
			}
			raw, f := p.value(1)
			if f != nil {
				return f
			}
			switch raw[0] {
			case '"':
				q := parser{b: raw}
				if out.ID, f = q.text(); f != nil {
					f.off += start
					return f
				}
			case '{', '[', 't', 'f':
				return unusable(start, "id", describe(raw), "text or a number")
			case 'n':
			default:
				out.ID = string(raw)
			}
		case "crs":
			return p.crsMember()
		default:
			esri = esri || string(name) == "attributes"
			return p.skip(1)
		}
		return nil
	})
	if f != nil || typed {
		return f
	}
	f = unusable(0, "type", "missing", `"type":"Feature"`)
	if esri {
		f.hint = "this is Esri JSON: convert it with ogr2ogr -f GeoJSON out.geojson in.json"
	}
	return f
}

func (p *parser) crsMember() *fault {
	start := p.i
	raw, f := p.value(1)
	if f == nil {
		p.crs, p.crsOff = raw, start
	}
	return f
}

// properties reads the members of a properties object, or null.
func (p *parser) properties() ([]geo.Field, *fault) {
	if p.space() != '{' {
		start := p.i
		raw, f := p.value(1)
		if f != nil || string(raw) == "null" {
			return nil, f
		}
		return nil, unusable(start, "properties", describe(raw), "an object or null")
	}
	fields := make([]geo.Field, 0, len(p.order))
	f := p.object(1, func(raw []byte) *fault {
		k := p.intern(raw, len(fields))
		name := p.names[k]
		if p.seen[k] == p.round {
			return unusable(p.i, name, "a second time", "each property once")
		}
		p.seen[k] = p.round
		if n := len(fields); n < len(p.order) {
			p.order[n] = k
		} else {
			p.order = append(p.order, k)
		}
		pos := p.position(p.i)
		field := geo.Field{Name: name, Line: pos.Line, Column: pos.Column}
		start := p.i
		var f *fault
		switch c := p.space(); c {
		case '"':
			field.Kind = geo.Text
			field.Value, f = p.text()
		case '{', '[':
			field.Kind = geo.Structured
			f = p.skip(2)
			field.Value = string(p.b[start:p.i])
		case 'n':
			f = p.word()
		case 't', 'f':
			field.Kind = geo.Bool
			f = p.word()
			field.Value = string(p.b[start:p.i])
		default:
			field.Kind = geo.Number
			f = p.scalar()
			field.Value = string(p.b[start:p.i])
		}
		fields = append(fields, field)
		if f != nil {
			f.field = name
		}
		return f
	})
	p.order = p.order[:min(len(p.order), len(fields))]
	return fields, f
}

// intern gives the number of a property's name. Features mostly repeat the names
// of the one before, in order.
func (p *parser) intern(raw []byte, nth int) int {
	if nth < len(p.order) && p.names[p.order[nth]] == string(raw) {
		return p.order[nth]
	}
	if k, ok := p.index[string(raw)]; ok {
		return k
	}
	k := len(p.names)
	name := string(raw)
	p.names = append(p.names, name)
	p.seen = append(p.seen, 0)
	p.index[name] = k
	return k
}

// geometryTypes of RFC 7946 section 1.4.
var geometryTypes = []string{"Point", "MultiPoint", "LineString", "MultiLineString", "Polygon", "MultiPolygon", "GeometryCollection"}

func isGeometryType(s string) bool { return slices.Contains(geometryTypes, s) }

// geometry reads a geometry object.
func (p *parser) geometry() (orb.Geometry, *fault) {
	start := p.i
	if p.space() != '{' {
		raw, f := p.value(1)
		if f != nil {
			return nil, f
		}
		return nil, unusable(start, "geometry", describe(raw), "a geometry object or null")
	}
	var g orb.Geometry
	kind, coordinates := "", -1 // coordinates is the offset of those met before the type
	read := false
	f := p.object(1, func(name []byte) *fault {
		at := p.i
		switch string(name) {
		case "type":
			raw, f := p.value(2)
			if f != nil {
				return f
			}
			if kind != "" {
				return unusable(at, "geometry.type", "a second time", "one type")
			}
			kind = plain(raw)
			switch {
			case kind == "GeometryCollection":
				f := unusable(at, "geometry.type", kind, "one geometry for each feature")
				f.hint = "split the collection into features"
				return f
			case !isGeometryType(kind):
				return unusable(at, "geometry.type", describe(raw), "Point, LineString, Polygon or their Multi forms")
			}
		case "coordinates":
			if read || coordinates >= 0 {
				return unusable(at, "geometry.coordinates", "a second time", "one member coordinates")
			}
			if kind == "" {
				coordinates = at
				return p.skip(2)
			}
			read = true
			var f *fault
			g, f = p.coordinates(kind)
			return f
		case "crs":
			return p.crsMember()
		default:
			return p.skip(2)
		}
		return nil
	})
	switch {
	case f != nil:
		return nil, f
	case kind == "":
		return nil, unusable(start, "geometry.type", "missing", "Point, LineString, Polygon or their Multi forms")
	case coordinates >= 0:
		end := p.i
		p.i = coordinates
		g, f = p.coordinates(kind)
		p.i = end
	case !read:
		return nil, unusable(start, "geometry.coordinates", "missing", "an array")
	}
	return g, f
}

// inCoordinates is the field that faults of coordinates name.
const inCoordinates = "geometry.coordinates"

// coordinates reads the coordinates of a geometry of the given type. With a fault
// the geometry is of no use.
func (p *parser) coordinates(kind string) (g orb.Geometry, f *fault) {
	line := func() (orb.LineString, *fault) { return p.positions(2) }
	polygon := func() (orb.Polygon, *fault) { return list(p, "rings", p.ring) }
	switch kind {
	case "Point":
		g, f = p.point()
	case "MultiPoint":
		var points []orb.Point
		points, f = p.positions(1)
		g = orb.MultiPoint(points)
	case "LineString":
		g, f = line()
	case "MultiLineString":
		var lines []orb.LineString
		lines, f = list(p, "lines", line)
		g = orb.MultiLineString(lines)
	case "Polygon":
		g, f = polygon()
	case "MultiPolygon":
		var polygons []orb.Polygon
		polygons, f = list(p, "polygons", polygon)
		g = orb.MultiPolygon(polygons)
	}
	return g, f
}

// open checks that the parser is at an array of at least one element.
func (p *parser) open(expected string) *fault {
	at := p.i
	if p.space() != '[' {
		raw, f := p.value(2)
		if f != nil {
			return f
		}
		return unusable(at, inCoordinates, describe(raw), expected)
	}
	for i := p.i + 1; i < len(p.b); i++ {
		if c := p.b[i]; c == ']' {
			return unusable(at, inCoordinates, "empty", expected)
		} else if !isSpace(c) {
			break
		}
	}
	return nil
}

// list reads an array of at least one element.
func list[T any](p *parser, what string, element func() (T, *fault)) ([]T, *fault) {
	if f := p.open("an array of " + what); f != nil {
		return nil, f
	}
	var out []T
	f := p.array(2, func() *fault {
		e, f := element()
		out = append(out, e)
		return f
	})
	return out, f
}

// ring reads a linear ring and closes it when it is open.
func (p *parser) ring() (orb.Ring, *fault) {
	at := p.i
	points, f := p.positions(1)
	if f != nil {
		return nil, f
	}
	if points[0] != points[len(points)-1] {
		if p.note != nil {
			p.note(RingClosed, at, "first and last position of a ring differ")
		}
		points = append(points, points[0])
	}
	if len(points) < 4 {
		return nil, unusable(at, inCoordinates, fmt.Sprintf("a ring of %d positions", len(points)), "at least 4, the last equal to the first")
	}
	return points, nil
}

// positions reads an array of at least least positions.
func (p *parser) positions(least int) ([]orb.Point, *fault) {
	at := p.i
	if f := p.open("an array of positions [longitude, latitude]"); f != nil {
		return nil, f
	}
	p.points = p.points[:0]
	f := p.array(2, func() *fault {
		pt, f := p.point()
		p.points = append(p.points, pt)
		return f
	})
	if f != nil {
		return nil, f
	}
	if n := len(p.points); n < least {
		return nil, unusable(at, inCoordinates, fmt.Sprintf("%d position", n), fmt.Sprintf("at least %d positions", least))
	}
	return slices.Clone(p.points), nil
}

// point reads one position, dropping what follows longitude and latitude.
func (p *parser) point() (pt orb.Point, f *fault) {
	const expected = "a position [longitude, latitude]"
	at := p.i
	if p.space() != '[' {
		raw, f := p.value(2)
		if f != nil {
			return pt, f
		}
		return pt, unusable(at, inCoordinates, describe(raw), expected)
	}
	p.i++
	for n := 0; ; n++ {
		c := p.space()
		if c == ']' && n == 0 {
			return pt, unusable(at, inCoordinates, "empty", expected)
		}
		start := p.i
		if c != '-' && (c < '0' || c > '9') {
			raw, f := p.value(2)
			if f != nil {
				return pt, f
			}
			return pt, unusable(start, inCoordinates, describe(raw), "a number")
		}
		x, f := p.float()
		if f != nil {
			return pt, f
		}
		if math.IsInf(x, 0) {
			return pt, unusable(start, inCoordinates, string(p.b[start:p.i]), "a number within the range of float64")
		}
		switch n {
		case 0, 1:
			pt[n] = x
		case 2:
			if p.note != nil {
				p.note(Position2D, start, "a third coordinate")
			}
		}
		switch p.space() {
		case ',':
			p.i++
		case ']':
			p.i++
			if n == 0 {
				return pt, unusable(at, inCoordinates, "one number", expected)
			}
			return pt, nil
		default:
			return pt, p.unexpected("',' or ']'")
		}
	}
}
