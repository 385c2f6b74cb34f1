package run

import (
	"context"
	"fmt"
	"io"
	"math"
	"slices"
	"strconv"
	"strings"

	"github.com/covgap/covgap/cmd/covgap/output"
	"github.com/covgap/covgap/cmd/covgap/progress"
	"github.com/covgap/covgap/coverage/propagation"
	"github.com/covgap/covgap/data"
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
	search := r.Options.Reporter.Start("reverse sweep", 0, "")
	var stage *progress.Stage // once the search is over
	in.Villages = r.targets()
	in.Progress = func(c candidate.Progress) {
		if search.SetOf(int64(c.Done), int64(c.Total), l.T("receivers", "điểm thu")); c.Done == c.Total {
			r.finish(search, "reverse sweep", fmt.Sprintf(l.T("%s receivers, %s of them from the store, %s paths swept", "%s điểm thu, trong đó %s lấy từ kho, quét %s đường truyền"),
				l.Int(int64(c.Total)), l.Int(int64(c.Stored)), l.Int(int64(c.Swept))), fmt.Sprintf("%d of %d from the store", c.Stored, c.Total))
			stage = r.Options.Reporter.Start("plan", 0, "")
		}
	}
	in.Chosen = func(w planner.Work) {
		if stage != nil {
			stage.Say(int64(w.Judged), l.T("claims judged", "kết quả đã kiểm"), r.doing(w))
		}
	}
	if p.Plan.Candidates.List {
		in.Rejected = func(x candidate.Rejection) { r.Rejected = append(r.Rejected, x) }
	}
	if from := r.Options.From; from != nil {
		keep(&in, from)
		in.OnlyKept = r.Options.Keep
	}
	var rivals *planner.Rivals
	if r.Robust == nil || in.OnlyKept { // what was not chosen would not be chosen otherwise
		r.Plan, err = planner.Make(ctx, in)
	} else {
		r.Plan, rivals, err = planner.MakeWithRivals(ctx, in, robust.RivalsPerVillage)
	}
	if err != nil {
		return err
	}
	if stage == nil { // there was nothing to search for
		stage = search
	}
	r.finish(stage, "plan", fmt.Sprintf(l.T("%s actions of %s candidates", "%s hạng mục từ %s lựa chọn"),
		l.Int(int64(len(r.Plan.Actions))), l.Int(int64(r.Plan.Candidates.Options))), "")
	if rivals == nil {
		return nil
	}
	return r.assessPlan(ctx, &in, rivals)
}

// Appraise says what the actions of a plan do for the target villages and cost, as
// "covgap plan --from FILE --keep" does: the error is that of [planner.Appraise].
func (r *Run) Appraise(ctx context.Context, plan *planner.Plan) (*planner.Plan, error) {
	in, err := r.planInput()
	if err != nil {
		return nil, err
	}
	in.Villages = r.targets()
	keep(&in, plan)
	out, err := planner.Appraise(ctx, in)
	if err != nil {
		return nil, fmt.Errorf("run: %w", err)
	}
	return out, nil
}

// keep has a plan made around the actions of another.
func keep(in *planner.Input, from *planner.Plan) {
	in.Kept, in.Dropped = from.Actions, from.Dropped()
	for _, t := range from.Templates {
		if !slices.ContainsFunc(in.Templates, func(o template.Site) bool { return o.Name == t.Name }) {
			in.Templates = append(slices.Clone(in.Templates), t)
		}
	}
}

