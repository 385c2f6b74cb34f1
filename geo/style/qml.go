package style

import (
	"encoding/xml"
	"fmt"
	"io"
	"math"
	"strconv"
	"strings"
)

// element is one of XML, with its attributes as pairs.
type element struct {
	name     string
	attrs    []string
	children []*element
	text     string
}

func el(name string, attrs ...string) *element { return &element{name: name, attrs: attrs} }

// add appends children and gives the element back.
func (e *element) add(children ...*element) *element {
	e.children = append(e.children, children...)
	return e
}

func (e *element) with(text string) *element {
	e.text = text
	return e
}

func (e *element) write(w *strings.Builder, indent string) {
	fmt.Fprintf(w, "%s<%s", indent, e.name)
	for i := 0; i < len(e.attrs); i += 2 {
		fmt.Fprintf(w, " %s=\"%s\"", e.attrs[i], escape(e.attrs[i+1]))
	}
	switch {
	case len(e.children) > 0:
		w.WriteString(">\n")
		for _, c := range e.children {
			c.write(w, indent+" ")
		}
		fmt.Fprintf(w, "%s</%s>\n", indent, e.name)
	case e.text != "":
		fmt.Fprintf(w, ">%s</%s>\n", escape(e.text), e.name)
	default:
		w.WriteString("/>\n")
	}
}

func escape(s string) string {
	var b strings.Builder
	_ = xml.EscapeText(&b, []byte(s)) // a builder takes everything
	return b.String()
}

func plain(v float64) string { return strconv.FormatFloat(v, 'f', -1, 64) }

func rgba(c Color) string { return fmt.Sprintf("%d,%d,%d,%d", c.R, c.G, c.B, c.A) }

// QML gives the style as QGIS 3.22 and later read it: renderer, labels, aliases of
// columns, words for their values. The error wraps ErrStyle.
func (s *Style) QML() (string, error) {
	if err := s.validate(); err != nil {
		return "", err
	}
	root := el("qgis", "version", "3.22.0", "styleCategories", "Symbology|Labeling|Fields|Forms|MapTips|Rendering")
	root.attrs = append(root.attrs, s.scaleAttrs()...)
	root.add(s.qmlElements()...)
	return document("<!DOCTYPE qgis PUBLIC 'http://mrcc.com/qgis.dtd' 'SYSTEM'>\n", root), nil
}

func document(head string, root *element) string {
	var b strings.Builder
	b.WriteString(head)
	root.write(&b, "")
	return b.String()
}

// scaleAttrs give the scales at which a layer is drawn. QGIS's minScale is the largest
// denominator.
func (s *Style) scaleAttrs() []string {
	if s.MaxScale == 0 {
		return []string{"hasScaleBasedVisibilityFlag", "0"}
	}
	return []string{"hasScaleBasedVisibilityFlag", "1", "minScale", plain(s.MaxScale), "maxScale", "0"}
}

// qmlElements are what a QML file and a layer of a project have in common.
func (s *Style) qmlElements() []*element {
	out := []*element{s.renderer()}
	labels := "0"
	if s.Label != nil {
		labels = "1"
		out = append(out, s.labeling())
	}
	out[0].attrs = append(out[0].attrs, "enableorderby", "0")
	aliases, fields := el("aliases"), 0
	for _, c := range s.Columns {
		if a := s.Aliases[c]; a != "" {
			aliases.add(el("alias", "index", strconv.Itoa(fields), "field", c, "name", a))
			fields++
		}
	}
	forms := el("fieldConfiguration")
	for _, c := range s.Columns {
		if choices := s.Choices[c]; len(choices) > 0 {
			list := el("Option", "type", "List", "name", "map")
			for _, v := range choices {
				list.add(el("Option", "type", "Map").add(el("Option", "type", "QString", "name", v.Label, "value", v.Value)))
			}
			forms.add(el("field", "name", c).add(el("editWidget", "type", "ValueMap").add(el("config").add(el("Option", "type", "Map").add(list)))))
		}
	}
	out = append(out, el("blendMode").with("0"), el("layerOpacity").with(plain(s.opacity())),
		el("customproperties").add(el("Option", "type", "Map").add(el("Option", "type", "QString", "name", "labeling/enabled", "value", labels))), forms, aliases)
	if s.Title != "" {
		out = append(out, el("previewExpression").with(`"`+s.Title+`"`))
	}
	return out
}

