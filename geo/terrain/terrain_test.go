package terrain_test

import (
	"archive/zip"
	"bytes"
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/covgap/covgap/geo"
	"github.com/covgap/covgap/geo/crs"
	"github.com/covgap/covgap/geo/geotiff"
	"github.com/covgap/covgap/geo/reference"
	"github.com/covgap/covgap/geo/terrain"
	"github.com/google/go-cmp/cmp"
	"github.com/paulmach/orb"
	"pgregory.net/rapid"
)

const void = -32768

// hgtBytes gives the tile of side samples with its south-west corner at lon, lat.
// height gets the sample's place counted eastwards and northwards from 0, 0.
func hgtBytes(lon, lat, side int, height func(east, north int) int16) []byte {
	b := make([]byte, 0, side*side*2)
	for j := range side {
		for i := range side {
			b = binary.BigEndian.AppendUint16(b, uint16(height(lon*(side-1)+i, (lat+1)*(side-1)-j)))
		}
	}
	return b
}

// count is a height that differs from sample to sample.
func count(east, north int) int16 { return int16((east*7+north*13)%5000 + 1) }

func writeFile(tb testing.TB, b []byte, elem ...string) string {
	tb.Helper()
	path := filepath.Join(elem...)
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		tb.Fatal(err)
	}
	if err := os.WriteFile(path, b, 0o600); err != nil {
		tb.Fatal(err)
	}
	return path
}

func zipped(tb testing.TB, files map[string][]byte) []byte {
	tb.Helper()
	var b bytes.Buffer
	z := zip.NewWriter(&b)
	for name, content := range files {
		w, err := z.Create(name)
		if err != nil {
			tb.Fatal(err)
		}
		if _, err := w.Write(content); err != nil {
			tb.Fatal(err)
		}
	}
	if err := z.Close(); err != nil {
		tb.Fatal(err)
	}
	return b.Bytes()
}

func writeTIFF[T geotiff.Sample](tb testing.TB, path string, h geotiff.Header, samples []T) string {
	tb.Helper()
	var b bytes.Buffer
	if err := geotiff.Encode(&b, h, samples, geotiff.Layout{Compression: geotiff.Deflate, Predictor: geotiff.Horizontal, TileSize: 64}); err != nil {
		tb.Fatal(err)
	}
	return writeFile(tb, b.Bytes(), path)
}

func open(tb testing.TB, paths ...string) *terrain.Source {
	tb.Helper()
	s, err := terrain.Open(tb.Context(), paths, terrain.Options{})
	if err != nil {
		tb.Fatal(err)
	}
	return s
}

func window(tb testing.TB, s *terrain.Source, b orb.Bound) (*terrain.Grid, terrain.WindowReport) {
	tb.Helper()
	g, r, err := s.Window(tb.Context(), b)
	if err != nil {
		tb.Fatal(err)
	}
	return g, r
}

func bound(west, south, east, north float64) orb.Bound {
	return orb.Bound{Min: orb.Point{west, south}, Max: orb.Point{east, north}}
}

