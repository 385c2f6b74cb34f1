package document

import (
	"cmp"
	"encoding/base64"
	"math"
	"slices"

	"github.com/covgap/covgap/cmd/covgap/lang"
	"github.com/covgap/covgap/cmd/covgap/report"
	"github.com/covgap/covgap/cmd/covgap/run"
	"github.com/covgap/covgap/coverage/criterion"
	"github.com/covgap/covgap/data"
	"github.com/covgap/covgap/geo/geodesy"
	"github.com/paulmach/orb"
	"github.com/paulmach/orb/planar"
	"github.com/paulmach/orb/simplify"
)

// mapHexes is the most hexes that the report's map shows: 14 thousand take a megabyte
// of the file, a fifth of that compressed.
const mapHexes = 20_000

// reliefPx is how wide the picture of the relief is: two pixels a terrain sample of 90 m
// across a province of 60 km, one across 120 km.
const reliefPx = 1300

// perDegree is what coordinates on the map are multiplied by: they are whole numbers of
// some metre.
const perDegree = 1e5

// outlineM is how far the outlines of communes and villages on the map may be off.
const outlineM = 25.0

// mapData is what the map of the report is drawn from, as JSON in the file.
type mapData struct {
	Lang      lang.Lang           `json:"lang"`
	Project   string              `json:"project"`
	Synthetic bool                `json:"synthetic"`
	Bounds    [4]float64          `json:"bounds"` // west, south, east, north
	Criterion criterion.Criterion `json:"criterion"`
	// Hexes are whole numbers each: the class by its place in Classes, the level in dBm
	// (0 where no sector reaches), then the corners, each against the one before; the
	// first against the first of the hex before.
	Hexes    [][]int      `json:"hexes"`
	Classes  []data.Class `json:"classes"`
	Communes []outline    `json:"communes"`
	Villages []mark       `json:"villages"`
	Sites    []place      `json:"sites"`
	Plan     []place      `json:"plan"`
	Relief   *picture     `json:"relief"`
}

// outline is an area with its name and where to write it. Rings are whole numbers, each
// corner against the one before.
type outline struct {
	Name  string     `json:"name"`
	At    [2]float64 `json:"at"`
	Rings [][]int    `json:"rings"`
}

// mark is a village that is a gap, computed or declared.
type mark struct {
	ID       string     `json:"village_id"`
	Name     string     `json:"name"`
	Commune  string     `json:"commune"`
	Class    data.Class `json:"class"`
	Declared data.Class `json:"declared_status"`
	Certain  string     `json:"certainty,omitempty"`
	Unserved *float64   `json:"people_unserved"`
	Lon      float64    `json:"centre_lon"`
	Lat      float64    `json:"centre_lat"`
	Rings    [][]int    `json:"rings"`
}

type place struct {
	ID  string  `json:"id"`
	Lon float64 `json:"lon"`
	Lat float64 `json:"lat"`
}

// picture is a picture in a box of the map.
type picture struct {
	URL    string     `json:"url"`
	Bounds [4]float64 `json:"bounds"`
}

