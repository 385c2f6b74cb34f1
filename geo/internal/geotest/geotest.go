// Package geotest holds what the tests of several formats share.
package geotest

import (
	"iter"
	"testing"

	"github.com/covgap/covgap/geo"
	"github.com/paulmach/orb"
)

// Collect reads a stream to its end and gives its features and its errors apart.
func Collect(rows iter.Seq2[geo.Feature, error]) (features []geo.Feature, errs []error) {
	for f, err := range rows {
		if err != nil {
			errs = append(errs, err)
			continue
		}
		features = append(features, f)
	}
	return features, errs
}

// Square is a square with its lower left corner at x, y, counter-clockwise.
func Square(x, y, side float64) orb.Polygon {
	return orb.Polygon{{{x, y}, {x + side, y}, {x + side, y + side}, {x, y + side}, {x, y}}}
}

// Drain reads a stream to its end for a fuzz target: what it yields without an error
// must hold together.
func Drain(tb testing.TB, rows iter.Seq2[geo.Feature, error]) {
	tb.Helper()
	for f, err := range rows {
		if err != nil || f.Geometry == nil {
			continue
		}
		if b := f.Geometry.Bound(); b.IsEmpty() || b.Min[0] != b.Min[0] {
			tb.Errorf("a geometry of nothing: %v", f.Geometry)
		}
	}
}
