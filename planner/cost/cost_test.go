package cost

import (
	"errors"
	"fmt"
	"math"
	"strings"
	"testing"

	"github.com/covgap/covgap/geo"
	"github.com/goccy/go-yaml"
	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"
)

func TestDefaultIsValidAndSourced(t *testing.T) {
	d := Default()
	if err := d.Validate(); err != nil {
		t.Fatal(err)
	}
	b, err := yaml.Marshal(d)
	if err != nil {
		t.Fatal(err)
	}
	var again Table
	if err := yaml.UnmarshalWithOptions(b, &again, yaml.Strict()); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(d, again); diff != "" {
		t.Errorf("-written +read:\n%s", diff)
	}
}

func TestPrice(t *testing.T) {
	table := Table{
		Currency: USD,
		Rates:    []Rate{{From: USD, To: VND, Value: 25_000, Source: "test"}},
		Terms:    Terms{OpexShare: 0.10, DiscountRate: 0.05, Years: 10},
		Rows: []Row{
			{Item: Tower, Value: 1000, Unit: PerMetre, Currency: USD, Source: "test"},
			{Item: Survey, Value: 50_000_000, Unit: PerSite, Currency: VND, Source: "test"},
			{Item: Rental, Value: 1000, Unit: PerYear, Currency: USD, Source: "test"},
		},
	}
	if err := table.Validate(); err != nil {
		t.Fatal(err)
	}
	q, err := table.Price([]Need{{Tower, 30}, {Survey, 1}, {Fibre, 0}, {Rental, 1}})
	if err != nil {
		t.Fatal(err)
	}
	want := Quote{
		Lines:      []Line{{Tower, 30, PerMetre, 3_000_000}, {Survey, 1, PerSite, 200_000}, {Rental, 1, PerYear, 100_000}},
		CapexMinor: 3_200_000,
		OpexMinor:  420_000, // 10 % of the investment and the rent
		// An annuity of 1 over ten years at 5 % is worth 7.721735, any table of annuities.
		LifetimeMinor: 3_200_000 + 3_243_129,
	}
	if diff := cmp.Diff(want, q); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
	// The same in đồng, which have no minor unit.
	table.Currency = VND
	if q, err = table.Price([]Need{{Tower, 30}, {Survey, 1}}); err != nil || q.CapexMinor != 800_000_000 {
		t.Errorf("in đồng: %d, %v", q.CapexMinor, err)
	}
}

func TestPriceRefuses(t *testing.T) {
	table := Default()
	for _, c := range []struct {
		need Need
		want error
	}{
		{Need{"helicopter", 1}, ErrNoRow},
		{Need{Tower, -1}, ErrRange},
		{Need{Tower, math.NaN()}, ErrRange},
		{Need{Tower, 1e15}, ErrRange},
	} {
		if _, err := table.Price([]Need{c.need}); !errors.Is(err, c.want) {
			t.Errorf("%+v: %v, expected %v", c.need, err, c.want)
		}
	}
	table.Rates = nil
	table.Currency = VND
	if _, err := table.Price([]Need{{Tower, 1}}); !errors.Is(err, ErrNoRate) {
		t.Errorf("without a rate: %v", err)
	}
}

func TestValidateNamesTheField(t *testing.T) {
	for _, c := range []struct {
		field  string
		change func(*Table)
	}{
		{"currency", func(t *Table) { t.Currency = "EUR" }},
		{"rates[0].value", func(t *Table) { t.Rates[0].Value = math.NaN() }},
		{"rates[0].source", func(t *Table) { t.Rates[0].Source = "" }},
		{"rates[0].to", func(t *Table) { t.Rates[0].To = "" }},
		{"terms.opex_share", func(t *Table) { t.Terms.OpexShare = 10 }},
		{"terms.discount_rate", func(t *Table) { t.Terms.DiscountRate = -1 }},
		{"terms.years", func(t *Table) { t.Terms.Years = -1 }},
		{"rows[1].item", func(t *Table) { t.Rows[1].Item = t.Rows[0].Item }},
		{"rows[2].value", func(t *Table) { t.Rows[2].Value = -5 }},
		{"rows[3].unit", func(t *Table) { t.Rows[3].Unit = "dozen" }},
		{"rows[4].currency", func(t *Table) { t.Rows[4].Currency, t.Rates = VND, nil }},
		{"rows[5].source", func(t *Table) { t.Rows[5].Source = "" }},
	} {
		table := Default()
		c.change(&table)
		err := table.Validate()
		var ie *geo.InputError
		if !errors.Is(err, ErrTable) || !errors.As(err, &ie) || ie.Field != c.field {
			t.Errorf("%s: %v", c.field, err)
		}
	}
}

// More of anything never costs less, and a lifetime costs at least the investment.
func TestPriceGrows(t *testing.T) {
	table := Default()
	rapid.Check(t, func(t *rapid.T) {
		row := rapid.SampledFrom(table.Rows).Draw(t, "row")
		a := rapid.Float64Range(0, 1000).Draw(t, "a")
		b := rapid.Float64Range(a, 2000).Draw(t, "b")
		less, err := table.Price([]Need{{row.Item, a}})
		if err != nil {
			t.Fatal(err)
		}
		more, err := table.Price([]Need{{row.Item, b}})
		if err != nil {
			t.Fatal(err)
		}
		if more.CapexMinor < less.CapexMinor || more.LifetimeMinor < less.LifetimeMinor || more.LifetimeMinor < more.CapexMinor {
			t.Fatalf("%v of %s: %+v; %v: %+v", a, row.Item, less, b, more)
		}
	})
}

func ExampleTable_Price() {
	table := Default()
	q, err := table.Price([]Need{{Tower, 30}, {SectorAntenna, 3}})
	if err != nil {
		fmt.Println(err)
		return
	}
	for _, l := range q.Lines {
		fmt.Println(l.Item, table.Currency.Amount(l.Minor), table.Currency)
	}
	_, err = table.Price([]Need{{"helicopter", 1}})
	fmt.Println(strings.TrimPrefix(err.Error(), "cost: "))
	// Output:
	// tower 30000 USD
	// sector_antenna 4500 USD
	// no row for item: "helicopter"; add one to the cost table
}
