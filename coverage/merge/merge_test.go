package merge

import (
	"context"
	"errors"
	"math/rand/v2"
	"testing"

	"github.com/covgap/covgap/coverage"
	"github.com/covgap/covgap/coverage/antenna"
	"github.com/covgap/covgap/coverage/linkbudget"
	"github.com/covgap/covgap/coverage/sweep"
	"github.com/covgap/covgap/data"
	"github.com/covgap/covgap/geo/hexgrid"
	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"github.com/paulmach/orb"
	"pgregory.net/rapid"
)

const resolution = 8

var middle = orb.Point{106.25, 22.66}

// results is a Source of results made up beforehand.
type results map[sweep.Transmitter]*sweep.Result

func (r results) Sweep(ctx context.Context, tx sweep.Transmitter) (*sweep.Result, error) {
	if res, ok := r[tx]; ok {
		return res, ctx.Err()
	}
	return nil, errNoResult
}

var errNoResult = errors.New("no such result")

// region gives the hexes of the blocks about the middle.
func region(t testing.TB) (cells, parents []hexgrid.Cell) {
	t.Helper()
	at, err := hexgrid.At(middle, resolution)
	if err != nil {
		t.Fatal(err)
	}
	parents = at.Parent(sweep.ParentResolution(resolution)).Disk(1)
	return at.Disk(9), parents
}

// noise makes a result with losses of 80 to 195 dB in some of the hexes: some sectors
// drown in others.
func noise(rnd *rand.Rand, parents []hexgrid.Cell) *sweep.Result {
	r := &sweep.Result{Resolution: resolution}
	for _, p := range parents {
		if rnd.IntN(4) == 0 {
			continue
		}
		n := len(p.Children(resolution))
		b := sweep.Block{Parent: p, LossCentiDB: make([]coverage.CentiDB, n), ElevationCentiDeg: make([]int16, n), AzimuthCentiDeg: make([]uint16, n)}
		for i := range n {
			b.LossCentiDB[i] = coverage.NoValue
			if rnd.IntN(5) > 0 {
				b.LossCentiDB[i] = coverage.CentiDB(8000 + 500*rnd.IntN(24)) // few values, so that ties occur
				b.ElevationCentiDeg[i] = int16(rnd.IntN(2000) - 1000)
				b.AzimuthCentiDeg[i] = uint16(rnd.IntN(36000))
			}
			if rnd.IntN(50) == 0 {
				b.Near = append(b.Near, uint16(i))
			}
		}
		r.Blocks = append(r.Blocks, b)
	}
	return r
}

// network makes sites with random sectors, and the sweeps of their transmitters.
func network(rnd *rand.Rand, parents []hexgrid.Cell, n int) ([]data.Site, results) {
	src := results{}
	var sites []data.Site
	for i := range n {
		s := data.Site{ID: string(rune('a' + i)), Position: orb.Point{middle[0] + float64(i)/100, middle[1]}}
		for range 1 + rnd.IntN(4) {
			sector := data.Sector{
				SiteID: s.ID, Operator: []string{"Viettel", "MobiFone"}[rnd.IntN(2)],
				Technology: data.LTE, FrequencyMHz: 1800, BandwidthMHz: 20, AntennaHeightM: 30,
				AzimuthDeg: float64(120 * rnd.IntN(3)), BeamwidthHDeg: 65, BeamwidthVDeg: 10, MechanicalTiltDeg: float64(rnd.IntN(3)),
				PowerDBm: 46, GainDBi: 17,
			}
			if rnd.IntN(3) == 0 {
				sector.Technology, sector.FrequencyMHz, sector.Carrier = data.UMTS, 2140, "u1"
			}
			s.Sectors = append(s.Sectors, sector)
			if tx := sweep.Of(&s, &sector); src[tx] == nil {
				src[tx] = noise(rnd, parents)
			}
		}
		sites = append(sites, s)
	}
	return sites, src
}

