package project_test

import (
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/covgap/covgap/cmd/covgap/lang"
	"github.com/covgap/covgap/cmd/covgap/project"
	"github.com/google/go-cmp/cmp"
)

//go:generate go test . -run TestProjectPage -update

var update = flag.Bool("update", false, "write docs/project.md")

// docs/project.md is the reference.
func TestProjectPage(t *testing.T) {
	var b strings.Builder
	b.WriteString("# covgap.yaml\n\nEvery key of the project file, in English and Vietnamese. Only the inputs must be there: a key that is left out has its default, and\n" +
		"`covgap init` writes the file with those of your data. `covgap schema project` prints this page, `covgap schema project.plan.power` a part of it.\n\n" +
		"`[]` stands behind the name of a list, TABLE for each table of the inputs, TECHNOLOGY for GSM, UMTS, LTE or NR. A key that covgap does not know is an error with\n" +
		"line and column.\n\n<!-- Made by `go generate ./cmd/covgap/project` from the program's own definitions: change those. -->\n")
	escape := strings.NewReplacer("|", "\\|")
	for _, s := range project.Reference() {
		fmt.Fprintf(&b, "\n## %s\n\n%s\n\n| key | meaning | ý nghĩa |\n|---|---|---|\n", s.Title.EN, s.Title.VI)
		for _, k := range s.Keys {
			fmt.Fprintf(&b, "| `%s` | %s | %s |\n", k.Path, escape.Replace(strings.Join(k.Says(lang.English), "; ")), escape.Replace(k.Meaning.VI))
		}
	}
	path := filepath.FromSlash("../../../docs/project.md")
	if *update {
		if err := os.WriteFile(path, []byte(b.String()), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	got, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(b.String(), string(got)); diff != "" {
		t.Errorf("docs/project.md is not what the definitions say; go generate ./cmd/covgap/project (-definitions +file):\n%s", diff)
	}
}

// keys gives the path of every key below a type, as Reference writes them.
func keys(t reflect.Type, path string) []string {
	for t.Kind() == reflect.Pointer {
		t = t.Elem()
	}
	switch {
	case t == reflect.TypeFor[project.Table]() && path == "inputs.sites":
		return append([]string{path + ".file"}, fields(t, "inputs.TABLE", "file")...)
	case t == reflect.TypeFor[project.Table]():
		return []string{path + ".file"}
	case path == "plan.template": // as plan.templates
		return nil
	case t.Kind() == reflect.Slice && t.Elem().Kind() == reflect.Struct:
		return keys(t.Elem(), path+"[]")
	case t.Kind() == reflect.Map && t.Elem().Kind() == reflect.Struct:
		return keys(t.Elem(), path+".TECHNOLOGY")
	case t.Kind() == reflect.Struct:
		return fields(t, path)
	}
	return []string{path}
}

func fields(t reflect.Type, path string, but ...string) []string {
	var all []string
	for i := range t.NumField() {
		f := t.Field(i)
		name, options, _ := strings.Cut(f.Tag.Get("yaml"), ",")
		switch {
		case !f.IsExported() || slices.Contains(but, name):
		case strings.Contains(options, "inline"):
			all = append(all, fields(f.Type, path)...)
		default:
			all = append(all, keys(f.Type, strings.TrimPrefix(path+"."+name, "."))...)
		}
	}
	return all
}

// The reference has every key that a project file can have, once.
func TestReferenceHasEveryKey(t *testing.T) {
	var got []string
	for _, s := range project.Reference() {
		if s.Title.EN == "" || s.Title.VI == "" {
			t.Errorf("section %q without title in both languages", s.Title)
		}
		for _, k := range s.Keys {
			got = append(got, k.Path)
			if k.Type == "" || k.Meaning.EN == "" || k.Meaning.VI == "" {
				t.Errorf("%s: incomplete: %+v", k.Path, k)
			}
		}
	}
	want := keys(reflect.TypeFor[project.Project](), "")
	for _, k := range want {
		if n := len(slices.DeleteFunc(slices.Clone(got), func(g string) bool { return g != k })); n != 1 {
			t.Errorf("%s: described %d times", k, n)
		}
	}
	for _, k := range got {
		if !slices.Contains(want, k) {
			t.Errorf("%s: no key of a project", k)
		}
	}
}

// Defaults and what is expected come from the program.
func TestReferenceSays(t *testing.T) {
	byPath := map[string]project.Key{}
	for _, s := range project.Reference() {
		for _, k := range s.Keys {
			byPath[k.Path] = k
		}
	}
	for path, want := range map[string][3]string{
		"coverage.radius_km": {"number", "20", "kilometres, above 0, at most 100"},
		"coverage.model":     {"text", "p1812", ""},
		"criterion.rule":     {"text", "people", "centre, people, households or area"},
		"criterion.thresholds.TECHNOLOGY.served_dbm": {"number", "", "a level in dBm, -200 to below 0"},
		"plan.objective.count":                       {"integer", "", "1 or more, with goal: count"},
		"plan.power.kinds":                           {"list", "grid, grid_year, solar, hybrid", "grid, grid_year, solar or hybrid"},
		"plan.constraints.years[].amount":            {"number", "", "0 or more"},
		"plan.templates[].sectors":                   {"integer", "3", "1 to 6"},
		"inputs.TABLE.radius_m":                      {"number", "", "0 to 100,000 m"},
		"inputs.TABLE.swap_xy":                       {"yes/no", "", ""},
	} {
		k := byPath[path]
		if got := [3]string{k.Type, k.Default, k.Expected}; got != want {
			t.Errorf("%s: %q, want %q", path, got, want)
		}
	}
}
