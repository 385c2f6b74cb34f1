package terrain

import (
	"fmt"
	"os"
	"strings"

	"github.com/covgap/covgap/geo"
	"github.com/covgap/covgap/geo/crs"
	"github.com/covgap/covgap/geo/geotiff"
)

const epsgWGS84 = 4326

func (t *tile) openGeoTIFF() error {
	r, f, err := geotiff.OpenFile(t.Path)
	if err != nil {
		return err
	}
	if err := f.Close(); err != nil {
		return fmt.Errorf("terrain: %w", err)
	}
	if r.EPSG == 0 {
		return &geo.InputError{
			Found:    "a GeoTIFF without the code of a coordinate system",
			Expected: "EPSG:4326 or a projected system",
			Hint:     "gdal_edit.py -a_srs EPSG:… " + t.Path,
			Err:      ErrCRS,
		}
	}
	if r.EPSG != epsgWGS84 || !r.Geographic {
		code := fmt.Sprintf("EPSG:%d", r.EPSG)
		system, err := crs.Lookup(code)
		if err != nil {
			return &geo.InputError{
				Found:    code,
				Expected: "a coordinate system that is known here",
				Hint:     "gdalwarp -t_srs EPSG:4326",
				Err:      fmt.Errorf("%w: %w", ErrCRS, err),
			}
		}
		t.system = &system
	}
	switch strings.ToLower(r.Unit) {
	case "", "m", "metre", "meter", "metres", "meters":
	case "dbm", "class": // of covgap's own results, among others
		return &geo.InputError{Found: "a raster of " + r.Unit, Expected: "heights in metres", Err: ErrNoHeights}
	default:
		return &geo.InputError{
			Found:    "heights in " + r.Unit,
			Expected: "metres",
			Hint:     `gdal_calc.py --calc="A*…" for metres, then gdal_edit.py -units m`,
			Err:      ErrUnit,
		}
	}
	t.Width, t.Height = r.Width, r.Height
	t.west, t.north, t.stepX, t.stepY = r.West, r.North, r.StepX, r.StepY
	t.open = func() (samples, error) {
		r, f, err := geotiff.OpenFile(t.Path)
		if err != nil {
			return nil, err
		}
		return &raster{r, f}, nil
	}
	return nil
}

// raster is an open GeoTIFF.
type raster struct {
	*geotiff.Raster
	*os.File
}

func (t *raster) read(dst []float32, x, y, w, h int) error {
	if err := geotiff.Read(t.Raster, dst, x, y, w, h); err != nil {
		return err
	}
	scale := t.Scale
	if scale == 0 {
		scale = 1
	}
	for i, v := range dst {
		v = float32(float64(v)*scale + t.Offset)
		// The negated form also takes NaN.
		if !(v >= lowestM && v <= highestM) || t.IsNoData(float64(dst[i])) {
			v = nan32
		}
		dst[i] = v
	}
	return nil
}
