package solver

import (
	"math"
	"slices"
)

// linear is a linear program
//
//	min c·x  with  A x ≥ b,  lo ≤ x ≤ hi
//
// with finite lo and hi, solved by a bounded dual simplex method with steepest-edge
// prices (Forrest and Goldfarb, 1992) and a ratio test that flips variables between
// their bounds (Maros, 2003). Rows may be added and bounds changed between
// solutions: the last basis stays dual feasible, because every variable of A has two
// finite bounds.
//
// It works in floating point. Nothing that is proven rests on it: [program.bound]
// computes what its prices prove anew, in integers.
type linear struct {
	n int // variables; the slack of row i is variable n+i, with the column -1 at i

	columns [][]nonzero
	rows    [][]nonzero
	cost    []float64
	lo, hi  []float64

	head   []int32 // place -> variable in the basis
	place  []int32 // variable -> place, -1 when outside the basis
	upper  []bool  // variable outside the basis stands at hi
	factor *factor
	x      []float64 // by place
	d      []float64 // reduced costs
	weight []float64 // by place: square of the norm of the row of the inverse

	work    int64 // entries visited
	steps   int   // iterations since the factor
	rho     []float64
	tau     []float64
	alpha   []float64 // row of the tableau, by variable
	touched []int32   // variables that may not be zero in alpha
	listed  []bool    // variables in touched
	colq    []float64
	dense   []float64
	raySign float64 // of rho, when a step found that nothing is feasible
	fresh   bool    // d comes from the present basis and costs, not from updates
}

// Tolerances of the dual simplex method, for rows and costs scaled to 1: the usual
// ones of the literature.
const (
	primalTolerance = 1e-7
	dualTolerance   = 1e-9
	pivotTolerance  = 1e-7
	refactorAfter   = 80
)

// status of a solution.
type status uint8

const (
	optimal    status = iota
	infeasible        // no point keeps rows and bounds
	cutOff            // the optimum is above the limit asked for
	exhausted         // the limit of iterations came first
	stuck             // numerically
)

func newLinear(cost, lo, hi []float64) *linear {
	n := len(cost)
	l := &linear{n: n, columns: make([][]nonzero, n), cost: cost, lo: lo, hi: hi}
	l.place = make([]int32, n)
	l.upper = make([]bool, n)
	l.d = slices.Clone(cost)
	l.alpha, l.listed = make([]float64, n), make([]bool, n)
	for j := range l.place {
		l.place[j] = -1
		l.upper[j] = cost[j] < 0
	}
	l.factor, _, _ = factorise(0, nil)
	return l
}

// addRow adds Σ entries ≥ b.
func (l *linear) addRow(entries []nonzero, b float64) {
	i := int32(len(l.rows))
	l.rows = append(l.rows, entries)
	for _, e := range entries {
		l.columns[e.at] = append(l.columns[e.at], nonzero{i, e.value})
	}
	slack := int32(l.n) + i
	l.columns = append(l.columns, []nonzero{{i, -1}})
	l.cost = append(l.cost, 0)
	l.lo = append(l.lo, b)
	l.hi = append(l.hi, math.Inf(1))
	l.d = append(l.d, 0)
	l.alpha, l.listed = append(l.alpha, 0), append(l.listed, false)
	l.upper = append(l.upper, false)
	l.place = append(l.place, int32(len(l.head)))
	l.head = append(l.head, slack)
	l.x = append(l.x, 0)
	l.weight = append(l.weight, 1)
	l.rho = append(l.rho, 0)
	l.tau = append(l.tau, 0)
	l.colq = append(l.colq, 0)
	l.dense = append(l.dense, 0)
	l.factor = nil
}

