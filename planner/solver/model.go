package solver

import (
	"cmp"
	"math"
	"slices"
)

// model is an instance prepared for one goal: villages that cannot or need not be
// met are gone, rows that no choice can tell apart are one, columns that another
// column can always replace are gone.
//
// Groups are what is left of villages with a need. The rows of a group are
// consecutive; rows of no group come first.
type model struct {
	goal Goal

	// Rows.
	group  []int32 // -1 for none
	weight []int64 // towards the need of the group
	value  []int64 // Budget and Count
	first  []int32 // the first of the instance's rows that are one here

	// Groups.
	need   []int64
	prize  []int64 // Budget and Count: value once the need is reached
	single []bool  // Eliminate: one row, which must be served, whatever village it came from

	// Columns.
	cost   []int64
	size   []int64 // what a column takes of limit: its cost, or 1 in Count
	limit  int64   // Budget and Count
	origin []int32 // column of the instance

	rowsOf [][]int32 // column -> rows, ascending
	colsOf [][]int32 // row -> columns, ascending
	groups []span    // group -> rows

	*sides // nil when there are none

	// unit is the fixed point in which gains are kept: what a value of one is
	// worth, or, in Eliminate, a group that meets its need.
	unit int64

	visits int64 // matrix entries visited so far
}

// span is a half-open range.
type span struct{ from, to int32 }

// newModel prepares what set leaves open for p. limits are further limits on the
// columns of the instance.
func newModel(set *setting, p Problem, limits []amounts) *model {
	in := set.in
	m := &model{goal: p.Goal}
	switch p.Goal {
	case Budget:
		m.limit = p.Budget - set.size
	case Count:
		m.limit = int64(p.Count) - set.size
	}

	cols := make([]Column, 0, len(in.Columns))
	column := make([]int32, len(in.Columns))
	for j, c := range in.Columns {
		column[j] = -1
		size := sizeOf(in, p.Goal, int32(j))
		if set.fix[j] != Open || p.Goal != Eliminate && size > m.limit {
			continue
		}
		column[j] = int32(len(cols))
		cols = append(cols, c)
		m.cost = append(m.cost, c.Cost)
		m.size = append(m.size, size)
		m.origin = append(m.origin, int32(j))
	}
	m.sides = newSides(set, column, limits)
	covered := make([]bool, len(in.Rows))
	for _, c := range cols {
		for _, r := range c.Rows {
			covered[r] = !set.served[r]
		}
	}
	// What chosen columns take together is a multiple of what divides all of them,
	// so the rest of the limit cannot be used.
	divisor := gcd(m.size)
	m.limit -= m.limit % divisor
	place := m.place(set, covered)
	m.rowsOf = make([][]int32, len(cols))
	for j, c := range cols {
		list := make([]int32, 0, len(c.Rows))
		for _, r := range c.Rows {
			if place[r] >= 0 {
				list = append(list, place[r])
			}
		}
		slices.Sort(list)
		m.rowsOf[j] = list
	}
	if m.sides != nil {
		m.sides.index(len(m.rowsOf))
	}
	m.reduce()
	return m
}

// place gives each row of the instance its place in the model, -1 for none, and
// fills the rows and groups.
func (m *model) place(set *setting, covered []bool) []int32 {
	in := set.in
	reach := make([]int64, len(in.Villages))
	for i, r := range in.Rows {
		if covered[i] {
			reach[r.Village] += r.Weight
		}
	}
	grouped := make([]bool, len(in.Villages))
	for v, village := range in.Villages {
		grouped[v] = set.need[v] > 0 && reach[v] >= set.need[v] && (m.goal == Eliminate || village.Value > 0)
	}
	byVillage := make([][]int32, len(in.Villages))
	place := make([]int32, len(in.Rows))
	add := func(i int32, group int32, weight int64) {
		place[i] = int32(len(m.group))
		value := in.Rows[i].Value
		if m.goal == Eliminate {
			value = 0
		}
		m.group = append(m.group, group)
		m.weight = append(m.weight, weight)
		m.value = append(m.value, value)
		m.first = append(m.first, i)
	}
	for i, r := range in.Rows {
		place[i] = -1
		switch {
		case !covered[i]:
		case grouped[r.Village] && r.Weight > 0:
			byVillage[r.Village] = append(byVillage[r.Village], int32(i))
		case m.goal != Eliminate && r.Value > 0:
			add(int32(i), -1, 0)
		}
	}
	newGroup := func(need, prize int64, single bool) int32 {
		m.need = append(m.need, need)
		m.prize = append(m.prize, prize)
		m.single = append(m.single, single)
		return int32(len(m.need) - 1)
	}
	for v, rows := range byVillage {
		if len(rows) == 0 {
			continue
		}
		need := set.need[v]
		if m.goal != Eliminate {
			g := newGroup(need, in.Villages[v].Value, false)
			for _, i := range rows {
				add(i, g, min(in.Rows[i].Weight, need))
			}
			continue
		}
		// A row without which the village cannot reach its need must be served:
		// it is a need of its own, and the rest of the village needs the rest.
		rest := need
		var free []int32
		for _, i := range rows {
			if w := in.Rows[i].Weight; reach[v]-w < need {
				add(i, newGroup(1, 0, true), 1)
				rest -= w
			} else {
				free = append(free, i)
			}
		}
		if rest <= 0 {
			continue
		}
		g := newGroup(rest, 0, false)
		for _, i := range free {
			add(i, g, min(in.Rows[i].Weight, rest))
		}
	}
	return place
}

