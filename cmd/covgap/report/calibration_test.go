package report

import (
	"bytes"
	"encoding/xml"
	"errors"
	"image/png"
	"io"
	"math"
	"strings"
	"testing"

	"github.com/covgap/covgap/cmd/covgap/lang"
)

// drive is a calibration of n measurements between 0.3 and 9 km.
func drive(n int, heldOut bool) *CalibrationFigure {
	f := &CalibrationFigure{Text: CalibrationText{
		Title: "Đo kiểm", Subtitle: "12 trạm", PredictedAxis: "tính toán, dBm", MeasuredAxis: "đo được, dBm", DistanceAxis: "cự ly, km", ErrorAxis: "sai số, dB",
		Model: "p1812", HeldOut: "đã hiệu chỉnh", Medians: "trung vị", Number: lang.Vietnamese.Float,
	}}
	for i := range n {
		km := 0.3 * math.Pow(30, float64(i)/float64(max(n-1, 1)))
		measured := -80 - 35*math.Log10(km) + 6*math.Sin(float64(7*i))
		p := CalibrationPoint{DistanceKm: km, MeasuredDBm: measured, ModelDBm: -70 - 35*math.Log10(km), HeldOutDBm: math.NaN()}
		if heldOut {
			p.HeldOutDBm = p.ModelDBm - 10
		}
		f.Points = append(f.Points, p)
	}
	return f
}

// The drawing repeats to the byte, holds its words, and stays small however many
// measurements there are.
func TestCalibrationFigure(t *testing.T) {
	for _, c := range []struct {
		n       int
		heldOut bool
	}{{1, true}, {40, false}, {30_000, true}} {
		var first, second, picture bytes.Buffer
		if err := drive(c.n, c.heldOut).WriteSVG(&first); err != nil {
			t.Fatal(err)
		}
		if err := drive(c.n, c.heldOut).WriteSVG(&second); err != nil {
			t.Fatal(err)
		}
		if !bytes.Equal(first.Bytes(), second.Bytes()) {
			t.Errorf("%d points: two drawings differ", c.n)
		}
		for d := xml.NewDecoder(bytes.NewReader(first.Bytes())); ; {
			if _, err := d.Token(); errors.Is(err, io.EOF) {
				break
			} else if err != nil {
				t.Fatal(err)
			}
		}
		for _, words := range []string{"Đo kiểm", "tính toán, dBm", "cự ly, km", "p1812", "trung vị"} {
			if !strings.Contains(first.String(), words) {
				t.Errorf("%d points: %q is missing", c.n, words)
			}
		}
		if strings.Contains(first.String(), "đã hiệu chỉnh") != c.heldOut || strings.Contains(first.String(), "NaN") {
			t.Errorf("%d points: held-out points are shown wrongly", c.n)
		}
		if first.Len() > 2<<20 {
			t.Errorf("%d points: %d bytes", c.n, first.Len())
		}
		if err := drive(c.n, c.heldOut).WritePNG(&picture); err != nil {
			t.Fatal(err)
		}
		if config, err := png.DecodeConfig(&picture); err != nil || config.Width < 1500 {
			t.Errorf("%d points: picture %+v, error %v", c.n, config, err)
		}
	}
	if err := drive(0, true).WriteSVG(io.Discard); !errors.Is(err, ErrNoPoints) {
		t.Errorf("error %v", err)
	}
}
