package planner

import (
	"cmp"
	"fmt"
	"math"
	"slices"
	"strings"

	"github.com/covgap/covgap/geo/geodesy"
	"github.com/covgap/covgap/planner/cost"
)

// Fate is what became of an action from one plan to another.
type Fate string

// The fates of an action.
const (
	Same    Fate = "same"    // in both, alike
	Altered Fate = "altered" // in both at one place, otherwise made
	Moved   Fate = "moved"   // in both, at most MovedWithinM apart
	Added   Fate = "added"   // in the later plan alone
	Dropped Fate = "dropped" // in the earlier plan alone
)

// MovedWithinM is how far apart two actions of a kind count as one that was moved: the
// width of a commune's valley, beyond which they serve other villages.
const MovedWithinM = 2000

// unmovedM is how far apart positions of one place are: they are written to a
// millionth of a degree.
const unmovedM = 1

// Totals are what a plan comes to. What it does and costs is nil where it has actions
// of which it does not say so.
type Totals struct {
	Objective Goal `json:"objective"`
	Actions   int  `json:"actions"`
	// Unappraised counts the actions without figures: those of a list that was written by
	// hand, or of a kind that no plan prices.
	Unappraised  int           `json:"unappraised"`
	Currency     cost.Currency `json:"currency"`
	Cost         *float64      `json:"cost"`
	LifetimeCost *float64      `json:"lifetime_cost"`
	Value        *float64      `json:"value"`
	Bound        *float64      `json:"bound,omitempty"` // none where nothing was chosen
	Gap          *float64      `json:"gap,omitempty"`   // likewise
	Targets      int           `json:"targets"`
	Villages     *int          `json:"villages"`
	PeopleNew    *float64      `json:"people_new"`
}

// Pair is an action of one plan or both.
type Pair struct {
	Fate      Fate     `json:"fate"`
	Before    *Action  `json:"before,omitempty"`
	After     *Action  `json:"after,omitempty"`
	DistanceM float64  `json:"distance_m,omitempty"` // of one that moved
	Fields    []string `json:"fields,omitempty"`     // that differ, place apart
}

// Difference is what distinguishes two plans.
type Difference struct {
	Before Totals `json:"before"`
	After  Totals `json:"after"`
	Pairs  []Pair `json:"actions"` // of the earlier plan in its order, then what is added
	// Villages that one plan brings to the criterion and the other does not, in order
	// of their ids; nil where one of the plans does not say.
	Gained []string `json:"villages_gained"`
	Lost   []string `json:"villages_lost"`
	// Basis lists what the plans do not share although their numbers depend on it.
	Basis []string `json:"differs"`
}

// Compare says what distinguishes two plans. Actions are the same when kind and place
// are; of those left over, the nearest of a kind within MovedWithinM count as moved.
func Compare(before, after *Plan) *Difference {
	d := &Difference{Before: before.totals(), After: after.totals(), Gained: []string{}, Lost: []string{}, Basis: []string{}}
	for _, b := range []struct{ what, before, after string }{
		{"criterion", fmt.Sprintf("%s v%d", before.Criterion, before.CriterionVersion), fmt.Sprintf("%s v%d", after.Criterion, after.CriterionVersion)},
		{"model", before.Model, after.Model},
		{"currency", string(before.Currency), string(after.Currency)},
		{"targets", fmt.Sprint(before.Targets), fmt.Sprint(after.Targets)},
		{"unit of people", string(before.WeightUnit), string(after.WeightUnit)},
	} {
		if b.before != b.after {
			d.Basis = append(d.Basis, fmt.Sprintf("%s: %s, then %s", b.what, b.before, b.after))
		}
	}
	d.pair(before.Actions, after.Actions)
	if d.Before.Unappraised+d.After.Unappraised > 0 {
		d.Gained, d.Lost = nil, nil
		return d
	}
	served := func(p *Plan) map[string]bool {
		out := map[string]bool{}
		for i := range p.Actions {
			for _, v := range p.Actions[i].Villages {
				out[v] = true
			}
		}
		return out
	}
	was, is := served(before), served(after)
	for v := range is {
		if !was[v] {
			d.Gained = append(d.Gained, v)
		}
	}
	for v := range was {
		if !is[v] {
			d.Lost = append(d.Lost, v)
		}
	}
	slices.Sort(d.Gained)
	slices.Sort(d.Lost)
	return d
}

