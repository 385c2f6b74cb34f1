package criterion

import (
	"slices"

	"github.com/covgap/covgap/coverage/merge"
)

// ShiftsDB are the errors of every level at once for which [Criterion.Sensitivity]
// counts: ±3 dB is what a wrong feeder loss or antenna makes, ±6 dB what a model
// without calibration is off by over a province.
var ShiftsDB = []float64{-6, -3, 3, 6}

// Shift is what a criterion would count if every level were higher by ShiftDB.
type Shift struct {
	ShiftDB  float64
	Communes []Commune
	Total    Tally
}

// Sensitivity judges the places again for each of ShiftsDB. The layers are those on
// grid g; the error is that of [Criterion.Villages].
func (c *Criterion) Sensitivity(places []Place, g *merge.Grid, layers []merge.Layer) ([]Shift, error) {
	out := make([]Shift, 0, len(ShiftsDB))
	var cells []int // that decide about a village
	for i := range places {
		for _, h := range places[i].Hexes {
			if k, ok := g.Index(h.Cell); ok {
				cells = append(cells, k)
			}
		}
		if k, ok := g.Index(places[i].Center); ok {
			cells = append(cells, k)
		}
	}
	slices.Sort(cells)
	cells = slices.Compact(cells)
	for _, db := range ShiftsDB {
		shifted := c.Shifted(db)
		verdicts, err := shifted.Villages(places, g, shifted.hexes(layers, g.Len(), slices.Values(cells)))
		if err != nil {
			return nil, err
		}
		s := Shift{ShiftDB: db}
		s.Communes, s.Total = Communes(places, verdicts)
		out = append(out, s)
	}
	return out, nil
}
