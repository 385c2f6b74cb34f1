// Package project reads, checks and writes covgap.yaml, the file that says what a
// run is made of, and guards the project folder around it.
package project

import (
	"errors"

	"github.com/covgap/covgap/coverage/criterion"
	"github.com/covgap/covgap/coverage/linkbudget"
	"github.com/covgap/covgap/coverage/propagation"
	"github.com/covgap/covgap/coverage/sweep"
	"github.com/covgap/covgap/data"
	"github.com/covgap/covgap/geo/terrain"
	"github.com/covgap/covgap/planner"
	"github.com/covgap/covgap/planner/access"
	"github.com/covgap/covgap/planner/backhaul"
	"github.com/covgap/covgap/planner/cost"
	"github.com/covgap/covgap/planner/power"
	"github.com/covgap/covgap/planner/remote"
	"github.com/covgap/covgap/planner/repeater"
	"github.com/covgap/covgap/planner/template"
)

// FileName is the project file's name in its folder.
const FileName = "covgap.yaml"

// Version is the version of the project file this program reads and writes.
const Version = 1

// Errors of this package.
var (
	ErrNotFound = errors.New("no project found")
	ErrExists   = errors.New("a project is already there")
	ErrLocked   = errors.New("another covgap is at work in this project")
)

// Project is the content of covgap.yaml. Paths in it are relative to its folder.
type Project struct {
	Version   int                 `yaml:"version"`
	Name      string              `yaml:"name"`
	Lang      string              `yaml:"lang,omitempty"` // vi or en
	Synthetic bool                `yaml:"synthetic,omitempty"`
	Inputs    Inputs              `yaml:"inputs"`
	Coverage  Coverage            `yaml:"coverage"`
	Criterion criterion.Criterion `yaml:"criterion"`
	Plan      Plan                `yaml:"plan"`
	Outputs   Outputs             `yaml:"outputs,omitempty"`

	dir    string   // the project folder, absolute
	loaded *Project // as the file has it, nil when this is of no file
}

// Outputs says how results are written.
type Outputs struct {
	// CRS is the EPSG code of the VN-2000 zone of e_vn2000 and n_vn2000; "" takes that
	// of the province.
	CRS string `yaml:"crs,omitempty"`
}

// Inputs names what the user brings.
type Inputs struct {
	Sites    Table   `yaml:"sites"`
	Villages Table   `yaml:"villages"`
	Areas    Table   `yaml:"areas"`
	Terrain  Terrain `yaml:"terrain"`

	Antennas   Antennas   `yaml:"antennas,omitempty"`
	Population Population `yaml:"population,omitempty"`
	LandCover  *LandCover `yaml:"land_cover,omitempty"` // nil for none

	// What new sites are reached, fed and connected by. Each may be missing.
	Roads      Table `yaml:"roads,omitempty"`
	PowerLines Table `yaml:"power_lines,omitempty"`
	Fibre      Table `yaml:"fibre,omitempty"`

	// Sea is polygons of the sea, by which paths over it and along the coast are told
	// from inland ones. It may be missing.
	Sea Table `yaml:"sea,omitempty"`

	Measurements Table `yaml:"measurements,omitempty"` // drive tests, read by covgap calibrate alone
}

// Population names a map of people: a GeoTIFF of counts, a folder of them, or a table
// of H3 cells. Where villages live in it decides over the terrain.
type Population struct {
	File string `yaml:"file,omitempty"`
}

// LandCover names a map of land-cover classes and says what stands on each.
type LandCover struct {
	Files []string `yaml:"files"` // GeoTIFFs, or folders of them
	// ReceiverClearingM is how far around a phone nothing stands in its way.
	ReceiverClearingM     float64 `yaml:"receiver_clearing_m"`
	propagation.LandCover `yaml:",inline"`
}

// NewLandCover gives a land cover without files: the table of ESA WorldCover, and a
// clearing of [sweep.DefaultReceiverClearingM].
func NewLandCover() *LandCover {
	return &LandCover{ReceiverClearingM: sweep.DefaultReceiverClearingM, LandCover: propagation.WorldCover()}
}

// UnmarshalYAML reads a land cover; what the file leaves out is that of
// [NewLandCover].
func (c *LandCover) UnmarshalYAML(unmarshal func(any) error) error {
	type plain LandCover // without this method
	p := plain(*NewLandCover())
	p.Classes = nil
	if err := unmarshal(&p); err != nil {
		return err
	}
	if len(p.Classes) == 0 {
		p.Classes = NewLandCover().Classes
	}
	*c = LandCover(p)
	return nil
}

// Lines gives the inputs that are lines, by kind. Those without a file are not there.
func (in *Inputs) Lines() []KindTable {
	return []KindTable{{data.Roads, &in.Roads}, {data.PowerLines, &in.PowerLines}, {data.FibreLines, &in.Fibre}}
}