// dropRows removes the rows that drop names; their slacks must be in the basis.
func (l *linear) dropRows(drop func(i int) bool) {
	for _, j := range l.touched {
		l.alpha[j], l.listed[j] = 0, false
	}
	l.touched = l.touched[:0]
	newRow := make([]int32, len(l.rows))
	k := 0
	for i := range l.rows {
		newRow[i] = -1
		if drop(i) {
			continue
		}
		newRow[i] = int32(k)
		from, to := l.n+i, l.n+k
		l.rows[k] = l.rows[i]
		l.lo[to], l.hi[to], l.d[to], l.upper[to], l.place[to] = l.lo[from], l.hi[from], l.d[from], l.upper[from], l.place[from]
		k++
	}
	if k == len(l.rows) {
		return
	}
	for j := range l.n {
		out := l.columns[j][:0]
		for _, e := range l.columns[j] {
			if newRow[e.at] >= 0 {
				out = append(out, nonzero{newRow[e.at], e.value})
			}
		}
		l.columns[j] = out
	}
	n := 0
	for p, j := range l.head {
		if i := int(j) - l.n; i >= 0 {
			if newRow[i] < 0 {
				continue
			}
			j = int32(l.n) + newRow[i]
		}
		l.head[n], l.weight[n] = j, l.weight[p]
		l.place[j] = int32(n)
		n++
	}
	l.rows, l.head, l.weight, l.x = l.rows[:k], l.head[:k], l.weight[:k], l.x[:k]
	l.rho, l.tau, l.colq, l.dense = l.rho[:k], l.tau[:k], l.colq[:k], l.dense[:k]
	l.columns, l.cost, l.lo, l.hi = l.columns[:l.n+k], l.cost[:l.n+k], l.lo[:l.n+k], l.hi[:l.n+k]
	l.d, l.alpha, l.upper, l.place = l.d[:l.n+k], l.alpha[:l.n+k], l.upper[:l.n+k], l.place[:l.n+k]
	l.listed = l.listed[:l.n+k]
	l.factor = nil
}

// refactor factors the basis anew, replacing dependent columns by slacks.
func (l *linear) refactor() {
	m := len(l.head)
	for {
		f, places, rows := factorise(m, func(p int) []nonzero { return l.columns[l.head[p]] })
		l.work += 8 * int64(m+f.size)
		if len(places) == 0 {
			l.factor = f
			break
		}
		for k, p := range places {
			out := l.head[p]
			l.place[out] = -1
			l.upper[out] = l.d[out] < 0 && !math.IsInf(l.hi[out], 1)
			slack := int32(l.n) + rows[k]
			l.head[p] = slack
			l.place[slack] = p
			l.weight[p] = 1
		}
	}
	l.steps = 0
	l.reprice()
	l.settle()
}

// reprice computes the reduced costs of the present basis.
func (l *linear) reprice() {
	m := len(l.head)
	c := l.dense
	for p := range m {
		c[p] = l.cost[l.head[p]]
	}
	l.factor.solveTransposed(c, l.tau)
	for j := range l.columns {
		if l.place[j] >= 0 {
			l.d[j] = 0
			continue
		}
		v := l.cost[j]
		for _, e := range l.columns[j] {
			v -= e.value * l.tau[e.at]
		}
		l.d[j] = v
	}
	l.work += int64(m + l.n)
	l.fresh = true
}

// prices gives the price of each row.
func (l *linear) prices() []float64 {
	y := make([]float64, len(l.rows))
	for i := range y {
		y[i] = max(0, l.d[l.n+i]) // the reduced cost of a slack is the price of its row
	}
	return y
}

// ray gives prices that prove infeasibility when solve found it: the present ones and
// as much of the direction in which the dual grows without end as share says.
func (l *linear) ray(share float64) []float64 {
	y := l.prices()
	for i := range y {
		y[i] = max(0, y[i]+share*l.raySign*l.rho[i])
	}
	return y
}

// settle puts each variable outside the basis at the bound its reduced cost asks
// for, and computes those in the basis.
func (l *linear) settle() {
	b := l.dense
	clear(b)
	for j := range l.columns {
		if l.place[j] >= 0 {
			continue
		}
		switch {
		case l.d[j] > dualTolerance || math.IsInf(l.hi[j], 1):
			l.upper[j] = false
		case l.d[j] < -dualTolerance:
			l.upper[j] = true
		}
		v := l.lo[j]
		if l.upper[j] {
			v = l.hi[j]
		}
		if v != 0 {
			for _, e := range l.columns[j] {
				b[e.at] -= e.value * v
			}
			l.work += int64(len(l.columns[j]))
		}
	}
	l.factor.solve(b, l.x)
	l.work += int64(len(l.head) + l.n)
}

// value gives the value of variable j.
func (l *linear) value(j int32) float64 {
	switch {
	case l.place[j] >= 0:
		return l.x[l.place[j]]
	case l.upper[j]:
		return l.hi[j]
	}
	return l.lo[j]
}

// objective is c·x at the present basis.
func (l *linear) objective() float64 {
	var total float64
	for j := range l.n {
		if l.cost[j] != 0 {
			total += l.cost[j] * l.value(int32(j))
		}
	}
	return total
}

