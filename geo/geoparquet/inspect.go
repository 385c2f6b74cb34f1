package geoparquet

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/parquet-go/parquet-go"
)

// ErrFormat says that a file is no Parquet file that can be read.
var ErrFormat = errors.New("geoparquet: not a readable Parquet file")

// Info is what the footer of a Parquet file says of it.
type Info struct {
	Rows     int64
	Columns  []ColumnInfo // without the geometry and its bound
	Geometry []string     // types of geometry; nil for a table without places
	CRS      string       // OGC:CRS84 where the file names none; "" without geometry
	Bound    *[4]float64  // west, south, east, north, where the file says
}

// ColumnInfo is a column: its type is text, number, boolean or nested, its example the
// value of the first row.
type ColumnInfo struct{ Name, Type, Example string }

// Inspect reads the footer and the first row of a Parquet file of so many bytes. The error wraps
// ErrFormat.
func Inspect(r io.ReaderAt, size int64) (info *Info, err error) {
	defer func() {
		if p := recover(); p != nil { // the library takes some damaged files for its own mistakes
			info, err = nil, fmt.Errorf("%w: %v", ErrFormat, p)
		}
	}()
	f, err := parquet.OpenFile(r, size, parquet.SkipPageIndex(true), parquet.SkipBloomFilters(true))
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrFormat, err)
	}
	info = &Info{Rows: f.NumRows()}
	var geo struct {
		Primary string `json:"primary_column"`
		Columns map[string]struct {
			Types    []string        `json:"geometry_types"`
			CRS      json.RawMessage `json:"crs"`
			Bound    []float64       `json:"bbox"`
			Covering struct {
				Bound map[string][]string `json:"bbox"`
			} `json:"covering"`
		} `json:"columns"`
	}
	hidden := map[string]bool{}
	if text, ok := f.Lookup("geo"); ok {
		if err := json.Unmarshal([]byte(text), &geo); err != nil {
			return nil, fmt.Errorf("%w: key geo: %w", ErrFormat, err)
		}
		g := geo.Columns[geo.Primary]
		info.Geometry, info.CRS = append([]string{}, g.Types...), "OGC:CRS84"
		if len(g.CRS) > 0 {
			info.CRS = crsOf(g.CRS)
		}
		if len(g.Bound) == 4 {
			info.Bound = (*[4]float64)(g.Bound)
		}
		hidden[geo.Primary] = true
		for _, path := range g.Covering.Bound {
			if len(path) > 0 {
				hidden[path[0]] = true
			}
		}
	}
	first, err := firstRow(f)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrFormat, err)
	}
	for _, field := range f.Schema().Fields() {
		if hidden[field.Name()] {
			continue
		}
		c := ColumnInfo{Name: field.Name(), Type: typeOf(field)}
		if leaf, ok := f.Schema().Lookup(c.Name); ok {
			for _, v := range first {
				if v.Column() == leaf.ColumnIndex && !v.IsNull() {
					c.Example = text(v, field)
				}
			}
		}
		info.Columns = append(info.Columns, c)
	}
	return info, nil
}

// text gives a value as people write it: a date is stored in days since 1970.
func text(v parquet.Value, field parquet.Node) string {
	if field.Type().String() == "DATE" {
		return time.Unix(0, 0).UTC().AddDate(0, 0, int(v.Int32())).Format(time.DateOnly)
	}
	return v.String()
}

// firstRow gives the values of the first row, none of a file without rows.
func firstRow(f *parquet.File) (row parquet.Row, err error) {
	if f.NumRows() == 0 || len(f.RowGroups()) == 0 {
		return nil, nil
	}
	rows := f.RowGroups()[0].Rows()
	defer func() { err = errors.Join(err, rows.Close()) }()
	first := make([]parquet.Row, 1)
	if n, err := rows.ReadRows(first); n == 0 {
		return nil, err
	}
	return first[0].Clone(), nil
}

// crsOf gives authority and code of a system in PROJJSON.
func crsOf(text json.RawMessage) string {
	var system struct {
		Name string `json:"name"`
		ID   struct {
			Authority string          `json:"authority"`
			Code      json.RawMessage `json:"code"`
		} `json:"id"`
	}
	if err := json.Unmarshal(text, &system); err != nil || system.ID.Authority == "" {
		return system.Name
	}
	var code any
	if err := json.Unmarshal(system.ID.Code, &code); err != nil {
		return system.Name
	}
	return fmt.Sprintf("%s:%v", system.ID.Authority, code)
}

func typeOf(n parquet.Node) string {
	if !n.Leaf() {
		return "nested"
	}
	switch n.Type().Kind() {
	case parquet.Boolean:
		return "boolean"
	case parquet.ByteArray, parquet.FixedLenByteArray:
		return "text"
	}
	if name := n.Type().String(); name == "DATE" || strings.HasPrefix(name, "TIME") {
		return "text"
	}
	return "number"
}
