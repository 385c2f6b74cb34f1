package geotiff_test

import (
	"encoding/binary"
	"encoding/json"
	"fmt"
	"math"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/covgap/covgap/geo/geotiff"
	"github.com/covgap/covgap/geo/reference"
	"github.com/google/go-cmp/cmp"
)

// Size of the raster the layouts are tried on: no multiple of the 16 x 32 tiles
// nor of the 7-row strips.
const gdalWidth, gdalHeight = 75, 53

// gdalType is a sample type with its names in GDAL and in ENVI headers.
type gdalType struct {
	kind geotiff.Type
	gdal string
	envi int
}

var gdalTypes = []gdalType{
	{geotiff.Uint8, "Byte", 1},
	{geotiff.Int16, "Int16", 2},
	{geotiff.Int32, "Int32", 3},
	{geotiff.Float32, "Float32", 4},
	{geotiff.Float64, "Float64", 5},
	{geotiff.Uint16, "UInt16", 12},
}

// rawSamples gives little-endian samples over the whole range of the type, as
// bytes and as the values they stand for.
func rawSamples(kind geotiff.Type) (raw []byte, values []float64) {
	rng := rand.New(rand.NewPCG(1, uint64(kind)))
	for range gdalWidth * gdalHeight {
		bits := rng.Uint64()
		switch kind {
		case geotiff.Uint8:
			raw = append(raw, byte(bits))
			values = append(values, float64(byte(bits)))
		case geotiff.Int16:
			raw = binary.LittleEndian.AppendUint16(raw, uint16(bits))
			values = append(values, float64(int16(bits)))
		case geotiff.Uint16:
			raw = binary.LittleEndian.AppendUint16(raw, uint16(bits))
			values = append(values, float64(uint16(bits)))
		case geotiff.Int32:
			raw = binary.LittleEndian.AppendUint32(raw, uint32(bits))
			values = append(values, float64(int32(bits)))
		case geotiff.Float32:
			v := float32(rng.NormFloat64() * 3000)
			raw = binary.LittleEndian.AppendUint32(raw, math.Float32bits(v))
			values = append(values, float64(v))
		case geotiff.Float64:
			v := rng.NormFloat64() * 3000
			raw = binary.LittleEndian.AppendUint64(raw, math.Float64bits(v))
			values = append(values, v)
		}
	}
	return raw, values
}

// writeENVI writes raw samples with the header by which GDAL reads them.
func writeENVI(t *testing.T, path string, ty gdalType, raw []byte) {
	t.Helper()
	header := fmt.Sprintf("ENVI\nsamples = %d\nlines = %d\nbands = 1\nheader offset = 0\nfile type = ENVI Standard\n"+
		"data type = %d\ninterleave = bsq\nbyte order = 0\nmap info = {Geographic Lat/Lon, 1, 1, 105.25, 22.75, 0.002, 0.001, WGS-84}\n",
		gdalWidth, gdalHeight, ty.envi)
	for p, b := range map[string][]byte{path: raw, path + ".hdr": []byte(header)} {
		if err := os.WriteFile(p, b, 0o600); err != nil {
			t.Fatal(err)
		}
	}
}

func needGDAL(t *testing.T) {
	t.Helper()
	if _, err := exec.LookPath("gdal_translate"); err != nil {
		reference.Missing(t, "gdal", err.Error())
	}
}

func run(t *testing.T, name string, args ...string) []byte {
	t.Helper()
	out, err := exec.Command(name, args...).CombinedOutput()
	if err != nil {
		t.Fatalf("%s %s: %v\n%s", name, strings.Join(args, " "), err, out)
	}
	return out
}

func openFile(t *testing.T, path string) *geotiff.Raster {
	t.Helper()
	r, f, err := geotiff.OpenFile(path)
	if err != nil {
		t.Fatalf("%s: %v", filepath.Base(path), err)
	}
	t.Cleanup(func() { _ = f.Close() })
	return r
}

func readAll(t *testing.T, r *geotiff.Raster) []float64 {
	t.Helper()
	v := make([]float64, r.Width*r.Height)
	if err := geotiff.Read(r, v, 0, 0, r.Width, r.Height); err != nil {
		t.Fatal(err)
	}
	return v
}

