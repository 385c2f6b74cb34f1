package robust

import (
	"errors"
	"fmt"
	"math"
	"slices"
	"testing"

	"github.com/covgap/covgap/coverage/criterion"
	"github.com/covgap/covgap/coverage/merge"
	"github.com/covgap/covgap/coverage/propagation"
	"github.com/covgap/covgap/coverage/sweep"
	"github.com/covgap/covgap/data"
	"github.com/covgap/covgap/data/habitat"
	"github.com/covgap/covgap/geo/geodesy"
	"github.com/covgap/covgap/geo/hexgrid"
	"github.com/covgap/covgap/geo/terrain"
	"github.com/covgap/covgap/planner/template"
	"github.com/google/go-cmp/cmp"
	"github.com/paulmach/orb"
)

var origin = orb.Point{106, 22.5}

// The errors of sites have the spread that is asked for, and the correlation, and none
// of two villages.
func TestDraws(t *testing.T) {
	const n = 20000
	for _, rho := range []float64{0, 0.5, 1} {
		s := Spread{SigmaDB: 8, BiasDB: 6, Correlation: rho}
		var a, b, other, bias moments
		var ab, acr moments
		for draw := range n {
			dst, elsewhere := make([]float64, 2), make([]float64, 1)
			s.sites(1, draw, "v", 0, dst)
			s.sites(1, draw, "w", 0, elsewhere)
			a.add(dst[0])
			b.add(dst[1])
			other.add(elsewhere[0])
			ab.add(dst[0] * dst[1])
			acr.add(dst[0] * elsewhere[0])
			bias.add(s.bias(1, draw))
		}
		// Of n draws a mean has a standard error of σ/√n, a correlation of 1/√n or less:
		// 0.007. Four of them.
		const tolerance = 4 / 141.4
		if math.Abs(a.mean()) > 8*tolerance || math.Abs(a.sd()-8) > 8*tolerance || math.Abs(b.sd()-8) > 8*tolerance {
			t.Errorf("correlation %v: mean %v, sd %v and %v, want 0 and 8", rho, a.mean(), a.sd(), b.sd())
		}
		if r := (ab.mean() - a.mean()*b.mean()) / a.sd() / b.sd(); math.Abs(r-rho) > tolerance {
			t.Errorf("two sites of a village correlate by %v, want %v", r, rho)
		}
		if r := (acr.mean() - a.mean()*other.mean()) / a.sd() / other.sd(); math.Abs(r) > tolerance {
			t.Errorf("two villages correlate by %v", r)
		}
		// A uniform variable of ±6 has a standard deviation of 6/√3.
		if bias.least < -6 || bias.most > 6 || math.Abs(bias.mean()) > 6*tolerance || math.Abs(bias.sd()-6/math.Sqrt(3)) > 6*tolerance {
			t.Errorf("bias from %v to %v, mean %v, sd %v", bias.least, bias.most, bias.mean(), bias.sd())
		}
	}
	// A mast that does not stand yet shares with the sites of a village what they share.
	s := DefaultSpread()
	var a, b, ab moments
	for draw := range n {
		dst := make([]float64, 1)
		common := s.sites(3, draw, "v", 0, dst)
		c := s.candidate(3, draw, "v", "hex", common)
		a.add(dst[0])
		b.add(c)
		ab.add(dst[0] * c)
	}
	if r := (ab.mean() - a.mean()*b.mean()) / a.sd() / b.sd(); math.Abs(r-0.5) > 4/141.4 || math.Abs(b.sd()-8) > 8*4/141.4 {
		t.Errorf("a new mast: sd %v, correlation %v with a site that stands", b.sd(), r)
	}
}

type moments struct {
	n, sum, sum2 float64
	least, most  float64
}

func (m *moments) add(v float64) {
	m.n++
	m.sum += v
	m.sum2 += v * v
	m.least, m.most = min(m.least, v), max(m.most, v)
}
func (m *moments) mean() float64 { return m.sum / m.n }
func (m *moments) sd() float64   { return math.Sqrt(m.sum2/m.n - m.mean()*m.mean()) }

