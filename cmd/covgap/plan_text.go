package main

import (
	"cmp"
	"fmt"
	"io"
	"maps"
	"slices"
	"strconv"
	"strings"
	"text/tabwriter"

	"github.com/covgap/covgap/cmd/covgap/lang"
	"github.com/covgap/covgap/cmd/covgap/output"
	"github.com/covgap/covgap/cmd/covgap/run"
	"github.com/covgap/covgap/data"
	"github.com/covgap/covgap/planner"
)

// printPlan tells what to build and how good the plan is known to be.
func printPlan(w io.Writer, g *global, r *run.Run) {
	l, p := g.lang, r.Plan
	n := func(v int) string { return l.Int(int64(v)) }
	money := func(v float64) string { return l.Float(v, 0) + " " + string(p.Currency) }
	// Where no population is known the plan counts the land that people may live on.
	weight := func(v float64) string { return n(int(v + 0.5)) }
	unit := l.T("people", "người")
	if p.WeightUnit == data.AreaM2 {
		weight = func(v float64) string { return l.Float(v/1e6, 2) }
		unit = "km²"
	}
	fmt.Fprintf(w, l.T("\nPlan (%s, targets %s): %s for %s; %s of %s target villages served, %s %s more\n",
		"\nPhương án (%s, đối tượng %s): %s, %s; %s trong %s thôn/xóm đối tượng được phủ sóng, thêm %s %s có sóng\n"),
		goalName(l, p.Objective.Goal), targetsName(l, r.Gaps.Targets), kindCounts(l, p), money(p.Cost), n(p.VillagesServed), n(p.Targets), weight(p.PeopleNew), unit)
	fmt.Fprintln(w, meaning(l, p))
	reasons := map[planner.Reason]int{}
	for _, v := range p.LeftOut {
		reasons[v.Reason]++
	}
	for _, reason := range []struct {
		reason planner.Reason
		text   string
	}{
		{planner.NoCandidate, l.T("nothing that could be built serves any of it", "không lựa chọn nào phủ tới")},
		{planner.NotEnough, l.T("all that could be built together does not reach the target share", "mọi lựa chọn cộng lại vẫn chưa đạt tỷ lệ yêu cầu")},
		{planner.Refused, l.T("could be served, but by nothing that can be reached, fed, connected and priced", "có lựa chọn phủ tới, nhưng thiếu đường vào, điện, truyền dẫn hoặc đơn giá")},
		{planner.Constrained, l.T("could be served, but the constraints do not allow it", "phủ được, nhưng ràng buộc không cho phép")},
		{planner.OverBudget, l.T("could be served with more money", "phủ được nếu tăng ngân sách")},
		{planner.OverCount, l.T("could be served with more sites", "phủ được nếu thêm trạm")},
		{planner.NothingAdded, l.T("could be served, but nothing was to be added", "phủ được, nhưng không bổ sung hạng mục nào")},
		{planner.AlreadyMeets, l.T("declared a gap, computed as served: measure there first", "kê khai là vùng lõm nhưng tính toán cho thấy đã có sóng: cần đo kiểm trước")},
	} {
		if k := reasons[reason.reason]; k > 0 {
			fmt.Fprintf(w, "  %s: %s\n", n(k), reason.text)
		}
	}
	if left, people := r.Gaps.Untargeted(r.Coverage); left > 0 {
		fmt.Fprintf(w, l.T("  %s computed gaps (%s people) are not planned for, since they are declared served: --targets both takes them in\n",
			"  %s vùng lõm theo tính toán (%s người) không nằm trong phương án vì kê khai là có sóng: dùng --targets both để đưa vào\n"),
			n(left), n(int(people+0.5)))
	}
	printLeftOut(w, l, p, money)
	if len(p.Actions) == 0 {
		return
	}
	assumed := 0
	for i := range p.Actions {
		if p.Actions[i].PowerAssumed {
			assumed++
		}
	}
	if assumed > 0 {
		fmt.Fprintf(w, l.T("grid power is assumed at %s of them: the villages around do not say\n", "giả định có điện lưới ở %s vị trí: thôn/xóm quanh đó không ghi\n"), n(assumed))
	}
	fmt.Fprintln(w)
	tw := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	fmt.Fprintf(tw, l.T("#\taction\tsite\tcommune\tlongitude\tlatitude\tazimuths\tpower\tbackhaul\tcost\tvillages\t%s\tall %[1]s\n",
		"#\thạng mục\ttrạm\txã/phường\tkinh độ\tvĩ độ\tphương vị\tđiện\ttruyền dẫn\tchi phí\tthôn/xóm\t%s\tcộng dồn\n"), unit)
	for i := range p.Actions {
		if i == shown {
			break
		}
		a := &p.Actions[i]
		commune := ""
		if area, ok := r.Inputs.Index.At(a.Position()); ok {
			commune = area.Name
		}
		az := make([]string, len(a.AzimuthsDeg))
		for k, v := range a.AzimuthsDeg {
			az[k] = fmt.Sprintf("%.0f", v)
		}
		fmt.Fprintf(tw, "%d\t%s\t%s\t%s\t%.5f\t%.5f\t%s\t%s\t%s\t%s\t%s\t%s\t%s\n", a.Rank, actionName(l, a.Kind), a.SiteID, commune, a.Longitude, a.Latitude,
			strings.Join(az, "/"), output.Plan.Word(l, "power", string(a.Power)), output.Plan.Word(l, "backhaul", string(a.Backhaul)), l.Float(a.Cost, 0), n(len(a.Villages)), weight(a.PeopleNew), weight(a.PeopleCumulative))
	}
	_ = tw.Flush() // w keeps the error
	printRest(w, l, len(p.Actions)-shown, run.FilePlanCSV)
	if zone := r.ZoneNote(); zone != "" {
		fmt.Fprintln(w, zone)
	}
	printSmaller(w, l, p, unit, weight)
	printPhases(w, l, p)
	commune := func(code string) string {
		if area, ok := r.Inputs.Index.ByCode(code); ok {
			return area.Name
		}
		return code
	}
	printShares(w, l, p, unit, weight, l.T("where", "xã/phường"), p.Communes, commune)
	if len(p.Operators) > 1 {
		printShares(w, l, p, unit, weight, l.T("whose", "nhà mạng"), p.Operators, func(operator string) string {
			return cmp.Or(operator, l.T("shared by all", "dùng chung"))
		})
	}
	printAlternatives(w, l, p, money)
}

