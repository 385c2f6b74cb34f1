package planner

import (
	"errors"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/covgap/covgap/data"
	"github.com/covgap/covgap/geo"
	"github.com/covgap/covgap/planner/template"
	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"github.com/paulmach/orb"
	"pgregory.net/rapid"
)

// standing is a network of two masts: one of two operators, one of a single one.
func standing() []data.Site {
	sector := func(site, id, operator string, azimuth, heightM float64) data.Sector {
		return data.Sector{
			ID: id, SiteID: site, Operator: operator, Technology: data.LTE, FrequencyMHz: 1842.5, BandwidthMHz: 10, Carrier: "L1800",
			AntennaHeightM: heightM, AzimuthDeg: azimuth, ElectricalTiltDeg: 3, BeamwidthHDeg: 65, BeamwidthVDeg: 10,
			GainDBi: 17, Ports: 2, PowerDBm: 43, LossesDB: 3, EIRPDBm: 57, Status: data.StatusOnAir,
		}
	}
	return []data.Site{
		{ID: "T1", Position: orb.Point{106, 22}, OtherIDs: []string{"T1-old"}, StructureHeightM: 40, Sectors: []data.Sector{
			sector("T1", "T1/a", "Viettel", 0, 24), sector("T1", "T1/b", "Viettel", 120, 36), sector("T1", "T1/c", "VinaPhone", 300, 30),
		}},
		{ID: "T2", Position: orb.Point{106.1, 22}, Sectors: []data.Sector{sector("T2", "T2/a", "Viettel", 90, 20)}},
	}
}

func lowBand() template.Site {
	t := template.Default()
	t.Name, t.FrequencyMHz = "low", 763
	return t
}

// line describes the sectors of a network, one each.
func line(sites []data.Site) []string {
	var out []string
	for _, s := range sites {
		for _, c := range s.Sectors {
			out = append(out, strings.Join([]string{
				s.ID, c.ID, c.Operator, string(c.Technology), decimal(c.FrequencyMHz), c.Carrier, decimal(c.AntennaHeightM) + "m",
				decimal(c.AzimuthDeg), decimal(c.MechanicalTiltDeg) + "+" + decimal(c.ElectricalTiltDeg), decimal(c.EIRPDBm) + "dBm", string(c.Status),
			}, " "))
		}
	}
	return out
}

func decimal(v float64) string { return strconv.FormatFloat(v, 'f', -1, 64) }

