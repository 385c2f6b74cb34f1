// Package remedy finds what would bring service to a village: actions at the masts
// that nearly reach it, and something new beside it. Each is tried on the network
// before it is named, so what is claimed happens when the action is done.
package remedy

import (
	"cmp"
	"context"
	"errors"
	"math"
	"slices"

	"github.com/covgap/covgap/coverage/cause"
	"github.com/covgap/covgap/coverage/criterion"
	"github.com/covgap/covgap/coverage/linkbudget"
	"github.com/covgap/covgap/coverage/sweep"
	"github.com/covgap/covgap/data"
	"github.com/covgap/covgap/geo/geodesy"
	"github.com/covgap/covgap/geo/hexgrid"
	"github.com/covgap/covgap/planner"
	"github.com/covgap/covgap/planner/repeater"
	"github.com/covgap/covgap/planner/template"
	"github.com/covgap/covgap/planner/whatif"
	"github.com/paulmach/orb"
)

// How far remedies go.
const (
	MaxRaiseM   = 40  // above the highest antenna of the site
	MaxHeightM  = 100 // above ground
	MaxPowerDB  = cause.PowerStepDB
	maxSites    = 3    // at which actions are tried
	highGroundM = 1500 // around the village, within which the highest ground is tried for a new mast
	aimStepDeg  = 10.0
)

// Input is what remedies depend on.
type Input struct {
	Base    *whatif.Base
	Network []data.Site // all sites, as actions name them
	// Counted gives the sites of a network that coverage is computed from.
	Counted   func(network []data.Site) []data.Site
	Cause     cause.Input // its sites are not read
	Templates []template.Site
	Repeater  repeater.Settings
	Place     int // the village, in the places of Base
	Village   cause.Village
}

// Remedy is an action with what it does.
type Remedy struct {
	Action planner.Action
	// Meets says whether the village then meets the criterion.
	Meets         bool
	Before, After criterion.Verdict // of the village
	// MarginDB is the margin then, on the exact path, in the hex that stands for the
	// village's cause, and GainDB by how much it rises; NaN where no sector reached it.
	MarginDB, GainDB float64
	// PeopleGained and PeopleLost count all villages.
	PeopleGained, PeopleLost float64
}

// Find gives the remedies that raise the share of the village that is served: of each
// kind of action the one that does most, of those that bring the village to its
// criterion the smallest. Those that do come first. The error is that of the what-if.
func Find(ctx context.Context, in Input) ([]Remedy, error) {
	if in.Village.Cause == "" {
		return nil, nil
	}
	f := &finder{in: in, hex: &in.Village.Hexes[in.Village.Typical]}
	for _, find := range []func(context.Context) error{f.reAim, f.rePower, f.raise, f.addSector, f.addBand, f.repeat, f.newSite} {
		f.best = nil
		if err := find(ctx); err != nil {
			return nil, err
		}
		if f.best != nil {
			if err := f.margin(f.best); err != nil {
				return nil, err
			}
			f.found = append(f.found, *f.best)
		}
	}
	slices.SortStableFunc(f.found, func(a, b Remedy) int {
		switch {
		case a.Meets == b.Meets:
			return 0
		case a.Meets:
			return -1
		}
		return 1
	})
	return f.found, nil
}

type finder struct {
	in    Input
	hex   *cause.Judged // that stands for the village's cause
	best  *Remedy       // of the kind at hand
	found []Remedy
}

// try does an action, and keeps it when it does more than the best of its kind. What
// cannot be done to the network is no remedy.
func (f *finder) try(ctx context.Context, a planner.Action) (meets bool, err error) {
	sites, err := planner.Apply(f.in.Network, []planner.Action{a}, f.in.Templates)
	if errors.Is(err, planner.ErrPlan) {
		return false, nil
	}
	if err != nil {
		return false, err
	}
	d, err := f.in.Base.Try(ctx, f.in.Counted(sites))
	if err != nil {
		return false, err
	}
	r := Remedy{Action: a}
	ours := false
	for i := range d.Villages {
		v := &d.Villages[i]
		if people := v.People(); people > 0 {
			r.PeopleGained += people
		} else {
			r.PeopleLost -= people
		}
		if v.Place == f.in.Place {
			ours, r.Before, r.After = true, v.Before, v.After
		}
	}
	if !ours || r.After.ServedShare <= r.Before.ServedShare && r.After.Class != data.Served {
		return false, nil
	}
	r.Meets = r.After.Class == data.Served
	if b := f.best; b == nil || r.Meets && !b.Meets || r.Meets == b.Meets && !r.Meets && r.After.ServedShare > b.After.ServedShare {
		f.best = &r
	}
	return r.Meets, nil
}

