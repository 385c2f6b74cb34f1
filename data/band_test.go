package data

import (
	"math"
	"testing"
)

// A channel is 100 kHz (3GPP TS 36.101 §5.7.3), so the numbers of a band count its
// width, and no number belongs to two bands.
func TestEUTRABands(t *testing.T) {
	for i, b := range eutraBands {
		if width := float64(b.last-b.first+1) / 10; math.Abs(width-(b.highMHz-b.lowMHz)) > 1e-6 {
			t.Errorf("band %d: %g MHz by its channels, %g by its edges", b.band, width, b.highMHz-b.lowMHz)
		}
		if i > 0 && b.first <= eutraBands[i-1].last {
			t.Errorf("band %d begins within band %d", b.band, eutraBands[i-1].band)
		}
	}
}

// The outermost UARFCN lie 2.4 MHz inside their band, half a carrier of 5 MHz
// rounded to the raster of 200 kHz (3GPP TS 25.101 Table 5.2), so the same bands of
// E-UTRA hold them.
func TestUTRABands(t *testing.T) {
	for _, b := range utraBands {
		low, high := b.offsetMHz+float64(b.first)/5, b.offsetMHz+float64(b.last)/5
		found := false
		for _, e := range eutraBands {
			found = found || math.Abs(low-2.4-e.lowMHz) < 0.11 && math.Abs(high+2.4-e.highMHz) < 0.11
		}
		if !found {
			t.Errorf("%d to %d: %g to %g MHz are no band", b.first, b.last, low, high)
		}
	}
}
