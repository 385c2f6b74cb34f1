package calibrate

import (
	"cmp"
	"fmt"
	"math"
	"math/rand/v2"
	"slices"

	"gonum.org/v1/gonum/stat"
	"gonum.org/v1/gonum/stat/distuv"
)

// SplitBy says what is held out as a whole. Rows of one drive, or of one mast, err
// alike: to part them at random would let the fit see what it is checked on.
type SplitBy string

// The ways to split.
const (
	BySite  SplitBy = "site"
	ByRoute SplitBy = "route"
)

const (
	// MinGroups is the least number of routes or sites from which an error on unseen
	// ones, or an interval, is stated. With fewer the sd of their means alone is
	// uncertain by more than a third: 1/√(2(n-1)) = 0.35 of itself at 5.
	MinGroups = 5
	// folds is how many times the groups are parted into those fitted to and those
	// held out.
	folds = 5

	leastRows        = 20            // of a class and band, with a level, to be fitted at all
	leastShapeRows   = 50            // to fit more than an offset, and in so many groups:
	leastShapeGroups = MinGroups - 1 // what is left to fit to when one of the least number is held out
	leastSpread      = 2.0           // of the 90th over the 10th percentile of distance, to fit a slope
	leastExcessSD    = 3.0           // dB, of the loss beyond free space, to fit a factor
	bootstraps       = 200
	confidence       = 0.95
)

// Options of [Fit].
type Options struct {
	Name    string
	Version int
	Model   string // name of the model whose losses the observations hold
	Source  string // of its validity
	Heights float64
	Digest  string // of the data, SHA-256

	// Split says what to hold out; "" takes sites when there are at least
	// [MinGroups], else routes.
	Split SplitBy
	Seed  uint64 // of the folds
}

// Errors says how far predicted levels lie from measured ones, predicted less
// measured: a positive bias is optimistic. With censored rows bias and sd are those
// of the normal distribution most likely behind them.
type Errors struct {
	Rows     int     `json:"rows"`
	Censored int     `json:"censored"` // of the rows
	BiasDB   float64 `json:"bias_db"`
	SDDB     float64 `json:"sd_db"`
	RMSEDB   float64 `json:"rmse_db"`
}

// Estimate is a parameter with its interval.
type Estimate struct {
	Value    float64     `json:"value"`
	Interval *[2]float64 `json:"interval_95,omitempty"` // nil when it is not fitted, or the groups are too few
	Fixed    string      `json:"fixed,omitempty"`       // why it is not fitted
}

// Cell is one class and band.
type Cell struct {
	Class Class `json:"class"`
	Band
	Rows     int `json:"rows"`
	Censored int `json:"censored"`
	Groups   int `json:"groups"`

	Offset Estimate `json:"offset_db"`
	Slope  Estimate `json:"slope_db_per_decade"`
	Factor Estimate `json:"diffraction_factor"`

	// Fitted is the error on the rows that the parameters were fitted to. It is smaller
	// than that elsewhere, and no measure of it.
	Fitted *Errors `json:"fitted_to,omitempty"`
	// Model and HeldOut are the errors without and with the correction on routes or
	// sites that the correction had not seen; nil when they are too few.
	Model   *Errors `json:"held_out_uncalibrated,omitempty"`
	HeldOut *Errors `json:"held_out,omitempty"`
}

// Prediction is what was predicted for an observation by parameters that had not seen
// its group.
type Prediction struct {
	Fold   int     // from 1; 0 when nothing was held out
	LossDB float64 // corrected, NaN when nothing was held out
}

// Report is what a fit found. Its held-out members are nil when there are too few
// routes or sites, and Why says so.
type Report struct {
	Split   SplitBy `json:"split_by"`
	Groups  int     `json:"groups"`
	Folds   int     `json:"folds"` // 0 when nothing was held out
	Rows    int     `json:"rows"`
	Cells   []Cell  `json:"cells"`
	Model   *Errors `json:"held_out_uncalibrated,omitempty"`
	HeldOut *Errors `json:"held_out,omitempty"`
	Why     string  `json:"why_nothing_held_out,omitempty"`

	Predictions []Prediction `json:"-"` // of the observations, in order
}

