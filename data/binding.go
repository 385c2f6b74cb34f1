package data

import (
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"

	"github.com/covgap/covgap/geo"
	"golang.org/x/text/unicode/norm"
)

// binding says which column of one file is read as which column of the schema.
type binding struct {
	stream  *Stream
	columns map[string]*boundColumn
	where   []condition
	uses    []ColumnUse

	again   func() (*Stream, error) // opens the file once more
	grouped map[string]bool         // column of the file and mark: the mark parts thousands

	unclear []string // remarks about cut names that could be several
}

// boundColumn holds a column's sources: for every technology and for one.
type boundColumn struct {
	def    *Column
	how    string // of any, as in ColumnUse
	any    source
	byTech map[Technology]*source
}

// source is a column of the file, a constant, or both.
type source struct {
	name     string // in the file, "" when none
	index    int    // where the field stands in a table
	guessed  bool   // taken for its resemblance alone, and no value has confirmed it yet
	values   map[string]string
	constant string
}

type condition struct {
	name  string
	index int
	oneOf map[string]bool
}

// proposed are columns, folded, that are taken for an id where there is none and that
// are no id by name: they may repeat.
var proposed = map[string]bool{
	"plz": true, "postcode": true, "bfs": true, "code": true, "communeid": true, "osmid": true, "fid": true, "gid": true,
	"cell": true, "cellid": true, "cellname": true,
}

// blanks are words for an empty field.
var blanks = map[string]bool{"": true, "-": true, "–": true, "—": true, "n/a": true, "#n/a": true, "null": true, `\n`: true}

// plain is how values are compared: without surrounding space, case and
// differences of Unicode form.
func plain(s string) string { return strings.ToLower(norm.NFC.String(strings.TrimSpace(s))) }

func bind(stream *Stream, schema *Schema, m *Mapping) (*binding, error) {
	b := &binding{stream: stream, columns: make(map[string]*boundColumn, len(schema.Columns)), grouped: map[string]bool{}}
	folded := make([]string, len(stream.Columns))
	for i, c := range stream.Columns {
		if !stream.cutNames || !endsInBlank(c) {
			folded[i] = geo.Fold(c)
		}
	}
	for i := range schema.Columns {
		def := &schema.Columns[i]
		bc := &boundColumn{def: def, byTech: map[Technology]*source{}}
		b.columns[def.Name] = bc
		if index, how := find(def, "", stream.Columns, folded); index >= 0 {
			bc.any = source{name: stream.Columns[index], index: index, guessed: guessable(def, how)}
			bc.how = how
			b.use(def.Name, "", bc.any.name, how)
		}
		if def.PerTechnology {
			for _, t := range []Technology{GSM, UMTS, LTE, NR} {
				if index, how := find(def, t, stream.Columns, folded); index >= 0 {
					bc.byTech[t] = &source{name: stream.Columns[index], index: index, guessed: guessable(def, how)}
					b.use(def.Name, t, stream.Columns[index], how)
				}
			}
		}
	}
	if err := b.apply(schema, m); err != nil {
		return nil, err
	}
	return b, nil
}

// guessable says whether a column found by alias is given up when its first value
// is no number: a power class is no power.
func guessable(def *Column, how string) bool {
	return how == "alias" && !def.Required && (def.Type == TypeNumber || def.Type == TypeCount)
}

// disown gives up a column that was guessed and holds something else.
func (b *binding) disown(column string, t Technology, s *source) {
	b.uses = slices.DeleteFunc(b.uses, func(u ColumnUse) bool {
		return u.Column == column && u.Source == s.name && (u.Technology == t || u.Technology == "")
	})
	*s = source{constant: s.constant}
}

// find gives the column of a file that has the name, or an alias, of def.
func find(def *Column, t Technology, columns, folded []string) (index int, how string) {
	suffix := strings.ToLower(string(t))
	if t == "" {
		if i := slices.Index(columns, def.Name); i >= 0 {
			return i, "name"
		}
	}
	if i := slices.Index(folded, geo.Fold(def.Name)+suffix); i >= 0 {
		return i, "name"
	}
	for _, names := range [][]string{folded, withoutUnits(def, columns)} {
		for _, a := range append([]string{def.Name}, def.Aliases...) {
			if i := slices.Index(names, geo.Fold(a)+suffix); i >= 0 {
				return i, "alias"
			}
		}
	}
	return -1, ""
}

// remark is what a header says in brackets at its end: Độ cao anten (m).
var remark = regexp.MustCompile(`^(.*\S)\s*[(\[]([^()\[\]]*)[)\]]\s*$`)

