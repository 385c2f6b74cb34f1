// Package yamlfile reads and writes the YAML files that users edit: strictly, and
// with the place of every fault.
package yamlfile

import (
	"errors"
	"fmt"
	"regexp"
	"strconv"
	"strings"

	"github.com/covgap/covgap/geo"
	"github.com/goccy/go-yaml"
	"github.com/goccy/go-yaml/token"
)

// Marshal writes v as people edit it: lists indented, numbers without exponent,
// codes in quotation marks.
func Marshal(v any, options ...yaml.EncodeOption) ([]byte, error) {
	return yaml.MarshalWithOptions(v, append(options, yaml.Indent(2), yaml.IndentSequence(true),
		yaml.CustomMarshaler(func(f float64) ([]byte, error) { return strconv.AppendFloat(nil, f, 'f', -1, 64), nil }),
		yaml.CustomMarshaler(marshalText))...)
}

// numeric is text that some reader of YAML takes for a number: 01018 is a code.
var numeric = regexp.MustCompile(`^[-+]?[0-9][0-9_.,:eE+-]*$`)

func marshalText(s string) ([]byte, error) {
	if numeric.MatchString(s) {
		return strconv.AppendQuote(nil, s), nil
	}
	return yaml.Marshal(s)
}

// Validator is what a file is read into.
type Validator interface {
	// Validate gives a *geo.InputError whose Field is the path of the wrong value,
	// such as actions[2].azimuth_deg.
	Validate() error
}

// Read reads content into v, a pointer to a struct with yaml tags, and validates
// it. Unknown keys are refused. The error is a [*geo.InputError] with file, line
// and column; when the text itself is wrong it wraps cause.
func Read(content []byte, file string, v Validator, cause error) error {
	if err := unmarshal(content, v); err != nil {
		return describe(err, content, file, v, cause)
	}
	return Locate(v.Validate(), content, file)
}

// Locate gives a [*geo.InputError] about the content of a file, whose Field is the path
// of the wrong value, its place there. Other errors are left as they are.
func Locate(err error, content []byte, file string) error {
	var in *geo.InputError
	if errors.As(err, &in) {
		in.Pos = locate(content, in.Field)
		in.Pos.File = file
	}
	return err
}

var errTag = errors.New("YAML that cannot be read; write it without tags, anchors and aliases")

// unmarshal is the library's, which dereferences nil where a tag stands before
// something else than the list it expects: such a file gets an error like any other.
func unmarshal(content []byte, v any) (err error) {
	defer func() {
		if recover() != nil {
			err = errTag
		}
	}()
	return yaml.UnmarshalWithOptions(content, v, yaml.Strict())
}

// describe words an error of the YAML library for the person who wrote the file.
func describe(err error, content []byte, file string, v any, cause error) error {
	out := &geo.InputError{Pos: geo.Position{File: file}, Found: err.Error(), Err: cause}
	var ye yaml.Error
	if !errors.As(err, &ye) {
		return out
	}
	out.Found = ye.GetMessage()
	value := ""
	var at *token.Position
	if t := ye.GetToken(); t != nil && t.Position != nil {
		at, value = t.Position, t.Value
		out.Pos.Line, out.Pos.Column = at.Line, at.Column
	}
	if m := unknownField.FindStringSubmatch(out.Found); m != nil {
		out.Found = fmt.Sprintf("unknown key %q", m[1])
		out.Expected = "a key that this file can have there"
		out.Hint = suggest(content, at, m[1], v)
	} else if m := wrongType.FindStringSubmatch(out.Found); m != nil {
		out.Found = fmt.Sprintf("%s %q", m[1], value)
		if out.Expected = kinds[m[2]]; out.Expected == "" {
			out.Expected = "another kind of value"
		}
	}
	return out
}

var (
	wrongType    = regexp.MustCompile(`cannot unmarshal (\S+) into Go (?:struct field \S+|value) of type (\S+)`)
	unknownField = regexp.MustCompile(`unknown field "(.*)"`)
	kinds        = map[string]string{"int": "a whole number", "float64": "a number", "bool": "true or false", "string": "text"}
)

// locate finds the value of a field such as actions[2].azimuth_deg, else of what
// holds it. The zero Position says that the file leaves it out altogether.
func locate(content []byte, field string) geo.Position {
	for field != "" {
		path, err := yaml.PathString("$." + field)
		if err != nil {
			return geo.Position{}
		}
		if node, err := path.ReadNode(strings.NewReader(string(content))); err == nil && node != nil && node.GetToken() != nil {
			pos := node.GetToken().Position
			return geo.Position{Line: pos.Line, Column: pos.Column}
		}
		field = field[:max(0, strings.LastIndexAny(field, ".["))]
	}
	return geo.Position{}
}

// Flatten writes the members of a value, as YAML or JSON is decoded into any, under
// dotted names below name: plan.templates.0.name. What is null is left out.
func Flatten(to map[string]string, name string, v any) {
	switch v := v.(type) {
	case nil:
	case map[string]any:
		for k, member := range v {
			Flatten(to, name+"."+k, member)
		}
	case []any:
		for i, element := range v {
			Flatten(to, name+"."+strconv.Itoa(i), element)
		}
	case float64:
		to[name] = strconv.FormatFloat(v, 'f', -1, 64)
	default:
		to[name] = fmt.Sprint(v)
	}
}
