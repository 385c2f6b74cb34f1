package answer

import (
	"cmp"
	"context"
	"fmt"
	"math"
	"slices"
	"strings"

	"github.com/covgap/covgap/coverage/cause"
	"github.com/covgap/covgap/data"
	"github.com/covgap/covgap/geo"
	"github.com/covgap/covgap/geo/hexgrid"
	"github.com/covgap/covgap/planner"
	"github.com/covgap/covgap/planner/remedy"
)

// Subject is what is to be explained.
type Subject struct {
	kind    string
	village int // in the villages of the inputs, as in the places of the coverage
	cell    hexgrid.Cell
	site    *data.Site // of the inputs
}

// Find finds a village, hex or site; a hex also by a point (longitude,latitude) in it.
// The error is a *QuestionError.
func (a *Answers) Find(kind, id string) (s Subject, err error) {
	s.kind = kind
	switch kind {
	case KindVillage:
		s.village, err = a.findVillage(id)
	case KindHex:
		s.cell, err = a.findHex(id)
	case KindSite:
		s.site, err = a.findSite(id)
	default:
		err = questionf("%q; expected village, hex or site", kind)
	}
	return s, err
}

// Explain explains what Find found: as a [*Village], [*Hex] or [*Site].
func (a *Answers) Explain(ctx context.Context, s Subject) (any, error) {
	switch s.kind {
	case KindVillage:
		return a.explainVillage(ctx, s.village)
	case KindHex:
		return a.explainHex(s.cell)
	}
	return a.explainSite(ctx, s.site)
}

// findVillage finds a village by its id, or by its name when no other has it.
func (a *Answers) findVillage(id string) (int, error) {
	villages := a.run.Inputs.Villages
	var named []int
	var known []string
	for i := range villages {
		v := &villages[i]
		if v.ID == id {
			return i, nil
		}
		if name := geo.Fold(v.Name); name != "" && name == geo.Fold(id) {
			named = append(named, i)
		}
		known = append(known, v.ID, v.Name)
	}
	switch {
	case len(named) == 1:
		return named[0], nil
	case len(named) > 1:
		var ids []string
		for _, i := range named {
			ids = append(ids, fmt.Sprintf("%s (%s)", villages[i].ID, villages[i].Commune))
		}
		return 0, questionf("%d villages are named %q: %s; give the id", len(named), id, strings.Join(ids, ", "))
	}
	hint := ""
	if near := geo.Nearest(id, known); near != "" {
		hint = fmt.Sprintf("; did you mean %s?", near)
		if at := slices.Index(known, near); at%2 == 1 {
			hint = fmt.Sprintf("; did you mean %s (%s)?", near, known[at-1])
		}
	}
	return 0, missingf("no village %q%s", id, hint)
}

// findHex reads a hex, or the hex of a point at the computing resolution.
func (a *Answers) findHex(id string) (hexgrid.Cell, error) {
	resolution := a.run.Project.Coverage.Resolution
	p, ok, err := ParsePoint(id)
	if err != nil {
		return 0, err
	}
	if ok {
		return hexgrid.At(p, resolution)
	}
	cell, err := hexgrid.Parse(id)
	if err != nil {
		return 0, questionf("%q is no H3 index and no longitude,latitude", id)
	}
	if cell.Resolution() != resolution {
		return 0, questionf("hex %s has resolution %d; coverage is computed at %d: give a point instead", id, cell.Resolution(), resolution)
	}
	return cell, nil
}

// findSite finds a site by its id, that of a row joined into it, or of a sector on it.
func (a *Answers) findSite(id string) (*data.Site, error) {
	sites := a.run.Inputs.Sites
	var known []string
	for i := range sites {
		s := &sites[i]
		if s.ID == id || slices.Contains(s.OtherIDs, id) || slices.ContainsFunc(s.Sectors, func(c data.Sector) bool { return c.ID == id }) {
			return s, nil
		}
		known = append(known, s.ID)
	}
	hint := ""
	if near := geo.Nearest(id, known); near != "" {
		hint = fmt.Sprintf("; did you mean %s?", near)
	}
	return nil, missingf("no site or sector %q%s", id, hint)
}

// What covgap explain shows; names and units are those of the outputs.

