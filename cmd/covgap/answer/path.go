package answer

import (
	"context"
	"errors"
	"fmt"
	"io"
	"math"
	"strconv"
	"strings"

	"github.com/covgap/covgap/cmd/covgap/project"
	"github.com/covgap/covgap/cmd/covgap/run"
	"github.com/covgap/covgap/coverage/propagation"
	"github.com/covgap/covgap/coverage/sight"
	"github.com/covgap/covgap/coverage/zone"
	"github.com/covgap/covgap/geo"
	"github.com/covgap/covgap/geo/csvtable"
	"github.com/covgap/covgap/geo/geodesy"
	"github.com/covgap/covgap/geo/terrain"
	"github.com/paulmach/orb"
)

// What a profile assumes where neither a flag nor the project says it.
const (
	DefaultTxHeightM    = 30.0  // a mast's antenna
	DefaultRxHeightM    = 1.5   // a telephone in the hand
	DefaultFrequencyMHz = 900.0 // the low band that reaches furthest
)

// Where a value of the path comes from, when not from a flag.
const (
	FromSector    = "sector "
	FromCriterion = "criterion "
	FromDefault   = "default"
)

// ErrPathTerrain is the error of a path on which heights are missing.
var ErrPathTerrain = errors.New("answer: no terrain on the path")

// maxProfileM is the longest path that is drawn. geodesy.Line keeps to the geodesic
// within 20 cm up to there, and no base station is heard beyond.
const maxProfileM = 400e3

// Path is what covgap profile finds of the path from A to B.
type Path struct {
	A            End         `json:"a"`
	B            End         `json:"b"`
	DistanceM    float64     `json:"distance_m"`
	AzimuthDeg   float64     `json:"azimuth_deg"` // at A, clockwise from true north
	FrequencyMHz float64     `json:"frequency_mhz"`
	FrequencyOf  string      `json:"frequency_from"`
	Terrain      PathTerrain `json:"terrain"`
	// Zones are what the project's sea makes of the path; left out where it has none.
	Zones       *PathZones `json:"zones,omitempty"`
	LineOfSight bool       `json:"line_of_sight"`
	// Ridge is the sample that reaches furthest into the first Fresnel zone, whether
	// it blocks the path or not; null when there is none between the ends.
	Ridge  *PathRidge `json:"ridge"`
	Losses []Loss     `json:"losses"`
}

// End is one end of a path.
type End struct {
	Kind      string  `json:"kind"` // point, hex, site or village
	ID        string  `json:"id"`
	Name      string  `json:"name,omitempty"`
	Longitude float64 `json:"longitude"`
	Latitude  float64 `json:"latitude"`
	GroundM   float64 `json:"ground_m"`
	HeightM   float64 `json:"height_m"` // antenna above ground
	HeightOf  string  `json:"height_from"`
}

// Position is the place itself.
func (e *End) Position() orb.Point { return orb.Point{e.Longitude, e.Latitude} }

// Title names the end for people.
func (e *End) Title() string {
	switch {
	case e.Name != "":
		return e.Name
	case e.Kind == KindPoint:
		return fmt.Sprintf("%.5f, %.5f", e.Longitude, e.Latitude)
	}
	return e.ID
}

// PathTerrain says of what terrain the samples are.
type PathTerrain struct {
	Surface  terrain.Surface `json:"surface"`
	SpacingM float64         `json:"spacing_m"`
	Samples  int             `json:"samples"`
}

// PathZones is how a path divides into radio-climatic zones.
type PathZones struct {
	SeaShare        float64 `json:"sea_share"`         // of its length, 0 to 1
	LongestLandKm   float64 `json:"longest_land_km"`   // without a break by the sea
	LongestInlandKm float64 `json:"longest_inland_km"` // of that, neither sea nor coast
}

func newPathZones(p *propagation.Profile) *PathZones {
	share, landM, inlandM := p.Zones()
	return &PathZones{rounded(share, 4), rounded(landM/1000, 3), rounded(inlandM/1000, 3)}
}

