package planner

import (
	"context"
	"fmt"
	"math"
	"slices"

	"github.com/covgap/covgap/coverage/criterion"
	"github.com/covgap/covgap/data"
	"github.com/covgap/covgap/planner/backhaul"
	"github.com/covgap/covgap/planner/candidate"
	"github.com/covgap/covgap/planner/template"
	"github.com/paulmach/orb"
)

// scheme is everything that could be built, what it costs and whom it serves.
type scheme struct {
	in        *Input
	d         *demand
	places    []candidate.Place
	variants  [][]variant // by place and option
	found     []candidate.Candidate
	offers    []offer // of found
	counts    Tried
	exact     map[claim][]int32 // what was judged by the exact path: hexes served
	judged    *judged           // the same of other plans of the survey, nil before there are any
	asked     []string          // operators that must all serve, see [Input.asked]
	denied    denials
	draft     bool   // no frontier and no alternatives are asked for
	avoided   []bool // of found, by an alternative; nil for none
	prices    *market
	links     *backhaul.Network
	touches   [][]int32       // by village: candidates that serve somebody in it
	taken     map[string]bool // ids of sites
	conflicts [][]int32       // of found: sets of which one at most may be chosen, as they came up
}

// Tried says what a plan was chosen from.
type Tried struct {
	candidate.Counts `yaml:",inline"`
	Hexes            candidate.Tally `yaml:"hexes" json:"hexes"`   // of the grid, for new masts
	Points           candidate.Tally `yaml:"points" json:"points"` // of the user's own
	Sites            candidate.Tally `yaml:"sites" json:"sites"`   // that stand
	// Unpriced counts candidates that cannot be reached, fed or connected, and places at
	// which a repeater hears no donor.
	Unpriced map[candidate.Reason]int `yaml:"unpriced,omitempty" json:"unpriced,omitempty"`
	// Judged counts pairs of a candidate and a village judged by the exact path,
	// Corrected those of them that serve other hexes than the sweep had it, Rounds how
	// often the choice was made.
	Judged    int `yaml:"judged" json:"judged"`
	Corrected int `yaml:"corrected" json:"corrected"`
	Rounds    int `yaml:"rounds" json:"rounds"`
}

// variant is an option as an action: all of it but what depends on whom it serves.
type variant struct {
	kind     ActionKind
	template *template.Site // as the option has it; nil for a raise
	site     *data.Site     // that stands there, nil for a new one
	operator string
	raise    *Action // what Apply was told, of a raise
	kept     *Action // that the plan starts from, as it stands there
	donor    *donor  // of a repeater
	eirpDBm  float64 // of a repeater
}

// survey finds what could be built and whom it would serve.
func survey(ctx context.Context, in *Input, d *demand) (*scheme, error) {
	s := &scheme{in: in, d: d, exact: map[claim][]int32{}, asked: in.asked()}
	ground := candidate.Ground{
		Terrain: in.Params.Terrain, Receivers: d.receivers, RadiusM: in.Params.RadiusM, Limits: in.Limits, Note: in.Rejected,
	}
	if err := in.Params.Validate(); err != nil {
		return nil, err
	}
	add := func(places []candidate.Place, variants []variant) {
		options := make([]candidate.Option, len(variants))
		for k, v := range variants {
			options[k] = candidate.Option{Template: v.template}
		}
		for _, p := range places {
			p.Options = options
			s.places = append(s.places, p)
			s.variants = append(s.variants, variants)
		}
	}
	var fresh []variant // what can be built anywhere
	for i := range in.Templates {
		if slices.Contains(in.Kinds, NewSite) || slices.Contains(in.Kinds, RemoteSector) {
			fresh = append(fresh, variant{kind: NewSite, template: &in.Templates[i], operator: in.builder(&in.Templates[i])})
		}
	}
	repeaters := slices.Contains(in.Kinds, Repeater)
	if len(fresh) > 0 || repeaters {
		if !in.OnlyPoints {
			places, tally, err := ground.Hexes(in.CandidateResolution)
			if err != nil {
				return nil, err
			}
			s.counts.Hexes = tally
			add(places, fresh)
		}
		if len(in.Points) > 0 {
			places, tally, err := ground.Points(in.Points)
			if err != nil {
				return nil, err
			}
			s.counts.Points = tally
			add(places, fresh)
		}
	}
	var donorless []orb.Point
	if repeaters {
		var err error
		if donorless, err = s.addRepeaters(ctx); err != nil {
			return nil, err
		}
	}
	if err := s.addSites(&ground); err != nil {
		return nil, err
	}
	var err error
	s.found, s.counts.Counts, err = candidate.Find(ctx, candidate.Input{
		Params: in.Params, Criterion: in.Criterion, Antennas: in.Antennas, Places: s.places, Receivers: d.receivers,
		Store: in.Store, Workers: in.Workers, Progress: in.Progress,
	})
	if err != nil {
		return nil, err
	}
	s.denied = denials{hexes: make([]bool, len(d.hexes)), why: make([]map[candidate.Reason]bool, len(d.villages))}
	s.denyDonorless(donorless)
	if err := s.price(ctx); err != nil {
		return nil, err
	}
	if err := s.keep(ctx); err != nil {
		return nil, err
	}
	s.touches = make([][]int32, len(d.villages))
	for i := range s.found {
		for _, k := range s.claims(int32(i)) {
			s.touches[k.village] = append(s.touches[k.village], k.candidate)
		}
	}
	return s, nil
}

