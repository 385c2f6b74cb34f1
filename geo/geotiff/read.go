package geotiff

import (
	"bufio"
	"container/list"
	"encoding/binary"
	"fmt"
	"io"
	"math"
	"os"
	"sync"

	"github.com/klauspost/compress/zlib"
	"golang.org/x/image/tiff/lzw"
)

const (
	// maxBlockBytes is the largest strip or tile that is decompressed: a strip of 8,000
	// rows of 8,000 float32. What is larger can be read when it is cut into tiles.
	maxBlockBytes = 256 << 20

	// maxStoredBytes is the largest uncompressed strip or tile. Of these only the
	// samples asked for are read.
	maxStoredBytes = 1 << 40

	// maxDeflateRatio and maxLZWRatio are the most that a byte of the file can
	// become: deflate codes 258 bytes in 2 bits (https://zlib.net/zlib_tech.html);
	// LZW has 4096 entries of at most that length and codes of at least 9 bits.
	// A block that promises more is refused before memory is taken for it.
	maxDeflateRatio = 1032
	maxLZWRatio     = 4096

	// cacheBytes bounds the decompressed blocks kept between reads: a row of 256 x
	// 256 float32 tiles over 65,000 columns.
	cacheBytes = 64 << 20
)

// Raster is an open file. It is safe for concurrent use; reads take turns.
type Raster struct {
	Header

	f           file
	compression Compression
	predictor   Predictor
	blockW      int
	blockH      int
	across      int      // blocks in a row
	strips      bool     // the last row of blocks is cut at the raster's edge
	offsets     []uint64 // of blocks, row by row; 0 for one left out
	counts      []uint64 // bytes in the file

	mu    sync.Mutex
	cache blockCache
}

// OpenFile reads the header of the file at path, as Open does. The file is to be closed
// after the last reading of samples.
func OpenFile(path string) (*Raster, *os.File, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, nil, fmt.Errorf("geotiff: %w", err)
	}
	st, err := f.Stat()
	if err == nil {
		var r *Raster
		if r, err = Open(f, st.Size()); err == nil {
			return r, f, nil
		}
	}
	_ = f.Close() // opened for reading
	return nil, nil, err
}

// Open reads the header of a file of size bytes. Errors wrap ErrFormat,
// ErrCorrupt or ErrUnsupported, or come from r.
func Open(r io.ReaderAt, size int64) (*Raster, error) {
	if size < 0 {
		return nil, fmt.Errorf("%w: %d bytes", ErrFormat, size)
	}
	t := &Raster{f: file{r: r, size: uint64(size)}}
	d, err := t.f.image()
	if err != nil {
		return nil, err
	}
	for _, step := range []func(directory) error{
		t.readLayout,
		func(d directory) error { return t.f.coordinateSystem(d, &t.Header) },
		func(d directory) error { return t.f.placement(d, &t.Header) },
		func(d directory) error { return t.f.gdalTags(d, &t.Header) },
		t.readBlockTable,
	} {
		if err := step(d); err != nil {
			return nil, err
		}
	}
	t.cache.budget = cacheBytes
	return t, nil
}

// image finds the first directory that is neither an overview nor a mask.
func (f *file) image() (directory, error) {
	offset, err := f.start()
	if err != nil {
		return nil, err
	}
	var image directory
	seen := make(map[uint64]bool)
	for offset != 0 {
		if seen[offset] || len(seen) == maxIFDs {
			return nil, corrupt("directories run in a circle")
		}
		seen[offset] = true
		d, next, err := f.directoryAt(offset)
		if err != nil {
			return nil, err
		}
		const reduced, mask = 1, 4 // NewSubfileType, TIFF 6.0 p. 36
		kind, err := f.uint(d, tagNewSubfileType, 0)
		if err != nil {
			return nil, err
		}
		switch {
		case kind&(reduced|mask) == mask:
			// The samples it takes out would be read as values, mostly as zeros.
			return nil, unsupported("raster with a mask; give it a nodata value instead (gdalwarp -dstnodata)")
		case kind&(reduced|mask) == 0 && image == nil:
			image = d
		}
		offset = next
	}
	if image == nil {
		return nil, corrupt("no full-resolution image")
	}
	return image, nil
}

