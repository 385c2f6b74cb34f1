package antenna

import (
	"errors"
	"fmt"
	"math"
	"testing"

	"pgregory.net/rapid"
)

// table is the antenna of TR 36.814, table A.2.1.1-2.
var table = Parametric{PeakGainDBi: 14, BeamwidthHDeg: 70, BeamwidthVDeg: 10}

// tolerance is what rotating a direction and back costs, in dB.
const tolerance = 1e-9

func TestParametric(t *testing.T) {
	tilted := table
	tilted.ElectricalTiltDeg = 15 // θetilt of the same table
	tests := []struct {
		name                  string
		p                     Parametric
		azimuthDeg, elevation float64
		want                  float64
	}{
		{"axis", table, 0, 0, 14},
		{"half power, horizontal", table, 35, 0, 11},                       // 12·(35/70)² = 3
		{"half power, left", table, -35, 0, 11},                            //
		{"half power, a turn further", table, 325, 0, 11},                  //
		{"half power, vertical", table, 0, 5, 11},                          // 12·(5/10)² = 3
		{"both", table, 35, -5, 8},                                         //
		{"beam width off", table, 70, 0, 2},                                // 12
		{"back", table, 180, 0, -11},                                       // A_m = 25
		{"side lobe", table, 0, -60, -6},                                   // SLA_v = 20
		{"back and side lobe together", table, 180, 60, -11},               // A_m again, not 45
		{"tilted axis", tilted, 0, -15, 14},                                //
		{"tilted horizon", tilted, 0, 0, -6},                               // 12·1.5² = 27, SLA_v = 20
		{"tilted back looks down too", tilted, 180, -15, -11},              //
		{"tilted side looks down too", tilted, 70, -15, 2},                 //
		{"other constants", Parametric{8, 65, 65, 0, 30, 30}, 180, 0, -22}, // TR 38.901, table 7.3-1
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if got := tt.p.GainDBi(tt.azimuthDeg, tt.elevation); math.Abs(got-tt.want) > tolerance {
				t.Errorf("gain toward %g, %g: %g dBi, want %g", tt.azimuthDeg, tt.elevation, got, tt.want)
			}
		})
	}
}

func TestOmni(t *testing.T) {
	p := Omni{PeakGainDBi: 11, BeamwidthVDeg: 7, ElectricalTiltDeg: 2}
	for _, az := range []float64{0, 90, -170} {
		if got := p.GainDBi(az, -2); got != 11 {
			t.Errorf("gain toward %g on the cone: %g, want 11", az, got)
		}
		if got, want := p.GainDBi(az, 1.5), 8.0; math.Abs(got-want) > tolerance { // 12·(3.5/7)² = 3
			t.Errorf("gain toward %g at half power: %g, want %g", az, got, want)
		}
	}
	if got := (Omni{PeakGainDBi: 2}).GainDBi(10, 80); got != 2 {
		t.Errorf("gain without a beam: %g, want 2", got)
	}
}

func TestMechanicalTilt(t *testing.T) {
	const tiltDeg = 6
	m := NewMount(table, 120, tiltDeg)
	flat := NewMount(table, 120, 0)
	electrical := table
	electrical.ElectricalTiltDeg = tiltDeg
	e := NewMount(electrical, 120, 0)

	check := func(what string, got, want float64) {
		t.Helper()
		if math.Abs(got-want) > tolerance {
			t.Errorf("%s: %g dBi, want %g", what, got, want)
		}
	}
	check("the axis points down", m.GainDBi(120, -tiltDeg), 14)
	check("on the axis' azimuth both tilts agree", m.GainDBi(120, 0), e.GainDBi(120, 0))
	// The antenna turns about its own side: there a mechanical tilt lowers nothing …
	check("at the side the horizon stays", m.GainDBi(210, 0), flat.GainDBi(210, 0))
	// … and behind, the plane of the antenna looks up. The back lobe is cut at A_m, so
	// it needs a pattern with a beam there.
	ring := NewMount(Parametric{BeamwidthHDeg: 360, BeamwidthVDeg: 10, FrontToBackDB: 40}, 120, tiltDeg)
	check("behind it looks up", ring.GainDBi(300, tiltDeg), -3) // 12·(180/360)²
	down := NewMount(Parametric{BeamwidthHDeg: 360, BeamwidthVDeg: 10, ElectricalTiltDeg: tiltDeg, FrontToBackDB: 40}, 120, 0)
	check("an electrical tilt looks down behind", down.GainDBi(300, -tiltDeg), -3)
}

func TestElevation(t *testing.T) {
	for _, deg := range []float64{-90, -60, -5.8, -5.7, -0.001, 0, 0.3, 4, 5.73, 5.74, 89.999} {
		rad := deg * math.Pi / 180
		z, plane := math.Sincos(rad)
		// 2e-15 of the series and the rounding of the vector.
		if got := elevation(0.6*plane, 0.8*plane, z); math.Abs(got-rad) > 4e-15 {
			t.Errorf("elevation of %g degrees: off by %g", deg, got-rad)
		}
	}
}

func TestSincosDeg(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		deg := rapid.Float64Range(-400, 400).Draw(t, "deg")
		sin, cos := sincosDeg(deg)
		wantSin, wantCos := math.Sincos(deg * (math.Pi / 180))
		// The angle itself in radians is rounded by 4.4e-16 up to 360 degrees.
		if off := max(math.Abs(sin-wantSin), math.Abs(cos-wantCos)); !(off <= 1e-15) {
			t.Errorf("%v°: %v, %v; want %v, %v", deg, sin, cos, wantSin, wantCos)
		}
	})
}

