package run

import (
	"cmp"
	"fmt"
	"io"
	"math"
	"slices"
	"strconv"
	"strings"

	"github.com/covgap/covgap/coverage"
	"github.com/covgap/covgap/coverage/criterion"
	"github.com/covgap/covgap/coverage/linkbudget"
	"github.com/covgap/covgap/data"
	"github.com/covgap/covgap/geo/csvtable"
	"github.com/covgap/covgap/geo/geodesy"
	"github.com/covgap/covgap/geo/geojson"
	"github.com/paulmach/orb"
)

// levelDBm is the level shown at a hex of the grid: that of the layer which
// decides, NaN when no layer reaches it.
func (c *Coverage) levelDBm(i int) float64 {
	if k := c.Hexes.Layer[i]; k >= 0 {
		return c.Layers[k].BestCentiDB[i].DB()
	}
	return math.NaN()
}

// server is the deciding layer and its strongest sector at a hex of the grid.
type server struct {
	operator     string
	technology   data.Technology
	frequencyMHz float64
	carrier      string
	siteID       string
	sectorID     string
	levelDBm     float64
	secondDBm    float64 // of the next strongest sector, NaN for none
	servers      int
	sinrDB       float64 // NaN for GSM
	rateMbps     float64 // NaN for GSM and UMTS
	near         bool
	// azimuthAssumed says that the input does not say where the sector points.
	azimuthAssumed bool
}

func (r *Run) server(i int) (s server, ok bool) {
	c, d := r.Coverage, &r.Project.Coverage.Downlink
	k := c.Hexes.Layer[i]
	if k < 0 || c.Layers[k].BestCentiDB[i] == coverage.NoValue {
		return server{}, false
	}
	l := &c.Layers[k]
	best := l.Sectors[l.BestSector[i]]
	levelDBm := l.BestCentiDB[i].DB()
	sinrDB := d.SINRDB(l.Technology, l.FrequencyMHz, l.BandwidthMHz, levelDBm, l.OthersMW(i))
	return server{
		operator: l.Operator, technology: l.Technology, frequencyMHz: l.FrequencyMHz, carrier: l.Carrier,
		siteID: best.Site.ID, sectorID: best.Sector.ID,
		levelDBm: levelDBm, secondDBm: l.SecondCentiDB[i].DB(), servers: int(l.Servers[i]), near: l.Near[i],
		sinrDB: sinrDB, rateMbps: d.RateMbps(l.Technology, l.FrequencyMHz, l.BandwidthMHz, sinrDB),
		azimuthAssumed: slices.Contains(best.Sector.Assumed, "azimuth_deg"),
	}, true
}

// writeCoverage writes coverage.geojson.
func (r *Run) writeCoverage(w io.Writer) error {
	c := r.Coverage
	gw, err := geojson.NewWriter(w, geojson.Options{Columns: []geojson.Column{
		{Name: "hex_id", Type: geojson.String},
		{Name: "quantity", Type: geojson.String},
		{Name: "signal_dbm", Type: geojson.Number, Decimals: 1},
		{Name: "class", Type: geojson.String},
		{Name: "operator", Type: geojson.String},
		{Name: "technology", Type: geojson.String},
		{Name: "best_sector", Type: geojson.String},
		{Name: "servers", Type: geojson.Integer},
		{Name: "second_dbm", Type: geojson.Number, Decimals: 1},
		{Name: "sinr_db", Type: geojson.Number, Decimals: 1},
		{Name: "downlink_mbps", Type: geojson.Number, Decimals: 1},
		{Name: "served_probability", Type: geojson.Number, Decimals: 3},
		{Name: "near", Type: geojson.Boolean},
		{Name: "azimuth_assumed", Type: geojson.Boolean},
	}})
	if err != nil {
		return err
	}
	hexes, _ := c.shown()
	for _, h := range hexes {
		values := []any{h.Cell.String(), nil, nil, string(c.Hexes.Class[h.Index]), nil, nil, nil, 0, nil, nil, nil, 0.0, false, false}
		if s, ok := r.server(h.Index); ok {
			values = []any{
				h.Cell.String(), linkbudget.Quantity(s.technology), s.levelDBm, string(c.Hexes.Class[h.Index]),
				s.operator, string(s.technology), s.sectorID, s.servers, finite(s.secondDBm), finite(s.sinrDB), finite(s.rateMbps),
				r.Project.Criterion.ServedProbability(s.technology, s.frequencyMHz, s.levelDBm), s.near, s.azimuthAssumed,
			}
		}
		if err := gw.Write(orb.Polygon{h.Cell.Boundary()}, values...); err != nil {
			return err
		}
	}
	return gw.Close()
}

