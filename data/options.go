package data

import (
	"github.com/covgap/covgap/geo"
	"github.com/paulmach/orb"
)

// Options say how files are read. The zero value reads WGS 84 with the documented
// defaults.
type Options struct {
	Mapping Mapping // renamed columns, translated values, filters, constants

	Layer     string // the layer or sheet of a file that has several
	HeaderRow int    // of a workbook, or line of a text table, from 1; 0 looks for it
	Encoding  string // of a text table or a shapefile's table, such as "windows-1258"; "" is what the file declares, else UTF-8

	InCRS  string // coordinate system of the file, such as "EPSG:9210"; "" is what the file declares, else WGS 84
	SwapXY bool   // the file holds latitude (north) where longitude (east) is expected; undone before InCRS

	JoinM        float64       // rows nearer than this to a site belong to it; 0 is [DefaultJoinM]
	RadiusM      float64       // radius of a point village whose row gives none; 0 is [DefaultRadiusM]
	BlankAzimuth AzimuthPolicy // what an empty azimuth becomes; "" is [Three]

	// Reference is where the records are expected, such as the bound of the terrain.
	// It tells swapped and projected coordinates and rows far outside. A zero bound
	// stands for the bound of Areas, or for nothing known.
	Reference orb.Bound

	// Areas, when not nil, give villages their commune and, where they have none,
	// their population.
	Areas *AreaIndex

	// People, when not nil, gives the people that a map has in a village which states
	// neither population nor households; 0 for none.
	People func(*Village) float64

	// Antenna, when not nil, gives what sites take from the antenna file that a row
	// names, for which at is the place; false stands for no such file, and the sector
	// then has the antenna of its columns. It is asked once for each row.
	Antenna func(name string, at geo.Position) (AntennaFile, bool)
}

// AntennaFile is what a sector takes from its antenna file where its row leaves a
// column out: the pattern itself stays in the file.
type AntennaFile struct {
	GainDBi       float64
	BeamwidthHDeg float64
	BeamwidthVDeg float64
	TiltDeg       float64 // electrical, that of the pattern's beam; positive down
	Omni          bool    // without a beam in the horizontal plane
}

// Defaults of [Options].
const (
	DefaultJoinM   = 50.0
	DefaultRadiusM = 500.0
)

// AzimuthPolicy says what a sector whose azimuth is not known becomes.
type AzimuthPolicy string

// The policies for a blank azimuth.
const (
	Three    AzimuthPolicy = "three"    // three sectors at 0, 120 and 240 degrees
	Envelope AzimuthPolicy = "envelope" // one sector that points everywhere at once: an upper bound
	Omni     AzimuthPolicy = "omni"     // one omnidirectional antenna with an omnidirectional antenna's gain
)
