// Package vectortile makes vector tiles of the web's map grid: Mapbox Vector Tile 2.1
// (https://github.com/mapbox/vector-tile-spec), gzipped, in Web Mercator.
//
// A tile is made of layers. [Hexagons] is a layer of the H3 grid whose resolution
// follows the zoom, [Features] one of anything else. Hexagons can be painted, too: see
// [Hexagons.Picture].
package vectortile

import (
	"bytes"
	"fmt"
	"math"

	"github.com/klauspost/compress/gzip"
	"github.com/paulmach/orb"
	"github.com/paulmach/orb/encoding/mvt"
	"github.com/paulmach/orb/geojson"
	"github.com/paulmach/orb/maptile"
)

// MaxBytes is the most that a tile should take, gzipped: above it a browser stutters.
// [Hexagons] grow coarser to stay below.
const MaxBytes = 200_000

// MaxZoom is the deepest zoom of tiles: there a unit of a tile's own coordinates is
// 1.2 m at the equator. Deeper maps stretch its tiles.
const MaxZoom maptile.Zoom = 13

// version of the specification that layers state: in 1, polygons may be wound either
// way.
const version = 2

// margin is how far, in units of a tile's own coordinates, what is drawn reaches over
// its edge, so that no seam shows: 1/64 of the tile.
const margin = mvt.DefaultExtent / 64

// Layer gives what one layer holds in a tile.
type Layer interface {
	// tile gives the features in the tile's own coordinates; coarser asks for so many
	// steps less of detail, and ok is false where there is no such step.
	tile(t maptile.Tile, coarser int) (l *mvt.Layer, ok bool)
}

// Encode makes a tile of layers: nil where none of them holds anything. The same
// layers give the same bytes.
func Encode(t maptile.Tile, layers ...Layer) ([]byte, error) {
	if t.Z > MaxZoom || !t.Valid() {
		return nil, nil
	}
	for coarser := 0; ; coarser++ {
		var parts mvt.Layers
		last := true
		for _, layer := range layers {
			part, ok := layer.tile(t, coarser)
			last = last && !ok
			if len(part.Features) > 0 {
				parts = append(parts, part)
			}
		}
		if len(parts) == 0 {
			return nil, nil
		}
		raw, err := mvt.Marshal(parts)
		if err != nil {
			return nil, fmt.Errorf("vectortile: %d/%d/%d: %w", t.Z, t.X, t.Y, err)
		}
		var out bytes.Buffer
		z := gzip.NewWriter(&out)
		_, _ = z.Write(raw) // a buffer takes everything
		_ = z.Close()
		if out.Len() <= MaxBytes || last {
			return out.Bytes(), nil
		}
	}
}

// window is a tile's place on the map.
type window struct {
	left, top float64 // of the tile, in worlds
	units     float64 // of the tile's own coordinates in a world
}

func windowOf(t maptile.Tile) window {
	n := math.Exp2(float64(t.Z))
	return window{float64(t.X) / n, float64(t.Y) / n, n * mvt.DefaultExtent}
}

// place gives a point of the world in the tile's own coordinates, on their lattice.
func (w window) place(p orb.Point) orb.Point {
	return orb.Point{math.Round((p[0] - w.left) * w.units), math.Round((p[1] - w.top) * w.units)}
}

// bound is the tile with its margin, in worlds.
func (w window) bound() orb.Bound {
	m, side := margin/w.units, mvt.DefaultExtent/w.units
	return orb.Bound{Min: orb.Point{w.left - m, w.top - m}, Max: orb.Point{w.left + side + m, w.top + side + m}}
}

// world gives a point in Web Mercator: 0 to 1 from west to east and from north to
// south (EPSG:3857, scaled).
func world(p orb.Point) orb.Point {
	sin := math.Sin(p.Lat() * math.Pi / 180)
	return orb.Point{p.Lon()/360 + 0.5, 0.5 - math.Log((1+sin)/(1-sin))/(4*math.Pi)}
}

func newLayer(name string) *mvt.Layer {
	return &mvt.Layer{Name: name, Version: version, Extent: mvt.DefaultExtent}
}

func feature(g orb.Geometry, properties geojson.Properties) *geojson.Feature {
	return &geojson.Feature{Geometry: g, Properties: properties}
}
