package crs

import (
	"math"
	"strings"

	"github.com/paulmach/orb"
)

// province is a province of Vietnam as of June 2025 with the central meridian that
// surveyors use there.
type province struct {
	name        string
	middle      orb.Point // to a tenth of a degree or so
	meridianDeg float64
}

// provinces are those of Circular 973/2001/TT-TCDC of the General Department of Land
// Administration, appendix 2, with its central meridians of zones of three degrees.
var provinces = []province{
	{"Lai Châu", orb.Point{103.2, 22.3}, 103}, {"Điện Biên", orb.Point{103.0, 21.7}, 103},
	{"Sơn La", orb.Point{104.1, 21.2}, 104},
	{"Kiên Giang", orb.Point{105.1, 9.95}, 104.5}, {"Cà Mau", orb.Point{105.05, 9.05}, 104.5},
	{"Lào Cai", orb.Point{104.1, 22.35}, 104.75}, {"Yên Bái", orb.Point{104.5, 21.8}, 104.75}, {"Nghệ An", orb.Point{104.95, 19.25}, 104.75},
	{"Phú Thọ", orb.Point{105.1, 21.3}, 104.75}, {"An Giang", orb.Point{105.15, 10.5}, 104.75},
	{"Thanh Hóa", orb.Point{105.3, 20.05}, 105}, {"Vĩnh Phúc", orb.Point{105.55, 21.35}, 105}, {"Đồng Tháp", orb.Point{105.65, 10.5}, 105},
	{"Cần Thơ", orb.Point{105.55, 10.1}, 105}, {"Hậu Giang", orb.Point{105.65, 9.8}, 105}, {"Bạc Liêu", orb.Point{105.5, 9.3}, 105},
	{"Hà Nội", orb.Point{105.7, 21.0}, 105}, {"Ninh Bình", orb.Point{105.9, 20.2}, 105}, {"Hà Nam", orb.Point{105.95, 20.55}, 105},
	{"Hà Giang", orb.Point{105.0, 22.75}, 105.5}, {"Hải Dương", orb.Point{106.35, 20.95}, 105.5}, {"Hà Tĩnh", orb.Point{105.75, 18.3}, 105.5},
	{"Bắc Ninh", orb.Point{106.1, 21.1}, 105.5}, {"Hưng Yên", orb.Point{106.05, 20.8}, 105.5}, {"Thái Bình", orb.Point{106.4, 20.5}, 105.5},
	{"Nam Định", orb.Point{106.2, 20.3}, 105.5}, {"Tây Ninh", orb.Point{106.15, 11.4}, 105.5}, {"Vĩnh Long", orb.Point{105.95, 10.1}, 105.5},
	{"Sóc Trăng", orb.Point{105.9, 9.55}, 105.5}, {"Trà Vinh", orb.Point{106.3, 9.8}, 105.5},
	{"Cao Bằng", orb.Point{106.1, 22.75}, 105.75}, {"Long An", orb.Point{106.15, 10.7}, 105.75}, {"Tiền Giang", orb.Point{106.25, 10.4}, 105.75},
	{"Bến Tre", orb.Point{106.45, 10.1}, 105.75}, {"Hải Phòng", orb.Point{106.65, 20.8}, 105.75}, {"Hồ Chí Minh", orb.Point{106.7, 10.75}, 105.75},
	{"Bình Dương", orb.Point{106.65, 11.2}, 105.75},
	{"Tuyên Quang", orb.Point{105.3, 22.1}, 106}, {"Hòa Bình", orb.Point{105.35, 20.7}, 106}, {"Quảng Bình", orb.Point{106.3, 17.55}, 106},
	{"Quảng Trị", orb.Point{106.95, 16.75}, 106.25}, {"Bình Phước", orb.Point{106.9, 11.75}, 106.25},
	{"Bắc Kạn", orb.Point{105.85, 22.25}, 106.5}, {"Thái Nguyên", orb.Point{105.85, 21.65}, 106.5},
	{"Bắc Giang", orb.Point{106.4, 21.35}, 107}, {"Thừa Thiên Huế", orb.Point{107.5, 16.35}, 107},
	{"Lạng Sơn", orb.Point{106.6, 21.85}, 107.25},
	{"Kon Tum", orb.Point{107.9, 14.65}, 107.5},
	{"Quảng Ninh", orb.Point{107.3, 21.25}, 107.75}, {"Đồng Nai", orb.Point{107.2, 11.05}, 107.75}, {"Bà Rịa – Vũng Tàu", orb.Point{107.25, 10.55}, 107.75},
	{"Quảng Nam", orb.Point{107.95, 15.55}, 107.75}, {"Lâm Đồng", orb.Point{108.1, 11.7}, 107.75}, {"Đà Nẵng", orb.Point{108.1, 16.1}, 107.75},
	{"Quảng Ngãi", orb.Point{108.65, 15.0}, 108},
	{"Ninh Thuận", orb.Point{108.85, 11.7}, 108.25}, {"Khánh Hòa", orb.Point{109.05, 12.3}, 108.25}, {"Bình Định", orb.Point{108.95, 14.1}, 108.25},
	{"Đắk Lắk", orb.Point{108.2, 12.85}, 108.5}, {"Đắk Nông", orb.Point{107.7, 12.2}, 108.5}, {"Phú Yên", orb.Point{109.05, 13.15}, 108.5},
	{"Gia Lai", orb.Point{108.2, 13.8}, 108.5}, {"Bình Thuận", orb.Point{108.05, 11.1}, 108.5},
}

// farFromProvinces is beyond the middle of every province of those in it, in degrees.
const farFromProvinces = 1.2

// VietnamZone gives the TM-3 zone of VN-2000 that surveyors use in the province whose
// middle is nearest to p: meant for the middle of a province, for a zone is the
// province's, not the place's. ok is false far from Vietnam.
func VietnamZone(p orb.Point) (s System, ok bool) {
	nearest, least := -1, farFromProvinces
	for i := range provinces {
		at := provinces[i].middle
		d := math.Hypot((at[0]-p[0])*math.Cos(p[1]*math.Pi/180), at[1]-p[1])
		if d < least {
			nearest, least = i, d
		}
	}
	if nearest < 0 {
		return System{}, false
	}
	for _, code := range codes() {
		if z, isZone := tm3[code]; isZone && z.meridianDeg == provinces[nearest].meridianDeg {
			return system(code)
		}
	}
	return System{}, false
}

// IsVietnamZone says whether the system is a TM-3 zone of VN-2000, in which provinces
// stake out.
func (s System) IsVietnamZone() bool {
	_, ok := tm3[s.code]
	return ok
}

// Tag is a short name of the system, for a column: vn2000, lv95, utm48n, mercator or
// wgs84.
func (s System) Tag() string {
	switch {
	case s.datum == &vn2000:
		return "vn2000"
	case s.code == codeLV95:
		return "lv95"
	case s.code == codeWebMercator:
		return "mercator"
	case s.code == codeWGS84:
		return "wgs84"
	}
	_, zone, _ := strings.Cut(s.name, "zone ")
	return "utm" + strings.ToLower(zone)
}
