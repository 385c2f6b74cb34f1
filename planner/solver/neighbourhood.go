package solver

import (
	"cmp"
	"context"
	"math/rand/v2"
	"runtime"
	"slices"

	"golang.org/x/sync/errgroup"
)

// Large-neighbourhood search (Shaw, 1998): some chosen columns near each other are
// given back, the rest stays, and branch and bound decides what replaces them. A batch
// of neighbourhoods is decided at once, by as many workers as there are processors, and
// taken over one after the other, so that the result is the same for any number.
const (
	firstFreed = 12        // chosen columns given back at first
	mostFreed  = 60        // and at most
	partEffort = 1_500_000 // visits for one neighbourhood
	refineIdle = 300       // neighbourhoods in a row that bring nothing
	batch      = 4         // neighbourhoods decided at once
)

// neighbourhood is a part of the choice that is decided anew.
type neighbourhood struct {
	gone []int32 // chosen columns given back
	m    *model  // of what they leave open, with the columns of the whole as origin
	f    *search
	t    *tree
}

// refine betters the best choice neighbourhood by neighbourhood until the visits are
// used up, done says so, or so many in a row bring nothing.
func (f *search) refine(ctx context.Context, until int64, idle int, done func() bool) error {
	m := f.m
	if m.sides != nil || len(f.best) == 0 || len(f.active) == 0 {
		return nil
	}
	f.load(f.best)
	rng := rand.New(rand.NewPCG(3, 4)) // fixed seed: the same search on every run
	allowed := make([]bool, len(m.rowsOf))
	for _, j := range f.active {
		allowed[j] = true
	}
	for _, j := range f.best {
		allowed[j] = true
	}
	freed := float64(firstFreed)
	for vain := 0; m.visits < until && vain < idle && !done(); {
		var batched []*neighbourhood
		taken := make(map[int32]bool)
		for range batch {
			if h := f.neighbourhood(rng, allowed, taken, int(freed)); h != nil {
				batched = append(batched, h)
			}
			vain++
		}
		most := min(partEffort, (until-m.visits)/batch)
		g, ctx := errgroup.WithContext(ctx)
		g.SetLimit(runtime.GOMAXPROCS(0))
		for _, h := range batched {
			g.Go(func() error { return h.decide(ctx, most) })
		}
		if err := g.Wait(); err != nil {
			return err
		}
		for _, h := range batched {
			m.visits += h.m.visits
			if h.t.closed(h.t.base) {
				freed = min(freed*1.03, mostFreed)
			} else {
				freed = max(freed*0.9, 4)
			}
			if h.f.listed && f.replace(h) {
				vain = 0
			}
		}
	}
	return ctx.Err()
}

// neighbourhood gives about n chosen columns back, none of those taken, and leaves the
// choice as it was; nil when nothing is open then.
func (f *search) neighbourhood(rng *rand.Rand, allowed []bool, taken map[int32]bool, n int) *neighbourhood {
	m, s := f.m, f.s
	m.visits += 1000
	gone, rows := f.region(rng, allowed, n)
	gone = slices.DeleteFunc(gone, func(j int32) bool { return taken[j] })
	if len(gone) == 0 {
		return nil
	}
	cost, value := s.cost, s.value
	for _, j := range gone {
		taken[j] = true
		s.drop(j)
		rows = append(rows, m.rowsOf[j]...)
	}
	h := &neighbourhood{gone: gone, m: m.rest(s, allowed, rows)}
	cost, value = cost-s.cost, value-s.value
	for _, j := range gone {
		s.add(j)
	}
	if len(h.m.rowsOf) == 0 {
		return nil
	}
	h.f = newSearch(h.m)
	h.f.aim(cost, value)
	return h
}

// decide looks for a better choice in a neighbourhood.
func (h *neighbourhood) decide(ctx context.Context, most int64) error {
	h.t = newTree(h.m, h.f, nil, nil)
	if err := h.t.root(ctx, most); err != nil || h.t.closed(h.t.base) {
		return err
	}
	return h.t.run(ctx, most)
}

