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

	columns []entries    // of the variables that are not slacks
	rows    []inequality // scaled
	cost    []float64
	lo, hi  []float64
	room    []nonzero // of column

	head   []int32 // place -> variable in the basis
	place  []int32 // variable -> place, -1 when outside the basis
	upper  []bool  // variable outside the basis stands at hi
	factor *factor
	x      []float64 // by place
	d      []float64 // reduced costs
	weight []float64 // by place: square of the norm of the row of the inverse

	walk    walk    // counts the work
	steps   int     // iterations since the factor
	broken  *vector // by place: square of how far a variable is beyond its bounds
	rho     *vector // row of the inverse
	alpha   *vector // row of the tableau, by variable
	colq    *vector // column of the tableau, by place
	tau     *vector
	side    *vector // right side of a system
	points  []breakpoint
	raySign float64   // of rho, when a step found that nothing is feasible
	exact   []float64 // costs, while shaken
	fresh   bool      // d comes from the present basis and costs, not from updates
}

// entries are a column. Most of its entries are 1 or -1, and take an eighth of the room
// that the others take.
type entries struct {
	unit  []int32 // twice the row, and one more for -1
	other []nonzero
}

// Tolerances of the dual simplex method, for rows and costs scaled to 1: the usual
// ones of the literature.
const (
	primalTolerance = 1e-7
	dualTolerance   = 1e-9
	pivotTolerance  = 1e-7
	refactorAfter   = 200
	refactorBefore  = 60
	shaken          = 1e-5
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

// newLinear makes the program without rows, with room for as many as it is told.
func newLinear(cost, lo, hi []float64, rows int) *linear {
	n := len(cost)
	l := &linear{n: n, columns: make([]entries, n), rows: make([]inequality, 0, rows)}
	wide := func(list []float64) []float64 { return append(make([]float64, 0, n+rows), list...) }
	l.cost, l.lo, l.hi, l.d = wide(cost), wide(lo), wide(hi), wide(cost)
	l.place, l.upper = make([]int32, n, n+rows), make([]bool, n, n+rows)
	l.head, l.x, l.weight = make([]int32, 0, rows), make([]float64, 0, rows), make([]float64, 0, rows)
	l.broken, l.rho, l.colq, l.tau, l.side, l.alpha = newVector(0), newVector(0), newVector(0), newVector(0), newVector(0), newVector(n)
	for j := range l.place {
		l.place[j] = -1
		l.upper[j] = cost[j] < 0
	}
	l.factor, _, _ = factorise(0, nil, &l.walk)
	return l
}

// reserve makes room for so many entries of 1 or -1 in each of the first columns, and an
// eighth more.
func (l *linear) reserve(count []int32) {
	for j, n := range count {
		l.columns[j].unit = make([]int32, 0, n+n/8)
	}
}

// addRow adds a row.
func (l *linear) addRow(row inequality) {
	i := int32(len(l.rows))
	l.rows = append(l.rows, row)
	for k, j := range row.at {
		c := &l.columns[j]
		switch v := float64(row.value[k]) * row.scale; v {
		case 1:
			c.unit = append(c.unit, 2*i)
		case -1:
			c.unit = append(c.unit, 2*i+1)
		default:
			c.other = append(c.other, nonzero{i, v})
		}
	}
	slack := int32(l.n) + i
	l.cost = append(l.cost, 0)
	l.lo = append(l.lo, float64(row.b)*row.scale)
	l.hi = append(l.hi, math.Inf(1))
	l.d = append(l.d, 0)
	l.upper = append(l.upper, false)
	l.place = append(l.place, int32(len(l.head)))
	l.head = append(l.head, slack)
	l.x = append(l.x, 0)
	l.weight = append(l.weight, 1)
	l.factor = nil
}

// enter makes variable j, which stands at 0 for good, the basic one of row i instead of
// its slack: the price of the row is then the cost of j. It leaves the basis where the
// row has another value than 0, and never comes back.
func (l *linear) enter(j, i int32) {
	l.columns[j].unit = append(l.columns[j].unit, 2*i)
	slack := int32(l.n) + i
	p := l.place[slack]
	l.head[p], l.place[j], l.place[slack] = j, p, -1
}

// dropRows removes the rows that drop names; their slacks must be in the basis.
func (l *linear) dropRows(drop func(i int) bool) {
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
	for j := range l.columns {
		c := &l.columns[j]
		unit, other := c.unit[:0], c.other[:0]
		for _, e := range c.unit {
			if i := newRow[e>>1]; i >= 0 {
				unit = append(unit, 2*i+e&1)
			}
		}
		for _, e := range c.other {
			if i := newRow[e.at]; i >= 0 {
				other = append(other, nonzero{i, e.value})
			}
		}
		c.unit, c.other = unit, other
	}
	clear(l.rows[k:]) // lets go of what they held
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
	l.cost, l.lo, l.hi = l.cost[:l.n+k], l.lo[:l.n+k], l.hi[:l.n+k]
	l.d, l.upper, l.place = l.d[:l.n+k], l.upper[:l.n+k], l.place[:l.n+k]
	l.factor = nil
}

// column gives the entries of variable j by their rows, in room that the next call takes.
func (l *linear) column(j int32) []nonzero {
	l.room = l.room[:0]
	if j >= int32(l.n) {
		l.room = append(l.room, nonzero{j - int32(l.n), -1})
		return l.room
	}
	other := l.columns[j].other
	for _, e := range l.columns[j].unit {
		for len(other) > 0 && other[0].at < e>>1 {
			l.room, other = append(l.room, other[0]), other[1:]
		}
		l.room = append(l.room, nonzero{e >> 1, float64(1 - e&1<<1)})
	}
	l.room = append(l.room, other...)
	return l.room
}

// refactor factors the basis anew, replacing dependent columns by slacks.
func (l *linear) refactor() {
	m := len(l.head)
	if m != len(l.rho.value) {
		for _, v := range []*vector{l.broken, l.rho, l.colq, l.tau, l.side} {
			v.resize(m)
		}
		l.alpha.resize(l.n + m)
	}
	for {
		f, places, rows := factorise(m, func(p int) []nonzero { return l.column(l.head[p]) }, &l.walk)
		l.walk.work += 8 * int64(m+f.size)
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
	l.side.clear()
	for p, j := range l.head {
		if c := l.cost[j]; c != 0 {
			l.side.add(int32(p), c)
		}
	}
	l.factor.solveTransposed(l.side, l.tau)
	for j := range l.d {
		if l.place[j] >= 0 {
			l.d[j] = 0
			continue
		}
		v := l.cost[j]
		for _, e := range l.column(int32(j)) {
			v -= e.value * l.tau.value[e.at]
		}
		l.d[j] = v
	}
	l.walk.work += int64(len(l.d))
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
		y[i] = max(0, y[i]+share*l.raySign*l.rho.value[i])
	}
	return y
}

// settle puts each variable outside the basis at the bound its reduced cost asks
// for, and computes those in the basis.
func (l *linear) settle() {
	l.side.clear()
	for j := range l.d {
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
			column := l.column(int32(j))
			for _, e := range column {
				l.side.add(e.at, -e.value*v)
			}
			l.walk.work += int64(len(column))
		}
	}
	l.factor.solve(l.side, l.tau)
	clear(l.x)
	for _, p := range l.tau.at {
		l.x[p] = l.tau.value[p]
	}
	l.broken.clear()
	for p := range l.head {
		l.check(int32(p))
	}
	l.walk.work += int64(len(l.d))
}

