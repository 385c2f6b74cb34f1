package main

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"text/tabwriter"

	"github.com/covgap/covgap/cmd/covgap/lang"
	"github.com/covgap/covgap/cmd/covgap/run"
	"github.com/covgap/covgap/geo"
	"github.com/covgap/covgap/planner"
	"github.com/covgap/covgap/planner/cost"
)

func isYAML(path string) bool {
	ext := strings.ToLower(filepath.Ext(path))
	return ext == ".yaml" || ext == ".yml"
}

// comparePlans says what distinguishes two plan files.
func comparePlans(g *global, args []string, f compareFlags) error {
	switch {
	case g.outDir != "":
		return usagef("-o is for runs; what distinguishes two plans goes to the terminal, or with --json where you send it")
	case f.villagesMap != "" || f.communesMap != "":
		return usagef("--villages-map and --communes-map are for runs, not for plans")
	}
	var plans [2]*planner.Plan
	for i, path := range args {
		content, err := os.ReadFile(path)
		if err != nil {
			return fmt.Errorf("%w: %w", run.ErrMissing, err)
		}
		if plans[i], err = planner.FromYAML(content, filepath.ToSlash(path)); err != nil {
			return err
		}
	}
	d := planner.Compare(plans[0], plans[1])
	if err := d.Alike(); err != nil && !f.force {
		hint := "--force compares them all the same"
		for i, t := range []*planner.Totals{&d.Before, &d.After} {
			if t.Unappraised > 0 {
				hint = fmt.Sprintf("\"%s\" makes a plan of the list of actions; %s", appraiseCommand(args[i]), hint)
			}
		}
		return &geo.InputError{Pos: geo.Position{File: args[1]}, Found: err.Error(), Expected: "two plans of one problem", Hint: hint, Err: err}
	}
	if g.json {
		return printJSON(g, d)
	}
	return printDifference(g, args, d)
}

// appraiseCommand says what a plan file does and costs.
func appraiseCommand(file string) string { return "covgap plan --from " + file + " --keep -o DIR" }

// fateName is a fate in words.
func fateName(l lang.Lang, f planner.Fate) string {
	switch f {
	case planner.Altered:
		return l.T("made otherwise", "thay đổi")
	case planner.Moved:
		return l.T("moved", "dời chỗ")
	case planner.Added:
		return l.T("added", "thêm")
	case planner.Dropped:
		return l.T("dropped", "bỏ")
	}
	return l.T("the same", "giữ nguyên")
}

// printDifference tells a person what distinguishes two plans.
func printDifference(g *global, names []string, d *planner.Difference) error {
	w, l := &stickyWriter{w: g.stdout}, g.lang
	if l == "" {
		l = lang.English
	}
	percent := func(v *float64) string {
		if v == nil { // nothing was chosen
			return "–"
		}
		return l.Float(100**v, 2)
	}
	known := func(v *float64, unit cost.Currency) string {
		if v == nil { // the plan does not say
			return "–"
		}
		return strings.TrimSpace(l.Int(int64(*v+0.5)) + " " + string(unit))
	}
	villages := func(v *int) string {
		if v == nil {
			return "–"
		}
		return l.Int(int64(*v))
	}
	whole := func(v float64) string { return l.Int(int64(v + 0.5)) }
	b, a := &d.Before, &d.After
	tw := tabwriter.NewWriter(w, 0, 0, 2, ' ', tabwriter.AlignRight)
	fmt.Fprintf(tw, "\t%s\t%s\t\n", names[0], names[1])
	for _, row := range [][3]string{
		{l.T("actions", "hạng mục"), l.Int(int64(b.Actions)), l.Int(int64(a.Actions))},
		{l.T("cost", "chi phí"), known(b.Cost, b.Currency), known(a.Cost, a.Currency)},
		{l.T("with running cost", "kể cả vận hành"), known(b.LifetimeCost, b.Currency), known(a.LifetimeCost, a.Currency)},
		{l.T("villages brought to the criterion", "thôn/xóm đạt tiêu chí"), villages(b.Villages), villages(a.Villages)},
		{l.T("people newly served", "người được phủ sóng thêm"), known(b.PeopleNew, ""), known(a.PeopleNew, "")},
		{l.T("at most from the best, %", "cách tối ưu nhiều nhất, %"), percent(b.Gap), percent(a.Gap)},
	} {
		fmt.Fprintf(tw, "%s\t%s\t%s\t\n", row[0], row[1], row[2])
	}
	_ = tw.Flush() // w keeps the error
	for i, t := range []*planner.Totals{b, a} {
		if t.Unappraised > 0 {
			fmt.Fprintf(w, l.T("%s does not say what %s of its actions do and cost; \"%s\" works it out\n", "%s không cho biết tác dụng và chi phí của %s hạng mục; lệnh \"%s\" sẽ tính\n"),
				names[i], l.Int(int64(t.Unappraised)), appraiseCommand(names[i]))
		}
	}
	fmt.Fprintln(w)
	for _, fate := range []planner.Fate{planner.Same, planner.Altered, planner.Moved, planner.Added, planner.Dropped} {
		n := 0
		for i := range d.Pairs {
			if d.Pairs[i].Fate == fate {
				n++
			}
		}
		if n == 0 {
			continue
		}
		fmt.Fprintf(w, "%s %s\n", l.Int(int64(n)), fateName(l, fate))
		if fate == planner.Same && !g.verbose {
			continue
		}
		tw := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
		listed := 0
		for i := range d.Pairs {
			p := &d.Pairs[i]
			if p.Fate != fate {
				continue
			}
			if listed++; listed > shown && !g.verbose {
				continue
			}
			one := p.After
			if one == nil {
				one = p.Before
			}
			what := strings.Join(p.Fields, ", ")
			if p.DistanceM > 0 {
				what = strings.TrimSuffix(fmt.Sprintf("%s m, %s", whole(p.DistanceM), what), ", ")
			}
			fmt.Fprintf(tw, "  %s\t%s\t%.5f %.5f\t%s\t%s\n", actionName(l, one.Kind), one.SiteID, one.Longitude, one.Latitude, whole(one.Cost), what)
		}
		_ = tw.Flush() // w keeps the error
		if rest := listed - shown; rest > 0 && !g.verbose {
			fmt.Fprintf(w, l.T("  … and %s more (-v lists all)\n", "  … và %s nữa (-v liệt kê tất cả)\n"), l.Int(int64(rest)))
		}
	}
	for _, v := range []struct {
		name string
		ids  []string
	}{
		{l.T("villages gained", "thôn/xóm thêm được"), d.Gained}, {l.T("villages lost", "thôn/xóm mất đi"), d.Lost},
	} {
		if len(v.ids) > 0 {
			fmt.Fprintf(w, "%s (%s): %s\n", v.name, l.Int(int64(len(v.ids))), strings.Join(v.ids, ", "))
		}
	}
	for _, text := range d.Basis {
		fmt.Fprintf(w, l.T("warning: compared all the same, though they differ in %s\n", "cảnh báo: vẫn so sánh dù khác nhau về %s\n"), text)
	}
	return w.err
}
