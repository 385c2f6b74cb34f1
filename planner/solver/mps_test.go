package solver

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"os/exec"
	"slices"
	"strconv"
	"strings"
	"testing"
)

// mpsProgram is what a file says, read by the format's description and nothing of
// the writer.
type mpsProgram struct {
	kind    map[string]string
	rhs     map[string]int64
	columns map[string]map[string]int64
	order   []string
}

func readMPS(tb testing.TB, text string) *mpsProgram {
	tb.Helper()
	p := &mpsProgram{map[string]string{}, map[string]int64{}, map[string]map[string]int64{}, nil}
	section := ""
	number := func(s string) int64 {
		v, err := strconv.ParseInt(s, 10, 64)
		if err != nil {
			tb.Fatal(err)
		}
		return v
	}
	for s := bufio.NewScanner(strings.NewReader(text)); s.Scan(); {
		f := strings.Fields(s.Text())
		if !strings.HasPrefix(s.Text(), " ") {
			section = f[0]
			continue
		}
		switch section {
		case "ROWS":
			if p.kind[f[1]] != "" {
				tb.Fatalf("row %s twice", f[1])
			}
			p.kind[f[1]] = f[0]
		case "COLUMNS":
			if f[1] == "'MARKER'" {
				continue
			}
			if p.columns[f[0]] == nil {
				p.columns[f[0]] = map[string]int64{}
				p.order = append(p.order, f[0])
			} else if p.order[len(p.order)-1] != f[0] {
				tb.Fatalf("column %s in two places", f[0])
			}
			if _, ok := p.columns[f[0]][f[1]]; ok || p.kind[f[1]] == "" {
				tb.Fatalf("entry %s of column %s", f[1], f[0])
			}
			p.columns[f[0]][f[1]] = number(f[2])
		case "RHS":
			p.rhs[f[1]] = number(f[2])
		case "BOUNDS":
			if f[0] != "UP" || f[3] != "1" || p.columns[f[2]] == nil {
				tb.Fatalf("bound %v", f)
			}
		}
	}
	return p
}

// least tries every choice of the columns called x; a z or y is 1 when the rows
// called c and v allow it, which is never worse.
func (p *mpsProgram) least() (int64, bool) {
	var x, rest []string
	for _, c := range p.order {
		if c[0] == 'x' {
			x = append(x, c)
		} else {
			rest = append(rest, c)
		}
	}
	slices.SortStableFunc(rest, func(a, b string) int { return int(b[0]) - int(a[0]) }) // z before y
	var best int64
	found := false
	for set := range 1 << len(x) {
		activity := map[string]int64{}
		take := func(c string, by int64) {
			for row, v := range p.columns[c] {
				activity[row] += by * v
			}
		}
		for i, c := range x {
			if set>>i&1 == 1 {
				take(c, 1)
			}
		}
		for _, c := range rest {
			take(c, 1)
			// A z takes from its row c, a y from its row v.
			for row, v := range p.columns[c] {
				if row != "OBJ" && v < 0 && activity[row] < p.rhs[row] {
					take(c, -1)
					break
				}
			}
		}
		ok := true
		for row, kind := range p.kind {
			switch kind {
			case "G":
				ok = ok && activity[row] >= p.rhs[row]
			case "L":
				ok = ok && activity[row] <= p.rhs[row]
			}
		}
		if value := activity["OBJ"] - p.rhs["OBJ"]; ok && (!found || value < best) {
			found, best = true, value
		}
	}
	return best, found
}

// The file has the optimum of the problem, by enumeration of both.
func TestWriteMPS(t *testing.T) {
	rng := rand.New(rand.NewPCG(51, 52))
	for k := range 150 {
		in := randomInstance(rng, k%2 == 0, k%4 == 1)
		if k%3 > 0 {
			addSides(rng, in, 1+rng.IntN(31))
		}
		for _, p := range []Problem{{Goal: Eliminate}, {Goal: Budget, Budget: 40}, {Goal: Count, Count: 3}} {
			var b bytes.Buffer
			err := WriteMPS(&b, in, p)
			optimum, _, found := enumerate(t, in, p)
			if errors.Is(err, ErrContradiction) && !found {
				continue
			} else if err != nil {
				t.Fatal(err)
			}
			if p.Goal != Eliminate {
				optimum = -optimum
			}
			got, ok := readMPS(t, b.String()).least()
			if ok != found || found && got != optimum {
				t.Fatalf("instance %d, %v: the file has %d (%v), the problem %d (%v)\n%+v\n%s", k, p.Goal, got, ok, optimum, found, in, b.String())
			}
		}
	}
}

