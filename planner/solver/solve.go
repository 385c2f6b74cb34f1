package solver

import (
	"cmp"
	"context"
	"math"
	"slices"
)

// Solve looks for the best choice of columns and bounds what any choice could
// reach. The result is feasible and the bound is valid whatever the effort; more
// effort brings them nearer to each other.
//
// The errors wrap [ErrInstance] or [ErrProblem], or are those of ctx.
func Solve(ctx context.Context, in *Instance, p Problem) (*Result, error) {
	e, err := newEngine(ctx, in, p)
	if err != nil {
		return nil, err
	}
	if err := e.run(ctx); err != nil {
		return nil, err
	}
	chosen := e.choice
	if p.Goal != Eliminate {
		if chosen, err = e.cheapen(ctx); err != nil {
			return nil, err
		}
	}
	return e.result(chosen), nil
}

// newEngine checks instance and problem and makes what solves them.
func newEngine(ctx context.Context, in *Instance, p Problem) (*engine, error) {
	if err := in.Validate(); err != nil {
		return nil, err
	}
	if err := p.Validate(); err != nil {
		return nil, err
	}
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	set, err := settle(in, p)
	if err != nil {
		return nil, err
	}
	if p.Effort == 0 {
		p.Effort = DefaultEffort
	}
	return &engine{set: set, p: p, effort: int64(p.Effort) * 1_000_000, tries: p.Effort}, nil
}

// result describes a choice of the open columns, as good as that of e.
func (e *engine) result(chosen []int) *Result {
	res := &Result{Goal: e.p.Goal, Unmeetable: e.set.unmeetable(), Selected: buildOrder(e.set.in, e.p.Goal, e.set.with(chosen))}
	for _, s := range res.Selected {
		res.Cost += s.Cost
		res.Gained = s.Total
	}
	res.Value, res.Bound = res.Cost, e.bound+e.set.cost
	if e.p.Goal != Eliminate {
		res.Value, res.Bound = res.Gained, e.bound+e.set.value
	}
	res.Proven = res.Value == res.Bound
	res.Gap = gap(res.Value, res.Bound)
	taken := make([]bool, len(e.fix))
	for _, s := range res.Selected {
		taken[s.Column] = true
	}
	for j, f := range e.fix {
		if f != MustNot && !taken[j] && !res.Proven {
			res.Core = append(res.Core, j)
		}
	}
	return res
}

// with gives the columns that must be chosen and those of choice.
func (s *setting) with(choice []int) []int {
	var out []int
	for j, f := range s.fix {
		if f == Must {
			out = append(out, j)
		}
	}
	return append(out, choice...)
}

func gap(value, bound int64) float64 {
	switch value {
	case bound:
		return 0
	case 0:
		return 1
	}
	return math.Abs(float64(value-bound)) / math.Abs(float64(value))
}

// cheapen is the second stage of Budget and Count: the same value for less money.
// A value that counts rows only is a need of one village that holds them all;
// where villages count, those that are met stay met.
func (e *engine) cheapen(ctx context.Context) ([]int, error) {
	set, in, p, chosen := e.set, e.set.in, e.p, e.choice
	served := slices.Clone(set.served)
	for _, j := range chosen {
		for _, r := range in.Columns[j].Rows {
			served[r] = true
		}
	}
	progress := make([]int64, len(in.Villages))
	var rowValue int64
	for i, r := range in.Rows {
		if served[i] {
			progress[r.Village] += r.Weight
			rowValue += r.Value
		}
	}
	same := *in
	same.Rows, same.Villages = nil, nil
	prizes := false
	for v, village := range in.Villages {
		if village.Value == 0 || set.need[v] == 0 || progress[v] < village.Need {
			village.Need = 0
		} else {
			prizes = true
		}
		village.Value = 0
		same.Villages = append(same.Villages, village)
	}
	values := int32(len(same.Villages))
	switch {
	case !prizes:
		same.Villages = append(same.Villages, Village{Need: rowValue})
		for _, r := range in.Rows {
			same.Rows = append(same.Rows, Row{Village: values, Weight: r.Value})
		}
	case rowValue == 0:
		same.Rows = in.Rows
	default:
		// Both count: rather than weigh one against the other, keep the choice.
		return chosen, nil
	}
	var limits []amounts
	if p.Goal == Count {
		l := amounts{limit: int64(p.Count)}
		for j := range in.Columns {
			l.columns, l.amount = append(l.columns, int32(j)), append(l.amount, sizeOf(in, Count, int32(j)))
		}
		limits = append(limits, l)
	}
	then, err := settle(&same, Problem{Goal: Eliminate})
	if err != nil {
		return nil, err
	}
	second := &engine{set: then, p: Problem{Goal: Eliminate}, limits: limits, effort: e.effort / 20, tries: e.tries, second: true}
	second.offer(chosen)
	if err := second.run(ctx); err != nil {
		return nil, err
	}
	return second.choice, nil
}

