package propagation

import (
	"errors"
	"fmt"
	"maps"
	"math"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/covgap/covgap/geo/reference"
)

// pflProfile reads "n_intervals, step_m, h0 … hn".
func pflProfile(t *testing.T, fields []string) *Profile {
	t.Helper()
	n, stepM := int(number(t, fields[0])), number(t, fields[1])
	p := &Profile{}
	for i := range n + 1 {
		p.DistanceM = append(p.DistanceM, float64(i)*stepM)
		p.TerrainM = append(p.TerrainM, number(t, fields[2+i]))
	}
	return p
}

// itmCase is a row of a table of ITM cases, by column name.
type itmCase map[string]string

func readITMCases(t *testing.T, path string) []itmCase {
	t.Helper()
	rows := readCSV(t, path)
	var out []itmCase
	for _, row := range rows[1:] {
		c := itmCase{}
		for i, name := range rows[0] {
			c[name] = row[i]
		}
		out = append(out, c)
	}
	return out
}

// value is the case's value under the first of the names that it has; files name
// their columns differently.
func (c itmCase) value(t *testing.T, names ...string) float64 {
	t.Helper()
	for _, name := range names {
		if text, ok := c[name]; ok {
			return number(t, text)
		}
	}
	t.Fatalf("no column %v in %v", names, c)
	return 0
}

// link reads the link of a case but for its percentages.
func (c itmCase) link(t *testing.T) Link {
	t.Helper()
	v, err := ITMVariabilityOf(int(c.value(t, "mdvar")))
	if err != nil {
		t.Fatal(err)
	}
	l := Link{
		FrequencyMHz: c.value(t, "f_mhz", "f__mhz"),
		TxHeightM:    c.value(t, "h_tx_m", "h_tx__meter"),
		RxHeightM:    c.value(t, "h_rx_m", "h_rx__meter"),
		ITM: ITMParameters{
			Climate:      ITMClimate(c.value(t, "climate")),
			Permittivity: c.value(t, "epsilon"),
			Conductivity: c.value(t, "sigma"),
			Variability:  v,
		},
		Explain: true,
	}
	if n0, ok := c["N_0"]; ok {
		l.Climate.N0 = number(t, n0)
	}
	if c.value(t, "pol", "pol_0h_1v") == 0 {
		l.Polarization = Horizontal
	}
	return l
}

// shares adds the percentages of time, location and situation.
func (c itmCase) shares(t *testing.T, l Link) Link {
	t.Helper()
	l.TimePercent = c.value(t, "time", "time_pct")
	l.LocationPercent = c.value(t, "location", "location_pct")
	l.ITM.SituationPercent = c.value(t, "situation", "situation_pct")
	return l
}

// Half a unit of the last printed digit, with room for the binary fraction.
const (
	oneDecimal  = 0.05 + 1e-9
	twoDecimals = 0.005 + 1e-9
)

func mustAreaLoss(t *testing.T, a ITMArea, l Link) Result {
	t.Helper()
	res, err := ITMAreaLoss(a, l)
	if err != nil {
		t.Fatal(err)
	}
	return res
}

// The five point-to-point and five area cases NTIA publishes with ITM 1.3.
func TestPublishedITM(t *testing.T) {
	dir := reference.Dir(t, "validation/itm_ntia")
	profiles := readCSV(t, filepath.Join(dir, "pfls.csv"))
	for i, c := range readITMCases(t, filepath.Join(dir, "p2p.csv")) {
		got := mustLoss(t, ITM{}, pflProfile(t, profiles[i]), c.shares(t, c.link(t))).LossDB
		if want := c.value(t, "A__db"); math.Abs(got-want) > twoDecimals {
			t.Errorf("point-to-point case %d: %.4f dB, want %.2f", i, got, want)
		}
	}
	for i, c := range readITMCases(t, filepath.Join(dir, "area.csv")) {
		got := mustAreaLoss(t, c.area(t), c.shares(t, c.link(t))).LossDB
		if want := c.value(t, "A__db"); math.Abs(got-want) > oneDecimal {
			t.Errorf("area case %d: %.4f dB, want %.1f", i, got, want)
		}
	}
}

