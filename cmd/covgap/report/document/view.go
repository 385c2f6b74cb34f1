package document

import (
	"cmp"
	"context"
	"fmt"
	"html/template"
	"maps"
	"math"
	"slices"
	"strings"

	"github.com/covgap/covgap/cmd/covgap/lang"
	"github.com/covgap/covgap/cmd/covgap/output"
	"github.com/covgap/covgap/cmd/covgap/run"
	"github.com/covgap/covgap/coverage/cause"
	"github.com/covgap/covgap/data"
	"github.com/covgap/covgap/geo/hexgrid"
	"github.com/covgap/covgap/planner"
	"github.com/covgap/covgap/planner/cost"
)

// sections are the report's, in order: a text each under "sec.".
var sections = []string{"summary", "map", "gaps", "plan", "communes", "declared", "profiles", "certainty", "method", "limits", "sign"}

// measurementsShown is how many rows of measurements.csv the report repeats.
const measurementsShown = 10

// view is what the template fills in: texts in the report's language.
type view struct {
	Lang      lang.Lang
	Title     string
	Project   string
	Facts     []string // under the title
	Synthetic bool
	// ScriptHash is that of Script, so that no other runs.
	ScriptHash template.URL
	Style      template.CSS
	Script     template.JS
	Data       template.JS

	Sections []section
	Figures  []figure
	Summary  []string
	MapNote  string
	Still    template.URL // the map as a picture
	Legend   []string     // thresholds
	Gaps     []gapRow
	Plan     *planView
	Communes table
	Declared *declaredView
	Profiles []profileView
	Sure     sureView
	Method   methodView
	Limits   []string
}

// section is an entry of the contents.
type section struct {
	ID, Title string
	Number    int
}

// figure is a key figure.
type figure struct{ Value, Label, Note string }

// fact is a row of a table of two columns.
type fact struct{ Name, Value string }

// table is a plain table. Numeric columns stand right.
type table struct {
	Head    []string
	Numeric []bool
	Rows    [][]string
	Foot    []string
}

func (t *table) column(head string, numeric bool) {
	t.Head, t.Numeric = append(t.Head, head), append(t.Numeric, numeric)
}

// tablePart and factsPart are what the template's parts of these names fill in.
type tablePart struct {
	Caption, Class string
	Table          table
}

type factsPart struct {
	Caption string
	Facts   []fact
}

type gapRow struct {
	Rank                      string
	ID, Name, Commune         string
	Households, Unserved, All string
	Estimated                 bool
	Grid                      string
	NoGrid                    bool
	Declared, DeclaredClass   string
	Class, ClassName, Certain string
	Cause, CauseNote          string
	Fix                       []string
	Action                    int // of the plan, 0 for none
}

type planView struct {
	Statements []string
	Actions    []actionRow
	CostHead   string
	Again      string // what "chosen again" means; "" where it was not assessed
	Items      table
	Kinds      table
	Phases     table
	Frontier   table
	LeftOut    table
}

type actionRow struct {
	Rank                          int
	Kind, Site, Parent, Template  string
	Commune, Position, VN2000     string
	Ground, Height, Azimuth, Tilt string
	Operator, Carrier             string
	Feed                          []string
	Cost, Villages, Names         string
	People, Cumulative, PerHead   string
	Again                         string
}

type declaredView struct {
	Both, DeclaredOnly, ComputedOnly, Neither string
	Rest                                      string
	List, Also                                table
}

type sureView struct {
	Shifts   table
	Draws    string // "" where the certainty was not assessed
	Classes  table
	Second   string
	Plan     string
	Measure  table
	MeasureN string
}

type methodView struct {
	Steps            []string
	Criterion, Model []fact
	Defaults         table
	Notices          table
	Inputs           table
	Sources          []string
}

// writer makes the view.
type writer struct {
	*Document
	l        lang.Lang
	byID     map[string]*village
	gapByID  map[string]row
	actionOf map[string]*planner.Action  // of a village that it brings to the criterion
	leftOut  map[string]*planner.LeftOut // by village
}

func (w *writer) t(key string, values ...any) string { return text(w.l, key, values...) }

func (w *writer) int(v float64) string { return w.l.Float(v+0, 0) } // without a negative zero

// class gives a class in words, a dash where there is none.
func (w *writer) class(code string) string {
	return cmp.Or(output.Villages.Word(w.l, "class", code), "–")
}

func (w *writer) count(n int) string { return w.l.Int(int64(n)) }

func (w *writer) percent(share float64, decimals int) string {
	return w.l.Float(100*share, decimals) + "\u00a0%"
}

// of writes a column of a row, "" where nothing is known.
func (w *writer) of(r row, column string, decimals int) string {
	v, ok := r.number(column)
	if !ok {
		return ""
	}
	return w.l.Float(v, decimals)
}

func (w *writer) villages(n int) string {
	if n == 1 {
		return w.t("villages.1", w.count(n))
	}
	return w.t("villages.n", w.count(n))
}

