package solver

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
)

// ErrProgram says that another program gave no usable answer.
var ErrProgram = errors.New("solver: other program")

// WriteMPS writes p on in as an integer program in free MPS format, which HiGHS, CBC
// and GLPK read. It is a minimisation: with Budget and Count the objective is the
// negative of the value. Columns of the instance are called x and their index, rows
// z, villages y. Columns that the
// side constraints settle and those without any coefficient are left out; OBJ holds
// what they cost or add as a constant, with the opposite sign as MPS has it. Errors
// wrap [ErrInstance], [ErrProblem] or [ErrContradiction], or are the writer's.
func WriteMPS(w io.Writer, in *Instance, p Problem) error {
	e, err := newEngine(context.Background(), in, p)
	if err != nil {
		return err
	}
	return writeMPS(w, e.set, p)
}

// entry is a coefficient in a row of an MPS file.
type entry struct {
	row   string
	value int64
}

func writeMPS(w io.Writer, set *setting, p Problem) error {
	in := set.in
	b := bufio.NewWriterSize(w, 1<<16) // keeps the first error for Flush
	var rows []string                  // "G name" and the like
	type side struct {
		row   string
		value int64
	}
	var rhs []side
	order := make([]string, 0, len(in.Columns)) // of the columns
	columns := map[string][]entry{}
	add := func(column, row string, value int64) {
		if value == 0 {
			return
		}
		if columns[column] == nil {
			order = append(order, column)
		}
		columns[column] = append(columns[column], entry{row, value})
	}
	newRow := func(kind, name string, b int64) {
		rows = append(rows, kind+" "+name)
		if b != 0 {
			rhs = append(rhs, side{name, b})
		}
	}
	x := func(j int32) string { return "x" + strconv.Itoa(int(j)) }

	served := make([][]int32, len(in.Rows)) // row -> open columns
	for j, c := range in.Columns {
		if set.fix[j] != Open {
			continue
		}
		cost := int64(0)
		if p.Goal == Eliminate {
			cost = c.Cost
		}
		add(x(int32(j)), "OBJ", cost)
		for _, r := range c.Rows {
			if !set.served[r] {
				served[r] = append(served[r], int32(j))
			}
		}
	}
	unmeetable := set.unmeetable()
	asked := make([]bool, len(in.Villages))
	rowsOf := make([]int, len(in.Villages))
	for v, village := range in.Villages {
		_, out := slices.BinarySearch(unmeetable, v)
		asked[v] = set.need[v] > 0 && !out && (p.Goal == Eliminate || village.Value > 0)
	}
	for r, row := range in.Rows {
		if len(served[r]) > 0 && row.Weight > 0 {
			rowsOf[row.Village]++
		}
	}
	for r, row := range in.Rows {
		v := row.Village
		value := row.Value
		if p.Goal == Eliminate {
			value = 0
		}
		weighs := asked[v] && row.Weight > 0
		if len(served[r]) == 0 || !weighs && value == 0 {
			continue
		}
		name := "c" + strconv.Itoa(r)
		if p.Goal == Eliminate && rowsOf[v] == 1 {
			newRow("G", name, 1) // served in any case
		} else {
			z := "z" + strconv.Itoa(r)
			add(z, "OBJ", -value)
			add(z, name, -1)
			newRow("G", name, 0)
			if weighs {
				add(z, "v"+strconv.Itoa(int(v)), row.Weight)
			}
		}
		for _, j := range served[r] {
			add(x(j), name, 1)
		}
	}
	for v, village := range in.Villages {
		name := "v" + strconv.Itoa(v)
		switch {
		case !asked[v], p.Goal == Eliminate && rowsOf[v] == 1:
		case p.Goal == Eliminate:
			newRow("G", name, set.need[v])
		default:
			newRow("G", name, 0)
			add("y"+strconv.Itoa(v), "OBJ", -village.Value)
			add("y"+strconv.Itoa(v), name, -set.need[v])
		}
	}
	if p.Goal != Eliminate {
		limit := p.Budget
		if p.Goal == Count {
			limit = int64(p.Count)
		}
		newRow("L", "limit", limit-set.size)
		for j := range in.Columns {
			if set.fix[j] == Open {
				add(x(int32(j)), "limit", sizeOf(in, p.Goal, int32(j)))
			}
		}
	}
	set.writeSides(newRow, func(j int32, row string, value int64) { add(x(j), row, value) })

	fmt.Fprintf(b, "NAME covgap FREE\nROWS\n N OBJ\n")
	for _, r := range rows {
		fmt.Fprintf(b, " %s\n", r)
	}
	fmt.Fprintf(b, "COLUMNS\n M0 'MARKER' 'INTORG'\n")
	for _, c := range order {
		for _, e := range columns[c] {
			fmt.Fprintf(b, " %s %s %d\n", c, e.row, e.value)
		}
	}
	fmt.Fprintf(b, " M1 'MARKER' 'INTEND'\nRHS\n")
	constant := set.cost
	if p.Goal != Eliminate {
		constant = -set.value
	}
	if constant != 0 {
		fmt.Fprintf(b, " RHS OBJ %d\n", -constant)
	}
	for _, s := range rhs {
		fmt.Fprintf(b, " RHS %s %d\n", s.row, s.value)
	}
	fmt.Fprintf(b, "BOUNDS\n")
	for _, c := range order {
		fmt.Fprintf(b, " UP BND %s 1\n", c)
	}
	fmt.Fprintf(b, "ENDATA\n")
	return b.Flush()
}

