package data_test

import (
	"bufio"
	"bytes"
	"context"
	"encoding/csv"
	"encoding/json"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/covgap/covgap/data"
	"github.com/covgap/covgap/geo/geodesy"
	"github.com/covgap/covgap/geo/reference"
	"github.com/goccy/go-yaml"
	"github.com/google/go-cmp/cmp"
	"github.com/paulmach/orb"
	"pgregory.net/rapid"
)

func sites(t testing.TB, content string, opt data.Options) ([]data.Site, *data.Report) {
	t.Helper()
	s, r, err := data.ReadSites(context.Background(), []string{write(t, "sites.csv", content)}, opt)
	if err != nil {
		t.Fatal(err)
	}
	for _, reject := range r.Rejects {
		t.Errorf("rejected: %v", reject.Err)
	}
	return s, r
}

func villages(t testing.TB, name, content string, opt data.Options) ([]data.Village, *data.Report) {
	t.Helper()
	v, r, err := data.ReadVillages(context.Background(), []string{write(t, name, content)}, opt)
	if err != nil {
		t.Fatal(err)
	}
	for _, reject := range r.Rejects {
		t.Errorf("rejected: %v", reject.Err)
	}
	return v, r
}

func assumed(r *data.Report, column string) map[string]int {
	out := map[string]int{}
	for _, a := range r.Assumptions {
		if a.Column == column {
			out[a.Value] += a.Rows
		}
	}
	return out
}

func warned(r *data.Report, part string) int {
	n := 0
	for _, w := range r.Warnings {
		if strings.Contains(w.Text, part) {
			n += w.Rows
		}
	}
	return n
}

// A row with everything stated stands as it is: nothing is assumed.
func TestFullSector(t *testing.T) {
	got, r := sites(t, "site_id,longitude,latitude,name,sector_id,operator,technology,carrier,frequency_mhz,antenna_height_m,azimuth_deg,mechanical_tilt_deg,"+
		"electrical_tilt_deg,beamwidth_h_deg,beamwidth_v_deg,gain_dbi,power_dbm,ports,losses_db,bandwidth_mhz,antenna_file,structure_type,structure_height_m,owner,status,on_air_date,off_air_date,power_source,backhaul\n"+
		"CB001,106.1,22.6,Nà Bản,CB001-1,Viettel,LTE,1800,1842.5,42,120,2,4,63,7,17.5,46,4,0.5,20,x.msi,tower,45,VNPT,on_air,2021-05-01,2030-01-01,grid,fibre\n", data.Options{})
	want := data.Sector{
		ID: "CB001-1", SiteID: "CB001", Operator: "Viettel", Technology: data.LTE, Carrier: "1800", FrequencyMHz: 1842.5, BandwidthMHz: 20,
		AntennaHeightM: 42, AzimuthDeg: 120, MechanicalTiltDeg: 2, ElectricalTiltDeg: 4, BeamwidthHDeg: 63, BeamwidthVDeg: 7, GainDBi: 17.5, Ports: 4,
		PowerDBm: 46, LossesDB: 0.5, EIRPDBm: 63, AntennaFile: "x.msi", Status: data.StatusOnAir, OnAirDate: "2021-05-01", OffAirDate: "2030-01-01",
	}
	have := got[0].Sectors[0]
	want.Pos = have.Pos
	if d := cmp.Diff(want, have); d != "" {
		t.Error(d)
	}
	site := got[0]
	if site.Name != "Nà Bản" || site.Owner != "VNPT" || site.StructureType != "tower" || site.StructureHeightM != 45 || site.PowerSource != "grid" || site.Backhaul != "fibre" {
		t.Errorf("site %+v", site)
	}
	if len(r.Assumptions) != 0 {
		t.Errorf("assumed %v", r.Assumptions)
	}
	for date, on := range map[string]bool{"": true, "2021-04-30": false, "2021-05-01": true, "2029-12-31": true, "2030-01-01": false} {
		if have.OnAir(date) != on {
			t.Errorf("on air on %q: %v", date, !on)
		}
	}
}

// Dates decide where they are given, the status where they are not.
func TestOnAir(t *testing.T) {
	for _, c := range []struct {
		status  data.Status
		on, off string
		date    string
		want    bool
	}{
		{data.StatusOnAir, "", "", "1990-01-01", true},
		{data.StatusOnAir, "2022", "", "2021-12-31", false},
		{data.StatusOnAir, "2022", "", "2022-01-01", true},
		{data.StatusOnAir, "2022-07", "", "2022-06-30", false},
		{data.StatusOnAir, "2022-07", "", "2022-07-01", true},
		{data.StatusOnAir, "", "2022-07", "2022-07-01", false},
		{data.StatusOffAir, "2020", "2024-01-15", "2024-01-14", true},
		{data.StatusOffAir, "2020", "2024-01-15", "2024-01-15", false},
		{data.StatusOffAir, "2020", "", "2021-01-01", false},
		{data.StatusOffAir, "2020", "2024-01-15", "", false},
		{data.StatusPlanned, "2027", "", "2026-12-31", false},
		{data.StatusPlanned, "2027", "", "2027-01-01", true},
		{data.StatusPlanned, "", "", "2040-01-01", false},
		{data.StatusPlanned, "2020", "", "", false},
	} {
		s := data.Sector{Status: c.status, OnAirDate: c.on, OffAirDate: c.off}
		if got := s.OnAir(c.date); got != c.want {
			t.Errorf("%s, on %q, off %q: on air on %q: %v", c.status, c.on, c.off, c.date, got)
		}
	}
}

