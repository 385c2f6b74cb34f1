package serve

import (
	"cmp"
	"context"
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"sync"

	"github.com/covgap/covgap/cmd/covgap/tiles"
	"github.com/covgap/covgap/geo/terrain/terrarium"
	"github.com/covgap/covgap/geo/vectortile"
	"github.com/paulmach/orb/maptile"
	"golang.org/x/sync/semaphore"
)

// Media types of tiles.
const (
	typeVector = "application/vnd.mapbox-vector-tile"
	typePNG    = "image/png"
)

// tileCacheBytes is the most that tiles take in memory. A province of a million hexes
// fits whole, down to the zoom at which single hexes are told apart.
const tileCacheBytes = 96 << 20

// tilesAtOnce is how many tiles are made at a time; others wait.
const tilesAtOnce = 2

// tileSet makes the tiles of a session. What takes time is made when it is first asked
// for, and kept.
type tileSet struct {
	hexes    func() *tiles.Hexes
	features func() []vectortile.Layer
	relief   func() *terrarium.Relief
	layers   []func() *tiles.Hexes // of each layer of signal

	turn *semaphore.Weighted
	mu   sync.Mutex
	kept map[string][]byte
	size int // bytes kept
}

func newTileSet(s *Session) *tileSet {
	t := &tileSet{turn: semaphore.NewWeighted(tilesAtOnce), kept: map[string][]byte{}}
	t.hexes = sync.OnceValue(func() *tiles.Hexes { return tiles.NewHexes(s.Run) })
	t.features = sync.OnceValue(func() []vectortile.Layer { return tiles.Features(s.Run, s.Plan) })
	t.relief = sync.OnceValue(func() *terrarium.Relief { return terrarium.New(s.Run.Inputs.Terrain) })
	for i := range s.Run.Coverage.Layers {
		t.layers = append(t.layers, sync.OnceValue(func() *tiles.Hexes { return t.hexes().Of(s.Run, i) }))
	}
	return t
}

// tilesShown says what tiles there are.
type tilesShown struct {
	MaxZoom        maptile.Zoom `json:"max_zoom"` // of hexes and features
	TerrainMaxZoom maptile.Zoom `json:"terrain_max_zoom"`
	TerrainBounds  [4]float64   `json:"terrain_bounds"` // west, south, east, north
}

func (t *tileSet) shown() tilesShown {
	return tilesShown{vectortile.MaxZoom, t.relief().MaxZoom(), bounds(t.relief().Bound())}
}