func (c itmCase) area(t *testing.T) ITMArea {
	t.Helper()
	return ITMArea{
		DistanceKm:    c.value(t, "d__km"),
		IrregularityM: c.value(t, "delta_h__meter"),
		TxSiting:      ITMSiting(c.value(t, "tx_siting_criteria", "tx_site_criteria")),
		RxSiting:      ITMSiting(c.value(t, "rx_siting_criteria", "rx_site_criteria")),
	}
}

// The examples of NTIA's command-line driver: losses, intermediate values and tables.
func TestPublishedITMExamples(t *testing.T) {
	dir := filepath.Join(reference.Dir(t, "validation/itm_ntia"), "cmd_examples")
	profile := pflProfile(t, readCSV(t, filepath.Join(dir, "pfl.txt"))[0])
	units := []struct {
		line, name string
		unit       float64 // of the printed value
		half       float64 // of the last printed digit
	}{
		{"Basic Transmission Loss  ", "loss", 1, oneDecimal}, {"Free Space  ", "Afs", 1, oneDecimal},
		{"d__km ", "d", 1, 0.0005}, {"theta_hzn_tx", "thetae1", 1e-3, 0.0005}, {"theta_hzn_rx", "thetae2", 1e-3, 0.0005},
		{"d_hzn_tx__meter", "dL1", 1, 0.5}, {"d_hzn_rx__meter", "dL2", 1, 0.5},
		{"h_e_tx__meter", "he1", 1, oneDecimal}, {"h_e_rx__meter", "he2", 1, oneDecimal},
		{"N_s ", "Ns", 1, oneDecimal}, {"delta_h__meter", "deltah", 1, oneDecimal},
		{"A_ref__db", "Aref", 1, oneDecimal}, {"Mode of Propagation", "mode", 1, 0},
	}
	examples := map[string]int{"p2ptls": 13, "p2pcr": 13, "p2pcr_tbl": 9, "areatls": 13, "areacr": 13, "areacr_tbl": 57}
	for name, figures := range examples {
		c := itmCase{}
		lists := map[string][]string{}
		for _, row := range readCSV(t, filepath.Join(dir, "i_"+name+".txt")) {
			c[row[0]], lists[row[0]] = row[1], row[1:]
		}
		text, err := os.ReadFile(filepath.Join(dir, "o_"+name+".txt"))
		if err != nil {
			t.Fatal(err)
		}
		_, output, _ := strings.Cut(string(text), "Results\n")
		compute := func(l Link) Result {
			if strings.HasPrefix(name, "p2p") {
				return mustLoss(t, ITM{}, profile, l)
			}
			return mustAreaLoss(t, c.area(t), l)
		}
		var res Result
		switch {
		case c["time"] != "":
			res = compute(c.shares(t, c.link(t)))
		default:
			res = compute(c.link(t).WithConfidence(c.value(t, "reliability"), c.value(t, "confidence")))
		}
		checked := 0
		for line := range strings.Lines(output) {
			for _, u := range units {
				if strings.HasPrefix(line, u.line) && !strings.Contains(name, "tbl") {
					want := number(t, strings.Fields(strings.TrimPrefix(line, strings.TrimSpace(u.line)))[0]) * u.unit
					got := res.LossDB
					if u.name != "loss" {
						got = quantity(t, res, u.name)
					}
					checked++
					if math.Abs(got-want) > u.half*u.unit+1e-9 {
						t.Errorf("%s: %s = %.8g, want %g", name, u.name, got, want)
					}
				}
			}
			field := strings.Fields(line)
			if len(field) < 4 || strings.Trim(field[0], "0123456789") != "" {
				continue
			}
			// A row of a table: the distance and free space, or the reliability, then a
			// loss for each confidence.
			reliability, losses := c.value(t, "reliability"), field[len(field)-3:]
			if strings.HasPrefix(name, "area") {
				c["d__km"] = field[0]
			} else {
				reliability = number(t, field[0])
			}
			for i, confidence := range lists["confidence"] {
				checked++
				got := compute(c.link(t).WithConfidence(reliability, number(t, confidence))).LossDB
				if math.Abs(got-number(t, losses[i])) > oneDecimal+2e-4 { // as in TestITMMountains
					t.Errorf("%s: %s at confidence %s: %.4f dB, want %s", name, field[0], confidence, got, losses[i])
				}
			}
		}
		if checked != figures {
			t.Errorf("%s: %d figures checked, want %d", name, checked, figures)
		}
	}
}

