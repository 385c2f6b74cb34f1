// Package criterion says which hexes and villages are served. What counts as weak
// is no constant of the program: it is a [Criterion], a named and versioned object
// of the project that every output carries.
package criterion

import (
	"errors"
	"fmt"
	"maps"
	"math"
	"slices"
	"strings"

	"github.com/covgap/covgap/coverage/linkbudget"
	"github.com/covgap/covgap/coverage/propagation"
	"github.com/covgap/covgap/data"
	"github.com/covgap/covgap/geo"
)

// ErrCriterion says that a criterion is incomplete or contradicts itself.
var ErrCriterion = errors.New("criterion: invalid criterion")

// Rule says what of a village must be served.
type Rule string

// The rules. For all but Centre the village's weight is spread over its hexes.
const (
	Centre     Rule = "centre"     // the hex of its centre point
	People     Rule = "people"     // a share of its people
	Households Rule = "households" // a share of its households
	Area       Rule = "area"       // a share of its habitable area
)

// Operators says whose signal counts.
type Operators string

// The values of Operators.
const (
	Any   Operators = "any"   // a hex is as good as its best operator
	Each  Operators = "each"  // a hex is as good as its worst operator, of all that have a layer
	Named Operators = "named" // one operator's signal alone
)

// Threshold is the levels of one technology, in dBm of its own quantity.
type Threshold struct {
	ServedDBm   float64 `yaml:"served_dbm" json:"served_dbm"`       // served from here on
	NoSignalDBm float64 `yaml:"no_signal_dbm" json:"no_signal_dbm"` // weak from here on, none below
}

// Criterion is when a hex and a village count as served.
//
// A hex is served when its level is reached at LocationProbability of its
// locations or more:
//
//	Q((ServedDBm - median) / σ) ≥ LocationProbability,  σ² = SigmaDB² + EntrySigmaDB²
//
// with the median from the map at 50 % of time and locations and Q the upper tail
// of the normal distribution. At a probability of 0.5 that is median ≥ ServedDBm,
// whatever σ is. Else the hex is weak when its median is at or above NoSignalDBm,
// else none. Indoors, the median building entry loss is taken off the median first.
// Loss and spread are those of ITU-R P.2109 for the Building at the sector's
// frequency, unless EntryLossDB states others.
//
// A village is served when at least TargetShare of its weight is (rule centre: when
// its centre is). Else it is none when less than NoneShare of its weight lies at or
// above NoSignalDBm (rule centre: when its centre is none), else weak. Below
// MinHouseholds it is not counted.
type Criterion struct {
	// Base names the criterion that ships whose values stand where a project file
	// states none. Reading it empties it.
	Base    string `yaml:"base,omitempty" json:"-"`
	Name    string `yaml:"name" json:"name"`
	Version int    `yaml:"version" json:"version"` // 1 or more

	Rule        Rule    `yaml:"rule" json:"rule"`
	TargetShare float64 `yaml:"target_share" json:"target_share"` // above 0, at most 1
	NoneShare   float64 `yaml:"none_share" json:"none_share"`     // 0 to 1

	// Thresholds holds the technologies that count. One that is not here serves
	// nobody, however strong it is.
	Thresholds map[data.Technology]Threshold `yaml:"thresholds" json:"thresholds"`

	LocationProbability float64 `yaml:"location_probability" json:"location_probability"` // above 0, below 1
	SigmaDB             float64 `yaml:"sigma_db" json:"sigma_db"`                         // of location variability, 0 or more

	Indoor bool `yaml:"indoor" json:"indoor"`
	// Building is the kind of building whose entry loss ITU-R P.2109 gives; read when
	// Indoor.
	Building propagation.BuildingType `yaml:"building,omitempty" json:"building,omitempty"`
	// EntryLossDB, above 0, is the median building entry loss in place of P.2109's at
	// every frequency, and EntrySigmaDB then its standard deviation; read when Indoor.
	EntryLossDB  float64 `yaml:"entry_loss_db" json:"entry_loss_db"`
	EntrySigmaDB float64 `yaml:"entry_sigma_db" json:"entry_sigma_db"`

	ReceiverHeightM float64 `yaml:"receiver_height_m" json:"receiver_height_m"` // above ground
	ReceiverGainDBi float64 `yaml:"receiver_gain_dbi" json:"receiver_gain_dbi"`
	BodyLossDB      float64 `yaml:"body_loss_db" json:"body_loss_db"`

	Operators Operators `yaml:"operators" json:"operators"`
	Operator  string    `yaml:"operator,omitempty" json:"operator,omitempty"` // when Operators is named

	MinHouseholds float64 `yaml:"min_households" json:"min_households"` // 0 counts every village
}

