package run

import (
	"cmp"
	"context"
	"fmt"
	"maps"
	"math"
	"slices"
	"strings"

	"github.com/covgap/covgap/cmd/covgap/project"
	"github.com/covgap/covgap/coverage/criterion"
	"github.com/covgap/covgap/coverage/merge"
	"github.com/covgap/covgap/coverage/propagation"
	"github.com/covgap/covgap/coverage/store"
	"github.com/covgap/covgap/coverage/sweep"
	"github.com/covgap/covgap/data"
	"github.com/covgap/covgap/data/habitat"
	"github.com/covgap/covgap/geo"
	"github.com/covgap/covgap/geo/geodesy"
	"github.com/covgap/covgap/geo/hexgrid"
	"github.com/paulmach/orb"
	"golang.org/x/sync/errgroup"
)

// Coverage is the signal on the grid and what the criterion says of each hex.
type Coverage struct {
	Params  sweep.Params
	Grid    *merge.Grid
	Layers  []merge.Layer
	Hexes   *criterion.Hexes
	Places  []criterion.Place // villages on the grid, in their order
	Rules   []habitat.Rule    // how each village's weight was spread
	Summary sweep.Summary

	key             store.Key   // of Layers
	Sites           []data.Site // the sites computed: with sectors that count, in reach of the areas
	Skips           []Skip      // why sectors of the input were not computed
	sweeper         *sweep.Sweeper
	hexesShown      []Shown // see shown
	resolutionShown int
	outlines        []orb.Ring // see keepOutlines
}

// Skip counts sectors that were not computed, with the reason.
type Skip struct {
	Reason  SkipReason `json:"reason"`
	Detail  string     `json:"detail"` // the technology, the status, the date, or the radius in kilometres
	Sectors int        `json:"sectors"`
}

// SkipReason says why a sector was not computed.
type SkipReason string

// The reasons.
const (
	NoThreshold SkipReason = "no_threshold" // its technology has none in the criterion
	NotOnAir    SkipReason = "not_on_air"
	OffThatDay  SkipReason = "not_on_air_on_date" // of coverage.date
	OutOfReach  SkipReason = "out_of_reach"       // further from the areas than the radius
)

// params gives what all path losses of the run share.
func (r *Run) params() (sweep.Params, error) {
	p := r.Project
	m, err := propagation.Lookup(p.Coverage.Model)
	if err != nil {
		return sweep.Params{}, err
	}
	if c := r.Inputs.Calibration; c != nil {
		if m, err = c.Apply(m); err != nil {
			return sweep.Params{}, err
		}
	}
	params := sweep.Params{
		Model:      m,
		Terrain:    r.Inputs.Terrain,
		Clutter:    r.Inputs.Clutter,
		RxHeightM:  p.Criterion.ReceiverHeightM,
		RadiusM:    p.Coverage.RadiusKm * 1000,
		Resolution: p.Coverage.Resolution,
		Exact:      r.Options.Exact,
	}
	if m.Validity().Zones {
		params.Zones = r.Inputs.Zones
	}
	if params.Clutter != nil {
		params.ReceiverClearingM = p.Inputs.LandCover.ReceiverClearingM
	}
	return params, nil
}

// mergeOptions gives what turns path losses into the run's layers.
func (r *Run) mergeOptions() merge.Options {
	return merge.Options{
		Receiver: r.Project.Criterion.Receiver(),
		Antennas: r.Inputs.Antennas,
		FloorDBm: r.Project.Criterion.FloorDBm,
		Workers:  r.Options.Workers,
	}
}

// ComputeCoverage sweeps every transmitter, merges the layers and judges every hex.
func (r *Run) ComputeCoverage(ctx context.Context) error {
	params, err := r.params()
	if err != nil {
		return err
	}
	if err := r.checkOperator(); err != nil {
		return err
	}
	c := &Coverage{Params: params}
	c.Sites, c.Skips = r.choose(r.Inputs.Sites)
	layers := r.mergeOptions()
	if err := merge.Check(c.Sites, layers); err != nil {
		return &geo.InputError{Pos: geo.Position{File: r.Project.Inputs.Sites.File}, Found: err.Error(), Err: err}
	}
	st, err := r.openStore()
	if err != nil {
		return err
	}
	if c.sweeper, err = sweep.NewSweeper(params, st); err != nil {
		return err
	}
	if err := r.settle(c, st); err != nil {
		return err
	}
	if c.key, err = merge.Key(c.Grid, c.Sites, c.sweeper, layers); err != nil {
		return err
	}
	txs := sweep.Transmitters(c.Sites)
	if !r.recall(c, st, txs) {
		if err := r.sweepAndMerge(ctx, c, txs); err != nil {
			return err
		}
		if err := st.Put(c.key, merge.Encode(c.Layers)); err != nil {
			return err
		}
	}
	c.Hexes = r.Project.Criterion.Hexes(c.Layers, c.Grid.Len())
	r.Coverage = c
	return nil
}

