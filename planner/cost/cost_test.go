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
			{Item: Tower, Amount: 1000, Unit: PerMetre, Currency: USD, Source: "test"},
			{Item: Survey, Amount: 50_000_000, Unit: PerSite, Currency: VND, Source: "test"},
			{Item: Rental, Amount: 1000, Unit: PerYear, Currency: USD, Source: "test"},
		},
	}
	if err := table.Validate(); err != nil {
		t.Fatal(err)
	}
	q, err := table.Price([]Need{{Item: Tower, Quantity: 30}, {Item: Survey, Quantity: 1}, {Item: Fibre}, {Item: Rental, Quantity: 1}})
	if err != nil {
		t.Fatal(err)
	}
	want := Quote{
		Lines: []Line{
			{Item: Tower, Kind: Capex, Quantity: 30, Unit: PerMetre, Minor: 3_000_000},
			{Item: Survey, Kind: Capex, Quantity: 1, Unit: PerSite, Minor: 200_000},
			{Item: Rental, Kind: Opex, Quantity: 1, Unit: PerYear, Minor: 100_000},
			{Item: Operation, Kind: Opex, Quantity: 0.10, Unit: ofCapex, Minor: 320_000},
		},
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
	if q, err = table.Price([]Need{{Item: Tower, Quantity: 30}, {Item: Survey, Quantity: 1}}); err != nil || q.CapexMinor != 800_000_000 {
		t.Errorf("in đồng: %d, %v", q.CapexMinor, err)
	}
}

// A battery of 8 years is bought again once in 20 and not at their end.
func TestPriceBuysAgain(t *testing.T) {
	table := Table{
		Currency: USD, Terms: Terms{DiscountRate: 0.05, Years: 16},
		Rows: []Row{
			{Item: Battery, Amount: 300, Unit: PerKWh, Currency: USD, LifeYears: 8, Source: "test"},
			{Item: Generator, Amount: 900, Unit: PerKW, Currency: USD, LifeYears: 5, Source: "test"},
		},
	}
	q, err := table.Price([]Need{{Item: Battery, Quantity: 10}, {Item: Generator, Quantity: 2}})
	if err != nil {
		t.Fatal(err)
	}
	var due []string
	for _, l := range q.Lines {
		if l.Kind == Replacement {
			due = append(due, fmt.Sprintf("%s %d", l.Item, l.Year))
		}
	}
	if diff := cmp.Diff([]string{"generator 5", "battery 8", "generator 10", "generator 15"}, due); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
	// 1.05^-5 0.783526, ^-8 0.676839, ^-10 0.613913, ^-15 0.481017: any table of present values.
	want := int64(math.Round(480_000 + 300_000*0.676839 + 180_000*(0.783526+0.613913+0.481017)))
	if d := q.LifetimeMinor - want; d < -1 || d > 1 { // the factors have six digits
		t.Errorf("lifetime %d, want %d", q.LifetimeMinor, want)
	}
}

func TestPriceByVariantAndSize(t *testing.T) {
	table := Table{Currency: USD, Rows: []Row{
		{Item: Tower, Amount: 1000, Unit: PerMetre, Currency: USD, Source: "test"},
		{Item: Tower, UpToM: 15, Amount: 9000, Unit: PerSite, Currency: USD, Source: "test"},
		{Item: Tower, Variant: "guyed", UpToM: 45, Amount: 20_000, Unit: PerSite, Currency: USD, Source: "test"},
		{Item: Tower, Variant: "guyed", UpToM: 30, Amount: 14_000, Unit: PerSite, Currency: USD, Source: "test"},
		{Item: RemoteRadio, Variant: "NR", Amount: 6000, Unit: PerSector, Currency: USD, Source: "test"},
		{Item: Microwave, UpToM: 15_000, Amount: 30_000, Unit: PerLink, Currency: USD, Source: "test"},
	}}
	if err := table.Validate(); err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		need Need
		want int64 // 0: ErrNoRow
	}{
		{Need{Item: Tower, Quantity: 30, SizeM: 30}, 3_000_000},
		{Need{Item: Tower, Quantity: 12, SizeM: 12}, 900_000},
		{Need{Item: Tower, Quantity: 30, SizeM: 30, Variant: "guyed"}, 1_400_000},
		{Need{Item: Tower, Quantity: 31, SizeM: 31, Variant: "guyed"}, 2_000_000},
		{Need{Item: Tower, Quantity: 60, SizeM: 60, Variant: "guyed"}, 6_000_000}, // beyond the guyed masts, the row for any
		{Need{Item: RemoteRadio, Quantity: 3, Variant: "NR"}, 1_800_000},
		{Need{Item: RemoteRadio, Quantity: 3, Variant: "LTE"}, 0},
		{Need{Item: Microwave, Quantity: 1, SizeM: 15_000}, 3_000_000},
		{Need{Item: Microwave, Quantity: 1, SizeM: 15_001}, 0},
	} {
		q, err := table.Price([]Need{c.need})
		if c.want == 0 && !errors.Is(err, ErrNoRow) || c.want != 0 && (err != nil || q.CapexMinor != c.want) {
			t.Errorf("%+v: %d, %v; want %d", c.need, q.CapexMinor, err, c.want)
		}
	}
}

