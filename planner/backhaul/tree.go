package backhaul

import (
	"cmp"
	"fmt"
	"math"
	"slices"

	"github.com/covgap/covgap/geo/geodesy"
	"github.com/covgap/covgap/planner/cost"
)

// Line connects a new site or relay to its parent.
type Line struct {
	Node    string
	Kind    Kind
	Parent  string  // node or fibre line; "" for a satellite
	Hop     Hop     // of microwave, seen from the node
	FibreKm float64 // of fibre
	Hops    int     // microwave hops from the node to a site that has backhaul; 0 with fibre or a satellite
	Mbps    float64 // of the node and all that hang on it, over this line
	Needs   []cost.Need
	Quote   cost.Quote // of Needs
}

// Relay is a mast that was built to relay.
type Relay struct {
	Node
	Quote cost.Quote // of Node.Needs, without links
	For   []string   // sites that hang on it
}

// Unconnected is a site that nothing reaches.
type Unconnected struct {
	Site   string
	Reason string
}

// Tree connects new sites.
type Tree struct {
	Lines       []Line // parents before those that hang on them
	Relays      []Relay
	Unconnected []Unconnected

	CapexMinor    int64 // of lines and relays
	LifetimeMinor int64
}

// Build connects new sites, each by fibre, by a chain of hops over other new sites
// and relays, or, where neither is possible, by satellite. Among what is possible
// the cheapest over its life is taken: always the next site that is connected most
// cheaply, then without each relay in turn as long as that saves. It is a
// heuristic; what it leaves on the table is at most its cost over the sum of
// [Network.Bound].
//
// The tree does not depend on the order of the sites. The error wraps ErrInput or
// the errors of cost.Table.Price.
func (n *Network) Build(sites []Node) (*Tree, error) {
	sites = slices.Clone(sites)
	slices.SortFunc(sites, byID)
	taken := map[string]bool{}
	for _, list := range [][]Node{n.existing, n.relays, sites} {
		for i := range list {
			if err := list[i].check(); err != nil {
				return nil, err
			}
			if taken[list[i].ID] {
				return nil, fmt.Errorf("%w: node %q is there twice", ErrInput, list[i].ID)
			}
			taken[list[i].ID] = true
		}
	}
	banned := make([]bool, len(n.relays))
	graph := newGraph(n, sites)
	best := graph.start(banned)
	if err := best.grow(); err != nil {
		return nil, err
	}
	for again := true; again; {
		again = false
		for _, r := range best.usedRelays() {
			banned[r] = true
			other := graph.start(banned)
			if err := other.grow(); err != nil {
				return nil, err
			}
			if other.better(best) {
				best, again = other, true
				break
			}
			banned[r] = false
		}
	}
	return best.tree(), nil
}

// graph is the nodes of a Build and the hops between them. Nodes are numbered:
// existing ones, relays, new sites.
type graph struct {
	n     *Network
	sites []Node
	first int      // new site
	hops  [][]edge // from each node, nearest first; filled on demand
}

// edge is a hop to another node.
type edge struct {
	to     int
	screen screening
	life   int64 // cost of the link over its life, when clear
}

type screening uint8

const (
	notScreened screening = iota
	isClear
	isBlocked // or too slow
)

func newGraph(n *Network, sites []Node) *graph {
	first := len(n.existing) + len(n.relays)
	return &graph{n: n, sites: sites, first: first, hops: make([][]edge, first+len(sites))}
}

func (g *graph) node(i int) *Node {
	switch n := g.n; {
	case i < len(n.existing):
		return &n.existing[i]
	case i < g.first:
		return &n.relays[i-len(n.existing)]
	}
	return &g.sites[i-g.first]
}

