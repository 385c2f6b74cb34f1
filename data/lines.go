package data

import (
	"context"
	"fmt"
	"slices"

	"github.com/covgap/covgap/geo"
	"github.com/covgap/covgap/geo/geodesy"
	"github.com/paulmach/orb"
)

// lineSchema is the schema of a kind that is lines and nothing else.
func lineSchema(kind Kind, m Meaning) Schema {
	return Schema{
		Kind: kind, Meaning: m, Geometry: "linestring or multilinestring; or points",
		Columns: []Column{{
			Name: "name", Type: TypeText,
			Meaning: Meaning{"name, not used", "tên, không dùng đến"},
		}},
	}
}

var (
	roadSchema = lineSchema(Roads, Meaning{
		EN: "Roads by which a mast can be reached: the track to it is paid from the nearest.",
		VI: "Đường giao thông: chi phí làm đường công vụ tính từ con đường gần nhất.",
	})
	powerLineSchema = lineSchema(PowerLines, Meaning{
		EN: "Power lines, or transformers as points, from which a new line can start.",
		VI: "Đường dây điện, hoặc trạm biến áp dạng điểm, từ đó có thể kéo điện.",
	})
	fibreSchema = lineSchema(FibreLines, Meaning{
		EN: "Fibre cables, or closures as points, that can be tapped.",
		VI: "Tuyến cáp quang, hoặc măng xông dạng điểm, có thể đấu nối.",
	})
)

// ReadLines reads roads, power lines or fibre from one or more files. A point is a
// line of one point. Lines away from opt.Reference (or the bound of opt.Areas) stay,
// but when none comes near it the file is taken to be of another place, or
// swapped: the error then wraps ErrCoordinates. Other errors are those of
// [ReadSites].
func ReadLines(ctx context.Context, kind Kind, paths []string, opt Options) ([]orb.LineString, *Report, error) {
	near := opt.Reference
	if near == (orb.Bound{}) {
		near = opt.Areas.Bound()
	}
	// A country's roads are not refused one by one for lying outside a province.
	opt.Reference, opt.Areas = orb.Bound{}, nil
	rd, err := newReader(kind, opt)
	if err != nil {
		return nil, nil, err
	}
	var lines []orb.LineString
	err = rd.each(ctx, paths, "", nil, func(r *row) {
		var parts []orb.LineString
		switch g := r.f.Geometry.(type) {
		case orb.LineString:
			parts = []orb.LineString{g}
		case orb.MultiLineString:
			parts = g
		case orb.Point:
			parts = []orb.LineString{{g}}
		case orb.MultiPoint:
			for _, p := range g {
				parts = append(parts, orb.LineString{p})
			}
		case nil:
			r.fail("geometry", geo.Field{}, &geo.InputError{
				Found: "no geometry", Expected: "a line", Hint: "a table holds no lines: save the layer as GeoJSON", Err: ErrGeometry,
			})
		default:
			r.fail("geometry", geo.Field{}, &geo.InputError{Found: "a " + g.GeoJSONType(), Expected: "a line", Err: ErrGeometry})
		}
		for _, part := range parts {
			line := make(orb.LineString, len(part))
			for i, p := range part {
				var e *geo.InputError
				if i == 0 {
					line[i], e = rd.locator.locate(p)
				} else {
					line[i], e = rd.locator.vertex(p)
				}
				if e != nil {
					r.fail("geometry", geo.Field{}, e)
					return
				}
			}
			lines = append(lines, line)
		}
	})
	if err != nil {
		return nil, rd.report, err
	}
	rd.report.Records = len(lines)
	if near != (orb.Bound{}) && !anyNear(lines, geodesy.Pad(near, farKm*1000)) {
		return nil, rd.report, &geo.InputError{
			Pos: geo.Position{File: rd.report.Files[0]}, Found: fmt.Sprintf("none of %d lines within %.0f km of the area", len(lines), farKm),
			Expected: string(kind) + " of the area", Hint: "--swap-xy or --in-crs, when the file is of the right place", Err: ErrCoordinates,
		}
	}
	return lines, rd.report, nil
}

// anyNear says whether any of some geometries comes near a bound.
func anyNear[G orb.Geometry](all []G, b orb.Bound) bool {
	return slices.ContainsFunc(all, func(g G) bool { return g.Bound().Intersects(b) })
}
