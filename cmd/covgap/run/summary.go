package run

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"math"
	"os"
	"runtime"
	"slices"
	"strings"
	"time"

	"github.com/covgap/covgap/cmd/covgap/project"
	"github.com/covgap/covgap/coverage/criterion"
	"github.com/covgap/covgap/coverage/linkbudget"
	"github.com/covgap/covgap/coverage/sweep"
	"github.com/covgap/covgap/data"
	"github.com/covgap/covgap/planner"
	"github.com/covgap/covgap/planner/cost"
)

// Summary is run.json: what a run found, from what, and on which assumptions. It
// holds nothing that differs between two runs of the same inputs.
type Summary struct {
	Program   string               `json:"program"`
	Project   string               `json:"project"`
	Synthetic bool                 `json:"synthetic"`
	Date      string               `json:"network_date,omitempty"` // "" takes sectors by their status
	Stages    []string             `json:"stages"`
	Counts    Counts               `json:"counts"`
	Plan      *PlanSummary         `json:"plan,omitempty"`
	Criterion criterion.Criterion  `json:"criterion"`
	Model     ModelSummary         `json:"model"`
	Declared  *criterion.Agreement `json:"declared,omitempty"`
	Shifts    []ShiftCounts        `json:"sensitivity,omitempty"` // the counts with every level higher or lower
	Targets   Targets              `json:"targets,omitempty"`
	// Coordinates is the system of e_vn2000 and n_vn2000, "" outside Vietnam.
	Coordinates string            `json:"coordinates,omitempty"`
	Causes      []CauseTally      `json:"causes,omitempty"`
	Robust      *RobustSummary    `json:"robustness,omitempty"`
	Weights     map[string]int    `json:"weight_rules,omitempty"` // villages by the rule that spread their weight
	Terrain     TerrainSummary    `json:"terrain"`
	Land        *LandSummary      `json:"land,omitempty"`
	Defaults    []Default         `json:"defaults"`
	Skipped     []Skip            `json:"skipped_sectors,omitempty"`
	Warnings    []Notice          `json:"warnings"`
	Inputs      []InputFile       `json:"inputs"`
	Settings    map[string]string `json:"settings"`        // covgap.yaml with its defaults and without flags, by dotted key
	Files       map[string]string `json:"files,omitempty"` // name -> SHA-256 of what this run wrote
}

// PlanSummary is the plan in run.json.
type PlanSummary struct {
	Objective      planner.Goal    `json:"objective"`
	Value          float64         `json:"value"`
	Bound          *float64        `json:"bound,omitempty"` // missing, as gap, where nothing was chosen
	Gap            *float64        `json:"gap,omitempty"`
	Proven         bool            `json:"proven"`
	Actions        int             `json:"actions"`
	Cost           float64         `json:"cost"`
	Currency       cost.Currency   `json:"currency"`
	Targets        int             `json:"targets"`
	VillagesServed int             `json:"villages_served"`
	PeopleNew      float64         `json:"people_new"`  // in WeightUnit
	WeightUnit     data.WeightUnit `json:"weight_unit"` // m2 when no population is known anywhere
	Candidates     planner.Tried   `json:"candidates"`
}

// Counts are the numbers of run.json.
type Counts struct {
	Rows            int `json:"rows"`
	Sites           int `json:"sites"`
	Sectors         int `json:"sectors"`
	Villages        int `json:"villages"`
	Served          int `json:"served"`
	Weak            int `json:"weak"`
	None            int `json:"none"`
	NotCounted      int `json:"not_counted"`
	Gaps            int `json:"gaps"`
	GapsWithoutGrid int `json:"gaps_without_grid"`
	Hexes           int `json:"hexes"`
	HexesServed     int `json:"hexes_served,omitempty"`
	HexesWeak       int `json:"hexes_weak,omitempty"`
	HexesNone       int `json:"hexes_none,omitempty"`
	SitesComputed   int `json:"sites_computed,omitempty"`   // with sectors that count, on air, in reach of the areas
	SectorsComputed int `json:"sectors_computed,omitempty"` // of these sites
	Rejects         int `json:"rejects"`
}

