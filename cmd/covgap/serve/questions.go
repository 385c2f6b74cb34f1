package serve

import (
	"bytes"
	"cmp"
	"encoding/json"
	"fmt"
	"io"
	"math"
	"net/http"
	"os"
	"path/filepath"
	"strconv"
	"strings"

	"github.com/covgap/covgap/cmd/covgap/answer"
	"github.com/covgap/covgap/cmd/covgap/run"
	"github.com/covgap/covgap/coverage"
	"github.com/covgap/covgap/coverage/compare"
	"github.com/covgap/covgap/data"
	"github.com/covgap/covgap/geo/hexgrid"
	"github.com/covgap/covgap/planner"
	"github.com/covgap/covgap/planner/whatif"
	"github.com/paulmach/orb"
	"github.com/paulmach/orb/planar"
)

func (s *Server) questionRoutes() []Route {
	return []Route{
		{http.MethodGet, "/api/explain", Quick, s.explain},
		{http.MethodGet, "/api/profile", Quick, s.profile},
		{http.MethodGet, "/api/profile.csv", Quick, s.profileCSV},
		{http.MethodGet, "/api/hex", None, s.hex},
		{http.MethodGet, "/api/place", None, s.place},
		{http.MethodGet, "/api/snap", Quick, s.snap},
		{http.MethodPost, "/api/whatif", Quick, s.whatif},
		{http.MethodGet, "/api/compare", Long, s.compare},
	}
}

// explain answers as "covgap explain --json" does.
func (s *Server) explain(w http.ResponseWriter, r *http.Request) error {
	kind, id := "", ""
	for name, k := range map[string]string{"village": answer.KindVillage, "hex": answer.KindHex, "site": answer.KindSite, "at": answer.KindHex} {
		if !r.URL.Query().Has(name) {
			continue
		}
		if kind != "" {
			return fmt.Errorf("%w: expected one of village, hex, site and at", ErrRequest)
		}
		kind, id = k, r.URL.Query().Get(name)
	}
	if kind == "" {
		return fmt.Errorf("%w: expected village=ID, hex=H3, site=ID or at=longitude,latitude", ErrRequest)
	}
	subject, err := s.session.answers.Find(kind, id)
	if err != nil {
		return err
	}
	shown, err := s.session.answers.Explain(r.Context(), subject)
	if err != nil {
		return err
	}
	return s.writeJSON(w, r, shown)
}

// number reads a number of the query, NaN where it is not given.
func number(r *http.Request, name string) (float64, error) {
	if !r.URL.Query().Has(name) {
		return math.NaN(), nil
	}
	v, err := strconv.ParseFloat(r.URL.Query().Get(name), 64)
	if err != nil || math.IsNaN(v) || math.IsInf(v, 0) {
		return 0, fmt.Errorf("%w: %s %q; expected a number", ErrRequest, name, r.URL.Query().Get(name))
	}
	return v, nil
}

// pathOptions reads what a question about a path states.
func pathOptions(r *http.Request) (a, b string, o answer.PathOptions, err error) {
	for name, to := range map[string]*float64{"tx_height_m": &o.TxHeightM, "rx_height_m": &o.RxHeightM, "frequency_mhz": &o.FrequencyMHz} {
		if *to, err = number(r, name); err != nil {
			return "", "", o, err
		}
	}
	q := r.URL.Query()
	if a, b = q.Get("from"), q.Get("to"); a == "" || b == "" {
		return "", "", o, fmt.Errorf("%w: expected from and to: longitude,latitude, a hex, or an id of a site, sector or village", ErrRequest)
	}
	return a, b, o, nil
}

// hexShown is what the map shows of a hex.
type hexShown struct {
	ID        string     `json:"hex_id"`
	Class     data.Class `json:"class"`
	SignalDBm *float64   `json:"signal_dbm"` // null where no sector reaches
}

// hex gives the hex at a place, by the criterion or in the layer that is named: what a
// pointer that rests on the map reads. It is null where none was computed.
func (s *Server) hex(w http.ResponseWriter, r *http.Request) error {
	_, layer, err := s.hexLayer(r)
	if err != nil {
		return err
	}
	at, err := point(r)
	if err != nil {
		return err
	}
	grid := s.session.Run.Coverage.Grid
	cell, err := hexgrid.At(at, grid.Resolution())
	if err != nil {
		return fmt.Errorf("%w: %w", ErrRequest, err)
	}
	i, ok := grid.Index(cell)
	if !ok {
		return s.writeJSON(w, r, nil)
	}
	class, level := layer().At(i)
	return s.writeJSON(w, r, hexShown{cell.String(), class, dbm(level)})
}

