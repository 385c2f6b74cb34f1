package vectortile

import (
	"bytes"
	"fmt"
	"image"
	"image/color"
	"image/png"
	"math"

	"github.com/covgap/covgap/geo/hexgrid"
	"github.com/paulmach/orb"
	"github.com/paulmach/orb/maptile"
)

// PictureSize is the width and height of a picture in pixels.
const PictureSize = 512

// leastPixels is how wide a cell of a picture is at least: smaller ones would show
// whichever of them the middle of a pixel happens to lie in.
const leastPixels = 1.2

// Picture paints the cells of a tile as a PNG, nil where there is none: what a browser
// draws in a fraction of the time of polygons. Paint gives the place in the palette of
// what cell i is shown with, and the palette's first colour is that of the ground
// between cells. Cells smaller than a pixel are shown by their parents. Pictures exist
// for every zoom up to [MaxZoom].
func (h *Hexagons) Picture(t maptile.Tile, palette color.Palette, paint func(i int) uint8) ([]byte, error) {
	if t.Z > MaxZoom || !t.Valid() || len(h.levels) == 0 {
		return nil, nil
	}
	pixelM := aroundM * math.Cos(t.Center().Lat()*math.Pi/180) / math.Exp2(float64(t.Z)) / PictureSize
	n := len(h.levels) - 1
	for n > 0 && math.Sqrt(3)*hexgrid.EdgeM(h.levels[n].resolution) < leastPixels*pixelM {
		n--
	}
	l, w := &h.levels[n], windowOf(t)
	w.units = math.Exp2(float64(t.Z)) * PictureSize
	side := PictureSize / w.units
	box := orb.Bound{Min: orb.Point{w.left, w.top}, Max: orb.Point{w.left + side, w.top + side}}.Pad(l.reach)
	img := image.NewPaletted(image.Rect(0, 0, PictureSize, PictureSize), palette)
	empty := true
	var corners []orb.Point
	l.bins.visit(box, func(i int32) {
		if !box.Contains(l.at[i]) {
			return
		}
		corners = corners[:0]
		for _, p := range l.cells[i].Boundary() {
			p = world(p)
			corners = append(corners, orb.Point{(p[0] - w.left) * w.units, (p[1] - w.top) * w.units})
		}
		fillConvex(img, corners, paint(int(h.shown[n][i])))
		empty = false
	})
	if empty {
		return nil, nil
	}
	var out bytes.Buffer
	if err := png.Encode(&out, img); err != nil {
		return nil, fmt.Errorf("vectortile: picture %d/%d/%d: %w", t.Z, t.X, t.Y, err)
	}
	return out.Bytes(), nil
}

// fillConvex colours the pixels whose middles lie in a convex polygon, so that those
// of two polygons with a common side are parted between them.
func fillConvex(img *image.Paletted, corners []orb.Point, with uint8) {
	top, bottom := math.Inf(1), math.Inf(-1)
	for _, p := range corners {
		top, bottom = min(top, p[1]), max(bottom, p[1])
	}
	first, last := max(0, pixelFrom(top)), min(PictureSize, pixelFrom(bottom))
	for y := first; y < last; y++ {
		middle := float64(y) + 0.5
		left, right := math.Inf(1), math.Inf(-1)
		for k, a := range corners {
			b := corners[(k+1)%len(corners)]
			if (a[1] <= middle) == (b[1] <= middle) {
				continue
			}
			if b[1] < a[1] { // both cells at a side compute the same
				a, b = b, a
			}
			x := a[0] + (middle-a[1])/(b[1]-a[1])*(b[0]-a[0])
			left, right = min(left, x), max(right, x)
		}
		if left > right {
			continue
		}
		row := img.Pix[y*img.Stride : (y+1)*img.Stride]
		for x := max(0, pixelFrom(left)); x < min(PictureSize, pixelFrom(right)); x++ {
			row[x] = with
		}
	}
}

// pixelFrom is the first pixel whose middle does not lie before a place.
func pixelFrom(v float64) int {
	return int(math.Ceil(min(max(v, -1), PictureSize+1) - 0.5))
}
