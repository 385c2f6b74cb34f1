package project

import (
	"errors"
	"fmt"
	"math"
	"reflect"
	"slices"
	"strings"

	"github.com/covgap/covgap/cmd/covgap/lang"
	"github.com/covgap/covgap/coverage/criterion"
	"github.com/covgap/covgap/data"
	"github.com/covgap/covgap/geo"
	"github.com/covgap/covgap/planner"
)

// Section is a part of covgap.yaml.
type Section struct {
	Title data.Meaning `json:"title"`
	Keys  []Key        `json:"keys"`
}

// Key is one key of covgap.yaml. A list has [] behind its name; TABLE stands for each
// table of the inputs, TECHNOLOGY for one of GSM, UMTS, LTE and NR.
type Key struct {
	Path     string       `json:"key"`
	Type     string       `json:"type"`               // text, integer, number, yes/no, list, or map
	Default  string       `json:"default,omitempty"`  // where a project leaves the key out; "" stands for nothing, 0 or no
	Expected string       `json:"expected,omitempty"` // what may stand there, in the words of the error; "" for anything of its type
	Meaning  data.Meaning `json:"meaning"`
}

// Says gives what a key means, what may stand there and its default, in words.
func (k *Key) Says(l lang.Lang) []string {
	said := []string{l.T(k.Meaning.EN, k.Meaning.VI)}
	switch {
	case k.Expected != "":
		said = append(said, l.Say(k.Expected))
	case k.Type == "yes/no":
		said = append(said, l.T("true or false", "true hoặc false"))
	}
	if k.Default != "" {
		said = append(said, fmt.Sprintf(l.T("default %s", "mặc định %s"), k.Default))
	}
	return said
}

// Reference gives every key of covgap.yaml in the order of the file. Types and
// defaults are those of [Project] and [Default]; what is expected is what
// [Project.Validate] says of a value that cannot be.
func Reference() []Section {
	var sections []Section
	for _, s := range described {
		section := Section{Title: s.title}
		for _, k := range s.keys {
			v := valueAt(example(), k.path)
			key := Key{Path: k.path, Type: typeName(v.Type()), Expected: expected(k.path), Meaning: data.Meaning{EN: k.en, VI: k.vi}}
			if hasDefault(k.path) {
				key.Default = written(valueAt(withLandCover(), k.path))
			}
			section.Keys = append(section.Keys, key)
		}
		sections = append(sections, section)
	}
	return sections
}

// hasDefault says whether a key has one of its own. Elements of lists have none, but for
// templates, which are read over the default one.
func hasDefault(path string) bool {
	return !strings.Contains(path, "[].") || strings.HasPrefix(path, "plan.templates[].")
}

// withLandCover is the default project with what a land cover begins with.
func withLandCover() *Project {
	p := Default()
	p.Inputs.LandCover = NewLandCover()
	return p
}

// example is a project that has one of everything that there may be several of, or none.
func example() *Project {
	p := withLandCover()
	for _, t := range []*Table{&p.Inputs.Sites, &p.Inputs.Villages, &p.Inputs.Areas} {
		t.File = "x"
	}
	p.Inputs.Terrain.Files = []string{"x"}
	p.Inputs.LandCover.Files = []string{"x"}
	p.Criterion.Indoor, p.Criterion.EntryLossDB = true, 15
	p.Criterion.Operators, p.Criterion.Operator = criterion.Named, "x"
	p.Criterion.Thresholds = map[data.Technology]criterion.Threshold{data.LTE: p.Criterion.Thresholds[data.LTE]}
	p.Plan.Constraints.Years = []planner.YearBudget{{Year: 2027}}
	p.Plan.Constraints.Funds = []planner.Fund{{Name: "x"}}
	return p
}

