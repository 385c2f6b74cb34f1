package main

import (
	"cmp"
	"fmt"
	"io"
	"os"
	"path"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"text/tabwriter"

	"github.com/covgap/covgap/cmd/covgap/lang"
	"github.com/covgap/covgap/cmd/covgap/output"
	"github.com/covgap/covgap/cmd/covgap/project"
	"github.com/covgap/covgap/cmd/covgap/run"
	"github.com/covgap/covgap/coverage/calibrate"
	"github.com/covgap/covgap/coverage/cause"
	"github.com/covgap/covgap/coverage/criterion"
	"github.com/covgap/covgap/data"
	"github.com/covgap/covgap/data/sample"
	"github.com/covgap/covgap/planner"
)

// shown is how many gaps and sites the terminal lists; the files hold all.
const shown = 10

// printSummary tells a person what a run found.
func printSummary(g *global, r *run.Run, s *run.Summary, out string) error {
	w := &stickyWriter{w: g.stdout}
	l := g.lang
	n := func(v int) string { return l.Int(int64(v)) }
	fmt.Fprintf(w, "\n%s\n", s.Project)
	fmt.Fprintf(w, l.T("%s sites (%s rows, %s sectors), %s villages, %s areas\n", "%s trạm (%s dòng, %s sector), %s thôn/xóm, %s xã/phường\n"),
		n(s.Counts.Sites), n(s.Counts.Rows), n(s.Counts.Sectors), n(s.Counts.Villages), n(len(r.Inputs.Areas)))
	printNotices(w, g, r, s)
	for _, skip := range s.Skipped {
		fmt.Fprintf(w, l.T("not computed: %s sectors, %s\n", "không tính: %s sector, %s\n"), n(skip.Sectors), skipReason(l, skip))
	}
	if r.Gaps != nil {
		printGaps(w, g, r, s)
	}
	if r.Plan != nil {
		printPlan(w, g, r)
	}
	if s.Robust != nil {
		printRobustness(w, g, r, s.Robust)
	}
	printAssumptions(w, g, s)
	if s.Files != nil {
		fmt.Fprintf(w, "\n%s %s\n", l.T("Results in", "Kết quả ở"), out)
		for _, file := range []struct {
			name   string
			there  bool
			en, vi string
		}{
			{run.FileReport, r.Gaps != nil, "look at this first: all of it, in the browser", "xem tệp này trước: toàn bộ kết quả, mở bằng trình duyệt"},
			{run.FilePicture, s.Files[run.FilePicture] != "", "the map as a picture", "bản đồ dạng ảnh"},
			{run.FileGaps, r.Gaps != nil, "every gap, ranked; opens in a spreadsheet", "mọi vùng lõm sóng, đã xếp hạng; mở bằng bảng tính"},
			{run.FileWorkbook, r.Plan != nil, "what to build, ranked; also plan.csv, plan.kmz", "cần xây gì, theo thứ tự; còn có plan.csv, plan.kmz"},
			{run.FileGeoPackage, s.Files[run.FileGeoPackage] != "", "every table as a layer, coloured, for QGIS; also *.geojson", "mọi bảng thành lớp bản đồ có màu, cho QGIS; còn có *.geojson"},
		} {
			if file.there {
				fmt.Fprintf(w, "  %-18s %s\n", file.name, l.T(file.en, file.vi))
			}
		}
		if len(r.Removed) > 0 {
			fmt.Fprintf(w, "  %-18s %s\n", l.T("removed", "đã xóa"), strings.Join(r.Removed, ", "))
		}
		fmt.Fprintf(w, "  %-18s %s\n", run.FileRun, l.T("counts, criterion, model, every assumption", "số liệu, tiêu chí, mô hình, mọi giả định"))
		printNext(w, g, r, s)
	}
	return w.err
}

func skipReason(l lang.Lang, s run.Skip) string {
	switch s.Reason {
	case run.NoThreshold:
		return fmt.Sprintf(l.T("since the criterion has no threshold for %s", "vì tiêu chí không có ngưỡng cho %s"), s.Detail)
	case run.NotOnAir:
		return fmt.Sprintf(l.T("status %s", "trạng thái %s"), s.Detail)
	case run.OffThatDay:
		return fmt.Sprintf(l.T("not on air on %s", "không phát sóng ngày %s"), s.Detail)
	}
	return fmt.Sprintf(l.T("further than %s km from the areas", "cách khu vực tính hơn %s km"), s.Detail)
}

