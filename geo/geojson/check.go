package geojson

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math"
	"strings"

	"github.com/covgap/covgap/geo"
	"github.com/paulmach/orb"
)

// Rule names a rule that [Check] holds a file against.
type Rule string

// The rules. The first eight are RFC 7946's, the others those of covgap's outputs.
const (
	Readable   Rule = "readable"    // Read takes every feature: JSON, UTF-8, no NaN, no other CRS
	Geometry   Rule = "geometry"    // every feature has one
	RingClosed Rule = "ring-closed" // section 3.1.6
	RingOrder  Rule = "ring-order"  // section 3.1.6: outer rings counter-clockwise, holes clockwise
	LonLat     Rule = "lon-lat"     // section 4: longitudes -180 to 180, latitudes -90 to 90
	BBox       Rule = "bbox"        // section 5: that of the coordinates; covgap also wants it present
	Position2D Rule = "position-2d" // section 3.1.1: no more than two numbers (a third is allowed, not used)
	Collection Rule = "collection"  // section 3: no more than one FeatureCollection

	Decimals        Rule = "decimals"          // coordinates have at most 6
	OneGeometryType Rule = "one-geometry-type" // the same in all features
	SameProperties  Rule = "same-properties"   // names and their order are those of the first feature
	OneType         Rule = "one-type"          // a property is text, integer, number with decimals or boolean throughout
	FirstComplete   Rule = "first-complete"    // a property that is null in the first feature is null in all
)

// Violation is a place where a file departs from a [Rule].
type Violation struct {
	Pos     geo.Position
	Rule    Rule
	Message string
}

// String gives place, rule and message in a line.
func (v Violation) String() string {
	return fmt.Sprintf("%v: %s: %s", v.Pos, v.Rule, v.Message)
}

// MaxViolations of each rule are reported: a file that breaks one often does so
// in every feature.
const MaxViolations = 20

// Check reads a file and gives the departures from the rules in file order, the
// first [MaxViolations] of each rule. A file without any reads in every tool with the types
// it was written with. It streams, like [Read].
func Check(r io.Reader) []Violation {
	c := &checker{counts: make(map[Rule]int)}
	d := newDecoder(context.Background(), r, "", c.feature)
	d.note = func(rule Rule, off int, message string) {
		var pos geo.Position
		if c.counts[rule] < MaxViolations { // finding a place takes time
			pos = d.parser.position(off)
			pos.Feature = d.feature
		}
		c.add(rule, pos, message)
	}
	d.member = c.member
	c.bound = orb.Bound{Min: orb.Point{math.Inf(1), math.Inf(1)}, Max: orb.Point{math.Inf(-1), math.Inf(-1)}}
	d.run()
	c.finish()
	return c.found
}

// column is what the features so far say about a property.
type column struct {
	name  string
	kind  string       // "" while every value is null
	first geo.Position // of its null in the first feature
	null  bool         // it is null there
}

type checker struct {
	found   []Violation
	counts  map[Rule]int
	columns []column
	kind    string // geometry type of the first feature
	some    bool   // a feature was read
	bound   orb.Bound
	boxes   int
	types   int // members "type" of collections
	box     []float64
	boxPos  geo.Position
}

func (c *checker) add(rule Rule, pos geo.Position, message string) {
	if c.counts[rule]++; c.counts[rule] <= MaxViolations {
		c.found = append(c.found, Violation{Pos: pos, Rule: rule, Message: message})
	}
}

// member looks at a member of the collection.
func (c *checker) member(name string, raw []byte, pos geo.Position) {
	switch name {
	case "type":
		if c.types++; c.types > 1 {
			c.add(Collection, pos, "a second FeatureCollection")
		}
	case "bbox":
		c.boxes++
		c.boxPos = pos
		if err := json.Unmarshal(raw, &c.box); err != nil || len(c.box) != 4 {
			c.add(BBox, pos, "not an array of 4 numbers: west, south, east, north")
			c.box = nil
		}
	}
}

// finish judges what only the whole file tells.
func (c *checker) finish() {
	if c.types == 0 || !c.some {
		return
	}
	if c.boxes == 0 {
		c.add(BBox, geo.Position{}, "missing")
		return
	}
	if c.box == nil {
		return
	}
	want := []float64{c.bound.Min[0], c.bound.Min[1], c.bound.Max[0], c.bound.Max[1]}
	for i := range want {
		if c.box[i] != want[i] {
			c.add(BBox, c.boxPos, fmt.Sprintf("is %v, the coordinates span %v", c.box, want))
			return
		}
	}
}

