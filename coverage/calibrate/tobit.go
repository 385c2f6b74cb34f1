package calibrate

import (
	"math"

	"gonum.org/v1/gonum/mat"
	"gonum.org/v1/gonum/stat/distuv"
)

// sample is a row of a censored regression: y = x·β + σε, with ε standard normal.
// When censored all that is known is that it lies above y.
type sample struct {
	x        []float64
	y        float64
	censored bool
}

// fitted is what maximises the likelihood.
type fitted struct {
	beta  []float64
	sigma float64

	at      []float64     // γ and θ
	hessian *mat.SymDense // the negative of the likelihood's there
}

// tobit maximises the likelihood of the samples by Newton's method.
//
// In θ = 1/σ and γ = β/σ it is concave (Olsen, R. J.: Note on the Uniqueness of the
// Maximum Likelihood Estimator for the Tobit Model, Econometrica 46, 1978):
//
//	l = Σ [ln θ - (θy - x·γ)²/2] + Σ ln Φ(x·γ - θy)
//
// the first sum over the samples that are known, the second over those censored. It
// reports false where the samples do not determine the parameters.
func tobit(samples []sample) (fitted, bool) {
	n := len(samples[0].x)
	known := 0
	for _, s := range samples {
		if !s.censored {
			known++
		}
	}
	if known <= n+1 {
		return fitted{}, false
	}
	start, ok := leastSquares(samples)
	if !ok {
		return fitted{}, false
	}
	// An sd of 0 has no likelihood; a thousandth of a decibel is below any receiver's.
	sigma := max(start.sigma, 1e-3)
	v := make([]float64, n+1) // γ, then θ
	for i, b := range start.beta {
		v[i] = b / sigma
	}
	v[n] = 1 / sigma
	l, gradient, hessian := likelihood(samples, v, true)
	const (
		iterations = 100
		gain       = 1e-12 // relative: rounding of sums of thousands of terms
	)
	for range iterations {
		step := mat.NewVecDense(n+1, nil)
		var chol mat.Cholesky
		if !chol.Factorize(hessian) {
			return fitted{}, false
		}
		if err := chol.SolveVecTo(step, mat.NewVecDense(n+1, gradient)); err != nil {
			return fitted{}, false
		}
		next, shrink := make([]float64, n+1), 1.0
		var ln float64
		for ; shrink > 1e-6; shrink /= 2 {
			for i := range next {
				next[i] = v[i] + shrink*step.AtVec(i)
			}
			if next[n] <= 0 {
				continue
			}
			if ln, _, _ = likelihood(samples, next, false); ln >= l {
				break
			}
		}
		if shrink <= 1e-6 || ln-l <= gain*math.Abs(l) {
			break
		}
		v = next
		l, gradient, hessian = likelihood(samples, v, true)
	}
	f := fitted{beta: make([]float64, n), sigma: 1 / v[n], at: v, hessian: hessian}
	for i := range f.beta {
		f.beta[i] = v[i] / v[n]
	}
	return f, true
}

// likelihood gives the logarithm of the likelihood at v, without constants, its
// gradient, and the negative of its Hessian.
func likelihood(samples []sample, v []float64, derivatives bool) (l float64, gradient []float64, hessian *mat.SymDense) {
	n := len(v) - 1
	theta := v[n]
	gradient = make([]float64, n+1)
	h := make([]float64, (n+1)*(n+1))
	z := make([]float64, n+1) // d(x·γ - θy)/dv
	for _, s := range samples {
		u := -theta * s.y
		for i, x := range s.x {
			u += v[i] * x
			z[i] = x
		}
		z[n] = -s.y
		var first, second float64 // of the term by u
		if s.censored {
			var mills float64
			var lnPhi float64
			lnPhi, mills = logPhi(u)
			l += lnPhi
			first, second = mills, -mills*(u+mills)
		} else {
			l += math.Log(theta) - u*u/2
			first, second = -u, -1
		}
		if !derivatives {
			continue
		}
		for i := range z {
			gradient[i] += first * z[i]
			for j := range i + 1 {
				h[i*(n+1)+j] -= second * z[i] * z[j]
			}
		}
		if !s.censored {
			gradient[n] += 1 / theta
			h[n*(n+1)+n] += 1 / (theta * theta)
		}
	}
	if !derivatives {
		return l, nil, nil
	}
	for i := range n + 1 {
		for j := range i {
			h[j*(n+1)+i] = h[i*(n+1)+j]
		}
	}
	return l, gradient, mat.NewSymDense(n+1, h)
}

