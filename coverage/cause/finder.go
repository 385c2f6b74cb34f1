package cause

import (
	"cmp"
	"context"
	"fmt"
	"maps"
	"math"
	"runtime"
	"slices"
	"sync/atomic"

	"github.com/covgap/covgap/coverage/antenna"
	"github.com/covgap/covgap/coverage/criterion"
	"github.com/covgap/covgap/coverage/linkbudget"
	"github.com/covgap/covgap/coverage/propagation"
	"github.com/covgap/covgap/coverage/sight"
	"github.com/covgap/covgap/coverage/sweep"
	"github.com/covgap/covgap/data"
	"github.com/covgap/covgap/geo/geodesy"
	"github.com/covgap/covgap/geo/hexgrid"
	"github.com/paulmach/orb"
	"golang.org/x/sync/errgroup"
)

// Input is what causes depend on.
type Input struct {
	// Params are those of the coverage that decided who is served. RadiusM is the
	// computing radius; Resolution and Exact are not read.
	Params    sweep.Params
	Criterion criterion.Criterion
	// Sites are all that transmit, of whatever technology and operator: sectors that
	// are not on air are left out by the caller.
	Sites    []data.Site
	Antennas map[string]antenna.Pattern // by the sectors' AntennaFile
}

// How many transmitters, strongest in free space toward the peak of their antennas,
// get an exact path: those that count, those of another technology or operator, and
// those beyond the radius.
const (
	candidatesCounted = 12
	candidatesOther   = 4
	candidatesBeyond  = 1
)

// beyondFactor is how far beyond the computing radius, in radii, sectors are looked
// for that it may have cut off.
const beyondFactor = 1.5

// MaxHexes is how many hexes of a village are judged at most.
const MaxHexes = 16

// Finder finds causes. It is immutable and safe for concurrent use; each goroutine
// takes a [Probe] of its own.
type Finder struct {
	in      Input
	model   *propagation.NearModel
	sectors []sector
	// without is the first operator that has sectors and none that counts, "" when
	// there is none: the one that fails a hex where each must serve and no layer decides.
	without string
}

// sector is a sector with what its link budget comes to.
type sector struct {
	site     *data.Site
	at       geodesy.Cartesian // of the site
	sector   *data.Sector
	tx       sweep.Transmitter
	counts   bool // its technology has a threshold
	required float64
	budget   *linkbudget.Budget

	// Of one that does not count: the same antenna with a technology that does, the
	// one furthest above its required level.
	upgrade         data.Technology
	upgradeRequired float64
	upgradeBudget   *linkbudget.Budget
}

// bandwidthMHz is the channel that a technology is supposed to get on another's
// antenna, the usual ones: 3GPP TS 45.005, TS 25.101, and 10 MHz as data assumes for
// LTE.
var bandwidthMHz = map[data.Technology]float64{data.GSM: 0.2, data.UMTS: 5, data.LTE: 10, data.NR: 10}

// New prepares the search. The error names the sector that counts whose
// budget or antenna is invalid, or wraps sweep.ErrParams.
func New(in Input) (*Finder, error) {
	if err := in.Params.Validate(); err != nil {
		return nil, err
	}
	f := &Finder{in: in, model: propagation.Near(in.Params.Model)}
	counts := map[string]bool{} // operators with a sector: whether one counts
	for i := range in.Sites {
		site := &in.Sites[i]
		at := geodesy.ToCartesian(site.Position)
		for k := range site.Sectors {
			s := &site.Sectors[k]
			e := sector{site: site, at: at, sector: s, tx: sweep.Of(site, s), required: in.Criterion.RequiredDBm(s.Technology, s.FrequencyMHz)}
			var err error
			e.counts = !math.IsInf(e.required, 1)
			if e.budget, err = f.budget(s); err != nil && e.counts {
				return nil, fmt.Errorf("cause: site %q: %w", site.ID, err)
			} else if err != nil {
				continue // what no layer needs is not asked to be complete either
			}
			if !e.counts {
				f.suppose(&e)
			}
			f.sectors = append(f.sectors, e)
			counts[s.Operator] = counts[s.Operator] || e.counts
		}
	}
	for _, operator := range slices.Sorted(maps.Keys(counts)) {
		if !counts[operator] {
			f.without = operator
			break
		}
	}
	return f, nil
}

