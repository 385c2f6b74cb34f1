package output

import (
	"cmp"
	"fmt"
	"io"
	"os"
	"strconv"
	"strings"
	"time"

	"github.com/covgap/covgap/cmd/covgap/lang"
	"github.com/covgap/covgap/geo/csvtable"
	"github.com/covgap/covgap/geo/flatgeobuf"
	"github.com/covgap/covgap/geo/geojson"
	"github.com/covgap/covgap/geo/geoparquet"
	"github.com/covgap/covgap/geo/gpkg"
	"github.com/covgap/covgap/geo/shapefile"
	"github.com/covgap/covgap/geo/table"
	"github.com/covgap/covgap/geo/xlsx"
	"github.com/paulmach/orb"
)

// Write takes a record: a geometry, nil for none, and a value for every column.
type Write = func(g orb.Geometry, values ...any) error

// Layer is a table with its records.
type Layer struct {
	*Table
	Each func(write Write) error // gives the records, one after the other
}

// into writes the records with a writer and closes it, which takes its temporary files
// away also after an error.
func (y Layer) into(w table.Writer) error {
	err := y.Each(w.Write)
	if cerr := w.Close(); err == nil {
		err = cerr
	}
	return err
}

// GeoJSON writes the layer as a GeoJSON file.
func (y Layer) GeoJSON(out io.Writer) error { return y.geoJSON(out, false) }

// GeoJSONLines writes the layer as one GeoJSON feature a line.
func (y Layer) GeoJSONLines(out io.Writer) error { return y.geoJSON(out, true) }

func (y Layer) geoJSON(out io.Writer, lines bool) error {
	w, err := geojson.NewWriter(out, geojson.Options{Columns: y.Fields(lang.English), Multi: y.Geometry == MultiPolygons, Lines: lines})
	if err != nil {
		return err
	}
	if err := placed(y).Each(w.Write); err != nil {
		return err
	}
	return w.Close()
}

// CSV writes the layer's table. The byte order mark lets Excel read Vietnamese names.
func (y Layer) CSV(out io.Writer) error {
	w, err := csvtable.NewTable(out, y.Fields(lang.English), csvtable.Options{BOM: true})
	if err != nil {
		return err
	}
	return y.into(w)
}

// csvtTypes are the types of columns as GDAL's CSV driver reads them from a .csvt file.
// Yes and no stay text.
var csvtTypes = map[table.Type]string{table.String: "String", table.Integer: "Integer", table.Number: "Real", table.Boolean: "String", table.Date: "Date"}

// CSVT writes the types of the columns of [Layer.CSV], for GDAL and QGIS: codes stay
// text, and longitude and latitude become places.
func (y Layer) CSVT(out io.Writer) error {
	types := make([]string, len(y.Columns))
	for i, c := range y.Columns {
		types[i] = csvtTypes[c.Kind.Type]
		switch c.Name {
		case "longitude", "centre_lon":
			types[i] = "CoordX"
		case "latitude", "centre_lat":
			types[i] = "CoordY"
		}
	}
	_, err := fmt.Fprintln(out, strings.Join(types, ","))
	return err
}

// GeoParquet writes the layer as a GeoParquet file.
func (y Layer) GeoParquet(out io.Writer) error {
	w, err := geoparquet.NewWriter(out, geoparquet.Options{Layer: y.Layer(lang.English), Multi: y.Geometry == MultiPolygons})
	if err != nil {
		return err
	}
	return y.into(w)
}

// FlatGeobuf writes the layer as a FlatGeobuf file. Records without a place are left
// out: the format has none.
func (y Layer) FlatGeobuf(out io.Writer) error {
	w, err := flatgeobuf.NewWriter(out, flatgeobuf.Options{Layer: y.Layer(lang.English), Multi: y.Geometry == MultiPolygons})
	if err != nil {
		return err
	}
	return placed(y).into(w)
}

// Shapefile writes the layer as a zip archive of a shapefile, in which a table says
// which column each short name stands for.
func (y Layer) Shapefile(out io.Writer) error {
	w, err := shapefile.NewWriter(out, shapefile.Options{Layer: y.Layer(lang.English), Modified: Epoch()})
	if err != nil {
		return err
	}
	return y.into(w)
}

