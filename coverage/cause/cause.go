// Package cause says why a hex or village is not served: which of the things that
// stand between it and the masts, were it gone, would serve it.
//
// Each is a counterfactual, computed on the exact path to the strongest masts. The
// first that would serve is the cause.
package cause

import (
	"math"

	"github.com/covgap/covgap/data"
	"github.com/covgap/covgap/geo/hexgrid"
	"github.com/paulmach/orb"
)

// Cause is why a hex or village is not served. The empty Cause is that of one that
// is.
type Cause string

// The causes, in the order in which they are tried.
const (
	// Technology: a mast of an operator that counts reaches it with a technology that
	// does not count. One that does, on the same antenna with the same frequency and
	// power, would serve.
	Technology Cause = "technology"
	// Operator: another operator serves it. On its antennas the one that counts would.
	Operator Cause = "operator"
	// Beam: the antenna points past it. Its strongest direction would serve.
	Beam Cause = "beam"
	// BehindTrees and BehindTerrain: with clutter taken off the path, or with clutter
	// and all terrain above the straight line between the feet of the two antennas,
	// there would be service.
	BehindTrees   Cause = "behind_trees"
	BehindTerrain Cause = "behind_terrain"
	// Power: PowerStepDB more EIRP would serve.
	Power Cause = "power"
	// OutOfRange: none of the above would do by itself.
	OutOfRange Cause = "out_of_range"
)

// All lists the causes in the order in which they are tried.
func All() []Cause {
	return []Cause{Technology, Operator, Beam, BehindTrees, BehindTerrain, Power, OutOfRange}
}

// PowerStepDB is how much more EIRP the cause Power supposes: four times the power.
const PowerStepDB = 6

// Link is a sector as a hex receives it.
type Link struct {
	Site       *data.Site
	Sector     *data.Sector
	DistanceM  float64
	AzimuthDeg float64 // at the mast, clockwise from true north
	// ElevationDeg is the direction above the horizontal in which the path leaves the
	// mast: to the receiver in line of sight, else to the horizon on the way.
	ElevationDeg float64
	LossDB       float64 // basic transmission loss
	LevelDBm     float64 // of the sector's own technology
	RequiredDBm  float64 // from which the criterion counts it as served; +Inf for one that it does not count
	OffBeamDB    float64 // by how much the antenna is weaker this way than in its strongest direction
	LineOfSight  bool
	// Ridge is what reaches furthest into the first Fresnel zone; nil where nothing
	// reaches into it.
	Ridge *Ridge
}

// MarginDB is the level above what is required.
func (l *Link) MarginDB() float64 { return l.LevelDBm - l.RequiredDBm }

// Ridge is the point of a path that reaches furthest into the first Fresnel zone, in
// radii of the zone.
type Ridge struct {
	At         orb.Point
	FromMastM  float64
	GroundM    float64 // above sea level
	ClutterM   float64 // of trees or buildings on it
	AboveLineM float64 // top above the straight line between the antennas, negative below it
	FresnelM   float64 // radius of the first zone there
}

// TopM is the height of the ridge with what stands on it, above sea level.
func (r *Ridge) TopM() float64 { return r.GroundM + r.ClutterM }

// FresnelShare is how much of the zone's height the ridge takes away: 0.5 when its
// top lies on the line, 1 when it covers the zone.
func (r *Ridge) FresnelShare() float64 {
	return math.Min(1, math.Max(0, (r.FresnelM+r.AboveLineM)/(2*r.FresnelM)))
}

// Counterfactual is what one supposition would do for a hex.
type Counterfactual struct {
	Cause  Cause
	Serves bool
	// Link is the sector for which it does most, as it is today; of those that would
	// serve without terrain or trees the strongest today.
	Link Link
	// Technology and LevelDBm are what the hex would receive from it.
	Technology data.Technology
	LevelDBm   float64
	// MarginDB is LevelDBm above what is required, negative where it falls short.
	MarginDB float64
	// GainDB is by how much the margin rises above that of the strongest sector
	// today; NaN when there is none.
	GainDB float64
}

// Hex is why a hex is not served.
type Hex struct {
	Cause Cause
	// Operator is the one whose service is missing, "" where any will do.
	Operator string
	// Links are the strongest sectors that count, the best first, by their exact paths.
	Links []Link
	// Counterfactuals are those that could be tried, in the order of their causes.
	Counterfactuals []Counterfactual
	// EdgeDB is by how much the exact path lies above what is required where the map
	// says that it does not reach it: at most the difference between a ray and its own
	// profile. It is taken off every counterfactual's margin. Else 0.
	EdgeDB float64
	// BeyondRadius is a sector further than the computing radius that would be
	// stronger than all within; nil when there is none.
	BeyondRadius *Link
}

// First gives the counterfactual of the cause, nil when out of range or served.
func (h *Hex) First() *Counterfactual {
	for i := range h.Counterfactuals {
		if c := &h.Counterfactuals[i]; c.Cause == h.Cause {
			return c
		}
	}
	return nil
}

// Evidence gives the link that the cause speaks of: that of its counterfactual, else
// the strongest; nil when there is none.
func (h *Hex) Evidence() *Link {
	if c := h.First(); c != nil {
		return &c.Link
	}
	if len(h.Links) > 0 {
		return &h.Links[0]
	}
	return nil
}

// Village is why a village misses its criterion.
type Village struct {
	Cause Cause
	Share float64  // of what is not served that has this cause, by the hexes judged
	Hexes []Judged // those judged
	// Typical is the hex in Hexes that stands for the cause: the heaviest.
	Typical int
}

// Judged is a hex of a village.
type Judged struct {
	Cell   hexgrid.Cell
	Weight float64 // of the village that it stands for
	Hex
}
