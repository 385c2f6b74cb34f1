package table

import (
	"errors"
	"math"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/paulmach/orb"
)

func TestNormalise(t *testing.T) {
	open := orb.Ring{{0, 0}, {0, 1}, {1, 1}, {1, 0}} // clockwise
	closed := orb.Ring{{0, 0}, {1, 0}, {1, 1}, {0, 1}, {0, 0}}
	hole := orb.Ring{{0.2, 0.2}, {0.4, 0.2}, {0.4, 0.4}, {0.2, 0.2}} // counter-clockwise
	turned := orb.Ring{{0.2, 0.2}, {0.4, 0.4}, {0.4, 0.2}, {0.2, 0.2}}
	for _, c := range []struct {
		in    orb.Geometry
		multi bool
		want  orb.Geometry
	}{
		{orb.Point{1, 2}, false, orb.Point{1, 2}},
		{orb.Point{1, 2}, true, orb.MultiPoint{{1, 2}}},
		{orb.LineString{{1, 2}, {3, 4}}, true, orb.MultiLineString{{{1, 2}, {3, 4}}}},
		{open, false, orb.Polygon{closed}},
		{orb.Polygon{open, hole}, true, orb.MultiPolygon{{closed, turned}}},
		{orb.MultiPolygon{{open}, {closed, turned}}, false, orb.MultiPolygon{{closed}, {closed, turned}}},
	} {
		before := orb.Clone(c.in)
		got, err := Normalise(c.in, c.multi)
		if d := cmp.Diff(c.want, got); d != "" || err != nil {
			t.Errorf("%v: %v\n%s", c.in, err, d)
		}
		if !orb.Equal(before, c.in) {
			t.Errorf("%v was changed to %v", before, c.in)
		}
	}
	for _, g := range []orb.Geometry{
		nil, orb.MultiPoint{}, orb.LineString{{1, 2}}, orb.MultiLineString{}, orb.MultiLineString{{{1, 2}}}, orb.Polygon{}, orb.Polygon{{{0, 0}, {1, 1}}},
		orb.MultiPolygon{}, orb.MultiPolygon{{}}, orb.Point{math.NaN(), 0}, orb.Point{500_000, 2_500_000}, orb.Collection{orb.Point{1, 2}},
	} {
		if _, err := Normalise(g, false); !errors.Is(err, ErrGeometry) {
			t.Errorf("%v: %v", g, err)
		}
	}
}
