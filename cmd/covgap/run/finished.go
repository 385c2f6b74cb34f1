package run

import (
	"bytes"
	"cmp"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/covgap/covgap/cmd/covgap/lang"
	"github.com/covgap/covgap/cmd/covgap/project"
	"github.com/covgap/covgap/geo"
)

// Finished is the output folder of a finished run. A run takes run.json away before it
// changes anything else and writes it last, so that what is read while run.json stays the
// same is of one run, or of two with the same results.
type Finished struct {
	Folder  string
	Summary *Summary // run.json
	said    []byte   // its bytes
}

// OpenFinished opens the output folder of a run; dir may also be the project's folder
// with its results in out. The error wraps ErrMissing when there is no finished run, and
// ErrResults when run.json is not what a run writes.
func OpenFinished(dir string) (*Finished, error) {
	if !exists(filepath.Join(dir, FileRun)) && exists(filepath.Join(dir, "out", FileRun)) {
		dir = filepath.Join(dir, "out")
	}
	file := filepath.Join(dir, FileRun)
	said, err := os.ReadFile(file)
	if errors.Is(err, os.ErrNotExist) {
		if exists(file + tempExtension) {
			return nil, fmt.Errorf("%w: no finished run in %s: one is at work there (no %s yet), or was ended; \"covgap run\" goes on where it stopped", ErrMissing, dir, FileRun)
		}
		return nil, fmt.Errorf("%w: no finished run in %s (no %s); \"covgap run\" makes one", ErrMissing, dir, FileRun)
	}
	if err != nil {
		return nil, fmt.Errorf("run: %w", err)
	}
	f := &Finished{Folder: dir, Summary: &Summary{}, said: said}
	if err := json.Unmarshal(said, f.Summary); err != nil {
		return nil, &geo.InputError{Pos: geo.Position{File: file}, Found: err.Error(), Expected: "what a run of covgap wrote", Err: ErrResults}
	}
	return f, nil
}

// Since is what became of results since they were opened.
type Since string

// What may become of them.
const (
	Unchanged  Since = "unchanged"  // or written again, the same
	Unfinished Since = "unfinished" // a run is at work in the folder, or was ended
	Replaced   Since = "replaced"   // by those of another run
)

// Since says what became of the results since they were opened.
func (f *Finished) Since() (Since, error) {
	now, err := os.ReadFile(filepath.Join(f.Folder, FileRun))
	switch {
	case errors.Is(err, os.ErrNotExist):
		return Unfinished, nil
	case err != nil:
		return "", fmt.Errorf("run: %w", err)
	case bytes.Equal(now, f.said):
		return Unchanged, nil
	}
	return Replaced, nil
}

// Whole says that all that was read of the results so far is of one run. The error wraps
// ErrMissing when another has begun or finished since.
func (f *Finished) Whole() error {
	since, err := f.Since()
	if err == nil && since != Unchanged {
		err = fmt.Errorf("%w: a run changed the results in %s while they were read; repeat it when the run has finished", ErrMissing, f.Folder)
	}
	return err
}

// JSON gives run.json as it was read.
func (f *Finished) JSON() []byte { return f.said }

// Digest is the SHA-256 of run.json, in hexadecimal.
func (f *Finished) Digest() string {
	sum := sha256.Sum256(f.said)
	return hex.EncodeToString(sum[:])
}

// Change is something that a run was made from and that is otherwise now: a file of the
// inputs, or a key of covgap.yaml with its values, "" where it is not there.
type Change struct {
	File     string
	Key      string // "" where the file is no longer what it was
	Was, Now string
}

// Changes says what of the inputs and of the project file is otherwise than when the run
// was made. Files that the project has besides are not looked for.
func (f *Finished) Changes(p *project.Project) ([]Change, error) {
	var out []Change
	for _, in := range f.Summary.Inputs {
		path := p.Path(in.File)
		if info, err := os.Stat(path); err == nil && info.Size() == in.Bytes {
			sum, err := Digest(path)
			if err != nil {
				return nil, fmt.Errorf("run: %w", err)
			}
			if sum == in.SHA256 {
				continue
			}
		}
		out = append(out, Change{File: in.File})
	}
	was := f.Summary.Settings
	if was == nil { // of an earlier covgap
		return out, nil
	}
	now, err := p.Settings()
	if err != nil {
		return nil, err
	}
	keys := maps.Clone(was)
	maps.Copy(keys, now)
	for _, key := range slices.Sorted(maps.Keys(keys)) {
		if strings.HasPrefix(key, "plan.") && f.Summary.Plan == nil {
			continue
		}
		if was[key] != now[key] {
			out = append(out, Change{project.FileName, key, was[key], now[key]})
		}
	}
	return out, nil
}

// namedChanges is how many changes a message names.
const namedChanges = 5

// ChangesText words changes.
func ChangesText(l lang.Lang, changes []Change) string {
	nothing := l.T("nothing", "không có")
	var texts []string
	for _, c := range changes {
		if len(texts) == namedChanges {
			texts = append(texts, fmt.Sprintf(l.T("%d more", "%d thay đổi khác"), len(changes)-namedChanges))
			break
		}
		if c.Key == "" {
			texts = append(texts, c.File)
			continue
		}
		texts = append(texts, fmt.Sprintf(l.T("%s of %s: %s, was %s", "%s trong %s: %s, trước là %s"), c.Key, c.File, cmp.Or(c.Now, nothing), cmp.Or(c.Was, nothing)))
	}
	return strings.Join(texts, "; ")
}

// Command is the command that makes results as far as these go.
func (f *Finished) Command() string {
	if f.Summary.Plan != nil {
		return "covgap run"
	}
	return "covgap " + f.Summary.Stages[len(f.Summary.Stages)-1]
}

// Current refuses results that are not those of the project as it is now. The error wraps
// ErrMissing, and names what changed.
func (f *Finished) Current(p *project.Project, l lang.Lang) error {
	changes, err := f.Changes(p)
	if err != nil || len(changes) == 0 {
		return err
	}
	return f.stale(l, ChangesText(l, changes))
}

// Matches is [Finished.Current] for a run whose inputs were read and that gives now: it
// also refuses results when there are more files, or when the same give other gaps.
func (f *Finished) Matches(now *Summary, l lang.Lang) error {
	for _, in := range now.Inputs {
		if !slices.Contains(f.Summary.Inputs, in) {
			return f.stale(l, in.File)
		}
	}
	if slices.Contains(now.Stages, "gaps") && now.Counts.Gaps != f.Summary.Counts.Gaps {
		return f.stale(l, fmt.Sprintf(l.T("covgap itself, by which there are %d gaps, and were %d", "chương trình covgap: nay có %d vùng lõm, trước là %d"), now.Counts.Gaps, f.Summary.Counts.Gaps))
	}
	return nil
}

func (f *Finished) stale(l lang.Lang, changed string) error {
	return fmt.Errorf(l.T("%w: the results in %s were made before this changed: %s; \"%s\" makes new ones", "%w: kết quả trong %s có trước khi thay đổi: %s; hãy chạy lại \"%s\""),
		ErrMissing, f.Folder, changed, f.Command())
}
