package document

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// Every text stands in both languages with the same values to fill in, and is used.
func TestWordsAreComplete(t *testing.T) {
	verbs := regexp.MustCompile(`%[.0-9]*[a-z]`)
	var source strings.Builder
	files, err := filepath.Glob("*.go")
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range append(files, "document.html") {
		if name == "words.go" || strings.HasSuffix(name, "_test.go") {
			continue
		}
		b, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		source.Write(b)
	}
	used := source.String()
	for key, w := range words {
		kind, of, _ := strings.Cut(key, ".")
		if of != "" && (w[0] == "" || w[1] == "") {
			t.Errorf("%s: %q, %q", key, w[0], w[1])
		}
		en, vi := verbs.FindAllString(strings.ReplaceAll(w[0], "%%", ""), -1), verbs.FindAllString(strings.ReplaceAll(w[1], "%%", ""), -1)
		if strings.Join(en, " ") != strings.Join(vi, " ") {
			t.Errorf("%s: English fills in %v, Vietnamese %v", key, en, vi)
		}
		// A text is named whole, or by its kind and a word of an output file.
		parent := key[:max(strings.LastIndex(key, "."), 0)]
		if !strings.Contains(used, `"`+key+`"`) && !strings.Contains(used, `w.l, "`+kind+`"`) && !strings.Contains(used, `w.l, "`+parent+`"`) && !strings.Contains(used, `"`+parent+`."`) {
			t.Errorf("%s is not used", key)
		}
	}
}

// What the template and the code name is there: text panics on what is not.
func TestNamedWordsAreThere(t *testing.T) {
	b, err := os.ReadFile("document.html")
	if err != nil {
		t.Fatal(err)
	}
	all := regexp.MustCompile(`\bt "([a-z.]+)"`).FindAllStringSubmatch(string(b), -1)
	if len(all) < 50 {
		t.Fatalf("%d texts in the template", len(all))
	}
	for _, m := range all {
		if _, ok := words[m[1]]; !ok {
			t.Errorf("no text %s", m[1])
		}
	}
}
