package solver

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
	"slices"
	"strconv"

	"github.com/covgap/covgap/geo"
)

// maxRead is the largest number of rows, columns or entries Read accepts: a
// wrong header must not make it allocate without end.
const maxRead = 1 << 28

// Format is a text form of set-covering instances: decimal integers between any white
// space, first the numbers of rows and columns.
type Format string

// The formats.
const (
	// Auto is the first of the others that the whole file fits.
	Auto Format = "auto"
	// Weighted goes on with the weight of each row, the cost of each column, then for
	// each column the number of its rows and their 0-based indexes.
	Weighted Format = "weighted"
	// SCP is the form of the OR-Library's scp files (Beasley, 1990): the cost of each
	// column, then for each row the number of its columns and their 1-based indexes.
	SCP Format = "scp"
	// Rail is the form of the OR-Library's rail files: for each column its cost, the
	// number of its rows and their 1-based indexes.
	Rail Format = "rail"
)

// Formats lists them.
func Formats() []Format { return []Format{Auto, Weighted, SCP, Rail} }

// Read reads an instance in the format.
//
// Each row becomes a village of its own, with its weight as its need and value; the
// OR-Library's formats have no weights, so each row weighs 1. Errors are
// *[geo.InputError] with the line and column of the number at fault and wrap
// [ErrInstance], or what the reader returned; under [Auto] they are those of the
// format that fits furthest. file names the source in them.
func Read(r io.Reader, file string, format Format) (*Instance, error) {
	if format != Auto {
		return newTokenizer(r, file).instance(format)
	}
	text, err := io.ReadAll(r)
	if err != nil {
		return nil, fmt.Errorf("solver: reading %s: %w", file, err)
	}
	var best error
	var reached geo.Position
	for _, f := range Formats()[1:] {
		in, err := newTokenizer(bytes.NewReader(text), file).instance(f)
		if err == nil {
			return in, nil
		}
		var input *geo.InputError
		if errors.As(err, &input) && (best == nil || input.Pos.Line > reached.Line || input.Pos.Line == reached.Line && input.Pos.Column > reached.Column) {
			best, reached = err, input.Pos
		}
	}
	return nil, best
}

func newTokenizer(r io.Reader, file string) *tokenizer {
	return &tokenizer{r: bufio.NewReaderSize(r, 1<<16), pos: geo.Position{File: file, Line: 1}}
}

// instance reads everything.
func (t *tokenizer) instance(format Format) (*Instance, error) {
	rows, err := t.number("number of rows", 0, maxRead)
	if err != nil {
		return nil, err
	}
	cols, err := t.number("number of columns", 0, maxRead)
	if err != nil {
		return nil, err
	}
	in := &Instance{}
	switch format {
	case Weighted:
		if err = t.weights(in, rows); err == nil {
			err = t.costs(in, cols)
		}
		if err == nil {
			err = t.columns(in, rows, 0)
		}
	case SCP:
		if err = t.costs(in, cols); err == nil {
			err = t.rows(in, rows)
		}
	case Rail:
		if cols == 0 && rows > 0 {
			return nil, t.fail("number of columns", "0", "each row in a column")
		}
		err = t.columns(in, rows, cols)
	default:
		return nil, fmt.Errorf("%w: format %q", ErrProblem, format)
	}
	if err != nil {
		return nil, err
	}
	for i := len(in.Rows); i < int(rows); i++ {
		in.Rows = append(in.Rows, Row{Village: int32(i), Weight: 1, Value: 1})
		in.Villages = append(in.Villages, Village{Need: 1})
	}
	if tok, err := t.next(); err == nil {
		return nil, t.fail("", strconv.Quote(tok)+" after the last entry", "the end of the file")
	} else if !errors.Is(err, io.EOF) {
		return nil, err
	}
	return in, nil
}

// weights reads the weight of each row.
func (t *tokenizer) weights(in *Instance, rows int64) error {
	var total int64
	for i := range int(rows) {
		w, err := t.number("weight of row "+strconv.Itoa(i), 0, maxTotal-total)
		if err != nil {
			return err
		}
		total += w
		row, village := Row{Village: int32(i), Weight: w, Value: w}, Village{Need: w}
		if w == 0 {
			// A row without weight must still be covered: it needs a unit of its own
			// that counts for nothing else.
			row.Weight, village.Need = 1, 1
		}
		in.Rows, in.Villages = append(in.Rows, row), append(in.Villages, village)
	}
	return nil
}

// costs reads the cost of each column.
func (t *tokenizer) costs(in *Instance, cols int64) error {
	var total int64
	for j := range int(cols) {
		c, err := t.number("cost of column "+strconv.Itoa(j), 0, maxTotal-total)
		if err != nil {
			return err
		}
		total += c
		in.Columns = append(in.Columns, Column{Cost: c})
	}
	return nil
}