// renderer is how QGIS draws.
func (s *Style) renderer() *element {
	symbols := el("symbols")
	for i := range s.Rules {
		symbols.add(s.Rules[i].Symbol.qml(strconv.Itoa(i)))
	}
	switch {
	case s.Column == "":
		return el("renderer-v2", "type", "singleSymbol", "symbollevels", "0", "forceraster", "0").add(symbols)
	case s.Ranges:
		ranges := el("ranges")
		for i, r := range s.Rules {
			ranges.add(el("range", "symbol", strconv.Itoa(i), "lower", bounded(r.From), "upper", bounded(r.To), "label", r.Label, "render", "true"))
		}
		return el("renderer-v2", "type", "graduatedSymbol", "attr", s.Column, "graduatedMethod", "GraduatedColor", "symbollevels", "0", "forceraster", "0").add(ranges, symbols)
	}
	categories := el("categories")
	for i, r := range s.Rules {
		categories.add(el("category", "symbol", strconv.Itoa(i), "type", "string", "value", r.Value, "label", r.Label, "render", "true"))
	}
	return el("renderer-v2", "type", "categorizedSymbol", "attr", s.Column, "symbollevels", "0", "forceraster", "0").add(categories, symbols)
}

// beyond stands for infinity in a range.
const beyond = 1e9

func bounded(v float64) string { return plain(math.Max(-beyond, math.Min(beyond, v))) }

func (y *Symbol) qml(name string) *element {
	stroke := "solid"
	if y.Stroke.A == 0 {
		stroke = "no"
	}
	if y.Shape == "" {
		fill := "solid"
		if y.Fill.A == 0 {
			fill = "no"
		}
		return el("symbol", "type", "fill", "name", name, "alpha", "1", "clip_to_extent", "1", "force_rhr", "0").add(
			layer("SimpleFill", "color", rgba(y.Fill), "style", fill, "outline_color", rgba(y.Stroke), "outline_style", stroke,
				"outline_width", plain(y.StrokeMM), "outline_width_unit", "MM", "joinstyle", "round"))
	}
	return el("symbol", "type", "marker", "name", name, "alpha", "1", "clip_to_extent", "1", "force_rhr", "0").add(
		layer("SimpleMarker", "name", string(y.Shape), "color", rgba(y.Fill), "outline_color", rgba(y.Stroke), "outline_style", stroke,
			"outline_width", plain(y.StrokeMM), "outline_width_unit", "MM", "size", plain(y.SizeMM), "size_unit", "MM"))
}

// layer is a symbol layer with its properties as pairs.
func layer(class string, properties ...string) *element {
	options := el("Option", "type", "Map")
	for i := 0; i < len(properties); i += 2 {
		options.add(el("Option", "type", "QString", "name", properties[i], "value", properties[i+1]))
	}
	return el("layer", "class", class, "enabled", "1", "pass", "0", "locked", "0").add(options)
}

func (s *Style) labeling() *element {
	l := s.Label
	isExpression, aroundPoint := "0", "6"
	if l.IsExpression {
		isExpression = "1"
	}
	placement := el("placement", "placement", "0", "centroidInside", "1", "centroidWhole", "1") // on the centroid of a polygon
	if s.points() {
		placement = el("placement", "placement", aroundPoint, "dist", "1", "distUnits", "MM", "predefinedPositionOrder", "TR,R,BR,T,B,TL,L,BL", "offsetType", "1")
	}
	// An area is no obstacle to labels: those of the points in it would find no place.
	obstacle := "0"
	if s.points() {
		obstacle = "1"
	}
	rendering := el("rendering", "drawLabels", "1", "obstacle", obstacle, "displayAll", "0", "scaleVisibility", "0")
	if l.All {
		rendering.attrs[5] = "1"
	}
	if l.MaxScale > 0 {
		rendering.attrs[7] = "1"
		rendering.attrs = append(rendering.attrs, "scaleMin", "1", "scaleMax", plain(l.MaxScale)) // QGIS's scaleMin is the larger scale here
	}
	text := el("text-style", "fieldName", l.Expression, "isExpression", isExpression, "fontFamily", "Noto Sans", "fontSize", plain(l.SizePt),
		"fontSizeUnit", "Point", "textColor", rgba(l.Color), "textOpacity", "1", "namedStyle", "Regular")
	text.add(el("text-buffer", "bufferDraw", "1", "bufferSize", "0.7", "bufferSizeUnits", "MM", "bufferColor", "255,255,255,255", "bufferOpacity", "0.85", "bufferJoinStyle", "128"))
	return el("labeling", "type", "simple").add(el("settings", "calloutType", "simple").add(text, placement, rendering))
}

// WriteQML writes the style into a file of its own.
func (s *Style) WriteQML(w io.Writer) error {
	text, err := s.QML()
	if err != nil {
		return err
	}
	_, err = io.WriteString(w, text)
	return err
}
