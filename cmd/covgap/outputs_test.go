package main

import (
	"encoding/csv"
	"encoding/json"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/covgap/covgap/cmd/covgap/run"
	"github.com/covgap/covgap/data"
	"github.com/google/go-cmp/cmp"
)

// docs/outputs.md describes the columns that a run writes, all of them, in order.
func TestOutputsDescribed(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	if err := os.CopyFS(dir, os.DirFS("testdata/small")); err != nil {
		t.Fatal(err)
	}
	if err := writeSmallTerrain(filepath.Join(dir, "dem.tif"), groundM); err != nil {
		t.Fatal(err)
	}
	must(t, "run", "-p", dir, "-q")
	must(t, "compare", dir, dir, "-o", filepath.Join(dir, "compared"))
	must(t, "evaluate", "-p", dir, "-q", "--hide", "1", "--seeds", "1", "-o", filepath.Join(dir, "evaluated"))
	doc, err := os.ReadFile(filepath.FromSlash("../../docs/outputs.md"))
	if err != nil {
		t.Fatal(err)
	}
	described := map[string][]string{} // by heading
	row := regexp.MustCompile("^\\| `([a-z0-9_]+)` \\|.*\\|.*\\|.*\\|$")
	heading := ""
	for line := range strings.Lines(string(doc)) {
		line = strings.TrimSpace(line)
		if h, ok := strings.CutPrefix(line, "## "); ok {
			heading = h
		} else if m := row.FindStringSubmatch(line); m != nil {
			described[heading] = append(described[heading], m[1])
		}
	}
	for _, c := range []struct{ file, heading string }{
		{run.FileCoverage, run.FileCoverage},
		{run.FileVillages, run.FileVillages},
		{run.FileGaps, run.FileGaps},
		{run.FileCommunes, run.FileCommunes},
		{run.FilePlan, "plan.geojson and plan.csv"},
		{run.FilePlanCSV, "plan.geojson and plan.csv"},
		{run.FileFrontier, run.FileFrontier},
		{"../compared/" + run.FileCompareCSV, "compare.csv and compare.geojson"},
		{run.FileMeasure, run.FileMeasure},
		{"../evaluated/" + run.FileEvaluateCSV, run.FileEvaluateCSV},
		{"../compared/" + run.FileCompareGeoJSON, "compare.csv and compare.geojson"},
	} {
		if diff := cmp.Diff(columnsOf(t, filepath.Join(dir, "out", c.file)), described[c.heading]); diff != "" {
			t.Errorf("%s (-written +described):\n%s", c.file, diff)
		}
	}

	var rejects strings.Builder
	if err := data.WriteRejects(&rejects, nil); err != nil {
		t.Fatal(err)
	}
	if got := strings.Join(described[run.FileRejects], ",") + "\n"; got != rejects.String() {
		t.Errorf("%s: described %q, written %q", run.FileRejects, got, rejects.String())
	}

	summary, err := os.ReadFile(filepath.Join(dir, "out", run.FileRun))
	if err != nil {
		t.Fatal(err)
	}
	var keys map[string]json.RawMessage
	if err := json.Unmarshal(summary, &keys); err != nil {
		t.Fatal(err)
	}
	_, section, _ := strings.Cut(string(doc), "## run.json")
	for key := range keys {
		if !strings.Contains(section, "`"+key+"`") {
			t.Errorf("%s: %s is not described", run.FileRun, key)
		}
	}
	for name := range filesOf(t, keys) {
		if !strings.Contains(string(doc), name) {
			t.Errorf("%s is not described", name)
		}
	}
}

// filesOf gives the files that a run.json lists.
func filesOf(t *testing.T, summary map[string]json.RawMessage) map[string]string {
	t.Helper()
	files := map[string]string{}
	if err := json.Unmarshal(summary["files"], &files); err != nil {
		t.Fatal(err)
	}
	return files
}

// columnsOf gives the header of a table, or the properties of a GeoJSON file.
func columnsOf(t *testing.T, path string) []string {
	t.Helper()
	if filepath.Ext(path) == ".csv" {
		f, err := os.Open(path)
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { _ = f.Close() })
		head, err := csv.NewReader(f).Read()
		if err != nil {
			t.Fatal(err)
		}
		head[0] = strings.TrimPrefix(head[0], "\ufeff")
		return head
	}
	s, err := data.Open(t.Context(), path, data.Source{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = s.Close() })
	return slices.Clone(s.Columns)
}
