// Package export writes the results of a finished run for other programs. It reads
// the tables of the run's covgap.gpkg; nothing is computed again.
package export

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/covgap/covgap/cmd/covgap/lang"
	"github.com/covgap/covgap/cmd/covgap/output"
	"github.com/covgap/covgap/cmd/covgap/run"
	"github.com/covgap/covgap/geo"
	"github.com/covgap/covgap/geo/crs"
	"github.com/covgap/covgap/geo/style"
)

// ErrRequest is a format or layer that does not exist, or that do not go together.
var ErrRequest = errors.New("export")

// unknown says that a name is none of those known.
func unknown(what, name string, known []string, have string) error {
	hint := ""
	if near := geo.Nearest(name, known); near != "" {
		hint = fmt.Sprintf("; did you mean %s?", near)
	}
	return fmt.Errorf("%w: no %s %q%s (%s %s)", ErrRequest, what, name, hint, have, strings.Join(known, ", "))
}

// Options say what is written and how.
type Options struct {
	Layers  []string    // "" for those that suit the format
	CRS     *crs.System // of coordinate columns beside longitude and latitude; nil for those of the run
	Lang    lang.Lang
	Mapping string // file of a mapping of a planning tool's; "" for the one that ships
}

// File is a file to be written.
type File struct {
	Name   string
	Layers []string // that are in it
	write  func(io.Writer) error
	create func(path string) error // in place of write, for a format that wants a path
}

// Into makes the file in a folder.
func (f *File) Into(folder *run.Folder) error {
	if f.create != nil {
		return folder.Create(f.Name, f.create)
	}
	return folder.Write(f.Name, f.write)
}

// Format is a kind of file.
type Format struct {
	Name  string
	About output.Text
	files func(s *Source, layers []output.Layer, o *Options) ([]File, error)
}

// Formats gives every format, in the order in which help lists them.
func Formats() []Format {
	return []Format{
		{"gpkg", output.Text{EN: "GeoPackage with styles: QGIS, ArcGIS", VI: "GeoPackage kèm kiểu hiển thị: QGIS, ArcGIS"}, geoPackage},
		{"geojson", output.Text{EN: "GeoJSON, a file a layer", VI: "GeoJSON, mỗi lớp một tệp"}, each(".geojson", mapped, output.Layer.GeoJSON)},
		{"geojsonl", output.Text{EN: "GeoJSON, a feature a line", VI: "GeoJSON, mỗi dòng một đối tượng"}, each(".geojsonl", mapped, output.Layer.GeoJSONLines)},
		{"shp", output.Text{EN: "zipped shapefiles, names of columns cut to 10 letters", VI: "shapefile nén zip, tên cột cắt còn 10 ký tự"}, each(".shp.zip", mapped, output.Layer.Shapefile)},
		{"csv", output.Text{EN: "tables as CSV, with .csvt for GIS programs", VI: "bảng CSV, kèm .csvt cho phần mềm GIS"}, csvFiles},
		{"xlsx", output.Text{EN: "one workbook, a sheet a table", VI: "một sổ Excel, mỗi bảng một trang"}, workbook},
		{"tif", output.Text{EN: "levels and classes as GeoTIFF", VI: "mức thu và phân loại dạng GeoTIFF"}, rasters},
		{"kmz", output.Text{EN: "Google Earth, telephones", VI: "Google Earth, điện thoại"}, earth},
		{"parquet", output.Text{EN: "GeoParquet 1.1: DuckDB, notebooks", VI: "GeoParquet 1.1: DuckDB, notebook"}, each(".parquet", mapped, output.Layer.GeoParquet)},
		{"fgb", output.Text{EN: "FlatGeobuf: large layers over the web", VI: "FlatGeobuf: lớp lớn qua mạng"}, each(".fgb", mapped, output.Layer.FlatGeobuf)},
		{"pmtiles", output.Text{EN: "vector tiles in one file, for web maps", VI: "ô vector trong một tệp, cho bản đồ web"}, tiles},
		{"qml", output.Text{EN: "styles for QGIS", VI: "kiểu hiển thị cho QGIS"}, qml},
		{"sld", output.Text{EN: "styles for GeoServer and others", VI: "kiểu hiển thị cho GeoServer và phần mềm khác"}, sld},
		{"atoll", output.Text{EN: "sites, transmitters and cells for Atoll, by a mapping", VI: "trạm, đài phát và cell cho Atoll, theo bảng ánh xạ"}, planningTool("atoll")},
		{"planet", output.Text{EN: "sites and sectors for Planet, by a mapping", VI: "trạm và sector cho Planet, theo bảng ánh xạ"}, planningTool("planet")},
	}
}

