package solver

import (
	"cmp"
	"math"
	"math/bits"
	"slices"
)

// program is a model as an integer program
//
//	min c·x  with  A x ≥ b,  x in {0, 1}
//
// in whole numbers. Its variables are the columns of the model; then, under a
// limit, one for each group (met or not) and each row with a value (see
// [program.addService]). A value that is
// maximised is a negative cost. The rows for values are added where a solution breaks
// them: a large model needs few.
//
// A group of several rows is met by enough weight, which no fixed set of linear rows
// says well. It starts with
//
//	Σ_j min(need, weight of j) x_j ≥ need
//
// and gets more rows where a solution breaks them: see [program.separate].
type program struct {
	m    *model
	cost []int64 // in steps
	step int64   // every value is a multiple of it

	rowVar   []int32 // row of the model -> its variable, -1 for none
	surplus  []bool  // row of the model -> its variable counts the columns beyond the first
	groupVar []int32 // group -> its variable, -1 for none

	linear    *linear // with the rows
	costScale float64
	grid      int64 // a power of two: bounds are computed in 1/grid of a step
	reduced   []int64
	known     map[uint64]bool // rows by their hash
	columnsIn [][]int32       // group of several rows -> columns that touch it
	signs     [2][]int64      // 1, 1, … 1, -1 and the opposite: see ones
}

// inequality is Σ coefficient·variable ≥ b.
type inequality struct {
	at    []int32
	value []int64
	b     int64
	scale float64 // makes the largest coefficient in linear 1
	shift uint    // prices of the row stand in 1/(grid·2^shift)
	fixed bool    // part of the model, not a cut
}

// servedTwice is how often a point serves a row, from which on more than once.
const servedTwice = 1.02

// wideGroup is the number of rows from which on a group is told by a variable for
// each row, besides cuts: it would take too many of them.
const wideGroup = 100

