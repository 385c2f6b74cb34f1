package data

import (
	"context"

	"github.com/paulmach/orb"
)

// ReadAreas reads communes or provinces from one or more files. Rows with one code
// and the same attributes are parts of one area. Errors are those of
// [ReadSites].
func ReadAreas(ctx context.Context, paths []string, opt Options) ([]Area, *Report, error) {
	rd, err := newReader(Areas, opt)
	if err != nil {
		return nil, nil, err
	}
	var areas []Area
	parts := newParts(rd)
	err = rd.each(ctx, paths, "code", []string{"name"}, func(r *row) {
		mp := r.area()
		area := Area{Name: r.text("name", ""), Pos: r.f.Pos}
		if area.Name == "" {
			area.Name = r.id
			r.assume("name", "the code", "name is blank")
		}
		area.Population, _ = r.number("population", "")
		area.Households, _ = r.number("households", "")
		if r.err != nil {
			return
		}
		i, fresh := parts.place(r, mp, orb.Point{})
		if r.err != nil || !fresh {
			return
		}
		area.Code = parts.ids[i]
		areas = append(areas, area)
	})
	if err != nil {
		return nil, rd.report, err
	}
	for i := range areas {
		areas[i].Geometry = parts.geometry[i]
	}
	rd.arrange(&rd.schema)
	rd.report.Records = len(areas)
	return areas, rd.report, nil
}
