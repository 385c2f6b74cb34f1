package repeater

import (
	"errors"
	"fmt"
	"math"
	"strings"
	"testing"

	"github.com/covgap/covgap/coverage/linkbudget"
	"github.com/covgap/covgap/data"
	"github.com/covgap/covgap/geo"
	"github.com/covgap/covgap/planner/cost"
	"pgregory.net/rapid"
)

var lte = Carrier{Operator: "Viettel", Technology: data.LTE, FrequencyMHz: 1842.5, BandwidthMHz: 10}

func TestJudge(t *testing.T) {
	for _, c := range []struct {
		name     string
		change   func(*Settings)
		donorDBm float64
		wanted   func(*Carrier)
		refused  string
		gainDB   float64
		limit    Limit
	}{
		// −90 dBm a resource element of 600 is −62.2 dBm; with 20 dBi and 2 dB −44.2.
		{name: "the weakest donor", donorDBm: -90, gainDB: 80, limit: ByIsolation},
		{name: "weaker", donorDBm: -90.1, refused: "the donor's RSRP is -90.1 dBm, less than -90"},
		{name: "no level", donorDBm: math.NaN(), refused: "the donor's RSRP is NaN dBm, less than -90"},
		{name: "better isolated", donorDBm: -90, change: func(s *Settings) { s.IsolationDB = 120; s.RatedDBm = 50 }, gainDB: 90, limit: ByGain},
		{name: "a strong donor", donorDBm: -70, gainDB: 37 - (-70 + 27.78 + 18), limit: ByPower},
		{name: "antennas that hear each other", donorDBm: -80, change: func(s *Settings) { s.IsolationDB = 15 }, refused: "no gain is left: 15 dB of isolation less 15"},
		{name: "at the foot of the donor", donorDBm: -5, refused: "the donor arrives with 40.8 dBm, more than the repeater puts out"},
		{name: "another operator", donorDBm: -80, wanted: func(c *Carrier) { c.Operator = "VNPT" }, refused: `the donor is operator "Viettel"'s, wanted is "VNPT"`},
		{name: "any operator", donorDBm: -90, wanted: func(c *Carrier) { c.Operator = "" }, gainDB: 80, limit: ByIsolation},
		{name: "another carrier", donorDBm: -80, wanted: func(c *Carrier) { c.FrequencyMHz = 947.5 }, refused: "the donor is LTE at 1842.5 MHz, wanted is LTE at 947.5 MHz"},
	} {
		s := Default()
		if c.change != nil {
			c.change(&s)
		}
		wanted := lte
		if c.wanted != nil {
			c.wanted(&wanted)
		}
		r, err := s.Judge(lte, c.donorDBm, wanted)
		if err != nil || r.Refused != c.refused {
			t.Errorf("%s: %+v, %v", c.name, r, err)
			continue
		}
		if c.refused == "" && (math.Abs(r.GainDB-c.gainDB) > 0.01 || r.LimitedBy != c.limit) { // 10·log 600 is 27.7815
			t.Errorf("%s: %+v, want %g dB by %s", c.name, r, c.gainDB, c.limit)
		}
	}
	s := Default()
	if _, err := s.Judge(Carrier{Technology: "LTE-M"}, -80, lte); !errors.Is(err, linkbudget.ErrTechnology) {
		t.Error(err)
	}
}

// Never more gain, isolation or power than there is.
func TestJudgeKeepsItsLimits(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		s := Settings{
			MinDonorDBm:  rapid.Float64Range(-120, -40).Draw(t, "min"),
			DonorGainDBi: rapid.Float64Range(0, 30).Draw(t, "donor gain"), ServiceGainDBi: rapid.Float64Range(0, 20).Draw(t, "service gain"),
			LossesDB: rapid.Float64Range(0, 6).Draw(t, "losses"), MaxGainDB: rapid.Float64Range(0, 120).Draw(t, "gain"),
			IsolationDB: rapid.Float64Range(0, 150).Draw(t, "isolation"), MarginDB: rapid.Float64Range(0, 30).Draw(t, "margin"),
			RatedDBm: rapid.Float64Range(0, 45).Draw(t, "rated"), StructureM: 15,
		}
		if err := s.Validate(); err != nil {
			t.Fatal(err)
		}
		donorDBm := rapid.Float64Range(-130, -20).Draw(t, "level")
		r, err := s.Judge(lte, donorDBm, lte)
		if err != nil {
			t.Fatal(err)
		}
		if r.Refused != "" {
			return
		}
		const rounding = 1e-9 // of sums of a few decibels
		if donorDBm < s.MinDonorDBm || r.GainDB > s.MaxGainDB+rounding || r.GainDB > s.IsolationDB-s.MarginDB+rounding || r.OutputDBm > s.RatedDBm+rounding || r.GainDB <= 0 {
			t.Fatalf("%+v of %+v", r, s)
		}
		if more, err := s.Judge(lte, donorDBm+1, lte); err != nil || more.Refused == "" && more.EIRPDBm < r.EIRPDBm-rounding {
			t.Fatalf("a better donor: %+v, %v", more, err)
		}
	})
}

func TestSettings(t *testing.T) {
	d := Default()
	if err := d.Validate(); err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		field  string
		change func(*Settings)
	}{
		{"min_donor_dbm", func(s *Settings) { s.MinDonorDBm = 90 }},
		{"max_gain_db", func(s *Settings) { s.MaxGainDB = math.NaN() }},
		{"isolation_db", func(s *Settings) { s.IsolationDB = -1 }},
		{"structure_height_m", func(s *Settings) { s.StructureM = 0 }},
	} {
		s := Default()
		c.change(&s)
		err := s.Validate()
		var ie *geo.InputError
		if !errors.Is(err, ErrSettings) || !errors.As(err, &ie) || ie.Field != c.field {
			t.Errorf("%s: %v", c.field, err)
		}
	}
}

func TestNeedsArePriced(t *testing.T) {
	s := Default()
	table := cost.Default()
	q, err := table.Price(s.Needs([]cost.Need{{Item: cost.SolarPanel, Quantity: 2}}))
	if err != nil || q.CapexMinor == 0 {
		t.Errorf("%+v, %v", q, err)
	}
	for _, l := range q.Lines {
		if strings.HasPrefix(string(l.Item), "backhaul") {
			t.Errorf("a repeater pays for %s", l.Item)
		}
	}
}

func ExampleSettings_Judge() {
	s := Default()
	r, err := s.Judge(lte, -82, lte)
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Printf("%.0f dB, %.1f dBm out, limited by %s\n", r.GainDB, r.OutputDBm, r.LimitedBy)
	// Output: 73 dB, 37.0 dBm out, limited by power
}
