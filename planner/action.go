package planner

import (
	"fmt"
	"math"
	"slices"
	"strings"

	"github.com/covgap/covgap/data"
	"github.com/covgap/covgap/geo"
	"github.com/covgap/covgap/planner/backhaul"
	"github.com/covgap/covgap/planner/cost"
	"github.com/covgap/covgap/planner/power"
	"github.com/covgap/covgap/planner/template"
	"github.com/paulmach/orb"
)

// ActionKind is a kind of thing that can be done to a network.
type ActionKind string

// The kinds of action. [Apply] says what each does.
const (
	NewSite      ActionKind = "new_site"      // a mast from a template
	RemoteSector ActionKind = "remote_sector" // sectors elsewhere on the baseband of a site, which stays
	Repeater     ActionKind = "repeater"      // repeats a sector elsewhere
	AddSector    ActionKind = "add_sector"    // sectors from a template on a site's mast
	AddBand      ActionKind = "add_band"      // a carrier from a template in the directions of the sectors there
	Raise        ActionKind = "raise"         // a site's antennas come up to a height
	ReAim        ActionKind = "re_aim"        // another azimuth or tilt of a sector
	ReBand       ActionKind = "re_band"       // another frequency of a sector
	RePower      ActionKind = "re_power"      // another EIRP of a sector
	Remove       ActionKind = "remove"        // a site, or sectors of it
)

var kinds = []ActionKind{NewSite, RemoteSector, Repeater, AddSector, AddBand, Raise, ReAim, ReBand, RePower, Remove}

// places says whether an action of this kind puts up a site of its own.
func (k ActionKind) places() bool { return k == NewSite || k == RemoteSector || k == Repeater }

// builds says whether an action of this kind is made from a template.
func (k ActionKind) builds() bool { return k.places() || k == AddSector || k == AddBand }

