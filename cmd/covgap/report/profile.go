package report

import (
	"bytes"
	"errors"
	"fmt"
	"image/color"
	"io"
	"math"
	"strings"

	"github.com/covgap/covgap/coverage/sight"
	"golang.org/x/image/font"
	"golang.org/x/text/unicode/norm"
	"gonum.org/v1/plot"
	plotfont "gonum.org/v1/plot/font"
	"gonum.org/v1/plot/plotter"
	"gonum.org/v1/plot/text"
	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"
	"gonum.org/v1/plot/vg/vgsvg"
)

// ProfileFigure draws the terrain between two antennas, with the Earth's curvature
// added to it so that the ray is straight, the ray, the first Fresnel zone and the
// ridge that reaches furthest into it.
type ProfileFigure struct {
	Text ProfileText
	View *sight.View
}

// ProfileText is all the wording of a [ProfileFigure], in the reader's language.
type ProfileText struct {
	Title        string
	Subtitle     string
	DistanceAxis string // "km from A"
	HeightAxis   string // "m above sea level"
	Ground       string
	Ray          string
	Fresnel      string
	Ridge        string // what is said of the ridge at its place; "" leaves it unmarked

	// Number writes a tick of an axis with so many decimals.
	Number func(v float64, decimals int) string
}

// ErrProfileShort is the error of a figure of fewer than two samples.
var ErrProfileShort = errors.New("report: a profile needs two samples")

// The colours. Ray and ground differ in lightness too.
var (
	groundFill  = color.RGBA{203, 190, 164, 255}
	groundEdge  = color.RGBA{92, 77, 52, 255}
	fresnelFill = color.NRGBA{58, 134, 196, 70}
	rayInk      = color.RGBA{12, 74, 130, 255}
	ridgeInk    = color.RGBA{176, 42, 24, 255}
)

// spareWidth makes room for fonts wider than Liberation Sans, where it is missing.
const spareWidth = 1.15

// The layout in points.
const (
	profileWide   = 720 * vg.Length(1)
	profileHigh   = 400 * vg.Length(1)
	profileMargin = 14 * vg.Length(1)
	profileTitle  = 15 * vg.Length(1)
	profileSmall  = 10.5 * vg.Length(1)
)

// zonePoints is the number of points of the Fresnel zone's outline.
const zonePoints = 200

// Share of the drawing's height that is left above everything for the ridge's label.
const profileHeadroom = 0.14

// WriteSVG draws the figure. The same figure gives the same bytes.
func (f *ProfileFigure) WriteSVG(w io.Writer) error {
	p, err := f.plot()
	if err != nil {
		return err
	}
	canvas := vgsvg.New(profileWide, profileHigh)
	c := draw.Crop(draw.New(canvas), profileMargin, -profileMargin, profileMargin, -profileMargin)
	p.Draw(draw.Crop(c, 0, 0, 0, -f.head(c)))
	var b bytes.Buffer
	if _, err := canvas.WriteTo(&b); err != nil {
		return fmt.Errorf("report: profile: %w", err)
	}
	if _, err := w.Write(withFallbackFonts(b.Bytes())); err != nil {
		return fmt.Errorf("report: profile: %w", err)
	}
	return nil
}

// withFallbackFonts names fonts for where Liberation Sans is not installed: Arial and
// Helvetica are as wide, and any other font without serifs has the letters.
func withFallbackFonts(svg []byte) []byte {
	return bytes.ReplaceAll(svg, []byte("font-family:Liberation Sans;"), []byte("font-family:'Liberation Sans',Arial,Helvetica,sans-serif;"))
}