// recall takes the layers from the store, where a run of the same network on the same
// land left them; it says whether it did.
func (r *Run) recall(c *Coverage, st *store.Store, txs []sweep.Transmitter) bool {
	l := r.Options.Lang
	stage := r.Options.Reporter.Start("coverage", 0, "")
	sum, ok := c.sweeper.Summary(txs)
	if !ok {
		return false
	}
	content, ok := st.Get(c.key)
	if !ok {
		return false
	}
	layers, err := merge.Decode(content, c.Grid, c.Sites, r.mergeOptions())
	if err != nil {
		return false // of another version
	}
	c.Summary, c.Layers = sum, layers
	r.finish(stage, "coverage", fmt.Sprintf(l.T("%s transmitters, %s layers on %s hexes, from the store", "%s đài phát, %s lớp trên %s ô, lấy từ kho"),
		l.Int(int64(len(txs))), l.Int(int64(len(layers))), l.Int(int64(c.Grid.Len()))), "from the store")
	return true
}

// sweepAndMerge computes the layers.
func (r *Run) sweepAndMerge(ctx context.Context, c *Coverage, txs []sweep.Transmitter) (err error) {
	l := r.Options.Lang
	stage := r.Options.Reporter.Start("sweep", int64(len(txs)), l.T("sweeps", "lượt quét"))
	stored := 0
	c.Summary, err = c.sweeper.All(ctx, txs, r.Options.Workers, func(p sweep.Progress) {
		stored = p.Stored
		stage.Set(int64(p.Done))
	})
	if err != nil {
		return err
	}
	r.finish(stage, "sweep", fmt.Sprintf(l.T("%s transmitters, %s hexes, %s from the store", "%s đài phát, %s ô, %s lấy từ kho"),
		l.Int(int64(len(txs))), l.Int(int64(c.Summary.Counts.Hexes)), l.Int(int64(stored))), fmt.Sprintf("%d of %d from the store", stored, len(txs)))

	stage = r.Options.Reporter.Start("merge", 0, "")
	if c.Layers, err = merge.Layers(ctx, c.Grid, c.Sites, c.sweeper, r.mergeOptions()); err != nil {
		return err
	}
	r.finish(stage, "merge", fmt.Sprintf(l.T("%s layers on %s hexes", "%s lớp trên %s ô"),
		l.Int(int64(len(c.Layers))), l.Int(int64(c.Grid.Len()))), "")
	return nil
}

// checkOperator refuses a criterion that names an operator without any sector.
func (r *Run) checkOperator() error {
	crit := &r.Project.Criterion
	if crit.Operators != criterion.Named {
		return nil
	}
	names := map[string]bool{}
	for i := range r.Inputs.Sites {
		for k := range r.Inputs.Sites[i].Sectors {
			names[r.Inputs.Sites[i].Sectors[k].Operator] = true
		}
	}
	if names[crit.Operator] {
		return nil
	}
	known := slices.Sorted(maps.Keys(names))
	e := &geo.InputError{
		Pos: geo.Position{File: project.FileName}, Field: "criterion.operator", Found: fmt.Sprintf("%q has no sector", crit.Operator),
		Expected: "one of " + strings.Join(known, ", "), Err: criterion.ErrCriterion,
	}
	e.Hint = geo.DidYouMean(crit.Operator, known)
	return e
}

// choose takes of a network the sites whose signal can matter, with the sectors that
// do, and says why it leaves out the others.
func (r *Run) choose(network []data.Site) (sites []data.Site, skips []Skip) {
	counts := map[Skip]int{}
	date := r.Project.Coverage.Date
	reach := geodesy.Pad(r.Inputs.Bound, r.Project.Coverage.RadiusKm*1000)
	for _, s := range network {
		kept := s
		kept.Sectors = nil
		for _, sec := range s.Sectors {
			switch _, counted := r.Project.Criterion.Thresholds[sec.Technology]; {
			case !counted:
				counts[Skip{Reason: NoThreshold, Detail: string(sec.Technology)}]++
			case date != "" && !sec.OnAir(date):
				counts[Skip{Reason: OffThatDay, Detail: date}]++
			case date == "" && !sec.OnAir(""):
				counts[Skip{Reason: NotOnAir, Detail: string(sec.Status)}]++
			case !reach.Contains(s.Position):
				counts[Skip{Reason: OutOfReach, Detail: fmt.Sprint(r.Project.Coverage.RadiusKm)}]++
			default:
				kept.Sectors = append(kept.Sectors, sec)
			}
		}
		if len(kept.Sectors) > 0 {
			sites = append(sites, kept)
		}
	}
	for skip, n := range counts {
		skip.Sectors = n
		skips = append(skips, skip)
	}
	slices.SortFunc(skips, func(a, b Skip) int {
		return cmp.Or(cmp.Compare(a.Reason, b.Reason), cmp.Compare(a.Detail, b.Detail))
	})
	return sites, skips
}

