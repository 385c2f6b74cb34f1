package sweep

import (
	"bytes"
	"errors"
	"testing"

	"github.com/covgap/covgap/coverage"
	"github.com/covgap/covgap/coverage/propagation"
	"github.com/covgap/covgap/geo/hexgrid"
	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"pgregory.net/rapid"
)

func TestEncode(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		count := rapid.IntRange(0, 1000)
		r := &Result{
			Resolution: rapid.IntRange(0, hexgrid.MaxResolution).Draw(t, "resolution"),
			Counts:     Counts{count.Draw(t, "hexes"), count.Draw(t, "near"), count.Draw(t, "terrain"), count.Draw(t, "loss")},
		}
		for range rapid.IntRange(0, 3).Draw(t, "warnings") {
			r.Warnings = append(r.Warnings, propagation.Warning{Code: rapid.String().Draw(t, "code"), Message: rapid.String().Draw(t, "message")})
		}
		for range rapid.IntRange(0, 4).Draw(t, "blocks") {
			n := rapid.IntRange(1, 60).Draw(t, "children")
			b := newBlock(hexgrid.Cell(rapid.Uint64().Draw(t, "parent")), make([]uint16, n))
			for i := range n {
				b.LossCentiDB[i] = coverage.CentiDB(rapid.Int16().Draw(t, "l"))
				b.ElevationCentiDeg[i] = rapid.Int16().Draw(t, "e")
				b.AzimuthCentiDeg[i] = rapid.Uint16().Draw(t, "a")
			}
			for range rapid.IntRange(0, 3).Draw(t, "near") {
				b.Near = append(b.Near, rapid.Uint16Max(uint16(n-1)).Draw(t, "child"))
			}
			r.Blocks = append(r.Blocks, b)
		}
		encoded := r.Encode()
		got, err := Decode(encoded)
		if err != nil {
			t.Fatal(err)
		}
		if d := cmp.Diff(r, got, cmpopts.EquateEmpty()); d != "" {
			t.Fatalf("decoded (-want +got):\n%s", d)
		}
		if !bytes.Equal(got.Encode(), encoded) {
			t.Fatal("encoding again gives other bytes")
		}
		cut := rapid.IntRange(0, len(encoded)-1).Draw(t, "cut")
		if _, err := Decode(encoded[:cut]); !errors.Is(err, ErrFormat) {
			t.Fatalf("cut after %d bytes: %v, want %v", cut, err, ErrFormat)
		}
	})
}

func FuzzDecode(f *testing.F) {
	r := &Result{Resolution: 9, Blocks: []Block{newBlock(7, make([]uint16, 3))}, Warnings: []propagation.Warning{{Code: "c", Message: "m"}}}
	f.Add(r.Encode())
	f.Add([]byte(encodingMagic))
	for _, content := range []string{"", "\x09\x00\x00\x00\x00\x00\x00", "\x09\x00\x00\x00\x00\x00\xff\xff\xff\xff\x7f"} {
		f.Add(encoder.EncodeAll([]byte(content), []byte(encodingMagic)))
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		r, err := Decode(b)
		if err != nil {
			if !errors.Is(err, ErrFormat) {
				t.Fatalf("error %v does not wrap %v", err, ErrFormat)
			}
			return
		}
		again, err := Decode(r.Encode())
		if err != nil {
			t.Fatal(err)
		}
		if d := cmp.Diff(r, again, cmpopts.EquateEmpty()); d != "" {
			t.Fatal(d)
		}
	})
}

// Some blocks are those of the whole result, from a store or without one.
func TestBlocks(t *testing.T) {
	s := sweeper(t, params(propagation.P526{}, landscape(3.0/3600, 7000, flat), 6000, 9), t.TempDir(), 0)
	tx := six()[0]
	whole, err := s.Sweep(t.Context(), tx)
	if err != nil {
		t.Fatal(err)
	}
	want := whole.Blocks[1]
	some, err := s.Blocks(t.Context(), tx, func(parent hexgrid.Cell) bool { return parent == want.Parent })
	if err != nil || len(some.Blocks) != 1 || some.Counts != whole.Counts || some.Resolution != whole.Resolution {
		t.Fatalf("%d blocks, %+v, %v", len(some.Blocks), some.Counts, err)
	}
	if d := cmp.Diff(want, some.Blocks[0]); d != "" {
		t.Errorf("-whole +some:\n%s", d)
	}
	tx.HeightM++ // not in the store
	if some, err = s.Blocks(t.Context(), tx, func(parent hexgrid.Cell) bool { return parent == want.Parent }); err != nil || some.Block(want.Parent) == nil {
		t.Errorf("computed: %v", err)
	}
}
