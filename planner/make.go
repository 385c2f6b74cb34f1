package planner

import (
	"context"
	"fmt"
	"math"

	"github.com/covgap/covgap/coverage/criterion"
	"github.com/covgap/covgap/coverage/store"
	"github.com/covgap/covgap/coverage/sweep"
	"github.com/covgap/covgap/data"
	"github.com/covgap/covgap/geo/geodesy"
	"github.com/covgap/covgap/planner/candidate"
	"github.com/covgap/covgap/planner/cost"
	"github.com/covgap/covgap/planner/solver"
	"github.com/covgap/covgap/planner/template"
	"github.com/paulmach/orb"
	"golang.org/x/text/language"
	"golang.org/x/text/message"
)

// Village is a target of a plan.
type Village struct {
	criterion.Place
	Served []bool // for each of Place.Hexes, by what stands today
	// CenterServed says whether Place.Center is served; read under the rule of the
	// centre point when it is not among Place.Hexes.
	CenterServed bool
}

// Input is what a plan depends on.
type Input struct {
	Area     orb.Geometry    // where masts may stand: a polygon or multipolygon; nil sets no limit
	Communes *data.AreaIndex // gives actions their commune; nil when there are none
	// Params are those of the coverage that decided who is served. RadiusM is how
	// far a mast is tried.
	Params    sweep.Params
	Criterion criterion.Criterion
	Villages  []Village // the targets; where to take them from (computed, declared) is the caller's choice
	Template  template.Site
	Costs     cost.Table
	Objective Objective

	Store               *store.Store // keeps what candidates serve; nil keeps nothing
	CandidateResolution int          // H3; 0 stands for candidate.DefaultResolution
	Workers             int          // 0 stands for one a core
	// Progress, when not nil, is called after each candidate, one call at a time.
	Progress func(candidate.Progress)
}

// Make plans. The plan does not depend on the number of workers.
//
// Villages that cannot be met are part of the plan's LeftOut, not an error. The
// error wraps ErrInput or that of a package below, or is that of ctx.
func Make(ctx context.Context, in Input) (*Plan, error) {
	if err := in.validate(); err != nil {
		return nil, err
	}
	d, err := newDemand(&in)
	if err != nil {
		return nil, err
	}
	found, counts, err := candidate.FindStored(ctx, candidate.Input{
		Area: in.Area, Params: in.Params, Criterion: in.Criterion, Template: in.Template,
		Receivers: d.receivers, Resolution: in.CandidateResolution, Workers: in.Workers, Progress: in.Progress,
	}, in.Store)
	if err != nil {
		return nil, err
	}
	offers, err := price(&in, found)
	if err != nil {
		return nil, err
	}
	for i, c := range found {
		d.instance.Columns = append(d.instance.Columns, solver.Column{Cost: offers[i].CapexMinor, Rows: c.Serves})
	}
	problem, err := in.Objective.problem(in.Costs.Currency)
	if err != nil {
		return nil, err
	}
	result, err := solver.Solve(ctx, &d.instance, problem)
	if err != nil {
		return nil, err
	}
	return assemble(&in, d, found, offers, counts, result), nil
}

func (in *Input) validate() error {
	if err := in.Objective.Validate(); err != nil {
		return err
	}
	if err := in.Criterion.Validate(); err != nil {
		return err
	}
	if err := in.Template.Validate(); err != nil {
		return err
	}
	if err := in.Costs.Validate(); err != nil {
		return err
	}
	// A mast of one operator serves nobody else's customers.
	switch c := &in.Criterion; {
	case c.Operators == criterion.Named && in.Template.Operator != "" && in.Template.Operator != c.Operator:
		return fmt.Errorf("%w: template %q is operator %q's, the criterion counts %q alone", ErrInput, in.Template.Name, in.Template.Operator, c.Operator)
	case c.Operators == criterion.Each && in.Template.Operator != "":
		return fmt.Errorf("%w: template %q is operator %q's, the criterion counts each operator: leave the template's operator empty for a shared mast", ErrInput, in.Template.Name, in.Template.Operator)
	}
	ids := map[string]bool{}
	for i, v := range in.Villages {
		switch {
		case v.Village == nil || v.Village.ID == "":
			return fmt.Errorf("%w: target %d has no village or no id", ErrInput, i)
		case ids[v.Village.ID]:
			return fmt.Errorf("%w: village %q is a target twice", ErrInput, v.Village.ID)
		case len(v.Hexes) != len(v.Served):
			return fmt.Errorf("%w: village %q has %d hexes and %d served marks", ErrInput, v.Village.ID, len(v.Hexes), len(v.Served))
		}
		ids[v.Village.ID] = true
	}
	return nil
}

