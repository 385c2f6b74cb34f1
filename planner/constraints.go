package planner

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"math"
	"reflect"
	"slices"
	"strings"

	"github.com/covgap/covgap/coverage/criterion"
	"github.com/covgap/covgap/data"
	"github.com/covgap/covgap/geo"
	"github.com/covgap/covgap/geo/geodesy"
	"github.com/covgap/covgap/planner/candidate"
	"github.com/covgap/covgap/planner/cost"
	"github.com/covgap/covgap/planner/solver"
	"github.com/covgap/covgap/planner/template"
	"github.com/paulmach/orb"
	"golang.org/x/text/language"
	"golang.org/x/text/message"
)

// Constraints narrow down what a plan may be. The zero Constraints do not.
type Constraints struct {
	// Must names places at which something must be built, MustNot places at which
	// nothing may: points of the user's list, sites that stand, or hexes.
	Must    []string `yaml:"must,omitempty" json:"must,omitempty"`
	MustNot []string `yaml:"must_not,omitempty" json:"must_not,omitempty"`
	// SpacingM is the least distance between two new masts, metres; 0 for none.
	SpacingM float64 `yaml:"spacing_m,omitempty" json:"spacing_m,omitempty"`
	// Years are the budgets of the years in which is built, in their order. What is left
	// of one goes over to the next.
	Years []YearBudget `yaml:"years,omitempty" json:"years,omitempty"`
	// Funds are whose money there is. Two may share an action.
	Funds []Fund `yaml:"funds,omitempty" json:"funds,omitempty"`
}

// YearBudget is what may be spent in a year, in the currency of the cost table.
type YearBudget struct {
	Year   int     `yaml:"year" json:"year"`
	Amount float64 `yaml:"amount" json:"amount"`
}

// Fund is money for some actions, in the currency of the cost table.
type Fund struct {
	Name   string  `yaml:"name" json:"name"`
	Amount float64 `yaml:"amount" json:"amount"`
	// Operator narrows it down to actions of an operator, EligibleOnly to actions that
	// serve somebody in a village whose fund_eligible says yes.
	Operator     string `yaml:"operator,omitempty" json:"operator,omitempty"`
	EligibleOnly bool   `yaml:"eligible_only,omitempty" json:"eligible_only,omitempty"`
}

// maxFunds keeps the sets of funds, each of which is a limit, few.
const maxFunds = 8

// Validate gives a [*geo.InputError] that wraps ErrInput and names the first field
// that is wrong.
func (c *Constraints) Validate() error {
	wrong := func(field, found, expected string) error {
		return &geo.InputError{Field: field, Found: found, Expected: expected, Err: ErrInput}
	}
	if !(c.SpacingM >= 0 && c.SpacingM <= 100e3) { // also NaN
		return wrong("spacing_m", fmt.Sprint(c.SpacingM), "0 to 100,000 m")
	}
	for i, y := range c.Years {
		switch {
		case i > 0 && y.Year <= c.Years[i-1].Year || y.Year < 1900 || y.Year > 2200:
			return wrong(fmt.Sprintf("years[%d].year", i), fmt.Sprint(y.Year), "years from 1900 to 2200, rising")
		case !(y.Amount >= 0):
			return wrong(fmt.Sprintf("years[%d].amount", i), fmt.Sprint(y.Amount), "0 or more")
		}
	}
	if len(c.Funds) > maxFunds {
		return wrong("funds", fmt.Sprintf("%d funds", len(c.Funds)), fmt.Sprintf("%d at most", maxFunds))
	}
	for i, f := range c.Funds {
		switch {
		case f.Name == "" || slices.ContainsFunc(c.Funds[:i], func(o Fund) bool { return o.Name == f.Name }):
			return wrong(fmt.Sprintf("funds[%d].name", i), fmt.Sprintf("%q", f.Name), "a name of its own")
		case !(f.Amount >= 0):
			return wrong(fmt.Sprintf("funds[%d].amount", i), fmt.Sprint(f.Amount), "0 or more")
		}
	}
	for i, id := range c.Must {
		if slices.Contains(c.MustNot, id) {
			return wrong(fmt.Sprintf("must[%d]", i), fmt.Sprintf("%q, which must_not names too", id), "one or the other")
		}
	}
	return nil
}

// placeID is by what constraints name a place.
func placeID(p *candidate.Place) string {
	if p.ID != "" {
		return p.ID
	}
	return p.Hex.String()
}

