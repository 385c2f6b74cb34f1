package answer

import (
	"context"
	"fmt"
	"math"
	"os"
	"slices"
	"strconv"
	"strings"
	"sync"

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

// The kinds of place that is asked about, or that a path ends at.
const (
	KindPoint   = "point"
	KindHex     = "hex"
	KindSite    = "site"
	KindVillage = "village"
)

// end is one end of a path with what the project knows of it.
type end struct {
	End
	sector *data.Sector // of a site
}

// Places finds paths between places. What it needs of a project is read when it is
// first asked for. It is safe for concurrent use.
type Places struct {
	open  func() (*project.Project, error)
	files []string // of terrain, in place of the project's

	mu      sync.Mutex // of all that follows, while a path is computed
	project *project.Project
	source  *terrain.Source
	sea     []orb.MultiPolygon // of the project
	seaRead bool

	read     bool
	sites    []data.Site
	villages []data.Village
}

// NewPlaces finds places in the project that open gives. Terrain files stand in for
// the project's: points and hexes then need none.
func NewPlaces(open func() (*project.Project, error), terrainFiles []string) *Places {
	return &Places{open: open, files: terrainFiles}
}

// Project opens the project.
func (ps *Places) Project() (*project.Project, error) {
	if ps.project != nil {
		return ps.project, nil
	}
	p, err := ps.open()
	ps.project = p
	return p, err
}

// terrain gives the terrain of the files named, else the project's.
func (ps *Places) terrain(ctx context.Context) (*terrain.Source, error) {
	if ps.source != nil {
		return ps.source, nil
	}
	options, files := terrain.Options{}, ps.files
	if len(files) == 0 {
		if _, err := ps.Project(); err != nil {
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
func (ps *Places) end(ctx context.Context, text string) (end, error) {
	if p, ok, err := ParsePoint(text); ok || err != nil {
		return end{End: End{Kind: KindPoint, ID: text, Longitude: p.Lon(), Latitude: p.Lat()}}, err
	}
	if cell, err := hexgrid.Parse(text); err == nil {
		p := cell.Center()
		return end{End: End{Kind: KindHex, ID: text, Longitude: p.Lon(), Latitude: p.Lat()}}, nil
	}
	if _, err := ps.Project(); err != nil {
		return end{}, missingf("%q is no point (longitude,latitude) and no hex, and no id without a project: %w", text, err)
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
		p, err := ps.villageCenter(ctx, v)
		if err != nil {
			return end{}, err
		}
		found = append(found, end{End: End{Kind: KindVillage, ID: v.ID, Name: v.Name, Longitude: p.Lon(), Latitude: p.Lat()}})
	}
	switch len(found) {
	case 0:
		return end{}, missingf("no site, sector or village %q%s; expected an id of the project, a hex, or longitude,latitude", text, ps.meant(text))
	case 1:
		return found[0], nil
	}
	return end{}, questionf("%q is a %s at %.5f,%.5f and a %s at %.5f,%.5f; name the point", text,
		found[0].Kind, found[0].Longitude, found[0].Latitude, found[1].Kind, found[1].Longitude, found[1].Latitude)
}

// ParsePoint reads longitude,latitude in degrees; ok is false for a text that is no pair of
// numbers.
func ParsePoint(text string) (p orb.Point, ok bool, err error) {
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
		return orb.Point{}, true, questionf("%q; expected longitude before latitude; did you mean %s,%s?", text, strings.TrimSpace(b), strings.TrimSpace(a))
	}
	return orb.Point{}, true, questionf("%q; expected longitude -180 to 180 and latitude -90 to 90", text)
}

// readTables reads the project's sites and villages.
func (ps *Places) readTables(ctx context.Context) (err error) {
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
	e := end{End: End{Kind: KindSite, ID: id, Name: s.Name, Longitude: s.Position.Lon(), Latitude: s.Position.Lat()}}
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
func (ps *Places) villageCenter(ctx context.Context, v *data.Village) (orb.Point, error) {
	if v.Center != nil {
		return *v.Center, nil
	}
	src, err := ps.terrain(ctx)
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
func (ps *Places) meant(text string) string {
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
