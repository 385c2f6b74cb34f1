package data_test

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/covgap/covgap/data"
	"github.com/covgap/covgap/geo"
	"github.com/paulmach/orb"
)

// write puts a file into a folder of the test's own and gives its path.
func write(t testing.TB, name, content string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), name)
	if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

var caoBang = orb.Bound{Min: orb.Point{105.26, 22.35}, Max: orb.Point{106.84, 23.12}}

// read reads one file as a kind of record.
func read(kind data.Kind, path string, opt data.Options) (*data.Report, error) {
	ctx := context.Background()
	switch kind {
	case data.Sites:
		_, r, err := data.ReadSites(ctx, []string{path}, opt)
		return r, err
	case data.Villages:
		_, r, err := data.ReadVillages(ctx, []string{path}, opt)
		return r, err
	default:
		_, r, err := data.ReadAreas(ctx, []string{path}, opt)
		return r, err
	}
}

func collection(features ...string) string {
	return `{"type":"FeatureCollection","features":[` + "\n" + strings.Join(features, ",\n") + "\n]}"
}

func polygon(properties, ring string) string {
	return `{"type":"Feature","properties":{` + properties + `},"geometry":{"type":"Polygon","coordinates":[` + ring + `]}}`
}

const (
	square1 = "[[106.0,22.6],[106.01,22.6],[106.01,22.61],[106.0,22.61],[106.0,22.6]]"
	square2 = "[[106.1,22.6],[106.11,22.6],[106.11,22.61],[106.1,22.61],[106.1,22.6]]"
	bowtie  = "[[106.0,22.6],[106.02,22.62],[106.02,22.6],[106.0,22.62],[106.0,22.6]]"
	line    = "[[106.0,22.6],[106.01,22.6],[106.02,22.6],[106.0,22.6]]"
)