// stickyWriter keeps the first error, so that a report need not check every line.
type stickyWriter struct {
	w   io.Writer
	err error
}

func (s *stickyWriter) Write(b []byte) (int, error) {
	if s.err != nil {
		return 0, s.err
	}
	var n int
	n, s.err = s.w.Write(b)
	return n, s.err
}

// printNotices tells what is missing or doubtful in the inputs: terrain, warnings,
// refused rows. The rows are listed where no file of the run holds them.
func printNotices(w io.Writer, g *global, r *run.Run, s *run.Summary) {
	l := g.lang
	n := func(v int) string { return l.Int(int64(v)) }
	for _, report := range r.Inputs.Reports {
		if report.Layer != "" {
			fmt.Fprintf(w, l.T("%s: sheet %q of %s, the only one with the columns; another is named with layer (--layer %s=NAME)\n",
				"%s: trang tính %q trong %s trang, là trang duy nhất có đủ cột; chọn trang khác bằng layer (--layer %s=TÊN)\n"), report.Kind, report.Layer, n(report.Layers), report.Kind)
		}
	}
	t := s.Terrain
	if t.Voids > 0 {
		fmt.Fprintf(w, l.T("terrain: %s m spacing, %s voids of %s samples, %s filled from their neighbours\n", "địa hình: bước %s m, %s điểm trống trong %s điểm, %s đã nội suy từ điểm lân cận\n"),
			l.Float(t.SpacingM, 0), n(t.Voids), n(t.Samples), n(t.Filled))
	}
	for _, notice := range s.Warnings {
		if _, written := s.Files[run.FileRejects]; notice.Refused && !written {
			continue // they are listed below
		}
		times := ""
		if notice.Rows > 1 {
			unit := l.T("rows", "dòng")
			if notice.Input == "terrain" {
				unit = l.T("samples", "điểm")
			}
			times = fmt.Sprintf(" (%s %s)", n(notice.Rows), unit)
		}
		fmt.Fprintf(w, "%s: %s: %s%s\n", l.T("warning", "cảnh báo"), notice.Place, l.Say(notice.Text), times)
	}
	rejects := r.Inputs.Rejects()
	if len(rejects) == 0 {
		return
	}
	if _, written := s.Files[run.FileRejects]; written {
		fmt.Fprintf(w, l.T("warning: %s rows were refused; %s has each with its reason\n", "cảnh báo: %s dòng bị loại; %s ghi rõ lý do\n"),
			n(len(rejects)), run.FileRejects)
		return
	}
	fmt.Fprintf(w, l.T("warning: %s rows are refused\n", "cảnh báo: %s dòng bị loại\n"), n(len(rejects)))
	for i := range rejects {
		if i == shown && !g.verbose {
			fmt.Fprintf(w, l.T("  … and %s more (-v lists all)\n", "  … và %s nữa (-v liệt kê tất cả)\n"), n(len(rejects)-shown))
			break
		}
		rejects[i].Pos.File = r.Project.Relative(rejects[i].Pos.File)
		fmt.Fprintf(w, "  %s: %s\n", rejects[i].Pos, rejects[i].Reason())
	}
}