// names gives the names of all formats.
func names() []string {
	var out []string
	for _, f := range Formats() {
		out = append(out, f.Name)
	}
	return out
}

// Check refuses formats that do not exist.
func Check(formats []string) error {
	for _, name := range formats {
		if !slices.Contains(names(), strings.ToLower(name)) {
			return unknown("format", name, names(), "there are")
		}
	}
	return nil
}

// Files says what an export writes: nothing is written yet.
func Files(s *Source, formats []string, o Options) ([]File, error) {
	if err := Check(formats); err != nil {
		return nil, err
	}
	layers, err := s.pick(o.Layers)
	if err != nil {
		return nil, err
	}
	if o.CRS != nil {
		layers = slices.Clone(layers)
		for i := range layers {
			layers[i] = withCRS(layers[i], *o.CRS)
		}
	}
	var out []File
	for _, f := range Formats() {
		if !slices.ContainsFunc(formats, func(name string) bool { return strings.EqualFold(name, f.Name) }) {
			continue
		}
		files, err := f.files(s, layers, &o)
		if err != nil {
			return nil, err
		}
		if len(files) == 0 {
			return nil, fmt.Errorf("%w: no layer of the run suits %s", ErrRequest, f.Name)
		}
		for _, file := range files {
			if !slices.ContainsFunc(out, func(other File) bool { return other.Name == file.Name }) {
				out = append(out, file)
			}
		}
	}
	return out, nil
}

func layerNames(layers []output.Layer) []string {
	out := make([]string, len(layers))
	for i, y := range layers {
		out[i] = y.Name
	}
	return out
}

// mapped gives the layers that can stand on a map; one that cannot and was asked for
// is an error.
func mapped(layers []output.Layer, o *Options) ([]output.Layer, error) {
	var out []output.Layer
	for _, y := range layers {
		switch {
		case y.Geometry != output.NoGeometry:
			out = append(out, y)
		case len(o.Layers) > 0:
			return nil, fmt.Errorf("%w: %s is a table without places: csv or xlsx", ErrRequest, y.Name)
		}
	}
	return out, nil
}

// each is a format of a file a layer.
func each(extension string, which func([]output.Layer, *Options) ([]output.Layer, error), write func(output.Layer, io.Writer) error) func(*Source, []output.Layer, *Options) ([]File, error) {
	return func(_ *Source, layers []output.Layer, o *Options) ([]File, error) {
		layers, err := which(layers, o)
		if err != nil {
			return nil, err
		}
		var out []File
		for _, y := range layers {
			out = append(out, File{Name: y.Name + extension, Layers: []string{y.Name}, write: func(w io.Writer) error { return write(y, w) }})
		}
		return out, nil
	}
}

func geoPackage(s *Source, layers []output.Layer, o *Options) ([]File, error) {
	return []File{{Name: "covgap.gpkg", Layers: layerNames(layers), create: func(path string) error {
		return output.GeoPackage(path, layers, s.JSON(), o.Lang)
	}}}, nil
}

func csvFiles(_ *Source, layers []output.Layer, _ *Options) ([]File, error) {
	var out []File
	for _, y := range layers {
		out = append(out,
			File{Name: y.Name + ".csv", Layers: []string{y.Name}, write: y.CSV},
			File{Name: y.Name + ".csvt", Layers: []string{y.Name}, write: y.CSVT})
	}
	return out, nil
}

// workbook leaves out the hexes unless they are asked for: a spreadsheet is no place
// for hundreds of thousands of them.
func workbook(_ *Source, layers []output.Layer, o *Options) ([]File, error) {
	if len(o.Layers) == 0 {
		layers = without(layers, output.Coverage.Name)
	}
	return []File{{Name: "covgap.xlsx", Layers: layerNames(layers), write: func(w io.Writer) error { return output.Workbook(w, layers, o.Lang) }}}, nil
}

func without(layers []output.Layer, names ...string) []output.Layer {
	return slices.DeleteFunc(slices.Clone(layers), func(y output.Layer) bool { return slices.Contains(names, y.Name) })
}

