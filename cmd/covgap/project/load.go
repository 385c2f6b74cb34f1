package project

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/covgap/covgap/cmd/covgap/lang"
	"github.com/covgap/covgap/coverage/propagation"
	"github.com/covgap/covgap/data"
	"github.com/covgap/covgap/geo"
	"github.com/covgap/covgap/geo/crs"
	"github.com/covgap/covgap/geo/terrain"
	"github.com/goccy/go-yaml"
)

// ErrProject is the cause of every error about the content of a project file.
var ErrProject = errors.New("project: invalid project file")

// Load reads the project in dir and checks it. Errors about its content are
// [*geo.InputError] with line and column.
func Load(dir string) (*Project, error) {
	abs, err := filepath.Abs(dir)
	if err != nil {
		return nil, fmt.Errorf("project: %w", err)
	}
	file := filepath.Join(abs, FileName)
	content, err := os.ReadFile(file)
	if err != nil {
		return nil, fmt.Errorf("project: %w", err)
	}
	name := displayName(file)
	p := Default()
	p.dir = abs
	if err := yaml.UnmarshalWithOptions(content, p, yaml.Strict()); err != nil {
		return nil, describe(err, name)
	}
	if err := p.Validate(); err != nil {
		var in *geo.InputError
		if errors.As(err, &in) {
			in.Pos.File = name
			in.Pos.Line, in.Pos.Column = locate(content, in.Field)
		}
		return nil, err
	}
	return p, nil
}

// displayName is the path as a user wants to read it: relative when it is below
// the current folder.
func displayName(path string) string {
	cwd, err := os.Getwd()
	if err != nil {
		return path
	}
	rel, err := filepath.Rel(cwd, path)
	if err != nil || strings.HasPrefix(rel, "..") {
		return path
	}
	return rel
}

var (
	goType  = regexp.MustCompile(`cannot unmarshal (\S+) into Go (?:struct field (\S+)|value) of type (\S+)`)
	goField = regexp.MustCompile(`unknown field "(.*)"`)
)

// describe turns an error of the YAML reader into one about the project file.
func describe(err error, file string) error {
	out := &geo.InputError{Pos: geo.Position{File: file}, Found: err.Error(), Err: ErrProject}
	var ye yaml.Error
	if !errors.As(err, &ye) {
		return out
	}
	out.Found = ye.GetMessage()
	value := ""
	if t := ye.GetToken(); t != nil && t.Position != nil {
		out.Pos.Line, out.Pos.Column = t.Position.Line, t.Position.Column
		value = t.Value
	}
	switch m := goField.FindStringSubmatch(out.Found); {
	case m != nil:
		out.Found = fmt.Sprintf("unknown key %q", m[1])
		out.Expected = "a key of the project file"
		if near := geo.Nearest(m[1], keys()); near != "" {
			out.Hint = fmt.Sprintf("did you mean %s?", near)
		}
	default:
		if m := goType.FindStringSubmatch(out.Found); m != nil {
			out.Found = fmt.Sprintf("%s %q", m[1], value)
			out.Expected = map[string]string{"int": "a whole number", "float64": "a number", "bool": "true or false", "string": "text"}[m[3]]
			if out.Expected == "" {
				out.Expected = "another kind of value (see the comments of a file made by covgap init)"
			}
		}
	}
	return out
}

// keys lists every key that a project file may hold.
func keys() []string {
	var node yaml.MapSlice
	b, err := yaml.Marshal(Default())
	if err == nil {
		err = yaml.UnmarshalWithOptions(b, &node, yaml.UseOrderedMap())
	}
	if err != nil {
		panic(err) // the default project always encodes
	}
	names := []string{"in_crs", "swap_xy", "mapping", "columns", "values", "where", "constants", "radius_m", "join_m", "blank_azimuth", "budget", "count", "targets", "operator"}
	var walk func(m yaml.MapSlice)
	walk = func(m yaml.MapSlice) {
		for _, item := range m {
			names = append(names, fmt.Sprint(item.Key))
			if sub, ok := item.Value.(yaml.MapSlice); ok {
				walk(sub)
			}
		}
	}
	walk(node)
	slices.Sort(names)
	return slices.Compact(names)
}

// locate finds the line and column of the value of a dotted field; 0, 0 when the
// file leaves it out.
func locate(content []byte, field string) (line, column int) {
	path, err := yaml.PathString("$." + field)
	if err != nil {
		return 0, 0
	}
	node, err := path.ReadNode(strings.NewReader(string(content)))
	if err != nil || node == nil || node.GetToken() == nil {
		return 0, 0
	}
	pos := node.GetToken().Position
	return pos.Line, pos.Column
}

