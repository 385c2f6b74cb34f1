package run

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"math"
	"os"

	"github.com/covgap/covgap/cmd/covgap/project"
	"github.com/covgap/covgap/coverage/propagation"
	"github.com/covgap/covgap/coverage/zone"
	"github.com/covgap/covgap/data"
	"github.com/covgap/covgap/data/habitat"
	"github.com/covgap/covgap/data/population"
	"github.com/covgap/covgap/geo"
	"github.com/covgap/covgap/geo/geodesy"
	"github.com/covgap/covgap/geo/hexgrid"
	"github.com/covgap/covgap/geo/raster"
	"github.com/covgap/covgap/geo/terrain"
	"github.com/paulmach/orb"
)

// LandSummary says in run.json what is known of the land beside its height.
type LandSummary struct {
	Population *PopulationSummary `json:"population,omitempty"`
	Cover      *CoverSummary      `json:"land_cover,omitempty"`
	Sea        *SeaSummary        `json:"sea,omitempty"`
}

// SeaSummary tells of the radio-climatic zones. Counts are of samples of the terrain.
type SeaSummary struct {
	Samples  int `json:"samples"`
	Sea      int `json:"sea"`
	Coastal  int `json:"coastal"`
	Levelled int `json:"levelled"` // of those at sea: without a height, taken as 0 m
}

// PopulationSummary tells of the population map.
type PopulationSummary struct {
	Source string `json:"source"` // geotiff or h3
	// The people of the hexes computed, and of those of them that are served; nil before
	// coverage.
	People       *float64 `json:"people,omitempty"`
	PeopleServed *float64 `json:"people_served,omitempty"`
}

// CoverSummary tells of the land cover.
type CoverSummary struct {
	// Clutter says whether heights stand on the terrain; on a surface model they do
	// only when add_on_dsm asks for it.
	Clutter           bool                     `json:"clutter"`
	ReceiverClearingM float64                  `json:"receiver_clearing_m"`
	Samples           int                      `json:"samples"` // of the terrain
	Missing           int                      `json:"missing"` // of them without a class
	Classes           []propagation.CoverClass `json:"classes"`
}

// marginM is how far around the areas people and buildings are read: villages at the
// border reach beyond it.
const marginM = 5000

// present gives the absolute path of a file that the project names, or the error of a
// missing resource.
func present(p *project.Project, role, file string) (string, error) {
	path := p.Path(file)
	if _, err := os.Stat(path); errors.Is(err, fs.ErrNotExist) {
		return "", fmt.Errorf("%w: %s %s: %w", ErrMissing, role, file, err)
	}
	return path, nil
}

// relative takes the project folder away from the place of an error.
func relative(p *project.Project, err error) error {
	var in *geo.InputError
	if errors.As(err, &in) && in.Pos.File != "" {
		in.Pos.File = p.Relative(in.Pos.File)
	}
	return err
}

// readPeople reads the population map of a project over bound; nil without one.
func readPeople(ctx context.Context, p *project.Project, bound orb.Bound) (*population.Population, error) {
	file := p.Inputs.Population.File
	if file == "" {
		return nil, nil
	}
	path, err := present(p, "population", file)
	if err != nil {
		return nil, err
	}
	people, err := population.Read(ctx, path, bound, p.Coverage.Resolution)
	return people, relative(p, err)
}

// openCover opens the land cover of a project, which must have one.
func openCover(ctx context.Context, p *project.Project) (*raster.Source, error) {
	var paths []string
	for _, f := range p.Inputs.LandCover.Files {
		path, err := present(p, "land cover", f)
		if err != nil {
			return nil, err
		}
		paths = append(paths, path)
	}
	src, err := raster.Open(ctx, paths)
	return src, relative(p, err)
}

// ReadLand gives what a project's maps know of where people live within bound, on the
// slopes of grid.
func ReadLand(ctx context.Context, p *project.Project, bound orb.Bound, grid *terrain.Grid) (habitat.Land, error) {
	land := habitat.Land{Terrain: grid}
	people, err := readPeople(ctx, p, bound)
	if err != nil && !errors.Is(err, population.ErrNobody) { // in a part of the area nobody may live
		return land, err
	}
	if people != nil {
		land.People = people.Cells
	}
	if p.Inputs.LandCover == nil {
		return land, nil
	}
	src, err := openCover(ctx, p)
	if err != nil {
		return land, err
	}
	land.BuiltUp, err = builtUp(ctx, p, src, bound)
	return land, err
}

