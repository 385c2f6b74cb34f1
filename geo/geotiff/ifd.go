package geotiff

import (
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"math"
)

// Tags (TIFF 6.0, OGC 19-008r4, GDAL).
const (
	tagNewSubfileType      = 254
	tagImageWidth          = 256
	tagImageLength         = 257
	tagBitsPerSample       = 258
	tagCompression         = 259
	tagPhotometric         = 262
	tagColorMap            = 320
	tagFillOrder           = 266
	tagStripOffsets        = 273
	tagSamplesPerPixel     = 277
	tagRowsPerStrip        = 278
	tagStripByteCounts     = 279
	tagPlanarConfig        = 284
	tagPredictor           = 317
	tagTileWidth           = 322
	tagTileLength          = 323
	tagTileOffsets         = 324
	tagTileByteCounts      = 325
	tagSampleFormat        = 339
	tagModelPixelScale     = 33550
	tagModelTiepoint       = 33922
	tagModelTransformation = 34264
	tagGeoKeyDirectory     = 34735
	tagGDALMetadata        = 42112
	tagGDALNoData          = 42113
)

// Field types (TIFF 6.0 p. 15; BigTIFF adds 16 to 18).
const (
	typeByte   = 1
	typeASCII  = 2
	typeShort  = 3
	typeLong   = 4
	typeDouble = 12
	typeLong8  = 16
)

// fieldBytes is the size of one value of each field type, 0 for no such type.
var fieldBytes = [...]uint64{0, 1, 1, 2, 4, 8, 1, 1, 2, 4, 8, 4, 8, 4, 0, 0, 8, 8, 8}

// Bounds on what is read of one file before anything of it is believed.
const (
	maxIFDs       = 4096    // a COG of 34 overviews, each with a mask, has 70
	maxIFDEntries = 4096    // all tags known to libtiff are fewer than 300
	maxTextBytes  = 1 << 20 // GDAL_METADATA
)

// file is a TIFF before it is known what it holds.
type file struct {
	r     io.ReaderAt
	size  uint64
	order binary.ByteOrder
	big   bool // BigTIFF
}

// entry is one field of an image file directory.
type entry struct {
	kind   uint16
	count  uint64
	inline []byte // the value itself, or the offset to it
}

type directory map[uint16]entry

// bytes reads n bytes at offset, after checking that the file has them.
func (f *file) bytes(offset, n uint64) ([]byte, error) {
	if offset > f.size || n > f.size-offset {
		return nil, corrupt("%d bytes at %d lie beyond the end of the file at %d", n, offset, f.size)
	}
	b := make([]byte, n)
	if _, err := io.ReadFull(io.NewSectionReader(f.r, int64(offset), int64(n)), b); err != nil {
		return nil, readError(err)
	}
	return b, nil
}

// readError turns an early end into a statement about the file.
func readError(err error) error {
	if errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) {
		return corrupt("file is truncated")
	}
	return fmt.Errorf("geotiff: %w", err)
}

// start reads the file header and gives the offset of the first directory.
func (f *file) start() (uint64, error) {
	if f.size < 8 {
		return 0, fmt.Errorf("%w: %d bytes", ErrFormat, f.size)
	}
	head, err := f.bytes(0, min(16, f.size))
	if err != nil {
		return 0, err
	}
	switch string(head[:2]) {
	case "II":
		f.order = binary.LittleEndian
	case "MM":
		f.order = binary.BigEndian
	default:
		return 0, fmt.Errorf("%w: starts with % x", ErrFormat, head[:4])
	}
	switch magic := f.order.Uint16(head[2:]); magic {
	case 42:
		return uint64(f.order.Uint32(head[4:])), nil
	case 43:
		f.big = true
		if len(head) < 16 || f.order.Uint16(head[4:]) != 8 || f.order.Uint16(head[6:]) != 0 {
			return 0, corrupt("BigTIFF header")
		}
		return f.order.Uint64(head[8:]), nil
	default:
		return 0, fmt.Errorf("%w: version %d", ErrFormat, magic)
	}
}

