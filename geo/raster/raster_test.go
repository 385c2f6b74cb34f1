package raster

import (
	"context"
	"errors"
	"math"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/covgap/covgap/geo"
	"github.com/covgap/covgap/geo/crs"
	"github.com/covgap/covgap/geo/geotiff"
	"github.com/paulmach/orb"
	"pgregory.net/rapid"
)

func write[T geotiff.Sample](t testing.TB, name string, h geotiff.Header, samples []T) string {
	t.Helper()
	f, err := os.Create(filepath.Join(t.TempDir(), name))
	if err != nil {
		t.Fatal(err)
	}
	if err := geotiff.Encode(f, h, samples, geotiff.Layout{Compression: geotiff.Deflate, TileSize: 32}); err != nil {
		t.Fatal(err)
	}
	if err := f.Close(); err != nil {
		t.Fatal(err)
	}
	return f.Name()
}

// degrees is a map of w×h samples of a hundredth of a degree whose north-west
// corner is at 106, 23.
func degrees(w, h int, west float64) geotiff.Header {
	return geotiff.Header{Width: w, Height: h, West: west + 0.005, North: 22.995, StepX: 0.01, StepY: 0.01, EPSG: 4326, Geographic: true, NoData: 255, HasNoData: true}
}

func counting(n int) []uint8 {
	v := make([]uint8, n)
	for i := range v {
		v[i] = uint8(i % 251)
	}
	return v
}