func (f *Finder) budget(s *data.Sector) (*linkbudget.Budget, error) {
	p, err := linkbudget.Pattern(s, f.in.Antennas)
	if err != nil {
		return nil, err
	}
	return linkbudget.New(s, p, f.in.Criterion.Receiver())
}

// suppose finds the technology that a sector of one that does not count could carry.
func (f *Finder) suppose(e *sector) {
	best := math.Inf(-1)
	for _, t := range slices.Sorted(maps.Keys(f.in.Criterion.Thresholds)) {
		s := *e.sector
		s.Technology, s.BandwidthMHz = t, bandwidthMHz[t]
		b, err := f.budget(&s)
		if err != nil {
			continue // no such channel at this frequency
		}
		required := f.in.Criterion.RequiredDBm(t, s.FrequencyMHz)
		if margin := b.PeakSignalDBm(0) - required; margin > best {
			best = margin
			e.upgrade, e.upgradeRequired, e.upgradeBudget = t, required, b
		}
	}
}

// Probe finds causes one after the other.
type Probe struct {
	f      *Finder
	pather *sweep.Pather
	cut    propagation.Profile // the path without what is in its way
	paths  map[sweep.Transmitter]*path
}

// Probe gives one for a goroutine.
func (f *Finder) Probe() *Probe {
	pather, err := sweep.NewPather(f.in.Params)
	if err != nil {
		panic(err) // New has validated the parameters
	}
	return &Probe{f: f, pather: pather}
}

// path is an exact path with what it would be without obstacles. Losses are NaN
// where there is none.
type path struct {
	sweep.Path
	ridge        *Ridge
	bareDB       float64 // without clutter
	clearDB      float64 // without clutter and terrain
	clearElevDeg float64
}

// Hex says why the hex, received at its point, is not served; its Cause is empty when
// the map says that it is. With operators each it speaks of the operator named, which
// is not read otherwise.
func (p *Probe) Hex(at orb.Point, served bool, operator string) Hex {
	return p.hex(p.near(at, 0), at, served, operator)
}

// near gives the sectors within reach of any point so close to at.
func (p *Probe) near(at orb.Point, withinM float64) []int {
	reachM := beyondFactor*p.f.in.Params.RadiusM + withinM
	bound := geodesy.Pad(orb.Bound{Min: at, Max: at}, reachM)
	var out []int
	for i := range p.f.sectors {
		if bound.Contains(p.f.sectors[i].site.Position) {
			out = append(out, i)
		}
	}
	return out
}

// role is what a sector is to a hex.
type role int

const (
	counted role = iota
	otherTechnology
	otherOperator
	beyond // counted, but further than the radius
	roles
)

func (p *Probe) hex(near []int, at orb.Point, served bool, operator string) Hex {
	p.paths = map[sweep.Transmitter]*path{}
	crit := &p.f.in.Criterion
	var h Hex
	switch crit.Operators {
	case criterion.Named:
		h.Operator = crit.Operator
	case criterion.Each:
		h.Operator = cmp.Or(operator, p.f.without)
	}
	chosen := p.choose(near, at, h.Operator)

	links := make([][]Link, roles)
	for r, sectors := range chosen {
		for _, i := range sectors {
			if l, ok := p.link(&p.f.sectors[i], at); ok {
				links[r] = append(links[r], l)
			}
		}
	}
	byMargin := func(a, b Link) int { return cmp.Compare(b.MarginDB(), a.MarginDB()) }
	h.Links = links[counted]
	slices.SortStableFunc(h.Links, byMargin)
	marginDB := math.NaN()
	if len(h.Links) > 0 {
		marginDB = h.Links[0].MarginDB()
	}
	slices.SortStableFunc(links[beyond], byMargin)
	if b := links[beyond]; len(b) > 0 && !(b[0].MarginDB() <= marginDB) {
		h.BeyondRadius = &b[0]
	}
	if served {
		return h
	}
	if marginDB >= 0 {
		h.EdgeDB = marginDB + edgeDB
	}
	for _, c := range All() {
		if c == OutOfRange {
			break
		}
		if best, ok := p.suppose(c, chosen, at, h.EdgeDB); ok {
			best.GainDB = best.MarginDB - marginDB
			best.MarginDB -= h.EdgeDB
			best.Serves = best.MarginDB >= 0
			if best.Serves && h.Cause == "" {
				h.Cause = c
			}
			h.Counterfactuals = append(h.Counterfactuals, best)
		}
	}
	if h.Cause == "" {
		h.Cause = OutOfRange
	}
	return h
}