// Village is a village explained: what of it is served, by whom, why not, and what would help.
type Village struct {
	Kind           string       `json:"kind"` // village
	ID             string       `json:"village_id"`
	Name           string       `json:"name"`
	CommuneCode    string       `json:"commune_code"`
	Commune        string       `json:"commune"`
	Class          data.Class   `json:"class"`
	Declared       data.Class   `json:"declared_status"`
	ServedShare    float64      `json:"served_share"`
	SignalShare    float64      `json:"signal_share"`
	Population     float64      `json:"population"`
	PeopleUnserved float64      `json:"people_unserved"`
	Cause          cause.Cause  `json:"cause"` // "" when it meets the criterion
	CauseShare     float64      `json:"cause_share"`
	Causes         []CauseShare `json:"causes"` // of all that is not served
	Hex            Hex          `json:"hex"`    // that stands for the cause, else the centre
	Remedies       []Remedy     `json:"remedies"`
}

// CauseShare is a cause with its share of what is not served of a village.
type CauseShare struct {
	Cause cause.Cause `json:"cause"`
	Share float64     `json:"share"`
}

// Hex is a hex explained.
type Hex struct {
	Kind            string           `json:"kind"` // hex
	ID              string           `json:"hex_id"`
	Longitude       float64          `json:"longitude"`
	Latitude        float64          `json:"latitude"`
	Class           data.Class       `json:"class"`
	Operator        string           `json:"operator"` // whose service is missing, "" where any will do
	Cause           cause.Cause      `json:"cause"`
	EdgeDB          float64          `json:"edge_db"` // by which the exact path is above what the map says
	Links           []Link           `json:"links"`
	Counterfactuals []Counterfactual `json:"counterfactuals"`
	BeyondRadius    *Link            `json:"beyond_radius"` // stronger than all within the computing radius
}

// Link is how a sector is received at a hex.
type Link struct {
	SiteID       string          `json:"site_id"`
	SectorID     string          `json:"sector_id"`
	Operator     string          `json:"operator"`
	Technology   data.Technology `json:"technology"`
	FrequencyMHz float64         `json:"frequency_mhz"`
	DistanceKm   float64         `json:"distance_km"`
	AzimuthDeg   float64         `json:"azimuth_deg"` // of the hex, from the site
	LevelDBm     float64         `json:"level_dbm"`
	RequiredDBm  *float64        `json:"required_dbm"` // null for a technology that does not count
	MarginDB     *float64        `json:"margin_db"`
	OffBeamDB    float64         `json:"off_beam_db"`
	LineOfSight  bool            `json:"line_of_sight"`
	// AzimuthAssumed says that the input does not say where the sector points.
	AzimuthAssumed bool   `json:"azimuth_assumed"`
	Ridge          *Ridge `json:"ridge"`
}

// Ridge is what stands in the way of a link.
type Ridge struct {
	Longitude    float64 `json:"longitude"`
	Latitude     float64 `json:"latitude"`
	FromSiteKm   float64 `json:"from_site_km"`
	HeightM      float64 `json:"height_m"` // above sea level, with what stands on it
	ClutterM     float64 `json:"clutter_m"`
	AboveLineM   float64 `json:"above_line_m"`
	FresnelM     float64 `json:"fresnel_radius_m"`
	FresnelShare float64 `json:"fresnel_share"`
}

// Counterfactual is what a hex would receive if one thing were otherwise.
type Counterfactual struct {
	Cause      cause.Cause     `json:"cause"`
	Serves     bool            `json:"serves"`
	SiteID     string          `json:"site_id"`
	SectorID   string          `json:"sector_id"`
	Technology data.Technology `json:"technology"`
	LevelDBm   float64         `json:"level_dbm"`
	MarginDB   float64         `json:"margin_db"`
	GainDB     *float64        `json:"gain_db"`
	Ridge      *Ridge          `json:"ridge"` // what stands in the way, of terrain and trees
	// AzimuthAssumed says that the input does not say where the sector points.
	AzimuthAssumed bool `json:"azimuth_assumed"`
}

