package zone

import (
	"math"
	"math/rand/v2"
	"testing"

	"github.com/covgap/covgap/coverage/propagation"
	"github.com/covgap/covgap/geo/geodesy"
	"github.com/covgap/covgap/geo/terrain"
	"github.com/paulmach/orb"
	"github.com/paulmach/orb/planar"
	"pgregory.net/rapid"
)

// ground makes a terrain with its north-west corner at 105.6, 19.2: the coast of Nghe
// An.
func ground(width, height int, stepDeg float64, heightM func(i, j int) float64) *terrain.Grid {
	g := &terrain.Grid{West: 105.6, North: 19.2, StepLon: stepDeg, StepLat: stepDeg, Width: width, Height: height, Surface: terrain.DSM}
	for k := range width * height {
		g.HeightsM = append(g.HeightsM, float32(heightM(k%width, k/width)))
	}
	return g
}

func low(int, int) float64 { return 5 }

// place is where a sample stands.
func place(g *terrain.Grid, k int) orb.Point {
	return orb.Point{g.West + float64(k%g.Width)*g.StepLon, g.North - float64(k/g.Width)*g.StepLat}
}

func box(west, south, east, north float64) orb.Polygon {
	return orb.Polygon{{{west, south}, {east, south}, {east, north}, {west, north}, {west, south}}}
}

// Every sample is at sea as the polygons have it, and coastal by its height and its
// geodesic distance to the nearest sample at sea, inside the terrain or around it.
func TestZonesOfSamples(t *testing.T) {
	nan := math.NaN()
	g := ground(60, 50, 0.02, func(i, j int) float64 { // 2.1 by 2.2 km a sample
		if (i+j)%11 == 0 {
			return nan
		}
		return float64((7*i+13*j)%9) * 25 // 0 to 200 m, 100 among them
	})
	island := orb.Ring{{106.0031, 18.5017}, {106.1511, 18.4533}, {106.1019, 18.7007}, {106.0031, 18.5017}}
	sea := []orb.MultiPolygon{
		{append(box(105.95, 18.391, 106.251, 18.8001), island), box(106.11, 18.15, 106.2, 18.45)}, // overlapping
		{box(105.2, 19.35, 105.3, 19.5)},               // beyond the terrain, near enough to matter
		{{{{107, 18}, {107.2, 18.3}, {106.99, 18.8}}}}, // not closed, east of it
		{box(100, 10, 101, 11)},
	}
	m := New(g, sea)
	wide := &terrain.Grid{West: g.West - 40*g.StepLon, North: g.North + 40*g.StepLat, StepLon: g.StepLon, StepLat: g.StepLat, Width: g.Width + 80, Height: g.Height + 80}
	var wet []orb.Point
	for k := range wide.Width * wide.Height {
		for _, mp := range sea {
			if planar.MultiPolygonContains(mp, place(wide, k)) {
				wet = append(wet, place(wide, k))
				break
			}
		}
	}
	var counts [3]int
	for k := range g.HeightsM {
		p := place(g, k)
		nearestM := math.Inf(1)
		for _, w := range wet {
			if near := math.Hypot((w[1]-p[1])*111e3, (w[0]-p[0])*105e3); near < 53e3 && near < 1.1*nearestM { // geodesics take their time
				nearestM = min(nearestM, geodesy.Distance(p, w))
			}
		}
		got := m.Of(k)
		counts[got]++
		want := propagation.Inland
		switch {
		case nearestM < 1:
			want = propagation.Sea
		case nearestM <= CoastalDistanceM && g.HeightsM[k] <= CoastalHeightM:
			want = propagation.Coastal
		}
		// At 19 degrees the plane is off by less than 100 m in 50 km.
		if got != want && math.Abs(nearestM-CoastalDistanceM) > 100 {
			t.Errorf("%v, %g m high, %.0f m from the sea: zone %d, want %d", p, g.HeightsM[k], nearestM, got, want)
		}
		if m.At(p) != got {
			t.Errorf("%v: zone %d by its place, %d by its number", p, m.At(p), got)
		}
	}
	for z, n := range counts {
		if n < 50 || m.Count(propagation.Zone(z)) != n {
			t.Errorf("%d samples of zone %d counted, %d found", m.Count(propagation.Zone(z)), z, n)
		}
	}
	if levelled := m.Level(g); levelled == 0 {
		t.Error("no void at sea was levelled")
	}
	for k, h := range g.HeightsM {
		if h != h && m.Of(k) == propagation.Sea {
			t.Fatalf("sample %d at sea has no height", k)
		}
	}
}

