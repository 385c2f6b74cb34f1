package propagation

import (
	"errors"
	"math"
	"math/rand/v2"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/paulmach/orb"
	"pgregory.net/rapid"
)

// mountains is a random path over mountains: a sum of waves of falling height,
// every stepM metres. Clutter of up to 20 m stands on a third of the samples when
// asked for.
func mountains(rng *rand.Rand, samples int, stepM float64, clutter bool) *Profile {
	p := &Profile{}
	type harmonic struct{ height, number, phase float64 }
	var waves []harmonic
	for wavelengthM := 12000.0; wavelengthM > 2*stepM; wavelengthM /= 1.9 {
		waves = append(waves, harmonic{wavelengthM * 0.05 * rng.Float64(), 2 * math.Pi / wavelengthM, 2 * math.Pi * rng.Float64()})
	}
	for i := range samples {
		x := float64(i) * stepM
		h := 700.0
		for _, w := range waves {
			h += w.height * math.Sin(w.number*x+w.phase)
		}
		p.DistanceM = append(p.DistanceM, x)
		p.TerrainM = append(p.TerrainM, h)
		if clutter {
			p.ClutterM = append(p.ClutterM, max(0, 60*rng.Float64()-40))
		}
	}
	return p
}

// prefix is the path of p to its sample n-1.
func (p *Profile) prefix(n int) *Profile {
	q := &Profile{DistanceM: p.DistanceM[:n], TerrainM: p.TerrainM[:n]}
	if p.ClutterM != nil {
		q.ClutterM = append([]float64(nil), p.ClutterM[:n]...)
	}
	return q
}

// reversed is p from its other end.
func (p *Profile) reversed() *Profile {
	n := len(p.DistanceM)
	q := &Profile{DistanceM: make([]float64, n), TerrainM: make([]float64, n)}
	if p.ClutterM != nil {
		q.ClutterM = make([]float64, n)
	}
	for i := range n {
		q.DistanceM[i] = p.LengthM() - p.DistanceM[n-1-i]
		q.TerrainM[i] = p.TerrainM[n-1-i]
		if p.ClutterM != nil {
			q.ClutterM[i] = p.ClutterM[n-1-i]
		}
	}
	return q
}

func mustLoss(t testing.TB, m Model, p *Profile, l Link) Result {
	t.Helper()
	res, err := m.Loss(p, l)
	if err != nil {
		t.Fatal(err)
	}
	return res
}

var caoBang = orb.Point{106.26, 22.67}

// typicalMHz is 900 MHz, or the model's lowest frequency where that is higher.
func typicalMHz(m Model) float64 { return max(900, m.Validity().MinFrequencyMHz) }

func TestLookup(t *testing.T) {
	tests := []struct{ name, want, err string }{
		{"p1812", "p1812", ""},
		{"P.1812", "p1812", ""},
		{"p-526", "p526", ""},
		{"p1821", "", `propagation: no such model: "p1821"; did you mean "p1812"?`},
	}
	for _, tt := range tests {
		m, err := Lookup(tt.name)
		if tt.err != "" {
			if err == nil || err.Error() != tt.err || !errors.Is(err, ErrModel) {
				t.Errorf("Lookup(%q): error %v, want %s", tt.name, err, tt.err)
			}
			continue
		}
		if err != nil || m.Name() != tt.want {
			t.Errorf("Lookup(%q) = %v, %v, want %s", tt.name, m, err, tt.want)
		}
	}
	if _, err := Lookup("zzzzzzzzzz"); !errors.Is(err, ErrModel) {
		t.Errorf("Lookup of nonsense: %v, want ErrModel", err)
	}
}

func TestModelsAreFoundByName(t *testing.T) {
	for _, m := range Models() {
		found, err := Lookup(m.Name())
		if err != nil || found != m {
			t.Errorf("Lookup(%q) = %v, %v, want the model itself", m.Name(), found, err)
		}
		if m.Validity().Source == "" {
			t.Errorf("%s states no source", m.Name())
		}
	}
}

