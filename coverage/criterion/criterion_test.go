package criterion

import (
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"strings"
	"testing"

	"github.com/covgap/covgap/coverage"
	"github.com/covgap/covgap/coverage/merge"
	"github.com/covgap/covgap/data"
	"github.com/covgap/covgap/data/habitat"
	"github.com/covgap/covgap/geo"
	"github.com/covgap/covgap/geo/hexgrid"
	"github.com/goccy/go-yaml"
	"github.com/google/go-cmp/cmp"
	"github.com/paulmach/orb"
	"pgregory.net/rapid"
)

func TestValidate(t *testing.T) {
	good := Default()
	if err := good.Validate(); err != nil {
		t.Fatalf("the default: %v", err)
	}
	lte := func(served, none float64) map[data.Technology]Threshold {
		return map[data.Technology]Threshold{data.LTE: {served, none}}
	}
	for field, edit := range map[string]func(*Criterion){
		"name":                         func(c *Criterion) { c.Name = " " },
		"version":                      func(c *Criterion) { c.Version = 0 },
		"rule":                         func(c *Criterion) { c.Rule = "most" },
		"target_share":                 func(c *Criterion) { c.TargetShare = 95 },
		"none_share":                   func(c *Criterion) { c.NoneShare = math.NaN() },
		"thresholds":                   func(c *Criterion) { c.Thresholds = nil },
		"thresholds.4G":                func(c *Criterion) { c.Thresholds = map[data.Technology]Threshold{"4G": {-110, -120}} },
		"thresholds.LTE.served_dbm":    func(c *Criterion) { c.Thresholds = lte(110, -120) },
		"thresholds.LTE.no_signal_dbm": func(c *Criterion) { c.Thresholds = lte(-110, -100) },
		"location_probability":         func(c *Criterion) { c.LocationProbability = 1 },
		"sigma_db":                     func(c *Criterion) { c.SigmaDB = -1 },
		"building":                     func(c *Criterion) { c.Indoor = true },
		"entry_loss_db":                func(c *Criterion) { c.Indoor, c.EntryLossDB = true, 101 },
		"entry_sigma_db":               func(c *Criterion) { c.Indoor, c.EntryLossDB, c.EntrySigmaDB = true, 12, 99 },
		"receiver_height_m":            func(c *Criterion) { c.ReceiverHeightM = 0 },
		"receiver_gain_dbi":            func(c *Criterion) { c.ReceiverGainDBi = 100 },
		"body_loss_db":                 func(c *Criterion) { c.BodyLossDB = -3 },
		"min_households":               func(c *Criterion) { c.MinHouseholds = -1 },
		"operators":                    func(c *Criterion) { c.Operators = "all" },
		"operator":                     func(c *Criterion) { c.Operators = Named },
	} {
		c := Default()
		edit(&c)
		err := c.Validate()
		var input *geo.InputError
		if !errors.Is(err, ErrCriterion) || !errors.As(err, &input) || input.Field != field || input.Expected == "" {
			t.Errorf("%s: %v", field, err)
		}
	}
	c := Default()
	c.Operator = "Viettel"
	if err := c.Validate(); !errors.Is(err, ErrCriterion) {
		t.Errorf("an operator that is not read: %v", err)
	}
}

func TestYAML(t *testing.T) {
	const file = `
name: broadband
version: 3
rule: households
thresholds:
  LTE: {served_dbm: -105, no_signal_dbm: -118}
operators: named
operator: Viettel
`
	var got Criterion
	if err := yaml.NewDecoder(strings.NewReader(file), yaml.Strict()).Decode(&got); err != nil {
		t.Fatal(err)
	}
	want := Default()
	want.Name, want.Version, want.Rule = "broadband", 3, Households
	want.Thresholds = map[data.Technology]Threshold{data.LTE: {-105, -118}}
	want.Operators, want.Operator = Named, "Viettel"
	if d := cmp.Diff(want, got); d != "" {
		t.Errorf("read (-want +got):\n%s", d)
	}
	written, err := yaml.Marshal(want)
	if err != nil {
		t.Fatal(err)
	}
	var again Criterion
	if err := yaml.Unmarshal(written, &again); err != nil {
		t.Fatal(err)
	}
	if d := cmp.Diff(want, again); d != "" {
		t.Errorf("written and read (-want +got):\n%s", d)
	}
	// A misspelt field is refused, with its line.
	err = yaml.NewDecoder(strings.NewReader("name: x\ntarget: 0.5\n"), yaml.Strict()).Decode(&got)
	if err == nil || !strings.Contains(err.Error(), "target") || !strings.Contains(err.Error(), "2:") {
		t.Errorf("unknown field: %v", err)
	}
	text, err := json.Marshal(want)
	if err != nil {
		t.Fatal(err)
	}
	var back Criterion
	if err := json.Unmarshal(text, &back); err != nil {
		t.Fatal(err)
	}
	if d := cmp.Diff(want, back); d != "" {
		t.Errorf("through JSON (-want +got):\n%s", d)
	}
}

