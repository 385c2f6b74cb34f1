package planner

import (
	"fmt"
	"slices"
	"strings"
)

// ConditionKind is what a condition asks of a plan.
type ConditionKind string

// The conditions.
const (
	KeepsActions   ConditionKind = "keeps"    // Amount actions stay as they are
	AvoidsPlaces   ConditionKind = "avoids"   // no new mast near Amount places that were given up
	BuildsAt       ConditionKind = "must"     // at Amount places
	BuildsNotAt    ConditionKind = "must_not" // at Amount places
	SpacesMasts    ConditionKind = "spacing"  // new masts stand Amount metres apart or more
	StaysInYears   ConditionKind = "years"    // within the budgets of Amount years
	StaysWithFunds ConditionKind = "funds"    // Amount funds pay for it
)

// Condition is something that was fixed before a plan was chosen. Its bound holds among
// the plans that meet all of them: without, a better one may exist.
type Condition struct {
	Kind   ConditionKind
	Amount float64
}

// Conditions gives what was fixed before the plan was chosen; none when nothing was.
func (p *Plan) Conditions() []Condition {
	kept := 0
	for i := range p.Actions {
		if p.Actions[i].Kept {
			kept++
		}
	}
	c := &p.Constraints
	return slices.DeleteFunc([]Condition{
		{KeepsActions, float64(kept)}, {AvoidsPlaces, float64(len(p.Dropped()))}, {BuildsAt, float64(len(c.Must))}, {BuildsNotAt, float64(len(c.MustNot))},
		{SpacesMasts, c.SpacingM}, {StaysInYears, float64(len(c.Years))}, {StaysWithFunds, float64(len(c.Funds))},
	}, func(c Condition) bool { return c.Amount == 0 })
}

// String says in English what a plan does that meets the condition.
func (c Condition) String() string {
	n := func(one, many string) string {
		if c.Amount == 1 {
			return one
		}
		return fmt.Sprintf(many, c.Amount)
	}
	switch c.Kind {
	case KeepsActions:
		return n("keeps the action that was given", "keeps the %g actions that were given")
	case AvoidsPlaces:
		return n("puts no mast near the place that was given up", "puts no mast near the %g places that were given up")
	case BuildsAt:
		return n("builds at the place of must", "builds at the %g places of must")
	case BuildsNotAt:
		return n("builds nothing at the place of must_not", "builds nothing at the %g places of must_not")
	case SpacesMasts:
		return fmt.Sprintf("leaves %g m between new masts", c.Amount)
	case StaysInYears:
		return "stays within the budgets of the years"
	case StaysWithFunds:
		return "is paid by the funds"
	}
	return string(c.Kind)
}

// listed joins words as a sentence does: "a, b and c".
func listed(words []string) string {
	if len(words) < 2 {
		return strings.Join(words, "")
	}
	last := len(words) - 1
	return strings.Join(words[:last], ", ") + " and " + words[last]
}
