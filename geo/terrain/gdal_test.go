package terrain_test

import (
	"fmt"
	"math"
	"os/exec"
	"path/filepath"
	"testing"

	"github.com/covgap/covgap/geo/geotiff"
	"github.com/covgap/covgap/geo/reference"
)

// TestWindowAgainstGDAL compares a window over a UTM raster, once PixelIsArea and
// once PixelIsPoint, with what gdalwarp makes of it on the same lattice.
func TestWindowAgainstGDAL(t *testing.T) {
	if _, err := exec.LookPath("gdalwarp"); err != nil {
		reference.Missing(t, "gdal", err.Error())
	}
	const side, step = 400, 30.0
	heights := make([]float32, side*side)
	for k := range heights {
		i, j := float64(k%side), float64(k/side)
		heights[k] = float32(900 + 200*math.Sin(i/11) + 150*math.Cos(j/13))
	}
	for name, point := range map[string]bool{"area": false, "point": true} {
		t.Run(name, func(t *testing.T) {
			dir := t.TempDir()
			path := writeTIFF(t, filepath.Join(dir, "utm.tif"), geotiff.Header{
				Width: side, Height: side, West: 600000, North: 2510000, StepX: step, StepY: step,
				EPSG: 32648, PixelIsPoint: point,
			}, heights)
			s := open(t, path)
			g, _ := window(t, s, s.Bound())
			b := g.Bound()
			warped := filepath.Join(dir, "warped.tif")
			number := func(v float64) string { return fmt.Sprintf("%.15g", v) }
			out, err := exec.Command("gdalwarp", "-q", "-r", "bilinear", "-et", "0", "-t_srs", "EPSG:4326", "-dstnodata", "-9999",
				"-te", number(b.Min[0]-g.StepLon/2), number(b.Min[1]-g.StepLat/2), number(b.Max[0]+g.StepLon/2), number(b.Max[1]+g.StepLat/2),
				"-ts", fmt.Sprint(g.Width), fmt.Sprint(g.Height), path, warped).CombinedOutput()
			if err != nil {
				t.Fatalf("gdalwarp: %v\n%s", err, out)
			}
			r, f, err := geotiff.OpenFile(warped)
			if err != nil {
				t.Fatal(err)
			}
			defer func() { _ = f.Close() }() // opened for reading
			want := make([]float32, r.Width*r.Height)
			if err := geotiff.Read(r, want, 0, 0, r.Width, r.Height); err != nil {
				t.Fatal(err)
			}
			if r.Width != g.Width || r.Height != g.Height {
				t.Fatalf("gdalwarp gives %d x %d samples; want %d x %d", r.Width, r.Height, g.Width, g.Height)
			}
			compared, worst := 0, 0.0
			for k, h := range g.HeightsM {
				// Inside by 12 samples: the edge runs askew, and there GDAL weighs the
				// samples it has.
				x, y := k%g.Width, k/g.Width
				if x < 12 || y < 12 || x >= g.Width-12 || y >= g.Height-12 || want[k] == -9999 || h != h {
					continue
				}
				compared++
				worst = max(worst, math.Abs(float64(h-want[k])))
			}
			t.Logf("%d samples, worst %.2g m", compared, worst)
			// The mesh bends by 0.008 m on the ground (see TestProjected), 0.005 m on the
			// steepest slope here of 0.65.
			if compared < side*side*8/10 || worst > 0.006 {
				t.Errorf("%d of %d samples compared, worst difference %v m", compared, len(want), worst)
			}
		})
	}
}
