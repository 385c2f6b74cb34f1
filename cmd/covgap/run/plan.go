package run

import (
	"context"
	"fmt"
	"io"
	"math"
	"slices"
	"strconv"
	"strings"

	"github.com/covgap/covgap/data"
	"github.com/covgap/covgap/geo/crs"
	"github.com/covgap/covgap/geo/geojson"
	"github.com/covgap/covgap/geo/lineindex"
	"github.com/covgap/covgap/planner"
	"github.com/covgap/covgap/planner/backhaul"
	"github.com/covgap/covgap/planner/candidate"
	"github.com/covgap/covgap/planner/robust"
	"github.com/covgap/covgap/planner/template"
	"github.com/paulmach/orb"
)

// MakePlan ranks what to build for the target villages.
func (r *Run) MakePlan(ctx context.Context) error {
	p, l := r.Project, r.Options.Lang
	in, err := r.planInput()
	if err != nil {
		return err
	}
	stage := r.Options.Reporter.Start("plan", 0, "")
	in.Villages = r.targets()
	in.Progress = func(c candidate.Progress) {
		stage.SetOf(int64(c.Done), int64(c.Total), l.T("receivers", "điểm thu"))
	}
	if p.Plan.Candidates.List {
		in.Rejected = func(x candidate.Rejection) { r.Rejected = append(r.Rejected, x) }
	}
	if from := r.Options.From; from != nil {
		in.Kept, in.OnlyKept, in.Dropped = from.Actions, r.Options.Keep, from.Dropped()
		for _, t := range from.Templates {
			if !slices.ContainsFunc(in.Templates, func(o template.Site) bool { return o.Name == t.Name }) {
				in.Templates = append(slices.Clone(in.Templates), t)
			}
		}
	}
	var rivals *planner.Rivals
	if r.Robust == nil {
		r.Plan, err = planner.Make(ctx, in)
	} else {
		r.Plan, rivals, err = planner.MakeWithRivals(ctx, in, robust.RivalsPerVillage)
	}
	if err != nil {
		return err
	}
	r.finish(stage, "plan", fmt.Sprintf(l.T("%s actions of %s candidates", "%s hạng mục trong %s phương án"),
		l.Int(int64(len(r.Plan.Actions))), l.Int(int64(r.Plan.Candidates.Options))), "")
	if rivals == nil {
		return nil
	}
	return r.assessPlan(ctx, &in, rivals)
}

// planInput gives what a plan depends on, but for its target villages.
func (r *Run) planInput() (planner.Input, error) {
	p := r.Project
	params, err := r.params()
	if err != nil {
		return planner.Input{}, err
	}
	params.RadiusM = p.Plan.Candidates.RadiusKm * 1000
	st, err := r.openStore()
	if err != nil {
		return planner.Input{}, err
	}
	return planner.Input{
		Store: st, Limits: r.limits(), Points: r.Inputs.Points, OnlyPoints: p.Plan.Candidates.OnlyPoints,
		Sites: r.Inputs.Sites, Communes: r.Inputs.Index, Kinds: p.Plan.Actions,
		Params: params, Antennas: r.Inputs.Antennas, Criterion: p.Criterion,
		Templates: p.Plan.Templates, Costs: r.Inputs.Costs,
		Supply: planner.Supply{
			Roads: r.Inputs.Lines[data.Roads], PowerLines: r.Inputs.Lines[data.PowerLines], Fibre: r.Inputs.Lines[data.FibreLines],
			Villages: r.Inputs.Villages, Access: p.Plan.Access, Power: p.Plan.Power, Backhaul: p.Plan.Backhaul, Remote: p.Plan.Remote,
			Repeater: p.Plan.Repeater,
		},
		Objective: p.Plan.Objective, Constraints: p.Plan.Constraints,
		CandidateResolution: p.Plan.Candidates.Resolution, Workers: r.Options.Workers,
	}, nil
}

// limits says where new masts may stand.
func (r *Run) limits() candidate.Limits {
	c := &r.Project.Plan.Candidates
	var area orb.MultiPolygon
	for i := range r.Inputs.Areas {
		area = append(area, r.Inputs.Areas[i].Geometry...)
	}
	out := candidate.Limits{Area: area, BorderM: c.BorderM, MaxSlope: c.MaxSlopeDeg, Exclusions: r.Inputs.Exclusions, MaxRoadM: c.MaxRoadKm * 1000}
	if c.MaxRoadKm > 0 {
		roads := lineindex.New(r.Inputs.Lines[data.Roads])
		out.RoadM = func(p orb.Point) float64 {
			hit, ok := roads.Nearest(p)
			if !ok {
				return math.Inf(1)
			}
			return hit.DistanceM
		}
	}
	return out
}