func (o *Objective) problem(c cost.Currency) (solver.Problem, error) {
	p := solver.Problem{Goal: solver.Eliminate, Count: o.Count, Effort: o.Effort}
	switch o.Goal {
	case Count:
		p.Goal = solver.Count
	case Budget:
		p.Goal = solver.Budget
		minor, err := c.Minor(o.Budget)
		if err != nil {
			return p, fmt.Errorf("%w: budget: %w", ErrInput, err)
		}
		p.Budget = minor
	}
	return p, nil
}

// offer is the price of a candidate.
type offer struct {
	cost.Quote
	power        template.Power
	powerAssumed bool
}

// price gives each candidate the price of the template there. Whether a place has
// grid power is what the nearest target village says of itself.
func price(in *Input, found []candidate.Candidate) ([]offer, error) {
	quotes := map[template.Power]cost.Quote{}
	for _, p := range []template.Power{template.Grid, template.Solar} {
		q, err := in.Costs.Price(in.Template.Needs(p))
		if err != nil {
			return nil, fmt.Errorf("template %q with %s power: %w", in.Template.Name, p, err)
		}
		quotes[p] = q
	}
	points := make([]orb.Point, len(in.Villages))
	for i, v := range in.Villages {
		points[i] = v.Village.Point()
	}
	offers := make([]offer, len(found))
	for i, c := range found {
		nearest, nearestM := 0, math.Inf(1)
		for k, p := range points {
			if m := geodesy.Distance(c.At, p); m < nearestM {
				nearest, nearestM = k, m
			}
		}
		o := offer{power: template.Grid}
		switch in.Villages[nearest].Village.GridPower {
		case data.No:
			o.power = template.Solar
		case data.Unknown:
			o.powerAssumed = true
		}
		o.Quote = quotes[o.power]
		offers[i] = o
	}
	return offers, nil
}

// Positions of actions are rounded to a millionth of a degree, 0.1 m.
const coordinateScale = 1e6

// action describes a new site; whom it serves is not yet in it.
func (in *Input) action(rank int, c *candidate.Candidate, o *offer) Action {
	t, currency := &in.Template, in.Costs.Currency
	a := Action{
		Rank: rank, Kind: NewSite, Template: t.Name, SiteID: fmt.Sprintf("NEW-%03d", rank),
		Longitude:        math.Round(c.At[0]*coordinateScale) / coordinateScale,
		Latitude:         math.Round(c.At[1]*coordinateScale) / coordinateScale,
		GroundM:          math.Round(c.GroundM*10) / 10,
		StructureHeightM: t.StructureHeightM, AntennaHeightM: t.AntennaHeightM,
		Operator: t.Operator, Technology: t.Technology, FrequencyMHz: t.FrequencyMHz,
		AzimuthsDeg: c.AzimuthsDeg, MechanicalTiltDeg: new(t.MechanicalTiltDeg), ElectricalTiltDeg: new(t.ElectricalTiltDeg),
		EIRPDBm: t.EIRPDBm(), Power: o.power, PowerAssumed: o.powerAssumed, Backhaul: t.Backhaul,
		Cost: currency.Amount(o.CapexMinor), LifetimeCost: currency.Amount(o.LifetimeMinor),
	}
	if area, ok := in.Communes.At(c.At); ok {
		a.CommuneCode = area.Code
	}
	for _, l := range o.Lines {
		a.CostLines = append(a.CostLines, CostLine{
			Item: l.Item, Variant: l.Variant, Kind: l.Kind, Year: l.Year, Quantity: l.Quantity, Unit: l.Unit, Amount: currency.Amount(l.Minor),
		})
	}
	return a
}

