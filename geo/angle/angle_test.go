package angle

import (
	"math"
	"testing"
)

func TestRead(t *testing.T) {
	for _, c := range []struct {
		text string
		deg  float64
		axis rune
	}{
		{`105°24'00"E`, 105.4, 'E'}, {"105°24'00''E", 105.4, 'E'}, {"E 105° 24′ 0″", 105.4, 'E'}, {"22°39.25'N", 22 + 39.25/60, 'N'}, {"22°39'15\"B", 22 + 39.0/60 + 15.0/3600, 'N'},
		{"106°15'30\" Đ", 106 + 15.0/60 + 30.0/3600, 'E'}, {"106 độ 15 phút", 106.25, 0}, {"-22°30'", -22.5, 0}, {"22°30'S", -22.5, 'N'}, {"70°15'W", -70.25, 'E'},
		{"105°24'00,36\"", 105.4001, 0}, {"105,4°", 105.4, 0},
	} {
		deg, axis, ok := Read(c.text)
		if !ok || math.Abs(deg-c.deg) > 1e-12 || axis != c.axis { // bits of a sum of three parts
			t.Errorf("%q: %g, %c, %v; want %g, %c", c.text, deg, axis, ok, c.deg, c.axis)
		}
	}
	for _, text := range []string{"", "105", "105.4E", "105 24 00", "105°60'", "181°", "-22°30'S", "22°39'15\"N 106°15'30\"E", "105°24'X", "12°30'15\"10", "105°,24,", "°"} {
		if deg, axis, ok := Read(text); ok {
			t.Errorf("%q: %g, %c", text, deg, axis)
		}
	}
}

// Whatever is read is an angle.
func FuzzRead(f *testing.F) {
	for _, text := range []string{`105°24'00"E`, "22 độ 39 phút Bắc", "-1°,5", "NNN°"} {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		deg, axis, ok := Read(text)
		if ok && !(math.Abs(deg) <= 180) || axis != 0 && axis != 'N' && axis != 'E' {
			t.Errorf("%q: %g, %c", text, deg, axis)
		}
	})
}
