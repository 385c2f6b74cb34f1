package planner

import (
	"context"
	"errors"
	"fmt"
	"math"
	"slices"
	"strings"
	"testing"

	"github.com/covgap/covgap/coverage/criterion"
	"github.com/covgap/covgap/coverage/linkbudget"
	"github.com/covgap/covgap/coverage/propagation"
	"github.com/covgap/covgap/coverage/sweep"
	"github.com/covgap/covgap/data"
	"github.com/covgap/covgap/data/habitat"
	"github.com/covgap/covgap/geo"
	"github.com/covgap/covgap/geo/geodesy"
	"github.com/covgap/covgap/geo/hexgrid"
	"github.com/covgap/covgap/geo/terrain"
	"github.com/covgap/covgap/planner/backhaul"
	"github.com/covgap/covgap/planner/candidate"
	"github.com/covgap/covgap/planner/cost"
	"github.com/covgap/covgap/planner/power"
	"github.com/covgap/covgap/planner/template"
	"github.com/google/go-cmp/cmp"
	"github.com/paulmach/orb"
	"pgregory.net/rapid"
)

// origin is the middle of the synthetic terrain.
var origin = orb.Point{106.0, 22.5}

// place gives the point so many metres east and north of the origin.
func place(eastM, northM float64) orb.Point {
	return geodesy.Destination(geodesy.Destination(origin, 0, northM), 90, eastM)
}

// ground makes a terrain of 40 km by 40 km at three arc-seconds whose height
// depends on the metres east and north of the origin.
func ground(height func(eastM, northM float64) float64) *terrain.Grid {
	const step = 3.0 / 3600
	const n = 440
	g := &terrain.Grid{West: origin[0] - n/2*step, North: origin[1] + n/2*step, StepLon: step, StepLat: step, Width: n + 1, Height: n + 1, Surface: terrain.DTM}
	cos := math.Cos(origin[1] * math.Pi / 180)
	for j := range g.Height {
		for i := range g.Width {
			eastM := float64(i-n/2) * step * 111320 * cos
			northM := float64(n/2-j) * step * 111320
			g.HeightsM = append(g.HeightsM, float32(height(eastM, northM)))
		}
	}
	return g
}

func flat(_, _ float64) float64 { return 100 }

// settlement makes an unserved target of so many people within a radius.
func settlement(tb testing.TB, id string, at orb.Point, radiusM, people float64) Village {
	tb.Helper()
	v := &data.Village{ID: id, Geometry: at, RadiusM: radiusM, Population: people, Households: people / 4, GridPower: data.Yes}
	cells, err := hexgrid.Within(at, radiusM, 10)
	if err != nil {
		tb.Fatal(err)
	}
	t := Village{Place: criterion.Place{Village: v}, Served: make([]bool, len(cells))}
	for _, c := range cells {
		t.Hexes = append(t.Hexes, habitat.WeightedHex{Cell: c, Weight: people / float64(len(cells))})
	}
	if t.Center, err = habitat.Center(v, t.Hexes); err != nil {
		tb.Fatal(err)
	}
	return t
}

// supply connects by satellite, so that a mast costs the same everywhere, and feeds from
// the grid or the sun.
func supply() Supply {
	s := DefaultSupply()
	s.Backhaul.Kinds = []backhaul.Kind{backhaul.Satellite}
	s.Power.Kinds = []power.Kind{power.Grid, power.Solar}
	return s
}

func input(tb rapid.TB, g *terrain.Grid, villages ...Village) Input {
	tb.Helper()
	model, err := propagation.Lookup("p1812")
	if err != nil {
		tb.Fatal(err)
	}
	return Input{
		Params:    sweep.Params{Model: model, Terrain: g, RxHeightM: 1.5, RadiusM: 4000, Resolution: 10},
		Criterion: criterion.Default(),
		Villages:  villages,
		Templates: []template.Site{template.Default()},
		Costs:     cost.Default(),
		Supply:    supply(),
		Objective: Objective{Goal: Eliminate},
		Workers:   2, CandidateResolution: 8,
	}
}

// served computes anew, from the plan's sites alone, which hexes of a village the
// plan serves: the share of its weight.
func served(tb testing.TB, in Input, p *Plan, v Village) float64 {
	tb.Helper()
	sites, err := Apply(nil, p.Actions, p.Templates)
	if err != nil {
		tb.Fatal(err)
	}
	return servedBy(tb, in, sites, v)
}

