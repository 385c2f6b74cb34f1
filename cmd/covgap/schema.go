package main

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"text/tabwriter"

	"github.com/covgap/covgap/cmd/covgap/export"
	"github.com/covgap/covgap/cmd/covgap/lang"
	"github.com/covgap/covgap/cmd/covgap/project"
	"github.com/covgap/covgap/coverage/criterion"
	"github.com/covgap/covgap/data"
	"github.com/spf13/cobra"
)

func newSchemaCommand(g *global) *cobra.Command {
	kinds := make([]string, 0, len(data.Kinds()))
	for _, k := range data.Kinds() {
		kinds = append(kinds, string(k))
	}
	inputs := strings.Join(kinds, ", ")
	kinds = append(kinds, projectSchema, criterionSchema)
	kinds = append(kinds, export.MappingNames()...)
	return &cobra.Command{
		Use:   "schema NAME",
		Short: "Print the columns of an input (" + inputs + "), the keys of covgap.yaml (project) or the criteria that ship",
		Long: "Print the columns that covgap reads from an input, with type, unit, range,\ndefault and the headers it recognises. NAME is one of " + inputs + ";\n" +
			projectSchema + " prints every key of covgap.yaml with its default and what may stand there, " + projectSchema + ".plan.power those below one;\n" + criterionSchema + " lists the criteria that covgap.yaml can name, with their values; " + strings.Join(export.MappingNames(), " and ") + "\nprint the mapping by which covgap export writes for that tool, to copy and edit.",
		Example:   "  covgap schema sites\n  covgap schema villages --json\n  covgap schema project.plan.power\n  covgap schema criterion",
		Args:      cobra.ExactArgs(1),
		ValidArgs: kinds,
		RunE:      func(_ *cobra.Command, args []string) error { return runSchema(g, args[0]) },
	}
}

// plainNumber writes a number as it is typed into a table: without exponent.
func plainNumber(v float64) string { return strconv.FormatFloat(v, 'f', -1, 64) }

// The NAMEs that list keys of covgap.yaml and criteria instead of columns.
const (
	projectSchema   = "project"
	criterionSchema = "criterion"
)

func runSchema(g *global, name string) error {
	switch root, below, _ := strings.Cut(name, "."); {
	case name == criterionSchema:
		return runCriteria(g)
	case root == projectSchema:
		return runProjectKeys(g, below)
	}
	if text, ok := export.ShippedMapping(name); ok {
		_, err := g.stdout.Write(text)
		return err
	}
	s, err := data.SchemaOf(name)
	if err != nil {
		return usagef("%w; %q lists the keys of covgap.yaml, %q the criteria", err, "covgap schema "+projectSchema, "covgap schema "+criterionSchema)
	}
	if g.json {
		return printJSON(g, s)
	}
	meaning := func(m data.Meaning) string {
		if g.lang == lang.Vietnamese {
			return m.VI
		}
		return m.EN
	}
	fmt.Fprintf(g.stdout, "%s: %s\n%s: %s\n\n", s.Kind, meaning(s.Meaning), g.lang.T("geometry", "hình học"), g.lang.Say(s.Geometry))
	tw := tabwriter.NewWriter(g.stdout, 0, 0, 2, ' ', 0)
	fmt.Fprintln(tw, g.lang.T("column\ttype\tunit\trange or values\tdefault\tmeaning", "cột\tkiểu\tđơn vị\tkhoảng hoặc giá trị\tmặc định\tý nghĩa"))
	for _, c := range s.Columns {
		limits := strings.Join(c.Values, " ")
		if c.Range != nil {
			limits = fmt.Sprintf(g.lang.T("%s to %s", "%s đến %s"), plainNumber(c.Range.Min), plainNumber(c.Range.Max))
		}
		def := g.lang.Say(g.lang.Mixed(c.Default))
		if c.Required {
			def = g.lang.T("required", "bắt buộc")
		}
		fmt.Fprintf(tw, "%s\t%s\t%s\t%s\t%s\t%s\n", c.Name, c.Type, c.Unit, limits, def, meaning(c.Meaning))
	}
	if err := tw.Flush(); err != nil {
		return err
	}
	fmt.Fprintln(g.stdout, g.lang.T("\nheaders that are recognised, with or without accents and capitals", "\ntiêu đề được nhận biết, không phân biệt dấu và chữ hoa"))
	for _, c := range s.Columns {
		if len(c.Aliases) > 0 {
			fmt.Fprintf(g.stdout, "  %s: %s\n", c.Name, strings.Join(c.Aliases, ", "))
		}
	}
	return nil
}

// runCriteria lists the criteria that ship.
func runCriteria(g *global) error {
	all := criterion.All()
	if g.json {
		return printJSON(g, all)
	}
	l := g.lang
	fmt.Fprintln(g.stdout, l.T("in covgap.yaml: criterion: NAME, or criterion: {base: NAME, …} with what differs\n", "trong covgap.yaml: criterion: TÊN, hoặc criterion: {base: TÊN, …} kèm phần khác\n"))
	tw := tabwriter.NewWriter(g.stdout, 0, 0, 2, ' ', 0)
	fmt.Fprintln(tw, l.T("name\twhere\trule\ttarget\tlocations\tserved from / no signal below, dBm", "tên\tnơi nhận\tquy tắc\tmục tiêu\tvị trí\tđạt từ / dưới mức trắng sóng, dBm"))
	for i := range all {
		c := &all[i]
		where := l.T("outdoors", "ngoài trời")
		if c.Indoor {
			where = fmt.Sprintf(l.T("indoors, %s building (P.2109)", "trong nhà, loại %s (P.2109)"), c.Building)
		}
		var levels []string
		for _, t := range []data.Technology{data.GSM, data.UMTS, data.LTE, data.NR} {
			if th, ok := c.Thresholds[t]; ok {
				levels = append(levels, fmt.Sprintf("%s %s / %s", t, plainNumber(th.ServedDBm), plainNumber(th.NoSignalDBm)))
			}
		}
		fmt.Fprintf(tw, "%s\t%s\t%s\t%s %%\t%s %%\t%s\n", c.Name, where, c.Rule, plainNumber(100*c.TargetShare), plainNumber(100*c.LocationProbability), strings.Join(levels, ", "))
	}
	return tw.Flush()
}

// runProjectKeys lists the keys of covgap.yaml below one, all below "".
func runProjectKeys(g *global, below string) error {
	sections := project.Reference()
	for i := range sections {
		sections[i].Keys = slices.DeleteFunc(sections[i].Keys, func(k project.Key) bool {
			return below != "" && k.Path != below && !strings.HasPrefix(k.Path, below+".") && !strings.HasPrefix(k.Path, below+"[]")
		})
	}
	sections = slices.DeleteFunc(sections, func(s project.Section) bool { return len(s.Keys) == 0 })
	if len(sections) == 0 {
		return usagef("no key %q in covgap.yaml; %q lists all", below, "covgap schema "+projectSchema)
	}
	if g.json {
		return printJSON(g, sections)
	}
	for i, s := range sections {
		if i > 0 {
			fmt.Fprintln(g.stdout)
		}
		fmt.Fprintln(g.stdout, g.lang.T(s.Title.EN, s.Title.VI))
		tw := tabwriter.NewWriter(g.stdout, 0, 0, 2, ' ', 0)
		for _, k := range s.Keys {
			fmt.Fprintf(tw, "  %s\t%s\n", k.Path, strings.Join(k.Says(g.lang), "; "))
		}
		if err := tw.Flush(); err != nil {
			return err
		}
	}
	return nil
}
