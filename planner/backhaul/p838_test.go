package backhaul

import (
	"math"
	"testing"

	"github.com/covgap/covgap/coverage/propagation"
)

// ITU-R P.838-3, Table 5, as printed with four digits.
func TestP838(t *testing.T) {
	for _, c := range []struct{ fGHz, kh, ah, kv, av float64 }{
		{1, 0.0000259, 0.9691, 0.0000308, 0.8592},
		{7, 0.001915, 1.4810, 0.001425, 1.4745},
		{10, 0.01217, 1.2571, 0.01129, 1.2156},
		{15, 0.04481, 1.1233, 0.05008, 1.0440},
		{20, 0.09164, 1.0568, 0.09611, 0.9847},
		{30, 0.2403, 0.9485, 0.2291, 0.9129},
		{40, 0.4431, 0.8673, 0.4274, 0.8421},
	} {
		kh, ah := rainCoefficients(c.fGHz, propagation.Horizontal)
		kv, av := rainCoefficients(c.fGHz, propagation.Vertical)
		for _, v := range []struct {
			name      string
			got, want float64
		}{{"kH", kh, c.kh}, {"αH", ah, c.ah}, {"kV", kv, c.kv}, {"αV", av, c.av}} {
			// Half a unit of the last of four digits (three for the smallest).
			if math.Abs(v.got-v.want) > 6e-4*v.want && math.Abs(v.got-v.want) > 6e-5 || math.Abs(v.got/v.want-1) > 0.002 {
				t.Errorf("%g GHz: %s = %.6g, printed %g", c.fGHz, v.name, v.got, v.want)
			}
		}
	}
}

func TestRainOutsideP838Panics(t *testing.T) {
	defer func() {
		if recover() == nil {
			t.Error("0.9 GHz has a rain attenuation")
		}
	}()
	RainDBPerKm(0.9, propagation.Vertical, 50)
}
