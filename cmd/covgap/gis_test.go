package main

import (
	"archive/zip"
	"bytes"
	"encoding/csv"
	"encoding/json"
	"errors"
	"fmt"
	"image/color"
	"image/png"
	"io"
	"math"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/covgap/covgap/cmd/covgap/output"
	"github.com/covgap/covgap/cmd/covgap/run"
	"github.com/covgap/covgap/geo/reference"
	"github.com/covgap/covgap/geo/table"
	"github.com/google/go-cmp/cmp"
)

// Debian's Python, which has GDAL's and QGIS's modules.
const systemPython = "/usr/bin/python3"

// smallRun takes the small sample through the whole chain and gives its folder.
func smallRun(t *testing.T) string {
	t.Helper()
	dir := t.TempDir()
	if err := os.CopyFS(dir, os.DirFS("testdata/small")); err != nil {
		t.Fatal(err)
	}
	if err := writeSmallTerrain(filepath.Join(dir, "dem.tif"), groundM); err != nil {
		t.Fatal(err)
	}
	must(t, "run", "-p", dir, "-q")
	return dir
}

// client runs a program that is not ours.
func client(t *testing.T, name string, args ...string) string {
	t.Helper()
	cmd := exec.Command(name, args...)
	cmd.Env = append(os.Environ(), "QT_QPA_PLATFORM=offscreen", "XDG_RUNTIME_DIR="+t.TempDir())
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("%s %v: %v\n%s%s", name, args, err, out, &stderr)
	}
	return string(out)
}

// GDAL reads every vector format with the types that the definitions have, and finds
// the GeoPackage and the rasters valid.
func TestGDALReadsOutputs(t *testing.T) {
	if _, err := exec.LookPath("ogrinfo"); err != nil {
		reference.Missing(t, "gdal", "ogrinfo")
	}
	t.Parallel()
	dir := smallRun(t)
	must(t, "export", "gpkg", "geojson", "geojsonl", "csv", "fgb", "kmz", "tif", "-p", dir, "-q")
	exported := filepath.Join(dir, "export")

	types := map[table.Type]string{table.String: "String", table.Integer: "Integer", table.Number: "Real", table.Boolean: "Boolean", table.Date: "Date"}
	for _, d := range output.Tables() {
		for _, f := range []struct{ file, layer string }{
			{"out/covgap.gpkg", d.Name}, {"export/covgap.gpkg", d.Name},
			{"export/" + d.Name + ".geojson", ""}, {"export/" + d.Name + ".geojsonl", ""}, {"export/" + d.Name + ".csv", ""}, {"export/" + d.Name + ".fgb", ""},
		} {
			path := filepath.Join(dir, filepath.FromSlash(f.file))
			if _, err := os.Stat(path); err != nil {
				continue // a table that this run does not have
			}
			args := []string{"-so", "-ro", path}
			if f.layer == "" {
				args = append([]string{"-al"}, args...)
			} else {
				args = append(args, f.layer)
			}
			out, err := exec.Command("ogrinfo", args...).CombinedOutput()
			if err != nil {
				if strings.Contains(string(out), "Couldn't fetch requested layer") {
					continue
				}
				t.Errorf("%s: %v\n%s", f.file, err, out)
				continue
			}
			if strings.Contains(string(out), "ERROR") || strings.Contains(string(out), "Warning") {
				t.Errorf("%s: %s", f.file, out)
			}
			got := map[string]string{}
			for line := range strings.Lines(string(out)) {
				if name, rest, ok := strings.Cut(line, ": "); ok && (strings.Contains(rest, " (0.0)") || strings.Contains(rest, " (1.0)")) {
					kind, _, _ := strings.Cut(rest, " (")
					got[name] = kind
				}
			}
			for i := range d.Columns {
				c := &d.Columns[i]
				want := types[c.Kind.Type]
				textual := strings.HasSuffix(f.file, ".csv")
				// What a format cannot say: CSV has yes and no, and of GeoJSON GDAL looks at the
				// values, of which a column may have none.
				switch kind := got[c.Name]; {
				case want == "Boolean" && textual && kind == "String":
				case strings.Contains(f.file, "geojson") && kind == "String":
				case want == "Integer" && strings.HasPrefix(kind, "Integer") && !strings.Contains(kind, "Boolean"):
				case want == "Boolean" && strings.Contains(kind, "Boolean"):
				case kind == want:
				default:
					t.Errorf("%s %s: %s is %q to GDAL, want %s", f.file, d.Name, c.Name, kind, want)
				}
			}
		}
	}

	for _, path := range []string{filepath.Join(dir, "out", run.FileGeoPackage), filepath.Join(exported, "covgap.gpkg")} {
		client(t, systemPython, "-m", "osgeo_utils.samples.validate_gpkg", path)
	}
	for _, name := range []string{run.FileLevels, run.FileClasses} {
		path := filepath.Join(dir, "out", name)
		if out := client(t, systemPython, "-m", "osgeo_utils.samples.validate_cloud_optimized_geotiff", path); !strings.Contains(out, "is a valid cloud optimized GeoTIFF") {
			t.Errorf("%s: %s", name, out)
		}
	}
	info := client(t, "gdalinfo", "-stats", filepath.Join(dir, "out", run.FileClasses))
	for _, want := range []string{"ColorInterp=Palette", "NoData Value=0", "1: 143,189,224,255", "2: 245,166,48,255", "3: 106,30,98,255", "STATISTICS_MINIMUM=1", "STATISTICS_MAXIMUM=3"} {
		if !strings.Contains(info, want) {
			t.Errorf("gdalinfo of %s does not say %q", run.FileClasses, want)
		}
	}
	// A level is where its hex is: GDAL and the table agree at centres of hexes.
	checkLevels(t, dir)
}