// head writes title, subtitle and legend and gives their height.
func (f *ProfileFigure) head(c draw.Canvas) vg.Length {
	y := c.Max.Y
	for _, line := range []struct {
		text string
		size vg.Length
		bold bool
	}{{f.Text.Title, profileTitle, true}, {f.Text.Subtitle, profileSmall, false}} {
		if line.text == "" {
			continue
		}
		y -= line.size
		c.FillText(profileStyle(line.size, line.bold, ink), vg.Point{X: c.Min.X, Y: y}, norm.NFC.String(line.text))
		y -= line.size * 0.5
	}
	y -= profileSmall
	x := c.Min.X
	small := profileStyle(profileSmall, false, softInk)
	for _, item := range []struct {
		text string
		fill color.Color
		line color.Color
	}{{f.Text.Ground, groundFill, groundEdge}, {f.Text.Ray, nil, rayInk}, {f.Text.Fresnel, fresnelFill, nil}} {
		const swatch = 18
		box := []vg.Point{{X: x, Y: y}, {X: x + swatch, Y: y}, {X: x + swatch, Y: y + profileSmall*0.7}, {X: x, Y: y + profileSmall*0.7}}
		if item.fill != nil {
			c.FillPolygon(item.fill, box)
		}
		if item.line != nil {
			middle := y + profileSmall*0.35
			if item.fill != nil {
				middle = y + profileSmall*0.7
			}
			c.StrokeLine2(draw.LineStyle{Color: item.line, Width: 1.2}, x, middle, x+swatch, middle)
		}
		words := norm.NFC.String(item.text)
		c.FillText(small, vg.Point{X: x + swatch + 5, Y: y}, words)
		x += swatch + 5 + small.Width(words)*spareWidth + 18
	}
	return c.Max.Y - y + profileSmall*0.8
}

func profileStyle(size vg.Length, bold bool, ink color.Color) draw.TextStyle {
	f := plotfont.Font{Typeface: "Liberation", Variant: "Sans", Size: size}
	if bold {
		f.Weight = font.WeightBold
	}
	return draw.TextStyle{Color: ink, Font: f, Handler: plot.DefaultTextHandler}
}

// plot is the part of the figure with axes.
func (f *ProfileFigure) plot() (*plot.Plot, error) {
	s := f.View.Samples
	if len(s) < 2 {
		return nil, fmt.Errorf("%w: %d", ErrProfileShort, len(s))
	}
	low, high := f.heights()
	floor := low - 0.05*(high-low)
	p := plot.New()
	p.X.Min, p.X.Max = 0, s[len(s)-1].DistanceM/1000
	p.Y.Min, p.Y.Max = floor, high+profileHeadroom*(high-low)
	p.X.Label.Text, p.Y.Label.Text = norm.NFC.String(f.Text.DistanceAxis), norm.NFC.String(f.Text.HeightAxis)
	styleAxes(p, f.Text.Number)

	ground := make(plotter.XYs, 0, len(s)+2)
	for i := range s {
		ground = append(ground, plotter.XY{X: s[i].DistanceM / 1000, Y: s[i].SurfaceM + s[i].BulgeM})
	}
	last := len(s) - 1
	// Once round the zone, most points where it bends most.
	zone := make(plotter.XYs, 0, zonePoints)
	for i := range zonePoints {
		sin, cos := math.Sincos(2 * math.Pi * float64(i) / zonePoints)
		x := (1 - cos) / 2 * s[last].DistanceM
		zone = append(zone, plotter.XY{X: x / 1000, Y: max(f.View.RayM(x)+math.Copysign(f.View.FresnelM(x), sin), floor)})
	}
	ray := plotter.XYs{{X: 0, Y: s[0].RayM}, {X: p.X.Max, Y: s[last].RayM}}
	edge := append(plotter.XYs(nil), ground...)
	ground = append(ground, plotter.XY{X: p.X.Max, Y: floor}, plotter.XY{X: 0, Y: floor})

	for _, area := range []struct {
		xys  plotter.XYs
		fill color.Color
	}{{ground, groundFill}, {zone, fresnelFill}} {
		polygon, err := plotter.NewPolygon(area.xys)
		if err != nil {
			return nil, fmt.Errorf("report: profile: %w", err)
		}
		polygon.Color, polygon.Width = area.fill, 0
		p.Add(polygon)
	}
	masts := [2]plotter.XYs{{edge[0], ray[0]}, {edge[last], ray[1]}}
	for _, line := range []struct {
		xys   plotter.XYs
		style draw.LineStyle
	}{
		{edge, draw.LineStyle{Color: groundEdge, Width: 1}},
		{ray, draw.LineStyle{Color: rayInk, Width: 1.4}},
		{masts[0], draw.LineStyle{Color: ink, Width: 3}},
		{masts[1], draw.LineStyle{Color: ink, Width: 3}},
	} {
		l, err := plotter.NewLine(line.xys)
		if err != nil {
			return nil, fmt.Errorf("report: profile: %w", err)
		}
		l.LineStyle = line.style
		p.Add(l)
	}
	return p, f.markRidge(p)
}

