package run

import (
	"io"

	"github.com/covgap/covgap/cmd/covgap/lang"
	"github.com/covgap/covgap/cmd/covgap/output"
	"github.com/covgap/covgap/geo/csvtable"
	"github.com/covgap/covgap/geo/geojson"
	"github.com/covgap/covgap/geo/table"
	"github.com/paulmach/orb"
)

// writeFunc takes a record: a geometry, nil for none, and a value for every column.
type writeFunc = func(g orb.Geometry, values ...any) error

// records gives a table's records, one after the other, to write.
type records func(write writeFunc) error

// into writes records with a writer and closes it.
func (each records) into(w table.Writer) error {
	if err := each(w.Write); err != nil {
		return err
	}
	return w.Close()
}

// writeGeoJSON writes a table as GeoJSON, whose columns have their names.
func writeGeoJSON(t *output.Table, each records) func(io.Writer) error {
	return func(out io.Writer) error {
		w, err := geojson.NewWriter(out, geojson.Options{Columns: t.Fields(lang.English), Multi: t.Geometry == output.MultiPolygons})
		if err != nil {
			return err
		}
		return each.into(w)
	}
}

// writeCSV writes a table as CSV. The byte order mark lets Excel read Vietnamese names.
func writeCSV(t *output.Table, each records) func(io.Writer) error {
	return func(out io.Writer) error {
		w, err := csvtable.NewTable(out, t.Fields(lang.English), csvtable.Options{BOM: true})
		if err != nil {
			return err
		}
		return each.into(w)
	}
}
