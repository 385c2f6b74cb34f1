// Package merge turns the path losses of sweeps into layers of signal: one for
// each operator, technology and carrier. All that depends on antennas, tilts and
// powers happens here, so that another tilt costs a merge and no sweep.
package merge

import (
	"cmp"
	"context"
	"fmt"
	"math"
	"runtime"
	"slices"
	"strconv"
	"sync/atomic"

	"github.com/covgap/covgap/coverage"
	"github.com/covgap/covgap/coverage/antenna"
	"github.com/covgap/covgap/coverage/linkbudget"
	"github.com/covgap/covgap/coverage/sweep"
	"github.com/covgap/covgap/data"
	"golang.org/x/sync/errgroup"
)

// ID names a layer.
type ID struct {
	Operator   string
	Technology data.Technology
	Carrier    string // the frequency, such as "1842.5 MHz", when sectors name none; the band of GSM
}

// IDOf gives the layer that a sector belongs to. GSM has a layer for each band: its
// channels are many, a neighbour's is another one, and a phone takes the strongest.
func IDOf(s *data.Sector) ID {
	id := ID{Operator: s.Operator, Technology: s.Technology, Carrier: s.Carrier}
	switch {
	case s.Technology == data.GSM:
		id.Carrier = gsmBand(s.FrequencyMHz)
	case id.Carrier == "":
		id.Carrier = strconv.FormatFloat(s.FrequencyMHz, 'f', -1, 64) + " MHz"
	}
	return id
}

// gsmBand names the band of a downlink frequency, 3GPP TS 45.005, 2: GSM 850 lies
// below 894 MHz, GSM 900 up to 960, DCS 1800 from 1805, PCS 1900 from 1930.
func gsmBand(mhz float64) string {
	for _, b := range []struct {
		below float64
		name  string
	}{{500, "450 MHz"}, {800, "700 MHz"}, {900, "850 MHz"}, {1700, "900 MHz"}, {1900, "1800 MHz"}} {
		if mhz < b.below {
			return b.name
		}
	}
	return "1900 MHz"
}

// compare orders layers by operator, then by technology from GSM to NR, then by
// carrier.
func (id ID) compare(o ID) int {
	order := []data.Technology{data.GSM, data.UMTS, data.LTE, data.NR}
	return cmp.Or(
		cmp.Compare(id.Operator, o.Operator),
		cmp.Compare(slices.Index(order, id.Technology), slices.Index(order, o.Technology)),
		cmp.Compare(id.Carrier, o.Carrier))
}

// Sector is a sector of a layer with its site. Both belong to the caller's sites.
type Sector struct {
	Site   *data.Site
	Sector *data.Sector
}

// Layer is the signal of one operator, technology and carrier on a [Grid]: 17
// bytes a hex. Each slice has one member for each cell of the grid.
type Layer struct {
	ID
	FrequencyMHz float64  // of its first sector; those of a carrier share it
	BandwidthMHz float64  // of its first sector
	Sectors      []Sector // in the order of sites

	BestCentiDB   []coverage.CentiDB // dBm, the level of the strongest sector; NoValue for none
	SecondCentiDB []coverage.CentiDB // dBm, the level of the next strongest; NoValue for none
	OtherCentiDB  []coverage.CentiDB // dBm, the level of the strongest of another site than the strongest's; NoValue for none
	BestSector    []int32            // in Sectors, -1 for none; of equals the first
	Servers       []uint16           // sectors at or above the floor, at most 65,535
	SumMW         []float32          // all sectors together, in milliwatts
	Near          []bool             // the strongest is nearer than the model's minimum distance
}

