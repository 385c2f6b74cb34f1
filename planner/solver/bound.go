package solver

import (
	"cmp"
	"context"
	"math"
	"math/bits"
	"runtime"
	"slices"

	"golang.org/x/sync/errgroup"
)

// A dual bounds a model by Lagrangian relaxation (Geoffrion, 1974). The tie
// between a row and the columns that serve it,
//
//	z_r ≤ Σ_{j ∋ r} x_j,
//
// is given up for a price u_r ≥ 0, and each side is solved by itself, the rows
// group by group and the columns by their sign or, under a limit, as a continuous
// knapsack:
//
//	Eliminate:      min Σ_j c_j x_j  ≥  Σ_g min_z Σ u_r z_r  +  Σ_j min(0, c_j - Σ_{r ∈ j} u_r)
//	Budget, Count:  max Σ_r v_r z_r + Σ_g p_g y_g  ≤  Σ_g max_z (…)  +  max_x Σ_j (Σ_{r ∈ j} u_r) x_j
//
// with z_r in 0 to 1, Σ w_r z_r ≥ need_g in Eliminate, and
// y_g ≤ min(1, Σ w_r z_r / need_g) otherwise. Any u gives a valid bound; a good
// one is found by a deflected subgradient with Polyak's step (Camerini, Fratta and
// Maffioli, 1975) and then by the volume algorithm (Barahona and Anbil, 2000), which
// steps along the mean of the subgradients met. The search is done in floating point, but u stands
// on a grid of 1/grid, and the bound of the u found is computed in integers, every
// division rounded to the safe side.
type dual struct {
	m    *model
	grid int64 // a power of two
	step int64 // every value is a multiple of it

	price []int64 // u, in 1/grid
	upper []int64 // no greater price can help

	served []float64 // z of the last evaluation
	chosen []float64 // x of the last evaluation
	profit []int64   // Σ_{r ∈ j} u_r

	slope []float64 // the subgradient of the last evaluation
	mean  []float64 // x of the evaluations, the last ones most

	bestPrice   []int64
	best        int64   // the best bound so far, in 1/grid
	bestReduced []int64 // what each column adds to the bound when it is forced in, 0 or less is nothing
	reduced     []int64
	groupCost   []int64 // Eliminate: the price of meeting each group

	order []int32
	keys  []float64
}

// The step of climb is halved after climbPatience evaluations without a better bound,
// and climb ends below climbEnd.
const (
	climbPatience = 12
	climbEnd      = 1e-3
)

// The volume algorithm steps by factor times Polyak's length. The factor grows while
// steps are too short and shrinks after patience evaluations without a better bound.
// A new solution enters the mean with a share that is halved after a lap which gains
// less than a hundredth. The search ends after a lap that gains less than converged.
const (
	firstFactor = 0.1
	mostFactor  = 2
	leastFactor = 0.01
	patience    = 20
	firstShare  = 0.1
	leastShare  = 1e-4
	lap         = 100
	converged   = 2e-5
)

func newDual(m *model) *dual {
	d := &dual{
		m:           m,
		price:       make([]int64, len(m.group)),
		upper:       make([]int64, len(m.group)),
		served:      make([]float64, len(m.group)),
		chosen:      make([]float64, len(m.rowsOf)),
		profit:      make([]int64, len(m.rowsOf)),
		reduced:     make([]int64, len(m.rowsOf)),
		bestReduced: make([]int64, len(m.rowsOf)),
		groupCost:   make([]int64, len(m.need)),
		step:        gcd(m.value, m.prize),
	}
	if m.goal == Eliminate {
		d.step = gcd(m.cost)
	}
	var total int64
	for r := range d.upper {
		switch {
		case m.goal == Eliminate:
			// More than the cheapest column that serves the row is never due.
			d.upper[r] = math.MaxInt64
			for _, j := range m.colsOf[r] {
				d.upper[r] = min(d.upper[r], m.cost[j])
			}
		case m.group[r] < 0:
			d.upper[r] = m.value[r]
		default:
			g := m.group[r]
			// A row is worth its value and its part of the prize.
			d.upper[r] = m.value[r] + mulDivUp(m.prize[g], m.weight[r], m.need[g])
		}
		total = saturatingAdd(total, d.upper[r])
	}
	// The sum of all prices stays below 2^60 in Eliminate, and below 2^40 where a
	// further factor is needed for the price of the limit.
	room := int64(1) << 60
	if m.goal != Eliminate {
		room = 1 << 40
	}
	for d.grid = 1 << 20; d.grid > 1 && total > room/d.grid; {
		d.grid >>= 1
	}
	for r := range d.upper {
		d.upper[r] *= d.grid
		if m.goal != Eliminate {
			d.price[r] = d.upper[r] / 2
			continue
		}
		start := math.Inf(1)
		for _, j := range m.colsOf[r] {
			start = min(start, float64(m.cost[j])/float64(len(m.rowsOf[j])))
		}
		d.price[r] = min(d.upper[r], int64(start*float64(d.grid)))
		if g := m.group[r]; !m.single[g] {
			d.price[r] = mulDivDown(d.price[r], m.weight[r], m.need[g])
		}
	}
	return d
}