// Other programs, when they are installed, agree.
func TestSolveWith(t *testing.T) {
	for _, program := range Programs() {
		t.Run(program, func(t *testing.T) {
			if _, err := exec.LookPath(program); err != nil {
				t.Skipf("%s is not installed", program)
			}
			rng := rand.New(rand.NewPCG(61, 62))
			for k := range 6 {
				in := randomInstance(rng, k%2 == 0, k%4 == 1)
				addSides(rng, in, 1+rng.IntN(31))
				for _, p := range []Problem{{Goal: Eliminate}, {Goal: Budget, Budget: 40}, {Goal: Count, Count: 3}} {
					res, err := SolveWith(context.Background(), in, p, program)
					optimum, _, found := enumerate(t, in, p)
					if errors.Is(err, ErrContradiction) && !found {
						continue
					} else if err != nil {
						t.Fatal(err)
					}
					checkResult(t, in, p, &res.Result)
					if res.Value != optimum || res.Claim != "optimal" {
						t.Errorf("instance %d, %v: %d, claimed %s; the optimum is %d", k, p.Goal, res.Value, res.Claim, optimum)
					}
				}
			}
		})
	}
	if _, err := SolveWith(context.Background(), &Instance{}, Problem{}, "nosuch"); !errors.Is(err, ErrProblem) {
		t.Error(err)
	}
}

func TestReadAnswer(t *testing.T) {
	for _, c := range []struct {
		name, text string
		chosen     []int
		claim      string
	}{
		{"cbc", "Optimal - objective value 5\n      0 x0     1   3\n      2 x2  0.9999999  4\n      3 z0  1 0\n", []int{0, 2}, "optimal"},
		{"cbc stopped", "Stopped on time - objective value 9\n      1 x1  1   3\n", []int{1}, "Stopped on time - objective value 9"},
		{"highs", "Model status\nOptimal\n\n# Primal solution values\nFeasible\nObjective 5\n# Columns 3\nx0 1\nx1 0\nz3 1\n# Rows 1\nc0 1\n", []int{0}, "optimal"},
		{"infeasible", "Infeasible - objective value 0\n", nil, "infeasible"},
	} {
		chosen, claim, err := readAnswer(c.text, 3)
		if err != nil || !slices.Equal(chosen, c.chosen) || claim != c.claim {
			t.Errorf("%s: %v, %q, %v", c.name, chosen, claim, err)
		}
	}
	for _, text := range []string{"", "Optimal\n 0 x1 one\n"} {
		if _, _, err := readAnswer(text, 3); err == nil {
			t.Errorf("%q: no error", text)
		}
	}
}

func ExampleWriteMPS() {
	in := &Instance{
		Villages: []Village{{Need: 1}},
		Rows:     []Row{{Village: 0, Weight: 1}},
		Columns:  []Column{{Cost: 3, Rows: []int32{0}}, {Cost: 2, Rows: []int32{0}}},
	}
	var b bytes.Buffer
	if err := WriteMPS(&b, in, Problem{Goal: Eliminate}); err != nil {
		fmt.Println(err)
		return
	}
	fmt.Print(b.String())
	// Output:
	// NAME covgap FREE
	// ROWS
	//  N OBJ
	//  G c0
	// COLUMNS
	//  M0 'MARKER' 'INTORG'
	//  x0 OBJ 3
	//  x0 c0 1
	//  x1 OBJ 2
	//  x1 c0 1
	//  M1 'MARKER' 'INTEND'
	// RHS
	//  RHS c0 1
	// BOUNDS
	//  UP BND x0 1
	//  UP BND x1 1
	// ENDATA
}
