package serve

import (
	"bytes"
	"encoding/csv"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"github.com/covgap/covgap/cmd/covgap/output"
	"github.com/covgap/covgap/cmd/covgap/run"
	"github.com/covgap/covgap/geo/table"
)

// rows reads a table of the run as objects; what is blank is null, but for texts.
func (s *Session) rows(name string, t *output.Table) ([]object, error) {
	content, err := os.ReadFile(filepath.Join(s.folder, name))
	if err != nil {
		return nil, fmt.Errorf("%w: %w", run.ErrMissing, err)
	}
	records, err := csv.NewReader(bytes.NewReader(bytes.TrimPrefix(content, []byte("\ufeff")))).ReadAll()
	if err != nil {
		return nil, fmt.Errorf("%w: %s: %w", run.ErrResults, name, err)
	}
	var out []object
	for n, record := range records {
		if n == 0 {
			continue
		}
		var members []string
		for i, value := range record {
			column, shown := records[0][i], value
			at := slices.IndexFunc(t.Columns, func(c output.Column) bool { return c.Name == column })
			if at < 0 {
				return nil, fmt.Errorf("%w: %s has a column %q", run.ErrResults, name, column)
			}
			switch t.Columns[at].Kind.Type {
			case table.Integer, table.Number:
				if shown == "" {
					shown = "null"
				} else if _, err := strconv.ParseFloat(value, 64); err != nil || !json.Valid([]byte(value)) {
					return nil, fmt.Errorf("%w: %s line %d: %s is %q; expected a number", run.ErrResults, name, n+1, column, value)
				}
			case table.Boolean:
				shown = map[string]string{"yes": "true", "no": "false"}[value]
				if shown == "" {
					shown = "null"
				}
			default:
				shown = quote(value)
			}
			members = append(members, quote(column)+":"+shown)
		}
		out = append(out, object{properties: json.RawMessage("{" + strings.Join(members, ",") + "}")})
	}
	return out, nil
}

// quote writes a text as JSON.
func quote(text string) string {
	b, err := json.Marshal(text)
	if err != nil {
		panic(err) // a text always encodes
	}
	return string(b)
}