// A row with nothing but an id and a position is three LTE sectors on defaults,
// and everything assumed is said.
func TestBareSite(t *testing.T) {
	got, r := sites(t, "site_id,longitude,latitude\nA,106.1,22.6\n", data.Options{})
	if len(got) != 1 || len(got[0].Sectors) != 3 || r.Sectors != 3 {
		t.Fatalf("%d sites, %d sectors", len(got), len(got[0].Sectors))
	}
	for i, c := range got[0].Sectors {
		want := data.Sector{
			ID: fmt.Sprintf("A/LTE-%d", i+1), SiteID: "A", Operator: "unspecified", Technology: data.LTE, FrequencyMHz: 1842.5, BandwidthMHz: 10, AntennaHeightM: 30,
			AzimuthDeg: float64(120 * i), ElectricalTiltDeg: 3, BeamwidthHDeg: 65, BeamwidthVDeg: 10, GainDBi: 17, Ports: 2, PowerDBm: 43, LossesDB: 3, EIRPDBm: 57,
			Status: data.StatusOnAir, Pos: c.Pos,
			Assumed: []string{
				"operator", "technology", "frequency_mhz", "bandwidth_mhz", "antenna_height_m", "azimuth_deg", "mechanical_tilt_deg", "electrical_tilt_deg",
				"beamwidth_h_deg", "beamwidth_v_deg", "gain_dbi", "power_dbm", "ports", "losses_db", "status",
			},
		}
		if d := cmp.Diff(want, c); d != "" {
			t.Error(d)
		}
	}
	for _, column := range got[0].Sectors[0].Assumed {
		if n := assumed(r, column); len(n) != 1 {
			t.Errorf("%s: report has %v", column, n)
		}
	}
	for _, a := range r.Assumptions {
		if a.Rows != 1 || a.Source == "" {
			t.Errorf("assumption %+v", a)
		}
	}
}

func TestBlankAzimuth(t *testing.T) {
	const table = "site_id,longitude,latitude,technology,azimuth_deg,antenna_type\n"
	for _, c := range []struct {
		row      string
		policy   data.AzimuthPolicy
		azimuths []float64
		omni     bool
		gainDBi  float64
	}{
		{"A,106,22.6,LTE,,", "", []float64{0, 120, 240}, false, 17},
		{"A,106,22.6,LTE,-,", data.Three, []float64{0, 120, 240}, false, 17},
		{"A,106,22.6,LTE,,", data.Envelope, []float64{0}, true, 17},
		{"A,106,22.6,LTE,,", data.Omni, []float64{0}, true, 11},
		{"A,106,22.6,LTE,0,", data.Omni, []float64{0}, false, 17},
		{"A,106,22.6,LTE,omni,", "", []float64{0}, true, 11},
		{"A,106,22.6,LTE,Vô hướng,", "", []float64{0}, true, 11},
		{"A,106,22.6,LTE,360,", "", []float64{0}, true, 11},
		{"A,106,22.6,LTE,,Omni", "", []float64{0}, true, 11},
		{"A,106,22.6,LTE,75,sector", "", []float64{75}, false, 17},
	} {
		got, _ := sites(t, table+c.row+"\n", data.Options{BlankAzimuth: c.policy})
		var azimuths []float64
		for _, s := range got[0].Sectors {
			azimuths = append(azimuths, s.AzimuthDeg)
			if s.Omni != c.omni || s.GainDBi != c.gainDBi || s.Omni && s.BeamwidthHDeg != 360 {
				t.Errorf("%s under %q: omni %v, gain %v, beamwidth %v", c.row, c.policy, s.Omni, s.GainDBi, s.BeamwidthHDeg)
			}
		}
		if !slices.Equal(azimuths, c.azimuths) {
			t.Errorf("%s under %q: azimuths %v, want %v", c.row, c.policy, azimuths, c.azimuths)
		}
	}
	if _, _, err := data.ReadSites(context.Background(), nil, data.Options{BlankAzimuth: "four"}); err == nil {
		t.Error("policy four is accepted")
	}
}

// Three named rows of one carrier are the three sectors, not nine.
func TestNamedSectorsWithoutAzimuth(t *testing.T) {
	got, r := sites(t, "site,lon,lat,cell_id,tech\nA,106,22.6,A1,LTE\nA,106,22.6,A2,LTE\nA,106,22.6,A3,LTE\nA,106,22.6,A4,GSM\n", data.Options{})
	var have []string
	for _, s := range got[0].Sectors {
		have = append(have, fmt.Sprintf("%s %s %v", s.ID, s.Technology, s.AzimuthDeg))
	}
	want := []string{"A1 LTE 0", "A2 LTE 120", "A3 LTE 240", "A4-1 GSM 0", "A4-2 GSM 120", "A4-3 GSM 240"}
	if d := cmp.Diff(want, have); d != "" {
		t.Error(d)
	}
	if r.Rows != 4 || r.Records != 1 || r.Sectors != 6 {
		t.Errorf("rows %d, sites %d, sectors %d", r.Rows, r.Records, r.Sectors)
	}
}

func TestTechnologiesOfARow(t *testing.T) {
	for list, want := range map[string][]data.Radio{
		"GSM|UMTS|LTE":     {{Technology: data.GSM}, {Technology: data.UMTS}, {Technology: data.LTE}},
		"2G/3G/4G/5G":      {{Technology: data.GSM}, {Technology: data.UMTS}, {Technology: data.LTE}, {Technology: data.NR}},
		"lte + nr":         {{Technology: data.LTE}, {Technology: data.NR}},
		"LTE1800;LTE 2600": {{Technology: data.LTE, Carrier: "1800"}, {Technology: data.LTE, Carrier: "2600"}},
		"L18, L1800":       nil,
		"G900,U2100,N3500": {{Technology: data.GSM, Carrier: "900"}, {Technology: data.UMTS, Carrier: "2100"}, {Technology: data.NR, Carrier: "3500"}},
		"4G LTE":           {{Technology: data.LTE}},
		"5G NSA":           {{Technology: data.NR}},
		"LTE-A, LTE900":    {{Technology: data.LTE, Carrier: "900"}},
		"":                 {},
		" | ":              {},
		"1800":             nil,
		"Wi-Fi":            nil,
	} {
		got, err := data.ParseTechnologies(list)
		if want == nil {
			if err == nil {
				t.Errorf("%q: %v, want an error", list, got)
			}
			continue
		}
		if err != nil || !slices.Equal(got, want) {
			t.Errorf("%q: %v, %v; want %v", list, got, err, want)
		}
	}
}

