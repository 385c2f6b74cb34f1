// Package power says how a mast can get electricity: from the grid that stands or
// comes, from the sun, or from the sun with a generator; how large each would be,
// and what it costs. Nothing is offered without a size and a price, and what
// cannot be offered says why.
package power

import (
	"cmp"
	"errors"
	"fmt"
	"math"
	"slices"
	"strings"

	"github.com/covgap/covgap/data"
	"github.com/covgap/covgap/geo/lineindex"
	"github.com/covgap/covgap/planner/cost"
	"github.com/paulmach/orb"
)

// ErrNone says that no supply is possible.
var ErrNone = errors.New("power: no supply is possible")

// Network is the grid as far as it is known: lines, and villages with electricity.
type Network struct {
	now     *lineindex.Index
	nowFrom []feeder     // one for each line of now
	later   []comingGrid // by year, rising
}

// comingGrid is what feeds new lines by a year.
type comingGrid struct {
	year  int
	lines *lineindex.Index
	from  []feeder // one for each of lines
}

type feeder struct {
	name    string
	year    int
	assumed bool
}

// NewNetwork collects what stands and what comes. A village feeds from its point:
// today when it has grid power, and, marked as assumed, when it does not say; from
// its grid_power_year when it has none.
func NewNetwork(lines []orb.LineString, villages []data.Village) *Network {
	n := &Network{}
	now := slices.Clone(lines)
	for range lines {
		n.nowFrom = append(n.nowFrom, feeder{name: "power line"})
	}
	type coming struct {
		feeder
		at orb.LineString
	}
	var later []coming
	for i := range villages {
		v := &villages[i]
		at := orb.LineString{v.Point()}
		switch {
		case v.GridPower == data.Yes, v.GridPower == data.Unknown && v.GridPowerYear == 0:
			now = append(now, at)
			n.nowFrom = append(n.nowFrom, feeder{name: "village " + v.ID, assumed: v.GridPower == data.Unknown})
		case v.GridPowerYear != 0:
			later = append(later, coming{feeder{name: "village " + v.ID, year: v.GridPowerYear}, at})
		}
	}
	n.now = lineindex.New(now)
	slices.SortStableFunc(later, func(a, b coming) int { return cmp.Compare(a.year, b.year) })
	var points []orb.LineString
	var from []feeder
	for i, c := range later {
		points, from = append(points, c.at), append(from, c.feeder)
		if i+1 == len(later) || later[i+1].year > c.year {
			n.later = append(n.later, comingGrid{c.year, lineindex.New(points), slices.Clone(from)})
		}
	}
	return n
}

// Option is one supply of a mast.
type Option struct {
	Kind    Kind
	Refused string // why it cannot be had, "" when it can; then nothing below is set but what led to it
	LoadW   float64

	// Of the grid.
	From    string  // what the new line starts from
	LineKm  float64 // of new line; 0 when the grid is at the mast
	Year    int     // from which the grid is there, 0 for today
	Assumed bool    // the village the line starts from does not say that it has grid power

	// Of the sun.
	PanelW           float64 // peak
	BatteryWh        float64
	GeneratorW       float64
	FuelLitresAYear  float64
	WorstMonth       int     // from 1
	IrradiationKWhM2 float64 // a day on the horizontal in the month it is sized for; in the mean month of a hybrid

	Needs []cost.Need
	Quote cost.Quote // of Needs
}

// atMastM is how near a line counts as at the mast: the connection itself is in
// the price of grid power.
const atMastM = 100

// Sizes are rounded up to what is sold.
const (
	panelStepW     = 100
	batteryStepWh  = 100
	generatorStepW = 500
)

const (
	hoursPerDay  = 24
	hoursPerYear = 8766
	dieselKWh    = 9.94 // in a litre, lower heating value, as OnSSET takes it
)

// Options gives each kind of the settings at a mast, in the order of the kinds,
// refused ones included. The error wraps cost.ErrNoRow, cost.ErrNoRate or
// cost.ErrRange.
func (s *Settings) Options(at orb.Point, loadW float64, n *Network, costs *cost.Table) ([]Option, error) {
	var out []Option
	for _, k := range kinds {
		if !slices.Contains(s.Kinds, k) {
			continue
		}
		var o Option
		switch k {
		case Grid:
			o = s.grid(at, loadW, n.now, n.nowFrom, "no power line and no village with grid power is known")
		case GridYear:
			o = s.gridYear(at, loadW, n)
		case Solar:
			o = s.solar(at[1], loadW)
		case Hybrid:
			o = s.hybrid(at[1], loadW)
		}
		o.Kind, o.LoadW = k, loadW
		if o.Needs != nil {
			var err error
			if o.Quote, err = costs.Price(o.Needs); err != nil {
				return nil, fmt.Errorf("power %s: %w", k, err)
			}
		}
		out = append(out, o)
	}
	return out, nil
}

// Choose gives the option that costs least over its life; of equals the first. The
// error wraps ErrNone and gives each reason when all are refused.
func Choose(options []Option) (Option, error) {
	best := -1
	var reasons []string
	for i := range options {
		o := &options[i]
		if o.Refused != "" {
			reasons = append(reasons, fmt.Sprintf("%s: %s", o.Kind, o.Refused))
			continue
		}
		if best < 0 || o.Quote.LifetimeMinor < options[best].Quote.LifetimeMinor {
			best = i
		}
	}
	if best < 0 {
		if reasons == nil {
			return Option{}, fmt.Errorf("%w: no kind is allowed", ErrNone)
		}
		return Option{}, fmt.Errorf("%w: %s", ErrNone, strings.Join(reasons, "; "))
	}
	return options[best], nil
}

