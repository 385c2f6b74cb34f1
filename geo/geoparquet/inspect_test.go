package geoparquet

import (
	"bytes"
	"errors"
	"testing"

	"github.com/covgap/covgap/geo/table"
	"github.com/google/go-cmp/cmp"
	"github.com/paulmach/orb"
)

func inspected(t testing.TB) []byte {
	t.Helper()
	var b bytes.Buffer
	w, err := NewWriter(&b, Options{Layer: table.Layer{Name: "sites", Columns: []table.Column{
		{Name: "code"}, {Name: "n", Type: table.Integer}, {Name: "level", Type: table.Number}, {Name: "grid", Type: table.Boolean}, {Name: "seen", Type: table.Date},
	}}})
	if err != nil {
		t.Fatal(err)
	}
	if err := errors.Join(w.Write(orb.Point{105, 22}, "01273", 1, -95.5, true, "2025-08-31"), w.Write(orb.Point{106, 23}, nil, nil, nil, nil, nil), w.Close()); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func TestInspect(t *testing.T) {
	b := inspected(t)
	got, err := Inspect(bytes.NewReader(b), int64(len(b)))
	if err != nil {
		t.Fatal(err)
	}
	want := &Info{
		Rows: 2, Geometry: []string{"Point"}, CRS: "OGC:CRS84", Bound: &[4]float64{105, 22, 106, 23},
		Columns: []ColumnInfo{{"code", "text", "01273"}, {"n", "number", "1"}, {"level", "number", "-95.5"}, {"grid", "boolean", "true"}, {"seen", "text", "2025-08-31"}},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

func FuzzInspect(f *testing.F) {
	b := inspected(f)
	f.Add(b)
	f.Add(b[len(b)/2:])
	f.Add([]byte("PAR1"))
	f.Fuzz(func(t *testing.T, b []byte) {
		if _, err := Inspect(bytes.NewReader(b), int64(len(b))); err != nil && !errors.Is(err, ErrFormat) {
			t.Error(err)
		}
	})
}
