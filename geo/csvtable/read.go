// Package csvtable reads and writes tables of comma-separated values (RFC 4180)
// as spreadsheets, registers and scripts produce them.
package csvtable

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"iter"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/covgap/covgap/geo"
	"github.com/covgap/covgap/geo/charset"
)

// MaxRowBytes bounds the text of one row, line breaks in quoted fields included.
// A longer one is a quotation mark that was never closed.
const MaxRowBytes = 16 << 20

// Errors of reading. Each arrives inside a [*geo.InputError].
var (
	ErrEmpty    = errors.New("csvtable: no header row") // from Read
	ErrWide     = errors.New("csvtable: more fields than a table has")
	ErrHeader   = errors.New("csvtable: column named twice")          // from Read
	ErrNoRows   = errors.New("csvtable: no rows below the header")    // from Rows, at its end
	ErrEncoding = errors.New("csvtable: not UTF-8 text")              // from both; the stream ends here
	ErrQuote    = errors.New("csvtable: quotation mark never closed") // from both; the stream ends here
	ErrRow      = errors.New("csvtable: row does not fit the header") // of this row alone; from Read when it is the header, else the stream goes on
)

// Table is a header and the rows below it.
type Table struct {
	Columns   []string // trimmed; a column without a name is called column_N
	Unnamed   []int    // numbers N of the columns that were named so, counted from 1
	Delimiter byte     // ',', ';', '|' or tab
	HeaderRow int      // line in which the header begins, from 1

	// CommaFree says that the comma is not the delimiter, as where spreadsheets
	// write decimal commas: numbers may hold one.
	CommaFree bool

	// Rows gives the rows once, in file order; it cannot be ranged over again.
	// A row's Fields are its values in the order of Columns, Kind Text or Null
	// (nothing between the delimiters), as written: not trimmed, codes such as
	// 01273 as they are. Lines and columns point at a value's first character or
	// its opening quotation mark. Rows in which all fields are empty are passed
	// over. After an error that is [ErrRow] the stream goes on; any other is the
	// last. Row numbers count from 1 without the header, refused rows included.
	Rows iter.Seq2[geo.Feature, error]
}

// Read reads the header of r and prepares its rows. The delimiter is that of
// comma, semicolon, tab and vertical bar which the header holds most of outside
// quotation marks, or what a first line "sep=;" names. Lines end in LF, CRLF or
// CR; blank ones are passed over; a UTF-8 byte order mark is too. Memory is that
// of the longest row.
//
// Every error is a [*geo.InputError], except that a cancelled ctx gives ctx's
// error from Rows.
func Read(ctx context.Context, r io.Reader, file string) (*Table, error) {
	return newScanner(ctx, r, file).table(Header{})
}

// ReadBelow is [Read] for a table that may begin below lines of title.
func ReadBelow(ctx context.Context, r io.Reader, file string, h Header) (*Table, error) {
	return newScanner(ctx, r, file).table(h)
}

// Header says where the header of a table is. The zero Header is the first line.
type Header struct {
	Line int // from 1; 0 leaves it to Choose

	// Choose finds the header among the first rows of the file. at is the index of the
	// row in which it has to begin, -1 for any. last is the index of its last row, and
	// names are those of the columns; last is -1 where there is none, which takes the
	// row at, or the first.
	Choose func(rows [][]string, at int) (first, last int, names []string)
}

// headerSearch is the number of rows in which a header is looked for.
const headerSearch = 20

func newScanner(ctx context.Context, r io.Reader, file string) *scanner {
	return &scanner{ctx: ctx, r: r, file: file, line: 1, delimiter: ',', window: windowBytes, limit: MaxRowBytes}
}

// table reads the header.
func (s *scanner) table(h Header) (*Table, error) {
	s.fill()
	switch {
	case bytes.HasPrefix(s.buf, []byte("\xef\xbb\xbf")):
		s.pos = 3
	case bytes.HasPrefix(s.buf, []byte("\xff\xfe")), bytes.HasPrefix(s.buf, []byte("\xfe\xff")):
		return nil, s.inputError(1, 1, ErrEncoding, "UTF-16 text", "UTF-8", "save the file as CSV UTF-8")
	}
	for s.line < h.Line {
		if !s.skipLine() {
			return nil, s.inputError(s.line, 1, ErrEmpty, fmt.Sprintf("an end before line %d", h.Line), "a header row there", "")
		}
	}
	names, rows := s.choose(h)
	s.detect()
	if err := s.record(); err != nil {
		if errors.Is(err, io.EOF) {
			return nil, s.inputError(1, 1, ErrEmpty, "an empty file", "a header row", "")
		}
		return nil, err
	}
	if s.fault != nil {
		return nil, s.fault
	}
	t := &Table{Delimiter: s.delimiter, CommaFree: s.delimiter != ',', HeaderRow: s.cells[0].line}
	if names == nil {
		for _, c := range s.cells {
			names = append(names, string(s.text[c.start:c.end]))
		}
	}
	seen := make(map[string]int)
	for i, name := range names {
		name = strings.TrimSpace(name)
		if name == "" {
			name = fmt.Sprintf("column_%d", i+1)
			t.Unnamed = append(t.Unnamed, i+1)
		}
		if first, ok := seen[name]; ok {
			c := s.cells[min(i, len(s.cells)-1)]
			e := s.inputError(c.line, c.column, ErrHeader, fmt.Sprintf("column %d has the name of column %d", i+1, first), "names that differ", "rename one of them")
			e.Field = name
			return nil, e
		}
		seen[name] = i + 1
		t.Columns = append(t.Columns, name)
	}
	for range rows - 1 { // what else belongs to the header
		if err := s.record(); err != nil {
			return nil, err
		}
	}
	s.columns = t.Columns
	t.Rows = s.rows
	return t, nil
}

