package serve

import (
	"bytes"
	"context"
	"io"
	"io/fs"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/covgap/covgap/cmd/covgap/lang"
	"github.com/covgap/covgap/cmd/covgap/progress"
	"github.com/covgap/covgap/cmd/covgap/project"
	"github.com/covgap/covgap/cmd/covgap/run"
	"github.com/covgap/covgap/geo/reference"
	"github.com/klauspost/compress/gzip"
)

// The limit of what a browser must fetch before the page is there, gzipped.
const maxPageBytes = 600 << 10

func TestPageIsSmall(t *testing.T) {
	total := 0
	var names []string
	err := fs.WalkDir(dist, "web/dist", func(p string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		content, err := dist.ReadFile(p)
		if err != nil {
			return err
		}
		names = append(names, strings.TrimPrefix(p, "web/dist/"))
		var b bytes.Buffer
		z := gzip.NewWriter(&b)
		_, _ = z.Write(content) // a buffer takes everything
		_ = z.Close()
		total += b.Len()
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Logf("%d files, %d kB gzipped", len(names), total>>10)
	if total > maxPageBytes {
		t.Errorf("%d bytes gzipped; want at most %d", total, maxPageBytes)
	}
	if !slices.Contains(names, "THIRD-PARTY-LICENCES.txt") {
		t.Error("the licences of what is built in are missing")
	}
	// A name with a hash would change with each build, and so would every commit.
	for _, name := range names {
		if regexp.MustCompile(`-[A-Za-z0-9_]{8}\.(js|css|woff2)$`).MatchString(name) && !strings.Contains(name, "normal") || path.Ext(name) == ".map" {
			t.Errorf("%s: names are stable, and maps of sources are not shipped", name)
		}
	}
}

// The page is used in a real browser, on the demo in the folder that COVGAP_DEMO
// names: see web/test/page.mjs for what must hold. COVGAP_PAGE names a folder in which
// "npm ci" was run, with the page's package.json; else web is one, or the test is
// skipped.
func TestPageInBrowser(t *testing.T) {
	demo := os.Getenv("COVGAP_DEMO")
	if demo == "" {
		reference.Missing(t, "chromium", "COVGAP_DEMO names no finished covgap demo")
	}
	node, err := exec.LookPath("node")
	if err != nil {
		reference.Missing(t, "chromium", "no node")
	}
	chromium := ""
	for _, name := range []string{"chromium", "chromium-browser", "google-chrome"} {
		if p, err := exec.LookPath(name); err == nil && chromium == "" {
			chromium = p
		}
	}
	if chromium == "" {
		reference.Missing(t, "chromium", "no chromium")
	}
	page := os.Getenv("COVGAP_PAGE")
	if page == "" {
		page = "web"
	}
	if _, err := os.Stat(filepath.Join(page, "node_modules")); err != nil {
		reference.Missing(t, "chromium", "npm ci was not run: "+err.Error())
	}

	url := serveDemo(t, demo)
	args := []string{filepath.Join("test", "page.mjs"), url}
	if shots := os.Getenv("COVGAP_SHOTS"); shots != "" {
		args = append(args, shots)
	}
	cmd := exec.CommandContext(t.Context(), node, args...)
	cmd.Dir = page
	cmd.Env = append(os.Environ(), "CHROMIUM="+chromium)
	out, err := cmd.CombinedOutput()
	t.Logf("%s", out)
	if err != nil {
		t.Error(err)
	}
}

// serveDemo serves the results of a finished demo and gives the address.
func serveDemo(t *testing.T, dir string) string {
	t.Helper()
	p, err := project.Load(dir)
	if err != nil {
		t.Fatal(err)
	}
	r := run.New(p, run.Options{Lang: lang.English, Reporter: progress.New(progress.None, io.Discard)})
	s, err := Open(context.Background(), r, p.Path("out"), "covgap test")
	if err != nil {
		t.Fatal(err)
	}
	server := httptest.NewServer(New(s, Options{}).Handler())
	t.Cleanup(server.Close)
	response, err := http.Get(server.URL + "/api/run") //nolint:noctx // of a server in this process
	if err != nil {
		t.Fatal(err)
	}
	_ = response.Body.Close()
	return server.URL + "/"
}
