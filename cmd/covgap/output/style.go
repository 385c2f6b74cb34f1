package output

import (
	"math"

	"github.com/covgap/covgap/cmd/covgap/lang"
	"github.com/covgap/covgap/geo/style"
)

// Colours. Those of the classes differ in lightness and along blue to orange, so that
// they are told apart by colour-blind eyes and on grey paper; coverage.png has the
// same.
var (
	servedColor = style.Color{R: 0x8f, G: 0xbd, B: 0xe0, A: 255}
	weakColor   = style.Color{R: 0xf5, G: 0xa6, B: 0x30, A: 255}
	noneColor   = style.Color{R: 0x6a, G: 0x1e, B: 0x62, A: 255}
	greyColor   = style.Color{R: 0xbd, G: 0xbd, B: 0xbd, A: 255}
	ink         = style.Color{R: 0x1c, G: 0x1f, B: 0x24, A: 255}
	white       = style.Color{R: 255, G: 255, B: 255, A: 255}
	planColor   = style.Color{R: 0xd0, G: 0x1c, B: 0x2a, A: 255}
	borderColor = style.Color{R: 0x3a, G: 0x3e, B: 0x46, A: 255}
)

// levelRamp colours levels from strong to weak: viridis (matplotlib), which is even in
// lightness.
var levelRamp = []struct {
	fromDBm float64
	color   style.Color
}{
	{-75, style.Color{R: 0xfd, G: 0xe7, B: 0x25, A: 255}},
	{-85, style.Color{R: 0x90, G: 0xd7, B: 0x43, A: 255}},
	{-95, style.Color{R: 0x35, G: 0xb7, B: 0x79, A: 255}},
	{-105, style.Color{R: 0x21, G: 0x91, B: 0x8c, A: 255}},
	{-115, style.Color{R: 0x31, G: 0x68, B: 0x8e, A: 255}},
	{-125, style.Color{R: 0x44, G: 0x39, B: 0x83, A: 255}},
	{math.Inf(-1), style.Color{R: 0x44, G: 0x01, B: 0x54, A: 255}},
}

// technologyColors are those of Okabe and Ito, which colour-blind eyes tell apart.
var technologyColors = []struct {
	technology string
	color      style.Color
}{
	{"GSM", style.Color{R: 0x99, G: 0x99, B: 0x99, A: 255}},
	{"UMTS", style.Color{R: 0x00, G: 0x9e, B: 0x73, A: 255}},
	{"LTE", style.Color{R: 0x00, G: 0x72, B: 0xb2, A: 255}},
	{"NR", style.Color{R: 0xcc, G: 0x79, B: 0xa7, A: 255}},
}

func rgb(c style.Color) [3]uint8 { return [3]uint8{c.R, c.G, c.B} }

func faded(c style.Color, opacity uint8) style.Color {
	c.A = opacity
	return c
}

