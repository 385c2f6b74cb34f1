package main

import (
	"math"
	"path/filepath"
	"slices"
	"testing"

	"github.com/covgap/covgap/data"
	"github.com/covgap/covgap/geo/geodesy"
	"github.com/covgap/covgap/geo/reference"
)

// The communes of Cao Bang since July 2025 come in whole: 56, with the codes of the
// General Statistics Office as text and Vietnamese names as they are written.
func TestCaoBangCommunes(t *testing.T) {
	dir := reference.Dir(t, "realcase/cao_bang")
	areas, report, err := data.ReadAreas(t.Context(), []string{filepath.Join(dir, "communes_2025_cao_bang.geojson")}, data.Options{})
	if err != nil {
		t.Fatal(err)
	}
	if len(areas) != 56 || report.Rejected != 0 || len(report.Warnings) != 0 {
		t.Errorf("%d communes, %d refused, warnings %v", len(areas), report.Rejected, report.Warnings)
	}
	i := slices.IndexFunc(areas, func(a data.Area) bool { return a.Code == "01273" })
	if i < 0 || areas[i].Name != "Thục Phán" {
		t.Fatalf("commune 01273 is at %d", i)
	}
	var sum float64
	for _, a := range areas {
		if len(a.Code) != 5 || a.Code[0] != '0' {
			t.Errorf("code %q", a.Code)
		}
		sum += geodesy.AreaM2(a.Geometry)
	}
	// The file's own areaKm2 add up to 6,700.4 km²; they were taken on a map
	// projection, hence half a percent.
	if km2 := sum / 1e6; math.Abs(km2-6700.4) > 0.005*6700.4 {
		t.Errorf("the communes cover %.1f km², want 6,700.4 within 0.5 %%", km2)
	}
}
