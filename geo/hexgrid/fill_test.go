package hexgrid

import (
	"encoding/json"
	"errors"
	"math"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"github.com/covgap/covgap/geo/geodesy"
	"github.com/covgap/covgap/geo/reference"
	"github.com/google/go-cmp/cmp"
	"github.com/paulmach/orb"
	"github.com/uber/h3-go/v4"
	"pgregory.net/rapid"
)

// star draws a polygon that is star-shaped around p, up to radiusDeg away.
func star(t *rapid.T, p orb.Point, radiusDeg float64) orb.Ring {
	n := rapid.IntRange(3, 40).Draw(t, "corners")
	var r orb.Ring
	for i := range n {
		s, c := math.Sincos(2 * math.Pi * float64(i) / float64(n))
		d := radiusDeg * rapid.Float64Range(0.1, 1).Draw(t, "reach")
		lon := p[0] + d*c/math.Cos(p[1]*math.Pi/180)
		r = append(r, orb.Point{math.Remainder(lon, 360), p[1] + d*s})
	}
	return append(r, r[0])
}

// h3Fill is the reference: H3's own filling by centres.
func h3Fill(t rapid.TB, p orb.Polygon, resolution int) []Cell {
	cs, err := h3.PolygonToCells(toH3(p), resolution)
	if err != nil {
		t.Fatal(err)
	}
	out := fromH3(cs)
	slices.Sort(out)
	return slices.Compact(out)
}

// centers gives the cells with their centre in p, without Fill's care for small
// polygons.
func centers(t rapid.TB, p orb.Polygon, resolution int) []Cell {
	o, err := newOutline(p)
	if err != nil {
		t.Fatal(err)
	}
	cells, err := descend(nil, o, o.middle, o.radiusM, resolution)
	if err != nil {
		t.Fatal(err)
	}
	return cells
}

func TestFillAgainstH3(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		res := rapid.IntRange(0, 12).Draw(t, "resolution")
		edgeDeg := EdgeM(res) / 111_000
		radiusDeg := min(30, edgeDeg*math.Pow(10, rapid.Float64Range(0, 1.5).Draw(t, "size")))
		p := anywhere().Draw(t, "p")
		p[1] *= (88 - radiusDeg) / 84
		poly := orb.Polygon{star(t, p, radiusDeg)}
		if rapid.Bool().Draw(t, "hole") {
			poly = append(poly, star(t, p, radiusDeg/10))
		}
		if b := poly[0].Bound(); b.Max[0]-b.Min[0] > 180 && res < 3 {
			t.Skip("H3 takes its own view of large outlines across the antimeridian")
		}
		if got, want := centers(t, poly, res), h3Fill(t, poly, res); !slices.Equal(got, want) {
			t.Fatalf("%v at %d (-H3 +got):\n%s", poly, res, cmp.Diff(want, got))
		}
	})
}

func TestFillOfPartsIsFillOfWhole(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		p := anywhere().Draw(t, "p")
		whole := star(t, p, 0.05)
		// Triangles around p, whose common edges are the same numbers.
		var parts orb.MultiPolygon
		var sum int
		for i := 1; i < len(whole); i++ {
			tri := orb.Polygon{{p, whole[i-1], whole[i], p}}
			parts = append(parts, tri)
			sum += len(centers(t, tri, 8))
		}
		want := centers(t, orb.Polygon{whole}, 8)
		if sum != len(want) {
			t.Fatalf("the parts have %d cells, the whole %d", sum, len(want))
		}
		if len(want) == 0 {
			t.Skip("smaller than a hex")
		}
		got, err := Fill(parts, 8)
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Fatalf("(-whole +parts):\n%s", diff)
		}
	})
}

func TestFillNeverLosesAVillage(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		p := anywhere().Draw(t, "p")
		res := rapid.IntRange(3, 12).Draw(t, "resolution")
		poly := orb.Polygon{star(t, p, EdgeM(res)/111_000*rapid.Float64Range(0, 1).Draw(t, "size"))}
		got, err := Fill(poly, res)
		if err != nil {
			t.Fatal(err)
		}
		if len(got) == 0 {
			t.Fatalf("%v has no cell", poly)
		}
		if len(centers(t, poly, res)) > 0 {
			return
		}
		for _, q := range poly[0] {
			c, err := At(q, res)
			if err != nil || !slices.Contains(got, c) {
				t.Fatalf("corner %v lies in %v, %v, which is not among %v", q, c, err, got)
			}
		}
	})
}

