package terrain

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/covgap/covgap/geo"
	"github.com/covgap/covgap/geo/crs"
	"github.com/paulmach/orb"
)

// Errors of this package, for errors.Is. Those about a file come in a
// [geo.InputError] that names it.
var (
	ErrNoTerrain = errors.New("terrain: no terrain files")
	ErrFormat    = errors.New("terrain: not a terrain file that can be read")
	ErrTile      = errors.New("terrain: wrong name or size of an SRTM tile")
	ErrCRS       = errors.New("terrain: unknown coordinate system")
	ErrUnit      = errors.New("terrain: heights not in metres")
	ErrNoHeights = errors.New("terrain: a raster of something else than heights")
	ErrBound     = errors.New("terrain: not a bound in longitude and latitude")
	ErrTooLarge  = errors.New("terrain: window too large for memory")
)

// Options of Open. The zero value suits SRTM and GLO-30.
type Options struct {
	// Surface is what the heights are measured to; "" stands for DSM, which is what
	// SRTM and Copernicus GLO-30 hold. Files do not say it.
	Surface Surface
}

// Source is a set of terrain files. It holds what their headers say; samples are
// read by [Source.Window]. It is safe for concurrent use.
type Source struct {
	surface Surface
	tiles   []*tile // by path
}

// File describes one terrain file.
type File struct {
	Path          string
	Width, Height int       // samples
	SpacingM      float64   // between rows
	Bound         orb.Bound // of the samples
}

// samples are the heights of an open file.
type samples interface {
	// read copies the window of w x h samples at (x, y) into dst, row by row, in
	// metres. A sample without a plausible height is NaN.
	read(dst []float32, x, y, w, h int) error
	io.Closer
}

// tile is a file and where its samples lie.
type tile struct {
	File

	system       *crs.System // nil for WGS 84 longitude and latitude
	west, north  float64     // centre of the first sample, in the tile's coordinate system
	stepX, stepY float64
	ground       orb.Bound // Bound and half a sample around it
	open         func() (samples, error)
}

// Open reads the headers of terrain files. A path is a file or a folder, which is
// searched with all below it; names beginning with a dot are passed over there, and
// rasters that say that they hold levels or classes, as results of covgap do. Files are SRTM tiles (.hgt, .hgt.zip) or GeoTIFFs (.tif, .tiff) in any coordinate
// system that geo/crs knows. Errors about a file are [geo.InputError]s that wrap
// one of this package's or of geo/geotiff's.
func Open(ctx context.Context, paths []string, o Options) (*Source, error) {
	s := &Source{surface: cmp.Or(o.Surface, DSM)}
	if s.surface != DSM && s.surface != DTM {
		return nil, &geo.InputError{Field: "surface", Found: fmt.Sprintf("%q", s.surface), Expected: "dtm or dsm", Err: ErrFormat}
	}
	files, err := find(ctx, paths)
	if err != nil {
		return nil, err
	}
	for _, path := range files {
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		t, err := openTile(path)
		if errors.Is(err, ErrNoHeights) && !named(path, paths) {
			continue
		}
		if err != nil {
			return nil, err
		}
		s.tiles = append(s.tiles, t)
	}
	if len(s.tiles) == 0 {
		return nil, nothing(paths)
	}
	return s, nil
}

// find lists the terrain files under paths, each once, in order.
func find(ctx context.Context, paths []string) ([]string, error) {
	var files []string
	for _, path := range paths {
		st, err := os.Stat(path)
		if err != nil {
			return nil, &geo.InputError{Pos: geo.Position{File: path}, Found: "cannot be opened", Expected: "a terrain file or folder", Err: err}
		}
		if !st.IsDir() {
			files = append(files, filepath.Clean(path))
			continue
		}
		// os.DirFS follows path itself when it is a symbolic link.
		err = fs.WalkDir(os.DirFS(path), ".", func(name string, d fs.DirEntry, err error) error {
			switch {
			case err != nil:
				return err
			case ctx.Err() != nil:
				return ctx.Err()
			case name != "." && strings.HasPrefix(d.Name(), "."):
				if d.IsDir() {
					return fs.SkipDir
				}
			case !d.IsDir() && formatOf(name) != "":
				files = append(files, filepath.Join(path, filepath.FromSlash(name)))
			}
			return nil
		})
		if err != nil {
			return nil, fmt.Errorf("terrain: %s: %w", path, err)
		}
	}
	if len(files) == 0 {
		return nil, nothing(paths)
	}
	slices.Sort(files)
	return slices.Compact(files), nil
}

