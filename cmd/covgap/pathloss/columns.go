package pathloss

import (
	"fmt"
	"math"
	"slices"
	"strings"

	"github.com/covgap/covgap/coverage/propagation"
	"github.com/covgap/covgap/geo"
	"github.com/covgap/covgap/geo/csvtable"
)

// Column is a column of cases.csv that a model reads.
type Column struct {
	// Names are the headers it may stand under, the usual one first. They say their
	// unit or coding, and so does what they fill: f_ghz and f_mhz are one column.
	Names    []string
	Meaning  string
	Optional bool   // else every case has to hold it: no loss depends on a value that nobody gave
	Absent   string // what is taken when an optional one is missing or empty
}

// link is what a case's columns fill.
type link struct {
	propagation.Link
	clutterM float64 // NaN: the profile's
}

// reading is a column under one of its names.
type reading struct {
	name string
	set  func(l *link, v float64) error
}

// column is a Column with how it is read.
type column struct {
	Column
	readings []reading
}

func newColumn(meaning string, readings ...reading) column {
	c := column{Column: Column{Meaning: meaning}, readings: readings}
	for _, r := range readings {
		c.Names = append(c.Names, r.name)
	}
	return c
}

func (c column) orElse(absent string) column {
	c.Optional, c.Absent = true, absent
	return c
}

// first gives c with the reading of that name as its usual one.
func (c column) first(name string) column {
	i := slices.Index(c.Names, name)
	c.Names, c.readings = slices.Clone(c.Names), slices.Clone(c.readings)
	c.Names[0], c.Names[i] = c.Names[i], c.Names[0]
	c.readings[0], c.readings[i] = c.readings[i], c.readings[0]
	return c
}

// expected is an error about a value; the position is added by the reader.
type expected string

func (e expected) Error() string { return string(e) }

// as reads a number into one member of the link, times a factor.
func as(name string, factor float64, member func(*link) *float64) reading {
	return reading{name, func(l *link, v float64) error {
		*member(l) = factor * v
		return nil
	}}
}

// nonZero is as for members whose zero stands for a default: a 0 in the file is not
// a wish for it.
func nonZero(name string, member func(*link) *float64) reading {
	return reading{name, func(l *link, v float64) error {
		if v == 0 {
			return expected("a number other than 0")
		}
		*member(l) = v
		return nil
	}}
}

// coded reads the polarisation from two numbers.
func coded(name string, horizontal, vertical float64) reading {
	return reading{name, func(l *link, v float64) error {
		switch v {
		case horizontal:
			l.Polarization = propagation.Horizontal
		case vertical:
			l.Polarization = propagation.Vertical
		default:
			return expected(fmt.Sprintf("%g for horizontal or %g for vertical", horizontal, vertical))
		}
		return nil
	}}
}

// whole reads a whole number.
func whole(name, want string, set func(l *link, n int) error) reading {
	return reading{name, func(l *link, v float64) error {
		if v != math.Trunc(v) || math.Abs(v) > 1e6 {
			return expected(want)
		}
		return set(l, int(v))
	}}
}

var (
	txHeight  = newColumn("transmitter's antenna above ground, m", as("h_tx_m", 1, func(l *link) *float64 { return &l.TxHeightM }))
	rxHeight  = newColumn("receiver's antenna above ground, m", as("h_rx_m", 1, func(l *link) *float64 { return &l.RxHeightM }))
	frequency = newColumn("frequency",
		as("f_ghz", 1000, func(l *link) *float64 { return &l.FrequencyMHz }),
		as("f_mhz", 1, func(l *link) *float64 { return &l.FrequencyMHz }))
	polarisation = newColumn("polarisation: 1 horizontal, 2 vertical; or 0 horizontal, 1 vertical",
		coded("pol_1h_2v", 1, 2), coded("pol_0h_1v", 0, 1))
	clutter = newColumn("representative clutter height on every sample, m",
		as("clutter_m", 1, func(l *link) *float64 { return &l.clutterM })).orElse("the profile's")
	lapseRate = newColumn("refractivity lapse rate ΔN through the lowest km, N-units/km",
		nonZero("deltaN", func(l *link) *float64 { return &l.Climate.DeltaN }))
	timeShare = newColumn("share of time in which the loss is not exceeded, %",
		nonZero("p_time_pct", func(l *link) *float64 { return &l.TimePercent }),
		nonZero("time_pct", func(l *link) *float64 { return &l.TimePercent }))
	locationShare = newColumn("share of locations at which the loss is not exceeded, %",
		nonZero("pL_location_pct", func(l *link) *float64 { return &l.LocationPercent }),
		nonZero("location_pct", func(l *link) *float64 { return &l.LocationPercent }))
	refractivity = newColumn("sea-level surface refractivity, N-units",
		nonZero("N0", func(l *link) *float64 { return &l.Climate.N0 }),
		nonZero("N_0", func(l *link) *float64 { return &l.Climate.N0 }))
)

