// Package table describes the records that covgap writes: named and typed columns,
// the values they take, and the [Writer] that every format of vector file offers.
// The formats are packages of their own beside this one.
package table

import (
	"errors"
	"fmt"
	"math"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/paulmach/orb"
)

// ErrSchema says that columns clash, or that a value is not of its column's type.
var ErrSchema = errors.New("table: value and schema differ")

// Type of a column, the same in every record of a file.
type Type uint8

// The types of columns and the Go values that a [Writer] takes for them. Every type
// takes nil for a missing value.
const (
	String  Type = iota // string
	Integer             // int or int64
	Number              // float64; NaN and infinities are missing values
	Boolean             // bool
	Date                // time.Time, or string of the form 2006-01-02 with "" for missing
)

// Column is one property of every record.
type Column struct {
	Name     string
	Type     Type
	Decimals int    // of a Number: at most so many; 0 for as many as its value needs
	Label    string // what people read in its place, where a format has room for it; "" for the name
}

// Layer is what a file, or one part of it, is made of.
type Layer struct {
	Name    string // a letter or underscore, then letters, digits and underscores
	Title   string // what people read; "" for the name
	About   string // a sentence or two for whoever opens the file; may be empty
	Columns []Column
}

// Writer writes records, each a geometry with a value for every column.
type Writer interface {
	// Write adds a record. The geometry is an orb point, line string, polygon (or
	// ring) or a multi form of these in longitude and latitude; it is not changed. A
	// wrong value gives an error that wraps ErrSchema.
	Write(g orb.Geometry, values ...any) error
	// Close writes what is left. It does not close what the writer writes to.
	Close() error
}

// Validate gives an error that wraps ErrSchema when a column has no name, one that
// another has (capitals apart), or a type or number of decimals that does not exist.
func Validate(columns []Column) error {
	seen := make(map[string]bool)
	for _, c := range columns {
		folded := strings.ToLower(c.Name)
		if c.Name == "" || seen[folded] || !utf8.ValidString(c.Name) || c.Type > Date || c.Decimals < 0 {
			return fmt.Errorf("%w: column %q is empty, repeated or invalid", ErrSchema, c.Name)
		}
		seen[folded] = true
	}
	return nil
}

// Validate is [Validate] for the layer's columns, and refuses a name that would need
// quotation marks in SQL.
func (l *Layer) Validate() error {
	for i, r := range l.Name {
		if r != '_' && (r < 'a' || r > 'z') && (i == 0 || r < '0' || r > '9') {
			return fmt.Errorf("%w: layer %q: a name has small letters, digits and underscores and begins with none of the digits", ErrSchema, l.Name)
		}
	}
	if l.Name == "" {
		return fmt.Errorf("%w: a layer without a name", ErrSchema)
	}
	return Validate(l.Columns)
}

// Value gives v as its column has it: nil, string, int64, float64 rounded to the
// column's decimals, bool, or for a Date its text. The error wraps ErrSchema.
func (c *Column) Value(v any) (any, error) {
	if v == nil {
		return nil, nil
	}
	switch c.Type {
	case String:
		if s, ok := v.(string); ok {
			if !utf8.ValidString(s) {
				return nil, fmt.Errorf("%w: column %s: %q is not UTF-8", ErrSchema, c.Name, s)
			}
			return s, nil
		}
	case Integer:
		switch n := v.(type) {
		case int:
			return int64(n), nil
		case int64:
			return n, nil
		}
	case Number:
		if x, ok := v.(float64); ok {
			return c.round(x), nil
		}
	case Boolean:
		if b, ok := v.(bool); ok {
			return b, nil
		}
	case Date:
		switch d := v.(type) {
		case time.Time:
			return d.Format(time.DateOnly), nil
		case string:
			if d == "" {
				return nil, nil
			}
			if _, err := time.Parse(time.DateOnly, d); err != nil {
				return nil, fmt.Errorf("%w: column %s: %q is no date such as 2025-08-31", ErrSchema, c.Name, d)
			}
			return d, nil
		}
	}
	return nil, fmt.Errorf("%w: column %s: %T", ErrSchema, c.Name, v)
}

func (c *Column) round(x float64) any {
	if math.IsNaN(x) || math.IsInf(x, 0) {
		return nil
	}
	if c.Decimals > 0 {
		x = rounded(x, c.Decimals)
	}
	return x + 0 // -0 becomes 0
}

// rounded gives the number that the digits of x stand for when it is written with so
// many decimals, so that every format has the same digits.
func rounded(x float64, decimals int) float64 {
	// Between two numbers of so many decimals, and not near the middle, the nearer one is
	// certain: below 2⁴⁰ the product is off by less than 2⁻¹³. A whole number divided by a
	// power of ten, both exact, is the float64 nearest to the digits.
	const largest, nearMiddle = 1 << 40, 0.499
	if decimals < len(powersOfTen) {
		scaled := x * powersOfTen[decimals]
		if whole := math.RoundToEven(scaled); math.Abs(whole) < largest && math.Abs(scaled-whole) < nearMiddle {
			return whole / powersOfTen[decimals]
		}
	}
	if y, err := strconv.ParseFloat(strconv.FormatFloat(x, 'f', decimals, 64), 64); err == nil {
		return y
	}
	return x
}

var powersOfTen = [...]float64{1, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9}

// Values appends the values of a record to dst, as [Column.Value] has them.
func Values(dst []any, columns []Column, values []any) ([]any, error) {
	if len(values) != len(columns) {
		return dst, fmt.Errorf("%w: %d values for %d columns", ErrSchema, len(values), len(columns))
	}
	for i := range columns {
		v, err := columns[i].Value(values[i])
		if err != nil {
			return dst, err
		}
		dst = append(dst, v)
	}
	return dst, nil
}
