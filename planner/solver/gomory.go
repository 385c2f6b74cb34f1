package solver

import (
	"cmp"
	"math"
	"math/bits"
	"slices"
)

// Gomory's mixed-integer cuts (Gomory, 1960). Where the linear program takes a
// variable in part, the row of its tableau is a sum of rows of the program, times
// whole numbers on a grid; rounded, that sum cuts the solution off. The multipliers
// come from floating point and may be off: any multipliers give a valid cut, because
// everything after them is computed in whole numbers and rounded to the side that
// keeps it valid (Cook, Dash, Fukasawa and Goycoolea, 2009).
const (
	fractional     = 0.01    // a variable nearer to a whole number gets no cut
	cutGrid        = 1 << 30 // multipliers are in 1/cutGrid
	mostDivisor    = 64      // or in one over less, where that says them exactly
	cutDigits      = 20      // bits of the largest coefficient of a cut
	negligibleRho  = 1e-11   // a multiplier below it is rounding
	wholeTolerance = 1e-6    // how near to a whole number one is taken for it, for rows scaled to 1
	smallCoef      = 1e-7    // a coefficient below this share of the largest is left out
	exactValues    = 31      // a row with greater coefficients is rounded as if its slack were continuous
	parallelShare  = 0.9     // of two cuts with a greater cosine, the weaker one is left out
)

// gomory adds cuts that the present solution x of the linear program breaks, at most
// most of them, and says how many.
func (q *program) gomory(x []float64, most int) int {
	l := q.linear
	type place struct {
		at   int32
		away float64
	}
	var places []place
	for p, j := range l.head {
		if int(j) < l.n {
			if v := x[j] - math.Floor(x[j]); v > fractional && v < 1-fractional {
				places = append(places, place{int32(p), math.Abs(v - 0.5)})
			}
		}
	}
	slices.SortStableFunc(places, func(a, b place) int { return cmp.Compare(a.away, b.away) })
	g := newAggregate(q)
	var cuts []cut
	for _, p := range places[:min(len(places), 2*most)] {
		l.inverseRow(p.at)
		g.load(l.rho)
		if c, ok := g.round(x); ok {
			cuts = append(cuts, c)
		}
		q.m.visits += g.work
		g.work = 0
	}
	slices.SortStableFunc(cuts, func(a, b cut) int { return cmp.Compare(b.efficacy, a.efficacy) })
	var kept []cut
	dense := make([]float64, l.n)
	for _, c := range cuts {
		if len(kept) == most {
			break
		}
		if q.parallel(c, kept, dense) {
			continue
		}
		if q.add(c.at, c.value, c.b, false) {
			kept = append(kept, c)
		}
	}
	return len(kept)
}

// parallel says whether c is nearly one of kept. dense is zero.
func (q *program) parallel(c cut, kept []cut, dense []float64) bool {
	norm := func(c cut) float64 {
		var sum float64
		for _, v := range c.value {
			sum += float64(v) * float64(v)
		}
		return math.Sqrt(sum)
	}
	own := norm(c)
	for i, j := range c.at {
		dense[j] = float64(c.value[i]) / own
	}
	found := false
	for _, k := range kept {
		var product float64
		for i, j := range k.at {
			product += dense[j] * float64(k.value[i])
		}
		q.m.visits += int64(len(k.at)) / 4
		if product > parallelShare*norm(k) {
			found = true
			break
		}
	}
	for _, j := range c.at {
		dense[j] = 0
	}
	return found
}

// aggregate is a sum of rows of a program,
//
//	Σ_i λ_i (A_i x - t_i) = Σ_i λ_i b_i,  t_i ≥ 0 the slack of row i,
//
// in whole numbers: every λ is a multiple of 1/grid.
type aggregate struct {
	q       *program
	grid    int64
	rows    []int32
	lambda  []int64 // in 1/grid, or, for rows that are not exact, in 1/(grid·2^shift)
	sum     []int64 // of the columns, rounded down
	inexact int64   // how far sums may lie below, in 1/grid
	rhs     int64   // rounded down
	touched []int32
	listed  []bool
	work    int64
}

func newAggregate(q *program) *aggregate {
	return &aggregate{q: q, sum: make([]int64, q.linear.n), listed: make([]bool, q.linear.n)}
}

// load takes the rows of the program, as scaled in linear, times rho.
func (g *aggregate) load(rho *vector) {
	for _, j := range g.touched {
		g.sum[j], g.listed[j] = 0, false
	}
	g.touched, g.rows, g.lambda = g.touched[:0], g.rows[:0], g.lambda[:0]
	g.inexact, g.rhs = 0, 0
	for _, i := range rho.at {
		if math.Abs(rho.value[i]) > negligibleRho {
			g.rows = append(g.rows, i)
		}
	}
	slices.Sort(g.rows)
	g.grid = g.divisor(rho)
	for _, i := range g.rows {
		r := &g.q.linear.rows[i]
		unit := float64(g.grid) * float64(int64(1)<<g.shift(r))
		g.lambda = append(g.lambda, int64(math.Round(rho.value[i]*r.scale*unit)))
	}
}

