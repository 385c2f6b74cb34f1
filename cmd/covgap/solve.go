package main

import (
	"cmp"
	"context"
	"fmt"
	"os"
	"runtime/debug"
	"slices"
	"strconv"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/covgap/covgap/planner/solver"
	"github.com/spf13/cobra"
)

// solveFlags are the flags of covgap solve.
type solveFlags struct {
	objective string
	effort    int
	format    string
	unicost   bool
	frontier  string
	mps       string
	with      string
}

func newSolveCommand(g *global) *cobra.Command {
	var f solveFlags
	cmd := &cobra.Command{
		Use:   "solve INSTANCE --objective cover-all|budget=B|count=K",
		Short: "The solver alone, on a set-covering instance",
		Long: `Choose columns of a set-covering instance: at least cost so that every row that can
be covered is (cover-all), or with the most row weight for a budget or a number of
columns. The answer comes with a bound that no choice can pass.

INSTANCE is a text file of whole numbers, in one of these formats; which one is found
out from the file, or said with --format:

  weighted  rows cols, row weights, column costs, then for each column the number of
            its rows and their 0-based indexes
  scp       rows cols, column costs, then for each row the number of its columns and
            their 1-based indexes (OR-Library, scp files)
  rail      rows cols, then for each column its cost, the number of its rows and their
            1-based indexes (OR-Library, rail files)

The work is limited by --effort, in millions of matrix entries visited, never by the
clock, so that the same command gives the same answer everywhere. With --json the
answer is one object; only seconds, of wall-clock time, differs between repeats.

With --frontier every number of columns (count) or budget is solved, A..B in single
steps or A..B/STEP, and nested is what the build order of the last one reaches on the
way. --mps writes the problem as an integer program in free MPS format. --with hands
what the reductions leave to another solver that is installed; its choice is counted
anew, its claim to be optimal is repeated and not checked.

Exit codes: 2 for an objective or a frontier that cannot be read, 3 when the instance
cannot, 6 when a file or the other solver is not there.`,
		Example: `  covgap solve inst_a.txt --objective cover-all
  covgap solve inst_a.txt --objective budget=20000 --effort 300 --json
  covgap solve inst_a.txt --objective count=60 --frontier 1..60
  covgap solve scp41.txt --objective cover-all --mps scp41.mps --with cbc`,
		Args: cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error { return runSolve(cmd.Context(), g, f, args[0]) },
	}
	fl := cmd.Flags()
	fl.StringVar(&f.objective, "objective", "", "cover-all, budget=B or count=K (required)")
	fl.IntVar(&f.effort, "effort", solver.DefaultEffort, "`limit` of work, in millions of matrix entries")
	fl.StringVar(&f.format, "format", string(solver.Auto), "auto, weighted, scp or rail")
	fl.BoolVar(&f.unicost, "unicost", false, "let every column cost 1")
	fl.StringVar(&f.frontier, "frontier", "", "`A..B` or A..B/STEP: every number of columns or budget between")
	fl.StringVar(&f.mps, "mps", "", "also write the problem to this `file`, in free MPS format")
	fl.StringVar(&f.with, "with", "", "let another `solver` decide the reduced problem: cbc or highs")
	if err := cmd.MarkFlagRequired("objective"); err != nil {
		panic(err) // the flag above exists
	}
	return cmd
}

// parseObjective reads cover-all, budget=B or count=K.
func parseObjective(s string) (solver.Problem, error) {
	name, limit, limited := strings.Cut(s, "=")
	wrong := func(expected string) error { return usagef("--objective %q: expected %s", s, expected) }
	switch name {
	case "cover-all":
		if limited {
			return solver.Problem{}, wrong("cover-all without a number")
		}
		return solver.Problem{Goal: solver.Eliminate}, nil
	case "budget":
		b, err := strconv.ParseInt(limit, 10, 64)
		if err != nil || b < 0 {
			return solver.Problem{}, wrong("a whole number from 0, such as budget=20000, written without separators")
		}
		return solver.Problem{Goal: solver.Budget, Budget: b}, nil
	case "count":
		k, err := strconv.ParseInt(limit, 10, 32)
		if err != nil || k < 0 {
			return solver.Problem{}, wrong("a whole number from 0, such as count=15")
		}
		return solver.Problem{Goal: solver.Count, Count: int(k)}, nil
	}
	return solver.Problem{}, wrong("cover-all, budget=B or count=K")
}

