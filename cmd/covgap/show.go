package main

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"text/tabwriter"

	"github.com/covgap/covgap/cmd/covgap/export"
	"github.com/covgap/covgap/cmd/covgap/lang"
	"github.com/covgap/covgap/cmd/covgap/project"
	"github.com/covgap/covgap/cmd/covgap/run"
	"github.com/covgap/covgap/coverage/antenna"
	"github.com/covgap/covgap/data"
	"github.com/covgap/covgap/geo"
	"github.com/covgap/covgap/geo/geojson"
	"github.com/covgap/covgap/geo/geoparquet"
	"github.com/covgap/covgap/geo/geotiff"
	"github.com/covgap/covgap/geo/gpkg"
	"github.com/covgap/covgap/geo/pmtiles"
	"github.com/covgap/covgap/geo/shapefile"
	"github.com/covgap/covgap/geo/terrain"
	"github.com/covgap/covgap/geo/xlsx"
	"github.com/paulmach/orb"
	"github.com/spf13/cobra"
)

func newShowCommand(g *global) *cobra.Command {
	from := data.Source{Kinds: true}
	cmd := &cobra.Command{
		Use:   "show FILE",
		Short: "Say what is in a file",
		Long: `Say what is in a table or workbook, a vector file (GeoJSON, GeoPackage, FlatGeobuf,
GeoParquet, PMTiles, shapefile, KML, OpenStreetMap extract), terrain or another GeoTIFF (a file
or a folder), an antenna file (MSI) or a
run.json, timings.json or export.json of covgap: columns with
their kinds and an example, coordinate system, extent, counts, and for GeoJSON whether
it keeps the rules of RFC 7946 that covgap's own outputs keep. Other files are
refused; the inputs of a project are checked by "covgap check -p FOLDER".`,
		Example: "  covgap show sites.xlsx\n  covgap show out/covgap.gpkg --layer villages\n  covgap show terrain/\n  covgap show out/run.json",
		Args:    cobra.ExactArgs(1),
		RunE:    func(cmd *cobra.Command, args []string) error { return runShow(cmd.Context(), g, args[0], from) },
	}
	cmd.Flags().StringVar(&from.Layer, "layer", "", "the layer of a GeoPackage or archive, or the sheet of a workbook")
	cmd.Flags().IntVar(&from.HeaderRow, "header-row", 0, "the `row` of a table's header, from 1 (default: looked for)")
	cmd.Flags().StringVar(&from.Encoding, "encoding", "", "the `name` of the encoding of a text table or shapefile, such as windows-1258 (default: as declared, else UTF-8)")
	return cmd
}

// contents is what covgap show finds in a file.
type contents struct {
	File       string         `json:"file"`
	Format     string         `json:"format"`
	Layer      string         `json:"layer,omitempty"`
	CRS        string         `json:"crs,omitempty"` // as the file declares it; of a table's columns of degrees EPSG:4326
	Rows       int            `json:"rows,omitempty"`
	Geometries map[string]int `json:"geometries,omitempty"`
	Extent     *[4]float64    `json:"extent,omitempty"` // west, south, east, north
	Columns    []columnShown  `json:"columns,omitempty"`
	Layers     []layerShown   `json:"layers,omitempty"`     // of a GeoPackage, an archive of shapefiles or a workbook, unless one is named
	HeaderRow  int            `json:"header_row,omitempty"` // of a table
	Remarks    []remarkShown  `json:"remarks,omitempty"`
	Terrain    *terrainShown  `json:"terrain,omitempty"`
	Raster     *rasterShown   `json:"raster,omitempty"`
	Tiles      *tilesShown    `json:"tiles,omitempty"`
	Antenna    *antennaShown  `json:"antenna,omitempty"`
}

type columnShown struct {
	Name    string         `json:"name"`
	Kinds   map[string]int `json:"kinds"`
	Example string         `json:"example"`
}

