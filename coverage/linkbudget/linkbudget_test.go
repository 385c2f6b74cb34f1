package linkbudget

import (
	"errors"
	"fmt"
	"math"
	"testing"

	"github.com/covgap/covgap/coverage/antenna"
	"github.com/covgap/covgap/data"
)

// tolerance of levels worked out by hand to a hundredth of a decibel.
const tolerance = 0.005

var isotropic = antenna.Omni{}

func TestReferenceLevel(t *testing.T) {
	// The level at an isotropic receiver beside an antenna of 0 dBi, worked out by
	// hand: 20 W is 43.01 dBm.
	watts20 := 10 * math.Log10(20000)
	tests := []struct {
		name   string
		sector data.Sector
		want   float64
	}{
		{"LTE 10 MHz: 43.01 - 10 log 600", data.Sector{Technology: data.LTE, BandwidthMHz: 10, PowerDBm: watts20}, 15.23},
		{"LTE 20 MHz: 43.01 - 10 log 1200", data.Sector{Technology: data.LTE, BandwidthMHz: 20, PowerDBm: watts20}, 12.22},
		{"LTE 1.4 MHz: 43.01 - 10 log 72", data.Sector{Technology: data.LTE, BandwidthMHz: 1.4, PowerDBm: watts20}, 24.44},
		{"NR 100 MHz at 3.5 GHz: 43.01 - 10 log 3276", data.Sector{Technology: data.NR, FrequencyMHz: 3500, BandwidthMHz: 100, PowerDBm: watts20}, 7.86},
		{"NR 10 MHz at 700 MHz: 43.01 - 10 log 624", data.Sector{Technology: data.NR, FrequencyMHz: 700, BandwidthMHz: 10, PowerDBm: watts20}, 15.06},
		{"UMTS: 43.01 - 10", data.Sector{Technology: data.UMTS, PowerDBm: watts20}, 33.01},
		{"GSM: undivided", data.Sector{Technology: data.GSM, PowerDBm: watts20}, 43.01},
		{"gain and losses", data.Sector{Technology: data.GSM, PowerDBm: watts20, GainDBi: 17, LossesDB: 3}, 57.01},
		{"EIRP as given", data.Sector{Technology: data.GSM, PowerDBm: watts20, GainDBi: 17, LossesDB: 3, EIRPDBm: 60}, 60},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			tt.sector.Omni = true
			b, err := New(&tt.sector, isotropic, Receiver{})
			if err != nil {
				t.Fatal(err)
			}
			if got := b.SignalDBm(0, 0, 0); math.Abs(got-tt.want) > tolerance {
				t.Errorf("%.3f dBm, want %.2f", got, tt.want)
			}
			if got := b.MaxLossDB(-110); math.Abs(got-(tt.want+110)) > tolerance {
				t.Errorf("largest loss to -110 dBm %.3f dB, want %.2f", got, tt.want+110)
			}
		})
	}
}

func TestSignal(t *testing.T) {
	// LTE 1800 in 20 MHz: 46 dBm + 17.5 dBi - 0.5 dB = 63 dBm EIRP, 63 - 30.79 =
	// 32.21 dBm per resource element. Free space over 5 km at 1800 MHz: 32.45 + 20 log
	// 5 + 20 log 1800 = 111.53 dB. Boresight -79.32 dBm; half-power -82.32; behind, A_m
	// of 25 dB, -104.32. A body of 3 dB and a receiver of -1 dBi take 4.
	s := data.Sector{
		ID: "a", Technology: data.LTE, FrequencyMHz: 1800, BandwidthMHz: 20,
		PowerDBm: 46, GainDBi: 17.5, LossesDB: 0.5, AzimuthDeg: 240,
		BeamwidthHDeg: 65, BeamwidthVDeg: 7, ElectricalTiltDeg: 3,
	}
	p, err := Pattern(&s, nil)
	if err != nil {
		t.Fatal(err)
	}
	const lossDB = 111.53
	for _, tt := range []struct {
		name                     string
		rx                       Receiver
		azimuthDeg, elevationDeg float64
		want                     float64
	}{
		{"boresight", Receiver{}, 240, -3, -79.32},
		{"half power", Receiver{}, 272.5, -3, -82.32},
		{"half power below", Receiver{}, 240, -6.5, -82.32},
		{"behind", Receiver{}, 60, -3, -104.32},
		{"body and receiver", Receiver{GainDBi: -1, BodyLossDB: 3}, 240, -3, -83.32},
	} {
		b, err := New(&s, p, tt.rx)
		if err != nil {
			t.Fatal(err)
		}
		if got := b.SignalDBm(lossDB, tt.azimuthDeg, tt.elevationDeg); math.Abs(got-tt.want) > 2*tolerance {
			t.Errorf("%s: %.3f dBm, want %.2f", tt.name, got, tt.want)
		}
	}
	b, err := New(&s, p, Receiver{})
	if err != nil {
		t.Fatal(err)
	}
	if got, want := b.PeakSignalDBm(lossDB), -79.32; math.Abs(got-want) > 2*tolerance {
		t.Errorf("peak %.3f dBm, want %.2f", got, want)
	}
	if got := b.SignalDBm(math.NaN(), 0, 0); !math.IsNaN(got) {
		t.Errorf("no loss gives %g dBm, want NaN", got)
	}
}