// ShiftCounts are the counts as they would be with every level ShiftDB higher.
type ShiftCounts struct {
	ShiftDB        float64 `json:"shift_db"`
	Served         int     `json:"served"`
	Weak           int     `json:"weak"`
	None           int     `json:"none"`
	Gaps           int     `json:"gaps"`
	PeopleUnserved float64 `json:"people_unserved"`
}

// ModelSummary says how the path loss was computed and what the sweeps met.
type ModelSummary struct {
	Name              string `json:"name"`
	Source            string `json:"source"`
	Resolution        int    `json:"resolution"`
	DisplayResolution int    `json:"display_resolution,omitempty"`
	// GeoPackageResolution is that of the layer coverage of covgap.gpkg.
	GeoPackageResolution int                  `json:"geopackage_resolution,omitempty"`
	RadiusKm             float64              `json:"radius_km"`
	Exact                bool                 `json:"exact"`
	ReceiverHeightM      float64              `json:"receiver_height_m"`
	Calibration          *CalibrationSummary  `json:"calibration,omitempty"`
	Downlink             linkbudget.Downlink  `json:"downlink"`
	Transmitters         int                  `json:"transmitters"`
	PathLosses           int                  `json:"path_losses"` // hexes within the radius of a transmitter, over all
	Near                 int                  `json:"near"`        // of them nearer than the model's minimum distance
	NoTerrain            int                  `json:"no_terrain"`  // without value: the path crosses missing terrain
	NoLoss               int                  `json:"no_loss"`     // without value: outside the model
	Warnings             []sweep.WarningCount `json:"warnings,omitempty"`
}

// TerrainSummary says what the terrain was made of.
type TerrainSummary struct {
	Surface  string  `json:"surface"`
	SpacingM float64 `json:"spacing_m"`
	Samples  int     `json:"samples"`
	Voids    int     `json:"voids"`   // without value in the files
	Filled   int     `json:"filled"`  // of the voids, from their neighbours
	Missing  int     `json:"missing"` // outside every file: the margin around the areas
}

// Default is a value that the run had to assume.
type Default struct {
	Input string `json:"input"`
	data.Assumption
}

// Notice is something a user should look at.
type Notice struct {
	Input string `json:"input"`
	Text  string `json:"text"`
	Place string `json:"place,omitempty"`
	Rows  int    `json:"rows"` // of terrain and sea: samples of the terrain
	// Refused says that the rows are in no result.
	Refused bool `json:"refused,omitempty"`
}

// InputFile is a file that the run read.
type InputFile struct {
	Role   string `json:"role"`
	File   string `json:"file"` // relative to the project
	Bytes  int64  `json:"bytes"`
	SHA256 string `json:"sha256"`
}

