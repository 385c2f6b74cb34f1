// Package planner says what to build so that villages without signal get it: where
// masts can stand and what they would serve (package candidate), what they cost
// (cost, template), which of them to choose (solver), and in which order. The
// outcome is a [Plan].
package planner

import (
	"errors"
	"fmt"
	"slices"

	"github.com/covgap/covgap/data"
	"github.com/covgap/covgap/geo"
	"github.com/covgap/covgap/planner/cost"
	"github.com/covgap/covgap/planner/solver"
	"github.com/covgap/covgap/planner/template"
)

// Errors of this package.
var (
	ErrInput = errors.New("planner: invalid input")
	ErrPlan  = errors.New("planner: invalid plan")
	// ErrConstraints says that constraints contradict each other, or what is there.
	ErrConstraints = errors.New("planner: constraints contradict each other")
)

// Version is the version of the plan file.
const Version = 1

// Goal is what a plan is asked for.
type Goal string

// The goals.
const (
	Eliminate Goal = "eliminate" // least cost so that every target village that can meets the criterion
	Budget    Goal = "budget"    // most within Objective.Budget, then the cheapest found with that result
	Count     Goal = "count"     // most with Objective.Count actions, then the cheapest found with that result
)

// Measure is what budget and count maximise.
type Measure string

// The measures.
const (
	People     Measure = "people"     // in hexes newly served, whether or not their village meets the criterion
	Households Measure = "households" // likewise
	Villages   Measure = "villages"   // that meet the criterion
)

// DefaultEffort is the work limit of a plan's last choice, when nothing else is stated:
// it brings the plan of the sample province within 0.5 % of its bound.
const DefaultEffort = 4 * solver.DefaultEffort

// Objective is what is wanted of a plan.
type Objective struct {
	Goal    Goal    `yaml:"goal" json:"goal"`
	Budget  float64 `yaml:"budget,omitempty" json:"budget,omitempty"`   // with goal budget, in the currency of the cost table
	Count   int     `yaml:"count,omitempty" json:"count,omitempty"`     // with goal count, actions
	Measure Measure `yaml:"measure,omitempty" json:"measure,omitempty"` // with budget and count; "" stands for people
	Effort  int     `yaml:"effort,omitempty" json:"effort,omitempty"`   // of each choice, see solver.Problem; 0 stands for the solver's default, and DefaultEffort of the last
	// Alternatives is how many other plans are made beside the plan, each with its new
	// masts elsewhere.
	Alternatives int `yaml:"alternatives,omitempty" json:"alternatives,omitempty"`
}

// Validate gives a [*geo.InputError] that wraps ErrInput and names the first field
// that is wrong.
func (o *Objective) Validate() error {
	wrong := func(field, found, expected string) error {
		return &geo.InputError{Field: field, Found: found, Expected: expected, Err: ErrInput}
	}
	switch o.Goal {
	case Eliminate, Budget, Count:
	default:
		return wrong("goal", fmt.Sprintf("%q", o.Goal), "eliminate, budget or count")
	}
	if o.Goal == Budget && !(o.Budget > 0) {
		return wrong("budget", fmt.Sprint(o.Budget), "an amount above 0, with goal: budget")
	}
	if o.Goal == Count && o.Count < 1 {
		return wrong("count", fmt.Sprint(o.Count), "1 or more, with goal: count")
	}
	if m := []Measure{"", People, Households, Villages}; !slices.Contains(m, o.Measure) {
		return wrong("measure", fmt.Sprintf("%q", o.Measure), "people, households or villages")
	}
	if o.Alternatives < 0 || o.Alternatives > 20 {
		return wrong("alternatives", fmt.Sprint(o.Alternatives), "0 to 20")
	}
	if o.Effort < 0 {
		return wrong("effort", fmt.Sprint(o.Effort), "0 or more")
	}
	return nil
}

// Reason says why a target village is left out of a plan.
type Reason string

// The reasons.
const (
	NoCandidate  Reason = "no_candidate"  // no candidate serves any of it
	NotEnough    Reason = "not_enough"    // all candidates that can stand together do not reach the target share
	Refused      Reason = "refused"       // it could be met, but by candidates that were refused
	Constrained  Reason = "constraints"   // it could be met, but for the constraints
	OverBudget   Reason = "budget"        // it could be met, with more money
	OverCount    Reason = "count"         // it could be met, with more actions
	AlreadyMeets Reason = "already_meets" // by the computed coverage; nothing to plan
	NothingAdded Reason = "nothing_added" // it could be met, but only what is kept was evaluated
)

// LeftOut is a target village that the plan does not bring to its criterion.
type LeftOut struct {
	Village string `yaml:"village" json:"village"`
	Name    string `yaml:"name,omitempty" json:"name,omitempty"`
	Reason  Reason `yaml:"reason" json:"reason"`
	// Because says what stands in the way, rising: of Refused the reasons for which
	// candidates that reach the village have no offer, such as no_power; of Constrained
	// must_not, given_up (a place that was taken out of a plan), spacing, years or funds.
	Because []string `yaml:"because,flow,omitempty" json:"because,omitempty"`
	// Shares of the village's weight under the criterion's rule, 0 to 1: served
	// now, with the plan, and with everything built that can be reached, fed and connected.
	ShareNow      float64 `yaml:"share_now" json:"share_now"`
	ShareWithPlan float64 `yaml:"share_with_plan" json:"share_with_plan"`
	ShareWithAll  float64 `yaml:"share_with_all" json:"share_with_all"`
	// Fix is the cheapest that was found to bring it to its criterion besides the plan,
	// each of its sites connected by itself, and FixCost what that costs. The exact path
	// has judged it on all hexes of the village, and its connections are priced, unless
	// FixUnconfirmed: then none that stands was found in the rounds that there are.
	Fix            []AlternativeAction `yaml:"fix,omitempty" json:"fix,omitempty"`
	FixCost        float64             `yaml:"fix_cost,omitempty" json:"fix_cost,omitempty"`
	FixUnconfirmed bool                `yaml:"fix_unconfirmed,omitempty" json:"fix_unconfirmed,omitempty"`
	// EntersAt is what this plan and the fix cost together: the budget at which the village
	// by itself can be added to it. A plan made for that budget may serve others instead,
	// and the fixes of several villages may share what they build.
	EntersAt float64 `yaml:"enters_at,omitempty" json:"enters_at,omitempty"`
}

