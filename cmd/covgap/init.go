package main

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"github.com/covgap/covgap/cmd/covgap/lang"
	"github.com/covgap/covgap/cmd/covgap/project"
	"github.com/covgap/covgap/cmd/covgap/run"
	"github.com/covgap/covgap/coverage/criterion"
	"github.com/covgap/covgap/data"
	"github.com/covgap/covgap/geo"
	"github.com/covgap/covgap/geo/terrain"
	"github.com/spf13/cobra"
)

// initFlags are the flags of covgap init.
type initFlags struct {
	sites, villages, areas string
	terrain                []string
	maps                   []string
	inCRS                  []string
	swapXY                 []string
	layers                 []string
	headerRows             []string
	encodings              []string
	radiusM                float64
	surface                string
	name                   string
	criterion              string
	antennas, population   string
	landCover              []string
	sea                    string
	roads, powerLines      string
	fibre                  string
}

func newInitCommand(g *global) *cobra.Command {
	var f initFlags
	cmd := &cobra.Command{
		Use:   "init [DIR]",
		Short: "Write a project file for your own data",
		Long: `Look into your files and write a commented project file into DIR (default: this
folder), with what was guessed about their columns. Your files stay where they
are.

What was recognised by another name than ours, Vietnamese ones with or without accents
among them, is kept as mapping: columns: in the project file. A column that was not is
named with --map RECORD.COLUMN=FILE_COLUMN; "covgap schema sites" lists the columns. Coordinates that are not WGS 84 longitude
and latitude are read with --in-crs and --swap-xy.

Sites, villages and areas may be ` + data.Formats + `.
Of a file with several layers, shapefiles or sheets --layer RECORD=NAME takes one;
"covgap show FILE" lists them. A table may have lines of title above its header;
--header-row names the header's row where it is not found.`,
		Example: `  covgap init --sites bts.csv --villages hamlets.geojson --areas communes.geojson --terrain srtm/ cao-bang
  covgap init --sites s.csv --villages plz.geojson --map villages.id=plz --areas a.geojson --terrain dem.tif uri
  covgap init --sites bts.xlsx --header-row sites=4 --villages v.gpkg --areas v.gpkg --layer villages=thon --layer areas=xa --terrain dem.tif cao-bang
  covgap init --sites s.csv --in-crs sites=EPSG:9210 --villages v.csv --radius-m 1000 --areas a.geojson --terrain dem.tif x`,
		Args: cobra.MaximumNArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			dir := "."
			if len(args) == 1 {
				dir = args[0]
			}
			return runInit(cmd.Context(), g, dir, f)
		},
	}
	fl := cmd.Flags()
	fl.StringVar(&f.sites, "sites", "", "`file` of base stations: a table or points, of any format (required)")
	fl.StringVar(&f.villages, "villages", "", "`file` of villages: polygons, or points with a radius, of any format (required)")
	fl.StringVar(&f.areas, "areas", "", "`file` of communes: polygons, of any format (required)")
	fl.StringSliceVar(&f.terrain, "terrain", nil, "terrain `files` or folders: .hgt, .hgt.zip, .tif (required)")
	fl.StringArrayVar(&f.maps, "map", nil, "`RECORD.COLUMN=FILE_COLUMN`, such as villages.id=plz; may be repeated")
	fl.StringSliceVar(&f.inCRS, "in-crs", nil, "`[RECORD=]EPSG:CODE` of projected coordinates, such as sites=EPSG:9210")
	fl.StringSliceVar(&f.swapXY, "swap-xy", nil, "`records` whose files hold latitude (north) first: sites, villages, areas, roads, power_lines, fibre, sea")
	fl.StringArrayVar(&f.layers, "layer", nil, "`[RECORD=]NAME` of the layer, shapefile or sheet, such as areas=xa; may be repeated")
	fl.StringArrayVar(&f.headerRows, "header-row", nil, "`[RECORD=]ROW` of a table's header, from 1, such as sites=3 (default: looked for)")
	fl.StringArrayVar(&f.encodings, "encoding", nil, "`[RECORD=]NAME` of the encoding of a text table or shapefile, such as sites=windows-1258 (default: as declared, else UTF-8)")
	fl.Float64Var(&f.radiusM, "radius-m", 0, "radius in `metres` of villages given as points (default 500)")
	fl.StringVar(&f.surface, "surface", string(terrain.DSM), "what the terrain's heights are measured to: dsm or dtm")
	fl.StringVar(&f.name, "name", "", "name of the project (default: the folder's)")
	fl.StringVar(&f.criterion, "criterion", criterion.Default().Name, "what counts as served; \"covgap schema criterion\" lists the `names`")
	fl.StringVar(&f.antennas, "antennas", "", "`folder` of the MSI files that antenna_file names (default: beside the sites)")
	fl.StringVar(&f.population, "population", "", "`file` of people: GeoTIFF of counts, or CSV of H3 cells")
	fl.StringSliceVar(&f.landCover, "land-cover", nil, "`files` of land-cover classes, GeoTIFF: ESA WorldCover")
	fl.StringVar(&f.roads, "roads", "", "`file` of roads, from which tracks to new masts are priced (default: none are)")
	fl.StringVar(&f.powerLines, "power-lines", "", "`file` of power lines (default: the grid is where villages have power)")
	fl.StringVar(&f.fibre, "fibre", "", "`file` of fibre lines (default: laid on from existing sites)")
	fl.StringVar(&f.sea, "sea", "", "`file` of sea polygons, for coastal provinces (default: paths are inland throughout)")
	for _, required := range []string{"sites", "villages", "areas", "terrain"} {
		if err := cmd.MarkFlagRequired(required); err != nil {
			panic(err) // the flags above exist
		}
	}
	return cmd
}

