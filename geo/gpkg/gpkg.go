// Package gpkg writes and reads GeoPackages, the OGC's container of vector layers
// in one SQLite file (OGC 12-128r17, version 1.3): features with an R-tree, labels
// of columns, metadata, and the styles that QGIS keeps in a table layer_styles, so
// that it opens layers coloured.
package gpkg

import (
	"bytes"
	"cmp"
	"context"
	"database/sql"
	"encoding/binary"
	"errors"
	"fmt"
	"math"
	"net/url"
	"path/filepath"
	"strings"
	"time"

	"github.com/covgap/covgap/geo/table"
	"github.com/paulmach/orb"
	"github.com/paulmach/orb/encoding/wkb"
	_ "modernc.org/sqlite" // the driver "sqlite"
)

// Errors of this package.
var (
	ErrFormat = errors.New("gpkg: not a readable GeoPackage")
	ErrLayer  = errors.New("gpkg: no such layer")
)

// GeometryType is the one type that all geometries of a layer have.
type GeometryType string

// The geometry types. A layer of a Multi type takes single geometries too and
// writes them as a Multi of one.
const (
	NoGeometry      GeometryType = ""
	Point           GeometryType = "POINT"
	LineString      GeometryType = "LINESTRING"
	Polygon         GeometryType = "POLYGON"
	MultiPoint      GeometryType = "MULTIPOINT"
	MultiLineString GeometryType = "MULTILINESTRING"
	MultiPolygon    GeometryType = "MULTIPOLYGON"
)

// Columns that every layer has beside its own.
const (
	idColumn       = "fid"
	geometryColumn = "geom"
)

// Layer is a layer and how it is shown.
type Layer struct {
	table.Layer
	Geometry GeometryType
	Styles   []Style // the first is how the layer opens
}

// Style is a way to draw a layer.
type Style struct {
	Name string
	QML  string // for QGIS
	SLD  string // for others; may be empty
}

// Options of a [File].
type Options struct {
	// Changed stands in the file as the time of its last change.
	Changed time.Time
	// Metadata is a document about the whole file, such as JSON; "" for none.
	Metadata     string
	MetadataMIME string // of Metadata, such as application/json
}

// File is a GeoPackage that is being written, one layer after the other.
type File struct {
	db      *sql.DB
	conn    *sql.Conn
	options Options
	open    *Writer
	styles  []Layer
	titles  bool
	err     error // the first; nothing is written after it
}

// applicationID is "GPKG", userVersion 1.3.0 (OGC 12-128r17, requirement 2).
const (
	applicationID = 0x47504B47
	userVersion   = 10300
)

const wgs84WKT = `GEOGCS["WGS 84",DATUM["WGS_1984",SPHEROID["WGS 84",6378137,298.257223563,AUTHORITY["EPSG","7030"]],AUTHORITY["EPSG","6326"]],` +
	`PRIMEM["Greenwich",0,AUTHORITY["EPSG","8901"]],UNIT["degree",0.0174532925199433,AUTHORITY["EPSG","9122"]],AXIS["Latitude",NORTH],AXIS["Longitude",EAST],AUTHORITY["EPSG","4326"]]`

// dsn gives the data source of a file. Writing keeps no journal: an unfinished file
// is of no use anyway. Rows come in the order of their pages, so that a small cache does:
// with 64 MB a million hexes took no less time and 118 MB more memory.
func dsn(path string, readOnly bool) string {
	query := "_pragma=journal_mode(OFF)&_pragma=synchronous(OFF)&_pragma=locking_mode(EXCLUSIVE)&_pragma=cache_size(-8192)"
	if readOnly {
		query = "mode=ro&immutable=1&_pragma=trusted_schema(OFF)&_pragma=cell_size_check(ON)"
	}
	return (&url.URL{Scheme: "file", OmitHost: true, Path: filepath.ToSlash(path), RawQuery: query}).String()
}

