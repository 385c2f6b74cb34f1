package calibrate

import (
	"errors"
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"github.com/covgap/covgap/coverage/propagation"
	"github.com/covgap/covgap/geo"
	"github.com/google/go-cmp/cmp"
	"gonum.org/v1/gonum/stat"
	"pgregory.net/rapid"
)

// truth is what synthetic measurements were made with.
type truth struct {
	sites, rows   int // rows a site
	siteSD, rowSD float64
	floorDB       float64 // losses above are censored; 0 for none
	los, nlos     Parameters
}

// usual is a truth with everything in it: 40 sites, their own errors included.
var usual = truth{
	sites: 40, rows: 60, siteSD: 3, rowSD: 6,
	los:  Parameters{OffsetDB: 4, SlopeDBPerDecade: 5, DiffractionFactor: 1},
	nlos: Parameters{OffsetDB: -3, SlopeDBPerDecade: -2, DiffractionFactor: 0.7},
}

// at corrects without the limits of a fitted range.
func (p *Parameters) at(km, excess float64) float64 {
	return p.OffsetDB + p.SlopeDBPerDecade*math.Log10(km) + (p.DiffractionFactor-1)*excess
}

// measure makes observations at 1800 MHz.
func (tr *truth) measure(seed uint64) []Observation {
	rnd := rand.New(rand.NewPCG(seed, 7))
	var obs []Observation
	for s := range tr.sites {
		site := tr.siteSD * rnd.NormFloat64()
		for range tr.rows {
			km := 0.3 * math.Pow(40, rnd.Float64())
			o := Observation{Site: fmt.Sprint("S", s), Route: fmt.Sprint("R", s%3), Class: LOS, FrequencyMHz: 1842.5, DistanceM: 1000 * km}
			p := &tr.los
			if rnd.Float64() < 0.6 {
				o.Class, p, o.ExcessDB = NLOS, &tr.nlos, 6+30*rnd.Float64()
			}
			o.ModelDB = 98 + 20*math.Log10(km) + o.ExcessDB
			o.MeasuredDB = o.ModelDB + p.at(km, o.ExcessDB) + site + tr.rowSD*rnd.NormFloat64()
			if tr.floorDB > 0 && o.MeasuredDB > tr.floorDB {
				o.MeasuredDB, o.Censored = tr.floorDB, true
			}
			obs = append(obs, o)
		}
	}
	return obs
}

func fit(t testing.TB, obs []Observation, o Options) (*Calibration, *Report) {
	t.Helper()
	o.Name, o.Version, o.Model, o.Source, o.Heights = "test", 1, "p1812", propagation.P1812{}.Validity().Source, 1.5
	c, r, err := Fit(obs, o)
	if err != nil {
		t.Fatal(err)
	}
	if err := c.Validate(); err != nil {
		t.Error(err)
	}
	return c, r
}

// referenced moves an offset at 1 km to the reference distance.
func referenced(p, at *Parameters) float64 {
	return p.OffsetDB + p.SlopeDBPerDecade*math.Log10(at.ReferenceKm)
}

// inside says whether a value lies in an estimate's interval.
func inside(e Estimate, v float64) bool {
	return e.Interval != nil && e.Interval[0] <= v && v <= e.Interval[1]
}

