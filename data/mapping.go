package data

import (
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/covgap/covgap/geo"
)

// Mapping reads a file whose columns and values are not those of the schema. A
// column that differs by technology is written with it: power_dbm.LTE.
//
//	columns:
//	  power_dbm.LTE: max_power_lte
//	values:
//	  max_power_lte: {Klein: 34, Gross: 46}
//	where:
//	  in_aoi: 1
//	constants:
//	  operator: Swisscom
type Mapping struct {
	Columns   map[string]string            `yaml:"columns,omitempty"`   // column of the schema: column of the file
	Values    map[string]map[string]string `yaml:"values,omitempty"`    // column of the file, or of the schema: value in the file: value to read
	Where     map[string]OneOf             `yaml:"where,omitempty"`     // column of the file: a row is read only when it holds one of these
	Constants map[string]string            `yaml:"constants,omitempty"` // column of the schema: value where the file has none
}

// OneOf is one value or a list of them.
type OneOf []string

// UnmarshalYAML takes a single value for a list of one.
func (o *OneOf) UnmarshalYAML(unmarshal func(any) error) error {
	var list []string
	if err := unmarshal(&list); err == nil {
		*o = list
		return nil
	}
	var one string
	if err := unmarshal(&one); err != nil {
		return err
	}
	*o = OneOf{one}
	return nil
}

// ErrMapping is the cause of every error about a [Mapping].
var ErrMapping = errors.New("data: mapping")

// Assignment is one column of a mapping, as the flag --map gives it.
type Assignment struct {
	Kind   Kind
	Column string // of the schema, with .TECHNOLOGY where it holds for one only
	Source string // of the file
}

// ParseAssignment reads "villages.id=plz" or "sites.power_dbm.LTE=max_power_lte".
func ParseAssignment(s string) (Assignment, error) {
	left, source, ok := strings.Cut(s, "=")
	kind, column, dot := strings.Cut(strings.TrimSpace(left), ".")
	source = strings.TrimSpace(source)
	if !ok || !dot || source == "" {
		return Assignment{}, fmt.Errorf("%w: %q; expected RECORD.COLUMN=FILE_COLUMN such as villages.id=plz", ErrMapping, s)
	}
	schema, err := SchemaOf(kind)
	if err != nil {
		return Assignment{}, fmt.Errorf("%w: %w", ErrMapping, err)
	}
	if !schema.Kind.mapped() {
		return Assignment{}, fmt.Errorf("%w: the columns of %s have the names of \"covgap schema %s\"", ErrMapping, kind, kind)
	}
	if _, _, err := target(&schema, column); err != nil {
		return Assignment{}, err
	}
	return Assignment{Kind: schema.Kind, Column: column, Source: source}, nil
}

// Set adds a column to the mapping.
func (m *Mapping) Set(a Assignment) {
	if m.Columns == nil {
		m.Columns = map[string]string{}
	}
	m.Columns[a.Column] = a.Source
}

// Validate checks the names on the schema's side against the columns of kind.
func (m *Mapping) Validate(kind Kind) error {
	schema, err := SchemaOf(string(kind))
	if err != nil {
		return err
	}
	for _, names := range [][]string{slices.Sorted(maps.Keys(m.Columns)), slices.Sorted(maps.Keys(m.Constants))} {
		for _, name := range names {
			if _, _, err := target(&schema, name); err != nil {
				return err
			}
		}
	}
	return nil
}

// target splits "power_dbm.LTE" into a column and a technology.
func target(schema *Schema, name string) (column int, tech Technology, err error) {
	base, suffix, dotted := strings.Cut(name, ".")
	column = schema.index(base)
	if column < 0 {
		hint := ""
		if near := geo.Nearest(base, schema.names()); near != "" {
			hint = fmt.Sprintf("; did you mean %s?", near)
		}
		return 0, "", fmt.Errorf("%w: %s has no column %q%s", ErrMapping, schema.Kind, base, hint)
	}
	if !dotted {
		return column, "", nil
	}
	if !schema.Columns[column].PerTechnology {
		return 0, "", fmt.Errorf("%w: %s.%s is the same for every technology; leave out %q", ErrMapping, schema.Kind, base, "."+suffix)
	}
	tech, ok := technologyOf(suffix)
	if !ok {
		return 0, "", fmt.Errorf("%w: %q in %s.%s is no technology; there are GSM, UMTS, LTE, NR", ErrMapping, suffix, schema.Kind, name)
	}
	return column, tech, nil
}