// Create begins a new GeoPackage. There must be no file at the path.
func Create(path string, options Options) (*File, error) {
	db, err := sql.Open("sqlite", dsn(path, false))
	if err != nil {
		return nil, fmt.Errorf("gpkg: %w", err)
	}
	conn, err := db.Conn(context.Background())
	if err != nil {
		_ = db.Close()
		return nil, fmt.Errorf("gpkg: %s: %w", path, err)
	}
	f := &File{db: db, conn: conn, options: options}
	for _, statement := range []string{
		fmt.Sprintf("PRAGMA application_id = %d", applicationID),
		fmt.Sprintf("PRAGMA user_version = %d", userVersion),
		"BEGIN",
		`CREATE TABLE gpkg_spatial_ref_sys (srs_name TEXT NOT NULL, srs_id INTEGER PRIMARY KEY, organization TEXT NOT NULL, organization_coordsys_id INTEGER NOT NULL, definition TEXT NOT NULL, description TEXT)`,
		`CREATE TABLE gpkg_contents (table_name TEXT NOT NULL PRIMARY KEY, data_type TEXT NOT NULL, identifier TEXT UNIQUE, description TEXT DEFAULT '', last_change DATETIME NOT NULL DEFAULT (strftime('%Y-%m-%dT%H:%M:%fZ','now')), min_x DOUBLE, min_y DOUBLE, max_x DOUBLE, max_y DOUBLE, srs_id INTEGER, CONSTRAINT fk_gc_r_srs_id FOREIGN KEY (srs_id) REFERENCES gpkg_spatial_ref_sys(srs_id))`,
		`CREATE TABLE gpkg_geometry_columns (table_name TEXT NOT NULL, column_name TEXT NOT NULL, geometry_type_name TEXT NOT NULL, srs_id INTEGER NOT NULL, z TINYINT NOT NULL, m TINYINT NOT NULL, CONSTRAINT pk_geom_cols PRIMARY KEY (table_name, column_name), CONSTRAINT uk_gc_table_name UNIQUE (table_name), CONSTRAINT fk_gc_tn FOREIGN KEY (table_name) REFERENCES gpkg_contents(table_name), CONSTRAINT fk_gc_srs FOREIGN KEY (srs_id) REFERENCES gpkg_spatial_ref_sys (srs_id))`,
		`CREATE TABLE gpkg_extensions (table_name TEXT, column_name TEXT, extension_name TEXT NOT NULL, definition TEXT NOT NULL, scope TEXT NOT NULL, CONSTRAINT ge_tce UNIQUE (table_name, column_name, extension_name))`,
	} {
		f.exec(statement)
	}
	// Requirement 11: these three must be there.
	const srs = `INSERT INTO gpkg_spatial_ref_sys VALUES (?, ?, ?, ?, ?, ?)`
	f.exec(srs, "Undefined Cartesian SRS", -1, "NONE", -1, "undefined", "undefined Cartesian coordinate reference system")
	f.exec(srs, "Undefined geographic SRS", 0, "NONE", 0, "undefined", "undefined geographic coordinate reference system")
	f.exec(srs, "WGS 84", 4326, "EPSG", 4326, wgs84WKT, "longitude and latitude in degrees")
	if f.err != nil {
		_ = f.shut()
		return nil, fmt.Errorf("gpkg: %s: %w", path, f.err)
	}
	return f, nil
}

// exec runs a statement unless one before failed.
func (f *File) exec(statement string, args ...any) {
	if f.err == nil {
		_, f.err = f.conn.ExecContext(context.Background(), statement, args...)
	}
}

func (f *File) shut() error { return errors.Join(f.conn.Close(), f.db.Close()) }

// changed is the time of the last change as requirement 15 writes it.
func (f *File) changed() string { return f.options.Changed.UTC().Format("2006-01-02T15:04:05.000Z") }

var sqlTypes = map[table.Type]string{
	table.String: "TEXT", table.Integer: "INTEGER", table.Number: "DOUBLE", table.Boolean: "BOOLEAN", table.Date: "DATE",
}

