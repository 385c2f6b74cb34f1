// Package geotiff reads single-band GeoTIFF rasters, window by window, and writes
// them.
//
// Read: classic TIFF and BigTIFF, both byte orders, strips and tiles, samples of
// 8, 16 or 32 bit integers and 32 or 64 bit floating point, uncompressed, deflate
// or LZW, predictors 1 to 3, blocks left out by GDAL's SPARSE_OK. Of a file with
// several images the first that is no overview is read.
//
// Out of scope: several bands, masks, rotated rasters, ground control points and
// lossy compression; each is refused with a message that names it.
//
// Sources: TIFF 6.0 (Aldus, 1992); TIFF Technical Note 3 (floating-point
// predictor, Adobe, 2005); BigTIFF (libtiff); OGC GeoTIFF 1.1 (19-008r4); the
// tags GDAL_METADATA and GDAL_NODATA (https://gdal.org/drivers/raster/gtiff.html).
package geotiff

import (
	"errors"
	"fmt"
	"math"
)

// Errors of this package, for errors.Is. Every error of Open and Read is one of
// them or comes from the underlying reader.
var (
	ErrFormat      = errors.New("geotiff: not a TIFF file")
	ErrCorrupt     = errors.New("geotiff: corrupt file")
	ErrUnsupported = errors.New("geotiff: unsupported kind of raster")
	ErrWindow      = errors.New("geotiff: window outside the raster")
)

// Type is the type of a sample in the file.
type Type uint8

// The types of samples. The zero Type is none.
const (
	Uint8 Type = iota + 1
	Uint16
	Int16
	Int32
	Float32
	Float64
)

// Bytes is the size of one sample.
func (t Type) Bytes() int {
	switch t {
	case Uint8:
		return 1
	case Uint16, Int16:
		return 2
	case Int32, Float32:
		return 4
	case Float64:
		return 8
	}
	panic(fmt.Sprintf("geotiff: no such type: %d", t))
}

// String gives the name of the type as Go writes it.
func (t Type) String() string {
	switch t {
	case Uint8:
		return "uint8"
	case Uint16:
		return "uint16"
	case Int16:
		return "int16"
	case Int32:
		return "int32"
	case Float32:
		return "float32"
	case Float64:
		return "float64"
	}
	return fmt.Sprintf("Type(%d)", uint8(t))
}

// Header describes a raster. West, North and the steps are in the units of its
// coordinate system: degrees when Geographic, else those of the projection,
// nearly always metres.
type Header struct {
	Width, Height int     // samples
	Type          Type    // of a sample in the file
	West, North   float64 // centre of the first sample (north-west corner), whatever PixelIsPoint says
	StepX, StepY  float64 // distance between columns and between rows, positive; rows run from north to south

	// EPSG is the code of the coordinate system, 0 when the file names none.
	// Easting or longitude is always x.
	EPSG       int
	Geographic bool // longitude and latitude, not projected

	// PixelIsPoint says that the file's own coordinates belong to the centres of
	// samples, not to their north-west corners.
	PixelIsPoint bool

	// NoData is the value of samples that have none, when HasNoData. It may be NaN.
	NoData    float64
	HasNoData bool

	// A quantity is sample*Scale + Offset, in Unit ("" when the file names none).
	// Read gives the samples as they are. The zero Scale stands for 1.
	Scale, Offset float64
	Unit          string
}

// IsNoData says whether v, as Read gives it, is the raster's NoData value.
func (h *Header) IsNoData(v float64) bool {
	if !h.HasNoData {
		return false
	}
	if math.IsNaN(h.NoData) {
		return math.IsNaN(v)
	}
	// The tag is decimal text; a float32 sample holds its rounded value.
	return v == h.NoData || h.Type == Float32 && float32(v) == float32(h.NoData)
}

// Compression of the blocks of a file, by its TIFF code.
type Compression uint16

// The compressions that are read. Encode writes all but LZW and OldDeflate.
const (
	None       Compression = 1
	LZW        Compression = 5
	Deflate    Compression = 8
	OldDeflate Compression = 32946
)

// Predictor is what a block holds in place of its samples, by its TIFF code.
type Predictor uint16

// The predictors.
const (
	NoPredictor   Predictor = 1
	Horizontal    Predictor = 2 // differences between neighbours of a row
	FloatingPoint Predictor = 3 // differences between bytes, sorted by significance
)

func unsupported(format string, args ...any) error {
	return fmt.Errorf("%w: %s", ErrUnsupported, fmt.Sprintf(format, args...))
}

func corrupt(format string, args ...any) error {
	return fmt.Errorf("%w: %s", ErrCorrupt, fmt.Sprintf(format, args...))
}