// Remedy is an action that brings service, with what it does.
type Remedy struct {
	Action       planner.Action `json:"action"`
	Meets        bool           `json:"meets"`
	GainDB       *float64       `json:"gain_db"`
	MarginDB     *float64       `json:"margin_db"`
	ClassAfter   data.Class     `json:"class_after"`
	ShareAfter   float64        `json:"served_share_after"`
	PeopleGained float64        `json:"people_gained"`
	PeopleLost   float64        `json:"people_lost"`
}

func azimuthAssumed(s *data.Sector) bool { return slices.Contains(s.Assumed, "azimuth_deg") }

// known gives decibels of an output, nil for what is no number.
func known(v float64) *float64 {
	if math.IsNaN(v) || math.IsInf(v, 0) {
		return nil
	}
	return new(rounded(v, 1))
}

func newLink(l *cause.Link) Link {
	out := Link{
		SiteID: l.Site.ID, SectorID: l.Sector.ID, Operator: l.Sector.Operator, Technology: l.Sector.Technology, FrequencyMHz: l.Sector.FrequencyMHz,
		DistanceKm: rounded(l.DistanceM/1000, 3), AzimuthDeg: rounded(l.AzimuthDeg, 1), LevelDBm: rounded(l.LevelDBm, 1),
		RequiredDBm: known(l.RequiredDBm), MarginDB: known(l.MarginDB()), OffBeamDB: rounded(l.OffBeamDB, 1), LineOfSight: l.LineOfSight,
		AzimuthAssumed: azimuthAssumed(l.Sector),
	}
	if r := l.Ridge; r != nil {
		out.Ridge = &Ridge{
			Longitude: rounded(r.At.Lon(), 6), Latitude: rounded(r.At.Lat(), 6), FromSiteKm: rounded(r.FromMastM/1000, 3), HeightM: rounded(r.TopM(), 1),
			ClutterM: rounded(r.ClutterM, 1), AboveLineM: rounded(r.AboveLineM, 1), FresnelM: rounded(r.FresnelM, 1), FresnelShare: rounded(r.FresnelShare(), 2),
		}
	}
	return out
}

func (a *Answers) newHex(cell hexgrid.Cell, h *cause.Hex) Hex {
	class, _, _ := a.run.Coverage.Class(cell)
	at := cell.Center()
	out := Hex{
		Kind: KindHex, ID: cell.String(), Longitude: rounded(at.Lon(), 6), Latitude: rounded(at.Lat(), 6), Class: class,
		Operator: h.Operator, Cause: h.Cause, EdgeDB: rounded(h.EdgeDB, 2), Links: []Link{}, Counterfactuals: []Counterfactual{},
	}
	for i := range h.Links {
		out.Links = append(out.Links, newLink(&h.Links[i]))
	}
	for i := range h.Counterfactuals {
		c := &h.Counterfactuals[i]
		x := Counterfactual{
			Cause: c.Cause, Serves: c.Serves, SiteID: c.Link.Site.ID, SectorID: c.Link.Sector.ID, Technology: c.Technology,
			LevelDBm: rounded(c.LevelDBm, 1), MarginDB: rounded(c.MarginDB, 1), GainDB: known(c.GainDB),
			AzimuthAssumed: azimuthAssumed(c.Link.Sector),
		}
		if c.Cause == cause.BehindTerrain || c.Cause == cause.BehindTrees {
			x.Ridge = newLink(&c.Link).Ridge
		}
		out.Counterfactuals = append(out.Counterfactuals, x)
	}
	if h.BeyondRadius != nil {
		out.BeyondRadius = new(newLink(h.BeyondRadius))
	}
	return out
}

