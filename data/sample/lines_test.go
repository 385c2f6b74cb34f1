package sample

import (
	"bytes"
	"context"
	"os"
	"path/filepath"
	"testing"

	"github.com/covgap/covgap/data"
	"github.com/covgap/covgap/geo/lineindex"
	"github.com/paulmach/orb"
)

func geometry(lines []Line) (out []orb.LineString) {
	for _, l := range lines {
		out = append(out, l.Geometry)
	}
	return out
}

// A road goes to every hamlet, a power line to those that have grid power and to no
// other, and fibre lies on the roads. Smoothing moves a line by a quarter of a cell at most,
// 45 m, and a hamlet's centre is up to a cell from its written position.
func TestLines(t *testing.T) {
	both(t, func(t *testing.T, p *Province, pl *plan) {
		roads, power := lineindex.New(geometry(p.Roads)), lineindex.New(geometry(p.PowerLines))
		without := 0
		for i := range p.Villages {
			v := &p.Villages[i]
			if hit, ok := roads.Nearest(*v.Center); !ok || hit.DistanceM > 300 {
				t.Errorf("the next road to %s is %.0f m away", v.ID, hit.DistanceM)
			}
			hit, ok := power.Nearest(*v.Center)
			switch v.GridPower {
			case data.Yes:
				if !ok || hit.DistanceM > 300 {
					t.Errorf("%s has grid power, and the next line is %.0f m away", v.ID, hit.DistanceM)
				}
			case data.No:
				without++
				if hit.DistanceM < 1000*unpoweredKm-300 {
					t.Errorf("%s has no grid power, and a line is %.0f m away", v.ID, hit.DistanceM)
				}
			}
		}
		if without == 0 {
			t.Error("every hamlet has grid power")
		}
		for _, l := range p.Fibre {
			for _, at := range l.Geometry {
				if hit, ok := roads.Nearest(at); !ok || hit.DistanceM > 1 {
					t.Fatalf("fibre at %v is %.0f m from the next road", at, hit.DistanceM)
				}
			}
		}
		if r, e, f := lengthKm(p.Roads), lengthKm(p.PowerLines), lengthKm(p.Fibre); f <= 0 || f >= e || e >= r {
			t.Errorf("%.0f km of roads, %.0f km of power lines, %.0f km of fibre", r, e, f)
		}
	})
}

// What is written is read as it was.
func TestLinesReadBack(t *testing.T) {
	p := district(t)
	dir := t.TempDir()
	for _, c := range []struct {
		file  string
		kind  data.Kind
		lines []Line
	}{{RoadsFile, data.Roads, p.Roads}, {PowerFile, data.PowerLines, p.PowerLines}, {FibreFile, data.FibreLines, p.Fibre}} {
		var b bytes.Buffer
		if err := writeLines(&b, c.lines); err != nil {
			t.Fatal(err)
		}
		path := filepath.Join(dir, c.file)
		if err := os.WriteFile(path, b.Bytes(), 0o600); err != nil {
			t.Fatal(err)
		}
		got, report, err := data.ReadLines(context.Background(), c.kind, []string{path}, data.Options{Reference: p.Area.Geometry.Bound()})
		if err != nil {
			t.Fatal(err)
		}
		if len(got) != len(c.lines) || len(report.Rejects) > 0 {
			t.Errorf("%s: %d of %d lines, %d rejects", c.file, len(got), len(c.lines), len(report.Rejects))
		}
		for i := range got {
			if !got[i].Equal(c.lines[i].Geometry) {
				t.Fatalf("%s: line %d is %v, was %v", c.file, i, got[i], c.lines[i].Geometry)
			}
		}
	}
}