// What is wrong with a whole file stops the command: exit 3.
func TestStructuralErrors(t *testing.T) {
	header := "site_id,longitude,latitude\n"
	for _, c := range []struct {
		name    string
		kind    data.Kind
		file    string
		content string
		opt     data.Options
		line    int
		is      error
		holds   []string
	}{
		{name: "empty file", kind: data.Sites, file: "a.csv", is: data.ErrEmpty, holds: []string{"empty file"}},
		{name: "blank file", kind: data.Sites, file: "a.csv", content: "\n \n", is: data.ErrEmpty, holds: []string{"empty file"}},
		{name: "header only", kind: data.Sites, file: "a.csv", content: header, line: 2, holds: []string{"header without rows"}},
		{name: "no features", kind: data.Areas, file: "a.geojson", content: collection(), is: data.ErrEmpty, holds: []string{"no features"}},
		{
			name: "spreadsheet", kind: data.Sites, file: "a.csv", content: "PK\x03\x04rest", is: data.ErrFormat,
			holds: []string{"CSV (.csv", "GeoJSON", "broken archive"},
		},
		{name: "unknown type", kind: data.Sites, file: "a.dat", content: "\x01\x02\x00\x04", is: data.ErrFormat, holds: []string{"binary data", "CSV (.csv"}},
		{name: "prose", kind: data.Sites, file: "a.doc", content: "hello", is: data.ErrFormat, holds: []string{"without columns"}},
		{
			name: "missing column", kind: data.Sites, file: "a.csv", content: "site_id,longitud,latitude\nA,106,22.6\n", line: 1, is: data.ErrColumn,
			holds: []string{"longitude", "did you mean longitud?", "--map sites.longitude=longitud"},
		},
		{
			name: "missing column, nothing like it", kind: data.Sites, file: "a.csv", content: "site_id,foo,latitude\nA,106,22.6\n", line: 1, is: data.ErrColumn,
			holds: []string{"--map sites.longitude=COLUMN", "kinh độ"},
		},
		{
			name: "missing name", kind: data.Areas, file: "a.geojson", content: collection(polygon(`"code":"04"`, square1)), line: 1, is: data.ErrColumn,
			holds: []string{"--map areas.name=COLUMN"},
		},
		{
			name: "table of villages without coordinates", kind: data.Villages, file: "v.csv", content: "id,name\n1,Nà Bản\n", line: 1, is: data.ErrColumn,
			holds: []string{"--map villages.longitude=COLUMN"},
		},
		{
			name: "swapped, seen by range", kind: data.Sites, file: "a.csv", content: header + "A,22.6,106.1\nB,22.7,106.2\nC,106.3,22.6\n",
			line: 2, is: data.ErrCoordinates, holds: []string{"2 of 3 rows", "22.6, 106.1", "--swap-xy"},
		},
		{
			name: "swapped, seen by the area", kind: data.Sites, file: "a.csv", content: header + "A,46.8,8.02\nB,46.7,8.1\n",
			opt:  data.Options{Reference: orb.Bound{Min: orb.Point{8, 46.5}, Max: orb.Point{9, 47}}},
			line: 2, is: data.ErrCoordinates, holds: []string{"2 of 2 rows", "--swap-xy"},
		},
		{
			name: "swapped polygons", kind: data.Areas, file: "a.geojson",
			content: collection(polygon(`"code":"04","name":"x"`, "[[22.6,106],[22.7,106],[22.7,106.1],[22.6,106]]")),
			line:    2, is: data.ErrCoordinates, holds: []string{"--swap-xy"},
		},
		{
			name: "swapped twice", kind: data.Sites, file: "a.csv", content: header + "A,106.1,22.6\n", opt: data.Options{SwapXY: true},
			line: 2, is: data.ErrCoordinates, holds: []string{"leave out --swap-xy"},
		},
		{
			// About 106.25° E, 22.67° N in EPSG:9210, the zone of Cao Bang.
			name: "VN-2000 metres", kind: data.Sites, file: "a.csv", content: header + "A,551195,2508000\n",
			opt: data.Options{Reference: caoBang}, line: 2, is: data.ErrCoordinates, holds: []string{"metres", "--in-crs EPSG:"},
		},
		{
			name: "VN-2000 metres, X to the north, no area known", kind: data.Sites, file: "a.csv", content: header + "A,2508000,551195\n",
			line: 2, is: data.ErrCoordinates, holds: []string{"--in-crs EPSG:9210 --swap-xy", "X = north"},
		},
		{
			name: "LV95 metres", kind: data.Sites, file: "a.csv", content: header + "A,2644925,1184355\n",
			line: 2, is: data.ErrCoordinates, holds: []string{"--in-crs EPSG:2056"},
		},
		{
			name: "northing first under the right system", kind: data.Sites, file: "a.csv", content: header + "A,2508000,551195\n",
			opt: data.Options{InCRS: "EPSG:9210"}, line: 2, is: data.ErrCoordinates, holds: []string{"northing where easting", "--swap-xy"},
		},
		{
			name: "degrees under a system of metres", kind: data.Sites, file: "a.csv", content: header + "A,106.1,22.6\n",
			opt: data.Options{InCRS: "EPSG:9210"}, line: 2, is: data.ErrCoordinates, holds: []string{"leave out --in-crs"},
		},
		{
			name: "elsewhere", kind: data.Sites, file: "a.csv", content: header + "A,2.35,48.85\nB,2.36,48.86\n",
			opt: data.Options{Reference: caoBang}, line: 2, is: data.ErrCoordinates, holds: []string{"outside the area in 2 of 2 rows", "km"},
		},
		{
			name: "every row bad", kind: data.Sites, file: "a.csv", content: header + "A,x,22\nB,y,22\n",
			line: 2, is: data.ErrRows, holds: []string{"none of 2 rows", `"x"`},
		},
		{
			name: "no feature can be read", kind: data.Villages, file: "v.geojson", content: collection(polygon(`"id":"a"`, "[[106,22.6],[106.1,22.6]]")),
			line: 2, is: data.ErrRows, holds: []string{"none of 1 rows", "ring"},
		},
		{
			name: "nothing wanted", kind: data.Sites, file: "a.csv", content: header + "A,106,22.6\n",
			opt: data.Options{Mapping: data.Mapping{Where: map[string]data.OneOf{"site_id": {"B"}}}}, is: data.ErrEmpty, holds: []string{"none of 1 rows is wanted"},
		},
		{
			name: "mapped column that is not there", kind: data.Sites, file: "a.csv", content: "site_id,longitude,latitude,pwr\nA,106,22.6,40\n",
			opt:  data.Options{Mapping: data.Mapping{Columns: map[string]string{"power_dbm": "pwrr"}}},
			line: 1, is: data.ErrMapping, holds: []string{`"pwrr"`, "did you mean pwr?"},
		},
		{
			name: "declared system", kind: data.Areas, file: "a.geojson",
			content: `{"type":"FeatureCollection","crs":{"type":"name","properties":{"name":"EPSG:9210"}},"features":[` + polygon(`"code":"1","name":"x"`, square1) + `]}`,
			line:    1, holds: []string{"--in-crs EPSG:9210"},
		},
	} {
		t.Run(c.name, func(t *testing.T) {
			_, err := read(c.kind, write(t, c.file, c.content), c.opt)
			var e *geo.InputError
			if !errors.As(err, &e) {
				t.Fatalf("error %v, want a *geo.InputError", err)
			}
			if c.is != nil && !errors.Is(err, c.is) {
				t.Errorf("error %q is not %q", err, c.is)
			}
			if e.Pos.Line != c.line {
				t.Errorf("line %d, want %d: %v", e.Pos.Line, c.line, err)
			}
			for _, s := range c.holds {
				if !strings.Contains(err.Error(), s) {
					t.Errorf("error %q does not say %q", err, s)
				}
			}
		})
	}
}

