package candidate

import (
	"context"
	"math"
	"testing"

	"github.com/covgap/covgap/coverage/propagation"
	"github.com/covgap/covgap/coverage/sweep"
	"github.com/covgap/covgap/geo/geodesy"
	"github.com/covgap/covgap/geo/terrain"
	"github.com/covgap/covgap/planner/template"
)

// BenchmarkReverse finds what could serve 138 villages of 16 receivers each, spread over 80
// by 80 km of hills at one arc-second: masts on every hex of resolution 9 within 15 km, of
// 30 m and of 45 m, on all cores. Run it with -benchtime 1x.
func BenchmarkReverse(b *testing.B) {
	const step, n = 1.0 / 3600, 4200
	g := &terrain.Grid{West: origin[0] - n/2*step, North: origin[1] + n/2*step, StepLon: step, StepLat: step, Width: n + 1, Height: n + 1, Surface: terrain.DTM}
	for j := range g.Height {
		for i := range g.Width {
			x, y := float64(i)*30, float64(j)*30
			g.HeightsM = append(g.HeightsM, float32(500+250*math.Sin(x/900)*math.Cos(y/800)+120*math.Sin((x+2*y)/2100)+8*math.Sin(x/75+y/60)))
		}
	}
	var receivers []Receiver
	for v := range 138 {
		center := geodesy.Destination(geodesy.Destination(origin, 90, float64(v%12-6)*6500), 0, float64(v/12-6)*6500)
		for k := range 16 {
			at := geodesy.Destination(geodesy.Destination(center, 90, float64(k%4)*140), 0, float64(k/4)*140)
			receivers = append(receivers, Receiver{Village: v, Position: at, Priority: 1})
		}
	}
	low, high := template.Default(), template.Default()
	high.Name, high.StructureHeightM, high.AntennaHeightM = "45 m", 45, 45
	in := input(b, g, receivers)
	in.Params = sweep.Params{Model: propagation.P1812{}, Terrain: g, RxHeightM: 1.5, RadiusM: 15000}
	for b.Loop() {
		ground := Ground{Terrain: g, Receivers: receivers, RadiusM: in.Params.RadiusM}
		places, _, err := ground.Hexes(DefaultResolution)
		if err != nil {
			b.Fatal(err)
		}
		for i := range places {
			places[i].Options = []Option{{Template: &low}, {Template: &high}}
		}
		in.Places = places
		_, counts, err := Find(context.Background(), in)
		if err != nil {
			b.Fatal(err)
		}
		b.ReportMetric(float64(counts.Pairs), "pairs")
		b.ReportMetric(float64(counts.Candidates), "candidates")
	}
}
