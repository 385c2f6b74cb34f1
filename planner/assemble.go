package planner

import (
	"context"
	"errors"
	"fmt"
	"math"
	"slices"

	"github.com/covgap/covgap/geo/geodesy"
	"github.com/covgap/covgap/planner/backhaul"
	"github.com/covgap/covgap/planner/cost"
	"github.com/covgap/covgap/planner/power"
	"github.com/covgap/covgap/planner/solver"
	"github.com/paulmach/orb"
	"golang.org/x/sync/errgroup"
)

// Relay is a mast that a plan builds to relay alone. Its cost is part of that of the
// first action that hangs on it.
type Relay struct {
	ID        string  `yaml:"id" json:"id"`
	Longitude float64 `yaml:"longitude" json:"longitude"`
	Latitude  float64 `yaml:"latitude" json:"latitude"`
	// StructureHeightM is of its mast, at the top of which the dishes hang.
	StructureHeightM float64  `yaml:"structure_height_m" json:"structure_height_m"`
	Cost             float64  `yaml:"cost" json:"cost"` // with the hop that leads on
	BackhaulSite     string   `yaml:"backhaul_site" json:"backhaul_site"`
	HopKm            float64  `yaml:"hop_km" json:"hop_km"`
	HopAzimuthDeg    float64  `yaml:"hop_azimuth_deg" json:"hop_azimuth_deg"` // to BackhaulSite
	For              []string `yaml:"for" json:"for"`                         // site ids
}

// Overload is a new site whose traffic is more than the site that it leads to can pass on
// beside what the plan hangs on it already. Each for itself could be connected there.
type Overload struct {
	Site         string `yaml:"site" json:"site"`
	BackhaulSite string `yaml:"backhaul_site" json:"backhaul_site"`
}

// action describes a candidate by its rank; whom it serves and how it is connected are
// not yet in it.
func (s *scheme) action(rank int, number int32) Action {
	a := s.described(number)
	a.Rank = rank
	if a.SiteID == "" {
		a.SiteID = s.newID(rank)
	}
	return a
}

// described is action without rank, and without id of a mast that is new.
func (s *scheme) described(number int32) Action {
	in, c, o := s.in, &s.found[number], &s.offers[number]
	p, v := &s.places[c.Place], &s.variants[c.Place][c.Option]
	a := Action{Kind: v.kind, Operator: v.operator}
	if v.kept != nil {
		a = *v.kept
		a.CostLines, a.Villages, a.PartlyServed, a.ReplacementCost = nil, nil, nil, nil
		a.Backhaul, a.BackhaulSite, a.HopKm, a.HopAzimuthDeg, a.Year, a.Fund = "", "", 0, 0, 0, ""
	}
	a.Kept = v.kept != nil
	a.Longitude, a.Latitude = rounded(p.At[0], coordinateScale), rounded(p.At[1], coordinateScale)
	a.GroundM = rounded(p.GroundM, 10)
	if v.site != nil {
		a.SiteID = v.site.ID
	} else {
		if v.kept == nil {
			a.Kind = o.kind
		}
		a.Power, a.PowerAssumed = o.power.Kind, o.power.Assumed && (o.power.Kind == power.Grid)
		a.StructureHeightM = v.template.StructureHeightM
		if o.parent != nil {
			a.ParentSite, a.BackhaulSite = o.parent.ID, o.parent.ID
			a.Backhaul, a.HopKm = backhaul.Fibre, rounded(o.link.Km, 1000)
			if o.link.Hop.LengthM > 0 && o.link.Needs[0].Item == cost.Microwave {
				a.Backhaul, a.HopAzimuthDeg = backhaul.Microwave, rounded(o.link.Hop.AzimuthDeg, 10)
			}
		}
	}
	switch t := v.template; {
	case t != nil:
		a.Template, a.AntennaHeightM = t.Name, t.AntennaHeightM
		a.Technology, a.FrequencyMHz, a.EIRPDBm = t.Technology, t.FrequencyMHz, t.EIRPDBm()
		if v.kept == nil {
			a.AzimuthsDeg = c.AzimuthsDeg
			a.MechanicalTiltDeg, a.ElectricalTiltDeg = new(t.MechanicalTiltDeg), new(c.ElectricalTiltDeg)
		} else {
			a.AzimuthsDeg = t.AzimuthsDeg
			a.MechanicalTiltDeg, a.ElectricalTiltDeg = new(t.MechanicalTiltDeg), new(t.ElectricalTiltDeg)
		}
	case v.kept == nil:
		a.AntennaHeightM = v.raise.AntennaHeightM
	}
	if v.donor != nil {
		a.ParentSite, a.SectorID, a.EIRPDBm = v.donor.site.ID, v.donor.sector.ID, v.eirpDBm
		a.Technology, a.FrequencyMHz = v.donor.carrier.Technology, v.donor.carrier.FrequencyMHz
		a.Operator = v.donor.carrier.Operator
	}
	if area, ok := in.Communes.At(p.At); ok {
		a.CommuneCode = area.Code
	}
	return a
}

