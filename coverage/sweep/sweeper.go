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
	"golang.org/x/sync/errgroup"
)

// Sweeper gives the sweeps of many transmitters over one terrain, from its store
// where they are in it. It is safe for concurrent use.
type Sweeper struct {
	params  Params
	store   *store.Store
	terrain *fingerprint
	clutter *fingerprint // nil for none
	centers centers
}

// NewSweeper prepares sweeps whose results are kept in st; nil keeps none, and
// every result is computed when it is asked for. The error wraps ErrParams.
func NewSweeper(p Params, st *store.Store) (*Sweeper, error) {
	if err := p.Validate(); err != nil {
		return nil, err
	}
	s := &Sweeper{params: p, store: st, terrain: newFingerprint(p.Terrain)}
	if p.Clutter != nil {
		s.clutter = newFingerprint(p.Clutter)
	}
	return s, nil
}

// Params gives what the sweeps share.
func (s *Sweeper) Params() Params { return s.params }

// Sweep gives the result of one transmitter, from the store or as [Compute] does,
// the same either way.
func (s *Sweeper) Sweep(ctx context.Context, tx Transmitter) (*Result, error) {
	r, _, err := s.sweep(ctx, tx)
	return r, err
}

func (s *Sweeper) sweep(ctx context.Context, tx Transmitter) (r *Result, stored bool, err error) {
	if err := ctx.Err(); err != nil {
		return nil, false, err
	}
	if s.store == nil {
		r, err = compute(ctx, s.params, tx, &s.centers)
		return r, false, err
	}
	key := s.Key(tx)
	if encoded, ok := s.store.Get(key); ok {
		if r, err := Decode(encoded); err == nil {
			return r, true, nil
		}
		// Of another version, or damaged before it was stored: computed again below.
	}
	r, err = compute(ctx, s.params, tx, &s.centers)
	if err != nil {
		return nil, false, err
	}
	return r, false, s.store.Put(key, r.Encode())
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
// core. What is in the store is not computed again, so a run that was cancelled
// continues where it stopped. After each transmitter it calls progress, when not
// nil, one call at a time. Results do not depend on the number of workers.
//
// The error wraps ErrTransmitter, or is that of the context or of the store.
func (s *Sweeper) All(ctx context.Context, txs []Transmitter, workers int, progress func(Progress)) (Summary, error) {
	if workers <= 0 {
		workers = runtime.GOMAXPROCS(0)
	}
	var (
		counts   = make([]Counts, len(txs))
		warnings = make([][]propagation.Warning, len(txs))
		next     atomic.Int64
		mu       sync.Mutex
		state    = Progress{Total: len(txs)}
	)
	g, ctx := errgroup.WithContext(ctx)
	for range min(workers, len(txs)) {
		g.Go(func() error {
			for {
				i := int(next.Add(1)) - 1
				if i >= len(txs) {
					return nil
				}
				r, stored, err := s.sweep(ctx, txs[i])
				if err != nil {
					return err
				}
				counts[i], warnings[i] = r.Counts, r.Warnings
				mu.Lock()
				state.Done++
				if stored {
					state.Stored++
				} else {
					state.Hexes += r.Counts.Hexes
				}
				if progress != nil {
					progress(state)
				}
				mu.Unlock()
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
	return sum, nil
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