// Known parameters are recovered within the intervals stated, with a third of the
// rows without line of sight below the receiver's floor or without any, and the error
// on sites held out falls.
func TestRecovers(t *testing.T) {
	for _, floorDB := range []float64{0, 128} {
		tr := usual
		tr.floorDB = floorDB
		obs := tr.measure(1)
		c, r := fit(t, obs, Options{Seed: 1})
		if len(r.Cells) != 2 || r.Split != BySite || r.Groups != 40 || r.Folds != folds {
			t.Fatalf("%d cells, %d %s, %d folds", len(r.Cells), r.Groups, r.Split, r.Folds)
		}
		for i, p := range []*Parameters{&tr.los, &tr.nlos} {
			cell, got := &r.Cells[i], &c.Parameters[i]
			if !inside(cell.Offset, referenced(p, got)) || !inside(cell.Slope, p.SlopeDBPerDecade) {
				t.Errorf("floor %g, %s: offset %+v, slope %+v; true %g, %g", floorDB, cell.Class, cell.Offset, cell.Slope, referenced(p, got), p.SlopeDBPerDecade)
			}
			// The sd of a row about the truth is √(3² + 6²) = 6.7.
			if math.Abs(cell.HeldOut.SDDB-math.Hypot(tr.siteSD, tr.rowSD)) > 1 || math.Abs(cell.HeldOut.BiasDB) > 1 {
				t.Errorf("floor %g, %s: held out %+v", floorDB, cell.Class, cell.HeldOut)
			}
			if cell.HeldOut.RMSEDB >= cell.Model.RMSEDB {
				t.Errorf("floor %g, %s: held out %.2f dB calibrated, %.2f without", floorDB, cell.Class, cell.HeldOut.RMSEDB, cell.Model.RMSEDB)
			}
		}
		if f := r.Cells[1].Factor; !inside(f, 0.7) || r.Cells[0].Factor.Interval != nil || r.Cells[0].Factor.Fixed == "" {
			t.Errorf("floor %g: factors %+v and %+v", floorDB, r.Cells[0].Factor, f)
		}
		if floorDB > 0 && r.Cells[1].Censored < 200 {
			t.Errorf("%d rows are censored: the test is of nothing", r.Cells[1].Censored)
		}
		if c.HeldOutSDDB != roundTo(r.HeldOut.SDDB, 4) || r.HeldOut.Rows != len(obs) {
			t.Errorf("calibration %+v, report %+v", c.HeldOutSDDB, r.HeldOut)
		}
	}
}

// Taking censored levels for levels, or leaving them out, is off by more than the
// interval; the likelihood is not.
func TestCensoringMatters(t *testing.T) {
	tr := usual
	tr.floorDB = 122
	obs := tr.measure(3)
	_, right := fit(t, obs, Options{})
	if !inside(right.Cells[1].Factor, 0.7) {
		t.Errorf("factor %+v, true 0.7", right.Cells[1].Factor)
	}
	taken := slices.Clone(obs)
	for i := range taken {
		taken[i].Censored = false
	}
	left := slices.DeleteFunc(slices.Clone(obs), func(o Observation) bool { return o.Censored })
	for name, wrong := range map[string][]Observation{"taken for levels": taken, "left out": left} {
		if _, r := fit(t, wrong, Options{}); inside(r.Cells[1].Factor, 0.7) {
			t.Errorf("censored rows %s: factor %+v holds the true 0.7 all the same", name, r.Cells[1].Factor)
		}
	}
}

// An interval of 95 % holds the truth about that often. Of 3 parameters in each of 40
// sets of data 114 are to be expected; fewer than 104 come with a chance of 1e-3 (binomial,
// 120 trials, were they independent).
func TestIntervalsHold(t *testing.T) {
	tr := usual
	tr.sites, tr.rows = 15, 20
	tr.nlos.SlopeDBPerDecade, tr.nlos.DiffractionFactor = -12, 0.5 // so that none is left out as not shown
	held, n := 0, 0
	for seed := range uint64(40) {
		c, r := fit(t, tr.measure(seed+100), Options{Seed: seed})
		cell, p := &r.Cells[1], &c.Parameters[1]
		for _, ok := range []bool{
			inside(cell.Offset, referenced(&tr.nlos, p)), inside(cell.Slope, tr.nlos.SlopeDBPerDecade), inside(cell.Factor, tr.nlos.DiffractionFactor),
		} {
			n++
			if ok {
				held++
			}
		}
	}
	t.Logf("%d of %d intervals hold the truth", held, n)
	if held < 104 {
		t.Errorf("%d of %d intervals hold the truth", held, n)
	}
}