func TestFrequencyOfASector(t *testing.T) {
	header := "site_id,longitude,latitude,technology,carrier,frequency_mhz,earfcn,azimuth_deg\n"
	for _, c := range []struct {
		row     string
		mhz     float64
		carrier string
		assumed bool
	}{
		{"A,106,22.6,LTE,,,,0", 1842.5, "", true},
		{"A,106,22.6,NR,,,,0", 2550, "", true},
		{"A,106,22.6,LTE,L900,,,0", 942.5, "L900", false},
		{"A,106,22.6,LTE,B28,,,0", 780.5, "B28", false},
		{"A,106,22.6,LTE,Band 7,,,0", 2655, "Band 7", false},
		{"A,106,22.6,NR,n78,,,0", 3550, "n78", false},
		{"A,106,22.6,LTE,F2,,,0", 1842.5, "F2", true},
		{"A,106,22.6,LTE,1800,1835,1300,0", 1835, "1800", false}, // the frequency itself comes first
		{"A,106,22.6,LTE,,1835,,0", 1835, "1835", false},
		{"A,106,22.6,LTE900,,,,0", 942.5, "900", false},
	} {
		got, _ := sites(t, header+c.row+"\n", data.Options{})
		s := got[0].Sectors[0]
		if s.FrequencyMHz != c.mhz || s.Carrier != c.carrier || slices.Contains(s.Assumed, "frequency_mhz") != c.assumed {
			t.Errorf("%s: %v MHz, carrier %q, assumed %v", c.row, s.FrequencyMHz, s.Carrier, s.Assumed)
		}
	}
	got, _ := sites(t, header+"A,106,22.6,LTE,900/1800,,,0\n", data.Options{})
	if n := len(got[0].Sectors); n != 2 || got[0].Sectors[1].FrequencyMHz != 1842.5 {
		t.Errorf("900/1800: %d sectors", n)
	}
}

// The channel numbers are the ends of bands as their tables give them: 3GPP TS
// 45.005 §2, TS 25.101 Table 5.2, TS 36.101 Table 5.7.3-1, TS 38.104 Table 5.4.2.3-1.
func TestChannelFrequency(t *testing.T) {
	for _, c := range []struct {
		t       data.Technology
		channel int
		mhz     float64
	}{
		{data.GSM, 1, 935.2},
		{data.GSM, 124, 959.8},
		{data.GSM, 975, 925.2},
		{data.GSM, 512, 1805.2},
		{data.GSM, 885, 1879.8},
		{data.UMTS, 10562, 2112.4},
		{data.UMTS, 10838, 2167.6},
		{data.UMTS, 2937, 927.4},
		{data.UMTS, 3088, 957.6},
		{data.LTE, 0, 2110},
		{data.LTE, 1200, 1805},
		{data.LTE, 1949, 1879.9},
		{data.LTE, 3450, 925},
		{data.LTE, 2750, 2620},
		{data.LTE, 9210, 758},
		{data.LTE, 38650, 2300},
		{data.LTE, 39650, 2496},
		{data.LTE, 66436, 2110},
		{data.LTE, 68935, 651.9},
		{data.LTE, 70645, 426.9},
		{data.UMTS, 3842, 731.4},
		{data.UMTS, 5762, 861.4},
		{data.GSM, 940, 918.2},
		{data.NR, 499200, 2496},
		{data.NR, 537999, 2689.995},
		{data.NR, 620000, 3300},
		{data.NR, 653333, 3799.995},
		{data.NR, 2054166, 26500.02},
	} {
		// Half the finest raster, 5 kHz.
		if got, ok := data.ChannelFrequencyMHz(c.t, c.channel); !ok || math.Abs(got-c.mhz) > 0.0025 {
			t.Errorf("%s %d: %v, want %v", c.t, c.channel, got, c.mhz)
		}
	}
	for tech, channel := range map[data.Technology]int{data.GSM: 300, data.UMTS: 5, data.LTE: 5000, data.NR: -1} {
		if f, ok := data.ChannelFrequencyMHz(tech, channel); ok {
			t.Errorf("%s %d is %v MHz", tech, channel, f)
		}
	}
}

func TestTDD(t *testing.T) {
	for _, c := range []struct {
		t    data.Technology
		mhz  float64
		want bool
	}{
		{data.LTE, 1842.5, false}, {data.LTE, 2350, true}, {data.LTE, 2595, true}, {data.LTE, 2655, false}, {data.LTE, 3500, true},
		{data.NR, 763, false}, {data.NR, 2140, false}, {data.NR, 2550, true}, {data.NR, 3500, true}, {data.NR, 27000, true},
		{data.UMTS, 2140, false}, {data.GSM, 1890, false},
	} {
		if got := data.TDD(c.t, c.mhz); got != c.want {
			t.Errorf("%s at %g MHz: TDD %v", c.t, c.mhz, got)
		}
	}
}

func TestPowerAndEIRP(t *testing.T) {
	header := "site_id,longitude,latitude,azimuth_deg,power_dbm,gain_dbi,losses_db,eirp_dbm\n"
	got, r := sites(t, header+"A,106,22.6,0,40,15,1,\nB,106.1,22.6,0,,15,1,60\nC,106.2,22.6,0,40,15,1,70\n", data.Options{})
	for i, want := range []struct{ power, eirp float64 }{{40, 54}, {46, 60}, {40, 70}} {
		if s := got[i].Sectors[0]; s.PowerDBm != want.power || s.EIRPDBm != want.eirp {
			t.Errorf("%s: power %v, EIRP %v", s.SiteID, s.PowerDBm, s.EIRPDBm)
		}
	}
	if n := warned(r, "eirp_dbm is not"); n != 1 {
		t.Errorf("%d warnings about EIRP, want 1", n)
	}
}

