package main

import (
	"fmt"
	"io"

	"github.com/covgap/covgap/cmd/covgap/lang"
	"github.com/covgap/covgap/cmd/covgap/run"
	"github.com/covgap/covgap/planner"
	"github.com/covgap/covgap/planner/robust"
)

// printRobustness tells how firmly the results stand, and what to measure first.
func printRobustness(w io.Writer, g *global, r *run.Run, s *run.RobustSummary) {
	l := g.lang
	n := func(v int) string { return l.Int(int64(v)) }
	fmt.Fprintf(w, l.T("\nHow sure: levels off by %s dB from path to path and up to ±%s dB all together leave %s villages surely gaps, %s surely served and %s uncertain (%s of them gaps)\n",
		"\nĐộ chắc chắn: nếu mức thu lệch %s dB theo từng đường truyền và lệch chung tới ±%s dB thì %s thôn/xóm chắc chắn là vùng lõm, %s chắc chắn có sóng, %s chưa chắc (trong đó %s đang tính là vùng lõm)\n"),
		l.Float(s.SigmaDB, 1), l.Float(s.BiasDB, 0), n(s.SurelyWeak), n(s.SurelyServed), n(s.Uncertain), n(s.UncertainGaps))
	if s.SecondModel != "" && s.Disagrees > 0 {
		fmt.Fprintf(w, l.T("the model %s would call %s villages otherwise: only measurements can decide between the two\n",
			"mô hình %s cho kết quả khác ở %s thôn/xóm: chỉ đo kiểm mới phân định được\n"), s.SecondModel, n(s.Disagrees))
	}
	p := s.Plan
	if p == nil || p.Solves == 0 {
		return
	}
	money := func(v float64) string { return l.Float(v, 0) + " " + string(r.Plan.Currency) }
	within := "" // why they may seem to cost more than the budget
	if r.Plan.Objective.Goal == planner.Budget {
		within = l.T(" (each kept within the budget at its own)", " (mỗi phương án nằm trong ngân sách theo đơn giá của nó)")
	}
	fmt.Fprintf(w, l.T("the plan made again %s times, costs off by up to %s %% as well: %s of %s actions, or a place within 1 km, are in at least %s %% of the plans; 80 %% of them cost %s to %s at the prices given%s\n",
		"lập lại phương án %s lần, chi phí cũng lệch tới %s %%: %s trong %s hạng mục (hoặc vị trí trong 1 km) có mặt ở ít nhất %s %% số phương án; 80 %% số phương án có chi phí từ %s đến %s theo đơn giá đã cho%s\n"),
		n(p.Solves), l.Float(100*s.CostShare, 0), n(p.Firm), n(len(r.Plan.Actions)), l.Float(100*s.SureShare, 0), money(p.CostLow), money(p.CostHigh), within)
	for i := range r.Robust.Plan.Measurements {
		if i == measurementsShown {
			break
		}
		m := &r.Robust.Plan.Measurements[i]
		v := r.Coverage.Places[m.Village].Village
		name := v.Name
		if name == "" {
			name = v.ID
		}
		if i == 0 {
			fmt.Fprintf(w, l.T("Measure first (%s has all %s)\n", "Nên đo trước (%s liệt kê đủ %s)\n"), run.FileMeasure, n(p.Measurements))
		}
		fmt.Fprintf(w, "  %s: %s\n", measurementName(l, m, name, r.MeasurementSite(m)), r.MeasurementReason(l, m))
	}
}

// measurementsShown is how many measurements the terminal lists.
const measurementsShown = 5

// measurementName says what to measure where.
func measurementName(l lang.Lang, m *robust.Measurement, village, site string) string {
	switch {
	case m.Kind == robust.Link:
		return fmt.Sprintf(l.T("%s, a test transmitter at %s", "%s, phát thử tại %s"), village, site)
	case site == "":
		return village
	}
	return fmt.Sprintf(l.T("%s, signal of %s", "%s, sóng của %s"), village, site)
}
