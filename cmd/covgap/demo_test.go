package main

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/csv"
	"encoding/hex"
	"encoding/json"
	"io/fs"
	"math"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/covgap/covgap/cmd/covgap/project"
	"github.com/covgap/covgap/cmd/covgap/run"
	"github.com/covgap/covgap/geo/geojson"
	"github.com/covgap/covgap/geo/reference"
	"github.com/covgap/covgap/planner"
	"github.com/covgap/covgap/planner/cost"
	"github.com/google/go-cmp/cmp"
)

// command runs a command line in this process.
func command(ctx context.Context, args ...string) (code int, stdout, stderr string) {
	var out, msg bytes.Buffer
	code = Main(ctx, args, &out, &msg)
	return code, out.String(), msg.String()
}

// must runs a command line that has to succeed.
func must(t *testing.T, args ...string) (stdout string) {
	t.Helper()
	code, stdout, stderr := command(t.Context(), args...)
	if code != exitOK {
		t.Fatalf("covgap %s: exit %d\n%s", strings.Join(args, " "), code, stderr)
	}
	return stdout
}

// digests gives the SHA-256 of every output that is to repeat.
func digests(t *testing.T, dir string) map[string]string {
	t.Helper()
	entries, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	sums := map[string]string{}
	for _, e := range entries {
		if e.Name() == run.FileTimings {
			continue
		}
		sums[e.Name()] = digestOf(t, filepath.Join(dir, e.Name()))
	}
	return sums
}

func digestOf(t *testing.T, path string) string {
	t.Helper()
	b, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	sum := sha256.Sum256(b)
	return hex.EncodeToString(sum[:])
}

// The sample district goes through the whole chain, and again: warm, and after an
// interruption with nothing in the store. It is one test, because the sweeps cost.
func TestDemo(t *testing.T) {
	if testing.Short() {
		t.Skip("sweeps a district twice")
	}
	t.Parallel()
	dir := filepath.Join(t.TempDir(), "demo")
	out := filepath.Join(dir, "out")
	if stdout := must(t, "demo", "--small", "--jobs", "2", dir); !strings.Contains(stdout, "villages are gaps") {
		t.Errorf("standard output does not tell the gaps:\n%s", stdout)
	}
	first := digests(t, out)
	t.Run("files", func(t *testing.T) { checkFiles(t, dir, first) })
	t.Run("figures", func(t *testing.T) { checkFigures(t, out) })
	t.Run("plan.yaml", func(t *testing.T) { checkPlanYAML(t, out) })
	t.Run("promises", func(t *testing.T) {
		checkPromises(t, out)
		// Each village that the plan claims is judged again, on all its hexes by the exact path.
		var s, again run.Summary
		readJSON(t, filepath.Join(out, run.FileRun), &s)
		kept := filepath.Join(t.TempDir(), "kept")
		must(t, "plan", "-p", dir, "-q", "--from", filepath.Join(out, run.FilePlanYAML), "--keep", "-o", kept)
		if readJSON(t, filepath.Join(kept, run.FileRun), &again); again.Plan.VillagesServed != s.Plan.VillagesServed {
			t.Errorf("the plan serves %d villages, judged again %d", s.Plan.VillagesServed, again.Plan.VillagesServed)
		}
	})
	t.Run("ogrinfo", func(t *testing.T) { checkFieldTypes(t, out) })

	t.Run("warm", func(t *testing.T) {
		must(t, "demo", "--small", "--jobs", "1", "-q", dir)
		if diff := cmp.Diff(first, digests(t, out)); diff != "" {
			t.Errorf("outputs differ (-first +second):\n%s", diff)
		}
		var timings struct {
			Stages []struct{ Stage, Note string }
		}
		readJSON(t, filepath.Join(out, run.FileTimings), &timings)
		for _, s := range timings.Stages {
			if n := regexp.MustCompile(`^(\d+) of (\d+) `).FindStringSubmatch(s.Note); s.Stage == "sweep" && (n == nil || n[1] != n[2]) {
				t.Errorf("sweeps were repeated: %s", s.Note)
			}
		}
	})
	t.Run("interrupted", func(t *testing.T) {
		store := filepath.Join(dir, ".covgap")
		if err := os.RemoveAll(store); err != nil {
			t.Fatal(err)
		}
		ctx, cancel := context.WithCancel(t.Context())
		var wait sync.WaitGroup
		wait.Go(func() { // in the middle of the sweeps: when some are in the store
			for ctx.Err() == nil && stored(store) < 5 {
				time.Sleep(time.Millisecond)
			}
			cancel()
		})
		code, _, stderr := command(ctx, "demo", "--small", "--jobs", "2", dir)
		cancel()
		wait.Wait()
		if code != exitInterrupted || !strings.Contains(stderr, "interrupted; the same command goes on where this one stopped") {
			t.Errorf("exit %d, want %d: %s", code, exitInterrupted, stderr)
		}
		if _, err := os.Stat(filepath.Join(out, run.FileRun)); err == nil {
			t.Error("an unfinished folder has a run.json")
		}
		done := stored(store)
		must(t, "demo", "--small", "--jobs", "1", "-q", dir)
		if diff := cmp.Diff(first, digests(t, out)); diff != "" {
			t.Errorf("outputs differ from those without interruption (-without +with):\n%s", diff)
		}
		if all := stored(store); done == 0 || done >= all {
			t.Errorf("%d of %d sweeps were in the store at the interruption; want some", done, all)
		}
	})
}

