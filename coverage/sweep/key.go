package sweep

import (
	"crypto/sha256"
	"encoding/binary"
	"fmt"
	"hash"
	"math"
	"sync"

	"github.com/covgap/covgap/coverage/store"
	"github.com/covgap/covgap/geo/terrain"
	"github.com/paulmach/orb"
)

// Version is part of every key. It rises when a sweep gives other numbers for the
// same input: a change of this package, or of a model under the same name and
// source.
const Version = 8

// ground is the digests of all that sweeps read from maps. A layer that is not there
// writes nothing.
type ground []*fingerprint

func newGround(p *Params) ground {
	g := ground{newFingerprint(p.Terrain, heights(p.Terrain))}
	if p.Clutter != nil {
		g = append(g, newFingerprint(p.Clutter, heights(p.Clutter)))
	}
	if p.Zones != nil {
		g = append(g, newFingerprint(p.Terrain, p.Zones.AppendRow))
	}
	return g
}

func (g ground) write(h hash.Hash, b orb.Bound) {
	for _, f := range g {
		f.write(h, b)
	}
}

// heights gives the content of a terrain for its fingerprint.
func heights(g *terrain.Grid) appendRow {
	return func(b []byte, row, from, to int) []byte {
		for _, m := range g.HeightsM[row*g.Width+from : row*g.Width+to] {
			b = binary.LittleEndian.AppendUint32(b, math.Float32bits(m))
		}
		return b
	}
}

// appendRow appends the content of a row's samples from a column on, up to but not
// including another.
type appendRow func(b []byte, row, from, to int) []byte

// fingerprint digests the content of a raster in tiles, each when it is first asked
// for, so that the key of a sweep depends on the samples it can read and on no others.
// It is safe for concurrent use.
type fingerprint struct {
	lattice *terrain.Grid
	content appendRow
	tilesX  int
	sums    []tileSum
}

type tileSum struct {
	once sync.Once
	sum  [sha256.Size]byte
}

const tileSize = 128 // samples

func newFingerprint(lattice *terrain.Grid, content appendRow) *fingerprint {
	x, y := (lattice.Width+tileSize-1)/tileSize, (lattice.Height+tileSize-1)/tileSize
	return &fingerprint{lattice: lattice, content: content, tilesX: x, sums: make([]tileSum, x*y)}
}

// write adds the shape of the raster and every tile that meets the bound to h.
func (f *fingerprint) write(h hash.Hash, b orb.Bound) {
	g := f.lattice
	writeFloats(h, g.West, g.North, g.StepLon, g.StepLat)
	// One sample more on each side: heights are bilinear.
	x0, x1 := tileRange((b.Min[0]-g.West)/g.StepLon-1, (b.Max[0]-g.West)/g.StepLon+1, g.Width)
	y0, y1 := tileRange((g.North-b.Max[1])/g.StepLat-1, (g.North-b.Min[1])/g.StepLat+1, g.Height)
	for y := y0; y <= y1; y++ {
		for x := x0; x <= x1; x++ {
			writeInts(h, int64(x), int64(y))
			h.Write(f.tile(x, y))
		}
	}
}

// tileRange gives the first and last tile of a range of samples within size; the
// last lies before the first when there is none.
func tileRange(from, to float64, size int) (first, last int) {
	return int(min(max(from, 0), float64(size))) / tileSize,
		int(math.Floor(max(min(to, float64(size-1)), -tileSize) / tileSize))
}

func (f *fingerprint) tile(x, y int) []byte {
	t := &f.sums[y*f.tilesX+x]
	t.once.Do(func() {
		g := f.lattice
		h := sha256.New()
		left, right := x*tileSize, min((x+1)*tileSize, g.Width)
		row := make([]byte, 0, 4*tileSize)
		for j := y * tileSize; j < min((y+1)*tileSize, g.Height); j++ {
			row = f.content(row[:0], j, left, right)
			h.Write(row)
		}
		h.Sum(t.sum[:0])
	})
	return t.sum[:]
}

// Key gives the key of a transmitter's result in a store: a digest of position,
// height, frequency, model, parameters, radius, resolution and the content of the
// terrain, clutter and zones within the radius.
func (s *Sweeper) Key(tx Transmitter) store.Key {
	p := &s.params
	h := sha256.New()
	writeText(h, "covgap sweep")
	p.write(h)
	writeFloats(h, tx.Position[0], tx.Position[1], tx.HeightM, tx.FrequencyMHz)
	s.ground.write(h, discBound(tx.Position, p.RadiusM))
	var k store.Key
	h.Sum(k[:0])
	return k
}

// write adds everything that results depend on but the terrain to h.
func (p *Params) write(h hash.Hash) {
	writeInts(h, Version)
	writeText(h, p.Model.Name())
	writeText(h, p.Model.Validity().Source)
	writeFloats(h, p.RxHeightM, p.RadiusM)
	// As text, so that a parameter added to Link is part of the key without more.
	l := p.Link
	l.FrequencyMHz, l.TxHeightM, l.RxHeightM, l.Explain = 0, 0, 0, false
	l.Tx, l.Rx = orb.Point{}, orb.Point{}
	writeText(h, fmt.Sprintf("%+v", l))
	exact := int64(0)
	if p.Exact {
		exact = 1
	}
	writeInts(h, int64(p.Resolution), exact)
	if p.Clutter != nil {
		writeFloats(h, p.ReceiverClearingM, p.TransmitterClearingM)
	}
}

// Digest identifies all that path losses depend on besides their ends, the content of
// all terrain, clutter and zones included.
func (s *Sweeper) Digest() (d [sha256.Size]byte) {
	h := sha256.New()
	s.params.write(h)
	s.ground.write(h, s.params.Terrain.Bound())
	h.Sum(d[:0])
	return d
}

// discBound gives a bound that holds the disc about p. A degree of latitude is
// nowhere shorter than 110.574 km, one of longitude nowhere shorter than 110.574
// km times the cosine of the latitude; the disc's parallel nearest a pole counts.
func discBound(p orb.Point, radiusM float64) orb.Bound {
	const metresPerDegree = 110574
	dLat := radiusM / metresPerDegree
	cos := math.Cos(min(math.Abs(p[1])+dLat, 89.9) * math.Pi / 180)
	dLon := dLat / cos
	return orb.Bound{Min: orb.Point{p[0] - dLon, p[1] - dLat}, Max: orb.Point{p[0] + dLon, p[1] + dLat}}
}

func writeText(h hash.Hash, s string) {
	writeInts(h, int64(len(s)))
	h.Write([]byte(s))
}

func writeInts(h hash.Hash, vs ...int64) {
	var b [8]byte
	for _, v := range vs {
		binary.LittleEndian.PutUint64(b[:], uint64(v))
		h.Write(b[:])
	}
}

func writeFloats(h hash.Hash, vs ...float64) {
	for _, v := range vs {
		writeInts(h, int64(math.Float64bits(v)))
	}
}
