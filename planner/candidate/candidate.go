// Package candidate finds the places where a new mast would serve somebody who is
// not served: every hex of a grid within reach, its mast at the highest ground in
// it, and for each the receivers that a template would serve from there.
//
// Levels come from the exact path to every receiver, one terrain profile each, not
// from rays or samples. What is kept is which receivers are served, never a level.
package candidate

import (
	"context"
	"errors"
	"fmt"
	"math"
	"runtime"
	"slices"
	"sync"

	"github.com/covgap/covgap/coverage/criterion"
	"github.com/covgap/covgap/coverage/sweep"
	"github.com/covgap/covgap/geo/geodesy"
	"github.com/covgap/covgap/geo/hexgrid"
	"github.com/covgap/covgap/planner/template"
	"github.com/paulmach/orb"
	"github.com/paulmach/orb/planar"
	"golang.org/x/sync/errgroup"
)

// ErrInput says that candidates cannot be looked for.
var ErrInput = errors.New("candidate: invalid input")

// DefaultResolution is the H3 resolution of the hexes in which masts are placed:
// 0.74 km², an edge of 530 m.
const DefaultResolution = 8

// Receiver is a hex that is not served, seen from a candidate.
type Receiver struct {
	Village  int // receivers of a village are consecutive
	Position orb.Point
	// Priority is what serving it is worth when a mast must choose where to point
	// its sectors: 0 or more.
	Priority float64
}

// Input is what candidates depend on.
type Input struct {
	// Area limits where masts may stand: an orb.Polygon or orb.MultiPolygon. Nil
	// sets no limit.
	Area orb.Geometry
	// Params are the terrain, model, link and receiver height of the coverage that
	// decided who is not served. RadiusM is how far a mast is tried. Resolution and
	// Exact are not read.
	Params     sweep.Params
	Criterion  criterion.Criterion
	Template   template.Site
	Receivers  []Receiver
	Resolution int // of the hexes to place masts in; 0 stands for DefaultResolution
	Workers    int // 0 stands for one a core

	// Progress, when not nil, is called after each candidate, one call at a time.
	Progress func(Progress)
}

// Progress says how far the candidates are.
type Progress struct {
	Done, Total int // candidates
	Paths       int // of Done
}

// Candidate is a place for a mast and what it would serve.
type Candidate struct {
	Hex     hexgrid.Cell
	At      orb.Point // the highest ground in the hex
	GroundM float64   // above sea level
	// AzimuthsDeg are the directions of the sectors, rising.
	AzimuthsDeg []float64
	// Serves lists the receivers that are served, as indexes into Input.Receivers,
	// rising.
	Serves []int32
}

// Counts says what became of the hexes within reach.
type Counts struct {
	Hexes         int `yaml:"hexes" json:"hexes"`               // within the radius of a receiver
	OutsideArea   int `yaml:"outside_area" json:"outside_area"` // centre outside the area
	NoTerrain     int `yaml:"no_terrain" json:"no_terrain"`     // no ground height in the hex
	OutOfReach    int `yaml:"out_of_reach" json:"out_of_reach"` // the mast point, unlike the hex, is within the radius of no receiver
	ServesNobody  int `yaml:"serves_nobody" json:"serves_nobody"`
	Candidates    int `yaml:"candidates" json:"candidates"`           // the rest
	Paths         int `yaml:"paths" json:"paths"`                     // terrain profiles computed
	PathNoTerrain int `yaml:"path_no_terrain" json:"path_no_terrain"` // of Paths, without value: they cross missing terrain
	PathNoLoss    int `yaml:"path_no_loss" json:"path_no_loss"`       // of Paths, without value: outside the model's mathematics or range
}