// operatorsOfAll gives the operators of a network, each once, rising.
func operatorsOfAll(sites []data.Site) []string {
	var out []string
	for i := range sites {
		out = append(out, operatorsOf(&sites[i])...)
	}
	slices.Sort(out)
	return slices.Compact(out)
}

// asked gives the operators that must all serve a hex for it to be served: the one that
// the criterion names, or each of the network; nil where one of any name does.
func (in *Input) asked() []string {
	switch in.Criterion.Operators {
	case criterion.Named:
		return []string{in.Criterion.Operator}
	case criterion.Each:
		return operatorsOfAll(in.Sites)
	}
	return nil
}

// builder gives the operator that a new mast of a template is built for, "" for a shared
// one. [Apply] shares among the operators of the network: one that the criterion names and
// that has nothing in it yet builds for itself.
func (in *Input) builder(t *template.Site) string {
	c := &in.Criterion
	if t.Operator == "" && c.Operators == criterion.Named && !slices.Contains(operatorsOfAll(in.Sites), c.Operator) {
		return c.Operator
	}
	return t.Operator
}

// addSites offers what can be added to masts that stand.
func (s *scheme) addSites(ground *candidate.Ground) error {
	in := s.in
	is := func(k ActionKind) bool { return slices.Contains(in.Kinds, k) }
	if !is(AddSector) && !is(AddBand) && !is(Raise) {
		return nil
	}
	byID := map[string]*data.Site{}
	for i := range in.Sites {
		byID[in.Sites[i].ID] = &in.Sites[i]
	}
	places, tally := ground.Sites(in.Sites)
	u := newUpgrades(in)
	for _, p := range places {
		variants, options, err := u.at(byID[p.ID])
		if err != nil {
			return err
		}
		if len(variants) == 0 {
			tally.Reject(candidate.NoAntenna)
			if in.Rejected != nil {
				in.Rejected(candidate.Rejection{ID: p.ID, At: p.At, Reason: candidate.NoAntenna})
			}
			continue
		}
		p.Options = options
		s.places = append(s.places, p)
		s.variants = append(s.variants, variants)
	}
	s.counts.Sites = tally
	return nil
}

// upgrades makes the options of masts that stand.
type upgrades struct {
	in        *Input
	holdsMHz  map[string][]float64 // by operator: carriers it has somewhere, rising
	operators []string             // of the network
	shared    map[templateAt]*template.Site
}

type templateAt struct {
	template int
	heightM  float64
	operator string
}

func newUpgrades(in *Input) *upgrades {
	u := &upgrades{in: in, holdsMHz: map[string][]float64{}, shared: map[templateAt]*template.Site{}}
	for i := range in.Sites {
		for k := range in.Sites[i].Sectors {
			x := &in.Sites[i].Sectors[k]
			u.holdsMHz[x.Operator] = append(u.holdsMHz[x.Operator], x.FrequencyMHz)
		}
	}
	for operator, mhz := range u.holdsMHz {
		slices.Sort(mhz)
		u.holdsMHz[operator] = slices.Compact(mhz)
	}
	u.operators = operatorsOfAll(in.Sites)
	return u
}

