package vectortile_test

import (
	"bytes"
	"compress/gzip"
	"fmt"
	"image"
	"image/color"
	"image/png"
	"io"
	"math"
	"slices"
	"testing"

	"github.com/covgap/covgap/geo/hexgrid"
	"github.com/covgap/covgap/geo/vectortile"
	"github.com/google/go-cmp/cmp"
	"github.com/paulmach/orb"
	"github.com/paulmach/orb/encoding/mvt"
	"github.com/paulmach/orb/geojson"
	"github.com/paulmach/orb/maptile"
	"github.com/paulmach/orb/planar"
)

// caoBang is where the test's cells lie.
var caoBang = orb.Point{106.25, 22.67}

func decode(tb testing.TB, tile []byte) mvt.Layers {
	tb.Helper()
	layers, err := mvt.UnmarshalGzipped(tile)
	if err != nil {
		tb.Fatal(err)
	}
	return layers
}

// cellsAround gives the cells within a radius, in order.
func cellsAround(tb testing.TB, radiusM float64, resolution int) []hexgrid.Cell {
	tb.Helper()
	cells, err := hexgrid.Within(caoBang, radiusM, resolution)
	if err != nil {
		tb.Fatal(err)
	}
	slices.Sort(cells)
	return cells
}

func first(lo, _ int) int { return lo }

func numbered(i int) geojson.Properties { return geojson.Properties{"n": i} }

func TestHexagonsResolutionFollowsTheZoom(t *testing.T) {
	cells := cellsAround(t, 6_000, 10)
	layer := vectortile.NewHexagons("hexes", cells, first, numbered)
	for _, tt := range []struct {
		zoom       maptile.Zoom
		resolution int
	}{{0, 7}, {7, 7}, {8, 8}, {9, 8}, {10, 9}, {11, 10}, {13, 10}} {
		raw, err := vectortile.Encode(maptile.At(caoBang, tt.zoom), layer)
		if err != nil {
			t.Fatal(err)
		}
		l := decode(t, raw)[0]
		if l.Version != 2 || l.Name != "hexes" || l.Extent != 4096 {
			t.Errorf("zoom %d: layer %q version %d extent %d; want hexes, 2, 4096", tt.zoom, l.Name, l.Version, l.Extent)
		}
		// The sizes of cells tell the resolution: each is a seventh of the one before.
		l.ProjectToWGS84(maptile.At(caoBang, tt.zoom))
		if tt.zoom < 7 {
			continue // too small to be measured on the tile's lattice
		}
		c, err := hexgrid.At(caoBang, tt.resolution)
		if err != nil {
			t.Fatal(err)
		}
		want := planar.Area(orb.Polygon{c.Boundary()})
		var sum float64
		for _, f := range l.Features {
			sum += math.Abs(planar.Area(f.Geometry))
		}
		if mean := sum / float64(len(l.Features)); math.Abs(mean/want-1) > 0.1 {
			t.Errorf("zoom %d: %d cells of mean area %g; want those of resolution %d, %g", tt.zoom, len(l.Features), mean, tt.resolution, want)
		}
	}
}

// Every cell stands in each tile that it touches, and the union of all tiles holds no
// other.
func TestHexagonsLoseNothingAtEdges(t *testing.T) {
	cells := cellsAround(t, 3_000, 10)
	layer := vectortile.NewHexagons("hexes", cells, first, numbered)
	const zoom = 13
	seen := map[int]map[maptile.Tile]bool{}
	center := maptile.At(caoBang, zoom)
	for x := center.X - 3; x <= center.X+3; x++ {
		for y := center.Y - 3; y <= center.Y+3; y++ {
			tile := maptile.New(x, y, zoom)
			raw, err := vectortile.Encode(tile, layer)
			if err != nil {
				t.Fatal(err)
			}
			if raw == nil {
				continue
			}
			for _, f := range decode(t, raw)[0].Features {
				n := int(f.Properties["n"].(float64))
				if seen[n] == nil {
					seen[n] = map[maptile.Tile]bool{}
				}
				seen[n][tile] = true
			}
		}
	}
	for i, c := range cells {
		for _, corner := range c.Boundary() {
			if tile := maptile.At(corner, zoom); !seen[i][tile] {
				t.Fatalf("cell %v is not in tile %v, which it reaches", c, tile)
			}
		}
	}
	if len(seen) != len(cells) {
		t.Errorf("%d cells in tiles; want %d", len(seen), len(cells))
	}
}

