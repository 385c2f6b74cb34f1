package crs

import (
	"testing"

	"github.com/paulmach/orb"
)

func TestVietnamZone(t *testing.T) {
	for _, c := range []struct {
		place string
		at    orb.Point
		want  string // of Circular 973/2001, beside the EPSG register's remarks on each zone
	}{
		{"Cao Bằng", orb.Point{106.08, 22.74}, "EPSG:9210"},
		{"Cao Bằng city", orb.Point{106.257, 22.666}, "EPSG:9210"},
		{"Bắc Kạn", orb.Point{105.83, 22.2}, "EPSG:9213"},
		{"Phú Thọ", orb.Point{105.13, 21.32}, "EPSG:9208"},
		{"Nghệ An", orb.Point{104.83, 19.2}, "EPSG:9208"},
		{"Hà Nội", orb.Point{105.7, 21.03}, "EPSG:5897"},
		{"Quảng Ngãi", orb.Point{108.6, 15.05}, "EPSG:5898"},
		{"Hồ Chí Minh", orb.Point{106.69, 10.76}, "EPSG:9210"},
		{"Bern", orb.Point{7.44, 46.95}, ""},
		{"the sea", orb.Point{112, 15}, ""},
	} {
		s, ok := VietnamZone(c.at)
		if ok != (c.want != "") || ok && s.Code() != c.want {
			t.Errorf("%s: %s, want %q", c.place, s.Code(), c.want)
		}
		if ok != s.IsVietnamZone() {
			t.Errorf("%s: %s is a zone: %v", c.place, s.Code(), s.IsVietnamZone())
		}
	}
	// Every meridian of the circular has a zone in the register.
	for _, p := range provinces {
		if _, ok := VietnamZone(p.middle); !ok {
			t.Errorf("%s has no zone", p.name)
		}
	}
}

func TestTag(t *testing.T) {
	for code, want := range map[string]string{"9210": "vn2000", "3405": "vn2000", "2056": "lv95", "32648": "utm48n", "3857": "mercator", "4326": "wgs84"} {
		s, err := Lookup(code)
		if err != nil {
			t.Fatal(err)
		}
		if got := s.Tag(); got != want {
			t.Errorf("EPSG:%s: %s, want %s", code, got, want)
		}
	}
}
