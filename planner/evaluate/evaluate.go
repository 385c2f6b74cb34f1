// Package evaluate asks how well the planner does where the answer is known: it hides
// sites that operators really built, plans as many, and looks how near the proposals
// fall to those that were hidden and how many of the people that these served have
// signal again.
//
// Two rules that people use without a program stand beside the plan, and the places of
// the hidden sites themselves with the plan's templates on them. Real sites were not
// chosen for coverage of homes alone (roads, rent, power, other radio plans), so a
// plan that serves more people further away is not a worse plan: both figures are
// needed.
package evaluate

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"math"
	"math/rand/v2"
	"slices"

	"github.com/covgap/covgap/coverage/criterion"
	"github.com/covgap/covgap/data"
	"github.com/covgap/covgap/geo/geodesy"
	"github.com/covgap/covgap/geo/hexgrid"
	"github.com/covgap/covgap/planner"
	"github.com/covgap/covgap/planner/candidate"
	"github.com/covgap/covgap/planner/solver"
	"github.com/paulmach/orb"
	"github.com/paulmach/orb/planar"
)

// ErrInput says that there is nothing to hide, or not enough.
var ErrInput = errors.New("evaluate: invalid input")

// Method is a way to choose places.
type Method string

// The methods.
const (
	Plan Method = "plan" // the planner, with every candidate
	// Furthest takes the settled place without signal that is furthest from every mast,
	// again and again.
	Furthest Method = "furthest"
	// MostUnserved takes the place with most people without signal within NearKm, who
	// then count as served, again and again.
	MostUnserved Method = "most_unserved"
	// Hidden is the places of the hidden sites: what the templates do there.
	Hidden Method = "hidden"
)

// Methods gives the methods, the plan first.
func Methods() []Method { return []Method{Plan, Furthest, MostUnserved, Hidden} }

// A site is rural when no other is nearer than RuralKm, within the area in which masts may
// be proposed, and when at least RuralPeople live where nothing but it serves.
const (
	RuralKm     = 1
	RuralPeople = 20
)

// NearKm is how far around a place MostUnserved counts people: a few kilometres, as
// people reckon the reach of a mast.
const NearKm = 3

// Input is what an evaluation depends on.
type Input struct {
	// Planner is how plans are made. Its Villages, Sites, Objective, Constraints and Kinds
	// are set here.
	Planner planner.Input
	// Sites are those that are on air, with the sectors that count.
	Sites []data.Site
	// Receptions are of all villages, with at least Hide+1 servers for each hex, and
	// Reception.Sites of Sites.
	Receptions []criterion.Reception
	Hide       int // sites hidden at once, 1 or more
	Trials     int // 1 or more
	Seed       uint64
	// Progress, when not nil, is called after each trial.
	Progress func(done, total int)
}

// Outcome is what a method did in a trial.
type Outcome struct {
	Method Method
	// Places are those it chose, at most Input.Hide.
	Places []orb.Point
	// DistanceKm is, for each hidden site, that to the nearest of Places; +Inf when
	// there is none.
	DistanceKm []float64
	PeopleNew  float64 // served again, by the exact path, of Trial.PeopleLost
}

// Trial is one set of hidden sites.
type Trial struct {
	Number int   // from 1
	Hidden []int // of Input.Sites, rising
	// FloorKm is, for each hidden site, the distance to the nearest place where a mast
	// could be proposed at all.
	FloorKm    []float64
	PeopleLost float64 // live where only hidden sites serve
	Outcomes   []Outcome
}

// Result is an evaluation.
type Result struct {
	Rural  []int // of Input.Sites: those that trials hide
	Unit   data.WeightUnit
	Trials []Trial
}

// Run makes the trials, one after the other; their result depends on Seed and nothing
// else. The error wraps ErrInput, or is that of [planner.Make] or of ctx.
func Run(ctx context.Context, in Input) (*Result, error) {
	if in.Hide < 1 || in.Trials < 1 {
		return nil, fmt.Errorf("%w: %d sites hidden in %d trials", ErrInput, in.Hide, in.Trials)
	}
	e := &evaluation{in: &in, result: &Result{Unit: data.People}}
	if len(in.Receptions) > 0 {
		_, e.result.Unit = in.Receptions[0].Village.Weight()
	}
	e.rural()
	if len(e.result.Rural) < in.Hide {
		return nil, fmt.Errorf("%w: %d sites to hide of %d that are rural (no other within %d km, and %d people or more served by nothing else)",
			ErrInput, in.Hide, len(e.result.Rural), RuralKm, RuralPeople)
	}
	for n := range in.Trials {
		t, err := e.trial(ctx, n+1)
		if err != nil {
			return nil, err
		}
		e.result.Trials = append(e.result.Trials, *t)
		if in.Progress != nil {
			in.Progress(n+1, in.Trials)
		}
	}
	return e.result, nil
}

