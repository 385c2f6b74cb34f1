package progress_test

import (
	"bytes"
	"encoding/json"
	"regexp"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/covgap/covgap/cmd/covgap/lang"
	"github.com/covgap/covgap/cmd/covgap/progress"
)

// stages runs two stages, one of them from several goroutines.
func stages(r *progress.Reporter) {
	s := r.Start("sweep", 100, "sweeps")
	var wait sync.WaitGroup
	for i := range 100 {
		wait.Go(func() { s.Set(int64(i + 1)) })
	}
	wait.Wait()
	s.Done("100 transmitters")
	s = r.Start("plan", 0, "")
	s.SetOf(5, 10, "candidates")
	s.Done("1 action")
}

func TestModes(t *testing.T) {
	for _, c := range []struct {
		mode progress.Mode
		want string // of every line
	}{
		{progress.Auto, `^(sweep     100 transmitters|plan      1 action) \(\d+\.\d s\)$`}, // no terminal: as plain
		{progress.Plain, `^(sweep     100 transmitters|plan      1 action) \(\d+\.\d s\)$`},
		{progress.None, `^$`},
		{progress.JSON, `^\{"event":"(start|done)","stage":"(sweep|plan)",.*\}$`},
	} {
		var b bytes.Buffer
		stages(progress.New(c.mode, &b))
		want := regexp.MustCompile(c.want)
		for _, line := range strings.Split(strings.TrimSuffix(b.String(), "\n"), "\n") {
			if !want.MatchString(line) {
				t.Errorf("mode %s: line %q does not match %s", c.mode, line, c.want)
			}
		}
	}
}

// Lines for people are in their language, events for programs are not.
func TestVietnamese(t *testing.T) {
	for mode, want := range map[progress.Mode]string{progress.Plain: `^quét {8}100 transmitters \(\d+,\d s\)\n`, progress.JSON: `"stage":"sweep"`} {
		var b bytes.Buffer
		r := progress.New(mode, &b)
		r.Speak(lang.Vietnamese)
		stages(r)
		if !regexp.MustCompile(want).MatchString(b.String()) {
			t.Errorf("mode %s: %s", mode, b.String())
		}
	}
}

func TestJSONEvents(t *testing.T) {
	var b bytes.Buffer
	stages(progress.New(progress.JSON, &b))
	type event struct {
		Event, Stage, Unit, Summary string
		Done, Total                 int64
		Seconds                     float64
	}
	want := []event{
		{Event: "start", Stage: "sweep", Total: 100, Unit: "sweeps"},
		{Event: "done", Stage: "sweep", Total: 100, Done: 100, Unit: "sweeps", Summary: "100 transmitters"},
		{Event: "start", Stage: "plan"},
		{Event: "done", Stage: "plan", Total: 10, Done: 5, Unit: "candidates", Summary: "1 action"},
	}
	dec := json.NewDecoder(&b)
	dec.DisallowUnknownFields()
	for i, w := range want {
		var got event
		if err := dec.Decode(&got); err != nil {
			t.Fatal(err)
		}
		if got.Seconds < 0 {
			t.Errorf("event %d: %g seconds", i, got.Seconds)
		}
		got.Seconds = 0
		if got != w {
			t.Errorf("event %d: %+v, want %+v", i, got, w)
		}
	}
	if dec.More() {
		t.Error("more events than stages began and ended")
	}
}

// Workers report out of order; what is done never goes back.
func TestSetKeepsTheGreatest(t *testing.T) {
	var b bytes.Buffer
	s := progress.New(progress.JSON, &b).Start("sweep", 10, "sweeps")
	s.Set(7)
	s.Set(3)
	s.Done("")
	if !strings.Contains(b.String(), `"event":"done","stage":"sweep","done":7,"total":10`) {
		t.Errorf("events:\n%s", b.String())
	}
}

// A stage whose length nobody knows says what it is at, at once where lines are an
// interval apart, and as part of an event.
func TestSay(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		for mode, want := range map[progress.Mode]string{
			progress.Plain: "plan: round 3\nplan      done (6.0 s)\n",
			progress.JSON:  `"event":"progress","stage":"plan","done":7,"total":0,"unit":"claims judged","seconds":6,"summary":"round 3"}` + "\n",
			progress.None:  "",
		} {
			var b bytes.Buffer
			s := progress.New(mode, &b).Start("plan", 0, "")
			s.Say(2, "claims judged", "round 1") // too soon for a line
			time.Sleep(6 * time.Second)
			s.Say(7, "claims judged", "round 3")
			s.Done("done")
			if !strings.Contains(b.String(), want) || strings.Contains(b.String(), "round 1") {
				t.Errorf("mode %s:\n%s", mode, b.String())
			}
		}
	})
}

func TestParseMode(t *testing.T) {
	for _, s := range []string{"auto", "plain", "json", "none"} {
		if m, err := progress.ParseMode(s); err != nil || string(m) != s {
			t.Errorf("ParseMode(%q) gives %q, %v", s, m, err)
		}
	}
	if _, err := progress.ParseMode("bar"); err == nil || !strings.Contains(err.Error(), "auto, plain, json or none") {
		t.Errorf("error %v", err)
	}
}