func TestFileGainNotCountedTwice(t *testing.T) {
	s := data.Sector{Technology: data.GSM, PowerDBm: 43, GainDBi: 15, EIRPDBm: 58, AntennaFile: "k.msi"}
	file := antenna.Parametric{PeakGainDBi: 18, BeamwidthHDeg: 65, BeamwidthVDeg: 7}
	p, err := Pattern(&s, map[string]antenna.Pattern{"k.msi": file})
	if err != nil {
		t.Fatal(err)
	}
	b, err := New(&s, p, Receiver{})
	if err != nil {
		t.Fatal(err)
	}
	if got := b.SignalDBm(100, 0, 0); got != -42 {
		t.Errorf("boresight level %g dBm, want EIRP - loss = -42", got)
	}
}

func TestOmniIgnoresMechanicalTilt(t *testing.T) {
	s := data.Sector{Technology: data.GSM, PowerDBm: 43, Omni: true, MechanicalTiltDeg: 8, BeamwidthVDeg: 7}
	p, err := Pattern(&s, nil)
	if err != nil {
		t.Fatal(err)
	}
	b, err := New(&s, p, Receiver{})
	if err != nil {
		t.Fatal(err)
	}
	for _, az := range []float64{0, 90, 180} {
		if got := b.SignalDBm(100, az, 0); got != -57 {
			t.Errorf("toward %g: %g dBm, want -57", az, got)
		}
	}
}

func TestErrors(t *testing.T) {
	base := data.Sector{ID: "s", Technology: data.LTE, BandwidthMHz: 10, BeamwidthHDeg: 65, BeamwidthVDeg: 7}
	for _, tt := range []struct {
		name string
		edit func(*data.Sector)
		want error
	}{
		{"technology", func(s *data.Sector) { s.Technology = "WiMAX" }, ErrTechnology},
		{"LTE bandwidth", func(s *data.Sector) { s.BandwidthMHz = 12 }, ErrBandwidth},
		{"NR bandwidth", func(s *data.Sector) { s.Technology, s.BandwidthMHz = data.NR, 1.4 }, ErrBandwidth},
		{"NR too wide", func(s *data.Sector) { s.Technology, s.FrequencyMHz, s.BandwidthMHz = data.NR, 26000, 90 }, ErrBandwidth},
		{"file", func(s *data.Sector) { s.AntennaFile = "absent.msi" }, ErrPattern},
		{"beamwidth", func(s *data.Sector) { s.BeamwidthHDeg = 0 }, antenna.ErrPattern},
		{"omni", func(s *data.Sector) { s.Omni, s.BeamwidthVDeg = true, -1 }, antenna.ErrPattern},
	} {
		s := base
		tt.edit(&s)
		p, err := Pattern(&s, nil)
		if err == nil {
			_, err = New(&s, p, Receiver{})
		}
		if !errors.Is(err, tt.want) {
			t.Errorf("%s: %v, want %v", tt.name, err, tt.want)
		}
	}
}

func TestResourceBlocks(t *testing.T) {
	// 3GPP TS 38.101-1 and -2, table 5.3.2-1.
	for _, tt := range []struct {
		mhz     float64
		spacing int
		want    int
	}{{5, 15, 25}, {50, 15, 270}, {5, 30, 11}, {20, 30, 51}, {100, 30, 273}, {400, 120, 264}} {
		if got, err := ResourceBlocksNR(tt.mhz, tt.spacing); got != tt.want || err != nil {
			t.Errorf("%g MHz at %d kHz: %d, %v, want %d", tt.mhz, tt.spacing, got, err, tt.want)
		}
	}
	for _, tt := range []struct {
		mhz     float64
		spacing int
	}{{60, 15}, {7, 30}, {100, 15}, {50, 30 + 30}} {
		if got, err := ResourceBlocksNR(tt.mhz, tt.spacing); !errors.Is(err, ErrBandwidth) {
			t.Errorf("%g MHz at %d kHz: %d, %v, want %v", tt.mhz, tt.spacing, got, err, ErrBandwidth)
		}
	}
	// The default spacing has a form of every usual channel.
	for mhz, widths := range map[float64][]float64{700: {5, 10, 20, 60}, 2100: {5, 50, 80}, 2600: {20, 100}, 3500: {100}, 26000: {50, 400}} {
		for _, w := range widths {
			if _, err := ResourceBlocksNR(w, SubcarrierSpacingKHz(mhz, w)); err != nil {
				t.Errorf("%g MHz carrier of %g MHz: %v", mhz, w, err)
			}
		}
	}
}

func Example() {
	// 20 W per port in 10 MHz, 17 dBi, 1 dB of feeder, 130 dB of path loss.
	s := data.Sector{Technology: data.LTE, FrequencyMHz: 800, BandwidthMHz: 10, PowerDBm: 43, GainDBi: 17, LossesDB: 1, BeamwidthHDeg: 65, BeamwidthVDeg: 9}
	p, err := Pattern(&s, nil)
	if err != nil {
		panic(err)
	}
	b, err := New(&s, p, Receiver{HeightM: 1.5})
	if err != nil {
		panic(err)
	}
	fmt.Printf("%s %.1f dBm\n", Quantity(s.Technology), b.SignalDBm(130, 0, 0))
	// Output: RSRP -98.8 dBm
}
