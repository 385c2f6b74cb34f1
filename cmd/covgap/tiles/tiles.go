// Package tiles says what a run looks like on a map of vector tiles: the layer of hexes
// and the layers of everything that stands on it.
package tiles

import (
	"math"
	"slices"
	"strings"

	"github.com/covgap/covgap/cmd/covgap/run"
	"github.com/covgap/covgap/coverage"
	"github.com/covgap/covgap/data"
	"github.com/covgap/covgap/geo/vectortile"
	"github.com/covgap/covgap/planner"
	"github.com/paulmach/orb/geojson"
	"github.com/paulmach/orb/maptile"
	"github.com/paulmach/orb/planar"
)

// The names of the layers.
const (
	LayerHexes      = "hexes"
	LayerCommunes   = "communes"
	LayerNames      = "commune_names" // points at which to write them
	LayerVillages   = "villages"
	LayerExclusions = "exclusions"
	LayerWedges     = "wedges"
	LayerSites      = "sites"
	LayerCandidates = "candidates"
	LayerPlan       = "plan"
)

// From which zoom on small things are in tiles.
const (
	nameZoom    maptile.Zoom = 8
	villageZoom maptile.Zoom = 10
	siteZoom    maptile.Zoom = 8
	wedgeZoom   maptile.Zoom = 11
)

// wedgeM is how far a sector's wedge reaches: a sign on the map, not its range.
const wedgeM = 450

// Hexes is a layer of hexes with what is said of each. As a layer of tiles it has
// class, and signal_dbm in whole decibels, as a map's colours need no finer; it is
// missing where no sector reaches.
type Hexes struct {
	*vectortile.Hexagons
	at func(i int) (data.Class, coverage.CentiDB)
}

// newHexes joins hexes with what is said of hex i. Of gives the hexes from what is to
// be said of each.
func newHexes(at func(i int) (data.Class, coverage.CentiDB), of func(say func(i int) geojson.Properties) *vectortile.Hexagons) *Hexes {
	said := newValues()
	return &Hexes{of(func(i int) geojson.Properties { return said.of(at(i)) }), at}
}

// NewHexes is the layer of hexes by the criterion: the class, and the level of the
// layer that decides. A coarser hex is shown with the values of a hex in it, see
// [run.Coverage.Typical].
func NewHexes(r *run.Run) *Hexes {
	c := r.Coverage
	at := func(i int) (data.Class, coverage.CentiDB) {
		if k := c.Hexes.Layer[i]; k >= 0 {
			return c.Hexes.Class[i], c.Layers[k].BestCentiDB[i]
		}
		return c.Hexes.Class[i], coverage.NoValue
	}
	return newHexes(at, func(say func(i int) geojson.Properties) *vectortile.Hexagons {
		return vectortile.NewHexagons(LayerHexes, c.Grid.Cells(), c.Typical, say)
	})
}

// Of is the layer of hexes of one layer of signal: its level and the class that the
// level alone would have. A coarser hex is shown with the median level in it.
func (h *Hexes) Of(r *run.Run, layer int) *Hexes {
	l, crit := &r.Coverage.Layers[layer], &r.Project.Criterion
	median := func(lo, hi int) int {
		members := make([]int, hi-lo)
		for i := range members {
			members[i] = lo + i
		}
		slices.SortStableFunc(members, func(a, b int) int { return int(l.BestCentiDB[a]) - int(l.BestCentiDB[b]) })
		return members[len(members)/2]
	}
	at := func(i int) (data.Class, coverage.CentiDB) {
		level := l.BestCentiDB[i]
		levelDBm := math.NaN()
		if level != coverage.NoValue {
			levelDBm = level.DB()
		}
		return crit.Class(l.Technology, l.FrequencyMHz, levelDBm), level
	}
	return newHexes(at, func(say func(i int) geojson.Properties) *vectortile.Hexagons { return h.With(median, say) })
}

// At gives the class of hex i, and its level, NoValue where no sector reaches.
func (h *Hexes) At(i int) (data.Class, coverage.CentiDB) { return h.at(i) }

// values are what tiles say of hexes, by class and level: thousands of hexes share each.
type values map[data.Class][]geojson.Properties

// The whole decibels that a level may round to.
const (
	leastDBm = math.MinInt16 / 100
	mostDBm  = math.MaxInt16/100 + 1
)

func newValues() values {
	v := values{}
	for _, class := range []data.Class{data.Served, data.Weak, data.None} {
		for dbm := leastDBm - 1; dbm <= mostDBm; dbm++ {
			v[class] = append(v[class], geojson.Properties{"class": string(class), "signal_dbm": dbm})
		}
		v[class][0] = geojson.Properties{"class": string(class)} // no level
	}
	return v
}

func (v values) of(class data.Class, level coverage.CentiDB) geojson.Properties {
	if level == coverage.NoValue {
		return v[class][0]
	}
	return v[class][wholeDBm(level)-leastDBm+1]
}

