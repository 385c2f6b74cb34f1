package kml

import (
	"archive/zip"
	"bytes"
	"encoding/xml"
	"errors"
	"fmt"
	"html"
	"image"
	"image/color"
	"image/png"
	"io"
	"math"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/covgap/covgap/geo/table"
	"github.com/paulmach/orb"
	"github.com/twpayne/go-kml/v3"
)

// ErrOverlay says that a picture cannot be laid over the ground: it is no PNG, its
// bound is empty, or the document is no archive that could hold it.
var ErrOverlay = errors.New("kml: overlay cannot be written")

// Style is how placemarks look: points as a disc of the colour, lines and outlines in
// it, areas filled with it.
type Style struct {
	ID      string // letters, digits, hyphens and underscores
	Color   color.NRGBA
	Fill    color.NRGBA // of areas; transparent for outlines only
	WidthPx float64     // of lines and outlines; 0 for 1
}

// Options of a [Document].
type Options struct {
	Name, About string // what people read
	Styles      []Style
	Yes, No     string    // how balloons say true and false; "" for yes and no
	Modified    time.Time // of the entries of an archive
}

// Layer is a folder of placemarks, or one for each value of a column.
type Layer struct {
	table.Layer
	NameColumn   string // whose value names the placemark
	FolderColumn string // a folder for each of its values; "" for one of all

	// Folders are the values of FolderColumn that are known beforehand, in their
	// order; others follow in order of appearance, without a style. Without
	// FolderColumn the first is the style of all.
	Folders []Folder
}

// Folder is a value of a layer's FolderColumn.
type Folder struct {
	Value  string
	Title  string // what people read; "" for the value
	Style  string // ID of a style; "" for none
	Hidden bool   // not drawn until the reader asks for it
}

// Document is a KML document that is being written, one layer after the other. It is
// kept in memory until Close, since records go to their folders.
type Document struct {
	w          io.Writer
	archive    *zip.Writer // nil for a loose document
	options    Options
	head, body bytes.Buffer
	pictures   []picture
	open       *Writer
	err        error // the first; nothing is written after it
}

type picture struct {
	name string
	png  []byte
}

// disc is the name of the picture of points in an archive: white, so that a style's
// colour tints it.
const disc = "files/disc.png"

// NewDocument begins a loose document. Its points wear the reader's own pin.
func NewDocument(w io.Writer, options Options) (*Document, error) {
	d := &Document{w: w, options: options}
	return d, d.begin()
}

// NewArchive begins a KMZ archive, which holds its pictures: nothing in it is loaded
// from elsewhere.
func NewArchive(w io.Writer, options Options) (*Document, error) {
	var b bytes.Buffer
	if err := png.Encode(&b, discImage()); err != nil {
		return nil, fmt.Errorf("kml: %w", err)
	}
	d := &Document{archive: zip.NewWriter(w), options: options, pictures: []picture{{disc, b.Bytes()}}}
	return d, d.begin()
}

func (d *Document) entry(name string) (io.Writer, error) {
	return d.archive.CreateHeader(&zip.FileHeader{Name: name, Method: zip.Deflate, Modified: d.options.Modified})
}

// discImage is a white disc with a soft edge.
func discImage() image.Image {
	const side, radius = 32, 13.0
	m := image.NewNRGBA(image.Rect(0, 0, side, side))
	for y := range side {
		for x := range side {
			r := math.Hypot(float64(x)-side/2+0.5, float64(y)-side/2+0.5)
			m.SetNRGBA(x, y, color.NRGBA{255, 255, 255, uint8(255 * min(1, max(0, radius-r)))})
		}
	}
	return m
}

func (d *Document) begin() error {
	d.head.WriteString(xml.Header + `<kml xmlns="http://www.opengis.net/kml/2.2"><Document>`)
	elements := []kml.Element{kml.Name(d.options.Name), kml.Open(true)}
	if d.options.About != "" {
		elements = append(elements, kml.Description(d.options.About))
	}
	for _, s := range d.options.Styles {
		if !simple(s.ID) {
			return fmt.Errorf("kml: %w: style %q", table.ErrSchema, s.ID)
		}
		icon := kml.IconStyle(kml.Color(straight(s.Color)), kml.Scale(0.8))
		if d.archive != nil {
			icon.Add(kml.Icon(kml.Href(disc)))
		}
		elements = append(elements, kml.SharedStyle(s.ID, icon, kml.LabelStyle(kml.Scale(0.8)),
			kml.LineStyle(kml.Color(straight(s.Color)), kml.Width(max(s.WidthPx, 1))),
			kml.PolyStyle(kml.Color(straight(s.Fill)), kml.Fill(s.Fill.A > 0))))
	}
	return put(&d.head, elements...)
}

