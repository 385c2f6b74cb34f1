package serve

import (
	"bytes"
	"encoding/json"
	"fmt"
	"image/color"
	"image/png"
	"math"
	"net/http"
	"os"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/covgap/covgap/cmd/covgap/tiles"
	"github.com/covgap/covgap/coverage"
	"github.com/covgap/covgap/geo/terrain/terrarium"
	"github.com/covgap/covgap/geo/vectortile"
	"github.com/paulmach/orb"
	"github.com/paulmach/orb/encoding/mvt"
	"github.com/paulmach/orb/geojson"
	"github.com/paulmach/orb/maptile"
	"github.com/paulmach/orb/planar"
)

// tileAt asks for the tile of a kind at a point.
func tileAt(t *testing.T, h http.Handler, kind string, p orb.Point, zoom maptile.Zoom, suffix string) (at maptile.Tile, body []byte) {
	t.Helper()
	at = maptile.At(p, zoom)
	w := ask(t, h, http.MethodGet, fmt.Sprintf("/tiles/%s/%d/%d/%d.%s", kind, at.Z, at.X, at.Y, suffix), "", "Accept-Encoding", "gzip")
	if w.Code != http.StatusOK {
		t.Fatalf("tile of %s: %d %s", kind, w.Code, w.Body)
	}
	if len(w.Body.Bytes()) > vectortile.MaxBytes {
		t.Errorf("tile of %s: %d bytes; want at most %d", kind, w.Body.Len(), vectortile.MaxBytes)
	}
	return at, w.Body.Bytes()
}

func layersOf(t *testing.T, at maptile.Tile, body []byte) map[string]*mvt.Layer {
	t.Helper()
	layers, err := mvt.UnmarshalGzipped(body)
	if err != nil {
		t.Fatal(err)
	}
	layers.ProjectToWGS84(at)
	out := map[string]*mvt.Layer{}
	for _, l := range layers {
		out[l.Name] = l
	}
	return out
}

// A tile says of the hex at a place what the run computed there.
func TestHexTilesHoldTheRun(t *testing.T) {
	s := session(t)
	h, c := New(s, Options{}).Handler(), s.Run.Coverage
	const zoom = 12
	checked := 0
	for i := 0; i < c.Grid.Len(); i += 1 + c.Grid.Len()/40 {
		center := c.Grid.Cells()[i].Center()
		at, body := tileAt(t, h, "hexes", center, zoom, "mvt")
		for _, f := range layersOf(t, at, body)[tiles.LayerHexes].Features {
			if p, ok := f.Geometry.(orb.Polygon); !ok || !planar.PolygonContains(p, center) {
				continue
			}
			checked++
			cell, class, layer := c.Grid.Cells()[i], c.Hexes.Class[i], c.Hexes.Layer[i]
			if f.Properties["class"] != string(class) {
				t.Errorf("hex %v: class %v; want %s", cell, f.Properties["class"], class)
			}
			var signalDBm float64
			if layer >= 0 {
				signalDBm = c.Layers[layer].BestCentiDB[i].DB()
			}
			level, ok := f.Properties["signal_dbm"].(float64)
			if ok != (layer >= 0) || ok && (level-signalDBm > 0.5 || signalDBm-level > 0.5) {
				t.Errorf("hex %v: level %v; want %.1f, rounded", cell, f.Properties["signal_dbm"], signalDBm)
			}
		}
	}
	if checked < 30 {
		t.Errorf("%d hexes found in their tiles; want some 40", checked)
	}
}