// standardErrors gives those of β where rows of one group err alike, by the sandwich
// of the Hessian and the groups' scores (Cameron, A. C. and Miller, D. L.: A
// Practitioner's Guide to Cluster-Robust Inference, Journal of Human Resources 50,
// 2015, eq. 11, with G/(G-1) of eq. 12), carried from γ and θ to β = γ/θ. It reports
// false where they are not determined.
func (f *fitted) standardErrors(byGroup [][]sample) ([]float64, bool) {
	n, groups := len(f.beta), float64(len(byGroup))
	var chol mat.Cholesky
	if len(byGroup) < 2 || !chol.Factorize(f.hessian) {
		return nil, false
	}
	theta := f.at[n]
	variance := make([]float64, n)
	for _, rows := range byGroup {
		_, score, _ := likelihood(rows, f.at, true)
		var moved mat.VecDense // what the group moves γ and θ by
		if chol.SolveVecTo(&moved, mat.NewVecDense(n+1, score)) != nil {
			return nil, false
		}
		for i, b := range f.beta {
			by := (moved.AtVec(i) - b*moved.AtVec(n)) / theta
			variance[i] += by * by
		}
	}
	for i := range variance {
		variance[i] = math.Sqrt(variance[i] * groups / (groups - 1))
	}
	return variance, true
}

// logPhi gives ln Φ(u) and the inverse Mills ratio φ(u)/Φ(u).
func logPhi(u float64) (lnPhi, mills float64) {
	const tail = -30 // below, Φ nears the smallest numbers; its expansion is off by 15/u⁶ = 2e-8 there
	if u < tail {
		series := 1 - 1/(u*u) + 3/(u*u*u*u) // DLMF 7.12.1
		return -u*u/2 - math.Log(-u) - math.Log(2*math.Pi)/2 + math.Log(series), -u / series
	}
	phi := distuv.UnitNormal.Prob(u)
	cdf := math.Erfc(-u/math.Sqrt2) / 2
	return math.Log(cdf), phi / cdf
}

// leastSquares fits the samples as if none were censored.
func leastSquares(samples []sample) (fitted, bool) {
	n := len(samples[0].x)
	a, b := mat.NewSymDense(n, nil), mat.NewVecDense(n, nil)
	for _, s := range samples {
		for i := range n {
			b.SetVec(i, b.AtVec(i)+s.x[i]*s.y)
			for j := i; j < n; j++ {
				a.SetSym(i, j, a.At(i, j)+s.x[i]*s.x[j])
			}
		}
	}
	var chol mat.Cholesky
	beta := mat.NewVecDense(n, nil)
	// A condition number beyond 1e12 leaves no digits of the parameters.
	if !chol.Factorize(a) || chol.Cond() > 1e12 || chol.SolveVecTo(beta, b) != nil {
		return fitted{}, false
	}
	f := fitted{beta: make([]float64, n)}
	for i := range n {
		f.beta[i] = beta.AtVec(i)
	}
	sum := 0.0
	for _, s := range samples {
		r := s.y
		for i, x := range s.x {
			r -= f.beta[i] * x
		}
		sum += r * r
	}
	f.sigma = math.Sqrt(sum / float64(len(samples)))
	return f, true
}
