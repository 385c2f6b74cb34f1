package planner

import (
	"cmp"
	"fmt"
	"maps"
	"slices"

	"github.com/covgap/covgap/coverage/linkbudget"
	"github.com/covgap/covgap/data"
	"github.com/covgap/covgap/geo"
	"github.com/covgap/covgap/planner/template"
)

// Apply gives the network after the actions, one after the other: an action may
// change what one before it has built. New sites stand behind the others, in the
// order of their actions; a site that keeps no sector is gone. The sites given and
// their sectors are not changed.
//
//   - new_site builds its template at its place. A template without operator is
//     shared: each operator of the network gets the sectors.
//   - remote_sector does the same for the operators of parent_site.
//   - repeater builds the antenna of its template for the operator, technology and
//     carrier of the donor sector; eirp_dbm is its output. Whether the donor is heard
//     well enough, and isolated enough, is for the planner to say.
//   - add_sector adds sectors of the template to site_id, by default for each
//     operator there and at the height of the highest antenna there.
//   - add_band does the same in the directions that the operator's sectors have there.
//   - raise brings the antennas of site_id, or of those that sector_id, operator,
//     technology and frequency_mhz leave, up to antenna_height_m where they hang
//     lower. Above the structure, where its height is known, structure_height_m must
//     say how high it becomes.
//   - re_aim turns a sector; what the action leaves out keeps its value.
//   - re_band and re_power give a sector another frequency or EIRP.
//   - remove takes away a site, or the sectors that the other fields leave.
//
// Sectors that are built are on air. The error is a [*geo.InputError] that wraps
// ErrPlan, with the field as actions[2].site_id.
func Apply(sites []data.Site, actions []Action, templates []template.Site) ([]data.Site, error) {
	n := network{sites: slices.Clone(sites), templates: templates}
	for i := range actions {
		a := &actions[i]
		err := a.validate(templates)
		if err == nil {
			err = n.apply(a)
		}
		if err != nil {
			return nil, within(err, fmt.Sprintf("actions[%d]", i))
		}
	}
	return slices.DeleteFunc(n.sites, func(s data.Site) bool { return len(s.Sectors) == 0 }), nil
}

// Touches gives the ids of the sectors of a network that an action takes away, changes or
// repeats, in the network's order: none for what is built beside them, nor for an action
// that speaks of none of them, since one before it has yet to build them.
func (a *Action) Touches(sites []data.Site) []string {
	siteID, field := a.SiteID, "site_id"
	switch {
	case a.Kind == Repeater:
		siteID, field = a.ParentSite, "parent_site"
	case a.Kind.builds():
		return nil
	}
	n := network{sites: sites}
	found, err := n.find(a, siteID, field)
	if err != nil {
		return nil
	}
	var ids []string
	for _, p := range found {
		if s := &sites[p.site].Sectors[p.sector]; a.Kind != Raise || s.AntennaHeightM < a.AntennaHeightM {
			ids = append(ids, s.ID)
		}
	}
	return ids
}

// network is sites that actions change: its own, though sectors are the caller's
// until they are written.
type network struct {
	sites     []data.Site
	templates []template.Site
}

func (n *network) apply(a *Action) error {
	switch a.Kind {
	case NewSite, RemoteSector, Repeater:
		return n.place(a)
	case AddSector, AddBand:
		return n.add(a)
	}
	found, err := n.find(a, a.SiteID, "site_id")
	if err != nil {
		return err
	}
	switch a.Kind {
	case Raise:
		return n.raise(a, found)
	case Remove:
		n.remove(found)
		return nil
	}
	// The others name a sector, and ids of sectors are unique.
	s := n.own(found[0])
	switch a.Kind {
	case ReAim:
		return reAim(a, s)
	case ReBand:
		if _, err := linkbudget.ReferenceShareDB(s.Technology, a.FrequencyMHz, s.BandwidthMHz); err != nil {
			return inputError("frequency_mhz", fmt.Sprint(a.FrequencyMHz), "a frequency of "+string(s.Technology), err.Error())
		}
		s.FrequencyMHz, s.Carrier = a.FrequencyMHz, ""
	case RePower:
		s.PowerDBm += a.EIRPDBm - s.EIRPDBm
		s.EIRPDBm = a.EIRPDBm
	}
	return nil
}

func inputError(field, found, expected, hint string) error {
	return &geo.InputError{Field: field, Found: found, Expected: expected, Hint: hint, Err: ErrPlan}
}

// at is the place of a sector in a network.
type at struct{ site, sector int }

// own gives a sector to write to.
func (n *network) own(p at) *data.Sector {
	s := &n.sites[p.site]
	s.Sectors = slices.Clone(s.Sectors)
	return &s.Sectors[p.sector]
}

