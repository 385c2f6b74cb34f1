package main

import (
	"fmt"
	"io"
	"strings"
	"text/tabwriter"

	"github.com/covgap/covgap/cmd/covgap/answer"
	"github.com/covgap/covgap/cmd/covgap/lang"
	"github.com/covgap/covgap/coverage/cause"
	"github.com/covgap/covgap/coverage/linkbudget"
)

func printVillageExplained(g *global, v *answer.Village) error {
	w, l := &stickyWriter{w: g.stdout}, g.lang
	fmt.Fprintf(w, "%s\n", strings.Join(strings.Fields(strings.Join([]string{v.ID, v.Name}, " ")), " ")+comma(v.Commune))
	people := ""
	if v.Population > 0 {
		people = fmt.Sprintf(l.T("; %s of %s people without service", "; %s trong %s người chưa có sóng"), l.Int(int64(v.PeopleUnserved+0.5)), l.Int(int64(v.Population+0.5)))
	}
	fmt.Fprintf(w, l.T("%s: %s %% served, %s %% with a signal%s\n", "%s: %s %% được phủ, %s %% có tín hiệu%s\n"),
		className(l, v.Class), l.Float(100*v.ServedShare, 0), l.Float(100*v.SignalShare, 0), people)
	if v.Declared != "" {
		fmt.Fprintf(w, l.T("declared: %s\n", "kê khai: %s\n"), className(l, v.Declared))
	}
	if v.Cause == "" {
		fmt.Fprintln(w, l.T("\nIt meets the criterion. At its centre:", "\nĐạt tiêu chí. Tại trung tâm:"))
		printHexBody(w, g, &v.Hex)
		return w.err
	}
	fmt.Fprintf(w, l.T("\nWhy: %s", "\nNguyên nhân: %s"), causeName(l, v.Cause))
	if len(v.Causes) > 1 {
		var parts []string
		for _, c := range v.Causes {
			parts = append(parts, fmt.Sprintf("%s %s %%", causeName(l, c.Cause), l.Float(100*c.Share, 0)))
		}
		fmt.Fprintf(w, l.T(" (of what is not served: %s)", " (của phần chưa phủ: %s)"), strings.Join(parts, ", "))
	}
	fmt.Fprintf(w, l.T("\nAt hex %s, %.5f, %.5f, which stands for it:\n", "\nTại ô %s, %.5f, %.5f, đại diện cho nguyên nhân này:\n"), v.Hex.ID, v.Hex.Longitude, v.Hex.Latitude)
	printHexBody(w, g, &v.Hex)
	printRemedies(w, l, v.Remedies)
	return w.err
}

func comma(s string) string {
	if s == "" {
		return ""
	}
	return ", " + s
}

func printHexExplained(g *global, h *answer.Hex) error {
	w, l := &stickyWriter{w: g.stdout}, g.lang
	fmt.Fprintf(w, l.T("hex %s, %.5f, %.5f: %s\n", "ô %s, %.5f, %.5f: %s\n"), h.ID, h.Longitude, h.Latitude, className(l, h.Class))
	if h.Cause != "" {
		fmt.Fprintf(w, l.T("Why: %s\n", "Nguyên nhân: %s\n"), causeName(l, h.Cause))
	}
	printHexBody(w, g, h)
	return w.err
}

// shownLinks is how many of the strongest sectors the terminal lists.
const shownLinks = 4

