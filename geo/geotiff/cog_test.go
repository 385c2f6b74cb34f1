package geotiff

import (
	"bytes"
	"math"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/covgap/covgap/geo/reference"
)

// levels is a raster of levels in dBm with a hole, wide enough for three overviews.
func levels() (Header, []float32) {
	h := Header{Width: 700, Height: 500, West: 105, North: 23, StepX: 0.001, StepY: 0.001, EPSG: 4326, Geographic: true,
		NoData: math.NaN(), HasNoData: true, Unit: "dBm"}
	samples := make([]float32, h.Width*h.Height)
	for i := range samples {
		samples[i] = -60 - float32(i%h.Width)/10
		if x, y := i%h.Width, i/h.Width; x > 100 && x < 140 && y > 100 && y < 140 {
			samples[i] = float32(math.NaN())
		}
	}
	return h, samples
}

func classes() (Header, []uint8) {
	h := Header{Width: 700, Height: 500, West: 105, North: 23, StepX: 0.001, StepY: 0.001, EPSG: 4326, Geographic: true, NoData: 255, HasNoData: true}
	samples := make([]uint8, h.Width*h.Height)
	for i := range samples {
		samples[i] = uint8(i % h.Width / 300)
	}
	return h, samples
}

func encodeCOG(t *testing.T, name string) string {
	t.Helper()
	var b bytes.Buffer
	layout := Layout{Compression: Deflate, TileSize: 128, Overviews: Average}
	var err error
	if name == "class.tif" {
		h, samples := classes()
		layout.Overviews, layout.Palette = Majority, [][3]uint8{{0x1b, 0x7f, 0x5c}, {0xe6, 0x9f, 0x00}, {0x99, 0x1b, 0x3c}}
		err = Encode(&b, h, samples, layout)
	} else {
		h, samples := levels()
		layout.Predictor = FloatingPoint
		err = Encode(&b, h, samples, layout)
	}
	if err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(t.TempDir(), name)
	if err := os.WriteFile(path, b.Bytes(), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

func TestGDALTakesItForCloudOptimised(t *testing.T) {
	if _, err := exec.LookPath("gdalinfo"); err != nil {
		reference.Missing(t, "gdal", "gdalinfo")
	}
	for name, want := range map[string][]string{
		"level.tif": {"Size is 700, 500", "Overviews: 350x250, 175x125, 88x63", "Type=Float32", "NoData Value=nan", "Unit Type: dBm", `ID["EPSG",4326]`},
		"class.tif": {"Overviews: 350x250, 175x125, 88x63", "ColorInterp=Palette", "NoData Value=255", "0: 27,127,92,255", "1: 230,159,0,255"},
	} {
		path := encodeCOG(t, name)
		if out, err := exec.Command("/usr/bin/python3", "-m", "osgeo_utils.samples.validate_cloud_optimized_geotiff", "--full-check=yes", path).CombinedOutput(); err != nil ||
			strings.Contains(strings.ToLower(string(out)), "warning") {
			t.Errorf("%s: %v\n%s", name, err, out)
		}
		out, err := exec.Command("gdalinfo", path).CombinedOutput()
		if err != nil {
			t.Fatalf("%v\n%s", err, out)
		}
		for _, w := range want {
			if !strings.Contains(string(out), w) {
				t.Errorf("%s: gdalinfo does not say %q:\n%s", name, w, out)
			}
		}
	}
}

func TestHalve(t *testing.T) {
	h := Header{Width: 3, Height: 3, NoData: -1, HasNoData: true, Type: Int16}
	small, got := halve(h, []int16{1, 2, -1, 2, 3, -1, -1, -1, -1}, Average)
	if small.Width != 2 || small.Height != 2 || got[0] != 2 || got[1] != -1 || got[2] != -1 || got[3] != -1 {
		t.Errorf("average %v", got)
	}
	_, classes := halve(Header{Width: 2, Height: 2, Type: Uint8}, []uint8{3, 1, 3, 2}, Majority)
	if classes[0] != 3 {
		t.Errorf("majority %v", classes)
	}
	_, classes = halve(Header{Width: 2, Height: 2, Type: Uint8}, []uint8{3, 1, 3, 1}, Majority)
	if classes[0] != 1 {
		t.Errorf("majority of equals %v", classes)
	}
	if _, got := halve(Header{Width: 1, Height: 1, Type: Float32}, []float32{float32(math.NaN())}, Average); got[0] == got[0] {
		t.Errorf("no data becomes %v", got)
	}
}

func TestOverviewsNeedTiles(t *testing.T) {
	h, samples := classes()
	for _, l := range []Layout{{Overviews: Average}, {TileSize: 128, Overviews: 9}, {Palette: make([][3]uint8, 257)}} {
		if err := Encode(&bytes.Buffer{}, h, samples, l); err == nil {
			t.Errorf("%+v is written", l)
		}
	}
	fh, fs := levels()
	if err := Encode(&bytes.Buffer{}, fh, fs, Layout{Palette: [][3]uint8{{1, 2, 3}}}); err == nil {
		t.Error("a palette of levels is written")
	}
}
