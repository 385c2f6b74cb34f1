package criterion

import (
	"context"
	"math"
	"slices"

	"github.com/covgap/covgap/coverage/merge"
	"github.com/covgap/covgap/data"
	"github.com/covgap/covgap/geo/hexgrid"
)

// Server is a site as a hex receives it, by the sectors of one operator that count.
type Server struct {
	Site   int32 // of Reception.Sites
	Sector int32 // of the site: the one with the best margin
	// MarginDB is the best level above what is required to serve, SignalDB above what
	// is required to be no longer without signal; either may be of another sector.
	MarginDB, SignalDB float32
}

// Reception is a village with the sites that its hexes receive: all that is needed to
// judge it again with other levels. Which sites are kept is said by [Criterion.Receptions].
type Reception struct {
	Place
	Sites []int // of the network, rising, that any hex receives

	total   float64
	weights []float64 // of the hexes; a centre that is none of them follows with 0
	cells   []hexgrid.Cell
	centre  int
	groups  int   // of operators
	first   []int // by hex and group: where its servers begin
	servers []Server
}

// Receptions gives each place the most strongest sites of each of its hexes, for each
// operator where each must serve, and always the one with the best signal. Sectors
// that do not count are left out. It takes 16 bytes a server, and does not depend on
// the number of workers.
//
// The error is that of [merge.Each], or wraps ErrNoWeight.
func (c *Criterion) Receptions(ctx context.Context, places []Place, sites []data.Site, src merge.Source, o merge.Options, most int) ([]Reception, error) {
	var cells []hexgrid.Cell
	for i := range places {
		for _, h := range places[i].Hexes {
			cells = append(cells, h.Cell)
		}
		cells = append(cells, places[i].Center)
	}
	if len(cells) == 0 {
		return nil, nil
	}
	g, err := merge.NewGrid(cells)
	if err != nil {
		return nil, err
	}
	groupOf, groups := c.operators(sites)
	type thresholds struct {
		group            int // -1 does not count
		required, signal float64
	}
	limits := make([][]thresholds, len(sites))
	for i := range sites {
		limits[i] = make([]thresholds, len(sites[i].Sectors))
		for k := range sites[i].Sectors {
			s := &sites[i].Sectors[k]
			t := thresholds{group: -1}
			if group, ok := groupOf[s.Operator]; ok {
				if _, ok := c.Thresholds[s.Technology]; ok {
					t = thresholds{group, c.RequiredDBm(s.Technology, s.FrequencyMHz), c.FloorDBm(s.Technology, s.FrequencyMHz)}
				}
			}
			limits[i][k] = t
		}
	}
	lists := make([][]Server, g.Len()*groups)
	err = merge.Each(ctx, g, sites, src, o, func(h merge.Heard) {
		t := limits[h.Site][h.Sector]
		if t.group < 0 {
			return
		}
		level := h.Level.DB()
		hear(&lists[h.Hex*groups+t.group], Server{int32(h.Site), int32(h.Sector), float32(level - t.required), float32(level - t.signal)}, most)
	})
	if err != nil {
		return nil, err
	}
	out := make([]Reception, len(places))
	for i := range places {
		if out[i], err = newReception(places[i], groups, func(cell hexgrid.Cell, group int) []Server {
			k, _ := g.Index(cell) // the grid is made of these
			return lists[k*groups+group]
		}); err != nil {
			return nil, err
		}
	}
	return out, nil
}

// operators gives the groups in which sectors are judged: each operator by itself where
// each must serve, else all that count together.
func (c *Criterion) operators(sites []data.Site) (groupOf map[string]int, groups int) {
	groupOf = map[string]int{}
	for i := range sites {
		for k := range sites[i].Sectors {
			operator := sites[i].Sectors[k].Operator
			if _, ok := groupOf[operator]; ok || c.Operators == Named && operator != c.Operator {
				continue
			}
			groupOf[operator] = 0
			if c.Operators == Each {
				groupOf[operator] = groups
				groups++
			}
		}
	}
	return groupOf, max(1, groups)
}

// hear adds a server to those of a hex. Those of one site come one after the other.
func hear(list *[]Server, s Server, most int) {
	l := *list
	if n := len(l) - 1; n >= 0 && l[n].Site == s.Site {
		if s.MarginDB > l[n].MarginDB {
			l[n].MarginDB, l[n].Sector = s.MarginDB, s.Sector
		}
		l[n].SignalDB = max(l[n].SignalDB, s.SignalDB)
		return
	}
	if len(l) > most { // one more than is kept, so that the last can still grow
		l = drop(l)
	}
	l = append(l, s)
	*list = l
}

