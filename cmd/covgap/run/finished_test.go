package run

import (
	"errors"
	"os"
	"path/filepath"
	"testing"

	"github.com/covgap/covgap/cmd/covgap/lang"
	"github.com/covgap/covgap/cmd/covgap/project"
	"github.com/google/go-cmp/cmp"
)

// What became of results since they were opened, by what a run does to its folder.
func TestFinishedSince(t *testing.T) {
	dir := t.TempDir()
	file := filepath.Join(dir, FileRun)
	write := func(path, text string) {
		t.Helper()
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := OpenFinished(dir); !errors.Is(err, ErrMissing) {
		t.Errorf("an empty folder: %v", err)
	}
	write(file, `{"stages":["check"`)
	if _, err := OpenFinished(dir); !errors.Is(err, ErrResults) {
		t.Errorf("a half of run.json: %v", err)
	}
	write(file, `{"stages":["check","coverage"]}`)
	f, err := OpenFinished(dir)
	if err != nil {
		t.Fatal(err)
	}
	for _, x := range []struct {
		do   func()
		want Since
	}{
		{func() {}, Unchanged},
		{func() { write(file, `{"stages":["check","gaps"]}`) }, Replaced},
		{func() {
			if _, err := OpenFolder(dir, RunFolder); err != nil {
				t.Fatal(err)
			}
		}, Unfinished},
		{func() { write(file, `{"stages":["check","coverage"]}`) }, Unchanged}, // the same again
	} {
		x.do()
		got, err := f.Since()
		if err != nil || got != x.want {
			t.Errorf("%s, %v; want %s", got, err, x.want)
		}
		if err := f.Whole(); errors.Is(err, ErrMissing) != (x.want != Unchanged) {
			t.Errorf("%s: Whole gives %v", x.want, err)
		}
	}
}

// What a run was made from and what is there now: files by content, keys by value, and
// those of the plan only where one was made.
func TestFinishedChanges(t *testing.T) {
	dir := t.TempDir()
	for _, name := range []string{"same.csv", "longer.csv", "other.csv"} {
		put(t, dir, name)
	}
	_, sum, err := digest(filepath.Join(dir, "same.csv"))
	if err != nil {
		t.Fatal(err)
	}
	p := project.Default().In(dir)
	settings, err := p.Settings()
	if err != nil {
		t.Fatal(err)
	}
	s := &Summary{Settings: settings, Stages: []string{"check", "coverage", "gaps"}}
	for _, name := range []string{"same.csv", "longer.csv", "other.csv", "gone.csv"} {
		s.Inputs = append(s.Inputs, InputFile{"sites", name, 3, sum})
	}
	f := &Finished{Folder: dir, Summary: s}
	for name, text := range map[string]string{"longer.csv": "older", "other.csv": "new"} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	p.Criterion.TargetShare, p.Plan.Objective.Budget, p.Inputs.Sites.InCRS = 0.5, 1e6, "EPSG:9210"
	want := []Change{
		{File: "longer.csv"}, {File: "other.csv"}, {File: "gone.csv"},
		{project.FileName, "criterion.target_share", settings["criterion.target_share"], "0.5"},
		{project.FileName, "inputs.sites.in_crs", "", "EPSG:9210"},
	}
	got, err := f.Changes(p)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got)\n%s", diff)
	}
	s.Plan = &PlanSummary{}
	if got, err = f.Changes(p); err != nil || len(got) != len(want)+1 || got[len(want)].Key != "plan.objective.budget" || got[len(want)].Now != "1000000" {
		t.Errorf("with a plan: %v %v", got, err)
	}
	text := "longer.csv; other.csv; gone.csv; criterion.target_share of covgap.yaml: 0.5, was " + settings["criterion.target_share"] +
		"; inputs.sites.in_crs of covgap.yaml: EPSG:9210, was nothing; 1 more"
	if diff := cmp.Diff(text, ChangesText(lang.English, got)); diff != "" {
		t.Error(diff)
	}
	if err := f.Current(p, lang.English); !errors.Is(err, ErrMissing) {
		t.Errorf("Current: %v", err)
	}
}
