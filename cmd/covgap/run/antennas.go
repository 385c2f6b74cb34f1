package run

import (
	"errors"
	"fmt"
	"io/fs"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/covgap/covgap/cmd/covgap/project"
	"github.com/covgap/covgap/coverage/antenna"
	"github.com/covgap/covgap/data"
	"github.com/covgap/covgap/geo"
)

// antennas reads the pattern files that sectors name, each once.
type antennas struct {
	project *project.Project
	folders []string // absolute, in the order in which they are looked in
	ignore  bool
	ignored int
	loaded  map[string]*antenna.MSI // by the name in the sites; nil for one that cannot be read
	paths   map[string]string       // of those read, absolute
	errs    []error                 // one for each name that cannot be read
}

func newAntennas(p *project.Project) *antennas {
	a := &antennas{project: p, ignore: p.Inputs.Antennas.Ignore, loaded: map[string]*antenna.MSI{}, paths: map[string]string{}}
	if folder := p.Inputs.Antennas.Folder; folder != "" {
		a.folders = []string{p.Path(folder)}
	} else {
		a.folders = []string{filepath.Dir(p.Path(p.Inputs.Sites.File)), p.Dir()}
		a.folders = slices.Compact(a.folders)
	}
	return a
}

// lookup is the Antenna of [data.Options].
func (a *antennas) lookup(name string, at geo.Position) (data.AntennaFile, bool) {
	if a.ignore {
		a.ignored++
		return data.AntennaFile{}, false
	}
	m, seen := a.loaded[name]
	if !seen {
		var err error
		if m, err = a.read(name, at); err != nil {
			a.errs = append(a.errs, err)
		}
		a.loaded[name] = m
	}
	if m == nil {
		return data.AntennaFile{}, false
	}
	return data.AntennaFile{
		GainDBi: m.PeakDBi(), BeamwidthHDeg: m.BeamwidthHDeg(), BeamwidthVDeg: m.BeamwidthVDeg(), TiltDeg: m.TiltDeg(), Omni: m.Omni(),
	}, true
}

// extensions are what a name in the sites may leave out.
var extensions = []string{"", ".msi", ".pln", ".MSI", ".PLN"}

// read finds a file by the name in the sites and reads it. A name leads nowhere but
// into the folders: a table of sites is data, not to be trusted with paths.
func (a *antennas) read(name string, at geo.Position) (*antenna.MSI, error) {
	local := filepath.FromSlash(strings.ReplaceAll(name, `\`, "/"))
	where := make([]string, len(a.folders))
	for i, folder := range a.folders {
		where[i] = a.project.Relative(folder)
	}
	wrong := func(found, expected, hint string) error {
		return &geo.InputError{Pos: at, Field: "antenna_file", Found: found, Expected: expected, Hint: hint, Err: antenna.ErrFile}
	}
	if !filepath.IsLocal(local) {
		return nil, wrong(fmt.Sprintf("%q", name), "a file in "+strings.Join(where, " or "), "put it there, or name its folder as inputs.antennas.folder in "+project.FileName)
	}
	for _, folder := range a.folders {
		for _, ext := range extensions {
			f, err := os.OpenInRoot(folder, local+ext)
			if errors.Is(err, fs.ErrNotExist) {
				continue
			}
			if err != nil {
				return nil, wrong(fmt.Sprintf("%q: %v", name, err), "", "")
			}
			path := filepath.Join(folder, local+ext)
			m, err := readMSI(f, a.project.Relative(path))
			if err != nil {
				return nil, err
			}
			a.paths[name] = path
			return m, nil
		}
	}
	hint := "put it there, name its folder as inputs.antennas.folder, or set inputs.antennas.ignore: true to go by beamwidth and gain"
	if near := geo.Nearest(name, a.files()); near != "" {
		hint = fmt.Sprintf("did you mean %s? Else %s", near, hint)
	}
	return nil, fmt.Errorf("%w: %w", ErrMissing, wrong(fmt.Sprintf("no file %q", name), "an antenna file in "+strings.Join(where, " or "), hint))
}

func readMSI(f *os.File, name string) (m *antenna.MSI, err error) {
	defer func() {
		if cerr := f.Close(); err == nil && cerr != nil {
			err = fmt.Errorf("run: %w", cerr)
		}
	}()
	if info, err := f.Stat(); err == nil && info.IsDir() {
		return nil, &geo.InputError{Pos: geo.Position{File: name}, Found: "a folder", Expected: "an antenna file", Err: antenna.ErrFile}
	}
	return antenna.ReadMSI(f, name)
}

// files lists what is in the folders, for a did-you-mean.
func (a *antennas) files() []string {
	var names []string
	for _, folder := range a.folders {
		entries, err := os.ReadDir(folder)
		if err != nil {
			continue // the error that follows names the folder
		}
		for _, e := range entries {
			names = append(names, e.Name())
		}
	}
	return names
}

// names gives the files read, in alphabetical order of their names in the sites.
func (a *antennas) names() []string {
	var names []string
	for name, m := range a.loaded {
		if m != nil {
			names = append(names, name)
		}
	}
	slices.Sort(names)
	return names
}

// bandShare is how far a sector's frequency may lie from the one at which its
// antenna was measured, as a share of it: broadband panels are sold for 1.7 to
// 2.7 GHz with a file for each part of it.
const bandShare = 0.2

// notices says what of the files was read in one of several ways.
func (a *antennas) notices(r *Run, sites []data.Site) []Notice {
	l := r.Options.Lang
	var out []Notice
	if a.ignored > 0 {
		out = append(out, Notice{
			Input: "antennas", Place: project.FileName, Rows: a.ignored,
			Text: l.T("antenna files are ignored as the project says: the pattern is that of beamwidth and gain", "bỏ qua tệp ăng-ten theo dự án: dùng mẫu theo độ rộng búp và độ lợi"),
		})
	}
	far := map[string]int{}
	for i := range sites {
		for k := range sites[i].Sectors {
			s := &sites[i].Sectors[k]
			if m := a.loaded[s.AntennaFile]; m != nil && m.FrequencyMHz > 0 && math.Abs(s.FrequencyMHz/m.FrequencyMHz-1) > bandShare {
				far[s.AntennaFile]++
			}
		}
	}
	for _, name := range a.names() {
		place := geo.Position{File: a.project.Relative(a.paths[name])}
		for _, w := range a.loaded[name].Warnings {
			place.Line = w.Line
			out = append(out, Notice{Input: "antennas", Text: w.Text, Place: place.String(), Rows: 1})
		}
		if n := far[name]; n > 0 {
			out = append(out, Notice{Input: "antennas", Place: place.File, Rows: n, Text: fmt.Sprintf(
				l.T("measured at %s MHz and used by sectors of another band", "đo ở %s MHz nhưng dùng cho sector băng tần khác"), l.Float(a.loaded[name].FrequencyMHz, 0))})
		}
	}
	return out
}

// patterns gives the antennas as a merge takes them.
func (a *antennas) patterns() map[string]antenna.Pattern {
	out := map[string]antenna.Pattern{}
	for name, m := range a.loaded {
		if m != nil {
			out[name] = &m.Cuts
		}
	}
	return out
}
