package data

import (
	"context"
	"fmt"
	"math"
	"slices"
	"strings"

	"github.com/covgap/covgap/geo"
	"github.com/paulmach/orb"
)

// ReadVillages reads villages from one or more files. A village without
// population takes 3.6 people a household, else what [Options.People] has, else its
// commune's, shared by area among the commune's villages, else the median of the villages that have one; with none
// anywhere it stays 0 and [Village.Weight] is its area. The report lists what was
// assumed.
//
// Rows with one id and the same attributes are the parts of one village, as in
// files of postcodes. Under an id column that was only proposed (plz, bfs, code …),
// rows that differ are villages of their own, id and id-2; under an id column
// proper the second is rejected.
//
// Errors are those of [ReadSites].
func ReadVillages(ctx context.Context, paths []string, opt Options) ([]Village, *Report, error) {
	if opt.RadiusM == 0 {
		opt.RadiusM = DefaultRadiusM
	}
	rd, err := newReader(Villages, opt)
	if err != nil {
		return nil, nil, err
	}
	v := &villageReader{reader: rd, parts: newParts(rd)}
	if err := rd.each(ctx, paths, "id", []string{"longitude", "latitude"}, v.take); err != nil {
		return nil, rd.report, err
	}
	for i := range v.villages {
		switch mp := v.parts.geometry[i]; {
		case len(mp) == 1:
			v.villages[i].Geometry = mp[0]
		case len(mp) > 1:
			v.villages[i].Geometry = mp
		}
	}
	v.communes()
	v.populations()
	rd.arrange(&rd.schema)
	rd.report.Records = len(v.villages)
	return v.villages, rd.report, nil
}

type villageReader struct {
	*reader
	villages []Village
	parts    *parts
}

func (v *villageReader) take(r *row) {
	var mp orb.MultiPolygon
	var radiusM float64
	var point orb.Point
	switch g := r.f.Geometry.(type) {
	case orb.Polygon, orb.MultiPolygon:
		mp = r.outline(polygons(g))
	case orb.Point, nil:
		if g == nil && !v.hasPosition(r) {
			r.fail("geometry", geo.Field{}, &geo.InputError{
				Found: "no geometry", Expected: "a polygon, or a point with radius_m", Err: ErrGeometry,
			})
			return
		}
		point = r.position()
		var ok bool
		if radiusM, ok = r.number("radius_m", ""); !ok {
			radiusM = v.opt.RadiusM
			r.assume("radius_m", format(radiusM), "points without a radius")
		}
	default:
		r.fail("geometry", geo.Field{}, &geo.InputError{
			Found: "a " + g.GeoJSONType(), Expected: "a polygon, or a point with radius_m", Err: ErrGeometry,
		})
	}
	village := Village{
		Name:         r.text("name", ""),
		CommuneCode:  r.text("commune_code", ""),
		Commune:      r.text("commune", ""),
		GridPower:    r.yesNo("grid_power"),
		FundEligible: r.yesNo("fund_eligible"),
		DeclaredDate: r.date("declared_date", ""),
		Declared:     v.declared(r),
		RadiusM:      radiusM,
		Pos:          r.f.Pos,
	}
	if radiusM > 0 {
		village.Geometry = point
	}
	village.Population, _ = r.number("population", "")
	village.Households, _ = r.number("households", "")
	village.Priority, _ = r.number("priority", "")
	year, _ := r.number("grid_power_year", "")
	village.GridPowerYear = int(year)
	village.Center = v.center(r)
	if r.err != nil {
		return
	}
	i, fresh := v.parts.place(r, mp, point)
	if r.err != nil || !fresh {
		return
	}
	village.ID = v.parts.ids[i]
	v.villages = append(v.villages, village)
}

// hasPosition says whether a row without geometry has coordinates.
func (v *villageReader) hasPosition(r *row) bool {
	_, x := r.field("longitude", "")
	_, y := r.field("latitude", "")
	return x || y
}

// center reads centre_lon and centre_lat, which are degrees in a file of metres
// too.
func (v *villageReader) center(r *row) *orb.Point {
	fd, ok := r.field("centre_lon", "")
	if !ok {
		if _, ok := r.field("centre_lat", ""); !ok {
			return nil
		}
	}
	p, ok := r.pair("centre_lon", "centre_lat")
	if !ok || r.err != nil {
		return nil
	}
	if isLonLat(p) && (!v.locator.known || v.locator.near(p)) {
		return &p
	}
	e := &geo.InputError{Found: pairText(p), Expected: "a position near the village", Err: ErrCoordinates}
	if q := (orb.Point{p[1], p[0]}); isLonLat(q) && (!v.locator.known || v.locator.near(q)) {
		e.Hint = "centre_lon and centre_lat are swapped: --map villages.centre_lon=" + r.b.columns["centre_lat"].any.name +
			" --map villages.centre_lat=" + r.b.columns["centre_lon"].any.name
	}
	r.fail("centre_lon, centre_lat", geo.Field{Line: fd.Line, Column: fd.Column}, e)
	return nil
}