// Fit fits the parameters of each class and band to observations, and reports the
// error on routes or sites held out in turn. The parameters of the calibration are
// those of the fit to all of them.
//
// The error wraps ErrTooFew when no class and band has measurements enough.
func Fit(obs []Observation, o Options) (*Calibration, *Report, error) {
	r := &Report{Rows: len(obs), Predictions: make([]Prediction, len(obs))}
	groups := r.split(obs, o.Split)
	all := make([]int, len(obs))
	for i := range all {
		all[i] = i
		r.Predictions[i].LossDB = math.NaN()
	}
	c := &Calibration{
		Name: o.Name, Version: o.Version, Model: o.Model, ModelSource: o.Source, ReceiverHeightM: o.Heights, DataSHA256: o.Digest,
		Rows: len(obs), SplitBy: r.Split, Groups: r.Groups,
	}
	if r.Groups >= MinGroups {
		r.holdOut(obs, groups, o.Seed)
		r.Model, r.HeldOut = r.heldOut(obs, all)
	} else {
		r.Why = fmt.Sprintf("%d %s; at least %d are needed to say how far the calibration is off elsewhere", r.Groups, plural(string(r.Split), r.Groups), MinGroups)
	}
	for _, rows := range cells(obs, all) {
		cell, p := r.cell(obs, groups, rows)
		if p != nil {
			c.Parameters = append(c.Parameters, *p)
		}
		r.Cells = append(r.Cells, cell)
	}
	if len(c.Parameters) == 0 {
		return nil, r, fmt.Errorf("%w: %d rows in %d classes and bands; a class and band needs %d with a level", ErrTooFew, len(obs), len(r.Cells), leastRows)
	}
	if r.HeldOut != nil {
		c.HeldOutBiasDB, c.HeldOutSDDB = roundTo(r.HeldOut.BiasDB, 4), roundTo(r.HeldOut.SDDB, 4)
	}
	return c, r, nil
}

func plural(what string, n int) string {
	if n == 1 {
		return what
	}
	return what + "s"
}

// split numbers the groups of the observations.
func (r *Report) split(obs []Observation, by SplitBy) []int {
	number := func(by SplitBy) (of []int, n int) {
		seen := map[string]int{}
		for i := range obs {
			name := obs[i].Site
			if by == ByRoute {
				name = obs[i].Route
			}
			k, ok := seen[name]
			if !ok {
				k = len(seen)
				seen[name] = k
			}
			of = append(of, k)
		}
		return of, len(seen)
	}
	if by == "" {
		by = BySite
		if _, sites := number(BySite); sites < MinGroups {
			if _, routes := number(ByRoute); routes > sites {
				by = ByRoute
			}
		}
	}
	of, n := number(by)
	r.Split, r.Groups = by, n
	return of
}

// cells gives the rows of each class and band, in order.
func cells(obs []Observation, rows []int) [][]int {
	type key struct {
		class Class
		band  Band
	}
	at := map[key][]int{}
	var keys []key
	for _, i := range rows {
		k := key{obs[i].Class, BandOf(obs[i].FrequencyMHz)}
		if at[k] == nil {
			keys = append(keys, k)
		}
		at[k] = append(at[k], i)
	}
	slices.SortFunc(keys, func(a, b key) int {
		return cmp.Or(cmp.Compare(a.class, b.class), cmp.Compare(a.band.MinMHz, b.band.MinMHz))
	})
	out := make([][]int, len(keys))
	for i, k := range keys {
		out[i] = at[k]
	}
	return out
}

// holdOut predicts every row by parameters fitted without its group.
func (r *Report) holdOut(obs []Observation, groups []int, seed uint64) {
	r.Folds = min(folds, r.Groups)
	fold := make([]int, r.Groups)
	for i, g := range rand.New(rand.NewPCG(seed, 1)).Perm(r.Groups) {
		fold[g] = i % r.Folds
	}
	for k := range r.Folds {
		var seen []int
		for i := range obs {
			if fold[groups[i]] != k {
				seen = append(seen, i)
			}
		}
		c := Calibration{}
		for _, rows := range cells(obs, seen) {
			if s, f, _ := settle(obs, groups, rows); s != nil {
				c.Parameters = append(c.Parameters, s.parameters(f))
			}
		}
		for i := range obs {
			if fold[groups[i]] == k {
				r.Predictions[i] = Prediction{k + 1, obs[i].ModelDB + c.correctionDB(&obs[i])}
			}
		}
	}
}

// correctionDB gives the correction of an observation's class and band, 0 where there
// is none.
func (c *Calibration) correctionDB(o *Observation) float64 {
	if p := c.of(o.Class, o.FrequencyMHz); p != nil {
		return p.CorrectionDB(o.DistanceM, o.ExcessDB)
	}
	return 0
}

// heldOut gives the errors of rows without correction, and with that of a fit that had
// not seen them.
func (r *Report) heldOut(obs []Observation, rows []int) (model, corrected *Errors) {
	return errorsOf(obs, rows, func(i int) float64 { return obs[i].ModelDB }),
		errorsOf(obs, rows, func(i int) float64 { return r.Predictions[i].LossDB })
}

