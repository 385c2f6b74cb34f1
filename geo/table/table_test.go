package table

import (
	"errors"
	"math"
	"strconv"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"
)

func TestValue(t *testing.T) {
	for _, c := range []struct {
		column Column
		in     any
		want   any
		wrong  bool
	}{
		{in: nil},
		{in: "Nà Lừa", want: "Nà Lừa"},
		{in: "", want: ""},
		{in: "\xff", wrong: true},
		{in: 5, wrong: true},
		{column: Column{Type: Integer}, in: 5, want: int64(5)},
		{column: Column{Type: Integer}, in: int64(-5), want: int64(-5)},
		{column: Column{Type: Integer}, in: 5.0, wrong: true},
		{column: Column{Type: Number}, in: 5, wrong: true},
		{column: Column{Type: Number}, in: 0.1 + 0.2, want: 0.1 + 0.2},
		{column: Column{Type: Number, Decimals: 1}, in: -95.25, want: -95.2}, // a tie goes to the even digit
		{column: Column{Type: Number, Decimals: 1}, in: -0.04, want: 0.0},
		{column: Column{Type: Number}, in: math.NaN()},
		{column: Column{Type: Number, Decimals: 2}, in: math.Inf(-1)},
		{column: Column{Type: Boolean}, in: true, want: true},
		{column: Column{Type: Boolean}, in: "true", wrong: true},
		{column: Column{Type: Date}, in: "2025-08-31", want: "2025-08-31"},
		{column: Column{Type: Date}, in: ""},
		{column: Column{Type: Date}, in: "31/08/2025", wrong: true},
		{column: Column{Type: Date}, in: time.Date(2025, 8, 31, 23, 0, 0, 0, time.UTC), want: "2025-08-31"},
	} {
		got, err := c.column.Value(c.in)
		if c.wrong != errors.Is(err, ErrSchema) {
			t.Errorf("type %d, %v: error %v", c.column.Type, c.in, err)
		}
		if d := cmp.Diff(c.want, got); d != "" {
			t.Errorf("type %d, %v: %s", c.column.Type, c.in, d)
		}
		if x, ok := got.(float64); ok && math.Signbit(x) && x == 0 {
			t.Errorf("%v gives a negative zero", c.in)
		}
	}
}

// Rounding gives what the digits say, bit for bit, in the middle between two and beside
// it too.
func TestRounded(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		decimals := rapid.IntRange(1, 12).Draw(t, "decimals")
		x := rapid.OneOf(
			rapid.Float64(), rapid.Float64Range(-200, 200),
			rapid.Map(rapid.Int64Range(-1e13, 1e13), func(n int64) float64 { return (float64(n) + 0.5) / math.Pow10(decimals) }),
		).Draw(t, "x")
		x = rapid.SampledFrom([]float64{x, math.Nextafter(x, math.Inf(1)), math.Nextafter(x, math.Inf(-1))}).Draw(t, "beside")
		want, err := strconv.ParseFloat(strconv.FormatFloat(x, 'f', decimals, 64), 64)
		if err != nil {
			t.Fatal(err)
		}
		if got := rounded(x, decimals); got != want {
			t.Errorf("%v to %d decimals is %v, want %v", x, decimals, got, want)
		}
	})
}

func TestValidate(t *testing.T) {
	ok := Layer{Name: "coverage_2", Columns: []Column{{Name: "tên"}, {Name: "n", Type: Integer}}}
	if err := ok.Validate(); err != nil {
		t.Error(err)
	}
	for _, l := range []Layer{
		{}, {Name: "2g"}, {Name: "Coverage"}, {Name: `a"b`}, {Name: "a-b"},
		{Name: "a", Columns: []Column{{}}},
		{Name: "a", Columns: []Column{{Name: "Class"}, {Name: "class"}}},
		{Name: "a", Columns: []Column{{Name: "x", Type: Date + 1}}},
		{Name: "a", Columns: []Column{{Name: "x", Decimals: -1}}},
	} {
		if err := l.Validate(); !errors.Is(err, ErrSchema) {
			t.Errorf("%+v: %v", l, err)
		}
	}
}