func (d *Document) view(ctx context.Context, l lang.Lang) (*view, error) {
	w := &writer{Document: d, l: l, byID: map[string]*village{}, gapByID: map[string]row{}, actionOf: map[string]*planner.Action{}, leftOut: map[string]*planner.LeftOut{}}
	for i := range d.found.villages {
		w.byID[d.found.villages[i].ID] = &d.found.villages[i]
	}
	for _, g := range d.found.gaps {
		w.gapByID[g["village_id"]] = g
	}
	title := "title.gaps"
	if p := d.found.plan; p != nil {
		title = "title"
		for i := range p.Actions {
			for _, v := range p.Actions[i].Villages {
				w.actionOf[v] = &p.Actions[i]
			}
		}
		for i := range p.LeftOut {
			w.leftOut[p.LeftOut[i].Village] = &p.LeftOut[i]
		}
	}
	s := d.summary
	v := &view{Lang: l, Title: w.t(title), Project: s.Project, Synthetic: s.Synthetic}
	for i, id := range sections {
		v.Sections = append(v.Sections, section{id, w.t("sec." + id), i + 1})
	}
	if s.Date != "" {
		v.Facts = append(v.Facts, w.t("head.network", s.Date))
	}
	v.Facts = append(v.Facts, w.t("head.criterion", s.Criterion.Name, s.Criterion.Version), w.t("head.model", s.Model.Source))
	v.Figures, v.Summary = w.figures(), w.sentences()
	if shown := w.mapResolution(); shown == s.Model.Resolution {
		v.MapNote = w.t("map.same", w.int(hexgrid.EdgeM(shown)))
	} else {
		v.MapNote = w.t("map.note", w.int(hexgrid.EdgeM(shown)), w.int(hexgrid.EdgeM(s.Model.Resolution)))
	}
	for _, t := range slices.Sorted(maps.Keys(s.Criterion.Thresholds)) {
		v.Legend = append(v.Legend, fmt.Sprintf("%s ≥ %s dBm", t, w.int(s.Criterion.Thresholds[t].ServedDBm)))
	}
	for _, g := range d.found.gaps {
		v.Gaps = append(v.Gaps, w.gap(g))
	}
	v.Plan, v.Communes, v.Declared = w.plan(), w.communes(), w.declared()
	var err error
	if v.Profiles, err = w.profiles(ctx); err != nil {
		return nil, err
	}
	v.Sure, v.Method, v.Limits = w.sure(), w.method(), w.limits()
	return v, nil
}

// mapResolution is that of the hexes on the map.
func (w *writer) mapResolution() int {
	if hexes := coarser(w.found.hexes); len(hexes) > 0 {
		return hexes[0].cell.Resolution()
	}
	return w.summary.Model.Resolution
}

// unserved sums the people of the gaps, those without service and all.
func (w *writer) unserved() (without, all float64) {
	for i := range w.found.villages {
		v := &w.found.villages[i]
		if !v.gap() {
			continue
		}
		if v.Unserved != nil {
			without += *v.Unserved
		}
		if v.People != nil {
			all += *v.People
		}
	}
	return without, all
}

// declaredGaps counts the villages that are declared weak or none, of those that count.
func (w *writer) declaredGaps() int {
	a := w.summary.Declared
	return a.Both + a.DeclaredOnly
}

// unknownGrid counts the gaps that do not say whether they have grid power.
func (w *writer) unknownGrid() (n int) {
	for _, g := range w.found.gaps {
		if g["grid_power"] == "" {
			n++
		}
	}
	return n
}

// alreadyMeet counts the targets that meet the criterion by computation.
func (w *writer) alreadyMeet() (n int) {
	for _, o := range w.found.plan.LeftOut {
		if o.Reason == planner.AlreadyMeets {
			n++
		}
	}
	return n
}

func (w *writer) figures() []figure {
	s := w.summary
	without, all := w.unserved()
	grid := ""
	if n := w.unknownGrid(); n > 0 {
		grid = w.t("fig.grid.note", w.count(n))
	}
	out := []figure{
		{w.count(s.Counts.Gaps), w.t("fig.gaps"), w.t("fig.gaps.note", w.count(s.Counts.Villages), w.count(s.Counts.Weak), w.count(s.Counts.None))},
		{w.int(without), w.t("fig.people"), w.t("fig.people.note", w.int(all))},
		{w.count(s.Counts.GapsWithoutGrid), w.t("fig.grid"), grid},
	}
	if s.Declared != nil {
		out = append(out, figure{w.count(s.Declared.Both), w.t("fig.declared"), w.t("fig.declared.note", w.count(w.declaredGaps()))})
	}
	if p := w.found.plan; p != nil {
		out = append(out,
			figure{w.int(p.Cost), w.t("fig.cost", p.Currency), w.t("fig.cost.note", w.count(len(p.Actions)))},
			figure{w.count(p.VillagesServed), w.t("fig.served"), w.t("fig.served.note", w.count(p.Targets), w.count(w.alreadyMeet()))})
	}
	return out
}

