package main

import (
	"context"
	"fmt"
	"math"
	"slices"
	"testing"

	"github.com/covgap/covgap/coverage/propagation"
	"github.com/covgap/covgap/coverage/sight"
	"github.com/covgap/covgap/data/sample"
	"github.com/covgap/covgap/geo/geodesy"
	"github.com/covgap/covgap/geo/terrain"
	"github.com/paulmach/orb"
)

// BenchmarkObstructedPaths measures how much more loss ITM finds than P.1812 on
// paths from every mast to every village within 20 km of the sample district, by
// what stands between them: the diffraction parameter ν of the worst obstacle. The
// table of docs/models.md is
//
//	go test ./cmd/covgap -run '^$' -bench ObstructedPaths -benchtime 1x
//
// A mast stands 30 m and a village's telephone 1.5 m above ground, at 900 MHz.
func BenchmarkObstructedPaths(b *testing.B) {
	grid, paths := samplePaths(b)
	classes := []struct {
		name     string
		from, to float64
	}{
		{"clear", math.Inf(-1), -0.8}, // the 0.6 of the zone's radius beyond which diffraction hardly matters
		{"grazing", -0.8, 0},
		{"blocked-to-2", 0, 2},
		{"blocked-2-to-5", 2, 5},
		{"blocked-5-to-10", 5, 10},
		{"blocked-beyond-10", 10, math.Inf(1)},
	}
	for _, class := range classes {
		b.Run(class.name, func(b *testing.B) {
			for b.Loop() {
				var differences []float64
				for _, ends := range paths {
					if d, ok := itmOverP1812(b, grid, ends, class.from, class.to); ok {
						differences = append(differences, d)
					}
				}
				slices.Sort(differences)
				n := len(differences)
				if n == 0 {
					b.Fatal("no paths of this class")
				}
				b.ReportMetric(float64(n), "paths")
				for _, percent := range []int{10, 50, 90} {
					b.ReportMetric(differences[min(n*percent/100, n-1)], fmt.Sprintf("dB-p%d", percent))
				}
			}
		})
	}
}

// samplePaths gives the terrain of the sample district and the ends of its paths.
func samplePaths(b *testing.B) (*terrain.Grid, [][2]orb.Point) {
	b.Helper()
	ctx, dir := context.Background(), b.TempDir()
	province, err := sample.Generate(ctx, sample.Options{Seed: 1, Small: true})
	if err != nil {
		b.Fatal(err)
	}
	if err := province.Write(ctx, dir); err != nil {
		b.Fatal(err)
	}
	src, err := terrain.Open(ctx, []string{dir}, terrain.Options{})
	if err != nil {
		b.Fatal(err)
	}
	grid, _, err := src.Window(ctx, src.Bound())
	if err != nil {
		b.Fatal(err)
	}
	var paths [][2]orb.Point
	for i := range province.Sites {
		for k := range province.Villages {
			ends := [2]orb.Point{province.Sites[i].Position, *province.Villages[k].Center}
			// A kilometre is ITM's least distance.
			if d := geodesy.Distance(ends[0], ends[1]); d >= 1e3 && d <= 20e3 {
				paths = append(paths, ends)
			}
		}
	}
	return grid, paths
}

// itmOverP1812 gives the difference of the losses over a path whose ν lies in a
// range.
func itmOverP1812(b *testing.B, grid *terrain.Grid, ends [2]orb.Point, from, to float64) (differenceDB float64, ok bool) {
	b.Helper()
	var ground terrain.Profile
	if !grid.Profile(ends[0], ends[1], &ground) {
		return 0, false
	}
	p := &propagation.Profile{DistanceM: ground.DistanceM, TerrainM: ground.HeightM}
	link := propagation.Link{FrequencyMHz: 900, TxHeightM: 30, RxHeightM: 1.5, Tx: ends[0], Rx: ends[1]}
	view, err := sight.Between(p, link)
	if err != nil {
		b.Fatal(err)
	}
	if nu := view.Nu(); nu < from || nu >= to {
		return 0, false
	}
	itm, err := propagation.ITM{}.Loss(p, link)
	if err != nil {
		b.Fatal(err)
	}
	p1812, err := propagation.P1812{}.Loss(p, link)
	if err != nil {
		b.Fatal(err)
	}
	return itm.LossDB - p1812.LossDB, true
}
