package propagation

import (
	"fmt"
	"math"
)

// NearModel is a model made ready for a map, where receivers stand at any
// distance: see [Near].
type NearModel struct {
	model Model
	join  bool
	minM  float64
	maxM  float64
}

var _ Model = (*NearModel)(nil)

// Near gives m with values at every distance down to the mast. Nearer than the
// minimum distance d₀ of m's stated range the loss is
//
//	L = L₅ + (L_m − L₅)·d/d₀
//
// with L₅ the loss of [P526] (free space and diffraction) and L_m that of m,
// both over the same profile: free space and diffraction at the mast, m at d₀, and
// continuous in between. Such results are marked Near and carry the warning
// "near" instead of m's own about the distance. Beyond m's maximum distance there
// is no value.
//
// A model without a stated minimum is left as it is, and so is one of effective
// heights: those refuse short paths.
func Near(m Model) *NearModel {
	v := m.Validity()
	n := &NearModel{model: m, minM: v.MinDistanceKm * 1000, maxM: math.Inf(1)}
	n.join = n.minM > 0 && !v.EffectiveHeights
	if v.MaxDistanceKm > 0 {
		n.maxM = v.MaxDistanceKm * 1000
	}
	return n
}

// Name is the model's own.
func (n *NearModel) Name() string { return n.model.Name() }

// Validity is the model's own.
func (n *NearModel) Validity() Validity { return n.model.Validity() }

// IsNear says whether values at this distance are joined ones.
func (n *NearModel) IsNear(distanceM float64) bool { return n.join && distanceM < n.minM }

// Loss gives the joined loss.
func (n *NearModel) Loss(p *Profile, l Link) (Result, error) {
	res, err := n.model.Loss(p, l)
	if err != nil {
		return Result{}, err
	}
	lengthM := p.LengthM()
	if lengthM > n.maxM {
		return Result{}, fmt.Errorf("%w: %.6g km is beyond the %g km of %s", ErrLink, lengthM/1000, n.maxM/1000, n.Validity().Source)
	}
	if !n.IsNear(lengthM) {
		return res, nil
	}
	base, err := P526{}.Loss(p, l)
	if err != nil {
		return Result{}, err
	}
	joined := Result{
		LossDB:        n.joinDB(base.LossDB, res.LossDB, lengthM),
		Near:          true,
		Intermediates: res.Intermediates,
	}
	for _, w := range res.Warnings {
		if w.Code != n.Name()+"-distance" {
			joined.Warnings = append(joined.Warnings, w)
		}
	}
	joined.Warnings = append(joined.Warnings, Warning{"near",
		fmt.Sprintf("%.4g m is nearer than the %g m of %s: joined to free space and diffraction", lengthM, n.minM, n.Validity().Source)})
	if l.Explain {
		joined.Intermediates = append(joined.Intermediates,
			Quantity{"Lp526", base.LossDB, "dB", "P.526 §4.5.2"},
			Quantity{"L" + n.Name(), res.LossDB, "dB", n.Validity().Source},
			Quantity{"Ljoined", joined.LossDB, "dB", "linear in distance"})
	}
	return joined, nil
}

func (n *NearModel) joinDB(baseDB, modelDB, distanceM float64) float64 {
	return baseDB + (modelDB-baseDB)*(distanceM/n.minM)
}