func TestFillNarrowPolygon(t *testing.T) {
	// A strip two metres wide and 3 km long that holds no centre, with corners
	// at its ends alone: every cell on the way counts.
	poly := orb.Polygon{{{106, 22.67001}, {106, 22.67003}, {106.03, 22.67003}, {106.03, 22.67001}, {106, 22.67001}}}
	if n := len(centers(t, poly, 10)); n != 0 {
		t.Fatalf("%d centres in the strip; the test wants none", n)
	}
	got, err := Fill(poly, 10)
	if err != nil {
		t.Fatal(err)
	}
	var want []Cell
	for i := range 3001 {
		c, err := At(orb.Point{106 + 0.03*float64(i)/3000, 22.67002}, 10)
		if err != nil {
			t.Fatal(err)
		}
		want = append(want, c)
	}
	slices.Sort(want)
	for _, c := range slices.Compact(want) {
		if !slices.Contains(got, c) {
			t.Errorf("%v under the strip is missing", c)
		}
	}
}

func TestFillHole(t *testing.T) {
	square := func(lon, lat, half float64) orb.Ring {
		return orb.Bound{Min: orb.Point{lon - half, lat - half}, Max: orb.Point{lon + half, lat + half}}.ToRing()
	}
	outer, inner := square(106, 22, 0.1), square(106, 22, 0.04)
	all, err := Fill(orb.Polygon{outer}, 8)
	if err != nil {
		t.Fatal(err)
	}
	lake, err := Fill(orb.Polygon{inner}, 8)
	if err != nil {
		t.Fatal(err)
	}
	inner.Reverse()
	for _, g := range []orb.Geometry{
		orb.Polygon{outer, square(106, 22, 0.04)},
		orb.Polygon{outer, inner},         // direction does not matter
		orb.Polygon{outer[:4], inner[:4]}, // nor does the closing point
		orb.MultiPolygon{{outer, inner}, {outer, inner}},
	} {
		land, err := Fill(g, 8)
		if err != nil {
			t.Fatal(err)
		}
		if len(land)+len(lake) != len(all) {
			t.Errorf("%d + %d cells in the lake, %d in all", len(land), len(lake), len(all))
		}
		for _, c := range lake {
			if slices.Contains(land, c) {
				t.Fatalf("%v of the lake is in the filling", c)
			}
		}
	}
}

func TestFillAcrossTheAntimeridian(t *testing.T) {
	across, err := Fill(orb.Polygon{{{179.5, -17}, {-179.5, -17}, {-179.5, -16}, {179.5, -16}, {179.5, -17}}}, 6)
	if err != nil {
		t.Fatal(err)
	}
	halves, err := Fill(orb.MultiPolygon{
		{{{179.5, -17}, {180, -17}, {180, -16}, {179.5, -16}, {179.5, -17}}},
		{{{-180, -17}, {-179.5, -17}, {-179.5, -16}, {-180, -16}, {-180, -17}}},
	}, 6)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(halves, across); diff != "" || len(across) < 100 {
		t.Errorf("%d cells (-cut +across):\n%s", len(across), diff)
	}
}

func TestFillErrors(t *testing.T) {
	ok := orb.Ring{{106, 22}, {106.1, 22}, {106.1, 22.1}, {106, 22}}
	for name, tc := range map[string]struct {
		g    orb.Geometry
		res  int
		want error
	}{
		"nothing":         {nil, 9, ErrGeometry},
		"a point":         {orb.Point{106, 22}, 9, ErrGeometry},
		"no polygon":      {orb.MultiPolygon{}, 9, ErrGeometry},
		"no ring":         {orb.Polygon{}, 9, ErrGeometry},
		"empty ring":      {orb.Polygon{{}}, 9, ErrGeometry},
		"swapped":         {orb.Polygon{{{22, 106}, {22, 106.1}, {22.1, 106.1}, {22, 106}}}, 9, ErrPosition},
		"NaN":             {orb.Polygon{{{106, 22}, {math.NaN(), 22}, {106, 23}, {106, 22}}}, 9, ErrPosition},
		"infinite hole":   {orb.Polygon{ok, {{106, 22}, {math.Inf(-1), 22}, {106, 23}, {106, 22}}}, 9, ErrPosition},
		"projected":       {orb.Polygon{{{550_000, 2_500_000}, {551_000, 2_500_000}, {550_000, 2_501_000}}}, 9, ErrPosition},
		"around the pole": {orb.Polygon{{{0, 80}, {120, 80}, {-120, 80}, {0, 80}}}, 3, ErrGeometry},
		"too fine":        {orb.Polygon{ok}, 16, ErrResolution},
		"too many":        {orb.Polygon{{{100, 10}, {110, 10}, {110, 20}, {100, 20}, {100, 10}}}, 15, ErrTooMany},
	} {
		t.Run(name, func(t *testing.T) {
			if cs, err := Fill(tc.g, tc.res); !errors.Is(err, tc.want) || cs != nil {
				t.Errorf("Fill = %v, %v; want %v", cs, err, tc.want)
			}
		})
	}
}

