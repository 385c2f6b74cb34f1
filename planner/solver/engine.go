package solver

import (
	"cmp"
	"context"
	"math"
	"slices"

	"golang.org/x/sync/errgroup"
)

// engine solves what a setting leaves open:
//
//   - The model is reduced and a greedy start made. Under a limit, and for a vast
//     model, a Lagrangian relaxation gives prices, a bound and better starts; columns
//     that it shows to be in no better choice, or in every one, are settled, and the
//     model is made anew.
//   - What is left, the core, falls into parts with nothing in common. Linear programs
//     with cuts bound them; what they take whole, completed by branch and bound, and
//     the local searches better the choice; columns are settled, and the core is made
//     anew as long as much goes.
//   - Branch and bound decides the parts, or more cuts tighten those too wide for it;
//     effort left over goes to the local searches, which in a large part go on beside
//     the linear program and the cuts.
type engine struct {
	set    *setting
	p      Problem
	limits []amounts
	effort int64 // matrix entries to visit
	tries  int   // how often each column is tried in vain
	second bool  // the second stage, whose bound nobody asks for

	found  bool
	choice []int // of the open columns of set
	cost   int64 // of choice
	value  int64 // that choice adds
	bound  int64 // on cost (Eliminate) or value

	spent         int64     // matrix entries visited
	fix           []Fix     // columns settled so far
	now           *setting  // what follows from fix
	contradictory bool      // no choice at all keeps the constraints
	rank          []int64   // of the columns, by the relaxation: the least are the best; nil without one
	mean          []float64 // solution of the relaxation, by columns; nil without one
	paid          []float64 // what the relaxation pays for serving a row, by rows: a cost (Eliminate) or a share of its value
}

// objective is what is judged: cost or value.
func (e *engine) objective() int64 {
	if e.p.Goal == Eliminate {
		return e.cost
	}
	return e.value
}

// done says whether the choice is proven.
func (e *engine) done() bool { return e.found && e.objective() == e.bound }

// offer takes a choice over when it is better. It must keep all constraints.
func (e *engine) offer(choice []int) {
	in := e.set.in
	var cost, value int64
	served := make([]bool, len(in.Rows))
	progress := make([]int64, len(in.Villages))
	for _, j := range choice {
		cost += in.Columns[j].Cost
		for _, r := range in.Columns[j].Rows {
			if e.set.served[r] || served[r] {
				continue
			}
			served[r] = true
			value += in.Rows[r].Value
			v := in.Rows[r].Village
			before := progress[v]
			progress[v] = before + in.Rows[r].Weight
			if need := e.set.need[v]; before < need && progress[v] >= need {
				value += in.Villages[v].Value
			}
		}
	}
	better := cost < e.cost
	if e.p.Goal != Eliminate && value != e.value {
		better = value > e.value
	}
	if e.found && !better {
		return
	}
	e.found, e.choice, e.cost, e.value = true, slices.Clone(choice), cost, value
}

// collect takes over what the searches on the parts of a model found.
func (e *engine) collect(parts ...*search) {
	var choice []int
	for j, f := range e.now.fix {
		if f == Must && e.set.fix[j] == Open {
			choice = append(choice, j)
		}
	}
	for _, f := range parts {
		if !f.listed {
			return
		}
		for _, j := range f.best {
			choice = append(choice, int(f.m.origin[j]))
		}
	}
	e.offer(choice)
}

// prove takes over a bound of what now leaves open.
func (e *engine) prove(bound int64) {
	if e.p.Goal == Eliminate {
		e.bound = max(e.bound, saturatingAdd(bound, e.now.cost-e.set.cost))
		if e.found {
			e.bound = min(e.bound, e.cost)
		}
		return
	}
	e.bound = min(e.bound, saturatingAdd(bound, e.now.value-e.set.value))
	if e.found {
		e.bound = max(e.bound, e.value)
	}
}

// finish proves the choice: nothing better is left, or nothing at all.
func (e *engine) finish() {
	if e.found {
		e.bound = e.objective()
	} else {
		e.contradictory = true
	}
}

