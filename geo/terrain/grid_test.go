package terrain_test

import (
	"math"
	"testing"

	"github.com/covgap/covgap/geo/geodesy"
	"github.com/covgap/covgap/geo/terrain"
	"github.com/paulmach/orb"
	"pgregory.net/rapid"
)

// newGrid gives a grid of three arc-seconds with its north-west corner at 105, 23.
func newGrid(width, height int, heightM func(i, j int) float64) *terrain.Grid {
	g := &terrain.Grid{
		West: 105, North: 23, StepLon: 1.0 / 1200, StepLat: 1.0 / 1200,
		Width: width, Height: height, HeightsM: make([]float32, width*height), Surface: terrain.DSM,
	}
	for k := range g.HeightsM {
		g.HeightsM[k] = float32(heightM(k%width, k/width))
	}
	return g
}

func TestAt(t *testing.T) {
	nan := math.NaN()
	// 10 20 30
	// 40 50 NaN
	g := newGrid(3, 2, func(i, j int) float64 {
		if i == 2 && j == 1 {
			return nan
		}
		return float64(10 + 10*i + 30*j)
	})
	for _, c := range []struct {
		i, j float64 // position in samples
		want float64
	}{
		{0, 0, 10}, {1, 0, 20}, {2, 0, 30}, {0, 1, 40}, {1, 1, 50}, {2, 1, nan},
		{0.5, 0, 15}, {0, 0.5, 25}, {0.5, 0.5, 30}, {1.5, 0, 25},
		{1, 0.5, 35}, // on the column before the missing sample
		{1.5, 0.5, nan}, {1.001, 0.5, nan},
		{-0.1, 0, nan}, {2.1, 0, nan}, {0, -0.1, nan}, {0, 1.1, nan},
		{-1e-7, 0, 10}, {2 + 1e-7, 0, 30}, {0, 1 + 1e-7, 40}, // rounding
		{nan, 0, nan}, {math.Inf(1), 0, nan}, {math.Inf(-1), 0, nan}, {0, math.Inf(1), nan},
	} {
		got := g.At(orb.Point{105 + c.i/1200, 23 - c.j/1200})
		if math.Abs(got-c.want) > 1e-6 || math.IsNaN(got) != math.IsNaN(c.want) {
			t.Errorf("height at %v, %v: %v; want %v", c.i, c.j, got, c.want)
		}
	}
}

// TestProfileFollowsTheGeodesic has heights that tell the position: longitude on
// one grid, latitude on another.
func TestProfileFollowsTheGeodesic(t *testing.T) {
	const side = 721
	lon := newGrid(side, side, func(i, _ int) float64 { return float64(i) })
	lat := newGrid(side, side, func(_, j int) float64 { return float64(j) })
	var px, py terrain.Profile
	rapid.Check(t, func(t *rapid.T) {
		point := func(name string) orb.Point {
			// Clear of the edge in the north, towards which geodesics bend.
			return orb.Point{rapid.Float64Range(105, 105.6).Draw(t, name+" lon"), rapid.Float64Range(22.4, 22.99).Draw(t, name+" lat")}
		}
		a, b := point("a"), point("b")
		if !lon.Profile(a, b, &px) || !lat.Profile(a, b, &py) {
			t.Fatalf("%d samples missing", px.Missing+py.Missing)
		}
		n := len(px.DistanceM)
		lengthM, azimuthDeg := geodesy.Inverse(a, b)
		if px.DistanceM[0] != 0 || px.DistanceM[n-1] != lengthM || len(px.HeightM) != n {
			t.Fatalf("distances from %v to %v m; want 0 to %v", px.DistanceM[0], px.DistanceM[n-1], lengthM)
		}
		if lengthM > 0 && (n < 2 || lengthM/float64(n-1) > lon.SpacingM()*(1+1e-9) || n > 2 && lengthM/float64(n-2) < lon.SpacingM()) {
			t.Fatalf("%d samples over %v m", n, lengthM)
		}
		for i, d := range px.DistanceM {
			if want := lengthM * float64(i) / float64(max(n-1, 1)); math.Abs(d-want) > 1e-6 {
				t.Fatalf("sample %d at %v m; want %v", i, d, want)
			}
			p := geodesy.Destination(a, azimuthDeg, d)
			// geodesy.Line is within 0.2 mm up to 100 km, and these paths are shorter;
			// 0.2 mm is 2.4e-6 columns.
			if math.Abs(px.HeightM[i]-(p[0]-105)*1200) > 2.4e-6 || math.Abs(py.HeightM[i]-(23-p[1])*1200) > 2.4e-6 {
				t.Fatalf("sample %d lies at column %v, row %v; want %v", i, px.HeightM[i], py.HeightM[i], p)
			}
		}
	})
}

