// Package candidate finds what could be built where somebody is not served, and whom
// it would serve: on every hex of a grid within reach, its mast at the highest ground
// in it, on points that the user names, and on masts that stand already.
//
// Levels come from reverse sweeps: from each receiver to all masts at once
// ([sweep.Reverser]), as near to the exact path as the sweeps of the coverage are.
// What is kept is which receivers are served, and whether by a narrow margin, never
// a level. A [Judge] says the same by the exact path.
package candidate

import (
	"context"
	"errors"
	"fmt"
	"math"
	"runtime"
	"slices"
	"sync"
	"sync/atomic"

	"github.com/covgap/covgap/coverage"
	"github.com/covgap/covgap/coverage/antenna"
	"github.com/covgap/covgap/coverage/criterion"
	"github.com/covgap/covgap/coverage/linkbudget"
	"github.com/covgap/covgap/coverage/store"
	"github.com/covgap/covgap/coverage/sweep"
	"github.com/covgap/covgap/planner/template"
	"github.com/paulmach/orb"
	"golang.org/x/sync/errgroup"
)

// ErrInput says that candidates cannot be looked for.
var ErrInput = errors.New("candidate: invalid input")

// CloseDB is the margin above what the criterion asks within which a receiver counts
// as narrowly served: seven standard deviations of a sweep against exact paths.
const CloseDB = 6

// Receiver is a place that is not served, or stands for several in a village.
type Receiver struct {
	Village  int // receivers of a village are consecutive
	Position orb.Point
	// Priority is what serving it is worth when a mast must choose where to point
	// its sectors: 0 or more.
	Priority float64
}

// Input is what candidates depend on.
type Input struct {
	// Params are the terrain, model, link and receiver height of the coverage that
	// decided who is not served. RadiusM is how far antennas are tried. Resolution is
	// not read; Exact gives every pair a profile of its own.
	Params    sweep.Params
	Criterion criterion.Criterion
	Antennas  map[string]antenna.Pattern // of files that sectors name
	Places    []Place
	Receivers []Receiver
	Store     *store.Store // keeps what reaches each receiver; nil keeps nothing
	Workers   int          // 0 stands for one a core
	// Progress, when not nil, is called after each receiver, one call at a time.
	Progress func(Progress)
}

// Progress says how far the search is.
type Progress struct {
	Done, Total int // receivers
	Stored      int // of Done, found in the store with all that reaches them
	Swept       int // pairs of a receiver and a place that were not
}

// Candidate is an option at a place and whom it would serve.
type Candidate struct {
	Place, Option int // indexes into Input.Places and its Options
	// AzimuthsDeg and ElectricalTiltDeg are those of the sectors of a template, the
	// former rising.
	AzimuthsDeg       []float64
	ElectricalTiltDeg float64
	// Serves lists the receivers that are served, as indexes into Input.Receivers,
	// rising.
	Serves []int32
	// Close says which of Serves are so by less than CloseDB.
	Close []bool
}

// Counts says what was tried.
type Counts struct {
	Receivers     int `yaml:"receivers" json:"receivers"`             // swept from
	Places        int `yaml:"places" json:"places"`                   // where something can be put up
	Options       int `yaml:"options" json:"options"`                 // at them
	Candidates    int `yaml:"candidates" json:"candidates"`           // options that serve somebody
	Pairs         int `yaml:"pairs" json:"pairs"`                     // of a receiver and a place within the radius
	PairNoTerrain int `yaml:"pair_no_terrain" json:"pair_no_terrain"` // of Pairs, without value: the path crosses missing terrain
	PairNoLoss    int `yaml:"pair_no_loss" json:"pair_no_loss"`       // of Pairs, without value: outside the model's mathematics or range
}

// search is what the steps of Find share.
type search struct {
	in     *Input
	bands  []sweep.Band
	masts  []sweep.Mast // of the places
	radios map[*template.Site]*radio
	fixed  [][][]fixed // by place and option, for options of sectors
	swept  *sweep.Reverser
}

// fixed is a sector in its own direction.
type fixed struct {
	height, band uint8
	required     float64
	budget       *linkbudget.Budget
}