// mostPoints is the longest frontier.
const mostPoints = 10_000

// parseFrontier reads A..B or A..B/STEP.
func parseFrontier(s string, p solver.Problem) ([]int64, error) {
	if p.Goal == solver.Eliminate {
		return nil, usagef("--frontier needs --objective count=K or budget=B, not cover-all")
	}
	wrong := usagef("--frontier %q: expected whole numbers such as 1..60 or 10000..60000/5000, at most %d of them", s, mostPoints)
	span, stepText, stepped := strings.Cut(s, "/")
	fromText, toText, ok := strings.Cut(span, "..")
	from, err1 := strconv.ParseInt(fromText, 10, 64)
	to, err2 := strconv.ParseInt(toText, 10, 64)
	step := int64(1)
	var err3 error
	if stepped {
		step, err3 = strconv.ParseInt(stepText, 10, 64)
	}
	if !ok || cmp.Or(err1, err2, err3) != nil || from < 0 || to < from || step < 1 || (to-from)/step >= mostPoints ||
		p.Goal == solver.Count && to > 1<<28 {
		return nil, wrong
	}
	var out []int64
	for l := from; l <= to; l += step {
		out = append(out, l)
	}
	return out, nil
}

func runSolve(ctx context.Context, g *global, f solveFlags, path string) error {
	p, err := parseObjective(f.objective)
	if err != nil {
		return err
	}
	if p.Effort = f.effort; f.effort < 1 {
		return usagef("--effort %d; expected at least 1", f.effort)
	}
	if !slices.Contains(solver.Formats(), solver.Format(f.format)) {
		return usagef("--format %q; expected auto, weighted, scp or rail", f.format)
	}
	if f.with != "" && !slices.Contains(solver.Programs(), f.with) {
		return usagef("--with %q; expected cbc or highs", f.with)
	}
	var limits []int64
	if f.frontier != "" {
		if f.with != "" {
			return usagef("--frontier and --with exclude each other")
		}
		if limits, err = parseFrontier(f.frontier, p); err != nil {
			return err
		}
	}
	// The instance and its linear program stay to the end, while neighbourhoods come and go
	// beside them: collecting twice as often takes 1 % more time, and on 100,000 rows by
	// 20,000 columns 45 MB less of 228.
	defer debug.SetGCPercent(debug.SetGCPercent(50))
	in, err := readInstance(path, solver.Format(f.format))
	if err != nil {
		return err
	}
	if f.unicost {
		for j := range in.Columns {
			in.Columns[j].Cost = 1
		}
	}
	if g.dryRun {
		_, err := fmt.Fprintf(g.stdout, "would solve %s: %d rows, %d columns, %s\n", path, len(in.Rows), len(in.Columns), f.objective)
		return err
	}
	if f.mps != "" {
		if err := writeMPSFile(f.mps, in, p); err != nil {
			return err
		}
	}
	begin := time.Now()
	if limits != nil {
		points, err := solver.Frontier(ctx, in, p, limits)
		if err != nil {
			return err
		}
		return writeFrontier(g, p, points, time.Since(begin))
	}
	answer := solveAnswer{Objective: f.objective}
	var res *solver.Result
	if f.with != "" {
		other, err := solver.SolveWith(ctx, in, p, f.with)
		if err != nil {
			return err
		}
		res, answer.With, answer.Claim = &other.Result, f.with, other.Claim
	} else if res, err = solver.Solve(ctx, in, p); err != nil {
		return err
	}
	answer.fill(in, res, time.Since(begin))
	return answer.write(g)
}

func readInstance(path string, format solver.Format) (*solver.Instance, error) {
	file, err := openInput(path)
	if err != nil {
		return nil, err
	}
	defer func() { _ = file.Close() }() // only read
	return solver.Read(file, path, format)
}

func writeMPSFile(path string, in *solver.Instance, p solver.Problem) error {
	file, err := os.Create(path)
	if err != nil {
		return err
	}
	err = solver.WriteMPS(file, in, p)
	if cerr := file.Close(); err == nil {
		err = cerr
	}
	return err
}