// plainColumns are those of a model that asks for no more than every link has.
var plainColumns = []column{txHeight, rxHeight, frequency.first("f_mhz")}

// modelColumns are the columns of the models that ask for more.
var modelColumns = map[string][]column{
	"p1812": {
		txHeight, rxHeight, frequency, polarisation, timeShare, locationShare,
		newColumn("transmitter's latitude, degrees", as("lat_t", 1, func(l *link) *float64 { return &l.Tx[1] })),
		newColumn("transmitter's longitude, degrees", as("lon_t", 1, func(l *link) *float64 { return &l.Tx[0] })),
		newColumn("receiver's latitude, degrees", as("lat_r", 1, func(l *link) *float64 { return &l.Rx[1] })),
		newColumn("receiver's longitude, degrees", as("lon_r", 1, func(l *link) *float64 { return &l.Rx[0] })),
		lapseRate, refractivity, clutter,
	},
	"itm": {
		txHeight, rxHeight, frequency.first("f_mhz"), polarisation.first("pol_0h_1v"),
		newColumn("radio climate, 1 to 7", whole("climate", "a radio climate, 1 to 7", func(l *link, n int) error {
			if n < 1 || n > 7 {
				return expected("a radio climate, 1 to 7")
			}
			l.ITM.Climate = propagation.ITMClimate(n)
			return nil
		})),
		refractivity.first("N_0"),
		newColumn("relative permittivity of the ground", nonZero("epsilon", func(l *link) *float64 { return &l.ITM.Permittivity })),
		newColumn("conductivity of the ground, S/m", nonZero("sigma", func(l *link) *float64 { return &l.ITM.Conductivity })),
		newColumn("mode of variability: 0 to 3, plus 10, 20 or 30", whole("mdvar", "a mode of variability, 0 to 3 plus 10, 20 or 30", func(l *link, n int) (err error) {
			if l.ITM.Variability, err = propagation.ITMVariabilityOf(n); err != nil {
				return expected("a mode of variability, 0 to 3 plus 10, 20 or 30")
			}
			return nil
		})),
		timeShare.first("time_pct"), locationShare.first("location_pct"),
		newColumn("share of situations in which the loss is not exceeded, %",
			nonZero("situation_pct", func(l *link) *float64 { return &l.ITM.SituationPercent })),
	},
	"p526": {
		txHeight, rxHeight, frequency.first("f_mhz"), polarisation,
		lapseRate.orElse("an effective Earth radius of 4/3"), clutter,
	},
}

func columnsOf(m propagation.Model) []column {
	if c, ok := modelColumns[m.Name()]; ok {
		return c
	}
	return plainColumns
}

// Columns lists the columns of cases.csv that a model reads, beside id.
func Columns(m propagation.Model) []Column {
	var out []Column
	for _, c := range columnsOf(m) {
		out = append(out, c.Column)
	}
	return out
}

// bound is a column found in a file.
type bound struct {
	reading
	index int
	need  *column
}

// idColumn names the profile of a case.
const idColumn = "id"

// bind finds the columns of a model in a header. The error is about every column
// that is missing.
func bind(m propagation.Model, t *csvtable.Table, file string) (id int, found []bound, err error) {
	taken := make([]bool, len(t.Columns))
	take := func(name string) int {
		i := slices.Index(t.Columns, name)
		if i < 0 {
			i = slices.IndexFunc(t.Columns, func(c string) bool { return strings.EqualFold(c, name) })
		}
		if i >= 0 {
			taken[i] = true
		}
		return i
	}
	id = take(idColumn)
	var missing []string
	if id < 0 {
		missing = append(missing, idColumn)
	}
	columns := columnsOf(m)
	for k := range columns {
		c := &columns[k]
		i := -1
		for _, r := range c.readings {
			if i = take(r.name); i >= 0 {
				found = append(found, bound{r, i, c})
				break
			}
		}
		if i < 0 && !c.Optional {
			missing = append(missing, strings.Join(c.Names, " or "))
		}
	}
	if len(missing) == 0 {
		return id, found, nil
	}
	var free []string
	for i, c := range t.Columns {
		if !taken[i] {
			free = append(free, c)
		}
	}
	var hints []string
	for _, name := range missing {
		usual, _, _ := strings.Cut(name, " or ")
		if near := geo.Nearest(usual, free); near != "" {
			hints = append(hints, fmt.Sprintf("did you mean %s for %s?", near, usual))
		}
	}
	hints = append(hints, fmt.Sprintf("covgap models %s lists the columns", m.Name()))
	return 0, nil, &geo.InputError{
		Pos:      geo.Position{File: file, Line: 1},
		Field:    strings.Join(missing, ", "),
		Found:    "no such column among " + strings.Join(t.Columns, ", "),
		Expected: "every parameter of " + m.Name() + " in the header",
		Hint:     strings.Join(hints, "; "),
		Err:      ErrColumn,
	}
}
