package geotiff_test

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"math"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"testing"

	"github.com/covgap/covgap/geo/geotiff"
	"github.com/covgap/covgap/geo/reference"
	"github.com/google/go-cmp/cmp"
	"github.com/klauspost/compress/zlib"
	"golang.org/x/sync/errgroup"
	"pgregory.net/rapid"
)

func openBytes(b []byte) (*geotiff.Raster, error) {
	return geotiff.Open(bytes.NewReader(b), int64(len(b)))
}

// TestRoundTrip writes rasters of any size in any layout and reads any window.
func TestRoundTrip(t *testing.T) {
	t.Run("int16", rapid.MakeCheck(roundTrip(rapid.Int16(), geotiff.NoPredictor, geotiff.Horizontal)))
	t.Run("uint8", rapid.MakeCheck(roundTrip(rapid.Uint8(), geotiff.NoPredictor, geotiff.Horizontal)))
	t.Run("float32", rapid.MakeCheck(roundTrip(rapid.Float32(), geotiff.NoPredictor, geotiff.Horizontal, geotiff.FloatingPoint)))
	t.Run("float64", rapid.MakeCheck(roundTrip(rapid.Float64(), geotiff.NoPredictor, geotiff.Horizontal, geotiff.FloatingPoint)))
}

func roundTrip[T geotiff.Sample](sample *rapid.Generator[T], predictors ...geotiff.Predictor) func(*rapid.T) {
	return func(t *rapid.T) {
		h := geotiff.Header{
			Width:        rapid.IntRange(1, 70).Draw(t, "width"),
			Height:       rapid.IntRange(1, 70).Draw(t, "height"),
			West:         rapid.Float64Range(-180, 180).Draw(t, "west"),
			North:        rapid.Float64Range(-90, 90).Draw(t, "north"),
			StepX:        rapid.Float64Range(1e-5, 1).Draw(t, "stepX"),
			StepY:        rapid.Float64Range(1e-5, 1).Draw(t, "stepY"),
			EPSG:         rapid.IntRange(0, 32766).Draw(t, "epsg"),
			PixelIsPoint: rapid.Bool().Draw(t, "point"),
			HasNoData:    rapid.Bool().Draw(t, "has nodata"),
			Offset:       rapid.Float64().Draw(t, "offset"),
			Scale:        2,
			Unit:         rapid.SampledFrom([]string{"", "metre", "<m> & more"}).Draw(t, "unit"),
		}
		if h.HasNoData {
			h.NoData = rapid.OneOf(rapid.Float64(), rapid.Just(math.NaN())).Draw(t, "nodata")
		}
		h.Geographic = h.EPSG != 0 && rapid.Bool().Draw(t, "geographic")
		l := geotiff.Layout{TileSize: rapid.SampledFrom([]int{0, 16, 32}).Draw(t, "tile")}
		if rapid.Bool().Draw(t, "deflate") {
			l.Compression = geotiff.Deflate
			l.Predictor = rapid.SampledFrom(predictors).Draw(t, "predictor")
		}
		samples := make([]T, h.Width*h.Height)
		for i, v := range rapid.SliceOfN(sample, 1, 50).Draw(t, "samples") {
			for ; i < len(samples); i += 50 {
				samples[i] = v
			}
		}
		var b bytes.Buffer
		if err := geotiff.Encode(&b, h, samples, l); err != nil {
			t.Fatal(err)
		}
		r, err := openBytes(b.Bytes())
		if err != nil {
			t.Fatal(err)
		}
		want := h
		want.Type = r.Type
		// Two roundings of half a sample at 180 degrees.
		near := cmp.Comparer(func(a, b float64) bool { return math.Abs(a-b) <= 1e-13 || sameFloat(a, b) })
		if d := cmp.Diff(want, r.Header, near); d != "" {
			t.Fatalf("header (-want +got):\n%s", d)
		}
		x, y := rapid.IntRange(0, h.Width-1).Draw(t, "x"), rapid.IntRange(0, h.Height-1).Draw(t, "y")
		w, hh := rapid.IntRange(0, h.Width-x).Draw(t, "w"), rapid.IntRange(0, h.Height-y).Draw(t, "h")
		got := make([]float64, w*hh)
		if err := geotiff.Read(r, got, x, y, w, hh); err != nil {
			t.Fatal(err)
		}
		for k, v := range got {
			if s := float64(samples[(y+k/w)*h.Width+x+k%w]); !sameFloat(v, s) {
				t.Fatalf("sample %d of the window: %v; want %v", k, v, s)
			}
		}
	}
}