// solveAnswer is the answer of covgap solve.
type solveAnswer struct {
	Objective string  `json:"objective"`
	Value     int64   `json:"value"`
	Bound     int64   `json:"bound"`
	Gap       float64 `json:"gap"`
	Proven    bool    `json:"proven"`
	Cost      int64   `json:"cost"`
	Columns   int     `json:"columns"`
	Selected  []int   `json:"selected"` // ascending, 0-based
	// Uncoverable are the rows that no column holds, 0-based; cover-all leaves them out.
	Uncoverable []int   `json:"uncoverable"`
	With        string  `json:"with,omitempty"`
	Claim       string  `json:"claim,omitempty"` // of the other solver
	Seconds     float64 `json:"seconds"`
}

func (a *solveAnswer) fill(in *solver.Instance, res *solver.Result, took time.Duration) {
	a.Value, a.Bound, a.Gap, a.Proven, a.Cost, a.Columns = res.Value, res.Bound, res.Gap, res.Proven, res.Cost, len(res.Selected)
	a.Selected, a.Uncoverable = []int{}, []int{}
	for _, s := range res.Selected {
		a.Selected = append(a.Selected, s.Column)
	}
	slices.Sort(a.Selected)
	// Each row of these instances is a village of its own.
	for _, v := range res.Unmeetable {
		if in.Villages[v].Need > 0 {
			a.Uncoverable = append(a.Uncoverable, v)
		}
	}
	a.Seconds = took.Seconds()
}

func (a *solveAnswer) write(g *global) error {
	if g.json {
		return printJSON(g, a)
	}
	state := fmt.Sprintf("no choice can pass %d, so this one is at most %.3f %% from the best", a.Bound, 100*a.Gap)
	if a.Proven {
		state = "proven: no choice is better"
	}
	var b strings.Builder
	columns := "columns"
	if a.Columns == 1 {
		columns = "column"
	}
	fmt.Fprintf(&b, "%s: %d (%s)\n%d %s for %d:", a.Objective, a.Value, state, a.Columns, columns, a.Cost)
	for _, j := range a.Selected {
		fmt.Fprintf(&b, " %d", j)
	}
	b.WriteByte('\n')
	if n := len(a.Uncoverable); n > 0 {
		fmt.Fprintf(&b, "left out, since no column holds them: %d rows\n", n)
	}
	if a.With != "" {
		fmt.Fprintf(&b, "%s says of its answer: %s; that is not checked, the value is counted anew and the bound is covgap's\n", a.With, a.Claim)
	}
	_, err := fmt.Fprint(g.stdout, b.String())
	return err
}

// frontierPoint is a point of the answer of covgap solve --frontier.
type frontierPoint struct {
	Limit    int64   `json:"limit"`
	Value    int64   `json:"value"`
	Bound    int64   `json:"bound"`
	Gap      float64 `json:"gap"`
	Proven   bool    `json:"proven"`
	Cost     int64   `json:"cost"`
	Nested   int64   `json:"nested"`
	Selected []int   `json:"selected"`
}

func writeFrontier(g *global, p solver.Problem, points []solver.Point, took time.Duration) error {
	if g.json {
		out := struct {
			Objective string          `json:"objective"`
			Frontier  []frontierPoint `json:"frontier"`
			Seconds   float64         `json:"seconds"`
		}{p.Goal.String(), []frontierPoint{}, took.Seconds()}
		for _, q := range points {
			if q.Columns == nil {
				q.Columns = []int{}
			}
			out.Frontier = append(out.Frontier, frontierPoint{q.Limit, q.Value, q.Bound, q.Gap, q.Proven, q.Cost, q.Nested, q.Columns})
		}
		return printJSON(g, out)
	}
	w := tabwriter.NewWriter(g.stdout, 0, 0, 2, ' ', tabwriter.AlignRight)
	fmt.Fprintf(w, "%s\tvalue\tbound\tgap %%\tcost\tnested\tprice of nesting\t\n", p.Goal)
	for _, q := range points {
		fmt.Fprintf(w, "%d\t%d\t%d\t%.3f\t%d\t%d\t%d\t\n", q.Limit, q.Value, q.Bound, 100*q.Gap, q.Cost, q.Nested, q.Value-q.Nested)
	}
	return w.Flush()
}
