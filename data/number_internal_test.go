package data

import "testing"

func TestParseDate(t *testing.T) {
	for text, want := range map[string]string{
		"2025-08-31": "2025-08-31", "2025-08": "2025-08", "2025": "2025", "31/08/2025": "2025-08-31", "8/2025": "2025-08", "31-8-2025": "2025-08-31",
		// GDAL writes date-times so, with a zone or without.
		"2025-05-03T00:00:00": "2025-05-03", "2025-05-03T08:24:01.5Z": "2025-05-03", "2025-05-03T08:24:01+07:00": "2025-05-03",
		"2025/05/03 00:00:00": "2025-05-03", "2025/05/03 08:24:01+07": "2025-05-03", "2025-05-03 08:24": "2025-05-03",
		"3/5/2025 15:04:05": "2025-05-03", "03/05/2025 3:04 PM": "2025-05-03", "45901": "2025-09-01",
		"2025-05-03T99:00:00": "", "2025 08:24": "", "2025-13-01T00:00:00": "", "T00:00:00": "", "hôm qua": "",
	} {
		got, e := parseDate(text)
		if got != want || (e == nil) != (want != "") {
			t.Errorf("%q: %q, %v; want %q", text, got, e, want)
		}
	}
}

// Where both marks stand the last parts the fraction.
func TestNumbersOfBothMarks(t *testing.T) {
	for text, want := range map[string]float64{
		"1.842,5": 1842.5, "1,842.5": 1842.5, "-12.345.678,25": -12345678.25, "1 842,5": 1842.5, "1\u00a0842.5": 1842.5, "+1,842.5": 1842.5,
	} {
		for _, commaFree := range []bool{false, true} {
			if got, e := parseNumber(text, commaFree); e != nil || got != want {
				t.Errorf("%q: %g, %v; want %g", text, got, e, want)
			}
		}
	}
	for _, text := range []string{"1.84,5", "1.842,5,5", "1.842.5", "1,842", "1.842.500"} {
		if got, e := parseNumber(text, false); e == nil {
			t.Errorf("%q is %g", text, got)
		}
	}
}
