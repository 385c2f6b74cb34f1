package project

import (
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"

	"github.com/covgap/covgap/data/yamlfile"
	"github.com/goccy/go-yaml"
)

// comments explain the keys of a project file that covgap writes.
var comments = map[string]string{
	"$.version":                        "version of this file's format; \"covgap schema project\" lists every key there can be",
	"$.name":                           "stands in reports and pictures",
	"$.lang":                           "language of summaries and pictures: vi or en",
	"$.synthetic":                      "invented data: every output says so",
	"$.inputs":                         "paths are relative to this file; \"covgap schema sites\" lists the columns. More keys: antennas: {folder: DIR}, population: {file: F}, land_cover: {files: [F]}, roads, power_lines, fibre: {file: F} (lines as GeoJSON), sea: {file: F} (polygons)",
	"$.inputs.sites":                   "more keys: layer (or sheet), header_row, encoding, in_crs (EPSG code), swap_xy, join_m (50), blank_azimuth (three, envelope, omni), mapping",
	"$.inputs.antennas":                "folder of the MSI files that antenna_file names (default: beside the sites); ignore: true goes by beamwidth and gain",
	"$.inputs.population":              "people: a GeoTIFF of counts (WorldPop, GHS-POP) or a CSV of H3 cells (h3,population); decides where in a village they live",
	"$.inputs.land_cover":              "GeoTIFFs of classes (ESA WorldCover): heights of trees and buildings on the way, on a dsm only with add_on_dsm: true, and built-up land",
	"$.inputs.sea":                     "polygons of the sea, as of OpenStreetMap or a land survey, 50 km beyond all paths: paths over it and along the coast are computed as such",
	"$.inputs.villages":                "more keys: layer, header_row, encoding, in_crs, swap_xy, radius_m (of villages given as points, 500), mapping",
	"$.inputs.terrain":                 "more keys: allow_missing_terrain",
	"$.inputs.terrain.surface":         "dsm: heights include roofs and tree tops, as SRTM and Copernicus GLO-30 do; dtm: bare earth",
	"$.coverage":                       "more keys: date (2022-06-30: the sectors on air that day), calibration (a file of covgap calibrate)",
	"$.coverage.model":                 "path loss: p1812 (ITU-R P.1812-8); \"covgap models\" lists the others",
	"$.coverage.resolution":            "H3 resolution of the receive points: 10 is 131 m between them, 9 is 347 m",
	"$.coverage.radius_km":             "how far a base station is computed",
	"$.coverage.downlink":              "signal quality and rate: load of all sectors (0 to 1), noise figure of the phone, share of the time downlink in TDD bands",
	"$.criterion":                      "what counts as served; every output carries it. A name alone will do: outdoor-4g, indoor-4g, any-technology, 5g; base: NAME takes the rest from it",
	"$.criterion.rule":                 "people, households or area: a share of it must be served; centre: the village's centre point",
	"$.criterion.thresholds":           "technologies that count, in dBm of their own quantity (RSRP, RSCP, RxLev); others are not computed",
	"$.criterion.location_probability": "share of a hex's locations that must reach the threshold; 0.5 is the median",
	"$.criterion.operators":            "any operator will do, each must serve, or a named one (then operator: NAME)",
	"$.plan":                           "what to build. Beside it outputs: {crs: EPSG:9210}, the VN-2000 zone of e_vn2000 and n_vn2000 (default: that of the inputs, else of the province)",
	"$.plan.objective":                 "goal: eliminate (least cost for all), budget (then budget: AMOUNT) or count (then count: NUMBER). Beside it constraints: must, must_not (ids of points, sites, hexes), spacing_m, years (year, amount), funds (name, amount, operator, eligible_only)",
	"$.plan.templates":                 "what a new site may consist of, one or several; azimuths and tilts are chosen for each place unless azimuths_deg and electrical_tilt_deg state them",
	"$.plan.costs":                     "every price with its source: replace them with your own, here or by costs_file: FILE.csv (\"covgap schema costs\")",
	"$.plan.access":                    "the track from the nearest road (inputs.roads) to a mast",
	"$.plan.power":                     "how masts get electricity and how large it is: grid, grid_year, solar, hybrid. More keys: load_w, grid_wait_year, irradiation_kwh_m2_day (12 months)",
	"$.plan.backhaul":                  "how masts are connected: fibre, microwave (clearance p530 or 0.6F1; rain rate of your place), satellite last",
	"$.plan.remote":                    "sectors on the baseband of another site, over fibre or a fronthaul link",
	"$.plan.repeater":                  "what a repeater hears, amplifies and puts out",
	"$.plan.actions":                   "what may be done: masts from a template, sectors on the baseband of another site where that costs less; at masts that stand a sector, a band where the operator holds the spectrum, antennas raised within the structure. One more may be added: repeater, of a sector that is heard where the mast would stand, which makes the search longer",
	"$.plan.targets":                   "villages to plan for: declared, computed or both",
	"$.plan.candidates":                "every hex of this resolution within the radius of a gap is tried, at its highest point. More keys: points (file: your own list), only_points, exclusions (file: polygons), max_slope_deg, max_road_km, border_m, list (candidates.csv)",
}

