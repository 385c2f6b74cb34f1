package geo

import "testing"

func TestFold(t *testing.T) {
	for in, want := range map[string]string{
		"Kinh độ": "kinhdo", "SỐ HỘ": "soho", "antenna_height-m": "antennaheightm", "Đường": "duong", "": "",
	} {
		if got := Fold(in); got != want {
			t.Errorf("Fold(%q) = %q, want %q", in, got, want)
		}
	}
}

func TestNearest(t *testing.T) {
	names := []string{"longitude", "latitude", "site_id", "azimuth_deg"}
	for in, want := range map[string]string{
		"longtitude": "longitude", "Azimuth": "azimuth_deg", "siteid": "site_id", "xyz": "", "la": "",
	} {
		if got := Nearest(in, names); got != want {
			t.Errorf("Nearest(%q) = %q, want %q", in, got, want)
		}
	}
}

func TestInputErrorSaysPlaceFoundExpectedAndHint(t *testing.T) {
	e := &InputError{
		Pos:   Position{File: "sites.csv", Line: 3, Column: 7},
		Field: "latitude", Found: "105.7", Expected: "-90 to 90 degrees", Hint: "--swap-xy",
	}
	if got, want := e.Error(), "sites.csv:3:7: latitude: 105.7; expected -90 to 90 degrees (--swap-xy)"; got != want {
		t.Errorf("got  %s\nwant %s", got, want)
	}
}
