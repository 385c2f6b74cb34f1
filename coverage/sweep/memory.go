package sweep

import (
	"container/list"
	"context"
	"sync"

	"github.com/covgap/covgap/geo/hexgrid"
)

// Memory gives what a [Sweeper] does, and keeps what it gave last, decoded: questions
// about one place ask for the same transmitters again and again. It is safe for
// concurrent use; nobody may change its results.
type Memory struct {
	*Sweeper
	capBytes int64

	mu        sync.Mutex
	held      map[Transmitter]*list.Element // of *remembered
	byUse     *list.List                    // least recently used first
	sizeBytes int64
}

type remembered struct {
	tx        Transmitter
	result    *Result
	sizeBytes int64
}

// NewMemory keeps results up to capBytes altogether.
func NewMemory(s *Sweeper, capBytes int64) *Memory {
	return &Memory{Sweeper: s, capBytes: capBytes, held: map[Transmitter]*list.Element{}, byUse: list.New()}
}

// Sweep gives what [Sweeper.Sweep] does.
func (m *Memory) Sweep(ctx context.Context, tx Transmitter) (*Result, error) {
	m.mu.Lock()
	if el := m.held[tx]; el != nil {
		m.byUse.MoveToBack(el)
		m.mu.Unlock()
		return el.Value.(*remembered).result, nil
	}
	m.mu.Unlock()
	r, err := m.Sweeper.Sweep(ctx, tx)
	if err != nil {
		return nil, err
	}
	m.keep(tx, r)
	return r, nil
}

// Blocks gives what [Sweeper.Blocks] does, or more: a whole result that is kept serves
// the next question too.
func (m *Memory) Blocks(ctx context.Context, tx Transmitter, _ func(parent hexgrid.Cell) bool) (*Result, error) {
	return m.Sweep(ctx, tx)
}

// keep adds a result, and lets go those unused for the longest time.
func (m *Memory) keep(tx Transmitter, r *Result) {
	x := &remembered{tx: tx, result: r}
	for i := range r.Blocks {
		b := &r.Blocks[i]
		x.sizeBytes += int64(6*len(b.LossCentiDB) + 2*len(b.Near))
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.held[tx] != nil {
		return // of another question at the same time
	}
	m.held[tx] = m.byUse.PushBack(x)
	for m.sizeBytes += x.sizeBytes; m.sizeBytes > m.capBytes; {
		oldest := m.byUse.Remove(m.byUse.Front()).(*remembered)
		delete(m.held, oldest.tx)
		m.sizeBytes -= oldest.sizeBytes
	}
}