func runInit(ctx context.Context, g *global, dir string, f initFlags) error {
	if g.lang == "" {
		g.lang = lang.English
	}
	abs, err := filepath.Abs(dir)
	if err != nil {
		return err
	}
	if err := checkFolderArg(dir); err != nil {
		return err
	}
	if !(f.radiusM >= 0) { // also NaN
		return usagef("--radius-m %g; expected metres above 0", f.radiusM)
	}
	if project.IsThere(abs) {
		return fmt.Errorf("%w: %s; choose another folder, or edit that file", project.ErrExists, filepath.Join(dir, project.FileName))
	}
	p, err := f.project(abs, string(g.lang))
	if err != nil {
		return err
	}
	if err := p.Validate(); err != nil {
		return usageError{err}
	}
	r := run.New(p, run.Options{Workers: g.jobs, Lang: g.lang, Reporter: g.reporter})
	if err := r.Check(ctx); err != nil {
		return err
	}
	s, err := r.Summary(programName())
	if err != nil {
		return err
	}
	saveMaps(p, r.Inputs.Reports)
	if g.dryRun {
		fmt.Fprintf(g.stderr, g.lang.T("would write %s\n", "sẽ ghi %s\n"), filepath.Join(dir, project.FileName))
		return p.Write(g.stdout, guesses(r)...)
	}
	if err := p.Create(abs, guesses(r)...); err != nil {
		return err
	}
	if g.json {
		return printJSON(g, s)
	}
	w := &stickyWriter{w: g.stdout}
	for _, line := range guesses(r) {
		fmt.Fprintln(w, line)
	}
	printNotices(w, g, r, s)
	printAssumptions(w, g, s)
	fmt.Fprintf(w, g.lang.T("\nWrote %s\nNext\n  covgap check -p %s\n  covgap run -p %s\n", "\nĐã ghi %s\nBước tiếp theo\n  covgap check -p %s\n  covgap run -p %s\n"),
		filepath.Join(dir, project.FileName), quote(dir), quote(dir))
	return w.err
}