// solve goes on from the present basis until the optimum, at most limit iterations and
// until work passes most, or until the objective passes cutoff.
func (l *linear) solve(limit int, most int64, cutoff float64) status {
	if l.factor == nil {
		l.refactor()
	} else {
		l.settle()
	}
	objective := l.objective()
	trouble := 0
	for k := 0; ; k++ {
		if l.steps >= refactorAfter {
			l.refactor()
			objective = l.objective()
		}
		if objective > cutoff {
			return cutOff
		}
		p := l.leaving()
		if p < 0 {
			return optimal
		}
		if k >= limit || l.work >= most {
			return exhausted
		}
		gain, s := l.step(p)
		switch s {
		case optimal:
			objective += gain
		case infeasible:
			if l.fresh && l.steps == 0 {
				return infeasible
			}
			l.refactor() // make sure of it
			objective = l.objective()
			if trouble++; trouble > 3 {
				return infeasible
			}
		default:
			l.refactor()
			objective = l.objective()
			if trouble++; trouble > 10 {
				return stuck
			}
		}
	}
}

// leaving chooses the place whose variable breaks its bounds most, -1 for none.
func (l *linear) leaving() int32 {
	best, bestScore := int32(-1), 0.0
	for p, j := range l.head {
		v := l.x[p]
		var excess float64
		switch {
		case v < l.lo[j]-primalTolerance:
			excess = l.lo[j] - v
		case v > l.hi[j]+primalTolerance:
			excess = v - l.hi[j]
		default:
			continue
		}
		if score := excess * excess / l.weight[p]; score > bestScore {
			best, bestScore = int32(p), score
		}
	}
	l.work += int64(len(l.head)) / 4
	return best
}

// row computes row p of the inverse of the basis into rho and of the tableau into
// alpha, with the variables that are not zero there in touched.
func (l *linear) row(p int32) {
	m := len(l.head)
	clear(l.dense)
	l.dense[p] = 1
	l.factor.solveTransposed(l.dense, l.rho)
	for _, j := range l.touched {
		l.alpha[j], l.listed[j] = 0, false
	}
	l.touched = l.touched[:0]
	for i := range m {
		v := l.rho[i]
		if math.Abs(v) < 1e-12 {
			continue
		}
		for _, e := range l.rows[i] {
			if !l.listed[e.at] {
				l.listed[e.at] = true
				l.touched = append(l.touched, e.at)
			}
			l.alpha[e.at] += v * e.value
		}
		l.work += int64(len(l.rows[i]))
		slack := int32(l.n + i)
		l.alpha[slack] = -v
		l.touched = append(l.touched, slack)
	}
	l.work += int64(m)
}

// breakpoint is where the reduced cost of a variable reaches zero.
type breakpoint struct {
	j     int32
	alpha float64 // with the sign of the leaving variable
	ratio float64
}

