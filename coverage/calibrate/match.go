package calibrate

import (
	"context"
	"errors"
	"fmt"
	"math"
	"runtime"
	"slices"
	"strings"

	"github.com/covgap/covgap/coverage/antenna"
	"github.com/covgap/covgap/coverage/linkbudget"
	"github.com/covgap/covgap/coverage/sweep"
	"github.com/covgap/covgap/data"
	"github.com/covgap/covgap/geo"
	"github.com/covgap/covgap/geo/geodesy"
	"golang.org/x/sync/errgroup"
)

// By says how a measurement found its sector.
type By string

// The ways, the surest first.
const (
	BySectorID  By = "sector_id" // it names the sector
	BySiteID    By = "site_id"   // it names the site: its strongest computed sector
	ByStrongest By = "strongest" // it names none: the strongest computed sector of all
)

// Reason says why a measurement is not used.
type Reason string

// The reasons.
const (
	UnknownSector Reason = "unknown_sector" // its serving_id is no sector and no site
	NoSector      Reason = "no_sector"      // no sector on air, of its technology and frequency, within the radius
	TooNear       Reason = "too_near"       // nearer than the model's least distance, where maps join it to free space
	NoTerrain     Reason = "no_terrain"     // the path crosses missing terrain
	NoLoss        Reason = "no_loss"        // outside the model's mathematics or beyond its largest distance
	NoFloor       Reason = "no_floor"       // not received, and no level of its technology was
)

// MatchOptions of [Find].
type MatchOptions struct {
	Params   sweep.Params // of the paths; the model without calibration
	Receiver linkbudget.Receiver
	Antennas map[string]antenna.Pattern // by the sectors' AntennaFile
	// FloorDBm is the level of each technology at and below which the receiver's reading
	// is no level. Without one, what was not received lies below the weakest level that
	// was.
	FloorDBm map[data.Technology]float64
	Workers  int // 0 for one each core; results do not depend on it
}

// Match is the sector of one measurement.
type Match struct {
	Measurement int // its place
	Site        *data.Site
	Sector      *data.Sector
	By          By
	AzimuthDeg  float64 // from the mast
	FloorDBm    float64 // of a censored one
}

// Left is a measurement that is not used.
type Left struct {
	Measurement int
	Reason      Reason
}

// Matched is what [Find] found: Observations and Matches side by side, in the order of
// the measurements, and those left out.
type Matched struct {
	Observations []Observation
	Matches      []Match
	Left         []Left
}

// Count says how many measurements found their sector in one way.
func (m *Matched) Count(by By) (n int) {
	for i := range m.Matches {
		if m.Matches[i].By == by {
			n++
		}
	}
	return n
}

// sameCarrier is how far a measured frequency may lie from a sector's, relatively: a
// register often gives the middle of a band that is 7 % wide (n41) at most.
const sameCarrier = 0.04

// Find matches measurements to the sectors of sites and computes the exact path of
// each. The error wraps ErrNoMatch, as a [*geo.InputError] at the first measurement,
// when not one can be used; otherwise it is that of an antenna, a link budget or the
// context.
func Find(ctx context.Context, ms []data.Measurement, sites []data.Site, o MatchOptions) (*Matched, error) {
	f := &finder{options: o, sites: sites, bySector: map[string]antennaAt{}, bySite: map[string]int{}, floors: floors(ms, sites, o.FloorDBm)}
	if err := f.prepare(); err != nil {
		return nil, err
	}
	workers := o.Workers
	if workers <= 0 {
		workers = runtime.GOMAXPROCS(0)
	}
	found := make([]finding, len(ms))
	g, ctx := errgroup.WithContext(ctx)
	for w := range workers {
		g.Go(func() error {
			pather, err := sweep.NewPather(o.Params)
			if err != nil {
				return err
			}
			for i := w; i < len(ms); i += workers {
				if err := ctx.Err(); err != nil {
					return err
				}
				found[i] = f.find(pather, &ms[i])
			}
			return nil
		})
	}
	if err := g.Wait(); err != nil {
		return nil, err
	}
	out := &Matched{}
	for i := range found {
		if r := found[i].reason; r != "" {
			out.Left = append(out.Left, Left{i, r})
			continue
		}
		found[i].match.Measurement = i
		out.Observations = append(out.Observations, found[i].observation)
		out.Matches = append(out.Matches, found[i].match)
	}
	if len(out.Matches) == 0 {
		return nil, f.nothing(ms, out.Left)
	}
	return out, nil
}