// sense is 1 when a greater bound is better.
func (d *dual) sense() int64 {
	if d.m.goal == Eliminate {
		return 1
	}
	return -1
}

// run improves the bound towards target, the value of the best known solution,
// until the visits are used up, little more is gained or closed says that the bound
// is good enough. note is called after each better bound.
func (d *dual) run(ctx context.Context, until int64, target func() int64, note func(), closed func() bool) error {
	d.best = d.evaluate()
	d.record()
	note()
	// Half the work at most is left to climb: refine finds better choices on its way.
	if err := d.climb(ctx, d.m.visits+(until-d.m.visits)/2, target, note, closed); err != nil {
		return err
	}
	return d.refine(ctx, until, target, note, closed)
}

// climb follows the deflected subgradient, quick at first.
func (d *dual) climb(ctx context.Context, until int64, target func() int64, note func(), closed func() bool) error {
	direction := make([]float64, len(d.m.group))
	step, stale := 1.0, 0
	for k := 0; d.m.visits < until && step > climbEnd && !closed(); k++ {
		if k%16 == 0 && ctx.Err() != nil {
			return ctx.Err()
		}
		bound := d.ascend(direction, step, target())
		if d.sense()*bound > d.sense()*d.best {
			if float64(d.sense()*(bound-d.best)) > 1e-4*math.Abs(float64(d.best)) {
				stale = 0
			}
			d.best = bound
			d.record()
			note()
		} else {
			stale++
		}
		if stale >= climbPatience {
			step, stale = step/2, 0
			copy(d.price, d.bestPrice)
			d.evaluate()
			clear(direction)
		}
	}
	return nil
}

// refine goes on from the best prices by the volume algorithm.
func (d *dual) refine(ctx context.Context, until int64, target func() int64, note func(), closed func() bool) error {
	copy(d.price, d.bestPrice)
	d.evaluate()
	d.mean = slices.Clone(d.chosen)
	d.slope = d.slopes(d.slope)
	direction := slices.Clone(d.slope)
	factor, most, vain := firstFactor, firstShare, 0
	mark := d.best
	for k := 1; d.m.visits < until && !closed(); k++ {
		if k%16 == 0 && ctx.Err() != nil {
			return ctx.Err()
		}
		bound := d.move(direction, factor, target())
		d.slope = d.slopes(d.slope)
		share := shareOf(d.slope, direction, most)
		if d.sense()*bound > d.sense()*d.best {
			if dot(d.slope, direction) >= 0 {
				factor = min(mostFactor, factor*1.1) // the step was too short
			}
			vain = 0
			d.best = bound
			d.record()
			note()
		} else if vain++; vain == patience {
			factor, vain = max(leastFactor, factor*0.66), 0
		}
		for r, v := range d.slope {
			direction[r] += share * (v - direction[r])
		}
		for j, x := range d.chosen {
			d.mean[j] += share * (x - d.mean[j])
		}
		if k%lap == 0 {
			gained := math.Abs(float64(d.best)-float64(mark)) / math.Abs(float64(d.best))
			if gained < 0.01 {
				most = max(leastShare, most/2)
			}
			if gained < converged && most < firstShare/8 {
				return nil
			}
			mark = d.best
		}
	}
	return nil
}

// ascend moves the prices along the deflected subgradient and evaluates them.
func (d *dual) ascend(direction []float64, step float64, target int64) int64 {
	d.slope = d.slopes(d.slope)
	slope := d.slope
	var dot, norm float64
	for r, g := range slope {
		if g < 0 && d.price[r] == 0 || g > 0 && d.price[r] == d.upper[r] {
			slope[r] = 0 // the price stands at its end
			continue
		}
		dot += g * direction[r]
		norm += direction[r] * direction[r]
	}
	deflect := 0.0
	if dot < 0 && norm > 0 {
		deflect = min(1, -1.5*dot/norm) // 1.5: Camerini, Fratta and Maffioli, section 4
	}
	norm = 0
	for r, g := range slope {
		direction[r] = g + deflect*direction[r]
		norm += direction[r] * direction[r]
	}
	if norm > 0 {
		distance := math.Abs(float64(target)*float64(d.grid) - float64(d.best))
		t := step * distance / norm
		for r, v := range direction {
			next := float64(d.price[r]) + math.Round(t*v)
			d.price[r] = int64(min(max(next, 0), float64(d.upper[r])))
		}
	}
	return d.evaluate()
}

