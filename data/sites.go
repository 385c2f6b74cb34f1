package data

import (
	"context"
	"errors"
	"fmt"
	"hash/maphash"
	"math"
	"slices"
	"strconv"
	"strings"

	"github.com/covgap/covgap/geo"
	"github.com/covgap/covgap/geo/geodesy"
	"github.com/paulmach/orb"
	"github.com/tidwall/rtree"
)

// ErrDuplicate is the cause when a row repeats another.
var ErrDuplicate = errors.New("data: repeated row or id")

// sameSiteM is the distance up to which two positions under one site_id are
// believed: a remote sector, or a second survey. Beyond it one of them is wrong.
const sameSiteM = 1000.0

// ReadSites reads sites and their sectors from one or more files. Rows within
// [Options.JoinM] of a site's first row, or under its id within that distance, are
// one [Site], in file order; so no row lies further from its site's position than
// that, and chains of neighbours do not grow together.
//
// Rows that cannot be used are in the report with place and reason. The error is a
// [*geo.InputError] when a file as a whole cannot be used, ctx's error when
// cancelled; the report then holds what was found until there.
func ReadSites(ctx context.Context, paths []string, opt Options) ([]Site, *Report, error) {
	if opt.JoinM == 0 {
		opt.JoinM = DefaultJoinM
	}
	if opt.BlankAzimuth == "" {
		opt.BlankAzimuth = Three
	}
	if !slices.Contains([]AzimuthPolicy{Three, Envelope, Omni}, opt.BlankAzimuth) {
		return nil, nil, fmt.Errorf("data: blank azimuth policy %q; expected three, envelope or omni", opt.BlankAzimuth)
	}
	rd, err := newReader(Sites, opt)
	if err != nil {
		return nil, nil, err
	}
	s := &siteReader{
		reader: rd, byID: map[string][]placedID{}, rows: map[uint64]geo.Position{}, sets: map[mask][]string{},
		bits: map[string]mask{}, sources: map[string]string{},
	}
	for i, c := range rd.schema.Columns {
		s.bits[c.Name], s.sources[c.Name] = 1<<i, c.DefaultSource
	}
	err = rd.each(ctx, paths, "site_id", []string{"longitude", "latitude"}, s.take)
	if err != nil {
		return nil, rd.report, err
	}
	sites := s.finish()
	rd.arrange(&rd.schema)
	rd.report.Records = len(sites)
	for i := range sites {
		rd.report.Sectors += len(sites[i].Sectors)
	}
	return sites, rd.report, nil
}

// siteReader joins rows into sites.
type siteReader struct {
	*reader
	sites []pendingSite
	byID  map[string][]placedID // where rows with an id stand
	tree  rtree.RTreeG[int]
	rows  map[uint64]geo.Position // hash of a row's fields: where it stands
	hash  maphash.Hash
	sets  map[mask][]string // names of assumed columns, shared

	bits    map[string]mask   // of each column
	sources map[string]string // of each column's default
}

// placedID is a site that holds rows of an operator under an id.
type placedID struct {
	site     int
	operator string
}

type pendingSite struct {
	Site
	sectors []pendingSector
}

// pendingSector is a sector whose azimuth may be unknown.
type pendingSector struct {
	Sector
	blank bool // azimuth
	row   int  // number of the row
	given bool // the row names its sector
}

func (s *siteReader) take(r *row) {
	p := r.position()
	if r.err != nil {
		return
	}
	h := s.hashFields(r.f.Fields, p)
	if first, ok := s.rows[h]; ok {
		r.fail("site_id", geo.Field{}, &geo.InputError{
			Found: "the same row as " + elsewhere(first), Expected: "every row once", Err: ErrDuplicate,
		})
		return
	}
	sectors := s.sectors(r)
	operator := r.text("operator", "")
	height, _ := r.number("structure_height_m", "")
	if r.err != nil {
		return
	}
	i := s.site(r, p, operator)
	if r.err != nil {
		return
	}
	s.rows[h] = r.f.Pos
	site := &s.sites[i]
	site.Rows++
	for _, f := range []struct {
		to     *string
		column string
	}{
		{&site.Name, "name"},
		{&site.Owner, "owner"},
		{&site.StructureType, "structure_type"},
		{&site.PowerSource, "power_source"},
		{&site.Backhaul, "backhaul"},
	} {
		if *f.to == "" {
			*f.to = r.text(f.column, "")
		}
	}
	if site.StructureHeightM == 0 {
		site.StructureHeightM = height
	}
	site.sectors = append(site.sectors, sectors...)
}