func TestProbability(t *testing.T) {
	c := Default()
	c.SigmaDB = 8
	// The normal distribution's tables: Φ(0) = 0.5, Φ(1) = 0.8413, Φ(-1.2816) = 0.1.
	for _, tt := range []struct{ medianDBm, want float64 }{
		{-110, 0.5}, {-102, 0.8413}, {-118, 0.1587}, {-110 - 8*1.2816, 0.1},
	} {
		if got := c.ServedProbability(data.LTE, 1800, tt.medianDBm); math.Abs(got-tt.want) > 5e-5 {
			t.Errorf("median %g dBm: probability %.5f, want %.4f", tt.medianDBm, got, tt.want)
		}
	}
	if got := c.RequiredDBm(data.LTE, 1800); got != -110 {
		t.Errorf("required at 50 %%: %g dBm, want the threshold", got)
	}
	c.LocationProbability = 0.9
	if got, want := c.RequiredDBm(data.LTE, 1800), -110+8*1.2816; math.Abs(got-want) > 5e-4 {
		t.Errorf("required at 90 %%: %.4f dBm, want %.4f", got, want)
	}
	c.Indoor, c.EntryLossDB, c.EntrySigmaDB = true, 12, 6 // σ = √(64 + 36) = 10
	if got, want := c.RequiredDBm(data.LTE, 1800), -98+10*1.2816; math.Abs(got-want) > 5e-4 {
		t.Errorf("required indoors: %.4f dBm, want %.4f", got, want)
	}
	if got := c.FloorDBm(data.LTE, 1800); got != -108 {
		t.Errorf("floor indoors %g dBm, want -108", got)
	}
	c.SigmaDB, c.EntrySigmaDB = 0, 0
	if above, below := c.ServedProbability(data.LTE, 1800, -98), c.ServedProbability(data.LTE, 1800, -98.01); above != 1 || below != 0 {
		t.Errorf("without spread: %g and %g, want 1 and 0", above, below)
	}
	if got := c.ServedProbability(data.GSM, 1800, -50); got != 0 {
		t.Errorf("a technology that does not count: %g", got)
	}
	if got := c.RequiredDBm(data.GSM, 1800); !math.IsInf(got, 1) {
		t.Errorf("a technology that does not count requires %g dBm", got)
	}
}

// TestClassIsProbability: served is the same as P(served) ≥ p, and better signal is
// never a worse class.
func TestClassIsProbability(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		c := Default()
		c.SigmaDB = rapid.Float64Range(0.1, 15).Draw(t, "sigma")
		c.LocationProbability = rapid.Float64Range(0.01, 0.99).Draw(t, "p")
		dbm := rapid.Float64Range(-150, -60).Draw(t, "median")
		p, required := c.ServedProbability(data.LTE, 1800, dbm), c.RequiredDBm(data.LTE, 1800)
		// Erfc and Erfinv agree to a few parts in 1e9.
		if math.Abs(dbm-required) > 1e-6 && (p >= c.LocationProbability) != (c.Class(data.LTE, 1800, dbm) == data.Served) {
			t.Fatalf("P(served) %g, asked %g, class %v", p, c.LocationProbability, c.Class(data.LTE, 1800, dbm))
		}
		better := dbm + rapid.Float64Range(0, 40).Draw(t, "more")
		if rank(c.Class(data.LTE, 1800, better)) < rank(c.Class(data.LTE, 1800, dbm)) {
			t.Fatalf("%g dBm is %v, %g dBm is %v", dbm, c.Class(data.LTE, 1800, dbm), better, c.Class(data.LTE, 1800, better))
		}
	})
}

// layer makes a layer of levels in dBm; NaN is none.
func layer(operator string, tech data.Technology, dbm ...float64) merge.Layer {
	l := merge.Layer{ID: merge.ID{Operator: operator, Technology: tech}}
	for _, v := range dbm {
		l.BestCentiDB = append(l.BestCentiDB, coverage.FromDB(v))
	}
	return l
}

