package planner

import (
	"cmp"
	"context"
	"maps"
	"math"
	"slices"

	"github.com/covgap/covgap/data"
	"github.com/covgap/covgap/planner/solver"
	"github.com/paulmach/orb"
)

// Rival is a candidate that a plan could have been made of.
type Rival struct {
	Place     string // id of the hex, point or site
	At        orb.Point
	Sectors   []data.Sector // what it puts up, for those whose signal counts
	CostMinor int64
	Action    int   // index into Plan.Actions, -1 when the plan does not have it
	Villages  []int // indexes into Input.Villages: the targets of which it serves a part, rising
}

// Rivals are the actions of a plan and the candidates that promise most instead.
type Rivals struct {
	List    []Rival
	Problem solver.Problem
	// Sides holds a column for each of List, without rows, and then those that
	// constraints ask for, with all side constraints between them.
	Sides solver.Instance
}

// MakeWithRivals makes the plan of [Make] and gives with it the candidates that
// would take its actions' place: perVillage of each target, those that serve most of
// it for their cost, whatever else they serve.
func MakeWithRivals(ctx context.Context, in Input, perVillage int) (*Plan, *Rivals, error) {
	v, err := NewSurvey(ctx, in)
	if err != nil {
		return nil, nil, err
	}
	s, result, err := v.choose(ctx, in.Objective, in.Constraints)
	if err != nil {
		return nil, nil, err
	}
	p, err := s.assemble(ctx, result)
	if err != nil {
		return nil, nil, err
	}
	a, err := s.rivals(result, perVillage)
	return p, a, err
}

func (s *scheme) rivals(result *solver.Result, perVillage int) (*Rivals, error) {
	problem, err := s.in.Objective.problem(s.in.Costs.Currency)
	if err != nil {
		return nil, err
	}
	full, err := s.instance(false)
	if err != nil {
		return nil, err
	}
	action := map[int32]int{}
	take := map[int32]bool{}
	for k, step := range result.Selected {
		action[int32(step.Column)], take[int32(step.Column)] = k, true
	}
	for i := range s.found {
		if full.Columns[i].Fix == solver.Must {
			take[int32(i)] = true
		}
	}
	for v, list := range s.touches {
		type rated struct {
			candidate int32
			worth     float64
		}
		var best []rated
		for _, i := range list {
			if full.Columns[i].Fix == solver.MustNot {
				continue
			}
			var share int64
			for _, h := range s.servesIn(i, int32(v)) {
				share += s.d.hexes[h].share
			}
			if share > 0 {
				best = append(best, rated{i, min(1, float64(share)/float64(s.d.villages[v].need)) / max(1, float64(s.offers[i].charged))})
			}
		}
		slices.SortFunc(best, func(a, b rated) int {
			return cmp.Or(cmp.Compare(b.worth, a.worth), cmp.Compare(a.candidate, b.candidate))
		})
		for _, b := range best[:min(perVillage, len(best))] {
			take[b.candidate] = true
		}
	}
	pool := slices.Sorted(maps.Keys(take))
	out := &Rivals{Problem: problem}
	number := map[int32]int32{} // column of the full instance -> of Sides
	for k, i := range pool {
		number[i] = int32(k)
		c := &s.found[i]
		p := &s.places[c.Place]
		x := Rival{Place: placeID(p), At: p.At, Sectors: slices.Concat(s.counted(c)...), CostMinor: s.offers[i].charged, Action: -1}
		if a, ok := action[i]; ok {
			x.Action = a
		}
		for _, claim := range s.claims(i) {
			if len(s.servesIn(i, claim.village)) > 0 {
				x.Villages = append(x.Villages, s.d.villages[claim.village].target)
			}
		}
		out.List = append(out.List, x)
		out.Sides.Columns = append(out.Sides.Columns, solver.Column{Cost: x.CostMinor, Fix: full.Columns[i].Fix})
	}
	for i := len(s.found); i < len(full.Columns); i++ {
		number[int32(i)] = int32(len(out.Sides.Columns))
		c := full.Columns[i]
		c.Rows = nil
		out.Sides.Columns = append(out.Sides.Columns, c)
	}
	restrict := func(columns []int32) (kept []int32) {
		for _, i := range columns {
			if k, ok := number[i]; ok {
				kept = append(kept, k)
			}
		}
		return kept // number rises with the column
	}
	for k, i := range pool {
		for m, j := range pool[:k] {
			// A degree of latitude is 110.6 km at least.
			a, b := s.places[s.found[i].Place].At, s.places[s.found[j].Place].At
			if math.Abs(a[1]-b[1])*110.5e3 < s.apartM() && s.excludes(i, j) {
				out.Sides.Conflicts = append(out.Sides.Conflicts, []int32{int32(m), int32(k)})
			}
		}
	}
	for _, r := range full.Requirements {
		// The chosen ones keep every requirement: one of each is in the pool.
		out.Sides.Requirements = append(out.Sides.Requirements, solver.Requirement{Column: number[r.Column], Any: restrict(r.Any)})
	}
	for _, c := range full.Caps {
		out.Sides.Caps = append(out.Sides.Caps, solver.Cap{Limit: c.Limit, Columns: restrict(c.Columns)})
	}
	return out, nil
}