// settle follows what fix says and reports whether anything better is left.
func (e *engine) settle() bool {
	set, err := settleFrom(e.set.in, e.p, slices.Clone(e.fix))
	if err != nil || e.p.Goal == Eliminate && len(set.unmeetable()) > len(e.set.unmeetable()) {
		return false // whatever is better keeps fix, so nothing is
	}
	e.now = set
	return true
}

// newModel prepares what now leaves open and settles the columns that fell out. It is
// nil when what is settled breaks a limit, so that nothing better is left.
func (e *engine) newModel() *model {
	m := newModel(e.now, e.p, e.limits)
	if m.sides != nil && m.broken {
		return nil
	}
	kept := make([]bool, len(e.fix))
	for _, j := range m.origin {
		kept[j] = true
	}
	for j, f := range e.now.fix {
		if f == Open && !kept[j] {
			// Another column does the same in any choice that is better.
			f = MustNot
		}
		e.fix[j] = f
	}
	for r, list := range m.colsOf {
		if len(list) == 1 && m.required(int32(r)) {
			e.fix[m.origin[list[0]]] = Must
		}
	}
	return m
}

// newSearch is a search on a model of what now leaves open. It starts from what the
// model has of the choice. Of all that is open, whole, it knows the choice's value.
func (e *engine) newSearch(m *model, whole bool) *search {
	f := newSearch(m)
	place := make(map[int]int32, len(m.origin))
	for j, o := range m.origin {
		place[int(o)] = int32(j)
	}
	for _, j := range e.choice {
		if k, ok := place[j]; ok {
			f.s.add(k)
		}
	}
	f.trim(-1, f.s.drop) // settled columns that the choice lacks take from the limit
	f.mend()
	f.fill(0) // for columns of the choice that another replaces
	f.prune()
	f.keep()
	f.greedy(m.worth())
	if e.found && whole {
		f.aim(e.cost-(e.now.cost-e.set.cost), e.value-(e.now.value-e.set.value))
	}
	return f
}

// run finds choice and bound. Its errors wrap [ErrContradiction] or [ErrNotFound], or
// are those of ctx.
func (e *engine) run(ctx context.Context) error {
	e.begin()
	if err := e.relax(ctx); err != nil {
		return err
	}
	if !e.done() && !e.contradictory {
		if err := e.decide(ctx); err != nil {
			return err
		}
	}
	switch {
	case e.contradictory:
		return ErrContradiction
	case !e.found:
		return ErrNotFound
	}
	return nil
}

// begin leaves everything open.
func (e *engine) begin() {
	e.fix, e.now = slices.Clone(e.set.fix), e.set
	if e.p.Goal != Eliminate {
		e.bound = math.MaxInt64
	}
}

// relax works on the whole model by the relaxation and the local search, as long as
// it shrinks. There is no relaxation where nobody asks for a bound, and where linear
// programs give one at once: in a small model, and in least cost, where a bound settles
// little until cuts bring it near the value.
func (e *engine) relax(ctx context.Context) error {
	for pass := 0; ; pass++ {
		m := e.newModel()
		if m == nil {
			e.finish()
			return nil
		}
		f := e.newSearch(m, true)
		e.collect(f)
		if e.second || m.entries() <= directEntries || m.goal == Eliminate && !m.vast() {
			err := f.improve(ctx, m.visits+min(e.effort/8, 8*m.entries()), e.tries, func() bool { return false })
			e.collect(f)
			e.spent += m.visits
			return err
		}
		d := newDual(m)
		share := min(e.effort/8, relaxTimes*m.entries()) >> pass
		last := e.unfit(m)
		if m.vast() {
			share = min(e.effort/2, vastTimes*m.entries())
		}
		if err := e.price(ctx, f, d, m.visits+share); err != nil {
			return err
		}
		if f.found {
			f.restrict(func(j int32) bool { return d.verdict(j, f.objective()) != MustNot })
		}
		err := f.improve(ctx, m.visits+min(e.effort/16, improveTimes*m.entries())>>pass, e.tries, func() bool { return f.objective() == d.bound() })
		if err != nil {
			return err
		}
		if last {
			idle := refineIdle
			if len(f.active) > len(m.rowsOf)*4/5 {
				idle = vastIdle // little is settled, so that nothing comes after
			}
			f.near(d)
			if err := f.refine(ctx, e.effort-e.spent, idle, func() bool { return f.objective() == d.bound() }); err != nil {
				return err
			}
		}
		e.collect(f)
		e.prove(d.bound())
		if e.rank == nil {
			e.rank, e.mean = make([]int64, len(e.fix)), make([]float64, len(e.fix))
			e.paid = make([]float64, len(e.set.in.Rows))
		}
		for r, i := range m.first {
			whole := max(1, d.upper[r])
			if m.goal == Eliminate {
				whole = d.grid
			}
			e.paid[i] = float64(d.bestPrice[r]) / float64(whole)
		}
		for j, o := range m.origin {
			e.rank[o] = d.sense() * d.bestReduced[j]
			e.mean[o] = d.mean[j]
		}
		e.spent += m.visits
		if e.done() || !f.found {
			return nil
		}
		left := 0
		for j := range m.rowsOf {
			if fix := d.verdict(int32(j), f.objective()); fix != Open {
				e.fix[m.origin[j]] = fix
			} else {
				left++
			}
		}
		if !e.settle() {
			e.finish()
			return nil
		}
		if pass == 3 || last && e.spent > e.effort*9/10 || left > len(m.rowsOf)*4/5 {
			return nil
		}
	}
}