func TestHexes(t *testing.T) {
	no := math.NaN()
	layers := []merge.Layer{
		layer("A", data.GSM, -50, no, -80, no, -95, no),
		layer("A", data.LTE, -110, -110.01, -119, -120.5, -119.5, no),
		layer("B", data.LTE, no, -90, -118, -130, -100, no),
		layer("B", data.UMTS, -104, -120, -114, -115, -102, no),
	}
	umts := map[data.Technology]Threshold{data.LTE: {-110, -120}, data.UMTS: {-105, -115}}
	gsm := map[data.Technology]Threshold{data.GSM: {-92, -102}, data.LTE: {-110, -120}, data.UMTS: {-105, -115}}
	served, weak, none := data.Served, data.Weak, data.None
	for _, tt := range []struct {
		name  string
		edit  func(*Criterion)
		class []data.Class
		layer []int16
	}{
		// Hex 0: B's UMTS is 1 dB above, A's LTE is at its threshold. Hex 3: B's UMTS
		// is weak at its threshold. Hex 4: B's LTE is 10 dB above, its UMTS 3.
		{"any", func(*Criterion) {}, []data.Class{served, served, weak, weak, served, none}, []int16{3, 2, 2, 3, 2, -1}},
		{"each", func(c *Criterion) { c.Operators = Each }, []data.Class{served, weak, weak, none, weak, none}, []int16{1, 1, 1, 1, 1, -1}},
		{"named", func(c *Criterion) { c.Operators, c.Operator = Named, "A" }, []data.Class{served, weak, weak, none, weak, none}, []int16{1, 1, 1, 1, 1, -1}},
		{"nobody of that name", func(c *Criterion) { c.Operators, c.Operator = Named, "C" }, []data.Class{none, none, none, none, none, none}, []int16{-1, -1, -1, -1, -1, -1}},
		{"GSM counts too", func(c *Criterion) { c.Thresholds = gsm }, []data.Class{served, served, served, weak, served, none}, []int16{0, 2, 0, 3, 2, -1}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			c := Default()
			c.Thresholds = umts
			tt.edit(&c)
			h := c.Hexes(layers, 6)
			if d := cmp.Diff(&Hexes{Class: tt.class, Layer: tt.layer}, &Hexes{Class: h.Class, Layer: h.Layer}); d != "" {
				t.Errorf("hexes (-want +got):\n%s", d)
			}
		})
	}
	// A layer that is weak beats one that is none, even when the other is nearer to
	// its own threshold.
	c := Default()
	c.Thresholds = map[data.Technology]Threshold{data.LTE: {-110, -120}, data.UMTS: {-105, -107}}
	h := c.Hexes([]merge.Layer{layer("A", data.LTE, -118), layer("A", data.UMTS, -108)}, 1)
	if h.Class[0] != weak || h.Layer[0] != 0 {
		t.Errorf("class %v by layer %d, want weak by 0", h.Class[0], h.Layer[0])
	}
	// An operator without any technology that counts does not serve.
	c = Default()
	c.Operators = Each
	h = c.Hexes([]merge.Layer{layer("A", data.LTE, -90), layer("B", data.GSM, -60)}, 1)
	if h.Class[0] != none || h.Layer[0] != -1 {
		t.Errorf("class %v by layer %d, want none by -1", h.Class[0], h.Layer[0])
	}
}

// ten gives a grid of ten hexes or more and their cells.
func ten(t testing.TB) (*merge.Grid, []hexgrid.Cell) {
	t.Helper()
	at, err := hexgrid.At(orb.Point{106.25, 22.66}, 10)
	if err != nil {
		t.Fatal(err)
	}
	g, err := merge.NewGrid(at.Disk(2))
	if err != nil {
		t.Fatal(err)
	}
	return g, g.Cells()[:10]
}

// judged says that of ten hexes so many are served, so many weak, the rest none.
func judged(g *merge.Grid, served, weak int) *Hexes {
	h := &Hexes{Class: make([]data.Class, g.Len()), Layer: make([]int16, g.Len())}
	for i := range h.Class {
		switch {
		case i < served:
			h.Class[i] = data.Served
		case i < served+weak:
			h.Class[i] = data.Weak
		default:
			h.Class[i] = data.None
		}
	}
	return h
}

