package backhaul

import (
	"fmt"
	"math"

	"github.com/covgap/covgap/coverage/propagation"
	"github.com/covgap/covgap/coverage/sight"
	"github.com/covgap/covgap/geo/geodesy"
	"github.com/covgap/covgap/geo/terrain"
	"github.com/paulmach/orb"
)

// End is one end of a microwave hop.
type End struct {
	At       orb.Point
	AntennaM float64 // above ground
}

// Hop is a microwave hop as screened. It is the same from either end, but for what
// is counted from one.
type Hop struct {
	Refused string // why it cannot be built, "" when it can

	LengthM    float64
	AzimuthDeg float64 // from the first end, clockwise from true north

	Criterion   Clearance
	ClearanceF1 float64 // least at k = 4/3, in radii of the first Fresnel zone
	LeastK      float64 // of the path; 0 when the criterion does not ask
	LeastKF1    float64 // least clearance at LeastK, in radii
	NeededF1    float64 // at LeastK
	WorstM      float64 // of the sample with the least clearance at k = 4/3, from the first end

	ReceivedDBm float64 // in free space, clear air
	RainDB      float64 // exceeded for what is left of the availability over the year
	MultipathDB float64 // likewise in the average worst month
	Class       string  // fastest that stands both fades, "" for none
	Mbps        float64 // of the class
	MarginDB    float64 // of the received level over the class's threshold
}

// Land is the ground that hops pass over.
type Land struct {
	Terrain *terrain.Grid
	// ClutterM, when not nil, gives the height of trees and buildings over the
	// terrain; NaN is none. Where the terrain is a surface that shows them already,
	// leave it out.
	ClutterM func(orb.Point) float64
}

// Screen judges a microwave hop between two ends on the exact terrain profile:
// whether the path is clear by the settings' criterion, and what it carries in rain
// and in clear air for the stated share of the time. It does not look at
// interference, reflections or gases, which matter little below 15 GHz and are for
// the design of the link.
//
// Both directions give the same numbers, bit by bit.
func (s *Settings) Screen(land *Land, a, b End) Hop {
	turned := b.At[0] < a.At[0] || b.At[0] == a.At[0] && b.At[1] < a.At[1]
	if turned {
		a, b = b, a
	}
	h := s.screen(land, a, b)
	if turned {
		_, h.AzimuthDeg = geodesy.Inverse(b.At, a.At)
		h.WorstM = h.LengthM - h.WorstM
	}
	return h
}

func (s *Settings) screen(land *Land, a, b End) Hop {
	h := Hop{Criterion: s.Clearance}
	h.LengthM, h.AzimuthDeg = geodesy.Inverse(a.At, b.At)
	switch {
	case h.LengthM > s.MaxHopKm*1000:
		h.Refused = fmt.Sprintf("%.1f km, more than %g", h.LengthM/1000, s.MaxHopKm)
		return h
	case h.LengthM < 1:
		h.Refused = "the ends are at one place"
		return h
	}
	var ground terrain.Profile
	if !land.Terrain.Profile(a.At, b.At, &ground) {
		h.Refused = "the path crosses missing terrain"
		return h
	}
	path := propagation.Profile{DistanceM: ground.DistanceM, TerrainM: ground.HeightM}
	if land.ClutterM != nil {
		line := geodesy.NewLine(a.At, b.At)
		path.ClutterM = make([]float64, len(path.DistanceM))
		for i, d := range path.DistanceM {
			if m := land.ClutterM(line.At(d)); m > 0 {
				path.ClutterM[i] = m
			}
		}
	}
	view, err := sight.Between(&path, propagation.Link{FrequencyMHz: s.FrequencyGHz * 1000, TxHeightM: a.AntennaM, RxHeightM: b.AntennaM})
	if err != nil {
		h.Refused = err.Error()
		return h
	}
	s.clear(&h, view)
	last := len(ground.HeightM) - 1
	s.carry(&h, ground.HeightM[0]+a.AntennaM, ground.HeightM[last]+b.AntennaM)
	if h.Refused == "" && h.Class == "" {
		h.Refused = fmt.Sprintf("fades of %.0f dB by rain and %.0f dB in clear air leave no modulation", h.RainDB, h.MultipathDB)
	}
	return h
}

// clear judges the clearance.
func (s *Settings) clear(h *Hop, view *sight.View) {
	h.ClearanceF1 = view.FresnelClearance()
	h.WorstM = view.Samples[view.Worst].DistanceM
	median := 1.0 // P.530-17 §2.2.2.1, step 1
	if s.Clearance == Median06 {
		median = 0.6
	}
	if h.ClearanceF1 < median {
		h.Refused = fmt.Sprintf("clearance of %.2f F1 at k = 4/3, %.1f km away; %g is needed", h.ClearanceF1, h.WorstM/1000, median)
	}
	if s.Clearance != P530 {
		return
	}
	h.LeastK = minimumK(h.LengthM)
	h.LeastKF1 = math.Inf(1)
	// The obstacle is where the clearance for an extended one is missing.
	first, last := math.Inf(1), math.Inf(-1)
	for i := 1; i < len(view.Samples)-1; i++ {
		p := &view.Samples[i]
		f1 := (p.ClearanceM - p.BulgeM*(medianK/h.LeastK-1)) / p.FresnelM // the bulge goes with 1/k
		h.LeastKF1 = min(h.LeastKF1, f1)
		if f1 < extendedF1 {
			first, last = min(first, p.DistanceM), max(last, p.DistanceM)
		}
	}
	switch { // P.530-17 §2.2.2.1, step 3
	case s.Climate == Tropical && h.LengthM > tropicalLengthM:
		h.NeededF1 = tropicalF1
	case first <= last && last-first <= isolatedShare*h.LengthM:
		h.NeededF1 = isolatedF1
	default:
		h.NeededF1 = extendedF1
	}
	if h.Refused == "" && h.LeastKF1 < h.NeededF1 {
		h.Refused = fmt.Sprintf("clearance of %.2f F1 at k = %.2f; %g is needed", h.LeastKF1, h.LeastK, h.NeededF1)
	}
}

// carry finds the fastest class that stands the fades. aM and bM are the antennas
// above sea level.
func (s *Settings) carry(h *Hop, aM, bM float64) {
	const freeSpaceDB = 92.45 // 20 log(4π/c) for km and GHz, P.525 (4)
	slantKm := math.Hypot(h.LengthM, aM-bM) / 1000
	loss := freeSpaceDB + 20*math.Log10(s.FrequencyGHz*slantKm)
	h.ReceivedDBm = s.TxPowerDBm + 2*s.AntennaGainDBi - s.LossesDB - loss
	percent := 100 - s.AvailabilityPercent
	h.RainDB = RainFadeDB(s.FrequencyGHz, s.polarization(), s.RainMMh, h.LengthM, percent)
	h.MultipathDB = MultipathFadeDB(s.FrequencyGHz, s.Gradient, h.LengthM, aM, bM, percent)
	// Rain and layers of still air do not come together.
	fade := max(h.RainDB, h.MultipathDB)
	for _, c := range s.Classes {
		if margin := h.ReceivedDBm - c.ThresholdDBm; margin >= fade {
			h.Class, h.Mbps, h.MarginDB = c.Name, c.Mbps, margin
		}
	}
}