func TestProfileEnds(t *testing.T) {
	g := newGrid(11, 11, func(i, j int) float64 { return float64(i + j) })
	p := terrain.Profile{DistanceM: make([]float64, 99), HeightM: make([]float64, 99)}
	a := orb.Point{105.005, 22.995}
	if !g.Profile(a, a, &p) || len(p.DistanceM) != 1 || len(p.HeightM) != 1 || math.Abs(p.HeightM[0]-12) > 1e-9 {
		t.Errorf("a path without length: %+v", p)
	}
	// From corner to corner of the grid, both on its edge.
	b := g.Bound()
	if !g.Profile(b.Min, b.Max, &p) || p.Missing != 0 {
		t.Errorf("%d of %d samples from corner to corner are missing", p.Missing, len(p.HeightM))
	}
	if g.Profile(a, orb.Point{105.5, 22.995}, &p) || p.Missing != len(p.HeightM)-4 { // 342 m to the edge at 92.6 m
		t.Errorf("a path out of the grid: %d of %d samples missing", p.Missing, len(p.HeightM))
	}
	if n := testing.AllocsPerRun(10, func() { g.Profile(b.Min, b.Max, &p) }); n != 0 {
		t.Errorf("%v allocations a profile", n)
	}
}

func TestHighestIn(t *testing.T) {
	peak := func(pi, pj int) func(i, j int) float64 {
		return func(i, j int) float64 { return 1000 - math.Hypot(float64(i-pi), float64(j-pj)) }
	}
	at := func(i, j float64) orb.Point { return orb.Point{105 + i/1200, 23 - j/1200} }
	hexagon := func(ci, cj, r float64) orb.Ring {
		var ring orb.Ring
		for k := range 7 {
			sin, cos := math.Sincos(float64(k%6) * math.Pi / 3)
			ring = append(ring, at(ci+r*cos, cj-r*sin))
		}
		return ring
	}
	missing := func(i, j int) float64 { return math.NaN() }
	for _, c := range []struct {
		name   string
		height func(i, j int) float64
		ring   orb.Ring
		want   orb.Point
		ok     bool
	}{
		{"peak inside", peak(50, 40), hexagon(48, 42, 9.3), at(50, 40), true},
		{"peak east of it", peak(80, 40), hexagon(48, 40.2, 9.3), at(57, 40), true},
		{"flat: the northernmost, then westernmost", func(_, _ int) float64 { return 7 }, orb.Ring{at(9.5, 9.5), at(20.5, 9.5), at(20.5, 30.5), at(9.5, 30.5), at(9.5, 9.5)}, at(10, 10), true},
		{"not closed", peak(50, 40), hexagon(48, 42, 9.3)[:6], at(50, 40), true},
		{"between samples", peak(50, 40), hexagon(48.5, 42.5, 0.3), at(48.5, 42.5), true},
		{"over the edge", peak(-5, 40), hexagon(0, 40.2, 9.3), at(0, 40), true},
		{"outside", peak(50, 40), hexagon(-30, 40, 9.3), orb.Point{}, false},
		{"missing", missing, hexagon(48, 42, 9.3), orb.Point{}, false},
		{"missing between samples", missing, hexagon(48.5, 42.5, 0.3), orb.Point{}, false},
		{"hollow: the peak is in neither arm", peak(50, 40), orb.Ring{at(40.5, 30.5), at(44.5, 30.5), at(44.5, 49.5), at(55.5, 49.5), at(55.5, 30.5), at(59.5, 30.5), at(59.5, 55.5), at(40.5, 55.5), at(40.5, 30.5)}, at(44, 40), true},
		{"empty", peak(50, 40), nil, orb.Point{}, false},
	} {
		t.Run(c.name, func(t *testing.T) {
			g := newGrid(101, 101, c.height)
			p, h, ok := g.HighestIn(c.ring)
			if ok != c.ok || math.Abs(p[0]-c.want[0]) > 1e-9 || math.Abs(p[1]-c.want[1]) > 1e-9 {
				t.Fatalf("%v, %v m, %v; want %v, %v", p, h, ok, c.want, c.ok)
			}
			if want := g.At(p); ok && math.Abs(h-want) > 1e-3 {
				t.Errorf("height %v m; at that place %v", h, want)
			}
		})
	}
}

