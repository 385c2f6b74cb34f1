package data

import (
	"context"
	"fmt"

	"github.com/covgap/covgap/geo"
	"github.com/covgap/covgap/geo/geodesy"
	"github.com/paulmach/orb"
)

var seaSchema = Schema{
	Kind: Sea,
	Meaning: Meaning{
		EN: "The sea and other large water that radio climate knows (a circle of 100 km fits in): polygons, which may overlap.",
		VI: "Biển và mặt nước lớn tạo khí hậu vô tuyến riêng (chứa được hình tròn 100 km): các vùng, có thể chồng lên nhau.",
	},
	Geometry: "polygon or multipolygon",
	Columns: []Column{{
		Name: "name", Type: TypeText,
		Meaning: Meaning{"name, not used", "tên, không dùng đến"},
	}},
}

// ReadSea reads the polygons of the sea from one or more files, all of them: how far away
// the sea is matters too. When none comes near opt.Reference (or the bound of
// opt.Areas) the file is taken to be of another place, or swapped: the error then wraps
// ErrCoordinates. Other errors are those of [ReadSites].
func ReadSea(ctx context.Context, paths []string, opt Options) ([]orb.MultiPolygon, *Report, error) {
	near := opt.Reference
	if near == (orb.Bound{}) {
		near = opt.Areas.Bound()
	}
	// An ocean is not refused for beginning on the other side of the Earth.
	opt.Reference, opt.Areas = orb.Bound{}, nil
	rd, err := newReader(Sea, opt)
	if err != nil {
		return nil, nil, err
	}
	var sea []orb.MultiPolygon
	err = rd.each(ctx, paths, "", nil, func(r *row) {
		if mp := r.area(); r.err == nil {
			sea = append(sea, mp)
		}
	})
	if err != nil {
		return nil, rd.report, err
	}
	rd.report.Records = len(sea)
	if near != (orb.Bound{}) && !anyNear(sea, geodesy.Pad(near, farKm*1000)) {
		return nil, rd.report, &geo.InputError{
			Pos: geo.Position{File: rd.report.Files[0]}, Found: fmt.Sprintf("none of %d polygons within %.0f km of the area", len(sea), farKm),
			Expected: "sea by the area", Hint: "--swap-xy or --in-crs, when the file is of the right place; away from the sea none is needed", Err: ErrCoordinates,
		}
	}
	return sea, rd.report, nil
}