// small gives a file of 40 x 33 int16 samples.
func small(tb testing.TB, l geotiff.Layout) []byte {
	tb.Helper()
	samples := make([]int16, 40*33)
	for i := range samples {
		samples[i] = int16(i * 7)
	}
	var b bytes.Buffer
	h := geotiff.Header{Width: 40, Height: 33, West: 105, North: 23, StepX: 0.001, StepY: 0.001, EPSG: 4326, Geographic: true, NoData: -32768, HasNoData: true}
	if err := geotiff.Encode(&b, h, samples, l); err != nil {
		tb.Fatal(err)
	}
	return b.Bytes()
}

// patch sets the value of a tag of a file that Encode wrote: count and first word.
func patch(tb testing.TB, b []byte, tag uint16, count, value uint32) []byte {
	tb.Helper()
	b = slices.Clone(b)
	n := int(binary.LittleEndian.Uint16(b[8:]))
	for i := range n {
		e := b[10+12*i:]
		if binary.LittleEndian.Uint16(e) == tag {
			binary.LittleEndian.PutUint32(e[4:], count)
			binary.LittleEndian.PutUint32(e[8:], value)
			return b
		}
	}
	tb.Fatalf("no tag %d", tag)
	return nil
}

// TestHostile opens files that lie about their size. Each ends in an error, and
// none makes the reader take memory for what is not there.
func TestHostile(t *testing.T) {
	tiled := small(t, geotiff.Layout{Compression: geotiff.Deflate, TileSize: 16})
	stored := small(t, geotiff.Layout{})
	circle := slices.Clone(tiled)
	circle = patch(t, circle, 256, 1, 40)
	// Turn PlanarConfiguration into NewSubfileType = reduced, and the chain into a circle.
	n := int(binary.LittleEndian.Uint16(circle[8:]))
	for i := range n {
		if e := circle[10+12*i:]; binary.LittleEndian.Uint16(e) == 284 {
			binary.LittleEndian.PutUint16(e, 254)
		}
	}
	binary.LittleEndian.PutUint32(circle[10+12*n:], 8)

	big := []byte{'I', 'I', 43, 0, 8, 0, 0, 0, 16, 0, 0, 0, 0, 0, 0, 0}
	big = binary.LittleEndian.AppendUint64(big, 1<<60) // entries

	const huge = math.MaxInt32
	for _, c := range []struct {
		name string
		file []byte
		want error
	}{
		{"empty", nil, geotiff.ErrFormat},
		{"text", []byte("not a raster at all"), geotiff.ErrFormat},
		{"version", []byte{'I', 'I', 44, 0, 8, 0, 0, 0}, geotiff.ErrFormat},
		{"directory beyond the end", []byte{'I', 'I', 42, 0, 255, 255, 255, 255}, geotiff.ErrCorrupt},
		{"BigTIFF of 2^60 entries", big, geotiff.ErrCorrupt},
		{"directories in a circle", circle, geotiff.ErrCorrupt},
		{"truncated directory", tiled[:100], geotiff.ErrCorrupt},
		{"truncated table", tiled[:len(tiled)/8], geotiff.ErrCorrupt},
		{"no width", patch(t, tiled, 256, 1, 0), geotiff.ErrCorrupt},
		{"width of 4 billion", patch(t, tiled, 256, 1, math.MaxUint32), geotiff.ErrCorrupt},
		{"width of 2 billion", patch(t, tiled, 256, 1, huge), geotiff.ErrCorrupt},
		{"2 billion x 2 billion", patch(t, patch(t, tiled, 256, 1, huge), 257, 1, huge), geotiff.ErrCorrupt},
		{"stored 2 billion x 2 billion", patch(t, patch(t, patch(t, stored, 256, 1, huge), 257, 1, huge), 278, 1, huge), geotiff.ErrUnsupported},
		{"tiles of no width", patch(t, tiled, 322, 1, 0), geotiff.ErrCorrupt},
		{"tiles of no height", patch(t, tiled, 323, 1, 0), geotiff.ErrCorrupt},
		{"strips of no rows", patch(t, stored, 278, 1, 0), geotiff.ErrCorrupt},
		{"tiles of 2 billion", patch(t, patch(t, tiled, 322, 1, huge), 323, 1, huge), geotiff.ErrUnsupported},
		{"2 billion tile offsets out of the file", patch(t, tiled, 324, huge, 1<<31), geotiff.ErrCorrupt},
		{"2 billion GeoKeys", patch(t, tiled, 34735, huge, 1<<31), geotiff.ErrCorrupt},
		{"2 billion characters", patch(t, tiled, 42113, huge, 8), geotiff.ErrCorrupt},
		{"17 bits", patch(t, tiled, 258, 1, 17), geotiff.ErrUnsupported},
		{"3 bands", patch(t, tiled, 277, 1, 3), geotiff.ErrUnsupported},
		{"predictor 3 of int16", patch(t, tiled, 317, 1, 3), geotiff.ErrUnsupported},
		{"JPEG", patch(t, tiled, 259, 1, 7), geotiff.ErrUnsupported},
	} {
		t.Run(c.name, func(t *testing.T) {
			before := allocated()
			_, err := openBytes(c.file)
			if !errors.Is(err, c.want) {
				t.Errorf("error %v; want %v", err, c.want)
			}
			if got := allocated() - before; got > 1<<20 {
				t.Errorf("took %d bytes for a file of %d", got, len(c.file))
			}
		})
	}

	// oneTile gives the file with one tile of some size, which stands at the file's end.
	oneTile := func(width, height uint32, tile []byte) []byte {
		b := patch(t, patch(t, tiled, 322, 1, width), 323, 1, height)
		b = patch(t, patch(t, b, 324, 1, uint32(len(b))), 325, 1, uint32(len(tile)))
		return append(b, tile...)
	}
	bomb := zeros(t, 300<<20)
	// These open: what is wrong shows when the samples are read.
	for _, c := range []struct {
		name string
		file []byte
		want error
	}{
		{"a tile of 256 MB in a few bytes", patch(t, patch(t, tiled, 322, 1, 16384), 323, 1, 8192), geotiff.ErrCorrupt},
		{"a tile of 300 MB of zeros in 300 kB", oneTile(16384, 9600, bomb), geotiff.ErrUnsupported},
		{"a tile that goes on for 300 MB", oneTile(64, 64, bomb), nil},
		{"truncated samples", tiled[:len(tiled)-40], geotiff.ErrCorrupt},
		{"truncated strips", stored[:len(stored)-40], geotiff.ErrCorrupt},
		{"deflate read as LZW", patch(t, tiled, 259, 1, 5), geotiff.ErrCorrupt},
	} {
		t.Run(c.name, func(t *testing.T) {
			r, err := openBytes(c.file)
			if err != nil {
				t.Fatal(err)
			}
			before := allocated()
			err = geotiff.Read(r, make([]float32, 40*33), 0, 0, 40, 33)
			if !errors.Is(err, c.want) {
				t.Errorf("error %v; want %v", err, c.want)
			}
			if got := allocated() - before; got > 4<<20 {
				t.Errorf("took %d bytes for a file of %d", got, len(c.file))
			}
		})
	}
}

