package solver

import (
	"bytes"
	"context"
	"os"
	"path/filepath"
	"testing"

	"github.com/covgap/covgap/geo/reference"
)

// The certified optima are those of the instances' README: two exact solvers agree
// on each. maxGap is the gap the solver reaches at the default effort, rounded up:
// it guards against regressions.
func TestCertifiedOptima(t *testing.T) {
	dir := reference.Dir(t, "instances")
	for _, c := range []struct {
		file    string
		problem Problem
		optimum int64
		maxGap  float64
	}{
		{"inst_a.txt", Problem{Goal: Eliminate}, 44434, 0},
		{"inst_a.txt", Problem{Goal: Budget, Budget: 20000}, 20879, 0},
		{"inst_a.txt", Problem{Goal: Count, Count: 15}, 15757, 0},
		{"inst_b.txt", Problem{Goal: Eliminate}, 171912, 0.02},
		{"inst_b.txt", Problem{Goal: Budget, Budget: 60000}, 286070, 0.005},
		{"inst_b.txt", Problem{Goal: Count, Count: 50}, 235587, 0},
	} {
		t.Run(c.file+" "+c.problem.Goal.String(), func(t *testing.T) {
			in := readInstance(t, filepath.Join(dir, c.file))
			res, err := Solve(context.Background(), in, c.problem)
			if err != nil {
				t.Fatal(err)
			}
			checkResult(t, in, c.problem, res)
			checkOptimum(t, res, c.optimum)
			if res.Gap > c.maxGap {
				t.Errorf("gap %.4f, expected at most %.4f", res.Gap, c.maxGap)
			}
			t.Logf("value %d, optimum %d, bound %d, gap %.3f %%, proven %v, cost %d, %d columns",
				res.Value, c.optimum, res.Bound, 100*res.Gap, res.Proven, res.Cost, len(res.Selected))
		})
	}
}

func readInstance(tb testing.TB, path string) *Instance {
	tb.Helper()
	text, err := os.ReadFile(path)
	if err != nil {
		tb.Fatal(err)
	}
	in, err := Read(bytes.NewReader(text), filepath.Base(path), Weighted)
	if err != nil {
		tb.Fatal(err)
	}
	return in
}
