package planner

import (
	"context"
	"errors"
	"maps"
	"slices"
	"sync"

	"github.com/covgap/covgap/planner/solver"
)

// Survey is what could be built for some targets, whom it would serve and what it
// costs. Plans with other objectives and constraints are made from it without looking
// at the land again, and each is the plan that [Make] makes. It is safe for concurrent
// use.
type Survey struct {
	in    Input
	mu    sync.Mutex
	found map[Measure]*found // by what antennas are aimed for
}

// found is what was found for one kind of objective.
type found struct {
	scheme *scheme // as it was found: plans work on copies
	judged *judged
}

// judged is what the exact path said of claims, for all plans of a survey.
type judged struct {
	mu     sync.Mutex
	serves map[claim][]int32
}

// NewSurvey looks at what could be built for the objective of in. The error is that of
// [Make].
func NewSurvey(ctx context.Context, in Input) (*Survey, error) {
	if err := in.prepare(); err != nil {
		return nil, err
	}
	v := &Survey{in: in, found: map[Measure]*found{}}
	_, err := v.look(ctx, &in)
	return v, err
}

// aims gives what decides where antennas point, and which hexes stand for a village:
// that each counts the same, or people, or households.
func (o *Objective) aims() Measure {
	switch {
	case o.Goal == Eliminate, o.Measure == Villages:
		return Villages
	case o.Measure == "":
		return People
	}
	return o.Measure
}

// look finds what could be built, once for each kind of objective.
func (v *Survey) look(ctx context.Context, in *Input) (*found, error) {
	v.mu.Lock()
	defer v.mu.Unlock()
	kind := in.Objective.aims()
	if f := v.found[kind]; f != nil {
		return f, nil
	}
	d, err := newDemand(in)
	if err != nil {
		return nil, err
	}
	s, err := survey(ctx, in, d)
	if err != nil {
		return nil, err
	}
	f := &found{scheme: s, judged: &judged{serves: map[claim][]int32{}}}
	v.found[kind] = f
	return f, nil
}

// Plan makes a plan for an objective under constraints, in place of those that the
// survey was made with. The error is that of [Make].
func (v *Survey) Plan(ctx context.Context, o Objective, c Constraints) (*Plan, error) {
	s, result, err := v.choose(ctx, o, c)
	if err != nil {
		return nil, err
	}
	return s.assemble(ctx, result)
}

// Draft makes what Plan does but for the frontier and the alternatives, which take most
// of the time once the survey is there.
func (v *Survey) Draft(ctx context.Context, o Objective, c Constraints) (*Plan, error) {
	s, result, err := v.choose(ctx, o, c)
	if err != nil {
		return nil, err
	}
	s.draft = true
	return s.assemble(ctx, result)
}

// choose chooses of what was found.
func (v *Survey) choose(ctx context.Context, o Objective, c Constraints) (*scheme, *solver.Result, error) {
	in := v.in
	in.Objective, in.Constraints = o, c
	if err := in.validate(); err != nil {
		return nil, nil, err
	}
	f, err := v.look(ctx, &in)
	if err != nil {
		return nil, nil, err
	}
	d, err := newDemand(&in) // its hexes and receivers are those of what was found
	if err != nil {
		return nil, nil, err
	}
	s := *f.scheme
	s.in, s.d, s.judged = &in, d, f.judged
	s.exact, s.offers, s.conflicts = maps.Clone(s.exact), slices.Clone(s.offers), slices.Clone(s.conflicts)
	s.counts.Unpriced = maps.Clone(s.counts.Unpriced)
	result, err := s.solve(ctx)
	if errors.Is(err, solver.ErrContradiction) {
		err = s.contradiction(err)
	}
	return &s, result, err
}

// known gives what the exact path said of a claim before.
func (j *judged) known(k claim) (serves []int32, ok bool) {
	if j == nil {
		return nil, false
	}
	j.mu.Lock()
	defer j.mu.Unlock()
	serves, ok = j.serves[k]
	return serves, ok
}

func (j *judged) keep(k claim, serves []int32) {
	if j == nil {
		return
	}
	j.mu.Lock()
	defer j.mu.Unlock()
	j.serves[k] = serves
}
