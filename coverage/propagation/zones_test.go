package propagation

import (
	"math"
	"slices"
	"testing"

	"pgregory.net/rapid"
)

// drown lowers a path by so many metres and makes sea of what lies below 0 then, and
// coast of what lies no higher than 100 m.
func (p *Profile) drown(byM float64) {
	p.Zone = make([]Zone, len(p.TerrainM))
	for i := range p.TerrainM {
		p.TerrainM[i] -= byM
		switch h := p.TerrainM[i]; {
		case h <= 0:
			p.TerrainM[i], p.Zone[i] = 0, Sea
			if p.ClutterM != nil {
				p.ClutterM[i] = 0
			}
		case h <= 100:
			p.Zone[i] = Coastal
		}
	}
}

// drowned drowns so much of a path, 0 to 1.
func (p *Profile) drowned(share float64) *Profile {
	sorted := slices.Sorted(slices.Values(p.TerrainM))
	p.drown(sorted[int(share*float64(len(sorted)-1))])
	return p
}

// Zones change half way between samples, ITU-R P.1812-8 §3.3.
func TestClimateOfZones(t *testing.T) {
	const i, c, s = Inland, Coastal, Sea
	for _, tt := range []struct {
		name  string
		zones []Zone
		given Climate
		want  climate1812
	}{
		{"none", nil, Climate{}, climate1812{0, 5, 5, 500, 500}},
		{"inland", []Zone{i, i, i, i, i, i}, Climate{}, climate1812{0, 5, 5, 500, 500}},
		{"coastal", []Zone{c, c, c, c, c, c}, Climate{}, climate1812{0, 5, 0, 500, 500}},
		{"sea", []Zone{s, s, s, s, s, s}, Climate{}, climate1812{1, 0, 0, 0, 0}},
		{"over a bay", []Zone{i, i, c, s, s, c}, Climate{}, climate1812{0.4, 2.5, 1.5, 2.5, 0.5}},
		{"island", []Zone{s, c, i, i, c, s}, Climate{}, climate1812{0.2, 4, 2, 0, 0}},
		{"two bays", []Zone{c, s, c, i, s, i}, Climate{}, climate1812{0.4, 2, 1, 0.5, 0.5}},
		{"given", []Zone{i, i, c, s, s, c}, Climate{TxCoastKm: 7, RxCoastKm: 8}, climate1812{0.4, 2.5, 1.5, 7, 8}},
	} {
		p := &Profile{DistanceM: []float64{0, 1000, 2000, 3000, 4000, 5000}, TerrainM: make([]float64, 6), Zone: tt.zones}
		sections := p.sections()
		if got := sections.climate(p.LengthM(), tt.given); got != tt.want {
			t.Errorf("%s: %+v, want %+v", tt.name, got, tt.want)
		}
	}
}

// What zones come to does not depend on how many samples are taken in at a time, and
// is what adding half of each interval to the zone of either end gives.
func TestSectionsOfAnyPath(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		p := &Profile{DistanceM: []float64{0}, Zone: []Zone{Zone(rapid.IntRange(0, 2).Draw(t, "first"))}}
		for range rapid.IntRange(1, 40).Draw(t, "samples") {
			p.DistanceM = append(p.DistanceM, p.LengthM()+rapid.Float64Range(1, 500).Draw(t, "step"))
			p.Zone = append(p.Zone, Zone(rapid.IntRange(0, 2).Draw(t, "zone")))
		}
		n := len(p.Zone)
		var parts sections
		for from := 0; from < n; {
			to := rapid.IntRange(from+1, n).Draw(t, "to")
			parts.extend(p.Zone, p.DistanceM, from, to)
			from = to
		}
		if whole := p.sections(); parts != whole {
			t.Fatalf("in parts %+v, at once %+v", parts, whole)
		}
		of := func(is func(Zone) bool) (longest, all float64) {
			run := 0.0
			for i := 1; i < n; i++ {
				half := (p.DistanceM[i] - p.DistanceM[i-1]) / 2
				for _, end := range []int{i - 1, i} {
					if !is(p.Zone[end]) {
						run = 0
						continue
					}
					run += half
					all += half
					longest = max(longest, run)
				}
			}
			return longest, all
		}
		land, _ := of(func(z Zone) bool { return z != Sea })
		inland, _ := of(func(z Zone) bool { return z == Inland })
		_, sea := of(func(z Zone) bool { return z == Sea })
		got := parts.climate(p.LengthM(), Climate{})
		for _, c := range [][2]float64{{got.dtmKm, land / 1000}, {got.dlmKm, inland / 1000}, {got.omega, sea / p.LengthM()}} {
			if math.Abs(c[0]-c[1]) > 1e-12 { // rounding
				t.Fatalf("%+v, want land %g m, inland %g m, sea %g m of %g m", got, land, inland, sea, p.LengthM())
			}
		}
	})
}

// Over 60 km of flat water with a shore at each end a duct carries far for a part of the
// time; at half of it the wet ground alone is felt.
func TestZonesMatter(t *testing.T) {
	bay, plain := &Profile{}, &Profile{}
	for i := range 601 {
		bay.DistanceM = append(bay.DistanceM, float64(i)*100)
		bay.TerrainM = append(bay.TerrainM, 0)
		bay.Zone = append(bay.Zone, Sea)
	}
	bay.Zone[0], bay.Zone[1], bay.Zone[600] = Coastal, Coastal, Coastal
	*plain = *bay
	plain.Zone = nil
	for _, tt := range []struct {
		model          Model
		time           float64
		fromDB, upToDB float64 // what the sea takes off
	}{
		{P1812{}, 1, 1, 20}, {P1812{}, 10, 3, 20}, {P1812{}, 50, 0.001, 1}, {P526{}, 50, 0.001, 1},
	} {
		l := Link{FrequencyMHz: 900, TxHeightM: 20, RxHeightM: 10, Tx: caoBang, Rx: caoBang, TimePercent: tt.time}
		sea, land := mustLoss(t, tt.model, bay, l).LossDB, mustLoss(t, tt.model, plain, l).LossDB
		t.Logf("%s at %g %%: %.3f dB over the sea, %.3f dB over land", tt.model.Name(), tt.time, sea, land)
		if d := land - sea; !(d >= tt.fromDB && d <= tt.upToDB) {
			t.Errorf("%s at %g %%: %.3f dB over the sea, %.3f dB over land, want %g to %g dB less", tt.model.Name(), tt.time, sea, land, tt.fromDB, tt.upToDB)
		}
	}
}