// newProgram makes the program of a model. near is a point not far from the optimum, by
// columns: it decides how the rows with a value are told.
func newProgram(m *model, near, paid []float64) *program {
	q := &program{m: m, rowVar: make([]int32, len(m.group)), groupVar: make([]int32, len(m.need)), known: map[uint64]bool{}}
	q.surplus = make([]bool, len(m.group))
	q.columnsIn = make([][]int32, len(m.need))
	nx := len(m.rowsOf)
	if m.goal == Eliminate {
		q.step = gcd(m.cost)
		for _, c := range m.cost {
			q.cost = append(q.cost, c/q.step)
		}
	} else {
		q.step = gcd(m.value, m.prize)
		q.cost = make([]int64, nx)
	}
	wide := make([]bool, len(m.need))
	for g := range m.need {
		q.groupVar[g] = -1
		wide[g] = m.goal == Eliminate && m.groups[g].to-m.groups[g].from > wideGroup
		if m.goal != Eliminate {
			q.groupVar[g] = int32(len(q.cost))
			q.cost = append(q.cost, -m.prize[g]/q.step)
		}
	}
	cover := make([]float64, len(m.group))
	for j, x := range near {
		if x > 0 {
			for _, r := range m.rowsOf[j] {
				cover[r] += x
			}
		}
	}
	for r, v := range m.value {
		q.rowVar[r] = -1
		g := m.group[r]
		switch {
		case g >= 0 && wide[g]:
		case v == 0:
			continue
		case len(m.colsOf[r]) == 1:
			q.cost[m.colsOf[r][0]] -= v / q.step
			continue
		}
		q.rowVar[r] = int32(len(q.cost))
		if q.surplus[r] = m.goal != Eliminate && cover[r] < servedTwice; q.surplus[r] {
			for _, j := range m.colsOf[r] {
				q.cost[j] -= v / q.step
			}
			v = -v
		}
		q.cost = append(q.cost, -v/q.step)
	}
	priced := q.priced(paid)
	q.cost = append(q.cost, make([]int64, len(priced))...)
	n := len(q.cost)
	largest := int64(1)
	for _, c := range q.cost {
		largest = max(largest, c, -c)
	}
	q.costScale = 1 / float64(largest)
	// The price of a column's rows is about its cost, or at most the limit that bound
	// sets, so that no reduced cost leaves 2^62.
	for q.grid = 1 << 30; q.grid > 1 && largest > 1<<54/q.grid; {
		q.grid >>= 1
	}
	cost, lo, hi := make([]float64, n), make([]float64, n), make([]float64, n)
	for j, c := range q.cost {
		cost[j] = float64(c) * q.costScale
		hi[j] = 1
	}
	for r, v := range q.rowVar {
		if q.surplus[r] {
			hi[v] = float64(len(m.colsOf[r]) - 1)
		}
	}
	first := int32(n - len(priced)) // of the variables of the priced rows
	for k, p := range priced {
		v := int(first) + k
		cost[v], hi[v] = p.price/float64(q.step)*q.costScale, 0
	}
	rows := len(m.group)
	if m.goal != Eliminate && len(priced) > 0 {
		rows = len(priced) + len(priced)/8 // and few come later
	}
	q.linear = newLinear(cost, lo, hi, rows)
	if m.goal != Eliminate {
		count := make([]int32, len(m.rowsOf))
		for _, p := range priced {
			for _, j := range m.colsOf[p.row] {
				count[j]++
			}
		}
		q.linear.reserve(count)
	}
	q.reduced = make([]int64, n)

	for g, s := range m.groups {
		if m.lone(int32(g)) {
			added := q.addCover(s.from, q.groupVar[g])
			if k, ok := slices.BinarySearchFunc(priced, s.from, func(p pricedRow, r int32) int { return cmp.Compare(p.row, r) }); ok && added && m.goal == Eliminate {
				q.linear.enter(first+int32(k), int32(len(q.linear.rows)-1))
			}
			continue
		}
		q.columnsIn[g] = q.touching(int32(g))
		if wide[g] {
			q.addWide(int32(g))
		}
		at, value := q.offers(int32(g), func(int32) bool { return false }, m.need[g])
		q.addMet(int32(g), at, value, m.need[g], true)
	}
	for r, v := range q.rowVar {
		if v >= 0 && m.goal == Eliminate {
			q.addCover(int32(r), v)
		}
	}
	if m.goal != Eliminate {
		var at []int32
		var value []int64
		for j, s := range m.size {
			if s > 0 {
				at, value = append(at, int32(j)), append(value, -s)
			}
		}
		q.add(at, value, -m.limit, true)
	}
	q.addSides()
	for k, p := range priced {
		if m.goal != Eliminate && q.addService(p.row) {
			q.linear.enter(first+int32(k), int32(len(q.linear.rows)-1))
		}
	}
	return q
}

// pricedRow is a row of the model with the price of its row in the program.
type pricedRow struct {
	row   int32
	price float64
}

// priced lists the rows whose row in the program has a price when paid is what is paid for
// serving them.
func (q *program) priced(paid []float64) []pricedRow {
	m := q.m
	var out []pricedRow
	for r, u := range paid {
		whole := float64(m.value[r])
		switch g := m.group[r]; {
		case m.goal == Eliminate:
			if g < 0 || !m.lone(g) {
				continue
			}
			whole = u
		case q.rowVar[r] < 0:
			continue
		case q.surplus[r]:
			u = whole - u
		}
		if u > leastPrice*whole {
			out = append(out, pricedRow{int32(r), u})
		}
	}
	return out
}

// leastPrice is the share of the value of a row below which its price does not count.
const leastPrice = 0.001

// addCover adds: some column that holds row r is chosen, if variable v is; without
// one (-1), in any case.
func (q *program) addCover(r, v int32) bool {
	at := q.m.colsOf[r]
	if v < 0 {
		return q.add(at, q.ones(len(at), 1), 1, true)
	}
	return q.add(with(at, v), q.onesThen(len(at), 1), 0, true)
}

// ones is n times v, which is 1 or -1. All such lists share their room.
func (q *program) ones(n int, v int64) []int64 { return q.signed(n, v)[:n] }