// naive merges one hex at a time, straight from the definition.
func naive(t testing.TB, g *Grid, sites []data.Site, src results, o Options, id ID, k int) (best, second, other coverage.CentiDB, server, servers int, sumMW float32, near bool) {
	t.Helper()
	best, second, other, server = coverage.NoValue, coverage.NoValue, coverage.NoValue, -1
	strongest := map[int]coverage.CentiDB{} // by site
	serving := -1
	c := g.Cells()[k]
	parent := c.Parent(sweep.ParentResolution(resolution))
	n := -1
	// Sectors of a site that share a transmitter come together.
	for i := range sites {
		for j := range sites[i].Sectors {
			s := &sites[i].Sectors[j]
			if IDOf(s) != id {
				continue
			}
			n++
			b := src[sweep.Of(&sites[i], s)].Block(parent)
			child := c.ChildPosition(parent.Resolution())
			if b == nil || b.LossCentiDB[child] == coverage.NoValue {
				continue
			}
			p, err := linkbudget.Pattern(s, nil)
			if err != nil {
				t.Fatal(err)
			}
			budget, err := linkbudget.New(s, p, o.Receiver)
			if err != nil {
				t.Fatal(err)
			}
			dbm := budget.SignalDBm(b.LossCentiDB[child].DB(), b.AzimuthDeg(child), b.ElevationDeg(child))
			level := coverage.FromDB(dbm)
			if of, ok := strongest[i]; !ok || level > of {
				strongest[i] = level
			}
			if level > best {
				best, second, server, serving = level, best, n, i
				near = false
				for _, at := range b.Near {
					near = near || int(at) == child
				}
			} else if level > second {
				second = level
			}
			if o.FloorDBm == nil || level >= coverage.FromDB(o.FloorDBm(s.Technology, s.FrequencyMHz)) {
				servers++
			}
			sumMW += float32(coverage.MilliwattsOf(dbm))
		}
	}
	for i, level := range strongest {
		if i != serving {
			other = max(other, level)
		}
	}
	return best, second, other, server, servers, sumMW, near
}

func TestLayersAgainstDefinition(t *testing.T) {
	cells, parents := region(t)
	g, err := NewGrid(cells)
	if err != nil {
		t.Fatal(err)
	}
	rapid.Check(t, func(rt *rapid.T) {
		rnd := rand.New(rand.NewPCG(rapid.Uint64().Draw(rt, "seed"), 1))
		sites, src := network(rnd, parents, 1+rnd.IntN(5))
		o := Options{
			Receiver: linkbudget.Receiver{BodyLossDB: 3},
			FloorDBm: func(t data.Technology, frequencyMHz float64) float64 {
				if t == data.LTE {
					return -120 + frequencyMHz/200
				}
				return -200
			},
			Workers: rapid.IntRange(0, 5).Draw(rt, "workers"),
		}
		layers, err := Layers(context.Background(), g, sites, src, o)
		if err != nil {
			rt.Fatal(err)
		}
		for i := range layers {
			l := &layers[i]
			if i > 0 && layers[i-1].compare(l.ID) >= 0 {
				rt.Fatalf("layers out of order: %v before %v", layers[i-1].ID, l.ID)
			}
			for k := range cells {
				best, second, other, server, servers, sumMW, near := naive(t, g, sites, src, o, l.ID, k)
				if l.BestCentiDB[k] != best || l.SecondCentiDB[k] != second || int(l.BestSector[k]) != server || int(l.Servers[k]) != servers || l.Near[k] != near {
					rt.Fatalf("%v, hex %d: best %v, second %v, sector %d, servers %d, near %v; want %v, %v, %d, %d, %v", l.ID, k,
						l.BestCentiDB[k], l.SecondCentiDB[k], l.BestSector[k], l.Servers[k], l.Near[k], best, second, server, servers, near)
				}
				if got := l.OtherCentiDB[k]; got != other {
					rt.Fatalf("%v, hex %d: strongest of another site %v, want %v", l.ID, k, got, other)
				}
				if got := l.SumMW[k]; got != sumMW {
					rt.Fatalf("%v, hex %d: sum %g mW, want %g", l.ID, k, got, sumMW)
				}
			}
		}
	})
}