// Layer begins a layer; the one before must be closed. Layers stand in the file in
// the order they are begun. The error wraps table.ErrSchema or is SQLite's.
func (f *File) Layer(l Layer) (*Writer, error) {
	if f.err != nil {
		return nil, f.err
	}
	if f.open != nil {
		return nil, fmt.Errorf("gpkg: layer %s begun before %s is closed", l.Name, f.open.layer.Name)
	}
	if err := l.Validate(); err != nil {
		return nil, fmt.Errorf("gpkg: %w", err)
	}
	if strings.HasPrefix(l.Name, "gpkg_") || strings.HasPrefix(l.Name, "rtree_") || strings.HasPrefix(l.Name, "sqlite_") || l.Name == stylesTable {
		return nil, fmt.Errorf("gpkg: %w: %q is a reserved name", table.ErrSchema, l.Name)
	}
	create := fmt.Sprintf(`CREATE TABLE %q (%q INTEGER PRIMARY KEY AUTOINCREMENT NOT NULL`, l.Name, idColumn)
	var names []string
	if l.Geometry != NoGeometry {
		create += fmt.Sprintf(", %q %s", geometryColumn, l.Geometry)
		names = append(names, quote(geometryColumn))
	}
	for _, c := range l.Columns {
		if name := strings.ToLower(c.Name); name == idColumn || name == geometryColumn {
			return nil, fmt.Errorf("gpkg: %w: column %q is reserved", table.ErrSchema, c.Name)
		}
		create += ", " + quote(c.Name) + " " + sqlTypes[c.Type]
		names = append(names, quote(c.Name))
	}
	f.exec(create + ")")
	w := &Writer{file: f, layer: l, bound: orb.Bound{
		Min: orb.Point{math.Inf(1), math.Inf(1)}, Max: orb.Point{math.Inf(-1), math.Inf(-1)},
	}}
	if l.Geometry != NoGeometry {
		f.exec(fmt.Sprintf(`CREATE VIRTUAL TABLE %q USING rtree(id, minx, maxx, miny, maxy)`, w.rtree()))
	}
	if f.err != nil {
		return nil, fmt.Errorf("gpkg: layer %s: %w", l.Name, f.err)
	}
	w.rows = newInserter(f.conn, quote(l.Name), names)
	f.open = w
	return w, nil
}

// Close finishes the file. After an error of a layer it closes only.
func (f *File) Close() error {
	if w := f.open; w != nil {
		err := w.rows.close()
		if f.err == nil {
			f.err = cmp.Or(err, fmt.Errorf("closed before layer %s", w.layer.Name))
		}
	}
	f.writeStyles()
	f.writeMetadata()
	f.exec("COMMIT")
	if err := errors.Join(f.err, f.shut()); err != nil {
		return fmt.Errorf("gpkg: %w", err)
	}
	return nil
}

// stylesTable is where QGIS looks for the styles of a database's layers.
const stylesTable = "layer_styles"

func (f *File) writeStyles() {
	if len(f.styles) == 0 {
		return
	}
	f.exec(`CREATE TABLE layer_styles (id INTEGER PRIMARY KEY AUTOINCREMENT NOT NULL, f_table_catalog TEXT(256), f_table_schema TEXT(256), f_table_name TEXT(256), f_geometry_column TEXT(256), styleName TEXT(30), styleQML TEXT, styleSLD TEXT, useAsDefault BOOLEAN, description TEXT, owner TEXT(30), ui TEXT(30), update_time DATETIME DEFAULT (strftime('%Y-%m-%dT%H:%M:%fZ','now')))`)
	f.exec(`INSERT INTO gpkg_contents (table_name, data_type, identifier, description, last_change, srs_id) VALUES (?, 'attributes', ?, ?, ?, 0)`,
		stylesTable, stylesTable, "styles of the layers, as QGIS keeps them", f.changed())
	for _, l := range f.styles {
		for i, s := range l.Styles {
			f.exec(`INSERT INTO layer_styles (f_table_catalog, f_table_schema, f_table_name, f_geometry_column, styleName, styleQML, styleSLD, useAsDefault, description, owner, ui, update_time) VALUES ('', '', ?, ?, ?, ?, ?, ?, ?, '', NULL, ?)`,
				l.Name, geometryColumn, s.Name, s.QML, s.SLD, i == 0, l.Title, f.changed())
		}
	}
}

