// Package xlsx reads tables from Excel workbooks (.xlsx, ECMA-376) and writes them.
package xlsx

import (
	"archive/zip"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"iter"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"time"

	"github.com/covgap/covgap/geo"
	"github.com/xuri/excelize/v2"
)

// Errors of reading. Each arrives inside a [*geo.InputError].
var (
	ErrFormat = errors.New("xlsx: not a readable workbook")
	ErrSheet  = errors.New("xlsx: no such sheet or header")

	ErrSeveral = errors.New("xlsx: several sheets") // of which none is named
)

// Limits of what is unpacked, and of what of it is held in memory. Sheets and texts
// that are larger than a part go through temporary files.
const (
	maxUnpackedBytes = 2 << 30
	maxMemoryBytes   = 256 << 20 // of all parts in memory
	maxPartBytes     = 16 << 20  // of a sheet, or the texts, in memory
	maxPackRate      = 200       // bytes unpacked for each packed one; sheets of equal rows reach 60
	minPackedBytes   = 64 << 10  // parts that unpack to less are no bomb
	maxHeaderSearch  = 50        // rows
	chosenAmong      = 20        // rows, by Options.Choose
)

// guard refuses an archive whose parts would unpack to more than a workbook has.
func guard(name string) error {
	archive, err := zip.OpenReader(name)
	if err != nil {
		return nil // the library says what is wrong with it
	}
	defer func() { _ = archive.Close() }()
	var memory uint64
	for _, f := range archive.File {
		if f.UncompressedSize64 > minPackedBytes && f.UncompressedSize64 > maxPackRate*f.CompressedSize64 {
			return fmt.Errorf("%s unpacks from %d to %d bytes", f.Name, f.CompressedSize64, f.UncompressedSize64)
		}
		spilled := strings.HasPrefix(f.Name, "xl/worksheets/") || f.Name == "xl/sharedStrings.xml"
		if !spilled || f.UncompressedSize64 <= maxPartBytes {
			memory += f.UncompressedSize64
		}
	}
	if memory > maxMemoryBytes {
		return fmt.Errorf("a workbook of %d MB beside its large sheets", memory>>20)
	}
	return nil
}

// Options of [Open]. Zero values look for themselves.
type Options struct {
	Sheet     string // "" takes the only visible one, or the only one of several that Accept takes
	HeaderRow int    // from 1; 0 looks for it
	Kinds     bool   // tell numbers, dates and booleans from text, which takes another pass over the file

	// Choose finds the header among the first rows of the sheet. at is the index of the
	// row in which it has to begin, -1 for any. last is the index of its last row, and
	// names are those of the columns; last is -1 where there is none. Then, and without
	// Choose, the header is the first row with two cells or more.
	Choose func(rows [][]string, at int) (first, last int, names []string)

	// Accept says whether a sheet with these columns can be meant; without it none of
	// several is.
	Accept func(columns []string) bool
}

// Table is an open sheet.
type Table struct {
	Sheet   string
	Sheets  int // visible ones in the workbook
	Header  int // the header's first row, from 1
	Columns []string

	file  string
	book  *excelize.File
	kinds bool
	last  int // row of the header
}

// openBook opens the file itself.
func openBook(name string) (*excelize.File, error) {
	file := filepath.ToSlash(name)
	if err := guard(name); err != nil {
		return nil, &geo.InputError{Pos: geo.Position{File: file}, Found: err.Error(), Expected: "an Excel workbook (.xlsx)",
			Hint: "copy the table alone, without pictures, into a new workbook", Err: fmt.Errorf("%w: %w", ErrFormat, err)}
	}
	book, err := excelize.OpenFile(name, excelize.Options{
		UnzipSizeLimit: maxUnpackedBytes, UnzipXMLSizeLimit: maxPartBytes, ShortDatePattern: "yyyy-mm-dd",
	})
	if errors.Is(err, fs.ErrNotExist) {
		return nil, fmt.Errorf("xlsx: %w", err)
	} else if err != nil {
		return nil, &geo.InputError{Pos: geo.Position{File: file}, Found: err.Error(), Expected: "an Excel workbook (.xlsx)",
			Hint: "open it in a spreadsheet and save it again, without a password", Err: fmt.Errorf("%w: %w", ErrFormat, err)}
	}
	return book, nil
}

// Open opens a workbook. The error is a [*geo.InputError] when the file is there and
// cannot be read.
func Open(name string, o Options) (*Table, error) {
	book, err := openBook(name)
	if err != nil {
		return nil, err
	}
	file := filepath.ToSlash(name)
	t, err := choose(book, file, o)
	if err != nil {
		_ = book.Close()
		var in *geo.InputError
		if errors.As(err, &in) {
			in.Pos.File = file
		}
		return nil, err
	}
	return t, nil
}