func TestVillage(t *testing.T) {
	g, cells := ten(t)
	even := func() []habitat.WeightedHex {
		var hs []habitat.WeightedHex
		for _, c := range cells {
			hs = append(hs, habitat.WeightedHex{Cell: c, Weight: 0.1}) // adds up to 0.9999999999999999
		}
		return hs
	}
	heavy := even()
	heavy[9].Weight = 9.1 // of 10
	for _, tt := range []struct {
		name         string
		served, weak int
		hexes        []habitat.WeightedHex
		edit         func(*Criterion, *data.Village)
		want         Verdict
	}{
		{"all served", 10, 0, even(), nil, Verdict{data.Served, 1, 1, 0, 0}},
		{"at the target, with rounding", 9, 1, even(), func(c *Criterion, _ *data.Village) { c.TargetShare = 0.9 }, Verdict{data.Served, 0.9, 1, 10, 2}},
		{"below the target", 9, 1, even(), nil, Verdict{data.Weak, 0.9, 1, 10, 2}},
		{"at the none share", 0, 1, even(), nil, Verdict{data.Weak, 0, 0.1, 100, 20}},
		{"below the none share", 0, 0, even(), nil, Verdict{data.None, 0, 0, 100, 20}},
		{"served hexes have signal too", 1, 0, even(), nil, Verdict{data.Weak, 0.1, 0.1, 90, 18}},
		{"weight decides", 9, 0, heavy, nil, Verdict{data.None, 0.09, 0.09, 91, 18.2}},
		{"centre served", 1, 0, even(), func(c *Criterion, _ *data.Village) { c.Rule = Centre }, Verdict{data.Served, 0.1, 0.1, 90, 18}},
		{"centre none", 0, 0, even(), func(c *Criterion, _ *data.Village) { c.Rule = Centre }, Verdict{data.None, 0, 0, 100, 20}},
		{"centre weak", 0, 1, even(), func(c *Criterion, _ *data.Village) { c.Rule = Centre }, Verdict{data.Weak, 0, 0.1, 100, 20}},
		{"too few households", 0, 0, even(), func(c *Criterion, _ *data.Village) { c.MinHouseholds = 21 }, Verdict{data.NotCounted, 0, 0, 100, 20}},
		{"just enough households", 0, 0, even(), func(c *Criterion, _ *data.Village) { c.MinHouseholds = 20 }, Verdict{data.None, 0, 0, 100, 20}},
		{"households not known", 0, 0, even(), func(c *Criterion, v *data.Village) { c.MinHouseholds, v.Households = 21, 0 }, Verdict{data.None, 0, 0, 100, 0}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			c, v := Default(), data.Village{ID: "v", Population: 100, Households: 20}
			if tt.edit != nil {
				tt.edit(&c, &v)
			}
			got, err := c.Village(Place{&v, tt.hexes, cells[0]}, g, judged(g, tt.served, tt.weak))
			if err != nil {
				t.Fatal(err)
			}
			if d := cmp.Diff(tt.want, got, cmp.Comparer(func(a, b float64) bool { return math.Abs(a-b) < 1e-9 })); d != "" {
				t.Errorf("verdict (-want +got):\n%s", d)
			}
		})
	}
}

func TestVillageErrors(t *testing.T) {
	g, cells := ten(t)
	c, h := Default(), judged(g, 10, 0)
	v := &data.Village{ID: "Lũng Nặm"}
	outside := cells[0].Disk(9)[0]
	for name, tt := range map[string]struct {
		place Place
		rule  Rule
		want  error
	}{
		"no hexes":       {Place{Village: v}, People, ErrNoWeight},
		"no weight":      {Place{Village: v, Hexes: []habitat.WeightedHex{{Cell: cells[0]}}}, People, ErrNoWeight},
		"hex outside":    {Place{Village: v, Hexes: []habitat.WeightedHex{{Cell: outside, Weight: 1}}}, People, ErrOutside},
		"centre outside": {Place{v, []habitat.WeightedHex{{Cell: cells[0], Weight: 1}}, outside}, Centre, ErrOutside},
	} {
		c.Rule = tt.rule
		_, err := c.Villages([]Place{tt.place}, g, h)
		if !errors.Is(err, tt.want) || !strings.Contains(err.Error(), v.ID) {
			t.Errorf("%s: %v, want %v that names the village", name, err, tt.want)
		}
	}
}

