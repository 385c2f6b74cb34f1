package main

import (
	"context"
	"fmt"
	"io"
	"math"
	"path/filepath"
	"strconv"
	"strings"
	"text/tabwriter"

	"github.com/covgap/covgap/cmd/covgap/lang"
	"github.com/covgap/covgap/cmd/covgap/project"
	"github.com/covgap/covgap/cmd/covgap/report"
	"github.com/covgap/covgap/cmd/covgap/run"
	"github.com/covgap/covgap/coverage/calibrate"
	"github.com/covgap/covgap/coverage/linkbudget"
	"github.com/covgap/covgap/data"
	"github.com/spf13/cobra"
)

// calibrateFlags are the flags of covgap calibrate.
type calibrateFlags struct {
	measurements string
	maps         []string
	name         string
	version      int
	split        string
	floors       []string
}

func newCalibrateCommand(g *global) *cobra.Command {
	var f calibrateFlags
	cmd := &cobra.Command{
		Use:   "calibrate",
		Short: "Fit the model to drive tests, and say how far it is off elsewhere",
		Long: `Read drive tests, find the sector of each measurement, compute the exact path to it,
and fit what corrects the project's model: an offset, a slope with distance and a
factor on the loss beyond free space (diffraction), for paths with and without line
of sight and for each band.

A measurement names its sector (serving_id is a sector_id or a site_id of the base
stations) or is taken for the strongest computed one. A row without level, or at or
below --floor, says only that the level is not above it. "covgap schema measurements"
lists the columns.

The error reported is that on sites, or routes, which the fit had not seen: a fifth of
them is held out in turn. With fewer than 5 of them no such error is stated. The error
on the rows that were fitted to is in calibration.json as fitted_to; it is always
smaller, and says nothing of other places.

Writes calibration.yaml, calibration.csv (each measurement with its prediction),
calibration.png and .svg, and calibration.json. A run takes the calibration when
covgap.yaml names it:

  coverage:
    calibration: calibration/calibration.yaml

Exit codes: 3 when no measurement can be used or they are too few, 6 when a file is
missing.`,
		Example: `  covgap calibrate --measurements drive-test.csv
  covgap calibrate --measurements log.csv --map measurements.serving_id=ECI --map measurements.level_dbm=RSRP --floor LTE=-125
  covgap calibrate --split route --name "cao-bang-2025"`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error { return runCalibrate(cmd.Context(), g, f) },
	}
	fl := cmd.Flags()
	fl.StringVar(&f.measurements, "measurements", "", "`file` of drive tests: CSV or GeoJSON (default: inputs.measurements of covgap.yaml)")
	fl.StringArrayVar(&f.maps, "map", nil, "`measurements.COLUMN=FILE_COLUMN`; may be repeated")
	fl.StringVar(&f.name, "name", "", "name of the calibration, which outputs carry (default: the measurements' file)")
	fl.IntVar(&f.version, "version", 1, "version of the calibration of that name")
	fl.StringVar(&f.split, "split", "", "what is held out as a whole: site or route (default: sites where there are enough)")
	fl.StringSliceVar(&f.floors, "floor", nil, "`TECHNOLOGY=DBM` at and below which the receiver's reading is no level, such as LTE=-125 (default: what is missing lies below the weakest level received)")
	return cmd
}

func runCalibrate(ctx context.Context, g *global, f calibrateFlags) error {
	p, err := openProject(g)
	if err != nil {
		return err
	}
	o, err := f.apply(p)
	if err != nil {
		return err
	}
	o.Seed = g.seed
	out := g.outDir
	if out == "" {
		out = p.Path("calibration")
	}
	if err := run.CheckFolder(out, run.CalibrationFolder); err != nil {
		return err
	}
	if g.dryRun {
		fmt.Fprintf(g.stdout, "would fit %s to %s and write %s\n", p.Coverage.Model, p.Inputs.Measurements.File, out)
		return nil
	}
	p.Coverage.Calibration = "" // the model itself is what is fitted
	r := run.New(p, run.Options{Workers: g.jobs, Lang: g.lang, Reporter: g.reporter})
	if err := r.Check(ctx); err != nil {
		return err
	}
	c, err := r.Calibrate(ctx, programName(), o)
	if err != nil {
		return err
	}
	folder, err := run.OpenFolder(out, run.CalibrationFolder)
	if err != nil {
		return err
	}
	if err := c.Write(folder, calibrationFigure(g.lang, c)); err != nil {
		return err
	}
	if g.json {
		err = printJSON(g, c)
	} else {
		err = printCalibration(g, p, c, out)
	}
	if n := len(c.Measurements.Warnings) + len(c.Measurements.Rejects); err == nil && g.strict && n > 0 {
		err = fmt.Errorf("%w: %d (--strict)", run.ErrWarnings, n)
	}
	return err
}