// GDAL reads shapefiles with the types of the definitions, in their geometry, with every
// Vietnamese name as it was.
func TestGDALReadsShapefiles(t *testing.T) {
	if _, err := exec.LookPath("ogrinfo"); err != nil {
		reference.Missing(t, "gdal", "ogrinfo")
	}
	t.Parallel()
	dir := smallRun(t)
	must(t, "export", "shp", "-p", dir, "-q")
	geometries := map[output.Geometry]string{output.Points: "Point", output.Polygons: "Polygon", output.MultiPolygons: "Polygon"} // a shapefile has no other
	types := map[table.Type][]string{
		table.String: {"String"}, table.Integer: {"Integer", "Integer64"}, table.Number: {"Real"}, table.Boolean: {"String", "Integer(Boolean)"}, table.Date: {"Date"},
	}
	seen := 0
	for _, d := range output.Tables() {
		archive := filepath.Join(dir, "export", d.Name+".shp.zip")
		z, err := zip.OpenReader(archive)
		if errors.Is(err, os.ErrNotExist) {
			continue // a table that this run does not have, or without places
		}
		if err != nil {
			t.Fatal(err)
		}
		content := func(name string) []byte {
			f, err := z.Open(name)
			if err != nil {
				t.Fatal(err)
			}
			b, err := io.ReadAll(f)
			if err != nil {
				t.Fatal(err)
			}
			return b
		}
		if cpg := string(content(d.Name + ".cpg")); cpg != "UTF-8" {
			t.Errorf("%s.cpg says %q", d.Name, cpg)
		}
		short, err := csv.NewReader(bytes.NewReader(bytes.TrimPrefix(content(d.Name+".csv"), []byte("\ufeff")))).ReadAll()
		if err != nil {
			t.Fatal(err)
		}
		if err := z.Close(); err != nil {
			t.Fatal(err)
		}
		fields := map[string]string{} // of columns
		for _, row := range short[1:] {
			fields[row[1]] = row[0]
		}
		out := client(t, "ogrinfo", "-al", "-ro", "/vsizip/"+archive+"/"+d.Name+".shp")
		if want := "Geometry: " + geometries[d.Geometry] + "\n"; !strings.Contains(out, want) || !strings.Contains(out, `ID["EPSG",4326]`) {
			t.Errorf("%s: not %q in EPSG:4326: %s", d.Name, want, out)
		}
		for i := range d.Columns {
			c := &d.Columns[i]
			if !slices.ContainsFunc(types[c.Kind.Type], func(kind string) bool {
				return strings.Contains(out, "\n"+fields[c.Name]+": "+kind+" (")
			}) {
				t.Errorf("%s: %s (%s) has not the type %v", d.Name, c.Name, fields[c.Name], types[c.Kind.Type])
			}
		}
		if d == &output.Villages {
			for _, name := range []string{"Nà Cáp", "Lũng Slàng", "Khuổi Đeng"} {
				if !strings.Contains(out, "name (String) = "+name+"\n") {
					t.Errorf("no village %s: %s", name, out)
				}
			}
		}
		seen++
	}
	if seen < 8 {
		t.Errorf("%d shapefiles", seen)
	}
}

