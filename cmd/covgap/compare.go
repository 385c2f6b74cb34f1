package main

import (
	"cmp"
	"context"
	"fmt"
	"io"
	"os"
	"slices"
	"strings"
	"text/tabwriter"

	"github.com/covgap/covgap/cmd/covgap/answer"
	"github.com/covgap/covgap/cmd/covgap/lang"
	"github.com/covgap/covgap/cmd/covgap/run"
	"github.com/covgap/covgap/coverage/compare"
	"github.com/covgap/covgap/data"
	"github.com/spf13/cobra"
)

// compareFlags are the flags of covgap compare.
type compareFlags struct {
	dates       []string
	force       bool
	villagesMap string
	communesMap string
}

func newCompareCommand(g *global) *cobra.Command {
	var f compareFlags
	cmd := &cobra.Command{
		Use:   "compare A B",
		Short: "Say what became of the gaps between two runs or two dates, or what distinguishes two plans",
		Long: `Compare the villages of two runs, A before B: which became served, which remain
gaps, got worse or are new gaps, by village and by commune. A and B are folders that
"covgap run" or "covgap gaps" wrote. With --dates the two networks of one project are
computed and compared: its sectors by on_air_date and off_air_date.

Villages are the same when their ids are. Where they were split, merged or renamed,
--villages-map names a table with the columns old_id and new_id: several rows for one
old id are a split, for one new id a merger, a blank new id is a village that is gone,
a blank old id one that is new. --communes-map does the same for commune codes
(old_code, new_code), so that villages that are gone count in the commune of today.

Runs with another criterion, model, receiver or terrain are refused: their difference
would be that of the method. --force compares them all the same, and says so.

With -o writes compare.csv, compare.geojson and compare.json.

Where A and B are plan.yaml files, compare the plans: actions that both have, that are
made otherwise, that moved (the nearest of a kind within 2 km), that are added or
dropped; cost, people and villages of each. Plans by another criterion, model or
currency, or for other targets, need --force.

Exit codes: 3 when the runs are not alike or a table is wrong, 6 when a folder holds no
finished run.`,
		Example: `  covgap compare out-2022 out-2025
  covgap compare --dates 2022-06-30,2025-08-31 -p covgap-demo
  covgap compare out/plan.yaml out-count20/plan.yaml
  covgap compare out-2022 out-2025 --villages-map thon-cu-moi.csv --communes-map xa-cu-moi.csv -o change`,
		RunE: func(cmd *cobra.Command, args []string) error { return runCompare(cmd.Context(), g, args, f) },
	}
	fl := cmd.Flags()
	fl.StringSliceVar(&f.dates, "dates", nil, "two `days` of one project's network, such as 2022-06-30,2025-08-31")
	fl.BoolVar(&f.force, "force", false, "compare runs that were not made alike")
	fl.StringVar(&f.villagesMap, "villages-map", "", "`table` of old_id, new_id: villages split, merged, renamed")
	fl.StringVar(&f.communesMap, "communes-map", "", "`table` of old_code, new_code of communes")
	return cmd
}

func runCompare(ctx context.Context, g *global, args []string, f compareFlags) error {
	switch {
	case len(f.dates) > 0 && len(args) > 0:
		return usagef("--dates compares two dates of the project of -p; leave out %s", strings.Join(args, " "))
	case len(f.dates) > 0 && len(f.dates) != 2:
		return usagef("--dates %s; expected two days separated by a comma", strings.Join(f.dates, ","))
	case len(f.dates) == 0 && len(args) != 2:
		return usagef("%d arguments; expected two folders of runs, or --dates with two days", len(args))
	}
	if g.dryRun {
		what := append(slices.Clone(args), f.dates...)
		fmt.Fprintf(g.stdout, "would compare %s with %s\n", what[0], what[1])
		return nil
	}
	if len(args) == 2 && isYAML(args[0]) && isYAML(args[1]) {
		return comparePlans(g, args, f)
	}
	var o compare.Options
	for _, t := range []struct {
		path string
		to   *data.Crosswalk
	}{{f.villagesMap, &o.Villages}, {f.communesMap, &o.Communes}} {
		if t.path == "" {
			continue
		}
		var err error
		if *t.to, err = data.ReadCrosswalk(ctx, t.path); err != nil {
			return err
		}
	}
	var before, after *run.Results
	var err error
	if len(f.dates) == 2 {
		before, after, err = twoDates(ctx, g, f.dates)
	} else {
		before, after, err = twoFolders(ctx, g, args)
	}
	if err != nil {
		return err
	}
	c, err := run.Compare(before, after, o, f.force)
	if err != nil {
		return err
	}
	if g.outDir != "" {
		folder, err := run.OpenFolder(g.outDir, run.CompareFolder)
		if err != nil {
			return err
		}
		if err := c.Write(folder); err != nil {
			return err
		}
	}
	if g.json {
		return printJSON(g, c)
	}
	return printComparison(g, c)
}

