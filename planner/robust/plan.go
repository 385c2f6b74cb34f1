package robust

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"math"
	"runtime"
	"slices"
	"sync/atomic"

	"github.com/covgap/covgap/coverage/antenna"
	"github.com/covgap/covgap/coverage/criterion"
	"github.com/covgap/covgap/coverage/sweep"
	"github.com/covgap/covgap/data"
	"github.com/covgap/covgap/geo/geodesy"
	"github.com/covgap/covgap/planner"
	"github.com/covgap/covgap/planner/candidate"
	"github.com/covgap/covgap/planner/solver"
	"github.com/paulmach/orb"
	"golang.org/x/sync/errgroup"
)

const (
	// RivalsPerVillage is how many candidates of each target stand beside the
	// plan's actions when it is made again.
	RivalsPerVillage = 12
	// sampleHexes is how many hexes stand for a target.
	sampleHexes = 32
	// DefaultSolves is how often a plan is made again: the standard error of a
	// frequency is then 0.05 at most.
	DefaultSolves = 100
	// solveEffort is the solver's for each of them: instances are small.
	solveEffort = 5
	// NearM is how near to an action another counts as standing for it.
	NearM = 1000
	// sampleWeight is the whole weight of a target in the solver's integers, and
	// valueScale counts people in thousandths.
	sampleWeight = 1e9
	valueScale   = 1000
)

// PlanInput is what the robustness of a plan depends on.
type PlanInput struct {
	Plan    *planner.Plan
	Rivals  *planner.Rivals
	Targets []planner.Village
	// Receptions are those of all villages, Certain how sure each is, both in one order.
	Receptions []criterion.Reception
	Certain    []Village
	Criterion  criterion.Criterion
	Params     sweep.Params // of the plan
	Antennas   map[string]antenna.Pattern
	Spread     Spread
	Solves     int // 0 stands for DefaultSolves
	Seed       uint64
	Workers    int // 0 stands for one a core
}

// Frequency is how often an action is part of a plan that is made again.
type Frequency struct {
	Itself float64 // the same place and template, 0 to 1
	Near   float64 // that, or another place within NearM of it
}

// PlanResult is how firmly a plan stands.
type PlanResult struct {
	Actions []Frequency // in the order of Plan.Actions
	Solves  int
	// CostLow and CostHigh are the 10 % and 90 % points of what the plans cost, in the
	// plan's currency, at the undisturbed prices.
	CostLow, CostHigh float64
	Measurements      []Measurement // the most worthwhile first
}

// MeasurementKind says what would be measured.
type MeasurementKind string

// The kinds of measurement.
const (
	// Today's signal in a target village: were it served, its actions would be spared.
	Target MeasurementKind = "target"
	// Today's signal in a village that counts as served: were it weak, the plan would
	// lack it.
	Served MeasurementKind = "served"
	// A test transmitter where a mast is planned, heard in a village that it is for.
	Link MeasurementKind = "planned_mast"
)

// Measurement is a place where knowing more could change the plan.
type Measurement struct {
	Kind    MeasurementKind
	Village int // of PlanInput.Receptions
	// Site is the one of Reception.Sites to listen to, -1 when none is heard; for Link
	// that of the plan's Action.
	Site, Action int
	// Probability is that the measurement speaks against what the plan takes for true.
	Probability float64
	// Change is the cost of the actions that would then leave the plan, or of those that
	// would come into it where that is more, in its currency, at undisturbed prices;
	// Estimated that it is the plan's mean cost of a village, for want of candidates.
	Change    float64
	Estimated bool
	Actions   []int // of the plan, that would leave it
}

// Value is what a measurement may move, weighted with the chance that it does.
func (m *Measurement) Value() float64 { return m.Probability * m.Change }

// study is a plan as it is made again.
type study struct {
	in      *PlanInput
	targets []target
}

// target is a village of the plan, by hexes that stand for equal parts of it.
type target struct {
	village   int // of Receptions
	hexes     []int
	weights   []int64
	values    []int64
	need      int64
	value     int64     // when it is met
	candidate []reached // in order of Rivals.List
}

