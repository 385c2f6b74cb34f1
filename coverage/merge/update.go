package merge

import (
	"context"
	"errors"
	"fmt"
	"reflect"
	"runtime"
	"slices"
	"sync"

	"github.com/covgap/covgap/coverage"
	"github.com/covgap/covgap/coverage/sweep"
	"github.com/covgap/covgap/data"
	"github.com/covgap/covgap/geo/geodesy"
	"github.com/covgap/covgap/geo/hexgrid"
	"github.com/paulmach/orb"
	"golang.org/x/sync/errgroup"
)

// ErrChange says that two networks cannot be told apart site by site.
var ErrChange = errors.New("merge: invalid change of a network")

// Change is a network before and after.
type Change struct {
	Before   []Layer // those of Was, from Layers
	Was, Now []data.Site
	// ReachM is how far a sweep reaches: hexes further from a transmitter have no value.
	ReachM float64
	// Cells are the places in the grid that are looked at, rising; nil stands for all.
	Cells []int
}

// Patch is what a change does to the strongest levels.
type Patch struct {
	// Cells are the places in the grid where the strongest level of a layer differs;
	// all that were looked at when operators come or go, or a layer's frequency changes.
	Cells []int
	// Layers are those of the network now, in the order of their ID. Of their values
	// only BestCentiDB is there, with a member for each of Cells: what Layers gives.
	Layers []Layer
}

// Update gives what a change of some sites does to the strongest levels, without
// merging the others again. A site is the same when it has the same id, position and
// sectors. In a hex where another site is the strongest, the new level of the changed
// ones decides; where a changed one was, the level of the strongest other site bounds
// those that stay; only where that is of a changed site, too, are they merged.
//
// The error is that of [Layers], or wraps ErrChange when a site's id repeats.
func Update(ctx context.Context, g *Grid, ch Change, src Source, o Options) (*Patch, error) {
	changed, err := Changed(ch.Was, ch.Now)
	if err != nil {
		return nil, err
	}
	cells := ch.Cells
	if cells == nil {
		cells = make([]int, g.Len())
		for i := range cells {
			cells[i] = i
		}
	}
	empty := &Grid{resolution: g.resolution} // layers without hexes
	layers, now, err := layOut(empty, ch.Now, o)
	if err != nil {
		return nil, err
	}
	gone, was, err := layOut(empty, ch.Was, o)
	if err != nil {
		return nil, err
	}
	u := &update{g: g, cells: cells, src: src, layers: map[ID]*altered{}, parents: map[hexgrid.Cell]bool{}}
	for n := 0; n < len(cells); {
		b := g.block(cells[n])
		u.parents[b.parent] = true
		for n < len(cells) && cells[n] < b.to {
			n++
		}
	}
	if err := u.own(ctx, gone, only(was, ch.Was, changed), true); err != nil {
		return nil, err
	}
	if err := u.own(ctx, layers, only(now, ch.Now, changed), false); err != nil {
		return nil, err
	}
	before := map[ID]*Layer{}
	for i := range ch.Before {
		before[ch.Before[i].ID] = &ch.Before[i]
	}
	for id, a := range u.layers {
		a.decide(before[id], cells, changed)
	}
	others := slices.DeleteFunc(now, func(l links) bool { return changed[ch.Now[l.site].ID] })
	if err := u.others(ctx, layers, others, ch, o.Workers); err != nil {
		return nil, err
	}

	p := &Patch{Layers: layers}
	var differ []int // places in cells
	anew := regrouped(ch.Before, layers)
	differs := u.differences(before)
	for i, k := range cells {
		if anew || differs(i, k) {
			differ = append(differ, i)
			p.Cells = append(p.Cells, k)
		}
	}
	for n := range p.Layers {
		l := &p.Layers[n]
		l.BestCentiDB = make([]coverage.CentiDB, len(differ))
		a, b := u.layers[l.ID], before[l.ID]
		for j, i := range differ {
			if a != nil {
				l.BestCentiDB[j] = a.best[i]
			} else {
				l.BestCentiDB[j] = b.BestCentiDB[cells[i]]
			}
		}
	}
	return p, nil
}

// Changed gives the ids of the sites that differ between two networks: in position or
// sectors, or that are in one alone. The error wraps ErrChange when an id repeats.
func Changed(before, now []data.Site) (map[string]bool, error) {
	was := make(map[string]*data.Site, len(before))
	for i := range before {
		was[before[i].ID] = &before[i]
	}
	if len(was) != len(before) {
		return nil, fmt.Errorf("%w: a site's id repeats", ErrChange)
	}
	changed := map[string]bool{}
	seen := make(map[string]bool, len(now))
	for i := range now {
		s := &now[i]
		if seen[s.ID] {
			return nil, fmt.Errorf("%w: site %q is there twice", ErrChange, s.ID)
		}
		seen[s.ID] = true
		b := was[s.ID]
		if b == nil || b.Position != s.Position || !sameSectors(b.Sectors, s.Sectors) {
			changed[s.ID] = true
		}
	}
	for id := range was {
		if !seen[id] {
			changed[id] = true
		}
	}
	return changed, nil
}

