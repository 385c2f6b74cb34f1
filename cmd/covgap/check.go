package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"

	"github.com/covgap/covgap/cmd/covgap/lang"
	"github.com/covgap/covgap/cmd/covgap/output"
	"github.com/covgap/covgap/cmd/covgap/project"
	"github.com/covgap/covgap/cmd/covgap/run"
	"github.com/covgap/covgap/data/yamlfile"
	"github.com/covgap/covgap/geo"
	"github.com/covgap/covgap/planner"
	"github.com/covgap/covgap/planner/template"
	"github.com/spf13/cobra"
)

// The stages of a run, each with those before it.
type stage int

const (
	stageCheck stage = iota
	stageCoverage
	stageGaps
	stagePlan
)

func newCheckCommand(g *global) *cobra.Command {
	return &cobra.Command{
		Use:   "check",
		Short: "Validate the inputs of a project",
		Long: `Read every input of the project and report what is wrong, what was assumed and
what covers what. Nothing is written.

Exit codes: 3 when an input cannot be used, 6 when terrain is missing inside the
areas, 4 under --strict when there are warnings or rejected rows.`,
		Example: "  covgap check -p cao-bang\n  covgap check --json",
		Args:    cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			return execute(cmd.Context(), g, cmd.Name(), stageCheck, overrides{})
		},
	}
}

func newRunCommand(g *global) *cobra.Command {
	var o overrides
	cmd := &cobra.Command{
		Use:   "run",
		Short: "Check, coverage, gaps, plan and outputs",
		Long: `Take the project through the whole chain: check the inputs, compute coverage,
find the gaps, plan what to build, write the outputs. Path losses that an earlier
run computed are taken from the project's store in DIR/.covgap; "covgap coverage
--help" says more about it.`,
		Example: "  covgap run\n  covgap run -p cao-bang -o results --lang vi",
		Args:    cobra.NoArgs,
		RunE:    func(cmd *cobra.Command, _ []string) error { return execute(cmd.Context(), g, cmd.Name(), stagePlan, o) },
	}
	o.addCoverageFlags(cmd)
	o.addPlanFlags(cmd)
	return cmd
}

func newCoverageCommand(g *global) *cobra.Command {
	var o overrides
	cmd := &cobra.Command{
		Use:   "coverage",
		Short: "Compute the signal on the grid",
		Long: `Check the inputs, compute the path loss of every sector whose technology has a
threshold in the criterion, and from it the signal in every hex of the areas.

Path losses are kept in DIR/.covgap, and a later run computes only what its changes
touch; so does one after an interruption, of whatever kind. The folder grows to 20 GB
(some 65,000 transmitters at resolution 10 and 20 km), then what was used longest ago
goes. It may be deleted: that costs time only.

Writes covgap.gpkg (every table as a layer, for QGIS), coverage.geojson, coverage.tif,
coverage_class.tif, coverage.png, run.json and timings.json, and rejects.csv when rows
were refused; docs/formats.md has every column. Files that an earlier run left of the
later stages (gaps, plan) are removed from the folder: they would not match.`,
		Example: `  covgap coverage
  covgap coverage -p cao-bang -o signal
  covgap coverage --exact`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			return execute(cmd.Context(), g, cmd.Name(), stageCoverage, o)
		},
	}
	o.addCoverageFlags(cmd)
	return cmd
}

func newGapsCommand(g *global) *cobra.Command {
	var o overrides
	cmd := &cobra.Command{
		Use:   "gaps",
		Short: "Find the villages that miss the criterion",
		Long: `Compute coverage as "covgap coverage" does, then judge every village by the
criterion: served, weak or none. The gaps are ranked by people without service, and
tallied by commune beside what the communes declare.

Writes what coverage writes, and villages.geojson, gaps.csv and communes.csv. Files
that an earlier run left of the plan are removed from the folder: they would not
match.`,
		Example: `  covgap gaps
  covgap gaps -p cao-bang -o today
  covgap gaps --json`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error { return execute(cmd.Context(), g, cmd.Name(), stageGaps, o) },
	}
	o.addCoverageFlags(cmd)
	return cmd
}

func newPlanCommand(g *global) *cobra.Command {
	var o overrides
	cmd := &cobra.Command{
		Use:   "plan",
		Short: "Rank what to build",
		Long: `Rank what to build so that no target village is left (eliminate), or the most
people are served within a budget or with a number of sites. The flags override
the project file for this run.

With --from an edited plan.yaml is where the plan starts. Its actions stay, each
as it stands in the file (move one, add one, change its antennas), and are judged
by the exact path where they now are, and priced anew. At a place that was taken
out of the file, or that a mast was moved away from, none is proposed again, nor
within 300 m of it. The villages that are then left are planned for as usual, or
with --keep only reported. An edited plan.yaml in the output folder is kept there
as plan.edited.yaml before any command writes another.`,
		Example: "  covgap plan\n  covgap plan --objective budget --budget 2000000\n  covgap plan --objective count --count 20\n  covgap plan --from out/plan.yaml -o edited",
		Args:    cobra.NoArgs,
		RunE:    func(cmd *cobra.Command, _ []string) error { return execute(cmd.Context(), g, cmd.Name(), stagePlan, o) },
	}
	o.addCoverageFlags(cmd)
	o.addPlanFlags(cmd)
	cmd.Flags().StringVar(&o.from, "from", "", "edited plan `file` (plan.yaml): its actions stay, the rest is planned around them")
	cmd.Flags().BoolVar(&o.keep, "keep", false, "with --from: add nothing, only say what its actions serve")
	return cmd
}