func TestHexagonsShowTheTypicalChild(t *testing.T) {
	cells := cellsAround(t, 2_000, 10)
	last := map[int]bool{} // of the children of each parent
	for i, c := range cells {
		last[i] = i == len(cells)-1 || c.Parent(9) != cells[i+1].Parent(9)
	}
	layer := vectortile.NewHexagons("hexes", cells, func(lo, hi int) int {
		if cells[lo].Parent(7) != cells[hi-1].Parent(7) {
			t.Fatalf("cells %d to %d are no children of one cell", lo, hi)
		}
		return hi - 1
	}, numbered)
	raw, err := vectortile.Encode(maptile.At(caoBang, 10), layer)
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range decode(t, raw)[0].Features {
		if n := int(f.Properties["n"].(float64)); !last[n] {
			t.Errorf("a parent is shown with cell %d, which was not chosen", n)
		}
	}
}

// A dense tile is shown coarser rather than larger than [vectortile.MaxBytes].
func TestTilesStayBelowTheLimit(t *testing.T) {
	cells := cellsAround(t, 60_000, 8)
	// Values without pattern compress worst.
	values := func(i int) geojson.Properties { return geojson.Properties{"v": (i * 7919) % 4001} }
	layer := vectortile.NewHexagons("hexes", cells, first, values)
	tile := maptile.At(caoBang, 8)
	raw, err := vectortile.Encode(tile, layer)
	if err != nil {
		t.Fatal(err)
	}
	if len(raw) > vectortile.MaxBytes {
		t.Errorf("%d bytes; want at most %d", len(raw), vectortile.MaxBytes)
	}
	again, err := vectortile.Encode(tile, vectortile.NewHexagons("hexes", cells, first, values))
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(raw, again) {
		t.Error("the same cells gave other bytes")
	}
}

// A picture's pixel is of the cell that holds its middle, or of that cell's parent where
// cells are smaller than pixels; what lies outside the cells stays clear.
func TestPicture(t *testing.T) {
	cells := cellsAround(t, 12_000, 10)
	layer := vectortile.NewHexagons("hexes", cells, first, numbered)
	palette := color.Palette{color.NRGBA{}}
	for i := range 7 {
		palette = append(palette, color.NRGBA{R: uint8(10 * i), A: 255})
	}
	paint := func(i int) uint8 { return uint8(1 + uint64(cells[i].Parent(7))>>40%7) }
	known := map[hexgrid.Cell]bool{}
	for _, c := range cells {
		known[c] = true
	}
	for _, zoom := range []maptile.Zoom{10, 12} { // finer cells than these are not shown at a smaller one
		at := maptile.At(caoBang, zoom)
		raw, err := layer.Picture(at, palette, paint)
		if err != nil {
			t.Fatal(err)
		}
		img, err := png.Decode(bytes.NewReader(raw))
		if err != nil {
			t.Fatal(err)
		}
		painted := 0
		for y := 0; y < vectortile.PictureSize; y += 3 {
			for x := 0; x < vectortile.PictureSize; x += 3 {
				lon := 360*(float64(at.X)+(float64(x)+0.5)/vectortile.PictureSize)/math.Exp2(float64(zoom)) - 180
				lat := math.Atan(math.Sinh(math.Pi*(1-2*(float64(at.Y)+(float64(y)+0.5)/vectortile.PictureSize)/math.Exp2(float64(zoom))))) * 180 / math.Pi
				c, err := hexgrid.At(orb.Point{lon, lat}, 10)
				if err != nil {
					t.Fatal(err)
				}
				want := uint8(0)
				if known[c] {
					painted++
					want = 1 + uint8(uint64(c.Parent(7))>>40%7)
				}
				if got := img.(*image.Paletted).ColorIndexAt(x, y); got != want {
					t.Fatalf("zoom %d, pixel %d, %d: colour %d; want %d", zoom, x, y, got, want)
				}
			}
		}
		if painted < 100 {
			t.Errorf("zoom %d: %d pixels painted", zoom, painted)
		}
	}
	// Of a whole province in one tile, pixels have their parents' colour, and no hole.
	raw, err := layer.Picture(maptile.At(caoBang, 7), palette, func(int) uint8 { return 1 })
	if err != nil {
		t.Fatal(err)
	}
	if img, err := png.Decode(bytes.NewReader(raw)); err != nil {
		t.Fatal(err)
	} else {
		p := maptile.Fraction(caoBang, 7)
		x, y := int((p[0]-math.Floor(p[0]))*vectortile.PictureSize), int((p[1]-math.Floor(p[1]))*vectortile.PictureSize)
		for i := -8; i <= 8; i++ { // 8 pixels are 4.5 km there
			if img.(*image.Paletted).ColorIndexAt(x+i, y) != 1 {
				t.Errorf("zoom 7: a hole %d pixels from the middle", i)
			}
		}
	}
	if raw, err := layer.Picture(maptile.At(orb.Point{0, 0}, 10), palette, paint); raw != nil || err != nil {
		t.Errorf("a tile without cells: %d bytes, %v", len(raw), err)
	}
}

