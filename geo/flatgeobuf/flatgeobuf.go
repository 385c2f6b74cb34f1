// Package flatgeobuf writes and reads FlatGeobuf, version 3 (https://flatgeobuf.org):
// one layer of features as FlatBuffers behind a packed Hilbert R-tree, which QGIS and
// GDAL open at once however large it is.
package flatgeobuf

import "errors"

// Errors of reading. Each arrives inside a *geo.InputError.
var (
	ErrFormat  = errors.New("flatgeobuf: not readable")
	ErrFeature = errors.New("flatgeobuf: unusable feature") // of one feature; reading goes on
)

// Magic begins every file of this version. A byte with the number of the patch follows.
const Magic = "fgb\x03fgb"

// Slots of the tables of header.fbs and feature.fbs, in the order of their fields.
const (
	headerName     = 0
	headerEnvelope = 1
	headerType     = 2
	headerColumns  = 7
	headerCount    = 8
	headerNodeSize = 9
	headerCRS      = 10
	headerTitle    = 11
	headerAbout    = 12

	columnName  = 0
	columnType  = 1
	columnTitle = 2

	crsOrganisation = 0
	crsCode         = 1
	crsName         = 2
	crsWKT          = 4

	featureGeometry   = 0
	featureProperties = 1
	featureColumns    = 2

	geometryEnds  = 0
	geometryXY    = 1
	geometryType  = 6
	geometryParts = 7
)

// Geometry types of feature.fbs.
const (
	anyGeometry     = 0
	point           = 1
	lineString      = 2
	polygon         = 3
	multiPoint      = 4
	multiLineString = 5
	multiPolygon    = 6
	collection      = 7
)

// Column types of header.fbs.
const (
	typeByte = iota
	typeUByte
	typeBool
	typeShort
	typeUShort
	typeInt
	typeUInt
	typeLong
	typeULong
	typeFloat
	typeDouble
	typeString
	typeJSON
	typeDateTime
	typeBinary
)

// defaultNodeSize is the number of children of a node where the header is silent.
const defaultNodeSize = 16
