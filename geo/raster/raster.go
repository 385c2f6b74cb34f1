// Package raster reads maps whose samples are no heights: classes of land cover,
// counts of people. [Source.Nearest] gives the sample at each point of a lattice,
// [Source.Scan] visits every sample, so that what a map counts is neither lost nor
// counted twice.
package raster

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/covgap/covgap/geo"
	"github.com/covgap/covgap/geo/crs"
	"github.com/covgap/covgap/geo/geotiff"
	"github.com/paulmach/orb"
)

// Errors of this package. Those about a file come in a [geo.InputError] that names
// it.
var (
	ErrNoFiles = errors.New("raster: no GeoTIFF files")
	ErrCRS     = errors.New("raster: unknown coordinate system")
	ErrOverlap = errors.New("raster: files overlap")
	ErrBound   = errors.New("raster: no part of the area is covered")
)

// Source is a map of one GeoTIFF or of several side by side. It holds what their
// headers say; samples are read as they are asked for. It is safe for concurrent
// use.
type Source struct {
	tiles []*tile // by path
}

// tile is a file and where its samples lie.
type tile struct {
	path   string
	header geotiff.Header
	system *crs.System // nil for WGS 84 longitude and latitude
	bound  orb.Bound   // of the samples' whole area, longitude and latitude
}

// Open reads the headers of GeoTIFFs. A path is a file or a folder, all GeoTIFFs of
// which are taken. Errors about a file are [*geo.InputError]s that wrap one of this
// package's or of geo/geotiff's; ErrOverlap is that of files that cover the same
// ground, where a sample would count twice.
func Open(ctx context.Context, paths []string) (*Source, error) {
	s := &Source{}
	for _, path := range paths {
		files, err := find(path)
		if err != nil {
			return nil, err
		}
		for _, file := range files {
			if err := ctx.Err(); err != nil {
				return nil, err
			}
			t, err := openTile(file)
			if err != nil {
				var in *geo.InputError
				if !errors.As(err, &in) {
					in = &geo.InputError{Err: err}
				}
				in.Pos.File = file
				return nil, in
			}
			s.tiles = append(s.tiles, t)
		}
	}
	slices.SortFunc(s.tiles, func(a, b *tile) int { return cmp.Compare(a.path, b.path) })
	s.tiles = slices.CompactFunc(s.tiles, func(a, b *tile) bool { return a.path == b.path })
	for i, a := range s.tiles {
		for _, b := range s.tiles[i+1:] {
			if overlap(a, b) {
				return nil, &geo.InputError{
					Pos: geo.Position{File: b.path}, Found: "the ground of " + a.path, Expected: "files that lie side by side",
					Hint: "name one of them, or join them (gdalbuildvrt, gdal_translate)", Err: ErrOverlap,
				}
			}
		}
	}
	return s, nil
}

