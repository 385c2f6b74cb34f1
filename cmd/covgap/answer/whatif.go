package answer

import (
	"context"

	"github.com/covgap/covgap/cmd/covgap/run"
	"github.com/covgap/covgap/data"
	"github.com/covgap/covgap/planner"
	"github.com/covgap/covgap/planner/whatif"
)

// WhatIf is the difference that actions make, as covgap whatif shows it.
type WhatIf struct {
	Actions        []planner.Action `json:"actions"`
	Before         Tally            `json:"before"`
	After          Tally            `json:"after"`
	VillagesGained int              `json:"villages_gained"` // that become served
	VillagesLost   int              `json:"villages_lost"`   // that were served
	PeopleGained   float64          `json:"people_gained"`   // newly served
	PeopleLost     float64          `json:"people_lost"`     // served no more
	Villages       []VillageChange  `json:"villages"`        // in which something differs
}

// Tally counts villages, and people without service in them.
type Tally struct {
	Served         int     `json:"served"`
	Weak           int     `json:"weak"`
	None           int     `json:"none"`
	Gaps           int     `json:"gaps"`
	PeopleUnserved float64 `json:"people_unserved"`
}

// VillageChange is a village before and after a change.
type VillageChange struct {
	ID           string     `json:"village_id"`
	Name         string     `json:"name"`
	Commune      string     `json:"commune"`
	Population   float64    `json:"population"`
	ClassBefore  data.Class `json:"class_before"`
	ClassAfter   data.Class `json:"class_after"`
	ShareBefore  float64    `json:"served_share_before"`
	ShareAfter   float64    `json:"served_share_after"`
	PeopleGained float64    `json:"people_gained"` // negative when fewer are served
}

// WhatIf gives the difference that actions make which turn the network of the inputs
// into another.
func (a *Answers) WhatIf(ctx context.Context, actions []planner.Action, network []data.Site) (*WhatIf, error) {
	base, err := a.base()
	if err != nil {
		return nil, err
	}
	d, err := base.Try(ctx, a.run.Counted(network))
	if err != nil {
		return nil, err
	}
	return newWhatIf(a.run, actions, d), nil
}

// WhatIfHexes gives what WhatIf does, and the hexes in which something differs.
func (a *Answers) WhatIfHexes(ctx context.Context, actions []planner.Action, network []data.Site) (*WhatIf, []whatif.Hex, error) {
	base, err := a.base()
	if err != nil {
		return nil, nil, err
	}
	d, hexes, err := base.Look(ctx, a.run.Counted(network))
	if err != nil {
		return nil, nil, err
	}
	return newWhatIf(a.run, actions, d), hexes, nil
}

func newWhatIf(r *run.Run, actions []planner.Action, d *whatif.Difference) *WhatIf {
	s := &WhatIf{Actions: actions, Before: newTally(d.Before.Served, d.Before.Weak, d.Before.None, d.Before.PeopleUnserved),
		After: newTally(d.After.Served, d.After.Weak, d.After.None, d.After.PeopleUnserved), Villages: []VillageChange{}}
	for i := range d.Villages {
		c := &d.Villages[i]
		v := r.Coverage.Places[c.Place].Village
		people := c.People()
		if people > 0 {
			s.PeopleGained += people
		} else {
			s.PeopleLost -= people
		}
		if c.Became(data.Served) {
			s.VillagesGained++
		}
		if c.Before.Class == data.Served && c.After.Class != data.Served {
			s.VillagesLost++
		}
		s.Villages = append(s.Villages, VillageChange{
			ID: v.ID, Name: v.Name, Commune: v.Commune, Population: v.Population,
			ClassBefore: c.Before.Class, ClassAfter: c.After.Class,
			ShareBefore: rounded(c.Before.ServedShare, 4), ShareAfter: rounded(c.After.ServedShare, 4), PeopleGained: rounded(people, 1),
		})
	}
	s.PeopleGained, s.PeopleLost = rounded(s.PeopleGained, 1), rounded(s.PeopleLost, 1)
	return s
}

func newTally(served, weak, none int, unserved float64) Tally {
	return Tally{Served: served, Weak: weak, None: none, Gaps: weak + none, PeopleUnserved: rounded(unserved, 1)}
}
