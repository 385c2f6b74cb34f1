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
	if err := in.Validate(); err != nil {
		return nil, err
	}
	if err := p.Validate(); err != nil {
		return nil, err
	}
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	effort := p.Effort
	if effort == 0 {
		effort = DefaultEffort
	}
	res := &Result{Goal: p.Goal, Unmeetable: unmeetable(in)}
	m := newModel(in, p)
	work := int64(effort) * 1_000_000

	f := newSearch(m)
	d := newDual(m)
	value := func() int64 {
		if p.Goal == Eliminate {
			return f.bestCost
		}
		return f.bestValue
	}
	proven := func() bool { return value() == d.bound() }
	f.greedy(m.worth())
	var priced int64 // visits after which the relaxation guides a greedy start again
	err := d.run(ctx, work/2, value, func() {
		f.core = d.selected()
		if m.visits < priced {
			return
		}
		before := m.visits
		if p.Goal == Eliminate {
			f.greedy(d.worth())
		} else {
			f.greedyWithin(f.core)
		}
		priced = m.visits + 2*(m.visits-before) // a third of the work at most
	}, proven)
	if err != nil {
		return nil, err
	}
	f.active = slices.DeleteFunc(f.active, func(j int32) bool { return !d.helps(j, value()) })
	f.core = slices.DeleteFunc(f.core, func(j int32) bool { return !d.helps(j, value()) })
	if err := f.improve(ctx, work, effort, proven); err != nil {
		return nil, err
	}

	chosen := make([]int, 0, len(f.best))
	for _, j := range f.best {
		chosen = append(chosen, int(m.origin[j]))
	}
	if p.Goal != Eliminate {
		chosen, err = cheapen(ctx, in, p, chosen, effort)
		if err != nil {
			return nil, err
		}
	}
	res.Selected = buildOrder(in, chosen)
	for _, s := range res.Selected {
		res.Cost += s.Cost
		res.Gained = s.Total
	}
	res.Value, res.Bound = res.Cost, d.bound()
	if p.Goal != Eliminate {
		res.Value = res.Gained
	}
	res.Proven = res.Value == res.Bound
	res.Gap = gap(res.Value, res.Bound)
	return res, nil
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

// worth gives the price of meeting each group at the present prices: what the
// relaxation would pay for it, a better guide than counting groups.
func (d *dual) worth() []int64 {
	prices := slices.Clone(d.groupCost)
	var total int64
	for g := range prices {
		prices[g]++ // a group that costs nothing must still be met
		total += prices[g]
	}
	shift := 0
	for total > 0 && total < 1<<58 {
		total <<= 1
		shift++
	}
	for g := range prices {
		prices[g] <<= shift
	}
	return prices
}

// selected lists the columns that the relaxation chooses, in whole or in part.
func (d *dual) selected() []int32 {
	var out []int32
	for j, x := range d.chosen {
		if x > 0 {
			out = append(out, int32(j))
		}
	}
	return out
}

// cheapen is the second stage of Budget and Count: the same value for less money.
// A value that counts rows only is a need of one village that holds them all;
// where villages count, those that are met stay met.
func cheapen(ctx context.Context, in *Instance, p Problem, chosen []int, effort int) ([]int, error) {
	served := make([]bool, len(in.Rows))
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
	second := &Instance{Columns: in.Columns}
	prizes := false
	for v, village := range in.Villages {
		if village.Value == 0 || village.Need == 0 || progress[v] < village.Need {
			village.Need = 0
		} else {
			prizes = true
		}
		village.Value = 0
		second.Villages = append(second.Villages, village)
	}
	values := int32(len(second.Villages))
	switch {
	case !prizes:
		second.Villages = append(second.Villages, Village{Need: rowValue})
		for _, r := range in.Rows {
			second.Rows = append(second.Rows, Row{Village: values, Weight: r.Value})
		}
	case rowValue == 0:
		second.Rows = in.Rows
	default:
		// Both count: rather than weigh one against the other, keep the choice.
		return chosen, nil
	}
	m := newModel(second, Problem{Goal: Eliminate})
	if p.Goal == Count {
		m.maxColumns = p.Count
	}
	place := make(map[int32]int32, len(m.origin))
	for j, o := range m.origin {
		place[o] = int32(j)
	}
	f := newSearch(m)
	for _, j := range chosen {
		if k, ok := place[int32(j)]; ok {
			f.s.add(k)
		}
	}
	f.fill(0) // for columns of chosen that are dominated here
	f.prune()
	f.keep()
	if err := f.improve(ctx, m.visits+int64(effort)*1_000_000/2, effort, func() bool { return false }); err != nil {
		return nil, err
	}
	var cost int64
	for _, j := range chosen {
		cost += in.Columns[j].Cost
	}
	if !f.found || f.bestCost >= cost {
		return chosen, nil
	}
	out := make([]int, 0, len(f.best))
	for _, j := range f.best {
		out = append(out, int(m.origin[j]))
	}
	return out, nil
}

// buildOrder puts the chosen columns in the order of most value for their cost
// after those before; where no value is left to gain, of most progress towards
// needs.
func buildOrder(in *Instance, chosen []int) []Step {
	served := make([]bool, len(in.Rows))
	rest := make([]int64, len(in.Villages))
	for v, village := range in.Villages {
		rest[v] = village.Need
	}
	left := slices.Sorted(slices.Values(chosen))
	fresh := make(map[int32]int64)
	// look gives what column j adds, leaving the fresh weight of each village it
	// touches in fresh.
	look := func(j int) (gain int64, progress float64) {
		clear(fresh)
		for _, r := range in.Columns[j].Rows {
			if !served[r] {
				gain += in.Rows[r].Value
				fresh[in.Rows[r].Village] += in.Rows[r].Weight
			}
		}
		for _, r := range in.Columns[j].Rows {
			v := in.Rows[r].Village
			w, ok := fresh[v]
			if !ok || rest[v] == 0 {
				continue
			}
			delete(fresh, v)
			progress += float64(min(w, rest[v])) / float64(in.Villages[v].Need)
			if w >= rest[v] {
				gain += in.Villages[v].Value
			}
		}
		return gain, progress
	}
	steps := make([]Step, 0, len(left))
	var total int64
	for len(left) > 0 {
		best := 0
		bestGain, bestProgress := look(left[0])
		for k := 1; k < len(left); k++ {
			gain, progress := look(left[k])
			c := cmp.Or(
				cmp.Compare(ratio(gain, in.Columns[left[k]].Cost), ratio(bestGain, in.Columns[left[best]].Cost)),
				cmp.Compare(progress/max(1, float64(in.Columns[left[k]].Cost)), bestProgress/max(1, float64(in.Columns[left[best]].Cost))))
			if c > 0 {
				best, bestGain, bestProgress = k, gain, progress
			}
		}
		j := left[best]
		left = slices.Delete(left, best, best+1)
		step := Step{Column: j, Cost: in.Columns[j].Cost, Gain: bestGain}
		for _, r := range in.Columns[j].Rows {
			if served[r] {
				continue
			}
			served[r] = true
			v := in.Rows[r].Village
			if rest[v] == 0 {
				continue
			}
			rest[v] = max(0, rest[v]-in.Rows[r].Weight)
			if rest[v] == 0 {
				step.Villages = append(step.Villages, int(v))
			}
		}
		slices.Sort(step.Villages)
		total += bestGain
		step.Total = total
		steps = append(steps, step)
	}
	return steps
}