// directoryAt reads the directory at offset and gives the offset of the next, 0
// after the last.
func (f *file) directoryAt(offset uint64) (directory, uint64, error) {
	countBytes, entryBytes, valueBytes := uint64(2), uint64(12), uint64(4)
	if f.big {
		countBytes, entryBytes, valueBytes = 8, 20, 8
	}
	b, err := f.bytes(offset, countBytes)
	if err != nil {
		return nil, 0, err
	}
	var n uint64
	if f.big {
		n = f.order.Uint64(b)
	} else {
		n = uint64(f.order.Uint16(b))
	}
	if n == 0 || n > maxIFDEntries {
		return nil, 0, corrupt("directory of %d entries", n)
	}
	if b, err = f.bytes(offset+countBytes, n*entryBytes+valueBytes); err != nil {
		return nil, 0, err
	}
	d := make(directory, n)
	for ; n > 0; n-- {
		e := entry{kind: f.order.Uint16(b[2:])}
		if f.big {
			e.count = f.order.Uint64(b[4:])
		} else {
			e.count = uint64(f.order.Uint32(b[4:]))
		}
		e.inline = b[entryBytes-valueBytes : entryBytes]
		tag := f.order.Uint16(b)
		if _, dup := d[tag]; !dup {
			d[tag] = e
		}
		b = b[entryBytes:]
	}
	if f.big {
		return d, f.order.Uint64(b), nil
	}
	return d, uint64(f.order.Uint32(b)), nil
}

// raw gives the first n values of a field as bytes. The field must have them.
func (f *file) raw(tag uint16, e entry, n uint64) ([]byte, error) {
	if int(e.kind) >= len(fieldBytes) || fieldBytes[e.kind] == 0 {
		return nil, corrupt("tag %d has type %d", tag, e.kind)
	}
	size := fieldBytes[e.kind]
	if n > e.count || n > f.size/size {
		return nil, corrupt("tag %d has %d values of a file of %d bytes; %d are needed", tag, e.count, f.size, n)
	}
	if e.count <= uint64(len(e.inline))/size {
		return e.inline[:n*size], nil
	}
	offset := uint64(f.order.Uint32(e.inline))
	if f.big {
		offset = f.order.Uint64(e.inline)
	}
	return f.bytes(offset, n*size)
}

// uints reads the first n values of an integer field.
func (f *file) uints(tag uint16, e entry, n uint64) ([]uint64, error) {
	b, err := f.raw(tag, e, n)
	if err != nil {
		return nil, err
	}
	v := make([]uint64, n)
	for i := range v {
		switch e.kind {
		case typeByte:
			v[i] = uint64(b[i])
		case typeShort:
			v[i] = uint64(f.order.Uint16(b[2*i:]))
		case typeLong:
			v[i] = uint64(f.order.Uint32(b[4*i:]))
		case typeLong8:
			v[i] = f.order.Uint64(b[8*i:])
		default:
			return nil, corrupt("tag %d has type %d; expected an integer", tag, e.kind)
		}
	}
	return v, nil
}

// uint reads a field of one integer value, or gives def when there is none.
func (f *file) uint(d directory, tag uint16, def uint64) (uint64, error) {
	e, ok := d[tag]
	if !ok {
		return def, nil
	}
	v, err := f.uints(tag, e, 1)
	if err != nil {
		return 0, err
	}
	return v[0], nil
}

// doubles reads the first n values of a DOUBLE field, nil when there is none.
func (f *file) doubles(d directory, tag uint16, n uint64) ([]float64, error) {
	e, ok := d[tag]
	if !ok {
		return nil, nil
	}
	if e.kind != typeDouble {
		return nil, corrupt("tag %d has type %d; expected DOUBLE", tag, e.kind)
	}
	b, err := f.raw(tag, e, n)
	if err != nil {
		return nil, err
	}
	v := make([]float64, n)
	for i := range v {
		v[i] = math.Float64frombits(f.order.Uint64(b[8*i:]))
	}
	return v, nil
}

// text reads an ASCII field without its terminating NUL, "" when there is none.
func (f *file) text(d directory, tag uint16) (string, error) {
	e, ok := d[tag]
	if !ok {
		return "", nil
	}
	if e.kind != typeASCII || e.count > maxTextBytes {
		return "", corrupt("tag %d has type %d and %d values; expected text of at most %d", tag, e.kind, e.count, maxTextBytes)
	}
	b, err := f.raw(tag, e, e.count)
	if err != nil {
		return "", err
	}
	for i, c := range b {
		if c == 0 {
			return string(b[:i]), nil
		}
	}
	return string(b), nil
}