func TestProfileErrors(t *testing.T) {
	good := func() *Profile {
		return &Profile{DistanceM: []float64{0, 500, 1000}, TerrainM: []float64{1, 2, 3}, ClutterM: []float64{0, 0, 0}}
	}
	profiles := map[string]func(*Profile){
		"one sample":          func(p *Profile) { *p = *p.prefix(1) },
		"short terrain":       func(p *Profile) { p.TerrainM = p.TerrainM[:2] },
		"short clutter":       func(p *Profile) { p.ClutterM = p.ClutterM[:2] },
		"zones of one sample": func(p *Profile) { p.Zone = []Zone{Inland} },
		"starts late":         func(p *Profile) { p.DistanceM[0] = 1 },
		"does not increase":   func(p *Profile) { p.DistanceM[2] = 500 },
		"missing distance":    func(p *Profile) { p.DistanceM[1] = math.NaN() },
		"missing terrain":     func(p *Profile) { p.TerrainM[1] = math.NaN() },
		"infinite terrain":    func(p *Profile) { p.TerrainM[1] = math.Inf(1) },
		"negative clutter":    func(p *Profile) { p.ClutterM[1] = -1 },
		"unknown zone":        func(p *Profile) { p.Zone = []Zone{0, 9, 0} },
	}
	links := map[string]func(*Link){
		"no frequency":        func(l *Link) { l.FrequencyMHz = 0 },
		"frequency not given": func(l *Link) { l.FrequencyMHz = math.NaN() },
		"transmitter below":   func(l *Link) { l.TxHeightM = -1 },
		"receiver infinite":   func(l *Link) { l.RxHeightM = math.Inf(1) },
	}
	for _, m := range Models() {
		link := Link{FrequencyMHz: typicalMHz(m), TxHeightM: 40, RxHeightM: 1.5, Tx: caoBang, Rx: caoBang}
		mustLoss(t, m, good(), link)
		for name, spoil := range profiles {
			p := good()
			spoil(p)
			if res, err := m.Loss(p, link); !errors.Is(err, ErrProfile) {
				t.Errorf("%s, %s: %v, %v, want ErrProfile", m.Name(), name, res.LossDB, err)
			}
		}
		for name, spoil := range links {
			l := link
			spoil(&l)
			if res, err := m.Loss(good(), l); !errors.Is(err, ErrLink) {
				t.Errorf("%s, %s: %v, %v, want ErrLink", m.Name(), name, res.LossDB, err)
			}
		}
	}
}

func TestClearReceiver(t *testing.T) {
	p := &Profile{DistanceM: []float64{0, 50, 100, 150, 200, 250}, ClutterM: []float64{9, 9, 9, 9, 9, 9}}
	p.ClearReceiver(100)
	if diff := cmp.Diff([]float64{9, 9, 9, 0, 0, 9}, p.ClutterM); diff != "" {
		t.Errorf("ClearReceiver(100) (-want +got):\n%s", diff)
	}
}

// TestFreeSpace checks P.525-5 eq. (4), whose constant 32.4 is 32.45 rounded down.
func TestFreeSpace(t *testing.T) {
	p := &Profile{DistanceM: []float64{0, 10000}, TerrainM: []float64{0, 0}}
	got := mustLoss(t, P525{}, p, Link{FrequencyMHz: 900}).LossDB
	want := 32.4478 + 20*math.Log10(900) + 20*math.Log10(10) // 20 log(4π·10⁹/c) = 32.4478
	if math.Abs(got-want) > 1e-4 {
		t.Errorf("free space over 10 km at 900 MHz: %.5f dB, want %.5f", got, want)
	}
	res := mustLoss(t, P525{}, &Profile{DistanceM: []float64{0, 0.1}, TerrainM: []float64{0, 0}}, Link{FrequencyMHz: 900})
	if len(res.Warnings) != 1 || res.Warnings[0].Code != "p525-distance" {
		t.Errorf("0.1 m at 900 MHz: warnings %v, want p525-distance", res.Warnings)
	}
}