// layOut makes the grid: every hex of the areas, and of the villages where they
// reach beyond; and spreads the villages' weights over it.
func (r *Run) layOut(c *Coverage) error {
	areas, villages := r.Inputs.Areas, r.Inputs.Villages
	if r.Options.OnlyVillages {
		areas = nil
	}
	filled := make([][]hexgrid.Cell, len(areas))
	c.Places, c.Rules = make([]criterion.Place, len(villages)), make([]habitat.Rule, len(villages))
	if err := r.each(len(areas), func(i int) (err error) {
		a := &areas[i]
		if filled[i], err = hexgrid.Fill(a.Geometry, c.Params.Resolution); err != nil {
			return fmt.Errorf("run: area %s: %w", a.Code, err)
		}
		return nil
	}); err != nil {
		return err
	}
	if err := r.each(len(villages), func(i int) (err error) {
		c.Places[i], c.Rules[i], err = r.place(&villages[i], c.Params.Resolution)
		return err
	}); err != nil {
		return err
	}
	cells := slices.Concat(filled...)
	for _, p := range c.Places {
		for _, h := range p.Hexes {
			cells = append(cells, h.Cell)
		}
		cells = append(cells, p.Center)
	}
	slices.Sort(cells)
	var err error
	c.Grid, err = merge.NewGrid(slices.Compact(cells))
	return err
}

// place puts a village on the grid and says how its weight was spread.
func (r *Run) place(v *data.Village, resolution int) (criterion.Place, habitat.Rule, error) {
	hexes, rule, err := r.Inputs.Land.Spread(v, resolution)
	if err != nil {
		return criterion.Place{}, "", fmt.Errorf("run: village %s: %w", v.ID, err)
	}
	center, err := habitat.Center(v, hexes)
	if err != nil {
		return criterion.Place{}, "", fmt.Errorf("run: village %s: %w", v.ID, err)
	}
	if r.Project.Criterion.Rule == criterion.Area { // as much of each hex, however many live there
		weight, _ := v.Weight()
		for k := range hexes {
			hexes[k].Weight = weight / float64(len(hexes))
		}
	}
	return criterion.Place{Village: v, Hexes: hexes, Center: center}, rule, nil
}

// each calls do for the numbers below n on the run's workers and gives the error of the
// lowest that has one.
func (r *Run) each(n int, do func(i int) error) error {
	errs := make([]error, n)
	var group errgroup.Group
	group.SetLimit(max(1, r.Options.Workers))
	for i := range n {
		group.Go(func() error {
			errs[i] = do(i)
			return nil
		})
	}
	_ = group.Wait() // of functions without errors
	return cmp.Or(errs...)
}

// leastMetresPerDegree is below the length of a degree of latitude anywhere: 110,574 m
// at the equator of WGS 84.
const leastMetresPerDegree = 110_500

// NearestSite gives the site of the input nearest to a village's centre, whatever
// its technologies, and its distance in metres; ok is false when there is none.
func (r *Run) NearestSite(place int) (site *data.Site, distanceM float64, ok bool) {
	center := r.Coverage.center(place)
	for i := range r.Inputs.Sites {
		at := r.Inputs.Sites[i].Position
		// A geodesic takes a microsecond, and there are as many as villages times sites.
		if ok && math.Abs(at.Lat()-center.Lat())*leastMetresPerDegree > distanceM {
			continue
		}
		d := geodesy.Distance(center, at)
		if !ok || d < distanceM {
			site, distanceM, ok = &r.Inputs.Sites[i], d, true
		}
	}
	return site, distanceM, ok
}

// Technologies lists the technologies of a site, in alphabetical order.
func Technologies(s *data.Site) []string {
	seen := map[string]bool{}
	for i := range s.Sectors {
		seen[string(s.Sectors[i].Technology)] = true
	}
	return slices.Sorted(maps.Keys(seen))
}

// served says whether a hex of the grid is served.
func (c *Coverage) served(cell hexgrid.Cell) bool {
	i, ok := c.Grid.Index(cell)
	return ok && c.Hexes.Class[i] == data.Served
}
