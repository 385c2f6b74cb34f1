package pathloss_test

import (
	"context"
	"errors"
	"fmt"
	"math"
	"strings"
	"testing"

	"github.com/covgap/covgap/cmd/covgap/pathloss"
	"github.com/covgap/covgap/coverage/propagation"
	"github.com/covgap/covgap/geo"
	"github.com/google/go-cmp/cmp"
)

// A ridge between two valleys, as a line of profiles.csv.
const ridge = "na-phac,4,1000,0,600,480,720,510,450"

func Example() {
	ctx := context.Background()
	profiles, err := pathloss.ReadProfiles(ctx, strings.NewReader(ridge), "profiles.csv")
	if err != nil {
		panic(err)
	}
	model, err := propagation.Lookup("p526")
	if err != nil {
		panic(err)
	}
	const table = `id,h_tx_m,h_rx_m,f_mhz,pol_0h_1v
na-phac,40,1.5,700,1
na-phac,40,1.5,2600,1
`
	cases, err := pathloss.OpenCases(ctx, strings.NewReader(table), "cases.csv", model)
	if err != nil {
		panic(err)
	}
	err = pathloss.Run(ctx, cases, profiles, pathloss.Options{Workers: 2}, func(c *pathloss.Case) error {
		fmt.Printf("%s at %g MHz: %.1f dB\n", c.ID, c.FrequencyMHz, c.Result.LossDB)
		return c.Err
	})
	if err != nil {
		panic(err)
	}
	// Output:
	// na-phac at 700 MHz: 145.8 dB
	// na-phac at 2600 MHz: 163.0 dB
}

func read(tb testing.TB, text string) *pathloss.Profiles {
	tb.Helper()
	ps, err := pathloss.ReadProfiles(context.Background(), strings.NewReader(text), "p.csv")
	if err != nil {
		tb.Fatal(err)
	}
	return ps
}

func TestReadProfiles(t *testing.T) {
	want := &pathloss.Profile{ID: "a", DistanceM: []float64{0, 30.5, 61}, TerrainM: []float64{1, -2.5, 3}, ClutterM: 12}
	for name, text := range map[string]string{
		"plain":                  "a,2,30.5,12,1,-2.5,3",
		"header":                 "id,n_intervals,step_m,clutter_m_constant,heights_m...\na,2,30.5,12,1,-2.5,3\n",
		"spreadsheet":            "\ufeffid;n;step;clutter;h0;h1;h2;h3\r\n\"a\";2;30.5;12;1;-2.5;3;\r\n",
		"tabs, blank lines":      "\n\na\t2\t30.5\t12\t1\t-2.5\t3\n\n",
		"spaces":                 " a , 2 , 30.5,12, 1,-2.5, 3",
		"padded to a longer row": "a,2,30.5,12,1,-2.5,3,,,\nb,5,1,0,1,2,3,4,5,6\n",
	} {
		got, ok := read(t, text).Lookup("a")
		if !ok {
			t.Errorf("%s: no profile a", name)
			continue
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%s: %s", name, diff)
		}
	}
}

// A line longer than the reader's window is whole.
func TestReadLongProfile(t *testing.T) {
	const intervals = 40000
	var b strings.Builder
	fmt.Fprintf(&b, "long,%d,30,0,0", intervals)
	for i := range intervals {
		fmt.Fprintf(&b, ",%d.25", i+1)
	}
	p, ok := read(t, b.String()+"\nshort,1,30,0,5,6\n").Lookup("long")
	if !ok || len(p.TerrainM) != intervals+1 || p.TerrainM[intervals] != intervals+0.25 || p.DistanceM[intervals] != 30*intervals {
		t.Fatalf("profile %t with wrong samples", ok)
	}
}

