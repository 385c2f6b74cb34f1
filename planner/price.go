package planner

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"math"
	"slices"
	"strings"

	"github.com/covgap/covgap/data"
	"github.com/covgap/covgap/geo/geodesy"
	"github.com/covgap/covgap/geo/hexgrid"
	"github.com/covgap/covgap/geo/lineindex"
	"github.com/covgap/covgap/planner/access"
	"github.com/covgap/covgap/planner/backhaul"
	"github.com/covgap/covgap/planner/candidate"
	"github.com/covgap/covgap/planner/cost"
	"github.com/covgap/covgap/planner/power"
	"github.com/covgap/covgap/planner/remote"
	"github.com/covgap/covgap/planner/repeater"
	"github.com/paulmach/orb"
	"golang.org/x/sync/errgroup"
)

// Supply is what new masts are reached, fed and connected by.
type Supply struct {
	Roads, PowerLines, Fibre []orb.LineString // as far as they are known
	// Villages are all of the area: those with grid power feed new lines. Nil stands
	// for the targets.
	Villages []data.Village
	Access   access.Settings
	Power    power.Settings
	Backhaul backhaul.Settings
	Remote   remote.Settings
	Repeater repeater.Settings
}

// DefaultSupply gives the settings of each package, with no lines known.
func DefaultSupply() Supply {
	return Supply{Access: access.Default(), Power: power.Default(), Backhaul: backhaul.Default(), Remote: remote.Default(), Repeater: repeater.Default()}
}

// Reasons for which a place has candidates and no offer.
const (
	noAccess   candidate.Reason = "no_access"
	noPower    candidate.Reason = "no_power"
	noBackhaul candidate.Reason = "no_backhaul"
	noDonor    candidate.Reason = "no_donor" // for a repeater
	noPrice    candidate.Reason = "no_price" // of a repeater in the cost table
)

// offer is what a candidate costs, in minor units of the currency.
type offer struct {
	kind  ActionKind // of a new mast: repeater; new_site, or remote_sector where that costs less
	base  cost.Quote // of all but the connection of a new site
	power power.Option
	// least is the investment as far as it is proven, charged as far as it is known: by
	// a connection of the site's own, once that was looked for.
	least, charged int64
	looked         bool
	refused        bool           // nothing connects it
	node           *backhaul.Node // of a new site
	parent         *data.Site     // of remote sectors
	link           remote.Option  // to it
}

// market prices what is found.
type market struct {
	*scheme
	roads    *lineindex.Index
	grid     *power.Network
	links    *backhaul.Network
	parents  []parent
	land     backhaul.Land
	front    backhaul.Settings
	atPlace  int // the place of what follows
	track    access.Track
	supplies map[float64]supplyOffer
}

type supplyOffer struct {
	option power.Option
	err    error
}

type parent struct {
	site      *data.Site
	end       backhaul.End
	cartesian geodesy.Cartesian
}

// pricedAtOnce is how many candidates, which come place by place, a worker prices.
const pricedAtOnce = 256

// price gives each candidate its offer, and leaves out those that cannot be reached, fed
// or connected.
func (s *scheme) price(ctx context.Context) error {
	m, err := s.market()
	if err != nil {
		return err
	}
	s.links, s.prices = m.links, m
	type answer struct {
		offer  offer
		reason candidate.Reason
		detail string
	}
	answers := make([]answer, len(s.found))
	tasks, ctx := errgroup.WithContext(ctx)
	tasks.SetLimit(s.in.Workers)
	for from := 0; from < len(answers); from += pricedAtOnce {
		tasks.Go(func() (err error) {
			own := *m // a place of its own
			own.atPlace = -1
			for i := from; i < min(from+pricedAtOnce, len(answers)); i++ {
				a := &answers[i]
				if a.offer, a.reason, a.detail, err = own.price(&s.found[i], s.in.Kinds); err != nil {
					return err
				}
			}
			return ctx.Err()
		})
	}
	if err := tasks.Wait(); err != nil {
		return err
	}
	kept := s.found[:0]
	for i, a := range answers {
		if a.reason != "" {
			s.refuse(s.found[i].Place, a.reason, a.detail)
			s.deny(i, a.reason)
			continue
		}
		kept = append(kept, s.found[i])
		s.offers = append(s.offers, a.offer)
	}
	s.found = kept
	s.prefer()
	return nil
}