func open2(t testing.TB, paths ...string) *Source {
	t.Helper()
	s, err := Open(t.Context(), paths)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// Every point of a lattice has the value of the sample on whose ground it lies, in
// degrees and in a projected system.
func TestNearest(t *testing.T) {
	utm, err := crs.Lookup("EPSG:32648")
	if err != nil {
		t.Fatal(err)
	}
	plane := geotiff.Header{Width: 120, Height: 90, West: 600050, North: 2539950, StepX: 100, StepY: 100, EPSG: 32648}
	for name, tt := range map[string]struct {
		path     string
		w, h     int
		position func(p orb.Point) (x, y float64)
	}{
		"degrees": {write(t, "d.tif", degrees(100, 80, 106), counting(8000)), 100, 80, func(p orb.Point) (float64, float64) { return (p[0] - 106) * 100, (23 - p[1]) * 100 }},
		"UTM": {write(t, "u.tif", plane, counting(120*90)), 120, 90, func(p orb.Point) (float64, float64) {
			x, y, err := utm.FromWGS84(p)
			if err != nil {
				t.Fatal(err)
			}
			return (x - 600000) / 100, (2540000 - y) / 100
		}},
	} {
		s := open2(t, tt.path)
		b := s.Bound()
		l := Lattice{West: b.Min[0] - 0.013, North: b.Max[1] + 0.011, StepLon: 0.0007, StepLat: 0.0006, Width: 300, Height: 220}
		got, err := s.Nearest(t.Context(), l)
		if err != nil {
			t.Fatal(err)
		}
		inside := 0
		for k, v := range got {
			x, y := tt.position(orb.Point{l.West + float64(k%l.Width)*l.StepLon, l.North - float64(k/l.Width)*l.StepLat})
			// Within half a metre of an edge of samples, interpolated positions may fall on
			// the other side: a block of points is 4 km wide here.
			if fx, fy := x-math.Floor(x), y-math.Floor(y); min(fx, 1-fx, fy, 1-fy) < 5e-3 {
				continue
			}
			if x < 0 || y < 0 || x >= float64(tt.w) || y >= float64(tt.h) {
				if v == v {
					t.Fatalf("%s: %g outside the map at %d", name, v, k)
				}
				continue
			}
			inside++
			if want := float32((int(y)*tt.w + int(x)) % 251); v != want {
				t.Fatalf("%s: %g at sample %.3f, %.3f, want %g", name, v, x, y, want)
			}
		}
		if inside < 10000 {
			t.Errorf("%s: %d points inside", name, inside)
		}
	}
}

// Scan visits every sample of the bound once: sums are conserved, over files side by
// side too, and samples without value are left out.
func TestScan(t *testing.T) {
	left, right := degrees(50, 40, 106), degrees(30, 40, 106.5)
	a, b := make([]float32, 2000), make([]float32, 1200)
	var want float64
	for i := range a {
		a[i] = float32(i%97) / 4
		want += float64(a[i])
	}
	for i := range b {
		b[i] = 2
		want += 2
	}
	b[7], want = 255, want-2 // no data
	s := open2(t, write(t, "a.tif", left, a), write(t, "b.tif", right, b))
	sum := func(bound orb.Bound) (total float64, n int) {
		err := s.Scan(t.Context(), bound, func(v *Sample) error {
			c, err := v.Center()
			if err != nil || !bound.Contains(c) {
				return err
			}
			points, err := v.Spread(3, nil)
			if err != nil || len(points) != 9 || math.Abs(points[4][0]-c[0])+math.Abs(points[4][1]-c[1]) > 1e-9 {
				t.Fatalf("points %v of a sample about %v: %v", points, c, err)
			}
			total += v.Value
			n++
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
		return total, n
	}
	if got, n := sum(s.Bound()); math.Abs(got-want) > 1e-6 || n != 3199 {
		t.Errorf("%g over %d samples, want %g over 3199", got, n, want)
	}
	rapid.Check(t, func(rt *rapid.T) {
		// Parts of the ground add up to the whole.
		at := rapid.Float64Range(106, 106.8).Draw(rt, "cut")
		whole := s.Bound()
		west, east := whole, whole
		west.Max[0], east.Min[0] = at, math.Nextafter(at, 200)
		g1, n1 := sum(west)
		g2, n2 := sum(east)
		if n1+n2 != 3199 || math.Abs(g1+g2-want) > 1e-6 {
			rt.Fatalf("%d and %d samples of 3199, %g of %g", n1, n2, g1+g2, want)
		}
	})
	stop := errors.New("enough")
	if err := s.Scan(t.Context(), s.Bound(), func(*Sample) error { return stop }); !errors.Is(err, stop) {
		t.Errorf("an error of visit: %v", err)
	}
	cancelled, cancel := context.WithCancel(t.Context())
	cancel()
	if err := s.Scan(cancelled, s.Bound(), func(*Sample) error { return nil }); !errors.Is(err, context.Canceled) {
		t.Errorf("cancelled: %v", err)
	}
}

func TestErrors(t *testing.T) {
	good := write(t, "a.tif", degrees(10, 10, 106), counting(100))
	same := write(t, "b.tif", degrees(10, 10, 106.05), counting(100))
	laea := degrees(10, 10, 0)
	laea.EPSG, laea.Geographic = 3035, false
	text := filepath.Join(t.TempDir(), "t.tif")
	if err := os.WriteFile(text, []byte("h3,population\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	for name, tt := range map[string]struct {
		paths []string
		want  error
	}{
		"overlap":        {[]string{good, same}, ErrOverlap},
		"unknown system": {[]string{write(t, "m.tif", laea, counting(100))}, ErrCRS},
		"text":           {[]string{text}, geotiff.ErrFormat},
		"missing":        {[]string{good + "x"}, os.ErrNotExist},
		"empty folder":   {[]string{t.TempDir()}, ErrNoFiles},
	} {
		_, err := Open(t.Context(), tt.paths)
		var in *geo.InputError
		if !errors.Is(err, tt.want) || !errors.As(err, &in) || in.Pos.File == "" {
			t.Errorf("%s: %v, want %v", name, err, tt.want)
		}
	}
	s := open2(t, good, good)
	if _, err := s.Files(orb.Bound{Min: orb.Point{7, 46}, Max: orb.Point{8, 47}}); !errors.Is(err, ErrBound) || !strings.Contains(err.Error(), "another area") {
		t.Errorf("a map of another country: %v", err)
	}
	if files, err := s.Files(orb.Bound{Min: orb.Point{106.02, 22.92}, Max: orb.Point{108, 24}}); err != nil || len(files) != 1 {
		t.Errorf("files %v, %v", files, err)
	}
}