type layerShown struct {
	Name     string      `json:"name"`
	Geometry string      `json:"geometry,omitempty"`
	Rows     int         `json:"rows"`
	CRS      string      `json:"crs,omitempty"`
	Extent   *[4]float64 `json:"extent,omitempty"` // in the units of CRS
	Header   []string    `json:"header,omitempty"` // of a sheet

	sheet bool // of a workbook
}

// remarkShown is a rule that the file departs from.
type remarkShown struct {
	Rule  string `json:"rule"`
	Count int    `json:"count"`
	More  bool   `json:"more,omitempty"` // there are more than Count
	Place string `json:"place"`          // of the first
	Text  string `json:"text"`           // about the first
}

// remark counts a departure under its rule.
func (c *contents) remark(rule, place, text string) {
	i := slices.IndexFunc(c.Remarks, func(r remarkShown) bool { return r.Rule == rule })
	if i < 0 {
		i = len(c.Remarks)
		c.Remarks = append(c.Remarks, remarkShown{Rule: rule, Place: place, Text: text})
	}
	c.Remarks[i].Count++
}

type terrainShown struct {
	Files    int     `json:"files"`
	SpacingM float64 `json:"spacing_m"`
	Samples  int     `json:"samples"`
	Voids    int     `json:"voids"`
	Missing  int     `json:"missing"`
	LowestM  float64 `json:"lowest_m"`
	HighestM float64 `json:"highest_m"`
}

// rasterShown is what a raster of something else than heights holds.
type rasterShown struct {
	Width   int            `json:"width"`
	Height  int            `json:"height"`
	Type    string         `json:"type"`
	Unit    string         `json:"unit"`
	NoData  int            `json:"no_data"` // samples without value
	Least   float64        `json:"least"`
	Most    float64        `json:"most"`
	Samples map[string]int `json:"samples,omitempty"` // of classes, by value
}

// tilesShown is what an archive of tiles holds.
type tilesShown struct {
	Tiles   uint64              `json:"tiles"`
	MinZoom int                 `json:"min_zoom"`
	MaxZoom int                 `json:"max_zoom"`
	Layers  map[string][]string `json:"layers"` // their columns
}

// antennaShown is what a pattern file holds.
type antennaShown struct {
	Name          string  `json:"name"`
	Make          string  `json:"make"`
	FrequencyMHz  float64 `json:"frequency_mhz"` // 0 when not given
	GainDBi       float64 `json:"gain_dbi"`
	BeamwidthHDeg float64 `json:"beamwidth_h_deg"` // 360 for an omnidirectional antenna
	BeamwidthVDeg float64 `json:"beamwidth_v_deg"`
	TiltDeg       float64 `json:"tilt_deg"` // of the pattern, positive down
}

func runShow(ctx context.Context, g *global, path string, from data.Source) error {
	info, err := os.Stat(path)
	if err != nil {
		return fmt.Errorf("%w: %w", run.ErrMissing, err)
	}
	name := strings.ToLower(path)
	switch filepath.Base(path) {
	case run.FileRun:
		return showRun(g, path)
	case run.FileTimings:
		if shown, err := showTimings(g, path); shown {
			return err
		}
	case export.FileExport:
		if shown, err := showExport(g, path); shown {
			return err
		}
	}
	var c *contents
	switch {
	case info.IsDir():
		c, err = showTerrain(ctx, path)
		if errors.Is(err, terrain.ErrNoTerrain) {
			err = fmt.Errorf("%w; show reads a folder of terrain, or one file%s", err, aboutProject(path))
		}
	case strings.HasSuffix(name, ".hgt"), strings.HasSuffix(name, ".hgt.zip"), strings.HasSuffix(name, ".tif"), strings.HasSuffix(name, ".tiff"):
		if c, err = showTerrain(ctx, path); errors.Is(err, terrain.ErrNoHeights) {
			c, err = showRaster(ctx, path)
		}
	case strings.HasSuffix(name, ".parquet"), strings.HasSuffix(name, ".geoparquet"):
		c, err = showParquet(path)
	case strings.HasSuffix(name, ".msi"), strings.HasSuffix(name, ".pln"):
		c, err = showAntenna(path)
	case strings.HasSuffix(name, ".gpkg") && from.Layer == "":
		if c, err = showLayers(ctx, path); err == nil && len(c.Layers) == 1 {
			c, err = showFeatures(ctx, path, data.Source{Layer: c.Layers[0].Name})
		}
	case strings.HasSuffix(name, ".pmtiles"):
		c, err = showTiles(path)
	default:
		if err = checkShowable(path); err == nil {
			c, err = showFeatures(ctx, path, from)
		}
	}
	if err != nil {
		return err
	}
	if g.json {
		return printJSON(g, c)
	}
	if err := printContents(g.stdout, g.lang, c); err != nil {
		return err
	}
	if info.IsDir() && project.IsThere(path) {
		_, err = fmt.Fprintf(g.stdout, g.lang.T("a project of covgap: \"covgap check -p %s\" says what its inputs hold\n",
			"đây là dự án covgap: \"covgap check -p %s\" cho biết nội dung dữ liệu vào\n"), quote(path))
	}
	return err
}

