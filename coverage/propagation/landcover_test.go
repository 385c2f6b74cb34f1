package propagation

import (
	"errors"
	"math"
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/goccy/go-yaml"
	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/covgap/covgap/geo/terrain"
)

func mustHeights(t testing.TB, c LandCover, surface terrain.Surface) *ClutterHeights {
	t.Helper()
	h, err := c.Heights(surface)
	if err != nil {
		t.Fatal(err)
	}
	return h
}

// The default table's heights are those of the recommendation for its categories.
func TestWorldCoverTable(t *testing.T) {
	c := WorldCover()
	if err := c.Validate(); err != nil {
		t.Fatal(err)
	}
	for _, class := range c.Classes {
		if class.HeightM != class.Category.ProfileHeightM() || class.Source == "" || class.Name == "" {
			t.Errorf("class %d: %+v", class.Code, class)
		}
	}
	// P.1812-8 Table 2.
	for category, want := range map[ClutterCategory]float64{WaterClutter: 0, OpenClutter: 0, SuburbanClutter: 10,
		UrbanClutter: 15, ForestClutter: 15, DenseUrbanClutter: 20} {
		if got := category.ProfileHeightM(); got != want {
			t.Errorf("%s: %g m, want %g", category, got, want)
		}
	}
}

func TestLandCoverIsYAML(t *testing.T) {
	text, err := yaml.Marshal(WorldCover())
	if err != nil {
		t.Fatal(err)
	}
	var back LandCover
	if err := yaml.NewDecoder(strings.NewReader(string(text)), yaml.Strict()).Decode(&back); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(WorldCover(), back); diff != "" {
		t.Errorf("written and read back (-want +got):\n%s", diff)
	}
	edited := "classes:\n- {code: 10, name: rain forest, category: forest, height_m: 20, source: P.452-16}\nadd_on_dsm: true\n"
	if err := yaml.NewDecoder(strings.NewReader(edited), yaml.Strict()).Decode(&back); err != nil {
		t.Fatal(err)
	}
	if got := mustHeights(t, back, terrain.DSM).HeightM(10); got != 20 {
		t.Errorf("edited height: %g m, want 20", got)
	}
}

func TestLandCoverErrors(t *testing.T) {
	forest := CoverClass{Code: 10, Name: "trees", Category: ForestClutter, HeightM: 15}
	for _, tt := range []struct {
		name, says string
		classes    []CoverClass
	}{
		{"no classes", "without classes", nil},
		{"twice", "class 10 is given twice", []CoverClass{forest, forest}},
		{"category", `category "jungle"`, []CoverClass{{Code: 10, Category: "jungle"}}},
		{"below ground", "height of -1 m", []CoverClass{{Code: 10, Category: OpenClutter, HeightM: -1}}},
		{"in the clouds", "height of 1500 m", []CoverClass{{Code: 10, Category: OpenClutter, HeightM: 1500}}},
		{"height missing", "height of NaN m", []CoverClass{{Code: 10, Category: OpenClutter, HeightM: math.NaN()}}},
	} {
		_, err := LandCover{Classes: tt.classes}.Heights(terrain.DTM)
		if !errors.Is(err, ErrLandCover) || !strings.Contains(err.Error(), tt.says) {
			t.Errorf("%s: %v, want ErrLandCover with %q", tt.name, err, tt.says)
		}
	}
	if _, err := WorldCover().Heights("dem"); !errors.Is(err, ErrLandCover) {
		t.Errorf("surface dem: %v, want ErrLandCover", err)
	}
	h := mustHeights(t, WorldCover(), terrain.DTM)
	p := &Profile{DistanceM: []float64{0, 50, 100}}
	if err := h.Apply(p, []uint8{10, 10}, 0); !errors.Is(err, ErrProfile) {
		t.Errorf("two classes for three samples: %v, want ErrProfile", err)
	}
	if err := h.Apply(p, []uint8{10, 11, 10}, 0); !errors.Is(err, ErrLandCover) || !strings.Contains(err.Error(), "class 11 at 50 m") {
		t.Errorf("class 11: %v, want ErrLandCover with its place", err)
	}
}