// readLayout reads size, type and block shape of the image.
func (t *Raster) readLayout(d directory) error {
	var err error
	get := func(tag uint16, def uint64) uint64 {
		if err != nil {
			return 0
		}
		var v uint64
		v, err = t.f.uint(d, tag, def)
		return v
	}
	width, height := get(tagImageWidth, 0), get(tagImageLength, 0)
	bands, fill := get(tagSamplesPerPixel, 1), get(tagFillOrder, 1)
	compression, predictor := get(tagCompression, uint64(None)), get(tagPredictor, uint64(NoPredictor))
	rows := get(tagRowsPerStrip, math.MaxUint32)
	tileW, tileH := get(tagTileWidth, 0), get(tagTileLength, 0)
	if err != nil {
		return err
	}
	if width == 0 || height == 0 || width > math.MaxInt32 || height > math.MaxInt32 {
		return corrupt("raster of %d x %d samples", width, height)
	}
	t.Width, t.Height = int(width), int(height)
	if bands != 1 {
		return unsupported("%d bands; one is read (gdal_translate -b 1)", bands)
	}
	if fill != 1 {
		return unsupported("FillOrder %d", fill)
	}
	// SampleFormat and BitsPerSample have a value per band: here there is one.
	bits, format := get(tagBitsPerSample, 1), get(tagSampleFormat, 1)
	if err != nil {
		return err
	}
	if t.Type, err = sampleType(bits, format); err != nil {
		return err
	}

	switch t.compression = Compression(compression); {
	case compression > math.MaxUint16:
		return corrupt("compression %d", compression)
	case t.compression == None:
		// A predictor belongs to the LZW and deflate codecs; libtiff ignores it here.
		predictor = uint64(NoPredictor)
	case t.compression == LZW, t.compression == Deflate, t.compression == OldDeflate:
	default:
		return unsupported("compression %d%s; recompress it (gdal_translate -co COMPRESS=DEFLATE)",
			compression, compressionName(t.compression))
	}
	switch {
	case predictor == uint64(NoPredictor), predictor == uint64(Horizontal):
	case predictor == uint64(FloatingPoint) && (t.Type == Float32 || t.Type == Float64):
	default:
		return unsupported("predictor %d of %v samples", predictor, t.Type)
	}
	t.predictor = Predictor(predictor)

	_, tiled := d[tagTileOffsets]
	if t.strips = !tiled; t.strips {
		tileW, tileH = width, min(rows, height)
	}
	if tileW == 0 || tileH == 0 || tileW > math.MaxInt32 || tileH > math.MaxInt32 {
		return corrupt("blocks of %d x %d samples", tileW, tileH)
	}
	if tileW*tileH > maxStoredBytes/uint64(t.Type.Bytes()) {
		return unsupported("blocks of %d x %d samples", tileW, tileH)
	}
	t.blockW, t.blockH = int(tileW), int(tileH)
	t.across = (t.Width + t.blockW - 1) / t.blockW
	return nil
}

func sampleType(bits, format uint64) (Type, error) {
	const unsigned, signed, float = 1, 2, 3 // SampleFormat, TIFF 6.0 p. 80
	switch {
	case bits == 8 && format == unsigned:
		return Uint8, nil
	case bits == 16 && format == unsigned:
		return Uint16, nil
	case bits == 16 && format == signed:
		return Int16, nil
	case bits == 32 && format == signed:
		return Int32, nil
	case bits == 32 && format == float:
		return Float32, nil
	case bits == 64 && format == float:
		return Float64, nil
	}
	return 0, unsupported("samples of %d bits, format %d; expected uint8, uint16, int16, int32, float32 or float64", bits, format)
}

// compressionName names what users meet most (libtiff's tiff.h).
func compressionName(c Compression) string {
	switch c {
	case 2, 3, 4:
		return " (CCITT)"
	case 6, 7:
		return " (JPEG)"
	case 32773:
		return " (PackBits)"
	case 34887:
		return " (LERC)"
	case 34925:
		return " (LZMA)"
	case 50000:
		return " (ZSTD)"
	case 50001:
		return " (WebP)"
	}
	return ""
}

