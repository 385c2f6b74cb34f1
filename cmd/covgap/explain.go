package main

import (
	"context"
	"fmt"
	"slices"

	"github.com/covgap/covgap/cmd/covgap/answer"
	"github.com/covgap/covgap/cmd/covgap/run"
	"github.com/covgap/covgap/geo"
	"github.com/spf13/cobra"
)

func newExplainCommand(g *global) *cobra.Command {
	return &cobra.Command{
		Use:   "explain village|hex|site ID",
		Short: "Why a village or hex has no service, and what a site serves",
		Long: `Say why.

Of a village or a hex: who serves it or comes nearest to it, by how much that falls
short, and why: the first of the causes technology, operator, beam, behind_trees,
behind_terrain, power that would serve if it were gone, else out_of_range, with the
ridge that stands in the way and what each of the others would do. Of a village
also the remedies: actions at the masts that nearly reach it and something new
beside it, each tried on the network before it is named.

Of a site: the villages and people it serves, by sector, and those that depend on it
alone.

A village may be given by its name, with or without accents, where only one has it;
a hex by its H3 index or as longitude,latitude. Coverage comes from the store of the
project's last run; what is not there is computed.

Exit codes: 2 when there is no such village, hex or site, 6 without a project.`,
		Example: `After "covgap demo", in the same folder:
  covgap explain village 01087-018
  covgap explain hex 105.39833,22.55
  covgap explain site T0246 --json`,
		Args: cobra.ExactArgs(2),
		RunE: func(cmd *cobra.Command, args []string) error {
			kinds := []string{answer.KindVillage, answer.KindHex, answer.KindSite}
			if !slices.Contains(kinds, args[0]) {
				hint := ""
				if near := geo.Nearest(args[0], kinds); near != "" {
					hint = fmt.Sprintf("; did you mean %s?", near)
				}
				return usagef("%q; expected village, hex or site before the id%s", args[0], hint)
			}
			return runExplain(cmd.Context(), g, args[0], args[1])
		},
	}
}

func runExplain(ctx context.Context, g *global, kind, id string) error {
	p, err := openProject(g)
	if err != nil {
		return err
	}
	r := run.New(p, run.Options{Workers: g.jobs, Lang: g.lang, Reporter: g.reporter})
	if err := r.Check(ctx); err != nil {
		return err
	}
	answers := answer.New(r)
	subject, err := answers.Find(kind, id) // before anything is computed
	if err != nil {
		return err
	}
	if g.dryRun {
		fmt.Fprintf(g.stdout, g.lang.T("would explain %s %s\n", "sẽ giải thích %s %s\n"), kindName(g.lang, kind), id)
		return nil
	}
	for _, step := range []func(context.Context) error{r.ComputeCoverage, r.FindGaps} {
		if err := step(ctx); err != nil {
			return err
		}
	}
	shown, err := answers.Explain(ctx, subject)
	if err != nil {
		return err
	}
	if g.json {
		return printJSON(g, shown)
	}
	switch shown := shown.(type) {
	case *answer.Village:
		return printVillageExplained(g, shown)
	case *answer.Hex:
		return printHexExplained(g, shown)
	case *answer.Site:
		return printSiteExplained(g, shown)
	}
	panic(fmt.Sprintf("covgap: explained as %T", shown))
}
