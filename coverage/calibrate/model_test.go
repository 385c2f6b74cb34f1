package calibrate

import (
	"context"
	"errors"
	"fmt"
	"math"
	"math/rand/v2"
	"testing"

	"github.com/covgap/covgap/coverage/linkbudget"
	"github.com/covgap/covgap/coverage/propagation"
	"github.com/covgap/covgap/coverage/sweep"
	"github.com/covgap/covgap/data"
	"github.com/covgap/covgap/geo/geodesy"
	"github.com/covgap/covgap/geo/terrain"
	"github.com/paulmach/orb"
)

var middle = orb.Point{106.25, 22.66}

// hills makes 24 km of terrain at 3 arc-seconds, ridges 250 m high and flats between.
func hills() *terrain.Grid {
	const n, step = 280, 3.0 / 3600
	g := &terrain.Grid{
		West: middle[0] - n/2*step, North: middle[1] + n/2*step, StepLon: step, StepLat: step, Width: n + 1, Height: n + 1,
	}
	for j := range g.Height {
		for i := range g.Width {
			g.HeightsM = append(g.HeightsM, float32(300+250*math.Max(0, math.Sin(float64(i)/11+math.Cos(float64(j)/17)))))
		}
	}
	return g
}

func params(m propagation.Model) sweep.Params {
	return sweep.Params{Model: m, Terrain: hills(), RxHeightM: 1.5, RadiusM: 8000, Resolution: 9}
}

// corrections is a calibration of P.1812 with everything in it.
func corrections() *Calibration {
	p := Parameters{
		Class: LOS, Band: BandOf(1842.5), OffsetDB: 4, SlopeDBPerDecade: 3, DiffractionFactor: 1,
		ReferenceKm: 1, MinDistanceKm: 0.1, MaxDistanceKm: 20, MaxExcessDB: 80,
	}
	q := p
	q.Class, q.OffsetDB, q.SlopeDBPerDecade, q.DiffractionFactor = NLOS, -3, -4, 0.75
	return &Calibration{
		Name: "made up", Version: 2, Model: "p1812", ModelSource: propagation.P1812{}.Validity().Source, ReceiverHeightM: 1.5,
		Parameters: []Parameters{p, q},
	}
}

func apply(t testing.TB, c *Calibration, m propagation.Model) propagation.Model {
	t.Helper()
	out, err := c.Apply(m)
	if err != nil {
		t.Fatal(err)
	}
	return out
}