// What is reported as held out was not fitted to: a site that is off by 60 dB keeps
// its whole error, though a fit to it would take some of it away.
func TestHeldOutIsUnseen(t *testing.T) {
	tr := truth{sites: 6, rows: 40, los: usual.los, nlos: usual.nlos}
	obs := tr.measure(5)
	for i := range obs {
		obs[i].Class, obs[i].ExcessDB = LOS, 0
		obs[i].MeasuredDB = obs[i].ModelDB
		if obs[i].Site == "S3" {
			obs[i].MeasuredDB += 60
		}
	}
	_, r := fit(t, obs, Options{Seed: 9})
	for i, p := range r.Predictions {
		fitted := obs[i].MeasuredDB - (obs[i].ModelDB + r.Cells[0].Offset.Value)
		unseen := obs[i].MeasuredDB - p.LossDB
		if obs[i].Site == "S3" && (math.Abs(unseen-60) > 1e-6 || math.Abs(fitted-60) < 5) {
			t.Fatalf("site S3: error %.2f dB held out, %.2f about the offset of all", unseen, fitted)
		}
		for k, q := range r.Predictions {
			if obs[i].Site == obs[k].Site && p.Fold != q.Fold {
				t.Fatalf("site %s is parted between folds %d and %d", obs[i].Site, p.Fold, q.Fold)
			}
		}
	}
}

// With too few sites and routes nothing is said of others.
func TestTooFewGroups(t *testing.T) {
	tr := usual
	tr.sites = MinGroups - 1
	c, r := fit(t, tr.measure(1), Options{})
	if r.HeldOut != nil || r.Model != nil || r.Folds != 0 || c.HeldOutSDDB != 0 || r.Why != "4 sites; at least 5 are needed to say how far the calibration is off elsewhere" {
		t.Errorf("report %+v", r)
	}
	for i, cell := range r.Cells {
		if cell.HeldOut != nil || cell.Offset.Interval != nil || cell.Slope.Interval != nil || cell.Factor.Interval != nil || cell.Fitted == nil || c.Parameters[i].HeldOutSDDB != 0 {
			t.Errorf("%+v", cell)
		}
	}
	for _, p := range r.Predictions {
		if p.Fold != 0 || !math.IsNaN(p.LossDB) {
			t.Fatalf("%+v", p)
		}
	}
	// Enough sites, but not without line of sight: the class alone is silent.
	tr.sites = MinGroups
	obs := slices.DeleteFunc(tr.measure(1), func(o Observation) bool { return o.Class == NLOS && o.Site == "S0" })
	_, r = fit(t, obs, Options{})
	if r.HeldOut == nil || r.Cells[0].HeldOut == nil || r.Cells[1].HeldOut != nil || r.Cells[1].Groups != MinGroups-1 {
		t.Errorf("cells %+v", r.Cells)
	}
	// Few sites and many routes: routes are held out.
	for i := range obs {
		obs[i].Site, obs[i].Route = "one", obs[i].Site
	}
	if _, r = fit(t, obs, Options{}); r.Split != ByRoute || r.Groups != MinGroups {
		t.Errorf("%d %s", r.Groups, r.Split)
	}
	if _, _, err := Fit(obs[:10], Options{}); !errors.Is(err, ErrTooFew) {
		t.Errorf("error %v", err)
	}
}