// TestMosaic reads over the corner where three tiles meet and the fourth is not there.
func TestMosaic(t *testing.T) {
	dir := t.TempDir()
	writeFile(t, hgtBytes(105, 22, 1201, count), dir, "a", "N22E105.hgt")
	writeFile(t, hgtBytes(106, 22, 1201, count), dir, "b", "n22e106.SRTMGL3.hgt")
	writeFile(t, zipped(t, map[string][]byte{"sub/N23E105.hgt": hgtBytes(105, 23, 1201, count)}), dir, "N23E105.SRTMGL3.hgt.zip")
	writeFile(t, []byte("read me"), dir, "README.txt")
	writeFile(t, []byte("of another system"), dir, "b", "._n22e106.SRTMGL3.hgt")
	s := open(t, dir, filepath.Join(dir, "a", "N22E105.hgt"))

	var names []string
	for _, f := range s.Files() {
		rel, err := filepath.Rel(dir, f.Path)
		if err != nil {
			t.Fatal(err)
		}
		names = append(names, filepath.ToSlash(rel))
	}
	want := []string{"N23E105.SRTMGL3.hgt.zip", "a/N22E105.hgt", "b/n22e106.SRTMGL3.hgt"}
	if d := cmp.Diff(want, names); d != "" {
		t.Errorf("files (-want +got):\n%s", d)
	}
	if d := cmp.Diff(bound(105, 22, 107, 24), s.Bound()); d != "" {
		t.Errorf("bound (-want +got):\n%s", d)
	}
	if s.Surface() != terrain.DSM {
		t.Errorf("surface %q; want dsm", s.Surface())
	}

	// 0.1 degrees to each side of the corner where the tiles meet.
	g, r := window(t, s, bound(105.9, 22.9, 106.1, 23.1))
	if g.Width != 241 || g.Height != 241 || r.Samples != 241*241 {
		t.Fatalf("window of %d x %d samples; want 241 x 241", g.Width, g.Height)
	}
	if len(r.Files) != 3 || r.Voids != 0 || r.Filled != 0 || r.Missing != 120*120 {
		t.Errorf("report %+v; want 3 files and %d missing", r, 120*120)
	}
	if want := 120.0 * 120 / 241 / 241; math.Abs(r.MissingShare()-want) > 1e-12 {
		t.Errorf("missing share %v; want %v", r.MissingShare(), want)
	}
	if math.Abs(r.SpacingM-92.61) > 0.005 { // 111,133 m / 1200
		t.Errorf("spacing %v m", r.SpacingM)
	}
	for j := range g.Height {
		for i := range g.Width {
			got := float64(g.HeightsM[j*g.Width+i])
			want := float64(count(106*1200-120+i, 23*1200+120-j))
			if i > 120 && j < 120 { // beyond the shared edges
				want = math.NaN()
			}
			if got != want && !(math.IsNaN(got) && math.IsNaN(want)) {
				t.Fatalf("sample %d, %d: %v; want %v", i, j, got, want)
			}
		}
	}
	// On the shared edges the missing neighbours do not count.
	if got, want := g.At(orb.Point{106, 23.05}), float64(count(106*1200, 23*1200+60)); math.Abs(got-want) > 1e-6 { // rounding
		t.Errorf("height on the edge %v; want %v", got, want)
	}
}

// TestOneArcSecond reads a part of a tile of 3601 samples.
func TestOneArcSecond(t *testing.T) {
	path := writeFile(t, hgtBytes(-106, -23, 3601, func(east, north int) int16 { return count(-east, -north) }), t.TempDir(), "S23W106.hgt")
	g, r := window(t, open(t, path), bound(-105.5, -22.75, -105.25, -22.5))
	if g.Width != 901 || g.Height != 901 || r.Missing != 0 || math.Abs(r.SpacingM-30.87) > 0.005 { // 111,133 m / 3600
		t.Fatalf("%d x %d samples, report %+v", g.Width, g.Height, r)
	}
	for k, h := range g.HeightsM {
		if want := float32(count(379800-k%901, 81000+k/901)); h != want { // 105.5 and 22.5 degrees in seconds
			t.Fatalf("sample %d: %v; want %v", k, h, want)
		}
	}
}

func TestHalfTheAreaMissing(t *testing.T) {
	path := writeFile(t, hgtBytes(105, 22, 1201, func(_, _ int) int16 { return 100 }), t.TempDir(), "N22E105.hgt")
	s := open(t, path)
	g, r := window(t, s, bound(105.75, 22.25, 106.25, 22.75))
	if math.Abs(r.MissingShare()-0.5) > 0.001 { // one column of 601 lies on the edge
		t.Errorf("missing share %v; want a half", r.MissingShare())
	}
	var p terrain.Profile
	if g.Profile(orb.Point{105.8, 22.5}, orb.Point{106.2, 22.5}, &p) || p.Missing == 0 || p.Missing == len(p.HeightM) {
		t.Errorf("a path that leaves the terrain misses %d of %d samples", p.Missing, len(p.HeightM))
	}
	if !g.Profile(orb.Point{105.8, 22.5}, orb.Point{105.99, 22.6}, &p) || p.Missing != 0 {
		t.Errorf("a path inside the terrain misses %d samples", p.Missing)
	}
	g, r = window(t, s, bound(10, 40, 10.1, 40.1))
	if r.MissingShare() != 1 || len(r.Files) != 0 || !math.IsNaN(g.At(orb.Point{10.05, 40.05})) {
		t.Errorf("far from every file: %+v", r)
	}
}