// explainVillage explains a village, by its place among those of the run.
func (a *Answers) explainVillage(ctx context.Context, i int) (*Village, error) {
	c := a.run.Coverage
	place, verdict := &c.Places[i], &a.run.Gaps.Verdicts[i]
	v := place.Village
	finder, err := a.finder()
	if err != nil {
		return nil, err
	}
	probe := finder.Probe()
	shown := &Village{
		Kind: KindVillage, ID: v.ID, Name: v.Name, CommuneCode: v.CommuneCode, Commune: v.Commune, Class: verdict.Class, Declared: v.Declared,
		ServedShare: rounded(verdict.ServedShare, 4), SignalShare: rounded(verdict.SignalShare, 4),
		Population: v.Population, PeopleUnserved: rounded(verdict.PeopleUnserved, 1), Causes: []CauseShare{}, Remedies: []Remedy{},
	}
	if !verdict.Gap() {
		class, operator, _ := c.Class(place.Center)
		h := probe.Hex(place.Center.Center(), class == data.Served, operator)
		shown.Hex = a.newHex(place.Center, &h)
		return shown, nil
	}
	found, err := probe.Village(*place, a.run.Project.Criterion.Rule, c.Class)
	if err != nil {
		return nil, err
	}
	typical := &found.Hexes[found.Typical]
	shown.Cause, shown.CauseShare = found.Cause, rounded(found.Share, 4)
	shown.Hex = a.newHex(typical.Cell, &typical.Hex)
	var total float64
	shares := map[cause.Cause]float64{}
	for k := range found.Hexes {
		total += found.Hexes[k].Weight
		shares[found.Hexes[k].Cause] += found.Hexes[k].Weight
	}
	for _, c := range cause.All() {
		if shares[c] > 0 {
			shown.Causes = append(shown.Causes, CauseShare{c, rounded(shares[c]/total, 4)})
		}
	}
	if shown.Remedies, err = a.remedies(ctx, i, found); err != nil {
		return nil, err
	}
	return shown, nil
}

// remedies finds what would bring service to the village.
func (a *Answers) remedies(ctx context.Context, place int, found cause.Village) ([]Remedy, error) {
	base, err := a.base()
	if err != nil {
		return nil, err
	}
	stage := a.run.Options.Reporter.Start("remedies", 0, "")
	remedies, err := remedy.Find(ctx, remedy.Input{
		Base: base, Network: a.run.Inputs.Sites, Counted: a.run.Counted, Cause: a.run.CauseInput(), Templates: a.run.Project.Plan.Templates,
		Repeater: a.run.Project.Plan.Repeater, Place: place, Village: found,
	})
	if err != nil {
		return nil, err
	}
	stage.Done(fmt.Sprintf(a.run.Options.Lang.T("%d found", "tìm thấy %d"), len(remedies)))
	out := []Remedy{}
	for _, r := range remedies {
		out = append(out, Remedy{
			Action: r.Action, Meets: r.Meets, GainDB: known(r.GainDB), MarginDB: known(r.MarginDB), ClassAfter: r.After.Class,
			ShareAfter: rounded(r.After.ServedShare, 4), PeopleGained: rounded(r.PeopleGained, 1), PeopleLost: rounded(r.PeopleLost, 1),
		})
	}
	return out, nil
}

// explainHex explains a hex of the grid.
func (a *Answers) explainHex(cell hexgrid.Cell) (*Hex, error) {
	class, operator, ok := a.run.Coverage.Class(cell)
	if !ok {
		at := cell.Center()
		return nil, missingf("hex %s at %.5f,%.5f lies outside the areas and villages of the project", cell, at.Lon(), at.Lat())
	}
	finder, err := a.finder()
	if err != nil {
		return nil, err
	}
	h := finder.Probe().Hex(cell.Center(), class == data.Served, operator)
	shown := a.newHex(cell, &h)
	return &shown, nil
}

// Site is a site explained: whom it serves, and who depends on it.
type Site struct {
	Kind       string          `json:"kind"` // site
	ID         string          `json:"site_id"`
	Name       string          `json:"name"`
	Longitude  float64         `json:"longitude"`
	Latitude   float64         `json:"latitude"`
	StructureM float64         `json:"structure_height_m,omitempty"`
	People     float64         `json:"people"` // served, of whom it is the best server
	Sectors    []Sector        `json:"sectors"`
	Villages   []VillageServed `json:"villages"` // that it is the best server of in part, the most people first
	// Alone are the villages that would become gaps without the site, and Lose those
	// that would lose service in part.
	Alone []VillageChange `json:"alone"`
	Lose  []VillageChange `json:"lose"`
}