// servedBy is served for a whole network; sectors of other technologies than the first
// template's do not count.
func servedBy(tb testing.TB, in Input, sites []data.Site, v Village) float64 {
	tb.Helper()
	sites = slices.Clone(sites)
	for i := range sites {
		sites[i].Sectors = slices.DeleteFunc(slices.Clone(sites[i].Sectors), func(s data.Sector) bool { return s.Technology != in.Templates[0].Technology })
	}
	var total, sum float64
	for k, h := range v.Hexes {
		total += h.Weight
		best := math.Inf(-1)
		for i := range sites {
			if geodesy.Distance(sites[i].Position, h.Cell.Center()) <= in.Params.RadiusM {
				best = max(best, levelDBm(tb, in, &sites[i], h.Cell))
			}
		}
		if v.Served[k] || in.Criterion.Class(in.Templates[0].Technology, in.Templates[0].FrequencyMHz, best) == data.Served {
			sum += h.Weight
		}
	}
	return sum / total
}

// levelDBm is the strongest level that a site's sectors give at the centre of a hex.
func levelDBm(tb testing.TB, in Input, site *data.Site, hex hexgrid.Cell) float64 {
	tb.Helper()
	pather, err := sweep.NewPather(in.Params)
	if err != nil {
		tb.Fatal(err)
	}
	best := math.Inf(-1)
	for i := range site.Sectors {
		s := &site.Sectors[i]
		pattern, err := linkbudget.Pattern(s, nil)
		if err != nil {
			tb.Fatal(err)
		}
		budget, err := linkbudget.New(s, pattern, in.Criterion.Receiver())
		if err != nil {
			tb.Fatal(err)
		}
		path, err := pather.Path(sweep.Of(site, s), hex.Center())
		if err != nil {
			continue
		}
		best = max(best, budget.SignalDBm(path.LossDB, path.AzimuthDeg, path.ElevationDeg))
	}
	return best
}

func TestTwoClustersTakeOneMastEach(t *testing.T) {
	// 24 km apart, tried within 4 km: no mast reaches both.
	west, east := settlement(t, "west", place(-12000, 0), 500, 300), settlement(t, "east", place(12000, 0), 500, 100)
	in := input(t, ground(flat), east, west)
	p, err := Make(context.Background(), in)
	if err != nil {
		t.Fatal(err)
	}
	if len(p.Actions) != 2 || !p.Proven || *p.Gap != 0 {
		t.Fatalf("%d actions, proven %v, gap %v; expected one for each cluster, proven\n%s", len(p.Actions), p.Proven, *p.Gap, p.Meaning)
	}
	// Both cost the same, so the village of more people comes first.
	if diff := cmp.Diff([][]string{{"west"}, {"east"}}, [][]string{p.Actions[0].Villages, p.Actions[1].Villages}); diff != "" {
		t.Error(diff)
	}
	// On flat ground with grid power around, one mast costs as much as the other but for
	// the line from the village.
	mast := p.Actions[0].Cost
	if math.Abs(p.Cost-2*mast) > 0.1*mast || p.Value != p.Cost || *p.Bound != p.Cost || p.Currency != cost.USD {
		t.Errorf("cost %v, value %v, bound %v %s, expected about twice %v", p.Cost, p.Value, *p.Bound, p.Currency, mast)
	}
	first := p.Actions[0]
	if first.PeopleNew != 300 || p.Actions[1].PeopleCumulative != 400 || first.CostPerPerson != math.Round(100*first.Cost/300)/100 || p.PeopleNew != 400 || p.VillagesServed != 2 {
		t.Errorf("people %v then %v, %v a person", first.PeopleNew, p.Actions[1].PeopleCumulative, first.CostPerPerson)
	}
	if len(p.LeftOut) != 0 {
		t.Errorf("left out: %+v", p.LeftOut)
	}
	for _, v := range in.Villages {
		if share := served(t, in, p, v); share < in.Criterion.TargetShare-1e-9 {
			t.Errorf("%s: the plan's sites serve %.3f of it", v.Village.ID, share)
		}
	}
}