// columns reads for each column its rows, from 0; when withCosts is not 0, it is the
// number of columns, which have their cost first, and rows count from 1.
func (t *tokenizer) columns(in *Instance, rows, withCosts int64) error {
	first, cols := int64(0), len(in.Columns)
	if withCosts > 0 {
		first, cols = 1, int(withCosts)
	}
	seen := make(map[int64]int) // row -> column + 1 that last held it
	var total int64
	var list []int32
	for j := range cols {
		if withCosts > 0 {
			c, err := t.number("cost of column "+strconv.Itoa(j), 0, maxTotal-total)
			if err != nil {
				return err
			}
			total += c
			in.Columns = append(in.Columns, Column{Cost: c})
		}
		n, err := t.number("number of rows in column "+strconv.Itoa(j), 0, rows)
		if err != nil {
			return err
		}
		what := "row in column " + strconv.Itoa(j)
		list = list[:0]
		for range n {
			i, err := t.number(what, first, rows-1+first)
			if err != nil {
				return err
			}
			if seen[i] == j+1 {
				return t.fail(what, strconv.FormatInt(i, 10)+" a second time", "each row once")
			}
			seen[i] = j + 1
			list = append(list, int32(i-first))
		}
		if len(list) > 0 {
			slices.Sort(list)
			in.Columns[j].Rows = slices.Clone(list) // no longer than it must be
		}
	}
	if withCosts > 0 && len(seen) < int(rows) {
		// Else a wrong header could ask for any amount of memory.
		return t.fail("number of rows", strconv.FormatInt(rows, 10)+", of which columns hold "+strconv.Itoa(len(seen)), "each row in a column")
	}
	return nil
}

// rows reads for each row its columns, from 1.
func (t *tokenizer) rows(in *Instance, rows int64) error {
	for i := range int(rows) {
		n, err := t.number("number of columns in row "+strconv.Itoa(i), 0, int64(len(in.Columns)))
		if err != nil {
			return err
		}
		what := "column in row " + strconv.Itoa(i)
		for range n {
			j, err := t.number(what, 1, int64(len(in.Columns)))
			if err != nil {
				return err
			}
			list := &in.Columns[j-1].Rows
			if k := len(*list); k > 0 && (*list)[k-1] == int32(i) {
				return t.fail(what, strconv.FormatInt(j, 10)+" a second time", "each column once")
			}
			*list = append(*list, int32(i))
		}
	}
	return nil
}

// tokenizer splits white space and remembers where the last token began.
type tokenizer struct {
	r      *bufio.Reader
	pos    geo.Position // of the last token
	line   int          // lines ended so far
	column int          // bytes read of the current line
	buf    []byte
}

// maxToken is longer than any int64; the rest of a longer token is not read.
const maxToken = 32

func (t *tokenizer) next() (string, error) {
	t.buf = t.buf[:0]
	for len(t.buf) < maxToken {
		b, err := t.r.ReadByte()
		if err != nil {
			if errors.Is(err, io.EOF) {
				if len(t.buf) > 0 {
					return string(t.buf), nil
				}
				t.pos.Line, t.pos.Column = t.line+1, t.column+1
				return "", io.EOF
			}
			return "", fmt.Errorf("solver: reading %s: %w", t.pos.File, err)
		}
		space := b == ' ' || b == '\t' || b == '\r' || b == '\n'
		if !space {
			if len(t.buf) == 0 {
				t.pos.Line, t.pos.Column = t.line+1, t.column+1
			}
			t.buf = append(t.buf, b)
		}
		t.column++
		if b == '\n' {
			t.line++
			t.column = 0
		}
		if space && len(t.buf) > 0 {
			break
		}
	}
	return string(t.buf), nil
}

// number reads one integer from least to limit; what says which, for the error.
func (t *tokenizer) number(what string, least, limit int64) (int64, error) {
	wrong := func(found string) (int64, error) {
		return 0, t.fail(what, found, fmt.Sprintf("a whole number from %d to %d", least, limit))
	}
	tok, err := t.next()
	if errors.Is(err, io.EOF) {
		return wrong("the file ends")
	} else if err != nil {
		return 0, err
	}
	v, err := strconv.ParseInt(tok, 10, 64)
	if err != nil || v < least || v > limit {
		return wrong(strconv.Quote(tok))
	}
	return v, nil
}

func (t *tokenizer) fail(field, found, expected string) error {
	return &geo.InputError{Pos: t.pos, Field: field, Found: found, Expected: expected, Err: ErrInstance}
}