// With a layer named, a tile holds the level of that layer alone.
func TestHexTilesOfALayer(t *testing.T) {
	s := session(t)
	h, c := New(s, Options{}).Handler(), s.Run.Coverage
	cell := c.Grid.Len() / 2
	center := c.Grid.Cells()[cell].Center()
	at := maptile.At(center, 12)
	for k := range c.Layers {
		w := ask(t, h, http.MethodGet, fmt.Sprintf("/tiles/hexes/12/%d/%d.mvt?layer=%d", at.X, at.Y, k), "", "Accept-Encoding", "gzip")
		for _, f := range layersOf(t, at, w.Body.Bytes())[tiles.LayerHexes].Features {
			if !planar.PolygonContains(f.Geometry.(orb.Polygon), center) {
				continue
			}
			want := c.Layers[k].BestCentiDB[cell]
			level, ok := f.Properties["signal_dbm"].(float64)
			if ok != (want != coverage.NoValue) || ok && (level-want.DB() > 0.5 || want.DB()-level > 0.5) {
				t.Errorf("layer %d: level %v; want %.1f, rounded", k, f.Properties["signal_dbm"], want.DB())
			}
		}
	}
	wrong(t, ask(t, h, http.MethodGet, fmt.Sprintf("/tiles/hexes/12/%d/%d.mvt?layer=99", at.X, at.Y), ""), http.StatusBadRequest, "an unknown layer")
}

// hexColour gives a pixel as #rrggbb, "" where nothing is painted.
func hexColour(c color.Color) string {
	v := color.NRGBAModel.Convert(c).(color.NRGBA)
	if v.A == 0 {
		return ""
	}
	return fmt.Sprintf("#%02x%02x%02x", v.R, v.G, v.B)
}

// A picture shows at the middle of a hex what /api/hex says of it, in the colours of the
// page's palette: at a zoom at which hexes are larger than pixels.
func TestPicturesHoldTheRun(t *testing.T) {
	s := session(t)
	h, c := New(s, Options{}).Handler(), s.Run.Coverage
	source, err := os.ReadFile("web/src/palette.ts")
	if err != nil {
		t.Fatal(err)
	}
	list := func(name string) []string {
		m := regexp.MustCompile(name + `[^=]*= ([\[{])([^\]}]*)`).FindSubmatch(source)
		if m == nil {
			t.Fatalf("palette.ts has no %s", name)
		}
		return strings.Split(strings.ReplaceAll(string(m[2]), "'", ""), ", ")
	}
	classes := map[string]string{}
	for _, pair := range list("classColour") {
		name, colour, _ := strings.Cut(pair, ": ")
		classes[name] = colour
	}
	steps, levels := list("levelSteps"), list("levelColours")
	const zoom = 12
	for i := 0; i < c.Grid.Len(); i += 1 + c.Grid.Len()/40 {
		center := c.Grid.Cells()[i].Center()
		var shown hexShown
		answer := ask(t, h, http.MethodGet, fmt.Sprintf("/api/hex?lon=%f&lat=%f", center.Lon(), center.Lat()), "")
		if err := json.Unmarshal(answer.Body.Bytes(), &shown); err != nil {
			t.Fatal(err)
		}
		if shown.ID != c.Grid.Cells()[i].String() || shown.Class != c.Hexes.Class[i] {
			t.Fatalf("hex %v, %s: answered %+v", c.Grid.Cells()[i], c.Hexes.Class[i], shown)
		}
		level := 0
		for k, step := range steps {
			least, err := strconv.ParseFloat(step, 64)
			if err != nil {
				t.Fatal(err)
			}
			if shown.SignalDBm != nil && math.Round(*shown.SignalDBm) >= least {
				level = k + 1
			}
		}
		for colouring, want := range map[string]string{"class": classes[string(shown.Class)], "level": levels[level]} {
			at := maptile.At(center, zoom)
			body := ask(t, h, http.MethodGet, fmt.Sprintf("/tiles/pictures/%d/%d/%d.png?colour=%s", at.Z, at.X, at.Y, colouring), "").Body.Bytes()
			if len(body) > vectortile.MaxBytes {
				t.Errorf("%d bytes; want at most %d", len(body), vectortile.MaxBytes)
			}
			img, err := png.Decode(bytes.NewReader(body))
			if err != nil {
				t.Fatal(err)
			}
			exact := maptile.Fraction(center, zoom)
			pixel := func(v, from float64) int { return int((v - from) * float64(img.Bounds().Dx())) }
			if got := hexColour(img.At(pixel(exact[0], float64(at.X)), pixel(exact[1], float64(at.Y)))); got != want {
				t.Errorf("hex %s, %s, by %s: %s; want %s", shown.ID, shown.Class, colouring, got, want)
			}
		}
	}
	for _, path := range []string{"/tiles/pictures/12/1/1.png?colour=red", "/tiles/pictures/12/1/1.png?layer=99", "/tiles/pictures/12/1/1.mvt", "/api/hex?lon=1", "/api/hex?lon=1&lat=1&layer=x"} {
		wrong(t, ask(t, h, http.MethodGet, path, ""), http.StatusBadRequest, path)
	}
	if w := ask(t, h, http.MethodGet, "/api/hex?lon=1&lat=1", ""); w.Code != http.StatusOK || strings.TrimSpace(w.Body.String()) != "null" {
		t.Errorf("a place outside the area: %d %s", w.Code, w.Body)
	}
}

