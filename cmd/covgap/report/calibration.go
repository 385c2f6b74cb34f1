package report

import (
	"bytes"
	"errors"
	"fmt"
	"image/color"
	"io"
	"math"
	"slices"

	"golang.org/x/text/unicode/norm"
	"gonum.org/v1/plot"
	"gonum.org/v1/plot/plotter"
	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"
	"gonum.org/v1/plot/vg/vgimg"
	"gonum.org/v1/plot/vg/vgsvg"
)

// CalibrationFigure draws measured levels against those predicted, and the error by
// distance, of a model alone and calibrated.
type CalibrationFigure struct {
	Text   CalibrationText
	Points []CalibrationPoint // of levels that were received
}

// CalibrationPoint is a measurement.
type CalibrationPoint struct {
	DistanceKm  float64
	MeasuredDBm float64
	ModelDBm    float64 // by the model alone
	HeldOutDBm  float64 // by a calibration that had not seen it; NaN for none
}

// CalibrationText is all the wording of a [CalibrationFigure], in the reader's
// language.
type CalibrationText struct {
	Title, Subtitle         string
	PredictedAxis           string // of the left drawing
	MeasuredAxis            string
	DistanceAxis, ErrorAxis string // of the right one
	Model, HeldOut, Medians string // the legend
	Number                  func(v float64, decimals int) string
}

// ErrNoPoints is the error of a figure without measurements.
var ErrNoPoints = errors.New("report: a calibration without measurements")

// The colours differ in lightness too.
var (
	modelDots   = color.NRGBA{150, 150, 150, 130}
	modelInk    = color.RGBA{96, 96, 96, 255}
	heldOutDots = color.NRGBA{31, 106, 176, 120}
	heldOutInk  = color.RGBA{12, 62, 122, 255}
)

const (
	calibrationWide = 860 * vg.Length(1)
	calibrationHigh = 430 * vg.Length(1)
	// calibrationPoints is how many measurements are drawn at most, spread over all:
	// more only make the cloud solid and the file large.
	calibrationPoints = 2000
	distanceBins      = 10 // of the medians
	leastInBin        = 5  // measurements for a median to be drawn
)

// WriteSVG draws the figure. The same figure gives the same bytes.
func (f *CalibrationFigure) WriteSVG(w io.Writer) error {
	canvas := vgsvg.New(calibrationWide, calibrationHigh)
	if err := f.draw(draw.New(canvas)); err != nil {
		return err
	}
	var b bytes.Buffer
	if _, err := canvas.WriteTo(&b); err != nil {
		return fmt.Errorf("report: calibration: %w", err)
	}
	if _, err := w.Write(withFallbackFonts(b.Bytes())); err != nil {
		return fmt.Errorf("report: calibration: %w", err)
	}
	return nil
}

// WritePNG draws the figure. The same figure gives the same bytes.
func (f *CalibrationFigure) WritePNG(w io.Writer) error {
	canvas := vgimg.NewWith(vgimg.UseWH(calibrationWide, calibrationHigh), vgimg.UseDPI(144), vgimg.UseBackgroundColor(color.White))
	if err := f.draw(draw.New(canvas)); err != nil {
		return err
	}
	if _, err := (vgimg.PngCanvas{Canvas: canvas}).WriteTo(w); err != nil {
		return fmt.Errorf("report: calibration: %w", err)
	}
	return nil
}

func (f *CalibrationFigure) draw(c draw.Canvas) error {
	if len(f.Points) == 0 {
		return ErrNoPoints
	}
	levels, err := f.levels()
	if err != nil {
		return fmt.Errorf("report: calibration: %w", err)
	}
	errs, err := f.errors()
	if err != nil {
		return fmt.Errorf("report: calibration: %w", err)
	}
	c = draw.Crop(c, profileMargin, -profileMargin, profileMargin, -profileMargin)
	c = draw.Crop(c, 0, 0, 0, -f.head(c))
	half := (c.Max.X - c.Min.X) / 2
	levels.Draw(draw.Crop(c, 0, -half-profileMargin/2, 0, 0))
	errs.Draw(draw.Crop(c, half+profileMargin/2, 0, 0, 0))
	return nil
}

// heldOut says whether anything was held out.
func (f *CalibrationFigure) heldOut() bool { return !math.IsNaN(f.Points[0].HeldOutDBm) }