// The corrected loss of a path is the model's and the correction of its class, and
// along a ray the same as of each path.
func TestModel(t *testing.T) {
	grid := hills()
	for _, inner := range []propagation.Model{propagation.P1812{}, propagation.P526{}, propagation.COST231{}, propagation.ITM{}} {
		c := corrections()
		c.Model, c.ModelSource = inner.Name(), inner.Validity().Source
		m := apply(t, c, inner).(propagation.RayModel)
		if m.Name() != inner.Name() {
			t.Errorf("name %s", m.Name())
		}
		const txM, mhz, otherMHz = 35.0, 1842.5, 942.5
		classes := map[Class]int{}
		for _, azimuthDeg := range []float64{10, 100, 250} {
			var pr terrain.Profile
			if !grid.Profile(middle, geodesy.Destination(middle, azimuthDeg, 7000), &pr) {
				t.Fatal("terrain is missing")
			}
			ray := m.NewRay(propagation.Tx{Position: middle, HeightM: txM}, []float64{mhz, otherMHz})
			ray.Reset(azimuthDeg)
			heights := []float64{1.5, 12}
			dst := make([]float64, 4)
			ray.Step(0, pr.HeightM[0], 0)
			for i := 1; i < len(pr.DistanceM); i++ {
				ray.Step(pr.DistanceM[i], pr.HeightM[i], 0)
				if i%3 != 0 || pr.DistanceM[i] < 1000 {
					continue
				}
				ray.Loss(heights, dst)
				path := propagation.Profile{DistanceM: pr.DistanceM[:i+1], TerrainM: pr.HeightM[:i+1]}
				for k, rxM := range heights {
					l := propagation.Link{FrequencyMHz: mhz, TxHeightM: txM, RxHeightM: rxM, Tx: middle, Rx: geodesy.Destination(middle, azimuthDeg, pr.DistanceM[i])}
					want, err := inner.Loss(&path, l)
					if err != nil { // a model of effective heights refuses some paths
						if !math.IsNaN(dst[k]) {
							t.Fatalf("%s: %v along the ray, %v of the path", inner.Name(), dst[k], err)
						}
						continue
					}
					got, err := m.Loss(&path, l)
					if err != nil {
						t.Fatal(err)
					}
					class := seen(&path, txM, rxM)
					classes[class]++
					slantM := math.Hypot(pr.DistanceM[i], path.TerrainM[i]+rxM-path.TerrainM[0]-txM)
					p := c.of(class, mhz)
					corrected := want.LossDB + p.CorrectionDB(pr.DistanceM[i], excessDB(want.LossDB, mhz, slantM))
					// Only sums of the same terms in other order.
					if math.Abs(got.LossDB-corrected) > 1e-9 {
						t.Fatalf("%s at %g m, %s: %v dB, want %v", inner.Name(), pr.DistanceM[i], class, got.LossDB, corrected)
					}
					// Rays of P.1812 are exact to 1e-6 dB (docs/performance.md), which a factor of 5 at most multiplies.
					if math.Abs(dst[k]-got.LossDB) > 5e-6 {
						t.Fatalf("%s at %g m: %v dB along the ray, %v of the path", inner.Name(), pr.DistanceM[i], dst[k], got.LossDB)
					}
				}
			}
			// A band without parameters is not corrected.
			plain := propagation.Prefix(inner).NewRay(propagation.Tx{Position: middle, HeightM: txM}, []float64{mhz, otherMHz})
			plain.Reset(azimuthDeg)
			for i := range pr.DistanceM {
				plain.Step(pr.DistanceM[i], pr.HeightM[i], 0)
			}
			raw := make([]float64, 4)
			plain.Loss(heights, raw)
			ray.Loss(heights, dst)
			if raw[2] != dst[2] && !math.IsNaN(raw[2]) || raw[0] == dst[0] {
				t.Errorf("%s: %v without calibration, %v with", inner.Name(), raw, dst)
			}
		}
		if !inner.Validity().EffectiveHeights && (classes[LOS] == 0 || classes[NLOS] == 0) {
			t.Errorf("%s: paths by class %v", inner.Name(), classes)
		}
	}
}

// seen says from the definition whether the ends of a path see each other.
func seen(p *propagation.Profile, txM, rxM float64) Class {
	const earthM = 6371e3 * 4 / 3
	last := len(p.DistanceM) - 1
	d, a, b := p.DistanceM[last], p.TerrainM[0]+txM, p.TerrainM[last]+rxM
	for i := 1; i < last; i++ {
		x := p.DistanceM[i]
		if p.TerrainM[i]+x*(d-x)/(2*earthM) > a+(b-a)*x/d {
			return NLOS
		}
	}
	return LOS
}