// circleSides is the number of sides of the polygon that stands for a village
// given as a point with a radius.
const circleSides = 32

// outline gives the polygons of a village.
func outline(v *data.Village) orb.Geometry {
	p, ok := v.Geometry.(orb.Point)
	if !ok {
		return v.Geometry
	}
	ring := make(orb.Ring, 0, circleSides+1)
	for i := range circleSides {
		ring = append(ring, geodesy.Destination(p, -360*float64(i)/circleSides, v.RadiusM))
	}
	return orb.Polygon{append(ring, ring[0])}
}

// yesNo gives a Presence as a value of an output: nil when not known.
func yesNo(p data.Presence) any {
	switch p {
	case data.Yes:
		return true
	case data.No:
		return false
	}
	return nil
}

// stated gives nil for the zero that stands for "not given".
func stated(v float64) any {
	if v == 0 {
		return nil
	}
	return v
}

// finite gives nil for NaN and infinities, which stand for "there is none".
func finite(v float64) any {
	if math.IsNaN(v) || math.IsInf(v, 0) {
		return nil
	}
	return v
}

// text gives nil for an empty text.
func text(s string) any {
	if s == "" {
		return nil
	}
	return s
}

// causeColumns are those of a village's cause, in villages.geojson and gaps.csv.
var causeColumns = []geojson.Column{
	{Name: "cause", Type: geojson.String},
	{Name: "cause_share", Type: geojson.Number, Decimals: 2},
	{Name: "cause_site", Type: geojson.String},
	{Name: "cause_sector", Type: geojson.String},
	{Name: "cause_km", Type: geojson.Number, Decimals: 2},
	{Name: "cause_azimuth_assumed", Type: geojson.Boolean},
	{Name: "missing_db", Type: geojson.Number, Decimals: 1},
	{Name: "cause_gain_db", Type: geojson.Number, Decimals: 1},
	{Name: "ridge_lon", Type: geojson.Number, Decimals: 6},
	{Name: "ridge_lat", Type: geojson.Number, Decimals: 6},
	{Name: "ridge_height_m", Type: geojson.Number, Decimals: 1},
	{Name: "ridge_above_line_m", Type: geojson.Number, Decimals: 1},
	{Name: "ridge_fresnel_share", Type: geojson.Number, Decimals: 2},
}