// The two paths that come with ITS's point-to-point program: 41.5 MHz over 78 km
// and 573.3 MHz over the same path, at five reliabilities and three confidences.
func TestPublishedITMPaths(t *testing.T) {
	dir := reference.Dir(t, "validation/itm_qkpfl_winnforum")
	profile := pflProfile(t, readCSV(t, filepath.Join(dir, "profile.csv"))[0])
	path, _ := itmEven(profile)
	for i, c := range readITMCases(t, filepath.Join(dir, "cases.csv")) {
		l := c.link(t).WithConfidence(c.value(t, "reliability_pct"), c.value(t, "confidence_pct"))
		// Published for the refractivity at the surface; Alg (1.2) the other way round.
		l.Climate.N0 = c.value(t, "N_s_at_surface") * math.Exp(path.meanHeightM()/9460)
		got := mustLoss(t, ITM{}, profile, l).LossDB
		if want := c.value(t, "A_db"); math.Abs(got-want) > oneDecimal {
			t.Errorf("case %d: %.4f dB, want %.1f", i, got, want)
		}
	}
}

// 1,200 mountain paths computed with NTIA ITM 1.3, each with its intermediates.
//
// The lines of Alg §7 start at 1/10 and end at 9/10 of a horizon's distance, cut to
// whole steps. Where a horizon stands a multiple of ten steps away, the last bits of
// the step decide which sample that is, and the effective height with it; but the
// steps are printed with nine digits. 26 paths have such a horizon, and five come out
// with the sample beside the right one. For those the published effective height has
// to be that of a line which starts or ends one sample further, and all else has to
// follow from it, with the precision of the other paths.
func TestITMMountains(t *testing.T) {
	dir := reference.Dir(t, "validation/mountain")
	profiles := map[string]*Profile{}
	for _, row := range readCSV(t, filepath.Join(dir, "profiles.csv"))[1:] {
		profiles[row[0]] = pflProfile(t, append([]string{row[1], row[2]}, row[4:]...))
	}
	beside := map[string]bool{}
	computed, worstDB := 0, 0.0
	for i, c := range readITMCases(t, filepath.Join(dir, "itm_p2p.csv")) {
		p, l := profiles[c["id"]], c.shares(t, c.link(t))
		res := mustLoss(t, ITM{}, p, l)
		wrong := c.differences(t, res)
		if len(wrong) > 0 {
			beside[c["id"]] = true
			for _, end := range []struct {
				p                      *Profile
				heightM, horizonM, heM float64
				he                     string
			}{
				{p, l.TxHeightM, c.value(t, "d_hzn_tx_m"), c.value(t, "h_e_tx_m"), "he1"},
				{p.reversed(), l.RxHeightM, c.value(t, "d_hzn_rx_m"), c.value(t, "h_e_rx_m"), "he2"},
			} {
				if math.Abs(quantity(t, res, end.he)-end.heM) > 1e-5 && !besideLine(end.p, end.heightM, end.horizonM, end.heM) {
					t.Errorf("case %d: %s of %.6f m is that of no line beside", i, end.he, end.heM)
				}
			}
			res = itmWithEffectiveHeights(t, p, l, c.value(t, "h_e_tx_m"), c.value(t, "h_e_rx_m"))
			wrong = c.differences(t, res)
		}
		if len(wrong) > 0 {
			t.Errorf("case %d: %s", i, strings.Join(wrong, "; "))
		}
		computed++
		worstDB = max(worstDB, math.Abs(res.LossDB-c.value(t, "A_db")))
	}
	t.Logf("%d cases, worst loss %.2g dB off; by a line beside: %v", computed, worstDB, slices.Sorted(maps.Keys(beside)))
	if diff := cmp.Diff([]string{"102", "202", "210", "292", "314"}, slices.Sorted(maps.Keys(beside))); diff != "" || computed != 1200 {
		t.Errorf("%d cases, want 1200; paths by a line beside (-want +got):\n%s", computed, diff)
	}
}

