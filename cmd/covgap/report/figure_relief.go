package report

import "math"

// levelShade is the brightness of level ground.
const levelShade = 0.92

// relief gives the brightness of every pixel of the map's window, 0 to 1, row by
// row from the upper left: the terrain in light from the north-west, with weaker
// lights beside it so that slopes facing away keep their shape. Ground without
// terrain is evenly light.
func (p *plate) relief() []float64 {
	const contrast, darkest = 0.70, 0.38
	v := &p.view
	wide, high := int(v.wide), int(v.high)
	shade := make([]float64, wide*high)
	for i := range shade {
		shade[i] = levelShade
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
	const wantSlope, most = 0.42, 8.0
	exaggeration := 1.0
	if sum > 0 {
		exaggeration = min(max(wantSlope/math.Sqrt(sum/float64(n)), 0.6), most)
	}

	lights := [...]struct{ azimuthDeg, weight, east, north float64 }{{315, 0.55, 0, 0}, {270, 0.18, 0, 0}, {0, 0.18, 0, 0}, {225, 0.09, 0, 0}}
	for n := range lights {
		lights[n].east, lights[n].north = math.Sincos(lights[n].azimuthDeg * math.Pi / 180)
	}
	const altitude = math.Sqrt2 / 2 // sine and cosine of the lights' 45° above the horizon
	for j := range high {
		for i := range wide {
			e, nn := slope(i, j)
			if math.IsNaN(e + nn) {
				continue
			}
			e, nn = e*exaggeration, nn*exaggeration
			norm := math.Sqrt(1 + e*e + nn*nn)
			var lit float64
			for _, l := range lights {
				lit += l.weight * max(0, altitude*(1-e*l.east-nn*l.north)/norm)
			}
			shade[j*wide+i] = min(1, max(darkest, levelShade+contrast*(lit-altitude)))
		}
	}
	return shade
}