func TestReadProfilesErrors(t *testing.T) {
	for _, tt := range []struct{ text, want string }{
		{"", "p.csv:1: no profiles; expected rows id, n_intervals, step_m, clutter_m, h0 … hn"},
		{"id,n_intervals,step_m,clutter_m,h0\n", "p.csv:1: no profiles; expected rows id"},
		{"a,1,30", "p.csv:1:1: 3 fields; expected rows id, n_intervals"},
		{"a,1,30,0,5,6\nb,3,30,0,5,6\n", "p.csv:2:3: n_intervals: 3 intervals and 2 heights; expected one height more than intervals"},
		{"a,1.5,30,0,5,6", "p.csv:1:3: n_intervals: 1.5; expected a whole number"},
		{"a,0,30,0,5,6", "p.csv:1:3: n_intervals: 0; expected a whole number of 1 or more"},
		{"a,1,0,0,5,6", "p.csv:1:5: step_m: 0; expected a step in metres above 0"},
		{"a,1,30,-1,5,6", "p.csv:1:8: clutter_m: -1; expected a clutter height"},
		{"xã,1,30,0,5,x", "p.csv:1:13: h1: \"x\"; expected a height above sea level"},
		{"a,2,30,0,5,,6", "p.csv:1:12: h1: nothing; expected a height above sea level"},
		{"a,1,30,0,5,NaN", "p.csv:1:12: h1: \"NaN\"; expected a height"},
		{"a,1,30,0,5,6\na,1,30,0,5,6", "p.csv:2:1: id: a second profile \"a\"; expected ids that differ"},
		{",1,30,0,5,6", "p.csv:1:1: id: nothing; expected an id"},
		{"a,1,30,0,5,\xff6", "p.csv:1: bytes that are not UTF-8"},
		{"a,1,30,0," + strings.Repeat("1", pathloss.MaxLineBytes), "p.csv:1: pathloss: line too long; expected a profile on a line"},
	} {
		_, err := pathloss.ReadProfiles(context.Background(), strings.NewReader(tt.text), "p.csv")
		var input *geo.InputError
		if !errors.As(err, &input) || !strings.HasPrefix(err.Error(), tt.want) {
			t.Errorf("%.40q: error %v, want %q", tt.text, err, tt.want)
		}
	}
}

func FuzzReadProfiles(f *testing.F) {
	for _, s := range []string{ridge, "id,n,s,c,h\n" + ridge, "a;1;30;0;5;6", "a\t1\t30\t0\t5\t6\t\t", "\ufeff\"a\",1,1e3,0,5,6\r\n\r\nb,1,1,0,1,1", "a,1,30,0,5,nan", ","} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, text string) {
		ps, err := pathloss.ReadProfiles(context.Background(), strings.NewReader(text), "p.csv")
		if err != nil {
			var input *geo.InputError
			if !errors.As(err, &input) || input.Pos.Line == 0 {
				t.Fatalf("%v is no error with a line", err)
			}
			return
		}
		if ps.Len() == 0 {
			t.Fatal("no profiles and no error")
		}
	})
}

// compute runs cases and gives "id loss" or "id error" for each.
func compute(t *testing.T, model, profiles, table string, o pathloss.Options) ([]string, error) {
	t.Helper()
	m, err := propagation.Lookup(model)
	if err != nil {
		t.Fatal(err)
	}
	ctx := context.Background()
	cases, err := pathloss.OpenCases(ctx, strings.NewReader(table), "c.csv", m)
	if err != nil {
		return nil, err
	}
	var out []string
	err = pathloss.Run(ctx, cases, read(t, profiles), o, func(c *pathloss.Case) error {
		if c.Err != nil {
			out = append(out, fmt.Sprintf("%d %s", c.Row, c.Err))
		} else {
			out = append(out, fmt.Sprintf("%d %s %.3f", c.Row, c.ID, c.Result.LossDB))
		}
		return nil
	})
	return out, err
}

const header1812 = "id,h_tx_m,h_rx_m,f_ghz,pol_1h_2v,p_time_pct,pL_location_pct,lat_t,lon_t,lat_r,lon_r,deltaN,N0,clutter_m\n"

// Columns may come in any order and case, in other units and codings.
func TestColumns(t *testing.T) {
	same := []string{
		header1812 + "na-phac,40,1.5,0.9,2,10,50,22.67,106.26,22.706,106.26,45,325,0\n",
		"clutter_m,N0,deltaN,lon_r,lat_r,lon_t,lat_t,pL_location_pct,p_time_pct,pol_1h_2v,f_ghz,h_rx_m,h_tx_m,id\n0,325,45,106.26,22.706,106.26,22.67,50,10,2,0.9,1.5,40,na-phac\n",
		strings.ReplaceAll(strings.ToUpper(header1812), ",", ";") + "na-phac;40;1,5;0,9;2;10;50;22,67;106,26;22,706;106,26;45;325;\n",
		"ID,H_TX_M,H_RX_M,f_mhz,pol_0h_1v,time_pct,location_pct,lat_t,lon_t,lat_r,lon_r,deltaN,N_0,other\nna-phac,40,1.5,900,1,10,50,22.67,106.26,22.706,106.26,45,325,x\n",
	}
	var want []string
	for i, table := range same {
		got, err := compute(t, "p1812", ridge, table, pathloss.Options{Workers: 1})
		if err != nil {
			t.Fatal(err)
		}
		if i == 0 {
			want = got
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("table %d: %s", i, diff)
		}
	}
}