// site gives the place of a site by its id, or that of a row joined into it.
func (n *network) site(id, field string) (int, error) {
	for i := range n.sites {
		if n.sites[i].ID == id || slices.Contains(n.sites[i].OtherIDs, id) {
			return i, nil
		}
	}
	ids := make([]string, len(n.sites))
	for i := range n.sites {
		ids[i] = n.sites[i].ID
	}
	return 0, inputError(field, fmt.Sprintf("%q", id), "the id of a site of the network", geo.DidYouMean(id, ids))
}

// find gives the sectors that an action speaks of: at the site, when siteID is not
// "", and as its other fields narrow them down; at least one.
func (n *network) find(a *Action, siteID, siteField string) ([]at, error) {
	from, to := 0, len(n.sites)
	if siteID != "" {
		i, err := n.site(siteID, siteField)
		if err != nil {
			return nil, err
		}
		from, to = i, i+1
	}
	var found []at
	var ids []string
	named := false
	for i := from; i < to; i++ {
		for k := range n.sites[i].Sectors {
			s := &n.sites[i].Sectors[k]
			ids = append(ids, s.ID)
			if a.SectorID != "" && s.ID != a.SectorID {
				continue
			}
			named = true
			if (a.Operator == "" || s.Operator == a.Operator) && (a.Technology == "" || s.Technology == a.Technology) &&
				(a.Kind == ReBand || a.FrequencyMHz == 0 || s.FrequencyMHz == a.FrequencyMHz) {
				found = append(found, at{i, k})
			}
		}
	}
	switch {
	case len(found) > 0:
		return found, nil
	case !named && a.SectorID != "" && siteID != "":
		return nil, inputError("sector_id", fmt.Sprintf("%q", a.SectorID), "the id of a sector of site "+siteID, geo.DidYouMean(a.SectorID, ids))
	case !named && a.SectorID != "":
		return nil, inputError("sector_id", fmt.Sprintf("%q", a.SectorID), "the id of a sector of the network", geo.DidYouMean(a.SectorID, ids))
	}
	field := cmp.Or(given("operator", a.Operator), given("technology", string(a.Technology)), "frequency_mhz")
	return nil, inputError(field, "no sector as the action describes it", "operator, technology and frequency_mhz of sectors that are there, or none", "")
}

func given(field, value string) string {
	if value == "" {
		return ""
	}
	return field
}

// place puts up a site.
func (n *network) place(a *Action) error {
	for i := range n.sites {
		if s := &n.sites[i]; s.ID == a.SiteID || slices.Contains(s.OtherIDs, a.SiteID) {
			return inputError("site_id", fmt.Sprintf("%q, which is there", a.SiteID), "an id of its own", "")
		}
	}
	t := a.template(n.templates)
	operators := []string{t.Operator}
	var carrier string
	switch a.Kind {
	case NewSite:
		if t.Operator == "" {
			operators = n.operators(0, len(n.sites))
		}
	case RemoteSector:
		p, err := n.site(a.ParentSite, "parent_site")
		if err != nil {
			return err
		}
		if operators, err = n.operatorsAt(p, &t, "parent_site"); err != nil {
			return err
		}
	case Repeater:
		found, err := n.find(a, a.ParentSite, "parent_site")
		if err != nil {
			return err
		}
		donor := &n.sites[found[0].site].Sectors[found[0].sector]
		operators, carrier = []string{donor.Operator}, donor.Carrier
		t.Technology, t.FrequencyMHz, t.BandwidthMHz = donor.Technology, donor.FrequencyMHz, donor.BandwidthMHz
	}
	site := data.Site{
		ID: a.SiteID, Name: a.SiteID, Position: a.Position(), StructureHeightM: t.StructureHeightM,
		PowerSource: string(a.Power), Backhaul: string(a.Backhaul), Rows: 1,
	}
	for _, operator := range operators {
		t.Operator = operator
		build(&site, &t, t.AzimuthsDeg, carrier)
	}
	n.sites = append(n.sites, site)
	return nil
}

// build adds sectors of a template in so many directions to a site, on air.
func build(site *data.Site, t *template.Site, azimuthsDeg []float64, carrier string) {
	for _, azimuth := range azimuthsDeg {
		s := t.Sector(azimuth)
		s.SiteID, s.Carrier, s.Status = site.ID, carrier, data.StatusOnAir
		for k := len(site.Sectors) + 1; s.ID == "" || slices.ContainsFunc(site.Sectors, func(o data.Sector) bool { return o.ID == s.ID }); k++ {
			s.ID = fmt.Sprintf("%s-%d", site.ID, k)
		}
		site.Sectors = append(site.Sectors, s)
	}
}

// operators gives the operators of some sites, in order of their names; one without
// name where there are none.
func (n *network) operators(from, to int) []string {
	names := map[string]bool{}
	for i := from; i < to; i++ {
		for k := range n.sites[i].Sectors {
			names[n.sites[i].Sectors[k].Operator] = true
		}
	}
	if len(names) == 0 {
		return []string{""}
	}
	return slices.Sorted(maps.Keys(names))
}

