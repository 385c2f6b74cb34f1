package main

import (
	"bytes"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// hostile is a village's name that would be a script if it were not escaped.
const hostile = `</script><script>alert(1)</script>"'&{{.}}<!--`

// The report names every gap and every action, escapes what the user's files hold, and
// is the same bytes each time, in both languages.
func TestReport(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	if err := os.CopyFS(dir, os.DirFS("testdata/small")); err != nil {
		t.Fatal(err)
	}
	if err := writeSmallTerrain(filepath.Join(dir, "dem.tif"), groundM); err != nil {
		t.Fatal(err)
	}
	file := filepath.Join(dir, "villages.geojson")
	b, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	quoted := strings.NewReplacer(`"`, `\"`, `<`, `\u003c`).Replace(hostile)
	b = bytes.Replace(b, []byte("Khuổi Đeng"), []byte(quoted), 1)
	if err := os.WriteFile(file, b, 0o600); err != nil {
		t.Fatal(err)
	}
	must(t, "run", "-p", dir, "-q")
	for _, l := range []string{"en", "vi"} {
		t.Run(l, func(t *testing.T) {
			var reports [2]string
			for i := range reports {
				path := filepath.Join(t.TempDir(), "r.html")
				must(t, "report", path, "-p", dir, "--lang", l)
				content, err := os.ReadFile(path)
				if err != nil {
					t.Fatal(err)
				}
				reports[i] = string(content)
			}
			page := reports[0]
			if page != reports[1] {
				t.Error("two reports of the same results differ")
			}
			for _, id := range []string{"01279-1", "01279-2"} { // the gaps
				if n := strings.Count(page, `<tr id="village-`+id+`">`); n != 1 {
					t.Errorf("gap %s is in %d rows", id, n)
				}
			}
			if n := strings.Count(page, `<tr id="village-`); n != 2 {
				t.Errorf("%d gaps, want 2", n)
			}
			if n := strings.Count(page, `<tr id="action-`); n < 1 {
				t.Error("no action")
			}
			if n := strings.Count(page, "<svg "); n != 2 {
				t.Errorf("%d profiles, want one of each gap", n)
			}
			if strings.Contains(page, "alert(1)</script>") || !strings.Contains(page, "&lt;script&gt;alert(1)") {
				t.Error("a village's name is not escaped")
			}
			// One script runs, and one element holds data.
			if n := strings.Count(page, "<script"); n != 2 {
				t.Errorf("%d script elements, want 2", n)
			}
			// Numbers in the language's way: the threshold of the criterion, and no text
			// of the other language.
			text := regexp.MustCompile(`(?s)<script.*?</script>|<style>.*?</style>`).ReplaceAllString(page, "")
			english, vietnamese := strings.Contains(text, "Prepared by"), strings.Contains(text, "Người lập")
			if english != (l == "en") || vietnamese != (l == "vi") {
				t.Errorf("languages: English %t, Vietnamese %t", english, vietnamese)
			}
			if strings.Contains(text, "%!") {
				t.Error("a text was filled in wrongly: " + regexp.MustCompile(`.{40}%!.{40}`).FindString(text))
			}
			if decimal := map[string]string{"en": "1.5 m", "vi": "1,5 m"}[l]; !strings.Contains(text, decimal) {
				t.Errorf("the receiver's height is not %q", decimal)
			}
		})
	}
}
