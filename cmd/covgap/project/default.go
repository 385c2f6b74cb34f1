package project

import (
	"github.com/covgap/covgap/coverage/criterion"
	"github.com/covgap/covgap/coverage/linkbudget"
	"github.com/covgap/covgap/geo/terrain"
	"github.com/covgap/covgap/planner"
	"github.com/covgap/covgap/planner/access"
	"github.com/covgap/covgap/planner/backhaul"
	"github.com/covgap/covgap/planner/candidate"
	"github.com/covgap/covgap/planner/cost"
	"github.com/covgap/covgap/planner/power"
	"github.com/covgap/covgap/planner/remote"
	"github.com/covgap/covgap/planner/repeater"
	"github.com/covgap/covgap/planner/template"
)

// Default gives a project in which only the inputs are missing. A project file
// keeps the default of every key it leaves out.
func Default() *Project {
	p := &Project{
		Version:   Version,
		Inputs:    Inputs{Terrain: Terrain{Surface: terrain.DSM}},
		Coverage:  Coverage{Model: "p1812", Resolution: 10, RadiusKm: 20, Downlink: linkbudget.DefaultDownlink()},
		Criterion: criterion.Default(),
	}
	p.Plan = Plan{
		Objective:  planner.Objective{Goal: planner.Eliminate},
		Actions:    []planner.ActionKind{planner.NewSite, planner.RemoteSector, planner.AddSector, planner.AddBand, planner.Raise},
		Candidates: Candidates{Resolution: candidate.DefaultResolution, RadiusKm: 10},
		Templates:  []template.Site{template.Default()},
		Costs:      cost.Default(),
		Access:     access.Default(),
		Power:      power.Default(),
		Backhaul:   backhaul.Default(),
		Remote:     remote.Default(),
		Repeater:   repeater.Default(),
	}
	return p
}
