//go:build unix

package sweep

import (
	"context"
	"fmt"
	"math"
	"slices"
	"syscall"
	"testing"
	"time"

	"github.com/covgap/covgap/coverage/propagation"
	"github.com/covgap/covgap/geo/geodesy"
	"github.com/covgap/covgap/geo/terrain"
	"github.com/paulmach/orb"
)

// BenchmarkSweep sweeps one transmitter over made hills, and over a coast, by P.1812 at
// resolution 10, on one core. A hex/s is a hex with its value, a step/s a terrain sample on the way to one
// along its ray, whether or not the loss is evaluated there; both by CPU time, which
// other work on the machine disturbs less than the clock.
func BenchmarkSweep(b *testing.B) {
	for _, terrainM := range []int{30, 90} {
		for _, radiusKm := range []int{10, 20, 40} {
			b.Run(fmt.Sprintf("%dm/%dkm", terrainM, radiusKm), func(b *testing.B) {
				radiusM := float64(radiusKm) * 1000
				g := landscape(float64(terrainM/30)*arcSecond, radiusM+3000, hills)
				p := params(propagation.P1812{}, g, radiusM, 10)
				p.ReceiverClearingM = DefaultReceiverClearingM
				valley, hilltop := extremes(g)
				trees := woods(g)
				for _, from := range []struct {
					name    string
					at      orb.Point
					clutter *terrain.Grid
				}{{"valley", valley, nil}, {"hilltop", hilltop, nil}, {"valley/clutter", valley, trees}, {"hilltop/clutter", hilltop, trees}} {
					tx := tx1800
					tx.Position, p.Clutter = from.at, from.clutter
					b.Run(from.name, func(b *testing.B) { benchmarkSweep(b, p, tx) })
				}
				p.Terrain, p.Clutter = landscape(float64(terrainM/30)*arcSecond, radiusM+3000, coast), nil
				p.Zones = coastZones(p.Terrain)
				b.Run("coast", func(b *testing.B) { benchmarkSweep(b, p, tx1800) })
			})
		}
	}
}

func benchmarkSweep(b *testing.B, p Params, tx Transmitter) {
	known := &centers{} // as a Sweeper knows them after its first transmitters
	sweep := func() []*Result {
		r, err := compute(context.Background(), p, []Transmitter{tx}, known)
		if err != nil {
			b.Fatal(err)
		}
		return r
	}
	hexes := sweep()[0].Counts.Hexes
	b.ReportAllocs()
	cpu := cpuTime(b)
	for b.Loop() {
		sweep()
	}
	seconds := (cpuTime(b) - cpu).Seconds() / float64(b.N)
	fan := newFan(p, sharings)
	b.ReportMetric(seconds*1e3, "cpu-ms/op")
	b.ReportMetric(float64(hexes)/seconds, "hexes/s")
	b.ReportMetric(float64(fan.samples())/seconds, "steps/s")
}

// samples is how many terrain samples the rays of a fan have, those that share some
// counted once.
func (f *fan) samples() int64 {
	var sum int64
	end := f.steps
	for level, turn := range append(slices.Clone(f.turns), 0) {
		sum += int64(f.rays>>level) * int64(end-turn)
		end = turn
	}
	return sum
}

// cpuTime is what the process has used of the processors so far.
func cpuTime(b *testing.B) time.Duration {
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		b.Fatal(err)
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}

// extremes gives the lowest and the highest sample within 2 km of the mast.
func extremes(g *terrain.Grid) (lowest, highest orb.Point) {
	low, high := math.Inf(1), math.Inf(-1)
	for k, h := range g.HeightsM {
		at := orb.Point{g.West + float64(k%g.Width)*g.StepLon, g.North - float64(k/g.Width)*g.StepLat}
		if math.Hypot(at[0]-mast[0], at[1]-mast[1]) > 0.018 {
			continue
		}
		if h := float64(h); h < low {
			low, lowest = h, at
		}
		if h := float64(h); h > high {
			high, highest = h, at
		}
	}
	return lowest, highest
}

func BenchmarkPath(b *testing.B) {
	g := landscape(arcSecond, 10500, hills)
	for _, m := range []propagation.Model{propagation.P525{}, propagation.P1812{}} {
		b.Run(m.Name(), func(b *testing.B) {
			pather, err := NewPather(params(m, g, 1, 0))
			if err != nil {
				b.Fatal(err)
			}
			rx := geodesy.Destination(mast, 77, 10000)
			b.ReportAllocs()
			for b.Loop() {
				if _, err := pather.Path(tx1800, rx); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

func BenchmarkEncode(b *testing.B) {
	r := compute1(b, params(propagation.P526{}, landscape(arcSecond, 10500, hills), 10000, 10), tx1800)
	encoded := r.Encode()
	b.Run("encode", func(b *testing.B) {
		for b.Loop() {
			r.Encode()
		}
		b.ReportMetric(float64(len(encoded))/float64(r.Counts.Hexes), "bytes/hex")
	})
	b.Run("decode", func(b *testing.B) {
		for b.Loop() {
			if _, err := Decode(encoded); err != nil {
				b.Fatal(err)
			}
		}
	})
}

// BenchmarkReverse sweeps from one receiver over 30 m hills to the masts within 15 km,
// one on the highest ground of each hex, at two heights and one frequency. A pair is
// a mast and a height.
func BenchmarkReverse(b *testing.B) {
	const radiusM = 15000
	g := landscape(arcSecond, radiusM+800, hills)
	p := params(propagation.P1812{}, g, radiusM, 10)
	for _, resolution := range []int{8, 9} {
		b.Run(fmt.Sprintf("resolution %d", resolution), func(b *testing.B) {
			r, err := NewReverser(p, masts(b, g, mast, radiusM, resolution, 30, 45), []Band{{1842.5, 145}})
			if err != nil {
				b.Fatal(err)
			}
			b.ReportAllocs()
			tried, reached := 0, 0
			for b.Loop() {
				n, err := r.To(context.Background(), mast, nil, func(Reached) { reached++ })
				if err != nil {
					b.Fatal(err)
				}
				tried += 2 * n.Hexes
			}
			b.ReportMetric(float64(tried)/b.Elapsed().Seconds(), "pairs/s")
			b.ReportMetric(float64(reached)/float64(tried), "reached")
		})
	}
}