// OthersMW gives what all sectors of the layer but the strongest bring to hex k
// together, in milliwatts: the interference at full load.
func (layer *Layer) OthersMW(k int) float64 {
	if layer.SecondCentiDB[k] == coverage.NoValue {
		return 0
	}
	best, second := coverage.MilliwattsOf(layer.BestCentiDB[k].DB()), coverage.MilliwattsOf(layer.SecondCentiDB[k].DB())
	// The best is kept to a hundredth of a decibel, which leaves a thousandth of it in
	// the difference; below that the next strongest tells more.
	if rest := float64(layer.SumMW[k]) - best; rest > max(second, best*roundingShare) {
		return rest
	}
	return second
}

// roundingShare is half a hundredth of a decibel.
const roundingShare = 1.2e-3

// Source gives the sweep of a transmitter; a [sweep.Sweeper] is one. It is asked
// from several goroutines at once.
type Source interface {
	Sweep(ctx context.Context, tx sweep.Transmitter) (*sweep.Result, error)
}

// Options of [Layers]. The zero Options are a receiver without gain and body loss,
// antennas from the sectors' columns alone, no floor, and one worker each core.
type Options struct {
	Receiver linkbudget.Receiver
	Antennas map[string]antenna.Pattern // by the sectors' AntennaFile
	// FloorDBm gives the level from which a sector counts among the servers of a hex;
	// nil counts every level.
	FloorDBm func(t data.Technology, frequencyMHz float64) float64
	Workers  int
}

// Check says whether every sector has an antenna and a link budget. It takes no
// time, and is best asked before the sweeps. The error names the site and sector.
func Check(sites []data.Site, o Options) error {
	for i := range sites {
		for j := range sites[i].Sectors {
			if _, err := budget(&sites[i], &sites[i].Sectors[j], o); err != nil {
				return err
			}
		}
	}
	return nil
}

func budget(site *data.Site, s *data.Sector, o Options) (*linkbudget.Budget, error) {
	p, err := linkbudget.Pattern(s, o.Antennas)
	if err != nil {
		return nil, fmt.Errorf("merge: site %q: %w", site.ID, err)
	}
	b, err := linkbudget.New(s, p, o.Receiver)
	if err != nil {
		return nil, fmt.Errorf("merge: site %q: %w", site.ID, err)
	}
	return b, nil
}

// Layers computes the layers of all sectors given, whatever their status, in the
// order of their ID. Levels are those of the sweeps' percentages; a sum is taken in
// the order of sites, so it does not depend on the number of workers.
//
// The error names the sector whose budget or antenna is invalid, wraps ErrCells
// when the sweeps have another resolution than the grid, or is that of the source
// or the context.
func Layers(ctx context.Context, g *Grid, sites []data.Site, src Source, o Options) ([]Layer, error) {
	layers, all, err := layOut(g, sites, o)
	if err != nil {
		return nil, err
	}
	err = g.walk(ctx, all, src, o.Workers, func(n int, b *sweep.Block) { g.add(layers, all[n], b) })
	if err != nil {
		return nil, err
	}
	return layers, nil
}

// walk hands on the blocks of every transmitter with its number in all, from several
// goroutines: each has blocks of its own and takes the transmitters in order, so that
// none waits for another to finish one.
func (g *Grid) walk(ctx context.Context, all []links, src Source, workers int, visit func(n int, b *sweep.Block)) error {
	if workers <= 0 {
		workers = runtime.GOMAXPROCS(0)
	}
	group, ctx := errgroup.WithContext(ctx)
	ahead := load(ctx, group, all, src, workers)
	for w := range workers {
		group.Go(func() error {
			for n := range ahead {
				r, err := ahead[n].wait(ctx)
				if err != nil {
					return err
				}
				if r.Resolution != g.resolution {
					return fmt.Errorf("%w: a grid of resolution %d and a sweep of %d", ErrCells, g.resolution, r.Resolution)
				}
				for i := range r.Blocks {
					if at, ok := g.blockOf(r.Blocks[i].Parent); ok && at%workers == w {
						visit(n, &r.Blocks[i])
					}
				}
				ahead[n].done()
			}
			return nil
		})
	}
	return group.Wait()
}

