// Package output describes what covgap writes, once: every table with its columns,
// their types, units and meanings in English and Vietnamese, and how it is shown on a
// map. The files of a run, `covgap export` and docs/formats.md all follow it.
package output

import (
	"regexp"
	"slices"

	"github.com/covgap/covgap/cmd/covgap/lang"
	"github.com/covgap/covgap/geo/table"
)

// Text is a text in both languages.
type Text struct{ EN, VI string }

// In gives the text in a language.
func (t Text) In(l lang.Lang) string { return l.T(t.EN, t.VI) }

// Geometry is the one type that all geometries of a table have.
type Geometry string

// The geometries.
const (
	NoGeometry    Geometry = ""
	Points        Geometry = "Point"
	Polygons      Geometry = "Polygon"
	MultiPolygons Geometry = "MultiPolygon"
)

// Column is a column of a table.
type Column struct {
	Name    string
	Kind    Kind
	Unit    string // symbol, or a word of [unitWords]; "" for none
	Label   Text   // what people read in its place, unlike any other of the table
	Meaning Text
}

// Kind is the type of a column's values.
type Kind struct {
	Type     table.Type
	Decimals int
}

// The kinds of columns without decimals. A code is text, whatever it looks like.
var (
	word   = Kind{Type: table.String}
	count  = Kind{Type: table.Integer}
	yesNo  = Kind{Type: table.Boolean}
	degree = number(6) // a longitude or latitude: 0.1 m
)

// Metres is the kind of projected coordinates.
var Metres = number(2)

// number is the kind of numbers with at most so many decimals.
func number(decimals int) Kind { return Kind{table.Number, decimals} }

// Table is a table that covgap writes.
type Table struct {
	Name     string // of the layer, and of exported files
	Title    Text
	About    Text
	Files    []string // of a run, comparison or evaluation, that are this table
	Geometry Geometry
	Columns  []Column
}

// Layer gives the table as writers take it, titles and labels in a language.
func (t *Table) Layer(l lang.Lang) table.Layer {
	return table.Layer{Name: t.Name, Title: t.Title.In(l), About: plainText(t.About.In(l)), Columns: t.Fields(l)}
}

// Fields gives the columns as writers take them.
func (t *Table) Fields(l lang.Lang) []table.Column {
	out := make([]table.Column, len(t.Columns))
	for i, c := range t.Columns {
		out[i] = table.Column{Name: c.Name, Type: c.Kind.Type, Decimals: c.Kind.Decimals, Label: c.Label.In(l)}
	}
	return out
}

// Tables gives every table, in the order in which documents describe them.
func Tables() []*Table {
	return []*Table{
		&Coverage, &Villages, &Gaps, &Communes, &Sites, &Sectors, &Plan, &PlanSectors, &Relays, &PlanCosts, &Frontier, &LeftOut, &Candidates,
		&Measurements, &Compare, &Evaluate, &Calibration,
	}
}

// Lookup gives the table with a name.
func Lookup(name string) (t *Table, ok bool) {
	all := Tables()
	i := slices.IndexFunc(all, func(t *Table) bool { return t.Name == name })
	if i < 0 {
		return nil, false
	}
	return all[i], true
}

// unitWords are the units that are words, in Vietnamese.
var unitWords = map[string]string{
	"people": "người", "households": "hộ", "villages": "thôn/xóm", "hexes": "ô", "sectors": "sector", "actions": "hạng mục",
	"degrees": "độ", "0 to 1": "0 đến 1", "currency": "tiền tệ", "rows": "dòng",
	"people, households or villages": "người, hộ hoặc thôn/xóm",
}

// pick gives the columns with some names, in the order of the names.
func pick(columns []Column, names ...string) []Column {
	out := make([]Column, 0, len(names))
	for _, name := range names {
		i := slices.IndexFunc(columns, func(c Column) bool { return c.Name == name })
		if i < 0 {
			panic("output: no column " + name)
		}
		out = append(out, columns[i])
	}
	return out
}

// markup is what descriptions have for docs/formats.md: links and code.
var markup = regexp.MustCompile("\\[([^\\]]*)\\]\\([^)]*\\)|`")

// plainText gives a description without its markup.
func plainText(s string) string { return markup.ReplaceAllString(s, "$1") }
