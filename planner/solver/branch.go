package solver

import (
	"container/heap"
	"context"
	"math"
	"slices"
)

// tree is a search by branch and bound (Land and Doig, 1960) over a program: the
// node with the lowest bound first, diving from it until a branch ends. A branch
// ends only on a bound computed in whole numbers or when all columns are decided.
type tree struct {
	q    *program
	f    *search // tells the value of choices and keeps the best
	m    *model
	base int64 // the bound so far, in 1/grid

	lo, hi []float64 // of the columns and other variables at the root
	open   nodes
	seq    int
	solved bool // the linear program of the root was

	// Pseudo-costs: what deciding a column added to the bound, down and up, for each
	// unit of distance.
	gain  [2][]float64
	count [2][]int32

	x       []float64 // the last solution of the linear program
	proof   int64     // the bound of the linear program of the root, in 1/grid
	reduced []int64   // reduced costs of the columns, in 1/grid, that prove it
}

// node is a part of the solutions: those of its parent with one column decided.
type node struct {
	parent *node
	column int32
	to     float64
	bound  int64 // in 1/grid
	depth  int32
	seq    int
}

// nodes is a heap: the lowest bound first, among equals the latest.
type nodes []*node

func (h nodes) Len() int { return len(h) }
func (h nodes) Less(i, k int) bool {
	return h[i].bound < h[k].bound || h[i].bound == h[k].bound && h[i].seq > h[k].seq
}
func (h nodes) Swap(i, k int) { h[i], h[k] = h[k], h[i] }

// Push is part of heap.Interface.
func (h *nodes) Push(v any) { *h = append(*h, v.(*node)) }

// Pop is part of heap.Interface.
func (h *nodes) Pop() any {
	s := *h
	v := s[len(s)-1]
	*h = s[:len(s)-1]
	return v
}

// newTree makes the tree of a model. near is a point not far from the optimum; nil stands
// for the best choice of f.
func newTree(m *model, f *search, near, paid []float64) *tree {
	if near == nil {
		near = make([]float64, len(m.rowsOf))
		for _, j := range f.best {
			near[j] = 1
		}
	}
	t := &tree{q: newProgram(m, near, paid), f: f, m: m, base: math.MinInt64}
	n := t.q.linear.n
	t.lo, t.hi = slices.Clone(t.q.linear.lo[:n]), slices.Clone(t.q.linear.hi[:n])
	for side := range t.gain {
		t.gain[side], t.count[side] = make([]float64, len(m.rowsOf)), make([]int32, len(m.rowsOf))
	}
	t.x = make([]float64, n)
	for _, j := range f.best { // where the cost does not say, a start near the choice
		t.q.linear.upper[j] = t.q.cost[j] <= 0
	}
	return t
}

// target is the value, in steps, that a better choice stays below; MaxInt64 while none
// is known.
func (t *tree) target() int64 { return t.targetOf(t.f) }

func (t *tree) targetOf(f *search) int64 {
	switch {
	case !f.found:
		return math.MaxInt64
	case t.m.goal == Eliminate:
		return (f.bestCost + t.q.step - 1) / t.q.step
	}
	return -f.bestValue / t.q.step
}

// closed says whether no choice with this bound, in 1/grid, is better than the best.
func (t *tree) closed(bound int64) bool { return t.closes(t.f, bound) }

// closes says whether no choice with this bound, in 1/grid, is better than the best of f.
func (t *tree) closes(f *search, bound int64) bool {
	target := t.targetOf(f)
	return target != math.MaxInt64 && bound > (target-1)*t.q.grid
}

// cutoff is the objective of the linear program, as it is scaled, from which on
// nothing is better; a little above, so that the bound in whole numbers says so too.
func (t *tree) cutoff() float64 {
	target := t.target()
	if target == math.MaxInt64 {
		return math.Inf(1)
	}
	return (float64(target-1) + 1e-6*(1+math.Abs(float64(target)))*1e-3 + 1e-6) * t.q.costScale
}

// columns is the number of columns, which come first among the variables.
func (t *tree) columns() int { return len(t.m.rowsOf) }

