package solver

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"strconv"

	"github.com/covgap/covgap/geo"
)

// maxRead is the largest number of rows, columns or entries Read accepts: a
// wrong header must not make it allocate without end.
const maxRead = 1 << 28

// Read reads an instance in the plain text form of set-covering libraries: the
// numbers of rows and columns, the weight of each row, the cost of each column,
// then for each column the number of its rows and their 0-based indexes. Numbers
// are decimal integers between any white space.
//
// Each row becomes a village of its own, with its weight as its need and value.
// Errors are *[geo.InputError] with the line and column of the number at fault
// and wrap [ErrInstance], or what the reader returned. file names the source in
// them.
func Read(r io.Reader, file string) (*Instance, error) {
	t := &tokenizer{r: bufio.NewReaderSize(r, 1<<16), pos: geo.Position{File: file, Line: 1}}
	rows, err := t.number("number of rows", maxRead)
	if err != nil {
		return nil, err
	}
	cols, err := t.number("number of columns", maxRead)
	if err != nil {
		return nil, err
	}
	in := &Instance{}
	var total int64
	for i := range int(rows) {
		w, err := t.number("weight of row "+strconv.Itoa(i), maxTotal-total)
		if err != nil {
			return nil, err
		}
		total += w
		in.Rows = append(in.Rows, Row{Village: int32(i), Weight: w, Value: w})
		in.Villages = append(in.Villages, Village{Need: w})
	}
	// A row without weight must still be covered: it needs a unit of its own that
	// counts for nothing else.
	for i := range in.Rows {
		if in.Rows[i].Weight == 0 {
			in.Rows[i].Weight, in.Villages[i].Need = 1, 1
		}
	}
	total = 0
	for j := range int(cols) {
		c, err := t.number("cost of column "+strconv.Itoa(j), maxTotal-total)
		if err != nil {
			return nil, err
		}
		total += c
		in.Columns = append(in.Columns, Column{Cost: c})
	}
	seen := make([]int32, rows) // column + 1 that last held the row
	for j := range in.Columns {
		n, err := t.number("number of rows in column "+strconv.Itoa(j), rows)
		if err != nil {
			return nil, err
		}
		list := make([]int32, 0, n)
		for range n {
			i, err := t.number("row in column "+strconv.Itoa(j), rows-1)
			if err != nil {
				return nil, err
			}
			if seen[i] == int32(j+1) {
				return nil, t.fail("row in column "+strconv.Itoa(j), strconv.FormatInt(i, 10)+" a second time", "each row once")
			}
			seen[i] = int32(j + 1)
			list = append(list, int32(i))
		}
		sortRows(list)
		in.Columns[j].Rows = list
	}
	if tok, err := t.next(); err == nil {
		return nil, t.fail("", strconv.Quote(tok)+" after the last column", "the end of the file")
	} else if !errors.Is(err, io.EOF) {
		return nil, err
	}
	return in, nil
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

// number reads one integer from 0 to limit; what says which, for the error.
func (t *tokenizer) number(what string, limit int64) (int64, error) {
	want := fmt.Sprintf("a whole number from 0 to %d", limit)
	tok, err := t.next()
	if errors.Is(err, io.EOF) {
		return 0, t.fail(what, "the file ends", want)
	} else if err != nil {
		return 0, err
	}
	v, err := strconv.ParseInt(tok, 10, 64)
	if err != nil || v < 0 || v > limit {
		return 0, t.fail(what, strconv.Quote(tok), want)
	}
	return v, nil
}

func (t *tokenizer) fail(field, found, expected string) error {
	return &geo.InputError{Pos: t.pos, Field: field, Found: found, Expected: expected, Err: ErrInstance}
}