// hashFields is a hash of a row as it stands in the file.
func (s *siteReader) hashFields(fields []geo.Field, p orb.Point) uint64 {
	h := &s.hash
	h.Reset()
	for i := range fields {
		_, _ = h.WriteString(fields[i].Name) // a hash never fails
		_ = h.WriteByte(0)
		_, _ = h.WriteString(fields[i].Value)
		_ = h.WriteByte(1)
	}
	maphash.WriteComparable(h, p)
	return h.Sum64()
}

// position reads a point geometry, or longitude and latitude.
func (r *row) position() orb.Point {
	var raw orb.Point
	at := geo.Field{}
	column := "geometry"
	switch g := r.f.Geometry.(type) {
	case orb.Point:
		raw = g
	case orb.Polygon, orb.MultiPolygon:
		if !r.b.has("longitude") || !r.b.has("latitude") {
			r.fail(column, at, &geo.InputError{Found: "a " + g.GeoJSONType(), Expected: "a Point, or columns longitude and latitude beside the outline", Err: ErrGeometry})
			return orb.Point{}
		}
		return r.degrees("longitude", "latitude")
	case nil:
		var ok bool
		if raw, ok = r.pair("longitude", "latitude"); r.err == nil && !ok {
			r.fail("longitude", geo.Field{}, &geo.InputError{Found: "blank", Expected: "longitude and latitude", Err: ErrCoordinates})
		}
		if r.err != nil {
			return orb.Point{}
		}
		column = "longitude, latitude"
		at, _ = r.field("longitude", "")
		at.Name = ""
	default:
		r.fail(column, at, &geo.InputError{Found: "a " + g.GeoJSONType(), Expected: "a Point", Err: ErrGeometry})
		return orb.Point{}
	}
	p, e := r.rd.locator.locate(raw)
	if e != nil {
		r.fail(column, at, e)
	}
	return p
}

// degrees reads a position from two columns that are in degrees whatever the system of
// the geometry is: a sector drawn as a wedge.
func (r *row) degrees(lon, lat string) orb.Point {
	p, ok := r.pair(lon, lat)
	at, _ := r.field(lon, "")
	at.Name = ""
	e := &geo.InputError{Found: pairText(p), Expected: "degrees within the area", Err: ErrCoordinates}
	switch l := r.rd.locator; {
	case r.err != nil:
		return orb.Point{}
	case !ok:
		e.Found, e.Expected = "blank", lon+" and "+lat
	case isLonLat(p) && p != (orb.Point{}) && (!l.known || l.near(p)):
		return p
	}
	r.fail(lon+", "+lat, at, e)
	return orb.Point{}
}

// site finds the site that a row belongs to, or starts one.
func (s *siteReader) site(r *row, p orb.Point, operator string) int {
	for _, at := range s.byID[r.id] {
		if geodesy.Distance(s.sites[at.site].Position, p) <= s.opt.JoinM {
			s.note(r.id, placedID{at.site, operator})
			return at.site
		}
	}
	if others := s.byID[r.id]; len(others) > 0 && !s.mayDiffer(r, p, operator, others) {
		return 0
	}
	i, ok := s.nearest(p)
	if ok {
		site := &s.sites[i]
		if site.ID != r.id && !slices.Contains(site.OtherIDs, r.id) {
			site.OtherIDs = append(site.OtherIDs, r.id)
		}
	} else {
		i = len(s.sites)
		s.sites = append(s.sites, pendingSite{Site: Site{ID: r.id, Position: p, PositionEstimated: r.yesNo("position_estimated") == Yes, Pos: r.f.Pos}})
		s.tree.Insert(p, p, i)
	}
	s.note(r.id, placedID{i, operator})
	return i
}