// buildOrder puts the chosen columns in the order of most value for what they take,
// cost or, in Count, columns, after those before; where no value is left to gain, of most progress towards
// needs. A column that needs another comes after it.
func buildOrder(in *Instance, goal Goal, chosen []int) []Step {
	b := &builder{in: in, goal: goal, served: make([]bool, len(in.Rows)), rest: make([]int64, len(in.Villages)), fresh: make(map[int32]int64), lacks: make(map[int][][]int)}
	for v, village := range in.Villages {
		b.rest[v] = village.Need
	}
	left := slices.Sorted(slices.Values(chosen))
	for _, r := range in.Requirements {
		if _, ok := slices.BinarySearch(left, int(r.Column)); !ok {
			continue
		}
		var any []int
		for _, j := range r.Any {
			if _, ok := slices.BinarySearch(left, int(j)); ok {
				any = append(any, int(j))
			}
		}
		b.lacks[int(r.Column)] = append(b.lacks[int(r.Column)], any)
	}
	// Building a column changes what those add that share a village with it, and those
	// that wait for it; the others are as looked at before.
	looked := make(map[int]look, len(left))
	inVillage := make(map[int32][]int)
	for _, j := range left {
		last := int32(-1)
		for _, r := range in.Columns[j].Rows {
			if v := in.Rows[r].Village; v != last {
				inVillage[v] = append(inVillage[v], j)
				last = v
			}
		}
	}
	steps := make([]Step, 0, len(left))
	var total int64
	for len(left) > 0 {
		var best look
		for _, j := range left {
			l, ok := looked[j]
			if !ok {
				l.chain = b.chain(j, nil)
				gain, progress, taken := b.look(l.chain)
				l.score, l.pace = ratio(gain, taken), progress/max(1, float64(taken))
				if len(l.chain) == 1 {
					looked[j] = l
				}
			}
			if best.chain == nil || cmp.Or(cmp.Compare(l.score, best.score), cmp.Compare(l.pace, best.pace)) > 0 {
				best = l
			}
		}
		for _, j := range best.chain {
			for _, r := range in.Columns[j].Rows {
				if !b.served[r] {
					for _, k := range inVillage[in.Rows[r].Village] {
						delete(looked, k)
					}
				}
			}
			step := b.build(j)
			total += step.Gain
			step.Total = total
			steps = append(steps, step)
			at, _ := slices.BinarySearch(left, j)
			left = slices.Delete(left, at, at+1)
		}
	}
	return steps
}

// look is what a column comes to, with those it still needs before it.
type look struct {
	chain       []int
	score, pace float64 // value, and progress towards needs, for what it takes
}

// builder follows what is served while columns are built one after the other.
type builder struct {
	in     *Instance
	goal   Goal
	served []bool
	rest   []int64
	fresh  map[int32]int64
	lacks  map[int][][]int // column -> needs that nothing built fills, with the chosen columns that can
}

// chain appends j to list after the columns it still needs, the cheapest for each.
func (b *builder) chain(j int, list []int) []int {
	for _, any := range b.lacks[j] {
		if slices.ContainsFunc(any, func(k int) bool { return slices.Contains(list, k) }) {
			continue
		}
		parent := slices.MinFunc(any, func(x, y int) int {
			return cmp.Or(cmp.Compare(b.in.Columns[x].Cost, b.in.Columns[y].Cost), cmp.Compare(x, y))
		})
		list = b.chain(parent, list)
	}
	return append(list, j)
}

// look gives what columns add together: value, the villages' progress as a sum of
// shares, and what they take.
func (b *builder) look(columns []int) (gain int64, progress float64, taken int64) {
	in := b.in
	clear(b.fresh)
	seen := b.served
	if len(columns) > 1 {
		seen = slices.Clone(b.served)
	}
	var villages []int32
	for _, j := range columns {
		taken += sizeOf(in, b.goal, int32(j))
		for _, r := range in.Columns[j].Rows {
			if seen[r] {
				continue
			}
			if len(columns) > 1 {
				seen[r] = true
			}
			gain += in.Rows[r].Value
			v := in.Rows[r].Village
			if _, ok := b.fresh[v]; !ok {
				villages = append(villages, v)
			}
			b.fresh[v] += in.Rows[r].Weight
		}
	}
	for _, v := range villages {
		w := b.fresh[v]
		if b.rest[v] == 0 {
			continue
		}
		progress += float64(min(w, b.rest[v])) / float64(in.Villages[v].Need)
		if w >= b.rest[v] {
			gain += in.Villages[v].Value
		}
	}
	return gain, progress, taken
}

// build makes the step of column j, whose Total is the caller's.
func (b *builder) build(j int) Step {
	in := b.in
	step := Step{Column: j, Cost: in.Columns[j].Cost}
	step.Gain, _, _ = b.look([]int{j})
	for _, r := range in.Columns[j].Rows {
		if b.served[r] {
			continue
		}
		b.served[r] = true
		v := in.Rows[r].Village
		if b.rest[v] == 0 {
			continue
		}
		b.rest[v] = max(0, b.rest[v]-in.Rows[r].Weight)
		if b.rest[v] == 0 {
			step.Villages = append(step.Villages, int(v))
		}
	}
	slices.Sort(step.Villages)
	for c, needs := range b.lacks {
		b.lacks[c] = slices.DeleteFunc(needs, func(any []int) bool { return slices.Contains(any, j) })
	}
	return step
}