// margin completes a remedy with what it does to the hex that stands for the cause.
func (f *finder) margin(r *Remedy) error {
	sites, err := planner.Apply(f.in.Network, []planner.Action{r.Action}, f.in.Templates)
	if err != nil {
		return err
	}
	changed := func(s *data.Site) bool {
		return s.ID == r.Action.SiteID || slices.ContainsFunc(s.Sectors, func(c data.Sector) bool { return c.ID == r.Action.SectorID })
	}
	in := f.in.Cause
	in.Sites = slices.DeleteFunc(f.in.Counted(sites), func(s data.Site) bool { return !changed(&s) })
	finder, err := cause.New(in)
	if err != nil {
		return err
	}
	margin := math.Inf(-1)
	for _, l := range f.hex.Links {
		if !changed(l.Site) {
			margin = max(margin, l.MarginDB())
		}
	}
	for _, l := range finder.Probe().Hex(f.hex.Cell.Center(), true, f.hex.Operator).Links {
		margin = max(margin, l.MarginDB())
	}
	r.MarginDB, r.GainDB = math.NaN(), math.NaN()
	if !math.IsInf(margin, -1) {
		r.MarginDB = margin
		if len(f.hex.Links) > 0 {
			r.GainDB = margin - f.hex.Links[0].MarginDB()
		}
	}
	return nil
}

// links gives those of the hex's links, one a sector or one a site, that counterfactuals
// and the strongest levels speak of.
func (f *finder) links(perSite bool) []cause.Link {
	var all, out []cause.Link
	for _, c := range f.hex.Counterfactuals {
		if c.Cause != cause.Technology && c.Cause != cause.Operator {
			all = append(all, c.Link)
		}
	}
	all = append(all, f.hex.Links...)
	for _, l := range all {
		if len(out) == maxSites {
			break
		}
		if !slices.ContainsFunc(out, func(o cause.Link) bool { return o.Sector == l.Sector || perSite && o.Site.ID == l.Site.ID }) {
			out = append(out, l)
		}
	}
	return out
}

// toward gives an azimuth rounded to the step in which antennas are aimed.
func toward(azimuthDeg float64) float64 {
	return math.Mod(math.Round(azimuthDeg/aimStepDeg)*aimStepDeg+360, 360)
}

func (f *finder) reAim(ctx context.Context) error {
	for _, l := range f.links(false) {
		if l.Sector.Omni {
			continue
		}
		turned := planner.Action{Kind: planner.ReAim, SectorID: l.Sector.ID, AzimuthsDeg: []float64{toward(l.AzimuthDeg)}}
		tilted := turned
		beamDeg := math.Min(30, math.Max(-30, math.Round(-l.ElevationDeg))) // what a mount allows
		tilted.MechanicalTiltDeg = new(beamDeg - l.Sector.ElectricalTiltDeg)
		for _, a := range []planner.Action{turned, tilted} {
			if meets, err := f.try(ctx, a); err != nil || meets {
				return err
			}
		}
	}
	return nil
}

// least tries the steps 1 to most of an action, of which the last does most, and keeps
// the smallest that brings the village to its criterion.
func (f *finder) least(ctx context.Context, most int, action func(step int) planner.Action) error {
	before := f.best
	meets, err := f.try(ctx, action(most))
	if err != nil || !meets {
		return err
	}
	fails, does := 0, most
	for does-fails > 1 {
		middle := (fails + does) / 2
		f.best = before
		if meets, err = f.try(ctx, action(middle)); err != nil {
			return err
		}
		if meets {
			does = middle
		} else {
			fails = middle
		}
	}
	f.best = before
	_, err = f.try(ctx, action(does))
	return err
}