func TestFeatures(t *testing.T) {
	ring := func(west, south, east, north float64) orb.Ring {
		return orb.Ring{{west, south}, {east, south}, {east, north}, {west, north}, {west, south}}
	}
	hole := ring(106.15, 22.60, 106.35, 22.75)
	hole.Reverse()
	layer := vectortile.NewFeatures("things", []vectortile.Feature{
		{Geometry: orb.Polygon{ring(106.1, 22.5, 106.4, 22.8), hole}, Properties: geojson.Properties{"name": "Xã Hồng Thành"}},
		{Geometry: caoBang, Properties: geojson.Properties{"name": "point"}, MinZoom: 12},
		{Geometry: orb.LineString{{106.24, 22.66}, {106.26, 22.68}}, Properties: geojson.Properties{"name": "line"}},
		{Geometry: orb.Point{10, 50}, Properties: geojson.Properties{"name": "elsewhere"}},
	})
	names := func(zoom maptile.Zoom) (out []string) {
		raw, err := vectortile.Encode(maptile.At(caoBang, zoom), layer)
		if err != nil {
			t.Fatal(err)
		}
		if raw == nil {
			return nil
		}
		for _, f := range decode(t, raw)[0].Features {
			out = append(out, fmt.Sprint(f.Properties["name"]))
			if p, ok := f.Geometry.(orb.Polygon); ok {
				// The specification wants outer rings with a positive area in the
				// tile's axes, holes with a negative one.
				if len(p) != 2 || p[0].Orientation() != orb.CCW || p[1].Orientation() != orb.CW {
					t.Errorf("zoom %d: rings wound %v", zoom, p)
				}
			}
		}
		return out
	}
	if diff := cmp.Diff([]string{"Xã Hồng Thành", "line"}, names(9)); diff != "" {
		t.Error("zoom 9 (-want +got):\n" + diff)
	}
	if diff := cmp.Diff([]string{"point", "line"}, names(13)); diff != "" {
		t.Error("zoom 13, inside the hole (-want +got):\n" + diff)
	}
}

func TestEncodeOutside(t *testing.T) {
	layer := vectortile.NewHexagons("hexes", cellsAround(t, 500, 10), first, numbered)
	for _, tile := range []maptile.Tile{{X: 0, Y: 0, Z: 10}, {X: 5, Y: 0, Z: 1}, {X: 0, Y: 0, Z: 14}} {
		if raw, err := vectortile.Encode(tile, layer); raw != nil || err != nil {
			t.Errorf("tile %v: %d bytes, %v; want none", tile, len(raw), err)
		}
	}
	if raw, err := vectortile.Encode(maptile.Tile{}, vectortile.NewHexagons("hexes", nil, first, numbered)); raw != nil || err != nil {
		t.Errorf("no cells: %d bytes, %v; want none", len(raw), err)
	}
}

func BenchmarkEncodeHexagons(b *testing.B) {
	layer := vectortile.NewHexagons("hexes", cellsAround(b, 20_000, 10), first, func(i int) geojson.Properties {
		return geojson.Properties{"dbm": -90 - i%50, "class": i % 3}
	})
	for b.Loop() {
		if _, err := vectortile.Encode(maptile.At(caoBang, 11), layer); err != nil {
			b.Fatal(err)
		}
	}
}

func Example() {
	layer := vectortile.NewFeatures("sites", []vectortile.Feature{{
		Geometry: orb.Point{106.25, 22.67}, Properties: geojson.Properties{"site_id": "T0001"},
	}})
	tile, err := vectortile.Encode(maptile.At(orb.Point{106.25, 22.67}, 10), layer)
	if err != nil {
		fmt.Println(err)
		return
	}
	z, err := gzip.NewReader(bytes.NewReader(tile))
	if err != nil {
		fmt.Println(err)
		return
	}
	raw, err := io.ReadAll(z)
	fmt.Println(bytes.Contains(raw, []byte("T0001")), err)
	// Output: true <nil>
}
