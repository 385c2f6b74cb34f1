// Package sample makes the sample province: an invented mountain province with
// its terrain, communes, hamlets and base stations, all from a seed. It has the
// size and the feel of Cao Bang in northern Vietnam, and it is evidence about no
// real place: names, codes, people, operators and masts are invented, and every
// file says synthetic.
//
// The landscape is made first (stream-power erosion of an uplift field, valley
// floors, karst towers), then the people settle where it lets them, then the
// operators build where the people are. Roads follow the valleys to every hamlet,
// power lines go to those with grid power, fibre lies along the main roads. Terrain is
// written as SRTM tiles, the rest in the columns the readers of package data expect.
//
// The network has two dates, [EarlierDate] and [LaterDate]; masts that came on air in
// between are missing at the first.
//
// The figures are tuned, not found: the province of seed 1 has 1,217 masts, and its
// computed gaps come near the 360 and 138 reported from Cao Bang for 2022 and August
// 2025, 29 of the latter without grid power. That is a result of the constants of this
// package and says nothing about the accuracy of what computes them. Other seeds
// differ by some tens.
//
// The same [Options] give the same bytes for any number of processors and on any
// amd64 machine built at the default GOAMD64. Where the Go compiler fuses
// multiplication and addition (arm64, ppc64le, s390x, riscv64, GOAMD64=v3) a
// rounding may send a brook the other way, and with it what stands beside it.
package sample

import (
	"context"
	"errors"
	"fmt"

	"github.com/covgap/covgap/data"
)

// ErrOptions is wrapped by the error of [Generate] for options it cannot follow.
var ErrOptions = errors.New("sample: invalid options")

// Options choose a province.
type Options struct {
	// Seed gives the province; every seed is a different one.
	Seed uint64
	// ArcSeconds is the spacing of the terrain samples: 3 or 1; 0 stands for 3.
	// Both are the same landscape with the same records on it, 1 with the finer
	// detail that 3 cannot show.
	ArcSeconds int
	// Small asks for a district of a twentieth of the size on one terrain tile,
	// made by the same steps.
	Small bool
}

// Province is a generated province. Its records are complete as package data
// describes them, except that no Pos is set and nothing is Assumed.
type Province struct {
	Options  Options
	Area     data.Area      // the province itself
	Communes []data.Area    // a partition of the province; the wards of the main town first
	Villages []data.Village // by commune, each with a polygon inside it; declared by LaterDate
	// EarlierVillages is the same villages with what was declared by EarlierDate.
	EarlierVillages []data.Village
	Sites           []data.Site // masts, each with the sectors of one or more operators
	Roads           []Line      // to every hamlet, the main roads first
	PowerLines      []Line      // to the hamlets with grid power, and none near the others
	Fibre           []Line      // along the main roads
	Tiles           []Tile      // terrain, from south to north and west to east
	Facts           Facts
}

// Facts is what the generator knows and a reader of the files should not have to
// guess. They rest on the generator's rule of thumb for reception, not on a
// propagation model.
type Facts struct {
	Stations        int // operators on masts
	ExpectedGaps    int // villages the rule of thumb leaves without service
	DeclaredGaps    int // villages declared weak or none
	DeclaredMissed  int // expected gaps that are declared served
	DeclaredExcess  int // villages expected to be served that are declared weak or none
	WithoutPower    int // villages without grid power
	GapsWithoutGrid int // declared gaps without grid power

	EarlierSites        int // masts of the earlier network
	EarlierExpectedGaps int // villages the rule of thumb leaves without service there
	EarlierDeclaredGaps int // villages declared weak or none then
}

// plan is the size of what is generated.
type plan struct {
	southSec, westSec    int // south-west corner of the terrain, arc-seconds
	tilesLon, tilesLat   int
	boundSec             [4]int // west, south, east, north limits of the province, arc-seconds
	areaKm2              float64
	elongation           float64 // east-west over north-south extent
	communes, wards      int
	villages             int
	masts                int
	people               float64
	peakM                float64 // height of the highest summit, about
	wardPeople           float64 // people in the wards together
	code, name           string
	outlets              []outlet
	boundaryWanderKm     float64 // wavelength of the province's lobes
	urbanMasts           float64 // share of the masts that stand in the wards
	townRadiusKm         float64 // radius of the basin of the main town
	townOffsetLonSec     int     // of the main town from the middle of boundSec, arc-seconds
	townOffsetLatSec     int
	townWanderKm         float64 // how far the seed may move the town
	highlandWestOfTownKm float64 // distance west of the town where the highest uplift lies
}

var provincePlan = plan{
	westSec: 105 * 3600, southSec: 22 * 3600, tilesLon: 2, tilesLat: 2,
	boundSec: [4]int{105*3600 + 1100, 22*3600 + 1280, 106*3600 + 2690, 23*3600 + 340},
	areaKm2:  6700, elongation: 1.75,
	communes: 56, wards: 3, villages: 1450, masts: 1217,
	people: 550_000, wardPeople: 84_000, peakM: 1900,
	code: "00", name: "Tỉnh Mẫu",
	// The trunk leaves to the south-east, a second river to the south-west, a third
	// to the north-east: three basins with divides inside the province.
	outlets:          []outlet{{south, 0.80, 110}, {west, 0.22, 130}, {east, 0.80, 240}},
	boundaryWanderKm: 26, urbanMasts: 0.14, townRadiusKm: 8,
	townOffsetLonSec: 540, townOffsetLatSec: -120, townWanderKm: 6, highlandWestOfTownKm: 48,
}

var districtPlan = plan{
	westSec: 106 * 3600, southSec: 22 * 3600, tilesLon: 1, tilesLat: 1,
	boundSec: [4]int{106*3600 + 1180, 22*3600 + 1260, 106*3600 + 2420, 22*3600 + 2340},
	areaKm2:  335, elongation: 1.3,
	communes: 12, wards: 1, villages: 72, masts: 61,
	people: 27_500, wardPeople: 5_200, peakM: 1500,
	code: "00", name: "Huyện Mẫu",
	outlets:          []outlet{{south, 0.62, 110}, {east, 0.75, 180}},
	boundaryWanderKm: 9, urbanMasts: 0.15, townRadiusKm: 3,
	townOffsetLonSec: 60, townOffsetLatSec: -30, townWanderKm: 2, highlandWestOfTownKm: 22,
}

// Generate makes the province that o asks for. The error wraps ErrOptions, or is
// the context's.
func Generate(ctx context.Context, o Options) (*Province, error) {
	if o.ArcSeconds == 0 {
		o.ArcSeconds = 3
	}
	if o.ArcSeconds != 3 && o.ArcSeconds != 1 {
		return nil, fmt.Errorf("%w: arc-seconds %d, expected 3 or 1", ErrOptions, o.ArcSeconds)
	}
	pl := &provincePlan
	if o.Small {
		pl = &districtPlan
	}
	land, err := newLandscape(ctx, pl, o.Seed)
	if err != nil {
		return nil, err
	}
	p := &Province{Options: o}
	if p.Tiles, err = land.tiles(ctx, o.ArcSeconds); err != nil {
		return nil, err
	}
	people, err := settle(ctx, pl, land, o.Seed)
	if err != nil {
		return nil, err
	}
	people.drawLines(p)
	p.Area, p.Communes, p.Villages = people.province, people.communes, people.villages
	if err := build(ctx, pl, people, o.Seed, p); err != nil {
		return nil, err
	}
	return p, nil
}