// styleAxes gives the axes of a drawing the hand of all figures, and their numbers the
// reader's language.
func styleAxes(p *plot.Plot, number func(v float64, decimals int) string) {
	for _, axis := range []*plot.Axis{&p.X, &p.Y} {
		position := axis.Label.TextStyle
		axis.Label.TextStyle = profileStyle(profileSmall, false, softInk)
		axis.Label.TextStyle.XAlign, axis.Label.TextStyle.YAlign = position.XAlign, position.YAlign
		axis.Label.TextStyle.Rotation = position.Rotation
		position = axis.Tick.Label
		axis.Tick.Label = profileStyle(profileSmall, false, ink)
		axis.Tick.Label.XAlign, axis.Tick.Label.YAlign = position.XAlign, position.YAlign
		axis.Tick.Marker = profileTicks{number}
		axis.Color, axis.Tick.Color = border, border
	}
}

// heights gives the range that the drawing has to hold. The Fresnel zone may leave
// it below, where it is underground anyway.
func (f *ProfileFigure) heights() (low, high float64) {
	low, high = math.Inf(1), math.Inf(-1)
	for i := range f.View.Samples {
		s := &f.View.Samples[i]
		surface := s.SurfaceM + s.BulgeM
		low = min(low, surface)
		high = max(high, surface, s.RayM+s.FresnelM)
	}
	return low, max(high, low+1)
}

// markRidge marks the worst sample and says what is to be said of it.
func (f *ProfileFigure) markRidge(p *plot.Plot) error {
	if f.Text.Ridge == "" || f.View.Worst == 0 {
		return nil
	}
	s := &f.View.Samples[f.View.Worst]
	at := plotter.XYs{{X: s.DistanceM / 1000, Y: s.SurfaceM + s.BulgeM}}
	mark, err := plotter.NewScatter(at)
	if err != nil {
		return fmt.Errorf("report: profile: %w", err)
	}
	mark.GlyphStyle = draw.GlyphStyle{Color: ridgeInk, Radius: 4, Shape: draw.CircleGlyph{}}
	// The words stand above everything, on a line down to the ridge.
	top := plotter.XY{X: at[0].X, Y: p.Y.Max - 0.6*profileHeadroom/(1+profileHeadroom)*(p.Y.Max-p.Y.Min)}
	leader, err := plotter.NewLine(plotter.XYs{at[0], top})
	if err != nil {
		return fmt.Errorf("report: profile: %w", err)
	}
	leader.LineStyle = draw.LineStyle{Color: ridgeInk, Width: 0.7}
	label, err := plotter.NewLabels(plotter.XYLabels{XYs: plotter.XYs{top}, Labels: []string{norm.NFC.String(f.Text.Ridge)}})
	if err != nil {
		return fmt.Errorf("report: profile: %w", err)
	}
	style := profileStyle(profileSmall, true, ridgeInk)
	style.YAlign = text.YBottom
	switch share := at[0].X / p.X.Max; { // towards the middle of the drawing
	case share < 0.3:
		style.XAlign = text.XLeft
	case share > 0.7:
		style.XAlign = text.XRight
	default:
		style.XAlign = text.XCenter
	}
	label.TextStyle = []draw.TextStyle{style}
	label.Offset = vg.Point{Y: 3}
	p.Add(leader, mark, label)
	return nil
}

// profileTicks writes the numbers of an axis in the reader's language.
type profileTicks struct {
	number func(v float64, decimals int) string
}

// Ticks gives the ticks of the range.
func (t profileTicks) Ticks(least, most float64) []plot.Tick {
	ticks := plot.DefaultTicks{}.Ticks(least, most)
	decimals := 0 // as few as tell the ticks exactly
	for _, tick := range ticks {
		for scale := math.Pow10(decimals); tick.Label != "" && decimals < 3 && math.Abs(tick.Value*scale-math.Round(tick.Value*scale)) > 1e-6; scale *= 10 {
			decimals++
		}
	}
	for i := range ticks {
		if ticks[i].Label != "" {
			ticks[i].Label = t.number(ticks[i].Value, decimals)
		}
	}
	return ticks
}

