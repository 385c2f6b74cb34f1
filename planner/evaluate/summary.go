package evaluate

import (
	"math"
	"math/rand/v2"
	"slices"
)

// Interval is a mean over trials with the 95 % interval of a percentile bootstrap over
// them (Efron and Tibshirani, An Introduction to the Bootstrap, 1993, §13.3).
type Interval struct {
	Mean   float64 `json:"mean"`
	Low    float64 `json:"low"`
	High   float64 `json:"high"`
	Trials int     `json:"trials"` // that have a value
}

// resamples is how often trials are drawn again: enough that the ends of an interval
// move by a few hundredths of its width from one seed to the next.
const resamples = 10000

// Bootstrap gives the mean of values and its 95 % interval. Values that are not finite
// are left out; without any, all is NaN.
func Bootstrap(values []float64, seed uint64) Interval {
	kept := slices.DeleteFunc(slices.Clone(values), func(v float64) bool { return math.IsNaN(v) || math.IsInf(v, 0) })
	out := Interval{Mean: mean(kept), Trials: len(kept)}
	rnd := rand.New(rand.NewPCG(seed, 0))
	means := make([]float64, resamples)
	for i := range means {
		var sum float64
		for range kept {
			sum += kept[rnd.IntN(len(kept))]
		}
		means[i] = sum / float64(len(kept))
	}
	slices.Sort(means)
	out.Low, out.High = means[resamples*25/1000], means[resamples*975/1000-1]
	return out
}

func mean(values []float64) float64 {
	var sum float64
	for _, v := range values {
		sum += v
	}
	return sum / float64(len(values))
}

// Score is how a method did over all trials.
type Score struct {
	Method Method
	// DistanceKm is from a hidden site to the nearest place of the method, the mean of
	// a trial; trials in which the method chose none are left out.
	DistanceKm Interval
	// Within is the share of hidden sites with a place within NearKm.
	Within Interval
	// Served is the share of the people who lost service that the method serves again.
	Served Interval
	// CloserKm and MoreServed are what the plan is better by, trial by trial: below 0
	// where the method is better.
	CloserKm   Interval
	MoreServed Interval
}

// Scores sums up the trials, in the order of Methods.
func (r *Result) Scores(seed uint64) []Score {
	var out []Score
	for m, method := range Methods() {
		var km, within, served, closer, more []float64
		for i := range r.Trials {
			t := &r.Trials[i]
			o, plan := &t.Outcomes[m], &t.Outcomes[0]
			km = append(km, mean(o.DistanceKm))
			near := 0
			for _, d := range o.DistanceKm {
				if d <= NearKm {
					near++
				}
			}
			within = append(within, float64(near)/float64(len(o.DistanceKm)))
			served = append(served, o.PeopleNew/t.PeopleLost)
			closer = append(closer, mean(o.DistanceKm)-mean(plan.DistanceKm))
			more = append(more, (plan.PeopleNew-o.PeopleNew)/t.PeopleLost)
		}
		out = append(out, Score{
			Method: method, DistanceKm: Bootstrap(km, seed), Within: Bootstrap(within, seed), Served: Bootstrap(served, seed),
			CloserKm: Bootstrap(closer, seed), MoreServed: Bootstrap(more, seed),
		})
	}
	return out
}

// FloorKm sums up the distances from hidden sites to the nearest place that could be
// proposed: no plan can come nearer.
func (r *Result) FloorKm(seed uint64) Interval {
	var km []float64
	for i := range r.Trials {
		km = append(km, mean(r.Trials[i].FloorKm))
	}
	return Bootstrap(km, seed)
}
