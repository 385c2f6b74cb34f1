package pmtiles

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"testing"

	"github.com/covgap/covgap/geo/reference"
	"github.com/covgap/covgap/geo/vectortile"
	"github.com/google/go-cmp/cmp"
	"github.com/paulmach/orb"
	"github.com/paulmach/orb/geojson"
	"github.com/paulmach/orb/maptile"
)

// The numbers are those of the specification, section "Tile IDs".
func TestNumbers(t *testing.T) {
	for name, want := range map[[3]uint32]uint64{
		{0, 0, 0}: 0, {1, 0, 0}: 1, {1, 0, 1}: 2, {1, 1, 1}: 3, {1, 1, 0}: 4, {2, 0, 0}: 5, {12, 3423, 1763}: 19078479,
	} {
		if got := numbered(maptile.New(name[1], name[2], maptile.Zoom(name[0]))); got != want {
			t.Errorf("tile %v is %d, want %d", name, got, want)
		}
	}
}

var province = Options{
	Name: "Cao Bằng", About: "Made for a test.", Attribution: "covgap",
	Layers: []Layer{{ID: "villages", Fields: map[string]string{"name": "String", "households": "Number"}}},
	Bound:  orb.Bound{Min: orb.Point{105.25, 22.25}, Max: orb.Point{106.75, 23.125}}, MaxZoom: 9,
}