// The relaxation visits the whole matrix so many times, and the local search after it,
// when linear programs come after them.
const (
	relaxTimes   = 100
	improveTimes = 20
)

// directEntries is the size of model, in matrix entries, up to which linear programs
// are quicker than the relaxation.
const directEntries = 20_000

// unfit says whether a model is too large for linear programs of its own. Least cost has
// all its rows in them. Under a limit only those come in that a solution needs, and the
// effort must last for it.
func (e *engine) unfit(m *model) bool {
	return m.vast() && (m.goal == Eliminate || e.effort < linearTimes*m.entries())
}

// vast says whether a model is large for linear programs.
func (m *model) vast() bool { return len(m.group)+len(m.rowsOf) > vastModel }

const (
	vastTimes   = 200  // the relaxation of a vast model visits the whole matrix so many times
	linearTimes = 100  // a linear program of its own, with cuts, is worth beginning with effort for so many
	vastIdle    = 3000 // neighbourhoods in a row that bring nothing, where nothing else is left to do
)

// vastModel is the number of rows and columns from which on a model is vast.
const vastModel = 60_000

// price runs the relaxation, which guides greedy starts on its way.
func (e *engine) price(ctx context.Context, f *search, d *dual, until int64) error {
	m := f.m
	target := func() int64 {
		if m.goal == Eliminate && !f.found {
			return d.bound() + d.bound()/100 // something to step towards
		}
		return f.objective()
	}
	var priced int64 // visits after which the relaxation guides a greedy start again
	return d.run(ctx, until, target, func() {
		f.core = d.selected()
		if m.visits < priced {
			return
		}
		before := m.visits
		switch {
		case d.mean != nil:
			f.round(d.mean)
		case m.goal == Eliminate:
			f.greedy(d.worth())
		default:
			f.greedyWithin(f.core)
		}
		priced = m.visits + 2*(m.visits-before) // a third of the work at most
	}, func() bool { return f.found && f.objective() == d.bound() })
}

// decide works on the core by linear programs.
func (e *engine) decide(ctx context.Context) error {
	for pass := 0; ; pass++ {
		if !e.settle() {
			e.finish()
			return nil
		}
		m := e.newModel()
		if m == nil {
			e.finish()
			return nil
		}
		if e.unfit(m) {
			return nil
		}
		parts := m.components()
		trees := make([]*tree, len(parts))
		left, total := 0, 0
		for i, part := range parts {
			t := newTree(part, e.newSearch(part, len(parts) == 1), e.near(part), e.prices(part))
			trees[i] = t
			if err := e.start(ctx, t, e.share(part, parts[i:])); err != nil {
				return err
			}
			e.spent += part.visits
			total += len(part.rowsOf)
			left += e.fixPart(t, len(parts) > 1)
		}
		if e.conclude(trees) {
			return nil
		}
		again := pass < lastPass && e.spent < e.effort
		if again && left <= total*4/5 {
			continue
		}
		open, err := e.branch(ctx, trees, 2)
		if err != nil || e.done() || e.contradictory {
			return err
		}
		if again && open <= left*4/5 && e.spent < e.effort {
			continue
		}
		_, err = e.branch(ctx, trees, 1)
		return err
	}
}