// replace takes over what was found in a neighbourhood, unless what was taken over
// before left it too little, and says whether it did.
func (f *search) replace(h *neighbourhood) bool {
	keep := slices.Clone(f.s.list)
	for _, j := range h.gone {
		if f.s.chosen[j] {
			f.s.drop(j)
		}
	}
	var added []int32
	for _, j := range h.f.best {
		if o := h.m.origin[j]; !f.s.chosen[o] {
			f.s.add(o)
			added = append(added, o)
		}
	}
	f.pruneAmong(f.overlapping(added))
	if (f.m.goal == Eliminate || f.s.size <= f.m.limit) && f.keep() {
		return true
	}
	f.restore(keep)
	return false
}

// overlapping lists the chosen columns that share a row with those of list.
func (f *search) overlapping(list []int32) []int32 {
	var out []int32
	for _, j := range list {
		for _, r := range f.m.rowsOf[j] {
			if f.s.cover[r] < 2 && f.m.group[r] >= 0 && f.m.lone(f.m.group[r]) {
				continue
			}
			for _, k := range f.m.colsOf[r] {
				if f.s.chosen[k] {
					out = append(out, k)
				}
			}
			f.m.visits += int64(len(f.m.colsOf[r]))
		}
	}
	slices.Sort(out)
	return slices.Compact(out)
}

// complete makes a choice of the solution of the linear program: the columns that it
// takes whole stay, and branch and bound decides the rest, part by part, among the
// columns that are cheap at its prices (after the core of Caprara, Fischetti and Toth,
// 1999).
func (t *tree) complete(ctx context.Context, until int64) error {
	f, m := t.f, t.m
	if m.sides != nil {
		f.round(t.x[:t.columns()])
		return nil
	}
	f.load(nil)
	var open []int32
	for j, x := range t.x[:t.columns()] {
		switch {
		case x > 1-1e-6:
			f.s.add(int32(j))
		case t.hi[j] > 0:
			open = append(open, int32(j))
		}
	}
	if n := nearEach*max(len(f.best), len(f.s.list)) + 100; len(open) > n {
		slices.SortStableFunc(open, func(a, b int32) int { return cmp.Compare(t.reduced[a], t.reduced[b]) })
		open = open[:n]
	}
	allowed := make([]bool, len(m.rowsOf))
	for _, j := range open {
		allowed[j] = true
	}
	rows := make([]int32, len(m.group))
	for r := range rows {
		rows[r] = int32(r)
	}
	parts := m.rest(f.s, allowed, rows).components()
	for i, part := range parts {
		g := newSearch(part)
		g.greedy(part.worth())
		sub := newTree(part, g, nil, nil)
		most := max(0, until-m.visits) / int64(len(parts)-i)
		if err := sub.root(ctx, most); err != nil {
			return err
		}
		if !sub.closed(sub.base) {
			if err := sub.run(ctx, most); err != nil {
				return err
			}
		}
		m.visits += part.visits
		for _, j := range g.best {
			f.s.add(part.origin[j])
		}
	}
	f.prune()
	f.fill(0)
	f.prune()
	f.keep()
	return nil
}

// region gives about n chosen columns near each other: those that share rows with the
// columns through a first row, then with those through the rows of these. It also
// gives the rows looked at.
func (f *search) region(rng *rand.Rand, allowed []bool, n int) (out, looked []int32) {
	m, s := f.m, f.s
	seen := make(map[int32]bool)
	var rows []int32
	start := func() {
		r := rng.Int32N(int32(len(m.group)))
		if !seen[r] {
			seen[r] = true
			rows = append(rows, r)
		}
	}
	start()
	if m.goal != Eliminate {
		start() // two places, between which the limit can move
	}
	taken := make(map[int32]bool)
	for len(rows) > 0 && len(out) < n {
		k := rng.IntN(min(len(rows), 8))
		r := rows[k]
		rows = slices.Delete(rows, k, k+1)
		looked = append(looked, r)
		m.visits += int64(len(m.colsOf[r]))
		for _, j := range m.colsOf[r] {
			if !taken[j] && (allowed[j] || s.chosen[j]) {
				taken[j] = true
				if s.chosen[j] && len(out) < n {
					out = append(out, j)
				}
				if rng.IntN(4) > 0 && !s.chosen[j] {
					continue
				}
				for _, next := range m.rowsOf[j] {
					if !seen[next] {
						seen[next] = true
						rows = append(rows, next)
					}
				}
			}
		}
	}
	return out, looked
}

