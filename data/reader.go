package data

import (
	"context"
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/covgap/covgap/geo"
	"github.com/covgap/covgap/geo/angle"
	"github.com/paulmach/orb"
	"golang.org/x/text/unicode/norm"
)

// reader takes the rows of all files of one kind.
type reader struct {
	*collector
	opt     Options
	schema  Schema
	locator *locator
	interns map[string]string
	dropped map[string]string // column: the warning about its cells
}

func newReader(kind Kind, opt Options) (*reader, error) {
	schema, err := SchemaOf(string(kind))
	if err != nil {
		return nil, err
	}
	if err := opt.Mapping.Validate(kind); err != nil {
		return nil, err
	}
	l, err := newLocator(opt)
	if err != nil {
		return nil, err
	}
	return &reader{collector: newCollector(kind), opt: opt, schema: schema, locator: l, interns: map[string]string{}, dropped: map[string]string{}}, nil
}

// cancelEvery is the number of rows between two looks at the context.
const cancelEvery = 1024

// each calls take for every row that the mapping wants, in file order. The row
// is rejected when it has an error afterwards. idColumn ("" for records without id)
// and required are columns of the schema; a table needs all of required.
func (rd *reader) each(ctx context.Context, paths []string, idColumn string, required []string, take func(*row)) error {
	for _, path := range paths {
		if err := rd.file(ctx, path, idColumn, required, take); err != nil {
			return err
		}
	}
	if rd.report.Accepted == 0 {
		return rd.nothing(paths)
	}
	return nil
}

// nothing is the error when no row of any file was accepted.
func (rd *reader) nothing(paths []string) error {
	e := &geo.InputError{Pos: geo.Position{File: strings.Join(paths, ", ")}, Err: ErrRows}
	if n := len(rd.report.Rejects); n > 0 {
		first := rd.report.Rejects[0]
		e.Pos = first.Pos
		e.Found = fmt.Sprintf("none of %d rows can be used; the first: %s", n, first.Reason())
		if first.Err.Err != nil {
			e.Err = fmt.Errorf("%w: %w", ErrRows, first.Err.Err)
		}
		return e
	}
	e.Err = ErrEmpty
	e.Found = "no rows"
	e.Expected = "at least one of " + string(rd.schema.Kind)
	if rd.report.Filtered > 0 {
		e.Found = fmt.Sprintf("none of %d rows is wanted", rd.report.Filtered)
		e.Hint = "see where in the mapping"
	}
	return e
}

func (rd *reader) source() Source {
	return Source{Layer: rd.opt.Layer, HeaderRow: rd.opt.HeaderRow, Encoding: rd.opt.Encoding, Kind: rd.schema.Kind, Mapping: &rd.opt.Mapping}
}