// ReadClutter gives the heights of trees and buildings that a project's land cover
// puts on a terrain; nil for none.
func ReadClutter(ctx context.Context, p *project.Project, grid *terrain.Grid) (*terrain.Grid, error) {
	if p.Inputs.LandCover == nil {
		return nil, nil
	}
	src, err := openCover(ctx, p)
	if err != nil {
		return nil, err
	}
	clutter, _, err := stand(ctx, p, src, grid)
	return clutter, err
}

// ReadSea reads the sea of a project; nil without one.
func ReadSea(ctx context.Context, p *project.Project) ([]orb.MultiPolygon, error) {
	sea, _, err := readSea(ctx, p, orb.Bound{})
	return sea, relative(p, err)
}

// readSea refuses a sea away from the areas, unless their bound is zero.
func readSea(ctx context.Context, p *project.Project, areas orb.Bound) ([]orb.MultiPolygon, *data.Report, error) {
	if p.Inputs.Sea.File == "" {
		return nil, nil, nil
	}
	opt := p.Inputs.Sea.Options()
	opt.Reference = areas
	sea, report, err := data.ReadSea(ctx, []string{p.Path(p.Inputs.Sea.File)}, opt)
	return sea, report, locally(data.Sea, err)
}

// Zones gives the radio-climatic zones that a sea makes of a terrain, nil for inland
// throughout when there is none, and puts samples at sea that have no height at 0 m.
func Zones(grid *terrain.Grid, sea []orb.MultiPolygon) (zones *zone.Map, levelled int) {
	if sea == nil {
		return nil, 0
	}
	zones = zone.New(grid, sea)
	return zones, zones.Level(grid)
}

// readPopulation reads the people of the hexes of the areas.
func (r *Run) readPopulation(ctx context.Context, in *Inputs) error {
	people, err := readPeople(ctx, r.Project, geodesy.Pad(in.Bound, marginM))
	if err != nil || people == nil {
		return err
	}
	in.Land.People, in.populationSource = people.Cells, people.Source
	for _, f := range people.Files {
		in.LandFiles = append(in.LandFiles, InputFile{Role: "population", File: r.Project.Relative(f)})
	}
	return nil
}

// peopleOf is the People of [data.Options].
func (r *Run) peopleOf(in *Inputs) func(*data.Village) float64 {
	if in.Land.People == nil {
		return nil
	}
	return func(v *data.Village) float64 { return in.Land.PeopleOf(v, r.Project.Coverage.Resolution) }
}

// readLandCover reads the clutter on the terrain and what is built up.
func (r *Run) readLandCover(ctx context.Context, in *Inputs) error {
	p, l := r.Project, r.Options.Lang
	if p.Inputs.LandCover == nil {
		return nil
	}
	src, err := openCover(ctx, p)
	if err != nil {
		return err
	}
	if _, err := src.Files(in.Bound); err != nil {
		return relative(p, err)
	}
	files, err := src.Files(in.Terrain.Bound())
	if err != nil {
		return relative(p, err)
	}
	for _, f := range files {
		in.LandFiles = append(in.LandFiles, InputFile{Role: "land_cover", File: p.Relative(f)})
	}
	if in.Clutter, in.Cover, err = stand(ctx, p, src, in.Terrain); err != nil {
		return err
	}
	if in.Land.BuiltUp, err = builtUp(ctx, p, src, geodesy.Pad(in.Bound, marginM)); err != nil {
		return err
	}
	place := p.Inputs.LandCover.Files[0]
	if n := in.Cover.Missing; n > 0 {
		in.Notices = append(in.Notices, Notice{
			Input: "land_cover", Place: place, Rows: n,
			Text: fmt.Sprintf(l.T("no class for %s %% of the terrain: no clutter there", "%s %% địa hình không có lớp phủ: ở đó không tính vật che"), l.Float(100*float64(n)/float64(in.Cover.Samples), 1)),
		})
	}
	if !in.Cover.Clutter && in.Terrain.Surface == terrain.DSM {
		in.Notices = append(in.Notices, Notice{
			Input: "land_cover", Place: place, Rows: 1,
			Text: l.T("heights of trees and buildings are not added, since the terrain is a dsm that holds them (add_on_dsm: true adds them)",
				"không cộng chiều cao cây và nhà vì địa hình là dsm đã gồm chúng (add_on_dsm: true để cộng)"),
		})
	}
	return nil
}

