// Package cost prices what can be built, from a table that the user edits. Every
// row carries its source, and nothing is priced without a row.
//
// Sums are int64 minor units of the table's currency: cents of a dollar, whole
// đồng. A price that no row gives is an error, never 0.
package cost

import (
	"errors"
	"fmt"
	"math"
	"slices"

	"github.com/covgap/covgap/geo"
)

// Errors of this package.
var (
	ErrTable  = errors.New("cost: invalid cost table")
	ErrNoRow  = errors.New("cost: no row for item")
	ErrNoRate = errors.New("cost: no exchange rate")
	ErrRange  = errors.New("cost: amount out of range")
)

// Currency is an ISO 4217 code.
type Currency string

// The currencies a table can hold.
const (
	USD Currency = "USD"
	VND Currency = "VND"
)

// MinorDigits is the number of decimals of the currency in ISO 4217: 2 for USD, 0
// for VND; -1 for a currency this program does not know.
func (c Currency) MinorDigits() int {
	switch c {
	case USD:
		return 2
	case VND:
		return 0
	}
	return -1
}

// Amount gives an amount of minor units in the currency's own unit.
func (c Currency) Amount(minor int64) float64 {
	return float64(minor) / math.Pow10(max(0, c.MinorDigits()))
}

// maxMinor is the largest amount: the largest whole number that float64 and every
// reader of JSON keep exactly.
const maxMinor = 1 << 53

// Minor rounds an amount in the currency's own unit to minor units. The error wraps
// ErrRange when it is negative or above 2^53.
func (c Currency) Minor(amount float64) (int64, error) {
	v := math.Round(amount * math.Pow10(max(0, c.MinorDigits())))
	if !(v >= 0 && v <= maxMinor) { // also NaN
		return 0, fmt.Errorf("%w: %g %s", ErrRange, amount, c)
	}
	return int64(v), nil
}

// Item is what a row prices. Tables may hold items of the user's own; these are
// the ones that templates ask for.
type Item string

// The items of a new site.
const (
	Survey       Item = "survey_and_acquisition"
	Tower        Item = "tower"
	CivilWorks   Item = "civil_works"
	Transport    Item = "transport"
	Installation Item = "installation"

	SectorAntenna Item = "sector_antenna"
	RemoteRadio   Item = "remote_radio"
	Baseband      Item = "baseband"
	Router        Item = "router"

	GridPower  Item = "power_grid"
	SolarPower Item = "power_solar"

	Microwave Item = "backhaul_microwave"
	Fibre     Item = "backhaul_fibre"
	Satellite Item = "backhaul_satellite"

	Rental Item = "site_rental"
)

// Unit is what one of an item is.
type Unit string

// The units.
const (
	PerSite   Unit = "site"
	PerSector Unit = "sector"
	PerLink   Unit = "link"
	PerMetre  Unit = "m"
	PerKm     Unit = "km"
	PerYear   Unit = "year" // a running cost, not part of the investment
)

var units = []Unit{PerSite, PerSector, PerLink, PerMetre, PerKm, PerYear}

// Row is the price of one item.
type Row struct {
	Item     Item     `yaml:"item" json:"item"`
	Value    float64  `yaml:"value" json:"value"` // in the currency's own unit, 0 or more
	Unit     Unit     `yaml:"unit" json:"unit"`
	Currency Currency `yaml:"currency" json:"currency"`
	Source   string   `yaml:"source" json:"source"`                 // who says so
	Year     int      `yaml:"year,omitempty" json:"year,omitempty"` // of the price, 0 when the source states none
}

// Rate is an exchange rate. It is used in both directions.
type Rate struct {
	From   Currency `yaml:"from" json:"from"`
	To     Currency `yaml:"to" json:"to"`
	Value  float64  `yaml:"value" json:"value"` // of To for one of From
	Source string   `yaml:"source" json:"source"`
	Date   string   `yaml:"date,omitempty" json:"date,omitempty"` // ISO 8601
}

// Terms turn an investment into what it costs over its life.
type Terms struct {
	OpexShare    float64 `yaml:"opex_share" json:"opex_share"`       // running cost a year as a share of the investment, beside the rows per year
	DiscountRate float64 `yaml:"discount_rate" json:"discount_rate"` // a year
	Years        int     `yaml:"years" json:"years"`
	Source       string  `yaml:"source" json:"source"`
}