// stored counts the results in a store.
func stored(dir string) (n int) {
	_ = filepath.WalkDir(dir, func(_ string, d fs.DirEntry, err error) error { // what comes and goes meanwhile does not matter
		if err == nil && filepath.Ext(d.Name()) == ".entry" {
			n++
		}
		return nil
	})
	return n
}

func readJSON(t *testing.T, path string, v any) {
	t.Helper()
	b, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(b, v); err != nil {
		t.Fatalf("%s: %v", path, err)
	}
}

// checkFiles holds what run.json says of files against the files, and the GeoJSON
// against its rules.
func checkFiles(t *testing.T, dir string, sums map[string]string) {
	out := filepath.Join(dir, "out")
	for _, name := range []string{
		run.FileCoverage, run.FileVillages, run.FileGaps, run.FileCommunes,
		run.FilePlan, run.FilePlanCSV, run.FilePlanYAML, run.FilePicture, run.FileReport, run.FileRun,
	} {
		if sums[name] == "" {
			t.Errorf("%s is missing", name)
		}
	}
	var s run.Summary
	readJSON(t, filepath.Join(out, run.FileRun), &s)
	want := map[string]string{}
	for name, sum := range sums {
		if name != run.FileRun && name != run.FileReport { // covgap report may write it again
			want[name] = sum
		}
	}
	if diff := cmp.Diff(want, s.Files); diff != "" {
		t.Errorf("files and their digests in run.json (-folder +run.json):\n%s", diff)
	}
	for _, in := range s.Inputs {
		if sum := digestOf(t, filepath.Join(dir, filepath.FromSlash(in.File))); sum != in.SHA256 {
			t.Errorf("input %s: digest %s in run.json, %s on disk", in.File, in.SHA256, sum)
		}
	}
	geojsons, err := filepath.Glob(filepath.Join(out, "*.geojson"))
	if err != nil || len(geojsons) != 3 {
		t.Fatalf("GeoJSON files %v, error %v", geojsons, err)
	}
	for _, path := range geojsons {
		f, err := os.Open(path)
		if err != nil {
			t.Fatal(err)
		}
		for _, v := range geojson.Check(f) {
			t.Errorf("%s: %v", filepath.Base(path), v)
		}
		if err := f.Close(); err != nil {
			t.Error(err)
		}
	}
}

// rows reads a table as one map a row.
func rows(t *testing.T, path string) (out []map[string]string) {
	t.Helper()
	content, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	all, err := csv.NewReader(bytes.NewReader(content)).ReadAll()
	if err != nil {
		t.Fatalf("%s: %v", path, err)
	}
	all[0][0] = strings.TrimPrefix(all[0][0], "\ufeff")
	for _, r := range all[1:] {
		m := map[string]string{}
		for i, v := range r {
			m[all[0][i]] = v
		}
		out = append(out, m)
	}
	return out
}

// features reads a GeoJSON file's properties.
func features(t *testing.T, path string) (out []map[string]any) {
	t.Helper()
	var c struct {
		Features []struct{ Properties map[string]any }
	}
	readJSON(t, path, &c)
	for _, f := range c.Features {
		out = append(out, f.Properties)
	}
	return out
}