// Receiver gives the receiving end of a link budget.
func (c *Criterion) Receiver() linkbudget.Receiver {
	return linkbudget.Receiver{HeightM: c.ReceiverHeightM, GainDBi: c.ReceiverGainDBi, BodyLossDB: c.BodyLossDB}
}

// FloorDBm gives the median level, outdoors, from which a sector counts as a server
// of a hex and below which the hex is none: NoSignalDBm, and the entry loss indoors.
// A technology without threshold gives +Inf.
func (c *Criterion) FloorDBm(t data.Technology, frequencyMHz float64) float64 {
	th, ok := c.Thresholds[t]
	if !ok {
		return math.Inf(1)
	}
	lossDB, _ := c.EntryDB(frequencyMHz)
	return th.NoSignalDBm + lossDB
}

// Validate gives a [*geo.InputError] that wraps ErrCriterion and names the first
// field that is wrong.
func (c *Criterion) Validate() error {
	wrong := func(field, found, expected string) error {
		return &geo.InputError{Field: field, Found: found, Expected: expected, Err: ErrCriterion}
	}
	if strings.TrimSpace(c.Name) == "" {
		return wrong("name", "none", "a name that outputs carry")
	}
	if c.Version < 1 {
		return wrong("version", fmt.Sprint(c.Version), "1 or more")
	}
	if rules := []Rule{Centre, People, Households, Area}; !slices.Contains(rules, c.Rule) {
		return wrong("rule", fmt.Sprintf("%q", c.Rule), "centre, people, households or area")
	}
	if len(c.Thresholds) == 0 {
		return wrong("thresholds", "none", "served_dbm and no_signal_dbm of at least one technology")
	}
	for _, t := range slices.Sorted(maps.Keys(c.Thresholds)) {
		th, field := c.Thresholds[t], fmt.Sprintf("thresholds.%s", t)
		if linkbudget.Quantity(t) == "" {
			return wrong(field, fmt.Sprintf("technology %q", t), "GSM, UMTS, LTE or NR")
		}
		// The negated forms also refuse NaN.
		if !(th.ServedDBm >= -200 && th.ServedDBm < 0) {
			return wrong(field+".served_dbm", fmt.Sprint(th.ServedDBm), "a level in dBm, -200 to below 0")
		}
		if !(th.NoSignalDBm >= -200 && th.NoSignalDBm <= th.ServedDBm) {
			return wrong(field+".no_signal_dbm", fmt.Sprint(th.NoSignalDBm), fmt.Sprintf("a level in dBm at most served_dbm (%g)", th.ServedDBm))
		}
	}
	entry := !c.Indoor // entry loss is read indoors alone
	if _, _, err := propagation.BuildingEntryLoss(entryFrequencyMHz(0), 0, c.Building); err != nil && (c.Building != "" || c.Indoor && c.EntryLossDB == 0) {
		return wrong("building", fmt.Sprintf("%q", c.Building), fmt.Sprintf("%s or %s, or an entry_loss_db above 0, with indoor: true", propagation.TraditionalBuilding, propagation.EfficientBuilding))
	}
	for _, f := range []struct {
		field    string
		value    float64
		ok       bool // false for NaN
		expected string
	}{
		{"target_share", c.TargetShare, c.TargetShare > 0 && c.TargetShare <= 1, "a share above 0, at most 1"},
		{"none_share", c.NoneShare, c.NoneShare >= 0 && c.NoneShare <= 1, "a share of 0 to 1"},
		{"location_probability", c.LocationProbability, c.LocationProbability > 0 && c.LocationProbability < 1, "a probability above 0, below 1"},
		{"sigma_db", c.SigmaDB, c.SigmaDB >= 0 && c.SigmaDB <= 30, "0 to 30 dB"},
		{"entry_loss_db", c.EntryLossDB, entry || c.EntryLossDB >= 0 && c.EntryLossDB <= 100, "0 to 100 dB; 0 is that of ITU-R P.2109 for the building"},
		{"entry_sigma_db", c.EntrySigmaDB, entry || c.EntrySigmaDB >= 0 && c.EntrySigmaDB <= 30, "0 to 30 dB"},
		{"receiver_height_m", c.ReceiverHeightM, c.ReceiverHeightM > 0 && c.ReceiverHeightM <= 1000, "metres above ground, above 0, at most 1000"},
		{"receiver_gain_dbi", c.ReceiverGainDBi, c.ReceiverGainDBi >= -30 && c.ReceiverGainDBi <= 60, "-30 to 60 dBi"},
		{"body_loss_db", c.BodyLossDB, c.BodyLossDB >= 0 && c.BodyLossDB <= 60, "0 to 60 dB"},
		{"min_households", c.MinHouseholds, c.MinHouseholds >= 0, "0 or more"},
	} {
		if !f.ok {
			return wrong(f.field, fmt.Sprint(f.value), f.expected)
		}
	}
	switch c.Operators {
	case Any, Each:
		if c.Operator != "" {
			return wrong("operator", fmt.Sprintf("%q", c.Operator), fmt.Sprintf("nothing, with operators: %s", c.Operators))
		}
	case Named:
		if c.Operator == "" {
			return wrong("operator", "none", "the operator's name, with operators: named")
		}
	default:
		return wrong("operators", fmt.Sprintf("%q", c.Operators), "any, each or named")
	}
	return nil
}

