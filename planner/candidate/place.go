package candidate

import (
	"fmt"
	"math"
	"runtime"
	"slices"
	"sync/atomic"

	"github.com/covgap/covgap/data"
	"github.com/covgap/covgap/geo/geodesy"
	"github.com/covgap/covgap/geo/hexgrid"
	"github.com/covgap/covgap/geo/terrain"
	"github.com/covgap/covgap/planner/template"
	"github.com/paulmach/orb"
	"golang.org/x/sync/errgroup"
)

// DefaultResolution is the H3 resolution of the hexes in which masts are placed:
// 0.11 km², an edge of 200 m.
const DefaultResolution = 9

// Place is where antennas can be put up.
type Place struct {
	ID      string       // of the user's point, or of the site that stands there; "" for a hex
	Hex     hexgrid.Cell // whose highest ground it is; 0 for a point and a site
	At      orb.Point
	GroundM float64 // above sea level
	// Options are what can be put up, each by itself.
	Options []Option
}

// Option is antennas on one mast: those of a template, whose directions are chosen
// where it leaves them open, or sectors in given directions.
type Option struct {
	Template *template.Site
	Sectors  []data.Sector // when Template is nil
}

// Point is a place that the user names.
type Point struct {
	ID       string
	Position orb.Point
}

// Zone is ground on which no mast may stand.
type Zone struct {
	Name     string
	Geometry orb.Geometry // an orb.Polygon or orb.MultiPolygon
}

// Limits say where masts may stand. The zero Limits allow them everywhere.
type Limits struct {
	Area       orb.Geometry // an orb.Polygon or orb.MultiPolygon; nil sets no limit
	BorderM    float64      // least distance from the edge of Area, 0 for none
	Exclusions []Zone
	OnWater    func(orb.Point) bool // says where the sea is; nil for nowhere
	MaxSlope   float64              // degrees from the horizontal, by terrain.Grid.SlopeDeg; 0 sets no limit
	// RoadM gives the distance to the nearest road; MaxRoadM is the most allowed, 0
	// for no limit.
	RoadM    func(orb.Point) float64
	MaxRoadM float64
}

// Reason says why a place is none.
type Reason string

// The reasons.
const (
	OutsideArea Reason = "outside_area"
	AtBorder    Reason = "at_border"      // nearer than Limits.BorderM to the edge of the area
	Excluded    Reason = "excluded"       // in a zone of Limits.Exclusions
	OnWater     Reason = "on_water"       // by Limits.OnWater
	TooSteep    Reason = "too_steep"      // above Limits.MaxSlope
	FarFromRoad Reason = "far_from_road"  // beyond Limits.MaxRoadM
	NoTerrain   Reason = "no_terrain"     // no ground height
	OutOfReach  Reason = "out_of_reach"   // further than the radius from every receiver
	ServesNone  Reason = "serves_nobody"  // no option serves anybody
	NoAntenna   Reason = "nothing_to_add" // a site at which no option is left
)

// Rejection is a place that was refused.
type Rejection struct {
	ID     string // of the hex, point or site
	At     orb.Point
	Reason Reason
	Detail string // which zone, how steep, how far
}

// Tally counts places by what became of them.
type Tally struct {
	Tried    int            `yaml:"tried" json:"tried"` // within the radius of a receiver
	Rejected map[Reason]int `yaml:"rejected,omitempty" json:"rejected,omitempty"`
	Kept     int            `yaml:"kept" json:"kept"`
}

// Reject counts a refused place.
func (t *Tally) Reject(r Reason) {
	if t.Rejected == nil {
		t.Rejected = map[Reason]int{}
	}
	t.Rejected[r]++
	t.Kept--
}

// Ground is the places of a search before anything is put up on them.
type Ground struct {
	Terrain   *terrain.Grid
	Receivers []Receiver
	RadiusM   float64
	Limits    Limits
	// Note, when not nil, is told of every refused place.
	Note func(Rejection)
}

