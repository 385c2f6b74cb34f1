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
	"strings"

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

// Item is what a row prices: what templates and the power and backhaul of a site ask
// for. A table that prices anything else is refused, since nothing would be charged.
type Item string

// The items of a new site.
const (
	Survey       Item = "survey_and_acquisition"
	Tower        Item = "tower" // by structure type and height
	CivilWorks   Item = "civil_works"
	Transport    Item = "transport"
	Access       Item = "access_road" // from the nearest road to the mast
	Installation Item = "installation"

	SectorAntenna Item = "sector_antenna" // by technology
	RemoteRadio   Item = "remote_radio"   // by technology
	Baseband      Item = "baseband"       // by technology
	Router        Item = "router"
	Repeater      Item = "repeater" // with its two antennas

	GridPower   Item = "power_grid"        // rectifier and back-up battery of a site on the grid
	PowerLine   Item = "power_line"        // from the nearest line to the mast
	Transformer Item = "power_transformer" // at the end of a new line
	SolarPanel  Item = "solar_panel"
	Battery     Item = "battery"
	Generator   Item = "generator"
	Electricity Item = "electricity"
	Fuel        Item = "fuel"

	Microwave        Item = "backhaul_microwave" // one link with both its ends, by length
	Fibre            Item = "backhaul_fibre"
	Satellite        Item = "backhaul_satellite"
	SatelliteService Item = "satellite_service"

	Rental Item = "site_rental"
)

// Items that no row prices: lines that follow from [Terms].
const (
	Operation Item = "operation" // Terms.OpexShare of the investment
)

// Unit is what one of an item is.
type Unit string

// The units. Those of a year are running costs, not part of the investment.
const (
	PerSite      Unit = "site"
	PerSector    Unit = "sector"
	PerLink      Unit = "link"
	PerMetre     Unit = "m"
	PerKm        Unit = "km"
	PerKW        Unit = "kW" // of panels: kWp
	PerKWh       Unit = "kWh"
	PerYear      Unit = "year"
	PerKWhYear   Unit = "kWh/year"
	PerLitreYear Unit = "litre/year"

	ofCapex Unit = "of investment/year" // of Operation lines alone
)

var units = []Unit{PerSite, PerSector, PerLink, PerMetre, PerKm, PerKW, PerKWh, PerYear, PerKWhYear, PerLitreYear}

// Running says whether the unit is that of a running cost.
func (u Unit) Running() bool { return strings.HasSuffix(string(u), "year") }

// Row is the price of one item, or of one item of a variant and size: rows of one
// item differ in Variant or UpToM.
type Row struct {
	Item Item `yaml:"item" json:"item"`
	// Variant is the kind that the row prices: a structure type, or a technology.
	// The empty variant prices every kind that no other row names.
	Variant string `yaml:"variant,omitempty" json:"variant,omitempty"`
	// UpToM is the largest size that the row prices, in metres: the height of a
	// structure, the length of a microwave hop. 0 sets no limit. Of the rows that
	// are large enough the smallest is taken.
	UpToM     float64  `yaml:"up_to_m,omitempty" json:"up_to_m,omitempty"`
	Amount    float64  `yaml:"amount" json:"amount"` // in the currency's own unit, 0 or more
	Unit      Unit     `yaml:"unit" json:"unit"`
	Currency  Currency `yaml:"currency" json:"currency"`
	LifeYears int      `yaml:"life_years,omitempty" json:"life_years,omitempty"` // bought again after so many; 0 outlives the plan
	Source    string   `yaml:"source" json:"source"`                             // who says so
	Year      int      `yaml:"year,omitempty" json:"year,omitempty"`             // of the price, 0 when the source states none
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
	type kind struct {
		item    Item
		variant string
		upToM   float64
	}
	seen := map[kind]int{}
	unit := map[Item]Unit{}
	for i, r := range t.Rows {
		field := fmt.Sprintf("rows[%d]", i)
		if r.Item == "" {
			return wrong(field+".item", "none", "what the row prices")
		}
		if r.Item == Operation {
			return wrong(field+".item", fmt.Sprintf("%q", r.Item), "another item: this one follows from terms.opex_share")
		}
		k := kind{r.Item, r.Variant, r.UpToM}
		if first, twice := seen[k]; twice {
			return wrong(field+".item", fmt.Sprintf("%q, also in rows[%d]", r.Item, first), "one row for each item, variant and up_to_m")
		}
		seen[k] = i
		if !(r.UpToM >= 0) || math.IsInf(r.UpToM, 0) {
			return wrong(field+".up_to_m", fmt.Sprint(r.UpToM), "metres, 0 for no limit")
		}
		if !(r.Amount >= 0) || math.IsInf(r.Amount, 0) {
			return wrong(field+".amount", fmt.Sprint(r.Amount), "an amount of 0 or more")
		}
		if !slices.Contains(units, r.Unit) {
			return wrong(field+".unit", fmt.Sprintf("%q", r.Unit), unitNames())
		}
		if u, ok := unit[r.Item]; ok && !alike(u, r.Unit) {
			return wrong(field+".unit", fmt.Sprintf("%q", r.Unit), fmt.Sprintf("%q as in the other rows of %s", u, r.Item))
		}
		unit[r.Item] = r.Unit
		want, known := needed[r.Item]
		if !known {
			return unknownItem(field+".item", r.Item)
		}
		if !alike(want, r.Unit) {
			return wrong(field+".unit", fmt.Sprintf("%q", r.Unit), fmt.Sprintf("%q, in which %s is counted", want, r.Item))
		}
		if err := currency(field+".currency", r.Currency); err != nil {
			return err
		}
		if r.Currency != t.Currency {
			if _, err := t.rate(r.Currency); err != nil {
				return wrong(field+".currency", fmt.Sprintf("%s without a rate to %s", r.Currency, t.Currency), "a row under rates")
			}
		}
		if r.LifeYears < 0 || r.LifeYears > 100 {
			return wrong(field+".life_years", fmt.Sprint(r.LifeYears), "1 to 100 years, or 0 for what outlives the plan")
		}
		if r.LifeYears > 0 && r.Unit.Running() {
			return wrong(field+".life_years", fmt.Sprint(r.LifeYears), "nothing: a running cost is not bought again")
		}
		if r.Source == "" {
			return wrong(field+".source", "none", "who states the price")
		}
		if r.Year != 0 && (r.Year < 1900 || r.Year > 2200) {
			return wrong(field+".year", fmt.Sprint(r.Year), "a year, or 0 when the source states none")
		}
	}
	return nil
}

