package web

import (
	"crypto/sha256"
	"encoding/hex"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// What is built says from which sources: the Vite configurations write their digest into
// it. Someone who changed a source and did not build fails here, without Node.
func TestBuiltFromItsSources(t *testing.T) {
	for _, tc := range []struct {
		built   string
		says    *regexp.Regexp
		sources []string
	}{
		{
			"dist/index.html", regexp.MustCompile(`<meta name="sources" content="([0-9a-f]{64})">`),
			[]string{"index.html", "package.json", "package-lock.json", "raster.ts", "sources.ts", "tsconfig.json", "vite.config.ts", "src"},
		},
		{
			"report/report.js", regexp.MustCompile(`^/\* sources ([0-9a-f]{64})\n`),
			[]string{"package.json", "package-lock.json", "raster.ts", "sources.ts", "tsconfig.json", "vite.report.config.ts", "src"},
		},
	} {
		built, err := os.ReadFile(tc.built)
		if err != nil {
			t.Fatal(err)
		}
		m := tc.says.FindSubmatch(built)
		if m == nil {
			t.Errorf("%s does not say its sources", tc.built)
			continue
		}
		all := sha256.New()
		for _, name := range tc.sources {
			err := filepath.WalkDir(name, func(p string, d fs.DirEntry, err error) error {
				if err != nil || d.IsDir() {
					return err
				}
				content, err := os.ReadFile(p)
				if err != nil {
					return err
				}
				sum := sha256.Sum256(content)
				_, err = io.WriteString(all, filepath.ToSlash(p)+"\n"+hex.EncodeToString(sum[:])+"\n")
				return err
			})
			if err != nil {
				t.Fatal(err)
			}
		}
		if got := hex.EncodeToString(all.Sum(nil)); got != string(m[1]) {
			t.Errorf("%s was built from other sources: run \"npm ci && npm run build\" in cmd/covgap/serve/web and commit dist and report", tc.built)
		}
	}
}

// The script and the style of a report stand within its page: they must not end their
// element. The report is passed on by itself, with the licences of what is in it.
func TestReportScriptStandsInAPage(t *testing.T) {
	if strings.Contains(ReportScript, "</script") || strings.Contains(ReportScript, "<!--") || strings.Contains(ReportStyle, "</style") {
		t.Error("the built script or style ends its own element")
	}
	for _, licence := range []string{"MapLibre contributors", "SIL OPEN FONT LICENSE"} {
		if !strings.Contains(ReportScript, licence) {
			t.Errorf("the licence with %q is missing", licence)
		}
	}
}
