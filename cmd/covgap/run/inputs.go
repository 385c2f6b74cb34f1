package run

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"math"
	"os"
	"slices"
	"strconv"
	"strings"

	"github.com/covgap/covgap/cmd/covgap/project"
	"github.com/covgap/covgap/coverage/antenna"
	"github.com/covgap/covgap/coverage/calibrate"
	"github.com/covgap/covgap/coverage/zone"
	"github.com/covgap/covgap/data"
	"github.com/covgap/covgap/data/habitat"
	"github.com/covgap/covgap/geo"
	"github.com/covgap/covgap/geo/geodesy"
	"github.com/covgap/covgap/geo/hexgrid"
	"github.com/covgap/covgap/geo/terrain"
	"github.com/covgap/covgap/planner/candidate"
	"github.com/covgap/covgap/planner/cost"
	"github.com/paulmach/orb"
)

// Inputs is what the user brought, read and validated.
type Inputs struct {
	Areas    []data.Area
	Index    *data.AreaIndex
	Bound    orb.Bound // of the areas
	Villages []data.Village
	Sites    []data.Site

	Terrain       *terrain.Grid
	TerrainFiles  []string
	TerrainReport terrain.WindowReport

	Land      habitat.Land  // where people live
	Clutter   *terrain.Grid // heights of trees and buildings on the terrain, nil for none
	Cover     *CoverSummary // nil without land cover
	LandFiles []InputFile   // of population and land cover, without their digests

	Zones       *zone.Map // of the terrain, nil for inland throughout
	seaLevelled int       // samples at sea without a height

	populationSource string

	// Antennas holds the patterns of the antenna files that sectors name, by that name.
	Antennas     map[string]antenna.Pattern
	AntennaFiles []string // relative to the project

	Costs cost.Table // those of the project, with the items of its cost file
	// Lines holds roads, power lines and fibre, where the project names them.
	Lines map[data.Kind][]orb.LineString
	// Points and Exclusions are those of plan.candidates.
	Points     []candidate.Point
	Exclusions []candidate.Zone

	Calibration *calibrate.Calibration // of the model, nil for none

	Reports []*data.Report // areas, villages, sites, then lines
	Notices []Notice       // about inputs that are no tables
}

// Rejects gives the refused rows of all inputs.
func (in *Inputs) Rejects() []data.Reject {
	var out []data.Reject
	for _, r := range in.Reports {
		out = append(out, r.Rejects...)
	}
	return out
}