// TestRaysMatchProfiles compares the rays of every model with Loss on each prefix.
func TestRaysMatchProfiles(t *testing.T) {
	heights, frequencies := []float64{1.5, 10, 40}, []float64{700, 1800, 2600}
	for _, m := range Models() {
		t.Run(m.Name(), func(t *testing.T) {
			rng := rand.New(rand.NewPCG(1, 2))
			tx := Tx{Position: caoBang, HeightM: 30, ClearingM: 100}
			ray := Prefix(m).NewRay(tx, frequencies)
			for range 3 {
				p := mountains(rng, 60, 40, true)
				ray.Reset(0)
				dst := make([]float64, len(heights)*len(frequencies))
				for n := 1; n <= len(p.DistanceM); n++ {
					ray.Step(p.DistanceM[n-1], p.TerrainM[n-1], p.ClutterM[n-1])
					ray.Loss(heights, dst)
					for f, mhz := range frequencies {
						for h, rxM := range heights {
							want := math.NaN()
							q := p.prefix(n)
							q.ClearReceiver(tx.ClearingM)
							// 1° of latitude is 110.8 km here; only the latitude of the path's centre
							// counts, and that hardly.
							l := Link{FrequencyMHz: mhz, TxHeightM: tx.HeightM, RxHeightM: rxM, Tx: caoBang,
								Rx: orb.Point{caoBang[0], caoBang[1] + q.LengthM()/110800}}
							if res, err := m.Loss(q, l); err == nil {
								want = res.LossDB
							}
							got := dst[f*len(heights)+h]
							if math.Abs(got-want) > 1e-6 || math.IsNaN(got) != math.IsNaN(want) {
								t.Fatalf("sample %d, %g MHz, %g m: ray %v dB, profile %v dB", n-1, mhz, rxM, got, want)
							}
						}
					}
				}
			}
		})
	}
}

func TestRayWithoutTerrainHasNoValue(t *testing.T) {
	for _, m := range Models() {
		ray := Prefix(m).NewRay(Tx{Position: caoBang, HeightM: 30}, []float64{typicalMHz(m)})
		dst := make([]float64, 1)
		loss := func() float64 { ray.Loss([]float64{1.5}, dst); return dst[0] }
		ray.Reset(90)
		ray.Step(0, 100, 0)
		ray.Step(1500, 100, 0)
		if got := loss(); math.IsNaN(got) {
			t.Errorf("%s: no value before the gap", m.Name())
		}
		ray.Step(3000, math.NaN(), 0)
		ray.Step(4500, 100, 0)
		if got := loss(); !math.IsNaN(got) {
			t.Errorf("%s: %g dB across missing terrain, want NaN", m.Name(), got)
		}
		ray.Reset(90)
		ray.Step(0, 100, 0)
		ray.Step(1500, 100, 0)
		if got := loss(); math.IsNaN(got) {
			t.Errorf("%s: no value after Reset", m.Name())
		}
	}
}

func TestNear(t *testing.T) {
	near := Near(P1812{})
	// The nearest samples on either side of 250 m, over the ridge of a mountain path.
	p := mountains(rand.New(rand.NewPCG(5, 5)), 9, 31, false)
	l := Link{FrequencyMHz: 900, TxHeightM: 30, RxHeightM: 1.5, Tx: caoBang, Rx: caoBang}
	end := len(p.DistanceM) - 1
	p.DistanceM[end] = 250 - 1e-6
	inside := mustLoss(t, near, p, l)
	p.DistanceM[end] = 250
	outside := mustLoss(t, near, p, l)
	if math.Abs(inside.LossDB-outside.LossDB) > 1e-5 { // a micrometre of 250 m
		t.Errorf("%.7f dB just inside 250 m, %.7f dB at 250 m", inside.LossDB, outside.LossDB)
	}
	if !inside.Near || outside.Near || !near.IsNear(249) || near.IsNear(250) {
		t.Errorf("near: inside %v, outside %v", inside.Near, outside.Near)
	}
	if len(inside.Warnings) != 1 || inside.Warnings[0].Code != "near" {
		t.Errorf("inside: warnings %v, want near alone", inside.Warnings)
	}
	if got := mustLoss(t, P1812{}, p, l).LossDB; got != outside.LossDB {
		t.Errorf("at 250 m: %g dB, want P.1812's %g", outside.LossDB, got)
	}
	p.DistanceM = p.DistanceM[:2]
	p.TerrainM = p.TerrainM[:2]
	p.DistanceM[1] = 0.5
	atMast, base := mustLoss(t, near, p, l), mustLoss(t, P526{}, p, l)
	if math.Abs(atMast.LossDB-base.LossDB) > 1e-3 { // 0.5/250 of the models' difference of 0.05 dB
		t.Errorf("at the mast: %g dB, want P.526's %g", atMast.LossDB, base.LossDB)
	}
	far := &Profile{DistanceM: []float64{0, 1e6, 3.001e6}, TerrainM: []float64{0, 0, 0}}
	if _, err := near.Loss(far, l); !errors.Is(err, ErrLink) {
		t.Errorf("beyond 3,000 km: %v, want ErrLink", err)
	}
}

