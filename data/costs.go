package data

import (
	"context"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/covgap/covgap/geo"
)

// CostRow is a row of a cost table: what one of an item costs, and who says so.
// Package planner/cost says which items there are and gives the rest its meaning.
type CostRow struct {
	Item      string
	Variant   string
	UpToM     float64 // 0 when not given
	Unit      string
	Amount    float64 // in the currency's own unit
	Currency  string
	LifeYears int // 0 when not given
	Source    string
	Year      int // 0 when not given
	Pos       geo.Position
}

var costSchema = Schema{
	Kind: Costs,
	Meaning: Meaning{
		EN: "Prices with their source. An item that is in the file replaces all default rows of that item; docs/costs.md lists the items.",
		VI: "Bảng đơn giá có ghi nguồn. Hạng mục có trong tệp thay cho mọi dòng mặc định của hạng mục đó; danh mục xem docs/costs.md.",
	},
	Geometry: "none",
	Columns: []Column{
		{
			Name: "item", Type: TypeText, Required: true,
			Meaning: Meaning{"what the row prices, such as tower or backhaul_fibre", "hạng mục, ví dụ tower, backhaul_fibre"},
			Aliases: []string{"hạng mục", "nội dung", "cost item"},
		},
		{
			Name: "variant", Type: TypeText,
			Meaning: Meaning{"kind that the row prices: a structure type, or a technology", "loại: loại cột, hoặc công nghệ"},
			Default: "every kind that no other row names",
			Aliases: []string{"loại", "type", "technology", "công nghệ"},
		},
		{
			Name: "up_to_m", Type: TypeNumber, Unit: "m", Range: &Range{0, 1e6},
			Meaning: Meaning{"largest height of structure, or length of hop, that the row prices", "chiều cao cột, hoặc chiều dài tuyến, lớn nhất mà dòng này áp dụng"},
			Default: "no limit",
			Aliases: []string{"đến m", "max height m", "max length m"},
		},
		{
			Name: "unit", Type: TypeEnum, Required: true,
			Values:  []string{"site", "sector", "link", "m", "km", "kW", "kWh", "year", "kWh/year", "litre/year"},
			Meaning: Meaning{"what one of the item is; with year it is a running cost", "đơn vị tính; có chữ year là chi phí hằng năm"},
			Aliases: []string{"đơn vị", "đơn vị tính", "đvt"},
		},
		{
			Name: "amount", Type: TypeNumber, Range: &Range{0, 1e15}, Required: true,
			Meaning: Meaning{"price of one, in the currency's own unit", "đơn giá"},
			Aliases: []string{"đơn giá", "giá", "price", "value", "cost"},
		},
		{
			Name: "currency", Type: TypeEnum, Values: []string{"USD", "VND"}, Required: true,
			Meaning: Meaning{"currency of the amount; other than the plan's needs an exchange rate", "loại tiền; khác với loại tiền của phương án thì cần tỷ giá"},
			Aliases: []string{"tiền tệ", "loại tiền"},
		},
		{
			Name: "life_years", Type: TypeCount, Unit: "years", Range: &Range{0, 100},
			Meaning: Meaning{"after how many years it is bought again", "số năm sử dụng, sau đó phải thay"},
			Default: "outlives the plan",
			Aliases: []string{"life", "tuổi thọ", "số năm sử dụng"},
		},
		{
			Name: "source", Type: TypeText, Required: true,
			Meaning: Meaning{"who states the price", "nguồn đơn giá"},
			Aliases: []string{"nguồn", "reference", "căn cứ"},
		},
		{
			Name: "year", Type: TypeCount, Range: &Range{1900, 2200},
			Meaning: Meaning{"year of the price", "năm của đơn giá"},
			Aliases: []string{"năm", "price year"},
		},
	},
}

// ReadCosts reads a cost table. Unlike other tables it is refused as a whole when a
// row is wrong, as a default would quietly stand in for it: the error is then that
// of the first such row.
func ReadCosts(ctx context.Context, path string, opt Options) ([]CostRow, *Report, error) {
	rd, err := newReader(Costs, opt)
	if err != nil {
		return nil, nil, err
	}
	var rows []CostRow
	err = rd.each(ctx, []string{path}, "", []string{"item", "unit", "amount", "currency", "source"}, func(r *row) {
		c := CostRow{
			Item: r.required("item"), Variant: r.text("variant", ""), Unit: r.oneOf("unit"), Currency: r.oneOf("currency"),
			Source: r.required("source"), Pos: r.f.Pos,
		}
		var given bool
		c.UpToM, _ = r.number("up_to_m", "")
		if c.Amount, given = r.number("amount", ""); !given {
			r.blank("amount")
		}
		life, _ := r.number("life_years", "")
		year, _ := r.number("year", "")
		c.LifeYears, c.Year = int(life), int(year)
		rows = append(rows, c)
	})
	if rd.report.Rejected > 0 {
		first := *rd.report.Rejects[0].Err
		if n := rd.report.Rejected; n > 1 {
			first.Hint = strings.TrimPrefix(fmt.Sprintf("%s; %d more rows are wrong", first.Hint, n-1), "; ")
		}
		return nil, rd.report, &first
	}
	if err != nil {
		return nil, rd.report, err
	}
	rd.arrange(&rd.schema)
	rd.report.Records = len(rows)
	return rows, rd.report, nil
}

// required gives a text that must be there.
func (r *row) required(column string) string {
	s := r.text(column, "")
	if s == "" {
		r.blank(column)
	}
	return s
}

func (r *row) blank(column string) {
	r.fail(column, geo.Field{}, &geo.InputError{Found: "blank", Expected: "a value in every row"})
}

// oneOf gives a value of an enum as the schema writes it.
func (r *row) oneOf(column string) string {
	fd, ok := r.field(column, "")
	if !ok {
		r.blank(column)
		return ""
	}
	values := r.b.columns[column].def.Values
	if i := slices.IndexFunc(values, func(v string) bool { return strings.EqualFold(v, fd.Value) }); i >= 0 {
		return values[i]
	}
	e := &geo.InputError{Found: strconv.Quote(fd.Value), Expected: strings.Join(values, ", ")}
	e.Hint = geo.DidYouMean(fd.Value, values)
	r.fail(column, fd, e)
	return ""
}
