package serve

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"

	"github.com/covgap/covgap/cmd/covgap/answer"
	"github.com/covgap/covgap/cmd/covgap/lang"
	"github.com/covgap/covgap/cmd/covgap/output"
	"github.com/covgap/covgap/cmd/covgap/progress"
	"github.com/covgap/covgap/cmd/covgap/project"
	"github.com/covgap/covgap/cmd/covgap/run"
	"github.com/covgap/covgap/planner"
	"github.com/paulmach/orb"
)

// Session is a finished run with all that questions about it are answered from. It is
// safe for concurrent use.
type Session struct {
	// Run has been taken as far as the gaps: its inputs, coverage, villages and their
	// verdicts.
	Run     *run.Run
	Summary *run.Summary  // run.json
	Plan    *planner.Plan // plan.yaml, nil where the run made none
	// Version identifies everything that is answered from: it differs when the run or
	// the program does.
	Version string

	kept  kept
	mu    sync.Mutex
	study *planner.Survey // nil until it is asked for

	results  *run.Finished
	folder   string
	program  string
	answers  *answer.Answers
	places   *answer.Places
	villages []object
	actions  []object // plan.geojson
	communes []object
	frontier []object
}

// object is a feature of an output file.
type object struct {
	properties json.RawMessage
	geometry   orb.Geometry // nil for rows of a table
}

// Open takes a run, of which nothing was computed yet, as far as questions need, and
// reads the results in folder, which must be those of the project as it is. Coverage
// comes from the store where a run left it. Program is what calls itself so in
// run.json.
//
// The error wraps run.ErrMissing when there are no results, or not those of the
// project as it is.
func Open(ctx context.Context, r *run.Run, folder, program string) (*Session, error) {
	results, err := run.ReadResults(ctx, folder)
	if err != nil {
		return nil, err
	}
	if err := results.Current(r.Project, r.Options.Lang); err != nil {
		return nil, err
	}
	s := &Session{
		kept: kept{plans: map[string]*planner.Plan{}}, Run: r, Summary: results.Summary, folder: results.Folder, program: program, results: &results.Finished,
	}
	// As the run was told by its flags.
	r.Project.Coverage.Date, r.Options.Exact = s.Summary.Date, s.Summary.Model.Exact
	for _, step := range []func(context.Context) error{r.Check, r.ComputeCoverage, r.FindGaps} {
		if err := step(ctx); err != nil {
			return nil, err
		}
	}
	now, err := r.Summary(program)
	if err != nil {
		return nil, err
	}
	if err := results.Matches(now, r.Options.Lang); err != nil {
		return nil, err
	}
	digest := sha256.New()
	fmt.Fprintln(digest, program)
	digest.Write(results.JSON())
	s.answers = answer.New(r)
	s.places = answer.NewPlaces(func() (*project.Project, error) { return r.Project, nil }, nil)
	r.Options.Reporter = progress.New(progress.None, io.Discard) // what is asked later is answered to whom asked
	s.Version = hex.EncodeToString(digest.Sum(nil)[:8])
	if err := s.read(); err != nil {
		return nil, err
	}
	return s, results.Whole()
}

// survey gives what plans are made from, found when it is first asked for.
func (s *Session) survey(ctx context.Context) (*planner.Survey, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.study != nil {
		return s.study, nil
	}
	var err error
	s.study, err = s.Run.Survey(ctx)
	return s.study, err
}

// read reads the output files.
func (s *Session) read() (err error) {
	if s.villages, err = s.features(run.FileVillages); err != nil {
		return err
	}
	if s.communes, err = s.rows(run.FileCommunes, &output.Communes); err != nil {
		return err
	}
	if !slices.Contains(s.Summary.Stages, "plan") {
		return nil
	}
	if s.actions, err = s.features(run.FilePlan); err != nil {
		return err
	}
	if s.has(run.FileFrontier) {
		if s.frontier, err = s.rows(run.FileFrontier, &output.Frontier); err != nil {
			return err
		}
	}
	file := filepath.Join(s.folder, run.FilePlanYAML)
	content, err := os.ReadFile(file)
	if err != nil {
		return fmt.Errorf("%w: %w", run.ErrMissing, err)
	}
	s.Plan, err = planner.FromYAML(content, file, s.Run.Project.Plan.Templates...)
	return err
}

// has says whether the run wrote a file.
func (s *Session) has(name string) bool { _, ok := s.Summary.Files[name]; return ok }

// features reads a GeoJSON file of the run. The properties stay as they are written.
func (s *Session) features(name string) ([]object, error) {
	content, err := os.ReadFile(filepath.Join(s.folder, name))
	if err != nil {
		return nil, fmt.Errorf("%w: %w", run.ErrMissing, err)
	}
	var collection struct {
		Features []struct {
			Geometry   geometry        `json:"geometry"`
			Properties json.RawMessage `json:"properties"`
		} `json:"features"`
	}
	if err := json.Unmarshal(content, &collection); err != nil {
		return nil, fmt.Errorf("%w: %s: %w", run.ErrResults, name, err)
	}
	out := make([]object, len(collection.Features))
	for i := range collection.Features {
		f := &collection.Features[i]
		out[i] = object{f.Properties, f.Geometry.Geometry}
	}
	return out, nil
}

// geometry is one of a file that covgap wrote: a point or polygons.
type geometry struct{ orb.Geometry }

// UnmarshalJSON reads a GeoJSON geometry.
func (g *geometry) UnmarshalJSON(b []byte) error {
	var in struct {
		Type        string          `json:"type"`
		Coordinates json.RawMessage `json:"coordinates"`
	}
	if err := json.Unmarshal(b, &in); err != nil {
		return err
	}
	var err error
	switch in.Type {
	case "Point":
		var p orb.Point
		err = json.Unmarshal(in.Coordinates, &p)
		g.Geometry = p
	case "MultiPolygon":
		var p orb.MultiPolygon
		err = json.Unmarshal(in.Coordinates, &p)
		g.Geometry = p
	default:
		err = fmt.Errorf("a geometry of type %q", in.Type)
	}
	return err
}

// Lang is the language of the project, or that the server was told.
func (s *Session) Lang() lang.Lang { return s.Run.Options.Lang }

// with gives an object with more members.
func (o *object) with(more any) (json.RawMessage, error) {
	b, err := json.Marshal(more)
	if err != nil {
		return nil, fmt.Errorf("serve: %w", err)
	}
	own := strings.TrimSpace(string(o.properties))
	if own == "{}" || string(b) == "{}" {
		return nil, fmt.Errorf("serve: an object without members")
	}
	return json.RawMessage(own[:len(own)-1] + "," + string(b[1:])), nil
}
