// Package document makes report.html: the results of a run as one file that needs
// nothing else, to be read on a screen, printed and signed.
package document

import (
	"context"
	"crypto/sha256"
	_ "embed" // of the template
	"encoding/base64"
	"encoding/json"
	"fmt"
	"html/template"
	"io"
	"regexp"
	"strings"

	"github.com/covgap/covgap/cmd/covgap/answer"
	"github.com/covgap/covgap/cmd/covgap/lang"
	"github.com/covgap/covgap/cmd/covgap/project"
	"github.com/covgap/covgap/cmd/covgap/run"
	"github.com/covgap/covgap/cmd/covgap/serve/web"
)

//go:embed document.html
var layout string

// Open reads the results in folder, those of a project of which nothing was read yet,
// and reads its inputs. Program is what calls itself so in run.json.
//
// The error wraps run.ErrMissing when there are no results, they did not reach the gaps
// or are not those of the project as it is.
func Open(ctx context.Context, r *run.Run, folder, program string) (*Document, error) {
	found, err := run.ReadResults(ctx, folder)
	if err != nil {
		return nil, err
	}
	if err := found.Current(r.Project, r.Options.Lang); err != nil {
		return nil, err
	}
	s := found.Summary
	r.Project.Coverage.Date = s.Date // as the run was told by its flags
	if err := r.Check(ctx); err != nil {
		return nil, err
	}
	now, err := r.Summary(program)
	if err != nil {
		return nil, err
	}
	if err := found.Matches(now, r.Options.Lang); err != nil {
		return nil, err
	}
	d, err := New(ctx, r, found.Folder, s, s.Files)
	if err != nil {
		return nil, err
	}
	return d, found.Whole()
}

// Document is a report that is ready to be written in either language.
type Document struct {
	run     *run.Run
	summary *run.Summary
	folder  string
	found   *results
	places  *answer.Places
}

// New makes a report of a run whose inputs were read, from the files in its folder.
// Listed are their digests by name, as run.json has them; nil trusts the files.
func New(ctx context.Context, r *run.Run, folder string, s *run.Summary, listed map[string]string) (*Document, error) {
	found, err := read(ctx, r, folder, s.Stages, listed)
	if err != nil {
		return nil, err
	}
	open := func() (*project.Project, error) { return r.Project, nil }
	return &Document{run: r, summary: s, folder: folder, found: found, places: answer.NewPlaces(open, nil)}, nil
}

// Folder is where the results stand.
func (d *Document) Folder() string { return d.folder }

// Write writes the report. The same results give the same bytes.
func (d *Document) Write(ctx context.Context, w io.Writer, l lang.Lang) error {
	t, err := template.New("report").Funcs(template.FuncMap{
		"t":     func(key string) string { return text(l, key) },
		"part":  func(caption, class string, t table) tablePart { return tablePart{caption, class, t} },
		"whole": whole,
		"named": func(caption string, facts []fact) factsPart { return factsPart{caption, facts} },
	}).Parse(layout)
	if err != nil {
		return fmt.Errorf("document: %w", err)
	}
	view, err := d.view(ctx, l)
	if err != nil {
		return err
	}
	data, err := newMapData(d.run, d.summary, d.found, l)
	if err != nil {
		return err
	}
	picture, err := still(d.run, d.found, l)
	if err != nil {
		return err
	}
	view.Still = template.URL(picture) //nolint:gosec // base64
	content, err := json.Marshal(data) // which escapes what could end a script
	if err != nil {
		return fmt.Errorf("document: %w", err)
	}
	sum := sha256.Sum256([]byte(web.ReportScript))
	view.ScriptHash = template.URL("sha256-" + base64.StdEncoding.EncodeToString(sum[:]))                                   //nolint:gosec // base64
	view.Style, view.Script, view.Data = template.CSS(web.ReportStyle), template.JS(web.ReportScript), template.JS(content) //nolint:gosec // what the program holds itself, and escaped JSON
	if err := t.Execute(w, view); err != nil {
		return fmt.Errorf("document: %w", err)
	}
	return nil
}

// compound is an id such as NEW-011 or 01087-018: letters of ASCII and digits, with
// hyphens between.
var compound = regexp.MustCompile(`\b[0-9A-Za-z]+(-[0-9A-Za-z]+)+\b`)

// whole keeps the ids of a text from being broken at their hyphens.
func whole(s string) template.HTML {
	var out strings.Builder
	end := 0
	for _, at := range compound.FindAllStringIndex(s, -1) {
		out.WriteString(template.HTMLEscapeString(s[end:at[0]]))
		fmt.Fprintf(&out, `<span class="id">%s</span>`, s[at[0]:at[1]])
		end = at[1]
	}
	out.WriteString(template.HTMLEscapeString(s[end:]))
	return template.HTML(out.String()) //nolint:gosec // escaped above
}