// nothing says that there is no terrain under paths.
func nothing(paths []string) error {
	return &geo.InputError{
		Pos:      geo.Position{File: strings.Join(paths, ", ")},
		Found:    "no terrain files",
		Expected: "files named .hgt, .hgt.zip, .tif or .tiff",
		Err:      ErrNoTerrain,
	}
}

// named says whether a file was asked for by its own path.
func named(file string, paths []string) bool {
	return slices.ContainsFunc(paths, func(p string) bool { return filepath.Clean(p) == file })
}

// formatOf gives the ending of a terrain file's name, "" for other files.
func formatOf(path string) string {
	name := strings.ToLower(path)
	for _, ending := range []string{".hgt", ".hgt.zip", ".tif", ".tiff"} {
		if strings.HasSuffix(name, ending) {
			return ending
		}
	}
	return ""
}

func openTile(path string) (*tile, error) {
	t := &tile{File: File{Path: path}}
	var err error
	switch formatOf(path) {
	case ".hgt":
		err = t.openHGT()
	case ".hgt.zip":
		err = t.openZip()
	case ".tif", ".tiff":
		err = t.openGeoTIFF()
	default:
		err = &geo.InputError{Found: fmt.Sprintf("%q", filepath.Ext(path)), Expected: "a file named .hgt, .hgt.zip, .tif or .tiff", Err: ErrFormat}
	}
	if err != nil {
		var in *geo.InputError
		if !errors.As(err, &in) {
			in = &geo.InputError{Err: err}
		}
		in.Pos.File = path
		return nil, in
	}
	if err := t.survey(); err != nil {
		return nil, &geo.InputError{Pos: geo.Position{File: path}, Err: err}
	}
	return t, nil
}

// survey computes spacing and extents.
func (t *tile) survey() error {
	t.SpacingM = t.stepY
	if t.system == nil || t.system.Geographic() {
		t.SpacingM *= metresPerDegreeLat
	}
	var err error
	if t.Bound, err = t.extent(0); err != nil {
		return err
	}
	t.ground, err = t.extent(0.5)
	return err
}

// extent gives the bound in longitude and latitude of the samples and of a part of
// a sample around them.
func (t *tile) extent(around float64) (orb.Bound, error) {
	west, east := t.west-around*t.stepX, t.west+(float64(t.Width-1)+around)*t.stepX
	north, south := t.north+around*t.stepY, t.north-(float64(t.Height-1)+around)*t.stepY
	if t.system == nil {
		b := orb.Bound{Min: orb.Point{west, south}, Max: orb.Point{east, north}}
		if !isBound(b) {
			return b, fmt.Errorf("%w: longitudes %v to %v, latitudes %v to %v", ErrCRS, west, east, south, north)
		}
		return b, nil
	}
	// An edge is a curve in longitude and latitude: over a sheet of 100 km it bulges
	// by 200 m, of which a sixteenth part of the edge leaves less than a metre.
	const parts = 16
	var b orb.Bound
	for i := range parts + 1 {
		f := float64(i) / parts
		x, y := west+f*(east-west), south+f*(north-south)
		for k, q := range [4][2]float64{{x, south}, {x, north}, {west, y}, {east, y}} {
			p, err := t.system.ToWGS84(q[0], q[1])
			if err != nil {
				return b, fmt.Errorf("terrain: corner %v, %v: %w", q[0], q[1], err)
			}
			if i == 0 && k == 0 {
				b = p.Bound()
			}
			b = b.Extend(p)
		}
	}
	return b, nil
}

// isBound says whether b is an extent in longitude and latitude, with a sample's
// overhang allowed at the ends of the earth.
func isBound(b orb.Bound) bool {
	const overhang = 1
	return b.Min[0] <= b.Max[0] && b.Min[1] <= b.Max[1] &&
		b.Min[0] >= -180-overhang && b.Max[0] <= 180+overhang && b.Min[1] >= -90-overhang && b.Max[1] <= 90+overhang
}

// Surface is what the heights are measured to.
func (s *Source) Surface() Surface { return s.surface }

// Bound is the smallest extent around all files. Parts of it may lie in none.
func (s *Source) Bound() orb.Bound {
	b := s.tiles[0].Bound
	for _, t := range s.tiles[1:] {
		b = b.Union(t.Bound)
	}
	return b
}

// Files describes the files, sorted by path.
func (s *Source) Files() []File {
	files := make([]File, len(s.tiles))
	for i, t := range s.tiles {
		files[i] = t.File
	}
	return files
}