func TestWarningsOutsideTheRecommendedRange(t *testing.T) {
	p := mountains(rand.New(rand.NewPCG(5, 5)), 40, 30, false)
	good := Link{FrequencyMHz: 900, TxHeightM: 30, RxHeightM: 1.5, Tx: caoBang, Rx: caoBang}
	tests := []struct {
		code   string
		change func(*Link, *Profile)
	}{
		{"p1812-frequency", func(l *Link, _ *Profile) { l.FrequencyMHz = 6001 }},
		{"p1812-frequency", func(l *Link, _ *Profile) { l.FrequencyMHz = 29 }},
		{"p1812-distance", func(_ *Link, p *Profile) { *p = *p.prefix(5) }},
		{"p1812-tx-height", func(l *Link, _ *Profile) { l.TxHeightM = 3001 }},
		{"p1812-rx-height", func(l *Link, _ *Profile) { l.RxHeightM = 0.5 }},
		{"p1812-time", func(l *Link, _ *Profile) { l.TimePercent = 0.1 }},
		{"p1812-location", func(l *Link, _ *Profile) { l.LocationPercent = 99.5 }},
	}
	if res := mustLoss(t, P1812{}, p, good); len(res.Warnings) != 0 {
		t.Errorf("inside the range: warnings %v", res.Warnings)
	}
	for _, tt := range tests {
		l, q := good, *p
		tt.change(&l, &q)
		res := mustLoss(t, P1812{}, &q, l)
		if len(res.Warnings) != 1 || res.Warnings[0].Code != tt.code {
			t.Errorf("%s: warnings %v", tt.code, res.Warnings)
		}
		if math.IsNaN(res.LossDB) {
			t.Errorf("%s: no number", tt.code)
		}
	}
}

func TestLossDoesNotAllocate(t *testing.T) {
	p := mountains(rand.New(rand.NewPCG(3, 4)), 223, 90, true)
	l := Link{FrequencyMHz: 900, TxHeightM: 30, RxHeightM: 1.5, Tx: caoBang, Rx: caoBang, TimePercent: 10}
	for _, m := range []Model{P525{}, P526{}, P1812{}, ITM{}} {
		if n := testing.AllocsPerRun(100, func() { mustLoss(t, m, p, l) }); n != 0 {
			t.Errorf("%s: %g allocations a path", m.Name(), n)
		}
	}
	for _, m := range []RayModel{P525{}, P526{}, P1812{}} {
		ray := m.NewRay(Tx{HeightM: 30, ClearingM: 100}, []float64{700, 2600})
		heights, dst := []float64{1.5, 10}, make([]float64, 4)
		run := func() {
			ray.Reset(0)
			for i, x := range p.DistanceM {
				ray.Step(x, p.TerrainM[i], p.ClutterM[i])
				ray.Loss(heights, dst)
			}
		}
		if n := testing.AllocsPerRun(10, run); n != 0 {
			t.Errorf("%s: %g allocations a ray", m.Name(), n)
		}
	}
}

// A hull answers as a look at every point does.
func TestHull(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		ys := rapid.SliceOfN(rapid.Float64Range(-500, 500), 1, 60).Draw(t, "ys")
		var h hull
		for i, y := range ys {
			h.vertices = push(h.vertices, vertex{float64(i), y, i})
		}
		x := float64(len(ys)) - 0.5 + rapid.Float64Range(0, 50).Draw(t, "beyond")
		y := rapid.Float64Range(-2000, 2000).Draw(t, "y")
		slope := rapid.Float64Range(-300, 300).Draw(t, "slope")
		steepest, highest := negInf, negInf
		for i, yi := range ys {
			steepest = max(steepest, (yi-y)/(x-float64(i)))
			highest = max(highest, yi-slope*float64(i))
		}
		// Rounding of a slope of up to 5,000 from heights of up to 2,500.
		if got, _ := h.steepest(x, y); math.Abs(got-steepest) > 1e-10 {
			t.Errorf("steepest from (%g, %g): %v, want %v", x, y, got, steepest)
		}
		if got := h.highest(slope); math.Abs(got-highest) > 1e-9 {
			t.Errorf("highest over slope %g: %v, want %v", slope, got, highest)
		}
	})
}
