// Package progress tells a person, or a program, how far long work has come. It
// writes to standard error only.
package progress

import (
	"encoding/json"
	"fmt"
	"io"
	"os"
	"strings"
	"sync"
	"time"

	"github.com/covgap/covgap/cmd/covgap/lang"
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
	lang lang.Lang // of bars and plain lines; events are English
	mu   sync.Mutex
}

// Speak sets the language of bars and plain lines, English until then.
func (r *Reporter) Speak(l lang.Lang) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.lang = l
}

// stageNames are the names of stages in Vietnamese.
var stageNames = map[string]string{
	"check": "kiểm tra", "coverage": "vùng phủ", "sweep": "quét", "merge": "ghép lớp", "gaps": "vùng lõm", "causes": "nguyên nhân",
	"certainty": "chắc chắn", "reverse sweep": "quét ngược", "plan": "phương án", "robustness": "độ vững", "write": "ghi tệp",
	"remedies": "giải pháp", "sample": "dữ liệu mẫu", "export": "xuất tệp", "measurements": "số đo", "calibrate": "hiệu chỉnh",
	"receptions": "mức thu", "evaluate": "đánh giá", "pathloss": "suy hao",
}

// stageName is a stage's name for people, as wide as most of the language's.
func (r *Reporter) stageName(name string) string {
	if vi, ok := stageNames[name]; ok && r.lang == lang.Vietnamese {
		return fmt.Sprintf("%-11s", vi)
	}
	return fmt.Sprintf("%-9s", name)
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

// barAfter is how long a stage goes on before it gets a bar.
const barAfter = time.Second

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
		progressbar.OptionSetDescription(s.r.stageName(s.name)),
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
	now := time.Now()
	if s.bar != nil {
		// In the first second a rate and a time left say nothing; a bar that cannot be
		// drawn must not stop the work.
		if now.Sub(s.start) >= barAfter {
			_ = s.bar.Set64(done)
		}
		return
	}
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
			fmt.Fprintf(r.w, r.lang.T("%s: %d of %d %s, %s left\n", "%s: %d trong %d %s, còn %s\n"), strings.TrimSpace(r.stageName(s.name)), done, s.total, s.unit, left.Round(time.Second))
		}
	}
}

// Say is Set for a stage of which nobody knows how long it takes: what says how far it
// is.
func (s *Stage) Say(done int64, unit, what string) {
	r := s.r
	r.mu.Lock()
	defer r.mu.Unlock()
	s.done, s.unit = done, unit
	now := time.Now()
	if s.bar == nil && r.bar && now.Sub(s.start) >= barAfter {
		s.bar = progressbar.NewOptions(-1,
			progressbar.OptionSetWriter(r.w),
			progressbar.OptionThrottle(100*time.Millisecond),
			progressbar.OptionClearOnFinish(),
			progressbar.OptionUseANSICodes(true),
		)
	}
	if s.bar != nil {
		s.bar.Describe(r.stageName(s.name) + " " + what)
		return
	}
	if r.bar || now.Sub(s.last) < minInterval {
		return
	}
	s.last = now
	switch r.mode {
	case JSON:
		r.eventLocked(s, "progress", what)
	case Plain, Auto:
		fmt.Fprintf(r.w, "%s: %s\n", strings.TrimSpace(r.stageName(s.name)), what)
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
		fmt.Fprintf(r.w, "%s %s (%s s)\n", r.stageName(s.name), summary, r.lang.Float(time.Since(s.start).Seconds(), 1))
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
