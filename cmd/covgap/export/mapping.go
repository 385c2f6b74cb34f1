package export

import (
	"bufio"
	"cmp"
	"embed"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strconv"

	"github.com/covgap/covgap/cmd/covgap/output"
	"github.com/covgap/covgap/data/yamlfile"
	"github.com/covgap/covgap/geo"
	"github.com/paulmach/orb"
)

// ErrMapping says that a mapping cannot be used. It arrives inside a [*geo.InputError]
// with its place in the file.
var ErrMapping = errors.New("export: mapping")

//go:embed atoll.yaml planet.yaml
var shipped embed.FS

// ShippedMapping gives the mapping that ships for a planning tool, as text to copy and
// edit; ok is false for one that does not.
func ShippedMapping(tool string) (text []byte, ok bool) {
	text, err := shipped.ReadFile(tool + ".yaml")
	return text, err == nil
}

// MappingNames gives the planning tools with a mapping that ships.
func MappingNames() []string { return []string{"atoll", "planet"} }

// Mapping says how tables become those of a planning tool.
type Mapping struct {
	Version   int           `yaml:"version"`
	Separator string        `yaml:"separator,omitempty"` // tab, comma or semicolon
	BOM       bool          `yaml:"bom,omitempty"`       // begin with a byte order mark
	Files     []MappingFile `yaml:"files"`
}

// MappingFile is a file of a mapping.
type MappingFile struct {
	File    string          `yaml:"file"`
	Rows    []MappingRows   `yaml:"rows"`
	Key     string          `yaml:"key,omitempty"` // column: of rows that share its value the last counts
	Columns []MappingColumn `yaml:"columns"`
}

// MappingRows are the records of a table that become rows.
type MappingRows struct {
	Table string              `yaml:"table"`
	Where map[string][]string `yaml:"where,omitempty"` // column -> the values that count
}

// MappingColumn is a column of a file.
type MappingColumn struct {
	Name     string            `yaml:"name"`
	From     string            `yaml:"from,omitempty"`     // column of the tables
	Text     string            `yaml:"text,omitempty"`     // the same for every row
	Decimals *int              `yaml:"decimals,omitempty"` // of a number
	Values   map[string]string `yaml:"values,omitempty"`   // what stands for a value
	Default  string            `yaml:"default,omitempty"`  // where there is none
}

var separators = map[string]rune{"": '\t', "tab": '\t', "comma": ',', "semicolon": ';'}

// Validate checks the mapping; see [yamlfile.Validator].
func (m *Mapping) Validate() error {
	wrong := func(field, found, expected, hint string) error {
		return &geo.InputError{Field: field, Found: found, Expected: expected, Hint: hint, Err: ErrMapping}
	}
	if m.Version != 1 {
		return wrong("version", strconv.Itoa(m.Version), "1", "")
	}
	if separators[m.Separator] == 0 {
		return wrong("separator", strconv.Quote(m.Separator), "tab, comma or semicolon", "")
	}
	if len(m.Files) == 0 {
		return wrong("files", "nothing", "files", "")
	}
	for i := range m.Files {
		f, at := &m.Files[i], fmt.Sprintf("files[%d]", i)
		if f.File == "" || f.File != filepath.Base(f.File) || f.File[0] == '.' {
			return wrong(at+".file", strconv.Quote(f.File), "a file name without folder", "")
		}
		if len(f.Rows) == 0 || len(f.Columns) == 0 {
			return wrong(at, "no rows or no columns", "both", "")
		}
		var known []string
		for k, r := range f.Rows {
			t, ok := output.Lookup(r.Table)
			if !ok {
				return wrong(fmt.Sprintf("%s.rows[%d].table", at, k), strconv.Quote(r.Table), "a table of docs/formats.md", geo.DidYouMean(r.Table, tableNames()))
			}
			var columns []string
			for c := range t.Columns {
				columns = append(columns, t.Columns[c].Name)
			}
			for c := range r.Where {
				if !slices.Contains(columns, c) {
					return wrong(fmt.Sprintf("%s.rows[%d].where", at, k), strconv.Quote(c), "a column of "+r.Table, geo.DidYouMean(c, columns))
				}
			}
			known = append(known, columns...)
		}
		for k, c := range f.Columns {
			if c.Name == "" || c.From != "" && c.Text != "" {
				return wrong(fmt.Sprintf("%s.columns[%d]", at, k), "no name, or from beside text", "name, and from or text", "")
			}
			if c.From != "" && !slices.Contains(known, c.From) && !projected(c.From) {
				return wrong(fmt.Sprintf("%s.columns[%d].from", at, k), strconv.Quote(c.From), "a column of the tables", geo.DidYouMean(c.From, known))
			}
		}
		if f.Key != "" && !slices.Contains(known, f.Key) {
			return wrong(at+".key", strconv.Quote(f.Key), "a column of the tables", geo.DidYouMean(f.Key, known))
		}
	}
	return nil
}