// reduce removes what cannot matter until nothing more goes.
func (m *model) reduce() {
	for {
		before := len(m.group) + len(m.rowsOf)
		m.mergeRows()
		m.dropColumns()
		if m.goal == Eliminate {
			m.dropRows()
		}
		if len(m.group)+len(m.rowsOf) == before {
			break
		}
	}
	m.index()
}

// index builds colsOf and groups from the rest.
func (m *model) index() {
	m.colsOf = transpose(m.rowsOf, len(m.group))
	m.groups = make([]span, len(m.need))
	for i := 0; i < len(m.group); {
		g := m.group[i]
		from := i
		for i < len(m.group) && m.group[i] == g {
			i++
		}
		if g >= 0 {
			m.groups[g] = span{int32(from), int32(i)}
		}
	}
	total := m.totalValue() + int64(len(m.need))
	for m.unit = 1 << 40; m.unit > 1 && total > 1<<60/m.unit; {
		m.unit >>= 1
	}
}

// totalValue is the value of all rows and groups.
func (m *model) totalValue() int64 {
	var total int64
	for _, v := range m.value {
		total += v
	}
	for _, v := range m.prize {
		total += v
	}
	return total
}

// worth gives the plain price of each group: its prize, or the same for each in
// Eliminate.
func (m *model) worth() []int64 {
	prices := make([]int64, len(m.need))
	for g := range prices {
		prices[g] = m.unit
		if m.goal != Eliminate {
			prices[g] *= m.prize[g]
		}
	}
	return prices
}

// entries is the size of the matrix.
func (m *model) entries() int64 {
	var n int64
	for _, rows := range m.rowsOf {
		n += int64(len(rows))
	}
	return n
}

// lone says whether group g has one row.
func (m *model) lone(g int32) bool { return m.groups[g].to-m.groups[g].from == 1 }

func transpose(rowsOf [][]int32, rows int) [][]int32 {
	count := make([]int32, rows)
	total := 0
	for _, list := range rowsOf {
		total += len(list)
		for _, r := range list {
			count[r]++
		}
	}
	back := make([]int32, total)
	out := make([][]int32, rows)
	for r, n := range count {
		out[r], back = back[:0:n], back[n:]
	}
	for j, list := range rowsOf {
		for _, r := range list {
			out[r] = append(out[r], int32(j))
		}
	}
	return out
}

// required says whether row r must be served in every solution.
func (m *model) required(r int32) bool {
	g := m.group[r]
	return g >= 0 && m.single[g]
}

// mergeRows makes one row of the rows of a group that the same columns serve, and
// drops rows that none serves.
func (m *model) mergeRows() {
	colsOf := transpose(m.rowsOf, len(m.group))
	// A row is told by its class, in which rows may become one, and its columns.
	type told struct {
		class, row int32
		hash       uint64
	}
	order := make([]told, len(m.group))
	for r, g := range m.group {
		if m.required(int32(r)) {
			g = math.MaxInt32
		}
		order[r] = told{g, int32(r), hashList(colsOf[r])}
	}
	slices.SortFunc(order, func(a, b told) int {
		switch {
		case a.class != b.class:
			return cmp.Compare(a.class, b.class)
		case a.hash != b.hash:
			return cmp.Compare(a.hash, b.hash)
		}
		return cmp.Or(slices.Compare(colsOf[a.row], colsOf[b.row]), cmp.Compare(a.row, b.row))
	})
	keep := make([]bool, len(m.group))
	for k := 0; k < len(order); {
		first := order[k].row
		last := k + 1
		for last < len(order) && order[last].class == order[k].class && slices.Equal(colsOf[order[last].row], colsOf[first]) {
			r := order[last].row
			if !m.required(r) {
				m.weight[first] += m.weight[r]
				m.value[first] += m.value[r]
			}
			last++
		}
		if g := m.group[first]; g >= 0 {
			m.weight[first] = min(m.weight[first], m.need[g])
		}
		keep[first] = len(colsOf[first]) > 0
		k = last
	}
	m.keepRows(keep)
}