// TestOverlap lays a three second tile under a one second one with a hole: the
// finer counts where it has heights, the coarser in the hole, interpolated.
func TestOverlap(t *testing.T) {
	dir := t.TempDir()
	writeFile(t, hgtBytes(105, 22, 1201, func(_, _ int) int16 { return 1000 }), dir, "N22E105.hgt")
	const side = 400
	fine := make([]int16, side*side)
	for k := range fine {
		fine[k] = 200
		if i, j := k%side, k/side; i >= 100 && i < 200 && j >= 100 && j < 200 {
			fine[k] = void
		}
	}
	writeTIFF(t, filepath.Join(dir, "patch.tif"), geotiff.Header{
		Width: side, Height: side, West: 105.5, North: 22.5, StepX: 1.0 / 3600, StepY: 1.0 / 3600,
		EPSG: 4326, Geographic: true, NoData: void, HasNoData: true,
	}, fine)
	g, r := window(t, open(t, dir), bound(105.4, 22.3, 105.7, 22.6))
	if math.Abs(r.SpacingM-30.87) > 0.005 {
		t.Errorf("spacing %v m; want that of the finer file", r.SpacingM)
	}
	if r.Voids != 0 || r.Missing != 0 {
		t.Errorf("report %+v; want neither voids nor missing samples", r)
	}
	for _, c := range []struct {
		p    orb.Point
		want float64
	}{
		{orb.Point{105.51, 22.49}, 200},
		{orb.Point{105.54, 22.46}, 1000},
		{orb.Point{105.45, 22.45}, 1000},
	} {
		if got := g.At(c.p); got != c.want {
			t.Errorf("height at %v: %v; want %v", c.p, got, c.want)
		}
	}
}

// TestProjected reads a raster in VN-2000 (Cao Bang, EPSG:9210) whose heights are a
// plane in easting and northing.
func TestProjected(t *testing.T) {
	const side, step = 300, 30.0
	const west, north = 520000.0, 2510000.0
	plane := func(x, y float64) float64 { return 500 + (x-west)/40 + (north-y)/60 }
	heights := make([]float32, side*side)
	for k := range heights {
		heights[k] = float32(plane(west+float64(k%side)*step, north-float64(k/side)*step))
	}
	path := writeTIFF(t, filepath.Join(t.TempDir(), "vn2000.tif"), geotiff.Header{
		Width: side, Height: side, West: west, North: north, StepX: step, StepY: step, EPSG: 9210, Unit: "metre",
	}, heights)
	s := open(t, path)
	g, r := window(t, s, s.Bound())
	if math.Abs(r.SpacingM-step) > 1e-9 {
		t.Errorf("spacing %v m; want %v", r.SpacingM, step)
	}
	if r.MissingShare() > 0.05 { // slivers along the edges, turned by the convergence
		t.Errorf("missing share %v", r.MissingShare())
	}
	system, err := crs.Lookup("EPSG:9210")
	if err != nil {
		t.Fatal(err)
	}
	worst, n := 0.0, 0
	for k, h := range g.HeightsM {
		p := orb.Point{g.West + float64(k%g.Width)*g.StepLon, g.North - float64(k/g.Width)*g.StepLat}
		x, y, err := system.FromWGS84(p)
		if err != nil {
			t.Fatal(err)
		}
		// The outer half sample repeats the edge.
		if x < west || y > north || x > west+(side-1)*step || y < north-(side-1)*step {
			continue
		}
		n++
		worst = max(worst, math.Abs(float64(h)-plane(x, y)))
	}
	// The mesh of 32 samples bends by 30²·32²/8/6.4e6·tan(22.7°) = 0.008 m on the
	// ground, 0.0002 m on this slope; float32 at 900 m rounds by 3e-5 m.
	if n < side*side*9/10 || worst > 5e-4 {
		t.Errorf("%d samples compared, worst %v m", n, worst)
	}
}

