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
	// Overviews stores the raster again at half, a quarter … of its size, down to one
	// tile: with tiles, that makes the file a cloud-optimised GeoTIFF, of which a
	// reader fetches what it shows (OGC 21-026). 0 stores none.
	Overviews Resampling
	// Palette gives each value of a uint8 raster a colour, red, green, blue; values
	// beyond it are black. Empty for none.
	Palette [][3]uint8
}

// Resampling is how a sample of an overview comes from the four below it. Samples
// without data do not count.
type Resampling uint8

// The ways of resampling.
const (
	Average  Resampling = iota + 1 // the mean, rounded to even for integers
	Majority                       // the most frequent, of equals the lowest: for classes
)

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
	images := []image{}
	for level := 0; ; level++ {
		img, err := encodeImage(h, samples, l, level)
		if err != nil {
			return err
		}
		images = append(images, img)
		if l.Overviews == 0 || h.Width <= l.TileSize && h.Height <= l.TileSize {
			return writeFile(w, images, l.TileSize == 0)
		}
		h, samples = halve(h, samples, l.Overviews)
	}
}

// image is one directory of the file with its blocks.
type image struct {
	fields []field
	blocks [][]byte
}

// encodeImage stores a raster, which is an overview from level 1.
func encodeImage[T Sample](h Header, samples []T, l Layout, level int) (image, error) {
	blockW, blockH := l.TileSize, l.TileSize
	if l.TileSize == 0 {
		blockW = h.Width
		blockH = min(max(stripBytes/(h.Width*h.Type.Bytes()), 1), h.Height)
	}
	img := image{fields: h.fields(l, blockW, blockH, level)}
	for y := 0; y < h.Height; y += blockH {
		for x := 0; x < h.Width; x += blockW {
			rows := blockH
			if l.TileSize == 0 {
				rows = min(rows, h.Height-y)
			}
			b, err := encodeBlock(h, samples, l, x, y, blockW, rows)
			if err != nil {
				return image{}, err
			}
			img.blocks = append(img.blocks, b)
		}
	}
	return img, nil
}

// halve gives the raster at half its size; at an odd edge, what lies beyond does not
// count.
func halve[T Sample](h Header, samples []T, how Resampling) (Header, []T) {
	width, height := (h.Width+1)/2, (h.Height+1)/2
	out := make([]T, width*height)
	var of [4]T
	for y := range height {
		for x := range width {
			n := 0
			for j := 2 * y; j < min(2*y+2, h.Height); j++ {
				for i := 2 * x; i < min(2*x+2, h.Width); i++ {
					if v := samples[j*h.Width+i]; !h.IsNoData(float64(v)) && !math.IsNaN(float64(v)) {
						of[n] = v
						n++
					}
				}
			}
			switch {
			case n == 0:
				out[y*width+x] = samples[2*y*h.Width+2*x]
			case how == Majority:
				out[y*width+x] = majority(of[:n])
			default:
				out[y*width+x] = average(of[:n], h.Type)
			}
		}
	}
	h.Width, h.Height = width, height
	return h, out
}

func majority[T Sample](of []T) T {
	slices.Sort(of)
	best, most := of[0], 0
	for i := 0; i < len(of); {
		j := i
		for j < len(of) && of[j] == of[i] {
			j++
		}
		if j-i > most {
			best, most = of[i], j-i
		}
		i = j
	}
	return best
}

