package geotiff

import (
	"bytes"
	"cmp"
	"encoding/binary"
	"encoding/xml"
	"fmt"
	"io"
	"math"
	"slices"
	"strconv"

	"github.com/klauspost/compress/zlib"
)

// Layout says how Encode stores a raster. The zero Layout is uncompressed strips.
type Layout struct {
	Compression Compression // 0 or None, or Deflate
	Predictor   Predictor   // 0 or NoPredictor, Horizontal, or FloatingPoint; only with Deflate
	TileSize    int         // samples on a side, a multiple of 16; 0 stores strips of about 8 KB
}

// Sample is a Go type that Encode stores as it is.
type Sample interface {
	uint8 | uint16 | int16 | int32 | float32 | float64
}

// stripBytes is the size of a strip before compression that TIFF 6.0 (p. 39) recommends.
const stripBytes = 8192

// Encode writes a raster as little-endian TIFF: classic, or BigTIFF when 4 GB do
// not hold it. samples runs row by row from the north-west; h.Type is ignored,
// the type of the samples counts. The same input gives the same bytes. It holds
// the compressed raster in memory. An error wraps ErrUnsupported when the layout
// does not go with the samples, or comes from w.
func Encode[T Sample](w io.Writer, h Header, samples []T, l Layout) error {
	h.Type = typeOf[T]()
	if err := h.check(len(samples), l); err != nil {
		return err
	}
	blockW, blockH := l.TileSize, l.TileSize
	if l.TileSize == 0 {
		blockW = h.Width
		blockH = min(max(stripBytes/(h.Width*h.Type.Bytes()), 1), h.Height)
	}
	var blocks [][]byte
	for y := 0; y < h.Height; y += blockH {
		for x := 0; x < h.Width; x += blockW {
			rows := blockH
			if l.TileSize == 0 {
				rows = min(rows, h.Height-y)
			}
			b, err := encodeBlock(h, samples, l, x, y, blockW, rows)
			if err != nil {
				return err
			}
			blocks = append(blocks, b)
		}
	}
	return writeFile(w, h.fields(l, blockW, blockH), blocks, l.TileSize == 0)
}

func typeOf[T Sample]() Type {
	var v T
	switch any(v).(type) {
	case uint8:
		return Uint8
	case uint16:
		return Uint16
	case int16:
		return Int16
	case int32:
		return Int32
	case float32:
		return Float32
	}
	return Float64
}

// check says what Encode cannot write.
func (h *Header) check(samples int, l Layout) error {
	switch {
	case h.Width <= 0 || h.Height <= 0 || h.Width > math.MaxInt32 || h.Height > math.MaxInt32:
		return unsupported("raster of %d x %d samples", h.Width, h.Height)
	case samples != h.Width*h.Height:
		return unsupported("%d samples for a raster of %d x %d", samples, h.Width, h.Height)
	case !(h.StepX > 0 && h.StepY > 0):
		return unsupported("steps %v, %v between samples", h.StepX, h.StepY)
	case h.EPSG < 0 || h.EPSG >= codeUserDefined:
		return unsupported("EPSG code %d", h.EPSG)
	case l.TileSize < 0 || l.TileSize%16 != 0: // TIFF 6.0, p. 67
		return unsupported("tiles of %d samples; expected a multiple of 16", l.TileSize)
	}
	switch cmp.Or(l.Compression, None) {
	case None:
		if cmp.Or(l.Predictor, NoPredictor) != NoPredictor {
			return unsupported("predictor %d without compression", l.Predictor)
		}
	case Deflate:
	default:
		return unsupported("writing compression %d", l.Compression)
	}
	switch p := cmp.Or(l.Predictor, NoPredictor); {
	case p == NoPredictor, p == Horizontal:
	case p == FloatingPoint && (h.Type == Float32 || h.Type == Float64):
	default:
		return unsupported("predictor %d of %v samples", p, h.Type)
	}
	return nil
}

