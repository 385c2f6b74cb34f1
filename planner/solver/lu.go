package solver

import (
	"cmp"
	"math"
	"slices"
)

// nonzero is one entry of a sparse vector.
type nonzero struct {
	at    int32
	value float64
}

// vector is a vector of which few entries are not zero: at lists them, and may list
// others.
type vector struct {
	value  []float64
	at     []int32
	listed []bool
}

func newVector(n int) *vector {
	return &vector{value: make([]float64, n), listed: make([]bool, n)}
}

// add adds v to entry i.
func (x *vector) add(i int32, v float64) {
	x.list(i)
	x.value[i] += v
}

// list makes sure that entry i is listed.
func (x *vector) list(i int32) {
	if !x.listed[i] {
		x.listed[i] = true
		x.at = append(x.at, i)
	}
}

func (x *vector) clear() {
	for _, i := range x.at {
		x.value[i], x.listed[i] = 0, false
	}
	x.at = x.at[:0]
}

// resize clears the vector and makes it one of n entries.
func (x *vector) resize(n int) {
	x.clear()
	if n <= cap(x.value) && n <= cap(x.listed) {
		x.value, x.listed = x.value[:n], x.listed[:n]
		return
	}
	x.value, x.listed = make([]float64, n, n+n/8), make([]bool, n, n+n/8)
}

// triangle is a triangular matrix by columns, without its diagonal. Column and row i
// are those of pivot i.
type triangle struct {
	from  []int32 // column -> its first entry; one more
	at    []int32
	value []float64
	diag  []float64 // nil for ones
	down  bool      // entries of a column come before it: solved from the last to the first
}

// newTriangle makes room for columns with the given numbers of entries.
func newTriangle(count []int32, diag []float64, down bool) *triangle {
	t := &triangle{from: make([]int32, len(count)+1), diag: diag, down: down}
	total := int32(0)
	for i, n := range count {
		t.from[i] = total
		total += n
	}
	t.from[len(count)] = total
	t.at, t.value = make([]int32, total), make([]float64, total)
	return t
}

// sparseShare is the share of entries above which a solution is computed entry by
// entry rather than along those that are reached.
const sparseShare = 0.1

// solve replaces x by the solution of T y = x. Where few entries are not zero, only
// those are visited that they reach (Gilbert and Peierls, 1988).
func (t *triangle) solve(x *vector, w *walk) {
	m := len(t.from) - 1
	if float64(len(x.at)) > sparseShare*float64(m) {
		for k := range m {
			i := int32(k)
			if t.down {
				i = int32(m - 1 - k)
			}
			if x.value[i] != 0 {
				t.push(i, x)
			}
		}
		w.work += int64(m)
		return
	}
	order := w.reach(t, x.at)
	for k := len(order) - 1; k >= 0; k-- {
		i := order[k]
		x.list(i)
		if x.value[i] != 0 {
			t.push(i, x)
		}
	}
}

// push finishes entry i and takes it out of the later ones.
func (t *triangle) push(i int32, x *vector) {
	v := x.value[i]
	if t.diag != nil {
		v /= t.diag[i]
		x.value[i] = v
	}
	for k := t.from[i]; k < t.from[i+1]; k++ {
		j := t.at[k]
		x.list(j)
		x.value[j] -= t.value[k] * v
	}
}

// walk is the room for depth-first searches through triangles, and counts work.
type walk struct {
	seen  []bool
	order []int32
	path  []step
	work  int64 // entries visited

	lower, upper int // entries to make room for in the next factor
}

// step is a place on the path of a walk: a column and its next entry.
type step struct{ column, next int32 }