// showable is what covgap show reads.
const showable = "a table (CSV, Excel), a vector file (GeoJSON, GeoPackage, FlatGeobuf, GeoParquet, shapefile, KML, OpenStreetMap extract, PMTiles), terrain (.hgt, .hgt.zip, .tif, or a folder), an antenna file (.msi, .pln) or run.json, timings.json, export.json"

// unreadable names files that would pass for a table of one column, or that deserve
// more than "binary data".
var unreadable = map[string]string{
	".yaml": "a YAML file", ".yml": "a YAML file",
	".png": "a picture", ".svg": "a picture", ".jpg": "a picture", ".jpeg": "a picture",
}

// checkShowable refuses a file that its name says is nothing to show.
func checkShowable(path string) error {
	what, ok := unreadable[strings.ToLower(filepath.Ext(path))]
	if !ok {
		return nil
	}
	in := &geo.InputError{Pos: geo.Position{File: path}, Found: what, Expected: showable, Err: data.ErrFormat}
	if filepath.Base(path) == project.FileName {
		in.Found = "a project file"
		in.Hint = fmt.Sprintf("\"covgap check -p %s\" reads it and its inputs", quote(filepath.Dir(path)))
	}
	return in
}

// aboutProject is the way on from a folder that holds a project.
func aboutProject(dir string) string {
	if !project.IsThere(dir) {
		return ""
	}
	return fmt.Sprintf("; this one is a project: \"covgap check -p %s\"", quote(dir))
}

// showRun prints the counts of a run.json.
func showRun(g *global, path string) error {
	b, err := os.ReadFile(path)
	if err != nil {
		return err
	}
	var s run.Summary
	if err := json.Unmarshal(b, &s); err != nil {
		return &geo.InputError{Pos: geo.Position{File: path}, Found: err.Error(), Expected: "a run.json of covgap", Err: err}
	}
	if g.json {
		return printJSON(g, s)
	}
	w := &stickyWriter{w: g.stdout}
	fmt.Fprintf(w, "%s: %s, by %s\n", path, s.Project, s.Program)
	fmt.Fprintf(w, "stages %v, model %s, criterion %s v%d\n", s.Stages, s.Model.Name, s.Criterion.Name, s.Criterion.Version)
	fmt.Fprintf(w, "%d sites, %d sectors, %d villages: %d served, %d weak, %d without signal, %d not counted\n",
		s.Counts.Sites, s.Counts.Sectors, s.Counts.Villages, s.Counts.Served, s.Counts.Weak, s.Counts.None, s.Counts.NotCounted)
	return w.err
}

