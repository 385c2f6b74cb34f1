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
	x := (p[0] - g.West) / g.StepLon
	y := (g.North - p[1]) / g.StepLat
	// The negated form also refuses NaN.
	if !(x >= 0 && y >= 0 && x <= float64(g.Width-1) && y <= float64(g.Height-1)) {
		return math.NaN()
	}
	i, j := min(int(x), g.Width-2), min(int(y), g.Height-2)
	if i < 0 || j < 0 {
		return math.NaN() // a grid of one row or column has no area
	}
	fx, fy := x-float64(i), y-float64(j)
	k := j*g.Width + i
	a, b := float64(g.HeightsM[k]), float64(g.HeightsM[k+1])
	c, d := float64(g.HeightsM[k+g.Width]), float64(g.HeightsM[k+g.Width+1])
	top := a + (b-a)*fx
	bottom := c + (d-c)*fx
	return top + (bottom-top)*fy
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
