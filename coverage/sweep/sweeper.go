package sweep

import (
	"context"
	"runtime"
	"slices"
	"strings"
	"sync"
	"sync/atomic"

	"github.com/covgap/covgap/coverage/propagation"
	"github.com/covgap/covgap/coverage/store"
	"github.com/covgap/covgap/geo/hexgrid"
	"github.com/paulmach/orb"
	"golang.org/x/sync/errgroup"
)

// Sweeper gives the sweeps of many transmitters over one terrain, from its store
// where they are in it. It is safe for concurrent use.
type Sweeper struct {
	params  Params
	store   *store.Store
	ground  ground
	centers centers
}

// NewSweeper prepares sweeps whose results are kept in st; nil keeps none, and
// every result is computed when it is asked for. The error wraps ErrParams.
func NewSweeper(p Params, st *store.Store) (*Sweeper, error) {
	if err := p.Validate(); err != nil {
		return nil, err
	}
	return &Sweeper{params: p, store: st, ground: newGround(&p)}, nil
}

// Params gives what the sweeps share.
func (s *Sweeper) Params() Params { return s.params }

// Sweep gives the result of one transmitter, from the store or as [Compute] does,
// the same either way.
func (s *Sweeper) Sweep(ctx context.Context, tx Transmitter) (*Result, error) {
	var result *Result
	err := s.together(ctx, []Transmitter{tx}, func(_ int, r *Result, _ bool) { result = r })
	return result, err
}

// Blocks is Sweep for whom some blocks are enough, those whose parent is wanted: from
// the store the others are left out.
func (s *Sweeper) Blocks(ctx context.Context, tx Transmitter, wanted func(parent hexgrid.Cell) bool) (*Result, error) {
	if s.store != nil && ctx.Err() == nil {
		if encoded, ok := s.store.Get(s.Key(tx)); ok {
			if r, err := decode(encoded, wanted); err == nil {
				return r, nil
			}
		}
	}
	return s.Sweep(ctx, tx)
}

// together gives the results of transmitters at one position to found, with their
// place in txs and whether they come from the store: those from the store first, the
// others after one pass over the terrain.
func (s *Sweeper) together(ctx context.Context, txs []Transmitter, found func(i int, r *Result, stored bool)) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	var missing []int
	var toSweep []Transmitter
	for i, tx := range txs {
		if s.store != nil {
			if encoded, ok := s.store.Get(s.Key(tx)); ok {
				if r, err := Decode(encoded); err == nil {
					found(i, r, true)
					continue
				}
				// Of another version, or damaged before it was stored: computed again below.
			}
		}
		missing, toSweep = append(missing, i), append(toSweep, tx)
	}
	if len(missing) == 0 {
		return nil
	}
	results, err := compute(ctx, s.params, toSweep, &s.centers)
	if err != nil {
		return err
	}
	for k, r := range results {
		if s.store != nil {
			if err := s.store.Put(s.Key(toSweep[k]), r.Encode()); err != nil {
				return err
			}
		}
		found(missing[k], r, false)
	}
	return nil
}

// Progress says how far the sweeps are.
type Progress struct {
	Done, Total int // transmitters
	Stored      int // of Done, found in the store
	Hexes       int // of Done, not found in the store
}

// Summary is what the sweeps of all transmitters found, the same from the store as
// computed.
type Summary struct {
	Transmitters int
	Counts       Counts
	Warnings     []WarningCount // in order of their codes
}

// WarningCount is a model's warning and how many transmitters it concerns.
type WarningCount struct {
	propagation.Warning     // as worded for the first of them
	Transmitters        int `json:"transmitters"`
}

// All sweeps every transmitter into the store on so many workers, 0 for one each
// core. Those at one position go together: their terrain is read once. What is in the
// store is not computed again, so a run that was cancelled continues where it stopped.
// After each transmitter it calls progress, when not nil, one call at a time. Results
// do not depend on the number of workers.
//
// The error wraps ErrTransmitter, or is that of the context or of the store.
func (s *Sweeper) All(ctx context.Context, txs []Transmitter, workers int, progress func(Progress)) (Summary, error) {
	if workers <= 0 {
		workers = runtime.GOMAXPROCS(0)
	}
	var (
		groups   = byPosition(txs)
		counts   = make([]Counts, len(txs))
		warnings = make([][]propagation.Warning, len(txs))
		next     atomic.Int64
		mu       sync.Mutex
		state    = Progress{Total: len(txs)}
	)
	g, ctx := errgroup.WithContext(ctx)
	for range min(workers, len(groups)) {
		g.Go(func() error {
			for {
				n := int(next.Add(1)) - 1
				if n >= len(groups) {
					return nil
				}
				group := groups[n]
				here := make([]Transmitter, len(group))
				for k, i := range group {
					here[k] = txs[i]
				}
				err := s.together(ctx, here, func(k int, r *Result, stored bool) {
					mu.Lock()
					defer mu.Unlock()
					counts[group[k]], warnings[group[k]] = r.Counts, r.Warnings
					state.Done++
					if stored {
						state.Stored++
					} else {
						state.Hexes += r.Counts.Hexes
					}
					if progress != nil {
						progress(state)
					}
				})
				if err != nil {
					return err
				}
			}
		})
	}
	if err := g.Wait(); err != nil {
		return Summary{}, err
	}
	sum := Summary{Transmitters: len(txs)}
	for i := range txs {
		sum.Counts.add(counts[i])
		sum.warn(warnings[i])
	}
	slices.SortFunc(sum.Warnings, func(a, b WarningCount) int { return strings.Compare(a.Code, b.Code) })
	return sum, s.keep(txs, sum)
}

// byPosition gives the places in txs of the transmitters of each position, positions
// in the order in which they come first.
func byPosition(txs []Transmitter) [][]int {
	var groups [][]int
	number := map[orb.Point]int{}
	for i, tx := range txs {
		n, ok := number[tx.Position]
		if !ok {
			n = len(groups)
			number[tx.Position] = n
			groups = append(groups, nil)
		}
		groups[n] = append(groups[n], i)
	}
	return groups
}

func (s *Summary) warn(ws []propagation.Warning) {
	for _, w := range ws {
		i := slices.IndexFunc(s.Warnings, func(have WarningCount) bool { return have.Code == w.Code })
		if i < 0 {
			i = len(s.Warnings)
			s.Warnings = append(s.Warnings, WarningCount{Warning: w})
		}
		s.Warnings[i].Transmitters++
	}
}
