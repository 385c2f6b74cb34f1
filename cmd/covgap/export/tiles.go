package export

import (
	"fmt"
	"io"
	"math"

	"github.com/covgap/covgap/cmd/covgap/output"
	"github.com/covgap/covgap/data"
	"github.com/covgap/covgap/geo/hexgrid"
	"github.com/covgap/covgap/geo/pmtiles"
	"github.com/covgap/covgap/geo/table"
	"github.com/covgap/covgap/geo/vectortile"
	"github.com/paulmach/orb"
	"github.com/paulmach/orb/geojson"
	"github.com/paulmach/orb/maptile"
)

// hexesOf reads the coverage as a raster takes it.
func hexesOf(coverage *output.Layer) (*output.Hexes, error) {
	h := &output.Hexes{}
	id, signal, class := at(coverage, "hex_id"), at(coverage, "signal_dbm"), at(coverage, "class")
	return h, coverage.Each(func(_ orb.Geometry, values ...any) error {
		name, _ := values[id].(string)
		cell, err := hexgrid.Parse(name)
		if err != nil {
			return err
		}
		level, ok := values[signal].(float64)
		if !ok {
			level = math.NaN()
		}
		c, _ := values[class].(string)
		h.Cells, h.SignalDBm, h.Class = append(h.Cells, cell), append(h.SignalDBm, level), append(h.Class, data.Class(c))
		return nil
	})
}

func at(y *output.Layer, column string) int {
	for i := range y.Columns {
		if y.Columns[i].Name == column {
			return i
		}
	}
	panic(fmt.Sprintf("export: table %s has no column %s", y.Name, column))
}

// Zooms of the tiles: a province on a screen, and where a hex is an inch.
const (
	minZoom = 6
	maxZoom = 13
)

// finestZoom is from which a layer's records are in tiles: before, they would cover one
// another.
var finestZoom = map[string]maptile.Zoom{output.Villages.Name: 9, output.Sectors.Name: 11, output.PlanSectors.Name: 11, output.Sites.Name: 8, output.Candidates.Name: 10}

var tileTypes = map[table.Type]string{table.String: "String", table.Integer: "Number", table.Number: "Number", table.Boolean: "Boolean", table.Date: "String"}

// tiles writes every layer into one archive of vector tiles.
func tiles(s *Source, layers []output.Layer, o *Options) ([]File, error) {
	layers, err := mapped(layers, o)
	if err != nil {
		return nil, err
	}
	return []File{{Name: "covgap.pmtiles", Layers: layerNames(layers), write: func(w io.Writer) error {
		options := pmtiles.Options{Name: s.title(), About: output.Coverage.About.In(o.Lang), MinZoom: minZoom, MaxZoom: maxZoom}
		var parts []vectortile.Layer
		var bound *orb.Bound
		for i := len(layers) - 1; i >= 0; i-- { // what is drawn on top comes last
			part, extent, err := tileLayer(layers[i])
			if err != nil {
				return err
			}
			if extent == nil {
				continue // without records
			}
			if bound == nil {
				bound = extent
			}
			*bound = bound.Union(*extent)
			parts = append(parts, part)
			fields := map[string]string{}
			for _, c := range layers[i].Columns {
				fields[c.Name] = tileTypes[c.Kind.Type]
			}
			options.Layers = append(options.Layers, pmtiles.Layer{ID: layers[i].Name, About: layers[i].Title.In(o.Lang), Fields: fields})
		}
		if bound == nil {
			return fmt.Errorf("%w: no record has a place", ErrRequest)
		}
		options.Bound = *bound
		return pmtiles.Write(s.ctx, w, options, func(t maptile.Tile) ([]byte, error) { return vectortile.Encode(t, parts...) })
	}}}, nil
}

// tileLayer reads a layer's records and gives the bound of their places, nil for none.
func tileLayer(y output.Layer) (vectortile.Layer, *orb.Bound, error) {
	var bound *orb.Bound
	var cells []hexgrid.Cell
	var features []vectortile.Feature
	var said []geojson.Properties
	hexes := y.Name == output.Coverage.Name
	err := y.Each(func(g orb.Geometry, values ...any) error {
		if g == nil {
			return nil
		}
		b := g.Bound()
		if bound != nil {
			b = bound.Union(b)
		}
		bound = &b
		properties := geojson.Properties{}
		for i, v := range values {
			if v != nil {
				properties[y.Columns[i].Name] = v
			}
		}
		if !hexes {
			features = append(features, vectortile.Feature{Geometry: g, Properties: properties, MinZoom: finestZoom[y.Name]})
			return nil
		}
		cell, err := hexgrid.Parse(fmt.Sprint(values[0]))
		if err != nil {
			return err
		}
		cells, said = append(cells, cell), append(said, properties)
		return nil
	})
	if err != nil || !hexes {
		return vectortile.NewFeatures(y.Name, features), bound, err
	}
	// A coarser hex is shown with a hex in the middle of it.
	middle := func(lo, hi int) int { return (lo + hi) / 2 }
	return vectortile.NewHexagons(y.Name, cells, middle, func(i int) geojson.Properties { return said[i] }), bound, nil
}
