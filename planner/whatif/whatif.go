// Package whatif gives the difference that a change of the network makes to hexes and
// villages, from what is computed already: the sites that stay are not merged again.
package whatif

import (
	"context"
	"slices"

	"github.com/covgap/covgap/coverage"
	"github.com/covgap/covgap/coverage/criterion"
	"github.com/covgap/covgap/coverage/merge"
	"github.com/covgap/covgap/data"
	"github.com/covgap/covgap/geo/hexgrid"
	"github.com/paulmach/orb"
)

// Today is a network with its coverage.
type Today struct {
	Criterion criterion.Criterion
	Sites     []data.Site // as merged: those that count
	Grid      *merge.Grid
	Layers    []merge.Layer
	Hexes     *criterion.Hexes
	Places    []criterion.Place
	Verdicts  []criterion.Verdict // of Places

	Source  merge.Source
	Merge   merge.Options
	RadiusM float64 // how far sweeps reach
}

// Base is a network made ready for questions. It is immutable and safe for concurrent
// use as far as its source is.
type Base struct {
	today  Today
	cells  []int         // places in the grid of the hexes of villages, rising
	placed map[int][]int // villages by place in the grid
}

// New prepares a network. The error wraps criterion.ErrOutside when a village reaches
// outside the grid.
func New(t Today) (*Base, error) {
	b := &Base{today: t, placed: map[int][]int{}}
	for i := range t.Places {
		for _, cell := range cellsOf(&t.Places[i]) {
			k, ok := t.Grid.Index(cell)
			if !ok {
				_, err := t.Criterion.Village(t.Places[i], t.Grid, t.Hexes) // which says where
				return nil, err
			}
			b.cells = append(b.cells, k)
			b.placed[k] = append(b.placed[k], i)
		}
	}
	slices.Sort(b.cells)
	b.cells = slices.Compact(b.cells)
	return b, nil
}

// cellsOf gives the hexes that decide about a village.
func cellsOf(p *criterion.Place) []hexgrid.Cell {
	cells := make([]hexgrid.Cell, 0, len(p.Hexes)+1)
	center := false
	for _, h := range p.Hexes {
		cells = append(cells, h.Cell)
		center = center || h.Cell == p.Center
	}
	if !center && p.Center != 0 {
		cells = append(cells, p.Center)
	}
	return cells
}

// Difference is what a change makes of the villages.
type Difference struct {
	// Villages are those in which something differs, in the order of the places.
	Villages []Village
	// Before and After tally all villages.
	Before, After criterion.Tally
}

// Village is a village before and after.
type Village struct {
	Place         int // in Today.Places
	Before, After criterion.Verdict
}

// People gives how many people are newly served, negative when fewer are.
func (v *Village) People() float64 { return v.Before.PeopleUnserved - v.After.PeopleUnserved }

// Became says whether the village became of this class.
func (v *Village) Became(c data.Class) bool { return v.After.Class == c && v.Before.Class != c }

// Hex is a hex of the grid before and after.
type Hex struct {
	Place         int // in Today.Grid
	Before, After data.Class
	// The levels of the layers that decide, NoValue where none reaches.
	BeforeCentiDB, AfterCentiDB coverage.CentiDB
}

// Try gives the difference between the network today and one of other sites, those
// that count. The error is that of [merge.Update].
func (b *Base) Try(ctx context.Context, sites []data.Site) (*Difference, error) {
	d, _, err := b.look(ctx, sites, b.cells)
	return d, err
}

// Look gives what Try does, and of all hexes within reach of the sites that change
// those where the class or the level that decides differs, in the order of the grid.
func (b *Base) Look(ctx context.Context, sites []data.Site) (*Difference, []Hex, error) {
	t := &b.today
	changed, err := merge.Changed(t.Sites, sites)
	if err != nil {
		return nil, nil, err
	}
	var at []orb.Point
	for _, network := range [][]data.Site{t.Sites, sites} {
		for i := range network {
			if changed[network[i].ID] {
				at = append(at, network[i].Position)
			}
		}
	}
	cells := append(t.Grid.Near(at, t.RadiusM), b.cells...)
	slices.Sort(cells)
	return b.look(ctx, sites, slices.Compact(cells))
}

// look gives the difference in some cells, which hold those of the villages.
func (b *Base) look(ctx context.Context, sites []data.Site, cells []int) (*Difference, []Hex, error) {
	t := &b.today
	patch, err := merge.Update(ctx, t.Grid, merge.Change{
		Before: t.Layers, Was: t.Sites, Now: sites, ReachM: t.RadiusM, Cells: cells,
	}, t.Source, t.Merge)
	if err != nil {
		return nil, nil, err
	}
	verdicts := slices.Clone(t.Verdicts)
	d := &Difference{}
	var differ []Hex
	judged := t.Criterion.Hexes(patch.Layers, len(patch.Cells))
	hexes := *t.Hexes
	hexes.Class = slices.Clone(t.Hexes.Class)
	touched := map[int]bool{}
	for j, k := range patch.Cells {
		h := Hex{Place: k, Before: t.Hexes.Class[k], After: judged.Class[j], BeforeCentiDB: coverage.NoValue, AfterCentiDB: coverage.NoValue}
		if n := t.Hexes.Layer[k]; n >= 0 {
			h.BeforeCentiDB = t.Layers[n].BestCentiDB[k]
		}
		if n := judged.Layer[j]; n >= 0 {
			h.AfterCentiDB = patch.Layers[n].BestCentiDB[j]
		}
		if h.Before != h.After || h.BeforeCentiDB != h.AfterCentiDB {
			differ = append(differ, h)
		}
		if h.Before == h.After {
			continue
		}
		hexes.Class[k] = h.After
		for _, i := range b.placed[k] {
			touched[i] = true
		}
	}
	for i := range t.Places {
		if !touched[i] {
			continue
		}
		if verdicts[i], err = t.Criterion.Village(t.Places[i], t.Grid, &hexes); err != nil {
			return nil, nil, err
		}
		if verdicts[i] != t.Verdicts[i] {
			d.Villages = append(d.Villages, Village{Place: i, Before: t.Verdicts[i], After: verdicts[i]})
		}
	}
	_, d.Before = criterion.Communes(t.Places, t.Verdicts)
	_, d.After = criterion.Communes(t.Places, verdicts)
	return d, differ, nil
}
