package data

import (
	"errors"
	"fmt"
	"math"
	"strconv"
	"strings"

	"github.com/covgap/covgap/geo"
	"github.com/covgap/covgap/geo/crs"
	"github.com/covgap/covgap/geo/geodesy"
	"github.com/covgap/covgap/geo/geojson"
	"github.com/paulmach/orb"
)

// farKm is the distance beyond which a record cannot belong to the study: more
// than any computing radius.
const farKm = 100.0

// locator turns coordinates of files into positions and recognises those that
// are something else.
type locator struct {
	swap      bool
	named     *crs.System // by the user; nil for none, and for WGS 84
	overrides bool        // the user names a system, whatever files declare
	reference orb.Bound
	known     bool // reference is

	// Of the file at hand.
	file    string
	code    string // of system, "" for WGS 84
	system  crs.System
	n       int // coordinates seen
	count   map[fault]int
	first   map[fault]*geo.InputError
	samples []orb.Point // of coordinates in metres, as they stand in the file
}

// fault is a kind of wrong coordinates.
type fault int

const (
	isSwapped fault = iota
	isProjected
	isGeographic
	isFar
)

func newLocator(opt Options) (*locator, error) {
	l := &locator{swap: opt.SwapXY, reference: opt.Reference}
	if l.reference == (orb.Bound{}) {
		l.reference = opt.Areas.Bound()
	}
	l.known = l.reference != orb.Bound{}
	var err error
	if l.named, err = projected(opt.InCRS); err != nil {
		return nil, fmt.Errorf("data: --in-crs: %w", err)
	}
	l.overrides = strings.TrimSpace(opt.InCRS) != ""
	return l, nil
}

// projected gives the system of a code, nil for WGS 84 and for no code.
func projected(code string) (*crs.System, error) {
	if code = strings.TrimSpace(code); code == "" {
		return nil, nil
	}
	system, err := crs.Lookup(code)
	if err != nil || system.Code() == "EPSG:4326" {
		return nil, err
	}
	return &system, nil
}

// begin takes up a file: in the system that the user names, else in that which it
// declares.
func (l *locator) begin(s *Stream) error {
	system := l.named
	if !l.overrides {
		var err error
		if system, err = projected(s.CRS); err != nil {
			var in *geo.InputError
			if errors.As(err, &in) {
				in.Pos.File, in.Hint = s.File, "name the system with --in-crs, or reproject the file: ogr2ogr -t_srs EPSG:4326 out.gpkg "+s.File
			}
			return err
		}
	}
	if l.code, l.system = "", (crs.System{}); system != nil {
		l.code, l.system = system.Code(), *system
	}
	l.file, l.n = s.File, 0
	l.count, l.first = map[fault]int{}, map[fault]*geo.InputError{}
	l.samples = l.samples[:0]
	return nil
}

// declared says whether err is a file's declaration of the system that the user
// named too.
func (l *locator) declared(err error) bool {
	var declared *geojson.CRSError
	return errors.As(err, &declared) && l.code != "" && strings.EqualFold(declared.Code, l.code)
}

// near says whether p lies within farKm of the reference.
func (l *locator) near(p orb.Point) bool { return l.awayKm(p) <= farKm }

// awayKm is the distance to the bound of the reference, 0 within it.
func (l *locator) awayKm(p orb.Point) float64 {
	q := orb.Point{
		math.Max(l.reference.Min[0], math.Min(p[0], l.reference.Max[0])),
		math.Max(l.reference.Min[1], math.Min(p[1], l.reference.Max[1])),
	}
	if p == q {
		return 0
	}
	return geodesy.Distance(p, q) / 1000
}

// convert reads a coordinate pair of the file, x to the east.
func (l *locator) convert(p orb.Point) (orb.Point, error) {
	if l.swap {
		p[0], p[1] = p[1], p[0]
	}
	if l.code == "" {
		return p, nil
	}
	return l.system.ToWGS84(p[0], p[1])
}