// reached is a candidate with its margins at the hexes of a target.
type reached struct {
	column    int
	marginsDB []float64
}

// Plan makes a plan again and again under disturbed levels and costs, of its own actions
// and the candidates that promise most instead, and says what measurements would change
// it. The result does not depend on the number of workers. The error wraps ErrInput, or
// is that of ctx or of the solver.
func Plan(ctx context.Context, in PlanInput) (*PlanResult, error) {
	if err := in.Spread.validate(); err != nil {
		return nil, err
	}
	if len(in.Certain) != len(in.Receptions) {
		return nil, fmt.Errorf("%w: %d certainties of %d villages", ErrInput, len(in.Certain), len(in.Receptions))
	}
	if in.Solves == 0 {
		in.Solves = DefaultSolves
	}
	if in.Workers <= 0 {
		in.Workers = runtime.GOMAXPROCS(0)
	}
	s := &study{in: &in}
	if err := s.prepare(ctx); err != nil {
		return nil, err
	}
	out := &PlanResult{Actions: make([]Frequency, len(in.Plan.Actions)), Solves: in.Solves}
	if len(s.targets) == 0 {
		return out, nil
	}
	chosen, err := s.solveAll(ctx, in.Solves, func(n int) *solver.Instance { return s.instance(s.draw(n), nil) })
	if err != nil {
		return nil, err
	}
	s.count(chosen, out)
	if out.Measurements, err = s.measurements(ctx); err != nil {
		return nil, err
	}
	return out, nil
}

// prepare finds the hexes of targets and the margins of candidates there.
func (s *study) prepare(ctx context.Context) error {
	in := s.in
	number := map[string]int{}
	for i := range in.Receptions {
		number[in.Receptions[i].Village.ID] = i
	}
	touching := map[int][]int{} // candidates of a target
	for k := range in.Rivals.List {
		for _, v := range in.Rivals.List[k].Villages {
			touching[v] = append(touching[v], k)
		}
	}
	for v := range in.Targets {
		if len(touching[v]) == 0 {
			continue // nothing can be built for it
		}
		i, ok := number[in.Targets[v].Village.ID]
		if !ok {
			return fmt.Errorf("%w: target %q is not among the villages", ErrInput, in.Targets[v].Village.ID)
		}
		t := s.target(i)
		for _, k := range touching[v] {
			t.candidate = append(t.candidate, reached{k, make([]float64, len(t.hexes))})
		}
		s.targets = append(s.targets, t)
	}
	var next atomic.Int64
	g, ctx := errgroup.WithContext(ctx)
	for range min(in.Workers, len(s.targets)) {
		g.Go(func() error {
			judge, err := candidate.NewJudge(in.Params, &in.Criterion, in.Antennas)
			if err != nil {
				return err
			}
			for {
				i := int(next.Add(1)) - 1
				if i >= len(s.targets) {
					return nil
				}
				t := &s.targets[i]
				var at []orb.Point
				for _, h := range t.hexes {
					cell, _ := in.Receptions[t.village].Cell(h)
					at = append(at, cell.Center())
				}
				for _, c := range t.candidate {
					if err := ctx.Err(); err != nil {
						return err
					}
					a := &in.Rivals.List[c.column]
					if err := judge.Margins(a.At, a.Sectors, at, c.marginsDB); err != nil {
						return err
					}
				}
			}
		})
	}
	return g.Wait()
}

// target makes a target of a village.
func (s *study) target(village int) target {
	in := s.in
	r := &in.Receptions[village]
	t := target{village: village, hexes: sample(r, sampleHexes, in.Criterion.Rule), value: 1}
	people, _ := r.Village.Weight()
	total := people
	switch in.Plan.Objective.Measure {
	case planner.Villages:
		total = 0
	case planner.Households:
		total, t.value = r.Village.Households, 0
	default:
		t.value = 0
	}
	var sum float64
	for _, i := range t.hexes {
		_, w := r.Cell(i)
		sum += w
	}
	for _, i := range t.hexes {
		_, w := r.Cell(i)
		share := 1 / float64(len(t.hexes))
		if sum > 0 && in.Criterion.Rule != criterion.Centre {
			share = w / sum
			if len(t.hexes) == sampleHexes { // each stands for an equal part
				share = 1. / sampleHexes
			}
		}
		t.weights = append(t.weights, int64(math.Round(share*sampleWeight)))
		t.values = append(t.values, int64(math.Round(share*total*valueScale)))
	}
	goal := 1.
	if in.Criterion.Rule != criterion.Centre {
		goal = in.Criterion.TargetShare
	}
	t.need = int64(math.Ceil(goal*sampleWeight)) - int64(len(t.hexes)) // each may be rounded by one
	return t
}

