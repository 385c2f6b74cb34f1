package pmtiles

import (
	"bytes"
	"errors"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/paulmach/orb"
	"github.com/paulmach/orb/maptile"
)

func inspected(t testing.TB) []byte {
	t.Helper()
	var b bytes.Buffer
	if err := Write(t.Context(), &b, Options{
		Name: "Cao Bằng", Bound: orb.Bound{Min: orb.Point{105, 22}, Max: orb.Point{106, 23}}, MinZoom: 5, MaxZoom: 7,
		Layers: []Layer{{ID: "sites", About: "masts", Fields: map[string]string{"site_id": "String"}}},
	}, func(t maptile.Tile) ([]byte, error) { return []byte{byte(t.X), byte(t.Y)}, nil }); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func TestInspect(t *testing.T) {
	got, err := Inspect(bytes.NewReader(inspected(t)))
	if err != nil {
		t.Fatal(err)
	}
	if got.Tiles == 0 {
		t.Error("no tiles")
	}
	got.Tiles = 0
	want := &Info{
		MinZoom: 5, MaxZoom: 7, Bound: orb.Bound{Min: orb.Point{105, 22}, Max: orb.Point{106, 23}}, Name: "Cao Bằng",
		Layers: []Layer{{ID: "sites", About: "masts", Fields: map[string]string{"site_id": "String"}}},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

func FuzzInspect(f *testing.F) {
	b := inspected(f)
	f.Add(b)
	f.Add(b[:100])
	f.Fuzz(func(t *testing.T, b []byte) {
		if _, err := Inspect(bytes.NewReader(b)); err != nil && !errors.Is(err, ErrFormat) {
			t.Error(err)
		}
	})
}
