package answer

import (
	"fmt"

	"github.com/covgap/covgap/cmd/covgap/lang"
	"github.com/covgap/covgap/cmd/covgap/report"
	"github.com/covgap/covgap/coverage/sight"
)

// Sight says in words whether B is seen from A, and what stands between.
func (shown *Path) Sight(l lang.Lang) string {
	r := shown.Ridge
	if r == nil {
		return l.T("line of sight; no terrain sample between the ends", "tầm nhìn thẳng; không có điểm địa hình nào ở giữa")
	}
	place := fmt.Sprintf(l.T("at %.5f, %.5f, %s m above sea level, %s km from A, %s km from B",
		"tại %.5f, %.5f, cao %s m, cách A %s km, cách B %s km"),
		r.Longitude, r.Latitude, l.Float(r.HeightM, 0), l.Float(r.FromAM/1000, 2), l.Float(r.FromBM/1000, 2))
	zone := l.Float(r.FresnelM, 1)
	switch {
	case !shown.LineOfSight:
		return fmt.Sprintf(l.T("blocked by terrain %s: %s m above the line; first Fresnel zone there %s m",
			"bị địa hình che %s: cao hơn đường ngắm %s m; bán kính vùng Fresnel thứ nhất tại đó %s m"), place, l.Float(r.AboveLineM, 1), zone)
	case r.FresnelClearance < 1:
		return fmt.Sprintf(l.T("line of sight, into the first Fresnel zone reaches terrain %s: %s m below the line, %s of the zone's radius of %s m",
			"tầm nhìn thẳng, địa hình lấn vào vùng Fresnel thứ nhất %s: thấp hơn đường ngắm %s m, bằng %s bán kính vùng (%s m)"),
			place, l.Float(-r.AboveLineM, 1), l.Float(r.FresnelClearance, 2), zone)
	}
	return fmt.Sprintf(l.T("line of sight, first Fresnel zone free; nearest terrain %s: %s m below the line; first Fresnel zone there %s m",
		"tầm nhìn thẳng, vùng Fresnel thứ nhất thông thoáng; địa hình gần nhất %s: thấp hơn đường ngắm %s m; bán kính vùng tại đó %s m"),
		place, l.Float(-r.AboveLineM, 1), zone)
}

// Figure words the drawing of the path.
func (shown *Path) Figure(l lang.Lang, view *sight.View) *report.ProfileFigure {
	f := &report.ProfileFigure{View: view, Text: report.ProfileText{
		Title: fmt.Sprintf("A: %s – B: %s", shown.A.Title(), shown.B.Title()),
		Subtitle: fmt.Sprintf(l.T("%s km, %s MHz, antennas at %s m and %s m", "%s km, %s MHz, ăng-ten cao %s m và %s m"),
			l.Float(shown.DistanceM/1000, 2), l.Short(shown.FrequencyMHz), l.Short(shown.A.HeightM), l.Short(shown.B.HeightM)),
		DistanceAxis: l.T("km from A", "km từ A"),
		HeightAxis:   l.T("m above sea level, with the Earth's curvature", "độ cao (m), gồm độ cong Trái Đất"),
		Ground:       l.T("terrain, Earth radius 4/3", "địa hình, bán kính Trái Đất 4/3"),
		Ray:          l.T("line between the antennas", "đường thẳng giữa hai ăng-ten"),
		Fresnel:      l.T("first Fresnel zone", "vùng Fresnel thứ nhất"),
		Number:       l.Float,
	}}
	if r := shown.Ridge; r != nil {
		where := fmt.Sprintf(l.T("%s m below the line", "thấp hơn đường ngắm %s m"), l.Float(-r.AboveLineM, 0))
		if !shown.LineOfSight {
			where = fmt.Sprintf(l.T("%s m above the line", "cao hơn đường ngắm %s m"), l.Float(r.AboveLineM, 0))
		}
		f.Text.Ridge = fmt.Sprintf("%s m, %s", l.Float(r.HeightM, 0), where)
	}
	return f
}