// showTimings prints a timings.json; shown is false where the file is none of covgap's.
func showTimings(g *global, path string) (shown bool, err error) {
	var t run.Timings
	if b, err := os.ReadFile(path); err != nil || json.Unmarshal(b, &t) != nil || t.Finished == "" || t.Stages == nil {
		return err != nil, err
	}
	if g.json {
		return true, printJSON(g, t)
	}
	w := &stickyWriter{w: g.stdout}
	fmt.Fprintf(w, g.lang.T("%s: how long the stages of a run took, finished %s with %d workers on %d cores\n", "%s: thời gian từng bước của một lần chạy, xong lúc %s, %d luồng trên %d nhân\n"), path, t.Finished, t.Workers, t.Cores)
	tw := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	for _, s := range t.Stages {
		fmt.Fprintf(tw, "  %s\t%s s\t%s\n", s.Stage, g.lang.Float(s.Seconds, 1), s.Note)
	}
	_ = tw.Flush() // w keeps the error
	return true, w.err
}

// showExport prints an export.json; shown is false where the file is none of covgap's.
func showExport(g *global, path string) (shown bool, err error) {
	var s export.Summary
	if b, err := os.ReadFile(path); err != nil || json.Unmarshal(b, &s) != nil || s.Program == "" || s.Files == nil {
		return err != nil, err
	}
	if g.json {
		return true, printJSON(g, s)
	}
	w := &stickyWriter{w: g.stdout}
	fmt.Fprintf(w, g.lang.T("%s: files of an export, by %s", "%s: các tệp của một lần xuất, bởi %s"), path, s.Program)
	if s.CRS != "" {
		fmt.Fprintf(w, g.lang.T(", coordinate columns in %s", ", cột tọa độ theo %s"), s.CRS)
	}
	fmt.Fprintln(w)
	for _, name := range sortedKeys(s.Files) {
		fmt.Fprintf(w, "  %s\n", name)
	}
	return true, w.err
}

func showTerrain(ctx context.Context, path string) (*contents, error) {
	src, err := terrain.Open(ctx, []string{path}, terrain.Options{})
	if err != nil {
		return nil, err
	}
	grid, report, err := src.Window(ctx, src.Bound())
	if err != nil {
		return nil, err
	}
	low, high := math.Inf(1), math.Inf(-1)
	for _, h := range grid.HeightsM {
		if v := float64(h); !math.IsNaN(v) {
			low, high = math.Min(low, v), math.Max(high, v)
		}
	}
	return &contents{
		File: path, Format: "terrain", Extent: extent(src.Bound()),
		Terrain: &terrainShown{len(src.Files()), report.SpacingM, report.Samples, report.Voids, report.Missing, low, high},
	}, nil
}

// showRaster says what a GeoTIFF of levels or classes holds.
func showRaster(ctx context.Context, path string) (c *contents, err error) {
	r, f, err := geotiff.OpenFile(path)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, f.Close()) }()
	h := &r.Header
	shown := &rasterShown{Width: h.Width, Height: h.Height, Type: h.Type.String(), Unit: h.Unit, Least: math.Inf(1), Most: math.Inf(-1)}
	if h.Type == geotiff.Uint8 {
		shown.Samples = map[string]int{}
	}
	const atOnce = 1 << 16 // however wide the file says it is
	row := make([]float64, min(h.Width, atOnce))
	for y := range h.Height {
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		for x := 0; x < h.Width; x += len(row) {
			part := row[:min(len(row), h.Width-x)]
			if err := geotiff.Read(r, part, x, y, len(part), 1); err != nil {
				return nil, err
			}
			for _, v := range part {
				if h.IsNoData(v) || math.IsNaN(v) {
					shown.NoData++
					continue
				}
				shown.Least, shown.Most = math.Min(shown.Least, v), math.Max(shown.Most, v)
				if shown.Samples != nil {
					shown.Samples[strconv.Itoa(int(v))]++
				}
			}
		}
	}
	if shown.NoData == h.Width*h.Height {
		shown.Least, shown.Most = 0, 0
	}
	c = &contents{File: path, Format: "GeoTIFF", CRS: fmt.Sprintf("EPSG:%d", h.EPSG), Raster: shown}
	if h.Geographic {
		west, north := h.West-h.StepX/2, h.North+h.StepY/2
		c.Extent = &[4]float64{west, north - float64(h.Height)*h.StepY, west + float64(h.Width)*h.StepX, north}
	}
	return c, nil
}