// Summary gives what the steps taken so far have found.
func (r *Run) Summary(program string) (*Summary, error) {
	p := r.Project
	s := &Summary{
		Program: program, Project: p.Name, Synthetic: p.Synthetic, Date: p.Coverage.Date, Criterion: p.Criterion,
		Stages: []string{"check"}, Warnings: []Notice{}, Defaults: []Default{},
	}
	in := r.Inputs
	for _, report := range in.Reports {
		s.Counts.Rejects += report.Rejected
		for _, a := range report.Assumptions {
			s.Defaults = append(s.Defaults, Default{string(report.Kind), a})
		}
		for _, w := range report.Warnings {
			w.Pos.File = p.Relative(w.Pos.File)
			s.Warnings = append(s.Warnings, Notice{Input: string(report.Kind), Text: w.Text, Place: w.Pos.String(), Rows: w.Rows})
		}
		s.Warnings = append(s.Warnings, r.refusedNotices(report)...)
		if report.Kind == data.Sites {
			s.Counts.Rows, s.Counts.Sites, s.Counts.Sectors = report.Rows, report.Records, report.Sectors
		}
	}
	s.Counts.Villages = len(in.Villages)
	if system, ok := r.Coordinates(); ok {
		s.Coordinates = system.Code()
	}
	t := &in.TerrainReport
	s.Warnings = append(s.Warnings, in.Notices...)
	s.Warnings = append(s.Warnings, r.terrainNotices()...)
	s.Warnings = append(s.Warnings, r.dateNotices()...)
	s.Warnings = append(s.Warnings, r.placeNotices()...)
	s.Warnings = append(s.Warnings, r.templateNotices()...)
	s.Warnings = append(s.Warnings, r.keptNotices()...)
	s.Warnings = append(s.Warnings, r.overloadNotices()...)
	s.Warnings = append(s.Warnings, r.calibrationNotices()...)
	s.Terrain = TerrainSummary{string(in.Terrain.Surface), in.Terrain.SpacingM(), t.Samples, t.Voids, t.Filled, t.Missing}
	s.Land = r.landSummary()
	var err error
	if s.Inputs, err = r.inputFiles(); err != nil {
		return nil, err
	}
	if s.Settings, err = p.Settings(); err != nil {
		return nil, err
	}
	params, err := r.params()
	if err != nil {
		return nil, err
	}
	s.Model = ModelSummary{
		Name: params.Model.Name(), Source: params.Model.Validity().Source, Resolution: params.Resolution,
		RadiusKm: p.Coverage.RadiusKm, Exact: params.Exact, ReceiverHeightM: params.RxHeightM, Calibration: r.calibrationSummary(), Downlink: p.Coverage.Downlink,
	}
	if zones := params.Model.Validity().Zones; zones && p.Inputs.Sea.File == "" {
		s.Defaults = append(s.Defaults, Default{string(data.Sea), data.Assumption{
			Column: "zone", Value: "inland", Source: "without inputs.sea paths are taken as inland throughout",
		}})
	} else if !zones && p.Inputs.Sea.File != "" {
		s.Warnings = append(s.Warnings, r.zoneNotice())
	}
	s.Defaults = append(s.Defaults, r.lineDefaults()...)
	if c := r.Coverage; c != nil {
		s.Stages = append(s.Stages, "coverage")
		s.Counts.Hexes = c.Grid.Len()
		for _, class := range c.Hexes.Class {
			switch class {
			case data.Served:
				s.Counts.HexesServed++
			case data.Weak:
				s.Counts.HexesWeak++
			default:
				s.Counts.HexesNone++
			}
		}
		s.Counts.SitesComputed = len(c.Sites)
		for i := range c.Sites {
			s.Counts.SectorsComputed += len(c.Sites[i].Sectors)
		}
		s.Skipped = c.Skips
		_, s.Model.DisplayResolution = c.shown()
		s.Model.GeoPackageResolution = s.Model.DisplayResolution
		if r.full() {
			s.Model.GeoPackageResolution = s.Model.Resolution
		}
		n := c.Summary.Counts
		s.Model.Transmitters, s.Model.PathLosses, s.Model.Near, s.Model.NoTerrain, s.Model.NoLoss = c.Summary.Transmitters, n.Hexes, n.Near, n.NoTerrain, n.NoLoss
		s.Model.Warnings = c.Summary.Warnings
		s.Weights = map[string]int{}
		for _, rule := range c.Rules {
			s.Weights[string(rule)]++
		}
	}
	s.Warnings = append(s.Warnings, r.resultNotices()...)
	if g := r.Gaps; g != nil {
		s.Stages = append(s.Stages, "gaps")
		s.Counts.Served, s.Counts.Weak, s.Counts.None, s.Counts.NotCounted = g.Total.Served, g.Total.Weak, g.Total.None, g.Total.NotCounted
		s.Counts.Gaps, s.Counts.GapsWithoutGrid = g.Total.Gaps(), g.WithoutGrid
		if g.Total.Agreement.NotDeclared < g.Total.Villages {
			s.Declared = &g.Total.Agreement
		}
		for i := range g.Sensitivity {
			t := &g.Sensitivity[i].Total
			s.Shifts = append(s.Shifts, ShiftCounts{g.Sensitivity[i].ShiftDB, t.Served, t.Weak, t.None, t.Gaps(), math.Round(t.PeopleUnserved)})
		}
		s.Targets = g.Targets
		if g.Causes != nil { // a comparison does not ask for them
			s.Causes = r.causeTally()
		}
		s.Robust = r.robustSummary()
	}
	if p := r.Plan; p != nil {
		s.Stages = append(s.Stages, "plan")
		s.Plan = &PlanSummary{
			Objective: p.Objective.Goal, Value: p.Value, Bound: p.Bound, Gap: p.Gap, Proven: p.Proven,
			Actions: len(p.Actions), Cost: p.Cost, Currency: p.Currency,
			Targets: p.Targets, VillagesServed: p.VillagesServed, PeopleNew: p.PeopleNew, WeightUnit: p.WeightUnit, Candidates: p.Candidates,
		}
	}
	return s, nil
}