func (s *siteReader) note(id string, at placedID) {
	if !slices.Contains(s.byID[id], at) {
		s.byID[id] = append(s.byID[id], at)
	}
}

// mayDiffer decides on a row whose site_id stands at another position already.
// Operators number their sites on their own, and a remote sector may stand apart;
// anything else is an error in one of the rows.
func (s *siteReader) mayDiffer(r *row, p orb.Point, operator string, others []placedID) bool {
	nearest, at := math.Inf(1), others[0].site
	sameOperator := false
	for _, o := range others {
		if d := geodesy.Distance(s.sites[o.site].Position, p); d < nearest {
			nearest, at = d, o.site
		}
		sameOperator = sameOperator || operator == "" || o.operator == "" || o.operator == operator
	}
	first := &s.sites[at]
	switch {
	case !sameOperator:
		s.warn(r.f.Pos, "a site_id of one operator is also another operator's at another position: read as two sites")
	case nearest <= sameSiteM:
		s.warn(r.f.Pos, fmt.Sprintf("rows with one site_id stand more than %g m apart: read as sites of their own", s.opt.JoinM))
	default:
		r.fail("site_id", geo.Field{}, &geo.InputError{
			Found:    fmt.Sprintf("%s stands %.1f km from its row at %s", r.id, nearest/1000, elsewhere(first.Pos)),
			Expected: "one position for a site", Hint: "correct the position, or give one of them its own site_id", Err: ErrDuplicate,
		})
		return false
	}
	return true
}

// nearest gives the site nearest to p within the join distance, of equals the first.
func (s *siteReader) nearest(p orb.Point) (int, bool) {
	const metresPerDegree = 110574 // of latitude, the least on the ellipsoid
	dLat := s.opt.JoinM / metresPerDegree
	dLon := dLat / math.Max(math.Cos(p[1]*math.Pi/180), 1e-3)
	best, bestM := -1, s.opt.JoinM
	s.tree.Search([2]float64{p[0] - dLon, p[1] - dLat}, [2]float64{p[0] + dLon, p[1] + dLat}, func(q, _ [2]float64, i int) bool {
		if d := geodesy.Distance(p, q); d < bestM || d == bestM && (best < 0 || i < best) {
			best, bestM = i, d
		}
		return true
	})
	return best, best >= 0
}

// sectors gives a sector for every technology and carrier that the row names.
func (s *siteReader) sectors(r *row) []pendingSector {
	var radios []Radio
	fd, ok := r.field("technology", "")
	if ok {
		var err error
		if radios, err = ParseTechnologies(fd.Value); err != nil {
			r.fail("technology", fd, &geo.InputError{
				Found: strconv.Quote(fd.Value), Expected: "GSM, UMTS, LTE, NR or several of them", Hint: "other words can be translated in the mapping, under values", Err: err,
			})
			return nil
		}
	}
	var assumed mask
	if len(radios) == 0 {
		radios = []Radio{{Technology: defaultTechnology}}
		r.assume("technology", string(defaultTechnology), s.sources["technology"])
		assumed |= s.bits["technology"]
	}
	if r.yesNo("position_estimated") == Yes {
		for _, column := range []string{"longitude", "latitude"} {
			r.assume(column, "an estimate", "column position_estimated")
			assumed |= s.bits[column]
		}
	}
	if len(radios) == 1 && radios[0].Carrier == "" {
		radios = r.carriers(radios[0].Technology)
	}
	out := make([]pendingSector, 0, len(radios))
	for _, radio := range radios {
		out = append(out, s.sector(r, radio, assumed))
	}
	if r.err != nil {
		return nil
	}
	// The row's own name for the sector belongs to one sector only.
	if len(out) > 1 {
		for i := range out {
			if out[i].given {
				out[i].ID = strings.TrimSuffix(out[i].ID+"-"+string(out[i].Technology)+"-"+out[i].Carrier, "-")
			}
		}
	}
	return out
}

