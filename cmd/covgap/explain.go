package main

import (
	"cmp"
	"context"
	"fmt"
	"math"
	"slices"
	"strings"

	"github.com/covgap/covgap/cmd/covgap/run"
	"github.com/covgap/covgap/coverage/cause"
	"github.com/covgap/covgap/data"
	"github.com/covgap/covgap/geo"
	"github.com/covgap/covgap/geo/hexgrid"
	"github.com/covgap/covgap/planner"
	"github.com/covgap/covgap/planner/remedy"
	"github.com/covgap/covgap/planner/repeater"
	"github.com/spf13/cobra"
)

func newExplainCommand(g *global) *cobra.Command {
	return &cobra.Command{
		Use:   "explain village|hex|site ID",
		Short: "Why a village or hex has no service, and what a site serves",
		Long: `Say why.

Of a village or a hex: who serves it or comes nearest to it, by how much that falls
short, and why: the first of the causes technology, operator, beam, behind_trees,
behind_terrain, power that would serve if it were gone, else out_of_range, with the
ridge that stands in the way and what each of the others would do. Of a village
also the remedies: actions at the masts that nearly reach it and something new
beside it, each tried on the network before it is named.

Of a site: the villages and people it serves, by sector, and those that depend on it
alone.

A village may be given by its name, with or without accents, where only one has it;
a hex by its H3 index or as longitude,latitude. Coverage comes from the store of the
project's last run; what is not there is computed.

Exit codes: 2 when there is no such village, hex or site, 6 without a project.`,
		Example: `After "covgap demo", in the same folder:
  covgap explain village 01087-018
  covgap explain hex 105.39833,22.55
  covgap explain site T0246 --json`,
		Args: cobra.ExactArgs(2),
		RunE: func(cmd *cobra.Command, args []string) error {
			kinds := []string{kindVillage, kindHex, kindSite}
			if !slices.Contains(kinds, args[0]) {
				hint := ""
				if near := geo.Nearest(args[0], kinds); near != "" {
					hint = fmt.Sprintf("; did you mean %s?", near)
				}
				return usagef("%q; expected village, hex or site before the id%s", args[0], hint)
			}
			return runExplain(cmd.Context(), g, args[0], args[1])
		},
	}
}

func runExplain(ctx context.Context, g *global, kind, id string) (err error) {
	p, err := openProject(g)
	if err != nil {
		return err
	}
	r := run.New(p, run.Options{Workers: g.jobs, Lang: g.lang, Reporter: g.reporter})
	if err := r.Check(ctx); err != nil {
		return err
	}
	// What is asked for is found before anything is computed.
	e := &explainer{g: g, r: r}
	switch kind {
	case kindVillage:
		e.village, err = e.findVillage(id)
	case kindHex:
		e.cell, err = e.findHex(id)
	default:
		e.site, err = e.findSite(id)
	}
	if err != nil {
		return err
	}
	if g.dryRun {
		fmt.Fprintf(g.stdout, g.lang.T("would explain %s %s\n", "sẽ giải thích %s %s\n"), kindName(g.lang, kind), id)
		return nil
	}
	unlock, err := p.Lock()
	if err != nil {
		return err
	}
	defer release(unlock, &err)
	for _, step := range []func(context.Context) error{r.ComputeCoverage, r.FindGaps} {
		if err := step(ctx); err != nil {
			return err
		}
	}
	switch kind {
	case kindVillage:
		return e.explainVillage(ctx)
	case kindHex:
		return e.explainHex()
	}
	return e.explainSite(ctx)
}

// explainer explains one place.
type explainer struct {
	g       *global
	r       *run.Run
	village int // in the villages of the inputs, as in the places of the coverage
	cell    hexgrid.Cell
	site    *data.Site // of the inputs
}

// findVillage finds a village by its id, or by its name when no other has it.
func (e *explainer) findVillage(id string) (int, error) {
	villages := e.r.Inputs.Villages
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
		return 0, usagef("%d villages are named %q: %s; give the id", len(named), id, strings.Join(ids, ", "))
	}
	hint := ""
	if near := geo.Nearest(id, known); near != "" {
		hint = fmt.Sprintf("; did you mean %s?", near)
		if at := slices.Index(known, near); at%2 == 1 {
			hint = fmt.Sprintf("; did you mean %s (%s)?", near, known[at-1])
		}
	}
	return 0, usagef("no village %q%s", id, hint)
}

