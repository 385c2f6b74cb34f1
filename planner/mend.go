package planner

import (
	"context"
	"slices"

	"golang.org/x/sync/errgroup"
)

// mend is a search for further candidates that bring villages to their need.
type mend struct {
	villages []int32
	served   []bool  // hexes, without them
	chosen   []int32 // what stays
	avoid    func(int32) bool

	fix       []int32
	costMinor int64
	found     bool
	confirmed bool // by the exact path, and connected
}

// mendRounds is how often the exact path may find a fix wanting before it is given as
// unconfirmed.
const mendRounds = 50

// mendAll finds a fix for each of some mends, has the exact path judge what the fixes claim
// and their connections priced, and looks again until they stand.
func (s *scheme) mendAll(ctx context.Context, mends []*mend) error {
	open := slices.Clone(mends)
	for round := 0; len(open) > 0; round++ {
		s.tell(Mending, 0)
		tasks, within := errgroup.WithContext(ctx)
		tasks.SetLimit(s.in.Workers)
		for _, m := range open {
			tasks.Go(func() error {
				m.fix, m.costMinor, m.found = s.repair(m.villages, m.served, m.chosen, m.avoid)
				return within.Err()
			})
		}
		if err := tasks.Wait(); err != nil {
			return err
		}
		var claims []claim
		var connect []int32
		taken := map[claim]bool{}
		open = slices.DeleteFunc(open, func(m *mend) bool {
			m.confirmed = true
			for _, i := range m.fix {
				if !s.offers[i].looked {
					m.confirmed = false
					connect = append(connect, i)
				}
				for _, v := range m.villages {
					k := claim{i, v}
					if _, ok := s.exact[k]; !ok && len(s.servesIn(i, v)) > 0 {
						m.confirmed = false
						if !taken[k] {
							taken[k] = true
							claims = append(claims, k)
						}
					}
				}
			}
			return m.confirmed
		})
		if round == mendRounds {
			return nil
		}
		if _, err := s.judge(ctx, claims); err != nil {
			return err
		}
		slices.Sort(connect)
		if _, err := s.connect(ctx, slices.Compact(connect)); err != nil {
			return err
		}
	}
	return nil
}

// fixes looks for what would meet the villages that the plan does not: one mend for each
// that could be met. d.gained and d.served hold what the plan serves.
func (s *scheme) fixes(ctx context.Context, chosen []int32) (map[int32]*mend, error) {
	byVillage := map[int32]*mend{}
	var mends []*mend
	for v := range s.d.villages {
		if s.d.gained[v] < s.d.villages[v].need {
			m := &mend{villages: []int32{int32(v)}, served: s.d.served, chosen: chosen}
			byVillage[int32(v)], mends = m, append(mends, m)
		}
	}
	return byVillage, s.mendAll(ctx, mends)
}

// replacements says of each action what it would cost to do without its place.
func (s *scheme) replacements(ctx context.Context, p *Plan, chosen []int32) error {
	d := s.d
	by := make([]int, len(d.hexes)) // actions that serve a hex
	for _, i := range chosen {
		for _, h := range s.serves(i) {
			by[h]++
		}
	}
	var mends []*mend
	var actions []int // of mends
	for k, i := range chosen {
		if s.kept(i) {
			continue
		}
		served := make([]bool, len(d.hexes))
		lost := map[int32]int64{}
		for h, n := range by {
			served[h] = n > 0
		}
		for _, h := range s.serves(i) {
			if by[h] == 1 {
				served[h] = false
				lost[d.hexes[h].village] += d.hexes[h].share
			}
		}
		var villages []int32
		for v := range d.villages {
			if w := lost[int32(v)]; w > 0 && d.gained[v] >= d.villages[v].need && d.gained[v]-w < d.villages[v].need {
				villages = append(villages, int32(v))
			}
		}
		place := s.found[i].Place
		mends = append(mends, &mend{
			villages: villages, served: served, chosen: slices.Delete(slices.Clone(chosen), k, k+1),
			avoid: func(j int32) bool { return s.found[j].Place == place },
		})
		actions = append(actions, k)
	}
	if err := s.mendAll(ctx, mends); err != nil {
		return err
	}
	for n, m := range mends {
		if a := &p.Actions[actions[n]]; m.found && m.confirmed {
			a.ReplacementCost = new(rounded(p.Currency.Amount(m.costMinor)-a.Cost, 100))
		}
	}
	return nil
}