// start solves the linear program of a tree, adds cuts and betters the choice from there,
// by most of share.
func (e *engine) start(ctx context.Context, t *tree, share int64) error {
	m := t.m
	until := m.visits + share
	tries := min(e.tries, fewTries)
	if !m.large() {
		if err := t.root(ctx, until); err != nil || !t.solved || t.closed(t.base) {
			return err
		}
		left := max(0, until-m.visits)
		if err := t.complete(ctx, m.visits+left/8); err != nil {
			return err
		}
		err := t.better(ctx, m.visits+left/8, tries)
		t.fix()
		return err
	}
	if m.vast() {
		err := e.beside(ctx, t, share/4, tries, func() error {
			t.begin(until)
			return nil
		})
		if err != nil {
			return err
		}
	} else {
		t.begin(until) // soon done, and its solution is a better start
	}
	if !t.solved || t.closed(t.base) {
		return nil
	}
	part := max(0, until-m.visits) * 3 / 8
	before := m.visits
	err := e.beside(ctx, t, part, tries, func() error { return t.tighten(ctx, before+part) })
	if err != nil || t.closed(t.base) {
		return err
	}
	t.fix()
	return t.complete(ctx, m.visits+part/8)
}

// beside runs work on the linear program of a tree and, at the same time, the local
// searches on a copy of what they need, by so many visits, and takes over what these find
// when both are done.
func (e *engine) beside(ctx context.Context, t *tree, visits int64, tries int, work func() error) error {
	m := *t.m
	m.visits = 0
	f := newSearch(&m)
	f.load(t.f.best)
	f.keep()
	f.aim(t.f.bestCost, t.f.bestValue)
	if list := e.best(t); list != nil {
		f.active = slices.Sorted(slices.Values(list))
	}
	base := t.base
	g, within := errgroup.WithContext(ctx)
	g.Go(work)
	g.Go(func() error {
		return f.better(within, visits, tries, func() bool { return t.closes(f, base) })
	})
	if err := g.Wait(); err != nil {
		return err
	}
	if f.listed {
		t.f.load(f.best)
		t.f.keep()
	}
	t.m.visits += m.visits
	return nil
}

// large says whether a model is large enough for cuts and local search to go on at once.
func (m *model) large() bool { return len(m.group)+len(m.rowsOf) > largeModel }

// largeModel is the number of rows and columns from which on a model is large.
const largeModel = 16_000

// near is what the relaxation takes of the columns of a model, nil when it was not run.
func (e *engine) near(m *model) []float64 {
	if e.mean == nil {
		return nil
	}
	x := make([]float64, len(m.origin))
	for j, o := range m.origin {
		x[j] = e.mean[o]
	}
	return x
}

// prices are what the relaxation pays for serving the rows of a model; nil when it was
// not run.
func (e *engine) prices(m *model) []float64 {
	if e.paid == nil {
		return nil
	}
	u := make([]float64, len(m.first))
	for r, i := range m.first {
		u[r] = e.paid[i]
		if m.goal != Eliminate {
			u[r] *= float64(m.value[r])
		}
	}
	return u
}

// lastPass is the last time that the core is made anew.
const lastPass = 8

// best lists the columns of a tree that the relaxation holds for the best, nearEach for
// each one chosen, nil for all or when it was not run.
func (e *engine) best(t *tree) []int32 {
	n := nearEach*len(t.f.best) + 100
	if e.rank == nil || n >= t.columns() {
		return nil
	}
	out := make([]int32, t.columns())
	for j := range out {
		out[j] = int32(j)
	}
	slices.SortStableFunc(out, func(a, b int32) int {
		return cmp.Compare(e.rank[t.m.origin[a]], e.rank[t.m.origin[b]])
	})
	return out[:n]
}

// fewTries is how often, on average, each column is tried in vain before the trees.
const fewTries = 10