// twoFolders reads two runs.
func twoFolders(ctx context.Context, g *global, args []string) (before, after *run.Results, err error) {
	if g.lang == "" {
		g.lang = lang.English
	}
	for i, to := range []**run.Results{&before, &after} {
		if info, err := os.Stat(args[i]); err == nil && !info.IsDir() {
			return nil, nil, usagef("%s is a file; expected the folder of a run, or two plan.yaml files", args[i])
		}
		if *to, err = run.ReadResults(ctx, args[i]); err != nil {
			return nil, nil, err
		}
	}
	return before, after, nil
}

// twoDates computes the networks of a project on two days. The path losses of both
// are those of one store.
func twoDates(ctx context.Context, g *global, dates []string) (before, after *run.Results, err error) {
	p, err := openProject(g)
	if err != nil {
		return nil, nil, err
	}
	r := run.New(p, run.Options{Workers: g.jobs, Lang: g.lang, Reporter: g.reporter})
	if err := r.Check(ctx); err != nil {
		return nil, nil, err
	}
	return answer.CompareDates(ctx, r, [2]string(dates), programName())
}

// changeName is a change in words.
func changeName(l lang.Lang, c compare.Change) string {
	switch c {
	case compare.BecameServed:
		return l.T("became served", "đã được phủ sóng")
	case compare.Remains:
		return l.T("remain as they were", "vẫn như trước")
	case compare.Better:
		return l.T("are better: weak where there was no signal", "đỡ hơn: từ trắng sóng thành sóng yếu")
	case compare.Worse:
		return l.T("got worse: no signal where it was weak", "xấu đi: từ sóng yếu thành trắng sóng")
	case compare.NewGap:
		return l.T("are new gaps: they were served", "là vùng lõm mới: trước đây có sóng")
	case compare.NewVillage:
		return l.T("are new villages", "là thôn/xóm mới lập")
	case compare.Vanished:
		return l.T("are villages that are gone", "là thôn/xóm không còn")
	case compare.NotCompared:
		return l.T("are not compared: not counted on one side", "không so sánh: một bên không tính")
	}
	return l.T("stay served", "vẫn có sóng")
}

// printComparison tells a person what became of the gaps.
func printComparison(g *global, c *run.Comparison) error {
	w, l := &stickyWriter{w: g.stdout}, g.lang
	n := func(v int) string { return l.Int(int64(v)) }
	b, a := &c.Before, &c.After
	if a.Project == b.Project {
		fmt.Fprintln(w, a.Project)
	} else {
		fmt.Fprintf(w, "%s → %s\n", b.Project, a.Project)
	}
	fmt.Fprintf(w, l.T("%s → %s: %s → %s gaps\n\n", "%s → %s: %s → %s vùng lõm sóng\n\n"), b.Name(), a.Name(), n(b.Tally.Gaps), n(a.Tally.Gaps))
	tw := tabwriter.NewWriter(w, 0, 0, 2, ' ', tabwriter.AlignRight)
	fmt.Fprintf(tw, "\t%s\t%s\t\n", b.Name(), a.Name())
	for _, row := range []struct {
		name          string
		before, after int
	}{
		{l.T("sites on air", "trạm phát sóng"), b.Sites, a.Sites},
		{l.T("villages", "thôn/xóm"), b.Tally.Villages, a.Tally.Villages},
		{l.T("gaps", "vùng lõm sóng"), b.Tally.Gaps, a.Tally.Gaps},
		{l.T("of them weak", "trong đó sóng yếu"), b.Tally.Weak, a.Tally.Weak},
		{l.T("without signal", "trắng sóng"), b.Tally.None, a.Tally.None},
		{l.T("without grid power", "chưa có điện lưới"), b.Tally.GapsWithoutGrid, a.Tally.GapsWithoutGrid},
		{l.T("people not served", "người chưa được phủ sóng"), int(b.Tally.PeopleUnserved + 0.5), int(a.Tally.PeopleUnserved + 0.5)},
	} {
		fmt.Fprintf(tw, "%s\t%s\t%s\t\n", row.name, n(row.before), n(row.after))
	}
	_ = tw.Flush() // w keeps the error
	for _, part := range []struct {
		title string
		gaps  map[compare.Change]int
	}{
		{fmt.Sprintf(l.T("Of the %s gaps of %s", "Trong %s vùng lõm sóng của %s"), n(b.Tally.Gaps), b.Name()), c.GapsBefore},
		{fmt.Sprintf(l.T("Of the %s gaps of %s", "Trong %s vùng lõm sóng của %s"), n(a.Tally.Gaps), a.Name()), c.GapsAfter},
	} {
		fmt.Fprintf(w, "\n%s\n", part.title)
		for _, ch := range compare.Changes() {
			if k := part.gaps[ch]; k > 0 {
				fmt.Fprintf(w, "  %5s %s\n", n(k), changeName(l, ch))
			}
		}
	}
	printVillages(w, g, c)
	printCommuneChanges(w, g, c)
	fmt.Fprintf(w, l.T("\ncriterion %s on both sides\n", "\ntiêu chí %s cho cả hai\n"), c.Criterion)
	for _, d := range c.Differences {
		fmt.Fprintf(w, l.T("warning: compared all the same, though %s differs: %s, then %s\n", "cảnh báo: vẫn so sánh dù %s khác nhau: %s, sau đó %s\n"), d.What, d.Before, d.After)
	}
	if c.Synthetic {
		fmt.Fprintln(w, l.T("the data are synthetic and tuned to these counts: no evidence about any real place, nor of accuracy",
			"dữ liệu giả lập, đã chỉnh để ra các số này: không phản ánh nơi có thật, cũng không chứng minh độ chính xác"))
	}
	if c.Files != nil {
		fmt.Fprintf(w, "\n%s %s: %s, %s, %s\n", l.T("Results in", "Kết quả ở"), g.outDir, run.FileCompareCSV, run.FileCompareGeoJSON, run.FileCompare)
	}
	return w.err
}

