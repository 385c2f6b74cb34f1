package run

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"slices"
	"strings"

	"github.com/covgap/covgap/cmd/covgap/lang"
	"github.com/covgap/covgap/cmd/covgap/output"
	"github.com/covgap/covgap/coverage/criterion"
	"github.com/covgap/covgap/coverage/merge"
	"github.com/covgap/covgap/coverage/propagation"
	"github.com/covgap/covgap/coverage/store"
	"github.com/covgap/covgap/coverage/sweep"
	"github.com/covgap/covgap/planner"
	"github.com/covgap/covgap/planner/robust"
)

// secondModel is the model whose agreement stands beside the certainty of a village.
const secondModel = "itm"

// robustServers is how many servers of a hex are drawn: one that is weaker than the
// eighth changes nothing.
const robustServers = 8

// Robust is how firmly the results of a run stand.
type Robust struct {
	Spread   robust.Spread
	Villages []robust.Village // of Coverage.Places, in order
	Agrees   []bool           // whether the second model does, likewise; nil when the run's model is that
	Plan     *robust.PlanResult

	receptions []criterion.Reception
}

// AssessVillages says how sure the class of each village is. What it found is kept in the
// store.
func (r *Run) AssessVillages(ctx context.Context) error {
	c, l := r.Coverage, r.Options.Lang
	stage := r.Options.Reporter.Start("certainty", 0, "")
	a := &Robust{Spread: robust.DefaultSpread()}
	if cal := r.Inputs.Calibration; cal != nil && cal.HeldOutSDDB > 0 {
		a.Spread.SigmaDB = cal.HeldOutSDDB
	}
	st, err := r.openStore()
	if err != nil {
		return err
	}
	var second *sweep.Params
	if r.Project.Coverage.Model != secondModel {
		params := c.Params
		if params.Model, err = propagation.Lookup(secondModel); err != nil {
			return err
		}
		second = &params
	}
	key, err := r.certaintyKey(a.Spread, second)
	if err != nil {
		return err
	}
	note := "from the store"
	if content, ok := st.Get(key); !ok || r.decodeCertainty(a, content) != nil {
		note = ""
		if err := r.assess(ctx, a, second); err != nil {
			return err
		}
		content, err := encodeCertainty(a)
		if err != nil {
			return err
		}
		if err := st.Put(key, content); err != nil {
			return err
		}
	}
	r.Robust = a
	s := r.robustSummary()
	r.finish(stage, "certainty", fmt.Sprintf(l.T("%s villages surely gaps, %s uncertain", "%s thôn/xóm chắc chắn là vùng lõm, %s chưa chắc"),
		l.Int(int64(s.SurelyWeak)), l.Int(int64(s.Uncertain))), note)
	return nil
}

// assess draws each village, and asks the second model where there is one.
func (r *Run) assess(ctx context.Context, a *Robust, second *sweep.Params) (err error) {
	p, c := r.Project, r.Coverage
	if a.receptions, err = p.Criterion.Receptions(ctx, c.Places, c.Sites, c.sweeper, r.mergeOptions(), robustServers); err != nil {
		return err
	}
	if a.Villages, err = robust.Villages(ctx, robust.VillagesInput{
		Criterion: p.Criterion, Receptions: a.receptions, Spread: a.Spread, Seed: r.Options.Seed, Workers: r.Options.Workers,
	}); err != nil {
		return err
	}
	if second != nil {
		a.Agrees, err = robust.Agree(ctx, robust.SecondInput{
			Criterion: p.Criterion, Receptions: a.receptions, Sites: c.Sites, First: c.Params, Second: *second, Workers: r.Options.Workers,
		})
	}
	return err
}

// certaintyVersion is part of the key of kept certainties. It rises when assess gives
// others for the same input.
const certaintyVersion = 1

// certaintyKey gives the key of what assess gives: a digest of the layers' key, which
// stands for network, antennas, land and model, of the same with the second model, of the
// villages on the grid, of the criterion and of how levels are drawn.
func (r *Run) certaintyKey(spread robust.Spread, second *sweep.Params) (k store.Key, err error) {
	c := r.Coverage
	h := sha256.New()
	judged, err := json.Marshal(&r.Project.Criterion)
	if err != nil {
		return k, fmt.Errorf("run: %w", err)
	}
	fmt.Fprintf(h, "covgap certainty %d %d %d %d %+v %x %s\n", certaintyVersion, robustServers, robust.DefaultDraws, r.Options.Seed, spread, c.key, judged)
	if second != nil {
		sweeper, err := sweep.NewSweeper(*second, nil)
		if err != nil {
			return k, err
		}
		other, err := merge.Key(c.Grid, c.Sites, sweeper, r.mergeOptions())
		if err != nil {
			return k, err
		}
		fmt.Fprintf(h, "second %x\n", other)
	}
	var b []byte
	for i := range c.Places {
		p := &c.Places[i]
		fmt.Fprintf(h, "%q %v %v %d %d\n", p.Village.ID, p.Village.Population, p.Village.Households, p.Center, len(p.Hexes))
		b = b[:0]
		for _, x := range p.Hexes {
			b = binary.LittleEndian.AppendUint64(b, uint64(x.Cell))
			b = binary.LittleEndian.AppendUint64(b, math.Float64bits(x.Weight))
		}
		h.Write(b)
	}
	h.Sum(k[:0])
	return k, nil
}

