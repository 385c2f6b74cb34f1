package main

import (
	"context"
	"errors"
	"fmt"
	"math"
	"os"
	"slices"
	"strconv"
	"strings"
	"text/tabwriter"

	"github.com/covgap/covgap/cmd/covgap/answer"
	"github.com/covgap/covgap/cmd/covgap/lang"
	"github.com/covgap/covgap/cmd/covgap/run"
	"github.com/covgap/covgap/data"
	"github.com/covgap/covgap/data/yamlfile"
	"github.com/covgap/covgap/geo"
	"github.com/covgap/covgap/planner"
	"github.com/covgap/covgap/planner/template"
	"github.com/spf13/cobra"
)

// whatifFlags are the flags of covgap whatif, each a list of actions.
type whatifFlags struct {
	add, raise, reAim, reBand, rePower, remove []string
}

func newWhatifCommand(g *global) *cobra.Command {
	var f whatifFlags
	cmd := &cobra.Command{
		Use:   "whatif [ACTIONS.yaml]",
		Short: "The difference that one or more actions make",
		Long: `Compute which villages gain or lose service, and how many people, when the actions
of a file are done to the network, those of a plan.yaml or a list of the same form,
and those of the flags after them, in the order add, raise, re-aim, re-band,
re-power, remove. Nothing is built, and no result of a run is changed.

A new mast takes a template of the project, the first unless its name is given, for
every operator unless the template names one; sectors whose directions nobody names
are spread evenly from north. A raised mast may be higher than its structure is
today. A tilt is that of the beam, mechanical and electrical together.

Exit codes: 2 when a flag names what is not there, 3 when the file does, 6 when
there is no such file.`,
		Example: `After "covgap demo", in the same folder:
  covgap whatif --add 105.40,22.55
  covgap whatif --raise T0246=+15 --remove T0012
  covgap whatif covgap-demo/out/plan.yaml --json`,
		Args: cobra.MaximumNArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			file := ""
			if len(args) == 1 {
				file = args[0]
			}
			return runWhatif(cmd.Context(), g, file, f)
		},
	}
	fl := cmd.Flags()
	fl.StringArrayVar(&f.add, "add", nil, "a mast at `lon,lat[,template]`")
	fl.StringArrayVar(&f.raise, "raise", nil, "`SITE=+metres` above its highest antenna, or SITE=metres above ground")
	fl.StringArrayVar(&f.reAim, "re-aim", nil, "`SECTOR=azimuth[,tilt]` in degrees")
	fl.StringArrayVar(&f.reBand, "re-band", nil, "`SECTOR=MHz`")
	fl.StringArrayVar(&f.rePower, "re-power", nil, "`SECTOR=+dB`, or SECTOR=dBm of EIRP")
	fl.StringArrayVar(&f.remove, "remove", nil, "a `SITE`")
	return cmd
}

func runWhatif(ctx context.Context, g *global, file string, f whatifFlags) error {
	if file == "" && f.empty() {
		return usagef("nothing to do; name a file of actions or a flag such as --add; see \"covgap whatif --help\"")
	}
	p, err := openProject(g)
	if err != nil {
		return err
	}
	var asked planner.Plan
	var content []byte
	if file != "" {
		if content, err = os.ReadFile(file); err != nil {
			return fmt.Errorf("%w: %w", run.ErrMissing, err)
		}
		plan, err := planner.FromYAML(content, file, p.Plan.Templates...)
		if err != nil {
			return err
		}
		if len(plan.Actions) == 0 {
			return &geo.InputError{Pos: geo.Position{File: file}, Field: "actions", Found: "none", Expected: "what to do to the network, such as {action: remove, site_id: T0012}", Err: planner.ErrPlan}
		}
		asked = *plan
	}
	r := run.New(p, run.Options{Workers: g.jobs, Lang: g.lang, Reporter: g.reporter})
	if err := r.Check(ctx); err != nil {
		return err
	}
	// The file's actions come first, so that a flag may speak of what they build.
	network, err := planner.Apply(r.Inputs.Sites, asked.Actions, asked.Templates)
	if err != nil {
		return yamlfile.Locate(err, content, file)
	}
	flags, network, err := f.apply(network, p.Plan.Templates)
	if err != nil {
		return err
	}
	actions := slices.Concat(asked.Actions, flags)
	for i := range actions {
		a := &actions[i]
		if a.Longitude == 0 && a.Latitude == 0 { // at a mast that stands
			continue
		}
		if _, inside := r.Inputs.Index.At(a.Position()); !inside {
			fmt.Fprintf(g.stderr, g.lang.T("covgap: warning: %s at %.5f, %.5f lies outside the areas of the project: only those of their villages are judged that it reaches within %g km\n",
				"covgap: cảnh báo: %s tại %.5f, %.5f nằm ngoài các xã/phường của dự án: chỉ xét thôn/xóm trong đó ở phạm vi %g km\n"),
				a.SiteID, a.Longitude, a.Latitude, p.Coverage.RadiusKm)
		}
	}
	if g.dryRun {
		fmt.Fprintf(g.stdout, g.lang.T("would compare the network with that after %d actions\n", "sẽ so sánh mạng hiện tại với mạng sau %d hạng mục\n"), len(actions))
		return nil
	}
	for _, step := range []func(context.Context) error{r.ComputeCoverage, r.FindGaps} {
		if err := step(ctx); err != nil {
			return err
		}
	}
	shown, err := answer.New(r).WhatIf(ctx, actions, network)
	if err != nil {
		return err
	}
	if g.json {
		return printJSON(g, shown)
	}
	return printWhatif(g, shown)
}

