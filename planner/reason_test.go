package planner

import (
	"context"
	"slices"
	"testing"

	"github.com/covgap/covgap/planner/backhaul"
	"github.com/covgap/covgap/planner/candidate"
	"github.com/covgap/covgap/planner/power"
	"github.com/paulmach/orb"
)

// What stands in a village's way is said, and is not money where there is no budget.
func TestWhyAVillageIsLeftOut(t *testing.T) {
	for _, c := range []struct {
		name    string
		change  func(*Input)
		reason  Reason
		because []string
	}{
		{"nothing may stand there", func(in *Input) { in.Constraints.MustNot = []string{"P1"} }, Constrained, []string{"must_not"}},
		{"nor with a budget", func(in *Input) {
			in.Constraints.MustNot = []string{"P1"}
			in.Objective = Objective{Goal: Budget, Budget: 1e6}
		}, Constrained, []string{"must_not"}},
		{"given up", func(in *Input) {
			in.Dropped = []Proposal{{SiteID: "NEW-001", Longitude: in.Points[0].Position[0], Latitude: in.Points[0].Position[1]}}
		}, Constrained, []string{"given_up"}},
		{"no track", func(in *Input) {
			in.Supply.Access.MaxTrackKm = 1
			in.Supply.Roads = []orb.LineString{{place(9000, 9000), place(9500, 9000)}}
		}, Refused, []string{"no_access"}},
		{"no power", func(in *Input) { in.Supply.Power.Kinds = []power.Kind{power.GridYear} }, Refused, []string{"no_power"}},
		{"no backhaul in reach", func(in *Input) { in.Supply.Backhaul.Kinds = []backhaul.Kind{backhaul.Microwave} }, Refused, []string{"no_backhaul"}},
		{"no years' money", func(in *Input) { in.Constraints.Years = []YearBudget{{2027, 10}} }, Constrained, []string{"years"}},
		{"no fund's money", func(in *Input) { in.Constraints.Funds = []Fund{{Name: "x", Amount: 10}} }, Constrained, []string{"funds"}},
		{"no fund for it", func(in *Input) { in.Constraints.Funds = []Fund{{Name: "x", Amount: 1e9, EligibleOnly: true}} }, Constrained, []string{"funds"}},
		{"a fund beside a budget", func(in *Input) {
			in.Constraints.Funds = []Fund{{Name: "x", Amount: 10}}
			in.Objective = Objective{Goal: Budget, Budget: 1e6}
		}, Constrained, []string{"funds"}},
		{"a budget", func(in *Input) { in.Objective = Objective{Goal: Budget, Budget: 10} }, OverBudget, nil},
	} {
		in := input(t, ground(flat), settlement(t, "v", place(0, 0), 300, 90))
		in.OnlyPoints, in.Points = true, []candidate.Point{{ID: "P1", Position: place(300, 0)}}
		c.change(&in)
		p, err := Make(context.Background(), in)
		if err != nil {
			t.Errorf("%s: %v", c.name, err)
			continue
		}
		if len(p.Actions) != 0 || len(p.LeftOut) != 1 || p.LeftOut[0].Reason != c.reason || !slices.Equal(p.LeftOut[0].Because, c.because) {
			t.Errorf("%s: %+v, left out %+v", c.name, p.Actions, p.LeftOut)
			continue
		}
		if met := p.LeftOut[0].ShareWithAll >= in.Criterion.TargetShare-1e-6; met != (c.reason != Refused) {
			t.Errorf("%s: a share of %g with everything that can be built", c.name, p.LeftOut[0].ShareWithAll)
		}
	}
	// Too near to what is built.
	in := input(t, ground(flat), settlement(t, "a", place(-1800, 0), 300, 90), settlement(t, "b", place(12000, 0), 300, 90))
	in.OnlyPoints, in.Points = true, []candidate.Point{{ID: "P1", Position: place(-1800, 0)}, {ID: "P2", Position: place(12000, 0)}}
	in.Constraints.SpacingM, in.Objective = 20e3, Objective{Goal: Count, Count: 2}
	p, err := Make(context.Background(), in)
	if err != nil {
		t.Fatal(err)
	}
	if len(p.Actions) != 1 || len(p.LeftOut) != 1 || p.LeftOut[0].Reason != Constrained || !slices.Equal(p.LeftOut[0].Because, []string{"spacing"}) {
		t.Errorf("spacing: %+v", p.LeftOut)
	}
}