// sameBand is how far apart, as a share of the lower, two carriers of one band lie at
// most: the downlink of LTE band 28 is 5.9 % wide, bands 5, 8, 20 and 1 to 3 less,
// and from band 20 to band 28 it is 1.6 % at the nearest carriers, 10 MHz each.
const sameBand = 0.06

// holds says whether an operator has the spectrum of a carrier: it uses a carrier in
// the band at some site of the network.
func (u *upgrades) holds(operator string, frequencyMHz float64) bool {
	return slices.ContainsFunc(u.holdsMHz[operator], func(mhz float64) bool {
		return math.Abs(mhz-frequencyMHz) <= sameBand*min(mhz, frequencyMHz)
	})
}

// at gives the options of a site. Each is one operator's: the first by name that it is
// possible for, since all give the same signal at the same price, or under a criterion
// that counts one operator, that one's. A criterion that counts each operator asks for
// actions that serve all, at sites where all are.
func (u *upgrades) at(site *data.Site) (variants []variant, options []candidate.Option, err error) {
	in := u.in
	operators := operatorsOf(site)
	switch in.Criterion.Operators {
	case criterion.Named:
		operators = slices.DeleteFunc(operators, func(o string) bool { return o != in.Criterion.Operator })
	case criterion.Each:
		if len(operators) < len(u.operators) {
			return nil, nil, nil
		}
		operators = []string{""}
	}
	has := func(k ActionKind) bool { return slices.Contains(in.Kinds, k) }
	for i := range in.Templates {
		t := &in.Templates[i]
		heightM := u.heightM(site, t)
		if !(heightM > 0) {
			continue
		}
		offered := map[ActionKind]bool{}
		for _, operator := range operators {
			if t.Operator != "" && operator != t.Operator {
				continue
			}
			if !u.allHold(operator, t.FrequencyMHz) {
				continue
			}
			if has(AddBand) && !offered[AddBand] {
				if azimuths := u.bare(site, operator, t); len(azimuths) > 0 && len(azimuths) <= maxSectors {
					own := *t
					own.AntennaHeightM, own.StructureHeightM = heightM, max(t.StructureHeightM, heightM)
					own.Sectors, own.AzimuthsDeg, own.Operator = len(azimuths), azimuths, operator
					variants = append(variants, variant{kind: AddBand, template: &own, site: site, operator: operator})
					options = append(options, candidate.Option{Template: &own})
					offered[AddBand] = true
				}
			}
			if has(AddSector) && !offered[AddSector] {
				own := u.one(i, heightM, operator)
				variants = append(variants, variant{kind: AddSector, template: own, site: site, operator: operator})
				options = append(options, candidate.Option{Template: own})
				offered[AddSector] = true
			}
		}
	}
	if has(Raise) {
		for _, operator := range operators {
			v, o, ok, err := u.raise(site, operator)
			if err != nil {
				return nil, nil, err
			}
			if ok {
				variants, options = append(variants, v), append(options, o)
			}
		}
	}
	return variants, options, nil
}

// maxSectors is how many a template can have.
const maxSectors = 6

// operatorsOf gives the operators of a site, each once, rising.
func operatorsOf(site *data.Site) []string {
	var out []string
	for k := range site.Sectors {
		out = append(out, site.Sectors[k].Operator)
	}
	slices.Sort(out)
	return slices.Compact(out)
}

func (u *upgrades) allHold(operator string, frequencyMHz float64) bool {
	if operator != "" || slices.Contains(u.operators, "") {
		return u.holds(operator, frequencyMHz)
	}
	return !slices.ContainsFunc(u.operators, func(o string) bool { return !u.holds(o, frequencyMHz) })
}

// heightM is where a template's antennas go on a mast that stands: at their own
// height within the structure, or where its height is not known, no higher than the
// highest antenna there.
func (u *upgrades) heightM(site *data.Site, t *template.Site) float64 {
	limitM := site.StructureHeightM
	if limitM == 0 {
		limitM = highestM(site)
	}
	return min(t.AntennaHeightM, limitM)
}