// skipLine passes over a line. It is false at the end of the file.
func (s *scanner) skipLine() bool {
	for {
		if i := bytes.IndexAny(s.buf[s.pos:], "\r\n"); i >= 0 {
			s.pos += i
			s.newline()
			return true
		}
		s.pos = len(s.buf)
		if !s.fill() {
			return false
		}
	}
}

// choose goes to the row in which the header begins, and gives the names of its
// columns and the number of its rows; no names where the row itself has them.
func (s *scanner) choose(h Header) (names []string, rows int) {
	if h.Choose == nil {
		return nil, 1
	}
	type start struct{ pos, line int }
	var starts []start
	var texts [][]string
	ahead := newScanner(s.ctx, bytes.NewReader(s.buf[s.pos:]), s.file)
	ahead.window, ahead.line = len(s.buf)-s.pos, s.line
	whole := s.eof && s.rerr == nil
	ahead.fill()
	for len(texts) < headerSearch {
		for ahead.pos < len(ahead.buf) && (ahead.buf[ahead.pos] == '\n' || ahead.buf[ahead.pos] == '\r') {
			ahead.newline()
		}
		at := start{ahead.pos, ahead.line}
		ahead.detect()
		if ahead.record() != nil || !whole && ahead.pos == len(ahead.buf) {
			break
		}
		var cells []string
		for _, c := range ahead.cells {
			cells = append(cells, strings.TrimSpace(string(ahead.text[c.start:c.end])))
		}
		starts, texts = append(starts, at), append(texts, cells)
	}
	at := -1
	if h.Line > 0 {
		at = 0
	}
	first, last, names := h.Choose(texts, at)
	if last < 0 {
		return nil, 1
	}
	s.pos += starts[first].pos
	s.line = starts[first].line
	return names, last - first + 1
}

// maxFields bounds the fields of a row; a spreadsheet has 16,384 columns at most.
const maxFields = 1 << 14

// windowBytes is the size of the reading window; it grows to hold one row.
const windowBytes = 256 << 10

// cell is one value in scanner.text and its place in the file.
type cell struct{ start, end, line, column int }

type scanner struct {
	ctx       context.Context
	r         io.Reader
	file      string
	delimiter byte
	named     bool // delimiter, by the file's first line
	columns   []string

	window int // size of buf to start with
	limit  int // on the text of one row

	buf  []byte // window; buf[pos:] is unread
	pos  int
	eof  bool
	rerr error // error of r other than io.EOF
	line int   // of buf[pos], which starts a line

	text  []byte // the values of the row, without quotation marks
	cells []cell
	fault *geo.InputError // what is wrong with the row alone
	row   int
}

// fill reads more into the window, discarding what is read. It is false at the
// end of the stream.
func (s *scanner) fill() bool {
	if s.eof {
		return false
	}
	if s.pos > 0 {
		n := copy(s.buf, s.buf[s.pos:])
		s.buf = s.buf[:n]
		s.pos = 0
	}
	if len(s.buf) == cap(s.buf) {
		s.buf = slices.Grow(s.buf, max(s.window, len(s.buf)))
	}
	n, err := io.ReadFull(s.r, s.buf[len(s.buf):cap(s.buf)])
	s.buf = s.buf[:len(s.buf)+n]
	if err != nil {
		s.eof = true
		if !errors.Is(err, io.EOF) && !errors.Is(err, io.ErrUnexpectedEOF) {
			s.rerr = err
		}
	}
	return n > 0
}

func (s *scanner) inputError(line, column int, cause error, found, expected, hint string) *geo.InputError {
	return &geo.InputError{
		Pos:   geo.Position{File: s.file, Line: line, Column: column, Feature: s.row},
		Found: found, Expected: expected, Hint: hint, Err: cause,
	}
}

