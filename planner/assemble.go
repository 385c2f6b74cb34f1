package planner

import (
	"fmt"
	"math"
	"slices"

	"github.com/covgap/covgap/planner/solver"
)

// action describes a candidate; whom it serves is not yet in it.
func (s *scheme) action(rank int, number int32) Action {
	in, c, o := s.in, &s.found[number], &s.offers[number]
	p, v := &s.places[c.Place], &s.variants[c.Place][c.Option]
	currency := in.Costs.Currency
	a := Action{
		Rank: rank, Kind: v.kind,
		Longitude: math.Round(p.At[0]*coordinateScale) / coordinateScale,
		Latitude:  math.Round(p.At[1]*coordinateScale) / coordinateScale,
		GroundM:   math.Round(p.GroundM*10) / 10,
		Operator:  v.operator,
		Cost:      currency.Amount(o.CapexMinor), LifetimeCost: currency.Amount(o.LifetimeMinor),
	}
	if v.site != nil {
		a.SiteID = v.site.ID
	} else {
		a.SiteID = fmt.Sprintf("NEW-%03d", rank)
		a.Power, a.PowerAssumed, a.Backhaul = o.power, o.powerAssumed, v.template.Backhaul
		a.StructureHeightM = v.template.StructureHeightM
	}
	if t := v.template; t != nil {
		a.Template, a.AntennaHeightM = t.Name, t.AntennaHeightM
		a.Technology, a.FrequencyMHz, a.EIRPDBm = t.Technology, t.FrequencyMHz, t.EIRPDBm()
		a.AzimuthsDeg = c.AzimuthsDeg
		a.MechanicalTiltDeg, a.ElectricalTiltDeg = new(t.MechanicalTiltDeg), new(c.ElectricalTiltDeg)
	} else {
		a.AntennaHeightM = v.raise.AntennaHeightM
	}
	if area, ok := in.Communes.At(p.At); ok {
		a.CommuneCode = area.Code
	}
	for _, l := range o.Lines {
		a.CostLines = append(a.CostLines, CostLine{Item: l.Item, Quantity: l.Quantity, Unit: l.Unit, Amount: currency.Amount(l.Minor)})
	}
	return a
}

// assemble writes the plan that the solver's choice comes to.
func (s *scheme) assemble(result *solver.Result) *Plan {
	in, d := s.in, s.d
	currency := in.Costs.Currency
	p := &Plan{
		Version: Version, Objective: in.Objective, Gap: result.Gap, Proven: result.Proven,
		Currency: currency, WeightUnit: d.unit, Targets: len(in.Villages),
		Criterion: in.Criterion.Name, CriterionVersion: in.Criterion.Version, Model: in.Params.Model.Name(),
		RadiusKm: in.Params.RadiusM / 1000, Candidates: s.counts, Templates: slices.Clone(in.Templates),
		Actions: []Action{}, LeftOut: []LeftOut{},
	}
	if in.Objective.Goal == Eliminate {
		p.Value, p.Bound = currency.Amount(result.Value), currency.Amount(result.Bound)
	} else {
		p.Value, p.Bound = d.amount(result.Value), d.amount(result.Bound)
	}
	d.reset()
	var capex, lifetime int64
	for k, step := range result.Selected {
		o := &s.offers[step.Column]
		capex += o.CapexMinor
		lifetime += o.LifetimeMinor
		a := s.action(k+1, int32(step.Column))
		people := d.build(&a, s.serves(int32(step.Column)))
		p.PeopleNew += people
		p.VillagesServed += len(a.Villages)
		a.PeopleNew, a.PeopleCumulative, a.VillagesCumulative = round(people), round(p.PeopleNew), p.VillagesServed
		if people > 0 {
			a.CostPerPerson = math.Round(100*a.Cost/people) / 100
		}
		p.Actions = append(p.Actions, a)
	}
	p.PeopleNew = round(p.PeopleNew)
	p.Cost, p.LifetimeCost = currency.Amount(capex), currency.Amount(lifetime)
	p.LeftOut = s.leftOut()
	p.Meaning, p.Basis = p.meaning(), p.basis()
	return p
}

// leftOut says of each target that the plan does not bring to its criterion why, in
// the order of the targets. d.gained holds what the plan serves.
func (s *scheme) leftOut() []LeftOut {
	d := s.d
	reachable := make([]bool, len(d.hexes))
	for i := range s.found {
		for _, h := range s.serves(int32(i)) {
			reachable[h] = true
		}
	}
	all := make([]int64, len(d.villages))
	touched := make([]bool, len(d.villages))
	for i, ok := range reachable {
		if ok {
			h := &d.hexes[i]
			touched[h.village] = true
			all[h.village] += h.share
		}
	}
	share := func(weight int64) float64 { return math.Round(float64(weight)/shareScale*1e6) / 1e6 }
	byTarget := map[int]LeftOut{}
	for i, now := range d.meets {
		byTarget[i] = LeftOut{Reason: AlreadyMeets, ShareNow: share(now), ShareWithPlan: share(now), ShareWithAll: share(now)}
	}
	for v := range d.villages {
		t := &d.villages[v]
		if d.gained[v] >= t.need {
			continue
		}
		l := LeftOut{
			ShareNow:      share(t.now),
			ShareWithPlan: share(t.now + d.gained[v]),
			ShareWithAll:  share(t.now + all[v]),
		}
		switch {
		case !touched[v]:
			l.Reason = NoCandidate
		case all[v] < t.need:
			l.Reason = NotEnough
		case s.in.Objective.Goal == Count:
			l.Reason = OverCount
		default:
			l.Reason = OverBudget
		}
		byTarget[t.target] = l
	}
	out := []LeftOut{}
	for i := range s.in.Villages {
		if l, ok := byTarget[i]; ok {
			l.Village, l.Name = s.in.Villages[i].Village.ID, s.in.Villages[i].Village.Name
			out = append(out, l)
		}
	}
	return out
}