// quantityScale rounds quantities of cost lines to metres of a road, watts and the like.
const quantityScale = 1000

func rounded(v, scale float64) float64 { return math.Round(v*scale) / scale }

// newID gives a new site an id that no site has.
func (s *scheme) newID(rank int) string {
	for n := rank; ; n++ {
		id := fmt.Sprintf("NEW-%03d", n)
		if !s.taken[id] {
			s.taken[id] = true
			return id
		}
	}
}

// assemble writes the plan that the solver's choice comes to.
func (s *scheme) assemble(ctx context.Context, result *solver.Result) (*Plan, error) {
	in, d := s.in, s.d
	currency := in.Costs.Currency
	p := &Plan{
		Version: Version, Objective: in.Objective, Constraints: in.Constraints,
		Currency: currency, WeightUnit: d.unit, Targets: len(in.Villages),
		Criterion: in.Criterion.Name, CriterionVersion: in.Criterion.Version, Model: in.Params.Model.Name(),
		RadiusKm: in.Params.RadiusM / 1000, Candidates: s.counts, Templates: slices.Clone(in.Templates),
		Actions: []Action{}, LeftOut: []LeftOut{},
	}
	s.taken = map[string]bool{}
	for i := range in.Sites {
		s.taken[in.Sites[i].ID] = true
	}
	for i := range in.Kept {
		s.taken[in.Kept[i].SiteID] = true
	}
	for _, x := range in.Dropped {
		s.taken[x.SiteID] = true
	}
	chosen := make([]int32, len(result.Selected))
	for k, step := range result.Selected {
		chosen[k] = int32(step.Column)
		p.Actions = append(p.Actions, s.action(k+1, chosen[k]))
	}
	quotes, err := s.connectAll(p, chosen)
	if err != nil {
		return nil, err
	}
	d.reset()
	var capex, lifetime int64
	for k, i := range chosen {
		a, q := &p.Actions[k], &quotes[k]
		capex += q.CapexMinor
		lifetime += q.LifetimeMinor
		a.Cost, a.LifetimeCost = currency.Amount(q.CapexMinor), currency.Amount(q.LifetimeMinor)
		for _, l := range q.Lines {
			a.CostLines = append(a.CostLines, CostLine{
				Item: l.Item, Variant: l.Variant, Kind: l.Kind, Year: l.Year, Quantity: rounded(l.Quantity, quantityScale), Unit: l.Unit, Amount: currency.Amount(l.Minor),
			})
		}
		people := d.build(a, s.serves(i))
		p.PeopleNew += people
		p.VillagesServed += len(a.Villages)
		a.PeopleNew, a.PeopleCumulative, a.VillagesCumulative = round(people), round(p.PeopleNew), p.VillagesServed
		a.CostPerPerson = 0
		if people > 0 {
			a.CostPerPerson = math.Round(100*a.Cost/people) / 100
		}
	}
	p.PeopleNew = round(p.PeopleNew)
	p.Cost, p.LifetimeCost = currency.Amount(capex), currency.Amount(lifetime)
	p.schedule(s, chosen, quotes)
	for _, a := range p.Actions {
		if a.Kind.places() {
			p.Proposed = append(p.Proposed, Proposal{SiteID: a.SiteID, Longitude: a.Longitude, Latitude: a.Latitude})
		}
	}
	p.Proposed = append(p.Proposed, in.Dropped...) // so that they stay out
	fixes, err := s.fixes(ctx, chosen)
	if err != nil {
		return nil, err
	}
	p.LeftOut = s.leftOut(chosen, p.Cost, fixes)
	if err := s.replacements(ctx, p, chosen); err != nil {
		return nil, err
	}
	p.tables()

	s.tell(Comparing, 0)
	var frontier frontier
	tasks, within := errgroup.WithContext(ctx)
	tasks.SetLimit(in.Workers)
	if err := s.startFrontier(within, tasks, &frontier, chosen); err != nil {
		return nil, errors.Join(err, tasks.Wait())
	}
	if err := tasks.Wait(); err != nil {
		return nil, err
	}
	value := result.Value
	if in.Objective.Goal == Eliminate {
		value = capex // what sites share comes off what each would cost alone
		result.Bound = min(result.Bound, capex)
		p.Value = currency.Amount(value)
	} else {
		p.Value = d.amount(value)
	}
	if !in.OnlyKept {
		s.prove(p, value, result.Bound)
	}
	s.finishFrontier(p, &frontier, chosen)
	if !s.draft {
		if err := s.alternatives(ctx, p, chosen); err != nil {
			return nil, err
		}
	}
	p.Meaning, p.Basis = p.meaning(), p.basis()
	return p, nil
}

