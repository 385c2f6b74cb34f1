package main

import (
	"context"
	"fmt"
	"path/filepath"

	"github.com/covgap/covgap/cmd/covgap/lang"
	"github.com/covgap/covgap/cmd/covgap/project"
	"github.com/covgap/covgap/data/sample"
	"github.com/spf13/cobra"
)

// demoDir is where the demo goes when no folder is named; a project is looked for
// there last.
const demoDir = "covgap-demo"

func newDemoCommand(g *global) *cobra.Command {
	var small bool
	cmd := &cobra.Command{
		Use:   "demo [DIR]",
		Short: "Take a synthetic province through the whole chain",
		Long: `Make the sample province in DIR (default ./covgap-demo) and run it: inputs and
covgap.yaml in DIR, results in DIR/out.

The province is invented, from --seed, with the size and feel of Cao Bang in
northern Vietnam. It is evidence about no real place.`,
		Example: "  covgap demo\n  covgap demo --small /tmp/district\n  covgap demo --lang vi",
		Args:    cobra.MaximumNArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			dir := demoDir
			if len(args) == 1 {
				dir = args[0]
			}
			return runDemo(cmd.Context(), g, dir, small)
		},
	}
	cmd.Flags().BoolVar(&small, "small", false, "a district of a twentieth of the size, in seconds")
	return cmd
}

func runDemo(ctx context.Context, g *global, dir string, small bool) error {
	if err := checkFolderArg(dir); err != nil {
		return err
	}
	p := demoProject(g, small)
	kept, err := checkDemoFolder(dir, p)
	if err != nil {
		return err
	}
	if g.dryRun {
		fmt.Fprintf(g.stdout, "would make the sample province of seed %d in %s and run it\n", g.seed, dir)
		return nil
	}
	stage := g.reporter.Start("sample", 0, "")
	province, err := sample.Generate(ctx, sample.Options{Seed: g.seed, Small: small})
	if err != nil {
		return err
	}
	if err := province.Write(ctx, dir); err != nil {
		return err
	}
	if kept {
		fmt.Fprintf(g.stderr, "%s is kept as it stands; remove it to start over\n", filepath.Join(dir, project.FileName))
	} else if err := p.Save(dir,
		"The sample province of covgap: synthetic, evidence about no real place.",
		"Change what you like and run: covgap run -p "+quote(filepath.ToSlash(dir))); err != nil {
		return err
	}
	stage.Done(dir)
	g.projectPath = dir
	return execute(ctx, g, "demo", stagePlan, overrides{})
}

// demoProject is the project of the sample province.
func demoProject(g *global, small bool) *project.Project {
	p := project.Default()
	l := g.lang
	if l == "" {
		l = lang.English
	}
	p.Name = l.T("Sample province (synthetic)", "Tỉnh mẫu (dữ liệu giả lập)")
	if small {
		p.Name = l.T("Sample district (synthetic)", "Huyện mẫu (dữ liệu giả lập)")
	}
	p.Lang = string(l)
	p.Synthetic = true
	p.Inputs.Sites.File = sample.SitesFile
	p.Inputs.Villages.File = sample.VillagesFile
	p.Inputs.Areas.File = sample.CommunesFile
	p.Inputs.Terrain.Files = []string{sample.TerrainDir}
	p.Inputs.Roads.File = sample.RoadsFile
	p.Inputs.PowerLines.File = sample.PowerFile
	p.Inputs.Fibre.File = sample.FibreFile
	return p
}

// checkDemoFolder refuses a folder whose project is not the demo's own. It says
// whether the demo's project file is there already, with what the user changed.
func checkDemoFolder(dir string, demo *project.Project) (there bool, err error) {
	existing, err := project.Load(dir)
	if err != nil {
		if project.IsThere(dir) {
			return false, fmt.Errorf("%w: %s holds a covgap.yaml that cannot be read: %w", project.ErrExists, dir, err)
		}
		return false, nil
	}
	if !existing.Synthetic || existing.Inputs.Sites.File != demo.Inputs.Sites.File {
		return false, fmt.Errorf("%w: %s is a project of its own; name another folder", project.ErrExists, dir)
	}
	return true, nil
}