// farFillM is how far from any measured sample a filled void stops being worth much:
// a ridge fits in between.
const farFillM = 500

// terrainNotices says what of the terrain was not measured.
func (r *Run) terrainNotices() []Notice {
	l, t := r.Options.Lang, &r.Inputs.TerrainReport
	var out []Notice
	add := func(rows int, format string, args ...any) {
		out = append(out, Notice{Input: "terrain", Text: fmt.Sprintf(format, args...), Place: r.Project.Inputs.Terrain.Files[0], Rows: rows})
	}
	if t.Missing > 0 {
		add(t.Missing, l.T("no height for %s %% of the window around the areas: paths that cross it have no value", "thiếu độ cao ở %s %% vùng quanh khu vực tính: đường truyền qua đó không có giá trị"),
			l.Float(100*t.MissingShare(), 1))
	}
	if t.Filled > 0 && t.FarthestFillM > farFillM {
		add(t.Filled, l.T("voids were filled as far as %s m from the nearest measured sample", "điểm trống được nội suy tới %s m cách điểm đo gần nhất"), l.Float(t.FarthestFillM, 0))
	}
	return out
}

// lineDefaults says what prices of a plan rest on where no lines are given that roads,
// power and fibre are measured from.
func (r *Run) lineDefaults() []Default {
	l, in := r.Options.Lang, &r.Project.Inputs
	var out []Default
	add := func(kind data.Kind, column, value, source string) {
		out = append(out, Default{string(kind), data.Assumption{Column: column, Value: value, Source: source}})
	}
	if in.Roads.File == "" {
		add(data.Roads, "track", l.T("none", "không tính"), l.T("no roads are given: no track is priced, and no place too far", "không có dữ liệu đường: không tính giá đường vào"))
	}
	if in.PowerLines.File == "" {
		add(data.PowerLines, "grid", l.T("from villages", "từ thôn/xóm"), l.T("no power lines are given: from villages that do not lack power", "không có đường dây: tính từ thôn/xóm không thiếu điện"))
	}
	if in.Fibre.File == "" {
		have := func(s data.Site) bool { n, ok := r.Project.Plan.Backhaul.Existing(&s); return ok && n.Fibre }
		if slices.ContainsFunc(r.Inputs.Sites, have) {
			add(data.FibreLines, "fibre", l.T("from sites that have it", "từ trạm có cáp quang"), l.T("no fibre lines are given: laid on from sites that state it", "không có tuyến cáp quang: kéo từ trạm có ghi cáp quang"))
		} else {
			add(data.FibreLines, "fibre", l.T("from every site", "từ mọi trạm"), l.T("no fibre lines are given, and no site states its own", "không có tuyến cáp quang, không trạm nào ghi cáp quang"))
		}
	}
	return out
}

// templateNotices says of which templates no plan can be made by the criterion, and which
// key of the project file changes that. Of who asks for no plan it is no concern.
func (r *Run) templateNotices() []Notice {
	if r.Coverage != nil {
		return nil
	}
	p, l := r.Project, r.Options.Lang
	var out []Notice
	for i := range p.Plan.Templates {
		t := &p.Plan.Templates[i]
		if planner.Suits(t, &p.Criterion) == nil {
			continue
		}
		text := fmt.Sprintf(l.T("no plan can be made: template %s has operator %s, whose signal alone is not what criterion %s counts; leave plan.templates[%d].operator empty, or change criterion.operators",
			"không lập được phương án: mẫu %s của nhà mạng %s không đáp ứng tiêu chí %s; hãy để trống plan.templates[%d].operator, hoặc sửa criterion.operators"), t.Name, t.Operator, p.Criterion.Name, i)
		if _, counts := p.Criterion.Thresholds[t.Technology]; !counts {
			text = fmt.Sprintf(l.T("no plan can be made: template %s has technology %s, for which criterion %s has no threshold (it has %s); change plan.templates[%d].technology, or add criterion.thresholds.%[2]s",
				"không lập được phương án: mẫu %s dùng công nghệ %s, tiêu chí %s không có ngưỡng cho công nghệ này (có %s); hãy sửa plan.templates[%d].technology, hoặc thêm criterion.thresholds.%[2]s"),
				t.Name, t.Technology, p.Criterion.Name, listed(p.Criterion.Thresholds), i)
		}
		out = append(out, Notice{Input: "plan", Place: project.FileName, Rows: 1, Text: text})
	}
	return out
}

