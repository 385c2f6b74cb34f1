package run

import (
	"context"
	"errors"
	"fmt"
	"io"
	"maps"
	"os"

	"github.com/covgap/covgap/cmd/covgap/output"
	"github.com/covgap/covgap/cmd/covgap/report"
	"github.com/covgap/covgap/coverage/calibrate"
	"github.com/covgap/covgap/coverage/propagation"
	"github.com/covgap/covgap/data"
	"github.com/covgap/covgap/geo"
	"github.com/covgap/covgap/geo/geodesy"
)

// CalibrationSummary is the calibration in run.json.
type CalibrationSummary struct {
	File    string            `json:"file"` // relative to the project
	Name    string            `json:"name"`
	Version int               `json:"version"`
	Rows    int               `json:"rows"` // measurements it was fitted to
	SplitBy calibrate.SplitBy `json:"split_by"`
	Groups  int               `json:"groups"`
	// HeldOutSDDB is the error on routes or sites that the fit had not seen, 0 when it
	// is not known.
	HeldOutSDDB float64 `json:"held_out_sd_db,omitempty"`
}

// readCalibration reads the calibration that the project names, if any, and checks
// that it is of the project's model.
func (r *Run) readCalibration() (*calibrate.Calibration, error) {
	name := r.Project.Coverage.Calibration
	if name == "" {
		return nil, nil
	}
	content, err := os.ReadFile(r.Project.Path(name))
	if errors.Is(err, os.ErrNotExist) {
		return nil, fmt.Errorf("%w: coverage.calibration: %w", ErrMissing, err)
	}
	if err != nil {
		return nil, fmt.Errorf("run: %w", err)
	}
	c, err := calibrate.Read(content, name)
	if err != nil {
		return nil, err
	}
	m, err := propagation.Lookup(r.Project.Coverage.Model)
	if err != nil {
		return nil, err
	}
	if _, err := c.Apply(m); err != nil {
		return nil, &geo.InputError{
			Pos: geo.Position{File: name}, Found: err.Error(), Expected: "a calibration of the project's model",
			Hint: "\"covgap calibrate\" fits one", Err: err,
		}
	}
	return c, nil
}

// calibrationNotices says what of the run the calibration does not cover.
func (r *Run) calibrationNotices() []Notice {
	c := r.Inputs.Calibration
	if c == nil {
		return nil
	}
	l, p := r.Options.Lang, r.Project
	var out []Notice
	if c.ReceiverHeightM != p.Criterion.ReceiverHeightM {
		out = append(out, Notice{Input: "calibration", Place: p.Coverage.Calibration, Text: fmt.Sprintf(
			l.T("fitted at a receiver height of %s m, used at %s m", "khớp ở độ cao máy thu %s m, dùng ở %s m"), l.Float(c.ReceiverHeightM, 1), l.Float(p.Criterion.ReceiverHeightM, 1))})
	}
	without := 0
	for i := range r.Inputs.Sites {
		for _, s := range r.Inputs.Sites[i].Sectors {
			if _, counted := p.Criterion.Thresholds[s.Technology]; counted && !c.Covers(s.FrequencyMHz) {
				without++
			}
		}
	}
	if without > 0 {
		out = append(out, Notice{Input: "calibration", Place: p.Coverage.Calibration, Rows: without, Text: l.T(
			"sectors of a band that the calibration has no parameters for: their losses are the model's own",
			"sector ở băng tần không có tham số hiệu chỉnh: suy hao giữ nguyên theo mô hình")})
	}
	return out
}

// calibrationSummary gives what run.json says of the calibration, nil for none.
func (r *Run) calibrationSummary() *CalibrationSummary {
	c := r.Inputs.Calibration
	if c == nil {
		return nil
	}
	return &CalibrationSummary{
		File: r.Project.Coverage.Calibration, Name: c.Name, Version: c.Version, Rows: c.Rows, SplitBy: c.SplitBy, Groups: c.Groups, HeldOutSDDB: c.HeldOutSDDB,
	}
}

// Calibrating is one fit of the project's model to drive tests.
type Calibrating struct {
	Program      string                      `json:"program"`
	Project      string                      `json:"project"`
	Synthetic    bool                        `json:"synthetic"`
	Calibration  *calibrate.Calibration      `json:"calibration"`
	Report       *calibrate.Report           `json:"report"`
	Matched      map[calibrate.By]int        `json:"matched"`
	LeftOut      map[calibrate.Reason]int    `json:"left_out,omitempty"`
	Floors       map[data.Technology]float64 `json:"floor_dbm,omitempty"` // as stated
	Measurements *data.Report                `json:"measurements"`
	Inputs       []InputFile                 `json:"inputs"`
	Files        map[string]string           `json:"files,omitempty"`

	measurements []data.Measurement
	matched      *calibrate.Matched
}

// CalibrateOptions of [Run.Calibrate].
type CalibrateOptions struct {
	Name     string
	Version  int
	Split    calibrate.SplitBy
	Seed     uint64
	FloorDBm map[data.Technology]float64
}

