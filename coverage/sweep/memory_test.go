package sweep

import (
	"bytes"
	"context"
	"testing"

	"github.com/covgap/covgap/coverage/propagation"
	"github.com/google/go-cmp/cmp"
)

// A memory gives what its sweeper does, asks for it once while it has room, and keeps
// to its size.
func TestMemory(t *testing.T) {
	p := params(propagation.P525{}, landscape(3*arcSecond, 6000, hills), 3000, 9)
	s, err := NewSweeper(p, nil)
	if err != nil {
		t.Fatal(err)
	}
	txs := six()
	want := encodeAll(t, s, txs)
	for _, room := range []struct {
		capBytes int64
		again    bool // the first is still there after the others
	}{{1 << 30, true}, {1, false}} {
		m := NewMemory(s, room.capBytes)
		var first *Result
		for i, tx := range txs {
			r, err := m.Sweep(t.Context(), tx)
			if err != nil {
				t.Fatal(err)
			}
			if !bytes.Equal(r.Encode(), want[i]) {
				t.Errorf("transmitter %d differs", i)
			}
			if i == 0 {
				first = r
			}
		}
		r, err := m.Blocks(t.Context(), txs[0], nil)
		if err != nil {
			t.Fatal(err)
		}
		if (r == first) != room.again {
			t.Errorf("with room for %d bytes the result is kept: %t", room.capBytes, r == first)
		}
		if m.sizeBytes > room.capBytes || len(m.held) != m.byUse.Len() {
			t.Errorf("%d bytes held, %d results, %d in order; room for %d", m.sizeBytes, len(m.held), m.byUse.Len(), room.capBytes)
		}
	}
}

// A summary is kept for the same transmitters alone.
func TestSummaryIsKept(t *testing.T) {
	p := params(propagation.P525{}, landscape(3*arcSecond, 6000, hills), 3000, 9)
	dir := t.TempDir()
	s := sweeper(t, p, dir, 0)
	txs := six()
	if _, ok := s.Summary(txs); ok {
		t.Fatal("a summary of nothing")
	}
	want, err := s.All(context.Background(), txs, 1, nil)
	if err != nil {
		t.Fatal(err)
	}
	again := sweeper(t, p, dir, 0)
	got, ok := again.Summary(txs)
	if diff := cmp.Diff(want, got); !ok || diff != "" {
		t.Errorf("found %t (-computed +kept)\n%s", ok, diff)
	}
	if _, ok := again.Summary(txs[1:]); ok {
		t.Error("the summary of other transmitters")
	}
	if err := again.store.Put(again.summaryKey(txs), []byte("an older layout")); err != nil {
		t.Fatal(err)
	}
	if _, ok := again.Summary(txs); ok {
		t.Error("something else is a summary")
	}
}