func TestApply(t *testing.T) {
	asBefore := line(standing())
	for name, c := range map[string]struct {
		action Action
		want   []string // the sectors that are not as before, and the ids of those gone
	}{
		"a shared mast serves every operator": {
			Action{Kind: NewSite, Template: "low", SiteID: "N", Longitude: 106.05, Latitude: 22.1, AzimuthsDeg: []float64{10}, AntennaHeightM: 25, ElectricalTiltDeg: new(0.0)},
			[]string{"N N-1 Viettel LTE 763  25m 10 0+0 57dBm on_air", "N N-2 VinaPhone LTE 763  25m 10 0+0 57dBm on_air"},
		},
		"directions that nobody names": {
			Action{Kind: NewSite, Template: "low", SiteID: "N", Longitude: 106.05, Latitude: 22.1, Operator: "Viettel"},
			[]string{"N N-1 Viettel LTE 763  30m 0 0+3 57dBm on_air", "N N-2 Viettel LTE 763  30m 120 0+3 57dBm on_air", "N N-3 Viettel LTE 763  30m 240 0+3 57dBm on_air"},
		},
		"a remote sector of its parent's operators": {
			Action{Kind: RemoteSector, Template: "low", SiteID: "R", ParentSite: "T2", Longitude: 106.05, Latitude: 22.1, AzimuthsDeg: []float64{45}, EIRPDBm: 50},
			[]string{"R R-1 Viettel LTE 763  30m 45 0+3 50dBm on_air"},
		},
		"a repeater is what its donor is": {
			Action{Kind: Repeater, Template: "low", SiteID: "R", ParentSite: "T1", SectorID: "T1/c", Longitude: 106.05, Latitude: 22.1, AzimuthsDeg: []float64{45}, EIRPDBm: 37},
			[]string{"R R-1 VinaPhone LTE 1842.5 L1800 30m 45 0+3 37dBm on_air"},
		},
		"a sector for those who are there, at their height": {
			Action{Kind: AddSector, Template: "low", SiteID: "T1-old", AzimuthsDeg: []float64{200}},
			[]string{"T1 T1-4 Viettel LTE 763  36m 200 0+3 57dBm on_air", "T1 T1-5 VinaPhone LTE 763  36m 200 0+3 57dBm on_air"},
		},
		"a sector of another operator": {
			Action{Kind: AddSector, Template: "low", SiteID: "T2", Operator: "MobiFone", AzimuthsDeg: []float64{200}, AntennaHeightM: 15},
			[]string{"T2 T2-2 MobiFone LTE 763  15m 200 0+3 57dBm on_air"},
		},
		"a band follows the sectors": {
			Action{Kind: AddBand, Template: "low", SiteID: "T1", Operator: "Viettel"},
			[]string{"T1 T1-4 Viettel LTE 763  36m 0 0+3 57dBm on_air", "T1 T1-5 Viettel LTE 763  36m 120 0+3 57dBm on_air"},
		},
		"antennas that hang lower come up": {
			Action{Kind: Raise, SiteID: "T1", AntennaHeightM: 35},
			[]string{"T1 T1/a Viettel LTE 1842.5 L1800 35m 0 0+3 57dBm on_air", "T1 T1/c VinaPhone LTE 1842.5 L1800 35m 300 0+3 57dBm on_air"},
		},
		"one operator's": {
			Action{Kind: Raise, SiteID: "T1", Operator: "Viettel", AntennaHeightM: 45, StructureHeightM: 48},
			[]string{"T1 T1/a Viettel LTE 1842.5 L1800 45m 0 0+3 57dBm on_air", "T1 T1/b Viettel LTE 1842.5 L1800 45m 120 0+3 57dBm on_air"},
		},
		"re-aimed": {
			Action{Kind: ReAim, SectorID: "T1/b", AzimuthsDeg: []float64{180}, MechanicalTiltDeg: new(-2.0)},
			[]string{"T1 T1/b Viettel LTE 1842.5 L1800 36m 180 -2+3 57dBm on_air"},
		},
		"re-banded": {
			Action{Kind: ReBand, SectorID: "T2/a", SiteID: "T2", FrequencyMHz: 763},
			[]string{"T2 T2/a Viettel LTE 763  20m 90 0+3 57dBm on_air"},
		},
		"re-powered": {
			Action{Kind: RePower, SectorID: "T2/a", EIRPDBm: 60},
			[]string{"T2 T2/a Viettel LTE 1842.5 L1800 20m 90 0+3 60dBm on_air"},
		},
		"removed":               {Action{Kind: Remove, SiteID: "T1"}, []string{"-T1/a", "-T1/b", "-T1/c"}},
		"an operator's removed": {Action{Kind: Remove, SiteID: "T1", Operator: "Viettel"}, []string{"-T1/a", "-T1/b"}},
		"a sector removed":      {Action{Kind: Remove, SectorID: "T1/c"}, []string{"-T1/c"}},
	} {
		sites := standing()
		after, err := Apply(sites, []Action{c.action}, []template.Site{lowBand()})
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		var got []string
		ids := map[string]bool{}
		for _, l := range line(after) {
			ids[strings.Fields(l)[1]] = true
			if !slices.Contains(asBefore, l) {
				got = append(got, l)
			}
		}
		for _, l := range asBefore {
			if id := strings.Fields(l)[1]; !ids[id] {
				got = append(got, "-"+id)
			}
		}
		if d := cmp.Diff(c.want, got); d != "" {
			t.Errorf("%s (-want +got):\n%s", name, d)
		}
		if d := cmp.Diff(standing(), sites); d != "" {
			t.Errorf("%s: the network given has changed:\n%s", name, d)
		}
	}
}