func (rd *reader) file(ctx context.Context, path, idColumn string, required []string, take func(*row)) (err error) {
	stream, err := Open(ctx, path, rd.source())
	if err != nil {
		return err
	}
	defer func() {
		if e := stream.Close(); e != nil && err == nil {
			err = fmt.Errorf("data: closing %s: %w", path, e)
		}
	}()
	rd.report.Files = append(rd.report.Files, stream.File)
	if stream.chosen {
		rd.report.Layer, rd.report.Layers = stream.Layer, stream.layers
	}
	for _, text := range stream.Remarks {
		rd.warn(geo.Position{File: stream.File}, text)
	}
	if rd.schema.Kind == Sites && isOpenCellID(stream.Columns) {
		cellsAsSectors(stream)
	}
	var b *binding
	proposes := false
	start := func() error {
		if b, err = bind(stream, &rd.schema, &rd.opt.Mapping); err != nil {
			return err
		}
		b.again = func() (*Stream, error) { return Open(ctx, path, rd.source()) }
		for _, text := range b.unclear {
			rd.warn(geo.Position{File: stream.File}, text)
		}
		for _, column := range required {
			def, _ := rd.schema.Column(column)
			isPosition := column == "longitude" || column == "latitude"
			if !b.has(def.Name) && (stream.table || !isPosition) {
				return b.missing(&rd.schema, column)
			}
		}
		proposes = idColumn != "" && b.proposes(idColumn)
		return nil
	}
	if stream.table { // the header is known even when nothing follows
		if err := start(); err != nil {
			return err
		}
	}
	if err := rd.locator.begin(stream); err != nil {
		return err
	}
	rd.report.CRS = rd.locator.code
	rows := 0
	r := &row{}
	for f, rowErr := range stream.Rows {
		if rows++; rows%cancelEvery == 0 {
			if err := ctx.Err(); err != nil {
				return err
			}
		}
		if rowErr != nil {
			if handled, err := rd.fault(rowErr); !handled {
				return err
			}
			continue
		}
		if b == nil {
			if err := start(); err != nil {
				return err
			}
		}
		rd.report.Rows++
		if !b.wanted(&f) {
			rd.report.Filtered++
			continue
		}
		rd.polygonsOf(&f)
		r.reset(rd, b, &f)
		r.proposed = proposes
		if idColumn != "" {
			r.id = r.identifier(idColumn)
		}
		take(r)
		if r.err != nil {
			rd.reject(&f, r.id, r.name(), r.err)
			continue
		}
		rd.report.Accepted++
		for _, a := range r.assumed {
			rd.assume(a.Column, a.Value, a.Source, 1)
		}
	}
	if rows == 0 {
		return &geo.InputError{
			Pos: geo.Position{File: stream.File}, Found: "no features", Expected: "at least one of " + string(rd.schema.Kind), Err: ErrEmpty,
		}
	}
	if err := rd.locator.judge(); err != nil {
		return err
	}
	if b != nil { // nil when no feature could be read
		rd.finishFile(b, idColumn, rows)
	}
	return nil
}

// polygonsOf leaves of a collection the polygons where the kind is of areas: Google Earth
// puts a label's point beside them.
func (rd *reader) polygonsOf(f *geo.Feature) {
	c, ok := f.Geometry.(orb.Collection)
	if !ok || rd.schema.Kind != Villages && rd.schema.Kind != Areas && rd.schema.Kind != Sea {
		return
	}
	var mp orb.MultiPolygon
	for _, g := range c {
		mp = append(mp, polygons(g)...)
	}
	if mp != nil {
		f.Geometry = mp
		rd.warn(f.Pos, "a placemark has points or lines beside its polygons: the polygons are taken")
	}
}

// fault handles an error of the stream: a refused row, a declared coordinate
// system that the user named as well, or the end.
func (rd *reader) fault(err error) (handled bool, _ error) {
	var input *geo.InputError
	if !errors.As(err, &input) {
		return false, err
	}
	if Refused(err) {
		rd.report.Rows++
		rd.reject(&geo.Feature{}, "", "", input)
		return true, nil
	}
	if rd.locator.declared(err) {
		return true, nil
	}
	return false, err
}

// finishFile reports which columns were used and where the ids came from.
func (rd *reader) finishFile(b *binding, idColumn string, rows int) {
	taken := map[string]bool{}
	for _, u := range b.uses {
		taken[u.Source] = true
		if !slices.Contains(rd.report.Columns, u) {
			rd.report.Columns = append(rd.report.Columns, u)
		}
	}
	for _, c := range b.where {
		taken[c.name] = true
	}
	if idColumn != "" && b.proposes(idColumn) {
		source := b.columns[idColumn].any.name
		rd.assume(idColumn, source, "no column "+idColumn+"; "+source+" is taken for it", rows)
	}
	unused := slices.DeleteFunc(slices.Clone(b.stream.Columns), func(c string) bool { return taken[c] })
	for _, c := range unused {
		if !slices.Contains(rd.report.Unused, c) {
			rd.report.Unused = append(rd.report.Unused, c)
		}
	}
	kind := rd.schema.Kind
	for _, m := range b.misspelt(&rd.schema, unused) {
		hint := "rename it"
		if kind.mapped() {
			hint = fmt.Sprintf("inputs.%s.mapping: {columns: {%s: %s}} in covgap.yaml, or --map %s.%s=%s", kind, m.column, m.source, kind, m.column, m.source)
		}
		rd.warnOf(geo.Position{File: b.stream.File, Line: b.stream.HeaderRow},
			fmt.Sprintf("nothing is read from column %q, which looks like %s: if it is that, %s", m.source, m.column, hint), rows)
	}
}