// straight is a colour as KML has it: not multiplied with its opacity.
type straight color.NRGBA

func (c straight) RGBA() (r, g, b, a uint32) {
	return uint32(c.R) * 0x101, uint32(c.G) * 0x101, uint32(c.B) * 0x101, uint32(c.A) * 0x101
}

func put(b *bytes.Buffer, elements ...kml.Element) error {
	for _, e := range elements {
		if err := xml.NewEncoder(b).Encode(e); err != nil {
			return fmt.Errorf("kml: %w", err)
		}
	}
	return nil
}

// simple says whether s can be an XML name and the end of a URL.
func simple(s string) bool {
	for i, r := range s {
		letter := r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r == '_'
		if !letter && (i == 0 || r != '-' && (r < '0' || r > '9')) {
			return false
		}
	}
	return s != ""
}

// Overlay is a picture that lies on the ground.
type Overlay struct {
	Name, About string
	PNG         []byte
	Bound       orb.Bound // of its edges, in longitude and latitude; north is up
	Hidden      bool      // not drawn until the reader asks for it
}

// Overlay adds a picture. The document must be an archive, and no layer open.
func (d *Document) Overlay(o Overlay) error {
	if d.err != nil {
		return d.err
	}
	config, err := png.DecodeConfig(bytes.NewReader(o.PNG))
	switch b := o.Bound; {
	case err != nil:
		return fmt.Errorf("%w: %w", ErrOverlay, err)
	case d.archive == nil:
		return fmt.Errorf("%w: a loose document", ErrOverlay)
	case d.open != nil:
		return fmt.Errorf("%w: layer %s is open", ErrOverlay, d.open.layer.Name)
	case config.Width == 0 || config.Height == 0,
		!(b.Min[0] >= -180 && b.Max[0] <= 180 && b.Min[1] >= -90 && b.Max[1] <= 90 && b.Min[0] < b.Max[0] && b.Min[1] < b.Max[1]):
		return fmt.Errorf("%w: %d by %d samples within %v", ErrOverlay, config.Width, config.Height, b)
	}
	name := fmt.Sprintf("files/overlay-%d.png", len(d.pictures))
	d.pictures = append(d.pictures, picture{name, o.PNG})
	d.err = put(&d.body, kml.GroundOverlay(kml.Name(o.Name), kml.Visibility(!o.Hidden), kml.Description(o.About), kml.DrawOrder(0), kml.Icon(kml.Href(name)),
		kml.LatLonBox(kml.North(o.Bound.Max[1]), kml.South(o.Bound.Min[1]), kml.East(o.Bound.Max[0]), kml.West(o.Bound.Min[0]))))
	return d.err
}

// Close writes the document. It does not close what it writes to.
func (d *Document) Close() error {
	if d.err == nil && d.open != nil {
		d.err = fmt.Errorf("kml: closed before layer %s", d.open.layer.Name)
	}
	if d.err != nil {
		return d.err
	}
	if err := d.close(); err != nil {
		d.err = fmt.Errorf("kml: %w", err)
		return d.err
	}
	d.err = errors.New("kml: write after Close")
	return nil
}

func (d *Document) close() (err error) {
	w := d.w
	if d.archive != nil {
		if w, err = d.entry("doc.kml"); err != nil {
			return err
		}
	}
	d.body.WriteString("</Document></kml>\n")
	for _, part := range []*bytes.Buffer{&d.head, &d.body} {
		if _, err := part.WriteTo(w); err != nil {
			return err
		}
	}
	if d.archive == nil {
		return nil
	}
	for _, p := range d.pictures {
		w, err := d.entry(p.name)
		if err != nil {
			return err
		}
		if _, err := w.Write(p.png); err != nil {
			return err
		}
	}
	return d.archive.Close()
}