// rasters are those of the run, which have the grid as it was computed.
func rasters(s *Source, layers []output.Layer, o *Options) ([]File, error) {
	if len(o.Layers) > 0 && !slices.Equal(layerNames(layers), []string{output.Coverage.Name}) {
		return nil, fmt.Errorf("%w: tif has the coverage alone", ErrRequest)
	}
	var out []File
	for _, name := range []string{run.FileLevels, run.FileClasses} {
		out = append(out, File{Name: name, Layers: []string{output.Coverage.Name}, write: func(w io.Writer) error {
			f, err := os.Open(filepath.Join(s.Folder, name))
			if err != nil {
				return err
			}
			_, err = io.Copy(w, f)
			return errors.Join(err, f.Close())
		}})
	}
	return out, nil
}

// earth shows the coverage as a picture on the ground, unless its hexes are asked for.
func earth(s *Source, layers []output.Layer, o *Options) ([]File, error) {
	layers, err := mapped(layers, o)
	if err != nil {
		return nil, err
	}
	var hexes *output.Layer
	if len(o.Layers) == 0 {
		for i := range layers {
			if layers[i].Name == output.Coverage.Name {
				hexes = &layers[i]
			}
		}
		layers = without(layers, output.Coverage.Name, output.Sectors.Name, output.Candidates.Name)
	}
	return []File{{Name: "covgap.kmz", Layers: layerNames(layers), write: func(w io.Writer) error {
		e := output.Earth{Name: s.title(), About: ""}
		if hexes != nil {
			h, err := hexesOf(hexes)
			if err != nil {
				return err
			}
			e.Coverage = output.NewRaster(h)
		}
		return output.KMZ(w, layers, e, o.Lang)
	}}}, nil
}

func qml(_ *Source, layers []output.Layer, o *Options) ([]File, error) {
	return styles(layers, o, ".qml", func(s *style.Style, _ string, w io.Writer) error { return s.WriteQML(w) })
}

func sld(_ *Source, layers []output.Layer, o *Options) ([]File, error) {
	return styles(layers, o, ".sld", func(s *style.Style, layer string, w io.Writer) error { return s.WriteSLD(w, layer) })
}

// styles writes a file for each way to draw a layer: the first has the layer's name, so
// that QGIS finds it beside the file of that name.
func styles(layers []output.Layer, o *Options, extension string, write func(s *style.Style, layer string, w io.Writer) error) ([]File, error) {
	layers, err := mapped(layers, o)
	if err != nil {
		return nil, err
	}
	var out []File
	for _, y := range layers {
		ways := y.Styles(o.Lang)
		for i := range ways {
			name := y.Name
			if i > 0 {
				name += "_" + ways[i].Column
			}
			out = append(out, File{Name: name + extension, Layers: []string{y.Name}, write: func(w io.Writer) error { return write(&ways[i], y.Name, w) }})
		}
	}
	return out, nil
}

// FileExport says what an export folder holds, and comes last.
const FileExport = "export.json"

// Summary is export.json.
type Summary struct {
	Program string            `json:"program"`
	Run     string            `json:"run"`           // SHA-256 of the run.json that was exported
	CRS     string            `json:"crs,omitempty"` // of coordinate columns, where one was asked for
	Files   map[string]string `json:"files"`         // name -> SHA-256
}

// Write writes files into a folder, export.json last.
func Write(ctx context.Context, s *Source, files []File, dir string, o Options, program string, done func(File)) (*Summary, error) {
	folder, err := run.OpenFolder(dir, run.ExportFolder(fileNames(s, files), FileExport))
	if err != nil {
		return nil, err
	}
	for i := range files {
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		if err := files[i].Into(folder); err != nil {
			return nil, err
		}
		done(files[i])
	}
	if err := s.Whole(); err != nil {
		return nil, err
	}
	sum := &Summary{Program: program, Run: s.Digest(), Files: folder.Digests()}
	if o.CRS != nil {
		sum.CRS = o.CRS.Code()
	}
	return sum, folder.Write(FileExport, func(w io.Writer) error { return run.WriteJSON(w, sum) })
}

// CheckFolder says whether dir may take the files of an export.
func CheckFolder(s *Source, files []File, dir string) error {
	return run.CheckFolder(dir, run.ExportFolder(fileNames(s, files), FileExport))
}

// fileNames are what an export folder may hold: what is written now, and what another
// export of the same tables wrote.
func fileNames(s *Source, files []File) []string {
	var out []string
	for _, f := range files {
		out = append(out, f.Name)
	}
	for _, format := range names() {
		all, err := Files(s, []string{format}, Options{})
		if err != nil {
			continue // of a format that does not suit this run there are none
		}
		for _, f := range all {
			out = append(out, f.Name)
		}
	}
	return out
}
