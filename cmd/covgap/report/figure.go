// Package report makes what people read of a result: the picture coverage.png.
package report

import (
	"errors"
	"fmt"
	"image"
	"image/color"
	"image/draw"
	"image/png"
	"io"
	"math"
	"slices"
	"strconv"

	"git.sr.ht/~sbinet/gg"
	"github.com/covgap/covgap/data"
	"github.com/covgap/covgap/geo/geodesy"
	"github.com/covgap/covgap/geo/hexgrid"
	"github.com/covgap/covgap/geo/terrain"
	"github.com/paulmach/orb"
	"golang.org/x/image/font"
	"golang.org/x/image/vector"
)

// Figure is the picture of a result, coverage.png: what a person sees who has no
// GIS. Relief shows why the signal is where it is, hexes show the signal, diamonds
// the gaps, numbered discs what to build.
//
// The colours keep apart for readers who see no red or green and on a grey
// printer: blue, orange and dark purple differ in lightness too.
type Figure struct {
	WidthPx   int // 600 to 8000; the height follows from the shape of the area
	Text      FigureText
	Terrain   *terrain.Grid      // relief; nil for none
	Areas     []orb.MultiPolygon // the province, or its communes; the land around is faded
	Hexes     []FigureHex
	Villages  []FigureVillage
	Sites     []orb.Point // existing
	Proposals []FigureProposal
}

// FigureText is all the wording of a [Figure], in the reader's language. An entry
// of the legend with an empty text is left out, and so is one for something that
// the figure does not hold.
type FigureText struct {
	Title       string
	Subtitle    string
	Hexes       string // heading of the classes: what is shown, "LTE signal outdoors"
	Served      string
	Weak        string
	None        string
	Villages    string // heading
	GapWeak     string // a gap of class weak
	GapNone     string
	GapDeclared string // a gap that is declared but computed as served
	Village     string // any other village
	Sites       string // heading
	Site        string
	Proposal    string
	North       string   // letter on the arrow: N, or B for Bắc
	Notes       []string // paragraphs under the legend: the criterion and its values
	Attribution string   // last line: sources and licences, or that the data are synthetic
}

// FigureHex is one hexagon. Hexes without a class, or not counted, are not drawn.
type FigureHex struct {
	Cell  hexgrid.Cell
	Class data.Class
}

// FigureVillage is one village.
type FigureVillage struct {
	Name     string
	Geometry orb.Geometry // polygon or multipolygon; nil when only the centre is known
	Center   orb.Point    // where its marker stands
	Class    data.Class
	Gap      bool // marked and, as far as there is room, named
}

// FigureProposal is a place where something is to be built.
type FigureProposal struct {
	Position orb.Point
	Rank     int // the number in its marker
}

// Errors of [Figure.Draw].
var (
	ErrFigureEmpty = errors.New("report: a figure needs an area, hexes, villages or sites")
	ErrFigureWidth = errors.New("report: width of the figure outside 600 to 8000 pixels")
)

// WritePNG draws the figure and writes it as PNG. The same figure gives the same
// bytes.
func (f *Figure) WritePNG(w io.Writer) error {
	img, err := f.Draw()
	if err != nil {
		return err
	}
	if err := png.Encode(w, img); err != nil {
		return fmt.Errorf("report: figure: %w", err)
	}
	return nil
}

// The colours. Those of the classes are laid over the relief with their opacity.
var (
	paper      = color.RGBA{255, 255, 255, 255}
	ink        = color.RGBA{28, 31, 36, 255}
	softInk    = color.RGBA{92, 98, 107, 255}
	border     = color.RGBA{58, 62, 70, 255}
	servedTint = tint{color.RGBA{58, 134, 196, 255}, 0.46}
	weakTint   = tint{color.RGBA{245, 166, 48, 255}, 0.70}
	noneTint   = tint{color.RGBA{106, 30, 98, 255}, 0.64}
	gapServed  = color.RGBA{12, 74, 130, 255}
	gapWeak    = color.RGBA{196, 98, 0, 255}
	gapNone    = color.RGBA{84, 12, 78, 255}
)

type tint struct {
	color   color.RGBA
	opacity float64
}

