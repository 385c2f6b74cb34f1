package geodesy

import (
	"testing"

	"github.com/paulmach/orb"
	"pgregory.net/rapid"
)

// Rays of a fan are those of NewRay.
func TestFan(t *testing.T) {
	for _, tt := range []struct {
		maxLatDeg, lengthM, withinM float64
	}{
		{70, 20e3, 1e-4}, {70, 100e3, 1e-4},
		// Sweeps reach up to 200 km, Line up to latitude 80.
		{80, 200e3, 0.1},
	} {
		rapid.Check(t, func(t *rapid.T) {
			p := orb.Point{
				rapid.Float64Range(-180, 180).Draw(t, "lon"),
				rapid.Float64Range(-tt.maxLatDeg, tt.maxLatDeg).Draw(t, "lat"),
			}
			azimuthDeg := rapid.Float64Range(0, 360).Draw(t, "azimuth")
			got, want := NewFan(p, tt.lengthM).Ray(azimuthDeg), NewRay(p, azimuthDeg, tt.lengthM)
			if got.LengthM != want.LengthM || got.AzimuthDeg != want.AzimuthDeg {
				t.Fatalf("a line of %v m toward %v°, want %v m and %v°", got.LengthM, got.AzimuthDeg, want.LengthM, want.AzimuthDeg)
			}
			for _, share := range []float64{0, 0.3, 0.5, 1} {
				d := share * tt.lengthM
				if off := Distance(got.At(d), want.At(d)); off > tt.withinM {
					t.Fatalf("%.2g m off at %v km", off, d/1000)
				}
			}
		})
	}
}

func BenchmarkFanRay(b *testing.B) {
	f := NewFan(orb.Point{106.25, 22.66}, 20e3)
	for i := 0; b.Loop(); i++ {
		f.Ray(float64(i % 360))
	}
}
