package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"

	"github.com/covgap/covgap/cmd/covgap/lang"
	"github.com/covgap/covgap/cmd/covgap/report/document"
	"github.com/covgap/covgap/cmd/covgap/run"
	"github.com/covgap/covgap/geo"
	"github.com/spf13/cobra"
)

func newReportCommand(g *global) *cobra.Command {
	return &cobra.Command{
		Use:   "report [FILE]",
		Short: "Write the results of a run as one file to read, print and sign",
		Long: `Write the results of a finished run as one HTML file: key figures, a live map, the gap
villages with their cause and cheapest fix, the plan with its costs, each commune, the
agreement with the declared list, terrain profiles of the worst villages, how sure all
that is, the method with the whole criterion, the input files with their digests, and
room to sign. It opens from a disk without network, asks for nothing, and prints on A4
or A3.

FILE is report.html beside the results unless named; --lang chooses Vietnamese or
English. "covgap run" writes it too. Nothing is computed but the profiles, so the
project's inputs must be there as the run read them.

Exit codes: 6 when there is no finished run, or when the project has changed since.`,
		Example: `After "covgap demo", in the same folder:
  covgap report --lang vi
  covgap report --lang en gaps-2025.html`,
		Args: cobra.MaximumNArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			file := ""
			if len(args) > 0 {
				file = args[0]
			}
			return runReport(cmd.Context(), g, file)
		},
	}
}

func runReport(ctx context.Context, g *global, file string) (err error) {
	p, err := openProject(g)
	if err != nil {
		return err
	}
	folder := g.outDir
	if folder == "" {
		folder = p.Path("out")
	}
	if ext := filepath.Ext(file); file != "" && ext != ".html" && ext != ".htm" {
		return usagef("%q; expected a file that ends in .html", file)
	}
	if g.dryRun {
		fmt.Fprintf(g.stdout, g.lang.T("would report the results in %s\n", "sẽ lập báo cáo từ kết quả trong %s\n"), folder)
		return nil
	}
	d, err := document.Open(ctx, run.New(p, run.Options{Workers: g.jobs, Lang: g.lang, Reporter: g.reporter}), folder, programName())
	if err != nil {
		return err
	}
	if file == "" {
		file = filepath.Join(d.Folder(), run.FileReport)
	}
	size, err := writeReport(ctx, d, file, g.lang)
	if err != nil {
		return err
	}
	if g.json {
		return printJSON(g, struct {
			File  string    `json:"file"`
			Lang  lang.Lang `json:"lang"`
			Bytes int64     `json:"bytes"`
		}{filepath.ToSlash(file), g.lang, size})
	}
	fmt.Fprintf(g.stdout, g.lang.T("%s (%s MB): open it in a browser, print it from there\n", "%s (%s MB): mở bằng trình duyệt, in từ đó\n"), file, g.lang.Float(float64(size)/1e6, 1))
	return nil
}

// writeReport writes the file, which appears under its name when it is whole.
func writeReport(ctx context.Context, d *document.Document, path string, l lang.Lang) (size int64, err error) {
	file, err := os.CreateTemp(filepath.Dir(path), filepath.Base(path)+".*.part")
	if errors.Is(err, os.ErrNotExist) {
		return 0, &geo.InputError{Pos: geo.Position{File: path}, Found: "no folder " + filepath.Dir(path), Expected: "a file in a folder that is there", Err: run.ErrMissing}
	} else if err != nil {
		return 0, fmt.Errorf("%w: %w", run.ErrMissing, err)
	}
	defer func() {
		if err != nil {
			_ = os.Remove(file.Name()) // the first error is the one to report
		}
	}()
	err = d.Write(ctx, file, l)
	if err == nil {
		size, err = file.Seek(0, io.SeekCurrent)
	}
	if err == nil {
		err = file.Chmod(0o644)
	}
	if cerr := file.Close(); err == nil {
		err = cerr
	}
	if err != nil {
		return 0, err
	}
	return size, os.Rename(file.Name(), path)
}

// reportOf writes report.html of a run that has just written its other files.
func reportOf(ctx context.Context, r *run.Run, folder string, s *run.Summary, w io.Writer) error {
	d, err := document.New(ctx, r, folder, s, nil)
	if err != nil {
		return err
	}
	return d.Write(ctx, w, r.Options.Lang)
}
