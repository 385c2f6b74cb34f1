package calibrate

import (
	"context"
	"errors"
	"math"
	"path/filepath"
	"strconv"
	"testing"

	"github.com/covgap/covgap/coverage/linkbudget"
	"github.com/covgap/covgap/coverage/propagation"
	"github.com/covgap/covgap/coverage/sweep"
	"github.com/covgap/covgap/data"
	"github.com/covgap/covgap/geo/reference"
	"github.com/covgap/covgap/geo/terrain"
	"github.com/paulmach/orb"
)

// belgium reads a drive test of three base stations in Belgium, on foot and within
// 0.8 km, with what the file says of them: position, band and, but for one sector, azimuth. Height, gain,
// power and tilt are the program's defaults, and the terrain, of which nothing is
// given, is flat.
func belgium(t *testing.T) (ms []data.Measurement, sites []data.Site, flat *terrain.Grid) {
	file := filepath.Join(reference.Dir(t, "realcase/belgium_drive"), "measurements_lte_rsrp.csv")
	ctx := context.Background()
	ms, report, err := data.ReadMeasurements(ctx, []string{file}, data.Options{
		Mapping: data.Mapping{Where: map[string]data.OneOf{"serving": {"1"}}},
	})
	if err != nil {
		t.Fatal(err)
	}
	if report.Rows != 2321 || report.Filtered != 1368 || len(ms) != 953 || report.Rejected != 0 {
		t.Errorf("%d rows, %d filtered, %d read, %d rejected; its README counts 953 serving and 1,368 others", report.Rows, report.Filtered, len(ms), report.Rejected)
	}
	if m := ms[0]; m.LevelDBm != -78 || m.ServingID != "102764173" || m.Route != "ixelle_1" || m.Date != "2025-12-08" || m.FrequencyMHz != 2630 {
		t.Errorf("first row %+v", m)
	}

	stream, err := data.Open(ctx, file, data.Source{})
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = stream.Close() }()
	at := map[orb.Point]int{}
	seen := map[string]bool{}
	for f, err := range stream.Rows {
		if err != nil {
			t.Fatal(err)
		}
		value := func(name string) float64 {
			fd, _ := f.Field(name)
			v, err := strconv.ParseFloat(fd.Value, 64)
			if err != nil {
				return math.NaN()
			}
			return v
		}
		id, _ := f.Field("rawcellid")
		if p := (orb.Point{value("tower_lon"), value("tower_lat")}); !math.IsNaN(p[0]) && !seen[id.Value] {
			seen[id.Value] = true
			i, ok := at[p]
			if !ok {
				i = len(sites)
				at[p] = i
				sites = append(sites, data.Site{ID: "B" + strconv.Itoa(i), Position: p})
			}
			mhz, ok := data.ChannelFrequencyMHz(data.LTE, int(value("earfcn")))
			if !ok {
				t.Fatalf("earfcn %g", value("earfcn"))
			}
			s := data.Sector{
				ID: id.Value, SiteID: sites[i].ID, Technology: data.LTE, FrequencyMHz: mhz, BandwidthMHz: 10, AntennaHeightM: 30,
				AzimuthDeg: value("tower_azimuth"), ElectricalTiltDeg: 3, BeamwidthHDeg: 65, BeamwidthVDeg: 10, GainDBi: 17, PowerDBm: 43, LossesDB: 3,
				EIRPDBm: 57, Ports: 2, Status: data.StatusOnAir,
			}
			if math.IsNaN(s.AzimuthDeg) { // one sector's is blank: as the policy envelope reads it
				s.AzimuthDeg, s.Omni, s.BeamwidthHDeg = 0, true, 360
			}
			sites[i].Sectors = append(sites[i].Sectors, s)
		}
	}
	bound := ms[0].Position.Bound()
	for i := range ms {
		bound = bound.Extend(ms[i].Position)
	}
	const step = 0.001
	flat = &terrain.Grid{West: bound.Min[0] - 0.1, North: bound.Max[1] + 0.1, StepLon: step, StepLat: step}
	flat.Width, flat.Height = int((bound.Max[0]-bound.Min[0]+0.2)/step)+2, int((bound.Max[1]-bound.Min[1]+0.2)/step)+2
	flat.HeightsM = make([]float32, flat.Width*flat.Height)
	return ms, sites, flat
}

// Real levels: the file is read, every serving row finds its sector, and the fit, held
// out by walk, is better on walks it has not seen than the model alone. That is error
// beside the same three base stations, not elsewhere: by site nothing is claimed.
func TestBelgium(t *testing.T) {
	ms, sites, flat := belgium(t)
	if len(sites) != 3 {
		t.Errorf("%d base stations", len(sites))
	}
	for _, m := range []propagation.Model{propagation.P526{}, propagation.P1812{}} {
		matched, err := Find(context.Background(), ms, sites, MatchOptions{
			Params:   sweep.Params{Model: m, Terrain: flat, RxHeightM: 1.5, RadiusM: 5000, Resolution: 10},
			Receiver: linkbudget.Receiver{HeightM: 1.5},
		})
		if err != nil {
			t.Fatal(err)
		}
		near := 0
		for _, l := range matched.Left {
			if l.Reason == TooNear {
				near++
			}
		}
		// P.1812 begins at 0.25 km; nothing else is lost.
		if matched.Count(BySectorID) != len(matched.Matches) || near != len(matched.Left) || m.Name() == "p526" && near > 0 {
			t.Errorf("%s: %d of %d matched, %d too near, %d left out", m.Name(), matched.Count(BySectorID), len(ms), near, len(matched.Left))
		}
		c, r, err := Fit(matched.Observations, Options{Name: "belgium", Version: 1, Model: m.Name(), Source: m.Validity().Source, Heights: 1.5, Seed: 1})
		if err != nil {
			t.Fatal(err)
		}
		if r.Split != ByRoute || r.Groups < 10 || r.HeldOut == nil {
			t.Fatalf("%s: %d %s", m.Name(), r.Groups, r.Split)
		}
		t.Logf("%s: %d rows, held out by %d walks: without %+v, calibrated %+v", m.Name(), r.Rows, r.Groups, *r.Model, *r.HeldOut)
		for i, cell := range r.Cells {
			t.Logf("%s %g-%g MHz: %d rows, %d walks; offset %+v %v, slope %+v %v; held out %+v, without %+v; %.2f to %.2f km", cell.Class, cell.MinMHz, cell.MaxMHz, cell.Rows, cell.Groups,
				cell.Offset.Value, cell.Offset.Interval, cell.Slope.Value, cell.Slope.Interval, cell.HeldOut, cell.Model, c.Parameters[i].MinDistanceKm, c.Parameters[i].MaxDistanceKm)
			if cell.Class != LOS || cell.Factor.Interval != nil {
				t.Errorf("%s: class %s, factor %+v: on flat ground nothing is diffracted", m.Name(), cell.Class, cell.Factor)
			}
		}
		if r.HeldOut.RMSEDB >= r.Model.RMSEDB {
			t.Errorf("%s: held out %.1f dB calibrated, %.1f without", m.Name(), r.HeldOut.RMSEDB, r.Model.RMSEDB)
		}
		if _, bySite, err := Fit(matched.Observations, Options{Split: BySite}); err != nil && !errors.Is(err, ErrTooFew) || bySite.HeldOut != nil || bySite.Why == "" {
			t.Errorf("%s: three base stations are taken for enough: %+v, error %v", m.Name(), bySite.HeldOut, err)
		}
	}
}