func (f *File) writeMetadata() {
	if f.options.Metadata == "" {
		return
	}
	f.exec(`CREATE TABLE gpkg_metadata (id INTEGER CONSTRAINT m_pk PRIMARY KEY ASC NOT NULL, md_scope TEXT NOT NULL DEFAULT 'dataset', md_standard_uri TEXT NOT NULL, mime_type TEXT NOT NULL DEFAULT 'text/xml', metadata TEXT NOT NULL DEFAULT '')`)
	f.exec(`CREATE TABLE gpkg_metadata_reference (reference_scope TEXT NOT NULL, table_name TEXT, column_name TEXT, row_id_value INTEGER, timestamp DATETIME NOT NULL DEFAULT (strftime('%Y-%m-%dT%H:%M:%fZ','now')), md_file_id INTEGER NOT NULL, md_parent_id INTEGER, CONSTRAINT crmr_mfi_fk FOREIGN KEY (md_file_id) REFERENCES gpkg_metadata(id), CONSTRAINT crmr_mpi_fk FOREIGN KEY (md_parent_id) REFERENCES gpkg_metadata(id))`)
	for _, t := range []string{"gpkg_metadata", "gpkg_metadata_reference"} {
		f.extension(t, nil, "gpkg_metadata", "http://www.geopackage.org/spec120/#extension_metadata", "read-write")
	}
	f.exec(`INSERT INTO gpkg_metadata VALUES (1, 'dataset', 'https://github.com/covgap/covgap', ?, ?)`, f.options.MetadataMIME, f.options.Metadata)
	f.exec(`INSERT INTO gpkg_metadata_reference VALUES ('geopackage', NULL, NULL, NULL, ?, 1, NULL)`, f.changed())
}

func (f *File) extension(tableName string, column any, name, definition, scope string) {
	f.exec(`INSERT INTO gpkg_extensions VALUES (?, ?, ?, ?, ?)`, tableName, column, name, definition, scope)
}

// Writer writes the records of one layer. It keeps 24 bytes a record in memory, for the
// R-tree, until the layer is closed.
type Writer struct {
	file    *File
	layer   Layer
	rows    *inserter
	id      int64
	bound   orb.Bound
	indexed []entry // for the R-tree
	blob    bytes.Buffer
}

var _ table.Writer = (*Writer)(nil)

func (w *Writer) rtree() string { return "rtree_" + w.layer.Name + "_" + geometryColumn }

// Write adds a record; see [table.Writer]. A layer without geometry takes nil for it; so
// does any other, for a record that has none. Errors wrap table.ErrGeometry or
// table.ErrSchema, or are SQLite's, of this record or of one before.
func (w *Writer) Write(g orb.Geometry, values ...any) error {
	if w.file.err != nil {
		return w.file.err
	}
	if err := w.write(g, values); err != nil {
		w.file.err = fmt.Errorf("gpkg: layer %s, record %d: %w", w.layer.Name, w.id+1, err)
	}
	return w.file.err
}

func (w *Writer) write(g orb.Geometry, values []any) (err error) {
	b := w.rows.batch()
	var bound orb.Bound
	switch {
	case w.layer.Geometry == NoGeometry && g != nil:
		return fmt.Errorf("%w: %s in a layer without geometry", table.ErrGeometry, g.GeoJSONType())
	case w.layer.Geometry == NoGeometry:
	case g == nil:
		b.values = append(b.values, nil)
	default:
		if bound, err = w.encode(g); err != nil {
			return err
		}
		b.values = append(b.values, b.keep(w.blob.Bytes()))
	}
	if b.values, err = table.Values(b.values, w.layer.Columns, values); err != nil {
		return err
	}
	w.id++ // as SQLite counts the rows of a new table
	if g != nil {
		w.indexed = append(w.indexed, newEntry(w.id, bound))
		w.bound = w.bound.Union(bound)
	}
	return w.rows.end()
}

