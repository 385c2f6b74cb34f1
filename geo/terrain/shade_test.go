package terrain_test

import (
	"math"
	"testing"

	"github.com/covgap/covgap/geo/terrain"
	"pgregory.net/rapid"
)

func TestShade(t *testing.T) {
	if got := terrain.Shade(0, 0); math.Abs(got-terrain.LevelShade) > 1e-12 {
		t.Errorf("level ground %g; want %g", got, terrain.LevelShade)
	}
	// A slope of 45° that faces the main light rises to the south-east: it is lit straight
	// on, and the one behind it is the darkest.
	bright, dark := terrain.Shade(math.Sqrt2/2, -math.Sqrt2/2), terrain.Shade(-math.Sqrt2/2, math.Sqrt2/2)
	if bright != 1 || dark > 0.6 {
		t.Errorf("facing the light %g, facing away %g; want 1 and a dark shade", bright, dark)
	}
	rapid.Check(t, func(t *rapid.T) {
		slope := rapid.Float64Range(-20, 20)
		if got := terrain.Shade(slope.Draw(t, "east"), slope.Draw(t, "north")); !(got > 0 && got <= 1) {
			t.Errorf("brightness %g", got)
		}
	})
}

func TestExaggeration(t *testing.T) {
	for _, tc := range []struct{ slope, want float64 }{{0, 1}, {0.42, 1}, {0.21, 2}, {0.001, 8}, {3, 0.6}} {
		if got := terrain.Exaggeration(tc.slope * tc.slope); math.Abs(got-tc.want) > 1e-9 {
			t.Errorf("slopes of %g grow by %g; want %g", tc.slope, got, tc.want)
		}
	}
}
