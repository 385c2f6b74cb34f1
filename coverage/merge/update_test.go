package merge

import (
	"context"
	"errors"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/covgap/covgap/coverage"
	"github.com/covgap/covgap/coverage/sweep"
	"github.com/covgap/covgap/data"
	"github.com/covgap/covgap/geo/hexgrid"
	"github.com/paulmach/orb"
	"pgregory.net/rapid"
)

// reachM is further than any hex of the region from any site.
const reachM = 1e6

// alter makes another network of one: sectors and sites changed, gone and new.
func alter(rnd *rand.Rand, was []data.Site) []data.Site {
	now := slices.Clone(was)
	for range 1 + rnd.IntN(3) {
		i := rnd.IntN(len(now))
		if len(now[i].Sectors) == 0 {
			continue
		}
		now[i].Sectors = slices.Clone(now[i].Sectors)
		switch s := now[i].Sectors; rnd.IntN(6) {
		case 0:
			s[rnd.IntN(len(s))].AzimuthDeg += 60
		case 1:
			s[0].PowerDBm -= 25
		case 2:
			s[0].AntennaHeightM = 45 // another transmitter
		case 3:
			now[i].Sectors = s[:len(s)-1]
		case 4:
			s[0].Operator = []string{"Viettel", "VinaPhone"}[rnd.IntN(2)]
		default:
			added := now[i]
			added.ID += "+"
			added.Position = orb.Point{added.Position[0], added.Position[1] + 0.01}
			if !slices.ContainsFunc(now, func(s data.Site) bool { return s.ID == added.ID }) {
				now = append(now, added)
			}
		}
	}
	if len(now) > 1 && rnd.IntN(3) == 0 {
		i := rnd.IntN(len(now))
		now = slices.Delete(now, i, i+1)
	}
	return slices.DeleteFunc(now, func(s data.Site) bool { return len(s.Sectors) == 0 })
}

// What Update gives is what merging everything again gives, in the hexes it names; in
// the others nothing has changed.
func TestUpdateIsAFullMerge(t *testing.T) {
	cells, parents := region(t)
	parents = slices.DeleteFunc(parents, func(p hexgrid.Cell) bool {
		return !slices.ContainsFunc(cells, func(c hexgrid.Cell) bool { return c.Parent(p.Resolution()) == p })
	})
	g, err := NewGrid(cells)
	if err != nil {
		t.Fatal(err)
	}
	rapid.Check(t, func(rt *rapid.T) {
		rnd := rand.New(rand.NewPCG(rapid.Uint64().Draw(rt, "seed"), 2))
		was, src := network(rnd, parents, 1+rnd.IntN(6))
		now := alter(rnd, was)
		for i := range now {
			for k := range now[i].Sectors {
				if tx := sweep.Of(&now[i], &now[i].Sectors[k]); src[tx] == nil {
					src[tx] = noise(rnd, parents)
				}
			}
		}
		o := Options{Workers: 1 + rnd.IntN(3)}
		before, err := Layers(context.Background(), g, was, src, o)
		if err != nil {
			rt.Fatal(err)
		}
		full, err := Layers(context.Background(), g, now, src, o)
		if err != nil {
			rt.Fatal(err)
		}
		ch := Change{Before: before, Was: was, Now: now, ReachM: reachM}
		if rapid.Bool().Draw(rt, "some cells") {
			for k := range cells {
				if rnd.IntN(3) == 0 {
					ch.Cells = append(ch.Cells, k)
				}
			}
		}
		p, err := Update(context.Background(), g, ch, src, o)
		if err != nil {
			rt.Fatal(err)
		}
		if len(p.Layers) != len(full) {
			rt.Fatalf("%d layers, want %d", len(p.Layers), len(full))
		}
		place := map[int]int{}
		for j, k := range p.Cells {
			if j > 0 && k <= p.Cells[j-1] {
				rt.Fatalf("cells out of order: %d after %d", k, p.Cells[j-1])
			}
			place[k] = j
		}
		for k := range cells {
			if ch.Cells != nil && !slices.Contains(ch.Cells, k) {
				if _, there := place[k]; there {
					rt.Fatalf("hex %d was not asked for", k)
				}
				continue
			}
			j, there := place[k]
			for n := range full {
				want, l := full[n].BestCentiDB[k], &p.Layers[n]
				if l.ID != full[n].ID || l.FrequencyMHz != full[n].FrequencyMHz || l.BandwidthMHz != full[n].BandwidthMHz || len(l.Sectors) != len(full[n].Sectors) {
					rt.Fatalf("layer %d is %+v, want %+v", n, l.ID, full[n].ID)
				}
				got := coverage.NoValue
				if there {
					got = l.BestCentiDB[j]
				} else if b := slices.IndexFunc(before, func(b Layer) bool { return b.ID == l.ID }); b >= 0 {
					got = before[b].BestCentiDB[k]
				}
				if got != want {
					rt.Fatalf("%v, hex %d (differs: %v): %v, want %v", l.ID, k, there, got, want)
				}
			}
			if there {
				continue
			}
			for b := range before { // a layer that is gone
				if !slices.ContainsFunc(full, func(l Layer) bool { return l.ID == before[b].ID }) && before[b].BestCentiDB[k] != coverage.NoValue {
					rt.Fatalf("hex %d had %v, which is gone, and is said to be the same", k, before[b].ID)
				}
			}
		}
	})
}