// feature looks at one feature; it is the yield of a decoder.
func (c *checker) feature(f geo.Feature, err error) bool {
	if err != nil {
		var pos geo.Position
		var input *geo.InputError
		message := err.Error()
		if errors.As(err, &input) {
			pos = input.Pos
			bare := *input
			bare.Pos = geo.Position{}
			message = bare.Error()
		}
		c.add(Readable, pos, message)
		return true
	}
	c.properties(&f)
	c.geometry(&f)
	c.some = true
	return true
}

func (c *checker) properties(f *geo.Feature) {
	if !c.some {
		for _, field := range f.Fields {
			pos := geo.Position{Line: field.Line, Column: field.Column, Feature: f.Pos.Feature}
			c.columns = append(c.columns, column{name: field.Name, kind: kindOf(field), first: pos, null: field.Kind == geo.Null})
		}
		return
	}
	if len(f.Fields) != len(c.columns) {
		c.add(SameProperties, f.Pos, fmt.Sprintf("%d properties, the first feature has %d", len(f.Fields), len(c.columns)))
		return
	}
	for i, field := range f.Fields {
		col := &c.columns[i]
		pos := geo.Position{Line: field.Line, Column: field.Column, Feature: f.Pos.Feature}
		if field.Name != col.name {
			c.add(SameProperties, pos, fmt.Sprintf("%s where the first feature has %s", field.Name, col.name))
			return
		}
		kind := kindOf(field)
		if kind == "" {
			continue
		}
		if col.kind == "" {
			col.kind = kind
		}
		if kind != col.kind {
			c.add(OneType, pos, fmt.Sprintf("%s is %s here, %s before", field.Name, kind, col.kind))
		}
		if col.null {
			c.add(FirstComplete, col.first, fmt.Sprintf("%s is null, but %s in feature %d", field.Name, kind, f.Pos.Feature))
			col.null = false // once is enough
		}
	}
}

// kindOf names the type a reader takes from a value, "" from null.
func kindOf(f geo.Field) string {
	switch f.Kind {
	case geo.Text:
		return "text"
	case geo.Number:
		if strings.ContainsAny(f.Value, ".eE") {
			return "a number with decimals"
		}
		return "an integer"
	case geo.Bool:
		return "a boolean"
	case geo.Structured:
		return "an object or array"
	}
	return ""
}

func (c *checker) geometry(f *geo.Feature) {
	if f.Geometry == nil {
		c.add(Geometry, f.Pos, "null")
		return
	}
	kind := f.Geometry.GeoJSONType()
	if c.kind == "" {
		c.kind = kind
	}
	if kind != c.kind {
		c.add(OneGeometryType, f.Pos, kind+" after "+c.kind)
	}
	b := f.Geometry.Bound()
	c.bound.Min = orb.Point{min(c.bound.Min[0], b.Min[0]), min(c.bound.Min[1], b.Min[1])}
	c.bound.Max = orb.Point{max(c.bound.Max[0], b.Max[0]), max(c.bound.Max[1], b.Max[1])}
	if !inRange(b.Min) || !inRange(b.Max) {
		c.add(LonLat, f.Pos, fmt.Sprintf("coordinates from %v to %v", b.Min, b.Max))
		return
	}
	switch g := f.Geometry.(type) {
	case orb.Point:
		c.positions(f, g)
	case orb.MultiPoint:
		c.positions(f, g...)
	case orb.LineString:
		c.positions(f, g...)
	case orb.MultiLineString:
		for _, l := range g {
			c.positions(f, l...)
		}
	case orb.Polygon:
		c.polygon(f, g)
	case orb.MultiPolygon:
		for _, p := range g {
			c.polygon(f, p)
		}
	}
}

func (c *checker) polygon(f *geo.Feature, p orb.Polygon) {
	for i, r := range p {
		vertices := c.positions(f, r...)
		switch area := doubleArea(vertices); {
		case i == 0 && area < 0:
			c.add(RingOrder, f.Pos, "an outer ring runs clockwise")
		case i > 0 && area > 0:
			c.add(RingOrder, f.Pos, "a hole runs counter-clockwise")
		}
	}
}

// positions looks at decimals and gives the positions in micro-degrees.
func (c *checker) positions(f *geo.Feature, points ...orb.Point) []vertex {
	out := make([]vertex, 0, len(points))
	fine := true
	for _, p := range points {
		v, err := quantize(p)
		if err != nil {
			continue // reported as LonLat
		}
		// The quotient is the float64 nearest to the decimal number, which is what
		// reading it gave, if it has no further decimals.
		fine = fine && float64(v.x)/1e6 == p[0] && float64(v.y)/1e6 == p[1]
		out = append(out, v)
	}
	if !fine {
		c.add(Decimals, f.Pos, "a coordinate with more than 6 decimals")
	}
	return out
}
