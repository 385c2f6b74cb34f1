package data_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"runtime"
	"testing"

	"github.com/covgap/covgap/data"
	"github.com/covgap/covgap/geo/flatgeobuf"
	"github.com/covgap/covgap/geo/geojson"
	"github.com/covgap/covgap/geo/shapefile"
	"github.com/covgap/covgap/geo/table"
	"github.com/covgap/covgap/geo/xlsx"
	"github.com/paulmach/orb"
)

// manyVillages is more than all hamlets of Viet Nam.
const manyVillages = 100_000

// hold is the heap that is in use while a benchmark's result is alive, in MB.
func hold(b *testing.B) {
	var m runtime.MemStats
	runtime.GC()
	runtime.ReadMemStats(&m)
	b.ReportMetric(float64(m.HeapAlloc)/1e6, "MB-held")
}

// A country's hamlets from each format, polygons of 13 corners but for the workbook,
// which has points:
//
//	go test -run - -bench ManyVillages -benchtime 1x -benchmem ./data
func BenchmarkManyVillages(b *testing.B) {
	columns := []table.Column{{Name: "id"}, {Name: "name"}, {Name: "households", Type: table.Integer}, {Name: "grid_power"}}
	for _, c := range []struct {
		file string
		open func(io.Writer) (table.Writer, error)
	}{
		{"v.zip", func(w io.Writer) (table.Writer, error) {
			return shapefile.NewWriter(w, shapefile.Options{Layer: table.Layer{Name: "v", Columns: columns}})
		}},
		{"v.geojson", func(w io.Writer) (table.Writer, error) {
			return geojson.NewWriter(w, geojson.Options{Columns: columns})
		}},
		{"v.fgb", func(w io.Writer) (table.Writer, error) {
			return flatgeobuf.NewWriter(w, flatgeobuf.Options{Layer: table.Layer{Name: "v", Columns: columns}})
		}},
		{"v.xlsx", nil},
	} {
		b.Run(c.file, func(b *testing.B) {
			var out bytes.Buffer
			var err error
			if c.open == nil {
				err = villagesWorkbook(&out, columns)
			} else {
				var w table.Writer
				if w, err = c.open(&out); err == nil {
					for i := range manyVillages {
						lon, lat, id, name, households, grid := village(i)
						err = errors.Join(err, w.Write(outline(lon, lat), id, name, households, grid))
					}
					err = errors.Join(err, w.Close())
				}
			}
			if err != nil {
				b.Fatal(err)
			}
			path := filepath.Join(b.TempDir(), c.file)
			if err := os.WriteFile(path, out.Bytes(), 0o600); err != nil {
				b.Fatal(err)
			}
			b.SetBytes(int64(out.Len()))
			out = bytes.Buffer{}
			for b.Loop() {
				v, _, err := data.ReadVillages(context.Background(), []string{path}, data.Options{})
				if err != nil || len(v) != manyVillages {
					b.Fatalf("%d villages, %v", len(v), err)
				}
				hold(b)
				runtime.KeepAlive(v)
			}
		})
	}
}

func village(i int) (lon, lat float64, id, name string, households int, grid string) {
	return 103 + 0.015*float64(i%400), 9 + 0.05*float64(i/400), fmt.Sprintf("%06d", i), fmt.Sprintf("Xóm Nà Lừa %d", i), 20 + i%90, []string{"có", "không"}[i%2]
}

// outline is a polygon of 13 positions about a point.
func outline(lon, lat float64) orb.Polygon {
	var r orb.Ring
	for _, p := range [...]orb.Point{{4, 0}, {3.5, 2}, {2, 3.5}, {0, 4}, {-2, 3.5}, {-3.5, 2}, {-4, 0}, {-3.5, -2}, {-2, -3.5}, {0, -4}, {2, -3.5}, {3.5, -2}, {4, 0}} {
		r = append(r, orb.Point{lon + p[0]/1000, lat + p[1]/1000})
	}
	return orb.Polygon{r}
}

func villagesWorkbook(out io.Writer, columns []table.Column) error {
	book, err := xlsx.NewBook()
	if err != nil {
		return err
	}
	w, err := book.Sheet(table.Layer{Name: "v", Columns: append(columns, table.Column{Name: "longitude", Type: table.Number}, table.Column{Name: "latitude", Type: table.Number})})
	if err != nil {
		return err
	}
	for i := range manyVillages {
		lon, lat, id, name, households, grid := village(i)
		if err := w.Write(nil, id, name, households, grid, lon, lat); err != nil {
			return err
		}
	}
	if err := w.Close(); err != nil {
		return err
	}
	_, err = book.WriteTo(out)
	return err
}