func (w *writer) sentences() []string {
	s := w.summary
	without, _ := w.unserved()
	out := []string{w.t("sum.gaps", w.count(s.Counts.Villages), w.count(s.Counts.Gaps), w.count(s.Counts.Weak), w.count(s.Counts.None), w.int(without))}
	var causes []string
	for _, c := range s.Causes {
		causes = append(causes, w.t("sum.cause", w.count(c.Villages), output.Gaps.Word(w.l, "cause", string(c.Cause))))
	}
	if len(causes) > 0 {
		out = append(out, w.t("sum.causes", strings.Join(causes, ", ")))
	}
	if a := s.Declared; a != nil {
		out = append(out, w.t("sum.declared", w.count(w.declaredGaps()), w.count(a.Both), w.count(a.DeclaredOnly), w.count(a.ComputedOnly)))
	}
	if p := w.found.plan; p != nil {
		if p.WeightUnit == data.People {
			out = append(out, w.t("sum.plan", w.count(p.VillagesServed), w.count(p.Targets), w.int(p.PeopleNew), w.count(len(p.Actions)), w.int(p.Cost), p.Currency))
		} else {
			out = append(out, w.t("sum.plan.other", w.count(p.VillagesServed), w.count(p.Targets), w.count(len(p.Actions)), w.int(p.Cost), p.Currency))
		}
	}
	return append(out, w.t("sum.measure", slices.Index(sections, "certainty")+1))
}

func (w *writer) gap(g row) gapRow {
	out := gapRow{
		Rank: g["rank"], ID: g["village_id"], Name: cmp.Or(g["name"], g["village_id"]), Commune: g["commune"],
		Households: w.of(g, "households", 0), Unserved: w.of(g, "people_unserved", 0), All: w.of(g, "population", 0), Estimated: g["population_estimated"] == "yes",
		DeclaredClass: g["declared_status"], Declared: w.class(g["declared_status"]),
		Class: g["class"], ClassName: w.class(g["class"]), Certain: output.Gaps.Word(w.l, "certainty", g["certainty"]),
		Cause: cmp.Or(output.Gaps.Word(w.l, "cause", g["cause"]), "–"),
	}
	switch g["grid_power"] {
	case "yes":
		out.Grid = w.t("yes")
	case "no":
		out.Grid, out.NoGrid = w.t("no"), true
	default:
		out.Grid = w.t("unknown")
	}
	if db, ok := g.number("missing_db"); ok {
		out.CauseNote = w.t("gap.missing", w.l.Float(db, 0))
	}
	if g["cause_site"] != "" {
		out.CauseNote = strings.TrimPrefix(out.CauseNote+"; "+w.t("gap.site", g["cause_site"], w.of(g, "cause_km", 1)), "; ")
	}
	out.Fix = w.fix(g["village_id"], g["target"] == "yes")
	if a := w.actionOf[g["village_id"]]; a != nil {
		out.Action = a.Rank
	}
	return out
}

// fix says what brings a village to the criterion, at what cost.
func (w *writer) fix(id string, target bool) []string {
	p := w.found.plan
	if p == nil {
		return []string{w.t("fix.noplan")}
	}
	if a := w.actionOf[id]; a != nil {
		return []string{
			w.t("fix.plan", a.Rank, output.Plan.Word(w.l, "action", string(a.Kind)), a.SiteID),
			w.t("fix.cost", w.int(a.Cost), p.Currency, w.villages(len(a.Villages))),
		}
	}
	if o := w.leftOut[id]; o != nil {
		out := []string{w.t("fix.left", output.WhyLeftOut(w.l, string(o.Reason), o.Because))}
		if o.FixCost > 0 {
			out = append(out, w.t("fix.left.cost", w.int(o.FixCost), p.Currency))
		}
		return out
	}
	if !target {
		return []string{w.t("fix.notarget")}
	}
	return nil
}

func (w *writer) plan() *planView {
	p := w.found.plan
	if p == nil {
		return nil
	}
	out := &planView{CostHead: w.t("col.cost", p.Currency)}
	measure := word(w.l, "measure", string(cmp.Or(p.Objective.Measure, planner.Measure(p.WeightUnit))))
	switch goal := p.Objective.Goal; {
	case p.Bound == nil: // nothing was chosen, so there was no aim
	case goal == planner.Budget:
		out.Statements = append(out.Statements, w.t("plan.goal.budget", measure, w.int(p.Objective.Budget), p.Currency))
	case goal == planner.Count:
		out.Statements = append(out.Statements, w.t("plan.goal.count", measure, w.count(p.Objective.Count)))
	case goal == planner.Eliminate:
		out.Statements = append(out.Statements, w.t("plan.goal.eliminate"))
	}
	fixed := run.Conditions(w.l, p)
	if fixed != "" {
		fixed = w.t("plan.gap.fixed", fixed)
	}
	switch {
	case p.Bound == nil:
		out.Statements = append(out.Statements, w.t("plan.gap.none"))
	case p.Proven:
		out.Statements = append(out.Statements, w.t("plan.gap.proven", fixed))
	case p.Objective.Goal == planner.Eliminate:
		out.Statements = append(out.Statements, w.t("plan.gap.eliminate", fixed, w.percent(*p.Gap, 2), w.int(*p.Bound), p.Currency))
	default:
		out.Statements = append(out.Statements, w.t("plan.gap.other", fixed, w.percent(*p.Gap, 2), w.int(*p.Bound)))
	}
	out.Statements = append(out.Statements, w.t("plan.tried", w.count(p.Candidates.Places)))
	if p.LifetimeCost > 0 {
		out.Statements = append(out.Statements, w.t("plan.lifetime", w.int(p.LifetimeCost), p.Currency))
	}
	if r := w.summary.Robust; r != nil && r.Plan != nil && r.Plan.Solves > 0 {
		out.Again = w.t("again.note", w.count(r.Plan.Solves))
	}
	for i := range p.Actions {
		out.Actions = append(out.Actions, w.action(&p.Actions[i], w.found.actions[i]))
	}
	out.Items, out.Kinds, out.Phases, out.Frontier, out.LeftOut = w.items(), w.kinds(), w.phases(), w.frontier(), w.leftOuts()
	return out
}

