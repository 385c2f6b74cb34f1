package sight_test

import (
	"errors"
	"fmt"
	"math"
	"testing"

	"github.com/covgap/covgap/coverage/propagation"
	"github.com/covgap/covgap/coverage/sight"
	"pgregory.net/rapid"
)

func ExampleBetween() {
	path := &propagation.Profile{
		DistanceM: []float64{0, 1000, 2000, 3000, 4000},
		TerrainM:  []float64{600, 480, 720, 510, 450},
	}
	view, err := sight.Between(path, propagation.Link{FrequencyMHz: 900, TxHeightM: 40, RxHeightM: 1.5})
	if err != nil {
		panic(err)
	}
	ridge := view.Samples[view.Worst]
	fmt.Printf("clear: %t; %.0f m at %.0f m stand %.1f m above the line, %.1f radii of the first Fresnel zone\n",
		view.Clear(), ridge.GroundM, ridge.DistanceM, -ridge.ClearanceM, -view.FresnelClearance())
	// Output:
	// clear: false; 720 m at 2000 m stand 174.5 m above the line, 9.6 radii of the first Fresnel zone
}

// Figures worked out by hand.
func TestBetween(t *testing.T) {
	flat := &propagation.Profile{DistanceM: []float64{0, 10e3, 20e3, 40e3}, TerrainM: []float64{0, 0, 0, 0}}
	v, err := sight.Between(flat, propagation.Link{FrequencyMHz: 299.792458, TxHeightM: 100, RxHeightM: 60})
	if err != nil {
		t.Fatal(err)
	}
	// d²/8a over 8494.667 km; √(λd/4) with λ = 1 m.
	middle := v.Samples[2]
	want := sight.Sample{DistanceM: 20e3, BulgeM: 23.544, RayM: 80, FresnelM: 100, ClearanceM: 56.456}
	near := func(a, b float64) bool { return math.Abs(a-b) < 1e-3 } // the figures above have three decimals
	if !near(middle.BulgeM, want.BulgeM) || middle.RayM != want.RayM || !near(middle.FresnelM, want.FresnelM) || !near(middle.ClearanceM, want.ClearanceM) {
		t.Errorf("middle %+v, want %+v", middle, want)
	}
	if v.Worst != 2 || !v.Clear() || !near(v.FresnelClearance(), 0.56456) || !near(v.Nu(), -0.7984) {
		t.Errorf("worst %d, clear %t, %.5f radii, ν %.5f", v.Worst, v.Clear(), v.FresnelClearance(), v.Nu())
	}
	if end := v.Samples[3]; end.BulgeM != 0 || end.FresnelM != 0 || end.ClearanceM != 60 {
		t.Errorf("receiver's end %+v", end)
	}
}

// Clutter stands in the way between the ends, and nowhere else.
func TestBetweenClutter(t *testing.T) {
	p := &propagation.Profile{DistanceM: []float64{0, 100, 200}, TerrainM: []float64{50, 50, 50}, ClutterM: []float64{30, 20, 30}}
	v, err := sight.Between(p, propagation.Link{FrequencyMHz: 900, TxHeightM: 10, RxHeightM: 10})
	if err != nil {
		t.Fatal(err)
	}
	if v.Clear() || v.Samples[0].SurfaceM != 50 || v.Samples[1].SurfaceM != 70 || v.Samples[1].GroundM != 50 || v.Samples[2].SurfaceM != 50 {
		t.Errorf("%+v", v)
	}
}

func TestBetweenErrors(t *testing.T) {
	p := &propagation.Profile{DistanceM: []float64{0, 100}, TerrainM: []float64{50, math.NaN()}}
	if _, err := sight.Between(p, propagation.Link{FrequencyMHz: 900}); !errors.Is(err, propagation.ErrProfile) {
		t.Errorf("missing terrain: error %v", err)
	}
	p.TerrainM[1] = 50
	if _, err := sight.Between(p, propagation.Link{}); !errors.Is(err, propagation.ErrLink) {
		t.Errorf("no frequency: error %v", err)
	}
	v, err := sight.Between(p, propagation.Link{FrequencyMHz: 900})
	if err != nil || !v.Clear() || !math.IsInf(v.FresnelClearance(), 1) {
		t.Errorf("two samples: %+v, error %v", v, err)
	}
}

// Seen from the other end the path is the same, and its worst sample has the
// diffraction parameter that the models take from a path in line of sight.
func TestBetweenProperties(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		n := rapid.IntRange(3, 40).Draw(t, "samples")
		p := &propagation.Profile{DistanceM: make([]float64, n), TerrainM: make([]float64, n)}
		back := &propagation.Profile{DistanceM: make([]float64, n), TerrainM: make([]float64, n)}
		for i := range n {
			p.DistanceM[i] = 100 * float64(i)
			p.TerrainM[i] = float64(rapid.IntRange(0, 200).Draw(t, "height"))
		}
		for i := range n {
			back.DistanceM[i], back.TerrainM[i] = p.DistanceM[i], p.TerrainM[n-1-i]
		}
		l := propagation.Link{FrequencyMHz: 900, TxHeightM: 150, RxHeightM: 40, Explain: true}
		v, err := sight.Between(p, l)
		if err != nil {
			t.Fatal(err)
		}
		reverse := l
		reverse.TxHeightM, reverse.RxHeightM = l.RxHeightM, l.TxHeightM
		w, err := sight.Between(back, reverse)
		if err != nil {
			t.Fatal(err)
		}
		if v.Clear() != w.Clear() || math.Abs(v.Nu()-w.Nu()) > 1e-9 { // rounding of sums of metres
			t.Fatalf("forth ν %g, back %g", v.Nu(), w.Nu())
		}
		if !v.Clear() {
			return
		}
		res, err := propagation.P526{}.Loss(p, l)
		if err != nil {
			t.Fatal(err)
		}
		for _, q := range res.Intermediates {
			if q.Name == "nu" && math.Abs(q.Value-v.Nu()) > 1e-9 {
				t.Fatalf("ν %g, that of P.526 %g", v.Nu(), q.Value)
			}
		}
	})
}