// slopes gives the subgradient z_r - Σ_{j ∋ r} x_j of the last evaluation: unserved
// demand raises the price of a row whichever the goal.
func (d *dual) slopes(into []float64) []float64 {
	into = append(into[:0], d.served...)
	for j, x := range d.chosen {
		if x > 0 {
			for _, r := range d.m.rowsOf[j] {
				into[r] -= x
			}
		}
	}
	return into
}

// shareOf is the share in 0 to most with which slope must enter the mean direction to
// make it shortest, at least a tenth of most.
func shareOf(slope, direction []float64, most float64) float64 {
	var along, norm float64
	for r, v := range direction {
		change := slope[r] - v
		along -= v * change
		norm += change * change
	}
	if norm == 0 {
		return most
	}
	return min(max(along/norm, most/10), most)
}

func dot(a, b []float64) float64 {
	var sum float64
	for i, v := range a {
		sum += v * b[i]
	}
	return sum
}

// move goes from the best prices along direction and evaluates where it comes to.
func (d *dual) move(direction []float64, factor float64, target int64) int64 {
	norm := 0.0
	for r, v := range direction {
		if v < 0 && d.bestPrice[r] == 0 || v > 0 && d.bestPrice[r] == d.upper[r] {
			continue // the price stands at its end
		}
		norm += v * v
	}
	t := 0.0
	if norm > 0 {
		t = factor * math.Abs(float64(target)*float64(d.grid)-float64(d.best)) / norm
	}
	for r, v := range direction {
		next := float64(d.bestPrice[r]) + math.Round(t*v)
		d.price[r] = int64(min(max(next, 0), float64(d.upper[r])))
	}
	return d.evaluate()
}

// record keeps the prices as the best ones.
func (d *dual) record() {
	d.bestPrice = append(d.bestPrice[:0], d.price...)
	copy(d.bestReduced, d.reduced)
}

// evaluate computes the bound of the present prices, in 1/grid, and the solution
// of the relaxed problem. It is exact but for divisions, which are rounded to the
// side that keeps the bound valid.
func (d *dual) evaluate() int64 {
	m := d.m
	d.sum()
	if m.goal == Eliminate {
		return d.evaluateCover()
	}
	return d.evaluateLimit()
}

// sumEach is how many columns of a large matrix are summed at once, on any processor.
const sumEach = 2000

// sum computes the profit of each column at the present prices.
func (d *dual) sum() {
	m := d.m
	part := func(from, to int) (visits int64) {
		for j := from; j < to; j++ {
			var p int64
			for _, r := range m.rowsOf[j] {
				p += d.price[r]
			}
			d.profit[j] = p
			visits += int64(len(m.rowsOf[j])) / 4 // one after the other, cheaper than elsewhere
		}
		return visits
	}
	n := len(m.rowsOf)
	if n <= 2*sumEach {
		m.visits += part(0, n)
		return
	}
	visits := make([]int64, (n+sumEach-1)/sumEach)
	var g errgroup.Group
	g.SetLimit(runtime.GOMAXPROCS(0))
	for i := range visits {
		g.Go(func() error {
			visits[i] = part(i*sumEach, min(n, (i+1)*sumEach))
			return nil
		})
	}
	_ = g.Wait() // no part fails
	for _, v := range visits {
		m.visits += v
	}
}

func (d *dual) evaluateCover() int64 {
	m := d.m
	var bound int64
	for g := range m.need {
		d.groupCost[g] = d.cheapest(int32(g))
		bound += d.groupCost[g]
	}
	for j, p := range d.profit {
		d.reduced[j] = m.cost[j]*d.grid - p
		d.chosen[j] = 0
		if d.reduced[j] < 0 {
			bound += d.reduced[j]
			d.chosen[j] = 1
		}
	}
	return bound
}

