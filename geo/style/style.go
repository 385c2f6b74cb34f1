// Package style says how a layer is drawn, once, and writes it for QGIS (QML) and for
// whoever reads the OGC's Styled Layer Descriptor 1.0 (02-070): GeoServer, MapServer,
// ArcGIS with an extension, and QGIS too.
package style

import (
	"errors"
	"fmt"
	"math"
)

// ErrStyle says that a style contradicts itself.
var ErrStyle = errors.New("style: not drawable")

// Color is red, green, blue and opacity, 255 for opaque.
type Color struct{ R, G, B, A uint8 }

// Hex gives the colour without its opacity, such as #3a86c4.
func (c Color) Hex() string { return fmt.Sprintf("#%02x%02x%02x", c.R, c.G, c.B) }

func (c Color) opacity() float64 { return math.Round(float64(c.A)/255*100) / 100 }

// Shape of a point.
type Shape string

// The shapes, by QGIS's names.
const (
	Circle   Shape = "circle"
	Square   Shape = "square"
	Triangle Shape = "triangle"
	Diamond  Shape = "diamond"
	Star     Shape = "star"
	Cross    Shape = "cross2"
)

// Symbol is how one geometry is drawn: a point where Shape is set, else a polygon.
type Symbol struct {
	Shape    Shape
	SizeMM   float64 // of a point, across
	Fill     Color
	Stroke   Color // with opacity 0 for none
	StrokeMM float64
}

// Rule draws the records of a class.
type Rule struct {
	Label  string
	Value  string  // of Style.Column, a text; "" of a text column stands for every other value
	From   float64 // with Style.Ranges: From ≤ value < To; infinite at the ends
	To     float64
	Symbol Symbol
}

// Label is the text beside a geometry.
type Label struct {
	// Expression is what QGIS writes: a column's name, or with IsExpression an
	// expression of QGIS. SLD takes Column.
	Expression   string
	IsExpression bool
	Column       string
	SizePt       float64
	Color        Color
	// MaxScale is the denominator of the smallest scale at which labels are drawn, 0
	// for every scale.
	MaxScale float64
	// All draws labels that overlap, too: where none may be missing.
	All bool
}

// Style is how a layer is drawn.
type Style struct {
	Name   string // by which programs list it
	Column string // that the rules go by; "" where one rule draws all
	Ranges bool   // rules are ranges of a number, else values
	Rules  []Rule
	Label  *Label
	// Opacity of the whole layer, 0 to 1; the zero value is opaque.
	Opacity float64
	// MaxScale is the denominator of the smallest scale at which the layer is drawn, 0
	// for every scale.
	MaxScale float64
	// Aliases are what people read in place of a column's name, by name; Columns
	// their order.
	Columns []string
	Aliases map[string]string
	// Choices are what people read in place of a column's values, by name.
	Choices map[string][]Choice
	// Title is the column that stands for a record in lists.
	Title string
}

// Choice is a value of a column and what people read in its place.
type Choice struct{ Value, Label string }

// validate gives an error that wraps ErrStyle.
func (s *Style) validate() error {
	switch {
	case len(s.Rules) == 0:
		return fmt.Errorf("%w: %q has no rule", ErrStyle, s.Name)
	case s.Column == "" && len(s.Rules) > 1:
		return fmt.Errorf("%w: %q has %d rules and no column", ErrStyle, s.Name, len(s.Rules))
	case s.Ranges && s.Column == "":
		return fmt.Errorf("%w: %q has ranges of no column", ErrStyle, s.Name)
	}
	for i, r := range s.Rules {
		if s.Ranges && !(r.From < r.To) {
			return fmt.Errorf("%w: %q, rule %d: from %v to %v", ErrStyle, s.Name, i+1, r.From, r.To)
		}
		if (r.Symbol.Shape == "") != (s.Rules[0].Symbol.Shape == "") {
			return fmt.Errorf("%w: %q draws points and polygons", ErrStyle, s.Name)
		}
	}
	return nil
}

func (s *Style) opacity() float64 {
	if s.Opacity == 0 {
		return 1
	}
	return s.Opacity
}

// points says whether the style draws points.
func (s *Style) points() bool { return s.Rules[0].Symbol.Shape != "" }