// find lists the GeoTIFFs of a path.
func find(path string) ([]string, error) {
	st, err := os.Stat(path)
	if err != nil {
		return nil, &geo.InputError{Pos: geo.Position{File: path}, Found: "cannot be opened", Expected: "a GeoTIFF or a folder of them", Err: err}
	}
	if !st.IsDir() {
		return []string{filepath.Clean(path)}, nil
	}
	var files []string
	err = filepath.WalkDir(path, func(name string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if ext := strings.ToLower(filepath.Ext(name)); !d.IsDir() && (ext == ".tif" || ext == ".tiff") {
			files = append(files, name)
		}
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("raster: %w", err)
	}
	if len(files) == 0 {
		return nil, &geo.InputError{Pos: geo.Position{File: path}, Found: "a folder without GeoTIFFs", Expected: ".tif or .tiff files", Err: ErrNoFiles}
	}
	return files, nil
}

const epsgWGS84 = 4326

func openTile(path string) (*tile, error) {
	r, f, err := geotiff.OpenFile(path)
	if err != nil {
		return nil, err
	}
	if err := f.Close(); err != nil {
		return nil, fmt.Errorf("raster: %w", err)
	}
	t := &tile{path: path, header: r.Header}
	if r.EPSG != epsgWGS84 || !r.Geographic {
		system, err := crs.Lookup(fmt.Sprintf("EPSG:%d", r.EPSG))
		if err != nil || r.EPSG == 0 {
			return nil, &geo.InputError{
				Found: fmt.Sprintf("coordinate system EPSG:%d", r.EPSG), Expected: "one that is known here", Hint: "gdalwarp -t_srs EPSG:4326; of counts with -r sum", Err: ErrCRS,
			}
		}
		t.system = &system
	}
	return t, t.extent()
}

// edgePoints is how many points of each edge of a projected file tell where it lies.
const edgePoints = 16

// extent computes the bound of a tile.
func (t *tile) extent() error {
	w, h := float64(t.header.Width), float64(t.header.Height)
	first := true
	for i := range edgePoints + 1 {
		f := float64(i) / edgePoints
		for _, at := range [][2]float64{{f * w, 0}, {f * w, h}, {0, f * h}, {w, f * h}} {
			p, err := t.ground(at[0]-0.5, at[1]-0.5)
			if err != nil {
				return err
			}
			if first {
				t.bound, first = p.Bound(), false
			}
			t.bound = t.bound.Extend(p)
		}
	}
	return nil
}

// ground gives the point at a position in samples from the first one's centre.
func (t *tile) ground(x, y float64) (orb.Point, error) {
	px, py := t.header.West+x*t.header.StepX, t.header.North-y*t.header.StepY
	if t.system == nil {
		return orb.Point{px, py}, nil
	}
	p, err := t.system.ToWGS84(px, py)
	if err != nil {
		return orb.Point{}, fmt.Errorf("raster: %w", err)
	}
	return p, nil
}

// position is the inverse of ground.
func (t *tile) position(p orb.Point) (x, y float64, err error) {
	px, py := p[0], p[1]
	if t.system != nil {
		if px, py, err = t.system.FromWGS84(p); err != nil {
			return 0, 0, fmt.Errorf("raster: %w", err)
		}
	}
	return (px - t.header.West) / t.header.StepX, (t.header.North - py) / t.header.StepY, nil
}

// overlap says whether two files of one coordinate system cover more of the same
// ground than half a sample along an edge; of two systems whether their bounds do,
// beyond a thousandth, which the corners of one may reach into the other.
func overlap(a, b *tile) bool {
	if (a.system == nil) == (b.system == nil) && (a.system == nil || a.system.Code() == b.system.Code()) {
		x := min(a.header.West+(float64(a.header.Width)-0.5)*a.header.StepX, b.header.West+(float64(b.header.Width)-0.5)*b.header.StepX) -
			max(a.header.West-a.header.StepX/2, b.header.West-b.header.StepX/2)
		y := min(a.header.North+a.header.StepY/2, b.header.North+b.header.StepY/2) -
			max(a.header.North-(float64(a.header.Height)-0.5)*a.header.StepY, b.header.North-(float64(b.header.Height)-0.5)*b.header.StepY)
		return x > a.header.StepX/2 && y > a.header.StepY/2
	}
	x := min(a.bound.Max[0], b.bound.Max[0]) - max(a.bound.Min[0], b.bound.Min[0])
	y := min(a.bound.Max[1], b.bound.Max[1]) - max(a.bound.Min[1], b.bound.Min[1])
	return x > 1e-3*(a.bound.Max[0]-a.bound.Min[0]) && y > 1e-3*(a.bound.Max[1]-a.bound.Min[1])
}

// Bound is the extent of all files.
func (s *Source) Bound() orb.Bound {
	b := s.tiles[0].bound
	for _, t := range s.tiles[1:] {
		b = b.Union(t.bound)
	}
	return b
}

// Files gives the files that touch a bound, in alphabetical order. When there is
// none, the error is a [*geo.InputError] that wraps ErrBound and says where the
// files lie.
func (s *Source) Files(bound orb.Bound) ([]string, error) {
	var files []string
	for _, t := range s.tiles {
		if t.bound.Intersects(bound) {
			files = append(files, t.path)
		}
	}
	if len(files) == 0 {
		b := s.Bound()
		return nil, &geo.InputError{
			Pos:      geo.Position{File: s.tiles[0].path},
			Found:    fmt.Sprintf("a map of longitude %.3f to %.3f, latitude %.3f to %.3f", b.Min[0], b.Max[0], b.Min[1], b.Max[1]),
			Expected: fmt.Sprintf("one that covers longitude %.3f to %.3f, latitude %.3f to %.3f", bound.Min[0], bound.Max[0], bound.Min[1], bound.Max[1]),
			Hint:     "is it the file of another area?", Err: ErrBound,
		}
	}
	return files, nil
}

// Sample is a sample of a map, with the ground that it stands for.
type Sample struct {
	Value float64 // scaled as the file says
	tile  *tile
	x, y  int
}

// Center is the middle of the sample. The error is that of its coordinate system.
func (s *Sample) Center() (orb.Point, error) { return s.tile.ground(float64(s.x), float64(s.y)) }

// Spread gives n×n points evenly over the sample's ground.
func (s *Sample) Spread(n int, dst []orb.Point) ([]orb.Point, error) {
	for j := range n {
		for i := range n {
			p, err := s.tile.ground(float64(s.x)-0.5+(float64(i)+0.5)/float64(n), float64(s.y)-0.5+(float64(j)+0.5)/float64(n))
			if err != nil {
				return dst, err
			}
			dst = append(dst, p)
		}
	}
	return dst, nil
}

// SizeM is the longer side of the sample's ground in metres.
func (s *Sample) SizeM() float64 {
	h := &s.tile.header
	if s.tile.system != nil && !s.tile.system.Geographic() {
		return max(h.StepX, h.StepY)
	}
	const metresPerDegree = 111320 // of the equator; the longer one, to be on the safe side
	return metresPerDegree * max(h.StepX, h.StepY)
}

// bandBytes bounds the samples that Scan and Nearest hold at a time.
const bandBytes = 32 << 20

// Scan visits every sample that has a value and whose centre may lie in bound (a
// few beyond its edge are among them), file by file and row by row. It stops at the
// first error of visit. Errors about a file are [*geo.InputError]s.
func (s *Source) Scan(ctx context.Context, bound orb.Bound, visit func(*Sample) error) error {
	for _, t := range s.tiles {
		if !t.bound.Intersects(bound) {
			continue
		}
		x0, y0, x1, y1, err := t.window(bound)
		if err == nil {
			err = t.scan(ctx, x0, y0, x1, y1, visit)
		}
		if err != nil {
			return t.fault(ctx, err)
		}
	}
	return nil
}

// fault names the file of an error, but for that of a cancelled context.
func (t *tile) fault(ctx context.Context, err error) error {
	if ctx.Err() != nil {
		return ctx.Err()
	}
	var in *geo.InputError
	if errors.As(err, &in) && in.Pos.File != "" {
		return err
	}
	return &geo.InputError{Pos: geo.Position{File: t.path}, Err: err}
}

// window gives the samples x0 ≤ x < x1, y0 ≤ y < y1 that may lie in bound.
func (t *tile) window(bound orb.Bound) (x0, y0, x1, y1 int, err error) {
	lo, hi := orb.Point{math.Inf(1), math.Inf(1)}, orb.Point{math.Inf(-1), math.Inf(-1)}
	part := orb.Bound{
		Min: orb.Point{max(bound.Min[0], t.bound.Min[0]), max(bound.Min[1], t.bound.Min[1])},
		Max: orb.Point{min(bound.Max[0], t.bound.Max[0]), min(bound.Max[1], t.bound.Max[1])},
	}
	for i := range edgePoints + 1 {
		f := float64(i) / edgePoints
		lon, lat := part.Min[0]+f*(part.Max[0]-part.Min[0]), part.Min[1]+f*(part.Max[1]-part.Min[1])
		for _, p := range []orb.Point{{lon, part.Min[1]}, {lon, part.Max[1]}, {part.Min[0], lat}, {part.Max[0], lat}} {
			x, y, err := t.position(p)
			if err != nil {
				return 0, 0, 0, 0, err
			}
			lo, hi = orb.Point{min(lo[0], x), min(lo[1], y)}, orb.Point{max(hi[0], x), max(hi[1], y)}
		}
	}
	clamp := func(v float64, n int) int { return int(min(max(v, 0), float64(n))) }
	return clamp(math.Floor(lo[0]), t.header.Width), clamp(math.Floor(lo[1]), t.header.Height),
		clamp(math.Ceil(hi[0])+1, t.header.Width), clamp(math.Ceil(hi[1])+1, t.header.Height), nil
}

func (t *tile) scan(ctx context.Context, x0, y0, x1, y1 int, visit func(*Sample) error) (err error) {
	w := x1 - x0
	if w <= 0 || y1 <= y0 {
		return nil
	}
	r, f, err := geotiff.OpenFile(t.path)
	if err != nil {
		return err
	}
	defer func() {
		if cerr := f.Close(); err == nil && cerr != nil {
			err = fmt.Errorf("raster: %w", cerr)
		}
	}()
	rows := min(max(1, bandBytes/8/w), y1-y0)
	buf := make([]float64, rows*w)
	sample := Sample{tile: t}
	for y := y0; y < y1; y += rows {
		if err := ctx.Err(); err != nil {
			return err
		}
		n := min(rows, y1-y)
		if err := geotiff.Read(r, buf[:n*w], x0, y, w, n); err != nil {
			return err
		}
		for k, v := range buf[:n*w] {
			if v = t.value(v); math.IsNaN(v) {
				continue
			}
			sample.Value, sample.x, sample.y = v, x0+k%w, y+k/w
			if err := visit(&sample); err != nil {
				return err
			}
		}
	}
	return nil
}

// value gives a sample as a quantity, NaN for one without.
func (t *tile) value(v float64) float64 {
	if t.header.IsNoData(v) || math.IsInf(v, 0) {
		return math.NaN()
	}
	if t.header.Scale != 0 {
		v *= t.header.Scale
	}
	return v + t.header.Offset
}

// Lattice is points in longitude and latitude: those of a terrain in memory.
type Lattice struct {
	West, North      float64 // the first point, north-west
	StepLon, StepLat float64 // positive; rows run from north to south
	Width, Height    int
}

// Bound is the extent of the points.
func (l *Lattice) Bound() orb.Bound {
	return orb.Bound{
		Min: orb.Point{l.West, l.North - float64(l.Height-1)*l.StepLat},
		Max: orb.Point{l.West + float64(l.Width-1)*l.StepLon, l.North},
	}
}

// meshSamples is the side of the blocks of points between whose corners positions in
// a file are interpolated: over 64 points 30 m apart, 2 km, a transverse Mercator is
// straight within a tenth of a metre, a hundredth of a 10 m sample.
const meshSamples = 64

// Nearest gives, row by row, the value of the sample on whose ground each point of
// a lattice lies; NaN where no file has one. Errors about a file are
// [*geo.InputError]s.
func (s *Source) Nearest(ctx context.Context, l Lattice) ([]float32, error) {
	out := make([]float32, l.Width*l.Height)
	for i := range out {
		out[i] = float32(math.NaN())
	}
	bound := l.Bound()
	for _, t := range s.tiles {
		if !t.bound.Intersects(bound) {
			continue
		}
		if err := t.nearest(ctx, l, out); err != nil {
			return nil, t.fault(ctx, err)
		}
	}
	return out, nil
}

func (t *tile) nearest(ctx context.Context, l Lattice, out []float32) (err error) {
	r, f, err := geotiff.OpenFile(t.path)
	if err != nil {
		return err
	}
	defer func() {
		if cerr := f.Close(); err == nil && cerr != nil {
			err = fmt.Errorf("raster: %w", cerr)
		}
	}()
	column := func(lon float64) float64 { return (lon - l.West) / l.StepLon }
	row := func(lat float64) float64 { return (l.North - lat) / l.StepLat }
	x0, x1 := max(0, int(math.Floor(column(t.bound.Min[0])))), min(l.Width, int(math.Ceil(column(t.bound.Max[0])))+1)
	y0, y1 := max(0, int(math.Floor(row(t.bound.Max[1])))), min(l.Height, int(math.Ceil(row(t.bound.Min[1])))+1)
	var part []float64
	for y := y0; y < y1; y += meshSamples {
		if err := ctx.Err(); err != nil {
			return err
		}
		for x := x0; x < x1; x += meshSamples {
			if part, err = t.nearestBlock(r, l, out, part, x, y, min(meshSamples, x1-x), min(meshSamples, y1-y)); err != nil {
				return err
			}
		}
	}
	return nil
}

// nearestBlock fills w×h points from (x, y). part is memory for the samples under
// them.
func (t *tile) nearestBlock(r *geotiff.Raster, l Lattice, out []float32, part []float64, x, y, w, h int) ([]float64, error) {
	var cx, cy [2][2]float64 // the corners' positions in the file
	lo, hi := orb.Point{math.Inf(1), math.Inf(1)}, orb.Point{math.Inf(-1), math.Inf(-1)}
	for j := range 2 {
		for i := range 2 {
			p := orb.Point{l.West + float64(x+i*w)*l.StepLon, l.North - float64(y+j*h)*l.StepLat}
			px, py, err := t.position(p)
			if err != nil {
				return part, err
			}
			cx[j][i], cy[j][i] = px, py
			lo, hi = orb.Point{min(lo[0], px), min(lo[1], py)}, orb.Point{max(hi[0], px), max(hi[1], py)}
		}
	}
	clamp := func(v float64, n int) int { return int(min(max(v, 0), float64(n))) }
	sx0, sy0 := clamp(math.Floor(lo[0]), t.header.Width), clamp(math.Floor(lo[1]), t.header.Height)
	sx1, sy1 := clamp(math.Ceil(hi[0])+1, t.header.Width), clamp(math.Ceil(hi[1])+1, t.header.Height)
	sw, sh := sx1-sx0, sy1-sy0
	if sw <= 0 || sh <= 0 {
		return part, nil
	}
	part = slices.Grow(part[:0], sw*sh)[:sw*sh]
	if err := geotiff.Read(r, part, sx0, sy0, sw, sh); err != nil {
		return part, err
	}
	for j := range h {
		fy := float64(j) / float64(h)
		for i := range w {
			fx := float64(i) / float64(w)
			px := math.Floor((cx[0][0]*(1-fx)+cx[0][1]*fx)*(1-fy) + (cx[1][0]*(1-fx)+cx[1][1]*fx)*fy + 0.5)
			py := math.Floor((cy[0][0]*(1-fx)+cy[0][1]*fx)*(1-fy) + (cy[1][0]*(1-fx)+cy[1][1]*fx)*fy + 0.5)
			if px < float64(sx0) || py < float64(sy0) || px >= float64(sx1) || py >= float64(sy1) {
				continue
			}
			if v := t.value(part[(int(py)-sy0)*sw+int(px)-sx0]); !math.IsNaN(v) {
				out[(y+j)*l.Width+x+i] = float32(v)
			}
		}
	}
	return part, nil
}
