package propagation

import (
	"errors"
	"math"
	"math/rand/v2"
	"testing"

	"pgregory.net/rapid"
)

// overRidge is a path over flat ground with a ridge half way.
func overRidge(lengthM, heightM float64) *Profile {
	return &Profile{DistanceM: []float64{0, lengthM / 2, lengthM}, TerrainM: []float64{200, 200 + heightM, 200}}
}

// Worked by hand from table 7.4.1-1. RMa with h = 5 m, W = 20 m, base 35 m, mobile
// 1.5 m, where h^1.72 = 15.930463, log hBS = 1.544068:
//
//	0.9 GHz: dBP = 2π·35·1.5·0.9e9/3e8 = 989.6017 m
//	500 m, sight: d3D = √(500² + 33.5²) = 501.1210
//	  PL1 = 20 log(40π·501.1210·0.9/3) + 0.477914·2.699943 − 0.700940 + 0.00139794·501.1210
//	      = 85.525474 + 1.290340 − 0.700940 + 0.700537 = 86.815411
//	5 km, sight: d3D = 5000.1122
//	  PL1(dBP) = 91.435831 + 1.431572 − 0.700940 + 1.383404 = 93.549866
//	  PL2 = 93.549866 + 40·log(5000.1122/989.6017) = 93.549866 + 28.140773 = 121.690639
//	5 km, ridge:
//	  161.04 − 9.237313 + 5.242275 − (24.37 − 3.7·(5/35)²)·1.544068
//	  + (43.42 − 3.1·1.544068)·(3.698980 − 3) + 20 log 0.9 − (3.2·1.246129² − 4.97)
//	  = 161.04 − 9.237313 + 5.242275 − 24.294490·1.544068 + 38.633389·0.698980 − 0.915150 + 0.000919
//	  = 161.04 − 9.237313 + 5.242275 − 37.512345 + 27.003957 − 0.915150 + 0.000919 = 145.622343
//
// UMa with base 25 m, mobile 1.5 m, 2 GHz: h_E = 1 m, d'BP = 4·24·0.5·2e9/3e8 = 320 m:
//
//	100 m, sight: d3D = √(100² + 23.5²) = 102.7241
//	  PL1 = 28 + 22·2.011673 + 6.020600 = 78.277396
//	1 km, sight: d3D = 1000.2761
//	  PL2 = 28 + 40·3.000120 + 6.020600 − 9 log(320² + 23.5²) = 28 + 120.004795 + 6.020600 − 45.113723 = 108.911672
//	1 km, ridge: 13.54 + 39.08·3.000120 + 6.020600 − 0.6·0 = 136.805285
func TestTR38901ByHand(t *testing.T) {
	rma, uma := TR38901{Scenario: RMa}, TR38901{Scenario: UMa}
	tests := []struct {
		name     string
		model    TR38901
		ghz, txM float64
		p        *Profile
		wantDB   float64
	}{
		{"RMa before the breakpoint", rma, 0.9, 35, level(500, 200), 86.815411},
		{"RMa past the breakpoint", rma, 0.9, 35, level(5000, 200), 121.690639},
		{"RMa behind a ridge", rma, 0.9, 35, overRidge(5000, 60), 145.622343},
		{"UMa before the breakpoint", uma, 2, 25, level(100, 200), 78.277396},
		{"UMa past the breakpoint", uma, 2, 25, level(1000, 200), 108.911672},
		{"UMa behind a ridge", uma, 2, 25, overRidge(1000, 60), 136.805285},
	}
	for _, tt := range tests {
		res := mustLoss(t, tt.model, tt.p, Link{FrequencyMHz: tt.ghz * 1000, TxHeightM: tt.txM, RxHeightM: 1.5})
		if math.Abs(res.LossDB-tt.wantDB) > 2e-6 { // six decimals
			t.Errorf("%s: %.7f dB, want %.6f", tt.name, res.LossDB, tt.wantDB)
		}
		if len(res.Warnings) != 0 {
			t.Errorf("%s: warnings %v", tt.name, res.Warnings)
		}
	}
}

