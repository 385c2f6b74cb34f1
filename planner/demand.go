package planner

import (
	"fmt"
	"math"
	"slices"

	"github.com/covgap/covgap/coverage/criterion"
	"github.com/covgap/covgap/data"
	"github.com/covgap/covgap/data/habitat"
	"github.com/covgap/covgap/geo/geodesy"
	"github.com/covgap/covgap/geo/hexgrid"
	"github.com/covgap/covgap/planner/candidate"
	"github.com/covgap/covgap/planner/solver"
	"github.com/paulmach/orb"
)

const (
	// shareScale is the whole weight of a village in the solver's integers: fine
	// enough that rounding the weights of 10,000 hexes moves a share by 1e-5 at
	// most, small enough for a million villages (solver limits the total to 2^50).
	shareScale = 1e9
	// valueScale counts people and households in thousandths.
	valueScale = 1000
	// maxRepresentatives is how many hexes of a village are swept from at most.
	maxRepresentatives = 16
)

// demand is what targets lack: the hexes that are not served of each village that
// misses its criterion, and the receivers that stand for them in reverse sweeps.
type demand struct {
	in        *Input
	hexes     []hexDemand // of a village consecutive
	villages  []villageDemand
	receivers []candidate.Receiver // of a village consecutive
	unit      data.WeightUnit

	gained []int64       // by village: weight newly served by the actions built so far
	served []bool        // hexes served by them
	meets  map[int]int64 // indexes into Input.Villages that need nothing -> weight served today
}

// hexDemand is a hex that is not served.
type hexDemand struct {
	village  int32 // in demand.villages
	receiver int32 // in demand.receivers, that stands for it
	position orb.Point
	share    int64 // of shareScale
	value    int64 // of the objective's measure
	people   float64
	priority float64
}

// villageDemand is a target that misses its criterion.
type villageDemand struct {
	target                     int   // index into Input.Villages
	need, now                  int64 // of shareScale: to be served besides what is served today
	value                      int64 // of the objective's measure, when it is met
	firstHex, endHex           int32
	firstReceiver, endReceiver int32
}

func (d *demand) village(v int) *Village { return &d.in.Villages[d.villages[v].target] }

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
	d.reset()
	return d, nil
}

// reset forgets the actions built so far.
func (d *demand) reset() {
	d.gained = make([]int64, len(d.villages))
	d.served = make([]bool, len(d.hexes))
}

// add makes the hexes of a target that misses its criterion.
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
	target := villageDemand{
		target: i, need: need - now, now: now,
		firstHex: int32(len(d.hexes)), firstReceiver: int32(len(d.receivers)),
	}
	if d.in.Objective.Measure == Villages {
		target.value = 1
	}
	var values []int64
	switch d.in.Objective.Measure {
	case Villages:
		values = make([]int64, len(v.Hexes))
	case Households:
		values = apportion(v.Hexes, total, v.Village.Households*valueScale)
	default:
		values = apportion(v.Hexes, total, weight*valueScale)
	}
	number := int32(len(d.villages))
	hex := func(cell hexgrid.Cell, share, value int64, people float64) {
		h := hexDemand{village: number, position: cell.Center(), share: share, value: value, people: people, priority: float64(value)}
		if d.in.Objective.aims() == Villages {
			h.priority = float64(share) / float64(target.need) // every village counts the same
		}
		d.hexes = append(d.hexes, h)
	}
	for k, h := range v.Hexes {
		if !v.Served[k] {
			hex(h.Cell, shares[k], values[k], weight*h.Weight/total)
		}
	}
	if centre && centreAt < 0 {
		hex(v.Center, shareScale, 0, 0)
	}
	target.endHex = int32(len(d.hexes))
	d.represent(int(number), d.hexes[target.firstHex:])
	target.endReceiver = int32(len(d.receivers))
	d.villages = append(d.villages, target)
	return nil
}