// delimiters in the order in which they win a draw.
const delimiters = ",;\t|"

// detect finds the delimiter in the first line that is not blank, which it does
// not consume unless it is a line such as "sep=;".
func (s *scanner) detect() {
	if s.named {
		return
	}
	for {
		for s.pos < len(s.buf) && (s.buf[s.pos] == '\n' || s.buf[s.pos] == '\r') {
			s.newline()
		}
		if s.pos < len(s.buf) || !s.fill() {
			break
		}
	}
	end := bytes.IndexAny(s.buf[s.pos:], "\r\n")
	for end < 0 && len(s.buf)-s.pos <= s.limit && s.fill() {
		end = bytes.IndexAny(s.buf[s.pos:], "\r\n")
	}
	if end < 0 {
		end = len(s.buf) - s.pos
	}
	head := s.buf[s.pos : s.pos+end]
	if d, ok := bytes.CutPrefix(head, []byte("sep=")); ok && len(d) == 1 && strings.IndexByte(delimiters, d[0]) >= 0 {
		s.delimiter, s.named = d[0], true
		s.pos += end
		return
	}
	var count [len(delimiters)]int
	quoted := false
	for _, c := range head {
		if c == '"' {
			quoted = !quoted
		} else if k := strings.IndexByte(delimiters, c); k >= 0 && !quoted {
			count[k]++
		}
	}
	most := 0
	for k := range count {
		if count[k] > count[most] {
			most = k
		}
	}
	s.delimiter = delimiters[most]
}

// newline passes over the line end at pos.
func (s *scanner) newline() {
	if s.buf[s.pos] == '\r' {
		if s.pos+1 == len(s.buf) {
			s.pos++
			s.line++
			if s.fill(); s.pos < len(s.buf) && s.buf[s.pos] == '\n' {
				s.pos++
			}
			return
		}
		if s.buf[s.pos+1] == '\n' {
			s.pos++
		}
	}
	s.pos++
	s.line++
}

// record reads the next row that is not blank into text, cells and fault. The
// error is io.EOF at the end of the file.
func (s *scanner) record() error {
	for {
		for s.pos < len(s.buf) && (s.buf[s.pos] == '\n' || s.buf[s.pos] == '\r') {
			s.newline()
		}
		if s.pos < len(s.buf) {
			break
		}
		if !s.fill() {
			if s.rerr != nil {
				return s.inputError(s.line, 0, s.rerr, "cannot read on: "+s.rerr.Error(), "", "")
			}
			return io.EOF
		}
	}
	for {
		n, line, err := s.split()
		if err != nil {
			return err
		}
		if n >= 0 {
			s.pos += n
			s.line = line
			return s.encoding()
		}
		if len(s.buf)-s.pos > s.limit {
			c := s.cells[len(s.cells)-1]
			return s.inputError(c.line, c.column, ErrQuote, fmt.Sprintf("a row of more than %d MiB", s.limit>>20), "a quotation mark that ends it", "")
		}
		s.fill()
		if s.rerr != nil {
			return s.inputError(s.line, 0, s.rerr, "cannot read on: "+s.rerr.Error(), "", "")
		}
	}
}

// split takes the row at pos apart and gives its length with the line end and the
// number of the line after it. The length is -1 when the window ends before the
// row does: then the row is to be split again with more of it at hand.
func (s *scanner) split() (length, nextLine int, err error) {
	b := s.buf[s.pos:]
	whole := s.eof && s.rerr == nil // b is all there will be
	s.text, s.cells, s.fault = s.text[:0], s.cells[:0], nil
	line, column, counted := s.line, 1, 0
	for i := 0; ; i++ {
		column += utf8.RuneCount(b[counted:i])
		counted = i
		if len(s.cells) == maxFields {
			return 0, 0, s.inputError(line, column, ErrWide, fmt.Sprintf("more than %d fields in a row", maxFields), "a table", "")
		}
		s.cells = append(s.cells, cell{start: len(s.text), line: line, column: column})
		if i < len(b) && b[i] == '"' {
			i++
			for {
				k := bytes.IndexByte(b[i:], '"')
				if k < 0 {
					if whole {
						return 0, 0, s.inputError(line, column, ErrQuote, "a quotation mark without its partner", `a second " that ends the field`, "")
					}
					return -1, 0, nil
				}
				s.text = append(s.text, b[i:i+k]...)
				i += k + 1
				if i == len(b) && !whole {
					return -1, 0, nil
				}
				if i == len(b) || b[i] != '"' {
					break
				}
				s.text = append(s.text, '"')
				i++
			}
			if last, lines := lineBreaks(b[counted:i]); lines > 0 {
				line += lines
				column = 1
				counted += last
			}
			if i < len(b) && !s.ends(b[i]) && s.fault == nil {
				column += utf8.RuneCount(b[counted:i])
				counted = i
				s.fault = s.inputError(line, column, ErrRow, "text after a closing quotation mark", "a delimiter or the end of the line", `a quotation mark inside a field is written ""`)
			}
		}
		start := i
		for i < len(b) && !s.ends(b[i]) {
			i++
		}
		if i == len(b) && !whole {
			return -1, 0, nil
		}
		s.text = append(s.text, b[start:i]...)
		s.cells[len(s.cells)-1].end = len(s.text)
		switch {
		case i == len(b):
			return i, line, nil
		case b[i] == s.delimiter:
			continue
		case b[i] == '\r' && i+1 == len(b) && !whole:
			return -1, 0, nil
		case b[i] == '\r' && i+1 < len(b) && b[i+1] == '\n':
			i++
		}
		return i + 1, line + 1, nil
	}
}