// drop takes away the weakest server, but never the one with the best signal.
func drop(l []Server) []Server {
	signal := 0
	for i := range l {
		if l[i].SignalDB > l[signal].SignalDB {
			signal = i
		}
	}
	weakest := -1
	for i := range l {
		if i != signal && (weakest < 0 || l[i].MarginDB < l[weakest].MarginDB) {
			weakest = i
		}
	}
	return slices.Delete(l, weakest, weakest+1)
}

// newReception makes the reception of a place of the servers of each cell and group of
// operators, which it asks for in order. Their sites are those of the network.
func newReception(p Place, groups int, servers func(cell hexgrid.Cell, group int) []Server) (Reception, error) {
	r := Reception{Place: p, groups: groups, centre: -1}
	for k, h := range p.Hexes {
		r.total += h.Weight
		r.weights, r.cells = append(r.weights, h.Weight), append(r.cells, h.Cell)
		if h.Cell == p.Center {
			r.centre = k
		}
	}
	if !(r.total > 0) {
		return r, noWeight(p)
	}
	if r.centre < 0 {
		r.centre = len(r.cells)
		r.weights, r.cells = append(r.weights, 0), append(r.cells, p.Center)
	}
	for _, cell := range r.cells {
		for group := range groups {
			r.first = append(r.first, len(r.servers))
			r.servers = append(r.servers, servers(cell, group)...)
		}
	}
	r.first = append(r.first, len(r.servers))
	for _, s := range r.servers {
		r.Sites = append(r.Sites, int(s.Site))
	}
	slices.Sort(r.Sites)
	r.Sites = slices.Compact(r.Sites)
	for i := range r.servers {
		k, _ := slices.BinarySearch(r.Sites, int(r.servers[i].Site))
		r.servers[i].Site = int32(k)
	}
	return r, nil
}

// Len is the number of hexes: those of the place, and its centre when that is none of
// them.
func (r *Reception) Len() int { return len(r.cells) }

// Cell gives hex i, and its weight: 0 for a centre that is none of the place's hexes.
func (r *Reception) Cell(i int) (cell hexgrid.Cell, weight float64) { return r.cells[i], r.weights[i] }

// Servers gives what hex i receives, operator by operator. The caller must not change it.
func (r *Reception) Servers(i int) []Server {
	return r.servers[r.first[i*r.groups]:r.first[(i+1)*r.groups]]
}

// Class judges hex i with every level from Sites[k] higher by shiftDB[k]; -Inf silences
// a site.
func (r *Reception) Class(i int, shiftDB []float64) data.Class {
	class := data.Served
	for g := i * r.groups; g < (i+1)*r.groups; g++ {
		switch classOf(r.servers[r.first[g]:r.first[g+1]], shiftDB) {
		case data.None:
			return data.None
		case data.Weak:
			class = data.Weak
		}
	}
	return class
}

func classOf(servers []Server, shiftDB []float64) data.Class {
	class := data.None
	for i := range servers {
		s := &servers[i]
		shift := shiftDB[s.Site]
		if float64(s.MarginDB)+shift >= 0 {
			return data.Served
		}
		if float64(s.SignalDB)+shift >= 0 {
			class = data.Weak
		}
	}
	return class
}

// Judge judges the place with every level from Sites[k] higher by shiftDB[k]; shifts of
// 0 give the verdict of [Criterion.Village].
func (c *Criterion) Judge(r *Reception, shiftDB []float64) Verdict {
	var served, signal float64
	for i, w := range r.weights {
		if w == 0 {
			continue
		}
		switch r.Class(i, shiftDB) {
		case data.Served:
			served += w
			signal += w
		case data.Weak:
			signal += w
		}
	}
	centre := data.None
	if c.Rule == Centre {
		centre = r.Class(r.centre, shiftDB)
	}
	return c.verdict(r.Village, served/r.total, signal/r.total, centre)
}

// Nearest gives the margin of the site that comes nearest to serving hex i and its index
// in Sites; -Inf and -1 when it receives none.
func (r *Reception) Nearest(i int) (marginDB float64, site int) {
	marginDB, site = math.Inf(-1), -1
	for _, s := range r.Servers(i) {
		if m := float64(s.MarginDB); m > marginDB {
			marginDB, site = m, int(s.Site)
		}
	}
	return marginDB, site
}
