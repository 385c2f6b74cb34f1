package run

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"github.com/covgap/covgap/cmd/covgap/output"
	"github.com/covgap/covgap/coverage/compare"
	"github.com/covgap/covgap/data"
	"github.com/covgap/covgap/data/yamlfile"
	"github.com/covgap/covgap/geo"
	"github.com/paulmach/orb"
)

// Errors of comparing.
var (
	ErrIncomparable = errors.New("the two runs were not made alike")
	ErrResults      = errors.New("not the results of a run")
)

// Results is what a run found of its villages. One that has written nothing has no
// Folder.
type Results struct {
	Finished
	Villages []compare.Village
	Outlines []orb.Geometry // of the villages
}

// Results gives what the run found; it needs FindGaps.
func (r *Run) Results(program string) (*Results, error) {
	s, err := r.Summary(program)
	if err != nil {
		return nil, err
	}
	out := &Results{Finished: Finished{Summary: s}}
	for i := range r.Coverage.Places {
		v, verdict := r.Coverage.Places[i].Village, &r.Gaps.Verdicts[i]
		out.Villages = append(out.Villages, compare.Village{
			ID: v.ID, Name: v.Name, CommuneCode: v.CommuneCode, Commune: v.Commune, Class: verdict.Class, ServedShare: verdict.ServedShare,
			Population: v.Population, PeopleUnserved: verdict.PeopleUnserved, GridPower: v.GridPower,
		})
		out.Outlines = append(out.Outlines, Outline(v))
	}
	out.order()
	return out, nil
}

// order puts the villages in the order of their ids: a file leads with the one that
// misses no value.
func (out *Results) order() {
	at := make([]int, len(out.Villages))
	for i := range at {
		at[i] = i
	}
	slices.SortStableFunc(at, func(a, b int) int { return strings.Compare(out.Villages[a].ID, out.Villages[b].ID) })
	villages, outlines := make([]compare.Village, len(at)), make([]orb.Geometry, len(at))
	for i, k := range at {
		villages[i], outlines[i] = out.Villages[k], out.Outlines[k]
	}
	out.Villages, out.Outlines = villages, outlines
}

// ReadResults reads the output folder of a run that went as far as the gaps, as
// [OpenFinished] does, and its villages. The error wraps ErrResults also when these are
// not what the run wrote.
func ReadResults(ctx context.Context, dir string) (*Results, error) {
	finished, err := OpenFinished(dir)
	if err != nil {
		return nil, err
	}
	dir = finished.Folder
	out := &Results{Finished: *finished}
	if !slices.Contains(out.Summary.Stages, "gaps") {
		return nil, fmt.Errorf("%w: the run in %s went no further than %s; \"covgap gaps\" judges the villages", ErrMissing, dir, strings.Join(out.Summary.Stages, ", "))
	}
	if _, sum, err := digest(filepath.Join(dir, FileVillages)); err != nil {
		return nil, fmt.Errorf("%w: %w", ErrMissing, err)
	} else if want := out.Summary.Files[FileVillages]; sum != want {
		return nil, &geo.InputError{
			Pos: geo.Position{File: filepath.Join(dir, FileVillages)}, Found: "not the file that " + FileRun + " lists", Expected: "SHA-256 " + want,
			Hint: "it was changed, or belongs to another run: run again", Err: ErrResults,
		}
	}
	if err := out.readVillages(ctx, filepath.Join(dir, FileVillages)); err != nil {
		return nil, err
	}
	return out, out.Whole()
}

func exists(path string) bool {
	_, err := os.Stat(path)
	return err == nil
}

// readVillages reads a villages.geojson that this program wrote.
func (out *Results) readVillages(ctx context.Context, path string) (err error) {
	s, err := data.Open(ctx, path, data.Source{})
	if err != nil {
		return err
	}
	defer func() {
		if e := s.Close(); err == nil {
			err = e
		}
	}()
	for f, err := range s.Rows {
		if err != nil {
			return err
		}
		text := func(name string) string {
			fd, _ := f.Field(name)
			return fd.Value
		}
		number := func(name string) float64 {
			v, err := strconv.ParseFloat(text(name), 64)
			if err != nil {
				return 0 // null: not known
			}
			return v
		}
		v := compare.Village{
			ID: text("village_id"), Name: text("name"), CommuneCode: text("commune_code"), Commune: text("commune"),
			Class: data.Class(text("class")), ServedShare: number("served_share"),
			Population: number("population"), PeopleUnserved: number("people_unserved"),
		}
		switch text("grid_power") {
		case "true":
			v.GridPower = data.Yes
		case "false":
			v.GridPower = data.No
		}
		if v.ID == "" || !slices.Contains([]data.Class{data.Served, data.Weak, data.None, data.NotCounted}, v.Class) {
			return &geo.InputError{Pos: f.Pos, Found: fmt.Sprintf("village %q of class %q", v.ID, v.Class), Expected: "a village_id and a class", Err: ErrResults}
		}
		out.Villages = append(out.Villages, v)
		out.Outlines = append(out.Outlines, f.Geometry)
	}
	out.order()
	return nil
}