// writeSides writes the side constraints among the open columns.
func (s *setting) writeSides(newRow func(kind, name string, b int64), add func(j int32, row string, value int64)) {
	in := s.in
	open := func(list []int32) []int32 {
		return slices.DeleteFunc(slices.Clone(list), func(j int32) bool { return s.fix[j] != Open })
	}
	for i, list := range in.Conflicts {
		if list = open(list); len(list) > 1 {
			name := "conflict" + strconv.Itoa(i)
			newRow("L", name, 1)
			for _, j := range list {
				add(j, name, 1)
			}
		}
	}
	for i, r := range in.Requirements {
		filled := slices.ContainsFunc(r.Any, func(j int32) bool { return s.fix[j] == Must })
		if filled || s.fix[r.Column] == MustNot {
			continue
		}
		name := "needs" + strconv.Itoa(i)
		b := int64(1)
		if s.fix[r.Column] == Open {
			b = 0
			add(r.Column, name, -1)
		}
		newRow("G", name, b)
		for _, j := range open(r.Any) {
			add(j, name, 1)
		}
	}
	for i, c := range in.Caps {
		limit := c.Limit
		for _, j := range c.Columns {
			if s.fix[j] == Must {
				limit -= in.Columns[j].Cost
			}
		}
		name := "cap" + strconv.Itoa(i)
		newRow("L", name, limit)
		for _, j := range open(c.Columns) {
			add(j, name, in.Columns[j].Cost)
		}
	}
}

// Programs lists the programs that [SolveWith] can run.
func Programs() []string { return []string{"cbc", "highs"} }

// Other is the answer of another program on what the reductions left of a problem.
type Other struct {
	Result
	// Claim is what the program says of its answer: "optimal" or its own words. Value
	// is counted anew from its choice, and Bound is this package's: the claim is not
	// checked.
	Claim string
	// Columns and Entries are the size of the core it was given.
	Columns, Entries int
}

// SolveWith reduces the problem with a tenth of the effort, hands what is left to
// program, one of [Programs], counts anew what its choice comes to, and bounds it
// with another tenth. The program must be installed; it runs until it ends or ctx
// does.
//
// Errors are those of [Solve], or wrap [ErrProgram] or exec.ErrNotFound.
func SolveWith(ctx context.Context, in *Instance, p Problem, program string) (*Other, error) {
	if !slices.Contains(Programs(), program) {
		return nil, fmt.Errorf("%w: %q; expected one of %v", ErrProblem, program, Programs())
	}
	path, err := exec.LookPath(program)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrProgram, err)
	}
	e, err := newEngine(ctx, in, p)
	if err != nil {
		return nil, err
	}
	all := e.effort
	e.effort = all / 10
	e.begin()
	if err := e.relax(ctx); err != nil {
		return nil, err
	}
	out := &Other{Claim: "optimal"}
	if !e.done() && !e.contradictory && e.settle() {
		choice, claim, err := e.ask(ctx, path, program, out)
		if err != nil {
			return nil, err
		}
		out.Claim = claim
		if choice != nil {
			e.offer(choice)
		}
		e.effort = max(all/5, e.spent+all/10)
		if err := e.decide(ctx); err != nil {
			return nil, err
		}
	}
	switch {
	case e.contradictory:
		return nil, ErrContradiction
	case !e.found:
		return nil, ErrNotFound
	}
	out.Result = *e.result(e.choice)
	return out, nil
}