// valueAt gives the value of a key: of a list the first element's, of a map the only
// one's, not to be set. A list without elements gives the zero value.
func valueAt(p *Project, path string) reflect.Value {
	v := reflect.ValueOf(p).Elem()
	for name := range strings.SplitSeq(inTable.Replace(path), ".") {
		for v.Kind() == reflect.Pointer {
			if v.IsNil() {
				v = reflect.New(v.Type().Elem())
			}
			v = v.Elem()
		}
		if v.Kind() == reflect.Map {
			if keys := v.MapKeys(); len(keys) == 1 {
				v = v.MapIndex(keys[0])
			} else {
				v = reflect.Zero(v.Type().Elem())
			}
			continue
		}
		name, list := strings.CutSuffix(name, "[]")
		v = field(v, name)
		if !list {
			continue
		}
		if v.Len() == 0 {
			v = reflect.Zero(v.Type().Elem())
		} else {
			v = v.Index(0)
		}
	}
	return v
}

// inTable puts one table in the place of all, the one that has the key.
var inTable = strings.NewReplacer("TABLE.radius_m", "villages.radius_m", "TABLE", "sites")

// field gives a field of a struct by its key, also of a struct that is inline in it; the
// zero Value when there is none.
func field(v reflect.Value, name string) reflect.Value {
	for i := range v.NumField() {
		tag, options, _ := strings.Cut(v.Type().Field(i).Tag.Get("yaml"), ",")
		if slices.Contains(strings.Split(options, ","), "inline") {
			if f := field(v.Field(i), name); f.IsValid() {
				return f
			}
		} else if tag == name {
			return v.Field(i)
		}
	}
	return reflect.Value{}
}

func typeName(t reflect.Type) string {
	switch t.Kind() {
	case reflect.Bool:
		return "yes/no"
	case reflect.Float64:
		return "number"
	case reflect.Int, reflect.Uint8:
		return "integer"
	case reflect.Slice:
		return "list"
	case reflect.Map:
		return "map"
	default:
		return "text"
	}
}

// written is a default as covgap.yaml has it.
func written(v reflect.Value) string {
	switch {
	case !v.IsValid() || v.IsZero() || v.Kind() == reflect.Map:
		return ""
	case v.Kind() != reflect.Slice:
		return fmt.Sprint(v)
	case v.Type().Elem().Kind() == reflect.Struct:
		return ""
	}
	var parts []string
	for i := range v.Len() {
		parts = append(parts, fmt.Sprint(v.Index(i)))
	}
	return strings.Join(parts, ", ")
}

// expected is what Validate asks for at a key when something stands there that can
// never be: no number, a number below all, a word that nobody means.
func expected(path string) string {
	p := example()
	switch path {
	case "plan.objective.budget":
		p.Plan.Objective.Goal = planner.Budget
	case "plan.objective.count":
		p.Plan.Objective.Goal = planner.Count
	}
	v, at := valueAt(p, path), strings.ReplaceAll(inTable.Replace(path), "[]", "[0]")
	if strings.Contains(path, "TECHNOLOGY") {
		// What a map holds cannot be set in place.
		at = strings.Replace(at, "TECHNOLOGY", string(data.LTE), 1)
		threshold := reflect.New(reflect.TypeFor[criterion.Threshold]()).Elem()
		threshold.Set(reflect.ValueOf(p.Criterion.Thresholds[data.LTE]))
		v = field(threshold, path[strings.LastIndex(path, ".")+1:])
		spoil(v)
		p.Criterion.Thresholds[data.LTE] = threshold.Interface().(criterion.Threshold)
	} else if !v.CanSet() {
		return ""
	} else if v.Kind() == reflect.Slice && v.Len() > 0 && v.Type().Elem().Kind() != reflect.Struct {
		at += "[0]"
		spoil(v.Index(0))
	} else {
		spoil(v)
	}
	var in *geo.InputError
	if err := p.Validate(); !errors.As(err, &in) || in.Field != at {
		return ""
	}
	return in.Expected
}

// spoil puts something into v that is nothing anybody asks for.
func spoil(v reflect.Value) {
	switch v.Kind() {
	case reflect.Float64:
		v.SetFloat(math.NaN())
	case reflect.Int:
		v.SetInt(math.MinInt32)
	case reflect.String:
		v.SetString("\x00")
	}
}
