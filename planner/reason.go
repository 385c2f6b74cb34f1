package planner

import (
	"maps"
	"slices"

	"github.com/covgap/covgap/geo/geodesy"
	"github.com/covgap/covgap/planner/candidate"
	"github.com/paulmach/orb"
)

// denials is what candidates would serve that cannot be reached, fed, connected or priced.
type denials struct {
	hexes []bool                      // that one of them reaches, as the sweep has it
	why   []map[candidate.Reason]bool // by village that one of them reaches
}

// deny notes a candidate without offer.
func (s *scheme) deny(i int, reason candidate.Reason) {
	for _, k := range s.claims(int32(i)) {
		for _, h := range s.claimed(k) {
			s.denied.hexes[h] = true
		}
		s.denied.because(k.village, reason)
	}
}

// denyDonorless notes places at which nothing but a repeater was wanted, and none hears a
// donor: what one would serve is not known, so that it is what lies within reach.
func (s *scheme) denyDonorless(places []orb.Point) {
	if len(places) == 0 {
		return
	}
	at := make([]geodesy.Cartesian, len(places))
	for i, p := range places {
		at[i] = geodesy.ToCartesian(p)
	}
	near2 := s.in.Params.RadiusM * s.in.Params.RadiusM
	for r := range s.d.receivers {
		local := geodesy.NewLocal(s.d.receivers[r].Position)
		if !slices.ContainsFunc(at, func(c geodesy.Cartesian) bool { return local.Chord2M2(&c) <= near2 }) {
			continue
		}
		for _, h := range s.d.standFor([]int32{int32(r)}) {
			s.denied.hexes[h] = true
		}
		s.denied.because(int32(s.d.receivers[r].Village), noDonor)
	}
}

func (d *denials) because(village int32, reason candidate.Reason) {
	if d.why[village] == nil {
		d.why[village] = map[candidate.Reason]bool{}
	}
	d.why[village][reason] = true
}

// reaches is what could serve hexes: each set holds the next.
type reaches struct {
	found, priced, allowed []int64 // by village: weight that some candidate would serve
	anything               []bool  // by village: whether some candidate would serve any of it
}

// reach adds up what could be served.
func (s *scheme) reach() *reaches {
	d := s.d
	n := len(d.hexes)
	priced, allowed := make([]bool, n), make([]bool, n)
	found := slices.Clone(s.denied.hexes)
	for i := range s.found {
		number := int32(i)
		free := !s.forbidden(number) || s.kept(number)
		for _, h := range s.serves(number) {
			found[h] = true
			if !s.offers[i].refused {
				priced[h] = true
				allowed[h] = allowed[h] || free
			}
		}
	}
	out := &reaches{anything: make([]bool, len(d.villages))}
	sum := func(served []bool) []int64 {
		weights := make([]int64, len(d.villages))
		for h, ok := range served {
			if ok {
				weights[d.hexes[h].village] += d.hexes[h].share
				out.anything[d.hexes[h].village] = true
			}
		}
		return weights
	}
	out.found, out.priced, out.allowed = sum(found), sum(priced), sum(allowed)
	return out
}

// reason says why the plan does not meet a village, and what of it stands in the way:
// fixMinor is what a fix besides the plan would cost, that takes so many actions; none is
// known where there are none.
func (s *scheme) reason(v int32, w *reaches, chosen []int32, spentMinor, fixMinor int64, fixActions int) (r Reason, because []string) {
	need, c := s.d.villages[v].need, &s.in.Constraints
	switch {
	case !w.anything[v]:
		return NoCandidate, nil
	case w.found[v] < need:
		return NotEnough, nil
	case w.priced[v] < need:
		return Refused, s.refusals(v)
	case w.allowed[v] < need:
		return Constrained, s.bars(v)
	case s.in.OnlyKept:
		return NothingAdded, nil
	case fixActions == 0: // what could be built excludes what is, or each other
		if c.SpacingM > 0 {
			return Constrained, []string{"spacing"}
		}
		return NotEnough, nil
	case s.in.Objective.Goal == Count && len(chosen)+fixActions > s.in.Objective.Count:
		return OverCount, nil
	case s.in.Objective.Goal == Budget && s.in.Costs.Currency.Amount(spentMinor+fixMinor) > s.in.Objective.Budget:
		return OverBudget, nil
	}
	if len(c.Years) > 0 {
		var sum float64
		for _, y := range c.Years {
			sum += y.Amount
		}
		if s.in.Costs.Currency.Amount(spentMinor+fixMinor) > sum {
			return Constrained, []string{"years"}
		}
	}
	switch {
	case len(c.Funds) > 0:
		return Constrained, []string{"funds"}
	case s.in.Objective.Goal == Count:
		return OverCount, nil
	case s.in.Objective.Goal == Budget:
		return OverBudget, nil
	}
	return NotEnough, nil // a place has one of its options
}

// refusals gives the reasons for which candidates that reach a village have no offer.
func (s *scheme) refusals(v int32) (because []string) {
	why := map[candidate.Reason]bool{}
	maps.Copy(why, s.denied.why[v])
	for _, i := range s.touches[v] {
		if s.offers[i].refused && len(s.servesIn(i, v)) > 0 {
			why[noBackhaul] = true
		}
	}
	for _, r := range slices.Sorted(maps.Keys(why)) {
		because = append(because, string(r))
	}
	return because
}

// bars gives what keeps candidates that reach a village from being chosen.
func (s *scheme) bars(v int32) []string {
	why := map[string]bool{}
	for _, i := range s.touches[v] {
		if s.offers[i].refused || s.kept(i) || len(s.servesIn(i, v)) == 0 {
			continue
		}
		switch {
		case slices.Contains(s.in.Constraints.MustNot, placeID(&s.places[s.found[i].Place])):
			why["must_not"] = true
		case s.dropped(i):
			why["given_up"] = true
		case s.forbidden(i):
			why["funds"] = true
		}
	}
	return slices.Sorted(maps.Keys(why))
}
