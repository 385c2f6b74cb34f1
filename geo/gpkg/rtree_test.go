package gpkg

import (
	"database/sql"
	"errors"
	"math/rand/v2"
	"path/filepath"
	"testing"

	"github.com/covgap/covgap/geo/internal/geotest"
	"github.com/covgap/covgap/geo/table"
	"github.com/paulmach/orb"
)

// SQLite's own check finds no fault with a packed R-tree, and it answers as looking at
// every row does.
func TestRTree(t *testing.T) {
	random := rand.New(rand.NewPCG(1, 2))
	for _, n := range []int{0, 1, nodeEntries, nodeEntries + 1, 1000, nodeEntries*nodeEntries + 1} {
		path := filepath.Join(t.TempDir(), "a.gpkg")
		f, err := Create(path, Options{})
		if err != nil {
			t.Fatal(err)
		}
		w, err := f.Layer(Layer{Layer: table.Layer{Name: "squares"}, Geometry: Polygon})
		if err != nil {
			t.Fatal(err)
		}
		var bounds []orb.Bound
		for i := range n {
			s := geotest.Square(105+random.Float64(), 22+random.Float64(), 0.01*random.Float64())
			bounds = append(bounds, s.Bound())
			if i%100 == 50 {
				err = errors.Join(err, w.Write(nil)) // a row without geometry is not in the tree
			}
			err = errors.Join(err, w.Write(s))
		}
		if err := errors.Join(err, w.Close(), f.Close()); err != nil {
			t.Fatal(err)
		}
		db, err := sql.Open("sqlite", dsn(path, true))
		if err != nil {
			t.Fatal(err)
		}
		var found string
		if err := db.QueryRow(`SELECT rtreecheck('main', 'rtree_squares_geom')`).Scan(&found); err != nil || found != "ok" {
			t.Errorf("%d rows: %s, %v", n, found, err)
		}
		for range 20 {
			window := orb.Bound{Min: orb.Point{105 + random.Float64(), 22 + random.Float64()}}
			window.Max = orb.Point{window.Min[0] + 0.2*random.Float64(), window.Min[1] + 0.2*random.Float64()}
			want := 0
			for _, b := range bounds {
				if b.Intersects(window) {
					want++
				}
			}
			var got int
			if err := db.QueryRow(`SELECT count(*) FROM rtree_squares_geom WHERE maxx >= ? AND minx <= ? AND maxy >= ? AND miny <= ?`,
				window.Min[0], window.Max[0], window.Min[1], window.Max[1]).Scan(&got); err != nil || got != want {
				t.Errorf("%d rows: %d in %v, want %d, %v", n, got, window, want, err)
			}
		}
		if err := db.Close(); err != nil {
			t.Fatal(err)
		}
	}
}
