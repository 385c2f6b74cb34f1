package gpkg

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"io/fs"
	"iter"
	"math"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"github.com/covgap/covgap/geo"
	"github.com/covgap/covgap/geo/crs"
)

// ErrFeature is an unusable record of a layer; reading goes on.
var ErrFeature = errors.New("gpkg: unusable record")

// Table is a layer open for reading.
type Table struct {
	Layer   string
	Columns []string // without the geometry and the identifier
	CRS     string   // such as "EPSG:9210"; "" for a layer without geometry or of unknown system

	file, geometry, id string
	booleans           map[string]bool
	db                 *sql.DB
}

// LayerInfo is what the tables of contents say of a layer.
type LayerInfo struct {
	Name     string
	Geometry GeometryType // NoGeometry for a table without places
	Rows     int
	CRS      string      // as in [Table]
	Bound    *[4]float64 // west, south, east, north in that system, where the file says
}

// Layers lists the layers of a GeoPackage with their numbers of records. Errors are
// those of [Open].
func Layers(ctx context.Context, name string) (layers []LayerInfo, err error) {
	t, err := open(name)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, t.Close()) }()
	names, _, err := t.names(ctx)
	if err != nil {
		return nil, t.broken(err)
	}
	for _, layer := range names {
		l := &Table{Layer: layer, file: t.file, db: t.db, booleans: map[string]bool{}}
		if err := l.describe(ctx); err != nil {
			return nil, t.broken(err)
		}
		info := LayerInfo{Name: layer, CRS: l.CRS}
		var b [4]sql.NullFloat64
		if err := t.db.QueryRowContext(ctx, `SELECT COALESCE((SELECT upper(geometry_type_name) FROM gpkg_geometry_columns g WHERE g.table_name = c.table_name), ''), min_x, min_y, max_x, max_y FROM gpkg_contents c WHERE table_name = ?`, layer).
			Scan(&info.Geometry, &b[0], &b[1], &b[2], &b[3]); err != nil {
			return nil, t.broken(err)
		}
		if b[0].Valid && b[1].Valid && b[2].Valid && b[3].Valid {
			info.Bound = &[4]float64{b[0].Float64, b[1].Float64, b[2].Float64, b[3].Float64}
		}
		if err := t.db.QueryRowContext(ctx, "SELECT count(*) FROM "+quote(layer)).Scan(&info.Rows); err != nil {
			return nil, t.broken(err)
		}
		layers = append(layers, info)
	}
	return layers, nil
}

// Open opens a layer of a GeoPackage; layer may be empty when there is one layer with
// geometries, or one layer at all. The error is a [*geo.InputError] when the file is
// there and cannot be read.
func Open(ctx context.Context, name, layer string) (*Table, error) {
	t, err := open(name)
	if err != nil {
		return nil, err
	}
	if err = t.choose(ctx, layer); err == nil {
		err = t.describe(ctx)
	}
	if err != nil {
		_ = t.db.Close()
		return nil, t.broken(err)
	}
	return t, nil
}

// open opens the file, without a layer.
func open(name string) (*Table, error) {
	if info, err := os.Stat(name); err != nil {
		return nil, fmt.Errorf("gpkg: %w", err)
	} else if info.IsDir() {
		return nil, fmt.Errorf("gpkg: %s: %w", name, fs.ErrInvalid)
	}
	db, err := sql.Open("sqlite", dsn(name, true))
	if err != nil {
		return nil, fmt.Errorf("gpkg: %w", err)
	}
	return &Table{file: filepath.ToSlash(name), db: db, booleans: map[string]bool{}}, nil
}

// broken says what is wrong with the file, unless err does already.
func (t *Table) broken(err error) error {
	var in *geo.InputError
	if errors.As(err, &in) || errors.Is(err, context.Canceled) || errors.Is(err, context.DeadlineExceeded) {
		return err
	}
	return &geo.InputError{Pos: geo.Position{File: t.file}, Found: err.Error(), Expected: "a GeoPackage (.gpkg)", Err: fmt.Errorf("%w: %w", ErrFormat, err)}
}

// names gives the layers, and those of them that have places.
func (t *Table) names(ctx context.Context) (all, features []string, err error) {
	rows, err := t.db.QueryContext(ctx, `SELECT table_name, data_type FROM gpkg_contents WHERE data_type IN ('features', 'attributes') AND table_name <> ? ORDER BY rowid`, stylesTable)
	if err != nil {
		return nil, nil, err
	}
	defer func() { err = errors.Join(err, rows.Close()) }()
	for rows.Next() {
		var name, kind string
		if err := rows.Scan(&name, &kind); err != nil {
			return nil, nil, err
		}
		all = append(all, name)
		if kind == "features" {
			features = append(features, name)
		}
	}
	return all, features, rows.Err()
}

