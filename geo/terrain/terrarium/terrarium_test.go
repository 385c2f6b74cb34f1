package terrarium_test

import (
	"bytes"
	"image"
	"image/color"
	"image/png"
	"math"
	"testing"

	"github.com/covgap/covgap/geo/terrain"
	"github.com/covgap/covgap/geo/terrain/terrarium"
	"github.com/paulmach/orb"
	"github.com/paulmach/orb/maptile"
)

// slope is a terrain of three arc-seconds that rises by 1 m a sample to the east, with
// a hole in it.
func slope() *terrain.Grid {
	const side = 1201
	g := &terrain.Grid{West: 106, North: 23, StepLon: 1.0 / 1200, StepLat: 1.0 / 1200, Width: side, Height: side, HeightsM: make([]float32, side*side)}
	for i := range g.HeightsM {
		g.HeightsM[i] = float32(i % side)
		if y := i / side; y >= 100 && y < 110 {
			g.HeightsM[i] = float32(math.NaN())
		}
	}
	return g
}

func heights(t *testing.T, r *terrarium.Relief, tile maptile.Tile) func(x, y int) float64 {
	t.Helper()
	b, err := r.Tile(tile)
	if err != nil {
		t.Fatal(err)
	}
	img, err := png.Decode(bytes.NewReader(b))
	if err != nil {
		t.Fatal(err)
	}
	return func(x, y int) float64 {
		red, green, blue, _ := img.At(x, y).RGBA()
		return float64(red>>8)*256 + float64(green>>8) + float64(blue>>8)/256 - 32768
	}
}

func TestTileHoldsTheHeights(t *testing.T) {
	r := terrarium.New(slope())
	// 105.98 km of sample spacing to 156.5 km of pixels at zoom 0: 2^10.8 times less.
	if got := r.MaxZoom(); got != 11 {
		t.Errorf("MaxZoom %d; want 11: 360° in 432,000 samples of 256 a tile", got)
	}
	for _, zoom := range []maptile.Zoom{8, 10, 11} {
		tile := maptile.At(orb.Point{106.5, 22.5}, zoom)
		at, side := heights(t, r, tile), math.Exp2(float64(zoom))
		for _, x := range []int{0, 17, 128, 255} {
			lon := 360*(float64(tile.X)+(float64(x)+0.5)/terrarium.Size)/side - 180
			want := min(max((lon-106)*1200, 0), 1200)
			// The encoding's step; beyond the terrain's edge the last sample of the
			// scale, at zoom 8 the mean of eight.
			tolerance := 1.0 / 256
			if want == 0 || want == 1200 {
				tolerance = 4
			}
			if got := at(x, 128); math.Abs(got-want) > tolerance {
				t.Errorf("zoom %d pixel %d: %g m; want %g", zoom, x, got, want)
			}
		}
	}
}

// Where heights are missing, those around stand in: no cliff of a sea that is none.
func TestMissingHeightsAreNoCliffs(t *testing.T) {
	g := slope()
	hole := orb.Point{106.5, 23 - 105.0/1200}
	if !math.IsNaN(g.At(hole)) {
		t.Fatal("the test's hole is none")
	}
	tile := maptile.At(hole, 11)
	at := heights(t, terrarium.New(g), tile)
	for y := range terrarium.Size {
		for x := range terrarium.Size {
			if x > 0 && math.Abs(at(x, y)-at(x-1, y)) > 20 || y > 0 && math.Abs(at(x, y)-at(x, y-1)) > 20 {
				t.Fatalf("a cliff at %d,%d: %g m", x, y, at(x, y))
			}
		}
	}
}

// The ground rises to the east by 1 m a sample: it has the shade of that slope at every
// zoom, and beyond the terrain nothing is painted.
func TestShaded(t *testing.T) {
	r := terrarium.New(slope())
	shaded := func(tile maptile.Tile) *image.Paletted {
		b, err := r.Shaded(tile)
		if err != nil {
			t.Fatal(err)
		}
		img, err := png.Decode(bytes.NewReader(b))
		if err != nil {
			t.Fatal(err)
		}
		return img.(*image.Paletted)
	}
	brightness := func(c color.Color) float64 {
		red, _, _, _ := c.RGBA()
		return float64(red) / 0xffff * terrain.LevelShade / (0xee / 255.0)
	}
	for _, zoom := range []maptile.Zoom{8, 10, 11} {
		tile := maptile.At(orb.Point{106.5, 22.5}, zoom)
		img := shaded(tile)
		lat := tile.Center().Lat()
		// A metre in 1/1200 of a degree, grown as far as slopes may.
		east := 8 * 1200 / (2 * math.Pi * 6378137 / 360 * math.Cos(lat*math.Pi/180))
		const step = (terrain.LevelShade - 0.38) / 41 // between two shades
		if got, want := brightness(img.At(256, 256)), terrain.Shade(east, 0); math.Abs(got-want) > step {
			t.Errorf("zoom %d: brightness %.3f; want %.3f", zoom, got, want)
		}
	}
	// The terrain starts at 106 degrees east; on its edge, no slope is known.
	tile := maptile.At(orb.Point{106, 22.5}, 8)
	edge := int((106 - tile.Bound().Min[0]) / 360 * 256 * terrarium.ShadedSize)
	img := shaded(tile)
	for x := range terrarium.ShadedSize {
		if _, _, _, alpha := img.At(x, 100).RGBA(); x < edge-1 && alpha != 0 || x > edge+3 && alpha != 0xffff {
			t.Fatalf("pixel %d has opacity %d; the terrain starts at %d", x, alpha, edge)
		}
	}
	for _, tile := range []maptile.Tile{maptile.At(orb.Point{10, 50}, 8), maptile.At(orb.Point{106.5, 22.5}, 12)} {
		if b, err := r.Shaded(tile); b != nil || err != nil {
			t.Errorf("%v: %d bytes, %v; want none", tile, len(b), err)
		}
	}
}

func TestTileElsewhere(t *testing.T) {
	r := terrarium.New(slope())
	for _, tile := range []maptile.Tile{maptile.At(orb.Point{10, 50}, 8), maptile.At(orb.Point{106.5, 22.5}, 12), {X: 9, Y: 0, Z: 2}} {
		if b, err := r.Tile(tile); b != nil || err != nil {
			t.Errorf("%v: %d bytes, %v; want none", tile, len(b), err)
		}
	}
}
