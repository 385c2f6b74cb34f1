package serve

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"os"
	"regexp"
	"slices"
	"strings"
	"sync"

	"github.com/covgap/covgap/cmd/covgap/run"
	"github.com/covgap/covgap/planner"
)

func (s *Server) planRoutes() []Route {
	return []Route{
		{http.MethodPost, "/api/plan", Long, s.replan},
		{http.MethodGet, "/api/plans", None, s.plans},
		{http.MethodPost, "/api/plans/{name}", None, s.savePlan},
	}
}

// planAsked is what a plan is asked for. Blank members are those of the project.
type planAsked struct {
	Objective *planner.Objective `json:"objective"`
	Must      []string           `json:"must"`
	MustNot   []string           `json:"must_not"`
	// Draft leaves out the frontier and the alternatives: a plan in a fraction of the
	// time.
	Draft bool `json:"draft"`
}

// kept holds plans that were made, by what was asked.
type kept struct {
	mu    sync.Mutex
	plans map[string]*planner.Plan
}

// maxKept is how many plans are kept: the steps of a slider and their variants.
const maxKept = 200

// replan makes a plan as "covgap plan" does for another objective.
func (s *Server) replan(w http.ResponseWriter, r *http.Request) error {
	var asked planAsked
	if err := decode(r, &asked); err != nil {
		return err
	}
	x := s.session
	objective, constraints := x.Run.Project.Plan.Objective, x.Run.Project.Plan.Constraints
	if asked.Objective != nil {
		objective = *asked.Objective
	}
	if asked.Must != nil {
		constraints.Must = asked.Must
	}
	if asked.MustNot != nil {
		constraints.MustNot = asked.MustNot
	}
	key, err := json.Marshal([]any{objective, constraints, asked.Draft})
	if err != nil {
		return fmt.Errorf("%w: %w", ErrRequest, err)
	}
	x.kept.mu.Lock()
	plan := x.kept.plans[string(key)]
	x.kept.mu.Unlock()
	if plan == nil {
		survey, err := x.survey(r.Context())
		if err != nil {
			return err
		}
		solve := survey.Plan
		if asked.Draft {
			solve = survey.Draft
		}
		if plan, err = solve(r.Context(), objective, constraints); err != nil {
			return err
		}
		x.kept.mu.Lock()
		if len(x.kept.plans) >= maxKept {
			clear(x.kept.plans)
		}
		x.kept.plans[string(key)] = plan
		x.kept.mu.Unlock()
	}
	return s.writeJSON(w, r, plan)
}

// Where saved plans go, in the project's folder.
const (
	plansFolder   = "plans"
	planExtension = ".yaml"
)

// planName is what a saved plan may be called: a file name on every system.
var planName = regexp.MustCompile(`^[\p{L}\p{N}][\p{L}\p{N} _-]{0,63}$`)

// plans lists the plans that were saved.
func (s *Server) plans(w http.ResponseWriter, r *http.Request) error {
	type saved struct {
		Name string `json:"name"`
		File string `json:"file"` // in the project's folder
	}
	out := []saved{}
	entries, err := os.ReadDir(s.session.Run.Project.Path(plansFolder))
	if err != nil && !errors.Is(err, os.ErrNotExist) {
		return fmt.Errorf("serve: %w", err)
	}
	for _, e := range entries {
		name, ok := strings.CutSuffix(e.Name(), planExtension)
		if ok && e.Type().IsRegular() && planName.MatchString(name) {
			out = append(out, saved{name, plansFolder + "/" + e.Name()})
		}
	}
	return s.writeJSON(w, r, out)
}

// savePlan writes a plan, or a list of actions, as plans/NAME.yaml into the project's
// folder: what "covgap plan --from" and "covgap whatif" read.
func (s *Server) savePlan(w http.ResponseWriter, r *http.Request) error {
	name := r.PathValue("name")
	if !planName.MatchString(name) {
		return fmt.Errorf("%w: name %q; expected letters, digits, spaces, - and _, 64 at most", ErrRequest, name)
	}
	var asked actionsAsked
	if err := decode(r, &asked); err != nil {
		return err
	}
	plan, err := s.session.plan(asked)
	if err != nil {
		return err
	}
	s.session.complete(plan)
	content, err := plan.ToYAML()
	if err != nil {
		return err
	}
	// A root does not follow links out of the folder.
	root, err := os.OpenRoot(s.session.Run.Project.Dir())
	if err != nil {
		return fmt.Errorf("serve: %w", err)
	}
	defer func() { _ = root.Close() }() // nothing was written through it that is not closed
	file := plansFolder + "/" + name + planExtension
	if err := root.Mkdir(plansFolder, 0o755); err != nil && !errors.Is(err, os.ErrExist) {
		return fmt.Errorf("serve: %w", err)
	}
	// Under its name when it is whole: a command beside may read it.
	if err := root.WriteFile(file+".part", content, 0o644); err != nil {
		return fmt.Errorf("%w: %s: %w", run.ErrMissing, file, err)
	}
	if err := root.Rename(file+".part", file); err != nil {
		return fmt.Errorf("%w: %s: %w", run.ErrMissing, file, err)
	}
	return s.writeJSON(w, r, struct {
		File string `json:"file"`
	}{file})
}

// complete states of a list of actions what a comparison of plans asks for: the problem
// it answers, and the sums of what its actions are said to do.
func (s *Session) complete(plan *planner.Plan) {
	p := s.Run.Project
	plan.Objective, plan.Constraints = p.Plan.Objective, p.Plan.Constraints
	plan.Currency, plan.Criterion, plan.CriterionVersion = s.Run.Inputs.Costs.Currency, p.Criterion.Name, p.Criterion.Version
	plan.Model, plan.RadiusKm = s.Run.Coverage.Params.Model.Name(), p.Plan.Candidates.RadiusKm
	if s.Plan != nil {
		plan.WeightUnit, plan.Targets = s.Plan.WeightUnit, s.Plan.Targets
		// Where those of its masts stood that are in the list: a place that one was moved
		// away from is given up.
		for _, x := range s.Plan.Proposed {
			if slices.ContainsFunc(plan.Actions, func(a planner.Action) bool { return a.SiteID == x.SiteID }) {
				plan.Proposed = append(plan.Proposed, x)
			}
		}
	}
	for i := range plan.Actions {
		a := &plan.Actions[i]
		a.Rank = i + 1
		plan.Cost += a.Cost
		plan.LifetimeCost += a.LifetimeCost
		plan.PeopleNew += a.PeopleNew
		plan.VillagesServed += len(a.Villages)
	}
}
