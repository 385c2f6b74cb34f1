package output_test

import (
	"archive/zip"
	"bytes"
	"io"
	"strings"
	"testing"

	"github.com/covgap/covgap/cmd/covgap/lang"
	"github.com/covgap/covgap/cmd/covgap/output"
	"github.com/covgap/covgap/coverage/cause"
	"github.com/covgap/covgap/coverage/compare"
	"github.com/covgap/covgap/data"
	"github.com/covgap/covgap/planner"
	"github.com/covgap/covgap/planner/backhaul"
	"github.com/covgap/covgap/planner/cost"
	"github.com/covgap/covgap/planner/power"
	"github.com/covgap/covgap/planner/robust"
	"github.com/paulmach/orb"
)

// Every code that the program writes has a word of its own in both languages, and none
// of them is the code.
func TestCodesHaveWords(t *testing.T) {
	codes := map[string][]string{
		"gaps.class":           {string(data.Served), string(data.Weak), string(data.None), string(data.NotCounted)},
		"villages.certainty":   {string(robust.SurelyWeak), string(robust.SurelyServed), string(robust.Uncertain)},
		"plan.power":           {string(power.Grid), string(power.GridYear), string(power.Solar), string(power.Hybrid)},
		"plan.backhaul":        {string(backhaul.Fibre), string(backhaul.Microwave), string(backhaul.Satellite)},
		"plan_costs.kind":      {string(cost.Capex), string(cost.Opex), string(cost.Replacement)},
		"measurements.measure": {string(robust.Target), string(robust.Served), string(robust.Link)},
		"left_out.reason":      {string(planner.NoCandidate), string(planner.NotEnough), string(planner.OverBudget), string(planner.OverCount), string(planner.AlreadyMeets), string(planner.NothingAdded), string(planner.Refused), string(planner.Constrained)},
		"left_out.because":     {"no_access", "no_power", "no_backhaul", "no_donor", "no_price", "must_not", "given_up", "spacing", "years", "funds"},
		"compare.change":       {string(compare.StaysServed), string(compare.BecameServed), string(compare.Remains), string(compare.Better), string(compare.Worse), string(compare.NewGap), string(compare.NewVillage), string(compare.Vanished), string(compare.NotCompared)},
		"plan_sectors.status":  {"planned"},
		"compare.class_before": {string(data.Served)},
		"gaps.declared_status": {string(data.None)},
		"plan_costs.item":      nil,
		"plan.action":          nil,
		"gaps.cause":           nil,
		"villages.weight_rule": nil,
		"candidates.reason":    nil,
		"sectors.antenna_type": nil,
		"plan_costs.unit":      nil,
	}
	for _, c := range cause.All() {
		codes["gaps.cause"] = append(codes["gaps.cause"], string(c))
	}
	for _, k := range planner.OfferedKinds() {
		codes["plan.action"] = append(codes["plan.action"], string(k))
	}
	for _, r := range cost.Default().Rows {
		codes["plan_costs.item"] = append(codes["plan_costs.item"], string(r.Item))
	}
	for column, known := range codes {
		name, column, _ := strings.Cut(column, ".")
		table, ok := output.Lookup(name)
		if !ok {
			t.Fatalf("no table %s", name)
		}
		if len(known) > 0 && table.Values(column) == nil {
			t.Errorf("%s.%s has no words", name, column)
		}
		for _, code := range known {
			if word := table.Word(lang.Vietnamese, column, code); word == code {
				t.Errorf("%s.%s: %s has no Vietnamese word", name, column, code)
			}
		}
		for _, l := range []lang.Lang{lang.English, lang.Vietnamese} {
			seen := map[string]string{}
			for _, v := range table.Values(column) {
				word := v.Text.In(l)
				if other, ok := seen[word]; ok || word == "" {
					t.Errorf("%s.%s: %s and %s are both %q", name, column, other, v.Code, word)
				}
				seen[word] = v.Code
			}
		}
	}
	for _, free := range [][2]string{{"measurements", "reason"}, {"measurements", "change"}, {"calibration", "class"}} {
		if table, _ := output.Lookup(free[0]); table.Values(free[1]) != nil {
			t.Errorf("%s.%s is no column of codes", free[0], free[1])
		}
	}
	if got := output.Plan.Word(lang.Vietnamese, "operator", "Viettel"); got != "Viettel" {
		t.Errorf("an operator's name becomes %q", got)
	}
}

// What people read has words, what programs read has codes.
func TestWordsForPeople(t *testing.T) {
	layer := output.Layer{Table: &output.LeftOut, Each: func(write output.Write) error {
		return write(orb.Geometry(nil), "01", "Nà Pò", "not_enough", "", 0.0, 0.5, 0.6, "", nil, nil, nil, "USD")
	}}
	var csv, book bytes.Buffer
	if err := layer.CSV(&csv); err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(csv.String(), ",not_enough,") {
		t.Errorf("CSV: %s", csv.String())
	}
	if err := output.Workbook(&book, []output.Layer{layer}, lang.Vietnamese); err != nil {
		t.Fatal(err)
	}
	z, err := zip.NewReader(bytes.NewReader(book.Bytes()), int64(book.Len()))
	if err != nil {
		t.Fatal(err)
	}
	sheet, err := z.Open("xl/worksheets/sheet1.xml")
	if err != nil {
		t.Fatal(err)
	}
	b, err := io.ReadAll(sheet)
	if err != nil {
		t.Fatal(err)
	}
	if got := string(b); strings.Contains(got, "not_enough") || !strings.Contains(got, "mọi lựa chọn cộng lại vẫn chưa đủ") {
		t.Errorf("workbook: %s", got)
	}
	styles := output.Plan.Styles(lang.Vietnamese)
	qml, err := styles[0].QML()
	if err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(qml, `name="viba" value="microwave"`) {
		t.Error("the style of the plan has no words for its codes")
	}
}
