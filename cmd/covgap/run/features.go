package run

import (
	"cmp"
	"fmt"
	"math"
	"slices"
	"strings"

	"github.com/covgap/covgap/cmd/covgap/output"
	"github.com/covgap/covgap/coverage"
	"github.com/covgap/covgap/coverage/criterion"
	"github.com/covgap/covgap/coverage/linkbudget"
	"github.com/covgap/covgap/data"
	"github.com/covgap/covgap/geo/geodesy"
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
		sectorID: best.Sector.ID,
		levelDBm: levelDBm, secondDBm: l.SecondCentiDB[i].DB(), servers: int(l.Servers[i]), near: l.Near[i],
		sinrDB: sinrDB, rateMbps: d.RateMbps(l.Technology, l.FrequencyMHz, l.BandwidthMHz, sinrDB),
		azimuthAssumed: slices.Contains(best.Sector.Assumed, "azimuth_deg"),
	}, true
}

// shownRecords gives output.Coverage of the hexes to show.
func (r *Run) shownRecords(write output.Write) error {
	hexes, _ := r.Coverage.shown()
	return r.coverageRecords(hexes)(write)
}

// coverageRecords gives output.Coverage of some hexes.
func (r *Run) coverageRecords(hexes []Shown) func(output.Write) error {
	c := r.Coverage
	return func(write output.Write) error {
		for _, h := range hexes {
			values := []any{h.Cell.String(), nil, nil, string(c.Hexes.Class[h.Index]), nil, nil, nil, 0, nil, nil, nil, 0.0, false, false}
			if s, ok := r.server(h.Index); ok {
				values = []any{
					h.Cell.String(), linkbudget.Quantity(s.technology), s.levelDBm, string(c.Hexes.Class[h.Index]),
					s.operator, string(s.technology), s.sectorID, s.servers, s.secondDBm, s.sinrDB, s.rateMbps,
					r.Project.Criterion.ServedProbability(s.technology, s.frequencyMHz, s.levelDBm), s.near, s.azimuthAssumed,
				}
			}
			if err := write(orb.Polygon{c.outline(h)}, values...); err != nil {
				return err
			}
		}
		return nil
	}
}

// circleSides is the number of sides of the polygon that stands for a circle.
const circleSides = 32

// Outline gives the polygons of a village.
func Outline(v *data.Village) orb.Geometry {
	if p, ok := v.Geometry.(orb.Point); ok {
		return circle(p, v.RadiusM)
	}
	return v.Geometry
}

// circle is a polygon of circleSides sides.
func circle(center orb.Point, radiusM float64) orb.Polygon {
	ring := make(orb.Ring, 0, circleSides+1)
	for i := range circleSides {
		ring = append(ring, geodesy.Destination(center, -360*float64(i)/circleSides, radiusM))
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

// text gives nil for an empty text.
func text(s string) any {
	if s == "" {
		return nil
	}
	return s
}

// villageRecords gives output.Villages.
func (r *Run) villageRecords(write output.Write) error {
	for i, p := range r.Coverage.Places {
		v := p.Village
		values := slices.Concat(r.identity(i), []any{
			string(r.Gaps.Verdicts[i].Class), text(string(v.Declared)), r.Gaps.target(r.Coverage, i),
			r.Gaps.Verdicts[i].ServedShare, r.Gaps.Verdicts[i].SignalShare, r.Gaps.MarginDB[i],
			stated(v.Population), v.Estimated, stated(v.Households), r.unserved(i), yesNo(v.GridPower), yesNo(v.FundEligible),
		}, r.centerValues(i), []any{len(p.Hexes), string(r.Coverage.Rules[i])}, r.whereAndWhy(i))
		if err := write(Outline(v), values...); err != nil {
			return fmt.Errorf("village %s: %w", v.ID, err)
		}
	}
	return nil
}

// identity gives village_id to commune.
func (r *Run) identity(i int) []any {
	v := r.Coverage.Places[i].Village
	return []any{v.ID, text(v.Name), text(v.CommuneCode), text(v.Commune)}
}

// unserved gives people_unserved: not known where the population is not.
func (r *Run) unserved(i int) any {
	if r.Coverage.Places[i].Village.Population == 0 {
		return nil
	}
	return r.Gaps.Verdicts[i].PeopleUnserved
}

// centerValues gives centre_signal_dbm to azimuth_assumed.
func (r *Run) centerValues(i int) []any {
	s := r.atCenter(i)
	return []any{s.level(), text(string(s.technology)), text(s.operator), text(s.sectorID), s.azimuthAssumed}
}

// whereAndWhy gives centre_lon and centre_lat, the columns of the cause and those of
// the certainty.
func (r *Run) whereAndWhy(i int) []any {
	center, e := r.Coverage.center(i), r.Gaps.evidence(i)
	return slices.Concat([]any{center.Lon(), center.Lat()}, e.values(), r.certainty(i))
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

// gapRecords gives output.Gaps: the gaps, ranked.
func (r *Run) gapRecords(write output.Write) error {
	for n, i := range r.Gaps.Ranked {
		v, verdict := r.Coverage.Places[i].Village, &r.Gaps.Verdicts[i]
		var nearest, km, technologies any
		if site, m, ok := r.NearestSite(i); ok {
			nearest, km, technologies = site.ID, m/1000, strings.Join(Technologies(site), " ")
		}
		if err := write(r.Coverage.center(i), slices.Concat([]any{n + 1}, r.identity(i), []any{
			string(verdict.Class), text(string(v.Declared)), r.Gaps.target(r.Coverage, i),
			stated(v.Population), v.Estimated, stated(v.Households), r.unserved(i),
			verdict.ServedShare, verdict.SignalShare, r.Gaps.MarginDB[i], yesNo(v.GridPower), yesNo(v.FundEligible),
		}, r.centerValues(i), []any{nearest, km, technologies}, r.whereAndWhy(i))...); err != nil {
			return err
		}
	}
	return nil
}

// communeRecords gives output.Communes: the tally of each commune.
func (r *Run) communeRecords(write output.Write) error {
	shifted := map[string][]any{} // gaps of each commune by criterion.ShiftsDB
	for i := range r.Gaps.Sensitivity {
		for k := range r.Gaps.Sensitivity[i].Communes {
			m := &r.Gaps.Sensitivity[i].Communes[k]
			shifted[m.Code] = append(shifted[m.Code], m.Gaps())
		}
	}
	communes := slices.Clone(r.Gaps.Communes)
	for _, a := range r.Gaps.communesWithout(r.Inputs.Areas) {
		communes = append(communes, criterion.Commune{Code: a.Code, Name: a.Name})
		shifted[a.Code] = slices.Repeat([]any{0}, len(criterion.ShiftsDB))
	}
	slices.SortFunc(communes, func(a, b criterion.Commune) int { return cmp.Compare(a.Code, b.Code) })
	outlines := map[string]orb.Geometry{}
	for i := range r.Inputs.Areas {
		outlines[r.Inputs.Areas[i].Code] = r.Inputs.Areas[i].Geometry
	}
	for i := range communes {
		m := &communes[i]
		t := &m.Tally
		if err := write(outlines[m.Code], append([]any{
			m.Code, m.Name, t.Villages, t.Served, t.Weak, t.None, t.NotCounted, t.People, t.PeopleUnserved, t.PeopleInGaps,
			t.Agreement.Both, t.Agreement.DeclaredOnly, t.Agreement.ComputedOnly, t.Agreement.Neither, t.Agreement.NotDeclared,
		}, shifted[m.Code]...)...); err != nil {
			return err
		}
	}
	return nil
}