// constrain adds the constraints to an instance whose columns are the candidates.
func (s *scheme) constrain(in *solver.Instance) error {
	c := &s.in.Constraints
	for i := range s.found {
		v := &s.variants[s.found[i].Place][s.found[i].Option]
		switch id := placeID(&s.places[s.found[i].Place]); {
		case v.kept != nil:
			in.Columns[i].Fix = solver.Must
		case s.offers[i].refused, s.in.OnlyKept, s.avoided != nil && s.avoided[i], slices.Contains(c.MustNot, id), s.dropped(int32(i)):
			in.Columns[i].Fix = solver.MustNot
		}
	}
	n := len(s.found)
	for _, id := range c.Must {
		var any []int32
		for i := range s.found {
			if placeID(&s.places[s.found[i].Place]) == id {
				any = append(any, int32(i))
			}
		}
		if len(any) == 0 {
			return fmt.Errorf("%w: constraints.must %q: no candidate; it names no place that was tried, or one that was refused or serves nobody", ErrConstraints, id)
		}
		// A column that must be chosen, costs nothing and needs one of the place.
		in.Requirements = append(in.Requirements, solver.Requirement{Column: int32(len(in.Columns)), Any: any})
		in.Columns = append(in.Columns, solver.Column{Fix: solver.Must, Uncounted: true})
	}
	in.Conflicts = append(in.Conflicts, s.conflicts...)
	return s.cap(in, n)
}

// contradictionError says in the plan's words that no choice keeps the constraints.
type contradictionError struct {
	words string
	err   error // of the solver, which speaks of columns
}

func (e *contradictionError) Error() string   { return e.words }
func (e *contradictionError) Unwrap() []error { return []error{ErrConstraints, e.err} }

// contradiction names what the solver found to contradict itself.
func (s *scheme) contradiction(err error) error {
	c, in := &s.in.Constraints, s.in
	english := message.NewPrinter(language.English)
	money := func(amount float64) string { return english.Sprintf("%.0f %s", amount, in.Costs.Currency) }
	var parts []string
	add := func(format string, args ...any) { parts = append(parts, fmt.Sprintf(format, args...)) }
	if len(c.Must) > 0 {
		add("must (%s)", strings.Join(c.Must, ", "))
	}
	if len(in.Kept) > 0 {
		add("the %d actions that are kept", len(in.Kept))
	}
	if c.SpacingM > 0 {
		add("spacing_m (%g)", c.SpacingM)
	}
	if n := len(c.Years); n > 0 {
		var sum float64
		for _, y := range c.Years {
			sum += y.Amount
		}
		add("the money of the years %d to %d (%s)", c.Years[0].Year, c.Years[n-1].Year, money(sum))
	}
	for _, f := range c.Funds {
		add("the fund %q (%s)", f.Name, money(f.Amount))
	}
	hint := ""
	switch in.Objective.Goal {
	case Eliminate:
		add("that every target that something could serve is served (goal: eliminate)")
		hint = "; with goal: budget or count a plan may leave some out"
	case Budget:
		add("the budget (%s)", money(in.Objective.Budget))
	case Count:
		add("the count (%d)", in.Objective.Count)
	}
	return &contradictionError{fmt.Sprintf("%v: no choice keeps %s together%s", ErrConstraints, listed(parts), hint), err}
}

// dropped says whether a candidate is a new mast near a place that a plan once proposed
// and its user took out.
func (s *scheme) dropped(i int32) bool {
	p := &s.places[s.found[i].Place]
	if s.variants[s.found[i].Place][s.found[i].Option].site != nil {
		return false
	}
	return slices.ContainsFunc(s.in.Dropped, func(d Proposal) bool {
		return geodesy.Distance(orb.Point{d.Longitude, d.Latitude}, p.At) < DroppedM
	})
}

// DroppedM is how near a place that a user took out of a plan no other is proposed.
const DroppedM = 300