func sameSectors(a, b []data.Sector) bool {
	if len(a) != len(b) {
		return false
	}
	for i := range a {
		if &a[i] != &b[i] && !reflect.DeepEqual(a[i], b[i]) {
			return false
		}
	}
	return true
}

// only gives the links of the changed sites.
func only(all []links, sites []data.Site, changed map[string]bool) []links {
	var out []links
	for _, l := range all {
		if changed[sites[l.site].ID] {
			out = append(out, l)
		}
	}
	return out
}

// regrouped says whether the layers' operators differ, or the frequency of a layer:
// what a criterion makes of a hex may then differ at the same levels.
func regrouped(before, now []Layer) bool {
	operators := func(layers []Layer) []string {
		var names []string
		for i := range layers {
			names = append(names, layers[i].Operator)
		}
		return slices.Compact(names) // layers are in the order of operators
	}
	if !slices.Equal(operators(before), operators(now)) {
		return true
	}
	for i := range now {
		k := slices.IndexFunc(before, func(l Layer) bool { return l.ID == now[i].ID })
		if k >= 0 && before[k].FrequencyMHz != now[i].FrequencyMHz {
			return true
		}
	}
	return false
}

// update is a change under way.
type update struct {
	g      *Grid
	cells  []int
	src    Source
	layers map[ID]*altered // those that changed sites are in, before or now

	parents map[hexgrid.Cell]bool // of the blocks that hold the cells
}

// blocks is a Source that can leave out blocks nobody looks at; a [sweep.Sweeper] is
// one.
type blocks interface {
	Blocks(ctx context.Context, tx sweep.Transmitter, wanted func(parent hexgrid.Cell) bool) (*sweep.Result, error)
}

// altered is a layer that the changed sites are in. Its slices have a member for each
// of the cells.
type altered struct {
	was, wasSecond []coverage.CentiDB // the changed sites' two strongest sectors before
	now            []coverage.CentiDB // their strongest now
	best           []coverage.CentiDB // of all sites now, as soon as it is known
	unknown        []int              // places in the cells where it is not yet
}

func newAltered(n int) *altered {
	a := &altered{}
	for _, s := range []*[]coverage.CentiDB{&a.was, &a.wasSecond, &a.now, &a.best} {
		*s = make([]coverage.CentiDB, n)
		for i := range *s {
			(*s)[i] = coverage.NoValue
		}
	}
	return a
}

// own adds the levels of changed sites, before or now.
func (u *update) own(ctx context.Context, layers []Layer, all []links, before bool) error {
	for _, ls := range all {
		r, err := u.sweep(ctx, ls.tx, u.parents)
		if err != nil {
			return err
		}
		for _, l := range ls.sectors {
			id := layers[l.layer].ID
			a := u.layers[id]
			if a == nil {
				a = newAltered(len(u.cells))
				u.layers[id] = a
			}
			u.each(r, l, func(i int, level coverage.CentiDB) {
				switch {
				case !before:
					a.now[i] = max(a.now[i], level)
				case level > a.was[i]:
					a.was[i], a.wasSecond[i] = level, a.was[i]
				default:
					a.wasSecond[i] = max(a.wasSecond[i], level)
				}
			})
		}
	}
	return nil
}

// sweep gives the blocks of a transmitter that hold cells whose block is wanted.
func (u *update) sweep(ctx context.Context, tx sweep.Transmitter, wanted map[hexgrid.Cell]bool) (r *sweep.Result, err error) {
	if some, ok := u.src.(blocks); ok {
		r, err = some.Blocks(ctx, tx, func(parent hexgrid.Cell) bool { return wanted[parent] })
	} else {
		r, err = u.src.Sweep(ctx, tx)
	}
	if err != nil {
		return nil, err
	}
	if r.Resolution != u.g.resolution {
		return nil, fmt.Errorf("%w: a grid of resolution %d and a sweep of %d", ErrCells, u.g.resolution, r.Resolution)
	}
	return r, nil
}

// each calls f with the level of a sector in the cells that it reaches.
func (u *update) each(r *sweep.Result, l link, f func(i int, level coverage.CentiDB)) {
	for b := range r.Blocks {
		block := &r.Blocks[b]
		s, ok := u.g.span(block.Parent)
		if !ok {
			continue
		}
		first, _ := slices.BinarySearch(u.cells, s.from)
		for i := first; i < len(u.cells) && u.cells[i] < s.to; i++ {
			if level := l.level(block, int(u.g.child[u.cells[i]])); level != coverage.NoValue {
				f(i, level)
			}
		}
	}
}