// action describes an action, of which r is the row in plan.csv.
func (w *writer) action(a *planner.Action, r row) actionRow {
	out := actionRow{
		Rank: a.Rank, Kind: output.Plan.Word(w.l, "action", string(a.Kind)), Site: a.SiteID, Template: a.Template, Commune: r["commune"],
		Position: fmt.Sprintf("%.5f, %.5f", a.Latitude, a.Longitude), // as map programs take it
		Cost:     w.int(a.Cost), Villages: w.count(len(a.Villages)), People: w.int(a.PeopleNew), Cumulative: w.int(a.PeopleCumulative),
		Operator: w.operator(r),
	}
	if a.ParentSite != "" {
		out.Parent = w.t("action.parent", a.ParentSite)
	}
	if r["e_vn2000"] != "" {
		out.VN2000 = w.t("place.vn2000", w.of(r, "n_vn2000", 0), w.of(r, "e_vn2000", 0))
	}
	out.Ground = w.t("place.ground", w.int(a.GroundM))
	if a.AntennaHeightM > 0 {
		out.Height = w.t("antenna.height", w.l.Short(a.AntennaHeightM))
	}
	if a.StructureHeightM > 0 {
		out.Height = strings.TrimPrefix(out.Height+", "+w.t("antenna.mast", w.l.Short(a.StructureHeightM)), ", ")
	}
	if len(a.AzimuthsDeg) > 0 {
		directions := make([]string, len(a.AzimuthsDeg))
		for i, deg := range a.AzimuthsDeg {
			directions[i] = w.l.Short(deg) + "°"
		}
		out.Azimuth, out.Tilt = w.t("antenna.direction", strings.Join(directions, " ")), w.t("antenna.tilt", w.l.Short(a.TiltDeg()))
	}
	if a.FrequencyMHz > 0 {
		out.Carrier = w.t("unit.mhz", a.Technology, w.l.Short(a.FrequencyMHz))
	}
	if a.Power != "" {
		out.Feed = append(out.Feed, output.Plan.Word(w.l, "power", string(a.Power)))
	}
	if a.Backhaul != "" {
		name := output.Plan.Word(w.l, "backhaul", string(a.Backhaul))
		if a.HopKm > 0 && a.BackhaulSite != "" {
			name = w.t("hop", name, w.l.Float(a.HopKm, 1), a.BackhaulSite)
		}
		out.Feed = append(out.Feed, name)
	}
	var names []string
	for _, id := range a.Villages {
		if v := w.byID[id]; v != nil {
			id = cmp.Or(v.Name, id)
		}
		names = append(names, id)
	}
	out.Names = strings.Join(names, ", ")
	if a.CostPerPerson > 0 {
		out.PerHead = w.int(a.CostPerPerson)
	}
	if near, ok := r.number("selection_frequency_near"); ok {
		out.Again = w.percent(near, 0)
	}
	return out
}

// operator gives that of a row of plan.csv.
func (w *writer) operator(r row) string { return output.Plan.Word(w.l, "operator", r["operator"]) }

// items sums the investment by item.
func (w *writer) items() table {
	p := w.found.plan
	var t table
	t.column(w.t("col.item"), false)
	t.column(w.t("col.cost", p.Currency), true)
	t.column(w.t("col.share"), true)
	sums := map[string]float64{}
	rest := p.Cost
	for i := range p.Actions {
		for _, line := range p.Actions[i].CostLines {
			if line.Kind == cost.Capex {
				sums[output.PlanCosts.Word(w.l, "item", string(line.Item))] += line.Amount
				rest -= line.Amount
			}
		}
	}
	if rest > 0.5 { // a rounding, else masts that only relay
		sums[w.t("item.relay")] += rest
	}
	names := slices.Sorted(maps.Keys(sums))
	slices.SortStableFunc(names, func(a, b string) int { return cmp.Compare(sums[b], sums[a]) })
	for _, name := range names {
		t.Rows = append(t.Rows, []string{name, w.int(sums[name]), w.percent(sums[name]/p.Cost, 1)})
	}
	t.Foot = []string{w.t("total"), w.int(p.Cost), w.percent(1, 1)}
	return t
}