// Action is one thing to do. What it does to a network stands in the members up to
// EIRPDBm, of which each kind reads some; the rest is what a plan knows of it.
// Amounts of money are in the plan's currency.
type Action struct {
	Rank     int        `yaml:"rank" json:"rank,omitempty"` // from 1, in build order
	Kind     ActionKind `yaml:"action" json:"action"`
	Template string     `yaml:"template,omitempty" json:"template,omitempty"` // what is built consists of
	// Place is the hex, point or site of an action that was copied from an alternative, the
	// frontier or a fix. It says nothing that the position does not.
	Place string `yaml:"place,omitempty" json:"place,omitempty"`
	// SiteID is the id of the new site, of kinds that put one up; else of the site
	// that changes.
	SiteID string `yaml:"site_id,omitempty" json:"site_id,omitempty"`
	// ParentSite has the baseband of a remote sector, or is the donor of a repeater.
	ParentSite string `yaml:"parent_site,omitempty" json:"parent_site,omitempty"`
	// SectorID is the sector that changes, or that a repeater repeats.
	SectorID         string  `yaml:"sector_id,omitempty" json:"sector_id,omitempty"`
	CommuneCode      string  `yaml:"commune_code,omitempty" json:"commune_code,omitempty"` // where the mast stands, "" when not known
	Longitude        float64 `yaml:"longitude,omitempty" json:"longitude,omitempty"`
	Latitude         float64 `yaml:"latitude,omitempty" json:"latitude,omitempty"`
	GroundM          float64 `yaml:"ground_m,omitempty" json:"ground_m,omitempty"` // above sea level
	StructureHeightM float64 `yaml:"structure_height_m,omitempty" json:"structure_height_m,omitempty"`
	AntennaHeightM   float64 `yaml:"antenna_height_m,omitempty" json:"antenna_height_m,omitempty"` // above ground
	// Operator, Technology and FrequencyMHz are those of what is built, by default the
	// template's; of other kinds they narrow down the sectors that change. The
	// frequency of a re_band is the new one.
	Operator          string          `yaml:"operator,omitempty" json:"operator,omitempty"`
	Technology        data.Technology `yaml:"technology,omitempty" json:"technology,omitempty"`
	FrequencyMHz      float64         `yaml:"frequency_mhz,omitempty" json:"frequency_mhz,omitempty"`
	AzimuthsDeg       []float64       `yaml:"azimuth_deg,omitempty" json:"azimuth_deg,omitempty"`                 // one a sector, rising
	MechanicalTiltDeg *float64        `yaml:"mechanical_tilt_deg,omitempty" json:"mechanical_tilt_deg,omitempty"` // positive down
	ElectricalTiltDeg *float64        `yaml:"electrical_tilt_deg,omitempty" json:"electrical_tilt_deg,omitempty"` // positive down
	EIRPDBm           float64         `yaml:"eirp_dbm,omitempty" json:"eirp_dbm,omitempty"`                       // of the carrier from one port; 0 stands for not given

	Power power.Kind `yaml:"power,omitempty" json:"power,omitempty"`
	// PowerAssumed says that the village the grid comes from does not state whether it
	// has grid power, and that it was taken for granted.
	PowerAssumed bool          `yaml:"power_assumed,omitempty" json:"power_assumed,omitempty"`
	Backhaul     backhaul.Kind `yaml:"backhaul,omitempty" json:"backhaul,omitempty"`
	// BackhaulSite is what the backhaul leads to: a site, a relay, or a fibre line.
	BackhaulSite  string  `yaml:"backhaul_site,omitempty" json:"backhaul_site,omitempty"`
	HopKm         float64 `yaml:"hop_km,omitempty" json:"hop_km,omitempty"`                   // of microwave, or of fibre to be laid
	HopAzimuthDeg float64 `yaml:"hop_azimuth_deg,omitempty" json:"hop_azimuth_deg,omitempty"` // of microwave, from the mast
	Year          int     `yaml:"year,omitempty" json:"year,omitempty"`                       // in which the budgets allow it
	Fund          string  `yaml:"fund,omitempty" json:"fund,omitempty"`                       // that pays; several joined by +
	// ReplacementCost is what the cheapest costs more that was found to bring the same
	// villages to their criterion without this place, all other actions staying, judged
	// by the exact path and each site connected by itself; nil when nothing that stands
	// was found. Of villages that are met anyway it is minus the action's cost.
	ReplacementCost    *float64   `yaml:"replacement_cost,omitempty" json:"replacement_cost,omitempty"`
	Kept               bool       `yaml:"kept,omitempty" json:"kept,omitempty"`         // not chosen: the plan was made around it, see Input.Kept
	Cost               float64    `yaml:"cost" json:"cost,omitempty"`                   // investment
	LifetimeCost       float64    `yaml:"lifetime_cost" json:"lifetime_cost,omitempty"` // with discounted running cost, see cost.Terms
	CostLines          []CostLine `yaml:"cost_lines" json:"cost_lines,omitempty"`
	Villages           []string   `yaml:"villages" json:"villages,omitempty"`           // that meet the criterion with this action and those before it
	PartlyServed       []string   `yaml:"partly_served" json:"partly_served,omitempty"` // others in which it newly serves somebody, and which still miss it
	PeopleNew          float64    `yaml:"people_new" json:"people_new,omitempty"`       // in hexes newly served, in Plan.WeightUnit
	PeopleCumulative   float64    `yaml:"people_cumulative" json:"people_cumulative,omitempty"`
	VillagesCumulative int        `yaml:"villages_cumulative" json:"villages_cumulative,omitempty"`
	CostPerPerson      float64    `yaml:"cost_per_person" json:"cost_per_person,omitempty"` // 0 when nobody is newly served
}

// CostLine is a part of an action's cost. What is paid per year or bought again is
// part of the lifetime cost alone.
type CostLine struct {
	Item     cost.Item     `yaml:"item" json:"item"`
	Variant  string        `yaml:"variant,omitempty" json:"variant,omitempty"`
	Kind     cost.LineKind `yaml:"kind" json:"kind"`
	Year     int           `yaml:"year,omitempty" json:"year,omitempty"` // of a replacement, counted from the start
	Quantity float64       `yaml:"quantity" json:"quantity"`
	Unit     cost.Unit     `yaml:"unit" json:"unit"`
	Amount   float64       `yaml:"amount" json:"amount"` // not discounted
}

// TiltDeg is the tilt of the beam, mechanical and electrical together, positive
// down; what the action leaves to its template counts as 0.
func (a *Action) TiltDeg() float64 {
	var sum float64
	for _, t := range []*float64{a.MechanicalTiltDeg, a.ElectricalTiltDeg} {
		if t != nil {
			sum += *t
		}
	}
	return sum
}