// TestVoids fills voids of several shapes on a plane, and never uses their marks as heights.
func TestVoids(t *testing.T) {
	const side = 600
	plane := func(k int) float64 { return 800 + 2*float64(k%side) - 0.5*float64(k/side) }
	inDisc := func(k, i, j, r int) bool {
		di, dj := k%side-i, k/side-j
		return di*di+dj*dj <= r*r
	}
	for _, c := range []struct {
		name   string
		void   func(k int) bool
		filled bool
	}{
		{"one sample", func(k int) bool { return k == 300*side+300 }, true},
		{"disc of 15 km across", func(k int) bool { return inDisc(k, 300, 300, 80) }, true},
		{"diagonal", func(k int) bool { return k%side == k/side && k%side > 20 && k%side < 500 }, true},
		{"comb", func(k int) bool {
			i, j := k%side, k/side
			return i > 100 && i < 400 && j > 100 && j < 400 && (i%8 < 4 || j < 110)
		}, true},
		{"disc of 17 km across", func(k int) bool { return inDisc(k, 300, 300, 92) }, false},
		{"ring 28 km across", func(k int) bool { return inDisc(k, 300, 300, 150) && !inDisc(k, 300, 300, 40) }, true},
		{"everything west", func(k int) bool { return k%side < 200 }, false},
	} {
		t.Run(c.name, func(t *testing.T) {
			heights := make([]float32, side*side)
			voids := 0
			for k := range heights {
				heights[k] = float32(plane(k))
				if c.void(k) {
					voids++
					// All kinds of marks: nodata, NaN, SRTM's, impossible heights.
					heights[k] = []float32{-9999, float32(math.NaN()), void, 9001, -501, float32(math.Inf(1))}[k%6]
				}
			}
			path := writeTIFF(t, filepath.Join(t.TempDir(), "plane.tif"), geotiff.Header{
				Width: side, Height: side, West: 105, North: 23, StepX: 1.0 / 1200, StepY: 1.0 / 1200,
				EPSG: 4326, Geographic: true, NoData: -9999, HasNoData: true,
			}, heights)
			s := open(t, path)
			g, r := window(t, s, s.Bound())
			if r.Samples != side*side || r.Voids != voids {
				t.Fatalf("report %+v; want %d samples, %d voids", r, side*side, voids)
			}
			if !c.filled {
				if r.Filled != 0 || r.Missing != voids {
					t.Errorf("report %+v; want none filled", r)
				}
				return
			}
			if r.Filled != voids || r.Missing != 0 {
				t.Errorf("report %+v; want all filled", r)
			}
			worst := 0.0
			for k, h := range g.HeightsM {
				worst = max(worst, math.Abs(float64(h)-plane(k)))
			}
			t.Logf("off the plane by %.1g m", worst)
			if worst > 0.01 { // the tolerance of the equations
				t.Errorf("off the plane by %v m", worst)
			}
		})
	}
}

// TestFillIsTheSameInAnyWindow compares the fill of voids in windows that cut them.
func TestFillIsTheSameInAnyWindow(t *testing.T) {
	const side = 400
	heights := make([]float32, side*side)
	for k := range heights {
		i, j := float64(k%side), float64(k/side)
		heights[k] = float32(900 + 300*math.Sin(i/9) + 200*math.Cos(j/7))
		// 26 x 15 samples: less than the margin of 33 that is read around a window.
		if math.Mod(i+j, 50) < 12 && math.Mod(j, 40) < 15 {
			heights[k] = void
		}
	}
	path := writeTIFF(t, filepath.Join(t.TempDir(), "hills.tif"), geotiff.Header{
		Width: side, Height: side, West: 105, North: 23, StepX: 1.0 / 1200, StepY: 1.0 / 1200, EPSG: 4326, Geographic: true,
	}, heights)
	s := open(t, path)
	whole, _ := window(t, s, s.Bound())
	rapid.Check(t, func(t *rapid.T) {
		// Further from the edge than the margin that is read around a window.
		i0, j0 := rapid.IntRange(60, 250).Draw(t, "column"), rapid.IntRange(60, 250).Draw(t, "row")
		w, h := rapid.IntRange(2, 80).Draw(t, "width"), rapid.IntRange(2, 80).Draw(t, "height")
		b := bound(105+float64(i0)/1200, 23-float64(j0+h-1)/1200, 105+float64(i0+w-1)/1200, 23-float64(j0)/1200)
		g, _, err := s.Window(context.Background(), b)
		if err != nil {
			t.Fatal(err)
		}
		if g.Width != w || g.Height != h {
			t.Fatalf("window of %d x %d; want %d x %d", g.Width, g.Height, w, h)
		}
		for k, got := range g.HeightsM {
			if want := whole.HeightsM[(j0+k/w)*side+i0+k%w]; got != want {
				t.Fatalf("sample %d, %d: %v; in the whole raster %v", k%w, k/w, got, want)
			}
		}
	})
}