// What is wrong with a row rejects it, and the rest goes on.
func TestRejectedRows(t *testing.T) {
	const good = "OK1,106.1,22.6,30,LTE,120\nOK2,106.2,22.7,30,LTE,120\nOK3,106.3,22.7,30,LTE,120\n"
	header := "site_id,longitude,latitude,antenna_height_m,technology,azimuth_deg\n"
	for _, c := range []struct {
		name         string
		row          string
		line, column int
		holds        []string
	}{
		{"NaN", "A,NaN,22.6,30,LTE,0", 5, 3, []string{"longitude", "NaN", "finite"}},
		{"infinite", "A,106,-inf,30,LTE,0", 5, 7, []string{"latitude", "finite"}},
		{"too large for a number", "A,106,1e999,30,LTE,0", 5, 7, []string{"finite"}},
		{"decimal comma", `A,"106,1",22.6,30,LTE,0`, 5, 3, []string{"decimal comma", "; between columns"}},
		{"degrees and minutes", `A,106°66'E,22.6,30,LTE,0`, 5, 3, []string{"decimal degrees"}},
		{"latitude for longitude", `A,22°36'N,106°06'E,30,LTE,0`, 5, 3, []string{"a latitude", "a longitude", "--swap-xy"}},
		{"unit", "A,106.1,22.6,30 m,LTE,0", 5, 14, []string{"antenna_height_m", "leave out the unit"}},
		{"hexadecimal", "A,0x6A,22.6,30,LTE,0", 5, 3, []string{"a number"}},
		{"out of range", "A,106.1,22.6,-3,LTE,0", 5, 14, []string{"-3", "0.5 to 1000 m"}},
		{"blank coordinate", "A,,22.6,30,LTE,0", 5, 4, []string{"longitude", "blank"}},
		{"blank coordinates", "A,,,30,LTE,0", 5, 1, []string{"longitude", "blank"}},
		{"zero coordinates", "A,0,0,30,LTE,0", 5, 3, []string{"zero stands for blank"}},
		{"swapped", "A,22.6,106.1,30,LTE,0", 5, 3, []string{"22.6, 106.1", "--swap-xy"}},
		{"projected", "A,551195,2508000,30,LTE,0", 5, 3, []string{"--in-crs"}},
		{"beyond the earth", "A,190,95,30,LTE,0", 5, 3, []string{"-180 to 180"}},
		{"far away", "A,2.35,48.85,30,LTE,0", 5, 3, []string{"outside the area"}},
		{"technology", "A,106.1,22.6,30,WiMAX,0", 5, 17, []string{"WiMAX", "GSM, UMTS, LTE, NR", "values"}},
		{"azimuth", "A,106.1,22.6,30,LTE,400", 5, 21, []string{"400", "0 to 360 degrees"}},
		{"azimuth in words", "A,106.1,22.6,30,LTE,north", 5, 21, []string{"north"}},
		{"too many fields", "A,106.1,22.6,30,LTE,0,9,9", 5, 0, nil},
		{"same row", "OK1,106.1,22.6,30,LTE,120", 5, 1, []string{"the same row as", ":2:1"}},
		{"two positions", "OK1,106.5,22.6,30,LTE,240", 5, 1, []string{"OK1 stands 41.1 km from", ":2:1"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			path := write(t, "sites.csv", header+good+c.row+"\n")
			r, err := read(data.Sites, path, data.Options{Reference: caoBang})
			if err != nil {
				t.Fatal(err)
			}
			if r.Rows != 4 || r.Accepted != 3 || r.Rejected != 1 || len(r.Rejects) != 1 {
				t.Fatalf("rows %d, accepted %d, rejected %d (%d)", r.Rows, r.Accepted, r.Rejected, len(r.Rejects))
			}
			reject := r.Rejects[0]
			if reject.Pos.File != filepath.ToSlash(path) || reject.Pos.Line != c.line || c.column > 0 && reject.Pos.Column != c.column {
				t.Errorf("place %s, want line %d column %d", reject.Pos, c.line, c.column)
			}
			for _, s := range c.holds {
				if !strings.Contains(reject.Reason(), s) {
					t.Errorf("reason %q does not say %q", reject.Reason(), s)
				}
			}
		})
	}
}

