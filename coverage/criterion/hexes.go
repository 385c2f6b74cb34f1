package criterion

import (
	"iter"
	"math"

	"github.com/covgap/covgap/coverage"
	"github.com/covgap/covgap/coverage/merge"
	"github.com/covgap/covgap/data"
)

// Hexes is the judgement of every hex of a grid, in the order of its cells.
type Hexes struct {
	Class []data.Class // Served, Weak or None
	// Layer is the layer that decided, among those judged, -1 for none: of the
	// operators that count the best (or the worst, when each must serve), and of its
	// layers the one of the best class, then furthest above its required level.
	// It is the best server to show.
	Layer []int16
	// MarginCentiDB is how far every level could fall with the hex still served; below
	// 0, how far it would have to rise. NoValue where no layer that counts reaches.
	MarginCentiDB []coverage.CentiDB
}

// Hexes judges every hex of n from the layers of signal on its grid, as
// [merge.Layers] gives them: those of an operator together.
func (c *Criterion) Hexes(layers []merge.Layer, n int) *Hexes {
	return c.hexes(layers, n, func(yield func(int) bool) {
		for i := 0; i < n && yield(i); i++ {
		}
	})
}

// hexes judges some of n hexes; of the others the result says nothing.
func (c *Criterion) hexes(layers []merge.Layer, n int, some iter.Seq[int]) *Hexes {
	h := &Hexes{Class: make([]data.Class, n), Layer: make([]int16, n), MarginCentiDB: make([]coverage.CentiDB, n)}
	groups := c.groups(layers)
	for i := range some {
		verdict, marginDB := nothing, math.Inf(-1)
		for k, g := range groups {
			v, m := g.best(i)
			if c.Operators == Each && verdict.better(v) || c.Operators != Each && v.better(verdict) || k == 0 {
				verdict = v
			}
			if c.Operators == Each && m < marginDB || c.Operators != Each && m > marginDB || k == 0 {
				marginDB = m
			}
		}
		h.Class[i], h.Layer[i], h.MarginCentiDB[i] = verdict.class, verdict.layer, coverage.NoValue
		if !math.IsInf(marginDB, -1) {
			h.MarginCentiDB[i] = coverage.FromDB(marginDB)
		}
	}
	return h
}

// group is the layers of one operator that can serve.
type group []candidate

type candidate struct {
	layer      int16
	levels     []coverage.CentiDB
	requiredDB float64
	noSignalDB float64
}

// groups sorts the layers by operator, leaving out operators and technologies that
// do not count. An operator whose every technology is left out stays, empty: when
// each must serve, it does not.
func (c *Criterion) groups(layers []merge.Layer) []group {
	var groups []group
	number := map[string]int{}
	for i := range layers {
		l := &layers[i]
		if c.Operators == Named && l.Operator != c.Operator {
			continue
		}
		n, ok := number[l.Operator]
		if !ok {
			n = len(groups)
			number[l.Operator] = n
			groups = append(groups, nil)
		}
		if _, ok := c.Thresholds[l.Technology]; ok {
			groups[n] = append(groups[n], candidate{
				int16(i), l.BestCentiDB, c.RequiredDBm(l.Technology, l.FrequencyMHz), c.FloorDBm(l.Technology, l.FrequencyMHz),
			})
		}
	}
	return groups
}

type hexVerdict struct {
	class    data.Class
	layer    int16
	marginDB float64 // above the required level
}

var nothing = hexVerdict{class: data.None, layer: -1, marginDB: math.Inf(-1)}

// better says whether v is a better class than o, or the same and further above
// its required level.
func (v hexVerdict) better(o hexVerdict) bool {
	if a, b := rank(v.class), rank(o.class); a != b {
		return a > b
	}
	return v.marginDB > o.marginDB
}

func rank(c data.Class) int {
	switch c {
	case data.Served:
		return 2
	case data.Weak:
		return 1
	}
	return 0
}

// best gives the best that an operator has at hex i, and the margin of the layer
// that is nearest to serving, which a layer of a better class may not be.
func (g group) best(i int) (best hexVerdict, marginDB float64) {
	best, marginDB = nothing, math.Inf(-1)
	for _, l := range g {
		if l.levels[i] == coverage.NoValue {
			continue
		}
		level := l.levels[i].DB()
		v := hexVerdict{class: data.None, layer: l.layer, marginDB: level - l.requiredDB}
		switch {
		case v.marginDB >= 0:
			v.class = data.Served
		case level >= l.noSignalDB:
			v.class = data.Weak
		}
		if v.better(best) {
			best = v
		}
		marginDB = max(marginDB, v.marginDB)
	}
	return best, marginDB
}