// step exchanges the variable at place p for another and gives what the objective
// grows by.
func (l *linear) step(p int32) (gain float64, s status) {
	out := l.head[p]
	l.row(p)
	target, sign := l.lo[out], -1.0
	if l.x[p] > l.hi[out] {
		target, sign = l.hi[out], 1
	}
	slope := math.Abs(l.x[p] - target)
	var points []breakpoint
	for _, j := range l.touched {
		if l.place[j] >= 0 || l.lo[j] == l.hi[j] {
			continue
		}
		a := sign * l.alpha[j]
		if l.upper[j] {
			if a < -pivotTolerance {
				points = append(points, breakpoint{j, a, max(0, -l.d[j]) / -a})
			}
		} else if a > pivotTolerance {
			points = append(points, breakpoint{j, a, max(0, l.d[j]) / a})
		}
	}
	l.work += int64(len(l.touched))
	at, flips := l.ratioTest(points, slope)
	if at < 0 {
		l.raySign = sign
		return 0, infeasible
	}
	q := points[at].j

	// Columns of q, and of what flips.
	clear(l.dense)
	for _, e := range l.columns[q] {
		l.dense[e.at] = e.value
	}
	l.factor.solve(l.dense, l.colq)
	pivot := l.colq[p]
	if math.Abs(pivot) < pivotTolerance || math.Abs(pivot-l.alpha[q]) > 1e-6*(1+math.Abs(pivot)) {
		if l.steps == 0 && math.Abs(pivot) >= pivotTolerance {
			// The factor is as good as it gets.
		} else {
			return 0, stuck
		}
	}
	step := l.d[q] / l.alpha[q] // of the dual; the objective grows by |step| times the slope
	for _, b := range flips {
		l.upper[b.j] = !l.upper[b.j]
	}
	if len(flips) > 0 {
		clear(l.dense)
		for _, b := range flips {
			delta := l.hi[b.j] - l.lo[b.j]
			if !l.upper[b.j] {
				delta = -delta
			}
			for _, e := range l.columns[b.j] {
				l.dense[e.at] -= e.value * delta
			}
		}
		l.factor.solve(l.dense, l.tau)
		for i, v := range l.tau {
			l.x[i] += v
		}
		l.work += int64(len(l.head))
	}
	// Dual.
	for _, b := range flips {
		drop := math.Abs(b.alpha) * (l.hi[b.j] - l.lo[b.j])
		gain += b.ratio * drop
		slope -= drop
	}
	gain += math.Abs(step) * max(0, slope)
	for _, j := range l.touched {
		if l.place[j] < 0 {
			l.d[j] -= step * l.alpha[j]
		}
	}
	l.d[q] = 0
	l.d[out] = -step
	// Primal.
	theta := (l.x[p] - target) / pivot
	for i, v := range l.colq {
		if v != 0 {
			l.x[i] -= theta * v
		}
	}
	entering := l.lo[q]
	if l.upper[q] {
		entering = l.hi[q]
	}
	l.x[p] = entering + theta
	// Steepest-edge weights.
	copy(l.dense, l.rho)
	l.factor.solve(l.dense, l.tau)
	wp := l.weight[p]
	for i, v := range l.colq {
		if v != 0 && int32(i) != p {
			k := v / pivot
			l.weight[i] = max(l.weight[i]-2*k*l.tau[i]+k*k*wp, 1e-4)
		}
	}
	l.weight[p] = max(wp/(pivot*pivot), 1e-4)
	l.factor.exchange(p, l.colq)
	l.head[p], l.place[q], l.place[out] = q, p, -1
	l.upper[out] = sign > 0
	l.steps++
	l.fresh = false
	l.work += int64(len(l.head)+l.factor.size) + int64(l.steps)*8
	return gain, optimal
}

// ratioTest chooses the entering variable among the breakpoints: those passed while
// the dual objective still grows flip to their other bound. Near ties go to the
// largest pivot (Harris, 1973). It sorts points and gives the index of the choice and
// what flips before it.
func (l *linear) ratioTest(points []breakpoint, slope float64) (at int, flips []breakpoint) {
	slices.SortFunc(points, func(a, b breakpoint) int {
		switch {
		case a.ratio < b.ratio:
			return -1
		case a.ratio > b.ratio:
			return 1
		}
		return int(a.j - b.j)
	})
	from := 0
	for from < len(points) {
		// The group of near ties that begins here.
		limit := math.Inf(1)
		for k := from; k < len(points) && points[k].ratio <= limit; k++ {
			limit = min(limit, points[k].ratio+dualTolerance/math.Abs(points[k].alpha))
		}
		to := from
		best := from
		drop := 0.0
		for to < len(points) && points[to].ratio <= limit {
			b := &points[to]
			if math.Abs(b.alpha) > math.Abs(points[best].alpha) {
				best = to
			}
			drop += math.Abs(b.alpha) * (l.hi[b.j] - l.lo[b.j])
			to++
		}
		if slope-drop < 0 || to == len(points) && !math.IsInf(drop, 1) && slope-drop <= 0 {
			return best, points[:from]
		}
		slope -= drop
		from = to
	}
	return -1, nil // the dual objective grows without end
}

// snapshot is what a trial of a few iterations changes.
type snapshot struct {
	head, place []int32
	upper       []bool
	x, d        []float64
	weight      []float64
	factor      *factor
	etas        int
	steps       int
	fresh       bool
}

// save keeps the basis for restore.
func (l *linear) save() *snapshot {
	l.work += int64(len(l.head)+l.n) / 4
	return &snapshot{
		slices.Clone(l.head), slices.Clone(l.place), slices.Clone(l.upper), slices.Clone(l.x), slices.Clone(l.d),
		slices.Clone(l.weight), l.factor, len(l.factor.etas), l.steps, l.fresh,
	}
}

// restore goes back to s, after bounds were set back.
func (l *linear) restore(s *snapshot) {
	l.head, l.place, l.upper, l.x, l.d, l.weight = s.head, s.place, s.upper, s.x, s.d, s.weight
	l.factor, l.steps, l.fresh = s.factor, s.steps, s.fresh
	l.factor.etas = l.factor.etas[:s.etas]
}