// choose gives the sheet that is asked for, in any capitals, else the only one that can
// be meant.
func choose(book *excelize.File, file string, o Options) (*Table, error) {
	names, shown := book.GetSheetList(), visible(book)
	if o.Sheet != "" {
		for _, n := range names {
			if strings.EqualFold(n, o.Sheet) {
				t := &Table{Sheet: n, Sheets: len(shown), file: file, book: book, kinds: o.Kinds}
				return t, t.header(o)
			}
		}
		e := &geo.InputError{Field: "sheet", Found: fmt.Sprintf("no sheet %q", o.Sheet), Expected: "one of " + strings.Join(names, ", "), Err: ErrSheet}
		if near := geo.Nearest(o.Sheet, names); near != "" {
			e.Hint = fmt.Sprintf("did you mean %q?", near)
		}
		return nil, e
	}
	if len(shown) == 1 {
		t := &Table{Sheet: shown[0], Sheets: 1, file: file, book: book, kinds: o.Kinds}
		return t, t.header(o)
	}
	if len(shown) == 0 {
		return nil, &geo.InputError{Field: "sheet", Found: "no visible sheet", Err: ErrSheet}
	}
	var fit []*Table
	for _, n := range shown {
		t := &Table{Sheet: n, Sheets: len(shown), file: file, book: book, kinds: o.Kinds}
		switch err := t.header(o); {
		case errors.Is(err, ErrSheet): // no table
		case err != nil:
			return nil, err
		case o.Accept != nil && o.Accept(t.Columns):
			fit = append(fit, t)
		}
	}
	if len(fit) == 1 {
		return fit[0], nil
	}
	e := &geo.InputError{Field: "sheet", Found: fmt.Sprintf("%d sheets: %s", len(shown), strings.Join(shown, ", ")), Expected: "one", Hint: "name one: --layer NAME", Err: ErrSeveral}
	if len(fit) > 1 {
		fitting := make([]string, len(fit))
		for i, t := range fit {
			fitting[i] = t.Sheet
		}
		e.Found += "; " + strings.Join(fitting, ", ") + " have the columns"
	} else if o.Accept != nil {
		e.Found += "; none has the columns"
	}
	return nil, e
}

// visible gives the sheets that are not hidden, in order.
func visible(book *excelize.File) []string {
	var out []string
	for _, n := range book.GetSheetList() {
		if is, err := book.GetSheetVisible(n); err == nil && is {
			out = append(out, n)
		}
	}
	return out
}

// SheetInfo is a visible sheet of a workbook.
type SheetInfo struct {
	Name    string
	Rows    int      // below the header, without empty ones
	Header  int      // its first row, from 1; 0 where there is no table
	Columns []string // nil where there is no table
}

// Sheets lists the visible sheets, with the header that choose finds, see
// [Options.Choose]. Errors are those of [Open] and of [Table.Rows].
func Sheets(ctx context.Context, name string, choose func(rows [][]string, at int) (first, last int, names []string)) (out []SheetInfo, err error) {
	book, err := openBook(name)
	if err != nil {
		return nil, err
	}
	defer func() {
		if e := book.Close(); err == nil && e != nil {
			err = fmt.Errorf("xlsx: %w", e)
		}
	}()
	for _, n := range visible(book) {
		t := &Table{Sheet: n, file: filepath.ToSlash(name), book: book}
		info := SheetInfo{Name: n}
		if err := t.header(Options{Choose: choose}); errors.Is(err, ErrSheet) {
			out = append(out, info)
			continue
		} else if err != nil {
			return nil, err
		}
		info.Header, info.Columns = t.Header, t.Columns
		for _, err := range t.Rows(ctx) {
			if err != nil {
				return nil, err
			}
			info.Rows++
		}
		out = append(out, info)
	}
	return out, nil
}