// from gives the nodes within a hop's length.
func (g *graph) from(i int) []edge {
	if g.hops[i] != nil {
		return g.hops[i]
	}
	type away struct {
		node int
		m2   float64
	}
	mostM := g.n.settings.MaxHopKm * 1000
	local := geodesy.NewLocal(g.node(i).At)
	var list []away
	for k := range g.hops {
		c := geodesy.ToCartesian(g.node(k).At)
		if m2 := local.Chord2M2(&c); k != i && m2 <= mostM*mostM {
			list = append(list, away{k, m2})
		}
	}
	slices.SortFunc(list, func(a, b away) int { return cmp.Or(cmp.Compare(a.m2, b.m2), cmp.Compare(a.node, b.node)) })
	g.hops[i] = make([]edge, len(list))
	for k, a := range list {
		g.hops[i][k].to = a.node
	}
	return g.hops[i]
}

// clear screens a hop once.
func (g *graph) clear(from int, e *edge) bool {
	if e.screen == notScreened {
		e.screen = isBlocked
		a, b := g.node(from), g.node(e.to)
		if g.n.hidden(a, b) {
			return false
		}
		if h := g.n.hop(a, b); h.Refused == "" && h.Mbps >= g.n.settings.SiteMbps {
			e.screen, e.life = isClear, g.n.link(h.LengthM).LifetimeMinor
		}
	}
	return e.screen == isClear
}

// vertex is a node on its way into the tree.
type vertex struct {
	*Node
	relay     int // -1 for no relay
	site      int // -1 for no new site
	connected bool
	line      *Line
	parent    int // vertex, -1 for none
	depth     int // hops to a node with backhaul
	spareMbps float64
}

type growth struct {
	*graph
	banned     []bool // relays
	v          []vertex
	order      []int // vertices as they were connected
	life       int64
	satellites int
	without    []Unconnected
}

func (g *graph) start(banned []bool) *growth {
	out := &growth{graph: g, banned: banned}
	for i := range g.hops {
		v := vertex{Node: g.node(i), relay: -1, site: -1, parent: -1}
		switch existing := len(g.n.existing); {
		case i < existing:
			v.connected, v.spareMbps = true, g.n.settings.ExistingMbps
		case i < g.first:
			v.relay = i - existing
		default:
			v.site = i - g.first
		}
		out.v = append(out.v, v)
	}
	return out
}

// grow connects all sites that can be, without the banned relays.
func (g *growth) grow() error {
	ways := make([]way, len(g.v))
	stale := make([]bool, len(g.v))
	for i := g.first; i < len(g.v); i++ {
		stale[i] = true
	}
	for {
		best := -1
		for i := g.first; i < len(g.v); i++ {
			if g.v[i].connected {
				continue
			}
			if stale[i] {
				var err error
				if ways[i], err = g.cheapest(i); err != nil {
					return err
				}
				stale[i] = false
			}
			if ways[i].kind != "" && (best < 0 || ways[i].life < ways[best].life) {
				best = i
			}
		}
		if best < 0 {
			break
		}
		if err := g.connect(best, ways[best]); err != nil {
			return err
		}
		// What was connected may serve others better, and capacity is gone.
		for i := g.first; i < len(g.v); i++ {
			stale[i] = true
		}
	}
	return g.satellite()
}

// way is how a vertex could be connected.
type way struct {
	kind Kind // "" for none
	life int64
	path []int // of microwave: the vertex, relays to build, a connected vertex
}

// label is a place on a chain of hops that began at a site.
type label struct {
	vertex, hops int
	life         int64
	before       int // label, -1 for the site itself
	done         bool
}