// The zone of a sample does not depend on how much terrain around it is read: a path
// gets the zones that a run gets.
func TestWindowDoesNotMatter(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		rng := rand.New(rand.NewPCG(rapid.Uint64().Draw(t, "seed"), 1))
		height := func(i, j int) float64 { return float64((31*i + 17*j) % 200) }
		g := ground(40, 40, 0.01, height)
		var sea []orb.MultiPolygon
		for range 1 + rng.IntN(3) {
			x, y, size := 105.3+rng.Float64(), 18.5+rng.Float64(), 0.02+0.1*rng.Float64()
			sea = append(sea, orb.MultiPolygon{{{{x, y}, {x + size, y - size}, {x + size*rng.Float64(), y + size}, {x, y}}}})
		}
		whole := New(g, sea)
		x0, y0 := rng.IntN(30), rng.IntN(30)
		part := &terrain.Grid{
			West: g.West + float64(x0)*g.StepLon, North: g.North - float64(y0)*g.StepLat, StepLon: g.StepLon, StepLat: g.StepLat,
			Width: 2 + rng.IntN(8), Height: 2 + rng.IntN(8),
		}
		for j := range part.Height {
			part.HeightsM = append(part.HeightsM, g.HeightsM[(y0+j)*g.Width+x0:][:part.Width]...)
		}
		m := New(part, sea)
		for k := range part.HeightsM {
			i, j := k%part.Width, k/part.Width
			if got, want := m.Of(k), whole.Of((y0+j)*g.Width+x0+i); got != want {
				t.Fatalf("sample %d, %d: zone %d in a part, %d in the whole", x0+i, y0+j, got, want)
			}
		}
	})
}

// Along a line each point takes the zone of the sample nearest to it.
func TestAlong(t *testing.T) {
	g := ground(300, 300, 1.0/3600, low)
	m := New(g, []orb.MultiPolygon{{box(105.62, 19.0, 105.635, 19.3)}})
	line := geodesy.NewLine(orb.Point{105.601, 19.199}, orb.Point{105.69, 19.12})
	zones := make([]propagation.Zone, 400)
	m.Along(&line, 30, 2, zones)
	seen := [3]int{}
	for i, got := range zones {
		seen[got]++
		if want := m.At(line.At(float64(i+2) * 30)); got != want {
			t.Errorf("point %d: zone %d, want %d", i, got, want)
		}
	}
	// The last points lie beyond the terrain, inland.
	if seen[propagation.Sea] < 20 || seen[propagation.Coastal] < 20 || seen[propagation.Inland] < 5 {
		t.Errorf("zones %v of 400 points", seen)
	}
	if got := m.AppendRow(nil, 3, 70, 76); len(got) != 6 || got[5] != byte(m.Of(3*300+75)) || got[0] != byte(m.Of(3*300+70)) {
		t.Errorf("a part of a row: %v", got)
	}
}

// 1,000 by 1,000 samples of 30 m with a jagged coast of 10,000 points.
func BenchmarkNew(b *testing.B) {
	g := ground(1000, 1000, 1.0/3600, low)
	rng := rand.New(rand.NewPCG(1, 2))
	ring := orb.Ring{{107, 18}, {107, 20}}
	for i := range 10000 {
		ring = append(ring, orb.Point{105.7 + 0.02*rng.Float64(), 20 - float64(i)*2e-4})
	}
	ring = append(ring, ring[0])
	b.ReportAllocs()
	for b.Loop() {
		New(g, []orb.MultiPolygon{{{ring}}})
	}
}
