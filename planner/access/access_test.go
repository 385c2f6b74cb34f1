package access

import (
	"errors"
	"math"
	"testing"

	"github.com/covgap/covgap/geo"
	"github.com/covgap/covgap/geo/geodesy"
	"github.com/covgap/covgap/geo/lineindex"
	"github.com/covgap/covgap/planner/cost"
	"github.com/paulmach/orb"
)

func TestTo(t *testing.T) {
	road := lineindex.New([]orb.LineString{{{106.2, 22.6}, {106.2, 22.9}}})
	at := func(m float64) orb.Point { return geodesy.Destination(orb.Point{106.2, 22.75}, 90, m) }
	s := Default()
	for _, c := range []struct {
		name    string
		roads   *lineindex.Index
		mast    orb.Point
		km      float64
		refused string
	}{
		{"no roads are known", lineindex.New(nil), at(3000), 0, ""},
		{"at the road", road, at(40), 0, ""},
		{"a track", road, at(2000), 3, ""},
		{"too far", road, at(7000), 10.5, "10.5 km of track from the nearest road, more than 10"},
	} {
		got := s.To(c.mast, c.roads)
		if math.Abs(got.Km-c.km) > 1e-3 || got.Refused != c.refused || (len(got.Needs) > 0) != (c.km > 0 && c.refused == "") { // a parallel is no geodesic
			t.Errorf("%s: %+v", c.name, got)
		}
	}
	table := cost.Default()
	near, err := table.Price(s.To(at(1000), road).Needs)
	if err != nil {
		t.Fatal(err)
	}
	far, err := table.Price(s.To(at(2000), road).Needs)
	if err != nil || far.CapexMinor <= near.CapexMinor || near.CapexMinor <= 0 {
		t.Errorf("1 km for %d, 2 km for %d, %v", near.CapexMinor, far.CapexMinor, err)
	}
}

func TestSettings(t *testing.T) {
	d := Default()
	if err := d.Validate(); err != nil {
		t.Fatal(err)
	}
	for field, s := range map[string]Settings{"detour": {Detour: 0.5}, "max_track_km": {Detour: 1, MaxTrackKm: math.NaN()}} {
		err := s.Validate()
		var ie *geo.InputError
		if !errors.Is(err, ErrSettings) || !errors.As(err, &ie) || ie.Field != field {
			t.Errorf("%s: %v", field, err)
		}
	}
}
