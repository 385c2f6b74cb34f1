package propagation

import "math"

// itmPath is terrain at even steps, as the algorithm wants it.
type itmPath struct {
	stepM  float64
	z      []float64 // above sea level
	length float64   // m
}

func (p *itmPath) intervals() int { return len(p.z) - 1 }

// itmTerminal is one end of a path.
type itmTerminal struct {
	heightM    float64 // structural height h_g
	effectiveM float64 // effective height h_e
	horizonM   float64 // distance to the horizon d_L
	thetaRad   float64 // elevation of the horizon θ_e
	smoothM    float64 // distance to the horizon over a smooth Earth d_Ls
}

// meanHeightM is the mean elevation over the middle 80 % of the path, z_s of
// Alg §7.
func (p *itmPath) meanHeightM() float64 {
	n := p.intervals()
	skip := int(0.1 * float64(n))
	var sum float64
	for _, z := range p.z[skip : n-skip+1] {
		sum += z
	}
	return sum / float64(n-2*skip+1)
}

// horizons finds the horizon of each terminal on an Earth of curvature gamma
// (1/m): the direction and distance of the other terminal when in line of sight.
func (p *itmPath) horizons(tx, rx *itmTerminal, gamma float64) {
	n := p.intervals()
	txM, rxM := p.z[0]+tx.heightM, p.z[n]+rx.heightM
	slope, bulge := (rxM-txM)/p.length, gamma*p.length/2
	tx.thetaRad, rx.thetaRad = slope-bulge, -slope-bulge
	tx.horizonM, rx.horizonM = p.length, p.length
	hidden := false
	for i := 1; i < n; i++ {
		// Products, where the algorithm adds step to step: a horizon's distance decides
		// by its last bit where the lines under the terminals end.
		fromTxM := float64(i) * p.stepM
		fromRxM := p.length - fromTxM
		if above := p.z[i] - (gamma/2*fromTxM+tx.thetaRad)*fromTxM - txM; above > 0 {
			tx.thetaRad += above / fromTxM
			tx.horizonM = fromTxM
			hidden = true
		}
		// What hides the receiver from the transmitter hides the transmitter from it,
		// so that nothing needs looking at before.
		if !hidden {
			continue
		}
		if above := p.z[i] - (gamma/2*fromRxM+rx.thetaRad)*fromRxM - rxM; above > 0 {
			rx.thetaRad += above / fromRxM
			rx.horizonM = fromRxM
		}
	}
}

// line fits a line to the terrain between two distances in m by least squares and
// gives its heights at the ends of the path. Both distances are cut to whole
// steps, and at least two samples are fitted.
func (p *itmPath) line(fromM, toM float64) (atTxM, atRxM float64) {
	n := float64(p.intervals())
	first := math.Trunc(max(fromM/p.stepM, 0))
	last := n - math.Trunc(max(n-toM/p.stepM, 0))
	if last <= first {
		first = max(first-1, 0)
		last = n - max(n-(last+1), 0)
	}
	return fitLine(p.z, int(first), int(last))
}

// fitLine fits a line to z[first..last] by least squares, the ends with half
// weight, and gives its values at the first and last of all z.
func fitLine(z []float64, first, last int) (atFirst, atLast float64) {
	width := float64(last - first)
	x := -width / 2
	middle := float64(last) + x
	sum := (z[first] + z[last]) / 2
	moment := (z[first] - z[last]) / 2 * x
	for i := first + 1; i < last; i++ {
		x++
		sum += z[i]
		moment += z[i] * x
	}
	mean := sum / width
	slope := moment * 12 / ((width*width + 2) * width)
	return mean - slope*middle, mean + slope*(float64(len(z)-1)-middle)
}

// The number of terrain samples the irregularity is taken from, 10k−5, for a
// decile of 4 to 25 of them.
const (
	itmLeastDecile = 4
	itmMostDecile  = 25
	itmMostSamples = 10*itmMostDecile - 5
)