func isLonLat(p orb.Point) bool { return math.Abs(p[0]) <= 180 && math.Abs(p[1]) <= 90 }

// smallestProjected is less than any coordinate in metres that lies on land in
// the systems people use, and more than any mistyped degree.
const smallestProjected = 1000

// locate gives the position of a coordinate pair as it stands in the file.
func (l *locator) locate(raw orb.Point) (orb.Point, *geo.InputError) {
	l.n++
	found := pairText(raw)
	metres := math.Max(math.Abs(raw[0]), math.Abs(raw[1])) >= smallestProjected
	if metres && len(l.samples) < peekedCount {
		l.samples = append(l.samples, raw)
	}
	p, err := l.convert(raw)
	switch {
	case err == nil && l.code == "" && metres:
		return p, l.note(isProjected, &geo.InputError{
			Found: found, Expected: "degrees", Hint: l.guess([]orb.Point{raw}), Err: ErrCoordinates,
		})
	case err != nil && !metres && !l.system.Geographic():
		return p, l.note(isGeographic, &geo.InputError{
			Found: found, Expected: "metres of " + l.code, Hint: "these are degrees: leave out --in-crs", Err: ErrCoordinates,
		})
	case err == nil && p == orb.Point{} && raw == p:
		return p, &geo.InputError{Found: found, Expected: "a position", Hint: "zero stands for blank", Err: ErrCoordinates}
	case err == nil && isLonLat(p) && (!l.known || l.near(p)):
		return p, nil
	}
	if other, e := l.convert(orb.Point{raw[1], raw[0]}); e == nil && isLonLat(other) && (!l.known || l.near(other)) {
		return p, l.note(isSwapped, l.swapError(found))
	}
	switch {
	case err != nil:
		return p, &geo.InputError{Found: found, Expected: "a coordinate of " + l.code, Hint: err.Error(), Err: ErrCoordinates}
	case !isLonLat(p):
		return p, &geo.InputError{Found: found, Expected: "longitude -180 to 180, latitude -90 to 90", Err: ErrCoordinates}
	}
	return p, l.note(isFar, &geo.InputError{
		Found:    fmt.Sprintf("%s, %.0f km outside the area", pairText(p), l.awayKm(p)),
		Expected: fmt.Sprintf("a position within %.0f km of it", farKm), Err: ErrCoordinates,
	})
}

func (l *locator) note(k fault, e *geo.InputError) *geo.InputError {
	l.count[k]++
	if l.first[k] == nil {
		l.first[k] = e
	}
	return e
}

func (l *locator) swapError(found string) *geo.InputError {
	expected, hint := "longitude, latitude", "latitude and longitude are swapped: --swap-xy"
	if l.code != "" {
		expected, hint = "easting, northing", "northing and easting are swapped, as VN-2000 surveys write X = north and Y = east: --swap-xy"
	}
	if l.swap {
		hint = "the file is in order: leave out --swap-xy"
	}
	return &geo.InputError{Found: found, Expected: expected, Hint: hint, Err: ErrCoordinates}
}

func pairText(p orb.Point) string {
	return strconv.FormatFloat(p[0], 'f', -1, 64) + ", " + strconv.FormatFloat(p[1], 'f', -1, 64)
}

// judge looks at the file as a whole: coordinates that are wrong throughout are
// one error, not a reject for every row. Its place is that of the first such row,
// which the row's reject has filled in.
func (l *locator) judge() error {
	whole := func(k fault, what string) *geo.InputError {
		e := *l.first[k]
		e.Found = fmt.Sprintf("%s in %d of %d rows, the first %s", what, l.count[k], l.n, e.Found)
		return &e
	}
	switch {
	case 2*l.count[isSwapped] > l.n:
		if l.code != "" {
			return whole(isSwapped, "northing where easting is expected")
		}
		return whole(isSwapped, "latitude where longitude is expected")
	case 2*l.count[isGeographic] > l.n:
		return whole(isGeographic, "degrees instead of metres")
	case 2*l.count[isProjected] > l.n:
		e := whole(isProjected, "metres instead of degrees")
		e.Hint = l.guess(l.samples)
		return e
	case l.n > 0 && l.count[isFar] == l.n:
		e := whole(isFar, "positions outside the area")
		if hint := l.fit(l.samples); l.code != "" && hint != "" {
			e.Hint = "another zone? " + hint
		}
		return e
	}
	return nil
}

