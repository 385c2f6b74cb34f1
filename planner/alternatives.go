package planner

import (
	"cmp"
	"context"
	"errors"

	"github.com/covgap/covgap/geo/geodesy"
	"github.com/covgap/covgap/planner/solver"
)

// Alternative is another plan for the same objective that puts its new masts elsewhere.
// It is judged by the exact path as the plan is.
type Alternative struct {
	Cost           float64 `yaml:"cost" json:"cost"` // each site connected by itself: what they share is not taken off
	VillagesServed int     `yaml:"villages_served" json:"villages_served"`
	PeopleNew      float64 `yaml:"people_new" json:"people_new"`
	// Shared is how many of its places are the plan's too: those that nothing else
	// could replace, and masts that stand.
	Shared  int                 `yaml:"shared" json:"shared"`
	Actions []AlternativeAction `yaml:"actions" json:"actions"` // in build order
}

// AlternativeAction is an action that is not the plan's: of an alternative, of a point of
// the frontier, or of a fix. Its members are those of [Action] that it takes to build it,
// so that it can be copied among a plan's actions.
type AlternativeAction struct {
	Kind     ActionKind `yaml:"action" json:"action"`
	Template string     `yaml:"template,omitempty" json:"template,omitempty"`
	Place    string     `yaml:"place" json:"place"` // hex, point or site
	// SiteID is Place: a new mast has no number yet.
	SiteID            string    `yaml:"site_id" json:"site_id"`
	ParentSite        string    `yaml:"parent_site,omitempty" json:"parent_site,omitempty"`
	SectorID          string    `yaml:"sector_id,omitempty" json:"sector_id,omitempty"`
	Operator          string    `yaml:"operator,omitempty" json:"operator,omitempty"`
	Longitude         float64   `yaml:"longitude" json:"longitude"`
	Latitude          float64   `yaml:"latitude" json:"latitude"`
	AntennaHeightM    float64   `yaml:"antenna_height_m,omitempty" json:"antenna_height_m,omitempty"`
	AzimuthsDeg       []float64 `yaml:"azimuth_deg,omitempty" json:"azimuth_deg,omitempty"`
	MechanicalTiltDeg *float64  `yaml:"mechanical_tilt_deg,omitempty" json:"mechanical_tilt_deg,omitempty"`
	ElectricalTiltDeg *float64  `yaml:"electrical_tilt_deg,omitempty" json:"electrical_tilt_deg,omitempty"`
	EIRPDBm           float64   `yaml:"eirp_dbm,omitempty" json:"eirp_dbm,omitempty"`
	Cost              float64   `yaml:"cost" json:"cost"`                   // connected by itself
	Villages          []string  `yaml:"villages,omitempty" json:"villages"` // that meet the criterion with it and those before it; not said of a fix
}

// alternatives makes further plans, each with no new mast within DroppedM of one of those
// before it, but where the plan knows of no replacement. It ends where the constraints
// allow no other.
func (s *scheme) alternatives(ctx context.Context, p *Plan, chosen []int32) error {
	s.avoided = make([]bool, len(s.found))
	spare := map[int32]bool{}
	for k, i := range chosen {
		spare[i] = p.Actions[k].ReplacementCost != nil
	}
	planned := map[int]bool{} // places
	for _, i := range chosen {
		planned[s.found[i].Place] = true
	}
	last := chosen
	for range s.in.Objective.Alternatives {
		for _, i := range last {
			if !s.isNew(i) || s.kept(i) {
				continue
			}
			if replaceable, ok := spare[i]; ok && !replaceable {
				continue
			}
			at := s.places[s.found[i].Place].At
			for j := range s.found {
				if s.isNew(int32(j)) && !s.kept(int32(j)) && geodesy.Distance(at, s.places[s.found[j].Place].At) < DroppedM {
					s.avoided[j] = true
				}
			}
		}
		result, err := s.solve(ctx)
		if errors.Is(err, solver.ErrContradiction) || errors.Is(err, solver.ErrNotFound) {
			return nil
		}
		if err != nil {
			return err
		}
		last = last[:0:0]
		a := Alternative{}
		s.d.reset()
		for _, step := range result.Selected {
			i := int32(step.Column)
			last = append(last, i)
			c := &s.found[i]
			x, people := s.alternative(i)
			a.PeopleNew += people
			a.VillagesServed += len(x.Villages)
			a.Cost += x.Cost
			if planned[c.Place] {
				a.Shared++
			}
			a.Actions = append(a.Actions, x)
		}
		a.PeopleNew, a.Cost = round(a.PeopleNew), rounded(a.Cost, 100)
		if a.Shared == len(a.Actions) {
			return nil // the plan itself
		}
		p.Alternatives = append(p.Alternatives, a)
	}
	return nil
}

// option describes a candidate by itself.
func (s *scheme) option(i int32) AlternativeAction {
	a := s.described(i)
	place := placeID(&s.places[s.found[i].Place])
	return AlternativeAction{
		Kind: a.Kind, Template: a.Template, Place: place, SiteID: cmp.Or(a.SiteID, place), ParentSite: a.ParentSite, SectorID: a.SectorID,
		Operator: a.Operator, Longitude: a.Longitude, Latitude: a.Latitude, AntennaHeightM: a.AntennaHeightM, AzimuthsDeg: a.AzimuthsDeg,
		MechanicalTiltDeg: a.MechanicalTiltDeg, ElectricalTiltDeg: a.ElectricalTiltDeg, EIRPDBm: a.EIRPDBm,
		Cost: s.in.Costs.Currency.Amount(s.offers[i].charged),
	}
}

// alternative describes a candidate, and builds it after those before it: it gives the
// people that it newly serves.
func (s *scheme) alternative(i int32) (x AlternativeAction, people float64) {
	x = s.option(i)
	var built Action
	people = s.d.build(&built, s.serves(i))
	x.Villages = built.Villages
	return x, people
}
