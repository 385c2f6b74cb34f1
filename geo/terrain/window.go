package terrain

import (
	"cmp"
	"context"
	"fmt"
	"math"
	"slices"

	"github.com/covgap/covgap/geo"
	"github.com/paulmach/orb"
)

// WindowReport says what a window was made of. Counts are of samples.
type WindowReport struct {
	Samples int // of the window
	Voids   int // covered by a file, but without a height in any
	Filled  int // voids that were filled from their neighbours
	Missing int // without a height: outside every file, or voids not filled

	// FarthestFillM bounds the distance in metres from a filled sample to the
	// nearest measured one, counted along rows and columns, over the voids that the
	// window holds or cuts.
	FarthestFillM float64

	SpacingM float64  // between rows of the window
	Files    []string // that touch the window, sorted
}

// MissingShare is the share of the window without a height, 0 to 1.
func (r *WindowReport) MissingShare() float64 { return float64(r.Missing) / float64(max(r.Samples, 1)) }

// VoidShare is the share of the window whose files hold voids, 0 to 1.
func (r *WindowReport) VoidShare() float64 { return float64(r.Voids) / float64(max(r.Samples, 1)) }

const (
	// alignedSamples is how far, in samples, a tile may lie off the window's lattice
	// and still be copied as it is: 0.3 m of SRTM, which itself lies some 10 m off.
	alignedSamples = 0.01

	// maxWindowSamples bounds a window: 1 GB, or 500 x 500 km of one arc-second.
	maxWindowSamples = 1 << 28

	// marginM is read around a window, so that voids cut by its edge are filled as
	// they are in a larger one.
	marginM = 3000

	// bandRows is how many rows of a file are copied at a time.
	bandRows = 256

	// meshSamples is the distance between positions that are transformed exactly; in
	// between they are interpolated. Over 32 samples a transverse Mercator bends by
	// 32²/8 · spacing/6400 km · tan(latitude) of a sample: 1/500 at 90 m and 45°.
	meshSamples = 32
)

// lattice is a set of places for samples, without end.
type lattice struct{ west, north, stepLon, stepLat float64 }

// Window reads the terrain of bound: at least its extent, on the lattice of the
// finest file that touches it.
//
// Files on that lattice are copied exactly, others interpolated bilinearly up to
// half a sample beyond their outer samples. Where files overlap the finest counts,
// among equals the first by path, and the voids of one are taken from the next.
// Remaining voids are filled with the surface of a membrane stretched over their
// edge: it reproduces planes and never leaves the range of the heights around the
// void. A void is filled when none of its samples lies further than 8 km from a
// measured one, or 3 km when it reaches the edge of the data, where it may as well
// be the end of the data. What has no height is NaN and counted as missing, never
// an error.
//
// Errors wrap ErrBound or ErrTooLarge, or come from reading a file.
func (s *Source) Window(ctx context.Context, bound orb.Bound) (*Grid, WindowReport, error) {
	if !isBound(bound) {
		return nil, WindowReport{}, fmt.Errorf("%w: %v to %v", ErrBound, bound.Min, bound.Max)
	}
	tiles := touching(s.tiles, bound)
	if len(tiles) == 0 {
		tiles = slices.Clone(s.tiles)
	}
	byFineness(tiles)
	l := tiles[0].lattice()

	// The window in whole steps of the lattice, with a margin.
	const slack = edgeSnap
	west := math.Floor((bound.Min[0]-l.west)/l.stepLon + slack)
	east := math.Ceil((bound.Max[0]-l.west)/l.stepLon - slack)
	north := math.Floor((l.north-bound.Max[1])/l.stepLat + slack)
	south := math.Ceil((l.north-bound.Min[1])/l.stepLat - slack)
	width, height := max(east-west, 1)+1, max(south-north, 1)+1
	margin := math.Ceil(marginM / (l.stepLat * metresPerDegreeLat))
	if n := (width + 2*margin) * (height + 2*margin); n > maxWindowSamples {
		return nil, WindowReport{}, fmt.Errorf("%w: %.0f x %.0f samples %.1f m apart; resample the terrain (gdalwarp -tr)",
			ErrTooLarge, width, height, l.stepLat*metresPerDegreeLat)
	}
	g := &Grid{
		West: l.west + (west-margin)*l.stepLon, North: l.north - (north-margin)*l.stepLat,
		StepLon: l.stepLon, StepLat: l.stepLat,
		Width: int(width + 2*margin), Height: int(height + 2*margin),
		Surface: s.surface,
	}
	g.HeightsM = make([]float32, g.Width*g.Height)
	for i := range g.HeightsM {
		g.HeightsM[i] = nan32
	}
	tiles = touching(s.tiles, g.Bound())
	byFineness(tiles)
	for _, t := range tiles {
		if err := g.draw(ctx, t); err != nil {
			return nil, WindowReport{}, err
		}
	}

	inner := window{int(margin), int(margin), int(width), int(height)}
	report := WindowReport{Samples: inner.w * inner.h, SpacingM: g.SpacingM()}
	err := fillVoids(ctx, g, func(samples []int32, reachM float64, filled bool) {
		inside := 0
		for _, k := range samples {
			if inner.holds(int(k)%g.Width, int(k)/g.Width) {
				inside++
			}
		}
		report.Voids += inside
		if filled && inside > 0 {
			report.Filled += inside
			report.FarthestFillM = max(report.FarthestFillM, reachM)
		}
	})
	if err != nil {
		return nil, WindowReport{}, err
	}
	g.crop(inner)
	for _, h := range g.HeightsM {
		if h != h {
			report.Missing++
		}
	}
	for _, t := range touching(tiles, g.Bound()) {
		report.Files = append(report.Files, t.Path)
	}
	slices.Sort(report.Files)
	return g, report, nil
}