// operatorsAt gives whom sectors of a template on a site's mast, or on its baseband,
// are for: the template's operator, which must be there for its baseband to be, else
// all that are.
func (n *network) operatorsAt(site int, t *template.Site, field string) ([]string, error) {
	there := n.operators(site, site+1)
	if t.Operator == "" {
		return there, nil
	}
	if field == "parent_site" && !slices.Contains(there, t.Operator) {
		return nil, inputError(field, fmt.Sprintf("%q, where %s has no baseband", n.sites[site].ID, t.Operator), "a site of that operator", "")
	}
	return []string{t.Operator}, nil
}

// add builds on a mast that stands.
func (n *network) add(a *Action) error {
	i, err := n.site(a.SiteID, "site_id")
	if err != nil {
		return err
	}
	site := &n.sites[i]
	t := a.template(n.templates)
	if a.AntennaHeightM == 0 && len(site.Sectors) > 0 {
		t.AntennaHeightM = 0
		for k := range site.Sectors {
			t.AntennaHeightM = max(t.AntennaHeightM, site.Sectors[k].AntennaHeightM)
		}
	}
	if site.StructureHeightM > 0 && t.AntennaHeightM > site.StructureHeightM && a.AntennaHeightM != 0 {
		return inputError("antenna_height_m", fmt.Sprint(a.AntennaHeightM), fmt.Sprintf("metres within the structure of site %s (%g)", site.ID, site.StructureHeightM), "")
	}
	operators, err := n.operatorsAt(i, &t, "site_id")
	if err != nil {
		return err
	}
	was := site.Sectors
	site.Sectors = slices.Clone(was)
	for _, operator := range operators {
		t.Operator = operator
		azimuths := t.AzimuthsDeg
		if a.Kind == AddBand && len(a.AzimuthsDeg) == 0 {
			azimuths = directions(was, operator)
			if len(azimuths) == 0 {
				return inputError("azimuth_deg", "none, and no sector of "+operator+" whose direction could be taken", "a direction for each sector", "")
			}
		}
		build(site, &t, azimuths, "")
	}
	return nil
}

// directions gives the azimuths of an operator's sectors, rising, each once.
func directions(sectors []data.Sector, operator string) []float64 {
	var azimuths []float64
	for k := range sectors {
		if s := &sectors[k]; s.Operator == operator && !s.Omni {
			azimuths = append(azimuths, s.AzimuthDeg)
		}
	}
	slices.Sort(azimuths)
	return slices.Compact(azimuths)
}

// raise brings antennas up to a height.
func (n *network) raise(a *Action, found []at) error {
	site := &n.sites[found[0].site] // validate asks for a site
	if a.StructureHeightM != 0 {
		site.StructureHeightM = max(site.StructureHeightM, a.StructureHeightM)
	}
	if site.StructureHeightM > 0 && a.AntennaHeightM > site.StructureHeightM {
		return inputError("antenna_height_m", fmt.Sprint(a.AntennaHeightM), fmt.Sprintf("metres within the structure of site %s (%g)", site.ID, site.StructureHeightM),
			"structure_height_m says how high it becomes")
	}
	if !slices.ContainsFunc(found, func(p at) bool { return site.Sectors[p.sector].AntennaHeightM < a.AntennaHeightM }) {
		return inputError("antenna_height_m", fmt.Sprint(a.AntennaHeightM), "more than the antennas of site "+site.ID+" have", "")
	}
	site.Sectors = slices.Clone(site.Sectors)
	for _, p := range found {
		s := &site.Sectors[p.sector]
		s.AntennaHeightM = max(s.AntennaHeightM, a.AntennaHeightM)
	}
	return nil
}

func (n *network) remove(found []at) {
	gone := map[int][]int{} // sectors by site
	for _, p := range found {
		gone[p.site] = append(gone[p.site], p.sector)
	}
	for i, sectors := range gone {
		site, kept := &n.sites[i], []data.Sector(nil)
		for k := range site.Sectors {
			if !slices.Contains(sectors, k) {
				kept = append(kept, site.Sectors[k])
			}
		}
		site.Sectors = kept
	}
}

func reAim(a *Action, s *data.Sector) error {
	if len(a.AzimuthsDeg) > 0 {
		if s.Omni {
			return inputError("azimuth_deg", fmt.Sprintf("sector %s, which is omnidirectional", s.ID), "a sector with a direction", "")
		}
		s.AzimuthDeg = a.AzimuthsDeg[0]
	}
	if a.MechanicalTiltDeg != nil {
		s.MechanicalTiltDeg = *a.MechanicalTiltDeg
	}
	if a.ElectricalTiltDeg != nil {
		if s.AntennaFile != "" {
			return inputError("electrical_tilt_deg", "sector "+s.ID+" has its tilt in the antenna file "+s.AntennaFile, "mechanical_tilt_deg", "")
		}
		s.ElectricalTiltDeg = *a.ElectricalTiltDeg
	}
	return nil
}
