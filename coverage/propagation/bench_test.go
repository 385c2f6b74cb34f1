package propagation

import (
	"fmt"
	"math/rand/v2"
	"testing"
)

// The lengths are 20 km at 2 km, 667 m, 200 m, 90 m and 30 m.
func BenchmarkLoss(b *testing.B) {
	for _, m := range []Model{P525{}, P526{}, P1812{}, ITM{}} {
		for _, intervals := range []int{10, 30, 100, 222, 666} {
			p := mountains(rand.New(rand.NewPCG(1, 1)), intervals+1, 20000/float64(intervals), false)
			for _, timePercent := range []float64{50, 10} {
				if timePercent != 50 && m != Model(P1812{}) {
					continue
				}
				l := Link{FrequencyMHz: 900, TxHeightM: 30, RxHeightM: 1.5, Tx: caoBang, Rx: caoBang, TimePercent: timePercent}
				b.Run(fmt.Sprintf("%s/intervals=%d/p=%g", m.Name(), intervals, timePercent), func(b *testing.B) {
					b.ReportAllocs()
					for b.Loop() {
						mustLoss(b, m, p, l)
					}
				})
			}
		}
	}
}

// A step is a sample with the loss evaluated, one height and frequency.
func BenchmarkRay(b *testing.B) {
	const samples = 667
	p := mountains(rand.New(rand.NewPCG(1, 1)), samples, 30, false)
	for _, m := range []RayModel{P525{}, P526{}} {
		b.Run(m.Name(), func(b *testing.B) {
			ray := m.NewRay(Tx{HeightM: 30}, []float64{900})
			heights, dst := []float64{1.5}, make([]float64, 1)
			b.ReportAllocs()
			for b.Loop() {
				ray.Reset(0)
				for i, x := range p.DistanceM {
					ray.Step(x, p.TerrainM[i], 0)
					ray.Loss(heights, dst)
				}
			}
			b.ReportMetric(float64(b.N)*samples/b.Elapsed().Seconds(), "steps/s")
		})
	}
}

// The fitted models over 20 km (TR 38.901: 5 km) of hills gentle enough for an
// effective height in Hata's range: a path, and a step of a ray.
func BenchmarkFittedModels(b *testing.B) {
	for _, m := range []RayModel{Hata{}, COST231{}, TR38901{Scenario: RMa}, TR38901{Scenario: UMa}} {
		stepM := 30.0
		if _, ok := m.(TR38901); ok {
			stepM = 7.5
		}
		p := hills(rand.New(rand.NewPCG(1, 1)), 667, stepM)
		l := Link{FrequencyMHz: typicalMHz(m), TxHeightM: 60, RxHeightM: 1.5}
		b.Run(m.Name()+"/path", func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				mustLoss(b, m, p, l)
			}
		})
		b.Run(m.Name()+"/ray", func(b *testing.B) {
			ray := m.NewRay(Tx{HeightM: l.TxHeightM}, []float64{l.FrequencyMHz})
			heights, dst := []float64{l.RxHeightM}, make([]float64, 1)
			b.ReportAllocs()
			for b.Loop() {
				ray.Reset(0)
				for i, x := range p.DistanceM {
					ray.Step(x, p.TerrainM[i], 0)
					ray.Loss(heights, dst)
				}
			}
			b.ReportMetric(float64(b.N)*float64(len(p.DistanceM))/b.Elapsed().Seconds(), "steps/s")
		})
	}
}

func BenchmarkBuildingEntryLoss(b *testing.B) {
	b.ReportAllocs()
	for b.Loop() {
		if _, _, err := BuildingEntryLoss(900, 2, TraditionalBuilding); err != nil {
			b.Fatal(err)
		}
	}
}