// TestSlope tilts planes by known angles.
func TestSlope(t *testing.T) {
	// At 22.9583 N: 110,756.6 m to a degree of latitude, 102,543 m of longitude
	// (from geodesics over a tenth of a degree).
	p := orb.Point{105 + 50.0/1200, 23 - 50.0/1200}
	north := geodesy.Distance(orb.Point{p[0], p[1] - 0.05}, orb.Point{p[0], p[1] + 0.05}) / 120
	east := geodesy.Distance(orb.Point{p[0] - 0.005, p[1]}, orb.Point{p[0] + 0.005, p[1]}) / 12
	for _, c := range []struct{ eastDeg, northDeg, wantDeg float64 }{
		{0, 0, 0},
		{15, 0, 15},
		{0, 30, 30},
		{-45, 0, 45},
		{20, 20, math.Atan(math.Sqrt2*math.Tan(20*math.Pi/180)) * 180 / math.Pi},
	} {
		g := newGrid(101, 101, func(i, j int) float64 {
			return float64(i-50)*east*math.Tan(c.eastDeg*math.Pi/180) - float64(j-50)*north*math.Tan(c.northDeg*math.Pi/180)
		})
		if got := g.SlopeDeg(p); math.Abs(got-c.wantDeg) > 0.001 { // the heights are float32
			t.Errorf("slope %v; want %v", got, c.wantDeg)
		}
	}
	g := newGrid(101, 101, func(i, j int) float64 {
		if i == 50 && j == 50 {
			return math.NaN()
		}
		return 0
	})
	for _, c := range []struct {
		i, j float64
		want bool
	}{{0, 50, false}, {100, 50, false}, {50, 0, false}, {50, 100, false}, {49, 51, false}, {50.4, 48, true}, {1, 1, true}, {-3, 7, false}} {
		got := g.SlopeDeg(orb.Point{105 + c.i/1200, 23 - c.j/1200})
		if (got == 0) != c.want {
			t.Errorf("slope at %v, %v: %v", c.i, c.j, got)
		}
	}
}

// BenchmarkProfile samples 20 km over terrain of one arc-second.
func BenchmarkProfile(b *testing.B) {
	g := &terrain.Grid{West: 105, North: 23, StepLon: 1.0 / 3600, StepLat: 1.0 / 3600, Width: 3601, Height: 3601, HeightsM: make([]float32, 3601*3601)}
	from := orb.Point{105.5, 22.5}
	to := geodesy.Destination(from, 57, 20000)
	var p terrain.Profile
	for b.Loop() {
		g.Profile(from, to, &p)
	}
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/float64(len(p.HeightM)), "ns/sample")
}

func BenchmarkHighestIn(b *testing.B) {
	g := newGrid(1201, 1201, func(i, j int) float64 { return float64(i ^ j) })
	ring := orb.Ring{{105.5, 22.5}, {105.501, 22.4995}, {105.501, 22.4985}, {105.5, 22.498}, {105.499, 22.4985}, {105.499, 22.4995}, {105.5, 22.5}}
	for b.Loop() {
		g.HighestIn(ring)
	}
}

// BenchmarkWindow mosaics and fills one arc-second over a degree, 3 % of it voids.
func BenchmarkWindow(b *testing.B) {
	path := writeFile(b, hgtBytes(105, 22, 3601, func(east, north int) int16 {
		i, j := east%100, north%100
		if i < 30 && j < 10 {
			return void
		}
		return int16(100 + i + j)
	}), b.TempDir(), "N22E105.hgt")
	s := open(b, path)
	b.ReportAllocs()
	for b.Loop() {
		window(b, s, s.Bound())
	}
}

// Along gives what At gives at each point of a line, up to the first without a value.
func TestAlong(t *testing.T) {
	g := &terrain.Grid{West: 106, North: 23, StepLon: 0.001, StepLat: 0.001, Width: 50, Height: 50}
	for i := range g.Width * g.Height {
		g.HeightsM = append(g.HeightsM, float32(i*i%977))
	}
	g.HeightsM[30*g.Width+30] = float32(math.NaN())
	line := geodesy.NewLine(orb.Point{106.002, 22.998}, orb.Point{106.045, 22.9551})
	heightsM := make([]float64, 200)
	n := g.Along(&line, 31, 1, heightsM)
	for i := range n {
		p := line.At(31 * float64(i+1))
		// 2^-16 of a sample of rounding in each direction, on slopes of a kilometre a sample.
		if want := g.At(p); math.Abs(heightsM[i]-want) > 0.033 {
			t.Errorf("sample %d: %g m, want %g", i, heightsM[i], want)
		}
	}
	if missing := g.At(line.At(31 * float64(n+1))); n < 90 || n >= len(heightsM) || !math.IsNaN(missing) {
		t.Errorf("%d samples, then %g m; want them to end at the void", n, missing)
	}
}