// TestRealVoids fills the raw SRTM of the Swiss Alps.
func TestRealVoids(t *testing.T) {
	s := open(t, filepath.Join(reference.Dir(t, "realcase/swiss_uri"), "dem_srtm3_raw_voids.tif"))
	g, r := window(t, s, s.Bound())
	if g.Width != 1165 || g.Height != 691 || math.Abs(100*r.VoidShare()-7.0) > 0.05 || r.Filled != r.Voids || r.Missing != 0 {
		t.Errorf("%d x %d samples, report %+v; want 1165 x 691, 7.0 %% voids, all filled", g.Width, g.Height, r)
	}
	// The range of the measured heights, from the notes that come with the file.
	if lowest, highest := slices.Min(g.HeightsM), slices.Max(g.HeightsM); lowest != 418 || highest != 4173 {
		t.Errorf("heights from %v to %v m; want 418 to 4173", lowest, highest)
	}
}

func TestAndorra(t *testing.T) {
	s := open(t, filepath.Join(reference.Dir(t, "realcase/andorra"), "dem_srtm3.tif"))
	g, r := window(t, s, s.Bound())
	if r.Missing != 0 || math.Abs(100*r.VoidShare()-0.4) > 0.05 {
		t.Errorf("report %+v; want 0.4 %% voids, all filled", r)
	}
	if lowest, highest := slices.Min(g.HeightsM), slices.Max(g.HeightsM); lowest != 626 || highest != 3100 {
		t.Errorf("heights from %v to %v m; want 626 to 3100", lowest, highest)
	}
	// Coma Pedrosa, 2,942 m at 42.5917 N 1.4442 E (Institut d'Estudis Andorrans): SRTM
	// rounds off summits, by up to some tens of metres in the Alps and Pyrenees.
	const r2 = 0.004
	p, h, ok := g.HighestIn(bound(1.4442-r2, 42.5917-r2, 1.4442+r2, 42.5917+r2).ToRing())
	if !ok || h < 2880 || h > 2950 {
		t.Errorf("Coma Pedrosa: %v m at %v", h, p)
	}
}

