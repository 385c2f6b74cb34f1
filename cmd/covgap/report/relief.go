package report

import (
	"bytes"
	"fmt"
	"image"
	"image/color"
	"image/jpeg"
	"math"

	"github.com/covgap/covgap/geo/terrain"
	"github.com/paulmach/orb"
)

// reliefQuality of the JPEG: at 80 the blocks do not show in smooth shades.
const reliefQuality = 80

// ReliefJPEG draws terrain in light from the north-west, as coverage.png shows it, in
// the Mercator projection of web maps. It shows the part of bound that has terrain, with
// a margin, and says which; the same terrain gives the same bytes. WidthPx is 100 or
// more.
func ReliefJPEG(g *terrain.Grid, bound orb.Bound, widthPx int) (content []byte, shown orb.Bound, err error) {
	const margin = 0.08 // of the size, on each side: what a map shows around the area
	size := max(bound.Max[0]-bound.Min[0], bound.Max[1]-bound.Min[1])
	shown = bound.Pad(margin * size)
	edge := g.Bound()
	shown.Min = orb.Point{max(shown.Min[0], edge.Min[0]), max(shown.Min[1], edge.Min[1])}
	shown.Max = orb.Point{min(shown.Max[0], edge.Max[0]), min(shown.Max[1], edge.Max[1])}
	wide := max(widthPx, 100)
	high := max(int(math.Round(float64(wide)*aspectOf(shown))), 1)
	p := &plate{Figure: &Figure{Terrain: g}, view: newView(shown, 0, 0, float64(wide), float64(high))}
	shade := p.relief()

	// Rows of the projection are further apart towards the pole.
	mercator := func(latDeg float64) float64 { return math.Asinh(math.Tan(latDeg * math.Pi / 180)) }
	north, south := mercator(shown.Max[1]), mercator(shown.Min[1])
	img := image.NewGray(image.Rect(0, 0, wide, high))
	for j := range high {
		lat := math.Atan(math.Sinh(north+(south-north)*(float64(j)+0.5)/float64(high))) * 180 / math.Pi
		y := min(max((shown.Max[1]-lat)/(shown.Max[1]-shown.Min[1])*float64(high)-0.5, 0), float64(high-1))
		upper := int(y)
		lower, share := min(upper+1, high-1), y-float64(upper)
		for i := range wide {
			v := shade[upper*wide+i]*(1-share) + shade[lower*wide+i]*share
			img.SetGray(i, j, color.Gray{Y: uint8(255*v + 0.5)})
		}
	}
	var b bytes.Buffer
	if err := jpeg.Encode(&b, img, &jpeg.Options{Quality: reliefQuality}); err != nil {
		return nil, shown, fmt.Errorf("report: relief: %w", err)
	}
	return b.Bytes(), shown, nil
}
