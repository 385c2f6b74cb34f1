package crs

import (
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"

	"github.com/paulmach/orb"
)

// Codes of the EPSG register (https://epsg.org).
const (
	codeWGS84       = 4326
	codeWebMercator = 3857
	codeUTMNorth    = 32600 // + zone
	codeUTMSouth    = 32700 // + zone
	codeVN2000      = 4756
	codeLV95        = 2056
)

// tm3 holds the central meridians of the TM-3 zones of VN-2000, from the EPSG
// register v10.076 as in PROJ 9.1.1.
var tm3 = map[int]struct {
	name        string
	meridianDeg float64
}{
	5896: {"zone 481", 102},
	5897: {"zone 482", 105},
	5898: {"zone 491", 108},
	5899: {"107-45", 107.75}, // Quang Ninh, Da Nang, Quang Nam, Dong Nai, Ba Ria-Vung Tau, Lam Dong
	9205: {"103-00", 103},    // Dien Bien, Lai Chau
	9206: {"104-00", 104},    // Son La
	9207: {"104-30", 104.5},  // Ca Mau, Kien Giang
	9208: {"104-45", 104.75}, // An Giang, Lao Cai, Nghe An, Phu Tho, Yen Bai
	9209: {"105-30", 105.5},  // Bac Ninh, Ha Giang, Ha Tinh, Hai Duong, Hung Yen, Nam Dinh, Soc Trang, Tay Ninh, Thai Binh, Tra Vinh, Vinh Long
	9210: {"105-45", 105.75}, // Hai Phong, Ho Chi Minh City, Ben Tre, Binh Duong, Cao Bang, Long An, Tien Giang
	9211: {"106-00", 106},    // Hoa Binh, Quang Binh, Tuyen Quang
	9212: {"106-15", 106.25}, // Binh Phuoc, Quang Tri
	9213: {"106-30", 106.5},  // Bac Kan, Thai Nguyen
	9214: {"107-00", 107},    // Bac Giang, Thua Thien-Hue
	9215: {"107-15", 107.25}, // Lang Son
	9216: {"107-30", 107.5},  // Kon Tum
	9217: {"108-15", 108.25}, // Binh Dinh, Khanh Hoa, Ninh Thuan
	9218: {"108-30", 108.5},  // Binh Thuan, Dak Lak, Dak Nong, Gia Lai, Phu Yen
}

// vietnamUTM holds the zones of VN-2000 / UTM.
var vietnamUTM = map[int]int{3405: 48, 3406: 49}

var (
	world = orb.Bound{Min: orb.Point{-180, -90}, Max: orb.Point{180, 90}}

	// vietnam reaches from the border with China to the islands in the sea.
	// National data often stand in one zone throughout: no zone is narrower.
	vietnam = orb.Bound{Min: orb.Point{101, 6}, Max: orb.Point{118, 24.5}}

	// switzerland is EPSG's area of LV95 with a margin of half a degree.
	switzerland = orb.Bound{Min: orb.Point{5.4, 45.3}, Max: orb.Point{11, 48.3}}
)

// webMercatorLatDeg is where Web Mercator's square world ends.
const webMercatorLatDeg = 85.06

// system gives the system with a code.
func system(code int) (System, bool) {
	s := System{code: code}
	switch {
	case code == codeWGS84:
		s.name, s.projection, s.area = "WGS 84", geographic{}, world
	case code == codeWebMercator:
		s.name, s.projection, s.area = "WGS 84 / Pseudo-Mercator", webMercator{}, world
		s.area.Min[1], s.area.Max[1] = -webMercatorLatDeg, webMercatorLatDeg
	case code > codeUTMNorth && code <= codeUTMNorth+60:
		zone := code - codeUTMNorth
		s.name, s.projection, s.area = fmt.Sprintf("WGS 84 / UTM zone %dN", zone), utm(zone, 0), utmArea(zone, 0, 84)
	case code > codeUTMSouth && code <= codeUTMSouth+60:
		zone := code - codeUTMSouth
		s.name, s.projection, s.area = fmt.Sprintf("WGS 84 / UTM zone %dS", zone), utm(zone, 10_000_000), utmArea(zone, -80, 0)
	case code == codeVN2000:
		s.name, s.projection, s.datum, s.area = "VN-2000", geographic{}, &vn2000, vietnam
	case vietnamUTM[code] != 0:
		zone := vietnamUTM[code]
		s.name, s.projection, s.datum, s.area = fmt.Sprintf("VN-2000 / UTM zone %dN", zone), utm(zone, 0), &vn2000, vietnam
	case tm3[code].name != "":
		z := tm3[code]
		s.name, s.datum, s.area = "VN-2000 / TM-3 "+z.name, &vn2000, vietnam
		s.projection = transverseMercator{meridianDeg: z.meridianDeg, scale: 0.9999, falseEastingM: 500_000}
	case code == codeLV95:
		s.name, s.projection, s.datum, s.area = "CH1903+ / LV95", lv95{}, &ch1903plus, switzerland
	default:
		return System{}, false
	}
	return s, true
}

