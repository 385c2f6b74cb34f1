package sweep

import (
	"context"
	"errors"
	"math"
	"testing"

	"github.com/covgap/covgap/coverage/propagation"
	"github.com/covgap/covgap/geo/geodesy"
	"github.com/covgap/covgap/geo/hexgrid"
	"github.com/covgap/covgap/geo/terrain"
	"github.com/paulmach/orb"
)

// masts puts one on the highest ground of each hex within a radius of p.
func masts(tb testing.TB, g *terrain.Grid, p orb.Point, radiusM float64, resolution int, heightsM ...float64) []Mast {
	tb.Helper()
	cells, err := hexgrid.Within(p, radiusM, resolution)
	if err != nil {
		tb.Fatal(err)
	}
	var out []Mast
	for _, c := range cells {
		if at, m, ok := g.HighestIn(c.Boundary()); ok {
			out = append(out, Mast{Position: at, GroundM: m, HeightsM: heightsM})
		}
	}
	return out
}

var reverseBands = []Band{{800, 400}, {1800, 400}}

// TestReverseAgainstExact holds the reverse sweep against paths from each mast, the
// right way round, over steep hills. Figures as for the forward sweep.
func TestReverseAgainstExact(t *testing.T) {
	for _, tt := range []struct {
		name                string
		model               propagation.Model
		woods, coast        bool
		stepDeg, radiusM    float64
		biasDB, sdDB, p99DB float64
	}{
		{"30 m", propagation.P1812{}, false, false, arcSecond, 6000, 0.1, 0.85, 3.5},
		{"30 m, woods,", propagation.P1812{}, true, false, arcSecond, 6000, 0.1, 0.85, 3.5},
		{"30 m, coast,", propagation.P1812{}, false, true, arcSecond, 6000, 0.1, 0.85, 3.5},
		{"30 m", propagation.P526{}, false, false, arcSecond, 6000, 0.1, 0.85, 3.5},
		{"90 m", propagation.P1812{}, false, false, 3 * arcSecond, 9000, 0.1, 1.5, 6},
	} {
		t.Run(tt.name+" "+tt.model.Name(), func(t *testing.T) {
			land := hills
			if tt.coast {
				land = coast
			}
			g := landscape(tt.stepDeg, tt.radiusM+800, land)
			p := params(tt.model, g, tt.radiusM, 10)
			if tt.coast {
				p.Zones, p.Link.TimePercent = coastZones(g), 10
			}
			if tt.woods {
				p.Clutter, p.ReceiverClearingM = woods(g), DefaultReceiverClearingM
			}
			all := masts(t, g, mast, tt.radiusM, 9, 20, 45)
			r, err := NewReverser(p, all, reverseBands)
			if err != nil {
				t.Fatal(err)
			}
			pather := newPather(p)
			var far, away, elevation []float64
			var counts Counts
			for _, at := range []orb.Point{mast, geodesy.Destination(mast, 33, 900)} {
				n, err := r.To(context.Background(), at, nil, func(x Reached) {
					m := &all[x.Mast]
					path, err := pather.Path(Transmitter{m.Position, m.HeightsM[x.Height], reverseBands[x.Frequency].FrequencyMHz}, at)
					if err != nil {
						t.Fatal(err)
					}
					if d := math.Abs(math.Remainder(path.AzimuthDeg-x.AzimuthDeg, 360)); d > 1e-3 && path.DistanceM > 10 {
						t.Errorf("%.0f m away: azimuth %v°, of the path %v°", path.DistanceM, x.AzimuthDeg, path.AzimuthDeg)
					}
					away = append(away, path.DistanceM)
					if path.DistanceM < r.exactM-1e-3 {
						if x.LossDB != path.LossDB || x.ElevationDeg != path.ElevationDeg {
							t.Errorf("%.0f m away: %v dB, the path %v dB", path.DistanceM, x.LossDB, path.LossDB)
						}
						return
					}
					far = append(far, x.LossDB-path.LossDB)
					elevation = append(elevation, x.ElevationDeg-path.ElevationDeg)
				})
				if err != nil {
					t.Fatal(err)
				}
				counts.add(n)
			}
			if want := 4 * (counts.Hexes - counts.NoTerrain); len(away) != want || counts.NoLoss != 0 || len(far) < want/4 {
				t.Fatalf("%d losses, %d of them from rays, want %d: %+v", len(away), len(far), want, counts)
			}
			bias, sd, p99 := spread(far)
			_, tilt, _ := spread(elevation)
			t.Logf("%d losses from rays: bias %+.3f dB, sd %.3f dB, p99 %.2f dB; elevation sd %.3f°", len(far), bias, sd, p99, tilt)
			if math.Abs(bias) > tt.biasDB || sd > tt.sdDB || p99 > tt.p99DB {
				t.Errorf("want |bias| ≤ %g, sd ≤ %g, p99 ≤ %g dB", tt.biasDB, tt.sdDB, tt.p99DB)
			}
			// A tenth of the vertical beam of a macro antenna.
			if tilt > 1 {
				t.Errorf("elevations are %.2f° off, want 1 or less", tilt)
			}
		})
	}
}