// checkFolderArg refuses a file where a folder is to be made.
func checkFolderArg(dir string) error {
	if info, err := os.Stat(dir); err == nil && !info.IsDir() {
		return usagef("%s is a file; expected a folder, which is made when missing", dir)
	}
	return nil
}

// project makes the project that the flags describe.
func (f *initFlags) project(dir, language string) (*project.Project, error) {
	p := project.Default().In(dir)
	p.Lang = language
	p.Name = f.name
	if p.Name == "" {
		p.Name = filepath.Base(dir)
	}
	relative := func(path string) (string, error) {
		abs, err := filepath.Abs(path)
		if err != nil {
			return "", err
		}
		if _, err := os.Stat(abs); err != nil {
			return "", fmt.Errorf("%w: %w", run.ErrMissing, err)
		}
		return p.Relative(abs), nil
	}
	tables := map[data.Kind]*project.Table{data.Sites: &p.Inputs.Sites, data.Villages: &p.Inputs.Villages, data.Areas: &p.Inputs.Areas, data.Sea: &p.Inputs.Sea,
		data.Roads: &p.Inputs.Roads, data.PowerLines: &p.Inputs.PowerLines, data.FibreLines: &p.Inputs.Fibre}
	for _, t := range []struct {
		kind data.Kind
		path string
	}{{data.Sites, f.sites}, {data.Villages, f.villages}, {data.Areas, f.areas}} {
		if info, err := os.Stat(t.path); err == nil && info.IsDir() {
			return nil, usagef("--%s %s is a folder; expected a table or a GeoJSON file", t.kind, t.path)
		}
		rel, err := relative(t.path)
		if err != nil {
			return nil, err
		}
		tables[t.kind].File = rel
	}
	for _, path := range f.terrain {
		rel, err := relative(path)
		if err != nil {
			return nil, err
		}
		p.Inputs.Terrain.Files = append(p.Inputs.Terrain.Files, rel)
	}
	if f.antennas != "" {
		rel, err := relative(f.antennas)
		if err != nil {
			return nil, err
		}
		p.Inputs.Antennas.Folder = rel
	}
	if f.population != "" {
		rel, err := relative(f.population)
		if err != nil {
			return nil, err
		}
		p.Inputs.Population.File = rel
	}
	for _, path := range f.landCover {
		rel, err := relative(path)
		if err != nil {
			return nil, err
		}
		if p.Inputs.LandCover == nil {
			p.Inputs.LandCover = project.NewLandCover()
		}
		p.Inputs.LandCover.Files = append(p.Inputs.LandCover.Files, rel)
	}
	for _, t := range []struct {
		kind data.Kind
		path string
	}{{data.Roads, f.roads}, {data.PowerLines, f.powerLines}, {data.FibreLines, f.fibre}, {data.Sea, f.sea}} {
		if t.path == "" {
			continue
		}
		rel, err := relative(t.path)
		if err != nil {
			return nil, err
		}
		tables[t.kind].File = rel
	}
	c, err := criterion.Lookup(f.criterion)
	if err != nil {
		return nil, usagef("--criterion: %w", err)
	}
	p.Criterion = c
	p.Inputs.Terrain.Surface = terrain.Surface(f.surface)
	p.Inputs.Villages.RadiusM = f.radiusM
	for _, m := range f.maps {
		a, err := data.ParseAssignment(m)
		if err != nil {
			return nil, usagef("--map: %w", err)
		}
		tables[a.Kind].Mapping.Set(a)
	}
	kinds := func(name string) ([]*project.Table, error) {
		if name == "" {
			all := []*project.Table{tables[data.Sites], tables[data.Villages], tables[data.Areas]}
			for _, kind := range []data.Kind{data.Roads, data.PowerLines, data.FibreLines, data.Sea} {
				if t := tables[kind]; t.File != "" {
					all = append(all, t)
				}
			}
			return all, nil
		}
		t, ok := tables[data.Kind(name)]
		if !ok || t.File == "" {
			hint := ""
			if near := geo.Nearest(name, []string{"sites", "villages", "areas", "roads", "power_lines", "fibre", "sea"}); near != "" {
				hint = fmt.Sprintf("; did you mean %s?", near)
			}
			return nil, fmt.Errorf("record %q; expected sites, villages or areas, or roads, power_lines, fibre or sea where given%s", name, hint)
		}
		return []*project.Table{t}, nil
	}
	for _, flag := range []struct {
		name   string
		values []string
		set    func(t *project.Table, value string) error
	}{
		{"in-crs", f.inCRS, func(t *project.Table, code string) error { t.InCRS = code; return nil }},
		{"layer", f.layers, func(t *project.Table, name string) error { t.Layer = name; return nil }},
		{"encoding", f.encodings, func(t *project.Table, name string) error { t.Encoding = name; return nil }},
		{"header-row", f.headerRows, func(t *project.Table, text string) (err error) {
			if t.HeaderRow, err = strconv.Atoi(text); err != nil || t.HeaderRow < 1 {
				return fmt.Errorf("%q; expected a row, from 1", text)
			}
			return nil
		}},
	} {
		for _, v := range flag.values {
			record, value, found := strings.Cut(v, "=")
			if !found {
				record, value = "", v
			}
			ts, err := kinds(record)
			if err != nil {
				return nil, usagef("--%s: %w", flag.name, err)
			}
			for _, t := range ts {
				if err := flag.set(t, value); err != nil {
					return nil, usagef("--%s: %w", flag.name, err)
				}
			}
		}
	}
	for _, record := range f.swapXY {
		ts, err := kinds(record)
		if err != nil {
			return nil, usagef("--swap-xy: %w", err)
		}
		for _, t := range ts {
			t.SwapXY = true
		}
	}
	return p, nil
}

