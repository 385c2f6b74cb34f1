package coverage_test

import (
	"math"
	"testing"

	"github.com/covgap/covgap/coverage"
	"pgregory.net/rapid"
)

// Milliwatts are within 1e-9 of the power of ten.
func TestMilliwattsOf(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		dbm := rapid.Float64Range(-3000, 3000).Draw(t, "dBm")
		got, want := coverage.MilliwattsOf(dbm), math.Pow(10, dbm/10)
		if !(math.Abs(got/want-1) <= 1e-9) {
			t.Errorf("%v dBm: %v mW, want %v", dbm, got, want)
		}
	})
	for _, tt := range []struct{ dbm, want float64 }{
		{0, 1}, {math.Inf(-1), 0}, {math.Inf(1), math.Inf(1)}, {-3001, 0}, {3001, math.Inf(1)},
	} {
		if got := coverage.MilliwattsOf(tt.dbm); got != tt.want {
			t.Errorf("%v dBm: %v mW, want %v", tt.dbm, got, tt.want)
		}
	}
	if got := coverage.MilliwattsOf(math.NaN()); !math.IsNaN(got) {
		t.Errorf("NaN dBm: %v mW", got)
	}
}

func TestAtan(t *testing.T) {
	for _, slope := range []float64{0, 1e-9, 0.003, 0.05, 0.0999999, 0.1, 0.1000001, 0.7, 30, math.Inf(1)} {
		for _, s := range []float64{slope, -slope} {
			// One unit in the last place of 0.1 is 1.4e-17; of larger ones it is math.Atan.
			if got, want := coverage.Atan(s), math.Atan(s); math.Abs(got-want) > 1e-16 {
				t.Errorf("Atan(%g) = %g, want %g", s, got, want)
			}
		}
	}
	if got := coverage.Atan(math.NaN()); !math.IsNaN(got) {
		t.Errorf("Atan(NaN) = %g", got)
	}
}

// Logarithms are within 1e-12 of math.Log, also where one table ends and begins anew.
func TestLog(t *testing.T) {
	check := func(t interface{ Errorf(string, ...any) }, x float64) {
		if got, want := coverage.Log(x), math.Log(x); !(math.Abs(got-want) <= 1e-12) && got != want {
			t.Errorf("Log(%g) = %g, want %g", x, got, want)
		}
	}
	for _, x := range []float64{1, math.Nextafter(1, 0), math.Nextafter(2, 0), 2, 0x1p-1022, 0x1p-1030, math.MaxFloat64, math.Inf(1), 0} {
		check(t, x)
	}
	rapid.Check(t, func(t *rapid.T) {
		check(t, math.Exp(rapid.Float64Range(-700, 700).Draw(t, "ln")))
	})
	for _, x := range []float64{math.NaN(), -1} {
		if got := coverage.Log(x); !math.IsNaN(got) {
			t.Errorf("Log(%g) = %g", x, got)
		}
	}
}