func TestJoinedRows(t *testing.T) {
	at := func(azimuth, m float64) string {
		p := geodesy.Destination(orb.Point{106, 22.6}, azimuth, m)
		return strconv.FormatFloat(p[0], 'f', 9, 64) + "," + strconv.FormatFloat(p[1], 'f', 9, 64)
	}
	table := "site_id,longitude,latitude,operator,azimuth_deg\n" +
		"V1," + at(0, 0) + ",Viettel,0\n" +
		"P1," + at(90, 49) + ",VNPT,0\n" + // on V1's mast
		"M1," + at(90, 51) + ",MobiFone,0\n" + // its own, though 2 m from P1
		"V1," + at(0, 20) + ",Viettel,120\n" +
		"V1," + at(0, 30000) + ",MobiFone,0\n" + // another operator's V1
		"V1," + at(180, 400) + ",Viettel,240\n" // a remote sector
	got, r := sites(t, table, data.Options{})
	type row struct {
		ID      string
		Others  []string
		Rows    int
		Sectors int
	}
	var have []row
	for _, s := range got {
		have = append(have, row{s.ID, s.OtherIDs, s.Rows, len(s.Sectors)})
	}
	want := []row{{"V1", []string{"P1"}, 3, 3}, {"M1", nil, 1, 1}, {"V1-2", nil, 1, 1}, {"V1-3", nil, 1, 1}}
	if d := cmp.Diff(want, have); d != "" {
		t.Error(d)
	}
	if r.Rows != 6 || r.Records != 4 || r.Sectors != 6 {
		t.Errorf("rows %d, sites %d, sectors %d", r.Rows, r.Records, r.Sectors)
	}
	if warned(r, "another operator's") != 1 || warned(r, "more than 50 m apart") != 1 {
		t.Errorf("warnings %v", r.Warnings)
	}
	if got, _ := sites(t, table, data.Options{JoinM: 60}); len(got) != 3 {
		t.Errorf("%d sites within 60 m, want 3", len(got))
	}
}

// No row lies further than the join distance from its site, and no two sites
// started by different ids lie nearer.
func TestJoinDistance(t *testing.T) {
	dir := t.TempDir()
	rapid.Check(t, func(rt *rapid.T) {
		n := rapid.IntRange(1, 60).Draw(rt, "n")
		var b strings.Builder
		b.WriteString("site_id,lon,lat,azimuth\n")
		points := make([]orb.Point, n)
		for i := range n {
			p := geodesy.Destination(orb.Point{106, 22.6}, rapid.Float64Range(0, 360).Draw(rt, "az"), rapid.Float64Range(0, 300).Draw(rt, "m"))
			points[i] = orb.Point{math.Round(p[0]*1e6) / 1e6, math.Round(p[1]*1e6) / 1e6}
			fmt.Fprintf(&b, "S%d,%.6f,%.6f,0\n", i, points[i][0], points[i][1])
		}
		path := filepath.Join(dir, "s.csv")
		if err := os.WriteFile(path, []byte(b.String()), 0o600); err != nil {
			rt.Fatal(err)
		}
		got, r, err := data.ReadSites(context.Background(), []string{path}, data.Options{})
		if err != nil {
			rt.Fatal(err)
		}
		rows := 0
		for i, s := range got {
			rows += s.Rows
			for _, id := range append([]string{s.ID}, s.OtherIDs...) {
				k, _ := strconv.Atoi(id[1:])
				if d := geodesy.Distance(points[k], s.Position); d > data.DefaultJoinM {
					rt.Fatalf("%s lies %v m from its site", id, d)
				}
			}
			for _, o := range got[:i] {
				if d := geodesy.Distance(o.Position, s.Position); d <= data.DefaultJoinM {
					rt.Fatalf("sites %s and %s lie %v m apart", o.ID, s.ID, d)
				}
			}
		}
		if rows != n || r.Accepted != n {
			rt.Fatalf("%d rows in sites of %d", rows, n)
		}
	})
}

func TestHeadersOfOtherTongues(t *testing.T) {
	got, r := sites(t, "\ufeffMã trạm;Kinh độ;Vĩ độ;Nhà mạng;Công nghệ;Độ cao anten;Azimut;Tần số;Ghi chú\r\nCB-01;106,25;22,67;Viettel;4G;42,5;120;1842,5;tốt\r\n", data.Options{})
	s := got[0]
	c := s.Sectors[0]
	if s.ID != "CB-01" || s.Position != (orb.Point{106.25, 22.67}) || c.Operator != "Viettel" || c.AntennaHeightM != 42.5 || c.AzimuthDeg != 120 || c.FrequencyMHz != 1842.5 {
		t.Errorf("%+v", s)
	}
	if !slices.Equal(r.Unused, []string{"Ghi chú"}) {
		t.Errorf("unused %v", r.Unused)
	}
	v, _ := villages(t, "v.tsv", "THÔN/XÓM\tMã xã\tDân số\tSố hộ\tCó điện lưới\tTình trạng sóng\tlng\tlat\tBán kính\nNà Bản\t01273\t312\t70\tkhông\tlõm sóng\t106.25\t22.67\t300\n", data.Options{})
	want := data.Village{
		ID: "row-000001", Name: "Nà Bản", CommuneCode: "01273", Geometry: orb.Point{106.25, 22.67}, RadiusM: 300, Population: 312, Households: 70,
		GridPower: data.No, Declared: data.Weak, Pos: v[0].Pos,
	}
	if d := cmp.Diff(want, v[0]); d != "" {
		t.Error(d)
	}
}

func TestNamesAreNFC(t *testing.T) {
	const decomposed, composed = "Nà Bản", "Nà Bản"
	v, _ := villages(t, "v.csv", "id,name,lon,lat\n1,"+decomposed+",106,22.6\n", data.Options{})
	if v[0].Name != composed {
		t.Errorf("%+q", v[0].Name)
	}
}

