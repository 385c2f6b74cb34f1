package report

import (
	"fmt"
	"image"
	"image/color"
	"image/draw"
	"math"
	"strings"

	"codeberg.org/go-fonts/liberation/liberationsansbold"
	"codeberg.org/go-fonts/liberation/liberationsansregular"
	"github.com/covgap/covgap/data"
	"github.com/covgap/covgap/geo/terrain"
	"golang.org/x/image/font"
	"golang.org/x/image/font/opentype"
	"golang.org/x/image/math/fixed"
	"golang.org/x/text/unicode/norm"
)

// style is a size in design pixels and a weight.
type style struct {
	sizePx float64
	bold   bool
}

// Sizes of the number in a proposal's marker: up to two digits, and more.
const (
	rankPx      = 16.0
	smallRankPx = 12.0
)

// faces gives the fonts at the scale of the figure. Liberation Sans has all of
// Vietnamese and comes with the program, so that figures look alike everywhere.
func faces(unit float64) map[style]font.Face {
	regular, bold := mustParse(liberationsansregular.TTF), mustParse(liberationsansbold.TTF)
	m := make(map[style]font.Face)
	for _, s := range []style{
		{titlePx, true}, {subtitlePx, false}, {headingPx, true}, {legendPx, false}, {notePx, false},
		{labelPx, true}, {footPx, false}, {rankPx, true}, {smallRankPx, true},
	} {
		f := regular
		if s.bold {
			f = bold
		}
		face, err := opentype.NewFace(f, &opentype.FaceOptions{Size: s.sizePx * unit, DPI: 72, Hinting: font.HintingNone})
		if err != nil {
			panic(fmt.Sprintf("report: font at %v px: %v", s.sizePx, err)) // no size or font of ours does
		}
		m[s] = face
	}
	return m
}

func mustParse(ttf []byte) *opentype.Font {
	f, err := opentype.Parse(ttf)
	if err != nil {
		panic(fmt.Sprintf("report: embedded font: %v", err))
	}
	return f
}

func (p *plate) width(s string, st style) float64 {
	return float64(font.MeasureString(p.fonts[st], norm.NFC.String(s))) / 64
}

// text draws one line with its baseline at y.
func (p *plate) text(s string, st style, c color.Color, x, y float64) {
	d := font.Drawer{Dst: p.img, Src: image.NewUniform(c), Face: p.fonts[st], Dot: dot(x, y)}
	d.DrawString(norm.NFC.String(s)) // the font has letters with their marks, not marks by themselves
}

func dot(x, y float64) fixed.Point26_6 {
	return fixed.Point26_6{X: fixed.Int26_6(math.Round(x * 64)), Y: fixed.Int26_6(math.Round(y * 64))}
}

// haloText draws text with a light rim that keeps it legible on any ground.
func (p *plate) haloText(s string, st style, c color.Color, x, y float64) {
	radius := labelHaloPx * p.unit
	pad := int(math.Ceil(radius)) + 1
	high := int(math.Ceil(2 * st.sizePx * p.unit))
	x0, y0 := int(math.Floor(x))-pad, int(math.Floor(y))-high*3/4-pad
	r := image.Rect(x0, y0, x0+int(math.Ceil(p.width(s, st)))+2*pad+2, y0+high+2*pad)
	glyphs := image.NewAlpha(r)
	d := font.Drawer{Dst: glyphs, Src: image.Opaque, Face: p.fonts[st], Dot: dot(x, y)}
	d.DrawString(norm.NFC.String(s))
	draw.DrawMask(p.img, r, image.NewUniform(color.NRGBA{255, 255, 255, 242}), image.Point{}, dilate(glyphs, radius), r.Min, draw.Over)
	p.text(s, st, c, x, y)
}

// dilate widens a mask by a radius in pixels.
func dilate(m *image.Alpha, radius float64) *image.Alpha {
	out := image.NewAlpha(m.Rect)
	reach := int(math.Ceil(radius))
	for dy := -reach; dy <= reach; dy++ {
		for dx := -reach; dx <= reach; dx++ {
			// The rim of the disc is soft, one pixel wide.
			weight := min(1, max(0, radius+0.5-math.Hypot(float64(dx), float64(dy))))
			if weight == 0 {
				continue
			}
			shifted := m.Rect.Add(image.Pt(dx, dy)).Intersect(m.Rect)
			for y := shifted.Min.Y; y < shifted.Max.Y; y++ {
				from, to := m.PixOffset(shifted.Min.X-dx, y-dy), out.PixOffset(shifted.Min.X, y)
				for i := range shifted.Dx() {
					out.Pix[to+i] = max(out.Pix[to+i], uint8(weight*float64(m.Pix[from+i])))
				}
			}
		}
	}
	return out
}

// wrap breaks a text into lines no wider than the given pixels; a line break in the
// text stays. A single word may be wider.
func (p *plate) wrap(s string, st style, widePx float64) []string {
	var lines []string
	for _, paragraph := range strings.Split(s, "\n") {
		line := ""
		for _, word := range strings.Fields(paragraph) {
			switch longer := line + " " + word; {
			case line == "":
				line = word
			case p.width(longer, st) <= widePx:
				line = longer
			default:
				lines = append(lines, line)
				line = word
			}
		}
		if line != "" {
			lines = append(lines, line)
		}
	}
	return lines
}