// Sweeps store corrected losses under keys of their own, and their rays, which go in
// batches and follow each other, give what exact paths do.
func TestSweepCalibrated(t *testing.T) {
	tx := sweep.Transmitter{Position: middle, HeightM: 35, FrequencyMHz: 1842.5}
	c := corrections()
	other := corrections()
	other.Parameters[1].OffsetDB += 0.1
	keys := map[string]bool{}
	var results []*sweep.Result
	for _, m := range []propagation.Model{propagation.P1812{}, apply(t, c, propagation.P1812{}), apply(t, other, propagation.P1812{})} {
		s, err := sweep.NewSweeper(params(m), nil)
		if err != nil {
			t.Fatal(err)
		}
		keys[fmt.Sprint(s.Key(tx))] = true
		r, err := s.Sweep(context.Background(), tx)
		if err != nil {
			t.Fatal(err)
		}
		results = append(results, r)
	}
	if len(keys) != 3 {
		t.Errorf("%d keys for three models", len(keys))
	}
	plain, corrected := results[0], results[1]
	pather, err := sweep.NewPather(params(apply(t, c, propagation.P1812{})))
	if err != nil {
		t.Fatal(err)
	}
	n, worst, sum := 0, 0.0, 0.0
	changed := 0
	for i := range corrected.Blocks {
		b := &corrected.Blocks[i]
		for k, child := range b.Parent.Children(9) {
			if math.IsNaN(b.LossCentiDB[k].DB()) {
				continue
			}
			path, err := pather.Path(tx, child.Center())
			if err != nil {
				t.Fatal(err)
			}
			d := math.Abs(b.LossCentiDB[k].DB() - path.LossDB)
			n, sum, worst = n+1, sum+d, max(worst, d)
			if plain.Blocks[i].LossCentiDB[k] != b.LossCentiDB[k] {
				changed++
			}
		}
	}
	// Hexes take the sample nearest to their centre: the sd against exact paths is 0.67 dB
	// over hills at this spacing (docs/performance.md).
	if mean := sum / float64(n); mean > 0.7 || changed < n*9/10 {
		t.Errorf("%d hexes, mean difference %.2f dB, worst %.2f, %d corrected", n, mean, worst, changed)
	}
}

func TestApplyRefuses(t *testing.T) {
	c := corrections()
	if _, err := c.Apply(propagation.ITM{}); !errors.Is(err, ErrModel) {
		t.Errorf("error %v", err)
	}
	c.ModelSource = "ITU-R P.1812-6"
	if _, err := c.Apply(propagation.P1812{}); !errors.Is(err, ErrModel) {
		t.Errorf("error %v", err)
	}
}

// network makes sites with three sectors of a carrier each.
func network(n int) []data.Site {
	rnd := rand.New(rand.NewPCG(1, 1))
	var sites []data.Site
	for i := range n {
		s := data.Site{ID: fmt.Sprintf("T%02d", i), Position: geodesy.Destination(middle, 360*rnd.Float64(), 4000*rnd.Float64())}
		for k := range 3 {
			s.Sectors = append(s.Sectors, data.Sector{
				ID: fmt.Sprintf("%s-%d", s.ID, k), SiteID: s.ID, Operator: "A", Technology: data.LTE, FrequencyMHz: 1842.5, BandwidthMHz: 10,
				AntennaHeightM: 35, AzimuthDeg: 120 * float64(k), BeamwidthHDeg: 65, BeamwidthVDeg: 10, GainDBi: 17, PowerDBm: 43, LossesDB: 1, EIRPDBm: 59,
				Ports: 2, Status: data.StatusOnAir,
			})
		}
		sites = append(sites, s)
	}
	return sites
}

// drive measures every site with a calibrated model for the truth.
func drive(t testing.TB, sites []data.Site, truth propagation.Model, siteSD, rowSD, floorDBm float64) []data.Measurement {
	t.Helper()
	pather, err := sweep.NewPather(params(truth))
	if err != nil {
		t.Fatal(err)
	}
	rnd := rand.New(rand.NewPCG(2, 2))
	var out []data.Measurement
	for i := range sites {
		of := siteSD * rnd.NormFloat64()
		for k := range 90 {
			s := &sites[i].Sectors[k%3]
			m := data.Measurement{
				Position:  geodesy.Destination(sites[i].Position, 360*rnd.Float64(), 300*math.Pow(20, rnd.Float64())),
				ServingID: s.ID, Technology: data.LTE, Route: fmt.Sprint(i % 4),
			}
			path, err := pather.Path(sweep.Of(&sites[i], s), m.Position)
			if err != nil {
				t.Fatal(err)
			}
			p, err := linkbudget.Pattern(s, nil)
			if err != nil {
				t.Fatal(err)
			}
			b, err := linkbudget.New(s, p, linkbudget.Receiver{HeightM: 1.5})
			if err != nil {
				t.Fatal(err)
			}
			m.LevelDBm = b.SignalDBm(path.LossDB, path.AzimuthDeg, path.ElevationDeg) + of + rowSD*rnd.NormFloat64()
			m.Missing = m.LevelDBm < floorDBm
			out = append(out, m)
		}
	}
	return out
}