// printHexBody tells who reaches a hex, what stands in the way, and what would serve.
func printHexBody(w io.Writer, g *global, h *answer.Hex) {
	l := g.lang
	if h.Operator != "" {
		fmt.Fprintf(w, l.T("operator %s\n", "nhà mạng %s\n"), h.Operator)
	}
	if len(h.Links) == 0 {
		fmt.Fprintln(w, l.T("no sector that counts reaches it within the computing radius", "không có sector nào được tính phủ tới trong bán kính tính toán"))
	}
	seen := map[string]bool{} // other sectors on a mast see the same path
	for i := range h.Links {
		k := &h.Links[i]
		path := fmt.Sprint(k.SiteID, k.Operator, k.Technology, k.FrequencyMHz)
		if seen[path] || len(seen) == shownLinks {
			continue
		}
		seen[path] = true
		fmt.Fprintf(w, "  %s\n", linkText(l, k))
		if r := h.Links[i].Ridge; r != nil {
			fmt.Fprintf(w, "    %s\n", ridgeText(l, r, h.Links[i].LineOfSight))
		}
	}
	if h.EdgeDB > 0 {
		fmt.Fprintf(w, l.T("on the edge: this hex's own path is %s dB better than the map, which takes the nearest ray\n",
			"ở ngưỡng: đường truyền riêng của ô này tốt hơn bản đồ %s dB, bản đồ lấy theo tia gần nhất\n"), l.Float(h.EdgeDB, 1))
	}
	if b := h.BeyondRadius; b != nil {
		fmt.Fprintf(w, l.T("cut by the computing radius: %s\n", "bị cắt bởi bán kính tính toán: %s\n"), linkText(l, b))
	}
	if len(h.Counterfactuals) == 0 {
		return
	}
	fmt.Fprintln(w, l.T("\nWhat would happen", "\nNếu"))
	tw := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	for i := range h.Counterfactuals {
		c := &h.Counterfactuals[i]
		outcome := fmt.Sprintf(l.T("%s dB short", "thiếu %s dB"), l.Float(-c.MarginDB, 1))
		if c.Serves {
			outcome = fmt.Sprintf(l.T("serves, %s dB to spare", "phủ được, dư %s dB"), l.Float(c.MarginDB, 1))
		}
		gain := ""
		if c.GainDB != nil {
			gain = signed(l, *c.GainDB) + " dB"
		}
		mark := " "
		if c.Cause == h.Cause {
			mark = "*"
		}
		fmt.Fprintf(tw, "%s %s\t%s\t%s\t%s\n", mark, supposition(l, c.Cause), c.SectorID, gain, outcome)
	}
	_ = tw.Flush() // the writer keeps the error
	for i := range h.Counterfactuals {
		if c := &h.Counterfactuals[i]; c.Cause == h.Cause {
			if c.Ridge != nil {
				fmt.Fprintf(w, l.T("* in the way of %s: %s\n", "* che đường tới %s: %s\n"), c.SectorID, ridgeText(l, c.Ridge, false))
			}
			if c.Cause == cause.Beam && c.AzimuthAssumed {
				fmt.Fprintf(w, l.T("* the input does not say where %s points: its direction is assumed, and so is this cause\n",
					"* dữ liệu đầu vào không ghi hướng của %s: hướng là giả định, nên nguyên nhân này cũng vậy\n"), c.SectorID)
			}
			fmt.Fprintf(w, "  covgap profile %s %.5f,%.5f%s\n", quote(c.SectorID), h.Longitude, h.Latitude, projectFlag(g))
		}
	}
}

func signed(l lang.Lang, v float64) string {
	if v >= 0 {
		return "+" + l.Float(v, 1)
	}
	return l.Float(v, 1)
}

// linkText says how a sector is received.
func linkText(l lang.Lang, k *answer.Link) string {
	level := fmt.Sprintf("%s %s dBm", linkbudget.Quantity(k.Technology), l.Float(k.LevelDBm, 1))
	if k.MarginDB != nil {
		if *k.MarginDB < 0 {
			level += fmt.Sprintf(l.T(" (%s dB short of %s)", " (thiếu %s dB so với %s)"), l.Float(-*k.MarginDB, 1), l.Float(*k.RequiredDBm, 1))
		} else {
			level += fmt.Sprintf(l.T(" (%s dB above %s)", " (dư %s dB so với %s)"), l.Float(*k.MarginDB, 1), l.Float(*k.RequiredDBm, 1))
		}
	}
	sight := l.T("in sight", "tầm nhìn thẳng")
	if !k.LineOfSight {
		sight = l.T("out of sight", "bị che khuất")
	}
	beam := ""
	if k.OffBeamDB >= 1 {
		beam = fmt.Sprintf(l.T(", %s dB off its beam", ", lệch búp sóng %s dB"), l.Float(k.OffBeamDB, 1))
	}
	return fmt.Sprintf(l.T("%s (%s, %s %s MHz), %s km, azimuth %s°, %s%s: %s", "%s (%s, %s %s MHz), %s km, phương vị %s°, %s%s: %s"),
		k.SectorID, k.Operator, k.Technology, l.Short(k.FrequencyMHz), l.Float(k.DistanceKm, 2), l.Float(k.AzimuthDeg, 0), sight, beam, level)
}