// What the measurements do not show is not fitted, and said.
func TestFixed(t *testing.T) {
	tr := usual
	obs := tr.measure(1)
	for i := range obs {
		obs[i].DistanceM = 2000 + float64(i%100)
		if obs[i].Class == NLOS {
			obs[i].ExcessDB = 12
		}
	}
	c, r := fit(t, obs, Options{})
	if s := r.Cells[0].Slope; s.Fixed != "distances differ by a factor of 1.0, less than 2" || s.Value != 0 || s.Interval != nil {
		t.Errorf("slope %+v", s)
	}
	if f := r.Cells[1].Factor; f.Fixed != "the loss beyond free space varies by 0.0 dB, less than 3" || f.Value != 1 || c.Parameters[1].DiffractionFactor != 1 {
		t.Errorf("factor %+v", f)
	}
	// A factor below 0 has no meaning and stays at 0.
	obs = tr.measure(1)
	for i := range obs {
		obs[i].MeasuredDB -= 1.3 * obs[i].ExcessDB
	}
	c, r = fit(t, obs, Options{})
	if f := r.Cells[1].Factor; f.Value != 0 || c.Parameters[1].DiffractionFactor != 0 || !strings.HasPrefix(f.Fixed, "at its least: the fit gives -0.5") {
		t.Errorf("factor %+v", f)
	}
	// Beyond what was measured the correction stays as it is at the end.
	p := Parameters{OffsetDB: 1, SlopeDBPerDecade: 10, DiffractionFactor: 0.5, ReferenceKm: 1, MinDistanceKm: 0.1, MaxDistanceKm: 10, MaxExcessDB: 20}
	for _, c := range []struct{ km, excess, want float64 }{{1, 0, 1}, {10, 0, 11}, {100, 0, 11}, {0.01, 0, -9}, {1, 10, -4}, {1, 40, -9}, {1, -3, 1}} {
		if got := p.CorrectionDB(1000*c.km, c.excess); math.Abs(got-c.want) > 1e-12 {
			t.Errorf("%g km, %g dB: %g, want %g", c.km, c.excess, got, c.want)
		}
	}
}

func TestBands(t *testing.T) {
	for mhz, want := range map[float64]float64{763: 30, 942.5: 30, 1475: 1200, 1842.5: 1200, 2140: 1200, 2350: 2250, 2593: 2250, 3550: 3000, 28000: 3000} {
		if b := BandOf(mhz); b.MinMHz != want || !b.Has(mhz) {
			t.Errorf("%g MHz: %+v", mhz, b)
		}
	}
}

// Without censored samples the likelihood is that of least squares, and errors are
// mean and standard deviation.
func TestTobitIsLeastSquares(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		var samples []sample
		var y []float64
		for i := range rapid.IntRange(5, 40).Draw(rt, "n") {
			v := rapid.Float64Range(-50, 50).Draw(rt, "y")
			samples = append(samples, sample{x: []float64{1, float64(i)}, y: v})
			y = append(y, v)
		}
		ols, ok := leastSquares(samples)
		got, ok2 := tobit(samples)
		if !ok || !ok2 || ols.sigma < 1e-2 {
			rt.Skip("no spread")
		}
		// 1e-6 dB: the relative gain at which Newton stops is 1e-12, and error goes with its root.
		if math.Abs(got.beta[0]-ols.beta[0]) > 1e-4 || math.Abs(got.beta[1]-ols.beta[1]) > 1e-5 || math.Abs(got.sigma-ols.sigma) > 1e-4 {
			rt.Fatalf("%+v, least squares %+v", got, ols)
		}
		mean, variance := stat.PopMeanVariance(y, nil)
		obs := make([]Observation, len(y))
		rows := make([]int, len(y))
		for i := range y {
			obs[i].MeasuredDB, rows[i] = y[i], i
		}
		e := errorsOf(obs, rows, func(int) float64 { return 0 })
		if math.Abs(e.BiasDB-mean) > 1e-4 || math.Abs(e.SDDB-math.Sqrt(variance)) > 1e-4 {
			rt.Fatalf("%+v, mean %g, sd %g", e, mean, math.Sqrt(variance))
		}
	})
}

// At the parameters found the likelihood is a maximum, censored or not.
func TestTobitIsMaximum(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		seed := rapid.Uint64().Draw(rt, "seed")
		rnd := rand.New(rand.NewPCG(seed, 1))
		var samples []sample
		for range 30 {
			x := 4 * rnd.Float64()
			y := 3 + 2*x + 2*rnd.NormFloat64()
			samples = append(samples, sample{x: []float64{1, x}, y: min(y, 8), censored: y > 8})
		}
		f, ok := tobit(samples)
		if !ok {
			rt.Skip("too few known")
		}
		v := []float64{f.beta[0] / f.sigma, f.beta[1] / f.sigma, 1 / f.sigma}
		best, _, _ := likelihood(samples, v, false)
		for i := range v {
			for _, by := range []float64{-1e-3, 1e-3} {
				w := slices.Clone(v)
				w[i] *= 1 + by
				// The gain at which Newton stops, with room for the sum's rounding.
				if l, _, _ := likelihood(samples, w, false); l > best+1e-8*math.Abs(best) {
					rt.Fatalf("seed %d: %v has %g, %v has %g", seed, v, best, w, l)
				}
			}
		}
	})
}

