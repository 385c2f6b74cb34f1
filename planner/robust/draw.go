// Package robust asks how firmly a result stands: which villages stay gaps, or stay
// served, when levels are off by as much as a propagation model is; which actions a
// plan keeps when levels and costs are; and where a measurement would change the plan
// most.
package robust

import (
	"errors"
	"fmt"
	"hash/fnv"
	"math"
	"math/rand/v2"
)

// ErrInput says that draws are not possible.
var ErrInput = errors.New("robust: invalid input")

// Spread is how far results may be from the truth.
type Spread struct {
	// SigmaDB is the standard deviation of the model's error from one path to the
	// next: that of measurements held out of a calibration, else DefaultSigmaDB.
	SigmaDB float64 `json:"sigma_db"`
	// BiasDB is the largest error that all levels of a run share; any from -BiasDB to
	// BiasDB is equally likely.
	BiasDB float64 `json:"bias_db"`
	// Correlation is that of the errors of two sites in one village, 0 to 1: what
	// surrounds the village is in the way of both.
	Correlation float64 `json:"correlation"`
	// CostShare is the largest error of the cost of an action, as a share of it; any from
	// -CostShare to CostShare is equally likely, for each place by itself.
	CostShare float64 `json:"cost_share"`
}

// DefaultSigmaDB is the standard deviation of a model without calibration.
const DefaultSigmaDB = 8

// DefaultSpread gives the spread of a model without calibration.
func DefaultSpread() Spread {
	return Spread{SigmaDB: DefaultSigmaDB, BiasDB: 6, Correlation: 0.5, CostShare: 0.3}
}

func (s *Spread) validate() error {
	// The negated forms also refuse NaN.
	switch {
	case !(s.SigmaDB >= 0 && s.SigmaDB <= 100), !(s.BiasDB >= 0 && s.BiasDB <= 100):
		return fmt.Errorf("%w: sigma %g dB and bias %g dB; expected 0 to 100", ErrInput, s.SigmaDB, s.BiasDB)
	case !(s.Correlation >= 0 && s.Correlation <= 1):
		return fmt.Errorf("%w: correlation %g; expected 0 to 1", ErrInput, s.Correlation)
	case !(s.CostShare >= 0 && s.CostShare < 1):
		return fmt.Errorf("%w: costs off by a share of %g; expected 0 to below 1", ErrInput, s.CostShare)
	}
	return nil
}

// Streams of random numbers. Each has a generator of its own, so that no draw depends
// on what else is drawn.
const (
	streamBias = iota
	streamSites
	streamCandidates
	streamCosts
)

// source gives the generator of a draw: of a stream, for a village or place by name.
func source(seed uint64, stream, draw int, name string) *rand.Rand {
	h := fnv.New64a()
	_, _ = h.Write([]byte(name)) // a hash does not fail
	return rand.New(rand.NewPCG(seed^h.Sum64(), uint64(stream)<<32|uint64(draw)))
}

// bias gives the error that all levels of a draw share.
func (s *Spread) bias(seed uint64, draw int) float64 {
	return s.BiasDB * (2*source(seed, streamBias, draw, "").Float64() - 1)
}

// sites writes the errors of a village's sites into dst, one for each, the bias
// included, and gives what they have in common.
//
// An error is bias + σ·(√ρ·z + √(1-ρ)·zᵢ) with standard normal z of the village and zᵢ of
// the site: its variance is σ² about the bias, and that of two sites has covariance ρσ².
func (s *Spread) sites(seed uint64, draw int, village string, biasDB float64, dst []float64) (commonDB float64) {
	rnd := source(seed, streamSites, draw, village)
	commonDB = biasDB + s.SigmaDB*math.Sqrt(s.Correlation)*rnd.NormFloat64()
	own := s.SigmaDB * math.Sqrt(1-s.Correlation)
	for i := range dst {
		dst[i] = commonDB + own*rnd.NormFloat64()
	}
	return commonDB
}

// candidate gives the error of a mast that does not stand yet in a village, which has
// commonDB in common with the sites that do.
func (s *Spread) candidate(seed uint64, draw int, village, place string, commonDB float64) float64 {
	return commonDB + s.SigmaDB*math.Sqrt(1-s.Correlation)*source(seed, streamCandidates, draw, village+"\x00"+place).NormFloat64()
}

// cost gives the factor of the cost of what is built at a place.
func (s *Spread) cost(seed uint64, draw int, place string) float64 {
	return 1 + s.CostShare*(2*source(seed, streamCosts, draw, place).Float64()-1)
}
