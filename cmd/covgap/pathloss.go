package main

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"slices"
	"strconv"
	"strings"

	"github.com/covgap/covgap/cmd/covgap/pathloss"
	"github.com/covgap/covgap/cmd/covgap/run"
	"github.com/covgap/covgap/coverage/propagation"
	"github.com/covgap/covgap/geo"
	"github.com/covgap/covgap/geo/csvtable"
	"github.com/spf13/cobra"
)

// pathlossFlags are the flags of covgap pathloss.
type pathlossFlags struct {
	model    string
	profiles string
	cases    string
	only     string
	explain  bool
}

func newPathlossCommand(g *global) *cobra.Command {
	var f pathlossFlags
	cmd := &cobra.Command{
		Use:   "pathloss --profiles FILE --cases FILE",
		Short: "Losses of given path profiles, in bulk",
		Long: `Compute the basic transmission loss of every case in a table over given terrain
profiles. The cases come back on standard output as CSV, in their order and with
all their columns, followed by loss_db, for p1812 also field_strength_dbuvm (for
1 kW effective radiated power), warnings (codes, separated by semicolons) and
error.

Profiles, a row each, with or without a header, heights above sea level in metres
from the transmitter to the receiver:

  id, n_intervals, step_m, clutter_m, h0 … hn

Cases have a header. id names the profile; "covgap models MODEL" lists the other
columns of a model. For p1812 they are h_tx_m, h_rx_m, f_ghz, pol_1h_2v,
p_time_pct, pL_location_pct, lat_t, lon_t, lat_r, lon_r, deltaN, N0 and, instead
of the profile's, clutter_m; for itm h_tx_m, h_rx_m, f_mhz, pol_0h_1v, climate,
N_0, epsilon, sigma, mdvar, time_pct, location_pct and situation_pct. Columns
beyond these pass through; one that is called like a column of the answer comes
back with _in added to its name.

A case without a loss is a result: its loss_db is empty and error says why. With
--explain every intermediate value comes back instead, a row each with its unit and
equation. With --json the answer is one object with the list cases.

Exit codes: 3 when a file cannot be read or not one case fits its columns and a
profile, 4 under --strict when a case has a warning or no loss, 6 when a file is
not there.`,
		Example: `  covgap pathloss --model p1812 --profiles profiles.csv --cases cases.csv > losses.csv
  covgap pathloss --model itm --profiles profiles.csv --cases cases.csv --json
  covgap pathloss --profiles profiles.csv --cases cases.csv --case 17 --explain`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error { return runPathloss(cmd.Context(), g, f) },
	}
	fl := cmd.Flags()
	fl.StringVar(&f.model, "model", "p1812", "propagation model; \"covgap models\" lists them")
	fl.StringVar(&f.profiles, "profiles", "", "`file` of terrain profiles (required)")
	fl.StringVar(&f.cases, "cases", "", "`file` of cases (required)")
	fl.StringVar(&f.only, "case", "", "only the cases of this profile `id`")
	fl.BoolVar(&f.explain, "explain", false, "every intermediate value with its equation")
	for _, required := range []string{"profiles", "cases"} {
		if err := cmd.MarkFlagRequired(required); err != nil {
			panic(err) // the flags above exist
		}
	}
	return cmd
}

func runPathloss(ctx context.Context, g *global, f pathlossFlags) (err error) {
	model, err := propagation.Lookup(f.model)
	if err != nil {
		return usagef("--model: %w", err)
	}
	profiles, err := readProfiles(ctx, f.profiles)
	if err != nil {
		return err
	}
	file, err := openInput(f.cases)
	if err != nil {
		return err
	}
	defer func() { _ = file.Close() }() // only read
	cases, err := pathloss.OpenCases(ctx, file, f.cases, model)
	if err != nil {
		return err
	}
	if g.dryRun {
		_, err = fmt.Fprintf(g.stdout, "would compute %s for the cases of %s over the %d profiles of %s\n", model.Name(), f.cases, profiles.Len(), f.profiles)
		return err
	}

	var w caseWriter
	switch {
	case g.json:
		w = newJSONCases(g.stdout, model)
	case f.explain:
		w, err = newExplainedCases(g.stdout)
	default:
		w, err = newCSVCases(g, cases, model)
	}
	if err != nil {
		return err
	}
	stage := g.reporter.Start("pathloss", 0, g.lang.T("cases", "trường hợp"))
	var t caseTally
	err = pathloss.Run(ctx, cases, profiles, pathloss.Options{Workers: g.jobs, Explain: f.explain, Only: f.only}, func(c *pathloss.Case) error {
		t.add(c)
		if t.cases%caseProgress == 0 {
			stage.Set(int64(t.cases))
		}
		return w.write(c)
	})
	if cerr := w.close(); err == nil {
		err = cerr
	}
	if err != nil {
		return err
	}
	stage.Done(fmt.Sprintf("%d", t.cases))
	return t.verdict(g, f)
}