// links is the sectors of one site that share a transmitter.
type links struct {
	site    int
	tx      sweep.Transmitter
	sectors []link
}

type link struct {
	layer  int
	sector int32 // in the layer
	budget *linkbudget.Budget
	floor  coverage.CentiDB
	peak   int // hundredths of a decibel: the level without a loss is nowhere above it
}

// layOut makes the layers, empty, and says what goes into them, in site order.
func layOut(g *Grid, sites []data.Site, o Options) ([]Layer, []links, error) {
	var ids []ID
	for i := range sites {
		for j := range sites[i].Sectors {
			ids = append(ids, IDOf(&sites[i].Sectors[j]))
		}
	}
	slices.SortFunc(ids, ID.compare)
	ids = slices.Compact(ids)
	layers := make([]Layer, len(ids))
	number := make(map[ID]int, len(ids))
	for i, id := range ids {
		layers[i] = newLayer(id, g.Len())
		number[id] = i
	}
	var all []links
	for i := range sites {
		site, first := &sites[i], len(all)
		for j := range site.Sectors {
			s := &site.Sectors[j]
			b, err := budget(site, s, o)
			if err != nil {
				return nil, nil, err
			}
			n := number[IDOf(s)]
			l := link{layer: n, sector: int32(len(layers[n].Sectors)), budget: b, floor: coverage.NoValue}
			l.peak = int(math.Floor(b.PeakSignalDBm(0)*100)) + 2 // one for rounding
			if o.FloorDBm != nil {
				l.floor = coverage.FromDB(o.FloorDBm(s.Technology, s.FrequencyMHz))
			}
			if len(layers[n].Sectors) == 0 {
				layers[n].FrequencyMHz, layers[n].BandwidthMHz = s.FrequencyMHz, s.BandwidthMHz
			}
			layers[n].Sectors = append(layers[n].Sectors, Sector{site, s})
			tx := sweep.Of(site, s)
			at := slices.IndexFunc(all[first:], func(ls links) bool { return ls.tx == tx })
			if at < 0 {
				at = len(all) - first
				all = append(all, links{site: i, tx: tx})
			}
			all[first+at].sectors = append(all[first+at].sectors, l)
		}
	}
	return layers, all, nil
}

func newLayer(id ID, n int) Layer {
	l := Layer{
		ID:            id,
		BestCentiDB:   make([]coverage.CentiDB, n),
		SecondCentiDB: make([]coverage.CentiDB, n),
		OtherCentiDB:  make([]coverage.CentiDB, n),
		BestSector:    make([]int32, n),
		Servers:       make([]uint16, n),
		SumMW:         make([]float32, n),
		Near:          make([]bool, n),
	}
	for i := range n {
		l.BestCentiDB[i], l.SecondCentiDB[i], l.OtherCentiDB[i], l.BestSector[i] = coverage.NoValue, coverage.NoValue, coverage.NoValue, -1
	}
	return l
}

// loading is the result of a transmitter that several goroutines wait for.
type loading struct {
	ready  chan struct{} // closed when result and err are there
	result *sweep.Result
	err    error
	users  atomic.Int32
	free   chan struct{} // gets a token when the last user is done
}

// loadsAhead is how many results each worker may be ahead of the slowest: enough that
// none waits, and some ten megabytes of results in all.
const loadsAhead = 4

// load asks for all results in order, in goroutines of a group, some way ahead of their
// use by so many workers.
func load(ctx context.Context, group *errgroup.Group, all []links, src Source, workers int) []loading {
	out := make([]loading, len(all))
	free := make(chan struct{}, loadsAhead*workers)
	for range cap(free) {
		free <- struct{}{}
	}
	for n := range out {
		out[n].ready, out[n].free = make(chan struct{}), free
		out[n].users.Store(int32(workers))
	}
	var next atomic.Int64
	for range workers {
		group.Go(func() error {
			for {
				select {
				case <-free:
				case <-ctx.Done():
					return ctx.Err()
				}
				// Numbers are given out under a token, so that the oldest result that
				// somebody waits for always has one.
				n := int(next.Add(1)) - 1
				if n >= len(out) {
					return nil
				}
				out[n].result, out[n].err = src.Sweep(ctx, all[n].tx)
				close(out[n].ready)
			}
		})
	}
	return out
}

