package terrarium

import (
	"bytes"
	"fmt"
	"image"
	"image/color"
	"image/png"
	"math"

	"github.com/covgap/covgap/geo/terrain"
	"github.com/paulmach/orb"
	"github.com/paulmach/orb/maptile"
)

// ShadedSize is the width and height of a shaded tile in pixels.
const ShadedSize = 512

// degreeM is a degree of the equator in metres, WGS 84.
const degreeM = 2 * math.Pi * 6_378_137 / 360

// shades is how many there are in a picture: so many that no steps are seen, and so few
// that a tile stays below 200 kB.
const shades = 48

// palette has nothing first, then the shades from dark to light. Level ground is the
// colour behind the page's map, so that the terrain has no edge there.
var palette = func() color.Palette {
	level := [3]float64{0xee, 0xf0, 0xee}
	p := color.Palette{color.NRGBA{}}
	for i := range shades {
		var c [3]uint8
		for k, v := range level {
			c[k] = uint8(math.Round(min(v*brightness(i)/terrain.LevelShade, 255)))
		}
		p = append(p, color.NRGBA{c[0], c[1], c[2], 255})
	}
	return p
}()

// The darkest shade in a picture; levelPlace is where level ground stands, exactly.
const (
	darkest    = 0.38
	levelPlace = 41
)

func brightness(place int) float64 {
	return darkest + (terrain.LevelShade-darkest)*float64(place)/levelPlace
}

func placeOf(shade float64) uint8 {
	return uint8(min(max(math.Round((shade-darkest)/(terrain.LevelShade-darkest)*levelPlace), 0), shades-1))
}

// Shaded gives a tile in hill shading as PNG, clear beyond the terrain and on its edge, nil where it has
// nothing or the zoom is deeper than [Relief.MaxZoom]. Ground of unknown height is shaded
// as [Relief.Tile] has it.
func (r *Relief) Shaded(t maptile.Tile) ([]byte, error) {
	if t.Z > r.MaxZoom() || !t.Valid() || !t.Bound().Intersects(r.Bound()) {
		return nil, nil
	}
	side := math.Exp2(float64(t.Z))
	pixelDeg := 360 / side / ShadedSize
	scale := r.scaleOf(pixelDeg)
	// Slopes are taken over a sample: over less, the facets between samples would show.
	k := max(1, int(math.Round(r.scales[scale].StepLon/pixelDeg)))
	stride := ShadedSize + 2*k
	lats := make([]float64, stride)
	heightsM := make([]float64, stride*stride)
	for j := range stride {
		lats[j] = latitude(t.Y, j-k, ShadedSize, side)
		for i := range stride {
			heightsM[j*stride+i] = r.at(orb.Point{longitude(t.X, i-k, ShadedSize, side), lats[j]}, scale)
		}
	}
	// A slope has ground on all sides.
	inside := r.scales[scale].Bound().Pad(-float64(k) * pixelDeg)
	exaggeration := r.exaggerations[scale]()
	img := image.NewPaletted(image.Rect(0, 0, ShadedSize, ShadedSize), palette)
	for j := range ShadedSize {
		lat := lats[j+k]
		// Mercator stretches both ways alike.
		runM := 2 * float64(k) * pixelDeg * degreeM * math.Cos(lat*math.Pi/180)
		for i := range ShadedSize {
			if lon := longitude(t.X, i, ShadedSize, side); !inside.Contains(orb.Point{lon, lat}) {
				continue
			}
			at := (j+k)*stride + i + k
			east := (heightsM[at+k] - heightsM[at-k]) / runM
			north := (heightsM[at-k*stride] - heightsM[at+k*stride]) / runM
			img.Pix[img.PixOffset(i, j)] = 1 + placeOf(terrain.Shade(east*exaggeration, north*exaggeration))
		}
	}
	var out bytes.Buffer
	if err := png.Encode(&out, img); err != nil {
		return nil, fmt.Errorf("terrarium: shaded %d/%d/%d: %w", t.Z, t.X, t.Y, err)
	}
	return out.Bytes(), nil
}

// exaggerationOf is how much the slopes of a scale grow: the same in all its tiles.
func exaggerationOf(g *terrain.Grid) float64 {
	var sum float64
	n := 0
	northM := 2 * g.StepLat * degreeM
	for j := 1; j < g.Height-1; j++ {
		eastM := 2 * g.StepLon * degreeM * math.Cos((g.North-float64(j)*g.StepLat)*math.Pi/180)
		for i := 1; i < g.Width-1; i++ {
			at := j*g.Width + i
			east := float64(g.HeightsM[at+1]-g.HeightsM[at-1]) / eastM
			north := float64(g.HeightsM[at-g.Width]-g.HeightsM[at+g.Width]) / northM
			if square := east*east + north*north; !math.IsNaN(square) {
				sum += square
				n++
			}
		}
	}
	return terrain.Exaggeration(sum / float64(max(n, 1)))
}