// state is what of each target is served: today, and by each of its candidates.
type state struct {
	now   [][]bool   // by target and hex
	would [][][]bool // by target, candidate and hex
	cost  []float64  // factors by Rivals.List
}

// draw disturbs levels and costs; draw -1 leaves them.
func (s *study) draw(n int) *state {
	in := s.in
	var st state
	bias := 0.0
	if n >= 0 {
		bias = in.Spread.bias(in.Seed, n)
	}
	for k := range in.Rivals.List {
		f := 1.0
		if n >= 0 {
			f = in.Spread.cost(in.Seed, n, in.Rivals.List[k].Place)
		}
		st.cost = append(st.cost, f)
	}
	for i := range s.targets {
		t := &s.targets[i]
		r := &in.Receptions[t.village]
		shift := make([]float64, len(r.Sites))
		common := 0.0
		if n >= 0 {
			common = in.Spread.sites(in.Seed, n, r.Village.ID, bias, shift)
		}
		now := make([]bool, len(t.hexes))
		for k, h := range t.hexes {
			now[k] = r.Class(h, shift) == data.Served
		}
		would := make([][]bool, len(t.candidate))
		for c := range t.candidate {
			off := 0.0
			if n >= 0 {
				off = in.Spread.candidate(in.Seed, n, r.Village.ID, in.Rivals.List[t.candidate[c].column].Place, common)
			}
			would[c] = make([]bool, len(t.hexes))
			for k, m := range t.candidate[c].marginsDB {
				would[c][k] = m+off >= 0
			}
		}
		st.now, st.would = append(st.now, now), append(st.would, would)
	}
	return &st
}

// instance gives the solver's matrix of a state. What edit changes of it is kept to it.
func (s *study) instance(st *state, edit func(*state)) *solver.Instance {
	if edit != nil {
		edit(st)
	}
	sides := &s.in.Rivals.Sides
	in := &solver.Instance{Columns: slices.Clone(sides.Columns), Conflicts: sides.Conflicts, Requirements: sides.Requirements, Caps: sides.Caps}
	rows := make([][]int32, len(in.Columns))
	for i := range s.targets {
		t := &s.targets[i]
		need := t.need
		for k := range t.hexes {
			if st.now[i][k] {
				need -= t.weights[k]
				continue
			}
			row := int32(len(in.Rows))
			in.Rows = append(in.Rows, solver.Row{Village: int32(i), Weight: t.weights[k], Value: t.values[k]})
			for c := range t.candidate {
				if st.would[i][c][k] {
					rows[t.candidate[c].column] = append(rows[t.candidate[c].column], row)
				}
			}
		}
		in.Villages = append(in.Villages, solver.Village{Need: max(0, need), Value: t.value})
	}
	for k := range s.in.Rivals.List {
		c := &in.Columns[k]
		c.Rows = rows[k]
		// Eight times as fine, so that among equals the plan's own action is cheaper.
		c.Cost = int64(math.Round(float64(c.Cost)*st.cost[k])) * costScale
		if s.in.Rivals.List[k].Action >= 0 && c.Cost > 0 {
			c.Cost--
		}
	}
	in.Caps = slices.Clone(in.Caps)
	for i := range in.Caps {
		in.Caps[i].Limit *= costScale
	}
	return in
}

const costScale = 8

// problem is that of the plan in the finer costs.
func (s *study) problem() solver.Problem {
	p := s.in.Rivals.Problem
	p.Budget *= costScale
	p.Effort = solveEffort
	return p
}