// prefer puts candidates in the order in which the first of equals is taken: what uses a
// mast that stands before a new one, the lower structure, the place nearer to somebody it
// serves, in steps of nearStepM, and the higher ground; then by their places.
func (s *scheme) prefer() {
	type rank struct{ structureM, steps, depthM float64 }
	ranks := make([]rank, len(s.found))
	order := make([]int, len(s.found))
	for i := range s.found {
		c := &s.found[i]
		p, v := &s.places[c.Place], &s.variants[c.Place][c.Option]
		order[i] = i
		ranks[i] = rank{steps: math.Inf(1), depthM: -p.GroundM}
		if v.site == nil {
			ranks[i].structureM = v.template.StructureHeightM
		}
		local := geodesy.NewLocal(p.At)
		for _, r := range c.Serves {
			at := geodesy.ToCartesian(s.d.receivers[r].Position)
			ranks[i].steps = min(ranks[i].steps, math.Floor(math.Sqrt(local.Chord2M2(&at))/nearStepM))
		}
	}
	slices.SortStableFunc(order, func(i, j int) int {
		a, b := &ranks[i], &ranks[j]
		return cmp.Or(cmp.Compare(a.structureM, b.structureM), cmp.Compare(a.steps, b.steps), cmp.Compare(a.depthM, b.depthM))
	})
	found, offers := make([]candidate.Candidate, len(order)), make([]offer, len(order))
	for k, i := range order {
		found[k], offers[k] = s.found[i], s.offers[i]
	}
	s.found, s.offers = found, offers
}

// nearStepM is how much nearer to whom it serves a place must be to be preferred to
// higher ground: the width of a hex of candidates.
const nearStepM = 350

// price gives a candidate its offer as one of the kinds, or says why there is none.
func (m *market) price(c *candidate.Candidate, kinds []ActionKind) (o offer, reason candidate.Reason, detail string, err error) {
	v := &m.variants[c.Place][c.Option]
	if v.site == nil {
		o, reason, detail, err = m.offer(c, v, kinds)
	} else {
		o = offer{kind: v.kind, looked: true}
		if o.base, err = m.in.Costs.Price(v.needs()); err != nil {
			return o, "", "", fmt.Errorf("%s at %s: %w", v.kind, v.site.ID, err)
		}
		o.least = o.base.CapexMinor
	}
	o.charged = o.least
	return o, reason, detail, err
}

// refuse counts a candidate without offer.
func (s *scheme) refuse(place int, reason candidate.Reason, detail string) {
	if s.counts.Unpriced == nil {
		s.counts.Unpriced = map[candidate.Reason]int{}
	}
	s.counts.Unpriced[reason]++
	if s.in.Rejected != nil {
		p := &s.places[place]
		id := p.ID
		if id == "" {
			id = p.Hex.String()
		}
		s.in.Rejected(candidate.Rejection{ID: id, At: p.At, Reason: reason, Detail: detail})
	}
}

// relayResolution is that of the hexes on whose highest ground a relay may stand: 5 km²
// each, some 2.4 km apart.
const relayResolution = 7

func (s *scheme) market() (*market, error) {
	in := s.in
	u := &in.Supply
	m := &market{scheme: s, roads: lineindex.New(u.Roads), atPlace: -1}
	m.land = backhaul.Land{Terrain: in.Params.Terrain}
	if c := in.Params.Clutter; c != nil {
		m.land.ClutterM = func(p orb.Point) float64 { return max(0, c.At(p)) } // NaN is none
	}
	m.front = u.Remote.Fronthaul(u.Backhaul)
	villages := u.Villages
	if villages == nil {
		for _, v := range in.Villages {
			villages = append(villages, *v.Village)
		}
	}
	m.grid = power.NewNetwork(u.PowerLines, villages)
	var existing []backhaul.Node
	for i := range in.Sites {
		if n, ok := u.Backhaul.Existing(&in.Sites[i]); ok {
			existing = append(existing, n)
		}
		m.parents = append(m.parents, parent{
			&in.Sites[i], backhaul.End{At: in.Sites[i].Position, AntennaM: highestM(&in.Sites[i])}, geodesy.ToCartesian(in.Sites[i].Position),
		})
	}
	relays, err := m.relays()
	if err != nil {
		return nil, err
	}
	m.links, err = backhaul.New(backhaul.Input{
		Settings: u.Backhaul, Land: m.land, Existing: existing, Relays: relays, Fibre: u.Fibre, Costs: &in.Costs,
	})
	return m, err
}

