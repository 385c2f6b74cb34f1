package run

import (
	"context"
	"fmt"
	"slices"

	"github.com/covgap/covgap/coverage/cause"
	"github.com/covgap/covgap/coverage/sweep"
	"github.com/covgap/covgap/data"
	"github.com/covgap/covgap/geo/hexgrid"
	"github.com/covgap/covgap/planner/whatif"
)

// CauseTally counts the gaps of one cause.
type CauseTally struct {
	Cause          cause.Cause `json:"cause"`
	Villages       int         `json:"villages"`
	PeopleUnserved float64     `json:"people_unserved"`
}

// FindCauses says of each gap why it is one.
func (r *Run) FindCauses(ctx context.Context) error {
	l, g := r.Options.Lang, r.Gaps
	stage := r.Options.Reporter.Start("causes", int64(len(g.Ranked)), l.T("gaps", "vùng lõm"))
	f, err := r.CauseFinder()
	if err != nil {
		return err
	}
	g.Causes, err = f.Villages(ctx, r.Coverage.Places, func(i int) bool { return g.Verdicts[i].Gap() }, r.Coverage.Class, r.Options.Workers,
		func(done int) { stage.Set(int64(done)) })
	if err != nil {
		return err
	}
	r.finish(stage, "causes", fmt.Sprintf(l.T("%s gaps explained", "đã giải thích %s vùng lõm"), l.Int(int64(len(g.Ranked)))), "")
	return nil
}

// CauseFinder gives what finds causes in this run's coverage, from every sector on
// air, counted by the criterion or not.
func (r *Run) CauseFinder() (*cause.Finder, error) { return cause.New(r.CauseInput()) }

// CauseInput gives what causes depend on.
func (r *Run) CauseInput() cause.Input {
	return cause.Input{
		Params: r.Coverage.Params, Criterion: r.Project.Criterion, Sites: onAir(r.Inputs.Sites, r.Project.Coverage.Date), Antennas: r.Inputs.Antennas,
	}
}

// ServedBy gives the id of the sector that serves a hex of the grid best, "" where it
// is not served.
func (r *Run) ServedBy(i int) string {
	if s, ok := r.server(i); ok && r.Coverage.Hexes.Class[i] == data.Served {
		return s.sectorID
	}
	return ""
}

// onAir gives the sites with the sectors that transmit on a date, "" for now.
func onAir(network []data.Site, date string) []data.Site {
	var out []data.Site
	for _, s := range network {
		kept := s
		kept.Sectors = nil
		for _, sec := range s.Sectors {
			if sec.OnAir(date) {
				kept.Sectors = append(kept.Sectors, sec)
			}
		}
		if len(kept.Sectors) > 0 {
			out = append(out, kept)
		}
	}
	return out
}

// WhatIf prepares the coverage for questions about other networks; [Run.Counted] says
// what of them counts.
func (r *Run) WhatIf() (*whatif.Base, error) {
	c := r.Coverage
	return whatif.New(whatif.Today{
		Criterion: r.Project.Criterion, Sites: c.Sites, Grid: c.Grid, Layers: c.Layers, Hexes: c.Hexes, Places: c.Places, Verdicts: r.Gaps.Verdicts,
		Source: sweep.NewMemory(c.sweeper, memoryBytes), Merge: r.mergeOptions(), RadiusM: c.Params.RadiusM,
	})
}

// memoryBytes is the most that decoded sweeps take while questions are answered: some
// 500 transmitters at resolution 10 and 20 km, twice those within reach of a place.
const memoryBytes = 256 << 20

// Counted gives the sites of a network whose signal can matter, with the sectors that
// do, as coverage is computed from them.
func (r *Run) Counted(network []data.Site) []data.Site {
	sites, _ := r.choose(network)
	return sites
}

// Class gives the class of a cell and the operator that decided it; ok is false
// outside the grid.
func (c *Coverage) Class(cell hexgrid.Cell) (class data.Class, operator string, ok bool) {
	i, ok := c.Grid.Index(cell)
	if !ok {
		return "", "", false
	}
	if k := c.Hexes.Layer[i]; k >= 0 {
		operator = c.Layers[k].Operator
	}
	return c.Hexes.Class[i], operator, true
}

// causeTally counts the gaps of each cause, in the order in which causes are tried; nil
// before they were looked for.
func (r *Run) causeTally() []CauseTally {
	if r.Gaps.Causes == nil {
		return nil
	}
	var out []CauseTally
	for _, c := range cause.All() {
		t := CauseTally{Cause: c}
		for _, i := range r.Gaps.Ranked {
			if r.Gaps.Causes[i].Cause == c {
				t.Villages++
				t.PeopleUnserved += r.Gaps.Verdicts[i].PeopleUnserved
			}
		}
		if t.Villages > 0 {
			out = append(out, t)
		}
	}
	return out
}

// evidence is what outputs say of a village's cause: empty where there is none.
type evidence struct {
	cause     cause.Cause
	share     float64
	site      string
	sector    string
	km        float64
	missingDB float64 // of the strongest sector today
	gainDB    float64 // what the cause takes away
	assumed   bool    // the input does not say where the sector points
	hasLink   bool    // site, sector, km and assumed
	hasLevel  bool    // missingDB
	hasGain   bool    // gainDB
	ridge     *cause.Ridge
}

// evidence gives that of a village, from the hex that stands for its cause.
func (g *Gaps) evidence(i int) evidence {
	v := &g.Causes[i]
	if v.Cause == "" {
		return evidence{} // no gap
	}
	h := &v.Hexes[v.Typical].Hex
	e := evidence{cause: v.Cause, share: v.Share}
	if len(h.Links) > 0 {
		e.missingDB, e.hasLevel = h.EdgeDB-h.Links[0].MarginDB(), true
	}
	if l := h.Evidence(); l != nil {
		e.site, e.sector, e.km, e.hasLink = l.Site.ID, l.Sector.ID, l.DistanceM/1000, true
		e.assumed = slices.Contains(l.Sector.Assumed, "azimuth_deg")
	}
	if c := h.First(); c != nil {
		if e.hasLevel {
			e.gainDB, e.hasGain = c.GainDB, true
		}
		if c.Cause == cause.BehindTerrain || c.Cause == cause.BehindTrees {
			e.ridge = c.Link.Ridge
		}
	}
	return e
}

// values gives the columns of a cause for a table of any kind: nil where there is
// nothing to say.
func (e *evidence) values() []any {
	out := make([]any, 13) // cause to ridge_fresnel_share
	if e.cause == "" {
		return out
	}
	out[0], out[1] = string(e.cause), e.share
	if e.hasLink {
		out[2], out[3], out[4], out[5] = e.site, e.sector, e.km, e.assumed
	}
	if e.hasLevel {
		out[6] = e.missingDB
	}
	if e.hasGain {
		out[7] = e.gainDB
	}
	if r := e.ridge; r != nil {
		out[8], out[9], out[10], out[11], out[12] = r.At.Lon(), r.At.Lat(), r.TopM(), r.AboveLineM, r.FresnelShare()
	}
	return out
}
