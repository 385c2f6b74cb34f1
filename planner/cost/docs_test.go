package cost

import (
	"flag"
	"fmt"
	"os"
	"strconv"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

var update = flag.Bool("update", false, "write the table of docs/costs.md")

// docs/costs.md lists the default rows as they are.
func TestDocs(t *testing.T) {
	const file = "../../docs/costs.md"
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	before, rest, ok := strings.Cut(string(text), "-update\" -->\n")
	_, after, closed := strings.Cut(rest, "<!-- end -->")
	if !ok || !closed {
		t.Fatal("no marks around the table")
	}
	want := before + "-update\" -->\n" + table() + "<!-- end -->" + after
	if *update {
		if err := os.WriteFile(file, []byte(want), 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	if diff := cmp.Diff(want, string(text)); diff != "" {
		t.Errorf("-table +docs (go test ./planner/cost -run TestDocs -update):\n%s", diff)
	}
}

func table() string {
	var b strings.Builder
	b.WriteString("\n| item | up to | amount | unit | bought again after | source | year |\n|---|---|---|---|---|---|---|\n")
	unless := func(zero bool, s string) string {
		if zero {
			return ""
		}
		return s
	}
	for _, r := range Default().Rows {
		fmt.Fprintf(&b, "| `%s` | %s | %s %s | %s | %s | %s | %s |\n", strings.TrimSuffix(string(r.Item)+" "+r.Variant, " "),
			unless(r.UpToM == 0, strconv.FormatFloat(r.UpToM, 'f', -1, 64)+" m"), strconv.FormatFloat(r.Amount, 'f', -1, 64), r.Currency, r.Unit,
			unless(r.LifeYears == 0, strconv.Itoa(r.LifeYears)+" years"), r.Source, unless(r.Year == 0, strconv.Itoa(r.Year)))
	}
	return b.String() + "\n"
}