// The case's clutter stands in for the profile's, and no value for none.
func TestClutter(t *testing.T) {
	loss := func(profile, table string) string {
		got, err := compute(t, "p526", profile, table, pathloss.Options{Workers: 1})
		if err != nil || len(got) != 1 {
			t.Fatal(got, err)
		}
		return got[0]
	}
	const header, row = "id,h_tx_m,h_rx_m,f_mhz,pol_0h_1v", "\nna-phac,40,1.5,900,1"
	wooded := strings.Replace(ridge, ",1000,0,", ",1000,20,", 1)
	bare, profiles := loss(ridge, header+row), loss(wooded, header+row)
	if bare == profiles {
		t.Errorf("%s with and without clutter", bare)
	}
	if got := loss(ridge, header+",clutter_m"+row+",20"); got != profiles {
		t.Errorf("clutter of the case %s, of the profile %s", got, profiles)
	}
	if got := loss(wooded, header+",clutter_m"+row+","); got != profiles {
		t.Errorf("empty clutter of the case %s, want the profile's %s", got, profiles)
	}
	if got := loss(wooded, header+",clutter_m"+row+",0"); got != bare {
		t.Errorf("no clutter in the case %s, want %s", got, bare)
	}
}

func TestCaseErrors(t *testing.T) {
	row := func(column int, value string) string {
		values := strings.Split("na-phac,40,1.5,0.9,2,10,50,22.67,106.26,22.706,106.26,45,325,0", ",")
		values[column] = value
		return header1812 + strings.Join(values, ",") + "\n"
	}
	for _, tt := range []struct{ table, want string }{
		{row(0, "na-phat"), `1 c.csv:2:1: id: "na-phat"; expected the id of one of the 2 profiles of p.csv (did you mean "na-phac"?)`},
		{row(0, "7.0"), `1 c.csv:2:1: id: "7.0"; expected the id of one of the 2 profiles of p.csv (did you mean "7"?)`},
		{row(0, ""), `1 c.csv:2:1: id: nothing; expected the id of one of the 2 profiles of p.csv`},
		{row(1, "forty"), `1 c.csv:2:9: h_tx_m: "forty"; expected transmitter's antenna above ground, m`},
		{row(1, ""), `1 c.csv:2:9: h_tx_m: nothing; expected transmitter's antenna above ground, m`},
		{row(1, "-1"), `1 propagation: link outside the model's mathematics: transmitter height -1 m above ground`},
		{row(4, "0"), `1 c.csv:2:20: pol_1h_2v: 0; expected 1 for horizontal or 2 for vertical`},
		{row(5, "0"), `1 c.csv:2:22: p_time_pct: 0; expected a number other than 0`},
		{row(5, "60"), `1 propagation: link outside the model's mathematics: time percentage 60; P.1812 is defined up to 50`},
		{row(11, "0"), `1 c.csv:2:55: deltaN: 0; expected a number other than 0`},
	} {
		got, err := compute(t, "p1812", ridge+"\n7,1,30,0,5,6\n", tt.table, pathloss.Options{Workers: 1})
		if err != nil {
			t.Errorf("%s: %v", tt.want, err)
			continue
		}
		if diff := cmp.Diff([]string{tt.want}, got); diff != "" {
			t.Error(diff)
		}
	}
}

func TestHeaderErrors(t *testing.T) {
	for _, tt := range []struct{ model, table, want string }{
		{"p1812", strings.Replace(header1812, "f_ghz", "freq_ghz", 1),
			"c.csv:1: f_ghz or f_mhz: no such column among id, h_tx_m, h_rx_m, freq_ghz, "},
		{"p1812", strings.Replace(header1812, "p_time_pct", "p_time", 1), "c.csv:1: p_time_pct or time_pct: no such column"},
		{"p525", "id,h_tx_m,f_mhz\n1,2,3\n", "c.csv:1: h_rx_m: no such column among id, h_tx_m, f_mhz; expected every parameter of p525 in the header"},
		{"p525", "h_tx_m,h_rx_m,f_mhz\n1,2,3\n", "c.csv:1: id: no such column"},
		{"p525", "", "c.csv:1:1: an empty file"},
	} {
		_, err := compute(t, tt.model, ridge, tt.table, pathloss.Options{Workers: 1})
		var input *geo.InputError
		if !errors.As(err, &input) || !strings.HasPrefix(err.Error(), tt.want) {
			t.Errorf("error %v, want %q", err, tt.want)
		}
	}
	_, err := compute(t, "p1812", ridge, strings.Replace(header1812, "p_time_pct", "p_time", 1), pathloss.Options{Workers: 1})
	if want := "did you mean p_time for p_time_pct?"; !errors.Is(err, pathloss.ErrColumn) || !strings.Contains(err.Error(), want) {
		t.Errorf("error %v, want %q", err, want)
	}
}

