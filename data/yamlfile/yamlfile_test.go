package yamlfile

import (
	"errors"
	"testing"

	"github.com/covgap/covgap/geo"
)

var errFile = errors.New("bad file")

type shape struct {
	Name  string  `yaml:"name"`
	Width float64 `yaml:"width_m,omitempty"`
	Parts []part  `yaml:"parts"`
	Base  *part   `yaml:"base,omitempty"`
	Legal `yaml:",inline"`
	ByUse map[string]part `yaml:"by_use,omitempty"`
}

type Legal struct {
	Owner string `yaml:"owner,omitempty"`
}

type part struct {
	HeightM float64 `yaml:"height_m"`
}

func (s *shape) Validate() error {
	for i := range s.Parts {
		if s.Parts[i].HeightM < 0 {
			return &geo.InputError{Field: "parts[1].height_m", Found: "-1", Err: errFile}
		}
	}
	return nil
}

func TestReadSaysPlaceAndRemedy(t *testing.T) {
	for _, tt := range []struct{ name, content, want string }{
		{"unknown key", "name: a\nwidht_m: 3\n", `f.yaml:2:1: unknown key "widht_m"; expected a key that this file can have there (did you mean width_m?)`},
		{"unknown key below", "parts:\n  - hight_m: 3\n", `f.yaml:2:5: unknown key "hight_m"; expected a key that this file can have there (did you mean parts[0].height_m?)`},
		{"a key of something else", "name: a\nheight_m: 3\n", `f.yaml:2:1: unknown key "height_m"; expected a key that this file can have there (did you mean parts[].height_m, base.height_m or by_use.wall.height_m?)`},
		{"a key of something else below", "base: {parts: 3}\n", `f.yaml:1:8: unknown key "parts"; expected a key that this file can have there (did you mean parts, at the top of the file?)`},
		{"a key below a map", "by_use:\n  roof:\n    heigt_m: 3\n", `f.yaml:3:5: unknown key "heigt_m"; expected a key that this file can have there (did you mean by_use.roof.height_m?)`},
		{"a key of a map", "base:\n  wall: {}\n", `f.yaml:2:3: unknown key "wall"; expected a key that this file can have there (did you mean by_use.wall?)`},
		{"an inlined key", "ownr: me\n", `f.yaml:1:1: unknown key "ownr"; expected a key that this file can have there (did you mean owner?)`},
		{"nothing like it", "zzzzzz: 1\n", `f.yaml:1:1: unknown key "zzzzzz"; expected a key that this file can have there`},
		{"wrong type", "name: a\nwidth_m: wide\n", `f.yaml:2:10: string "wide"; expected a number`},
		{"not YAML", "name: [a\n", `f.yaml:1:7: sequence end token ']' not found`},
		{"a key twice", "name: a\nname: b\n", `f.yaml:2:1: mapping key "name" already defined at [1:1]`},
		{"a tag where a list is expected", "parts:\n  !!0000000000 0", `f.yaml: YAML that cannot be read; write it without tags, anchors and aliases`},
		{"invalid value", "parts:\n  - height_m: 1\n  - height_m: -1\n", `f.yaml:3:15: parts[1].height_m: -1`},
	} {
		t.Run(tt.name, func(t *testing.T) {
			err := Read([]byte(tt.content), "f.yaml", &shape{ByUse: map[string]part{"wall": {}}}, errFile)
			if !errors.Is(err, errFile) {
				t.Errorf("%v does not wrap the cause", err)
			}
			if err == nil || err.Error() != tt.want {
				t.Errorf("got  %v\nwant %s", err, tt.want)
			}
		})
	}
}

func TestReadTakesWhatIsRight(t *testing.T) {
	var s shape
	if err := Read([]byte("name: Cao Bằng\nparts:\n  - height_m: 30\n"), "f.yaml", &s, errFile); err != nil {
		t.Fatal(err)
	}
	if s.Name != "Cao Bằng" || len(s.Parts) != 1 || s.Parts[0].HeightM != 30 {
		t.Errorf("got %+v", s)
	}
}

func TestMarshalWritesNumbersOutAndQuotesCodes(t *testing.T) {
	got, err := Marshal(shape{Name: "01018", Width: 12345678.5, Parts: []part{{HeightM: 7890100}}})
	if want := "name: \"01018\"\nwidth_m: 12345678.5\nparts:\n  - height_m: 7890100\n"; err != nil || string(got) != want {
		t.Errorf("got %s, %v; want %s", got, err, want)
	}
}

func FuzzRead(f *testing.F) {
	f.Add("name: a\nparts: [{height_m: 1}]\n")
	f.Add("a: &x [*x]\n")
	f.Add("{")
	f.Add("parts:\n  !!0000000000 0")
	f.Fuzz(func(t *testing.T, content string) {
		err := Read([]byte(content), "f.yaml", new(shape), errFile)
		var in *geo.InputError
		if err != nil && !errors.As(err, &in) {
			t.Errorf("%v is no InputError", err)
		}
	})
}
