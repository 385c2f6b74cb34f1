package solver

import (
	"fmt"
	"slices"
)

// setting is what the side constraints settle before any search: which columns are
// part of every solution, which of none, and what is left of needs and limits.
type setting struct {
	in     *Instance
	fix    []Fix
	served []bool  // rows that the columns which must be chosen serve
	cost   int64   // of the columns that must be chosen
	size   int64   // what they take of the limit of Budget or Count
	value  int64   // of rows and villages they serve
	need   []int64 // village -> weight still needed; 0 when met
}

// sizeOf is what column j takes of the limit of the goal.
func sizeOf(in *Instance, goal Goal, j int32) int64 {
	switch {
	case goal != Count:
		return in.Columns[j].Cost
	case in.Columns[j].Uncounted:
		return 0
	}
	return 1
}

// settle follows the side constraints from the columns that must or must not be
// chosen. Its errors wrap [ErrContradiction].
func settle(in *Instance, p Problem) (*setting, error) {
	fix := make([]Fix, len(in.Columns))
	for j, c := range in.Columns {
		fix[j] = c.Fix
	}
	return settleFrom(in, p, fix)
}

// settleFrom is settle with the columns fixed as fix says, which it keeps.
func settleFrom(in *Instance, p Problem, fix []Fix) (*setting, error) {
	s := &setting{in: in, fix: fix}
	for {
		changed, err := s.propagate()
		if err != nil {
			return nil, err
		}
		if !changed {
			break
		}
	}
	s.served = make([]bool, len(in.Rows))
	for j, c := range in.Columns {
		if s.fix[j] != Must {
			continue
		}
		s.cost += c.Cost
		s.size += sizeOf(in, p.Goal, int32(j))
		for _, r := range c.Rows {
			if !s.served[r] {
				s.served[r] = true
				s.value += in.Rows[r].Value
			}
		}
	}
	switch {
	case p.Goal == Budget && s.size > p.Budget:
		return nil, fmt.Errorf("%w: what must be built costs %d, more than the budget %d", ErrContradiction, s.size, p.Budget)
	case p.Goal == Count && s.size > int64(p.Count):
		return nil, fmt.Errorf("%w: %d columns must be chosen, more than %d", ErrContradiction, s.size, p.Count)
	}
	s.need = make([]int64, len(in.Villages))
	for v, village := range in.Villages {
		s.need[v] = village.Need
	}
	for r, served := range s.served {
		if served {
			v := in.Rows[r].Village
			s.need[v] = max(0, s.need[v]-in.Rows[r].Weight)
		}
	}
	for v, village := range in.Villages {
		if village.Need > 0 && s.need[v] == 0 {
			s.value += village.Value
		}
	}
	return s, nil
}

// propagate follows every constraint once and says whether a column was settled.
func (s *setting) propagate() (changed bool, err error) {
	in := s.in
	set := func(j int32, to Fix) {
		s.fix[j] = to
		changed = true
	}
	for i, list := range in.Conflicts {
		k := slices.IndexFunc(list, func(j int32) bool { return s.fix[j] == Must })
		if k < 0 {
			continue
		}
		for _, j := range list {
			switch {
			case j == list[k]:
			case s.fix[j] == Must:
				return false, fmt.Errorf("%w: columns %d and %d must both be chosen, and conflict %d allows one", ErrContradiction, list[k], j, i)
			case s.fix[j] == Open:
				set(j, MustNot)
			}
		}
	}
	for _, r := range in.Requirements {
		if s.fix[r.Column] == MustNot {
			continue
		}
		open, have := int32(-1), false
		n := 0
		for _, j := range r.Any {
			switch s.fix[j] {
			case Must:
				have = true
			case Open:
				open = j
				n++
			}
		}
		switch {
		case have:
		case n == 0 && s.fix[r.Column] == Must:
			return false, fmt.Errorf("%w: column %d must be chosen, and none of the columns it needs may be", ErrContradiction, r.Column)
		case n == 0:
			set(r.Column, MustNot)
		case n == 1 && s.fix[r.Column] == Must:
			set(open, Must)
		}
	}
	for i, c := range in.Caps {
		left := c.Limit
		for _, j := range c.Columns {
			if s.fix[j] == Must {
				left -= in.Columns[j].Cost
			}
		}
		if left < 0 {
			return false, fmt.Errorf("%w: what must be built costs %d, more than cap %d allows, %d", ErrContradiction, c.Limit-left, i, c.Limit)
		}
		for _, j := range c.Columns {
			if s.fix[j] == Open && in.Columns[j].Cost > left {
				set(j, MustNot)
			}
		}
	}
	return changed, nil
}

// unmeetable lists the villages whose need the columns that may be chosen do not
// reach, all together.
func (s *setting) unmeetable() []int {
	in := s.in
	covered := make([]bool, len(in.Rows))
	for j, c := range in.Columns {
		if s.fix[j] != MustNot {
			for _, r := range c.Rows {
				covered[r] = true
			}
		}
	}
	reach := make([]int64, len(in.Villages))
	for i, r := range in.Rows {
		if covered[i] {
			reach[r.Village] += r.Weight
		}
	}
	var out []int
	for v, village := range in.Villages {
		if reach[v] < village.Need {
			out = append(out, v)
		}
	}
	return out
}
