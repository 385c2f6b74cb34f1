// Package kml reads and writes KML 2.2 and KMZ, the zipped form of it (OGC 07-147r2,
// 12-007r2): the placemarks of Google Earth and of many telephones.
package kml

import (
	"archive/zip"
	"bufio"
	"bytes"
	"context"
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"iter"
	"math"
	"path"
	"slices"
	"strconv"
	"strings"

	"github.com/covgap/covgap/geo"
	"github.com/paulmach/orb"
)

// Errors of reading. Each arrives inside a [*geo.InputError].
var (
	ErrFormat  = errors.New("kml: not readable")
	ErrFeature = errors.New("kml: unusable placemark") // of one placemark; reading goes on
)

// Limits, so that a small file cannot fill the memory.
const (
	maxDepth        = 100
	maxFields       = 1000 // of a placemark
	maxSchemaFields = 100_000
	maxPlacemark    = 32 << 20 // bytes of text
	maxKMLInKMZ     = 4 << 30  // bytes, unpacked
	maxKMZPackRate  = 1000     // bytes unpacked for each packed one
)

// Read gives the placemarks of a KML document in file order: name, description, the
// folders they stand in (folder, joined by " / "), and their extended data, as text
// but for what a schema types. Several geometries of one kind become one multi geometry. An error that wraps
// ErrFeature concerns one placemark, and reading goes on; any other is the last.
func Read(ctx context.Context, r io.Reader, file string) iter.Seq2[geo.Feature, error] {
	return func(yield func(geo.Feature, error) bool) {
		limited := &tokenReader{r: bufio.NewReader(r)}
		d := &decoder{x: xml.NewDecoder(limited), limited: limited, file: file, yield: yield}
		if err := d.document(ctx); err != nil && !errors.Is(err, errStopped) {
			yield(geo.Feature{}, err)
		}
	}
}

// ReadKMZ reads the first KML document of a KMZ archive, which is the main one.
func ReadKMZ(ctx context.Context, r io.ReaderAt, size int64, file string) iter.Seq2[geo.Feature, error] {
	return func(yield func(geo.Feature, error) bool) {
		fail := func(found string, err error) {
			yield(geo.Feature{}, &geo.InputError{Pos: geo.Position{File: file}, Found: found, Expected: "a KMZ archive with a KML document", Err: fmt.Errorf("%w: %w", ErrFormat, err)})
		}
		archive, err := zip.NewReader(r, size)
		if err != nil {
			fail("a broken archive", err)
			return
		}
		for _, f := range archive.File {
			if !strings.EqualFold(path.Ext(f.Name), ".kml") {
				continue
			}
			if f.UncompressedSize64 > maxKMLInKMZ || f.UncompressedSize64 > maxKMZPackRate*(f.CompressedSize64+1) {
				fail(fmt.Sprintf("%s, which unpacks from %d to %d bytes", f.Name, f.CompressedSize64, f.UncompressedSize64), errors.New("too large"))
				return
			}
			body, err := f.Open()
			if err != nil {
				fail(f.Name, err)
				return
			}
			defer func() { _ = body.Close() }()
			Read(ctx, io.LimitReader(body, int64(f.UncompressedSize64)), file+"/"+f.Name)(yield)
			return
		}
		fail("an archive without one", errors.New("no .kml in it"))
	}
}

var errStopped = errors.New("kml: stopped")

// tokenReader ends a document whose tag or text goes on for longer than a placemark
// may: the XML decoder holds each in memory. As a [io.ByteReader] it is not read ahead.
type tokenReader struct {
	r    *bufio.Reader
	left int
}

var errToken = errors.New("a tag or text of more than 32 MiB")

func (t *tokenReader) ReadByte() (byte, error) {
	if t.left--; t.left < 0 {
		return 0, errToken
	}
	return t.r.ReadByte()
}

func (t *tokenReader) Read([]byte) (int, error) { return 0, errors.ErrUnsupported }

