package geodesy

import (
	"math"
	"testing"

	"github.com/paulmach/orb"
	"pgregory.net/rapid"
)

// Local is compared with Inverse over the distances its comment names.
func TestLocal(t *testing.T) {
	for _, tc := range []struct{ reachM, distanceTolM, acrossTolM float64 }{
		{50_000, 2e-5, 3e-3},
		{200_000, 1e-2, 0.2},
	} {
		worstM, worstAcrossM := 0.0, 0.0
		rapid.Check(t, func(t *rapid.T) {
			p := anywhere(85).Draw(t, "p")
			lengthM := rapid.Float64Range(1, tc.reachM).Draw(t, "length")
			q := Destination(p, rapid.Float64Range(0, 360).Draw(t, "azimuth"), lengthM)
			local := NewLocal(p)
			c := ToCartesian(q)
			distanceM, azimuthDeg := local.Inverse(&c)
			wantM, wantDeg := Inverse(p, q)
			worstM = max(worstM, math.Abs(distanceM-wantM))
			acrossM := math.Abs(math.Remainder(azimuthDeg-wantDeg, 360)) * math.Pi / 180 * wantM
			worstAcrossM = max(worstAcrossM, acrossM)
			if azimuthDeg < 0 || azimuthDeg >= 360 {
				t.Fatalf("azimuth %v", azimuthDeg)
			}
			if chord := math.Sqrt(local.Chord2M2(&c)); chord > wantM+1e-8 { // rounding of metres from the Earth's centre
				t.Fatalf("chord %v m, geodesic %v m", chord, wantM)
			}
			if math.Abs(distanceM-wantM) > tc.distanceTolM || acrossM > tc.acrossTolM {
				t.Fatalf("%v m at %v°, want %v m at %v°: %.2g m and %.2g m off",
					distanceM, azimuthDeg, wantM, wantDeg, distanceM-wantM, acrossM)
			}
		})
		t.Logf("up to %g km: distance within %.2g m, across %.2g m", tc.reachM/1000, worstM, worstAcrossM)
	}
	caoBang := orb.Point{106.26, 22.67}
	local := NewLocal(caoBang)
	c := ToCartesian(caoBang)
	if d, a := local.Inverse(&c); d != 0 || a != 0 {
		t.Errorf("to itself: %v m at %v°", d, a)
	}
}

// A direction's azimuth is that of math.Atan2 up to a few roundings of 360, of which one
// is 5.7e-14.
func TestAzimuthOf(t *testing.T) {
	check := func(t interface{ Errorf(string, ...any) }, east, north float64) {
		got, want := azimuthOfDeg(east, north), math.Atan2(east, north)*180/math.Pi
		if off := math.Abs(math.Remainder(got-want, 360)); !(off <= 2e-13) || got < 0 || got >= 360 {
			t.Errorf("%v east, %v north: %v°, want %v°", east, north, got, want)
		}
	}
	for _, e := range []float64{0, 1, -1, 1e-300, -1e-300, 63, 64} {
		for _, n := range []float64{1, -1, 64, 0.5, 1e-12} {
			check(t, e, n)
		}
	}
	rapid.Check(t, func(t *rapid.T) {
		metres := rapid.Float64Range(-2e5, 2e5)
		check(t, metres.Draw(t, "east"), 1e-6+metres.Draw(t, "north"))
	})
}
