package run

import (
	"bufio"
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
)

// The files a run writes.
const (
	FileCoverage   = "coverage.geojson"
	FileVillages   = "villages.geojson"
	FileGaps       = "gaps.csv"
	FileCommunes   = "communes.csv"
	FilePlan       = "plan.geojson"
	FilePlanCSV    = "plan.csv"
	FilePlanYAML   = "plan.yaml"
	FileFrontier   = "frontier.csv"
	FileLeftOut    = "left_out.csv"
	FileCandidates = "candidates.csv"
	FilePicture    = "coverage.png"
	FileRejects    = "rejects.csv"
	FileRun        = "run.json"
	FileTimings    = "timings.json"
	FileMeasure    = "measurements.csv"
	FileGeoPackage = "covgap.gpkg"
	FileLevels     = "coverage.tif"
	FileClasses    = "coverage_class.tif"
	FileFullGrid   = "coverage.geojsonl" // on request
	FileWorkbook   = "plan.xlsx"
	FileEarth      = "plan.kmz"
	FileReport     = "report.html"
	tempExtension  = ".part"

	lastTempExtension = ".0.part" // of a folder's last file: its .part is a folderState
)

// The files of a comparison.
const (
	FileCompare        = "compare.json"
	FileCompareCSV     = "compare.csv"
	FileCompareGeoJSON = "compare.geojson"
)

// The files of an evaluation.
const (
	FileEvaluate    = "evaluate.json"
	FileEvaluateCSV = "evaluate.csv"
)

// The files of a calibration.
const (
	FileCalibration       = "calibration.yaml"
	FileCalibrationReport = "calibration.json"
	FileCalibrationRows   = "calibration.csv"
	FileCalibrationPNG    = "calibration.png"
	FileCalibrationSVG    = "calibration.svg"
)

// FolderKind is a kind of output folder: what it may hold, the file that comes last,
// and the one that users edit, "" for none.
type FolderKind struct {
	names  []string
	last   string
	edited string
}

// The kinds of output folder.
var (
	RunFolder = FolderKind{[]string{
		FileCoverage, FileVillages, FileGaps, FileCommunes, FilePlan, FilePlanCSV, FilePlanYAML, FileFrontier, FileLeftOut, FileCandidates,
		FilePicture, FileMeasure, FileGeoPackage, FileLevels, FileClasses, FileFullGrid, FileWorkbook, FileEarth, FileReport, FileRejects, FileRun, FileTimings,
	}, FileRun, FilePlanYAML}
	EvaluateFolder    = FolderKind{[]string{FileEvaluateCSV, FileEvaluate}, FileEvaluate, ""}
	CalibrationFolder = FolderKind{[]string{
		FileCalibration, FileCalibrationRows, FileCalibrationPNG, FileCalibrationSVG, FileRejects, FileCalibrationReport,
	}, FileCalibrationReport, ""}
	CompareFolder = FolderKind{[]string{FileCompareCSV, FileCompareGeoJSON, FileCompare}, FileCompare, ""}
)

// ExportFolder is a kind of folder with some names, of which last comes last.
func ExportFolder(names []string, last string) FolderKind {
	return FolderKind{append(slices.Clone(names), last), last, ""}
}

// Folder is an output folder. Files are renamed in as they finish; that of the
// kind's name (run.json) comes last, so that a folder without it is unfinished.
type Folder struct {
	dir   string
	kind  FolderKind
	kept  string // where the edited file was kept, "" when there was none
	was   string // its SHA-256 as an earlier run wrote it, "" when not known
	mu    sync.Mutex
	files map[string]string // name -> SHA-256, of what this run wrote; guarded by mu
}