type decoder struct {
	x       *xml.Decoder
	limited *tokenReader
	file    string
	yield   func(geo.Feature, error) bool

	depth   int
	folders []string // of the folders around, "" for those without a name yet
	inside  []string // local names of the open elements
	count   int
	link    string // first href of a network link

	types  map[string]map[string]geo.Kind // of the columns of schemas, by id and name
	fields int                            // in types
}

func (d *decoder) pos() geo.Position {
	line, column := d.x.InputPos()
	return geo.Position{File: d.file, Line: line, Column: column, Feature: d.count}
}

func (d *decoder) fail(found string, err error) error {
	return &geo.InputError{Pos: d.pos(), Found: found, Expected: "a KML document (.kml, .kmz)", Err: fmt.Errorf("%w: %w", ErrFormat, err)}
}

// token gives the next token and keeps count of the depth.
func (d *decoder) token() (xml.Token, error) {
	d.limited.left = maxPlacemark
	t, err := d.x.Token()
	if err != nil {
		if errors.Is(err, io.EOF) {
			return nil, io.EOF
		}
		return nil, d.fail("broken XML", err)
	}
	switch t.(type) {
	case xml.StartElement:
		if d.depth++; d.depth > maxDepth {
			return nil, d.fail(fmt.Sprintf("elements nested deeper than %d", maxDepth), errors.New("too deep"))
		}
	case xml.EndElement:
		d.depth--
	}
	return t, nil
}

func (d *decoder) document(ctx context.Context) error {
	root := false
	for {
		t, err := d.token()
		if errors.Is(err, io.EOF) {
			if !root {
				return d.fail("no elements", errors.New("empty"))
			}
			if d.count == 0 && d.link != "" {
				return &geo.InputError{Pos: geo.Position{File: d.file}, Found: fmt.Sprintf("no placemark, only links to other files, the first %q", d.link), Expected: "placemarks",
					Hint: "links are not followed: save the places into one file, ogr2ogr -f GPKG out.gpkg in.kmz", Err: fmt.Errorf("%w: only links", ErrFormat)}
			}
			return nil
		} else if err != nil {
			return err
		}
		switch e := t.(type) {
		case xml.StartElement:
			name := e.Name.Local
			if !root {
				if root = true; name != "kml" && name != "Document" && name != "Folder" && name != "Placemark" {
					return d.fail(fmt.Sprintf("an XML document of <%s>", name), errors.New("other XML"))
				}
			}
			switch {
			case name == "Placemark":
				if err := ctx.Err(); err != nil {
					return err
				}
				if err := d.placemark(e); err != nil {
					return err
				}
				continue
			case name == "href" && d.link == "" && slices.Contains(d.inside, "NetworkLink"):
				text, err := d.text()
				if err != nil {
					return err
				}
				d.link = text
				continue
			case name == "Schema":
				if err := d.schema(e); err != nil {
					return err
				}
				continue
			case name == "Folder", name == "Document" && slices.Contains(d.inside, "Document"):
				d.folders = append(d.folders, "")
				name = "Folder" // what a document in a document is to people
			case name == "name" && len(d.inside) > 0 && d.inside[len(d.inside)-1] == "Folder":
				text, err := d.text()
				if err != nil {
					return err
				}
				d.folders[len(d.folders)-1] = text
				continue
			}
			d.inside = append(d.inside, name)
		case xml.EndElement:
			if len(d.inside) > 0 {
				if d.inside[len(d.inside)-1] == "Folder" {
					d.folders = d.folders[:len(d.folders)-1]
				}
				d.inside = d.inside[:len(d.inside)-1]
			}
		}
	}
}

// kinds of the types of a schema's columns; those of others are text.
var kinds = map[string]geo.Kind{
	"int": geo.Number, "uint": geo.Number, "short": geo.Number, "ushort": geo.Number, "float": geo.Number, "double": geo.Number, "bool": geo.Bool,
}