func TestApplyRefuses(t *testing.T) {
	at := Action{Longitude: 106.05, Latitude: 22.1, AzimuthsDeg: []float64{0}}
	with := func(a Action, change func(*Action)) Action { change(&a); return a }
	mast := with(at, func(a *Action) { a.Kind, a.Template, a.SiteID = NewSite, "low", "N" })
	for name, c := range map[string]struct {
		action Action
		want   string
	}{
		"kind":                 {Action{Kind: "re-aim"}, `actions[0].action: "re-aim"; expected new_site, remote_sector, repeater, add_sector, add_band, raise, re_aim, re_band, re_power or remove (did you mean re_aim?)`},
		"template":             {with(mast, func(a *Action) { a.Template = "lov" }), `actions[0].template: "lov"; expected the name of one of the plan's templates (did you mean low?)`},
		"no template":          {with(mast, func(a *Action) { a.Template = "" }), "actions[0].template: none"},
		"id in use":            {with(mast, func(a *Action) { a.SiteID = "T1-old" }), `actions[0].site_id: "T1-old", which is there`},
		"no place":             {with(mast, func(a *Action) { a.Longitude, a.Latitude = 0, 0 }), "actions[0].longitude: none; expected -180 to 180 degrees"},
		"antenna above mast":   {with(mast, func(a *Action) { a.AntennaHeightM = 40 }), "actions[0].antenna_height_m: 40; expected metres above ground, above 0, within the structure (30)"},
		"parent of a new site": {with(mast, func(a *Action) { a.ParentSite = "T1" }), "actions[0].parent_site: T1; expected nothing, with action: new_site"},
		"site":                 {Action{Kind: Raise, SiteID: "T11", AntennaHeightM: 50}, `actions[0].site_id: "T11"; expected the id of a site of the network (did you mean T1?)`},
		"no height":            {Action{Kind: Raise, SiteID: "T1"}, "actions[0].antenna_height_m: none"},
		"lower":                {Action{Kind: Raise, SiteID: "T1", AntennaHeightM: 20}, "actions[0].antenna_height_m: 20; expected more than the antennas of site T1 have"},
		"above the structure":  {Action{Kind: Raise, SiteID: "T1", AntennaHeightM: 50}, "actions[0].antenna_height_m: 50; expected metres within the structure of site T1 (40) (structure_height_m says"},
		"sector above it":      {Action{Kind: AddSector, Template: "low", SiteID: "T1", AntennaHeightM: 50}, "actions[0].antenna_height_m: 50; expected metres within the structure of site T1 (40)"},
		"sector":               {Action{Kind: ReAim, SectorID: "T1/aa", AzimuthsDeg: []float64{1}}, `actions[0].sector_id: "T1/aa"; expected the id of a sector of the network (did you mean T1/a?)`},
		"sector of a site":     {Action{Kind: ReAim, SiteID: "T2", SectorID: "T1/a", AzimuthsDeg: []float64{1}}, `actions[0].sector_id: "T1/a"; expected the id of a sector of site T2`},
		"operator":             {Action{Kind: Remove, SiteID: "T2", Operator: "VinaPhone"}, "actions[0].operator: no sector as the action describes it"},
		"nothing to re-aim":    {Action{Kind: ReAim, SectorID: "T1/a"}, "actions[0].azimuth_deg: none, and no tilt; expected what to change"},
		"two azimuths":         {Action{Kind: ReAim, SectorID: "T1/a", AzimuthsDeg: []float64{1, 2}}, "actions[0].azimuth_deg: 2 directions; expected one"},
		"azimuth":              {Action{Kind: ReAim, SectorID: "T1/a", AzimuthsDeg: []float64{360}}, "actions[0].azimuth_deg: [360]; expected 0 to below 360"},
		"tilt":                 {Action{Kind: ReAim, SectorID: "T1/a", ElectricalTiltDeg: new(40.0)}, "actions[0].electrical_tilt_deg: 40; expected -30 to 30"},
		"power of a removal":   {Action{Kind: Remove, SiteID: "T1", EIRPDBm: 3}, "actions[0].eirp_dbm: 3; expected nothing, with action: remove"},
		"what to remove":       {Action{Kind: Remove}, "actions[0].site_id: none; expected an id"},
		"baseband": {with(at, func(a *Action) {
			a.Kind, a.Template, a.SiteID, a.ParentSite, a.Operator = RemoteSector, "low", "R", "T2", "VinaPhone"
		}), `actions[0].parent_site: "T2", where VinaPhone has no baseband`},
		"no direction": {Action{Kind: AddBand, Template: "low", SiteID: "T2", Operator: "MobiFone"}, "actions[0].azimuth_deg: none, and no sector of MobiFone"},
	} {
		_, err := Apply(standing(), []Action{c.action}, []template.Site{lowBand()})
		var ie *geo.InputError
		if !errors.Is(err, ErrPlan) || !errors.As(err, &ie) || !strings.HasPrefix(err.Error(), c.want) {
			t.Errorf("%s: %v, expected %s", name, err, c.want)
		}
	}
}