// OpenFolder makes dir an output folder of a kind. It refuses one that is not empty
// and was none before, with ErrForeignOutput, and removes the last file and the
// leftovers of an interrupted run. A file that users edit and that is not as it was
// written is copied first, see [Folder.Kept]. Until the last file is written, its
// temporary file says whose folder it is, and what the file that users edit was.
func OpenFolder(dir string, kind FolderKind) (*Folder, error) {
	if err := CheckFolder(dir, kind); err != nil {
		return nil, err
	}
	err := os.MkdirAll(dir, 0o755)
	if err != nil {
		return nil, fmt.Errorf("run: output folder: %w", err)
	}
	f := &Folder{dir: dir, kind: kind, files: map[string]string{}}
	if f.was, err = f.keepEdited(); err != nil {
		return nil, fmt.Errorf("run: output folder: %w", err)
	}
	// At each moment there is one of the two that say whose folder it is.
	if err := f.begin(""); err != nil {
		return nil, fmt.Errorf("run: output folder: %w", err)
	}
	stale := []string{kind.last} // before all others: they are of its run
	entries, err := os.ReadDir(dir)
	if err != nil {
		return nil, fmt.Errorf("run: output folder: %w", err)
	}
	for _, e := range entries {
		if name, ok := unfinished(e.Name()); ok && e.Name() != kind.last+tempExtension && slices.Contains(kind.names, name) {
			stale = append(stale, e.Name())
		}
	}
	for _, name := range stale {
		if err := os.Remove(filepath.Join(dir, name)); err != nil && !errors.Is(err, os.ErrNotExist) {
			return nil, fmt.Errorf("run: output folder: %w", err)
		}
	}
	return f, nil
}

// unfinished gives the file that a temporary one was to become: plan.csv for plan.csv.part,
// and report.html for report.html.123.part, which may be one of several.
func unfinished(temp string) (name string, ok bool) {
	name, ok = strings.CutSuffix(temp, tempExtension)
	if ext := filepath.Ext(name); ok && len(ext) > 1 && strings.Trim(ext[1:], "0123456789") == "" {
		name = strings.TrimSuffix(name, ext)
	}
	return name, ok
}

// folderState is what the temporary file of a folder's last file holds until that is
// written: the part of run.json that the next run asks for, of the earlier run and of
// this one.
type folderState struct {
	Files map[string]string `json:"files"`
	Next  map[string]string `json:"next,omitempty"`
}

// begin writes it, with the digest of the file that users edit as it is to be written,
// "" when that is not known yet. It replaces one that is there as a whole.
func (f *Folder) begin(next string) error {
	state := folderState{Files: map[string]string{}, Next: map[string]string{}}
	if f.was != "" {
		state.Files[f.kind.edited] = f.was
	}
	if next != "" {
		state.Next[f.kind.edited] = next
	}
	content, err := json.Marshal(state)
	if err != nil {
		return err
	}
	path := filepath.Join(f.dir, f.kind.last)
	if err := os.WriteFile(path+lastTempExtension, content, 0o644); err != nil {
		return err
	}
	return os.Rename(path+lastTempExtension, path+tempExtension)
}

// keepEdited copies the file that users edit to a name of its own when it is not as it
// was last written. It gives the digest that it was written with, "" when not known.
func (f *Folder) keepEdited() (written string, err error) {
	if f.kind.edited == "" {
		return "", nil
	}
	var next string
	for _, name := range []string{f.kind.last, f.kind.last + tempExtension} {
		content, err := os.ReadFile(filepath.Join(f.dir, name))
		if err != nil && !errors.Is(err, os.ErrNotExist) {
			return "", err
		}
		var state folderState
		if json.Unmarshal(content, &state) == nil && state.Files[f.kind.edited]+state.Next[f.kind.edited] != "" { // what somebody else wrote says nothing
			written, next = state.Files[f.kind.edited], state.Next[f.kind.edited]
			break
		}
	}
	content, err := os.ReadFile(filepath.Join(f.dir, f.kind.edited))
	if errors.Is(err, os.ErrNotExist) {
		return written, nil
	}
	if err != nil {
		return "", err
	}
	sum := sha256.Sum256(content)
	if now := hex.EncodeToString(sum[:]); now == written || now == next {
		return now, nil
	}
	for n := 1; ; n++ {
		f.kept = editedName(f.kind.edited, n)
		path := filepath.Join(f.dir, f.kept)
		there, err := os.ReadFile(path)
		switch {
		case err == nil && bytes.Equal(there, content): // kept before
			return written, nil
		case err == nil:
			continue
		case !errors.Is(err, os.ErrNotExist):
			return "", err
		}
		if err := os.WriteFile(path+tempExtension, content, 0o644); err != nil {
			return "", err
		}
		return written, os.Rename(path+tempExtension, path)
	}
}

// editedName is the n-th name under which an edited file is kept: plan.edited.yaml, then
// plan.edited-2.yaml.
func editedName(name string, n int) string {
	ext := filepath.Ext(name)
	stem := strings.TrimSuffix(name, ext) + ".edited"
	if n > 1 {
		stem += fmt.Sprintf("-%d", n)
	}
	return stem + ext
}