// apply puts the flags into the project, and gives what they ask of the fit.
func (f *calibrateFlags) apply(p *project.Project) (o run.CalibrateOptions, err error) {
	m := &p.Inputs.Measurements
	if f.measurements != "" {
		abs, err := filepath.Abs(f.measurements)
		if err != nil {
			return o, err
		}
		m.File = p.Relative(abs)
	}
	if m.File == "" {
		return o, usagef("no drive tests: name a file with --measurements, or as inputs.measurements.file in %s", project.FileName)
	}
	for _, assignment := range f.maps {
		a, err := data.ParseAssignment(assignment)
		if err != nil {
			return o, usagef("--map: %w", err)
		}
		if a.Kind != data.Measurements {
			return o, usagef("--map %s: expected measurements.COLUMN=FILE_COLUMN", assignment)
		}
		m.Mapping.Set(a)
	}
	if err := p.Validate(); err != nil {
		return o, usageError{err}
	}
	o.Name, o.Version, o.Split = f.name, f.version, calibrate.SplitBy(f.split)
	if o.Name == "" {
		o.Name = strings.TrimSuffix(filepath.Base(m.File), filepath.Ext(m.File))
	}
	if o.Version < 1 {
		return o, usagef("--version %d; expected 1 or more", o.Version)
	}
	if o.Split != "" && o.Split != calibrate.BySite && o.Split != calibrate.ByRoute {
		return o, usagef("--split %q; expected site or route", f.split)
	}
	for _, floor := range f.floors {
		name, value, _ := strings.Cut(floor, "=")
		dbm, err := strconv.ParseFloat(value, 64)
		t := data.Technology(strings.ToUpper(strings.TrimSpace(name)))
		if linkbudget.Quantity(t) == "" || err != nil || !(dbm > -200 && dbm < 0) {
			return o, usagef("--floor %q; expected a technology and a level in dBm such as LTE=-125", floor)
		}
		if o.FloorDBm == nil {
			o.FloorDBm = map[data.Technology]float64{}
		}
		o.FloorDBm[t] = dbm
	}
	return o, nil
}

// calibrationFigure words the figure.
func calibrationFigure(l lang.Lang, c *run.Calibrating) *report.CalibrationFigure {
	r := c.Report
	subtitle := fmt.Sprintf(l.T("%s measurements, %s %ss; %s", "%s điểm đo, %s %s; %s"),
		l.Int(int64(r.Rows)), l.Int(int64(r.Groups)), splitName(l, r.Split), c.Calibration.ModelSource)
	if r.HeldOut == nil {
		subtitle += "; " + l.T("too few to hold any out", "quá ít để kiểm chứng trên phần giữ lại")
	} else {
		subtitle += fmt.Sprintf(l.T("; RMSE %s dB alone, %s dB calibrated, on %ss not fitted to", "; RMSE %s dB khi chưa hiệu chỉnh, %s dB sau hiệu chỉnh, trên %s không dùng để khớp"),
			l.Float(r.Model.RMSEDB, 1), l.Float(r.HeldOut.RMSEDB, 1), splitName(l, r.Split))
	}
	return &report.CalibrationFigure{
		Points: c.Points(),
		Text: report.CalibrationText{
			Title: fmt.Sprintf("%s: %s v%d", c.Project, c.Calibration.Name, c.Calibration.Version), Subtitle: subtitle,
			PredictedAxis: l.T("predicted, dBm", "tính toán, dBm"), MeasuredAxis: l.T("measured, dBm", "đo được, dBm"),
			DistanceAxis: l.T("distance, km", "cự ly, km"), ErrorAxis: l.T("predicted less measured, dB", "tính toán trừ đo được, dB"),
			Model: fmt.Sprintf(l.T("%s alone", "%s chưa hiệu chỉnh"), c.Calibration.Model), HeldOut: l.T("calibrated, held out", "đã hiệu chỉnh, kiểm chứng trên phần giữ lại"),
			Medians: l.T("medians", "trung vị"), Number: l.Float,
		},
	}
}

