package sample

import (
	"context"
	"math"
	"slices"

	"github.com/covgap/covgap/data"
	"github.com/paulmach/orb"
)

// The generator's rule of thumb for reception decides where operators stop
// building and what communes declare: free space, the beams of the antennas and one
// edge in place of the ground between, where the lines from both ends over their
// horizons meet. It is no propagation model, and the coverage computed from the
// written files will differ from it.
//
// These constants steer how many villages are left without service, together with
// expectedGapShare and earlierGapShare. They are tuned: from the files of seed 1, at 4G
// outdoors of -110 dBm for 95 % of the people, at H3 resolution 10 and 20 km, ITU-R
// P.1812 leaves 363 villages without service in June 2022 and 141 in August 2025, 30 of
// these without grid power.
const (
	reachKm        = 11.0   // masts further away are not looked at
	reachStepKm    = 0.12   // between samples of the ground
	usableDBm      = -111.0 // LTE serves a phone; 1 dB for what the rule of thumb is pessimistic
	contentDBm     = -109.3 // people call it service, and communes declare it
	traceDBm       = -121.0 // below it there is no signal
	servedPoints   = 0.95   // share of a village's points that must be usable
	lostPoints     = 0.1    // with fewer points above traceDBm a village has none
	handsetM       = 1.5
	earthBulgeKm   = 16990.0 // twice the effective earth radius, 4/3 of 6371 km
	pointsAVillage = 12
)

// reception is what the rule of thumb says of the villages under the stations so far.
type reception struct {
	ground *heights
	at     []orb.Point // sample points, pointsAVillage for each village
	best   []float64   // level at each, dBm
	square map[[2]int][]int32
}

func newReception(s *settlement) *reception {
	r := &reception{ground: s.land.survey, square: map[[2]int][]int32{}}
	for _, cells := range s.habitable {
		for n := range pointsAVillage {
			// The centre first, the others spread over the habitable cells.
			p := s.point(cells[n*len(cells)/pointsAVillage])
			x, y := km(p)
			q := [2]int{int(x / reachKm), int(y / reachKm)}
			r.square[q] = append(r.square[q], int32(len(r.at)))
			r.at = append(r.at, p)
			r.best = append(r.best, math.Inf(-1))
		}
	}
	return r
}

// clone gives the reception so far, to go on from on its own.
func (r *reception) clone() *reception {
	c := *r
	c.best = slices.Clone(r.best)
	return &c
}

// level is what a mast brings to a sample point.
type level struct {
	point int32
	km    float64
	dBm   float64
}

// levels gives the levels of a mast at the sample points in its reach where people are
// not yet content.
func (r *reception) levels(m *mast) []level {
	var out []level
	x, y := km(m.at)
	for dy := -1; dy <= 1; dy++ {
		for dx := -1; dx <= 1; dx++ {
			for _, n := range r.square[[2]int{int(x/reachKm) + dx, int(y/reachKm) + dy}] {
				if d := apartKm(m.at, r.at[n]); d <= reachKm && r.best[n] < contentDBm {
					out = append(out, level{point: n, km: d})
				}
			}
		}
	}
	// Without a context: a mast takes milliseconds.
	_ = eachRow(context.Background(), len(out), func(k int) {
		out[k].dBm = r.levelDBm(m, r.at[out[k].point], out[k].km)
	})
	return out
}

// band is where a mast carries LTE.
type band struct {
	mhz, beamVDeg float64
	elementDBm    float64 // EIRP of a resource element
}

// 40 W a port go into the 1200 resource elements of 20 MHz, or the 600 of 10 MHz.
var (
	oneBand  = []band{{highBandMHz, highBeamVDeg, 46 - 30.8 + 17 - 1}}
	twoBands = append(oneBand, band{lowBandMHz, lowBeamVDeg, 46 - 27.8 + 15.5 - 1})
)

func (m *mast) bands() []band {
	if m.low {
		return twoBands
	}
	return oneBand
}