func highestM(site *data.Site) (m float64) {
	for k := range site.Sectors {
		m = max(m, site.Sectors[k].AntennaHeightM)
	}
	return m
}

// bare gives the directions, rising, of an operator's sectors at a site when none of
// them is of the template's technology in its band; none when one is.
func (u *upgrades) bare(site *data.Site, operator string, t *template.Site) (azimuthsDeg []float64) {
	for k := range site.Sectors {
		x := &site.Sectors[k]
		if operator != "" && x.Operator != operator || x.Omni {
			continue
		}
		if x.Technology == t.Technology && math.Abs(x.FrequencyMHz-t.FrequencyMHz) <= sameBand*min(x.FrequencyMHz, t.FrequencyMHz) {
			return nil
		}
		azimuthsDeg = append(azimuthsDeg, x.AzimuthDeg)
	}
	slices.Sort(azimuthsDeg)
	return slices.Compact(azimuthsDeg)
}

// one gives a template with a single sector at a height; equal ones are shared.
func (u *upgrades) one(i int, heightM float64, operator string) *template.Site {
	key := templateAt{i, heightM, operator}
	t, ok := u.shared[key]
	if !ok {
		own := u.in.Templates[i]
		own.AntennaHeightM, own.StructureHeightM = heightM, max(own.StructureHeightM, heightM)
		own.Sectors, own.Operator = 1, operator
		if len(own.AzimuthsDeg) > 1 {
			own.AzimuthsDeg = nil
		}
		t = &own
		u.shared[key] = t
	}
	return t
}

// leastRaiseM is by how much antennas must come up for it to be offered.
const leastRaiseM = 3

// raise offers to bring an operator's antennas up to the top of the structure.
func (u *upgrades) raise(site *data.Site, operator string) (v variant, o candidate.Option, ok bool, err error) {
	lowestM := math.Inf(1)
	counts := false
	for k := range site.Sectors {
		x := &site.Sectors[k]
		if operator == "" || x.Operator == operator {
			lowestM = min(lowestM, x.AntennaHeightM)
			counts = counts || !math.IsInf(u.in.Criterion.RequiredDBm(x.Technology, x.FrequencyMHz), 1)
		}
	}
	if !counts || site.StructureHeightM < lowestM+leastRaiseM {
		return v, o, false, nil
	}
	a := Action{Kind: Raise, SiteID: site.ID, Operator: operator, AntennaHeightM: site.StructureHeightM}
	raised, err := Apply([]data.Site{*site}, []Action{a}, nil)
	if err != nil {
		return v, o, false, fmt.Errorf("%w: site %s: %w", ErrInput, site.ID, err)
	}
	for k, x := range raised[0].Sectors {
		if x.AntennaHeightM != site.Sectors[k].AntennaHeightM {
			o.Sectors = append(o.Sectors, x)
		}
	}
	return variant{kind: Raise, site: site, operator: operator, raise: &a}, o, true, nil
}

// counted gives the sectors that a candidate puts up, by whom they are for: it serves a
// hex when one of each list does, so nobody when there is none. A template stands for
// all whose signal the criterion asks for. Sectors that change, and those of an action
// that is kept, are what they are: nobody's but their operator's.
func (s *scheme) counted(c *candidate.Candidate) [][]data.Sector {
	sectors := s.sectors(c)
	if s.places[c.Place].Options[c.Option].Template != nil || s.asked == nil {
		return [][]data.Sector{sectors}
	}
	var out [][]data.Sector
	for _, o := range s.asked {
		own := slices.DeleteFunc(slices.Clone(sectors), func(x data.Sector) bool { return x.Operator != o })
		if len(own) == 0 {
			return nil
		}
		out = append(out, own)
	}
	return out
}

// sectors gives what a candidate puts up.
func (s *scheme) sectors(c *candidate.Candidate) []data.Sector {
	o := s.places[c.Place].Options[c.Option]
	if o.Template == nil {
		return o.Sectors
	}
	own := *o.Template
	own.ElectricalTiltDeg = c.ElectricalTiltDeg
	var out []data.Sector
	for _, a := range c.AzimuthsDeg {
		out = append(out, own.Sector(a))
	}
	return out
}