// printGaps tells how many villages are gaps and lists the worst.
func printGaps(w io.Writer, g *global, r *run.Run, s *run.Summary) {
	l := g.lang
	n := func(v int) string { return l.Int(int64(v)) }
	t := &r.Gaps.Total
	fmt.Fprintf(w, l.T("\n%s of %s villages are gaps: %s weak, %s without signal; %s of them have no grid power\n",
		"\n%s trong %s thôn/xóm là vùng lõm sóng: %s sóng yếu, %s trắng sóng; %s chưa có điện lưới\n"),
		n(t.Gaps()), n(t.Villages), n(t.Weak), n(t.None), n(r.Gaps.WithoutGrid))
	if r.Gaps.UnknownGrid > 0 {
		fmt.Fprintf(w, l.T("whether there is grid power is unknown for %s of them\n", "chưa rõ điện lưới ở %s thôn/xóm trong số đó\n"), n(r.Gaps.UnknownGrid))
	}
	if t.People > 0 {
		fmt.Fprintf(w, l.T("%s of %s people are not served\n", "%s trong %s người chưa được phủ sóng\n"),
			n(int(t.PeopleUnserved+0.5)), n(int(t.People+0.5)))
	}
	fmt.Fprintf(w, l.T("criterion %s v%d, model %s, resolution %d, %s km\n", "tiêu chí %s v%d, mô hình %s, độ phân giải %d, %s km\n"),
		s.Criterion.Name, s.Criterion.Version, modelName(l, &s.Model), s.Model.Resolution, l.Float(s.Model.RadiusKm, 0))
	shifts := make([]string, len(s.Shifts))
	for i, c := range s.Shifts {
		shifts[i] = fmt.Sprintf(l.T("%s at %s dB", "%s khi %s dB"), n(c.Gaps), signedShort(l, c.ShiftDB))
	}
	fmt.Fprintf(w, l.T("gaps if every level were higher or lower: %s\n", "số vùng lõm nếu mọi mức thu cao hơn hoặc thấp hơn: %s\n"), strings.Join(shifts, ", "))
	if a := s.Declared; a != nil {
		fmt.Fprintf(w, l.T("declared against computed: %s agree on a gap, %s declared gaps are computed as served, %s computed gaps are declared served, %s agree on service\n",
			"so kê khai với tính toán: %s cùng là vùng lõm, %s kê khai là vùng lõm nhưng tính toán có sóng, %s tính toán là vùng lõm nhưng kê khai có sóng, %s cùng có sóng\n"),
			n(a.Both), n(a.DeclaredOnly), n(a.ComputedOnly), n(a.Neither))
		printAgreement(w, g, r)
	}
	if len(r.Gaps.Ranked) == 0 {
		return
	}
	fmt.Fprintln(w)
	printCauses(w, l, s.Causes)
	tw := tabwriter.NewWriter(w, 0, 0, 2, ' ', tabwriter.StripEscape)
	fmt.Fprintln(tw, l.T("#\tvillage\tcommune\tpeople unserved\tserved\tclass\twhy\tgrid power\tnearest site",
		"#\tthôn/xóm\txã/phường\tngười chưa có sóng\tcó sóng\tloại\tnguyên nhân\tđiện lưới\ttrạm gần nhất"))
	for i, k := range r.Gaps.Ranked {
		if i == shown {
			break
		}
		p := &r.Coverage.Places[k]
		v, verdict := p.Village, &r.Gaps.Verdicts[k]
		name := v.Name
		if name == "" {
			name = v.ID
		}
		people := "?"
		if v.Population > 0 {
			people = l.Int(int64(verdict.PeopleUnserved + 0.5))
		}
		near := ""
		if site, m, ok := r.NearestSite(k); ok {
			near = fmt.Sprintf("%s km (%s)", l.Float(m/1000, 1), strings.Join(run.Technologies(site), " "))
		}
		fmt.Fprintf(tw, "%d\t%s\t%s\t%s\t%s %%\t%s\t%s\t%s\t%s\n", i+1, name, v.Commune,
			people, l.Float(100*verdict.ServedShare, 0), className(l, verdict.Class), causeName(l, r.Gaps.Causes[k].Cause), presenceName(l, v.GridPower), near)
	}
	_ = tw.Flush() // w keeps the error
	printRest(w, l, len(r.Gaps.Ranked)-shown, run.FileGaps)
}

// signedShort writes a number with its sign.
func signedShort(l lang.Lang, v float64) string {
	if v > 0 {
		return "+" + l.Short(v)
	}
	return l.Short(v)
}

// printCauses tells why the gaps are gaps.
func printCauses(w io.Writer, l lang.Lang, causes []run.CauseTally) {
	tw := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	fmt.Fprintln(tw, l.T("gaps\twhy\tpeople unserved", "vùng lõm\tnguyên nhân\tngười chưa có sóng"))
	for _, c := range causes {
		fmt.Fprintf(tw, "%s\t%s\t%s\n", l.Int(int64(c.Villages)), causeName(l, c.Cause), l.Int(int64(c.PeopleUnserved+0.5)))
	}
	_ = tw.Flush() // w keeps the error
	fmt.Fprintln(w)
}

