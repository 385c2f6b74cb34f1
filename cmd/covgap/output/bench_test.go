package output

import (
	"fmt"
	"io"
	"testing"

	"github.com/covgap/covgap/cmd/covgap/lang"
	"github.com/covgap/covgap/geo/table"
	"github.com/paulmach/orb"
)

// manyVillages are 100,000 villages of nine corners each.
func manyVillages() Layer {
	return Layer{Table: &Villages, Each: func(write Write) error {
		values := make([]any, len(Villages.Columns))
		for i := range 100_000 {
			x, y := 102+0.01*float64(i%400), 8+0.01*float64(i/400)
			ring := orb.Ring{}
			for _, d := range [][2]float64{{0, 0}, {4, 0}, {7, 1}, {8, 4}, {7, 7}, {4, 8}, {1, 7}, {0, 4}, {0, 0}} {
				ring = append(ring, orb.Point{x + d[0]/1000, y + d[1]/1000})
			}
			for k := range Villages.Columns {
				switch c := &Villages.Columns[k]; c.Kind.Type {
				case table.String:
					values[k] = fmt.Sprintf("%05d", i)
				case table.Integer:
					values[k] = i
				case table.Number:
					values[k] = float64(i) / 7
				case table.Boolean:
					values[k] = i%2 == 0
				}
			}
			if err := write(orb.Polygon{ring}, values...); err != nil {
				return err
			}
		}
		return nil
	}}
}

// A hundred thousand villages, about as many as Vietnam has:
//
//	go test -run - -bench Villages -benchtime 1x ./cmd/covgap/output
func BenchmarkVillages(b *testing.B) {
	for _, f := range []struct {
		name  string
		write func(w io.Writer) error
	}{
		{"GeoJSON", manyVillages().GeoJSON},
		{"XLSX", func(w io.Writer) error { return Workbook(w, []Layer{manyVillages()}, lang.Vietnamese) }},
		{"FlatGeobuf", manyVillages().FlatGeobuf},
		{"GeoParquet", manyVillages().GeoParquet},
	} {
		b.Run(f.name, func(b *testing.B) {
			for b.Loop() {
				var size counter
				if err := f.write(&size); err != nil {
					b.Fatal(err)
				}
				b.ReportMetric(float64(size)/1e6, "MB")
			}
		})
	}
}

// counter counts the bytes written to it.
type counter int

func (c *counter) Write(p []byte) (int, error) {
	*c += counter(len(p))
	return len(p), nil
}