// PathRidge is the sample that reaches furthest into the first Fresnel zone.
type PathRidge struct {
	Longitude        float64 `json:"longitude"`
	Latitude         float64 `json:"latitude"`
	FromAM           float64 `json:"from_a_m"`
	FromBM           float64 `json:"from_b_m"`
	HeightM          float64 `json:"height_m"`          // above sea level
	AboveLineM       float64 `json:"above_line_m"`      // negative below it
	FresnelM         float64 `json:"fresnel_radius_m"`  // first zone, there
	FresnelClearance float64 `json:"fresnel_clearance"` // of the line over the ridge, in radii of the zone
}

// Loss is what a model makes of the path.
type Loss struct {
	Model    string                `json:"model"`
	Project  bool                  `json:"of_project"` // the project computes with it
	LossDB   *float64              `json:"loss_db"`
	OverFree *float64              `json:"over_free_space_db"`
	Warnings []propagation.Warning `json:"warnings"`
	Refusal  string                `json:"refusal,omitempty"` // why there is no loss
}

// PathOptions are what a question about a path states; NaN stands for what it does not.
type PathOptions struct {
	TxHeightM, RxHeightM float64 // antennas at A and B above ground
	FrequencyMHz         float64
}

// Path finds places A, the transmitter, and B, and everything about the path between
// them: points (longitude,latitude), H3 hexes, or ids of sites, sectors and villages.
func (ps *Places) Path(ctx context.Context, a, b string, o PathOptions) (*Path, *sight.View, error) {
	ps.mu.Lock()
	defer ps.mu.Unlock()
	var ends [2]end
	var err error
	for i, text := range []string{a, b} {
		if ends[i], err = ps.end(ctx, text); err != nil {
			return nil, nil, fmt.Errorf("%s: %w", "AB"[i:i+1], err)
		}
	}
	return ps.path(ctx, ends, o)
}

// path computes everything about the path.
func (ps *Places) path(ctx context.Context, ends [2]end, o PathOptions) (*Path, *sight.View, error) {
	shown := &Path{A: ends[0].End, B: ends[1].End}
	shown.DistanceM, shown.AzimuthDeg = geodesy.Inverse(shown.A.Position(), shown.B.Position())
	shown.DistanceM, shown.AzimuthDeg = rounded(shown.DistanceM, 3), rounded(shown.AzimuthDeg, 4)
	if shown.DistanceM < 1 {
		return nil, nil, questionf("A and B are %.2g m apart; expected a path", shown.DistanceM)
	}
	if shown.DistanceM > maxProfileM {
		return nil, nil, questionf("A and B are %.0f km apart; expected at most %.0f km", shown.DistanceM/1000, maxProfileM/1000)
	}
	src, err := ps.terrain(ctx)
	if err != nil {
		return nil, nil, err
	}
	bound := orb.Bound{Min: shown.A.Position(), Max: shown.A.Position()}.Extend(shown.B.Position())
	grid, _, err := src.Window(ctx, geodesy.Pad(bound, terrainMarginM))
	if err != nil {
		return nil, nil, err
	}
	zones, err := ps.zones(ctx, grid)
	if err != nil {
		return nil, nil, err
	}
	var ground terrain.Profile
	if !grid.Profile(shown.A.Position(), shown.B.Position(), &ground) {
		return nil, nil, missingTerrain(shown, &ground)
	}
	shown.Terrain = PathTerrain{src.Surface(), rounded(ground.DistanceM[1], 3), len(ground.DistanceM)}
	shown.A.GroundM, shown.B.GroundM = rounded(ground.HeightM[0], 3), rounded(ground.HeightM[len(ground.HeightM)-1], 3)

	ps.assume(shown, ends, o)
	p := &propagation.Profile{DistanceM: ground.DistanceM, TerrainM: ground.HeightM}
	if ps.project != nil {
		if err := ps.clutter(ctx, p, grid, &ground); err != nil {
			return nil, nil, err
		}
	}
	if zones != nil {
		p.Zone = make([]propagation.Zone, len(p.DistanceM))
		zones.Along(&ground.Line, ground.StepM, 0, p.Zone)
		shown.Zones = newPathZones(p)
	}
	link := propagation.Link{
		FrequencyMHz: shown.FrequencyMHz, TxHeightM: shown.A.HeightM, RxHeightM: shown.B.HeightM,
		Tx: shown.A.Position(), Rx: shown.B.Position(),
	}
	view, err := sight.Between(p, link)
	if errors.Is(err, propagation.ErrLink) {
		return nil, nil, questionf("%s; see \"covgap profile --help\"", plainRefusal(err))
	} else if err != nil {
		return nil, nil, err
	}
	shown.LineOfSight = view.Clear()
	shown.Ridge = newPathRidge(shown, view)
	shown.Losses, err = losses(p, link, ps.project)
	return shown, view, err
}

