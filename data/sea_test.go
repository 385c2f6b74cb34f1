package data_test

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/covgap/covgap/data"
	"github.com/google/go-cmp/cmp"
	"github.com/paulmach/orb"
)

func TestReadSea(t *testing.T) {
	path := filepath.Join(t.TempDir(), "sea.geojson")
	feature := func(geometry string) string {
		return `{"type":"Feature","properties":{},"geometry":` + geometry + `}`
	}
	collection := func(features ...string) string {
		return `{"type":"FeatureCollection","features":[` + strings.Join(features, ",\n") + `]}`
	}
	square := func(west, south string) string {
		return feature(`{"type":"Polygon","coordinates":[[[` + west + `0,` + south + `0],[` + west + `5,` + south + `0],[` + west + `5,` + south + `5],[` + west + `0,` + south + `0]]]}`)
	}
	bay := orb.MultiPolygon{{{{105.70, 18.60}, {105.75, 18.60}, {105.75, 18.65}, {105.70, 18.60}}}}
	away := orb.MultiPolygon{{{{8.10, 46.10}, {8.15, 46.10}, {8.15, 46.15}, {8.10, 46.10}}}}
	around := orb.Bound{Min: orb.Point{105, 18.7}, Max: orb.Point{105.6, 19}}
	for _, c := range []struct {
		name    string
		content string
		opt     data.Options
		want    []orb.MultiPolygon
		rejects int
		err     error
		text    string
	}{
		{name: "a bay near by, and an ocean far away", content: collection(square("105.7", "18.6"), square("8.1", "46.1")), opt: data.Options{Reference: around}, want: []orb.MultiPolygon{bay, away}},
		{name: "what is no polygon is refused", content: collection(square("105.7", "18.6"), feature(`{"type":"Point","coordinates":[105.7,18.6]}`), feature("null")), want: []orb.MultiPolygon{bay}, rejects: 2},
		{name: "points alone", content: collection(feature(`{"type":"Point","coordinates":[105.7,18.6]}`)), err: data.ErrRows, text: "a Point; expected a polygon"},
		{name: "a shore that crosses itself", content: collection(feature(`{"type":"Polygon","coordinates":[[[105,18],[106,19],[106,18],[105,19],[105,18]]]}`)), err: data.ErrRows, text: "crosses itself at 105.5"},
		{name: "another sea", content: collection(square("8.1", "46.1")), opt: data.Options{Reference: around}, err: data.ErrCoordinates, text: "none of 1 polygons within 100 km of the area"},
		{name: "swapped", content: collection(square("18.6", "105.7")), err: data.ErrCoordinates, text: "--swap-xy"},
		{name: "nothing", content: collection(), err: data.ErrEmpty},
	} {
		if err := os.WriteFile(path, []byte(c.content), 0o644); err != nil {
			t.Fatal(err)
		}
		got, report, err := data.ReadSea(context.Background(), []string{path}, c.opt)
		if !errors.Is(err, c.err) || err != nil && !strings.Contains(err.Error(), c.text) {
			t.Errorf("%s: %v", c.name, err)
			continue
		}
		if c.err != nil {
			continue
		}
		if diff := cmp.Diff(c.want, got); diff != "" || report.Rejected != c.rejects || report.Records != len(c.want) {
			t.Errorf("%s: %d rejects of %d records, -want +got:\n%s", c.name, report.Rejected, report.Records, diff)
		}
	}
}