// kinds sums the actions by what they are and by who builds.
func (w *writer) kinds() table {
	p := w.found.plan
	return w.sums(w.t("col.kind"), w.t("col.operator"), func(a *planner.Action, r row) (string, string) {
		return output.Plan.Word(w.l, "action", string(a.Kind)), w.operator(r)
	}, p)
}

// phases sums the actions by year and fund; empty where the plan has neither.
func (w *writer) phases() table {
	p := w.found.plan
	if !slices.ContainsFunc(p.Actions, func(a planner.Action) bool { return a.Year > 0 || a.Fund != "" }) {
		return table{}
	}
	return w.sums(w.t("col.year"), w.t("col.fund"), func(a *planner.Action, _ row) (string, string) {
		year := ""
		if a.Year > 0 {
			year = fmt.Sprint(a.Year)
		}
		return year, a.Fund
	}, p)
}

func (w *writer) sums(head1, head2 string, of func(*planner.Action, row) (string, string), p *planner.Plan) table {
	var t table
	t.column(head1, false)
	t.column(head2, false)
	t.column(w.t("col.actions"), true)
	t.column(w.t("col.cost", p.Currency), true)
	t.column(w.t("col.serves"), true)
	t.column(w.t("col.newpeople"), true)
	type sum struct {
		actions, villages int
		cost, people      float64
	}
	sums := map[[2]string]sum{}
	villages := 0
	for i := range p.Actions {
		a := &p.Actions[i]
		one, two := of(a, w.found.actions[i])
		s := sums[[2]string{one, two}]
		sums[[2]string{one, two}] = sum{s.actions + 1, s.villages + len(a.Villages), s.cost + a.Cost, s.people + a.PeopleNew}
		villages += len(a.Villages)
	}
	keys := slices.SortedFunc(maps.Keys(sums), func(a, b [2]string) int { return cmp.Or(cmp.Compare(a[0], b[0]), cmp.Compare(a[1], b[1])) })
	for _, k := range keys {
		s := sums[k]
		t.Rows = append(t.Rows, []string{k[0], k[1], w.count(s.actions), w.int(s.cost), w.count(s.villages), w.int(s.people)})
	}
	t.Foot = []string{w.t("total"), "", w.count(len(p.Actions)), w.int(p.Cost), w.count(villages), w.int(p.PeopleNew)}
	return t
}

func (w *writer) frontier() table {
	p := w.found.plan
	var t table
	if len(p.Frontier) == 0 {
		return t
	}
	t.column(w.t("col.limit"), true)
	t.column(w.t("col.actions"), true)
	t.column(w.t("col.cost", p.Currency), true)
	for _, head := range []string{"col.best", "col.bound", "col.nested", "col.price"} {
		t.column(w.t(head), true)
	}
	for _, f := range p.Frontier {
		limit := w.int(f.Budget) + " " + string(p.Currency)
		if f.Count > 0 {
			limit = w.t("actions.n", w.count(f.Count))
		}
		t.Rows = append(t.Rows, []string{limit, w.count(f.Actions), w.int(f.Cost), w.int(f.Value), w.int(f.Bound), w.int(f.Nested), w.int(f.Value - f.Nested)})
	}
	return t
}

func (w *writer) leftOuts() table {
	p := w.found.plan
	var t table
	if len(p.LeftOut) == 0 {
		return t
	}
	for _, head := range []string{"col.village", "col.commune", "col.reason"} {
		t.column(w.t(head), false)
	}
	for _, head := range []string{"col.now", "col.with", "col.all"} {
		t.column(w.t(head), true)
	}
	t.column(w.t("col.more")+", "+string(p.Currency), true)
	for _, o := range p.LeftOut {
		commune, fix := "", ""
		if v := w.byID[o.Village]; v != nil {
			commune = v.Commune
		}
		if o.FixCost > 0 {
			fix = w.int(o.FixCost)
		}
		t.Rows = append(t.Rows, []string{
			cmp.Or(o.Name, o.Village), commune, output.WhyLeftOut(w.l, string(o.Reason), o.Because),
			w.percent(o.ShareNow, 0), w.percent(o.ShareWithPlan, 0), w.percent(o.ShareWithAll, 0), fix,
		})
	}
	return t
}

