package planner

import (
	"errors"
	"slices"
	"testing"

	"github.com/covgap/covgap/geo"
	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
)

// What actions do and cost is what a plan that keeps them and adds nothing says, whatever
// the project's limits are; what nothing can be said of is an error that names it.
func TestAppraise(t *testing.T) {
	in := threeVillages(t)
	first, err := Make(t.Context(), in)
	if err != nil {
		t.Fatal(err)
	}
	in.Kept, in.OnlyKept = first.Actions[:2], true
	want, err := Make(t.Context(), in)
	if err != nil {
		t.Fatal(err)
	}
	in.OnlyKept = false
	in.Constraints.Must = []string{"nowhere"}
	got, err := Appraise(t.Context(), in)
	if err != nil {
		t.Fatal(err)
	}
	if got.Cost == 0 || got.PeopleNew == 0 || got.VillagesServed != 2 || got.Bound != nil || len(got.LeftOut) != 0 {
		t.Errorf("%d villages, %v people for %v, left out %v", got.VillagesServed, got.PeopleNew, got.Cost, got.LeftOut)
	}
	// The same actions, in an order of their own.
	order := cmpopts.SortSlices(func(a, b Action) bool { return a.SiteID < b.SiteID })
	running := cmpopts.IgnoreFields(Action{}, "Rank", "PeopleCumulative", "VillagesCumulative", "ReplacementCost")
	if diff := cmp.Diff(want.Actions, got.Actions, order, running); diff != "" {
		t.Error(diff)
	}
	if got.Cost != want.Cost || got.LifetimeCost != want.LifetimeCost || got.PeopleNew != want.PeopleNew || got.Value != want.Value {
		t.Errorf("%+v, want %+v", got.totals(), want.totals())
	}
	in.Kept = []Action{first.Actions[1], first.Actions[0]}
	if turned, err := Appraise(t.Context(), in); err != nil || turned.Actions[0].SiteID != first.Actions[1].SiteID {
		t.Errorf("the order of the list: %+v, %v", turned, err)
	}
	in.Kept = append(slices.Clone(first.Actions), Action{Kind: Remove, SiteID: first.Actions[0].SiteID})
	var wrong *geo.InputError
	if _, err := Appraise(t.Context(), in); !errors.As(err, &wrong) || wrong.Field != "actions[3].action" {
		t.Errorf("a kind that no plan prices: %v", err)
	}
}

// A list of actions says nothing of what they do: no figure is made up of it.
func TestListYAML(t *testing.T) {
	p := &Plan{Version: Version, Criterion: "outdoor-4g", CriterionVersion: 1, Actions: []Action{{Kind: Remove, SiteID: "A"}, {Kind: ReAim, SectorID: "B1", ElectricalTiltDeg: new(0.0)}}}
	b, err := p.ListYAML()
	if err != nil {
		t.Fatal(err)
	}
	const want = `version: 1
criterion: outdoor-4g
criterion_version: 1
actions:
  - action: remove
    site_id: A
  - action: re_aim
    sector_id: B1
    electrical_tilt_deg: 0
`
	if diff := cmp.Diff(want, string(b)); diff != "" {
		t.Error(diff)
	}
	again, err := FromYAML(b, "list.yaml")
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(p.Actions, again.Actions); diff != "" {
		t.Error(diff)
	}
	made := &Plan{Criterion: "outdoor-4g", CriterionVersion: 1, Actions: []Action{{Kind: NewSite, SiteID: "N", Cost: 100, Villages: []string{"v"}}}}
	d := Compare(again, made)
	if b := d.Before; b.Unappraised != 2 || b.Cost != nil || b.LifetimeCost != nil || b.PeopleNew != nil || b.Villages != nil || b.Value != nil {
		t.Errorf("of a list: %+v", b)
	}
	if a := d.After; a.Unappraised != 0 || a.Cost == nil || *a.Cost != 100 || a.Villages == nil || *a.Villages != 1 {
		t.Errorf("of a plan: %+v", a)
	}
	if d.Gained != nil || d.Lost != nil || d.Alike() != nil {
		t.Errorf("villages gained %v and lost %v, %v", d.Gained, d.Lost, d.Alike())
	}
}