// Find gives the candidates that serve somebody, in order of their hex. The result
// does not depend on the number of workers.
//
// The error wraps ErrInput, sweep.ErrParams or template.ErrTemplate, or is that of
// ctx.
func Find(ctx context.Context, in Input) ([]Candidate, Counts, error) {
	if in.Resolution == 0 {
		in.Resolution = DefaultResolution
	}
	if in.Workers <= 0 {
		in.Workers = runtime.GOMAXPROCS(0)
	}
	if err := in.Template.Validate(); err != nil {
		return nil, Counts{}, err
	}
	if !(in.Params.RadiusM > 0) {
		return nil, Counts{}, fmt.Errorf("%w: radius %v m", ErrInput, in.Params.RadiusM)
	}
	for i, r := range in.Receivers {
		if i > 0 && r.Village < in.Receivers[i-1].Village {
			return nil, Counts{}, fmt.Errorf("%w: receiver %d is of village %d, after %d", ErrInput, i, r.Village, in.Receivers[i-1].Village)
		}
	}
	required := in.Criterion.RequiredDBm(in.Template.Technology, in.Template.FrequencyMHz)
	if math.IsInf(required, 1) {
		return nil, Counts{}, fmt.Errorf("%w: the criterion %q gives no threshold for %s, the technology of template %q",
			ErrInput, in.Criterion.Name, in.Template.Technology, in.Template.Name)
	}
	hexes, counts, err := place(in)
	if err != nil {
		return nil, Counts{}, err
	}
	villages := group(in.Receivers)
	workers := make([]*evaluation, min(in.Workers, max(1, len(hexes))))
	for i := range workers {
		if workers[i], err = newEvaluation(&in, villages, required); err != nil {
			return nil, Counts{}, err
		}
	}

	found := make([]Candidate, len(hexes))
	tallies := make([]Counts, len(hexes))
	var mu sync.Mutex
	progress := Progress{Total: len(hexes)}
	next := make(chan int)
	g, ctx := errgroup.WithContext(ctx)
	g.Go(func() error {
		defer close(next)
		for i := range hexes {
			select {
			case next <- i:
			case <-ctx.Done():
				return ctx.Err()
			}
		}
		return nil
	})
	for _, e := range workers {
		g.Go(func() error {
			for i := range next {
				found[i], tallies[i] = e.evaluate(hexes[i])
				if in.Progress == nil {
					continue
				}
				mu.Lock()
				progress.Done++
				progress.Paths += tallies[i].Paths
				in.Progress(progress)
				mu.Unlock()
			}
			return nil
		})
	}
	if err := g.Wait(); err != nil {
		return nil, Counts{}, err
	}
	for _, t := range tallies {
		counts.NoTerrain += t.NoTerrain
		counts.OutOfReach += t.OutOfReach
		counts.ServesNobody += t.ServesNobody
		counts.Paths += t.Paths
		counts.PathNoTerrain += t.PathNoTerrain
		counts.PathNoLoss += t.PathNoLoss
	}
	found = slices.DeleteFunc(found, func(c Candidate) bool { return len(c.Serves) == 0 })
	counts.Candidates = len(found)
	return found, counts, nil
}

// place gives the hexes within the radius of a receiver and inside the area, in
// order of their index.
func place(in Input) ([]hexgrid.Cell, Counts, error) {
	// Receivers that share a hex share their surroundings: its own centre stands
	// for them, further by at most two edges, one for them and one for the mast.
	home := map[hexgrid.Cell]bool{}
	for _, r := range in.Receivers {
		c, err := hexgrid.At(r.Position, in.Resolution)
		if err != nil {
			return nil, Counts{}, fmt.Errorf("%w: receiver at %v: %w", ErrInput, r.Position, err)
		}
		home[c] = true
	}
	near := map[hexgrid.Cell]bool{}
	reach := in.Params.RadiusM + 2*hexgrid.EdgeM(in.Resolution)
	for c := range home {
		around, err := hexgrid.Within(c.Center(), reach, in.Resolution)
		if err != nil {
			return nil, Counts{}, fmt.Errorf("%w: %w", ErrInput, err)
		}
		for _, h := range around {
			near[h] = true
		}
	}
	counts := Counts{Hexes: len(near)}
	hexes := make([]hexgrid.Cell, 0, len(near))
	for c := range near {
		inside, err := contains(in.Area, c.Center())
		if err != nil {
			return nil, Counts{}, err
		}
		if !inside {
			counts.OutsideArea++
			continue
		}
		hexes = append(hexes, c)
	}
	slices.Sort(hexes)
	return hexes, counts, nil
}

func contains(area orb.Geometry, p orb.Point) (bool, error) {
	switch a := area.(type) {
	case nil:
		return true, nil
	case orb.Polygon:
		return planar.PolygonContains(a, p), nil
	case orb.MultiPolygon:
		return planar.MultiPolygonContains(a, p), nil
	}
	return false, fmt.Errorf("%w: the area is a %s; expected a polygon or multipolygon", ErrInput, area.GeoJSONType())
}

// settlement is the receivers of a village with a circle around them, so that far
// villages cost one distance.
type settlement struct {
	from, to int // of the receivers
	center   orb.Point
	radiusM  float64
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
		out = append(out, s)
		i = s.to
	}
	return out
}
