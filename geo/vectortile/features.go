package vectortile

import (
	"slices"

	"github.com/paulmach/orb"
	"github.com/paulmach/orb/clip"
	"github.com/paulmach/orb/encoding/mvt"
	"github.com/paulmach/orb/geojson"
	"github.com/paulmach/orb/maptile"
	"github.com/paulmach/orb/planar"
	"github.com/paulmach/orb/simplify"
	"github.com/tidwall/rtree"
)

// Feature is one thing on the map.
type Feature struct {
	Geometry   orb.Geometry // WGS 84 longitude, latitude; points, lines, polygons or several of these
	Properties geojson.Properties
	MinZoom    maptile.Zoom // tiles of smaller zooms leave it out
}

// Features is a layer of features.
type Features struct {
	name     string
	features []Feature // in worlds
	index    rtree.RTreeG[int]
}

// NewFeatures makes a layer. Tiles hold the features in their order; a later one is
// drawn over those before it.
func NewFeatures(name string, features []Feature) *Features {
	l := &Features{name: name, features: slices.Clone(features)}
	for i := range l.features {
		f := &l.features[i]
		f.Geometry = toWorld(f.Geometry)
		b := f.Geometry.Bound()
		l.index.Insert(b.Min, b.Max, i)
	}
	return l
}

// toWorld gives a geometry in worlds.
func toWorld(g orb.Geometry) orb.Geometry { return mapped(g, world) }

// mapped gives a geometry with every point mapped; the one it is given stays.
func mapped(g orb.Geometry, to func(orb.Point) orb.Point) orb.Geometry {
	points := func(ps []orb.Point) []orb.Point {
		out := make([]orb.Point, len(ps))
		for i, p := range ps {
			out[i] = to(p)
		}
		return out
	}
	polygon := func(p orb.Polygon) orb.Polygon {
		out := make(orb.Polygon, len(p))
		for i, r := range p {
			out[i] = points(r)
		}
		return out
	}
	switch g := g.(type) {
	case orb.Point:
		return to(g)
	case orb.MultiPoint:
		return orb.MultiPoint(points(g))
	case orb.LineString:
		return orb.LineString(points(g))
	case orb.MultiLineString:
		out := make(orb.MultiLineString, len(g))
		for i, l := range g {
			out[i] = points(l)
		}
		return out
	case orb.Ring:
		return polygon(orb.Polygon{g})
	case orb.Polygon:
		return polygon(g)
	case orb.MultiPolygon:
		out := make(orb.MultiPolygon, len(g))
		for i, p := range g {
			out[i] = polygon(p)
		}
		return out
	}
	panic("vectortile: geometry of type " + g.GeoJSONType())
}

func (l *Features) tile(t maptile.Tile, coarser int) (*mvt.Layer, bool) {
	out, w := newLayer(l.name), windowOf(t)
	box := w.bound()
	var found []int
	l.index.Search(box.Min, box.Max, func(_, _ [2]float64, i int) bool {
		if l.features[i].MinZoom <= t.Z {
			found = append(found, i)
		}
		return true
	})
	slices.Sort(found)
	own := orb.Bound{Min: orb.Point{-margin, -margin}, Max: orb.Point{mvt.DefaultExtent + margin, mvt.DefaultExtent + margin}}
	// What is not seen is left out: half a pixel's deviation, twice that with each step.
	// The deepest tiles are stretched, and keep more.
	seenUnits := 4
	if t.Z == MaxZoom {
		seenUnits = 1
	}
	thin := simplify.DouglasPeucker(float64(seenUnits << coarser))
	for _, i := range found {
		g := clip.Geometry(own, mapped(l.features[i].Geometry, w.place))
		if g == nil {
			continue
		}
		if g = valid(thin.Simplify(g)); g != nil {
			out.Features = append(out.Features, feature(g, l.features[i].Properties))
		}
	}
	return out, coarser < 5
}

// valid leaves out rings of less than three corners and winds the others as the
// specification has them; nil when nothing is left.
func valid(g orb.Geometry) orb.Geometry {
	switch g := g.(type) {
	case orb.Polygon:
		if p := validPolygon(g); p != nil {
			return p
		}
		return nil
	case orb.MultiPolygon:
		out := orb.MultiPolygon{}
		for _, p := range g {
			if p = validPolygon(p); p != nil {
				out = append(out, p)
			}
		}
		if len(out) == 0 {
			return nil
		}
		return out
	}
	return g
}

func validPolygon(p orb.Polygon) orb.Polygon {
	var out orb.Polygon
	for i, r := range p {
		if len(r) < 4 || r.Orientation() == 0 {
			if i == 0 {
				return nil
			}
			continue
		}
		// In the tile's axes (y down) outer rings have a positive area by the
		// surveyor's formula, which orb calls counter-clockwise.
		if (r.Orientation() == orb.CCW) != (i == 0) {
			r.Reverse()
		}
		out = append(out, r)
	}
	if planar.Area(out) == 0 { // a hole as large as the tile
		return nil
	}
	return out
}
