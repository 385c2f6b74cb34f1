package lang_test

import (
	"strings"
	"testing"

	"github.com/covgap/covgap/cmd/covgap/lang"
)

func TestSay(t *testing.T) {
	for _, c := range []struct{ en, vi string }{
		{"convention of this program: 2×2 MIMO for LTE, 4×4 for NR", "quy ước của chương trình: MIMO 2×2 với LTE, 4×4 với NR"},
		{"no column id; generated from the row's number", "không có cột id; tạo từ số thứ tự dòng"},
		{"data: open a.csv: no such file or directory", "không mở được a.csv: không có tệp hoặc thư mục này"},
		{`unknown flag: --tragets; did you mean --targets?; see "covgap plan --help"`, `không có cờ --tragets; có phải là --targets?; xem "covgap plan --help"`},
		{"3GPP TR 36.814 Table A.2.1.1-2", "3GPP TR 36.814 Table A.2.1.1-2"}, // a name
		{"", ""},
	} {
		if got := lang.Vietnamese.Say(c.en); got != c.vi {
			t.Errorf("%q is %q, want %q", c.en, got, c.vi)
		}
		if got := lang.English.Say(c.en); got != c.en {
			t.Errorf("English %q becomes %q", c.en, got)
		}
	}
}

// What a phrase has filled in comes back whole, however it looks.
func FuzzSay(f *testing.F) {
	f.Add("a %s b")
	f.Add("x\ny")
	f.Fuzz(func(t *testing.T, s string) {
		if s == "" || lang.Vietnamese.Say(s) != s || strings.Contains(s, "%s") {
			return // a phrase itself
		}
		if got := lang.Vietnamese.Say("no column " + s); strings.HasPrefix(got, "không có cột ") && !strings.Contains(s, ";") && got != "không có cột "+s {
			t.Errorf("%q becomes %q", s, got)
		}
	})
}