func (f *whatifFlags) empty() bool {
	return len(f.add)+len(f.raise)+len(f.reAim)+len(f.reBand)+len(f.rePower)+len(f.remove) == 0
}

// apply does to a network what the flags say, and gives the actions that this is.
func (f *whatifFlags) apply(network []data.Site, templates []template.Site) ([]planner.Action, []data.Site, error) {
	var done []planner.Action
	for _, kind := range []struct {
		flag   string
		values []string
		action func(network []data.Site, templates []template.Site, value string) (planner.Action, error)
	}{
		{"add", f.add, addAction}, {"raise", f.raise, raiseAction}, {"re-aim", f.reAim, reAimAction},
		{"re-band", f.reBand, reBandAction}, {"re-power", f.rePower, rePowerAction}, {"remove", f.remove, removeAction},
	} {
		for _, value := range kind.values {
			a, err := kind.action(network, templates, value)
			if err == nil {
				network, err = planner.Apply(network, []planner.Action{a}, templates)
			}
			if err != nil {
				// The field is that of an action nobody wrote.
				var in *geo.InputError
				if errors.As(err, &in) {
					in.Field = strings.TrimPrefix(in.Field, "actions[0].")
				}
				return nil, nil, usagef("--%s %s: %w", kind.flag, value, err)
			}
			done = append(done, a)
		}
	}
	return done, network, nil
}

func addAction(network []data.Site, templates []template.Site, value string) (planner.Action, error) {
	place, name := value, templates[0].Name
	if parts := strings.SplitN(value, ",", 3); len(parts) == 3 {
		place, name = parts[0]+","+parts[1], strings.TrimSpace(parts[2])
	}
	at, ok, err := answer.ParsePoint(place)
	if err != nil {
		return planner.Action{}, err
	}
	if !ok {
		return planner.Action{}, errors.New("expected longitude,latitude, and a template after another comma if it is not the first")
	}
	a := planner.Action{Kind: planner.NewSite, Template: name, Longitude: at.Lon(), Latitude: at.Lat()}
	for n := 1; a.SiteID == ""; n++ {
		id := fmt.Sprintf("NEW-%03d", n)
		if siteOf(network, id) == nil {
			a.SiteID = id
		}
	}
	return a, nil
}

func raiseAction(network []data.Site, _ []template.Site, value string) (planner.Action, error) {
	id, metres, relative, err := assignment(value, "SITE=+metres")
	if err != nil {
		return planner.Action{}, err
	}
	a := planner.Action{Kind: planner.Raise, SiteID: id, AntennaHeightM: metres}
	if site := siteOf(network, id); site != nil {
		if relative {
			a.AntennaHeightM = highestM(site) + metres
		}
		if site.StructureHeightM > 0 && a.AntennaHeightM > site.StructureHeightM {
			a.StructureHeightM = a.AntennaHeightM
		}
	}
	return a, nil
}

func highestM(site *data.Site) float64 {
	var highest float64
	for i := range site.Sectors {
		highest = max(highest, site.Sectors[i].AntennaHeightM)
	}
	return highest
}