// writeVillages writes villages.geojson.
func (r *Run) writeVillages(w io.Writer) error {
	c, g := r.Coverage, r.Gaps
	gw, err := geojson.NewWriter(w, geojson.Options{Multi: true, Columns: append([]geojson.Column{
		{Name: "village_id", Type: geojson.String},
		{Name: "name", Type: geojson.String},
		{Name: "commune_code", Type: geojson.String},
		{Name: "commune", Type: geojson.String},
		{Name: "class", Type: geojson.String},
		{Name: "declared_status", Type: geojson.String},
		{Name: "target", Type: geojson.Boolean},
		{Name: "served_share", Type: geojson.Number, Decimals: 3},
		{Name: "signal_share", Type: geojson.Number, Decimals: 3},
		{Name: "margin_db", Type: geojson.Number, Decimals: 1},
		{Name: "population", Type: geojson.Number, Decimals: 1},
		{Name: "population_estimated", Type: geojson.Boolean},
		{Name: "households", Type: geojson.Number, Decimals: 1},
		{Name: "people_unserved", Type: geojson.Number, Decimals: 1},
		{Name: "grid_power", Type: geojson.Boolean},
		{Name: "fund_eligible", Type: geojson.Boolean},
		{Name: "centre_signal_dbm", Type: geojson.Number, Decimals: 1},
		{Name: "technology", Type: geojson.String},
		{Name: "operator", Type: geojson.String},
		{Name: "best_sector", Type: geojson.String},
		{Name: "azimuth_assumed", Type: geojson.Boolean},
		{Name: "hexes", Type: geojson.Integer},
		{Name: "weight_rule", Type: geojson.String},
		{Name: "centre_lon", Type: geojson.Number, Decimals: 6},
		{Name: "centre_lat", Type: geojson.Number, Decimals: 6},
	}, slices.Concat(causeColumns, certaintyColumns)...)})
	if err != nil {
		return err
	}
	for i, p := range c.Places {
		v, verdict := p.Village, &g.Verdicts[i]
		s, center := r.atCenter(i), c.center(i)
		var unserved any // not known where the population is not
		if v.Population > 0 {
			unserved = verdict.PeopleUnserved
		}
		e := g.evidence(i)
		if err := gw.Write(outline(v), append([]any{
			v.ID, text(v.Name), text(v.CommuneCode), text(v.Commune), string(verdict.Class), text(string(v.Declared)), g.target(c, i),
			verdict.ServedShare, verdict.SignalShare, finite(g.MarginDB[i]), stated(v.Population), v.Estimated, stated(v.Households), unserved,
			yesNo(v.GridPower), yesNo(v.FundEligible),
			s.level(), text(string(s.technology)), text(s.operator), text(s.sectorID), s.azimuthAssumed,
			len(p.Hexes), string(c.Rules[i]), center.Lon(), center.Lat(),
		}, slices.Concat(e.values(), r.certainty(i))...)...); err != nil {
			return fmt.Errorf("village %s: %w", v.ID, err)
		}
	}
	return gw.Close()
}

// center is the point that stands for a village.
func (c *Coverage) center(i int) orb.Point {
	if p := c.Places[i].Village.Center; p != nil {
		return *p
	}
	return c.Places[i].Center.Center()
}

// atCenter gives the server at a village's centre hex, empty when there is none.
func (r *Run) atCenter(i int) (s server) {
	if k, ok := r.Coverage.Grid.Index(r.Coverage.Places[i].Center); ok {
		s, _ = r.server(k)
	}
	return s
}

// level is the level as a value of an output: nil when there is no server.
func (s *server) level() any {
	if s.sectorID == "" {
		return nil
	}
	return s.levelDBm
}

// writeGaps writes gaps.csv: the gaps, ranked.
func (r *Run) writeGaps(w io.Writer) error {
	c, g := r.Coverage, r.Gaps
	cw, err := newTable(w, append([]string{
		"rank", "village_id", "name", "commune_code", "commune", "class", "declared_status", "target",
		"population", "population_estimated", "households", "people_unserved", "served_share", "signal_share", "margin_db", "grid_power", "fund_eligible",
		"centre_signal_dbm", "technology", "operator", "best_sector", "azimuth_assumed",
		"nearest_site", "nearest_site_km", "nearest_site_technologies", "centre_lon", "centre_lat",
	}, columnNames(slices.Concat(causeColumns, certaintyColumns))...)...)
	if err != nil {
		return err
	}
	for n, i := range g.Ranked {
		v, verdict := c.Places[i].Village, &g.Verdicts[i]
		s, center := r.atCenter(i), c.center(i)
		unserved, signal, nearest, km, technologies, margin := "", "", "", "", "", ""
		if !math.IsInf(g.MarginDB[i], 0) {
			margin = decimal(g.MarginDB[i], 1)
		}
		if v.Population > 0 {
			unserved = decimal(verdict.PeopleUnserved, 1)
		}
		if s.sectorID != "" {
			signal = decimal(s.levelDBm, 1)
		}
		if site, m, ok := r.NearestSite(i); ok {
			nearest, km, technologies = site.ID, decimal(m/1000, 2), strings.Join(Technologies(site), " ")
		}
		e := g.evidence(i)
		if err := cw.Write(append([]string{
			strconv.Itoa(n + 1), v.ID, v.Name, v.CommuneCode, v.Commune, string(verdict.Class), string(v.Declared), affirm(g.target(c, i)),
			optional(v.Population, 1), affirm(v.Estimated), optional(v.Households, 1), unserved,
			decimal(verdict.ServedShare, 3), decimal(verdict.SignalShare, 3), margin, presence(v.GridPower), presence(v.FundEligible),
			signal, string(s.technology), s.operator, s.sectorID, affirm(s.azimuthAssumed), nearest, km, technologies, decimal(center.Lon(), 6), decimal(center.Lat(), 6),
		}, cells(slices.Concat(causeColumns, certaintyColumns), slices.Concat(e.values(), r.certainty(i)))...)...); err != nil {
			return err
		}
	}
	return cw.Flush()
}