// cap limits what columns cost together, to the budgets of years and funds.
func (s *scheme) cap(in *solver.Instance, columns int) error {
	c, currency := &s.in.Constraints, s.in.Costs.Currency
	all := make([]int32, columns)
	for i := range all {
		all[i] = int32(i)
	}
	add := func(amount float64, columns []int32) error {
		minor, err := currency.Minor(amount)
		if err != nil {
			return fmt.Errorf("%w: budget: %w", ErrInput, err)
		}
		in.Caps = append(in.Caps, solver.Cap{Limit: minor, Columns: columns})
		return nil
	}
	if len(c.Years) > 0 {
		var sum float64
		for _, y := range c.Years {
			sum += y.Amount
		}
		if err := add(sum, all); err != nil {
			return err
		}
	}
	if len(c.Funds) == 0 {
		return nil
	}
	pays := make([]uint, columns) // bits of the funds that may pay for a column
	for i := range all {
		pays[i] = s.funds(int32(i))
		if pays[i] == 0 {
			in.Columns[i].Fix = cmp.Or(in.Columns[i].Fix, solver.MustNot)
		}
	}
	// Money goes round when for every set of funds the actions that no other can pay for
	// cost no more than the set holds.
	for set := uint(1); set < 1<<len(c.Funds); set++ {
		var sum float64
		for k, f := range c.Funds {
			if set>>k&1 == 1 {
				sum += f.Amount
			}
		}
		var only []int32
		for i, p := range pays {
			if p != 0 && p&^set == 0 {
				only = append(only, int32(i))
			}
		}
		if len(only) > 0 {
			if err := add(sum, only); err != nil {
				return err
			}
		}
	}
	return nil
}

// funds gives, as bits, the funds that may pay for a candidate.
func (s *scheme) funds(i int32) (set uint) {
	operator := s.variants[s.found[i].Place][s.found[i].Option].operator
	eligible := slices.ContainsFunc(s.found[i].Serves, func(r int32) bool {
		return s.d.village(s.d.receivers[r].Village).Village.FundEligible == data.Yes
	})
	for k, f := range s.in.Constraints.Funds {
		if (f.Operator == "" || f.Operator == operator) && (!f.EligibleOnly || eligible) {
			set |= 1 << k
		}
	}
	return set
}

// apartM is how near two new masts exclude each other.
func (s *scheme) apartM() float64 { return max(s.in.Constraints.SpacingM, samePlaceM) }

// excludes says whether two candidates cannot both be chosen: options of a place, or new
// masts nearer than the spacing. What the user keeps, stays.
func (s *scheme) excludes(a, b int32) bool {
	pa, pb := s.found[a].Place, s.found[b].Place
	switch {
	case s.kept(a) && s.kept(b):
		return false
	case pa == pb:
		return true
	}
	return s.isNew(a) && s.isNew(b) && geodesy.Distance(s.places[pa].At, s.places[pb].At) < s.apartM()
}

// separate looks for chosen candidates that exclude each other and keeps the sets of
// which they are two. It gives how many it found.
func (s *scheme) separate(chosen []int32) (n int) {
	for k, a := range chosen {
		for _, b := range chosen[:k] {
			if !s.excludes(a, b) {
				continue
			}
			n++
			pa, pb := s.found[a].Place, s.found[b].Place
			if pa == pb {
				s.exclude(a, b, func(i int32) bool { return s.found[i].Place == pa })
				continue
			}
			// Any two within half the spacing of the middle exclude each other as well.
			at, bt := s.places[pa].At, s.places[pb].At
			m, azimuthDeg := geodesy.Inverse(at, bt)
			middle := geodesy.Destination(at, azimuthDeg, m/2)
			s.exclude(a, b, func(i int32) bool {
				return s.isNew(i) && geodesy.Distance(s.places[s.found[i].Place].At, middle) < s.apartM()/2
			})
		}
	}
	return n
}

// samePlaceM is the distance within which rows of a sites file are one site too: two masts
// under two names, such as a hex and a point on its highest ground, are one place.
const samePlaceM = 50

func (s *scheme) kept(i int32) bool {
	return s.variants[s.found[i].Place][s.found[i].Option].kept != nil
}

// isNew says whether a candidate puts up a mast.
func (s *scheme) isNew(i int32) bool {
	return s.variants[s.found[i].Place][s.found[i].Option].site == nil
}

// exclude keeps a conflict of a, b and all that among says, but of what the user keeps
// only a or b.
func (s *scheme) exclude(a, b int32, among func(int32) bool) {
	var set []int32
	for i := range int32(len(s.found)) {
		if i == a || i == b || !s.kept(i) && among(i) {
			set = append(set, i)
		}
	}
	s.conflicts = append(s.conflicts, set)
}

// Keepable says whether a plan of a network can be made around actions that stay as they
// are: all of them build, and each does what [Apply] can do after those before it. The
// error is that of Apply.
func Keepable(sites []data.Site, actions []Action, templates []template.Site) error {
	for i := range actions {
		switch k := actions[i].Kind; k {
		case NewSite, RemoteSector, Repeater, AddSector, AddBand, Raise:
		default:
			return within(inputError("action", string(k), "new_site, remote_sector, repeater, add_sector, add_band or raise, in a plan that is made again", "\"covgap whatif\" takes every kind"), fmt.Sprintf("actions[%d]", i))
		}
	}
	_, err := Apply(sites, actions, templates)
	return err
}