// header finds the header and names the columns.
func (t *Table) header(o Options) error {
	rows, err := t.book.Rows(t.Sheet)
	if err != nil {
		return t.broken(err)
	}
	defer func() { _ = rows.Close() }()
	var ahead [][]string // from row o.HeaderRow, where that is given
	wide := -1           // index of the first row with two cells
	for n := 1; rows.Next(); n++ {
		cells, err := rows.Columns()
		if err != nil {
			return t.broken(err)
		}
		if n < o.HeaderRow {
			continue
		}
		filled := 0
		for i, c := range cells {
			cells[i] = strings.Join(strings.Fields(c), " ") // a header of several lines
			if cells[i] != "" {
				filled++
			}
		}
		if wide < 0 && (filled >= 2 || filled == 1 && o.HeaderRow > 0) {
			wide = len(ahead)
		}
		ahead = append(ahead, cells)
		if len(ahead) >= chosenAmong && (wide >= 0 || len(ahead) == maxHeaderSearch) {
			break
		}
	}
	first, last, names := -1, -1, []string(nil)
	if o.Choose != nil {
		at := -1
		if o.HeaderRow > 0 {
			at = 0
		}
		first, last, names = o.Choose(ahead[:min(len(ahead), chosenAmong)], at)
	}
	if last < 0 && wide >= 0 && (wide == 0 || o.HeaderRow == 0) {
		first, last, names = wide, wide, ahead[wide]
	}
	if last < 0 {
		return &geo.InputError{Found: fmt.Sprintf("no header in sheet %q", t.Sheet), Expected: "a row of column names",
			Hint: "name its row: --header-row ROW, header_row in covgap.yaml", Err: ErrSheet}
	}
	t.Header, t.last = max(1, o.HeaderRow)+first, max(1, o.HeaderRow)+last
	seen := map[string]int{}
	for i, name := range names {
		if name == "" {
			name, _ = excelize.ColumnNumberToName(i + 1)
		}
		if seen[name]++; seen[name] > 1 {
			name += " " + strconv.Itoa(seen[name])
		}
		t.Columns = append(t.Columns, name)
	}
	return nil
}

func (t *Table) broken(err error) error {
	return &geo.InputError{Pos: geo.Position{File: t.file}, Found: err.Error(), Expected: "a readable sheet",
		Hint: "open it in a spreadsheet and save it again", Err: fmt.Errorf("%w: %w", ErrFormat, err)}
}

// Close closes the workbook and removes its temporary files.
func (t *Table) Close() error { return t.book.Close() }

// isDate is how a date comes out of its format; its parts may be in any order.
var isDate = regexp.MustCompile(`^\d{1,4}[-/.]\d{1,2}[-/.]\d{1,4}(\s|$)`)

// Rows gives the rows below the header once, without empty ones. Values are those of
// the cells, not what their format shows: 0.5, not 50 %; a date as 2025-08-31. All are of kind Text unless [Options] asked for kinds. Errors
// wrap ErrFormat or are those of ctx, and are the last.
func (t *Table) Rows(ctx context.Context) iter.Seq2[geo.Feature, error] {
	return func(yield func(geo.Feature, error) bool) {
		raw, err := t.book.Rows(t.Sheet)
		if err != nil {
			yield(geo.Feature{}, t.broken(err))
			return
		}
		defer func() { _ = raw.Close() }()
		shown, err := t.book.Rows(t.Sheet) // in step: the format alone tells a date from a number
		if err != nil {
			yield(geo.Feature{}, t.broken(err))
			return
		}
		defer func() { _ = shown.Close() }()
		var kinds *types
		if t.kinds {
			if kinds, err = openTypes(filepath.FromSlash(t.file), t.Sheet); err != nil {
				yield(geo.Feature{}, t.broken(err))
				return
			}
			defer func() { _ = kinds.Close() }()
		}
		count := 0
		for line := 1; raw.Next() && shown.Next(); line++ {
			values, err := raw.Columns(excelize.Options{RawCellValue: true})
			formatted, err2 := shown.Columns()
			if err = errors.Join(err, err2); err != nil {
				yield(geo.Feature{}, t.broken(err))
				return
			}
			if line <= t.last {
				continue
			}
			var kindOf map[int]geo.Kind
			if kinds != nil {
				if kindOf, err = kinds.row(line); err != nil {
					yield(geo.Feature{}, t.broken(err))
					return
				}
			}
			f := geo.Feature{Pos: geo.Position{File: t.file, Line: line}}
			filled := false
			for i, name := range t.Columns {
				field := geo.Field{Name: name, Line: line, Column: i + 1}
				if i < len(values) {
					field.Value = strings.TrimSpace(values[i])
				}
				if field.Value != "" {
					filled = true
					field.Kind = max(geo.Text, kindOf[i])
					if i < len(formatted) && isDate.MatchString(formatted[i]) {
						field.Value = date(field.Value)
						if field.Kind == geo.Number {
							field.Kind = geo.Date
						}
					}
				}
				f.Fields = append(f.Fields, field)
			}
			if !filled {
				continue
			}
			if count++; count%1024 == 0 && ctx.Err() != nil {
				yield(geo.Feature{}, ctx.Err())
				return
			}
			f.Pos.Feature = count
			if !yield(f, nil) {
				return
			}
		}
		if err := errors.Join(raw.Error(), shown.Error()); err != nil {
			yield(geo.Feature{}, t.broken(err))
		}
	}
}

// date gives the day of a serial number, and any other text as it is.
func date(raw string) string {
	serial, err := strconv.ParseFloat(raw, 64)
	if err != nil {
		return raw
	}
	day, err := excelize.ExcelDateToTime(serial, false)
	if err != nil {
		return raw
	}
	return day.Format(time.DateOnly)
}