// solveAll solves n instances and gives what was chosen of Rivals.List in each,
// nil where nothing keeps the constraints.
func (s *study) solveAll(ctx context.Context, n int, instance func(int) *solver.Instance) ([]map[int]bool, error) {
	out := make([]map[int]bool, n)
	var next atomic.Int64
	g, ctx := errgroup.WithContext(ctx)
	for range min(s.in.Workers, n) {
		g.Go(func() error {
			for {
				i := int(next.Add(1)) - 1
				if i >= n {
					return nil
				}
				result, err := solver.Solve(ctx, instance(i), s.problem())
				if errors.Is(err, solver.ErrContradiction) || errors.Is(err, solver.ErrNotFound) {
					continue
				}
				if err != nil {
					return err
				}
				out[i] = map[int]bool{}
				for _, step := range result.Selected {
					if step.Column < len(s.in.Rivals.List) {
						out[i][step.Column] = true
					}
				}
			}
		})
	}
	return out, g.Wait()
}

// cost is what a choice costs at undisturbed prices.
func (s *study) cost(chosen map[int]bool) (minor int64) {
	for k := range chosen {
		minor += s.in.Rivals.List[k].CostMinor
	}
	return minor
}

// count tells how often each action was chosen, and what the choices cost.
func (s *study) count(chosen []map[int]bool, out *PlanResult) {
	list := s.in.Rivals.List
	var costs []int64
	solved := 0.0
	for _, set := range chosen {
		if set == nil {
			continue
		}
		solved++
		costs = append(costs, s.cost(set))
		for k := range list {
			a := list[k].Action
			if a < 0 {
				continue
			}
			near := set[k]
			for j := range set {
				near = near || geodesy.Distance(list[j].At, list[k].At) <= NearM
			}
			if set[k] {
				out.Actions[a].Itself++
			}
			if near {
				out.Actions[a].Near++
			}
		}
	}
	out.Solves = len(costs)
	if len(costs) == 0 {
		return
	}
	for a := range out.Actions {
		out.Actions[a].Itself /= solved
		out.Actions[a].Near /= solved
	}
	slices.Sort(costs)
	amount := s.in.Plan.Currency.Amount
	out.CostLow, out.CostHigh = amount(costs[len(costs)/10]), amount(costs[len(costs)-1-len(costs)/10])
}

// leastProbability is how likely a supposition must be to be looked at.
const leastProbability = 0.01

// maxSupposed is how many suppositions are solved at most: those most likely to be true.
const maxSupposed = 120

