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
// missing.
func (g *Grid) Along(line *geodesy.Line, stepM float64, first int, heightsM []float64) int {
	perLon, perLat := 1/g.StepLon, 1/g.StepLat
	width, lastX, lastY := g.Width, float64(g.Width-1), float64(g.Height-1)
	for i := range heightsM {
		p := line.At(float64(first+i) * stepM)
		x, y := (p[0]-g.West)*perLon, (g.North-p[1])*perLat
		// The middle of at, written out: most of a sweep's time goes here.
		if x >= 0 && y >= 0 && x < lastX && y < lastY {
			c, r := int(x), int(y)
			fx, fy := x-float64(c), y-float64(r)
			k := r*width + c
			north, south := g.HeightsM[k:k+2], g.HeightsM[k+width:k+width+2]
			a, b := float64(north[0]), float64(north[1])
			top := a + (b-a)*fx
			a, b = float64(south[0]), float64(south[1])
			if h := top + (a+(b-a)*fx-top)*fy; !math.IsNaN(h) {
				heightsM[i] = h
				continue
			}
		}
		h := g.atEdge(x, y)
		if math.IsNaN(h) {
			return i
		}
		heightsM[i] = h
	}
	return len(heightsM)
}

// NearestAlong fills values with the grid's samples nearest to the points at
// distanceM metres from the start of a line: 0 where there is none.
func (g *Grid) NearestAlong(line *geodesy.Line, distanceM, values []float64) {
	perLon, perLat := 1/g.StepLon, 1/g.StepLat
	for i, d := range distanceM {
		p := line.At(d)
		x, y := (p[0]-g.West)*perLon+0.5, (g.North-p[1])*perLat+0.5
		values[i] = 0
		if x >= 0 && y >= 0 && x < float64(g.Width) && y < float64(g.Height) {
			if v := float64(g.HeightsM[int(y)*g.Width+int(x)]); !math.IsNaN(v) {
				values[i] = v
			}
		}
	}
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