// wholeDBm is a level as tiles say it.
func wholeDBm(level coverage.CentiDB) int { return int(math.Round(level.DB())) }

// Features gives the layers above the hexes, in the order in which they are drawn.
// Plan may be nil.
func Features(r *run.Run, plan *planner.Plan) []vectortile.Layer {
	layers := []vectortile.Layer{communes(r), villages(r), exclusions(r), wedges(r), sites(r), candidates(r)}
	if plan != nil {
		layers = append(layers, actions(plan))
	}
	return append(layers, communeNames(r))
}

func communes(r *run.Run) *vectortile.Features {
	var out []vectortile.Feature
	for i := range r.Inputs.Areas {
		a := &r.Inputs.Areas[i]
		out = append(out, vectortile.Feature{Geometry: a.Geometry, Properties: geojson.Properties{"commune_code": a.Code, "commune": a.Name}})
	}
	return vectortile.NewFeatures(LayerCommunes, out)
}

func communeNames(r *run.Run) *vectortile.Features {
	var out []vectortile.Feature
	for i := range r.Inputs.Areas {
		a := &r.Inputs.Areas[i]
		center, _ := planar.CentroidArea(a.Geometry)
		out = append(out, vectortile.Feature{Geometry: center, Properties: geojson.Properties{"commune_code": a.Code, "commune": a.Name}, MinZoom: nameZoom})
	}
	return vectortile.NewFeatures(LayerNames, out)
}

func villages(r *run.Run) *vectortile.Features {
	var out []vectortile.Feature
	for i := range r.Inputs.Villages {
		v := &r.Inputs.Villages[i]
		out = append(out, vectortile.Feature{Geometry: run.Outline(v), MinZoom: villageZoom, Properties: geojson.Properties{
			"village_id": v.ID, "name": v.Name, "class": string(r.Gaps.Verdicts[i].Class), "declared_status": string(v.Declared),
		}})
	}
	return vectortile.NewFeatures(LayerVillages, out)
}

func sites(r *run.Run) *vectortile.Features {
	var out []vectortile.Feature
	for i := range r.Inputs.Sites {
		s := &r.Inputs.Sites[i]
		out = append(out, vectortile.Feature{Geometry: s.Position, MinZoom: siteZoom, Properties: geojson.Properties{
			"site_id": s.ID, "name": s.Name, "technologies": strings.Join(run.Technologies(s), " "),
		}})
	}
	return vectortile.NewFeatures(LayerSites, out)
}

// wedges draws the sectors of the sites: those of a mast that point the same way once,
// with their technologies. What sends everywhere has none.
func wedges(r *run.Run) *vectortile.Features {
	var out []vectortile.Feature
	for i := range r.Inputs.Sites {
		s := &r.Inputs.Sites[i]
		type direction struct{ azimuthDeg, widthDeg float64 }
		var directions []direction
		technologies := map[direction][]string{}
		for k := range s.Sectors {
			c := &s.Sectors[k]
			if c.Omni {
				continue
			}
			d := direction{math.Round(c.AzimuthDeg), math.Round(c.BeamwidthHDeg)}
			if technologies[d] == nil {
				directions = append(directions, d)
			}
			if t := string(c.Technology); !slices.Contains(technologies[d], t) {
				technologies[d] = append(technologies[d], t)
			}
		}
		for _, d := range directions {
			out = append(out, vectortile.Feature{Geometry: run.Wedge(s.Position, d.azimuthDeg, d.widthDeg, wedgeM, wedgeSides), MinZoom: wedgeZoom, Properties: geojson.Properties{
				"site_id": s.ID, "azimuth_deg": d.azimuthDeg, "technologies": strings.Join(technologies[d], " "),
			}})
		}
	}
	return vectortile.NewFeatures(LayerWedges, out)
}

// wedgeSides is the number of sides of a wedge's arc.
const wedgeSides = 6

func candidates(r *run.Run) *vectortile.Features {
	var out []vectortile.Feature
	for _, p := range r.Inputs.Points {
		out = append(out, vectortile.Feature{Geometry: p.Position, MinZoom: siteZoom, Properties: geojson.Properties{"id": p.ID}})
	}
	return vectortile.NewFeatures(LayerCandidates, out)
}

func exclusions(r *run.Run) *vectortile.Features {
	var out []vectortile.Feature
	for _, z := range r.Inputs.Exclusions {
		out = append(out, vectortile.Feature{Geometry: z.Geometry, Properties: geojson.Properties{"name": z.Name}})
	}
	return vectortile.NewFeatures(LayerExclusions, out)
}

func actions(plan *planner.Plan) *vectortile.Features {
	var out []vectortile.Feature
	for i := range plan.Actions {
		a := &plan.Actions[i]
		out = append(out, vectortile.Feature{Geometry: a.Position(), Properties: geojson.Properties{
			"rank": a.Rank, "action": string(a.Kind), "site_id": a.SiteID,
		}})
	}
	return vectortile.NewFeatures(LayerPlan, out)
}
