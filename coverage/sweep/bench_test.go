package sweep

import (
	"context"
	"fmt"
	"math"
	"testing"

	"github.com/covgap/covgap/coverage/propagation"
	"github.com/covgap/covgap/geo/geodesy"
)

// BenchmarkCompute sweeps one transmitter over 30 m hills at resolution 10. A hex/s
// is a hex with its value; a step/s a terrain sample on the way to one along its ray,
// whether or not the loss is evaluated there.
func BenchmarkCompute(b *testing.B) {
	for _, bm := range []struct {
		model    propagation.Model
		radiusKm float64
	}{
		{propagation.P525{}, 10}, {propagation.P526{}, 10}, {propagation.P1812{}, 10}, {propagation.P1812{}, 20},
	} {
		b.Run(fmt.Sprintf("%s/%gkm", bm.model.Name(), bm.radiusKm), func(b *testing.B) {
			radiusM := bm.radiusKm * 1000
			g := landscape(arcSecond, radiusM+500, hills)
			p := params(bm.model, g, radiusM, 10)
			known := &centers{}
			b.ReportAllocs()
			hexes := 0
			for b.Loop() {
				r, err := compute(context.Background(), p, tx1800, known)
				if err != nil {
					b.Fatal(err)
				}
				hexes = r.Counts.Hexes
			}
			perSecond := float64(b.N) / b.Elapsed().Seconds()
			b.ReportMetric(perSecond*float64(hexes), "hexes/s")
			b.ReportMetric(perSecond*2*math.Pi*radiusM/g.SpacingM()*radiusM/g.SpacingM(), "steps/s")
		})
	}
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
				n, err := r.To(context.Background(), mast, func(Reached) { reached++ })
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
