package run

import (
	"context"
	"fmt"
	"io"
	"math"

	"github.com/covgap/covgap/cmd/covgap/output"
	"github.com/covgap/covgap/coverage/criterion"
	"github.com/covgap/covgap/data"
	"github.com/covgap/covgap/planner/evaluate"
)

// Evaluation is what "covgap evaluate" found.
type Evaluation struct {
	Program   string              `json:"program"`
	Project   string              `json:"project"`
	Model     string              `json:"model"`
	Criterion criterion.Criterion `json:"criterion"`
	Hide      int                 `json:"hide"`  // sites hidden at once
	Seeds     int                 `json:"seeds"` // trials
	Seed      uint64              `json:"seed"`
	Sites     int                 `json:"sites"`        // computed
	Rural     int                 `json:"rural_sites"`  // of them, those that trials hide
	RuralKm   float64             `json:"rural_km"`     // no other site within it
	RuralMin  float64             `json:"rural_people"` // served by nothing else, at least
	Unit      data.WeightUnit     `json:"weight_unit"`
	// FloorKm is from a hidden site to the nearest place where a mast could be proposed.
	FloorKm Estimate        `json:"floor_km"`
	Methods []MethodSummary `json:"methods"`
	Trials  []TrialSummary  `json:"trials"`

	result *evaluate.Result
	sites  []data.Site
}

// Estimate is a mean over trials with its 95 % bootstrap interval; null without any.
type Estimate struct {
	Mean   *float64 `json:"mean"`
	Low    *float64 `json:"low"`
	High   *float64 `json:"high"`
	Trials int      `json:"trials"` // that have a value
}

func estimate(i evaluate.Interval) Estimate {
	e := Estimate{Trials: i.Trials}
	if i.Trials > 0 {
		e.Mean, e.Low, e.High = new(thousandths(i.Mean)), new(thousandths(i.Low)), new(thousandths(i.High))
	}
	return e
}

func thousandths(v float64) float64 { return math.Round(v*1000) / 1000 }

// MethodSummary is how a method did over all trials, see [evaluate.Score].
type MethodSummary struct {
	Method     evaluate.Method `json:"method"`
	DistanceKm Estimate        `json:"distance_km"`
	Within     Estimate        `json:"within_3_km"`
	Served     Estimate        `json:"served_share"`
	CloserKm   Estimate        `json:"plan_closer_km"`
	MoreServed Estimate        `json:"plan_more_served_share"`
}

// TrialSummary is one trial.
type TrialSummary struct {
	Trial      int                         `json:"trial"`
	Hidden     []string                    `json:"hidden"`
	PeopleLost float64                     `json:"people_lost"`
	PeopleNew  map[evaluate.Method]float64 `json:"people_new"`
}

// spareServers is how many servers of a hex an evaluation keeps beyond those that can be
// hidden at once: one suffices to know what is left.
const spareServers = 1

// Evaluate hides sites and plans as many again, so many times.
func (r *Run) Evaluate(ctx context.Context, program string, hide, trials int, seed uint64) (*Evaluation, error) {
	p, c, l := r.Project, r.Coverage, r.Options.Lang
	stage := r.Options.Reporter.Start("receptions", 0, "")
	receptions, err := p.Criterion.Receptions(ctx, c.Places, c.Sites, c.sweeper, r.mergeOptions(), hide+spareServers)
	if err != nil {
		return nil, err
	}
	r.finish(stage, "receptions", fmt.Sprintf(l.T("%s villages", "%s thôn/xóm"), l.Int(int64(len(receptions)))), "")
	in, err := r.planInput()
	if err != nil {
		return nil, err
	}
	stage = r.Options.Reporter.Start("evaluate", int64(trials), l.T("trials", "lần thử"))
	result, err := evaluate.Run(ctx, evaluate.Input{
		Planner: in, Sites: c.Sites, Receptions: receptions, Hide: hide, Trials: trials, Seed: seed,
		Progress: func(done, _ int) { stage.Set(int64(done)) },
	})
	if err != nil {
		return nil, err
	}
	e := &Evaluation{
		Program: program, Project: p.Name, Model: c.Params.Model.Name(), Criterion: p.Criterion, Hide: hide, Seeds: trials, Seed: seed,
		Sites: len(c.Sites), Rural: len(result.Rural), RuralKm: evaluate.RuralKm, RuralMin: evaluate.RuralPeople, Unit: result.Unit,
		FloorKm: estimate(result.FloorKm(seed)), result: result, sites: c.Sites,
	}
	for _, s := range result.Scores(seed) {
		e.Methods = append(e.Methods, MethodSummary{
			s.Method, estimate(s.DistanceKm), estimate(s.Within), estimate(s.Served), estimate(s.CloserKm), estimate(s.MoreServed),
		})
	}
	for i := range result.Trials {
		t := &result.Trials[i]
		s := TrialSummary{Trial: t.Number, PeopleLost: math.Round(t.PeopleLost), PeopleNew: map[evaluate.Method]float64{}}
		for _, h := range t.Hidden {
			s.Hidden = append(s.Hidden, c.Sites[h].ID)
		}
		for _, o := range t.Outcomes {
			s.PeopleNew[o.Method] = math.Round(o.PeopleNew)
		}
		e.Trials = append(e.Trials, s)
	}
	r.finish(stage, "evaluate", fmt.Sprintf(l.T("%s trials", "%s lần thử"), l.Int(int64(trials))), "")
	return e, nil
}

// Write writes the files of an evaluation.
func (e *Evaluation) Write(folder *Folder) error {
	if err := folder.Write(FileEvaluateCSV, output.Layer{Table: &output.Evaluate, Each: e.records}.CSV); err != nil {
		return err
	}
	return folder.Write(FileEvaluate, func(w io.Writer) error { return WriteJSON(w, e) })
}

// records gives output.Evaluate.
func (e *Evaluation) records(write output.Write) error {
	for i := range e.result.Trials {
		t := &e.result.Trials[i]
		for k, h := range t.Hidden {
			s := &e.sites[h]
			row := []any{t.Number, s.ID, s.Position.Lon(), s.Position.Lat(), t.FloorKm[k]}
			people := []any{t.PeopleLost}
			for _, o := range t.Outcomes {
				if o.Method != evaluate.Hidden { // which are where they are
					row = append(row, o.DistanceKm[k])
				}
				people = append(people, o.PeopleNew)
			}
			if err := write(s.Position, append(row, people...)...); err != nil {
				return err
			}
		}
	}
	return nil
}