func (f *finder) rePower(ctx context.Context) error {
	for _, l := range f.links(false) {
		err := f.least(ctx, MaxPowerDB, func(db int) planner.Action {
			return planner.Action{Kind: planner.RePower, SectorID: l.Sector.ID, EIRPDBm: l.Sector.EIRPDBm + float64(db)}
		})
		if err != nil || f.best != nil && f.best.Meets {
			return err
		}
	}
	return nil
}

// raise finds the site whose antennas must come up least.
func (f *finder) raise(ctx context.Context) error {
	var least *Remedy
	leastM := MaxRaiseM + 1.0
	for _, l := range f.links(true) {
		var highestM float64
		for i := range l.Site.Sectors {
			highestM = max(highestM, l.Site.Sectors[i].AntennaHeightM)
		}
		most := int(min(MaxRaiseM, MaxHeightM-highestM, leastM-1))
		if most < 1 {
			continue
		}
		f.best = nil
		err := f.least(ctx, most, func(metres int) planner.Action {
			a := planner.Action{Kind: planner.Raise, SiteID: l.Site.ID, AntennaHeightM: highestM + float64(metres)}
			if l.Site.StructureHeightM > 0 && a.AntennaHeightM > l.Site.StructureHeightM {
				a.StructureHeightM = a.AntennaHeightM
			}
			return a
		})
		if err != nil {
			return err
		}
		if f.best != nil && f.best.Meets {
			least, leastM = f.best, f.best.Action.AntennaHeightM-highestM
		}
	}
	f.best = least // one that is not enough is no use: a ridge hides as much as before
	return nil
}

// templateOf gives a template of a technology that the criterion counts.
func (f *finder) templateOf(wanted func(t *template.Site) bool) *template.Site {
	for i := range f.in.Templates {
		t := &f.in.Templates[i]
		if _, counts := f.in.Cause.Criterion.Thresholds[t.Technology]; counts && wanted(t) {
			return t
		}
	}
	return nil
}

// addSector puts a technology that counts where another reaches the village.
func (f *finder) addSector(ctx context.Context) error {
	t := f.templateOf(func(*template.Site) bool { return true })
	if t == nil {
		return nil
	}
	for _, c := range f.hex.Counterfactuals {
		if c.Cause != cause.Technology && c.Cause != cause.Operator {
			continue
		}
		operator := c.Link.Sector.Operator
		if f.hex.Operator != "" {
			operator = f.hex.Operator
		}
		a := planner.Action{Kind: planner.AddSector, Template: t.Name, SiteID: c.Link.Site.ID, Operator: operator, AzimuthsDeg: []float64{toward(c.Link.AzimuthDeg)}}
		if meets, err := f.try(ctx, a); err != nil || meets {
			return err
		}
	}
	return nil
}

// addBand puts an operator's lowest band on a mast that has only higher ones.
func (f *finder) addBand(ctx context.Context) error {
	lowest := map[string]float64{} // frequencies that operators hold for technologies that count
	for i := range f.in.Network {
		for k := range f.in.Network[i].Sectors {
			s := &f.in.Network[i].Sectors[k]
			if _, counts := f.in.Cause.Criterion.Thresholds[s.Technology]; counts {
				if known, ok := lowest[s.Operator]; !ok || s.FrequencyMHz < known {
					lowest[s.Operator] = s.FrequencyMHz
				}
			}
		}
	}
	for _, l := range f.links(true) {
		operator := l.Sector.Operator
		mhz := lowest[operator]
		have := slices.ContainsFunc(l.Site.Sectors, func(s data.Sector) bool { return s.Operator == operator && s.FrequencyMHz <= mhz })
		t := f.templateOf(func(t *template.Site) bool { return t.Operator == "" || t.Operator == operator })
		if have || t == nil {
			continue
		}
		a := planner.Action{Kind: planner.AddBand, Template: t.Name, SiteID: l.Site.ID, Operator: operator, FrequencyMHz: mhz}
		if meets, err := f.try(ctx, a); err != nil || meets {
			return err
		}
	}
	return nil
}