// cheapest finds the cheapest way from a site to what is connected: Dijkstra's
// method over relays not built, with the number of hops as part of the state.
func (g *growth) cheapest(site int) (way, error) {
	w := way{life: math.MaxInt64}
	n := g.n
	if km, _, refused := n.fibreKm(g.v[site].Node); refused == "" {
		q, err := n.costs.Price(fibreNeeds(km))
		if err != nil {
			return w, fmt.Errorf("backhaul: %w", err)
		}
		w = way{kind: Fibre, life: q.LifetimeMinor}
	}
	if !slices.Contains(n.settings.Kinds, Microwave) {
		return w, nil
	}
	labels := []label{{vertex: site, before: -1}}
	reached := map[[2]int]int{{site, 0}: 0} // vertex and hops to label
	for {
		at := -1
		for i := range labels {
			l := &labels[i]
			if !l.done && (at < 0 || l.life < labels[at].life || l.life == labels[at].life && l.hops < labels[at].hops) {
				at = i
			}
		}
		if at < 0 || labels[at].life >= w.life {
			return w, nil
		}
		labels[at].done = true
		l := labels[at]
		if g.v[l.vertex].connected {
			w = way{kind: Microwave, life: l.life}
			for k := at; k >= 0; k = labels[k].before {
				w.path = append(w.path, labels[k].vertex)
			}
			slices.Reverse(w.path)
			return w, nil
		}
		if l.hops == n.settings.MaxHops {
			continue
		}
		root := false
		edges := g.from(l.vertex)
		for k := range edges {
			e := &edges[k]
			to := e.to
			v := &g.v[to]
			switch {
			case e.screen == isBlocked:
				continue
			case v.relay >= 0 && (g.banned[v.relay] && !v.connected), v.site >= 0 && !v.connected, passes(labels, at, to):
				continue
			case v.connected && l.hops+1+v.depth > n.settings.MaxHops, v.connected && v.spareMbps < n.settings.SiteMbps:
				continue
			case v.depth == 0 && v.connected && v.line == nil && root:
				continue // of existing nodes the nearest that is clear: no other link is shorter
			}
			if !g.clear(l.vertex, e) {
				continue
			}
			life := l.life + e.life
			if v.connected {
				root = root || v.depth == 0 && v.line == nil
			} else {
				life += n.relayQuotes[v.relay].LifetimeMinor
			}
			key := [2]int{to, l.hops + 1}
			known, seen := reached[key]
			if seen && labels[known].life <= life {
				continue
			}
			if !seen {
				known = len(labels)
				reached[key] = known
				labels = append(labels, label{})
			}
			labels[known] = label{vertex: to, hops: l.hops + 1, life: life, before: at}
		}
	}
}

// passes says whether the chain that ends in a label has been at a vertex.
func passes(labels []label, at, vertex int) bool {
	for k := at; k >= 0; k = labels[k].before {
		if labels[k].vertex == vertex {
			return true
		}
	}
	return false
}

// connect builds a way.
func (g *growth) connect(site int, w way) error {
	s := &g.n.settings
	if w.kind == Fibre {
		v := &g.v[site]
		km, from, _ := g.n.fibreKm(v.Node)
		line := Line{Node: v.ID, Kind: Fibre, Parent: from, FibreKm: km, Mbps: s.SiteMbps, Needs: fibreNeeds(km)}
		// Fibre carries what an existing site can pass on, and the site itself.
		return g.add(site, line, -1, 0, s.ExistingMbps)
	}
	for k := len(w.path) - 2; k >= 0; k-- {
		i, p := w.path[k], w.path[k+1]
		v, parent := &g.v[i], &g.v[p]
		h := g.n.hop(v.Node, parent.Node)
		line := Line{Node: v.ID, Kind: Microwave, Parent: parent.ID, Hop: h, Hops: parent.depth + 1, Needs: linkNeeds(h.LengthM)}
		if err := g.add(i, line, p, parent.depth+1, min(h.Mbps, parent.spareMbps)); err != nil {
			return err
		}
		if v.relay >= 0 {
			g.life += g.n.relayQuotes[v.relay].LifetimeMinor
		}
	}
	// The site's own traffic goes over every line up to what has backhaul.
	for i := site; ; i = g.v[i].parent {
		v := &g.v[i]
		v.spareMbps -= s.SiteMbps
		if v.line != nil {
			v.line.Mbps += s.SiteMbps
		}
		if v.parent < 0 {
			break
		}
	}
	g.settle()
	return nil
}