// readBlockTable reads where the blocks lie.
func (t *Raster) readBlockTable(d directory) error {
	offsetTag, countTag := uint16(tagStripOffsets), uint16(tagStripByteCounts)
	if !t.strips {
		offsetTag, countTag = tagTileOffsets, tagTileByteCounts
	}
	down := (t.Height + t.blockH - 1) / t.blockH
	n := uint64(t.across) * uint64(down) // both below 2^31
	var err error
	// The table lies in the file, so a count beyond what the file can hold ends here.
	if t.offsets, err = t.f.uints(offsetTag, d[offsetTag], n); err != nil {
		return err
	}
	if t.counts, err = t.f.uints(countTag, d[countTag], n); err != nil {
		return err
	}
	return nil
}

// Read copies the window of w x h samples whose first is (x, y), counted from the
// north-west, into dst, row by row. Samples are neither scaled nor tested for
// NoData; an int32 beyond 2^24 loses its last bits in a float32. Only the blocks
// under the window are read. Errors wrap ErrWindow or ErrCorrupt, or come from
// the reader. It panics when len(dst) is not w*h.
func Read[T float32 | float64](t *Raster, dst []T, x, y, w, h int) error {
	if x < 0 || y < 0 || w < 0 || h < 0 || w > t.Width-x || h > t.Height-y {
		return fmt.Errorf("%w: %d x %d samples at %d, %d of %d x %d", ErrWindow, w, h, x, y, t.Width, t.Height)
	}
	if len(dst) != w*h {
		panic(fmt.Sprintf("geotiff: window of %d x %d samples into a slice of %d", w, h, len(dst)))
	}
	if w == 0 || h == 0 {
		return nil
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	for by := y / t.blockH; by <= (y+h-1)/t.blockH; by++ {
		for bx := x / t.blockW; bx <= (x+w-1)/t.blockW; bx++ {
			// The part of the window in this block, in raster coordinates.
			x0, x1 := max(x, bx*t.blockW), min(x+w, (bx+1)*t.blockW)
			y0, y1 := max(y, by*t.blockH), min(y+h, (by+1)*t.blockH)
			part := dst[(y0-y)*w+x0-x:]
			if err := readPart(t, part, w, bx, by, x0-bx*t.blockW, y0-by*t.blockH, x1-x0, y1-y0); err != nil {
				return err
			}
		}
	}
	return nil
}

// readPart copies w x h samples at (x, y) of block (bx, by) into dst, whose rows
// are stride apart.
func readPart[T float32 | float64](t *Raster, dst []T, stride, bx, by, x, y, w, h int) error {
	k := by*t.across + bx
	size := t.Type.Bytes()
	if t.offsets[k] == 0 || t.counts[k] == 0 { // left out: GDAL's SPARSE_OK
		var v T
		if t.HasNoData {
			v = T(t.NoData)
		}
		for j := range h {
			row := dst[j*stride:][:w]
			for i := range row {
				row[i] = v
			}
		}
		return nil
	}
	if t.compression == None {
		for j := range h {
			first := (uint64(y+j)*uint64(t.blockW) + uint64(x)) * uint64(size) // below maxStoredBytes
			if first+uint64(w*size) > t.counts[k] {
				return corrupt("block %d has %d bytes; row %d needs more", k, t.counts[k], y+j)
			}
			if t.offsets[k] > t.f.size {
				return corrupt("block %d at %d lies beyond the end of the file at %d", k, t.offsets[k], t.f.size)
			}
			b, err := t.f.bytes(t.offsets[k]+first, uint64(w*size))
			if err != nil {
				return err
			}
			t.littleEndian(b)
			convert(dst[j*stride:][:w], b, t.Type)
		}
		return nil
	}
	b, err := t.block(k)
	if err != nil {
		return err
	}
	for j := range h {
		first := ((y+j)*t.blockW + x) * size
		convert(dst[j*stride:][:w], b[first:first+w*size], t.Type)
	}
	return nil
}

// block gives the decompressed samples of block k, little-endian.
func (t *Raster) block(k int) ([]byte, error) {
	if b := t.cache.get(k); b != nil {
		return b, nil
	}
	rows := t.blockH
	if t.strips {
		rows = min(rows, t.Height-k*t.blockH)
	}
	samples := uint64(t.blockW) * uint64(rows)
	if samples > maxBlockBytes/uint64(t.Type.Bytes()) {
		return nil, unsupported("blocks of %d x %d samples; store it in tiles (gdal_translate -co TILED=YES)", t.blockW, rows)
	}
	n := samples * uint64(t.Type.Bytes())
	ratio := uint64(maxDeflateRatio)
	if t.compression == LZW {
		ratio = maxLZWRatio
	}
	offset, count := t.offsets[k], t.counts[k]
	if offset > t.f.size || count > t.f.size-offset {
		return nil, corrupt("block %d of %d bytes at %d lies beyond the end of the file at %d", k, count, offset, t.f.size)
	}
	if n/ratio > count {
		return nil, corrupt("block %d of %d bytes cannot hold %d", k, count, n)
	}
	b := make([]byte, n)
	if err := t.decompress(b, io.NewSectionReader(t.f.r, int64(offset), int64(count))); err != nil {
		return nil, corrupt("block %d: %v", k, err)
	}
	row := t.blockW * t.Type.Bytes()
	if t.predictor == FloatingPoint {
		undoFloatingPoint(b, row, t.Type.Bytes())
	} else {
		t.littleEndian(b)
		if t.predictor == Horizontal {
			undoHorizontal(b, row, t.Type.Bytes())
		}
	}
	t.cache.put(k, b)
	return b, nil
}

func (t *Raster) decompress(dst []byte, src io.Reader) error {
	var r io.ReadCloser
	if t.compression == LZW {
		r = lzw.NewReader(bufio.NewReader(src), lzw.MSB, 8)
	} else {
		var err error
		if r, err = zlib.NewReader(bufio.NewReader(src)); err != nil {
			return err
		}
	}
	defer func() { _ = r.Close() }() // opened for reading
	_, err := io.ReadFull(r, dst)
	return err
}

// littleEndian turns samples as they stand in the file into little-endian ones.
func (t *Raster) littleEndian(b []byte) {
	if t.f.order == binary.LittleEndian {
		return
	}
	switch t.Type.Bytes() {
	case 2:
		for ; len(b) >= 2; b = b[2:] {
			b[0], b[1] = b[1], b[0]
		}
	case 4:
		for ; len(b) >= 4; b = b[4:] {
			b[0], b[1], b[2], b[3] = b[3], b[2], b[1], b[0]
		}
	case 8:
		for ; len(b) >= 8; b = b[8:] {
			binary.LittleEndian.PutUint64(b, binary.BigEndian.Uint64(b))
		}
	}
}

// convert reads little-endian samples.
func convert[T float32 | float64](dst []T, src []byte, kind Type) {
	switch kind {
	case Uint8:
		for i := range dst {
			dst[i] = T(src[i])
		}
	case Uint16:
		for i := range dst {
			dst[i] = T(binary.LittleEndian.Uint16(src[2*i:]))
		}
	case Int16:
		for i := range dst {
			dst[i] = T(int16(binary.LittleEndian.Uint16(src[2*i:])))
		}
	case Int32:
		for i := range dst {
			dst[i] = T(int32(binary.LittleEndian.Uint32(src[4*i:])))
		}
	case Float32:
		for i := range dst {
			dst[i] = T(math.Float32frombits(binary.LittleEndian.Uint32(src[4*i:])))
		}
	case Float64:
		for i := range dst {
			dst[i] = T(math.Float64frombits(binary.LittleEndian.Uint64(src[8*i:])))
		}
	}
}

// blockCache keeps the blocks used last.
type blockCache struct {
	budget int // bytes
	held   int
	blocks map[int]*list.Element
	recent list.List // of cachedBlock, last used first
}

type cachedBlock struct {
	k    int
	data []byte
}

func (c *blockCache) get(k int) []byte {
	e := c.blocks[k]
	if e == nil {
		return nil
	}
	c.recent.MoveToFront(e)
	return e.Value.(cachedBlock).data
}

func (c *blockCache) put(k int, data []byte) {
	if len(data) > c.budget {
		return
	}
	if c.blocks == nil {
		c.blocks = make(map[int]*list.Element)
	}
	for c.held+len(data) > c.budget {
		oldest := c.recent.Remove(c.recent.Back()).(cachedBlock)
		c.held -= len(oldest.data)
		delete(c.blocks, oldest.k)
	}
	c.blocks[k] = c.recent.PushFront(cachedBlock{k, data})
	c.held += len(data)
}