// untouched says whether sectors are the very same: Apply writes none that it was given.
func untouched(before, after []data.Sector) bool {
	return len(before) == len(after) && (len(before) == 0 || &before[0] == &after[0])
}

// keep adds the actions that stay as they are to the candidates, judged by the exact path
// in every village within reach.
func (s *scheme) keep(ctx context.Context) error {
	in := s.in
	network := in.Sites
	for k := range in.Kept {
		a := in.Kept[k]
		wrap := func(err error) error { return within(err, fmt.Sprintf("actions[%d]", k)) }
		after, err := Apply(network, []Action{a}, in.Templates)
		if err != nil {
			return err // none, once they are Keepable
		}
		if in.Criterion.Operators == criterion.Each && s.asked != nil {
			// Each must serve, and one more would serve next to nobody.
			for _, o := range operatorsOfAll(after) {
				if !slices.Contains(s.asked, o) {
					return wrap(inputError("operator", fmt.Sprintf("%q", o), "an operator that has a site today, where the criterion counts each: "+strings.Join(s.asked, ", "), "leave it empty for a shared mast"))
				}
			}
		}
		v := variant{kind: a.Kind, operator: a.Operator, kept: &in.Kept[k]}
		before := map[string]*data.Site{}
		for i := range network {
			before[network[i].ID] = &network[i]
		}
		var site *data.Site
		var sectors []data.Sector
		for i := range after {
			was := before[after[i].ID]
			if was != nil && untouched(was.Sectors, after[i].Sectors) {
				continue
			}
			for _, x := range after[i].Sectors {
				if was == nil || !slices.ContainsFunc(was.Sectors, func(y data.Sector) bool { return reflect.DeepEqual(x, y) }) {
					sectors, site = append(sectors, x), &after[i]
				}
			}
			if site != nil && site.ID == after[i].ID {
				v.site = was
			}
		}
		if a.Kind.builds() {
			t := a.template(in.Templates)
			v.template = &t
		}
		if a.Kind == Repeater {
			n, refused, err := s.donorOf(&a)
			if err != nil {
				return err
			}
			if refused != "" {
				return wrap(inputError("parent_site", "a donor that will not do: "+refused, "a sector of the network that the repeater hears", "another place, donor or eirp_dbm, or take the action out"))
			}
			v.donor, v.eirpDBm = n, a.EIRPDBm
		}
		if site == nil {
			return wrap(inputError("action", string(a.Kind)+", which changes nothing", "something to build", ""))
		}
		network = after
		place := candidate.Place{ID: a.SiteID, At: site.Position, GroundM: in.Params.Terrain.At(site.Position), Options: []candidate.Option{{Sectors: sectors}}}
		if math.IsNaN(place.GroundM) {
			return wrap(inputError("longitude", fmt.Sprintf("%v, %v", a.Longitude, a.Latitude), "a place on the terrain", ""))
		}
		s.places = append(s.places, place)
		s.variants = append(s.variants, []variant{v})
		s.found = append(s.found, candidate.Candidate{Place: len(s.places) - 1})
		number := int32(len(s.found) - 1)
		o, reason, detail, err := s.prices.price(&s.found[number], []ActionKind{a.Kind})
		switch {
		case errors.Is(err, cost.ErrNoRow):
			return wrap(inputError("template", err.Error(), "a row of the cost table for all that it takes", "plan.costs in covgap.yaml"))
		case err != nil:
			return err
		case reason != "":
			return wrap(inputError("longitude", fmt.Sprintf("a place with %s: %s", strings.ReplaceAll(string(reason), "_", " "), detail), "a place that can be reached, fed and connected", "move the mast, or take the action out"))
		}
		s.offers = append(s.offers, o)
		var claims []claim
		for i := range s.d.villages {
			claims = append(claims, claim{number, int32(i)})
		}
		if _, err := s.judge(ctx, claims); err != nil {
			return err
		}
		for _, c := range claims {
			if len(s.exact[c]) == 0 {
				delete(s.exact, c)
				continue
			}
			t := &s.d.villages[c.village]
			for r := t.firstReceiver; r < t.endReceiver; r++ {
				s.found[number].Serves = append(s.found[number].Serves, r)
				s.found[number].Close = append(s.found[number].Close, false)
			}
		}
	}
	return nil
}
