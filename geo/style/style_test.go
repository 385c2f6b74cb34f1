package style

import (
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"math"
	"strings"
	"testing"
)

var (
	red  = Color{255, 0, 0, 255}
	dark = Color{20, 20, 20, 128}
)

func villages() *Style {
	return &Style{
		Name: "class", Column: "class", Opacity: 0.5, MaxScale: 100_000, Title: "name",
		Rules: []Rule{
			{Label: "weak & <none>", Value: "weak", Symbol: Symbol{Fill: red, Stroke: dark, StrokeMM: 0.28}},
			{Label: "other", Symbol: Symbol{Fill: dark}},
		},
		Label:   &Label{Expression: "name", Column: "name", SizePt: 8, Color: dark, MaxScale: 50_000},
		Columns: []string{"name", "class"}, Aliases: map[string]string{"name": "Tên", "class": "Phân loại"},
		Choices: map[string][]Choice{"class": {{"weak", "sóng yếu"}}},
	}
}

func levels() *Style {
	return &Style{
		Name: "level", Column: "signal_dbm", Ranges: true,
		Rules: []Rule{
			{Label: "strong", From: -95, To: math.Inf(1), Symbol: Symbol{Shape: Diamond, SizeMM: 2.8, Fill: red}},
			{Label: "middle", From: -105, To: -95, Symbol: Symbol{Shape: Circle, SizeMM: 2, Fill: dark}},
			{Label: "weak", From: math.Inf(-1), To: -105, Symbol: Symbol{Shape: Star, SizeMM: 2, Fill: dark}},
		},
	}
}

func ExampleStyle_SLD() {
	s := Style{Name: "mast", Rules: []Rule{{Label: "mast", Symbol: Symbol{Shape: Circle, SizeMM: 2.8, Fill: Color{58, 134, 196, 255}}}}}
	sld, err := s.SLD("sites")
	if err != nil {
		panic(err)
	}
	_, rest, _ := strings.Cut(sld, "<Graphic>")
	graphic, _, _ := strings.Cut(rest, "</Graphic>")
	fmt.Println(strings.Join(strings.Fields(graphic), " "))
	// Output:
	// <Mark> <WellKnownName>circle</WellKnownName> <Fill> <CssParameter name="fill">#3a86c4</CssParameter> <CssParameter name="fill-opacity">1</CssParameter> </Fill> </Mark> <Size>10</Size>
}

// Both forms are well-formed XML and say what the style says. That QGIS draws by them
// is tested where the styles are made.
func TestWritten(t *testing.T) {
	for _, c := range []struct {
		style    *Style
		qml, sld []string
	}{
		{villages(),
			[]string{
				`type="categorizedSymbol" attr="class"`, `value="weak" label="weak &amp; &lt;none&gt;"`, `value="" label="other"`, `name="color" value="255,0,0,255"`,
				`name="outline_style" value="no"`, `<alias index="0" field="name" name="Tên"/>`, `<editWidget type="ValueMap">`, `name="sóng yếu" value="weak"`, `<layerOpacity>0.5</layerOpacity>`, `minScale="100000"`, `fieldName="name"`, `scaleMax="50000"`, `obstacle="0"`,
			},
			[]string{
				"<Name>layer</Name>", "<ogc:PropertyName>class</ogc:PropertyName>", "<ogc:Literal>weak</ogc:Literal>", "<ElseFilter/>", "<MaxScaleDenominator>100000</MaxScaleDenominator>",
				"<MaxScaleDenominator>50000</MaxScaleDenominator>", `<CssParameter name="fill-opacity">0.5</CssParameter>`, `<CssParameter name="stroke-width">1</CssParameter>`, "<TextSymbolizer>",
			}},
		{levels(),
			[]string{`type="graduatedSymbol" attr="signal_dbm"`, `lower="-95" upper="1000000000"`, `lower="-1000000000" upper="-105"`, `name="name" value="diamond"`},
			[]string{"<ogc:And>", "PropertyIsGreaterThanOrEqualTo", "<ogc:Literal>-105</ogc:Literal>", "<Rotation>45</Rotation>", "<Size>10</Size>", "<WellKnownName>star</WellKnownName>"}},
	} {
		var qml, sld strings.Builder
		if err := errors.Join(c.style.WriteQML(&qml), c.style.WriteSLD(&sld, "layer")); err != nil {
			t.Fatal(err)
		}
		for _, form := range []struct {
			name, text string
			want       []string
		}{{"QML", qml.String(), c.qml}, {"SLD", sld.String(), c.sld}} {
			d := xml.NewDecoder(strings.NewReader(form.text))
			for {
				if _, err := d.Token(); errors.Is(err, io.EOF) {
					break
				} else if err != nil {
					t.Fatalf("%s of %s: %v", form.name, c.style.Name, err)
				}
			}
			for _, want := range form.want {
				if !strings.Contains(form.text, want) {
					t.Errorf("%s of %s does not say %s:\n%s", form.name, c.style.Name, want, form.text)
				}
			}
		}
	}
}

func TestContradictions(t *testing.T) {
	for name, spoil := range map[string]func(s *Style){
		"no rule":             func(s *Style) { s.Rules = nil },
		"rules of no column":  func(s *Style) { s.Column = "" },
		"points and polygons": func(s *Style) { s.Rules[0].Symbol.Shape = Circle },
		"an empty range":      func(s *Style) { s.Ranges = true },
	} {
		s := villages()
		spoil(s)
		if _, err := s.QML(); !errors.Is(err, ErrStyle) {
			t.Errorf("%s: QML: %v", name, err)
		}
		if _, err := s.SLD("x"); !errors.Is(err, ErrStyle) {
			t.Errorf("%s: SLD: %v", name, err)
		}
	}
}
