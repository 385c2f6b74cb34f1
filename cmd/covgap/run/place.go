package run

import (
	"fmt"
	"slices"
	"strings"

	"github.com/covgap/covgap/cmd/covgap/project"
	"github.com/covgap/covgap/planner/backhaul"
	"github.com/covgap/covgap/planner/power"
	"github.com/paulmach/orb"
)

// northOfVietnam is where the defaults of sun, rain and refractivity hold.
var northOfVietnam = orb.Bound{Min: orb.Point{102, 19}, Max: orb.Point{108.5, 23.5}}

// placeNotices says which defaults are those of another place than the plan's.
func (r *Run) placeNotices() []Notice {
	if r.Plan == nil || len(r.Plan.Actions) == 0 || northOfVietnam.Contains(r.Inputs.Bound.Center()) {
		return nil
	}
	p, c := &r.Project.Plan.Power, &r.Project.Plan.Backhaul
	sun, air := power.Default(), backhaul.Default()
	var keys []string
	if len(p.Irradiation) == 0 && slices.Equal(p.Sunshine, sun.Sunshine) {
		keys = append(keys, "plan.power.sunshine_share")
	}
	if c.RainMMh == air.RainMMh {
		keys = append(keys, "plan.backhaul.rain_001_mm_h")
	}
	if c.Gradient == air.Gradient {
		keys = append(keys, "plan.backhaul.refractivity_gradient")
	}
	if keys == nil {
		return nil
	}
	return []Notice{{Input: "plan", Place: project.FileName, Rows: len(r.Plan.Actions), Text: fmt.Sprintf(
		r.Options.Lang.T("defaults of the north of Vietnam: %s; state those of your place", "giá trị mặc định của miền Bắc Việt Nam: %s; hãy ghi giá trị của nơi lập phương án"),
		strings.Join(keys, ", "))}}
}
