// Package answer gives what covgap explain, whatif, profile and compare find, in the
// form in which they print it with --json: for the command line and for the server,
// which so say the same.
package answer

import (
	"fmt"
	"math"
	"sync"

	"github.com/covgap/covgap/cmd/covgap/run"
	"github.com/covgap/covgap/coverage/cause"
	"github.com/covgap/covgap/planner/whatif"
)

// QuestionError is a question that cannot be answered as it was asked.
type QuestionError struct {
	Err error
	// Missing says that what was asked for is not there.
	Missing bool
}

func (e *QuestionError) Error() string { return e.Err.Error() }
func (e *QuestionError) Unwrap() error { return e.Err }

func questionf(format string, args ...any) error {
	return &QuestionError{Err: fmt.Errorf(format, args...)}
}

func missingf(format string, args ...any) error {
	return &QuestionError{Err: fmt.Errorf(format, args...), Missing: true}
}

// Answers answers questions about a run. It is safe for concurrent use once the run
// has been taken as far as the gaps; only what the Find methods read is there before.
type Answers struct {
	run *run.Run

	base   func() (*whatif.Base, error)
	finder func() (*cause.Finder, error)
}

// New answers from a run that was checked, and from its coverage and gaps once they
// are there.
func New(r *run.Run) *Answers {
	return &Answers{run: r, base: sync.OnceValues(r.WhatIf), finder: sync.OnceValues(r.CauseFinder)}
}

// rounded leaves so many decimals, without a negative zero.
func rounded(v float64, decimals int) float64 {
	scale := math.Pow(10, float64(decimals))
	return math.Round(v*scale)/scale + 0
}