func TestOpenRefuses(t *testing.T) {
	flat := hgtBytes(105, 22, 1201, func(_, _ int) int16 { return 7 })
	tiff := func(h geotiff.Header, n int) []byte {
		h.Width, h.Height = n, n
		var b bytes.Buffer
		if err := geotiff.Encode(&b, h, make([]int16, n*n), geotiff.Layout{}); err != nil {
			t.Fatal(err)
		}
		return b.Bytes()
	}
	for _, c := range []struct {
		name string
		file []byte
		want error
		says string
	}{
		{"N22E105.hgt", flat[:len(flat)-2], terrain.ErrTile, "2884800 bytes; expected 2884802 (1201 x 1201 samples) or 25934402 (3601 x 3601)"},
		{"N22E105.hgt", nil, terrain.ErrTile, "0 bytes"},
		{"N91E105.hgt", flat, terrain.ErrTile, `name "N91E105.hgt"`},
		{"dem.hgt", flat, terrain.ErrTile, "such as N22E105.hgt"},
		{"N22E105.hgt.zip", flat, terrain.ErrFormat, "a zip file with one .hgt tile"},
		{"N22E105.hgt.zip", zipped(t, map[string][]byte{"a.txt": nil}), terrain.ErrTile, "0 .hgt files in the archive"},
		{"N22E105.hgt.zip", zipped(t, map[string][]byte{"N22E105.hgt": flat, "N22E106.hgt": flat}), terrain.ErrTile, "2 .hgt files"},
		{"N22E105.hgt.zip", zipped(t, map[string][]byte{"../../N22E105.hgt": flat[:100]}), terrain.ErrTile, "100 bytes"},
		{"dem.tif", []byte("II*"), geotiff.ErrFormat, "not a TIFF"},
		{"dem.tif", tiff(geotiff.Header{West: 105, North: 23, StepX: 1, StepY: 1}, 2), terrain.ErrCRS, "without the code of a coordinate system"},
		{"dem.tif", tiff(geotiff.Header{West: 105, North: 23, StepX: 1, StepY: 1, EPSG: 2056 + 10000}, 2), crs.ErrUnknown, "EPSG:12056"},
		{"dem.tif", tiff(geotiff.Header{West: 500000, North: 2500000, StepX: 30, StepY: 30, EPSG: 4326, Geographic: true}, 2), terrain.ErrCRS, "longitudes"},
		{"dem.tif", tiff(geotiff.Header{West: 105, North: 23, StepX: 1, StepY: 1, EPSG: 4326, Geographic: true, Unit: "ft"}, 2), terrain.ErrUnit, "heights in ft"},
		{"dem.asc", []byte("ncols 4"), terrain.ErrFormat, ".hgt, .hgt.zip, .tif or .tiff"},
	} {
		t.Run(c.name+" "+c.says, func(t *testing.T) {
			path := writeFile(t, c.file, t.TempDir(), c.name)
			_, err := terrain.Open(t.Context(), []string{path}, terrain.Options{})
			var in *geo.InputError
			if !errors.As(err, &in) || in.Pos.File != path || !errors.Is(err, c.want) || !strings.Contains(err.Error(), c.says) {
				t.Errorf("error %v; want a geo.InputError about %s that wraps %v and says %q", err, c.name, c.want, c.says)
			}
		})
	}
	t.Run("results beside terrain", func(t *testing.T) {
		dir := t.TempDir()
		header := geotiff.Header{West: 105, North: 23, StepX: 1, StepY: 1, EPSG: 4326, Geographic: true}
		levels := header
		levels.Unit = "dBm"
		path := writeFile(t, tiff(levels, 2), dir, "coverage.tif")
		if _, err := terrain.Open(t.Context(), []string{path}, terrain.Options{}); !errors.Is(err, terrain.ErrNoHeights) {
			t.Errorf("asked for by name: %v", err)
		}
		if _, err := terrain.Open(t.Context(), []string{dir}, terrain.Options{}); !errors.Is(err, terrain.ErrNoTerrain) {
			t.Errorf("in a folder without terrain: %v", err)
		}
		writeFile(t, tiff(header, 2), dir, "dem.tif")
		s, err := terrain.Open(t.Context(), []string{dir}, terrain.Options{})
		if err != nil || len(s.Files()) != 1 {
			t.Errorf("beside terrain: %v", err)
		}
	})
	t.Run("empty folder", func(t *testing.T) {
		if _, err := terrain.Open(t.Context(), []string{t.TempDir()}, terrain.Options{}); !errors.Is(err, terrain.ErrNoTerrain) {
			t.Errorf("error %v", err)
		}
	})
	t.Run("no such file", func(t *testing.T) {
		if _, err := terrain.Open(t.Context(), []string{"nowhere.tif"}, terrain.Options{}); !errors.Is(err, os.ErrNotExist) {
			t.Errorf("error %v", err)
		}
	})
	t.Run("surface", func(t *testing.T) {
		if _, err := terrain.Open(t.Context(), nil, terrain.Options{Surface: "dem"}); err == nil || !strings.Contains(err.Error(), "expected dtm or dsm") {
			t.Errorf("error %v", err)
		}
	})
}

// TestDamagedZip opens a tile whose samples do not match the checksum, and one that
// holds more than its header says.
func TestDamagedZip(t *testing.T) {
	flat := hgtBytes(105, 22, 1201, func(east, _ int) int16 { return int16(east) })
	var b bytes.Buffer
	z := zip.NewWriter(&b)
	w, err := z.CreateHeader(&zip.FileHeader{Name: "N22E105.hgt", Method: zip.Store})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := w.Write(flat); err != nil {
		t.Fatal(err)
	}
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	wrong := b.Bytes()
	wrong[1000] ^= 1

	bomb := zipped(t, map[string][]byte{"N22E105.hgt": make([]byte, 8<<20)})
	// The size in the directory: a lie that makes the archive look like a tile.
	at := bytes.LastIndex(bomb, []byte("PK\x01\x02"))
	binary.LittleEndian.PutUint32(bomb[at+24:], 1201*1201*2)

	for name, file := range map[string][]byte{"checksum": wrong, "bomb": bomb} {
		path := writeFile(t, file, t.TempDir(), "N22E105.hgt.zip")
		s, err := terrain.Open(t.Context(), []string{path}, terrain.Options{})
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		_, _, err = s.Window(t.Context(), bound(105.1, 22.1, 105.2, 22.2))
		var in *geo.InputError
		if !errors.As(err, &in) || !errors.Is(err, terrain.ErrFormat) {
			t.Errorf("%s: error %v; want a geo.InputError that wraps %v", name, err, terrain.ErrFormat)
		}
	}
}

