package run

import (
	"context"
	"fmt"

	"github.com/covgap/covgap/planner"
)

// Survey looks at what could be built for the target villages, so that plans with
// other objectives and constraints can be made from it. What reverse sweeps found
// comes from the store.
func (r *Run) Survey(ctx context.Context) (*planner.Survey, error) {
	in, err := r.planInput()
	if err != nil {
		return nil, err
	}
	in.Villages = r.targets()
	s, err := planner.NewSurvey(ctx, in)
	if err != nil {
		return nil, fmt.Errorf("run: %w", err)
	}
	return s, nil
}