// Difference is something in which two runs were not made alike.
type Difference struct {
	What   string `json:"what"` // such as criterion.thresholds.LTE.served_dbm
	Before string `json:"before"`
	After  string `json:"after"`
}

// modelOutcomes are the members of [ModelSummary] that say what came out, not how it
// was computed.
var modelOutcomes = []string{"display_resolution", "transmitters", "path_losses", "near", "no_terrain", "no_loss", "warnings"}

// Differences says in what criterion, model, receiver and terrain of two runs
// differ: all that a comparison takes to be the same.
func Differences(before, after *Summary) ([]Difference, error) {
	var flat [2]map[string]string
	for i, s := range []*Summary{before, after} {
		flat[i] = map[string]string{}
		for _, part := range []struct {
			name string
			of   any
			omit []string
		}{{"criterion", s.Criterion, nil}, {"model", s.Model, modelOutcomes}} {
			b, err := json.Marshal(part.of)
			if err != nil {
				return nil, fmt.Errorf("run: %w", err)
			}
			var members map[string]any
			if err := json.Unmarshal(b, &members); err != nil {
				return nil, fmt.Errorf("run: %w", err)
			}
			for _, name := range part.omit {
				delete(members, name)
			}
			yamlfile.Flatten(flat[i], part.name, members)
		}
		flat[i]["terrain.surface"] = s.Terrain.Surface
		for _, role := range []string{"terrain", "land_cover", "sea"} {
			sums := map[string]bool{} // by content: the same tiles may lie elsewhere
			for _, in := range s.Inputs {
				if in.Role == role {
					sums[in.SHA256] = true
				}
			}
			flat[i][role+".files (SHA-256)"] = shortened(slices.Sorted(maps.Keys(sums)))
		}
	}
	names := maps.Clone(flat[0])
	maps.Copy(names, flat[1])
	var out []Difference
	for _, name := range slices.Sorted(maps.Keys(names)) {
		if a, b := flat[0][name], flat[1][name]; a != b {
			out = append(out, Difference{name, a, b})
		}
	}
	return out, nil
}

// shortened writes digests so that two lists of them can be told apart.
func shortened(sums []string) string {
	for i := range sums {
		sums[i] = sums[i][:min(8, len(sums[i]))]
	}
	return strings.Join(sums, " ")
}

// Comparison is compare.json: two runs, side by side.
type Comparison struct {
	Before      Side                   `json:"before"`
	After       Side                   `json:"after"`
	GapsBefore  map[compare.Change]int `json:"gaps_before"` // what became of each, adding up to before.villages.gaps
	GapsAfter   map[compare.Change]int `json:"gaps_after"`  // where each comes from, adding up to after.villages.gaps
	Communes    []compare.Commune      `json:"communes"`
	Criterion   string                 `json:"criterion"`
	Differences []Difference           `json:"differences,omitempty"` // compared all the same
	Synthetic   bool                   `json:"synthetic"`
	Files       map[string]string      `json:"files,omitempty"` // name -> SHA-256 of what was written

	pairs    []compare.Pair
	villages [2][]compare.Village
	outlines [2][]orb.Geometry
}

// Side is one of the two runs.
type Side struct {
	Folder  string        `json:"folder,omitempty"`
	Project string        `json:"project"`
	Date    string        `json:"network_date,omitempty"`
	Sites   int           `json:"sites"`   // on air, as far as they were computed
	Sectors int           `json:"sectors"` // of them
	Tally   compare.Tally `json:"villages"`
}

// Name is how the side is called: by its date, else its folder, else its project.
func (s *Side) Name() string {
	switch {
	case s.Date != "":
		return s.Date
	case s.Folder != "":
		return s.Folder
	}
	return s.Project
}

func side(r *Results, t compare.Tally) Side {
	s := r.Summary
	return Side{
		Folder: filepath.ToSlash(r.Folder), Project: s.Project, Date: s.Date,
		Sites: s.Counts.SitesComputed, Sectors: s.Counts.SectorsComputed, Tally: t,
	}
}