func TestRidgeTakesTwoMasts(t *testing.T) {
	// A village whose people live on both sides of a wall of 1,500 m that no mast on
	// the flat overcomes. The wall itself is no place for a mast: it is outside the
	// area.
	wall := func(eastM, _ float64) float64 { return 100 + 1500*math.Max(0, 1-math.Abs(eastM)/600) }
	left, right := settlement(t, "village", place(-1800, 0), 400, 50), settlement(t, "", place(1800, 0), 400, 50)
	village := left
	village.Hexes = append(village.Hexes, right.Hexes...)
	village.Served = append(village.Served, right.Served...)
	village.Village.Population = 100
	in := input(t, ground(wall), village)
	box := func(from, to float64) orb.Polygon {
		return orb.Polygon{{place(from, -6000), place(to, -6000), place(to, 6000), place(from, 6000), place(from, -6000)}}
	}
	in.Limits.Area = orb.MultiPolygon{box(-6000, -1000), box(1000, 6000)}
	p, err := Make(context.Background(), in)
	if err != nil {
		t.Fatal(err)
	}
	if len(p.Actions) != 2 || p.VillagesServed != 1 {
		t.Fatalf("%d actions serve %d villages; expected 2 and 1: %+v", len(p.Actions), p.VillagesServed, p.LeftOut)
	}
	if diff := cmp.Diff([]string{"village"}, p.Actions[0].PartlyServed); diff != "" || len(p.Actions[0].Villages) != 0 {
		t.Errorf("the first mast meets %v and partly serves %v", p.Actions[0].Villages, p.Actions[0].PartlyServed)
	}
	if diff := cmp.Diff([]string{"village"}, p.Actions[1].Villages); diff != "" {
		t.Error(diff)
	}
	if p.Candidates.Hexes.Rejected[candidate.OutsideArea] == 0 {
		t.Error("no candidate was outside the area")
	}
	if a, b := p.Actions[0].Longitude-origin[0], p.Actions[1].Longitude-origin[0]; a*b >= 0 {
		t.Errorf("both masts stand on one side: %v, %v", a, b)
	}
	if share := served(t, in, p, village); share < in.Criterion.TargetShare-1e-9 {
		t.Errorf("the plan's sites serve %.3f of it", share)
	}

	// With money for one mast, the village cannot be met and that is said.
	in.Objective = Objective{Goal: Budget, Budget: 150_000, Measure: Villages}
	p, err = Make(context.Background(), in)
	if err != nil {
		t.Fatal(err)
	}
	if len(p.LeftOut) != 1 || p.LeftOut[0].Reason != OverBudget || p.VillagesServed != 0 || p.Cost != 0 {
		t.Errorf("with a budget for one mast: cost %v, served %d, left out %+v", p.Cost, p.VillagesServed, p.LeftOut)
	}
	if l := p.LeftOut[0]; l.ShareNow != 0 || l.ShareWithAll < in.Criterion.TargetShare {
		t.Errorf("shares of the village left out: %+v", l)
	}
}

func TestBudgetAndCountTakeTheLargerVillage(t *testing.T) {
	villages := []Village{
		settlement(t, "small", place(-12000, 0), 500, 100),
		settlement(t, "large", place(12000, 0), 500, 400),
		settlement(t, "far", place(0, 12000), 500, 200),
	}
	for _, c := range []struct {
		objective Objective
		reason    Reason
		value     float64
	}{
		{Objective{Goal: Budget, Budget: 220_000}, OverBudget, 600},
		{Objective{Goal: Count, Count: 2}, OverCount, 600},
		{Objective{Goal: Count, Count: 2, Measure: Households}, OverCount, 150},
		{Objective{Goal: Count, Count: 2, Measure: Villages}, OverCount, 2},
	} {
		in := input(t, ground(flat), villages...)
		in.Objective = c.objective
		p, err := Make(context.Background(), in)
		if err != nil {
			t.Fatal(err)
		}
		if p.Value != c.value || !p.Proven || p.VillagesServed != 2 || len(p.LeftOut) != 1 || p.LeftOut[0].Reason != c.reason {
			t.Errorf("%+v: value %v, bound %v, %d villages, left out %+v", c.objective, p.Value, *p.Bound, p.VillagesServed, p.LeftOut)
		}
		if c.objective.Measure != Villages && p.LeftOut[0].Village != "small" {
			t.Errorf("%+v leaves out %s", c.objective, p.LeftOut[0].Village)
		}
	}
}