// levelDBm is the rule of thumb at a point.
func (r *reception) levelDBm(m *mast, to orb.Point, distanceKm float64) float64 {
	d := max(distanceKm, 0.05)
	fromU, fromV := r.ground.position(m.at)
	toU, toV := r.ground.position(to)
	top, foot := r.ground.between(fromU, fromV)+m.antennaM, r.ground.between(toU, toV)+handsetM
	// Slopes, in metres a kilometre, of the lines from both ends over their horizons,
	// and the height above the straight line over the first Fresnel zone at its worst.
	up, back, worst := math.Inf(-1), math.Inf(-1), math.Inf(-1)
	steps := int(d / reachStepKm)
	for n := 1; n < steps; n++ {
		t := float64(n) / float64(steps)
		z := r.ground.between(fromU+(toU-fromU)*t, fromV+(toV-fromV)*t) + 1000*d*d*t*(1-t)/earthBulgeKm
		up = max(up, (z-top)/(t*d))
		back = max(back, (z-foot)/((1-t)*d))
		worst = max(worst, (z-top-(foot-top)*t)/math.Sqrt(t*(1-t)))
	}
	line := (foot - top) / d
	if up > line {
		t := (foot - top + back*d) / ((up + back) * d) // where the lines meet
		worst = (up*t*d - (foot-top)*t) / math.Sqrt(t*(1-t))
	}
	best := math.Inf(-1)
	for _, b := range m.bands() {
		loss := 32.45 + 20*math.Log10(b.mhz) + 20*math.Log10(d)
		// Off the beams: TR 36.814, table A.2.1.1-2, but for one tilt of both kinds.
		off := math.Mod(bearingDeg(m.at, to)-m.turnDeg+420, 120) - 60 // degrees from the nearest beam
		lower := math.Atan(-max(up, line)/1000)*180/math.Pi - m.tiltDeg
		loss += min(25, 12*off*off/(beamHDeg*beamHDeg)+min(20, 12*lower*lower/(b.beamVDeg*b.beamVDeg)))
		if v := worst * math.Sqrt(2*b.mhz/(299.792458*1000*d)); v > -0.78 {
			// ITU-R P.526-15 (31), and up to 10 dB for the ground behind the edge.
			edge := 6.9 + 20*math.Log10(math.Sqrt((v-0.1)*(v-0.1)+1)+v-0.1)
			loss += edge + 10*min(1, edge/10)
		}
		best = max(best, b.elementDBm-loss)
	}
	return best
}

// serve enters a mast.
func (r *reception) serve(m *mast) {
	for _, l := range r.levels(m) {
		r.best[l.point] = max(r.best[l.point], l.dBm)
	}
}

// gains gives the villages that a mast would newly serve.
func (r *reception) gains(m *mast) []int {
	usable := map[int]int{}
	var order []int
	for _, l := range r.levels(m) {
		if l.dBm >= usableDBm && r.best[l.point] < usableDBm {
			v := int(l.point) / pointsAVillage
			if usable[v] == 0 {
				order = append(order, v)
			}
			usable[v]++
		}
	}
	var out []int
	for _, v := range order {
		if had, _ := r.share(v, usableDBm); had < servedPoints && had+float64(usable[v])/pointsAVillage >= servedPoints {
			out = append(out, v)
		}
	}
	return out
}

// share gives the shares of a village's points that have a level and that have a trace
// of signal.
func (r *reception) share(v int, levelDBm float64) (usable, trace float64) {
	for _, l := range r.best[v*pointsAVillage : (v+1)*pointsAVillage] {
		if l >= levelDBm {
			usable++
		}
		if l >= traceDBm {
			trace++
		}
	}
	return usable / pointsAVillage, trace / pointsAVillage
}

// class is what the rule of thumb makes of a village when service begins at a level.
func (r *reception) class(v int, levelDBm float64) data.Class {
	usable, trace := r.share(v, levelDBm)
	switch {
	case usable >= servedPoints:
		return data.Served
	case trace < lostPoints:
		return data.None
	}
	return data.Weak
}
