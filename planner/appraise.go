package planner

import (
	"context"
	"fmt"

	"github.com/covgap/covgap/planner/solver"
)

// Appraise says what the actions of in.Kept do and cost, in the order in which they
// stand: the plan that [Make] makes with OnlyKept, but without looking at what else
// could be built, so that it takes a fraction of the time. Nothing is chosen and nothing
// left out; must, must_not and limits of in do not matter.
//
// The error is that of Make; it is a [*geo.InputError] that names the action where one
// cannot be kept, priced or connected.
func Appraise(ctx context.Context, in Input) (*Plan, error) {
	in.Kinds, in.Points, in.OnlyPoints, in.OnlyKept = []ActionKind{}, nil, true, true
	if err := in.prepare(); err != nil {
		return nil, err
	}
	d, err := newDemand(&in)
	if err != nil {
		return nil, err
	}
	s, err := survey(ctx, &in, d)
	if err != nil {
		return nil, err
	}
	s.draft = true
	var result solver.Result
	var chosen []int32
	for i := range s.found { // the kept actions, and nothing else
		chosen = append(chosen, int32(i))
		result.Selected = append(result.Selected, solver.Step{Column: i})
		result.Value += d.worth(s.serves(int32(i)))
	}
	if _, err := s.connect(ctx, chosen); err != nil {
		return nil, err
	}
	for i := range s.offers {
		if s.offers[i].refused {
			return nil, within(inputError("longitude", "a place that nothing connects", "a place that can be reached, fed and connected", "move the mast, or take the action out"), fmt.Sprintf("actions[%d]", i))
		}
	}
	p, err := s.assemble(ctx, &result)
	if err != nil {
		return nil, err
	}
	p.LeftOut = []LeftOut{} // nothing else was tried
	return p, nil
}