func TestVillagesThatCannotBeMetAreResults(t *testing.T) {
	beyond := settlement(t, "beyond", place(-12000, 0), 500, 300)
	served := settlement(t, "served", place(12000, 0), 500, 300)
	for k := range served.Served {
		served.Served[k] = true
	}
	in := input(t, ground(flat), beyond, served)
	in.Limits.Area = orb.Polygon{{place(10000, -2000), place(14000, -2000), place(14000, 2000), place(10000, 2000), place(10000, -2000)}}
	p, err := Make(context.Background(), in)
	if err != nil {
		t.Fatal(err)
	}
	want := []LeftOut{
		{Village: "beyond", Reason: NoCandidate},
		{Village: "served", Reason: AlreadyMeets, ShareNow: 1, ShareWithPlan: 1, ShareWithAll: 1},
	}
	if diff := cmp.Diff(want, p.LeftOut); diff != "" {
		t.Error(diff)
	}
	if len(p.Actions) != 0 || p.Cost != 0 || p.Targets != 2 {
		t.Errorf("%d actions for %v", len(p.Actions), p.Cost)
	}
}

func TestCentreRule(t *testing.T) {
	v := settlement(t, "v", place(0, 0), 400, 90)
	in := input(t, ground(flat), v)
	in.Criterion.Rule = criterion.Centre
	p, err := Make(context.Background(), in)
	if err != nil {
		t.Fatal(err)
	}
	if len(p.Actions) != 1 || p.VillagesServed != 1 || p.PeopleNew > 90 {
		t.Errorf("%d actions, %v people", len(p.Actions), p.PeopleNew)
	}
	for k, h := range v.Hexes {
		v.Served[k] = h.Cell == v.Center
	}
	if p, err = Make(context.Background(), in); err != nil || len(p.Actions) != 0 {
		t.Errorf("with the centre served: %v, %d actions", err, len(p.Actions))
	}
	// A centre where nobody lives counts all the same.
	if v.Center, err = hexgrid.At(place(900, 0), 10); err != nil {
		t.Fatal(err)
	}
	in.Villages = []Village{v}
	if p, err = Make(context.Background(), in); err != nil || len(p.Actions) != 1 || p.VillagesServed != 1 {
		t.Errorf("with a centre outside: %v, %d actions", err, len(p.Actions))
	}
	in.Villages[0].CenterServed = true
	if p, err = Make(context.Background(), in); err != nil || len(p.Actions) != 0 {
		t.Errorf("with a centre outside that is served: %v, %d actions", err, len(p.Actions))
	}
}

func TestPowerFollowsTheVillages(t *testing.T) {
	for _, c := range []struct {
		grid    data.Presence
		year    int
		power   power.Kind
		assumed bool
	}{{data.Yes, 0, power.Grid, false}, {data.No, 0, power.Solar, false}, {data.Unknown, 0, power.Grid, true}, {data.No, 2027, power.GridYear, false}} {
		v := settlement(t, "v", place(0, 0), 300, 90)
		v.Village.GridPower, v.Village.GridPowerYear = c.grid, c.year
		in := input(t, ground(flat), v)
		in.Supply.Power.Kinds = []power.Kind{power.Grid, power.GridYear, power.Solar}
		in.Supply.Power.GridWaitYear = 2028
		p, err := Make(context.Background(), in)
		if err != nil {
			t.Fatal(err)
		}
		if a := p.Actions[0]; a.Power != c.power || a.PowerAssumed != c.assumed {
			t.Errorf("grid power %v from %d: %v, assumed %v", c.grid, c.year, a.Power, a.PowerAssumed)
		}
	}
	// Without any kind there is no offer, and that is counted.
	in := input(t, ground(flat), settlement(t, "v", place(0, 0), 300, 90))
	in.Villages[0].Village.GridPower = data.No
	in.Supply.Power.Kinds = []power.Kind{power.Grid}
	p, err := Make(context.Background(), in)
	if err != nil || len(p.Actions) != 0 || p.Candidates.Unpriced[noPower] == 0 || p.LeftOut[0].Reason != Refused || !slices.Equal(p.LeftOut[0].Because, []string{"no_power"}) {
		t.Errorf("%+v, %+v, %v", p.Candidates, p.LeftOut, err)
	}
}