// schema reads the types of columns to the end of the element.
func (d *decoder) schema(start xml.StartElement) error {
	types := map[string]geo.Kind{}
	if d.types == nil {
		d.types = map[string]map[string]geo.Kind{}
	}
	d.types["#"+attribute(start, "id")] = types
	for end := d.depth; ; {
		t, err := d.token()
		if errors.Is(err, io.EOF) {
			return d.fail("a document that ends inside a schema", err)
		} else if err != nil {
			return err
		}
		switch e := t.(type) {
		case xml.EndElement:
			if d.depth < end {
				return nil
			}
		case xml.StartElement:
			if d.fields++; d.fields > maxSchemaFields {
				return d.fail(fmt.Sprintf("more than %d columns in schemas", maxSchemaFields), errors.New("too many"))
			}
			if e.Name.Local == "SimpleField" {
				types[attribute(e, "name")] = kinds[attribute(e, "type")]
			}
		}
	}
}

func attribute(e xml.StartElement, name string) string {
	for _, a := range e.Attr {
		if a.Name.Local == name {
			return a.Value
		}
	}
	return ""
}

// typed gives a value the kind that its schema says, if it is of it.
func typed(value string, kind geo.Kind) (string, geo.Kind) {
	switch kind {
	case geo.Number:
		if v, err := strconv.ParseFloat(value, 64); err == nil && !math.IsInf(v, 0) && !math.IsNaN(v) {
			return value, geo.Number
		}
	case geo.Bool:
		if v, err := strconv.ParseBool(value); err == nil {
			return strconv.FormatBool(v), geo.Bool
		}
	}
	return value, geo.Text
}

// text gives the text up to the end of the element just begun.
func (d *decoder) text() (string, error) {
	var b strings.Builder
	for depth := d.depth; ; {
		t, err := d.token()
		if errors.Is(err, io.EOF) {
			return "", d.fail("a document that ends inside an element", err)
		} else if err != nil {
			return "", err
		}
		if c, ok := t.(xml.CharData); ok {
			if b.Len()+len(c) > maxPlacemark {
				return "", d.fail("a text of more than 32 MiB", errors.New("too large"))
			}
			b.Write(c)
		}
		if _, ok := t.(xml.EndElement); ok && d.depth < depth {
			return strings.TrimSpace(b.String()), nil
		}
	}
}

// placemark reads to its end and hands it on.
func (d *decoder) placemark(start xml.StartElement) error {
	d.count++
	f := geo.Feature{Pos: d.pos()}
	for _, a := range start.Attr {
		if a.Name.Local == "id" {
			f.ID = a.Value
		}
	}
	add := func(name, value string, kind geo.Kind) {
		if name == "" || len(f.Fields) >= maxFields {
			return
		}
		line, column := d.x.InputPos()
		// Data of the name of an element, such as name itself, say more than it.
		for i := range f.Fields {
			if f.Fields[i].Name == name {
				f.Fields[i] = geo.Field{Name: name, Value: value, Kind: kind, Line: line, Column: column}
				return
			}
		}
		f.Fields = append(f.Fields, geo.Field{Name: name, Value: value, Kind: kind, Line: line, Column: column})
	}
	var parts []orb.Geometry
	var broken error
	data := ""                    // the name of the Data element around
	var types map[string]geo.Kind // of the SchemaData element around
	for end := d.depth; ; {
		t, err := d.token()
		if errors.Is(err, io.EOF) {
			return d.fail("a document that ends inside a placemark", err)
		} else if err != nil {
			return err
		}
		switch e := t.(type) {
		case xml.EndElement:
			if d.depth < end {
				return d.hand(f, parts, broken)
			}
		case xml.StartElement:
			switch name := e.Name.Local; name {
			case "name", "description":
				if d.depth != end+1 {
					continue
				}
				text, err := d.text()
				if err != nil {
					return err
				}
				add(name, text, geo.Text)
			case "Data":
				data = attribute(e, "name")
			case "SchemaData":
				types = d.types[attribute(e, "schemaUrl")]
			case "value", "SimpleData":
				text, err := d.text()
				if err != nil {
					return err
				}
				kind := geo.Text
				if name == "SimpleData" {
					data = attribute(e, "name")
					text, kind = typed(text, types[data])
				}
				add(data, text, kind)
			case "Point", "LineString", "LinearRing", "Polygon":
				g, err := d.geometry(name)
				if errors.Is(err, ErrFeature) {
					broken = err
				} else if err != nil {
					return err
				}
				parts = append(parts, g)
			}
		}
	}
}