// checkFigures holds the counts of run.json against the files that they count.
func checkFigures(t *testing.T, out string) {
	var s run.Summary
	readJSON(t, filepath.Join(out, run.FileRun), &s)
	c := s.Counts
	classes := map[string]int{}
	villages := features(t, filepath.Join(out, run.FileVillages))
	for _, v := range villages {
		classes[v["class"].(string)]++
	}
	shown, hexes := features(t, filepath.Join(out, run.FileCoverage)), map[string]int{}
	for _, h := range shown {
		hexes[h["class"].(string)]++
	}
	gaps := rows(t, filepath.Join(out, run.FileGaps))
	plan := rows(t, filepath.Join(out, run.FilePlanCSV))
	dark := 0
	for i, g := range gaps {
		if g["grid_power"] == "no" || g["grid_power"] == "false" {
			dark++
		}
		if g["rank"] != strconv.Itoa(i+1) || g["class"] == "served" {
			t.Errorf("row %d of gaps.csv: rank %s, class %s", i+1, g["rank"], g["class"])
		}
	}
	got := run.Counts{
		Rows:          len(rows(t, filepath.Join(filepath.Dir(out), "sites.csv"))),
		Sites:         c.Sites,
		Sectors:       c.Sectors,
		SitesComputed: c.SitesComputed, SectorsComputed: c.SectorsComputed,
		Villages: len(villages),
		Served:   classes["served"], Weak: classes["weak"], None: classes["none"], NotCounted: classes["not_counted"],
		Gaps: len(gaps), GapsWithoutGrid: dark,
		Hexes:       len(shown), // at the computing resolution
		HexesServed: hexes["served"], HexesWeak: hexes["weak"], HexesNone: hexes["none"],
	}
	if diff := cmp.Diff(got, c); diff != "" {
		t.Errorf("counts (-files +run.json):\n%s", diff)
	}
	if c.Weak+c.None != c.Gaps || c.Gaps == 0 || c.Served == 0 || c.SitesComputed == 0 || c.Sites < c.SitesComputed || c.Sectors < c.SectorsComputed || c.SectorsComputed < c.SitesComputed {
		t.Errorf("counts %+v do not agree with each other", c)
	}
	if s.Plan == nil || s.Plan.Actions != len(plan) || len(plan) == 0 {
		t.Fatalf("plan %+v, %d rows in plan.csv", s.Plan, len(plan))
	}
	if *s.Plan.Gap < 0 || *s.Plan.Gap > 1 || *s.Plan.Bound > s.Plan.Value {
		t.Errorf("value %g, bound %g, gap %g: the bound of a least cost lies below it", s.Plan.Value, *s.Plan.Bound, *s.Plan.Gap)
	}
	var spent, people float64
	for i, a := range plan {
		cost, err := strconv.ParseFloat(a["cost"], 64)
		if err != nil {
			t.Fatal(err)
		}
		more, err := strconv.ParseFloat(a["people_new"], 64)
		if err != nil {
			t.Fatal(err)
		}
		spent, people = spent+cost, people+more
		if ids := strings.Fields(a["village_ids"]); strconv.Itoa(len(ids)) != a["villages"] {
			t.Errorf("action %d names %d villages and counts %s", i+1, len(ids), a["villages"])
		}
	}
	if math.Round(100*spent) != math.Round(100*s.Plan.Cost) { // whole cents
		t.Errorf("costs of plan.csv add up to %g, run.json has %g", spent, s.Plan.Cost)
	}
	if d := people - s.Plan.PeopleNew; d*d > 0.05*0.05*float64(len(plan)*len(plan)) { // each row is rounded to 0.1
		t.Errorf("people of plan.csv add up to %g, run.json has %g", people, s.Plan.PeopleNew)
	}
	if !s.Synthetic {
		t.Error("run.json does not say that the province is synthetic")
	}
}

// checkPlanYAML reads the editable plan back.
func checkPlanYAML(t *testing.T, out string) {
	content, err := os.ReadFile(filepath.Join(out, run.FilePlanYAML))
	if err != nil {
		t.Fatal(err)
	}
	p, err := planner.FromYAML(content, run.FilePlanYAML)
	if err != nil {
		t.Fatal(err)
	}
	table := rows(t, filepath.Join(out, run.FilePlanCSV))
	if len(p.Actions) != len(table) {
		t.Fatalf("%d actions in plan.yaml, %d in plan.csv", len(p.Actions), len(table))
	}
	for i, a := range p.Actions {
		if a.SiteID != table[i]["site_id"] || strings.Join(a.Villages, " ") != table[i]["village_ids"] {
			t.Errorf("action %d: %s for %v in plan.yaml, %s for %s in plan.csv", i+1, a.SiteID, a.Villages, table[i]["site_id"], table[i]["village_ids"])
		}
	}
	again, err := p.ToYAML()
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(content), string(again)); diff != "" {
		t.Errorf("plan.yaml written again (-first +second):\n%s", diff)
	}
}

