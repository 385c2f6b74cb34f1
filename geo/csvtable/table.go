package csvtable

import (
	"io"
	"strconv"

	"github.com/covgap/covgap/geo/table"
	"github.com/paulmach/orb"
)

// TableWriter writes records as the rows of a table, without their geometry. A
// missing value is empty, a boolean yes or no, a number has all its column's decimals.
type TableWriter struct {
	rows    *Writer
	columns []table.Column
	values  []any
	cells   []string
}

var _ table.Writer = (*TableWriter)(nil)

// NewTable gives a TableWriter onto w and writes the header: the columns' names.
func NewTable(w io.Writer, columns []table.Column, options Options) (*TableWriter, error) {
	if err := table.Validate(columns); err != nil {
		return nil, err
	}
	names := make([]string, len(columns))
	for i, c := range columns {
		names[i] = c.Name
	}
	rows, err := NewWriter(w, names, options)
	if err != nil {
		return nil, err
	}
	return &TableWriter{rows: rows, columns: columns, cells: make([]string, len(columns))}, nil
}

// Write adds a row.
func (w *TableWriter) Write(_ orb.Geometry, values ...any) error {
	var err error
	if w.values, err = table.Values(w.values[:0], w.columns, values); err != nil {
		return err
	}
	for i, v := range w.values {
		switch v := v.(type) {
		case nil:
			w.cells[i] = ""
		case string:
			w.cells[i] = v
		case int64:
			w.cells[i] = strconv.FormatInt(v, 10)
		case float64:
			decimals := w.columns[i].Decimals
			if decimals == 0 {
				decimals = -1 // as many as it needs
			}
			w.cells[i] = strconv.FormatFloat(v, 'f', decimals, 64)
		case bool:
			w.cells[i] = "no"
			if v {
				w.cells[i] = "yes"
			}
		}
	}
	return w.rows.Write(w.cells...)
}

// Close writes what is buffered.
func (w *TableWriter) Close() error { return w.rows.Flush() }
