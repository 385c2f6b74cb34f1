package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"math"
	"os"
	"strconv"
	"strings"
	"text/tabwriter"

	"github.com/covgap/covgap/cmd/covgap/lang"
	"github.com/covgap/covgap/cmd/covgap/project"
	"github.com/covgap/covgap/cmd/covgap/report"
	"github.com/covgap/covgap/cmd/covgap/run"
	"github.com/covgap/covgap/coverage/propagation"
	"github.com/covgap/covgap/coverage/sight"
	"github.com/covgap/covgap/geo"
	"github.com/covgap/covgap/geo/csvtable"
	"github.com/covgap/covgap/geo/geodesy"
	"github.com/covgap/covgap/geo/terrain"
	"github.com/paulmach/orb"
	"github.com/spf13/cobra"
	"github.com/spf13/pflag"
)

// What a profile assumes where neither a flag nor the project says it.
const (
	defaultTxHeightM    = 30.0  // a mast's antenna
	defaultRxHeightM    = 1.5   // a telephone in the hand
	defaultFrequencyMHz = 900.0 // the low band that reaches furthest
)

// Where a value of the path comes from, when not from a flag.
const (
	fromSector    = "sector "
	fromCriterion = "criterion "
	fromDefault   = "default"
)

// maxProfileM is the longest path that is drawn. geodesy.Line keeps to the geodesic
// within 20 cm up to there, and no base station is heard beyond.
const maxProfileM = 400e3

// profileFlags are the flags of covgap profile. A number that is not set is NaN.
type profileFlags struct {
	terrain      []string
	txHeightM    float64
	rxHeightM    float64
	frequencyMHz float64
	svg          string
	csv          bool
}

func newProfileCommand(g *global) *cobra.Command {
	var f profileFlags
	cmd := &cobra.Command{
		Use:   "profile A B",
		Short: "Terrain, Fresnel zone and losses between two points or ids",
		Long: `Show the terrain between A, the transmitter, and B: line of sight over the Earth's
curvature (k = 4/3), the first Fresnel zone, the ridge that reaches furthest into
it, and the loss by every model with its warnings or its refusal.

A and B are points (longitude,latitude), H3 hexes, or ids of sites, sectors and
villages of the project. A site gives the height and frequency of a sector: the one
named, else of those whose technology has a threshold in the criterion the one of
the lowest frequency. A village is its centre, as in a run. What nothing says stands at the flags' defaults. Terrain is the project's,
or that of --terrain, which needs no project for points and hexes. Losses are those
of a map: median in time and locations, joined to free space and diffraction below
a model's least distance, without clutter.

With --csv every sample comes instead, on standard output. A point west of Greenwich
begins with a minus: write -- before it, after the flags. Exit codes: 2 when A or B
is no point or id, 6 when terrain is missing on the way.`,
		Example: `After "covgap demo", in the same folder:
  covgap profile T0246 01087-018
  covgap profile T0246 105.39833,22.55 --svg profile.svg
  covgap profile 105.40750,22.53583 105.39833,22.55 --terrain covgap-demo/terrain --tx-height-m 45 --frequency-mhz 700`,
		Args: cobra.ExactArgs(2),
		RunE: func(cmd *cobra.Command, args []string) error {
			for name, value := range map[string]*float64{"tx-height-m": &f.txHeightM, "rx-height-m": &f.rxHeightM, "frequency-mhz": &f.frequencyMHz} {
				if !cmd.Flags().Changed(name) {
					*value = math.NaN()
				} else if math.IsNaN(*value) {
					return usagef("--%s: expected a number", name)
				}
			}
			return runProfile(cmd.Context(), g, args[0], args[1], f)
		},
	}
	cmd.SetFlagErrorFunc(func(c *cobra.Command, err error) error {
		err = c.Parent().FlagErrorFunc()(c, err)
		var unknown *pflag.NotExistError
		if errors.As(err, &unknown) && strings.ContainsAny(unknown.GetSpecifiedName(), "0123456789") {
			return usagef("%w; write -- before a point that begins with a minus", err)
		}
		return err
	})
	fl := cmd.Flags()
	fl.StringSliceVar(&f.terrain, "terrain", nil, "terrain `files` or folders in place of the project's")
	fl.Float64Var(&f.txHeightM, "tx-height-m", defaultTxHeightM, "antenna at A in `metres` above ground")
	fl.Float64Var(&f.rxHeightM, "rx-height-m", defaultRxHeightM, "antenna at B in `metres` above ground")
	fl.Float64Var(&f.frequencyMHz, "frequency-mhz", defaultFrequencyMHz, "frequency in `MHz`")
	fl.StringVar(&f.svg, "svg", "", "also draw the profile into this `file`")
	fl.BoolVar(&f.csv, "csv", false, "print every sample as CSV")
	return cmd
}