// carriers splits a carrier column that names several, such as "900/1800".
func (r *row) carriers(t Technology) []Radio {
	text := r.text("carrier", t)
	parts := strings.FieldsFunc(text, func(c rune) bool { return strings.ContainsRune("|,;/+&", c) })
	var out []Radio
	for _, p := range parts {
		p = strings.TrimSpace(p)
		if _, ok := CarrierFrequencyMHz(t, p); !ok {
			return []Radio{{t, text}}
		}
		out = append(out, Radio{t, p})
	}
	if len(out) == 0 {
		return []Radio{{t, ""}}
	}
	return out
}

// mask is a set of columns of the schema of sites, which has fewer than 64.
type mask uint64

// names gives the columns of a mask in the order of the schema.
func (s *siteReader) names(m mask) []string {
	if m == 0 {
		return nil
	}
	if names, ok := s.sets[m]; ok {
		return names
	}
	var names []string
	for i, c := range s.schema.Columns {
		if m&(1<<i) != 0 {
			names = append(names, c.Name)
		}
	}
	s.sets[m] = names
	return names
}

// sector completes one sector of a row.
func (s *siteReader) sector(r *row, radio Radio, assumed mask) pendingSector {
	t := radio.Technology
	out := pendingSector{Sector: Sector{
		Technology: t, Carrier: radio.Carrier,
		ID: r.text("sector_id", t), Operator: r.text("operator", ""), AntennaFile: r.text("antenna_file", t),
		OnAirDate: r.date("on_air_date", t), OffAirDate: r.date("off_air_date", t), Pos: r.f.Pos,
	}, row: r.ordinal}
	out.given = out.ID != ""
	if out.Carrier == "" {
		out.Carrier = r.text("carrier", t)
	}
	take := func(column, value string) {
		r.assume(column, value, s.sources[column])
		assumed |= s.bits[column]
	}
	// number reads a column and falls back to a default, stated as text.
	number := func(column string, fallback float64, value string) float64 {
		v, ok := r.number(column, t)
		if !ok {
			take(column, value)
			return fallback
		}
		return v
	}
	if out.Operator == "" {
		out.Operator = UnspecifiedOperator
		take("operator", UnspecifiedOperator)
	}
	out.Status = s.status(r, t, take)
	s.frequency(r, &out.Sector, take)
	of := " (" + string(t) + ")"
	out.BandwidthMHz = number("bandwidth_mhz", bandwidthMHz[t], format(bandwidthMHz[t])+of)
	s.height(r, &out.Sector, take)

	file := s.antenna(r, &out.Sector)
	out.Omni, out.AzimuthDeg, out.blank = r.pointing(t)
	if out.blank && file != nil && file.Omni {
		out.Omni, out.blank = true, false
	}
	envelope := false
	if out.blank {
		switch s.opt.BlankAzimuth {
		case Three:
			take("azimuth_deg", "0, 120, 240")
		case Envelope:
			r.assume("azimuth_deg", "every direction at once", "policy envelope for a blank azimuth: an upper bound")
			assumed |= s.bits["azimuth_deg"]
			out.Omni, out.blank, envelope = true, false, true
			out.AntennaFile = "" // its gain and its vertical beam in every direction
		case Omni:
			r.assume("azimuth_deg", "omni", "policy omni for a blank azimuth")
			assumed |= s.bits["azimuth_deg"]
			out.Omni, out.blank = true, false
		}
	}
	omniAntenna := out.Omni && !envelope
	s.tilts(r, &out.Sector, omniAntenna, file, take)
	if file != nil {
		out.BeamwidthHDeg, out.BeamwidthVDeg = file.BeamwidthHDeg, file.BeamwidthVDeg
	} else if out.Omni {
		if v, given := r.number("beamwidth_h_deg", t); !given || v < 360 {
			out.BeamwidthHDeg = 360
		} else {
			out.BeamwidthHDeg = v
		}
	} else {
		out.BeamwidthHDeg = number("beamwidth_h_deg", defaultBeamwidthHDeg, "65")
	}
	if file == nil {
		out.BeamwidthVDeg = number("beamwidth_v_deg", defaultBeamwidthVDeg, "10")
	}
	switch {
	case file != nil:
		out.GainDBi = s.fileGain(r, &out.Sector, file)
	case omniAntenna:
		out.GainDBi = number("gain_dbi", defaultOmniGainDBi, "11 (omni)")
	default:
		out.GainDBi = number("gain_dbi", defaultGainDBi, "17")
	}
	out.LossesDB = number("losses_db", defaultLossesDB, "3")
	out.Ports = int(number("ports", float64(ports[t]), strconv.Itoa(ports[t])+of))
	s.power(r, &out.Sector, take)
	out.Assumed = s.names(assumed)
	return out
}

