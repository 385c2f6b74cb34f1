// Package compare says what became of the villages between two judgements of them:
// two dates of a network, or two plans for it. Villages that were split, merged or
// renamed in between are followed by a table of their ids, communes by one of their
// codes.
package compare

import (
	"errors"
	"fmt"
	"slices"

	"github.com/covgap/covgap/data"
	"github.com/covgap/covgap/geo"
)

// Errors of [Villages].
var (
	ErrNothingInCommon = errors.New("compare: no village of the one is in the other")
	ErrDuplicate       = errors.New("compare: a village id repeats")
	ErrUnknownID       = errors.New("compare: an id that no village has")
)

// Village is a village as one judgement has it.
type Village struct {
	ID             string
	Name           string
	CommuneCode    string
	Commune        string
	Class          data.Class
	ServedShare    float64 // of its weight, 0 to 1
	Population     float64 // 0 when not known
	PeopleUnserved float64 // 0 when the population is not known
	GridPower      data.Presence
}

// Gap says whether the village misses the criterion.
func (v *Village) Gap() bool { return v.Class == data.Weak || v.Class == data.None }

// Change is what became of a village's service.
type Change string

// The changes.
const (
	StaysServed  Change = "stays_served"
	BecameServed Change = "became_served"
	Remains      Change = "remains"      // a gap of the same class
	Better       Change = "better"       // a gap still: weak where there was no signal
	Worse        Change = "worse"        // a gap still: no signal where it was weak
	NewGap       Change = "new_gap"      // it was served
	NewVillage   Change = "new_village"  // there was none before
	Vanished     Change = "vanished"     // there is none any more
	NotCompared  Change = "not_compared" // one of the two judgements does not count it
)

// Changes lists the changes in the order in which they are shown.
func Changes() []Change {
	return []Change{BecameServed, Remains, Better, Worse, NewGap, NewVillage, Vanished, NotCompared, StaysServed}
}

// Relation says how a village came from those before.
type Relation string

// The relations.
const (
	Same      Relation = "same"
	Split     Relation = "split"     // one of several that one was divided into
	Merged    Relation = "merged"    // of several
	Regrouped Relation = "regrouped" // of several, which went to others too
	Added     Relation = "new"
	Gone      Relation = "vanished"
)

// Pair is a village after with those before it, or one that vanished.
type Pair struct {
	Before   []int // among those before, in order; none for a new village
	After    int   // among those after, -1 for one that vanished
	Relation Relation
	// ClassBefore is the worst of those before; "" for a new village.
	ClassBefore data.Class
	Change      Change
}

// Tally counts the villages of one side.
type Tally struct {
	Villages        int     `json:"villages"`
	Served          int     `json:"served"`
	Weak            int     `json:"weak"`
	None            int     `json:"none"`
	NotCounted      int     `json:"not_counted"`
	Gaps            int     `json:"gaps"`
	GapsWithoutGrid int     `json:"gaps_without_grid"`
	People          float64 `json:"people"`
	PeopleUnserved  float64 `json:"people_unserved"`
}

func (t *Tally) count(v *Village) {
	t.Villages++
	switch v.Class {
	case data.Served:
		t.Served++
	case data.Weak:
		t.Weak++
	case data.None:
		t.None++
	case data.NotCounted:
		t.NotCounted++
	}
	if v.Gap() {
		t.Gaps++
		if v.GridPower == data.No {
			t.GapsWithoutGrid++
		}
	}
	t.People += v.Population
	t.PeopleUnserved += v.PeopleUnserved
}

// Commune is what became of one commune's villages, under its code after.
type Commune struct {
	Code   string         `json:"code"`
	Name   string         `json:"name"`
	Before Tally          `json:"before"` // the villages before that belong to it now
	After  Tally          `json:"after"`
	Gaps   map[Change]int `json:"gaps"` // see [Result.GapsBefore] and [Result.GapsAfter]: became_served and vanished of before, the others of after
}

