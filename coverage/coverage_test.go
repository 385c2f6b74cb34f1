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
