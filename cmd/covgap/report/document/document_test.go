package document

import (
	"os"
	"os/exec"
	"path/filepath"
	"testing"

	"github.com/covgap/covgap/geo/reference"
)

// webFolder holds the sources of what runs in the browser.
var webFolder = filepath.FromSlash("../../serve/web")

// The report of the demo in the folder that COVGAP_DEMO names is opened from its file in
// a real browser: see report.mjs for what must hold. COVGAP_PAGE names a folder in which
// "npm ci" was run with the page's package.json; else the page's own is taken.
func TestReportInBrowser(t *testing.T) {
	demo := os.Getenv("COVGAP_DEMO")
	if demo == "" {
		reference.Missing(t, "chromium", "COVGAP_DEMO names no finished covgap demo")
	}
	report, err := filepath.Abs(filepath.Join(demo, "out", "report.html"))
	if err != nil {
		t.Fatal(err)
	}
	node, err := exec.LookPath("node")
	if err != nil {
		reference.Missing(t, "chromium", "no node")
	}
	chromium, err := exec.LookPath("chromium")
	if err != nil {
		reference.Missing(t, "chromium", "no chromium")
	}
	page := os.Getenv("COVGAP_PAGE")
	if page == "" {
		page = webFolder
	}
	if _, err := os.Stat(filepath.Join(page, "node_modules")); err != nil {
		reference.Missing(t, "chromium", "npm ci was not run: "+err.Error())
	}
	cmd := exec.CommandContext(t.Context(), node, filepath.Join("test", "report.mjs"), report, t.TempDir())
	cmd.Dir = page
	cmd.Env = append(os.Environ(), "CHROMIUM="+chromium)
	out, err := cmd.CombinedOutput()
	t.Logf("%s", out)
	if err != nil {
		t.Error(err)
	}
}
