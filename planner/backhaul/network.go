// Package backhaul connects new masts: by fibre, by microwave hops that are screened
// over the terrain, by satellite where neither is possible. It gives the least that
// a site's connection can cost, for choosing sites, and the tree that connects the
// chosen ones, with what it costs.
package backhaul

import (
	"cmp"
	"errors"
	"fmt"
	"math"
	"slices"
	"strings"
	"sync"

	"github.com/covgap/covgap/coverage/sight"
	"github.com/covgap/covgap/data"
	"github.com/covgap/covgap/geo"
	"github.com/covgap/covgap/geo/geodesy"
	"github.com/covgap/covgap/geo/hexgrid"
	"github.com/covgap/covgap/geo/lineindex"
	"github.com/covgap/covgap/geo/terrain"
	"github.com/covgap/covgap/planner/cost"
	"github.com/paulmach/orb"
)

// Errors of this package.
var (
	ErrInput = errors.New("backhaul: invalid input")
	ErrNone  = errors.New("backhaul: no connection is possible")
)

// Node is a mast that can be connected, or to which others can.
type Node struct {
	ID string
	End
	Fibre bool        // of an existing site: it has fibre, which can be laid on from there
	Needs []cost.Need // of a relay: what building it takes, without links
}

// Existing gives the node of a site that stands. ok is false when its backhaul
// column says that it has none, or only a satellite: nothing can be connected to
// it. A site that says nothing has backhaul.
func (s *Settings) Existing(site *data.Site) (n Node, ok bool) {
	n = Node{ID: site.ID, End: End{At: site.Position}}
	switch geo.Fold(site.Backhaul) {
	case "none", "no", "khong", "satellite", "vsat", "vetinh":
		return Node{}, false
	case "fibre", "fiber", "optical", "capquang", "quang":
		n.Fibre = true
	}
	// Sectors hang where there is room; so does the dish.
	for i := range site.Sectors {
		n.AntennaM = max(n.AntennaM, site.Sectors[i].AntennaHeightM)
	}
	if site.StructureHeightM > 0 {
		n.AntennaM = max(n.AntennaM, s.AntennaHeightM(site.StructureHeightM))
	}
	return n, n.AntennaM > 0
}

// HighPoints gives a place for a relay in each hex: its highest ground. Hexes
// without terrain give none. needs is what each takes, see [Settings.RelayNeeds].
func (s *Settings) HighPoints(g *terrain.Grid, hexes []hexgrid.Cell, needs []cost.Need) []Node {
	var out []Node
	for _, c := range hexes {
		if at, _, ok := g.HighestIn(c.Boundary()); ok {
			out = append(out, Node{ID: "relay-" + c.String(), End: End{At: at, AntennaM: s.AntennaHeightM(s.RelayHeightM)}, Needs: needs})
		}
	}
	return out
}

// Network is what new sites can be connected to. It is safe for concurrent use, and
// remembers the hops it has screened.
type Network struct {
	settings Settings
	land     Land
	existing []Node
	relays   []Node
	costs    *cost.Table

	fibre     *lineindex.Index
	fibreFrom []string // for each line of fibre

	relayQuotes []cost.Quote
	links       []sizedQuote // a link by its length, rising
	leastLink   Bound

	mu   sync.Mutex // of hops
	hops map[[2]place]Hop
}

type place struct {
	at       orb.Point
	antennaM float64
}

type sizedQuote struct {
	upToM float64
	cost.Quote
}

// Input is what a Network is made of.
type Input struct {
	Settings Settings
	Land     Land
	Existing []Node
	Relays   []Node // where a mast that only relays could stand
	// Fibre are lines that can be tapped. With none, and no existing node that says
	// it has fibre, it can be laid on from every existing node.
	Fibre []orb.LineString
	Costs *cost.Table
}

// New prepares a network. The error is that of the settings, or wraps ErrInput or
// the errors of cost.Table.Price.
func New(in Input) (*Network, error) {
	if err := in.Settings.Validate(); err != nil {
		return nil, err
	}
	if in.Land.Terrain == nil {
		return nil, fmt.Errorf("%w: no terrain", ErrInput)
	}
	n := &Network{
		settings: in.Settings, land: in.Land, existing: slices.Clone(in.Existing), relays: slices.Clone(in.Relays), costs: in.Costs,
		hops: map[[2]place]Hop{},
	}
	slices.SortFunc(n.existing, byID)
	slices.SortFunc(n.relays, byID)
	for _, list := range [][]Node{n.existing, n.relays} {
		for i := range list {
			if err := list[i].check(); err != nil {
				return nil, err
			}
			if i > 0 && list[i].ID == list[i-1].ID {
				return nil, fmt.Errorf("%w: node %q is there twice", ErrInput, list[i].ID)
			}
		}
	}
	n.indexFibre(in.Fibre)
	for i := range n.relays {
		q, err := n.costs.Price(n.relays[i].Needs)
		if err != nil {
			return nil, fmt.Errorf("relay %q: %w", n.relays[i].ID, err)
		}
		n.relayQuotes = append(n.relayQuotes, q)
	}
	return n, n.priceLinks()
}