// keepRows drops the other rows, and the groups that are left without any.
func (m *model) keepRows(keep []bool) {
	newGroup := make([]int32, len(m.need))
	used := make([]bool, len(m.need))
	for r, ok := range keep {
		if ok && m.group[r] >= 0 {
			used[m.group[r]] = true
		}
	}
	n := int32(0)
	for g := range used {
		if used[g] {
			newGroup[g] = n
			m.need[n], m.prize[n], m.single[n] = m.need[g], m.prize[g], m.single[g]
			n++
		}
	}
	m.need, m.prize, m.single = m.need[:n], m.prize[:n], m.single[:n]
	newRow := make([]int32, len(keep))
	k := int32(0)
	for r, ok := range keep {
		newRow[r] = -1
		if !ok {
			continue
		}
		g := m.group[r]
		if g >= 0 {
			g = newGroup[g]
		}
		m.group[k], m.weight[k], m.value[k] = g, m.weight[r], m.value[r]
		m.first[k] = m.first[r]
		newRow[r] = k
		k++
	}
	m.first = m.first[:k]
	m.group, m.weight, m.value = m.group[:k], m.weight[:k], m.value[:k]
	for j, list := range m.rowsOf {
		out := list[:0]
		for _, r := range list {
			if newRow[r] >= 0 {
				out = append(out, newRow[r])
			}
		}
		m.rowsOf[j] = out
	}
}

// dropColumns removes each column whose rows another serves at no more cost. In
// Count the cost decides only between equal rows: there it is not what is limited.
func (m *model) dropColumns() {
	colsOf := transpose(m.rowsOf, len(m.group))
	sign := signatures(m.rowsOf)
	better := func(k, j int32) bool { // k replaces j; the rows of k are known to hold those of j
		equal := len(m.rowsOf[k]) == len(m.rowsOf[j])
		switch {
		case m.size[k] > m.size[j]:
			return false
		case m.size[k] < m.size[j] || !equal:
			return true
		case m.cost[k] != m.cost[j]:
			return m.cost[k] < m.cost[j]
		}
		return k < j
	}
	keep := make([]bool, len(m.rowsOf))
	for j := range m.rowsOf {
		list := m.rowsOf[j]
		if len(list) == 0 {
			keep[j] = m.sides != nil && len(m.parentIn[j]) > 0
			continue
		}
		keep[j] = true
		for _, k := range colsOf[rarest(list, colsOf)] {
			if int(k) != j && sign[j]&^sign[k] == 0 && len(m.rowsOf[k]) >= len(list) &&
				better(k, int32(j)) && (m.sides == nil || m.replaces(k, int32(j))) && subset(list, m.rowsOf[k]) {
				keep[j] = false
				break
			}
		}
	}
	m.keepColumns(keep)
}

// keepColumns drops the other columns.
func (m *model) keepColumns(keep []bool) {
	n := 0
	column := make([]int32, len(keep))
	for j, ok := range keep {
		column[j] = -1
		if ok {
			column[j] = int32(n)
			m.rowsOf[n], m.cost[n], m.size[n], m.origin[n] = m.rowsOf[j], m.cost[j], m.size[j], m.origin[j]
			n++
		}
	}
	m.rowsOf, m.cost, m.size, m.origin = m.rowsOf[:n], m.cost[:n], m.size[:n], m.origin[:n]
	if m.sides != nil && n < len(keep) {
		m.keep(column, n)
	}
}

// dropRows removes each required row that is served whenever another required
// row is.
func (m *model) dropRows() {
	colsOf := transpose(m.rowsOf, len(m.group))
	sign := signatures(colsOf)
	keep := make([]bool, len(m.group))
	for r := range keep {
		keep[r] = true
	}
	for k := range colsOf {
		if !m.required(int32(k)) {
			continue
		}
		list := colsOf[k]
		if len(list) == 0 {
			continue
		}
		// Equal lists were merged, so a superset is strictly larger and no two
		// rows remove each other.
		for _, r := range m.rowsOf[rarest(list, m.rowsOf)] {
			if keep[r] && int(r) != k && len(colsOf[r]) > len(list) && sign[k]&^sign[r] == 0 &&
				m.required(r) && subset(list, colsOf[r]) {
				keep[r] = false
			}
		}
	}
	m.keepRows(keep)
}

// rarest gives the element of list with the shortest entry in lists.
func rarest(list []int32, lists [][]int32) int32 {
	return slices.MinFunc(list, func(a, b int32) int { return cmp.Compare(len(lists[a]), len(lists[b])) })
}

