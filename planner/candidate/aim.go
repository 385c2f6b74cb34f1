package candidate

import (
	"errors"
	"fmt"
	"math"
	"slices"

	"github.com/covgap/covgap/coverage/linkbudget"
	"github.com/covgap/covgap/coverage/sweep"
	"github.com/covgap/covgap/geo/geodesy"
	"github.com/covgap/covgap/geo/hexgrid"
	"github.com/paulmach/orb"
)

// AzimuthStepDeg is the step in which directions of sectors are chosen.
const AzimuthStepDeg = 10

// reach is a receiver that a well-aimed sector on the mast could serve.
type reach struct {
	receiver     int32
	lossDB       float64
	azimuthDeg   float64
	elevationDeg float64
	// levelDBm is the strongest of the sectors aimed so far.
	levelDBm float64
}

// evaluation is what one worker needs. It is not safe for concurrent use.
type evaluation struct {
	in       *Input
	villages []settlement
	required float64 // dBm

	pather *sweep.Pather
	aimed  []*linkbudget.Budget // one for each step of azimuth
	fixed  []*linkbudget.Budget // the template's own directions
	within []reach
}

func newEvaluation(in *Input, villages []settlement, required float64) (*evaluation, error) {
	e := &evaluation{in: in, villages: villages, required: required}
	var err error
	if e.pather, err = sweep.NewPather(in.Params); err != nil {
		return nil, err
	}
	budget := func(azimuthDeg float64) (*linkbudget.Budget, error) {
		sector := in.Template.Sector(azimuthDeg)
		pattern, err := linkbudget.Pattern(&sector, nil)
		if err != nil {
			return nil, fmt.Errorf("%w: template %q: %w", ErrInput, in.Template.Name, err)
		}
		return linkbudget.New(&sector, pattern, in.Criterion.Receiver())
	}
	for a := 0.0; a < 360; a += AzimuthStepDeg {
		b, err := budget(a)
		if err != nil {
			return nil, err
		}
		e.aimed = append(e.aimed, b)
	}
	for _, a := range in.Template.AzimuthsDeg {
		b, err := budget(a)
		if err != nil {
			return nil, err
		}
		e.fixed = append(e.fixed, b)
	}
	return e, nil
}

// evaluate tries a mast in one hex. Counts holds what this hex adds to them.
func (e *evaluation) evaluate(hex hexgrid.Cell) (Candidate, Counts) {
	var n Counts
	at, groundM, ok := e.in.Params.Terrain.HighestIn(hex.Boundary())
	if !ok {
		n.NoTerrain++
		return Candidate{}, n
	}
	near := e.look(at, &n)
	c := Candidate{Hex: hex, At: at, GroundM: groundM}
	switch {
	case !near:
		n.OutOfReach++
		return Candidate{}, n
	case len(e.within) == 0:
		n.ServesNobody++
		return Candidate{}, n
	case len(e.fixed) > 0:
		c.AzimuthsDeg = slices.Sorted(slices.Values(e.in.Template.AzimuthsDeg))
		for _, b := range e.fixed {
			e.point(b)
		}
	default:
		c.AzimuthsDeg = e.aim()
	}
	for _, r := range e.within {
		if r.levelDBm >= e.required {
			c.Serves = append(c.Serves, r.receiver)
		}
	}
	if len(c.Serves) == 0 {
		n.ServesNobody++
	}
	return c, n
}

// look fills e.within with the receivers that the peak of the antenna would serve
// from a mast at p, in order, and says whether any receiver is within the radius.
func (e *evaluation) look(p orb.Point, n *Counts) (near bool) {
	e.within = e.within[:0]
	tx := sweep.Transmitter{Position: p, HeightM: e.in.Template.AntennaHeightM, FrequencyMHz: e.in.Template.FrequencyMHz}
	maxLossDB := e.aimed[0].MaxLossDB(e.required)
	for _, v := range e.villages {
		if geodesy.Distance(p, v.center) > e.in.Params.RadiusM+v.radiusM {
			continue
		}
		for i := v.from; i < v.to; i++ {
			rx := e.in.Receivers[i].Position
			if geodesy.Distance(p, rx) > e.in.Params.RadiusM {
				continue
			}
			near = true
			path, err := e.pather.Path(tx, rx)
			n.Paths++
			switch {
			case errors.Is(err, sweep.ErrTerrain):
				n.PathNoTerrain++
			case err != nil || math.IsNaN(path.LossDB):
				n.PathNoLoss++
			case path.LossDB <= maxLossDB:
				e.within = append(e.within, reach{
					receiver: int32(i), lossDB: path.LossDB,
					azimuthDeg: path.AzimuthDeg, elevationDeg: path.ElevationDeg,
					levelDBm: math.Inf(-1),
				})
			}
		}
	}
	return near
}

// point adds a sector to the levels.
func (e *evaluation) point(b *linkbudget.Budget) {
	for i := range e.within {
		r := &e.within[i]
		r.levelDBm = max(r.levelDBm, b.SignalDBm(r.lossDB, r.azimuthDeg, r.elevationDeg))
	}
}

// aim chooses the directions of the sectors one after the other: each where it
// adds most priority to what is served, among equals most to the strength of what
// is served, then furthest from the others; the lowest azimuth decides a draw.
// Sectors stay at least a beam apart, or what lets all of them fit.
func (e *evaluation) aim() []float64 {
	t := &e.in.Template
	apartDeg := min(t.BeamwidthHDeg, 180/float64(t.Sectors))
	var chosen []float64
	for range t.Sectors {
		best, most := -1, [3]float64{}
		for k, b := range e.aimed {
			clearDeg := 360.0
			for _, a := range chosen {
				clearDeg = min(clearDeg, separation(a, float64(k)*AzimuthStepDeg))
			}
			if clearDeg < apartDeg {
				continue
			}
			gain, strength := e.worth(b)
			if worth := [3]float64{gain, strength, clearDeg}; best < 0 || slices.Compare(worth[:], most[:]) > 0 {
				best, most = k, worth
			}
		}
		e.point(e.aimed[best])
		chosen = append(chosen, float64(best)*AzimuthStepDeg)
	}
	slices.Sort(chosen)
	return chosen
}

// worth gives the priority that a sector adds to what is served, and by how much
// it raises the level of what it serves, in dB weighted with priority.
func (e *evaluation) worth(b *linkbudget.Budget) (gain, strength float64) {
	for i := range e.within {
		r := &e.within[i]
		level := b.SignalDBm(r.lossDB, r.azimuthDeg, r.elevationDeg)
		if level < e.required || level <= r.levelDBm {
			continue
		}
		priority := e.in.Receivers[r.receiver].Priority
		if r.levelDBm < e.required {
			gain += priority
		}
		strength += priority * (level - max(r.levelDBm, e.required))
	}
	return gain, strength
}

// separation is the angle between two azimuths, 0 to 180 degrees.
func separation(aDeg, bDeg float64) float64 {
	d := math.Abs(aDeg - bDeg)
	return min(d, 360-d)
}
