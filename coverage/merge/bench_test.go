package merge

import (
	"context"
	"fmt"
	"math"
	"runtime"
	"strconv"
	"testing"

	"github.com/covgap/covgap/coverage"
	"github.com/covgap/covgap/coverage/sweep"
	"github.com/covgap/covgap/data"
	"github.com/covgap/covgap/geo/hexgrid"
)

// technologies are those of a station that has all: a carrier each.
var technologies = []struct {
	technology    data.Technology
	mhz, bwMHz    float64
	channelsApart float64 // MHz between the channels of neighbours, GSM
}{{data.GSM, 940, 0.2, 0.2}, {data.UMTS, 2140, 5, 0}, {data.LTE, 1842.5, 10, 0}}

// province is a source for any transmitter: the same block of losses everywhere.
type province struct{ result *sweep.Result }

func (p province) Sweep(ctx context.Context, _ sweep.Transmitter) (*sweep.Result, error) {
	return p.result, ctx.Err()
}

// stations gives n sites of three sectors in three technologies on a grid of one
// block of hexes, GSM on channels of a reuse plan.
func stations(t testing.TB, n int) (*Grid, []data.Site, Source) {
	t.Helper()
	at, err := hexgrid.At(middle, 10)
	if err != nil {
		t.Fatal(err)
	}
	parent := at.Parent(sweep.ParentResolution(10))
	cells := parent.Children(10)
	g, err := NewGrid(cells)
	if err != nil {
		t.Fatal(err)
	}
	b := sweep.Block{Parent: parent, LossCentiDB: make([]coverage.CentiDB, len(cells)), ElevationCentiDeg: make([]int16, len(cells)), AzimuthCentiDeg: make([]uint16, len(cells))}
	for i := range cells {
		b.LossCentiDB[i], b.ElevationCentiDeg[i], b.AzimuthCentiDeg[i] = coverage.CentiDB(9000+i), int16(-i%300), uint16(7*i%36000)
	}
	var sites []data.Site
	for i := range n {
		s := data.Site{ID: strconv.Itoa(i), Position: middle}
		s.Position[0] += float64(i) * 1e-5
		for _, tech := range technologies {
			for k := range 3 {
				s.Sectors = append(s.Sectors, data.Sector{
					ID: fmt.Sprintf("%d-%s-%d", i, tech.technology, k), Operator: "Viettel", Technology: tech.technology,
					FrequencyMHz: tech.mhz + tech.channelsApart*float64((3*i+k)%60), BandwidthMHz: tech.bwMHz, AntennaHeightM: 30,
					AzimuthDeg: float64(120 * k), MechanicalTiltDeg: 2, BeamwidthHDeg: 65, BeamwidthVDeg: 10, PowerDBm: 43, GainDBi: 17,
				})
			}
		}
		sites = append(sites, s)
	}
	return g, sites, province{&sweep.Result{Resolution: 10, Blocks: []sweep.Block{b}}}
}

// Memory is that of the layers, 15 bytes a hex, and of the sectors: twice the
// stations of three technologies take twice the memory beside the layers, whatever
// the number of GSM's channels.
func TestMemoryProportional(t *testing.T) {
	allocated := func(n int) (bytes float64, layers int) {
		g, sites, src := stations(t, n)
		var before, after runtime.MemStats
		runtime.ReadMemStats(&before)
		got, err := Layers(context.Background(), g, sites, src, Options{Workers: 1})
		if err != nil {
			t.Fatal(err)
		}
		runtime.ReadMemStats(&after)
		return float64(after.TotalAlloc-before.TotalAlloc) - float64(15*g.Len()*len(got)), len(got)
	}
	a, layersA := allocated(100)
	b, layersB := allocated(400)
	if layersA != 3 || layersB != 3 {
		t.Fatalf("%d and %d layers of three technologies", layersA, layersB)
	}
	// Slices that grow by doubling are up to twice too long.
	if b > 2*4*a {
		t.Errorf("%.0f bytes for 100 stations, %.0f for 400", a, b)
	}
	// A budget, its place in the layer, its share of slices: what 92,000 sectors of
	// 10,200 stations take is then below 200 MB.
	if per := b / (400 * 9); per > 2000 {
		t.Errorf("%.0f bytes a sector", per)
	}
}

// ns/level is the time of one sector in one hex: it does not grow with the stations.
func BenchmarkStations(b *testing.B) {
	for _, n := range []int{30, 300} {
		b.Run(fmt.Sprintf("stations=%d", n), func(b *testing.B) {
			g, sites, src := stations(b, n)
			b.ReportAllocs()
			for b.Loop() {
				layers, err := Layers(context.Background(), g, sites, src, Options{Workers: 1})
				if err != nil || math.IsNaN(float64(layers[0].SumMW[0])) {
					b.Fatal(err)
				}
			}
			levels := float64(b.N) * float64(n*9*g.Len())
			b.ReportMetric(float64(b.Elapsed().Nanoseconds())/levels, "ns/level")
		})
	}
}