// window is a part of a raster.
type window struct{ x, y, w, h int }

func (w window) holds(x, y int) bool {
	return x >= w.x && y >= w.y && x < w.x+w.w && y < w.y+w.h
}

// crop keeps a part of the grid, in the same memory.
func (g *Grid) crop(w window) {
	for j := range w.h {
		copy(g.HeightsM[j*w.w:(j+1)*w.w], g.HeightsM[(w.y+j)*g.Width+w.x:])
	}
	g.West += float64(w.x) * g.StepLon
	g.North -= float64(w.y) * g.StepLat
	g.Width, g.Height = w.w, w.h
	g.HeightsM = g.HeightsM[: w.w*w.h : w.w*w.h]
}

func touching(tiles []*tile, b orb.Bound) []*tile {
	var hit []*tile
	for _, t := range tiles {
		if t.ground.Intersects(b) {
			hit = append(hit, t)
		}
	}
	return hit
}

// byFineness sorts the finest tile first, equals by path. Spacings within a
// millimetre are equal: headers round.
func byFineness(tiles []*tile) {
	slices.SortFunc(tiles, func(a, b *tile) int {
		return cmp.Or(
			cmp.Compare(math.Round(a.SpacingM*1000), math.Round(b.SpacingM*1000)),
			cmp.Compare(a.Path, b.Path),
		)
	})
}

// lattice gives the lattice of a tile in longitude and latitude. A projected tile
// has none; it gets one of the same spacing, counted from (0, 0) so that tiles
// side by side get the same.
func (t *tile) lattice() lattice {
	if t.system == nil {
		return lattice{t.west, t.north, t.stepX, t.stepY}
	}
	stepLat, stepLon := t.stepY, t.stepX
	if !t.system.Geographic() {
		stepLat = t.stepY / metresPerDegreeLat
		// By whole tenths of the cosine, so that tiles side by side agree.
		_, cos := math.Sincos(t.Bound.Center()[1] * math.Pi / 180)
		stepLon = t.stepX / metresPerDegreeLat / max(math.Round(10*cos)/10, 0.1)
	}
	return lattice{0, 0, stepLon, stepLat}
}

// on gives the column and row of the grid where the first sample of the tile lies,
// and false when the tile is not on the grid's lattice.
func (t *tile) on(g *Grid) (x, y int, ok bool) {
	if t.system != nil {
		return 0, 0, false
	}
	fit := func(first, steps float64, n int) (int, bool) {
		k := math.Round(first)
		last := first + float64(n-1)*steps
		return int(k), math.Abs(first-k) <= alignedSamples && math.Abs(last-(k+float64(n-1))) <= alignedSamples
	}
	x, okX := fit((t.west-g.West)/g.StepLon, t.stepX/g.StepLon, t.Width)
	y, okY := fit((g.North-t.north)/g.StepLat, t.stepY/g.StepLat, t.Height)
	return x, y, okX && okY
}

// draw puts the samples of a tile where the grid has none yet.
func (g *Grid) draw(ctx context.Context, t *tile) (err error) {
	src, err := t.open()
	if err != nil {
		return &geo.InputError{Pos: geo.Position{File: t.Path}, Err: err}
	}
	defer func() {
		if e := src.Close(); err == nil && e != nil {
			err = fmt.Errorf("terrain: %w", e)
		}
	}()
	if x, y, ok := t.on(g); ok {
		err = g.copy(ctx, t, src, x, y)
	} else {
		err = g.resample(ctx, t, src)
	}
	if err != nil && ctx.Err() == nil {
		err = &geo.InputError{Pos: geo.Position{File: t.Path}, Err: err}
	}
	return err
}

// void32 marks a sample of a grid under construction that a file covers without
// giving a height. Samples that no file covers are NaN.
var void32 = float32(math.Inf(-1))

// put sets a sample that has no height yet.
func (g *Grid) put(k int, v float32) {
	if g.HeightsM[k] > void32 { // neither NaN nor void
		return
	}
	if v != v {
		v = void32
	}
	g.HeightsM[k] = v
}

