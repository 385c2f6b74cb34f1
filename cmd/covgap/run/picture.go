package run

import (
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"

	"github.com/covgap/covgap/cmd/covgap/lang"
	"github.com/covgap/covgap/cmd/covgap/report"
)

// pictureWidthPx is legible on a screen and prints across an A4 page at 200 dpi.
const pictureWidthPx = 1800

// writePicture writes coverage.png.
func (r *Run) writePicture(w io.Writer) error {
	c, l := r.Coverage, r.Options.Lang
	f := &report.Figure{WidthPx: pictureWidthPx, Terrain: r.Inputs.Terrain, Text: r.PictureText(l)}
	for i := range r.Inputs.Areas {
		f.Areas = append(f.Areas, r.Inputs.Areas[i].Geometry)
	}
	hexes, _ := c.shown()
	for _, h := range hexes {
		f.Hexes = append(f.Hexes, report.FigureHex{Cell: h.Cell, Class: c.Hexes.Class[h.Index]})
	}
	for _, i := range r.byNeed() {
		v := c.Places[i].Village
		fv := report.FigureVillage{Name: v.Name, Center: c.center(i)}
		if v.RadiusM == 0 {
			fv.Geometry = v.Geometry
		}
		if g := r.Gaps; g != nil {
			fv.Class, fv.Gap = g.Verdicts[i].Class, g.Verdicts[i].Gap()
		}
		f.Villages = append(f.Villages, fv)
	}
	for i := range c.Sites {
		f.Sites = append(f.Sites, c.Sites[i].Position)
	}
	if p := r.Plan; p != nil {
		for i := range p.Actions {
			f.Proposals = append(f.Proposals, report.FigureProposal{Position: p.Actions[i].Position(), Rank: p.Actions[i].Rank})
		}
	}
	if err := f.WritePNG(w); err != nil {
		return fmt.Errorf("%s: %w", l.T("picture", "ảnh"), err)
	}
	return nil
}

// PictureText words the picture of the map.
func (r *Run) PictureText(l lang.Lang) report.FigureText {
	crit := &r.Project.Criterion
	techs := make([]string, 0, len(crit.Thresholds))
	levels := make([]string, 0, len(crit.Thresholds))
	for _, t := range slices.Sorted(maps.Keys(crit.Thresholds)) {
		techs = append(techs, string(t))
		levels = append(levels, fmt.Sprintf("%s ≥ %s dBm", t, l.Float(crit.Thresholds[t].ServedDBm, 0)))
	}
	text := report.FigureText{
		Title:       r.Project.Name,
		Subtitle:    l.T("Mobile coverage and signal gaps", "Phủ sóng di động và vùng lõm sóng"),
		Hexes:       fmt.Sprintf(l.T("%s signal", "Tín hiệu %s"), strings.Join(techs, ", ")),
		Served:      l.T("served", "có sóng"),
		Weak:        l.T("weak", "sóng yếu"),
		None:        l.T("no signal", "trắng sóng"),
		Villages:    l.T("Villages", "Thôn/xóm"),
		GapWeak:     l.T("gap, weak", "vùng lõm, sóng yếu"),
		GapNone:     l.T("gap, no signal", "vùng lõm, trắng sóng"),
		Village:     l.T("served village", "thôn/xóm có sóng"),
		Sites:       l.T("Base stations", "Trạm BTS"),
		Site:        l.T("existing", "hiện có"),
		Proposal:    l.T("proposed, by rank", "đề xuất, theo thứ tự"),
		North:       l.T("N", "B"),
		Attribution: l.T("covgap", "covgap"),
	}
	text.Notes = append(text.Notes,
		fmt.Sprintf(l.T("Criterion %s v%d: %s for %s %% of %s.", "Tiêu chí %s v%d: %s cho %s %% %s."),
			crit.Name, crit.Version, strings.Join(levels, ", "), l.Float(100*crit.TargetShare, 0), ruleName(l.T, string(crit.Rule))),
		fmt.Sprintf(l.T("Model %s, H3 resolution %d, %s km, receiver at %s m.", "Mô hình %s, H3 cấp %d, %s km, máy thu ở %s m."),
			r.Project.Coverage.Model, r.Project.Coverage.Resolution, l.Float(r.Project.Coverage.RadiusKm, 0), l.Float(crit.ReceiverHeightM, 1)),
	)
	if r.Project.Synthetic {
		text.Attribution = l.T("Synthetic data: evidence about no real place", "Dữ liệu giả lập: không phản ánh địa phương có thật")
	}
	return text
}

func ruleName(t func(en, vi string) string, rule string) string {
	switch rule {
	case "people":
		return t("the people", "dân số")
	case "households":
		return t("the households", "số hộ")
	case "area":
		return t("the habitable area", "diện tích có thể ở")
	}
	return t("village centres", "điểm trung tâm thôn")
}

// byNeed gives the villages with the ranked gaps first: names are placed in this
// order as far as there is room.
func (r *Run) byNeed() []int {
	var order []int
	ranked := map[int]bool{}
	if r.Gaps != nil {
		order = slices.Clone(r.Gaps.Ranked)
		for _, i := range order {
			ranked[i] = true
		}
	}
	for i := range r.Coverage.Places {
		if !ranked[i] {
			order = append(order, i)
		}
	}
	return order
}
