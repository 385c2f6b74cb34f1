package backhaul

import "slices"

// Option is one way to connect a site on its own.
type Option struct {
	Kind    Kind
	Refused string // why it cannot be had, "" when it can
	Tree    *Tree  // its lines and relays with their cost, nil when refused
}

// Options gives each kind of the settings for one new site and what exists, in the
// order fibre, microwave, satellite, refused ones included. A satellite is listed
// with its cost even where [Network.Build] would not take it. The error is that of
// Build.
func (n *Network) Options(site *Node) ([]Option, error) {
	var out []Option
	for _, k := range kinds {
		if !slices.Contains(n.settings.Kinds, k) {
			continue
		}
		alone := *n // shares what was screened
		alone.settings.Kinds = []Kind{k}
		t, err := alone.Build([]Node{*site})
		if err != nil {
			return nil, err
		}
		o := Option{Kind: k, Tree: t}
		if len(t.Unconnected) > 0 {
			o.Tree, o.Refused = nil, alone.refusal(site)
		}
		out = append(out, o)
	}
	return out, nil
}

// refusal says why the only kind allowed cannot connect a site.
func (n *Network) refusal(site *Node) string {
	if n.settings.Kinds[0] == Fibre {
		_, _, refused := n.fibreKm(site)
		return refused
	}
	g := newGraph(n, []Node{*site}).start(make([]bool, len(n.relays)))
	return g.nearestRefusal(g.first)
}
