package main

import (
	"context"
	"fmt"
	"math"
	"os"
	"slices"
	"strconv"
	"strings"

	"github.com/covgap/covgap/cmd/covgap/project"
	"github.com/covgap/covgap/cmd/covgap/run"
	"github.com/covgap/covgap/coverage/criterion"
	"github.com/covgap/covgap/data"
	"github.com/covgap/covgap/data/habitat"
	"github.com/covgap/covgap/geo"
	"github.com/covgap/covgap/geo/geodesy"
	"github.com/covgap/covgap/geo/hexgrid"
	"github.com/covgap/covgap/geo/terrain"
	"github.com/paulmach/orb"
)

// The kinds of place that a path can end at.
const (
	kindPoint   = "point"
	kindHex     = "hex"
	kindSite    = "site"
	kindVillage = "village"
)

// end is one end of a path with what the project knows of it.
type end struct {
	endShown
	sector *data.Sector // of a site
}

// places finds ends. What it needs of the project is read when it is first asked for.
type places struct {
	g       *global
	project *project.Project // nil until it is needed
	source  *terrain.Source

	read     bool
	sites    []data.Site
	villages []data.Village
}

// resolve finds both ends. A project that -p names is opened in any case.
func (ps *places) resolve(ctx context.Context, a, b string, f profileFlags) (ends [2]end, err error) {
	if ps.g.projectPath != "" {
		if err := ps.open(); err != nil {
			return ends, err
		}
	}
	for i, text := range []string{a, b} {
		if ends[i], err = ps.end(ctx, text, f.terrain); err != nil {
			return ends, fmt.Errorf("%s: %w", "AB"[i:i+1], err)
		}
	}
	return ends, nil
}

func (ps *places) open() error {
	if ps.project != nil {
		return nil
	}
	p, err := openProject(ps.g)
	ps.project = p
	return err
}

// terrain gives the terrain of the flags, else the project's.
func (ps *places) terrain(ctx context.Context, files []string) (*terrain.Source, error) {
	if ps.source != nil {
		return ps.source, nil
	}
	options := terrain.Options{}
	if len(files) == 0 {
		if err := ps.open(); err != nil {
			return nil, fmt.Errorf("%w; or name terrain files with --terrain", err)
		}
		options.Surface = ps.project.Inputs.Terrain.Surface
		for _, f := range ps.project.Inputs.Terrain.Files {
			files = append(files, ps.project.Path(f))
		}
	}
	for _, f := range files {
		if _, err := os.Stat(f); err != nil {
			return nil, fmt.Errorf("%w: terrain: %w", run.ErrMissing, err)
		}
	}
	src, err := terrain.Open(ctx, files, options)
	ps.source = src
	return src, err
}

// end finds one end: a point, a hex, or an id of the project.
func (ps *places) end(ctx context.Context, text string, terrainFiles []string) (end, error) {
	if p, ok, err := parsePoint(text); ok || err != nil {
		return end{endShown: endShown{Kind: kindPoint, ID: text, Longitude: p.Lon(), Latitude: p.Lat()}}, err
	}
	if cell, err := hexgrid.Parse(text); err == nil {
		p := cell.Center()
		return end{endShown: endShown{Kind: kindHex, ID: text, Longitude: p.Lon(), Latitude: p.Lat()}}, nil
	}
	if err := ps.open(); err != nil {
		return end{}, usagef("%q is no point (longitude,latitude) and no hex, and no id without a project: %w", text, err)
	}
	if err := ps.readTables(ctx); err != nil {
		return end{}, err
	}
	var found []end
	for i := range ps.sites {
		if e, ok := siteEnd(&ps.sites[i], text, &ps.project.Criterion); ok {
			found = append(found, e)
		}
	}
	for i := range ps.villages {
		v := &ps.villages[i]
		if v.ID != text {
			continue
		}
		p, err := ps.villageCenter(ctx, v, terrainFiles)
		if err != nil {
			return end{}, err
		}
		found = append(found, end{endShown: endShown{Kind: kindVillage, ID: v.ID, Name: v.Name, Longitude: p.Lon(), Latitude: p.Lat()}})
	}
	switch len(found) {
	case 0:
		return end{}, usagef("no site, sector or village %q%s; expected an id of the project, a hex, or longitude,latitude", text, ps.meant(text))
	case 1:
		return found[0], nil
	}
	return end{}, usagef("%q is a %s at %.5f,%.5f and a %s at %.5f,%.5f; name the point", text,
		found[0].Kind, found[0].Longitude, found[0].Latitude, found[1].Kind, found[1].Longitude, found[1].Latitude)
}

