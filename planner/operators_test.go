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
	"github.com/covgap/covgap/data"
	"github.com/covgap/covgap/geo/terrain"
	"github.com/covgap/covgap/planner/candidate"
	"github.com/covgap/covgap/planner/power"
	"github.com/covgap/covgap/planner/template"
	"github.com/paulmach/orb"
	"pgregory.net/rapid"
)

// servesBy says of each hex of a village whether a network serves it by the criterion:
// anybody's best sector, the named operator's, or the best of each operator that the
// network has. It judges by the exact path.
func servesBy(tb rapid.TB, in *Input, sites []data.Site, v *Village) []bool {
	tb.Helper()
	j, err := candidate.NewJudge(in.Params, &in.Criterion, nil)
	if err != nil {
		tb.Fatal(err)
	}
	at := make([]orb.Point, len(v.Hexes))
	for k, h := range v.Hexes {
		at[k] = h.Cell.Center()
	}
	by := map[string][]bool{}
	for i := range sites {
		for _, x := range sites[i].Sectors {
			if by[x.Operator] == nil {
				by[x.Operator] = make([]bool, len(at))
			}
			one := make([]bool, len(at))
			if err := j.Serves(sites[i].Position, []data.Sector{x}, at, one); err != nil {
				tb.Fatal(err)
			}
			for k, ok := range one {
				by[x.Operator][k] = by[x.Operator][k] || ok
			}
		}
	}
	out := make([]bool, len(at))
	for k := range out {
		any, each := false, len(by) > 0
		for _, serves := range by {
			any, each = any || serves[k], each && serves[k]
		}
		switch in.Criterion.Operators {
		case criterion.Named:
			out[k] = by[in.Criterion.Operator] != nil && by[in.Criterion.Operator][k]
		case criterion.Each:
			out[k] = each
		default:
			out[k] = any
		}
	}
	return out
}