// TestShares: shares lie in order, and serving one more hex never makes a village
// worse.
func TestShares(t *testing.T) {
	g, cells := ten(t)
	rapid.Check(t, func(t *rapid.T) {
		c := Default()
		c.TargetShare = rapid.Float64Range(0.01, 1).Draw(t, "target")
		c.NoneShare = rapid.Float64Range(0, 1).Draw(t, "none")
		c.Rule = rapid.SampledFrom([]Rule{Centre, People, Area}).Draw(t, "rule")
		h := judged(g, 0, 0)
		p := Place{Village: &data.Village{ID: "v", Population: 100}, Center: cells[0]}
		for i, cell := range cells {
			h.Class[i] = rapid.SampledFrom([]data.Class{data.Served, data.Weak, data.None}).Draw(t, "class")
			p.Hexes = append(p.Hexes, habitat.WeightedHex{Cell: cell, Weight: rapid.Float64Range(0.001, 5).Draw(t, "weight")})
		}
		before, err := c.Village(p, g, h)
		if err != nil {
			t.Fatal(err)
		}
		if !(0 <= before.ServedShare && before.ServedShare <= before.SignalShare && before.SignalShare <= 1) {
			t.Fatalf("shares %+v", before)
		}
		h.Class[rapid.IntRange(0, 9).Draw(t, "improved")] = data.Served
		after, err := c.Village(p, g, h)
		if err != nil {
			t.Fatal(err)
		}
		if rank(after.Class) < rank(before.Class) || after.PeopleUnserved > before.PeopleUnserved+1e-9 {
			t.Fatalf("one more hex served makes %+v into %+v", before, after)
		}
	})
}

func TestCommunes(t *testing.T) {
	village := func(id, code string, people float64, declared data.Class) Place {
		return Place{Village: &data.Village{ID: id, CommuneCode: code, Commune: "commune " + code, Population: people, Declared: declared}}
	}
	verdict := func(class data.Class, unserved float64) Verdict {
		return Verdict{Class: class, PeopleUnserved: unserved}
	}
	places := []Place{
		village("a", "01276", 100, data.None),
		village("b", "01273", 200, data.Weak),
		village("c", "01276", 300, data.Served),
		village("d", "01276", 400, ""),
		village("e", "01276", 500, data.Served),
		village("f", "01276", 60, data.Weak),
	}
	verdicts := []Verdict{
		verdict(data.Weak, 50), verdict(data.Served, 10), verdict(data.None, 300),
		verdict(data.Weak, 200), verdict(data.Served, 0), verdict(data.NotCounted, 60),
	}
	communes, total := Communes(places, verdicts)
	first := Tally{Villages: 1, Served: 1, People: 200, PeopleUnserved: 10, Agreement: Agreement{DeclaredOnly: 1}}
	second := Tally{
		Villages: 5, Served: 1, Weak: 2, None: 1, NotCounted: 1, People: 1360, PeopleUnserved: 610, PeopleInGaps: 800,
		Agreement: Agreement{Both: 1, ComputedOnly: 1, Neither: 1, NotDeclared: 1, NotCounted: 1},
	}
	want := []Commune{{"01273", "commune 01273", first}, {"01276", "commune 01276", second}}
	if d := cmp.Diff(want, communes); d != "" {
		t.Errorf("communes (-want +got):\n%s", d)
	}
	wantTotal := Tally{
		Villages: 6, Served: 2, Weak: 2, None: 1, NotCounted: 1, People: 1560, PeopleUnserved: 620, PeopleInGaps: 800,
		Agreement: Agreement{Both: 1, DeclaredOnly: 1, ComputedOnly: 1, Neither: 1, NotDeclared: 1, NotCounted: 1},
	}
	if d := cmp.Diff(wantTotal, total); d != "" {
		t.Errorf("total (-want +got):\n%s", d)
	}
	if got := communes[1].Gaps(); got != 3 {
		t.Errorf("%d gaps, want 3", got)
	}
}

func Example() {
	c := Default()
	fmt.Printf("%s: %.0f %% of locations at -115 dBm\n", c.Class(data.LTE, 1800, -115), 100*c.ServedProbability(data.LTE, 1800, -115))
	c.LocationProbability = 0.9
	fmt.Printf("at 90 %% of locations a hex needs %.1f dBm\n", c.RequiredDBm(data.LTE, 1800))
	// Output:
	// weak: 18 % of locations at -115 dBm
	// at 90 % of locations a hex needs -103.0 dBm
}