// onesThen is n times v, then -v.
func (q *program) onesThen(n int, v int64) []int64 {
	s := q.signed(n, v)
	return s[len(s)-n-1:]
}

// signed is at least n times v, then -v.
func (q *program) signed(n int, v int64) []int64 {
	s := &q.signs[(1-v)/2]
	if len(*s) <= n {
		*s = slices.Repeat([]int64{v}, 2*n+2)
		(*s)[2*n+1] = -v
	}
	return *s
}

// with is a new list of the elements of list, then v.
func with(list []int32, v int32) []int32 {
	return append(append(make([]int32, 0, len(list)+1), list...), v)
}

// addService ties the variable of row r, whose value counts, to the columns x that hold
// it, in one of two ways that say the same:
//
//	z_r ≤ Σ_j x_j,  z_r in 0 to 1, worth the value of the row
//	s_r ≥ Σ_j x_j - 1,  s_r ≥ 0, which takes back what columns beyond the first are paid for it
//
// Before it is added, the first is right where the row is served in any case, the second
// where it is served once at most.
func (q *program) addService(r int32) bool {
	at := q.m.colsOf[r]
	if q.surplus[r] {
		return q.add(with(at, q.rowVar[r]), q.onesThen(len(at), -1), -1, false)
	}
	return q.add(with(at, q.rowVar[r]), q.onesThen(len(at), 1), 0, false)
}

// serve adds the rows of addService that x breaks and says how many.
func (q *program) serve(x []float64) int {
	m := q.m
	if m.goal == Eliminate {
		return 0
	}
	cover := make([]float64, len(m.group))
	for j, v := range x[:len(m.rowsOf)] {
		if v > 0 {
			for _, r := range m.rowsOf[j] {
				cover[r] += v
			}
			m.visits += int64(len(m.rowsOf[j])) / 4
		}
	}
	n := 0
	for r, v := range q.rowVar {
		if v < 0 {
			continue
		}
		beyond := x[v] - cover[r]
		if q.surplus[r] {
			beyond = cover[r] - 1 - x[v]
		}
		if beyond > violated && q.addService(int32(r)) {
			n++
		}
	}
	m.visits += int64(len(m.group)) / 4
	return n
}

// addWide adds: the rows of group g that are served have the weight it needs.
func (q *program) addWide(g int32) {
	var at []int32
	var value []int64
	for r := q.m.groups[g].from; r < q.m.groups[g].to; r++ {
		at, value = append(at, q.rowVar[r]), append(value, q.m.weight[r])
	}
	q.add(at, value, q.m.need[g], true)
}

// addSides adds the side constraints.
func (q *program) addSides() {
	s := q.m.sides
	if s == nil {
		return
	}
	for _, list := range s.cliques {
		q.add(list, q.ones(len(list), -1), -1, true)
	}
	for _, n := range s.needs {
		if n.column < 0 {
			q.add(n.any, q.ones(len(n.any), 1), 1, true)
			continue
		}
		q.add(with(n.any, n.column), q.onesThen(len(n.any), 1), 0, true)
	}
	for _, c := range s.caps {
		value := slices.Clone(c.amount)
		for i := range value {
			value[i] = -value[i]
		}
		q.add(c.columns, value, -c.limit, true)
	}
}

// touching lists the columns that hold a row of group g.
func (q *program) touching(g int32) []int32 {
	var out []int32
	for r := q.m.groups[g].from; r < q.m.groups[g].to; r++ {
		out = append(out, q.m.colsOf[r]...)
	}
	slices.Sort(out)
	return slices.Compact(out)
}

// offers gives the weight that each column adds to group g besides the rows that are
// free, at most limit.
func (q *program) offers(g int32, free func(r int32) bool, limit int64) (at []int32, value []int64) {
	s := q.m.groups[g]
	for _, j := range q.columnsIn[g] {
		var w int64
		rows := q.m.rowsOf[j]
		from, _ := slices.BinarySearch(rows, s.from)
		for _, r := range rows[from:] {
			if r >= s.to {
				break
			}
			if !free(r) {
				w += q.m.weight[r]
			}
		}
		if w > 0 {
			at, value = append(at, j), append(value, min(w, limit))
		}
	}
	return at, value
}