// get gives a tile that was kept, or makes it.
func (t *tileSet) get(ctx context.Context, key string, build func() ([]byte, error)) ([]byte, error) {
	if b, ok := t.find(key); ok {
		return b, nil
	}
	if err := t.turn.Acquire(ctx, 1); err != nil {
		return nil, fmt.Errorf("serve: tile: %w", err)
	}
	defer t.turn.Release(1)
	if b, ok := t.find(key); ok { // another request made it meanwhile
		return b, nil
	}
	b, err := build()
	if err != nil {
		return nil, err
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.size += len(b) + len(key); t.size > tileCacheBytes {
		clear(t.kept)
		t.size = len(b) + len(key)
	}
	t.kept[key] = b
	return b, nil
}

func (t *tileSet) find(key string) ([]byte, bool) {
	t.mu.Lock()
	defer t.mu.Unlock()
	b, ok := t.kept[key]
	return b, ok
}

func (s *Server) tileRoutes() []Route {
	tile := func(kind, suffix string, handle func(http.ResponseWriter, *http.Request, maptile.Tile) error) Route {
		return Route{Method: http.MethodGet, Path: "/tiles/" + kind + "/{z}/{x}/{y}", handle: func(w http.ResponseWriter, r *http.Request) error {
			t, err := tileOf(r, suffix)
			if err != nil {
				return err
			}
			return handle(w, r, t)
		}}
	}
	return []Route{tile("hexes", ".mvt", s.hexTile), tile("pictures", ".png", s.pictureTile), tile("features", ".mvt", s.featureTile), tile("terrain", ".png", s.terrainTile), tile("relief", ".png", s.reliefTile)}
}

// tileOf reads the address of a tile.
func tileOf(r *http.Request, suffix string) (maptile.Tile, error) {
	y, ok := strings.CutSuffix(r.PathValue("y"), suffix)
	if !ok {
		return maptile.Tile{}, fmt.Errorf("%w: tile %s; expected z/x/y%s", ErrRequest, r.URL.Path, suffix)
	}
	var at [3]uint64
	for i, text := range []string{r.PathValue("z"), r.PathValue("x"), y} {
		v, err := strconv.ParseUint(text, 10, 32)
		if err != nil {
			return maptile.Tile{}, fmt.Errorf("%w: tile %s: %q; expected a number", ErrRequest, r.URL.Path, text)
		}
		at[i] = v
	}
	t := maptile.New(uint32(at[1]), uint32(at[2]), maptile.Zoom(at[0]))
	if at[0] > 30 || !t.Valid() {
		return maptile.Tile{}, fmt.Errorf("%w: tile %s: outside the world", ErrRequest, r.URL.Path)
	}
	return t, nil
}

// hexLayer gives the hexes that a request names: by the criterion, or with layer= those
// of a layer.
func (s *Server) hexLayer(r *http.Request) (id string, of func() *tiles.Hexes, err error) {
	id = r.URL.Query().Get("layer")
	if id == "" {
		return "", s.tiles.hexes, nil
	}
	n, err := strconv.Atoi(id)
	if err != nil || n < 0 || n >= len(s.tiles.layers) {
		return "", nil, fmt.Errorf("%w: layer %q; expected an id of /api/run", ErrRequest, id)
	}
	return id, s.tiles.layers[n], nil
}

func (s *Server) hexTile(w http.ResponseWriter, r *http.Request, at maptile.Tile) error {
	id, layer, err := s.hexLayer(r)
	if err != nil {
		return err
	}
	b, err := s.tiles.get(r.Context(), fmt.Sprintf("h/%d/%d/%d/%s", at.Z, at.X, at.Y, id), func() ([]byte, error) { return vectortile.Encode(at, layer()) })
	if err != nil {
		return err
	}
	return s.write(w, r, Content{Type: typeVector, Body: b, Gzipped: true})
}

// pictureTile paints the hexes, by class unless colour= says by level.
func (s *Server) pictureTile(w http.ResponseWriter, r *http.Request, at maptile.Tile) error {
	id, layer, err := s.hexLayer(r)
	if err != nil {
		return err
	}
	colour := tiles.Colouring(cmp.Or(r.URL.Query().Get("colour"), string(tiles.ByClass)))
	if colour != tiles.ByClass && colour != tiles.ByLevel {
		return fmt.Errorf("%w: colour %q; expected class or level", ErrRequest, colour)
	}
	b, err := s.tiles.get(r.Context(), fmt.Sprintf("p/%d/%d/%d/%s/%s", at.Z, at.X, at.Y, id, colour), func() ([]byte, error) { return layer().Picture(at, colour) })
	if err != nil {
		return err
	}
	return s.write(w, r, Content{Type: typePNG, Body: b})
}

func (s *Server) featureTile(w http.ResponseWriter, r *http.Request, at maptile.Tile) error {
	b, err := s.tiles.get(r.Context(), fmt.Sprintf("f/%d/%d/%d", at.Z, at.X, at.Y), func() ([]byte, error) {
		return vectortile.Encode(at, s.tiles.features()...)
	})
	if err != nil {
		return err
	}
	return s.write(w, r, Content{Type: typeVector, Body: b, Gzipped: true})
}

func (s *Server) terrainTile(w http.ResponseWriter, r *http.Request, at maptile.Tile) error {
	b, err := s.tiles.get(r.Context(), fmt.Sprintf("t/%d/%d/%d", at.Z, at.X, at.Y), func() ([]byte, error) {
		return s.tiles.relief().Tile(at)
	})
	if err != nil {
		return err
	}
	return s.write(w, r, Content{Type: typePNG, Body: b})
}

func (s *Server) reliefTile(w http.ResponseWriter, r *http.Request, at maptile.Tile) error {
	b, err := s.tiles.get(r.Context(), fmt.Sprintf("r/%d/%d/%d", at.Z, at.X, at.Y), func() ([]byte, error) {
		return s.tiles.relief().Shaded(at)
	})
	if err != nil {
		return err
	}
	return s.write(w, r, Content{Type: typePNG, Body: b})
}
