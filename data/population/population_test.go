package population

import (
	"context"
	"errors"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/covgap/covgap/geo"
	"github.com/covgap/covgap/geo/geotiff"
	"github.com/covgap/covgap/geo/gpkg"
	"github.com/covgap/covgap/geo/hexgrid"
	"github.com/covgap/covgap/geo/raster"
	"github.com/covgap/covgap/geo/table"
	"github.com/paulmach/orb"
	"pgregory.net/rapid"
)

var everywhere = orb.Bound{Min: orb.Point{105, 21}, Max: orb.Point{108, 24}}

func file(t testing.TB, name, content string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), name)
	if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

// counts writes a raster of three arc-seconds with its north-west corner at 106.2,
// 22.7.
func counts(t testing.TB, w, h int, people func(i int) float32) string {
	t.Helper()
	const step = 3.0 / 3600
	header := geotiff.Header{
		Width: w, Height: h, West: 106.2 + step/2, North: 22.7 - step/2, StepX: step, StepY: step, EPSG: 4326, Geographic: true,
		NoData: -99999, HasNoData: true,
	}
	values := make([]float32, w*h)
	for i := range values {
		values[i] = people(i)
	}
	f, err := os.Create(filepath.Join(t.TempDir(), "pop.tif"))
	if err != nil {
		t.Fatal(err)
	}
	if err := geotiff.Encode(f, header, values, geotiff.Layout{Compression: geotiff.Deflate}); err != nil {
		t.Fatal(err)
	}
	if err := f.Close(); err != nil {
		t.Fatal(err)
	}
	return f.Name()
}

func read(t testing.TB, path string, bound orb.Bound, resolution int) *Population {
	t.Helper()
	p, err := Read(t.Context(), path, bound, resolution)
	if err != nil {
		t.Fatal(err)
	}
	return p
}

// Hexes of every resolution add up to the raster, no data left out.
func TestRasterConserves(t *testing.T) {
	want := 0.0
	for i := range 2400 {
		want += float64(float32(i%13) / 3)
	}
	path := counts(t, 60, 41, func(i int) float32 {
		if i >= 2400 {
			return -99999
		}
		return float32(i%13) / 3
	})
	for resolution := 6; resolution <= 11; resolution++ {
		p := read(t, path, everywhere, resolution)
		if math.Abs(p.Total-want) > 1e-6*want { // a few thousand additions
			t.Errorf("resolution %d: %g people, want %g", resolution, p.Total, want)
		}
		if p.Source != "geotiff" || len(p.Files) != 1 || p.Values != 2400-185 { // 185 samples count nobody
			t.Errorf("resolution %d: %+v", resolution, p.Values)
		}
		for c, n := range p.Cells {
			if c.Resolution() != resolution || !(n > 0) {
				t.Fatalf("%v has %g people", c, n)
			}
		}
	}
	// Two halves of the ground share everybody.
	west, east := everywhere, everywhere
	west.Max[0], east.Min[0] = 106.22, math.Nextafter(106.22, 200)
	a, b := read(t, path, west, 10), read(t, path, east, 10)
	if math.Abs(a.Total+b.Total-want) > 1e-6*want || a.Total == 0 || b.Total == 0 {
		t.Errorf("halves of %g and %g, want %g", a.Total, b.Total, want)
	}
}

// Cells of any resolution of a table are divided or added up, and keep their sum and
// their ground.
func TestTableConserves(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		var b strings.Builder
		b.WriteString("h3,population\n")
		want := 0.0
		var parents []hexgrid.Cell
		for range rapid.IntRange(1, 5).Draw(rt, "rows") {
			q := orb.Point{rapid.Float64Range(106, 107).Draw(rt, "lon"), rapid.Float64Range(22, 23).Draw(rt, "lat")}
			cell, err := hexgrid.At(q, rapid.IntRange(6, 12).Draw(rt, "resolution"))
			if err != nil {
				rt.Fatal(err)
			}
			people := float64(rapid.IntRange(1, 5000).Draw(rt, "people"))
			fmt.Fprintf(&b, "%s,%g\n", cell, people)
			want += people
			parents = append(parents, cell.Parent(6))
		}
		path := filepath.Join(t.TempDir(), "h3.csv")
		if err := os.WriteFile(path, []byte(b.String()), 0o600); err != nil {
			rt.Fatal(err)
		}
		p, err := Read(t.Context(), path, everywhere, 9)
		if err != nil {
			rt.Fatal(err)
		}
		if math.Abs(p.Total-want) > 1e-9*want {
			rt.Fatalf("%g people, want %g", p.Total, want)
		}
		for c := range p.Cells {
			found := false
			for _, parent := range parents {
				found = found || c.Parent(6) == parent
			}
			if !found {
				rt.Fatalf("people in %v, where no row has any", c)
			}
		}
	})
}

func TestTableShapes(t *testing.T) {
	// Names, delimiters, decimal commas, quotes, columns that are not asked for, cells
	// twice, an empty count.
	path := file(t, "kontur.csv", "\ufeffname;H3_Index;Population\r\na;8a415a000007fff;12,5\r\nb;\"8a415a000007fff\";7,5\r\nc;8a415a00000ffff;\r\n")
	cell, err := hexgrid.Parse("8a415a000007fff")
	if err != nil {
		t.Fatal(err)
	}
	around := orb.Bound{Min: cell.Center(), Max: cell.Center()}.Pad(0.1)
	p := read(t, path, around, 10)
	if len(p.Cells) != 1 || p.Cells[cell] != 20 || p.Values != 2 || p.Source != "h3" {
		t.Errorf("%+v", p)
	}
}

