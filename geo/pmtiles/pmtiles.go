// Package pmtiles writes PMTiles, version 3
// (https://github.com/protomaps/PMTiles/blob/main/spec/v3/spec.md): all vector tiles
// of a map in one file, which a plain web server can serve.
package pmtiles

import (
	"bytes"
	"cmp"
	"context"
	"crypto/sha256"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math"
	"slices"

	"github.com/covgap/covgap/geo/internal/hilbert"
	"github.com/covgap/covgap/geo/internal/spool"
	"github.com/klauspost/compress/gzip"
	"github.com/paulmach/orb"
	"github.com/paulmach/orb/maptile"
)

// ErrOptions says that options contradict themselves.
var ErrOptions = errors.New("pmtiles: options")

// Layer says what a layer of the tiles holds, for whoever styles the map.
type Layer struct {
	ID     string            `json:"id"`
	About  string            `json:"description,omitempty"`
	Fields map[string]string `json:"fields"` // of each property: Number, Boolean or String
}

// Options of [Write].
type Options struct {
	Name, About, Attribution string
	Layers                   []Layer

	Bound            orb.Bound // tiles that touch it are made
	MinZoom, MaxZoom maptile.Zoom
}

// deepest is the last zoom whose tiles are numbered in 64 bits.
const deepest = 31

func (o *Options) validate() error {
	b := o.Bound
	switch {
	case o.MinZoom > o.MaxZoom || o.MaxZoom > deepest:
		return fmt.Errorf("%w: zooms %d to %d", ErrOptions, o.MinZoom, o.MaxZoom)
	case !(b.Min[0] >= -180 && b.Max[0] <= 180 && b.Min[1] >= -90 && b.Max[1] <= 90 && b.Min[0] <= b.Max[0] && b.Min[1] <= b.Max[1]):
		return fmt.Errorf("%w: bound %v", ErrOptions, b)
	}
	return nil
}

// Write makes the tiles of a bound from the smallest zoom to the largest and writes
// them as one archive. Tile gives a gzipped vector tile, nil where there is nothing;
// it is asked for one after the other, in the order of the archive. Tiles wait in a
// temporary file until all are made; equal ones are kept once.
func Write(ctx context.Context, w io.Writer, options Options, tile func(maptile.Tile) ([]byte, error)) error {
	if err := options.validate(); err != nil {
		return err
	}
	s, err := spool.New()
	if err != nil {
		return fmt.Errorf("pmtiles: %w", err)
	}
	a := archive{spool: s, places: map[[sha256.Size]byte]place{}}
	err = a.write(ctx, w, &options, tile)
	if err = errors.Join(err, s.Close()); err != nil {
		return fmt.Errorf("pmtiles: %w", err)
	}
	return nil
}

// entry is a line of a directory: tiles from id on that are the same, or with run 0 a
// leaf directory whose tiles begin with id.
type entry struct {
	id          uint64
	run, length uint32
	offset      uint64
}

// place is where the bytes of a tile stand.
type place struct {
	offset uint64
	length uint32
}

type archive struct {
	spool   *spool.File
	places  map[[sha256.Size]byte]place
	entries []entry
	tiles   uint64
}

func (a *archive) write(ctx context.Context, w io.Writer, o *Options, tile func(maptile.Tile) ([]byte, error)) error {
	for z := o.MinZoom; z <= o.MaxZoom; z++ {
		for _, t := range within(o.Bound, z) {
			if err := ctx.Err(); err != nil {
				return err
			}
			b, err := tile(t)
			if err != nil {
				return err
			}
			if err := a.add(t, b); err != nil {
				return err
			}
		}
	}
	if err := a.spool.Flush(); err != nil {
		return err
	}
	metadata, err := describe(o)
	if err != nil {
		return err
	}
	root, leaves, err := directories(a.entries)
	if err != nil {
		return err
	}
	for _, b := range [][]byte{a.header(o, len(root), len(metadata), len(leaves)), root, metadata, leaves} {
		if _, err := w.Write(b); err != nil {
			return err
		}
	}
	return a.spool.CopyTo(w, 0, a.spool.Size())
}

// numbered gives a tile its number: zoom by zoom, along a Hilbert curve in each.
func numbered(t maptile.Tile) uint64 {
	return (1<<(2*t.Z)-1)/3 + hilbert.Distance(uint(t.Z), t.X, t.Y)
}

// within gives the tiles of a zoom that touch a bound, in order of their numbers.
func within(b orb.Bound, z maptile.Zoom) []maptile.Tile {
	// Web Mercator's square ends here; the top of the map is its first row.
	const most = 85.051128779806
	clamp := func(p orb.Point) orb.Point { return orb.Point{p[0], max(-most, min(most, p[1]))} }
	first := maptile.At(clamp(orb.Point{b.Min[0], b.Max[1]}), z)
	last := maptile.At(clamp(orb.Point{b.Max[0], b.Min[1]}), z)
	edge := uint32(1)<<z - 1
	var out []maptile.Tile
	for x := min(first.X, edge); x <= min(last.X, edge); x++ {
		for y := min(first.Y, edge); y <= min(last.Y, edge); y++ {
			out = append(out, maptile.New(x, y, z))
		}
	}
	slices.SortFunc(out, func(a, b maptile.Tile) int { return cmp.Compare(numbered(a), numbered(b)) })
	return out
}

