package geo

import (
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/paulmach/orb"
)

func TestMulti(t *testing.T) {
	p, l, a := orb.Point{1, 2}, orb.LineString{{1, 2}, {3, 4}}, orb.Polygon{{{0, 0}, {1, 0}, {1, 1}, {0, 0}}}
	for _, c := range []struct {
		in    []orb.Geometry
		want  orb.Geometry
		wrong bool
	}{
		{},
		{in: []orb.Geometry{nil}},
		{in: []orb.Geometry{p, nil, orb.MultiPoint{p, p}}, want: orb.MultiPoint{p, p, p}},
		{in: []orb.Geometry{orb.MultiLineString{l}, l}, want: orb.MultiLineString{l, l}},
		{in: []orb.Geometry{a, orb.MultiPolygon{a}}, want: orb.MultiPolygon{a, a}},
		{in: []orb.Geometry{p, l}, wrong: true},
		{in: []orb.Geometry{a, l}, wrong: true},
	} {
		got, ok := Multi(c.in)
		if d := cmp.Diff(c.want, got); d != "" || ok == c.wrong {
			t.Errorf("%v: %v\n%s", c.in, ok, d)
		}
	}
}