// Hexes gives the highest ground of each hex within the radius of a receiver that
// the limits allow, in order of the hexes. The error wraps ErrInput.
func (g *Ground) Hexes(resolution int) ([]Place, Tally, error) {
	villages := group(g.Receivers)
	near := map[hexgrid.Cell]struct{}{}
	for _, v := range villages {
		around, err := hexgrid.Within(v.center, v.radiusM+g.RadiusM, resolution)
		if err != nil {
			return nil, Tally{}, fmt.Errorf("%w: %w", ErrInput, err)
		}
		for _, c := range around {
			near[c] = struct{}{}
		}
	}
	cells := make([]hexgrid.Cell, 0, len(near))
	for c := range near {
		cells = append(cells, c)
	}
	slices.Sort(cells)
	limits, err := g.Limits.prepare(g.Terrain)
	if err != nil {
		return nil, Tally{}, err
	}
	// Each cell by itself, so that any number of processors gives the same.
	places := make([]Place, len(cells))
	rejected := make([]Rejection, len(cells))
	const batch = 1024
	var next atomic.Int64
	var workers errgroup.Group
	for range runtime.GOMAXPROCS(0) {
		workers.Go(func() error {
			for {
				from := int(next.Add(batch)) - batch
				if from >= len(cells) {
					return nil
				}
				for i := from; i < min(from+batch, len(cells)); i++ {
					places[i], rejected[i] = g.hex(cells[i], limits, villages)
				}
			}
		})
	}
	if err := workers.Wait(); err != nil {
		return nil, Tally{}, err
	}
	tally := Tally{Tried: len(cells), Kept: len(cells)}
	kept := places[:0]
	for i, r := range rejected {
		if r.Reason != "" {
			g.reject(&tally, r)
			continue
		}
		kept = append(kept, places[i])
	}
	return kept, tally, nil
}

// hex gives the place of a hex, or why it is none.
func (g *Ground) hex(c hexgrid.Cell, limits *limits, villages []settlement) (Place, Rejection) {
	at, groundM, ok := g.Terrain.HighestIn(c.Boundary())
	at = rounded(at)
	reason, detail := NoTerrain, ""
	switch {
	case !ok:
		at = c.Center()
		if outside := limits.outside(at); outside != "" { // what lies beyond the border often has no terrain
			reason = outside
		}
	case limits.outside(c.Center()) != "":
		reason = OutsideArea
	default:
		if reason, detail = limits.check(at); reason == "" && !within(at, g.RadiusM, villages, g.Receivers) {
			reason = OutOfReach
		}
	}
	if reason != "" {
		return Place{}, Rejection{c.String(), at, reason, detail}
	}
	return Place{Hex: c, At: at, GroundM: groundM}, Rejection{}
}

// Points gives those of the user's points within the radius of a receiver that the
// limits allow, in their order, exactly where they lie. The error wraps ErrInput.
func (g *Ground) Points(points []Point) ([]Place, Tally, error) {
	limits, err := g.Limits.prepare(g.Terrain)
	if err != nil {
		return nil, Tally{}, err
	}
	villages := group(g.Receivers)
	tally := Tally{Tried: len(points), Kept: len(points)}
	var places []Place
	for _, p := range points {
		p.Position = rounded(p.Position)
		groundM := g.Terrain.At(p.Position)
		reason, detail := limits.check(p.Position)
		switch {
		case reason == "" && math.IsNaN(groundM):
			reason = NoTerrain
		case reason == "" && !within(p.Position, g.RadiusM, villages, g.Receivers):
			reason = OutOfReach
		}
		if reason != "" {
			g.reject(&tally, Rejection{p.ID, p.Position, reason, detail})
			continue
		}
		places = append(places, Place{ID: p.ID, At: p.Position, GroundM: groundM})
	}
	return places, tally, nil
}

// Sites gives those of the sites within the radius of a receiver, in their order.
// Limits do not concern them: they stand already.
func (g *Ground) Sites(sites []data.Site) ([]Place, Tally) {
	villages := group(g.Receivers)
	tally := Tally{}
	var places []Place
	for i := range sites {
		s := &sites[i]
		if !within(s.Position, g.RadiusM, villages, g.Receivers) {
			continue
		}
		tally.Tried++
		tally.Kept++
		groundM := g.Terrain.At(s.Position)
		if math.IsNaN(groundM) {
			g.reject(&tally, Rejection{s.ID, s.Position, NoTerrain, ""})
			continue
		}
		places = append(places, Place{ID: s.ID, At: s.Position, GroundM: groundM})
	}
	return places, tally
}

// rounded gives a position to a millionth of a degree, 0.1 m, as plans state it: what is
// judged is what is built.
func rounded(p orb.Point) orb.Point {
	const scale = 1e6
	return orb.Point{math.Round(p[0]*scale) / scale, math.Round(p[1]*scale) / scale}
}

func (g *Ground) reject(t *Tally, r Rejection) {
	t.Reject(r.Reason)
	if g.Note != nil {
		g.Note(r)
	}
}

// limits are Limits made ready for many places.
type limits struct {
	*Limits
	terrain *terrain.Grid
	area    region
	zones   []region
}