// caseProgress is after how many cases progress is told.
const caseProgress = 10000

// openInput opens a file that a flag names.
func openInput(path string) (*os.File, error) {
	file, err := os.Open(path)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", run.ErrMissing, err)
	}
	if info, err := file.Stat(); err == nil && info.IsDir() {
		_ = file.Close() // nothing was written to it
		return nil, &geo.InputError{Pos: geo.Position{File: path}, Found: "a folder", Expected: "a file"}
	}
	return file, nil
}

func readProfiles(ctx context.Context, path string) (*pathloss.Profiles, error) {
	file, err := openInput(path)
	if err != nil {
		return nil, err
	}
	defer func() { _ = file.Close() }() // only read
	return pathloss.ReadProfiles(ctx, file, path)
}

// caseTally counts what came of the cases.
type caseTally struct {
	cases, warned, failed, misread int
	firstMisread                   error
}

func (t *caseTally) add(c *pathloss.Case) {
	t.cases++
	var input *geo.InputError
	switch {
	case errors.As(c.Err, &input):
		t.failed++
		t.misread++
		if t.firstMisread == nil {
			t.firstMisread = c.Err
		}
	case c.Err != nil:
		t.failed++
	case len(c.Result.Warnings) > 0:
		t.warned++
	}
}

// verdict tells what came of the cases and whether that is an error.
func (t *caseTally) verdict(g *global, f pathlossFlags) error {
	switch {
	case t.cases == 0 && f.only != "":
		return &geo.InputError{Pos: geo.Position{File: f.cases}, Field: "id", Found: fmt.Sprintf("no case of profile %q", f.only), Expected: "an id of the file", Hint: "--case names the id of a case"}
	case t.misread == t.cases:
		return fmt.Errorf("not one of %d cases could be read: %w", t.cases, t.firstMisread)
	}
	if t.failed > 0 && !g.quiet {
		first := ""
		if t.firstMisread != nil {
			first = "; the first that could not be read: " + t.firstMisread.Error()
		}
		fmt.Fprintf(g.stderr, "covgap: %d of %d cases have no loss; the column error says why%s\n", t.failed, t.cases, first)
	}
	if g.strict && t.failed+t.warned > 0 {
		return fmt.Errorf("%w: %d cases with warnings, %d without loss (--strict)", run.ErrWarnings, t.warned, t.failed)
	}
	return nil
}

// caseWriter writes cases as they come, in order.
type caseWriter interface {
	write(c *pathloss.Case) error
	close() error
}

// The columns that are added to those of the cases.
const (
	columnLoss     = "loss_db"
	columnField    = "field_strength_dbuvm"
	columnWarnings = "warnings"
	columnError    = "error"
)

// csvCases writes cases with their columns.
type csvCases struct {
	csv       *csvtable.Writer
	withField bool
	row       []string
}

func newCSVCases(g *global, cases *pathloss.Cases, m propagation.Model) (*csvCases, error) {
	w := &csvCases{withField: m == propagation.Model(propagation.P1812{})}
	added := []string{columnLoss, columnField, columnWarnings, columnError}
	if !w.withField {
		added = slices.Delete(added, 1, 2)
	}
	columns := slices.Clone(cases.Columns)
	for i, c := range columns {
		for slices.Contains(added, c) || c != cases.Columns[i] && slices.Contains(cases.Columns, c) {
			c += "_in"
		}
		if columns[i] = c; c != cases.Columns[i] && !g.quiet {
			fmt.Fprintf(g.stderr, "covgap: the column %s of the cases comes back as %s\n", cases.Columns[i], c)
		}
	}
	var err error
	w.csv, err = csvtable.NewWriter(g.stdout, append(columns, added...), csvtable.Options{})
	return w, err
}

// lossText has 1e-8 dB: finer than the published figures a reader may hold it
// against, of which the finest are to 1e-6.
func lossText(db float64) string { return strconv.FormatFloat(db, 'f', 8, 64) }

func (w *csvCases) write(c *pathloss.Case) error {
	w.row = append(w.row[:0], c.Values...)
	if c.Err != nil {
		if w.row = append(w.row, ""); w.withField {
			w.row = append(w.row, "")
		}
		return w.csv.Write(append(w.row, "", c.Err.Error())...)
	}
	w.row = append(w.row, lossText(c.Result.LossDB))
	if w.withField {
		w.row = append(w.row, lossText(propagation.FieldStrengthDBuV(c.Result.LossDB, c.FrequencyMHz)))
	}
	return w.csv.Write(append(w.row, warningCodes(c.Result.Warnings), "")...)
}

