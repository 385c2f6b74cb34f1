package export

import (
	"fmt"
	"slices"
	"strings"

	"github.com/covgap/covgap/cmd/covgap/output"
	"github.com/paulmach/orb"
)

// Reached is what [Options.CRS] does for an export.
type Reached struct {
	Positions int      // that get coordinates in it or, outside its area, none
	Outside   int      // of them; less than all
	Mappings  []string // formats whose mapping takes none of its columns
}

// Reach looks where the positions lie that get coordinates in the system of o. It is an
// error that wraps ErrRequest when none would have a value.
func Reach(s *Source, formats []string, o Options) (Reached, error) {
	var out Reached
	layers, err := s.pick(o.Layers)
	if err != nil || o.CRS == nil {
		return out, err
	}
	for _, y := range layers {
		x := slices.IndexFunc(y.Columns, isLongitude)
		if x < 0 {
			continue
		}
		if err := y.Each(func(_ orb.Geometry, values ...any) error {
			lon, ok := values[x].(float64)
			lat, ok2 := values[x+1].(float64)
			if !ok || !ok2 {
				return nil
			}
			out.Positions++
			if _, _, err := o.CRS.FromWGS84(orb.Point{lon, lat}); err != nil {
				out.Outside++
			}
			return nil
		}); err != nil {
			return out, err
		}
	}
	if out.Positions > 0 && out.Outside == out.Positions {
		return out, fmt.Errorf("%w: --crs %s: all %d positions lie outside the area of %s, their columns would be empty", ErrRequest, o.CRS.Code(), out.Positions, o.CRS.Name())
	}
	for _, tool := range MappingNames() {
		if !slices.ContainsFunc(formats, func(f string) bool { return strings.EqualFold(f, tool) }) {
			continue
		}
		m, err := readMapping(tool, o.Mapping)
		if err != nil {
			return out, err
		}
		if !m.takes("e_"+o.CRS.Tag(), "n_"+o.CRS.Tag()) {
			out.Mappings = append(out.Mappings, tool)
		}
	}
	return out, nil
}

// takes says whether any column of a mapping is from one of these.
func (m *Mapping) takes(columns ...string) bool {
	return slices.ContainsFunc(m.Files, func(f MappingFile) bool {
		return slices.ContainsFunc(f.Columns, func(c MappingColumn) bool { return slices.Contains(columns, c.From) })
	})
}

// isLongitude says whether a column is the first of the pair that has coordinates in
// other systems behind it.
func isLongitude(c output.Column) bool { return c.Name == "longitude" || c.Name == "centre_lon" }
