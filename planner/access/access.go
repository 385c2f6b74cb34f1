// Package access says how a mast is reached: from the nearest road, by a track that
// is to be made.
package access

import (
	"errors"
	"fmt"

	"github.com/covgap/covgap/geo"
	"github.com/covgap/covgap/geo/lineindex"
	"github.com/covgap/covgap/planner/cost"
	"github.com/paulmach/orb"
)

// ErrSettings says that settings contradict themselves.
var ErrSettings = errors.New("access: invalid settings")

// Settings say what a track is.
type Settings struct {
	Detour     float64 `yaml:"detour" json:"detour"`             // length of a track over the straight distance, 1 or more
	MaxTrackKm float64 `yaml:"max_track_km" json:"max_track_km"` // beyond it a mast is refused
}

// Default gives tracks half as long again as the straight line, of at most 10 km.
// Both are conventions of this program.
func Default() Settings { return Settings{Detour: 1.5, MaxTrackKm: 10} }

// Validate gives a [*geo.InputError] that wraps ErrSettings and names the first
// field that is wrong.
func (s *Settings) Validate() error {
	wrong := func(field string, found float64, expected string) error {
		return &geo.InputError{Field: field, Found: fmt.Sprint(found), Expected: expected, Err: ErrSettings}
	}
	if !(s.Detour >= 1 && s.Detour <= 10) {
		return wrong("detour", s.Detour, "1 to 10")
	}
	if !(s.MaxTrackKm >= 0 && s.MaxTrackKm <= 1000) {
		return wrong("max_track_km", s.MaxTrackKm, "0 to 1000 km")
	}
	return nil
}

// Track is the way from the nearest road to a mast.
type Track struct {
	Refused string // why the mast cannot be reached, "" when it can
	Km      float64
	Needs   []cost.Need // empty at the road, and where no roads are known
}

// atRoadM is how near a mast counts as at the road.
const atRoadM = 50

// To gives the track to a mast. Where no roads are known none is needed: what is
// not known is not charged, and the cost of transport stands for it.
func (s *Settings) To(mast orb.Point, roads *lineindex.Index) Track {
	hit, ok := roads.Nearest(mast)
	if !ok || hit.DistanceM <= atRoadM {
		return Track{}
	}
	t := Track{Km: hit.DistanceM * s.Detour / 1000}
	if t.Km > s.MaxTrackKm {
		t.Refused = fmt.Sprintf("%.1f km of track from the nearest road, more than %g", t.Km, s.MaxTrackKm)
		return t
	}
	t.Needs = []cost.Need{{Item: cost.Access, Quantity: t.Km}}
	return t
}