// ridgeText says what reaches furthest into the first Fresnel zone.
func ridgeText(l lang.Lang, r *answer.Ridge, sees bool) string {
	height := l.Float(r.HeightM, 0)
	if r.ClutterM > 0 {
		height = fmt.Sprintf(l.T("%s m with %s m of trees or buildings", "%s m gồm %s m cây hoặc nhà"), height, l.Float(r.ClutterM, 0))
	} else {
		height += " m"
	}
	line := fmt.Sprintf(l.T("%s m above the line", "cao hơn đường ngắm %s m"), l.Float(r.AboveLineM, 0))
	if sees || r.AboveLineM < 0 {
		line = fmt.Sprintf(l.T("%s m below the line", "thấp hơn đường ngắm %s m"), l.Float(-r.AboveLineM, 0))
	}
	return fmt.Sprintf(l.T("ground at %.5f, %.5f, %s km from the site, %s high, %s, takes %s %% of the first Fresnel zone (radius %s m)",
		"mặt đất tại %.5f, %.5f, cách trạm %s km, cao %s, %s, chiếm %s %% vùng Fresnel thứ nhất (bán kính %s m)"),
		r.Longitude, r.Latitude, l.Float(r.FromSiteKm, 2), height, line, l.Float(100*r.FresnelShare, 0), l.Float(r.FresnelM, 0))
}

// supposition words a counterfactual.
func supposition(l lang.Lang, c cause.Cause) string {
	switch c {
	case cause.Technology:
		return l.T("a technology that counts on its antenna", "công nghệ được tính trên ăng-ten này")
	case cause.Operator:
		return l.T("the operator on this antenna", "nhà mạng này trên ăng-ten này")
	case cause.Beam:
		return l.T("the beam pointed here", "búp sóng hướng tới đây")
	case cause.BehindTrees:
		return l.T("no trees and buildings on the way", "không có cây, nhà trên đường truyền")
	case cause.BehindTerrain:
		return l.T("no terrain in the way", "không có địa hình che")
	case cause.Power:
		return fmt.Sprintf(l.T("%d dB more power", "thêm %d dB công suất"), cause.PowerStepDB)
	}
	return causeName(l, c)
}

// printRemedies tells what was tried and does something.
func printRemedies(w io.Writer, l lang.Lang, remedies []answer.Remedy) {
	if len(remedies) == 0 {
		fmt.Fprintln(w, l.T("\nNothing that was tried on the network would serve more of it.", "\nKhông giải pháp nào đã thử làm tăng vùng phủ ở đây."))
		return
	}
	fmt.Fprintln(w, l.T("\nWhat would serve it, each tried on the network", "\nGiải pháp, mỗi giải pháp đã tính thử trên mạng"))
	tw := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	for i := range remedies {
		r := &remedies[i]
		outcome := fmt.Sprintf(l.T("still %s, %s %% served", "vẫn %s, phủ %s %%"), className(l, r.ClassAfter), l.Float(100*r.ShareAfter, 0))
		if r.Meets {
			outcome = fmt.Sprintf(l.T("meets the criterion, %s %% served", "đạt tiêu chí, phủ %s %%"), l.Float(100*r.ShareAfter, 0))
		}
		gain := ""
		if r.GainDB != nil {
			gain = signed(l, *r.GainDB) + " dB"
		}
		people := fmt.Sprintf(l.T("%s people gain service", "thêm %s người có sóng"), l.Int(int64(r.PeopleGained+0.5)))
		if r.PeopleLost >= 0.5 {
			people += fmt.Sprintf(l.T(", %s lose it", ", %s người mất sóng"), l.Int(int64(r.PeopleLost+0.5)))
		}
		fmt.Fprintf(tw, "  %s\t%s\t%s\t%s\n", actionText(l, &r.Action), gain, outcome, people)
	}
	_ = tw.Flush() // the writer keeps the error
}

// shownVillages is how many villages of a site the terminal lists.
const shownVillages = 15

