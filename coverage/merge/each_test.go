package merge

import (
	"math/rand/v2"
	"sync"
	"testing"

	"github.com/covgap/covgap/coverage"
	"github.com/covgap/covgap/coverage/linkbudget"
)

// What Each tells of is what Layers merges, and the sites of a hex come in order.
func TestEachIsWhatLayersMerge(t *testing.T) {
	rnd := rand.New(rand.NewPCG(7, 1))
	cells, parents := region(t)
	sites, src := network(rnd, parents, 6)
	g, err := NewGrid(cells)
	if err != nil {
		t.Fatal(err)
	}
	o := Options{Receiver: linkbudget.Receiver{HeightM: 1.5}, Workers: 3}
	layers, err := Layers(t.Context(), g, sites, src, o)
	if err != nil {
		t.Fatal(err)
	}
	best := map[ID][]coverage.CentiDB{}
	for _, l := range layers {
		best[l.ID] = make([]coverage.CentiDB, g.Len())
		for k := range best[l.ID] {
			best[l.ID][k] = coverage.NoValue
		}
	}
	last := make([]int, g.Len())
	var mu sync.Mutex
	heard := 0
	err = Each(t.Context(), g, sites, src, o, func(h Heard) {
		mu.Lock()
		defer mu.Unlock()
		heard++
		if h.Site < last[h.Hex] {
			t.Errorf("hex %d hears site %d after %d", h.Hex, h.Site, last[h.Hex])
		}
		last[h.Hex] = h.Site
		level := &best[IDOf(&sites[h.Site].Sectors[h.Sector])][h.Hex]
		*level = max(*level, h.Level)
	})
	if err != nil || heard == 0 {
		t.Fatalf("%d levels, %v", heard, err)
	}
	for _, l := range layers {
		for k, want := range l.BestCentiDB {
			if got := best[l.ID][k]; got != want {
				t.Fatalf("%v, hex %d: best %v, layers have %v", l.ID, k, got, want)
			}
		}
	}
}