// From levels over hills, by a truth with known corrections, through matching and
// fitting back to a model: the parameters are recovered, the error on sites held out
// falls, and the calibrated model gives the truth's losses.
func TestFromLevelsToModel(t *testing.T) {
	sites := network(30)
	truth := corrections()
	ms := drive(t, sites, apply(t, truth, propagation.P1812{}), 2, 5, -125)
	matched, err := Find(context.Background(), ms, sites, MatchOptions{
		Params: params(propagation.P1812{}), Receiver: linkbudget.Receiver{HeightM: 1.5}, FloorDBm: map[data.Technology]float64{data.LTE: -125},
	})
	if err != nil {
		t.Fatal(err)
	}
	if n := matched.Count(BySectorID); n != len(matched.Matches) || n < 2500 {
		t.Errorf("%d of %d by sector, %d left out", n, len(matched.Matches), len(matched.Left))
	}
	c, r := fit(t, matched.Observations, Options{Seed: 1})
	for i := range truth.Parameters {
		want, cell := &truth.Parameters[i], &r.Cells[i]
		if cell.Class != want.Class || !inside(cell.Slope, want.SlopeDBPerDecade) || !inside(cell.Offset, referenced(want, &c.Parameters[i])) {
			t.Errorf("%s: offset %+v slope %+v, true %g %g", cell.Class, cell.Offset.Value, cell.Slope, referenced(want, &c.Parameters[i]), want.SlopeDBPerDecade)
		}
		if cell.HeldOut.RMSEDB >= cell.Model.RMSEDB || cell.HeldOut.SDDB > 6.5 { // √(2² + 5²) = 5.4
			t.Errorf("%s: held out %+v, without %+v", cell.Class, cell.HeldOut, cell.Model)
		}
	}
	if f := r.Cells[1].Factor; !inside(f, 0.75) {
		t.Errorf("factor %+v, true 0.75", f)
	}
	if r.Cells[1].Censored == 0 {
		t.Error("nothing was below the floor")
	}

	// The model made of it, against the truth, on paths of its own.
	exact, err := sweep.NewPather(params(apply(t, truth, propagation.P1812{})))
	if err != nil {
		t.Fatal(err)
	}
	got, err := sweep.NewPather(params(apply(t, c, propagation.P1812{})))
	if err != nil {
		t.Fatal(err)
	}
	raw, err := sweep.NewPather(params(propagation.P1812{}))
	if err != nil {
		t.Fatal(err)
	}
	var calibrated, plain float64
	const paths = 300
	tx := sweep.Transmitter{Position: geodesy.Destination(middle, 77, 1500), HeightM: 35, FrequencyMHz: 1842.5}
	for i := range paths {
		rx := geodesy.Destination(tx.Position, 1.2*float64(i), 400+15*float64(i))
		want, err := exact.Path(tx, rx)
		if err != nil {
			t.Fatal(err)
		}
		a, err := got.Path(tx, rx)
		if err != nil {
			t.Fatal(err)
		}
		b, err := raw.Path(tx, rx)
		if err != nil {
			t.Fatal(err)
		}
		calibrated += (a.LossDB - want.LossDB) * (a.LossDB - want.LossDB) / paths
		plain += (b.LossDB - want.LossDB) * (b.LossDB - want.LossDB) / paths
	}
	// The mean of 30 sites whose sd is 2 dB is uncertain by 0.4 dB; twice that, and as much
	// for slope and factor.
	if math.Sqrt(calibrated) > 1.6 || math.Sqrt(plain) < 3 {
		t.Errorf("off the truth by %.2f dB calibrated, %.2f without", math.Sqrt(calibrated), math.Sqrt(plain))
	}
}

