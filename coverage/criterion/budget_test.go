package criterion

import (
	"math"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"github.com/covgap/covgap/coverage"
	"github.com/covgap/covgap/coverage/linkbudget"
	"github.com/covgap/covgap/data"
)

// worked gives the terms of a link budget as docs/link-budget.md names them: a
// sector of 20 W per port on an antenna of 17 dBi with 3 dB of feeder, 3 degrees of
// electrical and 2 of mechanical tilt, seen 20 degrees off its axis and 1 degree below
// the horizontal, behind 130 dB, with one sector of the same carrier 10 dB below.
func worked(t *testing.T, tech data.Technology, mhz, bwMHz float64, criterion string) map[string]float64 {
	t.Helper()
	s := data.Sector{
		ID: "s", Technology: tech, FrequencyMHz: mhz, BandwidthMHz: bwMHz, PowerDBm: 10 * math.Log10(20e3), GainDBi: 17, LossesDB: 3,
		AzimuthDeg: 120, MechanicalTiltDeg: 2, ElectricalTiltDeg: 3, BeamwidthHDeg: 65, BeamwidthVDeg: 10,
	}
	c, err := Lookup(criterion)
	if err != nil {
		t.Fatal(err)
	}
	c.LocationProbability, c.BodyLossDB = 0.9, 3
	p, err := linkbudget.Pattern(&s, nil)
	if err != nil {
		t.Fatal(err)
	}
	b, err := linkbudget.New(&s, p, c.Receiver())
	if err != nil {
		t.Fatal(err)
	}
	shareDB, err := linkbudget.ReferenceShareDB(tech, mhz, bwMHz)
	if err != nil {
		t.Fatal(err)
	}
	const lossDB = 130
	signalDBm := b.SignalDBm(lossDB, 140, -1)
	entryDB, entrySigmaDB := c.EntryDB(mhz)
	d := linkbudget.DefaultDownlink()
	sinrDB := d.SINRDB(tech, mhz, bwMHz, signalDBm, coverage.MilliwattsOf(signalDBm-10))
	return map[string]float64{
		"power_dbm": s.PowerDBm, "gain_dbi": s.GainDBi, "losses_db": s.LossesDB,
		"eirp_dbm":           linkbudget.EIRPDBm(s.PowerDBm, s.GainDBi, s.LossesDB),
		"share_db":           shareDB,
		"port_reference_dbm": s.PowerDBm - shareDB,
		"pattern_db":         signalDBm - b.PeakSignalDBm(lossDB),
		"loss_db":            lossDB,
		"body_loss_db":       c.BodyLossDB,
		"receiver_gain_dbi":  c.ReceiverGainDBi,
		"signal_dbm":         signalDBm,
		"served_dbm":         c.Thresholds[tech].ServedDBm,
		"entry_loss_db":      entryDB,
		"sigma_db":           math.Hypot(c.SigmaDB, entrySigmaDB),
		"required_dbm":       c.RequiredDBm(tech, mhz),
		"served_probability": c.ServedProbability(tech, mhz, signalDBm),
		"noise_dbm":          d.NoiseDBm(tech, mhz, bwMHz),
		"sinr_db":            sinrDB,
		"downlink_mbps":      d.RateMbps(tech, mhz, bwMHz, sinrDB),
	}
}

// docs/link-budget.md works out a budget for each technology; the program finds the
// same, term by term, to the digits written there.
func TestWorkedExamples(t *testing.T) {
	doc, err := os.ReadFile(filepath.FromSlash("../../docs/link-budget.md"))
	if err != nil {
		t.Fatal(err)
	}
	row := regexp.MustCompile("^\\| `([a-z_]+)` \\| (-?[0-9.]+) \\|")
	written := map[string]map[string]string{}
	heading := ""
	for line := range strings.Lines(string(doc)) {
		line = strings.TrimSpace(line)
		if h, ok := strings.CutPrefix(line, "## "); ok {
			heading, _, _ = strings.Cut(h, ",")
			written[heading] = map[string]string{}
		} else if m := row.FindStringSubmatch(line); m != nil {
			written[heading][m[1]] = m[2]
		}
	}
	for heading, want := range map[string]map[string]float64{
		"GSM":  worked(t, data.GSM, 947.5, 0.2, "any-technology"),
		"UMTS": worked(t, data.UMTS, 2140, 5, "any-technology"),
		"LTE":  worked(t, data.LTE, 1842.5, 10, "indoor-4g"),
		"NR":   worked(t, data.NR, 3500, 100, "5g"),
	} {
		for term, value := range want {
			if math.IsNaN(value) || value == 0 {
				continue // a term that the technology or the criterion does not have
			}
			text, ok := written[heading][term]
			if !ok {
				t.Errorf("%s: %s is not worked out; it is %.4g", heading, term, value)
				continue
			}
			got, err := strconv.ParseFloat(text, 64)
			if err != nil {
				t.Fatal(err)
			}
			_, decimals, _ := strings.Cut(text, ".")
			if half := 0.5 * math.Pow(10, -float64(len(decimals))); math.Abs(got-value) > half*1.0001 {
				t.Errorf("%s: %s is written as %s and computed as %.4f", heading, term, text, value)
			}
		}
		if len(written[heading]) == 0 {
			t.Errorf("%s has no table", heading)
		}
	}
}
