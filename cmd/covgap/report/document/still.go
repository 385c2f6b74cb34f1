package document

import (
	"bytes"
	"encoding/base64"
	"fmt"
	"image/jpeg"

	"github.com/covgap/covgap/cmd/covgap/lang"
	"github.com/covgap/covgap/cmd/covgap/report"
	"github.com/covgap/covgap/cmd/covgap/run"
	"github.com/paulmach/orb"
)

// stillPx is how wide the still picture of the map is: across A4 at 190 dpi.
const stillPx = 1400

// stillQuality of its JPEG: names stay sharp.
const stillQuality = 82

// still is the map as a picture, as a data URL: what is seen and printed until a browser
// has drawn the live map, or where it cannot.
func still(r *run.Run, found *results, l lang.Lang) (string, error) {
	f := &report.Figure{WidthPx: stillPx, Terrain: r.Inputs.Terrain, Text: r.PictureText(l)}
	f.Text.Title, f.Text.Subtitle, f.Text.Notes, f.Text.Attribution = "", "", nil, "" // as the report has them around it
	for i := range r.Inputs.Areas {
		f.Areas = append(f.Areas, r.Inputs.Areas[i].Geometry)
	}
	for _, h := range coarser(found.hexes) {
		f.Hexes = append(f.Hexes, report.FigureHex{Cell: h.cell, Class: h.class})
	}
	place := map[string]int{}
	for i := range found.villages {
		place[found.villages[i].ID] = i
	}
	// Names are placed in this order as far as there is room: the ranked gaps first.
	named := make([]bool, len(found.villages))
	add := func(i int) {
		v := &found.villages[i]
		named[i] = true
		f.Villages = append(f.Villages, report.FigureVillage{Name: v.Name, Geometry: v.outline, Center: orb.Point{v.Lon, v.Lat}, Class: v.Class, Gap: v.gap()})
	}
	for _, g := range found.gaps {
		if i, ok := place[g["village_id"]]; ok {
			add(i)
		}
	}
	for i := range found.villages {
		if !named[i] {
			add(i)
		}
	}
	for i := range r.Inputs.Sites {
		f.Sites = append(f.Sites, r.Inputs.Sites[i].Position)
	}
	if found.plan != nil {
		for i := range found.plan.Actions {
			f.Proposals = append(f.Proposals, report.FigureProposal{Position: found.plan.Actions[i].Position(), Rank: found.plan.Actions[i].Rank})
		}
	}
	img, err := f.Draw()
	if err != nil {
		return "", err
	}
	var b bytes.Buffer
	if err := jpeg.Encode(&b, img, &jpeg.Options{Quality: stillQuality}); err != nil {
		return "", fmt.Errorf("document: picture of the map: %w", err)
	}
	return "data:image/jpeg;base64," + base64.StdEncoding.EncodeToString(b.Bytes()), nil
}