// alike says whether two units can price one item: they are equal, or price a
// structure whole and by the metre.
func alike(a, b Unit) bool {
	sized := func(u Unit) bool { return u == PerSite || u == PerMetre }
	return a == b || sized(a) && sized(b)
}

// needed is the unit in which this program counts the items it asks for.
var needed = map[Item]Unit{
	Survey: PerSite, Tower: PerMetre, CivilWorks: PerSite, Transport: PerSite, Access: PerKm, Installation: PerSite,
	SectorAntenna: PerSector, RemoteRadio: PerSector, Baseband: PerSite, Router: PerSite, Repeater: PerSite,
	GridPower: PerSite, PowerLine: PerKm, Transformer: PerSite, SolarPanel: PerKW, Battery: PerKWh, Generator: PerKW,
	Electricity: PerKWhYear, Fuel: PerLitreYear,
	Microwave: PerLink, Fibre: PerKm, Satellite: PerSite, SatelliteService: PerYear, Rental: PerYear,
}

// unknownItem refuses an item, and names the one that was meant.
func unknownItem(field string, item Item) error {
	var known []string
	for i := range needed {
		known = append(known, string(i))
	}
	slices.Sort(known)
	err := &geo.InputError{Field: field, Found: fmt.Sprintf("%q", item), Expected: strings.Join(known, ", "), Err: ErrTable}
	err.Hint = geo.DidYouMean(string(item), known)
	return err
}

