package geotiff

import (
	"encoding/xml"
	"math"
	"strconv"
	"strings"
)

// GeoKeys and their values (OGC 19-008r4, clause 7).
const (
	keyModelType      = 1024
	keyRasterType     = 1025
	keyGeodeticCRS    = 2048
	keyProjectedCRS   = 3072
	keyVerticalUnits  = 4099
	modelProjected    = 1
	modelGeographic   = 2
	rasterPixelArea   = 1
	rasterPixelPoint  = 2
	codeUserDefined   = 32767
	unitMetre         = 9001
	unitFoot          = 9002
	unitUSSurveyFoot  = 9003
	maxGeoKeys        = 4096
	geoKeyWords       = 4 // each key is four SHORTs, and so is the header
	tiepointWords     = 6
	pixelScaleWords   = 3
	transformWords    = 16
	degreesUpperLimit = 1e9 // no projected coordinate on Earth is larger
)

// coordinateSystem reads the GeoKeys.
func (f *file) coordinateSystem(d directory, h *Header) error {
	e, ok := d[tagGeoKeyDirectory]
	if !ok {
		return nil
	}
	head, err := f.uints(tagGeoKeyDirectory, e, geoKeyWords)
	if err != nil {
		return err
	}
	n := head[3]
	if n > maxGeoKeys {
		return corrupt("%d GeoKeys", n)
	}
	words, err := f.uints(tagGeoKeyDirectory, e, geoKeyWords*(n+1))
	if err != nil {
		return err
	}
	keys := make(map[uint64]uint64, n)
	for w := words[geoKeyWords:]; len(w) > 0; w = w[geoKeyWords:] {
		if w[1] == 0 { // the value stands here; others are text or doubles elsewhere
			keys[w[0]] = w[3]
		}
	}
	h.PixelIsPoint = keys[keyRasterType] == rasterPixelPoint
	var code uint64
	switch keys[keyModelType] {
	case modelProjected:
		code = keys[keyProjectedCRS]
	case modelGeographic:
		h.Geographic = true
		code = keys[keyGeodeticCRS]
	}
	if code != codeUserDefined {
		h.EPSG = int(code)
	}
	switch keys[keyVerticalUnits] {
	case unitMetre:
		h.Unit = "metre"
	case unitFoot:
		h.Unit = "foot"
	case unitUSSurveyFoot:
		h.Unit = "US survey foot"
	}
	return nil
}

// placement reads where the raster lies (OGC 19-008r4, annex B.6).
func (f *file) placement(d directory, h *Header) error {
	scale, err := f.doubles(d, tagModelPixelScale, pixelScaleWords)
	if err != nil {
		return err
	}
	tie, err := f.doubles(d, tagModelTiepoint, tiepointWords)
	if err != nil {
		return err
	}
	matrix, err := f.doubles(d, tagModelTransformation, transformWords)
	if err != nil {
		return err
	}
	// In raster space the first sample's corner is (0, 0) under PixelIsArea, its
	// centre under PixelIsPoint.
	center := 0.5
	if h.PixelIsPoint {
		center = 0
	}
	switch {
	case scale != nil && tie != nil:
		if d[tagModelTiepoint].count != tiepointWords {
			return unsupported("%d tie points: a raster placed by ground control points; warp it north-up first (gdalwarp)",
				d[tagModelTiepoint].count/tiepointWords)
		}
		h.StepX, h.StepY = scale[0], scale[1]
		h.West = tie[3] + (center-tie[0])*h.StepX
		h.North = tie[4] - (center-tie[1])*h.StepY
	case matrix != nil:
		if matrix[1] != 0 || matrix[4] != 0 {
			return unsupported("rotated raster; warp it north-up first (gdalwarp)")
		}
		h.StepX, h.StepY = matrix[0], -matrix[5]
		h.West = matrix[3] + center*h.StepX
		h.North = matrix[7] - center*h.StepY
	case tie != nil:
		return unsupported("raster placed by ground control points; warp it north-up first (gdalwarp)")
	default:
		return unsupported("raster without coordinates: neither ModelPixelScale with ModelTiepoint nor ModelTransformation")
	}
	if !(h.StepX > 0 && h.StepY > 0) {
		return unsupported("steps %v, %v between samples: rows must run from north to south and columns from west to east", h.StepX, h.StepY)
	}
	for _, v := range []float64{h.West, h.North, h.StepX * float64(h.Width), h.StepY * float64(h.Height)} {
		if !(math.Abs(v) <= degreesUpperLimit) {
			return corrupt("raster placed at %v, %v with steps %v, %v", h.West, h.North, h.StepX, h.StepY)
		}
	}
	return nil
}

// gdalTags reads GDAL_NODATA, and scale, offset and unit from GDAL_METADATA.
func (f *file) gdalTags(d directory, h *Header) error {
	s, err := f.text(d, tagGDALNoData)
	if err != nil {
		return err
	}
	if s = strings.TrimSpace(s); s != "" {
		v, err := strconv.ParseFloat(s, 64)
		if err != nil && !math.IsInf(v, 0) {
			return corrupt("GDAL_NODATA %q is not a number", s)
		}
		h.NoData, h.HasNoData = v, true
	}
	if s, err = f.text(d, tagGDALMetadata); err != nil || s == "" {
		return err
	}
	var meta struct {
		Items []struct {
			Role  string `xml:"role,attr"`
			Value string `xml:",chardata"`
		} `xml:"Item"`
	}
	if err := xml.Unmarshal([]byte(s), &meta); err != nil {
		return corrupt("GDAL_METADATA: %v", err)
	}
	for _, it := range meta.Items {
		value := strings.TrimSpace(it.Value)
		var err error
		switch it.Role {
		case "scale":
			h.Scale, err = strconv.ParseFloat(value, 64)
		case "offset":
			h.Offset, err = strconv.ParseFloat(value, 64)
		case "unittype":
			h.Unit = value
		}
		if err != nil {
			return corrupt("GDAL_METADATA: %s %q is not a number", it.Role, value)
		}
	}
	return nil
}
