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

// factor is a basis as a product of a lower and an upper triangular matrix (Gilbert
// and Peierls, 1988, with the order of columns chosen beforehand) and of one
// elementary matrix for each later exchange of a column (Dantzig and Orchard-Hays,
// 1954).
type factor struct {
	m      int
	rowOf  []int32 // pivot -> row of the matrix
	colOf  []int32 // pivot -> place in the basis
	lower  [][]nonzero
	upper  [][]nonzero // pivot -> rows of earlier pivots
	diag   []float64
	filled []int32 // pivots whose lower part is not empty
	etas   []eta
	work   []float64
	size   int // entries, without the etas
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
func factorise(m int, column func(place int) []nonzero) (f *factor, places, rows []int32) {
	f = &factor{
		m: m, rowOf: make([]int32, 0, m), colOf: make([]int32, 0, m),
		lower: make([][]nonzero, 0, m), upper: make([][]nonzero, 0, m), diag: make([]float64, 0, m), work: make([]float64, m),
	}
	pivotOf := make([]int32, m) // row -> pivot, -1 for none
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
	touched := make([]int32, 0, m)
	inTouched := make([]bool, m)
	w := f.work
	for _, k := range order {
		touched = touched[:0]
		var pivots []int32
		for _, e := range column(int(k)) {
			w[e.at] = e.value
			touched = append(touched, e.at)
			inTouched[e.at] = true
		}
		for _, r := range touched {
			if p := pivotOf[r]; p >= 0 && len(f.lower[p]) > 0 {
				pivots = append(pivots, p)
			}
		}
		// Eliminate in the order of pivots; fill adds pivots later than its cause.
		if len(pivots) > 0 {
			h := minHeap(pivots)
			h.init()
			last := int32(-1)
			for len(h) > 0 {
				p := h.pop()
				if p == last {
					continue
				}
				last = p
				v := w[f.rowOf[p]]
				if v == 0 {
					continue
				}
				for _, e := range f.lower[p] {
					if !inTouched[e.at] {
						inTouched[e.at] = true
						touched = append(touched, e.at)
					}
					w[e.at] -= e.value * v
					if q := pivotOf[e.at]; q >= 0 && len(f.lower[q]) > 0 {
						h.push(q)
					}
				}
			}
		}
		var upper, lower []nonzero
		largest := 0.0
		for _, r := range touched {
			if pivotOf[r] < 0 {
				largest = max(largest, math.Abs(w[r]))
			}
		}
		best := int32(-1)
		if largest > singular {
			for _, r := range touched {
				if pivotOf[r] >= 0 || math.Abs(w[r]) < pivotShare*largest {
					continue
				}
				if best < 0 || cmp.Or(cmp.Compare(rowCount[r], rowCount[best]), cmp.Compare(r, best)) < 0 {
					best = r
				}
			}
		}
		for _, r := range touched {
			inTouched[r] = false
			v := w[r]
			w[r] = 0
			if best < 0 || r == best || math.Abs(v) <= negligible {
				if r == best {
					f.diag = append(f.diag, v)
				}
				continue
			}
			if pivotOf[r] >= 0 {
				upper = append(upper, nonzero{r, v})
			} else {
				lower = append(lower, nonzero{r, v})
			}
		}
		if best < 0 {
			places = append(places, k)
			continue
		}
		d := f.diag[len(f.diag)-1]
		for i := range lower {
			lower[i].value /= d
		}
		pivotOf[best] = int32(len(f.rowOf))
		if len(lower) > 0 {
			f.filled = append(f.filled, int32(len(f.rowOf)))
		}
		f.rowOf = append(f.rowOf, best)
		f.colOf = append(f.colOf, k)
		f.size += 1 + len(lower) + len(upper)
		f.upper = append(f.upper, upper)
		f.lower = append(f.lower, lower)
	}
	if len(places) > 0 {
		for r, p := range pivotOf {
			if p < 0 {
				rows = append(rows, int32(r))
			}
		}
	}
	return f, places, rows
}

// triangular orders the columns so that as many as possible are pivots without
// elimination: columns with one row left, then what is left by its length.
func triangular(m int, column func(place int) []nonzero, rowCount []int32) []int32 {
	colsOf := make([][]int32, m)
	for r, n := range rowCount {
		colsOf[r] = make([]int32, 0, n)
	}
	left := make([]int32, m) // of each column, rows not yet taken
	for k := range m {
		left[k] = int32(len(column(k)))
		for _, e := range column(k) {
			colsOf[e.at] = append(colsOf[e.at], int32(k))
		}
	}
	order := make([]int32, 0, m)
	placed, taken := make([]bool, m), make([]bool, m)
	queue := make([]int32, 0, m)
	for k := range m {
		if left[k] == 1 {
			queue = append(queue, int32(k))
		}
	}
	for len(queue) > 0 {
		k := queue[0]
		queue = queue[1:]
		if placed[k] || left[k] != 1 {
			continue
		}
		for _, e := range column(int(k)) {
			if taken[e.at] {
				continue
			}
			taken[e.at], placed[k] = true, true
			order = append(order, k)
			for _, o := range colsOf[e.at] {
				if left[o]--; left[o] == 1 && !placed[o] {
					queue = append(queue, o)
				}
			}
			break
		}
	}
	rest := make([]int32, 0, m-len(order))
	for k := range m {
		if !placed[k] {
			rest = append(rest, int32(k))
		}
	}
	slices.SortStableFunc(rest, func(a, b int32) int { return cmp.Compare(left[a], left[b]) })
	return append(order, rest...)
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

// solve turns b, by row, into the solution x of Bx = b, by place.
func (f *factor) solve(b, x []float64) {
	for _, p := range f.filled {
		if v := b[f.rowOf[p]]; v != 0 {
			for _, e := range f.lower[p] {
				b[e.at] -= e.value * v
			}
		}
	}
	for p := len(f.rowOf) - 1; p >= 0; p-- {
		r := f.rowOf[p]
		v := b[r]
		b[r] = 0
		if v != 0 {
			v /= f.diag[p]
			for _, e := range f.upper[p] {
				b[e.at] -= e.value * v
			}
		}
		x[f.colOf[p]] = v
	}
	for i := range f.etas {
		e := &f.etas[i]
		if v := x[e.place]; v != 0 {
			v /= e.value
			x[e.place] = v
			for _, o := range e.others {
				x[o.at] -= o.value * v
			}
		}
	}
}

// solveTransposed turns c, by place, into the solution y of Bᵀy = c, by row.
func (f *factor) solveTransposed(c, y []float64) {
	for i := len(f.etas) - 1; i >= 0; i-- {
		e := &f.etas[i]
		v := c[e.place]
		for _, o := range e.others {
			v -= o.value * c[o.at]
		}
		c[e.place] = v / e.value
	}
	for p, r := range f.rowOf {
		v := c[f.colOf[p]]
		for _, e := range f.upper[p] {
			v -= e.value * y[e.at]
		}
		y[r] = v / f.diag[p]
	}
	for i := len(f.filled) - 1; i >= 0; i-- {
		p := f.filled[i]
		v := y[f.rowOf[p]]
		for _, e := range f.lower[p] {
			v -= e.value * y[e.at]
		}
		y[f.rowOf[p]] = v
	}
}

// exchange replaces the column at place by one whose solution is x.
func (f *factor) exchange(place int32, x []float64) {
	e := eta{place: place, value: x[place]}
	for i, v := range x {
		if int32(i) != place && math.Abs(v) > negligible {
			e.others = append(e.others, nonzero{int32(i), v})
		}
	}
	f.etas = append(f.etas, e)
}