func TestFeatureTilesHoldTheInputs(t *testing.T) {
	s := session(t)
	h := New(s, Options{}).Handler()
	for i := range s.Run.Inputs.Sites {
		site := &s.Run.Inputs.Sites[i]
		at, body := tileAt(t, h, "features", site.Position, 13, "mvt")
		layers := layersOf(t, at, body)
		for _, name := range []string{tiles.LayerSites, tiles.LayerWedges} {
			l := layers[name]
			if l == nil || !slices.ContainsFunc(l.Features, func(f *geojson.Feature) bool { return f.Properties["site_id"] == site.ID }) {
				t.Errorf("site %s is not in layer %s of its tile", site.ID, name)
			}
		}
	}
	for i := range s.Run.Inputs.Villages {
		v := &s.Run.Inputs.Villages[i]
		at, body := tileAt(t, h, "features", s.Run.Coverage.Places[i].Center.Center(), 10, "mvt")
		l := layersOf(t, at, body)[tiles.LayerVillages]
		if l == nil || !slices.ContainsFunc(l.Features, func(f *geojson.Feature) bool {
			return f.Properties["village_id"] == v.ID && f.Properties["class"] == string(s.Run.Gaps.Verdicts[i].Class)
		}) {
			t.Errorf("village %s is not in its tile with its class", v.ID)
		}
	}
}

func TestTerrainTiles(t *testing.T) {
	s := session(t)
	h := New(s, Options{}).Handler()
	p := s.Run.Inputs.Bound.Center()
	for kind, size := range map[string]int{"terrain": terrarium.Size, "relief": terrarium.ShadedSize} {
		_, body := tileAt(t, h, kind, p, 9, "png")
		img, err := png.Decode(bytes.NewReader(body))
		if err != nil {
			t.Fatal(err)
		}
		if b := img.Bounds(); b.Dx() != size || b.Dy() != size {
			t.Errorf("a tile of %s of %d by %d pixels", kind, b.Dx(), b.Dy())
		}
	}
	for _, path := range []string{"/tiles/terrain/9/1/1.png", "/tiles/relief/9/1/1.png", "/tiles/hexes/12/1/1.mvt", "/tiles/features/20/1/1.mvt"} {
		if w := ask(t, h, http.MethodGet, path, ""); w.Code != http.StatusNoContent {
			t.Errorf("%s, where there is nothing: %d, want %d", path, w.Code, http.StatusNoContent)
		}
	}
	for _, path := range []string{"/tiles/terrain/9/1/1.mvt", "/tiles/hexes/1/9/1.mvt", "/tiles/hexes/a/b/c.mvt", "/tiles/hexes/31/1/1.mvt", "/tiles/hexes/-1/1/1.mvt"} {
		wrong(t, ask(t, h, http.MethodGet, path, ""), http.StatusBadRequest, path)
	}
}
