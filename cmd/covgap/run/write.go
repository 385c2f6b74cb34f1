package run

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"sync"

	"github.com/covgap/covgap/cmd/covgap/output"
	"golang.org/x/sync/errgroup"
)

// full says whether covgap.gpkg has the grid as it was computed.
func (r *Run) full() bool { return r.Options.FullGrid || r.Coverage.Grid.Len() <= output.FullGridHexes }

// gridRecords gives output.Coverage as it was computed.
func (r *Run) gridRecords(write output.Write) error {
	return r.coverageRecords(r.Coverage.At(r.Coverage.Grid.Resolution()))(write)
}

// LayerOrder gives the tables of covgap.gpkg in its order: those that are drawn on top
// first, then those without places.
func LayerOrder() []*output.Table {
	return []*output.Table{
		&output.Plan, &output.Relays, &output.Gaps, &output.Measurements, &output.Sites, &output.PlanSectors, &output.Sectors, &output.Candidates,
		&output.Villages, &output.Communes, &output.Coverage, &output.PlanCosts, &output.Frontier, &output.LeftOut,
	}
}

// Layers gives the tables of the steps taken so far with their records, in
// [LayerOrder].
func (r *Run) Layers() []output.Layer {
	plan, gaps := r.Plan != nil, r.Gaps != nil
	coverage := r.shownRecords
	if r.full() {
		coverage = r.gridRecords
	}
	each := map[*output.Table]func(output.Write) error{&output.Sites: r.siteRecords, &output.Sectors: r.sectorRecords, &output.Coverage: coverage}
	for _, t := range []struct {
		have  bool
		table *output.Table
		each  func(output.Write) error
	}{
		{gaps, &output.Gaps, r.gapRecords}, {gaps, &output.Villages, r.villageRecords}, {gaps, &output.Communes, r.communeRecords},
		{plan, &output.Plan, r.planRecords}, {plan, &output.PlanSectors, r.planSectorRecords}, {plan, &output.PlanCosts, r.costRecords},
		{plan && len(r.Plan.Relays) > 0, &output.Relays, r.relayRecords},
		{plan && len(r.Plan.Frontier) > 0, &output.Frontier, r.frontierRecords}, {plan && len(r.Plan.LeftOut) > 0, &output.LeftOut, r.leftOutRecords},
		{len(r.Rejected) > 0, &output.Candidates, r.candidateRecords},
		{r.Robust != nil && r.Robust.Plan != nil, &output.Measurements, r.measurementRecords},
	} {
		if t.have {
			each[t.table] = t.each
		}
	}
	var out []output.Layer
	for _, t := range LayerOrder() {
		if each[t] != nil {
			out = append(out, output.Layer{Table: t, Each: each[t]})
		}
	}
	return out
}

// only gives the layers of some tables, in that order; those that are not there are
// left out.
func only(layers []output.Layer, tables ...*output.Table) []output.Layer {
	var out []output.Layer
	for _, t := range tables {
		for _, y := range layers {
			if y.Table == t {
				out = append(out, y)
			}
		}
	}
	return out
}

// outputFile is a file of the folder and how it is made.
type outputFile struct {
	name string
	have bool // else one of an earlier run is removed
	make func() error
}