// Sector is a sector of a site explained.
type Sector struct {
	ID             string          `json:"sector_id"`
	Operator       string          `json:"operator"`
	Technology     data.Technology `json:"technology"`
	FrequencyMHz   float64         `json:"frequency_mhz"`
	AntennaHeightM float64         `json:"antenna_height_m"`
	AzimuthDeg     *float64        `json:"azimuth_deg"` // null when omnidirectional
	TiltDeg        float64         `json:"tilt_deg"`
	EIRPDBm        float64         `json:"eirp_dbm"`
	Counts         bool            `json:"counts"` // for the criterion, today
	Hexes          int             `json:"hexes"`  // of the grid, served, of which it is the best server
	People         float64         `json:"people"` // in them
}

// VillageServed is a village that a site serves in part.
type VillageServed struct {
	ID      string  `json:"village_id"`
	Name    string  `json:"name"`
	Commune string  `json:"commune"`
	People  float64 `json:"people"`
	Share   float64 `json:"share"` // of its weight
}

// explainSite explains what a site of the inputs serves.
func (a *Answers) explainSite(ctx context.Context, s *data.Site) (*Site, error) {
	c := a.run.Coverage
	shown := &Site{
		Kind: KindSite, ID: s.ID, Name: s.Name, Longitude: rounded(s.Position.Lon(), 6), Latitude: rounded(s.Position.Lat(), 6), StructureM: s.StructureHeightM,
		Sectors: []Sector{}, Villages: []VillageServed{}, Alone: []VillageChange{}, Lose: []VillageChange{},
	}
	sectors := map[string]*Sector{}
	for i := range s.Sectors {
		sec := &s.Sectors[i]
		x := Sector{
			ID: sec.ID, Operator: sec.Operator, Technology: sec.Technology, FrequencyMHz: sec.FrequencyMHz, AntennaHeightM: sec.AntennaHeightM,
			TiltDeg: rounded(sec.MechanicalTiltDeg+sec.ElectricalTiltDeg, 1), EIRPDBm: rounded(sec.EIRPDBm, 1),
		}
		if !sec.Omni {
			x.AzimuthDeg = new(sec.AzimuthDeg)
		}
		shown.Sectors = append(shown.Sectors, x)
	}
	for i := range shown.Sectors {
		sectors[shown.Sectors[i].ID] = &shown.Sectors[i]
	}
	for i := range c.Sites {
		if c.Sites[i].ID == s.ID {
			for k := range c.Sites[i].Sectors {
				sectors[c.Sites[i].Sectors[k].ID].Counts = true
			}
		}
	}
	for i := range c.Grid.Len() {
		if id := a.run.ServedBy(i); sectors[id] != nil {
			sectors[id].Hexes++
		}
	}
	for i := range c.Places {
		p := &c.Places[i]
		var total, ours float64
		for _, h := range p.Hexes {
			total += h.Weight
		}
		for _, h := range p.Hexes {
			k, _ := c.Grid.Index(h.Cell)
			if x := sectors[a.run.ServedBy(k)]; x != nil {
				ours += h.Weight
				x.People += p.Village.Population * h.Weight / total
			}
		}
		if ours > 0 {
			people := p.Village.Population * ours / total
			shown.People += people
			shown.Villages = append(shown.Villages, VillageServed{p.Village.ID, p.Village.Name, p.Village.Commune, rounded(people, 1), rounded(ours/total, 4)})
		}
	}
	shown.People = rounded(shown.People, 1)
	for i := range shown.Sectors {
		shown.Sectors[i].People = rounded(shown.Sectors[i].People, 1)
	}
	slices.SortStableFunc(shown.Villages, func(a, b VillageServed) int { return cmp.Or(cmp.Compare(b.People, a.People), cmp.Compare(a.ID, b.ID)) })

	without, err := planner.Apply(a.run.Inputs.Sites, []planner.Action{{Kind: planner.Remove, SiteID: s.ID}}, nil)
	if err != nil {
		return nil, err
	}
	base, err := a.base()
	if err != nil {
		return nil, err
	}
	d, err := base.Try(ctx, a.run.Counted(without))
	if err != nil {
		return nil, err
	}
	for _, v := range newWhatIf(a.run, nil, d).Villages {
		if v.ClassBefore == data.Served && v.ClassAfter != data.Served {
			shown.Alone = append(shown.Alone, v)
		} else {
			shown.Lose = append(shown.Lose, v)
		}
	}
	return shown, nil
}