// Where the obstructed formula gives less than the line-of-sight loss, the latter
// counts: UMa at 20 m from a mobile at 22 m.
func TestObstructedIsNotBelowSight(t *testing.T) {
	m := TR38901{Scenario: UMa}
	l := Link{FrequencyMHz: 2000, TxHeightM: 25, RxHeightM: 22, Explain: true}
	sight, behind := mustLoss(t, m, level(20, 0), l), mustLoss(t, m, overRidge(20, 60), l)
	if formula := quantity(t, behind, "PL'NLOS"); behind.LossDB != sight.LossDB || formula >= sight.LossDB {
		t.Errorf("behind a ridge %g dB (formula %g dB), in sight %g dB", behind.LossDB, formula, sight.LossDB)
	}
}

// The terrain decides: the ray from 35 m to 1.5 m over 4 km passes 18.25 m above
// the ground half way, less the Earth's bulge of 2000²/(2·4/3·6371 km) = 0.24 m.
func TestLineOfSightIsTheTerrains(t *testing.T) {
	m := TR38901{}
	l := Link{FrequencyMHz: 900, TxHeightM: 35, RxHeightM: 1.5, Explain: true}
	for _, tt := range []struct{ ridgeM, deltaN, want float64 }{
		{18.00, 0, 1}, {18.03, 0, 0}, // bulge 0.235 m
		{18.03, 100, 1}, // bulge 0.114 m: a_e = 6371·157/57 km
		{18.15, 100, 0},
	} {
		l.Climate.DeltaN = tt.deltaN
		if got := quantity(t, mustLoss(t, m, overRidge(4000, tt.ridgeM), l), "LOS"); got != tt.want {
			t.Errorf("ridge of %g m, DeltaN %g: line of sight %g, want %g", tt.ridgeM, tt.deltaN, got, tt.want)
		}
	}
	trees := level(4000, 0)
	trees.ClutterM = []float64{0, 40, 0}
	if got := quantity(t, mustLoss(t, m, trees, l), "LOS"); got != 1 {
		t.Error("clutter took the line of sight; the terrain alone decides")
	}
}

// Note 1: at 500 m g = 1.25·5³·exp(−500/150) = 5.574061. A mobile at 16.5 m has
// C = 0.35^1.5·g = 1.154181: 1 m with 0.464, 12 and 15 m with 0.268 each, median
// 12 m. At 22.5 m C = 5.161277: 1 m with 0.162, four heights with 0.209, median 15 m.
func TestEnvironmentHeight(t *testing.T) {
	for _, tt := range []struct{ d2DM, mobileM, want float64 }{
		{500, 1.5, 1}, {500, 12.9, 1},
		{18, 22.5, 1},   // g = 0
		{500, 13.2, 1},  // no height from 12 m to 11.7 m
		{5000, 16.5, 1}, // g = 5e-10
		{500, 16.5, 12},
		{500, 22.5, 15},
	} {
		if got := environmentM(tt.d2DM, tt.mobileM); got != tt.want {
			t.Errorf("%g m, mobile at %g m: h_E %g m, want %g", tt.d2DM, tt.mobileM, got, tt.want)
		}
	}
}

func TestTR38901Ranges(t *testing.T) {
	rma, uma := TR38901{Scenario: RMa}, TR38901{Scenario: UMa}
	tests := []struct {
		name, code  string
		model       TR38901
		p           *Profile
		mhz, tx, rx float64
	}{
		{"low frequency", "tr38901-rma-frequency", rma, level(1000, 0), 450, 35, 1.5},
		{"30 GHz and more", "tr38901-rma-frequency", rma, level(1000, 0), 39e3, 35, 1.5},
		{"39 GHz in UMa", "", uma, level(1000, 0), 39e3, 25, 1.5},
		{"nearer than 10 m", "tr38901-rma-distance", rma, level(9, 0), 900, 35, 1.5},
		{"beyond 10 km", "tr38901-rma-distance", rma, level(10001, 0), 900, 80, 1.5},
		{"7 km in sight", "", rma, level(7000, 0), 900, 80, 1.5},
		{"7 km behind a ridge", "tr38901-rma-distance", rma, overRidge(7000, 90), 900, 80, 1.5},
		{"beyond 5 km in UMa", "tr38901-uma-distance", uma, level(5001, 0), 900, 25, 1.5},
		{"low base", "tr38901-rma-tx-height", rma, level(1000, 0), 900, 9, 1.5},
		{"high mobile", "tr38901-rma-rx-height", rma, level(1000, 0), 900, 35, 11},
		{"mobile at 1.2 m", "tr38901-uma-rx-height", uma, level(1000, 0), 900, 25, 1.2},
	}
	for _, tt := range tests {
		res := mustLoss(t, tt.model, tt.p, Link{FrequencyMHz: tt.mhz, TxHeightM: tt.tx, RxHeightM: tt.rx})
		switch {
		case tt.code == "" && len(res.Warnings) != 0,
			tt.code != "" && (len(res.Warnings) != 1 || res.Warnings[0].Code != tt.code):
			t.Errorf("%s: warnings %v, want %q", tt.name, res.Warnings, tt.code)
		}
	}
	for _, tt := range []struct {
		name   string
		model  TR38901
		tx, rx float64
	}{
		{"RMa, base on the ground", rma, 0, 1.5},
		{"RMa, mobile on the ground", rma, 35, 0},
		{"UMa, base in the environment", uma, 1, 1.5},
		{"UMa, mobile in the environment", uma, 25, 1},
		{"UMa, mobile above 23 m", uma, 25, 23.5},
	} {
		if res, err := tt.model.Loss(level(1000, 0), Link{FrequencyMHz: 900, TxHeightM: tt.tx, RxHeightM: tt.rx}); !errors.Is(err, ErrLink) {
			t.Errorf("%s: %g dB, error %v, want ErrLink", tt.name, res.LossDB, err)
		}
	}
}