// The measures of the layout for a figure 1600 pixels wide; everything scales.
const (
	designWidth   = 1600.0
	marginPx      = 40.0
	panelPx       = 330.0
	gutterPx      = 30.0
	minMapAspect  = 0.60 // height to width
	maxMapAspect  = 1.40
	mapPadding    = 0.03 // of the area's size, on each side
	titlePx       = 38.0
	subtitlePx    = 21.0
	headingPx     = 20.0
	legendPx      = 18.5
	notePx        = 16.5
	labelPx       = 16.0
	footPx        = 15.0
	markerPx      = 13.5 // radius of a proposal
	diamondPx     = 8.0  // half a gap's marker
	sitePx        = 3.4  // radius of a site
	legendStepPx  = 32.0
	lineSpacing   = 1.36
	labelHaloPx   = 2.6
	minFigureWide = 600
	maxFigureWide = 8000
)

// plate is a figure while it is being drawn.
type plate struct {
	*Figure
	img   *image.RGBA
	dc    *gg.Context
	unit  float64 // pixels per design pixel
	fonts map[style]font.Face
	view  view
	taken []rect // where no label may stand
}

type rect struct{ x0, y0, x1, y1 float64 }

func (r rect) meets(s rect) bool { return r.x0 < s.x1 && s.x0 < r.x1 && r.y0 < s.y1 && s.y0 < r.y1 }

func around(x, y, half float64) rect { return rect{x - half, y - half, x + half, y + half} }

// Draw gives the picture. The error is ErrFigureEmpty or ErrFigureWidth.
func (f *Figure) Draw() (*image.RGBA, error) {
	p, err := f.draw()
	if err != nil {
		return nil, err
	}
	return p.img, nil
}

func (f *Figure) draw() (*plate, error) {
	if f.WidthPx < minFigureWide || f.WidthPx > maxFigureWide {
		return nil, fmt.Errorf("%w: %d", ErrFigureWidth, f.WidthPx)
	}
	bound, ok := f.bound()
	if !ok {
		return nil, ErrFigureEmpty
	}
	p := &plate{Figure: f, unit: float64(f.WidthPx) / designWidth}
	p.fonts = faces(p.unit)

	u := p.unit
	textWide := (designWidth - 2*marginPx) * u
	title := p.wrap(f.Text.Title, style{titlePx, true}, textWide)
	subtitle := p.wrap(f.Text.Subtitle, style{subtitlePx, false}, textWide)
	foot := p.wrap(f.Text.Attribution, style{footPx, false}, textWide)
	legend := p.legend()

	top := marginPx*u + blockHeight(title, titlePx*u) + blockHeight(subtitle, subtitlePx*u)
	if len(title)+len(subtitle) > 0 {
		top += 14 * u
	}
	mapWide := math.Round((designWidth - 2*marginPx - panelPx - gutterPx) * u)
	aspect := min(max(aspectOf(bound), minMapAspect), maxMapAspect)
	mapHigh := math.Round(max(mapWide*aspect, legend.height))
	left, top := math.Round(marginPx*u), math.Round(top)
	high := top + mapHigh + marginPx*u
	if len(foot) > 0 {
		high += blockHeight(foot, footPx*u)
	}
	p.view = newView(bound, left, top, mapWide, mapHigh)

	p.img = image.NewRGBA(image.Rect(0, 0, f.WidthPx, int(math.Ceil(high))))
	draw.Draw(p.img, p.img.Bounds(), image.NewUniform(paper), image.Point{}, draw.Src)
	p.dc = gg.NewContextForRGBA(p.img)

	p.drawGround()
	p.dc.DrawRectangle(left, top, mapWide, mapHigh)
	p.dc.Clip()
	p.drawBorders()
	p.drawSites()
	p.drawVillages()
	p.drawNorth()
	p.drawScale()
	proposals := p.placeProposals()
	p.drawLabels()
	p.drawProposals(proposals)
	p.dc.ResetClip()

	p.dc.SetColor(border)
	p.dc.SetLineWidth(1.4 * u)
	p.dc.DrawRectangle(left, top, mapWide, mapHigh)
	p.dc.Stroke()

	p.drawLegend(legend, left+mapWide+gutterPx*u, top)
	y := marginPx * u
	y = p.block(title, style{titlePx, true}, ink, left, y)
	p.block(subtitle, style{subtitlePx, false}, softInk, left, y)
	p.block(foot, style{footPx, false}, softInk, left, top+mapHigh+10*u)
	return p, nil
}