// writeCommunes writes communes.csv: the tally of each commune and of all.
func (r *Run) writeCommunes(w io.Writer) error {
	cw, err := newTable(w,
		"commune_code", "commune", "villages", "served", "weak", "none", "not_counted", "people", "people_unserved", "people_in_gaps",
		"declared_and_computed", "declared_only", "computed_only", "neither", "not_declared",
		"gaps_minus_6_db", "gaps_minus_3_db", "gaps_plus_3_db", "gaps_plus_6_db", // criterion.ShiftsDB
	)
	if err != nil {
		return err
	}
	shifted := map[string][]string{} // gaps of each commune by criterion.ShiftsDB
	for i := range r.Gaps.Sensitivity {
		for k := range r.Gaps.Sensitivity[i].Communes {
			m := &r.Gaps.Sensitivity[i].Communes[k]
			shifted[m.Code] = append(shifted[m.Code], strconv.Itoa(m.Gaps()))
		}
	}
	communes := slices.Clone(r.Gaps.Communes)
	for _, a := range r.Gaps.communesWithout(r.Inputs.Areas) {
		communes = append(communes, criterion.Commune{Code: a.Code, Name: a.Name})
		shifted[a.Code] = slices.Repeat([]string{"0"}, len(criterion.ShiftsDB))
	}
	slices.SortFunc(communes, func(a, b criterion.Commune) int { return cmp.Compare(a.Code, b.Code) })
	for i := range communes {
		m := &communes[i]
		t := &m.Tally
		row := []string{
			m.Code, m.Name, strconv.Itoa(t.Villages), strconv.Itoa(t.Served), strconv.Itoa(t.Weak), strconv.Itoa(t.None), strconv.Itoa(t.NotCounted),
			decimal(t.People, 1), decimal(t.PeopleUnserved, 1), decimal(t.PeopleInGaps, 1),
			strconv.Itoa(t.Agreement.Both), strconv.Itoa(t.Agreement.DeclaredOnly), strconv.Itoa(t.Agreement.ComputedOnly),
			strconv.Itoa(t.Agreement.Neither), strconv.Itoa(t.Agreement.NotDeclared),
		}
		if err := cw.Write(append(row, shifted[m.Code]...)...); err != nil {
			return err
		}
	}
	return cw.Flush()
}

// newTable begins a CSV file. The byte order mark lets Excel read Vietnamese names.
func newTable(w io.Writer, columns ...string) (*csvtable.Writer, error) {
	return csvtable.NewWriter(w, columns, csvtable.Options{BOM: true})
}

func columnNames(columns []geojson.Column) []string {
	names := make([]string, len(columns))
	for i, c := range columns {
		names[i] = c.Name
	}
	return names
}

func decimal(v float64, decimals int) string { return strconv.FormatFloat(v, 'f', decimals, 64) }

// optional is empty for the zero that stands for "not given".
func optional(v float64, decimals int) string {
	if v == 0 {
		return ""
	}
	return decimal(v, decimals)
}

// affirm writes a boolean of a table as people do.
func affirm(b bool) string {
	if b {
		return "yes"
	}
	return "no"
}

func presence(p data.Presence) string {
	switch p {
	case data.Yes:
		return "yes"
	case data.No:
		return "no"
	}
	return ""
}