// showParquet says what the footer of a Parquet file says.
func showParquet(path string) (c *contents, err error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, f.Close()) }()
	info, err := f.Stat()
	if err != nil {
		return nil, err
	}
	p, err := geoparquet.Inspect(f, info.Size())
	if err != nil {
		return nil, &geo.InputError{Pos: geo.Position{File: path}, Found: err.Error(), Expected: "a Parquet file", Err: err}
	}
	c = &contents{File: path, Format: "Parquet", CRS: p.CRS, Rows: int(p.Rows), Extent: p.Bound}
	if p.Geometry != nil {
		c.Format = "GeoParquet"
	}
	if len(p.Geometry) == 1 {
		c.Geometries = map[string]int{p.Geometry[0]: int(p.Rows)}
	}
	for _, column := range p.Columns {
		c.Columns = append(c.Columns, columnShown{Name: column.Name, Kinds: map[string]int{column.Type: int(p.Rows)}, Example: column.Example})
	}
	return c, nil
}

// showTiles says what the header of an archive of tiles says.
func showTiles(path string) (c *contents, err error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, f.Close()) }()
	p, err := pmtiles.Inspect(f)
	if err != nil {
		return nil, &geo.InputError{Pos: geo.Position{File: path}, Found: err.Error(), Expected: "a PMTiles archive", Err: err}
	}
	c = &contents{File: path, Format: "PMTiles", Extent: extent(p.Bound), Tiles: &tilesShown{p.Tiles, p.MinZoom, p.MaxZoom, map[string][]string{}}}
	for _, l := range p.Layers {
		c.Tiles.Layers[l.ID] = sortedKeys(l.Fields)
	}
	return c, nil
}

// showLayers lists the layers of a GeoPackage.
func showLayers(ctx context.Context, path string) (*contents, error) {
	layers, err := gpkg.Layers(ctx, path)
	if err != nil {
		return nil, err
	}
	c := &contents{File: path, Format: "GeoPackage"}
	for _, l := range layers {
		c.Layers = append(c.Layers, layerShown{Name: l.Name, Geometry: string(l.Geometry), Rows: l.Rows, CRS: l.CRS, Extent: l.Bound})
	}
	return c, nil
}

// showAntenna says what an antenna's pattern is.
func showAntenna(path string) (c *contents, err error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, f.Close()) }()
	a, err := antenna.ReadMSI(f, path)
	if err != nil {
		return nil, err
	}
	c = &contents{File: path, Format: "MSI", Antenna: &antennaShown{
		a.Name, a.Make, a.FrequencyMHz, a.PeakDBi(), a.BeamwidthHDeg(), a.BeamwidthVDeg(), a.TiltDeg(),
	}}
	for _, w := range a.Warnings {
		c.remark(patternRemark, geo.Position{File: path, Line: w.Line}.String(), w.Text)
	}
	return c, nil
}

// showArchive lists the shapefiles of an archive.
func showArchive(path string) (*contents, error) {
	layers, err := shapefile.Layers(path)
	if err != nil {
		return nil, err
	}
	c := &contents{File: path, Format: "shapefile"}
	for _, l := range layers {
		c.Layers = append(c.Layers, layerShown{Name: l.Name, Rows: l.Rows})
	}
	return c, nil
}

// showSheets lists the visible sheets of a workbook.
func showSheets(ctx context.Context, path string) (*contents, error) {
	sheets, err := data.Sheets(ctx, path)
	if err != nil {
		return nil, err
	}
	c := &contents{File: path, Format: "Excel workbook"}
	for _, s := range sheets {
		c.Layers = append(c.Layers, layerShown{Name: s.Name, Rows: s.Rows, Header: s.Columns, sheet: true})
	}
	return c, nil
}