// finder holds what the workers share.
type finder struct {
	options  MatchOptions
	sites    []data.Site
	antennas [][]antennaAt // of each site
	bySector map[string]antennaAt
	bySite   map[string]int
	floors   map[data.Technology]float64
}

// antennaAt is a sector with its budget.
type antennaAt struct {
	site   *data.Site
	sector *data.Sector
	budget *linkbudget.Budget
}

type finding struct {
	observation Observation
	match       Match
	reason      Reason
}

// floors gives the receiver's floor of each technology.
func floors(ms []data.Measurement, sites []data.Site, stated map[data.Technology]float64) map[data.Technology]float64 {
	of := map[string]data.Technology{}
	for i := range sites {
		for k := range sites[i].Sectors {
			of[sites[i].Sectors[k].ID] = sites[i].Sectors[k].Technology
		}
	}
	out := map[data.Technology]float64{}
	for i := range ms {
		if ms[i].Missing {
			continue
		}
		t := ms[i].Technology
		if t == "" {
			t = of[ms[i].ServingID]
		}
		if t == "" {
			t = data.LTE
		}
		if low, ok := out[t]; !ok || ms[i].LevelDBm < low {
			out[t] = ms[i].LevelDBm
		}
	}
	for t, dbm := range stated {
		out[t] = dbm
	}
	return out
}

func (f *finder) prepare() error {
	f.antennas = make([][]antennaAt, len(f.sites))
	for i := range f.sites {
		site := &f.sites[i]
		f.bySite[site.ID] = i
		for _, id := range site.OtherIDs {
			if _, taken := f.bySite[id]; !taken {
				f.bySite[id] = i
			}
		}
		for k := range site.Sectors {
			s := &site.Sectors[k]
			p, err := linkbudget.Pattern(s, f.options.Antennas)
			if err != nil {
				return fmt.Errorf("calibrate: site %q: %w", site.ID, err)
			}
			b, err := linkbudget.New(s, p, f.options.Receiver)
			if err != nil {
				return fmt.Errorf("calibrate: site %q: %w", site.ID, err)
			}
			a := antennaAt{site, s, b}
			f.antennas[i] = append(f.antennas[i], a)
			f.bySector[s.ID] = a
		}
	}
	return nil
}

// find gives the strongest of the sectors that a measurement can be of.
func (f *finder) find(pather *sweep.Pather, m *data.Measurement) finding {
	var best finding
	bestDBm := math.Inf(-1)
	reason := NoSector
	try := func(candidates []antennaAt, by By) {
		var tx sweep.Transmitter
		var path sweep.Path
		var err error
		for k, a := range candidates {
			if at := sweep.Of(a.site, a.sector); k == 0 || at != tx {
				tx = at
				path, err = pather.Path(tx, m.Position)
			}
			if err != nil {
				reason = reasonOf(err)
				continue
			}
			if dbm := a.budget.SignalDBm(path.LossDB, path.AzimuthDeg, path.ElevationDeg); dbm > bestDBm {
				bestDBm = dbm
				best = f.observe(m, a, path, by)
			}
		}
	}
	a, named := f.bySector[m.ServingID]
	i, site := f.bySite[m.ServingID]
	switch {
	case named:
		try([]antennaAt{a}, BySectorID)
	case site && m.ServingID != "":
		try(f.fitting(m, f.antennas[i], true), BySiteID)
	case m.ServingID != "":
		return finding{reason: UnknownSector}
	default:
		for i := range f.sites {
			if geodesy.Distance(f.sites[i].Position, m.Position) <= f.options.Params.RadiusM {
				try(f.fitting(m, f.antennas[i], false), ByStrongest)
			}
		}
	}
	if math.IsInf(bestDBm, -1) {
		return finding{reason: reason}
	}
	return best
}

