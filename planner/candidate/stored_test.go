package candidate

import (
	"context"
	"testing"

	"github.com/covgap/covgap/coverage/store"
	"github.com/google/go-cmp/cmp"
	"github.com/paulmach/orb"
)

// What comes from the store equals what is computed, and nothing is computed again.
func TestFindStored(t *testing.T) {
	middle := orb.Point{106, 22.5}
	in := input(t, ground(func(orb.Point) float64 { return 300 }), around(t, 0, middle, 600))
	want, wantCounts, err := Find(context.Background(), in)
	if err != nil || len(want) == 0 {
		t.Fatalf("Find: %d candidates, %v", len(want), err)
	}
	st, err := store.Open(t.TempDir(), 1<<30)
	if err != nil {
		t.Fatal(err)
	}
	computed := 0
	in.Progress = func(Progress) { computed++ }
	for range 2 {
		got, counts, err := FindStored(context.Background(), in, st)
		if err != nil {
			t.Fatal(err)
		}
		if d := cmp.Diff(want, got); d != "" {
			t.Errorf("candidates (-want +got):\n%s", d)
		}
		if counts != wantCounts {
			t.Errorf("counts %+v, want %+v", counts, wantCounts)
		}
	}
	first := computed
	in.Template.PowerDBm++ // another template is another key
	if _, _, err := FindStored(context.Background(), in, st); err != nil {
		t.Fatal(err)
	}
	if first == 0 || computed <= first {
		t.Errorf("%d candidates computed for one template, %d with another: want some, then more", first, computed)
	}
}