// files gives every file that a run may write, but for run.json and timings.json.
func (r *Run) files(folder *Folder, s *Summary) []outputFile {
	c, l := r.Coverage, r.Options.Lang
	gaps, plan := r.Gaps != nil, r.Plan != nil
	layers := r.Layers()
	write := func(name string, have bool, write func(io.Writer) error) outputFile {
		return outputFile{name, have, func() error { return folder.Write(name, write) }}
	}
	layer := func(t *output.Table, each func(output.Write) error) output.Layer {
		return output.Layer{Table: t, Each: each}
	}
	raster := sync.OnceValue(func() *output.Raster {
		hexes := &output.Hexes{Cells: c.Grid.Cells(), Outlines: c.outlines, Class: c.Hexes.Class, SignalDBm: make([]float64, c.Grid.Len())}
		for i := range hexes.SignalDBm {
			hexes.SignalDBm[i] = c.levelDBm(i)
		}
		return output.NewRaster(hexes)
	})
	// The largest first, so that no core waits for them at the end.
	return []outputFile{
		{FileGeoPackage, true, func() error {
			var about bytes.Buffer
			if err := WriteJSON(&about, s); err != nil {
				return err
			}
			return folder.Create(FileGeoPackage, func(path string) error { return output.GeoPackage(path, layers, about.Bytes(), l) })
		}},
		{FileLevels, true, func() error {
			r := raster()
			if err := folder.Write(FileLevels, r.WriteLevels); err != nil {
				return err
			}
			return folder.Write(FileClasses, r.WriteClasses)
		}},
		write(FileFullGrid, r.Options.FullGrid, layer(&output.Coverage, r.gridRecords).GeoJSONLines),
		write(FileCoverage, true, layer(&output.Coverage, r.shownRecords).GeoJSON),
		write(FilePicture, true, r.writePicture),
		write(FileEarth, plan, func(w io.Writer) error {
			return output.KMZ(w, only(layers, &output.Plan, &output.Relays, &output.PlanSectors, &output.Gaps, &output.Communes, &output.Sites), output.Earth{
				Name: r.Project.Name, About: r.aboutPlan(), Coverage: raster(),
			}, l)
		}),
		write(FileWorkbook, plan, func(w io.Writer) error {
			return output.Workbook(w, only(layers, &output.Plan, &output.PlanCosts, &output.PlanSectors, &output.Relays, &output.Gaps, &output.LeftOut, &output.Communes, &output.Frontier, &output.Measurements), l, r.aboutPlan())
		}),
		write(FileVillages, gaps, layer(&output.Villages, r.villageRecords).GeoJSON),
		write(FileGaps, gaps, layer(&output.Gaps, r.gapRecords).CSV),
		write(FileCommunes, gaps, layer(&output.Communes, r.communeRecords).CSV),
		write(FilePlan, plan, layer(&output.Plan, r.planRecords).GeoJSON),
		write(FilePlanCSV, plan, layer(&output.Plan, r.planRecords).CSV),
		write(FilePlanYAML, plan, r.writePlanYAML),
		write(FileFrontier, plan && len(r.Plan.Frontier) > 0, layer(&output.Frontier, r.frontierRecords).CSV),
		write(FileLeftOut, plan && len(r.Plan.LeftOut) > 0, layer(&output.LeftOut, r.leftOutRecords).CSV),
		write(FileCandidates, plan && len(r.Rejected) > 0, layer(&output.Candidates, r.candidateRecords).CSV),
		write(FileMeasure, r.Robust != nil && r.Robust.Plan != nil, layer(&output.Measurements, r.measurementRecords).CSV),
		write(FileRejects, len(r.Inputs.Rejects()) > 0, r.writeRejects),
	}
}

// aboutPlan says in words what a plan is of.
func (r *Run) aboutPlan() string {
	l, crit := r.Options.Lang, &r.Project.Criterion
	about := fmt.Sprintf(l.T("Criterion %s v%d, model %s.", "Tiêu chí %s v%d, mô hình %s."), crit.Name, crit.Version, r.Project.Coverage.Model)
	if r.Project.Synthetic {
		about += " " + l.T("Synthetic data: evidence about no real place.", "Dữ liệu giả lập: không phản ánh địa phương có thật.")
	}
	if zone := r.ZoneNote(); zone != "" {
		about += " " + zone + "."
	}
	return about
}

// ZoneNote says in which zone of VN-2000 coordinates are given, "" outside Vietnam.
func (r *Run) ZoneNote() string {
	s, ok := r.Coordinates()
	if !ok {
		return ""
	}
	return fmt.Sprintf(r.Options.Lang.T("VN-2000 coordinates are in %s (%s)", "Tọa độ VN-2000 theo %s (%s)"), s.Code(), s.Name())
}

// Write writes the files of the steps taken so far into the output folder, run.json
// last.
func (r *Run) Write(ctx context.Context, folder *Folder, program string) (*Summary, error) {
	stage := r.Options.Reporter.Start("write", 0, "")
	s, err := r.Summary(program) // which groups the hexes to show, once for all
	if err != nil {
		return nil, err
	}
	r.Coverage.keepOutlines(max(1, r.Options.Workers))
	work, together := errgroup.WithContext(ctx)
	work.SetLimit(max(1, r.Options.Workers))
	for _, f := range r.files(folder, s) {
		if f.have {
			work.Go(func() error {
				if err := together.Err(); err != nil {
					return err
				}
				return f.make()
			})
			continue
		}
		was, err := folder.Remove(f.name) // of an earlier run that went further
		if err != nil {
			_ = work.Wait() // the first error is the one to report
			return nil, err
		}
		if was {
			r.Removed = append(r.Removed, f.name)
		}
	}
	if err := work.Wait(); err != nil {
		return nil, err
	}
	s.Files = folder.Digests() // without report.html, which covgap report writes again, and timings.json, which differs from run to run
	if r.Options.Report == nil || r.Gaps == nil {
		was, err := folder.Remove(FileReport)
		if err != nil {
			return nil, err
		}
		if was {
			r.Removed = append(r.Removed, FileReport)
		}
	} else if err := folder.Write(FileReport, func(w io.Writer) error { return r.Options.Report(ctx, r, folder.Dir(), s, w) }); err != nil {
		return nil, err
	}
	r.finish(stage, "write", folder.Dir(), "")
	if err := folder.Write(FileTimings, r.writeTimings); err != nil {
		return nil, err
	}
	return s, folder.Write(FileRun, func(w io.Writer) error { return WriteJSON(w, s) })
}