// listed is how many rows the tables about a plan have on the terminal.
const listed = 5

// printLeftOut lists villages that the plan does not meet and something could, those that
// are nearest to it first.
func printLeftOut(w io.Writer, l lang.Lang, p *planner.Plan, money func(float64) string) {
	left := slices.DeleteFunc(slices.Clone(p.LeftOut), func(v planner.LeftOut) bool { return v.Reason == planner.AlreadyMeets })
	if len(left) == 0 {
		return
	}
	// What cannot be mended at all comes first.
	slices.SortStableFunc(left, func(a, b planner.LeftOut) int { return cmp.Compare(a.EntersAt, b.EntersAt) })
	fmt.Fprintln(w)
	tw := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	fmt.Fprintln(tw, l.T("left out\twhy\tserved now\twith the plan\twith everything\tcheapest fix\tplan and fix", "chưa được phủ\tlý do\thiện tại\tvới phương án\tnếu làm tất cả\tcách rẻ nhất\tphương án và cách đó"))
	share := func(v float64) string { return l.Float(100*v, 0) + " %" }
	amount := func(v float64) string {
		if v == 0 {
			return "–"
		}
		return money(v)
	}
	mark := func(v planner.LeftOut) string {
		if v.FixUnconfirmed {
			return "*"
		}
		return ""
	}
	for _, v := range left[:min(len(left), listed)] {
		fmt.Fprintf(tw, "%s\t%s\t%s\t%s\t%s\t%s\t%s\n", cmp.Or(v.Name, v.Village), output.WhyLeftOut(l, string(v.Reason), v.Because), share(v.ShareNow), share(v.ShareWithPlan), share(v.ShareWithAll), amount(v.FixCost)+mark(v), amount(v.EntersAt))
	}
	_ = tw.Flush() // w keeps the error
	if slices.ContainsFunc(left[:min(len(left), listed)], func(v planner.LeftOut) bool { return v.FixUnconfirmed }) {
		fmt.Fprintln(w, l.T("* not confirmed by the exact path", "* chưa kiểm chứng bằng tuyến chính xác"))
	}
	printRest(w, l, len(left)-listed, run.FileLeftOut)
}

// printRest names the file that has what a table does not show.
func printRest(w io.Writer, l lang.Lang, rest int, file string) {
	if rest > 0 {
		fmt.Fprintf(w, l.T("… and %s more in %s\n", "… và %s nữa trong %s\n"), l.Int(int64(rest)), file)
	}
}

