package style

import (
	"io"
	"math"
)

// mmPx is the size of a millimetre in the standard's pixels of 0.28 mm (02-070 §10.2).
const mmPx = 1 / 0.28

// sldMarks are the well-known names of SLD for the shapes; it has no diamond.
var sldMarks = map[Shape]string{
	Circle: "circle", Square: "square", Triangle: "triangle", Diamond: "square", Star: "star", Cross: "x",
}

// SLD gives the style of a layer with a name. The error wraps ErrStyle.
func (s *Style) SLD(layerName string) (string, error) {
	if err := s.validate(); err != nil {
		return "", err
	}
	features := el("FeatureTypeStyle")
	for i := range s.Rules {
		features.add(s.sldRule(&s.Rules[i]))
	}
	if s.Label != nil {
		features.add(s.sldLabel())
	}
	root := el("StyledLayerDescriptor", "version", "1.0.0", "xmlns", "http://www.opengis.net/sld", "xmlns:ogc", "http://www.opengis.net/ogc",
		"xmlns:xlink", "http://www.w3.org/1999/xlink", "xmlns:xsi", "http://www.w3.org/2001/XMLSchema-instance",
		"xsi:schemaLocation", "http://www.opengis.net/sld http://schemas.opengis.net/sld/1.0.0/StyledLayerDescriptor.xsd")
	root.add(el("NamedLayer").add(el("Name").with(layerName), el("UserStyle").add(el("Name").with(s.Name), el("Title").with(s.Name), features)))
	return document("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n", root), nil
}

func (s *Style) sldRule(r *Rule) *element {
	rule := el("Rule").add(el("Name").with(r.Label), el("Title").with(r.Label))
	switch {
	case s.Column == "":
	case s.Ranges:
		rule.add(el("ogc:Filter").add(s.sldRange(r)))
	case r.Value == "":
		rule.add(el("ElseFilter"))
	default:
		rule.add(el("ogc:Filter").add(s.compare("PropertyIsEqualTo", r.Value)))
	}
	s.sldScale(rule, s.MaxScale)
	return rule.add(r.Symbol.sld(s.opacity()))
}

func (s *Style) sldScale(rule *element, maxScale float64) {
	if maxScale > 0 {
		rule.add(el("MaxScaleDenominator").with(plain(maxScale)))
	}
}

func (s *Style) compare(operator, value string) *element {
	return el("ogc:"+operator).add(el("ogc:PropertyName").with(s.Column), el("ogc:Literal").with(value))
}

func (s *Style) sldRange(r *Rule) *element {
	from, to := s.compare("PropertyIsGreaterThanOrEqualTo", plain(r.From)), s.compare("PropertyIsLessThan", plain(r.To))
	switch {
	case math.IsInf(r.From, -1):
		return to
	case math.IsInf(r.To, 1):
		return from
	}
	return el("ogc:And").add(from, to)
}

func css(name, value string) *element { return el("CssParameter", "name", name).with(value) }

func (y *Symbol) sld(opacity float64) *element {
	var parts []*element
	if y.Fill.A > 0 {
		parts = append(parts, el("Fill").add(css("fill", y.Fill.Hex()), css("fill-opacity", plain(y.Fill.opacity()*opacity))))
	}
	if y.Stroke.A > 0 {
		parts = append(parts, el("Stroke").add(css("stroke", y.Stroke.Hex()), css("stroke-opacity", plain(y.Stroke.opacity()*opacity)), css("stroke-width", plain(round2(y.StrokeMM*mmPx)))))
	}
	if y.Shape == "" {
		return el("PolygonSymbolizer").add(parts...)
	}
	mark := el("Mark").add(el("WellKnownName").with(sldMarks[y.Shape])).add(parts...)
	graphic := el("Graphic").add(mark, el("Size").with(plain(round2(y.SizeMM*mmPx))))
	if y.Shape == Diamond {
		graphic.add(el("Rotation").with("45"))
	}
	return el("PointSymbolizer").add(graphic)
}

func round2(v float64) float64 { return math.Round(100*v) / 100 }

func (s *Style) sldLabel() *element {
	l := s.Label
	rule := el("Rule").add(el("Name").with("label"))
	s.sldScale(rule, l.MaxScale)
	text := el("TextSymbolizer").add(
		el("Label").add(el("ogc:PropertyName").with(l.Column)),
		el("Font").add(css("font-family", "Noto Sans"), css("font-size", plain(round2(l.SizePt*25.4/72*mmPx)))),
	)
	if s.points() {
		text.add(el("LabelPlacement").add(el("PointPlacement").add(
			el("AnchorPoint").add(el("AnchorPointX").with("0"), el("AnchorPointY").with("0.5")),
			el("Displacement").add(el("DisplacementX").with("6"), el("DisplacementY").with("4")),
		)))
	}
	return rule.add(text.add(
		el("Halo").add(el("Radius").with("2"), el("Fill").add(css("fill", "#ffffff"), css("fill-opacity", "0.85"))),
		el("Fill").add(css("fill", l.Color.Hex())),
	))
}

// WriteSLD writes the style of a layer into a file of its own.
func (s *Style) WriteSLD(w io.Writer, layerName string) error {
	text, err := s.SLD(layerName)
	if err != nil {
		return err
	}
	_, err = io.WriteString(w, text)
	return err
}
