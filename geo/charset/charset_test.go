package charset_test

import (
	"errors"
	"testing"

	"github.com/covgap/covgap/geo/charset"
	"golang.org/x/text/transform"
)

// "Thục Phán" in three encodings; the bytes of TCVN3 are those of TCVN 5712:1993.
func TestLookup(t *testing.T) {
	const want = "Thục Phán"
	for _, c := range []struct {
		names []string
		bytes string
	}{
		{[]string{"windows-1258", "CP1258", "cp-1258", "1258", "ANSI 1258", "WINDOWS_1258", "win1258", "Windows-1258"}, "Thu\xf2c Pha\xecn"},
		{[]string{"TCVN3", "tcvn3", "ABC", "TCVN-5712"}, "Th\xf4c Ph\xb8n"},
		{[]string{"utf-16"}, "\xff\xfeT\x00h\x00\xe5\x1ec\x00 \x00P\x00h\x00\xe1\x00n\x00"},
	} {
		for _, name := range c.names {
			e, err := charset.Lookup(name)
			if err != nil || e == nil {
				t.Errorf("%s: %v", name, err)
				continue
			}
			if got, _, err := transform.String(charset.NewDecoder(e), c.bytes); err != nil || got != want {
				t.Errorf("%s: %q, %v", name, got, err)
			}
		}
	}
	for _, name := range []string{"CP1252", "cp-1252", "ISO-8859-1", "CP437", "28591", "latin1", "System"} {
		if e, err := charset.Lookup(name); err != nil || e == nil {
			t.Errorf("%s: %v, %v", name, e, err)
		}
	}
	for _, name := range []string{"UTF-8", "utf8", "65001", "CP65001"} {
		if e, err := charset.Lookup(name); err != nil || e != nil {
			t.Errorf("%s: %v, %v", name, e, err)
		}
	}
	for _, name := range []string{"", "KLINGON", "VNI", "CP99999"} {
		if _, err := charset.Lookup(name); !errors.Is(err, charset.ErrUnknown) {
			t.Errorf("%q: %v", name, err)
		}
	}
}

func TestIsVietnamese1258(t *testing.T) {
	for text, want := range map[string]bool{
		"Thu\xf2c Pha\xecn": true, "Xa\xde": true, "Ha\xf2 Lang": true,
		"Z\xfcrich": false, "Gen\xe8ve": false, "ASCII": false, "": false,
	} {
		if got := charset.IsVietnamese1258([]byte(text)); got != want {
			t.Errorf("%q: %v", text, got)
		}
	}
}

// Any bytes become UTF-8 without error, however they are cut.
func FuzzDecoder(f *testing.F) {
	f.Add("TCVN3", []byte("Th\xf4c Ph\xb8n"))
	f.Add("CP1258", []byte("Thu\xf2"))
	f.Fuzz(func(t *testing.T, name string, text []byte) {
		e, err := charset.Lookup(name)
		if err != nil || e == nil {
			return
		}
		if _, _, err := transform.Bytes(charset.NewDecoder(e), text); err != nil && name == "TCVN3" {
			t.Errorf("%q: %v", text, err)
		}
	})
}
