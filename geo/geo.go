// Package geo holds what every reader and writer of geographic files shares:
// the [Feature] a file is made of and the [InputError] that says where in a file
// something is wrong. The verbs are sub-packages: geodesy measures, crs
// transforms, hexgrid covers, terrain samples, geojson and csvtable read and
// write.
//
// Positions are WGS 84 longitude, latitude in degrees ([orb.Point]) unless a
// name says otherwise.
package geo

import (
	"fmt"
	"strings"

	"github.com/paulmach/orb"
)

// Kind says how a field's value was written in its file.
type Kind uint8

// The kinds of a field. CSV knows only Text and Null (an empty field).
const (
	Null Kind = iota
	Text
	Number
	Bool
	Structured // a JSON object or array, kept as its JSON text
	Date       // a day, such as 2025-08-31: a cell of a workbook
)

// Field is one named value of a [Feature]. The value stays text as written, so
// that codes such as "04" or "01273" are never read as numbers by accident.
type Field struct {
	Name   string
	Value  string
	Kind   Kind
	Line   int // 1-based line of the value in the file
	Column int // 1-based column in characters (CSV, GeoJSON)
}

// Feature is one record of a vector file or one row of a table.
type Feature struct {
	ID       string       // the file's own feature id, "" when it has none
	Geometry orb.Geometry // nil when the record has no geometry (every CSV row)
	Fields   []Field      // in file order
	Pos      Position
}

// Field returns the field with exactly this name.
func (f *Feature) Field(name string) (Field, bool) {
	for _, fd := range f.Fields {
		if fd.Name == name {
			return fd, true
		}
	}
	return Field{}, false
}

// Position is a place in an input file. Zero members are unknown.
type Position struct {
	File    string
	Line    int // 1-based
	Column  int // 1-based, in characters
	Feature int // 1-based number of the row or feature, header not counted
}

// String gives file:line:column, leaving out what is unknown.
func (p Position) String() string {
	var b strings.Builder
	b.WriteString(p.File)
	if p.Line > 0 {
		fmt.Fprintf(&b, ":%d", p.Line)
		if p.Column > 0 {
			fmt.Fprintf(&b, ":%d", p.Column)
		}
	} else if p.Feature > 0 {
		fmt.Fprintf(&b, ": feature %d", p.Feature)
	}
	return b.String()
}

// InputError says what is wrong with something a user brought: where, what was
// found, what was expected, and the remedy.
type InputError struct {
	Pos      Position
	Field    string // column, property or option; "" when none
	Found    string // what is there
	Expected string // what should be there
	Hint     string // did-you-mean, or the flag or command that fixes it
	Err      error  // the sentinel or cause behind it, may be nil
}

// Error gives one line: place, field, found, expected, hint.
func (e *InputError) Error() string {
	var b strings.Builder
	if s := e.Pos.String(); s != "" {
		b.WriteString(s)
		b.WriteString(": ")
	}
	if e.Field != "" {
		fmt.Fprintf(&b, "%s: ", e.Field)
	}
	switch {
	case e.Found != "":
		b.WriteString(e.Found)
	case e.Err != nil:
		b.WriteString(e.Err.Error())
	default:
		b.WriteString("invalid")
	}
	if e.Expected != "" {
		fmt.Fprintf(&b, "; expected %s", e.Expected)
	}
	if e.Hint != "" {
		fmt.Fprintf(&b, " (%s)", e.Hint)
	}
	return b.String()
}

// Unwrap gives the cause, for [errors.Is].
func (e *InputError) Unwrap() error { return e.Err }
