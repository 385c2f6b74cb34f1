// Package solver chooses the columns (things that can be built) that serve the
// rows (receivers) of an instance best: at least cost for every village that can
// be met, or with most value within a budget or a number of columns.
//
// A row is a receiver with a weight; it is served once any chosen column holds
// it. A village is met when the weight of its served rows reaches its need, so
// one village may take two columns. Plain set covering is the case of one row
// for each village.
//
// Side constraints tie columns to each other: columns that must or must not be
// chosen, columns that exclude each other, columns that need another one (a relay,
// whose cost several share), and caps on what some columns may cost together.
//
// Every answer carries a bound that no solution of the same instance can pass,
// computed in integers from prices on a fixed grid, and its distance to it.
//
// All quantities are int64: costs in minor units of money, weights and values in
// whatever the caller counts. Results are the same on every run: work is counted,
// never timed.
package solver

import (
	"errors"
	"fmt"
	"math"
)

// Errors of this package.
var (
	ErrInstance = errors.New("solver: invalid instance")
	ErrProblem  = errors.New("solver: invalid problem")
	// ErrContradiction says that no choice keeps all constraints: what must be
	// chosen excludes each other or exceeds a limit, or a village that its columns
	// could meet cannot be met under the side constraints.
	ErrContradiction = errors.New("solver: constraints contradict each other")
	// ErrNotFound says that the effort ended before a choice that keeps all
	// constraints was found or proven impossible. Only side constraints lead to it.
	ErrNotFound = errors.New("solver: no choice found that keeps all constraints")
)

// maxTotal bounds the sum of all costs, of all weights and of all values, so that
// no sum in the solver can overflow: 1.1e15, or eleven trillion dollars in cents.
const maxTotal = 1 << 50

// Row is a receiver: one hex of a village that a column may serve.
type Row struct {
	Village int32 // index into Instance.Villages
	Weight  int64 // counts towards the village's need, 0 or more
	Value   int64 // counts in budget and count, once, when the row is served; 0 or more
}

// Village groups rows.
type Village struct {
	Need  int64 // weight that must be served besides what is served already; 0 is met from the start
	Value int64 // counts in budget and count when a village with a need becomes met; 0 or more
}

// Column is something that can be built.
type Column struct {
	Cost int64   // minor units, 0 or more
	Rows []int32 // the rows it serves, ascending; none for what only others need
	Fix  Fix     // whether the choice is open; the zero value leaves it open
	// Uncounted leaves the column out of Problem.Count: a cost that others share
	// rather than an action.
	Uncounted bool
}

// Fix says whether a column may be chosen.
type Fix uint8

// The choices.
const (
	Open    Fix = iota // may be chosen
	Must               // is part of every solution
	MustNot            // is part of none
)

// Requirement says that Column may be chosen only when at least one of Any is: a
// site that needs a relay, a remote sector that needs its parent. Several
// requirements of a column all hold.
type Requirement struct {
	Column int32
	Any    []int32 // ascending, at least one
}

// Cap limits what the chosen ones of some columns may cost together: a fund's or an
// operator's money.
type Cap struct {
	Limit   int64   // minor units, 0 or more
	Columns []int32 // ascending
}

// Instance is a problem's matrix and its side constraints.
type Instance struct {
	Rows     []Row
	Villages []Village
	Columns  []Column

	// Conflicts are sets of columns of which at most one may be chosen, each
	// ascending: the options of one place, sites nearer than a spacing.
	Conflicts [][]int32
	// Requirements must not run in a circle: no column may need itself in the end.
	Requirements []Requirement
	Caps         []Cap
}

// Validate checks that indexes are in range and ascending and that nothing is
// negative. Its errors wrap [ErrInstance].
func (in *Instance) Validate() error {
	if len(in.Rows) > math.MaxInt32 || len(in.Villages) > math.MaxInt32 || len(in.Columns) > math.MaxInt32 {
		return fmt.Errorf("%w: more than %d rows, villages or columns", ErrInstance, math.MaxInt32)
	}
	var weight, value, cost int64
	add := func(total *int64, v int64, what string, i int) error {
		if v < 0 {
			return fmt.Errorf("%w: %s %d is negative: %d", ErrInstance, what, i, v)
		}
		if v > maxTotal-*total {
			return fmt.Errorf("%w: the total exceeds %d at %s %d", ErrInstance, int64(maxTotal), what, i)
		}
		*total += v
		return nil
	}
	for i, r := range in.Rows {
		if r.Village < 0 || int(r.Village) >= len(in.Villages) {
			return fmt.Errorf("%w: row %d is in village %d of %d", ErrInstance, i, r.Village, len(in.Villages))
		}
		if err := add(&weight, r.Weight, "weight of row", i); err != nil {
			return err
		}
		if err := add(&value, r.Value, "value of row", i); err != nil {
			return err
		}
	}
	for i, v := range in.Villages {
		if v.Need < 0 || v.Need > maxTotal {
			return fmt.Errorf("%w: need of village %d is outside 0 to %d: %d", ErrInstance, i, int64(maxTotal), v.Need)
		}
		if err := add(&value, v.Value, "value of village", i); err != nil {
			return err
		}
	}
	for j, c := range in.Columns {
		if err := add(&cost, c.Cost, "cost of column", j); err != nil {
			return err
		}
		last := int32(-1)
		for _, r := range c.Rows {
			if r <= last || int(r) >= len(in.Rows) {
				return fmt.Errorf("%w: column %d: row %d after %d; rows must ascend within 0 to %d", ErrInstance, j, r, last, len(in.Rows)-1)
			}
			last = r
		}
		if c.Fix > MustNot {
			return fmt.Errorf("%w: column %d: fix %d is unknown", ErrInstance, j, c.Fix)
		}
	}
	return in.validateSides()
}