// edgeDB is how far below what is required a hex is taken to be that only the exact
// path serves: the precision in which levels are stored.
const edgeDB = 0.01

// choose gives, for each role, the sectors of the strongest transmitters.
func (p *Probe) choose(near []int, at orb.Point, operator string) [roles][]int {
	type rated struct {
		index    int
		marginDB float64
	}
	var by [roles][]rated
	local := geodesy.NewLocal(at)
	var site *data.Site // of the sector before, and how far it is
	var distanceM float64
	for _, i := range near {
		s := &p.f.sectors[i]
		ours := operator == "" || s.sector.Operator == operator
		r, budget, required := counted, s.budget, s.required
		switch {
		case ours && s.counts:
		case ours:
			r, budget, required = otherTechnology, s.upgradeBudget, s.upgradeRequired
		case s.counts:
			r = otherOperator
		default:
			continue
		}
		if s.site != site {
			site = s.site
			distanceM, _ = local.Inverse(&s.at)
		}
		if distanceM > p.f.in.Params.RadiusM {
			if r != counted || distanceM > beyondFactor*p.f.in.Params.RadiusM {
				continue
			}
			r = beyond
		}
		if budget == nil {
			continue
		}
		margin := budget.PeakSignalDBm(freeSpaceDB(distanceM, s.tx.FrequencyMHz)) - required
		if r == beyond && margin < 0 {
			continue // not even in free space
		}
		by[r] = append(by[r], rated{i, margin})
	}
	most := [roles]int{candidatesCounted, candidatesOther, candidatesOther, candidatesBeyond}
	var out [roles][]int
	for r := range by {
		slices.SortStableFunc(by[r], func(a, b rated) int { return cmp.Compare(b.marginDB, a.marginDB) })
		seen := map[sweep.Transmitter]bool{}
		for _, c := range by[r] {
			tx := p.f.sectors[c.index].tx
			if !seen[tx] && len(seen) == most[r] {
				continue
			}
			seen[tx] = true
			out[r] = append(out[r], c.index)
		}
		slices.Sort(out[r]) // in the order of sites, which decides among equals
	}
	return out
}

// freeSpaceDB is the loss of ITU-R P.525 (4), at a metre at least.
func freeSpaceDB(distanceM, frequencyMHz float64) float64 {
	return 32.4 + 20*math.Log10(frequencyMHz) + 20*math.Log10(math.Max(1, distanceM)/1000)
}

// link gives a sector as it is received at a point; ok is false where there is no
// path.
func (p *Probe) link(s *sector, at orb.Point) (l Link, ok bool) {
	path := p.path(s.tx, at)
	if path == nil {
		return Link{}, false
	}
	level := s.budget.SignalDBm(path.LossDB, path.AzimuthDeg, path.ElevationDeg)
	return Link{
		Site: s.site, Sector: s.sector, DistanceM: path.DistanceM, AzimuthDeg: path.AzimuthDeg, ElevationDeg: path.ElevationDeg, LossDB: path.LossDB,
		LevelDBm: level, RequiredDBm: s.required, OffBeamDB: s.budget.PeakSignalDBm(path.LossDB) - level,
		LineOfSight: path.LineOfSight, Ridge: path.ridge,
	}, true
}