// Result is a comparison.
type Result struct {
	Pairs  []Pair // those after in their order, then those that vanished in theirs
	Before Tally
	After  Tally
	// GapsBefore says what became of each gap before, and adds up to Before.Gaps: of a
	// village that was split, the worst of its parts counts.
	GapsBefore map[Change]int
	// GapsAfter says where each gap after comes from, and adds up to After.Gaps: of a
	// village merged of several, the worst of them counts.
	GapsAfter map[Change]int
	Communes  []Commune // in order of their codes
}

// Options of [Villages].
type Options struct {
	// Villages says which village became which. A village before that it does not name
	// is the one after with its id.
	Villages data.Crosswalk
	// Communes says which commune became which. A commune it does not name kept its
	// code.
	Communes data.Crosswalk
}

// Villages compares two judgements of the villages.
//
// The error wraps ErrDuplicate, ErrUnknownID for an id of the table (a
// [*geo.InputError] with its place), or ErrNothingInCommon.
func Villages(before, after []Village, o Options) (*Result, error) {
	c := &comparison{before: before, after: after}
	var err error
	if c.beforeAt, err = index(before); err != nil {
		return nil, err
	}
	if c.afterAt, err = index(after); err != nil {
		return nil, err
	}
	if err := c.link(o.Villages); err != nil {
		return nil, err
	}
	r := &Result{GapsBefore: map[Change]int{}, GapsAfter: map[Change]int{}}
	common := false
	for a := range after {
		r.Pairs = append(r.Pairs, c.pair(a))
		common = common || len(c.from[a]) > 0
	}
	if !common {
		return nil, ErrNothingInCommon
	}
	for b := range before {
		if len(c.to[b]) == 0 {
			r.Pairs = append(r.Pairs, Pair{Before: []int{b}, After: -1, Relation: Gone, ClassBefore: before[b].Class, Change: Vanished})
		}
	}
	c.tally(r, o.Communes)
	return r, nil
}

func index(villages []Village) (map[string]int, error) {
	at := make(map[string]int, len(villages))
	for i := range villages {
		if _, ok := at[villages[i].ID]; ok {
			return nil, fmt.Errorf("%w: %q", ErrDuplicate, villages[i].ID)
		}
		at[villages[i].ID] = i
	}
	return at, nil
}

type comparison struct {
	before, after     []Village
	beforeAt, afterAt map[string]int // by id
	to                [][]int        // of each before: those after
	from              [][]int        // of each after: those before
}

// link joins the villages of both sides, by the table and by their ids.
func (c *comparison) link(table data.Crosswalk) error {
	c.to, c.from = make([][]int, len(c.before)), make([][]int, len(c.after))
	join := func(b, a int) {
		if !slices.Contains(c.to[b], a) {
			c.to[b] = append(c.to[b], a)
			c.from[a] = append(c.from[a], b)
		}
	}
	named := map[string]bool{}
	for i := range table {
		row := &table[i]
		b, a := -1, -1
		for _, side := range []struct {
			id, column, of string
			at             map[string]int
			to             *int
		}{{row.Old, "old_id", "before", c.beforeAt, &b}, {row.New, "new_id", "after", c.afterAt, &a}} {
			if side.id == "" {
				continue
			}
			k, ok := side.at[side.id]
			if !ok {
				return unknown(row.Pos, side.column, side.id, side.of, side.at)
			}
			*side.to = k
		}
		named[row.Old] = true
		if b >= 0 && a >= 0 {
			join(b, a)
		}
	}
	for b := range c.before {
		if id := c.before[b].ID; !named[id] {
			if a, ok := c.afterAt[id]; ok {
				join(b, a)
			}
		}
	}
	for a := range c.from {
		slices.Sort(c.from[a])
	}
	return nil
}

func unknown(pos geo.Position, column, id, of string, at map[string]int) error {
	ids := make([]string, 0, len(at))
	for known := range at {
		ids = append(ids, known)
	}
	slices.Sort(ids)
	e := &geo.InputError{Pos: pos, Field: column, Found: fmt.Sprintf("%q", id), Expected: "the id of a village " + of, Err: ErrUnknownID}
	e.Hint = geo.DidYouMean(id, ids)
	return e
}