// targets gives the villages that the plan is for, with what is served today.
func (r *Run) targets() []planner.Village {
	c := r.Coverage
	var out []planner.Village
	for i := range c.Places {
		if !r.Gaps.target(c, i) {
			continue
		}
		v := planner.Village{Place: c.Places[i], Served: make([]bool, len(c.Places[i].Hexes))}
		for k, h := range v.Hexes {
			v.Served[k] = c.served(h.Cell)
		}
		v.CenterServed = c.served(v.Center)
		out = append(out, v)
	}
	return out
}

// vn2000 gives the position in the VN-2000 zone of Cao Bang (EPSG:9210), the
// coordinates that Vietnamese surveyors stake out. Empty outside Vietnam.
func vn2000(p orb.Point) (e, n any) {
	system, err := crs.Lookup("EPSG:9210")
	if err != nil {
		panic(err) // the package knows its own codes
	}
	x, y, err := system.FromWGS84(p)
	if err != nil {
		return nil, nil
	}
	return x, y
}

var planColumns = []geojson.Column{
	{Name: "rank", Type: geojson.Integer},
	{Name: "action", Type: geojson.String},
	{Name: "template", Type: geojson.String},
	{Name: "site_id", Type: geojson.String},
	{Name: "parent_site", Type: geojson.String},
	{Name: "sector_id", Type: geojson.String},
	{Name: "commune_code", Type: geojson.String},
	{Name: "commune", Type: geojson.String},
	{Name: "longitude", Type: geojson.Number, Decimals: 6},
	{Name: "latitude", Type: geojson.Number, Decimals: 6},
	{Name: "e_vn2000", Type: geojson.Number, Decimals: 2},
	{Name: "n_vn2000", Type: geojson.Number, Decimals: 2},
	{Name: "ground_m", Type: geojson.Number, Decimals: 1},
	{Name: "structure_height_m", Type: geojson.Number, Decimals: 1},
	{Name: "antenna_height_m", Type: geojson.Number, Decimals: 1},
	{Name: "operator", Type: geojson.String},
	{Name: "technology", Type: geojson.String},
	{Name: "frequency_mhz", Type: geojson.Number, Decimals: 3},
	{Name: "azimuth_deg", Type: geojson.String},
	{Name: "tilt_deg", Type: geojson.Number, Decimals: 1},
	{Name: "eirp_dbm", Type: geojson.Number, Decimals: 1},
	{Name: "power", Type: geojson.String},
	{Name: "backhaul", Type: geojson.String},
	{Name: "backhaul_site", Type: geojson.String},
	{Name: "hop_km", Type: geojson.Number, Decimals: 2},
	{Name: "hop_azimuth_deg", Type: geojson.Number, Decimals: 1},
	{Name: "cost", Type: geojson.Number, Decimals: 2},
	{Name: "currency", Type: geojson.String},
	{Name: "villages", Type: geojson.Integer},
	{Name: "village_ids", Type: geojson.String},
	{Name: "people_new", Type: geojson.Number, Decimals: 1},
	{Name: "people_cumulative", Type: geojson.Number, Decimals: 1},
	{Name: "villages_cumulative", Type: geojson.Integer},
	{Name: "cost_per_person", Type: geojson.Number, Decimals: 2},
	{Name: "replacement_cost", Type: geojson.Number, Decimals: 2},
	{Name: "year", Type: geojson.Integer},
	{Name: "fund", Type: geojson.String},
	{Name: "selection_frequency", Type: geojson.Number, Decimals: 2},
	{Name: "selection_frequency_near", Type: geojson.Number, Decimals: 2},
}

// planRow gives the values of planColumns for an action. A text that an action does not
// have is empty: that a site has no parent is known.
func (r *Run) planRow(a *planner.Action) []any {
	commune := ""
	if area, ok := r.Inputs.Index.At(a.Position()); ok {
		commune = area.Name
	}
	azimuths := make([]string, len(a.AzimuthsDeg))
	for i, az := range a.AzimuthsDeg {
		azimuths[i] = strconv.FormatFloat(az, 'f', -1, 64)
	}
	operator := a.Operator
	if operator == "" {
		operator = "shared"
	}
	e, n := vn2000(a.Position())
	var people, allPeople, costPerPerson any // not known where no population is
	if r.Plan.WeightUnit == data.People {
		people, allPeople, costPerPerson = a.PeopleNew, a.PeopleCumulative, stated(a.CostPerPerson)
	}
	var tilt, hopAzimuth, replacement, year any
	if len(a.AzimuthsDeg) > 0 {
		tilt = a.TiltDeg()
	}
	if a.Backhaul == backhaul.Microwave {
		hopAzimuth = a.HopAzimuthDeg
	}
	if a.ReplacementCost != nil {
		replacement = *a.ReplacementCost
	}
	if a.Year != 0 {
		year = a.Year
	}
	itself, near := r.frequency(a.Rank - 1)
	return []any{
		a.Rank, string(a.Kind), a.Template, a.SiteID, a.ParentSite, strings.Join(a.Touches(r.Inputs.Sites), " "), a.CommuneCode, commune, a.Longitude, a.Latitude, e, n,
		a.GroundM, stated(a.StructureHeightM), a.AntennaHeightM, operator, string(a.Technology), stated(a.FrequencyMHz),
		strings.Join(azimuths, " "), tilt, stated(a.EIRPDBm), string(a.Power), string(a.Backhaul),
		a.BackhaulSite, stated(a.HopKm), hopAzimuth, a.Cost, string(r.Plan.Currency),
		len(a.Villages), strings.Join(a.Villages, " "), people, allPeople, a.VillagesCumulative, costPerPerson, replacement, year, a.Fund, itself, near,
	}
}