// listed names the technologies that have a threshold.
func listed(thresholds map[data.Technology]criterion.Threshold) string {
	var names []string
	for _, t := range slices.Sorted(maps.Keys(thresholds)) {
		names = append(names, string(t))
	}
	return strings.Join(names, ", ")
}

// zoneNotice says that the model has no use for the sea.
func (r *Run) zoneNotice() Notice {
	return Notice{Input: string(data.Sea), Place: r.Project.Inputs.Sea.File, Rows: r.Inputs.TerrainReport.Samples, Text: fmt.Sprintf(
		r.Options.Lang.T("model %s does not tell the sea from land: its losses are the same without", "mô hình %s không phân biệt biển và đất liền: kết quả không đổi khi thiếu dữ liệu này"), r.Project.Coverage.Model)}
}

// namedRefused is how many refused rows of an input a warning names; rejects.csv has all.
const namedRefused = 5

// refusedNotices names the rows of an input that are in no result.
func (r *Run) refusedNotices(report *data.Report) []Notice {
	if report.Rejected == 0 {
		return nil
	}
	l := r.Options.Lang
	names, more := report.Refused(namedRefused)
	text := fmt.Sprintf(l.T("rows refused, which are in no result: %s", "dòng bị loại, không có trong kết quả: %s"), strings.Join(names, ", "))
	if more > 0 {
		text += fmt.Sprintf(l.T(" and %s more", " và %s dòng nữa"), l.Int(int64(more)))
	}
	return []Notice{{Input: string(report.Kind), Text: text + l.T("; rejects.csv has each with its reason", "; rejects.csv ghi rõ lý do từng dòng"),
		Place: r.Project.Relative(report.Files[0]), Rows: report.Rejected, Refused: true}}
}

// dateNotices says what of the inputs does not belong to the date of the network.
func (r *Run) dateNotices() []Notice {
	l, p, date := r.Options.Lang, r.Project, r.Project.Coverage.Date
	if date == "" {
		return nil
	}
	var out []Notice
	undated := 0
	for i := range r.Inputs.Sites {
		for _, s := range r.Inputs.Sites[i].Sectors {
			if s.OnAirDate == "" && s.OnAir(date) {
				undated++
			}
		}
	}
	if undated > 0 {
		out = append(out, Notice{Input: "sites", Place: p.Inputs.Sites.File, Rows: undated, Text: fmt.Sprintf(
			l.T("sectors without on_air_date are taken as on air on %s", "sector không ghi on_air_date được coi là đang phát sóng ngày %s"), date)})
	}
	declared := 0
	for i := range r.Inputs.Villages {
		if v := &r.Inputs.Villages[i]; v.Declared != "" && v.DeclaredDate > date {
			declared++
		}
	}
	if declared > 0 {
		out = append(out, Notice{Input: "villages", Place: p.Inputs.Villages.File, Rows: declared, Text: fmt.Sprintf(
			l.T("villages declare their signal later than the network of %s: the two are not of one date", "tình trạng sóng được kê khai sau ngày %s của mạng lưới: hai số liệu không cùng thời điểm"), date)})
	}
	return out
}

// refusedShare is the share of path losses without a value from which results are
// no longer those of the model: at the edge of its range some hexes are always lost.
const refusedShare = 0.01