func TestWithReplacesWholeItems(t *testing.T) {
	table := Default()
	n := len(table.Rows)
	got := table.With([]Row{{Item: Microwave, Amount: 1, Unit: PerLink, Currency: VND, Source: "mine"}, {Item: Router, Amount: 5, Unit: PerSite, Currency: USD, Source: "mine"}})
	if err := got.Validate(); err != nil {
		t.Fatal(err)
	}
	// Three rows of microwave and one of the router go, two rows come.
	if len(got.Rows) != n-2 || len(table.Rows) != n {
		t.Errorf("%d rows of %d, %d left in the table", len(got.Rows), n, len(table.Rows))
	}
	q, err := got.Price([]Need{{Item: Microwave, Quantity: 2, SizeM: 20_000}})
	if err != nil || q.Lines[0].Unit != PerLink || q.CapexMinor != 0 { // 2 đồng are less than a cent
		t.Errorf("%+v, %v", q, err)
	}
}

func TestPriceRefuses(t *testing.T) {
	table := Default()
	for _, c := range []struct {
		need Need
		want error
	}{
		{Need{Item: "helicopter", Quantity: 1}, ErrNoRow},
		{Need{Item: Tower, Quantity: -1}, ErrRange},
		{Need{Item: Tower, Quantity: math.NaN()}, ErrRange},
		{Need{Item: Tower, Quantity: 1e15}, ErrRange},
	} {
		if _, err := table.Price([]Need{c.need}); !errors.Is(err, c.want) {
			t.Errorf("%+v: %v, expected %v", c.need, err, c.want)
		}
	}
	table.Rates = nil
	table.Currency = VND
	if _, err := table.Price([]Need{{Item: Tower, Quantity: 1}}); !errors.Is(err, ErrNoRate) {
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
		{"rows[2].amount", func(t *Table) { t.Rows[2].Amount = -5 }},
		{"rows[3].unit", func(t *Table) { t.Rows[3].Unit = "dozen" }},
		{"rows[4].currency", func(t *Table) { t.Rows[4].Currency, t.Rates = VND, nil }},
		{"rows[1].unit", func(t *Table) { t.Rows[1].Unit = PerYear }},
		{"rows[0].life_years", func(t *Table) { t.Rows[0].LifeYears = -1 }},
		{"rows[0].up_to_m", func(t *Table) { t.Rows[0].UpToM = math.Inf(1) }},
		{"rows[0].year", func(t *Table) { t.Rows[0].Year = 25 }},
		{"rows[0].item", func(t *Table) { t.Rows[0].Item = Operation }},
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
		less, err := table.Price([]Need{{Item: row.Item, Quantity: a, SizeM: row.UpToM}})
		if err != nil {
			t.Fatal(err)
		}
		more, err := table.Price([]Need{{Item: row.Item, Quantity: b, SizeM: row.UpToM}})
		if err != nil {
			t.Fatal(err)
		}
		if more.CapexMinor < less.CapexMinor || more.LifetimeMinor < less.LifetimeMinor || more.LifetimeMinor < more.CapexMinor {
			t.Fatalf("%v of %s: %+v; %v: %+v", a, row.Item, less, b, more)
		}
	})
}

// The sums of a quote are those of its lines.
func TestQuoteIsItsLines(t *testing.T) {
	table := Default()
	rapid.Check(t, func(t *rapid.T) {
		table.Terms.Years = rapid.IntRange(0, 30).Draw(t, "years")
		var needs []Need
		for range rapid.IntRange(0, 8).Draw(t, "n") {
			needs = append(needs, Need{
				Item:     rapid.SampledFrom(table.Rows).Draw(t, "row").Item,
				Quantity: rapid.Float64Range(0, 100).Draw(t, "quantity"), SizeM: rapid.Float64Range(0, 40_000).Draw(t, "size"),
			})
		}
		q, err := table.Price(needs)
		if err != nil {
			t.Fatal(err)
		}
		var capex, opex int64
		life := 0.0
		for _, l := range q.Lines {
			if l.Minor < 0 || l.Item == "" {
				t.Fatalf("%+v", l)
			}
			switch l.Kind {
			case Capex:
				capex += l.Minor
				life += float64(l.Minor)
			case Opex:
				opex += l.Minor
				for y := 1; y <= table.Terms.Years; y++ {
					life += float64(l.Minor) / math.Pow(1+table.Terms.DiscountRate, float64(y))
				}
			case Replacement:
				if l.Year <= 0 || l.Year >= table.Terms.Years {
					t.Fatalf("%+v", l)
				}
				life += float64(l.Minor) / math.Pow(1+table.Terms.DiscountRate, float64(l.Year))
			}
		}
		// The lifetime is rounded to a minor unit; sums in another order differ by 1e-15 a term.
		if capex != q.CapexMinor || opex != q.OpexMinor || math.Abs(life-float64(q.LifetimeMinor)) > 0.5+1e-9*life {
			t.Fatalf("lines %d, %d, %g; quote %+v", capex, opex, life, q)
		}
	})
}

func ExampleTable_Price() {
	table := Default()
	q, err := table.Price([]Need{{Item: Tower, Quantity: 30}, {Item: SectorAntenna, Quantity: 3}})
	if err != nil {
		fmt.Println(err)
		return
	}
	for _, l := range q.Lines {
		fmt.Println(l.Item, table.Currency.Amount(l.Minor), table.Currency)
	}
	_, err = table.Price([]Need{{Item: "helicopter", Quantity: 1}})
	fmt.Println(strings.TrimPrefix(err.Error(), "cost: "))
	// Output:
	// tower 30000 USD
	// sector_antenna 4500 USD
	// operation 3450 USD
	// no row for item: "helicopter"; add one to the cost table
}
