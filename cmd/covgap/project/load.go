package project

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/covgap/covgap/cmd/covgap/lang"
	"github.com/covgap/covgap/coverage/propagation"
	"github.com/covgap/covgap/data"
	"github.com/covgap/covgap/data/yamlfile"
	"github.com/covgap/covgap/geo"
	"github.com/covgap/covgap/geo/charset"
	"github.com/covgap/covgap/geo/crs"
	"github.com/covgap/covgap/geo/terrain"
	"github.com/covgap/covgap/planner"
	"github.com/covgap/covgap/planner/template"
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
	if empty(content) {
		return nil, &geo.InputError{
			Pos: geo.Position{File: name}, Found: "an empty file", Expected: "a project", Err: ErrProject,
			Hint: "\"covgap init\" writes one from your files into another folder, or here when this file is removed",
		}
	}
	p := Default()
	templates := p.Plan.Templates
	p.dir, p.Plan.Templates = abs, nil
	if err := yamlfile.Read(content, name, p, ErrProject); err != nil {
		return nil, err
	}
	switch {
	case p.Plan.Template != nil:
		p.Plan.Template, p.Plan.Templates = nil, []template.Site{*p.Plan.Template}
	case len(p.Plan.Templates) == 0:
		p.Plan.Templates = templates
	}
	asRead := *p // flags replace single values
	p.loaded = &asRead
	return p, nil
}

// Locate gives an error about a field of the project its place in the file.
func (p *Project) Locate(err error) error {
	file := p.Path(FileName)
	content, unread := os.ReadFile(file)
	if unread != nil {
		return err
	}
	return yamlfile.Locate(err, content, displayName(file))
}