// Find gives the candidates, in order of their place and option. The result does not
// depend on the number of workers, nor on what is stored.
//
// The error wraps ErrInput, sweep.ErrParams, sweep.ErrTransmitter or
// template.ErrTemplate, or is that of the store or of ctx.
func Find(ctx context.Context, in Input) ([]Candidate, Counts, error) {
	if in.Workers <= 0 {
		in.Workers = runtime.GOMAXPROCS(0)
	}
	for i, r := range in.Receivers {
		if i > 0 && r.Village < in.Receivers[i-1].Village {
			return nil, Counts{}, fmt.Errorf("%w: receiver %d is of village %d, after %d", ErrInput, i, r.Village, in.Receivers[i-1].Village)
		}
	}
	counts := Counts{Receivers: len(in.Receivers), Places: len(in.Places)}
	for i := range in.Places {
		counts.Options += len(in.Places[i].Options)
	}
	if counts.Options == 0 || len(in.Receivers) == 0 {
		return nil, counts, in.Params.Validate()
	}
	s := &search{in: &in, radios: map[*template.Site]*radio{}}
	if err := s.prepare(); err != nil {
		return nil, Counts{}, err
	}
	hits, err := s.sweep(ctx, &counts)
	if err != nil {
		return nil, Counts{}, err
	}
	found, err := s.evaluate(ctx, hits)
	counts.Candidates = len(found)
	return found, counts, err
}

// prepare lays out heights and bands.
func (s *search) prepare() error {
	in := s.in
	if !(in.Params.RadiusM > 0) {
		return fmt.Errorf("%w: radius %v m", ErrInput, in.Params.RadiusM)
	}
	number := map[float64]int{} // of a band
	band := func(frequencyMHz, maxLossDB float64) uint8 {
		k, ok := number[frequencyMHz]
		if !ok {
			k = len(s.bands)
			number[frequencyMHz] = k
			s.bands = append(s.bands, sweep.Band{FrequencyMHz: frequencyMHz, MaxLossDB: maxLossDB})
		}
		s.bands[k].MaxLossDB = max(s.bands[k].MaxLossDB, maxLossDB)
		return uint8(k)
	}
	s.masts = make([]sweep.Mast, len(in.Places))
	s.fixed = make([][][]fixed, len(in.Places))
	for i := range in.Places {
		p := &in.Places[i]
		var heightsM []float64
		height := func(heightM float64) uint8 {
			k := slices.Index(heightsM, heightM)
			if k < 0 {
				k, heightsM = len(heightsM), append(heightsM, heightM)
			}
			return uint8(k)
		}
		for k, o := range p.Options {
			if o.Template != nil {
				r, ok := s.radios[o.Template]
				if !ok {
					var err error
					if r, err = newRadio(o.Template, in); err != nil {
						return err
					}
					s.radios[o.Template] = r
				}
				height(o.Template.AntennaHeightM)
				band(o.Template.FrequencyMHz, r.maxLossDB())
				continue
			}
			if s.fixed[i] == nil {
				s.fixed[i] = make([][]fixed, len(p.Options))
			}
			for j := range o.Sectors {
				x := &o.Sectors[j]
				f := fixed{required: in.Criterion.RequiredDBm(x.Technology, x.FrequencyMHz)}
				if math.IsInf(f.required, 1) {
					continue // serves nobody
				}
				var err error
				if f.budget, err = budget(x, in.Antennas, &in.Criterion); err != nil {
					return err
				}
				f.height, f.band = height(x.AntennaHeightM), band(x.FrequencyMHz, f.budget.MaxLossDB(f.required))
				s.fixed[i][k] = append(s.fixed[i][k], f)
			}
		}
		if len(heightsM) > maxHeights || len(s.bands) > maxBands {
			return fmt.Errorf("%w: %d antenna heights and %d frequencies at place %d; expected %d and %d at most", ErrInput, len(heightsM), len(s.bands), i, maxHeights, maxBands)
		}
		s.masts[i] = sweep.Mast{Position: p.At, GroundM: p.GroundM, HeightsM: heightsM}
	}
	if len(s.bands) == 0 { // sectors of technologies that do not count, and nothing else
		s.bands = []sweep.Band{{FrequencyMHz: 1000, MaxLossDB: math.Inf(-1)}}
	}
	var err error
	s.swept, err = sweep.NewReverser(in.Params, s.masts, s.bands)
	return err
}