// point reads lon and lat.
func point(r *http.Request) (orb.Point, error) {
	lon, err := number(r, "lon")
	if err != nil {
		return orb.Point{}, err
	}
	lat, err := number(r, "lat")
	if err != nil {
		return orb.Point{}, err
	}
	if !(math.Abs(lon) <= 180 && math.Abs(lat) <= 90) { // also NaN
		return orb.Point{}, fmt.Errorf("%w: expected lon and lat in degrees", ErrRequest)
	}
	return orb.Point{lon, lat}, nil
}

// profile answers as "covgap profile --json" does.
func (s *Server) profile(w http.ResponseWriter, r *http.Request) error {
	a, b, o, err := pathOptions(r)
	if err != nil {
		return err
	}
	path, _, err := s.session.places.Path(r.Context(), a, b, o)
	if err != nil {
		return err
	}
	return s.writeJSON(w, r, path)
}

// profileCSV gives the samples of a path, as "covgap profile --csv" does.
func (s *Server) profileCSV(w http.ResponseWriter, r *http.Request) error {
	a, b, o, err := pathOptions(r)
	if err != nil {
		return err
	}
	path, view, err := s.session.places.Path(r.Context(), a, b, o)
	if err != nil {
		return err
	}
	var out bytes.Buffer
	if err := path.WriteCSV(&out, view); err != nil {
		return err
	}
	return s.write(w, r, Content{Type: "text/csv; charset=utf-8", Body: out.Bytes()})
}

// snapRadiusM is how far a better place is looked for where the request does not say.
const snapRadiusM = 500

// snap gives the best place for a mast about a point.
func (s *Server) snap(w http.ResponseWriter, r *http.Request) error {
	at, err := point(r)
	if err != nil {
		return err
	}
	radiusM, err := number(r, "radius_m")
	if err != nil {
		return err
	}
	if math.IsNaN(radiusM) {
		radiusM = snapRadiusM
	}
	shown, err := s.session.answers.Snap(r.Context(), at, radiusM, r.URL.Query().Get("template"))
	if err != nil {
		return err
	}
	return s.writeJSON(w, r, shown)
}

// compare answers as "covgap compare --json" does: of two days with dates=A,B, of two
// folders of runs or two plan files in the project's folder with a and b.
func (s *Server) compare(w http.ResponseWriter, r *http.Request) error {
	q, x := r.URL.Query(), s.session
	if dates := strings.Split(q.Get("dates"), ","); q.Has("dates") {
		if len(dates) != 2 || q.Has("a") || q.Has("b") {
			return fmt.Errorf("%w: expected dates=A,B, or a and b", ErrRequest)
		}
		before, after, err := answer.CompareDates(r.Context(), x.Run, [2]string(dates), x.program)
		if err != nil {
			return err
		}
		return s.writeComparison(w, r, before, after)
	}
	var paths [2]string
	for i, name := range []string{"a", "b"} {
		var err error
		if paths[i], err = x.inside(q.Get(name)); err != nil {
			return err
		}
	}
	if filepath.Ext(paths[0]) == planExtension && filepath.Ext(paths[1]) == planExtension {
		var plans [2]*planner.Plan
		for i, path := range paths {
			content, err := os.ReadFile(path)
			if err != nil {
				return fmt.Errorf("%w: %w", run.ErrMissing, err)
			}
			if plans[i], err = planner.FromYAML(content, x.Run.Project.Relative(path), x.Run.Project.Plan.Templates...); err != nil {
				return err
			}
		}
		return s.writeJSON(w, r, planner.Compare(plans[0], plans[1]))
	}
	var results [2]*run.Results
	for i, path := range paths {
		var err error
		if results[i], err = run.ReadResults(r.Context(), path); err != nil {
			return err
		}
	}
	return s.writeComparison(w, r, results[0], results[1])
}

// comparedShown is a comparison of runs as "covgap compare --json" prints it, with
// villages where they are asked for.
type comparedShown struct {
	*run.Comparison
	Villages []villageCompared `json:"villages,omitempty"`
}

// villageCompared is a row of compare.csv, as far as a map shows it.
type villageCompared struct {
	ID          string         `json:"village_id"`
	OldIDs      []string       `json:"old_ids"`
	Name        string         `json:"name"`
	Commune     string         `json:"commune"`
	Longitude   float64        `json:"longitude"`
	Latitude    float64        `json:"latitude"`
	Change      compare.Change `json:"change"`
	ClassBefore data.Class     `json:"class_before"` // "" of a new village
	ClassAfter  data.Class     `json:"class_after"`  // "" of one that vanished
}

