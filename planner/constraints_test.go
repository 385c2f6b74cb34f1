package planner

import (
	"context"
	"errors"
	"math"
	"slices"
	"strings"
	"testing"

	"github.com/covgap/covgap/data"
	"github.com/covgap/covgap/geo"
	"github.com/covgap/covgap/geo/geodesy"
	"github.com/covgap/covgap/planner/candidate"
	"github.com/covgap/covgap/planner/solver"
	"github.com/covgap/covgap/planner/template"
	"github.com/paulmach/orb"
)

// threeVillages are far enough apart that each takes a mast of its own.
func threeVillages(t *testing.T) Input {
	t.Helper()
	in := input(t, ground(flat),
		settlement(t, "small", place(-12000, 0), 500, 100), settlement(t, "large", place(12000, 0), 500, 400), settlement(t, "far", place(0, 12000), 500, 200))
	for i := range in.Villages {
		in.Villages[i].Village.FundEligible = data.No
	}
	in.Villages[0].Village.FundEligible = data.Yes
	return in
}

func TestMustAndMustNot(t *testing.T) {
	in := threeVillages(t)
	in.Points = []candidate.Point{{ID: "here", Position: place(-12300, 300)}, {ID: "there", Position: place(-11700, -300)}}
	in.Constraints.Must = []string{"here"}
	p, err := Make(context.Background(), in)
	if err != nil {
		t.Fatal(err)
	}
	at := func(p *Plan, q orb.Point) bool {
		return slices.ContainsFunc(p.Actions, func(a Action) bool { return geodesy.Distance(a.Position(), q) < 1 })
	}
	if !at(p, in.Points[0].Position) || p.VillagesServed != 3 || len(p.Actions) != 3 {
		t.Errorf("the plan of %d actions does not hold what must be built", len(p.Actions))
	}

	in.Constraints = Constraints{MustNot: []string{"here"}}
	in.OnlyPoints = true
	if p, err = Make(context.Background(), in); err != nil {
		t.Fatal(err)
	}
	if at(p, in.Points[0].Position) || !at(p, in.Points[1].Position) {
		t.Errorf("actions %+v", p.Actions)
	}

	in.Constraints = Constraints{Must: []string{"nowhere"}}
	if _, err = Make(context.Background(), in); !errors.Is(err, ErrConstraints) {
		t.Errorf("a place that is none: %v", err)
	}
	in.Constraints = Constraints{Must: []string{"here"}, MustNot: []string{"here"}}
	if _, err = Make(context.Background(), in); !errors.Is(err, ErrInput) {
		t.Errorf("must and must not: %v", err)
	}
	in.Constraints = Constraints{Must: []string{"here"}, Years: []YearBudget{{2026, 5}}}
	if _, err = Make(context.Background(), in); !errors.Is(err, solver.ErrContradiction) || !errors.Is(err, ErrConstraints) ||
		!strings.Contains(err.Error(), "must (here), the money of the years 2026 to 2026 (5 USD)") || strings.Contains(err.Error(), "solver") {
		t.Errorf("no money for what must be: %v", err)
	}
}

func TestSpacing(t *testing.T) {
	// Two villages on the two sides of a wall: one mast each, as near as it gets.
	wall := func(eastM, _ float64) float64 { return 100 + 1500*max(0, 1-math.Abs(eastM)/600) }
	in := input(t, ground(wall), settlement(t, "a", place(-1800, 0), 400, 100), settlement(t, "b", place(1800, 0), 400, 100))
	box := func(from, to float64) orb.Polygon {
		return orb.Polygon{{place(from, -6000), place(to, -6000), place(to, 6000), place(from, 6000), place(from, -6000)}}
	}
	in.Limits.Area = orb.MultiPolygon{box(-6000, -1000), box(1000, 6000)}
	apart := func() float64 {
		p, err := Make(context.Background(), in)
		if err != nil {
			t.Fatal(err)
		}
		if len(p.Actions) != 2 || p.VillagesServed != 2 {
			t.Fatalf("%d actions for %d villages", len(p.Actions), p.VillagesServed)
		}
		return geodesy.Distance(p.Actions[0].Position(), p.Actions[1].Position())
	}
	free := apart()
	in.Constraints.SpacingM = free + 300
	if d := apart(); d < in.Constraints.SpacingM {
		t.Errorf("masts are %.0f m apart, the spacing is %.0f m", d, in.Constraints.SpacingM)
	}
}

