package planner

import (
	"fmt"

	"github.com/covgap/covgap/data/yamlfile"
)

// ToYAML gives the plan in its editable form, plan.yaml.
func (p *Plan) ToYAML() ([]byte, error) {
	b, err := yamlfile.Marshal(p)
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
	if err := yamlfile.Read(content, file, p, ErrPlan); err != nil {
		return nil, err
	}
	return p, nil
}