// TestReadGDALLayouts reads every layout that GDAL writes, bit-exact: float32,
// which knows all predictors, in all layouts; the other types in two layouts
// that differ in everything. It starts GDAL a hundred times: -short passes it over.
func TestReadGDALLayouts(t *testing.T) {
	if testing.Short() {
		t.Skip("starts GDAL a hundred times")
	}
	needGDAL(t)
	type coding struct {
		compress  string
		predictor int
	}
	for _, ty := range gdalTypes {
		codings := []coding{{"NONE", 1}, {"DEFLATE", 1}, {"DEFLATE", 2}, {"LZW", 1}, {"LZW", 2}}
		if ty.kind == geotiff.Float32 || ty.kind == geotiff.Float64 {
			codings = append(codings, coding{"DEFLATE", 3}, coding{"LZW", 3})
		}
		raw, want := rawSamples(ty.kind)
		dir := t.TempDir()
		base := filepath.Join(dir, "base")
		writeENVI(t, base, ty, raw)
		for _, c := range codings {
			for layout := range 8 { // byte order, BigTIFF, tiles
				if ty.kind != geotiff.Float32 && layout != 1 && layout != 6 {
					continue
				}
				options := []string{"COMPRESS=" + c.compress, "ENDIANNESS=LITTLE", "BIGTIFF=NO", "BLOCKYSIZE=7"}
				if c.compress != "NONE" {
					options = append(options, fmt.Sprintf("PREDICTOR=%d", c.predictor))
				}
				if layout&1 != 0 {
					options[1] = "ENDIANNESS=BIG"
				}
				if layout&2 != 0 {
					options[2] = "BIGTIFF=YES"
				}
				if layout&4 != 0 {
					options[3] = "TILED=YES"
					options = append(options, "BLOCKXSIZE=16", "BLOCKYSIZE=32")
				}
				name := ty.gdal + " " + strings.Join(options, " ")
				t.Run(name, func(t *testing.T) {
					t.Parallel()
					path := filepath.Join(dir, strings.ReplaceAll(name, " ", "_")+".tif")
					args := []string{"-q", "-of", "GTiff"}
					for _, o := range options {
						args = append(args, "-co", o)
					}
					run(t, "gdal_translate", append(args, base, path)...)
					r := openFile(t, path)
					if r.Type != ty.kind || r.Width != gdalWidth || r.Height != gdalHeight {
						t.Fatalf("got %d x %d of %v", r.Width, r.Height, r.Type)
					}
					want := want
					if c.predictor == 3 && layout&1 != 0 {
						// GDAL before 3.10.1 writes these wrong and reads them right
						// (https://github.com/OSGeo/gdal/pull/11504): what it reads counts.
						want = readWithGDAL(t, path)
					}
					if got := readAll(t, r); !slices.EqualFunc(got, want, sameFloat) {
						t.Error("samples differ from what GDAL stored")
					}
				})
			}
		}
	}
}

func sameFloat(a, b float64) bool { return a == b || math.IsNaN(a) && math.IsNaN(b) }

// readWithGDAL gives the samples of a float32 or float64 file as GDAL reads them.
func readWithGDAL(t *testing.T, path string) []float64 {
	t.Helper()
	raw := path + ".raw"
	run(t, "gdal_translate", "-q", "-of", "ENVI", "-ot", "Float64", path, raw)
	b, err := os.ReadFile(raw)
	if err != nil {
		t.Fatal(err)
	}
	v := make([]float64, len(b)/8)
	for i := range v {
		v[i] = math.Float64frombits(binary.LittleEndian.Uint64(b[8*i:]))
	}
	return v
}