// wait gives the result, or the error of the context.
func (l *loading) wait(ctx context.Context) (*sweep.Result, error) {
	select {
	case <-l.ready:
		return l.result, l.err
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}

// done says that one user needs the result no more.
func (l *loading) done() {
	if l.users.Add(-1) == 0 {
		l.result = nil
		l.free <- struct{}{}
	}
}

// add adds the sectors of a transmitter in one block to their layers.
func (g *Grid) add(layers []Layer, ls links, b *sweep.Block) {
	s, ok := g.span(b.Parent)
	if !ok {
		return // outside the grid
	}
	for k := s.from; k < s.to; k++ {
		child := int(g.child[k])
		loss := b.LossCentiDB[child]
		if loss == coverage.NoValue {
			continue
		}
		lossDB, aimed := loss.DB(), false
		var toward antenna.Direction
		for i := range ls.sectors {
			l := &ls.sectors[i]
			layer := &layers[l.layer]
			if layer.drowns(k, l, l.peak-int(loss)) {
				continue
			}
			if !aimed {
				toward, aimed = antenna.NewDirection(b.AzimuthDeg(child), b.ElevationDeg(child)), true
			}
			layer.add(k, l, l.budget.SignalToward(lossDB, &toward), b, child)
		}
	}
}

// drowns says that a level of the sector of no more than most, in hundredths of a
// decibel, changes nothing in hex k.
func (layer *Layer) drowns(k int, l *link, most int) bool {
	return most <= int(layer.OtherCentiDB[k]) && most < int(l.floor) && layer.inaudible(k, most)
}

// inaudible says that a level in hundredths of a dBm leaves the sum in hex k as it is.
func (layer *Layer) inaudible(k, level int) bool {
	return level <= inaudible[math.Float32bits(layer.SumMW[k])>>23&0xff]
}

// inaudible is the level, in hundredths of a dBm, whose power leaves a sum with that
// exponent as it is, by the exponent of a float32: below half of its last place.
var inaudible = func() (centiDBm [256]int) {
	for e := range centiDBm {
		centiDBm[e] = math.MinInt
		if e > 0 {
			centiDBm[e] = int(math.Floor(1000*math.Log10(2)*float64(e-127-24))) - 1
		}
	}
	return centiDBm
}()

// add adds one sector's level to hex k.
func (layer *Layer) add(k int, l *link, dbm float64, b *sweep.Block, child int) {
	level := coverage.FromDB(dbm)
	switch {
	case level > layer.BestCentiDB[k]:
		if best := layer.BestSector[k]; best >= 0 && layer.Sectors[best].Site != layer.Sectors[l.sector].Site {
			layer.OtherCentiDB[k] = layer.BestCentiDB[k]
		}
		layer.SecondCentiDB[k] = layer.BestCentiDB[k]
		layer.BestCentiDB[k] = level
		layer.BestSector[k] = l.sector
		_, layer.Near[k] = slices.BinarySearch(b.Near, uint16(child))
	case level > layer.OtherCentiDB[k]: // which is no more than the second
		layer.SecondCentiDB[k] = max(layer.SecondCentiDB[k], level)
		if layer.Sectors[layer.BestSector[k]].Site != layer.Sectors[l.sector].Site {
			layer.OtherCentiDB[k] = level
		}
	}
	if level >= l.floor && layer.Servers[k] < 1<<16-1 {
		layer.Servers[k]++
	}
	if !layer.inaudible(k, int(level)) {
		layer.SumMW[k] += float32(coverage.MilliwattsOf(dbm))
	}
}