func newMapData(r *run.Run, s *run.Summary, found *results, l lang.Lang) (*mapData, error) {
	b := r.Inputs.Bound
	out := &mapData{
		Lang: l, Project: s.Project, Synthetic: s.Synthetic, Bounds: box(b), Criterion: s.Criterion,
		Classes: []data.Class{data.Served, data.Weak, data.None}, Communes: []outline{}, Villages: []mark{}, Sites: []place{}, Plan: []place{},
	}
	var last [2]int
	for _, h := range coarser(found.hexes) {
		class := slices.Index(out.Classes, h.class)
		if class < 0 {
			continue
		}
		level := 0
		if h.signalDBm != nil {
			level = int(math.Round(*h.signalDBm))
		}
		ring := h.cell.Boundary()
		numbers, first := against([]int{class, level}, ring[:len(ring)-1], last)
		last = first
		out.Hexes = append(out.Hexes, numbers)
	}
	toleranceDeg := outlineM / (geodesy.Distance(orb.Point{b.Center()[0], b.Center()[1] - 0.5}, orb.Point{b.Center()[0], b.Center()[1] + 0.5}))
	for i := range r.Inputs.Areas {
		a := &r.Inputs.Areas[i]
		at, _ := planar.CentroidArea(a.Geometry)
		out.Communes = append(out.Communes, outline{a.Name, [2]float64{degrees(at[0]), degrees(at[1])}, rings(a.Geometry, toleranceDeg)})
	}
	for i := range found.villages {
		v := &found.villages[i]
		if v.gap() || v.declaredGap() {
			out.Villages = append(out.Villages, mark{v.ID, v.Name, v.Commune, v.Class, v.Declared, v.Certain, v.Unserved, v.Lon, v.Lat, rings(v.outline, toleranceDeg)})
		}
	}
	for i := range r.Inputs.Sites {
		site := &r.Inputs.Sites[i]
		out.Sites = append(out.Sites, place{site.ID, degrees(site.Position[0]), degrees(site.Position[1])})
	}
	if found.plan != nil {
		for i := range found.plan.Actions {
			a := &found.plan.Actions[i]
			out.Plan = append(out.Plan, place{a.SiteID, degrees(a.Longitude), degrees(a.Latitude)})
		}
	}
	jpeg, shown, err := report.ReliefJPEG(r.Inputs.Terrain, b, reliefPx)
	if err != nil {
		return nil, err
	}
	out.Relief = &picture{"data:image/jpeg;base64," + base64.StdEncoding.EncodeToString(jpeg), box(shown)}
	return out, nil
}

func degrees(v float64) float64 { return math.Round(v*perDegree) / perDegree }

func box(b orb.Bound) [4]float64 {
	return [4]float64{degrees(b.Min[0]), degrees(b.Min[1]), degrees(b.Max[0]), degrees(b.Max[1])}
}

// against appends points in whole numbers, each against the one before, and gives the
// first.
func against(to []int, points []orb.Point, last [2]int) (numbers []int, first [2]int) {
	for i, p := range points {
		now := [2]int{int(math.Round(p[0] * perDegree)), int(math.Round(p[1] * perDegree))}
		to = append(to, now[0]-last[0], now[1]-last[1])
		if last = now; i == 0 {
			first = now
		}
	}
	return to, first
}

// rings gives the rings of an area with corners left out that change it by less than the
// tolerance.
func rings(g orb.MultiPolygon, toleranceDeg float64) [][]int {
	out := [][]int{}
	for _, polygon := range g {
		for _, r := range polygon {
			kept := simplify.DouglasPeucker(toleranceDeg).Ring(r.Clone())
			if len(kept) < 4 { // smaller than the tolerance
				kept = r
			}
			numbers, _ := against(nil, kept, [2]int{})
			out = append(out, numbers)
		}
	}
	return out
}

// coarser gives the hexes at the finest resolution at which they are at most mapHexes. A
// parent is shown with the values of one of its hexes: of the class that most have, of
// equals the worse, that with the median level.
func coarser(hexes []hexagon) []hexagon {
	for len(hexes) > mapHexes {
		var out []hexagon
		resolution := hexes[0].cell.Resolution() - 1
		for from := 0; from < len(hexes); { // cells of one parent follow each other
			parent, to := hexes[from].cell.Parent(resolution), from+1
			for to < len(hexes) && hexes[to].cell.Parent(resolution) == parent {
				to++
			}
			h := typical(hexes[from:to])
			h.cell = parent
			out = append(out, h)
			from = to
		}
		hexes = out
	}
	return hexes
}

func typical(hexes []hexagon) hexagon {
	var most []hexagon
	for _, class := range []data.Class{data.None, data.Weak, data.Served} {
		var of []hexagon
		for _, h := range hexes {
			if h.class == class {
				of = append(of, h)
			}
		}
		if len(of) > len(most) {
			most = of
		}
	}
	if len(most) == 0 {
		return hexes[0]
	}
	slices.SortStableFunc(most, func(a, b hexagon) int { return cmp.Compare(a.level(), b.level()) })
	return most[len(most)/2]
}

func (h hexagon) level() float64 {
	if h.signalDBm == nil {
		return math.Inf(-1)
	}
	return *h.signalDBm
}