// antenna asks for the antenna file of a row; nil is none, or one that is not used.
func (s *siteReader) antenna(r *row, c *Sector) *AntennaFile {
	if c.AntennaFile == "" || s.opt.Antenna == nil {
		return nil
	}
	fd, _ := r.field("antenna_file", c.Technology)
	file, ok := s.opt.Antenna(c.AntennaFile, geo.Position{File: r.f.Pos.File, Line: fd.Line, Column: fd.Column})
	if !ok {
		c.AntennaFile = ""
		return nil
	}
	return &file
}

// gainSlackDB is what rounding and the choice of a frequency within the band make
// between a row's gain and its file's.
const gainSlackDB = 0.5

// fileGain is the gain of the row, else of the antenna file.
func (s *siteReader) fileGain(r *row, c *Sector, file *AntennaFile) float64 {
	v, ok := r.number("gain_dbi", c.Technology)
	if !ok {
		return file.GainDBi
	}
	if math.Abs(v-file.GainDBi) > gainSlackDB && r.err == nil {
		s.warn(r.f.Pos, "gain_dbi is not the gain of antenna_file; the row's counts, the file gives the shape alone")
	}
	return v
}

func format(v float64) string { return strconv.FormatFloat(v, 'g', -1, 64) }

// status reads words of several languages; others are read as on air, with a
// warning.
func (s *siteReader) status(r *row, t Technology, take func(column, value string)) Status {
	fd, ok := r.field("status", t)
	if !ok {
		take("status", string(StatusOnAir))
		return StatusOnAir
	}
	f := geo.Fold(fd.Value)
	for _, w := range []struct {
		status Status
		words  []string
	}{
		{StatusOffAir, []string{"off", "inactive", "dismantled", "decommissioned", "ngung", "tat", "khonghoatdong", "chuaphatsong", "thaodo", "huy"}},
		{StatusPlanned, []string{"plan", "future", "proposed", "kehoach", "dukien", "quyhoach", "dangxay", "build"}},
		{StatusOnAir, []string{"on", "active", "live", "operat", "service", "existing", "hoatdong", "phatsong", "dangsudung"}},
	} {
		for _, word := range w.words {
			if strings.Contains(f, word) && (len(word) > 3 || strings.HasPrefix(f, word)) {
				return w.status
			}
		}
	}
	if r.err == nil {
		s.warn(r.f.Pos, fmt.Sprintf("status %q is not known; read as on_air", fd.Value))
	}
	return StatusOnAir
}

// frequency comes from the column, else the channel number, else the carrier,
// else the technology's usual band.
func (s *siteReader) frequency(r *row, c *Sector, take func(column, value string)) {
	t := c.Technology
	v, ok := r.number("frequency_mhz", t)
	if ok {
		c.FrequencyMHz = v
	} else if n, given := r.number("earfcn", t); given {
		f, known := ChannelFrequencyMHz(t, int(n))
		if !known {
			fd, _ := r.field("earfcn", t)
			r.fail("earfcn", fd, &geo.InputError{Found: fd.Value, Expected: "a downlink channel of " + string(t), Hint: "give frequency_mhz instead"})
			return
		}
		c.FrequencyMHz, ok = f, true
	}
	if ok {
		if c.Carrier == "" {
			c.Carrier = format(c.FrequencyMHz)
		}
		return
	}
	if f, known := CarrierFrequencyMHz(t, c.Carrier); known {
		c.FrequencyMHz = f
		return
	}
	c.FrequencyMHz = frequencyMHz[t]
	take("frequency_mhz", format(c.FrequencyMHz)+" ("+string(t)+")")
}