func printSiteExplained(g *global, s *answer.Site) error {
	w, l := &stickyWriter{w: g.stdout}, g.lang
	n := func(v int) string { return l.Int(int64(v)) }
	people := func(v float64) string { return l.Int(int64(v + 0.5)) }
	fmt.Fprintf(w, l.T("%s, %.5f, %.5f: best server of %s people in %s villages\n\n", "%s, %.5f, %.5f: phục vụ tốt nhất cho %s người ở %s thôn/xóm\n\n"),
		strings.Join(strings.Fields(s.ID+" "+s.Name), " "), s.Longitude, s.Latitude, people(s.People), n(len(s.Villages)))
	tw := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	fmt.Fprintln(tw, l.T("sector\toperator\ttechnology\tMHz\tantenna\tazimuth\ttilt\tEIRP\thexes\tpeople", "sector\tnhà mạng\tcông nghệ\tMHz\tăng-ten\tphương vị\tgóc cụp\tEIRP\tô\tngười"))
	for i := range s.Sectors {
		x := &s.Sectors[i]
		azimuth := l.T("all", "mọi hướng")
		if x.AzimuthDeg != nil {
			azimuth = l.Short(*x.AzimuthDeg) + "°"
		}
		hexes, served := n(x.Hexes), people(x.People)
		if !x.Counts {
			hexes, served = l.T("does not count", "không tính"), ""
		}
		fmt.Fprintf(tw, "%s\t%s\t%s\t%s\t%s m\t%s\t%s°\t%s dBm\t%s\t%s\n", x.ID, x.Operator, x.Technology, l.Short(x.FrequencyMHz), l.Short(x.AntennaHeightM),
			azimuth, l.Short(x.TiltDeg), l.Short(x.EIRPDBm), hexes, served)
	}
	_ = tw.Flush() // w keeps the error
	if len(s.Villages) > 0 {
		fmt.Fprintln(w)
		tw = tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
		fmt.Fprintln(tw, l.T("village\tname\tcommune\tshare\tpeople", "mã\tthôn/xóm\txã/phường\ttỷ lệ\tngười"))
		for i := range s.Villages {
			if i == shownVillages {
				break
			}
			v := &s.Villages[i]
			fmt.Fprintf(tw, "%s\t%s\t%s\t%s %%\t%s\n", v.ID, v.Name, v.Commune, l.Float(100*v.Share, 0), people(v.People))
		}
		_ = tw.Flush() // w keeps the error
		if rest := len(s.Villages) - shownVillages; rest > 0 {
			fmt.Fprintf(w, l.T("… and %s more (--json lists all)\n", "… và %s nữa (--json liệt kê tất cả)\n"), n(rest))
		}
	}
	if len(s.Alone) == 0 {
		fmt.Fprintln(w, l.T("\nNo village depends on it alone.", "\nKhông thôn/xóm nào chỉ dựa vào trạm này."))
	} else {
		fmt.Fprintf(w, l.T("\n%s villages depend on it alone: without it they would be gaps\n", "\n%s thôn/xóm chỉ dựa vào trạm này: không có trạm sẽ thành vùng lõm\n"), n(len(s.Alone)))
		printChanges(w, l, s.Alone)
	}
	if len(s.Lose) > 0 {
		fmt.Fprintf(w, l.T("\n%s more would lose service in part\n", "\n%s thôn/xóm khác sẽ mất sóng một phần\n"), n(len(s.Lose)))
		printChanges(w, l, s.Lose)
	}
	return w.err
}

// printChanges lists villages that a site's end would leave with less.
func printChanges(w io.Writer, l lang.Lang, villages []answer.VillageChange) {
	tw := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	for i := range villages {
		if i == shownVillages {
			break
		}
		v := &villages[i]
		fmt.Fprintf(tw, "  %s\t%s\t%s\t%s\t%s %% → %s %%\n", v.ID, v.Name, v.Commune, className(l, v.ClassAfter), l.Float(100*v.ShareBefore, 0), l.Float(100*v.ShareAfter, 0))
	}
	_ = tw.Flush() // the writer keeps the error
	if rest := len(villages) - shownVillages; rest > 0 {
		fmt.Fprintf(w, l.T("  … and %s more (--json lists all)\n", "  … và %s nữa (--json liệt kê tất cả)\n"), l.Int(int64(rest)))
	}
}