// printCalibration tells a person how far the model was off, and what it is after.
func printCalibration(g *global, p *project.Project, c *run.Calibrating, out string) error {
	w, l, r := &stickyWriter{w: g.stdout}, g.lang, c.Report
	n := func(v int) string { return l.Int(int64(v)) }
	fmt.Fprintf(w, "%s\n", c.Project)
	fmt.Fprintf(w, l.T("%s measurements read, %s refused; %s used: %s name their sector, %s their site, %s are taken for the strongest computed sector\n",
		"đọc %s điểm đo, loại %s; dùng %s: %s ghi sector, %s ghi trạm, %s coi là sector mạnh nhất theo tính toán\n"),
		n(c.Measurements.Records), n(c.Measurements.Rejected), n(r.Rows), n(c.Matched[calibrate.BySectorID]), n(c.Matched[calibrate.BySiteID]), n(c.Matched[calibrate.ByStrongest]))
	for _, reason := range []calibrate.Reason{calibrate.UnknownSector, calibrate.NoSector, calibrate.TooNear, calibrate.NoTerrain, calibrate.NoLoss, calibrate.NoFloor} {
		if k := c.LeftOut[reason]; k > 0 {
			fmt.Fprintf(w, "  %s: %s\n", n(k), leftOutName(l, reason))
		}
	}
	for _, notice := range c.Measurements.Warnings {
		fmt.Fprintf(w, "%s: %s: %s (%s %s)\n", l.T("warning", "cảnh báo"), notice.Pos, notice.Text, n(notice.Rows), l.T("rows", "dòng"))
	}
	printHeldOut(w, l, c)
	printCells(w, l, c)
	fmt.Fprintf(w, "\n%s %s\n", l.T("Results in", "Kết quả ở"), out)
	fmt.Fprintf(w, "  %-18s %s\n", run.FileCalibrationPNG, l.T("look at this first", "xem ảnh này trước"))
	fmt.Fprintf(w, "  %-18s %s\n", run.FileCalibration, l.T("a run takes it when covgap.yaml names it:", "dùng cho lần chạy sau khi ghi vào covgap.yaml:"))
	abs, err := filepath.Abs(out)
	if err != nil {
		return err
	}
	fmt.Fprintf(w, "    coverage:\n      calibration: %s\n", p.Relative(filepath.Join(abs, run.FileCalibration)))
	return w.err
}

func leftOutName(l lang.Lang, r calibrate.Reason) string {
	switch r {
	case calibrate.UnknownSector:
		return l.T("left out, serving_id is no sector and no site of the base stations", "bỏ qua, serving_id không có trong tệp trạm gốc")
	case calibrate.NoSector:
		return l.T("left out, no sector on air of that technology and frequency within the radius", "bỏ qua, không có sector cùng công nghệ, tần số trong bán kính tính")
	case calibrate.TooNear:
		return l.T("left out, nearer than the model's least distance", "bỏ qua, gần hơn cự ly nhỏ nhất của mô hình")
	case calibrate.NoTerrain:
		return l.T("left out, the path crosses missing terrain", "bỏ qua, đường truyền qua vùng thiếu địa hình")
	case calibrate.NoLoss:
		return l.T("left out, the model gives no loss", "bỏ qua, mô hình không cho kết quả")
	}
	return l.T("left out, not received, and no level of the technology was", "bỏ qua, không thu được và không có mức nào cùng công nghệ")
}