// Kontur's GeoPackage: cells, with outlines that are not looked at.
func TestGeoPackage(t *testing.T) {
	cell, err := hexgrid.Parse("88415a0001fffff")
	if err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(t.TempDir(), "kontur_population_VN.gpkg")
	f, err := gpkg.Create(path, gpkg.Options{})
	if err != nil {
		t.Fatal(err)
	}
	w, err := f.Layer(gpkg.Layer{Geometry: gpkg.Polygon, Layer: table.Layer{Name: "population", Columns: []table.Column{
		{Name: "h3"}, {Name: "population", Type: table.Number},
	}}})
	if err != nil {
		t.Fatal(err)
	}
	outline := cell.Boundary()
	if err := errors.Join(w.Write(outline, cell.String(), 980.0), w.Close(), f.Close()); err != nil {
		t.Fatal(err)
	}
	p := read(t, path, outline.Bound().Pad(0.01), 10)
	if math.Abs(p.Total-980) > 1e-9 || len(p.Cells) != 49 || p.Values != 1 || p.Source != "h3" {
		t.Errorf("%g people in %d hexes of %d rows, %s", p.Total, len(p.Cells), p.Values, p.Source)
	}
}

func TestErrors(t *testing.T) {
	for name, tt := range map[string]struct {
		path string
		want error
		at   string
	}{
		"missing":         {filepath.Join(t.TempDir(), "none.csv"), os.ErrNotExist, ""},
		"no cell":         {file(t, "a.csv", "h3,population\n8a415a000007fff,3\nabc,4\n"), ErrCell, ":3:1"},
		"no number":       {file(t, "b.csv", "h3,population\n8a415a000007fff,many\n"), ErrCount, ":2:17"},
		"negative":        {file(t, "c.csv", "h3,population\n8a415a000007fff,-3\n"), ErrCount, ":2:17"},
		"no count column": {file(t, "d.csv", "h3,density\n8a415a000007fff,3\n"), ErrColumns, ":1"},
		"no cell column":  {file(t, "e.csv", "id,population\n1,3\n"), ErrColumns, ":1"},
		"too coarse":      {file(t, "f.csv", "h3,population\n843f101ffffffff,3\n"), ErrCell, ":2:1"},
		"another country": {file(t, "g.csv", "h3,population\n8a2a1072b59ffff,3\n"), ErrNobody, ""},
		"negative raster": {counts(t, 4, 4, func(int) float32 { return -200 }), ErrCount, ""},
		"empty raster":    {counts(t, 4, 4, func(int) float32 { return 0 }), ErrNobody, ""},
	} {
		_, err := Read(t.Context(), tt.path, everywhere, 10)
		var in *geo.InputError
		if !errors.Is(err, tt.want) || !errors.As(err, &in) || !strings.HasPrefix(in.Pos.String(), tt.path+tt.at) {
			t.Errorf("%s: %v, want %v at %s", name, err, tt.want, tt.at)
		}
	}
	far := orb.Bound{Min: orb.Point{7, 46}, Max: orb.Point{8, 47}}
	if _, err := Read(t.Context(), counts(t, 4, 4, func(int) float32 { return 1 }), far, 10); !errors.Is(err, raster.ErrBound) {
		t.Errorf("a raster of another country: %v", err)
	}
}

func FuzzTable(f *testing.F) {
	f.Add("h3,population\n8a415a000007fff,3\n")
	f.Add("h3;pop\n8a415a000007fff;3,5\n")
	f.Add("h3,population\n")
	f.Add("")
	f.Fuzz(func(t *testing.T, content string) {
		p, err := Read(t.Context(), file(t, "f.csv", content), orb.Bound{Min: orb.Point{-180, -90}, Max: orb.Point{180, 90}}, 4)
		if err == nil && !(p.Total > 0) {
			t.Fatalf("%g people without an error", p.Total)
		}
		var in *geo.InputError
		if err != nil && !errors.As(err, &in) {
			t.Fatalf("error without a place: %v", err)
		}
	})
}

func Example() {
	dir, err := os.MkdirTemp("", "population")
	if err != nil {
		panic(err)
	}
	defer func() { _ = os.RemoveAll(dir) }()
	path := filepath.Join(dir, "kontur.csv")
	// A cell of resolution 8 with 980 people: 49 hexes of resolution 10 with 20 each.
	if err := os.WriteFile(path, []byte("h3,population\n88415a0001fffff,980\n"), 0o600); err != nil {
		panic(err)
	}
	cell, err := hexgrid.Parse("88415a0001fffff")
	if err != nil {
		panic(err)
	}
	p, err := Read(context.Background(), path, cell.Boundary().Bound().Pad(0.01), 10)
	if err != nil {
		panic(err)
	}
	fmt.Printf("%.0f people in %d hexes, %.0f in the first\n", p.Total, len(p.Cells), p.Cells[cell.Children(10)[0]])
	// Output: 980 people in 49 hexes, 20 in the first
}