func TestApplyLandCover(t *testing.T) {
	hedges := WorldCover()
	hedges.Classes[2].HeightM = 3 // shrubland, open
	asked := hedges
	asked.AddOnDSM = true
	codes := []uint8{10, 10, 50, 20, 80, 95, 10, 50}
	for _, tt := range []struct {
		name      string
		cover     LandCover
		surface   terrain.Surface
		clearingM float64
		want      []float64
	}{
		{"bare earth", hedges, terrain.DTM, 0, []float64{15, 15, 10, 3, 0, 15, 15, 10}},
		{"cleared", hedges, terrain.DTM, 100, []float64{15, 15, 10, 3, 0, 0, 0, 10}},
		{"a surface model has trees and roofs", hedges, terrain.DSM, 100, []float64{0, 0, 0, 3, 0, 0, 0, 0}},
		{"unless asked", asked, terrain.DSM, 100, []float64{15, 15, 10, 3, 0, 0, 0, 10}},
	} {
		p := &Profile{}
		for i := range codes {
			p.DistanceM = append(p.DistanceM, 50*float64(i))
		}
		if err := mustHeights(t, tt.cover, tt.surface).Apply(p, codes, tt.clearingM); err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(tt.want, p.ClutterM); diff != "" {
			t.Errorf("%s (-want +got):\n%s", tt.name, diff)
		}
	}
}

// A forest between the ends costs something where its trees stand in the way, and
// nothing on a surface model.
func TestForestOnThePath(t *testing.T) {
	forest := func(surface terrain.Surface, clearingM float64) float64 {
		p := &Profile{}
		var codes []uint8
		for i := range 101 {
			p.DistanceM = append(p.DistanceM, 50*float64(i))
			p.TerrainM = append(p.TerrainM, 300)
			codes = append(codes, 10)
		}
		if err := mustHeights(t, WorldCover(), surface).Apply(p, codes, clearingM); err != nil {
			t.Fatal(err)
		}
		p.ClutterM[100] = 0 // the receiver's own sample is the same in all
		return mustLoss(t, P1812{}, p, Link{FrequencyMHz: 900, TxHeightM: 40, RxHeightM: 1.5, Tx: caoBang, Rx: caoBang}).LossDB
	}
	beside, cleared, none := forest(terrain.DTM, 0), forest(terrain.DTM, 100), forest(terrain.DSM, 0)
	if !(beside > cleared+3 && cleared > none+3) {
		t.Errorf("trees beside the receiver %g dB, cleared to 100 m %g dB, on a surface model %g dB", beside, cleared, none)
	}
}

// Clearing never adds clutter, and what is not cleared is the table's.
func TestApplyProperties(t *testing.T) {
	c := WorldCover()
	h := mustHeights(t, c, terrain.DTM)
	rapid.Check(t, func(t *rapid.T) {
		n := rapid.IntRange(2, 60).Draw(t, "samples")
		clearingM := rapid.Float64Range(0, 2000).Draw(t, "clearing, m")
		p := &Profile{}
		var codes []uint8
		for i := range n {
			p.DistanceM = append(p.DistanceM, 30*float64(i))
			codes = append(codes, rapid.SampledFrom(c.Classes).Draw(t, "class").Code)
		}
		if err := h.Apply(p, codes, clearingM); err != nil {
			t.Fatal(err)
		}
		for i, got := range p.ClutterM {
			want := h.HeightM(codes[i])
			if i < n-1 && p.LengthM()-p.DistanceM[i] <= clearingM {
				want = 0
			}
			if got != want {
				t.Errorf("sample %d of %d: %g m, want %g", i, n, got, want)
			}
		}
	})
}

func TestApplyDoesNotAllocate(t *testing.T) {
	h := mustHeights(t, WorldCover(), terrain.DTM)
	p := mountains(rand.New(rand.NewPCG(1, 1)), 223, 90, true)
	codes := make([]uint8, 223)
	if n := testing.AllocsPerRun(100, func() {
		if err := h.Apply(p, codes, 100); err != nil {
			t.Fatal(err)
		}
	}); n != 0 {
		t.Errorf("%g allocations a path", n)
	}
}
