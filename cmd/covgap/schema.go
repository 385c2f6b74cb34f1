package main

import (
	"fmt"
	"strconv"
	"strings"
	"text/tabwriter"

	"github.com/covgap/covgap/cmd/covgap/lang"
	"github.com/covgap/covgap/data"
	"github.com/spf13/cobra"
)

func newSchemaCommand(g *global) *cobra.Command {
	kinds := make([]string, 0, len(data.Kinds()))
	for _, k := range data.Kinds() {
		kinds = append(kinds, string(k))
	}
	return &cobra.Command{
		Use:       "schema NAME",
		Short:     "Print the columns of an input: " + strings.Join(kinds, ", "),
		Long:      "Print the columns that covgap reads from an input, with type, unit, range,\ndefault and the headers it recognises. NAME is one of " + strings.Join(kinds, ", ") + ".",
		Example:   "  covgap schema sites\n  covgap schema villages --json",
		Args:      cobra.ExactArgs(1),
		ValidArgs: kinds,
		RunE:      func(_ *cobra.Command, args []string) error { return runSchema(g, args[0]) },
	}
}

// plainNumber writes a number as it is typed into a table: without exponent.
func plainNumber(v float64) string { return strconv.FormatFloat(v, 'f', -1, 64) }

func runSchema(g *global, name string) error {
	s, err := data.SchemaOf(name)
	if err != nil {
		return usageError{err}
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
	fmt.Fprintf(g.stdout, "%s: %s\n%s: %s\n\n", s.Kind, meaning(s.Meaning), g.lang.T("geometry", "hình học"), s.Geometry)
	tw := tabwriter.NewWriter(g.stdout, 0, 0, 2, ' ', 0)
	fmt.Fprintln(tw, g.lang.T("column\ttype\tunit\trange or values\tdefault\tmeaning", "cột\tkiểu\tđơn vị\tkhoảng hoặc giá trị\tmặc định\tý nghĩa"))
	for _, c := range s.Columns {
		limits := strings.Join(c.Values, " ")
		if c.Range != nil {
			limits = fmt.Sprintf(g.lang.T("%s to %s", "%s đến %s"), plainNumber(c.Range.Min), plainNumber(c.Range.Max))
		}
		def := c.Default
		if c.Required {
			def = g.lang.T("required", "bắt buộc")
		}
		fmt.Fprintf(tw, "%s\t%s\t%s\t%s\t%s\t%s\n", c.Name, c.Type, c.Unit, limits, def, meaning(c.Meaning))
	}
	if err := tw.Flush(); err != nil {
		return err
	}
	if g.verbose {
		fmt.Fprintln(g.stdout)
		for _, c := range s.Columns {
			if len(c.Aliases) > 0 {
				fmt.Fprintf(g.stdout, "%s: %s\n", c.Name, strings.Join(c.Aliases, ", "))
			}
		}
	}
	return nil
}
