package serve

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"os"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"sync"

	"github.com/covgap/covgap/cmd/covgap/run"
	"github.com/covgap/covgap/geo"
	"github.com/covgap/covgap/planner"
)

func (s *Server) planRoutes() []Route {
	return []Route{
		{http.MethodPost, "/api/plan", Long, s.replan},
		{http.MethodGet, "/api/plans", None, s.plans},
		{http.MethodPost, "/api/plans/{name}", Quick, s.savePlan},
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

// savedShown says what was written.
type savedShown struct {
	File string `json:"file"` // in the project's folder
	// Unappraised says why the file does not say what the plan does and costs, "" where it
	// does.
	Unappraised string `json:"unappraised,omitempty"`
}

// savePlan writes a plan, or a list of actions, as plans/NAME.yaml into the project's
// folder: what "covgap plan --from" and "covgap whatif" read. One of that name is
// replaced only where that is asked for.
func (s *Server) savePlan(w http.ResponseWriter, r *http.Request) error {
	name := r.PathValue("name")
	if !planName.MatchString(name) {
		return fmt.Errorf("%w: name %q; expected letters, digits, spaces, - and _, 64 at most", ErrRequest, name)
	}
	replace := false
	if r.URL.Query().Has("replace") {
		var err error
		if replace, err = strconv.ParseBool(r.URL.Query().Get("replace")); err != nil {
			return fmt.Errorf("%w: replace %q; expected true or false", ErrRequest, r.URL.Query().Get("replace"))
		}
	}
	var asked actionsAsked
	if err := decode(r, &asked); err != nil {
		return err
	}
	plan, err := s.session.plan(asked)
	if err != nil {
		return err
	}
	if _, err := planner.Apply(s.session.Run.Inputs.Sites, plan.Actions, plan.Templates); err != nil {
		return err
	}
	// A root does not follow links out of the folder.
	root, err := os.OpenRoot(s.session.Run.Project.Dir())
	if err != nil {
		return fmt.Errorf("serve: %w", err)
	}
	defer func() { _ = root.Close() }() // nothing was written through it that is not closed
	shown := savedShown{File: plansFolder + "/" + name + planExtension}
	if !replace { // before the figures are worked out in vain
		if _, err := root.Lstat(shown.File); err == nil {
			return fmt.Errorf("%w: %s", ErrExists, shown.File)
		}
	}
	content, err := s.session.appraised(r.Context(), plan)
	var why *geo.InputError
	switch {
	case errors.As(err, &why): // of a kind that no plan prices, or where nothing can be built
		shown.Unappraised = err.Error()
		if content, err = s.session.list(plan); err != nil {
			return err
		}
	case err != nil:
		return err
	}
	if err := root.Mkdir(plansFolder, 0o755); err != nil && !errors.Is(err, os.ErrExist) {
		return fmt.Errorf("serve: %w", err)
	}
	if err := put(root, shown.File, content, replace); err != nil {
		return err
	}
	return s.writeJSON(w, r, shown)
}

// put writes a file whole or not at all, under its name when it is whole: a command
// beside may read it. One that is there stays unless it is to be replaced.
func put(root *os.Root, file string, content []byte, replace bool) error {
	part := file + ".part"
	err := root.WriteFile(part, content, 0o644)
	if err == nil && !replace {
		// A link is given to nothing that is there; where the disk has none, a look before
		// must do.
		if err = root.Link(part, file); err == nil {
			return root.Remove(part)
		}
		if _, there := root.Lstat(file); there == nil {
			_ = root.Remove(part) // not wanted
			return fmt.Errorf("%w: %s", ErrExists, file)
		}
		err = nil
	}
	if err == nil {
		err = root.Rename(part, file)
	}
	if err != nil {
		_ = root.Remove(part) // the first error is the one to report
		return fmt.Errorf("%w: %s: %w", run.ErrMissing, file, err)
	}
	return nil
}

// appraised gives a plan file of actions, with what they do and cost.
func (s *Session) appraised(ctx context.Context, plan *planner.Plan) ([]byte, error) {
	if s.Plan != nil {
		// Where those of its masts stood that are in the list: a place that one was moved
		// away from is given up.
		for _, x := range s.Plan.Proposed {
			if slices.ContainsFunc(plan.Actions, func(a planner.Action) bool { return a.SiteID == x.SiteID }) {
				plan.Proposed = append(plan.Proposed, x)
			}
		}
	}
	done, err := s.Run.Appraise(ctx, plan)
	if err != nil {
		return nil, err
	}
	return done.ToYAML()
}

// list gives a plan file of actions that says on which ground they stand, so that it can
// be compared, and nothing of what they do.
func (s *Session) list(plan *planner.Plan) ([]byte, error) {
	p := s.Run.Project
	plan.Objective, plan.Constraints = p.Plan.Objective, p.Plan.Constraints
	plan.Currency, plan.Criterion, plan.CriterionVersion = s.Run.Inputs.Costs.Currency, p.Criterion.Name, p.Criterion.Version
	plan.Model, plan.RadiusKm = s.Run.Coverage.Params.Model.Name(), p.Plan.Candidates.RadiusKm
	if s.Plan != nil {
		plan.WeightUnit, plan.Targets = s.Plan.WeightUnit, s.Plan.Targets
	}
	return plan.ListYAML()
}