// addMet adds: the columns bring b, if the variable of group g says it is met.
func (q *program) addMet(g int32, at []int32, value []int64, b int64, fixed bool) bool {
	if v := q.groupVar[g]; v >= 0 {
		at, value, b = append(at, v), append(value, -b), 0
	}
	return q.add(at, value, b, fixed)
}

// add adds a row unless it is there already.
func (q *program) add(at []int32, value []int64, b int64, fixed bool) bool {
	divisor := gcd(value, []int64{b})
	row := inequality{at: at, value: value, b: b / divisor, fixed: fixed}
	largest := int64(1)
	h := mix(uint64(row.b))
	for i := range value {
		if divisor > 1 { // else the lists of ones stay as they are
			value[i] /= divisor
		}
		largest = max(largest, value[i], -value[i])
		h = mix(h ^ uint64(at[i])<<32 ^ uint64(value[i]))
	}
	if q.known[h] {
		return false
	}
	q.known[h] = true
	row.scale = 1 / float64(largest)
	row.shift = uint(bits.Len64(uint64(largest)) - 1)
	q.linear.addRow(row)
	return true
}

// bound gives the value, in 1/grid of a step, that no point between lo and hi can go
// below, by the prices y of the rows of linear:
//
//	c·x  ≥  y·b + Σ_j (c - y·A)_j x_j,  y ≥ 0
//
// in whole numbers, every division rounded to the side that keeps it valid. The
// reduced costs are left in q.reduced.
func (q *program) bound(y []float64, lo, hi []float64) int64 {
	longest := 1
	for _, c := range q.linear.columns {
		longest = max(longest, len(c.unit)+len(c.other))
	}
	most := float64(int64(1) << 61 / int64(longest+1))
	for j, c := range q.cost {
		q.reduced[j] = c * q.grid
	}
	var sumHi, sumLo int64 // of all terms, as a 128-bit number
	add := func(v int64) {
		lo, carry := bits.Add64(uint64(sumLo), uint64(v), 0)
		sumLo = int64(lo)
		sumHi += v>>63 + int64(carry)
	}
	for i := range q.linear.rows {
		r := &q.linear.rows[i]
		price := y[i] * r.scale / q.costScale * float64(q.grid) * float64(int64(1)<<r.shift)
		p := int64(min(price, most))
		if p <= 0 {
			continue
		}
		if float64(p)*math.Abs(float64(r.b))*r.scale > 1<<60 {
			return math.MinInt64 // prices beyond all measure
		}
		add(mulShift(p, r.b, r.shift))
		for k, j := range r.at {
			q.reduced[j] += mulShift(p, -r.value[k], r.shift)
		}
	}
	for j, d := range q.reduced {
		n := lo[j]
		if d < 0 {
			n = hi[j]
		}
		switch {
		case n == 1:
			add(d)
		case n > 1: // d is negative
			over, v := bits.Mul64(uint64(-d), uint64(n))
			if over > 0 || v > 1<<62 {
				return math.MinInt64
			}
			add(-int64(v))
		}
	}
	switch {
	case sumHi == 0 && sumLo >= 0, sumHi == -1 && sumLo < 0:
		return sumLo
	case sumHi < 0:
		return math.MinInt64
	}
	return math.MaxInt64
}

// mulShift gives p·a/2^shift rounded down, for p ≥ 0 and |a| < 2^(shift+1).
func mulShift(p, a int64, shift uint) int64 {
	if shift == 0 {
		return p * a
	}
	hi, lo := bits.Mul64(uint64(p), uint64(max(a, -a)))
	v := int64(hi<<(64-shift) | lo>>shift)
	if a >= 0 {
		return v
	}
	if lo&(1<<shift-1) != 0 {
		v++
	}
	return -v
}

// violated is how far a solution must break a row, relative to the length of its
// coefficients, for the row to be worth adding.
const violated = 1e-3

// cut is a row that a solution breaks.
type cut struct {
	group    int32
	at       []int32
	value    []int64
	b        int64
	efficacy float64
}