// Check reads and validates every input. Problems of different files are joined
// in one error, so that a user sees all of them at once.
func (r *Run) Check(ctx context.Context) error {
	p := r.Project
	in := &Inputs{Costs: p.Plan.Costs, Lines: map[data.Kind][]orb.LineString{}}
	stage := r.Options.Reporter.Start("check", 0, "")

	var problems []error
	note := func(err error) bool {
		if err != nil {
			problems = append(problems, err)
		}
		return err == nil
	}
	noteTable := func(kind data.Kind, err error) bool { return note(locally(kind, err)) }

	areas, report, err := data.ReadAreas(ctx, []string{p.Path(p.Inputs.Areas.File)}, p.Inputs.Areas.Options())
	if noteTable(data.Areas, err) {
		in.Areas, in.Index = areas, data.NewAreaIndex(areas)
		in.Reports = append(in.Reports, report)
		in.Bound = areas[0].Geometry.Bound()
		for i := range areas {
			in.Bound = in.Bound.Union(areas[i].Geometry.Bound())
		}
	}

	if in.Index != nil {
		note(r.readPopulation(ctx, in))
	}

	opt := p.Inputs.Villages.Options()
	opt.Areas = in.Index
	opt.People = r.peopleOf(in)
	villages, report, err := data.ReadVillages(ctx, []string{p.Path(p.Inputs.Villages.File)}, opt)
	if noteTable(data.Villages, err) {
		in.Villages = villages
		in.Reports = append(in.Reports, report)
	}

	opt = p.Inputs.Sites.Options()
	if in.Index != nil {
		opt.Reference = geodesy.Pad(in.Bound, p.Coverage.RadiusKm*1000)
	}
	patterns := newAntennas(p)
	opt.Antenna = patterns.lookup
	sites, report, err := data.ReadSites(ctx, []string{p.Path(p.Inputs.Sites.File)}, opt)
	if noteTable(data.Sites, err) {
		in.Sites = sites
		in.Reports = append(in.Reports, report)
		in.Antennas = patterns.patterns()
		in.Notices = append(in.Notices, patterns.notices(r, sites)...)
		for _, name := range patterns.names() {
			in.AntennaFiles = append(in.AntennaFiles, p.Relative(patterns.paths[name]))
		}
	}
	problems = append(problems, patterns.errs...)

	for _, t := range p.Inputs.Lines() {
		if t.File == "" {
			continue
		}
		opt := t.Options()
		if in.Index != nil {
			opt.Reference = in.Bound
		}
		lines, report, err := data.ReadLines(ctx, t.Kind, []string{p.Path(t.File)}, opt)
		if noteTable(t.Kind, err) {
			in.Lines[t.Kind] = lines
			in.Reports = append(in.Reports, report)
		}
	}
	if t := &p.Plan.Candidates.Points; t.File != "" {
		opt := t.Options()
		opt.Areas = in.Index
		points, report, err := data.ReadSites(ctx, []string{p.Path(t.File)}, opt)
		if noteTable(kindPoints, err) {
			for i := range points {
				in.Points = append(in.Points, candidate.Point{ID: points[i].ID, Position: points[i].Position})
			}
			in.Reports = append(in.Reports, onlyPlaces(kindPoints, report))
		}
	}
	if t := &p.Plan.Candidates.Exclusions; t.File != "" {
		zones, report, err := data.ReadAreas(ctx, []string{p.Path(t.File)}, t.Options())
		if noteTable(kindExclusions, err) {
			for i := range zones {
				in.Exclusions = append(in.Exclusions, candidate.Zone{Name: zones[i].Name, Geometry: zones[i].Geometry})
			}
			in.Reports = append(in.Reports, onlyPlaces(kindExclusions, report))
		}
	}
	note(in.knowsPlaces(p))
	if file := p.Plan.CostsFile; file != "" {
		costs, err := p.Plan.Costs.Read(ctx, p.Path(file))
		if note(err) {
			in.Costs = costs
		}
	}
	in.Calibration, err = r.readCalibration()
	note(err)

	sea, report, err := readSea(ctx, p, in.Bound)
	if note(err) && report != nil {
		in.Reports = append(in.Reports, report)
	}

	if in.Index != nil {
		if note(r.readTerrain(ctx, in, sea)) {
			in.Land.Terrain = in.Terrain
			note(r.readLandCover(ctx, in))
		}
	}
	if err := errors.Join(problems...); err != nil {
		if ctx.Err() != nil {
			return ctx.Err()
		}
		return err
	}
	r.Inputs = in
	l := r.Options.Lang
	r.finish(stage, "check", fmt.Sprintf("%s %s, %s %s, %s %s, %s %s",
		l.Int(int64(len(in.Sites))), l.T("sites", "trạm"),
		l.Int(int64(len(in.Villages))), l.T("villages", "thôn/xóm"),
		l.Int(int64(len(in.Areas))), l.T("areas", "xã/phường"),
		l.Int(int64(in.TerrainReport.Samples)), l.T("terrain samples", "điểm độ cao")), "")
	return nil
}

// What is read as sites and areas are, and is neither: the key of it.
const (
	kindPoints     data.Kind = "plan.candidates.points"
	kindExclusions data.Kind = "plan.candidates.exclusions"
)

// onlyPlaces gives the report on a table of which only places are read: what was assumed
// about the rest of its rows is not about anything.
func onlyPlaces(kind data.Kind, report *data.Report) *data.Report {
	report.Kind, report.Assumptions = kind, nil
	return report
}

// knowsPlaces refuses a place of plan.constraints that cannot be one: neither a site, nor
// a point of the user's list, nor a hex.
func (in *Inputs) knowsPlaces(p *project.Project) error {
	if in.Sites == nil || p.Plan.Candidates.Points.File != "" && in.Points == nil {
		return nil // what they are is not known
	}
	known := map[string]bool{}
	for i := range in.Sites {
		known[in.Sites[i].ID] = true
	}
	for i := range in.Points {
		known[in.Points[i].ID] = true
	}
	c := &p.Plan.Constraints
	for _, list := range []struct {
		key string
		ids []string
	}{{"must", c.Must}, {"must_not", c.MustNot}} {
		for i, id := range list.ids {
			if known[id] {
				continue
			}
			if _, err := hexgrid.Parse(id); err == nil {
				continue
			}
			err := &geo.InputError{
				Field: fmt.Sprintf("plan.constraints.%s[%d]", list.key, i), Found: strconv.Quote(id),
				Expected: "the id of a site, of a point of plan.candidates.points, or of an H3 hex", Err: project.ErrProject,
			}
			err.Hint = geo.DidYouMean(id, slices.Sorted(maps.Keys(known)))
			return p.Locate(err)
		}
	}
	return nil
}

