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

	"github.com/covgap/covgap/cmd/covgap/output"
	"github.com/covgap/covgap/cmd/covgap/run"
	"github.com/covgap/covgap/data"
	"github.com/google/go-cmp/cmp"
)

// The files that are written have the columns that cmd/covgap/output describes, all of
// them, in order; docs/formats.md names every file and every key of run.json.
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
	doc, err := os.ReadFile(filepath.FromSlash("../../docs/formats.md"))
	if err != nil {
		t.Fatal(err)
	}
	out := filepath.Join(dir, "out")
	folders := []string{out, filepath.Join(dir, "compared"), filepath.Join(dir, "evaluated")}
	for _, d := range output.Tables() {
		var want []string
		for _, c := range d.Columns {
			want = append(want, c.Name)
		}
		for _, file := range d.Files {
			for _, folder := range folders {
				path := filepath.Join(folder, file)
				if _, err := os.Stat(path); err != nil {
					continue
				}
				if diff := cmp.Diff(columnsOf(t, path), want); diff != "" {
					t.Errorf("%s (-written +described):\n%s", file, diff)
				}
			}
		}
	}

	var rejects strings.Builder
	if err := data.WriteRejects(&rejects, nil); err != nil {
		t.Fatal(err)
	}
	_, section, _ := strings.Cut(string(doc), "\n### rejects\n")
	section, _, _ = strings.Cut(section, "\n## ")
	var described []string
	for _, m := range regexp.MustCompile("(?m)^\\| `([a-z]+)` \\|").FindAllStringSubmatch(section, -1) {
		described = append(described, m[1])
	}
	if got := "\ufeff" + strings.Join(described, ",") + "\n"; got != rejects.String() { // as all CSV, with a byte order mark
		t.Errorf("%s: described %q, written %q", run.FileRejects, got, rejects.String())
	}

	summary, err := os.ReadFile(filepath.Join(out, run.FileRun))
	if err != nil {
		t.Fatal(err)
	}
	var keys map[string]json.RawMessage
	if err := json.Unmarshal(summary, &keys); err != nil {
		t.Fatal(err)
	}
	_, section, _ = strings.Cut(string(doc), "\n## run.json\n")
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