// separate adds rows that the solution x breaks and every solution in whole numbers
// keeps, and says how many. When some rows of a group are free, given for nothing,
// the columns must still bring what those leave of the need:
//
//	Σ_j min(a_j, b) x_j ≥ b,  a_j the weight of j outside the free rows, b the rest of the need
//
// (Wolsey, 1982, for the rows of chosen columns as the free ones). Each such row is
// a knapsack, made stronger by mixed-integer rounding with a divisor δ:
//
//	Σ_j (⌊a_j/δ⌋ r + min(r, a_j mod δ)) x_j ≥ ⌈b/δ⌉ r,  r = b mod δ
//
// (Nemhauser and Wolsey, 1990). The free rows that are tried are those that x serves
// most, and those of the columns it takes most of, as many as leave a rest.
func (q *program) separate(x []float64) int {
	var cuts []cut
	for g := range q.m.need {
		if q.m.lone(int32(g)) {
			continue
		}
		met := 1.0
		if v := q.groupVar[g]; v >= 0 {
			met = x[v]
		}
		if met > 1e-6 {
			cuts = append(cuts, q.cutsOf(int32(g), x, met)...)
		}
	}
	n := 0
	for i := range cuts {
		c := &cuts[i]
		if q.addMet(c.group, c.at, c.value, c.b, false) {
			n++
		}
	}
	return n
}

// cutsPerGroup is how many rows a group gets in a round.
const cutsPerGroup = 3

// cutsOf gives the rows of group g that x breaks most.
func (q *program) cutsOf(g int32, x []float64, met float64) []cut {
	m := q.m
	s := m.groups[g]
	n := int(s.to - s.from)
	var present []int32 // columns that x takes
	cover := make([]float64, n)
	for _, j := range q.columnsIn[g] {
		if x[j] < 1e-9 {
			continue
		}
		present = append(present, j)
		from, _ := slices.BinarySearch(m.rowsOf[j], s.from)
		for _, r := range m.rowsOf[j][from:] {
			if r >= s.to {
				break
			}
			cover[r-s.from] += x[j]
		}
		m.visits += int64(len(m.rowsOf[j]))
	}
	var best []cut
	seen := map[uint64]bool{}
	try := func(free []bool) {
		b := m.need[g]
		h := uint64(n)
		for i, f := range free {
			if f {
				b -= m.weight[s.from+int32(i)]
				h = mix(h ^ uint64(i))
			}
		}
		if b <= 0 || seen[h] {
			return
		}
		seen[h] = true
		if c, ok := q.bestCut(g, x, met, present, free, b); ok {
			at, _ := slices.BinarySearchFunc(best, c, func(a, b cut) int {
				switch {
				case a.efficacy > b.efficacy:
					return -1
				case a.efficacy < b.efficacy:
					return 1
				}
				return 0
			})
			best = slices.Insert(best, at, c)
			if len(best) > cutsPerGroup {
				best = best[:cutsPerGroup]
			}
		}
	}
	free := make([]bool, n)
	try(free)
	order := make([]int32, n)
	for i := range order {
		order[i] = int32(i)
	}
	slices.SortStableFunc(order, func(a, b int32) int {
		switch {
		case cover[a] > cover[b]:
			return -1
		case cover[a] < cover[b]:
			return 1
		}
		return 0
	})
	rest := m.need[g]
	stride := max(1, n/24) // prefixes tried
	for k, i := range order {
		w := m.weight[s.from+i]
		if w >= rest {
			continue // a smaller one may still leave a rest
		}
		rest -= w
		free[i] = true
		if k%stride == 0 || k+1 < n && cover[i] >= 1-1e-9 && cover[order[k+1]] < 1-1e-9 {
			try(free)
		}
	}
	try(free)
	// The rows of the columns taken most.
	slices.SortStableFunc(present, func(a, b int32) int {
		switch {
		case x[a] > x[b]:
			return -1
		case x[a] < x[b]:
			return 1
		}
		return 0
	})
	clear(free)
	rest = m.need[g]
	for _, j := range present {
		from, _ := slices.BinarySearch(m.rowsOf[j], s.from)
		var added []int32
		left := rest
		for _, r := range m.rowsOf[j][from:] {
			if r >= s.to {
				break
			}
			if !free[r-s.from] {
				added = append(added, r-s.from)
				left -= m.weight[r]
			}
		}
		if len(added) == 0 || left <= 0 {
			continue
		}
		rest = left
		for _, i := range added {
			free[i] = true
		}
		try(free)
	}
	for i := range best { // with all columns, not only those present
		c := &best[i]
		c.finish(q)
	}
	return best
}

