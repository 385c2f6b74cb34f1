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

func TestReadLines(t *testing.T) {
	path := filepath.Join(t.TempDir(), "roads.geojson")
	feature := func(geometry string) string {
		return `{"type":"Feature","properties":{"highway":"track"},"geometry":` + geometry + `}`
	}
	collection := func(features ...string) string {
		return `{"type":"FeatureCollection","features":[` + strings.Join(features, ",\n") + `]}`
	}
	line := feature(`{"type":"LineString","coordinates":[[106.1,22.6],[106.2,22.7]]}`)
	around := orb.Bound{Min: orb.Point{106, 22}, Max: orb.Point{107, 23}}
	for _, c := range []struct {
		name    string
		content string
		opt     data.Options
		want    []orb.LineString
		rejects int
		err     error
		text    string
	}{
		{
			name: "lines, parts and points",
			content: collection(line, feature(`{"type":"MultiLineString","coordinates":[[[106,22],[106,22.1]],[[107,22],[107,22.1]]]}`),
				feature(`{"type":"Point","coordinates":[106.5,22.5]}`), feature(`{"type":"MultiPoint","coordinates":[[106.6,22.5]]}`)),
			want: []orb.LineString{{{106.1, 22.6}, {106.2, 22.7}}, {{106, 22}, {106, 22.1}}, {{107, 22}, {107, 22.1}}, {{106.5, 22.5}}, {{106.6, 22.5}}},
		},
		{
			name:    "what is no line is refused",
			content: collection(line, feature(`{"type":"Polygon","coordinates":[[[106,22],[107,22],[107,23],[106,22]]]}`), feature(`null`)),
			want:    []orb.LineString{{{106.1, 22.6}, {106.2, 22.7}}}, rejects: 2,
		},
		{
			name: "another country's roads beside ours", opt: data.Options{Reference: around},
			content: collection(line, feature(`{"type":"LineString","coordinates":[[8,46],[9,46]]}`)),
			want:    []orb.LineString{{{106.1, 22.6}, {106.2, 22.7}}, {{8, 46}, {9, 46}}},
		},
		{
			name: "another country's alone", opt: data.Options{Reference: around},
			content: collection(feature(`{"type":"LineString","coordinates":[[8,46],[9,46]]}`)),
			err:     data.ErrCoordinates, text: "none of 1 lines within 100 km of the area",
		},
		{
			name: "swapped", content: collection(feature(`{"type":"LineString","coordinates":[[22.6,106.1],[22.7,106.2]]}`)),
			err: data.ErrCoordinates, text: "--swap-xy",
		},
		{
			name: "swapped, and said so", opt: data.Options{SwapXY: true, Reference: around},
			content: collection(feature(`{"type":"LineString","coordinates":[[22.6,106.1],[22.7,106.2]]}`)),
			want:    []orb.LineString{{{106.1, 22.6}, {106.2, 22.7}}},
		},
		{name: "nothing", content: collection(), err: data.ErrEmpty},
	} {
		if err := os.WriteFile(path, []byte(c.content), 0o644); err != nil {
			t.Fatal(err)
		}
		got, report, err := data.ReadLines(context.Background(), data.Roads, []string{path}, c.opt)
		if !errors.Is(err, c.err) || err != nil && !strings.Contains(err.Error(), c.text) {
			t.Errorf("%s: %v", c.name, err)
			continue
		}
		if c.err != nil {
			continue
		}
		if diff := cmp.Diff(c.want, got); diff != "" || report.Rejected != c.rejects || len(report.Assumptions) > 0 {
			t.Errorf("%s: %d rejects, assumed %v, -want +got:\n%s", c.name, report.Rejected, report.Assumptions, diff)
		}
	}
}

func TestReadCosts(t *testing.T) {
	path := filepath.Join(t.TempDir(), "costs.csv")
	read := func(content string) ([]data.CostRow, error) {
		if err := os.WriteFile(path, []byte(content), 0o644); err != nil {
			t.Fatal(err)
		}
		rows, _, err := data.ReadCosts(context.Background(), path, data.Options{})
		for i := range rows {
			if rows[i].Pos.File == "" || rows[i].Pos.Line == 0 {
				t.Errorf("row %d is nowhere", i)
			}
			rows[i].Pos.File = ""
		}
		return rows, err
	}
	const head = "item,unit,amount,currency,source\n"
	rows, err := read("Hạng mục;Đơn vị;Đơn giá;Loại tiền;Nguồn;Năm;Loại;life_years;up_to_m\ntower;SITE;450000000;vnd;báo giá A;2025;guyed;;30\nbattery;kWh;5,5;USD;B;;;8;\n")
	if err != nil {
		t.Fatal(err)
	}
	rows[0].Pos.Line, rows[0].Pos.Column, rows[0].Pos.Feature = 0, 0, 0
	rows[1].Pos.Line, rows[1].Pos.Column, rows[1].Pos.Feature = 0, 0, 0
	want := []data.CostRow{
		{Item: "tower", Variant: "guyed", UpToM: 30, Unit: "site", Amount: 450_000_000, Currency: "VND", Source: "báo giá A", Year: 2025},
		{Item: "battery", Unit: "kWh", Amount: 5.5, Currency: "USD", LifeYears: 8, Source: "B"},
	}
	if diff := cmp.Diff(want, rows); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
	for _, c := range []struct{ name, content, want string }{
		{"unit", head + "tower,m,1000,USD,A\nrouter,pieces,2,USD,A\n", `costs.csv:3:8: unit: "pieces"; expected site, sector,`},
		{"did you mean", head + "router,sites,2,USD,A\n", "did you mean site?"},
		{"currency", head + "router,site,2,EUR,A\n", `currency: "EUR"; expected USD, VND`},
		{"amount", head + "router,site,,USD,A\n", "costs.csv:2:1: amount: blank; expected a value in every row"},
		{"negative", head + "router,site,-5,USD,A\n", "amount: -5; expected 0 to 1000000000000000"},
		{"no source", head + "router,site,5,USD,\ntower,site,5,USD,\n", "source: blank; expected a value in every row (1 more rows are wrong)"},
		{"no such column", "item,unit,amount,currency\ntower,m,1,USD\n", `source: no such column among item, unit, amount, currency; expected one of source, nguồn, reference, căn cứ (rename a column; "covgap schema costs" lists them)`},
		{"empty", head, "a header without rows; expected at least one row"},
	} {
		if _, err := read(c.content); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: %v\nwant %s", c.name, err, c.want)
		}
	}
}

// A mapping names columns of sites, villages and areas alone.
func TestOthersAreNotMapped(t *testing.T) {
	_, err := data.ParseAssignment("costs.amount=price")
	if !errors.Is(err, data.ErrMapping) || !strings.Contains(err.Error(), `"covgap schema costs"`) {
		t.Error(err)
	}
}