// differences says what of a result is not as published.
func (c itmCase) differences(t *testing.T, res Result) (wrong []string) {
	t.Helper()
	if got, want := ITMFlagsOf(res.Warnings), ITMFlags(c.value(t, "warnings")); got != want {
		wrong = append(wrong, fmt.Sprintf("flags %#x, want %#x", got, want))
	}
	for _, q := range []struct {
		name, column string
		tolerance    float64
	}{
		{"loss", "A_db", 2e-4}, {"Aref", "A_ref_db", 2e-4}, // what the constants' own rounding leaves
		// The rest is printed with six decimals or more.
		{"Afs", "A_fs_db", 1e-5}, {"mode", "mode", 1e-5},
		{"thetae1", "theta_tx_rad", 1e-5}, {"thetae2", "theta_rx_rad", 1e-5},
		{"dL1", "d_hzn_tx_m", 1e-5}, {"dL2", "d_hzn_rx_m", 1e-5},
		{"he1", "h_e_tx_m", 1e-5}, {"he2", "h_e_rx_m", 1e-5},
		{"deltah", "delta_h_m", 1e-5}, {"Ns", "N_s", 1e-5},
	} {
		got, want := res.LossDB, c.value(t, q.column)
		if q.name != "loss" {
			got = quantity(t, res, q.name)
		}
		if math.Abs(got-want) > q.tolerance {
			wrong = append(wrong, fmt.Sprintf("%s %.8g, want %.8g", q.name, got, want))
		}
	}
	return wrong
}

// besideLine says whether effectiveM is the effective height above a line under the
// transmitter that starts or ends one sample away from where 1/10 and 9/10 of a
// horizon lie, which has to be a multiple of ten steps away.
func besideLine(p *Profile, heightM, horizonM, effectiveM float64) bool {
	stepM, z := p.DistanceM[1], p.TerrainM
	tens := math.Round(horizonM / stepM / 10)
	if math.Abs(horizonM/stepM-10*tens) > 1e-6 { // six decimals of metres
		return false
	}
	start := int(min(15*heightM, 0.1*horizonM)/stepM + 1e-6)
	end := int(9 * tens)
	for _, moved := range [][2]int{{-1, 0}, {0, -1}, {0, 1}} {
		if start+moved[0] < 0 {
			continue
		}
		atStart, _ := fitLine(z, start+moved[0], end+moved[1])
		if math.Abs(heightM+max(z[0]-atStart, 0)-effectiveM) < 1e-5 {
			return true
		}
	}
	return false
}

// itmWithEffectiveHeights is the loss with effective heights that are given.
func itmWithEffectiveHeights(t *testing.T, p *Profile, l Link, txM, rxM float64) Result {
	t.Helper()
	s, err := l.itmSystem()
	if err != nil {
		t.Fatal(err)
	}
	path, buffer := itmEven(p)
	defer itmRelease(buffer)
	s.link.ns = s.n0 * math.Exp(-path.meanHeightM()/9460) // Alg (1.2)
	if err := s.refract(); err != nil {
		t.Fatal(err)
	}
	s.link.pointToPoint = true
	s.link.deltaHM = path.prepare(&s.link.tx, &s.link.rx, s.link.gamma)
	s.link.tx.effectiveM, s.link.rx.effectiveM = txM, rxM
	res, err := s.result(path.length, true)
	if err != nil {
		t.Fatal(err)
	}
	return res
}

