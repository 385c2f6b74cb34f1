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

	"github.com/covgap/covgap/cmd/covgap/run"
)

// rows reads a table of the run as objects. All columns but those of text hold
// numbers; what is blank is null.
func (s *Session) rows(name string, text ...string) ([]object, error) {
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
			switch _, err := strconv.ParseFloat(value, 64); {
			case slices.Contains(text, column):
				shown = quote(value)
			case value == "":
				shown = "null"
			case err != nil:
				return nil, fmt.Errorf("%w: %s line %d: %s is %q; expected a number", run.ErrResults, name, n+1, column, value)
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
