package criterion

import (
	"errors"
	"fmt"
	"math"
	"strings"
	"testing"

	"github.com/covgap/covgap/coverage/propagation"
	"github.com/covgap/covgap/data"
	"github.com/goccy/go-yaml"
	"github.com/google/go-cmp/cmp"
)

func TestNamed(t *testing.T) {
	seen := map[string]bool{}
	for _, c := range All() {
		if err := c.Validate(); err != nil {
			t.Errorf("%s: %v", c.Name, err)
		}
		if seen[c.Name] {
			t.Errorf("%s: twice", c.Name)
		}
		seen[c.Name] = true
		var read Criterion
		if err := yaml.Unmarshal([]byte(c.Name), &read); err != nil {
			t.Errorf("%s by name: %v", c.Name, err)
		}
		if d := cmp.Diff(c, read); d != "" {
			t.Errorf("%s by name (-want +got):\n%s", c.Name, d)
		}
	}
	if d := cmp.Diff(Default(), All()[0]); d != "" {
		t.Errorf("the first is not the default:\n%s", d)
	}
	if _, err := Lookup("indor-4g"); !errors.Is(err, ErrCriterion) || !strings.Contains(err.Error(), "did you mean indoor-4g?") {
		t.Errorf("misspelt: %v", err)
	}
}

func TestBase(t *testing.T) {
	with := func(name string, edit func(*Criterion)) Criterion {
		c, err := Lookup(name)
		if err != nil {
			t.Fatal(err)
		}
		if edit != nil {
			edit(&c)
		}
		return c
	}
	for _, tt := range []struct {
		file string
		want Criterion
	}{
		{"{base: 5g}", with("5g", nil)},
		{"{base: 5g, sigma_db: 8}", with("5g", func(c *Criterion) { c.Name, c.SigmaDB = "5g-edited", 8 })},
		{"{base: 5g, name: ours, sigma_db: 8}", with("5g", func(c *Criterion) { c.Name, c.SigmaDB = "ours", 8 })},
		{
			"{base: any-technology, thresholds: {GSM: {served_dbm: -90, no_signal_dbm: -100}}}",
			with("any-technology", func(c *Criterion) {
				c.Name, c.Thresholds = "any-technology-edited", map[data.Technology]Threshold{data.GSM: {-90, -100}}
			}),
		},
		{"{rule: area}", with("outdoor-4g", func(c *Criterion) { c.Name, c.Rule = "outdoor-4g-edited", Area })},
		{"{rule: people}", with("outdoor-4g", nil)},
	} {
		var got Criterion
		if err := yaml.Unmarshal([]byte(tt.file), &got); err != nil {
			t.Errorf("%s: %v", tt.file, err)
		}
		if d := cmp.Diff(tt.want, got); d != "" {
			t.Errorf("%s (-want +got):\n%s", tt.file, d)
		}
	}
	var c Criterion
	if err := yaml.Unmarshal([]byte("{base: 6g}"), &c); err == nil {
		t.Error("an unknown base is taken")
	}
}

// Indoors a hex needs P.2109's median and spread more, once, at the sector's own
// frequency.
func TestIndoor(t *testing.T) {
	c, err := Lookup("indoor-4g")
	if err != nil {
		t.Fatal(err)
	}
	c.LocationProbability = 0.9
	outdoor := Default()
	outdoor.LocationProbability = 0.9
	const z90 = 1.2815515655446 // Φ⁻¹(0.9)
	last := 0.0
	for _, mhz := range []float64{700, 1842.5, 3500} {
		medianDB, sigmaDB, err := propagation.BuildingEntryLoss(mhz, 0, propagation.TraditionalBuilding)
		if err != nil {
			t.Fatal(err)
		}
		want := -110 + medianDB + math.Sqrt(5.5*5.5+sigmaDB*sigmaDB)*z90
		got := c.RequiredDBm(data.LTE, mhz)
		if math.Abs(got-want) > 1e-9 {
			t.Errorf("%g MHz: required %g dBm, want %g", mhz, got, want)
		}
		if p := c.ServedProbability(data.LTE, mhz, got); math.Abs(p-0.9) > 1e-9 {
			t.Errorf("%g MHz: P(served) %g at the required level, want 0.9", mhz, p)
		}
		if floor := c.FloorDBm(data.LTE, mhz); math.Abs(floor-(-120+medianDB)) > 1e-9 {
			t.Errorf("%g MHz: floor %g dBm", mhz, floor)
		}
		if got <= last && last != 0 {
			t.Errorf("%g MHz enters as easily as a lower frequency", mhz)
		}
		if got <= outdoor.RequiredDBm(data.LTE, mhz) {
			t.Errorf("%g MHz: as easy as outdoors", mhz)
		}
		last = got
	}
	// Typed figures stand in place of the recommendation's, at every frequency.
	c.EntryLossDB, c.EntrySigmaDB = 12, 6
	if lossDB, sigmaDB := c.EntryDB(3500); lossDB != 12 || sigmaDB != 6 {
		t.Errorf("typed entry loss: %g and %g dB", lossDB, sigmaDB)
	}
}

func ExampleLookup() {
	c, err := Lookup("indoor-4g")
	if err != nil {
		panic(err)
	}
	for _, mhz := range []float64{800, 2600} {
		lossDB, sigmaDB := c.EntryDB(mhz)
		fmt.Printf("%g MHz: %.1f dB into a %s building, σ %.1f dB\n", mhz, lossDB, c.Building, sigmaDB)
	}
	// Output:
	// 800 MHz: 14.2 dB into a traditional building, σ 8.3 dB
	// 2600 MHz: 15.3 dB into a traditional building, σ 9.8 dB
}
