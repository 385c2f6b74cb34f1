package yamlfile

import (
	"cmp"
	"fmt"
	"reflect"
	"slices"
	"strings"

	"github.com/covgap/covgap/geo"
	"github.com/goccy/go-yaml/ast"
	"github.com/goccy/go-yaml/parser"
	"github.com/goccy/go-yaml/token"
)

// suggest names the key that was meant by an unknown one at a place of a file, with all
// that it stands under: of the keys that could stand in its place the one most like it,
// else the like of it elsewhere; "" when nothing is like it.
func suggest(content []byte, at *token.Position, unknown string, v any) string {
	parent := parentOf(content, at)
	here := names(below(reflect.ValueOf(v), parent), strings.Join(parent, "."), false)
	if near := geo.Nearest(unknown, keysOf(here)); near != "" {
		return "did you mean " + orList(pathsOf(here, near)) + "?"
	}
	all := names(reflect.ValueOf(v), "", true)
	near := geo.Nearest(unknown, keysOf(all))
	if near == "" {
		return ""
	}
	paths := pathsOf(all, near)
	for i, p := range paths {
		if p == near {
			paths[i] += ", at the top of the file"
		}
	}
	return "did you mean " + orList(paths) + "?"
}

// maxPaths is how many places a hint names of a key that many can have.
const maxPaths = 3

func orList(paths []string) string {
	if len(paths) > maxPaths {
		paths = append(slices.Clone(paths[:maxPaths]), "another")
	}
	if n := len(paths); n > 1 {
		return strings.Join(paths[:n-1], ", ") + " or " + paths[n-1]
	}
	return paths[0]
}

// parentOf gives the keys, and indexes such as templates[2], above the key at a place.
func parentOf(content []byte, at *token.Position) (parent []string) {
	file, err := parser.ParseBytes(content, 0)
	if err != nil || at == nil {
		return nil
	}
	for _, doc := range file.Docs {
		ast.Walk(finder(func(n *ast.MappingValueNode) {
			if p := n.Key.GetToken().Position; p.Line == at.Line && p.Column == at.Column {
				path := strings.Split(strings.TrimPrefix(n.Key.GetPath(), "$."), ".")
				parent = path[:len(path)-1]
			}
		}), doc.Body)
	}
	return parent
}

// finder visits the keys of a document.
type finder func(*ast.MappingValueNode)

func (f finder) Visit(n ast.Node) ast.Visitor {
	if m, ok := n.(*ast.MappingValueNode); ok {
		f(m)
	}
	return f
}

// below gives what stands at a path of keys below a value; the zero Value where the
// path leads nowhere.
func below(v reflect.Value, path []string) reflect.Value {
	for _, key := range path {
		key, _, indexed := strings.Cut(key, "[")
		v = field(settle(v), key)
		if indexed && v.IsValid() {
			v = settle(v)
		}
	}
	return settle(v)
}

// field gives the value that a struct has under a key, and of a map any.
func field(v reflect.Value, key string) reflect.Value {
	if !v.IsValid() {
		return v
	}
	if v.Kind() == reflect.Map {
		return reflect.New(v.Type().Elem()).Elem()
	}
	if v.Kind() != reflect.Struct {
		return reflect.Value{}
	}
	for i := range v.NumField() {
		switch name, inline := tagOf(v.Type().Field(i)); {
		case inline:
			if f := field(settle(v.Field(i)), key); f.IsValid() {
				return f
			}
		case name == key:
			return v.Field(i)
		}
	}
	return reflect.Value{}
}

// settle gives what a pointer leads to and a list is of, made where there is none.
func settle(v reflect.Value) reflect.Value {
	for v.IsValid() {
		switch v.Kind() {
		case reflect.Pointer:
			if v.IsNil() {
				v = reflect.New(v.Type().Elem())
			}
			v = v.Elem()
		case reflect.Slice:
			if v.Len() == 0 {
				v = reflect.MakeSlice(v.Type(), 1, 1)
			}
			v = v.Index(0)
		default:
			return v
		}
	}
	return v
}

// tagOf gives the key of a struct's field, "" for one that files do not have, and
// whether its own keys stand in its place.
func tagOf(f reflect.StructField) (name string, inline bool) {
	name, options, _ := strings.Cut(f.Tag.Get("yaml"), ",")
	if name == "-" {
		return "", false
	}
	return name, name == "" && slices.Contains(strings.Split(options, ","), "inline")
}

// name is a key with all that it stands under.
type name struct{ key, path string }

// names gives the keys of a value, and with deep those below them. Keys of a map are
// those that the value has.
func names(v reflect.Value, under string, deep bool) []name {
	var out []name
	var walk func(v reflect.Value, under string, on []reflect.Type)
	walk = func(v reflect.Value, under string, on []reflect.Type) {
		list := v.IsValid() && v.Kind() == reflect.Slice
		if v = settle(v); !v.IsValid() {
			return
		}
		add := func(key string, value reflect.Value) {
			path := key
			if under != "" {
				path = under + "." + key
				if list {
					path = under + "[]." + key
				}
			}
			out = append(out, name{key, path})
			if deep && !slices.Contains(on, v.Type()) { // a type within itself adds no key
				walk(value, path, append(slices.Clone(on), v.Type()))
			}
		}
		switch v.Kind() {
		case reflect.Struct:
			for i := range v.NumField() {
				switch key, inline := tagOf(v.Type().Field(i)); {
				case inline:
					walk(v.Field(i), under, on)
				case key != "":
					add(key, v.Field(i))
				}
			}
		case reflect.Map:
			keys := v.MapKeys()
			slices.SortFunc(keys, func(a, b reflect.Value) int { return cmp.Compare(fmt.Sprint(a), fmt.Sprint(b)) })
			for _, k := range keys {
				add(fmt.Sprint(k), v.MapIndex(k))
			}
		}
	}
	walk(v, under, nil)
	return out
}

func keysOf(list []name) (keys []string) {
	for _, n := range list {
		keys = append(keys, n.key)
	}
	return keys
}

// pathsOf gives the places of a key, in order.
func pathsOf(list []name, key string) (paths []string) {
	for _, n := range list {
		if n.key == key && !slices.Contains(paths, n.path) {
			paths = append(paths, n.path)
		}
	}
	return paths
}