func warningCodes(warnings []propagation.Warning) string {
	codes := make([]string, len(warnings))
	for i, w := range warnings {
		codes[i] = w.Code
	}
	return strings.Join(codes, ";")
}

func (w *csvCases) close() error { return w.csv.Flush() }

// explainedCases writes a row for each intermediate value of each case.
type explainedCases struct{ csv *csvtable.Writer }

func newExplainedCases(out io.Writer) (*explainedCases, error) {
	w, err := csvtable.NewWriter(out, []string{"row", "id", "quantity", "value", "unit", "equation"}, csvtable.Options{})
	return &explainedCases{w}, err
}

func (w *explainedCases) write(c *pathloss.Case) error {
	row := strconv.Itoa(c.Row)
	if c.Err != nil {
		return w.csv.Write(row, c.ID, columnError, c.Err.Error(), "", "")
	}
	for _, q := range c.Result.Intermediates {
		if err := w.csv.Write(row, c.ID, q.Name, strconv.FormatFloat(q.Value, 'g', -1, 64), q.Unit, q.Equation); err != nil {
			return err
		}
	}
	if err := w.csv.Write(row, c.ID, columnLoss, lossText(c.Result.LossDB), "dB", ""); err != nil {
		return err
	}
	for _, warning := range c.Result.Warnings {
		if err := w.csv.Write(row, c.ID, warning.Code, warning.Message, "", ""); err != nil {
			return err
		}
	}
	return nil
}

func (w *explainedCases) close() error { return w.csv.Flush() }

// jsonCases writes one object whose list of cases grows as they come.
type jsonCases struct {
	w     *bufio.Writer
	model propagation.Model
	any   bool
}

// jsonCase is a case in the object. A quantity without a value, which JSON has no
// number for, is null.
type jsonCase struct {
	Row           int                   `json:"row"`
	ID            string                `json:"id"`
	LossDB        *float64              `json:"loss_db"`
	FieldStrength *float64              `json:"field_strength_dbuvm,omitempty"`
	Warnings      []propagation.Warning `json:"warnings"`
	Error         string                `json:"error,omitempty"`
	Intermediates []jsonQuantity        `json:"intermediates,omitempty"`
}

type jsonQuantity struct {
	Quantity string   `json:"quantity"`
	Value    *float64 `json:"value"`
	Unit     string   `json:"unit"`
	Equation string   `json:"equation"`
}

func newJSONCases(out io.Writer, m propagation.Model) *jsonCases {
	w := &jsonCases{w: bufio.NewWriterSize(out, 64<<10), model: m}
	name, source := jsonText(m.Name()), jsonText(m.Validity().Source)
	fmt.Fprintf(w.w, "{\n  \"model\": %s,\n  \"source\": %s,\n  \"cases\": [", name, source) // bufio keeps the error for close
	return w
}

func jsonText(s string) []byte {
	b, err := json.Marshal(s)
	if err != nil {
		panic(err) // a string can always be written
	}
	return b
}

func (w *jsonCases) write(c *pathloss.Case) error {
	j := jsonCase{Row: c.Row, ID: c.ID, Warnings: append([]propagation.Warning{}, c.Result.Warnings...)}
	if c.Err != nil {
		j.Error = c.Err.Error()
	} else {
		j.LossDB = &c.Result.LossDB
		if w.model == propagation.Model(propagation.P1812{}) {
			v := propagation.FieldStrengthDBuV(c.Result.LossDB, c.FrequencyMHz)
			j.FieldStrength = &v
		}
		j.Intermediates = jsonQuantities(c.Result.Intermediates)
	}
	b, err := json.Marshal(j)
	if err != nil {
		return fmt.Errorf("case in row %d: %w", c.Row, err)
	}
	separator := ",\n    "
	if !w.any {
		w.any, separator = true, "\n    "
	}
	if _, err := w.w.WriteString(separator); err != nil {
		return err
	}
	_, err = w.w.Write(b)
	return err
}

func jsonQuantities(quantities []propagation.Quantity) []jsonQuantity {
	var out []jsonQuantity
	for _, q := range quantities {
		j := jsonQuantity{Quantity: q.Name, Unit: q.Unit, Equation: q.Equation}
		if finite(q.Value) {
			j.Value = &q.Value
		}
		out = append(out, j)
	}
	return out
}

func (w *jsonCases) close() error {
	if _, err := w.w.WriteString("\n  ]\n}\n"); err != nil {
		return err
	}
	return w.w.Flush()
}