// check notes how far the variable at place p is beyond its bounds.
func (l *linear) check(p int32) {
	j, v := l.head[p], l.x[p]
	var beyond float64
	switch {
	case v < l.lo[j]-primalTolerance:
		beyond = l.lo[j] - v
	case v > l.hi[j]+primalTolerance:
		beyond = v - l.hi[j]
	}
	if beyond > 0 {
		l.broken.list(p)
	}
	l.broken.value[p] = beyond * beyond
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

// shake adds a little to the costs, each by another amount and away from zero reduced
// cost, so that the steps of solve are not of length zero again and again.
func (l *linear) shake() {
	l.exact = slices.Clone(l.cost[:l.n])
	var size float64
	for _, c := range l.exact {
		size += math.Abs(c)
	}
	size /= float64(max(1, l.n))
	for j := range l.n {
		v := shaken * (size + math.Abs(l.cost[j])) * (0.5 + float64(mix(uint64(j))>>11)/(1<<54))
		if l.upper[j] {
			v = -v
		}
		l.cost[j] += v
		l.d[j] += v
	}
}

// still takes back what shake added.
func (l *linear) still() {
	copy(l.cost, l.exact)
	l.exact = nil
	l.refactor()
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
		if l.steps >= refactorAfter || l.steps >= refactorBefore && l.factor.added > l.factor.size {
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
		if k >= limit || l.walk.work >= most {
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
	n := 0
	for _, p := range l.broken.at {
		v := l.broken.value[p]
		if v == 0 {
			l.broken.listed[p] = false
			continue
		}
		l.broken.at[n] = p
		n++
		if score := v / l.weight[p]; score > bestScore || score == bestScore && p < best {
			best, bestScore = p, score
		}
	}
	l.walk.work += int64(len(l.broken.at)) / 4
	l.broken.at = l.broken.at[:n]
	return best
}

// inverseRow computes row p of the inverse of the basis into rho.
func (l *linear) inverseRow(p int32) {
	l.side.clear()
	l.side.add(p, 1)
	l.factor.solveTransposed(l.side, l.rho)
}

// row computes row p of the inverse of the basis into rho and of the tableau into
// alpha.
func (l *linear) row(p int32) {
	l.inverseRow(p)
	l.alpha.clear()
	for _, i := range l.rho.at {
		v := l.rho.value[i]
		if math.Abs(v) < 1e-12 {
			continue
		}
		row := &l.rows[i]
		for k, j := range row.at {
			l.alpha.add(j, v*(float64(row.value[k])*row.scale))
		}
		l.alpha.add(int32(l.n)+i, -v)
		l.walk.work += int64(len(row.at))
	}
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
	points := l.points[:0]
	for _, j := range l.alpha.at {
		if l.place[j] >= 0 || l.lo[j] == l.hi[j] {
			continue
		}
		a := sign * l.alpha.value[j]
		if l.upper[j] {
			if a < -pivotTolerance {
				points = append(points, breakpoint{j, a, max(0, -l.d[j]) / -a})
			}
		} else if a > pivotTolerance {
			points = append(points, breakpoint{j, a, max(0, l.d[j]) / a})
		}
	}
	l.points = points
	l.walk.work += int64(len(l.alpha.at))
	at, flips := l.ratioTest(points, slope)
	if at < 0 {
		l.raySign = sign
		return 0, infeasible
	}
	q := points[at].j

	// Columns of q, and of what flips.
	l.side.clear()
	for _, e := range l.column(q) {
		l.side.add(e.at, e.value)
	}
	l.factor.solve(l.side, l.colq)
	pivot := l.colq.value[p]
	if math.Abs(pivot) < pivotTolerance || math.Abs(pivot-l.alpha.value[q]) > 1e-6*(1+math.Abs(pivot)) {
		if l.steps == 0 && math.Abs(pivot) >= pivotTolerance {
			// The factor is as good as it gets.
		} else {
			return 0, stuck
		}
	}
	step := l.d[q] / l.alpha.value[q] // of the dual; the objective grows by |step| times the slope
	if len(flips) > 0 {
		l.side.clear()
		for _, b := range flips {
			l.upper[b.j] = !l.upper[b.j]
			delta := l.hi[b.j] - l.lo[b.j]
			if !l.upper[b.j] {
				delta = -delta
			}
			for _, e := range l.column(b.j) {
				l.side.add(e.at, -e.value*delta)
			}
		}
		l.factor.solve(l.side, l.tau)
		for _, i := range l.tau.at {
			l.x[i] += l.tau.value[i]
			l.check(i)
		}
	}
	// Dual.
	for _, b := range flips {
		drop := math.Abs(b.alpha) * (l.hi[b.j] - l.lo[b.j])
		gain += b.ratio * drop
		slope -= drop
	}
	gain += math.Abs(step) * max(0, slope)
	for _, j := range l.alpha.at {
		if l.place[j] < 0 {
			l.d[j] -= step * l.alpha.value[j]
		}
	}
	l.d[q] = 0
	l.d[out] = -step
	// Primal.
	theta := (l.x[p] - target) / pivot
	for _, i := range l.colq.at {
		l.x[i] -= theta * l.colq.value[i]
		l.check(i)
	}
	entering := l.lo[q]
	if l.upper[q] {
		entering = l.hi[q]
	}
	l.x[p] = entering + theta
	// Steepest-edge weights.
	l.factor.solve(l.rho, l.tau)
	wp := l.weight[p]
	for _, i := range l.colq.at {
		if v := l.colq.value[i]; v != 0 && i != p {
			k := v / pivot
			l.weight[i] = max(l.weight[i]-2*k*l.tau.value[i]+k*k*wp, 1e-4)
		}
	}
	l.weight[p] = max(wp/(pivot*pivot), 1e-4)
	l.factor.exchange(p, l.colq)
	l.head[p], l.place[q], l.place[out] = q, p, -1
	l.upper[out] = sign > 0
	l.check(p)
	l.steps++
	l.fresh = false
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
	etas, added int
	steps       int
	fresh       bool
}

// save keeps the basis for restore.
func (l *linear) save() *snapshot {
	l.walk.work += int64(len(l.head)+l.n) / 4
	return &snapshot{
		slices.Clone(l.head), slices.Clone(l.place), slices.Clone(l.upper), slices.Clone(l.x), slices.Clone(l.d),
		slices.Clone(l.weight), l.factor, len(l.factor.etas), l.factor.added, l.steps, l.fresh,
	}
}

// restore goes back to s, after bounds were set back.
func (l *linear) restore(s *snapshot) {
	l.head, l.place, l.upper, l.x, l.d, l.weight = s.head, s.place, s.upper, s.x, s.d, s.weight
	l.factor, l.steps, l.fresh = s.factor, s.steps, s.fresh
	l.factor.etas, l.factor.added = l.factor.etas[:s.etas], s.added
	l.broken.clear()
	for p := range l.head {
		l.check(int32(p))
	}
}