// bestCut gives the strongest row for the given free rows, which leave b of the need.
// Its value holds, until finish, what makes it: b, δ and the free rows.
func (q *program) bestCut(g int32, x []float64, met float64, present []int32, free []bool, b int64) (cut, bool) {
	m := q.m
	s := m.groups[g]
	offer := make([]int64, len(present))
	for i, j := range present {
		from, _ := slices.BinarySearch(m.rowsOf[j], s.from)
		for _, r := range m.rowsOf[j][from:] {
			if r >= s.to {
				break
			}
			if !free[r-s.from] {
				offer[i] += m.weight[r]
			}
		}
		offer[i] = min(offer[i], b)
		m.visits += 4
	}
	divisors := slices.Clone(offer)
	divisors = append(divisors, b)
	slices.Sort(divisors)
	divisors = slices.Compact(divisors)
	bestDelta, bestEfficacy := int64(-1), violated
	for _, delta := range append([]int64{0}, divisors...) {
		if delta != 0 && delta < b/32+1 {
			continue
		}
		k := newRounding(b, delta)
		lhs, norm := 0.0, 0.0
		for i, j := range present {
			c := float64(k.of(offer[i]))
			lhs += c * x[j]
			norm += c * c
		}
		rhs := float64(k.rhs)
		efficacy := (rhs*met - lhs) / math.Sqrt(max(norm, rhs*rhs))
		if efficacy > bestEfficacy {
			bestDelta, bestEfficacy = delta, efficacy
		}
		m.visits += int64(len(present)) / 4
	}
	if bestDelta < 0 {
		return cut{}, false
	}
	c := cut{group: g, b: b, efficacy: bestEfficacy, value: []int64{bestDelta}}
	for i, f := range free {
		if f {
			c.at = append(c.at, s.from+int32(i))
		}
	}
	return c, true
}

// finish replaces the making of a cut by its row.
func (c *cut) finish(q *program) {
	free, b := c.at, c.b
	k := newRounding(b, c.value[0])
	c.at, c.value = q.offers(c.group, func(r int32) bool {
		_, ok := slices.BinarySearch(free, r)
		return ok
	}, b)
	for i, a := range c.value {
		c.value[i] = k.of(a)
	}
	n := 0
	for i, v := range c.value {
		if v > 0 {
			c.at[n], c.value[n] = c.at[i], v
			n++
		}
	}
	c.at, c.value = c.at[:n], c.value[:n]
	c.b = k.rhs
}

// rounding is mixed-integer rounding of a knapsack row by δ; 0 leaves it as it is.
type rounding struct {
	delta, r int64
	rhs      int64
}

func newRounding(b, delta int64) rounding {
	if delta == 0 {
		return rounding{0, 0, b}
	}
	down, r := floorDiv(b, delta)
	if r == 0 {
		return rounding{delta, 0, down}
	}
	return rounding{delta, r, (down + 1) * r}
}

// floorDiv gives a/b rounded down, and the rest, which is 0 or more, for b > 0.
func floorDiv(a, b int64) (down, rest int64) {
	down, rest = a/b, a%b
	if rest < 0 {
		down, rest = down-1, rest+b
	}
	return down, rest
}

func (k rounding) of(a int64) int64 {
	switch {
	case k.delta == 0:
		return a
	case k.r == 0:
		return (a + k.delta - 1) / k.delta
	}
	down, rest := floorDiv(a, k.delta)
	return down*k.r + min(k.r, rest)
}
