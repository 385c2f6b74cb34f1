package compare_test

import (
	"fmt"

	"github.com/covgap/covgap/coverage/compare"
	"github.com/covgap/covgap/data"
)

// Nà Bản was divided: one half got a signal, the other did not.
func ExampleVillages() {
	before := []compare.Village{{ID: "01273-7", Name: "Nà Bản", Class: data.None}}
	after := []compare.Village{
		{ID: "01273-71", Name: "Nà Bản Trên", Class: data.None},
		{ID: "01273-72", Name: "Nà Bản Dưới", Class: data.Served},
	}
	r, err := compare.Villages(before, after, compare.Options{Villages: data.Crosswalk{
		{Old: "01273-7", New: "01273-71"}, {Old: "01273-7", New: "01273-72"},
	}})
	if err != nil {
		panic(err)
	}
	for _, p := range r.Pairs {
		fmt.Println(after[p.After].Name, p.Relation, p.Change)
	}
	fmt.Println(r.Before.Gaps, "→", r.After.Gaps)
	// Output:
	// Nà Bản Trên split remains
	// Nà Bản Dưới split became_served
	// 1 → 1
}