// pathShown is what covgap profile finds.
type pathShown struct {
	A            endShown    `json:"a"`
	B            endShown    `json:"b"`
	DistanceM    float64     `json:"distance_m"`
	AzimuthDeg   float64     `json:"azimuth_deg"` // at A, clockwise from true north
	FrequencyMHz float64     `json:"frequency_mhz"`
	FrequencyOf  string      `json:"frequency_from"`
	Terrain      pathTerrain `json:"terrain"`
	LineOfSight  bool        `json:"line_of_sight"`
	// Ridge is the sample that reaches furthest into the first Fresnel zone, whether
	// it blocks the path or not; null when there is none between the ends.
	Ridge  *ridgeShown `json:"ridge"`
	Losses []lossShown `json:"losses"`
}

// endShown is one end of the path.
type endShown struct {
	Kind      string  `json:"kind"` // point, hex, site or village
	ID        string  `json:"id"`
	Name      string  `json:"name,omitempty"`
	Longitude float64 `json:"longitude"`
	Latitude  float64 `json:"latitude"`
	GroundM   float64 `json:"ground_m"`
	HeightM   float64 `json:"height_m"` // antenna above ground
	HeightOf  string  `json:"height_from"`
}

func (e *endShown) position() orb.Point { return orb.Point{e.Longitude, e.Latitude} }

// title names the end for people.
func (e *endShown) title() string {
	switch {
	case e.Name != "":
		return e.Name
	case e.Kind == kindPoint:
		return fmt.Sprintf("%.5f, %.5f", e.Longitude, e.Latitude)
	}
	return e.ID
}

type pathTerrain struct {
	Surface  terrain.Surface `json:"surface"`
	SpacingM float64         `json:"spacing_m"`
	Samples  int             `json:"samples"`
}

type ridgeShown struct {
	Longitude        float64 `json:"longitude"`
	Latitude         float64 `json:"latitude"`
	FromAM           float64 `json:"from_a_m"`
	FromBM           float64 `json:"from_b_m"`
	HeightM          float64 `json:"height_m"`          // above sea level
	AboveLineM       float64 `json:"above_line_m"`      // negative below it
	FresnelM         float64 `json:"fresnel_radius_m"`  // first zone, there
	FresnelClearance float64 `json:"fresnel_clearance"` // of the line over the ridge, in radii of the zone
}

type lossShown struct {
	Model    string        `json:"model"`
	Project  bool          `json:"of_project"` // the project computes with it
	LossDB   *float64      `json:"loss_db"`
	OverFree *float64      `json:"over_free_space_db"`
	Warnings []jsonWarning `json:"warnings"`
	Refusal  string        `json:"refusal,omitempty"` // why there is no loss
}

func runProfile(ctx context.Context, g *global, a, b string, f profileFlags) error {
	if f.csv && g.json {
		return usagef("--csv and --json contradict each other")
	}
	places := &places{g: g}
	ends, err := places.resolve(ctx, a, b, f)
	if err != nil {
		return err
	}
	shown, view, err := f.path(ctx, places, ends)
	if err != nil {
		return err
	}
	if g.lang == "" {
		g.lang = lang.English
	}
	if f.svg != "" && !g.dryRun {
		if err := writeProfileSVG(g.lang, shown, view, f.svg); err != nil {
			return err
		}
	}
	switch {
	case f.csv:
		return printProfileCSV(g.stdout, shown, view)
	case g.json:
		return printJSON(g, shown)
	}
	return printProfile(g, shown, view, f.svg)
}

