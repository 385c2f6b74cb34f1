package xlsx

import (
	"archive/zip"
	"bytes"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"maps"
	"slices"
	"time"
	"unicode/utf8"

	"github.com/covgap/covgap/geo/table"
	"github.com/paulmach/orb"
	"github.com/xuri/excelize/v2"
)

// Book is a workbook that is being written, one sheet after the other.
type Book struct {
	file   *excelize.File
	header int // styles
	date   int
	first  bool
}

// epoch is the time that stands in every workbook: the same records give the same
// bytes.
const epoch = "1980-01-01T00:00:00Z"

// sortedZip writes the entries of an archive in order of their names. The library
// hands sheets over in the order of a map.
type sortedZip struct {
	out     io.Writer
	entries map[string]*bytes.Buffer
}

func (z *sortedZip) Create(name string) (io.Writer, error) {
	z.entries[name] = &bytes.Buffer{}
	return z.entries[name], nil
}

func (z *sortedZip) AddFS(fs.FS) error { return errors.ErrUnsupported }

func (z *sortedZip) Close() error {
	w := zip.NewWriter(z.out)
	for _, name := range slices.Sorted(maps.Keys(z.entries)) {
		e, err := w.Create(name)
		if err != nil {
			return err
		}
		if _, err := z.entries[name].WriteTo(e); err != nil {
			return err
		}
	}
	return w.Close()
}

// NewBook gives an empty workbook.
func NewBook() (*Book, error) {
	f := excelize.NewFile()
	f.SetZipWriter(func(w io.Writer) excelize.ZipWriter { return &sortedZip{out: w, entries: map[string]*bytes.Buffer{}} })
	if err := f.SetDocProps(&excelize.DocProperties{Creator: "covgap", Created: epoch, Modified: epoch}); err != nil {
		return nil, fmt.Errorf("xlsx: %w", err)
	}
	header, err := f.NewStyle(&excelize.Style{
		Font: &excelize.Font{Bold: true}, Alignment: &excelize.Alignment{WrapText: true, Vertical: "top"},
		Fill: excelize.Fill{Type: "pattern", Pattern: 1, Color: []string{"E8EEF4"}},
	})
	if err != nil {
		return nil, fmt.Errorf("xlsx: %w", err)
	}
	iso := "yyyy-mm-dd"
	date, err := f.NewStyle(&excelize.Style{CustomNumFmt: &iso})
	if err != nil {
		return nil, fmt.Errorf("xlsx: %w", err)
	}
	return &Book{file: f, header: header, date: date, first: true}, nil
}

// Sheet begins a sheet; the one before must be closed. Its tab has the layer's title, a
// frozen header the labels of its columns. A geometry is not written. Text stays
// text: a code such as 01273 keeps its zero.
func (b *Book) Sheet(l table.Layer) (*Writer, error) {
	if err := l.Validate(); err != nil {
		return nil, fmt.Errorf("xlsx: %w", err)
	}
	name := l.Title
	if name == "" {
		name = l.Name
	}
	name = tab(name)
	if b.first {
		b.first = false
		if err := b.file.SetSheetName("Sheet1", name); err != nil {
			return nil, fmt.Errorf("xlsx: sheet %q: %w", name, err)
		}
	} else if _, err := b.file.NewSheet(name); err != nil {
		return nil, fmt.Errorf("xlsx: sheet %q: %w", name, err)
	}
	stream, err := b.file.NewStreamWriter(name)
	if err != nil {
		return nil, fmt.Errorf("xlsx: sheet %q: %w", name, err)
	}
	w := &Writer{book: b, stream: stream, columns: l.Columns, row: 1}
	cells := make([]any, len(l.Columns))
	for i, c := range l.Columns {
		label := c.Label
		if label == "" {
			label = c.Name
		}
		cells[i] = excelize.Cell{StyleID: b.header, Value: label}
		width := 1.2 * float64(min(max(utf8.RuneCountInString(label), 8), 24))
		if err := stream.SetColWidth(i+1, i+1, width); err != nil {
			return nil, fmt.Errorf("xlsx: sheet %q: %w", name, err)
		}
	}
	err = stream.SetPanes(&excelize.Panes{Freeze: true, YSplit: 1, TopLeftCell: "A2", ActivePane: "bottomLeft"})
	if err == nil {
		err = stream.SetRow("A1", cells)
	}
	if err != nil {
		return nil, fmt.Errorf("xlsx: sheet %q: %w", name, err)
	}
	return w, nil
}

// tab gives a name that Excel accepts for a sheet: 31 letters, none of []:*?/\.
func tab(name string) string {
	out := make([]rune, 0, len(name))
	for _, r := range name {
		switch r {
		case '[', ']', ':', '*', '?', '/', '\\', '\'':
			r = '-'
		}
		if out = append(out, r); len(out) == excelize.MaxSheetNameLength {
			break
		}
	}
	return string(out)
}

// WriteTo writes the workbook. Nothing in it depends on the time or the machine.
func (b *Book) WriteTo(w io.Writer) (int64, error) {
	n, err := b.file.WriteTo(w)
	if err != nil {
		return n, fmt.Errorf("xlsx: %w", err)
	}
	if err := b.file.Close(); err != nil {
		return n, fmt.Errorf("xlsx: %w", err)
	}
	return n, nil
}

// Writer writes the rows of one sheet.
type Writer struct {
	book    *Book
	stream  *excelize.StreamWriter
	columns []table.Column
	row     int
	values  []any
}

var _ table.Writer = (*Writer)(nil)

// Write adds a row. Excel has 1,048,576 of them.
func (w *Writer) Write(_ orb.Geometry, values ...any) error {
	record, err := table.Values(w.values[:0], w.columns, values)
	if err != nil {
		return fmt.Errorf("xlsx: row %d: %w", w.row, err)
	}
	w.values = record
	for i, v := range record {
		if s, ok := v.(string); ok && w.columns[i].Type == table.Date {
			day, err := time.Parse(time.DateOnly, s)
			if err != nil {
				return fmt.Errorf("xlsx: row %d: %w", w.row, err)
			}
			record[i] = excelize.Cell{StyleID: w.book.date, Value: day}
		}
	}
	if w.row++; w.row > excelize.TotalRows {
		return fmt.Errorf("xlsx: more than %d rows", excelize.TotalRows-1)
	}
	cell, err := excelize.CoordinatesToCellName(1, w.row)
	if err == nil {
		err = w.stream.SetRow(cell, record)
	}
	if err != nil {
		return fmt.Errorf("xlsx: row %d: %w", w.row, err)
	}
	return nil
}

// Close finishes the sheet.
func (w *Writer) Close() error {
	if err := w.stream.Flush(); err != nil {
		return fmt.Errorf("xlsx: %w", err)
	}
	return nil
}
