package propagation

import (
	"math"
	"math/cmplx"
)

// itmLink is all that the reference attenuation depends on but the distance.
type itmLink struct {
	tx, rx     itmTerminal
	wavenumber float64    // k, 1/m
	ns         float64    // surface refractivity, N-units
	gamma      float64    // curvature of the effective Earth γ_e, 1/m
	impedance  complex128 // transfer impedance of the ground Z_g
	deltaHM    float64    // terrain irregularity Δh

	// pointToPoint marks effective heights that come from a profile.
	pointToPoint bool

	horizonM float64 // d_L, both terminals
	smoothM  float64 // d_Ls, both terminals
	thetaRad float64 // θ_e, both terminals

	smooth itmSmoothEarth
}

// itmMode is the range of distances a path lies in.
type itmMode int

// The numbers are NTIA's.
const (
	itmLineOfSight itmMode = 1 + iota
	itmDiffraction
	itmTroposcatter
)

// finish derives what follows from the terminals.
func (l *itmLink) finish() {
	l.tx.smoothM = math.Sqrt(2 * l.tx.effectiveM / l.gamma)            // Alg (3.5)
	l.rx.smoothM = math.Sqrt(2 * l.rx.effectiveM / l.gamma)            // Alg (3.5)
	l.horizonM = l.tx.horizonM + l.rx.horizonM                         // Alg (3.6)
	l.smoothM = l.tx.smoothM + l.rx.smoothM                            // Alg (3.7)
	l.thetaRad = max(l.tx.thetaRad+l.rx.thetaRad, -l.horizonM*l.gamma) // Alg (3.8)
	l.smooth = l.smoothEarth()
}

// referenceDB is the reference attenuation A_ref over free space at distance dM,
// Alg (4.1), and the range that distance is in.
func (l *itmLink) referenceDB(dM float64) (float64, itmMode) {
	// The diffraction range: a line through the attenuations at two distances
	// well beyond the horizons.
	xae := math.Pow(l.wavenumber*l.gamma*l.gamma, -1.0/3) // Alg (4.2)
	d3 := max(l.smoothM, l.horizonM+1.3787*xae)           // Alg (4.3)
	d4 := d3 + 2.7574*xae                                 // Alg (4.4)
	a3, a4 := l.diffractionDB(d3), l.diffractionDB(d4)    // Alg (4.5), (4.6)
	md := (a4 - a3) / (d4 - d3)                           // Alg (4.7)
	aed := a3 - md*d3                                     // Alg (4.8)

	if dM < l.smoothM {
		return max(l.lineOfSightRangeDB(dM, aed, md), 0), itmLineOfSight
	}

	// The scatter range: again a line through two points.
	d5 := l.horizonM + 200e3
	d6 := d5 + 200e3
	var h0 itmH0
	a6, ok6 := l.scatterDB(d6, &h0)
	a5, ok5 := l.scatterDB(d5, &h0)
	if ok5 && ok6 {
		ms := (a6 - a5) / 200e3
		dx := max(l.smoothM, l.horizonM+0.3*xae*math.Log(47.7*l.wavenumber), (a5-aed-ms*d5)/(md-ms))
		if dM > dx {
			aes := (md-ms)*dx + aed
			return max(aes+ms*dM, 0), itmTroposcatter
		}
	}
	return max(aed+md*dM, 0), itmDiffraction
}

// irregularityAtM is Δh(s), Alg (3.9).
func (l *itmLink) irregularityAtM(dM float64) float64 {
	return (1 - 0.8*math.Exp(-dM/50e3)) * l.deltaHM
}

// roughnessM is σ_h(s), Alg (3.10).
func (l *itmLink) roughnessM(dM float64) float64 {
	dh := l.irregularityAtM(dM)
	return 0.78 * dh * math.Exp(-math.Pow(dh/16, 0.25))
}

// itmSmoothEarth is what diffraction over a smooth Earth owes to the terminals.
type itmSmoothEarth struct {
	x        float64 // x_1 + x_2
	heightDB float64 // F(x_1, K_1) + F(x_2, K_2) + C_1
	clutter  float64 // A_fo
}

func (l *itmLink) smoothEarth() itmSmoothEarth {
	s := itmSmoothEarth{heightDB: 20}
	for _, t := range [2]*itmTerminal{&l.tx, &l.rx} {
		radiusM := 0.5 * t.horizonM * t.horizonM / t.effectiveM // 1/γ_j, Alg (4.15)
		alpha := math.Cbrt(radiusM * l.wavenumber)              // α_j of the radius, Alg (4.16)
		k := l.surfaceK(alpha)
		x := itmB(k) * alpha * t.horizonM / radiusM // Alg (4.18)
		s.x += x
		s.heightDB += itmHeightDB(x, k)
	}
	s.clutter = min(15, 5*math.Log10(1+4.77e-4*l.tx.heightM*l.rx.heightM*l.wavenumber*l.roughnessM(l.smoothM))) // Alg (4.10)
	return s
}