// writeComparison answers with the difference of two runs; with villages=gaps also with
// the villages that are a gap in either.
func (s *Server) writeComparison(w http.ResponseWriter, r *http.Request, before, after *run.Results) error {
	which := r.URL.Query().Get("villages")
	if which != "" && which != "gaps" {
		return fmt.Errorf("%w: villages %q; expected gaps", ErrRequest, which)
	}
	c, err := run.Compare(before, after, compare.Options{}, false)
	if err != nil {
		return err
	}
	out := comparedShown{Comparison: c}
	for _, row := range c.Rows() {
		if which == "" || row.Change == compare.StaysServed {
			continue
		}
		at := row.Village
		v := villageCompared{ID: at.ID, OldIDs: row.OldIDs, Name: at.Name, Commune: at.Commune, Change: row.Change, ClassBefore: row.ClassBefore}
		if row.After >= 0 {
			v.ClassAfter = at.Class
		}
		middle, _ := planar.CentroidArea(c.Outline(row))
		v.Longitude, v.Latitude = degrees(middle.Lon()), degrees(middle.Lat())
		out.Villages = append(out.Villages, v)
	}
	return s.writeJSON(w, r, out)
}

// inside gives the path of a file or folder in the project's folder, and of no other:
// links do not lead out of it.
func (s *Session) inside(name string) (string, error) {
	if !filepath.IsLocal(name) {
		return "", fmt.Errorf("%w: %q; expected a file or folder in the project's folder", ErrRequest, name)
	}
	root, err := os.OpenRoot(s.Run.Project.Dir())
	if err != nil {
		return "", fmt.Errorf("serve: %w", err)
	}
	defer func() { _ = root.Close() }() // nothing is written through it
	if _, err := root.Stat(name); err != nil {
		return "", fmt.Errorf("%w: %q is not in the project's folder", ErrNotFound, name)
	}
	return s.Run.Project.Path(name), nil
}

// place reads coordinates that a person wrote.
func (s *Server) place(w http.ResponseWriter, r *http.Request) error {
	text := r.URL.Query().Get("q")
	if len(text) > maxPlaceBytes {
		return fmt.Errorf("%w: %d bytes are no place", ErrRequest, len(text))
	}
	readings, err := answer.ReadCoordinates(text, s.session.Run.Inputs.Bound, s.session.zone())
	if err != nil {
		return err
	}
	return s.writeJSON(w, r, struct {
		Readings []answer.Reading `json:"readings"`
	}{readings})
}

// zone gives the system in which the project's inputs are, else that of the output
// columns e_vn2000 and n_vn2000.
func (s *Session) zone() string {
	in := &s.Run.Project.Inputs
	return cmp.Or(in.Sites.InCRS, in.Villages.InCRS, in.Areas.InCRS, s.Summary.Coordinates)
}

// maxPlaceBytes is longer than any way to write two numbers.
const maxPlaceBytes = 200

// actionsAsked are the actions of a request, as those of a plan.yaml.
type actionsAsked struct {
	Actions   json.RawMessage `json:"actions"`
	Templates json.RawMessage `json:"templates,omitempty"` // of the actions, beside those of the project
}

// decode reads the body of a request, which must hold nothing else.
func decode(r *http.Request, into any) error {
	d := json.NewDecoder(r.Body)
	d.DisallowUnknownFields()
	if err := d.Decode(into); err != nil {
		return fmt.Errorf("%w: body: %w", ErrRequest, err)
	}
	if _, err := d.Token(); err != io.EOF {
		return fmt.Errorf("%w: body: more than one value", ErrRequest)
	}
	return nil
}

// plan reads the actions with the reader of plan files, which says what is wrong.
func (s *Session) plan(a actionsAsked) (*planner.Plan, error) {
	if len(a.Actions) == 0 {
		return nil, fmt.Errorf("%w: expected actions, a list as in plan.yaml", ErrRequest)
	}
	content, err := json.Marshal(struct {
		Version   int             `json:"version"`
		Templates json.RawMessage `json:"templates,omitempty"`
		Actions   json.RawMessage `json:"actions"`
	}{planner.Version, a.Templates, a.Actions})
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrRequest, err)
	}
	return planner.FromYAML(content, "actions", s.Run.Project.Plan.Templates...)
}

// The hexes that a what-if is asked for.
const (
	hexesByClass = "class" // of which the class changes
	hexesByLevel = "level" // in which the level changes by leastLevelCentiDB or more
)

// leastLevelCentiDB is the least change of level that is shown: below it a map looks
// the same.
const leastLevelCentiDB = 100

// maxHexes is the most hexes that an answer holds; beyond it they are shown by their
// parents.
const maxHexes = 20_000

type whatifAsked struct {
	actionsAsked
	Hexes string `json:"hexes"`
}