func utmMeridianDeg(zone int) float64 { return float64(6*zone - 183) }

func utm(zone int, falseNorthingM float64) transverseMercator {
	return transverseMercator{meridianDeg: utmMeridianDeg(zone), scale: 0.9996, falseEastingM: 500_000, falseNorthingM: falseNorthingM}
}

// utmArea is the zone with half a zone on either side: data near a border are
// kept in one zone. At the antimeridian it ends.
func utmArea(zone int, southDeg, northDeg float64) orb.Bound {
	m := utmMeridianDeg(zone)
	return orb.Bound{
		Min: orb.Point{math.Max(m-6, -180), southDeg},
		Max: orb.Point{math.Min(m+6, 180), northDeg},
	}
}

// codes gives all codes in order.
func codes() []int {
	cs := []int{codeWGS84, codeWebMercator, codeVN2000, codeLV95}
	for c := range tm3 {
		cs = append(cs, c)
	}
	for c := range vietnamUTM {
		cs = append(cs, c)
	}
	for zone := 1; zone <= 60; zone++ {
		cs = append(cs, codeUTMNorth+zone, codeUTMSouth+zone)
	}
	slices.Sort(cs)
	return cs
}

// suggestion gives a hint for an unknown code: the system with this name, or the
// one whose code is a slip of the finger away. Slips are looked for in the order
// of the codes, transposed digits first; "" where none is near.
func suggestion(text string) string {
	didYouMean := func(s System) string { return fmt.Sprintf("did you mean %s, %s?", s.Code(), s.name) }
	fold := func(s string) string {
		return strings.Map(func(r rune) rune {
			if strings.ContainsRune(" -/_:", r) {
				return -1
			}
			return r
		}, strings.ToLower(s))
	}
	want := fold(text)
	for _, c := range codes() {
		s, _ := system(c)
		if name := fold(s.name); want != "" && (name == want || len(want) >= 4 && strings.HasSuffix(name, want)) {
			return didYouMean(s)
		}
	}
	n, ok := number(text)
	if !ok {
		return "give the number of the system in the EPSG register"
	}
	digits := strconv.Itoa(n)
	for _, slip := range []func(a, b string) bool{transposed, oneReplaced, oneMissing} {
		for _, c := range codes() {
			if slip(digits, strconv.Itoa(c)) {
				s, _ := system(c)
				return didYouMean(s)
			}
		}
	}
	return ""
}

// transposed says whether a is b with two neighbouring digits exchanged.
func transposed(a, b string) bool {
	i := differsAt(a, b)
	return len(a) == len(b) && i+1 < len(a) && a[i] == b[i+1] && a[i+1] == b[i] && a[i+2:] == b[i+2:]
}

// oneReplaced says whether a and b differ in one digit.
func oneReplaced(a, b string) bool {
	i := differsAt(a, b)
	return len(a) == len(b) && i < len(a) && a[i+1:] == b[i+1:]
}

// oneMissing says whether one of a and b lacks a digit of the other.
func oneMissing(a, b string) bool {
	if len(a) > len(b) {
		a, b = b, a
	}
	i := differsAt(a, b)
	return len(a)+1 == len(b) && a[i:] == b[i+1:]
}

// differsAt gives the index of the first difference, at most the shorter length.
func differsAt(a, b string) int {
	i := 0
	for i < len(a) && i < len(b) && a[i] == b[i] {
		i++
	}
	return i
}
