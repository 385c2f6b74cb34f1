package cost

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/covgap/covgap/data"
	"github.com/covgap/covgap/data/yamlfile"
	"github.com/covgap/covgap/geo"
)

// Read gives the table with the items of a file in place of its own: a table with
// the columns of "covgap schema costs" or, named .yaml or .yml, rows: as they stand
// in a project file, and with them currency, rates and terms where the file has
// them. An error about the file's content is a [*geo.InputError] with its place.
func (t Table) Read(ctx context.Context, path string) (Table, error) {
	if ext := strings.ToLower(filepath.Ext(path)); ext == ".yaml" || ext == ".yml" {
		content, err := os.ReadFile(path)
		if err != nil {
			return Table{}, fmt.Errorf("cost: %w", err)
		}
		return t.readYAML(content, filepath.ToSlash(path))
	}
	records, _, err := data.ReadCosts(ctx, path, data.Options{})
	if err != nil {
		return Table{}, err
	}
	rows := make([]Row, len(records))
	for i, r := range records {
		rows[i] = Row{
			Item: Item(r.Item), Variant: r.Variant, UpToM: r.UpToM, Amount: r.Amount, Unit: Unit(r.Unit), Currency: Currency(r.Currency),
			LifeYears: r.LifeYears, Source: r.Source, Year: r.Year,
		}
	}
	out := t.With(rows)
	err = out.Validate()
	var in *geo.InputError
	if errors.As(err, &in) {
		// The rows of the file stand last.
		first := len(out.Rows) - len(rows)
		for i := range rows {
			if field, ok := strings.CutPrefix(in.Field, fmt.Sprintf("rows[%d].", first+i)); ok {
				in.Pos, in.Field = records[i].Pos, field
			}
		}
		if in.Pos.File == "" {
			in.Pos.File = filepath.ToSlash(path)
		}
	}
	return out, err
}

// overlay is what a YAML file may say over a table.
type overlay struct {
	Currency Currency `yaml:"currency"`
	Rates    []Rate   `yaml:"rates"`
	Terms    *Terms   `yaml:"terms"`
	Rows     []Row    `yaml:"rows"`

	under *Table
}

func (o *overlay) table() Table {
	t := *o.under
	if o.Currency != "" {
		t.Currency = o.Currency
	}
	if o.Rates != nil {
		t.Rates = slices.Clone(o.Rates)
	}
	if o.Terms != nil {
		t.Terms = *o.Terms
	}
	return t.With(o.Rows)
}

// Validate gives the error of the table that comes out, with the rows counted as in
// the file.
func (o *overlay) Validate() error {
	if o.under == nil { // which an empty file takes away with the rest
		return &geo.InputError{Found: "an empty file", Expected: "rows of prices", Err: ErrTable}
	}
	t := o.table()
	err := t.Validate()
	var in *geo.InputError
	if errors.As(err, &in) {
		first := len(t.Rows) - len(o.Rows)
		for i := range o.Rows {
			in.Field = strings.Replace(in.Field, fmt.Sprintf("rows[%d].", first+i), fmt.Sprintf("rows[%d].", i), 1)
		}
	}
	return err
}

func (t Table) readYAML(content []byte, file string) (Table, error) {
	o := overlay{under: &t}
	if err := yamlfile.Read(content, file, &o, ErrTable); err != nil {
		return Table{}, err
	}
	return o.table(), nil
}