// keptCertainty is what is kept of certainties before the receptions: a line of JSON.
type keptCertainty struct {
	Villages []robust.Village
	Agrees   []bool
}

func encodeCertainty(a *Robust) ([]byte, error) {
	b, err := json.Marshal(keptCertainty{a.Villages, a.Agrees})
	if err != nil {
		return nil, fmt.Errorf("run: %w", err)
	}
	receptions, err := criterion.EncodeReceptions(a.receptions)
	return slices.Concat(b, []byte("\n"), receptions), err
}

// errCertainty says that bytes are no certainties of these villages.
var errCertainty = errors.New("run: not the certainties of these villages")

// decodeCertainty reads what encodeCertainty wrote of the same villages.
func (r *Run) decodeCertainty(a *Robust, content []byte) error {
	line, receptions, _ := bytes.Cut(content, []byte("\n"))
	var kept keptCertainty
	if err := json.Unmarshal(line, &kept); err != nil {
		return fmt.Errorf("%w: %w", errCertainty, err)
	}
	n := len(r.Coverage.Places)
	if len(kept.Villages) != n || kept.Agrees != nil && len(kept.Agrees) != n {
		return errCertainty
	}
	var err error
	if a.receptions, err = r.Project.Criterion.DecodeReceptions(receptions, r.Coverage.Places, r.Coverage.Sites); err != nil {
		return fmt.Errorf("%w: %w", errCertainty, err)
	}
	a.Villages, a.Agrees = kept.Villages, kept.Agrees
	return nil
}

// assessPlan says how firmly each action stands, and what would be worth measuring.
func (r *Run) assessPlan(ctx context.Context, in *planner.Input, rivals *planner.Rivals) error {
	a, l := r.Robust, r.Options.Lang
	stage := r.Options.Reporter.Start("robustness", 0, "")
	var err error
	a.Plan, err = robust.Plan(ctx, robust.PlanInput{
		Plan: r.Plan, Rivals: rivals, Targets: in.Villages, Receptions: a.receptions, Certain: a.Villages,
		Criterion: r.Project.Criterion, Params: in.Params, Antennas: in.Antennas, Spread: a.Spread, Seed: r.Options.Seed, Workers: r.Options.Workers,
	})
	if err != nil {
		return err
	}
	r.finish(stage, "robustness", fmt.Sprintf(l.T("%s plans under disturbed levels and costs", "%s phương án với mức thu và chi phí thay đổi"), l.Int(int64(a.Plan.Solves))), "")
	return nil
}

// RobustSummary is how firmly results stand, in run.json.
type RobustSummary struct {
	robust.Spread
	Draws        int     `json:"draws"`
	Seed         uint64  `json:"seed"`
	SureShare    float64 `json:"sure_share"`
	SurelyWeak   int     `json:"surely_weak"`
	Uncertain    int     `json:"uncertain"`
	SurelyServed int     `json:"surely_served"`
	// UncertainGaps are the gaps among the uncertain.
	UncertainGaps int          `json:"uncertain_gaps"`
	SecondModel   string       `json:"second_model,omitempty"`
	Disagrees     int          `json:"second_model_disagrees"`
	Plan          *RobustShare `json:"plan,omitempty"`
}

// RobustShare is how firmly a plan stands.
type RobustShare struct {
	Solves   int     `json:"solves"`
	Rivals   int     `json:"rivals_per_village"`
	CostLow  float64 `json:"cost_p10"`
	CostHigh float64 `json:"cost_p90"`
	// Firm actions, or a place within a kilometre, are in 90 % of the plans or more.
	Firm         int `json:"firm_actions"`
	Measurements int `json:"measurements"`
}

