// Package terrain gives the height of the ground: it reads SRTM tiles, GeoTIFFs
// and folders of them, fills voids from their neighbours and counts them, and
// samples profiles.
package terrain

import (
	"math"

	"github.com/paulmach/orb"
)

// Surface says what the heights of a terrain are measured to.
type Surface string

// The two kinds of terrain.
const (
	DTM Surface = "dtm" // bare earth
	DSM Surface = "dsm" // first reflecting surface: SRTM and Copernicus GLO-30 see roofs and tree tops
)

// Grid is a window of terrain in memory: a regular raster in longitude and
// latitude whose samples stand for the points at their centres. It is immutable
// once built and safe for concurrent use.
type Grid struct {
	West, North float64 // centre of the first sample (north-west corner), degrees
	StepLon     float64 // degrees between columns, positive
	StepLat     float64 // degrees between rows, positive (rows run from north to south)
	Width       int     // columns
	Height      int     // rows
	HeightsM    []float32
	Surface     Surface
}

// At gives the height in metres above sea level at p, bilinear between the four
// samples around it, and NaN where the grid has no value.
func (g *Grid) At(p orb.Point) float64 {
	return g.at((p[0]-g.West)/g.StepLon, (g.North-p[1])/g.StepLat)
}

// at is At for a position in samples from the north-west corner.
func (g *Grid) at(x, y float64) float64 {
	// The form of the conditions also refuses NaN.
	if x >= 0 && y >= 0 && x < float64(g.Width-1) && y < float64(g.Height-1) {
		i, j := int(x), int(y)
		fx, fy := x-float64(i), y-float64(j)
		k := j*g.Width + i
		north, south := g.HeightsM[k:k+2], g.HeightsM[k+g.Width:k+g.Width+2]
		a, b := float64(north[0]), float64(north[1])
		c, d := float64(south[0]), float64(south[1])
		top := a + (b-a)*fx
		bottom := c + (d-c)*fx
		if v := top + (bottom-top)*fy; !math.IsNaN(v) {
			return v
		}
	}
	return g.atEdge(x, y)
}

// edgeSnap is how far from a row or column of samples, in samples, a position
// counts as on it: positions at an edge are computed, and rounding must not
// throw them out. It is 0.1 mm on the ground of SRTM.
const edgeSnap = 1e-6

// atEdge is at where the four samples around a position are not all there: on the
// last row or column, and on a sample whose neighbours are missing.
func (g *Grid) atEdge(x, y float64) float64 {
	if n := math.Round(x); math.Abs(x-n) <= edgeSnap {
		x = n
	}
	if n := math.Round(y); math.Abs(y-n) <= edgeSnap {
		y = n
	}
	if !(x >= 0 && y >= 0 && x <= float64(g.Width-1) && y <= float64(g.Height-1)) {
		return math.NaN()
	}
	i, j := int(x), int(y)
	fx, fy := x-float64(i), y-float64(j)
	var sum float64
	for _, c := range [4]struct {
		i, j   int
		weight float64
	}{
		{i, j, (1 - fx) * (1 - fy)},
		{i + 1, j, fx * (1 - fy)},
		{i, j + 1, (1 - fx) * fy},
		{i + 1, j + 1, fx * fy},
	} {
		if c.weight != 0 {
			sum += c.weight * float64(g.HeightsM[c.j*g.Width+c.i])
		}
	}
	return sum
}

// Bound is the extent of the sample centres.
func (g *Grid) Bound() orb.Bound {
	return orb.Bound{
		Min: orb.Point{g.West, g.North - float64(g.Height-1)*g.StepLat},
		Max: orb.Point{g.West + float64(g.Width-1)*g.StepLon, g.North},
	}
}

// metresPerDegreeLat is the length of one degree of latitude used to express a
// raster's spacing in metres: the WGS 84 mean of 10,001,965.729 m over 90°.
const metresPerDegreeLat = 10001965.729 / 90

// SpacingM is the distance in metres between rows: 30.9 for one arc-second, 92.6
// for three. Profiles are sampled at this step.
func (g *Grid) SpacingM() float64 { return g.StepLat * metresPerDegreeLat }