// fitting gives the antennas that a measurement can be of: on air, of its operator,
// technology and frequency. Those of a site that it names may be of any technology
// where it states none.
func (f *finder) fitting(m *data.Measurement, all []antennaAt, named bool) []antennaAt {
	t := m.Technology
	if t == "" && !named {
		t = data.LTE
	}
	var out []antennaAt
	for _, a := range all {
		s := a.sector
		if (t == "" || s.Technology == t) && s.OnAir(m.Date) && (m.Operator == "" || s.Operator == m.Operator) &&
			(m.FrequencyMHz == 0 || math.Abs(s.FrequencyMHz/m.FrequencyMHz-1) <= sameCarrier) {
			out = append(out, a)
		}
	}
	// Of one transmitter together, so that its path is computed once.
	slices.SortStableFunc(out, func(a, b antennaAt) int {
		switch x, y := sweep.Of(a.site, a.sector), sweep.Of(b.site, b.sector); {
		case x.HeightM != y.HeightM:
			return int(math.Copysign(1, x.HeightM-y.HeightM))
		case x.FrequencyMHz != y.FrequencyMHz:
			return int(math.Copysign(1, x.FrequencyMHz-y.FrequencyMHz))
		}
		return 0
	})
	return out
}

func reasonOf(err error) Reason {
	if errors.Is(err, sweep.ErrTerrain) {
		return NoTerrain
	}
	return NoLoss
}

// observe turns a level into a loss.
func (f *finder) observe(m *data.Measurement, a antennaAt, path sweep.Path, by By) finding {
	if path.Near {
		return finding{reason: TooNear}
	}
	level, censored := m.LevelDBm, m.Missing
	if stated, ok := f.options.FloorDBm[a.sector.Technology]; ok && !m.Missing && level <= stated {
		censored = true
	}
	match := Match{Site: a.site, Sector: a.sector, By: by, AzimuthDeg: path.AzimuthDeg}
	if censored {
		floor, ok := f.floors[a.sector.Technology]
		if !ok {
			return finding{reason: NoFloor}
		}
		level, match.FloorDBm = floor, floor
	}
	class := NLOS
	if path.LineOfSight {
		class = LOS
	}
	terrain, rx := f.options.Params.Terrain, f.options.Params.RxHeightM
	up := terrain.At(a.site.Position) + a.sector.AntennaHeightM - terrain.At(m.Position) - rx
	return finding{match: match, observation: Observation{
		Route: m.Route, Site: a.site.ID, Class: class, FrequencyMHz: a.sector.FrequencyMHz, DistanceM: path.DistanceM,
		// What a path without loss would bring, less what came.
		MeasuredDB: a.budget.SignalDBm(0, path.AzimuthDeg, path.ElevationDeg) - level, Censored: censored,
		ModelDB: path.LossDB, ExcessDB: excessDB(path.LossDB, a.sector.FrequencyMHz, math.Hypot(path.DistanceM, up)),
	}}
}

// nothing is the error when no measurement can be used.
func (f *finder) nothing(ms []data.Measurement, left []Left) error {
	counts := map[Reason]int{}
	for _, l := range left {
		counts[l.Reason]++
	}
	var parts []string
	for _, r := range []Reason{UnknownSector, NoSector, TooNear, NoTerrain, NoLoss, NoFloor} {
		if n := counts[r]; n > 0 {
			parts = append(parts, fmt.Sprintf("%d %s", n, r))
		}
	}
	e := &geo.InputError{
		Pos: ms[0].Pos, Found: fmt.Sprintf("none of %d measurements has a path to its sector: %s", len(ms), strings.Join(parts, ", ")),
		Expected: "measurements of the project's base stations, over its terrain", Err: ErrNoMatch,
	}
	if left[0].Reason == UnknownSector {
		id := ms[left[0].Measurement].ServingID
		ids := make([]string, 0, len(f.bySector))
		for known := range f.bySector {
			ids = append(ids, known)
		}
		slices.Sort(ids)
		e.Hint = fmt.Sprintf("serving_id %q is no sector_id and no site_id of the base stations", id)
		if near := geo.Nearest(id, ids); near != "" {
			e.Hint += fmt.Sprintf("; did you mean %s?", near)
		}
	}
	return e
}