// Calibrate reads the project's measurements and fits its model to them. It needs
// Check, and a project without calibration.
func (r *Run) Calibrate(ctx context.Context, program string, o CalibrateOptions) (*Calibrating, error) {
	p, l := r.Project, r.Options.Lang
	table := &p.Inputs.Measurements
	options := table.Options()
	options.Reference = geodesy.Pad(r.Inputs.Bound, p.Coverage.RadiusKm*1000)
	stage := r.Options.Reporter.Start("measurements", 0, "")
	ms, read, err := data.ReadMeasurements(ctx, []string{p.Path(table.File)}, options)
	if err != nil {
		return nil, locally(data.Measurements, err)
	}
	r.finish(stage, "measurements", l.Int(int64(len(ms))), "")
	params, err := r.params()
	if err != nil {
		return nil, err
	}
	merging := r.mergeOptions()
	stage = r.Options.Reporter.Start("calibrate", 0, "")
	matched, err := calibrate.Find(ctx, ms, r.Inputs.Sites, calibrate.MatchOptions{
		Params: params, Receiver: merging.Receiver, Antennas: merging.Antennas, FloorDBm: o.FloorDBm, Workers: r.Options.Workers,
	})
	if err != nil {
		return nil, err
	}
	s, err := r.Summary(program)
	if err != nil {
		return nil, err
	}
	size, sum, err := digest(p.Path(table.File))
	if err != nil {
		return nil, fmt.Errorf("run: %w", err)
	}
	out := &Calibrating{
		Program: program, Project: p.Name, Synthetic: p.Synthetic, Matched: map[calibrate.By]int{}, LeftOut: map[calibrate.Reason]int{}, Floors: o.FloorDBm,
		Measurements: read, Inputs: append(s.Inputs, InputFile{"measurements", p.Relative(p.Path(table.File)), size, sum}),
		measurements: ms, matched: matched,
	}
	for i := range read.Warnings {
		read.Warnings[i].Pos.File = p.Relative(read.Warnings[i].Pos.File)
	}
	for i := range read.Rejects {
		read.Rejects[i].Pos.File = p.Relative(read.Rejects[i].Pos.File)
	}
	for i, f := range read.Files {
		read.Files[i] = p.Relative(f)
	}
	for _, m := range matched.Matches {
		out.Matched[m.By]++
	}
	for _, left := range matched.Left {
		out.LeftOut[left.Reason]++
	}
	out.Calibration, out.Report, err = calibrate.Fit(matched.Observations, calibrate.Options{
		Name: o.Name, Version: o.Version, Model: params.Model.Name(), Source: params.Model.Validity().Source, Heights: params.RxHeightM,
		Digest: sum, Split: o.Split, Seed: o.Seed,
	})
	if errors.Is(err, calibrate.ErrTooFew) {
		return nil, &geo.InputError{Pos: geo.Position{File: p.Relative(p.Path(table.File))}, Found: err.Error(), Err: err}
	}
	if err != nil {
		return nil, err
	}
	r.finish(stage, "calibrate", fmt.Sprintf("%s %s", l.Int(int64(len(matched.Matches))), l.T("measurements", "điểm đo")), "")
	return out, nil
}

// Write writes the calibration, what it was fitted to, and the figure.
func (c *Calibrating) Write(folder *Folder, figure *report.CalibrationFigure) error {
	for _, f := range []struct {
		name  string
		write func(io.Writer) error
	}{
		{FileCalibrationRows, output.Layer{Table: &output.Calibration, Each: c.records}.CSV},
		{FileCalibrationPNG, figure.WritePNG},
		{FileCalibrationSVG, figure.WriteSVG},
		{FileCalibration, func(w io.Writer) error {
			b, err := c.Calibration.YAML()
			if err == nil {
				_, err = w.Write(b)
			}
			return err
		}},
	} {
		if err := folder.Write(f.name, f.write); err != nil {
			return err
		}
	}
	if len(c.Measurements.Rejects) == 0 {
		if _, err := folder.Remove(FileRejects); err != nil {
			return err
		}
	} else if err := folder.Write(FileRejects, func(w io.Writer) error { return data.WriteRejects(w, c.Measurements.Rejects) }); err != nil {
		return err
	}
	c.Files = maps.Clone(folder.files)
	return folder.Write(FileCalibrationReport, func(w io.Writer) error { return WriteJSON(w, c) })
}

// Points gives the levels that were received, measured and predicted.
func (c *Calibrating) Points() []report.CalibrationPoint {
	var out []report.CalibrationPoint
	for i := range c.matched.Observations {
		o := &c.matched.Observations[i]
		if o.Censored {
			continue
		}
		level := c.measurements[c.matched.Matches[i].Measurement].LevelDBm
		sent := level + o.MeasuredDB
		out = append(out, report.CalibrationPoint{
			DistanceKm: o.DistanceM / 1000, MeasuredDBm: level, ModelDBm: sent - o.ModelDB, HeldOutDBm: sent - c.Report.Predictions[i].LossDB,
		})
	}
	return out
}

// records gives output.Calibration: every measurement that was used.
func (c *Calibrating) records(write output.Write) error {
	for i := range c.matched.Observations {
		o, m := &c.matched.Observations[i], &c.matched.Matches[i]
		ms := &c.measurements[m.Measurement]
		level := ms.LevelDBm
		if o.Censored {
			level = m.FloorDBm
		}
		sent := level + o.MeasuredDB
		var modelError, heldOut, heldOutError, fold any
		if !o.Censored { // an error is then at least that
			modelError = o.MeasuredDB - o.ModelDB
		}
		if p := c.Report.Predictions[i]; p.Fold > 0 {
			heldOut, fold = sent-p.LossDB, p.Fold
			if !o.Censored {
				heldOutError = o.MeasuredDB - p.LossDB
			}
		}
		if err := write(ms.Position,
			ms.ID, ms.Pos.Line, ms.Position.Lon(), ms.Position.Lat(), ms.Route, m.Site.ID, m.Sector.ID, string(m.By),
			string(m.Sector.Technology), o.FrequencyMHz, o.DistanceM/1000, m.AzimuthDeg,
			string(o.Class), level, o.Censored, sent-o.ModelDB, heldOut, modelError, heldOutError, fold,
		); err != nil {
			return err
		}
	}
	return nil
}
