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
	"github.com/covgap/covgap/planner/candidate"
	"github.com/covgap/covgap/planner/cost"
	"github.com/covgap/covgap/planner/template"
	"github.com/paulmach/orb"
)

// Errors of this package.
var (
	ErrInput = errors.New("planner: invalid input")
	ErrPlan  = errors.New("planner: invalid plan")
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

// Objective is what is wanted of a plan.
type Objective struct {
	Goal    Goal    `yaml:"goal" json:"goal"`
	Budget  float64 `yaml:"budget,omitempty" json:"budget,omitempty"`   // with goal budget, in the currency of the cost table
	Count   int     `yaml:"count,omitempty" json:"count,omitempty"`     // with goal count, actions
	Measure Measure `yaml:"measure,omitempty" json:"measure,omitempty"` // with budget and count; "" stands for people
	Effort  int     `yaml:"effort,omitempty" json:"effort,omitempty"`   // see solver.Problem; 0 stands for its default
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
	if o.Effort < 0 {
		return wrong("effort", fmt.Sprint(o.Effort), "0 or more")
	}
	return nil
}

// ActionKind is a kind of thing to build.
type ActionKind string

// NewSite is a mast from a template.
const NewSite ActionKind = "new_site"

// Action is one thing to build. Amounts of money are in the plan's currency.
type Action struct {
	Rank              int             `yaml:"rank" json:"rank"` // from 1, in build order
	Kind              ActionKind      `yaml:"action" json:"action"`
	Template          string          `yaml:"template" json:"template"`
	SiteID            string          `yaml:"site_id" json:"site_id"`
	CommuneCode       string          `yaml:"commune_code" json:"commune_code"` // where the mast stands, "" when not known
	Longitude         float64         `yaml:"longitude" json:"longitude"`
	Latitude          float64         `yaml:"latitude" json:"latitude"`
	GroundM           float64         `yaml:"ground_m" json:"ground_m"` // above sea level
	StructureHeightM  float64         `yaml:"structure_height_m" json:"structure_height_m"`
	AntennaHeightM    float64         `yaml:"antenna_height_m" json:"antenna_height_m"` // above ground
	Operator          string          `yaml:"operator" json:"operator"`                 // "" is shared by all
	Technology        data.Technology `yaml:"technology" json:"technology"`
	FrequencyMHz      float64         `yaml:"frequency_mhz" json:"frequency_mhz"`
	AzimuthsDeg       []float64       `yaml:"azimuth_deg" json:"azimuth_deg"` // one a sector, rising
	MechanicalTiltDeg float64         `yaml:"mechanical_tilt_deg" json:"mechanical_tilt_deg"`
	ElectricalTiltDeg float64         `yaml:"electrical_tilt_deg" json:"electrical_tilt_deg"`
	EIRPDBm           float64         `yaml:"eirp_dbm" json:"eirp_dbm"` // of the carrier from one port
	Power             template.Power  `yaml:"power" json:"power"`
	// PowerAssumed says that the villages around do not state whether they have grid
	// power, and that it was taken for granted.
	PowerAssumed       bool              `yaml:"power_assumed,omitempty" json:"power_assumed,omitempty"`
	Backhaul           template.Backhaul `yaml:"backhaul" json:"backhaul"`
	Cost               float64           `yaml:"cost" json:"cost"`                   // investment
	LifetimeCost       float64           `yaml:"lifetime_cost" json:"lifetime_cost"` // with discounted running cost, see cost.Terms
	CostLines          []CostLine        `yaml:"cost_lines" json:"cost_lines"`
	Villages           []string          `yaml:"villages" json:"villages"`           // that meet the criterion with this action and those before it
	PartlyServed       []string          `yaml:"partly_served" json:"partly_served"` // others in which it newly serves somebody, and which still miss it
	PeopleNew          float64           `yaml:"people_new" json:"people_new"`       // in hexes newly served, in Plan.WeightUnit
	PeopleCumulative   float64           `yaml:"people_cumulative" json:"people_cumulative"`
	VillagesCumulative int               `yaml:"villages_cumulative" json:"villages_cumulative"`
	CostPerPerson      float64           `yaml:"cost_per_person" json:"cost_per_person"` // 0 when nobody is newly served
}

// CostLine is a part of an action's cost. What is paid per year or bought again is
// part of the lifetime cost alone.
type CostLine struct {
	Item     cost.Item     `yaml:"item" json:"item"`
	Variant  string        `yaml:"variant,omitempty" json:"variant,omitempty"`
	Kind     cost.LineKind `yaml:"kind" json:"kind"`
	Year     int           `yaml:"year,omitempty" json:"year,omitempty"` // of a replacement, counted from the start
	Quantity float64       `yaml:"quantity" json:"quantity"`
	Unit     cost.Unit     `yaml:"unit" json:"unit"`
	Amount   float64       `yaml:"amount" json:"amount"` // not discounted
}

// TiltDeg is the tilt of the beam, mechanical and electrical together, positive
// down.
func (a *Action) TiltDeg() float64 { return a.MechanicalTiltDeg + a.ElectricalTiltDeg }

// Position is where the action stands.
func (a *Action) Position() orb.Point { return orb.Point{a.Longitude, a.Latitude} }

// Reason says why a target village is left out of a plan.
type Reason string

// The reasons.
const (
	NoCandidate  Reason = "no_candidate"  // no candidate serves any of it
	NotEnough    Reason = "not_enough"    // all candidates together do not reach the target share
	OverBudget   Reason = "budget"        // it could be met, with more money
	OverCount    Reason = "count"         // it could be met, with more actions
	AlreadyMeets Reason = "already_meets" // by the computed coverage; nothing to plan
)

// LeftOut is a target village that the plan does not bring to its criterion.
type LeftOut struct {
	Village string `yaml:"village" json:"village"`
	Name    string `yaml:"name,omitempty" json:"name,omitempty"`
	Reason  Reason `yaml:"reason" json:"reason"`
	// Shares of the village's weight under the criterion's rule, 0 to 1: served
	// now, with the plan, and with every candidate built.
	ShareNow      float64 `yaml:"share_now" json:"share_now"`
	ShareWithPlan float64 `yaml:"share_with_plan" json:"share_with_plan"`
	ShareWithAll  float64 `yaml:"share_with_all" json:"share_with_all"`
}

// Plan is an ordered list of actions, what it achieves and how good it is known to
// be.
type Plan struct {
	Version   int       `yaml:"version" json:"version"`
	Objective Objective `yaml:"objective" json:"objective"`

	// Value and Bound are in the currency (eliminate) or in people, households or
	// villages. No choice among the same candidates at the same costs can be below
	// the bound (eliminate) or above it.
	Value  float64 `yaml:"value" json:"value"`
	Bound  float64 `yaml:"bound" json:"bound"`
	Gap    float64 `yaml:"gap" json:"gap"`       // |value - bound| / |value|
	Proven bool    `yaml:"proven" json:"proven"` // value equals bound
	// Meaning says in words what bound and gap mean; Basis on what the claims rest.
	Meaning string `yaml:"meaning" json:"meaning"`
	Basis   string `yaml:"basis" json:"basis"`

	Currency         cost.Currency    `yaml:"currency" json:"currency"`
	Cost             float64          `yaml:"cost" json:"cost"`
	LifetimeCost     float64          `yaml:"lifetime_cost" json:"lifetime_cost"`
	WeightUnit       data.WeightUnit  `yaml:"weight_unit" json:"weight_unit"` // of people_new; m2 when no population is known
	PeopleNew        float64          `yaml:"people_new" json:"people_new"`
	Targets          int              `yaml:"targets" json:"targets"`                 // villages planned for
	VillagesServed   int              `yaml:"villages_served" json:"villages_served"` // of Targets, by the plan
	Criterion        string           `yaml:"criterion" json:"criterion"`
	CriterionVersion int              `yaml:"criterion_version" json:"criterion_version"`
	Model            string           `yaml:"model" json:"model"`
	RadiusKm         float64          `yaml:"radius_km" json:"radius_km"` // how far a mast was tried
	Candidates       candidate.Counts `yaml:"candidates" json:"candidates"`

	Templates []template.Site `yaml:"templates" json:"templates"`
	Actions   []Action        `yaml:"actions" json:"actions"`
	LeftOut   []LeftOut       `yaml:"left_out" json:"left_out"`
}

// Validate gives a [*geo.InputError] that wraps ErrPlan and names the first field
// that is wrong.
func (p *Plan) Validate() error {
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
		field := func(name string) string { return fmt.Sprintf("actions[%d].%s", i, name) }
		switch {
		case a.Kind != NewSite:
			return wrong(field("action"), fmt.Sprintf("%q", a.Kind), "new_site")
		case !templates[a.Template]:
			return wrong(field("template"), fmt.Sprintf("%q", a.Template), "the name of one of the plan's templates")
		case a.SiteID == "" || ids[a.SiteID]:
			return wrong(field("site_id"), fmt.Sprintf("%q", a.SiteID), "an id of its own")
		case !(a.Longitude >= -180 && a.Longitude <= 180):
			return wrong(field("longitude"), fmt.Sprint(a.Longitude), "-180 to 180 degrees")
		case !(a.Latitude >= -90 && a.Latitude <= 90):
			return wrong(field("latitude"), fmt.Sprint(a.Latitude), "-90 to 90 degrees")
		case len(a.AzimuthsDeg) == 0:
			return wrong(field("azimuth_deg"), "none", "a direction for each sector")
		case !(a.Cost >= 0):
			return wrong(field("cost"), fmt.Sprint(a.Cost), "0 or more")
		}
		ids[a.SiteID] = true
		t := a.template(p.Templates)
		if err := t.Validate(); err != nil {
			return within(err, fmt.Sprintf("actions[%d]", i))
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

// template gives the action's template as the action has it: what a user edits in
// the action counts. The action's template must be among those of the plan.
func (a *Action) template(templates []template.Site) template.Site {
	i := slices.IndexFunc(templates, func(t template.Site) bool { return t.Name == a.Template })
	t := templates[i]
	t.StructureHeightM, t.AntennaHeightM = a.StructureHeightM, a.AntennaHeightM
	t.Operator, t.Technology, t.FrequencyMHz = a.Operator, a.Technology, a.FrequencyMHz
	t.Sectors, t.AzimuthsDeg = len(a.AzimuthsDeg), a.AzimuthsDeg
	t.MechanicalTiltDeg, t.ElectricalTiltDeg = a.MechanicalTiltDeg, a.ElectricalTiltDeg
	t.PowerDBm += a.EIRPDBm - t.EIRPDBm()
	return t
}

// Sites gives the sites that the plan adds, in build order, as a coverage run takes
// them. The error wraps ErrPlan.
func (p *Plan) Sites() ([]data.Site, error) {
	if err := p.Validate(); err != nil {
		return nil, err
	}
	sites := make([]data.Site, len(p.Actions))
	for i := range p.Actions {
		a := &p.Actions[i]
		t := a.template(p.Templates)
		sites[i] = t.Build(a.SiteID, a.Position(), a.AzimuthsDeg)
		sites[i].PowerSource = string(a.Power)
	}
	return sites, nil
}
