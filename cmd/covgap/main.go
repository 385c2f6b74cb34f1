// Command covgap finds the villages with weak or no mobile signal, explains why
// each is weak, and ranks what to build so that none is left.
package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"os/signal"
	"runtime"
	"runtime/debug"
	"slices"
	"strings"
	"syscall"

	"github.com/covgap/covgap/cmd/covgap/answer"
	"github.com/covgap/covgap/cmd/covgap/lang"
	"github.com/covgap/covgap/cmd/covgap/progress"
	"github.com/covgap/covgap/cmd/covgap/project"
	"github.com/covgap/covgap/cmd/covgap/run"
	"github.com/covgap/covgap/coverage/compare"
	"github.com/covgap/covgap/geo"
	"github.com/covgap/covgap/geo/terrain"
	"github.com/covgap/covgap/planner"
	"github.com/covgap/covgap/planner/candidate"
	"github.com/covgap/covgap/planner/cost"
	"github.com/covgap/covgap/planner/evaluate"
	"github.com/covgap/covgap/planner/solver"
	"github.com/spf13/cobra"
	"github.com/spf13/pflag"
)

// Exit codes of the program. Villages that cannot be served are results, not
// failures.
const (
	exitOK          = 0
	exitInternal    = 1
	exitUsage       = 2
	exitInput       = 3
	exitWarnings    = 4 // under --strict
	exitConstraints = 5 // constraints that contradict each other
	exitMissing     = 6 // a resource is missing: terrain, a file, a folder, the project's lock
	exitInterrupted = 130
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	code := Main(ctx, os.Args[1:], os.Stdout, os.Stderr)
	stop()
	os.Exit(code)
}

// Main runs one command line and gives its exit code.
func Main(ctx context.Context, args []string, stdout, stderr io.Writer) (code int) {
	defer func() {
		if p := recover(); p != nil {
			fmt.Fprintf(stderr, "covgap: internal error: %v\n%s\nThis is a defect of covgap; please report it with the command that caused it.\n", p, debug.Stack())
			code = exitInternal
		}
	}()
	root, g := newRoot(stdout, stderr)
	root.SetArgs(args)
	root.SetOut(stdout)
	root.SetErr(stderr)
	err := root.ExecuteContext(ctx)
	if g.lang == "" { // not as far as that
		g.lang = askedLang(args)
	}
	code = exitCode(ctx, err)
	switch code {
	case exitOK:
	case exitInterrupted:
		fmt.Fprintln(stderr, g.lang.T("covgap: interrupted; the same command goes on where this one stopped", "covgap: đã dừng; chạy lại lệnh này sẽ tiếp tục từ chỗ dừng"))
	default:
		printError(stderr, g.lang, err)
	}
	return code
}

// askedLang is the language of --lang in a command line that could not be read.
func askedLang(args []string) lang.Lang {
	for i, a := range args {
		if a == "--lang="+string(lang.Vietnamese) || a == "--lang" && i+1 < len(args) && args[i+1] == string(lang.Vietnamese) {
			return lang.Vietnamese
		}
	}
	return lang.English
}

// printError writes each problem on its own line.
func printError(w io.Writer, l lang.Lang, err error) {
	var joined interface{ Unwrap() []error }
	if errors.As(err, &joined) && fmt.Sprint(err) == fmt.Sprint(errors.Join(joined.Unwrap()...)) {
		for _, e := range joined.Unwrap() {
			printError(w, l, e)
		}
		return
	}
	text := err.Error()
	var input *geo.InputError
	if l == lang.Vietnamese && errors.As(err, &input) {
		text = strings.Replace(text, input.Error(), vietnameseInputError(input), 1)
	} else {
		text = l.Say(text)
	}
	fmt.Fprintf(w, "covgap: %s\n", text)
}

// vietnameseInputError says what [geo.InputError.Error] does: place, field, found,
// expected, remedy.
func vietnameseInputError(e *geo.InputError) string {
	l := lang.Vietnamese
	found := e.Found
	if found == "" && e.Err != nil {
		found = e.Err.Error()
	}
	out := ""
	if place := e.Pos.String(); place != "" {
		out = place + ": "
	}
	if e.Field != "" {
		out += e.Field + ": "
	}
	switch said := l.Say(found); said {
	case "":
		out += "không hợp lệ"
	case found: // what stands in the file
		out += "tìm thấy " + found
	default:
		out += said
	}
	if e.Expected != "" {
		out += "; cần " + l.Say(e.Expected)
	}
	if e.Hint != "" {
		out += "; cách sửa: " + l.Say(e.Hint)
	}
	return out
}