// ask runs the program on what now leaves open. The choice is nil when it found none
// better than what the reductions assume.
func (e *engine) ask(ctx context.Context, path, program string, out *Other) (choice []int, claim string, err error) {
	dir, err := os.MkdirTemp("", "covgap-solve-")
	if err != nil {
		return nil, "", err
	}
	defer func() { _ = os.RemoveAll(dir) }() // nothing is lost with it
	model, answer := filepath.Join(dir, "core.mps"), filepath.Join(dir, "core.sol")
	m := e.newModel()
	if m == nil {
		return nil, "optimal", nil
	}
	out.Columns, out.Entries = len(m.rowsOf), int(m.entries())
	core, err := settleFrom(e.set.in, e.p, slices.Clone(e.fix))
	if err != nil {
		return nil, "optimal", nil // the choice is
	}
	file, err := os.Create(model)
	if err != nil {
		return nil, "", err
	}
	err = writeMPS(file, core, e.p)
	if cerr := file.Close(); err == nil {
		err = cerr
	}
	if err != nil {
		return nil, "", err
	}
	args := []string{model, "solve", "solution", answer}
	if program == "highs" {
		args = []string{model, "--solution_file", answer}
	}
	if said, err := exec.CommandContext(ctx, path, args...).CombinedOutput(); err != nil {
		if ctx.Err() != nil {
			return nil, "", ctx.Err()
		}
		return nil, "", fmt.Errorf("%w: %s: %w: %s", ErrProgram, program, err, lastLine(string(said)))
	}
	text, err := os.ReadFile(answer)
	if err != nil {
		return nil, "", fmt.Errorf("%w: %s wrote no solution: %w", ErrProgram, program, err)
	}
	chosen, claim, err := readAnswer(string(text), len(e.fix))
	if err != nil {
		return nil, "", fmt.Errorf("%w: %s: %w", ErrProgram, program, err)
	}
	if claim == "infeasible" { // nothing better than the choice is left
		return nil, "optimal", nil
	}
	for j, f := range core.fix {
		if f == Must && e.set.fix[j] == Open {
			chosen = append(chosen, j)
		}
	}
	slices.Sort(chosen)
	chosen = slices.Compact(chosen)
	if err := e.set.check(chosen, e.p); err != nil {
		return nil, "", fmt.Errorf("%w: %s: %w", ErrProgram, program, err)
	}
	return chosen, claim, nil
}

func lastLine(s string) string {
	s = strings.TrimSpace(s)
	return s[strings.LastIndexByte(s, '\n')+1:]
}

// readAnswer finds the chosen columns in a solution file of CBC or HiGHS: lines with
// the name of a variable, x and a number, and its value.
func readAnswer(text string, columns int) (chosen []int, claim string, err error) {
	lines := strings.Split(text, "\n")
	claim = strings.TrimSpace(lines[0])
	if claim == "Model status" && len(lines) > 1 { // HiGHS
		claim = strings.TrimSpace(lines[1])
	}
	switch lower := strings.ToLower(claim); {
	case strings.HasPrefix(lower, "optimal"):
		claim = "optimal"
	case strings.Contains(lower, "infeasible"):
		return nil, "infeasible", nil
	case claim == "":
		return nil, "", errors.New("an empty solution file")
	}
	for _, line := range lines[1:] {
		fields := strings.Fields(line)
		for i := 0; i+1 < len(fields); i++ {
			if !strings.HasPrefix(fields[i], "x") {
				continue
			}
			j, err := strconv.Atoi(fields[i][1:])
			if err != nil || j < 0 || j >= columns {
				continue
			}
			v, err := strconv.ParseFloat(fields[i+1], 64)
			if err != nil {
				return nil, "", fmt.Errorf("value of %s: %w", fields[i], err)
			}
			if v > 0.5 {
				chosen = append(chosen, j)
			}
			break
		}
	}
	slices.Sort(chosen)
	return slices.Compact(chosen), claim, nil
}

// check says what a choice of the open columns breaks.
func (s *setting) check(choice []int, p Problem) error {
	in := s.in
	chosen := make([]bool, len(in.Columns))
	for j, f := range s.fix {
		chosen[j] = f == Must
	}
	var taken int64
	for _, j := range choice {
		if s.fix[j] == MustNot {
			return fmt.Errorf("column %d may not be chosen", j)
		}
		chosen[j] = true
	}
	served := make([]bool, len(in.Rows))
	for j, c := range in.Columns {
		if chosen[j] {
			taken += sizeOf(in, p.Goal, int32(j))
			for _, r := range c.Rows {
				served[r] = true
			}
		}
	}
	switch {
	case p.Goal == Budget && taken > p.Budget:
		return fmt.Errorf("the choice costs %d of %d", taken, p.Budget)
	case p.Goal == Count && taken > int64(p.Count):
		return fmt.Errorf("the choice has %d columns of %d", taken, p.Count)
	case p.Goal == Eliminate:
		progress := make([]int64, len(in.Villages))
		for r, ok := range served {
			if ok {
				progress[in.Rows[r].Village] += in.Rows[r].Weight
			}
		}
		unmeetable := s.unmeetable()
		for v, village := range in.Villages {
			if _, out := slices.BinarySearch(unmeetable, v); !out && progress[v] < village.Need {
				return fmt.Errorf("village %d is not met", v)
			}
		}
	}
	for i, list := range in.Conflicts {
		n := 0
		for _, j := range list {
			if chosen[j] {
				n++
			}
		}
		if n > 1 {
			return fmt.Errorf("%d columns of conflict %d", n, i)
		}
	}
	for i, r := range in.Requirements {
		if chosen[r.Column] && !slices.ContainsFunc(r.Any, func(j int32) bool { return chosen[j] }) {
			return fmt.Errorf("requirement %d of column %d", i, r.Column)
		}
	}
	for i, c := range in.Caps {
		var cost int64
		for _, j := range c.Columns {
			if chosen[j] {
				cost += in.Columns[j].Cost
			}
		}
		if cost > c.Limit {
			return fmt.Errorf("cap %d: %d of %d", i, cost, c.Limit)
		}
	}
	return nil
}