// What stands before a broken row is computed; any number of workers gives the same.
func TestRunOrder(t *testing.T) {
	var b strings.Builder
	b.WriteString("id,h_tx_m,h_rx_m,f_mhz\n")
	const rows = 1000
	for i := range rows {
		fmt.Fprintf(&b, "%s,%d,1.5,900\n", []string{"na-phac", "none"}[i%7/6], i%50+1)
	}
	want, err := compute(t, "p525", ridge, b.String(), pathloss.Options{Workers: 1})
	if err != nil || len(want) != rows {
		t.Fatal(len(want), err)
	}
	for _, workers := range []int{2, 5} {
		got, err := compute(t, "p525", ridge, b.String(), pathloss.Options{Workers: workers})
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%d workers: %s", workers, diff)
		}
		got, err = compute(t, "p525", ridge, b.String()+"na-phac,1\n", pathloss.Options{Workers: workers})
		if len(got) != rows || err == nil || !strings.HasPrefix(err.Error(), "c.csv:1002:") {
			t.Errorf("%d cases before a broken row, want %d; error %v", len(got), rows, err)
		}
	}
	only, err := compute(t, "p525", ridge, b.String(), pathloss.Options{Workers: 2, Only: "none"})
	if err != nil || len(only) != rows/7 || !strings.HasPrefix(only[0], "7 ") {
		t.Errorf("%d cases of one id, want %d; error %v", len(only), rows/7, err)
	}
}

// The error of the function that takes the cases ends the run.
func TestRunStops(t *testing.T) {
	table := "id,h_tx_m,h_rx_m,f_mhz\n" + strings.Repeat("na-phac,30,1.5,900\n", 5000)
	m := propagation.P525{}
	for _, stopped := range []string{"by each", "by ctx"} {
		ctx, cancel := context.WithCancel(context.Background())
		defer cancel()
		cases, err := pathloss.OpenCases(ctx, strings.NewReader(table), "c.csv", m)
		if err != nil {
			t.Fatal(err)
		}
		full, n := errors.New("disk full"), 0
		err = pathloss.Run(ctx, cases, read(t, ridge), pathloss.Options{Workers: 2}, func(*pathloss.Case) error {
			if n++; n == 3 {
				if stopped == "by each" {
					return full
				}
				cancel()
			}
			return nil
		})
		if want := map[string]error{"by each": full, "by ctx": context.Canceled}[stopped]; !errors.Is(err, want) || n > 1000 {
			t.Errorf("stopped %s after %d cases: error %v, want %v", stopped, n, err, want)
		}
	}
}

func TestModelColumns(t *testing.T) {
	for _, m := range propagation.Models() {
		seen := map[string]bool{"id": true}
		for _, c := range pathloss.Columns(m) {
			if c.Meaning == "" || c.Optional == (c.Absent == "") {
				t.Errorf("%s: column %v lacks its meaning or what it stands at", m.Name(), c.Names)
			}
			for _, name := range c.Names {
				if seen[strings.ToLower(name)] {
					t.Errorf("%s: two columns %s", m.Name(), name)
				}
				seen[strings.ToLower(name)] = true
			}
		}
	}
}

func TestExplain(t *testing.T) {
	cases, err := pathloss.OpenCases(context.Background(), strings.NewReader("id,h_tx_m,h_rx_m,f_mhz\nna-phac,40,1.5,900\n"), "c.csv", propagation.P525{})
	if err != nil {
		t.Fatal(err)
	}
	err = pathloss.Run(context.Background(), cases, read(t, ridge), pathloss.Options{Workers: 1, Explain: true}, func(c *pathloss.Case) error {
		// 4000 m along and 188.5 m down.
		if q := c.Result.Intermediates; len(q) == 0 || q[0].Name != "d" || math.Abs(q[0].Value-math.Hypot(4, 0.1885)) > 1e-12 {
			t.Errorf("intermediates %v, want d first", q)
		}
		return c.Err
	})
	if err != nil {
		t.Fatal(err)
	}
}
