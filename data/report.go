package data

import (
	"encoding/csv"
	"fmt"
	"io"
	"slices"
	"strconv"

	"github.com/covgap/covgap/geo"
)

// Report is what reading one kind of record found: counts, what was refused and
// why, and everything that was taken for granted.
type Report struct {
	Kind     Kind     `json:"kind"`
	Files    []string `json:"files"`
	Rows     int      `json:"rows"`     // rows or features read
	Filtered int      `json:"filtered"` // rows left out because the mapping asked for it
	Accepted int      `json:"accepted"` // rows that are in the records
	Rejected int      `json:"rejected"` // Rows = Filtered + Accepted + Rejected
	Records  int      `json:"records"`  // sites, villages or areas
	Sectors  int      `json:"sectors,omitempty"`
	Layer    string   `json:"layer,omitempty"` // sheet that was chosen for its columns, of Layers
	Layers   int      `json:"layers,omitempty"`
	CRS      string   `json:"crs,omitempty"` // EPSG code of the system that positions were read in; "" for WGS 84

	Columns     []ColumnUse  `json:"columns"`
	Unused      []string     `json:"unused_columns,omitempty"` // columns of the files that no schema column took
	Assumptions []Assumption `json:"assumptions,omitempty"`
	Warnings    []Warning    `json:"warnings,omitempty"`
	Rejects     []Reject     `json:"-"` // see [WriteRejects]
}

// ColumnUse says which column of a file was read as which column of the schema.
type ColumnUse struct {
	Column     string     `json:"column"`
	Technology Technology `json:"technology,omitempty"` // of a column that holds for one technology
	Source     string     `json:"source"`               // header in the file
	How        string     `json:"how"`                  // "name", "alias" or "mapping"
}

// Assumption is a value the input did not hold.
type Assumption struct {
	Column string `json:"column"`
	Value  string `json:"value"`
	Source string `json:"source"` // where the value comes from, or why it was taken
	Rows   int    `json:"rows"`   // rows affected
}

// Warning is something a user should look at though the rows were accepted.
type Warning struct {
	Pos  geo.Position `json:"pos"` // the first place
	Text string       `json:"text"`
	Rows int          `json:"rows"` // rows affected
}

// Refused names the first of the refused rows by name and id, or by their place; more is
// the number of the others.
func (r *Report) Refused(most int) (names []string, more int) {
	for i := range r.Rejects {
		if len(names) == most {
			break
		}
		j := &r.Rejects[i]
		switch {
		case j.Name != "" && j.ID != "":
			names = append(names, j.Name+" ("+j.ID+")")
		case j.Name+j.ID != "":
			names = append(names, j.Name+j.ID)
		default:
			names = append(names, j.Pos.String())
		}
	}
	return names, len(r.Rejects) - len(names)
}

// Reject is a row that was refused.
type Reject struct {
	Pos    geo.Position
	ID     string
	Name   string      // as the row has it, "" where there is none
	Fields []geo.Field // the original row
	Err    *geo.InputError
}

// Reason says why the row was refused, without the place.
func (r *Reject) Reason() string {
	e := *r.Err
	e.Pos = geo.Position{}
	return e.Error()
}

// WriteRejects writes refused rows as CSV, with a byte order mark for spreadsheets: file, line, column, row, id and reason,
// then the original fields under their own names.
func WriteRejects(w io.Writer, rejects []Reject) error {
	head := []string{"file", "line", "column", "row", "id", "reason"}
	var names []string
	at := map[string]int{}
	for i := range rejects {
		for _, f := range rejects[i].Fields {
			if _, ok := at[f.Name]; !ok {
				at[f.Name] = len(names)
				names = append(names, f.Name)
			}
		}
	}
	if _, err := io.WriteString(w, "\ufeff"); err != nil {
		return fmt.Errorf("data: writing rejects: %w", err)
	}
	cw := csv.NewWriter(w)
	if err := cw.Write(append(head, names...)); err != nil {
		return fmt.Errorf("data: writing rejects: %w", err)
	}
	number := func(n int) string {
		if n == 0 {
			return ""
		}
		return strconv.Itoa(n)
	}
	row := make([]string, len(head)+len(names))
	for i := range rejects {
		r := &rejects[i]
		clear(row)
		copy(row, []string{r.Pos.File, number(r.Pos.Line), number(r.Pos.Column), number(r.Pos.Feature), r.ID, r.Reason()})
		for _, f := range r.Fields {
			row[len(head)+at[f.Name]] = f.Value
		}
		if err := cw.Write(row); err != nil {
			return fmt.Errorf("data: writing rejects: %w", err)
		}
	}
	cw.Flush()
	if err := cw.Error(); err != nil {
		return fmt.Errorf("data: writing rejects: %w", err)
	}
	return nil
}

type assumptionKey struct{ column, value, source string }

// collector fills a report; findings that say the same become one line with a count.
type collector struct {
	report      *Report
	assumptions map[assumptionKey]int // index in the report
	warnings    map[string]int        // index in the report
}

func newCollector(kind Kind) *collector {
	return &collector{report: &Report{Kind: kind}, assumptions: map[assumptionKey]int{}, warnings: map[string]int{}}
}

func (c *collector) assume(column, value, source string, rows int) {
	k := assumptionKey{column, value, source}
	i, ok := c.assumptions[k]
	if !ok {
		i = len(c.report.Assumptions)
		c.assumptions[k] = i
		c.report.Assumptions = append(c.report.Assumptions, Assumption{Column: column, Value: value, Source: source})
	}
	c.report.Assumptions[i].Rows += rows
}

func (c *collector) warn(pos geo.Position, text string) { c.warnOf(pos, text, 1) }

// warnOf is warn of several rows.
func (c *collector) warnOf(pos geo.Position, text string, rows int) {
	i, ok := c.warnings[text]
	if !ok {
		i = len(c.report.Warnings)
		c.warnings[text] = i
		c.report.Warnings = append(c.report.Warnings, Warning{Pos: pos, Text: text})
	}
	c.report.Warnings[i].Rows += rows
}

// arrange puts assumptions in the order of the schema.
func (c *collector) arrange(s *Schema) {
	slices.SortStableFunc(c.report.Assumptions, func(a, b Assumption) int { return s.index(a.Column) - s.index(b.Column) })
}

func (c *collector) reject(f *geo.Feature, id, name string, err *geo.InputError) {
	c.report.Rejected++
	c.report.Rejects = append(c.report.Rejects, Reject{Pos: err.Pos, ID: id, Name: name, Fields: f.Fields, Err: err})
}
