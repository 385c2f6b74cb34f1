package criterion

import (
	"cmp"
	"errors"
	"fmt"
	"math"
	"slices"

	"github.com/covgap/covgap/coverage"
	"github.com/covgap/covgap/coverage/merge"
	"github.com/covgap/covgap/data"
	"github.com/covgap/covgap/data/habitat"
	"github.com/covgap/covgap/geo/hexgrid"
)

// Errors about a village's hexes.
var (
	ErrNoWeight = errors.New("criterion: a village without weight")
	ErrOutside  = errors.New("criterion: a village reaches outside the grid")
)

// Place is a village on the grid.
type Place struct {
	Village *data.Village
	Hexes   []habitat.WeightedHex // where its weight of the criterion's rule lies
	Center  hexgrid.Cell          // read for the rule centre
}

// Verdict is the judgement of a village.
type Verdict struct {
	Class       data.Class
	ServedShare float64 // of its weight, 0 to 1
	SignalShare float64 // of its weight, at or above the no-signal level, 0 to 1
	// PeopleUnserved and HouseholdsUnserved are the village's people and households
	// times the share not served; 0 when it states none.
	PeopleUnserved     float64
	HouseholdsUnserved float64
}

// Gap says whether the village misses the criterion.
func (v *Verdict) Gap() bool { return isGap(v.Class) }

func isGap(c data.Class) bool { return c == data.Weak || c == data.None }

// shareTolerance is what adding thousands of weights can lose: shares within it of
// the target reach it.
const shareTolerance = 1e-9

// Village judges a village from its hexes on grid g. A village that states no
// households is counted whatever MinHouseholds says.
//
// The error wraps ErrNoWeight when its weights do not add up to something, or
// ErrOutside when one of its hexes is not on the grid, and names the village.
func (c *Criterion) Village(p Place, g *merge.Grid, h *Hexes) (Verdict, error) {
	class := func(cell hexgrid.Cell) (data.Class, error) {
		i, ok := g.Index(cell)
		if !ok {
			return "", fmt.Errorf("%w: hex %v of village %q", ErrOutside, cell, p.Village.ID)
		}
		return h.Class[i], nil
	}
	var total, served, signal float64
	for _, wh := range p.Hexes {
		cl, err := class(wh.Cell)
		if err != nil {
			return Verdict{}, err
		}
		total += wh.Weight
		if cl == data.Served {
			served += wh.Weight
		}
		if cl != data.None {
			signal += wh.Weight
		}
	}
	if !(total > 0) { // also NaN
		return Verdict{}, noWeight(p)
	}
	centre := data.None
	if c.Rule == Centre {
		var err error
		if centre, err = class(p.Center); err != nil {
			return Verdict{}, err
		}
	}
	return c.verdict(p.Village, served/total, signal/total, centre), nil
}

func noWeight(p Place) error { return fmt.Errorf("%w: %q", ErrNoWeight, p.Village.ID) }

// tooSmall says whether a village is not counted.
func (c *Criterion) tooSmall(v *data.Village) bool {
	return v.Households > 0 && v.Households < c.MinHouseholds
}

// verdict judges a village from the shares of its weight and, under the rule of the
// centre, the class of that.
func (c *Criterion) verdict(village *data.Village, servedShare, signalShare float64, centre data.Class) Verdict {
	v := Verdict{ServedShare: servedShare, SignalShare: signalShare}
	v.PeopleUnserved = village.Population * (1 - v.ServedShare)
	v.HouseholdsUnserved = village.Households * (1 - v.ServedShare)
	switch {
	case c.tooSmall(village):
		v.Class = data.NotCounted
	case c.Rule == Centre:
		v.Class = centre
	case v.ServedShare >= c.TargetShare-shareTolerance:
		v.Class = data.Served
	case v.SignalShare < c.NoneShare-shareTolerance:
		v.Class = data.None
	default:
		v.Class = data.Weak
	}
	return v
}

