package answer

import (
	"cmp"
	"context"
	"math"
	"slices"

	"github.com/covgap/covgap/data"
	"github.com/covgap/covgap/geo/geodesy"
	"github.com/covgap/covgap/geo/hexgrid"
	"github.com/covgap/covgap/planner"
	"github.com/covgap/covgap/planner/candidate"
	"github.com/paulmach/orb"
)

// How far and how finely a better place for a mast is looked for.
const (
	MaxSnapM       = 2000 // from the point that was asked for
	snapApartM     = 100  // between places that are tried
	snapPlaces     = 12   // the highest are tried
	snapHexes      = 8    // of a village stand for it
	snapVillages   = 40   // the nearest gaps are looked at
	pointDecimals  = 6    // of degrees: 0.1 m
	peopleDecimals = 1
)

// Snap is the best place for a mast about a point.
type Snap struct {
	Longitude float64 `json:"longitude"`
	Latitude  float64 `json:"latitude"`
	GroundM   float64 `json:"ground_m"`
	DistanceM float64 `json:"distance_m"` // from the point
	Template  string  `json:"template"`
	// People are those without service today whom a mast of the template would serve,
	// estimated from some hexes of each gap in reach; PeopleHere those from the point
	// itself.
	People     float64 `json:"people"`
	PeopleHere float64 `json:"people_here"`
	Tried      int     `json:"tried"` // places
}

// Snap looks for the place within radiusM from which a mast of a template (the first
// of the project where it is "") serves most people in gaps, by the exact path: among
// the highest ground of the hexes there and the point itself; of equals the highest.
func (a *Answers) Snap(ctx context.Context, at orb.Point, radiusM float64, template string) (*Snap, error) {
	if !(radiusM >= 0 && radiusM <= MaxSnapM) {
		return nil, questionf("a radius of %g m; expected 0 to %d", radiusM, MaxSnapM)
	}
	p, in := a.run.Project, a.run.Inputs
	if template == "" {
		template = p.Plan.Templates[0].Name
	}
	built, err := planner.Apply(nil, []planner.Action{{Kind: planner.NewSite, SiteID: "NEW", Template: template, Longitude: at.Lon(), Latitude: at.Lat()}}, p.Plan.Templates)
	if err != nil {
		return nil, err
	}
	terrain := a.run.Coverage.Params.Terrain
	type place struct {
		at      orb.Point
		groundM float64
		people  float64
	}
	here := place{at: at, groundM: terrain.At(at)}
	if _, inside := in.Index.At(at); !inside || math.IsNaN(here.groundM) {
		return nil, missingf("%.5f,%.5f lies outside the areas of the project", at.Lon(), at.Lat())
	}
	cells, err := hexgrid.Within(at, radiusM, a.run.Coverage.Params.Resolution)
	if err != nil {
		return nil, err
	}
	var high []place
	for _, c := range cells {
		top, groundM, ok := terrain.HighestIn(c.Boundary())
		if _, inside := in.Index.At(top); ok && inside && geodesy.Distance(top, at) <= radiusM {
			high = append(high, place{at: top, groundM: groundM})
		}
	}
	slices.SortStableFunc(high, func(x, y place) int { return cmp.Compare(y.groundM, x.groundM) })
	places := []place{here}
	for _, h := range high {
		if len(places) > snapPlaces {
			break
		}
		if !slices.ContainsFunc(places, func(o place) bool { return geodesy.Distance(o.at, h.at) < snapApartM }) {
			places = append(places, h)
		}
	}
	params := a.run.Coverage.Params
	params.RadiusM = p.Plan.Candidates.RadiusKm * 1000
	judge, err := candidate.NewJudge(params, &p.Criterion, in.Antennas)
	if err != nil {
		return nil, err
	}
	receivers, people := a.lacking(at, params.RadiusM)
	served := make([]bool, len(receivers))
	for i := range places {
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		clear(served)
		if err := judge.Serves(places[i].at, built[0].Sectors, receivers, served); err != nil {
			return nil, err
		}
		for k, ok := range served {
			if ok {
				places[i].people += people[k]
			}
		}
	}
	best := places[0]
	for _, x := range places[1:] {
		if x.people > best.people || x.people == best.people && x.groundM > best.groundM {
			best = x
		}
	}
	return &Snap{
		Longitude: rounded(best.at.Lon(), pointDecimals), Latitude: rounded(best.at.Lat(), pointDecimals), GroundM: rounded(best.groundM, 1),
		DistanceM: rounded(geodesy.Distance(best.at, at), 1), Template: template,
		People: rounded(best.people, peopleDecimals), PeopleHere: rounded(places[0].people, peopleDecimals), Tried: len(places),
	}, nil
}

// lacking gives hexes without service of the gaps nearest to a point, and the people
// that each stands for.
func (a *Answers) lacking(at orb.Point, reachM float64) (receivers []orb.Point, people []float64) {
	c := a.run.Coverage
	type gap struct {
		place     int
		distanceM float64
	}
	var gaps []gap
	for _, i := range a.run.Gaps.Ranked {
		if d := geodesy.Distance(at, c.Places[i].Center.Center()); d <= reachM {
			gaps = append(gaps, gap{i, d})
		}
	}
	slices.SortStableFunc(gaps, func(x, y gap) int { return cmp.Compare(x.distanceM, y.distanceM) })
	for _, g := range gaps[:min(snapVillages, len(gaps))] {
		p := &c.Places[g.place]
		var unserved []hexgrid.Cell
		for _, h := range p.Hexes {
			if class, _, _ := c.Class(h.Cell); class != data.Served {
				unserved = append(unserved, h.Cell)
			}
		}
		n := min(snapHexes, len(unserved))
		for k := range n {
			receivers = append(receivers, unserved[k*len(unserved)/n].Center())
			people = append(people, a.run.Gaps.Verdicts[g.place].PeopleUnserved/float64(n))
		}
	}
	return receivers, people
}