// Compare compares two runs. Unless forced, it refuses with ErrIncomparable what was
// not made alike.
func Compare(before, after *Results, o compare.Options, force bool) (*Comparison, error) {
	differences, err := Differences(before.Summary, after.Summary)
	if err != nil {
		return nil, err
	}
	if len(differences) > 0 && !force {
		var parts []string
		for _, d := range differences {
			parts = append(parts, fmt.Sprintf("%s (%s, then %s)", d.What, orNone(d.Before), orNone(d.After)))
		}
		return nil, fmt.Errorf("%w: they differ in %s; --force compares them all the same", ErrIncomparable, strings.Join(parts, ", "))
	}
	r, err := compare.Villages(before.Villages, after.Villages, o)
	if errors.Is(err, compare.ErrNothingInCommon) {
		return nil, &geo.InputError{
			Found:    fmt.Sprintf("no village of the one is in the other: ids such as %q there, %q here", before.Villages[0].ID, after.Villages[0].ID),
			Expected: "villages with the same ids", Hint: "--villages-map names a table of old_id, new_id", Err: err,
		}
	}
	if err != nil {
		return nil, err
	}
	return &Comparison{
		Before: side(before, r.Before), After: side(after, r.After), GapsBefore: r.GapsBefore, GapsAfter: r.GapsAfter, Communes: r.Communes,
		Criterion:   fmt.Sprintf("%s v%d", after.Summary.Criterion.Name, after.Summary.Criterion.Version),
		Differences: differences, Synthetic: before.Summary.Synthetic || after.Summary.Synthetic,
		pairs: r.Pairs, villages: [2][]compare.Village{before.Villages, after.Villages}, outlines: [2][]orb.Geometry{before.Outlines, after.Outlines},
	}, nil
}

func orNone(s string) string {
	if s == "" {
		return "nothing"
	}
	return s
}

// Write writes compare.csv, compare.geojson and compare.json.
func (c *Comparison) Write(folder *Folder) error {
	if err := folder.Write(FileCompareCSV, output.Layer{Table: &output.Compare, Each: c.records}.CSV); err != nil {
		return err
	}
	if err := folder.Write(FileCompareGeoJSON, output.Layer{Table: &output.Compare, Each: c.records}.GeoJSON); err != nil {
		return err
	}
	c.Files = folder.Digests()
	return folder.Write(FileCompare, func(w io.Writer) error { return WriteJSON(w, c) })
}

// Row is a village of a comparison: one after with those before it, or one that
// vanished.
type Row struct {
	*compare.Pair
	Village *compare.Village // after; of a vanished one before
	OldIDs  []string
}

// Rows gives every village after, in order, then those that vanished.
func (c *Comparison) Rows() []Row {
	rows := make([]Row, len(c.pairs))
	for i := range c.pairs {
		p := &c.pairs[i]
		r := Row{Pair: p}
		for _, b := range p.Before {
			r.OldIDs = append(r.OldIDs, c.villages[0][b].ID)
		}
		if p.After >= 0 {
			r.Village = &c.villages[1][p.After]
		} else {
			r.Village = &c.villages[0][p.Before[0]]
		}
		rows[i] = r
	}
	return rows
}

// Outline is the ground of a row's Village.
func (c *Comparison) Outline(r Row) orb.Geometry {
	if r.After >= 0 {
		return c.outlines[1][r.After]
	}
	return c.outlines[0][r.Before[0]]
}

// values gives output.Compare of a row.
func (c *Comparison) values(r Row) []any {
	v := r.Village
	var shareBefore, unservedBefore any
	if len(r.Before) == 1 {
		shareBefore = c.villages[0][r.Before[0]].ServedShare
	}
	if r.Relation == compare.Same || r.Relation == compare.Merged || r.Relation == compare.Gone { // of the others it is not known whose people went where
		unserved, people := 0.0, true
		for _, b := range r.Before {
			was := &c.villages[0][b]
			unserved += was.PeopleUnserved
			people = people && was.Population > 0
		}
		if people {
			unservedBefore = unserved
		}
	}
	id, old := any(v.ID), text(strings.Join(r.OldIDs, " "))
	var classAfter, shareAfter, unservedAfter any
	if r.After >= 0 {
		classAfter, shareAfter = string(v.Class), v.ServedShare
		if v.Population > 0 {
			unservedAfter = v.PeopleUnserved
		}
	} else {
		id = nil
	}
	return []any{
		id, old, text(v.Name), text(v.CommuneCode), text(v.Commune), string(r.Relation), string(r.Change),
		text(string(r.ClassBefore)), classAfter, shareBefore, shareAfter, unservedBefore, unservedAfter, stated(v.Population), yesNo(v.GridPower),
	}
}

// records gives output.Compare.
func (c *Comparison) records(write output.Write) error {
	for _, r := range c.Rows() {
		if err := write(c.Outline(r), c.values(r)...); err != nil {
			return fmt.Errorf("village %s: %w", r.Village.ID, err)
		}
	}
	return nil
}
