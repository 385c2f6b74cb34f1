package csvtable

import (
	"bufio"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"unicode/utf8"
)

// ErrValue says that a row cannot be written: it has not the header's number of
// values, or one of them is not UTF-8.
var ErrValue = errors.New("csvtable: row cannot be written")

// Options of a [Writer].
type Options struct {
	// BOM starts the file with a byte order mark. Excel reads Vietnamese names
	// right only with it; other programs may take it for part of the first
	// column's name.
	BOM bool
}

// Writer writes a table as RFC 4180 has it, with commas and "\n" line ends.
//
// Values stay as they are, also where they begin with = + - or @, which a
// spreadsheet may take for a formula: an apostrophe in front would turn every
// negative number and such a site's name into something else for all other
// programs. Where names come from people who are not trusted, import the file
// into the spreadsheet with its columns set to text, or take the XLSX output,
// whose cells are typed.
//
// A row of empty values only is written, but [Read] passes over it.
type Writer struct {
	csv     *csv.Writer
	columns int
	rows    int
}

// NewWriter gives a Writer onto w and writes the header. Call Flush at the end.
func NewWriter(w io.Writer, columns []string, options Options) (*Writer, error) {
	buf := bufio.NewWriterSize(w, 64<<10)
	if options.BOM {
		_, _ = buf.WriteString("\ufeff") // bufio keeps the error for Flush
	}
	out := &Writer{csv: csv.NewWriter(buf), columns: len(columns)}
	return out, out.write(columns)
}

// Write adds a row with a value for each column.
func (w *Writer) Write(values ...string) error {
	w.rows++
	return w.write(values)
}

func (w *Writer) write(values []string) error {
	if len(values) != w.columns {
		return fmt.Errorf("%w: row %d: %d values for %d columns", ErrValue, w.rows, len(values), w.columns)
	}
	for _, v := range values {
		if !utf8.ValidString(v) {
			return fmt.Errorf("%w: row %d: %q is not UTF-8", ErrValue, w.rows, v)
		}
	}
	if err := w.csv.Write(values); err != nil {
		return fmt.Errorf("csvtable: row %d: %w", w.rows, err)
	}
	return nil
}

// Flush writes what is buffered. It does not close the underlying writer.
func (w *Writer) Flush() error {
	w.csv.Flush()
	if err := w.csv.Error(); err != nil {
		return fmt.Errorf("csvtable: %w", err)
	}
	return nil
}