// measurements supposes, one after the other, that what the plan takes for true is not,
// and makes the plan again each time.
func (s *study) measurements(ctx context.Context) ([]Measurement, error) {
	in := s.in
	var list []Measurement
	var edits []func(*state)
	isTarget := map[int]bool{}
	for i := range s.targets {
		t := &s.targets[i]
		isTarget[t.village] = true
		if p := 1 - in.Certain[t.village].WeakProbability; p >= leastProbability {
			list = append(list, Measurement{Kind: Target, Village: t.village, Site: decisive(&in.Receptions[t.village]), Action: -1, Probability: p})
			edits = append(edits, func(st *state) {
				for k := range st.now[i] {
					st.now[i][k] = true
				}
			})
		}
		for c := range t.candidate {
			a := in.Rivals.List[t.candidate[c].column].Action
			if a < 0 || !slices.Contains(in.Plan.Actions[a].Villages, in.Receptions[t.village].Village.ID) {
				continue
			}
			if p := s.fails(t, c); p >= leastProbability {
				list = append(list, Measurement{Kind: Link, Village: t.village, Site: -1, Action: a, Probability: p})
				edits = append(edits, func(st *state) {
					// As much weaker as it takes to serve none of it, whatever stands there: a
					// measurement tells of the place.
					for k := range t.candidate {
						if in.Rivals.List[t.candidate[k].column].Place == in.Rivals.List[t.candidate[c].column].Place {
							clear(st.would[i][k])
						}
					}
				})
			}
		}
	}
	order := make([]int, len(list))
	for i := range order {
		order[i] = i
	}
	slices.SortStableFunc(order, func(a, b int) int { return cmp.Compare(list[b].Probability, list[a].Probability) })
	order = order[:min(maxSupposed, len(order))]
	chosen, err := s.solveAll(ctx, 1+len(order), func(n int) *solver.Instance {
		if n == 0 {
			return s.instance(s.draw(-1), nil)
		}
		return s.instance(s.draw(-1), edits[order[n-1]])
	})
	if err != nil {
		return nil, err
	}
	var out []Measurement
	amount := in.Plan.Currency.Amount
	for n, i := range order {
		m, then := list[i], chosen[n+1]
		if chosen[0] == nil || then == nil {
			continue
		}
		var enter, leave int64
		for k := range in.Rivals.List {
			a := &in.Rivals.List[k]
			switch {
			case then[k] && !chosen[0][k]:
				enter += a.CostMinor
			case chosen[0][k] && !then[k]:
				leave += a.CostMinor
				if a.Action >= 0 {
					m.Actions = append(m.Actions, a.Action)
				}
			}
		}
		if m.Change = amount(max(enter, leave)); m.Change > 0 {
			slices.Sort(m.Actions)
			out = append(out, m)
		}
	}
	if in.Plan.VillagesServed > 0 {
		mean := in.Plan.Cost / float64(in.Plan.VillagesServed)
		for i := range in.Receptions {
			v := &in.Certain[i]
			r := &in.Receptions[i]
			if isTarget[i] || v.Certainty != Uncertain || mean == 0 || in.Criterion.Judge(r, make([]float64, len(r.Sites))).Class != data.Served {
				continue
			}
			out = append(out, Measurement{
				Kind: Served, Village: i, Site: decisive(&in.Receptions[i]), Action: -1, Probability: v.WeakProbability, Change: mean, Estimated: true,
			})
		}
	}
	slices.SortStableFunc(out, func(a, b Measurement) int {
		return cmp.Or(cmp.Compare(b.Value(), a.Value()), cmp.Compare(b.Probability, a.Probability),
			cmp.Compare(in.Receptions[a.Village].Village.ID, in.Receptions[b.Village].Village.ID), cmp.Compare(a.Kind, b.Kind), cmp.Compare(a.Action, b.Action))
	})
	return out, nil
}

// fails gives the share of draws in which a candidate of a target does not bring it to
// its criterion together with what serves today, of those in which it must.
func (s *study) fails(t *target, c int) float64 {
	in := s.in
	r := &in.Receptions[t.village]
	shift := make([]float64, len(r.Sites))
	served := func(offDB float64) (now, then int64) {
		for k, h := range t.hexes {
			switch {
			case r.Class(h, shift) == data.Served:
				now += t.weights[k]
				then += t.weights[k]
			case t.candidate[c].marginsDB[k]+offDB >= 0:
				then += t.weights[k]
			}
		}
		return now, then
	}
	if _, then := served(0); then < t.need {
		return 0 // it takes another action as well
	}
	place := in.Rivals.List[t.candidate[c].column].Place
	fails, asked := 0, 0
	for n := range DefaultDraws {
		common := in.Spread.sites(in.Seed, n, r.Village.ID, in.Spread.bias(in.Seed, n), shift)
		now, then := served(in.Spread.candidate(in.Seed, n, r.Village.ID, place, common))
		if now >= t.need {
			continue
		}
		asked++
		if then < t.need {
			fails++
		}
	}
	if asked == 0 {
		return 0
	}
	return float64(fails) / float64(asked)
}

// decisive gives the site, of Reception.Sites, that comes nearest to serving most of a
// village; -1 when none is heard.
func decisive(r *criterion.Reception) int {
	weight := make([]float64, len(r.Sites))
	for i := range r.Len() {
		_, w := r.Cell(i)
		if _, site := r.Nearest(i); site >= 0 {
			weight[site] += w
		}
	}
	best := -1
	for k, w := range weight {
		if best < 0 || w > weight[best] {
			best = k
		}
	}
	return best
}
