package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"text/tabwriter"

	"github.com/covgap/covgap/cmd/covgap/export"
	"github.com/covgap/covgap/cmd/covgap/project"
	"github.com/covgap/covgap/cmd/covgap/run"
	"github.com/covgap/covgap/geo/crs"
	"github.com/spf13/cobra"
)

// exportFlags are those of covgap export.
type exportFlags struct {
	run     string
	layers  []string
	crs     string
	mapping string
}

func newExportCommand(g *global) *cobra.Command {
	var f exportFlags
	var formats strings.Builder
	var names []string
	for _, x := range export.Formats() {
		fmt.Fprintf(&formats, "  %-9s %s\n", x.Name, x.About.EN)
		names = append(names, x.Name)
	}
	cmd := &cobra.Command{
		Use:   "export FORMAT…",
		Short: "Write the results of a run for other programs",
		Long: `Write the tables of a finished run in other formats. They come from the run's
covgap.gpkg; nothing is computed again. Formats:

` + formats.String() + `
Without --layer a format gets every layer that suits it: of formats with a file a
layer those with places, of a workbook all but the hexes. docs/formats.md has every
table and column.

--crs adds each position in a projected system, in two columns behind longitude and
latitude (e_lv95 and n_lv95, e_utm48n and n_utm48n); of VN-2000 it replaces e_vn2000
and n_vn2000, which stand in the zone of the province. Places on the map stay in
WGS 84.

atoll and planet follow a mapping, which can be edited: "covgap schema atoll" prints
the one that ships, --mapping names your copy. Those that ship take longitude and
latitude: with --crs, name its columns in your copy.

Files go into export beside the run's folder, or into -o; one that is not empty and
holds something else is refused.

A run whose inputs or covgap.yaml changed since is exported with a warning that names
what changed.

Exit codes: 2 for an unknown format or layer, 4 under --strict with that warning, 6 when
there is no finished run, or another began while it was read.`,
		Example: `After "covgap demo", in the same folder:
  covgap export csv xlsx
  covgap export geojson qml --layer villages,gaps -o for-gis
  covgap export csv --layer plan,sites --crs EPSG:32648
  covgap export atoll planet -o for-planning
  covgap export parquet --run results --dry-run`,
		Args:      cobra.ArbitraryArgs,
		ValidArgs: names,
		RunE: func(cmd *cobra.Command, args []string) error {
			if len(args) == 0 {
				return usagef("no format; there are %s", strings.Join(names, ", "))
			}
			return runExport(cmd.Context(), g, args, f)
		},
	}
	fl := cmd.Flags()
	fl.StringVar(&f.run, "run", "", "`folder` of the finished run (default: out in the project folder)")
	fl.StringSliceVar(&f.layers, "layer", nil, "`name` of a layer, such as villages; several separated by commas")
	fl.StringVar(&f.crs, "crs", "", "`EPSG code` of coordinate columns, such as EPSG:9210")
	fl.StringVar(&f.mapping, "mapping", "", "`file` that says what atoll or planet gets in which column")
	return cmd
}

func runExport(ctx context.Context, g *global, formats []string, f exportFlags) error {
	if err := export.Check(formats); err != nil {
		return usageError{err}
	}
	if f.mapping != "" && countMappings(formats) != 1 {
		return usagef("--mapping goes with one of %s", strings.Join(export.MappingNames(), ", "))
	}
	o := export.Options{Layers: f.layers, Mapping: f.mapping}
	if f.crs != "" {
		system, err := crs.Lookup(f.crs)
		if err != nil {
			return usagef("--crs: %w", err)
		}
		if system.Geographic() {
			return usagef("--crs %s: %s is in degrees; expected a system in metres, such as EPSG:9210. Longitude and latitude are there anyway", f.crs, system.Name())
		}
		o.CRS = &system
	}
	dir := f.run
	if dir == "" {
		p, err := openProject(g)
		if err != nil {
			return err
		}
		dir = p.Path("out")
	}
	o.Lang = g.lang
	source, err := export.OpenSource(ctx, dir)
	if err != nil {
		return err
	}
	stale, err := warnStale(g, source.Finished)
	if err != nil {
		return err
	}
	files, err := export.Files(source, formats, o)
	if errors.Is(err, export.ErrRequest) {
		return usageError{err}
	}
	if err != nil {
		return err
	}
	doubts, err := warnCRS(g, source, formats, o)
	if err != nil {
		return err
	}
	out := g.outDir
	if out == "" {
		out = filepath.Join(filepath.Dir(filepath.Clean(source.Folder)), "export")
	}
	if g.dryRun {
		if err := export.CheckFolder(source, files, out); err != nil {
			return err
		}
		return printExport(g, out, files, nil)
	}
	stage := g.reporter.Start("export", int64(len(files)), g.lang.T("files", "tệp"))
	done := int64(0)
	summary, err := export.Write(ctx, source, files, out, o, programName(), func(export.File) {
		done++
		stage.Set(done)
	})
	if err != nil {
		return err
	}
	stage.Done(out)
	if err := printExport(g, out, files, summary); err != nil {
		return err
	}
	if stale {
		doubts++
	}
	if doubts > 0 && g.strict {
		return fmt.Errorf("%w: %d (--strict)", run.ErrWarnings, doubts)
	}
	return nil
}

