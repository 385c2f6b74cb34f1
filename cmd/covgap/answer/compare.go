package answer

import (
	"context"

	"github.com/covgap/covgap/cmd/covgap/run"
)

// CompareDates computes the networks of a run that was checked on two days, such as
// 2022-06-30, and gives what was found on each. The path losses of both are those of
// one store. The error is a *QuestionError for what is no day.
func CompareDates(ctx context.Context, r *run.Run, dates [2]string, program string) (before, after *run.Results, err error) {
	for i, to := range []**run.Results{&before, &after} {
		at, err := r.On(dates[i])
		if err != nil {
			return nil, nil, &QuestionError{Err: err}
		}
		for _, step := range []func(context.Context) error{at.ComputeCoverage, at.FindGaps} {
			if err := step(ctx); err != nil {
				return nil, nil, err
			}
		}
		if *to, err = at.Results(program); err != nil {
			return nil, nil, err
		}
	}
	return before, after, nil
}