// totals sums up the actions, relays among them, so that they hold of a plan that was
// edited too; value, bound and gap are those of the plan as it was made.
func (p *Plan) totals() Totals {
	t := Totals{Objective: p.Objective.Goal, Actions: len(p.Actions), Currency: p.Currency, Targets: p.Targets}
	var capex, lifetime, people float64
	villages := map[string]bool{}
	for i := range p.Actions {
		a := &p.Actions[i]
		if !a.appraised() {
			t.Unappraised++
		}
		capex += a.Cost
		lifetime += a.LifetimeCost
		people += a.PeopleNew
		for _, v := range a.Villages {
			villages[v] = true
		}
	}
	if t.Unappraised > 0 {
		return t
	}
	t.Cost, t.LifetimeCost, t.PeopleNew, t.Villages = &capex, &lifetime, &people, new(len(villages))
	t.Value, t.Bound, t.Gap = &p.Value, p.Bound, p.Gap
	return t
}

// appraised says whether an action says what it does and costs: one that was planned has
// the lines of its cost, even where that is nothing.
func (a *Action) appraised() bool {
	return len(a.CostLines) > 0 || a.Cost != 0 || a.PeopleNew != 0 || len(a.Villages) > 0
}

// pair matches the actions of two plans, the nearest first.
func (d *Difference) pair(before, after []Action) {
	type match struct {
		i, k      int
		distanceM float64
	}
	var near []match
	for i := range before {
		for k := range after {
			if a, b := &before[i], &after[k]; a.Kind == b.Kind && (a.Kind.places() || a.SiteID == b.SiteID) {
				if m := geodesy.Distance(a.Position(), b.Position()); m <= MovedWithinM {
					near = append(near, match{i, k, m})
				}
			}
		}
	}
	// Of several at one place, those of one sector and operator belong together.
	unlike := func(m match) int { return len(differing(&before[m.i], &after[m.k])) }
	slices.SortFunc(near, func(a, b match) int {
		return cmp.Or(cmp.Compare(math.Floor(a.distanceM), math.Floor(b.distanceM)), unlike(a)-unlike(b), a.i-b.i, a.k-b.k)
	})
	of, taken := make([]*match, len(before)), make([]bool, len(after))
	for n := range near {
		if m := &near[n]; of[m.i] == nil && !taken[m.k] {
			of[m.i], taken[m.k] = m, true
		}
	}
	for i := range before {
		p := Pair{Fate: Dropped, Before: &before[i]}
		if m := of[i]; m != nil {
			p.After = &after[m.k]
			p.Fields = differing(p.Before, p.After)
			switch {
			case m.distanceM > unmovedM:
				p.Fate, p.DistanceM = Moved, math.Round(m.distanceM)
			case len(p.Fields) > 0:
				p.Fate = Altered
			default:
				p.Fate = Same
			}
		}
		d.Pairs = append(d.Pairs, p)
	}
	for k := range after {
		if !taken[k] {
			d.Pairs = append(d.Pairs, Pair{Fate: Added, After: &after[k]})
		}
	}
}

// differing lists what of two actions of a kind differs, their place, rank, id and
// effect apart.
func differing(a, b *Action) []string {
	var out []string
	add := func(name string, differs bool) {
		if differs {
			out = append(out, name)
		}
	}
	add("template", a.Template != b.Template)
	add("parent_site", a.ParentSite != b.ParentSite)
	add("sector_id", a.SectorID != b.SectorID)
	add("structure_height_m", a.StructureHeightM != b.StructureHeightM)
	add("antenna_height_m", a.AntennaHeightM != b.AntennaHeightM)
	add("operator", a.Operator != b.Operator)
	add("technology", a.Technology != b.Technology)
	add("frequency_mhz", a.FrequencyMHz != b.FrequencyMHz)
	add("azimuth_deg", !slices.Equal(a.AzimuthsDeg, b.AzimuthsDeg))
	add("tilt_deg", a.TiltDeg() != b.TiltDeg())
	add("eirp_dbm", a.EIRPDBm != b.EIRPDBm)
	add("power", a.Power != b.Power)
	add("backhaul", a.Backhaul != b.Backhaul)
	add("cost", math.Abs(a.Cost-b.Cost) >= 0.005) // a cent, rounded
	return out
}

// Alike says whether the plans rest on the same criterion, model, currency, targets and
// unit; the error wraps ErrInput and lists what differs.
func (d *Difference) Alike() error {
	if len(d.Basis) == 0 {
		return nil
	}
	return fmt.Errorf("%w: the plans do not rest on the same ground: %s", ErrInput, strings.Join(d.Basis, "; "))
}
