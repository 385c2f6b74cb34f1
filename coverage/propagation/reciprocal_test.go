package propagation

import (
	"math"
	"slices"
	"testing"

	"pgregory.net/rapid"
)

// A model that calls itself reciprocal gives the same loss when antennas and profile
// swap their ends.
func TestReciprocal(t *testing.T) {
	for _, m := range []Reciprocal{P1812{}, P526{}, P525{}} {
		t.Run(m.Name(), func(t *testing.T) {
			rapid.Check(t, func(t *rapid.T) {
				n := rapid.IntRange(10, 300).Draw(t, "samples")
				stepM := rapid.Float64Range(25, 100).Draw(t, "step")
				there := Profile{ClutterM: make([]float64, n)}
				coast := rapid.Bool().Draw(t, "coast")
				h := rapid.Float64Range(0, 1500).Draw(t, "start")
				roughM := rapid.Float64Range(0, 60).Draw(t, "rough")
				for i := range n {
					there.DistanceM = append(there.DistanceM, float64(i)*stepM)
					there.TerrainM = append(there.TerrainM, h)
					h += roughM * rapid.Float64Range(-1, 1).Draw(t, "rise")
				}
				if coast {
					there.drowned(rapid.Float64Range(0, 1).Draw(t, "sea"))
				}
				back := there
				back.Zone = slices.Clone(there.Zone)
				slices.Reverse(back.Zone)
				back.TerrainM = slices.Clone(there.TerrainM)
				slices.Reverse(back.TerrainM)
				l := Link{
					FrequencyMHz: rapid.Float64Range(400, 4000).Draw(t, "f"), TxHeightM: rapid.Float64Range(1, 60).Draw(t, "tx"), RxHeightM: rapid.Float64Range(1, 60).Draw(t, "rx"),
					TimePercent: rapid.SampledFrom([]float64{0, 10, 50}).Draw(t, "time"),
				}
				l.Tx[1], l.Rx[1] = 22.5, 22.5
				if !m.Reciprocal(l) {
					t.Fatal("not reciprocal at half the locations")
				}
				r := l
				r.TxHeightM, r.RxHeightM = l.RxHeightM, l.TxHeightM
				a, err := m.Loss(&there, l)
				if err != nil {
					t.Fatal(err)
				}
				b, err := m.Loss(&back, r)
				if err != nil {
					t.Fatal(err)
				}
				// Rounding alone: seen up to 3e-9 dB.
				if math.Abs(a.LossDB-b.LossDB) > 1e-6 {
					t.Fatalf("%.9f dB there, %.9f dB back", a.LossDB, b.LossDB)
				}
			})
		})
	}
	if (P1812{}).Reciprocal(Link{LocationPercent: 90}) {
		t.Error("P.1812 is reciprocal at 90 % of locations")
	}
}