// reach lists the columns reached from start, each after all those that it reaches.
func (w *walk) reach(t *triangle, start []int32) []int32 {
	w.order = w.order[:0]
	for _, s := range start {
		if w.seen[s] {
			continue
		}
		w.seen[s] = true
		w.path = append(w.path[:0], step{s, t.from[s]})
		for len(w.path) > 0 {
			top := &w.path[len(w.path)-1]
			if top.next == t.from[top.column+1] {
				w.order = append(w.order, top.column)
				w.path = w.path[:len(w.path)-1]
				continue
			}
			next := t.at[top.next]
			top.next++
			if !w.seen[next] {
				w.seen[next] = true
				w.path = append(w.path, step{next, t.from[next]})
			}
		}
	}
	for _, i := range w.order {
		w.seen[i] = false
		w.work += int64(t.from[i+1]-t.from[i]) + 1
	}
	return w.order
}

// factor is a basis as a product of a lower and an upper triangular matrix (Gilbert
// and Peierls, 1988, with the order of columns chosen beforehand) and of one
// elementary matrix for each later exchange of a column (Dantzig and Orchard-Hays,
// 1954).
type factor struct {
	rowOf   []int32 // pivot -> row of the matrix
	colOf   []int32 // pivot -> place in the basis
	pivotOf []int32 // row -> pivot
	placeOf []int32 // place -> pivot

	// The two triangles by columns, and by rows for the transposed basis.
	lower, upper, lowerRows, upperRows *triangle

	etas  []eta
	added int     // entries of the etas
	x     *vector // by pivot
	walk  *walk
	size  int // entries, without the etas
}

// eta replaces the column at place by one whose solution is value at place and
// others elsewhere.
type eta struct {
	place  int32
	value  float64
	others []nonzero
}

const (
	pivotShare = 0.1   // a pivot is no smaller than this share of the largest in its column
	singular   = 1e-9  // a column with no larger entry depends on the others
	negligible = 1e-14 // entries below it are rounding
)

// factorise factors the basis of the given columns. It gives the places whose columns
// depend on others with the rows left without a pivot, which the caller repairs.
func factorise(m int, column func(place int) []nonzero, w *walk) (f *factor, places, rows []int32) {
	f = &factor{
		rowOf: make([]int32, 0, m), colOf: make([]int32, 0, m), pivotOf: make([]int32, m), placeOf: make([]int32, m), x: newVector(m), walk: w,
	}
	pivotOf := f.pivotOf // -1 for none
	rowCount := make([]int32, m)
	for r := range pivotOf {
		pivotOf[r] = -1
	}
	for k := range m {
		for _, e := range column(k) {
			rowCount[e.at]++
		}
	}
	order := triangular(m, column, rowCount)
	diag := make([]float64, 0, m)
	// By pivots; entries name rows of the matrix.
	lower, upper := make([]nonzero, 0, w.lower), make([]nonzero, 0, w.upper)
	lowerEnd, upperEnd := make([]int32, 0, m+1), make([]int32, 0, m+1)
	lowerEnd, upperEnd = append(lowerEnd, 0), append(upperEnd, 0)
	part := func(p int32) []nonzero { return lower[lowerEnd[p]:lowerEnd[p+1]] }
	touched := make([]int32, 0, m)
	inTouched := make([]bool, m)
	x := f.x.value
	var pivots minHeap
	for _, k := range order {
		touched, pivots = touched[:0], pivots[:0]
		for _, e := range column(int(k)) {
			x[e.at] = e.value
			touched = append(touched, e.at)
			inTouched[e.at] = true
		}
		for _, r := range touched {
			if p := pivotOf[r]; p >= 0 && len(part(p)) > 0 {
				pivots = append(pivots, p)
			}
		}
		// Eliminate in the order of pivots; fill adds pivots later than its cause.
		pivots.init()
		last := int32(-1)
		for len(pivots) > 0 {
			p := pivots.pop()
			if p == last {
				continue
			}
			last = p
			v := x[f.rowOf[p]]
			if v == 0 {
				continue
			}
			for _, e := range part(p) {
				if !inTouched[e.at] {
					inTouched[e.at] = true
					touched = append(touched, e.at)
				}
				x[e.at] -= e.value * v
				if q := pivotOf[e.at]; q >= 0 && len(part(q)) > 0 {
					pivots.push(q)
				}
			}
		}
		largest := 0.0
		for _, r := range touched {
			if pivotOf[r] < 0 {
				largest = max(largest, math.Abs(x[r]))
			}
		}
		best := int32(-1)
		if largest > singular {
			for _, r := range touched {
				if pivotOf[r] >= 0 || math.Abs(x[r]) < pivotShare*largest {
					continue
				}
				if best < 0 || cmp.Or(cmp.Compare(rowCount[r], rowCount[best]), cmp.Compare(r, best)) < 0 {
					best = r
				}
			}
		}
		if best >= 0 {
			diag = append(diag, x[best])
		}
		for _, r := range touched {
			inTouched[r] = false
			v := x[r]
			x[r] = 0
			switch {
			case best < 0 || r == best || math.Abs(v) <= negligible:
			case pivotOf[r] >= 0:
				upper = append(upper, nonzero{r, v})
			default:
				lower = append(lower, nonzero{r, v / diag[len(diag)-1]})
			}
		}
		if best < 0 {
			places = append(places, k)
			continue
		}
		pivotOf[best] = int32(len(f.rowOf))
		f.placeOf[k] = pivotOf[best]
		f.rowOf = append(f.rowOf, best)
		f.colOf = append(f.colOf, k)
		lowerEnd, upperEnd = append(lowerEnd, int32(len(lower))), append(upperEnd, int32(len(upper)))
	}
	if len(places) > 0 {
		for r, p := range pivotOf {
			if p < 0 {
				rows = append(rows, int32(r))
			}
		}
		return f, places, rows
	}
	w.lower, w.upper = len(lower)*5/4, len(upper)*5/4
	if len(w.seen) < m {
		w.seen = make([]bool, m)
	}
	f.size = m + len(lower) + len(upper)
	f.lower, f.lowerRows = triangles(lower, lowerEnd, pivotOf, nil, false)
	f.upper, f.upperRows = triangles(upper, upperEnd, pivotOf, diag, true)
	return f, nil, nil
}