// checkPromises holds a plan that is to leave no gap against what it must do: each target
// is served or named with the reason, the cost is within 1 % of its bound, and each mast
// for a village, with or without grid power, has its supply priced.
func checkPromises(t *testing.T, out string) {
	t.Helper()
	content, err := os.ReadFile(filepath.Join(out, run.FilePlanYAML))
	if err != nil {
		t.Fatal(err)
	}
	p, err := planner.FromYAML(content, run.FilePlanYAML)
	if err != nil {
		t.Fatal(err)
	}
	if p.Objective.Goal != planner.Eliminate || *p.Gap > 0.01 || *p.Bound > p.Value {
		t.Errorf("%s: value %g, bound %g, gap %g; want 1 %% at most", p.Objective.Goal, p.Value, *p.Bound, *p.Gap)
	}
	named := map[string]int{}
	supplied := map[string]bool{} // villages served from masts with a supply of their own, or that stand
	for i := range p.Actions {
		a := &p.Actions[i]
		paid := a.Kind == planner.AddSector || a.Kind == planner.AddBand || a.Kind == planner.Raise
		for _, l := range a.CostLines {
			switch l.Item {
			case cost.GridPower, cost.SolarPanel, cost.Generator:
				paid = paid || a.Power != "" && l.Amount > 0
			}
		}
		if !paid {
			t.Errorf("%s %s: power %q is not among its costs", a.Kind, a.SiteID, a.Power)
		}
		for _, id := range a.Villages {
			named[id]++
			supplied[id] = paid
		}
	}
	for _, l := range p.LeftOut {
		if named[l.Village]++; l.Reason != planner.AlreadyMeets && l.Reason != planner.NoCandidate && l.Reason != planner.NotEnough {
			t.Errorf("%s is left out with reason %q, of a plan without limit", l.Village, l.Reason)
		}
	}
	dark := 0
	for _, v := range features(t, filepath.Join(out, run.FileVillages)) {
		id := v["village_id"].(string)
		if v["target"] == true && named[id] != 1 {
			t.Errorf("target %s is named %d times, among those served and left out", id, named[id])
		}
		if v["grid_power"] == false && supplied[id] {
			dark++
		}
	}
	if dark == 0 {
		t.Error("no village without grid power is served, which the sample has")
	}
}

// checkFieldTypes lets GDAL say what it takes the columns for.
func checkFieldTypes(t *testing.T, out string) {
	if _, err := exec.LookPath("ogrinfo"); err != nil {
		reference.Missing(t, "gdal", err.Error())
	}
	line := regexp.MustCompile(`(?m)^(\w+): (\w+)`)
	for _, c := range []struct {
		file, geometry string
		want           map[string]string
	}{
		{run.FileCoverage, "Polygon", map[string]string{"hex_id": "String", "signal_dbm": "Real", "class": "String", "servers": "Integer", "served_probability": "Real", "near": "Integer"}},
		{run.FileVillages, "Multi Polygon", map[string]string{"village_id": "String", "commune_code": "String", "served_share": "Real", "centre_signal_dbm": "Real", "population": "Real", "hexes": "Integer", "target": "Integer"}},
		{run.FilePlan, "Point", map[string]string{"commune_code": "String", "site_id": "String", "azimuth_deg": "String", "cost": "Real", "e_vn2000": "Real", "rank": "Integer", "eirp_dbm": "Real"}},
	} {
		b, err := exec.CommandContext(t.Context(), "ogrinfo", "-so", "-al", filepath.Join(out, c.file)).CombinedOutput()
		if err != nil || bytes.Contains(b, []byte("Warning")) || bytes.Contains(b, []byte("ERROR")) {
			t.Errorf("%s: %v\n%s", c.file, err, b)
			continue
		}
		if !bytes.Contains(b, []byte("Geometry: "+c.geometry+"\n")) {
			t.Errorf("%s: geometry is not %s:\n%s", c.file, c.geometry, b)
		}
		got := map[string]string{}
		for _, m := range line.FindAllStringSubmatch(string(b), -1) {
			if _, ok := c.want[m[1]]; ok {
				got[m[1]] = m[2]
			}
		}
		if diff := cmp.Diff(c.want, got); diff != "" {
			t.Errorf("%s: field types (-want +GDAL):\n%s", c.file, diff)
		}
	}
	// The tables open too.
	for _, name := range []string{run.FileGaps, run.FileCommunes, run.FilePlanCSV} {
		if b, err := exec.CommandContext(t.Context(), "ogrinfo", "-so", "-al", filepath.Join(out, name)).CombinedOutput(); err != nil {
			t.Errorf("%s: %v\n%s", name, err, b)
		}
	}
}