// printSmaller says what less money, or fewer actions, would come to: at a fifth, two,
// three and four of the plan's.
func printSmaller(w io.Writer, l lang.Lang, p *planner.Plan, unit string, weight func(float64) string) {
	n := len(p.Frontier)
	if n < listed {
		return
	}
	fmt.Fprintln(w)
	tw := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	limit := l.T("within ", "trong ") + string(p.Currency)
	if p.Frontier[0].Count > 0 {
		limit = l.T("with actions", "số hạng mục")
	}
	of := unit
	switch p.Objective.Measure {
	case planner.Households:
		of, weight = l.T("households", "hộ"), func(v float64) string { return l.Float(v, 0) }
	case planner.Villages:
		of, weight = l.T("villages", "thôn/xóm"), func(v float64) string { return l.Float(v, 0) }
	}
	fmt.Fprintf(tw, l.T("%s\tactions\t%s at best\tno choice has more than\tthe plan's order has by then\n", "%s\thạng mục\t%s, tốt nhất\tkhông cách nào quá\ttheo thứ tự của phương án\n"), limit, of)
	for i := 1; i < listed; i++ {
		f := &p.Frontier[i*n/listed-1]
		within := l.Float(f.Budget, 0)
		if f.Count > 0 {
			within = l.Int(int64(f.Count))
		}
		fmt.Fprintf(tw, "%s\t%s\t%s\t%s\t%s\n", within, l.Int(int64(f.Actions)), weight(f.Value), weight(f.Bound), weight(f.Nested))
	}
	_ = tw.Flush() // w keeps the error
	printRest(w, l, n+1-listed, run.FileFrontier)
}

// printPhases sums the actions by year and fund, where the plan has either.
func printPhases(w io.Writer, l lang.Lang, p *planner.Plan) {
	type phase struct {
		year int
		fund string
	}
	type sum struct {
		actions, villages int
		cost              float64
	}
	sums := map[phase]sum{}
	for i := range p.Actions {
		a := &p.Actions[i]
		of := phase{a.Year, a.Fund}
		s := sums[of]
		sums[of] = sum{s.actions + 1, s.villages + len(a.Villages), s.cost + a.Cost}
	}
	delete(sums, phase{})
	if len(sums) == 0 {
		return
	}
	fmt.Fprintln(w)
	tw := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	fmt.Fprintf(tw, l.T("year\tfund\tactions\t%s\tvillages\n", "năm\tnguồn vốn\thạng mục\t%s\tthôn/xóm\n"), p.Currency)
	for _, of := range slices.SortedFunc(maps.Keys(sums), func(a, b phase) int {
		return cmp.Or(cmp.Compare(a.year, b.year), cmp.Compare(a.fund, b.fund))
	}) {
		year := "–"
		if of.year > 0 {
			year = strconv.Itoa(of.year)
		}
		s := sums[of]
		fmt.Fprintf(tw, "%s\t%s\t%s\t%s\t%s\n", year, cmp.Or(of.fund, "–"), l.Int(int64(s.actions)), l.Float(s.cost, 0), l.Int(int64(s.villages)))
	}
	_ = tw.Flush() // w keeps the error
}

// printShares lists the parts of a plan that cost most.
func printShares(w io.Writer, l lang.Lang, p *planner.Plan, unit string, weight func(float64) string, head string, shares []planner.Share, name func(string) string) {
	if len(shares) == 0 {
		return
	}
	fmt.Fprintln(w)
	tw := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	fmt.Fprintf(tw, l.T("%s\tactions\t%s\tvillages\t%s\n", "%s\thạng mục\t%s\tthôn/xóm\t%s\n"), head, p.Currency, unit)
	dearest := slices.SortedStableFunc(slices.Values(shares), func(a, b planner.Share) int { return cmp.Compare(b.Cost, a.Cost) })
	for _, s := range dearest[:min(len(dearest), listed)] {
		fmt.Fprintf(tw, "%s\t%s\t%s\t%s\t%s\n", name(s.Name), l.Int(int64(s.Actions)), l.Float(s.Cost, 0), l.Int(int64(s.Villages)), weight(s.PeopleNew))
	}
	_ = tw.Flush() // w keeps the error
	printRest(w, l, len(dearest)-listed, run.FilePlanYAML)
}

// printAlternatives compares other plans with the plan.
func printAlternatives(w io.Writer, l lang.Lang, p *planner.Plan, money func(float64) string) {
	if len(p.Alternatives) == 0 {
		if p.Objective.Alternatives > 0 {
			fmt.Fprintln(w, l.T("\nno other plan: what can be built elsewhere does not do", "\nkhông có phương án khác: các vị trí còn lại không đáp ứng được"))
		}
		return
	}
	fmt.Fprintln(w)
	tw := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	fmt.Fprintln(tw, l.T("other plan\tactions\tcost\tvillages\tplaces shared with the plan", "phương án khác\thạng mục\tchi phí\tthôn/xóm\tvị trí trùng với phương án"))
	for i, a := range p.Alternatives {
		fmt.Fprintf(tw, "%d\t%s\t%s\t%s\t%s\n", i+1, l.Int(int64(len(a.Actions))), money(a.Cost), l.Int(int64(a.VillagesServed)), l.Int(int64(a.Shared)))
	}
	_ = tw.Flush() // w keeps the error
	fmt.Fprintf(w, l.T("%s has them under alternatives; each site is connected by itself there\n", "%s ghi các phương án này ở mục alternatives; mỗi trạm tính truyền dẫn riêng\n"), run.FilePlanYAML)
}

