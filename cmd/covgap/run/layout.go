package run

import (
	"crypto/sha256"
	"encoding/binary"
	"errors"
	"fmt"
	"hash"
	"maps"
	"math"
	"slices"

	"github.com/covgap/covgap/coverage/criterion"
	"github.com/covgap/covgap/coverage/merge"
	"github.com/covgap/covgap/coverage/store"
	"github.com/covgap/covgap/data/habitat"
	"github.com/covgap/covgap/geo/hexgrid"
	"github.com/paulmach/orb"
	"github.com/paulmach/orb/encoding/wkb"
)

// layoutVersion is part of the key of a kept layout. It rises when layOut gives
// another grid or other weights for the same inputs.
const layoutVersion = 1

// errLayout says that bytes are no layout of these villages.
var errLayout = errors.New("run: not the layout of these villages")

// layoutKey gives the key of what layOut gives: a digest of areas and villages, of
// what is known of where people live, and of the terrain.
func (r *Run) layoutKey(c *Coverage) (k store.Key, err error) {
	h := sha256.New()
	land := c.sweeper.Digest()
	fmt.Fprintf(h, "covgap layout %d %d %t %t %x\n", layoutVersion, c.Params.Resolution, r.Project.Criterion.Rule == criterion.Area, r.Options.OnlyVillages, land)
	shape := func(g orb.Geometry) error {
		b, err := wkb.Marshal(g)
		if err != nil {
			return fmt.Errorf("run: %w", err)
		}
		h.Write(b)
		return nil
	}
	for i := range r.Inputs.Areas {
		if err := shape(r.Inputs.Areas[i].Geometry); err != nil {
			return k, err
		}
	}
	fmt.Fprintln(h, "villages")
	for i := range r.Inputs.Villages {
		v := &r.Inputs.Villages[i]
		weight, unit := v.Weight()
		fmt.Fprintln(h, weight, unit, v.RadiusM, v.Center != nil)
		if v.Center != nil {
			fmt.Fprintln(h, *v.Center)
		}
		if err := shape(v.Geometry); err != nil {
			return k, err
		}
	}
	for _, m := range []map[hexgrid.Cell]float64{r.Inputs.Land.People, r.Inputs.Land.BuiltUp} {
		fmt.Fprintln(h, "land", m != nil, len(m))
		writeCellValues(h, m)
	}
	h.Sum(k[:0])
	return k, nil
}

func writeCellValues(h hash.Hash, m map[hexgrid.Cell]float64) {
	var b [16]byte
	for _, cell := range slices.Sorted(maps.Keys(m)) {
		binary.LittleEndian.PutUint64(b[:8], uint64(cell))
		binary.LittleEndian.PutUint64(b[8:], math.Float64bits(m[cell]))
		h.Write(b[:])
	}
}

// encodeLayout gives the grid and the villages on it as bytes:
//
//	number of cells of the grid, the difference of each to the one before   unsigned varints
//	of each village its rule                                                length and bytes
//	  centre                                                                8 bytes, little endian
//	  number of hexes, the difference of each to the one before             unsigned varints
//	  weights                                                               8 bytes each, of a float64
func encodeLayout(c *Coverage) []byte {
	var b []byte
	cells := func(n int, at func(i int) hexgrid.Cell) {
		b = binary.AppendUvarint(b, uint64(n))
		var before uint64
		for i := range n {
			b = binary.AppendUvarint(b, uint64(at(i))-before)
			before = uint64(at(i))
		}
	}
	cells(c.Grid.Len(), func(i int) hexgrid.Cell { return c.Grid.Cells()[i] })
	for i := range c.Places {
		p := &c.Places[i]
		b = binary.AppendUvarint(b, uint64(len(c.Rules[i])))
		b = append(b, c.Rules[i]...)
		b = binary.LittleEndian.AppendUint64(b, uint64(p.Center))
		cells(len(p.Hexes), func(k int) hexgrid.Cell { return p.Hexes[k].Cell })
		for _, h := range p.Hexes {
			b = binary.LittleEndian.AppendUint64(b, math.Float64bits(h.Weight))
		}
	}
	return b
}

// decodeLayout reads what encodeLayout wrote of the same villages.
func (r *Run) decodeLayout(c *Coverage, b []byte) error {
	bad := false
	take := func(n uint64) []byte {
		if n > uint64(len(b)) {
			bad, b = true, nil
			return nil
		}
		part := b[:n]
		b = b[n:]
		return part
	}
	number := func() uint64 {
		v, n := binary.Uvarint(b)
		if n <= 0 {
			bad, b = true, nil
			return 0
		}
		b = b[n:]
		return v
	}
	fixed := func() uint64 {
		if p := take(8); p != nil {
			return binary.LittleEndian.Uint64(p)
		}
		return 0
	}
	cells := func() []hexgrid.Cell {
		n := number()
		if n > uint64(len(b)) { // each takes a byte at least
			bad = true
			return nil
		}
		out := make([]hexgrid.Cell, n)
		var before uint64
		for i := range out {
			before += number()
			out[i] = hexgrid.Cell(before)
		}
		return out
	}
	grid := cells()
	places := make([]criterion.Place, len(r.Inputs.Villages))
	rules := make([]habitat.Rule, len(places))
	for i := range places {
		places[i].Village = &r.Inputs.Villages[i]
		rules[i] = habitat.Rule(take(number()))
		places[i].Center = hexgrid.Cell(fixed())
		at := cells()
		places[i].Hexes = make([]habitat.WeightedHex, len(at))
		for k, cell := range at {
			places[i].Hexes[k] = habitat.WeightedHex{Cell: cell, Weight: math.Float64frombits(fixed())}
		}
	}
	if bad || len(b) != 0 {
		return errLayout
	}
	var err error
	if c.Grid, err = merge.NewGrid(grid); err != nil {
		return fmt.Errorf("%w: %w", errLayout, err)
	}
	c.Places, c.Rules = places, rules
	return nil
}

// settle lays the grid out, or takes it from the store.
func (r *Run) settle(c *Coverage, st *store.Store) error {
	key, err := r.layoutKey(c)
	if err != nil {
		return err
	}
	if content, ok := st.Get(key); ok && r.decodeLayout(c, content) == nil {
		return nil
	}
	if err := r.layOut(c); err != nil {
		return err
	}
	return st.Put(key, encodeLayout(c))
}
