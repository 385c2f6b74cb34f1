package run

import (
	"testing"

	"github.com/covgap/covgap/cmd/covgap/project"
	"github.com/covgap/covgap/data"
	"github.com/paulmach/orb"
)

// Stakes are set in the zone that the user names, else in that of the inputs, else in the
// province's.
func TestCoordinates(t *testing.T) {
	caoBang := orb.Bound{Min: orb.Point{105.27, 22.36}, Max: orb.Point{106.84, 23.12}}
	for _, c := range []struct {
		name   string
		named  string
		inputs []string
		want   string
	}{
		{"the province's", "", []string{"", ""}, "EPSG:9210"},
		{"that of an input", "", []string{"", "EPSG:9213"}, "EPSG:9213"},
		{"the first of them", "", []string{"EPSG:9208", "EPSG:9213"}, "EPSG:9208"},
		{"not a zone of UTM", "", []string{"EPSG:3405", "EPSG:32648"}, "EPSG:9210"},
		{"one that is named", "EPSG:9215", []string{"EPSG:9213"}, "EPSG:9215"},
	} {
		r := New(&project.Project{Outputs: project.Outputs{CRS: c.named}}, Options{})
		r.Inputs = &Inputs{Bound: caoBang}
		for _, code := range c.inputs {
			r.Inputs.Reports = append(r.Inputs.Reports, &data.Report{CRS: code})
		}
		if s, ok := r.Coordinates(); !ok || s.Code() != c.want {
			t.Errorf("%s: %s, want %s", c.name, s.Code(), c.want)
		}
	}
}