func average[T Sample](of []T, t Type) T {
	var sum float64
	for _, v := range of {
		sum += float64(v)
	}
	sum /= float64(len(of))
	if t != Float32 && t != Float64 {
		sum = math.RoundToEven(sum)
	}
	return T(sum)
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
	case l.Overviews > Majority:
		return unsupported("resampling %d", l.Overviews)
	case l.Overviews != 0 && l.TileSize == 0:
		return unsupported("overviews of a raster in strips")
	case len(l.Palette) > 0 && h.Type != Uint8:
		return unsupported("a palette for %v samples", h.Type)
	case len(l.Palette) > 1<<8:
		return unsupported("a palette of %d colours", len(l.Palette))
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

// fields gives the directory without the places of the blocks. That of an overview,
// from level 1, says nothing of place and meaning: those of the raster count.
func (h *Header) fields(l Layout, blockW, blockH, level int) []field {
	const minIsBlack, palette, chunky, reduced = 1, 3, 1, 1
	photometric := uint16(minIsBlack)
	if len(l.Palette) > 0 {
		photometric = palette
	}
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
		shorts(tagPhotometric, photometric),
		shorts(tagSamplesPerPixel, 1),
		shorts(tagPlanarConfig, chunky),
		shorts(tagPredictor, uint16(cmp.Or(l.Predictor, NoPredictor))),
		shorts(tagSampleFormat, format),
	}
	if l.TileSize == 0 {
		fs = append(fs, longs(tagRowsPerStrip, int32(blockH)))
	} else {
		fs = append(fs, longs(tagTileWidth, int32(blockW)), longs(tagTileLength, int32(blockH)))
	}
	if len(l.Palette) > 0 {
		fs = append(fs, colourMap(l.Palette))
	}
	if h.HasNoData {
		// GDAL writes and reads "nan" in lower case.
		s := strconv.FormatFloat(h.NoData, 'g', -1, 64)
		if math.IsNaN(h.NoData) {
			s = "nan"
		}
		fs = append(fs, text(tagGDALNoData, s))
	}
	if level > 0 {
		return append(fs, longs(tagNewSubfileType, reduced))
	}
	fs = append(fs,
		doubles(tagModelPixelScale, h.StepX, h.StepY, 0),
		doubles(tagModelTiepoint, 0, 0, 0, h.West-center*h.StepX, h.North+center*h.StepY, 0))
	keys := []uint16{keyRasterType, 0, 1, raster}
	if h.EPSG != 0 {
		model, key := uint16(modelProjected), uint16(keyProjectedCRS)
		if h.Geographic {
			model, key = modelGeographic, keyGeodeticCRS
		}
		keys = slices.Concat([]uint16{keyModelType, 0, 1, model}, keys, []uint16{key, 0, 1, uint16(h.EPSG)})
	}
	fs = append(fs, shorts(tagGeoKeyDirectory, slices.Concat([]uint16{1, 1, 0, uint16(len(keys) / geoKeyWords)}, keys)...))
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

// colourMap gives the table of a palette: all reds, then greens, then blues, of 16 bits
// (TIFF 6.0, p. 23).
func colourMap(palette [][3]uint8) field {
	const colours, widen = 1 << 8, 257 // 255 becomes 65,535
	var table [3 * colours]uint16
	for i, c := range palette {
		for k, v := range c {
			table[k*colours+i] = widen * uint16(v)
		}
	}
	return shorts(tagColorMap, table[:]...)
}

// writeFile writes header, all directories with their values, and the blocks, those of
// the smallest image first: the order of a cloud-optimised GeoTIFF.
func writeFile(w io.Writer, images []image, strips bool) error {
	offsetTag, countTag := uint16(tagStripOffsets), uint16(tagStripByteCounts)
	if !strips {
		offsetTag, countTag = tagTileOffsets, tagTileByteCounts
	}
	var total, blocks uint64
	for i := range images {
		blocks += uint64(len(images[i].blocks))
		for _, b := range images[i].blocks {
			total += uint64(len(b))
		}
	}
	// The directories and their values are small beside 1 MB and the tables of blocks.
	f := form{big: total+blocks*16+1<<20 > math.MaxUint32}
	place := f.headBytes()
	for i := range images {
		img := &images[i]
		var counts []byte
		for _, b := range img.blocks {
			counts = f.word(counts, uint64(len(b)))
		}
		n := uint64(len(img.blocks))
		offsets := make([]byte, len(counts)) // known only below
		img.fields = append(img.fields, field{offsetTag, f.wordKind(), n, offsets}, field{countTag, f.wordKind(), n, counts})
		slices.SortFunc(img.fields, func(a, b field) int { return cmp.Compare(a.tag, b.tag) })
		place += f.directoryBytes(img.fields)
	}
	next := uint64(place)
	for i := len(images) - 1; i >= 0; i-- {
		at := slices.IndexFunc(images[i].fields, func(f field) bool { return f.tag == offsetTag })
		offsets := images[i].fields[at].data[:0]
		for _, b := range images[i].blocks {
			offsets = f.word(offsets, next)
			next += uint64(len(b))
		}
	}
	out := f.head()
	for i := range images {
		out = f.directory(out, images[i].fields, i == len(images)-1)
	}
	if _, err := w.Write(out); err != nil {
		return fmt.Errorf("geotiff: %w", err)
	}
	for i := len(images) - 1; i >= 0; i-- {
		for _, b := range images[i].blocks {
			if _, err := w.Write(b); err != nil {
				return fmt.Errorf("geotiff: %w", err)
			}
		}
	}
	return nil
}

// form is classic TIFF, or BigTIFF.
type form struct{ big bool }

func (f form) wordBytes() int {
	if f.big {
		return 8
	}
	return 4
}

func (f form) wordKind() uint16 {
	if f.big {
		return typeLong8
	}
	return typeLong
}

func (f form) word(b []byte, v uint64) []byte {
	if f.big {
		return binary.LittleEndian.AppendUint64(b, v)
	}
	return binary.LittleEndian.AppendUint32(b, uint32(v))
}

func (f form) headBytes() int { return len(f.head()) }

// head is the file's header: the first directory follows at once.
func (f form) head() []byte {
	if f.big {
		return []byte{'I', 'I', 43, 0, 8, 0, 0, 0, 16, 0, 0, 0, 0, 0, 0, 0}
	}
	return []byte{'I', 'I', 42, 0, 8, 0, 0, 0}
}

// entriesBytes is the size of a directory without the values that do not fit into it.
func (f form) entriesBytes(fs []field) int {
	if f.big {
		return 8 + 20*len(fs) + 8
	}
	return 2 + 12*len(fs) + 4
}

func (f form) directoryBytes(fs []field) int {
	size := (f.entriesBytes(fs) + 7) &^ 7
	for _, v := range fs {
		if len(v.data) > f.wordBytes() {
			size += (len(v.data) + 7) &^ 7
		}
	}
	return size
}

// directory appends a directory and its values; the next one follows at once.
func (f form) directory(out []byte, fs []field, last bool) []byte {
	start := len(out)
	if f.big {
		out = binary.LittleEndian.AppendUint64(out, uint64(len(fs)))
	} else {
		out = binary.LittleEndian.AppendUint16(out, uint16(len(fs)))
	}
	place := start + (f.entriesBytes(fs)+7)&^7
	var values []byte
	for _, v := range fs {
		out = binary.LittleEndian.AppendUint16(out, v.tag)
		out = binary.LittleEndian.AppendUint16(out, v.kind)
		out = f.word(out, v.count)
		if len(v.data) <= f.wordBytes() {
			out = append(out, v.data...)
			out = append(out, make([]byte, f.wordBytes()-len(v.data))...)
			continue
		}
		out = f.word(out, uint64(place+len(values)))
		values = append(values, v.data...)
		values = append(values, make([]byte, -len(values)&7)...)
	}
	next := uint64(0)
	if !last {
		next = uint64(start + f.directoryBytes(fs))
	}
	out = f.word(out, next)
	out = append(out, make([]byte, place-len(out))...)
	return append(out, values...)
}