// The words of codes, as in files that people read.
func causeName(l lang.Lang, c cause.Cause) string { return output.Gaps.Word(l, "cause", string(c)) }

func className(l lang.Lang, c data.Class) string { return output.Gaps.Word(l, "class", string(c)) }

func actionName(l lang.Lang, k planner.ActionKind) string {
	return output.Plan.Word(l, "action", string(k))
}

// printAgreement lists the communes whose declarations differ most from what was
// computed.
func printAgreement(w io.Writer, g *global, r *run.Run) {
	l := g.lang
	n := func(v int) string { return l.Int(int64(v)) }
	differ := func(c *criterion.Commune) int { return c.Agreement.DeclaredOnly + c.Agreement.ComputedOnly }
	var communes []*criterion.Commune
	for i := range r.Gaps.Communes {
		if c := &r.Gaps.Communes[i]; differ(c) > 0 {
			communes = append(communes, c)
		}
	}
	slices.SortStableFunc(communes, func(a, b *criterion.Commune) int { return cmp.Compare(differ(b), differ(a)) })
	if len(communes) == 0 {
		return
	}
	fmt.Fprintf(w, l.T("  communes where the two differ (%s holds all):\n", "  các xã/phường có khác biệt (%s có đủ):\n"), run.FileCommunes)
	tw := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	fmt.Fprintln(tw, l.T("  commune\tboth gaps\tdeclared only\tcomputed only\tboth served\tnot declared", "  xã/phường\tcùng lõm\tchỉ kê khai\tchỉ tính toán\tcùng có sóng\tkhông kê khai"))
	for i, c := range communes {
		if i == shown && !g.verbose {
			break
		}
		name := c.Name
		if name == "" {
			name = c.Code
		}
		a := &c.Agreement
		fmt.Fprintf(tw, "  %s\t%s\t%s\t%s\t%s\t%s\n", name, n(a.Both), n(a.DeclaredOnly), n(a.ComputedOnly), n(a.Neither), n(a.NotDeclared))
	}
	_ = tw.Flush() // w keeps the error
	if rest := len(communes) - shown; rest > 0 && !g.verbose {
		fmt.Fprintf(w, l.T("  … and %s more in %s\n", "  … và %s nữa trong %s\n"), n(rest), run.FileCommunes)
	}
}

// modelName names a model with its calibration.
func modelName(l lang.Lang, m *run.ModelSummary) string {
	c := m.Calibration
	switch {
	case c == nil:
		return m.Name
	case c.HeldOutSDDB == 0:
		return fmt.Sprintf(l.T("%s calibrated by %s v%d (error elsewhere not known)", "%s hiệu chỉnh theo %s v%d (chưa rõ sai số ở nơi khác)"), m.Name, c.Name, c.Version)
	}
	return fmt.Sprintf(l.T("%s calibrated by %s v%d (%s dB on %ss not fitted to)", "%s hiệu chỉnh theo %s v%d (%s dB trên %s không dùng để khớp)"),
		m.Name, c.Name, c.Version, l.Float(c.HeldOutSDDB, 1), splitName(l, c.SplitBy))
}

func splitName(l lang.Lang, s calibrate.SplitBy) string {
	if s == calibrate.ByRoute {
		return l.T("route", "tuyến đo")
	}
	return l.T("site", "trạm")
}

func presenceName(l lang.Lang, p data.Presence) string {
	switch p {
	case data.Yes:
		return l.T("yes", "có")
	case data.No:
		return l.T("no", "không")
	}
	return "?"
}

