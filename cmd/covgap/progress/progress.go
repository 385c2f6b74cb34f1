// Package progress tells a person, or a program, how far long work has come. It
// writes to standard error only.
package progress

import (
	"encoding/json"
	"fmt"
	"io"
	"os"
	"sync"
	"time"

	"github.com/schollz/progressbar/v3"
	"golang.org/x/term"
)

// Mode is how progress is shown.
type Mode string

// The modes. Auto is a bar on a terminal and plain lines elsewhere.
const (
	Auto  Mode = "auto"
	Plain Mode = "plain"
	JSON  Mode = "json"
	None  Mode = "none"
)

// ParseMode reads the value of the --progress flag.
func ParseMode(s string) (Mode, error) {
	switch m := Mode(s); m {
	case Auto, Plain, JSON, None:
		return m, nil
	}
	return "", fmt.Errorf("progress %q; expected auto, plain, json or none", s)
}

// Reporter shows the stages of a run, one after the other. It is safe for
// concurrent use.
type Reporter struct {
	mode Mode
	bar  bool
	w    io.Writer
	mu   sync.Mutex
}

// New makes a reporter that writes to w.
func New(mode Mode, w io.Writer) *Reporter {
	r := &Reporter{mode: mode, w: w}
	if f, ok := w.(*os.File); ok && mode == Auto {
		r.bar = term.IsTerminal(int(f.Fd()))
	}
	return r
}

// Stage is one step of a run.
type Stage struct {
	r           *Reporter
	name, unit  string
	total, done int64
	start, last time.Time
	bar         *progressbar.ProgressBar
}

// minInterval is the least time between two plain or JSON lines of one stage.
const minInterval = 5 * time.Second

// Start begins a stage of total units of work (0 when unknown).
func (r *Reporter) Start(name string, total int64, unit string) *Stage {
	now := time.Now()
	s := &Stage{r: r, name: name, unit: unit, total: total, start: now, last: now}
	if r.mode == JSON {
		r.event(s, "start", "")
	}
	s.openBar()
	return s
}

// openBar draws a bar where there is a terminal and the total is known.
func (s *Stage) openBar() {
	if !s.r.bar || s.total == 0 {
		return
	}
	s.bar = progressbar.NewOptions64(s.total,
		progressbar.OptionSetWriter(s.r.w),
		progressbar.OptionSetDescription(fmt.Sprintf("%-9s", s.name)),
		progressbar.OptionSetItsString(s.unit),
		progressbar.OptionShowCount(),
		progressbar.OptionShowIts(),
		progressbar.OptionSetPredictTime(true),
		progressbar.OptionThrottle(100*time.Millisecond),
		progressbar.OptionClearOnFinish(),
		progressbar.OptionSetWidth(24),
		progressbar.OptionUseANSICodes(true),
	)
}

// Set says how many units are done. Calls may come from several goroutines and
// out of order: only the greatest counts.
func (s *Stage) Set(done int64) {
	r := s.r
	r.mu.Lock()
	defer r.mu.Unlock()
	if done <= s.done {
		return
	}
	s.done = done
	if s.bar != nil {
		_ = s.bar.Set64(done) // a bar that cannot be drawn must not stop the work
		return
	}
	now := time.Now()
	if now.Sub(s.last) < minInterval {
		return
	}
	s.last = now
	switch {
	case r.mode == JSON:
		r.eventLocked(s, "progress", "")
	case r.mode == Plain || r.mode == Auto && !r.bar:
		if s.total > 0 {
			left := time.Duration(float64(now.Sub(s.start)) * float64(s.total-done) / float64(done))
			fmt.Fprintf(r.w, "%s: %d of %d %s, %s left\n", s.name, done, s.total, s.unit, left.Round(time.Second))
		}
	}
}

// SetOf is Set for a stage whose total is known only once it runs.
func (s *Stage) SetOf(done, total int64, unit string) {
	r := s.r
	r.mu.Lock()
	if s.total == 0 {
		s.total, s.unit = total, unit
		s.openBar()
	}
	r.mu.Unlock()
	s.Set(done)
}

// Done ends the stage; summary says what came of it.
func (s *Stage) Done(summary string) {
	r := s.r
	r.mu.Lock()
	defer r.mu.Unlock()
	if s.bar != nil {
		_ = s.bar.Finish() // as in Set
	}
	switch r.mode {
	case None:
	case JSON:
		r.eventLocked(s, "done", summary)
	default:
		fmt.Fprintf(r.w, "%-9s %s (%.1f s)\n", s.name, summary, time.Since(s.start).Seconds())
	}
}

// Seconds is the time since the stage began.
func (s *Stage) Seconds() float64 { return time.Since(s.start).Seconds() }

func (r *Reporter) event(s *Stage, what, summary string) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.eventLocked(s, what, summary)
}

func (r *Reporter) eventLocked(s *Stage, what, summary string) {
	b, err := json.Marshal(struct {
		Event   string  `json:"event"`
		Stage   string  `json:"stage"`
		Done    int64   `json:"done"`
		Total   int64   `json:"total"`
		Unit    string  `json:"unit,omitempty"`
		Seconds float64 `json:"seconds"`
		Summary string  `json:"summary,omitempty"`
	}{what, s.name, s.done, s.total, s.unit, time.Since(s.start).Seconds(), summary})
	if err != nil {
		panic(err) // the struct above always encodes
	}
	fmt.Fprintf(r.w, "%s\n", b)
}