// decide finds the strongest level now wherever the layer before tells enough.
func (a *altered) decide(before *Layer, cells []int, changed map[string]bool) {
	var ours []bool  // of the sectors before
	several := false // sites before have changed
	if before != nil {
		ours = make([]bool, len(before.Sectors))
		var one *data.Site
		for i, s := range before.Sectors {
			if ours[i] = changed[s.Site.ID]; ours[i] {
				several = several || one != nil && one != s.Site
				one = s.Site
			}
		}
	}
	for i, k := range cells {
		best, other, own := coverage.NoValue, coverage.NoValue, false
		if before != nil && before.BestSector[k] >= 0 {
			best, other, own = before.BestCentiDB[k], before.OtherCentiDB[k], ours[before.BestSector[k]]
		}
		switch {
		case !own: // another site's: it stays
			a.best[i] = max(best, a.now[i])
		case a.now[i] >= other: // no site that stays is above it
			a.best[i] = a.now[i]
		case !several || other > a.wasSecond[i]: // it is of a site that stays
			a.best[i] = other
		default:
			a.best[i] = a.now[i]
			a.unknown = append(a.unknown, i)
		}
	}
}

// others adds the sites that have not changed, where nothing else tells their level.
func (u *update) others(ctx context.Context, layers []Layer, all []links, ch Change, workers int) error {
	bounds := map[ID]orb.Bound{}
	parents := map[hexgrid.Cell]bool{} // of the blocks that hold what is unknown
	for id, a := range u.layers {
		if len(a.unknown) > 0 {
			first := u.g.cells[u.cells[a.unknown[0]]].Center()
			b := orb.Bound{Min: first, Max: first}
			for _, i := range a.unknown {
				b = b.Extend(u.g.cells[u.cells[i]].Center())
				parents[u.g.block(u.cells[i]).parent] = true
			}
			bounds[id] = geodesy.Pad(b, ch.ReachM)
		}
	}
	if len(bounds) == 0 {
		return nil
	}
	if workers <= 0 {
		workers = runtime.GOMAXPROCS(0)
	}
	var mu sync.Mutex
	group, ctx := errgroup.WithContext(ctx)
	group.SetLimit(workers)
	for _, ls := range all {
		wanted := slices.ContainsFunc(ls.sectors, func(l link) bool {
			b, ok := bounds[layers[l.layer].ID]
			return ok && b.Contains(ls.tx.Position)
		})
		if !wanted {
			continue
		}
		group.Go(func() error {
			r, err := u.sweep(ctx, ls.tx, parents)
			if err != nil {
				return err
			}
			mu.Lock()
			defer mu.Unlock()
			for _, l := range ls.sectors {
				a := u.layers[layers[l.layer].ID]
				if a == nil {
					continue
				}
				u.at(r, l, a.unknown, func(i int, level coverage.CentiDB) { a.best[i] = max(a.best[i], level) })
			}
			return nil
		})
	}
	return group.Wait()
}

// at calls f with the level of a sector in those of some cells, rising, that it
// reaches.
func (u *update) at(r *sweep.Result, l link, some []int, f func(i int, level coverage.CentiDB)) {
	for n := 0; n < len(some); {
		b := u.g.block(u.cells[some[n]])
		block := r.Block(b.parent)
		for ; n < len(some) && u.cells[some[n]] < b.to; n++ {
			if block == nil {
				continue
			}
			if level := l.level(block, int(u.g.child[u.cells[some[n]]])); level != coverage.NoValue {
				f(some[n], level)
			}
		}
	}
}

// differences gives what says whether the strongest level of a layer differs in
// cells[i], place k of the grid.
func (u *update) differences(before map[ID]*Layer) func(i, k int) bool {
	type pair struct{ was, now []coverage.CentiDB } // was is nil for a layer that is new
	var pairs []pair
	for id, a := range u.layers {
		p := pair{now: a.best}
		if b := before[id]; b != nil {
			p.was = b.BestCentiDB
		}
		pairs = append(pairs, p)
	}
	return func(i, k int) bool {
		for _, p := range pairs {
			was := coverage.NoValue
			if p.was != nil {
				was = p.was[k]
			}
			if p.now[i] != was {
				return true
			}
		}
		return false
	}
}

// level gives the sector's level in a hex of a block, NoValue where there is none.
func (l *link) level(b *sweep.Block, child int) coverage.CentiDB {
	loss := b.LossCentiDB[child]
	if loss == coverage.NoValue {
		return coverage.NoValue
	}
	return coverage.FromDB(l.budget.SignalDBm(loss.DB(), b.AzimuthDeg(child), b.ElevationDeg(child)))
}