// locally adds to an error about coordinates, encoding or layers how its remedy is said of one file
// alone, on the command line and in the project file.
func locally(kind data.Kind, err error) error {
	var in *geo.InputError
	if !errors.As(err, &in) || !errors.Is(err, data.ErrCoordinates) && !strings.Contains(in.Hint, "--encoding") && !strings.Contains(in.Hint, "--layer") {
		return err
	}
	switch kind {
	case data.Sites, data.Villages, data.Areas, data.Sea:
	default: // no flag names them
		key := string(kind)
		if !strings.Contains(key, ".") {
			key = "inputs." + key
		}
		in.Hint = strings.NewReplacer("--in-crs", key+".in_crs", "--swap-xy", key+".swap_xy: true", "--layer ", key+".layer: ", "--encoding ", key+".encoding: ").Replace(in.Hint)
		return err
	}
	for _, r := range []struct{ flag, value, key string }{{"--in-crs", "=EPSG:CODE", "in_crs"}, {"--swap-xy", "", "swap_xy"}, {"--encoding", "=NAME", "encoding"}, {"--layer", "=NAME", "layer"}} {
		if strings.Contains(in.Hint, r.flag) {
			in.Hint += fmt.Sprintf("; for this file alone: %s %s%s, in covgap.yaml inputs.%s.%s", r.flag, kind, r.value, kind, r.key)
		}
	}
	return err
}

// readTerrain reads the terrain, with the zones that the sea makes of it.
func (r *Run) readTerrain(ctx context.Context, in *Inputs, sea []orb.MultiPolygon) error {
	p := r.Project
	paths := make([]string, len(p.Inputs.Terrain.Files))
	for i, f := range p.Inputs.Terrain.Files {
		paths[i] = p.Path(f)
		if _, err := os.Stat(paths[i]); err != nil {
			return fmt.Errorf("%w: terrain %s: %w", ErrMissing, f, err)
		}
	}
	src, err := terrain.Open(ctx, paths, terrain.Options{Surface: p.Inputs.Terrain.Surface})
	if err != nil {
		return err
	}
	in.Terrain, in.TerrainReport, err = src.Window(ctx, geodesy.Pad(in.Bound, p.Coverage.RadiusKm*1000))
	if err != nil {
		return err
	}
	in.Zones, in.seaLevelled = Zones(in.Terrain, sea)
	in.TerrainReport.Missing -= in.seaLevelled
	for _, f := range in.TerrainReport.Files {
		in.TerrainFiles = append(in.TerrainFiles, p.Relative(f))
	}
	if p.Inputs.Terrain.AllowMissing {
		return nil
	}
	var missing, total int
	var first orb.Point
	for _, pt := range samplePoints(in) {
		total++
		if math.IsNaN(in.Terrain.At(pt)) {
			if missing == 0 {
				first = pt
			}
			missing++
		}
	}
	if missing > 0 {
		return fmt.Errorf("%w: %w", ErrMissing, &geo.InputError{
			Pos:      geo.Position{File: p.Inputs.Terrain.Files[0]},
			Field:    "terrain",
			Found:    fmt.Sprintf("no height for %.1f %% of the area, first at %.4f, %.4f", 100*float64(missing)/float64(total), first.Lon(), first.Lat()),
			Expected: fmt.Sprintf("terrain that covers longitude %.3f to %.3f, latitude %.3f to %.3f", in.Bound.Min.Lon(), in.Bound.Max.Lon(), in.Bound.Min.Lat(), in.Bound.Max.Lat()),
			Hint:     "add the missing tiles, or set inputs.terrain.allow_missing_terrain: true to go on without values there",
		})
	}
	return nil
}

// samplePoints are points of the areas about a kilometre apart, where terrain has
// to be.
func samplePoints(in *Inputs) []orb.Point {
	const stepDeg = 0.01
	var pts []orb.Point
	for lat := in.Bound.Min.Lat() + stepDeg/2; lat < in.Bound.Max.Lat(); lat += stepDeg {
		for lon := in.Bound.Min.Lon() + stepDeg/2; lon < in.Bound.Max.Lon(); lon += stepDeg {
			if _, ok := in.Index.At(orb.Point{lon, lat}); ok {
				pts = append(pts, orb.Point{lon, lat})
			}
		}
	}
	return pts
}