func TestPlanIsTheSameForAnyWorkers(t *testing.T) {
	hills := func(e, n float64) float64 { return 400 + 250*math.Sin(e/900)*math.Cos(n/1100) }
	villages := []Village{settlement(t, "a", place(-3000, 500), 600, 200), settlement(t, "b", place(2500, -2000), 600, 300), settlement(t, "c", place(500, 3500), 600, 80)}
	var first []byte
	for _, workers := range []int{1, 2, 7} {
		in := input(t, ground(hills), villages...)
		in.Workers = workers
		var last candidate.Progress
		in.Progress = func(p candidate.Progress) { last = p }
		p, err := Make(context.Background(), in)
		if err != nil {
			t.Fatal(err)
		}
		if last.Done != last.Total || last.Total == 0 || last.Total != p.Candidates.Receivers {
			t.Errorf("last progress %+v of %+v", last, p.Candidates)
		}
		c := p.Candidates
		refused := 0
		for _, n := range c.Hexes.Rejected {
			refused += n
		}
		if c.Hexes.Tried != refused+c.Hexes.Kept || c.Hexes.Kept != c.Places || c.Options != c.Places || c.Candidates > c.Options || c.Judged == 0 {
			t.Errorf("the counts do not add up: %+v", c)
		}
		b, err := p.ToYAML()
		if err != nil {
			t.Fatal(err)
		}
		if first == nil {
			first = b
			for _, v := range villages {
				if share := served(t, in, p, v); share < in.Criterion.TargetShare-1e-9 && !leftOut(p, v.Village.ID) {
					t.Errorf("%s: the plan's sites serve %.3f of it", v.Village.ID, share)
				}
			}
		} else if diff := cmp.Diff(string(first), string(b)); diff != "" {
			t.Errorf("%d workers:\n%s", workers, diff)
		}
	}
}

func leftOut(p *Plan, id string) bool {
	return slices.ContainsFunc(p.LeftOut, func(l LeftOut) bool { return l.Village == id })
}

func TestMakeRefuses(t *testing.T) {
	v := settlement(t, "v", place(0, 0), 300, 90)
	for name, c := range map[string]struct {
		change func(*Input)
		want   error
	}{
		"no goal":              {func(in *Input) { in.Objective.Goal = "" }, ErrInput},
		"no budget":            {func(in *Input) { in.Objective.Goal = Budget }, ErrInput},
		"no count":             {func(in *Input) { in.Objective.Goal = Count }, ErrInput},
		"unknown measure":      {func(in *Input) { in.Objective.Measure = "votes" }, ErrInput},
		"twice a village":      {func(in *Input) { in.Villages = append(in.Villages, v) }, ErrInput},
		"served marks missing": {func(in *Input) { in.Villages[0].Served = nil }, ErrInput},
		"other operator": {func(in *Input) {
			in.Criterion.Operators, in.Criterion.Operator, in.Templates[0].Operator = criterion.Named, "A", "B"
		}, ErrInput},
		"one of each operator": {func(in *Input) { in.Criterion.Operators, in.Templates[0].Operator = criterion.Each, "A" }, ErrInput},
		"no row for the tower": {func(in *Input) {
			in.Costs.Rows = slices.DeleteFunc(in.Costs.Rows, func(r cost.Row) bool { return r.Item == cost.Tower })
		}, cost.ErrNoRow},
		"technology not counted": {func(in *Input) { in.Templates[0].Technology, in.Templates[0].BandwidthMHz = data.GSM, 0.2 }, ErrInput},
		"no weight":              {func(in *Input) { in.Villages[0].Hexes, in.Villages[0].Served = nil, nil }, criterion.ErrNoWeight},
		"no households": {func(in *Input) {
			in.Objective.Measure = Households
			w := *in.Villages[0].Village
			w.Households = 0
			in.Villages[0].Village = &w
		}, ErrInput},
		"area without inside": {func(in *Input) { in.Limits.Area = orb.LineString{origin, origin} }, candidate.ErrInput},
	} {
		in := input(t, ground(flat), v)
		c.change(&in)
		if _, err := Make(context.Background(), in); !errors.Is(err, c.want) {
			t.Errorf("%s: %v, expected %v", name, err, c.want)
		}
	}
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	if _, err := Make(ctx, input(t, ground(flat), v)); !errors.Is(err, context.Canceled) {
		t.Errorf("cancelled: %v", err)
	}
}

