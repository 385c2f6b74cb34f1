package backhaul

import (
	"fmt"
	"math"
	"math/rand/v2"
	"testing"

	"github.com/covgap/covgap/geo/geodesy"
	"github.com/covgap/covgap/planner/cost"
	"github.com/paulmach/orb"
)

// A province's size: 1,200 sites that stand in the west, 150 places for relays, 60 new
// sites in rugged land to the east of them.
func BenchmarkBuild(b *testing.B) {
	rough := land(func(x, y int) float64 { return 500 + 450*math.Sin(float64(x)/9)*math.Cos(float64(y)/8) })
	random := rand.New(rand.NewPCG(1, 2))
	s := Default()
	nodes := func(kind string, n int, antennaM, west float64, needs []cost.Need) []Node {
		out := make([]Node, n)
		for i := range out {
			out[i] = node(fmt.Sprintf("%s%04d", kind, i), west+0.24*random.Float64(), 22.51+0.48*random.Float64(), antennaM)
			out[i].Needs = needs
		}
		return out
	}
	existing, relays, sites := nodes("old", 1200, 20, 106.01, nil), nodes("relay", 150, 15, 106.13, s.RelayNeeds(nil)), nodes("new", 60, 30, 106.25, nil)
	b.ResetTimer()
	for b.Loop() {
		n := network(b, s, rough, existing, relays, orb.LineString{{109, 22}})
		tree, err := n.Build(sites)
		if err != nil {
			b.Fatal(err)
		}
		b.ReportMetric(float64(len(n.hops)), "hops")
		b.ReportMetric(float64(len(tree.Relays)), "relays")
	}
}

func BenchmarkScreen(b *testing.B) {
	rough := land(func(x, y int) float64 { return 500 + 350*math.Sin(float64(x)/37)*math.Cos(float64(y)/29) })
	s := Default()
	from := at(106.1, 22.75, 40)
	to := End{geodesy.Destination(from.At, 80, 20_000), 30}
	for b.Loop() {
		s.Screen(&rough, from, to)
	}
}

func BenchmarkBound(b *testing.B) {
	random := rand.New(rand.NewPCG(1, 2))
	existing := make([]Node, 1200)
	for i := range existing {
		existing[i] = node(fmt.Sprintf("old%04d", i), 106+random.Float64(), 22+random.Float64(), 40)
	}
	n := network(b, Default(), land(flat), existing, nil)
	site := node("new", 106.5, 22.5, 30)
	for b.Loop() {
		if _, err := n.Bound(&site); err != nil {
			b.Fatal(err)
		}
	}
}