// EntryDB gives the median building entry loss that the criterion takes off at a
// frequency and its standard deviation: 0 and 0 outdoors.
func (c *Criterion) EntryDB(frequencyMHz float64) (lossDB, sigmaDB float64) {
	switch {
	case !c.Indoor:
		return 0, 0
	case c.EntryLossDB > 0:
		return c.EntryLossDB, c.EntrySigmaDB
	}
	// A horizontal path: P.2109's elevation matters from tens of degrees on.
	lossDB, sigmaDB, err := propagation.BuildingEntryLoss(entryFrequencyMHz(frequencyMHz), 0, c.Building)
	if err != nil {
		panic(err) // Validate asks for one of the two buildings
	}
	return lossDB, sigmaDB
}

// entryFrequencyMHz keeps a frequency within the range of P.2109, beyond which no
// mobile network sends.
func entryFrequencyMHz(frequencyMHz float64) float64 { return min(max(frequencyMHz, 80), 100e3) }

// RequiredDBm gives the median level, outdoors, from which a technology serves a
// hex: its threshold, the entry loss indoors, and what the location probability
// asks beyond the median. A technology without threshold gives +Inf. The frequency
// is read indoors, for the entry loss.
func (c *Criterion) RequiredDBm(t data.Technology, frequencyMHz float64) float64 {
	th, ok := c.Thresholds[t]
	if !ok {
		return math.Inf(1)
	}
	lossDB, sigmaDB := c.EntryDB(frequencyMHz)
	// The inverse of Q((threshold - median)/σ) = p is median = threshold + σ·Φ⁻¹(p).
	quantile := math.Sqrt2 * math.Erfinv(2*c.LocationProbability-1)
	return th.ServedDBm + lossDB + math.Hypot(c.SigmaDB, sigmaDB)*quantile
}

// ServedProbability gives the share of a hex's locations at which a technology's
// threshold is reached, from the median level outdoors: Q((threshold - median)/σ).
// It is 0 for a technology without threshold and for NaN. The frequency is read
// indoors, for the entry loss.
func (c *Criterion) ServedProbability(t data.Technology, frequencyMHz, medianDBm float64) float64 {
	th, ok := c.Thresholds[t]
	if !ok || math.IsNaN(medianDBm) {
		return 0
	}
	lossDB, entrySigmaDB := c.EntryDB(frequencyMHz)
	short := th.ServedDBm + lossDB - medianDBm
	sigma := math.Hypot(c.SigmaDB, entrySigmaDB)
	if sigma == 0 {
		if short <= 0 {
			return 1
		}
		return 0
	}
	return 0.5 * math.Erfc(short/sigma/math.Sqrt2)
}

// Shifted gives the criterion that judges as this one would if every level were
// higher by so many decibels.
func (c *Criterion) Shifted(db float64) Criterion {
	shifted := *c
	shifted.Thresholds = make(map[data.Technology]Threshold, len(c.Thresholds))
	for t, th := range c.Thresholds {
		shifted.Thresholds[t] = Threshold{ServedDBm: th.ServedDBm - db, NoSignalDBm: th.NoSignalDBm - db}
	}
	return shifted
}

// Class gives the class of a hex from the median level outdoors of one technology.
// The frequency is read indoors, for the entry loss.
func (c *Criterion) Class(t data.Technology, frequencyMHz, medianDBm float64) data.Class {
	switch { // NaN is neither
	case medianDBm >= c.RequiredDBm(t, frequencyMHz):
		return data.Served
	case medianDBm >= c.FloorDBm(t, frequencyMHz):
		return data.Weak
	}
	return data.None
}
