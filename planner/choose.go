package planner

import (
	"cmp"
	"context"
	"errors"
	"maps"
	"math"
	"slices"
	"sync"
	"sync/atomic"

	"github.com/covgap/covgap/planner/candidate"
	"github.com/covgap/covgap/planner/solver"
	"github.com/paulmach/orb"
	"golang.org/x/sync/errgroup"
)

// claim is what a candidate is said to do in a village.
type claim struct {
	candidate int32
	village   int32
}

// serves gives the hexes, rising, that a candidate serves: what the exact path says
// where it was asked, else what the sweep does.
func (s *scheme) serves(candidate int32) []int32 {
	var out []int32
	for _, k := range s.claims(candidate) {
		out = append(out, s.servesIn(candidate, k.village)...)
	}
	return out
}

// servesIn gives those of one village.
func (s *scheme) servesIn(candidate, village int32) []int32 {
	k := claim{candidate, village}
	if exact, ok := s.exact[k]; ok {
		return exact
	}
	return s.claimed(k)
}

// claims gives the villages that a candidate touches.
func (s *scheme) claims(candidate int32) []claim {
	var out []claim
	for _, r := range s.found[candidate].Serves {
		v := int32(s.d.receivers[r].Village)
		if n := len(out); n == 0 || out[n-1].village != v {
			out = append(out, claim{candidate, v})
		}
	}
	return out
}

// instance makes the solver's matrix of what is known so far. Costs are what was found to
// be charged, or with least what they are at least.
func (s *scheme) instance(least bool) (*solver.Instance, error) {
	d := s.d
	// A village of which part of what a representative stands for is served is taken
	// hex by hex.
	whole := make([]bool, len(d.villages))
	for k, hexes := range s.exact {
		if !whole[k.village] && !d.representable(hexes) {
			whole[k.village] = true
		}
	}
	in := &solver.Instance{Columns: make([]solver.Column, len(s.found))}
	var rowOf []int32
	in.Villages, in.Rows, rowOf = d.rows(whole)
	for i := range s.found {
		var rows []int32
		for _, h := range s.serves(int32(i)) {
			rows = append(rows, rowOf[h])
		}
		slices.Sort(rows)
		column := solver.Column{Cost: s.offers[i].charged, Rows: slices.Compact(rows)}
		if least {
			column.Cost = s.offers[i].least
		}
		in.Columns[i] = column
	}
	return in, s.constrain(in)
}

// representable says whether hexes of one village, rising, are all that some of its
// representatives stand for.
func (d *demand) representable(hexes []int32) bool {
	var receivers []int32
	for _, h := range hexes {
		receivers = append(receivers, d.hexes[h].receiver)
	}
	slices.Sort(receivers)
	return slices.Equal(d.standFor(slices.Compact(receivers)), hexes)
}

// draftEffort is that of choices that are made to see what must be confirmed.
const draftEffort = solver.DefaultEffort / 4

// A draft is over when its choice stands, and of the core, what a better choice could
// hold, not more than one in settledCore turns out otherwise.
const settledCore = 20

// Where no effort is stated, the last choice is made once more with furtherEffort times
// [DefaultEffort] when it is further than nearGap from its bound: villages of thousands of
// hexes take it, others are there before.
const (
	furtherEffort = 4
	nearGap       = 0.02
)

// solve chooses until everything that the choice claims is confirmed, every connection it
// needs is priced, and nothing in it excludes anything else. With little effort first, and
// the core is confirmed and priced as well; then, with the effort stated or
// [DefaultEffort], of what is confirmed alone, see solveOnce.
func (s *scheme) solve(ctx context.Context) (*solver.Result, error) {
	problem, err := s.in.Objective.problem(s.in.Costs.Currency)
	if err != nil {
		return nil, err
	}
	most := cmp.Or(problem.Effort, DefaultEffort)
	problem.Effort = min(most, draftEffort)
	if err := s.shortlist(ctx); err != nil {
		return nil, err
	}
	last := false
	for {
		s.counts.Rounds++
		s.tell(Choosing, 0)
		result, err := s.solveOnce(ctx, problem, last)
		if err != nil {
			return nil, err
		}
		chosen, core := s.candidates(result)
		changed, err := s.confirm(ctx, chosen)
		if err != nil {
			return nil, err
		}
		changed += s.separate(chosen)
		switch {
		case last && changed > 0:
			continue
		case last && s.in.Objective.Effort == 0 && s.avoided == nil && problem.Effort == most && result.Gap > nearGap:
			problem.Effort = furtherEffort * most
			continue
		case last, changed == 0 && result.Proven && !s.bounded():
			return result, nil
		}
		more, err := s.confirm(ctx, core)
		if err != nil {
			return nil, err
		}
		if changed+more > 0 {
			if err := s.shortlist(ctx); err != nil {
				return nil, err
			}
		}
		if changed == 0 && more*settledCore <= len(core) {
			last, problem.Effort = true, most
		}
	}
}