// root solves the linear program and adds rows, as long as the visits last, of which
// the rows take a half at most. It leaves the bound in base.
func (t *tree) root(ctx context.Context, until int64) error {
	half := t.m.visits + (until-t.m.visits)/2
	t.begin(until)
	if !t.solved || t.closed(t.base) {
		return nil
	}
	return t.tighten(ctx, half)
}

// begin solves the linear program without cuts and leaves its bound in base.
func (t *tree) begin(until int64) {
	l := t.q.linear
	l.shake()
	t.optimise(until)
	l.still()
	if t.bound(until) {
		t.f.round(t.x[:t.columns()])
	}
}

// bound solves the linear program and takes over what it proves. It says whether it
// came to the end and something better is left.
func (t *tree) bound(until int64) bool {
	l := t.q.linear
	s := t.optimise(until)
	if s == infeasible {
		t.base = t.refute()
		return false
	}
	if b := t.q.bound(l.prices(), t.lo, t.hi); b > t.base {
		t.base, t.proof = b, b
		t.reduced = append(t.reduced[:0], t.q.reduced[:t.columns()]...)
		t.fix()
	}
	if s != optimal || t.closed(t.base) {
		return false
	}
	t.solved = true
	t.read()
	return true
}

// Rounds of cuts end when the objective grew by less than a share of slowGain in
// slowRounds of them. Cuts that do not matter are dropped every purgeRounds.
const (
	slowGain    = 1e-4
	slowRounds  = 12
	purgeRounds = 10
)

// tighten adds rows that the solution of the linear program of the root breaks, round
// by round.
func (t *tree) tighten(ctx context.Context, until int64) error {
	l := t.q.linear
	for round, slow, last := 1, 0, math.Inf(-1); t.m.visits < until; round++ {
		if ctx.Err() != nil {
			return ctx.Err()
		}
		objective := l.objective()
		if objective-last < slowGain*math.Abs(objective) {
			slow++
		} else {
			slow, last = 0, objective
		}
		if slow >= slowRounds {
			break
		}
		if round%purgeRounds == 0 {
			t.purge()
			t.solve(math.MaxInt, until)
		}
		added := t.q.gomory(t.x, 100+len(t.q.linear.rows)/20)
		if added+t.q.separate(t.x) == 0 {
			break
		}
		if !t.bound(until) {
			return nil
		}
		if round%8 == 0 {
			t.f.round(t.x[:t.columns()])
		}
	}
	t.integral()
	return nil
}

// optimise solves the linear program with all rows with a value that its solution needs.
func (t *tree) optimise(until int64) status {
	for {
		s := t.solve(math.MaxInt, until)
		if s != optimal {
			return s
		}
		t.read()
		if t.q.serve(t.x) == 0 {
			return s
		}
	}
}

// solve runs the linear program and counts its work.
func (t *tree) solve(limit int, until int64) status {
	l := t.q.linear
	before := l.walk.work
	s := l.solve(limit, before+2*max(0, until-t.m.visits), t.cutoff())
	t.m.visits += (l.walk.work - before) / 2
	return s
}

// purge drops cuts that have not mattered lately.
func (t *tree) purge() {
	l := t.q.linear
	l.dropRows(func(i int) bool { return !l.rows[i].fixed && l.place[l.n+i] >= 0 })
	clear(t.q.known)
}

// read copies the solution of the linear program.
func (t *tree) read() {
	for j := range t.x {
		t.x[j] = t.q.linear.value(int32(j))
	}
}

// refute gives the bound of an infeasible linear program: above every target when the
// whole numbers agree, else none.
func (t *tree) refute() int64 {
	l := t.q.linear
	target := t.target()
	best := t.q.bound(l.prices(), l.lo[:l.n], l.hi[:l.n])
	for share := 1.0; share < 1e9; share *= 8 {
		b := t.q.bound(l.ray(share), l.lo[:l.n], l.hi[:l.n])
		best = max(best, b)
		if t.closed(best) || target == math.MaxInt64 && best > t.most() {
			return math.MaxInt64
		}
	}
	return best
}

// most is a value, in 1/grid, that no choice exceeds.
func (t *tree) most() int64 {
	var total float64
	for _, c := range t.q.cost {
		total += float64(max(0, c))
	}
	if total*float64(t.q.grid) > 1<<61 {
		return math.MaxInt64
	}
	return int64(total)*t.q.grid + t.q.grid
}