// MarginDB gives how far every level could fall with a village still served, judged
// from its hexes on grid g; below 0, how far they would have to rise. It is -Inf
// when no signal that counts reaches enough of it. Kept to a hundredth of a decibel,
// it is 0 or more for the villages that [Criterion.Village] calls served.
func (c *Criterion) MarginDB(p Place, g *merge.Grid, h *Hexes) float64 {
	if c.Rule == Centre {
		return h.margin(g, p.Center)
	}
	type weighted struct{ db, weight float64 }
	margins := make([]weighted, len(p.Hexes))
	var total, sum float64
	for i, wh := range p.Hexes {
		margins[i] = weighted{h.margin(g, wh.Cell), wh.Weight}
		total += wh.Weight
	}
	slices.SortFunc(margins, func(a, b weighted) int { return cmp.Compare(b.db, a.db) })
	for _, m := range margins {
		if sum += m.weight; sum/total >= c.TargetShare-shareTolerance {
			return m.db
		}
	}
	return math.Inf(-1)
}

// margin gives a hex's margin in decibels, -Inf without a layer and outside the grid.
func (h *Hexes) margin(g *merge.Grid, cell hexgrid.Cell) float64 {
	i, ok := g.Index(cell)
	if !ok || h.MarginCentiDB[i] == coverage.NoValue {
		return math.Inf(-1)
	}
	return h.MarginCentiDB[i].DB()
}

// Villages judges every village, in order. The error is that of [Criterion.Village].
func (c *Criterion) Villages(places []Place, g *merge.Grid, h *Hexes) ([]Verdict, error) {
	verdicts := make([]Verdict, len(places))
	for i, p := range places {
		v, err := c.Village(p, g, h)
		if err != nil {
			return nil, err
		}
		verdicts[i] = v
	}
	return verdicts, nil
}

// Agreement compares the gaps that communes declare with those computed. Every
// village counts once.
type Agreement struct {
	Both         int `json:"both"`          // a gap by both
	DeclaredOnly int `json:"declared_only"` // declared weak or none, computed served
	ComputedOnly int `json:"computed_only"` // declared served, computed weak or none
	Neither      int `json:"neither"`       // served by both
	NotDeclared  int `json:"not_declared"`  // no status declared
	NotCounted   int `json:"not_counted"`   // declared, but below the minimum households
}

func (a *Agreement) count(declared, computed data.Class) {
	switch {
	case declared == "":
		a.NotDeclared++
	case computed == data.NotCounted:
		a.NotCounted++
	case isGap(declared) && isGap(computed):
		a.Both++
	case isGap(declared):
		a.DeclaredOnly++
	case isGap(computed):
		a.ComputedOnly++
	default:
		a.Neither++
	}
}

// Tally counts villages.
type Tally struct {
	Villages   int `json:"villages"`
	Served     int `json:"served"`
	Weak       int `json:"weak"`
	None       int `json:"none"`
	NotCounted int `json:"not_counted"`
	// The people of all villages, those not served wherever they live, and those of
	// the villages that are gaps.
	People         float64   `json:"people"`
	PeopleUnserved float64   `json:"people_unserved"`
	PeopleInGaps   float64   `json:"people_in_gaps"`
	Agreement      Agreement `json:"agreement"`
}

// Gaps is the number of villages that miss the criterion.
func (t *Tally) Gaps() int { return t.Weak + t.None }

func (t *Tally) count(village *data.Village, v *Verdict) {
	t.Villages++
	switch v.Class {
	case data.Served:
		t.Served++
	case data.Weak:
		t.Weak++
	case data.None:
		t.None++
	case data.NotCounted:
		t.NotCounted++
	}
	t.People += village.Population
	t.PeopleUnserved += v.PeopleUnserved
	if v.Gap() {
		t.PeopleInGaps += village.Population
	}
	t.Agreement.count(village.Declared, v.Class)
}

// Commune is the tally of one commune.
type Commune struct {
	Code string `json:"code"` // "" for villages that name none
	Name string `json:"name"`
	Tally
}

// Communes tallies the villages of each commune, in order of their codes, and all
// of them. The verdicts are those of the places, in order.
func Communes(places []Place, verdicts []Verdict) (communes []Commune, total Tally) {
	number := map[string]int{}
	for i, p := range places {
		n, ok := number[p.Village.CommuneCode]
		if !ok {
			n = len(communes)
			number[p.Village.CommuneCode] = n
			communes = append(communes, Commune{Code: p.Village.CommuneCode, Name: p.Village.Commune})
		}
		communes[n].count(p.Village, &verdicts[i])
		total.count(p.Village, &verdicts[i])
	}
	slices.SortFunc(communes, func(a, b Commune) int { return cmp.Compare(a.Code, b.Code) })
	return communes, total
}