// zones gives the radio-climatic zones of a terrain by the project's sea, as a run does;
// nil for inland throughout.
func (ps *Places) zones(ctx context.Context, grid *terrain.Grid) (*zone.Map, error) {
	if ps.project == nil {
		return nil, nil
	}
	if !ps.seaRead {
		sea, err := run.ReadSea(ctx, ps.project)
		if err != nil {
			return nil, err
		}
		ps.sea, ps.seaRead = sea, true
	}
	zones, _ := run.Zones(grid, ps.sea)
	return zones, nil
}

// clutter puts what the project's land cover has on a path, as a run does.
func (ps *Places) clutter(ctx context.Context, p *propagation.Profile, grid *terrain.Grid, ground *terrain.Profile) error {
	heights, err := run.ReadClutter(ctx, ps.project, grid)
	if err != nil || heights == nil {
		return err
	}
	p.ClutterM = make([]float64, len(p.DistanceM))
	heights.NearestAlong(&ground.Line, ground.StepM, 0, p.ClutterM)
	p.ClearReceiver(ps.project.Inputs.LandCover.ReceiverClearingM)
	return nil
}

// terrainMarginM is how far terrain is read beyond the path: a geodesic may leave the
// box of its ends, by 900 m on an eastward path of 200 km at 50 degrees.
const terrainMarginM = 5000

func missingTerrain(shown *Path, ground *terrain.Profile) error {
	line := geodesy.NewLine(shown.A.Position(), shown.B.Position())
	for i, h := range ground.HeightM {
		if math.IsNaN(h) {
			at := line.At(ground.DistanceM[i])
			return fmt.Errorf("%w: %w", run.ErrMissing, &geo.InputError{
				Field: "terrain",
				Found: fmt.Sprintf("no height for %d of %d samples, first at %.5f,%.5f, %.2f km from A",
					ground.Missing, len(ground.HeightM), at.Lon(), at.Lat(), ground.DistanceM[i]/1000),
				Expected: "terrain all along the path",
				Hint:     "name files that cover it with --terrain",
				Err:      ErrPathTerrain,
			})
		}
	}
	return fmt.Errorf("profile: %d missing samples of which none is missing", ground.Missing)
}