// surfaceK is |K| of the ground for α, Alg (4.17).
func (l *itmLink) surfaceK(alpha float64) float64 { return 1 / (alpha * cmplx.Abs(l.impedance)) }

// itmB is A·B(K) in dB, B(K) by Alg (6.2). Alg (4.20) has A = 151.03 dB; the
// published figures want 150.97 within 0.001.
func itmB(k float64) float64 { return (1.607 - k) * 150.97 }

// diffractionDB is A_diff at a distance beyond the horizons, Alg (4.9).
func (l *itmLink) diffractionDB(dM float64) float64 {
	theta := l.thetaRad + dM*l.gamma // Alg (4.12)
	beyondM := dM - l.horizonM

	// Two knife edges, at the horizons.
	q := l.wavenumber * beyondM * theta * theta / (4 * math.Pi)
	knifeDB := itmKnifeDB(q*l.tx.horizonM/(beyondM+l.tx.horizonM)) +
		itmKnifeDB(q*l.rx.horizonM/(beyondM+l.rx.horizonM)) // Alg (4.13), (4.14)

	// A rounded Earth, of the curvature between the horizons.
	radiusM := beyondM / theta                            // Alg (4.15)
	alpha := math.Cbrt(radiusM * l.wavenumber)            // Alg (4.16)
	x := itmB(l.surfaceK(alpha))*alpha*theta + l.smooth.x // Alg (4.19)
	roundedDB := itmG(x) - l.smooth.heightDB              // Alg (4.20)

	structural := l.tx.heightM * l.rx.heightM
	excess := l.tx.effectiveM*l.rx.effectiveM - structural
	if l.pointToPoint {
		structural += 10
	}
	q = (math.Sqrt(1+excess/structural) + (l.horizonM+l.thetaRad/l.gamma)/dM) *
		min(l.irregularityAtM(dM)*l.wavenumber, 2*math.Pi*1000)
	w := 25.1 / (25.1 + math.Sqrt(q)) // Alg (4.11), whose 10·√2π is 25.07
	return w*roundedDB + (1-w)*knifeDB + l.smooth.clutter
}

// itmKnifeDB is the knife-edge attenuation for v², Alg (6.1).
func itmKnifeDB(v2 float64) float64 {
	if v2 < 5.76 {
		return 6.02 + 9.11*math.Sqrt(v2) - 1.27*v2
	}
	return 12.953 + 10*math.Log10(v2)
}

// itmG is G(x), Alg (6.3), with the rounded decibel of the published figures.
func itmG(x float64) float64 { return 0.05751*x - 4.343*math.Log(x) }

// itmHeightDB is the height gain F(x, K) over a smooth Earth, Alg (6.4) to (6.6).
func itmHeightDB(x, k float64) float64 {
	far := 17.372*math.Log(max(x, 1)) - 117
	if x < 200 {
		w := -math.Log(k)
		if k < 1e-5 || x*w*w*w > 5495 {
			return far
		}
		return 2.5e-5*x*x/k - 8.686*w - 15
	}
	g := itmG(x)
	if x < 2000 {
		w := 0.0134 * x * math.Exp(-0.005*x)
		g = (1-w)*g + w*far
	}
	return g
}

// lineOfSightRangeDB is A_ref within the smooth-Earth horizons before it is cut
// off at 0: a curve A_el + K_1·d + K_2·ln d through the two-ray field at one or two
// distances and the diffraction attenuation at d_Ls, Alg §4.
func (l *itmLink) lineOfSightRangeDB(dM, aed, md float64) float64 {
	d2 := l.smoothM
	a2 := aed + d2*md
	d0 := 1.908 * l.wavenumber * l.tx.effectiveM * l.rx.effectiveM
	var d1 float64
	if aed >= 0 {
		d0 = min(d0, 0.5*l.horizonM)
		d1 = d0 + 0.25*(l.horizonM-d0)
	} else {
		d1 = max(-aed/md, 0.25*l.horizonM)
	}
	a1 := l.lineOfSightDB(d1, aed, md)
	var k1, k2 float64
	fitted := false
	if d0 < d1 {
		a0 := l.lineOfSightDB(d0, aed, md)
		q := math.Log(d2 / d0)
		k2 = max(0, ((d2-d0)*(a1-a0)-(d1-d0)*(a2-a0))/((d2-d0)*math.Log(d1/d0)-(d1-d0)*q))
		fitted = aed >= 0 || k2 > 0
		if fitted {
			k1 = (a2 - a0 - k2*q) / (d2 - d0)
			if k1 < 0 {
				k1 = 0
				k2 = max(a2-a0, 0) / q
				if k2 == 0 {
					k1 = md
				}
			}
		}
	}
	if !fitted {
		k1 = max(a2-a1, 0) / (d2 - d1)
		k2 = 0
		if k1 == 0 {
			k1 = md
		}
	}
	ael := a2 - k1*d2 - k2*math.Log(d2)
	return ael + k1*dM + k2*math.Log(dM)
}