// cheapest solves min Σ u_r z_r, Σ w_r z_r ≥ need over the rows of group g, z in 0
// to 1, rounded down.
func (d *dual) cheapest(g int32) int64 {
	m := d.m
	rows := m.groups[g]
	if rows.to-rows.from == 1 {
		d.served[rows.from] = 1
		return d.price[rows.from]
	}
	d.order = d.order[:0]
	for r := rows.from; r < rows.to; r++ {
		d.order = append(d.order, r)
		d.served[r] = 0
	}
	slices.SortFunc(d.order, func(a, b int32) int {
		return cmp.Or(compareRatio(d.price[a], m.weight[a], d.price[b], m.weight[b]), cmp.Compare(a, b))
	})
	rest := m.need[g]
	var total int64
	for _, r := range d.order {
		if m.weight[r] >= rest {
			d.served[r] = float64(rest) / float64(m.weight[r])
			return total + mulDivDown(d.price[r], rest, m.weight[r])
		}
		d.served[r] = 1
		rest -= m.weight[r]
		total += d.price[r]
	}
	return total
}

func (d *dual) evaluateLimit() int64 {
	m := d.m
	var bound int64
	rows := int32(len(m.group))
	if len(m.groups) > 0 {
		rows = m.groups[0].from
	}
	for r := range rows {
		d.served[r] = 0
		if net := m.value[r]*d.grid - d.price[r]; net > 0 {
			bound += net
			d.served[r] = 1
		}
	}
	for g := range m.need {
		bound += d.dearest(int32(g))
	}
	return saturatingAdd(bound, d.knapsack())
}

// dearest solves max Σ (v_r - u_r) z_r + prize·min(1, Σ w_r z_r / need) over the
// rows of group g, z in 0 to 1, rounded up.
func (d *dual) dearest(g int32) int64 {
	m := d.m
	var total int64
	rest := m.need[g]
	d.order = d.order[:0]
	for r := m.groups[g].from; r < m.groups[g].to; r++ {
		d.served[r] = 0
		if net := m.value[r]*d.grid - d.price[r]; net >= 0 {
			total += net
			d.served[r] = 1
			rest -= m.weight[r]
		} else {
			d.order = append(d.order, r)
		}
	}
	prize := m.prize[g] * d.grid
	if rest <= 0 {
		return total + prize
	}
	// Each further row costs u - v and brings prize·w/need.
	due := func(r int32) int64 { return d.price[r] - m.value[r]*d.grid }
	slices.SortFunc(d.order, func(a, b int32) int {
		return cmp.Or(compareRatio(due(a), m.weight[a], due(b), m.weight[b]), cmp.Compare(a, b))
	})
	for _, r := range d.order {
		if rest == 0 || compareRatio(due(r), m.weight[r], prize, m.need[g]) >= 0 {
			break
		}
		w := min(rest, m.weight[r])
		d.served[r] = float64(w) / float64(m.weight[r])
		total -= mulDivDown(due(r), w, m.weight[r])
		rest -= w
	}
	return total + mulDivUp(prize, m.need[g]-rest, m.need[g])
}

// knapsack solves max Σ profit_j x_j, Σ size_j x_j ≤ limit, x in 0 to 1, rounded
// up, through the price of the limit: for any λ ≥ 0 the optimum is at most
// λ·limit + Σ max(0, profit_j - λ·size_j), and the ratio at which the limit is
// reached makes it exact (Dantzig, 1957).
func (d *dual) knapsack() int64 {
	m := d.m
	d.order, d.keys = d.order[:0], d.keys[:0]
	var free int64
	for j, p := range d.profit {
		d.chosen[j] = 0
		d.reduced[j] = p
		switch {
		case p == 0:
		case m.size[j] == 0:
			free += p
			d.chosen[j] = 1
		default:
			d.order = append(d.order, int32(j))
		}
	}
	m.visits += int64(len(d.order)) / 4
	ratioOf := func(j int32) float64 { return float64(d.profit[j]) / float64(m.size[j]) }
	last := d.split(ratioOf)
	if last < 0 { // everything fits
		total := free
		for _, j := range d.order {
			total = saturatingAdd(total, d.profit[j])
		}
		return total
	}
	// λ in 1/(grid·fine); profits stay below 2^40 unless the values themselves are
	// larger, so that λ fits.
	fine := int64(1) << 20
	for fine > 1 && float64(fine)*ratioOf(last) >= 1<<60 {
		fine >>= 1
	}
	lambda := uint64(ratioOf(last) * float64(fine))
	hi, lo := bits.Mul64(lambda, uint64(m.limit))
	if hi >= uint64(fine) {
		return math.MaxInt64
	}
	q, rem := bits.Div64(hi, lo, uint64(fine))
	if rem > 0 {
		q++
	}
	if q > math.MaxInt64 {
		return math.MaxInt64
	}
	total := saturatingAdd(free, int64(q))
	for _, j := range d.order {
		hi, lo := bits.Mul64(lambda, uint64(m.size[j]))
		due := int64(math.MaxInt64)
		if hi < uint64(fine) {
			if q, _ := bits.Div64(hi, lo, uint64(fine)); q < math.MaxInt64 {
				due = int64(q)
			}
		}
		d.reduced[j] = d.profit[j] - due
		if d.reduced[j] > 0 {
			total = saturatingAdd(total, d.reduced[j])
		}
	}
	return total
}