// Table is all prices of a project.
type Table struct {
	Currency Currency `yaml:"currency" json:"currency"` // in which plans are priced
	Rates    []Rate   `yaml:"rates,omitempty" json:"rates,omitempty"`
	Terms    Terms    `yaml:"terms" json:"terms"`
	Rows     []Row    `yaml:"rows" json:"rows"`
}

// Sources of the default rows.
const (
	pytal = "pytal, E. J. Oughton's techno-economic assessment library"
	e3nb  = "e3nb, E. J. Oughton's model of universal broadband"
)

// Default gives the prices that a project starts with, in US dollars. No published
// price of a mountain base station in Vietnam is known; these come from studies
// that span many countries, differ between each other by a factor of two to
// three, and are there to be replaced.
func Default() Table {
	return Table{
		Currency: USD,
		Rates: []Rate{{
			From: USD, To: VND, Value: 24327,
			Source: "State Bank of Vietnam, central rate, as printed by baonghean.vn", Date: "2024-12-31",
		}},
		Terms: Terms{OpexShare: 0.10, DiscountRate: 0.05, Years: 10, Source: pytal},
		Rows: []Row{
			{Item: Survey, Value: 8700, Unit: PerSite, Currency: USD, Source: e3nb + ": site survey and acquisition"},
			{Item: Tower, Value: 1000, Unit: PerMetre, Currency: USD, Source: e3nb + ": a tower of 10 m for 10,000 USD, here taken by the metre"},
			{Item: CivilWorks, Value: 5000, Unit: PerSite, Currency: USD, Source: pytal + ": civil materials"},
			{Item: Transport, Value: 5000, Unit: PerSite, Currency: USD, Source: pytal + ": transportation"},
			{Item: Installation, Value: 5000, Unit: PerSite, Currency: USD, Source: pytal + ": installation"},
			{Item: SectorAntenna, Value: 1500, Unit: PerSector, Currency: USD, Source: pytal},
			{Item: RemoteRadio, Value: 4000, Unit: PerSector, Currency: USD, Source: pytal},
			{Item: Baseband, Value: 500, Unit: PerSite, Currency: USD, Source: pytal + ": baseband cabinet"},
			{Item: Router, Value: 2000, Unit: PerSite, Currency: USD, Source: pytal},
			{Item: GridPower, Value: 5000, Unit: PerSite, Currency: USD, Source: pytal + ": site power with battery, the grid being at the site"},
			{Item: SolarPower, Value: 12000, Unit: PerSite, Currency: USD, Source: e3nb + ": off-grid power"},
			{Item: Microwave, Value: 30000, Unit: PerLink, Currency: USD, Source: pytal + ": small microwave link"},
			{Item: Fibre, Value: 10680, Unit: PerKm, Currency: USD, Source: "Giga: 8,900 USD/km with a detour of 1.2"},
			{Item: Satellite, Value: 800, Unit: PerSite, Currency: USD, Source: "ITU: satellite terminal; Giga has 600, inframapkit 3,000"},
			{Item: Rental, Value: 1000, Unit: PerYear, Currency: USD, Source: pytal + ": rural site rental"},
		},
	}
}

