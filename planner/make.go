package planner

import (
	"context"
	"fmt"
	"math"
	"runtime"

	"github.com/covgap/covgap/coverage/antenna"
	"github.com/covgap/covgap/coverage/criterion"
	"github.com/covgap/covgap/coverage/store"
	"github.com/covgap/covgap/coverage/sweep"
	"github.com/covgap/covgap/data"
	"github.com/covgap/covgap/planner/candidate"
	"github.com/covgap/covgap/planner/cost"
	"github.com/covgap/covgap/planner/solver"
	"github.com/covgap/covgap/planner/template"
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
	Limits     candidate.Limits  // where masts may stand
	Points     []candidate.Point // places of the user's own, tried beside the hexes
	OnlyPoints bool              // not the hexes
	Sites      []data.Site       // that stand
	Communes   *data.AreaIndex   // gives actions their commune; nil when there are none
	// Kinds are the kinds of action that may be offered; nil stands for NewSite alone.
	Kinds []ActionKind
	// Params are those of the coverage that decided who is served. RadiusM is how
	// far antennas are tried.
	Params      sweep.Params
	Antennas    map[string]antenna.Pattern // of files that sectors name
	Criterion   criterion.Criterion
	Villages    []Village // the targets; where to take them from (computed, declared) is the caller's choice
	Templates   []template.Site
	Costs       cost.Table
	Supply      Supply // of new masts; the zero Supply stands for DefaultSupply
	Objective   Objective
	Constraints Constraints

	// Kept are actions that stay as they are, whatever they serve: a plan that is made
	// again starts from them. They build, so kinds that take away or change what
	// serves today are refused. OnlyKept adds nothing to them.
	Kept     []Action
	OnlyKept bool
	Dropped  []Proposal // no new mast nearer than DroppedM to one of them

	Store               *store.Store // keeps what reverse sweeps find; nil keeps nothing
	CandidateResolution int          // H3; 0 stands for candidate.DefaultResolution
	Workers             int          // 0 stands for one a core
	// Progress, when not nil, is called after each receiver swept from, one call at a
	// time.
	Progress func(candidate.Progress)
	// Chosen, when not nil, is told how far the plan is once that search is over, one call
	// at a time.
	Chosen func(Work)
	// Rejected, when not nil, is told of every place that was tried and refused, in
	// the same order each time.
	Rejected func(candidate.Rejection)
}

// Doing is what the making of a plan is at.
type Doing string

// What it can be at, in this order; the first two take turns.
const (
	Choosing  Doing = "choosing"  // what to build, of what is known of whom it serves
	Judging   Doing = "judging"   // by the exact path whom candidates serve
	Mending   Doing = "mending"   // what would meet villages left out, or stand in for an action
	Comparing Doing = "comparing" // with smaller limits and other plans
)

// Work says how far a plan is. How many rounds it takes cannot be known before.
type Work struct {
	Doing  Doing
	Round  int // choices made, with the one under way
	Judged int // pairs of a candidate and a village judged by the exact path
}

// OfferedKinds gives the kinds of action that [Make] can choose from.
func OfferedKinds() []ActionKind {
	return []ActionKind{NewSite, RemoteSector, Repeater, AddSector, AddBand, Raise}
}

// Make plans. The plan does not depend on the number of workers.
//
// Places and what they serve come from reverse sweeps; what a solution claims is
// then judged by the exact path on all hexes of the villages it touches, what turns
// out otherwise is corrected, and the choice made again, until nothing fails.
//
// Villages that cannot be met are part of the plan's LeftOut, not an error. The
// error wraps ErrInput or that of a package below, or is that of ctx.
func Make(ctx context.Context, in Input) (*Plan, error) {
	v, err := NewSurvey(ctx, in)
	if err != nil {
		return nil, err
	}
	return v.Plan(ctx, in.Objective, in.Constraints)
}

// prepare fills in defaults and checks.
func (in *Input) prepare() error {
	if in.CandidateResolution == 0 {
		in.CandidateResolution = candidate.DefaultResolution
	}
	if in.Workers <= 0 {
		in.Workers = runtime.GOMAXPROCS(0)
	}
	if in.Kinds == nil {
		in.Kinds = []ActionKind{NewSite}
	}
	if in.Supply.Power.Kinds == nil && in.Supply.Backhaul.Kinds == nil {
		lines := in.Supply
		in.Supply = DefaultSupply()
		in.Supply.Roads, in.Supply.PowerLines, in.Supply.Fibre, in.Supply.Villages = lines.Roads, lines.PowerLines, lines.Fibre, lines.Villages
	}
	return in.validate()
}