// TestGDALReadsEncode has GDAL read every layout that Encode writes, bit-exact.
func TestGDALReadsEncode(t *testing.T) {
	needGDAL(t)
	h := geotiff.Header{Width: gdalWidth, Height: gdalHeight, West: 105.25, North: 22.75, StepX: 1.0 / 1024, StepY: 1.0 / 2048}
	for _, l := range []geotiff.Layout{
		{},
		{TileSize: 32},
		{Compression: geotiff.Deflate},
		{Compression: geotiff.Deflate, Predictor: geotiff.Horizontal, TileSize: 16},
		{Compression: geotiff.Deflate, Predictor: geotiff.FloatingPoint, TileSize: 48},
	} {
		for _, ty := range gdalTypes {
			if l.Predictor == geotiff.FloatingPoint && ty.kind != geotiff.Float32 && ty.kind != geotiff.Float64 {
				continue
			}
			t.Run(fmt.Sprintf("%v %+v", ty.kind, l), func(t *testing.T) {
				t.Parallel()
				raw, values := rawSamples(ty.kind)
				dir := t.TempDir()
				path := filepath.Join(dir, "ours.tif")
				f, err := os.Create(path)
				if err != nil {
					t.Fatal(err)
				}
				switch ty.kind {
				case geotiff.Uint8:
					err = geotiff.Encode(f, h, as[uint8](values), l)
				case geotiff.Uint16:
					err = geotiff.Encode(f, h, as[uint16](values), l)
				case geotiff.Int16:
					err = geotiff.Encode(f, h, as[int16](values), l)
				case geotiff.Int32:
					err = geotiff.Encode(f, h, as[int32](values), l)
				case geotiff.Float32:
					err = geotiff.Encode(f, h, as[float32](values), l)
				case geotiff.Float64:
					err = geotiff.Encode(f, h, values, l)
				}
				if err != nil {
					t.Fatal(err)
				}
				if err := f.Close(); err != nil {
					t.Fatal(err)
				}
				back := filepath.Join(dir, "back")
				run(t, "gdal_translate", "-q", "-of", "ENVI", path, back)
				got, err := os.ReadFile(back)
				if err != nil {
					t.Fatal(err)
				}
				if !slices.Equal(got, raw) {
					t.Error("GDAL reads other samples than Encode was given")
				}
			})
		}
	}
}

func as[T geotiff.Sample](v []float64) []T {
	s := make([]T, len(v))
	for i := range v {
		s[i] = T(v[i])
	}
	return s
}

// TestGDALPlacement compares what gdalinfo and Open say of where a raster lies.
func TestGDALPlacement(t *testing.T) {
	needGDAL(t)
	dir := t.TempDir()
	base := filepath.Join(dir, "base")
	raw, _ := rawSamples(geotiff.Int16)
	writeENVI(t, base, gdalType{geotiff.Int16, "Int16", 2}, raw)
	for _, c := range []struct {
		name string
		args []string
		want geotiff.Header
	}{
		{"area", []string{"-a_srs", "EPSG:4326", "-a_ullr", "105", "23", "105.075", "22.947"},
			geotiff.Header{EPSG: 4326, Geographic: true}},
		{"point", []string{"-a_srs", "EPSG:4326", "-a_ullr", "105", "23", "105.075", "22.947", "-mo", "AREA_OR_POINT=Point", "-a_nodata", "-32768"},
			geotiff.Header{EPSG: 4326, Geographic: true, PixelIsPoint: true, NoData: -32768, HasNoData: true}},
		// VN-2000 / TM-3 105-45, Cao Bang.
		{"projected", []string{"-a_srs", "EPSG:9210", "-a_ullr", "500000", "2510000", "507500", "2504700", "-a_nodata", "nan", "-ot", "Float32"},
			geotiff.Header{EPSG: 9210, NoData: math.NaN(), HasNoData: true}},
		{"scaled", []string{"-a_srs", "EPSG:32648", "-a_ullr", "0", "53", "75", "0", "-a_scale", "0.1", "-a_offset", "100"},
			geotiff.Header{EPSG: 32648, Scale: 0.1, Offset: 100}},
	} {
		t.Run(c.name, func(t *testing.T) {
			path := filepath.Join(dir, c.name+".tif")
			run(t, "gdal_translate", slices.Concat([]string{"-q"}, c.args, []string{base, path})...)
			var info struct {
				GeoTransform []float64 `json:"geoTransform"`
			}
			if err := json.Unmarshal(run(t, "gdalinfo", "-json", path), &info); err != nil {
				t.Fatal(err)
			}
			// GDAL speaks of corners, Header of the centre of the first sample.
			g := info.GeoTransform
			want := c.want
			want.Width, want.Height = gdalWidth, gdalHeight
			want.StepX, want.StepY = g[1], -g[5]
			want.West, want.North = g[0]+g[1]/2, g[3]+g[5]/2

			got := openFile(t, path).Header
			want.Type = got.Type // compared over all layouts above
			// 1e-9 of a degree or metre: gdalinfo prints 16 digits.
			near := cmp.Comparer(func(a, b float64) bool {
				return math.Abs(a-b) <= 1e-9 || math.IsNaN(a) && math.IsNaN(b)
			})
			if d := cmp.Diff(want, got, near); d != "" {
				t.Errorf("(-gdal +ours):\n%s", d)
			}
		})
	}
}