// printHeldOut tells the error on what was not fitted to, or why there is none.
func printHeldOut(w io.Writer, l lang.Lang, c *run.Calibrating) {
	r := c.Report
	if r.HeldOut == nil {
		fmt.Fprintf(w, l.T("\nno error is stated for other places: %s\n", "\nkhông nêu sai số cho nơi khác: %s\n"), r.Why)
		return
	}
	fmt.Fprintf(w, l.T("\nOn %ss not fitted to (%d %[1]ss, a fifth held out in turn; predicted less measured)\n",
		"\nKiểm chứng trên phần giữ lại: %s không dùng để khớp (%d %[1]s, lần lượt giữ lại một phần năm; tính toán trừ đo được)\n"), splitName(l, r.Split), r.Groups)
	tw := tabwriter.NewWriter(w, 0, 0, 2, ' ', tabwriter.AlignRight)
	fmt.Fprintln(tw, l.T("\trows\tnot received\tbias\tsd\tRMSE\t", "\tdòng\tkhông thu được\tlệch\tđộ lệch chuẩn\tRMSE\t"))
	for _, row := range []struct {
		name string
		e    *calibrate.Errors
	}{{c.Calibration.Model + l.T(" alone", " chưa hiệu chỉnh"), r.Model}, {l.T("calibrated", "đã hiệu chỉnh"), r.HeldOut}} {
		if row.e != nil {
			fmt.Fprintf(tw, "%s\t%s\t%s\t%s dB\t%s dB\t%s dB\t\n", row.name, l.Int(int64(row.e.Rows)), l.Int(int64(row.e.Censored)),
				l.Float(math.Round(10*row.e.BiasDB)/10+0, 1), l.Float(row.e.SDDB, 1), l.Float(row.e.RMSEDB, 1))
		}
	}
	_ = tw.Flush() // w keeps the error
}

// printCells tells the parameters of each class and band.
func printCells(w io.Writer, l lang.Lang, c *run.Calibrating) {
	fmt.Fprintln(w)
	tw := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	fmt.Fprintf(tw, l.T("class\tMHz\trows\t%ss\toffset dB\tslope dB/decade\tfactor beyond free space\theld-out RMSE, alone → calibrated\n",
		"loại\tMHz\tdòng\t%s\tbù dB\tdốc dB/decade\thệ số ngoài không gian tự do\tRMSE kiểm chứng trên phần giữ lại, trước → sau\n"), splitName(l, c.Report.Split))
	for i := range c.Report.Cells {
		cell := &c.Report.Cells[i]
		class := l.T("line of sight", "tầm nhìn thẳng")
		if cell.Class == calibrate.NLOS {
			class = l.T("behind terrain", "bị núi che chắn")
		}
		heldOut := l.T("too few to say", "quá ít")
		if cell.HeldOut != nil && cell.Model != nil {
			heldOut = l.Float(cell.Model.RMSEDB, 1) + " → " + l.Float(cell.HeldOut.RMSEDB, 1) + " dB"
		}
		fmt.Fprintf(tw, "%s\t%g–%g\t%s\t%s\t%s\t%s\t%s\t%s\n", class, cell.MinMHz, cell.MaxMHz, l.Int(int64(cell.Rows)), l.Int(int64(cell.Groups)),
			estimateText(l, cell.Offset, 1), estimateText(l, cell.Slope, 1), estimateText(l, cell.Factor, 2), heldOut)
	}
	_ = tw.Flush() // w keeps the error
	for i := range c.Report.Cells {
		cell := &c.Report.Cells[i]
		for _, fixed := range []struct {
			name string
			e    calibrate.Estimate
		}{{l.T("slope", "dốc"), cell.Slope}, {l.T("factor", "hệ số"), cell.Factor}} {
			if fixed.e.Fixed != "" {
				fmt.Fprintf(w, "  %s %g–%g MHz: %s %s: %s\n", cell.Class, cell.MinMHz, cell.MaxMHz, fixed.name, l.T("not fitted", "không khớp"), fixed.e.Fixed)
			}
		}
	}
}

// estimateText writes a parameter with its interval.
func estimateText(l lang.Lang, e calibrate.Estimate, decimals int) string {
	switch {
	case e.Fixed != "" && e.Value == 0:
		return "–"
	case e.Interval == nil:
		return l.Float(e.Value, decimals)
	}
	return fmt.Sprintf("%s (%s … %s)", l.Float(e.Value, decimals), l.Float(e.Interval[0], decimals), l.Float(e.Interval[1], decimals))
}
