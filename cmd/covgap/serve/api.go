package serve

import (
	"encoding/json"
	"fmt"
	"maps"
	"math"
	"net/http"
	"slices"
	"time"

	"github.com/covgap/covgap/cmd/covgap/lang"
	"github.com/covgap/covgap/cmd/covgap/run"
	"github.com/covgap/covgap/data"
	"github.com/covgap/covgap/planner"
	"github.com/paulmach/orb"
)

func (s *Server) apiRoutes() []Route {
	get := func(path string, handle func(http.ResponseWriter, *http.Request) error) Route {
		return Route{http.MethodGet, path, None, handle}
	}
	return []Route{
		get("/api/run", s.run), get("/api/villages", s.villages), get("/api/sites", s.sites), get("/api/plan", s.plan),
		get("/api/communes", s.communes), get("/api/frontier", s.frontier), get("/api/state", s.state),
	}
}

// state says whether the results that are answered from are still those in the folder.
func (s *Server) state(w http.ResponseWriter, r *http.Request) error {
	since, err := s.session.results.Since()
	if err != nil {
		return err
	}
	if since == run.Replaced && s.options.Log != nil {
		s.told.Do(func() {
			fmt.Fprintf(s.options.Log, s.session.Lang().T("covgap: warning: a run has written newer results in %s; this page goes on with those of before: start covgap serve again for the new ones\n",
				"covgap: cảnh báo: đã có kết quả mới trong %s; trang này vẫn dùng kết quả cũ: hãy khởi động lại covgap serve để xem kết quả mới\n"), s.session.folder)
		})
	}
	return s.writeJSON(w, r, struct {
		Version string    `json:"version"`
		Results run.Since `json:"results"`
	}{s.session.Version, since})
}

// runShown is run.json with what a map needs beside it.
type runShown struct {
	*run.Summary
	Version      string            `json:"version"`
	Lang         lang.Lang         `json:"lang"`
	Bounds       [4]float64        `json:"bounds"` // west, south, east, north of the areas
	Centre       [2]float64        `json:"centre"`
	Layers       []layerShown      `json:"layers"`
	Technologies []data.Technology `json:"technologies"` // of the layers
	Operators    []string          `json:"operators"`    // of the network
	Templates    []string          `json:"templates"`    // that a new mast can be built from
	Dates        []string          `json:"dates"`        // the last of each year on which sectors went on or off the air
	Tiles        tilesShown        `json:"tiles"`
}

// layerShown names a layer of signal.
type layerShown struct {
	ID           string          `json:"id"` // its place among the layers
	Operator     string          `json:"operator"`
	Technology   data.Technology `json:"technology"`
	Carrier      string          `json:"carrier"`
	FrequencyMHz float64         `json:"frequency_mhz"`
	Sectors      int             `json:"sectors"`
}

func (s *Server) run(w http.ResponseWriter, r *http.Request) error {
	x := s.session
	b := x.Run.Inputs.Bound
	out := runShown{
		Summary: x.Summary, Version: x.Version, Lang: x.Lang(), Bounds: bounds(b), Centre: [2]float64{degrees(b.Center()[0]), degrees(b.Center()[1])},
		Layers: []layerShown{}, Technologies: []data.Technology{}, Operators: []string{}, Templates: []string{},
		Tiles: s.tiles.shown(),
	}
	for i := range x.Run.Coverage.Layers {
		l := &x.Run.Coverage.Layers[i]
		out.Layers = append(out.Layers, layerShown{fmt.Sprint(i), l.Operator, l.Technology, l.Carrier, l.FrequencyMHz, len(l.Sectors)})
		if !slices.Contains(out.Technologies, l.Technology) {
			out.Technologies = append(out.Technologies, l.Technology)
		}
	}
	for i := range x.Run.Inputs.Sites {
		for k := range x.Run.Inputs.Sites[i].Sectors {
			if o := x.Run.Inputs.Sites[i].Sectors[k].Operator; !slices.Contains(out.Operators, o) {
				out.Operators = append(out.Operators, o)
			}
		}
	}
	slices.Sort(out.Operators)
	out.Dates = dates(x.Run.Inputs.Sites)
	for i := range x.Run.Project.Plan.Templates {
		out.Templates = append(out.Templates, x.Run.Project.Plan.Templates[i].Name)
	}
	return s.writeJSON(w, r, out)
}

// dates gives the last day of each year on which sectors went on or off the air: the
// states of a network that are worth comparing. Of a month or year that is stated without
// a day it is the last, when all of it has happened.
func dates(sites []data.Site) []string {
	last := map[string]string{} // by year
	for i := range sites {
		for k := range sites[i].Sectors {
			c := &sites[i].Sectors[k]
			for _, day := range []string{c.OnAirDate, c.OffAirDate} {
				if day = lastDay(day); day != "" {
					last[day[:4]] = max(last[day[:4]], day)
				}
			}
		}
	}
	out := slices.AppendSeq([]string{}, maps.Values(last))
	slices.Sort(out)
	return out
}

// lastDay gives the last day of a date to the day, month or year, "" of another text.
func lastDay(date string) string {
	for _, form := range []struct {
		layout       string
		months, days int // to the beginning of the next, and back
	}{{time.DateOnly, 0, 0}, {"2006-01", 1, -1}, {"2006", 12, -1}} {
		if t, err := time.Parse(form.layout, date); err == nil {
			return t.AddDate(0, form.months, form.days).Format(time.DateOnly)
		}
	}
	return ""
}

