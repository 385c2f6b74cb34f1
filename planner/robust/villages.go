package robust

import (
	"context"
	"runtime"
	"sync/atomic"

	"github.com/covgap/covgap/coverage/criterion"
	"github.com/covgap/covgap/data"
	"golang.org/x/sync/errgroup"
)

// Certainty says how sure the class of a village is.
type Certainty string

// The values of Certainty.
const (
	SurelyWeak   Certainty = "surely_weak"   // weak or none in SureShare of the draws or more
	SurelyServed Certainty = "surely_served" // served in as many
	Uncertain    Certainty = "uncertain"     // neither
)

// SureShare is the share of draws from which a class is sure.
const SureShare = 0.9

// DefaultDraws is how often villages are drawn: the standard error of a share of 0.9
// is then 0.01.
const DefaultDraws = 1000

// Village is how sure one is.
type Village struct {
	// Certainty is "" for a village that the criterion does not count.
	Certainty Certainty
	// WeakProbability is the share of draws in which it misses the criterion.
	WeakProbability float64
}

// VillagesInput is what certainties depend on.
type VillagesInput struct {
	Criterion  criterion.Criterion
	Receptions []criterion.Reception
	Spread     Spread
	Draws      int // 0 stands for DefaultDraws
	Seed       uint64
	Workers    int // 0 stands for one a core
}

// Villages judges every village in every draw, in order. The result does not depend
// on the number of workers. The error wraps ErrInput, or is that of ctx.
func Villages(ctx context.Context, in VillagesInput) ([]Village, error) {
	if err := in.Spread.validate(); err != nil {
		return nil, err
	}
	if in.Draws == 0 {
		in.Draws = DefaultDraws
	}
	if in.Workers <= 0 {
		in.Workers = runtime.GOMAXPROCS(0)
	}
	biases := make([]float64, in.Draws)
	for n := range biases {
		biases[n] = in.Spread.bias(in.Seed, n)
	}
	out := make([]Village, len(in.Receptions))
	var next atomic.Int64
	g, ctx := errgroup.WithContext(ctx)
	for range min(in.Workers, len(out)) {
		g.Go(func() error {
			var shift []float64
			for {
				i := int(next.Add(1)) - 1
				if i >= len(out) {
					return nil
				}
				if err := ctx.Err(); err != nil {
					return err
				}
				r := &in.Receptions[i]
				shift = append(shift[:0], make([]float64, len(r.Sites))...)
				weak, counted := 0, true
				for n := range in.Draws {
					in.Spread.sites(in.Seed, n, r.Village.ID, biases[n], shift)
					v := in.Criterion.Judge(r, shift)
					if v.Gap() {
						weak++
					}
					counted = counted && v.Class != data.NotCounted
				}
				if counted {
					out[i] = sure(weak, in.Draws)
				}
			}
		})
	}
	return out, g.Wait()
}

// sure judges a village that is weak in so many of the draws.
func sure(weak, draws int) Village {
	v := Village{Certainty: Uncertain, WeakProbability: float64(weak) / float64(draws)}
	switch { // in whole numbers, so that 900 of 1,000 are enough
	case float64(weak) >= SureShare*float64(draws):
		v.Certainty = SurelyWeak
	case float64(draws-weak) >= SureShare*float64(draws):
		v.Certainty = SurelyServed
	}
	return v
}