func TestMappingFromYAML(t *testing.T) {
	var m data.Mapping
	err := yaml.UnmarshalWithOptions([]byte(`
columns:
  power_dbm.LTE: max_power_lte
  power_dbm.UMTS: max_power_umts
  technology: techs
values:
  max_power_lte: {Sehr Klein: 27, Klein: 34, Mittel: 40, Gross: 46}
  power_dbm.UMTS: {Klein: 33}
  technology: {4g+: LTE}
where:
  in_aoi: 1
  canton: [UR, BE]
constants:
  operator: Swisscom
  antenna_height_m: 25
  antenna_height_m.UMTS: 20
  azimuth_deg: omni
`), &m, yaml.Strict())
	if err != nil {
		t.Fatal(err)
	}
	got, r := sites(t, "site_id,lon,lat,techs,max_power_umts,max_power_lte,in_aoi,canton\n"+
		"A,8.1,46.6,UMTS|LTE,Klein,sehr klein,1,UR\nB,8.2,46.6,4G+,,Gross,1,be\nC,8.3,46.6,LTE,,Gross,0,UR\nD,8.4,46.6,LTE,,Gross,1,VS\n", data.Options{Mapping: m})
	if len(got) != 2 || r.Filtered != 2 || r.Rows != 4 {
		t.Fatalf("%d sites, %d filtered of %d", len(got), r.Filtered, r.Rows)
	}
	for _, c := range []struct {
		s              data.Sector
		tech           data.Technology
		power, heightM float64
	}{
		{got[0].Sectors[0], data.UMTS, 33, 20},
		{got[0].Sectors[1], data.LTE, 27, 25},
		{got[1].Sectors[0], data.LTE, 46, 25},
	} {
		if c.s.Technology != c.tech || c.s.PowerDBm != c.power || c.s.AntennaHeightM != c.heightM || c.s.Operator != "Swisscom" || !c.s.Omni {
			t.Errorf("%+v", c.s)
		}
	}
	_, r, err = data.ReadSites(context.Background(), []string{write(t, "s.csv", "site_id,lon,lat,techs,max_power_umts,max_power_lte,in_aoi,canton\n"+
		"A,8.1,46.6,LTE,,Riesig,1,UR\nB,8.1,46.6,LTE,,Gross,1,UR\n")}, data.Options{Mapping: m})
	if err != nil || len(r.Rejects) != 1 || !strings.Contains(r.Rejects[0].Reason(), "Riesig") || !strings.Contains(r.Rejects[0].Reason(), "mapping translates") {
		t.Errorf("a value that is not translated: %v, %v", r.Rejects, err)
	}
}

func TestMappingNames(t *testing.T) {
	for column, holds := range map[string]string{
		"powr_dbm":     "did you mean power_dbm?",
		"power_dbm.6G": `"6G"`,
		"owner.LTE":    "same for every technology",
	} {
		m := data.Mapping{Columns: map[string]string{column: "x"}}
		if err := m.Validate(data.Sites); err == nil || !strings.Contains(err.Error(), holds) {
			t.Errorf("%s: error %v, want %q", column, err, holds)
		}
	}
	a, err := data.ParseAssignment("sites.power_dbm.LTE = max power")
	if want := (data.Assignment{Kind: data.Sites, Column: "power_dbm.LTE", Source: "max power"}); err != nil || a != want {
		t.Errorf("%+v, %v", a, err)
	}
	for _, s := range []string{"", "villages.id", "id=plz", "houses.id=x", "villages.idd=x", "villages.id="} {
		if _, err := data.ParseAssignment(s); err == nil {
			t.Errorf("%q is accepted", s)
		}
	}
}

func TestIDs(t *testing.T) {
	for _, c := range []struct {
		name, header, row, id, assumed string
	}{
		{"id", "id,plz,code,lon,lat", "a,6460,x,106,22.6", "a", ""},
		{"postcode", "plz,bfs,lon,lat", "06460,1,106,22.6", "06460", "plz"},
		{"official number", "bfs,lon,lat", "0012,106,22.6", "0012", "bfs"},
		{"none", "foo,lon,lat", "06460,106,22.6", "row-000001", "row-000001 …"},
		{"blank", "id,lon,lat", ",106,22.6", "row-000001", "row-000001 …"},
	} {
		v, r := villages(t, "v.csv", c.header+"\n"+c.row+"\n", data.Options{})
		if v[0].ID != c.id {
			t.Errorf("%s: id %q, want %q", c.name, v[0].ID, c.id)
		}
		if n := assumed(r, "id"); c.assumed != "" && n[c.assumed] != 1 || c.assumed == "" && len(n) != 0 {
			t.Errorf("%s: assumed %v", c.name, n)
		}
	}
	v, _ := villages(t, "v.geojson", `{"type":"FeatureCollection","features":[{"type":"Feature","id":"w7","properties":{"name":"x"},"geometry":{"type":"Point","coordinates":[106,22.6]}}]}`, data.Options{})
	if v[0].ID != "w7" {
		t.Errorf("the feature's own id: %q", v[0].ID)
	}
}

func TestPartsOfOneID(t *testing.T) {
	beside := "[[106.01,22.6],[106.02,22.6],[106.02,22.61],[106.01,22.61],[106.01,22.6]]"
	v, r := villages(t, "v.geojson", collection(polygon(`"plz":6383`, square1), polygon(`"plz":6383`, beside), polygon(`"plz":6383`, square2), polygon(`"plz":1`, square2)), data.Options{})
	if len(v) != 2 || r.Rows != 4 || r.Accepted != 4 || warned(r, "parts of one record") != 2 {
		t.Fatalf("%d villages, report %+v", len(v), r)
	}
	mp, ok := v[0].Geometry.(orb.MultiPolygon)
	if !ok || len(mp) != 2 {
		t.Fatalf("%v, want two parts: neighbours are united", v[0].Geometry)
	}
	one := v[1].AreaM2()
	if got := v[0].AreaM2(); math.Abs(got/one-3) > 1e-6 { // three squares of one latitude
		t.Errorf("area %v, want three times %v", got, one)
	}
	v, r = villages(t, "v.csv", "plz,name,lon,lat\n6390,A,8.4,46.8\n6390,B,8.41,46.8\n6390,C,8.42,46.8\n", data.Options{})
	if v[0].ID != "6390" || v[1].ID != "6390-2" || v[2].ID != "6390-3" || warned(r, "told apart") != 2 {
		t.Errorf("ids %s, %s, %s; %v", v[0].ID, v[1].ID, v[2].ID, r.Warnings)
	}
}

func communes(t testing.TB) *data.AreaIndex {
	t.Helper()
	a, _, err := data.ReadAreas(context.Background(), []string{write(t, "a.geojson", collection(
		polygon(`"code":"01273","name":"Thục Phán","population":1000`, "[[106.0,22.6],[106.1,22.6],[106.1,22.7],[106.0,22.7],[106.0,22.6]]"),
		polygon(`"code":"01279","name":"Nùng Trí Cao"`, "[[106.1,22.6],[106.2,22.6],[106.2,22.7],[106.1,22.7],[106.1,22.6]]"),
	))}, data.Options{})
	if err != nil {
		t.Fatal(err)
	}
	return data.NewAreaIndex(a)
}