// The budgets of years and funds are kept, and each action says when and by whom.
func TestYearsAndFunds(t *testing.T) {
	in := threeVillages(t)
	p, err := Make(context.Background(), in)
	if err != nil {
		t.Fatal(err)
	}
	mast := p.Cost / 3
	in.Constraints = Constraints{
		Years: []YearBudget{{2026, 1.2 * mast}, {2027, 0.9 * mast}, {2028, 1.2 * mast}},
		Funds: []Fund{{Name: "own", Amount: 2.2 * mast}, {Name: "universal service", Amount: 1.2 * mast, EligibleOnly: true}},
	}
	if p, err = Make(context.Background(), in); err != nil {
		t.Fatal(err)
	}
	var years []int
	spent := map[string]float64{}
	for _, a := range p.Actions {
		years = append(years, a.Year)
		spent[a.Fund] += a.Cost
		if eligible := slices.Contains(a.Villages, "small"); eligible != (a.Fund == "universal service") {
			t.Errorf("%v is paid by %q", a.Villages, a.Fund)
		}
	}
	if !slices.Equal(years, []int{2026, 2027, 2028}) {
		t.Errorf("years %v", years)
	}
	if len(p.Actions) != 3 || spent["own"] > 2.2*mast || spent["universal service"] > 1.2*mast {
		t.Errorf("%d actions, spent %v", len(p.Actions), spent)
	}
	// Without money of their own, only what the fund pays for is possible.
	in.Constraints.Funds[0].Amount = 0
	in.Objective = Objective{Goal: Budget, Budget: 10 * mast}
	if p, err = Make(context.Background(), in); err != nil {
		t.Fatal(err)
	}
	if len(p.Actions) != 1 || !slices.Equal(p.Actions[0].Villages, []string{"small"}) {
		t.Errorf("the fund pays for %d actions", len(p.Actions))
	}
	for _, l := range p.LeftOut {
		if l.Reason != Constrained || !slices.Equal(l.Because, []string{"funds"}) {
			t.Errorf("%s: %s %v", l.Village, l.Reason, l.Because)
		}
	}
}

func TestConstraintsValidate(t *testing.T) {
	for field, c := range map[string]Constraints{
		"spacing_m":       {SpacingM: -1},
		"years[1].year":   {Years: []YearBudget{{2027, 1}, {2026, 1}}},
		"years[0].amount": {Years: []YearBudget{{2026, -1}}},
		"funds[1].name":   {Funds: []Fund{{Name: "a"}, {Name: "a"}}},
		"funds[0].amount": {Funds: []Fund{{Name: "a", Amount: -1}}},
		"must[0]":         {Must: []string{"x"}, MustNot: []string{"x"}},
	} {
		err := c.Validate()
		if got := fieldOf(err); got != field || !errors.Is(err, ErrInput) {
			t.Errorf("%+v: %v, field %q, expected %q", c, err, got, field)
		}
	}
}

// A plan made again from itself is the same; what is moved is judged where it is; what is
// taken out stays out, and its villages are served from elsewhere.
func TestKeptAndDropped(t *testing.T) {
	in := threeVillages(t)
	first, err := Make(context.Background(), in)
	if err != nil {
		t.Fatal(err)
	}
	in.Kept, in.OnlyKept = first.Actions, true
	same, err := Make(context.Background(), in)
	if err != nil {
		t.Fatal(err)
	}
	if same.VillagesServed != 3 || same.Cost != first.Cost || same.PeopleNew != first.PeopleNew {
		t.Errorf("kept: %d villages for %v, first %v", same.VillagesServed, same.Cost, first.Cost)
	}
	if same.Bound != nil || same.Gap != nil || same.Proven || !strings.HasPrefix(same.Meaning, "Nothing was chosen") {
		t.Errorf("nothing was chosen, and the plan says: %s", same.Meaning)
	}

	edited := *first
	edited.Actions = slices.Clone(first.Actions)
	moved := &edited.Actions[0]
	id, village := moved.SiteID, moved.Villages[0]
	_, inward := geodesy.Inverse(moved.Position(), origin)
	p := geodesy.Destination(moved.Position(), inward, 6000)
	moved.Longitude, moved.Latitude = p[0], p[1]
	in.Kept, in.Dropped = edited.Actions, edited.Dropped()
	only, err := Make(context.Background(), in)
	if err != nil {
		t.Fatal(err)
	}
	if only.VillagesServed != 2 || len(only.LeftOut) != 1 || only.LeftOut[0].Village != village || only.LeftOut[0].Reason != NothingAdded || len(only.LeftOut[0].Fix) != 1 {
		t.Errorf("moved: %d villages, left out %+v", only.VillagesServed, only.LeftOut)
	}
	if l := only.LeftOut[0]; l.FixCost <= 0 || l.EntersAt <= only.Cost {
		t.Errorf("the fix costs %v, enters at %v, the plan costs %v", l.FixCost, l.EntersAt, only.Cost)
	}
	in.OnlyKept = false
	again, err := Make(context.Background(), in)
	if err != nil {
		t.Fatal(err)
	}
	if again.VillagesServed != 3 || len(again.Actions) != 4 || !slices.ContainsFunc(again.Actions, func(a Action) bool { return a.SiteID == id }) {
		t.Errorf("around what was moved: %d villages by %d actions", again.VillagesServed, len(again.Actions))
	}
	// The place that it was moved away from was given up, and the next plan knows it too.
	for _, a := range again.Actions {
		if geodesy.Distance(a.Position(), first.Actions[0].Position()) < DroppedM {
			t.Errorf("%s is proposed where %s was moved away from", a.SiteID, id)
		}
	}
	if d := again.Dropped(); len(d) != 1 || d[0].SiteID != id {
		t.Errorf("dropped in the next plan: %+v", d)
	}
	// What was fixed narrows what the bound speaks of.
	if again.Bound == nil || !again.Proven || !strings.Contains(again.Meaning, "every plan that keeps the 3 actions that were given, puts no mast near the place that was given up and serves the same villages costs at least") {
		t.Errorf("around what was kept: %s", again.Meaning)
	}
	if want := []Condition{{KeepsActions, 3}, {AvoidsPlaces, 1}}; !slices.Equal(again.Conditions(), want) {
		t.Errorf("conditions %+v, want %+v", again.Conditions(), want)
	}
	if strings.Contains(first.Meaning, "condition") || len(first.Conditions()) != 0 {
		t.Errorf("nothing was fixed, and the plan says: %s", first.Meaning)
	}
	for _, m := range []struct {
		distanceM float64
		dropped   int
	}{{20, 0}, {160, 1}, {430, 1}} { // within the width of one site it is the same place
		p := geodesy.Destination(first.Actions[0].Position(), inward, m.distanceM)
		moved.Longitude, moved.Latitude = p[0], p[1]
		if d := edited.Dropped(); len(d) != m.dropped {
			t.Errorf("moved by %g m: dropped %+v", m.distanceM, d)
		}
	}

	edited.Actions = slices.Clone(first.Actions[1:])
	in.Kept, in.Dropped = edited.Actions, edited.Dropped()
	if len(in.Dropped) != 1 {
		t.Fatalf("dropped %+v", in.Dropped)
	}
	without, err := Make(context.Background(), in)
	if err != nil {
		t.Fatal(err)
	}
	if without.VillagesServed != 3 || len(without.Actions) != 3 {
		t.Errorf("without the first: %d villages by %d actions", without.VillagesServed, len(without.Actions))
	}
	for _, a := range without.Actions {
		if geodesy.Distance(a.Position(), first.Actions[0].Position()) < DroppedM {
			t.Errorf("%s is proposed where a mast was taken out", a.SiteID)
		}
	}
	// What was taken out once stays out in the plans after it.
	if d := without.Dropped(); len(d) != 1 || d[0].SiteID != in.Dropped[0].SiteID {
		t.Errorf("dropped in the next plan: %+v", d)
	}
	in.Kept = []Action{{Kind: Remove, SiteID: "x"}}
	if _, err := Make(context.Background(), in); !errors.Is(err, ErrPlan) {
		t.Errorf("an action that takes away: %v", err)
	}
}