// encode puts a geometry into w.blob as section 2.1.3 of the standard has it: a
// header with the envelope, which a point goes without, then well-known binary.
func (w *Writer) encode(g orb.Geometry) (orb.Bound, error) {
	multi := strings.HasPrefix(string(w.layer.Geometry), "MULTI")
	g, err := table.Normalise(g, multi)
	if err != nil {
		return orb.Bound{}, err
	}
	if kind := g.GeoJSONType(); !strings.EqualFold(kind, string(w.layer.Geometry)) {
		return orb.Bound{}, fmt.Errorf("%w: %s in a layer of %s", table.ErrGeometry, kind, w.layer.Geometry)
	}
	b := g.Bound()
	const littleEndian, envelopeXY = 1, 1 << 1
	flags := byte(littleEndian)
	if w.layer.Geometry != Point {
		flags |= envelopeXY
	}
	w.blob.Reset()
	head := append(w.blob.AvailableBuffer(), 'G', 'P', 0, flags)
	head = binary.LittleEndian.AppendUint32(head, 4326)
	if w.layer.Geometry != Point {
		for _, v := range [...]float64{b.Min[0], b.Max[0], b.Min[1], b.Max[1]} {
			head = binary.LittleEndian.AppendUint64(head, math.Float64bits(v))
		}
	}
	w.blob.Write(head)
	if err := wkb.NewEncoder(&w.blob).SetByteOrder(binary.LittleEndian).Encode(g); err != nil {
		return orb.Bound{}, fmt.Errorf("%w: %w", table.ErrGeometry, err)
	}
	return b, nil
}

// Close finishes the layer.
func (w *Writer) Close() error {
	f := w.file
	if f.open != w {
		return fmt.Errorf("gpkg: layer %s is closed already", w.layer.Name)
	}
	f.open = nil
	if err := w.rows.close(); f.err == nil && err != nil {
		f.err = fmt.Errorf("gpkg: layer %s: %w", w.layer.Name, err)
	}
	l := &w.layer
	title := l.Title
	if title == "" {
		title = l.Name
	}
	if l.Geometry == NoGeometry {
		f.exec(`INSERT INTO gpkg_contents (table_name, data_type, identifier, description, last_change, srs_id) VALUES (?, 'attributes', ?, ?, ?, 0)`,
			l.Name, title, l.About, f.changed())
	} else {
		var min, max [2]any // null for a layer without records
		if w.bound.Min[0] <= w.bound.Max[0] {
			min, max = [2]any{w.bound.Min[0], w.bound.Min[1]}, [2]any{w.bound.Max[0], w.bound.Max[1]}
		}
		f.exec(`INSERT INTO gpkg_contents VALUES (?, 'features', ?, ?, ?, ?, ?, ?, ?, 4326)`,
			l.Name, title, l.About, f.changed(), min[0], min[1], max[0], max[1])
		f.exec(`INSERT INTO gpkg_geometry_columns VALUES (?, ?, ?, 4326, 0, 0)`, l.Name, geometryColumn, string(l.Geometry))
		if f.err == nil {
			f.err = w.pack(w.indexed)
		}
		f.extension(l.Name, geometryColumn, "gpkg_rtree_index", "http://www.geopackage.org/spec120/#extension_rtree", "write-only")
		for _, statement := range rtreeTriggers(l.Name) {
			f.exec(statement)
		}
	}
	w.label()
	if len(l.Styles) > 0 {
		f.styles = append(f.styles, *l)
	}
	return f.err
}