// height falls back to the default, or to the top of a lower structure.
func (s *siteReader) height(r *row, c *Sector, take func(column, value string)) {
	v, ok := r.number("antenna_height_m", c.Technology)
	if ok {
		c.AntennaHeightM = v
		return
	}
	c.AntennaHeightM = defaultHeightM
	if top, given := r.number("structure_height_m", ""); given && top < defaultHeightM {
		c.AntennaHeightM = top
		take("antenna_height_m", "structure_height_m")
		return
	}
	take("antenna_height_m", "30")
}

// pointing reads what a row says about where its antenna points.
func (r *row) pointing(t Technology) (omni bool, azimuthDeg float64, blank bool) {
	if fd, ok := r.field("antenna_type", t); ok {
		omni = isOmni(fd.Value)
	}
	if fd, ok := r.field("antenna_file", t); ok {
		omni = omni || strings.Contains(geo.Fold(fd.Value), "omni")
	}
	if v, ok := r.number("beamwidth_h_deg", t); ok && v >= 360 {
		omni = true
	}
	fd, ok := r.field("azimuth_deg", t)
	if ok && isOmni(fd.Value) {
		return true, 0, false
	}
	if !ok {
		return omni, 0, !omni
	}
	v, _ := r.number("azimuth_deg", t)
	if v == 360 && !omni && r.err == nil {
		r.rd.warn(r.f.Pos, "azimuth 360 is read as omnidirectional; write 0 for north")
		omni = true
	}
	if omni {
		v = 0
	}
	return omni, v, false
}

func isOmni(text string) bool {
	f := geo.Fold(text)
	return strings.Contains(f, "omni") || strings.Contains(f, "vohuong") || strings.Contains(f, "danghuong")
}

// tiltSlackDeg is how far the beam of a pattern may lie from the tilt it is sold
// for.
const tiltSlackDeg = 1.0

// tilts: when one is given the other is 0. A pattern file holds its electrical tilt
// already, so that the row's can only repeat it.
func (s *siteReader) tilts(r *row, c *Sector, omni bool, file *AntennaFile, take func(column, value string)) {
	m, givenM := r.number("mechanical_tilt_deg", c.Technology)
	e, givenE := r.number("electrical_tilt_deg", c.Technology)
	c.MechanicalTiltDeg, c.ElectricalTiltDeg = m, e
	if !givenM {
		take("mechanical_tilt_deg", "0")
	}
	if file != nil {
		if givenE && math.Abs(e-file.TiltDeg) > tiltSlackDeg && r.err == nil {
			s.warn(r.f.Pos, "electrical_tilt_deg is not where the beam of antenna_file points; the file's pattern counts as it is")
		}
		c.ElectricalTiltDeg = file.TiltDeg
		return
	}
	if givenE {
		return
	}
	if givenM || omni || c.AntennaFile != "" {
		take("electrical_tilt_deg", "0")
		return
	}
	c.ElectricalTiltDeg = defaultTiltDeg
	take("electrical_tilt_deg", "3")
}

// power and EIRP follow from each other; where both are given they stay as given.
func (s *siteReader) power(r *row, c *Sector, take func(column, value string)) {
	p, givenP := r.number("power_dbm", c.Technology)
	e, givenE := r.number("eirp_dbm", c.Technology)
	switch {
	case givenE && givenP:
		c.PowerDBm, c.EIRPDBm = p, e
		// Half a decibel is what rounding both to whole decibels can make.
		if math.Abs(p+c.GainDBi-c.LossesDB-e) > 0.5 && r.err == nil {
			s.warn(r.f.Pos, "eirp_dbm is not power_dbm + gain_dbi − losses_db; both are kept, and EIRP counts")
		}
	case givenE:
		c.EIRPDBm = e
		c.PowerDBm = e - c.GainDBi + c.LossesDB
	default:
		if !givenP {
			p = defaultPowerDBm
			take("power_dbm", "43")
		}
		c.PowerDBm = p
		c.EIRPDBm = p + c.GainDBi - c.LossesDB
	}
}