func byID(a, b Node) int { return cmp.Compare(a.ID, b.ID) }

func (n *Node) check() error {
	if n.ID == "" {
		return fmt.Errorf("%w: a node has no id", ErrInput)
	}
	if !(n.AntennaM > 0) {
		return fmt.Errorf("%w: node %q has its antenna at %g m above ground", ErrInput, n.ID, n.AntennaM)
	}
	return nil
}

func (n *Network) indexFibre(lines []orb.LineString) {
	lines = slices.Clone(lines)
	for i := range lines {
		n.fibreFrom = append(n.fibreFrom, fmt.Sprintf("fibre line %d", i+1))
	}
	every := len(lines) == 0 && !slices.ContainsFunc(n.existing, func(x Node) bool { return x.Fibre })
	for _, x := range n.existing {
		if x.Fibre || every {
			lines = append(lines, orb.LineString{x.At})
			n.fibreFrom = append(n.fibreFrom, x.ID)
		}
	}
	n.fibre = lineindex.New(lines)
}

// priceLinks prices a link of each length at which its price can change.
func (n *Network) priceLinks() error {
	if !slices.Contains(n.settings.Kinds, Microwave) {
		return nil
	}
	most := n.settings.MaxHopKm * 1000
	sizes := []float64{most}
	for _, r := range n.costs.Rows {
		if r.Item == cost.Microwave && r.UpToM > 0 && r.UpToM < most {
			sizes = append(sizes, r.UpToM)
		}
	}
	slices.Sort(sizes)
	n.leastLink = Bound{math.MaxInt64, math.MaxInt64}
	for _, size := range slices.Compact(sizes) {
		q, err := n.costs.Price([]cost.Need{{Item: cost.Microwave, Quantity: 1, SizeM: size}})
		if err != nil {
			return fmt.Errorf("backhaul: %w", err)
		}
		n.links = append(n.links, sizedQuote{size, q})
		n.leastLink = n.leastLink.least(q)
	}
	return nil
}

// link gives the price of a link.
func (n *Network) link(lengthM float64) cost.Quote {
	for _, l := range n.links {
		if lengthM <= l.upToM {
			return l.Quote
		}
	}
	panic(fmt.Sprintf("backhaul: a link of %g m was screened as possible", lengthM))
}

// linkNeeds is what link prices.
func linkNeeds(lengthM float64) []cost.Need {
	return []cost.Need{{Item: cost.Microwave, Quantity: 1, SizeM: lengthM}}
}

// hop screens a hop once.
func (n *Network) hop(a, b *Node) Hop {
	key := [2]place{{a.At, a.AntennaM}, {b.At, b.AntennaM}}
	n.mu.Lock()
	h, ok := n.hops[key]
	n.mu.Unlock()
	if ok {
		return h
	}
	h = n.settings.Screen(&n.land, a.End, b.End)
	n.mu.Lock()
	defer n.mu.Unlock()
	n.hops[key] = h
	return h
}

// hiddenM is how far terrain stands above the ray between the ends of a hop that is out
// of the question, besides what its place may be off by.
const hiddenM = 50

// hidden says whether terrain is in the way of a hop so far that no profile of it is
// needed. Places are taken along the straight line of coordinates, which lies up to
// L²·tan φ/8a beside the geodesic: terrain that rises by two metres for each of them
// is allowed for. The ray is that of package sight. Most hops between mountains are hidden.
func (n *Network) hidden(a, b *Node) bool {
	t := n.land.Terrain
	local := geodesy.NewLocal(a.At)
	to := geodesy.ToCartesian(b.At)
	lengthM := math.Sqrt(local.Chord2M2(&to))
	fromM, toM := t.At(a.At)+a.AntennaM, t.At(b.At)+b.AntennaM
	marginM := hiddenM + 2*lengthM*lengthM*math.Tan(math.Abs(a.At[1])*math.Pi/180)/(8*earthRadiusM)
	steps := math.Ceil(lengthM / t.SpacingM())
	for i := 1.0; i < steps; i++ {
		part := i / steps
		bulgeM := lengthM * part * lengthM * (1 - part) / (2 * sight.EarthRadiusM)
		groundM := t.At(orb.Point{a.At[0] + part*(b.At[0]-a.At[0]), a.At[1] + part*(b.At[1]-a.At[1])})
		if groundM+bulgeM > fromM+part*(toM-fromM)+marginM {
			return true
		}
	}
	return false
}

