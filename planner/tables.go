package planner

import "slices"

// Share is the part of a plan that falls to a commune or an operator.
type Share struct {
	Name      string  `yaml:"name" json:"name"` // code of the commune, or operator; "" for none, and for shared masts
	Actions   int     `yaml:"actions" json:"actions"`
	Cost      float64 `yaml:"cost" json:"cost"`
	Villages  int     `yaml:"villages" json:"villages"` // that the actions bring to their criterion, wherever they lie
	PeopleNew float64 `yaml:"people_new" json:"people_new"`
}

// tables sums the actions by commune and by operator, in order of their names.
func (p *Plan) tables() {
	p.Communes = p.shares(func(a *Action) string { return a.CommuneCode })
	p.Operators = p.shares(func(a *Action) string { return a.Operator })
}

func (p *Plan) shares(of func(*Action) string) []Share {
	var out []Share
	for i := range p.Actions {
		a := &p.Actions[i]
		k := slices.IndexFunc(out, func(s Share) bool { return s.Name == of(a) })
		if k < 0 {
			k, out = len(out), append(out, Share{Name: of(a)})
		}
		s := &out[k]
		s.Actions++
		s.Cost = rounded(s.Cost+a.Cost, 100)
		s.Villages += len(a.Villages)
		s.PeopleNew = round(s.PeopleNew + a.PeopleNew)
	}
	slices.SortFunc(out, func(a, b Share) int {
		switch {
		case a.Name < b.Name:
			return -1
		case a.Name > b.Name:
			return 1
		}
		return 0
	})
	return out
}