type evaluation struct {
	in     *Input
	result *Result
}

// rural finds the sites that trials may hide.
func (e *evaluation) rural() {
	in := e.in
	area, _ := in.Planner.Limits.Area.(orb.MultiPolygon)
	for i := range in.Sites {
		at := in.Sites[i].Position
		if area != nil && !planar.MultiPolygonContains(area, at) || math.IsNaN(in.Planner.Params.Terrain.At(at)) {
			continue
		}
		alone := true
		for k := range in.Sites {
			if k != i && geodesy.Distance(at, in.Sites[k].Position) < RuralKm*1000 {
				alone = false
				break
			}
		}
		if !alone {
			continue
		}
		if people := e.lost([]int{i}).people; people >= RuralPeople {
			e.result.Rural = append(e.result.Rural, i)
		}
	}
}

// loss is what hiding sites takes away.
type loss struct {
	villages []planner.Village // of which hexes lose service; what does not counts as served
	hexes    []lostHex
	people   float64
}

type lostHex struct {
	cell   hexgrid.Cell
	at     geodesy.Cartesian
	people float64
}

// lost gives what is served now and not without some sites, which rise.
func (e *evaluation) lost(hidden []int) loss {
	var l loss
	for i := range e.in.Receptions {
		r := &e.in.Receptions[i]
		now := make([]float64, len(r.Sites))
		then := make([]float64, len(r.Sites))
		any := false
		for k, site := range r.Sites {
			if _, ok := slices.BinarySearch(hidden, site); ok {
				then[k], any = math.Inf(-1), true
			}
		}
		if !any {
			continue
		}
		people, _ := r.Village.Weight()
		v := planner.Village{Place: r.Place, Served: make([]bool, len(r.Hexes)), CenterServed: true}
		before := len(l.hexes)
		var total float64
		for _, h := range r.Hexes {
			total += h.Weight
		}
		for k, h := range r.Hexes {
			v.Served[k] = r.Class(k, now) != data.Served || r.Class(k, then) == data.Served
			if !v.Served[k] {
				share := people * h.Weight / total
				l.hexes = append(l.hexes, lostHex{h.Cell, geodesy.ToCartesian(h.Cell.Center()), share})
				l.people += share
			}
		}
		if len(l.hexes) > before {
			l.villages = append(l.villages, v)
		}
	}
	return l
}

// trial hides sites and lets every method place as many.
func (e *evaluation) trial(ctx context.Context, number int) (*Trial, error) {
	in := e.in
	rnd := rand.New(rand.NewPCG(in.Seed, uint64(number)))
	t := &Trial{Number: number}
	for _, k := range rnd.Perm(len(e.result.Rural))[:in.Hide] {
		t.Hidden = append(t.Hidden, e.result.Rural[k])
	}
	slices.Sort(t.Hidden)
	l := e.lost(t.Hidden)
	t.PeopleLost = l.people
	var rest []data.Site
	var hidden []orb.Point
	for i := range in.Sites {
		if _, ok := slices.BinarySearch(t.Hidden, i); ok {
			hidden = append(hidden, in.Sites[i].Position)
		} else {
			rest = append(rest, in.Sites[i])
		}
	}
	p := in.Planner
	p.Villages, p.Sites, p.Kinds = l.villages, rest, []planner.ActionKind{planner.NewSite}
	p.Constraints = planner.Constraints{}
	p.Objective = planner.Objective{Goal: planner.Count, Count: in.Hide, Measure: planner.People, Effort: cmp.Or(in.Planner.Objective.Effort, solver.DefaultEffort)}
	// The people of hexes are what counts, not whether a village reaches its share.
	p.Criterion.Rule, p.Criterion.TargetShare = criterion.People, 1
	var err error
	if t.FloorKm, err = e.floor(&p, hidden); err != nil {
		return nil, err
	}
	ground, err := e.ground(&p, &l)
	if err != nil {
		return nil, err
	}
	for _, m := range Methods() {
		o := Outcome{Method: m}
		q := p
		switch m {
		case Furthest:
			o.Places = furthest(ground, &l, rest, in.Hide)
		case MostUnserved:
			o.Places = mostUnserved(ground, &l, in.Hide)
		case Hidden:
			o.Places = hidden
			q.Limits = candidate.Limits{} // they stand
		}
		if m != Plan {
			q.OnlyPoints = true
			q.Points = nil
			for i, at := range o.Places {
				q.Points = append(q.Points, candidate.Point{ID: fmt.Sprint(m, "-", i+1), Position: at})
			}
		}
		if m == Plan || len(o.Places) > 0 {
			made, err := planner.Make(ctx, q)
			if err != nil {
				return nil, fmt.Errorf("trial %d, %s: %w", number, m, err)
			}
			o.PeopleNew = made.PeopleNew
			if m == Plan {
				for i := range made.Actions {
					o.Places = append(o.Places, made.Actions[i].Position())
				}
			}
		}
		for _, h := range hidden {
			o.DistanceKm = append(o.DistanceKm, nearestKm(h, o.Places))
		}
		t.Outcomes = append(t.Outcomes, o)
	}
	return t, nil
}