// doing says what the making of a plan is at.
func (r *Run) doing(w planner.Work) string {
	l := r.Options.Lang
	now := map[planner.Doing]string{
		planner.Choosing:  l.T("choosing", "lựa chọn"),
		planner.Judging:   l.T("judging by the exact path", "kiểm bằng tuyến chính xác"),
		planner.Mending:   l.T("looking for fixes and replacements", "tìm cách khắc phục và thay thế"),
		planner.Comparing: l.T("comparing smaller limits", "so sánh các giới hạn nhỏ hơn"),
	}[w.Doing]
	return fmt.Sprintf(l.T("round %s, %s claims judged, %s", "vòng %s, đã kiểm %s kết quả, %s"), l.Int(int64(w.Round)), l.Int(int64(w.Judged)), now)
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
	if zones := r.Inputs.Zones; zones != nil {
		out.OnWater = func(p orb.Point) bool { return zones.At(p) == propagation.Sea }
	}
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

// planRow gives output.Plan of an action. A text that an action does not
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
	var zone any // of e_vn2000 and n_vn2000
	if s, ok := r.Coordinates(); ok {
		zone = s.Code()
	}
	return slices.Concat([]any{
		a.Rank, string(a.Kind), a.Template, a.SiteID, a.ParentSite, strings.Join(a.Touches(r.Inputs.Sites), " "), a.CommuneCode, commune,
	}, r.position(a.Position()), []any{
		a.GroundM, stated(a.StructureHeightM), a.AntennaHeightM, operator, string(a.Technology), stated(a.FrequencyMHz),
		strings.Join(azimuths, " "), tilt, stated(a.EIRPDBm), string(a.Power), string(a.Backhaul),
		a.BackhaulSite, stated(a.HopKm), hopAzimuth, a.Cost, string(r.Plan.Currency),
		len(a.Villages), strings.Join(a.Villages, " "), people, allPeople, a.VillagesCumulative, costPerPerson, replacement, year, a.Fund, itself, near, zone,
	})
}

// planRecords gives output.Plan.
func (r *Run) planRecords(write output.Write) error {
	for i := range r.Plan.Actions {
		a := &r.Plan.Actions[i]
		if err := write(a.Position(), r.planRow(a)...); err != nil {
			return err
		}
	}
	return nil
}

func (r *Run) writePlanYAML(w io.Writer) error {
	b, err := r.Plan.ToYAML()
	if err != nil {
		return err
	}
	_, err = w.Write(b)
	return err
}

// candidateRecords gives output.Candidates: every place that was refused, and why.
func (r *Run) candidateRecords(write output.Write) error {
	for _, x := range r.Rejected {
		if err := write(x.At, x.ID, x.At.Lon(), x.At.Lat(), string(x.Reason), x.Detail); err != nil {
			return err
		}
	}
	return nil
}

// costRecords gives output.PlanCosts.
func (r *Run) costRecords(write output.Write) error {
	for i := range r.Plan.Actions {
		a := &r.Plan.Actions[i]
		for _, l := range a.CostLines {
			var year any
			if l.Year != 0 {
				year = l.Year
			}
			if err := write(nil, a.Rank, a.SiteID, string(l.Item), text(l.Variant), string(l.Kind), year, l.Quantity, string(l.Unit), l.Amount, string(r.Plan.Currency)); err != nil {
				return err
			}
		}
	}
	return nil
}

// frontierRecords gives output.Frontier: the best for smaller budgets, or fewer actions.
func (r *Run) frontierRecords(write output.Write) error {
	for _, f := range r.Plan.Frontier {
		var count any
		if f.Count > 0 {
			count = f.Count
		}
		if err := write(nil, stated(f.Budget), count, f.Value, f.Bound, f.Actions, f.Cost, f.Nested, f.Value-f.Nested, string(r.Plan.Currency)); err != nil {
			return err
		}
	}
	return nil
}

// relayRecords gives output.Relays.
func (r *Run) relayRecords(write output.Write) error {
	for i := range r.Plan.Relays {
		y := &r.Plan.Relays[i]
		at := orb.Point{y.Longitude, y.Latitude}
		if err := write(at, slices.Concat([]any{y.ID}, r.position(at), []any{
			y.StructureHeightM, y.BackhaulSite, y.HopKm, y.HopAzimuthDeg, y.Cost, string(r.Plan.Currency), strings.Join(y.For, " "),
		})...); err != nil {
			return err
		}
	}
	return nil
}

// leftOutRecords gives output.LeftOut: the target villages that the plan does not bring
// to the criterion, and what would.
func (r *Run) leftOutRecords(write output.Write) error {
	for _, v := range r.Plan.LeftOut {
		places := make([]string, len(v.Fix))
		for i, f := range v.Fix {
			places[i] = f.Place
		}
		var confirmed any // of no fix
		if len(v.Fix) > 0 {
			confirmed = !v.FixUnconfirmed
		}
		if err := write(nil, v.Village, v.Name, string(v.Reason), strings.Join(v.Because, " "), v.ShareNow, v.ShareWithPlan, v.ShareWithAll,
			strings.Join(places, " "), stated(v.FixCost), confirmed, stated(v.EntersAt), string(r.Plan.Currency)); err != nil {
			return err
		}
	}
	return nil
}