// sweep gives what reaches each receiver.
func (s *search) sweep(ctx context.Context, counts *Counts) ([][]hit, error) {
	in := s.in
	hits := make([][]hit, len(in.Receivers))
	within := make([]int, len(in.Receivers))
	receive := func(ctx context.Context, at orb.Point) ([]hit, int, error) { return sweepTo(ctx, s.swept, at, nil) }
	if in.Store != nil {
		receive = newKeeper(in.Store, s.swept, s.masts, s.bands).receive
	}
	var next atomic.Int64
	var mu sync.Mutex
	progress := Progress{Total: len(in.Receivers)}
	g, ctx := errgroup.WithContext(ctx)
	for range min(in.Workers, len(in.Receivers)) {
		g.Go(func() error {
			for {
				i := int(next.Add(1)) - 1
				if i >= len(in.Receivers) {
					return nil
				}
				at := in.Receivers[i].Position
				within[i] = s.swept.Within(at)
				list, swept, err := receive(ctx, at)
				if err != nil {
					return err
				}
				hits[i] = list
				mu.Lock()
				progress.Done++
				progress.Swept += swept
				if swept == 0 {
					progress.Stored++
				}
				if in.Progress != nil {
					in.Progress(progress)
				}
				mu.Unlock()
			}
		})
	}
	if err := g.Wait(); err != nil {
		return nil, err
	}
	for i, list := range hits {
		counts.Pairs += within[i]
		hits[i] = slices.DeleteFunc(list, func(h hit) bool {
			switch {
			case h.height != unknown:
				return false
			case h.band == unknownNoTerrain:
				counts.PairNoTerrain++
			default:
				counts.PairNoLoss++
			}
			return true
		})
	}
	return hits, nil
}

// heard is a hit seen from its place.
type heard struct {
	receiver int32
	hit
}

// evaluate aims the options of every place at what reaches it.
func (s *search) evaluate(ctx context.Context, hits [][]hit) ([]Candidate, error) {
	in := s.in
	first := make([]int, len(in.Places)+1)
	for _, list := range hits {
		for _, h := range list {
			first[h.place+1]++
		}
	}
	for i := range in.Places {
		first[i+1] += first[i]
	}
	all := make([]heard, first[len(in.Places)])
	filled := slices.Clone(first)
	for r, list := range hits {
		for _, h := range list {
			all[filled[h.place]] = heard{int32(r), h}
			filled[h.place]++
		}
		hits[r] = nil
	}
	found := make([][]Candidate, len(in.Places))
	var next atomic.Int64
	g, ctx := errgroup.WithContext(ctx)
	for range min(in.Workers, len(in.Places)) {
		g.Go(func() error {
			var a aimer
			for {
				i := int(next.Add(1)) - 1
				if i >= len(in.Places) {
					return nil
				}
				if i%256 == 0 && ctx.Err() != nil {
					return ctx.Err()
				}
				found[i] = s.at(i, all[first[i]:first[i+1]], &a)
			}
		})
	}
	if err := g.Wait(); err != nil {
		return nil, err
	}
	return slices.Concat(found...), nil
}

// at gives the candidates of one place; what is heard is in order of receivers.
func (s *search) at(place int, all []heard, a *aimer) []Candidate {
	if len(all) == 0 {
		return nil
	}
	p := &s.in.Places[place]
	var out []Candidate
	for k, o := range p.Options {
		c := Candidate{Place: place, Option: k}
		a.within = a.within[:0]
		var required float64
		if o.Template != nil {
			r := s.radios[o.Template]
			required = r.required
			height := uint8(slices.Index(s.masts[place].HeightsM, o.Template.AntennaHeightM))
			maxLoss := coverage.FromDB(r.maxLossDB())
			for i := range all {
				if h := &all[i]; h.height == height && s.bands[h.band].FrequencyMHz == o.Template.FrequencyMHz && h.loss <= maxLoss {
					a.within = append(a.within, s.reach(h))
				}
			}
			if len(a.within) == 0 {
				continue
			}
			c.AzimuthsDeg, c.ElectricalTiltDeg = a.aim(r)
		} else {
			required = 0 // levels are kept relative to what is required
			for i := range all {
				h := &all[i]
				w := s.reach(h)
				for _, f := range s.fixed[place][k] {
					if f.height == h.height && f.band == h.band {
						w.levelDBm = max(w.levelDBm, f.budget.SignalDBm(w.lossDB, w.azimuthDeg, w.elevationDeg)-f.required)
					}
				}
				if n := len(a.within); n > 0 && a.within[n-1].receiver == w.receiver {
					a.within[n-1].levelDBm = max(a.within[n-1].levelDBm, w.levelDBm)
				} else {
					a.within = append(a.within, w)
				}
			}
		}
		for i := range a.within {
			if w := &a.within[i]; w.levelDBm >= required {
				c.Serves = append(c.Serves, w.receiver)
				c.Close = append(c.Close, w.levelDBm < required+CloseDB)
			}
		}
		if len(c.Serves) > 0 {
			out = append(out, c)
		}
	}
	return out
}

func (s *search) reach(h *heard) reach {
	return reach{
		receiver: h.receiver, priority: s.in.Receivers[h.receiver].Priority, lossDB: h.loss.DB(),
		azimuthDeg: float64(h.azimuth) / 100, elevationDeg: float64(h.elevation) / 100, levelDBm: math.Inf(-1),
	}
}