// relays gives the places for masts that only relay, each with the supply it would have.
func (m *market) relays() ([]backhaul.Node, error) {
	in := m.in
	b := &in.Supply.Backhaul
	if in.Limits.Area == nil || !slices.Contains(b.Kinds, backhaul.Microwave) {
		return nil, nil
	}
	cells, err := hexgrid.Fill(in.Limits.Area, relayResolution)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrInput, err)
	}
	var out []backhaul.Node
	for _, n := range b.HighPoints(in.Params.Terrain, cells, nil) {
		options, err := in.Supply.Power.Options(n.At, b.RelayLoadW, m.grid, &in.Costs)
		if err != nil {
			return nil, err
		}
		supply, err := power.Choose(options)
		if errors.Is(err, power.ErrNone) {
			continue
		}
		n.Needs = b.RelayNeeds(supply.Needs)
		out = append(out, n)
	}
	return out, nil
}

// offer prices a new mast, or says why there is none.
func (m *market) offer(c *candidate.Candidate, v *variant, kinds []ActionKind) (o offer, reason candidate.Reason, detail string, err error) {
	in, t := m.in, v.template
	at := m.places[c.Place].At
	if m.atPlace != c.Place {
		m.atPlace, m.track, m.supplies = c.Place, in.Supply.Access.To(at, m.roads), map[float64]supplyOffer{}
	}
	if m.track.Refused != "" {
		return o, noAccess, m.track.Refused, nil
	}
	loadW := in.Supply.Power.SiteLoadW(t)
	if v.kind == Repeater {
		loadW = in.Supply.Repeater.LoadW
	}
	supply, ok := m.supplies[loadW]
	if !ok {
		var options []power.Option
		if options, supply.err = in.Supply.Power.Options(at, loadW, m.grid, &in.Costs); supply.err == nil {
			supply.option, supply.err = power.Choose(options)
		}
		m.supplies[loadW] = supply
	}
	switch {
	case errors.Is(supply.err, power.ErrNone):
		return o, noPower, supply.err.Error(), nil
	case supply.err != nil:
		return o, "", "", supply.err
	}
	o.power = supply.option
	if v.kind == Repeater {
		return m.repeater(o, v)
	}
	needs := slices.Concat(t.BaseNeeds(), m.track.Needs, o.power.Needs)
	if slices.Contains(kinds, NewSite) {
		n := &backhaul.Node{ID: "new", End: backhaul.End{At: at, AntennaM: in.Supply.Backhaul.AntennaHeightM(t.StructureHeightM)}}
		bound, err := m.links.Bound(n)
		switch {
		case errors.Is(err, backhaul.ErrNone):
			reason, detail = noBackhaul, err.Error()
		case err != nil:
			return o, "", "", err
		default:
			if o.base, err = in.Costs.Price(needs); err != nil {
				return o, "", "", fmt.Errorf("template %q: %w", t.Name, err)
			}
			o.kind, o.node, o.least = NewSite, n, o.base.CapexMinor+bound.CapexMinor
		}
	}
	if slices.Contains(kinds, RemoteSector) {
		if err := m.remote(&o, at, v, needs); err != nil {
			return o, "", "", err
		}
	}
	if o.kind == "" {
		if reason == "" {
			reason, detail = noBackhaul, "no site with a baseband is near enough"
			if len(m.asked) > 0 {
				detail = "no site with a baseband of " + strings.Join(m.asked, ", ") + " is near enough"
			}
		}
		return o, reason, detail, nil
	}
	return o, "", "", nil
}

// repeater prices a repeater, which needs no connection.
func (m *market) repeater(o offer, v *variant) (offer, candidate.Reason, string, error) {
	settings := m.in.Supply.Repeater
	settings.StructureM = v.template.StructureHeightM
	q, err := m.in.Costs.Price(append(settings.Needs(o.power.Needs), m.track.Needs...))
	switch {
	case errors.Is(err, cost.ErrNoRow):
		return o, noPrice, err.Error(), nil
	case err != nil:
		return o, "", "", err
	}
	o.kind, o.base, o.least, o.looked = Repeater, q, q.CapexMinor, true
	return o, "", "", nil
}