// repeat puts a repeater on the ridge, where it hears what the village does not.
func (f *finder) repeat(ctx context.Context) error {
	settings := f.in.Repeater
	params := f.in.Cause.Params
	params.RxHeightM = settings.StructureM
	pather, err := sweep.NewPather(params)
	if err != nil {
		return err
	}
	for _, l := range f.links(true) {
		t := f.templateOf(func(t *template.Site) bool { return t.Technology == l.Sector.Technology })
		if l.Ridge == nil || l.LineOfSight || t == nil {
			continue
		}
		path, err := pather.Path(sweep.Of(l.Site, l.Sector), l.Ridge.At)
		if err != nil {
			continue // no level there
		}
		pattern, err := linkbudget.Pattern(l.Sector, f.in.Cause.Antennas)
		if err != nil {
			return err
		}
		budget, err := linkbudget.New(l.Sector, pattern, linkbudget.Receiver{})
		if err != nil {
			return err
		}
		carrier := repeater.Carrier{Operator: l.Sector.Operator, Technology: l.Sector.Technology, FrequencyMHz: l.Sector.FrequencyMHz, BandwidthMHz: l.Sector.BandwidthMHz}
		heard, err := settings.Judge(carrier, budget.SignalDBm(path.LossDB, path.AzimuthDeg, path.ElevationDeg), carrier)
		if err != nil {
			return err
		}
		if heard.Refused != "" {
			continue
		}
		_, azimuthDeg := geodesy.Inverse(l.Ridge.At, f.hex.Cell.Center())
		a := planner.Action{
			Kind: planner.Repeater, Template: t.Name, SiteID: f.newID(), ParentSite: l.Site.ID, SectorID: l.Sector.ID,
			Longitude: coordinate(l.Ridge.At.Lon()), Latitude: coordinate(l.Ridge.At.Lat()),
			StructureHeightM: settings.StructureM, AntennaHeightM: settings.StructureM,
			AzimuthsDeg: []float64{toward(azimuthDeg)}, EIRPDBm: math.Round(heard.EIRPDBm*10) / 10,
		}
		if meets, err := f.try(ctx, a); err != nil || meets {
			return err
		}
	}
	return nil
}

// coordinate rounds to a millionth of a degree, 0.1 m.
func coordinate(deg float64) float64 { return math.Round(deg*1e6) / 1e6 }

// newID gives an id that no site has.
func (f *finder) newID() string {
	id := "NEW-001"
	for slices.ContainsFunc(f.in.Network, func(s data.Site) bool { return s.ID == id || slices.Contains(s.OtherIDs, id) }) {
		id += "+"
	}
	return id
}

// newSite tries a mast on the ridge, on the highest ground about the village, and in it.
func (f *finder) newSite(ctx context.Context) error {
	center := f.hex.Cell.Center()
	var places []orb.Point
	if l := f.hex.Evidence(); l != nil && l.Ridge != nil && !l.LineOfSight {
		places = append(places, l.Ridge.At)
	}
	if high, ok, err := f.highGround(center); err != nil {
		return err
	} else if ok {
		places = append(places, high)
	}
	places = append(places, center)
	t := f.templateOf(func(t *template.Site) bool {
		return t.Operator == "" || f.hex.Operator == "" || t.Operator == f.hex.Operator
	})
	if t == nil {
		return nil
	}
	for _, p := range places {
		a := planner.Action{Kind: planner.NewSite, Template: t.Name, SiteID: f.newID(), Longitude: coordinate(p.Lon()), Latitude: coordinate(p.Lat())}
		if meets, err := f.try(ctx, a); err != nil || meets {
			return err
		}
	}
	return nil
}

// highGround gives the highest ground within highGroundM of a point.
func (f *finder) highGround(at orb.Point) (high orb.Point, ok bool, err error) {
	cells, err := hexgrid.Within(at, highGroundM, f.in.Cause.Params.Resolution)
	if err != nil {
		return at, false, err
	}
	highestM := math.Inf(-1)
	for _, c := range cells {
		if p, m, there := f.in.Cause.Params.Terrain.HighestIn(c.Boundary()); there && cmp.Compare(m, highestM) > 0 {
			high, highestM, ok = p, m, true
		}
	}
	return high, ok, nil
}
