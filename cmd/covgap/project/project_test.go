package project_test

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/covgap/covgap/cmd/covgap/project"
	"github.com/covgap/covgap/coverage/linkbudget"
	"github.com/covgap/covgap/data"
	"github.com/covgap/covgap/geo"
	"github.com/covgap/covgap/geo/terrain"
	"github.com/covgap/covgap/planner"
	"github.com/covgap/covgap/planner/backhaul"
	"github.com/covgap/covgap/planner/power"
	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
)

// whole is a project in which no key has its default.
func whole() *project.Project {
	p := project.Default()
	p.Name, p.Lang, p.Synthetic = "Cao Bằng", "vi", true
	p.Inputs.Sites = project.Table{
		File: "bts.csv", InCRS: "EPSG:9210", SwapXY: true, JoinM: 30, BlankAzimuth: data.Envelope,
		Mapping: data.Mapping{
			Columns:   map[string]string{"power_dbm.LTE": "max_power_lte"},
			Values:    map[string]map[string]string{"max_power_lte": {"Klein": "34"}},
			Where:     map[string]data.OneOf{"in_aoi": {"1"}},
			Constants: map[string]string{"operator": "Viettel"},
		},
	}
	p.Inputs.Villages = project.Table{File: "../hamlets.geojson", RadiusM: 700}
	p.Inputs.Areas = project.Table{File: "communes.geojson"}
	p.Inputs.Terrain = project.Terrain{Files: []string{"srtm", "extra.tif"}, Surface: terrain.DTM, AllowMissing: true}
	p.Coverage = project.Coverage{Model: "p526", Resolution: 9, RadiusKm: 12.5, Downlink: linkbudget.Downlink{Load: 0.8, NoiseFigureDB: 7, TDDShare: 0.6}}
	p.Plan.Objective = planner.Objective{Goal: planner.Count, Count: 7}
	p.Plan.Targets = "both"
	p.Plan.Candidates = project.Candidates{Resolution: 9, RadiusKm: 6}
	return p
}

// least is a project with nothing but inputs.
func least() *project.Project {
	p := project.Default()
	p.Inputs.Sites.File, p.Inputs.Villages.File, p.Inputs.Areas.File = "s.csv", "v.geojson", "a.geojson"
	p.Inputs.Terrain.Files = []string{"t.tif"}
	return p
}

