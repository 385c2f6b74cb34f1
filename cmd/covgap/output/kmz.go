package output

import (
	"bytes"
	"image"
	"image/color"
	"image/png"
	"io"

	"github.com/covgap/covgap/cmd/covgap/lang"
	"github.com/covgap/covgap/geo/kml"
	"github.com/covgap/covgap/geo/style"
	"github.com/paulmach/orb"
)

// Earth says what stands over the layers of a KMZ archive.
type Earth struct {
	Name, About string
	Coverage    *Raster // laid over the ground by class; nil for none
}

// styles of placemarks.
const (
	kmlPlan     = "plan"
	kmlServed   = "served"
	kmlWeak     = "weak"
	kmlNone     = "none"
	kmlSite     = "site"
	kmlBorder   = "border"
	kmlTechGSM  = "tech-gsm"
	kmlTechUMTS = "tech-umts"
	kmlTechLTE  = "tech-lte"
	kmlTechNR   = "tech-nr"
)

// KMZ writes layers for Google Earth and telephones: a folder for each, in it one for
// each kind of action, class or technology, and the coverage laid over the ground.
func KMZ(out io.Writer, layers []Layer, e Earth, l lang.Lang) error {
	fill := func(id string, c style.Color) kml.Style {
		return kml.Style{ID: id, Color: nrgba(c), Fill: nrgba(faded(c, 70)), WidthPx: 1.5}
	}
	border := kml.Style{ID: kmlBorder, Color: nrgba(borderColor), WidthPx: 1.5}
	d, err := kml.NewArchive(out, kml.Options{
		Name: e.Name, About: e.About, Yes: l.T("yes", "có"), No: l.T("no", "không"), Modified: Epoch(),
		Styles: []kml.Style{
			fill(kmlPlan, planColor), fill(kmlServed, servedColor), fill(kmlWeak, weakColor), fill(kmlNone, noneColor), fill(kmlSite, greyColor), border,
			fill(kmlTechGSM, technologyColors[0].color), fill(kmlTechUMTS, technologyColors[1].color), fill(kmlTechLTE, technologyColors[2].color), fill(kmlTechNR, technologyColors[3].color),
		},
	})
	if err != nil {
		return err
	}
	for _, y := range layers {
		w, err := d.Layer(y.kmlLayer(l))
		if err != nil {
			return err
		}
		if err := y.inWords(l).Each(w.Write); err != nil {
			return err
		}
		if err := w.Close(); err != nil {
			return err
		}
	}
	if e.Coverage != nil {
		picture, bound, err := e.Coverage.picture()
		if err != nil {
			return err
		}
		if err := d.Overlay(kml.Overlay{Name: Coverage.Title.In(l), About: Coverage.About.In(l), PNG: picture, Bound: bound}); err != nil {
			return err
		}
	}
	return d.Close()
}

func nrgba(c style.Color) color.NRGBA { return color.NRGBA{c.R, c.G, c.B, c.A} }

// kmlLayer says how a layer is sorted into folders.
func (y Layer) kmlLayer(l lang.Lang) kml.Layer {
	out := kml.Layer{Layer: y.Layer(l)}
	// Folders take records by what stands in them: words.
	folder := func(column, code, style string, hidden bool) kml.Folder {
		name := y.Word(l, column, code)
		return kml.Folder{Value: name, Title: name, Style: style, Hidden: hidden}
	}
	classes := []kml.Folder{
		folder("class", "none", kmlNone, false), folder("class", "weak", kmlWeak, false),
		folder("class", "served", kmlServed, true), folder("class", "not_counted", kmlSite, true),
	}
	switch y.Name {
	case Plan.Name:
		out.NameColumn, out.FolderColumn = "rank", "action"
		for _, a := range y.Values("action") {
			out.Folders = append(out.Folders, folder("action", a.Code, kmlPlan, false))
		}
	case Relays.Name:
		out.NameColumn, out.Folders = "site_id", []kml.Folder{{Style: kmlPlan}}
	case PlanSectors.Name:
		out.NameColumn, out.Folders = "sector_id", []kml.Folder{{Style: kmlPlan}}
	case Gaps.Name:
		out.NameColumn, out.FolderColumn, out.Folders = "name", "class", classes[:2]
	case Villages.Name:
		out.NameColumn, out.FolderColumn, out.Folders = "name", "class", classes
	case Communes.Name:
		out.NameColumn, out.Folders = "commune", []kml.Folder{{Style: kmlBorder}}
	case Sites.Name:
		out.NameColumn, out.Folders = "site_id", []kml.Folder{{Style: kmlSite, Hidden: true}}
	case Sectors.Name:
		out.NameColumn, out.FolderColumn = "sector_id", "technology"
		for i, id := range []string{kmlTechGSM, kmlTechUMTS, kmlTechLTE, kmlTechNR} {
			out.Folders = append(out.Folders, kml.Folder{Value: technologyColors[i].technology, Style: id, Hidden: true})
		}
	case Coverage.Name:
		out.FolderColumn, out.Folders = "class", classes[:3]
	case Measurements.Name:
		out.NameColumn, out.Folders = "name", []kml.Folder{{Style: kmlSite, Hidden: true}}
	}
	return out
}

// overlayPx is the most pixels that a picture for Google Earth has on a side.
const overlayPx = 2048

// picture gives the classes as a PNG, transparent outside the grid and half so in it,
// with the bound of its edges.
func (r *Raster) picture() ([]byte, orb.Bound, error) {
	h := &r.header
	every := (max(h.Width, h.Height) + overlayPx - 1) / overlayPx
	width, height := (h.Width+every-1)/every, (h.Height+every-1)/every
	shade := func(c style.Color) color.Color { return nrgba(faded(c, 150)) }
	img := image.NewPaletted(image.Rect(0, 0, width, height), color.Palette{color.NRGBA{}, shade(servedColor), shade(weakColor), shade(noneColor)})
	for y := range height {
		for x := range width {
			if k := r.at[min(y*every+every/2, h.Height-1)*h.Width+min(x*every+every/2, h.Width-1)]; k >= 0 {
				img.SetColorIndex(x, y, classCodes[r.hexes.Class[k]])
			}
		}
	}
	west, north := h.West-h.StepX/2, h.North+h.StepY/2
	bound := orb.Bound{
		Min: orb.Point{west, north - float64(height*every)*h.StepY}, Max: orb.Point{west + float64(width*every)*h.StepX, north},
	}
	var b bytes.Buffer
	if err := png.Encode(&b, img); err != nil {
		return nil, orb.Bound{}, err
	}
	return b.Bytes(), bound, nil
}
