package run

import (
	"io"
	"math"
	"slices"
	"testing"

	"github.com/covgap/covgap/cmd/covgap/lang"
	"github.com/covgap/covgap/cmd/covgap/progress"
	"github.com/covgap/covgap/cmd/covgap/project"
	"github.com/covgap/covgap/coverage"
	"github.com/covgap/covgap/coverage/cause"
	"github.com/covgap/covgap/coverage/criterion"
	"github.com/covgap/covgap/coverage/merge"
	"github.com/covgap/covgap/coverage/propagation"
	"github.com/covgap/covgap/coverage/sweep"
	"github.com/covgap/covgap/data"
	"github.com/covgap/covgap/data/habitat"
	"github.com/covgap/covgap/geo/geodesy"
	"github.com/covgap/covgap/geo/hexgrid"
	"github.com/covgap/covgap/geo/terrain"
	"github.com/paulmach/orb"
)

// covered makes a coverage of cells in which class says what each is.
func covered(t *testing.T, cells []hexgrid.Cell, class func(c hexgrid.Cell) data.Class) *Coverage {
	t.Helper()
	g, err := merge.NewGrid(cells)
	if err != nil {
		t.Fatal(err)
	}
	h := &criterion.Hexes{Class: make([]data.Class, g.Len()), Layer: make([]int16, g.Len()), MarginCentiDB: make([]coverage.CentiDB, g.Len())}
	for i, c := range g.Cells() {
		h.Class[i], h.Layer[i], h.MarginCentiDB[i] = class(c), -1, coverage.NoValue
	}
	return &Coverage{Grid: g, Hexes: h}
}