// Position is where the action stands.
func (a *Action) Position() orb.Point { return orb.Point{a.Longitude, a.Latitude} }

// need says what a kind of action does with a field.
type need int

const (
	optional need = iota
	required
	refused
)

// validate gives a [*geo.InputError] that wraps ErrPlan and names the first field
// that is wrong by itself or against the templates.
func (a *Action) validate(templates []template.Site) error {
	wrong := func(field, found, expected string) error {
		return &geo.InputError{Field: field, Found: found, Expected: expected, Err: ErrPlan}
	}
	if !slices.Contains(kinds, a.Kind) {
		names := make([]string, len(kinds))
		for i, k := range kinds {
			names[i] = string(k)
		}
		e := &geo.InputError{Field: "action", Found: fmt.Sprintf("%q", a.Kind), Expected: strings.Join(names[:len(names)-1], ", ") + " or " + names[len(names)-1], Err: ErrPlan}
		e.Hint = geo.DidYouMean(string(a.Kind), names)
		return e
	}
	is := func(kinds ...ActionKind) bool { return slices.Contains(kinds, a.Kind) }
	when := func(need need, yes bool, otherwise need) need {
		if yes {
			return need
		}
		return otherwise
	}
	inside := func(v, lo, hi float64) bool { return v >= lo && v <= hi } // false for NaN
	tilt := func(t *float64) (bool, string, bool) {
		if t == nil {
			return false, "", true
		}
		return true, fmt.Sprint(*t), inside(*t, -30, 30)
	}
	mechanical, mechanicalText, mechanicalOK := tilt(a.MechanicalTiltDeg)
	electrical, electricalText, electricalOK := tilt(a.ElectricalTiltDeg)
	azimuthsOK := !slices.ContainsFunc(a.AzimuthsDeg, func(v float64) bool { return !(v >= 0 && v < 360) })
	onSector := is(ReAim, ReBand, RePower)
	for _, f := range []struct {
		field    string
		need     need
		given    bool
		found    string
		ok       bool
		expected string
	}{
		{"template", when(required, a.Kind.builds(), refused), a.Template != "", a.Template, true, "the name of one of the plan's templates"},
		{"site_id", when(optional, onSector || is(Remove) && a.SectorID != "", required), a.SiteID != "", a.SiteID, true, "an id"},
		{"parent_site", when(required, is(RemoteSector, Repeater), refused), a.ParentSite != "", a.ParentSite, true, "the id of a site"},
		{"sector_id", when(required, onSector || is(Repeater), when(optional, is(Raise, Remove), refused)), a.SectorID != "", a.SectorID, true, "the id of a sector"},
		{"longitude", when(required, a.Kind.places(), optional), a.Longitude != 0 || a.Latitude != 0, fmt.Sprint(a.Longitude), inside(a.Longitude, -180, 180), "-180 to 180 degrees"},
		{"latitude", when(required, a.Kind.places(), optional), a.Longitude != 0 || a.Latitude != 0, fmt.Sprint(a.Latitude), inside(a.Latitude, -90, 90), "-90 to 90 degrees"},
		{"structure_height_m", when(optional, a.Kind.places() || is(Raise), refused), a.StructureHeightM != 0, fmt.Sprint(a.StructureHeightM), inside(a.StructureHeightM, 0, 300), "metres above ground, above 0, at most 300"},
		{"antenna_height_m", when(required, is(Raise), when(optional, a.Kind.builds(), refused)), a.AntennaHeightM != 0, fmt.Sprint(a.AntennaHeightM), inside(a.AntennaHeightM, 0, 300), "metres above ground, above 0, at most 300"},
		{"frequency_mhz", when(required, is(ReBand), optional), a.FrequencyMHz != 0, fmt.Sprint(a.FrequencyMHz), inside(a.FrequencyMHz, 30, 100_000), "30 to 100,000 MHz"},
		{"azimuth_deg", when(optional, a.Kind.builds() || is(ReAim), refused), len(a.AzimuthsDeg) > 0, fmt.Sprint(a.AzimuthsDeg), azimuthsOK, "0 to below 360 degrees from true north"},
		{"mechanical_tilt_deg", when(optional, a.Kind.builds() || is(ReAim), refused), mechanical, mechanicalText, mechanicalOK, "-30 to 30 degrees, positive down"},
		{"electrical_tilt_deg", when(optional, a.Kind.builds() || is(ReAim), refused), electrical, electricalText, electricalOK, "-30 to 30 degrees, positive down"},
		{"eirp_dbm", when(required, is(RePower, Repeater), when(optional, a.Kind.builds(), refused)), a.EIRPDBm != 0, fmt.Sprint(a.EIRPDBm), inside(a.EIRPDBm, -30, 100), "-30 to 100 dBm"},
		{"power", when(optional, a.Kind.places(), refused), a.Power != "", string(a.Power), true, ""},
		{"backhaul", when(optional, a.Kind.places(), refused), a.Backhaul != "", string(a.Backhaul), true, ""},
		{"cost", optional, a.Cost != 0, fmt.Sprint(a.Cost), a.Cost >= 0, "0 or more"},
	} {
		switch {
		case f.need == required && !f.given:
			return wrong(f.field, "none", f.expected)
		case f.need == refused && f.given:
			return wrong(f.field, f.found, "nothing, with action: "+string(a.Kind))
		case f.given && !f.ok:
			return wrong(f.field, f.found, f.expected)
		}
	}
	if is(ReAim) {
		if len(a.AzimuthsDeg) > 1 {
			return wrong("azimuth_deg", fmt.Sprintf("%d directions", len(a.AzimuthsDeg)), "one, with action: re_aim")
		}
		if len(a.AzimuthsDeg) == 0 && !mechanical && !electrical {
			return wrong("azimuth_deg", "none, and no tilt", "what to change, with action: re_aim")
		}
	}
	if is(Raise) && a.StructureHeightM != 0 && a.AntennaHeightM > a.StructureHeightM {
		return wrong("antenna_height_m", fmt.Sprint(a.AntennaHeightM), fmt.Sprintf("within the structure (%g)", a.StructureHeightM))
	}
	if !a.Kind.builds() {
		return nil
	}
	i := slices.IndexFunc(templates, func(t template.Site) bool { return t.Name == a.Template })
	if i < 0 {
		names := make([]string, len(templates))
		for i := range templates {
			names[i] = templates[i].Name
		}
		e := &geo.InputError{Field: "template", Found: fmt.Sprintf("%q", a.Template), Expected: "the name of one of the plan's templates", Err: ErrPlan}
		e.Hint = geo.DidYouMean(a.Template, names)
		return e
	}
	t := a.template(templates)
	return t.Validate()
}