// prove says how far a plan of a value is from the best that could be chosen.
func (s *scheme) prove(p *Plan, value, bound int64) {
	if s.in.Objective.Goal == Eliminate {
		p.Bound = new(p.Currency.Amount(bound))
	} else {
		p.Bound = new(s.d.amount(bound))
	}
	p.Proven, p.Gap = value == bound, new(0.0)
	switch {
	case p.Proven:
	case value == 0:
		*p.Gap = 1
	default:
		*p.Gap = math.Abs(float64(value-bound)) / math.Abs(float64(value))
	}
}

// connectAll connects the new sites of a plan together, so that they share relays and
// hops, and gives what each action costs. A relay is charged to the first action that
// hangs on it.
func (s *scheme) connectAll(p *Plan, chosen []int32) ([]cost.Quote, error) {
	quotes := make([]cost.Quote, len(chosen))
	byID := map[string]int{}
	var nodes []backhaul.Node
	for k, i := range chosen {
		o := &s.offers[i]
		quotes[k] = o.base
		if o.node != nil {
			n := *o.node
			n.ID = p.Actions[k].SiteID
			byID[n.ID] = k
			nodes = append(nodes, n)
		}
	}
	tree, err := s.links.Build(nodes)
	if err != nil {
		return nil, err
	}
	for _, u := range tree.Unconnected {
		// What together is too much for a site that stands was possible alone.
		for k := range nodes {
			if nodes[k].ID == u.Site {
				alone, err := s.links.Build(nodes[k : k+1])
				if err != nil {
					return nil, err
				}
				if len(alone.Lines) > 0 { // parents come first
					p.Overloads = append(p.Overloads, Overload{Site: u.Site, BackhaulSite: alone.Lines[0].Parent})
				}
				tree.Lines = append(tree.Lines, alone.Lines...)
				for _, r := range alone.Relays {
					if !slices.ContainsFunc(tree.Relays, func(o backhaul.Relay) bool { return o.ID == r.ID }) {
						tree.Relays = append(tree.Relays, r)
					}
				}
			}
		}
	}
	relays := map[string]int{} // index in tree.Relays
	for i, r := range tree.Relays {
		relays[r.ID] = i
		first := len(chosen)
		for _, id := range r.For {
			first = min(first, byID[id])
		}
		if first < len(chosen) {
			quotes[first] = sum(quotes[first], r.Quote)
		}
		p.Relays = append(p.Relays, Relay{
			ID: r.ID, Longitude: rounded(r.At[0], coordinateScale), Latitude: rounded(r.At[1], coordinateScale),
			StructureHeightM: s.in.Supply.Backhaul.RelayHeightM, Cost: s.in.Costs.Currency.Amount(r.Quote.CapexMinor), For: r.For,
		})
	}
	seen := map[string]bool{}
	for _, l := range tree.Lines {
		if seen[l.Node] {
			continue
		}
		seen[l.Node] = true
		if r, ok := relays[l.Node]; ok {
			p.Relays[r].BackhaulSite = l.Parent
			p.Relays[r].HopKm, p.Relays[r].HopAzimuthDeg = rounded(l.Hop.LengthM/1000, 1000), rounded(l.Hop.AzimuthDeg, 10)
			p.Relays[r].Cost += s.in.Costs.Currency.Amount(l.Quote.CapexMinor)
			first := len(chosen)
			for _, id := range tree.Relays[r].For {
				first = min(first, byID[id])
			}
			if first < len(chosen) {
				quotes[first] = sum(quotes[first], l.Quote)
			}
			continue
		}
		k := byID[l.Node]
		a := &p.Actions[k]
		a.Backhaul, a.BackhaulSite = l.Kind, l.Parent
		switch l.Kind {
		case backhaul.Microwave:
			a.HopKm, a.HopAzimuthDeg = rounded(l.Hop.LengthM/1000, 1000), rounded(l.Hop.AzimuthDeg, 10)
		case backhaul.Fibre:
			a.HopKm = rounded(l.FibreKm, 1000)
		}
		quotes[k] = sum(quotes[k], l.Quote)
	}
	return quotes, nil
}