// errorsOf gives the errors of predicted losses, nil where there are too few levels.
func errorsOf(obs []Observation, rows []int, lossDB func(i int) float64) *Errors {
	e := Errors{Rows: len(rows)}
	samples := make([]sample, len(rows))
	for k, i := range rows {
		samples[k] = sample{x: one, y: obs[i].MeasuredDB - lossDB(i), censored: obs[i].Censored}
		if obs[i].Censored {
			e.Censored++
		}
	}
	f, ok := tobit(samples)
	if !ok {
		return nil
	}
	e.BiasDB, e.SDDB = f.beta[0], f.sigma
	e.RMSEDB = math.Hypot(e.BiasDB, e.SDDB)
	return &e
}

var one = []float64{1}

// shape says which parameters rows can carry, and within which ranges.
type shape struct {
	Parameters
	slope, factor           bool
	slopeFixed, factorFixed string
}

// settle fits the rows of one class and band, with no more parameters than they show:
// a slope or factor whose interval holds what the model itself has is left out, since
// it would add its own error elsewhere. It gives nil when the rows are too few for any.
func settle(obs []Observation, groups, rows []int) (*shape, fitted, intervals) {
	s := shapeOf(obs, groups, rows)
	if s == nil {
		return nil, fitted{}, intervals{}
	}
	for {
		f, ok := tobit(s.samples(obs, rows))
		if !ok {
			return nil, fitted{}, intervals{}
		}
		in := s.intervals(f, obs, groups, rows)
		p := s.parameters(f)
		slope, factor := in.doubt(in.slope, p.SlopeDBPerDecade), in.doubt(in.factor, p.DiffractionFactor-1)
		switch {
		case s.slope && slope >= 1 && (slope >= factor || !s.factor):
			s.slope, s.slopeFixed = false, fmt.Sprintf("not shown: %+.1f ± %.1f dB a decade", p.SlopeDBPerDecade, in.slope)
		case s.factor && p.DiffractionFactor < 0:
			// More loss beyond free space cannot mean more signal.
			s.factor, s.DiffractionFactor = false, 0
			s.factorFixed = fmt.Sprintf("at its least: the fit gives %.2f ± %.2f", p.DiffractionFactor, in.factor)
		case s.factor && factor >= 1:
			s.factor, s.factorFixed = false, fmt.Sprintf("not shown: %.2f ± %.2f", p.DiffractionFactor, in.factor)
		default:
			return s, f, in
		}
	}
}

// shapeOf looks at the rows of one class and band. It is nil when they are too few
// for any parameter.
func shapeOf(obs []Observation, groups, rows []int) *shape {
	var km, excess []float64
	known, logKm := 0, 0.0
	of := map[int]bool{}
	for _, i := range rows {
		d := obs[i].DistanceM / 1000
		km, excess = append(km, d), append(excess, obs[i].ExcessDB)
		logKm += math.Log(d)
		of[groups[i]] = true
		if !obs[i].Censored {
			known++
		}
	}
	if known < leastRows {
		return nil
	}
	slices.Sort(km)
	first := &obs[rows[0]]
	s := &shape{Parameters: Parameters{
		Class: first.Class, Band: BandOf(first.FrequencyMHz), DiffractionFactor: 1,
		// To three digits, so that a file can be read.
		ReferenceKm:   roundTo(math.Exp(logKm/float64(len(rows))), 3),
		MinDistanceKm: km[0], MaxDistanceKm: km[len(km)-1], MaxExcessDB: slices.Max(excess), Rows: len(rows), Groups: len(of),
	}}
	few := ""
	switch {
	case known < leastShapeRows:
		few = fmt.Sprintf("fewer than %d levels", leastShapeRows)
	case len(of) < leastShapeGroups:
		few = fmt.Sprintf("fewer than %d routes or sites", leastShapeGroups)
	}
	spread := stat.Quantile(0.9, stat.Empirical, km, nil) / stat.Quantile(0.1, stat.Empirical, km, nil)
	switch {
	case few != "":
		s.slopeFixed = few
	case spread < leastSpread:
		s.slopeFixed = fmt.Sprintf("distances differ by a factor of %.1f, less than %g", spread, leastSpread)
	default:
		s.slope = true
	}
	sd := stat.StdDev(excess, nil)
	switch {
	case first.Class == LOS:
		s.factorFixed = "line of sight: nothing is diffracted"
	case few != "":
		s.factorFixed = few
	case sd < leastExcessSD:
		s.factorFixed = fmt.Sprintf("the loss beyond free space varies by %.1f dB, less than %g", sd, leastExcessSD)
	default:
		s.factor = true
	}
	return s
}

// roundTo rounds to so many significant digits.
func roundTo(v float64, digits int) float64 {
	if v == 0 {
		return 0
	}
	scale := math.Pow(10, float64(digits)-1-math.Floor(math.Log10(math.Abs(v))))
	return math.Round(v*scale) / scale
}