func (w *writer) communes() table {
	var t table
	t.column(w.t("col.commune"), false)
	columns := []string{"villages", "served", "weak", "none"}
	heads := []string{"col.villages", "col.served", "col.weak", "col.none"}
	if w.summary.Counts.NotCounted > 0 {
		columns, heads = append(columns, "not_counted"), append(heads, "col.notcounted")
	}
	columns, heads = append(columns, "people", "people_unserved"), append(heads, "col.inhab", "col.unserved")
	if w.summary.Declared != nil {
		columns, heads = append(columns, "declared_and_computed", "declared_only", "computed_only"), append(heads, "col.both", "col.donly", "col.conly")
	}
	for _, head := range heads {
		t.column(w.t(head), true)
	}
	shares := map[string]planner.Share{}
	p := w.found.plan
	if p != nil {
		t.column(w.t("col.actions"), true)
		t.column(w.t("col.cost", p.Currency), true)
		for _, s := range p.Communes {
			shares[s.Name] = s
		}
	}
	totals := make([]float64, len(columns))
	for _, c := range w.found.communes {
		cells := []string{cmp.Or(c["commune"], c["commune_code"], "–")}
		for i, column := range columns {
			v, _ := c.number(column)
			totals[i] += v
			cells = append(cells, w.int(v))
		}
		if p != nil {
			s := shares[c["commune_code"]]
			cells = append(cells, w.count(s.Actions), w.int(s.Cost))
		}
		t.Rows = append(t.Rows, cells)
	}
	t.Foot = []string{w.t("total")}
	for _, v := range totals {
		t.Foot = append(t.Foot, w.int(v))
	}
	if p != nil {
		t.Foot = append(t.Foot, w.count(len(p.Actions)), w.int(p.Cost))
	}
	return t
}

func (w *writer) declared() *declaredView {
	a := w.summary.Declared
	if a == nil {
		return nil
	}
	out := &declaredView{Both: w.count(a.Both), DeclaredOnly: w.count(a.DeclaredOnly), ComputedOnly: w.count(a.ComputedOnly), Neither: w.count(a.Neither)}
	if a.NotDeclared+a.NotCounted > 0 {
		out.Rest = w.t("declared.rest", w.count(a.NotDeclared), w.count(a.NotCounted))
	}
	out.List = w.disagreeing(func(v *village) bool { return v.declaredGap() && v.Class == data.Served })
	out.Also = w.disagreeing(func(v *village) bool { return v.gap() && v.Declared == data.Served })
	return out
}

// disagreeing lists some villages, those that computation is the least sure of first.
func (w *writer) disagreeing(of func(*village) bool) table {
	var t table
	for _, head := range []string{"col.village", "col.commune", "col.declared", "col.computed"} {
		t.column(w.t(head), false)
	}
	for _, head := range []string{"col.inhab", "col.sharenow", "col.margin"} {
		t.column(w.t(head), true)
	}
	t.column(w.t("col.certainty"), false)
	var listed []*village
	for i := range w.found.villages {
		if v := &w.found.villages[i]; of(v) {
			listed = append(listed, v)
		}
	}
	margin := func(v *village) float64 {
		if v.Margin == nil {
			return math.Inf(1)
		}
		return math.Abs(*v.Margin)
	}
	slices.SortFunc(listed, func(a, b *village) int { return cmp.Or(cmp.Compare(margin(a), margin(b)), cmp.Compare(a.ID, b.ID)) })
	optional := func(v *float64, decimals int) string {
		if v == nil {
			return ""
		}
		return w.l.Float(*v, decimals)
	}
	for _, v := range listed {
		t.Rows = append(t.Rows, []string{
			cmp.Or(v.Name, v.ID), v.Commune, w.class(string(v.Declared)), w.class(string(v.Class)),
			optional(v.People, 0), w.percent(v.Share, 0), optional(v.Margin, 1), output.Gaps.Word(w.l, "certainty", v.Certain),
		})
	}
	return t
}

func (w *writer) sure() sureView {
	s := w.summary
	var out sureView
	if len(s.Shifts) > 0 {
		t := &out.Shifts
		without := 0.0
		for _, c := range w.found.communes {
			v, _ := c.number("people_unserved")
			without += v
		}
		for _, head := range []string{"certainty.levels", "certainty.gaps", "col.weak", "col.none", "certainty.people"} {
			t.column(w.t(head), true)
		}
		now := false
		for _, x := range s.Shifts {
			if x.ShiftDB > 0 && !now {
				t.Rows, now = append(t.Rows, []string{"0 dB", w.count(s.Counts.Gaps), w.count(s.Counts.Weak), w.count(s.Counts.None), w.int(without)}), true
			}
			sign := map[bool]string{true: "+", false: "−"}[x.ShiftDB > 0]
			t.Rows = append(t.Rows, []string{sign + w.l.Short(math.Abs(x.ShiftDB)) + " dB", w.count(x.Gaps), w.count(x.Weak), w.count(x.None), w.int(x.PeopleUnserved)})
		}
	}
	r := s.Robust
	if r == nil {
		return out
	}
	out.Draws = w.t("certainty.draws", w.count(r.Draws), w.l.Short(r.SigmaDB), w.l.Short(r.Correlation), w.l.Short(r.BiasDB), w.percent(r.SureShare, 0))
	t := &out.Classes
	t.column(w.t("certainty.class"), false)
	t.column(w.t("certainty.villages"), true)
	t.column(w.t("certainty.ofgaps"), true)
	gaps := map[string]int{}
	for i := range w.found.villages {
		if v := &w.found.villages[i]; v.gap() {
			gaps[v.Certain]++
		}
	}
	for _, c := range []struct {
		name string
		n    int
	}{{"surely_weak", r.SurelyWeak}, {"uncertain", r.Uncertain}, {"surely_served", r.SurelyServed}} {
		t.Rows = append(t.Rows, []string{output.Gaps.Word(w.l, "certainty", c.name), w.count(c.n), w.count(gaps[c.name])})
	}
	if r.SecondModel != "" {
		out.Second = w.t("certainty.second", strings.ToUpper(r.SecondModel), w.count(r.Disagrees))
	}
	p := w.found.plan
	if p == nil || r.Plan == nil {
		return out
	}
	out.Plan = w.t("certainty.plan", w.count(r.Plan.Solves), w.percent(r.CostShare, 0), w.int(r.Plan.CostLow), w.int(r.Plan.CostHigh), p.Currency, w.count(r.Plan.Firm), w.count(len(p.Actions)))
	if p.Objective.Goal == planner.Budget {
		out.Plan += " " + w.t("certainty.budget")
	}
	m := &out.Measure
	m.column(w.t("col.rank"), true)
	for _, head := range []string{"col.village", "col.commune", "col.measure", "col.site"} {
		m.column(w.t(head), false)
	}
	m.column(w.t("col.probability"), true)
	m.column(w.t("col.atstake", p.Currency), true)
	for _, x := range w.found.measure[:min(measurementsShown, len(w.found.measure))] {
		chance, _ := x.number("probability")
		m.Rows = append(m.Rows, []string{
			x["rank"], cmp.Or(x["name"], x["village_id"]), x["commune"], output.Measurements.Word(w.l, "measure", x["measure"]), x["site_id"], w.percent(chance, 0), w.of(x, "change", 0),
		})
	}
	out.MeasureN = w.t("measure.note", w.count(len(m.Rows)), w.count(len(w.found.measure)))
	return out
}