// direct is the pattern that says which way it was asked.
type direct struct{ azimuthDeg, elevationDeg float64 }

func (d *direct) PeakDBi() float64 { return 0 }

func (d *direct) GainDBi(azimuthDeg, elevationDeg float64) float64 {
	d.azimuthDeg, d.elevationDeg = azimuthDeg, elevationDeg
	return 0
}

// A tilted antenna sees a direction as the rotation of TR 38.901, 7.1.3 has it.
func TestTiltedFrame(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		deg := rapid.Float64Range(-180, 180)
		azimuthDeg, tiltDeg := deg.Draw(t, "azimuth"), rapid.Float64Range(-30, 30).Draw(t, "tilt")
		towardDeg, upDeg := deg.Draw(t, "toward"), rapid.Float64Range(-89, 89).Draw(t, "up")
		var saw direct
		m := NewMount(&saw, azimuthDeg, tiltDeg)
		m.GainDBi(towardDeg, upDeg)

		const rad = math.Pi / 180
		st, ct := math.Sincos(tiltDeg * rad)
		sa, ca := math.Sincos((towardDeg - azimuthDeg) * rad)
		se, ce := math.Sincos(upDeg * rad)
		x, y, z := ce*ca*ct-se*st, ce*sa, ce*ca*st+se*ct
		if math.Hypot(x, y) < 1e-3 {
			return // straight up or down: every azimuth is right
		}
		wantAz, wantEl := math.Atan2(y, x)/rad, math.Asin(z)/rad
		// Asin loses half of its digits toward 90 degrees, at 1e-3 from it 1e-13.
		if offAz := math.Remainder(saw.azimuthDeg-wantAz, 360); math.Abs(offAz) > 1e-9 || math.Abs(saw.elevationDeg-wantEl) > 1e-9 {
			t.Errorf("seen at %v°, %v°; want %v°, %v°", saw.azimuthDeg, saw.elevationDeg, wantAz, wantEl)
		}
	})
}

func TestMountProperties(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		p := Parametric{
			PeakGainDBi:       rapid.Float64Range(0, 25).Draw(t, "gain"),
			BeamwidthHDeg:     rapid.Float64Range(10, 360).Draw(t, "h"),
			BeamwidthVDeg:     rapid.Float64Range(2, 90).Draw(t, "v"),
			ElectricalTiltDeg: rapid.Float64Range(-10, 20).Draw(t, "electrical"),
		}
		if err := p.Validate(); err != nil {
			t.Fatal(err)
		}
		axis := rapid.Float64Range(0, 360).Draw(t, "axis")
		tilt := rapid.Float64Range(-20, 20).Draw(t, "mechanical")
		az := rapid.Float64Range(0, 360).Draw(t, "azimuth")
		el := rapid.Float64Range(-90, 90).Draw(t, "elevation")
		m := NewMount(p, axis, tilt)
		g := m.GainDBi(az, el)
		if !(g <= p.PeakGainDBi && g >= p.PeakGainDBi-tableFrontToBackDB-tolerance) {
			t.Fatalf("gain %g outside [peak - A_m, peak] of %g", g, p.PeakGainDBi)
		}
		turn := rapid.Float64Range(0, 360).Draw(t, "turn")
		turned := NewMount(p, axis+turn, tilt)
		// Angles lose a few ulp of 360 degrees, and the steepest pattern here falls by
		// 12·2·180/2² dB a degree at the most.
		if d := math.Abs(turned.GainDBi(az+turn, el) - g); d > 1e-8 {
			t.Fatalf("turning mast and direction alike changes the gain by %g dB", d)
		}
		// The beam's own peak is where both tilts put it.
		if d := p.PeakGainDBi - m.GainDBi(axis, -tilt-p.ElectricalTiltDeg); d > 1e-8 {
			t.Fatalf("%g dB below peak on the beam's axis", d)
		}
	})
}

func TestValidate(t *testing.T) {
	for _, p := range []interface{ Validate() error }{
		Parametric{BeamwidthHDeg: 0, BeamwidthVDeg: 10},
		Parametric{BeamwidthHDeg: 65, BeamwidthVDeg: math.NaN()},
		Parametric{PeakGainDBi: math.Inf(1), BeamwidthHDeg: 65, BeamwidthVDeg: 10},
		Parametric{BeamwidthHDeg: 65, BeamwidthVDeg: 10, ElectricalTiltDeg: 100},
		Parametric{BeamwidthHDeg: 65, BeamwidthVDeg: 10, FrontToBackDB: -1},
		Omni{PeakGainDBi: math.NaN()},
		Omni{BeamwidthVDeg: -1},
		Omni{ElectricalTiltDeg: math.NaN()},
	} {
		if err := p.Validate(); !errors.Is(err, ErrPattern) {
			t.Errorf("%+v: %v, want %v", p, err, ErrPattern)
		}
	}
}

func Example() {
	p := Parametric{PeakGainDBi: 17, BeamwidthHDeg: 65, BeamwidthVDeg: 7, ElectricalTiltDeg: 4}
	m := NewMount(p, 120, 2) // 2 degrees more, mechanically
	fmt.Printf("%.1f dBi on the axis, %.1f dBi at the horizon\n", m.GainDBi(120, -6), m.GainDBi(120, 0))
	// Output: 17.0 dBi on the axis, 8.2 dBi at the horizon
}
