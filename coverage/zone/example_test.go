package zone_test

import (
	"fmt"

	"github.com/covgap/covgap/coverage/propagation"
	"github.com/covgap/covgap/coverage/zone"
	"github.com/covgap/covgap/geo/terrain"
	"github.com/paulmach/orb"
)

// Land rises from a shore at 105.72 degrees east to 300 m in the west.
func Example() {
	ground := &terrain.Grid{West: 105.5, North: 18.8, StepLon: 0.05, StepLat: 0.05, Width: 7, Height: 1, HeightsM: []float32{300, 200, 100, 40, 5, 0, 0}, Surface: terrain.DSM}
	sea := orb.MultiPolygon{{{{105.72, 18.5}, {106, 18.5}, {106, 19}, {105.72, 19}, {105.72, 18.5}}}}
	zones := zone.New(ground, []orb.MultiPolygon{sea})
	for i := range ground.Width {
		fmt.Print(map[propagation.Zone]string{propagation.Inland: "inland ", propagation.Coastal: "coastal ", propagation.Sea: "sea "}[zones.Of(i)])
	}
	// Output: inland inland coastal coastal coastal sea sea
}