// row is one row being read. Its methods give the zero value after the first
// error, which stays.
type row struct {
	rd       *reader
	b        *binding
	f        *geo.Feature
	ordinal  int // over all files, from 1
	id       string
	proposed bool // the id stands in a column that is no id by name
	assumed  []Assumption
	err      *geo.InputError
}

// reset makes r the next row.
func (r *row) reset(rd *reader, b *binding, f *geo.Feature) {
	*r = row{rd: rd, b: b, f: f, ordinal: rd.report.Rows, assumed: r.assumed[:0]}
}

// fail keeps the first error of the row, at a field or at the row.
func (r *row) fail(column string, fd geo.Field, e *geo.InputError) {
	if r.err != nil {
		return
	}
	e.Pos = r.f.Pos
	if fd.Line > 0 {
		e.Pos.Line, e.Pos.Column = fd.Line, fd.Column
	}
	e.Field = column
	if fd.Name != "" && fd.Name != column {
		e.Field = column + " (" + fd.Name + ")"
	}
	r.err = e
}

// assume notes a default, once for a row.
func (r *row) assume(column, value, source string) {
	for i := range r.assumed {
		if r.assumed[i].Column == column && r.assumed[i].Value == value {
			return
		}
	}
	r.assumed = append(r.assumed, Assumption{Column: column, Value: value, Source: source})
}

// field gives the value of a column for a technology, "" for any: translated,
// trimmed. It is false where the file says nothing and there is no constant.
func (r *row) field(column string, t Technology) (geo.Field, bool) {
	fd, _, ok := r.lookup(column, t)
	return fd, ok
}

// lookup is field and the source that the value is from.
func (r *row) lookup(column string, t Technology) (geo.Field, *source, bool) {
	bc := r.b.columns[column]
	if s := bc.byTech[t]; s != nil {
		if fd, ok := r.value(s); ok {
			return fd, s, true
		}
	}
	fd, ok := r.value(&bc.any)
	return fd, &bc.any, ok
}

func (r *row) value(s *source) (geo.Field, bool) {
	if s.name != "" {
		if fd, ok := fieldAt(r.f, s.name, s.index); ok && fd.Kind != geo.Null {
			fd.Value = strings.TrimSpace(fd.Value)
			if s.values != nil {
				if v, ok := s.values[plain(fd.Value)]; ok {
					fd.Value = v
				}
			}
			if !isBlank(fd.Value) {
				return fd, true
			}
		}
	}
	if s.constant != "" {
		return geo.Field{Value: s.constant, Kind: geo.Text}, true
	}
	return geo.Field{}, false
}

func isBlank(s string) bool {
	if len(s) > 4 { // no word of blanks is longer
		return false
	}
	return blanks[strings.ToLower(s)]
}

// text gives a text in NFC. Repeated texts share their memory.
func (r *row) text(column string, t Technology) string {
	fd, ok := r.field(column, t)
	if !ok {
		return ""
	}
	if s, ok := r.rd.interns[fd.Value]; ok {
		return s
	}
	s := norm.NFC.String(fd.Value)
	s = strings.Join(strings.Fields(s), " ")
	if len(r.rd.interns) < maxInterns {
		r.rd.interns[strings.Clone(fd.Value)] = strings.Clone(s)
		return r.rd.interns[fd.Value]
	}
	return strings.Clone(s)
}

// maxInterns bounds the table of repeated texts; names and ids are not worth more.
const maxInterns = 4096