// represent chooses the hexes of a village that are swept from, and for every other the
// nearest of them to stand for it. The first is that of most priority, each further
// one that of most priority times the square of its distance to those before it; the
// first in order decides a draw. A village of few hexes is represented by all.
func (d *demand) represent(village int, hexes []hexDemand) {
	first := int32(len(d.receivers))
	apart2 := make([]float64, len(hexes)) // to the nearest representative, m²
	for k := range apart2 {
		apart2[k] = 1
	}
	for range min(maxRepresentatives, len(hexes)) {
		best, most := -1, 0.0
		for k := range hexes {
			// What has no priority of its own still needs somebody to stand for it.
			if w := (hexes[k].priority + 1e-12) * apart2[k]; w > most {
				best, most = k, w
			}
		}
		if best < 0 {
			break // all that are left share a place with one before
		}
		number := int32(len(d.receivers))
		d.receivers = append(d.receivers, candidate.Receiver{Village: village, Position: hexes[best].position})
		local := geodesy.NewLocal(hexes[best].position)
		for k := range hexes {
			c := geodesy.ToCartesian(hexes[k].position)
			if m2 := local.Chord2M2(&c); number == first || m2 < apart2[k] {
				apart2[k], hexes[k].receiver = m2, number
			}
		}
	}
	for k := range hexes {
		d.receivers[hexes[k].receiver].Priority += hexes[k].priority
	}
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

// rows gives the solver its rows and villages, and the row of each hex. The hexes of a
// representative are one row, but in villages of which whole says that every hex is
// one by itself.
func (d *demand) rows(whole []bool) (villages []solver.Village, rows []solver.Row, rowOf []int32) {
	rowOf = make([]int32, len(d.hexes))
	for v := range d.villages {
		t := &d.villages[v]
		villages = append(villages, solver.Village{Need: t.need, Value: t.value})
		first := int32(len(rows))
		n := t.endReceiver - t.firstReceiver
		if whole[v] {
			n = t.endHex - t.firstHex
		}
		rows = append(rows, make([]solver.Row, n)...)
		for i := t.firstHex; i < t.endHex; i++ {
			h := &d.hexes[i]
			rowOf[i] = first + h.receiver - t.firstReceiver
			if whole[v] {
				rowOf[i] = first + i - t.firstHex
			}
			r := &rows[rowOf[i]]
			r.Village, r.Weight, r.Value = int32(v), r.Weight+h.share, r.Value+h.value
		}
	}
	return villages, rows, rowOf
}

// standFor gives the hexes, rising, for which receivers stand.
func (d *demand) standFor(receivers []int32) []int32 {
	var out []int32
	for len(receivers) > 0 {
		t := &d.villages[d.receivers[receivers[0]].Village]
		n := 0
		for n < len(receivers) && receivers[n] < t.endReceiver {
			n++
		}
		for i := t.firstHex; i < t.endHex; i++ {
			if _, ok := slices.BinarySearch(receivers[:n], d.hexes[i].receiver); ok {
				out = append(out, i)
			}
		}
		receivers = receivers[n:]
	}
	return out
}

// build marks what an action newly serves, names its villages, and gives the people
// newly served.
func (d *demand) build(a *Action, serves []int32) (people float64) {
	a.Villages, a.PartlyServed = []string{}, []string{}
	for len(serves) > 0 {
		v := d.hexes[serves[0]].village
		t := &d.villages[v]
		before := d.gained[v]
		for len(serves) > 0 && d.hexes[serves[0]].village == v {
			if h := serves[0]; !d.served[h] {
				d.served[h] = true
				people += d.hexes[h].people
				d.gained[v] += d.hexes[h].share
			}
			serves = serves[1:]
		}
		switch {
		case before < t.need && d.gained[v] >= t.need:
			a.Villages = append(a.Villages, d.village(int(v)).Village.ID)
		case d.gained[v] > before && d.gained[v] < t.need:
			a.PartlyServed = append(a.PartlyServed, d.village(int(v)).Village.ID)
		}
	}
	return people
}

// worth marks hexes as served and gives what that adds to the value of the objective.
func (d *demand) worth(serves []int32) (value int64) {
	for _, i := range serves {
		h := &d.hexes[i]
		if d.served[i] {
			continue
		}
		d.served[i] = true
		value += h.value
		t := &d.villages[h.village]
		before := d.gained[h.village]
		d.gained[h.village] += h.share
		if before < t.need && d.gained[h.village] >= t.need {
			value += t.value
		}
	}
	return value
}
