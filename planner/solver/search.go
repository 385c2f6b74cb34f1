package solver

import (
	"cmp"
	"context"
	"math"
	"math/rand/v2"
	"slices"
)

// search looks for good choices of columns.
type search struct {
	m      *model
	s      *state
	active []int32 // columns worth choosing, ascending
	barred []int32 // round in which a column may not come back
	core   []int32 // columns that the relaxation chooses at its best bound
	joint  []int32 // the last completion
	queue  []offer

	best      []int32 // columns of the best choice here
	bestCost  int64   // of best, or what it must stay below
	bestValue int64
	listed    bool // best is a choice as good as bestCost and bestValue
	found     bool // bestCost and bestValue are set
}

// objective is what the best choice is judged by.
func (f *search) objective() int64 {
	if f.m.goal == Eliminate {
		return f.bestCost
	}
	return f.bestValue
}

// aim makes a choice known that was found elsewhere: only better ones count.
func (f *search) aim(cost, value int64) {
	if f.m.goal == Eliminate {
		value = 0 // counts for nothing
	}
	if !f.found || value > f.bestValue || value == f.bestValue && cost < f.bestCost {
		f.found, f.listed, f.bestCost, f.bestValue = true, false, cost, value
	}
}

// restrict leaves only columns that keep accepts, and those that others may need.
func (f *search) restrict(keep func(j int32) bool) {
	drop := func(j int32) bool { return !keep(j) && (f.m.sides == nil || len(f.m.parentIn[j]) == 0) }
	f.active = slices.DeleteFunc(f.active, drop)
	f.core = slices.DeleteFunc(f.core, drop)
}

func newSearch(m *model) *search {
	f := &search{m: m, s: newState(m, m.worth()), barred: make([]int32, len(m.rowsOf))}
	f.active = make([]int32, len(m.rowsOf))
	for j := range f.active {
		f.active[j] = int32(j)
	}
	return f
}

// room is what is left of the limit.
func (f *search) room() int64 {
	if f.m.goal == Eliminate {
		return math.MaxInt64
	}
	return f.m.limit - f.s.size
}

// cost of choosing column j in terms of the limit, with the columns it lacks, or -1
// when it does not fit.
func (f *search) taken(j int32, room int64) int64 {
	if f.m.size[j] > room {
		return -1
	}
	t := f.s.tally
	if t == nil {
		return f.m.size[j]
	}
	if !t.allows(j) {
		return -1
	}
	if t.lacks(j) < 0 {
		return f.m.size[j]
	}
	list := f.completion(j, room)
	if list == nil {
		return -1
	}
	var total int64
	for _, k := range list {
		total += f.m.size[k]
	}
	return total
}

// choose adds column j and the columns it lacks.
func (f *search) choose(j int32) {
	if t := f.s.tally; t != nil && t.lacks(j) >= 0 {
		for _, k := range f.completion(j, math.MaxInt64) {
			f.s.add(k)
		}
		return
	}
	f.s.add(j)
}

// fill adds the column with the greatest gain for its size until nothing is gained or
// all needs are met. Columns barred in this round are left aside; 0 bars none.
//
// Gains only shrink as columns are added, so the column on top of a queue by its last
// known gain is the best when its gain is up to date (Minoux, 1978). What a column
// takes can change under side constraints: then all are looked at each time.
func (f *search) fill(round int32) {
	m, s := f.m, f.s
	if s.tally != nil {
		f.fillAmongAll(round)
		return
	}
	queue := f.queue[:0]
	room := f.room()
	for _, j := range f.active {
		if s.gain[j] > 0 && !s.chosen[j] && (round == 0 || f.barred[j] != round) && m.size[j] <= room {
			queue = append(queue, offer{ratio(s.gain[j], m.size[j]), j})
		}
	}
	m.visits += int64(len(f.active)) / 4 // a glance, cheaper than a visit
	f.queue = queue
	for i := len(queue)/2 - 1; i >= 0; i-- {
		sink(queue, i)
	}
	for len(queue) > 0 && (m.goal != Eliminate || s.unmet > 0) {
		top := &queue[0]
		m.visits++
		gain := s.gain[top.column]
		score := ratio(gain, m.size[top.column])
		switch {
		case gain <= 0 || m.size[top.column] > f.room():
			queue[0] = queue[len(queue)-1]
			queue = queue[:len(queue)-1]
		case score == top.score:
			s.add(top.column)
			queue[0] = queue[len(queue)-1]
			queue = queue[:len(queue)-1]
		default:
			top.score = score
		}
		if len(queue) > 0 {
			sink(queue, 0)
		}
	}
}

// offer is a column with its last known gain for its size.
type offer struct {
	score  float64
	column int32
}