// head writes title, subtitle and legend and gives their height.
func (f *CalibrationFigure) head(c draw.Canvas) vg.Length {
	y := c.Max.Y - profileTitle
	c.FillText(profileStyle(profileTitle, true, ink), vg.Point{X: c.Min.X, Y: y}, norm.NFC.String(f.Text.Title))
	y -= profileTitle*0.5 + profileSmall
	small := profileStyle(profileSmall, false, softInk)
	c.FillText(small, vg.Point{X: c.Min.X, Y: y}, norm.NFC.String(f.Text.Subtitle))
	y -= profileSmall * 1.6
	x := c.Min.X
	items := []struct {
		text string
		dot  color.Color
		line color.Color
	}{{f.Text.Model, modelDots, modelInk}, {f.Text.HeldOut, heldOutDots, heldOutInk}}
	if !f.heldOut() {
		items = items[:1]
	}
	for _, item := range items {
		c.DrawGlyph(draw.GlyphStyle{Color: item.line, Radius: 3, Shape: draw.CircleGlyph{}}, vg.Point{X: x + 5, Y: y + profileSmall*0.35})
		words := norm.NFC.String(item.text)
		c.FillText(small, vg.Point{X: x + 14, Y: y}, words)
		x += 14 + small.Width(words)*spareWidth + 18
	}
	c.StrokeLine2(draw.LineStyle{Color: modelInk, Width: 2}, x, y+profileSmall*0.35, x+18, y+profileSmall*0.35)
	c.FillText(small, vg.Point{X: x + 23, Y: y}, norm.NFC.String(f.Text.Medians))
	return c.Max.Y - y + profileSmall
}

// cloud is one of the two predictions.
type cloud struct {
	dots, ink color.Color
	of        func(p *CalibrationPoint) float64
}

func (f *CalibrationFigure) clouds() []cloud {
	all := []cloud{
		{modelDots, modelInk, func(p *CalibrationPoint) float64 { return p.ModelDBm }},
		{heldOutDots, heldOutInk, func(p *CalibrationPoint) float64 { return p.HeldOutDBm }},
	}
	if !f.heldOut() {
		return all[:1]
	}
	return all
}

// thinned gives the points that are drawn.
func (f *CalibrationFigure) thinned() []CalibrationPoint {
	step := (len(f.Points) + calibrationPoints - 1) / calibrationPoints
	var out []CalibrationPoint
	for i := 0; i < len(f.Points); i += step {
		out = append(out, f.Points[i])
	}
	return out
}

// levels is the left drawing: measured over predicted, and the line where they agree.
func (f *CalibrationFigure) levels() (*plot.Plot, error) {
	p := f.axes(f.Text.PredictedAxis, f.Text.MeasuredAxis)
	low, high := math.Inf(1), math.Inf(-1)
	for _, c := range f.clouds() {
		for i := range f.Points {
			v := c.of(&f.Points[i])
			low, high = min(low, v, f.Points[i].MeasuredDBm), max(high, v, f.Points[i].MeasuredDBm)
		}
	}
	low, high = 10*math.Floor(low/10), 10*math.Ceil(high/10)
	p.X.Min, p.X.Max, p.Y.Min, p.Y.Max = low, high, low, high
	for _, c := range f.clouds() {
		if err := addDots(p, f.thinned(), c, func(q *CalibrationPoint) plotter.XY { return plotter.XY{X: c.of(q), Y: q.MeasuredDBm} }); err != nil {
			return nil, err
		}
	}
	return p, addLine(p, plotter.XYs{{X: low, Y: low}, {X: high, Y: high}}, draw.LineStyle{Color: ink, Width: 0.8, Dashes: []vg.Length{4, 3}})
}

