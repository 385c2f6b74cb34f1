package main

import (
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"syscall"

	"github.com/covgap/covgap/cmd/covgap/run"
	"github.com/covgap/covgap/cmd/covgap/serve"
	"github.com/spf13/cobra"
)

// defaultListen is an address of this machine alone.
const defaultListen = "127.0.0.1:8470"

func newServeCommand(g *global) *cobra.Command {
	var listen string
	cmd := &cobra.Command{
		Use:   "serve",
		Short: "Look at a run in the browser",
		Long: `Serve the results of a run as a page: the gap villages in a list and on the map, why
each is one, what a mast would change, what a budget buys. Everything the page needs
is part of the program and of the project; nothing is fetched from elsewhere. The
address is printed on standard output; --listen with port 0 takes a free one.

The page asks a small JSON API that other programs may use too, with the names and
numbers of --json and of the output files: docs/api.md.

Only this machine gets an answer, unless --listen names another address: then each
request must carry the token of the printed address, which anybody who has it can
use. Other commands run beside it. When a run writes other results into the folder, the
page goes on with those it was opened with and says so; start it again for the new ones.

Interrupt it (Ctrl-C) to stop: that is exit code 0. Exit codes: 6 when there is no
finished run, when the project has changed since, or when the address is in use.`,
		Example: `After "covgap demo", in the same folder:
  covgap serve
  covgap serve --listen 127.0.0.1:0
  covgap serve --listen 0.0.0.0:8470`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error { return runServe(cmd.Context(), g, listen) },
	}
	cmd.Flags().StringVar(&listen, "listen", defaultListen, "`address:port` to answer at")
	return cmd
}

func runServe(ctx context.Context, g *global, listen string) error {
	host, _, err := net.SplitHostPort(listen)
	if err != nil {
		return usagef("--listen %q; expected address:port, such as %s", listen, defaultListen)
	}
	p, err := openProject(g)
	if err != nil {
		return err
	}
	out := g.outDir
	if out == "" {
		out = p.Path("out")
	}
	if g.dryRun {
		fmt.Fprintf(g.stdout, g.lang.T("would serve %s at %s\n", "sẽ phục vụ %s tại %s\n"), out, listen)
		return nil
	}
	// Before anything is computed, so that an address in use is known at once.
	var config net.ListenConfig
	l, err := config.Listen(ctx, "tcp", listen)
	if errors.Is(err, syscall.EADDRINUSE) {
		return fmt.Errorf("%w: %s is in use, perhaps by another covgap serve; name another port with --listen, or 0 for a free one", run.ErrMissing, listen)
	} else if err != nil {
		return fmt.Errorf("%w: --listen %s: %w", run.ErrMissing, listen, err)
	}
	defer func() { _ = l.Close() }() // closed already where it was served
	r := run.New(p, run.Options{Workers: g.jobs, Seed: g.seed, Lang: g.lang, Reporter: g.reporter})
	session, err := serve.Open(ctx, r, out, programName())
	if err != nil {
		return err
	}
	options := serve.Options{Hosts: []string{host}, Log: g.stderr}
	if !serve.Loopback(listen) {
		options.Token = serve.NewToken()
		if name, err := os.Hostname(); err == nil {
			options.Hosts = append(options.Hosts, name)
		}
	}
	s := serve.New(session, options)
	if g.json {
		err = printJSON(g, struct {
			URL string `json:"url"`
		}{s.URL(l)})
		if err != nil {
			return err
		}
	} else {
		fmt.Fprintf(g.stdout, g.lang.T("%s\n%s  (Ctrl-C stops it)\n", "%s\n%s  (Ctrl-C để dừng)\n"), p.Name, s.URL(l))
	}
	return s.Serve(ctx, l)
}