// saveMaps keeps in the project which sheet and columns were recognised, so that it is seen, can
// be changed, and holds whatever later versions recognise. A column that was only
// proposed as an id stays a proposal.
func saveMaps(p *project.Project, reports []*data.Report) {
	tables := map[data.Kind]*project.Table{data.Sites: &p.Inputs.Sites, data.Villages: &p.Inputs.Villages, data.Areas: &p.Inputs.Areas}
	for _, report := range reports {
		t := tables[report.Kind]
		if t == nil {
			continue
		}
		for _, c := range report.Columns {
			proposed := slices.ContainsFunc(report.Assumptions, func(a data.Assumption) bool { return a.Column == c.Column && a.Value == c.Source })
			if c.How != "alias" || proposed {
				continue
			}
			column := c.Column
			if c.Technology != "" {
				column += "." + string(c.Technology)
			}
			t.Mapping.Set(data.Assignment{Kind: report.Kind, Column: column, Source: c.Source})
		}
		if t.Layer == "" {
			t.Layer = report.Layer
		}
	}
}

// guesses says, a line each, which columns were read as what.
func guesses(r *run.Run) []string {
	l := r.Options.Lang
	var lines []string
	for _, report := range r.Inputs.Reports {
		lines = append(lines, fmt.Sprintf(l.T("%s: %s rows, %s refused", "%s: %s dòng, loại %s"), report.Kind, l.Int(int64(report.Rows)), l.Int(int64(report.Rejected))))
		for _, c := range report.Columns {
			if c.How != "alias" {
				continue
			}
			column := c.Column
			if c.Technology != "" {
				column += "." + string(c.Technology)
			}
			lines = append(lines, fmt.Sprintf(l.T("  guessed: column %q is %s (change it with --map %s.%s=COLUMN)", "  nhận ra: cột %q là %s (đổi bằng --map %s.%s=CỘT)"), c.Source, column, report.Kind, column))
		}
		if len(report.Unused) > 0 {
			names := make([]string, len(report.Unused))
			for i, name := range report.Unused {
				names[i] = strconv.Quote(name)
			}
			lines = append(lines, fmt.Sprintf(l.T("  not used: %s", "  không dùng: %s"), strings.Join(names, ", ")))
		}
	}
	return lines
}