// Styles gives the ways to draw a table, the first of which is how it opens; none for
// one without geometry.
func (t *Table) Styles(l lang.Lang) []style.Style {
	var out []style.Style
	switch t.Name {
	case Coverage.Name:
		// An outline in the fill's own colour closes the seams that drawing neighbours
		// leaves.
		hex := func(c style.Color) style.Symbol { return style.Symbol{Fill: c, Stroke: c, StrokeMM: 0.1} }
		classes := style.Style{Name: l.T("class", "phân loại"), Column: "class", Rules: classRules(l, hex)[:3], Opacity: 0.75}
		levels := style.Style{Name: l.T("level", "mức thu"), Column: "signal_dbm", Ranges: true, Opacity: 0.8}
		to := math.Inf(1)
		for _, step := range levelRamp {
			label := "≥ " + l.Float(step.fromDBm, 0) + " dBm"
			if math.IsInf(step.fromDBm, -1) {
				label = "< " + l.Float(to, 0) + " dBm"
			}
			levels.Rules = append(levels.Rules, style.Rule{Label: label, From: step.fromDBm, To: to, Symbol: hex(step.color)})
			to = step.fromDBm
		}
		out = []style.Style{classes, levels}
	case Villages.Name:
		out = []style.Style{{
			Name: l.T("class", "phân loại"), Column: "class", Title: "name",
			Rules: classRules(l, func(c style.Color) style.Symbol {
				return style.Symbol{Fill: faded(c, 90), Stroke: darker(c), StrokeMM: 0.2}
			}),
			// The layer of gaps names those.
			Label: &style.Label{Expression: "if(\"class\" IN ('weak', 'none'), '', \"name\")", IsExpression: true, Column: "name", SizePt: 7, Color: ink, MaxScale: 60_000},
		}}
	case Gaps.Name:
		out = []style.Style{{
			Name: l.T("class", "phân loại"), Column: "class", Title: "name",
			Rules: classRules(l, func(c style.Color) style.Symbol {
				return style.Symbol{Shape: style.Circle, SizeMM: 2.2, Fill: c, Stroke: white, StrokeMM: 0.3}
			})[1:3],
			Label: &style.Label{Expression: "name", Column: "name", SizePt: 8, Color: ink, MaxScale: 150_000},
		}}
	case Communes.Name:
		out = []style.Style{{
			Name: l.T("border", "ranh giới"), Title: "commune",
			Rules: []style.Rule{{Label: t.Title.In(l), Symbol: style.Symbol{Stroke: borderColor, StrokeMM: 0.35}}},
			Label: &style.Label{Expression: "commune", Column: "commune", SizePt: 8, Color: borderColor, MaxScale: 600_000},
		}}
	case Sites.Name:
		out = []style.Style{{
			Name: l.T("site", "trạm"), Title: "site_id",
			Rules: []style.Rule{{Label: t.Title.In(l), Symbol: style.Symbol{Shape: style.Triangle, SizeMM: 1.5, Fill: ink, Stroke: white, StrokeMM: 0.15}}},
			Label: &style.Label{Expression: "site_id", Column: "site_id", SizePt: 7, Color: ink, MaxScale: 60_000},
		}}
	case Sectors.Name:
		s := style.Style{Name: l.T("technology", "công nghệ"), Column: "technology", Title: "sector_id", MaxScale: 150_000}
		for _, c := range technologyColors {
			s.Rules = append(s.Rules, style.Rule{Label: c.technology, Value: c.technology, Symbol: style.Symbol{Fill: faded(c.color, 60), Stroke: c.color, StrokeMM: 0.25}})
		}
		out = []style.Style{s}
	case Plan.Name:
		out = []style.Style{{
			Name: l.T("rank", "thứ tự"), Title: "site_id",
			Rules: []style.Rule{{Label: l.T("proposed, by rank", "đề xuất, theo thứ tự"), Symbol: style.Symbol{Shape: style.Star, SizeMM: 3.6, Fill: planColor, Stroke: white, StrokeMM: 0.3}}},
			Label: &style.Label{Expression: "rank", Column: "rank", SizePt: 9, Color: planColor, All: true},
		}}
	case Relays.Name:
		out = []style.Style{{
			Name: l.T("relay", "trạm chuyển tiếp"), Title: "site_id",
			Rules: []style.Rule{{Label: t.Title.In(l), Symbol: style.Symbol{Shape: style.Diamond, SizeMM: 2.4, Fill: planColor, Stroke: white, StrokeMM: 0.3}}},
			Label: &style.Label{Expression: "site_id", Column: "site_id", SizePt: 7, Color: planColor, MaxScale: 150_000},
		}}
	case PlanSectors.Name:
		out = []style.Style{{
			Name: l.T("sector", "sector"), Title: "sector_id", MaxScale: 150_000,
			Rules: []style.Rule{{Label: t.Title.In(l), Symbol: style.Symbol{Fill: faded(planColor, 60), Stroke: planColor, StrokeMM: 0.3}}},
		}}
	case Measurements.Name:
		out = []style.Style{{
			Name: l.T("rank", "thứ tự"), Title: "name",
			Rules: []style.Rule{{Label: t.Title.In(l), Symbol: style.Symbol{Shape: style.Square, SizeMM: 1.8, Fill: white, Stroke: ink, StrokeMM: 0.3}}},
			Label: &style.Label{Expression: "rank", Column: "rank", SizePt: 7, Color: ink, MaxScale: 150_000},
		}}
	case Candidates.Name:
		out = []style.Style{{
			Name:  l.T("refused", "bị loại"),
			Rules: []style.Rule{{Label: t.Title.In(l), Symbol: style.Symbol{Shape: style.Cross, SizeMM: 1.4, Fill: greyColor, Stroke: greyColor, StrokeMM: 0.2}}},
		}}
	}
	aliases := map[string]string{}
	var columns []string
	for _, c := range t.Columns {
		columns = append(columns, c.Name)
		aliases[c.Name] = c.Label.In(l)
	}
	choices := t.choices(l)
	for i := range out {
		out[i].Columns, out[i].Aliases, out[i].Choices = columns, aliases, choices
	}
	return out
}

// classRules are served, weak, none and not counted.
func classRules(l lang.Lang, symbol func(style.Color) style.Symbol) []style.Rule {
	var out []style.Rule
	for i, color := range []style.Color{servedColor, weakColor, noneColor, greyColor} {
		out = append(out, style.Rule{Label: classes[i].Text.In(l), Value: classes[i].Code, Symbol: symbol(color)})
	}
	return out
}

// darker is a colour for the outline of an area filled with c.
func darker(c style.Color) style.Color {
	return style.Color{R: uint8(int(c.R) * 6 / 10), G: uint8(int(c.G) * 6 / 10), B: uint8(int(c.B) * 6 / 10), A: 255}
}
