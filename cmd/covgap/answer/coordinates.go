package answer

import (
	"fmt"
	"math"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/covgap/covgap/geo/angle"
	"github.com/covgap/covgap/geo/crs"
	"github.com/covgap/covgap/geo/geodesy"
	"github.com/paulmach/orb"
)

// Reading is a way to read coordinates that a person wrote.
type Reading struct {
	Form      string  `json:"form"` // decimal, dms or vn2000
	CRS       string  `json:"crs"`  // such as EPSG:9210
	Longitude float64 `json:"longitude"`
	Latitude  float64 `json:"latitude"`
	// Inside says that the place is in the area of the project or within 50 km of it.
	Inside bool `json:"inside"`
}

// nearbyM is how far from the area a place is still taken to be meant.
const nearbyM = 50e3

// vn2000 are the codes of VN-2000 that surveyors use: TM-3 zones by central meridian,
// then UTM.
var vn2000 = []int{9205, 5896, 9206, 9207, 9208, 5897, 9209, 9210, 9211, 9212, 9213, 9214, 9215, 9216, 5899, 9217, 5898, 9218, 3405, 3406}

// ReadCoordinates reads a place in decimal degrees, degrees-minutes-seconds, or metres
// of VN-2000 (with "EPSG:9210" after it, or of the zone that puts it into area). The
// order of the two numbers is taken from letters (N, E, B, Đ, X north and Y east as
// surveyors write), else the one that puts it into the area. The readings come the
// likeliest first: those inside the area, in the order latitude-longitude or
// north-east, of VN-2000 those of zone (such as EPSG:9210) before others. The error is a *QuestionError.
func ReadCoordinates(text string, area orb.Bound, zone string) ([]Reading, error) {
	wide := geodesy.Pad(area, nearbyM)
	plain := strings.NewReplacer("\u00a0", " ", "−", "-").Replace(text)
	readings := readDegrees(plain)
	if len(readings) == 0 {
		readings = readMetres(ungrouped(plain))
	}
	if len(readings) == 0 {
		return nil, questionf("%q is no place; expected latitude and longitude in degrees, such as 22.6541, 106.2583 or 22°39'15\"N 106°15'30\"E, or metres of VN-2000 such as X=2506789 Y=552345", text)
	}
	for i := range readings {
		r := &readings[i]
		r.Longitude, r.Latitude = rounded(r.Longitude, 6), rounded(r.Latitude, 6)
		r.Inside = wide.Contains(orb.Point{r.Longitude, r.Latitude})
	}
	slices.SortStableFunc(readings, func(a, b Reading) int {
		switch {
		case a.Inside == b.Inside:
			return 0
		case a.Inside:
			return -1
		}
		return 1
	})
	if readings[0].Inside { // the others are not meant
		readings = slices.DeleteFunc(readings, func(r Reading) bool { return !r.Inside })
	}
	slices.SortStableFunc(readings, func(a, b Reading) int {
		switch ours := a.CRS == zone; {
		case ours == (b.CRS == zone):
			return 0
		case ours:
			return -1
		}
		return 1
	})
	return readings, nil
}

var (
	// groups is a number of metres with its thousands set apart, as reports print it in
	// Vietnamese or in English.
	groups = regexp.MustCompile(`(^|[^\d.,])(\d{1,3}(?:(?:\.\d{3})+(?:,\d+)?|(?:,\d{3})+(?:\.\d+)?))($|[^\d.,]|,\s)`)
	epsg   = regexp.MustCompile(`(?i)\bEPSG:\d+\b`)
)

// ungrouped gives a text with the numbers that have their thousands set apart as plain
// ones: 2.519.529 and 2,519,529 are 2519529.
func ungrouped(text string) string {
	for groups.MatchString(text) { // a mark between two numbers belongs to one match alone
		text = groups.ReplaceAllStringFunc(text, func(m string) string {
			part := groups.FindStringSubmatch(m)
			number := strings.NewReplacer(".", "", ",", ".").Replace(part[2])
			if comma, dot := strings.IndexByte(part[2], ','), strings.IndexByte(part[2], '.'); comma >= 0 && (dot < 0 || comma < dot) {
				number = strings.ReplaceAll(part[2], ",", "")
			}
			return part[1] + number + part[3]
		})
	}
	return text
}

// readDegrees reads two angles; nil when there are none.
func readDegrees(text string) []Reading {
	numbers, letters := angle.Split(angle.Parse(text))
	// The second angle begins with the second degree sign, else in the middle.
	half := len(numbers) / 2
	seen := 0
	for i, n := range numbers {
		if n.Mark == '°' {
			if seen++; seen == 2 {
				half = i
			}
		}
	}
	if len(numbers) < 2 || len(letters) != 0 && len(letters) != 2 || seen > 2 || seen < 2 && len(numbers)%2 != 0 {
		return nil
	}
	first, ok1 := angle.Join(numbers[:half])
	second, ok2 := angle.Join(numbers[half:])
	if !ok1 || !ok2 {
		return nil
	}
	form := "decimal"
	if len(numbers) > 2 {
		form = "dms"
	}
	var out []Reading
	add := func(lat, lon float64) {
		if math.Abs(lat) <= 90 && math.Abs(lon) <= 180 {
			out = append(out, Reading{Form: form, CRS: "EPSG:4326", Longitude: lon, Latitude: lat})
		}
	}
	if letters == nil {
		add(first, second)
		add(second, first)
		return out
	}
	sign := func(letter rune) float64 {
		if letter == 'S' || letter == 'W' {
			return -1
		}
		return 1
	}
	first, second = first*sign(letters[0]), second*sign(letters[1])
	switch isNorth, isEast := strings.ContainsRune("NS", letters[0]), strings.ContainsRune("EW", letters[0]); {
	case isNorth && strings.ContainsRune("EW", letters[1]):
		add(first, second)
	case isEast && strings.ContainsRune("NS", letters[1]):
		add(second, first)
	}
	return out
}

// readMetres reads northing and easting of VN-2000, of a zone that is named or of all
// in whose area they lie.
func readMetres(text string) []Reading {
	codes := vn2000
	if code := epsg.FindString(text); code != "" {
		n, err := strconv.Atoi(code[len("EPSG:"):])
		if err != nil || !slices.Contains(vn2000, n) {
			return nil
		}
		codes, text = []int{n}, strings.Replace(text, code, "", 1)
	}
	numbers, letters := angle.Split(angle.Parse(text))
	if len(numbers) != 2 || len(letters) != 0 && len(letters) != 2 || slices.ContainsFunc(numbers, func(p angle.Part) bool { return p.Mark != 0 || !(p.Value >= 1000) }) {
		return nil
	}
	north, east := numbers[0].Value, numbers[1].Value
	orders := [][2]float64{{north, east}, {east, north}}
	if letters != nil {
		switch {
		case strings.ContainsRune("XN", letters[0]) && strings.ContainsRune("YE", letters[1]):
			orders = orders[:1]
		case strings.ContainsRune("YE", letters[0]) && strings.ContainsRune("XN", letters[1]):
			orders = orders[1:]
		default:
			return nil
		}
	}
	var out []Reading
	for _, o := range orders {
		for _, n := range codes {
			code := fmt.Sprintf("EPSG:%d", n)
			system, err := crs.Lookup(code)
			if err != nil {
				panic(err) // the package knows its own codes
			}
			if p, err := system.ToWGS84(o[1], o[0]); err == nil {
				out = append(out, Reading{Form: "vn2000", CRS: code, Longitude: p.Lon(), Latitude: p.Lat()})
			}
		}
	}
	return out
}