// ends says whether c ends a field outside quotation marks.
func (s *scanner) ends(c byte) bool { return c == s.delimiter || c == '\n' || c == '\r' }

// lineBreaks counts the line ends in b; last is the offset after the last.
func lineBreaks(b []byte) (last, lines int) {
	for i, c := range b {
		if c == '\n' || c == '\r' && (i+1 == len(b) || b[i+1] != '\n') {
			lines++
			last = i + 1
		}
	}
	return last, lines
}

// encoding refuses a row that is not UTF-8 text.
func (s *scanner) encoding() error {
	off := bytes.IndexByte(s.text, 0)
	found, hint := "a NUL byte", "save the file as CSV UTF-8"
	if off < 0 {
		if utf8.Valid(s.text) {
			return nil
		}
		for off = 0; ; {
			r, size := utf8.DecodeRune(s.text[off:])
			if r == utf8.RuneError && size == 1 {
				break
			}
			off += size
		}
		name, code := "Windows-1252", charset.Windows1252
		if charset.IsVietnamese1258(s.text) {
			name, code = "Windows-1258 (Vietnamese)", charset.Windows1258
		}
		found = fmt.Sprintf("byte 0x%02x, perhaps %s text", s.text[off], name)
		hint += ", or read it as it is: --encoding " + code
	} else if bytes.Count(s.text, []byte{0})*3 > len(s.text) {
		found, hint = "NUL bytes, perhaps UTF-16 text", hint+", or convert it: iconv -f UTF-16LE -t UTF-8"
	}
	k := len(s.cells) - 1
	for s.cells[k].start > off {
		k--
	}
	c := s.cells[k]
	e := s.inputError(c.line, c.column, ErrEncoding, found, "UTF-8 text", hint)
	if k < len(s.columns) {
		e.Field = s.columns[k]
	}
	return e
}

// rows is Table.Rows.
func (s *scanner) rows(yield func(geo.Feature, error) bool) {
	found := false
	for {
		if err := s.ctx.Err(); err != nil {
			yield(geo.Feature{}, err)
			return
		}
		s.row++
		err := s.record()
		if errors.Is(err, io.EOF) {
			if !found {
				s.row = 0
				yield(geo.Feature{}, s.inputError(s.line, 0, ErrNoRows, "a header without rows", "at least one row", ""))
			}
			return
		}
		if err != nil {
			yield(geo.Feature{}, err)
			return
		}
		if len(s.text) == 0 {
			s.row--
			continue
		}
		found = true
		if err := s.misfit(); err != nil {
			if !yield(geo.Feature{}, err) {
				return
			}
			continue
		}
		if !yield(s.feature(), nil) {
			return
		}
	}
}

// misfit is what keeps the row from being one of the table, nil when nothing.
func (s *scanner) misfit() error {
	have, want := len(s.cells), len(s.columns)
	switch {
	case s.fault != nil:
		return s.fault
	case have == want:
		return nil
	}
	at := s.cells[0]
	hint := "a field that holds the delimiter or a line break needs quotation marks"
	if have > want {
		at = s.cells[want]
	}
	return s.inputError(at.line, at.column, ErrRow, strconv.Itoa(have)+" fields", fmt.Sprintf("%d, as in the header", want), hint)
}

// feature copies the row out of the scanner.
func (s *scanner) feature() geo.Feature {
	text := string(s.text) // shared by the values of the row
	fields := make([]geo.Field, len(s.cells))
	for i, c := range s.cells {
		fields[i] = geo.Field{Name: s.columns[i], Value: text[c.start:c.end], Line: c.line, Column: c.column}
		if c.start < c.end {
			fields[i].Kind = geo.Text
		}
	}
	return geo.Feature{
		Fields: fields,
		Pos:    geo.Position{File: s.file, Line: s.cells[0].line, Column: s.cells[0].column, Feature: s.row},
	}
}