// On flat ground the loss grows with distance and frequency, a ridge never lowers
// it, and the level of the country above the sea changes nothing.
func TestTR38901Properties(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		m := TR38901{Scenario: rapid.SampledFrom([]Scenario{RMa, UMa}).Draw(t, "scenario")}
		l := Link{
			FrequencyMHz: rapid.Float64Range(500, 6000).Draw(t, "MHz"),
			TxHeightM:    rapid.Float64Range(20, 60).Draw(t, "base, m"),
			RxHeightM:    rapid.Float64Range(1.5, 10).Draw(t, "mobile, m"),
		}
		d := rapid.Float64Range(20, 4000).Draw(t, "m")
		loss := func(p *Profile, l Link) float64 {
			res, err := m.Loss(p, l)
			if err != nil {
				t.Fatal(err)
			}
			return res.LossDB
		}
		base := loss(level(d, 0), l)
		// The table's condition is on d2D and its PL2 on d3D: where they pass dBP
		// between each other the loss falls back by up to 18 log(d3D/d2D).
		slip := 18 * math.Log10(math.Hypot(d, 60)/d)
		if further := loss(level(d*1.05, 0), l); further < base-slip {
			t.Errorf("%g dB at %g m, %g dB at %g m", base, d, further, d*1.05)
		}
		if behind := loss(overRidge(d, 500), l); behind < base-1e-9 { // other heights above the sea, other rounding
			t.Errorf("%g dB in sight, %g dB behind a ridge", base, behind)
		}
		if high := loss(level(d, 1400), l); math.Abs(high-base) > 1e-9 {
			t.Errorf("%g dB at sea level, %g dB at 1,400 m", base, high)
		}
	})
}

func TestTR38901Rays(t *testing.T) {
	rng := rand.New(rand.NewPCG(38901, 1))
	for _, m := range []TR38901{{Scenario: RMa}, {Scenario: UMa}} {
		ray, dst := m.NewRay(Tx{Position: caoBang, HeightM: 40}, []float64{1800}), make([]float64, 1)
		var inSight, behind int
		for range 5 {
			p := mountains(rng, 100, 45, true)
			ray.Reset(0)
			for n := 1; n <= len(p.DistanceM); n++ {
				ray.Step(p.DistanceM[n-1], p.TerrainM[n-1], p.ClutterM[n-1])
				ray.Loss([]float64{1.5}, dst)
				if n == 1 {
					continue
				}
				res := mustLoss(t, m, p.prefix(n), Link{FrequencyMHz: 1800, TxHeightM: 40, RxHeightM: 1.5, Explain: true})
				if math.Abs(dst[0]-res.LossDB) > 0 { // the same operations
					t.Fatalf("%s, sample %d: ray %v dB, profile %v dB", m.Name(), n-1, dst[0], res.LossDB)
				}
				if quantity(t, res, "LOS") == 1 {
					inSight++
				} else {
					behind++
				}
			}
		}
		if inSight < 20 || behind < 20 {
			t.Errorf("%s: %d samples in sight, %d behind: too few of one", m.Name(), inSight, behind)
		}
	}
}