// Of whatever kind the actions are and whoever's signal counts: a village that a plan
// claims is met by the network after the plan's actions, and nobody loses the service that
// the plan counts on.
func TestClaimsAreTrueOfTheNetworkAfter(t *testing.T) {
	hills := func(heightM float64) *terrain.Grid {
		return ground(func(e, n float64) float64 { return 200 + heightM*math.Sin(e/800)*math.Cos(n/900) })
	}
	gentle, steep := hills(30), hills(160)
	lowBand := template.Default()
	lowBand.Name, lowBand.FrequencyMHz = "low", 763
	made := map[ActionKind]int{}
	served := map[criterion.Operators]int{}
	rapid.Check(t, func(rt *rapid.T) {
		g := rapid.SampledFrom([]*terrain.Grid{gentle, steep}).Draw(rt, "ground")
		in := input(rt, g,
			settlement(t, "a", place(-2500, 0), 250, 120), settlement(t, "b", place(2500, 500), 250, 200), settlement(t, "c", place(0, 3500), 250, 70))
		in.OnlyPoints = true
		for k, at := range []orb.Point{place(-2000, 400), place(2000, 100), place(200, 3000)} {
			in.Points = append(in.Points, candidate.Point{ID: string(rune('p' + k)), Position: at})
		}
		in.Templates = []template.Site{template.Default(), lowBand}
		in.Supply.Power.Kinds = []power.Kind{power.Solar}
		for k, at := range []orb.Point{place(-3300, 1500), place(3600, -900), place(1500, 4500)} {
			site := data.Site{ID: string(rune('S' + k)), Position: at, StructureHeightM: 40}
			for _, operator := range rapid.SampledFrom([][]string{{"A"}, {"B"}, {"A", "B"}}).Draw(rt, "operators of "+site.ID) {
				for _, technology := range rapid.SampledFrom([][]data.Technology{{data.LTE}, {data.GSM}, {data.GSM, data.LTE}}).Draw(rt, "technologies of "+operator) {
					x := template.Default()
					x.Operator, x.AntennaHeightM = operator, 12
					if technology == data.GSM {
						x.Technology, x.FrequencyMHz, x.BandwidthMHz = technology, 947, 0.2
					}
					for _, azimuth := range []float64{150, 240, 320} {
						own := x.Sector(azimuth)
						own.ID, own.Status = site.ID+operator+string(technology)+string(rune('0'+len(site.Sectors))), data.StatusOnAir
						site.Sectors = append(site.Sectors, own)
					}
				}
			}
			in.Sites = append(in.Sites, site)
		}
		in.Criterion.Operators = rapid.SampledFrom([]criterion.Operators{criterion.Any, criterion.Each, criterion.Named}).Draw(rt, "counts")
		if in.Criterion.Operators == criterion.Named {
			in.Criterion.Operator = rapid.SampledFrom([]string{"A", "B", "C"}).Draw(rt, "operator") // C has no site
		}
		in.Kinds = rapid.SampledFrom([][]ActionKind{{NewSite}, {RemoteSector}, {Repeater}, {Repeater, AddBand}, {AddSector}, {AddBand}, {Raise}, OfferedKinds()}).Draw(rt, "kinds")
		if rapid.Bool().Draw(rt, "keep") { // actions for one operator, or for whoever is there
			operator := rapid.SampledFrom([]string{"A", "B", ""}).Draw(rt, "kept for")
			p, parent := place(-2100, -200), in.Sites[0].ID
			in.Kept = []Action{{Kind: NewSite, Template: lowBand.Name, Operator: operator, SiteID: "K", Longitude: p[0], Latitude: p[1]}}
			if operator == "" {
				in.Kept[0].Kind, in.Kept[0].ParentSite = RemoteSector, parent
				in.Kept[0].Template = in.Templates[0].Name
				if !hasBaseband(&in.Sites[0], data.LTE, nil) {
					in.Kept = nil
				}
			}
			if operator != "" && !slices.Contains(operatorsOfAll(in.Sites), operator) {
				in.Kept = nil
			}
		}
		// Declared gaps need not be gaps in truth.
		declared := rapid.Bool().Draw(rt, "declared")
		for i := range in.Villages {
			if v := &in.Villages[i]; !declared {
				v.Served = servesBy(rt, &in, in.Sites, v)
			}
		}
		p, err := Make(context.Background(), in)
		if err != nil {
			rt.Fatal(err)
		}
		after, err := Apply(in.Sites, p.Actions, p.Templates)
		if err != nil {
			rt.Fatal(err)
		}
		for _, a := range p.Actions {
			made[a.Kind]++
			served[in.Criterion.Operators] += len(a.Villages)
		}
		var said []string
		for _, a := range p.Actions {
			said = append(said, fmt.Sprintf("%s %s %s %q for %v", a.Kind, a.Template, a.SiteID, a.Operator, a.Villages))
		}
		for i := range in.Villages {
			v := &in.Villages[i]
			claimed := slices.ContainsFunc(p.Actions, func(a Action) bool { return slices.Contains(a.Villages, v.Village.ID) })
			now := 0.0
			for k, ok := range servesBy(rt, &in, after, v) {
				if ok || v.Served[k] { // higher antennas may serve less where lower ones did
					now += v.Hexes[k].Weight
				}
			}
			share := now / v.Village.Population
			if claimed && share < in.Criterion.TargetShare-1e-9 {
				rt.Fatalf("%s counts, %s: %s is claimed, and %.3f of it is served after %+v", in.Criterion.Operators, in.Criterion.Operator, v.Village.ID, share, said)
			}
			// Nor is more promised: any and named count the best server, so shares are equal.
			for _, l := range p.LeftOut {
				if l.Village == v.Village.ID && !declared && in.Criterion.Operators != criterion.Each && math.Abs(l.ShareWithPlan-share) > 1e-4 {
					rt.Fatalf("%s counts, %s: %s has a share of %.5f with the plan, %.5f is served after %+v", in.Criterion.Operators, in.Criterion.Operator, l.Village, l.ShareWithPlan, share, said)
				}
			}
		}
	})
	for _, k := range []ActionKind{NewSite, RemoteSector} { // the others come up more rarely
		if made[k] == 0 {
			t.Errorf("no plan had a %s: %v", k, made)
		}
	}
	for _, o := range []criterion.Operators{criterion.Any, criterion.Each, criterion.Named} {
		if served[o] == 0 {
			t.Errorf("no plan served a village where %s counts", o)
		}
	}
}

