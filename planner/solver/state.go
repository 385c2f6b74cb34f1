package solver

// state is a choice of columns with everything a move needs: what is served, and
// for every column the gain of adding it. All of it is integer, so that adding
// and dropping a column leaves no trace.
//
// The gain counts the value of newly served rows and, for a group, progress
// towards its need, capped there, at a price: a column that brings a village
// half-way is worth half the village. So villages that take two columns are
// reached, and gains only shrink as columns are added.
type state struct {
	m     *model
	price []int64 // group -> gain for each unit of weight towards its need

	chosen   []bool
	list     []int32 // chosen columns, in no order
	at       []int32 // column -> place in list
	cover    []int32 // row -> chosen columns that hold it
	progress []int64 // group -> weight served
	unmet    int     // groups short of their need
	cost     int64
	size     int64
	value    int64 // of served rows and met groups

	gain []int64

	tally *tally // nil without side constraints

	// fresh is the weight a column would newly serve in each of the groups it
	// touches: entries[j] are the places of column j, of[g] those of group g.
	fresh    []int64
	groupOf  []int32
	columnOf []int32
	entries  []span
	of       [][]int32
}

// newState is the empty choice. prices gives each group's worth when wholly met,
// in 1/model.unit of a value.
func newState(m *model, prices []int64) *state {
	s := &state{
		m:        m,
		price:    make([]int64, len(m.need)),
		chosen:   make([]bool, len(m.rowsOf)),
		at:       make([]int32, len(m.rowsOf)),
		cover:    make([]int32, len(m.group)),
		progress: make([]int64, len(m.need)),
		unmet:    len(m.need),
		gain:     make([]int64, len(m.rowsOf)),
		entries:  make([]span, len(m.rowsOf)),
		of:       make([][]int32, len(m.need)),
		tally:    newTally(m.sides),
	}
	for j, rows := range m.rowsOf {
		from := int32(len(s.fresh))
		last := int32(-1)
		for _, r := range rows {
			g := m.group[r]
			if g < 0 {
				continue
			}
			if g != last {
				s.fresh = append(s.fresh, 0)
				s.groupOf = append(s.groupOf, g)
				s.columnOf = append(s.columnOf, int32(j))
				s.of[g] = append(s.of[g], int32(len(s.fresh)-1))
				last = g
			}
			s.fresh[len(s.fresh)-1] += m.weight[r]
		}
		s.entries[j] = span{from, int32(len(s.fresh))}
	}
	s.setPrices(prices)
	return s
}

// setPrices sets what each group is worth and computes all gains anew.
func (s *state) setPrices(prices []int64) {
	m := s.m
	for g := range s.price {
		s.price[g] = max(1, prices[g]/m.need[g])
	}
	for j, rows := range m.rowsOf {
		var gain int64
		for _, r := range rows {
			if s.cover[r] == 0 {
				gain += m.value[r] * m.unit
			}
		}
		for e := s.entries[j].from; e < s.entries[j].to; e++ {
			g := s.groupOf[e]
			gain += s.price[g] * min(s.fresh[e], s.rest(g))
		}
		s.gain[j] = gain
		m.visits += int64(len(rows))
	}
}

// rest is the weight group g is short of.
func (s *state) rest(g int32) int64 { return max(0, s.m.need[g]-s.progress[g]) }

// add chooses column j.
func (s *state) add(j int32) {
	s.chosen[j] = true
	s.at[j] = int32(len(s.list))
	s.list = append(s.list, j)
	s.cost += s.m.cost[j]
	s.size += s.m.size[j]
	if s.tally != nil {
		s.tally.move(j, 1)
	}
	s.flip(j, 1)
}

// drop takes column j back.
func (s *state) drop(j int32) {
	s.chosen[j] = false
	last := s.list[len(s.list)-1]
	s.list[s.at[j]] = last
	s.at[last] = s.at[j]
	s.list = s.list[:len(s.list)-1]
	s.cost -= s.m.cost[j]
	s.size -= s.m.size[j]
	if s.tally != nil {
		s.tally.move(j, -1)
	}
	s.flip(j, -1)
}

