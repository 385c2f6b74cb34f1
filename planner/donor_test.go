package planner

import (
	"context"
	"errors"
	"math"
	"slices"
	"strings"
	"testing"

	"github.com/covgap/covgap/coverage/criterion"
	"github.com/covgap/covgap/data"
	"github.com/covgap/covgap/geo"
	"github.com/covgap/covgap/planner/candidate"
	"github.com/covgap/covgap/planner/cost"
	"github.com/covgap/covgap/planner/template"
)

// behindRidge is a village west of a ridge of 300 m, whose crest the only mast, 6 km east
// of it, looks at. A repeater may stand on the crest.
func behindRidge(t *testing.T) Input {
	t.Helper()
	ridge := func(eastM, _ float64) float64 { return 100 + 300*math.Max(0, 1-math.Abs(eastM)/800) }
	in := input(t, ground(ridge), settlement(t, "village", place(-2500, 0), 400, 200))
	in.Params.RadiusM = 8000
	in.Points, in.OnlyPoints = []candidate.Point{{ID: "crest", Position: place(0, 0)}}, true
	own := template.Default()
	own.Operator = "Viettel"
	mast := own.Build("T0001", place(6000, 0), []float64{270})
	mast.Sectors[0].Status = data.StatusOnAir
	in.Sites = []data.Site{mast}
	in.Kinds = []ActionKind{NewSite, Repeater}
	return in
}

func TestRepeaterOnACrest(t *testing.T) {
	in := behindRidge(t)
	if share := servedBy(t, in, in.Sites, in.Villages[0]); share > 0.05 {
		t.Fatalf("the mast serves %.2f of the village behind the ridge already", share)
	}
	p, err := Make(context.Background(), in)
	if err != nil {
		t.Fatal(err)
	}
	if len(p.Actions) != 1 || p.VillagesServed != 1 || !p.Proven {
		t.Fatalf("%+v; left out %+v", p.Actions, p.LeftOut)
	}
	a := p.Actions[0]
	if a.Kind != Repeater || a.ParentSite != "T0001" || a.SectorID != "T0001-1" || a.Operator != "Viettel" ||
		a.Technology != data.LTE || a.FrequencyMHz != 1842.5 || a.Backhaul != "" || a.BackhaulSite != "" || a.Power == "" {
		t.Errorf("%+v", a)
	}
	settings := in.Supply.Repeater
	if most := settings.RatedDBm + settings.ServiceGainDBi - settings.LossesDB; a.EIRPDBm > most || a.EIRPDBm < most-20 || a.AntennaHeightM != settings.StructureM {
		t.Errorf("%g dBm from %g m; rated for %g dBm", a.EIRPDBm, a.AntennaHeightM, most)
	}
	for _, l := range a.CostLines {
		if strings.HasPrefix(string(l.Item), "backhaul") || l.Item == cost.Baseband || l.Item == cost.RemoteRadio {
			t.Errorf("a repeater pays for %s", l.Item)
		}
	}
	after, err := Apply(in.Sites, p.Actions, p.Templates)
	if err != nil {
		t.Fatal(err)
	}
	if share := servedBy(t, in, after, in.Villages[0]); share < in.Criterion.TargetShare {
		t.Errorf("with the repeater %.2f of the village is served", share)
	}

	// A mast of its own would do as well, and costs more.
	alone := in
	alone.Kinds = []ActionKind{NewSite}
	other, err := Make(context.Background(), alone)
	if err != nil {
		t.Fatal(err)
	}
	if other.VillagesServed != 1 || other.Cost <= p.Cost {
		t.Errorf("a mast costs %g, the repeater %g", other.Cost, p.Cost)
	}

	// What is kept is judged again where it now stands.
	again := in
	again.Kept, again.OnlyKept = p.Actions, true
	if same, err := Make(context.Background(), again); err != nil || same.VillagesServed != 1 || same.Cost != p.Cost {
		t.Errorf("made again: %+v, %v", same, err)
	}
	moved := a
	far := place(-2500, 0)
	moved.Longitude, moved.Latitude = far[0], far[1] // where the donor is not heard
	louder := a
	louder.EIRPDBm += 3
	orphan := a
	orphan.SectorID = "T0001-9"
	for _, c := range []struct {
		action Action
		want   string
	}{{moved, "the donor's RSRP is -"}, {louder, "it can radiate"}, {orphan, "T0001-9"}} {
		again.Kept = []Action{c.action}
		_, err := Make(context.Background(), again)
		var ie *geo.InputError
		if !errors.As(err, &ie) || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%v; expected %s", err, c.want)
		}
	}
}

func TestRepeatersRefused(t *testing.T) {
	for _, c := range []struct {
		name   string
		change func(*Input)
		reason candidate.Reason
		detail string
	}{
		{"a donor too weak", func(in *Input) { in.Supply.Repeater.MinDonorDBm = -40 }, noDonor, "T0001-1: the donor's RSRP is -"},
		{"antennas that hear each other", func(in *Input) { in.Supply.Repeater.IsolationDB = 14 }, noDonor, "T0001-1: no gain is left: 14 dB of isolation less 15"},
		{"no mast near", func(in *Input) { in.Params.RadiusM = 5000 }, noDonor, "no sector within 5 km"},
		{"another technology", func(in *Input) {
			x := &in.Sites[0].Sectors[0]
			x.Technology, x.FrequencyMHz, x.BandwidthMHz = data.GSM, 947.5, 0.2
		}, noDonor, "no sector within 8 km"},
		{"each operator asked for", func(in *Input) { in.Criterion.Operators = criterion.Each }, noDonor, "no sector"},
		{"no price", func(in *Input) {
			var rows []cost.Row
			for _, r := range in.Costs.Rows {
				if r.Item != cost.Repeater {
					rows = append(rows, r)
				}
			}
			in.Costs.Rows = rows
		}, noPrice, string(cost.Repeater)},
	} {
		in := behindRidge(t)
		in.Kinds = []ActionKind{Repeater}
		c.change(&in)
		var told []candidate.Rejection
		in.Rejected = func(r candidate.Rejection) { told = append(told, r) }
		p, err := Make(context.Background(), in)
		if err != nil {
			t.Errorf("%s: %v", c.name, err)
			continue
		}
		if len(p.Actions) != 0 || len(p.LeftOut) != 1 || p.LeftOut[0].Reason != Refused || !slices.Equal(p.LeftOut[0].Because, []string{string(c.reason)}) || p.Candidates.Unpriced[c.reason] == 0 {
			t.Errorf("%s: %+v, left out %+v, %+v", c.name, p.Actions, p.LeftOut, p.Candidates)
		}
		if len(told) == 0 || told[0].ID != "crest" || told[0].Reason != c.reason || !strings.Contains(told[0].Detail, c.detail) {
			t.Errorf("%s: %+v; expected %s: %s", c.name, told, c.reason, c.detail)
		}
	}
}