func TestRejectedVillagesAndAreas(t *testing.T) {
	good := polygon(`"id":"g","name":"Good","code":"g"`, square2)
	for _, c := range []struct {
		name    string
		kind    data.Kind
		feature string
		holds   []string
	}{
		{
			"self-crossing", data.Villages, polygon(`"id":"b","name":"Bow","code":"b"`, bowtie),
			[]string{"crosses itself at 106.010000, 22.610000", "repair"},
		},
		{"self-crossing area", data.Areas, polygon(`"id":"b","name":"Bow","code":"b"`, bowtie), []string{"crosses itself at 106.010000, 22.610000"}},
		{"no area", data.Villages, polygon(`"id":"b","name":"Line","code":"b"`, line), []string{"m²"}},
		{"no geometry", data.Villages, `{"type":"Feature","properties":{"id":"b"},"geometry":null}`, []string{"no geometry", "radius_m"}},
		{"no geometry of an area", data.Areas, `{"type":"Feature","properties":{"code":"b","name":"x"},"geometry":null}`, []string{"no geometry"}},
		{
			"a line", data.Villages, `{"type":"Feature","properties":{"id":"b"},"geometry":{"type":"LineString","coordinates":[[106,22.6],[106.1,22.6]]}}`,
			[]string{"LineString"},
		},
		{
			"a point for an area", data.Areas, `{"type":"Feature","properties":{"code":"b","name":"x"},"geometry":{"type":"Point","coordinates":[106,22.6]}}`,
			[]string{"Point", "polygon"},
		},
		{
			"hole outside", data.Villages, polygon(`"id":"b"`, square1+","+square2), []string{"interior ring outside"},
		},
		{"second row of an id", data.Villages, polygon(`"id":"g","name":"Other","code":"h"`, square1), []string{`"g"`, "already", ":2:1"}},
		{"second row of a code", data.Areas, polygon(`"id":"h","name":"Other","code":"g"`, square1), []string{`"g"`, "already", ":2:1"}},
		{"same feature", data.Villages, good, []string{"the same row as", ":2:1"}},
		{
			"centre far away", data.Villages, polygon(`"id":"b","name":"x","code":"b","centre_lon":22.6,"centre_lat":106.0`, square1),
			[]string{"centre_lon", "swapped"},
		},
		{"one centre coordinate", data.Villages, polygon(`"id":"b","name":"x","code":"b","centre_lon":106.0`, square1), []string{"centre_lat", "blank", "together"}},
		{"radius", data.Villages, `{"type":"Feature","properties":{"id":"b","radius_m":0},"geometry":{"type":"Point","coordinates":[106,22.6]}}`, []string{"radius_m", "1 to 50000 m"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			r, err := read(c.kind, write(t, "f.geojson", collection(good, c.feature)), data.Options{Reference: caoBang})
			if err != nil {
				t.Fatal(err)
			}
			if r.Accepted != 1 || r.Records != 1 || len(r.Rejects) != 1 {
				t.Fatalf("accepted %d, records %d, rejects %d", r.Accepted, r.Records, len(r.Rejects))
			}
			if p := r.Rejects[0].Pos; p.Line != 3 || p.Feature != 2 {
				t.Errorf("place %s, feature %d; want line 3, feature 2", p, p.Feature)
			}
			for _, s := range c.holds {
				if !strings.Contains(r.Rejects[0].Reason(), s) {
					t.Errorf("reason %q does not say %q", r.Rejects[0].Reason(), s)
				}
			}
		})
	}
}

