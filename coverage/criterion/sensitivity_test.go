package criterion

import (
	"math"
	"testing"

	"github.com/covgap/covgap/coverage"
	"github.com/covgap/covgap/coverage/merge"
	"github.com/covgap/covgap/data"
	"github.com/covgap/covgap/data/habitat"
	"pgregory.net/rapid"
)

// A village is served exactly when its margin is 0 dB or more, and is so once every
// level has risen by what it lacks.
func TestMargin(t *testing.T) {
	g, cells := ten(t)
	rapid.Check(t, func(t *rapid.T) {
		c := Default()
		c.Thresholds = map[data.Technology]Threshold{data.LTE: levels4G, data.UMTS: levels3G}
		c.Rule = rapid.SampledFrom([]Rule{Centre, People}).Draw(t, "rule")
		c.Operators = rapid.SampledFrom([]Operators{Any, Each}).Draw(t, "operators")
		c.TargetShare = rapid.Float64Range(0.05, 1).Draw(t, "target")
		c.LocationProbability = rapid.Float64Range(0.1, 0.95).Draw(t, "probability")
		var layers []merge.Layer
		for _, id := range []merge.ID{{Operator: "A", Technology: data.UMTS}, {Operator: "A", Technology: data.LTE}, {Operator: "B", Technology: data.LTE}} {
			l := merge.Layer{ID: id}
			for range g.Len() {
				level := coverage.NoValue
				if rapid.IntRange(0, 5).Draw(t, "there") > 0 {
					level = coverage.CentiDB(rapid.IntRange(-13000, -9000).Draw(t, "level"))
				}
				l.BestCentiDB = append(l.BestCentiDB, level)
			}
			layers = append(layers, l)
		}
		p := Place{Village: &data.Village{ID: "v"}, Center: cells[0]}
		for _, cell := range cells {
			p.Hexes = append(p.Hexes, habitat.WeightedHex{Cell: cell, Weight: rapid.Float64Range(0.1, 5).Draw(t, "weight")})
		}
		judge := func(c Criterion) (Verdict, float64) {
			h := c.Hexes(layers, g.Len())
			v, err := c.Village(p, g, h)
			if err != nil {
				t.Fatal(err)
			}
			return v, c.MarginDB(p, g, h)
		}
		v, marginDB := judge(c)
		// Margins are kept to a hundredth of a decibel.
		if math.Abs(marginDB) > 0.011 && (v.Class == data.Served) != (marginDB > 0) {
			t.Fatalf("%v at a margin of %g dB", v.Class, marginDB)
		}
		if math.IsInf(marginDB, -1) {
			return
		}
		if v, _ := judge(c.Shifted(-marginDB + 0.011)); v.Class != data.Served {
			t.Fatalf("%v with every level %g dB higher, the margin it lacks", v.Class, -marginDB)
		}
		if v, _ := judge(c.Shifted(-marginDB - 0.011)); v.Class == data.Served {
			t.Fatalf("served with every level %g dB higher, less than it lacks", -marginDB-0.011)
		}
	})
}

func TestSensitivity(t *testing.T) {
	g, cells := ten(t)
	c := Default()
	c.Rule = Centre
	// Ten villages, 1 dB apart about the threshold of -110 dBm and the floor of -120.
	l := merge.Layer{ID: merge.ID{Technology: data.LTE}}
	var places []Place
	for i := range g.Len() {
		l.BestCentiDB = append(l.BestCentiDB, coverage.FromDB(-105.5-float64(i)))
	}
	for _, cell := range cells {
		places = append(places, Place{&data.Village{Population: 10}, []habitat.WeightedHex{{Cell: cell, Weight: 10}}, cell})
	}
	got, err := c.Sensitivity(places, g, []merge.Layer{l})
	if err != nil {
		t.Fatal(err)
	}
	// -105.5 to -114.5 dBm: five reach -110; 6 dB lower none does, and one in ten falls
	// below -120; 3 dB higher eight do.
	for i, want := range []struct {
		shift        float64
		served, none int
	}{{-6, 0, 1}, {-3, 2, 0}, {3, 8, 0}, {6, 10, 0}} {
		s := got[i]
		if s.ShiftDB != want.shift || s.Total.Served != want.served || s.Total.None != want.none || s.Total.Villages != 10 || len(s.Communes) != 1 {
			t.Errorf("%+v, want %+v", s, want)
		}
	}
}
