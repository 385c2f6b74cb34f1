package csvtable

import (
	"errors"
	"math"
	"strings"
	"testing"

	"github.com/covgap/covgap/geo/table"
)

func TestTableWriter(t *testing.T) {
	var b strings.Builder
	w, err := NewTable(&b, []table.Column{
		{Name: "code"}, {Name: "n", Type: table.Integer}, {Name: "level", Type: table.Number, Decimals: 1}, {Name: "any", Type: table.Number},
		{Name: "grid", Type: table.Boolean}, {Name: "seen", Type: table.Date},
	}, Options{BOM: true})
	if err != nil {
		t.Fatal(err)
	}
	for _, row := range [][]any{
		{"01273", 48, -104.26, 0.125, true, "2025-08-31"},
		{"a,b", int64(-1), -0.04, 1e9, false, nil},
		{nil, nil, math.NaN(), nil, nil, ""},
	} {
		if err := w.Write(nil, row...); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	const want = "\ufeffcode,n,level,any,grid,seen\n01273,48,-104.3,0.125,yes,2025-08-31\n\"a,b\",-1,0.0,1000000000,no,\n,,,,,\n"
	if b.String() != want {
		t.Errorf("got %q, want %q", b.String(), want)
	}
	if err := w.Write(nil, 1, 2, 3.0, 4.0, true, ""); !errors.Is(err, table.ErrSchema) {
		t.Errorf("a number as text: %v", err)
	}
	if _, err := NewTable(&b, []table.Column{{Name: "a"}, {Name: "A"}}, Options{}); !errors.Is(err, table.ErrSchema) {
		t.Errorf("two columns of one name: %v", err)
	}
}
