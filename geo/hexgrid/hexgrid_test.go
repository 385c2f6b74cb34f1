package hexgrid

import (
	"errors"
	"fmt"
	"math"
	"slices"
	"testing"

	"github.com/covgap/covgap/geo/geodesy"
	"github.com/google/go-cmp/cmp"
	"github.com/paulmach/orb"
	"github.com/uber/h3-go/v4"
	"pgregory.net/rapid"
)

func Example() {
	c, err := At(orb.Point{106.26, 22.67}, 10) // Cao Bang
	if err != nil {
		panic(err)
	}
	near, err := Within(orb.Point{106.26, 22.67}, 1000, 10)
	if err != nil {
		panic(err)
	}
	fmt.Println(c, "in", c.Parent(7))
	fmt.Printf("%.0f m², edge %.0f m, %d neighbours\n", c.AreaM2(), EdgeM(10), len(c.Disk(1))-1)
	fmt.Println(len(near), "centres within a kilometre")
	// Output:
	// 8a415e39cb17fff in 87415e39cffffff
	// 16081 m², edge 76 m, 6 neighbours
	// 194 centres within a kilometre
}

// anywhere draws a position away from the poles, where a box in longitude and
// latitude is no longer a shape. One in five is near a pentagon.
func anywhere() *rapid.Generator[orb.Point] {
	ps, err := h3.Pentagons(5)
	if err != nil {
		panic(err)
	}
	return rapid.Custom(func(t *rapid.T) orb.Point {
		if rapid.IntRange(0, 4).Draw(t, "kind") == 0 {
			p := Cell(rapid.SampledFrom(ps).Draw(t, "pentagon")).Center()
			p = geodesy.Destination(p, rapid.Float64Range(0, 360).Draw(t, "azimuth"), math.Pow(10, rapid.Float64Range(0, 6).Draw(t, "far")))
			return orb.Point{p[0], min(max(p[1], -84), 84)}
		}
		return orb.Point{
			rapid.Float64Range(-180, 180).Draw(t, "lon"),
			rapid.Float64Range(-84, 84).Draw(t, "lat"),
		}
	})
}

// aCell draws a cell of any resolution, one in ten a pentagon.
func aCell(t *rapid.T, maxResolution int) Cell {
	res := rapid.IntRange(0, maxResolution).Draw(t, "resolution")
	if rapid.IntRange(0, 9).Draw(t, "kind") == 0 {
		ps, err := h3.Pentagons(res)
		if err != nil {
			t.Fatal(err)
		}
		return Cell(rapid.SampledFrom(ps).Draw(t, "pentagon"))
	}
	c, err := At(anywhere().Draw(t, "p"), res)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func TestAt(t *testing.T) {
	// From H3's own documentation of latLngToCell (https://h3geo.org/docs/api/indexing).
	c, err := At(orb.Point{-122.418307270836, 37.7752702151959}, 9)
	if err != nil {
		t.Fatal(err)
	}
	if got, want := c.String(), "8928308280fffff"; got != want {
		t.Errorf("At = %s, want %s", got, want)
	}
	for _, tc := range []struct {
		p    orb.Point
		res  int
		want error
	}{
		{orb.Point{22.67, 106.26}, 9, ErrPosition}, // swapped
		{orb.Point{math.NaN(), 1}, 9, ErrPosition},
		{orb.Point{1, math.Inf(1)}, 9, ErrPosition},
		{orb.Point{550_000, 2_500_000}, 9, ErrPosition},
		{orb.Point{106, 22}, 16, ErrResolution},
		{orb.Point{106, 22}, -1, ErrResolution},
	} {
		if _, err := At(tc.p, tc.res); !errors.Is(err, tc.want) {
			t.Errorf("At(%v, %d): %v, want %v", tc.p, tc.res, err, tc.want)
		}
	}
}

func TestParse(t *testing.T) {
	if c, err := Parse("8928308280fffff"); err != nil || c.Resolution() != 9 {
		t.Errorf("Parse = %v, %v", c, err)
	}
	for _, s := range []string{"", "0", "cell", "8928308280ffff", "-1", "ffffffffffffffff"} {
		if c, err := Parse(s); !errors.Is(err, ErrIndex) {
			t.Errorf("Parse(%q) = %v, %v; want ErrIndex", s, c, err)
		}
	}
}

func FuzzParse(f *testing.F) {
	f.Add("8928308280fffff")
	f.Add("")
	f.Add("zz")
	f.Fuzz(func(t *testing.T, s string) {
		c, err := Parse(s)
		if err != nil {
			return
		}
		if again, err := Parse(c.String()); err != nil || again != c {
			t.Errorf("Parse(%q) = %v, which reads as %v, %v", s, c, again, err)
		}
	})
}

func TestCenterIsInItsCell(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		c := aCell(t, MaxResolution)
		got, err := At(c.Center(), c.Resolution())
		if err != nil || got != c {
			t.Fatalf("At(Center(%v)) = %v, %v", c, got, err)
		}
	})
}