// triangles makes a triangle, and its transpose, of entries that name rows of the
// matrix.
func triangles(entries []nonzero, end, pivotOf []int32, diag []float64, down bool) (columns, rows *triangle) {
	m := len(pivotOf)
	ofColumn, ofRow := make([]int32, m), make([]int32, m)
	for p := range m {
		ofColumn[p] = end[p+1] - end[p]
	}
	for _, e := range entries {
		ofRow[pivotOf[e.at]]++
	}
	columns, rows = newTriangle(ofColumn, diag, down), newTriangle(ofRow, diag, !down)
	next := ofRow
	copy(next, rows.from)
	for p := range m {
		for k := end[p]; k < end[p+1]; k++ {
			q := pivotOf[entries[k].at]
			columns.at[k], columns.value[k] = q, entries[k].value
			rows.at[next[q]], rows.value[next[q]] = int32(p), entries[k].value
			next[q]++
		}
	}
	return columns, rows
}

// triangular orders the columns so that as many as possible are pivots without
// elimination: columns with one row left, then what is left by its length.
func triangular(m int, column func(place int) []nonzero, rowCount []int32) []int32 {
	end := make([]int32, m+1) // row -> end of its part of cols
	for r, n := range rowCount {
		end[r+1] = end[r] + n
	}
	cols := make([]int32, end[m])
	next := slices.Clone(end[:m])
	left := make([]int32, m) // of each column, rows not yet taken
	order := make([]int32, 0, m)
	for k := range m {
		left[k] = int32(len(column(k)))
		for _, e := range column(k) {
			cols[next[e.at]] = int32(k)
			next[e.at]++
		}
		if left[k] == 1 {
			order = append(order, int32(k)) // a queue, for now
		}
	}
	placed, taken := make([]bool, m), make([]bool, m)
	n := 0
	for at := 0; at < len(order); at++ {
		k := order[at]
		if left[k] != 1 {
			continue
		}
		for _, e := range column(int(k)) {
			if taken[e.at] {
				continue
			}
			taken[e.at], placed[k] = true, true
			order[n] = k
			n++
			for _, o := range cols[end[e.at]:end[e.at+1]] {
				if left[o]--; left[o] == 1 && !placed[o] {
					order = append(order, o)
				}
			}
			break
		}
	}
	order = order[:n]
	for k := range m {
		if !placed[k] {
			order = append(order, int32(k))
		}
	}
	slices.SortStableFunc(order[n:], func(a, b int32) int { return cmp.Compare(left[a], left[b]) })
	return order
}