// unitWords are what people write for a column's unit, folded.
var unitWords = map[string][]string{
	"degrees":    {"degrees", "degree", "deg", "", "do", "dothapphan", "thapphan", "decimal", "wgs84", "vn2000", "long", "lon", "lat"}, // ° folds to nothing
	"m":          {"m", "met", "metres", "metre", "meters", "meter"},
	"people":     {"people", "persons", "nguoi", "khau"},
	"households": {"households", "ho"},
}

// withoutUnits gives the headers, folded, without a remark at their end, where the
// remark is the unit of the column that is looked for. A power in watts is no
// power_dbm, so any other unit stays; a column of text has none.
func withoutUnits(def *Column, columns []string) []string {
	out := make([]string, len(columns))
	for i, c := range columns {
		m := remark.FindStringSubmatch(c)
		if m == nil {
			continue
		}
		unit := geo.Fold(m[2])
		if def.Type != TypeNumber && def.Type != TypeCount || def.Unit != "" && unit == geo.Fold(def.Unit) || slices.Contains(unitWords[def.Unit], unit) {
			out[i] = geo.Fold(m[1])
		}
	}
	return out
}

func (b *binding) use(column string, t Technology, source, how string) {
	b.uses = slices.DeleteFunc(b.uses, func(u ColumnUse) bool { return u.Column == column && u.Technology == t })
	b.uses = append(b.uses, ColumnUse{Column: column, Technology: t, Source: source, How: how})
}

// apply lays the mapping over what was found by name.
func (b *binding) apply(schema *Schema, m *Mapping) error {
	edit := func(name string, change func(*source)) error {
		i, tech, err := target(schema, name)
		if err != nil {
			return err
		}
		bc := b.columns[schema.Columns[i].Name]
		if tech == "" {
			change(&bc.any)
			return nil
		}
		if bc.byTech[tech] == nil {
			bc.byTech[tech] = &source{}
		}
		change(bc.byTech[tech])
		return nil
	}
	for _, name := range slices.Sorted(maps.Keys(m.Columns)) {
		index, err := b.locate(m.Columns[name], fmt.Sprintf("%s.%s", schema.Kind, name))
		if err != nil {
			return err
		}
		err = edit(name, func(s *source) { s.name, s.index, s.guessed = b.stream.Columns[index], index, false })
		if err != nil {
			return err
		}
		i, tech, err := target(schema, name)
		if err != nil {
			return err
		}
		if tech == "" {
			b.columns[schema.Columns[i].Name].how = "mapping"
		}
		b.use(schema.Columns[i].Name, tech, b.stream.Columns[index], "mapping")
	}
	for _, name := range slices.Sorted(maps.Keys(m.Constants)) {
		if err := edit(name, func(s *source) { s.constant = m.Constants[name] }); err != nil {
			return err
		}
	}
	for _, name := range slices.Sorted(maps.Keys(m.Where)) {
		index, err := b.locate(name, "where")
		if err != nil {
			return err
		}
		c := condition{name: b.stream.Columns[index], index: index, oneOf: map[string]bool{}}
		for _, v := range m.Where[name] {
			c.oneOf[plain(v)] = true
		}
		b.where = append(b.where, c)
	}
	if b.stream.cutNames {
		b.bindCut(schema)
	}
	return b.translate(schema, m)
}

// translate hands each source its table of values. A table belongs to a column
// of the file, else to a column of the schema.
func (b *binding) translate(schema *Schema, m *Mapping) error {
	tables := map[string]map[string]string{}
	for name, table := range m.Values {
		t := make(map[string]string, len(table))
		for from, to := range table {
			t[plain(from)] = to
		}
		tables[name] = t
	}
	used := map[string]bool{}
	give := func(s *source, names ...string) {
		for _, n := range names {
			if t, ok := tables[n]; ok && n != "" {
				s.values = t
				used[n] = true
				return
			}
		}
	}
	for _, bc := range b.columns {
		give(&bc.any, bc.any.name, bc.def.Name)
		for t, s := range bc.byTech {
			give(s, s.name, bc.def.Name+"."+string(t), bc.def.Name)
		}
	}
	for _, name := range slices.Sorted(maps.Keys(tables)) {
		if used[name] || slices.Contains(b.stream.Columns, name) {
			continue
		}
		if _, _, err := target(schema, name); err == nil {
			continue // a column of the schema that this file does not have
		}
		hint := ""
		if near := geo.Nearest(name, append(slices.Clone(b.stream.Columns), schema.names()...)); near != "" {
			hint = fmt.Sprintf("did you mean %s?", near)
		}
		return &geo.InputError{
			Pos: geo.Position{File: b.stream.File, Line: 1}, Field: name,
			Found: "values are mapped for a column that is not there", Expected: "a column of the file or of the schema", Hint: hint, Err: ErrMapping,
		}
	}
	return nil
}

