package run

import (
	"cmp"
	"context"
	"fmt"
	"slices"

	"github.com/covgap/covgap/coverage/cause"
	"github.com/covgap/covgap/coverage/criterion"
	"github.com/covgap/covgap/data"
)

// Gaps is the judgement of the villages.
type Gaps struct {
	Verdicts []criterion.Verdict // of Coverage.Places, in order
	Communes []criterion.Commune
	Total    criterion.Tally
	Ranked   []int // places that are gaps, the most people without service first
	// WithoutGrid counts the gaps whose grid_power says no.
	WithoutGrid int
	// UnknownGrid counts the gaps that do not say whether they have grid power.
	UnknownGrid int
	Targets     Targets
	MarginDB    []float64 // of Coverage.Places, in order: see [criterion.Criterion.MarginDB]
	// Sensitivity counts again with every level some decibels higher or lower.
	Sensitivity []criterion.Shift
	Causes      []cause.Village // of Coverage.Places, in order; without a cause where there is no gap. See [Run.FindCauses]
}

// Targets says which villages a plan is for.
type Targets string

// The choices of Targets. Declared takes the villages declared weak or none,
// Computed those that miss the criterion, Both either.
const (
	Declared Targets = "declared"
	Computed Targets = "computed"
	Both     Targets = "both"
)

// Untargeted gives the computed gaps that a plan leaves aside because they are
// declared served, and their people without service.
func (g *Gaps) Untargeted(c *Coverage) (villages int, people float64) {
	for _, i := range g.Ranked {
		if !g.target(c, i) {
			villages++
			people += g.Verdicts[i].PeopleUnserved
		}
	}
	return villages, people
}

// FindGaps judges every village by the criterion.
func (r *Run) FindGaps(ctx context.Context) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	l := r.Options.Lang
	stage := r.Options.Reporter.Start("gaps", 0, "")
	c := r.Coverage
	verdicts, err := r.Project.Criterion.Villages(c.Places, c.Grid, c.Hexes)
	if err != nil {
		return err
	}
	g := &Gaps{Verdicts: verdicts, Targets: Targets(r.Project.Plan.Targets)}
	g.Communes, g.Total = criterion.Communes(c.Places, verdicts)
	for _, p := range c.Places {
		g.MarginDB = append(g.MarginDB, r.Project.Criterion.MarginDB(p, c.Grid, c.Hexes))
	}
	if g.Sensitivity, err = r.Project.Criterion.Sensitivity(c.Places, c.Grid, c.Layers); err != nil {
		return err
	}
	for i := range verdicts {
		if !verdicts[i].Gap() {
			continue
		}
		g.Ranked = append(g.Ranked, i)
		switch c.Places[i].Village.GridPower {
		case data.No:
			g.WithoutGrid++
		case data.Unknown:
			g.UnknownGrid++
		}
	}
	slices.SortStableFunc(g.Ranked, func(a, b int) int {
		return cmp.Or(
			cmp.Compare(unserved(c, verdicts, b), unserved(c, verdicts, a)),
			cmp.Compare(c.Places[a].Village.ID, c.Places[b].Village.ID),
		)
	})
	if g.Targets == "" {
		g.Targets = Computed
		for i := range r.Inputs.Villages {
			if r.Inputs.Villages[i].Declared != "" {
				g.Targets = Declared
				break
			}
		}
	}
	r.Gaps = g
	r.finish(stage, "gaps", fmt.Sprintf(l.T("%s gaps of %s villages (%s weak, %s without signal)", "%s vùng lõm sóng trong %s thôn/xóm (%s sóng yếu, %s trắng sóng)"),
		l.Int(int64(g.Total.Gaps())), l.Int(int64(g.Total.Villages)), l.Int(int64(g.Total.Weak)), l.Int(int64(g.Total.None))), "")
	return nil
}

// communesWithout gives the areas that no village names or lies in.
func (g *Gaps) communesWithout(areas []data.Area) []*data.Area {
	seen := map[string]bool{}
	for i := range g.Communes {
		seen[g.Communes[i].Code] = true
	}
	var out []*data.Area
	for i := range areas {
		if !seen[areas[i].Code] {
			out = append(out, &areas[i])
		}
	}
	return out
}

// unserved is the weight of a village that is not served: its people where it
// states any, else its share of one village.
func unserved(c *Coverage, verdicts []criterion.Verdict, i int) float64 {
	if c.Places[i].Village.Population > 0 {
		return verdicts[i].PeopleUnserved
	}
	return 1 - verdicts[i].ServedShare
}

// target says whether a plan is for the village at i.
func (g *Gaps) target(c *Coverage, i int) bool {
	declared := c.Places[i].Village.Declared
	isDeclared := declared == data.Weak || declared == data.None
	switch g.Targets {
	case Declared:
		return isDeclared
	case Both:
		return isDeclared || g.Verdicts[i].Gap()
	}
	return g.Verdicts[i].Gap()
}
