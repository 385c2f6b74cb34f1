package run

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"io"
	"os"
	"path/filepath"
	"slices"
	"testing"
)

// names lists a folder.
func names(t *testing.T, dir string) (out []string) {
	t.Helper()
	entries, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range entries {
		out = append(out, e.Name())
	}
	return out
}

func put(t *testing.T, dir string, files ...string) {
	t.Helper()
	for _, name := range files {
		if err := os.WriteFile(filepath.Join(dir, name), []byte("old"), 0o600); err != nil {
			t.Fatal(err)
		}
	}
}

func TestOpenFolder(t *testing.T) {
	for _, c := range []struct {
		name    string
		holds   []string
		want    []string
		foreign bool
	}{
		{name: "empty", want: []string{FileRun + tempExtension}},
		{
			name:  "of an earlier run",
			holds: []string{FileRun, FileCoverage, FileGaps, FileTimings},
			want:  []string{FileCoverage, FileGaps, FileTimings, FileRun + tempExtension},
		},
		{
			name:  "of a run that was interrupted",
			holds: []string{FileCoverage, FileGaps + tempExtension, FileRun + tempExtension},
			want:  []string{FileCoverage, FileRun + tempExtension},
		},
		{
			name:  "of a run and a report that were interrupted",
			holds: []string{FileRun + lastTempExtension, FileRun + tempExtension, FileReport + ".123.part"},
			want:  []string{FileRun + tempExtension},
		},
		{name: "with a file of somebody else", holds: []string{FileRun, "thesis.docx"}, want: []string{FileRun, "thesis.docx"}, foreign: true},
		{name: "with somebody else's plan", holds: []string{FilePlanCSV}, want: []string{FilePlanCSV}, foreign: true},
		{name: "with a half of somebody else's", holds: []string{"film.part"}, want: []string{"film.part"}, foreign: true},
		{name: "with a hidden file", holds: []string{".git"}, want: []string{".git"}, foreign: true},
	} {
		dir := t.TempDir()
		put(t, dir, c.holds...)
		if err := CheckFolder(dir, RunFolder); errors.Is(err, ErrForeignOutput) != c.foreign {
			t.Errorf("%s: CheckFolder gives %v", c.name, err)
		}
		if got := names(t, dir); len(got) != len(c.holds) {
			t.Errorf("%s: CheckFolder left %v of %v", c.name, got, c.holds)
		}
		if _, err := OpenFolder(dir, RunFolder); errors.Is(err, ErrForeignOutput) != c.foreign || !c.foreign && err != nil {
			t.Errorf("%s: OpenFolder gives %v", c.name, err)
		}
		slices.Sort(c.want)
		if got := names(t, dir); !slices.Equal(got, c.want) {
			t.Errorf("%s: OpenFolder leaves %v, want %v", c.name, got, c.want)
		}
	}

	// A folder named as an output is somebody's, and what is not there can be made.
	dir := t.TempDir()
	if err := os.Mkdir(filepath.Join(dir, FileRun), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := CheckFolder(dir, RunFolder); !errors.Is(err, ErrForeignOutput) {
		t.Errorf("a folder named run.json: %v", err)
	}
	deep := filepath.Join(t.TempDir(), "a", "b")
	if err := CheckFolder(deep, RunFolder); err != nil {
		t.Error(err)
	}
	if f, err := OpenFolder(deep, RunFolder); err != nil || f.Dir() != deep {
		t.Errorf("OpenFolder of a new folder: %v", err)
	}
}

func TestFolderWrite(t *testing.T) {
	dir := t.TempDir()
	put(t, dir, FileGaps, FileRun)
	f, err := OpenFolder(dir, RunFolder)
	if err != nil {
		t.Fatal(err)
	}

	// Until a file is whole the earlier one stands.
	failure := errors.New("disk full")
	err = f.Write(FileGaps, func(w io.Writer) error {
		if _, err := io.WriteString(w, "half"); err != nil {
			return err
		}
		if b, err := os.ReadFile(filepath.Join(dir, FileGaps)); err != nil || string(b) != "old" {
			t.Errorf("while writing the file holds %q, %v", b, err)
		}
		return failure
	})
	if !errors.Is(err, failure) {
		t.Errorf("error %v, want the writer's", err)
	}
	if got := names(t, dir); !slices.Equal(got, []string{FileGaps, FileRun + tempExtension}) || len(f.files) != 0 {
		t.Errorf("a failed write leaves %v and notes %v", got, f.files)
	}

	const content = "rank,village_id\n"
	if err := f.Write(FileGaps, func(w io.Writer) error { _, err := io.WriteString(w, content); return err }); err != nil {
		t.Fatal(err)
	}
	b, err := os.ReadFile(filepath.Join(dir, FileGaps))
	if err != nil || string(b) != content {
		t.Errorf("the file holds %q, %v", b, err)
	}
	sum := sha256.Sum256([]byte(content))
	if f.files[FileGaps] != hex.EncodeToString(sum[:]) {
		t.Errorf("digest %s", f.files[FileGaps])
	}
	for _, there := range []bool{true, false} { // removing what is not there is no error
		if was, err := f.Remove(FileGaps); err != nil || was != there {
			t.Errorf("removed %v, %v; want %v", was, err, there)
		}
	}
	if got := names(t, dir); !slices.Equal(got, []string{FileRun + tempExtension}) {
		t.Errorf("left %v", got)
	}
}

// A plan that was edited is kept beside the one that takes its place, once for each
// content; one that is as it was written is not.
func TestEditedPlanIsKept(t *testing.T) {
	dir := t.TempDir()
	open := func(want string) *Folder {
		t.Helper()
		f, err := OpenFolder(dir, RunFolder)
		if err != nil {
			t.Fatal(err)
		}
		if f.Kept() != want {
			t.Errorf("kept as %q, want %q", f.Kept(), want)
		}
		return f
	}
	write := func(f *Folder, name, content string) {
		t.Helper()
		if err := f.Write(name, func(w io.Writer) error { _, err := io.WriteString(w, content); return err }); err != nil {
			t.Fatal(err)
		}
	}
	finish := func(f *Folder) {
		t.Helper()
		if err := f.Write(FileRun, func(w io.Writer) error { return WriteJSON(w, Summary{Files: f.Digests()}) }); err != nil {
			t.Fatal(err)
		}
	}
	edit := func(content string) {
		t.Helper()
		if err := os.WriteFile(filepath.Join(dir, FilePlanYAML), []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	holds := func(name, content string) {
		t.Helper()
		if b, err := os.ReadFile(filepath.Join(dir, name)); err != nil || string(b) != content {
			t.Errorf("%s holds %q, %v; want %q", name, b, err, content)
		}
	}

	f := open("")
	write(f, FilePlanYAML, "first")
	finish(f)
	open("")     // as it was written
	f = open("") // and also after that was interrupted
	write(f, FilePlanYAML, "second")
	f = open("") // interrupted once the plan was there
	write(f, FilePlanYAML, "third")
	finish(f)
	edit("mine")
	open("plan.edited.yaml")
	holds("plan.edited.yaml", "mine")
	holds(FilePlanYAML, "mine")      // for "covgap plan --from"
	f = open("plan.edited.yaml")     // kept before
	write(f, FilePlanYAML, "fourth") // in its place
	finish(f)
	edit("mine again")
	f = open("plan.edited-2.yaml")
	holds("plan.edited.yaml", "mine")
	holds("plan.edited-2.yaml", "mine again")
	if _, err := f.Remove(FilePlanYAML); err != nil {
		t.Fatal(err)
	}
	finish(f)
	open("") // no plan, and what was kept is not foreign
	put(t, dir, "plan.edited-mine.yaml")
	if err := CheckFolder(dir, RunFolder); !errors.Is(err, ErrForeignOutput) {
		t.Errorf("a file of somebody's own beside what was kept: %v", err)
	}
}

// Wherever a run is killed, the folder is known as covgap's, and a plan.yaml that nobody
// edited is not taken for an edited one.
func TestFolderKilled(t *testing.T) {
	write := func(text string) func(io.Writer) error {
		return func(w io.Writer) error { _, err := io.WriteString(w, text); return err }
	}
	dir := t.TempDir()
	for n, plan := range []string{"first", "second", "third"} {
		f, err := OpenFolder(dir, RunFolder)
		if err != nil {
			t.Fatal(err)
		}
		if f.Kept() != "" {
			t.Fatalf("run %d: %s was kept, which nobody edited", n, f.Kept())
		}
		// As a kill before the file takes its name leaves the folder.
		if err := f.begin("of a plan that was never there"); err != nil {
			t.Fatal(err)
		}
		if f, err = OpenFolder(dir, RunFolder); err != nil || f.Kept() != "" {
			t.Fatalf("run %d: %v, kept %q", n, err, f.Kept())
		}
		if err := f.Write(FilePlanYAML, write(plan)); err != nil {
			t.Fatal(err)
		}
		if n == 0 {
			continue // killed before run.json
		}
		if err := f.Write(FileRun, func(w io.Writer) error { return WriteJSON(w, folderState{Files: f.Digests()}) }); err != nil {
			t.Fatal(err)
		}
		if got, want := names(t, dir), []string{FilePlanYAML, FileRun}; !slices.Equal(got, want) {
			t.Errorf("run %d leaves %v, want %v", n, got, want)
		}
	}
	put(t, dir, FilePlanYAML)
	f, err := OpenFolder(dir, RunFolder)
	if err != nil || f.Kept() == "" {
		t.Errorf("an edited file was not kept: %v", err)
	}
}
