package data

import (
	"math"

	"github.com/covgap/covgap/geo/geodesy"
	"github.com/paulmach/orb"
	"github.com/peterstace/simplefeatures/geom"
)

// WeightUnit says what a village's weight counts.
type WeightUnit string

// The units of a weight.
const (
	People WeightUnit = "people"
	AreaM2 WeightUnit = "m2" // no population is known anywhere
)

// Weight is what a village counts for: its people, or its area in square metres
// when [ReadVillages] found no population for any village.
func (v *Village) Weight() (float64, WeightUnit) {
	if v.Population > 0 {
		return v.Population, People
	}
	return v.AreaM2(), AreaM2
}

// AreaM2 is the village's area in square metres, on the ellipsoid for a polygon.
func (v *Village) AreaM2() float64 {
	if _, ok := v.Geometry.(orb.Point); ok {
		return math.Pi * v.RadiusM * v.RadiusM
	}
	return geodesy.AreaM2(v.Geometry)
}

// Point is a position within the village: its stated centre, else its point, else
// a point on its surface. It says which commune a village lies in; the centre of
// the settlement is habitat.Center.
func (v *Village) Point() orb.Point {
	if v.Center != nil {
		return *v.Center
	}
	if p, ok := v.Geometry.(orb.Point); ok {
		return p
	}
	mp := polygons(v.Geometry)
	if len(mp) == 0 {
		return orb.Point{}
	}
	g := toGeom(mp).AsGeometry()
	if c, ok := g.Centroid().XY(); ok && geom.Intersects(g, g.Centroid().AsGeometry()) {
		return orb.Point{c.X, c.Y}
	}
	c, _ := g.PointOnSurface().XY() // a valid polygon has one
	return orb.Point{c.X, c.Y}
}
