package data_test

import (
	"archive/zip"
	"bytes"
	"context"
	"errors"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/covgap/covgap/data"
	"github.com/covgap/covgap/geo/geojson"
	"github.com/covgap/covgap/geo/reference"
	"github.com/covgap/covgap/geo/shapefile"
	"github.com/covgap/covgap/geo/table"
	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"github.com/paulmach/orb"
)

// cell is a column with the value of its only row.
type cell struct {
	column string
	value  any
}

var (
	fullSite = []cell{
		{"site_id", "0042"}, {"name", "Nà Cáp"}, {"operator", "Viettel"}, {"technology", "LTE"}, {"frequency_mhz", 1842.5}, {"bandwidth_mhz", 20.0},
		{"antenna_height_m", 41.5}, {"antenna_type", "sector"}, {"azimuth_deg", 120.0}, {"mechanical_tilt_deg", 2.0}, {"electrical_tilt_deg", 4.0},
		{"beamwidth_h_deg", 70.0}, {"beamwidth_v_deg", 7.0}, {"structure_type", "mast"}, {"structure_height_m", 45.0}, {"on_air_date", "2021-05-01"},
		{"power_source", "solar"},
	}
	fullVillage = []cell{
		{"id", "01273-01"}, {"name", "Nà Lừa"}, {"commune_code", "01273"}, {"commune", "Đồng Mu"}, {"households", 48.0}, {"grid_power", "yes"},
		{"grid_power_year", 2027.0}, {"fund_eligible", "yes"}, {"centre_lon", 106.205}, {"centre_lat", 22.605},
		{"declared_status", "none"}, {"declared_date", "2025-05-03"},
	}
)

// columnsOf gives the schema and the record of a row.
func columnsOf(cells []cell) (columns []table.Column, values []any) {
	for _, c := range cells {
		t := table.String
		if _, ok := c.value.(float64); ok {
			t = table.Number
		}
		columns, values = append(columns, table.Column{Name: c.column, Type: t, Decimals: 6}), append(values, c.value)
	}
	return columns, values
}

// writeAs writes one record to a file by a writer of any format.
func writeAs(t *testing.T, path string, g orb.Geometry, cells []cell, open func(io.Writer, []table.Column) (table.Writer, error)) {
	t.Helper()
	columns, values := columnsOf(cells)
	var b bytes.Buffer
	w, err := open(&b, columns)
	if err != nil {
		t.Fatal(err)
	}
	if err := errors.Join(w.Write(g, values...), w.Close(), os.WriteFile(path, b.Bytes(), 0o600)); err != nil {
		t.Fatal(err)
	}
}

// unpackShapes unpacks an archive without its list of long names, as programs do that
// know nothing of it.
func unpackShapes(t *testing.T, archive, dir string) {
	t.Helper()
	z, err := zip.OpenReader(archive)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = z.Close() }()
	for _, f := range z.File {
		if filepath.Ext(f.Name) == ".csv" {
			continue
		}
		r, err := f.Open()
		if err != nil {
			t.Fatal(err)
		}
		b, err := io.ReadAll(r)
		if err := errors.Join(err, r.Close(), os.WriteFile(filepath.Join(dir, f.Name), b, 0o600)); err != nil {
			t.Fatal(err)
		}
	}
}

// A shapefile cuts names to ten letters. The records are those of GeoJSON all the same:
// by the list of names in the archive, without it, and through GDAL, which numbers
// names that clash in another way.
func TestShapefileKeepsOurColumns(t *testing.T) {
	ctx := context.Background()
	for _, c := range []struct {
		kind     data.Kind
		geometry orb.Geometry
		cells    []cell
		read     func(path string) (any, *data.Report, error)
	}{
		{data.Sites, orb.Point{106.25, 22.65}, fullSite, func(path string) (any, *data.Report, error) {
			return first(data.ReadSites(ctx, []string{path}, data.Options{}))
		}},
		{data.Villages, hamlets[0].outline, fullVillage, func(path string) (any, *data.Report, error) {
			return first(data.ReadVillages(ctx, []string{path}, data.Options{}))
		}},
	} {
		dir := t.TempDir()
		origin := filepath.Join(dir, "a.geojson")
		writeAs(t, origin, c.geometry, c.cells, func(w io.Writer, columns []table.Column) (table.Writer, error) {
			return geojson.NewWriter(w, geojson.Options{Columns: columns})
		})
		want, _, err := c.read(origin)
		if err != nil {
			t.Fatal(err)
		}
		zipped := filepath.Join(dir, "a.zip")
		writeAs(t, zipped, c.geometry, c.cells, func(w io.Writer, columns []table.Column) (table.Writer, error) {
			return shapefile.NewWriter(w, shapefile.Options{Layer: table.Layer{Name: "a", Columns: columns}})
		})
		unpackShapes(t, zipped, dir)
		paths := []string{zipped, filepath.Join(dir, "a.shp")}
		if _, err := exec.LookPath("ogr2ogr"); err != nil {
			t.Run("gdal", func(t *testing.T) { reference.Missing(t, "gdal", "ogr2ogr") })
		} else {
			gdal := filepath.Join(dir, "gdal.shp")
			if b, err := exec.Command("ogr2ogr", "-lco", "ENCODING=UTF-8", gdal, origin).CombinedOutput(); err != nil {
				t.Fatalf("%v\n%s", err, b)
			}
			paths = append(paths, gdal)
		}
		for _, path := range paths {
			got, report, err := c.read(path)
			if err != nil || len(report.Unused) > 0 || len(report.Warnings) > 0 {
				t.Errorf("%s: %v, not used %q, %v", path, err, report.Unused, report.Warnings)
				continue
			}
			if d := cmp.Diff(want, got, cmpopts.IgnoreFields(data.Site{}, "Pos"), cmpopts.IgnoreFields(data.Sector{}, "Pos"), cmpopts.IgnoreFields(data.Village{}, "Pos")); d != "" {
				t.Errorf("%s: %s", path, d)
			}
		}
	}
}

