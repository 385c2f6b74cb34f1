// Package run is the chain from what a user brings to the files in the output
// folder: check, coverage, gaps, plan, outputs.
//
// Each step is a method of [Run] that needs the one before; [Run.Write] writes
// what the steps taken so far have found.
package run

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"

	"github.com/covgap/covgap/cmd/covgap/lang"
	"github.com/covgap/covgap/cmd/covgap/progress"
	"github.com/covgap/covgap/cmd/covgap/project"
	"github.com/covgap/covgap/coverage/store"
	"github.com/covgap/covgap/planner"
	"github.com/covgap/covgap/planner/candidate"
)

// Errors of this package that decide an exit code.
var (
	ErrMissing       = errors.New("missing resource")
	ErrWarnings      = errors.New("there are warnings")
	ErrForeignOutput = errors.New("the output folder is not covgap's")
)

// StoreCapBytes is the most that the store of a project takes on disk: the 20 GB that
// README and help state. Beyond it the results used longest ago go.
const StoreCapBytes = 20e9

// Options say how a run works, never what comes out of it for the villages.
type Options struct {
	Workers int // results do not depend on it
	Exact   bool
	Seed    uint64 // of draws
	Lang    lang.Lang
	// From is a plan that stays, each action as it stands there, and Keep adds nothing
	// to it.
	From     *planner.Plan
	Keep     bool
	Reporter *progress.Reporter
	// Report writes report.html from the other files of a run in a folder and from its
	// inputs; nil writes none.
	Report func(ctx context.Context, r *Run, folder string, s *Summary, w io.Writer) error
	// OnlyVillages leaves out the land between them: nothing but the villages is asked.
	OnlyVillages bool
	// FullGrid writes every hex also of a grid of more than output.FullGridHexes.
	FullGrid bool
}

// Run is one run of a project. Its members are nil until their step was taken.
type Run struct {
	Project  *project.Project
	Options  Options
	Inputs   *Inputs
	Coverage *Coverage
	Gaps     *Gaps
	Plan     *planner.Plan
	Robust   *Robust
	Rejected []candidate.Rejection // places that were no candidates, when the project asks for their list
	Removed  []string              // files of an earlier run that Write took away

	store   *store.Store
	timings []Timing
}

// Timings is timings.json.
type Timings struct {
	Finished string   `json:"finished"` // RFC 3339, UTC
	Host     string   `json:"host"`
	Cores    int      `json:"cores"`
	Workers  int      `json:"workers"`
	Stages   []Timing `json:"stages"`
}

// Timing is how long a stage took.
type Timing struct {
	Stage   string  `json:"stage"`
	Seconds float64 `json:"seconds"`
	Note    string  `json:"note,omitempty"`
}

// New prepares a run of a project.
func New(p *project.Project, o Options) *Run {
	return &Run{Project: p, Options: o}
}

// On gives a run of the same inputs, which must have been checked, with the network of a
// day, and the same store. Of the land it computes the villages alone. The error is
// that of the project for what is no day.
func (r *Run) On(date string) (*Run, error) {
	p := *r.Project
	p.Coverage.Date = date
	if err := p.Validate(); err != nil {
		return nil, err
	}
	st, err := r.openStore()
	if err != nil {
		return nil, err
	}
	out := New(&p, r.Options)
	out.Options.OnlyVillages = true
	out.Inputs, out.store = r.Inputs, st
	return out, nil
}

// openStore opens the project's store on first use.
func (r *Run) openStore() (*store.Store, error) {
	if r.store != nil {
		return r.store, nil
	}
	if err := os.MkdirAll(r.Project.StoreDir(), 0o755); err != nil {
		return nil, fmt.Errorf("run: %w", err)
	}
	st, err := store.Open(r.Project.StoreDir(), StoreCapBytes)
	if err != nil {
		return nil, err
	}
	r.store = st
	return st, nil
}

// finish ends a stage on the reporter and keeps its time for timings.json.
func (r *Run) finish(s *progress.Stage, name, summary, note string) {
	r.timings = append(r.timings, Timing{name, s.Seconds(), note})
	s.Done(summary)
}