// assemble writes the plan that the solver's choice comes to.
func assemble(in *Input, d *demand, found []candidate.Candidate, offers []offer, counts candidate.Counts, result *solver.Result) *Plan {
	currency := in.Costs.Currency
	p := &Plan{
		Version: Version, Objective: in.Objective, Gap: result.Gap, Proven: result.Proven,
		Currency: currency, WeightUnit: d.unit, Targets: len(in.Villages),
		Criterion: in.Criterion.Name, CriterionVersion: in.Criterion.Version, Model: in.Params.Model.Name(),
		RadiusKm: in.Params.RadiusM / 1000, Candidates: counts, Templates: []template.Site{in.Template},
		Actions: []Action{}, LeftOut: []LeftOut{},
	}
	if in.Objective.Goal == Eliminate {
		p.Value, p.Bound = currency.Amount(result.Value), currency.Amount(result.Bound)
	} else {
		p.Value, p.Bound = d.amount(result.Value), d.amount(result.Bound)
	}
	var capex, lifetime int64
	for k, step := range result.Selected {
		o := &offers[step.Column]
		capex += o.CapexMinor
		lifetime += o.LifetimeMinor
		a := in.action(k+1, &found[step.Column], o)
		people := d.build(&a, found[step.Column].Serves, step.Villages)
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
	p.LeftOut = d.leftOut(found, in.Objective.Goal)
	p.Meaning = p.meaning()
	p.Basis = fmt.Sprintf("Every candidate was judged by the exact path (%s, one terrain profile each) to each habitable hex of the targets within %g km that is not served today, so every village named by an action is confirmed on all its hexes. Levels are best-server; signal from several masts is not added.",
		p.Model, p.RadiusKm)
	return p
}

// round keeps thousandths of a person, the precision in which they are counted.
func round(people float64) float64 { return math.Round(people*valueScale) / valueScale }

// meaning explains bound and gap.
func (p *Plan) meaning() string {
	english := message.NewPrinter(language.English) // with thousands separators
	instance := english.Sprintf("the %d candidate places that serve somebody, this template, these costs and the computed coverage", p.Candidates.Candidates)
	unit := string(p.Objective.Measure)
	if unit == "" {
		unit = string(People)
	}
	if unit == string(People) {
		unit = string(p.WeightUnit)
	}
	switch {
	case p.Candidates.Candidates == 0:
		return "No candidate place serves anybody, so there is nothing to choose."
	case p.Objective.Goal == Eliminate && p.Proven:
		return english.Sprintf("No choice is cheaper: with %s, every plan that serves the same villages costs at least %.0f %s, and this one costs that.", instance, p.Bound, p.Currency)
	case p.Objective.Goal == Eliminate:
		return english.Sprintf("With %s, every plan that serves the same villages costs at least %.0f %s; this one costs %.0f, so at most %.2f %% of it could be saved by a better choice. Other places, templates or costs are outside this statement.", instance, p.Bound, p.Currency, p.Value, 100*p.Gap)
	case p.Proven:
		return english.Sprintf("No choice serves more: with %s, no plan within the limit reaches more than %.0f %s, and this one does.", instance, p.Bound, unit)
	}
	return english.Sprintf("With %s, no plan within the limit reaches more than %.0f %s; this one reaches %.0f, so a better choice could add at most %.2f %%. Other places, templates or costs are outside this statement.", instance, p.Bound, unit, p.Value, 100*p.Gap)
}