// label writes what people read in place of the columns' names (the schema
// extension, requirement 103 and following).
func (w *Writer) label() {
	f, seen := w.file, map[string]bool{"": true}
	for _, c := range w.layer.Columns {
		if seen[c.Label] { // the standard wants each once
			continue
		}
		seen[c.Label] = true
		if !f.titles {
			f.titles = true
			f.exec(`CREATE TABLE gpkg_data_columns (table_name TEXT NOT NULL, column_name TEXT NOT NULL, name TEXT, title TEXT, description TEXT, mime_type TEXT, constraint_name TEXT, CONSTRAINT pk_gdc PRIMARY KEY (table_name, column_name), CONSTRAINT gdc_tn UNIQUE (table_name, name))`)
			f.exec(`CREATE TABLE gpkg_data_column_constraints (constraint_name TEXT NOT NULL, constraint_type TEXT NOT NULL, value TEXT, min NUMERIC, min_is_inclusive BOOLEAN, max NUMERIC, max_is_inclusive BOOLEAN, description TEXT, CONSTRAINT gdcc_ntv UNIQUE (constraint_name, constraint_type, value))`)
			for _, t := range []string{"gpkg_data_columns", "gpkg_data_column_constraints"} {
				f.extension(t, nil, "gpkg_schema", "http://www.geopackage.org/spec120/#extension_schema", "read-write")
			}
		}
		f.exec(`INSERT INTO gpkg_data_columns (table_name, column_name, name, title) VALUES (?, ?, ?, ?)`, w.layer.Name, c.Name, c.Label, c.Label)
	}
}

// rtreeTriggers keep the R-tree true when others change the layer: annex F.3 of the
// standard, word for word but for the names.
func rtreeTriggers(layer string) []string {
	replace := strings.NewReplacer("<t>", layer, "<c>", geometryColumn, "<i>", idColumn)
	out := []string{
		`CREATE TRIGGER "rtree_<t>_<c>_insert" AFTER INSERT ON "<t>" WHEN (new."<c>" NOT NULL AND NOT ST_IsEmpty(NEW."<c>")) BEGIN INSERT OR REPLACE INTO "rtree_<t>_<c>" VALUES (NEW."<i>", ST_MinX(NEW."<c>"), ST_MaxX(NEW."<c>"), ST_MinY(NEW."<c>"), ST_MaxY(NEW."<c>")); END`,
		`CREATE TRIGGER "rtree_<t>_<c>_update1" AFTER UPDATE OF "<c>" ON "<t>" WHEN OLD."<i>" = NEW."<i>" AND (NEW."<c>" NOTNULL AND NOT ST_IsEmpty(NEW."<c>")) BEGIN INSERT OR REPLACE INTO "rtree_<t>_<c>" VALUES (NEW."<i>", ST_MinX(NEW."<c>"), ST_MaxX(NEW."<c>"), ST_MinY(NEW."<c>"), ST_MaxY(NEW."<c>")); END`,
		`CREATE TRIGGER "rtree_<t>_<c>_update2" AFTER UPDATE OF "<c>" ON "<t>" WHEN OLD."<i>" = NEW."<i>" AND (NEW."<c>" ISNULL OR ST_IsEmpty(NEW."<c>")) BEGIN DELETE FROM "rtree_<t>_<c>" WHERE id = OLD."<i>"; END`,
		`CREATE TRIGGER "rtree_<t>_<c>_update3" AFTER UPDATE ON "<t>" WHEN OLD."<i>" != NEW."<i>" AND (NEW."<c>" NOTNULL AND NOT ST_IsEmpty(NEW."<c>")) BEGIN DELETE FROM "rtree_<t>_<c>" WHERE id = OLD."<i>"; INSERT OR REPLACE INTO "rtree_<t>_<c>" VALUES (NEW."<i>", ST_MinX(NEW."<c>"), ST_MaxX(NEW."<c>"), ST_MinY(NEW."<c>"), ST_MaxY(NEW."<c>")); END`,
		`CREATE TRIGGER "rtree_<t>_<c>_update4" AFTER UPDATE ON "<t>" WHEN OLD."<i>" != NEW."<i>" AND (NEW."<c>" ISNULL OR ST_IsEmpty(NEW."<c>")) BEGIN DELETE FROM "rtree_<t>_<c>" WHERE id IN (OLD."<i>", NEW."<i>"); END`,
		`CREATE TRIGGER "rtree_<t>_<c>_delete" AFTER DELETE ON "<t>" WHEN old."<c>" NOT NULL BEGIN DELETE FROM "rtree_<t>_<c>" WHERE id = OLD."<i>"; END`,
	}
	for i := range out {
		out[i] = replace.Replace(out[i])
	}
	return out
}
