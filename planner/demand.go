package planner

import (
	"fmt"
	"math"
	"slices"

	"github.com/covgap/covgap/coverage/criterion"
	"github.com/covgap/covgap/data"
	"github.com/covgap/covgap/data/habitat"
	"github.com/covgap/covgap/geo/hexgrid"
	"github.com/covgap/covgap/planner/candidate"
	"github.com/covgap/covgap/planner/solver"
)

const (
	// shareScale is the whole weight of a village in the solver's integers: fine
	// enough that rounding the weights of 10,000 hexes moves a share by 1e-5 at
	// most, small enough for a million villages (solver limits the total to 2^50).
	shareScale = 1e9
	// valueScale counts people and households in thousandths.
	valueScale = 1000
)

// demand is what targets lack: one row and one receiver for each hex that is not
// served, of each village that misses its criterion.
type demand struct {
	in        *Input
	instance  solver.Instance // without columns
	receivers []candidate.Receiver
	people    []float64 // of each receiver, in unit
	unit      data.WeightUnit

	targets []int         // solver village -> index into Input.Villages
	now     []int64       // solver village -> weight served today, of shareScale
	gained  []int64       // solver village -> weight newly served by the actions built so far
	served  []bool        // receivers served by them
	meets   map[int]int64 // indexes into Input.Villages that need nothing -> weight served today
}

func (d *demand) village(v int) *Village { return &d.in.Villages[d.targets[v]] }

// amount gives a value of the solver in the unit of the measure.
func (d *demand) amount(value int64) float64 {
	if d.in.Objective.Measure == Villages {
		return float64(value)
	}
	return float64(value) / valueScale
}

func newDemand(in *Input) (*demand, error) {
	d := &demand{in: in, unit: data.People, meets: map[int]int64{}}
	households := 0.0
	for i := range in.Villages {
		v := &in.Villages[i]
		weight, unit := v.Village.Weight()
		if i > 0 && unit != d.unit {
			return nil, fmt.Errorf("%w: village %q is weighted in %s, others in %s", ErrInput, v.Village.ID, unit, d.unit)
		}
		d.unit = unit
		households += v.Village.Households
		if err := d.add(i, v, weight); err != nil {
			return nil, err
		}
	}
	if in.Objective.Measure == Households && households == 0 && len(in.Villages) > 0 {
		return nil, fmt.Errorf("%w: the measure is households, and no target village states any", ErrInput)
	}
	d.gained = make([]int64, len(d.targets))
	d.served = make([]bool, len(d.receivers))
	return d, nil
}

// add makes the rows of a target that misses its criterion.
func (d *demand) add(i int, v *Village, weight float64) error {
	var total float64
	for _, h := range v.Hexes {
		total += h.Weight
	}
	if !(total > 0) || math.IsInf(total, 0) {
		return fmt.Errorf("%w: %w: %q", ErrInput, criterion.ErrNoWeight, v.Village.ID)
	}
	centre := d.in.Criterion.Rule == criterion.Centre
	shares := apportion(v.Hexes, total, shareScale)
	centreAt := slices.IndexFunc(v.Hexes, func(h habitat.WeightedHex) bool { return h.Cell == v.Center })
	if centre { // its hex has all the weight
		clear(shares)
		if centreAt >= 0 {
			shares[centreAt] = shareScale
		}
	}
	var now int64
	for k, share := range shares {
		if v.Served[k] {
			now += share
		}
	}
	if centre && centreAt < 0 && v.CenterServed {
		now = shareScale
	}
	need := int64(shareScale)
	if !centre {
		// Each of the whole shares may be a unit short.
		need = int64(math.Ceil(d.in.Criterion.TargetShare*shareScale)) - int64(len(v.Hexes))
	}
	if now >= need {
		d.meets[i] = now
		return nil
	}
	village := int32(len(d.targets))
	d.targets = append(d.targets, i)
	d.now = append(d.now, now)
	target := solver.Village{Need: need - now}
	if d.in.Objective.Measure == Villages {
		target.Value = 1
	}
	d.instance.Villages = append(d.instance.Villages, target)

	var values []int64
	switch d.in.Objective.Measure {
	case Villages:
		values = make([]int64, len(v.Hexes))
	case Households:
		values = apportion(v.Hexes, total, v.Village.Households*valueScale)
	default:
		values = apportion(v.Hexes, total, weight*valueScale)
	}
	row := func(cell hexgrid.Cell, share, value int64, people float64) {
		priority := float64(value)
		if d.in.Objective.Goal == Eliminate || d.in.Objective.Measure == Villages {
			priority = float64(share) / float64(target.Need) // every village counts the same
		}
		d.instance.Rows = append(d.instance.Rows, solver.Row{Village: village, Weight: share, Value: value})
		d.receivers = append(d.receivers, candidate.Receiver{Village: int(village), Position: cell.Center(), Priority: priority})
		d.people = append(d.people, people)
	}
	for k, h := range v.Hexes {
		if !v.Served[k] {
			row(h.Cell, shares[k], values[k], weight*h.Weight/total)
		}
	}
	if centre && centreAt < 0 {
		row(v.Center, shareScale, 0, 0)
	}
	return nil
}

