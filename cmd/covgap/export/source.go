package export

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strconv"

	"github.com/covgap/covgap/cmd/covgap/output"
	"github.com/covgap/covgap/cmd/covgap/run"
	"github.com/covgap/covgap/geo"
	"github.com/covgap/covgap/geo/crs"
	"github.com/covgap/covgap/geo/gpkg"
	"github.com/covgap/covgap/geo/table"
	"github.com/paulmach/orb"
)

// Source is the folder of a finished run: the tables of its covgap.gpkg.
type Source struct {
	*run.Finished
	Layers []output.Layer // that the file has, in the order in which it has them
	ctx    context.Context
}

// OpenSource finds the tables of a finished run. The error is that of [run.OpenFinished],
// or wraps run.ErrMissing where an earlier covgap wrote no such file.
func OpenSource(ctx context.Context, folder string) (*Source, error) {
	finished, err := run.OpenFinished(folder)
	if err != nil {
		return nil, err
	}
	path := filepath.Join(finished.Folder, run.FileGeoPackage)
	if _, err := os.Stat(path); err != nil {
		return nil, fmt.Errorf("%w: %s: made by an earlier covgap; \"covgap run\" writes it", run.ErrMissing, path)
	}
	s := &Source{Finished: finished, ctx: ctx}
	for _, t := range run.LayerOrder() {
		file, err := gpkg.Open(ctx, path, t.Name)
		if errors.Is(err, gpkg.ErrLayer) {
			continue
		}
		if err != nil {
			return nil, err
		}
		if err := errors.Join(s.check(t, file), file.Close()); err != nil {
			return nil, err
		}
		s.Layers = append(s.Layers, output.Layer{Table: t, Each: func(write output.Write) error { return s.each(path, t, write) }})
	}
	return s, nil
}

// check holds a layer against its definition.
func (s *Source) check(t *output.Table, file *gpkg.Table) error {
	for i := range t.Columns {
		if c := t.Columns[i].Name; !slices.Contains(file.Columns, c) {
			return fmt.Errorf("%w: %s, layer %s: no column %s: made by another version of covgap; \"covgap run\" writes it anew",
				run.ErrResults, filepath.Join(s.Folder, run.FileGeoPackage), t.Name, c)
		}
	}
	return nil
}

// each reads the records of a table.
func (s *Source) each(path string, t *output.Table, write output.Write) (err error) {
	file, err := gpkg.Open(s.ctx, path, t.Name)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, file.Close()) }()
	at := make([]int, len(t.Columns)) // of the table's columns in the file
	for i := range t.Columns {
		at[i] = slices.Index(file.Columns, t.Columns[i].Name)
	}
	values := make([]any, len(at))
	for f, err := range file.Rows(s.ctx) {
		if err != nil {
			return err
		}
		for i, k := range at {
			if values[i], err = value(t.Columns[i].Kind.Type, f.Fields[k]); err != nil {
				return fmt.Errorf("%w: %s, layer %s: %s is %q: %w", run.ErrResults, f.Pos, t.Name, t.Columns[i].Name, f.Fields[k].Value, err)
			}
		}
		if err := write(f.Geometry, values...); err != nil {
			return err
		}
	}
	return nil
}

// value gives a field as its column has it.
func value(t table.Type, f geo.Field) (any, error) {
	if f.Kind == geo.Null {
		return nil, nil
	}
	switch t {
	case table.Integer:
		return strconv.ParseInt(f.Value, 10, 64)
	case table.Number:
		return strconv.ParseFloat(f.Value, 64)
	case table.Boolean:
		return strconv.ParseBool(f.Value)
	}
	return f.Value, nil
}

// pick gives the layers with some names; those that the source lacks are an error.
func (s *Source) pick(names []string) ([]output.Layer, error) {
	if len(names) == 0 {
		return s.Layers, nil
	}
	var have []string
	for _, y := range s.Layers {
		have = append(have, y.Name)
	}
	var out []output.Layer
	for _, name := range names {
		i := slices.Index(have, name)
		if i < 0 {
			return nil, unknown("layer", name, have, fmt.Sprintf("the run in %s has", s.Folder))
		}
		out = append(out, s.Layers[i])
	}
	return out, nil
}

// withCRS gives a layer whose positions also stand in a projected system, in two
// columns behind those in degrees; columns of VN-2000 go into the system.
func withCRS(y output.Layer, s crs.System) output.Layer {
	x, behind, replace, zone := -1, -1, false, -1
	for i := range y.Columns {
		switch c := y.Columns[i]; {
		case isLongitude(c):
			x, behind = i, i+2
		case c.Name == "e_vn2000":
			replace = true
		case c.Name == "crs_vn2000":
			zone = i
		}
	}
	if x < 0 {
		return y
	}
	t := *y.Table
	named := func(axis, en, vi string) output.Column {
		return output.Column{
			Name: axis + "_" + s.Tag(), Kind: output.Metres, Unit: "m",
			Label:   output.Text{EN: s.Name() + " " + en, VI: s.Name() + " " + vi},
			Meaning: output.Text{EN: en + "ing in " + s.Code(), VI: "tọa độ " + vi + " theo " + s.Code()},
		}
	}
	rest := behind
	if replace {
		rest += 2
	}
	t.Columns = slices.Concat(y.Columns[:behind], []output.Column{named("e", "east", "đông"), named("n", "north", "bắc")}, y.Columns[rest:])
	if zone >= 0 {
		zone += behind + 2 - rest
		t.Columns[zone].Name, t.Columns[zone].Label = "crs_"+s.Tag(), output.Text{EN: "Coordinate system", VI: "Hệ tọa độ"}
		t.Columns[zone].Meaning = output.Text{EN: "EPSG code of it", VI: "mã EPSG của hệ tọa độ"}
	}
	return output.Layer{Table: &t, Each: func(write output.Write) error {
		return y.Each(func(g orb.Geometry, values ...any) error {
			var e, n any
			lon, ok := values[x].(float64)
			if lat, ok2 := values[x+1].(float64); ok && ok2 {
				if px, py, err := s.FromWGS84(orb.Point{lon, lat}); err == nil {
					e, n = px, py
				}
			}
			out := slices.Concat(values[:behind], []any{e, n}, values[rest:])
			if zone >= 0 {
				out[zone] = s.Code()
			}
			return write(g, out...)
		})
	}}
}

// title is what the run's project is called.
func (s *Source) title() string {
	return cmp.Or(s.Summary.Project, "covgap")
}