func (r *Run) robustSummary() *RobustSummary {
	a := r.Robust
	if a == nil {
		return nil
	}
	s := &RobustSummary{Spread: a.Spread, Draws: robust.DefaultDraws, Seed: r.Options.Seed, SureShare: robust.SureShare}
	for i := range a.Villages {
		switch a.Villages[i].Certainty {
		case robust.SurelyWeak:
			s.SurelyWeak++
		case robust.SurelyServed:
			s.SurelyServed++
		case robust.Uncertain:
			s.Uncertain++
			if r.Gaps.Verdicts[i].Gap() {
				s.UncertainGaps++
			}
		}
	}
	if a.Agrees != nil {
		s.SecondModel = secondModel
		for _, ok := range a.Agrees {
			if !ok {
				s.Disagrees++
			}
		}
	}
	if p := a.Plan; p != nil {
		s.Plan = &RobustShare{Solves: p.Solves, Rivals: robust.RivalsPerVillage, CostLow: p.CostLow, CostHigh: p.CostHigh, Measurements: len(p.Measurements)}
		for _, f := range p.Actions {
			if f.Near >= robust.SureShare {
				s.Plan.Firm++
			}
		}
	}
	return s
}

// certainty gives certainty, weak_probability and itm_agrees of a place.
func (r *Run) certainty(i int) []any {
	out := make([]any, 3)
	if r.Robust == nil || r.Robust.Villages[i].Certainty == "" {
		return out
	}
	v := &r.Robust.Villages[i]
	out[0], out[1] = string(v.Certainty), v.WeakProbability
	if r.Robust.Agrees != nil {
		out[2] = r.Robust.Agrees[i]
	}
	return out
}

// frequency gives the values of the plan's columns of that, for an action.
func (r *Run) frequency(action int) (itself, near any) {
	if r.Robust == nil || r.Robust.Plan == nil || r.Robust.Plan.Solves == 0 {
		return nil, nil
	}
	f := r.Robust.Plan.Actions[action]
	return f.Itself, f.Near
}

// MeasurementSite gives the site to listen to: one that stands, or of the plan; "" when
// none is heard.
func (r *Run) MeasurementSite(m *robust.Measurement) string {
	switch {
	case m.Action >= 0:
		return r.Plan.Actions[m.Action].SiteID
	case m.Site >= 0:
		return r.Coverage.Sites[r.Robust.receptions[m.Village].Sites[m.Site]].ID
	}
	return ""
}

// MeasurementReason says why a measurement matters.
func (r *Run) MeasurementReason(l lang.Lang, m *robust.Measurement) string {
	percent := l.Int(int64(math.Round(100 * m.Probability)))
	leave := make([]string, len(m.Actions))
	for i, a := range m.Actions {
		leave[i] = r.Plan.Actions[a].SiteID
	}
	switch m.Kind {
	case robust.Link:
		return fmt.Sprintf(l.T("a mast at %s would miss it in %s %% of the draws in which it is a gap", "trạm tại %s không phủ được trong %s %% số lần thử mà thôn/xóm là vùng lõm"),
			r.MeasurementSite(m), percent)
	case robust.Served:
		return fmt.Sprintf(l.T("counts as served, and is a gap in %s %% of the draws; a village costs as much on average", "được tính là có sóng nhưng là vùng lõm trong %s %% số lần thử; chi phí bình quân một thôn/xóm"), percent)
	}
	if len(leave) == 0 {
		return fmt.Sprintf(l.T("served already in %s %% of the draws; other actions would do", "đã có sóng trong %s %% số lần thử; có thể chọn hạng mục khác"), percent)
	}
	return fmt.Sprintf(l.T("served already in %s %% of the draws; without it the plan would not have %s", "đã có sóng trong %s %% số lần thử; khi đó không cần %s"), percent, strings.Join(leave, ", "))
}

// measurementRecords gives output.Measurements.
func (r *Run) measurementRecords(write output.Write) error {
	for n := range r.Robust.Plan.Measurements {
		m := &r.Robust.Plan.Measurements[n]
		v, at := r.Coverage.Places[m.Village].Village, r.Coverage.center(m.Village)
		var leave []string
		for _, a := range m.Actions {
			leave = append(leave, r.Plan.Actions[a].SiteID)
		}
		if err := write(at,
			n+1, string(m.Kind), v.ID, v.Name, v.CommuneCode, v.Commune, at.Lon(), at.Lat(),
			string(r.Gaps.Verdicts[m.Village].Class), r.Robust.Villages[m.Village].WeakProbability, r.MeasurementSite(m),
			m.Probability, math.Round(m.Change), math.Round(m.Value()), string(r.Plan.Currency), m.Estimated, strings.Join(leave, " "), r.MeasurementReason(r.Options.Lang, m),
		); err != nil {
			return err
		}
	}
	return nil
}