func (s *Settings) grid(at orb.Point, loadW float64, lines *lineindex.Index, from []feeder, none string) Option {
	hit, ok := lines.Nearest(at)
	if !ok {
		return Option{Refused: none}
	}
	f := from[hit.Line]
	o := Option{From: f.name, Year: f.year, Assumed: f.assumed}
	if hit.DistanceM > atMastM {
		o.LineKm = hit.DistanceM * s.GridDetour / 1000
	}
	if o.LineKm > s.MaxGridKm {
		o.Refused = fmt.Sprintf("%.1f km of new line from %s, more than %g", o.LineKm, f.name, s.MaxGridKm)
		return o
	}
	o.Needs = []cost.Need{{Item: cost.GridPower, Quantity: 1}}
	if o.LineKm > 0 {
		o.Needs = append(o.Needs, cost.Need{Item: cost.PowerLine, Quantity: o.LineKm}, cost.Need{Item: cost.Transformer, Quantity: 1})
	}
	o.Needs = append(o.Needs, cost.Need{Item: cost.Electricity, Quantity: loadW * hoursPerYear / 1000})
	return o
}

// gridYear gives the grid from the nearest village that gets it in time: a line costs by
// its length. Where none does, the nearest of all says why.
func (s *Settings) gridYear(at orb.Point, loadW float64, n *Network) Option {
	const none = "no village states a year in which it gets grid power"
	for i := len(n.later) - 1; i >= 0; i-- { // years are rising, each with all before it
		if n.later[i].year <= s.GridWaitYear {
			return s.grid(at, loadW, n.later[i].lines, n.later[i].from, none)
		}
	}
	if len(n.later) == 0 {
		return Option{Refused: none}
	}
	all := &n.later[len(n.later)-1]
	o := s.grid(at, loadW, all.lines, all.from, none)
	if o.Refused == "" {
		o.Refused, o.Needs = fmt.Sprintf("the grid comes in %d", o.Year), nil
		if s.GridWaitYear > 0 {
			o.Refused += fmt.Sprintf(", after %d", s.GridWaitYear)
		}
	}
	return o
}

func upTo(v, step float64) float64 { return math.Ceil(v/step-1e-9) * step }

// dailyWh is what the panels must give a day, as all goes through the battery.
func (s *Settings) dailyWh(loadW float64) float64 { return loadW * hoursPerDay / s.BatteryEfficiency }

// panelW gives panels for so much a day at an irradiation in kWh/m² a day, which
// are hours of full sun, 1 kW/m².
func (s *Settings) panelW(dailyWh, irradiation float64) float64 {
	return upTo(dailyWh/(irradiation*(1-s.SystemLoss)), panelStepW)
}

func (s *Settings) batteryWh(loadW, days float64) float64 {
	return upTo(loadW*hoursPerDay*days/s.DepthOfDischarge, batteryStepWh)
}

func (s *Settings) solar(latitudeDeg, loadW float64) Option {
	months := s.months(latitudeDeg)
	worst := 0
	for m, v := range months {
		if v < months[worst] {
			worst = m
		}
	}
	o := Option{WorstMonth: worst + 1, IrradiationKWhM2: months[worst]}
	if !(months[worst] > 0) {
		o.Refused = fmt.Sprintf("no sun in month %d", worst+1)
		return o
	}
	o.PanelW = s.panelW(s.dailyWh(loadW), months[worst])
	if o.PanelW > s.MaxPanelW {
		o.Refused = fmt.Sprintf("%.1f kW of panels, more than %.1f", o.PanelW/1000, s.MaxPanelW/1000)
		return o
	}
	o.BatteryWh = s.batteryWh(loadW, s.AutonomyDays)
	o.Needs = []cost.Need{{Item: cost.SolarPanel, Quantity: o.PanelW / 1000}, {Item: cost.Battery, Quantity: o.BatteryWh / 1000}}
	return o
}

var daysOfMonth = [12]float64{31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31}

func (s *Settings) hybrid(latitudeDeg, loadW float64) Option {
	months := s.months(latitudeDeg)
	var mean float64
	for m, v := range months {
		mean += v * daysOfMonth[m] / 365
	}
	o := Option{IrradiationKWhM2: mean}
	daily := s.dailyWh(loadW)
	if mean > 0 {
		o.PanelW = min(s.panelW(daily, mean), math.Floor(s.MaxPanelW/panelStepW)*panelStepW)
	}
	o.BatteryWh = s.batteryWh(loadW, s.HybridAutonomyDays)
	o.GeneratorW = upTo(loadW*s.GeneratorShare, generatorStepW)
	worst := 0
	for m, v := range months {
		short := daily - o.PanelW*v*(1-s.SystemLoss)
		o.FuelLitresAYear += daysOfMonth[m] * max(0, short) / 1000 / (dieselKWh * s.FuelEfficiency)
		if v < months[worst] {
			worst = m
		}
	}
	o.WorstMonth = worst + 1
	o.Needs = []cost.Need{
		{Item: cost.SolarPanel, Quantity: o.PanelW / 1000}, {Item: cost.Battery, Quantity: o.BatteryWh / 1000},
		{Item: cost.Generator, Quantity: o.GeneratorW / 1000}, {Item: cost.Fuel, Quantity: o.FuelLitresAYear},
	}
	return o
}