// samples makes the rows of a regression of what the model is off by.
func (s *shape) samples(obs []Observation, rows []int) []sample {
	out := make([]sample, len(rows))
	for k, i := range rows {
		o := &obs[i]
		x := []float64{1}
		if s.slope {
			x = append(x, math.Log10(o.DistanceM/1000/s.ReferenceKm))
		}
		if s.factor {
			x = append(x, o.ExcessDB)
		}
		// While it is fitted the factor stands at 1.
		out[k] = sample{x, o.MeasuredDB - o.ModelDB - (s.DiffractionFactor-1)*o.ExcessDB, o.Censored}
	}
	return out
}

// parameters puts what was fitted in its places.
func (s *shape) parameters(f fitted) Parameters {
	p := s.Parameters
	rest := f.beta[1:]
	p.OffsetDB = f.beta[0]
	if s.slope {
		p.SlopeDBPerDecade, rest = rest[0], rest[1:]
	}
	if s.factor {
		p.DiffractionFactor = 1 + rest[0]
	}
	return p
}

// readable rounds the parameters to what a person can read in a file, far below what
// measurements can tell.
func (p *Parameters) readable() {
	for v, step := range map[*float64]float64{
		&p.OffsetDB: 1e-3, &p.SlopeDBPerDecade: 1e-3, &p.DiffractionFactor: 1e-4, &p.MinDistanceKm: 1e-4, &p.MaxDistanceKm: 1e-4, &p.MaxExcessDB: 1e-2,
	} {
		*v = math.Round(*v/step) * step
		*v = roundTo(*v, 9) // what the multiplication leaves behind
	}
}

// cell fits one class and band; its parameters are nil when there are too few rows.
func (r *Report) cell(obs []Observation, groups, rows []int) (Cell, *Parameters) {
	first := &obs[rows[0]]
	c := Cell{Class: first.Class, Band: BandOf(first.FrequencyMHz), Rows: len(rows)}
	of := map[int]bool{}
	for _, i := range rows {
		if obs[i].Censored {
			c.Censored++
		}
		of[groups[i]] = true
	}
	c.Groups = len(of)
	c.Factor.Value = 1
	s, f, in := settle(obs, groups, rows)
	if s == nil {
		why := fmt.Sprintf("fewer than %d levels, or they do not determine it", leastRows)
		c.Offset.Fixed, c.Slope.Fixed, c.Factor.Fixed = why, why, why
		return c, nil
	}
	p := s.parameters(f)
	p.readable()
	c.Offset.Value, c.Slope.Value, c.Factor.Value = p.OffsetDB, p.SlopeDBPerDecade, p.DiffractionFactor
	c.Slope.Fixed, c.Factor.Fixed = s.slopeFixed, s.factorFixed
	fittedTo := Calibration{Parameters: []Parameters{p}}
	c.Fitted = errorsOf(obs, rows, func(i int) float64 { return obs[i].ModelDB + fittedTo.correctionDB(&obs[i]) })
	if c.Groups < MinGroups {
		return c, &p
	}
	c.Model, c.HeldOut = r.heldOut(obs, rows)
	if c.HeldOut != nil {
		p.HeldOutSDDB = roundTo(c.HeldOut.SDDB, 4)
	}
	if in.known {
		about := func(e *Estimate, half float64) { e.Interval = &[2]float64{e.Value - half, e.Value + half} }
		about(&c.Offset, in.offset)
		if s.slope {
			about(&c.Slope, in.slope)
		}
		if s.factor {
			about(&c.Factor, in.factor)
		}
	}
	return c, &p
}

// intervals are half the widths of the parameters' intervals.
type intervals struct {
	known                 bool
	offset, slope, factor float64
}

// doubt gives half an interval over how far its parameter lies from doing nothing: at 1
// and above the interval holds that.
func (in *intervals) doubt(half, away float64) float64 {
	if !in.known {
		return math.Inf(1)
	}
	return half / math.Abs(away)
}

// intervals gives Student's interval with as many degrees of freedom as there are
// groups but one: groups, not rows, are what is independent, and they are few.
func (s *shape) intervals(f fitted, obs []Observation, groups, rows []int) intervals {
	number := map[int]int{}
	var byGroup [][]sample
	for k, sm := range s.samples(obs, rows) {
		n, ok := number[groups[rows[k]]]
		if !ok {
			n = len(byGroup)
			number[groups[rows[k]]] = n
			byGroup = append(byGroup, nil)
		}
		byGroup[n] = append(byGroup[n], sm)
	}
	errors, ok := f.standardErrors(byGroup)
	if !ok {
		return intervals{}
	}
	t := distuv.StudentsT{Mu: 0, Sigma: 1, Nu: float64(len(byGroup) - 1)}.Quantile((1 + confidence) / 2)
	in := intervals{known: true, offset: t * errors[0]}
	rest := errors[1:]
	if s.slope {
		in.slope, rest = t*rest[0], rest[1:]
	}
	if s.factor {
		in.factor = t * rest[0]
	}
	return in
}