// errors is the right drawing: predicted less measured by distance, with medians.
func (f *CalibrationFigure) errors() (*plot.Plot, error) {
	p := f.axes(f.Text.DistanceAxis, f.Text.ErrorAxis)
	near, far := math.Inf(1), 0.0
	for i := range f.Points {
		near, far = min(near, f.Points[i].DistanceKm), max(far, f.Points[i].DistanceKm)
	}
	p.X.Scale = plot.LogScale{}
	p.X.Tick.Marker = distanceTicks{f.Text.Number}
	p.X.Min, p.X.Max = near*0.97, far*1.03
	low, high := 0.0, 0.0
	for _, c := range f.clouds() {
		for i := range f.Points {
			v := c.of(&f.Points[i]) - f.Points[i].MeasuredDBm
			low, high = min(low, v), max(high, v)
		}
	}
	p.Y.Min, p.Y.Max = 10*math.Floor(low/10), 10*math.Ceil(high/10)
	for _, c := range f.clouds() {
		err := addDots(p, f.thinned(), c, func(q *CalibrationPoint) plotter.XY { return plotter.XY{X: q.DistanceKm, Y: c.of(q) - q.MeasuredDBm} })
		if err != nil {
			return nil, err
		}
	}
	if err := addLine(p, plotter.XYs{{X: p.X.Min, Y: 0}, {X: p.X.Max, Y: 0}}, draw.LineStyle{Color: ink, Width: 0.8, Dashes: []vg.Length{4, 3}}); err != nil {
		return nil, err
	}
	for _, c := range f.clouds() {
		if m := f.medians(c, near, far); len(m) > 1 {
			if err := addLine(p, m, draw.LineStyle{Color: c.ink, Width: 2}); err != nil {
				return nil, err
			}
		}
	}
	return p, nil
}

// medians gives the median error in bins of equal ratio of distance.
func (f *CalibrationFigure) medians(c cloud, near, far float64) plotter.XYs {
	ratio := math.Pow(far/near, 1.0/distanceBins)
	bins := make([][]float64, distanceBins)
	for i := range f.Points {
		q := &f.Points[i]
		k := 0
		if ratio > 1 {
			k = min(int(math.Log(q.DistanceKm/near)/math.Log(ratio)), distanceBins-1)
		}
		bins[k] = append(bins[k], c.of(q)-q.MeasuredDBm)
	}
	var out plotter.XYs
	for k, errs := range bins {
		if len(errs) >= leastInBin {
			slices.Sort(errs)
			out = append(out, plotter.XY{X: near * math.Pow(ratio, float64(k)+0.5), Y: errs[len(errs)/2]})
		}
	}
	return out
}

// axes is an empty drawing with the names of its axes.
func (f *CalibrationFigure) axes(x, y string) *plot.Plot {
	p := plot.New()
	p.X.Label.Text, p.Y.Label.Text = norm.NFC.String(x), norm.NFC.String(y)
	styleAxes(p, f.Text.Number)
	return p
}

func addDots(p *plot.Plot, points []CalibrationPoint, c cloud, at func(q *CalibrationPoint) plotter.XY) error {
	xys := make(plotter.XYs, len(points))
	for i := range points {
		xys[i] = at(&points[i])
	}
	s, err := plotter.NewScatter(xys)
	if err != nil {
		return err
	}
	s.GlyphStyle = draw.GlyphStyle{Color: c.dots, Radius: 1.6, Shape: draw.CircleGlyph{}}
	p.Add(s)
	return nil
}

func addLine(p *plot.Plot, xys plotter.XYs, style draw.LineStyle) error {
	l, err := plotter.NewLine(xys)
	if err != nil {
		return err
	}
	l.LineStyle = style
	p.Add(l)
	return nil
}

// distanceTicks writes distances at 1, 2 and 5 of each decade.
type distanceTicks struct {
	number func(v float64, decimals int) string
}

// Ticks gives the ticks of the range.
func (t distanceTicks) Ticks(least, most float64) (ticks []plot.Tick) {
	for decade := math.Floor(math.Log10(least)); decade <= math.Log10(most); decade++ {
		for k := 1; k < 10; k++ {
			v := float64(k) * math.Pow(10, decade)
			if v < least || v > most {
				continue
			}
			tick := plot.Tick{Value: v}
			if k == 1 || k == 2 || k == 5 {
				tick.Label = t.number(v, max(0, -int(decade)))
			}
			ticks = append(ticks, tick)
		}
	}
	if !slices.ContainsFunc(ticks, func(t plot.Tick) bool { return t.Label != "" }) { // a range within two ticks
		ticks = append(ticks, plot.Tick{Value: least, Label: t.number(least, 2)}, plot.Tick{Value: most, Label: t.number(most, 2)})
	}
	return ticks
}