// TestWorkers: the same layers, bit for bit, for any number of workers.
func TestWorkers(t *testing.T) {
	cells, parents := region(t)
	g, err := NewGrid(cells)
	if err != nil {
		t.Fatal(err)
	}
	sites, src := network(rand.New(rand.NewPCG(7, 7)), parents, 12)
	var want []Layer
	for _, workers := range []int{1, 2, 5, 16} {
		layers, err := Layers(context.Background(), g, sites, src, Options{Workers: workers})
		if err != nil {
			t.Fatal(err)
		}
		if want == nil {
			want = layers
		}
		if d := cmp.Diff(want, layers, cmpopts.EquateNaNs()); d != "" {
			t.Errorf("%d workers (-one +many):\n%s", workers, d)
		}
	}
}

func TestAntennaDecides(t *testing.T) {
	// Two sectors on one mast, back to back: each hex belongs to the one that looks
	// at it, whatever the order.
	cells, parents := region(t)
	g, err := NewGrid(cells)
	if err != nil {
		t.Fatal(err)
	}
	sector := data.Sector{Operator: "A", Technology: data.GSM, FrequencyMHz: 900, AntennaHeightM: 30, BeamwidthHDeg: 90, BeamwidthVDeg: 30, PowerDBm: 43, GainDBi: 15}
	east, west := sector, sector
	east.AzimuthDeg, west.AzimuthDeg = 90, 270
	site := data.Site{ID: "s", Position: middle, Sectors: []data.Sector{west, east}}
	r := &sweep.Result{Resolution: resolution}
	for _, p := range parents {
		n := len(p.Children(resolution))
		b := sweep.Block{Parent: p, LossCentiDB: make([]coverage.CentiDB, n), ElevationCentiDeg: make([]int16, n), AzimuthCentiDeg: make([]uint16, n)}
		for i := range n {
			b.LossCentiDB[i], b.AzimuthCentiDeg[i] = 10000, 9000
		}
		r.Blocks = append(r.Blocks, b)
	}
	layers, err := Layers(context.Background(), g, []data.Site{site}, results{sweep.Of(&site, &east): r}, Options{})
	if err != nil {
		t.Fatal(err)
	}
	for k := range cells {
		// 43 + 15 - 100; behind it 25 dB less.
		if l := &layers[0]; l.BestSector[k] != 1 || l.BestCentiDB[k] != -4200 || l.SecondCentiDB[k] != -6700 || l.Servers[k] != 2 {
			t.Fatalf("hex %d: sector %d, %v and %v, %d servers; want 1, -42 and -67 dBm, 2", k, l.BestSector[k], l.BestCentiDB[k].DB(), l.SecondCentiDB[k].DB(), l.Servers[k])
		}
	}
	if got, want := layers[0].ID, (ID{"A", data.GSM, "900 MHz"}); got != want {
		t.Errorf("layer %v, want %v", got, want)
	}
	if got := layers[0].Sectors[1]; got.Site.ID != "s" || got.Sector.AzimuthDeg != 90 {
		t.Errorf("sector 1 is %v of %v", got.Sector, got.Site)
	}
}

