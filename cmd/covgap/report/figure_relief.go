package report

import (
	"math"

	"github.com/covgap/covgap/geo/terrain"
)

// relief gives the brightness of every pixel of the map's window, 0 to 1, row by
// row from the upper left: the terrain in light from the north-west, with weaker
// lights beside it so that slopes facing away keep their shape. Ground without
// terrain is evenly light.
func (p *plate) relief() []float64 {
	v := &p.view
	wide, high := int(v.wide), int(v.high)
	shade := make([]float64, wide*high)
	for i := range shade {
		shade[i] = terrain.LevelShade
	}
	if p.Terrain == nil {
		return shade
	}
	_, latM := degreeM(v.center)
	mPerPx := latM / v.pxPerDegLat
	// Slopes are taken over a terrain sample: over less, the facets between samples
	// would show.
	k := max(1, int(math.Round(p.Terrain.SpacingM()/mPerPx)))
	stride := wide + 2*k
	heightsM := make([]float64, stride*(high+2*k))
	for j := range high + 2*k {
		for i := range stride {
			q := v.position(v.left+float64(i-k)+0.5, v.top+float64(j-k)+0.5)
			heightsM[j*stride+i] = p.Terrain.At(q)
		}
	}
	slope := func(i, j int) (east, north float64) {
		at := (j+k)*stride + i + k
		run := 2 * float64(k) * mPerPx
		return (heightsM[at+k] - heightsM[at-k]) / run, (heightsM[at-k*stride] - heightsM[at+k*stride]) / run
	}

	// Gentle country is exaggerated until its slopes can be seen.
	var sum float64
	var n int
	for j := range high {
		for i := range wide {
			if e, nn := slope(i, j); !math.IsNaN(e + nn) {
				sum += e*e + nn*nn
				n++
			}
		}
	}
	exaggeration := terrain.Exaggeration(sum / float64(max(n, 1)))
	for j := range high {
		for i := range wide {
			e, nn := slope(i, j)
			if math.IsNaN(e + nn) {
				continue
			}
			shade[j*wide+i] = terrain.Shade(e*exaggeration, nn*exaggeration)
		}
	}
	return shade
}
