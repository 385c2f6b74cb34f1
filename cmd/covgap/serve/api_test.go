package serve

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/goccy/go-yaml"
	"github.com/google/go-cmp/cmp"
)

// document is what the tests read of docs/api.yaml.
type document struct {
	Paths      map[string]map[string]operation `yaml:"paths"`
	Components struct {
		Schemas   map[string]schema   `yaml:"schemas"`
		Responses map[string]response `yaml:"responses"`
	} `yaml:"components"`
}

type operation struct {
	Parameters []struct {
		Name     string `yaml:"name"`
		In       string `yaml:"in"`
		Required bool   `yaml:"required"`
		Example  any    `yaml:"example"`
	} `yaml:"parameters"`
	RequestBody struct {
		Content map[string]struct {
			Example any `yaml:"example"`
		} `yaml:"content"`
	} `yaml:"requestBody"`
	Responses map[string]response `yaml:"responses"`
}

type response struct {
	Ref     string `yaml:"$ref"`
	Content map[string]struct {
		Schema schema `yaml:"schema"`
	} `yaml:"content"`
}

// schema is the part of JSON Schema that the document uses and the tests hold answers
// to.
type schema struct {
	Ref        string            `yaml:"$ref"`
	Type       string            `yaml:"type"`
	Enum       []string          `yaml:"enum"`
	Required   []string          `yaml:"required"`
	Properties map[string]schema `yaml:"properties"`
	Items      *schema           `yaml:"items"`
	AllOf      []schema          `yaml:"allOf"`
	OneOf      []schema          `yaml:"oneOf"`
}

func readDocument(t *testing.T) *document {
	t.Helper()
	b, err := os.ReadFile("../../../docs/api.yaml")
	if err != nil {
		t.Fatal(err)
	}
	var d document
	if err := yaml.Unmarshal(b, &d); err != nil {
		t.Fatal(err)
	}
	return &d
}

// check gives what of a value is not as the schema says.
func (d *document) check(s schema, v any, path string) (wrong []string) {
	if s.Ref != "" {
		named, ok := d.Components.Schemas[strings.TrimPrefix(s.Ref, "#/components/schemas/")]
		if !ok {
			return []string{path + ": no schema " + s.Ref}
		}
		return d.check(named, v, path)
	}
	for _, part := range s.AllOf {
		wrong = append(wrong, d.check(part, v, path)...)
	}
	if s.OneOf != nil {
		fitting := 0
		for _, part := range s.OneOf {
			if d.check(part, v, path) == nil {
				fitting++
			}
		}
		if fitting != 1 {
			wrong = append(wrong, fmt.Sprintf("%s: fits %d of the schemas it may have", path, fitting))
		}
	}
	kind := ""
	switch v := v.(type) {
	case map[string]any:
		kind = "object"
		for _, name := range s.Required {
			if _, ok := v[name]; !ok {
				wrong = append(wrong, path+": no "+name)
			}
		}
		for name, sub := range s.Properties {
			if x, ok := v[name]; ok {
				wrong = append(wrong, d.check(sub, x, path+"."+name)...)
			}
		}
	case []any:
		kind = "array"
		for i, x := range v {
			if s.Items != nil {
				wrong = append(wrong, d.check(*s.Items, x, fmt.Sprintf("%s[%d]", path, i))...)
			}
		}
	case string:
		kind = "string"
		if s.Enum != nil && !slices.Contains(s.Enum, v) {
			wrong = append(wrong, fmt.Sprintf("%s: %q is none of %q", path, v, s.Enum))
		}
	case float64:
		kind = "number"
		if v == float64(int64(v)) && s.Type == "integer" {
			kind = "integer"
		}
	case bool:
		kind = "boolean"
	}
	if s.Type != "" && s.Type != kind {
		wrong = append(wrong, fmt.Sprintf("%s: %s, want %s", path, kind, s.Type))
	}
	return wrong
}

// Every route stands in docs/api.yaml, and everything there is a route.
func TestRoutesAreDocumented(t *testing.T) {
	var documented, routes []string
	for path, operations := range readDocument(t).Paths {
		for method := range operations {
			documented = append(documented, strings.ToUpper(method)+" "+path)
		}
	}
	for _, r := range New(session(t), Options{}).Routes() {
		routes = append(routes, r.Method+" "+strings.Replace(r.Path, "...}", "}", 1))
	}
	slices.Sort(documented)
	slices.Sort(routes)
	if diff := cmp.Diff(documented, routes); diff != "" {
		t.Errorf("(-docs/api.yaml +routes)\n%s", diff)
	}
}

// The examples of docs/api.yaml are answered as it says.
func TestAnswersAreAsDocumented(t *testing.T) {
	d := readDocument(t)
	h := New(session(t), Options{}).Handler()
	targets := map[string][]string{ // beside the examples
		"/api/explain": {"/api/explain?at=106.22,22.64", "/api/explain?site=CB001"},
		"/api/compare": {"/api/compare?a=out&b=out", "/api/compare?a=out/plan.yaml&b=out/plan.yaml"},
	}
	for path, operations := range d.Paths {
		for method, op := range operations {
			target, q, body := path, url.Values{}, ""
			for _, p := range op.Parameters {
				switch {
				case p.In == "path":
					target = strings.Replace(target, "{"+p.Name+"}", url.PathEscape(fmt.Sprint(p.Example)), 1)
				case p.Example != nil:
					q.Set(p.Name, fmt.Sprint(p.Example))
				case p.Required:
					t.Errorf("%s %s: no example of %s", method, path, p.Name)
				}
			}
			if e := op.RequestBody.Content["application/json"].Example; e != nil {
				b, err := json.Marshal(e)
				if err != nil {
					t.Fatal(err)
				}
				body = string(b)
			}
			if len(q) > 0 {
				target += "?" + q.Encode()
			}
			for _, target := range append([]string{target}, targets[path]...) {
				w := ask(t, h, strings.ToUpper(method), target, body)
				kind, _, _ := strings.Cut(w.Header().Get("Content-Type"), ";")
				content, ok := op.Responses[fmt.Sprint(w.Code)].Content[kind]
				if !ok || w.Code != http.StatusOK {
					t.Errorf("%s %s: %d %s %s", method, target, w.Code, kind, w.Body.String()[:min(200, w.Body.Len())])
					continue
				}
				if kind != "application/json" {
					continue
				}
				var v any
				if err := json.Unmarshal(w.Body.Bytes(), &v); err != nil {
					t.Fatal(err)
				}
				for _, wrong := range d.check(content.Schema, v, target) {
					t.Error(wrong)
				}
			}
		}
	}
}

// The check finds what is wrong: it is no use otherwise.
func TestCheckFinds(t *testing.T) {
	d := readDocument(t)
	var v any
	if err := json.Unmarshal([]byte(`{"served":1,"weak":0,"none":0,"gaps":0}`), &v); err != nil {
		t.Fatal(err)
	}
	tally := schema{Ref: "#/components/schemas/Tally"}
	if got := d.check(tally, v, "x"); len(got) != 1 || got[0] != "x: no people_unserved" {
		t.Errorf("%q", got)
	}
	if got := d.check(schema{Type: "array", Items: &tally}, []any{v, "y"}, "x"); len(got) != 2 {
		t.Errorf("%q", got)
	}
	if got := d.check(schema{Enum: []string{"a"}}, "b", "x"); len(got) != 1 {
		t.Errorf("%q", got)
	}
	if got := d.check(schema{OneOf: []schema{tally, {Type: "array"}}}, v, "x"); len(got) != 1 {
		t.Errorf("%q", got)
	}
}