// A model that knows a transmitter from a receiver is asked the right way round, for
// every mast.
func TestReverseOfOneWayModel(t *testing.T) {
	model, err := propagation.Lookup("itm")
	if err != nil {
		t.Fatal(err)
	}
	const radiusM = 4000
	g := landscape(arcSecond, radiusM+800, hills)
	p := params(model, g, radiusM, 10)
	all := masts(t, g, mast, radiusM, 8, 30)
	r, err := NewReverser(p, all, reverseBands[1:])
	if err != nil {
		t.Fatal(err)
	}
	pather, far := newPather(p), 0
	n, err := r.To(context.Background(), mast, nil, func(x Reached) {
		path, err := pather.Path(Transmitter{all[x.Mast].Position, 30, 1800}, mast)
		if err != nil || path.LossDB != x.LossDB {
			t.Errorf("%v dB, the path %v dB, %v", x.LossDB, path.LossDB, err)
		}
		if path.DistanceM > exactSamples*g.SpacingM() {
			far++
		}
	})
	if err != nil || far == 0 || far >= n.Hexes {
		t.Errorf("%d of %d masts are beyond the rays' start: %v", far, n.Hexes, err)
	}
}

// Masts behind too much loss, beyond the radius or beyond the terrain are not reached.
func TestReverseLimits(t *testing.T) {
	const radiusM = 4000
	g := landscape(arcSecond, radiusM+800, hills)
	p := params(propagation.P1812{}, g, radiusM, 10)
	all := append(masts(t, g, mast, radiusM+600, 9, 30), Mast{Position: geodesy.Destination(mast, 10, 500)}) // the last without a height
	r, err := NewReverser(p, all, []Band{{800, 110}, {1800, 100}})
	if err != nil {
		t.Fatal(err)
	}
	reached := [2]int{}
	n, err := r.To(context.Background(), mast, nil, func(x Reached) {
		reached[x.Frequency]++
		if x.LossDB > []float64{110, 100}[x.Frequency] {
			t.Errorf("reached behind %v dB", x.LossDB)
		}
		if d := geodesy.Distance(mast, all[x.Mast].Position); d > radiusM {
			t.Errorf("reached from %v m", d)
		}
	})
	if err != nil {
		t.Fatal(err)
	}
	if reached[1] == 0 || reached[1] >= reached[0] || reached[0] >= n.Hexes || n.Hexes >= len(all)-1 || n.NoTerrain != 0 {
		t.Errorf("reached %v of %d masts within the radius, of %d: %+v", reached, n.Hexes, len(all), n)
	}

	half := *g
	half.HeightsM = append([]float32(nil), g.HeightsM...)
	for k := range half.HeightsM {
		if i := k % half.Width; i > half.Width/2+20 {
			half.HeightsM[k] = float32(math.NaN())
		}
	}
	p.Terrain = &half
	r, err = NewReverser(p, all, reverseBands)
	if err != nil {
		t.Fatal(err)
	}
	unknown := 0
	if n, err = r.To(context.Background(), mast, nil, func(x Reached) {
		if math.IsNaN(x.LossDB) {
			if !x.NoTerrain {
				t.Errorf("mast %d has no value, though it has terrain", x.Mast)
			}
			unknown++
			return
		}
		if all[x.Mast].Position[0] > g.West+float64(half.Width/2+21)*g.StepLon {
			t.Errorf("reached from %v, beyond the terrain", all[x.Mast].Position)
		}
	}); err != nil || n.NoTerrain == 0 || n.NoTerrain != unknown {
		t.Errorf("%+v, %d masts without value, %v", n, unknown, err)
	}
}