func (r *Run) writePlan(w io.Writer) error {
	gw, err := geojson.NewWriter(w, geojson.Options{Columns: planColumns})
	if err != nil {
		return err
	}
	for i := range r.Plan.Actions {
		a := &r.Plan.Actions[i]
		if err := gw.Write(a.Position(), r.planRow(a)...); err != nil {
			return err
		}
	}
	return gw.Close()
}

func (r *Run) writePlanCSV(w io.Writer) error {
	cw, err := newTable(w, columnNames(planColumns)...)
	if err != nil {
		return err
	}
	for i := range r.Plan.Actions {
		if err := cw.Write(cells(planColumns, r.planRow(&r.Plan.Actions[i]))...); err != nil {
			return err
		}
	}
	return cw.Flush()
}

// cells writes the values of a feature as those of a table.
func cells(columns []geojson.Column, values []any) []string {
	row := make([]string, len(columns))
	for k, v := range values {
		switch v := v.(type) {
		case nil:
		case string:
			row[k] = v
		case int:
			row[k] = strconv.Itoa(v)
		case float64:
			row[k] = decimal(v, columns[k].Decimals)
		case bool:
			row[k] = affirm(v)
		default:
			panic(fmt.Sprintf("run: column %s holds a %T", columns[k].Name, v))
		}
	}
	return row
}

func (r *Run) writePlanYAML(w io.Writer) error {
	b, err := r.Plan.ToYAML()
	if err != nil {
		return err
	}
	_, err = w.Write(b)
	return err
}

// writeCandidates writes candidates.csv: every place that was refused, and why.
func (r *Run) writeCandidates(w io.Writer) error {
	cw, err := newTable(w, "place", "longitude", "latitude", "reason", "detail")
	if err != nil {
		return err
	}
	for _, x := range r.Rejected {
		if err := cw.Write(x.ID, decimal(x.At.Lon(), 6), decimal(x.At.Lat(), 6), string(x.Reason), x.Detail); err != nil {
			return err
		}
	}
	return cw.Flush()
}

// writeFrontier writes frontier.csv: the best for smaller budgets, or fewer actions.
func (r *Run) writeFrontier(w io.Writer) error {
	cw, err := newTable(w, "budget", "count", "value", "bound", "actions", "cost", "nested", "price_of_nested", "currency")
	if err != nil {
		return err
	}
	for _, f := range r.Plan.Frontier {
		count := ""
		if f.Count > 0 {
			count = strconv.Itoa(f.Count)
		}
		if err := cw.Write(optional(f.Budget, 2), count, decimal(f.Value, 1), decimal(f.Bound, 1), strconv.Itoa(f.Actions), decimal(f.Cost, 2),
			decimal(f.Nested, 1), decimal(f.Value-f.Nested, 1), string(r.Plan.Currency)); err != nil {
			return err
		}
	}
	return cw.Flush()
}

// writeLeftOut writes left_out.csv: the target villages that the plan does not bring to
// the criterion, and what would.
func (r *Run) writeLeftOut(w io.Writer) error {
	cw, err := newTable(w, "village_id", "name", "reason", "share_now", "share_with_plan", "share_with_all", "fix_places", "fix_cost", "enters_at", "currency")
	if err != nil {
		return err
	}
	for _, v := range r.Plan.LeftOut {
		places := make([]string, len(v.Fix))
		for i, f := range v.Fix {
			places[i] = f.Place
		}
		if err := cw.Write(v.Village, v.Name, string(v.Reason), decimal(v.ShareNow, 3), decimal(v.ShareWithPlan, 3), decimal(v.ShareWithAll, 3),
			strings.Join(places, " "), optional(v.FixCost, 2), optional(v.EntersAt, 2), string(r.Plan.Currency)); err != nil {
			return err
		}
	}
	return cw.Flush()
}
