package flatgeobuf

import (
	"bufio"
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"iter"
	"math"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/covgap/covgap/geo"
	"github.com/covgap/covgap/geo/crs"
)

// Limits, so that a small file cannot fill the memory.
const (
	maxHeaderBytes  = 16 << 20
	maxFeatureBytes = 64 << 20 // 4 million positions
)

// Table is a layer open for reading.
type Table struct {
	Layer   string
	Columns []string // of the header; features may bring their own
	CRS     string   // such as "EPSG:9210"; "" when the file names none that is known

	r       *bufio.Reader
	file    string
	kind    int
	columns []column
}

// Open reads the header of a file. The error is a [*geo.InputError].
func Open(r io.Reader, file string) (*Table, error) {
	t := &Table{r: bufio.NewReaderSize(r, 256<<10), file: file}
	var head [len(Magic) + 1]byte
	if _, err := io.ReadFull(t.r, head[:]); err != nil || string(head[:len(Magic)]) != Magic {
		return nil, t.fail("a file that does not begin as version 3 of the format does", errors.Join(err, errors.New("other magic")))
	}
	b, err := t.sized(maxHeaderBytes)
	if err != nil {
		return nil, t.fail("a cut or broken header", err)
	}
	skip, err := t.header(newFlat(b))
	if err != nil {
		return nil, err
	}
	// An index that the file does not hold ends here.
	if n, err := io.CopyN(io.Discard, t.r, skip); err != nil {
		return nil, t.fail(fmt.Sprintf("%d bytes of an index of %d", n, skip), err)
	}
	return t, nil
}

func (t *Table) fail(found string, err error) error {
	return &geo.InputError{Pos: geo.Position{File: t.file}, Found: found, Expected: "a FlatGeobuf (.fgb)", Err: fmt.Errorf("%w: %w", ErrFormat, err)}
}

// sized reads a FlatBuffer with its size in front. The error is io.EOF when nothing is
// left. What is read grows with what is there.
func (t *Table) sized(most int64) ([]byte, error) {
	var head [4]byte
	if _, err := io.ReadFull(t.r, head[:]); err != nil {
		return nil, err
	}
	size := int64(binary.LittleEndian.Uint32(head[:]))
	if size < 8 || size > most {
		return nil, fmt.Errorf("a table of %d bytes", size)
	}
	b, err := io.ReadAll(io.LimitReader(t.r, size))
	if err == nil && int64(len(b)) < size {
		err = io.ErrUnexpectedEOF
	}
	return b, err
}

// header reads the header table and gives the size of the index behind it.
func (t *Table) header(f *flat) (int64, error) {
	h := f.follow(0)
	t.Layer = f.text(h, headerName)
	t.kind = f.uint8(h, headerType)
	t.columns = f.columns(h, headerColumns)
	for _, c := range t.columns {
		t.Columns = append(t.Columns, c.name)
	}
	nodeSize, count := defaultNodeSize, uint64(0)
	if at := f.field(h, headerNodeSize); at != 0 {
		nodeSize = f.uint16(at)
	}
	if at := f.field(h, headerCount); at != 0 {
		count = binary.LittleEndian.Uint64(f.bytes(at, 8))
	}
	if c := f.table(h, headerCRS); c != 0 {
		code := 0
		if at := f.field(c, crsCode); at != 0 {
			code = int(int32(f.uint32(at)))
		}
		organisation := f.text(c, crsOrganisation)
		if code > 0 && (organisation == "" || strings.EqualFold(organisation, "EPSG")) {
			t.CRS = "EPSG:" + strconv.Itoa(code)
		} else if s, err := crs.FromWKT(f.text(c, crsWKT)); err == nil {
			t.CRS = s.Code()
		}
	}
	if f.bad {
		return 0, t.fail("a broken header", errShort)
	}
	size, ok := indexBytes(count, uint64(nodeSize))
	if !ok {
		return 0, t.fail(fmt.Sprintf("a header of %d features", count), errShort)
	}
	return size, nil
}