func TestCommuneAndPopulation(t *testing.T) {
	ix := communes(t)
	table := "id,lon,lat,radius_m,commune_code,population,households\n" +
		"a,106.05,22.65,100,,400,\n" + // by position, states its people
		"b,106.05,22.66,200,1273,,\n" + // by number; four times c's area
		"c,106.05,22.67,100,01273,,\n" +
		"d,106.15,22.65,100,,,10\n" + // households
		"e,106.15,22.66,100,,,\n" + // its commune states none
		"f,106.5,22.65,100,99999,,\n" // nowhere
	v, r := villages(t, "v.csv", table, data.Options{Areas: ix})
	for i, want := range []struct {
		code       string
		population float64
		estimated  bool
	}{
		{"01273", 400, false},
		{"01273", 480, true},
		{"01273", 120, true},
		{"01279", 36, true},
		{"01279", 120, true}, // the median of 36, 120, 400, 480, the lower of the middle two
		{"99999", 120, true},
	} {
		// The shares are ratios of areas computed the same way.
		if v[i].CommuneCode != want.code || math.Abs(v[i].Population-want.population) > 1e-9 || v[i].Estimated != want.estimated {
			t.Errorf("%s: commune %q, %v people, estimated %v; want %+v", v[i].ID, v[i].CommuneCode, v[i].Population, v[i].Estimated, want)
		}
		if _, unit := v[i].Weight(); unit != data.People {
			t.Errorf("%s: weight in %s", v[i].ID, unit)
		}
	}
	if v[0].Commune != "Thục Phán" {
		t.Errorf("commune %q", v[0].Commune)
	}
	if n := assumed(r, "population"); n["by area"] != 2 || n["households × 3.6"] != 1 || n["120"] != 2 {
		t.Errorf("assumed %v", n)
	}
	if warned(r, "leading zeros") != 1 || warned(r, "no area has") != 1 {
		t.Errorf("warnings %v", r.Warnings)
	}

	v, r = villages(t, "v.csv", "id,lon,lat\na,106.05,22.65\n", data.Options{})
	weight, unit := v[0].Weight()
	// A circle of the default 500 m.
	if unit != data.AreaM2 || math.Abs(weight-math.Pi*500*500) > 1e-6 || assumed(r, "population")["area"] != 1 || assumed(r, "radius_m")["500"] != 1 {
		t.Errorf("weight %v %s, report %v", weight, unit, r.Assumptions)
	}
}

func TestInCRS(t *testing.T) {
	// EPSG:9210 is the zone of Cao Bang; its central meridian of 105°45' has the
	// easting 500 000 m. The datum shift of EPSG:6960 moves it by less than 0.003°.
	got, report := sites(t, "site_id,x,y\nA,500000,2508000\n", data.Options{InCRS: "EPSG:9210"})
	if report.CRS != "EPSG:9210" {
		t.Errorf("read in %q", report.CRS)
	}
	if p := got[0].Position; math.Abs(p[0]-105.75) > 0.003 || math.Abs(p[1]-22.67) > 0.01 {
		t.Errorf("position %v", p)
	}
	swapped, _ := sites(t, "site_id,x,y\nA,2508000,500000\n", data.Options{InCRS: "EPSG:9210", SwapXY: true})
	if swapped[0].Position != got[0].Position {
		t.Errorf("swapped %v, in order %v", swapped[0].Position, got[0].Position)
	}
	v, _ := villages(t, "v.geojson", `{"type":"FeatureCollection","crs":{"type":"name","properties":{"name":"urn:ogc:def:crs:EPSG::9210"}},"features":[`+
		polygon(`"id":"a"`, "[[500000,2508000],[501000,2508000],[501000,2509000],[500000,2509000],[500000,2508000]]")+`]}`, data.Options{InCRS: "EPSG:9210"})
	// A square kilometre of a map with a scale of 0.9999.
	if got := v[0].AreaM2() / 1e6; math.Abs(got-1/(0.9999*0.9999)) > 2e-5 {
		t.Errorf("area %v km²", got)
	}
	if _, _, err := data.ReadSites(context.Background(), nil, data.Options{InCRS: "EPSG:1"}); err == nil || !strings.Contains(err.Error(), "--in-crs") {
		t.Errorf("error %v", err)
	}
}

func TestAreaIndex(t *testing.T) {
	ix := communes(t)
	for _, c := range []struct {
		p    orb.Point
		code string
	}{
		{orb.Point{106.05, 22.65}, "01273"},
		{orb.Point{106.15, 22.65}, "01279"},
		{orb.Point{106.1, 22.65}, "01279"}, // on the border: the ray to the east leaves one and is in the other
		{orb.Point{106.25, 22.65}, ""},
		{orb.Point{106.05, 22.5}, ""},
	} {
		a, ok := ix.At(c.p)
		if ok != (c.code != "") || ok && a.Code != c.code {
			t.Errorf("%v: %v, %v; want %q", c.p, a, ok, c.code)
		}
	}
	var none *data.AreaIndex
	if _, ok := none.At(orb.Point{1, 2}); ok || none.Areas() != nil || none.Bound() != (orb.Bound{}) {
		t.Error("a nil index holds something")
	}
}

func TestGeoJSONSitesAndLines(t *testing.T) {
	line := `{"type":"Feature","properties":{"site_id":"A","techs":"GSM","power":43.0,"code":"04"},"geometry":{"type":"Point","coordinates":[106.1,22.6]}}`
	path := write(t, "s.geojsonl", line+"\n"+strings.Replace(strings.Replace(line, `"A"`, `"B"`, 1), "106.1", "106.2", 1)+"\n")
	got, r, err := data.ReadSites(context.Background(), []string{path}, data.Options{})
	if err != nil || len(got) != 2 || r.Sectors != 6 || got[1].Sectors[0].Pos.Line != 2 {
		t.Errorf("%d sites, error %v", len(got), err)
	}
	// A file without an extension that means anything is known by its content.
	if _, err := read(data.Sites, write(t, "export.dat", "site_id;lon;lat\nA;106,1;22,6\n"), data.Options{}); err != nil {
		t.Error(err)
	}
}