// findHex reads a hex, or the hex of a point at the computing resolution.
func (e *explainer) findHex(id string) (hexgrid.Cell, error) {
	resolution := e.r.Project.Coverage.Resolution
	p, ok, err := parsePoint(id)
	if err != nil {
		return 0, err
	}
	if ok {
		return hexgrid.At(p, resolution)
	}
	cell, err := hexgrid.Parse(id)
	if err != nil {
		return 0, usagef("%q is no H3 index and no longitude,latitude", id)
	}
	if cell.Resolution() != resolution {
		return 0, usagef("hex %s has resolution %d; coverage is computed at %d: give a point instead", id, cell.Resolution(), resolution)
	}
	return cell, nil
}

// findSite finds a site by its id, that of a row joined into it, or of a sector on it.
func (e *explainer) findSite(id string) (*data.Site, error) {
	sites := e.r.Inputs.Sites
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
	return nil, usagef("no site or sector %q%s", id, hint)
}

// What covgap explain shows. Names and units are those of the outputs.

type villageExplained struct {
	Kind           string          `json:"kind"` // village
	ID             string          `json:"village_id"`
	Name           string          `json:"name"`
	CommuneCode    string          `json:"commune_code"`
	Commune        string          `json:"commune"`
	Class          data.Class      `json:"class"`
	Declared       data.Class      `json:"declared_status"`
	ServedShare    float64         `json:"served_share"`
	SignalShare    float64         `json:"signal_share"`
	Population     float64         `json:"population"`
	PeopleUnserved float64         `json:"people_unserved"`
	Cause          cause.Cause     `json:"cause"` // "" when it meets the criterion
	CauseShare     float64         `json:"cause_share"`
	Causes         []causeShare    `json:"causes"` // of all that is not served
	Hex            hexExplained    `json:"hex"`    // that stands for the cause, else the centre
	Remedies       []remedyExplain `json:"remedies"`
}

type causeShare struct {
	Cause cause.Cause `json:"cause"`
	Share float64     `json:"share"`
}

type hexExplained struct {
	Kind            string           `json:"kind"` // hex
	ID              string           `json:"hex_id"`
	Longitude       float64          `json:"longitude"`
	Latitude        float64          `json:"latitude"`
	Class           data.Class       `json:"class"`
	Operator        string           `json:"operator"` // whose service is missing, "" where any will do
	Cause           cause.Cause      `json:"cause"`
	EdgeDB          float64          `json:"edge_db"` // by which the exact path is above what the map says
	Links           []linkExplained  `json:"links"`
	Counterfactuals []counterExplain `json:"counterfactuals"`
	BeyondRadius    *linkExplained   `json:"beyond_radius"` // stronger than all within the computing radius
}

type linkExplained struct {
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
	AzimuthAssumed bool            `json:"azimuth_assumed"`
	Ridge          *ridgeExplained `json:"ridge"`
}

type ridgeExplained struct {
	Longitude    float64 `json:"longitude"`
	Latitude     float64 `json:"latitude"`
	FromSiteKm   float64 `json:"from_site_km"`
	HeightM      float64 `json:"height_m"` // above sea level, with what stands on it
	ClutterM     float64 `json:"clutter_m"`
	AboveLineM   float64 `json:"above_line_m"`
	FresnelM     float64 `json:"fresnel_radius_m"`
	FresnelShare float64 `json:"fresnel_share"`
}

type counterExplain struct {
	Cause      cause.Cause     `json:"cause"`
	Serves     bool            `json:"serves"`
	SiteID     string          `json:"site_id"`
	SectorID   string          `json:"sector_id"`
	Technology data.Technology `json:"technology"`
	LevelDBm   float64         `json:"level_dbm"`
	MarginDB   float64         `json:"margin_db"`
	GainDB     *float64        `json:"gain_db"`
	Ridge      *ridgeExplained `json:"ridge"` // what stands in the way, of terrain and trees
	// AzimuthAssumed says that the input does not say where the sector points.
	AzimuthAssumed bool `json:"azimuth_assumed"`
}

