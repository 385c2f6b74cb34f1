package planner

import (
	"errors"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestCompare(t *testing.T) {
	at := func(kind ActionKind, site string, lon float64, cost float64, villages ...string) Action {
		return Action{Kind: kind, SiteID: site, Longitude: lon, Latitude: 22.6, Cost: cost, Villages: villages, AzimuthsDeg: []float64{0}}
	}
	before := &Plan{Criterion: "outdoor-4g", Model: "p1812", Actions: []Action{
		at(NewSite, "NEW-001", 106.00, 100, "a", "b"),
		at(NewSite, "NEW-002", 106.10, 100, "c"),
		at(AddSector, "CB0042", 106.20, 16, "d"),
		at(NewSite, "NEW-003", 106.30, 100, "e"),
	}}
	after := &Plan{Criterion: "outdoor-4g", Model: "p1812", Actions: []Action{
		at(NewSite, "NEW-001", 106.105, 100, "c"), // 514 m from NEW-002
		at(NewSite, "NEW-002", 106.00, 120, "a", "b"),
		at(AddSector, "CB0043", 106.20, 16, "d"), // another mast nearby is not the same one
		at(NewSite, "NEW-003", 106.40, 100, "f"),
	}}
	d := Compare(before, after)
	var got []string
	for _, p := range d.Pairs {
		name := string(p.Fate)
		for _, a := range []*Action{p.Before, p.After} {
			if a != nil {
				name += " " + a.SiteID
			}
		}
		for _, f := range p.Fields {
			name += " " + f
		}
		got = append(got, name)
	}
	want := []string{"altered NEW-001 NEW-002 cost", "moved NEW-002 NEW-001", "dropped CB0042", "dropped NEW-003", "added CB0043", "added NEW-003"}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
	if m := d.Pairs[1].DistanceM; m < 510 || m > 518 {
		t.Errorf("moved by %g m", m)
	}
	if diff := cmp.Diff([]string{"f"}, d.Gained); diff != "" {
		t.Error(diff)
	}
	if diff := cmp.Diff([]string{"e"}, d.Lost); diff != "" {
		t.Error(diff)
	}
	if err := d.Alike(); err != nil {
		t.Error(err)
	}
	after.Model = "itm"
	if err := Compare(before, after).Alike(); !errors.Is(err, ErrInput) {
		t.Errorf("another model: %v", err)
	}
	for _, p := range Compare(before, before).Pairs {
		if p.Fate != Same || p.Before != p.After {
			t.Errorf("a plan and itself: %+v", p)
		}
	}
}