// kindCounts says how many of each kind a plan has: "3 new sites, 1 band added".
func kindCounts(l lang.Lang, p *planner.Plan) string {
	var parts []string
	for _, k := range planner.OfferedKinds() {
		n := 0
		for i := range p.Actions {
			if p.Actions[i].Kind == k {
				n++
			}
		}
		if n > 0 {
			parts = append(parts, l.Int(int64(n))+" × "+actionName(l, k))
		}
	}
	if parts == nil {
		return l.T("nothing to build", "không có hạng mục")
	}
	return strings.Join(parts, ", ")
}

func goalName(l lang.Lang, g planner.Goal) string {
	switch g {
	case planner.Budget:
		return l.T("within a budget", "trong ngân sách")
	case planner.Count:
		return l.T("a number of sites", "theo số trạm")
	}
	return l.T("eliminate every gap", "xóa hết vùng lõm sóng")
}

func targetsName(l lang.Lang, t run.Targets) string {
	switch t {
	case run.Declared:
		return l.T("declared", "theo kê khai")
	case run.Both:
		return l.T("declared or computed", "theo kê khai hoặc tính toán")
	}
	return l.T("computed", "theo tính toán")
}

// meaning says what value, bound and gap of a plan mean, as [planner.Plan.Meaning]
// does, in the reader's language.
func meaning(l lang.Lang, p *planner.Plan) string {
	if l != lang.Vietnamese {
		return p.Meaning
	}
	// The plans that the bound holds for, and what goes before it.
	candidates, such, no := l.Int(int64(p.Candidates.Candidates)), "", "Không"
	if fixed := run.Conditions(l, p); fixed != "" {
		such, no = " ("+fixed+")", "Với các điều kiện này, không"
	}
	switch {
	case p.Bound == nil:
		return "Không lựa chọn thêm: kế hoạch cho biết các hạng mục đã cho đạt được gì và tốn bao nhiêu, không xét phương án khác có tốt hơn không."
	case p.Candidates.Candidates == 0:
		return "Không có vị trí nào phủ sóng thêm được ai, nên không có gì để chọn."
	case p.Objective.Goal == planner.Eliminate && p.Value == 0:
		return "Không xây dựng được gì để đưa thêm đối tượng tới tiêu chí, nên không có gì để chọn."
	case p.Objective.Goal == planner.Eliminate && p.Proven:
		return fmt.Sprintf("%s có phương án nào rẻ hơn: với %s vị trí ứng viên, mẫu trạm, đơn giá và vùng phủ đã tính, mọi phương án%s phủ được các thôn/xóm này tốn ít nhất %s %s, đúng bằng phương án này.",
			no, candidates, such, l.Float(*p.Bound, 0), p.Currency)
	case p.Objective.Goal == planner.Eliminate:
		return fmt.Sprintf("Với %s vị trí ứng viên, mẫu trạm, đơn giá và vùng phủ đã tính, mọi phương án%s phủ được các thôn/xóm này tốn ít nhất %s %s; phương án này tốn %s, nên chọn tốt hơn chỉ tiết kiệm được nhiều nhất %s %%. Vị trí, mẫu trạm hay đơn giá khác nằm ngoài khẳng định này.",
			candidates, such, l.Float(*p.Bound, 0), p.Currency, l.Float(p.Value, 0), l.Float(100**p.Gap, 2))
	}
	if p.Proven {
		return fmt.Sprintf("%s có phương án nào phủ được nhiều hơn: với %s vị trí ứng viên, mẫu trạm, đơn giá và vùng phủ đã tính, không phương án nào%s trong giới hạn đạt quá %s, đúng bằng phương án này.",
			no, candidates, such, l.Float(*p.Bound, 0))
	}
	return fmt.Sprintf("Với %s vị trí ứng viên, mẫu trạm, đơn giá và vùng phủ đã tính, không phương án nào%s trong giới hạn đạt quá %s; phương án này đạt %s, nên chọn tốt hơn chỉ thêm được nhiều nhất %s %%.",
		candidates, such, l.Float(*p.Bound, 0), l.Float(p.Value, 0), l.Float(100**p.Gap, 2))
}