func TestChildrenAreH3s(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		c := aCell(t, MaxResolution)
		res := min(MaxResolution, c.Resolution()+rapid.IntRange(0, 4).Draw(t, "down"))
		got := c.Children(res)
		want, err := h3.Cell(c).Children(res)
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(fromH3(want), got); diff != "" {
			t.Fatalf("children %d of %v (-H3 +got):\n%s", res, c, diff)
		}
		i := rapid.IntRange(0, len(got)-1).Draw(t, "child")
		if p := got[i].Parent(c.Resolution()); p != c {
			t.Fatalf("parent of %v = %v, want %v", got[i], p, c)
		}
		if pos := got[i].ChildPosition(c.Resolution()); pos != i {
			t.Fatalf("position of %v = %d, want %d", got[i], pos, i)
		}
	})
}

func TestDescendantsLieWithinReach(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		c := aCell(t, MaxResolution-4)
		reachM := descendantsReach * EdgeM(c.Resolution())
		down := c
		for down.Resolution() < MaxResolution {
			down = rapid.SampledFrom(down.Children(down.Resolution()+1)).Draw(t, "child")
		}
		for _, p := range down.Parent(c.Resolution() + 4).Boundary() {
			p[0] = math.Remainder(p[0], 360)
			if d := geodesy.Distance(c.Center(), p); d > reachM {
				t.Fatalf("a descendant of %v reaches %.0f m, beyond %.0f m", c, d, reachM)
			}
		}
	})
}

func TestCoverHoldsTheAncestors(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		middle := anywhere().Draw(t, "middle")
		res := rapid.IntRange(0, MaxResolution).Draw(t, "resolution")
		radiusM := EdgeM(rapid.IntRange(0, res).Draw(t, "size")) * rapid.Float64Range(0, 5).Draw(t, "radius")
		starts, err := cover(middle, radiusM, res)
		if err != nil {
			t.Fatal(err)
		}
		for azimuthDeg := range 36 {
			c, err := At(geodesy.Destination(middle, float64(azimuthDeg)*10, radiusM), res)
			if err != nil {
				t.Fatal(err)
			}
			// The centre of c may lie within radiusM or just beyond.
			if geodesy.Distance(middle, c.Center()) > radiusM {
				continue
			}
			if a := c.Parent(starts[0].Resolution()); !slices.Contains(starts, a) {
				t.Fatalf("%v, ancestor of %v, %.0f m from %v, is not in the cover", a, c, radiusM, middle)
			}
		}
	})
}

func TestBoundary(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		c := aCell(t, MaxResolution)
		r := c.Boundary()
		if !r.Closed() || len(r) < 6 {
			t.Fatalf("outline of %v is not a ring: %v", c, r)
		}
		if b := r.Bound(); b.Max[0]-b.Min[0] > 180 {
			t.Skip("around a pole")
		}
		if r.Orientation() != orb.CCW {
			t.Fatalf("outline of %v is clockwise", c)
		}
		// The middle between the centre and a corner belongs to the cell.
		p := c.Center()
		q := orb.Point{(p[0] + near(r[0][0], p[0])) / 2, (p[1] + r[0][1]) / 2}
		q[0] = math.Remainder(q[0], 360)
		if c.Resolution() < 2 {
			t.Skip("edges of large cells are not straight in longitude and latitude")
		}
		if got, err := At(q, c.Resolution()); err != nil || got != c {
			t.Fatalf("%v inside the outline of %v is in %v, %v", q, c, got, err)
		}
	})
}