// finish points the sectors whose azimuth is blank, and gives ids.
func (s *siteReader) finish() []Site {
	taken := make(map[string]bool, len(s.sites))
	out := make([]Site, len(s.sites))
	for i := range s.sites {
		taken[s.sites[i].ID] = false
	}
	for i := range s.sites {
		p := &s.sites[i]
		p.ID = unique(p.ID, taken)
		p.Sectors = point(p.sectors)
		p.sectors = nil
		out[i] = p.Site
	}
	s.nameSectors(out)
	return out
}

// unique takes an id, or the first free one of id-2, id-3 …; taken holds every id
// there is, true for those given out.
func unique(id string, taken map[string]bool) string {
	if !taken[id] {
		taken[id] = true
		return id
	}
	for n := 2; ; n++ {
		candidate := id + "-" + strconv.Itoa(n)
		if _, used := taken[candidate]; !used {
			taken[candidate] = true
			return candidate
		}
	}
}

// point gives azimuths to the sectors of one site that have none: three for each.
// Only where rows name their sectors and there are three of an operator's carrier,
// or six, they are taken for the three sectors themselves.
func point(pending []pendingSector) []Sector {
	type carrier struct {
		operator     string
		technology   Technology
		carrier      string
		frequencyMHz float64
	}
	key := func(p *pendingSector) carrier {
		return carrier{p.Operator, p.Technology, p.Carrier, p.FrequencyMHz}
	}
	named := map[carrier]map[string]bool{}
	count := map[carrier]int{}
	for i := range pending {
		if p := &pending[i]; p.blank {
			count[key(p)]++
			if p.given {
				if named[key(p)] == nil {
					named[key(p)] = map[string]bool{}
				}
				named[key(p)][p.ID] = true
			}
		}
	}
	next := map[carrier]int{}
	out := make([]Sector, 0, len(pending))
	for i := range pending {
		p := &pending[i]
		k := key(p)
		switch {
		case !p.blank:
			out = append(out, p.Sector)
		case count[k]%3 == 0 && len(named[k]) == count[k]:
			p.AzimuthDeg = threeSectorSpacingDeg * float64(next[k]%3)
			next[k]++
			out = append(out, p.Sector)
		default:
			for n := range 3 {
				c := p.Sector
				c.AzimuthDeg = threeSectorSpacingDeg * float64(n)
				if p.given {
					c.ID += "-" + strconv.Itoa(n+1)
				}
				out = append(out, c)
			}
		}
	}
	return out
}

// nameSectors gives every sector an id of its own: the row's where that names
// no other sector, else with the site's before it.
func (s *siteReader) nameSectors(sites []Site) {
	seen := map[string]int{}
	for i := range sites {
		for j := range sites[i].Sectors {
			seen[sites[i].Sectors[j].ID]++
		}
	}
	taken := map[string]bool{}
	for i := range sites {
		perTech := map[Technology]int{}
		for j := range sites[i].Sectors {
			c := &sites[i].Sectors[j]
			c.SiteID = sites[i].ID
			switch {
			case c.ID == "":
				perTech[c.Technology]++
				c.ID = c.SiteID + "/" + string(c.Technology) + "-" + strconv.Itoa(perTech[c.Technology])
			case seen[c.ID] > 1:
				c.ID = c.SiteID + "/" + c.ID
			}
			if taken[c.ID] {
				s.warn(c.Pos, "a sector_id repeats on its site; a number tells them apart")
			}
			c.ID = unique(c.ID, taken)
		}
	}
}