// encodeBlock gives the stored form of the block whose first sample is (x, y).
// Tiles reach over the edge of the raster; there the nearest sample is repeated,
// which compresses best.
func encodeBlock[T Sample](h Header, samples []T, l Layout, x, y, w, rows int) ([]byte, error) {
	size := h.Type.Bytes()
	raw := make([]byte, 0, w*rows*size)
	inside := min(w, h.Width-x)
	for j := range rows {
		row := samples[min(y+j, h.Height-1)*h.Width+x:][:inside]
		raw = appendSamples(raw, row)
		last := raw[len(raw)-size:]
		for range w - inside {
			raw = append(raw, last...)
		}
	}
	switch l.Predictor {
	case Horizontal:
		applyHorizontal(raw, w*size, size)
	case FloatingPoint:
		applyFloatingPoint(raw, w*size, size)
	}
	if l.Compression != Deflate {
		return raw, nil
	}
	var b bytes.Buffer
	z := zlib.NewWriter(&b)
	if _, err := z.Write(raw); err != nil {
		return nil, fmt.Errorf("geotiff: %w", err)
	}
	if err := z.Close(); err != nil {
		return nil, fmt.Errorf("geotiff: %w", err)
	}
	return b.Bytes(), nil
}

func appendSamples[T Sample](b []byte, row []T) []byte {
	switch row := any(row).(type) {
	case []uint8:
		return append(b, row...)
	case []uint16:
		for _, v := range row {
			b = binary.LittleEndian.AppendUint16(b, v)
		}
	case []int16:
		for _, v := range row {
			b = binary.LittleEndian.AppendUint16(b, uint16(v))
		}
	case []int32:
		for _, v := range row {
			b = binary.LittleEndian.AppendUint32(b, uint32(v))
		}
	case []float32:
		for _, v := range row {
			b = binary.LittleEndian.AppendUint32(b, math.Float32bits(v))
		}
	case []float64:
		for _, v := range row {
			b = binary.LittleEndian.AppendUint64(b, math.Float64bits(v))
		}
	}
	return b
}

// field is an entry of the directory to be written, its values little-endian.
type field struct {
	tag, kind uint16
	count     uint64
	data      []byte
}

func shorts(tag uint16, v ...uint16) field {
	return field{tag, typeShort, uint64(len(v)), appendSamples(nil, v)}
}

func longs(tag uint16, v ...int32) field {
	return field{tag, typeLong, uint64(len(v)), appendSamples(nil, v)}
}

func doubles(tag uint16, v ...float64) field {
	return field{tag, typeDouble, uint64(len(v)), appendSamples(nil, v)}
}

func text(tag uint16, s string) field {
	return field{tag, typeASCII, uint64(len(s) + 1), append([]byte(s), 0)}
}

// fields gives the directory without the places of the blocks.
func (h *Header) fields(l Layout, blockW, blockH int) []field {
	const minIsBlack, chunky = 1, 1
	format := uint16(1) // unsigned; TIFF 6.0 p. 80
	switch h.Type {
	case Int16, Int32:
		format = 2
	case Float32, Float64:
		format = 3
	}
	center, raster := 0.5, uint16(rasterPixelArea)
	if h.PixelIsPoint {
		center, raster = 0, rasterPixelPoint
	}
	fs := []field{
		longs(tagImageWidth, int32(h.Width)),
		longs(tagImageLength, int32(h.Height)),
		shorts(tagBitsPerSample, uint16(8*h.Type.Bytes())),
		shorts(tagCompression, uint16(cmp.Or(l.Compression, None))),
		shorts(tagPhotometric, minIsBlack),
		shorts(tagSamplesPerPixel, 1),
		shorts(tagPlanarConfig, chunky),
		shorts(tagPredictor, uint16(cmp.Or(l.Predictor, NoPredictor))),
		shorts(tagSampleFormat, format),
		doubles(tagModelPixelScale, h.StepX, h.StepY, 0),
		doubles(tagModelTiepoint, 0, 0, 0, h.West-center*h.StepX, h.North+center*h.StepY, 0),
	}
	if l.TileSize == 0 {
		fs = append(fs, longs(tagRowsPerStrip, int32(blockH)))
	} else {
		fs = append(fs, longs(tagTileWidth, int32(blockW)), longs(tagTileLength, int32(blockH)))
	}
	keys := []uint16{keyRasterType, 0, 1, raster}
	if h.EPSG != 0 {
		model, key := uint16(modelProjected), uint16(keyProjectedCRS)
		if h.Geographic {
			model, key = modelGeographic, keyGeodeticCRS
		}
		keys = slices.Concat([]uint16{keyModelType, 0, 1, model}, keys, []uint16{key, 0, 1, uint16(h.EPSG)})
	}
	fs = append(fs, shorts(tagGeoKeyDirectory, slices.Concat([]uint16{1, 1, 0, uint16(len(keys) / geoKeyWords)}, keys)...))
	if h.HasNoData {
		// GDAL writes and reads "nan" in lower case.
		s := strconv.FormatFloat(h.NoData, 'g', -1, 64)
		if math.IsNaN(h.NoData) {
			s = "nan"
		}
		fs = append(fs, text(tagGDALNoData, s))
	}
	if meta := h.metadata(); meta != "" {
		fs = append(fs, text(tagGDALMetadata, meta))
	}
	return fs
}