// empty says whether a file holds nothing but blanks and comments.
func empty(content []byte) bool {
	for line := range bytes.Lines(bytes.TrimPrefix(content, []byte("\ufeff"))) {
		if line = bytes.TrimSpace(line); len(line) > 0 && line[0] != '#' {
			return false
		}
	}
	return true
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

// Limits of a project. Below resolution 5 a hex is wider than most villages; above
// 12 (9 m edge) it is finer than any terrain the program reads.
const (
	MinResolution = 5
	MaxResolution = 12
	MaxRadiusKm   = 100
)

// maxTableM bounds the distances in which rows of a table are joined or spread out.
const maxTableM = 100e3

// keyTable is a table with its key.
type keyTable struct {
	key string
	KindTable
}

// neededTables is how many of the first of [Project.tables] there must be.
const neededTables = 3

// tables gives every table of the project.
func (p *Project) tables() []keyTable {
	var all []keyTable
	inputs := []KindTable{{data.Sites, &p.Inputs.Sites}, {data.Villages, &p.Inputs.Villages}, {data.Areas, &p.Inputs.Areas}, {data.Sea, &p.Inputs.Sea}, {data.Measurements, &p.Inputs.Measurements}}
	for _, t := range slices.Concat(inputs, p.Inputs.Lines()) {
		all = append(all, keyTable{"inputs." + string(t.Kind), t})
	}
	c := &p.Plan.Candidates
	return append(all, keyTable{"plan.candidates.points", KindTable{data.Sites, &c.Points}}, keyTable{"plan.candidates.exclusions", KindTable{data.Areas, &c.Exclusions}})
}

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
	for i, t := range p.tables() {
		if i >= neededTables && reflect.ValueOf(*t.Table).IsZero() {
			continue // it may be missing
		}
		if err := t.validate(); err != nil {
			return under(err, t.key)
		}
	}
	if len(p.Inputs.Terrain.Files) == 0 {
		return wrong("inputs.terrain.files", "nothing", "terrain files or folders", "")
	}
	if s := p.Inputs.Terrain.Surface; s != terrain.DTM && s != terrain.DSM {
		return wrong("inputs.terrain.surface", strconv.Quote(string(s)), "dtm (bare earth) or dsm (with roofs and tree tops)", "")
	}
	if c := p.Inputs.LandCover; c != nil {
		if len(c.Files) == 0 {
			return wrong("inputs.land_cover.files", "nothing", "GeoTIFFs of land-cover classes", "")
		}
		if !(c.ReceiverClearingM >= 0 && c.ReceiverClearingM <= 10e3) { // also NaN
			return wrong("inputs.land_cover.receiver_clearing_m", fmt.Sprint(c.ReceiverClearingM), "metres, 0 to 10000", "")
		}
		if err := c.Validate(); err != nil {
			return wrong("inputs.land_cover.classes", err.Error(), "", "")
		}
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
	if d := p.Coverage.Date; d != "" {
		if _, err := time.Parse(time.DateOnly, d); err != nil {
			return wrong("coverage.date", strconv.Quote(d), "a day such as 2022-06-30", "")
		}
	}
	if err := p.Coverage.Downlink.Validate(); err != nil {
		return under(err, "coverage.downlink")
	}
	if err := p.Criterion.Validate(); err != nil {
		return under(err, "criterion")
	}
	if code := p.Outputs.CRS; code != "" {
		if s, err := crs.Lookup(code); err != nil || s.Tag() != "vn2000" || s.Geographic() {
			return wrong("outputs.crs", strconv.Quote(code), "a zone of VN-2000 in metres: EPSG:9205 to 9218, 5896 to 5899 (TM-3), 3405 or 3406 (UTM)", "EPSG:9210 is that of Cao Bang")
		}
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
		{"plan.objective", p.Plan.Objective.Validate}, {"plan.constraints", p.Plan.Constraints.Validate}, {"plan.costs", p.Plan.Costs.Validate},
		{"plan.access", p.Plan.Access.Validate}, {"plan.power", p.Plan.Power.Validate}, {"plan.backhaul", p.Plan.Backhaul.Validate},
		{"plan.remote", p.Plan.Remote.Validate}, {"plan.repeater", p.Plan.Repeater.Validate},
	} {
		if err := part.validate(); err != nil {
			return under(err, part.name)
		}
	}
	if t := p.Plan.Template; t != nil {
		if len(p.Plan.Templates) > 0 {
			return wrong("plan.template", "a template beside plan.templates", "either; a list holds one as well", "move it into plan.templates")
		}
		if err := t.Validate(); err != nil {
			return under(err, "plan.template")
		}
	}
	for i, k := range p.Plan.Actions {
		if offered := planner.OfferedKinds(); !slices.Contains(offered, k) {
			return wrong(fmt.Sprintf("plan.actions[%d]", i), strconv.Quote(string(k)), joined(offered), "")
		}
	}
	for _, c := range []struct {
		field string
		value float64
	}{
		{"max_slope_deg", p.Plan.Candidates.MaxSlopeDeg}, {"max_road_km", p.Plan.Candidates.MaxRoadKm}, {"border_m", p.Plan.Candidates.BorderM},
	} {
		if !(c.value >= 0) {
			return wrong("plan.candidates."+c.field, fmt.Sprint(c.value), "0 or more", "")
		}
	}
	if p.Plan.Candidates.OnlyPoints && p.Plan.Candidates.Points.File == "" {
		return wrong("plan.candidates.only_points", "true, without points", "plan.candidates.points.file", "")
	}
	if p.Plan.Candidates.MaxRoadKm > 0 && p.Inputs.Roads.File == "" {
		return wrong("plan.candidates.max_road_km", fmt.Sprint(p.Plan.Candidates.MaxRoadKm), "inputs.roads.file, from which it is measured", "")
	}
	names := map[string]bool{}
	for i := range p.Plan.Templates {
		t, field := &p.Plan.Templates[i], fmt.Sprintf("plan.templates[%d]", i)
		if err := t.Validate(); err != nil {
			return under(err, field)
		}
		if names[t.Name] {
			return wrong(field+".name", fmt.Sprintf("%q a second time", t.Name), "a name for each template", "")
		}
		names[t.Name] = true
	}
	return nil
}

// validate checks what a project says of a table. Its error names the first field of it
// that is wrong.
func (t *keyTable) validate() error {
	wrong := func(field, found, expected, hint string) error {
		return &geo.InputError{Field: field, Found: found, Expected: expected, Hint: hint, Err: ErrProject}
	}
	if t.File == "" {
		return wrong("file", "nothing", "a file", "")
	}
	if t.InCRS != "" {
		if _, err := crs.Lookup(t.InCRS); err != nil {
			hint := "a file in another system is transformed first: ogr2ogr -t_srs EPSG:4326 out.gpkg in.gpkg"
			var in *geo.InputError
			if errors.As(err, &in) && in.Hint != "" {
				hint = "" // err has one
			}
			return wrong("in_crs", err.Error(), "", hint)
		}
	}
	if t.Encoding != "" {
		if _, err := charset.Lookup(t.Encoding); err != nil {
			return wrong("encoding", err.Error(), "", "")
		}
	}
	if t.HeaderRow < 0 {
		return wrong("header_row", strconv.Itoa(t.HeaderRow), "a row, from 1", "")
	}
	if err := t.Mapping.Validate(t.Kind); err != nil {
		return wrong("mapping", err.Error(), "", "")
	}
	const unread = "take the key away"
	switch {
	case !(t.RadiusM >= 0 && t.RadiusM <= maxTableM): // also NaN
		return wrong("radius_m", fmt.Sprint(t.RadiusM), "0 to 100,000 m", "")
	case t.RadiusM > 0 && t.Kind != data.Villages:
		return wrong("radius_m", fmt.Sprint(t.RadiusM), "nothing: villages alone have a radius", unread)
	case !(t.JoinM >= 0 && t.JoinM <= maxTableM):
		return wrong("join_m", fmt.Sprint(t.JoinM), "0 to 100,000 m", "")
	case t.JoinM > 0 && t.Kind != data.Sites:
		return wrong("join_m", fmt.Sprint(t.JoinM), "nothing: rows of sites alone are joined", unread)
	case !slices.Contains([]data.AzimuthPolicy{"", data.Three, data.Envelope, data.Omni}, t.BlankAzimuth):
		return wrong("blank_azimuth", strconv.Quote(string(t.BlankAzimuth)), "three, envelope or omni", "")
	case t.BlankAzimuth != "" && t.Kind != data.Sites:
		return wrong("blank_azimuth", string(t.BlankAzimuth), "nothing: sites alone have sectors", unread)
	}
	return nil
}

// joined gives words as a text.
func joined[T ~string](words []T) string {
	parts := make([]string, len(words))
	for i, w := range words {
		parts[i] = string(w)
	}
	return strings.Join(parts, ", ")
}

// under puts the field of an input error below a key of the project file.
func under(err error, key string) error {
	var in *geo.InputError
	if errors.As(err, &in) {
		in.Field = key + "." + in.Field
	}
	return err
}
