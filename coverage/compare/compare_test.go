package compare

import (
	"errors"
	"fmt"
	"maps"
	"testing"

	"github.com/covgap/covgap/data"
	"github.com/covgap/covgap/geo"
	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"
)

func village(id, commune string, class data.Class) Village {
	v := Village{ID: id, CommuneCode: commune, Commune: "Xã " + commune, Class: class, Population: 100, GridPower: data.No}
	if v.Gap() {
		v.PeopleUnserved = 60
	}
	return v
}

// Every change of class of a village that kept its id.
func TestChanges(t *testing.T) {
	for _, c := range []struct {
		before, after data.Class
		want          Change
	}{
		{data.Served, data.Served, StaysServed},
		{data.Weak, data.Served, BecameServed},
		{data.None, data.Served, BecameServed},
		{data.Weak, data.Weak, Remains},
		{data.None, data.None, Remains},
		{data.None, data.Weak, Better},
		{data.Weak, data.None, Worse},
		{data.Served, data.Weak, NewGap},
		{data.Served, data.None, NewGap},
		{data.NotCounted, data.None, NotCompared},
		{data.Weak, data.NotCounted, NotCompared},
	} {
		r, err := Villages([]Village{village("a", "1", c.before)}, []Village{village("a", "1", c.after)}, Options{})
		if err != nil {
			t.Fatal(err)
		}
		if p := r.Pairs[0]; p.Change != c.want || p.Relation != Same || p.ClassBefore != c.before {
			t.Errorf("%s to %s: %+v, want %s", c.before, c.after, p, c.want)
		}
	}
}

// Split, merged, regrouped, new and vanished villages, with communes that merged.
func TestSuccession(t *testing.T) {
	before := []Village{
		village("split", "1", data.None), village("m1", "1", data.Served), village("m2", "2", data.Weak),
		village("r1", "2", data.Served), village("r2", "2", data.Served), village("gone", "2", data.None), village("kept", "3", data.Weak),
	}
	after := []Village{
		village("part1", "10", data.Served), village("part2", "10", data.Weak), village("whole", "10", data.Weak),
		village("r1", "10", data.Served), village("r3", "10", data.None), village("kept", "3", data.Served), village("new", "3", data.None),
	}
	r, err := Villages(before, after, Options{
		Villages: data.Crosswalk{
			{Old: "split", New: "part1"}, {Old: "split", New: "part2"}, {Old: "m1", New: "whole"}, {Old: "m2", New: "whole"},
			{Old: "r1", New: "r1"}, {Old: "r2", New: "r1"}, {Old: "r2", New: "r3"}, {Old: "gone"},
		},
		Communes: data.Crosswalk{{Old: "1", New: "10"}, {Old: "2", New: "10"}},
	})
	if err != nil {
		t.Fatal(err)
	}
	want := []Pair{
		{[]int{0}, 0, Split, data.None, BecameServed},
		{[]int{0}, 1, Split, data.None, Better},
		{[]int{1, 2}, 2, Merged, data.Weak, Remains},
		{[]int{3, 4}, 3, Regrouped, data.Served, StaysServed},
		{[]int{4}, 4, Split, data.Served, NewGap},
		{[]int{6}, 5, Same, data.Weak, BecameServed},
		{nil, 6, Added, "", NewVillage},
		{[]int{5}, -1, Gone, data.None, Vanished},
	}
	if diff := cmp.Diff(want, r.Pairs); diff != "" {
		t.Errorf("pairs (-want +got):\n%s", diff)
	}
	// Before: split (its worse part is better), m2, gone, kept; after: part2, whole, r3, new.
	if diff := cmp.Diff(map[Change]int{Better: 1, Remains: 1, Vanished: 1, BecameServed: 1}, r.GapsBefore); diff != "" {
		t.Errorf("gaps before (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff(map[Change]int{Better: 1, Remains: 1, NewGap: 1, NewVillage: 1}, r.GapsAfter); diff != "" {
		t.Errorf("gaps after (-want +got):\n%s", diff)
	}
	if len(r.Communes) != 2 || r.Communes[0].Code != "10" || r.Communes[0].Before.Villages != 6 || r.Communes[0].Gaps[Vanished] != 1 ||
		r.Communes[0].After.Gaps != 3 || r.Communes[1].Gaps[BecameServed] != 1 || r.Communes[1].Name != "Xã 3" {
		t.Errorf("communes %+v", r.Communes)
	}
	if r.Before.GapsWithoutGrid != 4 || r.After.PeopleUnserved != 240 {
		t.Errorf("before %+v, after %+v", r.Before, r.After)
	}
}

func TestErrors(t *testing.T) {
	a, b := []Village{village("a", "1", data.Weak)}, []Village{village("b", "1", data.Weak)}
	if _, err := Villages(a, b, Options{}); !errors.Is(err, ErrNothingInCommon) {
		t.Errorf("error %v", err)
	}
	if _, err := Villages(append(a, a...), b, Options{}); !errors.Is(err, ErrDuplicate) {
		t.Errorf("error %v", err)
	}
	pos := geo.Position{File: "m.csv", Line: 2}
	_, err := Villages([]Village{village("01273-1", "1", data.Weak)}, b, Options{Villages: data.Crosswalk{{Old: "01273-l", New: "b", Pos: pos}}})
	const want = `m.csv:2: old_id: "01273-l"; expected the id of a village before (did you mean 01273-1?)`
	if !errors.Is(err, ErrUnknownID) || err.Error() != want {
		t.Errorf("error %v\nwant  %s", err, want)
	}
}

// Whatever became of the villages, the gaps of either side are accounted for, and
// the communes add up to the whole.
func TestAccounts(t *testing.T) {
	classes := []data.Class{data.Served, data.Weak, data.None, data.NotCounted}
	rapid.Check(t, func(rt *rapid.T) {
		side := func(name string) (out []Village) {
			for i := range rapid.IntRange(1, 8).Draw(rt, name) {
				out = append(out, village(fmt.Sprint(i), fmt.Sprint(rapid.IntRange(0, 2).Draw(rt, "commune")), rapid.SampledFrom(classes).Draw(rt, "class")))
			}
			return out
		}
		before, after := side("before"), side("after")
		var o Options
		for range rapid.IntRange(0, 10).Draw(rt, "rows") {
			o.Villages = append(o.Villages, data.Succession{
				Old: before[rapid.IntRange(0, len(before)-1).Draw(rt, "old")].ID, New: after[rapid.IntRange(0, len(after)-1).Draw(rt, "new")].ID,
			})
		}
		r, err := Villages(before, after, o)
		if errors.Is(err, ErrNothingInCommon) {
			rt.Skip("nothing in common")
		}
		if err != nil {
			rt.Fatal(err)
		}
		sum := func(m map[Change]int) (n int) {
			for k := range maps.Values(m) {
				n += k
			}
			return n
		}
		if sum(r.GapsBefore) != r.Before.Gaps || sum(r.GapsAfter) != r.After.Gaps {
			rt.Fatalf("gaps before %v of %d, after %v of %d", r.GapsBefore, r.Before.Gaps, r.GapsAfter, r.After.Gaps)
		}
		var was, is int
		for _, c := range r.Communes {
			was, is = was+c.Before.Gaps, is+c.After.Gaps
		}
		if was != r.Before.Gaps || is != r.After.Gaps {
			rt.Fatalf("communes have %d and %d gaps, all have %d and %d", was, is, r.Before.Gaps, r.After.Gaps)
		}
	})
}