// The area cases of NTIA ITM 1.3 (NTIA/itm, area.csv) and rows of its example of a
// table (cmd_examples/o_areacr_tbl.txt), and mountain paths and a mountain path computed
// with it.
func TestITMFigures(t *testing.T) {
	link := func(txM, rxM, mhz, n0 float64, pol Polarization, climate ITMClimate, mdvar int, shares ...float64) Link {
		v, err := ITMVariabilityOf(mdvar)
		if err != nil {
			t.Fatal(err)
		}
		return Link{TxHeightM: txM, RxHeightM: rxM, FrequencyMHz: mhz, Polarization: pol,
			TimePercent: shares[0], LocationPercent: shares[1], Climate: Climate{N0: n0},
			ITM: ITMParameters{Climate: climate, Conductivity: 0.008, Variability: v, SituationPercent: shares[2]}}
	}
	table := func(confidencePercent float64) Link {
		l := link(3, 3, 10000, 301, Vertical, ContinentalTemperate, 3, 0, 0, 0)
		l.ITM.Conductivity = 0.005
		return l.WithConfidence(90, confidencePercent)
	}
	areas := []struct {
		area ITMArea
		link Link
		want float64
	}{
		{ITMArea{16, 0, RandomSiting, RandomSiting}, link(10, 1, 230, 301, Horizontal, ContinentalTemperate, 0, 87, 50, 50), 152.5},
		{ITMArea{10, 10, CarefulSiting, RandomSiting}, link(3, 1.5, 450, 301, Horizontal, ContinentalTemperate, 1, 40, 28, 25), 133.0},
		{ITMArea{100, 5, VeryCarefulSiting, CarefulSiting}, link(15, 3, 980, 301, Vertical, Desert, 2, 92, 53, 97), 224.1},
		{ITMArea{75, 20, RandomSiting, CarefulSiting}, link(3, 5, 3100, 301, Vertical, ContinentalSubtropical, 3, 50, 80, 43), 205.1},
		{ITMArea{25, 45, CarefulSiting, VeryCarefulSiting}, link(1.5, 10, 8900, 301, Vertical, Equatorial, 0, 70, 99, 26), 156.0},
		{ITMArea{DistanceKm: 10}, table(50), 147.0},
		{ITMArea{DistanceKm: 50}, table(75), 220.0},
		{ITMArea{DistanceKm: 300}, table(90), 250.4},
		{ITMArea{DistanceKm: 1000}, table(50), 295.6},
	}
	for i, tt := range areas {
		if got := mustAreaLoss(t, tt.area, tt.link).LossDB; math.Abs(got-tt.want) > oneDecimal {
			t.Errorf("area %d: %.4f dB, want %.1f", i, got, tt.want)
		}
	}
	climbing := &Profile{}
	for i, z := range []float64{159.97, 181.14, 210.27, 247.01, 251.87, 257.62, 265.09, 286.38, 331.05} {
		climbing.DistanceM = append(climbing.DistanceM, 83.1046895*float64(i))
		climbing.TerrainM = append(climbing.TerrainM, z)
	}
	paths := []struct {
		mhz      float64
		pol      Polarization
		climate  ITMClimate
		shares   [3]float64
		want     float64
		freeDB   float64
		excessDB float64
	}{
		{700, Horizontal, ContinentalTemperate, [3]float64{50, 50, 50}, 107.397117, 85.806271, 21.590901},
		{900, Vertical, ContinentalTemperate, [3]float64{10, 50, 50}, 112.239244, 87.989161, 24.251597},
		{1800, Horizontal, ContinentalTemperate, [3]float64{50, 90, 50}, 125.934090, 94.009760, 31.924398},
		{2100, Vertical, ContinentalTemperate, [3]float64{50, 50, 90}, 139.051917, 95.348696, 33.496157},
		{2600, Horizontal, Equatorial, [3]float64{50, 50, 50}, 133.109286, 97.203777, 35.905106},
	}
	for _, tt := range paths {
		l := link(30, 1.5, tt.mhz, 301, tt.pol, tt.climate, 12, tt.shares[:]...)
		l.ITM.Conductivity, l.Explain = 0.005, true
		res := mustLoss(t, ITM{}, climbing, l)
		for _, q := range []struct {
			name      string
			got, want float64
		}{{"loss", res.LossDB, tt.want}, {"Afs", quantity(t, res, "Afs"), tt.freeDB}, {"Aref", quantity(t, res, "Aref"), tt.excessDB}} {
			if math.Abs(q.got-q.want) > 2e-4 { // as in TestITMMountains
				t.Errorf("%g MHz: %s %.6f dB, want %.6f", tt.mhz, q.name, q.got, q.want)
			}
		}
		if got := ITMFlagsOf(res.Warnings); got != 1984 {
			t.Errorf("%g MHz: flags %d, want 1984", tt.mhz, got)
		}
	}
}