// irregularityM is the terrain irregularity parameter Δh in m: the interdecile
// range of the terrain about its own line between two distances in m, brought to
// an infinitely long path by Alg (3.9).
func (p *itmPath) irregularityM(fromM, toM float64) float64 {
	from, to := fromM/p.stepM, toM/p.stepM
	if to-from < 2 {
		return 0
	}
	decile := min(max(int(0.1*(to-from+8)), itmLeastDecile), itmMostDecile)
	n := 10*decile - 5
	var buffer [itmMostSamples]float64
	z := buffer[:n]
	step := (to - from) / float64(n-1)
	k := int(from + 1)
	x := from - float64(k) // how far beyond sample k, in steps; negative before it
	for j := range z {
		for x > 0 && k < p.intervals() {
			x--
			k++
		}
		z[j] = p.z[k] + (p.z[k]-p.z[k-1])*x
		x += step
	}
	atFirst, atLast := fitLine(z, 0, n-1)
	slope := (atLast - atFirst) / float64(n-1)
	for j := range z {
		z[j] -= atFirst + slope*float64(j)
	}
	// The deciles are the k-th highest and the k-th from the lowest.
	dh := selectKth(z, n-decile) - selectKth(z, decile-1)
	return dh / (1 - 0.8*math.Exp(-(toM-fromM)/50e3)) // Alg (3.9)
}

// selectKth gives the value that would be z[k] if z were sorted ascending. It
// reorders z.
func selectKth(z []float64, k int) float64 {
	lo, hi := 0, len(z)-1
	for lo < hi {
		pivot := z[lo+(hi-lo)/2]
		i, j := lo, hi
		for i <= j {
			for z[i] < pivot {
				i++
			}
			for z[j] > pivot {
				j--
			}
			if i <= j {
				z[i], z[j] = z[j], z[i]
				i++
				j--
			}
		}
		switch {
		case k <= j:
			hi = j
		case k >= i:
			lo = i
		default:
			return z[k]
		}
	}
	return z[k]
}

// prepare fills in the terminals' horizons and effective heights from the terrain,
// Alg §7, and gives Δh in m.
func (p *itmPath) prepare(tx, rx *itmTerminal, gamma float64) (deltaHM float64) {
	n := p.intervals()
	p.horizons(tx, rx, gamma)
	// The terrain at the terminals' feet is left out.
	fromM := min(15*tx.heightM, 0.1*tx.horizonM)
	toM := p.length - min(15*rx.heightM, 0.1*rx.horizonM)
	deltaHM = p.irregularityM(fromM, toM)
	if tx.horizonM+rx.horizonM > 1.5*p.length {
		// In line of sight: one line under both, and horizons estimated as over
		// irregular terrain without a profile.
		atTxM, atRxM := p.line(fromM, toM)
		tx.effectiveM = tx.heightM + max(p.z[0]-atTxM, 0)
		rx.effectiveM = rx.heightM + max(p.z[n]-atRxM, 0)
		tx.estimateHorizon(deltaHM, gamma)
		rx.estimateHorizon(deltaHM, gamma)
		if sum := tx.horizonM + rx.horizonM; sum <= p.length {
			// In line of sight these horizons overlap: the heights are raised until they do.
			q := p.length / sum
			tx.effectiveM *= q * q
			rx.effectiveM *= q * q
			tx.estimateHorizon(deltaHM, gamma)
			rx.estimateHorizon(deltaHM, gamma)
		}
		tx.estimateElevation(deltaHM, gamma)
		rx.estimateElevation(deltaHM, gamma)
	} else {
		// Beyond the horizon: a line under each terminal, up to its own horizon.
		atTxM, _ := p.line(fromM, 0.9*tx.horizonM)
		_, atRxM := p.line(p.length-0.9*rx.horizonM, toM)
		tx.effectiveM = tx.heightM + max(p.z[0]-atTxM, 0)
		rx.effectiveM = rx.heightM + max(p.z[n]-atRxM, 0)
	}
	return deltaHM
}

// estimateHorizon sets the distance to the horizon over irregular terrain.
func (t *itmTerminal) estimateHorizon(deltaHM, gamma float64) {
	t.horizonM = math.Sqrt(2*t.effectiveM/gamma) *
		math.Exp(-0.07*math.Sqrt(deltaHM/max(t.effectiveM, 5))) // Alg (3.3), (3.5)
}

// estimateElevation sets the elevation of an estimated horizon.
func (t *itmTerminal) estimateElevation(deltaHM, gamma float64) {
	smoothM := math.Sqrt(2 * t.effectiveM / gamma)
	t.thetaRad = (0.65*deltaHM*(smoothM/t.horizonM-1) - 2*t.effectiveM) / smoothM // Alg (3.4)
}
