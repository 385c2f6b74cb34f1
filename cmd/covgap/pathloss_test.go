package main

import (
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

	"github.com/covgap/covgap/coverage/propagation"
	"github.com/covgap/covgap/geo/reference"
)

// mustRun runs a command line that must succeed and gives its standard output.
func mustRun(tb testing.TB, args ...string) []byte {
	tb.Helper()
	var stdout, stderr bytes.Buffer
	if code := Main(context.Background(), args, &stdout, &stderr); code != exitOK {
		tb.Fatalf("covgap %s: exit %d\n%s", strings.Join(args, " "), code, &stderr)
	}
	return stdout.Bytes()
}

// TestPathlossMountain holds both terrain models against another implementation of
// each, over 200 paths through mountains, six links a path: crc-covlib 4.6.2 for
// P.1812 and NTIA's ITM 1.3.
//
// Of ITM five paths differ: the steps of profiles.csv are printed with nine digits,
// and where a horizon stands a multiple of ten steps away, the digits left out decide
// over which samples the effective height is taken. TestITMMountains of
// coverage/propagation names them and shows that nothing else differs.
func TestPathlossMountain(t *testing.T) {
	dir := reference.Dir(t, "validation/mountain")
	for _, tt := range []struct {
		model, cases, want string
		withinDB           float64
		undecided          int // cases that may be further off
	}{
		{"p1812", "p1812.csv", "Lb_db", 1e-5, 0}, // the expected losses are printed to 1e-8 dB
		{"itm", "itm_p2p.csv", "A_db", 2e-4, 30}, // what the rounding of constants leaves; five paths
	} {
		t.Run(tt.model, func(t *testing.T) {
			out := mustRun(t, "pathloss", "-q", "--model", tt.model, "--profiles", filepath.Join(dir, "profiles.csv"), "--cases", filepath.Join(dir, tt.cases))
			rows, err := csv.NewReader(bytes.NewReader(out)).ReadAll()
			if err != nil {
				t.Fatal(err)
			}
			if len(rows) != 1201 {
				t.Fatalf("%d rows, want a header and 1200 cases", len(rows))
			}
			want, got := slices.Index(rows[0], tt.want), slices.Index(rows[0], "loss_db")
			var worst float64
			var beyond []string
			for _, row := range rows[1:] {
				difference := math.Abs(number(t, row[got]) - number(t, row[want]))
				if difference > tt.withinDB {
					beyond = append(beyond, fmt.Sprintf("profile %s: %s dB, want %s", row[0], row[got], row[want]))
					continue
				}
				worst = max(worst, difference)
			}
			t.Logf("worst %.2g dB; %d of 1200 undecided", worst, len(beyond))
			if len(beyond) != tt.undecided {
				t.Errorf("%d cases differ, want %d:\n%s", len(beyond), tt.undecided, strings.Join(beyond, "\n"))
			}
		})
	}
}

func write(tb testing.TB, path, text string) {
	tb.Helper()
	if err := os.WriteFile(path, []byte(text), 0o666); err != nil {
		tb.Fatal(err)
	}
}

func number(tb testing.TB, s string) float64 {
	tb.Helper()
	v, err := strconv.ParseFloat(s, 64)
	if err != nil {
		tb.Fatal(err)
	}
	return v
}

// Every model says what it is for, in both languages, and nothing else does.
func TestPurposes(t *testing.T) {
	for _, m := range propagation.Models() {
		if p := purposes[m.Name()]; p[0] == "" || p[1] == "" {
			t.Errorf("%s has no purpose in English and Vietnamese", m.Name())
		}
	}
	if len(purposes) != len(propagation.Models()) {
		t.Errorf("%d purposes for %d models", len(purposes), len(propagation.Models()))
	}
}

// The object of --json is one value, also without intermediates that are numbers.
func TestPathlossJSON(t *testing.T) {
	dir := t.TempDir()
	profiles, cases := filepath.Join(dir, "p.csv"), filepath.Join(dir, "c.csv")
	// Two samples: no terrain between the ends, so that ν has no value.
	write(t, profiles, "a,1,1000,0,5,6\n")
	write(t, cases, "id,h_tx_m,h_rx_m,f_mhz,pol_0h_1v\na,30,1.5,900,1\na,30,-1,900,1\n")
	for _, explain := range []bool{false, true} {
		var doc struct {
			Model string
			Cases []struct {
				Row           int
				LossDB        *float64 `json:"loss_db"`
				Error         string
				Intermediates []struct{ Quantity string }
			}
		}
		dec := json.NewDecoder(bytes.NewReader(mustRun(t, "pathloss", "-q", "--json", "--model", "p526",
			"--profiles", profiles, "--cases", cases, fmt.Sprintf("--explain=%t", explain))))
		if err := dec.Decode(&doc); err != nil || dec.More() {
			t.Fatal(err, dec.More())
		}
		if doc.Model != "p526" || len(doc.Cases) != 2 || doc.Cases[0].LossDB == nil || doc.Cases[1].LossDB != nil ||
			doc.Cases[1].Error == "" || explain != (len(doc.Cases[0].Intermediates) > 0) {
			t.Errorf("%+v", doc)
		}
	}
}