// What is found of a mast does not depend on which others are asked, and Within counts
// those that To does.
func TestReverseOfSome(t *testing.T) {
	const radiusM = 5000
	g := landscape(arcSecond, radiusM+800, hills)
	all := masts(t, g, mast, radiusM+600, 9, 20, 45)
	r, err := NewReverser(params(propagation.P1812{}, g, radiusM, 10), all, reverseBands)
	if err != nil {
		t.Fatal(err)
	}
	of := func(wanted func(int) bool) (found map[[3]int]Reached, n Counts) {
		found = map[[3]int]Reached{}
		n, err := r.To(context.Background(), mast, wanted, func(x Reached) { found[[3]int{x.Mast, x.Height, x.Frequency}] = x })
		if err != nil {
			t.Fatal(err)
		}
		return found, n
	}
	whole, n := of(nil)
	if got := r.Within(mast); got != n.Hexes || got >= len(all) {
		t.Errorf("%d masts of %d within the radius, To has %d", got, len(all), n.Hexes)
	}
	for _, every := range []int{2, 7, 100} {
		some, m := of(func(i int) bool { return i%every == 1 })
		if len(some) == 0 || m.Hexes > n.Hexes/every+every*every {
			t.Fatalf("every %d. mast: %d found, %+v", every, len(some), m)
		}
		for k, x := range some {
			// A ray's sums are made in other portions: less than a ten-thousandth of what
			// is stored.
			if w := whole[k]; math.Abs(x.LossDB-w.LossDB) > 1e-6 || x.AzimuthDeg != w.AzimuthDeg || math.Abs(x.ElevationDeg-w.ElevationDeg) > 1e-6 {
				t.Errorf("mast %v asked with every %d.: %+v, with all %+v", k, every, x, w)
			}
		}
	}
}

// The key of a receiver holds what its losses depend on but for masts and bands.
func TestReverseKey(t *testing.T) {
	g := landscape(arcSecond, 14000, hills)
	base := func() (Params, []Mast, []Band) {
		return params(propagation.P1812{}, g, 3000, 10), []Mast{{Position: geodesy.Destination(mast, 10, 500), GroundM: 500, HeightsM: []float64{30}}}, []Band{{800, 110}}
	}
	key := func(at orb.Point, change func(*Params, []Mast, []Band)) [32]byte {
		p, m, b := base()
		change(&p, m, b)
		r, err := NewReverser(p, m, b)
		if err != nil {
			t.Fatal(err)
		}
		return r.Key(at)
	}
	plain := func(*Params, []Mast, []Band) {}
	first := key(mast, plain)
	if key(mast, plain) != first || key(mast, func(p *Params, _ []Mast, _ []Band) { p.Resolution = 9 }) != first {
		t.Error("the key depends on what does not count")
	}
	if key(mast, func(p *Params, _ []Mast, _ []Band) { p.Terrain = edited(g, 13000) }) != first {
		t.Error("the key depends on terrain beyond the radius")
	}
	if key(geodesy.Destination(mast, 0, 10), plain) == first {
		t.Error("the key does not depend on the receiver")
	}
	for name, change := range map[string]func(*Params, []Mast, []Band){
		"masts": func(_ *Params, m []Mast, _ []Band) { m[0].HeightsM = []float64{31} },
		"bands": func(_ *Params, _ []Mast, b []Band) { b[0].MaxLossDB++ },
	} {
		if key(mast, change) != first {
			t.Errorf("%s are in the key", name)
		}
	}
	for name, change := range map[string]func(*Params, []Mast, []Band){
		"receiver": func(p *Params, _ []Mast, _ []Band) { p.RxHeightM++ },
		"terrain":  func(p *Params, _ []Mast, _ []Band) { p.Terrain = edited(g, 2000) },
		"clutter":  func(p *Params, _ []Mast, _ []Band) { p.Clutter = woods(g) },
		"zones":    func(p *Params, _ []Mast, _ []Band) { p.Zones = coastZones(g) },
	} {
		if key(mast, change) == first {
			t.Errorf("%s is not in the key", name)
		}
	}
	_, all, _ := base()
	plainKey := all[0].Key()
	for name, change := range map[string]func(*Mast){
		"height":         func(m *Mast) { m.HeightsM = []float64{31} },
		"another height": func(m *Mast) { m.HeightsM = []float64{30, 31} },
		"ground":         func(m *Mast) { m.GroundM++ },
		"place":          func(m *Mast) { m.Position[0] += 1e-6 },
	} {
		m := all[0]
		if change(&m); m.Key() == plainKey {
			t.Errorf("%s is not in the key of a mast", name)
		}
	}
}

func TestReverseInvalid(t *testing.T) {
	p := params(propagation.P1812{}, landscape(arcSecond, 5000, flat), 3000, 10)
	if _, err := NewReverser(p, nil, nil); !errors.Is(err, ErrParams) {
		t.Errorf("no frequency: %v", err)
	}
	if _, err := NewReverser(p, []Mast{{Position: mast, HeightsM: []float64{0}}}, reverseBands); !errors.Is(err, ErrTransmitter) {
		t.Errorf("height 0: %v", err)
	}
}