func TestWithin(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		p := anywhere().Draw(t, "p")
		res := rapid.IntRange(2, 12).Draw(t, "resolution")
		radiusM := EdgeM(res) * rapid.Float64Range(0, 30).Draw(t, "radius")
		got, err := Within(p, radiusM, res)
		if err != nil {
			t.Fatal(err)
		}
		// 30 edges are 17.3 rows of centres; five more are margin for distortion.
		c, err := At(p, res)
		if err != nil {
			t.Fatal(err)
		}
		want := []Cell{}
		for _, c := range c.Disk(int(radiusM/EdgeM(res)/1.5*1.3) + 5) {
			if geodesy.Distance(p, c.Center()) <= radiusM {
				want = append(want, c)
			}
		}
		if !slices.Equal(got, want) {
			t.Fatalf("Within(%v, %v, %d): %d cells, want %d", p, radiusM, res, len(got), len(want))
		}
	})
}

func TestWithinErrors(t *testing.T) {
	p := orb.Point{106, 22}
	for name, tc := range map[string]struct {
		p       orb.Point
		radiusM float64
		res     int
		want    error
	}{
		"swapped":    {orb.Point{22, 106}, 100, 9, ErrPosition},
		"NaN":        {orb.Point{106, math.NaN()}, 100, 9, ErrPosition},
		"negative":   {p, -1, 9, ErrRadius},
		"NaN radius": {p, math.NaN(), 9, ErrRadius},
		"resolution": {p, 100, 16, ErrResolution},
		"too many":   {p, math.Inf(1), 10, ErrTooMany},
	} {
		t.Run(name, func(t *testing.T) {
			if cs, err := Within(tc.p, tc.radiusM, tc.res); !errors.Is(err, tc.want) || cs != nil {
				t.Errorf("Within = %v, %v; want %v", cs, err, tc.want)
			}
		})
	}
	all, err := Within(p, math.Inf(1), 1)
	if err != nil || len(all) != h3.NumCells(1) {
		t.Errorf("an infinite radius gives %d cells, %v; want %d", len(all), err, h3.NumCells(1))
	}
}

// namedArea of a file of the reference folder: a name and its outline.
type namedArea struct {
	name    string
	outline orb.MultiPolygon
}

func readAreas(tb testing.TB, path string) []namedArea {
	tb.Helper()
	b, err := os.ReadFile(path)
	if err != nil {
		tb.Fatal(err)
	}
	var fc struct {
		Features []struct {
			Properties struct{ Name string }
			Geometry   struct{ Coordinates orb.MultiPolygon }
		}
	}
	if err := json.Unmarshal(b, &fc); err != nil {
		tb.Fatal(err)
	}
	var as []namedArea
	for _, f := range fc.Features {
		as = append(as, namedArea{f.Properties.Name, f.Geometry.Coordinates})
	}
	return as
}

func TestFillCommunesOfCaoBang(t *testing.T) {
	dir := reference.Dir(t, "realcase/cao_bang")
	areas := readAreas(t, filepath.Join(dir, "communes_2025_cao_bang.geojson"))
	const res = 9
	var areaM2 float64
	var all []Cell
	for i, f := range areas {
		cells, err := Fill(f.outline, res)
		if err != nil {
			t.Fatalf("%v: %v", f.name, err)
		}
		for _, c := range cells {
			areaM2 += c.AreaM2()
		}
		all = append(all, cells...)
		if i%8 != 0 { // H3 takes 50 ms each; seven will do
			continue
		}
		var want []Cell
		for _, p := range f.outline {
			want = append(want, h3Fill(t, p, res)...)
		}
		slices.Sort(want)
		if want = slices.Compact(want); !slices.Equal(cells, want) {
			t.Errorf("%v: %d cells, H3 gives %d", f.name, len(cells), len(want))
		}
	}
	// The file's areaKm2 add up to 6,700.39 km². At resolution 9 a commune's border
	// is some 100 hexes of 0.1 km² long, in or out by chance.
	if km2 := areaM2 / 1e6; len(areas) != 56 || math.Abs(km2/6700.39-1) > 0.005 {
		t.Errorf("%d communes, %.1f km² of cells, want 6700.4 within 0.5 %%", len(areas), km2)
	}
	slices.Sort(all)
	distinct := slices.Compact(slices.Clone(all))
	if twice := len(all) - len(distinct); twice > 0 {
		t.Errorf("%d of %d cells are in two communes", twice, len(all))
	}
}

func BenchmarkFillCaoBang(b *testing.B) {
	dir := reference.Dir(b, "realcase/cao_bang")
	areas := readAreas(b, filepath.Join(dir, "province_cao_bang.geojson"))
	p := areas[0].outline
	b.Run("covgap", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			cells, err := Fill(p, 10)
			if err != nil {
				b.Fatal(err)
			}
			b.ReportMetric(float64(len(cells)), "cells")
		}
	})
	b.Run("centres", func(b *testing.B) {
		cells, err := Fill(p, 10)
		if err != nil {
			b.Fatal(err)
		}
		b.ReportAllocs()
		for b.Loop() {
			Centers(cells)
		}
	})
}
