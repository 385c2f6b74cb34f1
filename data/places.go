package data

import (
	"github.com/covgap/covgap/geo"
	"github.com/covgap/covgap/geo/angle"
	"github.com/paulmach/orb"
)

// Places finds the columns of a table that hold positions, by the names that are known
// of base stations. at gives the position of a row as it stands there: degrees, or metres
// of a projected system. ok is false where there are no such columns.
func (s *Stream) Places() (at func(f *geo.Feature) (p orb.Point, ok bool), ok bool) {
	if !s.table {
		return nil, false
	}
	folded := make([]string, len(s.Columns))
	for i, c := range s.Columns {
		folded[i] = geo.Fold(c)
	}
	var index [2]int
	for k, name := range []string{"longitude", "latitude"} {
		def, _ := siteSchema.Column(name)
		if index[k], _ = find(&def, "", s.Columns, folded); index[k] < 0 {
			return nil, false
		}
	}
	return func(f *geo.Feature) (p orb.Point, ok bool) {
		for k := range p {
			fd, _ := fieldAt(f, s.Columns[index[k]], index[k])
			v, e := parseNumber(fd.Value, s.CommaFree)
			if e != nil {
				if v, _, ok = angle.Read(fd.Value); !ok {
					return p, false
				}
			}
			p[k] = v
		}
		return p, true
	}, true
}