// suppose gives the link for which a supposition does most; ok is false when there is
// none to try it on. What stands in the way is looked for on the strongest link today
// of those that would serve: the way that it blocks least.
func (p *Probe) suppose(c Cause, chosen [roles][]int, at orb.Point, edgeDB float64) (best Counterfactual, ok bool) {
	role := counted
	switch c {
	case Technology:
		role = otherTechnology
	case Operator:
		role = otherOperator
	}
	for _, i := range chosen[role] {
		s := &p.f.sectors[i]
		path := p.path(s.tx, at)
		if path == nil || c == BehindTrees && path.bareDB == path.LossDB {
			continue
		}
		technology, required := s.sector.Technology, s.required
		var level float64
		switch c {
		case Technology:
			technology, required = s.upgrade, s.upgradeRequired
			level = s.upgradeBudget.SignalDBm(path.LossDB, path.AzimuthDeg, path.ElevationDeg)
		case Operator:
			level = s.budget.SignalDBm(path.LossDB, path.AzimuthDeg, path.ElevationDeg)
		case Beam:
			level = s.budget.PeakSignalDBm(path.LossDB)
		case BehindTrees:
			level = s.budget.SignalDBm(path.bareDB, path.AzimuthDeg, path.ElevationDeg)
		case BehindTerrain:
			level = s.budget.SignalDBm(path.clearDB, path.AzimuthDeg, path.clearElevDeg)
		case Power:
			level = s.budget.SignalDBm(path.LossDB, path.AzimuthDeg, path.ElevationDeg) + PowerStepDB
		}
		margin := level - required
		if math.IsNaN(margin) {
			continue
		}
		link, _ := p.link(s, at)
		better := !ok || margin > best.MarginDB
		if ok && (c == BehindTrees || c == BehindTerrain) && margin >= edgeDB && best.MarginDB >= edgeDB {
			better = link.MarginDB() > best.Link.MarginDB()
		}
		if better {
			best, ok = Counterfactual{Cause: c, Link: link, Technology: technology, LevelDBm: level, MarginDB: margin}, true
		}
	}
	return best, ok
}

// path computes the exact path and what it would be without obstacles, once for each
// transmitter; nil when there is none.
func (p *Probe) path(tx sweep.Transmitter, at orb.Point) *path {
	if known, ok := p.paths[tx]; ok {
		return known
	}
	p.paths[tx] = nil
	exact, err := p.pather.Path(tx, at)
	if err != nil || math.IsNaN(exact.LossDB) {
		return nil
	}
	out := &path{Path: exact, bareDB: exact.LossDB, clearDB: exact.LossDB, clearElevDeg: exact.ElevationDeg}
	l := p.f.in.Params.Link
	l.FrequencyMHz, l.TxHeightM, l.RxHeightM = tx.FrequencyMHz, tx.HeightM, p.f.in.Params.RxHeightM
	l.Tx, l.Rx, l.Explain = tx.Position, at, false
	profile := p.pather.Profile()
	if view, err := sight.Between(profile, l); err == nil {
		out.ridge = ridge(view, tx.Position, at)
	}
	if profile.ClutterM != nil && slices.ContainsFunc(profile.ClutterM, func(m float64) bool { return m > 0 }) {
		bare := *profile
		bare.ClutterM = nil
		if r, err := p.f.model.Loss(&bare, l); err == nil {
			out.bareDB, out.clearDB = r.LossDB, r.LossDB
		}
	}
	if p.level(profile) {
		if r, err := p.f.model.Loss(&p.cut, l); err == nil {
			out.clearDB = r.LossDB
			last := len(p.cut.TerrainM) - 1
			fallM := p.cut.TerrainM[last] + l.RxHeightM - p.cut.TerrainM[0] - l.TxHeightM
			out.clearElevDeg = math.Atan(fallM/exact.DistanceM-exact.DistanceM/(2*sight.EarthRadiusM)) * 180 / math.Pi
		}
	}
	p.paths[tx] = out
	return out
}

// level makes p.cut the profile without clutter and without the terrain above the
// straight line between its ends, and says whether there was any.
func (p *Probe) level(of *propagation.Profile) (changed bool) {
	last := len(of.DistanceM) - 1
	p.cut = propagation.Profile{DistanceM: of.DistanceM, TerrainM: append(p.cut.TerrainM[:0], of.TerrainM...), Zone: of.Zone}
	from, to, length := of.TerrainM[0], of.TerrainM[last], of.LengthM()
	for i := 1; i < last; i++ {
		if line := from + (to-from)*of.DistanceM[i]/length; p.cut.TerrainM[i] > line {
			p.cut.TerrainM[i] = line
			changed = true
		}
	}
	return changed
}

// ridge gives what reaches furthest into the first Fresnel zone, nil where nothing
// reaches into it.
func ridge(v *sight.View, tx, rx orb.Point) *Ridge {
	if v.Worst == 0 || v.FresnelClearance() >= 1 {
		return nil
	}
	s := &v.Samples[v.Worst]
	line := geodesy.NewLine(tx, rx)
	return &Ridge{
		At: line.At(s.DistanceM), FromMastM: s.DistanceM, GroundM: s.GroundM, ClutterM: s.SurfaceM - s.GroundM,
		AboveLineM: -s.ClearanceM, FresnelM: s.FresnelM,
	}
}