// parsePoint reads longitude,latitude; ok is false for a text that is no pair of
// numbers.
func parsePoint(text string) (p orb.Point, ok bool, err error) {
	a, b, pair := strings.Cut(text, ",")
	lon, err1 := strconv.ParseFloat(strings.TrimSpace(a), 64)
	lat, err2 := strconv.ParseFloat(strings.TrimSpace(b), 64)
	if !pair || err1 != nil || err2 != nil {
		return orb.Point{}, false, nil
	}
	// The negated forms also refuse NaN.
	switch {
	case math.Abs(lon) <= 180 && math.Abs(lat) <= 90:
		return orb.Point{lon, lat}, true, nil
	case math.Abs(lon) <= 90 && math.Abs(lat) <= 180:
		return orb.Point{}, true, usagef("%q; expected longitude before latitude; did you mean %s,%s?", text, strings.TrimSpace(b), strings.TrimSpace(a))
	}
	return orb.Point{}, true, usagef("%q; expected longitude -180 to 180 and latitude -90 to 90", text)
}

// readTables reads the project's sites and villages.
func (ps *places) readTables(ctx context.Context) (err error) {
	if ps.read {
		return nil
	}
	in := &ps.project.Inputs
	if ps.sites, _, err = data.ReadSites(ctx, []string{ps.project.Path(in.Sites.File)}, in.Sites.Options()); err != nil {
		return err
	}
	if ps.villages, _, err = data.ReadVillages(ctx, []string{ps.project.Path(in.Villages.File)}, in.Villages.Options()); err != nil {
		return err
	}
	ps.read = true
	return nil
}

// siteEnd gives the site that has this id, or one of its rows or sectors has.
func siteEnd(s *data.Site, id string, c *criterion.Criterion) (end, bool) {
	named := slices.IndexFunc(s.Sectors, func(sec data.Sector) bool { return sec.ID == id })
	if s.ID != id && named < 0 && !slices.Contains(s.OtherIDs, id) {
		return end{}, false
	}
	e := end{endShown: endShown{Kind: kindSite, ID: id, Name: s.Name, Longitude: s.Position.Lon(), Latitude: s.Position.Lat()}}
	if named >= 0 && s.ID != id {
		e.sector = &s.Sectors[named]
		return e, true
	}
	for i := range s.Sectors {
		if sec := &s.Sectors[i]; e.sector == nil || further(sec, e.sector, c) {
			e.sector = sec
		}
	}
	return e, true
}

// further says whether a sector serves further than another, as far as technology,
// band and height tell: one that counts before one that does not, one on air before
// one that is not, then the lower frequency, then the higher antenna.
func further(a, b *data.Sector, c *criterion.Criterion) bool {
	_, aCounts := c.Thresholds[a.Technology]
	_, bCounts := c.Thresholds[b.Technology]
	switch {
	case aCounts != bCounts:
		return aCounts
	case a.OnAir("") != b.OnAir(""):
		return a.OnAir("")
	case a.FrequencyMHz != b.FrequencyMHz:
		return a.FrequencyMHz < b.FrequencyMHz
	}
	return a.AntennaHeightM > b.AntennaHeightM
}

// villageMarginM is how far terrain is read around a village, for the slopes at its
// edge.
const villageMarginM = 2000

// villageCenter gives the point that stands for a village: the stated one, else the
// centre of the hex that a run takes.
func (ps *places) villageCenter(ctx context.Context, v *data.Village, terrainFiles []string) (orb.Point, error) {
	if v.Center != nil {
		return *v.Center, nil
	}
	src, err := ps.terrain(ctx, terrainFiles)
	if err != nil {
		return orb.Point{}, err
	}
	bound := geodesy.Pad(v.Geometry.Bound(), v.RadiusM+villageMarginM)
	grid, _, err := src.Window(ctx, bound)
	if err != nil {
		return orb.Point{}, err
	}
	land, err := run.ReadLand(ctx, ps.project, bound, grid)
	if err != nil {
		return orb.Point{}, err
	}
	hexes, _, err := land.Spread(v, ps.project.Coverage.Resolution)
	if err != nil {
		return orb.Point{}, fmt.Errorf("village %s: %w", v.ID, err)
	}
	cell, err := habitat.Center(v, hexes)
	if err != nil {
		return orb.Point{}, fmt.Errorf("village %s: %w", v.ID, err)
	}
	return cell.Center(), nil
}

// meant is the did-you-mean for an id that is not there. A name finds its id.
func (ps *places) meant(text string) string {
	var ids []string
	name := geo.Fold(text)
	for i := range ps.sites {
		s := &ps.sites[i]
		if name != "" && geo.Fold(s.Name) == name {
			return fmt.Sprintf("; did you mean %s, the site of that name?", s.ID)
		}
		ids = append(ids, s.ID)
	}
	for i := range ps.villages {
		v := &ps.villages[i]
		if name != "" && geo.Fold(v.Name) == name {
			return fmt.Sprintf("; did you mean %s, the village of that name?", v.ID)
		}
		ids = append(ids, v.ID)
	}
	if near := geo.Nearest(text, ids); near != "" {
		return fmt.Sprintf("; did you mean %s?", near)
	}
	return ""
}
