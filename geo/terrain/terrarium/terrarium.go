// Package terrarium makes the tiles from which maps in browsers draw hill shading:
// PNGs in Web Mercator whose colours say the height, in the encoding called
// terrarium (https://github.com/tilezen/joerd/blob/master/docs/formats.md), and others
// in which it is shaded already.
package terrarium

import (
	"bytes"
	"fmt"
	"image"
	"image/png"
	"math"
	"sync"

	"github.com/covgap/covgap/geo/terrain"
	"github.com/paulmach/orb"
	"github.com/paulmach/orb/maptile"
)

// Size is the width and height of a tile in pixels.
const Size = 256

// deepest is the most that any map asks for.
const deepest maptile.Zoom = 14

// Relief is a terrain at several scales, so that tiles of small zooms show the mean
// height of a pixel and not of a sample in it.
type Relief struct {
	scales        []*terrain.Grid  // each of half the samples of the one before, both ways
	exaggerations []func() float64 // of the scales, for shading
	mean          float64          // of all samples, metres
}

// New makes a relief of a terrain.
func New(g *terrain.Grid) *Relief {
	r := &Relief{scales: []*terrain.Grid{g}}
	for g.Width > Size/2 && g.Height > Size/2 {
		g = halved(g)
		r.scales = append(r.scales, g)
	}
	for _, scale := range r.scales {
		r.exaggerations = append(r.exaggerations, sync.OnceValue(func() float64 { return exaggerationOf(scale) }))
	}
	var sum float64
	n := 0
	for _, h := range g.HeightsM {
		if !math.IsNaN(float64(h)) {
			sum += float64(h)
			n++
		}
	}
	if n > 0 {
		r.mean = sum / float64(n)
	}
	return r
}

// halved gives a grid whose samples are the means of four of g, of those that are
// known.
func halved(g *terrain.Grid) *terrain.Grid {
	out := &terrain.Grid{
		West: g.West + g.StepLon/2, North: g.North - g.StepLat/2, StepLon: 2 * g.StepLon, StepLat: 2 * g.StepLat,
		Width: g.Width / 2, Height: g.Height / 2, Surface: g.Surface,
	}
	out.HeightsM = make([]float32, out.Width*out.Height)
	for j := range out.Height {
		for i := range out.Width {
			var sum float32
			n := 0
			for _, k := range [4]int{2*j*g.Width + 2*i, 2*j*g.Width + 2*i + 1, (2*j+1)*g.Width + 2*i, (2*j+1)*g.Width + 2*i + 1} {
				if h := g.HeightsM[k]; h == h { // NaN is not itself
					sum += h
					n++
				}
			}
			out.HeightsM[j*out.Width+i] = float32(math.NaN())
			if n > 0 {
				out.HeightsM[j*out.Width+i] = sum / float32(n)
			}
		}
	}
	return out
}

// Bound is the extent of the terrain.
func (r *Relief) Bound() orb.Bound { return r.scales[0].Bound() }

// MaxZoom is the zoom whose pixels are about as large as the terrain's samples: a
// deeper one shows no more.
func (r *Relief) MaxZoom() maptile.Zoom {
	g := r.scales[0]
	pixels := 360 / g.StepLon / Size // tiles around the world with a pixel for each sample
	return min(maptile.Zoom(math.Ceil(math.Log2(pixels))), deepest)
}

// Tile gives a tile as PNG, nil where the terrain has nothing or the zoom is deeper
// than [Relief.MaxZoom]. Where no height is known it has that of the land around, so
// that no cliff is seen that is none.
func (r *Relief) Tile(t maptile.Tile) ([]byte, error) {
	if t.Z > r.MaxZoom() || !t.Valid() || !t.Bound().Intersects(r.Bound()) {
		return nil, nil
	}
	img := image.NewNRGBA(image.Rect(0, 0, Size, Size))
	side := math.Exp2(float64(t.Z))
	scale := r.scaleOf(360 / side / Size)
	for y := range Size {
		lat := latitude(t.Y, y, Size, side)
		for x := range Size {
			encode(img.Pix[img.PixOffset(x, y):], r.at(orb.Point{longitude(t.X, x, Size, side), lat}, scale))
		}
	}
	var out bytes.Buffer
	if err := (&png.Encoder{CompressionLevel: png.BestSpeed}).Encode(&out, img); err != nil {
		return nil, fmt.Errorf("terrarium: %d/%d/%d: %w", t.Z, t.X, t.Y, err)
	}
	return out.Bytes(), nil
}

// scaleOf is the scale whose samples are as large as a pixel, or the next finer one.
func (r *Relief) scaleOf(pixelDeg float64) int {
	scale := 0
	for scale < len(r.scales)-1 && r.scales[scale+1].StepLon <= pixelDeg {
		scale++
	}
	return scale
}

// longitude is that of the middle of a pixel of tile column x, of size pixels and of as
// many tiles around the world as side says.
func longitude(x uint32, pixel, size int, side float64) float64 {
	return 360*(float64(x)+(float64(pixel)+0.5)/float64(size))/side - 180
}

// latitude is that of the middle of a pixel of tile row y: the inverse of Mercator's
// northing.
func latitude(y uint32, pixel, size int, side float64) float64 {
	northing := math.Pi * (1 - 2*(float64(y)+(float64(pixel)+0.5)/float64(size))/side)
	return math.Atan(math.Sinh(northing)) * 180 / math.Pi
}

// at is the height at a point, in metres: from a coarser scale where the finer ones
// have none, and at the edge beyond the terrain.
func (r *Relief) at(p orb.Point, scale int) float64 {
	for ; scale < len(r.scales); scale++ {
		b := r.scales[scale].Bound()
		inside := orb.Point{min(max(p[0], b.Min[0]), b.Max[0]), min(max(p[1], b.Min[1]), b.Max[1])}
		if h := r.scales[scale].At(inside); !math.IsNaN(h) {
			return h
		}
	}
	return r.mean
}

// encode writes a height in metres as red, green and blue:
// red·256 + green + blue/256 - 32768.
func encode(pixel []uint8, heightM float64) {
	v := int(math.Round((min(max(heightM, -32768), 32767) + 32768) * 256))
	pixel[0], pixel[1], pixel[2], pixel[3] = uint8(v>>16), uint8(v>>8), uint8(v), 255
}