// KindTable is a table with what it holds.
type KindTable struct {
	Kind data.Kind
	*Table
}

// Antennas says where the pattern files are that sectors name. Without a folder they
// are looked for beside the sites, then in the project folder.
type Antennas struct {
	Folder string `yaml:"folder,omitempty"`
	Ignore bool   `yaml:"ignore,omitempty"` // sectors have the antennas of their columns
}

// Table is a vector file or table and how to read it.
type Table struct {
	File      string       `yaml:"file"`
	Layer     string       `yaml:"layer,omitempty"`      // of a GeoPackage or archive, or the sheet of a workbook
	HeaderRow int          `yaml:"header_row,omitempty"` // of a workbook, or line of a text table, from 1; 0 looks for it
	Encoding  string       `yaml:"encoding,omitempty"`   // of a text table or a shapefile, such as windows-1258; "" is what the file declares, else UTF-8
	InCRS     string       `yaml:"in_crs,omitempty"`     // EPSG code of projected coordinates
	SwapXY    bool         `yaml:"swap_xy,omitempty"`    // the file has latitude (or north) first
	Mapping   data.Mapping `yaml:"mapping,omitempty"`

	RadiusM      float64            `yaml:"radius_m,omitempty"`      // villages: radius of those given as points
	JoinM        float64            `yaml:"join_m,omitempty"`        // sites: rows nearer than this are one site
	BlankAzimuth data.AzimuthPolicy `yaml:"blank_azimuth,omitempty"` // sites: three, envelope or omni
}

// Options are the options with which the table is read.
func (t *Table) Options() data.Options {
	return data.Options{
		Mapping: t.Mapping, Layer: t.Layer, HeaderRow: t.HeaderRow, Encoding: t.Encoding, InCRS: t.InCRS, SwapXY: t.SwapXY,
		JoinM: t.JoinM, RadiusM: t.RadiusM, BlankAzimuth: t.BlankAzimuth,
	}
}

// Terrain names the elevation files.
type Terrain struct {
	Files        []string        `yaml:"files"`
	Surface      terrain.Surface `yaml:"surface"`
	AllowMissing bool            `yaml:"allow_missing_terrain,omitempty"`
}

// Coverage says how the path loss is computed.
type Coverage struct {
	Model      string  `yaml:"model"`
	Resolution int     `yaml:"resolution"`
	RadiusKm   float64 `yaml:"radius_km"`
	// Date takes the network of a day (2022-06-30): the sectors then on air. "" takes
	// those whose status says that they are.
	Date string `yaml:"date,omitempty"`
	// Calibration is a file that covgap calibrate wrote; "" computes by the model alone.
	Calibration string `yaml:"calibration,omitempty"`

	Downlink linkbudget.Downlink `yaml:"downlink"` // quality and rate
}

// Plan says what is wanted of the planner.
type Plan struct {
	Objective   planner.Objective    `yaml:"objective"`
	Constraints planner.Constraints  `yaml:"constraints,omitempty"`
	Actions     []planner.ActionKind `yaml:"actions"`           // kinds that may be offered
	Targets     string               `yaml:"targets,omitempty"` // declared, computed or both; "" is declared where the villages have a declared status
	Candidates  Candidates           `yaml:"candidates"`
	// Template is the one template of projects that name no list.
	Template  *template.Site    `yaml:"template,omitempty"`
	Templates []template.Site   `yaml:"templates,omitempty"` // what new sites may consist of
	Costs     cost.Table        `yaml:"costs"`
	CostsFile string            `yaml:"costs_file,omitempty"` // CSV or YAML; its items take the place of those of Costs
	Access    access.Settings   `yaml:"access"`
	Power     power.Settings    `yaml:"power"`
	Backhaul  backhaul.Settings `yaml:"backhaul"`
	Remote    remote.Settings   `yaml:"remote"`
	Repeater  repeater.Settings `yaml:"repeater"`
}

// Candidates says where new sites may stand.
type Candidates struct {
	Resolution int     `yaml:"resolution"` // H3: every hex of it is tried
	RadiusKm   float64 `yaml:"radius_km"`  // how far a new site is tried

	Points      Table   `yaml:"points,omitempty"`        // places of the user's own, read as sites are: site_id, longitude, latitude
	OnlyPoints  bool    `yaml:"only_points,omitempty"`   // not the hexes
	Exclusions  Table   `yaml:"exclusions,omitempty"`    // polygons in which no mast may stand, read as areas are: code, name
	MaxSlopeDeg float64 `yaml:"max_slope_deg,omitempty"` // of the ground; 0 sets no limit
	MaxRoadKm   float64 `yaml:"max_road_km,omitempty"`   // to the nearest of inputs.roads; 0 sets no limit
	BorderM     float64 `yaml:"border_m,omitempty"`      // least distance from the edge of the areas
	List        bool    `yaml:"list,omitempty"`          // write candidates.csv: every place refused, with its reason
}
