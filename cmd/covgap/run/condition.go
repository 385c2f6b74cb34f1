package run

import (
	"fmt"
	"strings"

	"github.com/covgap/covgap/cmd/covgap/lang"
	"github.com/covgap/covgap/planner"
)

// Conditions says what was fixed before a plan was chosen, as what plans do that the
// bound holds for: "keeps 2 actions, is paid by the funds"; "" when nothing was.
func Conditions(l lang.Lang, p *planner.Plan) string {
	var out []string
	for _, c := range p.Conditions() {
		out = append(out, condition(l, c))
	}
	return strings.Join(out, ", ")
}

func condition(l lang.Lang, c planner.Condition) string {
	if l != lang.Vietnamese {
		return c.String()
	}
	n := l.Int(int64(c.Amount))
	switch c.Kind {
	case planner.KeepsActions:
		return fmt.Sprintf("giữ nguyên %s hạng mục đã cho", n)
	case planner.AvoidsPlaces:
		return fmt.Sprintf("không đặt trạm gần %s vị trí đã bỏ", n)
	case planner.BuildsAt:
		return fmt.Sprintf("xây tại %s vị trí bắt buộc (must)", n)
	case planner.BuildsNotAt:
		return fmt.Sprintf("không xây tại %s vị trí bị loại (must_not)", n)
	case planner.SpacesMasts:
		return fmt.Sprintf("các trạm mới cách nhau từ %s m", n)
	case planner.StaysInYears:
		return "trong kinh phí từng năm"
	case planner.StaysWithFunds:
		return "trong các nguồn vốn"
	}
	return c.String()
}