// sink moves the offer at i down to its place in a heap, the best on top, among equals
// the first column.
func sink(h []offer, i int) {
	before := func(a, b offer) bool { return a.score > b.score || a.score == b.score && a.column < b.column }
	for {
		k := 2*i + 1
		if k >= len(h) {
			return
		}
		if k+1 < len(h) && before(h[k+1], h[k]) {
			k++
		}
		if !before(h[k], h[i]) {
			return
		}
		h[i], h[k] = h[k], h[i]
		i = k
	}
}

// fillAmongAll is fill under side constraints.
func (f *search) fillAmongAll(round int32) {
	m, s := f.m, f.s
	f.fillNeeds()
	for m.goal != Eliminate || s.unmet > 0 {
		best, bestScore := int32(-1), 0.0
		room := f.room()
		for _, j := range f.active {
			gain := s.gain[j]
			if gain <= 0 || s.chosen[j] || round > 0 && f.barred[j] == round {
				continue
			}
			taken := f.taken(j, room)
			if taken < 0 {
				continue
			}
			if score := ratio(gain, taken); score > bestScore {
				best, bestScore = j, score
			}
		}
		m.visits += int64(len(f.active)) / 4
		if best < 0 {
			return
		}
		f.choose(best)
	}
}

// fillNeeds chooses, for each need of every solution that nothing fills, the
// cheapest column that can.
func (f *search) fillNeeds() {
	t := f.s.tally
	if t == nil {
		return
	}
	for e := t.open(); e >= 0; e = t.open() {
		best, bestCost := int32(-1), int64(0)
		for _, j := range t.needs[e].any {
			if f.taken(j, f.room()) >= 0 && (best < 0 || f.m.cost[j] < bestCost) {
				best, bestCost = j, f.m.cost[j]
			}
		}
		if best < 0 {
			return
		}
		f.choose(best)
	}
}

// mend drops the chosen columns that lack another, until none does.
func (f *search) mend() {
	t := f.s.tally
	if t == nil {
		return
	}
	for again := true; again; {
		again = false
		for k := len(f.s.list) - 1; k >= 0; k-- {
			if j := f.s.list[k]; t.lacks(j) >= 0 {
				f.s.drop(j)
				again = true
			}
		}
	}
}

// ratio is gain for size; what costs nothing counts as a thousandth.
func ratio(gain, size int64) float64 {
	if size == 0 {
		return float64(gain) * 1000
	}
	return float64(gain) / float64(size)
}

// prune drops what is not needed, the costliest first, columns of one cost by
// what they are worth where they stand.
func (f *search) prune() { f.pruneAmong(slices.Clone(f.s.list)) }

// pruneAmong drops those of order, which it sorts, that are not needed.
func (f *search) pruneAmong(order []int32) {
	slices.SortFunc(order, func(a, b int32) int {
		return cmp.Or(cmp.Compare(f.m.cost[b], f.m.cost[a]), cmp.Compare(len(f.m.rowsOf[a]), len(f.m.rowsOf[b])), cmp.Compare(a, b))
	})
	for again := true; again; {
		again = false
		for _, j := range order {
			if f.s.chosen[j] && f.s.droppable(j) {
				f.s.drop(j)
				again = f.s.tally != nil // what it needed may go now
			}
		}
	}
}

// keep remembers the present choice when it is the best so far, and says so.
func (f *search) keep() bool {
	s := f.s
	switch {
	case f.m.goal == Eliminate && s.unmet > 0:
		return false
	case s.tally != nil && !s.tally.keeps(s.list):
		return false
	case !f.found:
	case s.value < f.bestValue, s.value == f.bestValue && s.cost >= f.bestCost:
		return false
	}
	f.found, f.listed = true, true
	f.best = append(f.best[:0], s.list...)
	f.bestCost, f.bestValue = s.cost, s.value
	return true
}

// load makes the columns of list the present choice.
func (f *search) load(list []int32) {
	for len(f.s.list) > 0 {
		f.s.drop(f.s.list[len(f.s.list)-1])
	}
	for _, j := range list {
		f.s.add(j)
	}
}

// greedy starts from nothing at the given prices of groups and keeps the result.
func (f *search) greedy(prices []int64) {
	f.load(nil)
	f.s.setPrices(prices)
	f.fill(0)
	f.prune()
	f.keep()
}

// greedyWithin is greedy among the given columns first, then among all.
func (f *search) greedyWithin(core []int32) {
	f.load(nil)
	f.fillFrom(core)
}

// fillFrom completes the choice with columns of core first, then with any, and keeps
// the result.
func (f *search) fillFrom(core []int32) {
	all := f.active
	f.active = core
	f.fill(0)
	f.active = all
	f.fill(0)
	f.prune()
	f.fill(0)
	f.prune()
	f.keep()
}

// round is greedy among what the solution x of a relaxation chooses, the columns it
// takes most first.
func (f *search) round(x []float64) {
	var core []int32
	for j, v := range x {
		if v > 1e-6 {
			core = append(core, int32(j))
		}
	}
	slices.SortStableFunc(core, func(a, b int32) int { return cmp.Compare(x[b], x[a]) })
	f.load(nil)
	for _, j := range core {
		if x[j] < 0.7 {
			break
		}
		if !f.s.chosen[j] && f.taken(j, f.room()) >= 0 {
			f.choose(j)
		}
	}
	f.fillFrom(core)
}