func TestWindowRefuses(t *testing.T) {
	path := writeFile(t, hgtBytes(105, 22, 1201, count), t.TempDir(), "N22E105.hgt")
	s := open(t, path)
	for _, c := range []struct {
		bound orb.Bound
		want  error
	}{
		{bound(106, 22, 105, 23), terrain.ErrBound},
		{bound(105, 22, 105.1, math.NaN()), terrain.ErrBound},
		{bound(500000, 2500000, 510000, 2510000), terrain.ErrBound},
		{bound(-180, -90, 180, 90), terrain.ErrTooLarge},
	} {
		if _, _, err := s.Window(t.Context(), c.bound); !errors.Is(err, c.want) {
			t.Errorf("window %v: error %v; want %v", c.bound, err, c.want)
		}
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, _, err := s.Window(ctx, bound(105.1, 22.1, 105.2, 22.2)); !errors.Is(err, context.Canceled) {
		t.Errorf("cancelled: error %v", err)
	}
	// A bound without extent still gives a grid that can be sampled.
	g, _ := window(t, s, bound(105.5, 22.5, 105.5, 22.5))
	if got, want := g.At(orb.Point{105.5, 22.5}), float64(count(126600, 27000)); math.Abs(got-want) > 1e-6 {
		t.Errorf("height %v; want %v", got, want)
	}
}

// FuzzOpen opens a tile of any name and content, as it is and as a zip file.
func FuzzOpen(f *testing.F) {
	f.Add("N22E105.hgt", []byte{0, 1})
	f.Add("s01w180.SRTMGL3.hgt", make([]byte, 100))
	f.Add("N22E105.hgt.zip", zipped(f, map[string][]byte{"../../../N22E105.hgt": {1, 2}}))
	f.Add("N22E105.hgt.zip", zipped(f, map[string][]byte{`..\N22E105.hgt`: make([]byte, 1201*1201*2)}))
	f.Add("N22E1٥5.hgt", []byte("é"))
	f.Fuzz(func(t *testing.T, name string, b []byte) {
		// A name that the test itself can write.
		name = strings.Map(func(r rune) rune {
			if r == '/' || r == 0 {
				return '_'
			}
			return r
		}, name)
		dir := t.TempDir()
		path := filepath.Join(dir, "x"+name)
		if len(name) >= 7 {
			path = filepath.Join(dir, name)
		}
		if len(name) > 100 || os.WriteFile(path, b, 0o600) != nil {
			t.Skip()
		}
		s, err := terrain.Open(t.Context(), []string{path}, terrain.Options{})
		if err != nil {
			var in *geo.InputError
			if !errors.As(err, &in) {
				t.Errorf("error %v is no geo.InputError", err)
			}
			return
		}
		c := s.Bound().Center()
		_, _, _ = s.Window(t.Context(), orb.Bound{Min: c, Max: c})
	})
}

func Example() {
	dir, err := os.MkdirTemp("", "terrain")
	if err != nil {
		fmt.Println(err)
		return
	}
	defer func() { _ = os.RemoveAll(dir) }()
	// A slope that rises 1,200 m towards the north.
	tile := hgtBytes(105, 22, 1201, func(_, north int) int16 { return int16(north - 22*1200) })
	if err := os.WriteFile(filepath.Join(dir, "N22E105.hgt"), tile, 0o600); err != nil {
		fmt.Println(err)
		return
	}

	ctx := context.Background()
	source, err := terrain.Open(ctx, []string{dir}, terrain.Options{})
	if err != nil {
		fmt.Println(err)
		return
	}
	grid, report, err := source.Window(ctx, bound(105.4, 22.4, 105.6, 22.6))
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Printf("%d x %d samples, %.1f m apart, %d missing\n", grid.Width, grid.Height, report.SpacingM, report.Missing)
	var p terrain.Profile
	complete := grid.Profile(orb.Point{105.5, 22.45}, orb.Point{105.5, 22.55}, &p)
	last := len(p.DistanceM) - 1
	fmt.Printf("%.0f m from %.0f to %.0f m, complete: %v\n", p.DistanceM[last], p.HeightM[0], p.HeightM[last], complete)
	// Output:
	// 241 x 241 samples, 92.6 m apart, 0 missing
	// 11074 m from 540 to 660 m, complete: true
}
