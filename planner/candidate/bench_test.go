package candidate

import (
	"context"
	"math"
	"testing"

	"github.com/covgap/covgap/geo/geodesy"
	"github.com/paulmach/orb"
)

// BenchmarkFind reports paths a second on hills at three arc-seconds, two villages,
// within 3 km, on all cores.
func BenchmarkFind(b *testing.B) {
	hills := ground(func(p orb.Point) float64 {
		return 500 + 300*math.Sin((p[0]-origin[0])*700)*math.Cos((p[1]-origin[1])*600)
	})
	in := input(b, hills, append(around(b, 0, geodesy.Destination(origin, 60, 1500), 500), around(b, 1, geodesy.Destination(origin, 200, 2000), 400)...))
	paths := 0
	for b.Loop() {
		_, counts, err := Find(context.Background(), in)
		if err != nil {
			b.Fatal(err)
		}
		paths += counts.Paths
	}
	b.ReportMetric(float64(paths)/b.Elapsed().Seconds(), "paths/s")
}