// overrides are flags that stand in for keys of the project file.
type overrides struct {
	exact     bool
	date      string
	objective string
	budget    float64
	count     int
	targets   string
	from      string
	keep      bool
	fullGrid  bool

	flags interface{ Changed(name string) bool } // nil where there are none
}

// given says whether a flag was.
func (o *overrides) given(name string) bool { return o.flags != nil && o.flags.Changed(name) }

func (o *overrides) addCoverageFlags(cmd *cobra.Command) {
	cmd.Flags().BoolVar(&o.exact, "exact", false, "one terrain profile for each hex instead of a sweep: slow, the reference")
	cmd.Flags().StringVar(&o.date, "date", "", "take the network of a `day`, such as 2022-06-30: the sectors on air then")
	cmd.Flags().BoolVar(&o.fullGrid, "full-grid", false, fmt.Sprintf("every hex in covgap.gpkg also beyond %d, and coverage.geojsonl", output.FullGridHexes))
}

func (o *overrides) addPlanFlags(cmd *cobra.Command) {
	f := cmd.Flags()
	o.flags = f
	f.StringVar(&o.objective, "objective", "", "eliminate, budget or count")
	f.Float64Var(&o.budget, "budget", 0, "`amount` to spend, in the currency of the costs (implies --objective budget)")
	f.IntVar(&o.count, "count", 0, "`number` of sites to build (implies --objective count)")
	f.StringVar(&o.targets, "targets", "", "villages to plan for: declared, computed or both")
}

// apply puts the flags into the project.
func (o *overrides) apply(p *project.Project) error {
	budget, count := o.given("budget"), o.given("count")
	if budget && count {
		return usagef("--budget and --count contradict each other")
	}
	goal := planner.Goal(o.objective)
	switch {
	case budget && goal != "" && goal != planner.Budget:
		return usagef("--budget goes with --objective budget")
	case count && goal != "" && goal != planner.Count:
		return usagef("--count goes with --objective count")
	case budget:
		goal = planner.Budget
	case count:
		goal = planner.Count
	}
	if goal != "" {
		p.Plan.Objective.Goal = goal
	}
	if budget {
		p.Plan.Objective.Budget = o.budget
	}
	if count {
		p.Plan.Objective.Count = o.count
	}
	if o.date != "" {
		p.Coverage.Date = o.date
	}
	if o.targets != "" {
		p.Plan.Targets = o.targets
	}
	if err := p.Validate(); err != nil {
		return usageError{err}
	}
	return nil
}

// planFile is the plan to start from, nil for none, and where it stands.
type planFile struct {
	*planner.Plan
	name    string
	content []byte
}

// plan reads the plan to start from.
func (o *overrides) plan(p *project.Project) (f planFile, err error) {
	if o.from == "" {
		if o.keep {
			return f, usagef("--keep goes with --from PLAN.yaml")
		}
		return f, nil
	}
	f.name = filepath.ToSlash(o.from)
	if f.content, err = os.ReadFile(o.from); err != nil {
		return f, fmt.Errorf("%w: --from: %w", run.ErrMissing, err)
	}
	if f.Plan, err = planner.FromYAML(f.content, f.name, p.Plan.Templates...); err != nil {
		return f, err
	}
	return f, f.locate(f.oneTemplate(p.Plan.Templates))
}

// oneTemplate refuses a template of the plan that the project has otherwise: what is
// added could not be told from what stays.
func (f *planFile) oneTemplate(ours []template.Site) error {
	for i := range f.Templates {
		t := &f.Templates[i]
		for k := range ours {
			key, theirs, own := template.Difference(t, &ours[k])
			if ours[k].Name != t.Name || key == "" {
				continue
			}
			return &geo.InputError{
				Field: fmt.Sprintf("templates[%d].%s", i, key), Found: theirs, Expected: fmt.Sprintf("%s, as template %q has in %s", own, t.Name, project.FileName),
				Hint: fmt.Sprintf("change it under plan.templates of %s, give the changed one another name here and in its actions, or take it out here", project.FileName),
				Err:  planner.ErrPlan,
			}
		}
	}
	return nil
}

// locate gives an error about an action of the file its place there.
func (f *planFile) locate(err error) error {
	if errors.Is(err, planner.ErrPlan) {
		return yamlfile.Locate(err, f.content, f.name)
	}
	return err
}