func (w *writer) method() methodView {
	s, c := w.summary, &w.summary.Criterion
	out := methodView{Steps: []string{w.t("method.steps", w.l.Short(s.Model.RadiusKm), s.Model.Source)}}
	if w.found.plan != nil {
		given := func(kind data.Kind) string { // the key of a price with lines of a kind, or without
			if slices.ContainsFunc(s.Inputs, func(f run.InputFile) bool { return f.Role == string(kind) }) {
				return "price." + string(kind)
			}
			return "price.no." + string(kind)
		}
		out.Steps = append(out.Steps, w.t("method.plan", w.t(given(data.Roads)), w.t(given(data.PowerLines)), w.t(given(data.FibreLines))))
	}
	add := func(to *[]fact, key, value string) { *to = append(*to, fact{w.t(key), value}) }

	add(&out.Criterion, "crit.name", fmt.Sprintf("%s, %d", c.Name, c.Version))
	for _, t := range slices.Sorted(maps.Keys(c.Thresholds)) {
		th := c.Thresholds[t]
		out.Criterion = append(out.Criterion, fact{string(t), w.t("crit.threshold", w.t("crit.served"), w.l.Short(th.ServedDBm), w.t("crit.signal"), w.l.Short(th.NoSignalDBm))})
	}
	rule := "crit.rule." + string(c.Rule)
	if c.Rule == "centre" {
		add(&out.Criterion, "crit.rule", w.t(rule))
	} else {
		add(&out.Criterion, "crit.rule", w.t(rule, w.percent(c.TargetShare, 0)))
		add(&out.Criterion, "crit.noneshare", w.t("crit.noneshare.v", w.percent(c.NoneShare, 0)))
	}
	add(&out.Criterion, "crit.location", w.t("crit.location.v", w.percent(c.LocationProbability, 0), w.l.Short(c.SigmaDB)))
	add(&out.Criterion, "crit.receiver", w.t("crit.receiver.v", w.l.Short(c.ReceiverHeightM), w.l.Short(c.ReceiverGainDBi), w.l.Short(c.BodyLossDB)))
	where := w.t("crit.outdoor")
	if c.Indoor {
		where = w.t("crit.indoor")
	}
	add(&out.Criterion, "crit.where", where)
	add(&out.Criterion, "crit.operators", cmp.Or(c.Operator, word(w.l, "crit.operators", string(c.Operators))))
	add(&out.Criterion, "crit.minimum", w.l.Short(c.MinHouseholds))

	m := &s.Model
	add(&out.Model, "model.name", fmt.Sprintf("%s, %s", m.Name, m.Source))
	calibration := w.t("model.uncalibrated")
	if k := m.Calibration; k != nil {
		calibration = w.t("model.calibration.v", k.Name, k.Version, w.count(k.Rows))
		if k.HeldOutSDDB > 0 {
			calibration += w.t("model.heldout", w.l.Float(k.HeldOutSDDB, 1))
		}
	}
	add(&out.Model, "model.calibrated", calibration)
	add(&out.Model, "model.grid", w.t("model.grid.v", m.Resolution, w.int(hexgrid.EdgeM(m.Resolution)), w.count(s.Counts.Hexes), w.l.Short(m.RadiusKm)))
	add(&out.Model, "model.paths", w.t("model.paths.v", w.count(m.PathLosses), w.count(m.Transmitters), w.count(m.NoTerrain+m.NoLoss)))
	add(&out.Model, "model.terrain", w.t("model.terrain."+s.Terrain.Surface, w.l.Float(s.Terrain.SpacingM, 0), w.count(s.Terrain.Filled), w.count(s.Terrain.Samples)))
	add(&out.Model, "model.network", w.t("model.network.v", w.count(s.Counts.Sites), w.count(s.Counts.Sectors), w.count(s.Counts.SitesComputed), w.count(s.Counts.SectorsComputed)))
	if s.Coordinates != "" {
		add(&out.Model, "model.coordinates", s.Coordinates)
	}
	var skipped []string
	for _, k := range s.Skipped {
		skipped = append(skipped, fmt.Sprintf("%s: %s", cmp.Or(k.Detail, string(k.Reason)), w.count(k.Sectors)))
	}
	if len(skipped) > 0 {
		add(&out.Model, "model.skipped", strings.Join(skipped, "; "))
	}

	for i, head := range []string{"col.input", "col.column", "col.value", "col.rows", "col.source"} {
		out.Defaults.column(w.t(head), i == 3)
	}
	for _, d := range s.Defaults {
		rows := "" // of what stands for an input that is not there
		if d.Rows > 0 {
			rows = w.count(d.Rows)
		}
		out.Defaults.Rows = append(out.Defaults.Rows, []string{word(w.l, "role", d.Input), d.Column, w.l.Say(w.l.Mixed(d.Value)), rows, w.l.Say(d.Source)})
	}
	for i, head := range []string{"col.input", "col.where", "col.rows", "col.remark"} {
		out.Notices.column(w.t(head), i == 2)
	}
	for _, n := range s.Warnings {
		out.Notices.Rows = append(out.Notices.Rows, []string{word(w.l, "role", n.Input), n.Place, w.count(n.Rows), w.l.Say(n.Text)})
	}
	for i, head := range []string{"col.role", "col.file", "col.bytes"} {
		out.Inputs.column(w.t(head), i == 2)
	}
	out.Inputs.column("SHA-256", false)
	for _, f := range s.Inputs {
		out.Inputs.Rows = append(out.Inputs.Rows, []string{word(w.l, "role", f.Role), f.File, w.l.Int(f.Bytes), f.SHA256})
	}
	out.Sources = append(out.Sources, w.t("source.model", m.Source))
	if w.found.plan != nil {
		out.Sources = append(out.Sources, w.prices(w.run.Project.Plan.Costs.Rows)...)
	}
	out.Sources = append(out.Sources, w.t("source.program", s.Program))
	return out
}

