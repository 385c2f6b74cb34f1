package sweep

import (
	"encoding/binary"
	"fmt"

	"github.com/covgap/covgap/coverage"
	"github.com/covgap/covgap/coverage/propagation"
	"github.com/covgap/covgap/geo/hexgrid"
	"github.com/klauspost/compress/zstd"
)

// encodingMagic names the layout of an encoded result; another layout has another.
//
//	magic, then one zstd frame with its checksum:
//	resolution, Hexes, Near, NoTerrain, NoLoss            unsigned varints
//	number of warnings, each code and message             length and bytes
//	number of blocks, each
//	  parent                                              8 bytes, little endian
//	  n, the number of children                           unsigned varint
//	  loss, elevation, azimuth                            n low bytes, n high bytes each,
//	                                                      of the difference to the child before
//	  number of near children, each                       unsigned varints
const encodingMagic = "covgap-sweep-1\n"

// maxDecodedBytes bounds what a damaged length can ask for: some 100 million hexes.
const maxDecodedBytes = 1 << 30

var (
	encoder = must(zstd.NewWriter(nil, zstd.WithEncoderCRC(true), zstd.WithEncoderLevel(zstd.SpeedFastest)))
	decoder = must(zstd.NewReader(nil, zstd.WithDecoderConcurrency(0), zstd.WithDecoderMaxMemory(maxDecodedBytes)))
)

func must[T any](v T, err error) T {
	if err != nil {
		panic(err) // constant options that do not fit together
	}
	return v
}

// Encode gives the result as compressed bytes with a checksum, always the same for
// the same result.
func (r *Result) Encode() []byte {
	b := binary.AppendUvarint(nil, uint64(r.Resolution))
	for _, n := range []int{r.Counts.Hexes, r.Counts.Near, r.Counts.NoTerrain, r.Counts.NoLoss} {
		b = binary.AppendUvarint(b, uint64(n))
	}
	b = binary.AppendUvarint(b, uint64(len(r.Warnings)))
	for _, w := range r.Warnings {
		b = appendText(b, w.Code)
		b = appendText(b, w.Message)
	}
	b = binary.AppendUvarint(b, uint64(len(r.Blocks)))
	for i := range r.Blocks {
		bl := &r.Blocks[i]
		b = binary.LittleEndian.AppendUint64(b, uint64(bl.Parent))
		b = binary.AppendUvarint(b, uint64(len(bl.LossCentiDB)))
		b = appendPlanes(b, bl.LossCentiDB)
		b = appendPlanes(b, bl.ElevationCentiDeg)
		b = appendPlanes(b, bl.AzimuthCentiDeg)
		b = binary.AppendUvarint(b, uint64(len(bl.Near)))
		for _, c := range bl.Near {
			b = binary.AppendUvarint(b, uint64(c))
		}
	}
	return encoder.EncodeAll(b, []byte(encodingMagic))
}

func appendText(b []byte, s string) []byte {
	return append(binary.AppendUvarint(b, uint64(len(s))), s...)
}

type int16s interface{ ~int16 | ~uint16 }

// appendPlanes writes neighbours' differences, low bytes before high bytes: hexes
// next to each other are much alike, and like bytes compress together.
func appendPlanes[T int16s](b []byte, v []T) []byte {
	at := len(b)
	b = append(b, make([]byte, 2*len(v))...)
	lo, hi := b[at:at+len(v)], b[at+len(v):]
	var before T
	for i, x := range v {
		d := uint16(x) - uint16(before)
		lo[i], hi[i] = byte(d), byte(d>>8)
		before = x
	}
	return b
}

// Decode reads what [Result.Encode] wrote. The error wraps ErrFormat when it is
// something else, of another version, or damaged.
func Decode(encoded []byte) (*Result, error) {
	return decode(encoded, func(hexgrid.Cell) bool { return true })
}

// decode is Decode of the blocks whose parent is wanted.
func decode(encoded []byte, wanted func(parent hexgrid.Cell) bool) (*Result, error) {
	if len(encoded) < len(encodingMagic) || string(encoded[:len(encodingMagic)]) != encodingMagic {
		return nil, fmt.Errorf("%w: it does not begin with %q", ErrFormat, encodingMagic)
	}
	content, err := decoder.DecodeAll(encoded[len(encodingMagic):], nil)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrFormat, err)
	}
	d := decoding{content: content}
	r := d.result(wanted)
	if d.bad || len(d.content) != 0 {
		return nil, fmt.Errorf("%w: damaged", ErrFormat)
	}
	return r, nil
}

// decoding reads a content from the front. Once bad it stays so and gives zeros.
type decoding struct {
	content []byte
	bad     bool
}

func (d *decoding) result(wanted func(parent hexgrid.Cell) bool) *Result {
	r := &Result{Resolution: int(d.number(hexgrid.MaxResolution))}
	for _, n := range []*int{&r.Counts.Hexes, &r.Counts.Near, &r.Counts.NoTerrain, &r.Counts.NoLoss} {
		*n = int(d.number(maxDecodedBytes))
	}
	for range d.count(2) {
		r.Warnings = append(r.Warnings, propagation.Warning{Code: d.text(), Message: d.text()})
	}
	blocks := d.count(10)
	r.Blocks = make([]Block, 0, blocks)
	for range blocks {
		if d.bad {
			return r
		}
		if b, ok := d.block(wanted); ok {
			r.Blocks = append(r.Blocks, b)
		}
	}
	return r
}

// block reads a block; ok is false for one that is not wanted.
func (d *decoding) block(wanted func(parent hexgrid.Cell) bool) (b Block, ok bool) {
	if p := d.bytes(8); p != nil {
		b.Parent = hexgrid.Cell(binary.LittleEndian.Uint64(p))
	}
	n := d.count(6)
	if ok = wanted(b.Parent); ok {
		b.LossCentiDB = planes[coverage.CentiDB](d, n)
		b.ElevationCentiDeg = planes[int16](d, n)
		b.AzimuthCentiDeg = planes[uint16](d, n)
	} else {
		d.bytes(6 * n)
	}
	for range d.count(1) {
		b.Near = append(b.Near, uint16(d.number(uint64(max(0, n-1)))))
	}
	return b, ok
}

func planes[T int16s](d *decoding, n int) []T {
	b := d.bytes(2 * n)
	if b == nil {
		return nil
	}
	v := make([]T, n)
	lo, hi := b[:n], b[n:]
	var before uint16
	for i := range v {
		before += uint16(lo[i]) | uint16(hi[i])<<8
		v[i] = T(before)
	}
	return v
}

// number reads a varint of at most limit.
func (d *decoding) number(limit uint64) uint64 {
	v, n := binary.Uvarint(d.content)
	if n <= 0 || v > limit {
		d.bad, d.content = true, nil
		return 0
	}
	d.content = d.content[n:]
	return v
}

// count reads the number of items that follow, each of at least size bytes.
func (d *decoding) count(size int) int { return int(d.number(uint64(len(d.content) / size))) }

func (d *decoding) text() string { return string(d.bytes(d.count(1))) }

func (d *decoding) bytes(n int) []byte {
	if d.bad || n > len(d.content) {
		d.bad, d.content = true, nil
		return nil
	}
	b := d.content[:n:n]
	d.content = d.content[n:]
	return b
}
