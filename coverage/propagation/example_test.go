package propagation_test

import (
	"fmt"
	"log"

	"github.com/paulmach/orb"

	"github.com/covgap/covgap/coverage/propagation"
	"github.com/covgap/covgap/geo/terrain"
)

// The loss over a ridge, and what the method found on the way.
func ExampleP1812() {
	path := &propagation.Profile{
		DistanceM: []float64{0, 1000, 2000, 3000, 4000},
		TerrainM:  []float64{600, 480, 720, 510, 450},
	}
	link := propagation.Link{
		FrequencyMHz: 900,
		TxHeightM:    40,
		RxHeightM:    1.5,
		Tx:           orb.Point{106.26, 22.67},
		Rx:           orb.Point{106.26, 22.706},
		Explain:      true,
	}
	res, err := propagation.P1812{}.Loss(path, link)
	if err != nil {
		log.Fatal(err)
	}
	fmt.Printf("%.1f dB\n", res.LossDB)
	for _, q := range res.Intermediates {
		switch q.Name {
		case "Lbfs", "Ld50", "dlt":
			fmt.Printf("%s %s: %.1f %s\n", q.Name, q.Equation, q.Value, q.Unit)
		}
	}
	// Output:
	// 149.1 dB
	// dlt (78): 2.0 km
	// Lbfs (8): 103.5 dB
	// Ld50 (39): 45.5 dB
}

// A ray gives the loss at every step for several frequencies and receiver heights.
func ExampleRay() {
	model, err := propagation.Lookup("p526")
	if err != nil {
		log.Fatal(err)
	}
	frequenciesMHz, rxHeightsM := []float64{700, 2600}, []float64{1.5}
	ray := propagation.Prefix(model).NewRay(propagation.Tx{HeightM: 40}, frequenciesMHz)
	losses := make([]float64, len(frequenciesMHz)*len(rxHeightsM))
	ray.Reset(45)
	for i, terrainM := range []float64{600, 480, 720, 510, 450} {
		ray.Step(1000*float64(i), terrainM, 0)
		ray.Loss(rxHeightsM, losses)
		fmt.Printf("%d km: %.1f dB, %.1f dB\n", i, losses[0], losses[1])
	}
	// Output:
	// 0 km: NaN dB, NaN dB
	// 1 km: 89.5 dB, 100.9 dB
	// 2 km: 95.4 dB, 106.8 dB
	// 3 km: 144.6 dB, 161.8 dB
	// 4 km: 145.8 dB, 163.0 dB
}

// Land-cover classes become clutter heights, but not beside the receiver.
func ExampleClutterHeights_Apply() {
	heights, err := propagation.WorldCover().Heights(terrain.DTM)
	if err != nil {
		log.Fatal(err)
	}
	path := &propagation.Profile{
		DistanceM: []float64{0, 100, 200, 300, 400},
		TerrainM:  []float64{300, 300, 300, 300, 300},
	}
	classes := []uint8{30, 10, 50, 10, 40} // grass, trees, buildings, trees, crops
	if err := heights.Apply(path, classes, 100); err != nil {
		log.Fatal(err)
	}
	fmt.Println(path.ClutterM)
	// Output:
	// [0 15 10 0 0]
}

// What a link budget indoors adds: the median, and a spread for its σ.
func ExampleBuildingEntryLoss() {
	medianDB, sigmaDB, err := propagation.BuildingEntryLoss(900, 0, propagation.TraditionalBuilding)
	if err != nil {
		log.Fatal(err)
	}
	fmt.Printf("median %.1f dB, σ %.1f dB\n", medianDB, sigmaDB)
	// Output:
	// median 14.2 dB, σ 8.5 dB
}
