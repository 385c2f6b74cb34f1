package habitat_test

import (
	"errors"
	"fmt"
	"math"
	"testing"

	"github.com/covgap/covgap/data"
	"github.com/covgap/covgap/data/habitat"
	"github.com/covgap/covgap/geo/geodesy"
	"github.com/covgap/covgap/geo/hexgrid"
	"github.com/covgap/covgap/geo/terrain"
	"github.com/paulmach/orb"
	"pgregory.net/rapid"
)

const resolution = 10

func square(p orb.Point, halfM float64) orb.Polygon {
	e := geodesy.Destination(p, 90, halfM)[0] - p[0]
	n := geodesy.Destination(p, 0, halfM)[1] - p[1]
	return orb.Polygon{{
		{p[0] - e, p[1] - n},
		{p[0] + e, p[1] - n},
		{p[0] + e, p[1] + n},
		{p[0] - e, p[1] + n},
		{p[0] - e, p[1] - n},
	}}
}

// ground makes terrain of one arc-second around p from metres east and north of it.
func ground(p orb.Point, heightM func(eastM, northM float64) float64) *terrain.Grid {
	const step, n = 1.0 / 3600, 201
	g := &terrain.Grid{
		West: p[0] - n/2*step, North: p[1] + n/2*step, StepLon: step, StepLat: step,
		Width: n, Height: n, HeightsM: make([]float32, n*n), Surface: terrain.DTM,
	}
	lonM := geodesy.Distance(p, orb.Point{p[0] + step, p[1]})
	latM := geodesy.Distance(p, orb.Point{p[0], p[1] + step})
	for j := range n {
		for i := range n {
			g.HeightsM[j*n+i] = float32(heightM(float64(i-n/2)*lonM, float64(n/2-j)*latM))
		}
	}
	return g
}

var caoBang = orb.Point{106.25, 22.67}

func total(hexes []habitat.WeightedHex) float64 {
	sum := 0.0
	for _, h := range hexes {
		sum += h.Weight
	}
	return sum
}

// A valley 500 m high lies in the west, and a slope of 45° rises from it to the east.
func TestMountainsideCarriesNoPeople(t *testing.T) {
	grid := ground(caoBang, func(eastM, _ float64) float64 { return 500 + math.Max(0, eastM) })
	v := &data.Village{ID: "v", Geometry: square(caoBang, 1000), Population: 250}
	hexes, rule, err := (&habitat.Land{Terrain: grid}).Spread(v, resolution)
	if err != nil {
		t.Fatal(err)
	}
	if rule != habitat.GentleAndLow {
		t.Errorf("rule %q, want %q", rule, habitat.GentleAndLow)
	}
	all, _, err := (&habitat.Land{}).Spread(v, resolution)
	if err != nil {
		t.Fatal(err)
	}
	// Half of the square is flat; the hexes on its edge may fall to either side.
	if share := float64(len(hexes)) / float64(len(all)); math.Abs(share-0.5) > 0.06 {
		t.Errorf("%d of %d hexes are habitable, want about half", len(hexes), len(all))
	}
	for _, h := range hexes {
		if east := h.Cell.Center()[0] - caoBang[0]; east > 0.0004 { // a sample and a half: Horn's window
			t.Errorf("hex %s, %.5f° up the slope, is habitable", h.Cell, east)
		}
	}
	if got := total(hexes); math.Abs(got-250) > 1e-9 {
		t.Errorf("weights sum to %v, want 250", got)
	}
	c, err := habitat.Center(v, hexes)
	if err != nil {
		t.Fatal(err)
	}
	if c.Center()[0] >= caoBang[0] {
		t.Errorf("the centre %v lies on the mountainside", c.Center())
	}
}

// A terrace at 900 m over the valley: flat, but in the upper half of the relief.
func TestHighTerraceCarriesNoPeople(t *testing.T) {
	grid := ground(caoBang, func(eastM, _ float64) float64 {
		if eastM > 200 {
			return 900
		}
		return 500
	})
	v := &data.Village{Geometry: square(caoBang, 1000), Population: 1}
	hexes, rule, err := (&habitat.Land{Terrain: grid}).Spread(v, resolution)
	if err != nil || rule != habitat.GentleAndLow {
		t.Fatalf("rule %q, error %v", rule, err)
	}
	for _, h := range hexes {
		if grid.At(h.Cell.Center()) > 700 {
			t.Errorf("hex at %v m is habitable", grid.At(h.Cell.Center()))
		}
	}
}

func TestWithoutGentleGroundAllHexesCount(t *testing.T) {
	v := &data.Village{Geometry: square(caoBang, 600), Population: 1}
	for name, grid := range map[string]*terrain.Grid{
		"no terrain":    nil,
		"steep":         ground(caoBang, func(eastM, _ float64) float64 { return 5000 + eastM }),
		"unknown":       ground(caoBang, func(_, _ float64) float64 { return math.NaN() }),
		"far elsewhere": ground(orb.Point{8, 46}, func(_, _ float64) float64 { return 1 }),
	} {
		hexes, rule, err := (&habitat.Land{Terrain: grid}).Spread(v, resolution)
		if err != nil || rule != habitat.All {
			t.Errorf("%s: rule %q, error %v; want all", name, rule, err)
		}
		cells, err := hexgrid.Fill(v.Geometry, resolution)
		if err != nil || len(cells) != len(hexes) {
			t.Errorf("%s: %d hexes of %d, error %v", name, len(hexes), len(cells), err)
		}
	}
}