// printAssumptions lists the values the input did not hold.
func printAssumptions(w io.Writer, g *global, s *run.Summary) {
	l := g.lang
	if len(s.Defaults) == 0 {
		return
	}
	fmt.Fprintln(w, l.T("\nAssumed, because the input does not say", "\nGiả định, vì dữ liệu đầu vào không ghi"))
	tw := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	for _, d := range s.Defaults {
		value := l.Say(l.Mixed(d.Value))
		if r := []rune(value); len(r) > 40 && !g.verbose {
			value = string(r[:39]) + "…"
		}
		source := l.Say(d.Source)
		if r := []rune(source); len(r) > 60 && !g.verbose {
			source = string(r[:59]) + "…"
		}
		rows := ""
		if d.Rows > 0 { // else it stands for an input that is not there
			rows = l.Int(int64(d.Rows)) + " " + l.T("rows", "dòng")
		}
		fmt.Fprintf(tw, "  %s.%s\t%s\t%s\t%s\n", d.Input, d.Column, value, rows, source)
	}
	_ = tw.Flush() // w keeps the error
}

// printNext says what to do next, in commands that can be pasted.
func printNext(w io.Writer, g *global, r *run.Run, s *run.Summary) {
	l := g.lang
	dir := g.projectPath
	if dir == "" {
		dir = r.Project.Dir()
	}
	dir = strings.TrimSuffix(filepath.ToSlash(dir), "/"+project.FileName)
	program := programPath()
	fmt.Fprintln(w, l.T("\nNext", "\nBước tiếp theo"))
	if r.Gaps != nil && g.outDir == "" {
		fmt.Fprintf(w, "  %s serve -p %s\n    %s\n", program, quote(dir),
			l.T("the gaps, their causes and the plan on a map in the browser", "vùng lõm sóng, nguyên nhân và phương án trên bản đồ trong trình duyệt"))
	}
	// What fewer actions would do: some half of them, a round number where there are many.
	if r.Plan != nil && len(r.Plan.Actions) > 1 {
		half := len(r.Plan.Actions) / 2
		if half > 10 {
			half = half / 10 * 10
		}
		fmt.Fprintf(w, "  %s plan -p %s -o %s --count %d\n    %s\n", program, quote(dir), quote(besides(dir, fmt.Sprintf("best%d", half))), half,
			fmt.Sprintf(l.T("the best that %d actions can do, in a folder of their own", "kết quả tốt nhất với %d hạng mục, trong thư mục riêng"), half))
	}
	fmt.Fprintf(w, "  %s run -p %s\n    %s\n", program, quote(dir),
		fmt.Sprintf(l.T("again, after editing %s (criterion, model, costs)", "chạy lại sau khi sửa %s (tiêu chí, mô hình, chi phí)"), quote(dir+"/"+project.FileName)))
	if s.Synthetic && s.Date == "" {
		fmt.Fprintf(w, "  %s compare -p %s --dates %s,%s\n    %s\n", program, quote(dir), sample.EarlierDate, sample.LaterDate,
			l.T("what became of the gaps between two dates of this network", "vùng lõm sóng đã thay đổi thế nào giữa hai thời điểm của mạng này"))
	}
	if s.Synthetic {
		fmt.Fprintf(w, "  %s init --help\n    %s\n", program, l.T("a project from your own files", "lập dự án từ dữ liệu của bạn"))
	}
}

// besides names a folder for more results of a project: beside its own, but below it
// where the path of that has no name to add to.
func besides(dir, name string) string {
	if base := path.Base(dir); base == "." || base == ".." || base == "/" {
		return path.Join(dir, name)
	}
	return dir + "-" + name
}

// programPath is how the user can start this program again: a binary of "go run" is
// gone when it ends.
func programPath() string {
	exe, err := os.Executable()
	switch {
	case err == nil && strings.Contains(filepath.ToSlash(exe), "/go-build"):
		return "go run ./cmd/covgap"
	case strings.ContainsRune(os.Args[0], os.PathSeparator):
		return quote(os.Args[0])
	}
	return "covgap"
}

// plainPath holds what a shell takes as it is.
var plainPath = regexp.MustCompile(`^[\pL\pN_./:+-]+$`)

// quote puts a path in quotation marks where a shell would take it apart.
func quote(path string) string {
	if plainPath.MatchString(path) {
		return path
	}
	return "'" + strings.ReplaceAll(path, "'", `'\''`) + "'"
}

// projectFlag repeats in a printed command the -p that this one was given.
func projectFlag(g *global) string {
	if g.projectPath == "" {
		return ""
	}
	return " -p " + quote(filepath.ToSlash(g.projectPath))
}