// validateSides checks the side constraints.
func (in *Instance) validateSides() error {
	columns := func(what string, i int, list []int32) error {
		last := int32(-1)
		for _, j := range list {
			if j <= last || int(j) >= len(in.Columns) {
				return fmt.Errorf("%w: %s %d: column %d after %d; columns must ascend within 0 to %d", ErrInstance, what, i, j, last, len(in.Columns)-1)
			}
			last = j
		}
		return nil
	}
	for i, list := range in.Conflicts {
		if err := columns("conflict", i, list); err != nil {
			return err
		}
	}
	for i, c := range in.Caps {
		if c.Limit < 0 {
			return fmt.Errorf("%w: limit of cap %d is negative: %d", ErrInstance, i, c.Limit)
		}
		if err := columns("cap", i, c.Columns); err != nil {
			return err
		}
	}
	needs := make([][]int32, len(in.Columns))
	for i, r := range in.Requirements {
		if r.Column < 0 || int(r.Column) >= len(in.Columns) {
			return fmt.Errorf("%w: requirement %d is of column %d of %d", ErrInstance, i, r.Column, len(in.Columns))
		}
		if len(r.Any) == 0 {
			return fmt.Errorf("%w: requirement %d of column %d names none", ErrInstance, i, r.Column)
		}
		if err := columns("requirement", i, r.Any); err != nil {
			return err
		}
		needs[r.Column] = append(needs[r.Column], r.Any...)
	}
	if j := onCircle(needs); j >= 0 {
		return fmt.Errorf("%w: column %d needs itself in the end", ErrInstance, j)
	}
	return nil
}

// onCircle gives an element that the directed graph leads back to, or -1.
func onCircle(next [][]int32) int {
	const open, done = 1, 2
	mark := make([]uint8, len(next))
	type visit struct{ node, edge int32 }
	var path []visit
	for start := range next {
		if mark[start] != 0 || len(next[start]) == 0 {
			continue
		}
		mark[start] = open
		path = append(path[:0], visit{int32(start), 0})
		for len(path) > 0 {
			top := &path[len(path)-1]
			if int(top.edge) == len(next[top.node]) {
				mark[top.node] = done
				path = path[:len(path)-1]
				continue
			}
			to := next[top.node][top.edge]
			top.edge++
			switch mark[to] {
			case open:
				return int(to)
			case 0:
				mark[to] = open
				path = append(path, visit{to, 0})
			}
		}
	}
	return -1
}

// Goal is what a solution is judged by.
type Goal uint8

// The goals.
const (
	// Eliminate asks for the least cost that meets every village that all columns
	// together can meet.
	Eliminate Goal = iota
	// Budget asks for most value at a cost within Problem.Budget, then for the
	// cheapest choice found with that value.
	Budget
	// Count asks for most value with at most Problem.Count columns, then for the
	// cheapest choice found with that value.
	Count
)

// String gives the goal as it stands in project files.
func (g Goal) String() string {
	switch g {
	case Eliminate:
		return "eliminate"
	case Budget:
		return "budget"
	case Count:
		return "count"
	}
	return fmt.Sprintf("goal(%d)", uint8(g))
}

// DefaultEffort is the work limit that Problem.Effort 0 stands for.
const DefaultEffort = 100

// Problem says what to ask of an instance.
type Problem struct {
	Goal   Goal
	Budget int64 // for Budget: minor units, 0 or more
	Count  int   // for Count: columns, 0 or more

	// Effort limits the work, counted in millions of matrix entries visited; a
	// million takes 10 to 50 milliseconds. It is also how often, on average, each
	// column is tried in vain before the search gives up. 0 stands for
	// [DefaultEffort]. The search ends earlier when the solution is proven.
	Effort int
}

// Validate checks the problem by itself. Its errors wrap [ErrProblem].
func (p Problem) Validate() error {
	switch {
	case p.Goal > Count:
		return fmt.Errorf("%w: %v", ErrProblem, p.Goal)
	case p.Budget < 0:
		return fmt.Errorf("%w: budget %d is negative", ErrProblem, p.Budget)
	case p.Count < 0:
		return fmt.Errorf("%w: count %d is negative", ErrProblem, p.Count)
	case p.Effort < 0:
		return fmt.Errorf("%w: effort %d is negative", ErrProblem, p.Effort)
	}
	return nil
}

// Step is one chosen column at its place in the build order.
type Step struct {
	Column   int   // index into Instance.Columns
	Cost     int64 // minor units
	Gain     int64 // value added to the steps before it
	Total    int64 // value of this and all steps before it
	Villages []int // villages that become met with this step, ascending
}

// Result is a solution and how good it is known to be.
type Result struct {
	Goal  Goal
	Value int64 // Eliminate: the cost; else the value gained
	// Bound is what no solution of this instance can pass: a cost none can go
	// below (Eliminate), a value none can exceed (Budget, Count).
	Bound  int64
	Gap    float64 // |Value - Bound| / |Value|; 0 when both are 0, 1 when only Value is
	Proven bool    // Value equals Bound
	Cost   int64   // of all steps, minor units
	Gained int64   // value of all steps, whatever the goal

	// Selected is in build order: each step has the most value for its cost after
	// the steps before it.
	Selected []Step
	// Core lists the columns, ascending, that a better choice could hold and this one does
	// not, as far as the bound tells: without those that another column replaces.
	Core []int
	// Unmeetable lists the villages that all columns together cannot meet,
	// ascending. Eliminate leaves them out.
	Unmeetable []int
}
