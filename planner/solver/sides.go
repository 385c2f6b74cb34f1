package solver

import (
	"cmp"
	"slices"
)

// sides are the side constraints of a model among its columns. A model without any
// has none.
type sides struct {
	cliques [][]int32 // at most one of each
	needs   []need
	caps    []amounts
	broken  bool // by what is settled: no choice keeps them

	// Of each column.
	cliquesOf [][]int32
	needsOf   [][]int32 // its own needs
	parentIn  [][]int32 // needs that it can fill
	capsOf    [][]capShare
}

// need says that column may be chosen only with one of any; column -1 needs it in
// every solution.
type need struct {
	column int32
	any    []int32
}

// amounts limits Σ amount of the chosen columns.
type amounts struct {
	limit   int64
	columns []int32
	amount  []int64
}

// capShare is what a column takes of a cap.
type capShare struct {
	cap    int32
	amount int64
}

// newSides carries the side constraints of set over to the columns with a place in
// column (instance -> model, -1 for none), with further limits by model columns.
func newSides(set *setting, column []int32, limits []amounts) *sides {
	in := set.in
	s := &sides{}
	carry := func(list []int32) []int32 {
		var out []int32
		for _, j := range list {
			if column[j] >= 0 {
				out = append(out, column[j])
			}
		}
		return out
	}
	for _, list := range in.Conflicts {
		// A clique of a column that must be chosen has no open member.
		if members := carry(list); len(members) > 1 {
			s.cliques = append(s.cliques, members)
		}
	}
	for _, r := range in.Requirements {
		n := need{column: column[r.Column], any: carry(r.Any)}
		filled := slices.ContainsFunc(r.Any, func(j int32) bool { return set.fix[j] == Must })
		if filled || n.column < 0 && set.fix[r.Column] != Must {
			continue
		}
		s.broken = s.broken || n.column < 0 && len(n.any) == 0
		s.needs = append(s.needs, n)
	}
	add := func(limit int64, columns []int32, amount func(k int) int64) {
		a := amounts{limit: limit}
		var total int64
		for k, j := range columns {
			switch {
			case set.fix[j] == Must:
				a.limit -= amount(k)
			case column[j] >= 0:
				a.columns = append(a.columns, column[j])
				a.amount = append(a.amount, amount(k))
				total += amount(k)
			}
		}
		s.broken = s.broken || a.limit < 0
		if total > a.limit {
			s.caps = append(s.caps, a)
		}
	}
	for _, c := range in.Caps {
		add(c.Limit, c.Columns, func(k int) int64 { return in.Columns[c.Columns[k]].Cost })
	}
	for _, l := range limits {
		add(l.limit, l.columns, func(k int) int64 { return l.amount[k] })
	}
	if len(s.cliques)+len(s.needs)+len(s.caps) == 0 {
		return nil
	}
	return s
}

// part copies the side constraints whose columns keep accepts; none has columns of
// both kinds.
func (s *sides) part(keep []bool) *sides {
	p := &sides{}
	for _, list := range s.cliques {
		if keep[list[0]] {
			p.cliques = append(p.cliques, slices.Clone(list))
		}
	}
	for _, e := range s.needs {
		if len(e.any) > 0 && keep[e.any[0]] || e.column >= 0 && keep[e.column] {
			p.needs = append(p.needs, need{e.column, slices.Clone(e.any)})
		}
	}
	for _, c := range s.caps {
		if keep[c.columns[0]] {
			p.caps = append(p.caps, amounts{c.limit, slices.Clone(c.columns), slices.Clone(c.amount)})
		}
	}
	if len(p.cliques)+len(p.needs)+len(p.caps) == 0 {
		return nil
	}
	p.index(len(keep))
	return p
}

// index fills what each of n columns takes part in.
func (s *sides) index(n int) {
	s.cliquesOf, s.needsOf, s.parentIn, s.capsOf = make([][]int32, n), make([][]int32, n), make([][]int32, n), make([][]capShare, n)
	for i, list := range s.cliques {
		for _, j := range list {
			s.cliquesOf[j] = append(s.cliquesOf[j], int32(i))
		}
	}
	for i, n := range s.needs {
		if n.column >= 0 {
			s.needsOf[n.column] = append(s.needsOf[n.column], int32(i))
		}
		for _, j := range n.any {
			s.parentIn[j] = append(s.parentIn[j], int32(i))
		}
	}
	for i, c := range s.caps {
		for k, j := range c.columns {
			s.capsOf[j] = append(s.capsOf[j], capShare{int32(i), c.amount[k]})
		}
	}
}

// replaces says whether column k may stand in for j as far as the side constraints
// go, in any choice that holds j, also one that holds k already.
func (s *sides) replaces(k, j int32) bool {
	for _, e := range s.parentIn[j] {
		if !slices.Contains(s.parentIn[k], e) {
			return false
		}
	}
	for _, c := range s.capsOf[k] {
		if !slices.ContainsFunc(s.capsOf[j], func(o capShare) bool { return o.cap == c.cap && o.amount >= c.amount }) {
			return false
		}
	}
	for _, e := range s.needsOf[k] {
		if !slices.ContainsFunc(s.needsOf[j], func(o int32) bool { return subset(s.needs[o].any, s.needs[e].any) }) {
			return false
		}
	}
	for _, q := range s.cliquesOf[k] {
		for _, l := range s.cliques[q] {
			if l != k && l != j && !s.conflict(l, j) {
				return false
			}
		}
	}
	return true
}