func TestBoundaryAcrossTheAntimeridian(t *testing.T) {
	c, err := At(orb.Point{180, 10}, 5)
	if err != nil {
		t.Fatal(err)
	}
	if b := c.Boundary().Bound(); b.Max[0]-b.Min[0] > 1 || b.Min[0] > -180 && b.Max[0] < 180 {
		t.Errorf("outline of %v has bound %v, want a narrow one around 180 or -180", c, b)
	}
}

func TestDisk(t *testing.T) {
	c, err := At(orb.Point{106.26, 22.67}, 9)
	if err != nil {
		t.Fatal(err)
	}
	for k := range 5 {
		got := c.Disk(k)
		if want := 3*k*(k+1) + 1; len(got) != want { // centred hexagonal numbers
			t.Errorf("Disk(%d) has %d cells, want %d", k, len(got), want)
		}
		if !slices.IsSorted(got) || !slices.Contains(got, c) {
			t.Errorf("Disk(%d) = %v: not sorted, or without its centre", k, got)
		}
	}
	ps, err := h3.Pentagons(9)
	if err != nil {
		t.Fatal(err)
	}
	if got := Cell(ps[0]).Disk(1); len(got) != 6 {
		t.Errorf("Disk(1) of a pentagon has %d cells, want 6", len(got))
	}
}

func TestAreas(t *testing.T) {
	// The cells of resolution 1 cover the earth without overlap, and neighbours
	// share their corners: what is left is rounding.
	base, err := h3.Res0Cells()
	if err != nil {
		t.Fatal(err)
	}
	var sum float64
	for _, b := range base {
		for _, c := range Cell(b).Children(1) {
			sum += c.AreaM2()
		}
	}
	// The area of an ellipsoid of revolution, 2πa²(1 + (1−e²)/e·atanh e), for WGS 84.
	if want := 510_065_621_724_088.5; math.Abs(sum/want-1) > 1e-12 {
		t.Errorf("all cells have %.0f m², want %.0f", sum, want)
	}
	// https://h3geo.org/docs/core-library/restable: resolution 10, 0.075863783 km.
	if got := EdgeM(10); math.Abs(got-75.863783) > 1e-6 {
		t.Errorf("EdgeM(10) = %v", got)
	}
	c, err := At(orb.Point{106.26, 22.67}, 10)
	if err != nil {
		t.Fatal(err)
	}
	sphere, err := h3.CellAreaM2(h3.Cell(c))
	if err != nil {
		t.Fatal(err)
	}
	if d := math.Abs(c.AreaM2()/sphere - 1); d > 0.005 {
		t.Errorf("area %v m², on H3's sphere %v: more than the 0.5 %% that flattening explains", c.AreaM2(), sphere)
	}
}

func TestCenters(t *testing.T) {
	c, err := At(orb.Point{106.26, 22.67}, 6)
	if err != nil {
		t.Fatal(err)
	}
	cells := c.Children(8)
	for i, p := range Centers(cells) {
		if p != cells[i].Center() {
			t.Fatalf("centre %d = %v, want %v", i, p, cells[i].Center())
		}
	}
}

func TestProgrammersMistakesPanic(t *testing.T) {
	c, err := At(orb.Point{106, 22}, 5)
	if err != nil {
		t.Fatal(err)
	}
	for name, f := range map[string]func(){
		"centre of none":       func() { Cell(0).Center() },
		"outline of none":      func() { Cell(0).Boundary() },
		"children of none":     func() { Cell(0).Children(3) },
		"coarser children":     func() { c.Children(4) },
		"children too fine":    func() { c.Children(16) },
		"finer parent":         func() { c.Parent(6) },
		"negative disk":        func() { c.Disk(-1) },
		"edge of a resolution": func() { EdgeM(16) },
		"position in finer":    func() { c.ChildPosition(6) },
	} {
		t.Run(name, func(t *testing.T) {
			defer func() {
				if recover() == nil {
					t.Error("no panic")
				}
			}()
			f()
		})
	}
}
