package sample

import (
	"math"

	"github.com/covgap/covgap/data"
	"github.com/paulmach/orb"
)

// The generator's rule of thumb for reception decides where operators stop
// building and what communes declare. It takes a clear path as free space and
// one obstacle, the worst, as an edge; it is no propagation model, and the
// coverage computed from the written files will differ from it. These constants
// steer how many villages are left without service, together with
// expectedGapShare. They stand where ITU-R P.1812, at the same points and a median
// of -110 dBm, leaves about the same share of the villages, some 12 %, short of
// service.
const (
	reachKm        = 11.0   // stations further away are not looked at
	reachStepKm    = 0.12   // between samples of the ground
	referenceDBm   = 31.0   // EIRP of a resource element: 20 W a port in 10 MHz, 17 dBi, 1 dB losses
	offBeamDB      = 4.0    // mean loss off the beams' axes
	usableDBm      = -103.0 // -110 dBm with room for shadowing
	traceDBm       = -116.0 // below it there is no signal
	servedPoints   = 0.95   // share of a village's points that must be usable
	lostPoints     = 0.1    // with fewer points above traceDBm a village has none
	handsetM       = 1.5
	earthBulgeKm   = 16990.0 // twice the effective earth radius, 4/3 of 6371 km
	highBandMHz    = 1842.5
	lowBandMHz     = 942.0
	pointsAVillage = 8
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

// near calls f for the sample points within reach of p that are not yet usable.
func (r *reception) near(p orb.Point, f func(n int, distanceKm float64)) {
	x, y := km(p)
	for dy := -1; dy <= 1; dy++ {
		for dx := -1; dx <= 1; dx++ {
			for _, n := range r.square[[2]int{int(x/reachKm) + dx, int(y/reachKm) + dy}] {
				if r.best[n] >= usableDBm {
					continue
				}
				if d := apartKm(p, r.at[n]); d <= reachKm {
					f(int(n), d)
				}
			}
		}
	}
}

// levelDBm is the rule of thumb: free space, less the worst obstacle.
func (r *reception) levelDBm(mast orb.Point, heightM, frequencyMHz float64, to orb.Point, distanceKm float64) float64 {
	d := max(distanceKm, 0.05)
	loss := 32.45 + 20*math.Log10(frequencyMHz) + 20*math.Log10(d) + offBeamDB
	top, foot := r.ground.metres(mast)+heightM, r.ground.metres(to)+handsetM
	steps := int(d / reachStepKm)
	worst := math.Inf(-1)
	for n := 1; n < steps; n++ {
		t := float64(n) / float64(steps)
		z := r.ground.metres(orb.Point{mast[0] + (to[0]-mast[0])*t, mast[1] + (to[1]-mast[1])*t})
		bulge := 1000 * d * d * t * (1 - t) / earthBulgeKm
		// Height above the line over the radius of the first Fresnel zone.
		over := (z + bulge - top - (foot-top)*t) / math.Sqrt(t*(1-t))
		worst = max(worst, over)
	}
	if worst > math.Inf(-1) {
		v := worst * math.Sqrt(2*frequencyMHz/(299.792458*1000*d))
		if v > -0.78 {
			// ITU-R P.526-15 (31), and 10 dB for the ground behind the edge.
			edge := 6.9 + 20*math.Log10(math.Sqrt((v-0.1)*(v-0.1)+1)+v-0.1)
			loss += edge + 10*min(1, edge/12)
		}
	}
	return referenceDBm - loss
}

// serve enters a station.
func (r *reception) serve(mast orb.Point, heightM, frequencyMHz float64) {
	r.near(mast, func(n int, d float64) {
		r.best[n] = max(r.best[n], r.levelDBm(mast, heightM, frequencyMHz, r.at[n], d))
	})
}

// gains gives the villages that a station would newly serve.
func (r *reception) gains(mast orb.Point, heightM, frequencyMHz float64) []int {
	usable := map[int]int{}
	var order []int
	r.near(mast, func(n int, d float64) {
		if r.levelDBm(mast, heightM, frequencyMHz, r.at[n], d) >= usableDBm {
			v := n / pointsAVillage
			if usable[v] == 0 {
				order = append(order, v)
			}
			usable[v]++
		}
	})
	var out []int
	for _, v := range order {
		if had, _ := r.share(v); had < servedPoints && had+float64(usable[v])/pointsAVillage >= servedPoints {
			out = append(out, v)
		}
	}
	return out
}

// share gives the shares of a village's points that are usable and that have a trace
// of signal.
func (r *reception) share(v int) (usable, trace float64) {
	for _, l := range r.best[v*pointsAVillage : (v+1)*pointsAVillage] {
		if l >= usableDBm {
			usable++
		}
		if l >= traceDBm {
			trace++
		}
	}
	return usable / pointsAVillage, trace / pointsAVillage
}

// class is what the rule of thumb makes of a village.
func (r *reception) class(v int) data.Class {
	usable, trace := r.share(v)
	switch {
	case usable >= servedPoints:
		return data.Served
	case trace < lostPoints:
		return data.None
	}
	return data.Weak
}