// share is what part may take of the effort that is left, among the parts that come.
func (e *engine) share(part *model, parts []*model) int64 {
	var total int64
	for _, p := range parts {
		total += p.entries()
	}
	return max(0, int64(float64(e.effort-e.spent)*float64(part.entries())/float64(total)))
}

// fixPart settles what a tree knows of its columns and says how many are open. Among
// several parts the best choice of each stays possible: only for the whole does it
// prove anything when no better one is left.
func (e *engine) fixPart(t *tree, several bool) (open int) {
	proven := t.f.listed && t.closed(t.base)
	var best map[int32]bool
	if proven || several && t.f.listed {
		best = make(map[int32]bool, len(t.f.best))
		for _, j := range t.f.best {
			best[j] = true
		}
	}
	for j, o := range t.m.origin {
		chosen := best[int32(j)]
		out, in := t.hi[j] == 0 || proven, t.lo[j] == 1 || proven
		switch {
		case out && !chosen:
			e.fix[o] = MustNot
		case in && (best == nil || chosen):
			e.fix[o] = Must
		default:
			open++
		}
	}
	return open
}

// conclude takes over what the trees of all parts know, and says whether nothing is
// left to do.
func (e *engine) conclude(trees []*tree) bool {
	searches := make([]*search, len(trees))
	var sum int64
	for i, t := range trees {
		searches[i] = t.f
		if t.base == math.MaxInt64 && !t.f.found {
			e.finish() // this part has no solution
			return true
		}
		sum = saturatingAdd(sum, t.worth(t.base))
	}
	e.collect(searches...)
	e.prove(sum)
	return e.done()
}

// wide says whether a node of the tree of a model would take more work than it brings:
// rows that all of the tree shares are worth more.
func (m *model) wide() bool { return len(m.group)+len(m.rowsOf) > wideModel }

// wideModel is the number of rows and columns from which on a model is wide.
const wideModel = 8_000

// branch decides the parts, the smallest first, by three quarters of one over share of
// the effort that is left, and betters their choices by the local search with the
// fourth; where more cuts stand for a tree, they have the fourth. It says how many
// columns are open then.
func (e *engine) branch(ctx context.Context, trees []*tree, share int64) (open int, err error) {
	order := slices.Clone(trees)
	slices.SortStableFunc(order, func(a, b *tree) int { return cmp.Compare(len(a.m.rowsOf), len(b.m.rowsOf)) })
	left := make([]*model, len(order))
	for i, t := range order {
		left[i] = t.m
	}
	for i, t := range order {
		if t.closed(t.base) || !t.solved {
			continue
		}
		before := t.m.visits
		part := e.share(t.m, left[i:]) / share / 4
		switch {
		case t.m.large():
			err = e.beside(ctx, t, 3*part, e.tries, func() error { return t.tighten(ctx, before+part) })
		case t.m.wide():
			err = t.tighten(ctx, before+part)
		default:
			err = t.run(ctx, before+3*part)
		}
		if err != nil {
			return 0, err
		}
		e.spent += t.m.visits - before
	}
	if e.conclude(trees) {
		return 0, nil
	}
	tries := e.tries
	if share > 1 {
		tries = min(tries, fewTries) // the trees come again
	}
	for i, t := range order {
		before := t.m.visits
		part := e.share(t.m, left[i:]) / share / 4
		switch {
		case t.m.large():
			part = 0 // done above
		case t.m.wide():
			part *= 3
		}
		if err := t.better(ctx, before+part, tries); err != nil {
			return 0, err
		}
		e.spent += t.m.visits - before
		t.fix()
		open += e.fixPart(t, len(trees) > 1)
	}
	e.conclude(trees)
	return open, nil
}

// better looks for a better choice by the local searches.
func (t *tree) better(ctx context.Context, until int64, tries int) error {
	return t.f.better(ctx, until, tries, func() bool { return t.closed(t.base) })
}

// better is improve, for an eighth of the visits, and refine.
func (f *search) better(ctx context.Context, until int64, tries int, done func() bool) error {
	if done() {
		return nil
	}
	if err := f.improve(ctx, f.m.visits+(until-f.m.visits)/8, tries, done); err != nil {
		return err
	}
	return f.refine(ctx, until, refineIdle, done)
}