// execute takes the project through its stages up to the last one wanted, for the command
// of that name.
func execute(ctx context.Context, g *global, command string, last stage, o overrides) (err error) {
	p, err := openProject(g)
	if err != nil {
		return err
	}
	if err := o.apply(p); err != nil {
		return err
	}
	out := g.outDir
	if out == "" {
		out = p.Path("out")
	}
	if g.dryRun {
		return dryRun(g, p, last, out)
	}
	from, err := o.plan(p)
	if err != nil {
		return err
	}
	r := run.New(p, run.Options{Workers: g.jobs, Exact: o.exact, Lang: g.lang, Reporter: g.reporter, From: from.Plan, Keep: o.keep, FullGrid: o.fullGrid, Seed: g.seed, Report: reportOf})
	var folder *run.Folder
	if last > stageCheck {
		unlock, lockErr := p.Lock(command)
		if lockErr != nil {
			return lockErr
		}
		defer func() {
			if uerr := unlock(); err == nil {
				err = uerr
			}
		}()
		if folder, err = run.OpenFolder(out, run.RunFolder); err != nil {
			return err
		}
		if kept := folder.Kept(); kept != "" { // also under -q: it is the user's work
			fmt.Fprintf(g.stderr, g.lang.T("covgap: warning: %s in %s is not as a run wrote it: kept as %s\n", "covgap: cảnh báo: %s trong %s không còn như khi ghi: đã giữ lại thành %s\n"),
				run.FilePlanYAML, filepath.ToSlash(out), kept)
		}
	}
	gaps := func(ctx context.Context) error {
		if err := r.FindGaps(ctx); err != nil {
			return err
		}
		if err := r.FindCauses(ctx); err != nil {
			return err
		}
		return r.AssessVillages(ctx)
	}
	check := func(ctx context.Context) error {
		if err := r.Check(ctx); err != nil {
			return err
		}
		// Before anything is computed for them.
		if last == stagePlan {
			for i := range p.Plan.Templates {
				if err := planner.Suits(&p.Plan.Templates[i], &p.Criterion); err != nil {
					return err
				}
			}
		}
		if from.Plan == nil {
			return nil
		}
		return from.locate(planner.Keepable(r.Inputs.Sites, from.Actions, from.Templates))
	}
	plan := func(ctx context.Context) error { return from.locate(r.MakePlan(ctx)) }
	steps := []func(context.Context) error{check, r.ComputeCoverage, gaps, plan}
	for _, step := range steps[:last+1] {
		if err := step(ctx); err != nil {
			return err
		}
	}
	var s *run.Summary
	if folder != nil {
		s, err = r.Write(ctx, folder, programName())
	} else {
		s, err = r.Summary(programName())
	}
	if err != nil {
		return err
	}
	if g.json {
		err = printJSON(g, s)
	} else {
		err = printSummary(g, r, s, out)
	}
	if n := len(s.Warnings); err == nil && g.strict && n > 0 {
		err = fmt.Errorf("%w: %d (--strict)", run.ErrWarnings, n)
	}
	return err
}

// openProject finds and reads the project and settles the language.
func openProject(g *global) (*project.Project, error) {
	dir, err := project.Find(g.projectPath)
	if err != nil {
		return nil, err
	}
	p, err := project.Load(dir)
	if err != nil {
		return nil, err
	}
	if g.lang == "" {
		g.lang = lang.English
		if p.Lang != "" {
			g.lang = lang.Lang(p.Lang)
		}
	}
	g.reporter.Speak(g.lang)
	return p, nil
}

// dryRun says what execute would do.
func dryRun(g *global, p *project.Project, last stage, out string) error {
	d := struct {
		Project    string   `json:"project"`
		Sites      string   `json:"sites"`
		Villages   string   `json:"villages"`
		Areas      string   `json:"areas"`
		Terrain    []string `json:"terrain"`
		Model      string   `json:"model"`
		Resolution int      `json:"resolution"`
		RadiusKm   float64  `json:"radius_km"`
		Stages     []string `json:"stages"`
		Results    string   `json:"results,omitempty"`
	}{
		p.Dir(), p.Inputs.Sites.File, p.Inputs.Villages.File, p.Inputs.Areas.File, p.Inputs.Terrain.Files,
		p.Coverage.Model, p.Coverage.Resolution, p.Coverage.RadiusKm,
		[]string{"check", "coverage", "gaps", "plan"}[:last+1], "",
	}
	if last > stageCheck {
		if err := run.CheckFolder(out, run.RunFolder); err != nil {
			return err
		}
		d.Results = out
	}
	if g.json {
		return printJSON(g, d)
	}
	w := &stickyWriter{w: g.stdout}
	fmt.Fprintf(w, "project  %s\nsites    %s\nvillages %s\nareas    %s\n", d.Project, d.Sites, d.Villages, d.Areas)
	for _, f := range d.Terrain {
		fmt.Fprintf(w, "terrain  %s\n", f)
	}
	fmt.Fprintf(w, "model    %s, resolution %d, %g km\nstages   %v\n", d.Model, d.Resolution, d.RadiusKm, d.Stages)
	if d.Results != "" {
		fmt.Fprintf(w, "results  %s\n", d.Results)
	}
	return w.err
}

func programName() string { return "covgap " + version }
