package pmtiles

import (
	"bytes"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"io"

	"github.com/klauspost/compress/gzip"
	"github.com/paulmach/orb"
)

// ErrFormat says that a file is no archive of version 3 that can be read.
var ErrFormat = errors.New("pmtiles: not a readable archive")

// Info is what the header and metadata of an archive say of it.
type Info struct {
	Tiles            uint64
	MinZoom, MaxZoom int
	Bound            orb.Bound
	Name             string
	Layers           []Layer
}

// maxMetadata bounds the metadata that is read, packed and unpacked.
const maxMetadata = 16 << 20

// Inspect reads the header and the metadata of an archive. The error wraps ErrFormat.
func Inspect(r io.ReaderAt) (*Info, error) {
	head := make([]byte, headerBytes)
	if _, err := r.ReadAt(head, 0); err != nil && !errors.Is(err, io.EOF) {
		return nil, fmt.Errorf("%w: %w", ErrFormat, err)
	}
	if !bytes.HasPrefix(head, append([]byte("PMTiles"), 3)) {
		return nil, fmt.Errorf("%w: no header of version 3", ErrFormat)
	}
	word := func(at int) uint64 { return binary.LittleEndian.Uint64(head[at:]) }
	degrees := func(at int) float64 { return float64(int32(binary.LittleEndian.Uint32(head[at:]))) / 1e7 }
	// Positions in the header: section 3 of the specification.
	info := &Info{
		Tiles: word(72), MinZoom: int(head[100]), MaxZoom: int(head[101]),
		Bound: orb.Bound{Min: orb.Point{degrees(102), degrees(106)}, Max: orb.Point{degrees(110), degrees(114)}},
	}
	offset, size := word(24), word(32)
	if offset > 1<<62 || size > maxMetadata {
		return nil, fmt.Errorf("%w: metadata of %d bytes", ErrFormat, size)
	}
	var text io.Reader = io.NewSectionReader(r, int64(offset), int64(size))
	const none, gzipped = 1, 2
	switch head[97] {
	case none:
	case gzipped:
		z, err := gzip.NewReader(text)
		if err != nil {
			return nil, fmt.Errorf("%w: metadata: %w", ErrFormat, err)
		}
		text = z
	default:
		return info, nil // packed in another way: the header alone
	}
	var about struct {
		Name   string  `json:"name"`
		Layers []Layer `json:"vector_layers"`
	}
	if err := json.NewDecoder(io.LimitReader(text, maxMetadata)).Decode(&about); err != nil {
		return nil, fmt.Errorf("%w: metadata: %w", ErrFormat, err)
	}
	info.Name, info.Layers = about.Name, about.Layers
	return info, nil
}