// signatures gives each list a word whose bits cover its members: only when
// sign[a]&^sign[b] is 0 can a be a subset of b.
func signatures(lists [][]int32) []uint64 {
	out := make([]uint64, len(lists))
	for i, list := range lists {
		for _, v := range list {
			out[i] |= 1 << (mix(uint64(v)) >> 58)
		}
	}
	return out
}

// subset says whether every member of a is in b; both ascend.
func subset(a, b []int32) bool {
	k := 0
	for _, v := range a {
		for k < len(b) && b[k] < v {
			k++
		}
		if k == len(b) || b[k] != v {
			return false
		}
	}
	return true
}

func hashList(list []int32) uint64 {
	h := uint64(len(list))
	for _, v := range list {
		h = mix(h ^ uint64(v))
	}
	return h
}

// mix is the finaliser of SplitMix64 (Steele, Lea and Flood, 2014).
func mix(x uint64) uint64 {
	x += 0x9e3779b97f4a7c15
	x = (x ^ x>>30) * 0xbf58476d1ce4e5b9
	x = (x ^ x>>27) * 0x94d049bb133111eb
	return x ^ x>>31
}

// components are the parts of a model in Eliminate that have nothing in common: no
// row, group or side constraint. Each can be solved by itself. A model that is one
// part, or whose parts share a limit, is its own component.
func (m *model) components() []*model {
	if m.goal != Eliminate {
		return []*model{m}
	}
	n := len(m.rowsOf)
	of := make([]int32, n+len(m.group)+len(m.need)) // union-find over columns, rows, groups
	for i := range of {
		of[i] = int32(i)
	}
	find := func(i int32) int32 {
		for of[i] != i {
			of[i] = of[of[i]]
			i = of[i]
		}
		return i
	}
	join := func(a, b int32) {
		a, b = find(a), find(b)
		of[max(a, b)] = min(a, b) // the root of a part is its first column
	}
	for j, rows := range m.rowsOf {
		for _, r := range rows {
			join(int32(j), int32(n)+r)
		}
	}
	for r, g := range m.group {
		if g >= 0 {
			join(int32(n+r), int32(n+len(m.group))+g)
		}
	}
	if m.sides != nil {
		all := func(list []int32) {
			for _, j := range list[min(1, len(list)):] {
				join(list[0], j)
			}
		}
		for _, list := range m.cliques {
			all(list)
		}
		for _, e := range m.needs {
			all(e.any)
			if e.column >= 0 && len(e.any) > 0 {
				join(e.column, e.any[0])
			}
		}
		for _, c := range m.caps {
			all(c.columns)
		}
	}
	// By the first column of each part, in ascending order.
	var parts [][]int32
	at := make(map[int32]int)
	for j := range n {
		root := find(int32(j))
		i, ok := at[root]
		if !ok {
			i = len(parts)
			at[root] = i
			parts = append(parts, nil)
		}
		parts[i] = append(parts[i], int32(j))
	}
	if len(parts) <= 1 {
		return []*model{m}
	}
	out := make([]*model, len(parts))
	for i, columns := range parts {
		out[i] = m.part(columns)
	}
	return out
}

// part copies columns with their rows, groups and side constraints, which no other
// column shares.
func (m *model) part(columns []int32) *model {
	p := &model{goal: m.goal, limit: m.limit}
	var rows []int32
	for _, j := range columns {
		rows = append(rows, m.rowsOf[j]...)
	}
	slices.Sort(rows)
	rows = slices.Compact(rows)
	last := int32(-1)
	for _, r := range rows {
		g := m.group[r]
		if g >= 0 {
			if g != last {
				p.need, p.prize, p.single = append(p.need, m.need[g]), append(p.prize, m.prize[g]), append(p.single, m.single[g])
				last = g
			}
			g = int32(len(p.need) - 1)
		}
		p.group, p.weight, p.value = append(p.group, g), append(p.weight, m.weight[r]), append(p.value, m.value[r])
		p.first = append(p.first, m.first[r])
	}
	for _, j := range columns {
		list := make([]int32, len(m.rowsOf[j]))
		for k, r := range m.rowsOf[j] {
			at, _ := slices.BinarySearch(rows, r)
			list[k] = int32(at)
		}
		p.rowsOf = append(p.rowsOf, list)
		p.cost, p.size, p.origin = append(p.cost, m.cost[j]), append(p.size, m.size[j]), append(p.origin, m.origin[j])
	}
	if m.sides != nil {
		keep, column := make([]bool, len(m.rowsOf)), make([]int32, len(m.rowsOf))
		for j := range column {
			column[j] = -1
		}
		for i, j := range columns {
			keep[j], column[j] = true, int32(i)
		}
		if p.sides = m.sides.part(keep); p.sides != nil {
			p.keep(column, len(columns))
		}
	}
	p.index()
	return p
}