// path computes everything about the path.
func (f *profileFlags) path(ctx context.Context, ps *places, ends [2]end) (*pathShown, *sight.View, error) {
	shown := &pathShown{A: ends[0].endShown, B: ends[1].endShown}
	shown.DistanceM, shown.AzimuthDeg = geodesy.Inverse(shown.A.position(), shown.B.position())
	shown.DistanceM, shown.AzimuthDeg = rounded(shown.DistanceM, 3), rounded(shown.AzimuthDeg, 4)
	if shown.DistanceM < 1 {
		return nil, nil, usagef("A and B are %.2g m apart; expected a path", shown.DistanceM)
	}
	if shown.DistanceM > maxProfileM {
		return nil, nil, usagef("A and B are %.0f km apart; expected at most %.0f km", shown.DistanceM/1000, maxProfileM/1000)
	}
	src, err := ps.terrain(ctx, f.terrain)
	if err != nil {
		return nil, nil, err
	}
	bound := orb.Bound{Min: shown.A.position(), Max: shown.A.position()}.Extend(shown.B.position())
	grid, _, err := src.Window(ctx, geodesy.Pad(bound, terrainMarginM))
	if err != nil {
		return nil, nil, err
	}
	var ground terrain.Profile
	if !grid.Profile(shown.A.position(), shown.B.position(), &ground) {
		return nil, nil, missingTerrain(shown, &ground)
	}
	shown.Terrain = pathTerrain{src.Surface(), rounded(ground.DistanceM[1], 3), len(ground.DistanceM)}
	shown.A.GroundM, shown.B.GroundM = rounded(ground.HeightM[0], 3), rounded(ground.HeightM[len(ground.HeightM)-1], 3)

	f.assume(shown, ps, ends)
	p := &propagation.Profile{DistanceM: ground.DistanceM, TerrainM: ground.HeightM}
	if ps.project != nil {
		if err := ps.clutter(ctx, p, grid, &ground); err != nil {
			return nil, nil, err
		}
	}
	link := propagation.Link{
		FrequencyMHz: shown.FrequencyMHz, TxHeightM: shown.A.HeightM, RxHeightM: shown.B.HeightM,
		Tx: shown.A.position(), Rx: shown.B.position(),
	}
	view, err := sight.Between(p, link)
	if errors.Is(err, propagation.ErrLink) {
		return nil, nil, usagef("%s; see \"covgap profile --help\"", plainRefusal(err))
	} else if err != nil {
		return nil, nil, err
	}
	shown.LineOfSight = view.Clear()
	shown.Ridge = newRidgeShown(shown, view)
	shown.Losses, err = losses(p, link, ps.project)
	return shown, view, err
}