// whatifShown is a what-if as "covgap whatif --json" prints it, with hexes where they
// are asked for.
type whatifShown struct {
	*answer.WhatIf
	Hexes *hexesShown `json:"hexes,omitempty"`
}

// hexesShown is a GeoJSON feature collection.
type hexesShown struct {
	Type       string        `json:"type"`
	Resolution int           `json:"resolution"` // of the hexes: coarser than the run's where there are many
	Features   []changeShown `json:"features"`
}

type changeShown struct {
	Type       string       `json:"type"`
	Geometry   outlineShown `json:"geometry"`
	Properties hexChange    `json:"properties"`
}

type outlineShown struct {
	Type        string      `json:"type"`
	Coordinates orb.Polygon `json:"coordinates"`
}

type hexChange struct {
	ID              string     `json:"hex_id"`
	ClassBefore     data.Class `json:"class_before"`
	ClassAfter      data.Class `json:"class_after"`
	SignalBeforeDBm *float64   `json:"signal_before_dbm"`
	SignalAfterDBm  *float64   `json:"signal_after_dbm"`
}

// whatif answers as "covgap whatif FILE --json" does of the actions of the body.
func (s *Server) whatif(w http.ResponseWriter, r *http.Request) error {
	var asked whatifAsked
	if err := decode(r, &asked); err != nil {
		return err
	}
	if asked.Hexes != "" && asked.Hexes != hexesByClass && asked.Hexes != hexesByLevel {
		return fmt.Errorf("%w: hexes %q; expected class or level", ErrRequest, asked.Hexes)
	}
	x := s.session
	plan, err := x.plan(asked.actionsAsked)
	if err != nil {
		return err
	}
	network, err := planner.Apply(x.Run.Inputs.Sites, plan.Actions, plan.Templates)
	if err != nil {
		return err
	}
	if asked.Hexes == "" {
		shown, err := x.answers.WhatIf(r.Context(), plan.Actions, network)
		if err != nil {
			return err
		}
		return s.writeJSON(w, r, whatifShown{WhatIf: shown})
	}
	shown, hexes, err := x.answers.WhatIfHexes(r.Context(), plan.Actions, network)
	if err != nil {
		return err
	}
	return s.writeJSON(w, r, whatifShown{shown, x.changes(hexes, asked.Hexes)})
}

// changes gives the outlines of the hexes that are asked for.
func (s *Session) changes(all []whatif.Hex, which string) *hexesShown {
	cells := s.Run.Coverage.Grid.Cells()
	var hexes []whatif.Hex
	for _, h := range all {
		if h.Before != h.After || which == hexesByLevel && changeOf(h) >= leastLevelCentiDB {
			hexes = append(hexes, h)
		}
	}
	out := &hexesShown{Type: "FeatureCollection", Resolution: s.Run.Coverage.Grid.Resolution(), Features: []changeShown{}}
	// Of the hexes of a parent the one in which most changes stands for it. They follow
	// each other.
	for len(hexes) > maxHexes {
		out.Resolution--
		var fewer []whatif.Hex
		for _, h := range hexes {
			if n := len(fewer) - 1; n >= 0 && cells[fewer[n].Place].Parent(out.Resolution) == cells[h.Place].Parent(out.Resolution) {
				if changeOf(h) > changeOf(fewer[n]) {
					fewer[n] = h
				}
				continue
			}
			fewer = append(fewer, h)
		}
		hexes = fewer
	}
	for _, h := range hexes {
		cell := cells[h.Place].Parent(out.Resolution)
		ring := cell.Boundary()
		for i, p := range ring {
			ring[i] = orb.Point{degrees(p[0]), degrees(p[1])}
		}
		out.Features = append(out.Features, changeShown{
			Type: "Feature", Geometry: outlineShown{"Polygon", orb.Polygon{ring}},
			Properties: hexChange{cell.String(), h.Before, h.After, dbm(h.BeforeCentiDB), dbm(h.AfterCentiDB)},
		})
	}
	return out
}

// changeOf is by how much the level differs; that of a hex which gets its first or
// loses its last is the greatest.
func changeOf(h whatif.Hex) int {
	if h.BeforeCentiDB == coverage.NoValue || h.AfterCentiDB == coverage.NoValue {
		return math.MaxInt
	}
	return max(int(h.AfterCentiDB)-int(h.BeforeCentiDB), int(h.BeforeCentiDB)-int(h.AfterCentiDB))
}

// dbm gives a level with the decimals of outputs, nil where there is none.
func dbm(level coverage.CentiDB) *float64 {
	if level == coverage.NoValue {
		return nil
	}
	v := math.Round(level.DB()*10) / 10
	return &v
}