// minHeap is a binary heap of pivots.
type minHeap []int32

func (h minHeap) init() {
	for i := len(h)/2 - 1; i >= 0; i-- {
		h.down(i)
	}
}

func (h *minHeap) push(v int32) {
	*h = append(*h, v)
	s := *h
	for i := len(s) - 1; i > 0; {
		up := (i - 1) / 2
		if s[up] <= s[i] {
			break
		}
		s[up], s[i] = s[i], s[up]
		i = up
	}
}

func (h *minHeap) pop() int32 {
	s := *h
	v := s[0]
	s[0] = s[len(s)-1]
	*h = s[:len(s)-1]
	h.down(0)
	return v
}

func (h minHeap) down(i int) {
	for {
		k := 2*i + 1
		if k >= len(h) {
			return
		}
		if k+1 < len(h) && h[k+1] < h[k] {
			k++
		}
		if h[i] <= h[k] {
			return
		}
		h[i], h[k] = h[k], h[i]
		i = k
	}
}

// solve turns b, by row, into the solution x of Bx = b, by place. Both are another's
// room; b is left as it is.
func (f *factor) solve(b, x *vector) {
	f.x.clear()
	for _, r := range b.at {
		if v := b.value[r]; v != 0 {
			f.x.add(f.pivotOf[r], v)
		}
	}
	f.lower.solve(f.x, f.walk)
	f.upper.solve(f.x, f.walk)
	x.clear()
	for _, p := range f.x.at {
		if v := f.x.value[p]; math.Abs(v) > negligible {
			x.add(f.colOf[p], v)
		}
	}
	for i := range f.etas {
		e := &f.etas[i]
		if v := x.value[e.place]; v != 0 {
			v /= e.value
			x.value[e.place] = v
			for _, o := range e.others {
				x.add(o.at, -o.value*v)
			}
			f.walk.work += int64(len(e.others))
		}
	}
	f.walk.work += int64(len(x.at) + len(f.etas))
}

// solveTransposed turns c, by place, which it changes, into the solution y of Bᵀy = c,
// by row.
func (f *factor) solveTransposed(c, y *vector) {
	for i := len(f.etas) - 1; i >= 0; i-- {
		e := &f.etas[i]
		v := c.value[e.place]
		for _, o := range e.others {
			v -= o.value * c.value[o.at]
		}
		f.walk.work += int64(len(e.others))/4 + 1
		if v != 0 {
			c.list(e.place)
		}
		c.value[e.place] = v / e.value
	}
	f.x.clear()
	for _, k := range c.at {
		if v := c.value[k]; v != 0 {
			f.x.add(f.placeOf[k], v)
		}
	}
	f.upperRows.solve(f.x, f.walk)
	f.lowerRows.solve(f.x, f.walk)
	y.clear()
	for _, p := range f.x.at {
		if v := f.x.value[p]; math.Abs(v) > negligible {
			y.add(f.rowOf[p], v)
		}
	}
	f.walk.work += int64(len(y.at))
}

// exchange replaces the column at place by one whose solution is x.
func (f *factor) exchange(place int32, x *vector) {
	n := 0 // of many listed few may be left
	for _, i := range x.at {
		if i != place && math.Abs(x.value[i]) > negligible {
			n++
		}
	}
	e := eta{place: place, value: x.value[place], others: make([]nonzero, 0, n)}
	for _, i := range x.at {
		if v := x.value[i]; i != place && math.Abs(v) > negligible {
			e.others = append(e.others, nonzero{i, v})
		}
	}
	f.etas = append(f.etas, e)
	f.added += len(e.others)
}
