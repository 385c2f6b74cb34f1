package data

import (
	"fmt"
	"path"
	"slices"

	"github.com/covgap/covgap/geo"
	"github.com/paulmach/orb"
)

// parts keeps ids unique and puts together the rows that are parts of one record.
type parts struct {
	rd       *reader
	ids      []string
	geometry []orb.MultiPolygon // nil for points
	points   []orb.Point
	first    []geo.Position
	fields   [][]geo.Field
	byID     map[string][]int // id as in the file
	taken    map[string]bool
}

func newParts(rd *reader) *parts {
	return &parts{rd: rd, byID: map[string][]int{}, taken: map[string]bool{}}
}

// place finds the record of a row: a new one (fresh), or an earlier one that the
// row's polygon was added to. Otherwise the row fails.
func (p *parts) place(r *row, mp orb.MultiPolygon, point orb.Point) (index int, fresh bool) {
	for _, i := range p.byID[r.id] {
		if !sameFields(p.fields[i], r.f.Fields) || (mp == nil) != (p.geometry[i] == nil) || p.points[i] != point {
			continue
		}
		if mp == nil || orb.Equal(p.geometry[i], mp) {
			r.fail(p.idColumn(), geo.Field{}, &geo.InputError{
				Found: "the same row as " + elsewhere(p.first[i]), Expected: "every row once", Err: ErrDuplicate,
			})
			return 0, false
		}
		p.geometry[i] = merge(p.geometry[i], mp)
		p.rd.warn(r.f.Pos, "rows with one id and the same attributes are parts of one record: their polygons are united")
		return i, false
	}
	id := r.id
	if same := p.byID[r.id]; len(same) > 0 {
		if !r.proposed {
			fd, _ := r.field(p.idColumn(), "")
			r.fail(p.idColumn(), fd, &geo.InputError{
				Found: fmt.Sprintf("%q, which is the id at %s already", r.id, elsewhere(p.first[same[0]])), Expected: "an id of its own", Err: ErrDuplicate,
			})
			return 0, false
		}
		id = unique(r.id, p.taken)
		p.rd.warn(r.f.Pos, fmt.Sprintf("%s, taken for the id, repeats on rows that differ: they are told apart by a number, as in X and X-2",
			r.b.columns[p.idColumn()].any.name))
	}
	p.taken[id] = true
	i := len(p.ids)
	p.ids = append(p.ids, id)
	p.geometry = append(p.geometry, mp)
	p.points = append(p.points, point)
	p.first = append(p.first, r.f.Pos)
	p.fields = append(p.fields, r.f.Fields)
	p.byID[r.id] = append(p.byID[r.id], i)
	return i, true
}

func (p *parts) idColumn() string {
	if p.rd.schema.Kind == Areas {
		return "code"
	}
	return "id"
}

// elsewhere is the place of another row in a message. It names the file without its
// folder: a list of rejects must not depend on where the files lie.
func elsewhere(p geo.Position) string {
	p.File = path.Base(p.File)
	return p.String()
}

// sameFields compares the attributes of two rows.
func sameFields(a, b []geo.Field) bool {
	return slices.EqualFunc(a, b, func(x, y geo.Field) bool { return x.Name == y.Name && plain(x.Value) == plain(y.Value) })
}
