package document

import (
	"testing"

	"github.com/covgap/covgap/data"
	"github.com/covgap/covgap/geo/hexgrid"
	"github.com/google/go-cmp/cmp"
	"github.com/paulmach/orb"
)

// A parent shows the class that most of its hexes have, of equals the worse, with the
// median level of those.
func TestTypicalHex(t *testing.T) {
	hex := func(c data.Class, dbm float64) hexagon { return hexagon{class: c, signalDBm: &dbm} }
	for _, tc := range []struct {
		name string
		of   []hexagon
		want data.Class
		dbm  float64
	}{
		{"most", []hexagon{hex(data.Served, -80), hex(data.Weak, -112), hex(data.Served, -100), hex(data.Served, -90)}, data.Served, -90},
		{"worse of equals", []hexagon{hex(data.Served, -80), hex(data.None, -130)}, data.None, -130},
		{"nothing reaches", []hexagon{{class: data.None}, hex(data.Served, -80), {class: data.None}}, data.None, 0},
	} {
		got := typical(tc.of)
		if got.class != tc.want || tc.dbm != 0 && *got.signalDBm != tc.dbm || tc.dbm == 0 && got.signalDBm != nil {
			t.Errorf("%s: %v", tc.name, got)
		}
	}
}

// The map shows at most mapHexes, and as many as that allows.
func TestMapHexesAreFew(t *testing.T) {
	cells, err := hexgrid.Fill(orb.Bound{Min: orb.Point{105, 22}, Max: orb.Point{105.6, 22.6}}.ToPolygon(), 9)
	if err != nil {
		t.Fatal(err)
	}
	hexes := make([]hexagon, len(cells))
	for i, c := range cells {
		hexes[i] = hexagon{cell: c, class: data.Served}
	}
	got := coarser(hexes)
	if len(cells) <= mapHexes || len(got) > mapHexes || len(got) < mapHexes/8 || got[0].cell.Resolution() != 8 {
		t.Errorf("%d hexes of resolution 9 become %d of %d", len(cells), len(got), got[0].cell.Resolution())
	}
}

// Points come back from whole numbers to half a unit.
func TestPointsAgainstEachOther(t *testing.T) {
	numbers, first := against([]int{1, -80}, []orb.Point{{105.123456, 22.5}, {105.12, 22.50001}}, [2]int{10500000, 2250000})
	if diff := cmp.Diff([]int{1, -80, 12346, 0, -346, 1}, numbers); diff != "" {
		t.Error(diff)
	}
	if first != [2]int{10512346, 2250000} {
		t.Errorf("the first is %v", first)
	}
}
