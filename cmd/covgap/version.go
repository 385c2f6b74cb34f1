package main

import (
	"fmt"
	"runtime"
	"runtime/debug"

	"github.com/covgap/covgap/cmd/covgap/run"
	"github.com/spf13/cobra"
)

// version is set by the release build: -ldflags "-X main.version=1.2.3".
var version = "dev"

func newVersionCommand(g *global) *cobra.Command {
	return &cobra.Command{
		Use:   "version",
		Short: "Print the program's version and what it was built with",
		Args:  cobra.NoArgs,
		RunE:  func(*cobra.Command, []string) error { return runVersion(g) },
	}
}

func runVersion(g *global) error {
	v := struct {
		Version  string `json:"version"`
		Revision string `json:"revision,omitempty"`
		Go       string `json:"go"`
		Platform string `json:"platform"`
	}{version, "", runtime.Version(), runtime.GOOS + "/" + runtime.GOARCH}
	if info, ok := debug.ReadBuildInfo(); ok {
		for _, s := range info.Settings {
			if s.Key == "vcs.revision" {
				v.Revision = s.Value
			}
		}
	}
	if g.json {
		return printJSON(g, v)
	}
	fmt.Fprintf(g.stdout, "covgap %s %s (%s, %s)\n", v.Version, v.Revision, v.Go, v.Platform)
	return nil
}

// printJSON writes the one object of a command's --json.
func printJSON(g *global, v any) error { return run.WriteJSON(g.stdout, v) }
