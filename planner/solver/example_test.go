package solver_test

import (
	"context"
	"fmt"

	"github.com/covgap/covgap/planner/solver"
)

// A village of 100 people behind two valleys needs 95 of them served, which takes
// two masts or one expensive one; a hamlet of 20 has a mast of its own.
func ExampleSolve() {
	in := &solver.Instance{
		Villages: []solver.Village{{Need: 95}, {Need: 19}},
		Rows: []solver.Row{
			{Village: 0, Weight: 60, Value: 60},
			{Village: 0, Weight: 40, Value: 40},
			{Village: 1, Weight: 20, Value: 20},
		},
		Columns: []solver.Column{
			{Cost: 80_000, Rows: []int32{0}},
			{Cost: 70_000, Rows: []int32{1}},
			{Cost: 190_000, Rows: []int32{0, 1}},
			{Cost: 60_000, Rows: []int32{2}},
		},
	}
	res, err := solver.Solve(context.Background(), in, solver.Problem{Goal: solver.Eliminate})
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println("cost", res.Value, "bound", res.Bound, "proven", res.Proven)
	for _, s := range res.Selected {
		fmt.Println("column", s.Column, "serves", s.Gain, "more, meets", s.Villages)
	}
	// Output:
	// cost 210000 bound 210000 proven true
	// column 0 serves 60 more, meets []
	// column 1 serves 40 more, meets [0]
	// column 3 serves 20 more, meets [1]
}