// checkLevels compares the raster of levels with the hexes at 20 villages' worth of
// places: the centroid of every fiftieth hex.
func checkLevels(t *testing.T, dir string) {
	t.Helper()
	var collection struct {
		Features []struct {
			Geometry   struct{ Coordinates [][][2]float64 }
			Properties struct {
				Signal *float64 `json:"signal_dbm"`
			}
		}
	}
	readJSON(t, filepath.Join(dir, "out", run.FileCoverage), &collection)
	var places strings.Builder
	var want []string
	for i := 0; i < len(collection.Features); i += 50 {
		f := &collection.Features[i]
		var x, y float64
		ring := f.Geometry.Coordinates[0]
		for _, p := range ring[1:] {
			x, y = x+p[0]/float64(len(ring)-1), y+p[1]/float64(len(ring)-1)
		}
		fmt.Fprintf(&places, "%.7f %.7f\n", x, y)
		level := -9999.0
		if f.Properties.Signal != nil {
			level = *f.Properties.Signal
		}
		want = append(want, strconv.FormatFloat(level, 'f', 1, 64))
	}
	cmd := exec.Command("gdallocationinfo", "-valonly", "-wgs84", filepath.Join(dir, "out", run.FileLevels))
	cmd.Stdin = strings.NewReader(places.String())
	out, err := cmd.Output()
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, v := range strings.Fields(string(out)) {
		x, err := strconv.ParseFloat(v, 64)
		if err != nil {
			t.Fatal(err)
		}
		got = append(got, strconv.FormatFloat(x, 'f', 1, 64))
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("%s (-hexes +raster):\n%s", run.FileLevels, diff)
	}
}

// PROJ puts sites where e_vn2000 and n_vn2000 say. Longitude and latitude have six
// decimals, which is half a decimetre; without the change of datum it is 200 m.
func TestPROJAgreesWithColumns(t *testing.T) {
	if _, err := exec.LookPath("cs2cs"); err != nil {
		reference.Missing(t, "gdal", "cs2cs")
	}
	t.Parallel()
	dir := smallRun(t)
	for _, c := range []struct{ crs, tag string }{{"EPSG:9210", "vn2000"}, {"EPSG:3405", "vn2000"}, {"EPSG:32648", "utm48n"}} {
		out := filepath.Join(dir, "in "+strings.TrimPrefix(c.crs, "EPSG:"))
		must(t, "export", "csv", "--layer", "sites", "--crs", c.crs, "-p", dir, "-o", out, "-q")
		f, err := os.Open(filepath.Join(out, "sites.csv"))
		if err != nil {
			t.Fatal(err)
		}
		rows, err := csv.NewReader(f).ReadAll()
		if err != nil {
			t.Fatal(err)
		}
		if err := f.Close(); err != nil {
			t.Fatal(err)
		}
		column := func(row []string, name string) float64 {
			v, err := strconv.ParseFloat(row[slices.Index(rows[0], name)], 64)
			if err != nil {
				t.Fatal(err)
			}
			return v
		}
		for _, row := range rows[1:] {
			at := fmt.Sprintf("%f %f\n", column(row, "latitude"), column(row, "longitude"))
			e, n := column(row, "e_"+c.tag), column(row, "n_"+c.tag)
			if d := distance(transformed(t, at, "EPSG:4326", c.crs), e, n); d > 0.01 {
				t.Errorf("%s, %s: %.3f m from where PROJ puts it", c.crs, row[1], d)
			}
			if c.tag != "vn2000" {
				continue
			}
			// The projection alone, as if WGS 84 were VN-2000.
			if d := distance(transformed(t, at, "EPSG:4756", c.crs), e, n); d < 100 {
				t.Errorf("%s, %s: only %.3f m from where it is without the change of datum", c.crs, row[1], d)
			}
		}
	}
}

// transformed has cs2cs transform a position: easting and northing.
func transformed(t *testing.T, at, from, to string) [2]float64 {
	t.Helper()
	cmd := exec.Command("cs2cs", "-f", "%.4f", from, to)
	cmd.Stdin = strings.NewReader(at)
	out, err := cmd.Output()
	if err != nil {
		t.Fatal(err)
	}
	var p [2]float64
	for i, v := range strings.Fields(string(out))[:2] {
		if p[i], err = strconv.ParseFloat(v, 64); err != nil {
			t.Fatal(err)
		}
	}
	// TM-3 has northing first in the register, UTM easting.
	if p[0] > p[1] {
		p[0], p[1] = p[1], p[0]
	}
	return p
}

func distance(p [2]float64, e, n float64) float64 { return math.Hypot(p[0]-e, p[1]-n) }