// A file that Create wrote reads back as the project it was made of, comments and
// all.
func TestRoundTrip(t *testing.T) {
	for name, p := range map[string]*project.Project{"whole": whole(), "least": least()} {
		dir := filepath.Join(t.TempDir(), "new", "folder")
		if err := p.Create(dir, "first line", "second line"); err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		got, err := project.Load(dir)
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		if diff := cmp.Diff(p, got, cmpopts.IgnoreUnexported(project.Project{}), cmpopts.EquateEmpty()); diff != "" {
			t.Errorf("%s (-written +read):\n%s", name, diff)
		}
		if got.Dir() != dir {
			t.Errorf("%s: folder %s, want %s", name, got.Dir(), dir)
		}
		content, err := os.ReadFile(filepath.Join(dir, project.FileName))
		if err != nil {
			t.Fatal(err)
		}
		for _, want := range []string{"# first line\n# second line\n", "# what counts as served", "# every price with its source", "# path loss: "} {
			if !strings.Contains(string(content), want) {
				t.Errorf("%s: the file does not hold %q", name, want)
			}
		}
		if err := p.Create(dir); !errors.Is(err, project.ErrExists) {
			t.Errorf("%s: error %v, want ErrExists", name, err)
		}
		if err := p.Save(dir); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// What a file leaves out keeps its default.
func TestLoadKeepsDefaults(t *testing.T) {
	dir := t.TempDir()
	content := "version: 1\ninputs:\n  sites: {file: s.csv}\n  villages: {file: v.geojson}\n  areas: {file: a.geojson}\n  terrain: {files: [t.tif]}\n"
	if err := os.WriteFile(filepath.Join(dir, project.FileName), []byte(content), 0o600); err != nil {
		t.Fatal(err)
	}
	got, err := project.Load(dir)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(least(), got, cmpopts.IgnoreUnexported(project.Project{}), cmpopts.EquateEmpty()); diff != "" {
		t.Errorf("(-default +read):\n%s", diff)
	}
}

// A project may name one template, as those of before there were lists do.
func TestOneTemplate(t *testing.T) {
	dir := t.TempDir()
	content := "version: 1\ninputs:\n  sites: {file: s.csv}\n  villages: {file: v.geojson}\n  areas: {file: a.geojson}\n  terrain: {files: [t.tif]}\nplan:\n  template: {name: tall, structure_height_m: 50, electrical_tilt_deg: 4}\n"
	if err := os.WriteFile(filepath.Join(dir, project.FileName), []byte(content), 0o600); err != nil {
		t.Fatal(err)
	}
	got, err := project.Load(dir)
	if err != nil {
		t.Fatal(err)
	}
	want := least()
	one := &want.Plan.Templates[0]
	one.Name, one.StructureHeightM, one.ElectricalTiltDeg, one.ElectricalTiltsDeg = "tall", 50, 4, nil // a stated tilt is kept
	if diff := cmp.Diff(want, got, cmpopts.IgnoreUnexported(project.Project{}), cmpopts.EquateEmpty()); diff != "" {
		t.Errorf("(-want +read):\n%s", diff)
	}
}

func TestValidate(t *testing.T) {
	for _, p := range []*project.Project{whole(), least()} {
		if err := p.Validate(); err != nil {
			t.Fatal(err)
		}
	}
	for _, c := range []struct {
		field string
		spoil func(p *project.Project)
	}{
		{"coverage.downlink.load", func(p *project.Project) { p.Coverage.Downlink.Load = 1.1 }},
		{"version", func(p *project.Project) { p.Version = 0 }},
		{"lang", func(p *project.Project) { p.Lang = "fr" }},
		{"inputs.sites.file", func(p *project.Project) { p.Inputs.Sites.File = "" }},
		{"inputs.villages.file", func(p *project.Project) { p.Inputs.Villages.File = "" }},
		{"inputs.areas.file", func(p *project.Project) { p.Inputs.Areas.File = "" }},
		{"inputs.areas.in_crs", func(p *project.Project) { p.Inputs.Areas.InCRS = "EPSG:0" }},
		{"inputs.sites.mapping", func(p *project.Project) {
			p.Inputs.Sites.Mapping.Columns = map[string]string{"power": "x"}
		}},
		{"inputs.sites.blank_azimuth", func(p *project.Project) { p.Inputs.Sites.BlankAzimuth = "four" }},
		{"inputs.terrain.files", func(p *project.Project) { p.Inputs.Terrain.Files = nil }},
		{"inputs.terrain.surface", func(p *project.Project) { p.Inputs.Terrain.Surface = "dem" }},
		{"inputs.villages.radius_m", func(p *project.Project) { p.Inputs.Villages.RadiusM = -1 }},
		{"inputs.areas.radius_m", func(p *project.Project) { p.Inputs.Areas.RadiusM = 300 }},
		{"inputs.villages.join_m", func(p *project.Project) { p.Inputs.Villages.JoinM = 10 }},
		{"inputs.villages.blank_azimuth", func(p *project.Project) { p.Inputs.Villages.BlankAzimuth = data.Omni }},
		{"plan.candidates.points.in_crs", func(p *project.Project) {
			p.Plan.Candidates.Points = project.Table{File: "p.csv", InCRS: "EPSG:0"}
		}},
		{"coverage.model", func(p *project.Project) { p.Coverage.Model = "p1821" }},
		{"coverage.resolution", func(p *project.Project) { p.Coverage.Resolution = 13 }},
		{"coverage.radius_km", func(p *project.Project) { p.Coverage.RadiusKm = 0 }},
		{"plan.candidates.resolution", func(p *project.Project) { p.Plan.Candidates.Resolution = 4 }},
		{"plan.candidates.radius_km", func(p *project.Project) { p.Plan.Candidates.RadiusKm = 101 }},
		{"plan.targets", func(p *project.Project) { p.Plan.Targets = "all" }},
		{"plan.objective.", func(p *project.Project) { p.Plan.Objective.Goal = "cheapest" }},
		{"plan.templates[0].", func(p *project.Project) { p.Plan.Templates[0].AntennaHeightM = -1 }},
		{"plan.templates[1].name", func(p *project.Project) { p.Plan.Templates = append(p.Plan.Templates, p.Plan.Templates[0]) }},
		{"plan.template", func(p *project.Project) { p.Plan.Template = &p.Plan.Templates[0] }},
		{"plan.costs.", func(p *project.Project) { p.Plan.Costs.Currency = "" }},
		{"plan.access.", func(p *project.Project) { p.Plan.Access.Detour = 0 }},
		{"plan.power.", func(p *project.Project) { p.Plan.Power.Sunshine = nil }},
		{"plan.backhaul.", func(p *project.Project) { p.Plan.Backhaul.Clearance = "" }},
		{"plan.remote.", func(p *project.Project) { p.Plan.Remote.MaxFibreKm = 25 }},
		{"plan.repeater.", func(p *project.Project) { p.Plan.Repeater.MaxGainDB = -1 }},
		{"inputs.roads.file", func(p *project.Project) { p.Inputs.Roads.SwapXY = true }},
		{"inputs.power_lines.in_crs", func(p *project.Project) { p.Inputs.PowerLines = project.Table{File: "p.geojson", InCRS: "EPSG:0"} }},
		{"inputs.fibre.mapping", func(p *project.Project) {
			p.Inputs.Fibre.File, p.Inputs.Fibre.Mapping.Columns = "f.geojson", map[string]string{"power": "x"}
		}},
		{"criterion.", func(p *project.Project) { p.Criterion.TargetShare = 2 }},
	} {
		p := least()
		c.spoil(p)
		var in *geo.InputError
		err := p.Validate()
		if !errors.As(err, &in) {
			t.Errorf("%s: error %v", c.field, err)
			continue
		}
		field := in.Field
		if strings.HasSuffix(c.field, ".") { // any field below
			field = field[:min(len(field), len(c.field))]
		}
		if field != c.field {
			t.Errorf("%s: the error is about %s: %v", c.field, in.Field, err)
		}
	}
}

// What a file says of power and backhaul stands over the defaults, lists whole.
func TestSettingsOverDefaults(t *testing.T) {
	dir := t.TempDir()
	var b strings.Builder
	if err := least().Write(&b); err != nil {
		t.Fatal(err)
	}
	head, _, _ := strings.Cut(b.String(), "\nplan:")
	content := head + "\nplan:\n  power:\n    kinds: [solar]\n    autonomy_days: 5\n  backhaul:\n    rain_001_mm_h: 80\n    classes:\n      - {name: QPSK, mbps: 50, threshold_dbm: -85}\n"
	if err := os.WriteFile(filepath.Join(dir, project.FileName), []byte(content), 0o644); err != nil {
		t.Fatal(err)
	}
	p, err := project.Load(dir)
	if err != nil {
		t.Fatal(err)
	}
	want := project.Default().Plan
	want.Power.Kinds, want.Power.AutonomyDays = []power.Kind{power.Solar}, 5
	want.Backhaul.RainMMh, want.Backhaul.Classes = 80, []backhaul.Class{{Name: "QPSK", Mbps: 50, ThresholdDBm: -85}}
	if diff := cmp.Diff(want.Power, p.Plan.Power); diff != "" {
		t.Errorf("power: -want +got:\n%s", diff)
	}
	if diff := cmp.Diff(want.Backhaul, p.Plan.Backhaul); diff != "" {
		t.Errorf("backhaul: -want +got:\n%s", diff)
	}
	if diff := cmp.Diff(want.Costs, p.Plan.Costs); diff != "" {
		t.Errorf("costs: -want +got:\n%s", diff)
	}
}

// A path in a project file is relative to its folder, and in outputs again.
func TestPaths(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "p")
	p := least().In(dir)
	for _, c := range []struct{ name, path, relative string }{
		{"s.csv", filepath.Join(dir, "s.csv"), "s.csv"},
		{"in/s.csv", filepath.Join(dir, "in", "s.csv"), "in/s.csv"},
		{"../s.csv", filepath.Join(filepath.Dir(dir), "s.csv"), "../s.csv"},
		{filepath.Join(dir, "s.csv"), filepath.Join(dir, "s.csv"), "s.csv"},
	} {
		if got := p.Path(c.name); got != c.path {
			t.Errorf("Path(%q) is %s, want %s", c.name, got, c.path)
		}
		if got := p.Relative(c.path); got != c.relative {
			t.Errorf("Relative(%q) is %s, want %s", c.path, got, c.relative)
		}
	}
}

func TestLock(t *testing.T) {
	p := least().In(t.TempDir())
	unlock, err := p.Lock("gaps")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := p.Lock("run"); !errors.Is(err, project.ErrLocked) || !strings.Contains(err.Error(), "covgap gaps in "+p.Dir()+"; wait for it") {
		t.Errorf("error %v, want ErrLocked that says by whom and what to do", err)
	}
	if err := unlock(); err != nil {
		t.Fatal(err)
	}
	unlock, err = p.Lock("run")
	if err != nil {
		t.Fatal(err)
	}
	if err := unlock(); err != nil {
		t.Fatal(err)
	}
}

// lockEnv names the folder of a project that the test binary locks, in place of the
// tests, until it is killed.
const lockEnv = "COVGAP_PROJECT_TEST_LOCK"

func TestMain(m *testing.M) {
	dir := os.Getenv(lockEnv)
	if dir == "" {
		os.Exit(m.Run())
	}
	if _, err := least().In(dir).Lock("plan"); err != nil {
		fmt.Println(err)
		os.Exit(1)
	}
	fmt.Println("locked")
	_, _ = io.Copy(io.Discard, os.Stdin)
}

// A lock is between processes, and ends with the one that holds it, however that ends.
func TestLockOfAnotherProcess(t *testing.T) {
	p := least().In(t.TempDir())
	exe, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	holder := exec.CommandContext(t.Context(), exe)
	holder.Env = append(os.Environ(), lockEnv+"="+p.Dir())
	in, err := holder.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = in.Close() }() // it ends the process where the test did not
	out, err := holder.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := holder.Start(); err != nil {
		t.Fatal(err)
	}
	if said, err := bufio.NewReader(out).ReadString('\n'); err != nil || said != "locked\n" {
		t.Fatalf("the other process says %q, %v", said, err)
	}
	if _, err := p.Lock("run"); !errors.Is(err, project.ErrLocked) || !strings.Contains(err.Error(), "covgap plan in "+p.Dir()) {
		t.Errorf("error %v, want ErrLocked that says by whom", err)
	}
	if err := holder.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	_ = holder.Wait() // killed
	unlock, err := p.Lock("run")
	if err != nil {
		t.Fatal(err)
	}
	if err := unlock(); err != nil {
		t.Fatal(err)
	}
}

