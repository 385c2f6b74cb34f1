package propagation

import (
	"math"
	"math/rand/v2"
	"testing"

	"pgregory.net/rapid"
)

// fresnelKnifeEdgeDB is the knife-edge loss by the Fresnel integrals that J(ν)
// approximates, P.526 §4.1: the integrals by Simpson's rule.
func fresnelKnifeEdgeDB(nu float64) float64 {
	const n = 20000
	step := nu / n
	var c, s float64
	for i := range n + 1 {
		weight := 2.0
		switch {
		case i == 0 || i == n:
			weight = 1
		case i%2 == 1:
			weight = 4
		}
		phase := math.Pi / 2 * float64(i) * step * float64(i) * step
		c += weight * math.Cos(phase)
		s += weight * math.Sin(phase)
	}
	c, s = c*step/3, s*step/3
	return -20 * math.Log10(math.Hypot(1-c-s, c-s)/2)
}

func TestKnifeEdge(t *testing.T) {
	for nu := -0.75; nu <= 10; nu += 0.05 {
		got, want := KnifeEdgeDB(nu), fresnelKnifeEdgeDB(nu)
		// The approximation's own error, largest at its low end.
		if math.Abs(got-want) > 0.25 {
			t.Errorf("J(%.2f) = %.3f dB, Fresnel integrals give %.3f", nu, got, want)
		}
	}
	if got := KnifeEdgeDB(0); math.Abs(got-20*math.Log10(2)) > 0.02 { // a grazed edge halves the field
		t.Errorf("J(0) = %.4f dB, want about 6.02", got)
	}
	if got := KnifeEdgeDB(-0.78); got != 0 {
		t.Errorf("J(-0.78) = %g dB, want 0", got)
	}
	if got := KnifeEdgeDB(negInf); got != 0 {
		t.Errorf("J(-Inf) = %g dB, want 0", got)
	}
}

// The one edge of a path is its Bullington point: J(ν) plus the correction.
func TestBullingtonOfOneEdge(t *testing.T) {
	const mhz, edgeM = 1000.0, 100.0
	p := &Profile{DistanceM: []float64{0, 4000, 10000}, TerrainM: []float64{0, edgeM, 0}}
	l := Link{FrequencyMHz: mhz, TxHeightM: 20, RxHeightM: 10, Explain: true}
	res := mustLoss(t, P526{}, p, l)
	// h over the line between the antennas at 4 km, with the bulge of the 4/3 Earth.
	h := edgeM + 4000*6000/(2*6371e3*4/3) - (20*0.6 + 10*0.4)
	nu := h * math.Sqrt(2/(speedOfLight/(mhz*1e6))*(1.0/4000+1.0/6000)) // P.526 §4.1
	uc := KnifeEdgeDB(nu)
	want := uc + (1-math.Exp(-uc/6))*(10+0.02*10)
	got := quantity(t, res, "Lba")
	if math.Abs(got-want) > 1e-9 { // rounding
		t.Errorf("Bullington loss %.10f dB, want %.10f", got, want)
	}
}

func quantity(t *testing.T, res Result, name string) float64 {
	t.Helper()
	for _, q := range res.Intermediates {
		if q.Name == name {
			return q.Value
		}
	}
	t.Fatalf("no quantity %s", name)
	return 0
}

// The spherical-Earth loss of the published P.1812-8 case b2iseac_0: median
// polarisation horizontal, 95.3 MHz, 235.1 km, heights 734.4522796 and
// 154.8142878 m above the smooth surface, a_β = 19113 km, 0.9096129307 over sea.
func TestPublishedSphericalEarth(t *testing.T) {
	w := newWave(95.3, 299.8/95.3, Horizontal, 0.9096129307)
	got := w.sphericalEarthDB(235.1, 734.4522796, 154.8142878, 19113)
	if math.Abs(got-13.921474) > 1e-6 { // printed with ten digits
		t.Errorf("%.7f dB, want 13.921474", got)
	}
}

// The neighbours of the known extremes are the extremes over all samples.
func TestSmoothNuLooksAtEnoughSamples(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		steps := rapid.SliceOfN(rapid.Float64Range(5, 800), 2, 80).Draw(t, "steps")
		radiusM := rapid.SampledFrom([]float64{earthRadiusM * 4 / 3, earthRadiusM * 3}).Draw(t, "radius")
		scale := math.Pow(10, rapid.Float64Range(-1, 2).Draw(t, "scale"))
		d := []float64{0}
		for _, s := range steps {
			d = append(d, d[len(d)-1]+scale*s)
		}
		txM := rapid.Float64Range(0, 300).Draw(t, "tx")
		rxM := rapid.Float64Range(0, 300).Draw(t, "rx")
		last := len(d) - 1
		v := emptyView()
		term := terminals{d[last], txM, rxM}
		for i := 1; i < last; i++ {
			v.see(i, -d[i]*d[i]/(2*radiusM), txM, rxM-d[last]*d[last]/(2*radiusM), d[i],
				term.directSlope(radiusM), 1/d[i], 1/(d[last]-d[i]))
		}
		got, want := smoothNu(d, txM, rxM, radiusM), v.nu(term, radiusM)
		if math.Abs(got-want) > 1e-9*max(1, math.Abs(want)) { // rounding
			t.Errorf("ν·√λ = %v, over all samples %v", got, want)
		}
	})
}

// TestRay526IsExact compares a ray with the whole path at every step over
// mountains. The bound of 3e-3 dB leaves room for the knife edge's own step of
// 0.004 dB at ν = -0.78, which rounding may land on either side of.
func TestRay526IsExact(t *testing.T) {
	heights, frequencies := []float64{1.5, 30}, []float64{700, 3500}
	rng := rand.New(rand.NewPCG(526, 1))
	var values, off int
	var worst float64
	for i := range 60 {
		tx := Tx{HeightM: []float64{10, 30, 60}[i%3], ClearingM: []float64{0, 100}[i%2]}
		tx.Link.Polarization = Polarization(i % 2)
		ray := P526{}.NewRay(tx, frequencies)
		p := mountains(rng, 220, []float64{30, 90}[i/2%2], i%4 < 2)
		dst := make([]float64, 4)
		for n := 1; n <= len(p.DistanceM); n++ {
			var clutterM float64
			if p.ClutterM != nil {
				clutterM = p.ClutterM[n-1]
			}
			ray.Step(p.DistanceM[n-1], p.TerrainM[n-1], clutterM)
			if n == 1 {
				continue
			}
			ray.Loss(heights, dst)
			q := p.prefix(n)
			q.ClearReceiver(tx.ClearingM)
			for f, mhz := range frequencies {
				for h, rxM := range heights {
					want := mustLoss(t, P526{}, q, Link{FrequencyMHz: mhz, TxHeightM: tx.HeightM, RxHeightM: rxM, Polarization: tx.Link.Polarization}).LossDB
					diff := math.Abs(dst[f*2+h] - want)
					worst = max(worst, diff)
					values++
					if !(diff <= 1e-6) {
						off++
					}
				}
			}
		}
	}
	t.Logf("%d values, %d off by more than 1e-6 dB, worst %.2g dB", values, off, worst)
	if off*1000 > values || !(worst <= 3e-3) {
		t.Errorf("%d of %d values off by more than 1e-6 dB, worst %g dB", off, values, worst)
	}
}