// TestGDALKinds reads files of special make: sparse and
// with overviews, and refuses masks, rotation, several bands and what else it cannot read.
func TestGDALKinds(t *testing.T) {
	needGDAL(t)
	dir := t.TempDir()
	base := filepath.Join(dir, "base")
	raw, want := rawSamples(geotiff.Int16)
	writeENVI(t, base, gdalType{geotiff.Int16, "Int16", 2}, raw)

	t.Run("overviews", func(t *testing.T) {
		path := filepath.Join(dir, "overviews.tif")
		run(t, "gdal_translate", "-q", "-of", "COG", "-co", "COMPRESS=DEFLATE", "-co", "BLOCKSIZE=128", "-outsize", "600", "424", base, path)
		r := openFile(t, path)
		if r.Width != 600 || r.Height != 424 {
			t.Fatalf("got %d x %d: an overview instead of the image", r.Width, r.Height)
		}
		got := readAll(t, r)
		for k := range got { // nearest neighbour, 8 to 1
			if w := want[k/600/8*gdalWidth+k%600/8]; got[k] != w {
				t.Fatalf("sample %d: %v; want %v", k, got[k], w)
			}
		}
	})
	t.Run("sparse", func(t *testing.T) {
		path := filepath.Join(dir, "sparse.tif")
		run(t, "gdal_create", "-of", "GTiff", "-ot", "Int16", "-outsize", "75", "53", "-a_nodata", "-9999", "-a_srs", "EPSG:4326",
			"-a_ullr", "105", "23", "106", "22", "-co", "SPARSE_OK=YES", "-co", "TILED=YES", "-co", "BLOCKXSIZE=16", "-co", "BLOCKYSIZE=16", path)
		for _, v := range readAll(t, openFile(t, path)) {
			if v != -9999 {
				t.Fatalf("sparse sample %v; want the nodata value", v)
			}
		}
	})
	for name, args := range map[string][]string{
		"2 bands":       {"-b", "1", "-b", "1"},
		"mask":          {"-b", "1", "-mask", "1", "--config", "GDAL_TIFF_INTERNAL_MASK", "YES"},
		"(ZSTD)":        {"-co", "COMPRESS=ZSTD"},
		"control point": {"-gcp", "0", "0", "105", "23", "-gcp", "75", "0", "106", "23", "-gcp", "0", "53", "105", "22"},
		"64 bits":       {"-ot", "CFloat32"},
	} {
		t.Run(name, func(t *testing.T) {
			path := filepath.Join(dir, strings.Trim(name, "()")+".tif")
			run(t, "gdal_translate", slices.Concat([]string{"-q"}, args, []string{base, path})...)
			wantRefusal(t, path, name)
		})
	}
	t.Run("rotated", func(t *testing.T) {
		vrt := filepath.Join(dir, "rotated.vrt")
		run(t, "gdal_translate", "-q", "-of", "VRT", base, vrt)
		b, err := os.ReadFile(vrt)
		if err != nil {
			t.Fatal(err)
		}
		s := string(b)
		i, j := strings.Index(s, "<GeoTransform>"), strings.Index(s, "</GeoTransform>")
		s = s[:i] + "<GeoTransform>105, 0.001, 0.0005, 23, 0.0005, -0.001" + s[j:]
		if err := os.WriteFile(vrt, []byte(s), 0o600); err != nil {
			t.Fatal(err)
		}
		path := filepath.Join(dir, "rotated.tif")
		run(t, "gdal_translate", "-q", vrt, path)
		wantRefusal(t, path, "rotated")
	})
}

func wantRefusal(t *testing.T, path, words string) {
	t.Helper()
	b, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	_, err = geotiff.Open(strings.NewReader(string(b)), int64(len(b)))
	if err == nil || !strings.Contains(err.Error(), words) {
		t.Errorf("error %v; want one that says %q", err, words)
	}
}