func unitNames() string {
	names := make([]string, len(units))
	for i, u := range units {
		names[i] = string(u)
	}
	return strings.Join(names, ", ")
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

// With gives the table with rows in place of its own rows of the same item, so
// that a file of a few prices replaces those and keeps the others.
func (t Table) With(rows []Row) Table {
	given := map[Item]bool{}
	for _, r := range rows {
		given[r.Item] = true
	}
	kept := make([]Row, 0, len(t.Rows)+len(rows))
	for _, r := range t.Rows {
		if !given[r.Item] {
			kept = append(kept, r)
		}
	}
	kept = append(kept, rows...)
	t.Rows = kept
	return t
}

// Need is so much of an item.
type Need struct {
	Item     Item
	Quantity float64 // in units of the item's row
	Variant  string  // the kind wanted: a structure type, or a technology; "" takes the row without variant
	// SizeM is the height of a structure or the length of a hop in metres, for rows
	// with UpToM. A row of a whole structure (unit site) is taken once whatever the
	// Quantity of metres.
	SizeM float64
}

// row finds the row of a need.
func (t *Table) row(n *Need) (Row, error) {
	best := -1
	known, variants := false, false
	better := func(a, b *Row) bool {
		if (a.Variant == "") != (b.Variant == "") {
			return a.Variant != ""
		}
		return a.UpToM != 0 && (b.UpToM == 0 || a.UpToM < b.UpToM)
	}
	for i := range t.Rows {
		r := &t.Rows[i]
		if r.Item != n.Item {
			continue
		}
		known = true
		if r.Variant != "" && r.Variant != n.Variant {
			continue
		}
		variants = true
		if r.UpToM != 0 && n.SizeM > r.UpToM {
			continue
		}
		if best < 0 || better(r, &t.Rows[best]) {
			best = i
		}
	}
	switch {
	case best >= 0:
		return t.Rows[best], nil
	case !known:
		return Row{}, fmt.Errorf("%w: %q; add one to the cost table", ErrNoRow, n.Item)
	case !variants:
		return Row{}, fmt.Errorf("%w: %q of variant %q; add one to the cost table, or one without variant", ErrNoRow, n.Item, n.Variant)
	}
	return Row{}, fmt.Errorf("%w: %q of %g m; add one to the cost table, or one without up_to_m", ErrNoRow, n.Item, n.SizeM)
}

// LineKind says when a line is paid.
type LineKind string

// The kinds of line.
const (
	Capex       LineKind = "capex"       // at the start
	Opex        LineKind = "opex"        // at the end of every year
	Replacement LineKind = "replacement" // at the end of Line.Year
)

// Line is a priced need.
type Line struct {
	Item     Item     `yaml:"item" json:"item"`
	Variant  string   `yaml:"variant,omitempty" json:"variant,omitempty"`
	Kind     LineKind `yaml:"kind" json:"kind"`
	Year     int      `yaml:"year,omitempty" json:"year,omitempty"` // of a replacement, counted from the start
	Quantity float64  `yaml:"quantity" json:"quantity"`
	Unit     Unit     `yaml:"unit" json:"unit"`
	Minor    int64    `yaml:"minor" json:"minor"` // minor units of the table's currency, not discounted
}

// Quote is what something costs, in minor units of the table's currency. Every
// part of its sums is a line.
type Quote struct {
	Lines         []Line // needs in their order, then replacements by year, then the share of operation
	CapexMinor    int64  // the investment
	OpexMinor     int64  // a year
	LifetimeMinor int64  // investment, running cost and replacements over Terms.Years, discounted
}

// Price prices needs in their order. Needs of quantity 0 are left out. The error
// wraps ErrNoRow when an item has no row, ErrNoRate, or ErrRange.
func (t *Table) Price(needs []Need) (Quote, error) {
	var q Quote
	var again []Line
	var replacements float64 // discounted
	for i := range needs {
		n := &needs[i]
		if n.Quantity == 0 {
			continue
		}
		row, err := t.row(n)
		if err != nil {
			return Quote{}, err
		}
		rate, err := t.rate(row.Currency)
		if err != nil {
			return Quote{}, fmt.Errorf("item %q: %w", n.Item, err)
		}
		quantity := n.Quantity
		if row.Unit == PerSite && needed[n.Item] == PerMetre && quantity > 0 {
			quantity = 1
		}
		minor, err := t.Currency.Minor(row.Amount * rate * quantity)
		if err != nil {
			return Quote{}, fmt.Errorf("item %q: %w", n.Item, err)
		}
		line := Line{Item: n.Item, Variant: row.Variant, Kind: Capex, Quantity: quantity, Unit: row.Unit, Minor: minor}
		if row.Unit.Running() {
			line.Kind = Opex
			q.OpexMinor += minor
		} else {
			q.CapexMinor += minor
		}
		q.Lines = append(q.Lines, line)
		if row.LifeYears == 0 {
			continue
		}
		// What falls due when the plan ends serves nobody within it.
		for year := row.LifeYears; year < t.Terms.Years; year += row.LifeYears {
			line.Kind, line.Year = Replacement, year
			again = append(again, line)
			replacements += t.discounted(minor, year)
		}
	}
	slices.SortStableFunc(again, func(a, b Line) int { return a.Year - b.Year })
	q.Lines = append(q.Lines, again...)
	if operation := int64(math.Round(t.Terms.OpexShare * float64(q.CapexMinor))); operation > 0 {
		q.Lines = append(q.Lines, Line{Item: Operation, Kind: Opex, Quantity: t.Terms.OpexShare, Unit: ofCapex, Minor: operation})
		q.OpexMinor += operation
	}
	life := float64(q.CapexMinor) + replacements
	for year := 1; year <= t.Terms.Years; year++ {
		life += t.discounted(q.OpexMinor, year)
	}
	if !(life <= maxMinor) {
		return Quote{}, fmt.Errorf("%w: %g minor units of %s", ErrRange, life, t.Currency)
	}
	q.LifetimeMinor = int64(math.Round(life))
	return q, nil
}

// discounted is the worth today of an amount paid at the end of a year.
func (t *Table) discounted(minor int64, year int) float64 {
	return float64(minor) / math.Pow(1+t.Terms.DiscountRate, float64(year))
}