// Village says why a village misses its criterion: the cause of most of what is not
// served, judged on at most MaxHexes hexes that stand for equal parts of it. Class
// gives the class of a cell, its operator that of the layer that decided. A village
// whose every hex is served has no cause.
func (p *Probe) Village(place criterion.Place, rule criterion.Rule, class func(hexgrid.Cell) (c data.Class, operator string, ok bool)) (Village, error) {
	var v Village
	var unserved []Judged
	var total float64
	take := func(cell hexgrid.Cell, weight float64) error {
		c, operator, ok := class(cell)
		if !ok {
			return fmt.Errorf("%w: hex %v of village %q", criterion.ErrOutside, cell, place.Village.ID)
		}
		if c != data.Served && weight > 0 {
			unserved = append(unserved, Judged{Cell: cell, Weight: weight, Hex: Hex{Operator: operator}})
			total += weight
		}
		return nil
	}
	if rule == criterion.Centre {
		if err := take(place.Center, 1); err != nil {
			return v, err
		}
	} else {
		for _, h := range place.Hexes {
			if err := take(h.Cell, h.Weight); err != nil {
				return v, err
			}
		}
	}
	if len(unserved) == 0 {
		return v, nil
	}
	slices.SortFunc(unserved, func(a, b Judged) int { return cmp.Compare(a.Cell, b.Cell) })
	v.Hexes = representatives(unserved, total)

	middle := v.Hexes[0].Cell.Center()
	var farM float64
	for i := range v.Hexes {
		farM = max(farM, geodesy.Distance(middle, v.Hexes[i].Cell.Center()))
	}
	near := p.near(middle, farM)
	votes := map[Cause]float64{}
	for i := range v.Hexes {
		h := &v.Hexes[i]
		h.Hex = p.hex(near, h.Cell.Center(), false, h.Operator)
		votes[h.Cause] += h.Weight
	}
	for _, c := range All() {
		if votes[c] > votes[v.Cause] {
			v.Cause = c
		}
	}
	v.Share = votes[v.Cause] / total
	v.Typical = -1
	for i := range v.Hexes {
		if h := &v.Hexes[i]; h.Cause == v.Cause && (v.Typical < 0 || h.Weight > v.Hexes[v.Typical].Weight) {
			v.Typical = i
		}
	}
	return v, nil
}

// representatives gives the hexes in which each next equal part of the weight has its
// middle, in order of the cells, with the weight they stand for.
func representatives(all []Judged, total float64) []Judged {
	if len(all) <= MaxHexes {
		return all
	}
	var out []Judged
	var sum float64
	next := 0
	for _, h := range all {
		sum += h.Weight
		h.Weight = 0
		for ; next < MaxHexes && (float64(next)+0.5)*total/MaxHexes <= sum; next++ {
			h.Weight += total / MaxHexes
		}
		if h.Weight > 0 {
			out = append(out, h)
		}
	}
	return out
}

// Villages says of each village why it misses its criterion, in their order; those
// that wanted leaves out have no cause. The result does not depend on the number of
// workers, 0 for one each core. Progress, when not nil, is called after each village.
func (f *Finder) Villages(ctx context.Context, places []criterion.Place, wanted func(i int) bool,
	class func(hexgrid.Cell) (data.Class, string, bool), workers int, progress func(done int)) ([]Village, error) {
	if workers <= 0 {
		workers = runtime.GOMAXPROCS(0)
	}
	out := make([]Village, len(places))
	var next, done atomic.Int64
	g, ctx := errgroup.WithContext(ctx)
	for range min(workers, len(places)) {
		g.Go(func() error {
			p := f.Probe()
			for {
				i := int(next.Add(1)) - 1
				if i >= len(places) {
					return nil
				}
				if !wanted(i) {
					continue
				}
				if err := ctx.Err(); err != nil {
					return err
				}
				v, err := p.Village(places[i], f.in.Criterion.Rule, class)
				if err != nil {
					return err
				}
				out[i] = v
				if progress != nil {
					progress(int(done.Add(1)))
				}
			}
		})
	}
	if err := g.Wait(); err != nil {
		return nil, err
	}
	return out, nil
}