// A larger budget never serves fewer people, and no plan exceeds its budget or its
// bound.
func TestBudgetIsKept(t *testing.T) {
	villages := []Village{settlement(t, "a", place(-2500, 0), 400, 120), settlement(t, "b", place(2500, 500), 400, 200), settlement(t, "c", place(0, 4000), 300, 70)}
	g := ground(func(e, n float64) float64 { return 300 + 150*math.Sin(e/700)*math.Sin(n/600) })
	rapid.Check(t, func(rt *rapid.T) {
		in := input(rt, g, villages...)
		in.Params.RadiusM = 1500
		in.Objective = Objective{Goal: Budget, Budget: rapid.Float64Range(1, 400_000).Draw(rt, "budget"), Effort: 1}
		p, err := Make(context.Background(), in)
		if err != nil {
			rt.Fatal(err)
		}
		if p.Cost > in.Objective.Budget || p.Value > *p.Bound || math.Abs(p.Value-p.PeopleNew) > 0.01 {
			rt.Fatalf("cost %v of %v, value %v, bound %v, people %v", p.Cost, in.Objective.Budget, p.Value, *p.Bound, p.PeopleNew)
		}
	})
}

func TestYAML(t *testing.T) {
	in := input(t, ground(flat), settlement(t, "ng-01", place(0, 0), 300, 90), settlement(t, "beyond", place(0, 12000), 300, 50))
	in.Limits.Area = orb.Polygon{{place(-3000, -3000), place(3000, -3000), place(3000, 3000), place(-3000, 3000), place(-3000, -3000)}}
	p, err := Make(context.Background(), in)
	if err != nil {
		t.Fatal(err)
	}
	b, err := p.ToYAML()
	if err != nil {
		t.Fatal(err)
	}
	again, err := FromYAML(b, "plan.yaml")
	if err != nil {
		t.Fatalf("%v\n%s", err, b)
	}
	if diff := cmp.Diff(p, again); diff != "" {
		t.Errorf("-plan +read:\n%s", diff)
	}
	if _, err := FromYAML([]byte(" \n"), "plan.yaml"); !errors.Is(err, ErrPlan) || !strings.Contains(err.Error(), "an empty file") {
		t.Errorf("an empty file: %v", err)
	}
	// What a user edits in an action is what is built.
	head, actions, _ := strings.Cut(string(b), "\nactions:")
	edited := head + "\nactions:" + strings.Replace(actions, "antenna_height_m: 30", "antenna_height_m: 25", 1)
	again, err = FromYAML([]byte(edited), "plan.yaml")
	if err != nil {
		t.Fatal(err)
	}
	sites, err := Apply(nil, again.Actions, again.Templates)
	if err != nil {
		t.Fatal(err)
	}
	if h := sites[0].Sectors[0].AntennaHeightM; h != 25 {
		t.Errorf("the site's antenna is at %v m, expected the action's 25", h)
	}
	for _, c := range []struct{ old, new, want string }{
		{"site_id:", "siteid:", `unknown key "siteid"`},
		{"rank: 1", "rank: one", "expected a whole number"},
		{"action: new_site", "action: new_moon", `actions[0].action: "new_moon"; expected new_site, remote_sector`},
		{"latitude: 22", "latitude: 122", "actions[0].latitude: 122"},
		{"version: 1", "version: 9", "version: 9; expected 1"},
		{"technology: LTE", "technology: 6G", `technology: "6G"; expected GSM, UMTS, LTE or NR`},
	} {
		if !strings.Contains(string(b), c.old) {
			t.Fatalf("%q is not in the file:\n%s", c.old, b)
		}
		bad := strings.Replace(string(b), c.old, c.new, 1)
		_, err := FromYAML([]byte(bad), "plan.yaml")
		var ie *geo.InputError
		if !errors.Is(err, ErrPlan) || !errors.As(err, &ie) || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: %v, expected %s", c.new, err, c.want)
			continue
		}
		before, _, _ := strings.Cut(bad, c.new)
		line := 1 + strings.Count(before, "\n")
		if ie.Pos.Line != line || ie.Pos.Column == 0 {
			t.Errorf("%s is on line %d, the error says %v", c.new, line, ie.Pos)
		}
	}
}