// divisor is the least number, up to mostDivisor, whose fractions all multipliers are,
// else cutGrid.
func (g *aggregate) divisor(rho *vector) int64 {
	for d := int64(2); d <= mostDivisor; d++ {
		if !slices.ContainsFunc(g.rows, func(i int32) bool {
			scale := g.q.linear.rows[i].scale
			w := rho.value[i] * scale * float64(d)
			return math.Abs(w-math.Round(w)) > wholeTolerance*scale
		}) {
			return d
		}
	}
	return cutGrid
}

// shift is what the multiplier of a row is finer by than the grid.
func (g *aggregate) shift(r *inequality) uint {
	if g.grid == cutGrid && r.shift >= uint(bits.Len64(exactValues)) {
		return r.shift
	}
	return 0
}

// times gives λ·a/2^shift rounded down.
func times(lambda, a int64, shift uint) int64 {
	if shift == 0 {
		return lambda * a
	}
	if lambda < 0 {
		lambda, a = -lambda, -a
	}
	return mulShift(lambda, a, shift)
}

// round makes the cut of the sum: with the columns at their upper end in x complemented,
// so that each stands at 0 or in the basis,
//
//	Σ_j a_j x_j + Σ_i -λ_i t_i ≥ β  gives  Σ_j F(a_j) x_j + Σ_i F(-λ_i) t_i ≥ F(β)
//
// with F that of mixed-integer rounding. Then each t_i is A_i x - b_i again.
func (g *aggregate) round(x []float64) (cut, bool) {
	q, l := g.q, g.q.linear
	for k, i := range g.rows {
		r := &q.linear.rows[i]
		lambda, shift := g.lambda[k], g.shift(r)
		if tooLarge(lambda, r, shift) {
			return cut{}, false
		}
		if shift > 0 {
			g.inexact++
		}
		for e, j := range r.at {
			if !g.listed[j] {
				g.listed[j] = true
				g.touched = append(g.touched, j)
			}
			g.sum[j] += times(lambda, r.value[e], shift)
		}
		g.rhs += times(lambda, r.b, shift)
		g.work += int64(len(r.at))
	}
	flipped := func(j int32) bool { return x[j] > 0.5 && l.place[j] < 0 }
	rhs := g.rhs
	for _, j := range g.touched {
		if flipped(j) {
			if l.hi[j] > 1 {
				return cut{}, false // rare, and the product may be too large
			}
			rhs -= g.sum[j] + g.inexact
		}
	}
	k := newRounding(rhs, g.grid)
	away := float64(k.r) / float64(g.grid)
	if away < fractional || away > 1-fractional/10 {
		return cut{}, false
	}
	total := k.rhs
	for _, j := range g.touched {
		a := g.sum[j] + g.inexact
		if flipped(j) {
			a = -g.sum[j]
		}
		v := k.of(a)
		if flipped(j) {
			total -= v
			v = -v
		}
		g.sum[j] = v
	}
	for e, i := range g.rows {
		r := &q.linear.rows[i]
		lambda, shift := g.lambda[e], g.shift(r)
		due := max(0, -lambda)
		if shift == 0 {
			due = k.of(-lambda)
		}
		if due == 0 {
			continue
		}
		if tooLarge(due, r, shift) {
			return cut{}, false
		}
		// The factor of the slack, which is 0 or more, may be rounded up: then each
		// of its terms may be, and the constant down.
		for m, j := range r.at {
			g.sum[j] -= times(-due, r.value[m], shift)
		}
		total += times(due, r.b, shift)
		g.work += int64(len(r.at))
	}
	return g.finish(x, total)
}

// tooLarge says whether λ times the row is beyond 2^46, so that sums may overflow.
func tooLarge(lambda int64, r *inequality, shift uint) bool {
	most := math.Max(math.Abs(float64(r.b)), 1/r.scale)
	return math.Abs(float64(lambda))*most*math.Exp2(-float64(shift)) > 1<<46 || math.Abs(float64(lambda)) > 1<<60
}

// finish makes a row of the sums ≥ total: small coefficients are left out, the others
// rounded up to cutDigits, the right side down.
func (g *aggregate) finish(x []float64, total int64) (cut, bool) {
	l := g.q.linear
	largest := int64(0)
	for _, j := range g.touched {
		if l.lo[j] < l.hi[j] {
			largest = max(largest, g.sum[j], -g.sum[j])
		}
	}
	if largest == 0 || largest > 1<<60 {
		return cut{}, false
	}
	shift := max(0, bits.Len64(uint64(largest))-cutDigits)
	small := int64(smallCoef * float64(largest))
	c := cut{}
	slices.Sort(g.touched)
	for _, j := range g.touched {
		v := g.sum[j]
		switch {
		case v == 0:
		case l.lo[j] == l.hi[j]: // decided for good
			if l.lo[j] == 1 {
				total -= v
			}
		case v > 0 && v <= small && l.hi[j] == 1: // x ≤ 1
			total -= v
		case v < 0 && -v <= small: // x ≥ 0
		default:
			c.at = append(c.at, j)
			c.value = append(c.value, -(-v >> shift))
		}
	}
	c.b = total >> shift
	var lhs, norm float64
	for i, j := range c.at {
		v := float64(c.value[i])
		lhs += v * x[j]
		norm += v * v
	}
	if norm == 0 {
		return cut{}, false
	}
	c.efficacy = (float64(c.b) - lhs) / math.Sqrt(norm)
	return c, c.efficacy > violated
}
