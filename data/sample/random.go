package sample

import (
	"math"
	"math/rand/v2"
)

// stream separates the random numbers of the generator's steps, so that a change
// in one step leaves the others as they were.
type stream uint64

const (
	streamErosion stream = iota + 1
	streamUplift
	streamDetail
	streamKarst
	streamOutline
	streamCommunes
	streamVillages
	streamNames
	streamStations
	streamDeclared
	streamVoids
	streamDates
)

// random draws numbers from a PCG stream. The mappings to ranges are our own:
// those of math/rand/v2 may change between Go releases.
type random struct{ pcg *rand.PCG }

func newRandom(seed uint64, s stream) random {
	return random{rand.NewPCG(seed, uint64(s)*0x9E3779B97F4A7C15)}
}

// float is uniform in [0, 1).
func (r random) float() float64 { return float64(r.pcg.Uint64()>>11) / (1 << 53) }

// between is uniform in [lo, hi).
func (r random) between(lo, hi float64) float64 { return lo + (hi-lo)*r.float() }

// intn is uniform in [0, n).
func (r random) intn(n int) int { return int(r.float() * float64(n)) }

// month is uniform from first to last, both included.
func (r random) month(first, last month) month { return first + month(r.intn(int(last-first)+1)) }

// exponential has mean 1.
func (r random) exponential() float64 { return -math.Log(1 - r.float()) }

// chance is true with probability p.
func (r random) chance(p float64) bool { return r.float() < p }

// pick gives an index with probability proportional to its weight.
func (r random) pick(weights []float64) int {
	sum := 0.0
	for _, w := range weights {
		sum += w
	}
	u := r.float() * sum
	for i, w := range weights {
		if u < w {
			return i
		}
		u -= w
	}
	return len(weights) - 1
}
