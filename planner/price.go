package planner

import (
	"fmt"
	"math"

	"github.com/covgap/covgap/data"
	"github.com/covgap/covgap/geo/geodesy"
	"github.com/covgap/covgap/planner/cost"
	"github.com/covgap/covgap/planner/template"
	"github.com/paulmach/orb"
)

// offer is the price of a candidate.
type offer struct {
	cost.Quote
	power        template.Power
	powerAssumed bool
}

// price gives each candidate the price of its template there. Whether a place has
// grid power is what the nearest target village says of itself.
func (s *scheme) price() error {
	in := s.in
	points := make([]orb.Point, len(in.Villages))
	for i, v := range in.Villages {
		points[i] = v.Village.Point()
	}
	type kind struct {
		template *template.Site
		power    template.Power
	}
	quotes := map[kind]cost.Quote{}
	s.offers = make([]offer, len(s.found))
	for i := range s.found {
		c := &s.found[i]
		at := s.places[c.Place].At
		nearest, nearestM := 0, math.Inf(1)
		for k, p := range points {
			if m := geodesy.Distance(at, p); m < nearestM {
				nearest, nearestM = k, m
			}
		}
		o := offer{power: template.Grid}
		switch in.Villages[nearest].Village.GridPower {
		case data.No:
			o.power = template.Solar
		case data.Unknown:
			o.powerAssumed = true
		}
		t := s.variants[c.Place][c.Option].template
		q, ok := quotes[kind{t, o.power}]
		if !ok {
			var err error
			if q, err = in.Costs.Price(t.Needs(o.power)); err != nil {
				return fmt.Errorf("template %q with %s power: %w", t.Name, o.power, err)
			}
			quotes[kind{t, o.power}] = q
		}
		o.Quote = q
		s.offers[i] = o
	}
	return nil
}