// lineOfSightDB is A_los: the diffraction attenuation extended into line of sight,
// weighted with the field of a direct and a reflected ray.
func (l *itmLink) lineOfSightDB(dM, aed, md float64) float64 {
	rough := l.wavenumber * l.roughnessM(dM)
	sum := l.tx.effectiveM + l.rx.effectiveM
	sinPsi := sum / math.Sqrt(dM*dM+sum*sum) // Alg (4.46)
	reflection := (complex(sinPsi, 0) - l.impedance) / (complex(sinPsi, 0) + l.impedance) *
		complex(math.Exp(-min(10, rough*sinPsi)), 0) // Alg (4.47)
	power := real(reflection)*real(reflection) + imag(reflection)*imag(reflection)
	if power < 0.25 || power < sinPsi {
		reflection *= complex(math.Sqrt(sinPsi/power), 0) // Alg (4.48)
	}
	diffractionDB := aed + md*dM                                       // Alg (4.45)
	delta := 2 * l.wavenumber * l.tx.effectiveM * l.rx.effectiveM / dM // Alg (4.49)
	if delta > math.Pi/2 {
		delta = math.Pi - (math.Pi/2)*(math.Pi/2)/delta // Alg (4.50)
	}
	twoRayDB := -20 * math.Log10(cmplx.Abs(cmplx.Exp(complex(0, -delta))+reflection))
	w := 1 / (1 + 47.7*l.wavenumber*l.deltaHM/max(10e3, l.smoothM))
	return (1-w)*diffractionDB + w*twoRayDB
}

// itmH0 carries the frequency gain H_0 from one distance to the next nearer one.
type itmH0 struct {
	known   bool
	valueDB float64
}

// scatterDB is A_scat at a distance far beyond the horizons, and false when both
// antennas are so low that the method of TN 101 does not hold.
func (l *itmLink) scatterDB(dM float64, last *itmH0) (float64, bool) {
	asymmetryM := math.Abs(l.tx.horizonM - l.rx.horizonM)
	ratio := l.rx.effectiveM / l.tx.effectiveM
	if l.tx.horizonM < l.rx.horizonM {
		ratio = 1 / ratio
	}
	h0 := last.valueDB
	if !last.known || h0 <= 15 {
		theta := l.tx.thetaRad + l.rx.thetaRad + dM*l.gamma // Alg (4.61)
		r1 := 2 * l.wavenumber * theta * l.tx.effectiveM    // Alg (4.62)
		r2 := 2 * l.wavenumber * theta * l.rx.effectiveM    // Alg (4.62)
		if r1 < 0.2 && r2 < 0.2 {
			return 0, false
		}
		s := (dM - asymmetryM) / (dM + asymmetryM)
		q := min(max(0.1, ratio/s), 10)
		s = max(0.1, s)
		z0 := (dM - asymmetryM) * (dM + asymmetryM) * theta * 0.25 / dM
		etaQ := (5.67e-6*l.ns-2.32e-3)*l.ns + 0.031
		eta := (etaQ*math.Exp(-math.Pow(min(1.7, z0/8e3), 6)) + 1) * z0 / 1.7556e3
		eta1 := max(eta, 1)
		h0 = (itmH01DB(r1, eta1) + itmH01DB(r2, eta1)) / 2
		h0 += min(h0, (1.38-math.Log(eta1))*math.Log(s)*math.Log(q)*0.49)
		h0 = max(h0, 0)
		if eta < 1 {
			p := (1 + math.Sqrt2/r1) * (1 + math.Sqrt2/r2)
			h0 = eta*h0 + (1-eta)*10*math.Log10(p*p*(r1+r2)/(r1+r2+2*math.Sqrt2))
		}
		if h0 > 15 && last.known {
			h0 = last.valueDB
		}
	}
	*last = itmH0{true, h0}
	theta := l.thetaRad + dM*l.gamma // Alg (4.60)
	d := theta * dM
	return itmF0DB(d) + 10*math.Log10(47.7*l.wavenumber*math.Pow(theta, 4)) -
		0.1*(l.ns-301)*math.Exp(-d/40e3) + h0, true // Alg (4.63)
}

// itmF0DB is the attenuation function F(θd) of TN 101 for N_s = 301, d in m.
func itmF0DB(d float64) float64 {
	switch {
	case d <= 10e3:
		return 133.4 + 0.332e-3*d - 10*math.Log10(d)
	case d <= 70e3:
		return 104.6 + 0.212e-3*d - 2.5*math.Log10(d)
	}
	return 71.8 + 0.157e-3*d + 5*math.Log10(d)
}

// itmH01DB is the frequency gain H_01(r, η) of TN 101 with the constants of Alg
// (6.13), interpolated between the whole η from 1 to 5.
func itmH01DB(r, eta float64) float64 {
	a := [5]float64{25, 80, 177, 395, 705}
	b := [5]float64{24, 45, 68, 80, 105}
	x := 1 / (r * r)
	at := func(i int) float64 { return 10 * math.Log10(1+(a[i]*x+b[i])*x) }
	whole := min(max(int(eta), 1), 5)
	h := at(whole - 1)
	if part := eta - float64(whole); whole < 5 && part > 0 {
		h = (1-part)*h + part*at(whole)
	}
	return h
}