func FuzzFromYAML(f *testing.F) {
	f.Add([]byte("version: 1\n"))
	f.Add([]byte("version: 1\nactions:\n  - rank: 1\n    action: new_site\n    template: x\n"))
	f.Add([]byte("templates:\n  - name: x\n    sectors: 1\n"))
	f.Add([]byte("templates:\n  !!0000000000 0"))
	f.Fuzz(func(t *testing.T, content []byte) {
		p, err := FromYAML(content, "fuzz.yaml")
		if err != nil {
			if !errors.Is(err, ErrPlan) {
				t.Fatalf("%v does not wrap ErrPlan", err)
			}
			return
		}
		// Without a network, what it changes is not there.
		if _, err := Apply(nil, p.Actions, p.Templates); err != nil && !errors.Is(err, ErrPlan) {
			t.Fatalf("%v does not wrap ErrPlan", err)
		}
	})
}

func ExampleApply() {
	sites := []data.Site{{ID: "T0012", Position: orb.Point{106.05, 22.61}, Sectors: []data.Sector{{
		ID: "T0012/LTE-1", Operator: "Viettel", Technology: data.LTE, FrequencyMHz: 1842.5, BandwidthMHz: 10, AntennaHeightM: 24, AzimuthDeg: 40, EIRPDBm: 57,
	}}}}
	p, err := FromYAML([]byte(`version: 1
actions:
  - action: raise
    site_id: T0012
    antenna_height_m: 36
  - action: new_site
    template: hilltop
    site_id: NEW-001
    longitude: 106.1
    latitude: 22.6
    azimuth_deg: [40, 150]
templates:
  - name: hilltop
    antenna_height_m: 20
`), "actions.yaml")
	if err != nil {
		fmt.Println(err)
		return
	}
	after, err := Apply(sites, p.Actions, p.Templates)
	if err != nil {
		fmt.Println(err)
		return
	}
	for _, site := range after {
		for _, s := range site.Sectors {
			fmt.Println(s.ID, s.Operator, s.AntennaHeightM, "m", s.AzimuthDeg, "°", s.EIRPDBm, "dBm")
		}
	}
	// Output:
	// T0012/LTE-1 Viettel 36 m 40 ° 57 dBm
	// NEW-001-1 Viettel 20 m 40 ° 57 dBm
	// NEW-001-2 Viettel 20 m 150 ° 57 dBm
}

// Of places that serve and cost the same, the one nearer to the village is taken, and of
// those about as near the higher, whatever their order in the file.
func TestEqualPlaces(t *testing.T) {
	g := ground(func(eastM, _ float64) float64 { return 100 + eastM/100 })
	in := input(t, g, settlement(t, "a", origin, 200, 100))
	in.Supply.Power.Kinds = []power.Kind{power.Solar} // costs the same everywhere
	in.OnlyPoints = true
	points := []candidate.Point{{ID: "far", Position: place(-2500, 0)}, {ID: "near", Position: place(-400, 0)}, {ID: "near and high", Position: place(400, 0)}}
	for range points {
		points = append(points[1:], points[0])
		in.Points = points
		p, err := Make(context.Background(), in)
		if err != nil {
			t.Fatal(err)
		}
		if len(p.Actions) != 1 || p.VillagesServed != 1 || geodesy.Distance(p.Actions[0].Position(), place(400, 0)) > 1 {
			t.Errorf("points %v: built %+v", points, p.Actions)
		}
	}
	// Without the higher one still the nearer.
	in.Points = points[:0:0]
	for _, x := range points {
		if x.ID != "near and high" {
			in.Points = append(in.Points, x)
		}
	}
	if p, err := Make(context.Background(), in); err != nil || len(p.Actions) != 1 || geodesy.Distance(p.Actions[0].Position(), place(-400, 0)) > 1 {
		t.Errorf("%v, %v", p, err)
	}
}