// What cannot be read in a column that only describes is left out, and said so: the
// village is worth more than the cell.
func TestUnreadableCells(t *testing.T) {
	for _, c := range []struct {
		kind  data.Kind
		cell  string
		holds []string
	}{
		{data.Villages, `"population":"1.234"`, []string{"population", "write 1234", "left out"}},
		{data.Villages, `"population":"khoảng 300"`, []string{"population", "expected a number"}},
		{data.Villages, `"population":"-5"`, []string{"population", "0 to 100000000 people"}},
		{data.Villages, `"declared_status":"maybe"`, []string{"declared_status", "none, weak or served"}},
		{data.Villages, `"grid_power":"soon"`, []string{"grid_power", "yes or no"}},
		{data.Villages, `"declared_date":"31.31.2025"`, []string{"declared_date", "2025-08-31"}},
		{data.Areas, `"households":"many"`, []string{"households", "expected a number"}},
	} {
		feature := polygon(`"id":"b","name":"x","code":"b",`+c.cell, square1)
		r, err := read(c.kind, write(t, "f.geojson", collection(feature)), data.Options{})
		if err != nil || r.Accepted != 1 || len(r.Warnings) == 0 {
			t.Errorf("%s: %v, %+v", c.cell, err, r)
			continue
		}
		for _, s := range c.holds {
			if !strings.Contains(r.Warnings[0].Text, s) {
				t.Errorf("%s: warning %q does not say %q", c.cell, r.Warnings[0].Text, s)
			}
		}
	}
}