// apportion divides amount over hexes by their weights, which sum to total, in whole
// numbers that sum to the rounded amount: each hex has what the rounded running sum
// grows by.
func apportion(hexes []habitat.WeightedHex, total, amount float64) []int64 {
	out := make([]int64, len(hexes))
	var sum float64
	var before int64
	for k, h := range hexes {
		sum += h.Weight
		upTo := int64(math.Round(min(1, sum/total) * amount))
		out[k], before = upTo-before, upTo
	}
	return out
}

// build marks what an action newly serves, names its villages, and gives the people
// newly served. met are the solver's villages that it brings to their need.
func (d *demand) build(a *Action, serves []int32, met []int) (people float64) {
	a.Villages, a.PartlyServed = []string{}, []string{}
	for _, v := range met {
		a.Villages = append(a.Villages, d.village(v).Village.ID)
	}
	last := -1
	for k, r := range serves {
		v := d.receivers[r].Village
		if !d.served[r] {
			d.served[r] = true
			people += d.people[r]
			d.gained[v] += d.instance.Rows[r].Weight
			last = v
		}
		// Receivers of a village are consecutive.
		if end := k+1 == len(serves) || d.receivers[serves[k+1]].Village != v; end && last == v && d.gained[v] < d.instance.Villages[v].Need {
			a.PartlyServed = append(a.PartlyServed, d.village(v).Village.ID)
		}
	}
	return people
}

// leftOut says of each target that the plan does not bring to its criterion why, in
// the order of the targets. d.gained holds what the plan serves.
func (d *demand) leftOut(found []candidate.Candidate, goal Goal) []LeftOut {
	reachable := make([]bool, len(d.receivers))
	for _, c := range found {
		for _, r := range c.Serves {
			reachable[r] = true
		}
	}
	all := make([]int64, len(d.targets))
	touched := make([]bool, len(d.targets))
	for r, ok := range reachable {
		if ok {
			v := d.receivers[r].Village
			touched[v] = true
			all[v] += d.instance.Rows[r].Weight
		}
	}
	share := func(weight int64) float64 { return math.Round(float64(weight)/shareScale*1e6) / 1e6 }
	byTarget := map[int]LeftOut{}
	for i, now := range d.meets {
		byTarget[i] = LeftOut{Reason: AlreadyMeets, ShareNow: share(now), ShareWithPlan: share(now), ShareWithAll: share(now)}
	}
	for v, i := range d.targets {
		need := d.instance.Villages[v].Need
		if d.gained[v] >= need {
			continue
		}
		l := LeftOut{
			ShareNow:      share(d.now[v]),
			ShareWithPlan: share(d.now[v] + d.gained[v]),
			ShareWithAll:  share(d.now[v] + all[v]),
		}
		switch {
		case !touched[v]:
			l.Reason = NoCandidate
		case all[v] < need:
			l.Reason = NotEnough
		case goal == Count:
			l.Reason = OverCount
		default:
			l.Reason = OverBudget
		}
		byTarget[i] = l
	}
	out := []LeftOut{}
	for i := range d.in.Villages {
		if l, ok := byTarget[i]; ok {
			l.Village, l.Name = d.in.Villages[i].Village.ID, d.in.Villages[i].Village.Name
			out = append(out, l)
		}
	}
	return out
}