// placed gives the records that have a place.
func placed(y Layer) Layer {
	return Layer{Table: y.Table, Each: func(write Write) error {
		return y.Each(func(g orb.Geometry, values ...any) error {
			if g == nil {
				return nil
			}
			return write(g, values...)
		})
	}}
}

// Epoch is the time that stands in archives and databases: SOURCE_DATE_EPOCH (seconds
// since 1970), else the first day of 1980, the earliest that a zip archive has. The
// same results have the same bytes.
func Epoch() time.Time {
	if seconds, err := strconv.ParseInt(os.Getenv("SOURCE_DATE_EPOCH"), 10, 64); err == nil {
		return time.Unix(seconds, 0).UTC()
	}
	return time.Date(1980, 1, 1, 0, 0, 0, 0, time.UTC)
}

// FullGridHexes is the most hexes that covgap.gpkg shows unless it is asked for all:
// beyond it the layer has the hexes of coverage.geojson. A million take 280 MB.
const FullGridHexes = 500_000

// gpkgGeometry gives the geometry type of a GeoPackage.
var gpkgGeometry = map[Geometry]gpkg.GeometryType{
	NoGeometry: gpkg.NoGeometry, Points: gpkg.Point, Polygons: gpkg.Polygon, MultiPolygons: gpkg.MultiPolygon,
}

// GeoPackage writes layers into a new file, with styles, and about as a JSON document
// of metadata. Titles and names of columns are in a language.
func GeoPackage(path string, layers []Layer, about []byte, l lang.Lang) (err error) {
	f, err := gpkg.Create(path, gpkg.Options{Changed: Epoch(), Metadata: string(about), MetadataMIME: "application/json"})
	if err != nil {
		return err
	}
	defer func() {
		if cerr := f.Close(); err == nil {
			err = cerr
		}
	}()
	for _, y := range layers {
		layer := gpkg.Layer{Layer: y.Layer(l), Geometry: gpkgGeometry[y.Geometry]}
		for _, s := range y.Styles(l) {
			qml, err := s.QML()
			if err != nil {
				return fmt.Errorf("layer %s: %w", y.Name, err)
			}
			sld, err := s.SLD(y.Name)
			if err != nil {
				return fmt.Errorf("layer %s: %w", y.Name, err)
			}
			layer.Styles = append(layer.Styles, gpkg.Style{Name: s.Name, QML: qml, SLD: sld})
		}
		w, err := f.Layer(layer)
		if err != nil {
			return err
		}
		if err := y.into(w); err != nil {
			return err
		}
	}
	return nil
}

// Workbook writes an Excel workbook with a sheet for each layer and, first, one that
// says what they are, after notes on all of them.
func Workbook(out io.Writer, layers []Layer, l lang.Lang, notes ...string) error {
	b, err := xlsx.NewBook()
	if err != nil {
		return err
	}
	contents := Layer{Table: &contents, Each: func(write Write) error {
		for _, note := range notes {
			if err := write(nil, nil, nil, nil, nil, note); err != nil {
				return err
			}
		}
		for _, y := range layers {
			for i := range y.Columns {
				c := &y.Columns[i]
				if err := write(nil, y.Title.In(l), c.Label.In(l), c.Name, c.unit(l), plainText(c.Meaning.In(l))); err != nil {
					return err
				}
			}
		}
		return nil
	}}
	for _, y := range append(append([]Layer{}, layers...), contents) {
		w, err := b.Sheet(y.Layer(l))
		if err != nil {
			return err
		}
		if err := y.inWords(l).into(w); err != nil {
			return err
		}
	}
	_, err = b.WriteTo(out)
	return err
}

// contents is the last sheet of a workbook.
var contents = Table{
	Name: "columns", Title: Text{"About the columns", "Giải thích các cột"},
	Columns: []Column{
		{"sheet", word, "", Text{"Sheet", "Trang"}, Text{}},
		{"label", word, "", Text{"Column", "Cột"}, Text{}},
		{"name", word, "", Text{"Name in files", "Tên trong tệp"}, Text{}},
		{"unit", word, "", Text{"Unit", "Đơn vị"}, Text{}},
		{"meaning", word, "", Text{"Meaning", "Ý nghĩa"}, Text{}},
	},
}

// unit gives the column's unit in a language.
func (c *Column) unit(l lang.Lang) string {
	if l == lang.Vietnamese {
		return cmp.Or(unitWords[c.Unit], c.Unit)
	}
	return c.Unit
}