// clutter puts what the project's land cover has on a path, as a run does.
func (ps *places) clutter(ctx context.Context, p *propagation.Profile, grid *terrain.Grid, ground *terrain.Profile) error {
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

func missingTerrain(shown *pathShown, ground *terrain.Profile) error {
	line := geodesy.NewLine(shown.A.position(), shown.B.position())
	for i, h := range ground.HeightM {
		if math.IsNaN(h) {
			at := line.At(ground.DistanceM[i])
			return fmt.Errorf("%w: %w", run.ErrMissing, &geo.InputError{
				Field: "terrain",
				Found: fmt.Sprintf("no height for %d of %d samples, first at %.5f,%.5f, %.2f km from A",
					ground.Missing, len(ground.HeightM), at.Lon(), at.Lat(), ground.DistanceM[i]/1000),
				Expected: "terrain all along the path",
				Hint:     "name files that cover it with --terrain",
			})
		}
	}
	return fmt.Errorf("profile: %d missing samples of which none is missing", ground.Missing)
}

// assume settles heights and frequency: a flag, else the sector of a site, else the
// criterion's receiver, else the default. The side without a site is a receiver when
// the other has one.
func (f *profileFlags) assume(shown *pathShown, ps *places, ends [2]end) {
	receiverM, receiverOf := defaultRxHeightM, fromDefault
	if ps.project != nil {
		receiverM, receiverOf = ps.project.Criterion.ReceiverHeightM, fromCriterion+ps.project.Criterion.Name
	}
	height := func(e, other end, flag float64, name string, transmits bool) (float64, string) {
		switch {
		case !math.IsNaN(flag):
			return flag, "--" + name
		case e.sector != nil:
			return e.sector.AntennaHeightM, fromSector + e.sector.ID
		case transmits && other.sector == nil:
			return defaultTxHeightM, fromDefault
		}
		return receiverM, receiverOf
	}
	shown.A.HeightM, shown.A.HeightOf = height(ends[0], ends[1], f.txHeightM, "tx-height-m", true)
	shown.B.HeightM, shown.B.HeightOf = height(ends[1], ends[0], f.rxHeightM, "rx-height-m", false)
	shown.FrequencyMHz, shown.FrequencyOf = defaultFrequencyMHz, fromDefault
	switch {
	case !math.IsNaN(f.frequencyMHz):
		shown.FrequencyMHz, shown.FrequencyOf = f.frequencyMHz, "--frequency-mhz"
	case ends[0].sector != nil:
		shown.FrequencyMHz, shown.FrequencyOf = ends[0].sector.FrequencyMHz, fromSector+ends[0].sector.ID
	case ends[1].sector != nil:
		shown.FrequencyMHz, shown.FrequencyOf = ends[1].sector.FrequencyMHz, fromSector+ends[1].sector.ID
	}
}

func newRidgeShown(shown *pathShown, view *sight.View) *ridgeShown {
	if view.Worst == 0 {
		return nil
	}
	s := &view.Samples[view.Worst]
	line := geodesy.NewLine(shown.A.position(), shown.B.position())
	at := line.At(s.DistanceM)
	return &ridgeShown{
		Longitude: rounded(at.Lon(), 6), Latitude: rounded(at.Lat(), 6),
		FromAM: rounded(s.DistanceM, 3), FromBM: rounded(shown.DistanceM-s.DistanceM, 3),
		HeightM: rounded(s.SurfaceM, 3), AboveLineM: rounded(-s.ClearanceM, 3),
		FresnelM: rounded(s.FresnelM, 3), FresnelClearance: rounded(view.FresnelClearance(), 4),
	}
}

// rounded leaves so many decimals, without a negative zero.
func rounded(v float64, decimals int) float64 {
	scale := math.Pow(10, float64(decimals))
	return math.Round(v*scale)/scale + 0
}

// losses gives the loss by every model, as a map would hold it.
func losses(p *propagation.Profile, l propagation.Link, of *project.Project) ([]lossShown, error) {
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
	var out []lossShown
	for _, m := range propagation.Models() {
		s := lossShown{Model: m.Name(), Project: m == used}
		res, err := propagation.Near(m).Loss(p, l)
		if err != nil {
			s.Refusal = plainRefusal(err)
		} else {
			loss, over := rounded(res.LossDB, 6), rounded(res.LossDB-free.LossDB, 6)
			s.LossDB, s.OverFree = &loss, &over
		}
		s.Warnings = jsonWarnings(res.Warnings)
		out = append(out, s)
	}
	return out, nil
}

// plainRefusal is why a model gives no number, without the words that every refusal
// begins with.
func plainRefusal(err error) string {
	return strings.TrimPrefix(strings.TrimPrefix(err.Error(), propagation.ErrLink.Error()+": "), propagation.ErrProfile.Error()+": ")
}

// printProfile writes the drawing and the tables.
func printProfile(g *global, shown *pathShown, view *sight.View, svg string) error {
	l := g.lang
	w := &stickyWriter{w: g.stdout}
	tw := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	for _, e := range []struct {
		letter string
		*endShown
	}{{"A", &shown.A}, {"B", &shown.B}} {
		fmt.Fprintf(tw, "%s\t%s\t%s\t%.5f, %.5f\t%s\t%s\n", e.letter, endName(e.endShown), kindName(l, e.Kind), e.Longitude, e.Latitude,
			fmt.Sprintf(l.T("ground %s m", "mặt đất %s m"), l.Float(e.GroundM, 0)),
			fmt.Sprintf(l.T("antenna %s m (%s)", "ăng-ten %s m (%s)"), number1(l, e.HeightM), fromText(l, e.HeightOf)))
	}
	_ = tw.Flush() // w keeps the error
	fmt.Fprintf(w, l.T("%s km, azimuth %s°, %s MHz (%s), %d samples %s m apart of terrain %s, Earth radius 4/3\n\n",
		"%s km, phương vị %s°, %s MHz (%s), %d điểm cách nhau %s m trên địa hình %s, bán kính Trái Đất 4/3\n\n"),
		l.Float(shown.DistanceM/1000, 2), l.Float(shown.AzimuthDeg, 1), number1(l, shown.FrequencyMHz), fromText(l, shown.FrequencyOf),
		shown.Terrain.Samples, l.Float(shown.Terrain.SpacingM, 1), shown.Terrain.Surface)
	figure := profileFigure(l, shown, view)
	if err := figure.WriteText(w); err != nil {
		return err
	}
	fmt.Fprintf(w, "\n%s\n\n", sightText(l, shown))
	printLosses(w, l, shown.Losses)
	if svg != "" && !g.dryRun {
		fmt.Fprintf(w, l.T("\nDrawn in %s\n", "\nHình vẽ ở %s\n"), svg)
	}
	return w.err
}

func endName(e *endShown) string {
	switch {
	case e.Name != "":
		return e.ID + " " + e.Name
	case e.Kind == kindPoint:
		return ""
	}
	return e.ID
}

func kindName(l lang.Lang, kind string) string {
	switch kind {
	case kindHex:
		return l.T("hex", "ô")
	case kindSite:
		return l.T("site", "trạm")
	case kindVillage:
		return l.T("village", "thôn/xóm")
	}
	return l.T("point", "điểm")
}

// fromText says where a value comes from.
func fromText(l lang.Lang, from string) string {
	if name, ok := strings.CutPrefix(from, fromCriterion); ok {
		return l.T("criterion ", "tiêu chí ") + name
	}
	if from == fromDefault {
		return l.T("default", "mặc định")
	}
	return from
}

// number1 writes a number with a decimal where it has one.
func number1(l lang.Lang, v float64) string {
	if v == math.Trunc(v) {
		return l.Float(v, 0)
	}
	return l.Float(v, 1)
}

// sightText says in words whether B is seen from A, and what stands between.
func sightText(l lang.Lang, shown *pathShown) string {
	r := shown.Ridge
	if r == nil {
		return l.T("line of sight; no terrain sample between the ends", "tầm nhìn thẳng; không có điểm địa hình nào ở giữa")
	}
	place := fmt.Sprintf(l.T("at %.5f, %.5f, %s m above sea level, %s km from A, %s km from B",
		"tại %.5f, %.5f, cao %s m, cách A %s km, cách B %s km"),
		r.Longitude, r.Latitude, l.Float(r.HeightM, 0), l.Float(r.FromAM/1000, 2), l.Float(r.FromBM/1000, 2))
	zone := l.Float(r.FresnelM, 1)
	switch {
	case !shown.LineOfSight:
		return fmt.Sprintf(l.T("blocked by terrain %s: %s m above the line; first Fresnel zone there %s m",
			"bị địa hình che %s: cao hơn đường ngắm %s m; bán kính vùng Fresnel thứ nhất tại đó %s m"), place, l.Float(r.AboveLineM, 1), zone)
	case r.FresnelClearance < 1:
		return fmt.Sprintf(l.T("line of sight, into the first Fresnel zone reaches terrain %s: %s m below the line, %s of the zone's radius of %s m",
			"tầm nhìn thẳng, địa hình lấn vào vùng Fresnel thứ nhất %s: thấp hơn đường ngắm %s m, bằng %s bán kính vùng (%s m)"),
			place, l.Float(-r.AboveLineM, 1), l.Float(r.FresnelClearance, 2), zone)
	}
	return fmt.Sprintf(l.T("line of sight, first Fresnel zone free; nearest terrain %s: %s m below the line; first Fresnel zone there %s m",
		"tầm nhìn thẳng, vùng Fresnel thứ nhất thông thoáng; địa hình gần nhất %s: thấp hơn đường ngắm %s m; bán kính vùng tại đó %s m"),
		place, l.Float(-r.AboveLineM, 1), zone)
}

func printLosses(w io.Writer, l lang.Lang, losses []lossShown) {
	tw := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	fmt.Fprintln(tw, l.T("model\tloss\tover free space\tremarks", "mô hình\tsuy hao\ttrên không gian tự do\tghi chú"))
	for _, s := range losses {
		name := s.Model
		if s.Project {
			name += " *"
		}
		if s.LossDB == nil {
			fmt.Fprintf(tw, "%s\t–\t–\t%s\n", name, s.Refusal)
			continue
		}
		remarks := make([]string, len(s.Warnings))
		for i, warning := range s.Warnings {
			remarks[i] = warning.Message
		}
		fmt.Fprintf(tw, "%s\t%s dB\t%s dB\t%s\n", name, l.Float(*s.LossDB, 1), l.Float(*s.OverFree, 1), strings.Join(remarks, "; "))
	}
	_ = tw.Flush() // the writer keeps the error
	for _, s := range losses {
		if s.Project {
			fmt.Fprintln(w, l.T("* the project's model", "* mô hình của dự án"))
		}
	}
}

// profileFigure words the drawing.
func profileFigure(l lang.Lang, shown *pathShown, view *sight.View) *report.ProfileFigure {
	f := &report.ProfileFigure{View: view, Text: report.ProfileText{
		Title: fmt.Sprintf("A: %s – B: %s", shown.A.title(), shown.B.title()),
		Subtitle: fmt.Sprintf(l.T("%s km, %s MHz, antennas at %s m and %s m", "%s km, %s MHz, ăng-ten cao %s m và %s m"),
			l.Float(shown.DistanceM/1000, 2), number1(l, shown.FrequencyMHz), number1(l, shown.A.HeightM), number1(l, shown.B.HeightM)),
		DistanceAxis: l.T("km from A", "km từ A"),
		HeightAxis:   l.T("m above sea level, with the Earth's curvature", "độ cao (m), gồm độ cong Trái Đất"),
		Ground:       l.T("terrain, Earth radius 4/3", "địa hình, bán kính Trái Đất 4/3"),
		Ray:          l.T("line between the antennas", "đường thẳng giữa hai ăng-ten"),
		Fresnel:      l.T("first Fresnel zone", "vùng Fresnel thứ nhất"),
		Number:       l.Float,
	}}
	if r := shown.Ridge; r != nil {
		where := fmt.Sprintf(l.T("%s m below the line", "thấp hơn đường ngắm %s m"), l.Float(-r.AboveLineM, 0))
		if !shown.LineOfSight {
			where = fmt.Sprintf(l.T("%s m above the line", "cao hơn đường ngắm %s m"), l.Float(r.AboveLineM, 0))
		}
		f.Text.Ridge = fmt.Sprintf("%s m, %s", l.Float(r.HeightM, 0), where)
	}
	return f
}

func writeProfileSVG(l lang.Lang, shown *pathShown, view *sight.View, path string) (err error) {
	file, err := os.Create(path)
	if err != nil {
		return fmt.Errorf("%w: %w", run.ErrMissing, err)
	}
	defer func() {
		if cerr := file.Close(); err == nil {
			err = cerr
		}
	}()
	return profileFigure(l, shown, view).WriteSVG(file)
}

// printProfileCSV writes every sample.
func printProfileCSV(out io.Writer, shown *pathShown, view *sight.View) error {
	w, err := csvtable.NewWriter(out, []string{"distance_m", "longitude", "latitude", "terrain_m", "bulge_m", "line_m", "fresnel_radius_m", "clearance_m"}, csvtable.Options{})
	if err != nil {
		return err
	}
	line := geodesy.NewLine(shown.A.position(), shown.B.position())
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
