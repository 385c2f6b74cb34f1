package merge

import (
	"crypto/sha256"
	"encoding/binary"
	"errors"
	"fmt"
	"hash"
	"math"
	"runtime"

	"github.com/covgap/covgap/coverage"
	"github.com/covgap/covgap/coverage/linkbudget"
	"github.com/covgap/covgap/coverage/store"
	"github.com/covgap/covgap/coverage/sweep"
	"github.com/covgap/covgap/data"
	"github.com/klauspost/compress/zstd"
	"golang.org/x/sync/errgroup"
)

// Version is part of every key. It rises when [Layers] gives other numbers for the
// same input: a change of this package, of antennas or of link budgets.
const Version = 3

// ErrFormat says that bytes are no encoded layers of a grid and network.
var ErrFormat = errors.New("merge: not these layers")

// Keyed is a source whose results have keys, as those of a [sweep.Sweeper].
type Keyed interface {
	Source
	Key(tx sweep.Transmitter) store.Key
}

// Key gives the key of what [Layers] gives, in a store: a digest of the cells, of every
// sector with its antenna, of the keys of the sweeps, and of the options. The error is
// that of [Check].
func Key(g *Grid, sites []data.Site, src Keyed, o Options) (k store.Key, err error) {
	h := sha256.New()
	text := func(format string, args ...any) { fmt.Fprintf(h, format+"\n", args...) }
	text("covgap layers %d %d %d %+v", Version, g.resolution, len(g.cells), o.Receiver)
	writeCells(h, g)
	antennas := map[string][sha256.Size]byte{}
	for i := range sites {
		for j := range sites[i].Sectors {
			s := sites[i].Sectors[j]
			p, err := linkbudget.Pattern(&s, o.Antennas)
			if err != nil {
				return k, fmt.Errorf("merge: site %q: %w", sites[i].ID, err)
			}
			floorDBm := math.Inf(-1)
			if o.FloorDBm != nil {
				floorDBm = o.FloorDBm(s.Technology, s.FrequencyMHz)
			}
			// As text, so that a column added to Sector is part of the key without more; but
			// for where it was read and what the file left out, of which nothing depends.
			s.Pos, s.Assumed = data.Sector{}.Pos, nil
			text("%d %v %x %+v", i, floorDBm, src.Key(sweep.Of(&sites[i], &s)), s)
			if s.AntennaFile == "" {
				continue // its columns say all
			}
			if _, known := antennas[s.AntennaFile]; !known {
				antennas[s.AntennaFile] = sha256.Sum256(fmt.Appendf(nil, "%+v", p))
				text("%x", antennas[s.AntennaFile])
			}
		}
	}
	h.Sum(k[:0])
	return k, nil
}

func writeCells(h hash.Hash, g *Grid) {
	b := make([]byte, 0, 1<<16)
	for _, c := range g.cells {
		if b = binary.LittleEndian.AppendUint64(b, uint64(c)); len(b) == cap(b) {
			h.Write(b)
			b = b[:0]
		}
	}
	h.Write(b)
}

// layersMagic names the layout of encoded layers; another layout has another.
//
//	magic
//	number of layers, of cells, of sectors              unsigned varints
//	length of each layer's part                         unsigned varints
//	the parts, each a zstd frame with its checksum, of
//	  best, second, other, servers                      n low bytes, n high bytes each, of
//	                                                    the difference to the cell before
//	  best sector, sum                                  n bytes of each of 4, lowest first
//	  near                                              a bit each
const layersMagic = "covgap-layers-2\n"

// bytesPerCell is the size of a cell in a part, but for its bit.
const bytesPerCell = 2 + 2 + 2 + 2 + 4 + 4

// maxPartBytes bounds what a damaged part can ask for: some 70 million hexes.
const maxPartBytes = 1 << 30

var (
	encoder = must(zstd.NewWriter(nil, zstd.WithEncoderCRC(true), zstd.WithEncoderLevel(zstd.SpeedFastest)))
	decoder = must(zstd.NewReader(nil, zstd.WithDecoderConcurrency(0), zstd.WithDecoderMaxMemory(maxPartBytes)))
)

func must[T any](v T, err error) T {
	if err != nil {
		panic(err) // constant options that do not fit together
	}
	return v
}

// Encode gives the values of layers, all of one grid, as compressed bytes: always the
// same for the same layers. What [Decode] finds in the network is not part of them.
func Encode(layers []Layer) []byte {
	parts := make([][]byte, len(layers))
	var group errgroup.Group
	group.SetLimit(runtime.GOMAXPROCS(0))
	for i := range layers {
		group.Go(func() error {
			parts[i] = encoder.EncodeAll(layers[i].values(), nil)
			return nil
		})
	}
	_ = group.Wait() // of functions without errors
	b := binary.AppendUvarint([]byte(layersMagic), uint64(len(layers)))
	cells, sectors := 0, 0
	for i := range layers {
		cells = len(layers[i].BestCentiDB)
		sectors += len(layers[i].Sectors)
	}
	b = binary.AppendUvarint(b, uint64(cells))
	b = binary.AppendUvarint(b, uint64(sectors))
	for _, p := range parts {
		b = binary.AppendUvarint(b, uint64(len(p)))
	}
	for _, p := range parts {
		b = append(b, p...)
	}
	return b
}

