package cost

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/covgap/covgap/data"
	"github.com/covgap/covgap/geo"
	"github.com/google/go-cmp/cmp"
)

func TestRead(t *testing.T) {
	dir := t.TempDir()
	read := func(name, content string) (Table, error) {
		path := filepath.Join(dir, name)
		if err := os.WriteFile(path, []byte(content), 0o644); err != nil {
			t.Fatal(err)
		}
		return Default().Read(context.Background(), path)
	}
	row := Row{Item: Fibre, Amount: 120_000_000, Unit: PerKm, Currency: VND, Source: "quotation", Year: 2026}
	for name, content := range map[string]string{
		"costs.csv":  "item,unit,amount,currency,source,year\nbackhaul_fibre,km,120000000,VND,quotation,2026\n",
		"costs.yaml": "rows:\n  - {item: backhaul_fibre, unit: km, amount: 120000000, currency: VND, source: quotation, year: 2026}\n",
	} {
		got, err := read(name, content)
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		if diff := cmp.Diff(Default().With([]Row{row}), got); diff != "" {
			t.Errorf("%s: -want +got:\n%s", name, diff)
		}
	}
	got, err := read("vnd.yml", "currency: VND\nterms: {opex_share: 0, discount_rate: 0.1, years: 20, source: mine}\nrates:\n  - {from: USD, to: VND, value: 26000, source: bank}\n")
	if err != nil || got.Currency != VND || got.Terms.Years != 20 || got.Rates[0].Value != 26_000 || len(got.Rows) != len(Default().Rows) {
		t.Errorf("%+v, %v", got, err)
	}
	for _, c := range []struct{ name, file, content, want string }{
		{"unit of an item", "costs.csv", "item,unit,amount,currency,source\nrouter,site,1,USD,A\ntower,year,5,USD,A\n", `costs.csv:3:1: unit: "year"; expected "m", in which tower is counted`},
		{"twice", "costs.csv", "item,unit,amount,currency,source\nrouter,site,1,USD,A\nrouter,site,5,USD,A\n", "costs.csv:3:1: item: "},
		{"unit of an item, YAML", "costs.yaml", "rows:\n  - {item: tower, unit: year, amount: 5, currency: USD, source: A}\n", `costs.yaml:2:25: rows[0].unit: "year"`},
		{"no rate", "costs.yaml", "rates: []\nrows:\n  - {item: router, unit: site, amount: 5, currency: VND, source: A}\n", "without a rate to USD"},
		{"an item that nothing asks for", "costs.csv", "item,unit,amount,currency,source\ntowr,m,5,USD,A\n", `did you mean tower?`},
		{"unknown key", "costs.yaml", "rows:\n  - {item: tower, value: 5}\n", `unknown key "value"`},
		{"empty YAML", "costs.yaml", "# nothing\n", "costs.yaml: an empty file; expected rows of prices"},
	} {
		_, err := read(c.file, c.content)
		var in *geo.InputError
		if err == nil || !errors.As(err, &in) || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: %v\nwant %s", c.name, err, c.want)
		}
	}
	if _, err := Default().Read(context.Background(), filepath.Join(dir, "none.csv")); !errors.Is(err, os.ErrNotExist) {
		t.Error(err)
	}
}

// What a cost file may say is what a table can hold.
func TestSchemaIsTheTables(t *testing.T) {
	s, err := data.SchemaOf("costs")
	if err != nil {
		t.Fatal(err)
	}
	column := func(name string) []string {
		c, ok := s.Column(name)
		if !ok {
			t.Fatalf("no column %s", name)
		}
		return c.Values
	}
	var want []string
	for _, u := range units {
		want = append(want, string(u))
	}
	if diff := cmp.Diff(want, column("unit")); diff != "" {
		t.Errorf("units: -table +schema:\n%s", diff)
	}
	for _, c := range column("currency") {
		if Currency(c).MinorDigits() < 0 {
			t.Errorf("no table can hold %s", c)
		}
	}
}

func FuzzReadYAML(f *testing.F) {
	f.Add("rows:\n  - {item: tower, unit: m, amount: 5, currency: USD, source: A}\n")
	f.Add("currency: VND\nrates: []\nrows: [{item: x, variant: y, up_to_m: -1}]\n")
	f.Add("terms: {years: 1e9}\n")
	f.Fuzz(func(t *testing.T, content string) {
		table, err := Default().readYAML([]byte(content), "costs.yaml")
		if err != nil {
			return
		}
		if err := table.Validate(); err != nil {
			t.Fatalf("read and invalid: %v", err)
		}
	})
}