// Limits of a project. Below resolution 5 a hex is wider than most villages; above
// 12 (9 m edge) it is finer than any terrain the program reads.
const (
	MinResolution = 5
	MaxResolution = 12
	MaxRadiusKm   = 100
)

// Validate checks the project. Its error names the first field that is wrong.
func (p *Project) Validate() error {
	wrong := func(field, found, expected, hint string) error {
		return &geo.InputError{Field: field, Found: found, Expected: expected, Hint: hint, Err: ErrProject}
	}
	if p.Version != Version {
		return wrong("version", strconv.Itoa(p.Version), strconv.Itoa(Version), "the project file is of another version of covgap")
	}
	if p.Lang != "" {
		if _, err := lang.Parse(p.Lang); err != nil {
			return wrong("lang", strconv.Quote(p.Lang), "vi or en", "")
		}
	}
	for _, t := range []struct {
		name string
		kind data.Kind
		*Table
	}{{"sites", data.Sites, &p.Inputs.Sites}, {"villages", data.Villages, &p.Inputs.Villages}, {"areas", data.Areas, &p.Inputs.Areas}} {
		if t.File == "" {
			return wrong("inputs."+t.name+".file", "nothing", "a file", "")
		}
		if t.InCRS != "" {
			if _, err := crs.Lookup(t.InCRS); err != nil {
				return wrong("inputs."+t.name+".in_crs", err.Error(), "", "")
			}
		}
		if err := t.Mapping.Validate(t.kind); err != nil {
			return wrong("inputs."+t.name+".mapping", err.Error(), "", "")
		}
	}
	if len(p.Inputs.Terrain.Files) == 0 {
		return wrong("inputs.terrain.files", "nothing", "terrain files or folders", "")
	}
	if s := p.Inputs.Terrain.Surface; s != terrain.DTM && s != terrain.DSM {
		return wrong("inputs.terrain.surface", strconv.Quote(string(s)), "dtm (bare earth) or dsm (with roofs and tree tops)", "")
	}
	if p.Inputs.Sites.JoinM < 0 || p.Inputs.Villages.RadiusM < 0 {
		return wrong("inputs", "a negative distance", "metres, 0 or more", "")
	}
	switch p.Inputs.Sites.BlankAzimuth {
	case "", data.Three, data.Envelope, data.Omni:
	default:
		return wrong("inputs.sites.blank_azimuth", strconv.Quote(string(p.Inputs.Sites.BlankAzimuth)), "three, envelope or omni", "")
	}
	if _, err := propagation.Lookup(p.Coverage.Model); err != nil {
		return wrong("coverage.model", err.Error(), "", "")
	}
	for _, r := range []struct {
		field string
		value int
	}{{"coverage.resolution", p.Coverage.Resolution}, {"plan.candidates.resolution", p.Plan.Candidates.Resolution}} {
		if r.value < MinResolution || r.value > MaxResolution {
			return wrong(r.field, strconv.Itoa(r.value), fmt.Sprintf("an H3 resolution of %d to %d", MinResolution, MaxResolution), "")
		}
	}
	for _, r := range []struct {
		field string
		value float64
	}{{"coverage.radius_km", p.Coverage.RadiusKm}, {"plan.candidates.radius_km", p.Plan.Candidates.RadiusKm}} {
		if !(r.value > 0 && r.value <= MaxRadiusKm) { // also NaN
			return wrong(r.field, fmt.Sprint(r.value), fmt.Sprintf("kilometres, above 0, at most %d", MaxRadiusKm), "")
		}
	}
	if err := p.Criterion.Validate(); err != nil {
		return under(err, "criterion")
	}
	switch p.Plan.Targets {
	case "", "declared", "computed", "both":
	default:
		return wrong("plan.targets", strconv.Quote(p.Plan.Targets), "declared, computed or both", "")
	}
	for _, part := range []struct {
		name     string
		validate func() error
	}{
		{"plan.objective", p.Plan.Objective.Validate}, {"plan.template", p.Plan.Template.Validate}, {"plan.costs", p.Plan.Costs.Validate},
	} {
		if err := part.validate(); err != nil {
			return under(err, part.name)
		}
	}
	return nil
}

// under puts the field of an input error below a key of the project file.
func under(err error, key string) error {
	var in *geo.InputError
	if errors.As(err, &in) {
		in.Field = key + "." + in.Field
	}
	return err
}
