package data

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/covgap/covgap/geo"
	"golang.org/x/text/unicode/norm"
)

// Succession is a row of a [Crosswalk]: what was Old is, wholly or in part, New. One
// of the two may be "": Old vanished, or New came from nothing.
type Succession struct {
	Old, New string
	Pos      geo.Position
}

// Crosswalk is a table of ids or codes before and after a change: rows with one Old
// say that it was split, rows with one New that it was merged.
type Crosswalk []Succession

// The headers of a crosswalk, folded, the usual first.
var (
	oldHeaders = []string{"oldid", "oldcode", "old", "before", "from", "macu", "matruoc", "mathoncu", "maxacu"}
	newHeaders = []string{"newid", "newcode", "new", "after", "to", "mamoi", "masau", "mathonmoi", "maxamoi"}
)

// ReadCrosswalk reads a table with the columns old_id and new_id (or old_code and
// new_code). Codes stay text. The error is a [*geo.InputError] with the place of
// what is wrong, or that of the context.
func ReadCrosswalk(ctx context.Context, path string) (c Crosswalk, err error) {
	s, err := Open(ctx, path, Source{})
	if err != nil {
		return nil, err
	}
	defer func() {
		if e := s.Close(); e != nil && err == nil {
			err = fmt.Errorf("data: closing %s: %w", path, e)
		}
	}()
	column := func(headers []string, what string) (int, error) {
		for _, h := range headers {
			if i := slices.IndexFunc(s.Columns, func(c string) bool { return geo.Fold(c) == h }); i >= 0 {
				return i, nil
			}
		}
		return 0, &geo.InputError{
			Pos: geo.Position{File: s.File, Line: 1}, Found: "no column " + what + " among " + list(s.Columns),
			Expected: "the columns old_id and new_id, or old_code and new_code", Err: ErrColumn,
		}
	}
	from, err := column(oldHeaders, "old_id")
	if err != nil {
		return nil, err
	}
	to, err := column(newHeaders, "new_id")
	if err != nil {
		return nil, err
	}
	for f, err := range s.Rows {
		if err != nil {
			return nil, err
		}
		value := func(column int) string {
			fd, _ := fieldAt(&f, s.Columns[column], column)
			if v := strings.TrimSpace(fd.Value); !isBlank(v) {
				return norm.NFC.String(v)
			}
			return ""
		}
		row := Succession{Old: value(from), New: value(to), Pos: f.Pos}
		if row.Old == "" && row.New == "" {
			return nil, &geo.InputError{
				Pos: f.Pos, Found: "a row without an id", Expected: "an id in " + s.Columns[from] + " or " + s.Columns[to] + ", or in both", Err: ErrColumn,
			}
		}
		c = append(c, row)
	}
	if len(c) == 0 {
		return nil, &geo.InputError{Pos: geo.Position{File: s.File}, Found: "no rows", Expected: "at least one with an old and a new id", Err: ErrEmpty}
	}
	return c, nil
}