// usageError is a command line that cannot be understood.
type usageError struct{ err error }

func (e usageError) Error() string { return e.err.Error() }
func (e usageError) Unwrap() error { return e.err }

func usagef(format string, args ...any) error { return usageError{fmt.Errorf(format, args...)} }

// exitCode is the one place where errors become exit codes.
func exitCode(ctx context.Context, err error) int {
	var usage usageError
	var question *answer.QuestionError
	var input *geo.InputError
	switch {
	case err == nil:
		return exitOK
	case ctx.Err() != nil && errors.Is(err, context.Canceled):
		return exitInterrupted
	case errors.As(err, &usage), errors.As(err, &question):
		return exitUsage
	case errors.Is(err, run.ErrWarnings):
		return exitWarnings
	case isAny(err, run.ErrMissing, project.ErrNotFound, project.ErrLocked, terrain.ErrNoTerrain, exec.ErrNotFound, os.ErrNotExist, syscall.ENOTDIR):
		return exitMissing
	case errors.As(err, &input), isAny(err, run.ErrForeignOutput, run.ErrIncomparable, run.ErrResults, compare.ErrDuplicate, project.ErrExists, cost.ErrNoRow, cost.ErrNoRate, terrain.ErrTooLarge):
		return exitInput
	// After the errors with a place, which wrap these too: what is left is a template,
	// criterion and objective that are right one by one and not together.
	case isAny(err, planner.ErrInput, planner.ErrConstraints, candidate.ErrInput, evaluate.ErrInput, solver.ErrContradiction, solver.ErrNotFound):
		return exitConstraints
	}
	return exitInternal
}

func isAny(err error, targets ...error) bool {
	return slices.ContainsFunc(targets, func(t error) bool { return errors.Is(err, t) })
}

// global holds the flags that every command has.
type global struct {
	projectPath string
	outDir      string
	json        bool
	progress    string
	quiet       bool
	verbose     bool
	dryRun      bool
	strict      bool
	jobs        int
	seed        uint64
	langFlag    string

	lang     lang.Lang
	reporter *progress.Reporter
	stdout   io.Writer
	stderr   io.Writer
}

func newRoot(stdout, stderr io.Writer) (*cobra.Command, *global) {
	g := &global{stdout: stdout, stderr: stderr}
	root := &cobra.Command{
		Use:   "covgap",
		Short: "Find the villages without mobile signal, and what to build",
		Long: `covgap finds the villages with weak or no mobile signal, explains why each is
weak, and ranks what to build so that none is left.

Start with "covgap demo", which takes a synthetic province through the whole
chain, or with "covgap init" on your own files.

Exit codes: 0 done (villages that cannot be served are results), 1 internal
error, 2 usage, 3 invalid input, 4 warnings under --strict, 5 constraints that
contradict each other, 6 missing resource, 130 interrupted (the same command
goes on where it stopped).`,
		SilenceErrors:     true,
		SilenceUsage:      true,
		CompletionOptions: cobra.CompletionOptions{HiddenDefaultCmd: false},

		SuggestionsMinimumDistance: 2,
		PersistentPreRunE: func(cmd *cobra.Command, _ []string) error {
			if err := cmd.ValidateRequiredFlags(); err != nil { // here, so that it is a usage error
				return usagef("%w; see \"%s --help\"", err, cmd.CommandPath())
			}
			return g.resolve()
		},
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error { return cmd.Help() },
	}
	f := root.PersistentFlags()
	f.StringVarP(&g.projectPath, "project", "p", "", "project `folder` or covgap.yaml (default: this folder, its parents, then ./covgap-demo)")
	f.StringVarP(&g.outDir, "out", "o", "", "`folder` for results (default: out in the project folder)")
	f.BoolVar(&g.json, "json", false, "print the result as one JSON object on standard output")
	f.StringVar(&g.progress, "progress", "auto", "progress on standard error: auto, plain, json or none")
	f.BoolVarP(&g.quiet, "quiet", "q", false, "only errors and the result")
	f.BoolVarP(&g.verbose, "verbose", "v", false, "also the details: each warning, each file")
	f.BoolVar(&g.dryRun, "dry-run", false, "say what would be done, change nothing")
	f.BoolVar(&g.strict, "strict", false, "exit 4 when there are warnings or rejected rows")
	f.IntVar(&g.jobs, "jobs", runtime.GOMAXPROCS(0), "`number` of workers; results do not depend on it")
	f.Uint64Var(&g.seed, "seed", 1, "seed of everything random: the sample province, draws")
	f.StringVar(&g.langFlag, "lang", "", "language of summaries and pictures: vi or en (default: the project's, else en)")
	root.SetFlagErrorFunc(func(cmd *cobra.Command, err error) error {
		return usagef("%w%s; see \"%s --help\"", plainFlagError(err), nearestFlag(cmd, err), cmd.CommandPath())
	})
	root.AddCommand(
		newDemoCommand(g), newInitCommand(g), newCheckCommand(g), newRunCommand(g),
		newCoverageCommand(g), newGapsCommand(g), newPlanCommand(g), newWhatifCommand(g), newExplainCommand(g), newCompareCommand(g), newEvaluateCommand(g),
		newCalibrateCommand(g), newModelsCommand(g), newPathlossCommand(g), newProfileCommand(g), newSolveCommand(g),
		newReportCommand(g), newServeCommand(g), newExportCommand(g), newShowCommand(g), newSchemaCommand(g), newVersionCommand(g),
	)
	wrapArgs(root)
	return root, g
}

