package solver

import (
	"errors"
	"fmt"
	"io"
	"strings"
	"testing"
	"testing/iotest"

	"github.com/covgap/covgap/geo"
	"github.com/google/go-cmp/cmp"
)

func TestRead(t *testing.T) {
	in, err := Read(strings.NewReader("3 2\n5 0 7\n10 20\n2 2 0\n1\n1\n"), "x.txt", Weighted)
	if err != nil {
		t.Fatal(err)
	}
	want := &Instance{
		// The second row counts for nothing but must be covered all the same.
		Rows:     []Row{{0, 5, 5}, {1, 1, 0}, {2, 7, 7}},
		Villages: []Village{{Need: 5}, {Need: 1}, {Need: 7}},
		Columns:  []Column{{Cost: 10, Rows: []int32{0, 2}}, {Cost: 20, Rows: []int32{1}}},
	}
	if diff := cmp.Diff(want, in); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
	if err := in.Validate(); err != nil {
		t.Error(err)
	}
}

// One instance in each format: rows {0, 1}, columns of cost 3 with row 1, of cost 2 with
// both.
func TestReadFormats(t *testing.T) {
	want := &Instance{
		Rows:     []Row{{0, 1, 1}, {1, 1, 1}},
		Villages: []Village{{Need: 1}, {Need: 1}},
		Columns:  []Column{{Cost: 3, Rows: []int32{1}}, {Cost: 2, Rows: []int32{0, 1}}},
	}
	for format, text := range map[Format]string{
		Weighted: "2 2\n1 1\n3 2\n1 1\n2 0 1\n",
		SCP:      "2 2\n3 2\n1\n2\n2\n1 2\n",
		Rail:     "2 2\n3 1 2\n2 2 1 2\n",
	} {
		for _, f := range []Format{format, Auto} {
			in, err := Read(strings.NewReader(text), "x.txt", f)
			if err != nil {
				t.Errorf("%s as %s: %v", format, f, err)
				continue
			}
			if diff := cmp.Diff(want, in); diff != "" {
				t.Errorf("%s as %s (-want +got):\n%s", format, f, diff)
			}
		}
	}
	for _, c := range []struct {
		format     Format
		text, want string
	}{
		{SCP, "1 1\n3\n1 0\n", `x.txt:3:3: column in row 0: "0"; expected a whole number from 1 to 1`},
		{SCP, "1 2\n3 3\n2 1 1\n", `x.txt:3:5: column in row 0: 1 a second time; expected each column once`},
		{Rail, "2 1\n3 2 1 1\n", `x.txt:2:7: row in column 0: 1 a second time; expected each row once`},
		{Rail, "2 1\n3 1 1\n", `x.txt:2:5: number of rows: 2, of which columns hold 1; expected each row in a column`},
		{Rail, "268435456 0", `x.txt:1:11: number of columns: 0; expected each row in a column`},
		{Auto, "2 1\n1 1\n3\n2 0 x\n", `x.txt:4:5: row in column 0: "x"; expected a whole number from 0 to 1`},
	} {
		if _, err := Read(strings.NewReader(c.text), "x.txt", c.format); err == nil || err.Error() != c.want {
			t.Errorf("%q as %s: %v, expected %s", c.text, c.format, err, c.want)
		}
	}
	if _, err := Read(strings.NewReader("1 1"), "x.txt", "csv"); !errors.Is(err, ErrProblem) {
		t.Error(err)
	}
}

func TestReadSaysWhere(t *testing.T) {
	for _, c := range []struct{ text, want string }{
		{"", `x.txt:1:1: number of rows: the file ends; expected a whole number from 0 to 268435456`},
		{"3", `x.txt:1:2: number of columns: the file ends; expected a whole number from 0 to 268435456`},
		{"2 1\n4 four", `x.txt:2:3: weight of row 1: "four"; expected a whole number from 0 to 1125899906842620`},
		{"2 1\n4 -4", `x.txt:2:3: weight of row 1: "-4"; expected a whole number from 0 to 1125899906842620`},
		{"1 1\n4\n1.5", `x.txt:3:1: cost of column 0: "1.5"; expected a whole number from 0 to 1125899906842624`},
		{"1 1\n4\n1\n2 0 0", `x.txt:4:1: number of rows in column 0: "2"; expected a whole number from 0 to 1`},
		{"2 1\n4 4\n1\n2 0 2", `x.txt:4:5: row in column 0: "2"; expected a whole number from 0 to 1`},
		{"2 1\n4 4\n1\r\n2 0 0", `x.txt:4:5: row in column 0: 0 a second time; expected each row once`},
		{"1 1\n4\n1\n1 0\n 9", `x.txt:5:2: "9" after the last entry; expected the end of the file`},
		{"99999999999999999999999999999999999999 1", `x.txt:1:1: number of rows: "99999999999999999999999999999999"; expected a whole number from 0 to 268435456`},
	} {
		_, err := Read(strings.NewReader(c.text), "x.txt", Weighted)
		var input *geo.InputError
		if !errors.As(err, &input) || !errors.Is(err, ErrInstance) {
			t.Errorf("%q: %v is no InputError with ErrInstance", c.text, err)
			continue
		}
		if diff := cmp.Diff(c.want, err.Error()); diff != "" {
			t.Errorf("%q (-want +got):\n%s", c.text, diff)
		}
	}
}

func TestReadGivesTheReadersError(t *testing.T) {
	broken := errors.New("broken")
	for _, text := range []string{"", "1 1\n4\n1\n1 0\n"} {
		_, err := Read(io.MultiReader(strings.NewReader(text), iotest.ErrReader(broken)), "x.txt", Weighted)
		if !errors.Is(err, broken) {
			t.Errorf("after %q: %v", text, err)
		}
	}
}

func FuzzRead(f *testing.F) {
	for _, s := range []string{"", "0 0", "3 2\n5 0 7\n10 20\n2 2 0\n1\n1\n", "1 1 1 1 1 1", "2 1\n4 4\n1\n2 0 0", "268435456 1 1", "2 2\n3 2\n2\n1 2\n1\n2\n", "2 2\n3 1 1\n2 2 1 2\n", "2 3 0 0 0 0 2 1 2"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, text string) {
		for _, format := range Formats() {
			in, err := Read(strings.NewReader(text), "fuzz", format)
			if err != nil {
				if !errors.Is(err, ErrInstance) {
					t.Fatal(err)
				}
				continue
			}
			if err := in.Validate(); err != nil {
				t.Fatal(err)
			}
			// What was read, written out again, reads the same.
			var b strings.Builder
			fmt.Fprintln(&b, len(in.Rows), len(in.Columns))
			for _, r := range in.Rows {
				fmt.Fprintln(&b, r.Value)
			}
			for _, c := range in.Columns {
				fmt.Fprintln(&b, c.Cost)
			}
			for _, c := range in.Columns {
				fmt.Fprintln(&b, len(c.Rows), strings.Trim(fmt.Sprint(c.Rows), "[]"))
			}
			again, err := Read(strings.NewReader(b.String()), "again", Weighted)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(in, again); diff != "" {
				t.Fatal(diff)
			}
		}
	})
}