// patternRemark is the rule of what in a pattern could be read in several ways.
const patternRemark = "pattern"

func extent(b orb.Bound) *[4]float64 {
	return &[4]float64{b.Min.Lon(), b.Min.Lat(), b.Max.Lon(), b.Max.Lat()}
}

var kindNames = map[geo.Kind]string{geo.Null: "empty", geo.Text: "text", geo.Number: "number", geo.Bool: "boolean", geo.Structured: "nested", geo.Date: "date"}

func showFeatures(ctx context.Context, path string, from data.Source) (*contents, error) {
	stream, err := data.Open(ctx, path, from)
	if errors.Is(err, shapefile.ErrSeveral) {
		return showArchive(path)
	}
	if errors.Is(err, xlsx.ErrSeveral) {
		return showSheets(ctx, path)
	}
	if err != nil {
		var in *geo.InputError
		if errors.As(err, &in) && errors.Is(in.Err, data.ErrFormat) {
			in.Expected = showable
		}
		return nil, err
	}
	c := &contents{File: path, Format: stream.Format, Layer: stream.Layer, CRS: stream.CRS, HeaderRow: stream.HeaderRow, Geometries: map[string]int{}}
	for _, text := range stream.Remarks {
		c.remark("encoding", path, text)
	}
	at := map[string]int{}
	var bound *orb.Bound
	extend := func(b orb.Bound) {
		if bound != nil {
			b = bound.Union(b)
		}
		bound = &b
	}
	place, inColumns := stream.Places()
	for f, err := range stream.Rows {
		var declared *geojson.CRSError
		if errors.As(err, &declared) { // the stream goes on
			c.CRS = declared.Code
			continue
		}
		if err != nil {
			if !data.Refused(err) {
				_ = stream.Close() // the first error is the one to report
				return nil, err
			}
			c.refused(err)
			continue
		}
		c.Rows++
		if f.Geometry != nil {
			c.Geometries[f.Geometry.GeoJSONType()]++
			extend(f.Geometry.Bound())
		} else if inColumns {
			if p, ok := place(&f); ok {
				extend(p.Bound())
			}
		}
		for _, fd := range f.Fields {
			i, ok := at[fd.Name]
			if !ok {
				i = len(c.Columns)
				at[fd.Name] = i
				c.Columns = append(c.Columns, columnShown{Name: fd.Name, Kinds: map[string]int{}})
			}
			col := &c.Columns[i]
			col.Kinds[kindNames[fd.Kind]]++
			if col.Example == "" {
				col.Example = fd.Value
			}
		}
	}
	if err := stream.Close(); err != nil {
		return nil, err
	}
	if bound != nil {
		c.Extent = extent(*bound)
		if inColumns && bound.Min[0] >= -180 && bound.Max[0] <= 180 && bound.Min[1] >= -90 && bound.Max[1] <= 90 {
			c.CRS = "EPSG:4326"
		}
	}
	if stream.Format == "GeoJSON" && c.CRS != "" {
		c.remark("crs", path, fmt.Sprintf("coordinates are declared to be in %s, where RFC 7946 has WGS 84 alone; \"covgap init\" reads them with --in-crs RECORD=%s", c.CRS, c.CRS))
	} else if stream.Format == "GeoJSON" && bound != nil {
		if err := checkFile(path, c); err != nil {
			return nil, err
		}
	}
	return c, nil
}

// refusedRow is the rule of rows that cannot be read.
const refusedRow = "row"

// refused counts a row that cannot be read.
func (c *contents) refused(err error) {
	var in *geo.InputError
	if !errors.As(err, &in) {
		c.remark(refusedRow, c.File, err.Error())
		return
	}
	place, text := in.Pos.String(), *in
	text.Pos = geo.Position{}
	c.remark(refusedRow, place, text.Error())
}

