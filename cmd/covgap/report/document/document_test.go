package document

import (
	"crypto/sha256"
	"encoding/hex"
	"io"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/covgap/covgap/cmd/covgap/serve/web"
	"github.com/covgap/covgap/geo/reference"
)

// webFolder holds the sources of what runs in the browser.
var webFolder = filepath.FromSlash("../../serve/web")

// The script says from which sources it was built: vite.report.config.ts writes their
// digest into it. Someone who changed a source and did not build fails here, without
// Node.
func TestScriptIsBuiltFromItsSources(t *testing.T) {
	m := regexp.MustCompile(`^/\* sources ([0-9a-f]{64})\n`).FindStringSubmatch(web.ReportScript)
	if m == nil {
		t.Fatal("report.js does not say its sources")
	}
	all := sha256.New()
	for _, name := range []string{"package.json", "package-lock.json", "sources.ts", "tsconfig.json", "vite.report.config.ts", "src"} {
		err := filepath.WalkDir(filepath.Join(webFolder, name), func(p string, d fs.DirEntry, err error) error {
			if err != nil || d.IsDir() {
				return err
			}
			content, err := os.ReadFile(p)
			if err != nil {
				return err
			}
			short, err := filepath.Rel(webFolder, p)
			if err != nil {
				return err
			}
			sum := sha256.Sum256(content)
			_, err = io.WriteString(all, filepath.ToSlash(short)+"\n"+hex.EncodeToString(sum[:])+"\n")
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	if got := hex.EncodeToString(all.Sum(nil)); got != m[1] {
		t.Error(`the report's script was built from other sources: run "npm ci && npm run build" in cmd/covgap/serve/web and commit report`)
	}
	for _, licence := range []string{"MapLibre contributors", "SIL OPEN FONT LICENSE"} {
		if !strings.Contains(web.ReportScript, licence) {
			t.Errorf("the licence with %q is missing", licence)
		}
	}
	// Within a page a script must not end itself, nor a style.
	if strings.Contains(web.ReportScript, "</script") || strings.Contains(web.ReportStyle, "</style") {
		t.Error("the built script or style ends its own element")
	}
}

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
