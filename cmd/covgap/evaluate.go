package main

import (
	"context"
	"fmt"
	"text/tabwriter"

	"github.com/covgap/covgap/cmd/covgap/lang"
	"github.com/covgap/covgap/cmd/covgap/run"
	"github.com/covgap/covgap/planner/evaluate"
	"github.com/spf13/cobra"
)

func newEvaluateCommand(g *global) *cobra.Command {
	var hide, seeds int
	cmd := &cobra.Command{
		Use:   "evaluate",
		Short: "Hide real sites, plan as many, see how near the proposals fall",
		Long: fmt.Sprintf(`Hide some rural sites of the network, plan as many new ones for the people who
lose their signal, and compare: how far each hidden site is from the nearest
proposal, and how many of these people are served again. Two rules that people
follow without a program stand beside the plan: the settled place furthest from
every mast, and the place with most unserved people within %d km; and the places
of the hidden sites themselves, with the project's templates on them.

A site is rural when no other is within %d km and %d people or more live where
nothing but it serves. Which are hidden is drawn again for each of --seeds trials,
from --seed. Intervals are 95 %% bootstrap intervals over the trials.

With -o writes evaluate.csv, a row for each hidden site, and evaluate.json.

Exit codes: 5 when there are not enough rural sites to hide.`, evaluate.NearKm, evaluate.RuralKm, evaluate.RuralPeople),
		Example: `  covgap evaluate -p covgap-demo
  covgap evaluate --hide 3 --seeds 50 -o evaluation`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error { return runEvaluate(cmd.Context(), g, hide, seeds) },
	}
	cmd.Flags().IntVar(&hide, "hide", 5, "`number` of sites to hide at once")
	cmd.Flags().IntVar(&seeds, "seeds", 30, "`number` of trials")
	return cmd
}

func runEvaluate(ctx context.Context, g *global, hide, seeds int) error {
	switch {
	case hide < 1:
		return usagef("--hide %d; expected at least 1", hide)
	case seeds < 1:
		return usagef("--seeds %d; expected at least 1", seeds)
	}
	p, err := openProject(g)
	if err != nil {
		return err
	}
	if g.dryRun {
		fmt.Fprintf(g.stdout, g.lang.T("would hide %d sites of %s, %d times\n", "sẽ ẩn %d trạm của %s, %d lần\n"), hide, p.Dir(), seeds)
		return nil
	}
	var folder *run.Folder
	if g.outDir != "" {
		if folder, err = run.OpenFolder(g.outDir, run.EvaluateFolder); err != nil {
			return err
		}
	}
	r := run.New(p, run.Options{Workers: g.jobs, Lang: g.lang, Reporter: g.reporter})
	for _, step := range []func(context.Context) error{r.Check, r.ComputeCoverage} {
		if err := step(ctx); err != nil {
			return err
		}
	}
	e, err := r.Evaluate(ctx, programName(), hide, seeds, g.seed)
	if err != nil {
		return err
	}
	if folder != nil {
		if err := e.Write(folder); err != nil {
			return err
		}
	}
	if g.json {
		return printJSON(g, e)
	}
	return printEvaluation(g, e)
}

// methodName is a method in words.
func methodName(l lang.Lang, m evaluate.Method) string {
	switch m {
	case evaluate.Furthest:
		return l.T("furthest from masts", "xa trạm nhất")
	case evaluate.MostUnserved:
		return l.T("most unserved people", "đông dân chưa có sóng nhất")
	case evaluate.Hidden:
		return l.T("where they stood", "đúng chỗ cũ")
	}
	return l.T("plan", "phương án")
}

// printEvaluation tells a person how the methods did.
func printEvaluation(g *global, e *run.Evaluation) error {
	w, l := &stickyWriter{w: g.stdout}, g.lang
	n := func(v int) string { return l.Int(int64(v)) }
	interval := func(v run.Estimate, factor float64, decimals int) string {
		if v.Mean == nil {
			return "–"
		}
		f := func(x *float64) string { return l.Float(factor**x, decimals) }
		return fmt.Sprintf("%s (%s … %s)", f(v.Mean), f(v.Low), f(v.High))
	}
	fmt.Fprintf(w, "%s\n", e.Project)
	fmt.Fprintf(w, l.T("%s of %s rural sites hidden at once, %s times (of %s sites); means with 95 %% intervals over the trials\n\n",
		"mỗi lần ẩn %s trong %s trạm nông thôn, %s lần (mạng có %s trạm); trung bình và khoảng tin cậy 95 %%\n\n"), n(e.Hide), n(e.Rural), n(e.Seeds), n(e.Sites))
	tw := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	fmt.Fprintln(tw, l.T("masts put\tkm from a hidden site\twithin 3 km, %\tof those who lost signal served, %", "cách đặt trạm\tkm tới trạm đã ẩn\ttrong 3 km, %\tsố người được phủ lại, %"))
	for _, m := range e.Methods {
		km, within := interval(m.DistanceKm, 1, 2), interval(m.Within, 100, 0)
		if m.Method == evaluate.Hidden {
			km, within = "–", "–"
		}
		fmt.Fprintf(tw, "%s\t%s\t%s\t%s\n", methodName(l, m.Method), km, within, interval(m.Served, 100, 0))
	}
	_ = tw.Flush() // w keeps the error
	fmt.Fprintln(w)
	for _, m := range e.Methods {
		if m.Method == evaluate.Furthest || m.Method == evaluate.MostUnserved {
			fmt.Fprintf(w, l.T("the plan is nearer than \"%s\" by %s km and serves more by %s percentage points\n", "phương án gần hơn \"%s\" %s km và phủ thêm %s điểm phần trăm\n"),
				methodName(l, m.Method), interval(m.CloserKm, 1, 2), interval(m.MoreServed, 100, 0))
		}
	}
	fmt.Fprintf(w, l.T("no proposal can come nearer than %s km on average: masts are tried on the highest ground of each hex\n",
		"không đề xuất nào gần hơn trung bình %s km: trạm chỉ được thử ở điểm cao nhất mỗi ô\n"), interval(e.FloorKm, 1, 2))
	if g.outDir != "" {
		fmt.Fprintf(w, "\n%s %s: %s, %s\n", l.T("Results in", "Kết quả ở"), g.outDir, run.FileEvaluateCSV, run.FileEvaluate)
	}
	return w.err
}