func TestITMRefusals(t *testing.T) {
	path := &Profile{DistanceM: []float64{0, 500, 1000}, TerrainM: []float64{1, 2, 3}}
	below := &Profile{DistanceM: []float64{0, 500, 1000}, TerrainM: []float64{-90e3, -90e3, -90e3}}
	above := &Profile{DistanceM: []float64{0, 500, 1000}, TerrainM: []float64{9000, 9000, 9000}}
	area := ITMArea{DistanceKm: 10}
	tests := []struct {
		code   int
		path   *Profile // nil for area mode
		change func(*Link, *ITMArea)
	}{
		{1000, path, func(l *Link, _ *ITMArea) { l.TxHeightM = 0.4 }},
		{1001, path, func(l *Link, _ *ITMArea) { l.RxHeightM = 3001 }},
		{1002, path, func(l *Link, _ *ITMArea) { l.ITM.Climate = 8 }},
		{1003, path, func(l *Link, _ *ITMArea) { l.TimePercent = 100 }},
		{1004, path, func(l *Link, _ *ITMArea) { l.LocationPercent = -1 }},
		{1005, path, func(l *Link, _ *ITMArea) { l.ITM.SituationPercent = math.NaN() }},
		{1008, path, func(l *Link, _ *ITMArea) { l.Climate.N0 = 249 }},
		{1009, path, func(l *Link, _ *ITMArea) { l.FrequencyMHz = 20001 }},
		{1010, path, func(l *Link, _ *ITMArea) { l.Polarization = 2 }},
		{1011, path, func(l *Link, _ *ITMArea) { l.ITM.Permittivity = 1 }},
		{1012, path, func(l *Link, _ *ITMArea) { l.ITM.Conductivity = -1 }},
		{1013, path, func(l *Link, _ *ITMArea) { l.ITM.Conductivity = 1e30 }},
		{1014, path, func(l *Link, _ *ITMArea) { l.ITM.Variability.Mode = 4 }},
		{1017, nil, func(_ *Link, a *ITMArea) { a.DistanceKm = 0 }},
		{1018, nil, func(_ *Link, a *ITMArea) { a.IrregularityM = -1 }},
		{1019, nil, func(_ *Link, a *ITMArea) { a.TxSiting = 3 }},
		{1020, nil, func(_ *Link, a *ITMArea) { a.RxSiting = -1 }},
		{1021, above, func(*Link, *ITMArea) {}},
		{1022, below, func(*Link, *ITMArea) {}},
	}
	for _, tt := range tests {
		l, a := Link{FrequencyMHz: 900, TxHeightM: 30, RxHeightM: 1.5}, area
		tt.change(&l, &a)
		var err error
		if tt.path != nil {
			_, err = ITM{}.Loss(tt.path, l)
		} else {
			_, err = ITMAreaLoss(a, l)
		}
		var refusal *ITMError
		if !errors.As(err, &refusal) || refusal.Code != tt.code {
			t.Errorf("want error %d, got %v", tt.code, err)
			continue
		}
		if !errors.Is(err, ErrLink) && !errors.Is(err, ErrProfile) {
			t.Errorf("error %d is neither about the link nor about the profile: %v", tt.code, err)
		}
	}
	for _, mdvar := range []int{-1, 4, 15, 40} {
		if v, err := ITMVariabilityOf(mdvar); !errors.Is(err, ErrLink) {
			t.Errorf("mode of variability %d: %v, %v, want ErrLink", mdvar, v, err)
		}
	}
}