// QGIS opens the GeoPackage: every layer valid, coverage drawn by class, and an
// expression of QGIS counts what run.json counts.
func TestQGISOpensGeoPackage(t *testing.T) {
	if err := exec.Command(systemPython, "-c", "import qgis.core").Run(); err != nil {
		reference.Missing(t, "qgis", "python3-qgis")
	}
	t.Parallel()
	dir := smallRun(t)
	gpkg, picture := filepath.Join(dir, "out", run.FileGeoPackage), filepath.Join(dir, "map.png")
	type layer struct {
		Valid      bool     `json:"valid"`
		Features   int      `json:"features"`
		Renderer   string   `json:"renderer"`
		Labels     bool     `json:"labels"`
		RTree      bool     `json:"rtree"`
		Categories []string `json:"categories"`
		Weak, None int
		Alias      string `json:"alias"`
	}
	var seen struct {
		Layers map[string]layer `json:"layers"`
		Order  []string         `json:"order"`
	}
	if err := json.Unmarshal([]byte(client(t, systemPython, filepath.FromSlash("testdata/in_qgis.py"), gpkg, picture)), &seen); err != nil {
		t.Fatal(err)
	}
	var s run.Summary
	readJSON(t, filepath.Join(dir, "out", run.FileRun), &s)
	for name, l := range seen.Layers {
		d, ok := output.Lookup(name)
		if !ok || !l.Valid || l.Features == 0 {
			t.Errorf("layer %s: known %v, valid %v, %d features", name, ok, l.Valid, l.Features)
			continue
		}
		if d.Geometry != output.NoGeometry && !l.RTree {
			t.Errorf("layer %s has no spatial index", name)
		}
	}
	c := s.Counts
	for name, want := range map[string]layer{
		"coverage": {Features: c.Hexes, Weak: c.HexesWeak, None: c.HexesNone, Renderer: "categorizedSymbol", Categories: []string{"served", "weak", "none"}, Alias: "Class"},
		"gaps":     {Features: c.Gaps, Weak: c.Weak, None: c.None, Renderer: "categorizedSymbol", Categories: []string{"weak", "none"}, Labels: true, Alias: "Class"},
		"villages": {Features: c.Villages, Weak: c.Weak, None: c.None, Renderer: "categorizedSymbol", Categories: []string{"served", "weak", "none", "not_counted"}, Labels: true, Alias: "Class"},
	} {
		want.Valid, want.RTree = true, true
		if diff := cmp.Diff(want, seen.Layers[name]); diff != "" {
			t.Errorf("%s (-run.json +QGIS):\n%s", name, diff)
		}
	}
	if want := []string{"plan", "gaps", "measurements", "sites", "plan_sectors", "sectors", "villages", "communes", "coverage"}; !slices.Equal(seen.Order, want) {
		t.Errorf("layers %v, want %v", seen.Order, want)
	}

	// What was drawn has the colours of every class that there is.
	f, err := os.Open(picture)
	if err != nil {
		t.Fatal(err)
	}
	img, err := png.Decode(f)
	if err != nil {
		t.Fatal(err)
	}
	if err := f.Close(); err != nil {
		t.Fatal(err)
	}
	blue, orange, purple := 0, 0, 0
	for y := range img.Bounds().Dy() {
		for x := range img.Bounds().Dx() {
			switch p := color.NRGBAModel.Convert(img.At(x, y)).(color.NRGBA); {
			case p.B > p.R+30 && p.B > p.G:
				blue++
			case p.R > p.B+60 && p.G > p.B+20:
				orange++
			case p.R > p.G+30 && p.B > p.G+30:
				purple++
			}
		}
	}
	if least := 500; blue < least || orange < least || purple < least { // of 480,000
		t.Errorf("the map has %d blue, %d orange and %d purple pixels, want %d of each", blue, orange, purple, least)
	}

	// The same count by a tool of QGIS's own.
	weak := filepath.Join(dir, "weak.gpkg")
	client(t, "qgis_process.bin", "run", "native:extractbyexpression", "--", "INPUT="+gpkg+"|layername=coverage", `EXPRESSION="class" = 'weak'`, "OUTPUT="+weak)
	if out := client(t, "ogrinfo", "-so", "-al", "-ro", weak); !strings.Contains(out, fmt.Sprintf("Feature Count: %d\n", c.HexesWeak)) {
		t.Errorf("qgis_process extracts other than %d weak hexes: %s", c.HexesWeak, out)
	}
}