func reAimAction(network []data.Site, _ []template.Site, value string) (planner.Action, error) {
	id, degrees, found := strings.Cut(value, "=")
	azimuth, tilt, tilted := strings.Cut(degrees, ",")
	a := planner.Action{Kind: planner.ReAim, SectorID: id}
	az, err := strconv.ParseFloat(strings.TrimSpace(azimuth), 64)
	if !found || err != nil {
		return a, errors.New("expected SECTOR=azimuth or SECTOR=azimuth,tilt in degrees")
	}
	a.AzimuthsDeg = []float64{az}
	if tilted {
		t, err := strconv.ParseFloat(strings.TrimSpace(tilt), 64)
		if err != nil {
			return a, errors.New("expected a tilt in degrees after the comma")
		}
		if s := sectorOf(network, id); s != nil {
			t -= s.ElectricalTiltDeg
		}
		a.MechanicalTiltDeg = new(t)
	}
	return a, nil
}

func reBandAction(_ []data.Site, _ []template.Site, value string) (planner.Action, error) {
	id, mhz, _, err := assignment(value, "SECTOR=MHz")
	return planner.Action{Kind: planner.ReBand, SectorID: id, FrequencyMHz: mhz}, err
}

func rePowerAction(network []data.Site, _ []template.Site, value string) (planner.Action, error) {
	id, dbm, relative, err := assignment(value, "SECTOR=+dB")
	if s := sectorOf(network, id); s != nil && relative {
		dbm += s.EIRPDBm
	}
	return planner.Action{Kind: planner.RePower, SectorID: id, EIRPDBm: dbm}, err
}

func removeAction(_ []data.Site, _ []template.Site, value string) (planner.Action, error) {
	return planner.Action{Kind: planner.Remove, SiteID: value}, nil
}

// assignment reads ID=number; relative says that the number has a sign.
func assignment(value, form string) (id string, number float64, relative bool, err error) {
	// An id may hold the sign itself, a number may not.
	at := strings.LastIndexByte(value, '=')
	if at < 1 {
		return "", 0, false, fmt.Errorf("expected %s", form)
	}
	id, text := value[:at], strings.TrimSpace(value[at+1:])
	number, err = strconv.ParseFloat(text, 64)
	if err != nil || math.IsNaN(number) || math.IsInf(number, 0) {
		return "", 0, false, fmt.Errorf("%q is no number; expected %s", text, form)
	}
	return id, number, strings.HasPrefix(text, "+") || strings.HasPrefix(text, "-"), nil
}

// siteOf gives a site by its id or that of a row joined into it, nil when there is none.
func siteOf(network []data.Site, id string) *data.Site {
	for i := range network {
		if network[i].ID == id || slices.Contains(network[i].OtherIDs, id) {
			return &network[i]
		}
	}
	return nil
}

// sectorOf gives a sector by its id, nil when there is none.
func sectorOf(network []data.Site, id string) *data.Sector {
	for i := range network {
		for k := range network[i].Sectors {
			if network[i].Sectors[k].ID == id {
				return &network[i].Sectors[k]
			}
		}
	}
	return nil
}

// printWhatif tells a person what the actions change.
func printWhatif(g *global, s *answer.WhatIf) error {
	w, l := &stickyWriter{w: g.stdout}, g.lang
	for i := range s.Actions {
		fmt.Fprintln(w, actionText(l, &s.Actions[i]))
	}
	people := func(v float64) string { return l.Int(int64(math.Round(v))) }
	fmt.Fprintf(w, l.T("\nvillages that become served: %s, that are served no more: %s; people who gain service: %s, who lose it: %s\n",
		"\nthôn/xóm được phủ sóng: %s, mất sóng: %s; số người có thêm sóng: %s, mất sóng: %s\n"),
		l.Int(int64(s.VillagesGained)), l.Int(int64(s.VillagesLost)), people(s.PeopleGained), people(s.PeopleLost))
	fmt.Fprintf(w, l.T("gaps %s → %s (weak %s → %s, no signal %s → %s), people without service %s → %s\n",
		"vùng lõm %s → %s (sóng yếu %s → %s, trắng sóng %s → %s), người chưa có sóng %s → %s\n"),
		l.Int(int64(s.Before.Gaps)), l.Int(int64(s.After.Gaps)), l.Int(int64(s.Before.Weak)), l.Int(int64(s.After.Weak)),
		l.Int(int64(s.Before.None)), l.Int(int64(s.After.None)), people(s.Before.PeopleUnserved), people(s.After.PeopleUnserved))
	if len(s.Villages) == 0 {
		return w.err
	}
	fmt.Fprintln(w)
	tw := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	fmt.Fprintln(tw, l.T("village\tname\tcommune\tclass\tserved\tpeople", "mã\tthôn/xóm\txã/phường\tloại\tđã phủ\tngười"))
	for i := range s.Villages {
		v := &s.Villages[i]
		class := className(l, v.ClassAfter)
		if v.ClassBefore != v.ClassAfter {
			class = className(l, v.ClassBefore) + " → " + class
		}
		gained := ""
		if v.Population > 0 {
			if gained = people(v.PeopleGained); v.PeopleGained > 0 {
				gained = "+" + gained
			}
		}
		fmt.Fprintf(tw, "%s\t%s\t%s\t%s\t%s %% → %s %%\t%s\n", v.ID, v.Name, v.Commune, class,
			l.Float(100*v.ShareBefore, 0), l.Float(100*v.ShareAfter, 0), gained)
	}
	_ = tw.Flush() // w keeps the error
	return w.err
}