// locate finds a column that the mapping names: exactly, else without case and
// accents.
func (b *binding) locate(name, what string) (int, error) {
	if i := slices.Index(b.stream.Columns, name); i >= 0 {
		return i, nil
	}
	if i := slices.IndexFunc(b.stream.Columns, func(c string) bool { return geo.Fold(c) == geo.Fold(name) && geo.Fold(name) != "" }); i >= 0 {
		return i, nil
	}
	hint := ""
	if near := geo.Nearest(name, b.stream.Columns); near != "" {
		hint = fmt.Sprintf("did you mean %s?", near)
	}
	return 0, &geo.InputError{
		Pos: geo.Position{File: b.stream.File, Line: 1}, Field: what,
		Found: fmt.Sprintf("no column %q", name), Expected: "one of " + list(b.stream.Columns), Hint: hint, Err: ErrMapping,
	}
}

// list names columns, not more than fit a line.
func list(names []string) string {
	const most = 12
	if len(names) > most {
		return strings.Join(names[:most], ", ") + fmt.Sprintf(" and %d more", len(names)-most)
	}
	return strings.Join(names, ", ")
}

// proposes says whether the column of an id is only a proposal.
func (b *binding) proposes(idColumn string) bool {
	bc := b.columns[idColumn]
	return bc.how == "alias" && proposed[geo.Fold(bc.any.name)]
}

// has says whether any row can have a value in the column.
func (b *binding) has(column string) bool {
	bc := b.columns[column]
	if bc.any.name != "" || bc.any.constant != "" {
		return true
	}
	return len(bc.byTech) > 0
}

// wanted says whether the mapping's where takes the row.
func (b *binding) wanted(f *geo.Feature) bool {
	for _, c := range b.where {
		fd, _ := fieldAt(f, c.name, c.index)
		if !c.oneOf[plain(fd.Value)] {
			return false
		}
	}
	return true
}

// missing is the error for a column without which the file cannot be read.
func (b *binding) missing(schema *Schema, column string) *geo.InputError {
	def, _ := schema.Column(column)
	e := &geo.InputError{
		Pos: geo.Position{File: b.stream.File, Line: max(1, b.stream.HeaderRow)}, Field: column,
		Found:    "no such column among " + list(b.stream.Columns),
		Expected: "one of " + list(append([]string{def.Name}, def.Aliases...)),
		Hint:     fmt.Sprintf("--map %s.%s=COLUMN", schema.Kind, column),
		Err:      ErrColumn,
	}
	if !schema.Kind.mapped() {
		e.Hint = fmt.Sprintf("rename a column; \"covgap schema %s\" lists them", schema.Kind)
		return e
	}
	taken := map[string]bool{}
	for _, u := range b.uses {
		taken[u.Source] = true
	}
	free := slices.DeleteFunc(slices.Clone(b.stream.Columns), func(c string) bool { return taken[c] })
	for _, name := range append([]string{def.Name}, def.Aliases...) {
		if near := geo.Nearest(name, free); near != "" {
			e.Hint = fmt.Sprintf("did you mean %s? then --map %s.%s=%s", near, schema.Kind, column, near)
			break
		}
	}
	if b.stream.table {
		e.Hint += fmt.Sprintf("; where row %d is not the header: --header-row %s=ROW, in covgap.yaml inputs.%s.header_row", e.Pos.Line, schema.Kind, schema.Kind)
	}
	return e
}

// misspelt is a column of the file that nothing is read from, though it is all but called
// as a column of the schema that the file does not have.
type misspelt struct{ source, column string }

// leastMisspelt is the length from which a header can be told to be misspelt: lat is not
// lac.
const leastMisspelt = 5

// misspelt gives those among the columns that nothing is read from.
func (b *binding) misspelt(schema *Schema, unused []string) []misspelt {
	var out []misspelt
	for _, header := range unused {
		best, column := 3, ""
		for i := range schema.Columns {
			def := &schema.Columns[i]
			if b.has(def.Name) {
				continue
			}
			name := geo.Fold(header)
			if remark.MatchString(header) {
				name = withoutUnits(def, []string{header})[0]
			}
			for _, known := range append([]string{def.Name}, def.Aliases...) {
				known = geo.Fold(known)
				short := min(len(name), len(known))
				// One letter more, less, other or in the other place; two of them in a long one.
				// What is called the same was refused for what it holds.
				if d := geo.EditDistance(name, known); short >= leastMisspelt && d > 0 && d < best && (d == 1 || short >= 2*leastMisspelt) {
					best, column = d, def.Name
				}
			}
		}
		if column != "" {
			out = append(out, misspelt{header, column})
		}
	}
	return out
}

// fieldAt finds a field by name, trying first where it stands in a table.
func fieldAt(f *geo.Feature, name string, index int) (geo.Field, bool) {
	if index < len(f.Fields) && f.Fields[index].Name == name {
		return f.Fields[index], true
	}
	return f.Field(name)
}