// What NTIA's flags say, each by a path that has it.
func TestITMWarnings(t *testing.T) {
	l := Link{FrequencyMHz: 900, TxHeightM: 30, RxHeightM: 1.5}
	// A ridge that towers over a terminal, and a plain on its other side.
	tower := func(atM, heightM float64) *Profile {
		p := &Profile{}
		for i := range 101 {
			x := 100 * float64(i)
			p.DistanceM = append(p.DistanceM, x)
			p.TerrainM = append(p.TerrainM, 0)
			if x == atM {
				p.TerrainM[i] = heightM
			}
		}
		return p
	}
	long := func(km float64) *Profile {
		return &Profile{DistanceM: []float64{0, km * 500, km * 1000}, TerrainM: []float64{0, 0, 0}}
	}
	high := func(p *Profile, m float64) *Profile {
		for i := range p.TerrainM {
			p.TerrainM[i] += m
		}
		return p
	}
	tests := []struct {
		path   *Profile
		change func(*Link)
		want   ITMFlags
	}{
		{long(10), func(*Link) {}, 0},
		{long(10), func(l *Link) { l.TxHeightM = 0.9 }, 0x1},
		{long(20), func(l *Link) { l.RxHeightM = 1001 }, 0x2},
		{long(10), func(l *Link) { l.FrequencyMHz = 39 }, 0x4},
		{long(1001), func(*Link) {}, 0x8 | 0x800 | 0x1000},
		{long(2001), func(*Link) {}, 0x18 | 0x800 | 0x1000},
		{long(1.1), func(l *Link) { l.TxHeightM = 300 }, 0x20},
		{long(0.9), func(*Link) {}, 0x40},
		{tower(300, 300), func(*Link) {}, 0x80 | 0x200},
		{tower(9900, 300), func(*Link) {}, 0x100 | 0x400},
		{long(10), func(l *Link) { l.TimePercent = 0.05 }, 0x2000},
		{high(long(10), 4000), func(*Link) {}, 0x4000},
	}
	for i, tt := range tests {
		link := l
		tt.change(&link)
		res := mustLoss(t, ITM{}, tt.path, link)
		if got := ITMFlagsOf(res.Warnings); got != tt.want {
			t.Errorf("path %d: flags %#x, want %#x: %v", i, got, tt.want, res.Warnings)
		}
	}
}

// A profile of uneven steps that lies on an even one's lines has its loss.
func TestITMUnevenSteps(t *testing.T) {
	even := mountains(rand.New(rand.NewPCG(9, 9)), 101, 100, false)
	uneven := &Profile{}
	for i, x := range even.DistanceM {
		if i > 1 && i%10 == 1 { // a sample more, on the line between its neighbours
			uneven.DistanceM = append(uneven.DistanceM, x-50)
			uneven.TerrainM = append(uneven.TerrainM, (even.TerrainM[i-1]+even.TerrainM[i])/2)
		}
		uneven.DistanceM = append(uneven.DistanceM, x)
		uneven.TerrainM = append(uneven.TerrainM, even.TerrainM[i])
	}
	halved := &Profile{}
	for i, x := range even.DistanceM {
		if i > 0 {
			halved.DistanceM = append(halved.DistanceM, x-50)
			halved.TerrainM = append(halved.TerrainM, (even.TerrainM[i-1]+even.TerrainM[i])/2)
		}
		halved.DistanceM = append(halved.DistanceM, x)
		halved.TerrainM = append(halved.TerrainM, even.TerrainM[i])
	}
	l := Link{FrequencyMHz: 900, TxHeightM: 30, RxHeightM: 1.5}
	got, want := mustLoss(t, ITM{}, uneven, l).LossDB, mustLoss(t, ITM{}, halved, l).LossDB
	if math.Abs(got-want) > 1e-9 { // rounding
		t.Errorf("uneven steps %.10f dB, the same path at even steps %.10f", got, want)
	}
}