// Rows gives the features once, in file order. An error that wraps ErrFeature concerns
// one feature, and reading goes on; any other is the last.
func (t *Table) Rows(ctx context.Context) iter.Seq2[geo.Feature, error] {
	return func(yield func(geo.Feature, error) bool) {
		for n := 1; ; n++ {
			if n%1024 == 0 && ctx.Err() != nil {
				yield(geo.Feature{}, ctx.Err())
				return
			}
			pos := geo.Position{File: t.file, Feature: n}
			b, err := t.sized(maxFeatureBytes)
			if errors.Is(err, io.EOF) {
				return
			}
			if err != nil {
				yield(geo.Feature{}, &geo.InputError{Pos: pos, Found: "a cut file: " + err.Error(), Expected: "a feature",
					Hint: "copy the file again", Err: fmt.Errorf("%w: %w", ErrFormat, err)})
				return
			}
			feature, err := t.feature(newFlat(b))
			feature.Pos = pos
			if err != nil {
				err = &geo.InputError{Pos: pos, Found: err.Error(), Expected: "a geometry and its properties", Err: ErrFeature}
			}
			if !yield(feature, err) {
				return
			}
		}
	}
}

func (t *Table) feature(f *flat) (out geo.Feature, err error) {
	root := f.follow(0)
	columns := t.columns
	if own := f.columns(root, featureColumns); len(own) > 0 {
		columns = own
	}
	out.Fields = make([]geo.Field, len(columns))
	for i, c := range columns {
		out.Fields[i].Name = c.name
	}
	first, count := f.vector(root, featureProperties, 1)
	if err := properties(f.bytes(first, count), columns, out.Fields); err != nil {
		return out, err
	}
	if g := f.table(root, featureGeometry); g != 0 {
		if out.Geometry, err = f.geometry(g, t.kind, 0); err != nil {
			return out, err
		}
	}
	if f.bad {
		return out, errShort
	}
	return out, nil
}

// sizes of values that are not text.
var sizes = [...]int{typeByte: 1, typeUByte: 1, typeBool: 1, typeShort: 2, typeUShort: 2, typeInt: 4, typeUInt: 4,
	typeLong: 8, typeULong: 8, typeFloat: 4, typeDouble: 8}

// properties reads pairs of a column's number and its value.
func properties(b []byte, columns []column, fields []geo.Field) error {
	for len(b) > 0 {
		if len(b) < 2 {
			return errShort
		}
		i := int(binary.LittleEndian.Uint16(b))
		if i >= len(columns) {
			return fmt.Errorf("a value of column %d of %d", i+1, len(columns))
		}
		b = b[2:]
		kind, field := columns[i].kind, &fields[i]
		if kind < len(sizes) {
			size := sizes[kind]
			if len(b) < size {
				return errShort
			}
			field.Value, field.Kind = number(kind, b[:size])
			b = b[size:]
			continue
		}
		if len(b) < 4 {
			return errShort
		}
		size := int64(binary.LittleEndian.Uint32(b))
		if b = b[4:]; size > int64(len(b)) {
			return errShort
		}
		text := string(b[:size])
		b = b[size:]
		switch {
		case kind > typeBinary:
			return fmt.Errorf("column %s has type %d", columns[i].name, kind)
		case !utf8.ValidString(text):
			return fmt.Errorf("column %s holds %d bytes that are no UTF-8 text", columns[i].name, size)
		case kind == typeJSON:
			field.Value, field.Kind = text, geo.Structured
		default:
			field.Value, field.Kind = text, geo.Text
		}
	}
	return nil
}

// number gives a value that is not text.
func number(kind int, b []byte) (string, geo.Kind) {
	var wide [8]byte
	copy(wide[:], b)
	u := binary.LittleEndian.Uint64(wide[:])
	float := func(v float64, bits int) (string, geo.Kind) {
		if math.IsNaN(v) || math.IsInf(v, 0) {
			return "", geo.Null
		}
		return strconv.FormatFloat(v, 'f', -1, bits), geo.Number
	}
	switch kind {
	case typeBool:
		return strconv.FormatBool(u != 0), geo.Bool
	case typeFloat:
		return float(float64(math.Float32frombits(uint32(u))), 32)
	case typeDouble:
		return float(math.Float64frombits(u), 64)
	case typeByte:
		return strconv.Itoa(int(int8(u))), geo.Number
	case typeShort:
		return strconv.Itoa(int(int16(u))), geo.Number
	case typeInt:
		return strconv.Itoa(int(int32(u))), geo.Number
	case typeLong:
		return strconv.FormatInt(int64(u), 10), geo.Number
	}
	return strconv.FormatUint(u, 10), geo.Number
}