// warnStale says so when a run in a project's folder was made from other inputs or by
// another project file than are there now.
func warnStale(g *global, f *run.Finished) (stale bool, err error) {
	dir, err := filepath.Abs(filepath.Dir(filepath.Clean(f.Folder)))
	if err != nil || !project.IsThere(dir) {
		return false, err
	}
	p, err := project.Load(dir)
	if err != nil {
		return false, err
	}
	changes, err := f.Changes(p)
	if err != nil || len(changes) == 0 {
		return false, err
	}
	command := f.Command()
	if g.projectPath != "" {
		command += " -p " + quote(filepath.ToSlash(g.projectPath))
	}
	if name := filepath.Base(f.Folder); name != "out" {
		command += " -o " + quote(filepath.ToSlash(f.Folder))
	}
	fmt.Fprintf(g.stderr, g.lang.T("covgap: warning: the results in %s were made before this changed: %s; \"%s\" makes new ones\n",
		"covgap: cảnh báo: kết quả trong %s có trước khi thay đổi: %s; hãy chạy lại \"%s\"\n"), f.Folder, run.ChangesText(g.lang, changes), command)
	return true, nil
}

// warnCRS says where the system of --crs has no value, and counts the warnings.
func warnCRS(g *global, s *export.Source, formats []string, o export.Options) (warnings int, err error) {
	if o.CRS == nil {
		return 0, nil
	}
	reached, err := export.Reach(s, formats, o)
	if errors.Is(err, export.ErrRequest) {
		return 0, usageError{err}
	}
	if err != nil {
		return 0, err
	}
	warn := func(en, vi string, args ...any) {
		warnings++
		fmt.Fprintf(g.stderr, g.lang.T("covgap: warning: "+en+"\n", "covgap: cảnh báo: "+vi+"\n"), args...)
	}
	if reached.Outside > 0 {
		warn("%d of %d positions lie outside the area of %s (%s): their columns are empty", "%d trong %d vị trí nằm ngoài phạm vi của %s (%s): cột tọa độ để trống",
			reached.Outside, reached.Positions, o.CRS.Name(), o.CRS.Code())
	}
	if reached.Positions == 0 {
		warn("--crs %s reaches no column: no chosen layer has columns of positions", "--crs %s không tới cột nào: không lớp nào được chọn có cột vị trí", o.CRS.Code())
	}
	for _, tool := range reached.Mappings {
		warn("--crs reaches no column of %s: its mapping does not take e_%s and n_%s; \"covgap schema %[1]s\" prints the one that ships, --mapping names an edited copy",
			"--crs không tới cột nào của %s: bảng ánh xạ không lấy e_%s và n_%s; \"covgap schema %[1]s\" in bảng có sẵn, --mapping chỉ tới bản đã sửa", tool, o.CRS.Tag(), o.CRS.Tag())
	}
	return warnings, nil
}

func countMappings(formats []string) (n int) {
	for _, f := range formats {
		if _, ok := export.ShippedMapping(strings.ToLower(f)); ok {
			n++
		}
	}
	return n
}

// printExport lists what was written, or with a nil summary would be.
func printExport(g *global, dir string, files []export.File, summary *export.Summary) error {
	type file struct {
		File   string   `json:"file"`
		Layers []string `json:"layers"`
		Bytes  int64    `json:"bytes,omitempty"`
	}
	var list []file
	for _, f := range files {
		entry := file{File: f.Name, Layers: f.Layers}
		if summary != nil {
			info, err := os.Stat(filepath.Join(dir, f.Name))
			if err != nil {
				return err
			}
			entry.Bytes = info.Size()
		}
		list = append(list, entry)
	}
	if g.json {
		return printJSON(g, struct {
			Folder  string `json:"folder"`
			Written bool   `json:"written"`
			Files   []file `json:"files"`
		}{dir, summary != nil, list})
	}
	w := &stickyWriter{w: g.stdout}
	l := g.lang
	if summary != nil {
		fmt.Fprintf(w, l.T("written to %s\n", "đã ghi vào %s\n"), dir)
	} else {
		fmt.Fprintf(w, l.T("would be written to %s\n", "sẽ ghi vào %s\n"), dir)
	}
	tw := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	for _, f := range list {
		size := ""
		if summary != nil {
			size = fmt.Sprintf("%s kB", l.Int((f.Bytes+999)/1000))
		}
		fmt.Fprintf(tw, "  %s\t%s\t%s\n", f.File, size, strings.Join(f.Layers, ", "))
	}
	_ = tw.Flush() // w keeps the error
	return w.err
}
