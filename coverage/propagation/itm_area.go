package propagation

import "math"

// ITMSiting says how the place of a terminal was chosen, in ITM's area mode.
type ITMSiting int

// The siting criteria, with NTIA's numbers.
const (
	RandomSiting ITMSiting = iota
	CarefulSiting
	VeryCarefulSiting
)

// ITMArea is what ITM's area mode knows of a path instead of its profile.
type ITMArea struct {
	DistanceKm    float64 // above 0
	IrregularityM float64 // terrain irregularity Δh, from 0
	TxSiting      ITMSiting
	RxSiting      ITMSiting
}

// ITMAreaLoss gives the loss by the Irregular Terrain Model in area mode, without a
// profile. The ground lies at sea level, so that the climate's N0 is the surface
// refractivity. Errors are *ITMError but for those of a link that is none.
func ITMAreaLoss(a ITMArea, l Link) (Result, error) {
	if err := l.check(); err != nil {
		return Result{}, err
	}
	s, err := l.itmSystem()
	if err != nil {
		return Result{}, err
	}
	// The negated forms also refuse NaN.
	if !(a.DistanceKm > 0 && a.DistanceKm*1000 <= maxDistanceM) {
		return Result{}, itmRefusal(1017, "path distance %g km; it must be above 0 and at most %g km", a.DistanceKm, maxDistanceM/1000)
	}
	if !(a.IrregularityM >= 0 && a.IrregularityM <= maxHeightM) {
		return Result{}, itmRefusal(1018, "terrain irregularity %g m; it must be 0 to %g m", a.IrregularityM, maxHeightM)
	}
	if a.TxSiting < RandomSiting || a.TxSiting > VeryCarefulSiting {
		return Result{}, itmRefusal(1019, "unknown transmitter siting %d", a.TxSiting)
	}
	if a.RxSiting < RandomSiting || a.RxSiting > VeryCarefulSiting {
		return Result{}, itmRefusal(1020, "unknown receiver siting %d", a.RxSiting)
	}
	s.link.ns = s.n0
	if err := s.refract(); err != nil {
		return Result{}, err
	}
	s.link.deltaHM = a.IrregularityM
	s.link.tx.site(a.TxSiting, a.IrregularityM, s.link.gamma)
	s.link.rx.site(a.RxSiting, a.IrregularityM, s.link.gamma)
	return s.result(a.DistanceKm*1000, l.Explain)
}

// site estimates the effective height and the horizon from the siting, Alg §3.
func (t *itmTerminal) site(siting ITMSiting, deltaHM, gamma float64) {
	t.effectiveM = t.heightM
	if siting != RandomSiting {
		b := 4.0
		if siting == VeryCarefulSiting {
			b = 9
		}
		if t.heightM < 5 {
			b *= math.Sin(math.Pi / 10 * t.heightM)
		}
		t.effectiveM += (1 + b) * math.Exp(-min(20, 2*t.heightM/max(1e-3, deltaHM))) // Alg (3.2)
	}
	t.estimateHorizon(deltaHM, gamma)
	t.estimateElevation(deltaHM, gamma)
}