// Later actions find what earlier ones have left, and their errors say which they
// are.
func TestApplyInOrder(t *testing.T) {
	add := Action{Kind: NewSite, Template: "low", SiteID: "N", Longitude: 106.05, Latitude: 22.1, AzimuthsDeg: []float64{10}}
	up := Action{Kind: Raise, SiteID: "N", AntennaHeightM: 45, StructureHeightM: 45}
	gone := Action{Kind: Remove, SiteID: "N"}
	after, err := Apply(standing(), []Action{add, up}, []template.Site{lowBand()})
	if err != nil || after[2].Sectors[0].AntennaHeightM != 45 || after[2].StructureHeightM != 45 {
		t.Errorf("added and raised: %v, %v", line(after), err)
	}
	if after, err = Apply(standing(), []Action{add, up, gone}, []template.Site{lowBand()}); err != nil || len(after) != 2 {
		t.Errorf("added, raised and removed: %v, %v", line(after), err)
	}
	if _, err = Apply(standing(), []Action{add, gone, up}, []template.Site{lowBand()}); err == nil || !strings.HasPrefix(err.Error(), "actions[2].antenna_height_m") && !strings.HasPrefix(err.Error(), "actions[2].frequency_mhz") {
		t.Errorf("removed and raised: %v", err)
	}
}

// Whatever an action holds, applying it gives a network or an error that names a
// field, and leaves the network it was given alone.
func TestApplyLeavesTheNetworkAlone(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		some := func(name string, values ...string) string {
			return rapid.SampledFrom(append(values, "")).Draw(rt, name)
		}
		number := func(name string, values ...float64) float64 {
			return rapid.SampledFrom(append(values, 0)).Draw(rt, name)
		}
		var actions []Action
		for range rapid.IntRange(1, 3).Draw(rt, "actions") {
			a := Action{
				Kind: rapid.SampledFrom(kinds).Draw(rt, "kind"), Template: some("template", "low"), SiteID: some("site", "T1", "T2", "N"),
				ParentSite: some("parent", "T1", "N"), SectorID: some("sector", "T1/a", "T2/a", "N-1"), Operator: some("operator", "Viettel"),
				Longitude: number("lon", 106), Latitude: number("lat", 22), AntennaHeightM: number("height", 20, 60), StructureHeightM: number("structure", 30, 80),
				FrequencyMHz: number("MHz", 763, 1842.5), EIRPDBm: number("EIRP", 40),
			}
			if az := number("azimuth", 90, 270); az != 0 {
				a.AzimuthsDeg = []float64{az}
			}
			actions = append(actions, a)
		}
		sites := standing()
		after, err := Apply(sites, actions, []template.Site{lowBand()})
		if d := cmp.Diff(standing(), sites); d != "" {
			rt.Fatalf("the network given has changed:\n%s", d)
		}
		var ie *geo.InputError
		if err != nil && (!errors.Is(err, ErrPlan) || !errors.As(err, &ie) || !strings.HasPrefix(ie.Field, "actions[")) {
			rt.Fatalf("%v", err)
		}
		seen := map[string]bool{}
		for _, l := range line(after) {
			if id := strings.Fields(l)[1]; seen[id] {
				rt.Fatalf("two sectors %s:\n%s", id, strings.Join(line(after), "\n"))
			} else {
				seen[id] = true
			}
		}
	})
}