// At masts that stand, a sector, a band or higher antennas cost less than a mast.
func TestMastsThatStand(t *testing.T) {
	in := input(t, ground(flat), settlement(t, "v", place(0, 0), 300, 90))
	gsm := template.Default()
	gsm.Technology, gsm.FrequencyMHz, gsm.BandwidthMHz = data.GSM, 947, 0.2
	lte := template.Default()
	lte.Operator = "A"
	far := lte.Build("far", place(15000, 15000), []float64{0})
	for _, tt := range []struct {
		name  string
		site  func() data.Site
		kinds []ActionKind
		want  []ActionKind
	}{
		{"band", func() data.Site { s := gsm; s.Operator = "A"; return s.Build("s", place(1500, 0), []float64{90, 270}) }, OfferedKinds(), []ActionKind{AddSector}},
		{"band alone", func() data.Site { s := gsm; s.Operator = "A"; return s.Build("s", place(1500, 0), []float64{90, 270}) }, []ActionKind{NewSite, AddBand}, []ActionKind{AddBand}},
		{"no spectrum", func() data.Site { s := gsm; s.Operator = "B"; return s.Build("s", place(1500, 0), []float64{90, 270}) }, OfferedKinds(), []ActionKind{NewSite}}, // nor a baseband within reach
		{"away", func() data.Site { s := gsm; s.Operator = "A"; return s.Build("s", place(9000, 0), []float64{90, 270}) }, []ActionKind{NewSite, AddSector}, []ActionKind{NewSite}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			in := in
			in.Sites = []data.Site{tt.site(), far}
			in.Sites[0].StructureHeightM = 30
			in.Kinds = tt.kinds
			p, err := Make(context.Background(), in)
			if err != nil {
				t.Fatal(err)
			}
			var got []ActionKind
			for _, a := range p.Actions {
				got = append(got, a.Kind)
			}
			if !slices.Equal(got, tt.want) || p.VillagesServed != 1 {
				t.Errorf("actions %v, expected %v; %+v", got, tt.want, p.Candidates)
			}
			// What the plan says can be applied, and serves.
			after, err := Apply(in.Sites, p.Actions, p.Templates)
			if err != nil {
				t.Fatal(err)
			}
			if share := servedBy(t, in, after, in.Villages[0]); share < in.Criterion.TargetShare-1e-9 {
				t.Errorf("the network after the plan serves %.3f of the village", share)
			}
		})
	}
}

// fieldOf gives the field of an input error, "" for another.
func fieldOf(err error) string {
	var in *geo.InputError
	if errors.As(err, &in) {
		return in.Field
	}
	return ""
}