func TestErrors(t *testing.T) {
	cells, parents := region(t)
	g, err := NewGrid(cells)
	if err != nil {
		t.Fatal(err)
	}
	for _, bad := range [][]hexgrid.Cell{nil, {0}, {cells[0], cells[0].Parent(7)}} {
		if _, err := NewGrid(bad); !errors.Is(err, ErrCells) {
			t.Errorf("grid of %v: %v, want %v", bad, err, ErrCells)
		}
	}
	sites, src := network(rand.New(rand.NewPCG(1, 2)), parents, 3)
	if err := Check(sites, Options{}); err != nil {
		t.Errorf("check: %v", err)
	}
	if _, err := Layers(context.Background(), g, sites, results{}, Options{}); !errors.Is(err, errNoResult) {
		t.Errorf("source without results: %v, want its own error", err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	if _, err := Layers(ctx, g, sites, src, Options{}); !errors.Is(err, context.Canceled) {
		t.Errorf("cancelled: %v", err)
	}
	for tx := range src {
		src[tx] = &sweep.Result{Resolution: 9}
	}
	if _, err := Layers(context.Background(), g, sites, src, Options{}); !errors.Is(err, ErrCells) {
		t.Errorf("sweeps of another resolution: %v, want %v", err, ErrCells)
	}
	sites[1].Sectors[0].AntennaFile = "absent.msi"
	if _, err := Layers(context.Background(), g, sites, src, Options{}); !errors.Is(err, linkbudget.ErrPattern) {
		t.Errorf("antenna file not loaded: %v", err)
	}
	if err := Check(sites, Options{}); !errors.Is(err, linkbudget.ErrPattern) {
		t.Errorf("check: %v, want %v", err, linkbudget.ErrPattern)
	}
	if err := Check(sites, Options{Antennas: map[string]antenna.Pattern{"absent.msi": antenna.Omni{}}}); err != nil {
		t.Errorf("check with the file loaded: %v", err)
	}
	sites[1].Sectors[0].AntennaFile, sites[1].Sectors[0].Technology = "", "WiMAX"
	if err := Check(sites, Options{}); !errors.Is(err, linkbudget.ErrTechnology) {
		t.Errorf("check: %v, want %v", err, linkbudget.ErrTechnology)
	}
}

func TestGrid(t *testing.T) {
	cells, _ := region(t)
	shuffled := append([]hexgrid.Cell{cells[3]}, cells...)
	rand.New(rand.NewPCG(1, 1)).Shuffle(len(shuffled), func(i, j int) { shuffled[i], shuffled[j] = shuffled[j], shuffled[i] })
	g, err := NewGrid(shuffled)
	if err != nil {
		t.Fatal(err)
	}
	if d := cmp.Diff(cells, g.Cells()); d != "" {
		t.Errorf("cells (-want +got):\n%s", d)
	}
	if g.Len() != len(cells) || g.Resolution() != resolution {
		t.Errorf("%d cells of resolution %d", g.Len(), g.Resolution())
	}
	for i, c := range cells {
		if got, ok := g.Index(c); got != i || !ok {
			t.Fatalf("index of cell %d is %d, %v", i, got, ok)
		}
		if got, want := int(g.child[i]), c.ChildPosition(sweep.ParentResolution(resolution)); got != want {
			t.Fatalf("cell %d is child %d, want %d", i, got, want)
		}
	}
	if _, ok := g.Index(cells[0].Parent(7)); ok {
		t.Error("a cell of another resolution has an index")
	}
}

// BenchmarkLayers reports hex·sector pairs a second.
func BenchmarkLayers(b *testing.B) {
	cells, parents := region(b)
	g, err := NewGrid(cells)
	if err != nil {
		b.Fatal(err)
	}
	sites, src := network(rand.New(rand.NewPCG(1, 1)), parents, 20)
	pairs := 0
	for i := range sites {
		for j := range sites[i].Sectors {
			for _, c := range cells {
				bl := src[sweep.Of(&sites[i], &sites[i].Sectors[j])].Block(c.Parent(sweep.ParentResolution(resolution)))
				if bl != nil && bl.LossCentiDB[c.ChildPosition(sweep.ParentResolution(resolution))] != coverage.NoValue {
					pairs++
				}
			}
		}
	}
	for b.Loop() {
		if _, err := Layers(context.Background(), g, sites, src, Options{Workers: 1}); err != nil {
			b.Fatal(err)
		}
	}
	b.ReportMetric(float64(b.N)*float64(pairs)/b.Elapsed().Seconds(), "pairs/s")
}
