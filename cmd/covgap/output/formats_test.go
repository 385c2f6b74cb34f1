package output

import (
	"bytes"
	"cmp"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"text/template"

	"github.com/covgap/covgap/cmd/covgap/lang"
	"github.com/covgap/covgap/data"
	"github.com/covgap/covgap/geo/table"
	gocmp "github.com/google/go-cmp/cmp"
)

//go:generate go test . -run TestFormats -update

var update = flag.Bool("update", false, "write docs/formats.md")

var typeNames = map[table.Type]string{
	table.String: "text", table.Integer: "integer", table.Number: "number", table.Boolean: "yes/no", table.Date: "date",
}

// described is a table as docs/formats.md shows it.
type described struct{ *Table }

func (d described) String() string {
	var b strings.Builder
	fmt.Fprintf(&b, "### %s\n\n**%s** · **%s**", d.Name, d.Title.EN, d.Title.VI)
	if len(d.Files) > 0 {
		fmt.Fprintf(&b, " (%s)", strings.Join(d.Files, ", "))
	}
	fmt.Fprintf(&b, ", %s. %s\n%s\n\n| column | type | unit | meaning | ý nghĩa |\n|---|---|---|---|---|\n", strings.ToLower(cmp.Or(string(d.Geometry), "no geometry")), d.About.EN, d.About.VI)
	for i := range d.Columns {
		c := &d.Columns[i]
		unit := c.Unit
		if vi := c.unit(lang.Vietnamese); vi != c.Unit {
			unit += " / " + vi
		}
		fmt.Fprintf(&b, "| `%s` | %s | %s | %s | %s |\n", c.Name, typeNames[c.Kind.Type], unit, c.Meaning.EN, c.Meaning.VI)
	}
	return b.String()
}

// read is an input as docs/formats.md shows it.
type read struct{ data.Schema }

func (r read) String() string {
	var b strings.Builder
	fmt.Fprintf(&b, "### Input %s\n\n%s\n%s\nGeometry: %s.\n\n| column | type | unit | meaning | ý nghĩa |\n|---|---|---|---|---|\n", r.Kind, r.Meaning.EN, r.Meaning.VI, r.Geometry)
	for _, c := range r.Columns {
		meaning := c.Meaning.EN
		if c.Required {
			meaning += "; **required**"
		}
		escape := strings.NewReplacer("|", "\\|")
		fmt.Fprintf(&b, "| `%s` | %s | %s | %s | %s |\n", c.Name, c.Type, c.Unit, escape.Replace(meaning), escape.Replace(c.Meaning.VI))
	}
	return b.String()
}

// docs/formats.md is what the definitions say.
func TestFormats(t *testing.T) {
	text, err := os.ReadFile(filepath.FromSlash("testdata/formats.md"))
	if err != nil {
		t.Fatal(err)
	}
	page, err := template.New("formats.md").Parse(string(text))
	if err != nil {
		t.Fatal(err)
	}
	var in struct {
		FullGridHexes string
		Tables        []described
		Inputs        []read
	}
	in.FullGridHexes = lang.English.Int(FullGridHexes)
	for _, d := range Tables() {
		in.Tables = append(in.Tables, described{d})
	}
	for _, k := range data.Kinds() {
		s, err := data.SchemaOf(string(k))
		if err != nil {
			t.Fatal(err)
		}
		in.Inputs = append(in.Inputs, read{s})
	}
	var b bytes.Buffer
	if err := page.Execute(&b, in); err != nil {
		t.Fatal(err)
	}
	want := append(bytes.TrimRight(b.Bytes(), "\n"), '\n')
	path := filepath.FromSlash("../../../docs/formats.md")
	if *update {
		if err := os.WriteFile(path, want, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	got, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if diff := gocmp.Diff(string(want), string(got)); diff != "" {
		t.Errorf("docs/formats.md is not what the definitions say; go generate ./cmd/covgap/output (-definitions +file):\n%s", diff)
	}
}

// Every table is whole: both languages, labels that differ, columns that writers take.
func TestTables(t *testing.T) {
	names := map[string]bool{}
	for _, d := range Tables() {
		if names[d.Name] {
			t.Errorf("two tables %s", d.Name)
		}
		names[d.Name] = true
		for _, l := range []lang.Lang{lang.English, lang.Vietnamese} {
			layer := d.Layer(l)
			if err := layer.Validate(); err != nil {
				t.Errorf("%s: %v", d.Name, err)
			}
			if layer.Title == "" || layer.About == "" {
				t.Errorf("%s: no title or description in %s", d.Name, l)
			}
			labels := map[string]string{}
			for i := range d.Columns {
				c := &d.Columns[i]
				label := c.Label.In(l)
				if label == "" || c.Meaning.In(l) == "" {
					t.Errorf("%s.%s: no label or meaning in %s", d.Name, c.Name, l)
				}
				if other := labels[label]; other != "" {
					t.Errorf("%s: %s and %s are both %q", d.Name, other, c.Name, label)
				}
				labels[label] = c.Name
			}
		}
		for i := range d.Columns {
			if c := &d.Columns[i]; strings.Contains(c.Unit, " ") && unitWords[c.Unit] == "" {
				t.Errorf("%s.%s: unit %q has no Vietnamese", d.Name, c.Name, c.Unit)
			}
		}
		for _, s := range d.Styles(lang.Vietnamese) {
			if _, err := s.QML(); err != nil {
				t.Errorf("%s: %v", d.Name, err)
			}
			if _, err := s.SLD(d.Name); err != nil {
				t.Errorf("%s: %v", d.Name, err)
			}
		}
		if _, ok := Lookup(d.Name); !ok {
			t.Errorf("%s is not found by its name", d.Name)
		}
	}
}