func TestTwoFilesAreOneKind(t *testing.T) {
	a := write(t, "a.csv", "site_id,lon,lat,azimuth\nA,106.1,22.6,0\n")
	b := write(t, "b.csv", "azimut;vĩ độ;kinh độ;mã trạm\n120;22,6;106,1;A\n")
	got, r, err := data.ReadSites(context.Background(), []string{a, b}, data.Options{})
	if err != nil || len(got) != 1 || got[0].Rows != 2 || len(got[0].Sectors) != 2 || len(r.Files) != 2 {
		t.Errorf("%+v, %v", got, err)
	}
	if !strings.HasSuffix(got[0].Sectors[1].Pos.File, "b.csv") {
		t.Errorf("place %v", got[0].Sectors[1].Pos)
	}
}

func TestSchemas(t *testing.T) {
	for _, kind := range data.Kinds() {
		s, err := data.SchemaOf(string(kind))
		if err != nil {
			t.Fatal(err)
		}
		seen := map[string]bool{}
		for _, c := range s.Columns {
			if seen[c.Name] || c.Meaning.EN == "" || c.Meaning.VI == "" || c.Type == "" {
				t.Errorf("%s.%s: %+v", kind, c.Name, c)
			}
			if c.Range != nil && c.Range.Min >= c.Range.Max {
				t.Errorf("%s.%s: range %v", kind, c.Name, c.Range)
			}
			seen[c.Name] = true
		}
		text, err := s.JSON()
		if err != nil {
			t.Fatal(err)
		}
		var back data.Schema
		if err := json.Unmarshal(text, &back); err != nil {
			t.Fatal(err)
		}
		if d := cmp.Diff(s, back); d != "" {
			t.Errorf("%s does not survive JSON: %s", kind, d)
		}
	}
	if _, err := data.SchemaOf("vilages"); err == nil || !strings.Contains(err.Error(), "did you mean villages?") {
		t.Errorf("error %v", err)
	}
}

// The real register of Swiss antenna sites: no operator, height, azimuth, tilt or
// band, and power in four classes.
func TestSwissSites(t *testing.T) {
	path := filepath.Join(reference.Dir(t, "realcase/swiss_uri"), "sites_bakom_2018.csv")
	class := map[string]string{"Sehr Klein": "27", "Klein": "34", "Mittel": "40", "Gross": "46"}
	m := data.Mapping{
		Columns: map[string]string{"power_dbm.GSM": "max_power_gsm", "power_dbm.UMTS": "max_power_umts", "power_dbm.LTE": "max_power_lte"},
		Values:  map[string]map[string]string{"power_dbm": class},
	}
	got, r, err := data.ReadSites(context.Background(), []string{path}, data.Options{Mapping: m})
	if err != nil {
		t.Fatal(err)
	}
	f, err := os.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = f.Close() }()
	rows, err := csv.NewReader(bufio.NewReader(f)).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	// Joined by hand: each row to the nearest first row within 50 m.
	var anchors []orb.Point
	power := map[float64]int{}
	for _, row := range rows[1:] {
		lon, _ := strconv.ParseFloat(row[1], 64)
		lat, _ := strconv.ParseFloat(row[2], 64)
		p := orb.Point{lon, lat}
		if !slices.ContainsFunc(anchors, func(q orb.Point) bool { return geodesy.Distance(p, q) <= 50 }) {
			anchors = append(anchors, p)
		}
		for _, c := range row[9:12] {
			if c != "" {
				v, _ := strconv.ParseFloat(class[c], 64)
				power[v] += 3
			}
		}
	}
	// Counts of the file: 521 rows, 401 with GSM, 363 with UMTS, 296 with LTE.
	if r.Rows != 521 || r.Accepted != 521 || r.Sectors != 3*(401+363+296) || len(got) != len(anchors) {
		t.Errorf("rows %d, accepted %d, sites %d of %d, sectors %d", r.Rows, r.Accepted, len(got), len(anchors), r.Sectors)
	}
	have := map[float64]int{}
	for _, s := range got {
		for _, c := range s.Sectors {
			have[c.PowerDBm]++
		}
	}
	if d := cmp.Diff(power, have); d != "" {
		t.Errorf("sectors by power: %s", d)
	}
	for column, want := range map[string]map[string]int{
		"operator":         {"unspecified": 521},
		"antenna_height_m": {"30": 521},
		"azimuth_deg":      {"0, 120, 240": 521},
		"frequency_mhz":    {"947.5 (GSM)": 401, "2140 (UMTS)": 363, "1842.5 (LTE)": 296},
		"power_dbm":        {},
	} {
		if d := cmp.Diff(want, assumed(r, column)); d != "" {
			t.Errorf("assumed %s: %s", column, d)
		}
	}
}

func TestSwissVillages(t *testing.T) {
	dir := reference.Dir(t, "realcase/swiss_uri")
	areas, r, err := data.ReadAreas(context.Background(), []string{filepath.Join(dir, "municipalities.geojson")}, data.Options{})
	if err != nil || len(areas) != 37 || assumed(r, "code")["bfs"] != 37 {
		t.Fatalf("%d communes, error %v, report %v", len(areas), err, r)
	}
	people := 0.0
	for _, a := range areas {
		people += a.Population
	}
	if people != 85454 { // stated with the data
		t.Errorf("%v people in the communes", people)
	}
	ix := data.NewAreaIndex(areas)
	// 74 polygons of 65 postcodes.
	v, r, err := data.ReadVillages(context.Background(), []string{filepath.Join(dir, "plz_areas.geojson")}, data.Options{Areas: ix})
	if err != nil || r.Rows != 74 || r.Accepted != 74 || len(v) != 65 {
		t.Errorf("%d villages of %d rows, %d accepted, error %v", len(v), r.Rows, r.Accepted, err)
	}
	// 93 localities, 25 of which share a postcode with one before.
	v, r, err = data.ReadVillages(context.Background(), []string{filepath.Join(dir, "localities.csv")}, data.Options{Areas: ix})
	if err != nil || len(v) != 93 || warned(r, "told apart") != 25 {
		t.Fatalf("%d villages, error %v, warnings %v", len(v), err, r.Warnings)
	}
	ids := map[string]bool{}
	sum, inCommune := 0.0, map[string]bool{}
	for _, x := range v {
		ids[x.ID] = true
		sum += x.Population
		inCommune[x.CommuneCode] = true
	}
	want := 0.0
	for _, a := range areas {
		if inCommune[a.Code] {
			want += a.Population
		}
	}
	if len(ids) != 93 || math.Abs(sum-want) > 1e-6 { // rounding of 93 sums
		t.Errorf("%d ids, %v people in villages of communes with %v", len(ids), sum, want)
	}
}