// isEdited says whether a file of the folder is one that was kept so.
func (k *FolderKind) isEdited(name string) bool {
	ext := filepath.Ext(k.edited)
	rest, ok := strings.CutPrefix(name, strings.TrimSuffix(k.edited, ext)+".edited")
	if !ok || k.edited == "" {
		return false
	}
	n, numbered := strings.CutPrefix(strings.TrimSuffix(rest, ext), "-")
	return name == editedName(k.edited, 1) || numbered && n != "" && strings.Trim(n, "0123456789") == ""
}

// Kept is the name under which the file that users edit was kept when the folder was
// opened, since it was not as it was last written; "" when it was.
func (f *Folder) Kept() string { return f.kept }

// CheckFolder says whether dir may become an output folder of a kind, changing
// nothing.
func CheckFolder(dir string, kind FolderKind) error {
	entries, err := os.ReadDir(dir)
	if errors.Is(err, os.ErrNotExist) {
		return nil
	}
	if err != nil {
		return fmt.Errorf("run: output folder: %w", err)
	}
	ours := len(entries) == 0
	for _, e := range entries {
		name := e.Name()
		ours = ours || name == kind.last || name == kind.last+tempExtension
		if of, ok := unfinished(name); ok {
			name = of
		}
		if e.IsDir() || !slices.Contains(kind.names, name) && !kind.isEdited(name) {
			return fmt.Errorf("%w: %s holds %s, which is no result; choose an empty folder with -o", ErrForeignOutput, dir, e.Name())
		}
	}
	if !ours {
		return fmt.Errorf("%w: %s holds %s but no %s of an earlier run; choose an empty folder with -o", ErrForeignOutput, dir, entries[0].Name(), kind.last)
	}
	return nil
}

// Dir is the folder's path.
func (f *Folder) Dir() string { return f.dir }

// Digests gives the SHA-256 of the files written so far, by name.
func (f *Folder) Digests() map[string]string {
	f.mu.Lock()
	defer f.mu.Unlock()
	return maps.Clone(f.files)
}

// Write makes one file of the folder: it appears under its name only when write
// has succeeded. Files may be written at the same time.
func (f *Folder) Write(name string, write func(io.Writer) error) error {
	return f.make(name, func(temp string) (sum []byte, err error) {
		file, err := os.Create(temp)
		if err != nil {
			return nil, err
		}
		h := sha256.New()
		buf := bufio.NewWriterSize(io.MultiWriter(file, h), 1<<16)
		err = write(buf)
		if err == nil {
			err = buf.Flush()
		}
		if cerr := file.Close(); err == nil {
			err = cerr
		}
		return h.Sum(nil), err
	})
}

// Create is [Folder.Write] for a format that wants a path, at which there is no file.
func (f *Folder) Create(name string, create func(path string) error) error {
	return f.make(name, func(temp string) ([]byte, error) {
		if err := create(temp); err != nil {
			return nil, err
		}
		_, sum, err := digest(temp)
		if err != nil {
			return nil, err
		}
		return hex.DecodeString(sum)
	})
}

// make has a file written under a temporary name and renames it.
func (f *Folder) make(name string, write func(temp string) (sum []byte, err error)) error {
	path := filepath.Join(f.dir, name)
	temp := path + tempExtension
	if name == f.kind.last {
		temp = path + lastTempExtension
	}
	sum, err := write(temp)
	if err != nil {
		_ = os.Remove(temp) // the first error is the one to report
		return fmt.Errorf("run: write %s: %w", name, err)
	}
	digest := hex.EncodeToString(sum)
	if name == f.kind.edited { // before it is there: a run that is killed leaves no file that looks edited
		if err := f.begin(digest); err != nil {
			return fmt.Errorf("run: %w", err)
		}
	}
	if err := os.Rename(temp, path); err != nil {
		return fmt.Errorf("run: %w", err)
	}
	if name == f.kind.last {
		if err := os.Remove(path + tempExtension); err != nil {
			return fmt.Errorf("run: %w", err)
		}
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	f.files[name] = digest
	return nil
}

// Remove takes away a file that an earlier run left and this one does not have. It
// says whether there was one.
func (f *Folder) Remove(name string) (was bool, err error) {
	err = os.Remove(filepath.Join(f.dir, name))
	if errors.Is(err, os.ErrNotExist) {
		return false, nil
	}
	if err != nil {
		return false, fmt.Errorf("run: %w", err)
	}
	return true, nil
}
