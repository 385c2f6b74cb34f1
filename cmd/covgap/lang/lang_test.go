package lang_test

import (
	"fmt"
	"math"
	"strconv"
	"strings"
	"testing"

	"github.com/covgap/covgap/cmd/covgap/lang"
	"pgregory.net/rapid"
)

func TestNumbers(t *testing.T) {
	for _, c := range []struct {
		v        float64
		decimals int
		en, vi   string
	}{
		{0, 0, "0", "0"},
		{999, 0, "999", "999"},
		{1217, 0, "1,217", "1.217"},
		{-1217, 0, "-1,217", "-1.217"},
		{1234567.891, 2, "1,234,567.89", "1.234.567,89"},
		{0.25, 1, "0.2", "0,2"},
		{-0.25, 2, "-0.25", "-0,25"},
		{-0.04, 1, "0.0", "0,0"},
		{-0.4, 1, "-0.4", "-0,4"},
		{99.96, 1, "100.0", "100,0"},
		{999.5, 0, "1,000", "1.000"},
		{math.Inf(1), 1, "+Inf", "+Inf"},
		{math.NaN(), 1, "NaN", "NaN"},
	} {
		if got := lang.English.Float(c.v, c.decimals); got != c.en {
			t.Errorf("English %v with %d decimals is %q, want %q", c.v, c.decimals, got, c.en)
		}
		if got := lang.Vietnamese.Float(c.v, c.decimals); got != c.vi {
			t.Errorf("Vietnamese %v with %d decimals is %q, want %q", c.v, c.decimals, got, c.vi)
		}
	}
	for _, n := range []int64{math.MinInt64, -1000, -999, 0, 1000, math.MaxInt64} {
		if got := strings.ReplaceAll(lang.English.Int(n), ",", ""); got != strconv.FormatInt(n, 10) {
			t.Errorf("Int(%d) is %q", n, lang.English.Int(n))
		}
	}
}

// Without its separators a number is what strconv writes, and the groups between
// them have three digits.
func TestSeparators(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		v := rapid.Float64Range(-1e15, 1e15).Draw(t, "v")
		decimals := rapid.IntRange(0, 6).Draw(t, "decimals")
		plain := strconv.FormatFloat(v, 'f', decimals, 64)
		if strings.Trim(plain, "-0.") == "" {
			plain = strings.TrimPrefix(plain, "-")
		}
		en := lang.English.Float(v, decimals)
		if got := strings.ReplaceAll(en, ",", ""); got != plain {
			t.Fatalf("%q is not %q with separators", en, plain)
		}
		if got := strings.NewReplacer(".", "", ",", ".").Replace(lang.Vietnamese.Float(v, decimals)); got != plain {
			t.Fatalf("%q is not %q with separators", lang.Vietnamese.Float(v, decimals), plain)
		}
		whole, _, _ := strings.Cut(strings.TrimPrefix(en, "-"), ".")
		for i, group := range strings.Split(whole, ",") {
			if len(group) > 3 || i > 0 && len(group) != 3 {
				t.Fatalf("groups of %q", en)
			}
		}
	})
}

func TestParse(t *testing.T) {
	for _, s := range []string{"en", "vi"} {
		if l, err := lang.Parse(s); err != nil || string(l) != s {
			t.Errorf("Parse(%q) gives %q, %v", s, l, err)
		}
	}
	for _, s := range []string{"", "EN", "vn", "fr"} {
		if _, err := lang.Parse(s); err == nil || !strings.Contains(err.Error(), "expected vi or en") {
			t.Errorf("Parse(%q) gives error %v", s, err)
		}
	}
}

func TestMixed(t *testing.T) {
	for in, want := range map[string]string{"0.2 (GSM)": "0,2 (GSM)", "-138.7": "-138,7", "10": "10", "1.2.3": "1.2.3", "T0.5x": "T0.5x"} {
		if got := lang.Vietnamese.Mixed(in); got != want {
			t.Errorf("%q is %q, want %q", in, got, want)
		}
		if got := lang.English.Mixed(in); got != in {
			t.Errorf("English %q becomes %q", in, got)
		}
	}
}

func ExampleLang_T() {
	for _, l := range []lang.Lang{lang.English, lang.Vietnamese} {
		fmt.Printf(l.T("%s sites\n", "%s trạm\n"), l.Int(1217))
	}
	// Output:
	// 1,217 sites
	// 1.217 trạm
}
