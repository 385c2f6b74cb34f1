package crs

import (
	"math"
	"regexp"
	"strconv"
	"strings"

	"github.com/covgap/covgap/geo"
)

var (
	wktCode      = regexp.MustCompile(`(?i)(?:AUTHORITY|ID)\s*\[\s*"EPSG"\s*,\s*"?(\d+)"?\s*\]\s*\]\s*$`) // of the outermost element
	wktName      = regexp.MustCompile(`(?i)^\s*(PROJCS|PROJCRS|GEOGCS|GEOGCRS)\s*\[\s*"([^"]*)"`)
	wktDatum     = regexp.MustCompile(`(?i)(?:DATUM|ENSEMBLE)\s*\[\s*"([^"]*)"`)
	wktParameter = regexp.MustCompile(`(?i)PARAMETER\s*\[\s*"([^"]*)"\s*,\s*([-+0-9.eE]+)`)
)

// FromWKT gives the system that a well-known text describes, such as the .prj file
// of a shapefile: by the EPSG code it ends with, else by datum and projection. The
// error for any other is a *[geo.InputError] around ErrUnknown.
func FromWKT(wkt string) (System, error) {
	wkt = strings.TrimSpace(strings.TrimPrefix(wkt, "\ufeff"))
	if m := wktCode.FindStringSubmatch(wkt); m != nil {
		return Lookup("EPSG:" + m[1])
	}
	root, datumName := wktName.FindStringSubmatch(wkt), wktDatum.FindStringSubmatch(wkt)
	if root != nil && datumName != nil {
		parameters := map[string]float64{}
		for _, p := range wktParameter.FindAllStringSubmatch(wkt, -1) {
			if v, err := strconv.ParseFloat(p[2], 64); err == nil {
				parameters[letters(p[1])] = v
			}
		}
		if code, ok := match(strings.HasPrefix(strings.ToUpper(root[1]), "PROJ"), letters(root[2]), letters(datumName[1]), parameters); ok {
			return Lookup("EPSG:" + strconv.Itoa(code))
		}
	}
	found := "a description of coordinates that is not well-known text"
	if root != nil {
		found = strconv.Quote(root[2]) + " is not a coordinate reference system known here"
	}
	return System{}, &geo.InputError{Found: found, Expected: "WGS 84, its UTM zones or Web Mercator; VN-2000, its TM-3 and UTM zones; or LV95", Err: ErrUnknown}
}

// letters leaves small letters and digits alone: producers write the same name with
// blanks, underscores, hyphens and in any case.
func letters(s string) string {
	return strings.Map(func(r rune) rune {
		if r >= 'a' && r <= 'z' || r >= '0' && r <= '9' || r == '+' {
			return r
		}
		return -1
	}, strings.ToLower(s))
}

// match finds the registered system with a datum and a projection.
func match(projected bool, name, datumName string, p map[string]float64) (code int, ok bool) {
	var shift *datum
	switch datumName = strings.TrimPrefix(datumName, "d"); {
	case strings.Contains(datumName, "vietnam2000"), strings.Contains(datumName, "vn2000"):
		shift = &vn2000
	case strings.Contains(datumName, "wgs1984"), strings.Contains(datumName, "wgs84"), datumName == "worldgeodeticsystem1984", strings.HasPrefix(datumName, "worldgeodeticsystem1984"):
	case strings.Contains(datumName, "ch1903+"):
		if projected && p["falseeasting"] == 2_600_000 {
			return codeLV95, true
		}
		return 0, false
	default:
		return 0, false
	}
	if strings.Contains(name, "pseudomercator") || strings.Contains(name, "webmercator") {
		return codeWebMercator, shift == nil
	}
	for _, code := range codes() {
		s, _ := system(code)
		if s.datum != shift {
			continue
		}
		if !projected {
			if s.Geographic() {
				return code, true
			}
			continue
		}
		tm, isTM := s.projection.(transverseMercator)
		if isTM && near(tm.meridianDeg, p["centralmeridian"]) && near(tm.scale, p["scalefactor"]) &&
			near(tm.falseEastingM, p["falseeasting"]) && near(tm.falseNorthingM, p["falsenorthing"]) {
			return code, true
		}
	}
	return 0, false
}

// near leaves room for the digits that producers cut off.
func near(a, b float64) bool { return math.Abs(a-b) <= 1e-7*math.Max(1, math.Abs(a)) }