// Over any terrain there is a number, the same each time, and the reference
// attenuation is never a gain over free space, Alg (4.1).
func TestITMProperties(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		heights := rapid.SliceOfN(rapid.Float64Range(0, 3000), 2, 200).Draw(t, "heights")
		stepM := rapid.Float64Range(20, 500).Draw(t, "step")
		p := &Profile{TerrainM: heights}
		for i := range heights {
			p.DistanceM = append(p.DistanceM, float64(i)*stepM)
		}
		l := Link{
			FrequencyMHz: rapid.Float64Range(20, 20000).Draw(t, "MHz"),
			TxHeightM:    rapid.Float64Range(0.5, 200).Draw(t, "tx"),
			RxHeightM:    rapid.Float64Range(0.5, 200).Draw(t, "rx"),
			TimePercent:  rapid.Float64Range(0.1, 99.9).Draw(t, "time"),
			Polarization: Polarization(rapid.IntRange(0, 1).Draw(t, "polarisation")),
			ITM: ITMParameters{
				Climate:          ITMClimate(rapid.IntRange(1, 7).Draw(t, "climate")),
				Variability:      ITMVariability{Mode: ITMMode(rapid.IntRange(0, 3).Draw(t, "mode"))},
				SituationPercent: rapid.Float64Range(1, 50).Draw(t, "situation"),
			},
			Explain: true,
		}
		res, err := ITM{}.Loss(p, l)
		if err != nil {
			// The one refusal left: the smooth Earth under a high antenna beside its horizon.
			if !errors.Is(err, ErrProfile) || !strings.Contains(err.Error(), "no number") {
				t.Fatal(err)
			}
			return
		}
		for _, q := range append(res.Intermediates, Quantity{Name: "loss", Value: res.LossDB}) {
			if math.IsNaN(q.Value) || math.IsInf(q.Value, 0) {
				t.Errorf("%s is %g", q.Name, q.Value)
			}
			if q.Name == "Aref" && q.Value < 0 {
				t.Errorf("reference attenuation %g dB", q.Value)
			}
		}
		again, err := ITM{}.Loss(p, l)
		if err != nil || again.LossDB != res.LossDB {
			t.Errorf("%v dB, then %v dB, %v", res.LossDB, again.LossDB, err)
		}
		// A larger share of situations is a larger loss.
		l.ITM.SituationPercent = 2 * l.ITM.SituationPercent * 0.99
		if more, err := (ITM{}).Loss(p, l); l.ITM.SituationPercent >= 50 && (err != nil || more.LossDB < res.LossDB-1e-9) {
			t.Errorf("%.6f dB in %g %% of situations, %.6f dB in fewer", more.LossDB, l.ITM.SituationPercent, res.LossDB)
		}
	})
}

func TestSelectKth(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		z := rapid.SliceOfN(rapid.Float64Range(-10, 10), 1, 60).Draw(t, "z")
		k := rapid.IntRange(0, len(z)-1).Draw(t, "k")
		sorted := slices.Sorted(slices.Values(z))
		if got := selectKth(slices.Clone(z), k); got != sorted[k] {
			t.Errorf("element %d of %v is %v, want %v", k, sorted, got, sorted[k])
		}
	})
}