// settle brings what each node can pass on below what its parent can.
func (g *growth) settle() {
	for _, i := range g.order {
		if p := g.v[i].parent; p >= 0 {
			g.v[i].spareMbps = min(g.v[i].spareMbps, g.v[p].spareMbps)
		}
	}
}

func (g *growth) add(i int, line Line, parent, depth int, spareMbps float64) error {
	q, err := g.n.costs.Price(line.Needs)
	if err != nil {
		return fmt.Errorf("backhaul: %w", err)
	}
	line.Quote = q
	v := &g.v[i]
	v.line, v.connected, v.parent, v.depth, v.spareMbps = &line, true, parent, depth, spareMbps
	g.order = append(g.order, i)
	g.life += q.LifetimeMinor
	return nil
}

// satellite connects the sites that nothing else reaches.
func (g *growth) satellite() error {
	for i := g.first; i < len(g.v); i++ {
		v := &g.v[i]
		if v.connected {
			continue
		}
		if !slices.Contains(g.n.settings.Kinds, Satellite) {
			_, _, fibre := g.n.fibreKm(v.Node)
			g.without = append(g.without, Unconnected{v.ID, fmt.Sprintf("fibre: %s; microwave: %s; satellite: not allowed", fibre, g.nearestRefusal(i))})
			continue
		}
		g.satellites++
		if err := g.add(i, Line{Node: v.ID, Kind: Satellite, Mbps: g.n.settings.SiteMbps, Needs: satelliteNeeds()}, -1, 0, 0); err != nil {
			return err
		}
	}
	return nil
}

// nearestRefusal says why the nearest node cannot be reached.
func (g *growth) nearestRefusal(i int) string {
	if !slices.Contains(g.n.settings.Kinds, Microwave) {
		return "not allowed"
	}
	for _, e := range g.from(i) {
		to := e.to
		if g.v[to].relay >= 0 || g.v[to].site >= 0 {
			continue
		}
		switch h := g.n.hop(g.v[i].Node, g.v[to].Node); {
		case h.Refused != "":
			return fmt.Sprintf("nearest %s: %s", g.v[to].ID, h.Refused)
		case h.Mbps < g.n.settings.SiteMbps:
			return fmt.Sprintf("nearest %s: %g Mbit/s", g.v[to].ID, h.Mbps)
		}
		return fmt.Sprintf("nearest %s: no capacity left", g.v[to].ID)
	}
	return fmt.Sprintf("no connected site within %g km", g.n.settings.MaxHopKm)
}

func (g *growth) better(o *growth) bool {
	return cmp.Or(cmp.Compare(len(g.without), len(o.without)), cmp.Compare(g.satellites, o.satellites), cmp.Compare(g.life, o.life)) < 0
}

func (g *growth) usedRelays() []int {
	var out []int
	for _, i := range g.order {
		if r := g.v[i].relay; r >= 0 {
			out = append(out, r)
		}
	}
	return out
}

func (g *growth) tree() *Tree {
	t := &Tree{Unconnected: g.without}
	use := map[int][]string{}
	for _, i := range g.order {
		v := &g.v[i]
		t.Lines = append(t.Lines, *v.line)
		t.CapexMinor += v.line.Quote.CapexMinor
		t.LifetimeMinor += v.line.Quote.LifetimeMinor
		if v.site < 0 {
			continue
		}
		for p := v.parent; p >= 0; p = g.v[p].parent {
			if r := g.v[p].relay; r >= 0 {
				use[r] = append(use[r], v.ID)
			}
		}
	}
	for _, r := range g.usedRelays() {
		q := g.n.relayQuotes[r]
		t.Relays = append(t.Relays, Relay{Node: g.n.relays[r], Quote: q, For: use[r]})
		t.CapexMinor += q.CapexMinor
		t.LifetimeMinor += q.LifetimeMinor
	}
	return t
}