// plain is a mast on a plain and villages further and further from it.
type plain struct {
	params     sweep.Params
	crit       criterion.Criterion
	sites      []data.Site
	places     []criterion.Place
	receptions []criterion.Reception
	verdicts   []criterion.Verdict
}

func newPlain(t *testing.T, villages int) *plain {
	t.Helper()
	const step, n = 3.0 / 3600, 480
	g := &terrain.Grid{West: origin[0] - n/2*step, North: origin[1] + n/2*step, StepLon: step, StepLat: step, Width: n + 1, Height: n + 1, Surface: terrain.DTM}
	for range g.Width * g.Height {
		g.HeightsM = append(g.HeightsM, 100)
	}
	model, err := propagation.Lookup("p1812")
	if err != nil {
		t.Fatal(err)
	}
	p := &plain{crit: criterion.Default()}
	p.crit.Thresholds = map[data.Technology]criterion.Threshold{data.LTE: {ServedDBm: -97, NoSignalDBm: -110}}
	p.params = sweep.Params{Model: model, Terrain: g, RxHeightM: p.crit.ReceiverHeightM, RadiusM: 18000, Resolution: 9}
	tpl := template.Default()
	s := data.Site{ID: "s", Position: geodesy.Destination(origin, 180, 8000)}
	for _, azimuth := range []float64{0, 120, 240} {
		x := tpl.Sector(azimuth)
		x.SiteID, x.Operator = s.ID, "A"
		s.Sectors = append(s.Sectors, x)
	}
	p.sites = []data.Site{s}
	var cells []hexgrid.Cell
	for i := range villages {
		at := geodesy.Destination(s.Position, 0, 1000+15000*float64(i)/float64(villages))
		v := &data.Village{ID: fmt.Sprint("v", i), Geometry: at, RadiusM: 400, Population: 100, GridPower: data.Yes}
		within, err := hexgrid.Within(at, 400, p.params.Resolution)
		if err != nil {
			t.Fatal(err)
		}
		place := criterion.Place{Village: v, Center: within[0]}
		for _, c := range within {
			place.Hexes = append(place.Hexes, habitat.WeightedHex{Cell: c, Weight: 1})
		}
		p.places = append(p.places, place)
		cells = append(cells, within...)
	}
	sweeper, err := sweep.NewSweeper(p.params, nil)
	if err != nil {
		t.Fatal(err)
	}
	o := merge.Options{Receiver: p.crit.Receiver()}
	if p.receptions, err = p.crit.Receptions(t.Context(), p.places, p.sites, sweeper, o, 8); err != nil {
		t.Fatal(err)
	}
	grid, err := merge.NewGrid(cells)
	if err != nil {
		t.Fatal(err)
	}
	layers, err := merge.Layers(t.Context(), grid, p.sites, sweeper, o)
	if err != nil {
		t.Fatal(err)
	}
	if p.verdicts, err = p.crit.Villages(p.places, grid, p.crit.Hexes(layers, grid.Len())); err != nil {
		t.Fatal(err)
	}
	return p
}

func (p *plain) villages(t *testing.T, s Spread, workers int) []Village {
	t.Helper()
	out, err := Villages(t.Context(), VillagesInput{Criterion: p.crit, Receptions: p.receptions, Spread: s, Seed: 1, Workers: workers})
	if err != nil {
		t.Fatal(err)
	}
	return out
}

