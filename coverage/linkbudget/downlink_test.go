package linkbudget

import (
	"errors"
	"math"
	"testing"

	"github.com/covgap/covgap/coverage"
	"github.com/covgap/covgap/data"
	"pgregory.net/rapid"
)

func TestNoise(t *testing.T) {
	d := DefaultDownlink()
	// kT = -173.975 dBm/Hz; 10·log10 of 15 kHz, 30 kHz, 3.84 MHz, 200 kHz; 9 dB.
	for _, tt := range []struct {
		tech    data.Technology
		mhz, bw float64
		wantDBm float64
	}{{data.LTE, 1800, 10, -123.21}, {data.NR, 3500, 100, -120.20}, {data.NR, 700, 10, -123.21}, {data.UMTS, 2140, 5, -99.13}, {data.GSM, 947, 0.2, -111.96}} {
		if got := d.NoiseDBm(tt.tech, tt.mhz, tt.bw); math.Abs(got-tt.wantDBm) > 0.006 {
			t.Errorf("%s: noise %.3f dBm, want %.2f", tt.tech, got, tt.wantDBm)
		}
	}
	if got := d.NoiseDBm("WiMAX", 3500, 10); !math.IsNaN(got) {
		t.Errorf("an unknown technology has a noise of %g dBm", got)
	}
}

func TestSINR(t *testing.T) {
	d := DefaultDownlink()
	at := coverage.MilliwattsOf
	for _, tt := range []struct {
		name                 string
		tech                 data.Technology
		signal, others, want float64
	}{
		{"LTE alone is limited by noise", data.LTE, -110, 0, 13.21},                             // -110 + 123.21
		{"LTE against an equal at half load", data.LTE, -80, at(-80), 3.01},                     // 1/0.5
		{"NR against one 10 dB below", data.NR, -80, at(-90), 13.01},                            // 10/0.5
		{"UMTS alone: 10 % pilot at half power", data.UMTS, -60, 0, -6.99},                      // 1/(0.5·10)
		{"UMTS against an equal", data.UMTS, -60, at(-60), -10},                                 // 1/(0.5·10·2)
		{"UMTS alone at the edge", data.UMTS, -110, 0, -10 * math.Log10(5+math.Pow(10, 1.087))}, // noise 10.87 dB above the pilot
	} {
		if got := d.SINRDB(tt.tech, 2600, 10, tt.signal, tt.others); math.Abs(got-tt.want) > 0.01 {
			t.Errorf("%s: %.3f dB, want %.2f", tt.name, got, tt.want)
		}
	}
	if got := d.SINRDB(data.GSM, 947, 0.2, -70, 0); !math.IsNaN(got) {
		t.Errorf("GSM: %g dB", got)
	}
}

func TestSpectralEfficiency(t *testing.T) {
	// TR 36.942, table A.2: bit/s/Hz of the downlink by SNIR.
	for sinrDB, want := range map[float64]float64{-10.01: 0, -10: 0.08, -5: 0.24, 0: 0.6, 5: 1.23, 10: 2.08, 15: 3.02, 20: 4.00, 22.05: 4.4, 40: 4.4} {
		if got := SpectralEfficiency(sinrDB); math.Abs(got-want) > 0.0051 { // rounded to two decimals
			t.Errorf("%g dB: %.4f bit/s/Hz, want %g", sinrDB, got, want)
		}
	}
	if got := SpectralEfficiency(math.NaN()); got != 0 {
		t.Errorf("NaN: %g", got)
	}
}

func TestRate(t *testing.T) {
	d := DefaultDownlink()
	for _, tt := range []struct {
		tech    data.Technology
		mhz, bw float64
		want    float64
	}{
		{data.LTE, 1842.5, 10, 39.6},  // 50 blocks of 180 kHz at 4.4 bit/s/Hz
		{data.LTE, 2350, 20, 59.4},    // 100 blocks in TDD band 40, three quarters of the time
		{data.NR, 2550, 100, 324.324}, // 273 blocks of 360 kHz in n41
		{data.NR, 763, 10, 41.184},    // 52 blocks of 180 kHz in n28
	} {
		if got := d.RateMbps(tt.tech, tt.mhz, tt.bw, 30); math.Abs(got-tt.want) > 1e-9 {
			t.Errorf("%s %g MHz: %g Mbit/s, want %g", tt.tech, tt.mhz, got, tt.want)
		}
	}
	for _, got := range []float64{d.RateMbps(data.UMTS, 2140, 5, 0), d.RateMbps(data.LTE, 1800, 7, 10), d.RateMbps(data.LTE, 1800, 10, math.NaN())} {
		if !math.IsNaN(got) {
			t.Errorf("a rate of %g where there is none", got)
		}
	}
}

func TestDownlinkValidate(t *testing.T) {
	d := DefaultDownlink()
	if err := d.Validate(); err != nil {
		t.Fatal(err)
	}
	for _, bad := range []Downlink{{-0.1, 9, 0.75}, {math.NaN(), 9, 0.75}, {0.5, 31, 0.75}, {0.5, 9, 0}} {
		if err := bad.Validate(); !errors.Is(err, ErrDownlink) {
			t.Errorf("%+v: %v", bad, err)
		}
	}
}

// More interference, more load or more noise never make a signal better.
func TestSINRProperties(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		tech := rapid.SampledFrom([]data.Technology{data.LTE, data.NR, data.UMTS}).Draw(t, "technology")
		d := Downlink{rapid.Float64Range(0, 1).Draw(t, "load"), rapid.Float64Range(0, 15).Draw(t, "nf"), 1}
		signal, others := rapid.Float64Range(-140, -40).Draw(t, "signal"), coverage.MilliwattsOf(rapid.Float64Range(-160, -40).Draw(t, "others"))
		base := d.SINRDB(tech, 1800, 10, signal, others)
		if worse := d.SINRDB(tech, 1800, 10, signal, 2*others); worse > base+1e-9 {
			t.Fatalf("twice the interference: %g after %g dB", worse, base)
		}
		loaded := d
		loaded.Load = math.Min(1, d.Load+0.2)
		if worse := loaded.SINRDB(tech, 1800, 10, signal, others); worse > base+1e-9 {
			t.Fatalf("more load: %g after %g dB", worse, base)
		}
		if better := d.SINRDB(tech, 1800, 10, signal+1, others); better < base-1e-9 {
			t.Fatalf("a stronger signal: %g after %g dB", better, base)
		}
		if a, b := SpectralEfficiency(base), SpectralEfficiency(base+1); b < a {
			t.Fatalf("efficiency falls from %g to %g", a, b)
		}
	})
}
