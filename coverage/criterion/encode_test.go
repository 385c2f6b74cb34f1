package criterion

import (
	"errors"
	"testing"

	"github.com/covgap/covgap/coverage/merge"
	"github.com/covgap/covgap/data"
	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
)

// Receptions come back as they were, whoever must serve, and not for other places or
// another network.
func TestEncodeReceptions(t *testing.T) {
	sites, src, places := madeNetwork(t, 4, 9)
	for _, operators := range []Operators{Any, Each, Named} {
		c := Default()
		c.Operators = operators
		c.Thresholds = map[data.Technology]Threshold{data.LTE: {-110, -120}, data.UMTS: {-95, -110}}
		if operators == Named {
			c.Operator = "B"
		}
		want, err := c.Receptions(t.Context(), places, sites, src, merge.Options{Receiver: c.Receiver(), Workers: 2}, 4)
		if err != nil {
			t.Fatal(err)
		}
		b, err := EncodeReceptions(want)
		if err != nil {
			t.Fatal(err)
		}
		got, err := c.DecodeReceptions(b, places, sites)
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(want, got, cmp.AllowUnexported(Reception{}), cmpopts.EquateEmpty()); diff != "" {
			t.Errorf("%s: -want +got:\n%s", operators, diff)
		}
		for name, decode := range map[string]func() ([]Reception, error){
			"fewer places":   func() ([]Reception, error) { return c.DecodeReceptions(b, places[1:], sites) },
			"fewer sites":    func() ([]Reception, error) { return c.DecodeReceptions(b, places, sites[:1]) },
			"shortened":      func() ([]Reception, error) { return c.DecodeReceptions(b[:len(b)-1], places, sites) },
			"something else": func() ([]Reception, error) { return c.DecodeReceptions([]byte("else"), places, sites) },
		} {
			if _, err := decode(); !errors.Is(err, ErrReceptions) {
				t.Errorf("%s, %s: error %v", operators, name, err)
			}
		}
	}
}

// Whatever the bytes, they are receptions or an error.
func FuzzDecodeReceptions(f *testing.F) {
	sites, src, places := madeNetwork(f, 5, 3)
	c := Default()
	receptions, err := c.Receptions(f.Context(), places, sites, src, merge.Options{Receiver: c.Receiver()}, 2)
	if err != nil {
		f.Fatal(err)
	}
	b, err := EncodeReceptions(receptions)
	if err != nil {
		f.Fatal(err)
	}
	f.Add(b)
	f.Add([]byte(receptionsMagic))
	f.Fuzz(func(t *testing.T, b []byte) {
		out, err := c.DecodeReceptions(b, places, sites)
		if err != nil {
			if !errors.Is(err, ErrReceptions) {
				t.Error(err)
			}
			return
		}
		for i := range out {
			c.Judge(&out[i], make([]float64, len(out[i].Sites))) // no index is out of range
		}
	})
}