// copy takes the samples of a tile on the lattice whose first lies at (x, y).
func (g *Grid) copy(ctx context.Context, t *tile, src samples, x, y int) error {
	x0, x1 := max(x, 0), min(x+t.Width, g.Width)
	y0, y1 := max(y, 0), min(y+t.Height, g.Height)
	w := x1 - x0
	if w <= 0 || y1 <= y0 {
		return nil
	}
	buf := make([]float32, w*min(bandRows, y1-y0))
	for ; y0 < y1; y0 += bandRows {
		if err := ctx.Err(); err != nil {
			return err
		}
		h := min(bandRows, y1-y0)
		band := buf[:w*h]
		if err := src.read(band, x0-x, y0-y, w, h); err != nil {
			return err
		}
		for j := range h {
			for i, v := range band[j*w : (j+1)*w] {
				g.put((y0+j)*g.Width+x0+i, v)
			}
		}
	}
	return nil
}

// resample interpolates a tile of another lattice or coordinate system.
func (g *Grid) resample(ctx context.Context, t *tile, src samples) error {
	// The part of the grid under the tile.
	x0 := max(0, int(math.Floor((t.ground.Min[0]-g.West)/g.StepLon)))
	x1 := min(g.Width, int(math.Ceil((t.ground.Max[0]-g.West)/g.StepLon))+1)
	y0 := max(0, int(math.Floor((g.North-t.ground.Max[1])/g.StepLat)))
	y1 := min(g.Height, int(math.Ceil((g.North-t.ground.Min[1])/g.StepLat))+1)
	var part Grid
	for y := y0; y < y1; y += meshSamples {
		if err := ctx.Err(); err != nil {
			return err
		}
		for x := x0; x < x1; x += meshSamples {
			if err := g.resampleBlock(t, src, &part, window{x, y, min(meshSamples, x1-x), min(meshSamples, y1-y)}); err != nil {
				return err
			}
		}
	}
	return nil
}

// resampleBlock interpolates a tile over a few samples of the grid. part is memory
// for the samples of the tile.
func (g *Grid) resampleBlock(t *tile, src samples, part *Grid, b window) error {
	// Positions in the tile, in samples, at the corners of the block.
	var cx, cy [2][2]float64
	minX, minY := math.Inf(1), math.Inf(1)
	maxX, maxY := math.Inf(-1), math.Inf(-1)
	for j := range 2 {
		for i := range 2 {
			p := orb.Point{g.West + float64(b.x+i*b.w)*g.StepLon, g.North - float64(b.y+j*b.h)*g.StepLat}
			x, y, err := t.position(p)
			if err != nil {
				return err
			}
			cx[j][i], cy[j][i] = x, y
			minX, maxX = min(minX, x), max(maxX, x)
			minY, maxY = min(minY, y), max(maxY, y)
		}
	}
	last := func(n int) float64 { return float64(n - 1) }
	if maxX < -0.5 || maxY < -0.5 || minX > last(t.Width)+0.5 || minY > last(t.Height)+0.5 {
		return nil
	}
	x0, x1 := int(max(0, math.Floor(minX))), int(min(last(t.Width), math.Ceil(maxX)+1))
	y0, y1 := int(max(0, math.Floor(minY))), int(min(last(t.Height), math.Ceil(maxY)+1))
	x0, y0 = min(x0, t.Width-1), min(y0, t.Height-1)
	part.Width, part.Height = x1-x0+1, y1-y0+1
	part.HeightsM = slices.Grow(part.HeightsM[:0], part.Width*part.Height)[:part.Width*part.Height]
	if err := src.read(part.HeightsM, x0, y0, part.Width, part.Height); err != nil {
		return err
	}
	for j := range b.h {
		fy := float64(j) / float64(b.h)
		for i := range b.w {
			fx := float64(i) / float64(b.w)
			x := (cx[0][0]*(1-fx)+cx[0][1]*fx)*(1-fy) + (cx[1][0]*(1-fx)+cx[1][1]*fx)*fy
			y := (cy[0][0]*(1-fx)+cy[0][1]*fx)*(1-fy) + (cy[1][0]*(1-fx)+cy[1][1]*fx)*fy
			if x < -0.5 || y < -0.5 || x > last(t.Width)+0.5 || y > last(t.Height)+0.5 {
				continue
			}
			x, y = min(max(x, 0), last(t.Width)), min(max(y, 0), last(t.Height))
			g.put((b.y+j)*g.Width+b.x+i, float32(part.at(x-float64(x0), y-float64(y0))))
		}
	}
	return nil
}

// position gives where p lies in the tile, in samples from its first.
func (t *tile) position(p orb.Point) (x, y float64, err error) {
	px, py := p[0], p[1]
	if t.system != nil {
		if px, py, err = t.system.FromWGS84(p); err != nil {
			return 0, 0, fmt.Errorf("terrain: %w", err)
		}
	}
	return (px - t.west) / t.stepX, (t.north - py) / t.stepY, nil
}