func at(t *testing.T, lon, lat float64, resolution int) hexgrid.Cell {
	t.Helper()
	c, err := hexgrid.At(orb.Point{lon, lat}, resolution)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// A grid beyond the limit is shown by its parents, each with the class that most of
// its hexes have.
func TestDisplay(t *testing.T) {
	parent := at(t, 106.25, 22.65, 4)
	cells := parent.Children(10)
	if len(cells) <= DisplayHexes {
		t.Fatalf("%d hexes are too few", len(cells))
	}
	// Of the seven children of each parent the first three are served, the next two
	// weak and the last two without signal; of every third parent the first three are weak.
	weak := func(c hexgrid.Cell) bool { return slices.Index(c.Parent(8).Children(9), c)%3 == 0 }
	c := covered(t, cells, func(c hexgrid.Cell) data.Class {
		p := c.Parent(9)
		switch k := slices.Index(p.Children(10), c); {
		case k < 3 && weak(p):
			return data.Weak
		case k < 3:
			return data.Served
		case k < 5:
			return data.Weak
		}
		return data.None
	})
	hexes, resolution := c.shown()
	if resolution != 9 || len(hexes) != len(cells)/7 {
		t.Fatalf("%d hexes of resolution %d, want %d of 9", len(hexes), resolution, len(cells)/7)
	}
	for i, h := range hexes {
		if i > 0 && h.Cell <= hexes[i-1].Cell {
			t.Fatal("hexes are not in order")
		}
		if c.Grid.Cells()[h.Index].Parent(9) != h.Cell {
			t.Fatalf("%s is shown with the values of a hex outside it", h.Cell)
		}
		want := data.Served
		if weak(h.Cell) {
			want = data.Weak
		}
		if got := c.Hexes.Class[h.Index]; got != want {
			t.Fatalf("%s is shown as %s, want %s", h.Cell, got, want)
		}
	}

	// A grid within the limit is shown as it is.
	small := covered(t, cells[:DisplayHexes/2], func(hexgrid.Cell) data.Class { return data.Weak })
	if hexes, resolution := small.shown(); resolution != 10 || len(hexes) != DisplayHexes/2 {
		t.Errorf("%d hexes of resolution %d", len(hexes), resolution)
	}
}

// Of classes equally frequent the worse is shown.
func TestDisplayTies(t *testing.T) {
	cells := at(t, 106.25, 22.65, 9).Children(10)
	class := map[hexgrid.Cell]data.Class{}
	for i, c := range cells[:6] {
		class[c] = []data.Class{data.Served, data.Weak}[i%2]
	}
	c := covered(t, cells[:6], func(c hexgrid.Cell) data.Class { return class[c] })
	if got := c.Hexes.Class[c.Typical(0, 6)]; got != data.Weak {
		t.Errorf("shown as %s", got)
	}
}

// Gaps are ranked by the people without service; targets follow what is declared
// where anything is.
func TestFindGaps(t *testing.T) {
	served, none := at(t, 106.20, 22.60, 9), at(t, 106.30, 22.60, 9)
	c := covered(t, []hexgrid.Cell{served, none}, func(c hexgrid.Cell) data.Class {
		if c == served {
			return data.Served
		}
		return data.None
	})
	village := func(id string, people, servedShare float64, declared data.Class, grid data.Presence) {
		c.Places = append(c.Places, criterion.Place{
			Village: &data.Village{ID: id, Population: people, Declared: declared, GridPower: grid},
			Hexes:   []habitat.WeightedHex{{Cell: served, Weight: servedShare}, {Cell: none, Weight: 1 - servedShare}},
			Center:  served,
		})
	}
	village("a", 100, 1, data.None, data.Yes)
	village("b", 100, 0.5, data.Served, data.No)
	village("d", 80, 0, data.None, data.No)
	village("c", 80, 0, data.Weak, data.Yes)
	r := New(project.Default(), Options{Lang: lang.English, Reporter: progress.New(progress.None, io.Discard)})
	r.Coverage, r.Inputs = c, &Inputs{}
	var err error
	c.Params = sweep.Params{
		Terrain:   &terrain.Grid{West: 106, North: 23, StepLon: 1, StepLat: 1, Width: 2, Height: 2, HeightsM: make([]float32, 4)},
		RxHeightM: 1.5, RadiusM: 1000, Resolution: 9,
	}
	if c.Params.Model, err = propagation.Lookup("p1812"); err != nil {
		t.Fatal(err)
	}
	for i := range c.Places {
		r.Inputs.Villages = append(r.Inputs.Villages, *c.Places[i].Village)
	}
	for _, k := range []struct {
		targets string
		want    Targets
		ids     string
	}{
		{"", Declared, "adc"}, {"declared", Declared, "adc"}, {"computed", Computed, "bdc"}, {"both", Both, "abdc"},
	} {
		r.Project.Plan.Targets = k.targets
		if err := r.FindGaps(t.Context()); err != nil {
			t.Fatal(err)
		}
		if err := r.FindCauses(t.Context()); err != nil {
			t.Fatal(err)
		}
		ranked, targets := "", ""
		for _, i := range r.Gaps.Ranked {
			ranked += c.Places[i].Village.ID
		}
		for i := range c.Places {
			if r.Gaps.target(c, i) {
				targets += c.Places[i].Village.ID
			}
		}
		if ranked != "cdb" { // 80, 80 and 50 people; of equals by id
			t.Errorf("ranked %s", ranked)
		}
		if r.Gaps.Targets != k.want || targets != k.ids {
			t.Errorf("targets %q: %s %s, want %s %s", k.targets, r.Gaps.Targets, targets, k.want, k.ids)
		}
		for i := range c.Places { // there is no mast at all
			if want := map[bool]cause.Cause{true: cause.OutOfRange}[r.Gaps.Verdicts[i].Gap()]; r.Gaps.Causes[i].Cause != want {
				t.Errorf("%s: cause %q, want %q", c.Places[i].Village.ID, r.Gaps.Causes[i].Cause, want)
			}
		}
		if r.Gaps.WithoutGrid != 2 {
			t.Errorf("%d gaps without grid power, want 2", r.Gaps.WithoutGrid)
		}
	}
	for i := range r.Inputs.Villages {
		r.Inputs.Villages[i].Declared = ""
	}
	r.Project.Plan.Targets = ""
	if err := r.FindGaps(t.Context()); err != nil || r.Gaps.Targets != Computed {
		t.Errorf("nothing declared: targets %s, %v", r.Gaps.Targets, err)
	}
}

// A village given as a point is drawn as a circle of its radius, counter-clockwise.
func TestOutline(t *testing.T) {
	center := orb.Point{106.25, 22.65}
	p, ok := Outline(&data.Village{Geometry: center, RadiusM: 700}).(orb.Polygon)
	if !ok || len(p) != 1 || len(p[0]) != circleSides+1 || !p[0].Closed() || p[0].Orientation() != orb.CCW {
		t.Fatalf("outline %v", p)
	}
	for _, q := range p[0] {
		if d := geodesy.Distance(center, q); math.Abs(d-700) > 0.001 { // both follow the ellipsoid to micrometres
			t.Errorf("%v lies %g m from the centre", q, d)
		}
	}
	square := orb.MultiPolygon{{{{106, 22}, {106.1, 22}, {106.1, 22.1}, {106, 22}}}}
	if got := Outline(&data.Village{Geometry: square}); !orb.Equal(got, square) {
		t.Errorf("outline of a polygon %v", got)
	}
}