// projected says whether a column is one that --crs adds.
func projected(column string) bool {
	return len(column) > 2 && (column[:2] == "e_" || column[:2] == "n_")
}

func tableNames() []string {
	var out []string
	for _, t := range output.Tables() {
		out = append(out, t.Name)
	}
	return out
}

// readMapping reads a mapping: a user's file, or the one that ships.
func readMapping(tool, file string) (*Mapping, error) {
	name, read := tool+".yaml", shipped.ReadFile
	if file != "" {
		name, read = file, os.ReadFile
	}
	text, err := read(name)
	if err != nil {
		return nil, fmt.Errorf("--mapping: %w", err)
	}
	m := &Mapping{}
	return m, yamlfile.Read(text, name, m, ErrMapping)
}

// planningTool is a format whose files a mapping describes.
func planningTool(tool string) func(*Source, []output.Layer, *Options) ([]File, error) {
	return func(_ *Source, layers []output.Layer, o *Options) ([]File, error) {
		m, err := readMapping(tool, o.Mapping)
		if err != nil {
			return nil, err
		}
		var out []File
		for i := range m.Files {
			f := &m.Files[i]
			var names []string
			for _, r := range f.Rows {
				if slices.Contains(layerNames(layers), r.Table) && !slices.Contains(names, r.Table) {
					names = append(names, r.Table)
				}
			}
			if len(names) == 0 {
				continue // the run went not so far, or other layers were asked for
			}
			out = append(out, File{Name: f.File, Layers: names, write: func(w io.Writer) error { return m.write(w, f, layers) }})
		}
		return out, nil
	}
}

// write writes a file of the mapping. Planning tools run on Windows: lines end so.
func (m *Mapping) write(w io.Writer, f *MappingFile, layers []output.Layer) error {
	buf := bufio.NewWriter(w)
	if m.BOM {
		_, _ = buf.WriteString("\ufeff") // bufio keeps the error
	}
	out := csv.NewWriter(buf)
	out.Comma, out.UseCRLF = separators[m.Separator], true
	var head []string
	for _, c := range f.Columns {
		head = append(head, c.Name)
	}
	rows, at := [][]string{head}, map[string]int{}
	for _, r := range f.Rows {
		for _, y := range layers {
			if y.Name != r.Table {
				continue
			}
			if err := y.Each(func(_ orb.Geometry, values ...any) error {
				row, key, ok := f.row(y, r.Where, values)
				if !ok {
					return nil
				}
				if i, seen := at[key]; seen && f.Key != "" {
					rows[i] = row
					return nil
				}
				at[key] = len(rows)
				rows = append(rows, row)
				return nil
			}); err != nil {
				return err
			}
		}
	}
	if err := out.WriteAll(rows); err != nil {
		return err
	}
	return buf.Flush()
}

// row makes a row of a record, with the value of the key; ok is false where it does
// not count.
func (f *MappingFile) row(y output.Layer, where map[string][]string, values []any) (row []string, key string, ok bool) {
	get := func(name string, decimals *int) string {
		for i := range y.Columns {
			if c := &y.Columns[i]; c.Name == name {
				return written(values[i], cmp.Or(decimals, &c.Kind.Decimals))
			}
		}
		return ""
	}
	for column, wanted := range where {
		if !slices.Contains(wanted, get(column, nil)) {
			return nil, "", false
		}
	}
	for _, c := range f.Columns {
		v := c.Text
		if c.From != "" {
			v = get(c.From, c.Decimals)
			if to, ok := c.Values[v]; ok {
				v = to
			}
		}
		row = append(row, cmp.Or(v, c.Default))
	}
	return row, get(f.Key, nil), true
}

// written gives a value as text; decimals are those of a number, 0 as many as it needs.
func written(v any, decimals *int) string {
	switch v := v.(type) {
	case string:
		return v
	case int64:
		return strconv.FormatInt(v, 10)
	case float64:
		if *decimals > 0 {
			return strconv.FormatFloat(v, 'f', *decimals, 64)
		}
		return strconv.FormatFloat(v, 'f', -1, 64)
	case bool:
		if v {
			return "yes"
		}
		return "no"
	}
	return ""
}
