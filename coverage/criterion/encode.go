package criterion

import (
	"encoding/binary"
	"errors"
	"fmt"
	"math"

	"github.com/covgap/covgap/data"
	"github.com/covgap/covgap/geo/hexgrid"
	"github.com/klauspost/compress/zstd"
)

// ErrReceptions says that bytes are no encoded receptions of these places.
var ErrReceptions = errors.New("criterion: not these receptions")

// receptionsMagic names the layout of encoded receptions; another layout has another.
// After it comes a zstd frame with its checksum, of each hex and group of operators of
// each place in order:
//
//	number of servers                  unsigned varint
//	of each server its site of the
//	network, its sector of the site    unsigned varints
//	  MarginDB, SignalDB               4 bytes each, little endian, of a float32
const receptionsMagic = "covgap-receptions-1\n"

// maxReceptionsBytes bounds what damaged receptions can ask for: some 80 million servers.
const maxReceptionsBytes = 1 << 30

// EncodeReceptions gives what the places receive as compressed bytes: always the same for
// the same receptions. The places are not part of them.
func EncodeReceptions(receptions []Reception) ([]byte, error) {
	var b []byte
	for i := range receptions {
		r := &receptions[i]
		for k, from := range r.first[:len(r.first)-1] {
			list := r.servers[from:r.first[k+1]]
			b = binary.AppendUvarint(b, uint64(len(list)))
			for _, s := range list {
				b = binary.AppendUvarint(b, uint64(r.Sites[s.Site]))
				b = binary.AppendUvarint(b, uint64(s.Sector))
				b = binary.LittleEndian.AppendUint32(b, math.Float32bits(s.MarginDB))
				b = binary.LittleEndian.AppendUint32(b, math.Float32bits(s.SignalDB))
			}
		}
	}
	encoder, err := zstd.NewWriter(nil, zstd.WithEncoderCRC(true), zstd.WithEncoderLevel(zstd.SpeedFastest))
	if err != nil {
		return nil, fmt.Errorf("criterion: %w", err)
	}
	return encoder.EncodeAll(b, []byte(receptionsMagic)), nil
}

// DecodeReceptions gives the receptions that [EncodeReceptions] wrote, of the same places
// and network. The error wraps ErrReceptions or ErrNoWeight.
func (c *Criterion) DecodeReceptions(encoded []byte, places []Place, sites []data.Site) ([]Reception, error) {
	if len(encoded) < len(receptionsMagic) || string(encoded[:len(receptionsMagic)]) != receptionsMagic {
		return nil, fmt.Errorf("%w: they do not begin with %q", ErrReceptions, receptionsMagic)
	}
	decoder, err := zstd.NewReader(nil, zstd.WithDecoderConcurrency(1), zstd.WithDecoderMaxMemory(maxReceptionsBytes))
	if err != nil {
		return nil, fmt.Errorf("criterion: %w", err)
	}
	defer decoder.Close()
	b, err := decoder.DecodeAll(encoded[len(receptionsMagic):], nil)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrReceptions, err)
	}
	bad := false
	number := func(below int) int32 {
		v, n := binary.Uvarint(b)
		if n <= 0 || v >= uint64(below) {
			bad, b = true, nil
			return 0
		}
		b = b[n:]
		return int32(v)
	}
	decibels := func() float32 {
		if len(b) < 4 {
			bad, b = true, nil
			return 0
		}
		v := math.Float32frombits(binary.LittleEndian.Uint32(b))
		b = b[4:]
		return v
	}
	_, groups := c.operators(sites)
	var list []Server
	out := make([]Reception, len(places))
	for i := range places {
		if out[i], err = newReception(places[i], groups, func(hexgrid.Cell, int) []Server {
			list = list[:0]
			for range number(len(b) + 1) { // each takes a byte at least
				s := Server{Site: number(len(sites))}
				if bad {
					break
				}
				s.Sector = number(len(sites[s.Site].Sectors))
				s.MarginDB, s.SignalDB = decibels(), decibels()
				list = append(list, s)
			}
			return list
		}); err != nil {
			return nil, err
		}
	}
	if bad || len(b) != 0 {
		return nil, fmt.Errorf("%w: of other places or another network, or damaged", ErrReceptions)
	}
	return out, nil
}
