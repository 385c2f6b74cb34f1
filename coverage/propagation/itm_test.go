package propagation

import (
	"math"
	"path/filepath"
	"strings"
	"testing"

	"github.com/covgap/covgap/geo/reference"
)

// pflProfile reads "n_intervals, step_m, h0 … hn".
func pflProfile(t *testing.T, fields []string) *Profile {
	t.Helper()
	n := int(number(t, fields[0]))
	step := number(t, fields[1])
	p := &Profile{}
	for i := range n + 1 {
		p.DistanceM = append(p.DistanceM, float64(i)*step)
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

// itmLink reads the link of a case; the columns are named as the file names them.
func (c itmCase) link(t *testing.T, frequency, txM, rxM, pol, n0, time, location, situation string) Link {
	t.Helper()
	f := func(name string) float64 { return number(t, c[name]) }
	v, err := ITMVariabilityOf(int(f("mdvar")))
	if err != nil {
		t.Fatal(err)
	}
	l := Link{FrequencyMHz: f(frequency), TxHeightM: f(txM), RxHeightM: f(rxM),
		TimePercent: f(time), LocationPercent: f(location), Climate: Climate{N0: f(n0)},
		ITM: ITMParameters{Climate: ITMClimate(f("climate")), Permittivity: f("epsilon"), Conductivity: f("sigma"),
			Variability: v, SituationPercent: f(situation)}, Explain: true}
	if f(pol) == 0 {
		l.Polarization = Horizontal
	}
	return l
}

// The five point-to-point and five area cases NTIA publishes with ITM 1.3.
func TestPublishedITM(t *testing.T) {
	dir := reference.Dir(t, "validation/itm_ntia")
	profiles := readCSV(t, filepath.Join(dir, "pfls.csv"))
	link := func(c itmCase) Link {
		return c.link(t, "f__mhz", "h_tx__meter", "h_rx__meter", "pol", "N_0", "time", "location", "situation")
	}
	const tolerance = 0.005001 // printed with two decimals
	for i, c := range readITMCases(t, filepath.Join(dir, "p2p.csv")) {
		got := mustLoss(t, ITM{}, pflProfile(t, profiles[i]), link(c)).LossDB
		if want := number(t, c["A__db"]); math.Abs(got-want) > tolerance {
			t.Errorf("point-to-point case %d: %.4f dB, want %.2f", i, got, want)
		}
	}
	for i, c := range readITMCases(t, filepath.Join(dir, "area.csv")) {
		area := ITMArea{
			DistanceKm:    number(t, c["d__km"]),
			IrregularityM: number(t, c["delta_h__meter"]),
			TxSiting:      ITMSiting(number(t, c["tx_siting_criteria"])),
			RxSiting:      ITMSiting(number(t, c["rx_siting_criteria"])),
		}
		res, err := ITMAreaLoss(area, link(c))
		if err != nil {
			t.Fatal(err)
		}
		if want := number(t, c["A__db"]); math.Abs(res.LossDB-want) > 0.05+1e-6 { // one decimal
			t.Errorf("area case %d: %.4f dB, want %.1f", i, res.LossDB, want)
		}
	}
}

func TestITMMountain(t *testing.T) {
	dir := reference.Dir(t, "validation/mountain")
	profiles := map[string]*Profile{}
	for _, row := range readCSV(t, filepath.Join(dir, "profiles.csv"))[1:] {
		profiles[row[0]] = pflProfile(t, append([]string{row[1], row[2]}, row[4:]...))
	}
	cases := readITMCases(t, filepath.Join(dir, "itm_p2p.csv"))
	worst := map[string]float64{}
	for i, c := range cases {
		f := func(name string) float64 { return number(t, c[name]) }
		v, err := ITMVariabilityOf(int(f("mdvar")))
		if err != nil {
			t.Fatal(err)
		}
		l := Link{FrequencyMHz: f("f_mhz"), TxHeightM: f("h_tx_m"), RxHeightM: f("h_rx_m"),
			TimePercent: f("time_pct"), LocationPercent: f("location_pct"), Climate: Climate{N0: f("N_0")},
			ITM: ITMParameters{Climate: ITMClimate(f("climate")), Permittivity: f("epsilon"), Conductivity: f("sigma"),
				Variability: v, SituationPercent: f("situation_pct")}, Explain: true}
		if c["pol_0h_1v"] == "0" {
			l.Polarization = Horizontal
		}
		res, err := ITM{}.Loss(profiles[c["id"]], l)
		if err != nil {
			t.Errorf("case %d: %v want code %s", i, err, c["return_code"])
			continue
		}
		if got := ITMFlagsOf(res.Warnings); float64(got) != f("warnings") {
			t.Errorf("case %d: flags %d, want %g", i, got, f("warnings"))
		}
		he := max(math.Abs(quantity(t, res, "he1")-f("h_e_tx_m")), math.Abs(quantity(t, res, "he2")-f("h_e_rx_m")))
		if he > 0.001 {
			continue
		}
		for _, q := range []struct{ name, column string }{{"Afs", "A_fs_db"}, {"Aref", "A_ref_db"}, {"mode", "mode"},
			{"thetae1", "theta_tx_rad"}, {"thetae2", "theta_rx_rad"}, {"dL1", "d_hzn_tx_m"}, {"dL2", "d_hzn_rx_m"},
			{"he1", "h_e_tx_m"}, {"he2", "h_e_rx_m"}, {"deltah", "delta_h_m"}, {"Ns", "N_s"}} {
			d := math.Abs(quantity(t, res, q.name) - f(q.column))
			if d > worst[q.name] {
				worst[q.name] = d
			}
			if d > 0.01 {
				t.Errorf("case %d: %s %.8g want %s", i, q.name, quantity(t, res, q.name), c[q.column])
			}
		}
		d := math.Abs(res.LossDB - f("A_db"))
		worst["A"] = max(worst["A"], d)
		if d > 0.01 {
			t.Errorf("case %d: A %.6f want %s", i, res.LossDB, c["A_db"])
		}
	}
	t.Log(worst)
	_ = strings.TrimSpace
}
