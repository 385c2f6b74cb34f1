package lineindex

import (
	"math"
	"testing"

	"github.com/covgap/covgap/geo/geodesy"
	"github.com/paulmach/orb"
	"pgregory.net/rapid"
)

func TestNearest(t *testing.T) {
	x := New([]orb.LineString{
		{{106, 22}, {106.1, 22}, {106.1, 22.1}},
		{{106.5, 22.5}},
		{{106, 22}, {105.9, 22}},
		{},
	})
	for _, c := range []struct {
		name string
		p    orb.Point
		at   orb.Point
		line int
	}{
		{"beside a line", orb.Point{106.05, 22.01}, orb.Point{106.05, 22}, 0},
		{"beyond a corner", orb.Point{106.2, 22.2}, orb.Point{106.1, 22.1}, 0},
		{"at a point", orb.Point{106.51, 22.5}, orb.Point{106.5, 22.5}, 1},
		{"where two lines meet, the first", orb.Point{106, 22}, orb.Point{106, 22}, 0},
		{"on a line", orb.Point{105.95, 22}, orb.Point{105.95, 22}, 2},
	} {
		h, ok := x.Nearest(c.p)
		// The foot of a perpendicular is rounded like any sum of degrees.
		if !ok || h.Line != c.line || math.Hypot(h.At[0]-c.at[0], h.At[1]-c.at[1]) > 1e-9 || h.DistanceM != geodesy.Distance(c.p, h.At) {
			t.Errorf("%s: %+v, %v", c.name, h, ok)
		}
	}
	if _, ok := New(nil).Nearest(orb.Point{106, 22}); ok {
		t.Error("nothing has a nearest line")
	}
}

// No sampled place on any line is nearer than the one found.
func TestNearestIsNearest(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		point := func(label string) orb.Point {
			return orb.Point{rapid.Float64Range(105.9, 106.2).Draw(t, label), rapid.Float64Range(22.4, 22.7).Draw(t, label)}
		}
		lines := make([]orb.LineString, rapid.IntRange(1, 8).Draw(t, "lines"))
		for i := range lines {
			for range rapid.IntRange(1, 5).Draw(t, "points") {
				lines[i] = append(lines[i], point("corner"))
			}
		}
		p := point("p")
		h, ok := New(lines).Nearest(p)
		if !ok {
			t.Fatal("no line")
		}
		for _, line := range lines {
			for k := range line {
				a, b := line[max(0, k-1)], line[k]
				for f := 0.0; f <= 1; f += 0.05 {
					q := orb.Point{a[0] + f*(b[0]-a[0]), a[1] + f*(b[1]-a[1])}
					if d := geodesy.Distance(p, q); d < h.DistanceM*(1-0.003)-1e-6 { // what Nearest states
						t.Fatalf("%v is %g m away, found %+v", q, d, h)
					}
				}
			}
		}
	})
}