// remote makes the offer one of remote sectors where they cost less than a site of its
// own could: what a baseband and a router cost is saved, and the fibre or link to the
// nearest site of the technology takes the place of the connection. Remote sectors are
// built for the operators that stand at their parent, so these must be all whose signal
// the criterion asks for; those of an action that is kept are what they are.
func (m *market) remote(o *offer, at orb.Point, v *variant, needs []cost.Need) error {
	t := v.template
	u := &m.in.Supply
	local := geodesy.NewLocal(at)
	reachM := 1000 * max(u.Remote.MaxFibreKm/u.Remote.FibreDetour, u.Remote.MaxFronthaulKm)
	operators := m.asked
	if t.Operator != "" {
		operators = []string{t.Operator}
	} else if v.kept != nil {
		operators = nil
	}
	nearest, most := -1, reachM*reachM
	for i := range m.parents {
		p := &m.parents[i]
		if m2 := local.Chord2M2(&p.cartesian); m2 < most && hasBaseband(p.site, t.Technology, operators) && (v.kept == nil || v.kept.ParentSite == p.site.ID) {
			nearest, most = i, m2
		}
	}
	if nearest < 0 {
		return nil
	}
	p := &m.parents[nearest]
	end := backhaul.End{At: at, AntennaM: u.Backhaul.AntennaHeightM(t.StructureHeightM)}
	options, err := u.Remote.Options(end, t.Operator, t.Technology, &remote.Parent{End: p.end, Sectors: p.site.Sectors}, &m.front, &m.land, &m.in.Costs)
	if err != nil {
		if errors.Is(err, cost.ErrNoRow) {
			return nil // nothing is offered without a price
		}
		return err
	}
	own := slices.DeleteFunc(slices.Clone(needs), func(n cost.Need) bool { return n.Item == cost.Baseband || n.Item == cost.Router })
	for _, link := range options {
		if link.Refused != "" {
			continue
		}
		q, err := m.in.Costs.Price(slices.Concat(own, link.Needs))
		if err != nil {
			return err
		}
		if o.kind == "" || q.CapexMinor < o.least {
			*o = offer{kind: RemoteSector, base: q, power: o.power, least: q.CapexMinor, looked: true, parent: p.site, link: link}
		}
	}
	return nil
}

// hasBaseband says whether a site has sectors of a technology for each of some operators,
// or with none named, for anybody.
func hasBaseband(site *data.Site, technology data.Technology, operators []string) bool {
	has := func(of func(operator string) bool) bool {
		return slices.ContainsFunc(site.Sectors, func(x data.Sector) bool { return x.Technology == technology && of(x.Operator) })
	}
	for _, o := range operators {
		if !has(func(operator string) bool { return operator == o }) {
			return false
		}
	}
	return has(func(string) bool { return true })
}

// needs lists what an action at a mast that stands takes.
func (v *variant) needs() []cost.Need {
	needs := []cost.Need{{Item: cost.Transport, Quantity: 1}, {Item: cost.Installation, Quantity: 1}}
	t := v.template
	if t == nil {
		return needs // antennas come up
	}
	operators := 1.0
	if v.operator == "" {
		operators = math.Max(1, float64(len(operatorsOf(v.site))))
	}
	radios, technology := operators*float64(t.Sectors), string(t.Technology)
	needs = append(needs,
		cost.Need{Item: cost.SectorAntenna, Quantity: radios, Variant: technology},
		cost.Need{Item: cost.RemoteRadio, Quantity: radios, Variant: technology})
	if !slices.ContainsFunc(v.site.Sectors, func(x data.Sector) bool {
		return x.Technology == t.Technology && (v.operator == "" || x.Operator == v.operator)
	}) {
		needs = append(needs, cost.Need{Item: cost.Baseband, Quantity: operators, Variant: technology})
	}
	return needs
}

// connect looks for the connection of new sites, each by itself, and charges it. It
// gives how many now cost more than before.
func (s *scheme) connect(ctx context.Context, columns []int32) (dearer int, err error) {
	columns = slices.DeleteFunc(slices.Clone(columns), func(i int32) bool { return s.offers[i].looked })
	trees := make([]*backhaul.Tree, len(columns))
	tasks, ctx := errgroup.WithContext(ctx)
	tasks.SetLimit(s.in.Workers)
	for k, i := range columns {
		tasks.Go(func() (err error) {
			if err := ctx.Err(); err != nil {
				return err
			}
			trees[k], err = s.links.Build([]backhaul.Node{*s.offers[i].node})
			return err
		})
	}
	if err := tasks.Wait(); err != nil {
		return 0, err
	}
	for k, i := range columns {
		o, tree := &s.offers[i], trees[k]
		o.looked = true
		if len(tree.Unconnected) > 0 {
			o.refused = true
			s.refuse(s.found[i].Place, noBackhaul, tree.Unconnected[0].Reason)
			dearer++
			continue
		}
		if charged := o.base.CapexMinor + tree.CapexMinor; charged > o.least {
			o.charged = charged
			dearer++
		}
	}
	return dearer, nil
}
