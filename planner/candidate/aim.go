package candidate

import (
	"fmt"
	"math"
	"slices"

	"github.com/covgap/covgap/coverage/linkbudget"
	"github.com/covgap/covgap/planner/template"
)

// AzimuthStepDeg is the step in which directions of sectors are chosen.
const AzimuthStepDeg = 10

const azimuthSteps = 360 / AzimuthStepDeg

// reach is a receiver that a well-aimed sector could serve.
type reach struct {
	receiver     int32
	priority     float64
	lossDB       float64
	azimuthDeg   float64
	elevationDeg float64
	// levelDBm is the strongest of the sectors aimed so far.
	levelDBm float64
}

// radio is the antennas of a template in every direction and tilt they may have. It is
// immutable and safe for concurrent use.
type radio struct {
	template *template.Site
	required float64 // dBm
	tiltsDeg []float64
	fixed    bool
	// budgets holds one for each tilt and direction: each step of azimuth, or the
	// template's own.
	budgets [][]*linkbudget.Budget
}

func newRadio(t *template.Site, in *Input) (*radio, error) {
	if err := t.Validate(); err != nil {
		return nil, err
	}
	r := &radio{template: t, required: in.Criterion.RequiredDBm(t.Technology, t.FrequencyMHz), tiltsDeg: t.Tilts(), fixed: len(t.AzimuthsDeg) > 0}
	if math.IsInf(r.required, 1) {
		return nil, fmt.Errorf("%w: the criterion %q gives no threshold for %s, the technology of template %q",
			ErrInput, in.Criterion.Name, t.Technology, t.Name)
	}
	azimuthsDeg := slices.Sorted(slices.Values(t.AzimuthsDeg))
	if !r.fixed {
		for k := range azimuthSteps {
			azimuthsDeg = append(azimuthsDeg, float64(k)*AzimuthStepDeg)
		}
	}
	for _, tiltDeg := range r.tiltsDeg {
		tilted := *t
		tilted.ElectricalTiltDeg = tiltDeg
		var row []*linkbudget.Budget
		for _, a := range azimuthsDeg {
			sector := tilted.Sector(a)
			b, err := budget(&sector, in.Antennas, &in.Criterion)
			if err != nil {
				return nil, fmt.Errorf("template %q: %w", t.Name, err)
			}
			row = append(row, b)
		}
		r.budgets = append(r.budgets, row)
	}
	return r, nil
}

func (r *radio) maxLossDB() float64 { return r.budgets[0][0].MaxLossDB(r.required) }

// aimer chooses directions. It is not safe for concurrent use.
type aimer struct {
	within []reach
	levels []float64 // of one tilt: by direction, then by member of within
}

// aim gives the directions of the sectors and their tilt, and leaves in a.within the
// levels that come of them.
//
// Directions are chosen one sector after the other: each where it adds most priority
// to what is served, among equals most to the strength of what is served, then
// furthest from the others; the lowest azimuth decides a draw. Sectors stay at least
// a beam apart, or what lets all of them fit. Then the tilt is chosen by the same
// measure for all sectors together, and with another than the template's the
// directions once more.
func (a *aimer) aim(r *radio) (azimuthsDeg []float64, tiltDeg float64) {
	chosen, worth := a.directions(r, 0)
	tilt := 0
	for k := 1; k < len(r.tiltsDeg); k++ {
		if w := a.worthOf(r, k, chosen); w.better(worth) {
			tilt, worth = k, w
		}
	}
	if tilt > 0 {
		if again, w := a.directions(r, tilt); w.better(worth) {
			chosen = again
		}
	}
	a.point(r, tilt, chosen)
	for _, k := range chosen {
		if r.fixed {
			azimuthsDeg = append(azimuthsDeg, slices.Sorted(slices.Values(r.template.AzimuthsDeg))[k])
		} else {
			azimuthsDeg = append(azimuthsDeg, float64(k)*AzimuthStepDeg)
		}
	}
	return azimuthsDeg, r.tiltsDeg[tilt]
}

// worth is what sectors are judged by: the priority they serve, and by how much they
// raise the level of what they serve, in dB weighted with priority.
type worth struct{ served, strength float64 }

func (w worth) better(o worth) bool {
	return w.served > o.served || w.served == o.served && w.strength > o.strength
}

// directions chooses a direction for each sector at one tilt, rising, and gives what
// they are worth.
func (a *aimer) directions(r *radio, tilt int) (chosen []int, total worth) {
	row := r.budgets[tilt]
	if r.fixed {
		for k := range row {
			chosen = append(chosen, k)
		}
		return chosen, a.worthOf(r, tilt, chosen)
	}
	n := len(a.within)
	a.levels = slices.Grow(a.levels[:0], n*len(row))[:n*len(row)]
	for k, b := range row {
		for i := range a.within {
			w := &a.within[i]
			a.levels[k*n+i] = b.SignalDBm(w.lossDB, w.azimuthDeg, w.elevationDeg)
		}
	}
	for i := range a.within {
		a.within[i].levelDBm = math.Inf(-1)
	}
	t := r.template
	apartDeg := min(t.BeamwidthHDeg, 180/float64(t.Sectors))
	for range t.Sectors {
		best, most, apart := -1, worth{}, 0.0
		for k := range row {
			clearDeg := 360.0
			for _, c := range chosen {
				clearDeg = min(clearDeg, separation(float64(c)*AzimuthStepDeg, float64(k)*AzimuthStepDeg))
			}
			if clearDeg < apartDeg {
				continue
			}
			w := a.adds(a.levels[k*n:k*n+n], r.required)
			if best < 0 || w.better(most) || w == most && clearDeg > apart {
				best, most, apart = k, w, clearDeg
			}
		}
		for i, level := range a.levels[best*n : best*n+n] {
			a.within[i].levelDBm = max(a.within[i].levelDBm, level)
		}
		chosen = append(chosen, best)
	}
	slices.Sort(chosen)
	return chosen, a.total(r.required)
}

// adds gives what a sector adds to those aimed so far.
func (a *aimer) adds(levels []float64, required float64) (sum worth) {
	for i, level := range levels {
		w := &a.within[i]
		if level < required || level <= w.levelDBm {
			continue
		}
		if w.levelDBm < required {
			sum.served += w.priority
		}
		sum.strength += w.priority * (level - max(w.levelDBm, required))
	}
	return sum
}

// worthOf gives what directions are worth at a tilt.
func (a *aimer) worthOf(r *radio, tilt int, chosen []int) worth {
	a.point(r, tilt, chosen)
	return a.total(r.required)
}

// point sets the levels to those of sectors in the given directions.
func (a *aimer) point(r *radio, tilt int, chosen []int) {
	for i := range a.within {
		w := &a.within[i]
		w.levelDBm = math.Inf(-1)
		for _, k := range chosen {
			w.levelDBm = max(w.levelDBm, r.budgets[tilt][k].SignalDBm(w.lossDB, w.azimuthDeg, w.elevationDeg))
		}
	}
}

func (a *aimer) total(required float64) (sum worth) {
	for i := range a.within {
		if w := &a.within[i]; w.levelDBm >= required {
			sum.served += w.priority
			sum.strength += w.priority * (w.levelDBm - required)
		}
	}
	return sum
}

// separation is the angle between two azimuths, 0 to 180 degrees.
func separation(aDeg, bDeg float64) float64 {
	d := math.Abs(aDeg - bDeg)
	return min(d, 360-d)
}