// conflict says whether columns a and b exclude each other.
func (s *sides) conflict(a, b int32) bool {
	x, y := s.cliquesOf[a], s.cliquesOf[b]
	for i, k := 0, 0; i < len(x) && k < len(y); {
		switch {
		case x[i] == y[k]:
			return true
		case x[i] < y[k]:
			i++
		default:
			k++
		}
	}
	return false
}

// keep renumbers the columns; those with -1 are gone.
func (s *sides) keep(column []int32, n int) {
	carry := func(list []int32) []int32 {
		out := list[:0]
		for _, j := range list {
			if column[j] >= 0 {
				out = append(out, column[j])
			}
		}
		return out
	}
	cliques := s.cliques[:0]
	for _, list := range s.cliques {
		if list = carry(list); len(list) > 1 {
			cliques = append(cliques, list)
		}
	}
	s.cliques = cliques
	needs := s.needs[:0]
	caps := s.caps[:0]
	for _, e := range s.needs {
		if e.column >= 0 && column[e.column] < 0 {
			continue
		}
		if e.column >= 0 {
			e.column = column[e.column]
		}
		e.any = carry(e.any)
		needs = append(needs, e)
	}
	s.needs = needs
	for _, c := range s.caps {
		k := 0
		for i, j := range c.columns {
			if column[j] >= 0 {
				c.columns[k], c.amount[k] = column[j], c.amount[i]
				k++
			}
		}
		c.columns, c.amount = c.columns[:k], c.amount[:k]
		if k > 0 {
			caps = append(caps, c)
		}
	}
	s.caps = caps
	s.index(n)
}

// tally counts what a choice takes of the side constraints.
type tally struct {
	*sides
	inClique []int32
	filled   []int32 // need -> chosen columns that fill it
	spent    []int64 // cap -> amount taken
}

func newTally(s *sides) *tally {
	if s == nil {
		return nil
	}
	return &tally{s, make([]int32, len(s.cliques)), make([]int32, len(s.needs)), make([]int64, len(s.caps))}
}

// move adds column j (by 1) or takes it back (by -1).
func (t *tally) move(j int32, by int32) {
	for _, q := range t.cliquesOf[j] {
		t.inClique[q] += by
	}
	for _, e := range t.parentIn[j] {
		t.filled[e] += by
	}
	for _, c := range t.capsOf[j] {
		t.spent[c.cap] += int64(by) * c.amount
	}
}

// allows says whether j, which is not chosen, breaks no clique and no cap.
func (t *tally) allows(j int32) bool {
	for _, q := range t.cliquesOf[j] {
		if t.inClique[q] > 0 {
			return false
		}
	}
	for _, c := range t.capsOf[j] {
		if t.spent[c.cap]+c.amount > t.caps[c.cap].limit {
			return false
		}
	}
	return true
}

// lacks gives the first need of column j that nothing chosen fills, or -1.
func (t *tally) lacks(j int32) int32 {
	for _, e := range t.needsOf[j] {
		if t.filled[e] == 0 {
			return e
		}
	}
	return -1
}

// idle says whether no chosen column depends on j, which is chosen.
func (t *tally) idle(j int32, chosen []bool) bool {
	for _, e := range t.parentIn[j] {
		if c := t.needs[e].column; t.filled[e] == 1 && (c < 0 || chosen[c]) {
			return false
		}
	}
	return true
}

// open gives the first need of every solution that nothing chosen fills, or -1.
func (t *tally) open() int32 {
	for e := range t.needs {
		if t.needs[e].column < 0 && t.filled[e] == 0 {
			return int32(e)
		}
	}
	return -1
}

// keeps says whether the choice keeps every side constraint.
func (t *tally) keeps(list []int32) bool {
	if t.open() >= 0 {
		return false
	}
	for _, n := range t.inClique {
		if n > 1 {
			return false
		}
	}
	for i, v := range t.spent {
		if v > t.caps[i].limit {
			return false
		}
	}
	return !slices.ContainsFunc(list, func(j int32) bool { return t.lacks(j) >= 0 })
}

// completion gives j with the columns it lacks, each before the one that needs it,
// the cheapest that fills each need; nil when that breaks a clique or a cap, or
// takes more than room.
func (f *search) completion(j int32, room int64) []int32 {
	t := f.s.tally
	f.joint = f.joint[:0]
	var place func(j int32) bool
	place = func(j int32) bool {
		if slices.Contains(f.joint, j) {
			return true
		}
		for _, e := range t.needsOf[j] {
			if t.filled[e] > 0 {
				continue
			}
			if slices.ContainsFunc(t.needs[e].any, func(k int32) bool { return slices.Contains(f.joint, k) }) {
				continue
			}
			parent := int32(-1)
			for _, k := range t.needs[e].any {
				if t.allows(k) && (parent < 0 || cmp.Or(cmp.Compare(f.m.cost[k], f.m.cost[parent]), cmp.Compare(k, parent)) < 0) {
					parent = k
				}
			}
			if parent < 0 || !place(parent) {
				return false
			}
		}
		f.joint = append(f.joint, j)
		return true
	}
	if !place(j) {
		return nil
	}
	var total int64
	for _, k := range f.joint {
		total += f.m.size[k]
	}
	if total > room {
		return nil
	}
	// Together they must fit as each does alone.
	n := 0
	for n < len(f.joint) && t.allows(f.joint[n]) {
		t.move(f.joint[n], 1)
		n++
	}
	for _, k := range f.joint[:n] {
		t.move(k, -1)
	}
	if n < len(f.joint) {
		return nil
	}
	return f.joint
}