// rest is the model of what the choice s leaves open in the columns that are allowed
// and hold one of rows. Its columns have their number in m as origin.
func (m *model) rest(s *state, allowed []bool, rows []int32) *model {
	p := &model{goal: m.goal, limit: m.limit - s.size}
	wanted := func(r int32) bool {
		g := m.group[r]
		return s.cover[r] == 0 && (m.value[r] > 0 || g >= 0 && s.rest(g) > 0)
	}
	taken := make(map[int32]bool)
	for _, r := range rows {
		if !wanted(r) {
			continue
		}
		m.visits += int64(len(m.colsOf[r]))
		for _, j := range m.colsOf[r] {
			if !taken[j] && allowed[j] && !s.chosen[j] && (m.goal == Eliminate || m.size[j] <= p.limit) {
				taken[j] = true
				p.origin = append(p.origin, j)
			}
		}
	}
	slices.Sort(p.origin)
	place := make(map[int32]int32)
	var open []int32
	for _, j := range p.origin {
		for _, r := range m.rowsOf[j] {
			if _, ok := place[r]; !ok && wanted(r) {
				place[r] = 0
				open = append(open, r)
			}
		}
		m.visits += int64(len(m.rowsOf[j]))
	}
	// Rows of no group come first, those of a group together.
	groupOf := func(r int32) int32 {
		if g := m.group[r]; g >= 0 && s.rest(g) > 0 {
			return g
		}
		return -1
	}
	slices.SortFunc(open, func(a, b int32) int {
		return cmp.Or(cmp.Compare(groupOf(a), groupOf(b)), cmp.Compare(a, b))
	})
	last := int32(-1)
	for i, r := range open {
		place[r] = int32(i)
		g, weight := groupOf(r), int64(0)
		if g >= 0 {
			if g != last {
				p.need = append(p.need, s.rest(g))
				p.prize = append(p.prize, m.prize[g])
				p.single = append(p.single, m.single[g])
				last = g
			}
			weight = min(m.weight[r], s.rest(g))
			g = int32(len(p.need) - 1)
		}
		p.group, p.weight, p.value = append(p.group, g), append(p.weight, weight), append(p.value, m.value[r])
		p.first = append(p.first, m.first[r])
	}
	for _, j := range p.origin {
		var list []int32
		for _, r := range m.rowsOf[j] {
			if i, ok := place[r]; ok {
				list = append(list, i)
			}
		}
		slices.Sort(list)
		p.rowsOf = append(p.rowsOf, list)
		p.cost = append(p.cost, m.cost[j])
		p.size = append(p.size, m.size[j])
	}
	p.reduce()
	return p
}

// near leaves only the columns that the relaxation holds for cheap active: a few for
// each column chosen.
func (f *search) near(d *dual) {
	n := nearEach*len(f.best) + 100
	if len(f.active) <= n {
		return
	}
	sense := d.sense() // in Eliminate a column is good when it adds little to the bound
	slices.SortStableFunc(f.active, func(a, b int32) int {
		return cmp.Compare(sense*d.bestReduced[a], sense*d.bestReduced[b])
	})
	f.active = f.active[:n]
	slices.Sort(f.active)
}

// nearEach is how many columns stay active for each column chosen.
const nearEach = 12