func blockHeight(lines []string, sizePx float64) float64 {
	return float64(len(lines)) * sizePx * lineSpacing
}

// block draws lines from y downwards and gives the y below them.
func (p *plate) block(lines []string, st style, c color.Color, x, y float64) float64 {
	size := st.sizePx * p.unit
	for _, l := range lines {
		p.text(l, st, c, x, y+size)
		y += size * lineSpacing
	}
	return y
}

// legend is the panel beside the map, measured before it is drawn.
type legend struct {
	rows   []legendRow
	height float64
}

// legendRow is a heading, an entry with its symbol, or a paragraph.
type legendRow struct {
	lines  []string
	style  style
	symbol func(x, y float64) // draws around the middle of the symbol; nil for none
	indent float64
	above  float64 // empty space before the row
}

const symbolWidePx = 46.0

func (p *plate) legend() legend {
	u := p.unit
	var l legend
	heading := func(text string) {
		if text != "" {
			l.rows = append(l.rows, legendRow{lines: p.wrap(text, style{headingPx, true}, panelPx*u), style: style{headingPx, true}, above: 20 * u})
		}
	}
	entry := func(text string, symbol func(x, y float64)) {
		st := style{legendPx, false}
		l.rows = append(l.rows, legendRow{
			lines: p.wrap(text, st, (panelPx-symbolWidePx)*u), style: st,
			symbol: symbol, indent: symbolWidePx * u, above: (legendStepPx - legendPx*lineSpacing) * u,
		})
	}
	classes := []struct {
		class data.Class
		text  string
		tint  tint
	}{{data.Served, p.Text.Served, servedTint}, {data.Weak, p.Text.Weak, weakTint}, {data.None, p.Text.None, noneTint}}
	if len(p.Hexes) > 0 {
		heading(p.Text.Hexes)
		for _, c := range classes { // all three, though a class may be empty: that is a result
			if c.text != "" {
				entry(c.text, func(x, y float64) { p.swatch(x, y, c.tint) })
			}
		}
	}
	var weak, none, declared, others, headed bool
	for i := range p.Villages {
		switch v := &p.Villages[i]; {
		case !v.Gap:
			others = true
		case v.Class == data.None:
			none = true
		case v.Class == data.Weak:
			weak = true
		default:
			declared = true
		}
	}
	for _, e := range []struct {
		there  bool
		text   string
		symbol func(x, y float64)
	}{
		{none, p.Text.GapNone, func(x, y float64) { p.diamond(x, y, gapNone) }},
		{weak, p.Text.GapWeak, func(x, y float64) { p.diamond(x, y, gapWeak) }},
		{declared, p.Text.GapDeclared, func(x, y float64) { p.diamond(x, y, gapServed) }},
		{others, p.Text.Village, p.villageSymbol},
	} {
		if !e.there || e.text == "" {
			continue
		}
		if !headed {
			heading(p.Text.Villages)
			headed = true
		}
		entry(e.text, e.symbol)
	}
	if len(p.Sites) > 0 && p.Text.Site != "" || len(p.Proposals) > 0 && p.Text.Proposal != "" {
		heading(p.Text.Sites)
	}
	if len(p.Sites) > 0 && p.Text.Site != "" {
		entry(p.Text.Site, p.site)
	}
	if len(p.Proposals) > 0 && p.Text.Proposal != "" {
		entry(p.Text.Proposal, func(x, y float64) { p.proposal(x, y, 1) })
	}
	for i, n := range p.Text.Notes {
		st := style{notePx, false}
		above := 10 * u
		if i == 0 {
			above = 24 * u
		}
		l.rows = append(l.rows, legendRow{lines: p.wrap(n, st, panelPx*u), style: st, above: above})
	}
	if len(l.rows) > 0 {
		l.rows[0].above = 0
	}
	for _, r := range l.rows {
		l.height += r.above + blockHeight(r.lines, r.style.sizePx*u)
	}
	return l
}

func (p *plate) drawLegend(l legend, x, y float64) {
	for _, r := range l.rows {
		y += r.above
		if r.symbol != nil {
			r.symbol(x+18*p.unit, y+0.66*r.style.sizePx*p.unit)
		}
		c := ink
		if r.style.sizePx == notePx {
			c = softInk
		}
		y = p.block(r.lines, r.style, c, x+r.indent, y)
	}
}

// swatch shows a class as it looks on level ground.
func (p *plate) swatch(x, y float64, t tint) {
	const ground = terrain.LevelShade * 255
	mix := func(c uint8) uint8 {
		return uint8(ground + t.opacity*(float64(c)*lit(terrain.LevelShade)-ground))
	}
	u := p.unit
	p.dc.DrawRegularPolygon(6, x, y, 15*u, 0)
	p.dc.SetColor(color.RGBA{mix(t.color.R), mix(t.color.G), mix(t.color.B), 255})
	p.dc.FillPreserve()
	p.dc.SetColor(color.NRGBA{30, 34, 40, 110})
	p.dc.SetLineWidth(u)
	p.dc.Stroke()
}

func (p *plate) villageSymbol(x, y float64) {
	u := p.unit
	p.dc.DrawRectangle(x-12*u, y-7*u, 24*u, 14*u)
	p.dc.SetColor(color.NRGBA{30, 34, 40, 150})
	p.dc.SetLineWidth(1.2 * u)
	p.dc.Stroke()
}
