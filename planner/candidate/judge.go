package candidate

import (
	"fmt"
	"math"

	"github.com/covgap/covgap/coverage/antenna"
	"github.com/covgap/covgap/coverage/criterion"
	"github.com/covgap/covgap/coverage/linkbudget"
	"github.com/covgap/covgap/coverage/sweep"
	"github.com/covgap/covgap/data"
	"github.com/covgap/covgap/geo/geodesy"
	"github.com/paulmach/orb"
)

// Judge says by the exact path, one terrain profile each, whom antennas serve. It is
// not safe for concurrent use.
type Judge struct {
	pather    *sweep.Pather
	radiusM   float64
	criterion *criterion.Criterion
	antennas  map[string]antenna.Pattern
}

// NewJudge prepares judging under the terrain, model and receiver of p, within its
// radius. The error wraps sweep.ErrParams.
func NewJudge(p sweep.Params, c *criterion.Criterion, antennas map[string]antenna.Pattern) (*Judge, error) {
	pather, err := sweep.NewPather(p)
	if err != nil {
		return nil, err
	}
	return &Judge{pather: pather, radiusM: p.RadiusM, criterion: c, antennas: antennas}, nil
}

// Serves marks in dst the receivers at which the level of one of the sectors on a mast
// is served by the criterion; receivers beyond the radius, or without a path, are not.
// The error wraps ErrInput: a sector that sends nothing known.
func (j *Judge) Serves(at orb.Point, sectors []data.Sector, receivers []orb.Point, dst []bool) error {
	return j.each(at, sectors, receivers, func(r int, marginDB float64) (enough bool) {
		dst[r] = marginDB >= 0
		return dst[r]
	})
}

// Margins writes into dst by how much the best of the sectors on a mast is above what
// the criterion asks for at each receiver: -Inf beyond the radius and without a path.
// The error is that of Serves.
func (j *Judge) Margins(at orb.Point, sectors []data.Sector, receivers []orb.Point, dst []float64) error {
	for r := range receivers {
		dst[r] = math.Inf(-1)
	}
	return j.each(at, sectors, receivers, func(r int, marginDB float64) (enough bool) {
		dst[r] = max(dst[r], marginDB)
		return false
	})
}

// each tells of the margin of one sector after the other at each receiver, until it is
// enough; beyond the radius once, that there is none.
func (j *Judge) each(at orb.Point, sectors []data.Sector, receivers []orb.Point, tell func(r int, marginDB float64) (enough bool)) error {
	budgets := make([]*linkbudget.Budget, len(sectors))
	for i := range sectors {
		var err error
		if budgets[i], err = budget(&sectors[i], j.antennas, j.criterion); err != nil {
			return err
		}
	}
	// Sectors of one height and frequency share their paths.
	type antennaKind struct{ heightM, frequencyMHz float64 }
	paths := map[antennaKind]sweep.Path{}
	for r, rx := range receivers {
		if tell(r, math.Inf(-1)) || geodesy.Distance(at, rx) > j.radiusM {
			continue
		}
		clear(paths)
		for i := range sectors {
			s := &sectors[i]
			kind := antennaKind{s.AntennaHeightM, s.FrequencyMHz}
			path, ok := paths[kind]
			if !ok {
				var err error
				path, err = j.pather.Path(sweep.Transmitter{Position: at, HeightM: s.AntennaHeightM, FrequencyMHz: s.FrequencyMHz}, rx)
				if err != nil {
					path.LossDB = math.NaN() // missing terrain, or outside the model
				}
				paths[kind] = path
			}
			// A level of NaN is no margin.
			margin := budgets[i].SignalDBm(path.LossDB, path.AzimuthDeg, path.ElevationDeg) - j.criterion.RequiredDBm(s.Technology, s.FrequencyMHz)
			if !math.IsNaN(margin) && tell(r, margin) {
				break
			}
		}
	}
	return nil
}

func budget(s *data.Sector, antennas map[string]antenna.Pattern, c *criterion.Criterion) (*linkbudget.Budget, error) {
	pattern, err := linkbudget.Pattern(s, antennas)
	if err == nil {
		var b *linkbudget.Budget
		if b, err = linkbudget.New(s, pattern, c.Receiver()); err == nil {
			return b, nil
		}
	}
	return nil, fmt.Errorf("%w: %w", ErrInput, err)
}
