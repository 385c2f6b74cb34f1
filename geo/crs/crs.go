// Package crs transforms coordinates between WGS 84 and the reference systems in
// which Vietnamese and Swiss data come: VN-2000, UTM, Web Mercator, LV95.
//
// Projections agree with PROJ within 0.1 mm. A change of datum is as good as its
// published parameters: about 1 m for VN-2000 (EPSG:6960) and for LV95 (EPSG:1676).
// Heights are taken as zero on the source ellipsoid and dropped, as in PROJ's
// two-dimensional systems; over the ground of Vietnam that is worth 0.1 m at most.
package crs

import (
	"errors"
	"fmt"
	"math"
	"strconv"
	"strings"

	"github.com/covgap/covgap/geo"
	"github.com/paulmach/orb"
)

// Errors of this package. Both come inside a [geo.InputError] that says what was
// expected and gives a hint; the caller adds the place in the file.
var (
	ErrUnknown = errors.New("crs: unknown coordinate reference system")
	ErrOutside = errors.New("crs: position outside the area of the coordinate reference system")
)

// System is a coordinate reference system. [Lookup] gives one.
type System struct {
	code       int
	name       string
	projection projection
	datum      *datum    // nil for WGS 84
	area       orb.Bound // where it is meant to be used, longitude and latitude
}

// projection is a map between geographic coordinates of its own datum in degrees
// and plane coordinates in metres.
type projection interface {
	forward(lonDeg, latDeg float64) (x, y float64)
	// inverse may give NaN far from the area.
	inverse(x, y float64) (lonDeg, latDeg float64)
}

// geographic is the projection of systems in degrees: none.
type geographic struct{}

func (geographic) forward(lonDeg, latDeg float64) (x, y float64) { return lonDeg, latDeg }
func (geographic) inverse(x, y float64) (lonDeg, latDeg float64) { return x, y }

// Lookup gives the system with an EPSG code, written "EPSG:9210", "9210", or as
// the URN or URL of OGC. "OGC:CRS84", the system of GeoJSON, is WGS 84 too.
//
// There are WGS 84 (4326), its UTM zones (32601 to 32660, 32701 to 32760) and Web
// Mercator (3857); VN-2000 (4756), its TM-3 zones (5896 to 5899, 9205 to 9218) and
// UTM zones (3405, 3406); and Swiss LV95 (2056). The error for any other is a
// *[geo.InputError] around ErrUnknown.
func Lookup(code string) (System, error) {
	if n, ok := number(code); ok {
		if s, ok := system(n); ok {
			return s, nil
		}
	}
	return System{}, &geo.InputError{
		Found: strconv.Quote(code) + " is not a coordinate reference system known here",
		Expected: "EPSG:4326, 3857, 32601 to 32660 or 32701 to 32760 (UTM); 4756, 5896 to 5899, 9205 to 9218 (VN-2000 TM-3), " +
			"3405 or 3406 (VN-2000 UTM); or 2056 (LV95)",
		Hint: suggestion(code),
		Err:  ErrUnknown,
	}
}

// number reads the forms in which an EPSG code is written.
func number(code string) (int, bool) {
	s := strings.ToUpper(strings.TrimSpace(code))
	switch s {
	case "OGC:CRS84", "CRS84", "URN:OGC:DEF:CRS:OGC:1.3:CRS84", "URN:OGC:DEF:CRS:OGC::CRS84",
		"HTTP://WWW.OPENGIS.NET/DEF/CRS/OGC/1.3/CRS84":
		return codeWGS84, true
	}
	for _, prefix := range []string{
		"EPSG:", "URN:OGC:DEF:CRS:EPSG::", "HTTP://WWW.OPENGIS.NET/DEF/CRS/EPSG/0/",
		"HTTPS://WWW.OPENGIS.NET/DEF/CRS/EPSG/0/",
	} {
		if rest, ok := strings.CutPrefix(s, prefix); ok {
			s = rest
			break
		}
	}
	n, err := strconv.Atoi(s)
	return n, err == nil
}

// Code is the EPSG code, such as "EPSG:9210".
func (s System) Code() string { return "EPSG:" + strconv.Itoa(s.code) }

// Name is the name in the EPSG register, such as "VN-2000 / TM-3 105-45".
func (s System) Name() string { return s.name }

// Geographic says whether coordinates are longitude and latitude in degrees;
// otherwise they are metres.
func (s System) Geographic() bool {
	_, ok := s.projection.(geographic)
	return ok
}

// ToWGS84 gives the position with easting or longitude x and northing or latitude
// y, in this order whatever the register says. The error, for coordinates that do
// not lie in the system's area, is a *[geo.InputError] around ErrOutside.
func (s System) ToWGS84(x, y float64) (orb.Point, error) {
	p, ok := s.toWGS84(x, y)
	if !ok {
		return orb.Point{}, s.outside(x, y)
	}
	return p, nil
}

func (s System) toWGS84(x, y float64) (orb.Point, bool) {
	lon, lat := s.projection.inverse(x, y)
	if !contains(s.area, lon, lat) {
		return orb.Point{}, false
	}
	if s.datum != nil {
		lon, lat = s.datum.toWGS84(lon, lat)
	}
	return orb.Point{lon, lat}, true
}

// FromWGS84 gives easting or longitude x and northing or latitude y of a position.
// The error, for a position that does not lie in the system's area, is a
// *[geo.InputError] around ErrOutside.
func (s System) FromWGS84(p orb.Point) (x, y float64, err error) {
	lon, lat := p.Lon(), p.Lat()
	if s.datum != nil && contains(s.area, lon, lat) { // NaN goes no further
		lon, lat = s.datum.fromWGS84(lon, lat)
	}
	if !contains(s.area, lon, lat) {
		return 0, 0, &geo.InputError{
			Found:    fmt.Sprintf("longitude %.10g, latitude %.10g", p.Lon(), p.Lat()),
			Expected: s.expected(),
			Err:      ErrOutside,
		}
	}
	x, y = s.projection.forward(lon, lat)
	return x, y, nil
}

func (s System) expected() string {
	return fmt.Sprintf("a position in the area of %s (%s): longitude %g to %g, latitude %g to %g",
		s.name, s.Code(), s.area.Min[0], s.area.Max[0], s.area.Min[1], s.area.Max[1])
}

func (s System) outside(x, y float64) error {
	e := &geo.InputError{
		Found:    fmt.Sprintf("x %.10g, y %.10g", x, y),
		Expected: s.expected(),
		Err:      ErrOutside,
	}
	degrees := math.Abs(x) <= 180 && math.Abs(y) <= 180
	switch _, swapped := s.toWGS84(y, x); {
	case swapped:
		e.Hint = "x and y look swapped: --swap-xy"
	case s.Geographic() && !degrees:
		e.Hint = "metres? name their system, such as --in-crs EPSG:9210"
	case !s.Geographic() && degrees:
		e.Hint = "degrees? --in-crs EPSG:4326"
	case !s.Geographic():
		e.Hint = "coordinates of another zone?"
	}
	return e
}

// contains says whether the box holds a position; not when a coordinate is NaN.
func contains(b orb.Bound, lon, lat float64) bool {
	return lon >= b.Min[0] && lon <= b.Max[0] && lat >= b.Min[1] && lat <= b.Max[1]
}