// fix decides the columns whose other choice cannot be better, by the reduced costs
// of the root.
func (t *tree) fix() {
	if t.target() == math.MaxInt64 {
		return
	}
	l := t.q.linear
	for j, d := range t.reduced {
		if t.lo[j] == t.hi[j] {
			continue
		}
		switch {
		case d > 0 && t.closed(saturatingAdd(t.proof, d)):
			t.hi[j], l.hi[j] = 0, 0
		case d < 0 && t.closed(saturatingAdd(t.proof, -d)):
			t.lo[j], l.lo[j] = 1, 1
		}
	}
}

// integral takes the solution of the linear program over when it is whole, and says
// whether it is.
func (t *tree) integral() bool {
	for _, x := range t.x[:t.columns()] {
		if x > 1e-6 && x < 1-1e-6 {
			return false
		}
	}
	t.take()
	return true
}

// take offers the columns near 1 as a choice.
func (t *tree) take() {
	f := t.f
	f.load(nil)
	for j, x := range t.x[:t.columns()] {
		if x > 0.5 {
			f.s.add(int32(j))
		}
	}
	f.prune()
	if t.m.goal == Eliminate || f.s.size <= t.m.limit {
		f.keep()
	}
}

// run goes on from root until everything is decided or the visits are used up, and
// leaves the bound in base.
func (t *tree) run(ctx context.Context, until int64) error {
	if len(t.open) == 0 {
		t.push(&node{column: -1, bound: t.base})
	}
	for len(t.open) > 0 && t.m.visits < until {
		n := heap.Pop(&t.open).(*node)
		for n != nil && t.m.visits < until {
			if ctx.Err() != nil {
				return ctx.Err()
			}
			if t.closed(n.bound) {
				n = nil
				break
			}
			next, done := t.visit(n, until)
			if !done {
				t.push(n)
			}
			n = next
		}
		if n != nil {
			t.push(n)
		}
	}
	t.base = math.MaxInt64
	for _, n := range t.open {
		t.base = min(t.base, n.bound)
	}
	return nil
}

// worth gives a bound in 1/grid as a cost or value, no better than the best choice.
func (t *tree) worth(bound int64) int64 {
	steps := t.target()
	if !t.closed(bound) && bound != math.MaxInt64 {
		if bound == math.MinInt64 {
			steps = bound
		} else {
			up := bound / t.q.grid
			if bound%t.q.grid > 0 {
				up++
			}
			steps = min(steps, up)
		}
	}
	if t.m.goal == Eliminate {
		return max(0, steps) * t.q.step
	}
	if steps < -maxTotal {
		return maxTotal
	}
	return -steps * t.q.step
}

func (t *tree) push(n *node) {
	t.seq++
	n.seq = t.seq
	heap.Push(&t.open, n)
}

// enter sets the bounds of node n.
func (t *tree) enter(n *node) {
	l := t.q.linear
	copy(l.lo, t.lo)
	copy(l.hi, t.hi)
	for ; n != nil && n.column >= 0; n = n.parent {
		l.lo[n.column], l.hi[n.column] = n.to, n.to
	}
}

// visit bounds node n and splits it; the part to go on with is next. It is not done
// when the effort ended before.
func (t *tree) visit(n *node, until int64) (next *node, done bool) {
	l := t.q.linear
	t.enter(n)
	before := n.bound
	for rounds := 0; ; rounds++ {
		s := t.optimise(until)
		if s == exhausted {
			return nil, false
		}
		var b int64
		if s == infeasible {
			b = t.refute()
		} else {
			b = t.q.bound(l.prices(), l.lo[:l.n], l.hi[:l.n])
		}
		n.bound = max(n.bound, b)
		if t.closed(n.bound) || n.bound == math.MaxInt64 {
			t.learn(n, before)
			return nil, true
		}
		t.read()
		whole := s == optimal && t.integral()
		if whole && t.closed(n.bound) {
			return nil, true
		}
		if s != optimal || rounds >= 8 || !whole && rounds >= 2 {
			break
		}
		if t.q.separate(t.x) == 0 {
			break
		}
		if len(t.q.linear.rows) > 2*len(t.m.need)+len(t.m.group)+400 {
			t.purge()
		}
	}
	t.learn(n, before)
	if n.depth%8 == 4 {
		t.f.round(t.x[:t.columns()])
	}
	j := t.choose(until)
	if j < 0 {
		// Every column is decided, or strong branching closed the node.
		return nil, true
	}
	down := &node{parent: n, column: j, to: 0, bound: n.bound, depth: n.depth + 1}
	up := &node{parent: n, column: j, to: 1, bound: n.bound, depth: n.depth + 1}
	if t.x[j] >= 0.4 {
		t.push(down)
		return up, true
	}
	t.push(up)
	return down, true
}

