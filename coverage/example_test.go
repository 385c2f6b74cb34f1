package coverage_test

import (
	"context"
	"fmt"

	"github.com/covgap/covgap/coverage/criterion"
	"github.com/covgap/covgap/coverage/merge"
	"github.com/covgap/covgap/coverage/propagation"
	"github.com/covgap/covgap/coverage/sweep"
	"github.com/covgap/covgap/data"
	"github.com/covgap/covgap/data/habitat"
	"github.com/covgap/covgap/geo/hexgrid"
	"github.com/covgap/covgap/geo/terrain"
	"github.com/paulmach/orb"
)

// The whole chain: sectors and terrain to classes of villages. The terrain is a
// plain with a ridge of 300 m along longitude 106.05; one village lies on either
// side of it.
func Example() {
	ground := &terrain.Grid{West: 105.9, North: 22.8, StepLon: 1.0 / 1200, StepLat: 1.0 / 1200, Width: 361, Height: 241}
	for range ground.Height {
		for i := range ground.Width {
			m := float32(200)
			if i == 180 {
				m = 500
			}
			ground.HeightsM = append(ground.HeightsM, m)
		}
	}
	sites := []data.Site{{ID: "CB001", Position: orb.Point{106.02, 22.7}, Sectors: []data.Sector{{
		ID: "CB001-1", Operator: "Viettel", Technology: data.LTE, FrequencyMHz: 1800, BandwidthMHz: 20,
		AntennaHeightM: 42, Omni: true, PowerDBm: 43, GainDBi: 11, LossesDB: 1,
	}}}}
	villages := []*data.Village{{ID: "west", Population: 200}, {ID: "east", Population: 150}}
	centers := []orb.Point{{106.00, 22.7}, {106.09, 22.7}}

	c := criterion.Default()
	var cells []hexgrid.Cell
	var places []criterion.Place
	for i, v := range villages {
		at, err := hexgrid.At(centers[i], 10)
		if err != nil {
			panic(err)
		}
		cells = append(cells, at)
		places = append(places, criterion.Place{Village: v, Hexes: []habitat.WeightedHex{{Cell: at, Weight: v.Population}}, Center: at})
	}

	ctx := context.Background()
	grid, err := merge.NewGrid(cells)
	if err != nil {
		panic(err)
	}
	sweeper, err := sweep.NewSweeper(sweep.Params{
		Model: propagation.P526{}, Terrain: ground, RxHeightM: c.ReceiverHeightM, RadiusM: 10e3, Resolution: 10,
	}, nil)
	if err != nil {
		panic(err)
	}
	layers, err := merge.Layers(ctx, grid, sites, sweeper, merge.Options{Receiver: c.Receiver(), FloorDBm: c.FloorDBm})
	if err != nil {
		panic(err)
	}
	hexes := c.Hexes(layers, grid.Len())
	verdicts, err := c.Villages(places, grid, hexes)
	if err != nil {
		panic(err)
	}
	for i, v := range verdicts {
		at, _ := grid.Index(places[i].Center)
		fmt.Printf("%s of the ridge: %s at %.0f dBm, %.0f people unserved\n",
			villages[i].ID, v.Class, layers[0].BestCentiDB[at].DB(), v.PeopleUnserved)
	}
	// Output:
	// west of the ridge: served at -82 dBm, 0 people unserved
	// east of the ridge: none at -139 dBm, 150 people unserved
}