func TestCommunesOfCaoBang(t *testing.T) {
	dir := reference.Dir(t, "realcase/cao_bang")
	areas, r, err := data.ReadAreas(context.Background(), []string{filepath.Join(dir, "communes_2025_cao_bang.geojson")}, data.Options{})
	if err != nil || len(areas) != 56 || r.Rejected != 0 {
		t.Fatalf("%d communes, %d rejected, error %v", len(areas), r.Rejected, err)
	}
	if a := areas[0]; a.Code != "01273" || a.Name != "Thục Phán" {
		t.Errorf("first commune %q %q", a.Code, a.Name)
	}
	ix := data.NewAreaIndex(areas)
	v, r, err := data.ReadVillages(context.Background(), []string{filepath.Join(dir, "communes_pre2025_199.geojson")}, data.Options{Areas: ix})
	if err != nil || len(v) != 199 || r.Rejected != 0 {
		t.Fatalf("%d villages, %d rejected, error %v", len(v), r.Rejected, err)
	}
	used := map[string]bool{}
	for _, x := range v {
		a, ok := ix.At(x.Point())
		if !ok || a.Code != x.CommuneCode {
			t.Errorf("%s lies in %v, has commune %s", x.ID, a, x.CommuneCode)
		}
		used[x.CommuneCode] = true
	}
	if len(used) != 56 { // every commune was made from old ones
		t.Errorf("villages in %d communes", len(used))
	}
}

func FuzzParseTechnologies(f *testing.F) {
	for _, s := range []string{"GSM|UMTS|LTE", "2G/3G", "L1800, L2600", "LTE 1800", "LTE 0", "", "Wi-Fi", "５G", "LTE１"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		radios, err := data.ParseTechnologies(s)
		if err != nil && radios != nil {
			t.Errorf("%q: both %v and %v", s, radios, err)
		}
		var words []string
		for _, r := range radios {
			words = append(words, string(r.Technology)+r.Carrier)
		}
		again, err := data.ParseTechnologies(strings.Join(words, ";"))
		if err != nil || !slices.Equal(radios, again) {
			t.Errorf("%q gives %v, and written out %v (%v)", s, radios, again, err)
		}
	})
}

func FuzzParseAssignment(f *testing.F) {
	for _, s := range []string{"villages.id=plz", "sites.power_dbm.LTE=max_power_lte", "areas.name=tên", "x", "sites.=", "=.="} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		a, err := data.ParseAssignment(s)
		if err != nil {
			return
		}
		var m data.Mapping
		m.Set(a)
		if err := m.Validate(a.Kind); err != nil {
			t.Errorf("%q is accepted and then refused: %v", s, err)
		}
	})
}

// FuzzCoordinates: whatever stands in a coordinate column, the row is either a
// site on earth or a reject, never lost.
func FuzzCoordinates(f *testing.F) {
	for _, s := range [][2]string{{"106.1", "22.6"}, {"22.6", "106.1"}, {"106,1", "22,6"}, {"NaN", "-Inf"}, {"551195", "2508000"}, {"1e400", "0x1p3"}, {"106°06'", ""}, {"\"", "\n"}} {
		f.Add(s[0], s[1])
	}
	dir := f.TempDir()
	f.Fuzz(func(t *testing.T, x, y string) {
		var b bytes.Buffer
		w := csv.NewWriter(&b)
		w.Comma = ';'
		_ = w.Write([]string{"site_id", "lon", "lat"})
		_ = w.Write([]string{"G", "106.5", "22.5"})
		_ = w.Write([]string{"H", "106.6", "22.5"})
		_ = w.Write([]string{"A", x, y})
		w.Flush()
		path := filepath.Join(dir, "s.csv")
		if err := os.WriteFile(path, b.Bytes(), 0o600); err != nil {
			t.Fatal(err)
		}
		got, r, err := data.ReadSites(context.Background(), []string{path}, data.Options{})
		if err != nil {
			return // text that is no table
		}
		if r.Rows != r.Accepted+r.Rejected || len(r.Rejects) != r.Rejected {
			t.Errorf("rows %d, accepted %d, rejected %d", r.Rows, r.Accepted, r.Rejected)
		}
		for _, s := range got {
			if !(math.Abs(s.Position[0]) <= 180 && math.Abs(s.Position[1]) <= 90) {
				t.Errorf("site at %v", s.Position)
			}
		}
	})
}

func BenchmarkReadSites(b *testing.B) {
	var buf bytes.Buffer
	buf.WriteString("site_id,longitude,latitude,operator,technology,antenna_height_m,azimuth_deg,power_dbm\n")
	const rows = 100_000
	for i := range rows {
		fmt.Fprintf(&buf, "S%06d,%.6f,%.6f,Viettel,LTE,%d,%d,43\n", i/3, 104+float64(i/3%1000)*0.004, 20+float64(i/3/1000)*0.004, 20+i%40, i%3*120)
	}
	path := write(b, "s.csv", buf.String())
	b.ReportAllocs()
	for b.Loop() {
		if _, _, err := data.ReadSites(context.Background(), []string{path}, data.Options{}); err != nil {
			b.Fatal(err)
		}
	}
	b.ReportMetric(float64(rows)*float64(b.N)/b.Elapsed().Seconds(), "rows/s")
}