// plainFlagError says of a number that is none how it is written.
func plainFlagError(err error) error {
	var invalid *pflag.InvalidValueError
	if !errors.As(err, &invalid) {
		return err
	}
	var expected string
	switch invalid.GetFlag().Value.Type() {
	case "float64":
		expected = "a number such as 1000000"
	case "int":
		expected = "a whole number such as 1000"
	case "uint64":
		expected = "a whole number such as 1000, not negative"
	default:
		return err
	}
	return fmt.Errorf("--%s %q: expected %s, written without separators", invalid.GetFlag().Name, invalid.GetValue(), expected)
}

// nearestFlag is the did-you-mean of a flag that cmd does not have.
func nearestFlag(cmd *cobra.Command, err error) string {
	var unknown *pflag.NotExistError
	if !errors.As(err, &unknown) || len(unknown.GetSpecifiedName()) < 2 {
		return "" // of one letter nothing can be said
	}
	var names []string
	cmd.Flags().VisitAll(func(f *pflag.Flag) { names = append(names, f.Name) })
	if near := geo.Nearest(unknown.GetSpecifiedName(), names); near != "" {
		return fmt.Sprintf("; did you mean --%s?", near)
	}
	return ""
}

// wrapArgs makes a wrong count of arguments, or an unknown command, a usage error.
func wrapArgs(cmd *cobra.Command) {
	if check := cmd.Args; check != nil {
		cmd.Args = func(c *cobra.Command, args []string) error {
			err := check(c, args)
			if err == nil {
				return nil
			}
			if c.HasSubCommands() {
				hint := ""
				if s := c.SuggestionsFor(args[0]); len(s) > 0 {
					hint = fmt.Sprintf("; did you mean %q?", s[0])
				}
				return usagef("%w%s; see \"%s --help\"", err, hint, c.CommandPath())
			}
			_, wanted, _ := strings.Cut(c.Use, " ")
			wanted = cmp.Or(wanted, "nothing")
			if len(args) == 0 {
				return usagef("expected %s after %q%s", wanted, c.CommandPath(), firstExample(c))
			}
			return usagef("%s %s: expected %s after %q%s", c.Name(), strings.Join(args, " "), wanted, c.CommandPath(), firstExample(c))
		}
	}
	for _, sub := range cmd.Commands() {
		wrapArgs(sub)
	}
}

// firstExample gives the first example of a command, as the end of a message.
func firstExample(c *cobra.Command) string {
	for line := range strings.Lines(c.Example) {
		if line = strings.TrimSpace(line); strings.HasPrefix(line, c.CommandPath()+" ") {
			return "; for example: " + line
		}
	}
	return ""
}

// resolve checks the global flags once they are parsed.
func (g *global) resolve() error {
	mode, err := progress.ParseMode(g.progress)
	if err != nil {
		return usagef("--progress: %w", err)
	}
	if g.quiet && mode == progress.Auto {
		mode = progress.None
	}
	if g.quiet && g.verbose {
		return usagef("--quiet and --verbose contradict each other")
	}
	if g.jobs < 1 {
		return usagef("--jobs %d; expected at least 1", g.jobs)
	}
	g.reporter = progress.New(mode, g.stderr)
	if g.langFlag != "" {
		if g.lang, err = lang.Parse(g.langFlag); err != nil {
			return usagef("--lang: %w", err)
		}
		g.reporter.Speak(g.lang)
	}
	return nil
}
