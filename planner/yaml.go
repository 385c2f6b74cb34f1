package planner

import (
	"bytes"
	"fmt"
	"slices"

	"github.com/covgap/covgap/data/yamlfile"
	"github.com/covgap/covgap/geo"
	"github.com/covgap/covgap/planner/template"
	"github.com/goccy/go-yaml"
)

// ToYAML gives the plan in its editable form, plan.yaml.
func (p *Plan) ToYAML() ([]byte, error) {
	b, err := yamlfile.Marshal(p)
	if err != nil {
		return nil, fmt.Errorf("planner: writing a plan: %w", err)
	}
	return b, nil
}

// ListYAML gives a plan that nobody appraised: ToYAML without the figures, which would
// say that it is free and does nothing.
func (p *Plan) ListYAML() ([]byte, error) {
	b, err := yamlfile.Marshal(p, yaml.OmitZero())
	if err != nil {
		return nil, fmt.Errorf("planner: writing a list of actions: %w", err)
	}
	return b, nil
}

// FromYAML reads and checks a plan, or the list of actions that is all of one that
// [Apply] needs: version, and actions. A template that an action names and the file
// leaves out is taken from known. Unknown keys are refused. Errors are
// [*geo.InputError] with line and column and wrap ErrPlan; file names the source in
// them.
func FromYAML(content []byte, file string, known ...template.Site) (*Plan, error) {
	if len(bytes.TrimSpace(content)) == 0 {
		return nil, &geo.InputError{Pos: geo.Position{File: file}, Field: "version", Found: "an empty file", Expected: "version: 1 and actions, as in plan.yaml", Err: ErrPlan}
	}
	f := planFile{known: known}
	if err := yamlfile.Read(content, file, &f, ErrPlan); err != nil {
		return nil, err
	}
	f.Templates = f.templates()
	return &f.Plan, nil
}

// planFile is a plan on its way in.
type planFile struct {
	Plan  `yaml:",inline"`
	known []template.Site
}

func (f *planFile) Validate() error { return f.validate(f.templates()) }

// templates gives the file's templates, and behind them the known ones that it leaves
// out and an action names.
func (f *planFile) templates() []template.Site {
	all := f.Templates
	for _, k := range f.known {
		same := func(t template.Site) bool { return t.Name == k.Name }
		named := func(a Action) bool { return a.Template == k.Name }
		if !slices.ContainsFunc(all, same) && slices.ContainsFunc(f.Actions, named) {
			all = append(all, k)
		}
	}
	return all
}