// The tail of the normal distribution joins its expansion, which leaves out 15/u⁶ =
// 2e-8; 1e-9 of u further the logarithm has changed by 3e-8 and the ratio by 1e-9.
func TestLogPhi(t *testing.T) {
	l, m := logPhi(-30)
	l2, m2 := logPhi(-30 - 1e-9)
	if math.Abs(l2-l) > 1e-7 || math.Abs(m2-m) > 1e-6 {
		t.Errorf("jumps by %v and %v", l2-l, m2-m)
	}
	if l, m := logPhi(0); l != math.Log(0.5) || math.Abs(m-math.Sqrt(2/math.Pi)) > 1e-15 {
		t.Errorf("at 0: %v, %v", l, m)
	}
}

func TestYAML(t *testing.T) {
	want, _ := fit(t, usual.measure(1), Options{Seed: 1, Digest: "00ff"})
	b, err := want.YAML()
	if err != nil {
		t.Fatal(err)
	}
	got, err := Read(b, "c.yaml")
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-written +read):\n%s", diff)
	}
	if got.digest() != want.digest() {
		t.Error("the digest of what was read differs")
	}
	const text = "name: x\nversion: 1\nmodel: p1812\nmodel_source: s\nparameters:\n  - {class: los, min_mhz: 30, max_mhz: 1200, offset_db: 3, diffraction_factor: 1, reference_km: 1, min_distance_km: 1, max_distance_km: 2}\n"
	if _, err := Read([]byte(text), "c.yaml"); err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct{ old, new, want string }{
		{"name: x", "name: ''", "c.yaml:1:7: name: none; expected a name that outputs carry"},
		{"version: 1", "version: 0", "c.yaml:2:10: version: 0; expected 1 or more"},
		{"p1812", "p1821", `c.yaml:3:8: model: propagation: no such model: "p1821"; did you mean "p1812"?`},
		{"class: los", "class: sea", `c.yaml:6:13: parameters[0].class: "sea"; expected los or nlos`},
		{"offset_db: 3", "offset_db: .nan", "c.yaml:6:57: parameters[0].offset_db: NaN; expected -100 to 100 dB"},
		{"max_distance_km: 2", "max_distance_km: 0.5", "parameters[0].max_distance_km: 0.5; expected a distance from min_distance_km up"},
		{"offset_db", "offsetdb", `unknown key "offsetdb"; expected a key that this file can have there (did you mean parameters[0].offset_db?)`},
	} {
		content := []byte(strings.Replace(text, c.old, c.new, 1))
		_, err := Read(content, "c.yaml")
		var in *geo.InputError
		if !errors.As(err, &in) || !errors.Is(err, ErrCalibration) || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: error %v, want %s", c.new, err, c.want)
		}
	}
}

// Whatever a file holds, it is a calibration that can be applied, or an error.
func FuzzRead(f *testing.F) {
	f.Add([]byte("name: x\nversion: 1\nmodel: p1812\nparameters:\n  - {class: los, min_mhz: 30, max_mhz: 1200, reference_km: 1, min_distance_km: 1, max_distance_km: 2}\n"))
	f.Add([]byte("parameters: [{}]\n"))
	f.Fuzz(func(t *testing.T, content []byte) {
		c, err := Read(content, "c.yaml")
		if err != nil {
			return
		}
		for i := range c.Parameters {
			for _, d := range []float64{1, 1e3, 1e6} {
				if v := c.Parameters[i].CorrectionDB(d, 40); math.IsNaN(v) || math.IsInf(v, 0) {
					t.Errorf("correction %v at %v m by %+v", v, d, c.Parameters[i])
				}
			}
		}
	})
}