// smallProject copies the small project of the scripts into a folder.
func smallProject(t *testing.T) (dir string) {
	t.Helper()
	dir = filepath.Join(t.TempDir(), "small")
	if err := os.CopyFS(dir, os.DirFS("testdata/small")); err != nil {
		t.Fatal(err)
	}
	if err := writeSmallTerrain(filepath.Join(dir, "dem.tif"), groundM); err != nil {
		t.Fatal(err)
	}
	return dir
}

// Any number of workers, a store that is cold or warm and any folder give the same
// bytes.
func TestSameBytes(t *testing.T) {
	t.Parallel()
	var want map[string]string
	for _, jobs := range []string{"1", "2", "4"} {
		dir := smallProject(t)
		must(t, "run", "-q", "-p", dir, "--jobs", jobs)
		got := digests(t, filepath.Join(dir, "out"))
		if want == nil {
			want = got
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("--jobs %s (-1 +%s):\n%s", jobs, jobs, diff)
		}
	}
}

// A run that is interrupted at any stage exits 130 without a run.json; the same
// command then goes on to the same bytes.
func TestInterrupted(t *testing.T) {
	t.Parallel()
	dir := smallProject(t)
	out := filepath.Join(dir, "out")
	must(t, "run", "-q", "-p", dir)
	want := digests(t, out)
	for _, stage := range []string{"check", "sweep", "merge", "reverse sweep", "plan", "write"} {
		t.Run(stage, func(t *testing.T) {
			if err := os.RemoveAll(filepath.Join(dir, ".covgap")); err != nil {
				t.Fatal(err)
			}
			ctx, cancel := context.WithCancel(t.Context())
			defer cancel()
			stderr := &cancelAt{text: `"event":"start","stage":"` + stage + `"`, cancel: cancel}
			if code := Main(ctx, []string{"run", "-p", dir, "--progress", "json"}, &bytes.Buffer{}, stderr); code != exitInterrupted {
				t.Fatalf("exit %d, want %d:\n%s", code, exitInterrupted, stderr.written.String())
			}
			entries, err := os.ReadDir(out)
			if err != nil {
				t.Fatal(err)
			}
			for _, e := range entries {
				marker := e.Name() == run.FileRun+".part" // says whose folder it is
				if e.Name() == run.FileRun || strings.HasSuffix(e.Name(), ".part") && !marker {
					t.Errorf("the interrupted run left %s", e.Name())
				}
			}
		})
	}
	must(t, "run", "-q", "-p", dir)
	if diff := cmp.Diff(want, digests(t, out)); diff != "" {
		t.Errorf("outputs differ from those without interruption (-without +with):\n%s", diff)
	}
}

// cancelAt cancels a context once something is written.
type cancelAt struct {
	text    string
	cancel  context.CancelFunc
	written bytes.Buffer
}

func (c *cancelAt) Write(b []byte) (int, error) {
	c.written.Write(b)
	if strings.Contains(c.written.String(), c.text) {
		c.cancel()
	}
	return len(b), nil
}

// One writer a project: another command waits for nobody and says so.
func TestLocked(t *testing.T) {
	t.Parallel()
	dir := smallProject(t)
	p, err := project.Load(dir)
	if err != nil {
		t.Fatal(err)
	}
	unlock, err := p.Lock("run")
	if err != nil {
		t.Fatal(err)
	}
	code, _, stderr := command(t.Context(), "gaps", "-q", "-p", dir)
	if code != exitMissing || !strings.Contains(stderr, "another covgap is at work in this project") || !strings.Contains(stderr, dir) {
		t.Errorf("exit %d: %s", code, stderr)
	}
	if _, err := os.Stat(filepath.Join(dir, "out")); err == nil {
		t.Error("the command that was refused made an output folder")
	}
	must(t, "check", "-q", "-p", dir) // writes nothing, so it may
	if err := unlock(); err != nil {
		t.Fatal(err)
	}
	must(t, "gaps", "-q", "-p", dir)
}