// number gives a number within the column's range.
func (r *row) number(column string, t Technology) (v float64, given bool) {
	if v, given = r.finite(column, t); !given {
		return 0, false
	}
	def := r.b.columns[column].def
	if def.Range == nil || v >= def.Range.Min && v <= def.Range.Max {
		return v, true
	}
	fd, _ := r.field(column, t)
	e := &geo.InputError{Found: fd.Value, Expected: plainNumber(def.Range.Min) + " to " + plainNumber(def.Range.Max)}
	if def.Unit != "" {
		e.Expected += " " + def.Unit
	}
	r.unreadable(column, fd, e)
	return 0, false
}

// unreadable drops a cell that cannot be read where the column only describes: the row
// counts more than it. Elsewhere it refuses the row.
func (r *row) unreadable(column string, fd geo.Field, e *geo.InputError) {
	if !r.b.columns[column].def.Describes {
		r.fail(column, fd, e)
		return
	}
	of := column
	if fd.Name != "" && fd.Name != column {
		of += " (" + fd.Name + ")"
	}
	text, ok := r.rd.dropped[column]
	if !ok {
		e.Field = of
		text = e.Error() + ": cells like this one are left out, and their rows kept"
		r.rd.dropped[column] = text
	}
	r.rd.warn(geo.Position{File: r.f.Pos.File, Line: fd.Line, Column: fd.Column}, text)
}

// plainNumber writes a number as it is typed into a table: without exponent.
func plainNumber(v float64) string { return strconv.FormatFloat(v, 'f', -1, 64) }

// finite gives any number.
func (r *row) finite(column string, t Technology) (v float64, given bool) {
	fd, s, ok := r.lookup(column, t)
	if !ok || r.err != nil {
		return 0, false
	}
	parse := parseNumber
	if r.b.columns[column].def.Type == TypeCount {
		parse = parseCount
	}
	v, e := parse(fd.Value, r.b.stream.CommaFree)
	if axis := axes[column]; e != nil && axis != 0 {
		v, e = angleOf(fd.Value, axis, r.rd.opt.SwapXY, v, e)
	}
	if e != nil && r.grouped(column, s, fd) {
		v, e = parse(digitsOf(fd.Value), false)
	}
	if e != nil && s.guessed && s.values == nil {
		of := column
		if s != &r.b.columns[column].any {
			of += "." + string(t)
		}
		r.rd.warn(geo.Position{File: r.f.Pos.File, Line: fd.Line, Column: fd.Column}, fmt.Sprintf(
			"column %s is not read as %s: it holds %q; to use it, say what each of its values means: mapping: {columns: {%s: %s}, values: {%s: {%s: NUMBER}}}",
			fd.Name, column, fd.Value, of, yamlText(fd.Name), yamlText(fd.Name), yamlText(fd.Value)))
		r.b.disown(column, t, s)
		return r.finite(column, t)
	}
	s.guessed = false
	if e != nil {
		if r.b.translated(column, t) {
			e.Hint = strings.TrimPrefix(e.Hint+"; the value is not among those that the mapping translates", "; ")
		}
		r.unreadable(column, fd, e)
		return 0, false
	}
	return v, true
}

// axes are the columns that may hold degrees, minutes and seconds, with the letter of
// [angle.Read].
var axes = map[string]rune{"longitude": 'E', "centre_lon": 'E', "latitude": 'N', "centre_lat": 'N'}

// angleOf reads what is no number as degrees, minutes and seconds along an axis. In files
// that are swapped letters are not held against the column.
func angleOf(text string, axis rune, swapped bool, v float64, e *geo.InputError) (float64, *geo.InputError) {
	deg, along, ok := angle.Read(text)
	switch {
	case !ok:
		return v, e
	case along != 0 && along != axis && !swapped:
		what := map[rune]string{'E': "a longitude", 'N': "a latitude"}
		return 0, &geo.InputError{Found: what[along] + ", " + strconv.Quote(text), Expected: what[axis], Hint: "latitude and longitude are swapped: --swap-xy", Err: ErrCoordinates}
	}
	return deg, nil
}