func first[T any](records []T, report *data.Report, err error) (any, *data.Report, error) {
	if len(records) != 1 {
		return nil, report, errors.Join(err, errors.New("not one record"))
	}
	return records[0], report, err
}

// A cut name that may stand for several columns is used for none, and said.
func TestShapefileOfUnclearNames(t *testing.T) {
	dir := t.TempDir()
	zipped := filepath.Join(dir, "a.zip")
	writeAs(t, zipped, orb.Point{106.25, 22.65}, []cell{{"site_id", "1"}, {"structure_height_m", 45.0}}, func(w io.Writer, columns []table.Column) (table.Writer, error) {
		return shapefile.NewWriter(w, shapefile.Options{Layer: table.Layer{Name: "a", Columns: columns}})
	})
	unpackShapes(t, zipped, dir)
	path := filepath.Join(dir, "a.shp")
	sites, report, err := data.ReadSites(context.Background(), []string{path}, data.Options{})
	if err != nil || sites[0].StructureType != "" || sites[0].StructureHeightM != 0 || len(report.Warnings) != 1 ||
		!strings.Contains(report.Warnings[0].Text, "structure_: a name cut to ten letters, which may stand for structure_type or structure_height_m") {
		t.Errorf("%+v, %v, %v", sites, report.Warnings, err)
	}
	sites, report, err = data.ReadSites(context.Background(), []string{path}, data.Options{Mapping: data.Mapping{Columns: map[string]string{"structure_height_m": "structure_"}}})
	if err != nil || sites[0].StructureHeightM != 45 || len(report.Warnings) > 0 {
		t.Errorf("named: %+v, %v, %v", sites, report.Warnings, err)
	}
}

// Sectors that are drawn as wedges are read by their columns of degrees, in a file of
// metres too; a polygon without them is no place.
func TestSitesDrawnAsWedges(t *testing.T) {
	wedge := orb.Polygon{{{106.25, 22.65}, {106.253, 22.65}, {106.253, 22.653}, {106.25, 22.65}}}
	cells := append([]cell{{"longitude", 106.25}, {"latitude", 22.65}}, fullSite...)
	path := filepath.Join(t.TempDir(), "a.geojson")
	write := func(cells []cell) {
		writeAs(t, path, wedge, cells, func(w io.Writer, columns []table.Column) (table.Writer, error) {
			return geojson.NewWriter(w, geojson.Options{Columns: columns})
		})
	}
	for _, system := range []string{"", "EPSG:9210"} {
		write(cells)
		sites, _, err := data.ReadSites(context.Background(), []string{path}, data.Options{InCRS: system})
		if err != nil || len(sites) != 1 || sites[0].Position != (orb.Point{106.25, 22.65}) {
			t.Errorf("%q: %+v, %v", system, sites, err)
		}
	}
	write(fullSite)
	if _, _, err := data.ReadSites(context.Background(), []string{path}, data.Options{}); err == nil || !strings.Contains(err.Error(), "a Polygon; expected a Point, or columns longitude and latitude") {
		t.Error(err)
	}
	cells[1].value = 96.5
	write(cells)
	if _, _, err := data.ReadSites(context.Background(), []string{path}, data.Options{}); err == nil || !strings.Contains(err.Error(), "106.25, 96.5; expected degrees") {
		t.Error(err)
	}
}

// A placemark of Google Earth has a point for its label beside the outline.
func TestPlacemarksOfSeveralKinds(t *testing.T) {
	path := filepath.Join(t.TempDir(), "a.kml")
	const square = "<Polygon><outerBoundaryIs><LinearRing><coordinates>106,22 106.1,22 106.1,22.1 106,22.1 106,22</coordinates></LinearRing></outerBoundaryIs></Polygon>"
	text := `<kml xmlns="http://www.opengis.net/kml/2.2"><Document><Placemark><name>Nà Lừa</name><MultiGeometry><Point><coordinates>106.05,22.05</coordinates></Point>` + square +
		`</MultiGeometry></Placemark></Document></kml>`
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	villages, report, err := data.ReadVillages(context.Background(), []string{path}, data.Options{})
	if err != nil || len(villages) != 1 {
		t.Fatal(villages, err)
	}
	if p, ok := villages[0].Geometry.(orb.Polygon); !ok || len(p[0]) != 5 || !strings.Contains(report.Warnings[0].Text, "the polygons are taken") {
		t.Errorf("%v, %v", villages[0].Geometry, report.Warnings)
	}
	areas, _, err := data.ReadAreas(context.Background(), []string{path}, data.Options{})
	if err != nil || len(areas) != 1 || len(areas[0].Geometry) != 1 {
		t.Error(areas, err)
	}
	if _, _, err := data.ReadSites(context.Background(), []string{path}, data.Options{}); err == nil || !strings.Contains(err.Error(), "a GeometryCollection; expected a Point") {
		t.Error(err)
	}
}