// A remote sector hangs on a baseband of the operators whose signal counts.
func TestRemoteSectorsOfWhoCounts(t *testing.T) {
	for _, c := range []struct {
		operators criterion.Operators
		operator  string
		parent    string
	}{
		{criterion.Any, "", "near"}, {criterion.Named, "A", "near"}, {criterion.Named, "B", "both"}, {criterion.Each, "", "both"},
	} {
		in := input(t, ground(flat), settlement(t, "v", place(0, 0), 300, 90))
		in.OnlyPoints, in.Points = true, []candidate.Point{{ID: "p", Position: place(300, 0)}}
		in.Kinds = []ActionKind{RemoteSector}
		in.Criterion.Operators, in.Criterion.Operator = c.operators, c.operator
		mast := func(id string, at orb.Point, operators ...string) data.Site {
			site := data.Site{ID: id, Position: at, StructureHeightM: 30}
			for _, o := range operators {
				lte := template.Default()
				lte.Operator = o
				site.Sectors = append(site.Sectors, lte.Build(id+o, at, []float64{0}).Sectors...)
			}
			return site
		}
		in.Sites = []data.Site{mast("near", place(6000, 0), "A"), mast("both", place(9000, 0), "A", "B")}
		p, err := Make(context.Background(), in)
		if err != nil {
			t.Fatal(err)
		}
		if len(p.Actions) != 1 || p.Actions[0].ParentSite != c.parent {
			t.Errorf("%s %s: %+v, expected the parent %s", c.operators, c.operator, p.Actions, c.parent)
		}
		// Without such a parent there is none to offer, and the reason names whom.
		in.Sites = in.Sites[:1]
		if c.operators == criterion.Each {
			in.Sites = append(in.Sites, mast("other", place(9000, 0), "B"))
		}
		var told []candidate.Rejection
		in.Rejected = func(r candidate.Rejection) { told = append(told, r) }
		if p, err = Make(context.Background(), in); err != nil {
			t.Fatal(err)
		}
		if alone := c.parent == "near"; alone != (len(p.Actions) == 1) || !alone && (len(told) != 1 || told[0].Reason != noBackhaul || !strings.Contains(told[0].Detail, "baseband of")) {
			t.Errorf("%s %s without it: %+v, %+v", c.operators, c.operator, p.Actions, told)
		}
	}
}

// Where each operator must serve, an action that stays brings in no further one.
func TestKeptOfAnotherOperator(t *testing.T) {
	in := input(t, ground(flat), settlement(t, "v", place(0, 0), 300, 90))
	own := template.Default()
	own.Operator = "A"
	in.Sites = []data.Site{own.Build("S", place(9000, 0), []float64{0})}
	in.Criterion.Operators = criterion.Each
	p := place(300, 0)
	in.Kept = []Action{{Kind: NewSite, Template: in.Templates[0].Name, SiteID: "K", Operator: "B", Longitude: p[0], Latitude: p[1]}}
	if _, err := Make(context.Background(), in); !errors.Is(err, ErrPlan) || fieldOf(err) != "actions[0].operator" {
		t.Errorf("%v", err)
	}
	in.Kept[0].Operator = ""
	if plan, err := Make(context.Background(), in); err != nil || plan.VillagesServed != 1 {
		t.Errorf("a shared mast: %v", err)
	}
}
