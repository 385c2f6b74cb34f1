package merge

import (
	"context"

	"github.com/covgap/covgap/coverage"
	"github.com/covgap/covgap/coverage/linkbudget"
	"github.com/covgap/covgap/coverage/sweep"
	"github.com/covgap/covgap/data"
)

// Heard is one sector's level at one hex of a grid.
type Heard struct {
	Site, Sector int // indexes into the sites and their Sectors
	Hex          int // on the grid
	Level        coverage.CentiDB
}

// Each tells of every level that [Layers] would merge. Visit is called from several
// goroutines, but never twice at once for one hex, and for each hex in the order of
// sites. Of the options, FloorDBm is not read. The error is that of Layers.
func Each(ctx context.Context, g *Grid, sites []data.Site, src Source, o Options, visit func(Heard)) error {
	type at struct {
		sector int
		budget *linkbudget.Budget
	}
	var all []links
	var sectors [][]at // of all
	for i := range sites {
		site, first := &sites[i], len(all)
		for j := range site.Sectors {
			b, err := budget(site, &site.Sectors[j], o)
			if err != nil {
				return err
			}
			tx, k := sweep.Of(site, &site.Sectors[j]), first
			for k < len(all) && all[k].tx != tx {
				k++
			}
			if k == len(all) {
				all, sectors = append(all, links{site: i, tx: tx}), append(sectors, nil)
			}
			sectors[k] = append(sectors[k], at{j, b})
		}
	}
	return g.walk(ctx, all, src, o.Workers, func(n int, b *sweep.Block) {
		s, ok := g.span(b.Parent)
		if !ok {
			return // outside the grid
		}
		for k := s.from; k < s.to; k++ {
			child := int(g.child[k])
			loss := b.LossCentiDB[child]
			if loss == coverage.NoValue {
				continue
			}
			for _, a := range sectors[n] {
				dbm := a.budget.SignalDBm(loss.DB(), b.AzimuthDeg(child), b.ElevationDeg(child))
				visit(Heard{Site: all[n].site, Sector: a.sector, Hex: k, Level: coverage.FromDB(dbm)})
			}
		}
	})
}