// counting counts the sweeps asked for.
type counting struct {
	Source
	n int
}

func (c *counting) Sweep(ctx context.Context, tx sweep.Transmitter) (*sweep.Result, error) {
	c.n++
	return c.Source.Sweep(ctx, tx)
}

func TestUpdateTouchesLittle(t *testing.T) {
	cells, parents := region(t)
	g, err := NewGrid(cells)
	if err != nil {
		t.Fatal(err)
	}
	was, src := network(rand.New(rand.NewPCG(3, 3)), parents, 12)
	before, err := Layers(t.Context(), g, was, src, Options{})
	if err != nil {
		t.Fatal(err)
	}
	same, err := Update(t.Context(), g, Change{Before: before, Was: was, Now: slices.Clone(was), ReachM: reachM}, src, Options{})
	if err != nil || len(same.Cells) != 0 {
		t.Errorf("nothing changed: %d hexes, %v", len(same.Cells), err)
	}
	// More power of the strongest: no other site matters.
	now := slices.Clone(was)
	now[4].Sectors = slices.Clone(now[4].Sectors)
	txs := map[sweep.Transmitter]bool{}
	for k := range now[4].Sectors {
		now[4].Sectors[k].PowerDBm += 3
		txs[sweep.Of(&now[4], &now[4].Sectors[k])] = true
	}
	c := &counting{Source: src}
	if _, err = Update(t.Context(), g, Change{Before: before, Was: was, Now: now, ReachM: reachM}, c, Options{Workers: 1}); err != nil || c.n != 2*len(txs) {
		t.Errorf("%d sweeps asked for, want those of the site's %d transmitters, before and after; %v", c.n, len(txs), err)
	}
	for name, bad := range map[string][]data.Site{"was": append(slices.Clone(was), was[0]), "now": append(slices.Clone(now), now[0])} {
		ch := Change{Before: before, Was: was, Now: bad, ReachM: reachM}
		if name == "was" {
			ch.Was, ch.Now = bad, now
		}
		if _, err := Update(t.Context(), g, ch, src, Options{}); !errors.Is(err, ErrChange) {
			t.Errorf("%s with a site twice: %v", name, err)
		}
	}
	if _, err := Update(t.Context(), g, Change{Before: before, Was: was, Now: now, ReachM: reachM}, results{}, Options{}); !errors.Is(err, errNoResult) {
		t.Errorf("no sweeps: %v", err)
	}
}
