package terrain

import (
	"math"

	"github.com/covgap/covgap/geo/geodesy"
	"github.com/paulmach/orb"
)

// Profile is the terrain under a path. Its slices are reused by the next call
// that fills it.
type Profile struct {
	DistanceM []float64 // from the start along the geodesic: 0 first, strictly increasing
	HeightM   []float64 // above sea level, NaN where the terrain is missing
	Missing   int       // samples without a height
	Line      geodesy.Line
	StepM     float64 // between samples
}

// Profile fills buf with the terrain along the geodesic from a to b at equal steps
// no longer than SpacingM, both ends included; the last distance is the length of
// the geodesic. It returns whether every sample has a height. A path without
// length has one sample.
//
// Samples lie on the geodesic as well as [geodesy.Line] does: within 0.2 mm on
// paths of up to 100 km. It allocates only to grow buf.
func (g *Grid) Profile(a, b orb.Point, buf *Profile) (complete bool) {
	line := geodesy.NewLine(a, b)
	// A billionth of a step more is rounding, not a reason for one more sample.
	steps := int(math.Ceil(line.LengthM/g.SpacingM() - 1e-9))
	if line.LengthM > 0 {
		steps = max(steps, 1)
	}
	buf.DistanceM = resize(buf.DistanceM, steps+1)
	buf.HeightM = resize(buf.HeightM, steps+1)
	buf.Missing, buf.Line = 0, line
	perLon, perLat := 1/g.StepLon, 1/g.StepLat
	stepM := line.LengthM / float64(max(steps, 1))
	buf.StepM = stepM
	for i := range buf.DistanceM {
		d := float64(i) * stepM
		if i == steps {
			d = line.LengthM
		}
		p := line.At(d)
		h := g.at((p[0]-g.West)*perLon, (g.North-p[1])*perLat)
		if math.IsNaN(h) {
			buf.Missing++
		}
		buf.DistanceM[i], buf.HeightM[i] = d, h
	}
	return buf.Missing == 0
}

// Along fills heightsM with the heights on a line at first·stepM from its start, at
// (first+1)·stepM and so on, and returns how many there are before the first that is
// missing. Points lie within a millimetre of the line, see walk.
func (g *Grid) Along(line *geodesy.Line, stepM float64, first int, heightsM []float64) int {
	for from := 0; from < len(heightsM); from += walkSamples {
		part := heightsM[from:min(from+walkSamples, len(heightsM))]
		w := g.walk(line, stepM, first+from)
		if n := g.heights(&w, part); n < len(part) {
			return from + n
		}
	}
	return len(heightsM)
}

// NearestAlong fills values with the grid's samples nearest to the points that Along
// stops at: 0 where there is none.
func (g *Grid) NearestAlong(line *geodesy.Line, stepM float64, first int, values []float64) {
	for from := 0; from < len(values); from += walkSamples {
		part := values[from:min(from+walkSamples, len(values))]
		w := g.walk(line, stepM, first+from)
		for i := range part {
			part[i] = 0
			c, r := (w.x+walkOne/2)>>walkBits, (w.y+walkOne/2)>>walkBits
			if c >= 0 && r >= 0 && c < int64(g.Width) && r < int64(g.Height) {
				if v := float64(g.HeightsM[int(r)*g.Width+int(c)]); !math.IsNaN(v) {
					part[i] = v
				}
			}
			w.next()
		}
	}
}

// walk is a position on a grid, in samples from its north-west corner, that moves along
// a line in equal steps for walkSamples of them. Over so few a parabola through the
// first, the middle and the last replaces the line: one of 90 m steps is off by less
// than 1 mm up to latitude 60. Positions are fixed-point numbers, so that a step is four
// additions and rounding adds up to no more than 1e-6 of a sample.
type walk struct {
	x, y, dx, dy, ddx, ddy int64
	inside                 bool // four samples lie around every position
}

const (
	walkSamples = 64
	walkBits    = 32 // of the fraction
	walkOne     = 1 << walkBits
)

func (g *Grid) walk(line *geodesy.Line, stepM float64, first int) walk {
	perLon, perLat := 1/g.StepLon, 1/g.StepLat
	var w walk
	var x, y [3]float64
	w.inside = true
	for i := range 3 {
		p := line.At(float64(first+i*walkSamples/2) * stepM)
		x[i], y[i] = (p[0]-g.West)*perLon, (g.North-p[1])*perLat
		// A sample of room for the bulge of the parabola. The form also refuses NaN.
		if !(x[i] >= 1 && y[i] >= 1 && x[i] < float64(g.Width-2) && y[i] < float64(g.Height-2)) {
			w.inside = false
		}
	}
	w.x, w.dx, w.ddx = parabola(x)
	w.y, w.dy, w.ddy = parabola(y)
	return w
}

// parabola gives value, first and second difference at the first of walkSamples steps
// for the values at the first, the middle and the last.
func parabola(v [3]float64) (at, d, dd int64) {
	const n = walkSamples
	middle, end := v[1]-v[0], v[2]-v[0]
	square := (2*end - 4*middle) / (n * n)
	slope := (4*middle - end) / n
	return int64(math.Round(v[0] * walkOne)), int64(math.Round((slope + square) * walkOne)), int64(math.Round(2 * square * walkOne))
}

func (w *walk) next() {
	w.x += w.dx
	w.y += w.dy
	w.dx += w.ddx
	w.dy += w.ddy
}

// heights fills heightsM with the heights at the positions of a walk, and returns how
// many there are before the first that is missing.
func (g *Grid) heights(w *walk, heightsM []float64) int {
	if !w.inside {
		return g.heightsAtEdge(w, heightsM)
	}
	width, samples := g.Width, g.HeightsM
	x, y, dx, dy, ddx, ddy := w.x, w.y, w.dx, w.dy, w.ddx, w.ddy
	for i := range heightsM {
		k := int(y>>walkBits)*width + int(x>>walkBits)
		fx, fy := float64(x&(walkOne-1))*(1.0/walkOne), float64(y&(walkOne-1))*(1.0/walkOne)
		// The middle of at, written out: most of a sweep's time goes here.
		c, d := float64(samples[k+width]), float64(samples[k+width+1])
		a, b := float64(samples[k]), float64(samples[k+1])
		top := a + (b-a)*fx
		h := top + (c+(d-c)*fx-top)*fy
		if h != h {
			w.x, w.y, w.dx, w.dy = x, y, dx, dy
			return i + g.heightsAtEdge(w, heightsM[i:])
		}
		heightsM[i] = h
		x += dx
		y += dy
		dx += ddx
		dy += ddy
	}
	return len(heightsM)
}

// heightsAtEdge is heights where samples around a position may not be there.
func (g *Grid) heightsAtEdge(w *walk, heightsM []float64) int {
	for i := range heightsM {
		h := g.at(float64(w.x)*(1.0/walkOne), float64(w.y)*(1.0/walkOne))
		if math.IsNaN(h) {
			return i
		}
		heightsM[i] = h
		w.next()
	}
	return len(heightsM)
}

// SameLattice says whether two grids have their samples at the same places.
func (g *Grid) SameLattice(o *Grid) bool {
	return g.West == o.West && g.North == o.North && g.StepLon == o.StepLon && g.StepLat == o.StepLat &&
		g.Width == o.Width && g.Height == o.Height
}

func resize(s []float64, n int) []float64 {
	if cap(s) < n {
		return make([]float64, n, n+n/2)
	}
	return s[:n]
}