func (in *Input) validate() error {
	if err := in.Objective.Validate(); err != nil {
		return err
	}
	if err := in.Constraints.Validate(); err != nil {
		return err
	}
	if err := in.Criterion.Validate(); err != nil {
		return err
	}
	if err := in.Costs.Validate(); err != nil {
		return err
	}
	if len(in.Templates) == 0 {
		return fmt.Errorf("%w: no template says what to build", ErrInput)
	}
	names := map[string]bool{}
	for i := range in.Templates {
		t := &in.Templates[i]
		if err := t.Validate(); err != nil {
			return err
		}
		if names[t.Name] {
			return fmt.Errorf("%w: two templates are named %q", ErrInput, t.Name)
		}
		names[t.Name] = true
		if err := Suits(t, &in.Criterion); err != nil {
			return err
		}
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
	return Keepable(in.Sites, in.Kept, in.Templates)
}

// Suits says why what is built from a template cannot count by a criterion: its
// technology has no threshold there, or its operator does not count. The error wraps
// ErrInput.
func Suits(t *template.Site, c *criterion.Criterion) error {
	if _, counts := c.Thresholds[t.Technology]; !counts {
		return fmt.Errorf("%w: the criterion %q gives no threshold for %s, the technology of template %q", ErrInput, c.Name, t.Technology, t.Name)
	}
	// A mast of one operator serves nobody else's customers.
	switch {
	case c.Operators == criterion.Named && t.Operator != "" && t.Operator != c.Operator:
		return fmt.Errorf("%w: template %q is operator %q's, the criterion counts %q alone", ErrInput, t.Name, t.Operator, c.Operator)
	case c.Operators == criterion.Each && t.Operator != "":
		return fmt.Errorf("%w: template %q is operator %q's, the criterion counts each operator: leave the template's operator empty for a shared mast", ErrInput, t.Name, t.Operator)
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

// Positions of actions are rounded to a millionth of a degree, 0.1 m.
const coordinateScale = 1e6

// round keeps thousandths of a person, the precision in which they are counted.
func round(people float64) float64 { return math.Round(people*valueScale) / valueScale }

// meaning explains bound and gap.
func (p *Plan) meaning() string {
	english := message.NewPrinter(language.English) // with thousands separators
	candidates := english.Sprintf("the %d candidates that serve", p.Candidates.Candidates)
	if p.Candidates.Candidates == 1 {
		candidates = "the one candidate that serves"
	}
	instance := candidates + " somebody, these templates, these costs and the computed coverage"
	unit := string(p.Objective.Measure)
	if unit == "" {
		unit = string(People)
	}
	if unit == string(People) {
		unit = string(p.WeightUnit)
	}
	opening, such := "No", []string(nil) // plans that the bound holds for
	for _, c := range p.Conditions() {
		opening, such = "Under these conditions no", append(such, c.String())
	}
	switch {
	case p.Bound == nil:
		return "Nothing was chosen: the plan says what the actions that were given do and cost, not whether others would do better."
	case p.Candidates.Candidates == 0:
		return "No candidate serves anybody, so there is nothing to choose."
	case p.Objective.Goal == Eliminate && p.Value == 0:
		return "Nothing can be built that brings another target to its criterion, so there is nothing to choose."
	case p.Objective.Goal == Eliminate && p.Proven:
		return english.Sprintf("%s choice is cheaper: with %s, every plan that %s costs at least %.0f %s, and this one costs that.", opening, instance, listed(append(such, "serves the same villages")), *p.Bound, p.Currency)
	case p.Objective.Goal == Eliminate:
		return english.Sprintf("With %s, every plan that %s costs at least %.0f %s; this one costs %.0f, so at most %.2f %% of it could be saved by a better choice. Other places, templates or costs are outside this statement.", instance, listed(append(such, "serves the same villages")), *p.Bound, p.Currency, p.Value, 100**p.Gap)
	case p.Proven:
		return english.Sprintf("%s choice serves more: with %s, no plan that %s reaches more than %.0f %s, and this one does.", opening, instance, listed(append(such, "stays within the limit")), *p.Bound, unit)
	}
	return english.Sprintf("With %s, no plan that %s reaches more than %.0f %s; this one reaches %.0f, so a better choice could add at most %.2f %%. Other places, templates or costs are outside this statement.", instance, listed(append(such, "stays within the limit")), *p.Bound, unit, p.Value, 100**p.Gap)
}

// basis says on what the plan's claims rest.
func (p *Plan) basis() string {
	english := message.NewPrinter(language.English)
	return english.Sprintf("Whom places could serve comes from reverse sweeps (%s) from up to %d habitable hexes of each target within %g km. Whom the actions serve was then judged by the exact path, one terrain profile each, to every habitable hex of those targets that is not served today, until no choice rested on anything else: every village named by an action is confirmed on all its hexes. Levels are best-server; signal from several masts is not added.",
		p.Model, maxRepresentatives, p.RadiusKm)
}