// assume settles heights and frequency: a flag, else the sector of a site, else the
// criterion's receiver, else the default. The side without a site is a receiver when
// the other has one.
func (ps *Places) assume(shown *Path, ends [2]end, o PathOptions) {
	receiverM, receiverOf := DefaultRxHeightM, FromDefault
	if ps.project != nil {
		receiverM, receiverOf = ps.project.Criterion.ReceiverHeightM, FromCriterion+ps.project.Criterion.Name
	}
	height := func(e, other end, flag float64, name string, transmits bool) (float64, string) {
		switch {
		case !math.IsNaN(flag):
			return flag, "--" + name
		case e.sector != nil:
			return e.sector.AntennaHeightM, FromSector + e.sector.ID
		case transmits && other.sector == nil:
			return DefaultTxHeightM, FromDefault
		}
		return receiverM, receiverOf
	}
	shown.A.HeightM, shown.A.HeightOf = height(ends[0], ends[1], o.TxHeightM, "tx-height-m", true)
	shown.B.HeightM, shown.B.HeightOf = height(ends[1], ends[0], o.RxHeightM, "rx-height-m", false)
	shown.FrequencyMHz, shown.FrequencyOf = DefaultFrequencyMHz, FromDefault
	switch {
	case !math.IsNaN(o.FrequencyMHz):
		shown.FrequencyMHz, shown.FrequencyOf = o.FrequencyMHz, "--frequency-mhz"
	case ends[0].sector != nil:
		shown.FrequencyMHz, shown.FrequencyOf = ends[0].sector.FrequencyMHz, FromSector+ends[0].sector.ID
	case ends[1].sector != nil:
		shown.FrequencyMHz, shown.FrequencyOf = ends[1].sector.FrequencyMHz, FromSector+ends[1].sector.ID
	}
}

func newPathRidge(shown *Path, view *sight.View) *PathRidge {
	if view.Worst == 0 {
		return nil
	}
	s := &view.Samples[view.Worst]
	line := geodesy.NewLine(shown.A.Position(), shown.B.Position())
	at := line.At(s.DistanceM)
	return &PathRidge{
		Longitude: rounded(at.Lon(), 6), Latitude: rounded(at.Lat(), 6),
		FromAM: rounded(s.DistanceM, 3), FromBM: rounded(shown.DistanceM-s.DistanceM, 3),
		HeightM: rounded(s.SurfaceM, 3), AboveLineM: rounded(-s.ClearanceM, 3),
		FresnelM: rounded(s.FresnelM, 3), FresnelClearance: rounded(view.FresnelClearance(), 4),
	}
}

// losses gives the loss by every model, as a map would hold it.
func losses(p *propagation.Profile, l propagation.Link, of *project.Project) ([]Loss, error) {
	free, err := propagation.P525{}.Loss(p, l)
	if err != nil {
		return nil, err
	}
	var used propagation.Model
	if of != nil {
		if used, err = propagation.Lookup(of.Coverage.Model); err != nil {
			return nil, err
		}
	}
	var out []Loss
	for _, m := range propagation.Models() {
		s := Loss{Model: m.Name(), Project: m == used}
		res, err := propagation.Near(m).Loss(p, l)
		if err != nil {
			s.Refusal = plainRefusal(err)
		} else {
			loss, over := rounded(res.LossDB, 6), rounded(res.LossDB-free.LossDB, 6)
			s.LossDB, s.OverFree = &loss, &over
		}
		s.Warnings = append([]propagation.Warning{}, res.Warnings...)
		out = append(out, s)
	}
	return out, nil
}

// plainRefusal is why a model gives no number, without the words that every refusal
// begins with.
func plainRefusal(err error) string {
	return strings.TrimPrefix(strings.TrimPrefix(err.Error(), propagation.ErrLink.Error()+": "), propagation.ErrProfile.Error()+": ")
}

// WriteCSV writes every sample of the path.
func (shown *Path) WriteCSV(out io.Writer, view *sight.View) error {
	w, err := csvtable.NewWriter(out, []string{"distance_m", "longitude", "latitude", "terrain_m", "bulge_m", "line_m", "fresnel_radius_m", "clearance_m"}, csvtable.Options{})
	if err != nil {
		return err
	}
	line := geodesy.NewLine(shown.A.Position(), shown.B.Position())
	decimals := func(v float64, n int) string { return strconv.FormatFloat(v, 'f', n, 64) }
	for _, s := range view.Samples {
		at := line.At(s.DistanceM)
		if err := w.Write(decimals(s.DistanceM, 2), decimals(at.Lon(), 6), decimals(at.Lat(), 6), decimals(s.GroundM, 2),
			decimals(s.BulgeM, 3), decimals(s.RayM, 3), decimals(s.FresnelM, 3), decimals(s.ClearanceM, 3)); err != nil {
			return err
		}
	}
	return w.Flush()
}