// resultNotices says what of the results is not what it seems.
func (r *Run) resultNotices() []Notice {
	l := r.Options.Lang
	var out []Notice
	if c := r.Coverage; c != nil {
		n := c.Summary.Counts
		if share := float64(n.NoLoss) / math.Max(1, float64(n.Hexes)); share > refusedShare {
			out = append(out, Notice{Input: "coverage", Place: project.FileName, Rows: n.NoLoss, Text: fmt.Sprintf(
				l.T("model %s gives no loss for %s %% of the paths, outside its range: gaps there are no finding; see \"covgap models\"",
					"mô hình %s không cho kết quả với %s %% đường truyền vì ngoài phạm vi: vùng lõm ở đó không đáng tin; xem \"covgap models\""),
				r.Project.Coverage.Model, l.Float(100*share, 1))})
		}
	}
	if g := r.Gaps; g != nil {
		if without := g.communesWithout(r.Inputs.Areas); len(without) > 0 {
			var people float64
			for _, a := range without {
				people += a.Population
			}
			out = append(out, Notice{Input: "areas", Place: r.Project.Inputs.Areas.File, Rows: len(without), Text: fmt.Sprintf(
				l.T("no village lies in %s (first: %s): their %s people are in no total", "không có thôn/xóm nào ở %s xã (đầu tiên: %s): %s người ở đó không nằm trong tổng"),
				l.T(plural(len(without), "area"), l.Int(int64(len(without)))), without[0].Name, l.Int(int64(people+0.5)))})
		}
	}
	return out
}

func plural(n int, thing string) string {
	if n == 1 {
		return "1 " + thing
	}
	return fmt.Sprintf("%d %ss", n, thing)
}

// inputFiles digests every file the run read.
func (r *Run) inputFiles() ([]InputFile, error) {
	p := r.Project
	type named struct{ role, file string }
	files := []named{
		{"sites", p.Inputs.Sites.File}, {"villages", p.Inputs.Villages.File}, {"areas", p.Inputs.Areas.File},
	}
	seen := map[string]bool{}
	for _, f := range r.Inputs.AntennaFiles { // two names may mean one file
		if !seen[f] {
			seen[f] = true
			files = append(files, named{"antenna", f})
		}
	}
	for _, f := range r.Inputs.LandFiles {
		files = append(files, named{f.Role, f.File})
	}
	for _, t := range p.Inputs.Lines() {
		if t.File != "" {
			files = append(files, named{string(t.Kind), t.File})
		}
	}
	if f := p.Inputs.Sea.File; f != "" {
		files = append(files, named{string(data.Sea), f})
	}
	for _, t := range []*project.Table{&p.Plan.Candidates.Points, &p.Plan.Candidates.Exclusions} {
		if t.File != "" {
			files = append(files, named{"candidates", t.File})
		}
	}
	if p.Plan.CostsFile != "" {
		files = append(files, named{"costs", p.Plan.CostsFile})
	}
	if f := p.Coverage.Calibration; f != "" {
		files = append(files, named{"calibration", f})
	}
	for _, f := range r.Inputs.TerrainFiles {
		files = append(files, named{"terrain", f})
	}
	out := make([]InputFile, 0, len(files))
	for _, f := range files {
		size, sum, err := digest(p.Path(f.file))
		if err != nil {
			return nil, fmt.Errorf("run: %w", err)
		}
		out = append(out, InputFile{f.role, p.Relative(p.Path(f.file)), size, sum})
	}
	return out, nil
}

// Digest gives the SHA-256 of a file.
func Digest(path string) (string, error) {
	_, sum, err := digest(path)
	return sum, err
}

func digest(path string) (size int64, sum string, err error) {
	f, err := os.Open(path)
	if err != nil {
		return 0, "", err
	}
	h := sha256.New()
	size, err = io.Copy(h, f)
	if cerr := f.Close(); err == nil {
		err = cerr
	}
	return size, hex.EncodeToString(h.Sum(nil)), err
}

func (r *Run) writeRejects(w io.Writer) error {
	rejects := r.Inputs.Rejects()
	for i := range rejects {
		rejects[i].Pos.File = r.Project.Relative(rejects[i].Pos.File)
	}
	return data.WriteRejects(w, rejects)
}

func (r *Run) writeTimings(w io.Writer) error {
	host, err := os.Hostname()
	if err != nil {
		host = "" // a name is a convenience here
	}
	return WriteJSON(w, Timings{time.Now().UTC().Format(time.RFC3339), host, runtime.NumCPU(), r.Options.Workers, r.timings})
}

// WriteJSON writes an object as run.json and the --json of every command have it.
func WriteJSON(w io.Writer, v any) error {
	enc := json.NewEncoder(w)
	enc.SetEscapeHTML(false)
	enc.SetIndent("", "  ")
	return enc.Encode(v)
}