// grouped says whether a count such as 1.234 is 1234 by the other numbers of its
// column, for which the file is read once more.
func (r *row) grouped(column string, s *source, fd geo.Field) bool {
	text := strings.TrimSpace(fd.Value)
	mark, _ := separator(text)
	if r.b.columns[column].def.Type != TypeCount || mark == 0 || text[0] == '0' || s.name == "" {
		return false
	}
	key := s.name + string(mark)
	is, known := r.b.grouped[key]
	if !known {
		if stream, err := r.b.again(); err == nil {
			is = groups(stream, s.name, s.index, mark)
			_ = stream.Close() // opened for reading only
		}
		r.b.grouped[key] = is
	}
	if is {
		what, ok := r.rd.dropped[key]
		if !ok {
			what = fmt.Sprintf("column %s (%s) is of whole numbers: %q is read as %s", column, s.name, text, digitsOf(text))
			r.rd.dropped[key] = what
		}
		r.rd.warn(geo.Position{File: r.f.Pos.File, Line: fd.Line, Column: fd.Column}, what)
	}
	return is
}

// yamlText writes a text so that it can be pasted into a mapping.
func yamlText(s string) string {
	if plainYAML.MatchString(s) && !slices.Contains([]string{"true", "false", "null"}, strings.ToLower(s)) {
		return s
	}
	return strconv.Quote(s)
}

// plainYAML is what needs no quotation marks between braces; there is more.
var plainYAML = regexp.MustCompile(`^[\p{L}_]([\p{L}\p{N}_. -]*[\p{L}\p{N}_])?$`)

// translated says whether the mapping has a table of values for the column.
func (b *binding) translated(column string, t Technology) bool {
	bc := b.columns[column]
	if s := bc.byTech[t]; s != nil {
		return s.values != nil
	}
	return bc.any.values != nil
}

func (r *row) date(column string, t Technology) string {
	fd, ok := r.field(column, t)
	if !ok || r.err != nil {
		return ""
	}
	d, e := parseDate(fd.Value)
	if e != nil {
		r.unreadable(column, fd, e)
	}
	return d
}

func (r *row) yesNo(column string) Presence {
	fd, ok := r.field(column, "")
	if !ok || r.err != nil {
		return Unknown
	}
	p, e := parseYesNo(fd.Value)
	if e != nil {
		r.unreadable(column, fd, e)
	}
	return p
}

// identifier gives the row's id, generated where there is none.
func (r *row) identifier(column string) string {
	if fd, ok := r.field(column, ""); ok {
		return strings.Clone(norm.NFC.String(fd.Value))
	}
	if r.f.ID != "" && r.b.columns[column].any.name == "" {
		r.assume(column, "the feature's id", "no column "+column)
		return strings.Clone(r.f.ID)
	}
	why := "no column " + column
	if r.b.columns[column].any.name != "" {
		why = column + " is blank"
	}
	r.assume(column, "row-000001 …", why+"; generated from the row's number")
	if r.b.columns[column].any.name == "" && r.rd.schema.Kind.mapped() && r.b.columns[column].def.Required {
		r.rd.warn(geo.Position{File: r.f.Pos.File}, fmt.Sprintf("no column is known as %s: ids row-000001 … are made of the rows' numbers, and rows of one are not brought together by it; "+
			"name the column with --map %s.%s=COLUMN", column, r.rd.schema.Kind, column))
	}
	return "row-" + pad(r.ordinal, 6)
}

// name gives the name of the row, where its kind has one.
func (r *row) name() string {
	if r.b.columns["name"] == nil {
		return ""
	}
	return r.text("name", "")
}

func pad(n, width int) string {
	s := strconv.Itoa(n)
	return strings.Repeat("0", max(0, width-len(s))) + s
}

// pair reads two columns that only make sense together, of any size: they may be
// metres.
func (r *row) pair(x, y string) (p orb.Point, given bool) {
	px, okX := r.finite(x, "")
	py, okY := r.finite(y, "")
	if r.err == nil && okX != okY {
		missing, other := x, y
		if okX {
			missing, other = y, x
		}
		fd, _ := r.field(other, "")
		fd.Name = ""
		r.fail(missing, fd, &geo.InputError{Found: "blank", Expected: x + " and " + y + " together", Err: ErrCoordinates})
	}
	return orb.Point{px, py}, okX && okY
}
