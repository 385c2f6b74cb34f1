package document

import (
	"bytes"
	"cmp"
	"context"
	"errors"
	"fmt"
	"html/template"
	"math"
	"regexp"

	"github.com/covgap/covgap/cmd/covgap/answer"
)

// profilesShown is how many of the worst gaps get a profile.
const profilesShown = 10

// profileView is a gap village with what stands between it and the mast that its cause
// speaks of.
type profileView struct {
	Gap     gapRow
	People  string
	Why     string
	Path    string
	Alt     string
	Missing string // why there is no drawing
	SVG     template.HTML
}

// profiles describes the gaps with most people without service.
func (w *writer) profiles(ctx context.Context) ([]profileView, error) {
	var out []profileView
	for _, g := range w.found.gaps[:min(profilesShown, len(w.found.gaps))] {
		v := profileView{Gap: w.gap(g), Why: w.why(g)}
		v.People = w.t("profile.people", cmp.Or(v.Gap.Unserved, "–"), cmp.Or(v.Gap.All, "–"), cmp.Or(v.Gap.Households, "–"))
		if err := w.draw(ctx, g, &v); err != nil {
			return nil, err
		}
		out = append(out, v)
	}
	return out, nil
}

// draw draws the path to the village's centre.
func (w *writer) draw(ctx context.Context, g row, v *profileView) error {
	from := cmp.Or(g["cause_sector"], g["nearest_site"])
	if from == "" {
		v.Missing = w.t("profile.none")
		return nil
	}
	unset := math.NaN()
	path, sight, err := w.places.Path(ctx, from, g["centre_lon"]+","+g["centre_lat"], answer.PathOptions{TxHeightM: unset, RxHeightM: unset, FrequencyMHz: unset})
	var question *answer.QuestionError
	switch {
	case errors.Is(err, answer.ErrPathTerrain):
		v.Missing = w.t("profile.noterrain")
		return nil
	case errors.As(err, &question):
		v.Missing = w.t("profile.fail", err)
		return nil
	case err != nil:
		return fmt.Errorf("profile of %s: %w", g["village_id"], err)
	}
	path.B.Name = v.Gap.Name
	v.Path = path.Sight(w.l) + "."
	v.Alt = w.t("profile.alt", path.A.Title(), path.B.Title())
	figure := path.Figure(w.l, sight)
	figure.Text.Title = "" // it stands above
	var b bytes.Buffer
	if err := figure.WriteSVG(&b); err != nil {
		return err
	}
	v.SVG = template.HTML(inline(b.Bytes())) //nolint:gosec // XML of our own, whose texts are escaped
	return nil
}

// What an SVG file has and one within a page has not, and the fonts of a file of its own.
var (
	prologue = regexp.MustCompile(`(?s)^.*?<svg `)
	sizes    = regexp.MustCompile(` width="[^"]*" height="[^"]*"`)
	families = []byte("font-family:'Liberation Sans',Arial,Helvetica,sans-serif;")
)

// inline makes an SVG file part of a page: it takes the page's fonts and width. A reader
// of the page hears the text beside it, not the drawing.
func inline(svg []byte) []byte {
	svg = prologue.ReplaceAll(svg, []byte(`<svg aria-hidden="true" focusable="false" `))
	if at := sizes.FindIndex(svg); at != nil {
		svg = append(append([]byte(nil), svg[:at[0]]...), svg[at[1]:]...)
	}
	return bytes.ReplaceAll(svg, families, nil)
}