func TestFind(t *testing.T) {
	root, err := filepath.EvalSymlinks(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	for _, dir := range []string{"outer/inner/deep", "alone/covgap-demo", "empty"} {
		if err := os.MkdirAll(filepath.Join(root, filepath.FromSlash(dir)), 0o755); err != nil {
			t.Fatal(err)
		}
	}
	for _, dir := range []string{"outer", "alone/covgap-demo"} {
		if err := least().Save(filepath.Join(root, filepath.FromSlash(dir))); err != nil {
			t.Fatal(err)
		}
	}
	for _, c := range []struct{ cwd, path, want string }{
		{"outer", "", "outer"},
		{"outer/inner/deep", "", "outer"},
		{"alone", "", "alone/covgap-demo"},
		{"empty", "../outer", "outer"},
		{"empty", "../outer/covgap.yaml", "outer"},
		{"empty", "", ""},
		{"outer", "inner", ""}, // a folder that is named is not searched further
	} {
		t.Chdir(filepath.Join(root, filepath.FromSlash(c.cwd)))
		got, err := project.Find(c.path)
		if c.want == "" {
			if !errors.Is(err, project.ErrNotFound) {
				t.Errorf("in %s, %q: %s, error %v, want ErrNotFound", c.cwd, c.path, got, err)
			}
			continue
		}
		if want := filepath.Join(root, filepath.FromSlash(c.want)); err != nil || got != want {
			t.Errorf("in %s, %q: %s, error %v, want %s", c.cwd, c.path, got, err, want)
		}
	}
}

// Whatever a project file holds, Load gives a valid project or an error about the
// file that names it.
func FuzzLoad(f *testing.F) {
	f.Add("version: 1\n")
	f.Add("version: 1\ninputs:\n  sites: {file: s.csv}\n  villages: {file: v.geojson}\n  areas: {file: a.geojson}\n  terrain: {files: [t.tif]}\n")
	f.Add("version: one\n")
	f.Add("radius: [1\n")
	f.Add("criterion: {thresholds: {LTE: {served_dbm: .nan}}}\n")
	f.Add("inputs: {sites: {mapping: {where: {a: [1, 2]}}}}\n")
	f.Add("&a [*a]\n")
	f.Add("\ufeffversion: 1\n")
	f.Fuzz(func(t *testing.T, content string) {
		dir := t.TempDir()
		if err := os.WriteFile(filepath.Join(dir, project.FileName), []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
		p, err := project.Load(dir)
		if err == nil {
			err = p.Validate()
			if err != nil {
				t.Fatalf("Load gave an invalid project: %v", err)
			}
			return
		}
		var in *geo.InputError
		if !errors.As(err, &in) || !errors.Is(err, project.ErrProject) && in.Err == nil || !strings.Contains(err.Error(), project.FileName) {
			t.Fatalf("error %v", err)
		}
	})
}