// learn updates the pseudo-costs by what the bound of n grew.
func (t *tree) learn(n *node, before int64) {
	if n.column < 0 || n.bound == math.MaxInt64 || before == math.MinInt64 {
		return
	}
	side := int(n.to)
	grown := float64(n.bound-before) / float64(t.q.grid)
	t.gain[side][n.column] += max(0, grown)
	t.count[side][n.column]++
}

// Strong branching: as long as a column was decided fewer times than reliable, both
// choices are tried with a few iterations (Achterberg, Koch and Martin, 2005).
const (
	reliable    = 3
	strongTries = 8
	strongSteps = 25
)

// choose gives the column to decide next, or -1 when the node needs no more.
func (t *tree) choose(until int64) int32 {
	l := t.q.linear
	var candidates []int32
	for j := range t.columns() {
		if x := t.x[j]; x > 1e-6 && x < 1-1e-6 && l.lo[j] < l.hi[j] {
			candidates = append(candidates, int32(j))
		}
	}
	if len(candidates) == 0 {
		// A whole solution that the bound does not close: decide anything.
		for j := range t.columns() {
			if l.lo[j] < l.hi[j] {
				return int32(j)
			}
		}
		for j := range t.columns() {
			t.x[j] = l.lo[j]
		}
		t.take()
		return -1
	}
	average := [2]float64{}
	for side := range average {
		var sum float64
		known := 0
		for j, c := range t.count[side] {
			if c > 0 {
				sum += t.gain[side][j] / float64(c)
				known++
			}
		}
		average[side] = 1
		if known > 0 {
			average[side] = sum / float64(known)
		}
	}
	estimate := func(j int32, side int) float64 {
		if c := t.count[side][j]; c > 0 {
			return t.gain[side][j] / float64(c)
		}
		return average[side]
	}
	score := func(j int32) float64 {
		return max(estimate(j, 0), 1e-6) * max(estimate(j, 1), 1e-6) * (0.5 - math.Abs(0.5-t.x[j]) + 0.05)
	}
	slices.SortStableFunc(candidates, func(a, b int32) int {
		switch x, y := score(a), score(b); {
		case x > y:
			return -1
		case x < y:
			return 1
		}
		return 0
	})
	best, bestScore := candidates[0], -1.0
	objective := l.objective()
	unit := 1 / t.q.costScale
	tried := 0
	for k, j := range candidates {
		var grown [2]float64
		if tried < strongTries && (t.count[0][j] < reliable || t.count[1][j] < reliable) && t.m.visits < until {
			tried++
			lo, hi := l.lo[j], l.hi[j]
			for side := range grown {
				saved := l.save()
				l.lo[j], l.hi[j] = float64(side), float64(side)
				s := t.solve(strongSteps, until)
				grown[side] = max(0, l.objective()-objective) * unit
				if s == infeasible || s == cutOff {
					grown[side] = math.Max(grown[side], t.toTarget(objective)*unit)
				}
				l.lo[j], l.hi[j] = lo, hi
				l.restore(saved)
				t.gain[side][j] += grown[side]
				t.count[side][j]++
			}
		} else {
			if k >= strongTries+10 {
				break
			}
			grown = [2]float64{estimate(j, 0), estimate(j, 1)}
		}
		if v := max(grown[0], 1e-6) * max(grown[1], 1e-6); v > bestScore {
			best, bestScore = j, v
		}
	}
	return best
}

// toTarget is how far the objective is from the cutoff.
func (t *tree) toTarget(objective float64) float64 {
	c := t.cutoff()
	if math.IsInf(c, 1) {
		return math.Abs(objective)
	}
	return max(0, c-objective)
}