// add keeps a tile.
func (a *archive) add(t maptile.Tile, b []byte) error {
	if len(b) == 0 {
		return nil
	}
	if len(b) > math.MaxUint32 {
		return fmt.Errorf("a tile of %d bytes", len(b))
	}
	a.tiles++
	sum := sha256.Sum256(b)
	at, ok := a.places[sum]
	if !ok {
		at = place{uint64(a.spool.Size()), uint32(len(b))}
		a.places[sum] = at
		if _, err := a.spool.Write(b); err != nil {
			return err
		}
	}
	id := numbered(t)
	if n := len(a.entries); n > 0 {
		if last := &a.entries[n-1]; last.offset == at.offset && last.id+uint64(last.run) == id {
			last.run++
			return nil
		}
	}
	a.entries = append(a.entries, entry{id: id, run: 1, length: at.length, offset: at.offset})
	return nil
}

// describe gives the metadata, gzipped.
func describe(o *Options) ([]byte, error) {
	type layer struct {
		Layer
		MinZoom maptile.Zoom `json:"minzoom"`
		MaxZoom maptile.Zoom `json:"maxzoom"`
	}
	m := struct {
		Name        string  `json:"name,omitempty"`
		About       string  `json:"description,omitempty"`
		Attribution string  `json:"attribution,omitempty"`
		Type        string  `json:"type"`
		Layers      []layer `json:"vector_layers"`
	}{o.Name, o.About, o.Attribution, "overlay", []layer{}}
	for _, l := range o.Layers {
		if l.Fields == nil {
			l.Fields = map[string]string{}
		}
		m.Layers = append(m.Layers, layer{l, o.MinZoom, o.MaxZoom})
	}
	text, err := json.Marshal(m)
	if err != nil {
		return nil, err
	}
	return packed(text), nil
}

func packed(b []byte) []byte {
	var out bytes.Buffer
	z := gzip.NewWriter(&out)
	_, _ = z.Write(b) // a buffer takes everything
	_ = z.Close()
	return out.Bytes()
}

// encode gives a directory, gzipped: the count, then each member of all entries.
func encode(entries []entry) []byte {
	b := binary.AppendUvarint(nil, uint64(len(entries)))
	last := uint64(0)
	for _, e := range entries {
		b = binary.AppendUvarint(b, e.id-last)
		last = e.id
	}
	for _, e := range entries {
		b = binary.AppendUvarint(b, uint64(e.run))
	}
	for _, e := range entries {
		b = binary.AppendUvarint(b, uint64(e.length))
	}
	for i, e := range entries {
		if i > 0 && e.offset == entries[i-1].offset+uint64(entries[i-1].length) {
			b = append(b, 0) // follows the one before
		} else {
			b = binary.AppendUvarint(b, e.offset+1)
		}
	}
	return packed(b)
}

// Sizes of the head of the file.
const (
	headerBytes = 127
	headBytes   = 16384 // header and root directory stand in so many
	leafEntries = 4096  // of a leaf directory at least
)

// directories gives the root directory and, where that would not fit the head of the
// file, the leaf directories that it then points to.
func directories(entries []entry) (root, leaves []byte, err error) {
	if root = encode(entries); headerBytes+len(root) <= headBytes {
		return root, nil, nil
	}
	for size := leafEntries; size < 1<<24; size *= 2 {
		var pointers []entry
		leaves = leaves[:0]
		for chunk := range slices.Chunk(entries, size) {
			leaf := encode(chunk)
			pointers = append(pointers, entry{id: chunk[0].id, length: uint32(len(leaf)), offset: uint64(len(leaves))})
			leaves = append(leaves, leaf...)
		}
		if root = encode(pointers); headerBytes+len(root) <= headBytes {
			return root, leaves, nil
		}
	}
	return nil, nil, fmt.Errorf("%d tiles are too many for one root directory", len(entries))
}

// header gives the head of the file.
func (a *archive) header(o *Options, root, metadata, leaves int) []byte {
	const (
		clustered  = 1 // tiles stand in order of their numbers
		compressed = 2 // by gzip
		vectorTile = 1
	)
	b := append([]byte("PMTiles"), 3)
	offset := uint64(headerBytes)
	for _, size := range []uint64{uint64(root), uint64(metadata), uint64(leaves), uint64(a.spool.Size())} {
		b = binary.LittleEndian.AppendUint64(b, offset)
		b = binary.LittleEndian.AppendUint64(b, size)
		offset += size
	}
	for _, count := range []uint64{a.tiles, uint64(len(a.entries)), uint64(len(a.places))} {
		b = binary.LittleEndian.AppendUint64(b, count)
	}
	b = append(b, clustered, compressed, compressed, vectorTile, byte(o.MinZoom), byte(o.MaxZoom))
	degrees := func(p orb.Point) {
		for _, v := range p {
			b = binary.LittleEndian.AppendUint32(b, uint32(int32(math.Round(v*1e7))))
		}
	}
	degrees(o.Bound.Min)
	degrees(o.Bound.Max)
	b = append(b, byte(o.MinZoom))
	degrees(o.Bound.Center())
	return b
}