// Validate gives a [*geo.InputError] that wraps ErrTable and names the first field
// that is wrong.
func (t *Table) Validate() error {
	wrong := func(field, found, expected string) error {
		return &geo.InputError{Field: field, Found: found, Expected: expected, Err: ErrTable}
	}
	currency := func(field string, c Currency) error {
		if c.MinorDigits() < 0 {
			return wrong(field, fmt.Sprintf("%q", c), "USD or VND")
		}
		return nil
	}
	if err := currency("currency", t.Currency); err != nil {
		return err
	}
	for i, r := range t.Rates {
		field := fmt.Sprintf("rates[%d]", i)
		if err := currency(field+".from", r.From); err != nil {
			return err
		}
		if err := currency(field+".to", r.To); err != nil {
			return err
		}
		if !(r.Value > 0) || math.IsInf(r.Value, 0) {
			return wrong(field+".value", fmt.Sprint(r.Value), "a rate above 0")
		}
		if r.Source == "" {
			return wrong(field+".source", "none", "who states the rate")
		}
	}
	if !(t.Terms.OpexShare >= 0 && t.Terms.OpexShare <= 1) {
		return wrong("terms.opex_share", fmt.Sprint(t.Terms.OpexShare), "a share of 0 to 1")
	}
	if !(t.Terms.DiscountRate >= 0 && t.Terms.DiscountRate <= 1) {
		return wrong("terms.discount_rate", fmt.Sprint(t.Terms.DiscountRate), "a rate of 0 to 1")
	}
	if t.Terms.Years < 0 || t.Terms.Years > 100 {
		return wrong("terms.years", fmt.Sprint(t.Terms.Years), "0 to 100 years")
	}
	seen := map[Item]int{}
	for i, r := range t.Rows {
		field := fmt.Sprintf("rows[%d]", i)
		if r.Item == "" {
			return wrong(field+".item", "none", "what the row prices")
		}
		if first, twice := seen[r.Item]; twice {
			return wrong(field+".item", fmt.Sprintf("%q, also in rows[%d]", r.Item, first), "one row for each item")
		}
		seen[r.Item] = i
		if !(r.Value >= 0) || math.IsInf(r.Value, 0) {
			return wrong(field+".value", fmt.Sprint(r.Value), "an amount of 0 or more")
		}
		if !slices.Contains(units, r.Unit) {
			return wrong(field+".unit", fmt.Sprintf("%q", r.Unit), "site, sector, link, m, km or year")
		}
		if err := currency(field+".currency", r.Currency); err != nil {
			return err
		}
		if r.Currency != t.Currency {
			if _, err := t.rate(r.Currency); err != nil {
				return wrong(field+".currency", fmt.Sprintf("%s without a rate to %s", r.Currency, t.Currency), "a row under rates")
			}
		}
		if r.Source == "" {
			return wrong(field+".source", "none", "who states the price")
		}
	}
	return nil
}

// rate gives how many of the table's currency one of c is.
func (t *Table) rate(c Currency) (float64, error) {
	if c == t.Currency {
		return 1, nil
	}
	for _, r := range t.Rates {
		switch {
		case r.From == c && r.To == t.Currency:
			return r.Value, nil
		case r.To == c && r.From == t.Currency:
			return 1 / r.Value, nil
		}
	}
	return 0, fmt.Errorf("%w: from %s to %s", ErrNoRate, c, t.Currency)
}

// Need is so much of an item.
type Need struct {
	Item     Item
	Quantity float64 // in units of the item's row
}

// Line is a priced need.
type Line struct {
	Item     Item    `yaml:"item" json:"item"`
	Quantity float64 `yaml:"quantity" json:"quantity"`
	Unit     Unit    `yaml:"unit" json:"unit"`
	Minor    int64   `yaml:"minor" json:"minor"` // minor units of the table's currency
}

// Quote is what something costs, in minor units of the table's currency.
type Quote struct {
	Lines         []Line
	CapexMinor    int64 // the investment: all lines but those per year
	OpexMinor     int64 // a year: the lines per year and the share of the investment
	LifetimeMinor int64 // investment and discounted running cost, paid at the end of each year
}

// Price prices needs in their order. Needs of quantity 0 are left out. The error
// wraps ErrNoRow when an item has no row, ErrNoRate, or ErrRange.
func (t *Table) Price(needs []Need) (Quote, error) {
	var q Quote
	for _, n := range needs {
		if n.Quantity == 0 {
			continue
		}
		i := slices.IndexFunc(t.Rows, func(r Row) bool { return r.Item == n.Item })
		if i < 0 {
			return Quote{}, fmt.Errorf("%w: %q; add one to the cost table", ErrNoRow, n.Item)
		}
		row := t.Rows[i]
		rate, err := t.rate(row.Currency)
		if err != nil {
			return Quote{}, fmt.Errorf("item %q: %w", n.Item, err)
		}
		minor, err := t.Currency.Minor(row.Value * rate * n.Quantity)
		if err != nil {
			return Quote{}, fmt.Errorf("item %q: %w", n.Item, err)
		}
		q.Lines = append(q.Lines, Line{Item: n.Item, Quantity: n.Quantity, Unit: row.Unit, Minor: minor})
		if row.Unit == PerYear {
			q.OpexMinor += minor
		} else {
			q.CapexMinor += minor
		}
	}
	q.OpexMinor += int64(math.Round(t.Terms.OpexShare * float64(q.CapexMinor)))
	life := float64(q.CapexMinor)
	for year := 1; year <= t.Terms.Years; year++ {
		life += float64(q.OpexMinor) / math.Pow(1+t.Terms.DiscountRate, float64(year))
	}
	if !(life <= maxMinor) {
		return Quote{}, fmt.Errorf("%w: %g minor units of %s", ErrRange, life, t.Currency)
	}
	q.LifetimeMinor = int64(math.Round(life))
	return q, nil
}