// actionText words an action.
func actionText(l lang.Lang, a *planner.Action) string {
	number := func(v float64) string { return l.Short(v) }
	switch a.Kind {
	case planner.NewSite:
		return fmt.Sprintf(l.T("new site %s at %.5f, %.5f from template %s", "trạm mới %s tại %.5f, %.5f theo mẫu %s"), a.SiteID, a.Longitude, a.Latitude, a.Template)
	case planner.RemoteSector:
		return fmt.Sprintf(l.T("remote sector %s of site %s at %.5f, %.5f", "sector kéo xa %s của trạm %s tại %.5f, %.5f"), a.SiteID, a.ParentSite, a.Longitude, a.Latitude)
	case planner.Repeater:
		return fmt.Sprintf(l.T("repeater %s of sector %s at %.5f, %.5f, %s dBm", "trạm lặp %s của sector %s tại %.5f, %.5f, %s dBm"), a.SiteID, a.SectorID, a.Longitude, a.Latitude, number(a.EIRPDBm))
	case planner.AddSector:
		text := fmt.Sprintf(l.T("sectors of template %s on site %s", "bổ sung sector theo mẫu %s ở trạm %s"), a.Template, a.SiteID)
		if len(a.AzimuthsDeg) > 0 {
			text += fmt.Sprintf(l.T(" toward %s°", " hướng %s°"), joined(a.AzimuthsDeg, number))
		}
		return text
	case planner.AddBand:
		text := fmt.Sprintf(l.T("band of template %s on site %s", "bổ sung băng tần theo mẫu %s ở trạm %s"), a.Template, a.SiteID)
		if a.FrequencyMHz != 0 {
			text += fmt.Sprintf(l.T(" at %s MHz", " ở %s MHz"), number(a.FrequencyMHz))
		}
		return text
	case planner.Raise:
		return fmt.Sprintf(l.T("antennas of site %s raised to %s m", "nâng độ cao ăng-ten trạm %s lên %s m"), a.SiteID, number(a.AntennaHeightM))
	case planner.ReAim:
		var to []string
		if len(a.AzimuthsDeg) > 0 {
			to = append(to, fmt.Sprintf(l.T("azimuth %s°", "phương vị %s°"), number(a.AzimuthsDeg[0])))
		}
		if a.MechanicalTiltDeg != nil {
			to = append(to, fmt.Sprintf(l.T("mechanical tilt %s°", "góc cụp cơ %s°"), number(*a.MechanicalTiltDeg)))
		}
		if a.ElectricalTiltDeg != nil {
			to = append(to, fmt.Sprintf(l.T("electrical tilt %s°", "góc cụp điện %s°"), number(*a.ElectricalTiltDeg)))
		}
		return fmt.Sprintf(l.T("sector %s re-aimed to %s", "chỉnh hướng sector %s: %s"), a.SectorID, strings.Join(to, ", "))
	case planner.ReBand:
		return fmt.Sprintf(l.T("sector %s moved to %s MHz", "đổi tần số sector %s sang %s MHz"), a.SectorID, number(a.FrequencyMHz))
	case planner.RePower:
		return fmt.Sprintf(l.T("sector %s at %s dBm of EIRP", "sector %s phát %s dBm EIRP"), a.SectorID, number(a.EIRPDBm))
	case planner.Remove:
		if a.SectorID != "" {
			return fmt.Sprintf(l.T("sector %s removed", "bỏ sector %s"), a.SectorID)
		}
		return fmt.Sprintf(l.T("site %s removed", "bỏ trạm %s"), a.SiteID)
	}
	return string(a.Kind)
}

func joined(values []float64, number func(float64) string) string {
	texts := make([]string, len(values))
	for i, v := range values {
		texts[i] = number(v)
	}
	return strings.Join(texts, "/")
}
