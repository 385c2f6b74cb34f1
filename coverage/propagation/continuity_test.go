package propagation

import (
	"math"
	"math/rand/v2"
	"slices"
	"testing"
)

// jumpDB halves [from, to] towards the larger change of loss until the ends meet,
// and gives the change that is left: a jump of the loss, or rounding.
func jumpDB(from, to float64, loss func(float64) float64) float64 {
	atFrom, atTo := loss(from), loss(to)
	for range 60 {
		middle := from + (to-from)/2
		if middle <= from || middle >= to {
			break
		}
		if at := loss(middle); math.Abs(at-atFrom) > math.Abs(atTo-at) {
			to, atTo = middle, at
		} else {
			from, atFrom = middle, at
		}
	}
	return math.Abs(atTo - atFrom)
}

// The models' losses have no jumps where their sources have none: P.525 nowhere;
// P.526 and P.1812 at 50 % of time in nothing that is a number, and P.1812 at any time
// in the percentages; Okumura–Hata in the heights, the frequency and the shape of the
// terrain. What is left out jumps by its source: ducting below 50 % of time with the
// place of a horizon, ITM and extended Hata with samples that they count, TR 38.901 at
// the edge of line of sight.
func TestContinuity(t *testing.T) {
	// G(Y) of P.1812 (34) jumps by 0.0175 dB where B passes 2, from 20 log(2.8) to
	// 17.6·√0.9 − 5 log 0.9 − 8, at either antenna.
	const ofG = 2 * 0.01755
	type parameter struct {
		name     string
		from, to float64
		set      func(*Link, *Profile, float64)
	}
	last := func(p *Profile) int { return len(p.TerrainM) - 1 }
	var (
		tx        = parameter{"transmitter height", 80, 140, func(l *Link, _ *Profile, v float64) { l.TxHeightM = v }}
		rx        = parameter{"receiver height", 1, 10, func(l *Link, _ *Profile, v float64) { l.RxHeightM = v }}
		frequency = parameter{"frequency", 200, 1450, func(l *Link, _ *Profile, v float64) { l.FrequencyMHz = v }}
		ridge     = parameter{"height of a ridge", 500, 1200, func(_ *Link, p *Profile, v float64) { p.TerrainM[last(p)/3] = v }}
		rise      = parameter{"height of a rise", 690, 720, ridge.set}
		distance  = parameter{"distance", 0.1, 95, func(_ *Link, p *Profile, v float64) { p.DistanceM[last(p)] = p.DistanceM[last(p)-1] + v }}
		time      = parameter{"share of time", 1, 50, func(l *Link, _ *Profile, v float64) { l.TimePercent = v }}
		locations = parameter{"share of locations", 1, 99, func(l *Link, _ *Profile, v float64) { l.LocationPercent = v }}
	)
	for _, tt := range []struct {
		model      Model
		jumpDB     float64 // of the source
		path       func(*rand.Rand) *Profile
		parameters []parameter
	}{
		{P525{}, 0, overMountains, []parameter{tx, rx, frequency, ridge, distance}},
		{P526{}, ofG, overMountains, []parameter{tx, rx, frequency, ridge, distance}},
		{P1812{}, ofG, overMountains, []parameter{tx, rx, frequency, ridge, distance, time, locations}},
		{ITM{}, 0, overMountains, []parameter{time, locations}},
		// 158 samples 95 m apart reach 14.9 km, and the distance passes 15 km, where the
		// averaged part of the path changes.
		{Hata{}, 0, overHills, []parameter{tx, rx, frequency, rise, distance}},
	} {
		rng := rand.New(rand.NewPCG(1812, 5))
		for range 6 {
			p := tt.path(rng)
			for _, v := range tt.parameters {
				loss := func(x float64) float64 {
					l := Link{FrequencyMHz: 900, TxHeightM: 110, RxHeightM: 1.5, Tx: caoBang, Rx: caoBang}
					q := &Profile{DistanceM: slices.Clone(p.DistanceM), TerrainM: slices.Clone(p.TerrainM), ClutterM: p.ClutterM}
					v.set(&l, q, x)
					return mustLoss(t, tt.model, q, l).LossDB
				}
				const parts = 6
				for i := range parts {
					width := (v.to - v.from) / parts
					// 1e-8: rounding where a sample comes within a millimetre of an antenna.
					if jump := jumpDB(v.from+float64(i)*width, v.from+float64(i+1)*width, loss); jump > tt.jumpDB+1e-8 {
						t.Errorf("%s jumps by %g dB with the %s", tt.model.Name(), jump, v.name)
					}
				}
			}
		}
	}
}

func overMountains(rng *rand.Rand) *Profile { return mountains(rng, 30+rng.IntN(100), 60, true) }
func overHills(rng *rand.Rand) *Profile     { return hills(rng, 159, 95) }
