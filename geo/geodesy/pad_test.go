package geodesy_test

import (
	"testing"

	"github.com/covgap/covgap/geo/geodesy"
	"github.com/paulmach/orb"
	"pgregory.net/rapid"
)

// Every edge of the wider bound lies as far outside as asked for, not twice as far.
func TestPad(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		lon := rapid.Float64Range(-170, 170).Draw(t, "lon")
		lat := rapid.Float64Range(-70, 68).Draw(t, "lat")
		m := rapid.Float64Range(1, 50e3).Draw(t, "m")
		in := orb.Bound{Min: orb.Point{lon, lat}, Max: orb.Point{lon + 2, lat + 2}}
		out := geodesy.Pad(in, m)
		for _, pair := range [][2]orb.Point{
			{in.Min, {in.Min[0], out.Min[1]}}, {in.Min, {out.Min[0], in.Min[1]}},
			{in.Max, {in.Max[0], out.Max[1]}}, {in.Max, {out.Max[0], in.Max[1]}},
		} {
			// A geodesic between two points of a parallel is shorter than the parallel, by
			// less than a thousandth over 150 km at latitude 70.
			if d := geodesy.Distance(pair[0], pair[1]); d < 0.999*m || d > 2*m {
				t.Fatalf("%v to %v: %g m, want %g", pair[0], pair[1], d, m)
			}
		}
	})
	whole := geodesy.Pad(orb.Bound{Min: orb.Point{-179.9, -89.9}, Max: orb.Point{179.9, 89.9}}, 50e3)
	if want := (orb.Bound{Min: orb.Point{-180, -90}, Max: orb.Point{180, 90}}); whole != want {
		t.Errorf("at the edges of the world %v, want %v", whole, want)
	}
}