// Writer writes the placemarks of one layer.
type Writer struct {
	document *Document
	layer    Layer
	name     int // of NameColumn, -1 for none
	by       int // of FolderColumn, -1 for none
	folders  []Folder
	bodies   []*bytes.Buffer // of the folders
	at       map[string]int
	rows     int
	values   []any
}

var _ table.Writer = (*Writer)(nil)

var fieldTypes = map[table.Type]string{
	table.String: "string", table.Integer: "int", table.Number: "double", table.Boolean: "bool", table.Date: "string",
}

// Layer begins a layer; the one before must be closed. The error wraps table.ErrSchema.
func (d *Document) Layer(l Layer) (*Writer, error) {
	if d.err != nil {
		return nil, d.err
	}
	if d.open != nil {
		return nil, fmt.Errorf("kml: layer %s begun before %s is closed", l.Name, d.open.layer.Name)
	}
	if err := l.Validate(); err != nil {
		return nil, fmt.Errorf("kml: %w", err)
	}
	w := &Writer{document: d, layer: l, name: -1, by: -1, at: map[string]int{}}
	for i, c := range l.Columns {
		if c.Name == l.NameColumn {
			w.name = i
		}
		if c.Name == l.FolderColumn {
			w.by = i
		}
	}
	if w.name < 0 && l.NameColumn != "" || w.by < 0 && l.FolderColumn != "" {
		return nil, fmt.Errorf("kml: %w: layer %s has no column %q or %q", table.ErrSchema, l.Name, l.NameColumn, l.FolderColumn)
	}
	for _, f := range l.Folders {
		if f.Style != "" && !slices.ContainsFunc(d.options.Styles, func(s Style) bool { return s.ID == f.Style }) {
			return nil, fmt.Errorf("kml: %w: layer %s: no style %q", table.ErrSchema, l.Name, f.Style)
		}
		w.folder(f)
	}
	if len(w.folders) == 0 && w.by < 0 {
		w.folder(Folder{})
	}
	d.open = w
	return w, nil
}

// schemaID names the schema of a folder.
func (w *Writer) schemaID(folder int) string { return fmt.Sprintf("%s-%d", w.layer.Name, folder+1) }

func (w *Writer) schema(folder int) kml.Element {
	id := w.schemaID(folder)
	schema := kml.NamedSchema(id, id)
	for _, c := range w.layer.Columns {
		field := kml.SimpleField(c.Name, fieldTypes[c.Type])
		if c.Label != "" {
			field.Add(kml.DisplayName(c.Label))
		}
		schema.Add(field)
	}
	return schema
}

func (w *Writer) folder(f Folder) int {
	if f.Title == "" {
		f.Title = f.Value
	}
	i := len(w.folders)
	w.at[f.Value] = i
	w.folders, w.bodies = append(w.folders, f), append(w.bodies, &bytes.Buffer{})
	return i
}

// Write adds a placemark; see [table.Writer]. The geometry may be nil. Missing values
// are left out.
func (w *Writer) Write(g orb.Geometry, values ...any) error {
	if w.document.err != nil {
		return w.document.err
	}
	w.rows++
	if err := w.write(g, values); err != nil {
		w.document.err = fmt.Errorf("kml: layer %s, record %d: %w", w.layer.Name, w.rows, err)
	}
	return w.document.err
}

func (w *Writer) write(g orb.Geometry, values []any) (err error) {
	if w.values, err = table.Values(w.values[:0], w.layer.Columns, values); err != nil {
		return err
	}
	into := 0
	if w.by >= 0 {
		value := text(w.values[w.by])
		var ok bool
		if into, ok = w.at[value]; !ok {
			into = w.folder(Folder{Value: value})
		}
	}
	p := kml.Placemark()
	if w.name >= 0 {
		p.Add(kml.Name(text(w.values[w.name])))
	}
	if w.folders[into].Hidden {
		p.Add(kml.Visibility(false))
	}
	p.Add(kml.Description(w.balloon()))
	if s := w.folders[into].Style; s != "" {
		p.Add(kml.StyleURL("#" + s))
	}
	data := kml.SchemaData("#" + w.schemaID(into))
	for i, v := range w.values {
		if v != nil {
			data.Add(kml.SimpleData(w.layer.Columns[i].Name, text(v)))
		}
	}
	p.Add(kml.ExtendedData(data))
	if g != nil {
		if g, err = table.Normalise(g, false); err != nil {
			return err
		}
		p.Add(element(g))
	}
	return put(w.bodies[into], p)
}