// mappingExample stands at the sites of a project without mapping.
var mappingExample = []string{
	" columns with names or values of their own: take the # away from these lines, and put in yours",
	" mapping:",
	"   columns: {power_dbm.LTE: max_power_lte}",
	"   values: {max_power_lte: {Sehr Klein: 27, Klein: 34, Mittel: 40, Gross: 46}}",
	"   where: {in_aoi: 1}",
}

// mappingMore stands at the mapping of the sites.
var mappingMore = []string{
	" columns: ours: the file's. Beside it, put in with words of your own:",
	"   values: {max_power_lte: {Sehr Klein: 27, Klein: 34, Mittel: 40, Gross: 46}}",
	"   where: {in_aoi: 1}",
}

// Write writes the project file with a comment at each key that needs one. head is
// put on top, a line each.
func (p *Project) Write(w io.Writer, head ...string) error {
	cm := yaml.CommentMap{}
	for path, c := range comments {
		cm[path] = []*yaml.Comment{yaml.HeadComment(" " + c)}
	}
	if m := &p.Inputs.Sites.Mapping; len(m.Columns)+len(m.Values)+len(m.Where)+len(m.Constants) == 0 {
		cm["$.inputs.sites.file"] = []*yaml.Comment{yaml.HeadComment(mappingExample...)}
	} else {
		cm["$.inputs.sites.mapping"] = []*yaml.Comment{yaml.HeadComment(mappingMore...)}
	}
	b, err := yamlfile.Marshal(p, yaml.WithComment(cm))
	if err != nil {
		return fmt.Errorf("project: %w", err)
	}
	for _, line := range head {
		if _, err := fmt.Fprintf(w, "# %s\n", line); err != nil {
			return err
		}
	}
	_, err = w.Write(b)
	return err
}

// Create writes a new project file into dir, which it makes when missing. It
// refuses with ErrExists when there is one already.
func (p *Project) Create(dir string, head ...string) error {
	file := filepath.Join(dir, FileName)
	if exists(file) {
		return fmt.Errorf("%w: %s; choose another folder, or edit or remove that file", ErrExists, file)
	}
	return p.Save(dir, head...)
}

// Save writes the project file into dir, which it makes when missing, in place of
// one that is there.
func (p *Project) Save(dir string, head ...string) error {
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return fmt.Errorf("project: %w", err)
	}
	var b strings.Builder
	if err := p.Write(&b, head...); err != nil {
		return err
	}
	file := filepath.Join(dir, FileName)
	if err := os.WriteFile(file+".part", []byte(b.String()), 0o644); err != nil {
		return fmt.Errorf("project: %w", err)
	}
	if err := os.Rename(file+".part", file); err != nil {
		return fmt.Errorf("project: %w", err)
	}
	return nil
}