// degrees rounds to a millionth of a degree, 0.1 m, as output files do.
func degrees(v float64) float64 { return math.Round(v*1e6) / 1e6 }

func bounds(b orb.Bound) [4]float64 {
	return [4]float64{degrees(b.Min[0]), degrees(b.Min[1]), degrees(b.Max[0]), degrees(b.Max[1])}
}

// list gives the objects of a file.
func (s *Server) list(w http.ResponseWriter, r *http.Request, objects []object) error {
	out := make([]json.RawMessage, len(objects))
	for i := range objects {
		out[i] = objects[i].properties
	}
	return s.writeJSON(w, r, out)
}

// villages gives villages.geojson without outlines, with their extent.
func (s *Server) villages(w http.ResponseWriter, r *http.Request) error {
	out := make([]json.RawMessage, len(s.session.villages))
	var err error
	for i := range out {
		v := &s.session.villages[i]
		if out[i], err = v.with(struct {
			BBox [4]float64 `json:"bbox"`
		}{bounds(v.geometry.Bound())}); err != nil {
			return err
		}
	}
	return s.writeJSON(w, r, out)
}

func (s *Server) communes(w http.ResponseWriter, r *http.Request) error {
	return s.list(w, r, s.session.communes)
}

// frontier gives the rows of frontier.csv, each with what is built.
func (s *Server) frontier(w http.ResponseWriter, r *http.Request) error {
	x := s.session
	out := make([]json.RawMessage, len(x.frontier))
	for i := range out {
		choice := []planner.AlternativeAction{}
		if x.Plan != nil && i < len(x.Plan.Frontier) && x.Plan.Frontier[i].Choice != nil {
			choice = x.Plan.Frontier[i].Choice
		}
		var err error
		if out[i], err = x.frontier[i].with(struct {
			Choice []planner.AlternativeAction `json:"choice"`
		}{choice}); err != nil {
			return err
		}
	}
	return s.writeJSON(w, r, out)
}

// planShown is plan.yaml with the rows of plan.geojson.
type planShown struct {
	*planner.Plan
	Rows []json.RawMessage `json:"rows"`
}

func (s *Server) plan(w http.ResponseWriter, r *http.Request) error {
	x := s.session
	if x.Plan == nil {
		return fmt.Errorf("%w: the run made no plan", ErrNotFound)
	}
	out := planShown{Plan: x.Plan, Rows: make([]json.RawMessage, len(x.actions))}
	for i := range x.actions {
		out.Rows[i] = x.actions[i].properties
	}
	return s.writeJSON(w, r, out)
}

// siteShown is a site of the input, completed.
type siteShown struct {
	ID               string        `json:"site_id"`
	Name             string        `json:"name"`
	Longitude        float64       `json:"longitude"`
	Latitude         float64       `json:"latitude"`
	CommuneCode      string        `json:"commune_code"`
	Commune          string        `json:"commune"`
	Owner            string        `json:"owner"`
	StructureHeightM *float64      `json:"structure_height_m"`
	Technologies     []string      `json:"technologies"`
	Sectors          []sectorShown `json:"sectors"`
}

type sectorShown struct {
	ID             string          `json:"sector_id"`
	Operator       string          `json:"operator"`
	Technology     data.Technology `json:"technology"`
	FrequencyMHz   float64         `json:"frequency_mhz"`
	AntennaHeightM float64         `json:"antenna_height_m"`
	AzimuthDeg     *float64        `json:"azimuth_deg"` // null when omnidirectional
	AzimuthAssumed bool            `json:"azimuth_assumed"`
	BeamwidthDeg   float64         `json:"beamwidth_h_deg"`
	TiltDeg        float64         `json:"tilt_deg"`
	EIRPDBm        float64         `json:"eirp_dbm"`
	Counts         bool            `json:"counts"` // for the criterion, on the run's date
}

func (s *Server) sites(w http.ResponseWriter, r *http.Request) error {
	x := s.session.Run
	counts := map[string]bool{}
	for i := range x.Coverage.Sites {
		for k := range x.Coverage.Sites[i].Sectors {
			counts[x.Coverage.Sites[i].Sectors[k].ID] = true
		}
	}
	out := make([]siteShown, len(x.Inputs.Sites))
	for i := range out {
		site := &x.Inputs.Sites[i]
		v := siteShown{
			ID: site.ID, Name: site.Name, Longitude: degrees(site.Position.Lon()), Latitude: degrees(site.Position.Lat()), Owner: site.Owner,
			Technologies: run.Technologies(site), Sectors: make([]sectorShown, len(site.Sectors)),
		}
		if area, ok := x.Inputs.Index.At(site.Position); ok {
			v.CommuneCode, v.Commune = area.Code, area.Name
		}
		if site.StructureHeightM > 0 {
			v.StructureHeightM = &site.StructureHeightM
		}
		for k := range v.Sectors {
			c := &site.Sectors[k]
			v.Sectors[k] = sectorShown{
				ID: c.ID, Operator: c.Operator, Technology: c.Technology, FrequencyMHz: c.FrequencyMHz, AntennaHeightM: c.AntennaHeightM,
				AzimuthAssumed: slices.Contains(c.Assumed, "azimuth_deg"), BeamwidthDeg: c.BeamwidthHDeg,
				TiltDeg: c.MechanicalTiltDeg + c.ElectricalTiltDeg, EIRPDBm: c.EIRPDBm, Counts: counts[c.ID],
			}
			if !c.Omni {
				v.Sectors[k].AzimuthDeg = &c.AzimuthDeg
			}
		}
		out[i] = v
	}
	return s.writeJSON(w, r, out)
}