// values gives the content of a layer's part.
func (layer *Layer) values() []byte {
	n := len(layer.BestCentiDB)
	b := make([]byte, bytesPerCell*n+(n+7)/8)
	rest := b
	plane := func() []byte {
		p := rest[:n]
		rest = rest[n:]
		return p
	}
	differences(plane(), plane(), layer.BestCentiDB)
	differences(plane(), plane(), layer.SecondCentiDB)
	differences(plane(), plane(), layer.OtherCentiDB)
	differences(plane(), plane(), layer.Servers)
	for shift := 0; shift < 32; shift += 8 {
		p := plane()
		for i, v := range layer.BestSector {
			p[i] = byte(uint32(v) >> shift)
		}
	}
	for shift := 0; shift < 32; shift += 8 {
		p := plane()
		for i, v := range layer.SumMW {
			p[i] = byte(math.Float32bits(v) >> shift)
		}
	}
	for i, near := range layer.Near {
		if near {
			rest[i/8] |= 1 << (i % 8)
		}
	}
	return b
}

type int16s interface{ ~int16 | ~uint16 }

// differences writes those of neighbours, which are much alike: low and high bytes.
func differences[T int16s](lo, hi []byte, v []T) {
	var before uint16
	for i, x := range v {
		d := uint16(x) - before
		lo[i], hi[i] = byte(d), byte(d>>8)
		before = uint16(x)
	}
}

// sums undoes differences.
func sums[T int16s](lo, hi []byte) []T {
	v := make([]T, len(lo))
	var before uint16
	for i := range v {
		before += uint16(lo[i]) | uint16(hi[i])<<8
		v[i] = T(before)
	}
	return v
}

// Decode gives the layers that [Encode] wrote, of the same grid and sites. The error
// wraps ErrFormat, or is that of [Layers].
func Decode(encoded []byte, g *Grid, sites []data.Site, o Options) ([]Layer, error) {
	layers, _, err := layOut(&Grid{resolution: g.resolution}, sites, o)
	if err != nil {
		return nil, err
	}
	if len(encoded) < len(layersMagic) || string(encoded[:len(layersMagic)]) != layersMagic {
		return nil, fmt.Errorf("%w: they do not begin with %q", ErrFormat, layersMagic)
	}
	rest := encoded[len(layersMagic):]
	number := func() int {
		v, n := binary.Uvarint(rest)
		if n <= 0 || v > maxPartBytes {
			rest = nil
			return -1
		}
		rest = rest[n:]
		return int(v)
	}
	sectors := 0
	for i := range layers {
		sectors += len(layers[i].Sectors)
	}
	if number() != len(layers) || number() != g.Len() || number() != sectors {
		return nil, fmt.Errorf("%w: of another grid or network", ErrFormat)
	}
	lengths := make([]int, len(layers))
	for i := range lengths {
		lengths[i] = number()
	}
	var group errgroup.Group
	group.SetLimit(runtime.GOMAXPROCS(0))
	for i, length := range lengths {
		if length < 0 || length > len(rest) {
			_ = group.Wait() // this error comes first
			return nil, fmt.Errorf("%w: damaged", ErrFormat)
		}
		part := rest[:length]
		rest = rest[length:]
		group.Go(func() error { return layers[i].read(part, g.Len()) })
	}
	if err := group.Wait(); err != nil {
		return nil, err
	}
	if len(rest) != 0 {
		return nil, fmt.Errorf("%w: damaged", ErrFormat)
	}
	return layers, nil
}

// read takes the values of n cells from a layer's part.
func (layer *Layer) read(part []byte, n int) error {
	b, err := decoder.DecodeAll(part, make([]byte, 0, bytesPerCell*n+(n+7)/8))
	if err != nil {
		return fmt.Errorf("%w: %w", ErrFormat, err)
	}
	if len(b) != bytesPerCell*n+(n+7)/8 {
		return fmt.Errorf("%w: damaged", ErrFormat)
	}
	plane := func() []byte {
		p := b[:n]
		b = b[n:]
		return p
	}
	layer.BestCentiDB = sums[coverage.CentiDB](plane(), plane())
	layer.SecondCentiDB = sums[coverage.CentiDB](plane(), plane())
	layer.OtherCentiDB = sums[coverage.CentiDB](plane(), plane())
	layer.Servers = sums[uint16](plane(), plane())
	p0, p1, p2, p3 := plane(), plane(), plane(), plane()
	layer.BestSector = make([]int32, n)
	for i := range layer.BestSector {
		v := int32(uint32(p0[i]) | uint32(p1[i])<<8 | uint32(p2[i])<<16 | uint32(p3[i])<<24)
		if v < -1 || int(v) >= len(layer.Sectors) {
			return fmt.Errorf("%w: damaged", ErrFormat)
		}
		layer.BestSector[i] = v
	}
	p0, p1, p2, p3 = plane(), plane(), plane(), plane()
	layer.SumMW = make([]float32, n)
	for i := range layer.SumMW {
		layer.SumMW[i] = math.Float32frombits(uint32(p0[i]) | uint32(p1[i])<<8 | uint32(p2[i])<<16 | uint32(p3[i])<<24)
	}
	layer.Near = make([]bool, n)
	for i := range layer.Near {
		layer.Near[i] = b[i/8]>>(i%8)&1 == 1
	}
	return nil
}