// candidates are the systems tried on projected coordinates, the likely first.
// VN-2000 in zones of 3° has a central meridian for each province: EPSG:9205 to
// 9218 and 5896 to 5899.
var candidates = []string{
	"EPSG:9205", "EPSG:9206", "EPSG:9207", "EPSG:9208", "EPSG:9209", "EPSG:9210", "EPSG:9211",
	"EPSG:9212", "EPSG:9213", "EPSG:9214", "EPSG:9215", "EPSG:9216", "EPSG:9217", "EPSG:9218",
	"EPSG:5896", "EPSG:5897", "EPSG:5898", "EPSG:5899", "EPSG:3405", "EPSG:3406",
	"EPSG:32647", "EPSG:32648", "EPSG:32649", "EPSG:32632", "EPSG:2056", "EPSG:3857",
}

// guess names the flag that would read projected coordinates: by trying the
// candidates against the reference, else by the size of the numbers.
func (l *locator) guess(samples []orb.Point) string {
	if hint := l.fit(samples); hint != "" {
		return hint
	}
	p := samples[0]
	for range 2 {
		x, y := math.Abs(p[0]), math.Abs(p[1])
		swap := ""
		if p != samples[0] {
			swap = " --swap-xy (VN-2000 surveys write X = north and Y = east)"
		}
		switch {
		case x >= 100e3 && x <= 900e3 && y >= 850e3 && y <= 2.7e6: // Vietnam, 8° to 24° N
			return "metres of VN-2000 or UTM: --in-crs EPSG:9210" + swap + ", with the code of your province's zone (EPSG:9205 to 9218; UTM EPSG:3405, EPSG:32648)"
		case x >= 2.48e6 && x <= 2.84e6 && y >= 1.07e6 && y <= 1.3e6:
			return "metres of Swiss LV95: --in-crs EPSG:2056" + swap
		}
		p[0], p[1] = p[1], p[0]
	}
	return "metres of a projected system: --in-crs EPSG:CODE"
}

// fit tries the candidates in both orders and names those that put most samples
// within the reference.
func (l *locator) fit(samples []orb.Point) string {
	if !l.known || len(samples) == 0 {
		return ""
	}
	best, hints := 0, []string(nil)
	for _, swap := range []bool{false, true} {
		for _, code := range candidates {
			system, err := crs.Lookup(code)
			if err != nil {
				continue
			}
			inside := 0
			for _, s := range samples {
				if swap {
					s[0], s[1] = s[1], s[0]
				}
				if p, err := system.ToWGS84(s[0], s[1]); err == nil && l.reference.Contains(p) {
					inside++
				}
			}
			if inside < best || inside == 0 {
				continue
			}
			if inside > best {
				best, hints = inside, nil
			}
			flag := "--in-crs " + code
			if swap {
				flag += " --swap-xy"
			}
			hints = append(hints, flag)
		}
	}
	if len(hints) == 0 {
		return ""
	}
	const most = 3
	hint := strings.Join(hints[:min(most, len(hints))], " or ")
	if more := len(hints) - most; more == 1 {
		hint += " or one more system"
	} else if more > 1 {
		hint += fmt.Sprintf(" or one of %d more systems", more)
	}
	hint += fmt.Sprintf(" would put %d of %d within the area", best, len(samples))
	if strings.Contains(hints[0], "swap") {
		hint += " (VN-2000 surveys write X = north and Y = east)"
	}
	return hint
}