// sum gives what two things cost together.
func sum(a, b cost.Quote) cost.Quote {
	return cost.Quote{
		Lines: slices.Concat(a.Lines, b.Lines), CapexMinor: a.CapexMinor + b.CapexMinor,
		OpexMinor: a.OpexMinor + b.OpexMinor, LifetimeMinor: a.LifetimeMinor + b.LifetimeMinor,
	}
}

// schedule gives each action, in build order, the year in which the budgets allow it and
// the funds that pay.
func (p *Plan) schedule(s *scheme, chosen []int32, quotes []cost.Quote) {
	c, currency := &s.in.Constraints, p.Currency
	minor := func(amount float64) int64 {
		m, err := currency.Minor(amount)
		if err != nil {
			panic(err) // the constraints were priced before
		}
		return m
	}
	year, spent := 0, int64(0)
	var upTo int64
	if len(c.Years) > 0 {
		upTo = minor(c.Years[0].Amount)
	}
	costs, payers, funds := make([]int64, len(chosen)), make([]uint, len(chosen)), make([]int64, len(c.Funds))
	for k, i := range chosen {
		costs[k], payers[k] = quotes[k].CapexMinor, s.funds(i)
	}
	for k, f := range c.Funds {
		funds[k] = minor(f.Amount)
	}
	parts := assign(costs, payers, funds)
	for k := range chosen {
		a := &p.Actions[k]
		spent += quotes[k].CapexMinor
		for spent > upTo && year+1 < len(c.Years) {
			year++
			upTo += minor(c.Years[year].Amount)
		}
		if len(c.Years) > 0 {
			a.Year = c.Years[year].Year
		}
		for f, part := range parts[k] {
			if part == 0 {
				continue
			}
			if a.Fund != "" {
				a.Fund += "+"
			}
			a.Fund += c.Funds[f].Name
		}
	}
}