// bound is what the map shows: the areas, else everything else.
func (f *Figure) bound() (orb.Bound, bool) {
	b := orb.Bound{Min: orb.Point{math.Inf(1), math.Inf(1)}, Max: orb.Point{math.Inf(-1), math.Inf(-1)}}
	for _, a := range f.Areas {
		if len(a) > 0 {
			b = b.Union(a.Bound())
		}
	}
	if b.Min[0] > b.Max[0] {
		for _, h := range f.Hexes {
			b = b.Extend(h.Cell.Center())
		}
		for _, v := range f.Villages {
			b = b.Extend(v.Center)
		}
		for _, s := range f.Sites {
			b = b.Extend(s)
		}
	}
	if b.Min[0] > b.Max[0] {
		return b, false
	}
	const leastDeg = 0.01 // a single site is shown with a kilometre around it
	pad := max(leastDeg, mapPadding*max(b.Max[0]-b.Min[0], b.Max[1]-b.Min[1]))
	return b.Pad(pad), true
}

// view is the map's window: longitude and latitude with the scale that is right
// in the middle latitude, in both directions.
type view struct {
	left, top, wide, high float64 // pixels
	center                orb.Point
	pxPerDegLon           float64
	pxPerDegLat           float64
}

// degreeM gives the length of a degree of longitude and of latitude at p.
func degreeM(p orb.Point) (lonM, latM float64) {
	const h = 0.05
	return geodesy.Distance(orb.Point{p[0] - h, p[1]}, orb.Point{p[0] + h, p[1]}) / (2 * h),
		geodesy.Distance(orb.Point{p[0], p[1] - h}, orb.Point{p[0], p[1] + h}) / (2 * h)
}

func aspectOf(b orb.Bound) float64 {
	lonM, latM := degreeM(b.Center())
	return (b.Max[1] - b.Min[1]) * latM / ((b.Max[0] - b.Min[0]) * lonM)
}

func newView(b orb.Bound, left, top, wide, high float64) view {
	v := view{left: left, top: top, wide: wide, high: high, center: b.Center()}
	lonM, latM := degreeM(v.center)
	pxPerM := min(wide/((b.Max[0]-b.Min[0])*lonM), high/((b.Max[1]-b.Min[1])*latM))
	v.pxPerDegLon, v.pxPerDegLat = pxPerM*lonM, pxPerM*latM
	return v
}

// xy gives the pixel of a position.
func (v *view) xy(p orb.Point) (x, y float64) {
	return v.left + v.wide/2 + (p[0]-v.center[0])*v.pxPerDegLon,
		v.top + v.high/2 - (p[1]-v.center[1])*v.pxPerDegLat
}

// position undoes xy.
func (v *view) position(x, y float64) orb.Point {
	return orb.Point{
		v.center[0] + (x-v.left-v.wide/2)/v.pxPerDegLon,
		v.center[1] - (y-v.top-v.high/2)/v.pxPerDegLat,
	}
}

func (v *view) holds(x, y float64) bool {
	return x >= v.left && y >= v.top && x <= v.left+v.wide && y <= v.top+v.high
}

// mask rasterises rings into one coverage mask of the map's window. Neighbours
// that share an edge leave no seam when all rings have the same direction: their
// parts of a pixel add up.
func (v *view) mask(rings func(add func(orb.Ring))) *image.Alpha {
	wide, high := int(v.wide), int(v.high)
	r := vector.NewRasterizer(wide, high)
	r.DrawOp = draw.Src
	rings(func(ring orb.Ring) {
		for i, q := range ring {
			x, y := v.xy(q)
			x, y = x-v.left, y-v.top
			if i == 0 {
				r.MoveTo(float32(x), float32(y))
			} else {
				r.LineTo(float32(x), float32(y))
			}
		}
		r.ClosePath()
	})
	m := image.NewAlpha(image.Rect(0, 0, wide, high))
	r.Draw(m, m.Bounds(), image.Opaque, image.Point{})
	return m
}

