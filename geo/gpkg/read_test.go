package gpkg

import (
	"bytes"
	"context"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/covgap/covgap/geo"
	"github.com/covgap/covgap/geo/internal/geotest"
	"github.com/covgap/covgap/geo/reference"
	"github.com/google/go-cmp/cmp"
	"github.com/paulmach/orb"
)

func collect(t testing.TB, name, layer string) (*Table, []geo.Feature, []error) {
	t.Helper()
	l, err := Open(context.Background(), name, layer)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = l.Close() }()
	features, errs := geotest.Collect(l.Rows(context.Background()))
	return l, features, errs
}

func TestRoundTrip(t *testing.T) {
	name := filepath.Join(t.TempDir(), "một.gpkg")
	write(t, name)
	l, got, errs := collect(t, name, "VILLAGES")
	if l.Layer != "villages" || l.CRS != "EPSG:4326" || errs != nil {
		t.Errorf("layer %q, CRS %q, %v", l.Layer, l.CRS, errs)
	}
	kinds := func(kind geo.Kind, name, value string) geo.Field {
		return geo.Field{Name: name, Value: value, Kind: kind}
	}
	want := []geo.Feature{
		{ID: "1", Geometry: orb.MultiPolygon{geotest.Square(105, 22, 0.1)}, Pos: geo.Position{File: filepath.ToSlash(name), Feature: 1}, Fields: []geo.Field{
			kinds(geo.Text, "code", "01273"), kinds(geo.Text, "name", "Nà Lừa"), kinds(geo.Number, "households", "48"),
			kinds(geo.Number, "level", "-104.3"), kinds(geo.Bool, "grid", "true"), kinds(geo.Text, "seen", "2025-08-31")}},
		{ID: "2", Geometry: orb.MultiPolygon{geotest.Square(106, 22, 0.1), geotest.Square(106.5, 22.5, 0.1)}, Pos: geo.Position{File: filepath.ToSlash(name), Feature: 2}, Fields: []geo.Field{
			kinds(geo.Text, "code", "04"), {Name: "name"}, {Name: "households"}, {Name: "level"}, kinds(geo.Bool, "grid", "false"), {Name: "seen"}}},
		{ID: "3", Pos: geo.Position{File: filepath.ToSlash(name), Feature: 3}, Fields: []geo.Field{
			kinds(geo.Text, "code", "05"), kinds(geo.Text, "name", "no place"), kinds(geo.Number, "households", "1"), kinds(geo.Number, "level", "0"), {Name: "grid"}, {Name: "seen"}}},
	}
	if d := cmp.Diff(want, got); d != "" {
		t.Error(d)
	}
	if l, got, _ := collect(t, name, "counts"); l.CRS != "" || len(got) != 1 || got[0].Fields[0].Value != "7" {
		t.Errorf("a layer without geometry: %q %v", l.CRS, got)
	}
	for _, layer := range []string{"", "village"} {
		_, err := Open(context.Background(), name, layer)
		if !errors.Is(err, ErrLayer) || !strings.Contains(err.Error(), "villages, sites, counts") {
			t.Errorf("layer %q: %v", layer, err)
		}
	}
}

func TestReadWhatGDALWrites(t *testing.T) {
	if _, err := exec.LookPath("ogr2ogr"); err != nil {
		reference.Missing(t, "gdal", "ogr2ogr")
	}
	dir := t.TempDir()
	in, out := filepath.Join(dir, "in.geojson"), filepath.Join(dir, "out.gpkg")
	if err := os.WriteFile(in, []byte(`{"type":"FeatureCollection","features":[{"type":"Feature","properties":{"code":"01273","ok":true},"geometry":{"type":"LineString","coordinates":[[106,22,500],[106.1,22.1,600]]}}]}`), 0o600); err != nil {
		t.Fatal(err)
	}
	if b, err := exec.Command("ogr2ogr", "-t_srs", "EPSG:9210", out, in).CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, b)
	}
	l, got, errs := collect(t, out, "")
	if l.CRS != "EPSG:9210" || len(got) != 1 || errs != nil {
		t.Fatalf("CRS %q, %d records, %v", l.CRS, len(got), errs)
	}
	line, ok := got[0].Geometry.(orb.LineString)
	if !ok || len(line) != 2 || line[0][0] < 520_000 || line[0][0] > 530_000 {
		t.Errorf("geometry %v", got[0].Geometry)
	}
	if d := cmp.Diff([]geo.Field{{Name: "code", Value: "01273", Kind: geo.Text}, {Name: "ok", Value: "true", Kind: geo.Bool}}, got[0].Fields); d != "" {
		t.Error(d)
	}
}

func TestBrokenFiles(t *testing.T) {
	dir := t.TempDir()
	whole := filepath.Join(dir, "whole.gpkg")
	write(t, whole)
	data, err := os.ReadFile(whole)
	if err != nil {
		t.Fatal(err)
	}
	for name, data := range map[string][]byte{"empty": nil, "text": []byte("site_id\n"), "cut": data[:5000], "head": data[:100]} {
		path := filepath.Join(dir, name+".gpkg")
		if err := os.WriteFile(path, data, 0o600); err != nil {
			t.Fatal(err)
		}
		if _, err := Open(context.Background(), path, ""); !errors.Is(err, ErrFormat) {
			t.Errorf("%s: %v", name, err)
		}
	}
	if _, err := Open(context.Background(), filepath.Join(dir, "none.gpkg"), ""); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("no file: %v", err)
	}
}

func FuzzDecode(f *testing.F) {
	w := Writer{layer: Layer{Geometry: MultiPolygon}}
	if _, err := w.encode(geotest.Square(1, 2, 3)); err != nil {
		f.Fatal(err)
	}
	f.Add(bytes.Clone(w.blob.Bytes()))
	w.layer.Geometry = Point
	if _, err := w.encode(orb.Point{1, 2}); err != nil {
		f.Fatal(err)
	}
	f.Add(bytes.Clone(w.blob.Bytes()))
	f.Fuzz(func(_ *testing.T, blob []byte) { _, _ = decode(blob) })
}