// candidates gives those that a result chose and those of its core.
func (s *scheme) candidates(result *solver.Result) (chosen, core []int32) {
	// Behind the candidates are columns that constraints ask for.
	result.Selected = slices.DeleteFunc(result.Selected, func(x solver.Step) bool { return x.Column >= len(s.found) })
	for _, step := range result.Selected {
		chosen = append(chosen, int32(step.Column))
	}
	for _, j := range result.Core {
		if j < len(s.found) {
			core = append(core, int32(j))
		}
	}
	return chosen, core
}

// solveOnce makes a choice of what is known so far. At last it is made of candidates all
// of whose claims are judged and whose connection is priced, so that it stands, while its
// bound is that of all of them at the least costs: a site's own connection may cost more
// than what it comes to with others.
func (s *scheme) solveOnce(ctx context.Context, problem solver.Problem, last bool) (*solver.Result, error) {
	var choice, all *solver.Result
	tasks, within := errgroup.WithContext(ctx)
	tasks.SetLimit(s.in.Workers)
	solve := func(instance *solver.Instance, result **solver.Result) {
		tasks.Go(func() (err error) {
			*result, err = solver.Solve(within, instance, problem)
			return err
		})
	}
	charged, err := s.instance(false)
	if err != nil {
		return nil, err
	}
	narrowed := last && s.narrow(charged)
	solve(charged, &choice)
	if last && s.avoided == nil && (narrowed || s.bounded()) {
		least, err := s.instance(true)
		if err != nil {
			return nil, errors.Join(err, tasks.Wait())
		}
		solve(least, &all)
	}
	err = tasks.Wait()
	if narrowed && (errors.Is(err, solver.ErrContradiction) || errors.Is(err, solver.ErrNotFound)) {
		return s.solveOnce(ctx, problem, false) // what is confirmed keeps no constraints by itself
	}
	if err != nil {
		return nil, err
	}
	if all != nil {
		choice.Bound = all.Bound
		choice.Gap = math.Abs(float64(choice.Value-choice.Bound)) / math.Max(1, math.Abs(float64(choice.Value)))
	}
	return choice, nil
}

// narrow takes from an instance the candidates of which something is not yet confirmed,
// but those that must be chosen, and those without which a village could be met no more.
// It says whether there are any.
func (s *scheme) narrow(in *solver.Instance) (any bool) {
	open := make([]bool, len(s.found))
	need := make([]int64, len(s.d.villages)) // that what is confirmed does not meet
	for v := range need {
		need[v] = s.d.villages[v].need
	}
	served := make([]bool, len(s.d.hexes))
	for i := range s.found {
		if in.Columns[i].Fix != solver.Open {
			continue
		}
		open[i] = !s.confirmed(int32(i))
		for _, h := range s.serves(int32(i)) {
			if !open[i] && !served[h] {
				served[h] = true
				need[s.d.hexes[h].village] -= s.d.hexes[h].share
			}
		}
	}
	for v, list := range s.touches {
		if need[v] > 0 {
			for _, i := range list {
				open[i] = false
			}
		}
	}
	for i, yes := range open {
		if yes {
			in.Columns[i].Fix, any = solver.MustNot, true
		}
	}
	return any
}

// confirmed says whether all that a candidate claims is judged, and its connection
// priced.
func (s *scheme) confirmed(i int32) bool {
	return s.offers[i].looked && !slices.ContainsFunc(s.claims(i), func(k claim) bool {
		_, ok := s.exact[k]
		return !ok
	})
}

// bounded says whether the bound of a choice is that of other costs than those charged.
// An alternative has no bound.
func (s *scheme) bounded() bool {
	return s.avoided == nil && slices.ContainsFunc(s.offers, func(o offer) bool { return o.charged > o.least })
}

// confirm judges and prices candidates, and counts what is not as it was taken to be.
func (s *scheme) confirm(ctx context.Context, candidates []int32) (changed int, err error) {
	var open []claim
	for _, i := range candidates {
		for _, k := range s.claims(i) {
			if _, ok := s.exact[k]; !ok {
				open = append(open, k)
			}
		}
	}
	if changed, err = s.judge(ctx, open); err != nil {
		return 0, err
	}
	dearer, err := s.connect(ctx, candidates)
	return changed + dearer, err
}

// shortlisted is how many candidates of each village are judged before any choice is
// made of them.
const shortlisted = 20