// drawGround paints relief, classes and the fade outside the area, pixel by pixel.
func (p *plate) drawGround() {
	v := &p.view
	shade := p.relief()
	tints := []tint{servedTint, weakTint, noneTint}
	masks := make([]*image.Alpha, len(tints))
	for i, class := range []data.Class{data.Served, data.Weak, data.None} {
		masks[i] = v.mask(func(add func(orb.Ring)) {
			for _, h := range p.Hexes {
				if h.Class != class {
					continue
				}
				add(h.Cell.Boundary())
			}
		})
	}
	var area *image.Alpha
	if len(p.Areas) > 0 {
		area = v.mask(p.eachAreaRing)
	}
	wide := int(v.wide)
	for i, s := range shade {
		ground := s * 255
		rgb := [3]float64{ground, ground, ground * 0.985} // a little warm
		for c, t := range tints {
			a := float64(masks[c].Pix[i]) / 255 * t.opacity
			if a == 0 {
				continue
			}
			rgb[0] += a * (float64(t.color.R)*lit(s) - rgb[0])
			rgb[1] += a * (float64(t.color.G)*lit(s) - rgb[1])
			rgb[2] += a * (float64(t.color.B)*lit(s) - rgb[2])
		}
		if area != nil {
			const fade = 0.62
			a := fade * (1 - float64(area.Pix[i])/255)
			for k := range rgb {
				rgb[k] += a * (255 - rgb[k])
			}
		}
		x, y := int(v.left)+i%wide, int(v.top)+i/wide
		p.img.SetRGBA(x, y, color.RGBA{uint8(rgb[0] + 0.5), uint8(rgb[1] + 0.5), uint8(rgb[2] + 0.5), 255})
	}
}

// lit is the share of a colour's brightness that is left where the ground has the
// brightness s: colours keep most of the relief.
func lit(s float64) float64 { return 0.3 + 0.7*s }

// eachAreaRing gives the rings of the areas, outer ones counter-clockwise and
// holes clockwise.
func (p *plate) eachAreaRing(add func(orb.Ring)) {
	for _, a := range p.Areas {
		for _, poly := range a {
			for i, r := range poly {
				want := orb.CCW
				if i > 0 {
					want = orb.CW
				}
				if r.Orientation() != want {
					r = r.Clone()
					r.Reverse()
				}
				add(r)
			}
		}
	}
}

// path adds a ring to the drawing's path, leaving out corners closer than half a
// pixel to the last.
func (p *plate) path(r orb.Ring) {
	var lastX, lastY float64
	for i, q := range r {
		x, y := p.view.xy(q)
		switch {
		case i == 0:
			p.dc.MoveTo(x, y)
		case math.Hypot(x-lastX, y-lastY) < 0.5:
			continue
		default:
			p.dc.LineTo(x, y)
		}
		lastX, lastY = x, y
	}
	p.dc.ClosePath()
}

func (p *plate) drawBorders() {
	p.dc.SetLineJoinRound()
	stroke := func(widthPx float64, c color.Color) {
		p.eachAreaRing(p.path)
		p.dc.SetLineWidth(widthPx * p.unit)
		p.dc.SetColor(c)
		p.dc.Stroke()
	}
	stroke(2.2, color.NRGBA{255, 255, 255, 150})
	stroke(1.3, color.NRGBA{58, 62, 70, 210})
}

// gapColor is the colour of a gap's marker and outline.
func gapColor(c data.Class) color.RGBA {
	switch c {
	case data.None:
		return gapNone
	case data.Weak:
		return gapWeak
	}
	return gapServed
}

func (p *plate) drawVillages() {
	outline := func(v *FigureVillage, widthPx float64, c color.Color) {
		var mp orb.MultiPolygon
		switch g := v.Geometry.(type) {
		case orb.Polygon:
			mp = orb.MultiPolygon{g}
		case orb.MultiPolygon:
			mp = g
		}
		for _, poly := range mp {
			for _, r := range poly {
				p.path(r)
			}
		}
		p.dc.SetLineWidth(widthPx * p.unit)
		p.dc.SetColor(c)
		p.dc.Stroke()
	}
	for i := range p.Villages {
		if v := &p.Villages[i]; !v.Gap {
			outline(v, 1, color.NRGBA{30, 34, 40, 130})
		}
	}
	gaps := p.gaps()
	for _, v := range gaps {
		outline(v, 4, color.NRGBA{255, 255, 255, 220})
		outline(v, 2, gapColor(v.Class))
	}
	for _, v := range slices.Backward(gaps) { // the first on top
		x, y := p.view.xy(v.Center)
		p.diamond(x, y, gapColor(v.Class))
	}
}

// gaps gives the gaps, those without signal first, else in the order given.
func (p *plate) gaps() []*FigureVillage {
	var gaps []*FigureVillage
	for i := range p.Villages {
		if p.Villages[i].Gap {
			gaps = append(gaps, &p.Villages[i])
		}
	}
	slices.SortStableFunc(gaps, func(a, b *FigureVillage) int {
		switch {
		case a.Class == b.Class || a.Class != data.None && b.Class != data.None:
			return 0
		case a.Class == data.None:
			return -1
		}
		return 1
	})
	return gaps
}