// flip carries the rows of column j over into or out of what is served; by is 1
// or -1.
func (s *state) flip(j int32, by int32) {
	m := s.m
	rows := m.rowsOf[j]
	for k := 0; k < len(rows); {
		g := m.group[rows[k]]
		var moved int64
		for ; k < len(rows) && m.group[rows[k]] == g; k++ {
			r := rows[k]
			s.cover[r] += by
			if by > 0 && s.cover[r] != 1 || by < 0 && s.cover[r] != 0 {
				continue
			}
			s.value += int64(by) * m.value[r]
			worth := int64(by) * m.value[r] * m.unit
			m.visits += int64(len(m.colsOf[r]))
			if g < 0 {
				for _, c := range m.colsOf[r] {
					s.gain[c] -= worth
				}
				continue
			}
			w := int64(by) * m.weight[r]
			moved += w
			rest := s.rest(g)
			if m.lone(g) {
				rest = m.need[g] // so that fresh alone tells: see advance
			}
			for _, c := range m.colsOf[r] {
				e := s.entry(c, g)
				s.gain[c] -= worth + s.price[g]*(min(s.fresh[e], rest)-min(s.fresh[e]-w, rest))
				s.fresh[e] -= w
			}
		}
		if g >= 0 && moved != 0 {
			s.advance(g, moved)
		}
	}
}

// advance moves the progress of group g by moved, which may be negative.
func (s *state) advance(g int32, moved int64) {
	m := s.m
	before := s.rest(g)
	s.progress[g] += moved
	after := s.rest(g)
	switch {
	case before > 0 && after == 0:
		s.unmet--
		s.value += m.prize[g]
	case before == 0 && after > 0:
		s.unmet++
		s.value -= m.prize[g]
	}
	if before == after || m.lone(g) {
		return // the fresh weight of a lone row is 0 exactly when the rest is
	}
	m.visits += int64(len(s.of[g]))
	for _, e := range s.of[g] {
		if f := s.fresh[e]; f > 0 {
			s.gain[s.columnOf[e]] += s.price[g] * (min(f, after) - min(f, before))
		}
	}
}

// entry finds the place of group g among those of column c.
func (s *state) entry(c, g int32) int32 {
	lo, hi := s.entries[c].from, s.entries[c].to
	for hi-lo > 1 {
		mid := (lo + hi) / 2
		if s.groupOf[mid] <= g {
			lo = mid
		} else {
			hi = mid
		}
	}
	return lo
}

// droppable says whether no group falls short, no value is lost and no need is left
// open without column j, which is chosen.
func (s *state) droppable(j int32) bool {
	m := s.m
	if s.tally != nil && !s.tally.idle(j, s.chosen) {
		return false
	}
	rows := m.rowsOf[j]
	m.visits += int64(len(rows))
	for k := 0; k < len(rows); {
		g := m.group[rows[k]]
		var lost int64
		for ; k < len(rows) && m.group[rows[k]] == g; k++ {
			if r := rows[k]; s.cover[r] == 1 {
				if m.value[r] > 0 {
					return false
				}
				lost += m.weight[r]
			}
		}
		if g >= 0 && lost > 0 && s.progress[g] >= m.need[g] && s.progress[g]-lost < m.need[g] {
			return false
		}
	}
	return true
}

// lost is the gain column j, which is chosen, is worth where it stands: what
// dropping it would let another win back.
func (s *state) lost(j int32) int64 {
	m := s.m
	var lost int64
	rows := m.rowsOf[j]
	m.visits += int64(len(rows))
	for k := 0; k < len(rows); {
		g := m.group[rows[k]]
		var moved int64
		for ; k < len(rows) && m.group[rows[k]] == g; k++ {
			if r := rows[k]; s.cover[r] == 1 {
				lost += m.value[r] * m.unit
				moved += m.weight[r]
			}
		}
		if g >= 0 && moved > 0 {
			lost += s.price[g] * (max(0, m.need[g]-s.progress[g]+moved) - s.rest(g))
		}
	}
	return lost
}
