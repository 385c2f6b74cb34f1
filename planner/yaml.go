package planner

import (
	"errors"
	"fmt"
	"strings"

	"github.com/covgap/covgap/geo"
	"github.com/goccy/go-yaml"
)

// ToYAML gives the plan in its editable form, plan.yaml.
func (p *Plan) ToYAML() ([]byte, error) {
	b, err := yaml.MarshalWithOptions(p, yaml.IndentSequence(true))
	if err != nil {
		return nil, fmt.Errorf("planner: writing a plan: %w", err)
	}
	return b, nil
}

// FromYAML reads and checks a plan. Unknown keys are refused. Errors are
// [*geo.InputError] with line and column and wrap ErrPlan; file names the source in
// them.
func FromYAML(content []byte, file string) (*Plan, error) {
	p := new(Plan)
	if err := yaml.UnmarshalWithOptions(content, p, yaml.Strict()); err != nil {
		return nil, describe(err, file)
	}
	if err := p.Validate(); err != nil {
		var in *geo.InputError
		if errors.As(err, &in) {
			in.Pos = locate(content, in.Field)
			in.Pos.File = file
		}
		return nil, err
	}
	return p, nil
}

// describe turns an error of the YAML reader into one about the plan file.
func describe(err error, file string) error {
	out := &geo.InputError{Pos: geo.Position{File: file}, Found: err.Error(), Err: ErrPlan}
	var ye yaml.Error
	if errors.As(err, &ye) {
		out.Found = ye.GetMessage()
		if t := ye.GetToken(); t != nil && t.Position != nil {
			out.Pos.Line, out.Pos.Column = t.Position.Line, t.Position.Column
		}
	}
	return out
}

// locate finds the value of a field such as actions[2].azimuth_deg, else what holds
// it; the zero Position when the file leaves it out altogether.
func locate(content []byte, field string) geo.Position {
	for field != "" {
		path, err := yaml.PathString("$." + field)
		if err != nil {
			return geo.Position{}
		}
		if node, err := path.ReadNode(strings.NewReader(string(content))); err == nil && node != nil && node.GetToken() != nil {
			pos := node.GetToken().Position
			return geo.Position{Line: pos.Line, Column: pos.Column}
		}
		field = field[:max(0, strings.LastIndexAny(field, ".["))]
	}
	return geo.Position{}
}
