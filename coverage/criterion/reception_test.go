package criterion

import (
	"context"
	"fmt"
	"math"
	"math/rand/v2"
	"testing"

	"github.com/covgap/covgap/coverage"
	"github.com/covgap/covgap/coverage/merge"
	"github.com/covgap/covgap/coverage/sweep"
	"github.com/covgap/covgap/data"
	"github.com/covgap/covgap/data/habitat"
	"github.com/covgap/covgap/geo/hexgrid"
	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"github.com/paulmach/orb"
)

// made is a source of losses made up beforehand.
type made map[sweep.Transmitter]*sweep.Result

func (m made) Sweep(_ context.Context, tx sweep.Transmitter) (*sweep.Result, error) {
	return m[tx], nil
}

// madeNetwork gives sites of two operators and two technologies with random losses
// around what LTE can bridge, and villages among the hexes they reach.
func madeNetwork(t testing.TB, seed uint64, n int) ([]data.Site, made, []Place) {
	t.Helper()
	rnd := rand.New(rand.NewPCG(seed, 0))
	at, err := hexgrid.At(orb.Point{106.25, 22.66}, 9)
	if err != nil {
		t.Fatal(err)
	}
	src := made{}
	var sites []data.Site
	for i := range n {
		s := data.Site{ID: fmt.Sprint("s", i), Position: orb.Point{106.25 + float64(i)/100, 22.66}}
		for k := range 1 + rnd.IntN(3) {
			sector := data.Sector{
				ID: fmt.Sprint(s.ID, "-", k), SiteID: s.ID, Operator: []string{"A", "B"}[rnd.IntN(2)], Technology: data.LTE, FrequencyMHz: 1800,
				BandwidthMHz: 10, AntennaHeightM: 30 + float64(k), Omni: true, PowerDBm: 43, GainDBi: 10, BeamwidthVDeg: 60,
			}
			if rnd.IntN(2) == 0 {
				sector.Technology, sector.BandwidthMHz = data.UMTS, 5
			}
			s.Sectors = append(s.Sectors, sector)
			tx, parent := sweep.Of(&s, &sector), at.Parent(sweep.ParentResolution(9))
			b := sweep.Block{Parent: parent}
			for range len(parent.Children(9)) {
				loss := coverage.NoValue
				if rnd.IntN(2) > 0 {
					loss = coverage.CentiDB(13000 + rnd.IntN(5000))
				}
				b.LossCentiDB = append(b.LossCentiDB, loss)
			}
			b.ElevationCentiDeg, b.AzimuthCentiDeg = make([]int16, len(b.LossCentiDB)), make([]uint16, len(b.LossCentiDB))
			src[tx] = &sweep.Result{Resolution: 9, Blocks: []sweep.Block{b}}
		}
		sites = append(sites, s)
	}
	cells := at.Parent(sweep.ParentResolution(9)).Children(9)
	var places []Place
	for i := range 30 {
		p := Place{Village: &data.Village{ID: fmt.Sprint("v", i), Population: 100, Households: float64(10 + i)}, Center: cells[rnd.IntN(len(cells))]}
		for _, k := range rnd.Perm(len(cells))[:1+rnd.IntN(12)] {
			p.Hexes = append(p.Hexes, habitat.WeightedHex{Cell: cells[k], Weight: rnd.Float64()})
		}
		places = append(places, p)
	}
	return sites, src, places
}

// Judged from a few servers of each hex, a village has the verdict that the layers give
// it, as it is and with every level shifted.
func TestJudgeAsVillage(t *testing.T) {
	sites, src, places := madeNetwork(t, 3, 9)
	var cells []hexgrid.Cell
	for _, p := range places {
		cells = append(cells, p.Center)
		for _, h := range p.Hexes {
			cells = append(cells, h.Cell)
		}
	}
	g, err := merge.NewGrid(cells)
	if err != nil {
		t.Fatal(err)
	}
	classes := map[data.Class]int{}
	for _, rule := range []Rule{Centre, People} {
		for _, operators := range []Operators{Any, Each, Named} {
			c := Default()
			c.Rule, c.TargetShare, c.NoneShare, c.MinHouseholds, c.Operators = rule, 0.6, 0.5, 12, operators
			c.Thresholds = map[data.Technology]Threshold{data.LTE: {-110, -120}, data.UMTS: {-95, -110}}
			if operators == Named {
				c.Operator = "B"
			}
			o := merge.Options{Receiver: c.Receiver(), Workers: 2}
			layers, err := merge.Layers(t.Context(), g, sites, src, o)
			if err != nil {
				t.Fatal(err)
			}
			for _, most := range []int{2, 20} {
				receptions, err := c.Receptions(t.Context(), places, sites, src, o, most)
				if err != nil {
					t.Fatal(err)
				}
				for _, db := range []float64{0, -7, 9} {
					shifted := c.Shifted(db)
					want, err := shifted.Villages(places, g, shifted.Hexes(layers, g.Len()))
					if err != nil {
						t.Fatal(err)
					}
					for i := range receptions {
						r := &receptions[i]
						shift := make([]float64, len(r.Sites))
						for k := range shift {
							shift[k] = db
						}
						got := c.Judge(r, shift)
						// Weights are summed in another order where a centre is no hex.
						if d := cmp.Diff(want[i], got, cmpopts.EquateApprox(0, 1e-9)); d != "" {
							t.Errorf("%s, %s, %d servers, %+g dB: village %d (-village +judge):\n%s", rule, operators, most, db, i, d)
						}
						classes[got.Class]++
					}
				}
			}
		}
	}
	for _, class := range []data.Class{data.Served, data.Weak, data.None, data.NotCounted} {
		if classes[class] == 0 {
			t.Errorf("no village is %s: the test does not see it", class)
		}
	}
}

// Without the sites that serve it, a hex has what the others give.
func TestJudgeWithoutSites(t *testing.T) {
	sites, src, places := madeNetwork(t, 5, 8)
	c := Default()
	c.Rule, c.TargetShare = People, 0.6
	o := merge.Options{Receiver: c.Receiver()}
	all, err := c.Receptions(t.Context(), places, sites, src, o, 4)
	if err != nil {
		t.Fatal(err)
	}
	hidden := map[int]bool{1: true, 4: true, 6: true} // fewer than the servers kept
	var left []data.Site
	for i := range sites {
		if !hidden[i] {
			left = append(left, sites[i])
		}
	}
	without, err := c.Receptions(t.Context(), places, left, src, o, 4)
	if err != nil {
		t.Fatal(err)
	}
	differs := 0
	for i := range all {
		shift := make([]float64, len(all[i].Sites))
		for k, site := range all[i].Sites {
			if hidden[site] {
				shift[k] = math.Inf(-1)
			}
		}
		want := c.Judge(&without[i], make([]float64, len(without[i].Sites)))
		if got := c.Judge(&all[i], shift); got != want {
			t.Errorf("village %d: %+v, want %+v", i, got, want)
		}
		if c.Judge(&all[i], make([]float64, len(shift))) != want {
			differs++
		}
	}
	if differs == 0 {
		t.Error("the hidden sites serve nobody: the test does not see it")
	}
}