// leftOut says of each target that the plan does not bring to its criterion why, in
// the order of the targets, and what would. d.gained and d.served hold what the plan serves.
func (s *scheme) leftOut(chosen []int32, planCost float64, fixes map[int32]*mend) []LeftOut {
	d := s.d
	w := s.reach()
	share := func(weight int64) float64 { return rounded(float64(weight)/shareScale, 1e6) }
	byTarget := map[int]LeftOut{}
	for i, now := range d.meets {
		byTarget[i] = LeftOut{Reason: AlreadyMeets, ShareNow: share(now), ShareWithPlan: share(now), ShareWithAll: share(now)}
	}
	var spent int64
	for _, i := range chosen {
		spent += s.offers[i].charged
	}
	for v := range d.villages {
		t := &d.villages[v]
		if d.gained[v] >= t.need {
			continue
		}
		l := LeftOut{
			ShareNow:      share(t.now),
			ShareWithPlan: share(t.now + d.gained[v]),
			ShareWithAll:  share(t.now + w.priced[v]),
		}
		m := fixes[int32(v)]
		l.Reason, l.Because = s.reason(int32(v), w, chosen, spent, m.costMinor, len(m.fix))
		if len(m.fix) > 0 {
			fixCost := s.in.Costs.Currency.Amount(m.costMinor)
			l.FixCost, l.EntersAt, l.FixUnconfirmed = fixCost, rounded(planCost+fixCost, 100), !m.confirmed
			for _, i := range m.fix {
				l.Fix = append(l.Fix, s.option(i))
			}
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

// repair gives a cheap choice of further candidates that brings villages to their need
// when the hexes served are: the best single one, else one after the other the one that
// brings most of what is missing for its cost, and then without those that turn out to
// be spare. avoid names candidates that may not be chosen; what excludes one that is
// chosen is not either.
func (s *scheme) repair(villages []int32, served []bool, chosen []int32, avoid func(int32) bool) (fix []int32, costMinor int64, ok bool) {
	d := s.d
	missing := map[int32]int64{}
	for _, v := range villages {
		t := &d.villages[v]
		missing[v] = t.need
		for h := t.firstHex; h < t.endHex; h++ {
			if served[h] {
				missing[v] -= d.hexes[h].share
			}
		}
	}
	now := map[int32]bool{} // hexes that the fix serves
	brings := func(i int32) (progress int64) {
		got := map[int32]int64{}
		for _, h := range s.touching(i, missing) {
			if !served[h] && !now[h] {
				got[d.hexes[h].village] += d.hexes[h].share
			}
		}
		for v, g := range got {
			progress += min(g, missing[v])
		}
		return progress
	}
	total := func() (sum int64) {
		for _, m := range missing {
			sum += max(0, m)
		}
		return sum
	}
	var options, all []int32
	for _, v := range villages {
		all = append(all, s.touches[v]...)
	}
	slices.Sort(all)
	for _, i := range slices.Compact(all) {
		o := &s.offers[i]
		if s.kept(i) || o.refused || slices.Contains(chosen, i) || avoid != nil && avoid(i) || s.forbidden(i) || s.clashes(i, chosen) {
			continue
		}
		if brings(i) > 0 {
			options = append(options, i)
		}
	}
	for total() > 0 {
		best, bestAll := int32(-1), false
		var most float64
		need := total()
		for _, i := range options {
			if slices.Contains(fix, i) || s.clashes(i, fix) {
				continue
			}
			b := brings(i)
			if b == 0 {
				continue
			}
			all := b >= need
			worth := float64(b) / max(1, float64(s.offers[i].charged))
			if all {
				worth = 1 / max(1, float64(s.offers[i].charged))
			}
			if best < 0 || all && !bestAll || all == bestAll && worth > most {
				best, bestAll, most = i, all, worth
			}
		}
		if best < 0 {
			return nil, 0, false
		}
		fix = append(fix, best)
		for _, h := range s.touching(best, missing) {
			if !served[h] && !now[h] {
				now[h] = true
				missing[d.hexes[h].village] -= d.hexes[h].share
			}
		}
	}
	for _, i := range fix {
		costMinor += s.offers[i].charged
	}
	return fix, costMinor, true
}

// touching gives the hexes that a candidate serves in some villages.
func (s *scheme) touching(i int32, villages map[int32]int64) (out []int32) {
	for v := range villages {
		out = append(out, s.servesIn(i, v)...)
	}
	return out
}

// forbidden says whether the constraints keep a candidate from being chosen.
func (s *scheme) forbidden(i int32) bool {
	return s.avoided != nil && s.avoided[i] || s.dropped(i) || slices.Contains(s.in.Constraints.MustNot, placeID(&s.places[s.found[i].Place])) ||
		len(s.in.Constraints.Funds) > 0 && s.funds(i) == 0
}

// clashes says whether a candidate excludes one of others.
func (s *scheme) clashes(i int32, others []int32) bool {
	return slices.ContainsFunc(others, func(o int32) bool { return s.excludes(i, o) })
}

// Proposal is where a plan once put a new mast.
type Proposal struct {
	SiteID    string  `yaml:"site_id" json:"site_id"`
	Longitude float64 `yaml:"longitude" json:"longitude"`
	Latitude  float64 `yaml:"latitude" json:"latitude"`
}

// Dropped gives the places of masts that the plan proposed and at which its actions no
// longer have one under that id: what its user took out, or moved. A mast that stands
// where another was moved away from is another matter.
func (p *Plan) Dropped() []Proposal {
	var out []Proposal
	for _, x := range p.Proposed {
		stands := func(a Action) bool {
			return a.SiteID == x.SiteID && geodesy.Distance(a.Position(), orb.Point{x.Longitude, x.Latitude}) < samePlaceM
		}
		if !slices.ContainsFunc(p.Actions, stands) {
			out = append(out, x)
		}
	}
	return out
}