// A file may hold nothing but actions, and name templates of the project.
func TestFromYAMLActions(t *testing.T) {
	p, err := FromYAML([]byte("version: 1\nactions:\n  - {action: add_band, template: low, site_id: T1}\n  - {action: remove, site_id: T2}\n"), "a.yaml", lowBand(), template.Default())
	if err != nil {
		t.Fatal(err)
	}
	if len(p.Templates) != 1 || p.Templates[0].Name != "low" || len(p.Actions) != 2 {
		t.Errorf("%d actions, templates %v", len(p.Actions), p.Templates)
	}
	b, err := p.ToYAML()
	if err != nil {
		t.Fatal(err)
	}
	again, err := FromYAML(b, "b.yaml")
	if err != nil {
		t.Fatalf("%v\n%s", err, b)
	}
	if d := cmp.Diff(p.Actions, again.Actions, cmpopts.EquateEmpty()); d != "" {
		t.Errorf("-read +read again:\n%s", d)
	}
	_, err = FromYAML([]byte("version: 1\nactions:\n  - {action: add_band, template: high, site_id: T1}\n"), "a.yaml", lowBand())
	if want := `a.yaml:3:34: actions[0].template: "high"; expected the name of one of the plan's templates`; err == nil || !strings.HasPrefix(err.Error(), want) {
		t.Errorf("%v, expected %s", err, want)
	}
}

func TestTouches(t *testing.T) {
	for name, c := range map[string]struct {
		action Action
		want   []string
	}{
		"antennas that hang lower come up":   {Action{Kind: Raise, SiteID: "T1", Operator: "Viettel", AntennaHeightM: 36}, []string{"T1/a"}},
		"of every operator":                  {Action{Kind: Raise, SiteID: "T1-old", AntennaHeightM: 40}, []string{"T1/a", "T1/b", "T1/c"}},
		"a repeater repeats its donor":       {Action{Kind: Repeater, SiteID: "R", ParentSite: "T1", SectorID: "T1/c", AntennaHeightM: 10}, []string{"T1/c"}},
		"what is built touches none":         {Action{Kind: AddSector, SiteID: "T1", Operator: "Viettel"}, nil},
		"remote sectors touch none":          {Action{Kind: RemoteSector, SiteID: "R", ParentSite: "T1"}, nil},
		"a turned sector":                    {Action{Kind: ReAim, SectorID: "T2/a", AzimuthsDeg: []float64{10}}, []string{"T2/a"}},
		"a mast that is yet to be built":     {Action{Kind: Raise, SiteID: "T3", AntennaHeightM: 40}, nil},
		"what goes with an operator's going": {Action{Kind: Remove, SiteID: "T1", Operator: "VinaPhone"}, []string{"T1/c"}},
	} {
		if got := c.action.Touches(standing()); !slices.Equal(got, c.want) {
			t.Errorf("%s: %v, want %v", name, got, c.want)
		}
	}
}
