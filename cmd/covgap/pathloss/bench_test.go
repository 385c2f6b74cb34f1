package pathloss_test

import (
	"context"
	"errors"
	"fmt"
	"math"
	"strings"
	"testing"

	"github.com/covgap/covgap/cmd/covgap/pathloss"
	"github.com/covgap/covgap/coverage/propagation"
)

// gentle is a path of 5 km over hills of a few metres, on which every model has a
// loss.
func gentle(intervals int) *propagation.Profile {
	p := &propagation.Profile{}
	for i := range intervals + 1 {
		x := 5000 * float64(i) / float64(intervals)
		p.DistanceM = append(p.DistanceM, x)
		p.TerrainM = append(p.TerrainM, 200+6*math.Sin(x/300)+3*math.Sin(x/70))
	}
	return p
}

// BenchmarkModels times a path of each model by its number of intervals: the table
// of docs/models.md.
func BenchmarkModels(b *testing.B) {
	for _, m := range propagation.Models() {
		for _, intervals := range []int{10, 30, 100, 222, 666} {
			p := gentle(intervals)
			l := propagation.Link{FrequencyMHz: 900, TxHeightM: 45, RxHeightM: 1.5}
			if least := m.Validity().MinFrequencyMHz; least > l.FrequencyMHz {
				l.FrequencyMHz = 1.2 * least
			}
			if _, err := m.Loss(p, l); errors.Is(err, propagation.ErrIsolatedRidge) {
				l.RxHeightM = 10 // over the hills
			}
			b.Run(fmt.Sprintf("%s/%d", m.Name(), intervals), func(b *testing.B) {
				for b.Loop() {
					if _, err := m.Loss(p, l); err != nil {
						b.Fatal(err)
					}
				}
			})
		}
	}
}

// BenchmarkRun reads and computes 1,200 cases over 200 profiles of 400 intervals.
func BenchmarkRun(b *testing.B) {
	var profiles, cases strings.Builder
	cases.WriteString(header1812)
	p := gentle(400)
	for id := range 200 {
		fmt.Fprintf(&profiles, "%d,400,12.5,0", id)
		for _, h := range p.TerrainM {
			fmt.Fprintf(&profiles, ",%.2f", h)
		}
		profiles.WriteByte('\n')
		for k := range 6 {
			fmt.Fprintf(&cases, "%d,45,1.5,%.1f,2,50,50,22.67,106.26,22.70,106.28,45,325,0\n", id, 0.7+0.3*float64(k))
		}
	}
	for _, workers := range []int{1, 2} {
		b.Run(fmt.Sprintf("workers=%d", workers), func(b *testing.B) {
			ctx, n := context.Background(), 0
			for b.Loop() {
				ps, err := pathloss.ReadProfiles(ctx, strings.NewReader(profiles.String()), "p.csv")
				if err != nil {
					b.Fatal(err)
				}
				cs, err := pathloss.OpenCases(ctx, strings.NewReader(cases.String()), "c.csv", propagation.P1812{})
				if err != nil {
					b.Fatal(err)
				}
				err = pathloss.Run(ctx, cs, ps, pathloss.Options{Workers: workers}, func(c *pathloss.Case) error {
					n++
					return c.Err
				})
				if err != nil {
					b.Fatal(err)
				}
			}
			b.ReportMetric(float64(n)/b.Elapsed().Seconds(), "cases/s")
		})
	}
}