// stand puts the heights of the land cover's classes on a terrain; the grid is nil
// where none has any.
func stand(ctx context.Context, p *project.Project, src *raster.Source, t *terrain.Grid) (*terrain.Grid, *CoverSummary, error) {
	cover := p.Inputs.LandCover
	heights, err := cover.Heights(t.Surface)
	if err != nil {
		return nil, nil, err
	}
	values, err := src.Nearest(ctx, raster.Lattice{
		West: t.West, North: t.North, StepLon: t.StepLon, StepLat: t.StepLat, Width: t.Width, Height: t.Height,
	})
	if err != nil {
		return nil, nil, relative(p, err)
	}
	s := &CoverSummary{ReceiverClearingM: cover.ReceiverClearingM, Samples: len(values), Classes: cover.Classes}
	for i, v := range values {
		if v != v {
			s.Missing++
			continue
		}
		heightM := math.NaN()
		if v >= 0 && v <= 255 && v == float32(math.Trunc(float64(v))) {
			heightM = heights.HeightM(uint8(v))
		}
		if math.IsNaN(heightM) {
			return nil, nil, &geo.InputError{
				Pos: geo.Position{File: cover.Files[0]}, Found: fmt.Sprintf("class %g", v), Expected: "a class of inputs.land_cover.classes",
				Hint: "the table there is that of ESA WorldCover; give the map's own", Err: propagation.ErrLandCover,
			}
		}
		s.Clutter = s.Clutter || heightM > 0
		values[i] = float32(heightM)
	}
	if !s.Clutter {
		return nil, s, nil
	}
	clutter := *t
	clutter.HeightsM = values
	return &clutter, s, nil
}

// builtUp counts the built-up samples of every hex in bound.
func builtUp(ctx context.Context, p *project.Project, src *raster.Source, bound orb.Bound) (map[hexgrid.Cell]float64, error) {
	var built [256]bool
	for _, c := range p.Inputs.LandCover.Classes {
		switch c.Category {
		case propagation.SuburbanClutter, propagation.UrbanClutter, propagation.DenseUrbanClutter:
			built[c.Code] = true
		}
	}
	count := map[hexgrid.Cell]float64{}
	err := src.Scan(ctx, bound, func(s *raster.Sample) error {
		if !(s.Value >= 0 && s.Value <= 255) || !built[uint8(s.Value)] {
			return nil
		}
		at, err := s.Center()
		if err != nil {
			return err
		}
		cell, err := hexgrid.At(at, p.Coverage.Resolution)
		if err != nil {
			return err
		}
		count[cell]++
		return nil
	})
	return count, relative(p, err)
}

// landSummary gives what run.json says of the land; nil when nothing is known.
func (r *Run) landSummary() *LandSummary {
	in := r.Inputs
	if in.Land.People == nil && in.Cover == nil && in.Zones == nil {
		return nil
	}
	s := &LandSummary{Cover: in.Cover}
	if z := in.Zones; z != nil {
		s.Sea = &SeaSummary{Samples: in.TerrainReport.Samples, Sea: z.Count(propagation.Sea), Coastal: z.Count(propagation.Coastal), Levelled: in.seaLevelled}
	}
	if in.Land.People != nil {
		s.Population = &PopulationSummary{Source: in.populationSource}
		if c := r.Coverage; c != nil {
			var people, served float64
			for i, cell := range c.Grid.Cells() {
				n := in.Land.People[cell]
				people += n
				if c.Hexes.Class[i] == data.Served {
					served += n
				}
			}
			people, served = math.Round(people), math.Round(served)
			s.Population.People, s.Population.PeopleServed = &people, &served
		}
	}
	return s
}
