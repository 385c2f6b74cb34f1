package data_test

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"testing"

	"github.com/covgap/covgap/data"
	"github.com/covgap/covgap/geo"
	"github.com/covgap/covgap/geo/csvtable"
	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
)

func TestReadCrosswalk(t *testing.T) {
	want := data.Crosswalk{{Old: "01273", New: "01279"}, {Old: "01274"}, {New: "Bản Mới"}}
	for _, content := range []string{
		"old_id,new_id\n01273,01279\n01274,\n,Bản Mới\n",
		"old_code;note;new_code\n01273;x;01279\n01274;;-\n;;Bản Mới\n",
		"\ufeffMã mới\tMã cũ\n01279\t01273\n\t01274\nBản Mới\t\n",
	} {
		got, err := data.ReadCrosswalk(context.Background(), write(t, "map.csv", content))
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(want, got, cmpopts.IgnoreFields(data.Succession{}, "Pos")); diff != "" {
			t.Errorf("%q (-want +got):\n%s", content, diff)
		}
	}
	for _, c := range []struct {
		content string
		cause   error
		line    int
	}{
		{"", data.ErrEmpty, 0},
		{"old_id,new_id\n", csvtable.ErrNoRows, 2},
		{"village,new_id\na,b\n", data.ErrColumn, 1},
		{"old_id,village\na,b\n", data.ErrColumn, 1},
		{"old_id,new_id,note\na,b,\n,,x\n", data.ErrColumn, 3},
	} {
		_, err := data.ReadCrosswalk(context.Background(), write(t, "map.csv", c.content))
		var in *geo.InputError
		if !errors.As(err, &in) || !errors.Is(err, c.cause) || in.Pos.Line != c.line {
			t.Errorf("%q: error %v", c.content, err)
		}
	}
}

// Whatever the table holds, reading it gives rows with an id, or an error.
func FuzzReadCrosswalk(f *testing.F) {
	f.Add([]byte("old_id,new_id\n01273,01279\n,b\n"))
	f.Add([]byte("Mã cũ;Mã mới\n\"a\n"))
	f.Fuzz(func(t *testing.T, content []byte) {
		path := filepath.Join(t.TempDir(), "map.csv")
		if err := os.WriteFile(path, content, 0o600); err != nil {
			t.Fatal(err)
		}
		c, err := data.ReadCrosswalk(context.Background(), path)
		if err == nil && len(c) == 0 {
			t.Error("no rows and no error")
		}
		for _, row := range c {
			if row.Old == "" && row.New == "" {
				t.Errorf("%v: a row without an id", row.Pos)
			}
		}
	})
}