// zeros gives so many zeros as zlib packs them.
func zeros(tb testing.TB, n int) []byte {
	tb.Helper()
	var b bytes.Buffer
	w := zlib.NewWriter(&b)
	block := make([]byte, 1<<20)
	for range n >> 20 {
		if _, err := w.Write(block); err != nil {
			tb.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		tb.Fatal(err)
	}
	return b.Bytes()
}

// allocated is what has been allocated since the program started, in bytes.
func allocated() uint64 {
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return m.TotalAlloc
}

func TestReadWindow(t *testing.T) {
	r, err := openBytes(small(t, geotiff.Layout{TileSize: 16}))
	if err != nil {
		t.Fatal(err)
	}
	for _, w := range [][4]int{{-1, 0, 1, 1}, {0, -1, 1, 1}, {0, 0, 41, 1}, {0, 0, 1, 34}, {40, 0, 1, 1}, {1, 0, math.MaxInt, 1}, {0, 0, -1, 1}} {
		if err := geotiff.Read(r, []float32(nil), w[0], w[1], w[2], w[3]); !errors.Is(err, geotiff.ErrWindow) {
			t.Errorf("window %v: error %v; want %v", w, err, geotiff.ErrWindow)
		}
	}
}

// TestReadsOnlyBlocksNeeded counts the bytes read for one sample.
func TestReadsOnlyBlocksNeeded(t *testing.T) {
	const side = 1024
	samples := make([]float32, side*side)
	for i := range samples {
		samples[i] = float32(i*2654435761%1000) / 7
	}
	var b bytes.Buffer
	h := geotiff.Header{Width: side, Height: side, West: 105, North: 23, StepX: 0.001, StepY: 0.001}
	if err := geotiff.Encode(&b, h, samples, geotiff.Layout{Compression: geotiff.Deflate, TileSize: 64}); err != nil {
		t.Fatal(err)
	}
	c := &countingReader{Reader: bytes.NewReader(b.Bytes())}
	r, err := geotiff.Open(c, int64(b.Len()))
	if err != nil {
		t.Fatal(err)
	}
	c.bytes = 0
	var v [1]float32
	for range 3 { // the second and third time from the cache
		if err := geotiff.Read(r, v[:], 700, 500, 1, 1); err != nil {
			t.Fatal(err)
		}
	}
	if want := samples[500*side+700]; v[0] != want {
		t.Errorf("sample %v; want %v", v[0], want)
	}
	// One tile of 256, and the 4 KB to which the reader's buffer rounds up.
	if limit := b.Len()/256*2 + 4096; c.bytes == 0 || c.bytes > limit {
		t.Errorf("read %d bytes of %d; want at most %d", c.bytes, b.Len(), limit)
	}
}

type countingReader struct {
	*bytes.Reader
	bytes int
}

func (c *countingReader) ReadAt(p []byte, off int64) (int, error) {
	n, err := c.Reader.ReadAt(p, off)
	c.bytes += n
	return n, err
}

// TestConcurrentReads reads one raster from several goroutines; the race detector
// and the samples tell.
func TestConcurrentReads(t *testing.T) {
	r, err := openBytes(small(t, geotiff.Layout{Compression: geotiff.Deflate, TileSize: 16}))
	if err != nil {
		t.Fatal(err)
	}
	want := readAll(t, r)
	var group errgroup.Group
	for range 8 {
		group.Go(func() error {
			got := make([]float64, len(want))
			if err := geotiff.Read(r, got, 0, 0, r.Width, r.Height); err != nil {
				return err
			}
			if !slices.Equal(got, want) {
				return errors.New("samples differ between readers")
			}
			return nil
		})
	}
	if err := group.Wait(); err != nil {
		t.Error(err)
	}
}

func TestIsNoData(t *testing.T) {
	for _, c := range []struct {
		h    geotiff.Header
		v    float64
		want bool
	}{
		{geotiff.Header{}, 0, false},
		{geotiff.Header{HasNoData: true}, 0, true},
		{geotiff.Header{NoData: math.NaN(), HasNoData: true}, math.NaN(), true},
		{geotiff.Header{NoData: math.NaN(), HasNoData: true}, 0, false},
		// As ArcGIS writes it: more digits than a float32 has.
		{geotiff.Header{NoData: -3.40282346638529e+38, HasNoData: true, Type: geotiff.Float32}, -math.MaxFloat32, true},
		{geotiff.Header{NoData: -3.40282346638529e+38, HasNoData: true, Type: geotiff.Float64}, -math.MaxFloat32, false},
	} {
		if got := c.h.IsNoData(c.v); got != c.want {
			t.Errorf("NoData %v: IsNoData(%v) = %v", c.h.NoData, c.v, got)
		}
	}
}

// TestReadSRTM reads a real SRTM mosaic: size, range and voids as its own notes state them.
func TestReadSRTM(t *testing.T) {
	r := openFile(t, filepath.Join(reference.Dir(t, "realcase/swiss_uri"), "dem_srtm3_raw_voids.tif"))
	if r.Width != 1165 || r.Height != 691 || r.Type != geotiff.Int16 || r.EPSG != 4326 || !r.Geographic || r.NoData != -32768 {
		t.Fatalf("header %+v", r.Header)
	}
	// gdalinfo: origin 8.024583333333334, 47.000416666666666, PixelIsArea.
	if math.Abs(r.West-8.025) > 1e-9 || math.Abs(r.North-47) > 1e-9 {
		t.Errorf("first sample at %v, %v; want 8.025, 47", r.West, r.North)
	}
	lowest, highest, voids := math.Inf(1), math.Inf(-1), 0
	for _, v := range readAll(t, r) {
		if r.IsNoData(v) {
			voids++
			continue
		}
		lowest, highest = min(lowest, v), max(highest, v)
	}
	if lowest != 418 || highest != 4173 {
		t.Errorf("heights from %v to %v m; want 418 to 4173", lowest, highest)
	}
	if share := 100 * float64(voids) / float64(r.Width*r.Height); math.Abs(share-7.0) > 0.05 {
		t.Errorf("%.2f %% voids; want 7.0", share)
	}
}

// FuzzOpen opens and reads whatever it is given: an error or samples, no panic
// and no memory beyond what the file and the window warrant.
func FuzzOpen(f *testing.F) {
	for _, l := range []geotiff.Layout{
		{},
		{TileSize: 16},
		{Compression: geotiff.Deflate, Predictor: geotiff.Horizontal},
		{Compression: geotiff.Deflate, TileSize: 16},
	} {
		f.Add(small(f, l))
	}
	lzw := patch(f, small(f, geotiff.Layout{TileSize: 16}), 259, 1, uint32(geotiff.LZW))
	f.Add(lzw)
	f.Add([]byte{'M', 'M', 0, 42, 0, 0, 0, 8, 0, 1, 1, 0, 0, 3, 0, 0, 0, 1, 0, 1, 0, 0, 0, 0, 0, 0})
	f.Add([]byte{'I', 'I', 43, 0, 8, 0, 0, 0, 16, 0, 0, 0, 0, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0})
	f.Fuzz(func(t *testing.T, b []byte) {
		r, err := openBytes(b)
		if err != nil {
			return
		}
		w, h := min(r.Width, 100), min(r.Height, 100)
		_ = geotiff.Read(r, make([]float32, w*h), r.Width-w, r.Height-h, w, h)
	})
}

func Example() {
	var file bytes.Buffer
	heights := []int16{
		210, 214, 230,
		205, 211, 228,
	}
	err := geotiff.Encode(&file, geotiff.Header{
		Width: 3, Height: 2, West: 105.25, North: 22.75, StepX: 1.0 / 3600, StepY: 1.0 / 3600,
		EPSG: 4326, Geographic: true, NoData: -32768, HasNoData: true,
	}, heights, geotiff.Layout{Compression: geotiff.Deflate, Predictor: geotiff.Horizontal, TileSize: 16})
	if err != nil {
		fmt.Println(err)
		return
	}
	r, err := geotiff.Open(bytes.NewReader(file.Bytes()), int64(file.Len()))
	if err != nil {
		fmt.Println(err)
		return
	}
	column := make([]float32, 2)
	if err := geotiff.Read(r, column, 1, 0, 1, 2); err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(r.Type, r.EPSG, column)
	fmt.Println(strings.TrimPrefix(geotiff.Read(r, column, 2, 0, 2, 1).Error(), "geotiff: "))
	// Output:
	// int16 4326 [214 211]
	// window outside the raster: 2 x 1 samples at 2, 0 of 3 x 2
}