func nearestKm(from orb.Point, to []orb.Point) float64 {
	km := math.Inf(1)
	for _, p := range to {
		km = min(km, geodesy.Distance(from, p)/1000)
	}
	return km
}

// floor gives the distance from each hidden site to the nearest place that could be
// proposed.
func (e *evaluation) floor(p *planner.Input, hidden []orb.Point) ([]float64, error) {
	out := make([]float64, len(hidden))
	for i, at := range hidden {
		ground := candidate.Ground{Terrain: p.Params.Terrain, Limits: p.Limits, RadiusM: RuralKm * 1000, Receivers: []candidate.Receiver{{Position: at}}}
		places, _, err := ground.Hexes(resolution(p))
		if err != nil {
			return nil, err
		}
		var points []orb.Point
		for _, x := range places {
			points = append(points, x.At)
		}
		out[i] = nearestKm(at, points)
	}
	return out, nil
}

func resolution(p *planner.Input) int {
	return cmp.Or(p.CandidateResolution, candidate.DefaultResolution)
}

// ground gives the places of candidates that the rules of thumb choose from: those
// within NearKm of somebody who lost service.
func (e *evaluation) ground(p *planner.Input, l *loss) ([]candidate.Place, error) {
	g := candidate.Ground{Terrain: p.Params.Terrain, Limits: p.Limits, RadiusM: NearKm * 1000}
	seen := map[hexgrid.Cell]bool{}
	for i := range l.villages {
		v := &l.villages[i]
		for k, h := range v.Hexes {
			// One for each place that it could be is enough.
			if cell := ancestor(h.Cell, resolution(p)); !v.Served[k] && !seen[cell] {
				seen[cell] = true
				g.Receivers = append(g.Receivers, candidate.Receiver{Village: i, Position: h.Cell.Center()})
			}
		}
	}
	places, _, err := g.Hexes(resolution(p))
	return places, err
}

// furthest chooses settled places, each the furthest from the sites and from those
// chosen before.
func furthest(ground []candidate.Place, l *loss, sites []data.Site, n int) (chosen []orb.Point) {
	settled := map[hexgrid.Cell]bool{}
	var open []candidate.Place
	if len(ground) > 0 {
		res := ground[0].Hex.Resolution()
		for _, h := range l.hexes {
			settled[ancestor(h.cell, res)] = true
		}
	}
	var apartM []float64
	for _, p := range ground {
		if !settled[p.Hex] {
			continue
		}
		m := math.Inf(1)
		for i := range sites {
			m = min(m, geodesy.Distance(p.At, sites[i].Position))
		}
		open, apartM = append(open, p), append(apartM, m)
	}
	for range min(n, len(open)) {
		best := 0
		for i := range open {
			if apartM[i] > apartM[best] {
				best = i
			}
		}
		at := open[best].At
		chosen = append(chosen, at)
		for i := range open {
			apartM[i] = min(apartM[i], geodesy.Distance(open[i].At, at))
		}
	}
	return chosen
}

// ancestor gives the cell of a resolution in which another's centre lies: itself where
// that is coarser.
func ancestor(c hexgrid.Cell, resolution int) hexgrid.Cell {
	if c.Resolution() > resolution {
		return c.Parent(resolution)
	}
	return c
}

// mostUnserved chooses places, each with the most people within NearKm who are not near
// one chosen before.
func mostUnserved(ground []candidate.Place, l *loss, n int) (chosen []orb.Point) {
	const near2 = NearKm * 1000 * NearKm * 1000
	left := slices.Clone(l.hexes)
	for range n {
		best, most := -1, 0.0
		for i := range ground {
			local := geodesy.NewLocal(ground[i].At)
			var people float64
			for k := range left {
				if local.Chord2M2(&left[k].at) <= near2 {
					people += left[k].people
				}
			}
			if people > most {
				best, most = i, people
			}
		}
		if best < 0 {
			break
		}
		chosen = append(chosen, ground[best].At)
		local := geodesy.NewLocal(ground[best].At)
		left = slices.DeleteFunc(left, func(h lostHex) bool { return local.Chord2M2(&h.at) <= near2 })
	}
	return chosen
}