// A map of people decides, in proportion, over built-up land, and that over slopes;
// a map with nothing in the village does not.
func TestMapsDecide(t *testing.T) {
	grid := ground(caoBang, func(_, _ float64) float64 { return 500 })
	v := &data.Village{Geometry: square(caoBang, 1000), Population: 300}
	cells, err := hexgrid.Fill(v.Geometry, resolution)
	if err != nil {
		t.Fatal(err)
	}
	people := map[hexgrid.Cell]float64{cells[3]: 10, cells[5]: 5}
	built := map[hexgrid.Cell]float64{cells[7]: 2}
	elsewhere := map[hexgrid.Cell]float64{cells[0].Disk(30)[2000]: 9}
	for name, tt := range map[string]struct {
		land habitat.Land
		rule habitat.Rule
		want map[hexgrid.Cell]float64
	}{
		"people":                    {habitat.Land{People: people, BuiltUp: built, Terrain: grid}, habitat.People, map[hexgrid.Cell]float64{cells[3]: 200, cells[5]: 100}},
		"built up":                  {habitat.Land{BuiltUp: built, Terrain: grid}, habitat.BuiltUp, map[hexgrid.Cell]float64{cells[7]: 300}},
		"people live elsewhere":     {habitat.Land{People: elsewhere, BuiltUp: built}, habitat.BuiltUp, map[hexgrid.Cell]float64{cells[7]: 300}},
		"buildings stand elsewhere": {habitat.Land{BuiltUp: elsewhere, Terrain: grid}, habitat.GentleAndLow, nil},
	} {
		hexes, rule, err := tt.land.Spread(v, resolution)
		if err != nil || rule != tt.rule || math.Abs(total(hexes)-300) > 1e-9 {
			t.Errorf("%s: rule %q, %g people, error %v", name, rule, total(hexes), err)
		}
		if tt.want == nil {
			continue
		}
		if len(hexes) != len(tt.want) {
			t.Errorf("%s: %d hexes, want %d", name, len(hexes), len(tt.want))
		}
		for _, h := range hexes {
			if math.Abs(h.Weight-tt.want[h.Cell]) > 1e-9 {
				t.Errorf("%s: %g people in %v, want %g", name, h.Weight, h.Cell, tt.want[h.Cell])
			}
		}
	}
	land := habitat.Land{People: people}
	if got := land.PeopleOf(v, resolution); got != 15 {
		t.Errorf("%g people in the village, want 15", got)
	}
}

func TestSmallVillagesKeepAHex(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		p := orb.Point{rapid.Float64Range(102, 110).Draw(t, "lon"), rapid.Float64Range(8, 23).Draw(t, "lat")}
		m := rapid.Float64Range(1, 400).Draw(t, "m")
		point := &data.Village{Geometry: p, RadiusM: m, Population: 100}
		polygon := &data.Village{Geometry: square(p, m), Population: 100}
		for _, v := range []*data.Village{point, polygon} {
			hexes, _, err := (&habitat.Land{}).Spread(v, 9)
			if err != nil || len(hexes) == 0 {
				t.Fatalf("%T of %v m: %d hexes, error %v", v.Geometry, m, len(hexes), err)
			}
			if math.Abs(total(hexes)-100) > 1e-9 {
				t.Fatalf("weights sum to %v", total(hexes))
			}
			if _, err := habitat.Center(v, hexes); err != nil {
				t.Fatal(err)
			}
		}
	})
}

func TestCenter(t *testing.T) {
	v := &data.Village{Geometry: square(caoBang, 1000), Population: 1}
	hexes, _, err := (&habitat.Land{}).Spread(v, resolution)
	if err != nil {
		t.Fatal(err)
	}
	c, err := habitat.Center(v, hexes)
	if err != nil {
		t.Fatal(err)
	}
	// Of equal hexes the one nearest to the middle: no further than a hex is wide.
	if d := geodesy.Distance(c.Center(), caoBang); d > hexgrid.EdgeM(resolution) {
		t.Errorf("centre %.0f m from the middle", d)
	}
	hexes[0].Weight *= 2
	if c, err := habitat.Center(v, hexes); err != nil || c != hexes[0].Cell {
		t.Errorf("centre %s, want the heaviest hex %s (%v)", c, hexes[0].Cell, err)
	}
	stated := geodesy.Destination(caoBang, 45, 900)
	v.Center = &stated
	want, _ := hexgrid.At(stated, resolution)
	if c, err := habitat.Center(v, hexes); err != nil || c != want {
		t.Errorf("centre %s, want the stated %s (%v)", c, want, err)
	}
}

func TestSpreadErrors(t *testing.T) {
	for _, g := range []orb.Geometry{nil, orb.LineString{{1, 2}, {3, 4}}, orb.Point{106, 22}} {
		if _, _, err := (&habitat.Land{}).Spread(&data.Village{Geometry: g}, resolution); !errors.Is(err, habitat.ErrGeometry) {
			t.Errorf("%v: error %v, want ErrGeometry", g, err)
		}
	}
	v := &data.Village{Geometry: square(caoBang, 100)}
	if _, _, err := (&habitat.Land{}).Spread(v, 16); !errors.Is(err, hexgrid.ErrResolution) {
		t.Errorf("resolution 16: error %v", err)
	}
}

func Example() {
	v := &data.Village{ID: "nà-bản", Geometry: orb.Point{106.25, 22.67}, RadiusM: 300, Population: 170}
	hexes, rule, err := (&habitat.Land{}).Spread(v, 10)
	if err != nil {
		panic(err)
	}
	centre, err := habitat.Center(v, hexes)
	if err != nil {
		panic(err)
	}
	fmt.Printf("%d hexes (%s), %.0f people each, centre %.4f %.4f\n", len(hexes), rule, hexes[0].Weight, centre.Center()[1], centre.Center()[0])
	// Output:
	// 17 hexes (all), 10 people each, centre 22.6700 106.2494
}
