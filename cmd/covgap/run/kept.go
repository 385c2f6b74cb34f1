package run

import (
	"fmt"
	"slices"

	"github.com/covgap/covgap/cmd/covgap/output"
	"github.com/covgap/covgap/planner"
)

// keptNotices says which actions of the plan that a run started from bring nothing, and
// which are built otherwise than their file has it: power and backhaul are chosen anew.
func (r *Run) keptNotices() []Notice {
	if r.Plan == nil || r.Options.From == nil {
		return nil
	}
	l := r.Options.Lang
	var out []Notice
	add := func(format string, args ...any) {
		out = append(out, Notice{Input: "plan", Place: FilePlanYAML, Rows: 1, Text: fmt.Sprintf(format, args...)})
	}
	for i := range r.Plan.Actions {
		a := &r.Plan.Actions[i]
		if !a.Kept {
			continue
		}
		if a.PeopleNew == 0 && len(a.Villages) == 0 {
			add(l.T("kept action %s (%s) adds nobody", "hạng mục giữ lại %s (%s) không phủ thêm được ai"), a.SiteID, a.Kind)
		}
		// Only kinds with a site of their own name these, and its id is theirs alone.
		k := slices.IndexFunc(r.Options.From.Actions, func(o planner.Action) bool { return o.SiteID == a.SiteID && o.Kind == a.Kind })
		if k < 0 {
			continue
		}
		was := &r.Options.From.Actions[k]
		if was.Backhaul != "" && was.Backhaul != a.Backhaul {
			add(l.T("%s: backhaul %s in the file, %s built", "%s: truyền dẫn trong tệp là %s, phương án dùng %s"), a.SiteID, output.Plan.Word(l, "backhaul", string(was.Backhaul)), output.Plan.Word(l, "backhaul", string(a.Backhaul)))
		}
		if was.Power != "" && was.Power != a.Power {
			add(l.T("%s: power %s in the file, %s built", "%s: nguồn điện trong tệp là %s, phương án dùng %s"), a.SiteID, output.Plan.Word(l, "power", string(was.Power)), output.Plan.Word(l, "power", string(a.Power)))
		}
	}
	return out
}

// overloadNotices says of which new sites the backhaul was planned beyond what the site at
// its end passes on: each could be connected there, all together cannot.
func (r *Run) overloadNotices() []Notice {
	if r.Plan == nil {
		return nil
	}
	l, b := r.Options.Lang, &r.Project.Plan.Backhaul
	var out []Notice
	for _, o := range r.Plan.Overloads {
		out = append(out, Notice{Input: "plan", Place: FilePlanYAML, Rows: 1, Text: fmt.Sprintf(
			l.T("%s leads to %s, which has no %s Mbit/s left of its %s: raise its backhaul, or plan.backhaul.existing_mbps where it has more",
				"%s nối về %s, nơi không còn đủ %s trong %s Mbit/s: nâng truyền dẫn của trạm đó, hoặc plan.backhaul.existing_mbps nếu có nhiều hơn"),
			o.Site, o.BackhaulSite, l.Float(b.SiteMbps, 0), l.Float(b.ExistingMbps, 0))})
	}
	return out
}