// improve tries to better the best choice: it forces in a column, drops chosen
// ones that overlap it, lets the greedy rule repair what is missing with part of
// the dropped columns barred, and keeps the outcome unless it is worse. It ends
// when done says so, the visits are used up, or each column was forced in so many
// tries, on average, and nothing better found.
func (f *search) improve(ctx context.Context, until int64, tries int, done func() bool) error {
	if len(f.best) == 0 || len(f.active) == 0 {
		return nil
	}
	f.load(f.best)
	rng := rand.New(rand.NewPCG(1, 2)) // fixed seed: the same search on every run
	var undo []int32
	idle := 0
	for round := int32(1); f.m.visits < until && idle < tries*len(f.active) && !done(); round++ {
		idle++
		if round%64 == 0 && ctx.Err() != nil {
			return ctx.Err()
		}
		undo = append(undo[:0], f.s.list...)
		value, cost := f.s.value, f.s.cost
		f.m.visits += 50 // the round's own work, so that empty rounds end too
		f.disturb(rng, round)
		f.mend()
		f.fill(round)
		f.prune()
		worse := f.m.goal == Eliminate && f.s.unmet > 0 || f.s.tally != nil && f.s.tally.open() >= 0 || f.s.value < value || f.s.value == value && f.s.cost > cost
		if worse {
			f.restore(undo)
			continue
		}
		if f.keep() {
			idle = 0
		}
	}
	return nil
}

// disturb forces in a random column and drops some of the chosen ones that
// overlap it, then more until the choice is within its limits.
func (f *search) disturb(rng *rand.Rand, round int32) {
	m, s := f.m, f.s
	drop := func(j int32) {
		s.drop(j)
		if rng.IntN(2) == 0 {
			f.barred[j] = round
		}
	}
	in := f.active[rng.IntN(len(f.active))]
	if len(f.core) > 0 && rng.IntN(2) == 0 {
		in = f.core[rng.IntN(len(f.core))]
	}
	if s.chosen[in] {
		drop(in)
		f.barred[in] = round
	} else {
		keep := rng.IntN(4) // one neighbour in keep+1 stays
		var near []int32
		for _, r := range m.rowsOf[in] {
			if s.cover[r] == 0 {
				continue
			}
			for _, j := range m.colsOf[r] {
				if s.chosen[j] && !slices.Contains(near, j) {
					near = append(near, j)
				}
			}
			m.visits += int64(len(m.colsOf[r]))
		}
		f.force(in)
		for _, j := range near {
			if !s.chosen[j] {
				continue // it excluded the column forced in
			}
			if keep == 0 || rng.IntN(keep+1) > 0 {
				drop(j)
			}
		}
	}
	f.trim(in, drop)
}

// trim drops the columns that are worth least for what they take until the choice is
// within the limit; the column stays is kept.
func (f *search) trim(stays int32, drop func(j int32)) {
	m, s := f.m, f.s
	for m.goal != Eliminate && s.size > m.limit {
		worst, worstScore := int32(-1), 0.0
		for _, j := range s.list {
			if j == stays || m.size[j] == 0 {
				continue
			}
			if score := ratio(s.lost(j), m.size[j]); worst < 0 || score < worstScore || score == worstScore && j < worst {
				worst, worstScore = j, score
			}
		}
		if worst < 0 {
			return
		}
		drop(worst)
	}
}

// force adds column j with the columns it lacks, if they can be had, and drops those
// that exclude it or whose money it takes.
func (f *search) force(j int32) {
	s, t := f.s, f.s.tally
	if t == nil {
		s.add(j)
		return
	}
	for _, q := range t.cliquesOf[j] {
		if t.inClique[q] == 0 {
			continue
		}
		for _, k := range t.cliques[q] {
			if s.chosen[k] {
				s.drop(k)
			}
		}
	}
	for _, c := range t.capsOf[j] {
		for _, k := range t.caps[c.cap].columns {
			if t.spent[c.cap]+c.amount <= t.caps[c.cap].limit {
				break
			}
			if s.chosen[k] {
				s.drop(k)
			}
		}
	}
	for _, k := range f.completion(j, math.MaxInt64) {
		s.add(k)
	}
}

// restore makes the columns of list the present choice by the fewest moves.
func (f *search) restore(list []int32) {
	stay := make(map[int32]bool, len(list))
	for _, j := range list {
		stay[j] = true
	}
	for k := len(f.s.list) - 1; k >= 0; k-- {
		if j := f.s.list[k]; !stay[j] {
			f.s.drop(j)
		}
	}
	for _, j := range list {
		if !f.s.chosen[j] {
			f.s.add(j)
		}
	}
}