// pair describes the village a of those after.
func (c *comparison) pair(a int) Pair {
	p := Pair{Before: c.from[a], After: a, Relation: Added, Change: NewVillage}
	if len(p.Before) == 0 {
		return p
	}
	alone := true // those before went nowhere else
	for _, b := range p.Before {
		alone = alone && len(c.to[b]) == 1
		if cl := c.before[b].Class; p.ClassBefore == "" || severity(cl) > severity(p.ClassBefore) {
			p.ClassBefore = cl
		}
	}
	switch {
	case len(p.Before) == 1 && alone:
		p.Relation = Same
	case len(p.Before) == 1:
		p.Relation = Split
	case alone:
		p.Relation = Merged
	default:
		p.Relation = Regrouped
	}
	p.Change = between(p.ClassBefore, c.after[a].Class)
	return p
}

// severity orders classes from those that say nothing to the worst.
func severity(c data.Class) int {
	return slices.Index([]data.Class{data.NotCounted, data.Served, data.Weak, data.None}, c)
}

// between says what became of a village's class.
func between(before, after data.Class) Change {
	was, is := severity(before), severity(after)
	served := severity(data.Served)
	switch {
	case was < served || is < served:
		return NotCompared
	case was == served && is == served:
		return StaysServed
	case is == served:
		return BecameServed
	case was == served:
		return NewGap
	case is > was:
		return Worse
	case is < was:
		return Better
	}
	return Remains
}

// fate says what became of a gap before: the worst of what its parts are now.
func (c *comparison) fate(b int) Change {
	fate := Vanished
	order := []Change{Vanished, NotCompared, BecameServed, Better, Remains, Worse}
	for _, a := range c.to[b] {
		if ch := between(c.before[b].Class, c.after[a].Class); slices.Index(order, ch) > slices.Index(order, fate) {
			fate = ch
		}
	}
	return fate
}

// tally fills in the counts of both sides and of each commune.
func (c *comparison) tally(r *Result, table data.Crosswalk) {
	became := map[string][]string{}
	for i := range table {
		if t := &table[i]; t.Old != "" && t.New != "" && !slices.Contains(became[t.Old], t.New) {
			became[t.Old] = append(became[t.Old], t.New)
		}
	}
	number := map[string]int{}
	commune := func(code, name string) *Commune {
		n, ok := number[code]
		if !ok {
			n = len(r.Communes)
			number[code] = n
			r.Communes = append(r.Communes, Commune{Code: code, Gaps: map[Change]int{}})
		}
		if r.Communes[n].Name == "" {
			r.Communes[n].Name = name
		}
		return &r.Communes[n]
	}
	for a := range c.after {
		v := &c.after[a]
		r.After.count(v)
		m := commune(v.CommuneCode, v.Commune)
		m.After.count(v)
		if v.Gap() {
			ch := r.Pairs[a].Change
			r.GapsAfter[ch]++
			m.Gaps[ch]++
		}
	}
	for b := range c.before {
		v := &c.before[b]
		r.Before.count(v)
		m := commune(c.communeNow(b, became))
		m.Before.count(v)
		if v.Gap() {
			fate := c.fate(b)
			r.GapsBefore[fate]++
			if fate == BecameServed || fate == Vanished {
				m.Gaps[fate]++
			}
		}
	}
	slices.SortFunc(r.Communes, func(x, y Commune) int {
		switch {
		case x.Code < y.Code:
			return -1
		case x.Code > y.Code:
			return 1
		}
		return 0
	})
}

// communeNow gives the commune to which a village before belongs now: that of the
// village it became, else the one its own became, else its own.
func (c *comparison) communeNow(b int, became map[string][]string) (code, name string) {
	v := &c.before[b]
	if len(c.to[b]) > 0 {
		a := &c.after[c.to[b][0]]
		return a.CommuneCode, a.Commune
	}
	if codes := became[v.CommuneCode]; len(codes) == 1 {
		return codes[0], ""
	}
	return v.CommuneCode, v.Commune
}