// printVillages lists the villages that lost service, which are to be looked at first, and
// those that only one of the two has.
func printVillages(w io.Writer, g *global, c *run.Comparison) {
	l := g.lang
	rows := c.Rows()
	for _, part := range []struct {
		title   string
		changes []compare.Change
		classes func(r *run.Row) string
	}{
		{
			l.T("Lost service", "Mất sóng hoặc xấu đi"), []compare.Change{compare.NewGap, compare.Worse},
			func(r *run.Row) string { return className(l, r.ClassBefore) + " → " + className(l, r.Village.Class) },
		},
		{
			fmt.Sprintf(l.T("Only in %s", "Chỉ có trong %s"), c.Before.Name()), []compare.Change{compare.Vanished},
			func(r *run.Row) string { return className(l, r.ClassBefore) },
		},
		{
			fmt.Sprintf(l.T("Only in %s", "Chỉ có trong %s"), c.After.Name()), []compare.Change{compare.NewVillage},
			func(r *run.Row) string { return className(l, r.Village.Class) },
		},
	} {
		n := 0
		tw := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
		for i := range rows {
			r := &rows[i]
			if !slices.Contains(part.changes, r.Change) {
				continue
			}
			if n++; n > shown && !g.verbose {
				continue
			}
			if n == 1 {
				fmt.Fprintf(w, "\n%s\n", part.title)
			}
			fmt.Fprintf(tw, "  %s\t%s\t%s\n", cmp.Or(r.Village.Name, r.Village.ID), r.Village.Commune, part.classes(r))
		}
		_ = tw.Flush() // w keeps the error
		if rest := n - shown; rest > 0 && !g.verbose {
			fmt.Fprintf(w, l.T("  … and %s more (-v lists all)\n", "  … và %s nữa (-v liệt kê tất cả)\n"), l.Int(int64(rest)))
		}
	}
}

// printCommuneChanges lists the communes that have or had gaps, most gaps first.
func printCommuneChanges(w io.Writer, g *global, c *run.Comparison) {
	l := g.lang
	n := func(v int) string { return l.Int(int64(v)) }
	var list []*compare.Commune
	for i := range c.Communes {
		if m := &c.Communes[i]; m.Before.Gaps+m.After.Gaps > 0 {
			list = append(list, m)
		}
	}
	if len(list) == 0 {
		return
	}
	slices.SortStableFunc(list, func(a, b *compare.Commune) int {
		if a.After.Gaps != b.After.Gaps {
			return b.After.Gaps - a.After.Gaps
		}
		return b.Before.Gaps - a.Before.Gaps
	})
	fmt.Fprintln(w)
	tw := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	fmt.Fprintln(tw, l.T("commune\tvillages\tgaps\tbecame served\tremain\tgot worse\tnew gaps", "xã/phường\tthôn/xóm\tvùng lõm\tđã phủ sóng\tcòn lại\txấu đi\tmới"))
	for i, m := range list {
		if i == shown && !g.verbose {
			break
		}
		name := m.Name
		if name == "" {
			name = m.Code
		}
		fmt.Fprintf(tw, "%s\t%s\t%s → %s\t%s\t%s\t%s\t%s\n", name, n(m.After.Villages), n(m.Before.Gaps), n(m.After.Gaps),
			n(m.Gaps[compare.BecameServed]), n(m.Gaps[compare.Remains]+m.Gaps[compare.Better]), n(m.Gaps[compare.Worse]),
			n(m.Gaps[compare.NewGap]+m.Gaps[compare.NewVillage]))
	}
	_ = tw.Flush() // w keeps the error
	if rest := len(list) - shown; rest > 0 && !g.verbose {
		fmt.Fprintf(w, l.T("… and %s more communes (-v lists all)\n", "… và %s xã/phường nữa (-v liệt kê tất cả)\n"), n(rest))
	}
}