func write(t testing.TB) []byte {
	t.Helper()
	layer := vectortile.NewFeatures("villages", []vectortile.Feature{
		{Geometry: orb.Point{106.25, 22.75}, Properties: geojson.Properties{"name": "Nà Lừa", "households": 48}},
	})
	var b bytes.Buffer
	err := Write(context.Background(), &b, province, func(tile maptile.Tile) ([]byte, error) { return vectortile.Encode(tile, layer) })
	if err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// Protomaps' own reader and Mapbox's decoder find the tiles and what is in them.
func TestNPMReadsIt(t *testing.T) {
	dir := reference.NPM(t)
	b := write(t)
	if !bytes.Equal(b, write(t)) {
		t.Error("two archives of the same tiles differ")
	}
	path := filepath.Join(t.TempDir(), "map.pmtiles")
	if err := os.WriteFile(path, b, 0o600); err != nil {
		t.Fatal(err)
	}
	here := maptile.At(orb.Point{106.25, 22.75}, 9)
	name := fmt.Sprintf("9/%d/%d", here.X, here.Y)
	out, err := exec.Command("node", filepath.Join(dir, "read-pmtiles.mjs"), path, name, "0/0/0", "9/0/0").CombinedOutput()
	if err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	var got struct {
		Header, Metadata map[string]any
		Tiles            map[string]map[string]struct {
			Version  int
			Features []*geojson.Feature
		}
	}
	if err := json.Unmarshal(out, &got); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	if d := cmp.Diff(map[string]any{
		"specVersion": 3.0, "numAddressedTiles": 10.0, "numTileEntries": 10.0, "numTileContents": 10.0, "clustered": true, "internalCompression": 2.0,
		"tileCompression": 2.0, "tileType": 1.0, "minZoom": 0.0, "maxZoom": 9.0, "minLon": 105.25, "minLat": 22.25, "maxLon": 106.75, "maxLat": 23.125, "centerZoom": 0.0,
	}, got.Header); d != "" {
		t.Error(d)
	}
	if d := cmp.Diff(map[string]any{
		"name": "Cao Bằng", "description": "Made for a test.", "attribution": "covgap", "type": "overlay",
		"vector_layers": []any{map[string]any{"id": "villages", "fields": map[string]any{"name": "String", "households": "Number"}, "minzoom": 0.0, "maxzoom": 9.0}},
	}, got.Metadata); d != "" {
		t.Error(d)
	}
	if got.Tiles["0/0/0"] == nil || got.Tiles["9/0/0"] != nil {
		t.Errorf("tiles %v", got.Tiles)
	}
	l := got.Tiles[name]["villages"]
	if l.Version != 2 || len(l.Features) != 1 || l.Features[0].Properties["name"] != "Nà Lừa" || l.Features[0].Properties["households"] != 48.0 {
		t.Fatalf("layer %+v", l)
	}
	// Half a unit of the tile's lattice: 360° / 512 tiles / 4096 / 2.
	const within = 0.0000858 + 1e-9
	if p := l.Features[0].Point(); p[0]-106.25 > within || 106.25-p[0] > within || p[1]-22.75 > within || 22.75-p[1] > within {
		t.Errorf("the village is at %v", p)
	}
}

// So many tiles that the root directory needs leaves; every one is found.
func TestLeaves(t *testing.T) {
	dir := reference.NPM(t)
	o := Options{Bound: orb.Bound{Min: orb.Point{-180, -85}, Max: orb.Point{180, 85}}, MinZoom: 8, MaxZoom: 8}
	var looked []maptile.Tile
	for i := range uint32(40) {
		looked = append(looked, maptile.New((i*61)%256, (i*97)%256, 8))
	}
	asked := 0
	var b bytes.Buffer
	err := Write(context.Background(), &b, o, func(tile maptile.Tile) ([]byte, error) {
		asked++
		if (tile.X+3*tile.Y)%7 == 0 {
			return nil, nil
		}
		if !slices.Contains(looked, tile) {
			// Of many lengths, so that directories do not pack well; each is distinct.
			return []byte(fmt.Sprintf("%d %d %0*d", tile.X, tile.Y, tile.X*tile.Y*7919%97, 0)), nil
		}
		layer := vectortile.NewFeatures("a", []vectortile.Feature{{Geometry: tile.Center(), Properties: geojson.Properties{"x": int(tile.X), "y": int(tile.Y)}}})
		return vectortile.Encode(tile, layer)
	})
	if err != nil {
		t.Fatal(err)
	}
	if asked != 256*256 {
		t.Errorf("%d tiles asked for", asked)
	}
	path := filepath.Join(t.TempDir(), "map.pmtiles")
	if err := os.WriteFile(path, b.Bytes(), 0o600); err != nil {
		t.Fatal(err)
	}
	args := []string{filepath.Join(dir, "read-pmtiles.mjs"), path}
	if n := b.Bytes()[48]; n == 0 && b.Bytes()[49] == 0 {
		t.Error("there are no leaf directories")
	}
	for _, tile := range looked {
		args = append(args, fmt.Sprintf("8/%d/%d", tile.X, tile.Y))
	}
	out, err := exec.Command("node", args...).CombinedOutput()
	if err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	var got struct {
		Tiles map[string]map[string]struct{ Features []*geojson.Feature }
	}
	if err := json.Unmarshal(out, &got); err != nil {
		t.Fatal(err)
	}
	for _, tile := range looked {
		found := got.Tiles[fmt.Sprintf("8/%d/%d", tile.X, tile.Y)]
		if (tile.X+3*tile.Y)%7 == 0 {
			if found != nil {
				t.Errorf("tile %v is there", tile)
			}
			continue
		}
		if f := found["a"].Features; len(f) != 1 || f[0].Properties["x"] != float64(tile.X) || f[0].Properties["y"] != float64(tile.Y) {
			t.Errorf("tile %v holds %v", tile, f)
		}
	}
}

// Equal tiles in a row are one entry, and kept once.
func TestEqualTiles(t *testing.T) {
	var b bytes.Buffer
	o := Options{Bound: orb.Bound{Min: orb.Point{-180, -85}, Max: orb.Point{180, 85}}, MinZoom: 2, MaxZoom: 3}
	if err := Write(context.Background(), &b, o, func(maptile.Tile) ([]byte, error) { return []byte("sea"), nil }); err != nil {
		t.Fatal(err)
	}
	// From the specification: counts of tiles, entries and contents at 72, 80, 88.
	h := b.Bytes()
	if h[72] != 16+64 || h[80] != 1 || h[88] != 1 {
		t.Errorf("%d tiles, %d entries, %d contents", h[72], h[80], h[88])
	}
}

func TestWrongUse(t *testing.T) {
	none := func(maptile.Tile) ([]byte, error) { return nil, nil }
	for name, o := range map[string]Options{
		"zooms":    {MinZoom: 3, MaxZoom: 2},
		"too deep": {MaxZoom: 32},
		"metres":   {Bound: orb.Bound{Min: orb.Point{500_000, 0}, Max: orb.Point{500_001, 1}}},
		"inverted": {Bound: orb.Bound{Min: orb.Point{1, 1}}},
	} {
		if err := Write(context.Background(), io.Discard, o, none); !errors.Is(err, ErrOptions) {
			t.Errorf("%s: %v", name, err)
		}
	}
	broken := errors.New("broken")
	if err := Write(context.Background(), io.Discard, Options{}, func(maptile.Tile) ([]byte, error) { return nil, broken }); !errors.Is(err, broken) {
		t.Errorf("an error of a tile: %v", err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	if err := Write(ctx, io.Discard, Options{}, none); !errors.Is(err, context.Canceled) {
		t.Errorf("cancelled: %v", err)
	}
}