// earthRadiusM is the mean one, for what need not be exact.
const earthRadiusM = 6371e3

// fibreKm gives the fibre to lay to a node, and from where.
func (n *Network) fibreKm(x *Node) (km float64, from, refused string) {
	if !slices.Contains(n.settings.Kinds, Fibre) {
		return 0, "", "not allowed"
	}
	hit, ok := n.fibre.Nearest(x.At)
	if !ok {
		return 0, "", "no fibre is known"
	}
	km, from = hit.DistanceM*n.settings.FibreDetour/1000, n.fibreFrom[hit.Line]
	if km > n.settings.MaxFibreKm {
		return km, from, fmt.Sprintf("%.1f km from %s, more than %g", km, from, n.settings.MaxFibreKm)
	}
	return km, from, ""
}

func fibreNeeds(km float64) []cost.Need { return []cost.Need{{Item: cost.Fibre, Quantity: km}} }

func satelliteNeeds() []cost.Need {
	return []cost.Need{{Item: cost.Satellite, Quantity: 1}, {Item: cost.SatelliteService, Quantity: 1}}
}

// Bound is the least that a connection costs, in minor units of the table's
// currency.
type Bound struct {
	CapexMinor    int64
	LifetimeMinor int64
}

func (b Bound) least(q cost.Quote) Bound {
	return Bound{min(b.CapexMinor, q.CapexMinor), min(b.LifetimeMinor, q.LifetimeMinor)}
}

// Bound gives what connecting a new site costs at least, whatever else is built
// with it: in every [Tree] the lines of the sites cost at least the sum of their
// bounds, in investment and over their life alike. Relays, which sites share, are
// not in it. No profile is looked at.
//
// The error wraps ErrNone, with the reasons, when the site cannot be connected at
// all, or the errors of cost.Table.Price.
func (n *Network) Bound(site *Node) (Bound, error) {
	none := Bound{math.MaxInt64, math.MaxInt64}
	b := none
	km, _, refused := n.fibreKm(site)
	if refused == "" {
		q, err := n.costs.Price(fibreNeeds(km))
		if err != nil {
			return Bound{}, fmt.Errorf("backhaul: %w", err)
		}
		b = b.least(q)
	}
	reasons := []string{"fibre: " + refused}
	switch {
	case !slices.Contains(n.settings.Kinds, Microwave):
		reasons = append(reasons, "microwave: not allowed")
	case !n.withinHops(site):
		reasons = append(reasons, fmt.Sprintf("microwave: no connected site within %d hops of %g km", n.settings.MaxHops, n.settings.MaxHopKm))
	default: // each site has a link of its own
		b = Bound{min(b.CapexMinor, n.leastLink.CapexMinor), min(b.LifetimeMinor, n.leastLink.LifetimeMinor)}
	}
	switch {
	case refused == "": // then no satellite is taken
	case !slices.Contains(n.settings.Kinds, Satellite):
		reasons = append(reasons, "satellite: not allowed")
	default:
		q, err := n.costs.Price(satelliteNeeds())
		if err != nil {
			return Bound{}, fmt.Errorf("backhaul: %w", err)
		}
		b = b.least(q)
	}
	if b == none {
		return Bound{}, fmt.Errorf("%w: %s", ErrNone, strings.Join(reasons, "; "))
	}
	return b, nil
}

// withinHops says whether some node that has backhaul, or could get it by fibre, is
// near enough for the longest chain.
func (n *Network) withinHops(site *Node) bool {
	reachM := n.settings.MaxHopKm * 1000 * float64(n.settings.MaxHops)
	if slices.Contains(n.settings.Kinds, Fibre) {
		if hit, ok := n.fibre.Nearest(site.At); ok && hit.DistanceM <= reachM+n.settings.MaxFibreKm*1000 {
			return true
		}
	}
	local := geodesy.NewLocal(site.At)
	for i := range n.existing {
		c := geodesy.ToCartesian(n.existing[i].At)
		if local.Chord2M2(&c) <= reachM*reachM { // a chord is shorter than its geodesic
			return true
		}
	}
	return false
}