// shortlist judges the candidates that promise most for their cost in each village, as
// far as their margin is narrow, until those that still promise most are judged. A
// choice among thousands of unjudged ones would be one of the luckiest errors.
func (s *scheme) shortlist(ctx context.Context) error {
	type promise struct {
		candidate int32
		worth     float64
	}
	for {
		worth := make([]float64, len(s.found))
		for i := range s.found {
			if s.offers[i].refused || s.forbidden(int32(i)) {
				continue
			}
			for _, k := range s.claims(int32(i)) {
				var share int64
				for _, h := range s.servesIn(int32(i), k.village) {
					share += s.d.hexes[h].share
				}
				part := min(1, float64(share)/float64(s.d.villages[k.village].need))
				if part < 1 {
					part /= 2 // it takes another one
				}
				worth[i] += part
			}
			worth[i] /= max(1, float64(s.offers[i].charged))
		}
		take := map[int32]bool{}
		for _, list := range s.touches {
			best := make([]promise, 0, len(list))
			for _, i := range list {
				if worth[i] > 0 {
					best = append(best, promise{i, worth[i]})
				}
			}
			slices.SortFunc(best, func(a, b promise) int {
				return cmp.Or(cmp.Compare(b.worth, a.worth), cmp.Compare(a.candidate, b.candidate))
			})
			for _, b := range best[:min(shortlisted, len(best))] {
				take[b.candidate] = true
			}
		}
		var open []claim
		for _, i := range slices.Sorted(maps.Keys(take)) {
			for _, k := range s.claims(i) {
				if _, ok := s.exact[k]; !ok && s.close(k) {
					open = append(open, k)
				}
			}
		}
		if len(open) == 0 {
			return nil
		}
		if _, err := s.judge(ctx, open); err != nil {
			return err
		}
	}
}

// close says whether a claim could turn out otherwise: some receiver of the village is
// served by a narrow margin, or is not served.
func (s *scheme) close(k claim) bool {
	t := &s.d.villages[k.village]
	c := &s.found[k.candidate]
	from, _ := slices.BinarySearch(c.Serves, t.firstReceiver)
	to, _ := slices.BinarySearch(c.Serves, t.endReceiver)
	return to-from < int(t.endReceiver-t.firstReceiver) || slices.Contains(c.Close[from:to], true)
}

// judge asks the exact path about claims, keeps its answers, and counts those that are
// not what the sweep says.
func (s *scheme) judge(ctx context.Context, claims []claim) (failed int, err error) {
	type answer struct{ serves []int32 }
	answers := make([]answer, len(claims))
	var next atomic.Int64
	var telling sync.Mutex
	done := 0
	g, ctx := errgroup.WithContext(ctx)
	for range min(s.in.Workers, len(claims)) {
		g.Go(func() error {
			j, err := candidate.NewJudge(s.in.Params, &s.in.Criterion, s.in.Antennas)
			if err != nil {
				return err
			}
			var at []orb.Point
			var served []bool
			var lists []int // of sectors that serve a hex
			for {
				i := int(next.Add(1)) - 1
				if i >= len(claims) {
					return nil
				}
				if err := ctx.Err(); err != nil {
					return err
				}
				if serves, ok := s.judged.known(claims[i]); ok {
					answers[i].serves = serves
					continue
				}
				c, t := &s.found[claims[i].candidate], &s.d.villages[claims[i].village]
				at = at[:0]
				for _, h := range s.d.hexes[t.firstHex:t.endHex] {
					at = append(at, h.position)
				}
				served = slices.Grow(served[:0], len(at))[:len(at)]
				by := s.counted(c)
				lists = slices.Grow(lists[:0], len(at))[:len(at)]
				clear(lists)
				for _, sectors := range by {
					if err := j.Serves(s.places[c.Place].At, sectors, at, served); err != nil {
						return err
					}
					for k, ok := range served {
						if ok {
							lists[k]++
						}
					}
				}
				for k, n := range lists {
					if n > 0 && n == len(by) {
						answers[i].serves = append(answers[i].serves, t.firstHex+int32(k))
					}
				}
				s.judged.keep(claims[i], answers[i].serves)
				telling.Lock()
				if done++; done%judgedAtOnce == 0 {
					s.tell(Judging, done)
				}
				telling.Unlock()
			}
		})
	}
	if err := g.Wait(); err != nil {
		return 0, err
	}
	for i, k := range claims {
		if !slices.Equal(answers[i].serves, s.claimed(k)) {
			failed++
		}
		s.exact[k] = answers[i].serves
	}
	s.counts.Judged += len(claims)
	s.counts.Corrected += failed
	return failed, nil
}

// claimed gives the hexes that the sweep says a candidate serves in a village.
func (s *scheme) claimed(k claim) []int32 {
	t := &s.d.villages[k.village]
	list := s.found[k.candidate].Serves
	from, _ := slices.BinarySearch(list, t.firstReceiver)
	to, _ := slices.BinarySearch(list, t.endReceiver)
	return s.d.standFor(list[from:to])
}

// judgedAtOnce is how many claims are judged between two reports of it.
const judgedAtOnce = 100

// tell says what is being done, with so many claims judged that are not yet counted.
func (s *scheme) tell(doing Doing, judged int) {
	if s.in.Chosen != nil {
		s.in.Chosen(Work{Doing: doing, Round: s.counts.Rounds, Judged: s.counts.Judged + judged})
	}
}