// region is polygons, indexed: as many areas.
type region struct{ index *data.AreaIndex }

func (l *Limits) prepare(g *terrain.Grid) (*limits, error) {
	out := &limits{Limits: l, terrain: g}
	var err error
	if out.area, err = newRegion(l.Area, "the area"); err != nil {
		return nil, err
	}
	for _, z := range l.Exclusions {
		r, err := newRegion(z.Geometry, fmt.Sprintf("zone %q", z.Name))
		if err != nil {
			return nil, err
		}
		out.zones = append(out.zones, r)
	}
	return out, nil
}

func newRegion(geometry orb.Geometry, name string) (region, error) {
	var polygons orb.MultiPolygon
	switch a := geometry.(type) {
	case nil:
	case orb.Polygon:
		polygons = orb.MultiPolygon{a}
	case orb.MultiPolygon:
		polygons = a
	default:
		return region{}, fmt.Errorf("%w: %s is a %s; expected a polygon or multipolygon", ErrInput, name, geometry.GeoJSONType())
	}
	areas := make([]data.Area, len(polygons))
	for i, p := range polygons {
		areas[i].Geometry = orb.MultiPolygon{p}
	}
	return region{data.NewAreaIndex(areas)}, nil
}

func (r *region) contains(p orb.Point) bool {
	_, ok := r.index.At(p)
	return ok
}

// outside gives OutsideArea when p is, else nothing.
func (l *limits) outside(p orb.Point) Reason {
	if l.Area != nil && !l.area.contains(p) {
		return OutsideArea
	}
	return ""
}

// borderDirections is in how many directions from a place the border is looked for.
const borderDirections = 16

// check gives the first reason against a place, "" when there is none.
func (l *limits) check(p orb.Point) (reason Reason, detail string) {
	if r := l.outside(p); r != "" {
		return r, ""
	}
	if l.Area != nil && l.BorderM > 0 {
		for i := range borderDirections {
			if l.outside(geodesy.Destination(p, 360*float64(i)/borderDirections, l.BorderM)) != "" {
				return AtBorder, fmt.Sprintf("within %.0f m", l.BorderM)
			}
		}
	}
	for i := range l.zones {
		if l.zones[i].contains(p) {
			return Excluded, l.Exclusions[i].Name
		}
	}
	if l.OnWater != nil && l.OnWater(p) {
		return OnWater, ""
	}
	if l.MaxSlope > 0 {
		// Not known on the edge of the terrain, where nothing speaks against a place.
		if deg := l.terrain.SlopeDeg(p); deg > l.MaxSlope {
			return TooSteep, fmt.Sprintf("%.0f°", deg)
		}
	}
	if l.MaxRoadM > 0 && l.RoadM != nil {
		if m := l.RoadM(p); m > l.MaxRoadM {
			return FarFromRoad, fmt.Sprintf("%.0f m", m)
		}
	}
	return "", ""
}

// settlement is the receivers of a village with a circle around them, so that far
// villages cost one distance.
type settlement struct {
	from, to  int // of the receivers
	center    orb.Point
	radiusM   float64
	cartesian geodesy.Cartesian // of the center
}

func group(receivers []Receiver) []settlement {
	var out []settlement
	for i := 0; i < len(receivers); {
		s := settlement{from: i, to: i, center: receivers[i].Position}
		bound := orb.Bound{Min: s.center, Max: s.center}
		for s.to < len(receivers) && receivers[s.to].Village == receivers[i].Village {
			bound = bound.Extend(receivers[s.to].Position)
			s.to++
		}
		s.center = bound.Center()
		for _, r := range receivers[s.from:s.to] {
			s.radiusM = max(s.radiusM, geodesy.Distance(s.center, r.Position))
		}
		s.cartesian = geodesy.ToCartesian(s.center)
		out = append(out, s)
		i = s.to
	}
	return out
}

// within says whether a receiver lies within radiusM of p.
func within(p orb.Point, radiusM float64, villages []settlement, receivers []Receiver) bool {
	local := geodesy.NewLocal(p)
	for i := range villages {
		v := &villages[i]
		if reachM := radiusM + v.radiusM; local.Chord2M2(&v.cartesian) > reachM*reachM {
			continue
		}
		switch m := geodesy.Distance(p, v.center); {
		case m > radiusM+v.radiusM:
		case m+v.radiusM <= radiusM:
			return true
		default:
			for _, r := range receivers[v.from:v.to] {
				if geodesy.Distance(p, r.Position) <= radiusM {
					return true
				}
			}
		}
	}
	return false
}