func (d *decoder) hand(f geo.Feature, parts []orb.Geometry, err error) error {
	var folders []string
	for _, name := range d.folders {
		if name != "" {
			folders = append(folders, name)
		}
	}
	if _, taken := f.Field("folder"); len(folders) > 0 && !taken {
		f.Fields = append(f.Fields, geo.Field{Name: "folder", Value: strings.Join(folders, " / "), Kind: geo.Text, Line: f.Pos.Line, Column: f.Pos.Column})
	}
	if err == nil {
		f.Geometry = join(parts)
	}
	if err != nil {
		err = &geo.InputError{Pos: f.Pos, Found: err.Error(), Expected: "longitude,latitude pairs within ±180°, ±90°", Err: ErrFeature}
	}
	if !d.yield(f, err) {
		return errStopped
	}
	return nil
}

// join gives the geometry of a placemark: none, its only one, a multi geometry, or where
// they are of several kinds a collection.
func join(parts []orb.Geometry) orb.Geometry {
	if len(parts) == 0 {
		return nil
	}
	if len(parts) == 1 {
		return parts[0]
	}
	if g, ok := geo.Multi(parts); ok {
		return g
	}
	return orb.Collection(parts)
}

// geometry reads a geometry to the end of its element.
func (d *decoder) geometry(kind string) (orb.Geometry, error) {
	var rings []orb.Ring
	var line orb.LineString
	var broken error
	for end := d.depth; ; {
		t, err := d.token()
		if errors.Is(err, io.EOF) {
			return nil, d.fail("a document that ends inside a geometry", err)
		} else if err != nil {
			return nil, err
		}
		if _, ok := t.(xml.EndElement); ok && d.depth < end {
			break
		}
		if e, ok := t.(xml.StartElement); ok && e.Name.Local == "coordinates" {
			text, err := d.text()
			if err != nil {
				return nil, err
			}
			if line, err = coordinates(text); err != nil {
				broken = err
			}
			if kind == "Polygon" {
				rings = append(rings, orb.Ring(line))
			}
		}
	}
	if broken != nil {
		return nil, broken
	}
	switch {
	case kind == "Point" && len(line) == 1:
		return line[0], nil
	case kind == "LineString" && len(line) >= 2, kind == "LinearRing" && len(line) >= 2:
		return line, nil
	case kind == "Polygon" && len(rings) > 0:
		for _, r := range rings {
			if len(r) < 4 || r[0] != r[len(r)-1] {
				return nil, fmt.Errorf("%w: a ring of %d positions that is not closed", ErrFeature, len(r))
			}
		}
		return orb.Polygon(rings), nil
	}
	return nil, fmt.Errorf("%w: a %s of %d positions", ErrFeature, kind, len(line))
}

// coordinates reads longitude,latitude[,altitude] tuples with blanks between them.
func coordinates(text string) (orb.LineString, error) {
	var line orb.LineString
	for _, tuple := range strings.Fields(text) {
		parts := strings.Split(tuple, ",")
		if len(parts) < 2 || len(parts) > 3 {
			return nil, fmt.Errorf("%w: %q", ErrFeature, tuple)
		}
		lon, err1 := strconv.ParseFloat(parts[0], 64)
		lat, err2 := strconv.ParseFloat(parts[1], 64)
		if err1 != nil || err2 != nil || !(lon >= -180 && lon <= 180) || !(lat >= -90 && lat <= 90) {
			return nil, fmt.Errorf("%w: %q", ErrFeature, tuple)
		}
		line = append(line, orb.Point{lon, lat})
	}
	return line, nil
}

// IsKML says whether a file that begins with head can be KML.
func IsKML(head []byte) bool {
	return bytes.Contains(head, []byte("<kml")) || bytes.Contains(head, []byte("opengis.net/kml"))
}
