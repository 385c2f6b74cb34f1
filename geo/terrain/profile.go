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
// missing. Points lie within a millimetre of the line, see walk, and heights within a
// ten-millionth of what [Grid.At] has there.
func (g *Grid) Along(line *geodesy.Line, stepM float64, first int, heightsM []float64) int {
	start := g.place(line, float64(first)*stepM)
	for from := 0; from < len(heightsM); from += walkSamples {
		part := heightsM[from:min(from+walkSamples, len(heightsM))]
		n := 0
		if w, ok := g.walk(line, stepM, first+from, &start); ok {
			n = g.heights(w, part)
		}
		for ; n < len(part); n++ { // at an edge or a void
			h := g.At(line.At(float64(first+from+n) * stepM))
			if math.IsNaN(h) {
				return from + n
			}
			part[n] = h
		}
	}
	return len(heightsM)
}

// NearestAlong fills values with the grid's samples nearest to the points that Along
// stops at: 0 where there is none.
func (g *Grid) NearestAlong(line *geodesy.Line, stepM float64, first int, values []float64) {
	var samples [walkSamples]int32
	for from := 0; from < len(values); from += walkSamples {
		part := values[from:min(from+walkSamples, len(values))]
		g.SamplesAlong(line, stepM, first+from, samples[:len(part)])
		for i, k := range samples[:len(part)] {
			part[i] = 0
			if k >= 0 {
				if v := g.HeightsM[k]; v == v {
					part[i] = float64(v)
				}
			}
		}
	}
}

// SamplesAlong fills samples with the numbers of the grid's samples, row after row from
// the north-west, that are nearest to the points that Along stops at: -1 beyond the grid.
func (g *Grid) SamplesAlong(line *geodesy.Line, stepM float64, first int, samples []int32) {
	start := g.place(line, float64(first)*stepM)
	for from := 0; from < len(samples); from += walkSamples {
		part := samples[from:min(from+walkSamples, len(samples))]
		if w, ok := g.walk(line, stepM, first+from, &start); ok {
			g.nearest(w, part)
			continue
		}
		for i := range part {
			part[i] = int32(g.Sample(line.At(float64(first+from+i) * stepM)))
		}
	}
}

// walk is a position on a grid that moves along a line in equal steps, for walkSamples
// of them. Over so few a parabola through the first, the middle and the last replaces
// the line: one of 90 m steps is off by less than 1 mm up to latitude 60.
//
// at holds the column in its upper half and the row in its lower, each counted from an
// origin and with a fraction of walkBits: one addition moves both. Their sum is right
// also where a difference is negative, as long as neither leaves its 2^8 samples. Of
// rounding, no more than 2^-16 of a sample adds up.
type walk struct {
	origin         int // of the grid's samples
	at, step, turn uint64
}

const (
	walkSamples = 64
	walkBits    = 24
	walkOne     = 1 << walkBits
	walkRange   = 1 << (32 - walkBits)
)

// place gives a point of a line in samples from the grid's north-west corner.
func (g *Grid) place(line *geodesy.Line, distanceM float64) [2]float64 {
	p := line.At(distanceM)
	return [2]float64{(p[0] - g.West) * (1 / g.StepLon), (g.North - p[1]) * (1 / g.StepLat)}
}

// walk gives the walk that begins with a step, and whether there is one: with samples
// around every position, near enough to each other. start is the place of its first
// position, and becomes that of the next walk.
func (g *Grid) walk(line *geodesy.Line, stepM float64, first int, start *[2]float64) (w walk, ok bool) {
	places := [3][2]float64{
		*start,
		g.place(line, float64(first+walkSamples/2)*stepM),
		g.place(line, float64(first+walkSamples)*stepM),
	}
	*start = places[2]
	var x, y [3]float64
	for i, p := range &places {
		x[i], y[i] = p[0], p[1]
		// A sample of room for the bulge of the parabola. The form also refuses NaN.
		if !(x[i] >= 1 && y[i] >= 1 && x[i] < float64(g.Width-2) && y[i] < float64(g.Height-2)) {
			return walk{}, false
		}
	}
	column, row := math.Floor(min(x[0], x[1], x[2]))-1, math.Floor(min(y[0], y[1], y[2]))-1
	for i := range 3 {
		x[i] -= column
		y[i] -= row
		if x[i] >= walkRange-2 || y[i] >= walkRange-2 {
			return walk{}, false
		}
	}
	x0, dx, ddx := parabola(x)
	y0, dy, ddy := parabola(y)
	return walk{int(row)*g.Width + int(column), x0<<32 + y0, dx<<32 + dy, ddx<<32 + ddy}, true
}

// parabola gives value, first and second difference at the first of walkSamples steps
// for the values at the first, the middle and the last: the last as it is, whatever the
// rounding of the second difference.
func parabola(v [3]float64) (at, d, dd uint64) {
	const n = walkSamples
	middle, end := v[1]-v[0], v[2]-v[0]
	second := math.Floor((4*end-8*middle)/(n*n)*walkOne + 0.5)
	slope := math.Floor(end/n*walkOne - (n-1)/2.0*second + 0.5)
	return uint64(v[0]*walkOne + 0.5), uint64(int64(slope)), uint64(int64(second))
}

// split gives the sample to the north-west of the position and how far it lies from
// there to the east and to the south, in walkOne.
func (w *walk) split(width int) (k int, east, south int32) {
	at := w.at
	const fraction = walkOne - 1
	return int(uint32(at)>>walkBits)*width + int(at>>(32+walkBits)), int32(at >> 32 & fraction), int32(at & fraction)
}

func (w *walk) next() {
	w.at += w.step
	w.step += w.turn
}

// heights fills heightsM with the heights at the positions of a walk, and returns how
// many there are before the first that is missing.
func (g *Grid) heights(w walk, heightsM []float64) int {
	width, samples := g.Width, g.HeightsM[w.origin:]
	for i := range heightsM {
		k, east, south := w.split(width)
		fx, fy := float32(east)*(1.0/walkOne), float32(south)*(1.0/walkOne)
		// The middle of at, written out in the samples' own precision: much of a sweep's
		// time goes here.
		c, d := samples[k+width], samples[k+width+1]
		a, b := samples[k], samples[k+1]
		top := a + (b-a)*fx
		h := top + (c+(d-c)*fx-top)*fy
		if h != h {
			return i
		}
		heightsM[i] = float64(h)
		w.next()
	}
	return len(heightsM)
}

// nearest fills samples with the numbers of those nearest to the positions of a walk.
func (g *Grid) nearest(w walk, samples []int32) {
	w.at += walkOne/2<<32 + walkOne/2
	for i := range samples {
		k, _, _ := w.split(g.Width)
		samples[i] = int32(w.origin + k)
		w.next()
	}
}

// Sample gives the number of the sample nearest to a point, row after row from the
// north-west, and -1 beyond the grid.
func (g *Grid) Sample(p orb.Point) int {
	c, r := math.Floor((p[0]-g.West)/g.StepLon+0.5), math.Floor((g.North-p[1])/g.StepLat+0.5)
	if c >= 0 && r >= 0 && c < float64(g.Width) && r < float64(g.Height) {
		return int(r)*g.Width + int(c)
	}
	return -1
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