// declaredWords are what communes and operators write, folded. The longer first:
// "không có sóng" holds "có sóng".
var declaredWords = []struct {
	word  string
	class Class
}{
	{"khongco", None},
	{"khongsong", None},
	{"chuaco", None},
	{"trangsong", None},
	{"matsong", None},
	{"notserved", None},
	{"unserved", None},
	{"nosignal", None},
	{"nocoverage", None},
	{"none", None},
	{"yeu", Weak},
	{"lomsong", Weak},
	{"weak", Weak},
	{"poor", Weak},
	{"cosong", Served},
	{"dacosong", Served},
	{"daphu", Served},
	{"tot", Served},
	{"good", Served},
	{"served", Served},
	{"covered", Served},
}

func (v *villageReader) declared(r *row) Class {
	fd, ok := r.field("declared_status", "")
	if !ok || r.err != nil {
		return ""
	}
	f := geo.Fold(fd.Value)
	for _, w := range declaredWords {
		if strings.Contains(f, w.word) {
			return w.class
		}
	}
	r.unreadable("declared_status", fd, &geo.InputError{
		Found: fd.Value, Expected: "none, weak or served (không có sóng, yếu, có sóng)", Hint: "other words can be translated in the mapping, under values",
	})
	return ""
}

// communes fills in commune codes and names: by code, else by position.
func (v *villageReader) communes() {
	ix := v.opt.Areas
	if ix == nil {
		return
	}
	numeric := map[string]*Area{} // codes without leading zeros, as spreadsheets leave them
	for i := range ix.areas {
		if a := &ix.areas[i]; isDigits(a.Code) {
			numeric[strings.TrimLeft(a.Code, "0")] = a
		}
	}
	for i := range v.villages {
		village := &v.villages[i]
		area, ok := ix.ByCode(village.CommuneCode)
		if !ok && isDigits(village.CommuneCode) {
			if area, ok = numeric[strings.TrimLeft(village.CommuneCode, "0")]; ok {
				v.warn(village.Pos, "commune_code has lost its leading zeros; matched by number")
			}
		}
		if !ok {
			if area, ok = ix.At(village.Point()); ok {
				if village.CommuneCode != "" {
					v.warn(village.Pos, "commune_code is not among the areas; the area that holds the village's centre is taken")
				}
				v.assume("commune_code", "by position", "the area that holds the village's centre", 1)
			}
		}
		if !ok {
			v.warn(village.Pos, "no area has the village's commune_code or holds its centre")
			continue
		}
		village.CommuneCode = area.Code
		if village.Commune == "" {
			village.Commune = area.Name
		}
	}
}

// populations fills in people where the file states none.
func (v *villageReader) populations() {
	v.fromHouseholds()
	v.fromMap()
	v.fromCommunes()
	var known []float64
	for i := range v.villages {
		if p := v.villages[i].Population; p > 0 {
			known = append(known, p)
		}
	}
	if len(known) == len(v.villages) {
		return
	}
	if len(known) == 0 {
		v.assume("population", "area", "no population, households or commune's population anywhere: area is the weight", len(v.villages))
		return
	}
	slices.Sort(known)
	median := known[(len(known)-1)/2]
	for i := range v.villages {
		if village := &v.villages[i]; village.Population == 0 {
			village.Population, village.Estimated = median, true
			v.assume("population", format(math.Round(median*10)/10), fmt.Sprintf("median of the %d villages whose population is known", len(known)), 1)
		}
	}
}

func (v *villageReader) fromHouseholds() {
	for i := range v.villages {
		if village := &v.villages[i]; village.Population == 0 && village.Households > 0 {
			village.Population, village.Estimated = village.Households*personsPerHousehold, true
			v.assume("population", "households × 3.6", sourcePopulation, 1)
		}
	}
}

// fromMap takes the people that a map has in a village.
func (v *villageReader) fromMap() {
	if v.opt.People == nil {
		return
	}
	for i := range v.villages {
		if village := &v.villages[i]; village.Population == 0 {
			if n := v.opt.People(village); n > 0 {
				village.Population, village.Estimated = n, true
				v.assume("population", "by the map", "people of inputs.population in the village's hexes", 1)
			}
		}
	}
}

// fromCommunes shares each commune's people among its villages that state none, by
// area, after those that do: so a commune's villages add up to the commune.
func (v *villageReader) fromCommunes() {
	byCommune := map[string][]int{}
	for i := range v.villages {
		if code := v.villages[i].CommuneCode; code != "" {
			byCommune[code] = append(byCommune[code], i)
		}
	}
	for _, area := range v.opt.Areas.Areas() {
		left := area.Population
		if left == 0 {
			left = area.Households * personsPerHousehold
		}
		var without []int
		var areaM2 float64
		for _, i := range byCommune[area.Code] {
			left -= v.villages[i].Population
			if v.villages[i].Population == 0 {
				without = append(without, i)
				areaM2 += v.villages[i].AreaM2()
			}
		}
		if left <= 0 {
			continue
		}
		for _, i := range without {
			village := &v.villages[i]
			village.Population, village.Estimated = left*village.AreaM2()/areaM2, true
			v.assume("population", "by area", "the commune's population, less what its other villages state, shared by area", 1)
		}
	}
}