// metadata gives scale, offset and unit as GDAL writes them, "" when there are none.
func (h *Header) metadata() string {
	var b bytes.Buffer
	item := func(name, role, value string) {
		fmt.Fprintf(&b, `<Item name="%s" sample="0" role="%s">`, name, role)
		_ = xml.EscapeText(&b, []byte(value)) // a bytes.Buffer takes all
		b.WriteString("</Item>\n")
	}
	number := func(v float64) string { return strconv.FormatFloat(v, 'g', -1, 64) }
	if scale := cmp.Or(h.Scale, 1); scale != 1 || h.Offset != 0 {
		item("OFFSET", "offset", number(h.Offset))
		item("SCALE", "scale", number(scale))
	}
	if h.Unit != "" {
		item("UNITTYPE", "unittype", h.Unit)
	}
	if b.Len() == 0 {
		return ""
	}
	return "<GDALMetadata>\n" + b.String() + "</GDALMetadata>\n"
}

// writeFile writes header, directory, values of the directory and blocks, in this order.
func writeFile(w io.Writer, fs []field, blocks [][]byte, strips bool) error {
	offsetTag, countTag := uint16(tagStripOffsets), uint16(tagStripByteCounts)
	if !strips {
		offsetTag, countTag = tagTileOffsets, tagTileByteCounts
	}
	var total uint64
	for _, b := range blocks {
		total += uint64(len(b))
	}
	// The directory and its values are small beside 1 MB and the table of blocks.
	big := total+uint64(len(blocks))*16+1<<20 > math.MaxUint32

	headBytes, countBytes, entryBytes, wordBytes, wordKind := 8, 2, 12, 4, uint16(typeLong)
	if big {
		headBytes, countBytes, entryBytes, wordBytes, wordKind = 16, 8, 20, 8, typeLong8
	}
	word := func(b []byte, v uint64) []byte {
		if big {
			return binary.LittleEndian.AppendUint64(b, v)
		}
		return binary.LittleEndian.AppendUint32(b, uint32(v))
	}

	table := make([]byte, len(blocks)*wordBytes) // room for the offsets, known only below
	var counts []byte
	for _, b := range blocks {
		counts = word(counts, uint64(len(b)))
	}
	n := uint64(len(blocks))
	fs = append(fs, field{offsetTag, wordKind, n, table}, field{countTag, wordKind, n, counts})
	slices.SortFunc(fs, func(a, b field) int { return cmp.Compare(a.tag, b.tag) })

	place := headBytes + countBytes + len(fs)*entryBytes + wordBytes
	data := place
	for _, f := range fs {
		if len(f.data) > wordBytes {
			data += (len(f.data) + 7) &^ 7
		}
	}
	offsets := table[:0]
	next := uint64(data)
	for _, b := range blocks {
		offsets = word(offsets, next)
		next += uint64(len(b))
	}

	out := make([]byte, 0, data)
	if big {
		out = append(out, 'I', 'I', 43, 0, 8, 0, 0, 0)
		out = binary.LittleEndian.AppendUint64(out, uint64(headBytes))
		out = binary.LittleEndian.AppendUint64(out, uint64(len(fs)))
	} else {
		out = append(out, 'I', 'I', 42, 0)
		out = binary.LittleEndian.AppendUint32(out, uint32(headBytes))
		out = binary.LittleEndian.AppendUint16(out, uint16(len(fs)))
	}
	var values []byte
	for _, f := range fs {
		out = binary.LittleEndian.AppendUint16(out, f.tag)
		out = binary.LittleEndian.AppendUint16(out, f.kind)
		out = word(out, f.count)
		if len(f.data) <= wordBytes {
			out = append(out, f.data...)
			out = append(out, make([]byte, wordBytes-len(f.data))...)
			continue
		}
		out = word(out, uint64(place+len(values)))
		values = append(values, f.data...)
		values = append(values, make([]byte, -len(values)&7)...)
	}
	out = word(out, 0) // no further directory
	out = append(out, values...)
	if _, err := w.Write(out); err != nil {
		return fmt.Errorf("geotiff: %w", err)
	}
	for _, b := range blocks {
		if _, err := w.Write(b); err != nil {
			return fmt.Errorf("geotiff: %w", err)
		}
	}
	return nil
}