// choose finds the layer.
func (t *Table) choose(ctx context.Context, layer string) error {
	all, features, err := t.names(ctx)
	if err != nil {
		return err
	}
	for _, name := range all {
		if strings.EqualFold(name, layer) {
			t.Layer = name
		}
	}
	switch {
	case t.Layer != "":
		return nil
	case layer == "" && len(features) == 1:
		t.Layer = features[0]
		return nil
	case layer == "" && len(all) == 1:
		t.Layer = all[0]
		return nil
	}
	e := &geo.InputError{Pos: geo.Position{File: t.file}, Field: "layer", Expected: "one of " + strings.Join(all, ", "), Hint: "name one: --layer NAME", Err: ErrLayer}
	switch {
	case len(all) == 0:
		e.Found, e.Expected, e.Hint = "no vector layer", "a layer of features", ""
	case layer == "":
		e.Found = fmt.Sprintf("%d layers", len(all))
	default:
		e.Found = fmt.Sprintf("no layer %q", layer)
		if near := geo.Nearest(layer, all); near != "" {
			e.Hint = fmt.Sprintf("did you mean %q?", near)
		}
	}
	return e
}

func quote(name string) string { return `"` + strings.ReplaceAll(name, `"`, `""`) + `"` }

// describe reads the layer's columns and coordinate system.
func (t *Table) describe(ctx context.Context) (err error) {
	var organization, definition string
	var code int
	err = t.db.QueryRowContext(ctx, `SELECT g.column_name, s.organization, s.organization_coordsys_id, s.definition FROM gpkg_geometry_columns g LEFT JOIN gpkg_spatial_ref_sys s ON s.srs_id = g.srs_id WHERE g.table_name = ?`, t.Layer).
		Scan(&t.geometry, &organization, &code, &definition)
	switch {
	case errors.Is(err, sql.ErrNoRows):
	case err != nil:
		return err
	case strings.EqualFold(organization, "EPSG"):
		t.CRS = "EPSG:" + strconv.Itoa(code)
	case code > 0:
		if s, err := crs.FromWKT(definition); err == nil {
			t.CRS = s.Code()
		}
	}
	rows, err := t.db.QueryContext(ctx, `SELECT name, type, pk FROM pragma_table_info(?)`, t.Layer)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, rows.Close()) }()
	for rows.Next() {
		var name, kind string
		var key int
		if err := rows.Scan(&name, &kind, &key); err != nil {
			return err
		}
		switch {
		case key > 0 && t.id == "" && strings.EqualFold(kind, "INTEGER"):
			t.id = name
		case name != t.geometry:
			t.Columns = append(t.Columns, name)
			t.booleans[name] = strings.EqualFold(kind, "BOOLEAN")
		}
	}
	return rows.Err()
}

// Close closes the file.
func (t *Table) Close() error { return t.db.Close() }

// Rows gives the records in order of their identifier. An error that wraps ErrFeature
// concerns one record, and reading goes on; any other is the last.
func (t *Table) Rows(ctx context.Context) iter.Seq2[geo.Feature, error] {
	return func(yield func(geo.Feature, error) bool) {
		query := "SELECT "
		for _, special := range []string{t.id, t.geometry} {
			if special == "" {
				query += "NULL, "
			} else {
				query += quote(special) + ", "
			}
		}
		for _, c := range t.Columns {
			query += quote(c) + ", "
		}
		query = strings.TrimSuffix(query, ", ") + " FROM " + quote(t.Layer)
		if t.id != "" {
			query += " ORDER BY " + quote(t.id)
		}
		rows, err := t.db.QueryContext(ctx, query)
		if err != nil {
			yield(geo.Feature{}, t.broken(err))
			return
		}
		defer func() { _ = rows.Close() }()
		values := make([]any, 2+len(t.Columns))
		into := make([]any, len(values))
		for i := range values {
			into[i] = &values[i]
		}
		for n := 1; rows.Next(); n++ {
			if err := rows.Scan(into...); err != nil {
				yield(geo.Feature{}, t.broken(err))
				return
			}
			f := geo.Feature{Pos: geo.Position{File: t.file, Feature: n}, Fields: make([]geo.Field, len(t.Columns))}
			if id, ok := values[0].(int64); ok {
				f.ID = strconv.FormatInt(id, 10)
			}
			for i, c := range t.Columns {
				f.Fields[i] = field(c, values[2+i], t.booleans[c])
			}
			var fault error
			if blob, ok := values[1].([]byte); ok {
				if f.Geometry, err = decode(blob); err != nil {
					fault = &geo.InputError{Pos: f.Pos, Found: err.Error(), Expected: "a GeoPackage geometry", Err: ErrFeature}
				}
			}
			if !yield(f, fault) {
				return
			}
		}
		if err := rows.Err(); err != nil {
			yield(geo.Feature{}, t.broken(err))
		}
	}
}

// field gives a value as a field.
func field(name string, v any, boolean bool) geo.Field {
	f := geo.Field{Name: name}
	switch v := v.(type) {
	case int64:
		f.Value, f.Kind = strconv.FormatInt(v, 10), geo.Number
		if boolean {
			f.Value, f.Kind = strconv.FormatBool(v != 0), geo.Bool
		}
	case float64:
		if !math.IsNaN(v) {
			f.Value, f.Kind = strconv.FormatFloat(v, 'f', -1, 64), geo.Number
		}
	case bool:
		f.Value, f.Kind = strconv.FormatBool(v), geo.Bool
	case string:
		f.Value, f.Kind = v, geo.Text
	case []byte:
		f.Value, f.Kind = string(v), geo.Text
	case time.Time:
		f.Value, f.Kind = v.Format(time.DateOnly), geo.Text
		if v.Hour() != 0 || v.Minute() != 0 || v.Second() != 0 {
			f.Value = v.Format(time.RFC3339)
		}
	}
	return f
}