// Without error every village surely has its class; with a huge one none is sure; with
// the usual one those near the edge are not, and the chance to be weak grows with the
// distance.
func TestVillages(t *testing.T) {
	p := newPlain(t, 8)
	served := 0
	for i, v := range p.villages(t, Spread{}, 1) {
		want := Village{SurelyServed, 0}
		if p.verdicts[i].Gap() {
			want = Village{SurelyWeak, 1}
		} else {
			served++
		}
		if v != want {
			t.Errorf("without error: village %d is %+v, want %+v", i, v, want)
		}
	}
	if served == 0 || served == len(p.places) {
		t.Fatalf("%d of %d villages are served: the test does not see both", served, len(p.places))
	}
	for i, v := range p.villages(t, Spread{SigmaDB: 100, Correlation: 0.5}, 1) {
		if v.Certainty != Uncertain {
			t.Errorf("with 100 dB: village %d is %+v", i, v)
		}
	}
	usual := p.villages(t, Spread{SigmaDB: 3, BiasDB: 2, Correlation: 0.5}, 1)
	last, kinds := -1.0, map[Certainty]int{}
	for i, v := range usual {
		kinds[v.Certainty]++
		// The hexes of a village lie differently about its point; the draws of two
		// villages differ by 0.02 at three standard errors.
		if v.WeakProbability < last-0.06 {
			t.Errorf("village %d is weak with %v, the one before with %v", i, v.WeakProbability, last)
		}
		last = v.WeakProbability
	}
	if len(kinds) != 3 {
		t.Errorf("certainties %v, want all three", kinds)
	}
	if d := cmp.Diff(usual, p.villages(t, Spread{SigmaDB: 3, BiasDB: 2, Correlation: 0.5}, 3)); d != "" {
		t.Errorf("with three workers (-one +three):\n%s", d)
	}
	// One site, one error: the share of draws below the margin is known. The bias is
	// left out, so that the error is normal.
	one := p.villages(t, Spread{SigmaDB: 8, Correlation: 0.5}, 1)
	for i, v := range one {
		need := math.Inf(1) // the weakest hex decides at a target of 95 % of a dozen
		for k := range p.receptions[i].Len() {
			m, _ := p.receptions[i].Nearest(k)
			need = min(need, m)
		}
		want := 0.5 * math.Erfc(need/8/math.Sqrt2)
		// 1,000 draws: a standard error of at most 0.016; four of them.
		if math.Abs(v.WeakProbability-want) > 0.064 {
			t.Errorf("village %d, %v dB: weak with %v, want %v", i, need, v.WeakProbability, want)
		}
	}
}

func TestVillagesRefuses(t *testing.T) {
	for _, s := range []Spread{{SigmaDB: -1}, {SigmaDB: math.NaN()}, {BiasDB: -2}, {Correlation: 1.1}, {CostShare: 1}} {
		if _, err := Villages(t.Context(), VillagesInput{Criterion: criterion.Default(), Spread: s}); !errors.Is(err, ErrInput) {
			t.Errorf("%+v: %v", s, err)
		}
	}
}

// A village that is not counted has no certainty.
func TestNotCounted(t *testing.T) {
	p := newPlain(t, 1)
	p.crit.MinHouseholds = 50
	p.receptions[0].Village.Households = 10
	if v := p.villages(t, DefaultSpread(), 1)[0]; v != (Village{}) {
		t.Errorf("%+v", v)
	}
}

// The model agrees with itself everywhere; free space serves whom P.1812 does not.
func TestAgree(t *testing.T) {
	p := newPlain(t, 6)
	for _, name := range []string{"p1812", "p525"} {
		model, err := propagation.Lookup(name)
		if err != nil {
			t.Fatal(err)
		}
		second := p.params
		second.Model = model
		agrees, err := Agree(t.Context(), SecondInput{Criterion: p.crit, Receptions: p.receptions, Sites: p.sites, First: p.params, Second: second})
		if err != nil {
			t.Fatal(err)
		}
		for i, ok := range agrees {
			// 20 W over 14 km of free space arrive at -92 dBm, 5 dB more than is asked for.
			if want := name == "p1812" || !p.verdicts[i].Gap(); ok != want {
				t.Errorf("%s, village %d (%s): agrees %v", name, i, p.verdicts[i].Class, ok)
			}
		}
	}
}

func TestSample(t *testing.T) {
	p := newPlain(t, 1)
	r := &p.receptions[0]
	if got := sample(r, 1000, criterion.People); len(got) != r.Len() {
		t.Errorf("%d of %d hexes", len(got), r.Len())
	}
	if got := sample(r, 3, criterion.People); len(got) != 3 || !slices.IsSorted(got) {
		t.Errorf("three parts: %v", got)
	}
	if got := sample(r, 3, criterion.Centre); len(got) != 1 || got[0] != 0 {
		t.Errorf("centre: %v", got)
	}
}
