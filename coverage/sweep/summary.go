package sweep

import (
	"crypto/sha256"
	"encoding/json"
	"fmt"

	"github.com/covgap/covgap/coverage/store"
)

// summaryKey gives the key of the summary of all sweeps of txs.
func (s *Sweeper) summaryKey(txs []Transmitter) (k store.Key) {
	h := sha256.New()
	writeText(h, "covgap sweep summary")
	for _, tx := range txs {
		key := s.Key(tx)
		h.Write(key[:])
	}
	h.Sum(k[:0])
	return k
}

// Summary gives what [Sweeper.All] returned for these transmitters, without reading
// their results again; ok is false when the store does not have it.
func (s *Sweeper) Summary(txs []Transmitter) (sum Summary, ok bool) {
	if s.store == nil {
		return sum, false
	}
	content, ok := s.store.Get(s.summaryKey(txs))
	if !ok {
		return sum, false
	}
	if err := json.Unmarshal(content, &sum); err != nil {
		return Summary{}, false // of another version
	}
	return sum, sum.Transmitters == len(txs)
}

// keep puts a summary into the store.
func (s *Sweeper) keep(txs []Transmitter, sum Summary) error {
	if s.store == nil {
		return nil
	}
	content, err := json.Marshal(sum)
	if err != nil {
		return fmt.Errorf("sweep: %w", err)
	}
	return s.store.Put(s.summaryKey(txs), content)
}