// prices says which prices come from where, a publication each. A source names it before
// what was taken from it.
func (w *writer) prices(rows []cost.Row) []string {
	var from []string
	items := map[string][]string{}
	for _, r := range rows {
		if r.Source == "" {
			continue
		}
		publication, _, _ := strings.Cut(r.Source, ": ") // no address has a blank there
		publication, _, _ = strings.Cut(publication, "; ")
		if publication == cost.Assumption {
			publication = w.t("source.assumption")
		}
		if items[publication] == nil {
			from = append(from, publication)
		}
		if item := word(w.l, "item", string(r.Item)); !slices.Contains(items[publication], item) {
			items[publication] = append(items[publication], item)
		}
	}
	out := make([]string, len(from))
	for i, publication := range from {
		out[i] = w.t("source.costs", strings.Join(items[publication], ", "), publication)
	}
	return out
}

func (w *writer) limits() []string {
	s := w.summary
	sigma := 8.0
	if s.Robust != nil {
		sigma = s.Robust.SigmaDB
	}
	out := []string{w.t("limit.computed", w.l.Short(sigma)), w.t("limit.precision"), w.t("limit.terrain", w.l.Float(s.Terrain.SpacingM, 0)), w.t("limit.capacity")}
	for _, n := range s.Warnings {
		if n.Refused {
			out = append(out, w.t("limit.refused", word(w.l, "role", n.Input), n.Place, w.count(n.Rows), n.Text))
		}
	}
	if w.found.plan != nil {
		out = append(out, w.t("limit.cost"), w.t("limit.plan"))
	}
	if s.Declared != nil {
		out = append(out, w.t("limit.declared"))
	}
	if s.Synthetic {
		out = append(out, w.t("limit.synthetic"))
	}
	return out
}

// why says in words why a village is a gap.
func (w *writer) why(g row) string {
	parts := []string{w.t("why." + cmp.Or(map[bool]string{true: g["cause"]}[slices.Contains(cause.All(), cause.Cause(g["cause"]))], ""))}
	if db, ok := g.number("missing_db"); ok {
		short := w.t("why.missing", w.l.Float(db, 1))
		if gain, ok := g.number("cause_gain_db"); ok && gain > 0 {
			short += "; " + w.t("why.gain", w.l.Float(gain, 1))
		}
		parts = append(parts, short+".")
	}
	if g["cause"] == string(cause.Beam) && g["cause_azimuth_assumed"] == "yes" {
		parts = append(parts, w.t("why.assumed"))
	}
	return strings.Join(parts, " ")
}