// The ways in which measurements find sectors, and why some do not.
func TestFind(t *testing.T) {
	sites := network(2)
	sites[0].Position, sites[1].Position = middle, geodesy.Destination(middle, 90, 5000)
	sites[1].OtherIDs = []string{"B1"}
	sites[1].Sectors[0].OnAirDate = "2024"
	near := geodesy.Destination(middle, 3, 1500)
	options := MatchOptions{Params: params(propagation.P1812{}), Receiver: linkbudget.Receiver{HeightM: 1.5}}
	ms := []data.Measurement{
		{Position: near, ServingID: "T00-1", LevelDBm: -80},
		{Position: near, ServingID: "T00", LevelDBm: -80},
		{Position: near, LevelDBm: -80, Technology: data.LTE, FrequencyMHz: 1815},
		{Position: near, ServingID: "B1", LevelDBm: -100, Date: "2023-01-01"},
		{Position: near, Missing: true},
		{Position: near, ServingID: "X1", LevelDBm: -80},
		{Position: near, LevelDBm: -80, FrequencyMHz: 2600},
		{Position: near, LevelDBm: -80, Operator: "B"},
		{Position: geodesy.Destination(middle, 3, 100), ServingID: "T00", LevelDBm: -60},
		{Position: orb.Point{107.9, 22.66}, ServingID: "T00", LevelDBm: -60},
		{Position: near, LevelDBm: -90, Technology: data.GSM},
	}
	got, err := Find(context.Background(), ms, sites, options)
	if err != nil {
		t.Fatal(err)
	}
	want := []struct {
		sector string
		by     By
	}{{"T00-1", BySectorID}, {"T00-0", BySiteID}, {"T00-0", ByStrongest}, {"T01-2", BySiteID}, {"T00-0", ByStrongest}}
	if len(got.Matches) != len(want) {
		t.Fatalf("matches %+v", got.Matches)
	}
	for i, w := range want {
		if m := got.Matches[i]; m.Measurement != i || m.Sector.ID != w.sector || m.By != w.by {
			t.Errorf("%d: %s by %s, want %s by %s", i, m.Sector.ID, m.By, w.sector, w.by)
		}
	}
	if o := got.Observations[4]; !o.Censored || got.Matches[4].FloorDBm != -100 { // the weakest level received
		t.Errorf("missing level: %+v, floor %g", o, got.Matches[4].FloorDBm)
	}
	var reasons []Reason
	for _, l := range got.Left {
		reasons = append(reasons, l.Reason)
	}
	if fmt.Sprint(reasons) != "[unknown_sector no_sector no_sector too_near no_terrain no_sector]" {
		t.Errorf("left out: %v", reasons)
	}
	// A stated floor makes weaker levels none.
	options.FloorDBm = map[data.Technology]float64{data.LTE: -95}
	if got, err = Find(context.Background(), ms, sites, options); err != nil || !got.Observations[3].Censored || got.Observations[0].Censored {
		t.Errorf("%+v, error %v", got, err)
	}
	// The level is what comes out again: EIRP 59 dBm in 600 resource elements.
	o := got.Observations[2]
	if off := o.MeasuredDB - 80 - (59 - 10*math.Log10(600)); off > 0 || off < -6 { // 6 dB: the ridge behind is some degrees above the beam
		t.Errorf("a loss of %.2f dB for -80 dBm: off by %.2f", o.MeasuredDB, off)
	}
	_, err = Find(context.Background(), ms[5:6], sites, options)
	if !errors.Is(err, ErrNoMatch) || err.Error() != `none of 1 measurements has a path to its sector: 1 unknown_sector; expected measurements of the project's base stations, over its terrain (serving_id "X1" is no sector_id and no site_id of the base stations)` {
		t.Errorf("error %v", err)
	}
}

// Any number of workers gives the same.
func TestFindWorkers(t *testing.T) {
	sites := network(4)
	ms := drive(t, sites, propagation.P1812{}, 0, 3, -200)
	var want string
	for _, workers := range []int{1, 3} {
		got, err := Find(context.Background(), ms, sites, MatchOptions{Params: params(propagation.P1812{}), Workers: workers})
		if err != nil {
			t.Fatal(err)
		}
		if s := fmt.Sprintf("%v", got.Observations); want == "" {
			want = s
		} else if s != want {
			t.Errorf("%d workers give other observations", workers)
		}
	}
}