type remedyExplain struct {
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

func newLinkExplained(l *cause.Link) linkExplained {
	out := linkExplained{
		SiteID: l.Site.ID, SectorID: l.Sector.ID, Operator: l.Sector.Operator, Technology: l.Sector.Technology, FrequencyMHz: l.Sector.FrequencyMHz,
		DistanceKm: rounded(l.DistanceM/1000, 3), AzimuthDeg: rounded(l.AzimuthDeg, 1), LevelDBm: rounded(l.LevelDBm, 1),
		RequiredDBm: known(l.RequiredDBm), MarginDB: known(l.MarginDB()), OffBeamDB: rounded(l.OffBeamDB, 1), LineOfSight: l.LineOfSight,
		AzimuthAssumed: azimuthAssumed(l.Sector),
	}
	if r := l.Ridge; r != nil {
		out.Ridge = &ridgeExplained{
			Longitude: rounded(r.At.Lon(), 6), Latitude: rounded(r.At.Lat(), 6), FromSiteKm: rounded(r.FromMastM/1000, 3), HeightM: rounded(r.TopM(), 1),
			ClutterM: rounded(r.ClutterM, 1), AboveLineM: rounded(r.AboveLineM, 1), FresnelM: rounded(r.FresnelM, 1), FresnelShare: rounded(r.FresnelShare(), 2),
		}
	}
	return out
}

func (e *explainer) newHexExplained(cell hexgrid.Cell, h *cause.Hex) hexExplained {
	class, _, _ := e.r.Coverage.Class(cell)
	at := cell.Center()
	out := hexExplained{
		Kind: kindHex, ID: cell.String(), Longitude: rounded(at.Lon(), 6), Latitude: rounded(at.Lat(), 6), Class: class,
		Operator: h.Operator, Cause: h.Cause, EdgeDB: rounded(h.EdgeDB, 2), Links: []linkExplained{}, Counterfactuals: []counterExplain{},
	}
	for i := range h.Links {
		out.Links = append(out.Links, newLinkExplained(&h.Links[i]))
	}
	for i := range h.Counterfactuals {
		c := &h.Counterfactuals[i]
		x := counterExplain{
			Cause: c.Cause, Serves: c.Serves, SiteID: c.Link.Site.ID, SectorID: c.Link.Sector.ID, Technology: c.Technology,
			LevelDBm: rounded(c.LevelDBm, 1), MarginDB: rounded(c.MarginDB, 1), GainDB: known(c.GainDB),
			AzimuthAssumed: azimuthAssumed(c.Link.Sector),
		}
		if c.Cause == cause.BehindTerrain || c.Cause == cause.BehindTrees {
			x.Ridge = newLinkExplained(&c.Link).Ridge
		}
		out.Counterfactuals = append(out.Counterfactuals, x)
	}
	if h.BeyondRadius != nil {
		out.BeyondRadius = new(newLinkExplained(h.BeyondRadius))
	}
	return out
}

// explainVillage explains a village.
func (e *explainer) explainVillage(ctx context.Context) error {
	c := e.r.Coverage
	place, verdict := &c.Places[e.village], &e.r.Gaps.Verdicts[e.village]
	v := place.Village
	finder, err := e.r.CauseFinder()
	if err != nil {
		return err
	}
	probe := finder.Probe()
	shown := &villageExplained{
		Kind: kindVillage, ID: v.ID, Name: v.Name, CommuneCode: v.CommuneCode, Commune: v.Commune, Class: verdict.Class, Declared: v.Declared,
		ServedShare: rounded(verdict.ServedShare, 4), SignalShare: rounded(verdict.SignalShare, 4),
		Population: v.Population, PeopleUnserved: rounded(verdict.PeopleUnserved, 1), Causes: []causeShare{}, Remedies: []remedyExplain{},
	}
	if !verdict.Gap() {
		class, operator, _ := c.Class(place.Center)
		h := probe.Hex(place.Center.Center(), class == data.Served, operator)
		shown.Hex = e.newHexExplained(place.Center, &h)
		return e.show(shown, func() error { return printVillageExplained(e.g, shown) })
	}
	found, err := probe.Village(*place, e.r.Project.Criterion.Rule, c.Class)
	if err != nil {
		return err
	}
	typical := &found.Hexes[found.Typical]
	shown.Cause, shown.CauseShare = found.Cause, rounded(found.Share, 4)
	shown.Hex = e.newHexExplained(typical.Cell, &typical.Hex)
	var total float64
	shares := map[cause.Cause]float64{}
	for i := range found.Hexes {
		total += found.Hexes[i].Weight
		shares[found.Hexes[i].Cause] += found.Hexes[i].Weight
	}
	for _, c := range cause.All() {
		if shares[c] > 0 {
			shown.Causes = append(shown.Causes, causeShare{c, rounded(shares[c]/total, 4)})
		}
	}
	if shown.Remedies, err = e.remedies(ctx, found); err != nil {
		return err
	}
	return e.show(shown, func() error { return printVillageExplained(e.g, shown) })
}

// remedies finds what would bring service to the village.
func (e *explainer) remedies(ctx context.Context, found cause.Village) ([]remedyExplain, error) {
	base, err := e.r.WhatIf()
	if err != nil {
		return nil, err
	}
	stage := e.g.reporter.Start("remedies", 0, "")
	remedies, err := remedy.Find(ctx, remedy.Input{
		Base: base, Network: e.r.Inputs.Sites, Counted: e.r.Counted, Cause: e.r.CauseInput(), Templates: e.r.Project.Plan.Templates,
		Repeater: repeater.Default(), Place: e.village, Village: found,
	})
	if err != nil {
		return nil, err
	}
	stage.Done(fmt.Sprintf(e.g.lang.T("%d found", "tìm thấy %d"), len(remedies)))
	out := []remedyExplain{}
	for _, r := range remedies {
		out = append(out, remedyExplain{
			Action: r.Action, Meets: r.Meets, GainDB: known(r.GainDB), MarginDB: known(r.MarginDB), ClassAfter: r.After.Class,
			ShareAfter: rounded(r.After.ServedShare, 4), PeopleGained: rounded(r.PeopleGained, 1), PeopleLost: rounded(r.PeopleLost, 1),
		})
	}
	return out, nil
}

// explainHex explains a hex.
func (e *explainer) explainHex() error {
	class, operator, ok := e.r.Coverage.Class(e.cell)
	if !ok {
		at := e.cell.Center()
		return usagef("hex %s at %.5f,%.5f lies outside the areas and villages of the project", e.cell, at.Lon(), at.Lat())
	}
	finder, err := e.r.CauseFinder()
	if err != nil {
		return err
	}
	h := finder.Probe().Hex(e.cell.Center(), class == data.Served, operator)
	shown := e.newHexExplained(e.cell, &h)
	return e.show(shown, func() error { return printHexExplained(e.g, &shown) })
}

type siteExplained struct {
	Kind       string            `json:"kind"` // site
	ID         string            `json:"site_id"`
	Name       string            `json:"name"`
	Longitude  float64           `json:"longitude"`
	Latitude   float64           `json:"latitude"`
	StructureM float64           `json:"structure_height_m,omitempty"`
	People     float64           `json:"people"` // served, of whom it is the best server
	Sectors    []sectorExplained `json:"sectors"`
	Villages   []villageServed   `json:"villages"` // that it is the best server of in part, the most people first
	// Alone are the villages that would become gaps without the site, and Lose those
	// that would lose service in part.
	Alone []villageChange `json:"alone"`
	Lose  []villageChange `json:"lose"`
}

type sectorExplained struct {
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

type villageServed struct {
	ID      string  `json:"village_id"`
	Name    string  `json:"name"`
	Commune string  `json:"commune"`
	People  float64 `json:"people"`
	Share   float64 `json:"share"` // of its weight
}

// explainSite explains what a site serves.
func (e *explainer) explainSite(ctx context.Context) error {
	c := e.r.Coverage
	s := e.site
	shown := &siteExplained{
		Kind: kindSite, ID: s.ID, Name: s.Name, Longitude: rounded(s.Position.Lon(), 6), Latitude: rounded(s.Position.Lat(), 6), StructureM: s.StructureHeightM,
		Sectors: []sectorExplained{}, Villages: []villageServed{}, Alone: []villageChange{}, Lose: []villageChange{},
	}
	sectors := map[string]*sectorExplained{}
	for i := range s.Sectors {
		sec := &s.Sectors[i]
		x := sectorExplained{
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
		if id := e.r.ServedBy(i); sectors[id] != nil {
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
			if x := sectors[e.r.ServedBy(k)]; x != nil {
				ours += h.Weight
				x.People += p.Village.Population * h.Weight / total
			}
		}
		if ours > 0 {
			people := p.Village.Population * ours / total
			shown.People += people
			shown.Villages = append(shown.Villages, villageServed{p.Village.ID, p.Village.Name, p.Village.Commune, rounded(people, 1), rounded(ours/total, 4)})
		}
	}
	shown.People = rounded(shown.People, 1)
	for i := range shown.Sectors {
		shown.Sectors[i].People = rounded(shown.Sectors[i].People, 1)
	}
	slices.SortStableFunc(shown.Villages, func(a, b villageServed) int { return cmp.Or(cmp.Compare(b.People, a.People), cmp.Compare(a.ID, b.ID)) })

	without, err := planner.Apply(e.r.Inputs.Sites, []planner.Action{{Kind: planner.Remove, SiteID: s.ID}}, nil)
	if err != nil {
		return err
	}
	base, err := e.r.WhatIf()
	if err != nil {
		return err
	}
	d, err := base.Try(ctx, e.r.Counted(without))
	if err != nil {
		return err
	}
	for _, v := range newWhatifShown(e.r, nil, d).Villages {
		if v.ClassBefore == data.Served && v.ClassAfter != data.Served {
			shown.Alone = append(shown.Alone, v)
		} else {
			shown.Lose = append(shown.Lose, v)
		}
	}
	return e.show(shown, func() error { return printSiteExplained(e.g, shown) })
}

// show prints what was found as JSON or as text.
func (e *explainer) show(v any, text func() error) error {
	if e.g.json {
		return printJSON(e.g, v)
	}
	return text()
}
