package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"math"
	"os"
	"strings"
	"text/tabwriter"

	"github.com/covgap/covgap/cmd/covgap/answer"
	"github.com/covgap/covgap/cmd/covgap/lang"
	"github.com/covgap/covgap/cmd/covgap/project"
	"github.com/covgap/covgap/cmd/covgap/run"
	"github.com/covgap/covgap/coverage/sight"
	"github.com/spf13/cobra"
	"github.com/spf13/pflag"
)

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
	fl.Float64Var(&f.txHeightM, "tx-height-m", answer.DefaultTxHeightM, "antenna at A in `metres` above ground")
	fl.Float64Var(&f.rxHeightM, "rx-height-m", answer.DefaultRxHeightM, "antenna at B in `metres` above ground")
	fl.Float64Var(&f.frequencyMHz, "frequency-mhz", answer.DefaultFrequencyMHz, "frequency in `MHz`")
	fl.StringVar(&f.svg, "svg", "", "also draw the profile into this `file`")
	fl.BoolVar(&f.csv, "csv", false, "print every sample as CSV")
	return cmd
}

func runProfile(ctx context.Context, g *global, a, b string, f profileFlags) error {
	if f.csv && g.json {
		return usagef("--csv and --json contradict each other")
	}
	places := answer.NewPlaces(func() (*project.Project, error) { return openProject(g) }, f.terrain)
	if g.projectPath != "" { // to be opened in any case
		if _, err := places.Project(); err != nil {
			return err
		}
	}
	shown, view, err := places.Path(ctx, a, b, answer.PathOptions{TxHeightM: f.txHeightM, RxHeightM: f.rxHeightM, FrequencyMHz: f.frequencyMHz})
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
		return shown.WriteCSV(g.stdout, view)
	case g.json:
		return printJSON(g, shown)
	}
	return printProfile(g, shown, view, f.svg)
}

// printProfile writes the drawing and the tables.
func printProfile(g *global, shown *answer.Path, view *sight.View, svg string) error {
	l := g.lang
	w := &stickyWriter{w: g.stdout}
	tw := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	for _, e := range []struct {
		letter string
		*answer.End
	}{{"A", &shown.A}, {"B", &shown.B}} {
		fmt.Fprintf(tw, "%s\t%s\t%s\t%.5f, %.5f\t%s\t%s\n", e.letter, endName(e.End), kindName(l, e.Kind), e.Longitude, e.Latitude,
			fmt.Sprintf(l.T("ground %s m", "mặt đất %s m"), l.Float(e.GroundM, 0)),
			fmt.Sprintf(l.T("antenna %s m (%s)", "ăng-ten %s m (%s)"), l.Short(e.HeightM), fromText(l, e.HeightOf)))
	}
	_ = tw.Flush() // w keeps the error
	fmt.Fprintf(w, l.T("%s km, azimuth %s°, %s MHz (%s), %d samples %s m apart of terrain %s, Earth radius 4/3\n\n",
		"%s km, phương vị %s°, %s MHz (%s), %d điểm cách nhau %s m trên địa hình %s, bán kính Trái Đất 4/3\n\n"),
		l.Float(shown.DistanceM/1000, 2), l.Float(shown.AzimuthDeg, 1), l.Short(shown.FrequencyMHz), fromText(l, shown.FrequencyOf),
		shown.Terrain.Samples, l.Float(shown.Terrain.SpacingM, 1), shown.Terrain.Surface)
	figure := shown.Figure(l, view)
	if err := figure.WriteText(w); err != nil {
		return err
	}
	fmt.Fprintf(w, "\n%s\n", shown.Sight(l))
	if z := shown.Zones; z != nil {
		fmt.Fprintf(w, l.T("%s %% of the path over the sea; over land without a break %s km, inland %s km\n", "%s %% đường truyền trên biển; dài nhất trên đất liền %s km, trong nội địa %s km\n"),
			l.Float(100*z.SeaShare, 1), l.Float(z.LongestLandKm, 2), l.Float(z.LongestInlandKm, 2))
	}
	fmt.Fprintln(w)
	printLosses(w, l, shown.Losses)
	if svg != "" && !g.dryRun {
		fmt.Fprintf(w, l.T("\nDrawn in %s\n", "\nHình vẽ ở %s\n"), svg)
	}
	return w.err
}

func endName(e *answer.End) string {
	switch {
	case e.Name != "":
		return e.ID + " " + e.Name
	case e.Kind == answer.KindPoint:
		return ""
	}
	return e.ID
}

func kindName(l lang.Lang, kind string) string {
	switch kind {
	case answer.KindHex:
		return l.T("hex", "ô")
	case answer.KindSite:
		return l.T("site", "trạm")
	case answer.KindVillage:
		return l.T("village", "thôn/xóm")
	}
	return l.T("point", "điểm")
}

// fromText says where a value comes from.
func fromText(l lang.Lang, from string) string {
	if name, ok := strings.CutPrefix(from, answer.FromCriterion); ok {
		return l.T("criterion ", "tiêu chí ") + name
	}
	if from == answer.FromDefault {
		return l.T("default", "mặc định")
	}
	return from
}

func printLosses(w io.Writer, l lang.Lang, losses []answer.Loss) {
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

func writeProfileSVG(l lang.Lang, shown *answer.Path, view *sight.View, path string) (err error) {
	file, err := os.Create(path)
	if err != nil {
		return fmt.Errorf("%w: %w", run.ErrMissing, err)
	}
	defer func() {
		if cerr := file.Close(); err == nil {
			err = cerr
		}
	}()
	return shown.Figure(l, view).WriteSVG(file)
}