// The size of the drawing in letters: it fits a terminal of 80.
const (
	profileColumns = 64
	profileRows    = 12
)

// WriteText draws the figure in letters: the terrain in blocks, the ray in dots where
// it passes above, ▼ over the ridge.
func (f *ProfileFigure) WriteText(w io.Writer) error {
	s := f.View.Samples
	if len(s) < 2 {
		return fmt.Errorf("%w: %d", ErrProfileShort, len(s))
	}
	low, high := f.heights()
	lengthM := s[len(s)-1].DistanceM
	rowM := (high - low) / (profileRows - 1) // the lowest ground is one row thick
	surface := f.columns(lengthM)
	var grid [profileRows][profileColumns]rune
	for r := range grid {
		for c := range grid[r] {
			grid[r][c] = ' '
		}
	}
	rowOf := func(heightM float64) int { return min(max(int((heightM-low)/rowM)+1, 0), profileRows-1) }
	for c, heightM := range surface {
		eighths := int(math.Round(8 * ((heightM-low)/rowM + 1)))
		for r := range profileRows {
			switch rest := eighths - 8*r; {
			case rest >= 8:
				grid[r][c] = '█'
			case rest > 0:
				grid[r][c] = []rune(" ▁▂▃▄▅▆▇")[rest]
			}
		}
		rayM := s[0].RayM + (s[len(s)-1].RayM-s[0].RayM)*(float64(c)+0.5)/profileColumns
		if r := rowOf(rayM); rayM > heightM && grid[r][c] == ' ' {
			grid[r][c] = '·'
		}
	}
	if f.View.Worst > 0 {
		worst := &s[f.View.Worst]
		c := min(int(worst.DistanceM/lengthM*profileColumns), profileColumns-1)
		r := 0
		for r < profileRows-1 && grid[r][c] != ' ' && grid[r][c] != '·' {
			r++
		}
		grid[r][c] = '▼'
	}

	var labels [profileRows]string // of the upper edges of rows
	wide := 0
	for _, r := range []int{0, profileRows / 2, profileRows - 1} {
		labels[r] = f.Text.Number(low+float64(r)*rowM, 0) + " m"
		wide = max(wide, len([]rune(labels[r])))
	}
	var b strings.Builder
	for r := profileRows - 1; r >= 0; r-- {
		label, mark := labels[r], "│"
		if label != "" {
			mark = "┤"
		}
		fmt.Fprintf(&b, "%*s %s%s\n", wide, label, mark, strings.TrimRight(string(grid[r][:]), " "))
	}
	end := f.Text.Number(lengthM/1000, 1) + " km B"
	fmt.Fprintf(&b, "%*s A%*s\n", wide, "", profileColumns-1, end)
	_, err := io.WriteString(w, b.String())
	return err
}

// columns gives the highest surface in each column of the drawing.
func (f *ProfileFigure) columns(lengthM float64) []float64 {
	s := f.View.Samples
	out := make([]float64, profileColumns)
	k := 0
	for c := range out {
		from, to := float64(c)/profileColumns*lengthM, float64(c+1)/profileColumns*lengthM
		// Between samples the ground is straight.
		for k+1 < len(s)-1 && s[k+1].DistanceM <= from {
			k++
		}
		at := func(x float64) float64 {
			i := k
			for i+1 < len(s)-1 && s[i+1].DistanceM < x {
				i++
			}
			a, b := &s[i], &s[i+1]
			share := (x - a.DistanceM) / (b.DistanceM - a.DistanceM)
			return a.SurfaceM + a.BulgeM + share*(b.SurfaceM+b.BulgeM-a.SurfaceM-a.BulgeM)
		}
		out[c] = max(at(from), at(to))
		for i := k; i < len(s) && s[i].DistanceM <= to; i++ {
			if s[i].DistanceM >= from {
				out[c] = max(out[c], s[i].SurfaceM+s[i].BulgeM)
			}
		}
	}
	return out
}