// split partitions d.order so that the columns with the best ratios that fit the
// limit together come first, marks them chosen, the one across the limit in part,
// and returns that one, or -1 when all fit.
func (d *dual) split(ratioOf func(int32) float64) int32 {
	m := d.m
	better := func(a, b int32) bool {
		ra, rb := ratioOf(a), ratioOf(b)
		return ra > rb || ra == rb && a < b
	}
	rest := m.limit
	part := d.order
	for len(part) > 0 {
		// A quickselect by total size: the pivot's betters either all fit or hold
		// the break between them.
		pivot := part[len(part)/2]
		k := 0
		var size int64
		for i, j := range part {
			if better(j, pivot) {
				part[i], part[k] = part[k], part[i]
				size += m.size[part[k]]
				k++
			}
		}
		m.visits += int64(len(part)) / 4
		if size > rest {
			part = part[:k]
			continue
		}
		rest -= size
		for _, j := range part[:k] {
			d.chosen[j] = 1
		}
		if m.size[pivot] > rest {
			d.chosen[pivot] = float64(rest) / float64(m.size[pivot])
			return pivot
		}
		rest -= m.size[pivot]
		d.chosen[pivot] = 1
		at := k + slices.Index(part[k:], pivot)
		part[at], part[k] = part[k], part[at]
		part = part[k+1:]
	}
	return -1
}

// bound gives the best bound in the units of the value. Since every value is a
// multiple of the greatest common divisor of what it is summed from, so is the
// bound.
func (d *dual) bound() int64 {
	m := d.m
	if m.goal == Eliminate {
		b := max(0, d.best)
		b = (b + d.grid - 1) / d.grid
		return (b + d.step - 1) / d.step * d.step
	}
	return min(d.best/d.grid/d.step*d.step, m.totalValue())
}

// verdict says whether a choice better than objective must or must not hold column j,
// by the bound with j forced out or in.
func (d *dual) verdict(j int32, objective int64) Fix {
	reduced := d.bestReduced[j]
	if d.m.goal == Eliminate {
		better := (objective - 1) / d.step * d.step * d.grid
		switch {
		case reduced > 0 && d.best+reduced > better:
			return MustNot
		case reduced < 0 && d.best-reduced > better:
			return Must
		}
		return Open
	}
	better := (objective/d.step + 1) * d.step * d.grid
	switch {
	case reduced < 0 && d.best+reduced < better:
		return MustNot
	case reduced > 0 && d.best < math.MaxInt64 && d.best-reduced < better:
		return Must
	}
	return Open
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

func gcd(lists ...[]int64) int64 {
	var g int64
	for _, list := range lists {
		for _, v := range list {
			for v != 0 {
				g, v = v, g%v
			}
		}
	}
	return max(1, g, -g)
}

// compareRatio compares a/b with c/d exactly; a and c are 0 or more, b and d
// positive.
func compareRatio(a, b, c, d int64) int {
	hi1, lo1 := bits.Mul64(uint64(a), uint64(d))
	hi2, lo2 := bits.Mul64(uint64(c), uint64(b))
	return cmp.Or(cmp.Compare(hi1, hi2), cmp.Compare(lo1, lo2))
}

// mulDivDown gives a·b/c rounded down, for 0 ≤ b ≤ c, 0 < c and 0 ≤ a.
func mulDivDown(a, b, c int64) int64 {
	hi, lo := bits.Mul64(uint64(a), uint64(b))
	q, _ := bits.Div64(hi, lo, uint64(c))
	return int64(q)
}

// mulDivUp gives a·b/c rounded up, for the same ranges.
func mulDivUp(a, b, c int64) int64 {
	hi, lo := bits.Mul64(uint64(a), uint64(b))
	q, rem := bits.Div64(hi, lo, uint64(c))
	if rem > 0 {
		q++
	}
	return int64(q)
}

// saturatingAdd adds where the sum may pass the range; b is 0 or more, or a is.
func saturatingAdd(a, b int64) int64 {
	if b > 0 && a > math.MaxInt64-b {
		return math.MaxInt64
	}
	return a + b
}
