package main

import (
	"fmt"
	"io"
	"math"
	"strconv"
	"strings"
	"text/tabwriter"

	"github.com/covgap/covgap/cmd/covgap/lang"
	"github.com/covgap/covgap/cmd/covgap/pathloss"
	"github.com/covgap/covgap/coverage/propagation"
	"github.com/spf13/cobra"
)

func newModelsCommand(g *global) *cobra.Command {
	names := make([]string, 0, len(propagation.Models()))
	for _, m := range propagation.Models() {
		names = append(names, m.Name())
	}
	return &cobra.Command{
		Use:   "models [NAME]",
		Short: "List the propagation models, with their ranges and sources",
		Long: `List the propagation models: what each is for, the range its source states and
the source itself. With NAME also the columns that "covgap pathloss" reads for it.

Outside a stated range a model gives a number with a warning; those whose heights
are effective ones refuse instead.`,
		Example:   "  covgap models\n  covgap models p1812\n  covgap models --json",
		Args:      cobra.MaximumNArgs(1),
		ValidArgs: names,
		RunE: func(_ *cobra.Command, args []string) error {
			if len(args) == 1 {
				return runModel(g, args[0])
			}
			return runModels(g)
		},
	}
}

// purposes say what each model is for.
var purposes = map[string][2]string{
	"p1812":                {"coverage over terrain in daily use: the default", "phủ sóng theo địa hình, dùng hằng ngày: mặc định"},
	"itm":                  {"a second opinion over terrain, more pessimistic behind ridges", "đối chứng theo địa hình, bi quan hơn sau sườn núi"},
	"p526":                 {"terrain diffraction alone: quick, and simple to explain", "chỉ nhiễu xạ địa hình: nhanh, dễ giải thích"},
	"p525":                 {"free space: the least loss that can be expected", "không gian tự do: suy hao nhỏ nhất có thể"},
	"hata":                 {"small and medium towns on even ground", "đô thị nhỏ và vừa, địa hình bằng phẳng"},
	"hata-large":           {"large cities on even ground", "thành phố lớn, địa hình bằng phẳng"},
	"hata-suburban":        {"suburbs and villages on even ground", "ngoại ô và làng xã, địa hình bằng phẳng"},
	"hata-quasi-open":      {"fields with some houses and trees on even ground", "đồng ruộng có ít nhà cửa, cây cối, địa hình bằng phẳng"},
	"hata-open":            {"open fields on even ground", "đồng trống, địa hình bằng phẳng"},
	"cost231":              {"small and medium towns and suburbs on even ground", "đô thị nhỏ, vừa và ngoại ô, địa hình bằng phẳng"},
	"cost231-metropolitan": {"metropolitan centres on even ground", "trung tâm thành phố lớn, địa hình bằng phẳng"},
	"ehata":                {"towns over gentle terrain, from 1500 MHz to 3 GHz and beyond 20 km", "đô thị, địa hình thoải, 1500 MHz đến 3 GHz và xa hơn 20 km"},
	"ehata-suburban":       {"suburbs and villages over gentle terrain, 1500 MHz to 3 GHz", "ngoại ô và làng xã, địa hình thoải, 1500 MHz đến 3 GHz"},
	"ehata-open":           {"open fields over gentle terrain, 1500 MHz to 3 GHz", "đồng trống, địa hình thoải, 1500 MHz đến 3 GHz"},
	"tr38901-rma":          {"comparing with studies that use 3GPP's rural macro cell", "so sánh với nghiên cứu dùng ô macro nông thôn của 3GPP"},
	"tr38901-uma":          {"comparing with studies that use 3GPP's urban macro cell", "so sánh với nghiên cứu dùng ô macro đô thị của 3GPP"},
}

// modelShown is a model as covgap models lists it. A range without an end is null
// there.
type modelShown struct {
	Name             string        `json:"name"`
	Default          bool          `json:"default"`
	For              string        `json:"for"`
	Source           string        `json:"source"`
	FrequencyMHz     [2]*float64   `json:"frequency_mhz"`
	DistanceKm       [2]*float64   `json:"distance_km"`
	TxHeightM        [2]*float64   `json:"tx_height_m"`
	RxHeightM        [2]*float64   `json:"rx_height_m"`
	TimePercent      [2]*float64   `json:"time_percent"`
	LocationPercent  [2]*float64   `json:"location_percent"`
	EffectiveHeights bool          `json:"effective_heights"`
	Notes            string        `json:"notes,omitempty"`
	Columns          []columnNamed `json:"pathloss_columns"`
}

type columnNamed struct {
	Names   []string `json:"names"` // the usual one first
	Meaning string   `json:"meaning"`
	Absent  string   `json:"absent,omitempty"` // what an optional column stands at
}