// template gives the action's template as the action has it: what a user edits in
// the action counts, what the action leaves out is the template's, and directions
// that neither names are spread evenly from north. On a mast that stands, the
// structure is as high as the antennas need. The action's template must be among
// those given.
func (a *Action) template(templates []template.Site) template.Site {
	i := slices.IndexFunc(templates, func(t template.Site) bool { return t.Name == a.Template })
	t := templates[i]
	set := func(to *float64, v float64) {
		if v != 0 {
			*to = v
		}
	}
	set(&t.StructureHeightM, a.StructureHeightM)
	set(&t.AntennaHeightM, a.AntennaHeightM)
	if !a.Kind.places() {
		t.StructureHeightM = max(t.StructureHeightM, t.AntennaHeightM)
	}
	if a.Kind != Repeater { // which has them from its donor
		set(&t.FrequencyMHz, a.FrequencyMHz)
		if a.Operator != "" {
			t.Operator = a.Operator
		}
		if a.Technology != "" {
			t.Technology = a.Technology
		}
	}
	if len(a.AzimuthsDeg) > 0 {
		t.Sectors, t.AzimuthsDeg = len(a.AzimuthsDeg), a.AzimuthsDeg
	}
	if len(t.AzimuthsDeg) == 0 {
		t.AzimuthsDeg = make([]float64, t.Sectors)
		for k := range t.AzimuthsDeg {
			t.AzimuthsDeg[k] = math.Round(360 * float64(k) / float64(t.Sectors))
		}
	}
	if a.MechanicalTiltDeg != nil {
		t.MechanicalTiltDeg = *a.MechanicalTiltDeg
	}
	if a.ElectricalTiltDeg != nil {
		t.ElectricalTiltDeg = *a.ElectricalTiltDeg
	}
	if a.EIRPDBm != 0 {
		t.PowerDBm += a.EIRPDBm - t.EIRPDBm()
	}
	return t
}