func (p *plate) diamond(x, y float64, c color.Color) {
	d := diamondPx * p.unit
	p.dc.DrawRegularPolygon(4, x, y, d+2*p.unit, math.Pi/4)
	p.dc.SetColor(paper)
	p.dc.Fill()
	p.dc.DrawRegularPolygon(4, x, y, d, math.Pi/4)
	p.dc.SetColor(c)
	p.dc.Fill()
}

func (p *plate) drawSites() {
	for _, s := range p.Sites {
		if x, y := p.view.xy(s); p.view.holds(x, y) {
			p.site(x, y)
		}
	}
}

func (p *plate) site(x, y float64) { p.disc(x, y, sitePx, 1.2) }

// disc draws a dark disc with a light rim.
func (p *plate) disc(x, y, radiusPx, rimPx float64) {
	p.dc.DrawCircle(x, y, (radiusPx+rimPx)*p.unit)
	p.dc.SetColor(paper)
	p.dc.Fill()
	p.dc.DrawCircle(x, y, radiusPx*p.unit)
	p.dc.SetColor(ink)
	p.dc.Fill()
}

// placedProposal is a marker and the place it points to.
type placedProposal struct {
	rank         int
	x, y         float64 // the marker
	siteX, siteY float64
}

// placeProposals moves markers that would cover another aside, first ranks first.
func (p *plate) placeProposals() []placedProposal {
	sorted := slices.Clone(p.Proposals)
	slices.SortStableFunc(sorted, func(a, b FigureProposal) int { return a.Rank - b.Rank })
	r := (markerPx + 2) * p.unit
	var placed []placedProposal
	free := func(x, y float64) bool {
		if !p.view.holds(x-r, y-r) || !p.view.holds(x+r, y+r) {
			return false
		}
		return !slices.ContainsFunc(placed, func(o placedProposal) bool { return math.Hypot(x-o.x, y-o.y) < 2*r })
	}
	for _, q := range sorted {
		x, y := p.view.xy(q.Position)
		if !p.view.holds(x, y) {
			continue
		}
		m := placedProposal{q.Rank, x, y, x, y}
	search:
		for away := 0.0; away <= 5; away++ {
			for turn := range 12 {
				s, c := math.Sincos(2 * math.Pi * float64(turn) / 12)
				if dx, dy := 1.6*away*r*s, -1.6*away*r*c; free(x+dx, y+dy) {
					m.x, m.y = x+dx, y+dy
					break search
				}
			}
		}
		placed = append(placed, m)
		p.taken = append(p.taken, around(m.x, m.y, r))
	}
	return placed
}

func (p *plate) drawProposals(placed []placedProposal) {
	for _, m := range placed {
		if m.x == m.siteX && m.y == m.siteY {
			continue
		}
		for _, l := range []struct {
			widthPx float64
			color   color.Color
		}{{4.5, paper}, {2, ink}} {
			p.dc.DrawLine(m.siteX, m.siteY, m.x, m.y)
			p.dc.SetLineWidth(l.widthPx * p.unit)
			p.dc.SetColor(l.color)
			p.dc.Stroke()
		}
		p.dc.DrawCircle(m.siteX, m.siteY, 3*p.unit)
		p.dc.SetColor(ink)
		p.dc.Fill()
	}
	for _, m := range slices.Backward(placed) {
		p.proposal(m.x, m.y, m.rank)
	}
}

func (p *plate) proposal(x, y float64, rank int) {
	p.disc(x, y, markerPx, 2)
	s := style{rankPx, true}
	text := strconv.Itoa(rank)
	if len(text) > 2 {
		s.sizePx = smallRankPx
	}
	// Digits stand on the line and are 0.72 of the size high.
	p.text(text, s, paper, x-p.width(text, s)/2, y+0.36*s.sizePx*p.unit)
}