func newModelShown(l lang.Lang, m propagation.Model) modelShown {
	v := m.Validity()
	limits := func(least, most float64) (r [2]*float64) {
		if least != 0 {
			r[0] = &least
		}
		if most != 0 {
			r[1] = &most
		}
		return r
	}
	p := purposes[m.Name()]
	s := modelShown{
		Name: m.Name(), Default: m == propagation.Models()[0], For: l.T(p[0], p[1]), Source: v.Source,
		FrequencyMHz:     limits(v.MinFrequencyMHz, v.MaxFrequencyMHz),
		DistanceKm:       limits(v.MinDistanceKm, v.MaxDistanceKm),
		TxHeightM:        limits(v.MinTxHeightM, v.MaxTxHeightM),
		RxHeightM:        limits(v.MinRxHeightM, v.MaxRxHeightM),
		TimePercent:      limits(v.MinTimePercent, v.MaxTimePercent),
		LocationPercent:  limits(v.MinLocationPct, v.MaxLocationPct),
		EffectiveHeights: v.EffectiveHeights, Notes: v.Notes,
		Columns: []columnNamed{{Names: []string{"id"}, Meaning: "the profile's id"}},
	}
	for _, c := range pathloss.Columns(m) {
		s.Columns = append(s.Columns, columnNamed{c.Names, c.Meaning, c.Absent})
	}
	return s
}

func runModels(g *global) error {
	models := propagation.Models()
	shown := make([]modelShown, len(models))
	for i, m := range models {
		shown[i] = newModelShown(g.lang, m)
	}
	if g.json {
		return printJSON(g, struct {
			Models []modelShown `json:"models"`
		}{shown})
	}
	l := g.lang
	w := &stickyWriter{w: g.stdout}
	tw := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	fmt.Fprintln(tw, l.T("model\tMHz\tkm\ttransmitter m\treceiver m\tsource\tfor", "mô hình\tMHz\tkm\tđài phát m\tmáy thu m\tnguồn\tdùng cho"))
	for i := range shown {
		s := &shown[i]
		tx := rangeText(l, s.TxHeightM)
		if s.EffectiveHeights {
			tx += " *"
		}
		fmt.Fprintf(tw, "%s\t%s\t%s\t%s\t%s\t%s\t%s\n", s.Name, rangeText(l, s.FrequencyMHz), rangeText(l, s.DistanceKm), tx, rangeText(l, s.RxHeightM), s.Source, s.For)
	}
	_ = tw.Flush() // w keeps the error
	fmt.Fprintln(w, l.T("\n* above the surroundings; the model refuses outside its range, all others warn",
		"\n* so với xung quanh; mô hình từ chối ngoài phạm vi, các mô hình khác cảnh báo"))
	return w.err
}

// rangeText writes a range that may lack an end.
func rangeText(l lang.Lang, r [2]*float64) string {
	number := func(v float64) string {
		_, fraction, _ := strings.Cut(strconv.FormatFloat(v, 'f', -1, 64), ".")
		return l.Float(v, len(fraction))
	}
	switch {
	case r[0] != nil && r[1] != nil:
		return number(*r[0]) + "–" + number(*r[1])
	case r[0] != nil:
		return "≥ " + number(*r[0])
	case r[1] != nil:
		return "≤ " + number(*r[1])
	}
	return "–"
}

func runModel(g *global, name string) error {
	m, err := propagation.Lookup(name)
	if err != nil {
		return usageError{err}
	}
	s := newModelShown(g.lang, m)
	if g.json {
		return printJSON(g, s)
	}
	w := &stickyWriter{w: g.stdout}
	printModel(w, g.lang, &s)
	return w.err
}

func printModel(w io.Writer, l lang.Lang, s *modelShown) {
	fmt.Fprintf(w, "%s: %s\n%s\n", s.Name, s.For, s.Source)
	if s.Notes != "" {
		fmt.Fprintln(w, s.Notes)
	}
	tw := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	transmitter := l.T("transmitter height", "độ cao ăng-ten phát")
	if s.EffectiveHeights {
		transmitter = l.T("transmitter height above the surroundings", "độ cao ăng-ten phát so với xung quanh")
	}
	fmt.Fprintln(tw)
	for _, row := range []struct {
		name  string
		limit [2]*float64
		unit  string
	}{
		{l.T("frequency", "tần số"), s.FrequencyMHz, "MHz"},
		{l.T("distance", "cự ly"), s.DistanceKm, "km"},
		{transmitter, s.TxHeightM, "m"},
		{l.T("receiver height", "độ cao ăng-ten thu"), s.RxHeightM, "m"},
		{l.T("share of time", "tỷ lệ thời gian"), s.TimePercent, "%"},
		{l.T("share of locations", "tỷ lệ vị trí"), s.LocationPercent, "%"},
	} {
		if row.limit[0] == nil && row.limit[1] == nil {
			fmt.Fprintf(tw, "%s\t–\n", row.name)
			continue
		}
		fmt.Fprintf(tw, "%s\t%s %s\n", row.name, rangeText(l, row.limit), row.unit)
	}
	fmt.Fprintln(tw, l.T("\ncolumn of cases\tmeaning\twhen missing", "\ncột của bảng\tý nghĩa\tkhi không có"))
	for _, c := range s.Columns {
		absent := c.Absent
		if absent == "" {
			absent = l.T("an error", "lỗi")
		}
		fmt.Fprintf(tw, "%s\t%s\t%s\n", strings.Join(c.Names, " | "), c.Meaning, absent)
	}
	_ = tw.Flush() // w keeps the error
}

// finite says whether a number can stand in JSON.
func finite(v float64) bool { return !math.IsNaN(v) && !math.IsInf(v, 0) }