// checkFile adds the departures from the rules of covgap's own GeoJSON.
func checkFile(path string, c *contents) error {
	f, err := os.Open(path)
	if err != nil {
		return err
	}
	for _, v := range geojson.Check(f) {
		v.Pos.File = filepath.ToSlash(path)
		c.remark(string(v.Rule), v.Pos.String(), v.Message)
	}
	for i := range c.Remarks {
		r := &c.Remarks[i]
		r.More = r.Rule != refusedRow && r.Count == geojson.MaxViolations
	}
	return f.Close()
}

func printContents(out io.Writer, l lang.Lang, c *contents) error {
	w := &stickyWriter{w: out}
	format := map[string]string{"table": l.T("table", "bảng"), "terrain": l.T("terrain", "địa hình")}[c.Format]
	fmt.Fprintf(w, "%s: %s", c.File, cmp.Or(format, c.Format))
	if c.Layer != "" {
		fmt.Fprintf(w, l.T(", layer %q", ", lớp %q"), c.Layer)
	}
	if c.CRS != "" {
		fmt.Fprintf(w, ", %s", c.CRS)
	}
	if c.HeaderRow > 1 {
		fmt.Fprintf(w, l.T(", header in row %d", ", tiêu đề ở dòng %d"), c.HeaderRow)
	}
	switch {
	case len(c.Layers) > 0:
		count := l.T(", %d layers", ", %d lớp")
		if c.Layers[0].sheet {
			count = l.T(", %d sheets", ", %d trang tính")
		}
		fmt.Fprintf(w, count, len(c.Layers))
	case c.Terrain == nil && c.Raster == nil && c.Tiles == nil && c.Antenna == nil:
		fmt.Fprintf(w, ", %s", rowsText(l, c.Rows))
	}
	fmt.Fprintln(w)
	for _, name := range sortedKeys(c.Geometries) {
		fmt.Fprintf(w, "  %d %s\n", c.Geometries[name], name)
	}
	if e := c.Extent; e != nil {
		fmt.Fprintf(w, l.T("  west %.5f, south %.5f, east %.5f, north %.5f\n", "  tây %.5f, nam %.5f, đông %.5f, bắc %.5f\n"), e[0], e[1], e[2], e[3])
	}
	if err := printLayers(w, l, c.Layers); err != nil {
		return err
	}
	if t := c.Terrain; t != nil {
		fmt.Fprintf(w, l.T("  %d files, %.1f m between rows, %d samples, %d voids, %d missing, %.0f to %.0f m\n",
			"  %d tệp, %.1f m giữa các hàng, %d điểm, %d điểm trống, %d điểm thiếu, %.0f đến %.0f m\n"),
			t.Files, t.SpacingM, t.Samples, t.Voids, t.Missing, t.LowestM, t.HighestM)
	}
	if r := c.Raster; r != nil {
		fmt.Fprintf(w, l.T("  %d by %d samples of %s, %s from %.6g to %.6g, %d without value\n", "  %d × %d điểm kiểu %s, %s từ %.6g đến %.6g, %d điểm không có giá trị\n"),
			r.Width, r.Height, r.Type, r.Unit, r.Least, r.Most, r.NoData)
		for _, v := range sortedKeys(r.Samples) {
			fmt.Fprintf(w, l.T("  %s: %d samples\n", "  %s: %d điểm\n"), v, r.Samples[v])
		}
	}
	if t := c.Tiles; t != nil {
		fmt.Fprintf(w, l.T("  %d tiles, zoom %d to %d\n", "  %d ô, mức thu phóng %d đến %d\n"), t.Tiles, t.MinZoom, t.MaxZoom)
		for _, name := range sortedKeys(t.Layers) {
			fmt.Fprintf(w, "  %s: %s\n", name, strings.Join(t.Layers[name], ", "))
		}
	}
	if a := c.Antenna; a != nil {
		fmt.Fprintf(w, "  %s", a.Name)
		if a.Make != "" {
			fmt.Fprintf(w, ", %s", a.Make)
		}
		if a.FrequencyMHz > 0 {
			fmt.Fprintf(w, ", %.6g MHz", a.FrequencyMHz)
		}
		fmt.Fprintf(w, l.T("\n  gain %.1f dBi, beam %.0f° wide and %.0f° high, tilted %.1f° down\n", "\n  độ lợi %.1f dBi, búp sóng ngang %.0f°, đứng %.0f°, cụp %.1f°\n"),
			a.GainDBi, a.BeamwidthHDeg, a.BeamwidthVDeg, a.TiltDeg)
	}
	if len(c.Columns) > 0 {
		tw := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
		fmt.Fprintln(tw, l.T("  column\tkinds\texample", "  cột\tkiểu\tví dụ"))
		for _, col := range c.Columns {
			var kinds []string
			for _, k := range sortedKeys(col.Kinds) {
				kinds = append(kinds, fmt.Sprintf("%s %d", kindText(l, k), col.Kinds[k]))
			}
			fmt.Fprintf(tw, "  %s\t%s\t%s\n", col.Name, strings.Join(kinds, ", "), shortened(col.Example, 40))
		}
		_ = tw.Flush() // w keeps the error
	}
	for _, r := range c.Remarks {
		times := fmt.Sprintf(l.T("%d times", "%d lần"), r.Count)
		switch {
		case r.More:
			times = fmt.Sprintf(l.T("%d times or more", "%d lần trở lên"), r.Count)
		case r.Count == 1:
			times = l.T("once", "1 lần")
		}
		fmt.Fprintf(w, l.T("  remark: %s, %s, first at %s: %s\n", "  lưu ý: %s, %s, đầu tiên tại %s: %s\n"), r.Rule, times, r.Place, r.Text)
	}
	return w.err
}