// Plan is an ordered list of actions, what it achieves and how good it is known to
// be.
type Plan struct {
	Version     int         `yaml:"version" json:"version"`
	Objective   Objective   `yaml:"objective" json:"objective"`
	Constraints Constraints `yaml:"constraints,omitempty" json:"constraints"`

	// Value and Bound are in the currency (eliminate) or in people, households or
	// villages. No choice among the same candidates at the same costs, under the same
	// Conditions, can be below the bound (eliminate) or above it. Bound and Gap are nil
	// where nothing was chosen: of a plan that only says what the kept actions do.
	Value  float64  `yaml:"value" json:"value"`
	Bound  *float64 `yaml:"bound,omitempty" json:"bound,omitempty"`
	Gap    *float64 `yaml:"gap,omitempty" json:"gap,omitempty"` // |value - bound| / |value|
	Proven bool     `yaml:"proven" json:"proven"`               // value equals bound
	// Meaning says in words what bound and gap mean; Basis on what the claims rest.
	Meaning string `yaml:"meaning" json:"meaning"`
	Basis   string `yaml:"basis" json:"basis"`

	Currency         cost.Currency   `yaml:"currency" json:"currency"`
	Cost             float64         `yaml:"cost" json:"cost"`
	LifetimeCost     float64         `yaml:"lifetime_cost" json:"lifetime_cost"`
	WeightUnit       data.WeightUnit `yaml:"weight_unit" json:"weight_unit"` // of people_new; m2 when no population is known
	PeopleNew        float64         `yaml:"people_new" json:"people_new"`
	Targets          int             `yaml:"targets" json:"targets"`                 // villages planned for
	VillagesServed   int             `yaml:"villages_served" json:"villages_served"` // of Targets, by the plan
	Criterion        string          `yaml:"criterion" json:"criterion"`
	CriterionVersion int             `yaml:"criterion_version" json:"criterion_version"`
	Model            string          `yaml:"model" json:"model"`
	RadiusKm         float64         `yaml:"radius_km" json:"radius_km"` // how far a mast was tried
	Candidates       Tried           `yaml:"candidates" json:"candidates"`

	Templates    []template.Site `yaml:"templates" json:"templates"`
	Actions      []Action        `yaml:"actions" json:"actions"`
	Relays       []Relay         `yaml:"relays,omitempty" json:"relays,omitempty"`
	Overloads    []Overload      `yaml:"overloads,omitempty" json:"overloads,omitempty"`
	LeftOut      []LeftOut       `yaml:"left_out" json:"left_out"`
	Communes     []Share         `yaml:"communes,omitempty" json:"communes,omitempty"`
	Operators    []Share         `yaml:"operators,omitempty" json:"operators,omitempty"`
	Frontier     []FrontierPoint `yaml:"frontier,omitempty" json:"frontier,omitempty"`
	Alternatives []Alternative   `yaml:"alternatives,omitempty" json:"alternatives,omitempty"`
	// Proposed are the new masts as planned. One that is no longer among the actions, or
	// no longer there, was taken out by hand, and is not proposed again, see
	// [Plan.Dropped].
	Proposed []Proposal `yaml:"proposed,omitempty" json:"proposed,omitempty"`
}

// Validate gives a [*geo.InputError] that wraps ErrPlan and names the first field
// that is wrong.
func (p *Plan) Validate() error { return p.validate(p.Templates) }

// validate is Validate with the templates that actions may name.
func (p *Plan) validate(known []template.Site) error {
	wrong := func(field, found, expected string) error {
		return &geo.InputError{Field: field, Found: found, Expected: expected, Err: ErrPlan}
	}
	if p.Version != Version {
		return wrong("version", fmt.Sprint(p.Version), fmt.Sprint(Version))
	}
	templates := map[string]bool{}
	for i := range p.Templates {
		t := &p.Templates[i]
		if err := t.Validate(); err != nil {
			return within(err, fmt.Sprintf("templates[%d]", i))
		}
		if templates[t.Name] {
			return wrong(fmt.Sprintf("templates[%d].name", i), fmt.Sprintf("%q a second time", t.Name), "a name for each template")
		}
		templates[t.Name] = true
	}
	ids := map[string]bool{}
	for i := range p.Actions {
		a := &p.Actions[i]
		path := fmt.Sprintf("actions[%d]", i)
		if err := a.validate(known); err != nil {
			return within(err, path)
		}
		if a.Kind.places() {
			if ids[a.SiteID] {
				return wrong(path+".site_id", fmt.Sprintf("%q a second time", a.SiteID), "an id of its own")
			}
			ids[a.SiteID] = true
		}
	}
	return nil
}

// within puts the field of an input error under a path, as an error of the plan.
func within(err error, path string) error {
	var in *geo.InputError
	if !errors.As(err, &in) {
		return err
	}
	out := *in
	out.Field = path + "." + in.Field
	out.Err = fmt.Errorf("%w: %w", ErrPlan, in.Err)
	return &out
}