// balloon is what a click on the placemark shows: its values with their labels. Many
// readers show nothing else.
func (w *Writer) balloon() string {
	var b strings.Builder
	for i, v := range w.values {
		if v == nil || i == w.name {
			continue
		}
		c := &w.layer.Columns[i]
		label, value := c.Label, text(v)
		if label == "" {
			label = c.Name
		}
		switch v {
		case true:
			value = orElse(w.document.options.Yes, "yes")
		case false:
			value = orElse(w.document.options.No, "no")
		}
		fmt.Fprintf(&b, "<b>%s</b>: %s<br>", html.EscapeString(label), html.EscapeString(value))
	}
	return b.String()
}

func orElse(s, other string) string {
	if s == "" {
		return other
	}
	return s
}

// text gives a value as [table.Column.Value] has it as text.
func text(v any) string {
	switch v := v.(type) {
	case string:
		// XML 1.0 has no control characters but these.
		return strings.Map(func(r rune) rune {
			if r < ' ' && r != '\t' && r != '\n' && r != '\r' || r == 0xFFFE || r == 0xFFFF {
				return -1
			}
			return r
		}, v)
	case int64:
		return strconv.FormatInt(v, 10)
	case float64:
		return strconv.FormatFloat(v, 'f', -1, 64)
	case bool:
		if v {
			return "1" // as XML Schema allows, and GDAL wants it
		}
		return "0"
	}
	return ""
}

// element gives a geometry.
func element(g orb.Geometry) kml.Element {
	switch g := g.(type) {
	case orb.Point:
		return kml.Point(coordinateList(g))
	case orb.LineString:
		return kml.LineString(kml.Tessellate(true), coordinateList(g...))
	case orb.Polygon:
		p := kml.Polygon(kml.Tessellate(true))
		for i, r := range g {
			ring := kml.LinearRing(coordinateList(r...))
			if i == 0 {
				p.Add(kml.OuterBoundaryIs(ring))
			} else {
				p.Add(kml.InnerBoundaryIs(ring))
			}
		}
		return p
	case orb.MultiPoint:
		return multi(g, func(p orb.Point) orb.Geometry { return p })
	case orb.MultiLineString:
		return multi(g, func(l orb.LineString) orb.Geometry { return l })
	case orb.MultiPolygon:
		return multi(g, func(p orb.Polygon) orb.Geometry { return p })
	}
	return nil
}

func multi[T any](parts []T, geometry func(T) orb.Geometry) kml.Element {
	m := kml.MultiGeometry()
	for _, p := range parts {
		m.Add(element(geometry(p)))
	}
	return m
}

// coordinateList rounds positions to a millionth of a degree, as GeoJSON has them.
func coordinateList(points ...orb.Point) kml.Element {
	list := make([]kml.Coordinate, len(points))
	for i, p := range points {
		list[i] = kml.Coordinate{Lon: math.Round(p[0]*1e6) / 1e6, Lat: math.Round(p[1]*1e6) / 1e6}
	}
	return kml.Coordinates(list...)
}

// Close finishes the layer.
func (w *Writer) Close() error {
	d := w.document
	if d.open != w {
		return fmt.Errorf("kml: layer %s is closed already", w.layer.Name)
	}
	d.open = nil
	if d.err != nil {
		return d.err
	}
	title := orElse(w.layer.Title, w.layer.Name)
	if w.by >= 0 {
		d.body.WriteString("<Folder>")
		d.err = put(&d.body, kml.Name(title), kml.Description(w.layer.About))
	}
	for i, f := range w.folders {
		if w.by >= 0 {
			title = f.Title
		}
		// A document in the document is a folder to people, and for GDAL, and with it
		// QGIS, the only place in an archive where it finds the types of values.
		d.body.WriteString("<Document>")
		if err := put(&d.body, kml.Name(title), kml.Visibility(!f.Hidden), kml.Description(w.layer.About), w.schema(i)); err != nil && d.err == nil {
			d.err = err
		}
		_, _ = w.bodies[i].WriteTo(&d.body) // memory takes all
		d.body.WriteString("</Document>\n")
	}
	if w.by >= 0 {
		d.body.WriteString("</Folder>\n")
	}
	return d.err
}