// shortened gives a text in one line of so many letters at most.
func shortened(text string, most int) string {
	letters := []rune(strings.ReplaceAll(text, "\n", " "))
	if len(letters) > most {
		letters = append(letters[:most-1], '…')
	}
	return string(letters)
}

// printLayers prints a line for each layer, and how to see more of one.
func printLayers(w io.Writer, l lang.Lang, layers []layerShown) error {
	if len(layers) == 0 {
		return nil
	}
	tw := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	for _, y := range layers {
		if y.sheet {
			fmt.Fprintf(tw, "  %s\t%s\t%s\n", y.Name, rowsText(l, y.Rows), shortened(strings.Join(y.Header, ", "), 100))
			continue
		}
		fmt.Fprintf(tw, "  %s\t%s\t%s\t%s", y.Name, y.Geometry, rowsText(l, y.Rows), y.CRS)
		if e := y.Extent; e != nil {
			fmt.Fprintf(tw, l.T("\twest %.5f, south %.5f, east %.5f, north %.5f", "\ttây %.5f, nam %.5f, đông %.5f, bắc %.5f"), e[0], e[1], e[2], e[3])
		}
		fmt.Fprintln(tw)
	}
	if err := tw.Flush(); err != nil {
		return err
	}
	_, err := fmt.Fprintf(w, l.T("  --layer %s shows the columns of one; covgap init takes it with --layer villages=NAME\n",
		"  --layer %s cho xem các cột của một lớp; covgap init nhận lớp bằng --layer villages=TÊN\n"), quote(layers[0].Name))
	return err
}

func rowsText(l lang.Lang, n int) string {
	if n == 1 {
		return l.T("1 row", "1 dòng")
	}
	return fmt.Sprintf(l.T("%d rows", "%d dòng"), n)
}

func kindText(l lang.Lang, kind string) string {
	if l != lang.Vietnamese {
		return kind
	}
	return cmp.Or(map[string]string{"empty": "trống", "text": "chữ", "number": "số", "boolean": "đúng/sai", "nested": "lồng nhau", "date": "ngày"}[kind], kind)
}

func sortedKeys[V any](m map[string]V) []string { return slices.Sorted(maps.Keys(m)) }
