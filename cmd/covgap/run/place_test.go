package run

import (
	"strings"
	"testing"

	"github.com/covgap/covgap/cmd/covgap/project"
	"github.com/covgap/covgap/planner"
	"github.com/paulmach/orb"
)

func TestPlaceNotices(t *testing.T) {
	at := func(lon, lat float64) *Run {
		return &Run{
			Project: project.Default(), Plan: &planner.Plan{Actions: make([]planner.Action, 2)},
			Inputs: &Inputs{Bound: orb.Bound{Min: orb.Point{lon, lat}, Max: orb.Point{lon, lat}}},
		}
	}
	if n := at(106.2, 22.7).placeNotices(); n != nil {
		t.Errorf("in Cao Bằng: %+v", n)
	}
	r := at(8.6, 46.8)
	if n := r.placeNotices(); len(n) != 1 || n[0].Rows != 2 ||
		!strings.Contains(n[0].Text, "plan.power.sunshine_share, plan.backhaul.rain_001_mm_h, plan.backhaul.refractivity_gradient;") {
		t.Errorf("in Uri: %+v", n)
	}
	r.Project.Plan.Power.Irradiation = make([]float64, 12)
	r.Project.Plan.Backhaul.RainMMh, r.Project.Plan.Backhaul.Gradient = 30, -200
	if n := r.placeNotices(); n != nil {
		t.Errorf("all stated: %+v", n)
	}
	r = at(8.6, 46.8)
	r.Plan.Actions = nil
	if n := r.placeNotices(); n != nil {
		t.Errorf("nothing is built: %+v", n)
	}
}