// drawLabels names the gaps as far as names do not cover each other or a marker.
func (p *plate) drawLabels() {
	gaps := p.gaps()
	d := (diamondPx + 2) * p.unit
	for _, v := range gaps {
		x, y := p.view.xy(v.Center)
		p.taken = append(p.taken, around(x, y, d*0.75))
	}
	var sites []rect // not to be covered if it can be helped
	for _, q := range p.Sites {
		x, y := p.view.xy(q)
		sites = append(sites, around(x, y, sitePx*p.unit))
	}
	s := style{labelPx, true}
	high := labelPx * p.unit
	for _, v := range gaps {
		if v.Name == "" {
			continue
		}
		x, y := p.view.xy(v.Center)
		wide := p.width(v.Name, s)
		best, least := rect{}, math.MaxInt
		for _, at := range []struct{ dx, dy float64 }{ // of the label's middle from the marker
			{d + wide/2, 0}, {-d - wide/2, 0}, {0, -d - high/2}, {0, d + high/2},
			{d/2 + wide/2, -d - high/4}, {d/2 + wide/2, d + high/4}, {-d/2 - wide/2, -d - high/4}, {-d/2 - wide/2, d + high/4},
		} {
			mx, my := x+at.dx, y+at.dy
			r := rect{mx - wide/2 - 1, my - high*0.6, mx + wide/2 + 1, my + high*0.6}
			if !p.view.holds(r.x0, r.y0) || !p.view.holds(r.x1, r.y1) || slices.ContainsFunc(p.taken, r.meets) {
				continue
			}
			covered := 0
			for _, o := range sites {
				if r.meets(o) {
					covered++
				}
			}
			if covered < least {
				best, least = r, covered
			}
		}
		if least < math.MaxInt {
			p.taken = append(p.taken, best)
			p.haloText(v.Name, s, ink, best.x0+1, (best.y0+best.y1)/2+0.35*high)
		}
	}
}

// drawNorth draws the arrow in the map's upper right corner.
func (p *plate) drawNorth() {
	u := p.unit
	x, y := p.view.left+p.view.wide-34*u, p.view.top+18*u
	plate := rect{x - 22*u, y - 6*u, x + 22*u, y + 66*u}
	p.backing(plate)
	p.dc.MoveTo(x, y)
	p.dc.LineTo(x+11*u, y+34*u)
	p.dc.LineTo(x, y+26*u)
	p.dc.LineTo(x-11*u, y+34*u)
	p.dc.ClosePath()
	p.dc.SetColor(ink)
	p.dc.Fill()
	s := style{headingPx, true}
	p.text(p.Text.North, s, ink, x-p.width(p.Text.North, s)/2, y+56*u)
}

// drawScale draws a bar of a round number of kilometres, about a fifth of the
// map's width, in its lower left corner.
func (p *plate) drawScale() {
	u := p.unit
	lonM, _ := degreeM(p.view.center)
	pxPerKm := p.view.pxPerDegLon / lonM * 1000
	km := roundBelow(p.view.wide / 5 / pxPerKm)
	wide := km * pxPerKm
	s := style{notePx, false}
	label := strconv.FormatFloat(km, 'g', -1, 64) + " km"
	half := strconv.FormatFloat(km/2, 'g', -1, 64)
	x, y := p.view.left+26*u, p.view.top+p.view.high-24*u
	p.backing(rect{x - 14*u, y - 34*u, x + wide + p.width(label, s)/2 + 14*u, y + 12*u})
	for i := range 4 {
		p.dc.DrawRectangle(x+float64(i)*wide/4, y-5*u, wide/4, 7*u)
		p.dc.SetColor(ink)
		if i%2 == 1 {
			p.dc.SetColor(paper)
		}
		p.dc.Fill()
	}
	p.dc.DrawRectangle(x, y-5*u, wide, 7*u)
	p.dc.SetColor(ink)
	p.dc.SetLineWidth(1.2 * u)
	p.dc.Stroke()
	p.text("0", s, ink, x-p.width("0", s)/2, y-13*u)
	p.text(half, s, ink, x+wide/2-p.width(half, s)/2, y-13*u)
	p.text(label, s, ink, x+wide-p.width(strconv.FormatFloat(km, 'g', -1, 64), s)/2, y-13*u)
}

// roundBelow gives the greatest 1, 2 or 5 times a power of ten not above v.
func roundBelow(v float64) float64 {
	p := math.Pow(10, math.Floor(math.Log10(v)))
	switch {
	case v >= 5*p:
		return 5 * p
	case v >= 2*p:
		return 2 * p
	}
	return p
}

// backing lightens the map under something that stands on it, and keeps labels off.
func (p *plate) backing(r rect) {
	p.dc.DrawRoundedRectangle(r.x0, r.y0, r.x1-r.x0, r.y1-r.y0, 6*p.unit)
	p.dc.SetColor(color.NRGBA{255, 255, 255, 215})
	p.dc.Fill()
	p.taken = append(p.taken, r)
}