// Whether 1.108 people are 1108 is seen in the other numbers of the file.
func TestThousands(t *testing.T) {
	const header = "id;lon;lat;name;population\n"
	for _, c := range []struct {
		name, rows string
		want       float64 // of the first village; 0 where its cell is left out
	}{
		{"whole numbers in the column", "a;106.2;22.6;x;1.108\nb;106.3;22.6;y;320\n", 1108},
		{"decimal commas elsewhere", "a;106,2;22,6;x;1.108\nb;106,3;22,6;y;2.300\n", 1108},
		{"nothing to go by", "a;106.2;22.6;x;1.108\nb;106.3;22.6;y;2.300\n", 0},
		{"fractions in the column", "a;106,2;22,6;x;1.108\nb;106,3;22,6;y;98.25\n", 0},
		{"fractions below one", "a;106,2;22,6;x;1.108\nb;106,3;22,6;y;0.512\n", 0},
		{"two marks", "a;106.2;22.6;x;1.108.300\nb;106.3;22.6;y;98.25\n", 1108300},
		{"a blank", "a;106.2;22.6;x;1 108\nb;106.3;22.6;y;98.25\n", 1108},
	} {
		v, r, err := data.ReadVillages(context.Background(), []string{write(t, "v.csv", header+c.rows)}, data.Options{})
		if err != nil || r.Rejected > 0 || len(v) < 2 {
			t.Errorf("%s: %v, %+v", c.name, err, r)
			continue
		}
		got := v[0].Population
		if v[0].Estimated {
			got = 0
		}
		if got != c.want {
			t.Errorf("%s: %g people, want %g", c.name, got, c.want)
		}
		warned := false
		for _, w := range r.Warnings {
			warned = warned || strings.Contains(w.Text, "1.108")
		}
		if strings.Contains(c.rows, ";1.108\n") && !warned {
			t.Errorf("%s: no warning among %+v", c.name, r.Warnings)
		}
	}
}

// Spreadsheets give a date without its format as the days since 1899-12-30: 43539 is
// 2019-03-15 (LibreOffice and Excel).
func TestSpreadsheetDate(t *testing.T) {
	sites, r, err := data.ReadSites(context.Background(), []string{write(t, "s.csv", "site_id,lon,lat,on_air_date\nA,106.1,22.6,43539\nB,106.2,22.6,soon\n")}, data.Options{})
	if err != nil || r.Rejected > 0 {
		t.Fatal(err, r)
	}
	if d := sites[0].Sectors[0].OnAirDate; d != "2019-03-15" {
		t.Errorf("43539 is %q", d)
	}
	if d := sites[1].Sectors[0].OnAirDate; d != "" || len(r.Warnings) != 1 || !strings.Contains(r.Warnings[0].Text, "soon") {
		t.Errorf("%q, %+v", d, r.Warnings)
	}
}

func TestWriteRejects(t *testing.T) {
	path := write(t, "s.csv", "site_id,lon,lat,note\nA,106.1,22.6,fine\nB,x,22.6,\"says \"\"x\"\", twice\"\n")
	r, err := read(data.Sites, path, data.Options{})
	if err != nil {
		t.Fatal(err)
	}
	var b strings.Builder
	if err := data.WriteRejects(&b, r.Rejects); err != nil {
		t.Fatal(err)
	}
	want := "\ufefffile,line,column,row,id,reason,site_id,lon,lat,note\n" +
		filepath.ToSlash(path) + `,3,3,2,B,"longitude (lon): ""x""; expected a number",B,x,22.6,"says ""x"", twice"` + "\n"
	if b.String() != want {
		t.Errorf("got\n%swant\n%s", b.String(), want)
	}
	if err := data.WriteRejects(failing{}, r.Rejects); !errors.Is(err, errFull) {
		t.Errorf("error %v, want the writer's", err)
	}
}

var errFull = errors.New("disk full")

type failing struct{}

func (failing) Write([]byte) (int, error) { return 0, errFull }

func TestCancelledReading(t *testing.T) {
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	path := write(t, "s.csv", "site_id,lon,lat\n"+strings.Repeat("A,106.1,22.6\n", 3000))
	if _, _, err := data.ReadSites(ctx, []string{path}, data.Options{}); !errors.Is(err, context.Canceled) {
		t.Errorf("error %v, want context.Canceled", err)
	}
}

func TestMissingFile(t *testing.T) {
	if _, err := read(data.Sites, filepath.Join(t.TempDir(), "none.csv"), data.Options{}); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("error %v, want os.ErrNotExist", err)
	}
}
